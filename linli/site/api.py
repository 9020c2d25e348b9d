"""The one API (接口), at /api/v1/; its document at /api/openapi.json."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path

from linli.areas.appeals.api import router as appeals
from linli.areas.assembly.api import router as assembly
from linli.areas.duties.api import router as duties
from linli.areas.mandates.api import router as mandates
from linli.commons.actor import actor_of_token
from linli.kit.api import make_api

PREFIX = "/api/v1/"


api = make_api(
    title="邻里 Linli",
    version="1",
    description="社区治理与服务平台的接口。写操作与网页走同一套规则：没有依据的派单在这里同样被拒绝。",
    find=actor_of_token,
)
api.add_router("", appeals)
api.add_router("", mandates)
api.add_router("", assembly)
api.add_router("", duties)


def document() -> dict[str, Any]:
    """The OpenAPI document."""
    found: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(path_prefix=PREFIX)))
    return found


def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document for programs and for tools that draw documentation from it."""
    answer = HttpResponse(json.dumps(document(), ensure_ascii=False), content_type="application/json")
    answer["Cache-Control"] = "public, max-age=600"
    return answer


urlpatterns = [path("openapi.json", openapi, name="openapi"), path("v1/", api.urls)]

"""The API against its own document: Schemathesis sends what the document allows and what it does not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from linli.commons.models import ApiToken
from linli.site.api import document
from linli.site.wsgi import application
from tests.cast import Town

schema = schemathesis.openapi.from_dict(document())
schema.app = application
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Requests share the test's transaction, as with Django's own test client."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


ROLES = ("", "hotline", "committee", "street_desk", "department", "supervisor", "lead", "auditor")
"""Who holds the key; the first has none."""


@pytest.mark.slow
@pytest.mark.usefixtures("one_connection")
@pytest.mark.parametrize("role", ROLES)
@schema.parametrize()
@settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_as_documented(case: Any, hubei: Town, role: str) -> None:
    state = hubei.__dict__
    if "_number" not in state:
        post = getattr(hubei, role).post if role else None
        state["_token"] = ApiToken.issue("试验", post)[1] if post is not None else ""
        state["_number"] = hubei.handling().number
    if "number" in (case.path_parameters or {}):
        case.path_parameters["number"] = state["_number"]
    if isinstance(case.body, dict) and isinstance(case.body.get("place"), str):
        case.body["place"] = hubei.community.code
    if role:
        case.headers["Authorization"] = f"Bearer {state['_token']}"
    case.headers["Host"] = "localhost"
    case.headers["Accept-Encoding"] = "identity"  # the WSGI transport reads what it gets, it unpacks nothing
    case.call_and_validate(checks=CHECKS)

"""How this door speaks (应答): JSON and XML from one value, and every "no" as an array of code and description."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any
from xml.sax.saxutils import escape

import msgspec
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from linli.kit.errors import Refusal

FORMS = {"json": "application/json; charset=utf-8", "xml": "text/xml; charset=utf-8"}
SINGULAR = {
    "attributes": "attribute",
    "endpoints": "endpoint",
    "errors": "error",
    "formats": "format",
    "service_requests": "request",
    "services": "service",
    "values": "value",
}
"""In XML a list holds elements of this name."""

STATUS = {401: 403, 422: 400}
"""The standard knows 400, 403 and 404; of Linli's own refusals these two are said in its words, others as they are."""

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Faults(Exception):
    """All that is wrong with a request, each with its status (错误清单)."""

    def __init__(self, *found: tuple[int, str]) -> None:
        super().__init__(found)
        self.found = found


def to_xml(name: str, value: Any) -> str:
    """A value as an XML element; signs that XML 1.0 cannot hold are left out."""
    if isinstance(value, msgspec.Struct):
        value = msgspec.structs.asdict(value)
    if value is None or value == "":
        return f"<{name}/>"
    if isinstance(value, dict):
        inner = "".join(to_xml(key, part) for key, part in value.items())
    elif isinstance(value, list):
        inner = "".join(to_xml(SINGULAR[name], part) for part in value)
    elif isinstance(value, bool):
        inner = "true" if value else "false"
    else:
        inner = escape(_NOT_XML.sub("", str(value)))
    return f"<{name}>{inner}</{name}>"


def answer(form: str, root: str, value: Any, status: int = 200) -> HttpResponse:
    """A value in the form asked for. `root` is the element that holds it in XML; JSON needs none."""
    if form == "json":
        body = msgspec.json.encode(value)
    else:
        body = f'<?xml version="1.0" encoding="utf-8"?>\n{to_xml(root, value)}'.encode("utf-8", "replace")
    made = HttpResponse(body, status=status, content_type=FORMS[form])
    # No cookie opens this door, so that pages of other sites may ask as well.
    made["Access-Control-Allow-Origin"] = "*"
    return made


def complain(form: str, *found: tuple[int, str]) -> HttpResponse:
    """The error array; the status of the answer is that of its first line."""
    lines = [{"code": code, "description": words} for code, words in found]
    made = answer(form, "errors", lines, found[0][0])
    if found[0][0] == 429:
        made["Retry-After"] = "900"
    return made


def form_of(request: HttpRequest) -> str:
    """The form that the address asks for; without one what the client accepts, XML before JSON as in the standard."""
    tail = request.path.rpartition(".")[2]
    return tail if tail in FORMS else "json" if "json" in request.headers.get("Accept", "") else "xml"


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """A refusal in the words of the standard."""
    return complain(form_of(request), (STATUS.get(refusal.status, refusal.status), refusal.message))


def route(*methods: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """An address of this door: checks form and method, and turns whatever is wrong into an error array."""

    def wrap(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @csrf_exempt  # a key opens this door, never a cookie
        @wraps(view)
        def run(request: HttpRequest, form: str, **parts: str) -> HttpResponse:
            spoken = form_of(request)
            if form not in FORMS:
                return complain(spoken, (404, _("没有这种格式。地址请以 .json 或 .xml 结尾。")))
            if request.method not in methods:
                made = complain(spoken, (405, _("这个地址只接受 %(names)s。") % {"names": "、".join(methods)}))
                made["Allow"] = ", ".join(methods)
                return made
            try:
                return view(request, form, **parts)
            except Faults as faults:
                return complain(form, *faults.found)
            except Refusal as refusal:
                return refused(request, refusal)
            except RequestDataTooBig:
                return complain(form, (413, _("提交的内容太大。文字请在 5000 字以内，图片每张不超过 10 MB。")))
            except (UnicodeError, SuspiciousOperation, BadRequest, MultiPartParserError, UnreadablePostError):
                return complain(form, (400, _("请求无法读取。请用 UTF-8 编码，并核对请求体的格式。")))

        return run

    return wrap

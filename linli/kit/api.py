"""The programs' door (接口): typed bodies, bearer tokens, and every refusal as a problem document (RFC 9457).

What a program sends is checked like what a person types; what it gets back when something is wrong is a Chinese
sentence that says how to mend it, with a code that a program can read.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, TypeVar

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.parser import Parser
from ninja.security import HttpBearer
from pydantic import BaseModel, ConfigDict

from linli.kit import reference
from linli.kit.errors import BadInput, NotVisible, Refusal, refuse
from linli.kit.text import clean_text

MAX_BODY = 256 * 1024
A = TypeVar("A")


class Body(BaseModel):
    """A body that a program sends: what it does not name is refused, so that a slip of spelling is noticed."""

    model_config = ConfigDict(extra="forbid")


class FieldProblem(Schema):
    """One field that is wrong (有误的字段)."""

    field: str
    message: str


class Problem(Schema):
    """A refusal (拒绝), RFC 9457. `basis` holds legal ids, `ends` the lawful ways on."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldProblem] | None = None
    basis: list[str] | None = None
    ends: list[dict[str, Any]] | None = None


class BadBody(Refusal):
    """The body cannot be read (读不懂)."""

    status = 400
    title = "无法读取"


class WrongType(Refusal):
    """The body is not JSON (格式不对)."""

    status = 415
    title = "格式不对"


class NoToken(Refusal):
    """No valid token (未认证)."""

    status = 401
    title = "未认证"


def refusals(*codes: int) -> dict[int, Any]:
    """Response declarations for refusals with these codes."""
    return dict.fromkeys(codes, Problem)


PUBLIC = refusals(404, 422, 429)
READ = refusals(401, 403, 404, 422)
WRITE = refusals(400, 401, 403, 404, 409, 415, 422)


class Bearer(HttpBearer):
    """`Authorization: Bearer …`.

    Args:
        find: gives the actor of a token, or None when it is unknown, revoked or its post has ended.
    """

    def __init__(self, find: Callable[[str], object | None]) -> None:
        super().__init__()
        self.find = find

    def authenticate(self, request: HttpRequest, token: str) -> object | None:
        """The actor, or None."""
        with reference.held_for(request):
            return self.find(token) if token else None


class StrictParser(Parser):
    """JSON as it is meant: no NaN, no number beyond all bounds, no depth without end."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Read the body. Raises: WrongType, BadBody."""
        if request.content_type != "application/json":
            raise WrongType(_("请求体要用 JSON，并写明 Content-Type: application/json。"), code="content_type")
        if len(request.body) > MAX_BODY:
            raise BadBody(_("请求体超过 256 KB，请缩短内容。"), code="body_size")
        try:
            return json.loads(request.body.decode("utf-8"), parse_constant=_no_constant, parse_float=_finite)
        except (ValueError, RecursionError) as error:
            raise BadBody(
                _("请求体不是合格的 JSON。请检查引号、逗号和编码（UTF-8），数值不能是 NaN 或无穷大，层次不要过深。"),
                code="bad_json",
            ) from error


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


WORDS = {
    "missing": "必填",
    "extra_forbidden": "没有这个字段，请核对拼写",
    "string_type": "要填文字",
    "string_too_short": "太短，至少 {min_length} 个字",
    "string_too_long": "太长，最多 {max_length} 个字",
    "too_short": "太短，至少 {min_length} 个字",
    "too_long": "太长，最多 {max_length} 个字",
    "string_pattern_mismatch": "写法不对，应符合 {pattern}",
    "bool_type": "要填 true 或 false",
    "bool_parsing": "要填 true 或 false",
    "int_type": "要填整数",
    "int_parsing": "要填整数",
    "int_from_float": "要填整数",
    "int_parsing_size": "数值过大",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "literal_error": "只能是 {expected}",
    "enum": "只能是 {expected}",
    "decimal_max_places": "小数最多 {decimal_places} 位",
    "decimal_max_digits": "数值过大",
    "decimal_whole_digits": "数值过大",
    "decimal_parsing": "要填数字",
    "decimal_type": "要填数字",
    "finite_number": "要填有限的数字",
    "date_from_datetime_parsing": "日期要写成 2026-01-31",
    "date_from_datetime_inexact": "日期要写成 2026-01-31",
    "date_parsing": "日期要写成 2026-01-31",
    "date_type": "日期要写成 2026-01-31",
    "model_attributes_type": "要填一个 JSON 对象",
    "model_type": "要填一个 JSON 对象",
    "dict_type": "要填一个 JSON 对象",
}
"""Pydantic's reasons in plain Chinese; what is not named here is 写法不对."""


def field_problems(errors: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    """Pydantic's errors as field and Chinese message. Values sent are not repeated: they may be personal."""
    found = []
    for error in errors:
        path = [str(part) for part in error.get("loc", ()) if part not in ("body", "query", "path", "header")]
        name = ".".join(path[1:] if path[:1] in (["data"], ["asked"]) else path)
        word = WORDS.get(str(error.get("type")), "写法不对")
        context = {key: str(value) for key, value in (error.get("ctx") or {}).items()}
        try:
            word = word.format(**context)
        except (KeyError, IndexError):
            word = "写法不对"
        found.append({"field": str(clean_text(name))[:100] or "请求体", "message": word})
    return found


class Api(NinjaAPI):
    """A NinjaAPI whose every "no" is a problem document, and whose document says so."""

    PROBLEM_TYPE: ClassVar[str] = "application/problem+json"

    def get_openapi_schema(self, **more: Any) -> Any:
        """The OpenAPI document; refusals are announced under their own media type."""
        document = super().get_openapi_schema(**more)
        for methods in document["paths"].values():
            for operation in methods.values():
                for code, answer in operation["responses"].items():
                    content = answer.get("content", {})
                    if int(code) >= 400 and "application/json" in content:
                        content[self.PROBLEM_TYPE] = content.pop("application/json")
        return document


def problem(request: HttpRequest, refusal: Refusal, errors: list[dict[str, str]] | None = None) -> HttpResponse:
    """A refusal as an answer to a program."""
    document = refusal.as_problem() | ({"errors": errors} if errors else {})
    answer = HttpResponse(
        json.dumps(document, ensure_ascii=False, default=str).encode("utf-8", "replace"),
        status=refusal.status,
        content_type=Api.PROBLEM_TYPE,
    )
    if refusal.status == 401:
        answer["WWW-Authenticate"] = "Bearer"
    if refusal.status == 429:
        answer["Retry-After"] = "900"
    return answer


def make_api(*, title: str, version: str, description: str, find: Callable[[str], object | None]) -> Api:
    """Make an API: bearer tokens unless a route says `auth=None`; no pages of documentation that load from elsewhere.

    Args:
        find: see `Bearer`.
    """
    api = Api(
        title=title,
        version=version,
        description=description,
        auth=Bearer(find),
        docs_url=None,
        openapi_url=None,
        parser=StrictParser(),
    )

    @api.exception_handler(Refusal)
    def refused(request: HttpRequest, caught: Refusal) -> HttpResponse:
        return problem(request, caught)

    @api.exception_handler(AuthenticationError)
    def unknown(request: HttpRequest, caught: AuthenticationError) -> HttpResponse:
        return problem(
            request,
            NoToken(
                _("令牌无效、已收回或缺失。请在请求头写 Authorization: Bearer 令牌，或向系统管理员申请新令牌。"),
                code="no_token",
            ),
        )

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, caught: ValidationError) -> HttpResponse:
        errors = field_problems(caught.errors)
        words = "；".join(f"{item['field']} {item['message']}" for item in errors[:5])
        return problem(request, BadInput(_("请求有误：") + words + "。", code="invalid"), errors)

    @api.exception_handler(HttpError)
    def unreadable(request: HttpRequest, caught: HttpError) -> HttpResponse:
        cause = caught.__cause__
        if isinstance(cause, Refusal):
            return problem(request, cause)
        refusal = BadBody(_("请求无法读取。请核对接口说明。"), code="unreadable")
        return problem(request, refusal)

    @api.exception_handler(Http404)
    def nowhere(request: HttpRequest, caught: Http404) -> HttpResponse:
        return refuse(request, NotVisible())

    return api

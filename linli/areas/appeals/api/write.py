"""Writing appeals (诉求办理): each route calls the action that the page calls."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any

from django.db import IntegrityError
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Header
from ninja.responses import Status

from linli.areas.appeals import actions as appeals
from linli.areas.appeals.api.read import appeal_of, router, show
from linli.areas.appeals.api.shapes import (
    AnswerIn,
    AppealOut,
    CallBackIn,
    Classify,
    ContactIn,
    Dispatch,
    ExtensionIn,
    ExtensionRuling,
    Filed,
    NewAppeal,
    Number,
    ObjectionIn,
    OrderIn,
    Reason,
    Ruling,
)
from linli.areas.appeals.models import Appeal
from linli.areas.mandates.api import caller
from linli.areas.mandates.models import Ground, Matter
from linli.commons.actor import Actor
from linli.commons.models import Body, Place
from linli.kit import reference
from linli.kit.api import WRITE
from linli.kit.errors import BadInput, WrongState
from linli.kit.once import checked_key, once
from linli.kit.scope import visible_to


@router.post(
    "/appeals",
    response={201: Filed, 200: Filed, **WRITE},
    summary="提交诉求",
    operation_id="file_appeal",
    description="Idempotency-Key 可选：同一个键、同一个请求再发一次，返回 200 和第一次的回执，不会重复建件。",
)
def file(
    request: HttpRequest,
    data: NewAppeal,
    idempotency_key: Annotated[
        str | None, Header(alias="Idempotency-Key", description="每个请求唯一，1 到 100 个字符")
    ] = None,
) -> Status[Any]:
    """Take an appeal in from another system (接口收件), HN 12."""
    with reference.held_for(request):
        return _taken(request, data, idempotency_key)


def _taken(request: HttpRequest, data: NewAppeal, idempotency_key: str | None) -> Status[Any]:
    by = caller(request)
    place = _place(data.place)
    matter = _matter(data.matter)

    def run() -> str:
        return json.dumps(_file(request, by, data, place, matter))

    if idempotency_key is None or not by.may("appeals.file", place):
        return Status(201, json.loads(run()))  # without the power the action refuses, and its evidence must stay
    key = checked_key(idempotency_key)
    answer, fresh = once(f"{by.code}:{by.post.pk if by.post else 0}", key, request.body, run)
    return Status(201 if fresh else 200, json.loads(answer))


def _file(request: HttpRequest, by: Actor, data: NewAppeal, place: Place, matter: Matter | None) -> dict[str, str]:
    known = Q(county__code=place.county_code, source=data.source, source_key=data.source_key)
    if data.source_key and Appeal.everything.filter(known).exists():
        raise _already(data)
    try:
        receipt = appeals.file_appeal(
            by=by,
            place=place,
            text=data.text,
            title=data.title,
            place_text=data.place_text,
            position=_position(data),
            kind=data.kind or "",
            matter=matter,
            name=data.name,
            contact=data.contact,
            anonymous=data.anonymous,
            channel=Appeal.Channel.API,
            source=data.source,
            source_key=data.source_key,
        )
    except IntegrityError as error:
        if data.source_key and Appeal.everything.filter(known).exists():
            raise _already(data) from error
        raise
    number = receipt.appeal.number
    url = request.build_absolute_uri(f"/f/{number}/{receipt.code}/")
    return {"number": number, "code": receipt.code, "url": url}


def _position(data: NewAppeal) -> tuple[float, float] | None:
    if data.latitude is not None and data.longitude is not None:
        return data.latitude, data.longitude
    if data.latitude is None and data.longitude is None:
        return None
    raise BadInput(_("latitude 和 longitude 要一起填。"), code="bad_position")


def _already(data: NewAppeal) -> WrongState:
    return WrongState(
        _("来源系统的这个编号（source_key）已经收过，没有重复建件。"),
        code="already_filed",
        facts={"source": data.source},
    )


def _place(code: str) -> Place:
    try:
        return reference.kept(("place", code), lambda: Place.objects.get(code=code))
    except Place.DoesNotExist as error:
        raise BadInput(_("place：没有这个区划代码，请用 /api/v1/places 查找。"), code="no_place") from error


def _matter(code: str | None) -> Matter | None:
    found = Matter.objects.filter(code=code, active=True).first() if code else None
    if code and found is None:
        raise BadInput(_("matter：没有这个事项代码，请用 /api/v1/matters 查找。"), code="no_matter")
    return found


def _body(code: str) -> Body:
    found = Body.objects.filter(code=code).first()
    if found is None:
        raise BadInput(_("没有这个机构代码，请核对。"), code="no_body")
    return found


def _ground(by: Actor, code: str | None) -> Ground | None:
    if code is None:
        return None
    found = visible_to(by, Ground.objects.filter(code=code)).first()
    if found is None:
        raise BadInput(_("ground：没有这个派单依据，或不在您的管辖范围内。"), code="no_ground")
    return found


def _do(request: HttpRequest, number: str, act: Callable[..., object], **given: Any) -> AppealOut:
    """Run an action on an appeal that the caller may see, with what was given; answer with the appeal as it is then."""
    by = caller(request)
    act(by=by, appeal=appeal_of(by, number), **given)
    row = Appeal.objects.select_related("place", "matter", "handler").get(number=number)
    return show(by, row)


DONE: dict[int, Any] = {200: AppealOut, **WRITE}


@router.post("/appeals/{number}/classify", response=DONE, summary="确认分类", operation_id="classify")
def classify(request: HttpRequest, number: Number, data: Classify) -> AppealOut:
    """A human confirms type, matter and place (确认分类)."""
    given = data.model_dump() | {"matter": _matter(data.matter), "place": _place(data.place)}
    return _do(request, number, appeals.classify_appeal, **given)


@router.post("/appeals/{number}/accept", response=DONE, summary="受理", operation_id="accept")
def accept(request: HttpRequest, number: Number) -> AppealOut:
    """Accept (受理)."""
    return _do(request, number, appeals.accept_appeal)


@router.post("/appeals/{number}/decline", response=DONE, summary="不予受理", operation_id="decline")
def decline(request: HttpRequest, number: Number, data: Reason) -> AppealOut:
    """Decline with a reason (不予受理)."""
    return _do(request, number, appeals.decline_appeal, **data.model_dump())


def _target(request: HttpRequest, data: Dispatch | Ruling) -> dict[str, Any]:
    """What was sent, with the body and the ground meant by it."""
    to = _body(data.to) if data.to else None
    return data.model_dump() | {"to": to, "ground": _ground(caller(request), data.ground), "role": data.role or ""}


@router.post("/appeals/{number}/dispatch", response=DONE, summary="分派", operation_id="dispatch")
def dispatch(request: HttpRequest, number: Number, data: Dispatch) -> AppealOut:
    """Hand to the body that must answer; the gate holds: 422 `off_list` with basis and lawful ends (分派)."""
    return _do(request, number, appeals.dispatch_appeal, **_target(request, data))


@router.post("/appeals/{number}/transfer", response=DONE, summary="改派", operation_id="transfer")
def transfer(request: HttpRequest, number: Number, data: Dispatch) -> AppealOut:
    """Move to another body with the reason (改派)."""
    return _do(request, number, appeals.transfer_appeal, **_target(request, data))


@router.post("/appeals/{number}/escalate", response=DONE, summary="报街道（乡镇）", operation_id="escalate")
def escalate(request: HttpRequest, number: Number, data: Reason) -> AppealOut:
    """A committee hands up to the street what it can hardly bear (报街道), HN 7(3)."""
    return _do(request, number, appeals.escalate_appeal, **data.model_dump())


@router.post("/appeals/{number}/object", response=DONE, summary="提出异议", operation_id="object")
def objection(request: HttpRequest, number: Number, data: ObjectionIn) -> AppealOut:
    """The holder says: not ours (提出异议)."""
    names = _body(data.names) if data.names else None
    return _do(request, number, appeals.object_appeal, reason=data.reason, names=names)


@router.post("/appeals/{number}/rule", response=DONE, summary="裁定异议", operation_id="rule")
def rule(request: HttpRequest, number: Number, data: Ruling) -> AppealOut:
    """Rule on the open objection (裁定)."""
    return _do(request, number, appeals.rule_objection, **_target(request, data))


@router.post("/appeals/{number}/extension", response=DONE, summary="申请延期", operation_id="extension")
def extension(request: HttpRequest, number: Number, data: ExtensionIn) -> AppealOut:
    """The holder asks for more time (申请延期)."""
    return _do(request, number, appeals.ask_extension, **data.model_dump())


@router.post("/appeals/{number}/extension/rule", response=DONE, summary="审批延期", operation_id="extension_rule")
def extension_rule(request: HttpRequest, number: Number, data: ExtensionRuling) -> AppealOut:
    """Decide on the extension asked for (审批延期)."""
    return _do(request, number, appeals.rule_extension, **data.model_dump())


@router.post("/appeals/{number}/contact", response=DONE, summary="记录已联系居民", operation_id="contact")
def contact(request: HttpRequest, number: Number, data: ContactIn) -> AppealOut:
    """The holder has spoken to the resident; it counts as the response (联系居民)."""
    return _do(request, number, appeals.contact_resident, **data.model_dump())


@router.post("/appeals/{number}/answer", response=DONE, summary="答复", operation_id="answer")
def answer(request: HttpRequest, number: Number, data: AnswerIn) -> AppealOut:
    """The holder answers the resident (答复)."""
    return _do(request, number, appeals.answer_appeal, **data.model_dump())


@router.post("/appeals/{number}/callback", response=DONE, summary="回访", operation_id="callback")
def callback(request: HttpRequest, number: Number, data: CallBackIn) -> AppealOut:
    """Ask the resident whether it is solved (回访), by somebody else than the handler."""
    return _do(request, number, appeals.call_back, **data.model_dump())


@router.post("/appeals/{number}/order", response=DONE, summary="督办", operation_id="order")
def order(request: HttpRequest, number: Number, data: OrderIn) -> AppealOut:
    """Order the holder to act (督办)."""
    return _do(request, number, appeals.order_appeal, **data.model_dump())

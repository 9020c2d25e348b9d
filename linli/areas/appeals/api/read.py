"""Reading appeals (诉求查询): the list, one, its trail, its next moves, and what number and code open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Header, Query, Router

from linli.areas.appeals import queries
from linli.areas.appeals.actions.intake import outside
from linli.areas.appeals.api.shapes import (
    AppealFilter,
    AppealOut,
    AppealPage,
    BodyOut,
    FollowOut,
    LineOut,
    MoveOut,
    Number,
)
from linli.areas.appeals.flow import APPEAL, OPEN, State
from linli.areas.appeals.models import Appeal
from linli.areas.mandates.api import MatterOut, caller
from linli.commons.actor import Actor
from linli.commons.web import caller_address
from linli.kit import trail
from linli.kit.api import PUBLIC, READ
from linli.kit.errors import BadInput, NotAllowed
from linli.kit.scope import get_visible, under

router = Router(tags=["诉求"])


def appeal_of(by: Actor, number: str) -> Appeal:
    return get_visible(by, Appeal.objects.select_related("place", "county", "matter", "handler"), number=number)


def show(by: Actor, row: Appeal) -> AppealOut:
    """An appeal as this actor may read it."""
    hide = outside(by.body)  # a firm sees the rewritten task, never the resident's words
    matter = row.matter
    return AppealOut(
        number=row.number,
        state=row.state,
        state_name=str(State(row.state).label),
        channel=row.channel,
        kind=row.kind,
        matter=MatterOut(
            code=matter.code,
            name=matter.name,
            class_code=matter.class_code,
            class_name=matter.class_name,
            owner=matter.owner,
            safety=matter.safety,
        )
        if matter
        else None,
        confirmed=row.confirmed,
        place=row.place_id,
        place_name=row.place.name,
        place_text="" if hide else row.place_text,
        latitude=None if hide else row.latitude,
        longitude=None if hide else row.longitude,
        title=(matter.name if matter else _("转办事项")) if hide else row.title,
        text=row.brief if hide else row.text,
        danger=row.danger,
        filed_at=timezone.localtime(row.filed_at),
        handler=BodyOut(code=row.handler.code, name=row.handler.name) if row.handler else None,
        hops=row.hops,
        waiting=row.waiting,
        solved=row.solved,
        rating=row.rating,
        ended_at=timezone.localtime(row.ended_at) if row.ended_at else None,
        source="" if hide else row.source,
        source_key="" if hide else row.source_key,
    )


@router.get("/appeals", response={200: AppealPage, **READ}, summary="诉求列表", operation_id="appeals")
def listing(request: HttpRequest, asked: Query[AppealFilter]) -> AppealPage:
    """Appeals that the caller may see, newest first (诉求列表)."""
    by = caller(request)
    if not by.powers.intersection(("appeals.see", "appeals.see_held")):
        raise NotAllowed("这个令牌的岗位不办理诉求。请换用办理岗位的令牌。", code="no_power")
    rows = queries.visible_appeals(by).order_by("-filed_at", "-id")
    for field in ("state", "kind", "matter__code", "handler__code"):
        value = getattr(asked, field.removesuffix("__code"))
        if value:
            rows = rows.filter(**{field: value})
    if asked.place:
        rows = rows.filter(under("place__code", asked.place))
    if asked.since:
        rows = rows.filter(filed_at__gte=_midnight(asked.since))
    if asked.until:
        rows = rows.filter(filed_at__lt=_midnight(asked.until) + timedelta(days=1))
    if asked.before:
        stamp, key = (int(part) for part in asked.before.split("-"))
        at = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=stamp)
        rows = rows.filter(Q(filed_at__lt=at) | Q(filed_at=at, pk__lt=key))
    found = list(rows[: asked.limit + 1])
    page = found[: asked.limit]
    return AppealPage(items=[show(by, row) for row in page], next=_mark(page[-1]) if len(found) > asked.limit else "")


def _mark(row: Appeal) -> str:
    since = row.filed_at - datetime.fromtimestamp(0, UTC)
    return f"{since // timedelta(microseconds=1)}-{row.pk}"


def _midnight(day: date) -> datetime:
    if not 1990 <= day.year <= 2100:
        raise BadInput(_("日期要在 1990 年到 2100 年之间。"), code="bad_date")
    return timezone.make_aware(datetime(day.year, day.month, day.day))


@router.get("/appeals/{number}", response={200: AppealOut, **READ}, summary="一件诉求", operation_id="appeal")
def one(request: HttpRequest, number: Number) -> AppealOut:
    """One appeal (诉求)."""
    by = caller(request)
    return show(by, appeal_of(by, number))


@router.get(
    "/appeals/{number}/timeline", response={200: list[LineOut], **READ}, summary="办理经过", operation_id="timeline"
)
def timeline(request: HttpRequest, number: Number) -> list[LineOut]:
    """The trail of an appeal, oldest first (办理经过)."""
    by = caller(request)
    hide = outside(by.body)
    return [
        LineOut(
            at=timezone.localtime(entry.at),
            who="" if hide and entry.body != by.body_code else entry.actor_label,
            verb=entry.verb,
            note="" if hide and entry.body != by.body_code else entry.note,
            changes={} if hide else entry.changes,
            basis=entry.basis,
        )
        for entry in trail.history(appeal_of(by, number))
    ]


@dataclass(frozen=True)
class Step:
    """A POST below an appeal, and when it is open to whom."""

    label: str
    power: str
    states: tuple[str, ...]
    holder: bool = False
    path: str = ""


def _of(name: str, path: str = "", holder: bool = False) -> Step:
    step = APPEAL[name]
    return Step(step.label, step.power, step.source, holder, path)


STEPS: dict[str, Step] = {
    "classify": Step("确认分类", "appeals.accept", (State.RECEIVED, State.ACCEPTED)),
    "accept": _of("accept"),
    "decline": _of("decline"),
    "dispatch": _of("dispatch"),
    "transfer": _of("transfer"),
    "escalate": _of("escalate", holder=True),
    "object": _of("object", holder=True),
    "rule": Step("裁定异议", "appeals.rule_objection", (State.OBJECTED,)),
    "extension": Step("申请延期", "appeals.ask_extension", (State.HANDLING,), holder=True),
    "extension_rule": Step("审批延期", "appeals.rule_extension", (State.HANDLING,), path="extension/rule"),
    "answer": _of("answer", holder=True),
    "callback": Step("回访", "appeals.callback", (State.ANSWERED,)),
    "order": Step("督办", "appeals.order", tuple(OPEN)),
}
"""The POST routes below; `moves` is drawn from this table, powers and states of flow moves from the flow itself."""


@router.get(
    "/appeals/{number}/moves", response={200: list[MoveOut], **READ}, summary="现在可办的动作", operation_id="moves"
)
def moves(request: HttpRequest, number: Number) -> list[MoveOut]:
    """Steps open to the caller now, by state, power and holder (可办动作); the action itself may still refuse by rule."""
    by = caller(request)
    row = appeal_of(by, number)
    mine = row.handler_id == by.body_code
    return [
        MoveOut(name=name, label=step.label, path=f"/api/v1/appeals/{number}/{step.path or name}")
        for name, step in STEPS.items()
        if row.state in step.states
        and by.may(step.power, row)
        and (mine or not step.holder)
        and (name != "callback" or not mine)
        and (name != "extension_rule" or row.extensions.filter(state="asked").exists())
    ]


@router.get(
    "/follow/{number}",
    auth=None,
    response={200: FollowOut, **PUBLIC},
    summary="凭编号和查询码查进度",
    operation_id="follow",
)
def follow(
    request: HttpRequest,
    number: Number,
    code: Annotated[str, Header(alias="X-Code", max_length=40, description="查询码")],
) -> FollowOut:
    """What the holder of number and secret code may see (查进度); wrong guesses are counted."""
    row = queries.opened_by_code(number, code, caller=caller_address(request))
    clock = queries.clocks_of([row.number]).get((row.number, "case"))
    return FollowOut(
        number=row.number,
        state=row.state,
        state_name=str(State(row.state).label),
        title=row.title,
        filed_at=timezone.localtime(row.filed_at),
        ended_at=timezone.localtime(row.ended_at) if row.ended_at else None,
        handler=row.handler.name if row.handler else "",
        due=queries.due_word(clock, queries.county_calendar(row)).text,
        answers=list(row.answers.values_list("text", flat=True)),
    )

"""Reads of appeals: suggestions, owners, desks, similar ones, what a resident may see."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import ExpressionWrapper, F, FloatField, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Floor
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linli.areas.appeals import rules
from linli.areas.appeals.flow import OPEN, State
from linli.areas.appeals.models import Appeal, Extension, Order, Precedent
from linli.areas.appeals.queries.alike import Alike, Hot, hot, similar_open
from linli.areas.appeals.queries.suggested import advice, advise, locator_of, suggest
from linli.areas.mandates import queries as mandates
from linli.areas.mandates.models import Matter
from linli.areas.mandates.queries import Owner
from linli.commons.actor import Actor
from linli.commons.models import Body, Place
from linli.commons.workdays import Workdays, calendar_of
from linli.kit import reference
from linli.kit.clock import Clock
from linli.kit.errors import NotVisible
from linli.kit.limiter import check, failed
from linli.kit.scope import prefixes, under, visible_to

__all__ = ["Alike", "Hot", "advice", "advise", "hot", "locator_of", "similar_open", "suggest"]
"""What this package hands on from its modules."""


def desk_for(place: Place) -> Body | None:
    """The body that takes appeals of a place in: the county's hotline, else the street, else the lead body (受理单位)."""
    county, above = place.code[:COUNTY], prefixes(place.code)
    desks = reference.kept(("desks", county), lambda: _desks(county))
    return next((body for body in desks if body.place_id in above), None)


def _desks(county: str) -> tuple[Body, ...]:
    """The bodies of a county and above it (of a place above counties: not below) that take appeals in, in order."""
    order = [Body.Kind.HOTLINE, Body.Kind.STREET, Body.Kind.LEAD]
    where = Q(place_id__in=prefixes(county))
    if len(county) == COUNTY:
        where |= under("place_id", county)
    found = Body.objects.filter(where, kind__in=order, ended_on=None)
    return tuple(sorted(found, key=lambda body: (order.index(Body.Kind(body.kind)), -len(body.place_id))))


def owners_of(actor: Actor, appeal: Appeal) -> list[Owner]:
    """Bodies that should answer, best first, each with the reason: rulings of this county first, then the catalogue."""
    owners: list[Owner] = []
    if appeal.matter_id:
        ruled = Precedent.objects.filter(county=appeal.county, matter=appeal.matter).select_related("body", "objection")
        for row in ruled[:1]:
            day = timezone.localdate(row.set_at)
            owners.append(Owner(row.body, f"先例：{day:%Y-%m-%d} 裁定同类事项由{row.body}办理"))
    for owner in mandates.owners_of(actor, appeal.matter, appeal.place_id):
        if all(owner.body.pk != known.body.pk for known in owners):
            owners.append(owner)
    return owners


def visible_appeals(actor: Actor) -> QuerySet[Appeal]:
    """All appeals the actor may see, newest first."""
    rows = visible_to(actor, Appeal.objects.select_related("place", "matter", "handler"))
    if len(actor.place) >= COUNTY:
        # Says nothing new, for a body of a county is handed appeals of that county only (`dispatch._suits`) and never moves;
        # but it finds the indexes that begin with the county.
        rows = rows.filter(county__code=actor.place[:COUNTY])
    return rows


def published() -> QuerySet[Appeal]:
    """Appeals of which everybody may know that they exist (公开目录): of a kind and class that open data may show (`rules`),
    with a matter that a person chose. Show of them only what `docs/api.md` names as public."""
    return Appeal.objects.filter(kind__in=rules.PUBLIC_KINDS, matter__class_code__in=rules.PUBLIC_CLASSES)


def among(rows: QuerySet[Appeal], column: str, values: Sequence[str], *, by_index: bool = True) -> QuerySet[Appeal]:
    """The rows whose column holds one of the values.

    Args:
        by_index: False where another index finds far fewer rows (`near`): SQLite, which keeps no statistics of its own,
            would take this column's index first and walk over a whole county.
    """
    if by_index:
        return rows.filter(**{f"{column}__in": values})
    return rows.alias(**{f"plain_{column}": Coalesce(column, Value(""))}).filter(**{f"plain_{column}__in": values})


COUNTY = 6
"""Digits of a county's code."""

METRES = 111_195.0
"""One degree of latitude on a sphere of 6,371 km."""

COARSE = 100
"""Positions for everybody are rounded to a hundredth of a degree, about 1 km."""


def coarse(degrees: float) -> float:
    """A latitude or longitude as everybody may read it; the same arithmetic as in `near`."""
    return math.floor(degrees * COARSE + 0.5) / COARSE


def near(rows: QuerySet[Appeal], latitude: float, longitude: float, metres: float, *, exact: bool) -> QuerySet[Appeal]:
    """The rows within a distance of a point (附近), found by a box on the index and then by distance.

    Args:
        exact: measure from where it happened; else from the rounded position, so that trying many small circles tells
            nobody more than the rounding does.

    The distance is that of the flat map at this latitude; over 50 km it is off by less than 0.5 %.
    """
    step = 0.0 if exact else 0.5 / COARSE + 1e-9
    shrink = max(math.cos(math.radians(latitude)), 0.01)
    high, wide = metres / METRES + step, metres / METRES / shrink + step
    rows = rows.filter(
        latitude__gte=latitude - high,
        latitude__lte=latitude + high,
        longitude__gte=longitude - wide,
        longitude__lte=longitude + wide,
    )
    y, x = (F(name) if exact else Floor(F(name) * COARSE + 0.5) / float(COARSE) for name in ("latitude", "longitude"))
    up, right = (y - latitude) * METRES, (x - longitude) * (METRES * shrink)
    return rows.alias(square=ExpressionWrapper(up * up + right * right, FloatField())).filter(square__lte=metres**2)


def opened_by_code(number: str, code: str, *, caller: str) -> Appeal:
    """The appeal that number and secret code open (凭编号和查询码).

    Args:
        caller: who guesses (an address), for the limit on failures.

    Raises:
        NotVisible: no such pair; nobody can tell which half was wrong. TooMany: too many failures.
    """
    number = "".join(sign for sign in number if sign.isascii() and sign.isdigit())[:20]
    keys = (f"code:caller:{caller}"[:100], f"code:number:{number}"[:100])
    check(keys[0], most=20, minutes=15)
    check(keys[1], most=10, minutes=15)
    appeal = Appeal.objects.filter(number=number).select_related("place", "county", "handler", "matter").first()
    # Without an appeal the code is weighed against nothing, so that both ways cost the same.
    opens = (appeal or Appeal(code_hash="")).opens_with(code)
    if appeal is None or not opens:
        for key in keys:
            failed(key, minutes=15)
        raise NotVisible(
            _("编号或查询码不对。请对照回执再输一次；回执丢失可带身份证件到社区窗口或拨打服务电话查询。"),
            code="bad_code",
        )
    return appeal


@dataclass(frozen=True)
class Due:
    """One line of the workbench: what, until when, what to do (今日待办)."""

    appeal: Appeal
    what: str
    clock: Clock | None

    @property
    def sort_key(self) -> tuple[int, float]:
        """Overdue first, then by due time, then what has no limit; danger before all."""
        if self.appeal.danger:
            return (0, self.appeal.filed_at.timestamp())
        due = self.clock.due_at if self.clock else None
        return (1, due.timestamp()) if due else (2, self.appeal.filed_at.timestamp())


LONG = ("text", "suggestion", "reporter_name", "reporter_contact")
"""What no list shows, and what costs most to read: long, JSON or encrypted."""

CLOCK_OF = {
    State.RECEIVED: "accept",
    State.ACCEPTED: "dispatch",
    State.HANDLING: "handle",
    State.OBJECTED: "rule",
    State.ANSWERED: "callback",
}
WHAT = {
    State.RECEIVED: ("appeals.accept", "受理"),
    State.ACCEPTED: ("appeals.dispatch", "分派"),
    State.OBJECTED: ("appeals.rule_objection", "裁定异议"),
    State.ANSWERED: ("appeals.callback", "回访"),
}


def clocks_of(numbers: Iterable[str], *, case: bool = True) -> dict[tuple[str, str], Clock]:
    """Running clocks of several appeals, given by their numbers, by (number, name), in one query.

    Args:
        case: the resident's clock too, which runs beside the step's.
    """
    keys = [f"appeal:{number}" for number in numbers]
    rows = Clock.objects.filter(subject__in=keys, stopped_at=None)
    if not case:
        rows = rows.exclude(name="case")
    return {(row.subject.removeprefix("appeal:"), row.name): row for row in rows}


def due_today(actor: Actor, limit: int = 200) -> list[Due]:
    """The one list of what the post must do (今日待办): overdue first, then by due time."""
    mine = Q(pk__in=[])
    if "appeals.handle" in actor.powers and actor.body_code:
        mine |= Q(state=State.HANDLING, handler_id=actor.body_code, waiting=False)
    for state, (power, _word) in WHAT.items():
        if power in actor.powers:
            mine |= Q(state=state) & ~Q(handler_id=actor.body_code) if state == State.ANSWERED else Q(state=state)
    found = visible_appeals(actor).filter(mine).defer(*LONG)
    rows = list(found.order_by("-danger", "filed_at", "id")[:limit])
    asked: list[Extension] = []
    if "appeals.rule_extension" in actor.powers:
        waiting = Extension.objects.filter(
            state=Extension.State.ASKED, assignment__state="open", appeal__in=visible_appeals(actor)
        ).select_related("appeal__place", "appeal__handler")
        asked = list(waiting.exclude(assignment__body_id=actor.body_code))
    orders: list[Order] = []
    if actor.body_code:
        open_orders = Order.objects.filter(
            replied_at=None, appeal__handler__code=actor.body_code, appeal__state__in=OPEN
        )
        orders = list(open_orders.select_related("appeal__place", "appeal__handler"))
    clocks = clocks_of([row.number for row in rows] + [row.appeal.number for row in asked], case=False)
    lines = []
    for appeal in rows:
        state = State(appeal.state)
        what = WHAT[state][1] if state in WHAT else "办理并答复"
        lines.append(Due(appeal, what, clocks.get((appeal.number, CLOCK_OF[state]))))
    lines += [Due(row.appeal, "审批延期", clocks.get((row.appeal.number, "handle"))) for row in asked]
    lines += [Due(row.appeal, "反馈督办", None) for row in orders]
    return sorted(lines, key=lambda line: line.sort_key)


@dataclass(frozen=True)
class DueWord:
    """A due date in words (时限说明)."""

    level: str  # none, ok, soon, late, paused, done
    text: str


def due_word(clock: Clock | None, calendar: Workdays, now: datetime | None = None) -> DueWord:
    """Say a clock as a person would: 还有 3 个工作日, 已超期 2 个工作日, 未设时限."""
    now = now or timezone.now()
    if clock is None:
        return DueWord("done", _("已停止计时"))
    if clock.due_at is None:
        return DueWord("none", _("未设时限"))
    if clock.paused_at is not None:
        return DueWord("paused", _("暂停计时"))
    if now > clock.due_at:
        days = max(-calendar.working_days_between(now, clock.due_at), 0)
        late = ngettext("已超期 %(n)s 个工作日", "已超期 %(n)s 个工作日", days) % {"n": days}
        return DueWord("late", late if days else _("今日已超期"))
    if clock.unit in ("hours", "working_hours") and clock.due_at - now < timedelta(hours=24):
        hours = (clock.due_at - now).total_seconds() / 3600
        if hours >= 1:
            text = _("还有 %(n)s 小时") % {"n": f"{hours:.0f}"}
        else:
            text = _("还有 %(n)s 分钟") % {"n": max(int(hours * 60), 1)}
        return DueWord("soon" if hours < 4 else "ok", text)
    days = calendar.working_days_between(now, clock.due_at)
    left = ngettext("还有 %(n)s 个工作日", "还有 %(n)s 个工作日", days) % {"n": days}
    return DueWord("soon" if days <= 1 else "ok", left if days else _("今天到期"))


def county_calendar(appeal: Appeal) -> Workdays:
    """The calendar that counts an appeal's days."""
    return calendar_of(appeal.county_id)


def matters_by_class(actor: Actor) -> list[tuple[str, list[Matter]]]:
    """Active matters grouped by class, in catalogue order, for choosing."""
    groups: dict[str, list[Matter]] = {}
    for matter in Matter.objects.filter(active=True):
        groups.setdefault(matter.class_name, []).append(matter)
    return list(groups.items())


@dataclass(frozen=True)
class Week:
    """What happened to a place's appeals since Monday, in figures that everybody may read (本周公开数字)."""

    since: datetime
    received: int
    answered: int
    closed: int
    solved: int
    open: int


def week_in(actor: Actor, place: Place, now: datetime | None = None) -> Week:
    """Counts of a place and everything below it in the running week; figures only, so no visibility path is asked.

    `answered` counts appeals, not answers; `closed` leaves out what was withdrawn, declined or not called back.
    """
    local = timezone.localtime(now or timezone.now())
    since = (local - timedelta(days=local.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = Appeal.objects.filter(under("place__code", place.code)).exclude(state=State.HISTORY)
    closed = rows.filter(state=State.CLOSED, ended_at__gte=since)
    return Week(
        since=since,
        received=rows.filter(filed_at__gte=since).count(),
        answered=rows.filter(answers__at__gte=since).distinct().count(),
        closed=closed.count(),
        solved=closed.filter(solved=True).count(),
        open=rows.filter(state__in=OPEN).count(),
    )

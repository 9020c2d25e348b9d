"""What waits for a post (今日待办): reports on its desk, orders to its body, applications for tolerance."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext_noop

from linli.areas.duties.flow import REPORT_OPEN, ReportState, ToleranceState
from linli.areas.duties.models import Order, Report, ReportErasure, Tolerance
from linli.areas.duties.queries.reports import bodies_of_person, clocks_by_report, orders_of, reports_of, tolerances_of
from linli.commons.actor import Actor
from linli.commons.models import Body
from linli.kit.clock import Clock

WHAT = {
    ReportState.FILED: gettext_noop("受理"),
    ReportState.ESCALATED: gettext_noop("受理"),
    ReportState.ACCEPTED: gettext_noop("查清，责令改正或办结"),
    ReportState.ORDERED: gettext_noop("认定是否改正"),
    ReportState.CORRECTED: gettext_noop("办结并公布结果"),
    ReportState.UNCORRECTED: gettext_noop("再责令改正、报上一级或办结"),
}
ANSWER, ERASE = gettext_noop("改正并反馈"), gettext_noop("处理删除申请")
EXAMINE, DECIDE = gettext_noop("核查容错申请"), gettext_noop("认定容错申请")


@dataclass(frozen=True)
class Waiting:
    """One thing that waits (待办): what it is about, what to do (an untranslated word), and the clock that runs, if one does."""

    about: Report | Order | Tolerance
    what: str
    clock: Clock | None = None


def waiting_for(actor: Actor, limit: int = 200) -> list[Waiting]:
    """What the post must do about reports, orders and tolerance; what waits for somebody else, or bars the person, is left out."""
    found: list[Waiting] = []
    if "duties.correct" in actor.powers:
        found += _reports(actor, limit)
    if "duties.answer_order" in actor.powers:
        found += _orders(actor, limit)
    if {"duties.examine_tolerance", "duties.decide_tolerance"} & actor.powers:
        found += _tolerances(actor, limit)
    return found


def _reports(actor: Actor, limit: int) -> list[Waiting]:
    mine = ~Q(state=ReportState.ORDERED) | Q(orders__state=Order.Result.OPEN, orders__answered_at__isnull=False)
    rows = list(reports_of(actor).filter(mine, state__in=REPORT_OPEN).order_by("filed_at", "id")[:limit])
    clocks = clocks_by_report(rows)
    asked = reports_of(actor).filter(erasures__state=ReportErasure.State.ASKED)[:limit]
    return [Waiting(row, ERASE) for row in asked] + [
        Waiting(row, WHAT[ReportState(row.state)], next(iter(clocks.get(row.trail_key, [])), None)) for row in rows
    ]


def _orders(actor: Actor, limit: int) -> list[Waiting]:
    rows = list(orders_of(actor).filter(state=Order.Result.OPEN, answered_at=None).order_by("due_on", "id")[:limit])
    clocks = clocks_by_report([row.report for row in rows])
    return [Waiting(row, ANSWER, next(iter(clocks.get(row.report.trail_key, [])), None)) for row in rows]


def _tolerances(actor: Actor, limit: int) -> list[Waiting]:
    """Those of the own county; a level above examines what the county's own lead body asks for."""
    own = Q(place_id=actor.place) | Q(applicant__kind__in=(Body.Kind.LEAD, Body.Kind.GOVERNMENT))
    rows = tolerances_of(actor).filter(own).exclude(applicant__code__in=bodies_of_person(actor)).order_by("applied_at")
    found: list[Waiting] = []
    if "duties.examine_tolerance" in actor.powers:
        found += [Waiting(row, EXAMINE) for row in rows.filter(state=ToleranceState.APPLIED)[:limit]]
    if "duties.decide_tolerance" in actor.powers:
        examined = rows.filter(state=ToleranceState.EXAMINED).exclude(examined_by=actor.code)
        found += [Waiting(row, DECIDE) for row in examined[:limit]]
    return found

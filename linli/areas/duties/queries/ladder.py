"""The ladder of correction (纠正梯级): from the pack's row to the desk that acts, and to the next one when it is silent."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from linli.areas.duties.flow import ReportState
from linli.areas.duties.models import Report, Stage
from linli.areas.duties.rules import bearers_of
from linli.commons.models import Body, Post
from linli.commons.roles import ROLE_POWERS
from linli.kit.scope import prefixes
from linli.law import words
from linli.law.load import load_pack, pack_for_place
from linli.law.types import Liability

KEPT = ("assembly", "two_committees")
"""Correctors without a desk of their own here: the street keeps the record of what they decide."""
SET_HERE = ""
"""Corrector where the draft names none: the county's lead body, as the county sets it (按县设定)."""
SUPERIOR = "superior"
"""Corrector beyond the last rung of the draft: the level above."""
_ACTING = [role for role, powers in ROLE_POWERS.items() if "duties.correct" in powers]


@dataclass(frozen=True)
class Rung:
    """One rung: who corrects by the draft, and the desk that acts or keeps the record for it."""

    corrector: str
    desk: Body
    index: int


def corrector_label(corrector: str) -> str:
    """A corrector in words."""
    own = {SET_HERE: "县级牵头部门（按县设定）", SUPERIOR: "上一级机关"}
    return own.get(corrector) or words.CORRECTORS.get(corrector, corrector)


def liability_of(breach: str, respondent: Body) -> Liability | None:
    """The row of the pack for a breach by a body; None where the draft has none (本草案无此条)."""
    pack = pack_for_place(respondent.place_id)
    level = respondent.place.level
    mine = bearers_of(kind=respondent.kind, level=level, duty=respondent.duty) | {str(respondent.kind)}
    return pack.liability_for(breach, mine)


def row_of(report: Report) -> Liability | None:
    """The row that a report was filed under, as its pack has it now."""
    rows = load_pack(report.pack).liabilities
    return next((row for row in rows if row.id == report.liability), None)


def basis_of(report: Report) -> tuple[str, ...]:
    """The article that names the corrector; none where the draft has none."""
    row = row_of(report)
    return (f"{report.pack}.{row.at}",) if row is not None else ()


def first_rung(breach: str, respondent: Body) -> Rung | None:
    """Where a report begins; None when nobody above the body works here."""
    row = liability_of(breach, respondent)
    asked = row.correctors if row is not None else (SET_HERE,)
    return _first(respondent, asked, 0, {respondent.code})


def next_rung(report: Report) -> Rung | None:
    """Where a report goes when the desk that has it is silent or passes it up; None at the end of the ladder.

    A desk that slept does not get it again. One that only keeps the record for somebody else is asked for itself before.
    """
    waiting = report.state in (ReportState.FILED, ReportState.ESCALATED)
    silent = report.stages.filter(how=Stage.How.SILENT).values_list("desk__code", flat=True)
    out = {report.respondent_id, *(code for code in silent if code != report.desk_id)}
    if waiting or report.corrector not in KEPT:
        out.add(report.desk_id)
    row = row_of(report)
    asked = row.correctors if row is not None else (SET_HERE,)
    found = _first(report.respondent, asked, report.rung + 1, out)
    if found is not None:
        return found
    desk = climb(report.desk.place_id, out | {report.desk_id})
    return Rung(SUPERIOR, desk, max(report.rung + 1, len(asked))) if desk is not None else None


def _first(respondent: Body, asked: tuple[str, ...], start: int, out: set[str]) -> Rung | None:
    for index in range(start, len(asked)):
        desk = _desk(asked[index], respondent, out)
        if desk is not None:
            return Rung(asked[index], desk, index)
    return None


def _desk(corrector: str, respondent: Body, out: set[str]) -> Body | None:
    place = respondent.place_id
    if corrector in (*KEPT, "township"):
        street = _acting().filter(kind=Body.Kind.STREET, place_id=place[:9]).exclude(code__in=out).first()
        if street is not None or corrector == "township":
            return street
    return climb(place[:6], out)


def climb(place: str, out: set[str]) -> Body | None:
    """The lead body, else the government, of a place or of the nearest one above it that works here and is not left out."""
    for code in reversed(prefixes(place)):
        rows = _acting().filter(kind__in=(Body.Kind.LEAD, Body.Kind.GOVERNMENT), place_id=code).exclude(code__in=out)
        found = rows.order_by("-kind").first()  # lead before government: it does the work
        if found is not None:
            return found
    return None


def desks() -> list[Body]:
    """Every body to which a report can be handed (可以受理的单位)."""
    kinds = (Body.Kind.LEAD, Body.Kind.GOVERNMENT, Body.Kind.STREET)
    return list(_acting().filter(kind__in=kinds).select_related("place").order_by("place_id", "code"))


def _acting() -> QuerySet[Body]:
    """Bodies in which somebody may act today."""
    there = Post.objects.filter(Post.current(), body=OuterRef("code"), role__in=_ACTING, user__is_active=True)
    return Body.objects.filter(Exists(there), ended_on=None)

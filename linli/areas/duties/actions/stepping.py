"""One step of a report: who may take it, the clocks it turns, the line it leaves; nothing a reporter said goes into the trail."""

from __future__ import annotations

from typing import Any

from linli.areas.duties import queries
from linli.areas.duties.flow import REPORT
from linli.areas.duties.models import Report
from linli.areas.duties.rules import leak
from linli.commons.actor import Actor
from linli.commons.settings import limit_of
from linli.commons.workdays import calendar_of
from linli.kit import clock, trail
from linli.kit.clock import Limit
from linli.kit.errors import BadInput, NotAllowed
from linli.kit.flow import move
from linli.kit.notices import notify
from linli.kit.text import fitting
from linli.law.load import load_pack

LIMITS = {"accept": "duties.report_accept", "handle": "duties.report_handle", "verify": "duties.report_verify"}
"""Clock → the county's setting; the clock `correct` runs to the day that the order names."""
PARAMS = {"accept": "complaint_accept_within", "handle": "complaint_handle_within"}
"""Clock → the parameter of the pack that holds where the county set nothing."""

VERBS = {
    "accept": "duties.report_accepted",
    "decline": "duties.report_declined",
    "transfer": "duties.report_transferred",
    "refer": "duties.report_referred",
    "order": "duties.correction_ordered",
    "confirm": "duties.correction_confirmed",
    "find_uncorrected": "duties.correction_failed",
    "escalate": "duties.report_escalated",
    "hand_over": "duties.handover_recorded",
    "close": "duties.report_closed",
    "withdraw": "duties.report_withdrawn",
}
BY_ROW = frozenset({"order", "confirm", "find_uncorrected", "hand_over", "close"})
"""Steps that rest on the article which names the corrector."""


def at_desk(by: Actor, report: Report) -> None:
    """Only the desk that has the report, and nobody who is barred (回避). Raises: NotAllowed."""
    if by.body_code != report.desk_id:
        raise NotAllowed("只有现在受理这件检举的单位可以办理。", code="not_desk")
    why = queries.why_barred(by, report)
    if why:
        raise NotAllowed(why, code="conflict")


def limit_for(name: str, report: Report) -> Limit:
    """How long a step may take: what the county set, else what the pack says, else 未设时限."""
    found = limit_of(LIMITS[name], report.place_id)
    if found.amount is not None or name not in PARAMS:
        return found
    pack = load_pack(report.pack)
    try:
        param = pack.find_param(PARAMS[name])
    except KeyError:
        return found
    value = param.on(None)
    return found if value is None else Limit(int(str(value.value)), param.unit, pack.short)


def start_clock(report: Report, name: str, *, days: int | None = None) -> None:
    """Start a clock that the desk holds; `days` gives the limit of an order."""
    clock.start(
        report.trail_key,
        name,
        limit=Limit(days, "days") if days is not None else limit_for(name, report),
        calendar=calendar_of(report.place_id),
        place=report.place_id,
        holder=report.desk_id,
    )


def advance(
    report: Report,
    name: str,
    *,
    by: Actor,
    facts: dict[str, Any] | None = None,
    days: int | None = None,
    **changes: Any,
) -> Report:
    """Move a report, turn its clocks as the flow says, and note the step. Raises: WrongState."""
    step = REPORT[name]
    before = report.state
    move(report, REPORT, name, **changes)
    for one in step.stops:
        clock.stop(report.trail_key, one)
    for one in step.starts:
        start_clock(report, one, days=days if one == "correct" else None)
    trail.record(
        VERBS[name],
        report,
        by=by,
        changes={"state": [before, report.state]},
        facts=facts,
        basis=queries.basis_of(report) if name in BY_ROW else None,
    )
    return report


def safe_text(text: str, most: int, what: str, report: Report, *, least: int = 5) -> str:
    """A text for other eyes than the desk's: long enough, and nothing in it that gives the reporter away.

    Raises:
        BadInput: too short or too long, or it holds name, contact or a stretch of the reporter's own words.
    """
    text = fitting(text, most, what)
    if len(text) < least:
        raise BadInput(f"请写明{what}（至少 {least} 个字）。", code="text_short")
    known = (report.respondent.name, report.respondent.place.name)
    said = " ".join([report.words, *(row.text for row in report.supplements.all())])
    found = leak(text, words=said, secrets=(report.name, report.contact), known=known)
    if found:
        raise BadInput(
            f"{what}里有反映人的信息或原话（“{found[:12]}”）。请换成您自己的话，不要让人看出是谁反映的。",
            code="gives_away",
        )
    return text


def tell(body: str, report: Report, text: str, *, url: str = "") -> None:
    """Put a notice on the desk of a body; it names no respondent and no reporter."""
    place = report.place_id
    notify(
        body=body, subject=report.trail_key, place=place, text=text, url=url or f"/work/corrections/{report.number}/"
    )

"""One step of an appeal with what the flow table says about its clocks."""

from __future__ import annotations

from typing import Any

from linli.areas.appeals.flow import APPEAL
from linli.areas.appeals.models import Appeal
from linli.commons.actor import Actor
from linli.commons.settings import limit_of
from linli.commons.workdays import calendar_of
from linli.kit import clock, trail
from linli.kit.flow import move, wrong_state
from linli.kit.notices import notify

LIMITS = {
    "accept": "appeals.accept",
    "dispatch": "appeals.dispatch",
    "handle": "appeals.handle",
    "rule": "appeals.rule_objection",
    "callback": "appeals.callback",
    "wait": "appeals.callback_wait",
    "case": "appeals.case",
}
"""Clock → the county's setting. The clock `case` is the resident's; the others belong to whoever holds the appeal."""

VERBS = {
    "accept": "appeals.accepted",
    "decline": "appeals.declined",
    "dispatch": "appeals.dispatched",
    "transfer": "appeals.dispatched",
    "escalate": "appeals.escalated",
    "recall": "appeals.recalled",
    "object": "appeals.objected",
    "uphold": "appeals.objection_ruled",
    "overrule": "appeals.objection_ruled",
    "answer": "appeals.answered",
    "close": "appeals.closed",
    "redo": "appeals.redone",
    "give_up": "appeals.closed",
    "reopen": "appeals.reopened",
    "withdraw": "appeals.withdrawn",
}


def limit_key(name: str, appeal: Appeal, step: str = "") -> str:
    """Which setting limits a clock now: danger and the way up to the street have their own."""
    if name == "dispatch" and appeal.danger:
        return "appeals.dispatch_danger"
    if name == "handle" and step == "escalate":
        return "appeals.up_to_street"
    return LIMITS[name]


def start_clock(appeal: Appeal, name: str, *, step: str = "", holder: str = "") -> None:
    """Start one clock of an appeal with the limit that its county set, or without a due date (未设时限)."""
    clock.start(
        appeal.trail_key,
        name,
        limit=limit_of(limit_key(name, appeal, step), appeal.place_id),
        calendar=calendar_of(appeal.place_id),
        place=appeal.place_id,
        holder=holder,
    )


def tell(body: str, appeal: Appeal, text: str) -> None:
    """Put a notice about an appeal on the desk of a body, given by its code (站内通知)."""
    notify(
        body=body,
        subject=appeal.trail_key,
        place=appeal.place_id,
        text=text,
        url=f"/work/appeals/{appeal.number}/",
    )


def check_start(appeal: Appeal, name: str) -> None:
    """Say so before anything is written when a move does not start in the appeal's state. Raises: WrongState."""
    if appeal.state not in APPEAL[name].source:
        raise wrong_state(APPEAL, name, appeal.state)


def advance(
    appeal: Appeal,
    name: str,
    *,
    by: Actor,
    note: str = "",
    facts: dict[str, Any] | None = None,
    holder: str = "",
    **changes: Any,
) -> Appeal:
    """Move an appeal, turn its clocks as the flow says, and note the step in the trail.

    Args:
        holder: code of the body whose clock starts. changes: further fields of the appeal.

    Raises:
        WrongState: somebody was faster.
    """
    step = APPEAL[name]
    before = appeal.state
    move(appeal, APPEAL, name, **changes)
    calendar = calendar_of(appeal.place_id)
    for one in step.stops:
        clock.stop(appeal.trail_key, one)
    for one in step.pauses:
        clock.pause(appeal.trail_key, one, calendar=calendar)
    for one in step.resumes:
        clock.resume(appeal.trail_key, one, calendar=calendar)
    for one in step.starts:
        start_clock(appeal, one, step=name, holder=holder)
    trail.record(
        VERBS[name],
        appeal,
        by=by,
        changes={"state": [before, appeal.state]},
        facts={"step": name, **(facts or {})},
        note=note,
    )
    return appeal

"""One step of an appeal with what the flow table says about its clocks."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from linli.areas.appeals.flow import APPEAL
from linli.areas.appeals.models import Appeal
from linli.commons.actor import Actor
from linli.commons.settings import limit_of, limits_of
from linli.commons.workdays import Workdays, calendar_of
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


def start_first_clocks(appeal: Appeal, *names: str) -> None:
    """Start the clocks of an appeal that came in just now, with the limits that its county set (起算)."""
    keys = {name: limit_key(name, appeal) for name in names}
    limits = limits_of(tuple(keys.values()), appeal.place_id)
    clock.start_first(
        appeal.trail_key,
        {name: limits[key] for name, key in keys.items()},
        calendar=calendar_of(appeal.place_id),
        place=appeal.place_id,
    )


def start_clock(
    appeal: Appeal, name: str, *, step: str = "", holder: str = "", calendar: Workdays | None = None
) -> None:
    """Start one clock of an appeal with the limit that its county set, or without a due date (未设时限).

    Args:
        calendar: the place's calendar, where the caller has it already.
    """
    clock.start(
        appeal.trail_key,
        name,
        limit=limit_of(limit_key(name, appeal, step), appeal.place_id),
        calendar=calendar or calendar_of(appeal.place_id),
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


def handle_due(appeal: Appeal) -> str | None:
    """When the holder must have answered (办理到期), for the trail: indices are computed from there, never from clocks.

    None: no limit was set (未设时限), or nobody holds the appeal.
    """
    running = clock.running(appeal.trail_key, "handle")
    return running.due_at.isoformat() if running and running.due_at else None


def contact_due(appeal: Appeal) -> str | None:
    """Until when a body that is handed an appeal now must have spoken to the resident (响应到期); None: 未设时限."""
    limit = limit_of("appeals.contact", appeal.place_id)
    if limit.amount is None:
        return None
    return calendar_of(appeal.place_id).add(timezone.now(), limit.amount, limit.unit).isoformat()


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
    said: dict[str, Any] = {"step": name}
    if "handle" in step.stops + step.pauses:
        said["due"] = handle_due(appeal)  # as it stood when the holder's time ended or was stopped for a while
    calendar = calendar_of(appeal.place_id)
    for one in step.stops:
        clock.stop(appeal.trail_key, one)
    for one in step.pauses:
        clock.pause(appeal.trail_key, one, calendar=calendar)
    for one in step.resumes:
        clock.resume(appeal.trail_key, one, calendar=calendar)
    for one in step.starts:
        start_clock(appeal, one, step=name, holder=holder, calendar=calendar)
    if "handle" in step.starts + step.resumes:
        said["due"] = handle_due(appeal)
    trail.record(
        VERBS[name],
        appeal,
        by=by,
        changes={"state": [before, appeal.state]},
        facts={**said, **(facts or {})},
        note=note,
    )
    return appeal

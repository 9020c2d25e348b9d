"""Pure decisions about appeals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from linli.kit.clock import Calendar, Clock, Unit

ATTEMPTS = 3
"""Recorded attempts after which an appeal may end as 办结（未获回访）."""


def may_object_again(body: str, ruled_for: Sequence[str], hops: int, max_hops: int | None) -> str:
    """Why a body may not object, or "" when it may (异议次数有界).

    Args:
        body: code of the body. ruled_for: codes of bodies that a ruling on this appeal named. hops: dispatches so far.
        max_hops: the county's bound; None when it set none. Even then no body that a ruling named can object again,
            so the chain of objections is never longer than the number of bodies.
    """
    if body in ruled_for:
        return "协调单位已裁定由本单位办理，不能再次提出异议。确有新情况，请申请延期或向督查岗反映。"
    if max_hops is not None and hops > max_hops:
        return f"此件已分派 {hops} 次，本县设定异议后最多转派 {max_hops} 次，不能再提异议；请由本单位牵头办理。"
    return ""


def may_call_back(*, caller: str, caller_body: str, answered_by: str, handler: str) -> str:
    """Why somebody may not call back, or "" (回访与办理分离): neither the person nor the body that handled it."""
    if caller == answered_by or caller_body == handler:
        return "回访要由办理人和办理单位以外的人进行，请交热线或街道回访。"
    return ""


def card_level(clock: Clock, now: datetime, calendar: Calendar) -> str:
    """yellow, red or "" for a running clock (黄牌：到期前一个工作日；红牌：到期后).

    For limits in hours, or of one day, the yellow card comes in the last quarter of the time.
    """
    if clock.due_at is None or not clock.running:
        return ""
    if now > clock.due_at:
        return "red"
    if clock.unit in (Unit.HOURS, Unit.WORKING_HOURS) or clock.amount == 1:
        return "yellow" if clock.due_at - now <= (clock.due_at - clock.started_at) / 4 else ""
    return "yellow" if calendar.working_days_between(now, clock.due_at) <= 1 else ""

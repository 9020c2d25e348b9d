"""Writes of the duty board: attestations, what the rules found, and calendars of what is coming."""

from linli.areas.duties.actions.attest import attest_duty, withdraw_attestation
from linli.areas.duties.actions.calendar import share_calendar, stop_calendar
from linli.areas.duties.actions.judging import judge_county, judge_due, store_changes

__all__ = [
    "attest_duty",
    "judge_county",
    "judge_due",
    "share_calendar",
    "stop_calendar",
    "store_changes",
    "withdraw_attestation",
]

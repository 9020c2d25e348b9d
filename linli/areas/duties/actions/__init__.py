"""Writes of the duties: attestations, what the rules found, calendars, reports and their correction, tolerance."""

from linli.areas.duties.actions.attest import LONGEST, attest_duty, withdraw_attestation
from linli.areas.duties.actions.calendar import share_calendar, stop_calendar
from linli.areas.duties.actions.correct import (
    answer_order,
    close_report,
    hand_over_report,
    judge_correction,
    order_correction,
)
from linli.areas.duties.actions.erase import erase_report, refuse_report_erasure, request_erasure
from linli.areas.duties.actions.judging import judge_county, judge_due, store_changes
from linli.areas.duties.actions.reports import (
    Receipt,
    accept_report,
    add_to_report,
    decline_report,
    escalate_report,
    file_report,
    pass_report_up,
    refer_report,
    reveal_reporter,
    transfer_report,
    withdraw_report,
)
from linli.areas.duties.actions.silent import escalate_due
from linli.areas.duties.actions.tolerance import (
    apply_tolerance,
    decide_tolerance,
    end_situation,
    examine_tolerance,
    keep_situation,
    withdraw_tolerance,
)

__all__ = [
    "LONGEST",
    "Receipt",
    "accept_report",
    "add_to_report",
    "answer_order",
    "apply_tolerance",
    "attest_duty",
    "close_report",
    "decide_tolerance",
    "decline_report",
    "end_situation",
    "erase_report",
    "escalate_due",
    "escalate_report",
    "examine_tolerance",
    "file_report",
    "hand_over_report",
    "judge_correction",
    "judge_county",
    "judge_due",
    "keep_situation",
    "order_correction",
    "pass_report_up",
    "refer_report",
    "refuse_report_erasure",
    "request_erasure",
    "reveal_reporter",
    "share_calendar",
    "stop_calendar",
    "store_changes",
    "transfer_report",
    "withdraw_attestation",
    "withdraw_report",
    "withdraw_tolerance",
]

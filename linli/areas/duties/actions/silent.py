"""What happens when nobody does anything (逾期): reports go up the ladder, overdue corrections go back to the desk."""

from __future__ import annotations

from contextlib import suppress

from django.utils import timezone

from linli.areas.duties.actions.reports import escalate_report
from linli.areas.duties.actions.stepping import LIMITS, start_clock, tell
from linli.areas.duties.flow import REPORT_OPEN, ReportState
from linli.areas.duties.models import Report
from linli.commons.actor import SYSTEM, Actor
from linli.kit import clock, trail
from linli.kit.action import action
from linli.kit.clock import Clock
from linli.kit.errors import WrongState


@action("duties.escalate")
def lapse_correction(*, by: Actor, report: Report) -> Report:
    """The day of an order has passed without an answer (整改逾期): the desk must say what it finds, on a clock of its own.

    Raises: WrongState: answered or judged meanwhile.
    """
    running = clock.running(report.trail_key, "correct")
    if report.state != ReportState.ORDERED or running is None or not running.late(timezone.now()):
        raise WrongState("整改期限没有过，或已经反馈。", code="wrong_state")
    clock.stop(report.trail_key, "correct")
    start_clock(report, "verify")
    trail.record("duties.correction_lapsed", report, by=by)
    tell(report.desk_id, report, f"检举 {report.number} 的整改期限已过，没有反馈，请认定是否改正。")
    return report


def escalate_due() -> int:
    """Tick: everything whose clock has run out takes its next step; idempotent, for each step stops the clock it rests on."""
    over = Clock.objects.filter(
        name__in=(*LIMITS, "correct"),
        stopped_at=None,
        paused_at=None,
        due_at__lt=timezone.now(),
        subject__startswith="report:",
    )
    count = 0
    for subject, name in list(over.order_by("due_at").values_list("subject", "name")):
        report = Report.objects.filter(number=subject.removeprefix("report:"), state__in=REPORT_OPEN).first()
        if report is None:
            continue
        with suppress(WrongState):  # done between the two looks
            if name == "correct":
                lapse_correction(by=SYSTEM, report=report)
            else:
                escalate_report(by=SYSTEM, report=report, name=name)
            count += 1
    return count

"""Periodic work (定时任务): which actions run by themselves, and how often. All act as the system, all are idempotent.

The order matters: what runs out is ended first, so that an appeal resting on it goes back to dispatch in the same round.
"""

from __future__ import annotations

from linli.areas.appeals import actions as appeals
from linli.areas.appeals.pages.public_draft import sweep
from linli.areas.assembly import actions as assembly
from linli.areas.duties import actions as duties
from linli.areas.mandates import actions as mandates
from linli.commons.actor import SYSTEM
from linli.commons.doors import log, sessions
from linli.kit import anchor, limiter, notices
from linli.kit.schedule import Every


def expire_mandates() -> int:
    """End admissions and grounds whose time is over (到期退出)."""
    return mandates.expire_due(by=SYSTEM)


JOBS: dict[str, Every] = {
    "mandates.expire_due": Every(300, expire_mandates),
    "appeals.recall_stopped": Every(30, appeals.recall_stopped),
    "appeals.card_due": Every(60, appeals.card_due),
    "appeals.give_up_due": Every(60, appeals.give_up_due),
    "appeals.publish_due": Every(3600, appeals.publish_due),
    "assembly.close_due": Every(300, assembly.close_due),
    "duties.judge_due": Every(60, duties.judge_due),
    "duties.escalate_due": Every(60, duties.escalate_due),
    "notices.deliver": Every(10, notices.deliver),
    "trail.anchor": anchor.JOB,
    "appeals.sweep_drafts": Every(3600, sweep),
    "doors.sweep_sessions": Every(3600, sessions.sweep),
    "doors.sweep_log": Every(86400, log.sweep),
    "doors.sweep_attempts": Every(3600, limiter.sweep),
}

"""Periodic work (定时任务): twice is once, downtime is caught up, one broken job stops no other."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from linli.areas.appeals import actions as appeals
from linli.areas.appeals.flow import State
from linli.areas.appeals.models import Card
from linli.areas.mandates import actions as mandates
from linli.areas.mandates.flow import TaskState
from linli.areas.mandates.models import Assignment, Ground
from linli.commons.settings import set_setting
from linli.kit import schedule, trail
from linli.kit.clock import Clock
from linli.kit.notices.models import Notice
from linli.kit.schedule import Every, Job
from linli.site.tick import JOBS
from tests.cast import Town, fresh


def limit(town: Town, key: str, amount: int, unit: str = "working_days") -> None:
    set_setting(by=town.lead, place=town.county, key=key, value={"amount": amount, "unit": unit}, source="测试")


def run_all() -> dict[str, object]:
    """Every job once, whatever is due."""
    return {name: job.run() for name, job in JOBS.items()}


def test_every_job_runs_as_planned_and_twice_is_once(hubei: Town) -> None:
    assert {name: job.seconds for name, job in JOBS.items()} == {
        "mandates.expire_due": 300,
        "appeals.recall_stopped": 30,
        "appeals.card_due": 60,
        "appeals.give_up_due": 60,
        "appeals.publish_due": 3600,
        "assembly.close_due": 300,
        "duties.judge_due": 60,
        "duties.escalate_due": 60,
        "notices.deliver": 10,
        "trail.anchor": 600,
        "appeals.sweep_drafts": 3600,
        "doors.sweep_attempts": 3600,
        "doors.sweep_log": 86400,
        "doors.sweep_sessions": 3600,
    }
    limit(hubei, "appeals.handle", 5)
    late = hubei.handling()
    Clock.objects.filter(subject=late.trail_key, name="handle").update(due_at=timezone.now() - timedelta(days=2))
    first = run_all()
    assert first["appeals.card_due"] == 1 and isinstance(first["notices.deliver"], int) and first["notices.deliver"] > 0
    entries = trail.Entry.objects.count()
    assert set(run_all().values()) == {0}
    assert trail.Entry.objects.count() == entries
    assert list(Card.objects.values_list("level", flat=True)) == ["red"]
    assert list(trail.verify()) == []


def test_after_downtime_the_red_card_comes_once_without_the_yellow_before_it(town: Town) -> None:
    limit(town, "appeals.handle", 5)
    appeal = town.handling()
    Clock.objects.filter(subject=appeal.trail_key, name="handle").update(due_at=timezone.now() - timedelta(days=30))
    assert schedule.run_due(JOBS) == list(JOBS)
    assert list(Card.objects.filter(appeal=appeal).values_list("level", flat=True)) == ["red"]


def test_an_order_that_ran_out_stops_the_task_and_brings_the_appeal_back_in_one_round(hubei: Town) -> None:
    order = mandates.open_ground(
        by=hubei.lead,
        place=hubei.county,
        kind=Ground.Kind.EMERGENCY_ORDER,
        ref="应急命令 1 号",
        valid_to=timezone.now() + timedelta(hours=1),
    )
    appeal = hubei.accepted()
    appeals.dispatch_appeal(by=hubei.hotline, appeal=appeal, to=hubei.bodies["committee"], ground=order)
    Ground.objects.filter(pk=order.pk).update(valid_to=timezone.now() - timedelta(days=3))
    schedule.run_due(JOBS)
    assert fresh(appeal).state == State.ACCEPTED
    assert Assignment.objects.get(subject=appeal.trail_key).state == TaskState.STOPPED
    assert Ground.objects.get(pk=order.pk).closed_at is not None


def test_who_could_not_be_reached_within_the_countys_days_ends_as_unreached(town: Town) -> None:
    limit(town, "appeals.callback_wait", 5)
    appeal = town.answered()
    appeals.call_back(by=town.hotline, appeal=appeal, how="phone", reached=False)
    schedule.run_due(JOBS)
    assert fresh(appeal).state == State.ANSWERED
    Clock.objects.filter(subject=appeal.trail_key, name="wait").update(due_at=timezone.now() - timedelta(days=9))
    Job.objects.update(due_at=timezone.now())
    schedule.run_due(JOBS)
    assert fresh(appeal).state == State.UNREACHED


def test_a_job_runs_again_only_when_it_is_due(db: None) -> None:
    assert schedule.run_due(JOBS) == list(JOBS)
    assert schedule.run_due(JOBS) == []
    Job.objects.filter(name="notices.deliver").update(due_at=timezone.now() - timedelta(days=1))
    assert schedule.run_due(JOBS) == ["notices.deliver"]


def test_one_broken_job_does_not_stop_the_others(hubei: Town, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> None:
        raise RuntimeError("坏了")

    hubei.file()
    jobs = {"broken": Every(60, broken), **JOBS}
    assert schedule.run_due(jobs) == ["broken", *JOBS]
    assert Job.objects.get(name="broken").error == "坏了"
    assert Job.objects.get(name="notices.deliver").error == ""
    assert not Notice.objects.filter(sent_at=None).exists()
    assert "broken" in caplog.text

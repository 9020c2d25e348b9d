"""Periodic jobs: claimed before they run, caught up after downtime, one broken one stops no other."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from linli.kit import schedule
from linli.kit.schedule import Every, Job, run_due, run_forever

pytestmark = pytest.mark.django_db


def test_a_job_runs_once_per_period_and_once_after_downtime() -> None:
    ran: list[str] = []
    jobs = {"a": Every(60, lambda: ran.append("a")), "b": Every(3600, lambda: ran.append("b"))}
    assert run_due(jobs) == ["a", "b"]
    assert run_due(jobs) == []
    Job.objects.update(due_at=timezone.now() - timedelta(days=10))
    assert run_due(jobs) == ["a", "b"] and run_due(jobs) == []
    assert ran == ["a", "b", "a", "b"]
    job = Job.objects.get(name="b")
    assert job.ran_at is not None
    assert timedelta(minutes=59) < job.due_at - timezone.now() <= timedelta(hours=1)


def test_a_broken_job_says_why_and_holds_up_nobody() -> None:
    broken = [True]

    def run() -> None:
        if broken[0]:
            raise ValueError("磁盘已满" * 100)

    ran: list[int] = []
    jobs = {"bad": Every(60, run), "good": Every(60, lambda: ran.append(1))}
    assert run_due(jobs) == ["bad", "good"]
    assert ran == [1]
    assert Job.objects.get(name="bad").error.startswith("磁盘已满") and Job.objects.get(name="good").error == ""
    broken[0] = False
    Job.objects.update(due_at=timezone.now())
    run_due(jobs)
    assert Job.objects.get(name="bad").error == ""


def test_a_job_that_another_process_claimed_is_left_alone() -> None:
    jobs = {"a": Every(60, lambda: pytest.fail("claimed by another"))}
    Job.objects.create(name="a", due_at=timezone.now() + timedelta(seconds=30))
    assert run_due(jobs) == []


def test_the_loop_outlives_a_database_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    stop, calls = threading.Event(), []

    def run(jobs: object) -> list[str]:
        calls.append(1)
        if len(calls) == 1:
            raise OSError("away")
        stop.set()
        return []

    monkeypatch.setattr(schedule, "run_due", run)
    monkeypatch.setattr(schedule, "close_old_connections", lambda: None)
    run_forever({}, stop, pause=0.01)
    assert len(calls) == 2

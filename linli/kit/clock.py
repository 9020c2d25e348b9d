"""Clocks (时限): due dates on the working calendar, per case and per holder, with pause and resume.

A clock without an amount is honest: it runs, but has no due date (未设时限).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.db import models
from django.db.models import Q
from django.utils import timezone

from linli.kit import rows
from linli.kit.privacy import label


class Calendar(Protocol):
    """Working-day arithmetic, handed in by the caller (see `linli.law.calendar.WorkCalendar`)."""

    def add(self, start: datetime, amount: int, unit: str) -> datetime: ...
    def remaining(self, start: datetime, due: datetime, unit: str) -> float: ...
    def resume(self, at: datetime, remaining: float, unit: str) -> datetime: ...
    def working_days_between(self, start: datetime, end: datetime) -> int: ...


class Unit(models.TextChoices):
    """Units of a limit (时限单位)."""

    HOURS = "hours", "小时"
    WORKING_HOURS = "working_hours", "个工作小时"
    WORKING_DAYS = "working_days", "个工作日"
    DAYS = "days", "日"


@dataclass(frozen=True)
class Limit:
    """An amount of time that somebody set, with where it comes from."""

    amount: int | None
    unit: str = Unit.WORKING_DAYS
    source: str = ""

    def __str__(self) -> str:
        return f"{self.amount} {Unit(self.unit).label}" if self.amount is not None else "未设时限"


UNSET = Limit(None)


class Clock(models.Model):
    """A running, paused or stopped clock of one subject (计时)."""

    subject = models.CharField("对象", max_length=80)
    name = models.CharField("时限名", max_length=40)
    holder = models.CharField("责任单位", max_length=40, blank=True)
    place = models.CharField("区划", max_length=40)
    started_at = models.DateTimeField("起算")
    amount = models.IntegerField("数量", null=True)
    unit = models.CharField("单位", max_length=16, choices=Unit.choices, default=Unit.WORKING_DAYS)
    due_at = models.DateTimeField("到期", null=True, db_index=True)
    paused_at = models.DateTimeField("暂停于", null=True)
    remaining = models.FloatField("暂停时剩余", null=True)
    stopped_at = models.DateTimeField("停止于", null=True)

    LABELS = label(L2="id subject name holder place started_at amount unit due_at paused_at remaining stopped_at")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["subject", "name"], condition=Q(stopped_at=None), name="clock_one_running_per_name"
            ),
        )

    @property
    def running(self) -> bool:
        """Whether time is passing: neither stopped nor paused."""
        return self.stopped_at is None and self.paused_at is None

    def late(self, now: datetime) -> bool:
        """Whether the due time has passed (or had passed when the clock was paused or stopped)."""
        end = self.paused_at or self.stopped_at or now
        return self.due_at is not None and end > self.due_at


def start(
    subject: str,
    name: str,
    *,
    limit: Limit,
    calendar: Calendar,
    place: str,
    holder: str = "",
    at: datetime | None = None,
) -> Clock:
    """Start a clock; one that still runs under the same name is stopped first."""
    at = at or timezone.now()
    stop(subject, name, at=at)
    clock = _made(subject, name, limit, calendar, place, holder, at)
    rows.insert([clock])
    return clock


def start_first(subject: str, limits: Mapping[str, Limit], *, calendar: Calendar, place: str) -> None:
    """Start the clocks of a new subject in one statement; nothing of it runs yet, so that nothing needs stopping."""
    at = timezone.now()
    rows.insert([_made(subject, name, limit, calendar, place, "", at) for name, limit in limits.items()])


def _made(subject: str, name: str, limit: Limit, calendar: Calendar, place: str, holder: str, at: datetime) -> Clock:
    return Clock(
        subject=subject,
        name=name,
        holder=holder,
        place=place,
        started_at=at,
        amount=limit.amount,
        unit=limit.unit,
        due_at=None if limit.amount is None else calendar.add(at, limit.amount, limit.unit),
    )


def running(subject: str, name: str) -> Clock | None:
    """The clock of that name that has not been stopped, or None."""
    return Clock.objects.filter(subject=subject, name=name, stopped_at=None).first()


def stop(subject: str, name: str, *, at: datetime | None = None) -> None:
    """Stop a clock; stopping what does not run changes nothing."""
    Clock.objects.filter(subject=subject, name=name, stopped_at=None).update(stopped_at=at or timezone.now())


def pause(subject: str, name: str, *, calendar: Calendar, at: datetime | None = None) -> None:
    """Pause a clock and keep what was left of it; a paused one stays as it is."""
    at = at or timezone.now()
    clock = running(subject, name)
    if clock is None or clock.paused_at is not None:
        return
    clock.paused_at = at
    if clock.due_at is not None:
        clock.remaining = calendar.remaining(at, clock.due_at, clock.unit)
    clock.save(update_fields=["paused_at", "remaining"])


def resume(subject: str, name: str, *, calendar: Calendar, at: datetime | None = None) -> None:
    """Let a paused clock run on with what was left; no time is lost or won."""
    at = at or timezone.now()
    clock = running(subject, name)
    if clock is None or clock.paused_at is None:
        return
    if clock.remaining is not None and clock.remaining >= 0:  # what was late when it paused stays late
        clock.due_at = calendar.resume(at, clock.remaining, clock.unit)
    clock.paused_at, clock.remaining = None, None
    clock.save(update_fields=["paused_at", "remaining", "due_at"])


def extend(subject: str, name: str, *, amount: int, calendar: Calendar, unit: str = "") -> Clock | None:
    """Add time to a clock, counted on from its due date; None when there is no due date to move.

    Args:
        unit: of the amount; default: the clock's own. A paused clock keeps what was added until it runs on.
    """
    clock = running(subject, name)
    if clock is None or clock.due_at is None or clock.amount is None:
        return None
    unit = unit or clock.unit
    clock.due_at = calendar.add(clock.due_at, amount, unit)
    if unit == clock.unit:
        clock.amount += amount
    if clock.paused_at is not None:
        clock.remaining = calendar.remaining(clock.paused_at, clock.due_at, clock.unit)
    clock.save(update_fields=["due_at", "amount", "remaining"])
    return clock

"""A clock that tests move, and what the stories of the figures do again and again (指标测试的人物动作)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, tzinfo

from django.utils import timezone

from linli.areas.appeals import actions as appeals
from linli.areas.appeals.models import Appeal
from linli.commons.actor import Actor
from linli.commons.settings import set_setting
from tests.cast import Town, fresh

ANSWER = "已派人更换灯泡，今晚恢复照明。"
START = datetime(2026, 9, 7, 9, 0)  # a Monday


class Time:
    """A clock that a test moves; everything that asks Django for the time gets it."""

    def __init__(self) -> None:
        self.now = timezone.make_aware(START)

    def to(self, month: int, day: int, hour: int = 9, minute: int = 0) -> None:
        """Set it, forward or back."""
        self.now = timezone.make_aware(datetime(2026, month, day, hour, minute))

    def on(self, **by: int) -> None:
        """Let so much time pass."""
        self.now += timedelta(**by)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Exchange the class that `django.utils.timezone` reads: models hold its function `now` itself."""
        time = self

        class Moving(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
                return time.now.astimezone(tz)

        real = timezone.datetime  # type: ignore[attr-defined]
        timezone.datetime = Moving  # type: ignore[attr-defined]
        try:
            yield
        finally:
            timezone.datetime = real  # type: ignore[attr-defined]


def limits(town: Town, **amounts: int) -> None:
    """The county's limits, in working days."""
    for name, amount in amounts.items():
        value = {"amount": amount, "unit": "working_days"}
        set_setting(by=town.lead, place=town.county, key=f"appeals.{name}", value=value)


def answer(town: Town, appeal: Appeal, by: Actor | None = None) -> Appeal:
    appeals.answer_appeal(by=by or town.department, appeal=fresh(appeal), text=ANSWER)
    return fresh(appeal)


def call(town: Town, appeal: Appeal, solved: bool | None = True, rating: int | None = 5) -> Appeal:
    appeals.call_back(
        by=town.hotline,
        appeal=fresh(appeal),
        how="phone",
        reached=solved is not None,
        solved=solved,
        rating=rating if solved is not None else None,
    )
    return fresh(appeal)

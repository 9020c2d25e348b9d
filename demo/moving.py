"""A clock that the story moves (故事时钟): everything that asks Django for the time gets the story's."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta, tzinfo

from django.utils import timezone

from linli.commons.workdays import calendar_of

Script = Iterator[datetime]
"""A story line: it yields the moment at which it wants to go on, and acts when called again."""


class Clock:
    """The story's present.

    Args:
        end: the real present, at which the story ends.
    """

    def __init__(self, end: datetime) -> None:
        self.end = end
        self.now = end
        calendar = calendar_of("").calendar
        day, self.days = timezone.localdate(end), [timezone.localdate(end)]
        while len(self.days) <= 80:
            day -= timedelta(days=1)
            if calendar.is_working(day):
                self.days.append(day)
        self._index = {day: number for number, day in enumerate(self.days)}
        self._calendar = calendar

    def ago(self, days: int, at: str) -> datetime:
        """A time of day on the working day that lies so many before today; on day 0: so many minutes ago."""
        if days == 0:
            return self.end - timedelta(minutes=int(at))
        hour, minute = at.split(":")
        return timezone.make_aware(datetime.combine(self.days[days], time(int(hour), int(minute))))

    def later(self, chance: random.Random, *, days: int = 0, hours: float = 1.0) -> datetime:
        """An office moment some working days or hours after now; never after the story's end."""
        if days:
            day = self._calendar.add(self.now, days, "working_days")
            start = timezone.localtime(day).replace(hour=9, minute=0, second=0, microsecond=0)
            wanted = start + timedelta(minutes=chance.randrange(0, 170))
        else:
            wanted = self.now + timedelta(hours=hours, minutes=chance.randrange(2, 25))
            local = timezone.localtime(wanted)
            if local.hour >= 17 or local.hour < 9:  # the office opens again in the morning
                day = self._calendar.add(self.now, 1, "working_days") if local.hour >= 17 else local
                wanted = timezone.localtime(day).replace(hour=9, minute=chance.randrange(0, 50))
        return self.soon(wanted)

    def soon(self, wanted: datetime) -> datetime:
        """A moment that lies after now and before the end, as near as possible to the one wanted."""
        latest = self.end - timedelta(minutes=20)
        return max(min(wanted, latest), self.now + timedelta(minutes=1))

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let Django's clock be this one.

        The class that `django.utils.timezone` reads is exchanged, not its function `now`: models hold that function
        itself as the default of their fields.
        """
        clock = self

        class Moving(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
                return clock.now.astimezone(tz)

        real = timezone.datetime  # type: ignore[attr-defined]
        timezone.datetime = Moving  # type: ignore[attr-defined]
        try:
            yield
        finally:
            timezone.datetime = real  # type: ignore[attr-defined]

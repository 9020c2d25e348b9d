"""Working-day arithmetic (工作日历): pure functions over an editable list of exceptions to the five-day week.

The day on which a period starts is not counted (民法典 art. 201); a period in days ends at the end of its last day
(art. 203 allows the close of business instead, we take the later). Times are those of Asia/Shanghai.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
HOURS: tuple[tuple[dt.time, dt.time], ...] = (
    (dt.time(9), dt.time(12)),
    (dt.time(13, 30), dt.time(17, 30)),
)
UNITS = ("hours", "working_hours", "working_days", "days")
_END = dt.time(23, 59, 59)
_DAY = dt.timedelta(days=1)
_HOUR = dt.timedelta(hours=1)
# Longer than any holiday the State Council has ever set: further on, the calendar itself must be wrong.
_LONGEST_CLOSURE = 366

Pause = tuple[dt.datetime, dt.datetime]


class SeedDay(NamedTuple):
    """One exception to the five-day week (放假或调休上班的一天)."""

    date: dt.date
    working: bool
    name: str


class Seed(NamedTuple):
    """Exceptions of one year (年度安排). `uncovered`: the year's official notice is not known, weekends only."""

    days: tuple[SeedDay, ...]
    uncovered: bool


def seed(year: int) -> Seed:
    """Public holidays and make-up working days of a year (节假日安排), from the package chinesecalendar.

    Returns: for a year the package does not know, no exceptions and `uncovered` set: warn the county to enter them.
    """
    from chinese_calendar.constants import Holiday, holidays, workdays

    chinese = {member.value: member.chinese for member in Holiday}
    days = [SeedDay(day, False, chinese[name]) for day, name in holidays.items() if day.year == year]
    days += [SeedDay(day, True, f"{chinese[name]}调休上班") for day, name in workdays.items() if day.year == year]
    return Seed(tuple(sorted(days)), not days)


@dataclass(frozen=True)
class WorkCalendar:
    """A county's calendar (工作日历).

    Args: days, exceptions to Monday to Friday (True working, as make-up days are; False free); hours, the business
    hours of a working day in order.
    Raises: ValueError when the business hours overlap, run backwards or are missing.
    """

    days: Mapping[dt.date, bool] = field(default_factory=dict)
    hours: tuple[tuple[dt.time, dt.time], ...] = HOURS

    def __post_init__(self) -> None:
        edges = [edge for span in self.hours for edge in span]
        if not edges or edges != sorted(set(edges)):
            raise ValueError("工作时间有误：每段的开始须早于结束，各段按先后排列且不重叠。")
        object.__setattr__(self, "days", MappingProxyType(dict(self.days)))

    @classmethod
    def of_years(cls, years: Iterable[int]) -> WorkCalendar:
        """Calendar seeded with the official arrangements of these years (按国务院安排生成)."""
        return cls({day.date: day.working for year in years for day in seed(year).days})

    def covers(self, day: dt.date) -> bool:
        """Whether any exception is known for that day's year; if not, only weekends are free and pages should warn."""
        return any(known.year == day.year for known in self.days)

    def is_working(self, day: dt.date) -> bool:
        """Whether that day is a working day (是否工作日)."""
        exception = self.days.get(day)
        return day.weekday() < 5 if exception is None else exception

    def add(self, start: dt.datetime, amount: float, unit: str, pauses: Sequence[Pause] = ()) -> dt.datetime:
        """When a limit ends (到期时间).

        Args: start, aware; amount, 0 or more, whole for days; unit, `hours` (exact), `working_hours` (business hours only),
        `working_days` or `days` (ends 23:59:59 of the N-th such day after the start day); pauses, closed spans in which
        the clock stood still. A day touched by a pause is not counted, hours lose exactly the paused time.
        Returns: an aware time of Asia/Shanghai.
        Raises: ValueError for a naive time, a negative amount, an unknown unit or a pause that ends before it begins.
        """
        start = _local(start)
        _check_unit(unit)
        if amount < 0:
            raise ValueError("时限不能为负数。")
        if unit in ("days", "working_days") and amount != int(amount):
            raise ValueError("以日计的时限要填整数。")
        stops = _merged(pauses)
        if unit in ("days", "working_days"):
            day, left = start.date(), amount
            idle = 0
            while left:
                day += _DAY
                if self._counts(day, unit, stops):
                    left, idle = left - 1, 0
                elif (idle := idle + 1) > _LONGEST_CLOSURE and not any(day <= stop[1].date() for stop in stops):
                    raise ValueError("工作日历有误：连续一年以上没有工作日，请检查节假日设置。")
            return dt.datetime.combine(day, _END, SHANGHAI)
        rest = amount * _HOUR
        if not rest:
            return start
        for opening, closing in self._running(start, unit, stops):
            if closing - opening >= rest:
                return opening + rest
            rest -= closing - opening
        raise AssertionError("unreachable: running time is endless")

    def elapsed(self, start: dt.datetime, end: dt.datetime, unit: str, pauses: Sequence[Pause] = ()) -> float:
        """Time used of a limit (已用时间), in the given unit; 0 when `end` is not after `start`.

        Days count from the day after the start day, the day of `end` included, so that
        `elapsed(s, add(s, n, unit, p), unit, p) == n`. Arguments and errors as for `add`.
        """
        start, end = _local(start), _local(end)
        _check_unit(unit)
        stops = _merged(pauses)
        if unit in ("days", "working_days"):
            span = (end.date() - start.date()).days
            return sum(self._counts(start.date() + n * _DAY, unit, stops) for n in range(1, span + 1))
        total = dt.timedelta()
        for opening, closing in self._running(start, unit, stops):
            if opening >= end:
                break
            total += min(closing, end) - opening
        return total / _HOUR

    def working_days_between(self, a: dt.date, b: dt.date) -> int:
        """Working days after `a` up to and including `b` (相隔工作日); negative when `b` is before `a`."""
        if b < a:
            return -self.working_days_between(b, a)
        return sum(self.is_working(a + n * _DAY) for n in range(1, (b - a).days + 1))

    def _counts(self, day: dt.date, unit: str, stops: Sequence[Pause]) -> bool:
        if unit == "working_days" and not self.is_working(day):
            return False
        return not any(first.date() <= day <= last.date() for first, last in stops)

    def _running(self, start: dt.datetime, unit: str, stops: Sequence[Pause]) -> Iterator[Pause]:
        """Endless spans in which an hourly clock runs, from `start` on, without the paused time."""
        for opening, closing in self._open(start, unit):
            cursor = max(opening, start)
            for first, last in stops:
                if first >= closing:
                    break
                if last > cursor:
                    if first > cursor:
                        yield cursor, first
                    cursor = last
            if cursor < closing:
                yield cursor, closing

    def _open(self, start: dt.datetime, unit: str) -> Iterator[Pause]:
        day, idle = start.date(), 0
        while True:
            if unit == "hours":
                midnight = dt.datetime.combine(day, dt.time(), SHANGHAI)
                yield midnight, midnight + _DAY
            elif self.is_working(day):
                idle = 0
                for opening, closing in self.hours:
                    yield dt.datetime.combine(day, opening, SHANGHAI), dt.datetime.combine(day, closing, SHANGHAI)
            elif (idle := idle + 1) > _LONGEST_CLOSURE:
                raise ValueError("工作日历有误：连续一年以上没有工作日，请检查节假日设置。")
            day += _DAY


def _local(moment: dt.datetime) -> dt.datetime:
    if moment.tzinfo is None:
        raise ValueError("时间缺少时区，请使用带时区的时间。")
    return moment.astimezone(SHANGHAI)


def _check_unit(unit: str) -> None:
    if unit not in UNITS:
        raise ValueError(f"时限单位“{unit}”不认识，应为 {'、'.join(UNITS)} 之一。")


def _merged(pauses: Sequence[Pause]) -> list[Pause]:
    """Pauses in order, overlaps joined, so that no time is taken off twice."""
    merged: list[Pause] = []
    for first, last in sorted((_local(first), _local(last)) for first, last in pauses):
        if last < first:
            raise ValueError("暂停的结束时间早于开始时间。")
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged

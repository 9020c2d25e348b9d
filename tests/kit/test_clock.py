"""Clocks over the real holidays of 2025 and 2026: due dates, pause and resume, extension."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.commons.workdays import Workdays
from linli.kit import clock
from linli.kit.clock import UNSET, Clock, Limit, Unit
from linli.law.calendar import WorkCalendar

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = Workdays(WorkCalendar.of_years((2025, 2026)))
KEY, PLACE = "appeal:1", "429999001001"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def end(day: str) -> datetime:
    return at(f"{day}T23:59:59")


DUE = [
    # a plain week
    ("2025-03-03T10:00", 5, "working_days", "2025-03-10T23:59:59"),
    ("2025-03-03T10:00", 5, "days", "2025-03-08T23:59:59"),
    ("2025-03-03T10:30", 24, "hours", "2025-03-04T10:30"),
    # Spring Festival 2025: 28 January to 4 February off, 26 January and 8 February worked
    ("2025-01-24T16:00", 1, "working_days", "2025-01-26T23:59:59"),
    ("2025-01-24T16:00", 3, "working_days", "2025-02-05T23:59:59"),
    ("2025-02-06T09:00", 2, "working_days", "2025-02-08T23:59:59"),
    ("2025-01-27T17:00", 48, "hours", "2025-01-29T17:00"),
    # Labour Day 2025: 27 April worked, 1 to 5 May off
    ("2025-04-25T09:00", 1, "working_days", "2025-04-27T23:59:59"),
    ("2025-04-30T09:00", 1, "working_days", "2025-05-06T23:59:59"),
    # National Day and Mid-Autumn 2025: 1 to 8 October off, 28 September and 11 October worked
    ("2025-09-30T09:00", 5, "working_days", "2025-10-14T23:59:59"),
    # New Year 2026: 1 to 3 January off, Sunday the 4th worked
    ("2025-12-31T09:00", 1, "working_days", "2026-01-04T23:59:59"),
    # Spring Festival 2026: 15 to 23 February off, 14 and 28 February worked
    ("2026-02-13T09:00", 2, "working_days", "2026-02-24T23:59:59"),
    ("2026-02-27T09:00", 1, "working_days", "2026-02-28T23:59:59"),
]


@pytest.mark.parametrize(("start", "amount", "unit", "due"), DUE)
def test_a_limit_ends_on_the_official_calendar(start: str, amount: int, unit: str, due: str) -> None:
    assert CALENDAR.add(at(start), amount, unit) == at(due)


def test_working_hours_skip_lunch_night_and_holiday() -> None:
    start = at("2025-04-30T16:30")  # the last afternoon before Labour Day
    due = CALENDAR.add(start, 8, "working_hours")
    assert due.date().isoformat() in ("2025-05-06", "2025-05-07")
    assert CALENDAR.remaining(start, due, "working_hours") == pytest.approx(8)
    assert CALENDAR.calendar.is_working(due.date())


units = st.sampled_from([unit.value for unit in Unit])
moments = st.datetimes(datetime(2025, 1, 1), datetime(2026, 10, 1)).map(lambda when: when.replace(tzinfo=ZONE))


@settings(max_examples=300, deadline=None)
@given(moments, st.integers(1, 40), units, st.integers(0, 100), st.timedeltas(timedelta(0), timedelta(days=40)))
def test_a_pause_neither_loses_nor_wins_time(
    start: datetime, amount: int, unit: str, share: int, pause: timedelta
) -> None:
    due = CALENDAR.add(start, amount, unit)
    paused = start + (due - start) * share / 100
    resumed = paused + pause
    left = CALENDAR.remaining(paused, due, unit)
    later = CALENDAR.resume(resumed, left, unit)
    slack = timedelta(seconds=1)
    assert later >= due - slack  # nothing is lost
    again = CALENDAR.remaining(resumed, later, unit)
    if unit in ("hours", "working_hours"):
        assert again == pytest.approx(left, abs=1e-3)
    elif left:
        assert again == left
    else:  # paused on its last day: the rest of a day is a day
        assert again <= 1
    assert CALENDAR.remaining(start, later, unit) <= amount + CALENDAR.remaining(paused, resumed, unit) + 1.001


@settings(max_examples=200, deadline=None)
@given(moments, st.integers(1, 40), units, st.integers(0, 100))
def test_a_pause_of_no_length_moves_nothing(start: datetime, amount: int, unit: str, share: int) -> None:
    due = CALENDAR.add(start, amount, unit)
    now = start + (due - start) * share / 100
    later = CALENDAR.resume(now, CALENDAR.remaining(now, due, unit), unit)
    if unit in ("hours", "working_hours"):
        assert CALENDAR.remaining(start, later, unit) == pytest.approx(amount, abs=1e-3)
    else:
        assert later == due


FIVE = Limit(5)


def begin(limit: Limit = FIVE, when: str = "2025-03-03T10:00") -> Clock:
    return clock.start(KEY, "handle", limit=limit, calendar=CALENDAR, place=PLACE, holder="b", at=at(when))


@pytest.mark.django_db
class TestRows:
    """Clocks as rows."""

    def now(self) -> Clock:
        found = clock.running(KEY, "handle")
        assert found is not None
        return found

    def test_an_unset_limit_has_no_due_date(self) -> None:
        row = begin(UNSET)
        assert (row.due_at, row.late(at("2030-01-01T00:00")), str(UNSET)) == (None, False, "未设时限")
        clock.pause(KEY, "handle", calendar=CALENDAR)
        clock.resume(KEY, "handle", calendar=CALENDAR)
        assert clock.extend(KEY, "handle", amount=3, calendar=CALENDAR) is None
        assert self.now().due_at is None and self.now().running

    def test_one_clock_of_a_name_runs(self) -> None:
        first, second = begin(), begin(Limit(2))
        first.refresh_from_db()
        assert first.stopped_at is not None and self.now().pk == second.pk

    def test_pause_twice_and_resume_twice(self) -> None:
        begin()
        clock.pause(KEY, "handle", calendar=CALENDAR, at=at("2025-03-05T09:00"))
        clock.pause(KEY, "handle", calendar=CALENDAR, at=at("2025-03-07T09:00"))
        assert self.now().remaining == 3
        clock.resume(KEY, "handle", calendar=CALENDAR, at=at("2025-03-12T09:00"))
        clock.resume(KEY, "handle", calendar=CALENDAR, at=at("2025-03-20T09:00"))
        assert self.now().due_at == end("2025-03-17")

    def test_what_was_late_stays_late(self) -> None:
        row = begin()
        clock.pause(KEY, "handle", calendar=CALENDAR, at=at("2025-03-11T09:00"))
        assert self.now().late(at("2025-03-11T09:00"))
        clock.resume(KEY, "handle", calendar=CALENDAR, at=at("2025-04-01T09:00"))
        assert self.now().due_at == row.due_at

    def test_what_was_paused_in_time_is_not_late(self) -> None:
        begin()
        clock.pause(KEY, "handle", calendar=CALENDAR, at=at("2025-03-07T09:00"))
        assert not self.now().late(at("2025-05-01T09:00"))

    def test_a_clock_stopped_late_stays_late(self) -> None:
        begin()
        clock.stop(KEY, "handle", at=at("2025-03-11T09:00"))
        assert Clock.objects.get().late(at("2025-03-11T09:00"))
        clock.stop(KEY, "handle", at=at("2025-09-01T09:00"))
        assert Clock.objects.get().stopped_at == at("2025-03-11T09:00")

    def test_an_extension_counts_on_from_the_due_date(self) -> None:
        begin()
        row = clock.extend(KEY, "handle", amount=5, calendar=CALENDAR)
        assert row is not None
        assert (row.due_at, row.amount) == (end("2025-03-17"), 10)

    def test_an_extension_granted_during_a_pause_is_kept(self) -> None:
        begin()
        clock.pause(KEY, "handle", calendar=CALENDAR, at=at("2025-03-05T09:00"))
        clock.extend(KEY, "handle", amount=5, calendar=CALENDAR)
        clock.resume(KEY, "handle", calendar=CALENDAR, at=at("2025-03-05T15:00"))
        assert self.now().due_at == end("2025-03-17")

    def test_an_extension_in_another_unit_keeps_its_own(self) -> None:
        row = begin()
        longer = clock.extend(KEY, "handle", amount=8, unit="hours", calendar=CALENDAR)
        assert longer is not None and row.due_at is not None
        assert longer.due_at == row.due_at + timedelta(hours=8) and longer.amount == 5

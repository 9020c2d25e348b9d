"""Working-day arithmetic: real make-up days, and the properties that keep every deadline honest."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.law.calendar import SHANGHAI, UNITS, WorkCalendar, seed

YEARS = WorkCalendar.of_years(range(2024, 2027))
WEEKS = WorkCalendar()


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


moments = st.datetimes(dt.datetime(2024, 6, 1), dt.datetime(2026, 6, 1)).map(lambda m: m.replace(tzinfo=SHANGHAI))
units = st.sampled_from(UNITS)
amounts = st.integers(0, 60)
spans = st.tuples(moments, st.timedeltas(dt.timedelta(0), dt.timedelta(days=20))).map(lambda p: (p[0], p[0] + p[1]))
pauses = st.lists(spans, max_size=3)


@pytest.mark.parametrize(
    ("day", "working"),
    [
        ("2025-01-26", True),  # Sunday, make-up for Spring Festival
        ("2025-02-08", True),  # Saturday, make-up for Spring Festival
        ("2025-01-28", False),  # Spring Festival
        ("2025-09-28", True),  # Sunday, make-up for National Day
        ("2025-10-11", True),  # Saturday, make-up for National Day
        ("2025-10-08", False),
        ("2025-10-09", True),
        ("2026-01-01", False),
        ("2026-01-04", True),  # Sunday, make-up for New Year
        ("2026-02-14", True),  # Saturday, make-up for Spring Festival
        ("2026-02-23", False),
        ("2026-02-28", True),  # Saturday, make-up for Spring Festival
        ("2026-10-10", True),  # Saturday, make-up for National Day
        ("2026-03-07", False),
        ("2026-03-09", True),
    ],
)
def test_official_days_of_2025_and_2026(day: str, working: bool) -> None:
    assert YEARS.is_working(dt.date.fromisoformat(day)) is working


def test_five_working_days_over_the_national_day_of_2025() -> None:
    # Filed on Friday 26 September: 28 (make-up Sunday), 29, 30 September, 9, 10 October.
    assert YEARS.add(at("2025-09-26T15:00"), 5, "working_days") == at("2025-10-10T23:59:59")
    # Without the official notice the holidays would be missed: the due day would be wrong by a week.
    assert WEEKS.add(at("2025-09-26T15:00"), 5, "working_days") == at("2025-10-03T23:59:59")


def test_the_start_day_is_not_counted() -> None:
    assert WEEKS.add(at("2026-03-02T00:00"), 1, "working_days") == at("2026-03-03T23:59:59")
    assert WEEKS.add(at("2026-03-06T23:59"), 1, "working_days") == at("2026-03-09T23:59:59")
    assert WEEKS.add(at("2026-03-02T08:00"), 5, "days") == at("2026-03-07T23:59:59")
    assert WEEKS.add(at("2026-03-07T08:00"), 0, "working_days") == at("2026-03-07T23:59:59")


def test_hours_are_exact_and_cross_midnight() -> None:
    assert WEEKS.add(at("2026-03-06T23:30:15"), 24, "hours") == at("2026-03-07T23:30:15")


@pytest.mark.parametrize(
    ("start", "amount", "due"),
    [
        ("2026-03-02T09:00", 3, "2026-03-02T12:00"),
        ("2026-03-02T11:30", 1, "2026-03-02T14:00"),
        ("2026-03-02T18:00", 1, "2026-03-03T10:00"),
        ("2026-03-06T16:30", 2, "2026-03-09T10:00"),
        ("2026-03-02T09:00", 7, "2026-03-02T17:30"),
        ("2026-03-07T10:00", 8, "2026-03-10T10:00"),
    ],
)
def test_working_hours_run_in_business_hours_only(start: str, amount: int, due: str) -> None:
    assert WEEKS.add(at(start), amount, "working_hours") == at(due)


def test_hours_of_business_are_the_countys_own() -> None:
    short = WorkCalendar(hours=((dt.time(8), dt.time(10)),))
    assert short.add(at("2026-03-02T07:00"), 3, "working_hours") == at("2026-03-03T09:00")
    with pytest.raises(ValueError, match="工作时间有误"):
        WorkCalendar(hours=((dt.time(12), dt.time(9)),))
    with pytest.raises(ValueError, match="工作时间有误"):
        WorkCalendar(hours=())


def test_times_of_other_zones_are_brought_to_shanghai() -> None:
    utc = dt.datetime(2026, 3, 2, 18, 0, tzinfo=dt.UTC)
    assert WEEKS.add(utc, 1, "working_days") == at("2026-03-04T23:59:59")


def test_a_pause_of_two_days_moves_the_due_day_by_the_working_days_it_touches() -> None:
    pause = (at("2026-03-03T10:00"), at("2026-03-04T10:00"))
    assert WEEKS.add(at("2026-03-02T10:00"), 3, "working_days", [pause]) == at("2026-03-09T23:59:59")
    weekend = (at("2026-03-07T10:00"), at("2026-03-08T10:00"))
    assert WEEKS.add(at("2026-03-05T10:00"), 3, "working_days", [weekend]) == at("2026-03-10T23:59:59")


def test_overlapping_pauses_are_not_taken_off_twice() -> None:
    one = [(at("2026-03-02T11:00"), at("2026-03-02T14:00"))]
    two = [(at("2026-03-02T11:00"), at("2026-03-02T13:00")), (at("2026-03-02T12:00"), at("2026-03-02T14:00"))]
    assert WEEKS.add(at("2026-03-02T10:00"), 5, "hours", one) == at("2026-03-02T18:00")
    assert WEEKS.add(at("2026-03-02T10:00"), 5, "hours", two) == at("2026-03-02T18:00")


@given(moments, amounts, units, pauses)
def test_elapsed_of_add_is_the_amount(start, amount, unit, stops) -> None:
    due = YEARS.add(start, amount, unit, stops)
    assert YEARS.elapsed(start, due, unit, stops) == pytest.approx(amount, abs=1e-9)


@given(moments, amounts, units, pauses)
def test_more_amount_is_never_earlier(start, amount, unit, stops) -> None:
    assert YEARS.add(start, amount, unit, stops) < YEARS.add(start, amount + 1, unit, stops)


@given(moments, st.timedeltas(dt.timedelta(0), dt.timedelta(days=40)), amounts, units, pauses)
def test_a_later_start_is_never_due_earlier(start, later, amount, unit, stops) -> None:
    assert YEARS.add(start, amount, unit, stops) <= YEARS.add(start + later, amount, unit, stops)


@given(moments, amounts, units, pauses, spans)
def test_a_pause_never_loses_time(start, amount, unit, stops, further) -> None:
    assert YEARS.add(start, amount, unit, [*stops, further]) >= YEARS.add(start, amount, unit, stops)


@given(moments, st.integers(1, 200), st.timedeltas(dt.timedelta(0), dt.timedelta(days=30)))
def test_paused_hours_come_back_to_the_second(start, amount, length) -> None:
    pause = (start, start + length)
    assert YEARS.add(start, amount, "hours", [pause]) == YEARS.add(start, amount, "hours") + length


@given(moments, st.integers(1, 60))
def test_working_limits_end_on_working_days(start, amount) -> None:
    for unit in ("working_days", "working_hours"):
        assert YEARS.is_working(YEARS.add(start, amount, unit).date())


@given(moments, amounts)
def test_days_counted_by_hand_agree(start, amount) -> None:
    day, left = start.date(), amount
    while left:
        day += dt.timedelta(days=1)
        left -= YEARS.is_working(day)
    assert YEARS.add(start, amount, "working_days").date() == day
    assert YEARS.working_days_between(start.date(), day) == amount
    assert YEARS.working_days_between(day, start.date()) == -amount


@given(moments, moments, units)
def test_time_elapsed_is_never_negative(a, b, unit) -> None:
    assert YEARS.elapsed(a, b, unit) >= 0
    if b <= a:
        assert YEARS.elapsed(a, b, unit) == 0


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: WEEKS.add(dt.datetime(2026, 3, 2), 1, "days"), "时区"),
        (lambda: WEEKS.add(at("2026-03-02"), -1, "days"), "负数"),
        (lambda: WEEKS.add(at("2026-03-02"), 1, "weeks"), "不认识"),
        (lambda: WEEKS.add(at("2026-03-02"), 0, "weeks"), "不认识"),
        (lambda: WEEKS.elapsed(at("2026-03-02"), at("2026-03-01"), "weeks"), "不认识"),
        (lambda: WEEKS.add(at("2026-03-02"), 1, "days", [(at("2026-03-04"), at("2026-03-03"))]), "早于"),
    ],
)
def test_bad_arguments_are_refused_in_chinese(call, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        call()


@pytest.mark.parametrize("unit", ["working_days", "working_hours"])
def test_a_calendar_without_working_days_is_told_not_looped(unit: str) -> None:
    first = dt.date(2026, 1, 1)
    empty = WorkCalendar({first + dt.timedelta(days=n): False for n in range(800)})
    with pytest.raises(ValueError, match="连续一年以上没有工作日"):
        empty.add(at("2026-01-02"), 1, unit)


def test_seed_names_holidays_in_chinese_and_marks_make_up_days() -> None:
    days = {day.date: day for day in seed(2025).days}
    assert days[dt.date(2025, 10, 1)].name == "国庆节"
    assert days[dt.date(2025, 9, 28)].working and "调休" in days[dt.date(2025, 9, 28)].name
    assert not seed(2025).uncovered


@pytest.mark.parametrize("year", [2003, 2035])
def test_a_year_without_official_notice_falls_back_on_weekends_and_says_so(year: int) -> None:
    assert seed(year) == ((), True)
    plain = WorkCalendar.of_years([year])
    assert not plain.covers(dt.date(year, 5, 1))
    assert YEARS.covers(dt.date(2026, 5, 1))


def test_the_calendar_is_not_changed_behind_its_back() -> None:
    days = {dt.date(2026, 3, 7): True}
    calendar = WorkCalendar(days)
    days.clear()
    assert calendar.is_working(dt.date(2026, 3, 7))

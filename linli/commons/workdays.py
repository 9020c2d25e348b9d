"""The working calendar of a place (工作日历), made from the editable table."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils import timezone

from linli.commons.actor import Actor
from linli.commons.models import CalendarDay
from linli.kit import reference, trail
from linli.kit.action import action
from linli.law.calendar import WorkCalendar, seed

DAY_UNITS = ("days", "working_days")


class Workdays:
    """`WorkCalendar` as the kit's clocks ask for it: time left, and going on with what was left."""

    def __init__(self, calendar: WorkCalendar) -> None:
        self.calendar = calendar

    def add(self, start: datetime, amount: int, unit: str) -> datetime:
        """When a limit of `amount` ends."""
        return self.calendar.add(start, amount, unit)

    def working_days_between(self, start: datetime, end: datetime) -> int:
        """Working days after the day of `start` up to and with the day of `end`; negative when it lies before."""
        return self.calendar.working_days_between(timezone.localdate(start), timezone.localdate(end))

    def remaining(self, start: datetime, due: datetime, unit: str) -> float:
        """What is left of a limit at `start`, in its unit; −1 when it is over."""
        return self.calendar.elapsed(start, due, unit) if due >= start else -1.0

    def resume(self, at: datetime, remaining: float, unit: str) -> datetime:
        """When a limit ends of which `remaining` was left at a pause; never earlier than a due date of today's end."""
        if unit in DAY_UNITS:
            due = self.calendar.add(at, round(remaining), unit)
            while unit == "working_days" and not self.calendar.is_working(timezone.localdate(due)):
                due += timedelta(days=1)
            return due
        return self.calendar.add(at, remaining, unit)


def calendar_of(place: str) -> Workdays:
    """The calendar in force at a place; a county's own rows win over its province's and the national ones."""
    return reference.kept(("calendar", place[:6]), lambda: _loaded(place))


def _loaded(place: str) -> Workdays:
    rows = CalendarDay.objects.filter(place__in=["", place[:2], place[:6]]).order_by("place")
    return Workdays(WorkCalendar(dict(rows.values_list("day", "working"))))


@action("commons.edit_calendar", at="place")
def set_day(*, by: Actor, day: date, working: bool, name: str = "", place: str = "") -> CalendarDay:
    """Declare a day a working day or a day off (调休、放假)."""
    old = CalendarDay.objects.filter(place=place, day=day).values_list("working", flat=True).first()
    row, _ = CalendarDay.objects.update_or_create(place=place, day=day, defaults={"working": working, "name": name})
    trail.record("commons.day_set", row, by=by, changes={str(day): [old, working]}, note=name)
    return row


@action("commons.edit_calendar", at="row")
def clear_day(*, by: Actor, row: CalendarDay) -> None:
    """Take a day back that was declared by mistake (删除放假或上班日): the arrangement above holds again."""
    trail.record("commons.day_cleared", row, by=by, changes={str(row.day): [row.working, None]}, note=row.name)
    row.delete()


def seed_years(years: range) -> list[int]:
    """Fill the national table for years that have no row yet; return the years that no official notice covers."""
    uncovered = []
    for year in years:
        found = seed(year)
        if found.uncovered:
            uncovered.append(year)
        elif not CalendarDay.objects.filter(place="", day__year=year).exists():
            CalendarDay.objects.bulk_create(
                CalendarDay(place="", day=row.date, working=row.working, name=row.name) for row in found.days
            )
    return uncovered

"""The working calendar (工作日历): a year at a glance, and the register of days that a county sets itself."""

from __future__ import annotations

import calendar
from datetime import date
from typing import Any

import django_filters
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.commons import queries
from linli.commons.actor import Actor
from linli.commons.models import CalendarDay
from linli.commons.web import actor, staff
from linli.commons.workdays import clear_day, set_day
from linli.kit.errors import NotVisible
from linli.kit.forms import Form, TextField
from linli.kit.register import Column, Register

FIRST, LAST = 2004, 2100
KINDS = (("off", "放假"), ("on", "上班"))


class DayForm(Form):
    """One day off, or one working day at a weekend."""

    day = forms.DateField(
        label="日期",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "请填写日期。", "invalid": "日期看不懂，请写成 2027-01-01。"},
    )
    working = forms.ChoiceField(
        label="放假或上班",
        choices=KINDS,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择放假或上班。", "invalid_choice": "请填“放假”或“上班”。"},
    )
    name = TextField(
        label="名称",
        required=False,
        max_length=30,
        help_text="如 国庆节、国庆节调休上班",
        error_messages={"max_length": "名称请写在 30 字以内。"},
    )

    def clean_day(self) -> date:
        """Only years that a limit can run in."""
        day: date = self.cleaned_data["day"]
        if not FIRST <= day.year <= LAST:
            raise forms.ValidationError(f"年份请在 {FIRST} 到 {LAST} 之间。")
        return day


class DayFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter ships no types
    """Days off or working days."""

    working = django_filters.ChoiceFilter(label="放假或上班", choices=KINDS, empty_label="全部", method="of_kind")

    class Meta:
        model = CalendarDay
        fields: list[str] = []

    def of_kind(self, rows: Any, name: str, value: str) -> Any:
        """Rows of one of the two kinds."""
        return rows.filter(working=value == "on")


def _set(*, by: Actor, working: str, **more: Any) -> CalendarDay:
    return set_day(by=by, working=working == "on", place=by.place[:6], **more)


DAYS = Register(
    name="days",
    title="本地设定的放假和上班日",
    noun="放假和上班日",
    measure="个",
    model=CalendarDay,
    rows=queries.days_of,
    columns=(
        Column("日期", lambda row: row.day.isoformat()),
        Column("放假或上班", lambda row: "上班" if row.working else "放假"),
        Column("名称", "name"),
    ),
    key="day",
    search=("name",),
    filters=DayFilter,
    form=DayForm,
    create=_set,
    end=clear_day,
    end_label="删除",
    end_text="删除后，这一天按上级的安排计算，没有安排的按周一至周五上班、周末放假；已经在走的到期日不变。",
    empty="国务院统一的安排已在日历里；本地另有安排，或新一年的通知已公布而日历还没有时，在这里录入。",
    nav=(("看全年日历", "/work/calendar/"),),
    power="commons.edit_calendar",
)


@staff("commons.edit_calendar")
def year_page(request: HttpRequest) -> HttpResponse:
    """A year by month: working days, days off, working days at weekends, and a warning when nobody has set the year."""
    given = request.GET.get("year", "")
    year = int(given) if given.isascii() and given.isdigit() and len(given) == 4 else timezone.localdate().year
    if not FIRST <= year <= LAST:
        raise NotVisible(_("日历只到 %(first)s—%(last)s 年。") % {"first": FIRST, "last": LAST})
    who = actor(request)
    known = queries.exceptions(who.place, year)
    months = [_month(year, month, known) for month in range(1, 13)]
    context = {
        "year": year,
        "months": months,
        "workdays": sum(month["workdays"] for month in months),
        "covered": bool(known),
        "before": year - 1 if year > FIRST else None,
        "after": year + 1 if year < LAST else None,
    }
    return render(request, "commons/calendar.html", context)


def _month(year: int, month: int, known: dict[date, CalendarDay]) -> dict[str, Any]:
    days = [date(year, month, number) for number in range(1, calendar.monthrange(year, month)[1] + 1)]
    rows = [known[day] for day in days if day in known]
    working = sum(known[day].working if day in known else day.weekday() < 5 for day in days)
    return {
        "month": month,
        "workdays": working,
        "off": _runs([row for row in rows if not row.working]),
        "on": _runs([row for row in rows if row.working]),
    }


def _runs(rows: list[CalendarDay]) -> list[dict[str, Any]]:
    """Days that follow one another under one name, as one span."""
    spans: list[dict[str, Any]] = []
    for row in rows:
        last = spans[-1] if spans else None
        own = {0: "", 2: _("本省")}.get(len(row.place), _("本县"))
        if last and last["name"] == row.name and (row.day - last["to"]).days == 1 and last["own"] == own:
            last["to"] = row.day
        else:
            spans.append({"from": row.day, "to": row.day, "name": row.name, "own": own})
    return spans


urlpatterns: list[URLPattern] = [
    path("calendar/", year_page, name="calendar"),
    *DAYS.urls("calendar/days/", staff("commons.edit_calendar")),
]

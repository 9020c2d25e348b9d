"""Indices for posts (指标，工作台): by body, street, community or class, for any period, as of any day, down to the cases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from linli.areas.appeals.models import Appeal
from linli.areas.appeals.pages import indices_published as published
from linli.areas.appeals.pages import indices_show as show
from linli.areas.appeals.pages.desk_fields import choose, places_under
from linli.areas.appeals.pages.desk_read import title_for
from linli.areas.appeals.pages.desk_steps import SEE
from linli.areas.appeals.queries import indices as q
from linli.areas.appeals.queries.record import Item, Mark, mark_at
from linli.commons.actor import Actor
from linli.commons.models import Place
from linli.commons.web import actor, staff
from linli.kit.errors import BadInput, NotVisible
from linli.kit.export import csv_response, xlsx_response
from linli.kit.scope import visible_to
from linli.kit.text import clean_text

HERE = "/work/indices/"
PAGE = 50
MONTHS = 12


def day_field(label: Any, hint: Any = "") -> forms.DateField:
    """A day, typed or picked."""
    wrong = {"invalid": lazy("日期请写成 2026-10-01 这样。")}
    picker = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, help_text=hint, widget=picker, error_messages=wrong)


class AskForm(forms.Form):
    """What is to be counted: place, days, up to when the trail is read, by what."""

    place = forms.ChoiceField(label=lazy("范围"), required=False)
    since = day_field(lazy("从"))
    until = day_field(lazy("到"))
    as_of = day_field(lazy("截至"), lazy("只计这一天结束前写入留痕的；不填为现在。"))
    by = forms.ChoiceField(label=lazy("分组"), required=False)

    def __init__(self, data: Any, *, scope: q.Scope, who: Actor) -> None:
        given = {name: data.get(name, "") for name in self.base_fields}
        if not given["since"] and not given["until"]:
            month = q.Period.month(timezone.localdate())
            given |= {"since": month.since.isoformat(), "until": month.until.isoformat()}
        super().__init__({**given, "place": scope.place, "by": given["by"] or default_by(scope)})
        top = scope.unit if scope.body or len(who.place) < 6 else who.place
        choose(self, "place", places_under(top, grids=False))
        choose(
            self, "by", [(key, name) for key, (name, _key) in q.GROUPS.items() if not (key == "body" and scope.body)]
        )
        self.period = q.Period.month(timezone.localdate())
        self.end: datetime | None = None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        try:
            self.period = q.read_period(data.get("since"), data.get("until"), timezone.localdate())
        except BadInput as refusal:
            self.add_error("until", refusal.message)
        try:
            self.end = q.end_of(data.get("as_of"))
        except BadInput as refusal:
            self.add_error("as_of", refusal.message)
        return data


def default_by(scope: q.Scope) -> str:
    return "class" if scope.body else "body"


@dataclass
class Asked:
    """A request for figures, understood (所问): who asks, what for, and the part of the trail that answers."""

    who: Actor
    scope: q.Scope
    form: AskForm
    period: q.Period
    mark: Mark
    by: str
    index: q.Index
    dated: bool

    @property
    def params(self) -> dict[str, str]:
        """As it stands in an address; the day up to which the trail is read only when one was asked for."""
        found = {
            "place": self.scope.place,
            "since": self.period.since.isoformat(),
            "until": self.period.until.isoformat(),
            "by": self.by,
        }
        if self.dated:
            found["as_of"] = timezone.localdate(self.mark.as_of).isoformat()
        return found

    def link(self, tail: str = "", **more: str) -> str:
        """Address of a page with the same question, with something added or changed."""
        return f"{HERE}{tail}?{urlencode({**self.params, **more})}"

    def cases(self, **more: str) -> str:
        """Address of the cases behind a figure."""
        return self.link("cases/", **more)

    def items(self) -> list[Item]:
        """What is counted."""
        return q.within(self.mark, self.scope, self.period)


def ask(request: HttpRequest) -> Asked:
    """Read the question. Raises: NotVisible for a place out of reach."""
    who = actor(request)
    given = request.GET
    scope = q.scope_of(who, str(clean_text(given.get("place", "")))[:40])
    form = AskForm(given, scope=scope, who=who)
    form.is_valid()
    by = form.cleaned_data.get("by") or default_by(scope)
    index = q.BY_KEY.get(given.get("index", ""), q.BY_KEY["on_time"])
    mark = mark_at(scope.unit, form.end)
    return Asked(who, scope, form, form.period, mark, by, index, form.end is not None)


def quick(asked: Asked) -> list[dict[str, Any]]:
    """Periods people ask for most, as links."""
    today = timezone.localdate()
    quarter = (today.month - 1) // 3 * 3 + 1
    periods = [
        (_("本月"), q.Period.month(today)),
        (_("上月"), q.Period.months(today.year, today.month - 1, 1)),
        (_("本季"), q.Period.months(today.year, quarter, 3)),
        (_("上季"), q.Period.months(today.year, quarter - 3, 3)),
        (_("今年"), q.Period.months(today.year, 1, 12)),
        (_("去年"), q.Period.months(today.year - 1, 1, 12)),
    ]
    return [
        {
            "label": label,
            "url": asked.link(since=period.since.isoformat(), until=period.until.isoformat()),
            "current": period == asked.period,
            "count": None,
        }
        for label, period in periods
    ]


def period_words(period: q.Period) -> str:
    """2026 年 10 月, or the days."""
    if period == q.Period.month(period.since):
        return _("%(year)s 年 %(month)s 月") % {"year": period.since.year, "month": period.since.month}
    return _("%(since)s 至 %(until)s") % {"since": period.since.isoformat(), "until": period.until.isoformat()}


def sheet_context(asked: Asked) -> dict[str, Any]:
    """Figures, table and definitions, for the page and for paper."""
    sheet = q.count(asked.items(), asked.mark.as_of, asked.by)
    names = q.names_of(asked.by, sheet.groups)
    place = Place.objects.get(code=asked.scope.place)
    return {
        "asked": asked,
        "place": place,
        "period": period_words(asked.period),
        "own": asked.who.body if asked.scope.body else None,
        "cards": show.cards(sheet.total, asked.cases),
        "columns": show.columns(asked.by),
        "rows": show.table_rows(asked.by, sheet.groups, names, asked.cases),
        "group_name": q.GROUPS[asked.by][0],
        "definitions": show.definitions(),
        "lines": show.lines(sheet.total, sheet.groups, names),
    }


def chart_of(asked: Asked) -> dict[str, Any]:
    """One index over the last twelve months, from the first in which anything happened."""
    points = q.trend(asked.mark, asked.scope, asked.index.key, asked.period.until, MONTHS)
    while len(points) > 1 and not points[0][1].base:
        points = points[1:]
    rows = show.bars([(f"{month:%Y-%m}", one.top, one.base) for month, one in points], asked.index)
    return {"rows": rows, "height": show.height(rows), "index": asked.index}


@staff(*SEE)
def page(request: HttpRequest) -> HttpResponse:
    """The figures of a scope and period."""
    asked = ask(request)
    context = {
        **sheet_context(asked),
        "form": asked.form,
        "views": quick(asked),
        "chart": chart_of(asked),
        "choices": [
            {"label": one.name, "url": asked.link(index=one.key) + "#trend", "current": one == asked.index}
            for one in q.INDICES
        ],
        "csv": asked.link("export/csv/"),
        "xlsx": asked.link("export/xlsx/"),
        "paper": asked.link("print/"),
        "published": f"{HERE}published/?{urlencode({'place': asked.scope.unit})}",
    }
    return render(request, "appeals/indices.html", context, status=422 if asked.form.errors else 200)


@staff(*SEE)
def print_page(request: HttpRequest) -> HttpResponse:
    """The same on paper."""
    asked = ask(request)
    context = sheet_context(asked)
    context |= {
        "issuer": asked.who.body.name if asked.who.body else "",
        "issued_on": timezone.localdate(),
        "back_url": asked.link(),
    }
    return render(request, "appeals/indices_print.html", context)


@staff(*SEE)
def export(request: HttpRequest, ending: str) -> HttpResponseBase:
    """The same as a file, an index and group a line."""
    asked = ask(request)
    rows = sheet_context(asked)["lines"]
    name = _("诉求办理指标 %(place)s %(since)s 至 %(until)s") % {
        "place": asked.scope.place,
        "since": asked.period.since.isoformat(),
        "until": asked.period.until.isoformat(),
    }
    return (xlsx_response if ending == "xlsx" else csv_response)(name, show.HEADER, rows)


def chosen(asked: Asked, part: str, group: str) -> list[Item]:
    """The things behind one figure, newest first. Raises: NotVisible for a part that no index has."""
    if part not in ("base", "top", *asked.index.outs):
        raise NotVisible
    key = q.GROUPS[asked.by][1]
    found = []
    for item in asked.items():
        out = q.why_out(item, asked.mark.as_of)
        fits = (not out and (part == "base" or item.hit)) if part in ("base", "top") else out == part
        if item.key == asked.index.key and fits and (not group or key(item) == group.strip("-")):
            found.append(item)
    return sorted(found, key=lambda item: (item.at, item.subject), reverse=True)


@staff(*SEE)
def cases_page(request: HttpRequest) -> HttpResponse:
    """The cases behind one figure: those the post may see by number, the others counted only."""
    asked = ask(request)
    part, group = request.GET.get("part", "base"), str(clean_text(request.GET.get("group", "")))[:40]
    items = chosen(asked, part, group)
    pool = Appeal.objects.filter(county__code=asked.scope.unit)
    seen = set(visible_to(asked.who, pool).values_list("number", flat=True)) if items else set()
    shown = [item for item in items if item.subject.removeprefix("appeal:") in seen]
    total = sum(item.size for item in items)
    number = request.GET.get("page", "1")
    at = max(int(number), 1) if number.isascii() and number.isdigit() and len(number) < 6 else 1
    some = shown[(at - 1) * PAGE : at * PAGE]
    wanted = [item.subject.removeprefix("appeal:") for item in some]
    found = {row.number: row for row in Appeal.objects.filter(number__in=wanted).select_related("handler")}
    lines = []
    for item in some:
        row = found[item.subject.removeprefix("appeal:")]
        lines.append(
            {"row": row, "title": title_for(asked.who, row), "at": item.at, "hit": item.hit, "until": item.until}
        )
    here = {"index": asked.index.key, "part": part, "group": group}
    parts = [("base", _("分母")), ("top", _("分子")), *((out, str(q.OUTS[out])) for out in asked.index.outs)]
    if not asked.index.is_rate:
        parts = parts[:1]
    context = {
        "asked": asked,
        "period": period_words(asked.period),
        "place": Place.objects.get(code=asked.scope.place),
        "part": dict(parts).get(part, ""),
        "group": q.names_of(asked.by, [group.strip("-")])[group.strip("-")] if group else "",
        "lines": lines,
        "total": total,
        "unseen": total - len(shown),
        "judged": part == "base" and asked.index.is_rate,
        "views": [
            {"label": label, "url": asked.cases(**{**here, "part": key}), "current": key == part, "count": None}
            for key, label in parts
        ],
        "newer_url": asked.cases(**here, page=str(at - 1)) if at > 1 else "",
        "older_url": asked.cases(**here, page=str(at + 1)) if len(shown) > at * PAGE else "",
        "crumbs": [{"label": _("诉求办理指标"), "url": asked.link()}, {"label": str(asked.index.name)}],
    }
    return render(request, "appeals/indices_cases.html", context)


urlpatterns: list[URLPattern] = [
    path("indices/", page, name="indices"),
    path("indices/published/", published.list_page, name="indices_published"),
    path("indices/published/<str:month>/", published.month_page, name="indices_compare"),
    path("indices/print/", print_page, name="indices_print"),
    path("indices/cases/", cases_page, name="indices_cases"),
    path("indices/export/xlsx/", export, {"ending": "xlsx"}, name="indices_xlsx"),
    path("indices/export/csv/", export, {"ending": "csv"}, name="indices_csv"),
]

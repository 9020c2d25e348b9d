"""The trail for those who audit (留痕): filters, CSV, and the check of the chain."""

from __future__ import annotations

import json
from typing import Any

import django_filters
from django import forms
from django.db.models import Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path

from linli.commons import queries
from linli.commons.web import actor, staff
from linli.kit.export import csv_response
from linli.kit.text import clean_text
from linli.kit.trail import ChainHead, Entry, unit_of, verify

PAGE = 50
MOST_FAULTS = 50


class DayInput(forms.DateInput):
    """The browser's own date picker."""

    input_type = "date"


class TrailFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter ships no types
    """By verb, body, and days."""

    verb = django_filters.CharFilter(label="动作代码", lookup_expr="startswith")
    body = django_filters.CharFilter(label="机构代码")
    since = django_filters.DateFilter(label="从哪天起", field_name="at", lookup_expr="date__gte", widget=DayInput)
    until = django_filters.DateFilter(label="到哪天止", field_name="at", lookup_expr="date__lte", widget=DayInput)

    class Meta:
        model = Entry
        fields: list[str] = []


@staff("commons.read_trail")
def trail_page(request: HttpRequest) -> HttpResponseBase:
    """Entries of the county, newest first; `as=csv` hands out what is filtered; `verify=1` walks the chain."""
    who = actor(request)
    rows = queries.trail_of(who)
    q = str(clean_text(request.GET.get("q", "")))[:80]
    if q:
        rows = rows.filter(
            Q(subject__icontains=q) | Q(actor_label__icontains=q) | Q(note__icontains=q) | Q(facts__slip=q)
        )  # slip: the number printed on a refused proof, by which its line is looked up
    picked = TrailFilter(request.GET, queryset=rows)
    if picked.is_valid():
        rows = picked.qs
    if request.GET.get("as") == "csv":
        header = [
            "单元",
            "序号",
            "时间",
            "行为人",
            "单位",
            "动作",
            "对象",
            "区划",
            "依据",
            "变化",
            "事实",
            "说明",
            "哈希",
        ]
        return csv_response("留痕", header, (_line(row) for row in rows.iterator(chunk_size=2000)))
    before = request.GET.get("before", "")
    page = rows.filter(pk__lt=int(before)) if before.isascii() and before.isdigit() and len(before) < 19 else rows
    shown = list(page[: PAGE + 1])
    query = request.GET.copy()
    for name in ("as", "before", "verify"):
        query.pop(name, None)
    older = query.copy()
    if len(shown) > PAGE:
        older["before"] = str(shown[PAGE - 1].pk)
    context: dict[str, Any] = {
        "entries": shown[:PAGE],
        "count": rows.count(),
        "q": q,
        "filter_form": picked.form,
        "active": sum(bool(request.GET.get(name)) for name in picked.form.fields),
        "query": query.urlencode(),
        "older_url": f"?{older.urlencode()}" if len(shown) > PAGE else "",
        "newest_url": f"?{query.urlencode()}" if before else "",
        "heads": _heads(who.place),
    }
    if request.GET.get("verify") == "1":
        units = {head.unit for head in context["heads"]} | {unit_of(who.place)}
        context["checked"] = True
        context["faults"] = [fault for fault in verify() if fault.unit in units][:MOST_FAULTS]
    return render(request, "commons/trail.html", context, status=422 if picked.form.errors else 200)


def _heads(place: str) -> list[ChainHead]:
    """Chains of the actor's own units: the county's, or all of a province's counties."""
    return list(ChainHead.objects.filter(unit__startswith=place[:6]).order_by("unit"))


def _line(row: Entry) -> list[object]:
    return [
        row.unit,
        row.seq,
        row.at,
        row.actor_label,
        row.body,
        row.verb,
        row.subject,
        row.place,
        "；".join(row.basis),
        json.dumps(row.changes, ensure_ascii=False),
        json.dumps(row.facts, ensure_ascii=False),
        row.note,
        row.hash,
    ]


urlpatterns: list[URLPattern] = [path("trail/", trail_page, name="trail")]

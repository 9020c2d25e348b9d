"""What was published, and the proof that it still holds (公布与复算), for posts."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from linli.areas.appeals.actions import publish_indices
from linli.areas.appeals.models import Publication
from linli.areas.appeals.pages.desk_steps import SEE
from linli.areas.appeals.queries.indices import scope_of
from linli.areas.appeals.queries.publication import compare, months_open
from linli.commons.models import Place
from linli.commons.web import actor, require, staff
from linli.kit.errors import NotVisible
from linli.kit.forms import Form
from linli.kit.text import clean_text

HERE = "/work/indices/published/"


class PublishForm(Form):
    month = forms.ChoiceField(
        label=lazy("公布哪个月"),
        error_messages={
            "required": lazy("请选择月份。"),
            "invalid_choice": lazy("这个月不能公布：还没有结束，已经公布，或没有记录。"),
        },
    )

    def __init__(self, data: Any, *, months: list[date]) -> None:
        super().__init__(data)
        field = self.fields["month"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(f"{month:%Y-%m}", f"{month:%Y-%m}") for month in reversed(months)]


def read_month(text: str) -> date:
    """The first day of a month written 2026-10. Raises: NotVisible."""
    if not re.fullmatch(r"(199\d|20\d\d)-(0[1-9]|1[0-2])", text, re.ASCII):
        raise NotVisible
    return date.fromisoformat(f"{text}-01")


def county_asked(request: HttpRequest) -> Place:
    """The county whose publications are meant. Raises: NotVisible when it is out of reach."""
    given = request.POST.get("place") or request.GET.get("place") or ""
    unit = scope_of(actor(request), str(clean_text(given))[:40]).unit
    found = Place.objects.filter(code=unit).first()
    if found is None:
        raise NotVisible
    return found


@staff(*SEE)
def list_page(request: HttpRequest) -> HttpResponse:
    """What a county has published; whoever may, publishes a month that is over."""
    who, county = actor(request), county_asked(request)
    may = who.may("appeals.publish_indices", county)
    if request.method == "POST":
        require(who, "appeals.publish_indices", county)
    months = months_open(county.code, timezone.localdate()) if may else []
    form = PublishForm(request.POST if request.method == "POST" else None, months=months)
    if request.method == "POST":
        row = form.attempt(lambda data: publish_indices(by=who, place=county, month=read_month(data["month"])))
        if row is not None:
            messages.success(request, _("已公布 %(month)s 的指标。") % {"month": f"{row.month:%Y-%m}"})
            return redirect(f"{HERE}?place={county.code}")
    context = {
        "county": county,
        "rows": Publication.objects.filter(county=county).order_by("-month"),
        "form": form,
        "may": may,
        "months": months,
        "crumbs": [
            {"label": _("诉求办理指标"), "url": f"/work/indices/?place={county.code}"},
            {"label": _("公布与复算")},
        ],
    }
    return render(request, "appeals/indices_published.html", context, status=form.status)


@staff(*SEE)
def month_page(request: HttpRequest, month: str) -> HttpResponse:
    """One publication computed again from the trail: equal, or where not."""
    county = county_asked(request)
    row = Publication.objects.filter(county=county, month=read_month(month)).first()
    if row is None:
        raise NotVisible
    context = {
        "county": county,
        "row": row,
        "found": compare(row),
        "crumbs": [
            {"label": _("公布与复算"), "url": f"{HERE}?place={county.code}"},
            {"label": f"{row.month:%Y-%m}"},
        ],
    }
    return render(request, "appeals/indices_compare.html", context)

"""Published outcomes (检举处理结果): which body, what kind of breach, which article, what came of it; nothing that a person wrote."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.areas.duties import queries
from linli.areas.duties.models import Order, Report
from linli.areas.duties.pages import telling
from linli.areas.duties.pages.show import take_away
from linli.areas.mandates.pages.show import pages
from linli.commons.basis import chips
from linli.commons.models import Place
from linli.kit.errors import NotVisible
from linli.kit.scope import under
from linli.law import words

HEAD = (
    "县",
    "单位",
    "问题类别",
    "依据",
    "纠正主体",
    "责令改正日期",
    "整改期限",
    "通报批评",
    "结果",
    "容错认定",
    "公布日期",
)


def told(report: Report) -> dict[str, Any]:
    """One outcome as everybody may read it."""
    order = report.orders.exclude(state=Order.Result.SUPERSEDED).order_by("-issued_at").first()
    row = queries.row_of(report)
    severe = words.CORRECTORS.get(row.severe, "") if row is not None and report.outcome == Report.Outcome.HANDED else ""
    return {
        "number": report.number,
        "county": report.place.name,
        "name": queries.shown_name(report),
        "breach": telling.breach(report),
        "basis": chips(queries.basis_of(report)),
        "corrector": telling.corrector(report),
        "ordered_on": timezone.localdate(order.issued_at) if order is not None else None,
        "due_on": order.due_on if order is not None else None,
        "criticise": report.outcome == Report.Outcome.CRITICISED,
        "outcome": report.get_outcome_display(),
        "handed_to": _(severe) if severe else "",
        "effect": report.get_effect_display() if report.effect else "",
        "published_on": timezone.localdate(report.published_at),
    }


def outcomes(request: HttpRequest) -> HttpResponseBase:
    """All published outcomes, of one county or of all; as a page, CSV or XLSX."""
    counties = list(Place.objects.filter(level=Place.Level.COUNTY))
    asked = request.GET.get("in", "")
    county = next((row for row in counties if row.code == asked), None)
    rows = queries.published()
    if county is not None:
        rows = rows.filter(under("place_id", county.code))
    kind = request.GET.get("as", "")
    if kind in ("csv", "xlsx"):
        return take_away(kind, "检举处理结果", HEAD, [_cells(told(row)) for row in rows])
    context = pages(request, rows)
    context |= {
        "rows": [told(row) for row in context["items"]],
        "counties": counties,
        "county": county,
        "query": f"in={county.code}&" if county is not None else "",
    }
    return render(request, "duties/public_outcomes.html", context)


def _cells(one: dict[str, Any]) -> list[object]:
    keys = ("county", "name", "breach", "", "corrector", "ordered_on", "due_on", "criticise", "outcome", "effect")
    basis = "；".join(chip["label"] for chip in one["basis"]) or _("本草案无此条，按县设定")
    return [*(one[key] if key else basis for key in keys), one["published_on"]]


def outcome(request: HttpRequest, number: str) -> HttpResponse:
    """One published outcome."""
    row = queries.published().filter(number=number).first()
    if row is None:
        raise NotVisible(_("没有这个公布结果。请从列表中选择。"))
    one = told(row)
    crumbs = [{"label": _("检举处理结果"), "url": reverse("duties:outcomes")}, {"label": one["name"]}]
    return render(request, "duties/public_outcome.html", {"one": one, "crumbs": crumbs})


urlpatterns: list[URLPattern] = [
    path("corrections/", outcomes, name="outcomes"),
    path("corrections/<str:number>/", outcome, name="outcome"),
]

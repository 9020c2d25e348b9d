"""Workbench: what the gate refused, counted by sender, down to each line of evidence (清单外拦截)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.areas.mandates import queries
from linli.areas.mandates.models import Matter
from linli.areas.mandates.pages import show
from linli.commons.basis import chips
from linli.commons.models import Body
from linli.commons.web import actor, staff
from linli.kit.export import csv_response
from linli.kit.trail import Entry

SEE = staff("mandates.see")
HEAD = ("时间", "交办单位", "想交给", "事项", "是否居民诉求", "经办", "理由", "依据")
MOST = 20000


def _rows(entries: list[Entry]) -> list[dict[str, Any]]:
    """Evidence in words; names of bodies and matters are read once for all lines."""
    codes = {entry.facts.get("target", "") for entry in entries} | {entry.body for entry in entries}
    bodies = dict(Body.objects.filter(code__in=codes).values_list("code", "name"))
    matters = dict(
        Matter.objects.filter(code__in={entry.facts.get("matter", "") for entry in entries}).values_list("code", "name")
    )
    return [
        {
            "at": entry.at,
            "sender": bodies.get(entry.body, _("居民或系统")),
            "target": bodies.get(entry.facts.get("target", ""), ""),
            "matter": matters.get(entry.facts.get("matter", ""), _("未写明")),
            "hotline": _("是") if entry.facts.get("hotline") else _("否"),
            "who": entry.actor_label,
            "note": entry.note,
            "basis": chips(entry.basis),
            "number": f"{entry.unit}-{entry.seq}",
        }
        for entry in entries
    ]


@SEE
def refusals(request: HttpRequest) -> HttpResponse:
    """Counts per sender; with ?sender= the lines of evidence."""
    who = actor(request)
    senders = queries.refusals_by_sender(who, who.place)
    total = sum(row["count"] for row in senders)
    chosen = request.GET.get("sender")
    context: dict[str, Any] = {
        "senders": [{**row, "share": round(100 * row["count"] / total)} for row in senders],
        "total": total,
        "place": who.body.place if who.body else None,
        "chosen": next((row for row in senders if row["code"] == chosen), None) if chosen is not None else None,
        "basis": show.chips_for("mandates.refused", who.place),
        "proofs": queries.refused_proofs(who, who.place).count(),
    }
    if context["chosen"] is not None:
        found = queries.refusals(who, who.place).filter(body=chosen).order_by("-id")
        context |= show.pages(request, found)
        context["items"] = _rows(context["items"])
        context["crumbs"] = [
            {"label": _("清单外拦截"), "url": reverse("mandates_desk:refusals")},
            {"label": context["chosen"]["name"]},
        ]
    return render(request, "mandates/refusals.html", context)


@SEE
def export(request: HttpRequest) -> HttpResponseBase:
    """The evidence as CSV, of one sender or all."""
    who = actor(request)
    found = queries.refusals(who, who.place).order_by("-id")
    if "sender" in request.GET:
        found = found.filter(body=request.GET["sender"])
    lines = [
        (
            timezone.localtime(row["at"]).strftime("%Y-%m-%d %H:%M"),
            row["sender"],
            row["target"],
            row["matter"],
            row["hotline"],
            row["who"],
            row["note"],
            "；".join(chip["label"] for chip in row["basis"]),
        )
        for row in _rows(list(found[:MOST]))
    ]
    return csv_response(f"refusals-{who.place}", HEAD, lines)


urlpatterns = [
    path("refusals/", refusals, name="refusals"),
    path("refusals/export.csv", export, name="refusals_csv"),
]

"""Workbench: drafts at the desk (征求意见): the congress's own, or those for which people bring comments here."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as lazy

from linli.areas.assembly import queries
from linli.areas.assembly.flow import COUNTED_STATES, CommentState, DraftState
from linli.areas.assembly.models import Draft
from linli.areas.mandates.pages.show import pages
from linli.commons.actor import Actor
from linli.commons.web import actor, staff
from linli.kit.text import clean_text

SEE = staff("assembly.weigh", "assembly.collect")
VIEWS = {
    "": (lazy("正在办"), (DraftState.PREPARING, DraftState.OPEN, DraftState.CLOSED)),
    "answered": (lazy("已公布采纳情况"), (DraftState.ANSWERED,)),
}


@SEE
def index(request: HttpRequest) -> HttpResponseBase:
    """Drafts at the desk, those that end soonest first."""
    who = actor(request)
    found = queries.drafts_of(who)
    view = request.GET.get("view", "")
    view = view if view in VIEWS else ""
    rows = found.filter(state__in=VIEWS[view][1])
    q = str(clean_text(request.GET.get("q", "")))[:40]
    for word in q.split():
        rows = rows.filter(Q(code__startswith=word) | Q(title__contains=word))
    context: dict[str, Any] = pages(request, _counted(who, rows).order_by("until", "id"))
    context |= {
        "rows": [{"row": row, "left": queries.days_left(row)} for row in context["items"]],
        "q": q,
        "weighs": "assembly.weigh" in who.powers,
        "views": [
            {
                "label": label,
                "url": f"?view={key}",
                "current": key == view,
                "count": found.filter(state__in=states).count(),
            }
            for key, (label, states) in VIEWS.items()
        ],
    }
    return render(request, "assembly/drafts.html", context)


def _counted(who: Actor, rows: QuerySet[Draft]) -> QuerySet[Draft]:
    """With how many comments there are, and how many wait for an answer; who only collects sees those the own body entered."""
    mine = Q(comments__state__in=COUNTED_STATES)
    if "assembly.weigh" not in who.powers:
        mine &= Q(comments__entered_for=who.body)
    waiting = Count("comments", filter=Q(comments__state=CommentState.OPEN))
    return rows.annotate(said=Count("comments", filter=mine), waiting=waiting)


urlpatterns: list[URLPattern] = [
    path("drafts/", index, name="drafts"),
]

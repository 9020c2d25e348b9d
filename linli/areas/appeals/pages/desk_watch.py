"""Supervision and imports as lists (督办与红黄牌、导入记录)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.areas.appeals import queries
from linli.areas.appeals.actions.supervise import NAMES
from linli.areas.appeals.flow import OPEN, State
from linli.areas.appeals.models import Card, ImportRecord, Order
from linli.areas.appeals.pages.desk_read import body_names, title_for
from linli.commons.actor import Actor
from linli.commons.web import actor, staff
from linli.commons.workdays import calendar_of
from linli.kit.clock import Clock
from linli.kit.export import csv_response, xlsx_response
from linli.kit.privacy import mask_numbers
from linli.kit.scope import under, visible_to

MOST = 200
HEADER = ("级别", "编号", "标题", "时限", "责任单位", "应办结", "发出时间", "状态")


def cards_of(who: Actor, level: str) -> QuerySet[Card]:
    """Cards of appeals that are still open: red before yellow, then by due date."""
    rows = (
        visible_to(who, Card.objects.filter(appeal__state__in=OPEN, appeal__shown=True))
        .select_related("appeal")
        .order_by("level", "due_at")
    )
    return rows.filter(level=level) if level in Card.Level.values else rows


def overdue_by_holder(who: Actor) -> list[dict[str, Any]]:
    """Running clocks past their due date, counted per holder, most first; steps without a holder by their name."""
    late = Clock.objects.filter(
        under("place", who.place), subject__startswith="appeal:", stopped_at=None, paused_at=None,
        due_at__lt=timezone.now(),
    ).exclude(name__in=("wait", "case"))  # fmt: skip
    rows = list(late.values("holder", "name").annotate(count=Count("pk")).order_by("-count", "holder", "name"))
    names = body_names(row["holder"] for row in rows)
    state_of = {name: state.value for state, name in queries.CLOCK_OF.items()}
    found = []
    for row in rows:
        query = {"overdue": "1", "state": state_of.get(row["name"], "")}
        if row["holder"]:
            query["holder"] = row["holder"]
        label = names.get(row["holder"]) or _("受理和分派岗")
        found.append(
            {
                "holder": label,
                "step": _(NAMES.get(row["name"], row["name"])),
                "count": row["count"],
                "url": f"/work/appeals/?{urlencode(query)}",
            }
        )
    return found


def card_cells(who: Actor, cards: list[Card]) -> list[dict[str, Any]]:
    """Cards with what people call their parts."""
    names = body_names(card.holder for card in cards)
    calendar = calendar_of(who.place)
    now = timezone.now()
    return [
        {
            "card": card,
            "title": title_for(who, card.appeal),
            "step": _(NAMES.get(card.name, card.name)),
            "holder": names.get(card.holder, ""),
            "days": max(-calendar.working_days_between(now, card.due_at), 0) if now > card.due_at else None,
        }
        for card in cards
    ]


@staff("appeals.order")
def supervision_page(request: HttpRequest) -> HttpResponse:
    """Cards, what is overdue at whom, and orders without a reply."""
    who = actor(request)
    level = request.GET.get("level", "")
    if level not in Card.Level.values:
        level = ""
    counts = dict(cards_of(who, "").order_by().values_list("level").annotate(n=Count("pk")))
    orders = Order.objects.filter(replied_at=None, appeal__state__in=OPEN)
    views = [
        {"label": label, "url": f"?level={value}" if value else "?", "current": level == value, "count": count}
        for label, value, count in (
            (_("全部"), "", sum(counts.values())),
            (_("红牌"), "red", counts.get("red", 0)),
            (_("黄牌"), "yellow", counts.get("yellow", 0)),
        )
    ]
    overdue = overdue_by_holder(who)
    context = {
        "views": views,
        "level": level,
        "cards": card_cells(who, list(cards_of(who, level)[:MOST])),
        "overdue": overdue,
        "overdue_total": sum(row["count"] for row in overdue),
        "orders": visible_to(who, orders.select_related("appeal", "appeal__handler"))[:MOST],
        "most": MOST,
        "more": counts.get(level, sum(counts.values())) > MOST,
    }
    return render(request, "appeals/desk_supervision.html", context)


@staff("appeals.order")
def supervision_export(request: HttpRequest, ending: str) -> HttpResponseBase:
    """The cards shown, as a file."""
    who = actor(request)
    cards = list(cards_of(who, request.GET.get("level", "")))
    rows = [
        (
            Card.Level(line["card"].level).label,
            line["card"].appeal.number,
            mask_numbers(line["title"]),
            line["step"],
            line["holder"],
            line["card"].due_at,
            line["card"].at,
            str(State(line["card"].appeal.state).label),
        )
        for line in card_cells(who, cards)
    ]
    name = _("红黄牌 %(day)s") % {"day": timezone.localdate().isoformat()}
    return xlsx_response(name, HEADER, rows) if ending == "xlsx" else csv_response(name, HEADER, rows)


@staff("appeals.import")
def imports_page(request: HttpRequest) -> HttpResponse:
    """Files that were imported, with their counts."""
    rows = visible_to(actor(request), ImportRecord.objects.select_related("county"))[:MOST]
    return render(request, "appeals/desk_imports.html", {"rows": rows})

"""Residents' pages: what a committee does, may refuse and may issue; the published lists with their versions."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import segno
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from linli.areas.mandates import queries
from linli.areas.mandates.flow import ListState
from linli.areas.mandates.models import ListItem, TaskList
from linli.areas.mandates.pages import show, tables
from linli.commons.basis import chips
from linli.commons.models import Place
from linli.commons.web import actor
from linli.kit.errors import NotVisible
from linli.kit.export import csv_response, xlsx_response
from linli.kit.scope import get_visible, under, visible_to
from linli.kit.text import clean_text
from linli.law.load import pack_for_place

DEEPER = {
    Place.Level.COUNTY: Place.Level.STREET,
    Place.Level.STREET: Place.Level.COMMUNITY,
}


def find_committee(request: HttpRequest) -> HttpResponse:
    """Find a committee: by name, or county → street → community."""
    words = str(clean_text(request.GET.get("q", "")))[:40]
    within = request.GET.get("in", "")
    here = Place.objects.filter(code=within, level__in=DEEPER).first() if within else None
    if within and here is None:
        raise NotVisible()
    context: dict[str, Any] = {"q": words, "here": here}
    if words:
        rows = Place.objects.filter(level=Place.Level.COMMUNITY)
        for word in words.split():
            rows = rows.filter(Q(name__contains=word) | Q(aliases__contains=word) | Q(code__startswith=word))
        found = list(rows[:61])
        context |= {"more": len(found) > 60, "places": [_door(place) for place in found[:60]]}
    elif here is None:
        counties = Place.objects.filter(level=Place.Level.COUNTY)
        names = dict(Place.objects.filter(level=Place.Level.CITY).values_list("code", "name"))
        context["places"] = [
            {"title": row.name, "meta": names.get(row.code[:4], ""), "url": f"?in={row.code}"} for row in counties
        ]
    else:
        below = Place.objects.filter(under("code", here.code), level=DEEPER[Place.Level(here.level)])
        context["places"] = [
            _door(row) if row.level == Place.Level.COMMUNITY else {"title": row.name, "url": f"?in={row.code}"}
            for row in below
        ]
        crumbs = [{"label": _("找居委会"), "url": reverse("mandates:find")}]
        county = Place.objects.filter(code=here.county_code).first()
        if county is not None and county.code != here.code:
            crumbs.append({"label": county.name, "url": f"?in={county.code}"})
        context["crumbs"] = [*crumbs, {"label": here.name}]
    return render(request, "mandates/find.html", context)


def _door(place: Place) -> dict[str, str]:
    return {
        "title": place.name,
        "meta": place.address,
        "url": reverse("mandates:committee", args=[place.code]),
    }


def _community(place_code: str) -> Place:
    place = Place.objects.filter(code=place_code[:12], level=Place.Level.COMMUNITY).first()
    if place is None or not Place.objects.filter(code=place_code).exists():
        raise NotVisible(_("没有找到这个社区。请核对地址，或者从“找居委会”重新查找。"))
    return place


def _by_list(items: list[ListItem]) -> list[tuple[TaskList, list[ListItem]]]:
    def key(item: ListItem) -> tuple[int, int]:
        return len(item.task_list.place_id), item.task_list_id

    ordered = sorted(items, key=lambda item: (*key(item), item.number))
    groups = [list(rows) for _key, rows in groupby(ordered, key=key)]
    return [(rows[0].task_list, rows) for rows in groups]


def _charter(request: HttpRequest, place: Place) -> dict[str, Any]:
    who = actor(request)
    charter = queries.charter_of(who, place.code)
    body = show.committee_at(place.code)
    return {
        "place": place,
        "body": body,
        "name": body.name if body else place.name,
        "phone": (body.phone if body else "") or place.phone,
        "charter": charter,
        "decides": _by_list(charter.decides),
        "helps": _by_list(charter.helps),
        "proofs": _by_list(charter.proofs),
        "may_refuse": [
            {"text": row.text, "note": row.note, "basis": chips(row.basis)}
            for row in queries.may_refuse(who, place.code)
        ],
        "proof_basis": show.chips_for("gate.proof", place.code),
        "pack": pack_for_place(place.code),
        "refused_total": sum(row["count"] for row in charter.refused),
        "today": timezone.localdate(),
    }


def committee(request: HttpRequest, place_code: str) -> HttpResponse:
    """This committee: what it decides itself, helps with, and may refuse."""
    place = _community(place_code)
    if place.code != place_code:
        return redirect("mandates:committee", place.code)
    context = _charter(request, place)
    context["crumbs"] = [{"label": _("找居委会"), "url": reverse("mandates:find")}, {"label": place.name}]
    return render(request, "mandates/committee.html", context)


def poster(request: HttpRequest, place_code: str) -> HttpResponse:
    """The same on one sheet of A4, to hang up at the door."""
    place = _community(place_code)
    address = reverse("mandates:committee", args=[place.code])
    context = _charter(request, place)
    context |= {
        "issuer": context["name"],
        "issued_on": context["today"],
        "back_url": address,
        "qr": qr_of(request.build_absolute_uri(address)),
        "address": request.build_absolute_uri(address),
    }
    return render(request, "mandates/poster.html", context)


def qr_of(text: str) -> SafeString:
    """A QR code as inline SVG; made by the library from an address of ours, so it is safe to show."""
    return mark_safe(segno.make(text, error="m").svg_inline(scale=4, border=2))


def lists(request: HttpRequest) -> HttpResponse:
    """Published lists, newest first."""
    words = str(clean_text(request.GET.get("q", "")))[:40]
    kind = request.GET.get("kind", "")
    rows = visible_to(actor(request), TaskList.objects.filter(state=ListState.PUBLISHED)).filter(
        Q(effective_to=None) | Q(effective_to__gt=timezone.localdate())
    )
    if kind in TaskList.Kind.values:
        rows = rows.filter(kind=kind)
    for word in words.split():
        rows = rows.filter(Q(title__contains=word) | Q(place__name__contains=word) | Q(items__title__contains=word))
    found = (
        rows.select_related("place")
        .annotate(size=Count("items", distinct=True))
        .distinct()
        .order_by("-published_on", "-id")
    )
    context = show.pages(request, found)
    context |= {
        "q": words,
        "views": [{"label": _("全部"), "url": reverse("mandates:lists"), "current": not kind}]
        + [{"label": _(label), "url": f"?kind={value}", "current": kind == value} for value, label in SHORT.items()],
        "today": timezone.localdate(),
    }
    return render(request, "mandates/lists_public.html", context)


SHORT = {
    TaskList.Kind.POWER: gettext_noop("权力清单"),
    TaskList.Kind.SELF: gettext_noop("自治事项"),
    TaskList.Kind.ASSISTED: gettext_noop("协助事项"),
    TaskList.Kind.GRID: gettext_noop("网格事项"),
    TaskList.Kind.SERVICE: gettext_noop("服务目录"),
    TaskList.Kind.ESTATE: gettext_noop("部门进小区"),
    TaskList.Kind.PROOF: gettext_noop("证明事项"),
}


def _published(request: HttpRequest, code: str) -> TaskList:
    rows = TaskList.objects.exclude(state=ListState.DRAFT).select_related("place")
    return get_visible(actor(request), rows, code=code)


def one_list(request: HttpRequest, code: str) -> HttpResponse:
    """One published list: items, what changed, versions, downloads."""
    row = _published(request, code)
    who = actor(request)
    versions = queries.versions_of(who, row).exclude(state=ListState.DRAFT)
    newest = versions.first()
    context = {
        "list": row,
        "items": row.items.select_related("matter", "admission"),
        "diff": queries.diff_of(who, row),
        "versions": versions,
        "newest": newest if newest is not None and newest.pk != row.pk else None,
        "basis": show.chips_for("mandates.list_published", row.place_id),
        "in_force": queries.lists_in_force(who, row.place_id).filter(pk=row.pk).exists(),
        "today": timezone.localdate(),
        "crumbs": [{"label": _("公布的清单"), "url": reverse("mandates:lists")}, {"label": row.title}],
    }
    return render(request, "mandates/list_public.html", context)


def download(request: HttpRequest, code: str, form: str) -> HttpResponseBase:
    """The items of one published list as CSV or XLSX."""
    row = _published(request, code)
    lines = tables.cells_of(row.items.select_related("matter"))
    write = csv_response if form == "csv" else xlsx_response
    return write(f"{row.code}-v{row.version}", ("序号", *tables.HEAD), lines)


urlpatterns = [
    path("committee/", find_committee, name="find"),
    path("committee/<str:place_code>/", committee, name="committee"),
    path("committee/<str:place_code>/poster/", poster, name="poster"),
    path("lists/", lists, name="lists"),
    path("lists/<str:code>/", one_list, name="list"),
    path("lists/<str:code>/items.csv", download, {"form": "csv"}, name="list_csv"),
    path("lists/<str:code>/items.xlsx", download, {"form": "xlsx"}, name="list_xlsx"),
]

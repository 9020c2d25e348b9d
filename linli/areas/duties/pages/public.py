"""Residents' pages: what the draft asks for a community or county, what is there, and what lacks (对照条文看)."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from linli.areas.duties.pages import public_outcomes, public_reports
from linli.areas.duties.pages.coming import feed
from linli.areas.duties.queries import open as opened
from linli.areas.duties.queries.snapshot import PlaceFinding, Snapshot, snapshot_of
from linli.commons.models import Place
from linli.kit.errors import NotVisible
from linli.law import words
from linli.law.say import verdict

CHIPS = {"unmet": "chip-late", "met": "chip-left"}
SHOWN = (Place.Level.COUNTY, Place.Level.STREET, Place.Level.COMMUNITY)


def index(request: HttpRequest) -> HttpResponse:
    """Choose a county."""
    counties = list(Place.objects.filter(level=Place.Level.COUNTY))
    return render(request, "duties/public_index.html", {"counties": counties})


TRANSLATED = (
    gettext_noop("达标"),
    gettext_noop("未达标"),
    gettext_noop("无法评判"),
    gettext_noop("无数据"),
    gettext_noop("草案未给标准"),
    gettext_noop("不适用"),
    gettext_noop("未到期"),
    gettext_noop("已证明"),
)
"""Verdicts of `law.say` that residents read, named once more so that they can be translated."""


def place_page(request: HttpRequest, code: str) -> HttpResponse:
    """What is met and not met at a community; of a county or street, how many communities meet each rule."""
    place = Place.objects.filter(code=code, level__in=SHOWN).first()
    if place is None:
        raise NotVisible(_("没有这个地方。请从列表中选择。"))
    snap = snapshot_of(place)
    rows = [_row(snap, row.duty, row.one) for row in opened.standards_at(snap, place) if row.one is not None]
    below = opened.standards_below(snap) if place.level != Place.Level.COMMUNITY else []
    context: dict[str, Any] = {
        "place": place,
        "snap": snap,
        "rows": rows,
        "unmet": sum(row["kind"] == "unmet" for row in rows),
        "met": sum(row["kind"] == "met" for row in rows),
        "unknown": sum(row["kind"] not in ("met", "unmet") for row in rows),
        "below": [
            {
                "gist": row.duty.gist,
                "reading": row.duty.reading,
                "basis": f"{snap.pack.id}.{row.duty.at}",
                "counts": [{"word": word, "n": n} for word, n in row.counts.items()],
                "short": len(row.short),
            }
            for row in below
        ],
        "communities": _communities(snap, below),
        "crumbs": _crumbs(place),
    }
    return render(request, "duties/public_place.html", context)


def _row(snap: Snapshot, duty: Any, one: PlaceFinding) -> dict[str, Any]:
    return {
        "gist": duty.gist,
        "reading": duty.reading,
        "word": verdict(one.finding),
        "kind": one.finding.verdict.value,
        "chip": CHIPS.get(one.finding.verdict.value, ""),
        "sentence": one.sentence,
        "basis": f"{snap.pack.id}.{duty.at}",
        "bearer": "、".join(map(words.bearer, duty.bearer)),
    }


def _communities(snap: Snapshot, below: list[opened.Standard]) -> list[dict[str, Any]]:
    """Each community with how many rules it falls short of and how many cannot be judged."""
    short: Counter[str] = Counter(one.place.code for row in below for one in row.short if one.place is not None)
    known = [place for place in snap.places if place.level == Place.Level.COMMUNITY] if below else []
    return [{"place": place, "short": short[place.code]} for place in sorted(known, key=lambda p: -short[p.code])]


def _crumbs(place: Place) -> list[dict[str, str]]:
    crumbs = [{"label": _("对照条文看"), "url": reverse("duties:index")}]
    if place.level != Place.Level.COUNTY:
        county = Place.objects.filter(code=place.county_code).first()
        if county is not None:
            crumbs.append({"label": county.name, "url": reverse("duties:place", args=[county.code])})
    return [*crumbs, {"label": place.name}]


urlpatterns: list[URLPattern] = [
    path("calendar/<str:secret>.ics", feed, name="calendar"),
    *public_reports.urlpatterns,
    *public_outcomes.urlpatterns,
    path("standards/", index, name="index"),
    path("standards/<str:code>/", place_page, name="place"),
]

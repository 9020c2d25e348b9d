"""Reads of the staff's list (诉求列表): one page, how much is open, and the names beside it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count, Q, QuerySet

from linli.areas.appeals.flow import OPEN
from linli.areas.appeals.models import Appeal
from linli.areas.appeals.queries import COUNTY
from linli.areas.mandates.models import Matter
from linli.commons.models import Body, Place
from linli.kit import reference
from linli.kit.scope import prefixes, under


class Row(NamedTuple):
    """What the list shows of an appeal; a page reads no more, above all nothing encrypted."""

    number: str
    title: str
    brief: str
    danger: bool
    state: str
    filed_at: datetime
    place_id: str
    matter_id: str | None
    handler_id: str | None


def page_of(every: QuerySet[Appeal], size: int, *, older: str, newer: str, rare: bool) -> tuple[list[Row], bool, bool]:
    """One page by key, newest first: rows, and whether there are newer and older ones (按键翻页).

    Args:
        every: what the list holds. size: rows of a page. older, newer: number of the appeal beside the page, or "".
        rare: the list holds few of its county's appeals, so that many are looked at for each that is shown.
    """
    number = newer or older
    edge = every.filter(number=number).values_list("filed_at", "pk").first() if number.isascii() and number else None
    if edge is None:
        found = _first(every, size + 1, rare)
        return found[:size], False, len(found) > size
    at, pk = edge
    if newer:
        found = _first(every.filter(Q(filed_at__gt=at) | Q(filed_at=at, pk__gt=pk)), size + 1, rare, "filed_at", "pk")
        return found[:size][::-1], len(found) > size, True
    found = _first(every.filter(Q(filed_at__lt=at) | Q(filed_at=at, pk__lt=pk)), size + 1, rare)
    return found[:size], True, len(found) > size


def _first(every: QuerySet[Appeal], count: int, rare: bool, *order: str) -> list[Row]:
    """The first rows in an order. Which the rare ones are an index alone tells; only these are read from the table."""
    order = order or ("-filed_at", "-pk")
    rows = every.select_related(None).order_by(*order)[:count]
    if rare:
        rows = Appeal.everything.filter(pk__in=rows.values("pk")).order_by(*order)
    return [Row(*row) for row in rows.values_list(*Row._fields)]


def open_by_state(every: QuerySet[Appeal]) -> dict[str, int]:
    """How many of the appeals that somebody may see are open, by state (未办结件数).

    What has ended is not counted: it only ever grows.
    """
    rows = every.filter(state__in=OPEN).order_by()
    return dict(rows.values_list("state").annotate(n=Count("*")))


class Names(NamedTuple):
    """Names by code, as far as a list needs them."""

    places: dict[str, str]
    matters: dict[str, str]
    bodies: dict[str, str]


def names_for(rows: Iterable[Row]) -> Names:
    """The names of places, matters and bodies that rows speak of, from memory (名称)."""
    rows = list(rows)
    found = Names({}, reference.kept("names of matters", _matters), {})
    for county in {row.place_id[:COUNTY] for row in rows}:
        places, bodies = _of(county)
        found.places.update(places)
        found.bodies.update(bodies)
    strange = {row.handler_id for row in rows if row.handler_id} - found.bodies.keys()
    if strange:  # handed to a body of elsewhere
        found.bodies.update(Body.objects.filter(code__in=strange).values_list("code", "name"))
    return found


def _of(county: str) -> tuple[dict[str, str], dict[str, str]]:
    return reference.kept(("names in a county", county), lambda: _loaded(county))


def _loaded(county: str) -> tuple[dict[str, str], dict[str, str]]:
    where: Any = Q(place_id__in=prefixes(county)) | under("place_id", county)
    return (
        dict(Place.objects.filter(under("code", county)).values_list("code", "name")),
        dict(Body.objects.filter(where).values_list("code", "name")),
    )


def _matters() -> dict[str, str]:
    return dict(Matter.objects.values_list("code", "name"))

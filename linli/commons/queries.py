"""Reads of the commons: what was done under an article, the trail of a county, bodies and their posts."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from linli.commons.actor import Actor
from linli.commons.models import Body, CalendarDay, DoorEvent, Post, Setting
from linli.commons.settings import keys_at
from linli.kit.scope import prefixes, under, visible_to
from linli.kit.trail import Entry


def entries_under(actor: Actor, article: str) -> QuerySet[Entry]:
    """Trail entries that rest on an article (`hubei.art_25`) or a part of it.

    Staff get those of the places their post covers. For everybody else the rows are those of all places: show
    residents no more than their count.
    """
    rows = Entry.objects.annotate(basis_text=Cast("basis", TextField())).filter(
        Q(basis_text__contains=f'"{article}"') | Q(basis_text__contains=f'"{article}__')
    )
    if not actor.is_staff:
        return rows
    allowed = Q(pk__in=[])
    for code in actor.places_for("commons.see_law"):
        allowed |= under("place", code)
    return rows.filter(allowed)


def trail_of(actor: Actor) -> QuerySet[Entry]:
    """Every entry of the places whose trail the actor may read, newest first."""
    allowed = Q(pk__in=[])
    for code in actor.places_for("commons.read_trail"):
        allowed |= under("place", code)
    return Entry.objects.filter(allowed).order_by("-id")


def bodies_of(actor: Actor) -> QuerySet[Body]:
    """Bodies at the actor's place and below it, those that ended too."""
    return Body.objects.filter(place__code__startswith=actor.place).select_related("place")


def posts_in(body: Body) -> QuerySet[Post]:
    """Posts of a body, those in force first."""
    return body.posts.select_related("user").order_by("until_on", "role", "id")


def posts_under(actor: Actor) -> QuerySet[Post]:
    """Posts of today or later at the actor's place and below it, those that wait for approval first."""
    rows = Post.objects.filter(Q(until_on=None) | Q(until_on__gte=timezone.localdate()), body__ended_on=None)
    rows = rows.filter(under("body__place__code", actor.place)).select_related("user", "user__factor", "body")
    return rows.order_by("-waiting", "body__code", "role", "id")


def door_events_of(actor: Actor) -> QuerySet[DoorEvent]:
    """The log of the door (登录记录) for the actor's places, newest first."""
    return visible_to(actor, DoorEvent.objects.select_related("user"))


def unknown_accounts_tried() -> int:
    """How often somebody tried an account that does not exist, in the last day."""
    since = timezone.now() - timedelta(days=1)
    return DoorEvent.objects.filter(user=None, at__gt=since).count()


def settings_in_force(actor: Actor) -> dict[str, Setting | None]:
    """Each key of the register with the row in force at the actor's place (its own, else the nearest above), or None.

    A row whose value is None took the setting back: at the actor's own place it means "not set" there.
    """
    chain, keys = prefixes(actor.place), keys_at(actor.place)
    latest: dict[tuple[str, str], Setting] = {}
    for row in Setting.objects.filter(key__in=keys, place__code__in=chain).order_by("set_at", "id"):
        latest[row.key, row.place_id] = row
    return {key: next((latest[key, code] for code in reversed(chain) if (key, code) in latest), None) for key in keys}


def days_of(actor: Actor) -> QuerySet[CalendarDay]:
    """Days that the actor's county set itself."""
    return CalendarDay.objects.filter(place=actor.place[:6])


def exceptions(place: str, year: int) -> dict[date, CalendarDay]:
    """Days of a year that differ from the plain week at a place; the place's own rows win over those above it."""
    rows = CalendarDay.objects.filter(place__in=["", place[:2], place[:6]], day__year=year).order_by("place")
    return {row.day: row for row in rows}

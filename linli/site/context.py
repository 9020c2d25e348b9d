"""What every page knows: who acts, how it is shown, where one can go. See docs/design.md for the keys of `ui`."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from linli.commons.actor import RESIDENT, Actor
from linli.commons.models import Body, Place
from linli.commons.web import actor
from linli.kit import notices
from linli.kit.scope import visible_to
from linli.site import nav

MODES = ("standard", "elder")
CONTRASTS = ("normal", "high")
SIZES = ("1", "2", "3")


def page(request: HttpRequest) -> dict[str, Any]:
    """Context of every template."""
    ui: dict[str, Any] = {
        "mode": choice(request, "mode", MODES),
        "contrast": choice(request, "contrast", CONTRASTS),
        "size": choice(request, "size", SIZES),
    }
    found: dict[str, Any] = {"ui": ui, "demo": settings.LINLI_DEMO}
    if not hasattr(request, "actor"):  # an answer given before the actor was known
        return found
    who = actor(request)
    found["actor"] = who
    ui["language_url"] = "/i18n/setlang/"
    if who.is_staff and who.user is not None:
        ui |= _staff(request, who)
    else:
        ui |= _resident(request)
    return found


def choice(request: HttpRequest, name: str, allowed: tuple[str, ...]) -> str:
    """A remembered choice of the visitor; the first allowed value when there is none."""
    value = request.COOKIES.get(name, "")
    return value if value in allowed else allowed[0]


def home_place(request: HttpRequest) -> Place | None:
    """The community that the visitor chose as their own, if any."""
    code = request.COOKIES.get("place", "")
    return Place.objects.filter(code=code).first() if code and code.isascii() else None


def committee_of(place: Place | None) -> Body | None:
    """The committee of a community, if it is registered."""
    rows = Body.objects.filter(kind=Body.Kind.COMMITTEE, place=place, ended_on=None)
    return visible_to(RESIDENT, rows).first() if place else None


def _staff(request: HttpRequest, who: Actor) -> dict[str, Any]:
    assert who.user is not None and who.body is not None and who.post is not None
    unread = notices.unread(who.body.code) if "commons.read_notices" in who.powers else 0
    return {
        "place_name": who.body.name,
        "person_name": who.user.name,
        "roles": [{"label": str(post), "value": str(post.pk), "current": post.pk == who.post.pk} for post in who.posts],
        "role_url": "/post/",
        "side": nav.side(who, request.path, unread),
    }


def _resident(request: HttpRequest) -> dict[str, Any]:
    place = home_place(request)
    out: dict[str, Any] = {
        "nav": [
            {"label": item.label, "url": item.url, "icon": item.icon, "current": nav.is_here(item.url, request.path)}
            for item in nav.PORTAL
        ]
    }
    if place is not None:
        out["place_name"] = place.name
        body = committee_of(place)
        if body is not None and (body.phone or place.phone):
            out["committee_name"], out["committee_phone"] = body.name, body.phone or place.phone
    return out

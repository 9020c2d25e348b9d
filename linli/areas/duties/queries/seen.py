"""Which bodies' boards an actor may open: the own one, and with the power to oversee all of the place and below."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from linli.areas.duties.models import Attestation
from linli.commons.actor import Actor
from linli.commons.models import Body, Place
from linli.kit.errors import NotVisible
from linli.kit.scope import get_visible, under

KINDS = (
    Body.Kind.GOVERNMENT,
    Body.Kind.LEAD,
    Body.Kind.HOTLINE,
    Body.Kind.DEPARTMENT,
    Body.Kind.STREET,
    Body.Kind.COMMITTEE,
    Body.Kind.UTILITY,
    Body.Kind.PROPERTY,
    Body.Kind.CONGRESS,
)
"""Kinds of bodies that owe duties; a grid is a part of its committee's or street's work."""


def bodies_seen(actor: Actor, place: Place | None = None) -> QuerySet[Body]:
    """Bodies whose boards the actor may open, at a place and below when one is named; dissolved ones are left out."""
    allowed = Q(code=actor.body_code) if "duties.see" in actor.powers else Q(pk__in=[])
    for code in actor.places_for("duties.oversee"):
        allowed |= under("place_id", code)
    rows = Body.objects.filter(allowed, kind__in=KINDS, ended_on=None).select_related("place")
    return rows if place is None else rows.filter(under("place_id", place.code))


def body_seen(actor: Actor, code: str) -> Body:
    """One body by code. Raises: NotVisible when there is none, or it is none of the actor's business."""
    found = bodies_seen(actor).filter(code=code).first()
    if found is None:
        raise NotVisible()
    return found


def attestation_seen(actor: Actor, code: str) -> Attestation:
    """One attestation by code. Raises: NotVisible."""
    return get_visible(actor, Attestation.objects.select_related("body__place"), code=code)

"""Every rule of a county at every place, and what was found on a day (评判结果)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from linli.areas.duties.models import Standing
from linli.areas.duties.queries.snapshot import Snapshot
from linli.commons.actor import Actor
from linli.kit.scope import under, visible_to
from linli.law import say
from linli.law.judge import Finding, Verdict, judge
from linli.law.load import load_pack
from linli.law.types import Duty, Pack

PLACES = Decimal("0.0001")


class Found(NamedTuple):
    """A finding as it is stored: two that are equal are no change."""

    verdict: str
    why: str
    need: Decimal | None
    have: Decimal | None
    gap: Decimal | None
    items: tuple[str, ...]
    due: date | None


Key = tuple[str, str]
"""Place and duty."""


def found_in(snap: Snapshot) -> dict[Key, Found]:
    """Every rule of the county's pack at each of its places (逐地逐条评判); where nothing is known, no entry."""
    found: dict[Key, Found] = {}
    for duty in snap.pack.duties:
        if duty.rule is None:
            continue
        for place in snap.places_of(duty, snap.place.code):
            known = snap.known(place, None, duty.rule.shape)
            one = judge(duty, snap.pack, known, snap.on, start=snap.start)
            if one is not None and not (one.verdict == Verdict.UNKNOWN and one.why == "no_data"):
                found[place.code, duty.id] = stored(one)
    return found


def stored(one: Finding) -> Found:
    """A finding as it is stored: numbers to four places, half to even."""
    need, have, gap = _decimal(one.need), _decimal(one.have), _decimal(one.gap)
    return Found(one.verdict.value, one.why, need, have, gap, one.lacking or one.missing, one.due)


def _decimal(number: Fraction | None) -> Decimal | None:
    if number is None:
        return None
    return (Decimal(number.numerator) / Decimal(number.denominator)).quantize(PLACES, ROUND_HALF_EVEN)


def facts_sha256(snap: Snapshot) -> str:
    """Fingerprint of all that the rules count with in a county on a day (事实指纹)."""
    known: dict[str, Any] = {
        "facts": snap.told,
        "kinds": {place.code: place.kind for place in snap.places},
        "lists": sorted([row.kind, row.place_id, row.version, row.published_on] for row in snap.lists),
        "refused": sorted([one.sender, one.place, one.item, *one.events] for one in snap.refused),
        "start": snap.start,
    }
    return hashlib.sha256(json.dumps(known, sort_keys=True, default=str, ensure_ascii=False).encode()).hexdigest()


def of_row(row: Standing) -> Found:
    """What a stored row says."""
    return Found(row.verdict, row.why, row.need, row.have, row.gap, tuple(row.items), row.due)


def standing_on(rows: QuerySet[Standing], day: date) -> QuerySet[Standing]:
    """What held on a day (某日状态)."""
    return rows.filter(Q(until=None) | Q(until__gt=day), since__lte=day)


def standings_seen(actor: Actor) -> QuerySet[Standing]:
    """Every finding that the actor may see (评判结果)."""
    return visible_to(actor, Standing.objects.select_related("place"))


def since_of(where: str, duties: Iterable[str], day: date) -> dict[Key, Standing]:
    """What held on a day at a place and below it, by place and duty."""
    rows = Standing.objects.filter(under("place_id", where), duty__in=list(duties))
    return {(row.place_id, row.duty): row for row in standing_on(rows, day)}


def duty_of(row: Standing) -> tuple[Duty | None, Pack]:
    """The duty that a row speaks of, None when the pack has it no more; and the pack."""
    pack = load_pack(row.pack)
    return next((duty for duty in pack.duties if duty.id == row.duty), None), pack


def sentence_of(row: Standing) -> str:
    """The printed sentence of a stored row (评判说明)."""
    duty, pack = duty_of(row)
    if duty is None:
        return ""
    told = Finding(
        Verdict(row.verdict),
        *(_fraction(row.need), _fraction(row.have), _fraction(row.gap)),
        why=row.why,
        missing=tuple(row.items) if row.verdict == Verdict.UNKNOWN else (),
        lacking=() if row.verdict == Verdict.UNKNOWN else tuple(row.items),
        due=row.due,
    )
    return say.finding(told, duty, pack)


def _fraction(number: Decimal | None) -> Fraction | None:
    return None if number is None else Fraction(number)

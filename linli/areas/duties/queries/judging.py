"""Every rule of a county at every place, and what was found on a day (评判结果)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from django.db.models import Q, QuerySet

from linli.areas.duties.models import Standing
from linli.areas.duties.queries.snapshot import LEVELS, LISTED, Snapshot
from linli.commons.actor import Actor
from linli.commons.models import Place
from linli.kit.scope import visible_to
from linli.law import say
from linli.law.frame import VERDICTS, WHYS, FrameFindings, judge_frame
from linli.law.judge import Finding, Verdict
from linli.law.load import load_pack
from linli.law.types import Duty, Pack

WORDS = tuple(verdict.value for verdict in VERDICTS)
LEFT_OUT = (WHYS.index("no_data"), WHYS.index("who"))
"""Nothing is known, or the duty is not of this kind of place: no row."""
UNKNOWN, UNMET = VERDICTS.index(Verdict.UNKNOWN), VERDICTS.index(Verdict.UNMET)


class Found(NamedTuple):
    """A finding as it is stored: two that are equal are no change."""

    verdict: str
    why: str
    need: float | None
    have: float | None
    gap: float | None
    items: tuple[str, ...]
    due: date | None


Key = tuple[str, str]
"""Place and duty."""


def found_in(snap: Snapshot) -> dict[Key, Found]:
    """Every rule of the county's pack at each of its places (逐地逐条评判); where nothing is known, no entry."""
    found: dict[Key, Found] = {}
    for level in LEVELS:
        places = [place for place in snap.places if place.level == level]
        duties = [duty for duty in snap.pack.duties if duty.rule is not None and duty.subject == level]
        if not places or not duties:
            continue
        for told in judge_frame(snap.pack, _columns(snap, places, duties), snap.on, start=snap.start, duties=duties):
            found |= _rows(told, [place.code for place in places])
    return found


def _columns(snap: Snapshot, places: Sequence[Place], duties: Iterable[Duty]) -> dict[str, list[Any]]:
    """What the rules count with, by name, one value for each place."""
    here = [snap.told.get(place.code, {}) for place in places]
    names = {name for duty in duties for name in snap.words[duty.id]} & set(snap.pack.all_measures())
    columns: dict[str, list[Any]] = {name: [known.get(name) for known in here] for name in names}
    columns["kind"] = [place.kind or None for place in places]
    shapes = {duty.rule.shape for duty in duties if duty.rule is not None}
    for wanted, told in ((LISTED, snap.lists_at), (("nothing_outside",), snap.events_at)):
        if shapes.intersection(wanted):
            rows = [told(place.code) for place in places]
            columns |= {name: [row[name] for row in rows] for name in rows[0]}
    return columns


def _rows(told: FrameFindings, codes: Sequence[str]) -> dict[Key, Found]:
    """The rows of one duty as they are stored."""
    verdicts, whys = told.verdict.tolist(), told.why.tolist()
    needs, haves, gaps = _known(told.need), _known(told.have), _known(told.gap)
    missing: dict[int, tuple[str, ...]] = {}  # which number the text does not name is the same in every row
    found = {}
    for row, code in enumerate(codes):
        verdict, why = verdicts[row], whys[row]
        if why in LEFT_OUT:
            continue
        items: tuple[str, ...] = ()
        due: date | None = None
        if verdict == UNKNOWN:
            items = missing.setdefault(why, ()) or told.finding(row).missing
            missing[why] = items
        elif _names_more(told.duty, verdict):
            one = told.finding(row)
            items, due = one.lacking, one.due
        found[code, told.duty.id] = Found(WORDS[verdict], WHYS[why], needs[row], haves[row], gaps[row], items, due)
    return found


def _names_more(duty: Duty, verdict: int) -> bool:
    """Whether a finding of this shape and verdict names items or a day, for which it is judged once more by itself."""
    assert duty.rule is not None
    if duty.rule.shape in ("has_all", "nothing_outside"):
        return verdict == UNMET
    return duty.rule.shape != "bound" and (duty.rule.shape != "published_list" or "reviewed_every" in duty.rule.keys)


def _known(column: npt.NDArray[np.float64]) -> list[float | None]:
    return [None if number != number else number for number in column.tolist()]


def found_sha256(found: Mapping[Key, Found]) -> str:
    """Fingerprint of all that was found in a county (结果指纹): the same, and nothing needs to be compared."""
    return hashlib.sha256(repr(sorted(found.items())).encode()).hexdigest()


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


def standing_on(rows: QuerySet[Standing], day: date) -> QuerySet[Standing]:
    """What held on a day (某日状态)."""
    return rows.filter(Q(until=None) | Q(until__gt=day), since__lte=day)


def standings_seen(actor: Actor) -> QuerySet[Standing]:
    """Every finding that the actor may see (评判结果)."""
    return visible_to(actor, Standing.objects.select_related("place"))


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


def _fraction(number: float | None) -> Fraction | None:
    return None if number is None else Fraction(str(number))  # as it is written: 21.6 is 21.6

"""Every rule of a county at every place, and what was found on a day (评判结果)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from django.db.models import Q, QuerySet

from linli.areas.duties.models import Standing
from linli.areas.duties.queries.ground import Ground, facts_sha256, grounds_of
from linli.areas.duties.queries.snapshot import Snapshot, snapshot_of
from linli.commons.actor import Actor
from linli.commons.models import Place
from linli.commons.settings import own_numbers
from linli.kit.scope import visible_to
from linli.law import say
from linli.law.frame import VERDICTS, WHYS, FrameFindings, judge_frame
from linli.law.judge import Finding, Verdict
from linli.law.load import load_pack
from linli.law.types import Duty, Pack
from linli.law.words import params_of

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

WORDS = tuple(verdict.value for verdict in VERDICTS)
LEFT_OUT = (WHYS.index("no_data"), WHYS.index("who"))
"""Nothing is known, or the duty is not of this kind of place: no row."""
NUMBERS = ("need", "have", "gap")
UNKNOWN, UNMET, EXEMPT, PENDING = map(VERDICTS.index, (Verdict.UNKNOWN, Verdict.UNMET, Verdict.EXEMPT, Verdict.PENDING))


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
More = tuple[tuple[str, ...], date | None]
"""Items and the day on which something is due."""
NOTHING: More = ((), None)


@dataclass(frozen=True, eq=False)
class Findings:
    """All that was found in a county, in the order of places and duties (评判结果), an array entry for each finding.

    Args:
        places, codes; duties, ids, both sorted. place, duty: index into them; verdict, why: into VERDICTS and WHYS; need, have,
        gap: NaN where nothing is counted; more: index into mores.
    """

    places: tuple[str, ...]
    duties: tuple[str, ...]
    place: Ints
    duty: Ints
    verdict: Codes
    why: Codes
    need: Floats
    have: Floats
    gap: Floats
    more: Ints
    mores: Sequence[More]

    def __len__(self) -> int:
        return len(self.place)

    @cached_property
    def _plain(self) -> list[tuple[Any, ...]]:
        """Each finding as plain numbers: one by one out of arrays they cost ten times as much."""
        names = ("place", "duty", "verdict", "why", *NUMBERS, "more")
        return list(zip(*(getattr(self, name).tolist() for name in names), strict=True))

    def row(self, at: int) -> tuple[Key, Found]:
        """One finding."""
        place, duty, verdict, why, need, have, gap, more = self._plain[at]
        found = Found(WORDS[verdict], WHYS[why], _known(need), _known(have), _known(gap), *self.mores[more])
        return (self.places[place], self.duties[duty]), found

    def rows(self) -> dict[Key, Found]:
        """Every finding by place and duty."""
        return dict(self.row(at) for at in range(len(self)))

    def counts(self) -> dict[str, int]:
        """How many there are of each verdict; none is left out."""
        many = np.bincount(self.verdict, minlength=len(WORDS)).tolist()
        return {word: count for word, count in zip(WORDS, many, strict=True) if count}

    def sha256(self) -> str:
        """Fingerprint of all that was found in a county (结果指纹): the same, and nothing needs to be compared."""
        order, more = np.unique(self.more, return_inverse=True)
        told = [[list(items), due and due.isoformat()] for items, due in (self.mores[at] for at in order.tolist())]
        turn = sorted(range(len(told)), key=lambda at: repr(told[at]))
        rank = np.empty(len(told), np.int64)
        rank[turn] = np.arange(len(told))
        found = hashlib.sha256(repr((self.places, self.duties, [told[at] for at in turn])).encode())
        for column in (self.place, self.duty, self.verdict, self.why, self.need, self.have, self.gap, rank[more]):
            found.update(np.ascontiguousarray(column).tobytes())
        return found.hexdigest()


@dataclass(frozen=True)
class Judged:
    """A county judged on a day: what it was judged by, and what was found."""

    snap: Snapshot
    findings: Findings
    facts_sha256: str


def judged_in(counties: Iterable[Place], on: date) -> list[Judged]:
    """Every rule of its pack at every place of each county (逐地逐条评判); where nothing is known, no entry.

    Counties that share a pack, its numbers and the day of force are judged as one frame: NumPy asks the same of ten places as
    of ten thousand.
    """
    snaps = [snapshot_of(county, on) for county in counties]
    alike: dict[Any, list[Snapshot]] = {}
    for snap in snaps:
        alike.setdefault((id(snap.pack), snap.start), []).append(snap)
    found = {one.snap.place.code: one for mine in alike.values() for one in judged_on(mine, grounds_of(mine))}
    return [found[snap.place.code] for snap in snaps]


def judged_on(snaps: Sequence[Snapshot], grounds: Mapping[str, Ground]) -> list[Judged]:
    """Counties that share a pack, its numbers and the day of force, judged on what was read of them."""
    mores = {NOTHING: 0}
    levels = [(ground, _stacked(snaps[0], ground, mores)) for ground in grounds.values() if ground.duties]
    found = [(snap, _of_county(snap.place.code, levels, list(mores))) for snap in snaps]
    return [Judged(snap, findings, facts_sha256(snap, grounds)) for snap, findings in found]


def _stacked(snap: Snapshot, ground: Ground, mores: dict[More, int]) -> dict[str, npt.NDArray[Any]]:
    """The findings of a level: for each column an array of duties by places."""
    told = judge_frame(snap.pack, ground.columns, snap.on, start=snap.start, duties=ground.duties)
    found = {name: np.stack([getattr(one, name) for one in told]) for name in ("verdict", "why", *NUMBERS)}
    return found | {"more": np.stack([_more(one, mores) for one in told])}


def _more(told: FrameFindings, mores: dict[More, int]) -> Ints:
    """Items and day of each row of a duty, as numbers of `mores`: rows that the rule was told the same share them."""
    assert told.duty.rule is not None
    found = np.zeros(len(told), np.int64)
    kept = ~np.isin(told.why, LEFT_OUT)
    unknown = told.verdict == UNKNOWN
    for why in np.unique(told.why[kept & unknown]).tolist():
        rows = np.flatnonzero(kept & unknown & (told.why == why))
        # Which number the text does not name is the same in every row.
        found[rows] = mores.setdefault((told.finding(int(rows[0])).missing, None), len(mores))
    rows = np.flatnonzero(kept & ~unknown & (told.verdict != EXEMPT) & _names_more(told))
    first, each = np.unique(told.like[rows], return_inverse=True)
    ones = [told.finding(row) for row in first.tolist()]
    codes = [mores.setdefault((one.lacking, one.due), len(mores)) for one in ones]
    found[rows] = np.array(codes, np.int64)[each]
    return found


def _names_more(told: FrameFindings) -> Any:
    """Where a finding names items or a day, for which it is judged once more by itself."""
    assert told.duty.rule is not None
    shape = told.duty.rule.shape
    if shape in ("has_all", "nothing_outside"):
        return (told.verdict == UNMET) | (told.verdict == PENDING)
    if shape == "calendar" or "reviewed_every" in told.duty.rule.keys:
        return True
    return told.verdict == PENDING


def _of_county(
    county: str, levels: Sequence[tuple[Ground, Mapping[str, npt.NDArray[Any]]]], mores: list[More]
) -> Findings:
    """The county's own part of what was found at all levels."""
    places = sorted(code for ground, _told in levels for code in ground.codes[ground.spans[county]])
    duties = sorted(duty.id for ground, _told in levels for duty in ground.duties)
    place_at, duty_at = ({name: at for at, name in enumerate(names)} for names in (places, duties))
    parts = {name: [np.zeros(0, kind)] for name, kind in _KINDS.items()}
    for ground, told in levels:
        here = ground.spans[county]
        keep = ~np.isin(told["why"][:, here], LEFT_OUT)
        duty, place = np.nonzero(keep)
        part = {name: column[:, here][keep] for name, column in told.items()}
        part["place"] = np.array([place_at[code] for code in ground.codes[here]], np.int64)[place]
        part["duty"] = np.array([duty_at[one.id] for one in ground.duties], np.int64)[duty]
        for name, column in part.items():
            parts[name].append(column)
    columns = {name: np.concatenate(each) for name, each in parts.items()}
    for name in NUMBERS:
        columns[name] = np.where(np.isnan(columns[name]), np.nan, columns[name] + 0.0)  # one NaN and one nought
    turn = np.lexsort((columns["duty"], columns["place"]))
    return Findings(tuple(places), tuple(duties), **{k: column[turn] for k, column in columns.items()}, mores=mores)


_KINDS: Mapping[str, Any] = {
    **dict.fromkeys(("place", "duty", "more"), np.int64),
    **dict.fromkeys(("verdict", "why"), np.int8),
    **dict.fromkeys(NUMBERS, np.float64),
}


def _known(number: float) -> float | None:
    return None if number != number else number


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
    own = {one.param: one.said for one in own_numbers(row.place_id, row.since)}
    asked = params_of(duty.rule, pack) if duty.rule is not None else ()
    return say.finding(told, duty, pack, [own[param.name] for param in asked if param.name in own])


def _fraction(number: float | None) -> Fraction | None:
    return None if number is None else Fraction(str(number))  # as it is written: 21.6 is 21.6

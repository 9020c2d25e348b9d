"""What everybody may see of the judgements (公开的评判): rules whose facts are all public, for a community or a county."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from linli.areas.duties.queries.snapshot import PlaceFinding, Snapshot
from linli.commons.models import Place
from linli.kit.scope import covers
from linli.law.types import Duty, Pack

_WORD = re.compile(r"[a-z_]\w*")


@dataclass
class Standard:
    """One rule at one place, or at all communities of a county."""

    duty: Duty
    one: PlaceFinding | None = None
    places: list[PlaceFinding] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """Communities by verdict."""
        return dict(Counter(one.word for one in self.places))

    @property
    def short(self) -> list[PlaceFinding]:
        """Communities that fall short."""
        return [one for one in self.places if one.finding.verdict == "unmet"]


def is_open(duty: Duty, pack: Pack) -> bool:
    """Whether a duty may be shown to everybody: it has a rule, and every measure that the rule speaks of is public."""
    if duty.rule is None:
        return False
    names = {word for value in duty.rule.keys.values() for word in _WORD.findall(str(value))}
    measures = [measure for name in names if (measure := pack.find_measure(name)) is not None]
    return all(measure.public for measure in measures)


def standards_at(snap: Snapshot, place: Place) -> list[Standard]:
    """The public rules at one place, those that fall short first; what does not apply there is left out."""
    found = []
    for duty in snap.pack.duties:
        if duty.subject == place.level and is_open(duty, snap.pack):
            one = snap.judged_at(duty, place)
            if one.finding.verdict != "exempt":
                found.append(Standard(duty, one))
    order = ("unmet", "met", "pending", "unknown")
    return sorted(found, key=lambda row: order.index(row.one.finding.verdict) if row.one else 0)


def standards_below(snap: Snapshot) -> list[Standard]:
    """The public rules that are looked at community by community, over all communities of the snapshot's place."""
    found = []
    communities = [place for place in snap.places if place.level == Place.Level.COMMUNITY]
    for duty in snap.pack.duties:
        if duty.subject == Place.Level.COMMUNITY and is_open(duty, snap.pack):
            places = [snap.judged_at(duty, place) for place in communities if covers(snap.place.code, place.code)]
            found.append(Standard(duty, places=[one for one in places if one.finding.verdict != "exempt"]))
    return [row for row in found if row.places]

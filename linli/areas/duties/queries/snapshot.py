"""What is known of a place and all below it on a day, in a handful of queries, as rules count with it (快照).

Facts come from the register in commons; lists from mandates; what the gate refused from the trail, once per sender and once per
place. Judging then asks the database nothing more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Q
from django.utils import timezone

from linli.areas.duties.models import Standing
from linli.areas.mandates.flow import ListState
from linli.areas.mandates.models import TaskList
from linli.commons.facts import facts_at, value_of
from linli.commons.models import Body, Fact, Place
from linli.commons.settings import OwnNumber, own_numbers, pack_with, values_of
from linli.kit import reference
from linli.kit.scope import covers, prefixes, span, under
from linli.kit.trail import Entry
from linli.law import say
from linli.law.judge import Finding, Verdict, as_day, judge
from linli.law.load import load_pack
from linli.law.types import Duty, Pack
from linli.methods.classify import default_catalogue

LISTS = {
    "power": TaskList.Kind.POWER,
    "self_governance": TaskList.Kind.SELF,
    "assisted": TaskList.Kind.ASSISTED,
    "grid": TaskList.Kind.GRID,
    "services": TaskList.Kind.SERVICE,
    "estate_duties": TaskList.Kind.ESTATE,
    "proofs": TaskList.Kind.PROOF,
}
"""Lists as the packs call them → kinds of the mandates area."""

EVENTS = (
    "committee_tasks",
    "grid_tasks",
    "hotline_dispatches_to_committee",
    "hotline_transfers_to_committee",
    "proof_requests",
)
"""Events that the gate itself sees. It lets nothing through without a ground: what counts is what it refused."""

LISTED = ("published_list", "nothing_outside")
"""Shapes of rules that look at lists."""

LEVELS = (Place.Level.COUNTY, Place.Level.STREET, Place.Level.COMMUNITY)
COUNTY_DIGITS = 6
SETTINGS = ("duties.evidence_months", "duties.soon_days", "duties.start")
_WORD = re.compile(r"[a-z_]\w*")


@dataclass(frozen=True)
class PlaceFinding:
    """A duty judged at one place: the finding, and the sentence that is printed."""

    place: Place | None
    finding: Finding
    sentence: str

    @property
    def word(self) -> str:
        """The verdict in one word."""
        return say.verdict(self.finding)


@dataclass(frozen=True)
class Refused:
    """One attempt that the gate refused: who sent it, where it was to go, under which events it counts."""

    sender: str
    place: str
    item: str
    events: tuple[str, ...]


def _attempt(verb: str, sender: str, place: str, facts: dict[str, Any]) -> Iterator[Refused]:
    """One line of the trail as what it counts for; what came as a resident's appeal is a hotline matter (HN 12)."""
    if verb == "mandates.proof_refused":
        yield Refused(sender, place, str(facts.get("title", "")), ("proof_requests",))
    elif facts.get("code") == "off_list":
        matter = default_catalogue().matters.get(facts.get("matter", ""))
        events: tuple[str, ...] = ("committee_tasks",)
        if facts.get("bearer") == Body.Kind.GRID:
            events = ("grid_tasks",)
        elif facts.get("hotline"):
            who = "dispatches" if facts.get("sender_kind") == Body.Kind.HOTLINE else "transfers"
            events = ("committee_tasks", f"hotline_{who}_to_committee")
        yield Refused(sender, place, matter.name if matter else "", events)


@dataclass
class Snapshot:
    """What is known of a place and all below it on a day."""

    place: Place
    on: date
    pack: Pack
    months: int
    months_set: bool
    soon: int
    start: date | None
    own: dict[str, OwnNumber] = field(default_factory=dict)
    places: list[Place] = field(default_factory=list)
    found_below: dict[tuple[str, str], list[Place]] = field(default_factory=dict)
    _lists_of: dict[tuple[str, ...], dict[str, Any]] = field(default_factory=dict)

    @cached_property
    def facts(self) -> dict[str, dict[str, Fact]]:
        """Place → measure → the fact that holds on the day."""
        return facts_at(self.place.code, self.on, levels=LEVELS) if self.places else {}

    @cached_property
    def held(self) -> dict[tuple[str, str], tuple[str, date]]:
        """Place and duty → the verdict that the nightly judging stored, and since when."""
        rows = Standing.objects.filter(
            Q(until=None) | Q(until__gt=self.on), under("place_id", self.place.code), since__lte=self.on
        )
        return {
            (row.place_id, row.duty): (row.verdict, row.since) for row in rows.only("place", "duty", "verdict", "since")
        }

    @cached_property
    def lists(self) -> list[TaskList]:
        """Lists in force on the day at the place, above it and below it, the newest first."""
        code = self.place.code
        return list(
            TaskList.objects.filter(
                Q(effective_to=None) | Q(effective_to__gt=self.on),
                under("place_id", code) | Q(place_id__in=prefixes(code)),
                state__in=(ListState.PUBLISHED, ListState.ENDED),
                effective_from__lte=self.on,
            ).order_by("-effective_from", "-version")
        )

    @cached_property
    def refused(self) -> list[Refused]:
        """What the gate refused in the time that counts, at the place and below it."""
        rows = Entry.objects.filter(
            under("place", self.place.code),
            verb__in=("mandates.refused", "mandates.proof_refused"),
            at__date__gte=self.since,
            at__date__lte=self.on,
        )
        return [one for row in rows.values_list("verb", "body", "place", "facts") for one in _attempt(*row)]

    @property
    def since(self) -> date:
        """From when the trail counts for duties without a period of their own, roughly: the earliest day that may matter."""
        return self.on - timedelta(days=31 * self.months)

    def places_of(self, duty: Duty, where: str) -> list[Place]:
        """The places at or below one at which a duty is looked at; those of the other kind are exempt and left out."""
        if duty.subject not in (Place.Level.COUNTY, Place.Level.STREET, Place.Level.COMMUNITY):
            return []
        found = self._below(duty.subject, where)
        return [place for place in found if duty.who == "both" or not place.kind or place.kind == duty.who]

    def _below(self, level: str, where: str) -> list[Place]:
        """Places of a level at or below one; looked for once, for a county asks it for each duty of each body."""
        key = (level, where)
        if key not in self.found_below:
            self.found_below[key] = [p for p in self.places if p.level == level and p.code.startswith(where)]
        return self.found_below[key]

    def proofs_of(self, duty: Duty) -> tuple[str, ...]:
        """Trail verbs that prove a duty."""
        return self.proofs.get(duty.id, ())

    @cached_property
    def proofs(self) -> dict[str, tuple[str, ...]]:
        """Duty → the trail verbs that prove it."""
        return {duty.id: self.pack.proofs_of(duty) for duty in self.pack.duties}

    @cached_property
    def words(self) -> dict[str, tuple[str, ...]]:
        """Duty → every name that its rule speaks of."""
        ruled = ((duty.id, duty.rule.keys.values()) for duty in self.pack.duties if duty.rule is not None)
        return {id: tuple(dict.fromkeys(w for one in keys for w in _WORD.findall(str(one)))) for id, keys in ruled}

    @cached_property
    def told(self) -> dict[str, dict[str, Any]]:
        """Place → measure → the value as rules count with it; what is not known is left out."""
        measures = self.pack.all_measures()
        return {
            code: {
                name: value for name, row in rows.items() if (value := value_of(row, measures.get(name))) is not None
            }
            for code, rows in self.facts.items()
        }

    def judged(self, duty: Duty, body: Body) -> list[PlaceFinding]:
        """A duty judged for a body: at each place it is looked at, or once for what the body itself sent (清单外)."""
        if duty.rule is None:
            return []
        if duty.rule.shape == "nothing_outside":
            return [self.judged_at(duty, None, body=body)]
        where = body.place_id
        found = [self.judged_at(duty, place) for place in self.places_of(duty, where)]
        return found or self._nowhere(duty, body)

    def _nowhere(self, duty: Duty, body: Body) -> list[PlaceFinding]:
        """No place of the duty's kind lies in the body's own: nothing to judge where the kind differs, else nothing known."""
        level = body.place.level
        below = {"county": LEVELS, "street": LEVELS[1:], "community": LEVELS[2:]}.get(level, ())
        if level == Place.Level.COMMUNITY and duty.who not in ("both", body.place.kind) and duty.subject in below:
            return [self.judged_at(duty, body.place)]
        if duty.subject in below and level != Place.Level.COMMUNITY:
            return []
        return [self.judged_at(duty, None)]

    def judged_at(self, duty: Duty, place: Place | None, *, body: Body | None = None) -> PlaceFinding:
        """A duty judged at one place, or for what one body sent."""
        assert duty.rule is not None
        known = self.known(place, body, duty.rule.shape)
        found = judge(duty, self.pack, known, self.on, start=self.start)
        assert found is not None
        sources = () if found.verdict == Verdict.EXEMPT else self._sources(duty, place)
        return PlaceFinding(place, found, say.finding(found, duty, self.pack, sources))

    def held_since(self, one: PlaceFinding, duty: Duty) -> date | None:
        """From when a place stands like this (自何时), as the nightly judging stored it; None when it does not know."""
        held = self.held.get((one.place.code, duty.id)) if one.place is not None else None
        return held[1] if held is not None and held[0] == one.finding.verdict else None

    def known(self, place: Place | None, body: Body | None, shape: str) -> dict[str, Any]:
        """What a rule of a shape may count with, by name; a name that is not there is not known."""
        found: dict[str, Any] = {}
        if place is not None:
            found = {**self.told.get(place.code, {}), "kind": place.kind or None}
        code = place.code if place is not None else (body.place_id if body is not None else self.place.code)
        if shape in LISTED:
            found |= self.lists_at(code)
        if shape == "nothing_outside":
            found |= self.events_at(code, body)
        return found

    @cached_property
    def _in_force(self) -> dict[tuple[str, str], TaskList]:
        """Kind and place → the newest list in force that was made for that very place."""
        found: dict[tuple[str, str], TaskList] = {}
        for row in self.lists:
            found.setdefault((row.kind, row.place_id), row)
        return found

    def lists_at(self, code: str) -> Mapping[str, Any]:
        """Every list as it holds at a place: the newest of those of the place and of all above it."""
        chain = tuple(where for where in prefixes(code) if where in self._with_lists)
        if chain not in self._lists_of:
            self._lists_of[chain] = self._newest(chain)
        return self._lists_of[chain]

    @cached_property
    def _with_lists(self) -> frozenset[str]:
        return frozenset(row.place_id for row in self.lists)

    def _newest(self, chain: tuple[str, ...]) -> dict[str, Any]:
        found = {}
        for name, kind in LISTS.items():
            rows = [row for where in chain if (row := self._in_force.get((kind, where))) is not None]
            row = max(rows, key=lambda one: (one.effective_from, one.version), default=None)
            found[name] = {"published": row is not None, "reviewed": row.published_on if row else None}
        return found

    @cached_property
    def _refused_at(self) -> frozenset[str]:
        """Every place to which or below which something was to go that the gate refused."""
        return frozenset(where for one in self.refused for where in prefixes(one.place))

    @cached_property
    def _no_events(self) -> dict[str, Any]:
        return {event: [] for event in EVENTS}

    def events_at(self, code: str, body: Body | None = None) -> Mapping[str, Any]:
        """What the gate refused: to a body what it sent itself, else what was to go to a place or below it."""
        if body is None and code not in self._refused_at:
            return self._no_events
        return {
            event: [
                {"item": one.item}
                for one in self.refused
                if event in one.events and (one.sender == body.code if body is not None else covers(code, one.place))
            ]
            for event in EVENTS
        }

    def own_of(self, duty: Duty) -> list[OwnNumber]:
        """The numbers of the county that a duty is judged by, where the text names none (本县定数)."""
        return [self.own[name] for name in self.words.get(duty.id, ()) if name in self.own]

    def _sources(self, duty: Duty, place: Place | None) -> Iterator[str]:
        for one in self.own_of(duty):
            yield one.said
        if place is None or duty.rule is None:
            return
        rows = self.facts.get(place.code, {})
        for name in self.words[duty.id]:
            if name in rows and (rows[name].number is not None or rows[name].items is not None):
                yield f"{rows[name].source} {rows[name].as_of}"


def snapshot_of(place: Place | str, on: date | None = None) -> Snapshot:
    """What is known of a place (or the place of that code) and all below it on a day (快照).

    Above a county nothing is looked at place by place.
    """
    on = on or timezone.localdate()
    code = place if isinstance(place, str) else place.code
    with reference.held():
        told, own = values_of(SETTINGS, code), own_numbers(code, on)
    pack, national = pack_with(own, code), load_pack("national")
    months, soon = told["duties.evidence_months"], told["duties.soon_days"]
    rows: list[Place] = []
    if len(code) >= COUNTY_DIGITS and code.isdigit():
        first, end = span(code)
        rows = list(Place.objects.filter(code__gte=first, code__lt=end, level__in=LEVELS))
    here = place if isinstance(place, Place) else next((row for row in rows if row.code == code), None)
    return Snapshot(
        place=here or Place.objects.get(code=code),
        on=on,
        pack=pack,
        months=months or int(str(national.param("duty_evidence_months", on))),
        months_set=bool(months),
        soon=int(str(national.param("duty_soon_days", on))) if soon is None else soon,
        start=as_day(told["duties.start"]),
        own={one.param: one for one in own},
        places=rows,
    )

"""The board (履职台账): one line for each duty of a body, from a snapshot, the trail and the attestations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Count, Max, Q, QuerySet
from django.db.models.fields.json import KT
from django.utils import timezone

from linli.areas.duties.flow import ORDER, State
from linli.areas.duties.models import Attestation
from linli.areas.duties.queries.snapshot import LISTS, PlaceFinding, Snapshot
from linli.areas.duties.rules import Proof, bearers_of, duties_of, state_of
from linli.commons.models import Body
from linli.kit.trail import Entry
from linli.law.judge import Finding, Verdict, period_of, roll_up
from linli.law.types import Duty

SHARED = (Body.Kind.GOVERNMENT, Body.Kind.LEAD)
"""Bodies that stand for the same government: what one of them did counts for both."""
LIST_VERBS = ("mandates.list_published", "mandates.list_drafted")
ORDERED = "duties.correction_ordered"
"""An order to correct proves the duty of the article it rests on, of the body that orders; one that only writes down what an
assembly or the two committees decided (kind `kept`) proves none of the desk that keeps the record."""


@dataclass(frozen=True)
class Seen:
    """What the trail holds for a duty of a body: how many entries in the period, and the last one."""

    count: int = 0
    last: datetime | None = None


@dataclass(frozen=True)
class Line:
    """One duty on the board of one body."""

    duty: Duty
    state: State
    until: date | None
    seen: Seen
    verbs: tuple[str, ...]
    places: tuple[PlaceFinding, ...]
    attestation: Attestation | None
    attestations: tuple[Attestation, ...]
    period: tuple[int, str]
    own_period: bool
    set_period: bool

    @property
    def soft(self) -> bool:
        """Whether the text only encourages it (鼓励做)."""
        return self.duty.force == "soft"

    @property
    def counts(self) -> dict[str, int]:
        """Places by verdict, when there are several."""
        return dict(Counter(one.word for one in self.places))

    @property
    def sentence(self) -> str:
        """The printed sentence, of the only place or of the first that decides."""
        if not self.places:
            return ""
        wanted = roll_up(one.finding for one in self.places).verdict
        return next((one.sentence for one in self.places if one.finding.verdict == wanted), self.places[0].sentence)


@dataclass
class Board:
    """All duties of one body on a day."""

    body: Body
    lines: list[Line] = field(default_factory=list)

    @property
    def hard(self) -> list[Line]:
        """What must be done."""
        return [line for line in self.lines if not line.soft]

    @property
    def soft(self) -> list[Line]:
        """What is encouraged."""
        return [line for line in self.lines if line.soft]

    def counts(self) -> dict[State, int]:
        """Duties that must be done, by state; states that do not occur are left out."""
        found = Counter(line.state for line in self.hard)
        return {state: found[state] for state in State if found[state]}


def board_of(snap: Snapshot, body: Body, duties: Iterable[str] = ()) -> Board:
    """The board of one body: the trail in one query, the attestations in one; `duties` leaves out all others."""
    owed = _owed(snap, body, frozenset(duties))
    seen = _trail(snap, _deeds_of(body), {verb for duty in owed for verb in snap.proofs_of(duty)})
    return _board(snap, body, owed, seen, set(seen), _attested(snap, [body.code]))


def boards_in(snap: Snapshot, bodies: Iterable[Body], duties: Iterable[str] = ()) -> list[Board]:
    """Boards of many bodies, in as many queries as that of one; `duties` leaves out all others."""
    rows, only = list(bodies), frozenset(duties)
    owed = {body.code: _owed(snap, body, only) for body in rows}
    verbs = {verb for found in owed.values() for duty in found for verb in snap.proofs_of(duty)}
    seen = _trail(snap, Q(body__in=[body.code for body in rows]), verbs)
    attested = _attested(snap, [body.code for body in rows])
    return [_board(snap, body, owed[body.code], seen, _same(body, rows), attested) for body in rows]


def by_article(snap: Snapshot, bodies: Iterable[Body], article: str) -> list[tuple[Duty, list[tuple[Body, Line]]]]:
    """From an article to each of its duties and every body that owes it, those who have not done it first."""
    wanted = [duty for duty in snap.pack.duties if duty.at.partition("__")[0] == article]
    boards = boards_in(snap, bodies, [duty.id for duty in wanted])
    found = []
    for duty in wanted:
        lines = [(board.body, line) for board in boards for line in board.lines if line.duty.id == duty.id]
        found.append((duty, sorted(lines, key=lambda pair: (ORDER[pair[1].state], pair[0].code))))
    return found


def evidence_of(snap: Snapshot, body: Body, duty: Duty) -> QuerySet[Entry]:
    """Trail entries that prove a duty of a body, newest first (履职证据); none for a duty without verbs."""
    verbs = snap.proofs_of(duty)
    rows = Entry.objects.filter(_deeds_of(body), verb__in=verbs, at__date__lte=snap.on)
    for ofkind, kind in _kinds(duty).items():
        rows = rows.filter(~Q(verb=ofkind) | Q(facts__kind=kind))
    return rows.order_by("-id")


def _deeds_of(body: Body) -> Q:
    """Trail entries of a body, and of those whose deeds count for it too."""
    if body.kind not in SHARED:
        return Q(body=body.code)
    return Q(body__in=Body.objects.filter(kind__in=SHARED, place__code=body.place_id).values("code"))


def _same(body: Body, rows: Iterable[Body]) -> set[str]:
    if body.kind not in SHARED:
        return {body.code}
    return {body.code, *(row.code for row in rows if row.kind in SHARED and row.place_id == body.place_id)}


def _kinds(duty: Duty) -> dict[str, str]:
    """Verb → of which kind an entry must be to prove the duty: a list, of the duty's own kind; an order, under its own article."""
    kinds = {ORDERED: duty.at}
    name = str(duty.rule.keys["list"]) if duty.rule is not None and duty.rule.shape == "published_list" else ""
    if name in LISTS:
        kinds |= dict.fromkeys(LIST_VERBS, LISTS[name].value)
    return kinds


def _board(
    snap: Snapshot,
    body: Body,
    owed: Iterable[Duty],
    seen: Trail,
    who: set[str],
    attested: Mapping[tuple[str, str], list[Attestation]],
) -> Board:
    lines = []
    for duty in owed:
        verbs = snap.proofs_of(duty)
        told = _seen(seen, who, verbs, _kinds(duty))
        lines.append(_line(snap, body, duty, verbs, told, attested.get((body.code, duty.id), [])))
    return Board(body, lines)


def _owed(snap: Snapshot, body: Body, only: frozenset[str]) -> list[Duty]:
    bearers = bearers_of(kind=body.kind, level=body.place.level, duty=body.duty)
    return [duty for duty in duties_of(snap.pack, bearers) if not only or duty.id in only]


Trail = dict[str, list[tuple[str, str | None, Seen]]]
"""Body → verb, kind of list or order, how often and when last."""


def _trail(snap: Snapshot, deeds: Q, verbs: set[str]) -> Trail:
    """How often, and when last, each body did each verb; lists and orders by their kind. One query for all of them."""
    rows = (
        Entry.objects.filter(deeds, verb__in=verbs, at__date__lte=snap.on)
        .annotate(kind=KT("facts__kind"))
        .values_list("body", "verb", "kind")
        .annotate(n=Count("id", filter=Q(at__date__gte=snap.since)), last=Max("at"))
    )
    found: Trail = {}
    for body, verb, kind, n, last in rows:
        found.setdefault(body, []).append((verb, kind, Seen(n, last)))
    return found


def _seen(seen: Trail, who: set[str], verbs: tuple[str, ...], kinds: Mapping[str, str]) -> Seen:
    count, last = 0, None
    for body in who if verbs else ():
        for verb, kind, one in seen.get(body, ()):
            if verb in verbs and kinds.get(verb, kind) == kind:
                count += one.count
                last = max(last, one.last) if last and one.last else (last or one.last)
    return Seen(count, last)


def _attested(snap: Snapshot, codes: list[str]) -> dict[tuple[str, str], list[Attestation]]:
    found: dict[tuple[str, str], list[Attestation]] = {}
    rows = Attestation.objects.filter(body_id__in=codes, pack=snap.pack.id, attested_at__date__lte=snap.on)
    for row in rows.order_by("valid_until"):
        found.setdefault((row.body_id, row.duty), []).append(row)
    return found


def _line(
    snap: Snapshot, body: Body, duty: Duty, verbs: tuple[str, ...], seen: Seen, attested: list[Attestation]
) -> Line:
    places = tuple(snap.judged(duty, body))
    finding = roll_up(one.finding for one in places) if places else None
    if duty.rule is None and not places and duty.who not in ("both", body.place.kind or duty.who):
        finding = Finding(Verdict.EXEMPT, why="who")
    if duty.rule is not None and not places:
        finding = Finding(Verdict.EXEMPT, why="who")
    standing = [row for row in attested if row.withdrawn_at is None]
    best = standing[-1] if standing else None
    over = best.valid_until if best is not None and not best.holds(snap.on) else None
    own = period_of(duty, snap.pack, snap.on)
    proof = Proof(
        last=timezone.localdate(seen.last) if seen.last is not None else None,
        until=best.valid_until if best is not None and over is None else None,
        expired=over,
    )
    period = own or (snap.months, "months")
    state, until = state_of(finding, proof, period=period, today=snap.on, soon=snap.soon)
    set_here = own is not None and bool(snap.own_of(duty))
    said = own is not None and not set_here
    return Line(duty, state, until, seen, verbs, places, best, tuple(attested), period, said, set_here)

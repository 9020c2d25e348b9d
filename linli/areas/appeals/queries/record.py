"""What the trail says happened (由留痕还原): every thing that an index counts, read from entries and from nothing else.

Rows of appeals change; the trail does not. A figure is therefore a function of one county's chain up to one entry, and
the hash of that entry stands for all before it: whoever has number and hash can compute the figure again and must get
the same.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import NamedTuple

import msgspec
from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils import timezone

from linli.kit.trail import GENESIS, ChainHead, Entry

SATISFIED = 4
"""Ratings from here on are called 满意 or 很满意 wherever a person is asked."""


class Mark(NamedTuple):
    """Up to where a county's chain is read (截至), and what moment that stands for."""

    unit: str
    seq: int
    hash: str
    as_of: datetime


class Item(NamedTuple):
    """One counted thing (一件).

    Args:
        key: which index it belongs to. at: decides the period. subject: key in the trail. place: where, as known then.
        body: whose. matter: code, "" when none. hit: in the numerator. out: reason why it is outside the denominator.
        until: not to be counted before this moment has passed (a limit that still runs). size: for entries about many.
    """

    key: str
    at: datetime
    subject: str
    place: str
    body: str
    matter: str
    hit: bool = False
    out: str = ""
    until: datetime | None = None
    size: int = 1


class Facts(msgspec.Struct):
    """The facts of an entry that indices rest on; whatever else an entry holds is skipped unread."""

    step: str = ""
    to: str | None = ""
    body: str = ""
    matter: str | None = ""
    due: str | msgspec.UnsetType | None = msgspec.UNSET
    contact_due: str | msgspec.UnsetType | None = msgspec.UNSET
    reached: bool = False
    solved: bool | None = None
    rating: int | None = None
    granted: bool = False
    code: str = ""
    kind: str = ""
    rows: int = 0


@dataclass(slots=True)
class Round:
    """One body's time with one appeal (办理轮次): from the hand-over until it answers or loses it."""

    started: datetime
    body: str
    place: str
    matter: str
    due: str | msgspec.UnsetType | None
    contact_due: str | msgspec.UnsetType | None
    handed: bool  # a hand-over, not the same body's second try
    contacted: datetime | None = None
    paused: datetime | None = None
    answered: datetime | None = None


Line = tuple[datetime, str, str, str, str, Facts]
"""When, verb, subject, place, body of the actor, facts."""

HANDED = ("dispatch", "transfer", "escalate", "uphold")


@dataclass
class Fold:
    """Walks a chain and gathers items."""

    items: list[Item] = field(default_factory=list)
    rounds: dict[str, Round] = field(default_factory=dict)
    objections: dict[str, Item] = field(default_factory=dict)
    closed: dict[str, tuple[str, str]] = field(default_factory=dict)

    def take(self, line: Line) -> None:
        """One entry, in the order of the chain."""
        step = STEPS.get(line[1])
        if step is not None:
            step(self, line)

    def finish(self) -> list[Item]:
        """Close the books: rounds and objections that are still open count as such."""
        for subject, one in self.rounds.items():
            if one.answered is None:
                self._end(subject, one, None, answered=False)
        self.items += [item._replace(out="undecided") for item in self.objections.values()]
        return self.items

    def _begin(self, line: Line, matter: str) -> None:
        at, _, subject, place, _, facts = line
        handed = facts.step in HANDED
        self.rounds[subject] = Round(at, facts.to or "", place, matter, facts.due, facts.contact_due, handed)

    def _end(self, subject: str, one: Round, at: datetime | None, *, answered: bool) -> None:
        """Write down the two limits of a round that ended, or that is open at the end of the chain (at: None)."""
        due, why = _moment(one.due)
        item = Item("on_time", due or one.started, subject, one.place, one.body, one.matter, out=why)
        if due is not None:
            stopped = one.paused or at  # a paused clock stands still: what was in time then is in time
            if answered and stopped is not None:
                item = item._replace(hit=stopped <= due, until=due)
            elif stopped is None:
                item = item._replace(until=due)
            elif stopped > due:
                item = item._replace(until=due)  # lost or paused too late: late it was
            else:
                item = item._replace(out="moved" if at is not None else "paused")
        self.items.append(item)
        if not one.handed:
            return
        limit, why = _moment(one.contact_due)
        item = Item("contacted", one.started, subject, one.place, one.body, one.matter, out=why)
        if limit is not None:
            spoke = one.contacted
            if spoke is not None or at is None or at > limit:
                item = item._replace(hit=spoke is not None and spoke <= limit, until=limit)
            else:
                item = item._replace(out="moved")
        self.items.append(item)

    def _holding(self, subject: str) -> Round | None:
        one = self.rounds.get(subject)
        return one if one is not None and one.answered is None else None

    def _lose(self, subject: str, at: datetime) -> Round | None:
        one = self._holding(subject)
        if one is not None:
            self._end(subject, one, at, answered=False)
            del self.rounds[subject]
        return one

    def hand_over(self, line: Line) -> None:
        """分派、改派、上报."""
        self._lose(line[2], line[0])
        self._begin(line, line[5].matter or "")

    def object(self, line: Line) -> None:
        """提出异议：办理暂停."""
        at, _, subject, place, body, facts = line
        one = self._holding(subject)
        self.objections[subject] = Item("upheld", at, subject, place, body, one.matter if one else "")
        if one is not None:
            one.due = facts.due
            one.paused = one.paused or at

    def rule(self, line: Line) -> None:
        """裁定异议：成立则改派，不成立则继续."""
        _, _, subject, _, _, facts = line
        item = self.objections.pop(subject, None)
        uphold = facts.step == "uphold"
        if item is not None:
            self.items.append(item._replace(hit=uphold))
        if uphold:
            self.hand_over(line)
        else:
            self._go_on(subject, facts)

    def _go_on(self, subject: str, facts: Facts) -> None:
        one = self._holding(subject)
        if one is not None and facts.due is not msgspec.UNSET:
            one.paused, one.due = None, facts.due

    def contact(self, line: Line) -> None:
        """联系居民."""
        one = self._holding(line[2])
        if one is not None and one.contacted is None:
            one.contacted = line[0]

    def ask(self, line: Line) -> None:
        """请居民补充：联系过居民，办理暂停."""
        self.contact(line)
        one = self._holding(line[2])
        if one is not None:
            one.paused = one.paused or line[0]

    def resume(self, line: Line) -> None:
        """居民补充：办理继续."""
        self._go_on(line[2], line[5])

    def extend(self, line: Line) -> None:
        """批准延期."""
        one = self._holding(line[2])
        if one is not None and line[5].granted and line[5].due is not msgspec.UNSET:
            one.due = line[5].due or None

    def answer(self, line: Line) -> None:
        """答复居民."""
        at, _, subject, _, _, facts = line
        one = self._holding(subject)
        if one is None:
            return
        self.contact(line)
        if facts.due is not msgspec.UNSET:
            one.due = facts.due
        self._end(subject, one, at, answered=True)
        one.answered = at

    def call(self, line: Line) -> None:
        """回访，或居民自己评价."""
        at, _, subject, place, _, facts = line
        one = self.rounds.get(subject)
        body, matter = (one.body, one.matter) if one else ("", "")
        out = "" if facts.reached else "unreached"
        self.items.append(Item("solved", at, subject, place, body, matter, hit=bool(facts.solved), out=out))
        out = out or ("unrated" if facts.rating is None else "")
        hit = (facts.rating or 0) >= SATISFIED
        self.items.append(Item("satisfied", at, subject, place, body, matter, hit=hit, out=out))

    def close(self, line: Line) -> None:
        """办结."""
        at, _, subject, place, _, facts = line
        one = self.rounds.pop(subject, None)
        body, matter = (one.body, one.matter) if one else ("", "")
        self.closed[subject] = (body, matter)
        self.items.append(Item("sent_back", at, subject, place, body, matter))
        if facts.step == "give_up":
            for index in ("solved", "satisfied"):
                self.items.append(Item(index, at, subject, place, body, matter, out="given_up"))

    def redo(self, line: Line) -> None:
        """回访没有解决，重新办理；依据已失效的，先退回分派."""
        at, _, subject, place, _, facts = line
        one = self.rounds.pop(subject, None)
        body, matter = (one.body, one.matter) if one else ("", "")
        self.items.append(Item("sent_back", at, subject, place, body, matter, hit=True))
        if facts.to:
            self._begin(line, matter)

    def reopen(self, line: Line) -> None:
        """居民在办结后要求重新办理."""
        at, _, subject, place, _, _ = line
        body, matter = self.closed.get(subject, ("", ""))
        self.items.append(Item("sent_back", at, subject, place, body, matter, out="reopened"))

    def lose(self, line: Line) -> None:
        """退回分派、撤回."""
        at, _, subject, _, _, _ = line
        self._lose(subject, at)
        item = self.objections.pop(subject, None)
        if item is not None:
            self.items.append(item._replace(out="withdrawn"))

    def refuse(self, line: Line) -> None:
        """清单外拦截."""
        at, _, subject, place, body, facts = line
        if facts.code == "off_list":
            self.items.append(Item("refused", at, subject, place, body, facts.matter or "", hit=True))

    def bring_in(self, line: Line) -> None:
        """导入的历史记录：没有在本平台办理过."""
        at, _, subject, place, body, facts = line
        if facts.kind == "history":
            for index in ("contacted", "solved", "satisfied", "on_time", "sent_back"):
                self.items.append(Item(index, at, subject, place, body, "", out="history", size=facts.rows))


STEPS: dict[str, Callable[[Fold, Line], None]] = {
    "appeals.dispatched": Fold.hand_over,
    "appeals.escalated": Fold.hand_over,
    "appeals.objected": Fold.object,
    "appeals.objection_ruled": Fold.rule,
    "appeals.contacted": Fold.contact,
    "appeals.resident_asked": Fold.ask,
    "appeals.information_added": Fold.resume,
    "appeals.extension_decided": Fold.extend,
    "appeals.answered": Fold.answer,
    "appeals.called_back": Fold.call,
    "appeals.rated": Fold.call,
    "appeals.closed": Fold.close,
    "appeals.redone": Fold.redo,
    "appeals.reopened": Fold.reopen,
    "appeals.recalled": Fold.lose,
    "appeals.withdrawn": Fold.lose,
    "appeals.import_completed": Fold.bring_in,
    "mandates.refused": Fold.refuse,
}
"""Trail verb → what it means for the indices; no other verb matters to them."""


def _moment(value: str | msgspec.UnsetType | None) -> tuple[datetime | None, str]:
    """A limit as the trail has it: its moment, or why there is none."""
    if value is msgspec.UNSET:
        return None, "unrecorded"
    return (datetime.fromisoformat(value), "") if value else (None, "unset")


_facts = msgspec.json.Decoder(Facts, strict=False).decode


def read_lines(mark: Mark) -> Iterable[Line]:
    """The entries that matter, in the order of the chain."""
    raw = [Cast(name, TextField()) for name in ("at", "facts")]
    rows = (
        Entry.objects.filter(unit=mark.unit, seq__lte=mark.seq, verb__in=STEPS)
        .order_by("seq")
        .values_list("verb", "subject", "place", "body", *raw)
    )
    for verb, subject, place, body, when, facts in rows.iterator(chunk_size=5000):
        at = datetime.fromisoformat(when)
        yield at if at.tzinfo else at.replace(tzinfo=UTC), verb, subject, place, body, _facts(facts)


def fold(lines: Iterable[Line]) -> list[Item]:
    """All items of a chain (还原)."""
    books = Fold()
    for line in lines:
        books.take(line)
    return books.finish()


_KEPT: OrderedDict[tuple[str, int, str], list[Item]] = OrderedDict()
_MOST = 8
_lock = Lock()


def items_at(mark: Mark) -> list[Item]:
    """The items of a county's chain up to a mark; kept for the next reader.

    The hash of the last entry is part of the key, and it stands for every entry before it: a kept list cannot be stale.
    """
    key = (mark.unit, mark.seq, mark.hash)
    with _lock:
        if key in _KEPT:
            _KEPT.move_to_end(key)
            return _KEPT[key]
    found = fold(read_lines(mark))
    with _lock:
        _KEPT[key] = found
        while len(_KEPT) > _MOST:
            _KEPT.popitem(last=False)
    return found


def mark_at(unit: str, moment: datetime | None = None) -> Mark:
    """Up to where a county's chain had been written at a moment; None: now.

    It is the stretch before the first entry written later. What is written afterwards comes behind that entry, whatever
    time it bears, so that the stretch never grows again.
    """
    now = timezone.now()
    if moment is None or moment >= now:
        head = ChainHead.objects.filter(unit=unit).values_list("seq", "hash").first()
        seq, digest = head or (0, GENESIS)
        return Mark(unit, seq, digest, now)
    entries = Entry.objects.filter(unit=unit)
    later = entries.filter(at__gt=moment).order_by("seq").values_list("seq", flat=True).first()
    before = entries.filter(seq__lt=later) if later is not None else entries
    seq, digest = before.order_by("-seq").values_list("seq", "hash").first() or (0, GENESIS)
    return Mark(unit, seq, digest, moment)

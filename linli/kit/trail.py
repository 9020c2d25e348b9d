"""The trail (留痕): an append-only, hash-chained record of who did what, on which basis.

One chain per unit (a county, or the province). Entries hold codes, never foreign keys, and refer to personal data
instead of copying it, so that erasing a person keeps the chain valid.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

import msgspec
from django.conf import settings
from django.db import connection, models, transaction
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.module_loading import import_string

from linli.kit import rows
from linli.kit.privacy import label

GENESIS = "0" * 64


class Actor(Protocol):
    """Who acts: a person in a post, a resident, or the system itself."""

    @property
    def code(self) -> str: ...
    @property
    def body_code(self) -> str: ...
    @property
    def label(self) -> str: ...
    def may(self, power: str, at: object) -> bool: ...


class Subject(Protocol):
    """What is acted upon: it knows its key in the trail and the place it lies in."""

    @property
    def trail_key(self) -> str: ...
    @property
    def place_code(self) -> str: ...


class ChainHead(models.Model):
    """Last link of a unit's chain (链头)."""

    unit = models.CharField("单元", max_length=12, primary_key=True)
    seq = models.BigIntegerField("序号", default=0)
    hash = models.CharField("哈希", max_length=64, default=GENESIS)

    LABELS = label(L2="unit seq hash")


class Entry(models.Model):
    """One line of the trail (留痕记录)."""

    unit = models.CharField("单元", max_length=12)
    seq = models.BigIntegerField("序号")
    at = models.DateTimeField("时间")
    actor = models.CharField("行为人", max_length=64)
    actor_label = models.CharField("行为人称谓", max_length=80)
    body = models.CharField("单位", max_length=40, blank=True, db_index=True)
    verb = models.CharField("动作", max_length=60)
    subject = models.CharField("对象", max_length=80, db_index=True)
    place = models.CharField("区划", max_length=40)
    changes = models.JSONField("变化", default=dict)
    facts = models.JSONField("事实", default=dict)
    basis = models.JSONField("依据", default=list)
    note = models.TextField("说明", blank=True)
    prev_hash = models.CharField("上一哈希", max_length=64)
    hash = models.CharField("哈希", max_length=64)

    LABELS = label(
        L2="id unit seq at actor actor_label body verb subject place changes facts basis note prev_hash hash"
    )

    class Meta:
        constraints = (models.UniqueConstraint(fields=["unit", "seq"], name="trail_one_seq_per_unit"),)
        indexes = (models.Index(fields=["verb", "body"], name="trail_verb_body"),)
        ordering = ("id",)

    def digest(self) -> str:
        """Hash over every field but the hash itself, in one canonical JSON form."""
        texts = [getattr(self, name) for name in TEXTS]
        return _digest(self.seq, self.at.astimezone(UTC), texts, [self.changes, self.facts, self.basis])


TEXTS = ("unit", "actor", "actor_label", "body", "verb", "subject", "place", "note", "prev_hash")
_encode = msgspec.json.Encoder(order="deterministic").encode
_decode = msgspec.json.Decoder().decode


def _digest(seq: int, at: datetime, texts: list[str], values: list[Any]) -> str:
    return hashlib.sha256(_encode((seq, at.isoformat(timespec="microseconds"), texts, values))).hexdigest()


@dataclass
class Draft:
    """A line waiting for its action to succeed."""

    by: Actor
    verb: str
    subject: str
    place: str
    changes: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    basis: tuple[str, ...] | None = None
    note: str = ""
    at: datetime | None = None


buffer: ContextVar[list[Draft] | None] = ContextVar("linli_trail_buffer", default=None)


def record(
    verb: str,
    subject: Subject,
    *,
    by: Actor,
    changes: dict[str, Any] | None = None,
    facts: dict[str, Any] | None = None,
    basis: tuple[str, ...] | None = None,
    note: str = "",
) -> None:
    """Note one line for the running action; it is written, chained, when the action succeeds.

    Args:
        verb: `area.past_tense`.
        subject: what was acted upon.
        by: who acts.
        changes: `{field: [old, new]}` with codes, no personal data.
        facts: what the decision rested on.
        basis: legal ids; None takes the articles that the place's pack gives for the verb.
        note: the reason, as given by the actor.

    Raises:
        RuntimeError: called outside an action.
    """
    drafts = buffer.get()
    if drafts is None:
        raise RuntimeError("trail.record() outside an action")
    drafts.append(
        Draft(by, verb, subject.trail_key, subject.place_code, changes or {}, facts or {}, basis, note, timezone.now())
    )


def unit_of(place: str) -> str:
    """The unit whose chain a place belongs to: its county, or what stands above."""
    return place[:6] or "root"


def basis_for(verb: str, place: str) -> tuple[str, ...]:
    """Articles of the verb in the pack of the place; the resolver is named in settings, for kit knows no law."""
    resolver = import_string(settings.LINLI_BASIS)
    found: tuple[str, ...] = resolver(verb, place)
    return found


def write(drafts: list[Draft]) -> list[Entry]:
    """Chain and store drafts. Heads are taken in code order, so two actions never wait for each other in a ring."""
    if not drafts:
        return []
    entries = [
        Entry(
            unit=unit_of(draft.place),
            at=draft.at or timezone.now(),
            actor=draft.by.code,
            actor_label=draft.by.label,
            body=draft.by.body_code,
            verb=draft.verb,
            subject=draft.subject,
            place=draft.place,
            changes=draft.changes,
            facts=draft.facts,
            basis=list(basis_for(draft.verb, draft.place) if draft.basis is None else draft.basis),
            note=draft.note,
        )
        for draft in drafts
    ]
    with transaction.atomic(savepoint=False):  # an action that fails here fails as a whole
        for unit in sorted({entry.unit for entry in entries}):
            _link(unit, [entry for entry in entries if entry.unit == unit])
        rows.insert(entries)
    return entries


_tips: dict[str, tuple[int, str]] = {}
"""The head of each chain as this process moved it last: a guess, which the database confirms or not."""


def _link(unit: str, entries: list[Entry]) -> None:
    """Hang new entries on a unit's chain, whose head is locked from here until the transaction ends.

    Mostly nobody else wrote since this process did. So the head is moved from where it was then; only when it is not there
    any more, because of another process or because what moved it was rolled back, is it read first.
    """
    tip = _tips.get(unit)
    if tip is None or not _moved(unit, tip, _chained(entries, tip)):
        tip = _locked(unit)
        _moved(unit, tip, _chained(entries, tip))
    _tips[unit] = entries[-1].seq, entries[-1].hash


def _chained(entries: list[Entry], tip: tuple[int, str]) -> tuple[int, str]:
    """Give entries their numbers and hashes after the chain's tip; return the new one."""
    for entry in entries:
        entry.seq, entry.prev_hash = tip[0] + 1, tip[1]
        entry.hash = entry.digest()
        tip = entry.seq, entry.hash
    return tip


def _moved(unit: str, old: tuple[int, str], new: tuple[int, str]) -> bool:
    """Move a head if it is where it is thought to be; by hand, as its look-up, for every action does it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE kit_chainhead SET seq = %s, hash = %s WHERE unit = %s AND seq = %s AND hash = %s",
            (*new, unit, *old),
        )
        return bool(cursor.rowcount == 1)


def _locked(unit: str) -> tuple[int, str]:
    """The head, locked until the transaction ends; a unit's first one is made, and who else makes it now is waited for."""
    lock = connection.ops.for_update_sql() if connection.features.has_select_for_update else ""
    heads = f"SELECT seq, hash FROM kit_chainhead WHERE unit = %s {lock}"
    with connection.cursor() as cursor:
        cursor.execute(heads, (unit,))
        found: tuple[int, str] | None = cursor.fetchone()
        if found is None:
            ChainHead.objects.get_or_create(unit=unit)
            cursor.execute(heads, (unit,))
            found = cursor.fetchone()
    assert found is not None  # heads are never deleted
    return found[0], found[1]


def history(subject: Subject) -> models.QuerySet[Entry]:
    """All lines about one subject, oldest first."""
    return Entry.objects.filter(subject=subject.trail_key).order_by("id")


@dataclass(frozen=True)
class Fault:
    """A place where a chain does not hold."""

    unit: str
    seq: int
    message: str


def verify(marks: Mapping[tuple[str, int], str] | None = None) -> Iterator[Fault]:
    """Walk every chain and yield each fault: edits, gaps, wrong links, a tail that was cut or grown.

    Args:
        marks: hashes by (unit, seq) that were kept outside the database (see `linli.kit.anchor`); with them a chain that
            was computed anew as a whole, or cut together with its head, is found too.
    """
    marks = dict(marks or {})
    heads = {head.unit: head for head in ChainHead.objects.all()}
    last: dict[str, tuple[int, str]] = {}
    # Rows instead of objects, and JSON columns as text for a faster parser: a large trail takes seconds, not minutes.
    raw = [Cast(name, models.TextField()) for name in ("at", "changes", "facts", "basis")]
    lines = Entry.objects.order_by("unit", "seq", "id").values_list("seq", "hash", *TEXTS, *raw)
    for number, own_hash, *texts, when, changes, facts, basis in lines.iterator(chunk_size=5000):
        unit, prev_hash = texts[0], texts[-1]
        seq, prev = last.get(unit, (0, GENESIS))
        if number != seq + 1:
            yield Fault(unit, number, f"序号不连续：应为 {seq + 1}")
        if prev_hash != prev:
            yield Fault(unit, number, "与上一条的链接不符")
        if not _holds(own_hash, number, when, texts, (changes, facts, basis)):
            yield Fault(unit, number, "内容被改动")
        if marks and own_hash != marks.pop((unit, number), own_hash):
            yield Fault(unit, number, "与库外锚点不符：这条以前的记录被整体重写")
        last[unit] = (number, own_hash)
    for unit, number in sorted(marks):
        yield Fault(unit, number, "库外锚点所指的记录已不存在：结尾或整条链被删")
    for unit in sorted(heads.keys() | last.keys()):
        head = heads.get(unit)
        seq, tip = last.get(unit, (0, GENESIS))
        if head is None:
            yield Fault(unit, seq, "链头缺失")
        elif (head.seq, head.hash) != (seq, tip):
            yield Fault(unit, seq, f"链头为第 {head.seq} 条，实有 {seq} 条：结尾被删或被添")


def _holds(own_hash: str, seq: int, when: str, texts: list[str], values: tuple[str, str, str]) -> bool:
    """Whether a stored row still has the hash it was given; text that cannot even be read was edited."""
    try:
        at = datetime.fromisoformat(when)
        read = [_decode(value) for value in values]
    except ValueError:
        return False
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return _digest(seq, at, texts, read) == own_hash

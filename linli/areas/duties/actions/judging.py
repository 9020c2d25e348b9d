"""Judging by night (每日评判): what changed since the last time is stored, nothing else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from django.db import connection
from django.utils import timezone

from linli.areas.duties.models import Judging, Standing
from linli.areas.duties.queries.judging import Findings, Judged, judged_in
from linli.areas.duties.queries.stored import stored_of
from linli.commons.actor import SYSTEM, Actor
from linli.commons.models import Place
from linli.kit import trail
from linli.kit.action import action
from linli.kit.errors import BadInput, WrongState

BATCH = 500
"""Changes in one transaction: some 50 ms on SQLite, so that nobody waits for the nightly run."""
COUNTIES = 10
"""Counties in one turn of the nightly run: about a second, for cards and notices wait behind it in the same thread."""

COLUMNS = ("place_id", "duty", "since", "pack", "verdict", "why", "need", "have", "gap", "items", "due")


@dataclass
class Changes:
    """What becomes other than it was (变化). `new` are rows as COLUMNS names them."""

    closed: list[int] = field(default_factory=list)
    opened_again: list[int] = field(default_factory=list)
    dropped: list[int] = field(default_factory=list)
    new: list[tuple[Any, ...]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.closed) + len(self.opened_again) + len(self.dropped) + len(self.new)


def judge_county(place: Place, as_of: date, *, by: Actor = SYSTEM) -> Judging:
    """Judge every rule at every place of a county on a day, and store what changed (评判一个县).

    A second run on the same day takes the first one's place. Each batch is true by itself: after a break the next run stores
    what is left.

    Raises:
        BadInput: no county, or a day to come. WrongState: a later day was judged already.
    """
    if place.level != Place.Level.COUNTY:
        raise BadInput("评判按县（市、区）进行。", code="no_county")
    if as_of > timezone.localdate():
        raise BadInput("评判日期不能晚于今天。", code="day_to_come")
    last = Judging.objects.filter(place=place).first()
    if last is not None and last.as_of > as_of:
        raise WrongState(f"已经评判到 {last.as_of}，不能再评判更早的日子。", code="judged_later")
    [judged] = judged_in([place], as_of)
    return _store(judged, last, by)


def _store(judged: Judged, last: Judging | None, by: Actor) -> Judging:
    """Store what changed since the last judging, in batches, with the last of them the record of this one."""
    snap, found = judged.snap, judged.findings
    print_of = found.sha256()
    same = last is not None and last.found_sha256 == print_of and last.pack == snap.pack.id
    batches = [Changes()] if same else _batches(snap.place, snap.on, found, snap.pack.id)
    made = Judging(
        place=snap.place,
        pack=snap.pack.id,
        as_of=snap.on,
        pack_sha256=snap.pack.sha256,
        facts_sha256=judged.facts_sha256,
        found_sha256=print_of,
        judged=len(found),
        changed=sum(map(len, batches)),
        counts=found.counts(),
    )
    for batch in batches[:-1]:
        store_changes(by=by, place=snap.place, as_of=snap.on, changes=batch)
    return store_changes(by=by, place=snap.place, as_of=snap.on, changes=batches[-1], judging=made) or made


def _batches(place: Place, as_of: date, found: Findings, pack: str) -> Sequence[Changes]:
    """Changes against what held before the day; the last batch may be empty."""
    held = stored_of(place, as_of, found)
    now = np.full(held.cells, -1)
    now[found.place * held.wide + found.duty] = np.arange(len(found))
    before, today = held.rows(~held.fresh), held.rows(held.fresh)
    stays = held.same(found, now, before)
    stored = held.same(found, now, today) & ~stays
    right = np.where(stays, held.holds[before], (now < 0) & ~held.holds[before])  # what stood before the day
    batches = [Changes()]
    for cell in np.flatnonzero(~stored & ~(right & (today < 0))).tolist():
        if len(batches[-1]) >= BATCH:
            batches.append(Changes())
        changes, old = batches[-1], before[cell]
        if today[cell] >= 0:
            changes.dropped.append(int(held.pk[today[cell]]))
        if stays[cell]:
            changes.opened_again += [int(held.pk[old])] if not held.holds[old] else []
            continue
        if old >= 0 and held.holds[old]:
            changes.closed.append(int(held.pk[old]))
        if now[cell] >= 0:
            key, one = found.row(now[cell])
            items = json.dumps(one.items, ensure_ascii=False) if one.items else "[]"
            changes.new.append((*key, as_of, pack, *one[:5], items, one.due))
    return batches


@action("duties.judge", at="place")
def store_changes(
    *, by: Actor, place: Place, as_of: date, changes: Changes, judging: Judging | None = None
) -> Judging | None:
    """Store a batch of what changed (保存评判变化), with the last one the record of the judging itself."""
    Standing.objects.filter(pk__in=changes.dropped).delete()
    Standing.objects.filter(pk__in=changes.closed, until=None).update(until=as_of)
    Standing.objects.filter(pk__in=changes.opened_again, until=as_of).update(until=None)
    _insert(changes.new)
    facts = {"as_of": as_of.isoformat(), "changed": len(changes)}
    if judging is not None:
        judging.save()
        facts |= {"judged": judging.judged, "pack_sha256": judging.pack_sha256, "facts_sha256": judging.facts_sha256}
    trail.record("duties.judged", place, by=by, facts=facts)
    return judging


def _insert(rows: Sequence[tuple[Any, ...]]) -> None:
    """By hand: a million rows on the first night of a province, of which Django would make a million objects."""
    into = f"{Standing._meta.db_table} ({', '.join(COLUMNS)})"  # names of ours
    with connection.cursor() as cursor:
        if rows and connection.vendor == "postgresql":  # a third of the time that it takes row by row
            with cursor.copy(f"COPY {into} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        elif rows:
            cursor.executemany(f"INSERT INTO {into} VALUES ({', '.join(['%s'] * len(COLUMNS))})", rows)


def judge_due() -> int:
    """Tick: the next counties that were not judged today, a few at a time; a county without any place below it too. Idempotent."""
    today = timezone.localdate()
    done = Judging.objects.filter(as_of__gte=today).values("place_id")
    due = Place.objects.filter(level=Place.Level.COUNTY).exclude(code__in=done).order_by("code")
    judged = judged_in(due[:COUNTIES], today)
    for one in judged:
        _store(one, Judging.objects.filter(place=one.snap.place).first(), SYSTEM)
    return len(judged)

"""Judging by night (每日评判): what changed since the last time is stored, nothing else."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from linli.areas.duties.models import Judging, Standing
from linli.areas.duties.queries.judging import Found, Key, facts_sha256, found_in, found_sha256
from linli.areas.duties.queries.snapshot import snapshot_of
from linli.commons.actor import SYSTEM, Actor
from linli.commons.models import Place
from linli.kit import trail
from linli.kit.action import action
from linli.kit.errors import BadInput, WrongState
from linli.kit.scope import under

BATCH = 500
"""Changes in one transaction: some 50 ms on SQLite, so that nobody waits for the nightly run."""


NUMBERS = ("verdict", "why", "need", "have", "gap")
COLUMNS = ("place_id", "duty", "since", "pack", *NUMBERS, "items", "due")


class Held(NamedTuple):
    """A stored row as it is compared."""

    pk: int
    until: date | None
    found: Found


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
    snap = snapshot_of(place, as_of)
    found = found_in(snap)
    print_of = found_sha256(found)
    same = last is not None and last.found_sha256 == print_of and last.pack == snap.pack.id
    batches = [Changes()] if same else _batches(place, as_of, found, snap.pack.id)
    made = Judging(
        place=place,
        pack=snap.pack.id,
        as_of=as_of,
        pack_sha256=snap.pack.sha256,
        facts_sha256=facts_sha256(snap),
        found_sha256=print_of,
        judged=len(found),
        changed=sum(map(len, batches)),
        counts=dict(Counter(one.verdict for one in found.values())),
    )
    for batch in batches[:-1]:
        store_changes(by=by, place=place, as_of=as_of, changes=batch)
    return store_changes(by=by, place=place, as_of=as_of, changes=batches[-1], judging=made) or made


def _batches(place: Place, as_of: date, found: dict[Key, Found], pack: str) -> Sequence[Changes]:
    """Changes against what held before the day; the last batch may be empty."""
    rows = Standing.objects.filter(Q(until=None) | Q(until__gte=as_of), under("place_id", place.code))
    before: dict[Key, Held] = {}
    today: dict[Key, Held] = {}
    names = ("pk", "since", "until", "place_id", "duty", *NUMBERS, "items", "due")
    for pk, since, until, where, duty, verdict, why, need, have, gap, items, due in rows.values_list(*names):
        held = Held(pk, until, Found(verdict, why, need, have, gap, tuple(items), due))
        (today if since == as_of else before)[where, duty] = held
    batches = [Changes()]
    for key in sorted({*found, *before, *today}):
        if len(batches[-1]) >= BATCH:
            batches.append(Changes())
        _compare(batches[-1], key, found.get(key), before.get(key), today.get(key), (as_of, pack))
    return batches


def _compare(
    changes: Changes, key: Key, now: Found | None, held: Held | None, today: Held | None, on: tuple[date, str]
) -> None:
    same = held is not None and now == held.found
    if today is not None and not same and now == today.found:
        return
    if today is not None:
        changes.dropped.append(today.pk)
    if held is not None and same and held.until is not None:
        changes.opened_again.append(held.pk)
    if held is not None and not same and held.until is None:
        changes.closed.append(held.pk)
    if now is not None and not same:
        items = json.dumps(now.items, ensure_ascii=False)
        changes.new.append((*key, *on, *now[:5], items, now.due))


@action("duties.judge", at="place")
def store_changes(
    *, by: Actor, place: Place, as_of: date, changes: Changes, judging: Judging | None = None
) -> Judging | None:
    """Store a batch of what changed (保存评判变化), with the last one the record of the judging itself."""
    Standing.objects.filter(pk__in=changes.dropped).delete()
    Standing.objects.filter(pk__in=changes.closed, until=None).update(until=as_of)
    Standing.objects.filter(pk__in=changes.opened_again, until=as_of).update(until=None)
    if changes.new:
        # By hand: a million rows on the first night of a province, of which Django would make a million objects.
        marks = ", ".join(["%s"] * len(COLUMNS))
        with connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {Standing._meta.db_table} ({', '.join(COLUMNS)}) VALUES ({marks})",  # names of ours
                changes.new,
            )
    facts = {"as_of": as_of.isoformat(), "changed": len(changes)}
    if judging is not None:
        judging.save()
        facts |= {"judged": judging.judged, "pack_sha256": judging.pack_sha256, "facts_sha256": judging.facts_sha256}
    trail.record("duties.judged", place, by=by, facts=facts)
    return judging


def judge_due() -> int:
    """Tick: every county that was not judged today; counties without any place below are left out. Idempotent."""
    today = timezone.localdate()
    done = Judging.objects.filter(as_of=today).values("place_id")
    count = 0
    for county in Place.objects.filter(level=Place.Level.COUNTY).exclude(code__in=done).order_by("code"):
        judge_county(county, today)
        count += 1
    return count

"""What rules count with in whole counties at once, as columns (成列事实): a row for each place, read without an object for each fact.

A province holds more than a million facts; the register's own rows (`commons/facts.py`) cost ten times as much to read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import connection

from linli.areas.duties.queries.snapshot import LEVELS, LISTED, Snapshot
from linli.commons.models import Fact, Place
from linli.kit.scope import span
from linli.law.frame import Coded
from linli.law.types import Duty, Pack

Column = list[Any]

# As `commons.facts.latest` finds them: of each place and measure the latest day, and of that what was entered last.
_LATEST = f"""
    SELECT place_id, measure, CAST(number AS DOUBLE PRECISION), CAST(items AS TEXT) FROM (
        SELECT place_id, measure, number, items, ROW_NUMBER() OVER (
            PARTITION BY place_id, measure ORDER BY as_of DESC, entered_at DESC, id DESC) AS turn
        FROM {Fact._meta.db_table} WHERE place_id >= %s AND place_id < %s AND as_of <= %s) AS held
    WHERE turn = 1"""


@dataclass(frozen=True)
class Ground:
    """The places of one level in several counties, county by county, and what is known of them.

    Args: spans, county → its rows. columns, by name, all that the duties of this level count with; entered, those of them that
    stand in the register of facts.
    """

    duties: tuple[Duty, ...]
    codes: list[str]
    spans: Mapping[str, slice]
    columns: Mapping[str, Coded | npt.NDArray[np.float64]]
    entered: tuple[str, ...]


def grounds_of(snaps: Sequence[Snapshot]) -> dict[str, Ground]:
    """What the rules of each level count with, in counties that share a pack and its numbers; one query for a county's facts."""
    pack = snaps[0].pack
    duties = {level: tuple(d for d in pack.duties if d.rule is not None and d.subject == level) for level in LEVELS}
    places = {level: [[p for p in snap.places if p.level == level] for snap in snaps] for level in LEVELS}
    facts: dict[str, dict[str, Column]] = {}
    rows: dict[str, tuple[dict[str, Column], int]] = {}
    for level in LEVELS:
        codes = [place.code for mine in places[level] for place in mine]
        facts[level] = {name: [None] * len(codes) for name in _entered(snaps[0], duties[level])}
        rows |= {code: (facts[level], row) for row, code in enumerate(codes)}
    for snap in snaps:
        _read(pack, snap.place.code, snap.on, rows)
    return {level: _ground(snaps, duties[level], places[level], facts[level]) for level in LEVELS}


def _entered(snap: Snapshot, duties: Iterable[Duty]) -> list[str]:
    """Measures that rules ask for."""
    return sorted({name for duty in duties for name in snap.words[duty.id]} & set(snap.pack.all_measures()))


def _read(pack: Pack, county: str, on: date, rows: Mapping[str, tuple[dict[str, Column], int]]) -> None:
    """Put what is known of a county on a day into the columns. A value of another shape than its measure's is none."""
    listed = {name for name, measure in pack.all_measures().items() if measure.kind in ("set", "dates")}
    with connection.cursor() as cursor:
        cursor.execute(_LATEST, [*span(county), on])
        for code, name, number, items in cursor.fetchall():
            columns, row = rows.get(code, _NOWHERE)
            if name in columns:
                columns[name][row] = items if name in listed else number


_NOWHERE: tuple[dict[str, Column], int] = ({}, 0)


def _ground(
    snaps: Sequence[Snapshot], duties: tuple[Duty, ...], places: list[list[Place]], facts: dict[str, Column]
) -> Ground:
    spans, begin = {}, 0
    for snap, mine in zip(snaps, places, strict=True):
        spans[snap.place.code] = slice(begin, begin + len(mine))
        begin += len(mine)
    measures = snaps[0].pack.all_measures()
    columns: dict[str, Any] = {name: _column(measures[name].kind, told) for name, told in facts.items()}
    columns["kind"] = _coded([place.kind or None for mine in places for place in mine])
    shapes = {duty.rule.shape for duty in duties if duty.rule is not None}
    if shapes.intersection(LISTED):
        columns |= _shared([snap.lists_at(p.code) for snap, mine in zip(snaps, places, strict=True) for p in mine])
    if "nothing_outside" in shapes:
        columns |= _shared([snap.events_at(p.code) for snap, mine in zip(snaps, places, strict=True) for p in mine])
    codes = [place.code for mine in places for place in mine]
    return Ground(duties, codes, spans, columns, tuple(facts))


def _column(kind: str, told: Column) -> Coded | npt.NDArray[np.float64]:
    if kind == "number":
        return np.array(told, np.float64)
    found = _coded(told)
    read = bool if kind == "flag" else json.loads
    return Coded([None if one is None else read(one) for one in found.values], found.codes)


def _coded(told: Column) -> Coded:
    seen: dict[Any, int] = {}
    codes = np.fromiter((seen.setdefault(one, len(seen)) for one in told), np.int64, len(told))
    return Coded(list(seen), codes)


def _shared(rows: Sequence[Mapping[str, Any]]) -> dict[str, Coded]:
    """Columns of rows, of which many are the very same object."""
    each = {id(row): row for row in rows}
    codes = _coded([id(row) for row in rows]).codes
    names = next(iter(each.values()), {})
    return {name: Coded([row[name] for row in each.values()], codes) for name in names}


def facts_sha256(snap: Snapshot, grounds: Mapping[str, Ground]) -> str:
    """Fingerprint of all that the rules count with in a county on a day (事实指纹): what is entered, lists, what the gate refused,
    the day of force and the numbers that the county set itself."""
    known: dict[str, Any] = {
        "kinds": {place.code: place.kind for place in snap.places},
        "lists": sorted([row.kind, row.place_id, row.version, row.published_on] for row in snap.lists),
        "refused": sorted([one.sender, one.place, one.item, *one.events] for one in snap.refused),
        "start": snap.start,
        "own": sorted([one.param, one.amount, one.unit] for one in snap.own.values()),
    }
    known["facts"] = {
        level: {name: _told(ground.columns[name], ground.spans[snap.place.code]) for name in ground.entered}
        for level, ground in grounds.items()
    }
    return hashlib.sha256(json.dumps(known, sort_keys=True, default=str, ensure_ascii=False).encode()).hexdigest()


def _told(column: Coded | npt.NDArray[np.float64], here: slice) -> Column:
    return [column.values[at] for at in column.codes[here]] if isinstance(column, Coded) else column[here].tolist()

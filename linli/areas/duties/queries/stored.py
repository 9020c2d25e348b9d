"""What the nightly judging stored of a county, as arrays beside what was found anew (已存结果): only what differs is looked at."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import connection

from linli.areas.duties.models import Standing
from linli.areas.duties.queries.judging import NUMBERS, WORDS, Bools, Findings, Ints, More
from linli.commons.models import Place
from linli.kit.scope import span
from linli.law.frame import WHYS

_ROWS = f"""
    SELECT id, since = %s, until IS NULL, place_id, duty, verdict, why, need, have, gap, CAST(items AS TEXT), CAST(due AS TEXT)
    FROM {Standing._meta.db_table} WHERE (until IS NULL OR until >= %s) AND place_id >= %s AND place_id < %s"""


@dataclass(frozen=True, eq=False)
class Stored:
    """The rows of a county that hold, or held until a day, and where they stand in a table of places by duties.

    Args: cells, how large that table is; wide, its duties. pk, cell, of each row; fresh: it began on the day itself; holds: it has
    no end. There is one row more than rows, for "none": -1 points at it. columns as in `Findings`.
    """

    cells: int
    wide: int
    pk: Ints
    cell: Ints
    fresh: Bools
    holds: Bools
    columns: dict[str, npt.NDArray[Any]]

    def rows(self, which: Bools) -> Ints:
        """Of each cell the row among these, -1 for none; a cell has one at most."""
        found = np.full(self.cells, -1)
        some = np.flatnonzero(which[:-1])
        found[self.cell[some]] = some
        return found

    def same(self, findings: Findings, now: Ints, rows: Ints) -> Bools:
        """Of each cell whether the finding now is that of the stored row; there are both."""
        alike = np.array((now >= 0) & (rows >= 0))
        some = np.flatnonzero(alike)
        for name, column in self.columns.items():
            new, old = getattr(findings, name)[now[some]], column[rows[some]]
            alike[some] &= (new == old) | ((new != new) & (old != old))
        return alike


def stored_of(county: Place, on: date, findings: Findings) -> Stored:
    """What stands stored of a county before a day and on it; places and duties that are no more get numbers too."""
    day = on.isoformat()
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [day, day, *span(county.code)])
        rows = cursor.fetchall()
    pk, fresh, holds, place, duty, verdict, why, need, have, gap, items, due = (
        list(zip(*rows, strict=True)) or [()] * 12
    )
    places, duties = ({name: at for at, name in enumerate(names)} for names in (findings.places, findings.duties))
    mores: dict[More, int] = {more: at for at, more in enumerate(findings.mores)}
    read: dict[tuple[str, str | None], int] = {}
    for items_due in set(zip(items, due, strict=True)):
        more = tuple(json.loads(items_due[0])), date.fromisoformat(items_due[1]) if items_due[1] else None
        read[items_due] = mores.setdefault(more, len(mores))
    at_place, at_duty = _codes(place, places), _codes(duty, duties)
    floats = {
        name: np.array([*column, None], np.float64) for name, column in zip(NUMBERS, (need, have, gap), strict=True)
    }
    columns = floats | {
        "verdict": np.array([*map(WORDS.index, verdict), 0], np.int8),
        "why": np.array([*map(WHYS.index, why), 0], np.int8),
        "more": np.array([*map(read.__getitem__, zip(items, due, strict=True)), 0], np.int64),
    }
    return Stored(
        len(places) * len(duties),
        len(duties),
        np.array([*pk, 0], np.int64),
        np.append(at_place * len(duties) + at_duty, 0),
        np.array([*fresh, False], bool),
        np.array([*holds, False], bool),
        columns,
    )


def _codes(names: Sequence[str], numbers: dict[str, int]) -> Ints:
    """The number of each name; a name without one gets the next."""
    return np.fromiter((numbers.setdefault(name, len(numbers)) for name in names), np.int64, len(names))

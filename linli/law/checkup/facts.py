"""What the rows say (取数): facts column by column. A bad cell costs that cell, never its row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest
from typing import Any

import numpy as np

from linli.law.checkup import cells
from linli.law.checkup.asks import Ask
from linli.law.checkup.cells import BadCell, tidy
from linli.law.checkup.head import Matched, Problem
from linli.law.checkup.rows import Rows, merged_down

NOT_MORE = (
    ("workers", "residents"),
    ("households", "residents"),
    ("certified_workers", "workers"),
    ("estates_managed", "estates"),
    ("units_open", "units_with_resources"),
    ("leaders_with_contact", "leaders"),
)
"""Pairs of measures of which the first cannot exceed the second."""
NEVER_ZERO = ("residents", "households")
"""A community without anybody in it is a figure that was not filled in, and would pass every ratio."""


def facts_of(found: Matched, rows: Rows, as_of: dt.date, problems: list[Problem]) -> dict[str, Any]:
    """Facts by name, one entry per row, as `linli.law.judge` knows them; figures as float64 with NaN for what is not known.

    A set that was asked item by item stands here as answers under `set:item`; `report` makes of them what each duty asks.
    """
    facts: dict[str, Any] = {}
    lists: set[str] = set()
    spoilt = _spoilt(found, rows, problems)
    columns = list(zip_longest(*(row for _, row in rows), fillvalue=""))
    for position, ask in found.columns.items():
        if ask.kind in ("code", "name", "text"):
            continue
        listed = columns[position] if position < len(columns) else ("",) * len(rows)
        column = _Column(found, position, ask, rows, listed, spoilt, problems)
        if ask.kind == "number":
            facts[ask.key] = column.numbers(found.scales[position])
        elif ask.kind in ("flag", "item"):
            facts[ask.key] = column.each(lambda cell: (cells.flag(cell), ""))
        elif ask.kind == "urban":
            facts["kind"] = column.each(lambda cell: (cells.urban(cell), ""))
        elif ask.kind == "set":
            facts[ask.key] = column.each(_set_reader(ask))
        elif ask.kind == "dates":
            facts[ask.key] = column.each(lambda cell: cells.days(cell, as_of))
        elif ask.kind in ("published", "reviewed"):
            _list_fact(facts, column, ask, as_of)
            lists.add(ask.key.partition(":")[0])
        elif ask.kind == "outside":
            counts = column.numbers(found.scales[position])
            events: dict[float, Any] = {
                count: [{"item": "清单外事项"}] * int(count) for count in set(counts[~np.isnan(counts)])
            }
            facts[ask.key] = [events.get(count) for count in counts]
    for key in lists:  # a day of review alone says nothing of publication: of such a list nothing is known
        facts[key] = [one if one and "published" in one else None for one in facts[key]]
    _impossible(found, facts, rows, problems)
    return facts


def _set_reader(ask: Ask) -> Callable[[object], tuple[frozenset[str] | None, str]]:
    def read(cell: object) -> tuple[frozenset[str] | None, str]:
        got, odd = cells.items(cell, ask.items)
        note = f"没有认出“{'、'.join(odd[:3])}”，不计入；要看的是：{'、'.join(ask.items)}" if odd else ""
        return got, cells.AS_EMPTY if cells.says_none(cell) else note

    return read


def _list_fact(facts: dict[str, Any], column: _Column, ask: Ask, as_of: dt.date) -> None:
    key, _, part = ask.key.partition(":")
    held: list[dict[str, Any] | None] = facts.setdefault(key, [None] * len(column.rows))
    if part == "published":
        for index, done in enumerate(column.each(lambda cell: cells.published(cell, as_of))):
            if done is not None:
                held[index] = {**(held[index] or {}), "published": done}
    else:
        for index, days in enumerate(column.each(lambda cell: cells.days(cell, as_of))):
            if days:
                held[index] = {**(held[index] or {}), "reviewed": days[-1]}


def _spoilt(found: Matched, rows: Rows, problems: list[Problem]) -> frozenset[tuple[int, int]]:
    """Cells that say nothing although something stands there: formulas without a result, figures merged over several rows."""
    bad: set[tuple[int, int]] = set()
    there = {line for line, _ in rows}
    for line, position in sorted(found.grid.uncounted):
        if line in there and position in found.columns:
            bad.add((line, position))
            why = "公式还没有算出结果，这一格按没有数据处理"
            problems.append(
                Problem(
                    found.grid.name, line, found.titles[position], why, "请在表格软件中打开并保存一次，或粘贴为数值"
                )
            )
    for top, left, bottom, right in found.grid.merged:
        if top == bottom and left == right:
            continue
        for position in range(left, right + 1):
            ask = found.columns.get(position)
            if ask is None or ask.kind in ("text", "urban", "code", "name"):
                continue
            hit = [line for line in range(top, bottom + 1) if line in there]
            if hit:
                bad.update((line, position) for line in hit)
                why = "是合并单元格，看不出数字属于哪一格，这几格按没有数据处理"
                problems.append(
                    Problem(found.grid.name, hit[0], found.titles[position], why, "请取消合并，每一格都填写")
                )
    return frozenset(bad)


@dataclass
class _Column:
    """One column being read; what is wrong with a cell is noted with its row."""

    found: Matched
    position: int
    ask: Ask
    rows: Rows
    cells: Sequence[object]
    spoilt: frozenset[tuple[int, int]]
    problems: list[Problem]

    def _tell(self, line: int, why: str, mend: str, kind: str) -> None:
        self.problems.append(Problem(self.found.grid.name, line, self.found.titles[self.position], why, mend, kind))

    def _filled(self) -> Sequence[object]:
        below = merged_down(self.found) if self.ask.kind in ("text", "urban") else {}
        position, spoilt = self.position, self.spoilt
        if not below and not spoilt:
            return self.cells
        return [
            "" if (line, position) in spoilt else below.get((line, position), cell)
            for (line, _), cell in zip(self.rows, self.cells, strict=True)
        ]

    def numbers(self, scale: Decimal) -> np.ndarray:
        """Figures as float64, NaN where none is known."""
        ask = self.ask
        most, whole = cells.most_of(ask.key, ask.unit), ask.unit in cells.WHOLE
        given = self._filled()
        out = np.fromiter((cell if type(cell) is float else np.nan for cell in given), np.float64, len(given))
        with np.errstate(invalid="ignore"):
            plain = (out >= 0) & (out <= most)
            if whole:
                plain &= out == np.rint(out)
        if scale != 1:
            plain[:] = False
        out[~plain] = np.nan
        none: list[int] = []
        for index in np.flatnonzero(~plain).tolist():
            cell, line = given[index], self.rows[index][0]
            if cell == "" or cell is None:
                continue
            try:
                value, note = cells.number(cell, ask.unit, scale)
                if value is not None and value > most:
                    raise BadCell(f"{tidy(cell)[:20]} 太大，不可能是一个社区（村）的{ask.label}", "请核对数字和单位")
            except BadCell as bad:
                self._tell(line, f"{bad.why}，这一格按没有数据处理", bad.mend, "error")
                continue
            if note == cells.AS_ZERO:
                none.append(line)
            elif note:
                self._tell(line, note, "", "note")
            if value is not None:
                out[index] = value
        if none and ask.key not in NEVER_ZERO:  # of those the 0 itself is told, and not believed
            rows = f"，共 {len(none)} 行" if len(none) > 1 else ""
            self._tell(none[0], f"{cells.AS_ZERO}{rows}", "", "note")
        return out

    def each(self, read: Callable[[object], tuple[Any, str]]) -> list[Any]:
        """Cells read one by one, each different one once."""
        known: dict[object, tuple[Any, str, BadCell | None]] = {}
        out: list[Any] = []
        for (line, _), cell in zip(self.rows, self._filled(), strict=True):
            if cell == "" or cell is None:
                out.append(None)
                continue
            key = cell if type(cell) is str else (type(cell), cell)
            if key not in known:
                try:
                    known[key] = (*read(cell), None)
                except BadCell as bad:
                    known[key] = (None, "", bad)
            value, note, wrong = known[key]
            if wrong is not None:
                self._tell(line, f"{wrong.why}，这一格按没有数据处理", wrong.mend, "error")
            elif note:
                self._tell(line, note, "", "note")
            out.append(value)
        return out


def _impossible(found: Matched, facts: dict[str, Any], rows: Rows, problems: list[Problem]) -> None:
    """Figures that cannot be true together: none of them is believed."""
    title = {ask.key: found.titles[position] for position, ask in found.columns.items()}

    def tell(index: int, key: str, why: str, mend: str) -> None:
        problems.append(Problem(found.grid.name, rows[index][0], title[key], why, mend))

    for key in NEVER_ZERO:
        if key in facts:
            for index in np.flatnonzero(facts[key] == 0):
                tell(
                    int(index),
                    key,
                    f"{title[key]}是 0，按没有数据处理",
                    "没有数据请留空；确实没有人住的社区（村）请从表中删去",
                )
            facts[key][facts[key] == 0] = np.nan
    before = {key: facts[key].copy() for pair in NOT_MORE for key in pair if key in facts}
    for less, more in NOT_MORE:
        if less not in before or more not in before:
            continue
        for index in np.flatnonzero(before[less] > before[more]):
            one, other = f"{before[less][index]:g}", f"{before[more][index]:g}"
            tell(
                int(index),
                less,
                f"{title[less]}（{one}）多于{title[more]}（{other}），两格都按没有数据处理",
                "请核对这两格",
            )
            facts[less][index] = facts[more][index] = np.nan

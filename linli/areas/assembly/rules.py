"""Pure decisions of the draft-law contact point (基层立法联系点的规则): which counts may be shown to everybody.

Who commented is nobody's business, and a count of one to four by kind of contributor may tell it. Such counts are hidden, and with them as
many others as it takes that nobody can work them out from the sums (cell suppression: L. Cox, "Suppression methodology and statistical
disclosure control", JASA 75, 1980). A table with its sums is a circulation: each row's sum flows in, through the cells, and out by the
columns' sums. A hidden value is safe when it can be raised or lowered along some cycle of hidden values without leaving what their labels say
(D. Gusfield, "A graph theoretic approach to statistical data security", SIAM J. Comput. 17, 1988).
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

FEW = 5
"""From so many people on a count is shown (公开的最小人数)."""


class Hidden(StrEnum):
    """A count that is not shown (不公开的人数), and what the reader is told instead."""

    FEW = "少于 5"
    WITHHELD = "不单列"


Count = int | Hidden


@dataclass(frozen=True)
class Shown:
    """A table of counts fit for everybody (可公开的计数表): cells by row, the rows' sums, the columns' sums and the whole.

    `Hidden.FEW` is 1 to 4; `Hidden.WITHHELD` may be any number: it is left out so that another cannot be worked out.
    """

    cells: tuple[tuple[Count, ...], ...]
    rows: tuple[Count, ...]
    columns: tuple[Count, ...]
    total: Count


def hide_small(counts: Sequence[Sequence[int]]) -> Shown:
    """Hide the counts of one to four people in a table, so that none can be worked out from the rest (隐去小群体).

    Args: counts, people by row and column, none below 0, all rows of one length. Returns: what may be shown. Fewer than five people in the whole
    table: nothing but that. No hidden cell has only one value that fits all that is shown.
    Raises: ValueError for a ragged table. Complexity: for each number to protect the cells times the hidden numbers squared; a table here is at most 4 by 8.
    """
    wide = len(counts[0]) if counts else 0
    if any(len(row) != wide for row in counts):
        raise ValueError("计数表各行的列数不一致。")
    total = sum(map(sum, counts))
    if total == 0:
        return Shown(tuple((0,) * wide for _ in counts), (0,) * len(counts), (0,) * wide, 0)
    if total < FEW:
        blank = (Hidden.WITHHELD,) * wide
        return Shown((blank,) * len(counts), (Hidden.WITHHELD,) * len(counts), blank, Hidden.FEW)
    return _Table(counts).hidden()


def hide_small_parts(parts: Sequence[int]) -> tuple[Count, ...]:
    """The same for a row of parts of a whole that is shown (隐去小项), such as comments by channel or by article."""
    return hide_small([parts]).cells[0] if parts else ()


_Node = tuple[str, int]
_Arc = tuple[int, int]
_SOURCE, _SINK = ("source", 0), ("sink", 0)


class _Table:
    """A table as a circulation: arcs are its cells and sums, by the nodes they join; which are hidden, and behind which label.

    Sums stand as a further row and column: the arc of place (i, j) is a cell when i < high and j < wide, else a sum.
    """

    def __init__(self, counts: Sequence[Sequence[int]]) -> None:
        self._high, self._wide = len(counts), len(counts[0])
        self._value: dict[_Arc, int] = {}
        for i, row in enumerate([*counts, [sum(column) for column in zip(*counts, strict=True)]]):
            for j, value in enumerate([*row, sum(row)]):
                self._value[i, j] = value
        self._total = self._value.pop((self._high, self._wide))
        self._label: dict[_Arc, Hidden] = {}

    def hidden(self) -> Shown:
        self._label = {arc: Hidden.FEW for arc, value in self._value.items() if 0 < value < FEW}
        while unsafe := self._unsafe():
            more = self._ring(unsafe[0])
            if not more:
                # Even their labels tell too much (four of 少于 5 in a row of 少于 5): leave every part out.
                self._label = dict.fromkeys(self._value, Hidden.WITHHELD)
                break
            self._label |= dict.fromkeys(more, Hidden.WITHHELD)
        told = {arc: self._label.get(arc, value) for arc, value in self._value.items()}
        high, wide = range(self._high), range(self._wide)
        return Shown(
            tuple(tuple(told[i, j] for j in wide) for i in high),
            tuple(told[i, self._wide] for i in high),
            tuple(told[self._high, j] for j in wide),
            self._total,
        )

    def _is_cell(self, arc: _Arc) -> bool:
        return arc[0] < self._high and arc[1] < self._wide

    def _ends(self, arc: _Arc) -> tuple[_Node, _Node]:
        """The nodes an arc joins: a row's sum flows from the source to the row, a column's from the column to the sink."""
        i, j = arc
        if j == self._wide:
            return _SOURCE, ("row", i)
        return (("column", j), _SINK) if i == self._high else (("row", i), ("column", j))

    def _unsafe(self) -> list[_Arc]:
        """Hidden cells, and hidden sums of one to four, that can have no other value."""
        moves: defaultdict[_Node, list[tuple[_Node, _Arc]]] = defaultdict(list)
        for arc, label in self._label.items():
            # Where one person more could go without a label becoming untrue: along the arc one more, against it one fewer.
            low, high = (1, FEW - 1) if label is Hidden.FEW else (0, self._total)
            start, end = self._ends(arc)
            if self._value[arc] < high:
                moves[start].append((end, arc))
            if self._value[arc] > low:
                moves[end].append((start, arc))
        return [
            arc
            for arc in sorted(self._label)
            if (self._is_cell(arc) or 0 < self._value[arc] < FEW) and not _could_differ(arc, self._ends(arc), moves)
        ]

    def _ring(self, arc: _Arc) -> list[_Arc]:
        """What else to withhold for an unsafe number: the open ones of a rectangle through it, cells before sums, small before large."""
        tried: list[tuple[tuple[int, ...], list[_Arc]]] = []
        for i, j in product(range(self._high + 1), range(self._wide + 1)):
            ring = [(i, j), (arc[0], j), (i, arc[1])]
            more = [other for other in ring if other not in self._label]
            if i == arc[0] or j == arc[1] or not more or not all(other in self._value for other in ring):
                continue
            kept = self._label
            self._label = kept | dict.fromkeys(more, Hidden.WITHHELD)
            unsafe = self._unsafe()
            self._label = kept
            sums = sum(not self._is_cell(other) for other in more)
            empty = sum(self._value[other] == 0 for other in more)
            lost = sum(self._value[other] for other in more)
            tried.append(((arc in unsafe, len(unsafe), sums, empty, lost, i, j), more))
        return min(tried)[1] if tried else []


def _could_differ(arc: _Arc, ends: tuple[_Node, _Node], moves: Mapping[_Node, Sequence[tuple[_Node, _Arc]]]) -> bool:
    """Whether one person more or fewer at an arc can be made good along a cycle of other hidden numbers."""
    return any(
        (end, arc) in moves.get(start, ()) and _reaches(end, start, arc, moves) for start, end in (ends, ends[::-1])
    )


def _reaches(start: _Node, end: _Node, without: _Arc, moves: Mapping[_Node, Sequence[tuple[_Node, _Arc]]]) -> bool:
    seen, waiting = {start}, deque([start])
    while waiting:
        for node, arc in moves.get(waiting.popleft(), ()):
            if arc != without and node not in seen:
                if node == end:
                    return True
                seen.add(node)
                waiting.append(node)
    return False

"""In which area a point lies (点落区): a raster of labels, and an exact test in the cells that a border crosses.

Method: cells that no border touches have one answer, computed once by scan lines; in the others every area of the cell
is tested by crossing number (M. Shimrat, 1962) over its edges in the cell's row, each edge by the exact side of the
point (`exactly`). So nothing depends on rounding or on the size of the cells.

Borders: an area owns its border, and where areas share it the lowest code wins; thus each point has one area, a higher
code is open where it meets a lower one. Rings of one area count even and odd, which makes holes and multipolygons, and
gives an area whose border crosses itself a definite extent. Areas that overlap: the lowest code wins, and `Found.doubt`
says so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linli.methods.lookup.exactly import side, sides
from linli.methods.lookup.layers import Area

Floats = NDArray[np.float64]

CELLS_PER_AREA, CELLS_PER_EDGE = 400, 16
FEWEST_CELLS, MOST_CELLS = 1 << 16, 1 << 22
CHUNK = 1 << 17
INSIDE, BORDER, OUTSIDE = 0, 1, 2
NOWHERE = -1


@dataclass(frozen=True)
class Found:
    """Of n points: the place of the area in the layer (−1 none), how it was met, and whether other areas overlap there."""

    area: NDArray[np.int32]
    how: NDArray[np.int8]
    doubt: NDArray[np.bool_]


def spread(counts: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For ranges of such lengths, the range of each element and its place within it."""
    owner = np.repeat(np.arange(len(counts)), counts)
    heads = np.cumsum(counts) - counts
    return owner, np.arange(len(owner)) - heads[owner]


class Index:
    """The index of a layer (图层索引).

    Args:
        areas: in the order in which they win, the lowest code first.

    Building is O(edges + cells): some 0.5 s for 10,000 areas. `find_all` takes about 0.3 µs a point, `find` some µs.

    Raises:
        ValueError: no area.
    """

    def __init__(self, areas: Sequence[Area]) -> None:
        if not areas:
            raise ValueError("图层里没有区域。")
        lines = [ring for area in areas for ring in area.rings]
        owner = np.repeat(np.arange(len(areas)), [len(area.rings) for area in areas])
        sizes = np.array([len(line) for line in lines])
        points = np.concatenate(lines)
        last = np.cumsum(sizes) - 1
        keep = np.ones(len(points), dtype=bool)
        keep[last] = False
        keep[:-1] &= (points[1:] != points[:-1]).any(axis=1)
        heads = np.flatnonzero(keep)
        one, two = points[heads], points[heads + 1]
        up = (one[:, 1] < two[:, 1])[:, None]
        low, high = np.where(up, one, two), np.where(up, two, one)
        self._frame(points, len(areas))
        self._fill(low, high, np.repeat(owner, sizes)[heads])

    def _frame(self, points: Floats, areas: int) -> None:
        (self.left, self.low), (self.right, self.high) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
        width, height = max(self.right - self.left, 1e-300), max(self.high - self.low, 1e-300)
        cells = min(max(CELLS_PER_AREA * areas, CELLS_PER_EDGE * len(points), FEWEST_CELLS), MOST_CELLS)
        self.columns = int(min(max(1.0, math.sqrt(cells * width / height)), cells))
        self.rows = max(1, cells // self.columns)
        self.per_x, self.per_y = self.columns / width, self.rows / height

    def _row(self, y: Floats) -> NDArray[np.int64]:
        row: NDArray[np.int64] = np.minimum(((y - self.low) * self.per_y).astype(np.int64), self.rows - 1)
        return np.maximum(row, 0, out=row)

    def _column(self, x: Floats) -> NDArray[np.int64]:
        column: NDArray[np.int64] = np.minimum(((x - self.left) * self.per_x).astype(np.int64), self.columns - 1)
        return np.maximum(column, 0, out=column)

    def _fill(self, low: Floats, high: Floats, area: NDArray[np.int64]) -> None:
        """Edges by area and row, cells that edges touch, labels of the others."""
        first = self._row(low[:, 1])
        edge, step = spread(self._row(high[:, 1]) - first + 1)
        row = first[edge] + step
        order = np.argsort(area[edge] * self.rows + row, kind="stable")
        edge, row = edge[order], row[order]
        keys = area[edge] * self.rows + row
        heads = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]])
        slot = np.cumsum(np.r_[False, keys[1:] != keys[:-1]])
        self.slot_starts = np.r_[heads, len(keys)]
        self.slot_area = (keys[heads] // self.rows).astype(np.int32)
        self.ax, self.ay = low[edge, 0], low[edge, 1]
        self.bx, self.by = high[edge, 0], high[edge, 1]
        touched_cell, touched_slot = self._touched(row, slot)
        spans = self._spans(row, slot)
        size = self.rows * self.columns
        mixed = np.zeros(size, dtype=bool)
        mixed[touched_cell] = True
        counts, labels = self._labels(*spans)
        mixed |= counts > 1
        span_row, span_from, span_to, span_slot = spans
        cells = np.flatnonzero(mixed)
        since = np.searchsorted(cells, span_row * self.columns + span_from)
        until = np.searchsorted(cells, span_row * self.columns + span_to, side="right")
        span, place = spread(until - since)
        number = np.zeros(size, dtype=np.int32)
        number[cells] = np.arange(len(cells))
        pairs = np.concatenate(
            [
                number[touched_cell] * np.int64(len(heads)) + touched_slot,
                (since[span] + place) * len(heads) + span_slot[span],
            ]
        )
        pairs.sort()
        pairs = pairs[np.r_[True, pairs[1:] != pairs[:-1]]]
        self.cell_slots = (pairs % len(heads)).astype(np.int32)
        self.cell_starts = np.searchsorted(pairs, np.arange(len(cells) + 1) * len(heads))
        self.labels = np.where(counts == 1, labels, NOWHERE).astype(np.int32)
        self.labels[cells] = -2 - np.arange(len(cells), dtype=np.int32)
        self.views: tuple[Any, ...] = tuple(
            np.ascontiguousarray(values).data
            for values in (
                self.labels,
                self.cell_starts,
                self.cell_slots,
                self.slot_starts,
                self.slot_area,
                self.ax,
                self.ay,
                self.bx,
                self.by,
            )
        )

    def _touched(self, row: NDArray[np.int64], slot: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Pairs of cell and slot where an edge may pass, a hair's breadth too many rather than one too few."""
        height = 1 / self.per_y
        floor = np.maximum(self.ay, self.low + row * height - height * 1e-6)
        ceiling = np.minimum(self.by, self.low + (row + 1) * height + height * 1e-6)
        rise = self.by - self.ay
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = (self.bx - self.ax) / rise
            one = np.where(rise > 0, self.ax + (floor - self.ay) * slope, self.ax)
            other = np.where(rise > 0, self.ax + (ceiling - self.ay) * slope, self.bx)
        hair = 1e-6 / self.per_x
        west = np.maximum(np.minimum(one, other), np.minimum(self.ax, self.bx)) - hair
        east = np.minimum(np.maximum(one, other), np.maximum(self.ax, self.bx)) + hair
        start = self._column(west)
        entry, step = spread(np.maximum(self._column(east) - start + 1, 1))
        return row[entry] * self.columns + start[entry] + step, slot[entry]

    def _spans(
        self, row: NDArray[np.int64], slot: NDArray[np.int64]
    ) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Where the middle line of each row lies within each area: row, first and last column, slot."""
        middle = self.low + (row + 0.5) / self.per_y
        crossing = np.flatnonzero((self.ay <= middle) & (middle < self.by))
        slope = (self.bx[crossing] - self.ax[crossing]) / (self.by[crossing] - self.ay[crossing])
        at = self.ax[crossing] + (middle[crossing] - self.ay[crossing]) * slope
        order = np.lexsort((at, slot[crossing]))
        crossing, column = crossing[order], self._column(at[order])
        return row[crossing[::2]], column[::2], column[1::2], slot[crossing[::2]]

    def _labels(
        self, row: NDArray[Any], since: NDArray[Any], until: NDArray[Any], slot: NDArray[Any]
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Per cell, how many spans cover it and the sum of their areas: the label where it is one."""
        wide = self.columns + 1
        size = self.rows * wide
        opening, closing = row * wide + since, row * wide + until + 1
        area = self.slot_area[slot].astype(np.float64)

        def summed(weights: Floats | None) -> NDArray[np.int32]:
            change = np.bincount(opening, weights, size) - np.bincount(closing, weights, size)
            lines = np.cumsum(change.reshape(self.rows, wide), axis=1)[:, :-1]
            return lines.astype(np.int32).ravel()

        return summed(None), summed(area)

    def find_all(self, x: Floats, y: Floats) -> Found:
        """The areas of n points; points that are no finite numbers lie nowhere. O(n)."""
        area = np.full(len(x), NOWHERE, dtype=np.int32)
        how = np.full(len(x), OUTSIDE, dtype=np.int8)
        doubt = np.zeros(len(x), dtype=bool)
        for at in range(0, len(x), CHUNK):
            part = slice(at, at + CHUNK)
            self._find_part(x[part], y[part], area[part], how[part], doubt[part])
        return Found(area, how, doubt)

    def _find_part(
        self, x: Floats, y: Floats, area: NDArray[np.int32], how: NDArray[np.int8], doubt: NDArray[np.bool_]
    ) -> None:
        within = (x >= self.left) & (x <= self.right) & (y >= self.low) & (y <= self.high)
        everyone = bool(within.all())
        place = np.arange(len(x)) if everyone else np.flatnonzero(within)
        px, py = (x, y) if everyone else (x[place], y[place])
        label = self.labels[self._row(py) * self.columns + self._column(px)]
        area[place] = np.maximum(label, NOWHERE)
        how[place] = np.where(label >= 0, INSIDE, OUTSIDE)
        mixed = np.flatnonzero(label < NOWHERE)
        if len(mixed):
            self._test(px[mixed], py[mixed], -2 - label[mixed], place[mixed], area, how, doubt)

    def _test(
        self,
        x: Floats,
        y: Floats,
        cell: NDArray[np.int32],
        place: NDArray[np.int64],
        area: NDArray[np.int32],
        how: NDArray[np.int8],
        doubt: NDArray[np.bool_],
    ) -> None:
        """Test points in cells that a border touches against every area of their cell."""
        point, step = spread(self.cell_starts[cell + 1] - self.cell_starts[cell])
        slot = self.cell_slots[self.cell_starts[cell][point] + step]
        pair, step = spread(self.slot_starts[slot + 1] - self.slot_starts[slot])
        edge = self.slot_starts[slot][pair] + step
        py = y[point[pair]]
        level = np.flatnonzero((self.ay[edge] <= py) & (py <= self.by[edge]))
        pair, edge, py = pair[level], edge[level], py[level]
        px = x[point[pair]]
        ax, bx, by = self.ax[edge], self.bx[edge], self.by[edge]
        found = sides(ax, self.ay[edge], bx, by, px, py)
        crossed = np.bincount(pair[(found > 0) & (py < by)], minlength=len(point)) & 1
        on = np.zeros(len(point), dtype=bool)
        on[pair[(found == 0) & (np.minimum(ax, bx) <= px) & (px <= np.maximum(ax, bx))]] = True
        held = np.flatnonzero(on | (crossed == 1))
        winner = held[np.r_[True, point[held][1:] != point[held][:-1]]] if len(held) else held
        area[place] = NOWHERE
        how[place] = OUTSIDE
        area[place[point[winner]]] = self.slot_area[slot[winner]]
        how[place[point[winner]]] = np.where(on[winner], BORDER, INSIDE)
        within = np.bincount(point[held[~on[held]]], minlength=len(x))
        several = np.bincount(point[held], minlength=len(x))
        doubt[place] = (within > 1) | ((within > 0) & (several > within))

    def find(self, x: float, y: float) -> tuple[int, int]:
        """The place of the area of one point, and how it was met: `INSIDE`, `BORDER`, or (−1, `OUTSIDE`)."""
        if not (self.left <= x <= self.right and self.low <= y <= self.high):
            return NOWHERE, OUTSIDE
        labels, cell_starts, cell_slots, slot_starts, slot_area, ax, ay, bx, by = self.views
        row = min(int((y - self.low) * self.per_y), self.rows - 1)
        column = min(int((x - self.left) * self.per_x), self.columns - 1)
        label = labels[row * self.columns + column]
        if label >= NOWHERE:
            return label, INSIDE if label >= 0 else OUTSIDE
        for at in range(cell_starts[-2 - label], cell_starts[-1 - label]):
            slot = cell_slots[at]
            within = False
            for edge in range(slot_starts[slot], slot_starts[slot + 1]):
                bottom, top = ay[edge], by[edge]
                if bottom <= y <= top:
                    west, east = ax[edge], bx[edge]
                    found = side(west, bottom, east, top, x, y)
                    if found == 0 and min(west, east) <= x <= max(west, east):
                        return slot_area[slot], BORDER
                    if found > 0 and y < top:
                        within = not within
            if within:
                return slot_area[slot], INSIDE
        return NOWHERE, OUTSIDE

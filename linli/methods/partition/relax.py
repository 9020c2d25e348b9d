"""A strong lower bound of the cut for small graphs (半定松弛下界).

Relaxes the table Z that says which pairs share a district: positive semidefinite, 0 ≤ Z ≤ 1, Z_ii = 1, K·Z − J
semidefinite, every row's residents within the bounds, Z_ij + Z_ik − Z_jk ≤ 1, and Z_ij = 0 for a pair so far apart that no
connected district within the upper bound holds both. Solved in the dual by alternating directions with cutting planes: Z. Wen,
D. Goldfarb, W. Yin, "Alternating direction augmented Lagrangian methods for semidefinite programming" (2010); F. de
Meijer, R. Sotirov, A. Wiegele, S. Zhao, "Partitioning through projections: strong SDP bounds for large graph partition
problems" (2023). Whatever the multipliers, the bound made of them holds: what they leave of the objective is summed over the
entries that it makes negative.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linli.methods.partition.units import Units

MOST_UNITS = 160
ROUNDS, FIRST_TURNS, TURNS, LOOK = 14, 400, 200, 25
LEAST_GAIN = 0.002
"""A round of cutting planes that brings less, as a share of the bound, is the last."""
VIOLATED, KEPT = 0.01, 6
"""Triangles added: violated by more than this, at most so many a unit and round."""
STRIDE, TUNE = 1.6, 1.3

Floats = NDArray[np.float64]
Table = NDArray[np.bool_]


class Relaxation:
    """The relaxation of one graph (松弛). A turn costs O(n³); memory O(n²)."""

    def __init__(self, units: Units) -> None:
        self.size = size = units.size
        self.parts = units.bounds.parts
        scale = float(units.bounds.mean) / math.sqrt(size)
        self.people = np.array(units.people, dtype=np.float64) / scale
        self.lower, self.upper = float(units.bounds.lower) / scale, float(units.bounds.upper) / scale
        self.cost = np.zeros((size, size))
        for i, around in enumerate(units.near):
            for j, weight in around.items():
                self.cost[i, j] = -weight / 2
                self.cost[i, i] += weight / 2
        self.unit = max(1e-12, float(np.abs(self.cost).max()))
        self.cost /= self.unit
        self.never = strangers(units)
        self.over, self.right = np.triu_indices(size, 1)
        self.pairs = len(self.over)
        self.number = np.zeros((size, size), dtype=np.int64)
        self.number[self.over, self.right] = np.arange(self.pairs)
        self.number += self.number.T

    def flat(self, table: Floats) -> Floats:
        """A symmetric table as a row of the same length: its diagonal, then what is above it times √2."""
        return np.concatenate([table.diagonal(), table[self.over, self.right] * math.sqrt(2)])

    def square(self, row: Floats) -> Floats:
        """The table of such a row."""
        table = np.zeros((self.size, self.size))
        table[self.over, self.right] = row[self.size :] / math.sqrt(2)
        table += table.T
        np.fill_diagonal(table, row[: self.size])
        return table

    def _rows(self) -> tuple[Any, Any]:
        """Constraints Z_ii = 1 and residents of row i − s_i = 0, over (flat Z, s); the second's part over Z alone."""
        from scipy import sparse

        size, width = self.size, self.size + self.pairs
        ones = sparse.hstack([sparse.eye(size), sparse.csr_matrix((size, self.pairs + size))])
        row = np.repeat(np.arange(size), size)
        other = np.tile(np.arange(size), size)
        column = np.where(row == other, row, size + self.number[row, other])
        value = np.where(row == other, self.people[other], self.people[other] / math.sqrt(2))
        loads = sparse.csr_matrix((value, (row, column)), (size, width))
        return sparse.vstack([ones, sparse.hstack([loads, -sparse.eye(size)])]).tocsr(), loads

    def _triangle_rows(self, triangles: NDArray[np.int64]) -> Any:
        from scipy import sparse

        count = len(triangles)
        i, j, k = triangles.T
        row = np.tile(np.arange(count), 3)
        column = self.size + np.concatenate([self.number[i, j], self.number[i, k], self.number[j, k]])
        value = np.repeat([1.0, 1.0, -1.0], count) / math.sqrt(2)
        return sparse.csr_matrix((value, (row, column)), (count, self.size + self.pairs))

    def _violated(self, table: Floats, known: NDArray[np.int64]) -> NDArray[np.int64]:
        """The triangles that a table breaks most and that are not yet known."""
        found: list[tuple[Floats, NDArray[np.int64]]] = []
        for i in range(self.size):
            over = table[i][:, None] + table[i][None, :] - table - 1
            over[i, :] = over[:, i] = -1
            j, k = np.nonzero(np.triu(over, 1) > VIOLATED)
            found.append((over[j, k], np.stack([np.full(len(j), i), j, k], axis=1)))
        excess, rows = np.concatenate([one for one, _ in found]), np.concatenate([row for _, row in found])
        base = np.array([self.size**2, self.size, 1])
        fresh = ~np.isin(rows @ base, known @ base)
        rows, excess = rows[fresh], excess[fresh]
        return rows[np.argsort(-excess, kind="stable")[: KEPT * self.size]]

    def bound(self, enough: float, late: Callable[[], bool]) -> float:
        """A cut that no plan can go below (下界).

        Args:
            enough: stop when the bound is above.
            late: asked every turn; stops when it says so.
        """
        from scipy import sparse
        from scipy.sparse.linalg import splu

        size, width = self.size, self.size + self.pairs
        base, loads = self._rows()
        shift = np.full(width, math.sqrt(2) / self.parts)
        shift[:size] = 1 / self.parts
        cost = self.flat(self.cost)
        zero = np.concatenate([np.zeros(size, dtype=bool), self.never[self.over, self.right]])
        start = self.flat(np.eye(size) * (1 - 1 / self.parts) + 1 / self.parts)
        x = np.concatenate([start, np.full(size, (self.lower + self.upper) / 2)])
        held = np.zeros(len(x))  # multipliers of 0 ≤ Z, of the bounds of s, of the triangles' slack
        s = np.zeros(width)
        triangles = np.zeros((0, 3), dtype=np.int64)
        beta, best = 1.0, 0.0
        for turn in range(ROUNDS):
            count = len(triangles)
            corners = self._triangle_rows(triangles)
            rows = sparse.vstack(
                [
                    sparse.hstack([base, sparse.csr_matrix((2 * size, count))]),
                    sparse.hstack([corners, sparse.csr_matrix((count, size)), sparse.eye(count)]),
                ]
            ).tocsr()
            back, solve = rows.T.tocsr(), splu((rows @ rows.T).tocsc()).solve
            right = np.concatenate([np.ones(size), np.zeros(size), np.ones(count)])
            wanted = np.concatenate([cost, np.zeros(size + count)])
            before = best
            for at in range(FIRST_TURNS if turn == 0 else TURNS):
                both = held.copy()
                both[:width] += s
                y = solve((right - rows @ x) * beta + rows @ (wanted - both))
                rest = wanted - back @ y
                table = self.square(rest[:width] - held[:width] - (x[:width] - shift) * beta)
                values, vectors = np.linalg.eigh(table)
                positive = vectors[:, values > 0]
                s_table = (positive * values[values > 0]) @ positive.T
                s = self.flat(s_table)
                part = rest - x * beta
                part[:width] -= s
                held = np.maximum(part, 0)
                held[:size] = 0
                held[:width][zero] = part[:width][zero]
                span = slice(width, width + size)
                held[span] = part[span] + beta * np.clip(-part[span] / beta, self.lower, self.upper)
                gap = held - rest
                gap[:width] += s
                x = x + STRIDE / beta * gap
                stop = late()
                if at % LOOK == LOOK - 1 or stop:
                    best = max(best, self._safe(y, s_table, loads, corners) * self.unit)
                    if stop or best > enough:
                        return best
                    primal = float(np.linalg.norm(rows @ x - right)) / (1 + math.sqrt(size + count))
                    dual = float(np.linalg.norm(gap)) / (1 + float(np.linalg.norm(cost)))
                    beta *= TUNE if primal > 2 * dual else 1 / TUNE if dual > 2 * primal else 1.0
            if turn > 1 and best - before < LEAST_GAIN * best:
                break
            fresh = self._violated(self.square(x[:width]), triangles)
            stay = (y[2 * size :] < -1e-6) | (x[width + size :] < 2 * VIOLATED)
            triangles = np.concatenate([triangles[stay], fresh])
            slack = np.zeros(len(fresh))
            x = np.concatenate([x[: width + size], x[width + size :][stay], slack])
            held = np.concatenate([held[: width + size], held[width + size :][stay], slack])
        return best

    def _safe(self, y: Floats, s_table: Floats, loads: Any, corners: Any) -> float:
        """The bound that any multipliers give: of residents per row, of triangles (never positive), a semidefinite table."""
        size = self.size
        row = y[size : 2 * size]
        corner = np.minimum(y[2 * size :], 0)
        left = self.square(self.flat(self.cost - s_table) - loads.T @ row - corners.T @ corner)
        own = float(np.trace(left))
        np.fill_diagonal(left, 0.0)
        left[self.never] = 0.0
        people = float(np.where(row > 0, row * self.lower, row * self.upper).sum())
        return own + float(np.minimum(left, 0).sum()) + people + float(corner.sum()) + float(s_table.sum()) / self.parts


def strangers(units: Units) -> Table:
    """Pairs that never share a district: barred, frozen apart, or too many residents on every way between. O(n (n + m) log n)."""
    size = units.size
    most = float(units.bounds.upper) * (1 + 1e-9)
    never = np.zeros((size, size), dtype=bool)
    for first in range(size):
        reached = [math.inf] * size
        reached[first] = units.people[first]
        queue = [(units.people[first], first)]
        while queue:
            people, unit = heapq.heappop(queue)
            if people > reached[unit]:
                continue
            for other in units.near[unit]:
                more = people + units.people[other]
                if more < reached[other] and more <= most:
                    reached[other] = more
                    heapq.heappush(queue, (more, other))
        never[first] = np.isinf(reached)
        if units.fixed[first] >= 0:
            never[first] |= [label >= 0 and label != units.fixed[first] for label in units.fixed]
    for a, b in units.bars:
        never[a, b] = True
    together: Table = never | never.T
    return together

"""How good a plan of a small graph is (证明): the bound raised, and the plan proven or bettered, in the time that is left.

Few districts or few units: the assignment model x (unit, district) with a variable for each cut edge goes to HiGHS; where an
answer has a district in pieces, that this piece needs one of the units around it is added (cuts by separators, as in H.
Validi, A. Buchanan, E. Lykhovyd, "Imposing contiguity constraints in political districting models", 2022). Any graph of up to
160 units: the semidefinite bound of `relax`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

import numpy as np

from linli.methods import highs
from linli.methods.partition import relax
from linli.methods.partition.objective import quantum
from linli.methods.partition.units import Units

MOST_HALVES, MOST_PLACES = 400, 120
"""Largest graph given to HiGHS: units for two districts, units × districts for more."""
SHARE = 0.6
"""The part of the time that HiGHS may take before the semidefinite bound has its turn."""
LEAST = 0.2
"""Seconds below which nothing is begun."""


def prove(units: Units, plan: Sequence[int], bound: float, deadline: float) -> tuple[float, list[int] | None]:
    """A better bound of the cut, and a plan with a lower cut where there is one (证明或改进).

    Args:
        plan: the best plan known, by unit.
        bound: the bound known so far.
        deadline: monotonic seconds.

    Exponential in the worst case, hence the deadline.
    """
    step = quantum(units.graph.weight) if all(one.is_integer() for one in units.graph.weight) else 0.0

    def met() -> bool:
        return bound > cut - step + 1e-6 if step else bound >= cut - 1e-9

    def left() -> float:
        return deadline - time.monotonic()

    cut, better = _cut(units, plan), None
    parts = units.bounds.parts
    small = units.size <= MOST_HALVES if parts == 2 else units.size * parts <= MOST_PLACES
    if not met() and small and left() > LEAST:
        share = SHARE if units.size <= relax.MOST_UNITS else 1.0
        found, better = _assign(units, plan, step, time.monotonic() + share * left())
        bound = max(bound, found)
        cut = _cut(units, better) if better is not None else cut
    if not met() and units.size <= relax.MOST_UNITS and left() > LEAST:
        found = relax.Relaxation(units).bound(cut - step + 1e-6, lambda: left() < LEAST)
        bound = max(bound, found * (1 - 1e-9) - 1e-9)
    if step:
        bound = math.ceil((bound - 1e-6) / step) * step
    return min(bound, cut), better


def _cut(units: Units, plan: Sequence[int]) -> float:
    return math.fsum(
        weight for i, around in enumerate(units.near) for j, weight in around.items() if i < j and plan[i] != plan[j]
    )


def _assign(units: Units, plan: Sequence[int], step: float, deadline: float) -> tuple[float, list[int] | None]:
    """The assignment model by HiGHS, contiguity added where an answer lacks it: a bound and a better plan."""
    model = _Assignment(units)
    known = _cut(units, plan)
    bound = 0.0
    while (left := deadline - time.monotonic()) > LEAST:
        solved = highs.solve(model.model(), left, start=model.values(plan), step=step)
        if not solved.infeasible:  # which cannot be, but for rounding
            bound = max(bound, solved.bound)
        if not solved.done or solved.values is None:
            return bound, None
        found = model.plan(solved.values)
        if model.join(found):
            continue
        better = _cut(units, found) < known - 1e-9 and _held(units, found)
        return bound, found if better else None
    return bound, None


def _held(units: Units, plan: Sequence[int]) -> bool:
    """Whether no district is empty or outside the bounds; HiGHS allows a millionth."""
    load: dict[int, float] = {}
    for unit, label in enumerate(plan):
        load[label] = load.get(label, 0.0) + units.people[unit]
    bounds = units.bounds
    return len(load) == bounds.parts and all(bounds.lower <= one <= bounds.upper for one in load.values())


class _Assignment:
    """x[unit, district] and y[edge] ≥ |x[i, d] − x[j, d]|; two districts need one x."""

    def __init__(self, units: Units) -> None:
        self.units = units
        self.wide = 1 if units.bounds.parts == 2 else units.bounds.parts
        self.edges = [(i, j, weight) for i, around in enumerate(units.near) for j, weight in around.items() if i < j]
        self.places = units.size * self.wide
        self.separators: list[tuple[int, int, list[int], int]] = []
        self.ordered = all(label < 0 for label in units.fixed)
        self.heaviest = sorted(range(units.size), key=lambda unit: -units.people[unit])

    def values(self, plan: Sequence[int]) -> highs.Floats:
        """The variables of a plan; the names of its districts after their heaviest units where names are free."""
        name = list(range(self.units.bounds.parts))
        if self.ordered:
            seen: dict[int, int] = {}
            for unit in self.heaviest:
                seen.setdefault(plan[unit], len(seen))
            name = [seen[label] for label in range(len(name))]
        x = np.zeros((self.units.size, self.units.bounds.parts))
        for unit, label in enumerate(plan):
            x[unit, name[label]] = 1.0
        cut = [float(plan[i] != plan[j]) for i, j, _ in self.edges]
        return np.concatenate([x[:, : self.wide].ravel(), cut])

    def plan(self, values: highs.Floats) -> list[int]:
        """The plan of an answer."""
        x = values[: self.places].reshape(self.units.size, self.wide)
        if self.wide == 1:
            return [int(one < 0.5) for one in x[:, 0]]
        return [int(one) for one in x.argmax(axis=1)]

    def join(self, plan: Sequence[int]) -> bool:
        """Hold down every district that is in pieces; whether there was one."""
        units = self.units
        before = len(self.separators)
        for label in range(units.bounds.parts):
            pieces = _pieces(units, plan, label)
            for piece in pieces[1:]:
                inside = set(piece)
                around = sorted({other for unit in piece for other in units.near[unit]} - inside)
                one = max(piece, key=lambda unit: units.people[unit])
                main = max(pieces[0], key=lambda unit: units.people[unit])
                self.separators += [(one, main, around, district) for district in range(units.bounds.parts)]
        return len(self.separators) > before

    def model(self) -> highs.Model:
        """The model as arrays."""
        units, wide = self.units, self.wide
        low, high = np.zeros(self.places + len(self.edges)), np.ones(self.places + len(self.edges))
        for unit, label in enumerate(units.fixed):
            if label >= 0:
                wanted = np.array([float(label == district) for district in range(units.bounds.parts)])[:wide]
                low[unit * wide : (unit + 1) * wide] = high[unit * wide : (unit + 1) * wide] = wanted
        if self.ordered:  # names are free: the heaviest unit is in the first, the next in the first two, …
            for place, unit in enumerate(self.heaviest[: units.bounds.parts - 1]):
                high[unit * wide + place + 1 : (unit + 1) * wide] = 0.0
                if place == 0:
                    low[unit * wide] = 1.0
        rows = highs.Rows()
        most = math.inf
        for e, (i, j, _) in enumerate(self.edges):
            for d in range(wide):
                at, one, other = self.places + e, i * wide + d, j * wide + d
                rows.one(np.array([at, one, other]), np.array([1, -1, 1]), 0, most)
                rows.one(np.array([at, one, other]), np.array([1, 1, -1]), 0, most)
        scale = float(units.bounds.mean)
        people, total = np.array(units.people) / scale, math.fsum(units.people) / scale
        lower, upper = float(units.bounds.lower) / scale, float(units.bounds.upper) / scale
        slack = 1e-9
        for d in range(wide):
            least, top = (max(lower, total - upper), min(upper, total - lower)) if wide == 1 else (lower, upper)
            rows.one(np.arange(d, self.places, wide), people, least - slack, top + slack)
        if wide > 1:
            for unit in range(units.size):
                rows.one(np.arange(unit * wide, (unit + 1) * wide), np.ones(wide), 1, 1)
        for a, b in units.bonds:
            for d in range(wide):
                rows.one(np.array([a * wide + d, b * wide + d]), np.array([1, -1]), 0, 0)
        for a, b in units.bars:
            for d in range(wide):
                rows.one(np.array([a * wide + d, b * wide + d]), np.ones(2), 1 if wide == 1 else 0, 1)
        for one, main, around, d in self.separators:
            if wide > 1 or d == 0:
                columns = np.array([one, main, *around]) * wide + (d if wide > 1 else 0)
                rows.one(columns, np.r_[1, 1, -np.ones(len(around))], -most, 1)
            else:  # the second district is what is not in the first: (1 − a) + (1 − b) − Σ (1 − w) ≤ 1
                columns = np.array([one, main, *around])
                rows.one(columns, np.r_[-1, -1, np.ones(len(around))], -most, len(around) - 1)
        cost = np.concatenate([np.zeros(self.places), [weight for _, _, weight in self.edges]])
        whole = np.concatenate([np.ones(self.places, dtype=bool), np.zeros(len(self.edges), dtype=bool)])
        return rows.model(cost, low, high, whole)


def _pieces(units: Units, plan: Sequence[int], label: int) -> list[list[int]]:
    """The connected pieces of a district, that with the most residents first."""
    seen: set[int] = set()
    found = []
    for first, held in enumerate(plan):
        if held != label or first in seen:
            continue
        seen.add(first)
        piece = [first]
        for unit in piece:
            for other in units.near[unit]:
                if plan[other] == label and other not in seen:
                    seen.add(other)
                    piece.append(other)
        found.append(piece)
    return sorted(found, key=lambda piece: (-math.fsum(units.people[unit] for unit in piece), piece))

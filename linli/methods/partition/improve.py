"""Rounds of annealing within a budget of steps and seconds (逐轮改进)."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Any

from linli.methods.compiled import Loop
from linli.methods.partition import kernel
from linli.methods.partition.objective import Objective
from linli.methods.partition.start import complete
from linli.methods.partition.units import Units

PACE = 8_000_000
"""Steps reckoned for a second; machines of 2026 do 10 to 25 million, so that the steps, not the clock, end a search."""
LEAST_ROUND, STEPS_EACH = 20_000, 40
FEW_DISTRICTS = 16
LONG_ROUNDS = 6
"""For many districts a round takes this part of the budget, visits not counted."""
CHUNK, SLOW_CHUNK = 50_000, 1_000
LAG = 0.1
"""How much of a round the clock may be ahead of the steps before temperature follows the clock."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One kind of round: where it starts, how long it is, its temperatures and the penalties of the bounds."""

    origin: str
    length: float
    hot: float
    cold: float
    step: float
    slope: float


FEW = (
    Recipe("nothing", 1, 1.0, 0.2, 0.1, 0.5),
    Recipe("nothing", 1, 0.7, 0.2, 0.1, 0.5),
    Recipe("nothing", 1, 1.0, 0.2, 0.1, 0.5),
    Recipe("nothing", 10, 3.0, 0.2, 0.1, 0.5),
    Recipe("nothing", 1, 0.7, 0.2, 0.1, 0.5),
    Recipe("best", 5, 0.8, 0.15, 0.3, 0.3),
    Recipe("nothing", 1, 1.0, 0.2, 0.1, 0.5),
    Recipe("nothing", 1, 0.7, 0.2, 0.1, 0.5),
    Recipe("nothing", 3, 1.0, 0.3, 0.1, 0.1),
    Recipe("nothing", 1, 1.0, 0.2, 0.1, 0.5),
    Recipe("best", 10, 1.2, 0.15, 0.1, 0.5),
)
"""For few districts, where the start decides: many short rounds."""
TIGHT = (
    Recipe("nothing", 1, 1.0, 0.2, 0.1, 0.5),
    Recipe("nothing", 15, 3.0, 0.4, 0.1, 0.05),
    Recipe("nothing", 10, 3.0, 0.2, 0.1, 0.5),
    Recipe("best", 5, 0.8, 0.15, 0.3, 0.3),
    Recipe("nothing", 15, 3.0, 0.4, 0.1, 0.05),
    Recipe("nothing", 20, 2.0, 0.15, 0.5, 0.1),
    Recipe("best", 10, 1.2, 0.15, 0.1, 0.5),
)
"""For few districts of large atoms, where short rounds seldom end within the bounds: long hot ones."""
MANY = (
    Recipe("nothing", 1, 0.9, 0.12, 0.2, 0.4),
    Recipe("best", 1, 0.5, 0.12, 0.3, 0.3),
    Recipe("nothing", 1, 1.2, 0.2, 0.3, 0.2),
    Recipe("best", 1, 0.7, 0.15, 0.1, 0.5),
)
"""For many districts, where only patience counts: few long rounds."""
FROM_CURRENT = Recipe("current", 5, 0.4, 0.1, 0.3, 0.3)
LAST = Recipe("best", 1, 0.3, 0.1, 1.0, 1.0)
"""When the time is over and no plan is within the bounds: a short try from the nearest, bounds before all."""
GRACE = 0.4
"""Seconds for it."""


@dataclass(slots=True)
class Found:
    """What a search ends with: the best plan by unit or None, else the least excess and the plan that has it.

    ``steps`` done and ``whole``: every step that was to be done was done at its own temperature, so the same seed and
    budget give the same plan.
    """

    district: list[int] | None
    value: float
    nearest: list[int]
    least: float
    steps: int
    rounds: int
    whole: bool


class Search:
    """Repeated annealing on one graph (搜索). Deterministic for a seed as long as steps, not seconds, end it."""

    def __init__(self, units: Units, objective: Objective, seed: int, target: float, loop: Loop) -> None:
        self.units, self.objective, self.loop, self.target = units, objective, loop, target
        self.seed = seed
        edges = [(i, j, weight) for i, around in enumerate(units.near) for j, weight in around.items() if i < j]
        number = {(i, j): e for e, (i, j, _) in enumerate(edges)}
        self.edges = edges
        pairs: list[list[tuple[int, bool]]] = [[] for _ in units.near]
        for same, group in ((True, units.bonds), (False, units.bars)):
            for a, b in group:
                pairs[a].append((b, same))
                pairs[b].append((a, same))
        graph = units.graph
        self.x = [0.0] * units.size
        self.y = [0.0] * units.size
        if graph.xy and objective.per_inertia:
            middle = [math.fsum(axis) / graph.size for axis in zip(*graph.xy, strict=True)]  # keeps figures small
            for unit, atoms in enumerate(units.members):
                self.x[unit] = math.fsum(graph.people[one] * (graph.xy[one][0] - middle[0]) for one in atoms)
                self.y[unit] = math.fsum(graph.people[one] * (graph.xy[one][1] - middle[1]) for one in atoms)
        around = [list(near) for near in units.near]
        self.ints, self.reals, self.flags = self._makers()
        self.fixed_rows: tuple[Any, ...] = (
            self.ints([0, *accumulate(map(len, around))]),
            self.ints([j for near in around for j in near]),
            self.ints([number[min(i, j), max(i, j)] for i, near in enumerate(around) for j in near]),
            self.ints([i for i, _, _ in edges]),
            self.ints([j for _, j, _ in edges]),
            self.reals([weight for _, _, weight in edges]),
            self.reals(units.people),
            self.flags([label >= 0 for label in units.fixed]),
            self.ints([0, *accumulate(map(len, pairs))]),
            self.ints([other for row in pairs for other, _ in row]),
            self.flags([same for row in pairs for _, same in row]),
            self.ints([0, *accumulate(map(len, units.stays))]),
            self.ints([label for row in units.stays for label in row]),
            self.reals([people for row in units.stays for people in row.values()]),
            self.reals(self.x),
            self.reals(self.y),
        )
        whole = all(one.is_integer() for one in graph.people)
        margin = 0.0 if whole else 1e-7 * float(units.bounds.mean)  # sums of fractions are rounded
        self.lower, self.upper = units.bounds.lower + margin, units.bounds.upper - margin
        self.found = Found(None, math.inf, [], math.inf, 0, 0, True)

    def _makers(self) -> tuple[Any, Any, Any]:
        if not self.loop.arrays:
            return list, list, list
        import numpy

        return (
            lambda row: numpy.array(row, numpy.int64),
            lambda row: numpy.array(row, numpy.float64),
            lambda row: numpy.array(row, numpy.bool_),
        )

    def run(self, deadline: float, budget: int, plans: Sequence[Sequence[int]]) -> Found:
        """Rounds until the budget of steps or the time ends, or the target is met.

        Args:
            deadline: monotonic seconds.
            budget: steps, counting also the units visited to see that a district stays connected.
            plans: complete plans to begin with, the current map first.
        """
        units, found = self.units, self.found
        for plan in plans:
            self._keep(list(plan))
        base = max(LEAST_ROUND, STEPS_EACH * units.size)
        few = units.bounds.parts <= FEW_DISTRICTS and base * len(FEW) < budget
        base = base if few else max(1000, budget // LONG_ROUNDS)
        turn = 0
        missed = 0  # short rounds without a plan, less those with one
        queue = [FROM_CURRENT] if plans else []
        while found.steps < budget and time.monotonic() < deadline and found.value > self.target:
            if not queue:
                queue = list(MANY if not few else TIGHT if missed > 0 else FEW)
            recipe = queue.pop(0)
            known = found.district or found.nearest
            if recipe.origin == "current":
                begin = list(plans[0])
            elif recipe.origin == "best" and known:
                begin = known
            else:
                begin = complete(units, [-1] * units.size, Random(f"{self.seed}:{turn}"))
            length = int(base * recipe.length) if few else base
            met = self._round(begin, recipe, max(1, min(budget - found.steps, length)), deadline, turn)
            if recipe.length == 1:
                missed += -1 if met else 1
            turn += 1
        if found.steps < budget and found.value > self.target:
            found.whole = False
        if found.district is None and found.nearest:
            found.whole = False
            self._round(found.nearest, LAST, max(LEAST_ROUND, base), time.monotonic() + GRACE, turn)
        found.rounds = turn
        return found

    def _round(self, begin: Sequence[int], recipe: Recipe, length: int, deadline: float, turn: int) -> bool:
        """One annealing; whether it met the bounds."""
        units, objective, loop, found = self.units, self.objective, self.loop, self.found
        rows, state = self._rows(begin, turn)
        if state[kernel.EXCESS] <= 1e-6 and not state[kernel.BROKEN]:
            self._keep(list(begin))
        heat = objective.heat
        mean = math.fsum(units.people) / units.size
        settings = (
            recipe.hot * heat,
            recipe.cold * heat,
            recipe.step * heat,
            recipe.slope * heat / mean,
            float(self.lower),
            float(self.upper),
            objective.per_cut,
            objective.per_inertia,
            objective.per_moved,
            self.target,
        )
        began = time.monotonic()
        window = max(1e-3, deadline - began)
        while state[kernel.STEP] < length:
            at = int(state[kernel.STEP])
            loop(min(CHUNK if loop.fast else SLOW_CHUNK, length - at), length, *settings, *self.fixed_rows, *rows)
            if state[kernel.STEP] == at or state[kernel.BEST] <= self.target:
                break
            late = (time.monotonic() - began) / window
            if late >= 1:
                found.whole = found.whole and bool(state[kernel.STEP] >= length)
                break
            if late > state[kernel.STEP] / length + LAG:
                found.whole = False
                state[kernel.STEP] = int(length * (late - LAG / 2))
        found.steps += max(1000, int(state[kernel.STEP] + state[kernel.VISITED]))
        if math.isfinite(state[kernel.BEST]):
            self._keep([int(one) for one in rows[-2]])
        elif state[kernel.LEAST] < found.least:
            found.least, found.nearest = float(state[kernel.LEAST]), [int(one) for one in rows[-1]]
        return math.isfinite(float(state[kernel.BEST]))

    def _rows(self, begin: Sequence[int], turn: int) -> tuple[tuple[Any, ...], Any]:
        units, parts = self.units, self.units.bounds.parts
        load, count, sum_x, sum_y = [0.0] * parts, [0] * parts, [0.0] * parts, [0.0] * parts
        for unit, held in enumerate(begin):
            load[held] += units.people[unit]
            count[held] += 1
            sum_x[held] += self.x[unit]
            sum_y[held] += self.y[unit]
        cut_edges, place, cut = [0] * (len(self.edges) + 1), [-1] * len(self.edges), 0.0
        cuts = 0
        for e, (i, j, weight) in enumerate(self.edges):
            if begin[i] != begin[j]:
                cut_edges[cuts], place[e] = e, cuts
                cuts += 1
                cut += weight
        excess = math.fsum(max(0.0, self.lower - one, one - self.upper) for one in load)
        state = [0.0] * kernel.STATE_SIZE
        state[kernel.CUTS] = cuts
        state[kernel.OBJECTIVE] = self._value(begin, cut)
        state[kernel.EXCESS] = excess
        state[kernel.BROKEN] = self._broken(begin)
        state[kernel.BEST] = state[kernel.LEAST] = math.inf
        state[kernel.PRESSURE] = 1.0
        word = (self.seed * 2654435761 + turn * 40503 + 12345) % 4294967295 + 1
        zeros = [0] * units.size
        numbers = self.reals(state)
        ints, reals = self.ints, self.reals
        return (
            ints(list(begin)),
            reals(load),
            ints(count),
            reals(sum_x),
            reals(sum_y),
            ints(cut_edges),
            ints(place),
            numbers,
            ints([word]),
            ints(zeros),
            ints([0, *zeros]),
            ints(zeros),
            ints(zeros),
        ), numbers

    def _broken(self, plan: Sequence[int]) -> float:
        torn = sum(plan[a] != plan[b] for a, b in self.units.bonds)
        return float(torn + sum(plan[a] == plan[b] for a, b in self.units.bars))

    def _value(self, plan: Sequence[int], cut: float) -> float:
        """The objective; for inertia without its constant part, which no move changes."""
        worth = self.objective.per_cut * cut
        if self.objective.per_inertia:
            worth += self.objective.per_inertia * self._inertia(plan)
        if self.objective.per_moved:
            stayed = sum(row.get(plan[unit], 0.0) - sum(row.values()) for unit, row in enumerate(self.units.stays))
            worth -= self.objective.per_moved * stayed
        return worth

    def _inertia(self, plan: Sequence[int]) -> float:
        load, sum_x, sum_y = ([0.0] * self.units.bounds.parts for _ in range(3))
        for unit, held in enumerate(plan):
            load[held] += self.units.people[unit]
            sum_x[held] += self.x[unit]
            sum_y[held] += self.y[unit]
        return -math.fsum((x * x + y * y) / one for one, x, y in zip(load, sum_x, sum_y, strict=True) if one > 0)

    def offer(self, plan: Sequence[int]) -> None:
        """A plan found elsewhere, its districts connected."""
        self._keep(list(plan))

    def _keep(self, plan: list[int]) -> None:
        """Hold a plan when it keeps every bound and is the best so far; its districts are renamed after today's map first."""
        plan = renamed(self.units, plan)
        load = [0.0] * self.units.bounds.parts
        for unit, held in enumerate(plan):
            load[held] += self.units.people[unit]
        excess = math.fsum(max(0.0, self.lower - one, one - self.upper) for one in load)
        excess += self.upper * self._broken(plan)
        found = self.found
        if excess > 1e-6:
            if excess < found.least:
                found.least, found.nearest = excess, plan
            return
        cut = math.fsum(weight for i, j, weight in self.edges if plan[i] != plan[j])
        worth = self._value(plan, cut)
        if worth < found.value - 1e-9:
            found.value, found.district, found.least = worth, plan, 0.0


def renamed(units: Units, plan: Sequence[int]) -> list[int]:
    """The same districts, numbered so that as few residents as possible move (对齐现有编号). O(parts³).

    Districts with frozen units keep their number. A linear assignment by SciPy.
    """
    plan = list(plan)
    if not any(units.stays):
        return plan
    frozen = {label for label in units.fixed if label >= 0}
    free = [label for label in range(units.bounds.parts) if label not in frozen]
    if len(free) < 2:
        return plan
    import numpy
    from scipy.optimize import linear_sum_assignment

    row = {label: k for k, label in enumerate(free)}
    shared = numpy.zeros((len(free), len(free)))
    for unit, held in enumerate(plan):
        if held in row:
            for label, people in units.stays[unit].items():
                if label in row:
                    shared[row[held], row[label]] += people
    shared += numpy.eye(len(free)) * 1e-9  # of equals, the number it has
    chosen = linear_sum_assignment(shared, maximize=True)[1]
    new = {held: free[chosen[k]] for held, k in row.items()}
    return [new.get(held, held) for held in plan]

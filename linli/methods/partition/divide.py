"""Divide a graph into districts within hard bounds (划分)."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Any

from linli.methods.compiled import Loop
from linli.methods.partition import kernel
from linli.methods.partition.bound import cut_bound, inertia_bound
from linli.methods.partition.exact import enumerate_best
from linli.methods.partition.graph import Bounds, Graph, Infeasible, Refused, bounds_of, figure
from linli.methods.partition.improve import PACE, Found, Search, renamed
from linli.methods.partition.objective import cut_of, inertia_of, loads_of, moved_of, objective_of
from linli.methods.partition.proof import prove
from linli.methods.partition.start import complete, seats
from linli.methods.partition.units import Units, contract

BOUND_SHARE = 0.15
"""Share of the time that the bound may take at most."""
FINISH = 0.2
"""Seconds of computing that judging, writing and ending take; more by the clock on a busy machine."""
LATE = 0.3
"""Seconds after the time given that the ending may take on a busy machine; less than the second that is promised."""
LEAST_SEARCH = 0.3
"""Seconds of search even when starting took all the time."""
LOADING, LOADING_SHARE = 0.5, 0.6
"""Seconds of computing to load the compiled loop, and the part of the time left that it may take; else the plain one."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan and what is known about it (方案).

    ``district`` one number per atom; ``cut`` weight of separated neighbours; ``inertia`` moment of inertia, None without
    positions; ``deviation`` largest distance of a district from the mean, as a share of the mean; ``moved`` residents
    whose district changes; ``bound`` what no plan can go below in the objective; ``proven`` that none is better;
    ``repeatable`` the same seed and time give the same plan, because steps and not the clock ended the search.
    """

    district: list[int]
    objective: str
    cut: float
    inertia: float | None
    deviation: float
    moved: float
    bound: float
    proven: bool
    bounds: Bounds
    seed: int
    steps: int
    repeatable: bool

    def as_json(self) -> dict[str, Any]:
        """The plan file's content."""
        return {
            "district": self.district,
            "cut": whole(self.cut),
            "deviation": self.deviation,
            "moved": whole(self.moved),
            "bound": whole(self.bound),
            "split": 0,
            "objective": self.objective,
            **({} if self.inertia is None else {"inertia": self.inertia}),
            "proven": self.proven,
            "parts": self.bounds.parts,
            "tolerance": float(self.bounds.tolerance),
            "lower": self.bounds.lower,
            "upper": self.bounds.upper,
            "seed": self.seed,
            "steps": self.steps,
            "repeatable": self.repeatable,
        }


class NotFound(Refused):
    """No plan was found in the time given, though none of the known obstacles holds (限时内未找到)."""


def whole(value: float) -> float | int:
    """Whole numbers without a decimal point."""
    return int(value) if float(value).is_integer() else value


def deviation_of(graph: Graph, district: Sequence[int], mean: Fraction) -> float:
    """The largest distance of a district from the mean, as a share of the mean (最大偏差)."""
    return max(abs(float((Fraction(load) - mean) / mean)) for load in loads_of(graph, district).values())


def divide(
    graph: Graph,
    parts: int,
    tolerance: float | str | Fraction = "0.05",
    *,
    seconds: float = 10.0,
    seed: int = 1,
    objective: str = "cut",
    iterations: int | None = None,
    spent: float = 0.0,
) -> Plan:
    """Divide into connected districts within bounds, at least cost (划分).

    Order of aims: residents of each district within ceil and floor of mean × (1 ∓ tolerance), each district connected,
    must-link groups whole, frozen atoms in place and barred ones apart; then the cut (or moment of inertia); then the
    residents moved. Up to 24 units are solved by enumeration; larger graphs by annealing in rounds, from the current
    map and from nothing. A step costs a few neighbours; memory is linear.

    Args:
        parts: number of districts.
        tolerance: share, 0.005 is ±0.5 %.
        seconds: time to use, `spent` included; about so many times five million steps are done, fewer on a slow machine.
        seed: the same seed, seconds and graph give the same plan when `Plan.repeatable`.
        objective: "cut" or "inertia" (needs positions).
        iterations: at most so many steps instead of those reckoned from the seconds.
        spent: seconds already used of the time.

    Raises:
        Refused: an argument cannot be used. Infeasible: no plan can exist, with the reason. NotFound: none was found.
    """
    began, computed = time.monotonic() - spent, 0.0 if spent else time.process_time()

    def busy() -> float:
        """Seconds by the clock that a second of computing takes."""
        return max(1.0, (time.monotonic() - began) / max(0.05, time.process_time() - computed))

    if isinstance(seconds, bool) or not (math.isfinite(seconds) and 0 < seconds <= 86_400):
        raise Refused(f"--seconds 要写大于 0、不超过 86400 的秒数，不能是 {seconds}。")
    if iterations is not None and iterations < 1:
        raise Refused(f"--iterations 要写不小于 1 的整数，不能是 {iterations}。")
    bounds = bounds_of(graph, parts, tolerance)
    units = contract(graph, bounds)
    seats(units)
    aim = objective_of(units, objective)
    deadline = began + seconds

    def value(plan: Sequence[int]) -> tuple[float, list[int]]:
        named = renamed(units, _numbered(units, plan))
        return aim.value(graph, units.spread(named)), named

    everything, best = enumerate_best(units, value, objective == "cut", min(deadline, time.monotonic() + seconds / 2))
    if everything and best is None:
        raise Infeasible(
            f"已试遍所有划法：没有一种能让 {parts} 个网格各自连成一片、都在 {bounds.lower} 至 {bounds.upper} 人之间"
            f"{_wishes(graph)}。请放宽 --tolerance、改变 --parts 或减少限制。"
        )
    if everything and best is not None:
        return _plan(units, objective, best, None, seed, 0, True)
    limit = time.monotonic() + BOUND_SHARE * max(0.0, deadline - time.monotonic())
    bound = cut_bound(units, limit, busy()) if objective == "cut" else inertia_bound(units, limit)
    target = bound + 1e-9 if objective == "cut" else -1.0
    worth = LOADING * busy() < LOADING_SHARE * (deadline - time.monotonic())
    loop = Loop(kernel.anneal, kernel.SIGNATURE, kernel.__name__, plain=not worth)
    search = Search(units, aim, seed, target if objective == "cut" else -math.inf, loop)
    plans = [] if best is None else [best]
    if graph.current:
        today = [max(row, key=lambda label: row[label]) if row else -1 for row in units.stays]
        plans.insert(0, complete(units, today, Random(f"{seed}:current")))
    deadline -= min(0.3 * seconds, max(0.0, FINISH * (busy() - 1) - LATE))
    found = search.run(max(deadline, time.monotonic() + LEAST_SEARCH), iterations or int(PACE * seconds), plans)
    if found.district is None:
        raise NotFound(_not_found(units, found, seconds))
    if objective == "cut" and found.whole:
        bound, better = prove(units, found.district, bound, deadline)
        if better is not None:
            search.offer(better)
    return _plan(units, objective, found.district, bound, seed, found.steps, found.whole)


def _numbered(units: Units, blocks: Sequence[int]) -> list[int]:
    """Labels for blocks: that of their frozen units, else any free one."""
    given = {block: label for block, label in zip(blocks, units.fixed, strict=True) if label >= 0}
    spare = iter([label for label in range(units.bounds.parts) if label not in given.values()])
    return [given[block] if block in given else given.setdefault(block, next(spare)) for block in blocks]


def _wishes(graph: Graph) -> str:
    held = [
        key for key, value in (("together", graph.together), ("frozen", graph.frozen), ("apart", graph.apart)) if value
    ]
    return f"，并满足 {'、'.join(held)}" if held else ""


def _not_found(units: Units, found: Found, seconds: float) -> str:
    bounds = units.bounds
    text = f"{figure(seconds)} 秒内没有找到每个网格都在 {bounds.lower} 至 {bounds.upper} 人之间的方案{_wishes(units.graph)}"
    if found.nearest and search_broken(units, found.nearest) == 0:
        plan = units.spread(found.nearest)
        share = deviation_of(units.graph, plan, bounds.mean)
        loads = loads_of(units.graph, plan)
        label = max(loads, key=lambda one: abs(loads[one] - float(bounds.mean)))
        near = math.ceil(share * 1000) / 1000
        text += (
            f"；找到的最接近的方案最大偏差 {share:.2%}（网格 {label} 有 {figure(loads[label])} 人）。"
            f"可把 --tolerance 放宽到 {near:g}，或延长 --seconds"
        )
    else:
        text += "；together、frozen 和 apart 也没能同时满足。请减少限制、放宽 --tolerance 或延长 --seconds"
    return text + "。也可能本来就没有这样的方案。"


def search_broken(units: Units, plan: Sequence[int]) -> int:
    """How many pairs that must share a district do not, or must not and do."""
    return sum(plan[a] != plan[b] for a, b in units.bonds) + sum(plan[a] == plan[b] for a, b in units.bars)


def _plan(
    units: Units, objective: str, district: Sequence[int], bound: float | None, seed: int, steps: int, repeatable: bool
) -> Plan:
    graph = units.graph
    shown = units.spread(district)
    cut = cut_of(graph, shown)
    inertia = inertia_of(graph, shown) if graph.xy else None
    reached = cut if objective == "cut" else inertia or 0.0
    least = reached if bound is None else min(bound, reached)
    return Plan(
        district=shown,
        objective=objective,
        cut=cut,
        inertia=inertia,
        deviation=deviation_of(graph, shown, units.bounds.mean),
        moved=moved_of(graph, shown),
        bound=least,
        proven=bound is None or reached <= bound + 1e-9,
        bounds=units.bounds,
        seed=seed,
        steps=steps,
        repeatable=repeatable,
    )

"""What a plan is judged by (目标): cut or moment of inertia, then residents moved."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from linli.methods.partition.graph import Graph, Refused
from linli.methods.partition.units import Units

OBJECTIVES = ("cut", "inertia")


def cut_of(graph: Graph, district: Sequence[int]) -> float:
    """Weight of the edges between districts (割边)."""
    return math.fsum(
        weight for (i, j), weight in zip(graph.edges, graph.weight, strict=True) if district[i] != district[j]
    )


def moved_of(graph: Graph, district: Sequence[int]) -> float:
    """Residents whose district differs from today's; atoms without one today do not count (变动人口)."""
    return math.fsum(
        people
        for people, now, then in zip(graph.people, graph.current, district, strict=False)
        if now is not None and now != then
    )


def loads_of(graph: Graph, district: Sequence[int]) -> dict[int, float]:
    """Residents of each district (各网格人口)."""
    found: dict[int, float] = {}
    for people, label in zip(graph.people, district, strict=True):
        found[label] = found.get(label, 0.0) + people
    return found


def inertia_of(graph: Graph, district: Sequence[int]) -> float:
    """Residents times squared distance to their district's centre of residents (转动惯量), in xy units squared."""
    if not graph.xy:
        return 0.0
    sums: dict[int, list[float]] = {}
    for people, (x, y), label in zip(graph.people, graph.xy, district, strict=True):
        held = sums.setdefault(label, [0.0, 0.0, 0.0])
        held[0] += people
        held[1] += people * x
        held[2] += people * y
    total = []
    for people, (x, y), label in zip(graph.people, graph.xy, district, strict=True):
        load, sum_x, sum_y = sums[label]
        if load > 0:
            total.append(people * ((x - sum_x / load) ** 2 + (y - sum_y / load) ** 2))
    return math.fsum(total)


@dataclass(frozen=True, slots=True)
class Objective:
    """Weights of cut, inertia and residents moved such that the first decides and the last breaks ties."""

    per_cut: float
    per_inertia: float
    per_moved: float
    heat: float
    """A typical change by one move: the unit of temperatures and penalties."""

    def value(self, graph: Graph, district: Sequence[int]) -> float:
        """The objective of a plan; less is better."""
        worth = self.per_cut * cut_of(graph, district) if self.per_cut else 0.0
        if self.per_inertia:
            worth += self.per_inertia * inertia_of(graph, district)
        return worth + self.per_moved * moved_of(graph, district)


def quantum(weights: Sequence[float]) -> float:
    """The least possible difference between two cuts: 1 or more for whole weights, else a millionth of the mean."""
    if all(float(one).is_integer() for one in weights):
        return float(math.gcd(*(int(one) for one in weights))) or 1.0
    return 1e-6 * math.fsum(weights) / len(weights)


def objective_of(units: Units, kind: str) -> Objective:
    """The objective for a graph.

    Raises:
        Refused: unknown kind, or inertia without positions.
    """
    graph = units.graph
    residents = math.fsum(graph.people)
    if kind == "cut":
        positive = [one for one in graph.weight if one > 0]
        heat = math.fsum(positive) / len(positive) if positive else 1.0
        per_moved = 0.5 * quantum(graph.weight) / residents if graph.current and graph.weight else 0.0
        return Objective(1.0, 0.0, per_moved or (1.0 / residents if graph.current else 0.0), heat)
    if kind != "inertia":
        raise Refused(f"--objective 只能是 cut 或 inertia，不能是 {kind}。")
    if not graph.xy:
        raise Refused("按转动惯量划分（--objective inertia）需要图文件有 xy（每个地块的坐标）。")
    squares = sorted(
        (graph.xy[i][0] - graph.xy[j][0]) ** 2 + (graph.xy[i][1] - graph.xy[j][1]) ** 2 for i, j in graph.edges
    )
    width = squares[len(squares) // 2] if squares else 1.0
    typical = residents / graph.size * (width or 1.0) * math.sqrt(graph.size / units.bounds.parts)
    return Objective(0.0, 1.0 / typical, 1e-6 / residents if graph.current else 0.0, 1.0)

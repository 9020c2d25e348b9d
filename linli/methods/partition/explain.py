"""Check a plan, and say for every atom why it lies where it does (核对与说明)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from linli.methods.partition.graph import Bounds, Graph, figure, named
from linli.methods.partition.objective import cut_of, inertia_of, loads_of, moved_of


@dataclass(frozen=True, slots=True)
class Check:
    """What a plan is worth, computed anew (核对结果). ``faults`` are Chinese sentences; none means the plan holds."""

    faults: list[str]
    loads: dict[int, float]
    cut: float
    inertia: float | None
    deviation: float
    moved: float


def pieces_of(graph: Graph, district: Sequence[int]) -> dict[int, list[list[int]]]:
    """The connected pieces of each district, largest population first."""
    around = graph.neighbours()
    seen = [False] * graph.size
    found: dict[int, list[list[int]]] = {}
    for atom in range(graph.size):
        if seen[atom]:
            continue
        seen[atom] = True
        piece = [atom]
        for one in piece:
            for other, _ in around[one]:
                if not seen[other] and district[other] == district[atom]:
                    seen[other] = True
                    piece.append(other)
        found.setdefault(district[atom], []).append(sorted(piece))
    for pieces in found.values():
        pieces.sort(key=lambda piece: (-math.fsum(graph.people[one] for one in piece), piece[0]))
    return found


def check(graph: Graph, district: Sequence[int], parts: int, bounds: Bounds | None) -> Check:
    """Hold a plan against the graph's rules (核对方案). Linear, apart from `apart` groups.

    Args:
        district: one number per atom.
        parts: how many districts there should be.
        bounds: residents allowed; None leaves them unjudged.
    """
    loads = loads_of(graph, district)
    faults = []
    if len(loads) != parts:
        faults.append(f"方案有 {len(loads)} 个网格，应为 {parts} 个。")
    for label, people in sorted(loads.items()):
        if bounds is not None and people > bounds.upper:
            faults.append(
                f"网格 {label} 有 {figure(people)} 人，超过上限 {bounds.upper} 人 {figure(people - bounds.upper)} 人。"
            )
        elif bounds is not None and people < bounds.lower:
            faults.append(
                f"网格 {label} 有 {figure(people)} 人，低于下限 {bounds.lower} 人 {figure(bounds.lower - people)} 人。"
            )
    for label, pieces in sorted(pieces_of(graph, district).items()):
        for piece in pieces[1:]:
            faults.append(f"网格 {label} 没有连成一片：{named(piece)} 与其余部分断开。")
    for row, group in enumerate(graph.together):
        if len({district[atom] for atom in group}) > 1:
            other = next(atom for atom in group if district[atom] != district[group[0]])
            faults.append(
                f"together 第 {row} 组被拆开：地块 {group[0]} 在网格 {district[group[0]]}，地块 {other} 在网格 {district[other]}。"
            )
    for atom, label in sorted(graph.frozen.items()):
        if district[atom] != label:
            faults.append(f"地块 {atom} 固定在网格 {label}，方案却放在网格 {district[atom]}。")
    for row, group in enumerate(graph.apart):
        held: dict[int, int] = {}
        for atom in group:
            if district[atom] in held:
                faults.append(
                    f"apart 第 {row} 组：地块 {held[district[atom]]} 和 {atom} 同在网格 {district[atom]}，应分开。"
                )
            held.setdefault(district[atom], atom)
    mean = sum((Fraction(one) for one in graph.people), Fraction(0)) / parts
    return Check(
        faults=faults,
        loads=loads,
        cut=cut_of(graph, district),
        inertia=inertia_of(graph, district) if graph.xy else None,
        deviation=max(abs(float((Fraction(load) - mean) / mean)) for load in loads.values()),
        moved=moved_of(graph, district),
    )


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an atom does not go to its best other district (理由), or what it would cost.

    ``kind``: "frozen", "splits" a must-link group, "apart", "last" atom of its district, "contiguity" of the district it
    leaves or enters, "above" or "below" a bound by ``amount`` residents, "cost" of ``amount`` more (less when negative).
    """

    kind: str
    amount: float
    text: str


@dataclass(frozen=True, slots=True)
class Move:
    """The best other district of an atom and every reason against it (最优替代)."""

    atom: int
    district: int
    other: int | None
    cost: float
    moved: float
    reasons: list[Reason]

    @property
    def allowed(self) -> bool:
        """Whether the move keeps every hard rule."""
        return self.other is not None and all(reason.kind == "cost" for reason in self.reasons)


def articulation(graph: Graph, district: Sequence[int]) -> list[bool]:
    """For each atom whether its district falls apart without it. O(n + m); R. Tarjan (1972), without recursion."""
    around = [
        [other for other, _ in row if district[other] == district[atom]] for atom, row in enumerate(graph.neighbours())
    ]
    order, low = [-1] * graph.size, [0] * graph.size
    cuts = [False] * graph.size
    count = 0
    for root in range(graph.size):
        if order[root] >= 0:
            continue
        order[root] = low[root] = count
        count += 1
        children = 0
        stack = [(root, -1, 0)]
        while stack:
            atom, parent, at = stack.pop()
            if at < len(around[atom]):
                stack.append((atom, parent, at + 1))
                other = around[atom][at]
                if order[other] < 0:
                    order[other] = low[other] = count
                    count += 1
                    children += atom == root
                    stack.append((other, atom, 0))
                elif other != parent:
                    low[atom] = min(low[atom], order[other])
            elif parent >= 0:
                low[parent] = min(low[parent], low[atom])
                if parent != root and low[atom] >= order[parent]:
                    cuts[parent] = True
        cuts[root] = children > 1
    return cuts


def explain(graph: Graph, district: Sequence[int], bounds: Bounds, objective: str = "cut") -> list[Move]:
    """For every atom the best other district and why it does not go there (逐块说明).

    Of the districts it touches (of those its district touches, when it touches none; else of all) the one with the
    fewest hard reasons against it, then the least cost, then the lowest number. Only this atom moves; each figure is
    exact. O(n + m), times the neighbours of a district for atoms inside it.

    Args:
        objective: "cut" or "inertia", what the cost counts.
    """
    around = graph.neighbours()
    loads = loads_of(graph, district)
    sizes: dict[int, int] = {}
    for label in district:
        sizes[label] = sizes.get(label, 0) + 1
    cuts = articulation(graph, district)
    group_of: dict[int, int] = {}
    for row, group in enumerate(graph.together):
        for atom in group:
            if len(group) > 1:
                group_of.setdefault(atom, row)
    barred: dict[int, set[int]] = {}
    for group in graph.apart:
        for atom in group:
            barred.setdefault(atom, set()).update(one for one in group if one != atom)
    centres = _centres(graph, district) if objective == "inertia" and graph.xy else {}
    meeting: dict[int, set[int]] = {label: set() for label in loads}
    for i, j in graph.edges:
        if district[i] != district[j]:
            meeting[district[i]].add(district[j])
            meeting[district[j]].add(district[i])
    beside = {label: sorted(others or loads.keys() - {label}) for label, others in meeting.items()}
    moves = []
    for atom, here in enumerate(district):
        touched: dict[int, float] = {}
        for other, weight in around[atom]:
            touched[district[other]] = touched.get(district[other], 0.0) + weight
        people = graph.people[atom]
        always = _always(graph, district, atom, here, loads, sizes, cuts, group_of, bounds)
        options = sorted(label for label in touched if label != here) or beside[here]
        best: tuple[tuple[int, float, int], Move] | None = None
        for label in options:
            reasons = list(always)
            if label not in touched:
                reasons.append(Reason("contiguity", 0.0, f"与网格 {label} 不相邻，并入后不能连成一片"))
            if loads[label] + people > bounds.upper:
                more = loads[label] + people - bounds.upper
                reasons.append(Reason("above", more, f"网格 {label} 将超过上限 {figure(more)} 人"))
            elif loads[label] + people < bounds.lower:
                less = bounds.lower - loads[label] - people
                reasons.append(Reason("below", less, f"网格 {label} 仍低于下限 {figure(less)} 人"))
            clash = [one for one in sorted(barred.get(atom, ())) if district[one] == label]
            if clash:
                reasons.append(Reason("apart", 0.0, f"不得与地块 {clash[0]} 同在网格 {label}"))
            if centres:
                cost = _inertia_change(graph, atom, centres[here], centres[label])
            else:
                cost = touched.get(here, 0.0) - touched.get(label, 0.0)
            now = graph.current[atom] if graph.current else None
            moved = 0.0 if now is None else people * ((label != now) - (here != now))
            rank = (len(reasons), cost, label)
            reasons.append(_cost(cost, moved, objective))
            if best is None or rank < best[0]:
                best = rank, Move(atom, here, label, cost, moved, reasons)
        moves.append(
            Move(atom, here, None, 0.0, 0.0, [Reason("last", 0.0, "只有一个网格")]) if best is None else best[1]
        )
    return moves


def _always(
    graph: Graph,
    district: Sequence[int],
    atom: int,
    here: int,
    loads: Mapping[int, float],
    sizes: Mapping[int, int],
    cuts: Sequence[bool],
    group_of: Mapping[int, int],
    bounds: Bounds,
) -> list[Reason]:
    """Reasons that hold wherever the atom would go."""
    reasons = []
    if atom in graph.frozen:
        reasons.append(Reason("frozen", 0.0, f"固定在网格 {graph.frozen[atom]}"))
    if atom in group_of:
        reasons.append(Reason("splits", 0.0, f"会拆开 together 第 {group_of[atom]} 组"))
    if sizes[here] == 1:
        reasons.append(Reason("last", 0.0, f"是网格 {here} 仅有的地块"))
    elif cuts[atom]:
        reasons.append(Reason("contiguity", 0.0, f"移走后网格 {here} 断开"))
    left = loads[here] - graph.people[atom]
    if sizes[here] > 1 and left < bounds.lower:
        reasons.append(Reason("below", bounds.lower - left, f"网格 {here} 将低于下限 {figure(bounds.lower - left)} 人"))
    elif left > bounds.upper:
        reasons.append(Reason("above", left - bounds.upper, f"网格 {here} 仍超过上限 {figure(left - bounds.upper)} 人"))
    return reasons


def _cost(cost: float, moved: float, objective: str) -> Reason:
    name = "割边" if objective == "cut" else "转动惯量"
    if cost > 0:
        text = f"{name}增加 {figure(cost)}"
    elif cost < 0:
        text = f"{name}可减少 {figure(-cost)}"
    else:
        text = f"{name}不变"
    if moved:
        text += f"，变动人口{'增加' if moved > 0 else '减少'} {figure(abs(moved))}"
    return Reason("cost", cost, text)


def _centres(graph: Graph, district: Sequence[int]) -> dict[int, tuple[float, float, float]]:
    sums: dict[int, list[float]] = {}
    for people, (x, y), label in zip(graph.people, graph.xy, district, strict=True):
        held = sums.setdefault(label, [0.0, 0.0, 0.0])
        held[0] += people
        held[1] += people * x
        held[2] += people * y
    return {label: (load, x / load if load else 0.0, y / load if load else 0.0) for label, (load, x, y) in sums.items()}


def _inertia_change(
    graph: Graph, atom: int, here: tuple[float, float, float], there: tuple[float, float, float]
) -> float:
    """Steiner's theorem on both sides: p · W / (W ± p) · squared distance to the centre."""
    people = graph.people[atom]
    x, y = graph.xy[atom]
    if people == 0:
        return 0.0
    leaving = (x - here[1]) ** 2 + (y - here[2]) ** 2
    entering = (x - there[1]) ** 2 + (y - there[2]) ** 2
    rest = here[0] - people
    lost = people * here[0] / rest * leaving if rest > 0 else 0.0
    return people * there[0] / (there[0] + people) * entering - lost

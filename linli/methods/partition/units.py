"""From atoms to the units that are moved (合并为整体): must-links contracted, impossible wishes explained."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from linli.methods.partition.graph import Bounds, Graph, Infeasible, Refused, figure, named

MOST_PAIRS = 1_000_000


@dataclass(slots=True)
class Units:
    """The contracted graph (整体图). Labels are numbered 0..parts-1; ``labels[k]`` is the number shown outside.

    ``members`` atoms of each unit, always connected; ``fixed`` its label or -1; ``bonds`` units of one must-link group
    that do not touch each other and must still share a district; ``bars`` units that must not; ``stays`` for each unit
    the residents by the label in which they live today; ``component`` the connected part of the graph it lies in, and
    ``quota`` how few and how many districts each part can hold.
    """

    graph: Graph
    bounds: Bounds
    labels: list[int]
    unit_of: list[int]
    members: list[list[int]]
    people: list[float]
    fixed: list[int]
    near: list[dict[int, float]]
    bonds: list[tuple[int, int]]
    bars: list[tuple[int, int]]
    stays: list[dict[int, float]]
    component: list[int]
    quota: list[tuple[int, int]]

    @property
    def size(self) -> int:
        """Number of units."""
        return len(self.members)

    def spread(self, district: Sequence[int]) -> list[int]:
        """The label shown outside of each atom, from the label of each unit."""
        return [self.labels[district[unit]] for unit in self.unit_of]


def contract(graph: Graph, bounds: Bounds) -> Units:
    """Contract must-link groups and look for every reason why no plan can exist (合并并查明无解原因).

    Linear in atoms and edges, apart from `apart` groups, which are turned into pairs.

    Raises:
        Infeasible: no plan can exist; the text names the atoms.
    """
    group_of = _merged(graph.size, graph.together)
    unit_of, members = _pieces(graph, group_of)
    people = [math.fsum(graph.people[atom] for atom in atoms) for atoms in members]
    labels = _labels(graph, bounds.parts)
    number = {label: k for k, label in enumerate(labels)}
    _refuse_large(graph, bounds, group_of)
    fixed = _fixed(graph, group_of, unit_of, members, number)
    near: list[dict[int, float]] = [{} for _ in members]
    for (i, j), weight in zip(graph.edges, graph.weight, strict=True):
        a, b = unit_of[i], unit_of[j]
        if a != b:
            near[a][b] = near[a].get(b, 0.0) + weight
            near[b][a] = near[b].get(a, 0.0) + weight
    bonds = []
    last: dict[int, int] = {}
    for unit, atoms in enumerate(members):
        group = group_of[atoms[0]]
        if group in last:
            bonds.append((last[group], unit))
        last[group] = unit
    stays: list[dict[int, float]] = [{} for _ in members]
    for atom, label in enumerate(graph.current):
        if label is not None and label in number and graph.people[atom] > 0:
            held = stays[unit_of[atom]]
            held[number[label]] = held.get(number[label], 0.0) + graph.people[atom]
    bars = _bars(graph, group_of, unit_of, fixed, bounds)
    groups = len({group_of[atoms[0]] for atoms in members})
    if groups < bounds.parts:
        raise Infeasible(
            f"要划成 {bounds.parts} 个，但 together 合并后只剩 {groups} 个整体。请减少 --parts 或拆开 together 的组。"
        )
    component, quota = _components(near, people, members, bounds)
    units = Units(graph, bounds, labels, unit_of, members, people, fixed, near, bonds, bars, stays, component, quota)
    _refuse_fixed(units)
    _refuse_cut_off(units)
    return units


def _merged(size: int, groups: Iterable[Sequence[int]]) -> list[int]:
    """The lowest atom of each atom's must-link group; overlapping groups are one."""
    parent = list(range(size))

    def root(atom: int) -> int:
        while parent[atom] != atom:
            parent[atom] = parent[parent[atom]]
            atom = parent[atom]
        return atom

    for group in groups:
        for atom in group[1:]:
            a, b = sorted((root(group[0]), root(atom)))
            parent[b] = a
    return [root(atom) for atom in range(size)]


def _pieces(graph: Graph, group_of: Sequence[int]) -> tuple[list[int], list[list[int]]]:
    """Units: the connected pieces of each group."""
    inside: list[list[int]] = [[] for _ in group_of]
    for i, j in graph.edges:
        if group_of[i] == group_of[j]:
            inside[i].append(j)
            inside[j].append(i)
    unit_of = [-1] * graph.size
    members: list[list[int]] = []
    for atom in range(graph.size):
        if unit_of[atom] >= 0:
            continue
        unit_of[atom] = len(members)
        atoms = [atom]
        for one in atoms:
            for other in inside[one]:
                if unit_of[other] < 0:
                    unit_of[other] = len(members)
                    atoms.append(other)
        members.append(sorted(atoms))
    return unit_of, members


def _labels(graph: Graph, parts: int) -> list[int]:
    """The numbers of the districts: 0..parts-1, or those of the current map, most residents first to stay."""
    used: dict[int, float] = {}
    for atom, label in enumerate(graph.current):
        if label is not None:
            used[label] = used.get(label, 0.0) + graph.people[atom]
    held = set(graph.frozen.values())
    if held | used.keys() <= set(range(parts)):
        return list(range(parts))
    if not graph.current:
        wrong = next(atom for atom, label in graph.frozen.items() if label >= parts)
        raise Infeasible(
            f"frozen 把地块 {wrong} 固定在网格 {graph.frozen[wrong]}，但划成 {parts} 个时编号只有 0 至 {parts - 1}。"
        )
    if len(held) > parts:
        raise Infeasible(f"frozen 用到 {len(held)} 个网格，但只划成 {parts} 个。请增加 --parts 或减少 frozen。")
    chosen = sorted(held)
    for label in sorted(used, key=lambda one: (-used[one], one)):
        if len(chosen) < parts and label not in held:
            chosen.append(label)
    spare = 0
    while len(chosen) < parts:
        if spare not in chosen:
            chosen.append(spare)
        spare += 1
    return sorted(chosen)


def _refuse_large(graph: Graph, bounds: Bounds, group_of: Sequence[int]) -> None:
    def mend(people: float) -> str:
        share = math.ceil(float((people / bounds.mean - 1) * 1000)) / 1000
        fewer = math.floor(float(sum(graph.people)) * (1 + float(bounds.tolerance)) / people)
        tolerance = f"把 --tolerance 放宽到 {share:g} 以上" if share <= 1 else "放宽 --tolerance"
        return f"，或{tolerance}" + (f"，或把 --parts 减到 {fewer} 以下" if fewer >= 1 else "")

    large = [atom for atom, people in enumerate(graph.people) if people > bounds.upper]
    if large:
        first = max(large, key=lambda atom: graph.people[atom])
        rest = f"（人口超过上限的还有{named([atom for atom in large if atom != first])}）" if len(large) > 1 else ""
        raise Infeasible(
            f"地块 {first} 有 {figure(graph.people[first])} 人，单独成网格也超过上限 {bounds.upper} 人{rest}。"
            f"请把它拆成几个地块{mend(graph.people[first])}。"
        )
    sums: dict[int, float] = {}
    for atom, group in enumerate(group_of):
        sums[group] = sums.get(group, 0.0) + graph.people[atom]
    group, people = max(sums.items(), key=lambda item: item[1])
    if people > bounds.upper:
        atoms = [atom for atom, one in enumerate(group_of) if one == group]
        raise Infeasible(
            f"together 要求{named(atoms)} 在同一网格，合计 {figure(people)} 人，超过上限 {bounds.upper} 人。"
            f"请拆开这一组{mend(people)}。"
        )


def _fixed(
    graph: Graph,
    group_of: Sequence[int],
    unit_of: Sequence[int],
    members: Sequence[Sequence[int]],
    number: dict[int, int],
) -> list[int]:
    by_group: dict[int, tuple[int, int]] = {}
    for atom, label in graph.frozen.items():
        known = by_group.setdefault(group_of[atom], (atom, label))
        if known[1] != label:
            raise Infeasible(
                f"frozen 把地块 {known[0]} 固定在网格 {known[1]}、地块 {atom} 固定在网格 {label}，"
                "但 together 要求它们在同一网格。请改正其中一处。"
            )
    return [number[by_group[group][1]] if (group := group_of[atoms[0]]) in by_group else -1 for atoms in members]


def _bars(
    graph: Graph, group_of: Sequence[int], unit_of: Sequence[int], fixed: Sequence[int], bounds: Bounds
) -> list[tuple[int, int]]:
    if sum(len(group) ** 2 for group in graph.apart) > 2 * MOST_PAIRS:
        raise Refused(f"apart 合起来超过 {MOST_PAIRS} 对，请减少每组的地块。")
    found: dict[tuple[int, int], None] = {}
    for row, group in enumerate(graph.apart):
        if len(group) > bounds.parts:
            raise Infeasible(
                f"apart 第 {row} 组有 {len(group)} 个地块要分在不同网格，但只划成 {bounds.parts} 个。请减少这一组或增加 --parts。"
            )
        for place, i in enumerate(group):
            for j in group[place + 1 :]:
                if group_of[i] == group_of[j]:
                    raise Infeasible(
                        f"apart 第 {row} 组要求地块 {i} 和 {j} 分在不同网格，但 together 要求它们在同一网格。请改正其中一处。"
                    )
                a, b = unit_of[i], unit_of[j]
                if fixed[a] >= 0 and fixed[a] == fixed[b]:
                    raise Infeasible(
                        f"apart 第 {row} 组要求地块 {i} 和 {j} 分在不同网格，但 frozen 把它们固定在同一网格。请改正其中一处。"
                    )
                found[min(a, b), max(a, b)] = None
    return list(found)


def _components(
    near: Sequence[dict[int, float]], people: Sequence[float], members: Sequence[Sequence[int]], bounds: Bounds
) -> tuple[list[int], list[tuple[int, int]]]:
    component = [-1] * len(near)
    parts: list[list[int]] = []
    for unit in range(len(near)):
        if component[unit] >= 0:
            continue
        component[unit] = len(parts)
        reached = [unit]
        for one in reached:
            for other in near[one]:
                if component[other] < 0:
                    component[other] = len(parts)
                    reached.append(other)
        parts.append(reached)
    for units in sorted(parts, key=len):  # of several that fail, name the smallest
        total = math.fsum(people[unit] for unit in units)
        fewest, most = _quota(total, len(units), bounds)
        if fewest > most:
            atoms = sorted(atom for unit in units for atom in members[unit])
            if total < bounds.lower:
                why = f"只有 {figure(total)} 人，不到下限 {bounds.lower} 人"
            else:
                why = (
                    f"有 {figure(total)} 人，合并后 {len(units)} 个整体，"
                    f"分成几个网格都不能落在 {bounds.lower} 至 {bounds.upper} 人之间"
                )
            if len(parts) == 1:
                raise Infeasible(f"整个图{why}。请放宽 --tolerance 或改变 --parts。")
            raise Infeasible(
                f"{named(atoms)} 与其余地块不相连，这一片{why}。请补上它与邻近地块的 edges，或单独划分这一片。"
            )
    quota = [_quota(math.fsum(people[unit] for unit in units), len(units), bounds) for units in parts]
    few, many = sum(low for low, _ in quota), sum(high for _, high in quota)
    if not few <= bounds.parts <= many:
        sizes = "、".join(figure(math.fsum(people[unit] for unit in units)) for units in parts[:5])
        raise Infeasible(
            f"图分成互不相连的 {len(parts)} 片（人口 {sizes}{' …' if len(parts) > 5 else ''}），"
            f"合起来只能划成 {few} 至 {many} 个网格，不能是 {bounds.parts} 个。请改 --parts、放宽 --tolerance 或补上 edges。"
        )
    return component, quota


def _quota(total: float, count: int, bounds: Bounds) -> tuple[int, int]:
    """How few and how many districts so many residents in so many units can make."""
    fewest = max(1, math.ceil(total / bounds.upper))
    return fewest, min(count, math.floor(total / bounds.lower) if bounds.lower > 0 else count)


def _refuse_fixed(units: Units) -> None:
    sums = [0.0] * units.bounds.parts
    held: list[list[int]] = [[] for _ in sums]
    for unit, label in enumerate(units.fixed):
        if label >= 0:
            sums[label] += units.people[unit]
            held[label].extend(units.members[unit])
    for label, people in enumerate(sums):
        if people > units.bounds.upper:
            raise Infeasible(
                f"frozen 固定在网格 {units.labels[label]} 的{named(held[label])} 合计 {figure(people)} 人，"
                f"超过上限 {units.bounds.upper} 人。请减少 frozen 或放宽 --tolerance。"
            )
    free = sum(1 for label in units.fixed if label < 0)
    empty = sum(1 for atoms in held if not atoms)
    if empty > free:
        raise Infeasible(f"frozen 之后还有 {empty} 个网格没有地块，但没有固定的整体只有 {free} 个。请减少 frozen。")
    if free == 0 or empty == 0:
        short = next((k for k, people in enumerate(sums) if free == 0 and people < units.bounds.lower), None)
        if short is not None:
            raise Infeasible(
                f"所有地块都已由 frozen 固定，网格 {units.labels[short]} 只有 {figure(sums[short])} 人，"
                f"不到下限 {units.bounds.lower} 人。请减少 frozen 或放宽 --tolerance。"
            )


def _refuse_cut_off(units: Units) -> None:
    """Units that must share a district must be able to reach each other past what is frozen elsewhere."""
    must: dict[int, list[int]] = {}
    for unit, label in enumerate(units.fixed):
        if label >= 0:
            must.setdefault(label, []).append(unit)
    sets = list(must.items())
    sets += [(units.fixed[a], [a, b]) for a, b in units.bonds]
    for label, group in sets:
        reached = set(reach(units, group[0], label))
        lost = [unit for unit in group if unit not in reached]
        if lost:
            one, other = units.members[group[0]][0], units.members[lost[0]][0]
            by = f"frozen 固定在网格 {units.labels[label]}" if label >= 0 else "together 要求在同一网格"
            raise Infeasible(
                f"地块 {one} 和地块 {other} {by}，但两者之间没有可走的相邻地块（被隔断或被固定在别处的地块挡住），"
                "网格不能连成一片。请补上 edges 或改正固定关系。"
            )


def reach(units: Units, start: int, label: int, taken: Sequence[int] | None = None) -> list[int]:
    """Units that a district can reach from a unit past those frozen elsewhere, nearest first.

    Args:
        label: the district, -1 when it has no number yet.
        taken: the label given to each unit so far; units of others are walls.
    """
    walls = units.fixed if taken is None else taken
    queue, seen = deque([start]), {start: None}
    while queue:
        one = queue.popleft()
        for other in units.near[one]:
            if other not in seen and (walls[other] < 0 or walls[other] == label or (label < 0 and taken is None)):
                seen[other] = None
                queue.append(other)
    return list(seen)

"""First plans to improve on (初始方案): seeded growth, from nothing or from part of a map."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from random import Random

from linli.methods.partition.graph import Infeasible
from linli.methods.partition.units import Units


def seats(units: Units) -> list[int]:
    """How many districts each connected part of the graph gets, nearest to its residents (各片网格数).

    Raises:
        Infeasible: districts frozen in the parts cannot be had there.
    """
    parts = units.bounds.parts
    held: list[set[int]] = [set() for _ in units.quota]
    load = [0.0] * len(units.quota)
    for unit, part in enumerate(units.component):
        load[part] += units.people[unit]
        if units.fixed[unit] >= 0:
            held[part].add(units.fixed[unit])
    given = [max(few, len(labels)) for (few, _), labels in zip(units.quota, held, strict=True)]
    mean = float(units.bounds.mean)
    while sum(given) < parts:
        open_parts = [part for part, (_, most) in enumerate(units.quota) if given[part] < most]
        if not open_parts:
            break
        given[max(open_parts, key=lambda part: load[part] / mean - given[part])] += 1
    if sum(given) != parts or any(count > most for count, (_, most) in zip(given, units.quota, strict=True)):
        raise Infeasible(
            "frozen 在互不相连的各片中固定的网格，与各片按人口能容纳的网格数不合。请减少 frozen 或补上 edges。"
        )
    return given


def complete(units: Units, partial: Sequence[int], random: Random) -> list[int]:
    """A label for every unit, each district connected and not empty, whatever the loads (补全初始方案).

    Districts of `partial` (-1: none yet) keep their largest connected piece, missing ones are seeded, then the
    district with the fewest residents grows first. O((n + m) log n).
    """
    label = [fixed if fixed >= 0 else given for fixed, given in zip(units.fixed, partial, strict=True)]
    _join(units, label, random)
    _largest_pieces(units, label)
    _seed(units, label, random)
    _grow(units, label, random)
    return label


def _join(units: Units, label: list[int], random: Random) -> None:
    """Give the units that must share a district a way to each other where one is free."""
    must: dict[int, list[int]] = {}
    for unit, fixed in enumerate(units.fixed):
        if fixed >= 0:
            must.setdefault(fixed, []).append(unit)
    sets = [(held, group) for held, group in must.items() if len(group) > 1]
    random.shuffle(sets)
    used = set(must)
    for a, b in units.bonds:
        if units.fixed[a] >= 0:
            continue
        if label[a] < 0:
            free = [k for k in range(units.bounds.parts) if k not in used]
            label[a] = label[b] if label[b] >= 0 else random.choice(free) if free else -1
        if label[a] >= 0:
            used.add(label[a])
            label[b] = label[a]
            sets.append((label[a], [a, b]))
    kept = {unit for _, group in sets for unit in group}
    for held, group in sets:
        walls = [one if unit in kept or units.fixed[unit] >= 0 else -1 for unit, one in enumerate(label)]
        for goal in group[1:]:
            for unit in _path(units, group[0], goal, held, walls):
                label[unit] = walls[unit] = held
                kept.add(unit)


def _path(units: Units, start: int, goal: int, held: int, walls: Sequence[int]) -> list[int]:
    """A shortest way past the walls; empty when there is none now."""
    before = {start: start}
    queue = [start]
    for one in queue:
        if one == goal:
            way = [goal]
            while way[-1] != start:
                way.append(before[way[-1]])
            return way
        for other in units.near[one]:
            if other not in before and walls[other] in (-1, held):
                before[other] = one
                queue.append(other)
    return []


def _largest_pieces(units: Units, label: list[int]) -> None:
    """Leave each district its piece with frozen units, else with the most residents."""
    seen = [False] * units.size
    pieces: dict[int, list[tuple[int, float, list[int]]]] = {}
    for unit in range(units.size):
        if seen[unit] or label[unit] < 0:
            continue
        seen[unit] = True
        piece = [unit]
        for one in piece:
            for other in units.near[one]:
                if not seen[other] and label[other] == label[unit]:
                    seen[other] = True
                    piece.append(other)
        frozen = sum(units.fixed[one] >= 0 for one in piece)
        pieces.setdefault(label[unit], []).append((frozen, sum(units.people[one] for one in piece), piece))
    for found in pieces.values():
        found.sort(key=lambda one: (one[0], one[1]), reverse=True)
        for _, _, piece in found[1:]:
            for unit in piece:
                label[unit] = units.fixed[unit]


def _seed(units: Units, label: list[int], random: Random) -> None:
    """See that every connected part holds its number of districts, each with at least one unit."""
    wanted = seats(units)
    inside: list[dict[int, float]] = [{} for _ in wanted]
    for unit, held in enumerate(label):
        if held >= 0:
            loads = inside[units.component[unit]]
            loads[held] = loads.get(held, 0.0) + units.people[unit]
    frozen = set(units.fixed)
    for part, loads in enumerate(inside):
        for held in sorted(loads, key=lambda one: loads[one]):
            if len(loads) > wanted[part] and held not in frozen:
                del loads[held]
                for unit, one in enumerate(label):
                    if one == held:
                        label[unit] = -1
    present = {held for held in label if held >= 0}
    missing = [held for held in range(units.bounds.parts) if held not in present]
    random.shuffle(missing)
    open_units: list[list[int]] = [[] for _ in wanted]
    for unit in random.sample(range(units.size), units.size):
        if label[unit] < 0:
            open_units[units.component[unit]].append(unit)
    for part, loads in enumerate(inside):
        for _ in range(wanted[part] - len(loads)):
            while open_units[part] and label[open_units[part][-1]] >= 0:
                open_units[part].pop()
            unit = open_units[part].pop() if open_units[part] else _leaf(units, label, part)
            label[unit] = missing.pop()


def _leaf(units: Units, label: list[int], part: int) -> int:
    """A unit whose leaving keeps its district connected: the last one a search reaches. From the largest district."""
    held: dict[int, list[int]] = {}
    for unit, one in enumerate(label):
        if units.component[unit] == part and one >= 0:
            held.setdefault(one, []).append(unit)
    by_size = sorted(
        held.values(), key=lambda group: (len(group) > 1, sum(units.people[one] for one in group)), reverse=True
    )
    for group in by_size:
        first = next((unit for unit in group if units.fixed[unit] >= 0), group[0])
        queue, seen = [first], {first}
        for one in queue:
            for other in units.near[one]:
                if other not in seen and label[other] == label[first]:
                    seen.add(other)
                    queue.append(other)
        if units.fixed[queue[-1]] < 0 and len(queue) > 1:
            return queue[-1]
    raise Infeasible("没有固定的地块不够让每个网格至少有一个。请减少 frozen 或 --parts。")


def _grow(units: Units, label: list[int], random: Random) -> None:
    """Spread districts over what is left, the one with the fewest residents first."""
    load = [0.0] * units.bounds.parts
    edge: list[list[int]] = [[] for _ in load]
    for unit, held in enumerate(label):
        if held >= 0:
            load[held] += units.people[unit]
            edge[held].append(unit)
    heap = [(load[held], held) for held in range(len(load))]
    heapq.heapify(heap)
    first = [0] * len(load)
    while heap:
        people, held = heapq.heappop(heap)
        mine = edge[held]
        taken = -1
        while first[held] < len(mine) and taken < 0:
            free = [other for other in units.near[mine[first[held]]] if label[other] < 0]
            if free:
                taken = free[0] if len(free) == 1 else random.choice(free)
            else:
                first[held] += 1
        if taken >= 0:
            label[taken] = held
            mine.append(taken)
            heapq.heappush(heap, (people + units.people[taken], held))

"""Small graphs solved by trying everything (穷举): the best plan, or the proof that there is none."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

from linli.methods.partition.units import Units

MOST_UNITS = 24
MOST_SETS = 400_000
"""Connected sets looked at before giving up; about a second."""


class TooMany(Exception):
    """More sets than may be looked at."""


def enumerate_best(
    units: Units, value: Callable[[Sequence[int]], tuple[float, list[int]]], separation: bool, deadline: float
) -> tuple[bool, list[int] | None]:
    """The best plan of all (穷举最优).

    Takes the lowest unit without a district, tries every connected set around it within the bounds, and goes on with
    the rest; leaves a branch whose cut alone is worse than the best plan's. Exponential; gives up after `MOST_SETS`.

    Args:
        value: the objective of a plan in block numbers, and the plan in labels; less is better.
        separation: whether the objective is at least the cut, so that branches may be left.
        deadline: monotonic seconds.

    Returns:
        whether everything was tried, and the best plan found; (True, None) proves that there is no plan.
    """
    if units.size > MOST_UNITS:
        return False, None
    size, parts, bounds = units.size, units.bounds.parts, units.bounds
    near = [sum(1 << other for other in around) for around in units.near]
    ties = [0] * size
    bars = [0] * size
    by_label: dict[int, int] = {}
    for unit, label in enumerate(units.fixed):
        if label >= 0:
            by_label[label] = by_label.get(label, 0) | 1 << unit
    for unit, label in enumerate(units.fixed):
        if label >= 0:
            ties[unit] |= by_label[label]
            bars[unit] |= sum(by_label.values()) & ~by_label[label]
    for a, b in units.bonds:
        ties[a] |= 1 << b
        ties[b] |= 1 << a
    for a, b in units.bars:
        bars[a] |= 1 << b
        bars[b] |= 1 << a
    looked = 0
    best_value = float("inf")
    best: list[int] | None = None
    block = [-1] * size

    def sets(first: int, free: int) -> Iterator[tuple[int, float]]:
        """Connected sets of free units with `first`, each once, not above the upper bound."""
        nonlocal looked
        stack = [(1 << first, near[first] & free, units.people[first], bars[first], 0)]
        while stack:
            chosen, border, people, barred, refused = stack.pop()
            looked += 1
            if looked > MOST_SETS or (looked % 1024 == 0 and time.monotonic() > deadline):
                raise TooMany
            open_units = border & ~refused & ~barred
            if not open_units:
                if bounds.lower <= people:
                    yield chosen, people
                continue
            one = (open_units & -open_units).bit_length() - 1
            stack.append((chosen, border, people, barred, refused | 1 << one))
            if people + units.people[one] <= bounds.upper:
                more = chosen | 1 << one
                stack.append(
                    (more, (border | near[one] & free) & ~more, people + units.people[one], barred | bars[one], refused)
                )

    def place(free: int, number: int, cut: float) -> None:
        nonlocal best, best_value
        if not free:
            if number == parts:
                worth, plan = value(block)
                if worth < best_value - 1e-9:
                    best_value, best = worth, plan
            return
        if number == parts:
            return
        first = (free & -free).bit_length() - 1
        for chosen, _ in sets(first, free):
            inside = [unit for unit in range(size) if chosen >> unit & 1]
            if any(ties[unit] & ~chosen or bars[unit] & chosen for unit in inside):
                continue
            more = sum(
                weight for unit in inside for other, weight in units.near[unit].items() if free & ~chosen & 1 << other
            )
            if separation and cut + more > best_value + 1e-9:
                continue
            for unit in inside:
                block[unit] = number
            place(free & ~chosen, number + 1, cut + more)

    try:
        place((1 << size) - 1, 0, 0.0)
    except TooMany:
        return False, best
    return True, best

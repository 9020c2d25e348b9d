"""Lower bounds that hold for every plan (下界): no plan whatever can be better.

Cut: the eigenvalue bound of W. Donath and A. Hoffman, "Lower bounds for the partitioning of graphs", IBM J. Res. Dev. 17
(1973), for parts of given residents instead of given size, its free diagonal chosen by subgradient steps. With the
indicator x of a district of P residents, y = x / sqrt(P) has unit length in the residents' norm and the y of different
districts are orthogonal there; twice the cut is the sum of P · y'Ly, so at least lower · (sum of the least K eigenvalues).
A graph too large for its eigenvalues is cut into blocks: leaving out edges only lowers eigenvalues.

Inertia: the centre of a district is nearest to itself; half the mean squared distance of each atom to the lower bound's
worth of residents nearest to it is what it must contribute.
"""

from __future__ import annotations

import math
import time
from typing import Any

from linli.methods.partition.units import Units

DENSE, BLOCK = 700, 200
CUBIC = 4e-10
"""Seconds of computing for the eigenvalues of n units, over n³."""
MOST_INERTIA = 4_000


def cut_bound(units: Units, deadline: float, busy: float = 1.0) -> float:
    """A cut that no plan can go below, rounded up where all weights are whole (割边下界).

    Args:
        deadline: monotonic seconds; improving the bound stops there.
        busy: seconds by the clock that a second of computing takes.
    """
    weights = units.graph.weight
    parts, pieces = units.bounds.parts, len(units.quota)
    if parts == pieces or not weights:
        return 0.0
    # Each connected part of the graph with s districts is held together by at least s - 1 cut edges.
    found = (parts - pieces) * min(weights)
    if min(weights) > 0 or any(weights):
        found = max(found, _spectral(units, deadline, busy))
    if all(one.is_integer() for one in weights):
        step = math.gcd(*(int(one) for one in weights)) or 1
        return float(math.ceil((found - 1e-6) / step) * step)
    return max(0.0, found * (1 - 1e-9))


def _spectral(units: Units, deadline: float, busy: float) -> float:
    import numpy

    bounds, size = units.bounds, units.size
    # Units without residents get a few, so that the norm is one; the upper bound grows by all of them.
    least = 1e-3 * float(bounds.mean) * bounds.parts / size
    people = numpy.maximum(numpy.array(units.people), least)
    lower, upper = float(bounds.lower), float(bounds.upper) + float(people.sum() - sum(units.people))
    root = numpy.sqrt(people)
    if size > DENSE or time.monotonic() + CUBIC * size**3 * busy > deadline:
        values = numpy.sort(numpy.concatenate([_eigenvalues(units, block, root, deadline) for block in _blocks(units)]))
        return lower * float(numpy.maximum(values[: bounds.parts], 0).sum()) / 2
    matrix = numpy.zeros((size, size))
    for i, around in enumerate(units.near):
        matrix[i, i] = sum(around.values())
        for j, weight in around.items():
            matrix[i, j] = -weight
    shift = numpy.zeros(size)
    best = 0.0
    width = 0.0
    turns = 25 if size <= 150 else 6 if size <= 400 else 2  # by size, not by clock: the same bound each time
    for turn in range(turns):
        scaled = (matrix + numpy.diag(shift)) / root[:, None] / root[None, :]
        values, vectors = numpy.linalg.eigh(scaled)
        least_values = values[: bounds.parts]
        negative = min(0.0, float(values[0]))
        bound = (lower * float(least_values.sum()) + bounds.parts * (upper - lower) * negative - float(shift.sum())) / 2
        best = max(best, bound)
        if time.monotonic() > deadline:
            break
        # How much of each unit the K eigenvectors hold; one for every unit would be a plan.
        held = lower * ((vectors[:, : bounds.parts] / root[:, None]) ** 2).sum(axis=1)
        slope = held - 1
        slope -= slope.mean()
        size_of = float((slope**2).sum())
        if size_of < 1e-12:
            break
        if turn == 0:
            width = max(abs(bound), float(matrix.trace()) / size)
        shift = shift + 0.5 * width / (1 + turn / 4) / (size * bounds.parts) ** 0.25 / math.sqrt(size_of) * slope
    return best


def _blocks(units: Units) -> list[list[int]]:
    """Connected pieces of at most BLOCK units, by breadth."""
    taken = [False] * units.size
    found = []
    for first in range(units.size):
        if taken[first]:
            continue
        taken[first] = True
        block = [first]
        for one in block:
            for other in units.near[one]:
                if len(block) < BLOCK and not taken[other]:
                    taken[other] = True
                    block.append(other)
        found.append(block)
    return found


def _eigenvalues(units: Units, block: list[int], root: Any, deadline: float) -> Any:
    import numpy

    if time.monotonic() > deadline:
        return numpy.zeros(len(block))  # what is left out counts nothing
    place = {unit: k for k, unit in enumerate(block)}
    matrix = numpy.zeros((len(block), len(block)))
    for unit, k in place.items():
        for other, weight in units.near[unit].items():
            if other in place:
                matrix[k, k] += weight
                matrix[k, place[other]] = -weight
    scale = root[block]
    return numpy.linalg.eigvalsh(matrix / scale[:, None] / scale[None, :])


def inertia_bound(units: Units, deadline: float) -> float:
    """A moment of inertia that no plan can go below (转动惯量下界). O(n² log n); 0 for graphs of more than 4,000 atoms."""
    import numpy

    graph = units.graph
    if graph.size > MOST_INERTIA:
        return 0.0
    xy = numpy.array(graph.xy)
    people = numpy.array(graph.people)
    lower = float(units.bounds.lower)
    total = 0.0
    if lower <= 0:
        return 0.0
    for atom in range(graph.size):
        if people[atom] == 0:
            continue
        if time.monotonic() > deadline:
            break
        square = ((xy - xy[atom]) ** 2).sum(axis=1)
        order = numpy.argsort(square)
        before = numpy.cumsum(people[order])
        room = numpy.clip(lower - (before - people[order]), 0, people[order])
        total += people[atom] * float((room * square[order]).sum()) / lower / 2
    return float(total) * (1 - 1e-9)

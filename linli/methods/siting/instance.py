"""What a siting question is made of (选址问题): clients with demand, candidates with price and capacity, distances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from linli.methods.siting.swap import Sites

Kind = Literal["median", "cover", "center", "set"]
KINDS: tuple[Kind, ...] = ("median", "cover", "center", "set")
EARTH = 6_371_008.8  # mean radius, m (IUGG)
LARGEST = 40_000_000
"""Pairs of client and candidate that are held in memory at once (320 MB)."""
BLOCK = 4_000_000


@dataclass(frozen=True)
class Instance:
    """A siting question as its file gives it.

    ``demand``: n weights ≥ 0. ``clients``, ``candidates``: their names, or numbers from 1. ``fixed``: candidates that are
    open already. ``price``, ``capacity``: m numbers or None. Distances come from ``table`` (n × m, along a network) or
    from coordinates ``here`` (n × 2) and ``there`` (m × 2): straight lines in the file's unit, or metres on the sphere
    when ``earth`` (longitude, latitude in degrees).
    """

    demand: NDArray[np.float64]
    clients: Sequence[int | str]
    candidates: Sequence[int | str]
    here: NDArray[np.float64] | None = None
    there: NDArray[np.float64] | None = None
    earth: bool = False
    table: NDArray[Any] | None = None
    fixed: Sites = field(default_factory=lambda: np.zeros(0, dtype=np.intp))
    price: NDArray[np.float64] | None = None
    capacity: NDArray[np.float64] | None = None
    count: int | None = None
    radius: float | None = None

    def distances(self, start: int, stop: int) -> NDArray[Any]:
        """Distances of some clients to all candidates. O((stop − start) m)."""
        if self.table is not None:
            return self.table[start:stop]
        assert self.here is not None and self.there is not None
        return between(self.here[start:stop], self.there, earth=self.earth)

    def matrix(self) -> NDArray[Any]:
        """Distances of all clients to all candidates.

        Raises:
            ValueError: more pairs than can be held in memory.
        """
        pairs = len(self.demand) * len(self.candidates)
        if pairs > LARGEST:
            raise ValueError(
                f"需求点 {len(self.demand)} 个、候选点 {len(self.candidates)} 个，组合太多（上限 {LARGEST}）。"
                "请减少候选点，或按街道分开计算；按半径覆盖（cover、set）没有这一限制。"
            )
        return self.distances(0, len(self.demand))


def between(here: NDArray[np.float64], there: NDArray[np.float64], *, earth: bool) -> NDArray[np.float64]:
    """Distances between two sets of points: straight lines, or great circles by the haversine formula (R. W. Sinnott, 1984)."""
    if not earth:
        flat: NDArray[np.float64] = np.hypot(here[:, None, 0] - there[None, :, 0], here[:, None, 1] - there[None, :, 1])
        return flat
    one, other = np.radians(here), np.radians(there)
    east = np.sin((one[:, None, 0] - other[None, :, 0]) / 2) ** 2
    north = np.sin((one[:, None, 1] - other[None, :, 1]) / 2) ** 2
    half = north + np.cos(one[:, 1])[:, None] * np.cos(other[:, 1])[None, :] * east
    round_: NDArray[np.float64] = 2 * EARTH * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))
    return round_


def shortest_paths(nodes: int, edges: NDArray[Any]) -> NDArray[Any]:
    """Lengths of the shortest paths between all nodes (最短路), int32 when all lengths are whole and small.

    Args:
        edges: rows (from, to, length), nodes numbered from 0, lengths ≥ 0; an edge that stands twice has its last length.

    Floyd's algorithm on whole rows (R. W. Floyd, 1962), O(n³); unreachable pairs have the largest value (int32) or ∞.
    """
    lengths = edges[:, 2]
    whole = bool((lengths == np.rint(lengths)).all()) and float(lengths.max(initial=0)) * nodes < 2**29
    none: Any = 2**30 - 1 if whole else np.inf
    table = np.full((nodes, nodes), none, dtype=np.int32 if whole else np.float64)
    one, other = edges[:, 0].astype(np.intp), edges[:, 1].astype(np.intp)
    low, high = np.minimum(one, other), np.maximum(one, other)
    keys = (low * nodes + high)[::-1]
    _, last = np.unique(keys, return_index=True)
    kept = len(keys) - 1 - last
    table[low[kept], high[kept]] = lengths[kept]
    table[high[kept], low[kept]] = lengths[kept]
    np.fill_diagonal(table, 0)
    via = np.empty_like(table)
    for middle in range(nodes):
        np.add.outer(table[:, middle], table[middle], out=via)
        np.minimum(table, via, out=table)
    return table

"""A good median within a second (交换法与路径重连): interchange, and paths between good answers.

Method: vertex substitution (M. B. Teitz, P. Bart, 1968) with every pair of "one in, one out" valued at once from nearest
and second nearest sites as in fast interchange (R. Whitaker, 1983; M. G. C. Resende, R. F. Werneck, "A fast swap-based
local search procedure for location problems", 2007), then iterated from disturbed answers and combined by path
relinking (the same authors, "A hybrid heuristic for the p-median problem", 2004). All on whole arrays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Costs = NDArray[Any]  # clients × candidates: demand × distance, int32 or float64
Sites = NDArray[np.intp]
Clock = Callable[[], float]  # seconds left

ELITE = 6
SLACK = 1e-9
FEWEST, BLOCK = 64, 200_000  # candidates, and entries of the table, that one search for an exchange looks at


def share(left: Clock, part: float) -> Clock:
    """A clock that runs out when a part of the time that is left now has passed."""
    rest = left() * (1 - part)
    return lambda: left() - rest


def nearest_two(costs: Costs, sites: Sites) -> tuple[NDArray[np.intp], Costs, Costs]:
    """For each client: the place in `sites` of its nearest, the cost to it, the cost to the second nearest. O(n p)."""
    here = costs[:, sites]
    first = here.argmin(axis=1)
    rows = np.arange(len(here))
    best = here[rows, first]
    if len(sites) == 1:
        return first, best, np.full_like(best, _ceiling(costs))
    here[rows, first] = _ceiling(costs)
    return first, best, here.min(axis=1)


def _ceiling(costs: Costs) -> Any:
    """Above every cost, and small enough that sums stay exact."""
    return costs.max(initial=0) + 1


def total_of(costs: Costs, sites: Sites) -> float:
    """Sum over the clients of the cost to their nearest site. O(n p)."""
    return float(costs[:, sites].min(axis=1).sum(dtype=np.float64))


def best_swap(costs: Costs, sites: Sites, inward: Sites, outward: NDArray[np.bool_]) -> tuple[float, int, int]:
    """The most profitable exchange of one site: profit, candidate to open, place in `sites` to close.

    Args:
        inward: candidates that may be opened; those open already are never chosen.
        outward: per place in `sites`, whether it may be closed.

    O(n × |inward|) on arrays.
    """
    first, best, second = nearest_two(costs, sites)
    order = np.argsort(first, kind="stable")
    heads = np.flatnonzero(np.r_[True, np.diff(first[order]) != 0])
    owners = first[order][heads]
    near, next_ = best[order][:, None], second[order][:, None]
    block = costs[order] if len(inward) == costs.shape[1] else costs[np.ix_(order, inward)]
    capped = np.minimum(block, next_)
    gain = (near - np.minimum(capped, near)).sum(axis=0)
    np.maximum(capped, near, out=capped)
    # What closing a site costs when the candidate takes its clients: its clients go to the nearer of it and the second.
    loss = np.zeros((len(sites), len(inward)), dtype=capped.dtype)
    loss[owners] = np.add.reduceat(capped - near, heads, axis=0)
    profit = gain[None, :] - loss
    profit = profit.astype(np.float64, copy=False)
    profit[~outward] = -np.inf
    profit[:, np.isin(inward, sites)] = -np.inf
    flat = int(profit.argmax())
    place, column = divmod(flat, len(inward))
    return float(profit[place, column]), int(inward[column]), place


def descend(costs: Costs, sites: Sites, fixed: Sites, left: Clock) -> Sites:
    """Exchange while it pays, the most profitable first; the fixed sites stay. Ends at a local optimum or with the time.

    A large table is searched block by block of candidates, so that an exchange need not wait for the whole of it.
    """
    sites = sites.copy()
    if len(sites) in (0, costs.shape[1]):
        return sites
    outward = ~np.isin(sites, fixed)
    if not outward.any():
        return sites
    size = max(FEWEST, BLOCK // max(1, len(costs)))
    blocks = [np.arange(at, min(at + size, costs.shape[1])) for at in range(0, costs.shape[1], size)]
    least = SLACK * max(1.0, float(costs.max(initial=0)))
    at = idle = 0
    while left() > 0 and idle < len(blocks):
        profit, opened, place = best_swap(costs, sites, blocks[at], outward)
        if profit > least:
            sites[place] = opened
            idle = 0
        else:
            idle += 1
        if profit <= least or len(blocks) > 1:
            at = (at + 1) % len(blocks)
    return sites


def grow(costs: Costs, count: int, fixed: Sites) -> Sites:
    """The greedy start: open what saves most, one by one (A. A. Kuehn, M. J. Hamburger, 1963). O(n m p) on arrays."""
    sites = [int(site) for site in fixed]
    best = costs[:, sites].min(axis=1) if sites else np.full(len(costs), _ceiling(costs), dtype=costs.dtype)
    while len(sites) < count:
        after = np.minimum(costs, best[:, None]).sum(axis=0, dtype=np.float64)
        after[sites] = np.inf
        sites.append(int(after.argmin()))
        best = np.minimum(best, costs[:, sites[-1]])
    return np.array(sites, dtype=np.intp)


def relink(costs: Costs, start: Sites, guide: Sites, left: Clock) -> Sites:
    """The best answer strictly between two, exchanging site by site on the most profitable way from one to the other."""
    sites, best, best_total = start.copy(), start, np.inf
    total = total_of(costs, start)
    while left() > 0:
        inward = np.setdiff1d(guide, sites)
        if len(inward) < 2:
            break
        profit, opened, place = best_swap(costs, sites, inward, ~np.isin(sites, guide))
        sites[place] = opened
        total -= profit
        if total < best_total:
            best, best_total = sites.copy(), total
    return best


class Pool:
    """A few good and different answers (精英解): the best is kept first."""

    def __init__(self) -> None:
        self.answers: list[tuple[float, Sites]] = []

    def add(self, total: float, sites: Sites) -> bool:
        """Take an answer that is new and good enough; returns whether it is the best so far."""
        sites = np.sort(sites)
        if any(np.array_equal(sites, other) for _, other in self.answers):
            return False
        better = not self.answers or total < self.answers[0][0]
        self.answers.append((total, sites))
        self.answers.sort(key=lambda answer: answer[0])
        del self.answers[ELITE:]
        return better


def improve(costs: Costs, pool: Pool, fixed: Sites, seed: int, rounds: int, left: Clock) -> None:
    """Disturb the best answer, descend, and relink with another good one; better answers go into the pool.

    Deterministic for a seed unless the time ends first.
    """
    draw = np.random.default_rng(seed)
    count, candidates = len(pool.answers[0][1]), costs.shape[1]
    movable = count - len(fixed)
    if movable < 1 or count == candidates:
        return
    for _ in range(rounds):
        if left() <= 0:
            return
        sites = pool.answers[0][1].copy()
        free = np.flatnonzero(~np.isin(sites, fixed))
        closed = np.setdiff1d(np.arange(candidates), sites)
        moves = min(len(free), len(closed), max(2, movable // 8))
        sites[draw.choice(free, moves, replace=False)] = draw.choice(closed, moves, replace=False)
        sites = descend(costs, sites, fixed, left)
        pool.add(total_of(costs, sites), sites)
        if left() <= 0 or len(pool.answers) < 2:
            continue
        guide = pool.answers[int(draw.integers(len(pool.answers)))][1]
        between = relink(costs, np.sort(sites), guide, left)
        between = descend(costs, between, fixed, left)
        pool.add(total_of(costs, between), between)

"""The p-median (p 中位): where p sites lie so that the sum of demand × distance to the nearest is least.

Method: a good answer by interchange and path relinking (`swap`); a bound by Lagrangian relaxation of the assignment
(G. Cornuejols, M. L. Fisher, G. L. Nemhauser, "Location of bank accounts", 1977) with subgradients; candidates that the
bound rules out or in are fixed; what remains is searched by branch and bound where few sites are open to choice
(`branch`), and goes to HiGHS in the radius formulation where many are (S. García, M. Labbé, A. Marín,
"Solving large p-median problems with a radius formulation", 2011), whose size follows from the candidates left.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linli.methods import highs
from linli.methods.siting import branch
from linli.methods.siting.swap import (
    Clock,
    Costs,
    Pool,
    Sites,
    descend,
    grow,
    improve,
    nearest_two,
    share,
    total_of,
)

QUICK_ROUNDS = 8
SUBGRADIENTS = 1200
STALE = 12  # steps without a better bound before the step is halved
SMALLEST_STEP = 1e-3
FEW = 20  # sites open to choice, up to which branch and bound is tried before HiGHS
LARGEST_MODEL = 3_000_000  # entries of the matrix that HiGHS is given


@dataclass(frozen=True)
class Median:
    """An answer: the sites, its cost, a lower bound on every answer's cost, and whether they meet."""

    sites: Sites
    cost: float
    bound: float
    proven: bool


@dataclass
class _Bound:
    """The best bound so far: multipliers, the candidates' reduced costs, its value."""

    value: float
    prices: NDArray[np.float64]
    reduced: NDArray[np.float64]


def solve_median(costs: Costs, count: int, fixed: Sites, left: Clock, seed: int = 0) -> Median:
    """Place `count` sites, the fixed ones among them (选 p 个点，总加权距离最小).

    Args:
        costs: n clients × m candidates, demand × distance, ≥ 0; whole numbers as int32 are computed exactly.
        count: 1 ≤ p ≤ m.
        fixed: candidates that stay open.
        left: seconds that remain; when they are over the best answer so far is returned with its bound.

    O(n m) per swap and per subgradient; the proof is exponential in the worst case.
    """
    step = 1.0 if np.issubdtype(costs.dtype, np.integer) else 0.0
    pool = Pool()
    first = grow(costs, count, fixed)
    pool.add(total_of(costs, first), first)
    first = descend(costs, first, fixed, left)
    pool.add(total_of(costs, first), first)
    bound = lagrange(costs, count, fixed, pool, left)
    proven = _closed(bound.value, pool.answers[0][0], step)
    rounds = 0
    while not proven and left() > 0:
        held, kept = _decided(costs, count, fixed, bound, pool.answers[0][0], step)
        _improve_within(costs, pool, held, kept, seed + rounds, QUICK_ROUNDS * 4**rounds, left)
        held, kept = _decided(costs, count, fixed, bound, pool.answers[0][0], step)
        clock = share(left, 0.5)
        if (count - len(held) <= FEW) == (rounds % 2 == 0):
            found = branch.search(costs, count, held, kept, bound.prices, pool.answers[0][1], step, clock)
            pool.add(found.cost, found.sites)
            low, proven = found.bound, found.done
        else:
            low, proven = finish(costs, count, held, kept, pool, step, clock)
        bound.value = max(bound.value, low)
        proven = proven or _closed(bound.value, pool.answers[0][0], step)
        rounds += 1
    total, sites = pool.answers[0]
    value = total if proven else min(total, math.ceil(bound.value - 1e-6) if step else bound.value)
    return Median(np.sort(sites), total, max(value, 0.0), proven)


def _closed(bound: float, total: float, step: float) -> bool:
    """Whether no better answer than `total` is possible."""
    return bound > total - step + 1e-6 if step else bound >= total - 1e-9 * max(1.0, abs(total))


def lagrange(costs: Costs, count: int, fixed: Sites, pool: Pool, left: Clock) -> _Bound:
    """Raise the bound by subgradients; answers met on the way are descended from and put into the pool.

    The bound for multipliers u is ``Σ u + Σ of the p least Σ min(0, c − u)``, the fixed candidates always taken.
    """
    _, best, second = nearest_two(costs, pool.answers[0][1])
    prices = (best.astype(np.float64) + second) / 2
    work = np.empty(costs.shape, dtype=np.float64)
    free = np.setdiff1d(np.arange(costs.shape[1]), fixed)
    take = count - len(fixed)
    step = 1.0 if np.issubdtype(costs.dtype, np.integer) else 0.0
    found = _Bound(-math.inf, prices, np.zeros(costs.shape[1]))
    scale, stale, tried = 1.0, 0, math.inf
    for turn in range(SUBGRADIENTS):
        np.subtract(costs, prices[:, None], out=work)
        np.minimum(work, 0.0, out=work)
        reduced = work.sum(axis=0)
        least = free[np.argpartition(reduced[free], take - 1)[:take]] if take else free[:0]
        chosen = np.concatenate([fixed, least]).astype(np.intp)
        value = float(prices.sum() + reduced[chosen].sum())
        if value > found.value + 1e-9 * abs(value):
            stale = 0 if value > found.value + 1e-4 * abs(pool.answers[0][0] - found.value) else stale + 1
            found = _Bound(value, prices.copy(), reduced)
        else:
            stale += 1
        total = total_of(costs, chosen)
        if total < pool.answers[0][0] or (turn % 25 == 24 and total < tried):
            tried = total
            sites = descend(costs, chosen, fixed, left)
            pool.add(total_of(costs, sites), sites)
        upper = pool.answers[0][0]
        if _closed(found.value, upper, step) or left() <= 0:
            break
        if stale >= STALE:
            scale, stale, prices = scale / 2, 0, found.prices.copy()
            if scale < SMALLEST_STEP:
                break
            continue
        served = (work[:, chosen] < 0).sum(axis=1)
        slope = 1.0 - served
        norm = float(slope @ slope)
        if norm == 0:
            break
        prices = prices + scale * max(upper - value, 1e-3 * abs(upper)) / norm * slope
        np.maximum(prices, 0.0, out=prices)
    return found


def _decided(costs: Costs, count: int, fixed: Sites, bound: _Bound, total: float, step: float) -> tuple[Sites, Sites]:
    """Candidates that every better answer opens, and those that it may open."""
    goal = branch.goal_of(total, step)
    free = np.setdiff1d(np.arange(costs.shape[1]), fixed)
    take = count - len(fixed)
    reduced = bound.reduced[free]
    ranked = np.sort(reduced)
    last = ranked[take - 1] if take else -math.inf
    following = ranked[take] if take < len(ranked) else math.inf
    out = free[(reduced > last) & (bound.value + reduced - last > goal)]
    into = free[(reduced <= last) & (bound.value - reduced + following > goal)]
    return np.union1d(fixed, into).astype(np.intp), np.setdiff1d(np.arange(costs.shape[1]), out).astype(np.intp)


def _improve_within(costs: Costs, pool: Pool, held: Sites, kept: Sites, seed: int, rounds: int, left: Clock) -> None:
    """Search among the candidates that are still possible; the held ones stay open."""
    inner = Pool()
    for total, sites in pool.answers:
        if np.isin(sites, kept).all() and np.isin(held, sites).all():
            inner.add(total, np.searchsorted(kept, sites))
    if inner.answers and len(kept) > len(inner.answers[0][1]):
        improve(np.ascontiguousarray(costs[:, kept]), inner, np.searchsorted(kept, held), seed, rounds, left)
        for total, sites in inner.answers:
            pool.add(total, kept[sites])


def finish(
    costs: Costs, count: int, held: Sites, kept: Sites, pool: Pool, step: float, left: Clock
) -> tuple[float, bool]:
    """Let HiGHS search what is not decided: a bound, and whether nothing better is left."""
    total = pool.answers[0][0]
    if len(held) >= count or len(kept) <= count:
        if len(held) <= count <= len(kept):
            sites = held if len(held) == count else kept
            pool.add(total_of(costs, sites), sites)
        return total, True
    model, decode = _radius_model(costs, count, held, kept)
    if len(model.values) > LARGEST_MODEL:
        return -math.inf, False
    solved = highs.solve(model, left(), start=decode.start(pool.answers[0][1]), step=step)
    if solved.values is not None:
        sites = kept[np.flatnonzero(solved.values[: len(kept)] > 0.5)]
        pool.add(total_of(costs, sites), sites)
    if solved.infeasible or solved.done:
        return pool.answers[0][0], True
    # Outside the model every answer costs at least the goal.
    return min(solved.bound + decode.base, branch.goal_of(total, step)), False


@dataclass(frozen=True)
class _Decode:
    """How an answer reads in the model: candidates, the steps of distance of each client, the constant cost."""

    base: float
    kept: Sites
    clients: NDArray[np.intp]
    level: NDArray[Any]
    costs: Costs

    def start(self, sites: Sites) -> NDArray[np.float64] | None:
        """The values of an answer, None when it opens a candidate that was ruled out."""
        if not np.isin(sites, self.kept).all():
            return None
        near = self.costs[:, sites].min(axis=1)
        beyond = near[self.clients] > self.level
        return np.concatenate([np.isin(self.kept, sites), beyond]).astype(np.float64)


def _radius_model(costs: Costs, count: int, held: Sites, kept: Sites) -> tuple[highs.Model, _Decode]:
    """The radius formulation over the kept candidates.

    Variables: x_j for each kept candidate; z_ik = 1 when client i has no site within its k-th distance. Cost: first
    distance + Σ (next distance − k-th) z_ik. Rows: z_ik + Σ x_j at the k-th distance ≥ z_i,k−1 (z_i0 = 1). A client's
    distances end at the nearest held site, and where so few candidates remain that one nearer must be open.
    """
    block = costs[:, kept]
    clients, width = block.shape
    order = np.argsort(block, axis=1, kind="stable")
    ranked = np.take_along_axis(block, order, axis=1).astype(np.float64)
    reach = min(width, width - count + 1)
    limit = ranked[:, reach - 1]
    if len(held):
        limit = np.minimum(limit, costs[:, held].min(axis=1))
    fresh = np.ones_like(ranked, dtype=bool)
    fresh[:, 1:] = ranked[:, 1:] > ranked[:, :-1]
    inside = ranked < limit[:, None]  # entries before the last distance: each of their distances has a z
    rank = np.cumsum(fresh, axis=1) - 1
    base = float(ranked[:, 0].sum())
    head = fresh & inside
    number = np.full(ranked.shape, -1, dtype=np.int64)
    number[head] = width + np.arange(int(head.sum()))
    rows_of, cols_of = np.nonzero(head)
    level = ranked[rows_of, cols_of]
    last = np.r_[rows_of[1:] != rows_of[:-1], True] if len(rows_of) else np.zeros(0, dtype=bool)
    following = np.r_[level[1:], 0.0] if len(level) else level
    following = np.where(last, limit[rows_of], following) if len(level) else level
    cost = np.r_[np.zeros(width), following - level]
    # Entries (client, k, candidate): the row of z_ik holds z_ik, the candidates at its distance, and −z_i,k−1.
    entry_rows, entry_cols = np.nonzero(inside)
    first_of = np.zeros(clients, dtype=np.int64)
    counts_per = head.sum(axis=1)
    first_of[1:] = np.cumsum(counts_per)[:-1]
    site_row = first_of[entry_rows] + rank[entry_rows, entry_cols]
    z_rows = np.arange(len(level))
    chained = np.flatnonzero(np.r_[False, rows_of[1:] == rows_of[:-1]]) if len(level) else z_rows
    all_rows = np.concatenate([site_row, z_rows, chained])
    all_cols = np.concatenate([order[entry_rows, entry_cols], width + z_rows, width + chained - 1])
    all_vals = np.concatenate([np.ones(len(site_row)), np.ones(len(z_rows)), -np.ones(len(chained))])
    sorting = np.argsort(all_rows, kind="stable")
    low = np.zeros(len(level))
    if len(level):
        low[np.r_[True, rows_of[1:] != rows_of[:-1]]] = 1.0
    rows = highs.Rows()
    if len(level):
        rows.add(
            np.bincount(all_rows, minlength=len(level)),
            all_cols[sorting],
            all_vals[sorting],
            low,
            np.full(len(level), math.inf),
        )
    rows.one(np.arange(width), np.ones(width), count, count)
    lower = np.zeros(len(cost))
    lower[np.flatnonzero(np.isin(kept, held))] = 1.0
    whole = np.r_[np.ones(width, dtype=bool), np.zeros(len(level), dtype=bool)]
    model = rows.model(cost, lower, np.ones(len(cost)), whole)
    return model, _Decode(base, kept, rows_of.astype(np.intp), level, costs)

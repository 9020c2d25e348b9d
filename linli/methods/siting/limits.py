"""Sites under a budget or with capacities (预算与容量): the general model, for hundreds of clients.

Method: each client is assigned as a whole to one open site (the capacitated p-median, J. M. Mulvey, M. P. Beck, 1984; the
budgeted covering of S. Khuller, A. Moss, J. Naor, 1999). A start by greedy opening and exchange with assignment by
regret (S. Martello, P. Toth, 1981), then HiGHS on the assignment model.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linli.methods import highs
from linli.methods.siting.swap import Clock, Sites, share

Floats = NDArray[np.float64]
LARGEST_MODEL = 400_000
START_SHARE = 0.3


@dataclass(frozen=True)
class Limits:
    """What limits a choice: number of sites or None, prices (m) with a budget or None, capacities (m) or None."""

    count: int | None
    price: Floats
    budget: float | None
    capacity: Floats | None

    def allows(self, sites: Sites) -> bool:
        """Whether so many sites of such prices may be opened."""
        few = self.count is None or len(sites) <= self.count
        return few and (self.budget is None or float(self.price[sites].sum()) <= self.budget + 1e-9)


@dataclass(frozen=True)
class Choice:
    """An answer: sites (None: none was found), the place of each client's candidate (−1 none), cost, bound, proof."""

    sites: Sites | None
    owner: NDArray[np.intp]
    cost: float
    bound: float
    proven: bool


def solve_limited(
    costs: Floats, allowed: NDArray[np.bool_], demand: Floats, limits: Limits, fixed: Sites, spare: Floats, left: Clock
) -> Choice:
    """Choose sites within limits so that the sum of the clients' costs is least.

    Args:
        costs: n clients × m candidates.
        allowed: which pairs may be assigned.
        demand: n, what a client takes of a capacity.
        spare: n costs of a client that is assigned to nobody, ∞ where it must be.

    Raises:
        ValueError: more pairs than the model can hold.

    O(p m n p) for the start; the proof is exponential in the worst case.
    """
    if int(allowed.sum()) > LARGEST_MODEL:
        raise ValueError(
            f"有预算或容量时，需求点与候选点的组合上限是 {LARGEST_MODEL}，现在是 {int(allowed.sum())}。请减少候选点，或按街道分开计算。"
        )
    priced = np.where(allowed, costs, math.inf)
    sites = _start(priced, demand, limits, fixed, spare, share(left, START_SHARE))
    cost, owner = assign(priced, demand, limits, sites, spare)
    model, pairs = _model(priced, allowed, demand, limits, fixed, spare)
    step = 0.0
    finite = np.r_[priced[allowed], spare[np.isfinite(spare)]]
    if (finite == np.rint(finite)).all():
        step = 1.0
    base = float(spare[np.isfinite(spare)].sum())
    start = None
    if math.isfinite(cost):
        taken = owner[pairs[0]] == pairs[1]
        start = np.r_[np.isin(np.arange(costs.shape[1]), sites).astype(np.float64), taken.astype(np.float64)]
    solved = highs.solve(model, left(), start=start, step=step)
    if solved.infeasible and not math.isfinite(cost):
        return Choice(None, owner, math.inf, math.inf, True)
    if solved.values is not None and solved.cost + base < cost - 1e-9:
        width = costs.shape[1]
        sites = np.flatnonzero(solved.values[:width] > 0.5).astype(np.intp)
        owner = np.full(len(costs), -1, dtype=np.intp)
        chosen = solved.values[width:] > 0.5
        owner[pairs[0][chosen]] = pairs[1][chosen]
        rows = np.flatnonzero(owner >= 0)
        cost = float(priced[rows, owner[rows]].sum() + spare[owner < 0].sum())
    if not math.isfinite(cost):
        return Choice(None, owner, math.inf, max(solved.bound + base, 0.0), False)
    bound = solved.bound + base
    bound = (
        cost
        if solved.done
        else max(min(cost, math.ceil(bound - 1e-6) if step and math.isfinite(bound) else bound), 0.0)
    )
    return Choice(np.sort(sites), owner, cost, bound, solved.done or bound >= cost - 1e-9 * max(1.0, cost))


def assign(
    priced: Floats, demand: Floats, limits: Limits, sites: Sites, spare: Floats
) -> tuple[float, NDArray[np.intp]]:
    """Assign the clients to open sites: the total, ∞ when one fits nowhere, and the place of each client's site."""
    owner = np.full(len(priced), -1, dtype=np.intp)
    if not len(sites):
        return float(spare.sum()), owner
    here = np.minimum(priced[:, sites], math.inf)
    if limits.capacity is None:
        near = here.argmin(axis=1)
        best = here[np.arange(len(here)), near]
        better = best < spare
        owner[better] = sites[near[better]]
        return float(np.where(better, best, spare).sum()), owner
    room = limits.capacity[sites].copy()
    two = np.sort(np.c_[here, spare], axis=1)[:, :2]
    with np.errstate(invalid="ignore"):
        regret = np.nan_to_num(two[:, 1] - two[:, 0], nan=0.0, posinf=math.inf)
    total = 0.0
    for client in np.lexsort((-demand, -regret)).tolist():
        options = np.where(demand[client] <= room + 1e-9, here[client], math.inf)
        place = int(options.argmin())
        if options[place] < spare[client]:
            room[place] -= demand[client]
            owner[client] = sites[place]
            total += float(options[place])
        else:
            total += float(spare[client])
    return total, owner


def _start(priced: Floats, demand: Floats, limits: Limits, fixed: Sites, spare: Floats, left: Clock) -> Sites:
    """Open what saves most for its price while the limits allow, then exchange while it pays."""
    sites = fixed.copy()
    ceiling = float(priced[np.isfinite(priced)].max(initial=0)) + 1
    # Where a client must be served, being unserved costs more than anything, so that a start is felt to come nearer.
    heavy = np.where(np.isfinite(spare), spare, ceiling * (len(priced) + 1))

    def worth(chosen: Sites) -> float:
        return assign(priced, demand, limits, chosen, heavy)[0]

    cost = worth(sites)
    while left() > 0:
        best, chosen = 0.0, -1
        for site in np.setdiff1d(np.arange(priced.shape[1]), sites).tolist():
            if limits.allows(np.append(sites, site)) and left() > 0:
                saved = cost - worth(np.append(sites, site))
                ratio = saved / max(limits.price[site], 1e-9) if limits.budget is not None else saved
                if ratio > best:
                    best, chosen = ratio, site
        if chosen < 0:
            break
        sites = np.append(sites, chosen).astype(np.intp)
        cost = worth(sites)
    going = True
    while going and left() > 0:
        going = False
        for place in range(len(fixed), len(sites)):
            for site in np.setdiff1d(np.arange(priced.shape[1]), sites).tolist():
                other = sites.copy()
                other[place] = site
                if left() <= 0:
                    break
                if limits.allows(other) and (value := worth(other)) < cost - 1e-9 * max(1.0, cost):
                    sites, cost, going = other, value, True
    return sites


def _pairs(allowed: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    clients, sites = np.nonzero(allowed)
    return clients, sites


def _model(
    priced: Floats, allowed: NDArray[np.bool_], demand: Floats, limits: Limits, fixed: Sites, spare: Floats
) -> tuple[highs.Model, tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Variables x_j open, y_ij assigned; the constant Σ spare is left out of the cost."""
    clients, width = priced.shape
    pairs = _pairs(allowed)
    count = len(pairs[0])
    optional = np.isfinite(spare)
    cost = np.r_[np.zeros(width), priced[pairs] - np.where(optional, spare, 0.0)[pairs[0]]]
    rows = highs.Rows()
    own = width + np.arange(count)
    rows.add(
        np.bincount(pairs[0], minlength=clients), own, np.ones(count), np.where(optional, 0.0, 1.0), np.ones(clients)
    )
    rows.add(  # y_ij ≤ x_j
        np.full(count, 2),
        np.c_[own, pairs[1]].ravel(),
        np.tile([1.0, -1.0], count),
        np.full(count, -math.inf),
        np.zeros(count),
    )
    if limits.capacity is not None:
        order = np.argsort(pairs[1], kind="stable")
        here = np.bincount(pairs[1], minlength=width)
        columns = np.insert(own[order], np.cumsum(here), np.arange(width))
        values = np.insert(demand[pairs[0]][order], np.cumsum(here), -limits.capacity)
        rows.add(here + 1, columns, values, np.full(width, -math.inf), np.zeros(width))
    if limits.count is not None:
        rows.one(np.arange(width), np.ones(width), 0, limits.count)
    if limits.budget is not None:
        rows.one(np.arange(width), limits.price, -math.inf, limits.budget)
    low = np.zeros(width + count)
    low[fixed] = 1.0
    whole = np.r_[np.ones(width, dtype=bool), np.full(count, limits.capacity is not None)]
    return rows.model(cost, low, np.ones(width + count), whole), pairs

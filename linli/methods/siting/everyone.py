"""Everybody within reach (集合覆盖与 p 中心): the fewest sites for a radius, and the smallest radius for p sites.

Method: set covering (C. Toregas et al., 1971): greedy, then HiGHS. p-center: binary search of the radius over set
covering (E. Minieka, 1970).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from linli.methods.siting import exact
from linli.methods.siting.cover import Cover, Links, Table, link, merge
from linli.methods.siting.swap import Clock, Sites


def solve_set(links: Links, price: NDArray[np.float64], fixed: Sites, left: Clock, seed: int = 0) -> Cover:
    """Cover every client that can be covered at the least cost, the fixed sites being paid for (集合覆盖).

    Args:
        price: m costs ≥ 0 of the candidates, 1 each for the number of sites.
    """
    reached = links.covered(fixed)
    some = (np.diff(links.starts) > 0) & ~reached
    small, weights = merge(links.pick(some), np.ones(int(some.sum())))
    table = Table(small, weights)
    paid = float(price[fixed].sum())
    sites = _cheap(table, price)
    cost = float(price[sites].sum())
    step = 1.0 if (price == np.rint(price)).all() else 0.0
    if not len(weights):
        return Cover(np.sort(fixed), paid, paid, True)
    rows = exact.Rows()
    clients = len(weights)
    rows.add(
        np.diff(small.starts), small.sites, np.ones(len(small.sites)), np.ones(clients), np.full(clients, math.inf)
    )
    x = np.zeros(links.width)
    x[sites] = 1.0
    solved = exact.solve(
        rows.model(price, np.zeros(links.width), np.ones(links.width), np.ones(links.width, dtype=bool)),
        left(),
        start=x,
        step=step,
        seed=seed,
    )
    if solved.values is not None:
        found = np.flatnonzero(solved.values > 0.5).astype(np.intp)
        if float(price[found].sum()) < cost:
            sites, cost = found, float(price[found].sum())
    bound = cost if solved.done else max(min(cost, math.ceil(solved.bound - 1e-6) if step else solved.bound), 0.0)
    answer = np.sort(np.concatenate([fixed, sites])).astype(np.intp)
    return Cover(answer, paid + cost, paid + bound, solved.done or bound >= cost)


def _cheap(table: Table, price: NDArray[np.float64]) -> Sites:
    """Greedy covering, then sites that became needless are closed, the dearest first (V. Chvátal, 1979)."""
    counts = np.zeros(len(table.weights), dtype=np.int64)
    sites: list[int] = []
    while (counts == 0).any():
        gains = table.gains((counts == 0).astype(np.float64))
        ratio = np.where(gains > 0, gains / np.maximum(price, 1e-12), -1.0)
        site = int(ratio.argmax())
        sites.append(site)
        counts[table.reach(site)] += 1
    for site in sorted(sites, key=lambda site: (-price[site], site)):
        if (counts[table.reach(site)] > 1).all():
            counts[table.reach(site)] -= 1
            sites.remove(site)
    return np.array(sorted(sites), dtype=np.intp)


def solve_center(distances: NDArray[np.float64], count: int, fixed: Sites, left: Clock, seed: int = 0) -> Cover:
    """Place `count` sites, the fixed ones among them, so that the farthest client is as near as can be (p 中心).

    Args:
        distances: n clients × m candidates.

    O(log(n m)) set coverings; each has a share of the time.
    """
    sites = _spread(distances, count, fixed)
    best = float(distances[:, sites].min(axis=1).max())
    ranked = np.unique(distances[distances <= best])
    # No radius below the largest of the least distances can do.
    low = int(np.searchsorted(ranked, float(distances.min(axis=1).max())))
    high = int(np.searchsorted(ranked, best))
    sure = True
    bound_at = low
    while low < high:
        middle = (low + high) // 2
        near = link(distances <= ranked[middle])
        found = solve_set(near, np.ones(distances.shape[1]), fixed, lambda: left() / 2, seed)
        if len(found.sites) <= count:
            sites, best = _filled(found.sites, count, distances.shape[1]), float(ranked[middle])
            best = float(distances[:, sites].min(axis=1).max())
            high = int(np.searchsorted(ranked, best))
        else:
            low = middle + 1
            if found.bound > count + 1e-9:
                bound_at = max(bound_at, middle + 1) if sure else bound_at
            else:
                sure = False
        if left() <= 0:
            break
    bound = float(ranked[min(bound_at, high)])
    return Cover(np.sort(sites), best, min(bound, best), bound >= best)


def _spread(distances: NDArray[np.float64], count: int, fixed: Sites) -> Sites:
    """A start: open the candidate nearest to the farthest client, one by one (D. S. Hochbaum, D. B. Shmoys, 1985)."""
    sites = [int(site) for site in fixed]
    if not sites:
        sites.append(int(distances.max(axis=0).argmin()))
    while len(sites) < count:
        far = int(distances[:, sites].min(axis=1).argmax())
        order = np.argsort(distances[far], kind="stable")
        sites.append(next(int(site) for site in order if int(site) not in sites))
    return np.array(sites, dtype=np.intp)


def _filled(sites: Sites, count: int, width: int) -> Sites:
    """Exactly `count` sites: the first closed candidates are added."""
    spare = np.setdiff1d(np.arange(width), sites)[: count - len(sites)]
    return np.concatenate([sites, spare]).astype(np.intp)

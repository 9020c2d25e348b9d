"""Everybody within reach (集合覆盖与 p 中心): the fewest sites for a radius, and the smallest radius for p sites.

Method: set covering (C. Toregas et al., 1971): greedy answers guided by the reduced costs of a Lagrangian relaxation,
whose bound also rules candidates out; HiGHS for the rest. p-center: binary search of the radius over set
covering (E. Minieka, 1970).
"""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linli.methods import highs
from linli.methods.compiled import Loop
from linli.methods.siting import weights
from linli.methods.siting.cover import Cover, Links, Table, essential, link, merge
from linli.methods.siting.swap import Clock, Sites, share

Floats = NDArray[np.float64]

SUBGRADIENTS, GREEDY_EVERY = 400, 20
STEPS, QUICK_STEPS = 2_000_000, 40_000
"""Exchanges tried for an answer, and for a quick one."""
CHUNK, SLOW_CHUNK = 2_000, 50
LOADING, LOADING_SHARE = 0.5, 0.4
"""Seconds of computing to load the machine code, and the part of the time left that it may take; else the plain loop."""
STALE, SMALLEST_STEP = 12, 1e-3
RENEWALS, RENEW_SHARE = 1500, 0.3
QUICK_SHARE = 0.1


def solve_set(
    links: Links,
    price: Floats,
    fixed: Sites,
    left: Clock,
    seed: int = 0,
    *,
    target: float = -math.inf,
    quick: bool = False,
) -> Cover:
    """Cover every client that can be covered at the least cost, the fixed sites being paid for (集合覆盖).

    Args:
        price: m costs ≥ 0 of the candidates, 1 each for the number of sites.
        target: stop as soon as an answer costs no more, or the bound shows that none can.
        quick: leave HiGHS out.

    O(entries) per greedy answer and per subgradient; the proof is exponential in the worst case.
    """
    reached = links.covered(fixed)
    some = (np.diff(links.starts) > 0) & ~reached
    small, ones = merge(links.pick(some), np.ones(int(some.sum())))
    paid = float(price[fixed].sum())
    if not len(ones):
        return Cover(np.sort(fixed), paid, paid, True)
    clients, lasting = np.arange(len(ones)), np.arange(links.width)
    if left() > 0:
        clients, lasting = essential(small, price)
    number = np.full(links.width, -1)
    number[lasting] = np.arange(len(lasting))
    chosen = small.pick(np.isin(np.arange(len(ones)), clients))
    entry = number[chosen.sites] >= 0
    counts = np.bincount(chosen.owners[entry], minlength=len(clients))
    table = Table(
        Links(np.r_[0, np.cumsum(counts)], number[chosen.sites[entry]].astype(np.int32), len(lasting)),
        np.ones(len(clients)),
    )
    every, price = lasting, price[lasting]
    step = 1.0 if (price == np.rint(price)).all() else 0.0
    target -= paid
    began, computed = time.monotonic(), time.process_time()
    bound, reduced, sites = _dual(table, price, _cheap(table, price, price), step, target, left)
    busy = max(1.0, (time.monotonic() - began) / max(0.01, time.process_time() - computed))
    known = bound > target + 1e-6 > 0
    if not known and not _met(bound, float(price[sites].sum()), step):
        if len(sites) and (price == price[0]).all() and price[0] > 0:
            enough = max(math.ceil(bound / price[0] - 1e-6), math.floor(min(max(target, 0.0), 1e9) / price[0]))
            steps = QUICK_STEPS if quick else STEPS
            loop = _loop(LOADING * busy < LOADING_SHARE * left())
            sites = _exchanged(table, sites, seed, enough, steps, share(left, RENEW_SHARE), loop)
        else:
            sites = _renew(table, price, sites, seed, target, share(left, RENEW_SHARE))
    cost = float(price[sites].sum())
    proven = _met(bound, cost, step)
    known = known or cost <= target
    if not proven and not known and not quick and left() > 0:
        kept = np.flatnonzero(bound + reduced <= cost - step + 1e-6)
        kept = np.union1d(kept, sites)
        place = np.full(table.width, -1)
        place[kept] = np.arange(len(kept))
        entry = place[table.sites] >= 0
        counts = np.bincount(table.owners[entry], minlength=len(clients))
        rows = highs.Rows()
        ones = np.ones(len(clients))
        rows.add(counts, place[table.sites[entry]], np.ones(int(entry.sum())), ones, np.full(len(clients), math.inf))
        width = len(kept)
        model = rows.model(price[kept], np.zeros(width), np.ones(width), np.ones(width, dtype=bool))
        start = np.isin(kept, sites).astype(np.float64)
        solved = highs.solve(model, left(), start=start, step=step, seed=seed)
        if solved.values is not None:
            found = kept[np.flatnonzero(solved.values > 0.5)].astype(np.intp)
            if float(price[found].sum()) < cost:
                sites, cost = found, float(price[found].sum())
        bound = max(bound, min(solved.bound, cost))
        proven = solved.done or _met(bound, cost, step)
    limit = cost if proven else _rounded(bound, cost, step)
    answer = np.sort(np.concatenate([fixed, every[sites]])).astype(np.intp)
    return Cover(answer, paid + cost, paid + limit, proven)


_loops: dict[bool, Loop] = {}


def _loop(worth: bool) -> Loop:
    """The loop as machine code where there is time to load it or it was loaded before."""
    fast = worth or True in _loops
    if fast not in _loops:
        _loops[fast] = Loop(weights.exchange, weights.SIGNATURE, weights.__name__, plain=not fast)
    return _loops[fast]


def _exchanged(table: Table, sites: Sites, seed: int, enough: int, steps: int, left: Clock, loop: Loop) -> Sites:
    """Fewer sites of one price by weighted exchange (`weights`). Deterministic for a seed unless the time ends first."""

    def row(values: Any) -> Any:
        return np.ascontiguousarray(values, dtype=np.int64) if loop.arrays else np.asarray(values, np.int64).tolist()

    clients, width = len(table.weights), table.width
    held = np.zeros(width, dtype=np.int64)
    held[sites] = 1
    times = np.bincount(table.owners, weights=held[table.sites], minlength=clients).astype(np.int64)
    alone = held[table.sites] * (times == 1)[table.owners]
    opened, place = np.zeros(width, dtype=np.int64), np.zeros(width, dtype=np.int64)
    opened[: len(sites)], place[sites] = sites, np.arange(len(sites))
    state = [len(sites), 0, len(sites) + 1, 0, (seed * 2654435761 + 12345) % 4294967295 + 1, -1]
    best = row(np.r_[held, state])
    rows = (
        *(row(one) for one in (table.links.starts, table.sites, table.heads, table.clients, held, times)),
        row(np.ones(clients)),
        row(np.bincount(table.sites, weights=alone, minlength=width)),
        *(row(one) for one in (np.zeros(width), np.ones(width), opened, place, np.zeros(clients), np.zeros(clients))),
        best,
    )
    while best[width + weights.STEP] < steps and best[width + weights.BEST] > enough and left() > 0:
        before = best[width + weights.STEP]
        loop(CHUNK if loop.fast else SLOW_CHUNK, enough, *rows)
        if best[width + weights.STEP] == before:
            break
    if best[width + weights.BEST] > len(sites):
        return sites
    return np.flatnonzero(np.asarray(best[:width])).astype(np.intp)


def _met(bound: float, cost: float, step: float) -> bool:
    """Whether nothing cheaper is possible."""
    return bound > cost - step + 1e-6 if step else bound >= cost - 1e-9 * max(1.0, cost)


def _rounded(bound: float, cost: float, step: float) -> float:
    """A bound no lower than nothing and no higher than the cost, rounded up where costs are whole."""
    if not math.isfinite(bound):
        return 0.0
    return max(min(cost, math.ceil(bound - 1e-6) if step else bound), 0.0)


def _dual(
    table: Table, price: Floats, sites: Sites, step: float, target: float, left: Clock
) -> tuple[float, Floats, Sites]:
    """Raise the bound ``Σ u + Σ min(0, price − Σ u of its clients)`` by subgradients (J. E. Beasley, 1990).

    Returns the bound, the candidates' reduced costs, and the best answer, greedy answers by reduced cost among them.
    """
    sizes = np.maximum(np.diff(table.heads), 1)
    share = (price / sizes)[table.sites]
    prices = np.minimum.reduceat(share, table.links.starts[:-1])
    cost = float(price[sites].sum())
    best, kept, reduced_kept = -math.inf, prices, price.astype(np.float64)
    scale, stale = 1.0, 0
    for turn in range(SUBGRADIENTS):
        reduced = price - table.gains(prices)
        value = float(prices.sum() + np.minimum(reduced, 0.0).sum())
        if value > best + 1e-9 * abs(value):
            stale = 0 if value > best + 1e-3 * abs(cost - best) else stale + 1
            best, kept, reduced_kept = value, prices.copy(), reduced
        else:
            stale += 1
        if turn % GREEDY_EVERY == GREEDY_EVERY - 1:
            other = _cheap(table, price, np.maximum(reduced, 1e-3 * price))
            if float(price[other].sum()) < cost:
                sites, cost = other, float(price[other].sum())
        if _met(best, cost, step) or cost <= target or best > target + 1e-6 > 0 or left() <= 0:
            break
        if stale >= STALE:
            scale, stale, prices = scale / 2, 0, kept.copy()
            if scale < SMALLEST_STEP:
                break
            continue
        is_open = (reduced < 0).astype(np.float64)
        slope = 1.0 - np.bincount(table.owners, weights=is_open[table.sites], minlength=len(prices))
        slope[(slope < 0) & (prices <= 0)] = 0.0
        norm = float(slope @ slope)
        if norm == 0:
            break
        prices = np.maximum(prices + scale * max(cost - value, 1e-6 * cost) / norm * slope, 0.0)
    return max(best, 0.0), reduced_kept, sites


def _renew(table: Table, price: Floats, sites: Sites, seed: int, target: float, left: Clock) -> Sites:
    """Close a site and those around it, cover what they covered anew, keep what is no dearer (large neighbourhood search,
    P. Shaw, 1998). Deterministic for a seed unless the time ends first."""
    draw = np.random.default_rng(seed)
    cost = float(price[sites].sum())
    for _ in range(RENEWALS if len(sites) > 1 else 0):
        if cost <= target or left() <= 0:
            break
        around = np.zeros(table.width, dtype=bool)
        around[int(draw.choice(sites))] = True
        for _ in range(2):  # candidates that share clients with it, then those that share clients with these
            met = np.bincount(table.owners, weights=around[table.sites], minlength=len(table.weights)) > 0
            around = np.bincount(table.sites, weights=met[table.owners], minlength=table.width) > 0
        score = price * draw.uniform(0.8, 1.2, table.width)
        other = _cheap(table, price, score, sites[~around[sites]])
        if float(price[other].sum()) <= cost:
            sites, cost = other, float(price[other].sum())
    return sites


def _cheap(table: Table, price: Floats, score: Floats, begun: Sites | None = None) -> Sites:
    """Greedy covering by clients per score, then sites that became needless are closed, the dearest first (V. Chvátal, 1979)."""
    open_ = np.ones(len(table.weights))
    sites: list[int] = [] if begun is None else begun.tolist()
    counts = np.zeros(len(open_), dtype=np.int64)
    for site in sites:
        counts[table.reach(site)] += 1
    open_[counts > 0] = 0.0
    gains = table.gains(open_)
    rate = 1.0 / np.maximum(score, 1e-12)
    starts = table.links.starts
    missing = int(open_.sum())
    while missing:
        site = int((gains * rate).argmax())
        reach = table.reach(site)
        sites.append(site)
        counts[reach] += 1
        fresh = reach[open_[reach] > 0]
        open_[fresh] = 0.0
        missing -= len(fresh)
        entries = np.concatenate([table.sites[starts[client] : starts[client + 1]] for client in fresh.tolist()])
        gains -= np.bincount(entries, minlength=table.width)
    for site in sorted(sites, key=lambda site: (-price[site], site)):
        if (counts[table.reach(site)] > 1).all():
            counts[table.reach(site)] -= 1
            sites.remove(site)
    return np.array(sorted(sites), dtype=np.intp)


def solve_center(distances: Floats, count: int, fixed: Sites, left: Clock, seed: int = 0) -> Cover:
    """Place `count` sites, the fixed ones among them, so that the farthest client is as near as can be (p 中心).

    Args:
        distances: n clients × m candidates.

    O(log(n m)) set coverings; each has a share of the time.
    """
    sites = _spread(distances, count, fixed)
    best = float(distances[:, sites].min(axis=1).max())
    ranked = np.sort(distances[distances <= best])
    ranked = ranked[np.r_[True, ranked[1:] > ranked[:-1]]]
    # No radius below the largest of the least distances can do, and none below `low` from here on.
    low, high = int(np.searchsorted(ranked, float(distances.min(axis=1).max()))), len(ranked) - 1
    ones = np.ones(distances.shape[1])

    def attempt(at: int, part: float, *, quick: bool) -> bool | None:
        """Whether a radius will do; None when it stays open."""
        nonlocal sites, best, low, high
        near = link(distances <= ranked[at])
        found = solve_set(near, ones, fixed, share(left, part), seed, target=count + 0.5, quick=quick)
        if len(found.sites) <= count and near.covered(found.sites).all():
            sites = _filled(found.sites, count, distances.shape[1])
            best = float(distances[:, sites].min(axis=1).max())
            high = int(np.searchsorted(ranked, best))
            return True
        if found.bound > count + 0.5:
            low = max(low, at + 1)
            return False
        return None

    enough = len(ranked) >> 10  # steps finer than this are left to the last search
    begin, end = low, high
    while end - begin > enough and left() > 0:  # the smallest radius that a quick answer meets
        middle = (begin + end) // 2
        if attempt(middle, QUICK_SHARE, quick=True):
            end = high
        else:
            begin = middle + 1
    begin, end = low, high
    while end - begin > enough and left() > 0:  # the largest that a quick bound rules out
        middle = (begin + end) // 2
        if attempt(middle, QUICK_SHARE, quick=True) is False:
            begin = middle + 1
        else:
            end = min(middle, high)
    while low < high and left() > 0:
        if attempt((low + high) // 2, 0.5, quick=False) is None:
            break
    bound = float(ranked[min(low, high)])
    return Cover(np.sort(sites), best, bound, bound >= best)


def _spread(distances: Floats, count: int, fixed: Sites) -> Sites:
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

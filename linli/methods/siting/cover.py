"""Coverage within a radius (最大覆盖): the most demand with p sites.

Method: maximal covering (R. Church, C. ReVelle, 1974): greedy and interchange for an answer, Lagrangian relaxation of
the coverage rows for a bound (R. D. Galvão, C. ReVelle, 1996), candidates that the bound decides are fixed, the rest
goes to HiGHS, clients with the same candidates being one row.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linli.methods import highs
from linli.methods.siting.swap import Clock, Sites

SUBGRADIENTS = 400
STALE = 15
SMALLEST_STEP = 1e-3


@dataclass(frozen=True)
class Links:
    """Which candidates cover which clients (覆盖关系), by clients: those of client i are ``sites[starts[i]:starts[i + 1]]``."""

    starts: NDArray[np.int64]
    sites: NDArray[np.int32]
    width: int

    @property
    def owners(self) -> NDArray[np.int64]:
        """The client of each entry of `sites`."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

    def pick(self, clients: NDArray[np.bool_]) -> Links:
        """The links of some of the clients."""
        counts = np.diff(self.starts)
        return Links(np.r_[0, np.cumsum(counts[clients])], self.sites[np.repeat(clients, counts)], self.width)

    def by_site(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The same by candidates: starts and clients."""
        order = np.argsort(self.sites, kind="stable")
        counts = np.bincount(self.sites, minlength=self.width)
        return np.r_[0, np.cumsum(counts)], self.owners[order]

    def covered(self, sites: Sites) -> NDArray[np.bool_]:
        """Which clients the sites cover. O(entries)."""
        is_open = np.zeros(self.width, dtype=bool)
        is_open[sites] = True
        return np.bincount(self.owners, weights=is_open[self.sites], minlength=len(self.starts) - 1) > 0


def link(near: NDArray[np.bool_]) -> Links:
    """Links of a table clients × candidates that says who is covered."""
    return Links(np.r_[0, np.cumsum(near.sum(axis=1))], np.nonzero(near)[1].astype(np.int32), near.shape[1])


def join(blocks: list[Links], width: int) -> Links:
    """Links of several blocks of clients, one after the other."""
    counts = np.concatenate([np.diff(block.starts) for block in blocks] or [np.zeros(0, dtype=np.int64)])
    sites = np.concatenate([block.sites for block in blocks] or [np.zeros(0, dtype=np.int32)])
    return Links(np.r_[0, np.cumsum(counts)], sites, width)


@dataclass(frozen=True)
class Cover:
    """An answer: the sites, what it is worth (demand covered, or cost), the bound, and whether they meet."""

    sites: Sites
    value: float
    bound: float
    proven: bool


def merge(links: Links, demand: NDArray[np.float64]) -> tuple[Links, NDArray[np.float64]]:
    """Make one client of all that have the same candidates; clients without demand or candidate are left out. O(entries)."""
    owners = links.owners
    draw = np.random.default_rng(0)
    marks = draw.integers(0, 2**63, size=(2, links.width), dtype=np.uint64)
    keys = np.zeros((2, len(demand)), dtype=np.uint64)
    for place in range(2):  # two 63-bit sums: that different sets meet in both is out of the question
        np.add.at(keys[place], owners, marks[place][links.sites])
    counts = np.diff(links.starts)
    used = np.flatnonzero((counts > 0) & (demand > 0))
    _, first, group = np.unique(keys[:, used], axis=1, return_index=True, return_inverse=True)
    weights = np.bincount(group.ravel(), weights=demand[used], minlength=len(first))
    heads = used[np.sort(first)]
    place_of = np.empty(len(first), dtype=np.int64)
    place_of[np.argsort(first)] = np.arange(len(first))
    sums = np.zeros(len(first))
    sums[place_of] = weights
    wanted = np.zeros(len(demand), dtype=bool)
    wanted[heads] = True
    return links.pick(wanted), sums


MOST_PRODUCTS = 200_000_000
"""Pairs of candidates of one client, or of clients of one candidate, up to which dominance is looked for."""


def essential(links: Links, price: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Clients and candidates that a covering of everybody is decided by (支配化简).

    A candidate whose clients another covers at no higher price is left out, and a client who is covered wherever another is;
    until nothing changes (C. Toregas, C. ReVelle, 1973). O(Σ candidates of a client² + Σ clients of a candidate²) a round.
    """
    from scipy import sparse

    clients, sites = np.arange(len(links.starts) - 1), np.arange(links.width)
    ones = np.ones(len(links.sites), dtype=np.int32)
    table = sparse.csr_matrix((ones, links.sites, links.starts), shape=(len(clients), links.width))
    while True:
        many, sizes = np.diff(table.indptr).astype(np.int64), np.asarray(table.sum(axis=0)).ravel().astype(np.int64)
        if int((many**2).sum() + (sizes**2).sum()) > MOST_PRODUCTS:
            return clients, sites
        both = (table.T @ table).tocoo()
        one, other = both.row, both.col
        inside = (one != other) & (both.data == sizes[one]) & (price[sites[other]] <= price[sites[one]])
        equal = (sizes[other] == sizes[one]) & (price[sites[other]] == price[sites[one]])
        rest = np.ones(len(sites), dtype=bool)
        rest[one[inside & (~equal | (other < one))]] = False
        rest &= sizes > 0
        table, sites = table[:, rest].tocsr(), sites[rest]
        both = (table @ table.T).tocoo()
        one, other = both.row, both.col
        many = np.diff(table.indptr)
        inside = (one != other) & (both.data == many[one]) & ((many[other] > many[one]) | (other > one))
        kept = np.ones(len(clients), dtype=bool)
        kept[other[inside]] = False
        table, clients = table[kept], clients[kept]
        if rest.all() and kept.all():
            return clients, sites


def solve_cover(
    links: Links, demand: NDArray[np.float64], count: int, fixed: Sites, left: Clock, seed: int = 0
) -> Cover:
    """Place `count` sites, the fixed ones among them, so that the most demand is covered (最大覆盖).

    Args:
        links: who covers whom, n clients, m candidates.
        demand: n weights ≥ 0; when all are whole numbers the proof uses it.
        count: 1 ≤ p ≤ m.
        left: seconds that remain.

    O(entries) per greedy step and per subgradient; the proof is exponential in the worst case.
    """
    whole = float(np.abs(demand - np.rint(demand)).max(initial=0)) == 0
    step = 1.0 if whole else 0.0
    reached = links.covered(fixed)
    done = float(demand[reached].sum())
    small, weights = merge(links.pick(~reached), demand[~reached])
    take = count - len(fixed)
    everything = float(weights.sum())
    table = Table(small, weights)
    banned = np.zeros(links.width, dtype=bool)
    banned[fixed] = True
    sites = table.exchange(table.greedy(take, banned), banned, left)
    best = table.worth(sites)
    upper, prices, gains = everything, weights.copy(), np.zeros(links.width)
    if best < everything:
        upper, prices, gains, better = table.bound(take, banned, best, step, left)
        better = table.exchange(better, banned, left)
        if table.worth(better) > best:
            sites, best = better, table.worth(better)
    proven = _met(upper, best, step)
    if not proven and left() > 0:
        del prices
        sites, upper, proven = table.finish(take, banned, sites, upper, gains, step, left, seed)
        best = table.worth(sites)
    answer = np.sort(np.concatenate([fixed, sites])).astype(np.intp)
    limit = best if proven else (math.floor(upper + 1e-6) if step else upper)
    return Cover(answer, done + best, done + limit, proven)


def _met(upper: float, value: float, step: float) -> bool:
    return upper < value + step - 1e-6 if step else upper <= value + 1e-9 * max(1.0, value)


class Table:
    """Links with weights, by client and by candidate."""

    def __init__(self, links: Links, weights: NDArray[np.float64]) -> None:
        self.links, self.weights = links, weights
        self.owners, self.sites, self.width = links.owners, links.sites, links.width
        self.heads, self.clients = links.by_site()

    def reach(self, site: int) -> NDArray[np.int64]:
        """The clients that a candidate covers."""
        return self.clients[self.heads[site] : self.heads[site + 1]]

    def worth(self, sites: Sites) -> float:
        return float(self.weights[self.links.covered(sites)].sum())

    def gains(self, value: NDArray[np.float64]) -> NDArray[np.float64]:
        """Per candidate, the sum of a value over its clients."""
        sums: NDArray[np.float64] = np.bincount(self.sites, value[self.owners], self.width).astype(np.float64)
        return sums

    def greedy(self, count: int, banned: NDArray[np.bool_]) -> Sites:
        """Open what adds most, one by one; ties by number."""
        value = self.weights.copy()
        gains = self.gains(value)
        gains[banned] = -math.inf
        sites = []
        for _ in range(count):
            site = int(gains.argmax())
            sites.append(site)
            for client in self.reach(site)[value[self.reach(site)] > 0].tolist():
                gains[self.sites[self.links.starts[client] : self.links.starts[client + 1]]] -= value[client]
                value[client] = 0.0
            gains[site] = -math.inf
        return np.array(sites, dtype=np.intp)

    def exchange(self, sites: Sites, banned: NDArray[np.bool_], left: Clock) -> Sites:
        """Exchange one site for the best other while it adds, round after round."""
        sites = sites.copy()
        counts = np.zeros(len(self.weights), dtype=np.int64)
        for site in sites.tolist():
            counts[self.reach(site)] += 1
        going = len(sites) > 0
        while going and left() > 0:
            going = False
            open_gain = self.gains(np.where(counts == 0, self.weights, 0.0))
            for place in range(len(sites)):
                site = int(sites[place])
                alone = self.reach(site)[counts[self.reach(site)] == 1]
                loss = float(self.weights[alone].sum())
                gains = open_gain.copy()
                span = np.concatenate([self._entries(client) for client in alone.tolist()] or [alone])
                spread = np.repeat(self.weights[alone], np.diff(self.links.starts)[alone])
                np.add.at(gains, span, spread)
                gains[banned] = -math.inf
                gains[sites] = -math.inf
                other = int(gains.argmax())
                if gains[other] > loss + 1e-9 * max(1.0, loss):
                    counts[self.reach(site)] -= 1
                    counts[self.reach(other)] += 1
                    sites[place] = other
                    open_gain = self.gains(np.where(counts == 0, self.weights, 0.0))
                    going = True
        return sites

    def _entries(self, client: int) -> NDArray[Any]:
        return self.sites[self.links.starts[client] : self.links.starts[client + 1]].astype(np.int64)

    def bound(
        self, take: int, banned: NDArray[np.bool_], best: float, step: float, left: Clock
    ) -> tuple[float, NDArray[np.float64], NDArray[np.float64], Sites]:
        """Lower the bound ``Σ (w − u) + Σ of the p greatest Σ u`` (0 ≤ u ≤ w) by subgradients."""
        weights = self.weights
        prices = weights / np.maximum(np.diff(self.links.starts), 1)
        upper, kept, gains_kept = math.inf, prices, np.zeros(self.width)
        scale, stale = 1.0, 0
        free = np.flatnonzero(~banned)
        answer, worth = free[:take], -math.inf
        for _ in range(SUBGRADIENTS):
            gains = self.gains(prices)
            chosen = free[np.argpartition(-gains[free], take - 1)[:take]] if take else free[:0]
            value = float((weights - prices).sum() + gains[chosen].sum())
            is_open = np.zeros(self.width)
            is_open[chosen] = 1.0
            times = np.bincount(self.owners, weights=is_open[self.sites], minlength=len(weights))
            here = float(weights[times > 0].sum())
            if here > worth:
                answer, worth = chosen, here
            if value < upper - 1e-9 * abs(value):
                stale = 0 if value < upper - 1e-4 * abs(upper - best) else stale + 1
                upper, kept, gains_kept = value, prices.copy(), gains
            else:
                stale += 1
            low = max(best, worth)
            if _met(upper, low, step) or left() <= 0:
                break
            if stale >= STALE:
                scale, stale, prices = scale / 2, 0, kept.copy()
                if scale < SMALLEST_STEP:
                    break
                continue
            slope = times - 1.0  # how the bound grows with u
            slope[(slope < 0) & (prices >= weights)] = 0.0
            slope[(slope > 0) & (prices <= 0)] = 0.0
            norm = float(slope @ slope)
            if norm == 0:
                break
            prices = np.clip(prices - scale * max(value - low, 1e-6 * value) / norm * slope, 0.0, weights)
        return upper, kept, gains_kept, answer.astype(np.intp)

    def finish(
        self,
        take: int,
        banned: NDArray[np.bool_],
        sites: Sites,
        upper: float,
        gains: NDArray[np.float64],
        step: float,
        left: Clock,
        seed: int,
    ) -> tuple[Sites, float, bool]:
        """Fix what the bound decides and let HiGHS cover the rest."""
        best = self.worth(sites)
        goal = best + step - 1e-6 if step else best + 1e-9 * max(1.0, best)
        free = np.flatnonzero(~banned)
        ranked = np.sort(gains[free])[::-1]
        last = ranked[take - 1] if take else math.inf
        following = ranked[take] if take < len(ranked) else -math.inf
        out = np.zeros(self.width, dtype=bool)
        out[free] = (gains[free] < last) & (upper + gains[free] - last < goal)
        held = np.zeros(self.width, dtype=bool)
        held[free] = (gains[free] >= last) & (upper - gains[free] + following < goal)
        kept = np.flatnonzero(~banned & ~out)
        place = np.full(self.width, -1)
        place[kept] = np.arange(len(kept))
        taken = self.links.covered(np.flatnonzero(held))
        entry = (place[self.sites] >= 0) & ~taken[self.owners]
        counts = np.bincount(self.owners[entry], minlength=len(self.weights))
        open_ = np.flatnonzero((counts > 0) & ~taken)
        base = float(self.weights[taken].sum())
        reach = Links(np.r_[0, np.cumsum(counts[open_])], place[self.sites[entry]].astype(np.int32), len(kept))
        small, weights = merge(reach, self.weights[open_])
        # Minimise the weight left uncovered: y_i + Σ x ≥ 1.
        rows = highs.Rows()
        clients = len(weights)
        own = np.arange(clients)
        entries = np.argsort(np.r_[small.owners, own], kind="stable")
        rows.add(
            np.diff(small.starts) + 1,
            np.r_[small.sites, len(kept) + own][entries],
            np.ones(len(entries)),
            np.ones(clients),
            np.full(clients, math.inf),
        )
        rows.one(np.arange(len(kept)), np.ones(len(kept)), take, take)
        low = np.zeros(len(kept) + clients)
        low[: len(kept)][held[kept]] = 1.0
        start = None
        if (place[sites] >= 0).all():
            x = np.isin(kept, sites).astype(np.float64)
            start = np.r_[x, 1.0 - small.covered(np.flatnonzero(x > 0))]
        solved = highs.solve(
            rows.model(
                np.r_[np.zeros(len(kept)), weights],
                low,
                np.ones(len(low)),
                np.r_[np.ones(len(kept), dtype=bool), np.zeros(clients, dtype=bool)],
            ),
            left(),
            start=start,
            step=step,
            seed=seed,
        )
        if solved.values is not None:
            found = kept[np.flatnonzero(solved.values[: len(kept)] > 0.5)].astype(np.intp)
            if self.worth(found) > best:
                sites = found
        if solved.infeasible or solved.done:
            return sites, self.worth(sites), True
        inside = base + float(weights.sum()) - solved.bound
        return sites, min(upper, max(inside, goal)), False

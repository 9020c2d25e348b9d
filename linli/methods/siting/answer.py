"""Answer a siting question of any kind (选址求解): check it, choose the method, say what is left uncovered."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linli.methods.siting.cover import Links, join, link, solve_cover
from linli.methods.siting.everyone import solve_center, solve_set
from linli.methods.siting.instance import BLOCK, Instance, Kind
from linli.methods.siting.limits import Choice, Limits, solve_limited
from linli.methods.siting.median import solve_median
from linli.methods.siting.swap import Clock, Sites, total_of

WORDS = {"median": "总距离最小", "cover": "覆盖最多", "center": "最远距离最小", "set": "全部覆盖且点最少"}
LARGEST_SUM = 2**31 - 1


@dataclass(frozen=True)
class Answer:
    """The sites and what they are worth (选址结果).

    ``value``: cost (median: Σ demand × distance; center: farthest distance; set: sites or their price) or demand covered.
    ``bound``: what no answer can beat. ``uncovered``: clients beyond the radius or, without one, served by nobody.
    ``next_site``, ``next_gain``: what opening one more site beside these would bring at best, None where nothing.
    """

    kind: Kind
    value: float
    bound: float
    proven: bool
    sites: Sites
    uncovered: NDArray[np.intp]
    next_site: int | None = None
    next_gain: float = 0.0
    owner: NDArray[np.intp] | None = field(default=None)


def solve(
    instance: Instance,
    kind: Kind,
    *,
    count: int | None,
    radius: float | None,
    budget: float | None,
    left: Clock,
    seed: int = 0,
) -> Answer:
    """Solve a siting question within its time; the best answer so far when the time ends.

    Args:
        count: p, with the fixed sites counted. radius: in the unit of the distances. budget: in the unit of the prices.
        left: seconds that remain.

    Raises:
        ValueError: in Chinese: what is missing, contradictory, or cannot be met.
    """
    _check(instance, kind, count, radius, budget)
    if budget is not None or (instance.capacity is not None and kind in ("median", "cover")):
        return _limited(instance, kind, count, radius, budget, left)
    if kind == "median":
        assert count is not None
        return _median(instance, count, radius, left, seed)
    if kind == "center":
        assert count is not None
        return _center(instance, count, left, seed)
    assert radius is not None
    links = coverage(instance, radius)
    if kind == "set":
        price = instance.price if instance.price is not None else np.ones(len(instance.candidates))
        found = solve_set(links, price, instance.fixed, left, seed)
        uncovered = np.flatnonzero(~links.covered(found.sites))
        return Answer("set", found.value, found.bound, found.proven, found.sites, uncovered)
    assert count is not None
    found = solve_cover(links, instance.demand, count, instance.fixed, left, seed)
    return _with_next(
        Answer("cover", found.value, found.bound, found.proven, found.sites, _missed(links, found.sites)),
        links,
        instance.demand,
    )


def _check(instance: Instance, kind: Kind, count: int | None, radius: float | None, budget: float | None) -> None:
    candidates, fixed = len(instance.candidates), len(instance.fixed)
    if not len(instance.demand):
        raise ValueError("没有需求点。")
    if not candidates:
        raise ValueError("没有候选点。")
    if kind in ("cover", "set") and radius is None:
        raise ValueError(f"“{WORDS[kind]}”要给出服务半径，请用 --radius。")
    if radius is not None and (not math.isfinite(radius) or radius < 0):
        raise ValueError(f"服务半径是 {radius}，要是零或正数。")
    if kind == "set":
        if count is not None and budget is None and instance.capacity is None:
            return
        if budget is not None:
            raise ValueError("“全部覆盖且点最少”（set）不用预算；预算有限时请用 cover。")
        if instance.capacity is not None:
            raise ValueError("“全部覆盖且点最少”（set）不计容量；有容量时请用 cover 或 median。")
        return
    if kind == "center" and (budget is not None or instance.capacity is not None):
        raise ValueError("“最远距离最小”（center）不计预算和容量；有预算或容量时请用 median 或 cover。")
    if count is None and budget is None:
        raise ValueError("要选几个点？请用 --p 给出个数，或用 --budget 给出预算。")
    if count is not None and count < 1:
        raise ValueError(f"选点个数是 {count}，至少为 1。")
    if count is not None and count > candidates:
        raise ValueError(f"要选 {count} 个点，候选点只有 {candidates} 个。请减少个数或增加候选点。")
    if count is not None and fixed > count:
        raise ValueError(f"已定的点有 {fixed} 个，多于要选的 {count} 个。已定的点计入个数，请改正。")
    if budget is not None and instance.price is None:
        raise ValueError("用预算时，每个候选点要有造价（cost 一列）。")
    if budget is not None and (not math.isfinite(budget) or budget < 0):
        raise ValueError(f"预算是 {budget}，要是零或正数。")
    if budget is not None and instance.price is not None and float(instance.price[instance.fixed].sum()) > budget:
        raise ValueError(f"已定的点造价合计 {float(instance.price[instance.fixed].sum()):g}，超过预算 {budget:g}。")


def coverage(instance: Instance, radius: float) -> Links:
    """Who is within the radius of whom, block by block. O(n m); memory for the pairs within reach only."""
    width = len(instance.candidates)
    size = max(1, BLOCK // width)
    reach = radius * (1 + 1e-12)  # a point on the circle is within it
    blocks = [link(instance.distances(at, at + size) <= reach) for at in range(0, len(instance.demand), size)]
    return join(blocks, width)


def weighed(instance: Instance) -> NDArray[Any]:
    """Demand × distance, int32 when every product is whole and their sums stay exact."""
    table = instance.matrix()
    demand = instance.demand
    if np.issubdtype(table.dtype, np.integer) and (demand == 1).all():
        return table
    product = table * demand[:, None]
    whole = bool((demand == np.rint(demand)).all() and (product == np.rint(product)).all())
    exact = whole and float(product.max(axis=1).sum()) < LARGEST_SUM
    return product.astype(np.int32) if exact else product


def _median(instance: Instance, count: int, radius: float | None, left: Clock, seed: int) -> Answer:
    costs = weighed(instance)
    found = solve_median(costs, count, instance.fixed, left, seed)
    missed = np.zeros(0, dtype=np.intp)
    if radius is not None:
        missed = _missed(coverage(instance, radius), found.sites)
    near = costs[:, found.sites].min(axis=1)
    after = np.minimum(costs, near[:, None]).sum(axis=0, dtype=np.float64)
    after[found.sites] = math.inf
    best = int(after.argmin())
    gain = total_of(costs, found.sites) - float(after[best])
    more = math.isfinite(after[best]) and gain > 0
    return Answer(
        "median",
        found.cost,
        found.bound,
        found.proven,
        found.sites,
        missed,
        best if more else None,
        gain if more else 0.0,
    )


def _center(instance: Instance, count: int, left: Clock, seed: int) -> Answer:
    wanted = np.flatnonzero(instance.demand > 0)
    table = instance.matrix()[wanted].astype(np.float64)
    if not len(wanted):
        raise ValueError("所有需求都是零，没有要服务的点。")
    found = solve_center(table, count, instance.fixed, left, seed)
    near = table[:, found.sites].min(axis=1)
    farthest = np.minimum(table, near[:, None]).max(axis=0)
    best = int(farthest.argmin())
    gain = found.value - float(farthest[best])
    missed = np.zeros(0, dtype=np.intp)
    return Answer(
        "center",
        found.value,
        found.bound,
        found.proven,
        found.sites,
        missed,
        best if gain > 0 else None,
        max(gain, 0.0),
    )


def _missed(links: Links, sites: Sites) -> NDArray[np.intp]:
    return np.flatnonzero(~links.covered(sites)).astype(np.intp)


def _with_next(answer: Answer, links: Links, demand: NDArray[np.float64]) -> Answer:
    """The answer with the most that one more site would cover."""
    value = np.zeros(len(demand))
    value[answer.uncovered] = demand[answer.uncovered]
    gains = np.bincount(links.sites, weights=value[links.owners], minlength=links.width)
    best = int(gains.argmax())
    if gains[best] <= 0:
        return answer
    return Answer(
        answer.kind,
        answer.value,
        answer.bound,
        answer.proven,
        answer.sites,
        answer.uncovered,
        best,
        float(gains[best]),
        answer.owner,
    )


def _limited(
    instance: Instance, kind: Kind, count: int | None, radius: float | None, budget: float | None, left: Clock
) -> Answer:
    """Median or cover under a budget or with capacities."""
    table = instance.matrix().astype(np.float64)
    demand, width = instance.demand, len(instance.candidates)
    price = instance.price if instance.price is not None else np.zeros(width)
    limits = Limits(count, price, budget, instance.capacity)
    if instance.capacity is not None and kind == "median":
        _check_capacity(instance)
    within = np.ones(table.shape, dtype=bool) if kind == "median" or radius is None else table <= radius * (1 + 1e-12)
    if instance.capacity is not None:
        within &= demand[:, None] <= instance.capacity[None, :] + 1e-9
    if kind == "median":
        costs, spare = table * demand[:, None], np.full(len(demand), math.inf)
    else:
        costs, spare = np.zeros(table.shape), demand
    found: Choice = solve_limited(costs, within, demand, limits, instance.fixed, spare, left)
    if found.sites is None:
        why = "已证明不可行" if found.proven else "在时限内没有找到可行的方案，可用 --seconds 给更多时间"
        raise ValueError(f"在这样的个数、预算和容量下无法服务所有需求点（{why}）。请增加个数、预算或容量。")
    if kind == "cover":
        whole = float(demand.sum())
        missed = np.flatnonzero(found.owner < 0).astype(np.intp)
        answer = Answer(
            "cover", whole - found.cost, whole - found.bound, found.proven, found.sites, missed, owner=found.owner
        )
        if instance.capacity is not None or radius is None:
            return answer
        return _with_next(answer, coverage(instance, radius), demand)
    missed = np.zeros(0, dtype=np.intp)
    if radius is not None:
        rows = np.arange(len(demand))
        missed = np.flatnonzero(table[rows, found.owner] > radius * (1 + 1e-12)).astype(np.intp)
    return Answer("median", found.cost, found.bound, found.proven, found.sites, missed, owner=found.owner)


def _check_capacity(instance: Instance) -> None:
    assert instance.capacity is not None
    most = float(instance.capacity.max())
    for place in np.flatnonzero(instance.demand > most + 1e-9)[:1].tolist():
        raise ValueError(
            f"需求点 {instance.clients[place]} 的需求 {instance.demand[place]:g} 超过任何一个候选点的容量（最大 {most:g}）。"
        )
    if float(instance.demand.sum()) > float(instance.capacity.sum()) + 1e-9:
        raise ValueError(
            f"候选点容量合计 {float(instance.capacity.sum()):g}，少于需求合计 {float(instance.demand.sum()):g}。"
        )

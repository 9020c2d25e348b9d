"""The proof for few sites (分支定界): branch and bound on the Lagrangian relaxation of the p-median.

Method: depth first; every node raises its own bound from its parent's multipliers, fixes the candidates that the bound
decides, and branches on the most promising candidate, open first (P. Hanjoul, D. Peeters, "A comparison of two
dual-based procedures for solving the p-median problem", 1985). With few sites a branch decides much, where a linear
program of the whole would be large.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linli.methods.siting.swap import Clock, Costs, Sites, total_of

Floats = NDArray[np.float64]

STEPS, FIRST_STEPS = 30, 200


@dataclass(frozen=True)
class _Node:
    """Candidates that are open, candidates that may still be, multipliers to begin with, the parent's bound."""

    held: Sites
    free: Sites
    prices: Floats
    bound: float


@dataclass(frozen=True)
class Searched:
    """The best answer, its cost, a bound, and whether the search came to its end."""

    sites: Sites
    cost: float
    bound: float
    done: bool


def search(
    costs: Costs, count: int, held: Sites, kept: Sites, prices: Floats, sites: Sites, step: float, left: Clock
) -> Searched:
    """Look for an answer better than `sites`, or prove that there is none.

    Args:
        costs: n clients × m candidates.
        held, kept: candidates that are open, and that may be, in every better answer.
        prices: n multipliers to begin with.
        step: smallest difference between two costs, 0 when unknown.

    A node is O(steps × n × kept); their number is exponential in the worst case.
    """
    best = total_of(costs, sites)
    if len(held) > count or len(kept) < count:
        return Searched(sites, best, best, True)
    stack = [_Node(held, np.setdiff1d(kept, held), prices, -math.inf)]
    steps = FIRST_STEPS
    while stack and left() > 0:
        node = stack.pop()
        if node.bound > goal_of(best, step):
            continue
        node, reduced, answer, cost = _raise(costs, count, node, best, step, steps)
        steps = STEPS
        if cost < best:
            sites, best = answer, cost
        if node.bound > goal_of(best, step):
            continue
        room = count - len(node.held)
        if not room or len(node.free) <= room:
            last = np.concatenate([node.held, node.free[:room]])
            if len(last) == count and (cost := total_of(costs, last)) < best:
                sites, best = last, cost
            continue
        place = int(reduced.argmin())
        chosen, others = node.free[place : place + 1], np.delete(node.free, place)
        stack.append(_Node(node.held, others, node.prices, node.bound))
        stack.append(_Node(np.concatenate([node.held, chosen]), others, node.prices, node.bound))
    bound = min((node.bound for node in stack), default=best)
    return Searched(np.sort(sites), best, min(best, bound), not stack)


def goal_of(total: float, step: float) -> float:
    """An answer must cost no more than this to be better than `total`."""
    return total - step + 1e-6 if step else total - 1e-9 * max(1.0, total)


def _raise(
    costs: Costs, count: int, node: _Node, best: float, step: float, steps: int
) -> tuple[_Node, Floats, Sites, float]:
    """Raise a node's bound and fix what it decides: the node, reduced costs of its free candidates, an answer, its cost."""
    held, free, prices = node.held, node.free, node.prices
    inner = costs[:, held].astype(np.float64)
    outer = costs[:, free].astype(np.float64)
    bound, kept_prices = node.bound, prices
    reduced = np.zeros(len(free))
    answer, cost = held, math.inf
    scale, stale = 1.0, 0
    for _ in range(steps):
        room = count - len(held)
        if not room or len(free) <= room:
            break
        closed = np.minimum(outer - prices[:, None], 0.0)
        opened = np.minimum(inner - prices[:, None], 0.0)
        now = closed.sum(axis=0)
        least = np.argpartition(now, room)
        chosen, following = least[:room], float(now[least[room]])
        last = float(now[chosen].max())
        value = float(prices.sum() + opened.sum() + now[chosen].sum())
        goal = goal_of(best, step)
        if value > bound:
            bound, kept_prices, reduced, stale = value, prices, now, 0
            if bound > goal:
                break
        else:
            stale += 1
            if stale >= 5:
                scale, stale = scale / 2, 0
        tried = np.concatenate([held, free[chosen]])
        total = total_of(costs, tried)
        if total < cost:
            answer, cost = tried, total
        slope = 1.0 - (closed[:, chosen] < 0).sum(axis=1) - (opened < 0).sum(axis=1)
        norm = float(slope @ slope)
        out = (now > last) & (value + now - last > goal)
        into = np.zeros(len(free), dtype=bool)
        into[chosen] = value - now[chosen] + following > goal
        if out.any() or into.any():
            held = np.concatenate([held, free[into]])
            inner = np.concatenate([inner, outer[:, into]], axis=1)
            stay = ~(out | into)
            free, outer, reduced = free[stay], outer[:, stay], now[stay]
        if norm == 0:
            break
        prices = np.maximum(prices + scale * max(best - value, 1e-6 * abs(best)) / norm * slope, 0.0)
    if len(reduced) != len(free):
        reduced = np.minimum(outer - kept_prices[:, None], 0.0).sum(axis=0)
    return _Node(held, free, kept_prices, bound), reduced, answer, cost

"""The inner loop of division (划分的内循环): simulated annealing over single moves with hard contiguity.

Source: S. Kirkpatrick et al., "Optimization by Simulated Annealing", Science 220 (1983); moves along cut edges and the
test of contiguity from the losing district's side as in F. Ricca and B. Simeone, "Local search algorithms for political
districting", EJOR 189 (2008); bounds by a penalty that rises and falls (strategic oscillation, F. Glover, 1977).
"""

from __future__ import annotations

import math
from typing import Any

from linli.methods.compiled import compiled, wanted

Row = Any
"""A one-dimensional array when compiled, a list when not: only indexed."""

CUTS, OBJECTIVE, EXCESS, BROKEN, BEST, LEAST, STAMP, PRESSURE, STEP, VISITED = range(10)
"""Places in the row `state`."""
STATE_SIZE = 10

SIGNATURE = (
    "void(int64, int64, float64, float64, float64, float64, float64, float64, float64, float64, float64, float64, "
    "int64[::1], int64[::1], int64[::1], int64[::1], int64[::1], float64[::1], float64[::1], boolean[::1], "
    "int64[::1], int64[::1], boolean[::1], int64[::1], int64[::1], float64[::1], float64[::1], float64[::1], "
    "int64[::1], float64[::1], int64[::1], float64[::1], float64[::1], int64[::1], int64[::1], "
    "float64[::1], int64[::1], int64[::1], int64[::1], int64[::1], int64[::1])"
)


def anneal(
    count: int,  # steps to do now
    total: int,  # steps of the whole round; temperature falls along it
    hot: float,
    cold: float,
    step: float,  # penalty of a district outside the bounds, and of a broken pair
    slope: float,  # penalty for each resident outside the bounds
    lower: float,
    upper: float,
    per_cut: float,  # what the objective counts: cut, inertia, residents moved
    per_inertia: float,
    per_moved: float,
    target: float,  # a bound: nothing below it is possible
    start: Row,  # neighbours of unit i: neighbour[start[i]:start[i + 1]], by the edges in edge[...]
    neighbour: Row,
    edge: Row,
    head: Row,
    tail: Row,
    weight: Row,
    people: Row,
    fixed: Row,
    pair_start: Row,  # pairs that must share a district (alike) or must not
    pair: Row,
    alike: Row,
    stay_start: Row,  # residents of unit i who live in district stay[...] today
    stay: Row,
    staying: Row,
    x: Row,  # coordinates times people
    y: Row,
    district: Row,
    load: Row,
    units: Row,
    sum_x: Row,
    sum_y: Row,
    cut_edges: Row,
    place: Row,  # of each edge in cut_edges
    state: Row,
    random: Row,
    mark: Row,
    queue: Row,
    best: Row,
    nearest: Row,
) -> None:
    """Do `count` steps; each tries to hand one unit to a district next to it (逐步试移).

    All rows are changed in place. A step costs the unit's neighbours, an accepted one also the search that the losing
    district stays connected, which ends when the unit's neighbours have met.
    """
    cuts = int(state[CUTS])
    objective = state[OBJECTIVE]
    excess = state[EXCESS]
    broken = state[BROKEN]
    best_objective = state[BEST]
    least = state[LEAST]
    stamp = int(state[STAMP])
    pressure = state[PRESSURE]
    at = int(state[STEP])
    visited = state[VISITED]
    word = int(random[0])
    period = max(2000, total // 200)
    fall = math.log(cold / hot)
    heat = hot * math.exp(fall * min(1.0, at / total))
    bound_step = step * pressure
    bound_slope = slope * pressure
    for _ in range(count):
        if cuts == 0 or best_objective <= target:
            break
        at += 1
        if at % 64 == 0:
            heat = hot * math.exp(fall * min(1.0, at / total))
        if at % period == 0:
            pressure = min(pressure * 1.15, 50.0) if excess > 1e-6 or broken > 0.5 else max(pressure / 1.1, 0.3)
            bound_step = step * pressure
            bound_slope = slope * pressure
        word ^= (word << 13) & 0xFFFFFFFF  # xorshift32, G. Marsaglia (2003)
        word ^= word >> 17
        word ^= (word << 5) & 0xFFFFFFFF
        e = cut_edges[(word >> 1) % cuts]
        i = head[e] if word & 1 else tail[e]
        a = district[i]
        b = district[tail[e]] if word & 1 else district[head[e]]
        if fixed[i] or units[a] == 1:
            continue
        loss = 0.0
        gain = 0.0
        own = 0
        for k in range(start[i], start[i + 1]):
            d = district[neighbour[k]]
            if d == a:
                loss += weight[edge[k]]
                own += 1
            elif d == b:
                gain += weight[edge[k]]
        if own == 0:
            continue
        p = people[i]
        from_load = load[a]
        to_load = load[b]
        change = per_cut * (loss - gain)
        if per_inertia > 0:
            old = 0.0
            new = 0.0
            if from_load > 0:
                old += (sum_x[a] ** 2 + sum_y[a] ** 2) / from_load
            if to_load > 0:
                old += (sum_x[b] ** 2 + sum_y[b] ** 2) / to_load
            if from_load - p > 0:
                new += ((sum_x[a] - x[i]) ** 2 + (sum_y[a] - y[i]) ** 2) / (from_load - p)
            if to_load + p > 0:
                new += ((sum_x[b] + x[i]) ** 2 + (sum_y[b] + y[i]) ** 2) / (to_load + p)
            change += per_inertia * (old - new)
        if per_moved > 0:
            for k in range(stay_start[i], stay_start[i + 1]):
                if stay[k] == a:
                    change += per_moved * staying[k]
                elif stay[k] == b:
                    change -= per_moved * staying[k]
        outside = 0.0
        price = 0.0
        if from_load < lower:
            outside -= lower - from_load
            price -= bound_step
        elif from_load > upper:
            outside -= from_load - upper
            price -= bound_step
        if from_load - p < lower:
            outside += lower - from_load + p
            price += bound_step
        elif from_load - p > upper:
            outside += from_load - p - upper
            price += bound_step
        if to_load < lower:
            outside -= lower - to_load
            price -= bound_step
        elif to_load > upper:
            outside -= to_load - upper
            price -= bound_step
        if to_load + p < lower:
            outside += lower - to_load - p
            price += bound_step
        elif to_load + p > upper:
            outside += to_load + p - upper
            price += bound_step
        more_broken = 0.0
        for k in range(pair_start[i], pair_start[i + 1]):
            d = district[pair[k]]
            if d == a:
                more_broken += 1.0 if alike[k] else -1.0
            elif d == b:
                more_broken += -1.0 if alike[k] else 1.0
        worse = change + price + bound_slope * outside + bound_step * 4.0 * more_broken
        if worse > 0:
            word ^= (word << 13) & 0xFFFFFFFF
            word ^= word >> 17
            word ^= (word << 5) & 0xFFFFFFFF
            if (word & 0xFFFFFF) >= 16777216.0 * math.exp(-worse / heat):
                continue
        if own > 1:  # do the neighbours that stay behind still reach each other?
            stamp += 2
            first = -1
            for k in range(start[i], start[i + 1]):
                j = neighbour[k]
                if district[j] == a:
                    mark[j] = stamp
                    first = j
            mark[i] = stamp + 1
            mark[first] = stamp + 1
            queue[0] = first
            done = 0
            known = 1
            missing = own - 1
            while done < known and missing > 0:
                u = queue[done]
                done += 1
                for k in range(start[u], start[u + 1]):
                    j = neighbour[k]
                    if district[j] == a and mark[j] != stamp + 1:
                        if mark[j] == stamp:
                            missing -= 1
                        mark[j] = stamp + 1
                        queue[known] = j
                        known += 1
            visited += done
            if missing > 0:
                continue
        district[i] = b
        load[a] = from_load - p
        load[b] = to_load + p
        units[a] -= 1
        units[b] += 1
        sum_x[a] -= x[i]
        sum_y[a] -= y[i]
        sum_x[b] += x[i]
        sum_y[b] += y[i]
        for k in range(start[i], start[i + 1]):
            d = district[neighbour[k]]
            f = edge[k]
            if d == a:
                cut_edges[cuts] = f
                place[f] = cuts
                cuts += 1
            elif d == b:
                cuts -= 1
                last = cut_edges[cuts]
                cut_edges[place[f]] = last
                place[last] = place[f]
        objective += change
        excess += outside
        broken += more_broken
        if excess < 1e-6 and broken < 0.5:
            if objective < best_objective - 1e-9:
                best_objective = objective
                least = 0.0
                for j in range(len(district)):
                    best[j] = district[j]
        elif least > 0 and excess + upper * broken < least - 1e-6:
            least = excess + upper * broken
            for j in range(len(district)):
                nearest[j] = district[j]
    state[CUTS] = cuts
    state[OBJECTIVE] = objective
    state[EXCESS] = excess
    state[BROKEN] = broken
    state[BEST] = best_objective
    state[LEAST] = least
    state[STAMP] = stamp
    state[PRESSURE] = pressure
    state[STEP] = at
    state[VISITED] = visited
    random[0] = word


def prepare() -> None:
    """Compile the loop into the cache, once (预先编译)."""
    if wanted():
        compiled(anneal, SIGNATURE)

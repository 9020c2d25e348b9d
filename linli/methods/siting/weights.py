"""The inner loop of set covering (集合覆盖的内循环): exchange of sites with weights that grow on clients left uncovered.

Source: C. Gao, X. Yao, T. Weise, J. Li, "An efficient local search heuristic with row weighting for the unicost set covering
problem", EJOR 246 (2015). When everybody is covered a site is closed; then one site is closed and one that covers a random uncovered
client opened, turn by turn. A site just closed is not opened again before something near it has changed.
"""

from __future__ import annotations

from typing import Any

from linli.methods.compiled import compiled, wanted

Row = Any
"""A one-dimensional array when compiled, a list when not: only indexed."""

OPEN, MISSING, BEST, STEP, WORD, LAST = range(6)
"""Places in the row `state`: sites open, clients uncovered, sites of the best answer, steps done, random word, site opened last."""
STATE_SIZE = 6

SIGNATURE = "void(int64, int64, " + ", ".join(["int64[::1]"] * 15) + ")"


def exchange(
    count: int,  # steps to do now
    target: int,  # so many sites are enough
    client_start: Row,  # candidates of client i: sites[client_start[i]:client_start[i + 1]]
    sites: Row,
    site_start: Row,  # clients of candidate j: clients[site_start[j]:site_start[j + 1]]
    clients: Row,
    held: Row,  # 1: candidate is open
    times: Row,  # open sites that cover a client
    weight: Row,  # of clients
    gain: Row,  # closed: weight that opening covers anew; open: weight that closing uncovers
    since: Row,  # step at which a candidate was last opened or closed
    free: Row,  # 1: something near has changed, it may be opened
    opened: Row,  # the open sites
    place: Row,  # of each open site there
    missing: Row,  # the uncovered clients
    spot: Row,  # of each uncovered client there
    best: Row,  # 1: candidate is open in the best answer; state is its last element
) -> None:
    """Do `count` steps (逐步交换). All rows are changed in place; a step costs the candidates of two sites' clients."""
    base = len(held)
    is_open = best[base + OPEN]
    lost = best[base + MISSING]
    least = best[base + BEST]
    at = best[base + STEP]
    word = best[base + WORD]
    last = best[base + LAST]
    for _ in range(count):
        if least <= target or is_open == 0:
            break
        at += 1
        if lost == 0:
            if is_open < least:
                least = is_open
                for j in range(base):
                    best[j] = held[j]
            rounds = 1
        else:
            rounds = 2  # close one, open one
        for turn in range(rounds):
            if turn == 0:
                j = -1
                for k in range(is_open):
                    other = opened[k]
                    if other == last and is_open > 1 and lost > 0:
                        continue
                    if j < 0 or gain[other] < gain[j] or (gain[other] == gain[j] and since[other] < since[j]):
                        j = other
                is_open -= 1
                moved = opened[is_open]
                opened[place[j]] = moved
                place[moved] = place[j]
                held[j] = 0
                free[j] = 0
                for k in range(site_start[j], site_start[j + 1]):
                    i = clients[k]
                    times[i] -= 1
                    if times[i] == 0:
                        spot[i] = lost
                        missing[lost] = i
                        lost += 1
                        for m in range(client_start[i], client_start[i + 1]):
                            other = sites[m]
                            free[other] = 1
                            if other != j:
                                gain[other] += weight[i]
                    elif times[i] == 1:
                        for m in range(client_start[i], client_start[i + 1]):
                            other = sites[m]
                            free[other] = 1
                            if held[other] == 1:
                                gain[other] += weight[i]
                    else:
                        for m in range(client_start[i], client_start[i + 1]):
                            free[sites[m]] = 1
                free[j] = 0
                since[j] = at
            else:
                word ^= (word << 13) & 0xFFFFFFFF  # xorshift32, G. Marsaglia (2003)
                word ^= word >> 17
                word ^= (word << 5) & 0xFFFFFFFF
                i = missing[(word >> 1) % lost]
                j = -1
                for m in range(client_start[i], client_start[i + 1]):
                    other = sites[m]
                    if free[other] == 0:
                        continue
                    if j < 0 or gain[other] > gain[j] or (gain[other] == gain[j] and since[other] < since[j]):
                        j = other
                if j < 0:
                    j = sites[client_start[i]]
                held[j] = 1
                opened[is_open] = j
                place[j] = is_open
                is_open += 1
                last = j
                for k in range(site_start[j], site_start[j + 1]):
                    i = clients[k]
                    times[i] += 1
                    if times[i] == 1:
                        lost -= 1
                        other = missing[lost]
                        missing[spot[i]] = other
                        spot[other] = spot[i]
                        for m in range(client_start[i], client_start[i + 1]):
                            other = sites[m]
                            free[other] = 1
                            if other != j:
                                gain[other] -= weight[i]
                    elif times[i] == 2:
                        for m in range(client_start[i], client_start[i + 1]):
                            other = sites[m]
                            free[other] = 1
                            if held[other] == 1 and other != j:
                                gain[other] -= weight[i]
                    else:
                        for m in range(client_start[i], client_start[i + 1]):
                            free[sites[m]] = 1
                since[j] = at
                for k in range(lost):
                    i = missing[k]
                    weight[i] += 1
                    for m in range(client_start[i], client_start[i + 1]):
                        gain[sites[m]] += 1
    best[base + OPEN] = is_open
    best[base + MISSING] = lost
    best[base + BEST] = least
    best[base + STEP] = at
    best[base + WORD] = word
    best[base + LAST] = last


def prepare() -> None:
    """Compile the loop into the cache, once (预先编译)."""
    if wanted():
        compiled(exchange, SIGNATURE)

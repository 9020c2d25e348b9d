"""Groups of messages about one matter at one place (热点归并), HN art. 4, 每月一题.

Method: average linkage (R. Sokal and C. Michener, 1958) on the `sameness` of pairs, so that a group holds together as a whole and no
chain of half-likenesses joins two. Pairs are looked for only among messages that share a name or a rare wording; within each connected
component all pairs count. Deterministic; about 100,000 messages a minute. A component of more than 1,500 messages is first cut at
higher sameness, so that time and memory stay bounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from linli.methods.grams import Floats, Ints, Keys
from linli.methods.similar.message import Messages, Weighed, Weights, sameness, weigh

SAME = 0.355
"""Mean sameness from which messages are one group."""
_EDGE = 0.24
_LARGEST = 1500
_COMMON, _NEIGHBOURS = 60, 24
_RARE_PAIRS, _RARE = 8, 60


@dataclass(frozen=True)
class Group:
    """Messages about one matter at one place (热点): their rows in order of time, and how hot it is.

    days: from the first to the last, 0 where times are unknown. busiest: most messages within 30 days. heat: messages + those of the busiest month + ln(1 + days):
    how many, how dense, how long.
    """

    rows: tuple[int, ...]
    days: float
    busiest: int
    heat: float


def groups(messages: Messages, *, least: int = 2) -> list[Group]:
    """Groups of at least so many messages, hottest first (热点分组). Every message is in one at most."""
    names = Weights.of(_once(messages.names), len(messages))
    pairs = Weights.of(_once(messages.pairs), len(messages))
    left, right = _candidates(messages, names, pairs)
    weighed = weigh(messages, names, pairs)
    edges = sameness(weighed, left, right, least=_EDGE)
    found = []
    for component in _components(left, right, edges, len(messages), _EDGE):
        for rows in _average_linkage(weighed, component):
            if len(rows) >= least:
                found.append(_group(messages, rows))
    return sorted(found, key=lambda group: (-group.heat, group.rows))


def _once(found: Keys) -> Keys:
    """All keys of all rows; a row holds each but once by construction."""
    return found.ravel()


def _candidates(messages: Messages, names: Weights, pairs: Weights) -> tuple[Ints, Ints]:
    """Pairs of rows that share a name, or a rare wording; of what many share, those near in time."""
    when = np.argsort(np.nan_to_num(messages.days), kind="stable")
    turn = np.empty(len(when), dtype=np.int64)
    turn[when] = np.arange(len(when))
    lots = [_sharing(messages.names, turn, _COMMON, len(messages))]
    weight = messages.times * pairs(messages.pairs)
    rarest = np.take_along_axis(messages.pairs, np.argsort(-weight, axis=1, kind="stable")[:, :_RARE_PAIRS], axis=1)
    lots.append(_sharing(rarest, turn, _RARE, _RARE))
    both = _different(np.concatenate(lots))
    size = max(1, len(messages))
    one, other = when[both // size], when[both % size]
    return np.minimum(one, other), np.maximum(one, other)


def _sharing(found: Keys, turn: Ints, common: int, most: int) -> Ints:
    """Pairs of turns that share a key, as one number each: all pairs where up to ``common`` share it, neighbours in time where up to
    ``most`` do."""
    size = max(1, len(found))
    key = found.ravel()
    row = np.repeat(turn, found.shape[1])
    row, key = row[key > 0], key[key > 0]
    order = np.lexsort((row, key))
    row, key = row[order], key[order]
    begin = np.flatnonzero(np.append(True, key[1:] != key[:-1])[: len(key)])
    many = np.diff(np.append(begin, len(key)))
    many_of = np.repeat(many, many)
    lots = [np.zeros(0, np.int64)]
    for step in range(1, common):
        reach = (many_of > step) & ((many_of <= common) | (step <= _NEIGHBOURS)) & (many_of <= most)
        at = np.flatnonzero(reach[: len(key) - step])
        at = at[key[at] == key[at + step]]
        if not len(at):
            break
        lots.append(row[at] * size + row[at + step])
    return _different(np.concatenate(lots))


def _different(found: Ints) -> Ints:
    """Each value once, rising; sorting beats NumPy's own way here."""
    found.sort()
    once: Ints = found[np.append(True, found[1:] != found[:-1])[: len(found)]]
    return once


def _components(left: Ints, right: Ints, edges: Floats, rows: int, least: float) -> list[Ints]:
    """Rows that edges of a sameness join; a component that is too large is cut at a higher one."""
    from scipy import sparse
    from scipy.sparse.csgraph import connected_components

    strong = edges >= least
    graph = sparse.coo_matrix((np.ones(int(strong.sum())), (left[strong], right[strong])), shape=(rows, rows))
    _, label = connected_components(graph, directed=False)
    order = np.argsort(label, kind="stable")
    lots = np.split(order, np.flatnonzero(np.diff(label[order])) + 1) if rows else []
    out = []
    for lot in lots:
        if len(lot) < 2:
            continue
        if len(lot) <= _LARGEST:
            out.append(lot)
        elif least < 0.95:
            inside = np.isin(left, lot) & strong
            place = np.full(rows, -1)
            place[lot] = np.arange(len(lot))
            out += [
                lot[part]
                for part in _components(
                    place[left[inside]], place[right[inside]], edges[inside], len(lot), least + 0.05
                )
            ]
        else:  # thousands of copies of one message
            out += np.array_split(lot, -(-len(lot) // _LARGEST))
    return out


def _average_linkage(messages: Weighed, rows: Ints) -> list[Ints]:
    if len(rows) == 1:
        return [rows]
    from scipy.cluster.hierarchy import fcluster, linkage

    one, other = np.triu_indices(len(rows), 1)
    same = sameness(messages, rows[one], rows[other])
    label = fcluster(linkage(1 - same, "average"), 1 - SAME, "distance")
    return [rows[label == number] for number in np.unique(label)]


def _group(messages: Messages, rows: Ints) -> Group:
    days = messages.days[rows]
    order = np.lexsort((rows, np.where(np.isnan(days), np.inf, days)))
    known = np.sort(days[~np.isnan(days)])
    span = float(known[-1] - known[0]) if len(known) else 0.0
    busiest = int((np.searchsorted(known, known + 30, side="right") - np.arange(len(known))).max()) if len(known) else 0
    return Group(tuple(rows[order].tolist()), span, busiest, len(rows) + busiest + float(np.log1p(span)))


def numbered(found: Sequence[Group], rows: int) -> list[int]:
    """For each row the number of its group from 1, hottest first; 0 for none (分组编号)."""
    out = [0] * rows
    for number, group in enumerate(found, 1):
        for row in group.rows:
            out[row] = number
    return out

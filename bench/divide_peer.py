"""Peers of `divide.py`, run by the Python of their own environment: a graph on stdin, plans and CPU seconds on stdout."""

from __future__ import annotations

import importlib
import json
import signal
import sys
import time
from importlib.metadata import version
from typing import Any


def metis(asked: dict[str, Any]) -> list[list[int]]:
    """METIS k-way from as many seeds, at the tolerance asked for."""
    pymetis: Any = importlib.import_module("pymetis")  # not among Linli's packages

    around: list[list[int]] = [[] for _ in asked["pop"]]
    for i, j in asked["edges"]:
        around[i].append(j)
        around[j].append(i)
    plans = []
    for seed in range(asked["tries"]):
        options = pymetis.Options(seed=seed, contig=1, ufactor=max(1, int(float(asked["tolerance"]) * 1000)))
        _, plan = pymetis.part_graph(
            asked["parts"], adjacency=around, vweights=asked["pop"], recursive=False, options=options
        )
        plans.append([int(one) for one in plan])
    return plans


class Over(Exception):
    """The CPU time is used up."""


def gerrychain(asked: dict[str, Any]) -> list[list[int]]:
    """The least cut that ReCom in short bursts of ten comes by in so many CPU seconds."""
    networkx: Any = importlib.import_module("networkx")
    chain: Any = importlib.import_module("gerrychain")
    tree: Any = importlib.import_module("gerrychain.tree")
    optimization: Any = importlib.import_module("gerrychain.optimization")
    functools = importlib.import_module("functools")

    bare = networkx.Graph()
    for atom, people in enumerate(asked["pop"]):
        bare.add_node(atom, people=people)
    bare.add_edges_from(asked["edges"])
    graph = chain.Graph.from_networkx(bare)
    mean, share = sum(asked["pop"]) / asked["parts"], float(asked["tolerance"])
    best: list[Any] = []

    def end(*_: object) -> None:
        raise Over

    signal.signal(signal.SIGPROF, end)
    signal.setitimer(signal.ITIMER_PROF, asked["seconds"])
    try:
        first = tree.recursive_tree_part(graph, range(asked["parts"]), mean, "people", share, rng=1)
        updaters = {"people": chain.updaters.Tally("people"), "cut_edges": chain.updaters.cut_edges}
        partition = chain.Partition(graph, first, updaters)
        step = functools.partial(chain.proposals.recom, pop_col="people", pop_target=mean, epsilon=share)
        inside = chain.constraints.within_percent_of_ideal_population(partition, share, "people")
        search = optimization.SingleMetricOptimizer(
            step, inside, partition, lambda held: len(held["cut_edges"]), maximize=False, rng=1
        )
        least = None
        for held in search.short_bursts(10, 10**9):
            cut = len(held["cut_edges"])
            if least is None or cut < least:
                least, best = cut, [[int(held.assignment[atom]) for atom in range(len(asked["pop"]))]]
    except Over:
        pass
    return best


def main() -> None:
    """Ask the peer that the graph names."""
    asked: dict[str, Any] = json.load(sys.stdin)
    began = time.process_time()
    plans, package = (gerrychain(asked), "gerrychain") if asked["peer"] == "gerrychain" else (metis(asked), "pymetis")
    json.dump({"plans": plans, "cpu": time.process_time() - began, "version": version(package)}, sys.stdout)


if __name__ == "__main__":
    main()

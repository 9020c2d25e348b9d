"""METIS for `divide.py`, run by the Python of the peers' environment: a graph on stdin, plans of many seeds on stdout."""

from __future__ import annotations

import importlib
import json
import sys
import time
from importlib.metadata import version
from typing import Any


def main() -> None:
    """Divide by each seed, at the tolerance asked for."""
    pymetis: Any = importlib.import_module("pymetis")  # not among Linli's packages

    asked: dict[str, Any] = json.load(sys.stdin)
    around: list[list[int]] = [[] for _ in asked["pop"]]
    for i, j in asked["edges"]:
        around[i].append(j)
        around[j].append(i)
    plans = []
    began = time.process_time()
    for seed in range(asked["tries"]):
        options = pymetis.Options(seed=seed, contig=1, ufactor=max(1, int(float(asked["tolerance"]) * 1000)))
        _, plan = pymetis.part_graph(
            asked["parts"], adjacency=around, vweights=asked["pop"], recursive=False, options=options
        )
        plans.append([int(one) for one in plan])
    json.dump({"plans": plans, "cpu": time.process_time() - began, "version": version("pymetis")}, sys.stdout)


if __name__ == "__main__":
    main()

"""Division into districts beside METIS and GerryChain (网格划分).

    .venv/bin/python bench/divide.py graphs  [--seconds 10] [--data ../shared/data/bench] [--peers PYTHON] [--steps]
    .venv/bin/python bench/divide.py lattice [--seconds 4] [--seeds 20] [--peers PYTHON] [--steps]
    .venv/bin/python bench/divide.py wishes  [--seconds 5] [--peers PYTHON] [--steps]

`graphs`: 17 published county and tract graphs at ±0.5 %, sum of cuts; `districting_graphs.json.gz` and
`districting_best_known.csv` are data of others and not in the repository. `lattice`: 100 × 100 atoms of 20–399 residents
into 300 grids at ±5 %. `wishes`: heavy-tailed atoms with estates, frozen and barred atoms and a current map, which no peer
takes; METIS is asked without them. Every plan is made by the `linli` command in a process of its own, by the clock from its
start to its end, and checked by `linli grids check`. `--steps`: the steps reckoned for the seconds, and thirty times as long
for them, so that other work on the machine does not change the plans; then CPU seconds are what counts.

`--peers` names a Python that has pymetis (and gerrychain), such as that of a throw-away environment:
`python3 -m venv /tmp/peers && /tmp/peers/bin/pip install pymetis gerrychain`. Without it, published figures stand beside.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import math
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from linli.methods.partition.explain import check  # noqa: E402
from linli.methods.partition.graph import bounds_of, read_graph  # noqa: E402
from linli.methods.partition.improve import PACE  # noqa: E402

COMMAND = [sys.executable, "-P", "-m", "linli.site.cli", "grids"]


def divide(
    graph: dict[str, Any], parts: int, tolerance: str, seconds: float, seed: int, *, steps: bool
) -> dict[str, Any]:
    """One plan by the command, with `wall` and `cpu` seconds of its process; `cut` None where there is none."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "graph.json"), Path(folder, "plan.json")
        source.write_text(json.dumps(graph))
        given = [str(30 * seconds), "--iterations", str(int(PACE * seconds))] if steps else [str(seconds)]
        words = ["--parts", str(parts), "--tolerance", tolerance, "--seed", str(seed), "--seconds", *given]
        used, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        ran = subprocess.run(
            [*COMMAND, "divide", str(source), *words, "-o", str(target)], cwd=ROOT, capture_output=True
        )
        wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        measured = {"wall": wall, "cpu": after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime}
        if ran.returncode:
            return {**measured, "cut": None, "faults": 1, "said": ran.stderr.decode()}
        checked = subprocess.run([*COMMAND, "check", str(source), str(target)], cwd=ROOT, capture_output=True)
        return {**json.loads(target.read_text()), **measured, "faults": checked.returncode}


def peer_of(
    python: str | None, peer: str, graph: dict[str, Any], parts: int, tolerance: str, tries: int, seconds: float
) -> dict[str, Any]:
    """A peer's plans: how many are inside the bounds and connected, and their least cut; empty without it."""
    if python is None:
        return {}
    asked = json.dumps(
        {"pop": graph["pop"], "edges": graph["edges"], "parts": parts, "tolerance": tolerance}
        | {"peer": peer, "tries": tries, "seconds": seconds}
    )
    script = str(ROOT / "bench" / "divide_peer.py")
    ran = subprocess.run([python, script], input=asked, capture_output=True, text=True)
    if ran.returncode:
        raise SystemExit(f"the peer failed:\n{ran.stderr}")
    answer: dict[str, Any] = json.loads(ran.stdout)
    read = read_graph({"pop": graph["pop"], "edges": graph["edges"]})
    bounds = bounds_of(read, parts, tolerance)
    inside = []
    torn = []
    for plan in answer.pop("plans"):
        found = check(read, plan, parts, bounds)
        torn.append(sum(len({plan[atom] for atom in estate}) > 1 for estate in graph.get("together", [])))
        if not found.faults:
            inside.append(found.cut)
    return {**answer, "inside": len(inside), "cut": min(inside, default=None), "torn": min(torn, default=None)}


def conditions() -> str:
    """One line: date, machine, versions."""
    load = " ".join(f"{part:.1f}" for part in os.getloadavg())
    return f"{time.strftime('%Y-%m-%d')}, Python {platform.python_version()}, {os.cpu_count()} CPUs, load {load}"


def shown(value: float | None) -> str:
    """A figure, or a dash where there is none."""
    return "-" if value is None else f"{value:g}"


def graphs(asked: argparse.Namespace) -> None:
    """The published graphs at ±0.5 %."""
    data = json.loads(gzip.decompress((asked.data / "districting_graphs.json.gz").read_bytes()))
    rows = list(csv.DictReader((asked.data / "districting_best_known.csv").read_text().splitlines()))
    print(f"published graphs, ±0.5 %, {asked.seconds:g} s each; {conditions()}")
    print(
        "  graph        k    n  best known  Linli  bound  wall s  CPU s | GerryChain* | here | METIS, 200 seeds: inside, cut"
    )
    total, best, walls, chain, chained, proven = 0.0, 0.0, [], 0.0, 0.0, 0
    low, ceiling, here, reached = 0.0, 0.0, 0.0, 0.0
    versions: dict[str, Any] = {}
    for row in rows:
        name, parts = f"{row['state']}_{row['level']}", int(row["k"])
        graph = {"pop": data[name]["pop"], "edges": data[name]["edges"]}
        plan = divide(graph, parts, "0.005", asked.seconds, asked.seed, steps=asked.steps)
        peer = peer_of(asked.peers, "metis", graph, parts, "0.005", 200, asked.seconds)
        moves = peer_of(asked.peers, "gerrychain", graph, parts, "0.005", 1, asked.seconds)
        versions |= {"METIS by pymetis": peer.get("version"), "GerryChain": moves.get("version")}
        known = float(row["best_known_cut"])
        walls.append(plan["wall"])
        total += math.inf if plan["cut"] is None or plan["faults"] else plan["cut"]
        best += known
        proven += bool(plan.get("proven"))
        if row["level"] == "county":
            low, ceiling = low + plan.get("bound", 0), ceiling + known
        if moves.get("cut") is not None:
            here, reached = here + moves["cut"], reached + known
        if row["gerrychain10k_cut"]:
            chain, chained = chain + float(row["gerrychain10k_cut"]), chained + known
        print(
            f"  {name:11} {parts:2} {row['n']:>4} {known:11g} {shown(plan['cut']):>6} {shown(plan.get('bound')):>6}"
            f" {plan['wall']:7.2f} {plan['cpu']:6.2f} | {row['gerrychain10k_cut'] or '-':>11} |"
            f" {shown(moves.get('cut')):>4} | {shown(peer.get('inside'))} {shown(peer.get('cut'))}",
            flush=True,
        )
    print(f"  sum {total:g} against {best:g}: {total / best:.4f} (goal 1.01 at 10 s, 1.00 at 60 s)")
    print(f"  proven {proven}; bounds of the county graphs {low:g} against {ceiling:g} = {low / ceiling:.3f}", end="; ")
    print(f"longest {max(walls):.2f} s by the clock, allowed {asked.seconds + 1:g}" if not asked.steps else "by steps")
    if reached:
        print(
            f"  here: ReCom in short bursts, {asked.seconds:g} CPU s each: {here / reached:.3f} of those it has; {versions}"
        )
    print(f"  * published: 10,000 steps, 159 to 2,836 s each, sum {chain:g} against {chained:g}: {chain / chained:.3f}")


def lattice(asked: argparse.Namespace) -> None:
    """10,000 atoms into 300 grids at ±5 %."""
    side, parts = 100, 300
    edges = [[r * side + c, r * side + c + 1] for r in range(side) for c in range(side - 1)]
    edges += [[r * side + c, (r + 1) * side + c] for r in range(side - 1) for c in range(side)]
    print(f"lattice 100 x 100 into 300, ±5 %, {asked.seconds:g} s each, {asked.seeds} seeds; {conditions()}")
    plans, peers = [], []
    for seed in range(1, asked.seeds + 1):
        people = numpy.random.default_rng(seed).integers(20, 400, side * side).tolist()
        graph = {"pop": people, "edges": edges}
        plans.append(divide(graph, parts, "0.05", asked.seconds, seed, steps=asked.steps))
        if asked.peers and seed <= 3:
            peers.append(peer_of(asked.peers, "metis", graph, parts, "0.05", 20, 0))
    for plan in plans:
        if plan["cut"] is None:
            print(f"  no plan: {plan['said']}")
    cuts = [plan["cut"] for plan in plans if plan["cut"] is not None and not plan["faults"]]
    walls = [plan["wall"] for plan in plans]
    print(
        f"  Linli: {len(cuts)} of {len(plans)} inside; cut {min(cuts, default=0):g} to {max(cuts, default=0):g}",
        end=", ",
    )
    print(f"median {statistics.median(cuts or [0]):g} (goal 3,571); bound {plans[0].get('bound')};", end=" ")
    print(f"clock {max(walls):.2f} s at most (goal 5), CPU {statistics.median(one['cpu'] for one in plans):.2f} s")
    for peer in peers:
        print(
            f"  METIS {peer['version']}, 20 seeds: {peer['inside']} inside ±5 % and connected, cut {shown(peer['cut'])},"
            f" CPU {peer['cpu']:.2f} s"
        )
    print("  published before, another machine: METIS best of 20 3,571 in 2.9 s; GerryChain 4,902 in 70 s")


def wishes(asked: argparse.Namespace) -> None:
    """Heavy-tailed atoms, estates, a current map."""
    print(f"heavy-tailed atoms with wishes, {asked.seconds:g} s each; {conditions()}")
    for side, parts, tolerance in ((20, 16, "0.05"), (30, 36, "0.03"), (50, 100, "0.05"), (60, 100, "0.02")):
        for seed in (1, 2):
            graph = county(side, parts, seed)
            plan = divide(graph, parts, tolerance, asked.seconds, seed, steps=asked.steps)
            peer = peer_of(asked.peers, "metis", graph, parts, tolerance, 20, 0)
            share = plan.get("moved", 0) / sum(graph["pop"])
            print(
                f"  {side * side:5} atoms, {parts:3} grids, ±{float(tolerance):.0%}, {len(graph['together']):3} estates:"
                f" cut {shown(plan['cut'])}, bound {shown(plan.get('bound'))}, moved {share:.0%},"
                f" {'kept' if not plan['faults'] else 'NOT kept'}, {plan['wall']:.2f} s, CPU {plan['cpu']:.2f} s"
                f" | METIS without wishes: {shown(peer.get('inside'))} of 20 inside, cut {shown(peer.get('cut'))},"
                f" estates torn {shown(peer.get('torn'))} or more",
                flush=True,
            )


def county(side: int, parts: int, seed: int) -> dict[str, Any]:
    """An invented county: log-normal residents, some borders that cannot be crossed, estates, blocks as today's map."""
    draw = numpy.random.default_rng(seed)
    size = side * side
    people = numpy.maximum(5, draw.lognormal(5, 1, size)).astype(int)
    people = numpy.minimum(people, int(people.sum() / parts * 0.5)).tolist()
    edges = [[r * side + c, r * side + c + 1] for r in range(side) for c in range(side - 1)]
    edges += [[r * side + c, (r + 1) * side + c] for r in range(side - 1) for c in range(side)]
    tree = set(range(side - 1)) | {side * (side - 1) + place for place in range(side * (side - 1))}
    edges = [edge for row, edge in enumerate(edges) if row in tree or draw.random() < 0.9]
    around: list[list[int]] = [[] for _ in people]
    for i, j in edges:
        around[i].append(j)
        around[j].append(i)
    used: set[int] = set()
    together = []
    for atom in draw.permutation(size)[: size // 10].tolist():
        estate = [atom, *around[atom][:2]]
        if not used & set(estate) and sum(people[one] for one in estate) < sum(people) / parts * 0.6:
            used.update(estate)
            together.append(estate)
    across = math.isqrt(parts)
    current = [(atom // side) * across // side * across + (atom % side) * across // side for atom in range(size)]
    free = [atom for atom in range(size) if atom not in used]
    return {
        "pop": people,
        "edges": edges,
        "together": together,
        "current": current,
        "frozen": {str(free[len(free) // 2]): current[free[len(free) // 2]]},
        "apart": [[free[0], free[-1]]],
    }


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description="division beside its peers")
    parser.add_argument("table", choices=("graphs", "lattice", "wishes"))
    parser.add_argument("--seconds", type=float, default=None)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "bench")
    parser.add_argument("--peers", default=None, help="a Python that has pymetis and gerrychain")
    parser.add_argument("--steps", action="store_true", help="by steps, not by the clock: on a busy machine")
    asked = parser.parse_args()
    if asked.table == "graphs" and not asked.data.is_dir():
        raise SystemExit(f"The published graphs are not in {asked.data}; name their folder with --data.")
    if asked.seconds is None:
        asked.seconds = {"graphs": 10.0, "lattice": 4.0, "wishes": 5.0}[asked.table]
    {"graphs": graphs, "lattice": lattice, "wishes": wishes}[asked.table](asked)


if __name__ == "__main__":
    main()

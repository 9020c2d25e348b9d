"""Where facilities go, on public instances and beside spopt (设施选址).

Run it with `.venv/bin/python bench/site.py [--pmed FOLDER] [--seconds 3] [--peer PYTHON] [--points 3000]`.

FOLDER holds OR-Library p-median files (pmed1.txt …) and `pmedopt.txt` with their optima; without it only generated
lookalikes are solved. Each is one run of the command line, so the start counts; the time of day is printed beside the
CPU time of the process, which other work on the machine does not stretch as much. PYTHON is an interpreter that has
spopt and highspy (a throw-away environment: `python3 -m venv peer && peer/bin/pip install spopt highspy`); it is given
the same table of distances and the same HiGHS.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOOKALIKES = tuple(
    (nodes, count) for nodes in (500, 600, 700, 800, 900) for count in (5, 10, nodes // 10, nodes // 5, nodes // 3)
)
"""Nodes and sites of pmed21–40 (n of 500–900; 5, 10, n / 10, n / 5, n / 3 sites), whose files are not at hand; 800 and 900 with more sites beyond them."""
COVERS = ((60, 200), (40, 250), (100, 150), (30, 200), (15, 300))
PEER = """
import json, sys, time, warnings
warnings.filterwarnings("ignore")
import numpy as np, pulp, spopt
from spopt.locate import MCLP, PMedian
kind, path, limit = sys.argv[1], sys.argv[2], float(sys.argv[3])
given = np.load(path)
solver = pulp.HiGHS(msg=False, timeLimit=limit)
start = time.process_time()
if kind == "cover":
    made = MCLP.from_cost_matrix(given["table"], given["demand"], service_radius=float(given["radius"]), p_facilities=int(given["p"]))
else:
    made = PMedian.from_cost_matrix(given["table"], given["demand"], p_facilities=int(given["p"]))
built = time.process_time() - start
made.solve(solver)
value = pulp.value(made.problem.objective)
print(json.dumps({"version": spopt.__version__, "built": built, "cpu": time.process_time() - start, "value": value,
                  "status": pulp.LpStatus[made.problem.status]}))
"""


@dataclass(frozen=True)
class Run:
    """One run of a command: its answer, seconds of the day and of CPU."""

    answer: dict[str, Any]
    wall: float
    cpu: float


def solve(path: Path, seconds: float, *options: str) -> Run:
    """Run `linli sites solve` on a file."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    command = [sys.executable, "-m", "linli.site.cli", "sites", "solve", str(path), "--seconds", str(seconds), "--json"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=True, cwd=ROOT)
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(json.loads(done.stdout), wall, cpu)


def optima(folder: Path) -> dict[str, int]:
    """Proven optima by file name."""
    text = (folder / "pmedopt.txt").read_text(encoding="utf-8")
    return {name: int(value) for name, value in re.findall(r"^\s*(pmed\d+)\s+(\d+)", text, re.MULTILINE)}


def lookalike(nodes: int, count: int, path: Path) -> None:
    """A random network as OR-Library's: n² / 50 edges of 1–100, connected."""
    draw = random.Random(nodes * 1000 + count)
    order = draw.sample(range(1, nodes + 1), nodes)
    edges = list(pairwise(order))
    while len(edges) < nodes * nodes // 50:
        edges.append((draw.randint(1, nodes), draw.randint(1, nodes)))
    rows = [f"{one} {other} {draw.randint(1, 100)}" for one, other in edges]
    path.write_text("\n".join([f"{nodes} {len(edges)} {count}", *rows]) + "\n", encoding="utf-8")


def points(count: int, sites: int, radius: int, path: Path, seed: int = 0) -> None:
    """Uniform points with demand 1–99 on a square of 4,000."""
    draw = random.Random(count + seed)
    rows = [f"{draw.randint(0, 4000)} {draw.randint(0, 4000)} {draw.randint(1, 99)}" for _ in range(count)]
    path.write_text("\n".join([f"{count} . {sites} {radius}", *rows]) + "\n", encoding="utf-8")


def beside(python: str, kind: str, path: Path, folder: Path, seconds: float) -> str:
    """The same question given to spopt."""
    import numpy as np

    sys.path.insert(0, str(ROOT))
    from linli.methods.siting.read import read_numbers

    asked = read_numbers(path.read_text(encoding="utf-8"))
    given = folder / "given.npz"
    np.savez(given, table=asked.matrix(), demand=asked.demand, radius=asked.radius or 0.0, p=asked.count or 1)
    try:
        done = subprocess.run(
            [python, "-c", PEER, kind, str(given), str(seconds)],
            capture_output=True,
            text=True,
            timeout=seconds * 4 + 300,
        )
    except subprocess.TimeoutExpired:
        return f"no end within {seconds * 4 + 300:.0f} s"
    if done.returncode:
        return f"failed: {done.stderr.strip().splitlines()[-1][:100]}"
    told = json.loads(done.stdout.strip().splitlines()[-1])
    value = "–" if told["value"] is None else f"{told['value']:.0f}"
    return f"spopt {told['version']}: {value} ({told['status']}), building {told['built']:.1f} s, in all {told['cpu']:.1f} s CPU"


def line(name: str, run: Run, known: int | None) -> str:
    """One row of the table."""
    value = run.answer.get("cost", run.answer.get("covered"))
    verdict = "" if known is None else (" = optimum" if value == known else f" (optimum {known})")
    proof = "proven" if run.answer["proven"] else f"bound {run.answer['bound']}"
    return f"  {name:22} {value}{verdict}, {proof}; {run.wall:.2f} s, CPU {run.cpu:.2f} s"


def summary(name: str, ran: list[Run]) -> str:
    """How many are proven, how far off the others are at most, and their CPU seconds."""
    proven = sum(bool(run.answer["proven"]) for run in ran)
    values = [run.answer.get("cost", run.answer.get("covered")) for run in ran]
    gap = max(abs(value - run.answer["bound"]) / value for value, run in zip(values, ran, strict=True))
    cpu = sorted(run.cpu for run in ran)
    return (
        f"  {name}: {proven} of {len(ran)} proven, the others at most {gap:.2%} from their bound;"
        f" CPU {cpu[len(cpu) // 2]:.1f} s median, {cpu[-1]:.1f} s at most"
    )


def main() -> None:
    """Solve, compare, print."""
    options = argparse.ArgumentParser(description="siting on public instances and beside spopt")
    options.add_argument("--pmed", type=Path)
    options.add_argument("--seconds", type=float, default=3.0)
    options.add_argument("--peer", default="")
    options.add_argument("--peer-seconds", type=float, default=120.0)
    options.add_argument("--points", type=int, default=3000)
    options.add_argument("--cover-seconds", type=float, default=10.0, help="more where other work takes the machine")
    asked = options.parse_args()
    import numpy

    print(f"Python {platform.python_version()}, NumPy {numpy.__version__}, highspy {version('highspy')}, ", end="")
    print(f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}; --seconds {asked.seconds:g} with the start")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if asked.pmed:
            known, met = optima(asked.pmed), 0
            for number in range(1, 41):
                path = asked.pmed / f"pmed{number}.txt"
                if path.exists():
                    run = solve(path, asked.seconds)
                    met += run.answer["cost"] == known.get(path.stem)
                    print(line(path.stem, run, known.get(path.stem)), flush=True)
            print(f"  optimal: {met}")
        ran = []
        for nodes, count in LOOKALIKES:
            path = folder / f"random{nodes}-{count}.txt"
            lookalike(nodes, count, path)
            ran.append(solve(path, asked.seconds))
            print(line(path.stem, ran[-1], None), flush=True)
        print(summary("lookalikes of pmed21–40", ran))
        ran = []
        for sites, radius in COVERS:
            for seed in range(4):
                path = folder / f"cover{asked.points}-{sites}-{radius}-{seed}.txt"
                points(asked.points, sites, radius, path, seed)
                ran.append(solve(path, asked.cover_seconds))
                print(line(path.stem, ran[-1], None), flush=True)
        print(summary(f"coverage of {asked.points} points", ran))
        for kind, more, count in (
            ("set", ("--radius", "200"), 3000),
            ("set", ("--radius", "300"), 3000),
            ("center", ("--p", "20"), 1000),
        ):
            path = folder / f"{kind}{count}-{more[1]}.txt"
            points(count, 1, 0, path, 7)
            print(line(path.stem, solve(path, asked.cover_seconds, "--kind", kind, *more), None), flush=True)
        if not asked.peer:
            print("  spopt: not installed (give --peer)")
            return
        path = folder / "cover.txt"
        points(asked.points, 30, 200, path)
        print(
            f"  beside, covering {asked.points} points: {beside(asked.peer, 'cover', path, folder, asked.peer_seconds)}",
            flush=True,
        )
        if asked.pmed and (asked.pmed / "pmed20.txt").exists():
            print(
                f"  beside, pmed20: {beside(asked.peer, 'median', asked.pmed / 'pmed20.txt', folder, asked.peer_seconds)}"
            )


if __name__ == "__main__":
    main()

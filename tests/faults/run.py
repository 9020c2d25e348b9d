"""Seeded faults: take one check out of the program at a time and see whether the tests notice (埋入缺陷测试).

A suite that stays green without a check does not test it. The faults stand in `faults.toml`; each is written into a copy of
the program, and the tests it names must then fail. A fault whose text no longer stands in its file is an error as well.

    python -m tests.faults.run             all of them
    python -m tests.faults.run --draw 5    five, drawn by the commit, so that each commit tries others
    python -m tests.faults.run --only grid those whose name holds a word
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FAULTS = Path(__file__).with_name("faults.toml")
COPIED = ("linli", "tests", "demo", "docs", "pyproject.toml", "manage.py", "bootstrap.py")
NOTICED = re.compile(r"^\d+ failed\b", re.MULTILINE)
"""How pytest sums up a test that failed; a run that broke off before any test says nothing about a check."""


@dataclass(frozen=True)
class Fault:
    """One check taken out.

    Args: `old` stands in `file` exactly once and becomes `new`; `tests` are the paths that must notice.
    """

    name: str
    file: str
    old: str
    new: str
    tests: list[str]


@dataclass(frozen=True)
class Outcome:
    """What became of a fault: caught, survived, or could not be tried (the word says why)."""

    fault: Fault
    caught: bool
    word: str
    seconds: float


def load(path: Path = FAULTS) -> list[Fault]:
    """The faults of a file. Raises: ValueError when a name stands twice."""
    faults = [Fault(**row) for row in tomllib.loads(path.read_text(encoding="utf-8"))["fault"]]
    if len({fault.name for fault in faults}) != len(faults):
        raise ValueError("a fault is named twice")
    return faults


def draw(faults: list[Fault], count: int, seed: str) -> list[Fault]:
    """`count` faults, the same for the same seed."""
    return random.Random(seed).sample(faults, min(count, len(faults)))


def plant(tree: Path, fault: Fault) -> None:
    """Write a fault into a copy of the program. Raises: LookupError when its text does not stand there exactly once."""
    path = tree / fault.file
    text = path.read_text(encoding="utf-8")
    if text.count(fault.old) != 1:
        raise LookupError(f"stands {text.count(fault.old)} times in {fault.file}: bring the fault up to date")
    path.write_text(text.replace(fault.old, fault.new), encoding="utf-8")


def copy(tree: Path) -> None:
    """A copy of the program and its tests, without anything that was made while running."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy2(source, tree / name)


def pytest(tree: Path, tests: list[str]) -> subprocess.CompletedProcess[str]:
    """Run tests in a copy, until the first failure."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-m", "not browser and not slow"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LINLI_")}
    return subprocess.run([*command, *tests], cwd=tree, env=clean, capture_output=True, text=True, check=False)


def attempt(fault: Fault) -> Outcome:
    """Plant one fault and run its tests."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="linli-fault-") as folder:
        tree = Path(folder)
        copy(tree)
        try:
            plant(tree, fault)
        except LookupError as stale:
            return Outcome(fault, caught=False, word=str(stale), seconds=0.0)
        ran = pytest(tree, fault.tests)
    seconds = time.monotonic() - start
    if ran.returncode == 1 and NOTICED.search(ran.stdout):
        return Outcome(fault, caught=True, word="caught", seconds=seconds)
    word = (
        "SURVIVED: no test noticed"
        if ran.returncode == 0
        else f"could not be tried: {ran.stdout[-500:]}{ran.stderr[-500:]}"
    )
    return Outcome(fault, caught=False, word=word, seconds=seconds)


def commit() -> str:
    """The commit that stands here, or the day where there is none."""
    ran = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return ran.stdout.strip() or time.strftime("%F")


def main(arguments: list[str]) -> int:
    """Try faults and print each outcome; 0 when all were caught."""
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__.splitlines()[0])
    parser.add_argument("--draw", type=int, default=0, help="how many to draw by the commit; all when left out")
    parser.add_argument("--only", default="", help="only those whose name holds this word")
    parser.add_argument("--jobs", type=int, default=max(os.cpu_count() or 1, 1))
    options = parser.parse_args(arguments)
    faults = [fault for fault in load() if options.only.lower() in fault.name.lower()]
    if options.draw:
        faults = draw(faults, options.draw, commit())
    if not faults:
        print("No fault chosen.", file=sys.stderr)
        return 2
    with ThreadPoolExecutor(options.jobs) as pool:
        outcomes = []
        for outcome in pool.map(attempt, faults):
            print(f"{outcome.seconds:6.1f} s  {outcome.word:10}  {outcome.fault.name}", flush=True)
            outcomes.append(outcome)
    caught = sum(outcome.caught for outcome in outcomes)
    print(f"{caught} of {len(outcomes)} faults caught.")
    return 0 if caught == len(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

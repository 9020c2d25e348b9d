"""What judging costs (评判用时): ten rules on 55,000 and 660,000 places, beside the same formulas written by hand in NumPy.

Run it with `.venv/bin/python bench/judge.py [--rounds 7] [--openfisca PYTHON]`. Places are invented: 40 % urban, 2 % of all figures
missing. Each round takes the ways in turn; printed are medians of CPU milliseconds of one thread, and the versions. What is compared:

- `judge_frame`: verdict, need, have, gap and why of every place and rule, exact as `judge` is.
- NumPy by hand: the same five arrays by the shortest formulas, which may err where float64 does; and the bare comparison alone.
- OpenFisca, where a Python that has openfisca-core is named with --openfisca: met or not, in its float32, from columns to answers;
  it is to be held against the bare comparison.

Goal: at most three times NumPy by hand. Figures are printed, never asserted; that both find the same is.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
ON = "2026-06-30"
URBAN = "urban"
# duty of the Hubei pack: measure, requirement by the columns, at least (1) or at most (-1), whole pieces, urban, rural or both
Rule = tuple[str, str, Callable[[dict[str, Any]], Any], int, bool, str]
RULES: tuple[Rule, ...] = (
    ("staffing", "workers", lambda c: 18 * c["residents"] / 10_000, 1, True, "urban"),
    ("staffing_quota", "workers", lambda c: c["quota"], -1, True, "urban"),
    ("recruitment_ways", "workers_by_other_way", lambda c: 0.0, -1, True, "urban"),
    ("area_per_households", "area", lambda c: 30 * c["households"] / 100, 1, False, "both"),
    ("area_floor_urban", "area", lambda c: 1000.0, 1, False, "urban"),
    ("area_floor_rural", "area", lambda c: 500.0, 1, False, "rural"),
    ("property_coverage", "estates_managed", lambda c: c["estates"], 1, True, "both"),
    ("divide_groups", "groups", lambda c: 1.0, 1, True, "both"),
    ("council_system", "councils", lambda c: 1.0, 1, True, "both"),
    ("service_hall", "service_halls", lambda c: 1.0, 1, True, "both"),
)
MET, UNMET, UNKNOWN, EXEMPT = 0, 1, 2, 3


def places(many: int) -> dict[str, Any]:
    """Invented places: name → column."""
    dice = np.random.default_rng(7)
    residents = dice.integers(500, 20_000, many).astype(float)
    found: dict[str, Any] = {
        "residents": residents,
        "households": residents // 3,
        "area": np.round(dice.random(many) * 2000, 1),
    }
    for name, most in (("workers", 40), ("quota", 40), ("workers_by_other_way", 2), ("estates", 20), ("groups", 20)):
        found[name] = dice.integers(0, most, many).astype(float)
    for name in ("estates_managed", "councils", "service_halls"):
        found[name] = dice.integers(0, 2, many).astype(float)
    for column in found.values():
        column[dice.random(many) < 0.02] = np.nan
    found["kind"] = np.where(dice.random(many) < 0.4, URBAN, "rural").astype(object)
    return found


def by_hand(columns: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Verdict, need, have, gap and why, as one writes them down."""
    found = []
    urban = columns["kind"] == URBAN
    for _, measure, requirement, sign, pieces, who in RULES:
        have, need = columns[measure], requirement(columns)
        short = sign * (need - have)
        gap = np.maximum(np.ceil(short) if pieces else short, 0)
        verdict = np.where(np.isnan(gap), UNKNOWN, gap > 0)
        if who != "both":
            other = ~urban if who == URBAN else urban
            verdict = np.where(other, EXEMPT, verdict)
            need, have, gap = (np.where(other, np.nan, one) for one in (need, have, gap))
        found.append((verdict, need, have, gap, np.where(verdict == UNKNOWN, 1, 0)))
    return found


def bare(columns: dict[str, Any]) -> list[Any]:
    """Whether each place meets each rule, nothing else."""
    urban = columns["kind"] == URBAN
    met = []
    for _, measure, requirement, sign, _, who in RULES:
        here = sign * columns[measure] >= sign * requirement(columns)
        met.append(here if who == "both" else here & (urban if who == URBAN else ~urban))
    return met


def cpu(run: Callable[[], object]) -> float:
    """CPU milliseconds of a call."""
    started = time.process_time()
    run()
    return (time.process_time() - started) * 1000


def measured(many: int, rounds: int) -> dict[str, list[float]]:
    """CPU milliseconds of each way, taken in turn; the first round, which warms up, is left out."""
    from linli.law.frame import judge_frame
    from linli.law.load import load_pack

    pack, columns = load_pack("hubei"), places(many)
    duties = [rule[0] for rule in RULES]

    def frame() -> Any:
        return judge_frame(pack, columns, date.fromisoformat(ON), duties=duties)

    for one, (verdict, *_) in zip(frame(), by_hand(columns), strict=True):
        differ = int((one.verdict != verdict).sum())
        if differ:
            print(f"    {one.duty.id}: {differ} places at the limit, which float64 by hand gets wrong")
    ways: dict[str, Callable[[], object]] = {
        "judge_frame": frame,
        "NumPy by hand": lambda: by_hand(columns),
        "NumPy, comparison alone": lambda: bare(columns),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds + 1):
        for name, run in ways.items():
            spent = cpu(run)
            if turn:
                times[name].append(spent)
    return times


def openfisca(many: int, rounds: int) -> list[float]:
    """The same ten rules as OpenFisca variables. Runs in the Python named with --openfisca, which has no Linli."""
    from openfisca_core.entities import build_entity  # type: ignore[import-not-found]
    from openfisca_core.periods import DateUnit  # type: ignore[import-not-found]
    from openfisca_core.simulation_builder import SimulationBuilder  # type: ignore[import-not-found]
    from openfisca_core.taxbenefitsystems import TaxBenefitSystem  # type: ignore[import-not-found]
    from openfisca_core.variables import Variable  # type: ignore[import-not-found]

    place = build_entity(key="place", plural="places", label="", is_person=True)
    system = TaxBenefitSystem([place])
    given = places(many)
    names = [name for name in given if name != "kind"]

    def variable(name: str, formula: Any, kind: type) -> None:
        made = {"value_type": kind, "entity": place, "definition_period": DateUnit.MONTH, "label": name}
        system.add_variable(type(name, (Variable,), made | ({"formula": formula} if formula else {})))

    def rule(measure: str, requirement: Any, sign: int, who: str) -> Any:
        def formula(these: Any, period: Any) -> Any:
            class Asked(dict[str, Any]):
                def __missing__(self, name: str) -> Any:
                    return these(name, period)

            asked = Asked()
            met = sign * asked[measure] >= sign * requirement(asked)
            return met if who == "both" else met & (asked[URBAN] if who == URBAN else ~asked[URBAN])

        return formula

    for name in names:
        variable(name, None, float)
    variable(URBAN, None, bool)
    for duty, measure, requirement, sign, _, who in RULES:
        variable(f"{duty}_met", rule(measure, requirement, sign, who), bool)

    def run() -> list[Any]:
        simulation = SimulationBuilder().build_default_simulation(system, many)
        simulation.set_input(URBAN, ON[:7], given["kind"] == URBAN)
        for name in names:
            simulation.set_input(name, ON[:7], given[name])
        return [simulation.calculate(f"{rule[0]}_met", ON[:7]) for rule in RULES]

    return [cpu(run) for _ in range(rounds + 1)][1:]


def main() -> None:
    """Measure and print."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--rounds", type=int, default=7)
    given.add_argument("--openfisca", metavar="PYTHON", help="a Python in which openfisca-core is installed")
    given.add_argument("--inside", type=int, help=argparse.SUPPRESS)
    asked = given.parse_args()
    if asked.inside:
        from importlib.metadata import version

        print(json.dumps([version("openfisca-core"), np.__version__, openfisca(asked.inside, asked.rounds)]))
        return
    print(f"Python {sys.version.split()[0]}, NumPy {np.__version__}; CPU ms, medians of {asked.rounds}, ten rules")
    for many in (55_000, 660_000):
        print(f"{many} places")
        times = measured(many, asked.rounds)
        hand = statistics.median(times["NumPy by hand"])
        for name, spent in times.items():
            middle = statistics.median(spent)
            print(f"    {name:<24}{middle:8.1f} ({min(spent):.1f}–{max(spent):.1f})  {middle / hand:.2f}×")
        if not asked.openfisca:
            print("    OpenFisca               not installed")
            continue
        line = [asked.openfisca, __file__, "--inside", str(many), "--rounds", str(asked.rounds)]
        core, numpy, spent = json.loads(subprocess.run(line, check=True, capture_output=True, text=True).stdout)
        middle = statistics.median(spent)
        print(
            f"    OpenFisca {core:<14}{middle:8.1f} ({min(spent):.1f}–{max(spent):.1f})  {middle / hand:.2f}× (NumPy {numpy})"
        )


if __name__ == "__main__":
    main()

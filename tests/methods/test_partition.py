"""Division into districts, checked against trying every assignment, and by its own checker and properties."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import time
from itertools import product
from pathlib import Path
from typing import Any

import numpy
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import linli.methods.partition.divide as division
from linli.methods import compiled
from linli.methods.partition import exact, kernel, relax
from linli.methods.partition.bound import cut_bound, inertia_bound
from linli.methods.partition.divide import NotFound, Plan, divide
from linli.methods.partition.explain import check, explain
from linli.methods.partition.graph import Bounds, Graph, Infeasible, Refused, bounds_of, read_graph
from linli.methods.partition.objective import cut_of, inertia_of, moved_of
from linli.methods.partition.proof import prove
from linli.methods.partition.units import contract

ROOT = Path(__file__).resolve().parent.parent.parent
STEPS = 150_000
NUMBA = importlib.util.find_spec("numba") is not None


@pytest.fixture(autouse=True)
def uncompiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plain loop: nothing to compile on a fresh clone, and it gives the same plans. Close bounds where they are meant."""
    monkeypatch.setenv("LINLI_COMPILE", "0")
    monkeypatch.setattr(relax, "MOST_UNITS", 40)


def solve(graph: Graph, parts: int, tolerance: str, **more: Any) -> Plan:
    return divide(graph, parts, tolerance, **{"seconds": 60.0, "iterations": STEPS, **more})


def lattice(rows: int, columns: int, seed: int = 1, low: int = 20, high: int = 400) -> dict[str, Any]:
    """A lattice of atoms with drawn residents and positions."""
    people = numpy.random.default_rng(seed).integers(low, high, rows * columns)
    edges = [[r * columns + c, r * columns + c + 1] for r in range(rows) for c in range(columns - 1)]
    edges += [[r * columns + c, (r + 1) * columns + c] for r in range(rows - 1) for c in range(columns)]
    xy = [[10 * c, 10 * r] for r in range(rows) for c in range(columns)]
    return {"pop": people.tolist(), "edges": edges, "xy": xy}


# --- the oracle: every assignment of atoms to districts -----------------------------------------------------------


def connected(masks: list[int], members: int) -> bool:
    reached = members & -members
    while True:
        more = reached
        for atom, near in enumerate(masks):
            if reached >> atom & 1:
                more |= near & members
        if more == reached:
            return reached == members
        reached = more


def every_plan(graph: Graph, bounds: Bounds) -> list[list[int]]:
    """All plans that keep every hard rule, by the definition."""
    masks = [sum(1 << other for other, _ in row) for row in graph.neighbours()]
    held: dict[int, bool] = {}
    found = []
    for plan in product(range(bounds.parts), repeat=graph.size):
        loads, members = [0.0] * bounds.parts, [0] * bounds.parts
        for atom, label in enumerate(plan):
            loads[label] += graph.people[atom]
            members[label] |= 1 << atom
        if not all(members) or not all(bounds.lower <= load <= bounds.upper for load in loads):
            continue
        if any(plan[atom] != label for atom, label in graph.frozen.items()):
            continue
        if any(len({plan[atom] for atom in group}) > 1 for group in graph.together):
            continue
        if any(len({plan[atom] for atom in group}) < len(group) for group in graph.apart):
            continue
        if all(held.setdefault(one, connected(masks, one)) for one in members):
            found.append(list(plan))
    return found


@st.composite
def small_graphs(draw: st.DrawFn) -> tuple[dict[str, Any], int, str]:
    """Up to eight atoms in one to three districts, mostly connected, with some of every wish."""
    size = draw(st.integers(2, 8))
    parts = draw(st.integers(1, min(3, size)))
    atom = st.integers(0, size - 1)
    edges = [[draw(st.integers(0, i - 1)), i] for i in range(1, size) if draw(st.integers(0, 12))]
    edges += draw(st.lists(st.tuples(atom, atom).map(list), max_size=8))
    data: dict[str, Any] = {
        "pop": draw(st.lists(st.integers(0, 9), min_size=size, max_size=size).filter(any)),
        "edges": edges,
        "weight": draw(st.lists(st.integers(0, 3), min_size=len(edges), max_size=len(edges))),
    }
    if draw(st.booleans()):
        data["together"] = draw(st.lists(st.lists(atom, min_size=1, max_size=3), max_size=2))
    if draw(st.booleans()):
        data["apart"] = draw(st.lists(st.lists(atom, min_size=2, max_size=2, unique=True), max_size=2))
    if draw(st.booleans()):
        data["frozen"] = draw(st.dictionaries(atom.map(str), st.integers(0, parts - 1), max_size=2))
    if draw(st.booleans()):
        label = st.one_of(st.none(), st.integers(0, parts - 1))
        data["current"] = draw(st.lists(label, min_size=size, max_size=size))
    return data, parts, draw(st.sampled_from(["0", "0.2", "0.5", "0.9"]))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(small_graphs())
def test_a_small_graph_gets_the_best_of_all_plans_or_the_proof_that_there_is_none(
    case: tuple[dict[str, Any], int, str],
) -> None:
    data, parts, tolerance = case
    graph = read_graph(data)
    try:
        bounds = bounds_of(graph, parts, tolerance)
    except Infeasible:
        total = sum(data["pop"])
        share = float(tolerance)
        whole = range(total + 1)
        held = [people for people in whole if total / parts * (1 - share) <= people <= total / parts * (1 + share)]
        assert not held or not held[0] * parts <= total <= held[-1] * parts
        return
    plans = every_plan(graph, bounds)
    if not plans:
        with pytest.raises(Infeasible):
            solve(graph, parts, tolerance)
        return
    plan = solve(graph, parts, tolerance)
    assert plan.district in plans
    least = min(cut_of(graph, one) for one in plans)
    assert plan.cut == least and plan.bound == least and plan.proven
    assert plan.moved == min(moved_of(graph, one) for one in plans if cut_of(graph, one) == least)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(small_graphs(), st.integers(0, 5))
def test_annealing_keeps_every_rule_and_stays_above_the_bound(case: tuple[dict[str, Any], int, str], seed: int) -> None:
    data, parts, tolerance = case
    graph = read_graph(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exact, "MOST_UNITS", 0)
        try:
            bounds = bounds_of(graph, parts, tolerance)
            plan = solve(graph, parts, tolerance, seed=seed, iterations=6_000)
        except (Infeasible, NotFound):
            return
    assert check(graph, plan.district, parts, bounds).faults == []
    plans = every_plan(graph, bounds)
    assert plan.district in plans
    assert plan.bound <= min(cut_of(graph, one) for one in plans) <= plan.cut


@pytest.mark.parametrize("objective", ["cut", "inertia"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_annealing_finds_the_best_plan_of_a_small_lattice(
    objective: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = read_graph(lattice(3, 4, seed))
    best = solve(graph, 3, "0.2", objective=objective)
    monkeypatch.setattr(exact, "MOST_UNITS", 0)
    plan = solve(graph, 3, "0.2", objective=objective, iterations=400_000)
    assert best.proven
    if objective == "cut":
        assert plan.cut == best.cut
    else:
        assert plan.inertia == pytest.approx(best.inertia)


# --- larger graphs ------------------------------------------------------------------------------------------------


def wishes() -> dict[str, Any]:
    """Heavy-tailed atoms on a lattice with a current map, estates, a frozen and two barred atoms."""
    data = lattice(12, 12)
    draw = numpy.random.default_rng(5)
    data["pop"] = numpy.minimum(draw.lognormal(4, 1.2, 144).astype(int) + 1, 700).tolist()
    data["current"] = [100 + 3 * (atom // 48) + atom % 12 // 4 for atom in range(144)]
    data["together"] = [[0, 1, 12], [12, 13], [70, 71], [118, 130, 131]]
    data["apart"] = [[40, 41], [5, 138, 60]]
    data["frozen"] = {"27": 100, "66": 104}
    data["weight"] = [5 if row % 7 == 0 else 2 for row in range(len(data["edges"]))]
    return data


def test_all_wishes_are_kept_at_once_and_numbers_are_those_of_the_current_map() -> None:
    data = wishes()
    graph = read_graph(data)
    plan = solve(graph, 9, "0.1")
    found = check(graph, plan.district, 9, plan.bounds)
    assert found.faults == []
    assert set(plan.district) == set(range(100, 109))
    assert (found.cut, found.moved, found.deviation) == (plan.cut, plan.moved, plan.deviation)
    assert 0 < plan.bound <= plan.cut
    assert plan.moved < sum(data["pop"]) / 2


def test_the_same_seed_gives_the_same_plan_and_another_seed_may_not() -> None:
    graph = read_graph(wishes())
    first, again, other = (solve(graph, 9, "0.1", seed=seed) for seed in (3, 3, 4))
    assert first == again and first.repeatable
    assert first.district != other.district


@pytest.mark.skipif(not NUMBA, reason="numba is missing")
def test_compiled_and_uncompiled_loops_give_the_same_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = read_graph(wishes())
    slow = [solve(graph, 9, "0.1", objective=objective) for objective in ("cut", "inertia")]
    monkeypatch.setenv("LINLI_COMPILE", "1")
    kernel.prepare()
    loop = compiled.Loop(kernel.anneal, kernel.SIGNATURE, kernel.__name__)
    assert loop.fast
    assert [solve(graph, 9, "0.1", objective=objective) for objective in ("cut", "inertia")] == slow


@pytest.mark.parametrize("compile_it", ["0", "1"])
def test_the_clock_ends_a_search_that_has_steps_left(compile_it: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_COMPILE", compile_it)
    plan = solve(read_graph(lattice(10, 10)), 5, "0.1", seconds=0.5, iterations=10**12)
    assert json.loads(json.dumps(plan.as_json()))["repeatable"] is False
    assert check(read_graph(lattice(10, 10)), plan.district, 5, plan.bounds).faults == []


def test_a_good_current_map_is_left_alone() -> None:
    data = lattice(6, 8, low=100, high=101)
    data["current"] = [2 * (atom // 24) + (atom % 8) // 4 for atom in range(48)]
    plan = solve(read_graph(data), 4, "0.05")
    assert plan.district == data["current"] and plan.moved == 0 and plan.cut == 14


def test_a_torn_current_map_is_mended_and_new_atoms_do_not_count_as_moved() -> None:
    data = lattice(6, 8, low=100, high=101)
    data["current"] = [2 * (atom // 24) + (atom % 8) // 4 for atom in range(48)]
    data["current"][0], data["current"][47], data["current"][20] = 3, 0, None
    graph = read_graph(data)
    plan = solve(graph, 4, "0.05")
    assert check(graph, plan.district, 4, plan.bounds).faults == []
    assert plan.cut == 14 and plan.moved == 200


def test_barriers_are_followed() -> None:
    data = lattice(6, 6, low=100, high=101)
    rivers = {frozenset((row * 6 + 2, row * 6 + 3)) for row in range(6)}
    data["weight"] = [0.1 if frozenset(edge) in rivers else 1 for edge in data["edges"]]
    plan = solve(read_graph(data), 2, "0.1")
    assert plan.district == [plan.district[0] if atom % 6 < 3 else 1 - plan.district[0] for atom in range(36)]
    assert plan.cut == pytest.approx(0.6)


def test_parts_of_a_disconnected_graph_get_their_share_of_districts() -> None:
    one, two = lattice(4, 5, low=100, high=101), lattice(4, 10, low=100, high=101)
    data = {"pop": one["pop"] + two["pop"], "edges": one["edges"] + [[i + 20, j + 20] for i, j in two["edges"]]}
    plan = solve(read_graph(data), 6, "0.2")
    assert len(set(plan.district[:20])) == 2 and len(set(plan.district[20:])) == 4
    assert check(read_graph(data), plan.district, 6, plan.bounds).faults == []


def test_an_estate_in_two_places_gets_a_way_between() -> None:
    data = lattice(5, 9, low=100, high=101)
    data["together"] = [[0, 8], [36, 44]]
    graph = read_graph(data)
    plan = solve(graph, 3, "0.2")
    assert check(graph, plan.district, 3, plan.bounds).faults == []


def test_one_district_and_as_many_districts_as_atoms() -> None:
    graph = read_graph(lattice(6, 6, low=100, high=101))
    assert solve(graph, 1, "0").cut == 0
    assert sorted(solve(graph, 36, "0.05").district) == list(range(36))


def test_inertia_makes_rounder_districts_than_cut_and_respects_its_bound() -> None:
    graph = read_graph(lattice(8, 8))
    cut, round_ = (solve(graph, 4, "0.05", objective=objective) for objective in ("cut", "inertia"))
    assert round_.inertia is not None and cut.inertia is not None
    assert round_.bound <= round_.inertia <= cut.inertia
    assert cut.bound <= cut.cut <= round_.cut


def test_fractions_of_residents_are_held_within_whole_bounds() -> None:
    data = lattice(8, 8)
    data["pop"] = [people + 1 / 3 for people in data["pop"]]
    graph = read_graph(data)
    plan = solve(graph, 4, "0.03")
    assert check(graph, plan.district, 4, plan.bounds).faults == []


def test_bounds_are_ceil_and_floor_of_the_exact_mean() -> None:
    graph = read_graph({"pop": [1328361], "edges": []})
    held = bounds_of(read_graph({"pop": [1328360, 1], "edges": [[0, 1]]}), 2, "0.005")
    assert (held.lower, held.upper) == (660860, 667501)
    exactly = bounds_of(graph, 1, "0")
    assert (exactly.lower, exactly.upper) == (1328361, 1328361)


@pytest.mark.parametrize("size", [60, 900])
def test_the_bound_of_the_cut_is_below_a_cut_that_is_known_to_be_best(size: int) -> None:
    """A ring of equal atoms: k arcs cut k edges, and fewer cannot make k districts."""
    graph = read_graph({"pop": [10] * size, "edges": [[atom, (atom + 1) % size] for atom in range(size)]})
    units = contract(graph, bounds_of(graph, 6, "0.1"))
    assert 5 <= cut_bound(units, float("inf")) <= 6
    plan = solve(graph, 6, "0.1")
    assert plan.cut == 6


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(small_graphs())
def test_the_close_bounds_are_below_every_plan(case: tuple[dict[str, Any], int, str]) -> None:
    data, parts, tolerance = case
    graph = read_graph(data)
    try:
        units = contract(graph, bounds_of(graph, parts, tolerance))
    except Infeasible:
        return
    plans = every_plan(graph, units.bounds)
    if not plans or not graph.weight or not any(graph.weight) or parts == 1:
        return
    least = min(cut_of(graph, one) for one in plans)
    assert relax.Relaxation(units).bound(float("inf"), lambda: False) <= least + 1e-6
    worst = max(plans, key=lambda one: cut_of(graph, one))
    number = {label: place for place, label in enumerate(units.labels)}
    held = [number[worst[atoms[0]]] for atoms in units.members]
    bound, better = prove(units, held, 0.0, time.monotonic() + 30)
    assert bound <= least
    if better is not None:
        assert units.spread(better) in plans


def test_the_close_bound_is_close_on_a_lattice() -> None:
    """A 6 × 6 lattice of equal atoms in four squares cuts 12 edges; by eigenvalues no more than 7 are seen."""
    data = lattice(6, 6, low=10, high=11)
    units = contract(read_graph(data), bounds_of(read_graph(data), 4, "0"))
    assert cut_bound(units, float("inf")) <= 8
    assert 11 < relax.Relaxation(units).bound(float("inf"), lambda: False) <= 12 + 1e-6


def test_a_graph_for_two_districts_is_proven_though_the_least_cut_would_tear_one() -> None:
    """A long ladder whose both ends have few residents: without contiguity the ends together would make the cheaper district."""
    length = 24
    people = [20 if 6 <= place < 18 else 10 for place in range(length) for _ in range(2)]
    edges = [[2 * place, 2 * place + 1] for place in range(length)]
    edges += [[2 * place + side, 2 * place + 2 + side] for place in range(length - 1) for side in (0, 1)]
    weight = [4] * length + [1 if place in (5, 17) else 4 for place in range(length - 1) for _ in range(2)]
    graph = read_graph({"pop": people, "edges": edges, "weight": weight})
    plan = solve(graph, 2, "0.35", iterations=20_000)
    assert plan.proven and plan.cut == plan.bound == 8
    assert check(graph, plan.district, 2, plan.bounds).faults == []


def test_a_poor_plan_is_bettered_by_the_proof() -> None:
    graph = read_graph(lattice(2, 14, low=10, high=11))
    units = contract(graph, bounds_of(graph, 2, "0"))
    rows = [atom // 14 for atom in range(28)]
    bound, better = prove(units, rows, 0.0, time.monotonic() + 30)
    assert bound == 2 and better is not None and cut_of(graph, better) == 2


def test_a_busy_machine_gets_the_bound_that_can_be_stopped() -> None:
    graph = read_graph(lattice(12, 12))
    units = contract(graph, bounds_of(graph, 4, "0.1"))
    best = solve(graph, 4, "0.1").cut
    assert 3 <= cut_bound(units, time.monotonic() + 5, 1e9) <= cut_bound(units, float("inf")) <= best


def test_without_time_to_load_the_machine_code_the_plain_loop_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_COMPILE", "1")
    made: list[compiled.Loop] = []

    class Watched(compiled.Loop):
        def __init__(self, *given: Any, **more: Any) -> None:
            super().__init__(*given, **more)
            made.append(self)

    monkeypatch.setattr(division, "Loop", Watched)
    data = lattice(6, 6)
    plan = divide(read_graph(data), 3, "0.2", seconds=10.0, spent=9.8, iterations=20_000)
    assert check(read_graph(data), plan.district, 3, plan.bounds).faults == []
    assert [(loop.arrays, loop.fast) for loop in made] == [(False, False)]


def test_the_bound_of_inertia_is_below_every_plan() -> None:
    graph = read_graph(lattice(2, 4))
    bounds = bounds_of(graph, 2, "0.5")
    least = min(inertia_of(graph, plan) for plan in every_plan(graph, bounds))
    assert 0 < inertia_bound(contract(graph, bounds), float("inf")) <= least


# --- explanations -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("objective", ["cut", "inertia"])
def test_every_explanation_is_true_when_the_move_is_made(objective: str) -> None:
    data = wishes()
    graph = read_graph(data)
    plan = solve(graph, 9, "0.1", objective=objective)
    bounds = plan.bounds
    kinds: set[str] = set()
    value = cut_of if objective == "cut" else inertia_of
    moves = explain(graph, plan.district, bounds, objective)
    assert [move.atom for move in moves] == list(range(graph.size))
    for move in moves:
        assert move.other is not None and move.other != move.district
        after = list(plan.district)
        after[move.atom] = move.other
        found = check(graph, after, 9, bounds)
        reasons = {reason.kind: reason.amount for reason in move.reasons}
        assert move.allowed == (found.faults == []), (move, found.faults)
        assert move.cost == pytest.approx(value(graph, after) - value(graph, plan.district), abs=1e-6)
        assert move.moved == moved_of(graph, after) - moved_of(graph, plan.district)
        if "above" in reasons:
            assert found.loads[move.other] == bounds.upper + reasons["above"]
        if "below" in reasons:
            assert found.loads[move.district] == bounds.lower - reasons["below"]
        text = " ".join(found.faults)
        assert ("contiguity" in reasons) == ("没有连成一片" in text)
        assert ("splits" in reasons) == ("together" in text)
        assert ("apart" in reasons) == ("apart" in text)
        assert ("frozen" in reasons) == ("固定" in text)
        kinds |= reasons.keys()
    assert kinds >= {"above", "below", "contiguity", "splits", "frozen", "cost"}


def test_an_atom_alone_in_its_district_is_named_as_the_last() -> None:
    graph = read_graph({"pop": [5, 5, 5], "edges": [[0, 1], [1, 2]]})
    bounds = bounds_of(graph, 2, "0.5")
    (first, _, _) = explain(graph, [0, 1, 1], bounds)
    assert [reason.kind for reason in first.reasons] == ["last", "above", "cost"]
    assert explain(graph, [0, 0, 0], bounds_of(graph, 1, "0"))[0].other is None


# --- what cannot be ------------------------------------------------------------------------------------------------

SQUARE = {"pop": [10, 10, 10, 10], "edges": [[0, 1], [1, 2], [2, 3], [3, 0]]}


@pytest.mark.parametrize(
    ("change", "parts", "tolerance", "words"),
    [
        ({"pop": [10, 90, 10, 10]}, 2, "0.1", ["地块 1", "90 人", "上限 66"]),
        ({"together": [[0, 1, 2]]}, 2, "0.1", ["together", "地块 0、1、2", "30 人", "上限 22"]),
        ({"edges": [[0, 1], [1, 2]]}, 2, "0.1", ["地块 3", "不相连", "10 人"]),
        ({"pop": [10, 10, 10, 10, 9, 9], "edges": [[0, 1], [1, 2], [2, 3], [4, 5]]}, 2, "0.2", ["4、5", "不相连"]),
        ({}, 5, "0.1", ["5 个", "只有 4 个地块"]),
        ({}, 3, "0.01", ["合计", "--tolerance"]),
        ({"together": [[0, 1], [2, 3]]}, 3, "1", ["together", "2 个整体"]),
        ({"together": [[0, 1]], "apart": [[1, 0]]}, 2, "0.1", ["apart", "together", "地块 1 和 0"]),
        ({"apart": [[0, 1, 2]]}, 2, "0.1", ["apart 第 0 组", "3 个地块"]),
        ({"frozen": {"0": 1, "1": 1, "2": 1}}, 2, "0.1", ["frozen", "网格 1", "30 人"]),
        ({"frozen": {"0": 0, "2": 0, "1": 1, "3": 1}}, 2, "0.1", ["地块 0 和地块 2", "frozen"]),
        ({"frozen": {"0": 0, "1": 1}, "together": [[0, 1]]}, 2, "0.1", ["frozen", "together", "地块 0", "地块 1"]),
        ({"frozen": {"0": 0, "1": 0}, "apart": [[0, 1]]}, 2, "0.1", ["apart", "frozen", "地块 0 和 1"]),
        ({"frozen": {"0": 7}}, 2, "0.1", ["frozen", "网格 7", "0 至 1"]),
        ({"frozen": [[0, 0], [0, 1]]}, 2, "0.1", ["地块 0", "网格 0 和 1"]),
        ({"frozen": {"0": 0, "1": 0, "2": 0, "3": 0}}, 2, "1", ["frozen", "没有地块"]),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(
    change: dict[str, Any], parts: int, tolerance: str, words: list[str]
) -> None:
    with pytest.raises(Infeasible) as refusal:
        solve(read_graph({**SQUARE, **change}), parts, tolerance)
    for word in words:
        assert word in str(refusal.value)


def test_wishes_beyond_measure_are_refused_and_do_not_hang() -> None:
    size = 2000
    graph = read_graph({**lattice(1, size), "apart": [list(range(size))]})
    with pytest.raises(Refused, match="apart"):
        solve(graph, size, "1")


def test_after_trying_everything_the_message_says_so() -> None:
    graph = read_graph({"pop": [6, 6, 6, 10, 12], "edges": [[0, 1], [1, 2], [2, 3], [3, 4]]})
    assert every_plan(graph, bounds_of(graph, 2, "0.05")) == []
    with pytest.raises(Infeasible, match="试遍所有划法"):
        solve(graph, 2, "0.05")


def test_a_search_without_success_ends_and_names_the_nearest_plan() -> None:
    data = lattice(7, 7)
    data["pop"] = [1000 if atom % 2 else 300 for atom in range(49)]
    with pytest.raises(NotFound) as refusal:
        solve(read_graph(data), 6, "0.004")
    assert "最大偏差" in str(refusal.value) and "--tolerance" in str(refusal.value)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([], ["对象"]),
        ({"edges": []}, ["pop"]),
        ({"pop": [1]}, ["edges"]),
        ({"pop": [], "edges": []}, ["空"]),
        ({"pop": [1, -5], "edges": []}, ["地块 1", "负数"]),
        ({"pop": [0, 0], "edges": []}, ["都是 0"]),
        ({"pop": [1, float("nan")], "edges": []}, ["第 1 项", "nan"]),
        ({"pop": [1, float("inf")], "edges": []}, ["第 1 项", "inf"]),
        ({"pop": [1, 10**400], "edges": []}, ["第 1 项"]),
        ({"pop": [1, "三"], "edges": []}, ["第 1 项", "三"]),
        ({"pop": [1, None], "edges": []}, ["第 1 项", "空值"]),
        ({"pop": [1, True], "edges": []}, ["第 1 项"]),
        ({"pop": {"a": 1}, "edges": []}, ["pop", "列表"]),
        ({"pop": [1, 2], "edges": [[0, 2]]}, ["edges 第 0 项", "地块 2", "0 至 1"]),
        ({"pop": [1, 2], "edges": [[0, -1]]}, ["edges 第 0 项", "-1"]),
        ({"pop": [1, 2], "edges": [[0]]}, ["edges 第 0 项"]),
        ({"pop": [1, 2], "edges": [[0, 1.5]]}, ["edges 第 0 项", "1.5"]),
        ({"pop": [1, 2], "edges": [[0, 1]], "weight": []}, ["weight 有 0 项", "1 项"]),
        ({"pop": [1, 2], "edges": [[0, 1]], "weight": [-1]}, ["weight 第 0 项", "负数"]),
        ({"pop": [1, 2], "edges": [[0, 1]], "weight": [float("nan")]}, ["weight 第 0 项"]),
        ({"pop": [1, 2], "edges": [], "xy": [[0, 0]]}, ["xy 有 1 项"]),
        ({"pop": [1, 2], "edges": [], "xy": [[0, 0], [0, float("nan")]]}, ["xy 第 1 项"]),
        ({"pop": [1, 2], "edges": [], "together": [0, 1]}, ["together 第 0 组"]),
        ({"pop": [1, 2], "edges": [], "together": [[0, 5]]}, ["together 第 0 组", "地块 5"]),
        ({"pop": [1, 2], "edges": [], "apart": [[0, 0]]}, ["apart 第 0 组", "2 个"]),
        ({"pop": [1, 2], "edges": [], "frozen": {"a": 0}}, ["frozen 第 0 项", "a"]),
        ({"pop": [1, 2], "edges": [], "frozen": {"0": -1}}, ["frozen", "地块 0"]),
        ({"pop": [1, 2], "edges": [], "frozen": [0]}, ["frozen 第 0 项", "current"]),
        ({"pop": [1, 2], "edges": [], "current": [0]}, ["current 有 1 项"]),
        ({"pop": [1, 2], "edges": [], "current": [0, "b"]}, ["current 第 1 项"]),
    ],
)
def test_a_bad_graph_is_refused_with_the_row(data: Any, words: list[str]) -> None:
    with pytest.raises(Refused) as refusal:
        read_graph(data)
    for word in words:
        assert word in str(refusal.value)


@pytest.mark.parametrize(
    "wish",
    [
        {"parts": 0},
        {"parts": -3},
        {"tolerance": "-0.1"},
        {"tolerance": "nan"},
        {"tolerance": "2"},
        {"tolerance": "5%"},
        {"seconds": 0.0},
        {"seconds": float("nan")},
        {"seconds": float("inf")},
        {"iterations": 0},
        {"objective": "beauty"},
        {"objective": "inertia"},
    ],
)
def test_a_bad_wish_is_refused_by_its_option(wish: dict[str, Any]) -> None:
    words = {"parts": 2, "tolerance": "0.1", **wish}
    with pytest.raises(Refused, match=f"--{next(iter(wish))}"):
        divide(read_graph(SQUARE), words.pop("parts"), words.pop("tolerance"), **words)


@pytest.mark.skipif(not NUMBA, reason="numba is missing")
def test_where_nothing_can_be_kept_the_loop_stays_uncompiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_COMPILE", "1")
    monkeypatch.setattr(compiled, "can_cache", lambda function: False)
    loop = compiled.Loop(kernel.anneal, kernel.SIGNATURE, kernel.__name__)
    assert not loop.fast and not loop.arrays


@pytest.mark.skipif(not NUMBA, reason="numba is missing")
def test_a_fresh_installation_compiles_in_a_second_process(tmp_path: Path) -> None:
    """With an empty cache the first search runs uncompiled at once; the machine code is there afterwards."""
    code = (
        "import json, sys; from linli.methods import compiled; from linli.methods.partition import kernel\n"
        "loop = compiled.Loop(kernel.anneal, kernel.SIGNATURE, kernel.__name__)\n"
        "before = loop.fast; loop._compiler.wait(120)\n"
        "after = compiled.cached(kernel.anneal, kernel.SIGNATURE) is not None\n"
        "print(json.dumps([before, after]))"
    )
    env = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path), "LINLI_COMPILE": "1"}
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout) == [False, True]

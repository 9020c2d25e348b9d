"""Sites beside every possible choice: medians, coverage, centers, sets, budgets and capacities on small cases."""

import math
import time
from collections.abc import Callable, Iterator
from itertools import chain, combinations, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.methods.compiled import Loop
from linli.methods.siting import everyone, weights
from linli.methods.siting.answer import solve, weighed
from linli.methods.siting.branch import search
from linli.methods.siting.cover import Links, Table, essential, link
from linli.methods.siting.instance import Instance, Kind, shortest_paths
from linli.methods.siting.median import finish
from linli.methods.siting.read import from_records, read_geojson, read_numbers
from linli.methods.siting.swap import Pool, total_of


def seconds(limit: float) -> Callable[[], float]:
    end = time.monotonic() + limit
    return lambda: end - time.monotonic()


def instance(seed: int, clients: int, candidates: int, fixed: int = 0, whole: bool = True, **more: Any) -> Instance:
    draw = np.random.default_rng(seed)
    where = draw.integers(0, 12, (clients + candidates, 2)).astype(float)
    if not whole:
        where += draw.uniform(0, 1, where.shape)
    return Instance(
        demand=draw.integers(0, 6, clients).astype(float),
        clients=range(1, clients + 1),
        candidates=range(1, candidates + 1),
        here=where[:clients],
        there=where[clients:],
        fixed=np.arange(fixed, dtype=np.intp),
        **more,
    )


def choices(found: Instance, count: int) -> Iterator[list[int]]:
    for sites in combinations(range(len(found.candidates)), count):
        if set(found.fixed.tolist()) <= set(sites):
            yield list(sites)


cases = st.tuples(st.integers(0, 10_000), st.integers(1, 14), st.integers(1, 9), st.data())


@settings(max_examples=40, deadline=None)
@given(cases, st.booleans())
def test_a_median_is_the_least_of_all(case: tuple[int, int, int, st.DataObject], whole: bool) -> None:
    seed, clients, candidates, data = case
    count = data.draw(st.integers(1, candidates))
    fixed = data.draw(st.integers(0, count))
    question = instance(seed, clients, candidates, fixed, whole)
    answer = solve(question, "median", count=count, radius=None, budget=None, left=seconds(20))
    costs = question.matrix() * question.demand[:, None]
    best = min(costs[:, sites].min(axis=1).sum() for sites in choices(question, count))
    assert answer.proven
    assert answer.value == pytest.approx(best)
    assert answer.bound == pytest.approx(best)
    assert costs[:, answer.sites].min(axis=1).sum() == pytest.approx(best)
    assert len(answer.sites) == count
    assert set(range(fixed)) <= set(answer.sites.tolist())
    if answer.next_site is not None:
        more = np.append(answer.sites, answer.next_site)
        assert best - costs[:, more].min(axis=1).sum() == pytest.approx(answer.next_gain)


@settings(max_examples=40, deadline=None)
@given(cases, st.booleans())
def test_each_way_to_the_proof_finds_the_same_median(case: tuple[int, int, int, st.DataObject], whole: bool) -> None:
    seed, clients, candidates, data = case
    count = data.draw(st.integers(1, candidates))
    question = instance(seed, clients, candidates, data.draw(st.integers(0, count)), whole)
    costs = weighed(question)
    best = min(costs[:, sites].min(axis=1).sum() for sites in choices(question, count))
    begun = np.array(next(choices(question, count)))  # any answer, no bound: all is left to the search
    every, step = np.arange(candidates), 1.0 if np.issubdtype(costs.dtype, np.integer) else 0.0
    found = search(costs, count, question.fixed, every, np.zeros(clients), begun, step, seconds(20))
    assert (found.cost, found.bound) == pytest.approx((best, best))
    pool = Pool()
    pool.add(total_of(costs, begun), begun)
    _, done = finish(costs, count, question.fixed, every, pool, step, seconds(20))
    assert done
    assert pool.answers[0][0] == pytest.approx(best)


@settings(max_examples=40, deadline=None)
@given(cases, st.integers(0, 7))
def test_a_cover_is_the_most_of_all(case: tuple[int, int, int, st.DataObject], radius: int) -> None:
    seed, clients, candidates, data = case
    count = data.draw(st.integers(1, candidates))
    fixed = data.draw(st.integers(0, count))
    question = instance(seed, clients, candidates, fixed)
    answer = solve(question, "cover", count=count, radius=radius, budget=None, left=seconds(20))
    near = question.matrix() <= radius + 1e-9
    best = max(question.demand[near[:, sites].any(axis=1)].sum() for sites in choices(question, count))
    assert (answer.value, answer.bound, answer.proven) == (best, best, True)
    covered = near[:, answer.sites].any(axis=1)
    assert question.demand[covered].sum() == best
    assert answer.uncovered.tolist() == np.flatnonzero(~covered).tolist()


@settings(max_examples=30, deadline=None)
@given(cases)
def test_a_center_is_the_nearest_of_all(case: tuple[int, int, int, st.DataObject]) -> None:
    seed, clients, candidates, data = case
    count = data.draw(st.integers(1, candidates))
    fixed = data.draw(st.integers(0, count))
    question = instance(seed, clients, candidates, fixed)
    if not (question.demand > 0).any():
        return
    answer = solve(question, "center", count=count, radius=None, budget=None, left=seconds(20))
    table = question.matrix()[question.demand > 0]
    best = min(table[:, sites].min(axis=1).max() for sites in choices(question, count))
    assert answer.proven
    assert (answer.value, answer.bound) == pytest.approx((best, best))
    assert len(answer.sites) == count


@settings(max_examples=30, deadline=None)
@given(cases, st.integers(0, 8))
def test_a_set_is_the_smallest_of_all(case: tuple[int, int, int, st.DataObject], radius: int) -> None:
    seed, clients, candidates, data = case
    question = instance(seed, clients, candidates, data.draw(st.integers(0, candidates)))
    answer = solve(question, "set", count=None, radius=radius, budget=None, left=seconds(20))
    near = question.matrix() <= radius + 1e-9
    within = near.any(axis=1)
    every = chain.from_iterable(choices(question, count) for count in range(candidates + 1))
    best = min(len(sites) for sites in every if near[within][:, sites].any(axis=1).all())
    assert (answer.value, answer.proven) == (best, True)
    assert answer.uncovered.tolist() == np.flatnonzero(~within).tolist()


@settings(max_examples=25, deadline=None)
@given(cases, st.integers(0, 12))
def test_a_budget_is_kept_and_used_best(case: tuple[int, int, int, st.DataObject], budget: int) -> None:
    seed, clients, candidates, _ = case
    candidates = min(candidates, 6)
    price = np.random.default_rng(seed).integers(1, 6, candidates).astype(float)
    question = instance(seed, clients, candidates, price=price)
    answer = solve(question, "cover", count=None, radius=4, budget=budget, left=seconds(20))
    near = question.matrix() <= 4 + 1e-9
    every = chain.from_iterable(choices(question, count) for count in range(candidates + 1))
    best = max(question.demand[near[:, sites].any(axis=1)].sum() for sites in every if price[sites].sum() <= budget)
    assert answer.proven
    assert answer.value == pytest.approx(best)
    assert price[answer.sites].sum() <= budget


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(1, 3))
def test_capacities_hold_and_each_client_goes_to_one_site(seed: int, clients: int, count: int) -> None:
    room = np.random.default_rng(seed).integers(4, 12, 3).astype(float)
    question = instance(seed, clients, 3, capacity=room)
    table, demand = question.matrix(), question.demand
    best = math.inf
    for owners in product(range(3), repeat=clients):
        loads = np.bincount(owners, weights=demand, minlength=3)
        if len(set(owners)) <= count and (loads <= room).all():
            best = min(best, (table[np.arange(clients), owners] * demand).sum())
    if not math.isfinite(best):
        with pytest.raises(ValueError, match=r"容量|个数"):
            solve(question, "median", count=count, radius=None, budget=None, left=seconds(20))
        return
    answer = solve(question, "median", count=count, radius=None, budget=None, left=seconds(20))
    assert answer.value == pytest.approx(best)
    assert answer.owner is not None
    assert (np.bincount(answer.owner, weights=demand, minlength=3) <= room).all()


@pytest.mark.parametrize("kind", ["median", "cover", "center", "set"])
def test_a_seed_repeats_itself_and_a_bound_bounds_when_the_time_ends_at_once(kind: Kind) -> None:
    question = instance(5, 60, 40)
    count = None if kind == "set" else 6
    asked: dict[str, Any] = {"count": count, "radius": 3.0, "budget": None, "seed": 3}
    once, twice = (solve(question, kind, left=seconds(30), **asked) for _ in range(2))
    assert once.sites.tolist() == twice.sites.tolist()
    hurried = solve(question, kind, left=lambda: 0.0, **asked)
    if kind == "cover":
        assert hurried.value <= once.value <= hurried.bound
    else:
        assert hurried.bound <= once.value <= hurried.value


def test_paths_are_the_shortest_and_the_last_length_counts() -> None:
    draw = np.random.default_rng(1)
    edges = np.c_[draw.integers(0, 12, (60, 2)), draw.integers(0, 9, 60)]
    want = np.full((12, 12), np.inf)
    for one, other, length in edges.tolist():
        want[one, other] = want[other, one] = length
    np.fill_diagonal(want, 0)
    for middle, one, other in product(range(12), repeat=3):
        want[one, other] = min(want[one, other], want[one, middle] + want[middle, other])
    assert (shortest_paths(12, edges.astype(float)) == want).all()
    assert shortest_paths(2, np.array([[0, 1, 0.5]]))[0, 1] == 0.5


def test_files_of_numbers_are_told_apart() -> None:
    network = read_numbers("3 3 1\n1 2 5\n2 3 4\n2 1 7\n")
    assert network.matrix().tolist() == [[0, 7, 11], [7, 0, 4], [11, 4, 0]]
    for head in ("2 . 1 5", "2 1 5", "2 0 1 5"):
        points = read_numbers(f"{head}\n0 0 3\n3 4 2\n")
        assert (points.count, points.radius, points.demand.tolist()) == (1, 5, [3, 2])
        assert points.matrix()[0, 1] == 5


def test_degrees_are_metres_on_the_sphere() -> None:
    rows = [("第 2 行", {"经度": "114", "纬度": "30"}), ("第 3 行", {"经度": "114", "纬度": "31"})]
    assert from_records(rows).matrix()[0, 1] == pytest.approx(111_195, rel=1e-4)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "是空的"),
        ("3 2", "有 2 个数"),
        ("3 2 1\n1 2 5\n", "有 2 条边，下面有 1 行"),
        ("3 2 1\n1 2 5\n2 9 1\n", "第 3 行的节点 9"),
        ("3 2 1\n1 2 5\n2 3 -1\n", "第 3 行的长度"),
        ("3 2 1\n1 2 5\n2 1 1\n", "到不了节点 3"),
        ("3 2 1\n1 2 5\n2 x 1\n", "第 3 行的“x”不是数"),
        ("0 . 1 5\n", "没有需求点"),
        ("2 . 1 5\n0 0 1\n", "有 2 个点，下面有 1 行"),
        ("2 . 1 5\n0 0 1\n1 1 -4\n", "第 3 行的需求是 -4"),
        ("2 . 1 5\n0 0 1\n1 nan 4\n", "第 3 行的“nan”不是有限的数"),
    ],
)
def test_wrong_files_are_refused_by_line(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_numbers(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[", "不是有效的 JSON"),
        ('{"features": []}', "没有要素"),
        ('{"features": [{"geometry": {"type": "Polygon", "coordinates": []}}]}', "第 1 个要素不是点"),
        (
            '{"features": [{"geometry": {"type": "Point", "coordinates": [30, 114]}}]}',
            "第 1 个要素的经度 30、纬度 114 可能写反",
        ),
        ('{"features": [{"geometry": {"type": "Point", "coordinates": [NaN, 30]}}]}', "第 1 个要素的“lon”是“nan”"),
        (
            '{"features": [{"geometry": {"type": "Point", "coordinates": [114, 30]}, "properties": {"demand": -2}}]}',
            "第 1 个要素的需求是 -2",
        ),
    ],
)
def test_wrong_features_are_refused_by_number(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_geojson(text)


@pytest.mark.parametrize(
    ("kind", "count", "radius", "budget", "says"),
    [
        ("median", 9, None, None, "候选点只有 4 个"),
        ("median", 0, None, None, "至少为 1"),
        ("median", 1, None, None, "已定的点有 2 个"),
        ("median", None, None, None, "要选几个点"),
        ("cover", 2, None, None, "要给出服务半径"),
        ("cover", 2, -1.0, None, "要是零或正数"),
        ("cover", 2, math.nan, None, "要是零或正数"),
        ("cover", None, 1.0, 5.0, "要有造价"),
        ("set", None, 1.0, 5.0, "不用预算"),
        ("center", 2, None, 5.0, "不计预算和容量"),
    ],
)
def test_requests_that_contradict_themselves_are_refused(
    kind: Kind, count: int | None, radius: float | None, budget: float | None, says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        solve(instance(1, 5, 4, fixed=2), kind, count=count, radius=radius, budget=budget, left=seconds(5))


def test_points_on_one_spot_and_a_radius_of_zero_are_served() -> None:
    question = read_numbers("4 . 2 0\n1 1 1\n1 1 2\n1 1 3\n5 5 1\n")
    answer = solve(question, "cover", count=2, radius=0.0, budget=None, left=seconds(5))
    assert (answer.value, answer.proven) == (7, True)
    assert solve(question, "median", count=2, radius=None, budget=None, left=seconds(5)).value == 0


def test_who_fits_nowhere_is_named() -> None:
    question = Instance(
        np.array([9.0]), ["甲村"], ["乙"], here=np.zeros((1, 2)), there=np.zeros((1, 2)), capacity=np.array([5.0])
    )
    with pytest.raises(ValueError, match="甲村 的需求 9 超过"):
        solve(question, "median", count=1, radius=None, budget=None, left=seconds(5))


def scattered(count: int, seed: int) -> Links:
    """Points on a square; each covers those within a tenth of its side."""
    spots = np.random.default_rng(seed).random((count, 2))
    return link(np.hypot(*(spots[:, None, :] - spots[None, :, :]).transpose(2, 0, 1)) <= 0.1)


def test_what_dominance_leaves_decides_the_whole() -> None:
    links = scattered(300, 1)
    clients, sites = essential(links, np.ones(300))
    assert len(clients) < 250 and len(sites) < 250
    open_ = np.zeros(300, dtype=bool)
    for client in clients.tolist():  # whoever covers what is left covers everybody
        near = links.sites[links.starts[client] : links.starts[client + 1]]
        if not open_[near].any():
            open_[np.intersect1d(near, sites)[0]] = True
    assert links.covered(np.flatnonzero(open_)).all()


def test_exchange_finds_fewer_sites_than_greedy_and_the_same_compiled_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    links = scattered(400, 2)
    table = Table(links, np.ones(400))
    greedy = everyone._cheap(table, np.ones(400), np.ones(400))
    found = []
    for compile_it in ("0", "1"):
        monkeypatch.setenv("LINLI_COMPILE", compile_it)
        loop = Loop(weights.exchange, weights.SIGNATURE, weights.__name__)
        found.append(everyone._exchanged(table, greedy, 1, 1, 4_000, lambda: 60.0, loop).tolist())
    assert found[0] == found[1]
    assert links.covered(np.array(found[0])).all()
    assert len(found[0]) < len(greedy)

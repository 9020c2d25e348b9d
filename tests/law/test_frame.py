"""A frame is judged as each of its rows: random rules over random columns, every rule of every pack, and the limits of float64."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from linli.law import expr
from linli.law.frame import VERDICTS, WHYS, Coded, FrameFindings, judge_frame
from linli.law.judge import Finding, Verdict, judge
from linli.law.load import load_pack, packs, read_pack
from linli.law.types import Duty, Pack, Rule
from tests.law.test_load import GOOD

END = dt.date(2026, 12, 31)
GARDEN = read_pack(GOOD.encode(), "garden/pack.toml")
RULED = [
    pytest.param(id, duty.id, id=f"{id}.{duty.id}") for id in packs() for duty in load_pack(id).duties if duty.rule
]


def duty_of(shape: str, who: str = "both", **keys: Any) -> Duty:
    return replace(GARDEN.duties[0], who=who, rule=Rule(shape, MappingProxyType(keys)))


def row_of(columns: Mapping[str, Any], row: int) -> dict[str, Any]:
    """A row as `judge` takes it: plain values, and None for what is not known."""
    told = {name: getattr(column[row], "item", lambda one=column[row]: one)() for name, column in columns.items()}
    return {name: None if isinstance(one, float) and math.isnan(one) else one for name, one in told.items()}


def same(found: FrameFindings, row: int, one: Finding) -> None:
    assert (VERDICTS[found.verdict[row]], WHYS[found.why[row]]) == (one.verdict, one.why), one
    for array, exact in ((found.need, one.need), (found.have, one.have), (found.gap, one.gap)):
        if exact is None:
            assert math.isnan(array[row]), one
        else:
            assert math.isclose(array[row], float(exact), rel_tol=1e-9, abs_tol=1e-9), one
            assert exact.denominator != 1 or abs(exact) > 2**53 or array[row] == exact, one


def in_codes(column: Any) -> Coded:
    """The same column with each value twice, of which the one or the other is referred to."""
    values = [getattr(one, "item", lambda one=one: one)() for one in column]
    return Coded(values * 2, np.array([row + row % 2 * len(values) for row in range(len(values))], np.int64))


def agree(pack: Pack, duty: Duty, columns: Mapping[str, Any], on: dt.date = END, start: dt.date | None = None) -> None:
    """The frame and its rows say the same, errors included."""
    rows = max(map(len, columns.values()), default=0)
    try:
        each = [judge(duty, pack, row_of(columns, row), on, start=start) for row in range(rows)]
    except expr.ExpressionError as error:
        with pytest.raises(expr.ExpressionError, match=str(error)):
            judge_frame(pack, columns, on, start=start, duties=[duty])
        return
    [found] = judge_frame(pack, columns, on, start=start, duties=[duty])
    [coded] = judge_frame(pack, {name: in_codes(one) for name, one in columns.items()}, on, start=start, duties=[duty])
    assert len(found) == len(coded) == rows
    for row, one in enumerate(each):
        assert one is not None
        for told in (found, coded):
            same(told, row, one)
            assert told.finding(row) == told.finding(told.like[row]) == one
    assert sum(found.counts().values()) == rows
    assert all(many == sum(one is not None and one.verdict == verdict for one in each) for verdict, many in found.counts().items())  # fmt: skip


NAMES = ("a", "b", "c", "flag", "word", "litres", "pay", "absent")
LEAVES = st.one_of(
    st.sampled_from(NAMES),
    st.sampled_from(["0", "1", "2", "18", "100", "10_000", "0.1", "0.3", "1.5", "7", "'urban'", "'x'", "True"]),
)


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    two = st.tuples(inner, inner)
    return st.one_of(
        st.tuples(st.sampled_from("+-*/"), two).map(lambda t: f"({t[1][0]} {t[0]} {t[1][1]})"),
        st.tuples(st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), two).map(
            lambda t: f"({t[1][0]} {t[0]} {t[1][1]})"
        ),
        st.tuples(st.sampled_from(["and", "or"]), two).map(lambda t: f"({t[1][0]} {t[0]} {t[1][1]})"),
        inner.map(lambda one: f"(not {one})"),
        inner.map(lambda one: f"(-{one})"),
        st.tuples(inner, inner, inner).map(lambda t: f"({t[0]} if {t[1]} else {t[2]})"),
    )


EXPRESSIONS = st.recursive(LEAVES, _grown, max_leaves=5)
NUMBERS = (None, 0, 1, 2, 3, 18, 21, -4, 12_050, 10_000, 0.1, 0.3, 0.5, 1000.2, 21.69, 3.0, 1e-13, 1e200, 2**60)
DECIMALS = (None, Decimal(3), Decimal("0.1"), Decimal("21.69"), Decimal("1000.20"))
FLOATS = (float("nan"), 0.0, 1.0, 7.0, 18.0, 0.1, 0.3, 21.69, 12_050.0)
MANY = 4


def _many(*pool: Any) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(pool), min_size=MANY, max_size=MANY)


NUMBER = st.one_of(
    _many(*NUMBERS),
    _many(*DECIMALS),
    _many(*range(30)),
    _many(*FLOATS).map(np.array),
    _many(-3, 0, 2, 18, 10_000).map(lambda column: np.array(column, np.int64)),
)
TEXT = st.one_of(_many("urban", "rural", "", "x", None), _many("urban", "x").map(np.array))
FLAG = st.one_of(_many(True, False, None), _many(True, False).map(np.array))
COLUMNS = st.fixed_dictionaries(
    {"litres_used": NUMBER, "kind": _many("urban", "rural", "", None)},
    optional={"a": NUMBER, "b": NUMBER, "c": NUMBER, "litres": NUMBER, "word": TEXT, "flag": FLAG},
)


@settings(max_examples=300, deadline=None)
@given(
    columns=COLUMNS,
    bounds=st.fixed_dictionaries({}, optional={"at_least": EXPRESSIONS, "at_most": EXPRESSIONS}).filter(bool),
    when=st.one_of(st.none(), EXPRESSIONS),
    measure=st.sampled_from(["litres_used", "litres_used", "a", "absent"]),
    who=st.sampled_from(["both", "urban"]),
)
@example({"litres_used": [21, 18, 0], "kind": ["urban"] * 3, "a": [12050, 10000, 0]}, {"at_least": "litres * a / 10_000"}, None, "litres_used", "both")  # fmt: skip
@example(
    {"litres_used": [1], "kind": ["urban"], "a": [3]}, {"at_least": "1 / (0.3 - 0.1 * a)"}, None, "litres_used", "both"
)
@example(
    {"litres_used": [1], "kind": ["urban"], "a": [0.1]}, {"at_least": "a + 0.2 - 0.3"}, "a + 0.2 == 0.3", "a", "both"
)
@example(
    {"litres_used": [1, 1], "kind": ["urban", ""], "a": [1, 0]},
    {"at_least": "pay if a else 1"},
    None,
    "litres_used",
    "urban",
)
def test_random_rules_over_random_columns_are_judged_as_row_by_row(
    columns: dict[str, Any], bounds: dict[str, str], when: str | None, measure: str, who: str
) -> None:
    agree(GARDEN, duty_of("bound", who, measure=measure, **bounds, **({"when": when} if when else {})), columns)


def _told_of(pack: Pack, duty: Duty) -> st.SearchStrategy[dict[str, Any]]:
    """Random facts for what a rule asks for, of the kinds that its keys take."""
    assert duty.rule is not None
    keys: Mapping[str, Any] = duty.rule.keys
    some: dict[str, st.SearchStrategy[Any]] = {}
    days = st.sampled_from(["2026-12-31", "2026-06-30", dt.date(2025, 12, 31), "2024-02-29", "2027-01-01", "neither"])
    item = st.sampled_from(["入户走访", "统计报表", "养犬证明"])
    ground = st.sampled_from(["exception", "emergency_order", "own_decision"])
    event: st.SearchStrategy[Any] = st.fixed_dictionaries({"item": item}, optional={"ground": ground})
    listed: st.SearchStrategy[Any] = st.fixed_dictionaries(
        {}, optional={"published": st.booleans(), "reviewed": days, "items": st.lists(item)}
    )
    moment = st.sampled_from(["2026-12-01T09:00", "2026-12-30T17:00+08:00", "2026-12-31", None])
    for key, value in keys.items():
        if key == "set":
            wanted = list(keys["contains"])
            some[str(value)] = st.one_of(st.lists(st.sampled_from([*wanted, "其他"]), unique=True), st.just(wanted), st.frozensets(st.sampled_from(wanted)))  # fmt: skip
        elif key in ("list", "not_in"):
            some[str(value)] = listed
        elif key == "events":
            some[str(value)] = st.lists(event, max_size=3)
        elif key == "record" and "every" in keys:
            some[str(value)] = st.lists(days, max_size=3)
        elif key == "record":
            some[str(value)] = st.lists(
                st.fixed_dictionaries({"opened": moment}, optional={"done": moment}), max_size=3
            )
        elif key in ("at_least", "at_most", "when", "measure"):
            for name in expr.names(expr.read(str(value))) - {"kind"}:
                declared = pack.find_measure(name)
                if declared is not None and declared.kind == "flag":
                    some[name] = st.booleans()
                elif name in ("manager", "project"):
                    some[name] = st.sampled_from(["none", "firm", "new"])
                elif name == "delivered":
                    some[name] = st.booleans()
                elif name not in pack.params:
                    some[name] = st.sampled_from(
                        [0, 1, 2, 3, 18, 21, 22, 450, 500, 1000, 1000.2, 1500, 3334, 3500, 10_000, 12_050]
                    )
        elif key in ("every", "within", "reviewed_every"):
            some[str(value)] = st.sampled_from([3, 6, 12])
    kind = st.sampled_from(["urban", "rural", "", None])
    row = st.fixed_dictionaries({"kind": kind} | {name: st.one_of(st.none(), one) for name, one in some.items()})
    told = st.lists(row, min_size=1, max_size=6)
    limits = frozenset(str(keys[key]) for key in ("every", "within", "reviewed_every") if key in keys)
    left = st.sampled_from([frozenset(), limits])  # without the county's own number, and with it
    return st.tuples(told, left).map(
        lambda t: {name: [row[name] for row in t[0]] for name in t[0][0] if name not in t[1]}
    )


@pytest.mark.parametrize(("id", "duty"), RULED)
def test_every_rule_of_every_pack_is_judged_as_row_by_row(id: str, duty: str) -> None:
    pack = load_pack(id)
    one = pack.duty(duty)

    @settings(max_examples=12, deadline=None)
    @given(columns=_told_of(pack, one), start=st.sampled_from([None, dt.date(2026, 1, 1), dt.date(2027, 1, 1)]))
    def check(columns: dict[str, Any], start: dt.date | None) -> None:
        agree(pack, one, columns, start=start)

    check()


def test_all_duties_with_a_rule_are_judged_in_their_order_when_none_is_named() -> None:
    pack = load_pack("hubei")
    found = judge_frame(pack, {"kind": ["urban", "rural"]}, END)
    assert [one.duty.id for one in found] == [duty.id for duty in pack.duties if duty.rule]
    named = judge_frame(pack, {"kind": ["urban"]}, END, duties=["area_floor_urban", pack.duty("staffing")])
    assert [one.duty.id for one in named] == ["area_floor_urban", "staffing"]
    with pytest.raises(KeyError, match="没有编号为"):
        judge_frame(pack, {}, END, duties=["nowhere"])
    assert [len(one) for one in judge_frame(pack, {}, END)] == [0] * len(found)


def test_communities_exactly_at_the_limit_are_met_and_a_hair_below_they_are_not() -> None:
    pack = load_pack("hubei")
    households = np.arange(3334, 13334)
    at = [Decimal(30 * int(n)) / 100 for n in households]
    for area in (at, [float(one) for one in at], np.array([float(one) for one in at])):
        [found] = judge_frame(pack, {"area": area, "households": households}, END, duties=["area_per_households"])
        assert found.counts()[Verdict.MET] == len(households)
        assert (found.gap == 0).all()
    below = [one - Decimal("0.01") for one in at]
    [found] = judge_frame(pack, {"area": below, "households": households}, END, duties=["area_per_households"])
    assert found.counts()[Verdict.UNMET] == len(households)
    assert found.finding(0).gap == Fraction(1, 100)
    naive = np.array([float(one) for one in at]) * 100 >= 30 * households
    assert (~naive).sum() > 500, "the form that must not be used fails where this one does not"


def test_a_gap_in_persons_is_whole_however_close_the_requirement_comes() -> None:
    pack = load_pack("hubei")
    residents = np.arange(0, 200_000, 7)
    for workers in (np.zeros(len(residents)), np.full(len(residents), 20), residents * 18 // 10_000):
        columns: dict[str, Any] = {"workers": workers, "residents": residents, "kind": np.full(len(residents), "urban")}
        [found] = judge_frame(pack, columns, END, duties=["staffing"])
        exact = np.maximum(-(-(residents * 18) // 10_000) - workers, 0)
        assert (found.gap == exact).all()


def test_the_sentence_of_a_row_is_that_of_the_row_alone() -> None:
    pack = load_pack("hubei")
    columns: dict[str, Any] = {
        "kind": ["urban", "rural"],
        "workers": np.array([21, 3]),
        "residents": np.array([12_050.0, np.nan]),
    }
    [found] = judge_frame(pack, columns, END, duties=["staffing"])
    assert found.finding(0) == judge(
        pack.duty("staffing"), pack, {"kind": "urban", "workers": 21, "residents": 12_050}, END
    )
    assert found.finding(1).verdict == Verdict.EXEMPT


def test_masked_and_missing_values_are_unknown_never_nought() -> None:
    pack = load_pack("hubei")
    workers = np.ma.masked_array(np.array([18, 18, 18]), [False, True, False])
    columns: dict[str, Any] = {"kind": ["urban"] * 3, "workers": workers, "residents": [10_000, 10_000, None]}
    [found] = judge_frame(pack, columns, END, duties=["staffing"])
    assert [VERDICTS[code] for code in found.verdict] == ["met", "unknown", "unknown"]
    assert found.finding(1).missing == ("workers",)
    assert math.isnan(found.have[1]) and found.need[1] == 18


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"a": [1, 2], "b": [1]}, "b 有 1 行"),
        ({"a": np.zeros(2, np.float32)}, "float32"),
        ({"a": np.zeros((2, 2))}, "a 应为一列值"),
        ({"a": "urban"}, "a 应为一列值"),
        ({"a": np.array(["2026-01-01"], "datetime64[D]")}, "datetime64"),
    ],
)
def test_columns_that_cannot_be_taken_are_refused_by_name(columns: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        judge_frame(GARDEN, columns, END)


def test_a_text_where_a_number_is_needed_is_an_error_in_the_frame_as_in_the_row() -> None:
    with pytest.raises(expr.ExpressionError, match="二十一"):
        judge_frame(GARDEN, {"litres_used": [3, "二十一"]}, END)

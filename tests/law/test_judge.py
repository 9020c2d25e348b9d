"""Judging: the little language and its refusals, and the sentence that is printed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.law import expr, say
from linli.law.judge import Finding, Verdict, add_span, attested, judge, period_of, roll_up
from linli.law.load import load_pack, packs, read_pack
from linli.law.types import Pack, PackError
from tests.law.test_load import GOOD

END = dt.date(2026, 12, 31)


def found(pack: Pack, duty: str, on: dt.date = END, **facts: Any) -> Finding:
    one = judge(pack.duty(duty), pack, facts, on)
    assert one is not None
    return one


def test_the_sentence_says_need_have_gap_article_and_source() -> None:
    pack = load_pack("hubei")
    one = found(pack, "staffing", kind="urban", workers=21, residents=12_050)
    said = say.finding(one, pack.duty("staffing"), pack, ["名册 2024-05", "名册 2024-05"])
    assert said == "需 21.69，有 21，缺 1 人 · 第十四条 · 名册 2024-05"


def test_no_data_and_no_standard_are_told_apart() -> None:
    hubei, hunan = load_pack("hubei"), load_pack("hunan")
    one = found(hubei, "staffing", kind="urban", workers=21)
    assert (one.why, one.missing, say.verdict(one)) == ("no_data", ("residents",), "无数据")
    one = found(hunan, "staffing", kind="urban", workers=21)
    assert (one.why, one.missing, say.verdict(one)) == ("no_standard", ("staff_required",), "草案未给标准")
    assert "草案没有写明" in say.finding(one, hunan.duty("staffing"), hunan)
    both = found(hunan, "staffing", kind="urban")
    assert both.why == "no_standard", "to enter a number would not help where the text names none"


def test_a_community_exactly_at_the_limit_is_met_where_floating_point_says_otherwise() -> None:
    pack = load_pack("hubei")
    slips = 0
    for households in range(3334, 5334):
        area = Decimal(30 * households) / 100
        assert found(pack, "area_per_households", kind="urban", area=area, households=households).verdict == "met"
        assert found(
            pack, "area_per_households", kind="urban", area=area - Decimal("0.01"), households=households
        ).gap == (Fraction(1, 100))
        slips += not float(area) * 100 >= 30 * households
    assert slips > 100


@given(residents=st.integers(0, 10**7), workers=st.integers(0, 10**5))
def test_the_gap_in_persons_is_the_least_number_that_mends_it(residents: int, workers: int) -> None:
    pack = load_pack("hubei")
    one = found(pack, "staffing", kind="urban", workers=workers, residents=residents)
    assert one.gap is not None
    mended = found(pack, "staffing", kind="urban", workers=workers + int(one.gap), residents=residents)
    assert mended.verdict == "met"
    if one.gap:
        assert found(pack, "staffing", kind="urban", workers=workers + int(one.gap) - 1, residents=residents).gap == 1


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')",
        "a.b",
        "a[0]",
        "(lambda: 1)()",
        "1 < a < 3",
        "a ** 9",
        "a // 2",
        "a if b",
        "[a]",
        "a is None",
        "f'{a}'",
        "1j",
        "b'x'",
        "a := 1",
        "+" * 400,
        "(" * 90 + "a" + ")" * 90 + "+1" * 40,
        "not " * 40 + "a",
    ],
)
def test_what_is_outside_the_little_language_is_refused(text: str) -> None:
    with pytest.raises(expr.ExpressionError):
        expr.read(text)


def test_a_bad_expression_is_told_when_the_pack_is_read() -> None:
    text = GOOD.replace('at_least = "litres"', 'at_least = "open(1)"')
    with pytest.raises(PackError, match=r"duty\[1\].at_least：表达式“open\(1\)”里有不允许的写法"):
        read_pack(text.encode(), "garden/pack.toml")
    text = GOOD.replace('kind = "number"', 'kind = "bucket"')
    with pytest.raises(PackError, match=r"measure\.litres_used\.kind"):
        read_pack(text.encode(), "garden/pack.toml")


@pytest.mark.parametrize(
    ("text", "names", "value"),
    [
        ("1 + 2 * 3 - 4 / 8", {}, Fraction(13, 2)),
        ("0.1 + 0.2", {}, Fraction(3, 10)),
        ("-a", {"a": 3}, Fraction(-3)),
        ("a / b", {"a": 1, "b": 0}, None),
        ("a and b", {"a": False}, False),
        ("a and b", {"a": True}, None),
        ("a or b", {"a": True}, True),
        ("not a", {}, None),
        ("a == 'x' and b > 2", {"a": "x", "b": 3}, True),
        ("a != 'x'", {"a": "x"}, False),
        ("1 if a else 2", {"a": True}, Fraction(1)),
        ("1 if a else b", {"a": False}, None),
        ("1_000 <= a", {"a": 1000}, True),
    ],
)
def test_what_is_not_known_stays_not_known(text: str, names: dict[str, Any], value: object) -> None:
    def look(name: str) -> expr.Plain:
        told = names.get(name)
        return Fraction(told) if type(told) is int else told

    assert expr.value(expr.read(text), look) == value


def test_the_names_of_an_expression_are_those_it_asks_for() -> None:
    assert expr.names(expr.read("a * 2 if b == 'c' and not d else e / f")) == {"a", "b", "d", "e", "f"}


def test_a_text_cannot_be_counted_with() -> None:
    with pytest.raises(expr.ExpressionError, match="不是数字"):
        expr.value(expr.read("a + 1"), lambda name: "x")


def test_both_bounds_hold_together_and_a_limit_in_days_counts_the_late_ones() -> None:
    both = GOOD.replace('at_least = "litres"', 'at_least = "litres"\nat_most = "litres + 2"')
    pack = read_pack(both.encode(), "garden/pack.toml")
    assert [found(pack, "water", litres_used=n).verdict for n in (17, 18, 20, 21)] == ["unmet", "met", "met", "unmet"]
    within = GOOD.replace('measure = "litres_used"\nat_least = "litres"', 'record = "leaks"\nwithin = "mend"')
    within += '[param.mend]\nlabel = "修补"\nunit = "working_days"\nvalues = [{ from = "simulated", value = 2 }]\n'
    within += '[measure.leaks]\nlabel = "漏水"\nkind = "records"\nlevel = "community"\n'
    pack = read_pack(within.encode(), "garden/pack.toml")
    on = dt.date(2026, 3, 10)  # a Tuesday
    rows = [{"opened": "2026-03-05T09:00", "done": "2026-03-09T17:00"}, {"opened": "2026-03-05T09:00"}]
    assert found(pack, "water", on, leaks=rows).have == 1, "Thursday's leak was due on Monday"
    assert found(pack, "water", on, leaks=rows[:1]).verdict == "met"
    assert found(pack, "water", on, leaks=[{"opened": "2026-03-09T09:00"}]).verdict == "pending"
    assert found(pack, "water", on).why == "no_data"


def test_periods_end_on_a_day_that_exists() -> None:
    assert add_span(dt.date(2024, 1, 31), 1, "months") == dt.date(2024, 2, 29)
    assert add_span(dt.date(2024, 2, 29), 1, "years") == dt.date(2025, 2, 28)
    assert add_span(dt.date(2024, 12, 31), 2, "days") == dt.date(2025, 1, 2)
    pack = load_pack("hubei")
    assert period_of(pack.duty("two_way_evaluation"), pack, END) == (12, "months")
    assert period_of(pack.duty("satisfaction_survey"), pack, END) is None


def test_many_places_are_one_finding_led_by_what_is_not_met() -> None:
    met, unmet, exempt = Finding(Verdict.MET), Finding(Verdict.UNMET), Finding(Verdict.EXEMPT)
    data, standard = Finding(Verdict.UNKNOWN, why="no_data"), Finding(Verdict.UNKNOWN, why="no_standard")
    assert roll_up([met, data, unmet]).verdict == "unmet"
    assert roll_up([met, standard, data]) == data
    assert roll_up([met, exempt]).verdict == "met"
    assert roll_up([exempt]).verdict == roll_up([]).verdict == "exempt"


def test_only_what_no_rule_can_judge_may_be_attested() -> None:
    assert attested(None).verdict == attested(Finding(Verdict.UNKNOWN, why="no_data")).verdict == Verdict.ATTESTED
    assert attested(Finding(Verdict.UNMET)).verdict == Verdict.UNMET


def test_a_duty_is_proved_by_its_own_verbs_or_by_those_of_a_place_it_has_to_itself() -> None:
    hubei = load_pack("hubei")
    assert hubei.proofs_of(hubei.duty("assisted_list")) == ("mandates.list_published",)
    assert hubei.proofs_of(hubei.duty("staffing")) == ()
    for pack in map(load_pack, packs()):
        for duty in pack.duties:
            if not duty.verbs and pack.proofs_of(duty):
                assert [one.id for one in pack.duties if one.at == duty.at] == [duty.id]


@pytest.mark.parametrize("id", packs())
def test_what_rules_count_is_declared_as_a_measure_or_comes_from_an_area(id: str) -> None:
    pack = load_pack(id)
    produced = {"kind", "hotline_dispatches", "hotline_answers", "property_problems"}
    for duty in pack.duties:
        keys = duty.rule.keys if duty.rule else {}
        for key in ("measure", "set") if duty.subject != "estate" else ():
            if key in keys:
                measure = pack.find_measure(str(keys[key]))
                assert measure is not None and measure.kind == {"measure": "number", "set": "set"}[key], duty.id
        for key in ("at_least", "at_most", "when"):
            if key in keys and duty.subject != "estate":
                for name in expr.names(expr.read(str(keys[key]))) - produced:
                    known = pack.find_measure(name) is not None or name in pack.params
                    assert known, f"{duty.id}: {name} is neither a measure nor a parameter"

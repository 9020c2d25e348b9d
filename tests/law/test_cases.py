"""Worked examples: every rule of a draft shows all it can say, at the limit and just beyond it, alone and in a frame."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from linli.law import expr, say
from linli.law.frame import VERDICTS, WHYS, judge_frame
from linli.law.judge import Finding, Verdict, as_day, as_moment, judge
from linli.law.load import load_pack, packs
from linli.law.types import Case, Duty, Pack

END = dt.date(2026, 12, 31)
DAY = dt.timedelta(days=1)
CASES = [(id, number, case) for id in packs() for number, case in enumerate(load_pack(id).cases, 1)]
DRAFTS = [id for id in packs() if load_pack(id).status == "draft"]
RULED = [pytest.param(id, duty.id, id=f"{id}.{duty.id}") for id in DRAFTS for duty in load_pack(id).duties if duty.rule]


def told(case: Case) -> tuple[dict[str, Any], dt.date, dt.date | None]:
    """The facts of a case, the day on which it is judged, and the day from which the duty holds."""
    facts = dict(case.given)
    return facts, as_day(facts.pop("as_of", None)) or END, as_day(facts.pop("start", None))


def outcome(case: Case, pack: Pack) -> Finding:
    facts, on, start = told(case)
    found = judge(pack.duty(case.duty), pack, facts, on, start=start)
    assert found is not None, f"{case.duty} has no rule"
    return found


@pytest.mark.parametrize(("id", "number", "case"), CASES, ids=lambda value: getattr(value, "duty", str(value)))
def test_a_worked_example_comes_out_as_it_says_alone_and_in_a_frame(id: str, number: int, case: Case) -> None:
    pack = load_pack(id)
    facts, on, start = told(case)
    one = outcome(case, pack)
    assert one.verdict == case.expect["verdict"]
    assert set(case.expect) <= {"verdict", "need", "have", "gap"}
    [frame] = judge_frame(pack, {name: [value] for name, value in facts.items()}, on, start=start, duties=[case.duty])
    assert len(frame) == bool(facts)
    if facts:
        assert (VERDICTS[frame.verdict[0]], WHYS[frame.why[0]]) == (one.verdict, one.why)
        assert frame.finding(0) == one
    for key in ("need", "have", "gap"):
        if key in case.expect:
            assert getattr(one, key) == Fraction(str(case.expect[key])), key
            assert not facts or math.isclose(getattr(frame, key)[0], float(getattr(one, key)), rel_tol=1e-12), key
    assert say.finding(one, pack.duty(case.duty), pack)


def shows(case: Case, pack: Pack) -> str:
    """What a case shows: at the limit, just beyond it, no data, no standard, exempt, before the start; empty: something else."""
    duty, found = pack.duty(case.duty), outcome(case, pack)
    if found.verdict == Verdict.MET and _at_the_limit(case, duty, pack, found):
        return "at the limit"
    if found.verdict == Verdict.UNMET and _just_beyond(case, duty, found):
        return "just beyond"
    if found.verdict == Verdict.PENDING and found.why == "not_started":
        return "before the start"
    return {"no_data": "no data", "no_standard": "no standard", "who": "exempt", "when": "exempt"}.get(found.why, "")


def _at_the_limit(case: Case, duty: Duty, pack: Pack, found: Finding) -> bool:
    assert duty.rule is not None
    keys = duty.rule.keys
    facts, on, _ = told(case)
    if duty.rule.shape == "bound":
        assert found.need is not None and found.have is not None
        return abs(found.have - found.need) < 1
    if "within" in keys:  # a day later it would have been too late
        done = [(row, as_moment(row["done"])) for row in facts[str(keys["record"])]]
        rows = [row | {"done": moment + DAY} for row, moment in done if moment is not None]
        later = replace(case, given=dict(case.given) | {str(keys["record"]): rows})
        return outcome(later, pack).verdict == Verdict.UNMET
    if "every" in keys or "reviewed_every" in keys:
        return found.due == on
    return bool(facts[str(keys["events"])]) if "events" in keys else True


def _just_beyond(case: Case, duty: Duty, found: Finding) -> bool:
    assert duty.rule is not None and found.gap is not None
    if "every" in duty.rule.keys or "reviewed_every" in duty.rule.keys:
        return found.due is None or found.due + DAY == told(case)[1]
    return 0 < found.gap <= 1


def wanted(duty: Duty, pack: Pack) -> set[str]:
    """What the cases of a duty must show."""
    assert duty.rule is not None
    kinds = {"at the limit", "just beyond", "no data", "before the start"}
    if duty.who != "both" or "when" in duty.rule.keys:
        kinds.add("exempt")
    names: set[str] = set()
    for key, value in duty.rule.keys.items():
        if key in ("at_least", "at_most", "when"):
            names |= expr.names(expr.read(str(value)))
        elif isinstance(value, str):
            names.add(value)
    if any(name in pack.params and not pack.params[name].values for name in names):
        kinds.add("no standard")
    return kinds


@pytest.mark.parametrize(("id", "duty"), RULED)
def test_every_rule_of_a_draft_has_a_case_for_all_it_can_say(id: str, duty: str) -> None:
    pack = load_pack(id)
    shown = {shows(case, pack) for case in pack.cases if case.duty == duty}
    assert wanted(pack.duty(duty), pack) <= shown, f"{id}.{duty}: no case for {wanted(pack.duty(duty), pack) - shown}"


def test_the_examples_show_each_verdict_that_a_rule_can_give() -> None:
    assert {case.expect["verdict"] for _, _, case in CASES} == set(Verdict) - {Verdict.ATTESTED}


COMPUTABLE = {
    "hubei": (12, 13, 14, 15, 16, 21, 25, 26, 32, 33, 34, 35, 37, 38, 39, 41),
    "hunan": (2, 3, 7, 8, 9, 11, 12, 13, 14, 15, 18),
}
"""Articles from which something can be computed (systems.md, L3)."""


@pytest.mark.parametrize("id", DRAFTS)
def test_every_article_from_which_something_can_be_computed_has_a_rule(id: str) -> None:
    pack = load_pack(id)
    ruled = {duty.at.partition("__")[0] for duty in pack.duties if duty.rule}
    assert {f"art_{number}" for number in COMPUTABLE.get(id, ())} <= ruled


@pytest.mark.parametrize("id", DRAFTS)
def test_a_duty_that_no_rule_judges_says_what_proves_it(id: str) -> None:
    for duty in load_pack(id).duties:
        assert duty.evidence, duty.id

"""Tolerance (容错纠错): situations named beforehand, another body examines, another person decides, the effect stands on the report."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from linli.areas.duties import actions as duties
from linli.areas.duties import queries
from linli.areas.duties.models import Situation, Tolerance
from linli.commons.roles import Role
from linli.kit.errors import BadInput, NotAllowed, RuleBroken, WrongState
from linli.kit.trail import Entry
from tests.areas.duties.test_reports import again, ordered
from tests.cast import Town, person

REASON = "先行先试网上议事，程序上有疏漏，发现后当天补正并公开说明。"


def situation(town: Town, **more: Any) -> Situation:
    given: dict[str, Any] = {
        "text": "先行先试中出现的程序疏漏",
        "basis": "县委办〔2026〕5 号",
        "from_on": timezone.localdate(),
    }
    return duties.keep_situation(by=town.lead, place=town.county, **{**given, **more})


def applied(town: Town, **more: Any) -> Tolerance:
    return duties.apply_tolerance(by=town.street_desk, situation=situation(town), reason=REASON, **more)


def second(town: Town) -> Any:
    return person(f"second{town.county.code[:2]}", "罗丹", town.bodies["lead"], Role.COUNTY)


def test_the_county_names_situations_and_ends_them(town: Town) -> None:
    row = situation(town)
    assert list(queries.situations_at(town.community.code)) == [row]
    basis = ["hunan.art_18__para_3"] if town.pack == "hunan" else []
    assert Entry.objects.get(verb="duties.situation_added").basis == basis
    for more, said in (({"text": ""}, "请写明"), ({"place": town.street}, "由县级登记")):
        with pytest.raises(BadInput, match=said):
            given: dict[str, Any] = {
                "place": town.county,
                "text": "情形",
                "basis": "依据",
                "from_on": timezone.localdate(),
                **more,
            }
            duties.keep_situation(by=town.lead, **given)
    with pytest.raises(BadInput, match="不能早于"):
        duties.end_situation(by=town.lead, situation=row, on=row.from_on - timedelta(days=1))
    duties.end_situation(by=town.lead, situation=row, on=timezone.localdate())
    assert not queries.situations_at(town.county.code).exists()
    with pytest.raises(WrongState):
        duties.end_situation(by=town.lead, situation=row, on=timezone.localdate())


def test_an_application_is_examined_decided_and_stands_on_the_report(town: Town) -> None:
    report, order = ordered(town)
    row = applied(town, order=order)
    duties.examine_tolerance(by=town.lead, tolerance=row, opinion="情况属实，已补正。")
    duties.decide_tolerance(by=second(town), tolerance=row, effect="exempt", decision="符合第一种情形。")
    assert again(report).effect == "exempt" and again(report).state == "ordered", "what went wrong is still corrected"
    duties.answer_order(by=town.street_desk, order=order, text="表格已全部收回，今后不再下派。")
    duties.judge_correction(by=town.lead, report=again(report), corrected=True, why="已核实")
    duties.close_report(by=town.lead, report=again(report), outcome="exempt", reply="已改正，容错免责。")
    assert again(report).outcome == "exempt"


def test_applying_refuses_what_it_must(hunan: Town) -> None:
    _report, order = ordered(hunan)
    held = situation(hunan)
    with pytest.raises(BadInput, match="至少 10 个字"):
        duties.apply_tolerance(by=hunan.street_desk, situation=held, reason="短")
    with pytest.raises(NotAllowed, match="发给本单位"):
        duties.apply_tolerance(by=hunan.committee, situation=held, reason=REASON, order=order)
    duties.apply_tolerance(by=hunan.street_desk, situation=held, reason=REASON, order=order)
    with pytest.raises(WrongState, match="已经申请过"):
        duties.apply_tolerance(by=hunan.street_desk, situation=held, reason=REASON, order=order)
    duties.end_situation(by=hunan.lead, situation=held, on=timezone.localdate())
    with pytest.raises(RuleBroken, match="现在不适用"):
        duties.apply_tolerance(by=hunan.grid_worker, situation=held, reason=REASON, personal=True)


def test_nobody_examines_or_decides_the_own_application_and_not_both(hunan: Town) -> None:
    row = duties.apply_tolerance(by=hunan.lead, situation=situation(hunan), reason=REASON)
    for run in (
        lambda: duties.examine_tolerance(by=hunan.supervisor, tolerance=row, opinion="情况属实。"),
        lambda: duties.decide_tolerance(by=hunan.lead, tolerance=row, effect="none", decision="不符合情形。"),
    ):
        with pytest.raises(NotAllowed, match="自己的申请"):
            run()
    other = duties.apply_tolerance(by=hunan.street_desk, situation=row.situation, reason=REASON)
    with pytest.raises(BadInput, match="核查情况"):
        duties.examine_tolerance(by=hunan.lead, tolerance=other, opinion="好")
    with pytest.raises(WrongState):
        duties.decide_tolerance(by=second(hunan), tolerance=other, effect="none", decision="不符合情形。")
    duties.examine_tolerance(by=hunan.lead, tolerance=other, opinion="情况属实。")
    with pytest.raises(NotAllowed, match="核查的人不能自己认定"):
        duties.decide_tolerance(by=hunan.lead, tolerance=other, effect="none", decision="不符合情形。")
    for effect, decision, said in (("mild", "不符合情形。", "认定结果"), ("none", "不", "认定理由")):
        with pytest.raises(BadInput, match=said):
            duties.decide_tolerance(by=hunan.province, tolerance=other, effect=effect, decision=decision)
    duties.decide_tolerance(by=hunan.province, tolerance=other, effect="lighter", decision="情节轻微，已补正。")
    assert Entry.objects.get(verb="duties.tolerance_decided").basis == ["hunan.art_18__para_3"]


def test_an_application_is_taken_back_by_its_own_body_before_it_is_decided(hunan: Town) -> None:
    row = applied(hunan)
    with pytest.raises(NotAllowed):
        duties.withdraw_tolerance(by=hunan.committee, tolerance=row)
    duties.withdraw_tolerance(by=hunan.street_desk, tolerance=row)
    with pytest.raises(WrongState):
        duties.examine_tolerance(by=hunan.lead, tolerance=row, opinion="情况属实。")
    assert list(queries.tolerances_of(hunan.lead)) == [row] and not queries.tolerances_of(hunan.committee).exists()

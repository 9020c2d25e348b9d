"""Law stories told end to end: what the two drafts promise a resident, a committee and a clerk, and where they differ."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from linli.areas.appeals import actions as appeals
from linli.areas.appeals.flow import State
from linli.areas.mandates import actions as mandates
from linli.areas.mandates import queries
from linli.areas.mandates.models import Assignment, Ground
from linli.commons.actor import SYSTEM
from linli.commons.settings import set_setting
from linli.kit import trail
from linli.kit.clock import Clock
from linli.kit.errors import RuleBroken
from tests.cast import Town, fresh


def test_one_task_two_drafts(hubei: Town, hunan: Town) -> None:
    """The same push-down, not from the hotline: Hubei forbids it by law, Hunan by its guidance list."""
    for town, basis in ((hubei, "hubei.art_41__para_1"), (hunan, "hunan.art_7__para_1")):
        with pytest.raises(RuleBroken) as refused:
            mandates.assign_task(
                by=town.department, to=town.bodies["committee"], title="巡查占道经营", text="每天三次", role="contact"
            )
        assert refused.value.basis == (basis,)
        assert trail.Entry.objects.filter(verb="mandates.refused", basis=[basis]).count() == 1
    assert {line.unit for line in trail.Entry.objects.filter(verb="mandates.refused")} == {"429999", "439999"}


def test_a_refused_task_finds_its_lawful_ends(town: Town) -> None:
    """HB 25(2), 41; HN 7(3), 12: the clerk is told no, and three ways on; each of them can be gone to the end."""
    appeal = town.accepted()
    with pytest.raises(RuleBroken) as refused:
        appeals.dispatch_appeal(by=town.hotline, appeal=appeal, to=town.bodies["committee"])
    ends = {end["name"]: end for end in refused.value.ends}
    codes = {body.code: body for body in town.bodies.values()}

    appeals.dispatch_appeal(by=town.hotline, appeal=appeal, to=codes[ends["owner"]["body"]], reason="职责单位")
    assert fresh(appeal).handler == town.bodies["urban_mgmt"]

    second = town.accepted()
    appeals.dispatch_appeal(by=town.hotline, appeal=second, to=codes[ends["street"]["body"]], reason="请街道协调")
    assert fresh(second).handler == town.bodies["street"]

    asked = mandates.request_purchase(
        by=town.street_desk, place=town.community, title="路灯巡查", need="社区无力承担", amount=Decimal(5000)
    )
    mandates.answer_purchase(by=town.lead, request=asked, agree=True, answer="列入本年购买目录")
    asked.refresh_from_db()
    assert asked.state == "agreed" and list(trail.verify()) == []


def test_an_emergency_order_opens_the_gate_and_shuts_it_again(town: Town) -> None:
    """HB 32(3): an order of the local government lets the committee be asked, until it ends; then the work goes back."""
    order = mandates.open_ground(
        by=town.lead,
        place=town.county,
        kind=Ground.Kind.EMERGENCY_ORDER,
        ref="县防指〔2026〕1 号",
        valid_to=timezone.now() + timedelta(days=2),
    )
    appeal = town.accepted()
    appeals.dispatch_appeal(by=town.hotline, appeal=appeal, to=town.bodies["committee"], ground=order)
    Ground.objects.filter(pk=order.pk).update(valid_to=timezone.now())
    assert mandates.expire_due(by=SYSTEM) == 1 and appeals.recall_stopped() == 1
    with pytest.raises(RuleBroken):
        appeals.dispatch_appeal(by=town.hotline, appeal=appeal, to=town.bodies["committee"], ground=order)
    appeals.dispatch_appeal(by=town.hotline, appeal=appeal, to=town.bodies["urban_mgmt"])
    assert [row.state for row in Assignment.objects.order_by("id")] == ["stopped", "open"]


def test_what_the_committee_cannot_bear_goes_up_with_a_clock(town: Town) -> None:
    """HN 7(3): the committee hands up, the street answers in time, somebody else calls back."""
    set_setting(by=town.lead, place=town.county, key="appeals.up_to_street", value={"amount": 3, "unit": "days"})
    town.publish("self", "自治事项清单", "路灯照明")
    appeal = town.handling("committee")
    appeals.escalate_appeal(by=town.committee, appeal=appeal, reason="需要登高车，社区没有")
    assert Clock.objects.get(subject=appeal.trail_key, name="handle", stopped_at=None).due_at is not None
    appeals.answer_appeal(by=town.street_desk, appeal=appeal, text="街道已请专业队伍修好，请居民查看。")
    with pytest.raises(RuleBroken):
        appeals.call_back(by=town.street_desk, appeal=appeal, how="phone", reached=True, solved=True)
    appeals.call_back(by=town.hotline, appeal=appeal, how="phone", reached=True, solved=True, rating=5)
    assert fresh(appeal).state == State.CLOSED


def test_from_objection_to_closing_every_step_names_its_article(hunan: Town) -> None:
    """HN 12 分类处置、异议协调、跟踪回访、督查督办, in one life of an appeal."""
    town = hunan
    appeal = town.handling()
    appeals.object_appeal(by=town.department, appeal=appeal, reason="小区内路灯归住建", names=town.bodies["housing"])
    appeals.rule_objection(
        by=town.supervisor, appeal=appeal, uphold=True, ruling="按三定方案归住建", to=town.bodies["housing"]
    )
    appeals.order_appeal(by=town.supervisor, appeal=appeal, text="请三日内修好")
    appeals.answer_appeal(by=town.housing, appeal=appeal, text="已请物业更换，今晚恢复照明。")
    appeals.rate_appeal(by=town.resident, appeal=appeal, solved=False, rating=2, note="还是不亮")
    appeals.answer_appeal(by=town.housing, appeal=appeal, text="线路也已更换，请居民今晚再看。")
    appeals.call_back(by=town.hotline, appeal=appeal, how="visit", reached=True, solved=True, rating=4)
    rests = {line.verb: line.basis for line in trail.history(appeal)}
    for verb in ("dispatched", "objected", "objection_ruled", "ordered", "answered", "redone", "called_back", "closed"):
        assert any(eid.startswith("hunan.art_12__") for eid in rests[f"appeals.{verb}"]), verb
    assert fresh(appeal).state == State.CLOSED and list(trail.verify()) == []


def test_refusals_of_a_year_are_a_public_account(town: Town) -> None:
    """HB 41, 42; HN 12: who tried to push work down, and how often, stands on the committee's public page."""
    for _ in range(3):
        with pytest.raises(RuleBroken):
            appeals.dispatch_appeal(by=town.hotline, appeal=town.accepted(), to=town.bodies["committee"])
    charter = queries.charter_of(town.resident, town.community.code)
    assert [(row["name"], row["count"]) for row in charter.refused] == [("12345 热线中心", 3)]

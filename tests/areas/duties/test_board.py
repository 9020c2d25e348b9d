"""The duty board: who owes what, in which state it is, and why."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from linli.areas.duties import queries
from linli.areas.duties.actions import attest_duty, withdraw_attestation
from linli.areas.duties.flow import State
from linli.areas.duties.models import Attestation
from linli.areas.duties.queries import Line
from linli.areas.duties.rules import Proof, bearers_of, duties_of, state_of
from linli.areas.mandates import actions as mandates
from linli.commons.actor import Actor
from linli.commons.facts import enter_fact
from linli.commons.models import Body, Place
from linli.commons.settings import set_setting
from linli.kit.errors import BadInput, NotAllowed, NotVisible, RuleBroken, WrongState
from linli.kit.trail import Entry
from linli.law.judge import Finding, Verdict
from linli.law.load import load_pack
from tests.cast import Town

PDF = b"%PDF-1.4\n%%EOF"


def pdf(name: str = "plan.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PDF)


def today() -> date:
    return timezone.localdate()


def line(town: Town, who: str, duty: str) -> Line:
    body = Body.objects.select_related("place").get(pk=town.bodies[who].pk)
    found = queries.board_of(queries.snapshot_of(body.place), body, [duty]).lines
    assert len(found) == 1, f"{who} does not owe {duty}"
    return found[0]


def tell(
    town: Town, measure: str, value: Any, *, by: str = "committee", place: Place | None = None, **more: Any
) -> None:
    given = Decimal(value) if isinstance(value, int | str) else value
    told: dict[str, Any] = {"as_of": today(), "source": "名册"} | more
    enter_fact(by=town.cast[by], place=place or town.community, measure=measure, value=given, **told)


def attest(
    town: Town, who: str = "committee", duty: str = "emergency_team", days: int = 100, **more: Any
) -> Attestation:
    told: dict[str, Any] = {
        "person": "周敏",
        "title": "应急队伍名册",
        "valid_until": today() + timedelta(days=days),
        "document": pdf(),
    }
    return attest_duty(by=town.cast[who], body=town.bodies[more.pop("body", who)], duty=duty, **(told | more))


def sign_in(client: Client, who: Actor) -> None:
    assert who.user is not None
    client.force_login(who.user)


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


# ---- who owes what


@pytest.mark.parametrize(
    ("kind", "level", "duty", "expected"),
    [
        ("committee", "community", "committee", {"committee", "community"}),
        ("street", "street", "street", {"street", "state_body", "any"}),
        ("department", "county", "housing", {"department", "housing", "state_body", "any"}),
        ("lead", "county", "", {"county", "coordination_body", "state_body", "any"}),
        (
            "lead",
            "county",
            "civil_affairs",
            {"county", "coordination_body", "department", "civil_affairs", "state_body", "any"},
        ),
        ("government", "county", "", {"county", "state_body", "any"}),
        ("lead", "province", "", {"province", "coordination_body", "state_body", "any"}),
        ("hotline", "county", "", {"hotline", "any"}),
        ("grid", "grid", "", set()),
    ],
)
def test_a_body_stands_for_its_bearers(kind: str, level: str, duty: str, expected: set[str]) -> None:
    assert bearers_of(kind=kind, level=level, duty=duty) == expected


def test_the_board_holds_every_duty_of_the_body_and_none_of_others(town: Town) -> None:
    pack = load_pack(town.pack)
    body = Body.objects.select_related("place").get(pk=town.bodies["committee"].pk)
    lines = queries.board_of(queries.snapshot_of(body.place), body).lines
    wanted = {duty.id for duty in pack.duties if {"committee", "community"} & set(duty.bearer)}
    assert {one.duty.id for one in lines} == wanted
    assert duties_of(pack, frozenset()) == ()


# ---- states, as a pure decision

DAY = date(2026, 6, 30)


@pytest.mark.parametrize(
    ("finding", "proof", "state"),
    [
        (Finding(Verdict.UNMET), Proof(last=DAY), State.UNMET),
        (Finding(Verdict.UNMET, due=date(2026, 1, 1)), Proof(), State.LATE),
        (Finding(Verdict.MET), Proof(), State.MET),
        (Finding(Verdict.MET, due=date(2026, 7, 30)), Proof(), State.SOON),
        (Finding(Verdict.EXEMPT), Proof(last=DAY), State.EXEMPT),
        (Finding(Verdict.PENDING, due=DAY), Proof(), State.PENDING),
        (Finding(Verdict.UNKNOWN, why="no_data"), Proof(), State.NO_DATA),
        (Finding(Verdict.UNKNOWN, why="no_standard"), Proof(), State.NO_STANDARD),
        (Finding(Verdict.UNKNOWN, why="no_standard"), Proof(last=DAY), State.DONE),
        (Finding(Verdict.UNKNOWN, why="no_data"), Proof(until=date(2027, 1, 1)), State.ATTESTED),
        (None, Proof(), State.NONE),
        (None, Proof(last=date(2025, 6, 30)), State.SOON),
        (None, Proof(last=date(2025, 6, 29)), State.LATE),
        (None, Proof(last=date(2025, 12, 1)), State.DONE),
        (None, Proof(last=date(2025, 1, 1), until=date(2027, 1, 1)), State.ATTESTED),
        (None, Proof(until=date(2026, 7, 1)), State.SOON),
        (None, Proof(expired=date(2026, 6, 29)), State.LATE),
    ],
)
def test_the_state_follows_rule_then_trail_then_attestation(
    finding: Finding | None, proof: Proof, state: State
) -> None:
    assert state_of(finding, proof, period=(12, "months"), today=DAY, soon=30)[0] == state


# ---- rules over facts


def test_one_worker_too_few_is_told_with_its_article_and_source(hubei: Town) -> None:
    tell(hubei, "residents", 12_050, source="七普后年报")
    tell(hubei, "workers", 21)
    found = line(hubei, "lead", "staffing")
    assert found.state == State.UNMET
    assert found.counts == {"未达标": 1, "无数据": 1}
    assert found.sentence == f"需 21.69，有 21，缺 1 人 · 第十四条 · 七普后年报 {today()} · 名册 {today()}"
    tell(hubei, "workers", 22)
    tell(hubei, "workers", 30, place=hubei.sibling, by="neighbour")
    assert line(hubei, "lead", "staffing").state == State.NO_DATA, "the other community's residents are not known"
    tell(hubei, "residents", 3000, place=hubei.sibling, by="neighbour")
    assert line(hubei, "lead", "staffing").state == State.MET


def test_where_the_draft_names_no_number_nothing_is_judged(hunan: Town) -> None:
    tell(hunan, "workers", 2)
    found = line(hunan, "lead", "staffing")
    assert found.state == State.NO_STANDARD
    assert found.sentence.startswith("草案没有写明「每个社区应配的社区工作者")


def test_no_data_takes_an_older_number_back(hubei: Town) -> None:
    tell(hubei, "councils", 1)
    assert line(hubei, "committee", "council_system").state == State.MET
    tell(hubei, "councils", None)
    assert line(hubei, "committee", "council_system").state == State.NO_DATA


def test_required_subcommittees_name_what_lacks(hubei: Town) -> None:
    tell(hubei, "subcommittees", ("人民调解", "治安保卫", "公共卫生"))
    found = line(hubei, "committee", "subcommittees_urban")
    assert found.state == State.UNMET and "缺 环境和物业管理" in found.sentence
    assert line(hubei, "committee", "subcommittees_rural").state == State.EXEMPT


# ---- lists and refusals


def test_a_list_is_owed_until_it_is_published_and_only_its_own_kind_counts(hubei: Town) -> None:
    assert line(hubei, "lead", "assisted_list").state == State.UNMET
    hubei.publish("power", "权力清单", None)
    assert line(hubei, "lead", "assisted_list").state == State.UNMET
    assert line(hubei, "lead", "power_list").state == State.MET
    hubei.publish("assisted", "协助事项清单", "路灯照明")
    found = line(hubei, "lead", "assisted_list")
    assert found.state == State.MET and "已公布" in found.sentence
    assert found.seen.count == 1 and found.seen.last is not None


def test_what_the_lead_body_did_counts_for_the_government_it_works_for(hubei: Town) -> None:
    hubei.bodies["gov"] = Body.objects.create(code="gov", name="县政府", kind="government", place=hubei.county)
    hubei.publish("assisted", "协助事项清单", "路灯照明")
    assert line(hubei, "gov", "assisted_list").seen.count == 1
    assert line(hubei, "urban_mgmt", "government_leads").state == State.NONE, "a department has to do its own"


def test_a_refused_task_counts_against_its_sender_and_nobody_else(hubei: Town) -> None:
    assert line(hubei, "urban_mgmt", "no_push_down").state == State.MET
    with pytest.raises(RuleBroken):
        mandates.assign_task(
            by=hubei.department,
            to=hubei.bodies["committee"],
            title="清点路灯",
            text="请清点",
            matter=hubei.matter("路灯照明"),
            guidance="电话",
            conditions="无",
        )
    found = line(hubei, "urban_mgmt", "no_push_down")
    assert found.state == State.UNMET
    assert found.sentence == "清单外应为 0 件，有 1 件（路灯照明） · 第四十一条"
    assert line(hubei, "housing", "no_push_down").state == State.MET


def test_hunan_bars_only_what_came_as_an_appeal(hunan: Town) -> None:
    appeal = hunan.accepted()
    from linli.areas.appeals import actions as appeals

    with pytest.raises(RuleBroken):
        appeals.dispatch_appeal(by=hunan.hotline, appeal=appeal, to=hunan.bodies["committee"], reason="就近")
    assert line(hunan, "hotline", "hotline_right_owner").state == State.UNMET
    assert line(hunan, "urban_mgmt", "hotline_no_push_down").state == State.MET
    with pytest.raises(RuleBroken):
        mandates.ask_proof(by=hunan.department, body=hunan.bodies["committee"], title="我是我妈证明")
    assert "我是我妈证明" in line(hunan, "urban_mgmt", "no_baseless_proofs").sentence


# ---- the trail


def test_a_deed_proves_a_duty_for_as_long_as_the_county_says(hunan: Town) -> None:
    assert line(hunan, "hotline", "hotline_sorting").state == State.NONE
    hunan.handling()
    found = line(hunan, "hotline", "hotline_sorting")
    assert (found.state, found.seen.count, found.own_period) == (State.DONE, 2, False)
    assert line(hunan, "committee", "assisted_roles_only").state == State.NONE
    later = today() + timedelta(days=340)
    snap = queries.snapshot_of(hunan.county, later)
    hotline = Body.objects.select_related("place").get(pk=hunan.bodies["hotline"].pk)
    assert queries.board_of(snap, hotline, ["hotline_sorting"]).lines[0].state == State.SOON
    set_setting(by=hunan.lead, place=hunan.county, key="duties.evidence_months", value=6, source="会议纪要")
    snap = queries.snapshot_of(hunan.county, later)
    assert (snap.months, snap.months_set) == (6, True)
    assert queries.board_of(snap, hotline, ["hotline_sorting"]).lines[0].state == State.LATE


def test_before_the_day_from_which_a_county_simulates_nothing_is_unmet(hubei: Town) -> None:
    tell(hubei, "workers", 1)
    tell(hubei, "residents", 9000)
    day = (today() + timedelta(days=10)).isoformat()
    set_setting(by=hubei.lead, place=hubei.county, key="duties.start", value=day, source="模拟")
    assert line(hubei, "lead", "staffing").state == State.PENDING
    with pytest.raises(BadInput, match="要填日期"):
        set_setting(by=hubei.lead, place=hubei.county, key="duties.start", value="soon", source="")


# ---- attestations


def test_an_attestation_holds_until_its_day_and_then_is_late(hubei: Town) -> None:
    row = attest(hubei)
    assert line(hubei, "committee", "emergency_team").state == State.ATTESTED
    body = Body.objects.select_related("place").get(pk=hubei.bodies["committee"].pk)
    for days, state in ((71, State.SOON), (100, State.SOON), (101, State.LATE)):
        snap = queries.snapshot_of(hubei.community, today() + timedelta(days=days))
        assert queries.board_of(snap, body, ["emergency_team"]).lines[0].state == state
    entry = Entry.objects.get(verb="duties.attested")
    assert entry.basis == ["hubei.art_32__para_2"] and entry.facts["document"] == row.document
    assert "周敏" not in str(entry.facts), "the trail refers to persons, it does not copy them"


def test_a_withdrawn_attestation_proves_nothing(hubei: Town) -> None:
    row = attest(hubei)
    with pytest.raises(BadInput, match="原因"):
        withdraw_attestation(by=hubei.committee, attestation=row, why=" ")
    with pytest.raises(NotAllowed):
        withdraw_attestation(by=hubei.street_desk, attestation=row, why="不实")
    withdraw_attestation(by=hubei.lead, attestation=row, why="名册不是本社区的")
    assert line(hubei, "committee", "emergency_team").state == State.NO_DATA
    with pytest.raises(WrongState):
        withdraw_attestation(by=hubei.committee, attestation=row, why="再撤一次")


def test_a_rule_that_can_be_computed_is_not_outweighed_by_paper(hubei: Town) -> None:
    attest(hubei)
    tell(hubei, "emergency_readiness", ("应急处置预案",))
    assert line(hubei, "committee", "emergency_team").state == State.UNMET


@pytest.mark.parametrize(
    ("more", "error", "said"),
    [
        ({"duty": "staffing"}, RuleBroken, "不是本单位的职责"),
        ({"duty": "nothing"}, RuleBroken, "不是本单位的职责"),
        ({"days": 0}, BadInput, "晚于今天"),
        ({"days": 2000}, BadInput, "最长三年"),
        ({"person": " "}, BadInput, "证明人"),
        ({"title": "长" * 121}, BadInput, "120 字"),
        ({"document": SimpleUploadedFile("a.exe", b"MZ")}, BadInput, "打不开"),
        ({"document": SimpleUploadedFile("a.pdf", b"")}, BadInput, "空文件"),
        ({"body": "sibling"}, NotAllowed, "权限"),
    ],
)
def test_a_bad_attestation_is_refused_and_leaves_nothing(
    hubei: Town, more: dict[str, Any], error: Any, said: str
) -> None:
    with pytest.raises(error, match=said):
        attest(hubei, **more)
    assert not Attestation.objects.exists()


def test_a_list_is_published_not_attested(hubei: Town) -> None:
    with pytest.raises(RuleBroken, match="不能用材料代替"):
        attest(hubei, "lead", "assisted_list")


# ---- who sees it


def test_boards_open_to_the_body_and_to_those_who_oversee_it(hubei: Town) -> None:
    committee = hubei.bodies["committee"].code
    for name in ("committee", "street_desk", "lead", "supervisor", "auditor", "province"):
        assert queries.body_seen(hubei.cast[name], committee).code == committee
    for name in ("neighbour", "department", "hotline", "outsider", "firm", "grid_worker", "admin"):
        with pytest.raises(NotVisible):
            queries.body_seen(hubei.cast[name], committee)
    row = attest(hubei)
    assert queries.attestation_seen(hubei.street_desk, row.code) == row
    with pytest.raises(NotVisible):
        queries.attestation_seen(hubei.neighbour, row.code)

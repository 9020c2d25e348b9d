"""The duty board: who owes what, in which state it is, and why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
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


# ---- pages


@contextmanager
def counted() -> Iterator[CaptureQueriesContext]:
    with CaptureQueriesContext(connection) as found:
        yield found


@pytest.mark.parametrize("place", ["42", "43"])
def test_pages_ask_the_database_little_however_many_bodies_there_are(place: str, db: None, client: Client) -> None:
    from tests.cast import make_town

    town = make_town(place)
    tell(town, "residents", 12_050)
    tell(town, "workers", 21)
    town.publish("assisted", "协助事项清单", "路灯照明")
    with pytest.raises(RuleBroken):
        mandates.assign_task(
            by=town.department, to=town.bodies["grid"], title="清点", text="请清点", matter=town.matter("路灯照明"),
            guidance="电话", conditions="无",
        )  # fmt: skip
    sign_in(client, town.lead)
    duty = "staffing"
    pages = [
        "/work/duties/",
        f"/work/duties/{town.bodies['lead'].code}/",
        f"/work/duties/{town.bodies['lead'].code}/{duty}/",
        f"/work/duties/articles/{town.pack}/{'art_14' if place == '42' else 'art_17'}/",
    ]
    first = {}
    for page in pages:
        client.get(page)
        with counted() as found:
            assert client.get(page).status_code == 200
        first[page] = len(found)
    assert max(first.values()) <= 13, first
    for number in range(3, 12):
        code = f"{town.street.code}{number:03d}"
        where = Place.objects.create(code=code, name=f"第{number}社区", level="community", kind="urban")
        Body.objects.create(code=f"{code}-c", name=f"第{number}居委会", kind="committee", place=where)
    for page in pages:
        client.get(page)  # what is kept in memory is loaded anew after a change of places
        with counted() as found:
            client.get(page)
        assert len(found) <= first[page], page


def test_a_committee_finds_its_board_and_what_others_owe_its_community(hubei: Town, client: Client) -> None:
    tell(hubei, "residents", 12_050)
    tell(hubei, "workers", 21)
    sign_in(client, hubei.committee)
    said = text_of(client.get("/work/duties/"))
    assert "滨江社区居民委员会有" in said and "草案模拟" in said
    assert "需 21.69，有 21，缺 1 人 · 第十四条 · 名册" in said and "县级人民政府" in said
    assert "平台建议，本县还没有设定" in said
    unmet = text_of(client.get(f"/work/duties/{hubei.bodies['committee'].code}/?state=none&article=art_6&q=监督"))
    assert "居（村）委会依法组织居民监督" in unmet and "别的单位对本社区" not in unmet
    nothing = text_of(client.get(f"/work/duties/{hubei.bodies['committee'].code}/?state=met&article=art_99"))
    assert "没有符合条件的职责" in nothing


@pytest.mark.parametrize("tail", ["?as=csv", "?as=xlsx", "?as=print", "?in=429999001&as=csv", "?as=xlsx&what=lines"])
def test_boards_are_taken_away_and_printed(hubei: Town, client: Client, tail: str) -> None:
    tell(hubei, "workers", 21)
    sign_in(client, hubei.lead)
    for url in ("/work/duties/", f"/work/duties/{hubei.bodies['committee'].code}/"):
        answer: Any = client.get(url + tail)
        assert answer.status_code == 200
        if "csv" in tail:
            text = b"".join(answer.streaming_content).decode()
            assert "居民委员会" in text and ("未达标" in text or "状态" in text)


def test_how_a_rule_is_read_stands_wherever_its_result_is_printed(hubei: Town, client: Client) -> None:
    tell(hubei, "residents", 12_050)
    tell(hubei, "workers", 21)
    reading, county = "我们怎么读：十八人读作下限", hubei.bodies["lead"].code
    for address in (hubei.community.code, hubei.county.code):
        assert reading in text_of(client.get(f"/standards/{address}/"))
    sign_in(client, hubei.committee)
    assert reading in text_of(client.get("/work/duties/")), "among what others owe to its community"
    sign_in(client, hubei.lead)
    for url in (f"{county}/", f"{county}/?as=print", f"{county}/staffing/", "articles/hubei/art_14/"):
        said = text_of(client.get(f"/work/duties/{url}"))
        assert reading in said or "我们怎么读 十八人读作下限" in said, url
    table: Any = client.get(f"/work/duties/{county}/?as=csv")
    assert "十八人读作下限" in b"".join(table.streaming_content).decode()


def test_the_rollup_leads_down_to_each_body_and_up_to_counties(hubei: Town, client: Client) -> None:
    sign_in(client, hubei.lead)
    page = client.get("/work/duties/").content.decode()
    for short in ("committee", "street", "urban_mgmt", "lead", "hotline"):
        assert f"/work/duties/{hubei.bodies[short].code}/" in page
    assert "媒体" in page, "bearers without a board are named"
    assert "柳岸社区" not in client.get("/work/duties/?in=429999001001").content.decode()
    assert client.get("/work/duties/?in=439999").status_code == 404
    sign_in(client, hubei.province)
    assert "江岭县" in text_of(client.get("/work/duties/"))
    assert "个单位" in text_of(client.get("/work/duties/?in=429999"))


def test_a_duty_is_attested_in_the_browser_and_its_document_opens(hubei: Town, client: Client) -> None:
    sign_in(client, hubei.committee)
    url = f"/work/duties/{hubei.bodies['committee'].code}/emergency_team/"
    form = {"person": "周敏", "title": "名册", "valid_until": today().isoformat(), "document": pdf()}
    answer = client.post(f"{url}attest/", form)
    assert answer.status_code == 422 and "晚于今天" in text_of(answer) and "名册" in answer.content.decode()
    until = today() + timedelta(days=90)
    answer = client.post(f"{url}attest/", form | {"valid_until": until.isoformat(), "document": pdf()}, follow=True)
    assert f"有效期至 {until}" in text_of(answer)
    row = Attestation.objects.get()
    opened: Any = client.get(f"/work/duties/attestations/{row.code}/document/")
    assert b"".join(opened.streaming_content) == PDF
    answer = client.post(f"/work/duties/attestations/{row.code}/withdraw/", {"why": "换新"}, follow=True)
    assert "已撤回：换新" in text_of(answer)
    row.refresh_from_db()
    assert row.withdrawn_by == hubei.committee.code


def test_evidence_is_listed_line_by_line(hubei: Town, client: Client) -> None:
    hubei.publish("assisted", "协助事项清单", "路灯照明")
    sign_in(client, hubei.lead)
    said = text_of(client.get(f"/work/duties/{hubei.bodies['lead'].code}/assisted_list/"))
    assert "公布清单" in said and hubei.lead.label in said and "期内 1 次" in said
    other = text_of(client.get(f"/work/duties/{hubei.bodies['lead'].code}/power_list/?page=9&x=1"))
    assert "还没有办过" in other and "清单" in other


def test_an_article_leads_to_everything_done_under_it_and_to_who_has_not(hubei: Town, client: Client) -> None:
    hubei.publish("assisted", "协助事项清单", "路灯照明")
    url = "/law/hubei/art_37/"
    assert "谁还没有" not in text_of(client.get(url)) and client.get(f"{url}done/").status_code == 302
    sign_in(client, hubei.lead)
    page = client.get(url).content.decode()
    assert "/work/duties/articles/hubei/art_37/" in page and f"{url}done/" in page
    said = text_of(client.get(f"{url}done/"))
    assert "依据湖北草案第三十七条办过 2 次" in said and "公布清单" in said
    answer: Any = client.get(f"{url}done/?as=csv")
    text = b"".join(answer.streaming_content).decode()
    assert text.count("\r\n") == 3 and "湖北草案第三十七条第一款" in text
    owed = text_of(client.get("/work/duties/articles/hubei/art_37/"))
    assert "民政局" in owed and "未达标" in owed and "达标" in owed
    sign_in(client, hubei.outsider)
    assert "办过 0 次" in text_of(client.get(f"{url}done/"))
    assert client.get("/law/hubei/art_99/done/").status_code == 404
    sign_in(client, hubei.lead)
    assert "不管这里" in text_of(client.get("/work/duties/articles/hunan/art_7/"))
    assert client.get("/work/duties/articles/atlantis/art_7/").status_code == 404


# ---- what everybody sees


def test_residents_see_what_is_met_of_the_rules_whose_facts_are_public(hubei: Town, client: Client) -> None:
    tell(hubei, "residents", 12_050)
    tell(hubei, "workers", 21)
    tell(hubei, "certified_workers", 3)
    tell(hubei, "lowest_allowance_paid", 300)
    assert "江岭县" in text_of(client.get("/standards/"))
    said = text_of(client.get(f"/standards/{hubei.community.code}/"))
    assert "需 21.69，有 21，缺 1 人 · 第十四条 · 名册" in said and "不是法律上的认定" in said
    assert "津贴" not in said, "what somebody is paid is not public"
    assert "周敏" not in said
    county = text_of(client.get(f"/standards/{hubei.county.code}/"))
    assert "未达标 1，无数据 1" in county and "1 条没有做到" in county
    assert "柳岸社区" in text_of(client.get(f"/standards/{hubei.street.code}/"))
    assert client.get("/standards/429999001001-W01/").status_code == 404
    assert client.get("/standards/%3Cscript%3E/").status_code == 404


def test_in_hunan_residents_read_that_the_draft_gives_no_number(hunan: Town, client: Client) -> None:
    tell(hunan, "workers", 14)
    said = text_of(client.get(f"/standards/{hunan.community.code}/"))
    assert "草案未给标准" in said and "草案没有写明" in said and "有 14" in said


def test_public_pages_ask_the_database_little(hubei: Town, client: Client, django_assert_max_num_queries: Any) -> None:
    tell(hubei, "workers", 21)
    for place in (hubei.community, hubei.street, hubei.county):
        with django_assert_max_num_queries(8):
            client.get(f"/standards/{place.code}/")

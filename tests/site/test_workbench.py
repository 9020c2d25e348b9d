"""Today and notices: what waits for the post held."""

from __future__ import annotations

import re
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from linli.areas.appeals import actions as appeals
from linli.areas.duties import actions as duties
from linli.areas.mandates import actions as mandates
from linli.commons.actor import Actor
from linli.commons.settings import set_setting
from linli.kit import trail
from linli.kit.clock import Clock
from linli.kit.notices import deliver
from linli.kit.notices.models import Notice
from tests.areas.duties.test_reports import again, in_days, overdue, report
from tests.areas.duties.test_tolerance import applied, second
from tests.cast import Town


def signed_in(who: Actor) -> Client:
    client = Client()
    assert who.user is not None
    client.force_login(who.user)
    return client


def test_today_puts_danger_first_then_overdue_then_by_due_time(town: Town) -> None:
    calm = town.file("路灯不太亮").appeal
    late = town.accepted()
    Clock.objects.filter(subject=late.trail_key, name="dispatch").update(due_at=timezone.now() - timedelta(days=2))
    danger = town.file("滨江社区燃气泄漏，味道很大，危险！").appeal
    text = signed_in(town.hotline).get("/work/").content.decode()
    places = [text.index(f"/work/appeals/{row.number}/") for row in (danger, late, calm)]
    assert places == sorted(places)
    assert "3 件事等您办，其中 1 件已超期" in text
    for word in ("危及安全", "已超期", "未设时限", "<b>分派</b>", "<b>受理</b>", "轮到本单位", "data-keys"):
        assert word in text, word


def test_today_holds_only_what_this_post_must_do(town: Town) -> None:
    appeal = town.handling()
    link = f"/work/appeals/{appeal.number}/"
    assert link in signed_in(town.department).get("/work/").content.decode()
    for who in (town.hotline, town.housing, town.neighbour, town.outsider, town.auditor):
        text = signed_in(who).get("/work/").content.decode()
        assert link not in text and "今天没有等您办的事" in text, who.label


def test_tasks_stand_in_the_same_list(town: Town) -> None:
    town.publish("assisted", "协助政府工作事项清单", "路灯照明")
    task = mandates.assign_task(
        by=town.street_desk, to=town.bodies["committee"], title="张贴停电通知", text="请今天张贴",
        matter=town.matter("路灯照明"), role="publicise", guidance="供电所", conditions="通知由街道印好",
    )  # fmt: skip
    text = signed_in(town.committee).get("/work/").content.decode()
    assert "张贴停电通知" in text and "滨江街道办事处交办" in text and f"/work/tasks/{task.code}/" in text


def today_of(who: Actor) -> str:
    return signed_in(who).get("/work/").content.decode()


def test_a_report_waits_for_its_desk_until_it_is_the_bodys_turn(hubei: Town) -> None:
    row = report(hubei, "urban_mgmt", "neglect")
    link = f"/work/corrections/{row.number}/"
    assert link in today_of(hubei.lead) and "<b>受理</b>" in today_of(hubei.lead)
    for who in (hubei.street_desk, hubei.hotline, hubei.department, hubei.auditor):
        assert link not in today_of(who), who.label
    duties.accept_report(by=hubei.lead, report=row)
    order = duties.order_correction(
        by=hubei.lead, report=again(row), text="按规定时限清理占道杂物，并报告结果。", due_on=in_days(9)
    )
    paper = f"/work/correction-orders/{order.code}/"
    assert link not in today_of(hubei.lead) and paper not in today_of(hubei.lead), "it is the other body's turn"
    text = today_of(hubei.department)
    assert paper in text and "<b>改正并反馈</b>" in text and link not in text
    duties.answer_order(by=hubei.department, order=order, text="占道杂物已全部清走，拍照存档。")
    assert paper not in today_of(hubei.department) and "<b>认定是否改正</b>" in today_of(hubei.lead)
    duties.judge_correction(by=hubei.lead, report=again(row), corrected=True, why="现场核实")
    assert "<b>办结并公布结果</b>" in today_of(hubei.lead)
    duties.close_report(by=hubei.lead, report=again(row), outcome="corrected", reply="已责令改正，杂物已清走。")
    assert link not in today_of(hubei.lead)


def test_an_overdue_report_stands_with_what_is_overdue(hubei: Town) -> None:
    set_setting(
        by=hubei.lead, key="duties.report_accept", place=hubei.county, value={"amount": 3, "unit": "working_days"}
    )
    row = report(hubei, "urban_mgmt", "neglect")
    overdue(row, "accept")
    assert "1 件事等您办，其中 1 件已超期" in today_of(hubei.lead)


def test_tolerance_waits_for_who_may_examine_and_then_for_another_to_decide(hunan: Town) -> None:
    row = applied(hunan)
    other = second(hunan)
    link = f"/work/tolerance/{row.code}/"
    assert link in today_of(hunan.lead) and link in today_of(hunan.supervisor)
    assert link not in today_of(hunan.street_desk) and link not in today_of(hunan.province)
    duties.examine_tolerance(by=hunan.lead, tolerance=row, opinion="情况属实，已补正。")
    assert link not in today_of(hunan.lead) and "<b>认定容错申请</b>" in today_of(other)


def test_a_resident_is_asked_to_sign_in(town: Town) -> None:
    for path in ("/work/", "/work/notices/"):
        answer = Client().get(path)
        assert answer.status_code == 302 and "/login/" in answer["Location"]


def test_notices_are_read_once_and_by_their_own_body_only(town: Town) -> None:
    appeal = town.handling()
    deliver()
    client = signed_in(town.department)
    text = client.get("/work/notices/").content.decode()
    assert f"新分派：{appeal.number}" in text and "1 条未读通知" in text
    pick = re.search(r'name="pick" value="(\d+)"', text)
    assert pick is not None
    assert client.post("/work/notices/", {"do": "read"}).status_code == 422
    other = signed_in(town.housing)
    assert other.post("/work/notices/", {"do": "read", "pick": pick[1]}).status_code == 409
    assert Notice.objects.get(pk=pick[1]).read_at is None
    assert client.post("/work/notices/", {"do": "read", "pick": pick[1]}).status_code == 302
    entry = trail.Entry.objects.get(verb="commons.notice_read")
    assert entry.facts == {"notices": [int(pick[1])]} and entry.body == town.bodies["urban_mgmt"].code
    again = client.post("/work/notices/", {"do": "read", "pick": pick[1]})
    assert again.status_code == 409 and "已经读过" in again.content.decode()
    assert "没有未读通知" in client.get("/work/notices/").content.decode()
    assert f"新分派：{appeal.number}" in client.get("/work/notices/?all=1").content.decode()


def test_all_notices_are_marked_at_once(town: Town) -> None:
    for _ in range(3):
        town.handling()
    deliver()
    client = signed_in(town.department)
    assert client.post("/work/notices/", {"do": "all"}).status_code == 302
    assert not Notice.objects.filter(body=town.bodies["urban_mgmt"].code, read_at=None).exists()
    assert client.post("/work/notices/", {"do": "all"}).status_code == 409


def test_today_asks_the_database_little(hubei: Town, django_assert_max_num_queries: object) -> None:
    for n in range(10):
        hubei.file(f"第{n}件：路灯坏了")
    client = signed_in(hubei.hotline)
    client.get("/work/")  # the first page of a session notes when it began
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        assert client.get("/work/").status_code == 200


def test_today_asks_no_more_for_many_extensions_and_orders_than_for_one(
    hubei: Town, django_assert_max_num_queries: object
) -> None:
    set_setting(by=hubei.lead, place=hubei.county, key="appeals.handle", value={"amount": 5, "unit": "working_days"})
    for n in range(6):
        appeal = hubei.handling(text=f"第{n}件：路灯坏了")
        appeals.ask_extension(by=hubei.department, appeal=appeal, amount=1, reason="等配件")
        appeals.order_appeal(by=hubei.supervisor, appeal=appeal, text="请抓紧")
    for who, word in ((hubei.supervisor, "审批延期"), (hubei.department, "反馈督办")):
        client = signed_in(who)
        client.get("/work/")
        with django_assert_max_num_queries(12):  # type: ignore[operator]
            text = client.get("/work/").content.decode()
        assert text.count(f"<b>{word}</b>") == 6 and "滨江社区" in text

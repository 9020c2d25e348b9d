"""Pages of reports: a resident without an account, the desk, the body ordered, everybody; and what shows on none of them."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from linli.areas.duties import actions as duties
from linli.areas.duties import queries
from linli.areas.duties.models import Order, Report, Tolerance
from linli.areas.duties.pages.telling import TRANSLATED
from linli.commons.actor import Actor
from linli.kit.trail import Entry
from linli.law import words as terms
from tests.areas.duties.test_reports import CONTACT, NAME, WORDS, again, ordered, report
from tests.cast import Town
from tests.policy import TABLE, build_world


def signed_in(who: Actor) -> Client:
    client = Client()
    assert who.user is not None
    client.force_login(who.user)
    return client


def page(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, path
    return answer.getvalue().decode("utf-8", "replace")


def send(client: Client, path: str, **data: Any) -> str:
    answer = client.post(path, data, follow=True)
    assert answer.status_code == 200, answer.status_code
    return answer.getvalue().decode()


def given(town: Town, on: str = "street", **more: Any) -> dict[str, Any]:
    asked = {"county": town.county.code, "respondent": town.bodies[on].code, "breach": "push_down", "words": WORDS}
    return {**asked, "name": NAME, "contact": CONTACT, **more}


def test_a_resident_reports_follows_adds_and_takes_back_without_an_account(town: Town) -> None:
    browser = Client()
    browser.cookies["place"] = town.community.code
    form = page(browser, "/corrections/report/")
    assert "滨江街道办事处" in form and "匿名" in form
    photo = SimpleUploadedFile("李梅的房间.pdf", b"%PDF-1.4\n%%EOF")
    done = send(browser, "/corrections/report/", **given(town, once="t", uploads=photo))
    again_done = send(browser, "/corrections/report/", **given(town, once="t"))
    row = Report.objects.get()
    assert row.number in done and row.number in again_done, "the twin of a double press makes no second report"
    story = page(browser, f"/corrections/follow/{row.number}/")
    assert WORDS in story and "待受理" in story and "材料 1 份" in story
    assert "同级人民政府" in story or "按县设定" in story
    send(browser, f"/corrections/follow/{row.number}/add/", text="第二天又来催")
    assert "第二天又来催" in page(browser, f"/corrections/follow/{row.number}/")
    duties.reveal_reporter(by=town.lead, report=row, reason="问清日期")
    assert "问清日期" in page(browser, f"/corrections/follow/{row.number}/"), "the reporter sees who looked, and why"
    assert "已撤回" in send(browser, f"/corrections/follow/{row.number}/withdraw/")
    send(browser, "/corrections/follow/leave/")
    assert browser.get(f"/corrections/follow/{row.number}/").status_code == 302


def test_a_report_in_a_members_browser_bears_no_name_of_theirs(hubei: Town) -> None:
    client = signed_in(hubei.committee)
    send(client, "/corrections/report/", **given(hubei))
    entry = Entry.objects.get(verb="duties.report_filed")
    assert (entry.actor, entry.body) == ("resident", "") and Report.objects.get().filed_by == "resident"


def test_the_form_keeps_what_was_typed_and_says_what_is_missing(hubei: Town) -> None:
    answer = Client().post("/corrections/report/", given(hubei, respondent="", breach="nothing"))
    text = answer.content.decode()
    assert answer.status_code == 422 and "请选择单位" in text and "请从列出的几类中选一类" in text and WORDS in text


def test_only_the_code_opens_a_report(hubei: Town) -> None:
    made = duties.file_report(by=hubei.resident, respondent=hubei.bodies["street"], breach="refused", words=WORDS)
    browser = Client()
    wrong = browser.post("/corrections/follow/", {"number": made.report.number, "code": "2" * 10})
    assert wrong.status_code == 404 and "编号或查询码不对" in wrong.content.decode()
    assert WORDS in send(browser, "/corrections/follow/", number=made.report.number, code=made.code)


def test_the_counter_enters_it_with_the_same_number_and_prints_the_code(hubei: Town) -> None:
    client = signed_in(hubei.committee)
    paper = send(client, "/work/corrections/new/", **given(hubei, once="c"))
    row = Report.objects.get()
    assert row.number in paper and "查询码" in paper and WORDS not in paper
    assert row.channel == "counter" and not queries.reports_of(hubei.committee).exists()
    own = client.post("/work/corrections/new/", given(hubei, "committee", breach="refused"))
    assert own.status_code == 422 and "不能由您代录" in own.content.decode()


def test_the_desk_walks_from_acceptance_to_publication(town: Town) -> None:
    row = report(town)
    client = signed_in(town.lead)
    assert row.number in page(client, "/work/corrections/")
    seen = page(client, f"/work/corrections/{row.number}/")
    assert WORDS in seen and "未设时限" in seen and CONTACT not in seen
    assert NAME not in seen and NAME[0] + "*" not in seen, "not even the family name shows unasked"
    at = f"/work/corrections/{row.number}"
    assert "受理" in page(client, f"{at}/steps/accept/")
    send(client, f"{at}/steps/accept/")
    due = timezone.localdate() + timedelta(days=7)
    send(client, f"{at}/steps/order/", text="停止向居委会派发统计报表，收回已派的表。", due_on=due.isoformat())
    order = Order.objects.get()
    street = signed_in(town.street_desk)
    told = page(street, f"/work/correction-orders/{order.code}/")
    assert "停止向居委会派发" in told and row.number not in told and WORDS not in told
    send(street, f"/work/correction-orders/{order.code}/", text="表格已全部收回，今后不再下派。")
    for who in (street, client):
        paper = page(who, f"/work/correction-orders/{order.code}/print/")
        assert "整改通知书" in paper and NAME not in paper
    send(client, f"{at}/steps/judge/", corrected="1", why="已到社区核实")
    send(client, f"{at}/steps/close/", outcome="corrected", reply="经核实，已经改正。")
    public = page(Client(), f"/corrections/{row.number}/")
    assert "滨江街道办事处" in public and "已改正" in public
    assert ("第四十一条" in public) == (town.pack == "hubei")
    assert ("本草案无此条" in public) == (town.pack == "hunan")
    for secret in (NAME, CONTACT, WORDS, "停止向居委会", "经核实"):
        assert secret not in public


def test_steps_that_cannot_be_taken_now_lead_back_with_a_word(hubei: Town) -> None:
    row = report(hubei)
    client = signed_in(hubei.lead)
    assert "现在不能" in client.get(f"/work/corrections/{row.number}/steps/order/", follow=True).content.decode()
    late = client.post(f"/work/corrections/{row.number}/steps/judge/", {"corrected": "1", "why": "已核实"})
    assert late.status_code == 409 and "只能在" in late.content.decode()


def test_every_step_of_the_desk_has_its_form(hubei: Town) -> None:
    row = report(hubei)
    client = signed_in(hubei.lead)
    at = f"/work/corrections/{row.number}/steps"
    for name in ("accept", "decline", "transfer", "refer", "up"):
        assert "<form" in page(client, f"{at}/{name}/"), name
    to = hubei.bodies["provincial"].code
    send(client, f"{at}/transfer/", to=to, reply="由省里办理更合适")
    assert again(row).desk_id == to
    one, two, three = report(hubei), report(hubei), report(hubei)
    send(client, f"/work/corrections/{one.number}/steps/up/")
    send(client, f"/work/corrections/{two.number}/steps/decline/", reply="属于信访事项，请向信访部门反映。")
    send(client, f"/work/corrections/{three.number}/steps/refer/", organ="县统计局", reply="统计法另有规定。")
    assert [again(x).state for x in (one, two, three)] == ["escalated", "declined", "referred"]
    four, _order = ordered(hubei)
    send(client, f"/work/corrections/{four.number}/steps/hand-over/", reply="情节严重，已移送监察机关。")
    assert "移送" in page(Client(), f"/corrections/{four.number}/")


def test_evidence_is_put_together_from_the_trail_and_the_board(hubei: Town) -> None:
    from linli.areas.mandates import actions as mandates
    from linli.kit.errors import RuleBroken

    with pytest.raises(RuleBroken):
        mandates.assign_task(
            by=hubei.department,
            to=hubei.bodies["committee"],
            title="填经济普查表",
            text="三天内填完",
            matter=hubei.matter("路灯照明"),
            guidance="电话指导",
            conditions="话费补贴",
        )
    appeal = hubei.handling()
    row = report(hubei, "urban_mgmt", "push_down", matter=appeal.number)
    found = queries.bundle_of(row)
    assert (found.refused.count, found.refused.entries[0].verb) == (1, "mandates.refused")
    assert found.handed.count == 1 and found.matter.count >= 4
    assert [line.duty.id for line in found.lines] == ["no_push_down"]
    assert [line.state.value for line in found.lines] == ["unmet"] or found.lines[0].sentence
    paper = page(signed_in(hubei.lead), f"/work/corrections/{row.number}/evidence/")
    assert "拦下清单外任务" in paper and "分派诉求" in paper and "不能把自己的事转给居" in paper
    before = queries.bundle_of(row, on=timezone.localdate() - timedelta(days=400))
    assert before.refused.count == before.handed.count == 0, "evidence is as of the day"


def test_registers_are_taken_away_without_words_or_names(hubei: Town) -> None:
    row, order = ordered(hubei)
    lead, street = signed_in(hubei.lead), signed_in(hubei.street_desk)
    lines = list(csv.reader(io.StringIO(page(lead, "/work/corrections/?as=csv").lstrip("\ufeff"))))
    assert lines[1][:3] == [row.number, "滨江街道办事处", terms.BREACHES["push_down"]]
    own = page(street, "/work/correction-orders/?as=csv")
    assert order.code in own and row.number not in own
    for client, path in (
        (lead, "/work/corrections/"),
        (street, "/work/correction-orders/"),
        (lead, "/work/tolerance/"),
    ):
        for kind in ("csv", "xlsx"):
            text = page(client, f"{path}?as={kind}")
            assert NAME not in text and "金丝雀" not in text
    assert lead.get("/corrections/?as=xlsx").status_code == 200


def test_the_register_asks_no_more_of_the_database_for_many_than_for_few(hubei: Town) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = signed_in(hubei.lead)

    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            page(client, "/work/corrections/")
        return len(seen)

    report(hubei)
    asked()  # what is read once in a process
    few = asked()
    for _number in range(4):
        report(hubei)
    assert asked() == few


def test_pages_without_anything_say_what_comes(hubei: Town) -> None:
    assert "还没有公布的结果" in page(Client(), "/corrections/")
    assert "这里没有检举" in page(signed_in(hubei.lead), "/work/corrections/")
    assert "没有整改通知" in page(signed_in(hubei.committee), "/work/correction-orders/")
    assert "还没有容错申请" in page(signed_in(hubei.lead), "/work/tolerance/")
    assert "还没有登记容错情形" in page(signed_in(hubei.street_desk), "/work/tolerance/new/")


def test_tolerance_is_asked_examined_and_decided_on_its_pages(hunan: Town) -> None:
    lead = signed_in(hunan.lead)
    today = timezone.localdate()
    send(lead, "/work/tolerance/situations/new/", text="程序疏漏", basis="县委办 5 号", from_on=today.isoformat())
    _row, order = ordered(hunan)
    street = signed_in(hunan.street_desk)
    assert order.code in page(street, f"/work/tolerance/new/?order={order.code}")
    code = queries.situations_at(hunan.county.code).get().code
    asked = {"situation": code, "order": order.code, "reason": "先行先试，程序有疏漏，当天已经补正。"}
    assert "已提出容错申请" in send(street, "/work/tolerance/new/", **asked)
    row = Tolerance.objects.get()
    assert "撤回申请" in page(street, f"/work/tolerance/{row.code}/")
    send(lead, f"/work/tolerance/{row.code}/", do="examine", opinion="情况属实，已经补正。")
    own = lead.post(f"/work/tolerance/{row.code}/", {"do": "decide", "effect": "exempt", "decision": "符合情形。"})
    assert own.status_code == 403 and "核查的人不能自己认定" in own.content.decode()
    province = signed_in(hunan.province)
    done = send(province, f"/work/tolerance/{row.code}/", do="decide", effect="lighter", decision="情节轻微。")
    assert "从轻" in done and "第十八条第三款" in done
    assert Report.objects.get().effect == "lighter"
    send(lead, f"/work/tolerance/situations/{code}/end/", on=today.isoformat())
    assert not queries.situations_at(hunan.county.code).exists()


@pytest.mark.parametrize("who", ["department", "committee", "auditor"])
def test_words_and_identity_show_on_no_page_but_the_desks(who: str, hubei: Town) -> None:
    from tests.cast import make_town

    world = build_world(hubei, make_town("43"))
    row = report(hubei, "urban_mgmt", "neglect")
    duties.accept_report(by=hubei.lead, report=row)
    duties.order_correction(
        by=hubei.lead, report=row, text="请按期修复照明设施。", due_on=timezone.localdate() + timedelta(days=3)
    )
    client = signed_in(hubei.cast[who])
    wanted = (
        "corrections/",
        "law/",
        "work/corr",
        "work/tol",
        "work/duties",
        "work/notices",
        "work/trail",
        "work/refusals",
    )
    addresses = {address(world) for route, address, may_get, _ in TABLE if may_get and route.startswith(wanted)}
    addresses |= {
        f"/work/corrections/{row.number}/",
        f"/work/corrections/{row.number}/evidence/",
        "/work/",
        "/work/appeals/",
    }
    for path in sorted(addresses):
        text = client.get(path).getvalue().decode("utf-8", "replace")
        assert NAME not in text and CONTACT not in text and "金丝雀" not in text, f"{path} shows {who} the reporter"
        if who != "auditor" and "/done/" not in path:
            assert row.number not in text.replace(path, ""), f"{path} tells {who} of the report"


def test_every_word_of_the_law_that_residents_read_can_be_translated() -> None:
    assert {*terms.BREACHES.values(), *terms.CORRECTORS.values()} <= set(TRANSLATED)

"""Pages of tasks, refusals, proofs and purchases (任务、拦截、证明、购买服务), and what holds for every page of the lists."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from linli.areas.mandates import actions as mandates
from linli.areas.mandates.flow import TaskState
from linli.areas.mandates.models import Assignment, Ground, Proof, PurchaseRequest
from linli.commons.models import Body
from linli.kit.trail import Entry
from tests.areas.mandates.test_pages import TODAY, apply, as_, push, read
from tests.cast import Town

# ---- tasks: the gate through the page ----


def task_form(town: Town, matter: str = "路灯照明", **more: str) -> dict[str, str]:
    return {
        "title": "查路灯",
        "text": "把不亮的登记下来",
        "matter": town.matter(matter).code,
        "guidance": "照明科王工",
        "conditions": "登记表",
        "role": "reflect",
        **more,
    }


def test_the_gate_refuses_on_the_task_page_with_its_article_and_the_lawful_ways_on(town: Town) -> None:
    client = as_(town.department)
    url = f"/work/tasks/new/?to={town.bodies['committee'].code}"
    assert "它现在的负担" in read(client.get(url))
    answer = client.post(url, task_form(town, "违章搭建"))
    page = read(answer)
    assert answer.status_code == 422 and not Assignment.objects.exists()
    assert {"hubei": "湖北草案第四十一条第一款", "hunan": "湖南草案第七条第一款"}[town.pack] in page
    assert "把不亮的登记下来" in page, "nothing typed is lost"
    assert "这就是您的单位" in page and f'value="{town.bodies["street"].code}"' in page
    assert f"/work/purchases/new/?place={town.community.code}" in page
    evidence = Entry.objects.get(verb="mandates.refused")
    assert evidence.body == town.bodies["urban_mgmt"].code
    up = client.post(url, task_form(town, "违章搭建", end_to=town.bodies["street"].code))
    row = Assignment.objects.get()
    assert up["Location"] == f"/work/tasks/{row.code}/" and row.body == town.bodies["street"]
    assert "未设时限" in read(client.get(up["Location"])), "the answer clock runs, honestly without a limit"


def test_a_refused_street_hands_the_matter_to_its_owner_with_one_button(town: Town) -> None:
    client = as_(town.street_desk)
    url = f"/work/tasks/new/?to={town.bodies['committee'].code}"
    owner = town.bodies["urban_mgmt"].code
    assert f'value="{owner}"' in read(client.post(url, task_form(town)))
    assert client.post(url, task_form(town, end_to=owner)).status_code == 302
    row = Assignment.objects.get()
    assert (row.body_id, row.sender_id, row.title) == (owner, town.bodies["street"].code, "查路灯")


def test_the_grid_has_its_own_article(town: Town) -> None:
    answer = as_(town.department).post(f"/work/tasks/new/?to={town.bodies['grid'].code}", task_form(town))
    basis = {"hubei": "湖北草案第四十一条第一款", "hunan": "湖南草案第十三条第二款"}[town.pack]
    assert answer.status_code == 422 and basis in read(answer)


def test_a_listed_task_is_handed_over_and_finished(town: Town) -> None:
    town.publish("assisted", "协助清单", "路灯照明")
    client = as_(town.department)
    url = f"/work/tasks/new/?to={town.bodies['committee'].code}"
    bare = client.post(url, task_form(town, guidance=""))
    assert bare.status_code == 422 and "业务指导" in read(bare)
    roleless = client.post(url, task_form(town, role=""))
    assert roleless.status_code == (422 if town.pack == "hunan" else 302)
    if town.pack == "hunan":
        assert "六种" in read(roleless)
        assert client.post(url, task_form(town)).status_code == 302
    row = Assignment.objects.get()
    page = f"/work/tasks/{row.code}/"
    assert row.title in read(as_(town.committee).get("/work/tasks/"))
    assert row.title in read(client.get("/work/tasks/", {"view": "out"}))
    assert "已完成</button>" not in read(client.get(page))
    assert client.post(page, {"note": "我替它办了"}).status_code == 403
    assert as_(town.committee).post(page, {"note": ""}).status_code == 422
    assert as_(town.committee).post(page, {"note": "三盏不亮"}).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.note) == (TaskState.DONE, "三盏不亮")
    assert row.title in read(client.get("/work/tasks/", {"view": "over"}))
    for stranger in (town.neighbour, town.outsider, town.housing):
        assert as_(stranger).get(page).status_code == 404


def test_a_ground_without_a_matter_is_chosen_by_hand(town: Town) -> None:
    order = mandates.open_ground(
        by=town.lead,
        place=town.county,
        kind="emergency_order",
        ref="防汛 2 号令",
        valid_to=timezone.now() + timedelta(days=3),
    )
    client = as_(town.department)
    url = f"/work/tasks/new/?to={town.bodies['committee'].code}"
    assert "防汛 2 号令" in read(client.get(url))
    assert client.post(url, task_form(town)).status_code == 422
    assert client.post(url, task_form(town, ground=str(order.pk))).status_code == 302
    assert Assignment.objects.get().ground == order


def test_whom_to_ask_is_limited_to_those_near(town: Town) -> None:
    client = as_(town.street_desk)
    page = read(client.get("/work/tasks/new/"))
    assert town.bodies["committee"].code in page and town.bodies["urban_mgmt"].code in page
    assert town.bodies["other"].code not in page
    assert town.bodies["sibling"].code not in read(client.get("/work/tasks/new/", {"q": "滨江社区"}))
    assert client.get("/work/tasks/new/", {"to": town.bodies["other"].code}).status_code == 404
    assert as_(town.committee).get("/work/tasks/new/").status_code == 404


# ---- refusals ----


def test_refusals_are_counted_by_sender_down_to_the_evidence(town: Town) -> None:
    push(town)
    push(town, "路灯照明")
    push(town, by=town.street_desk)
    client = as_(town.lead)
    page = read(client.get("/work/refusals/"))
    assert "系统拦下 3 次" in page and "67%" in page and "33%" in page
    sender = town.bodies["urban_mgmt"].code
    lines = read(client.get("/work/refusals/", {"sender": sender}))
    assert "城市管理局被拦下 2 次" in lines and "违章搭建" in lines and "滨江社区居民委员会" in lines
    rows = list(csv.reader(io.StringIO(client.get("/work/refusals/export.csv").getvalue().decode("utf-8-sig"))))
    assert len(rows) == 4
    one = client.get("/work/refusals/export.csv", {"sender": town.bodies["street"].code}).getvalue().decode("utf-8-sig")
    assert [row[1] for row in csv.reader(io.StringIO(one))] == ["交办单位", "滨江街道办事处"]
    assert "还没有拦下过" in read(as_(town.outsider).get("/work/refusals/"))
    assert "还没有拦下过" in read(as_(town.neighbour).get("/work/refusals/"))


# ---- proofs ----


def test_a_listed_proof_is_issued_and_printed_and_another_is_refused_with_a_slip(town: Town) -> None:
    item = town.publish("proof", "证明清单", "户籍与证件").items.get()
    client = as_(town.committee)
    form = {"requester": "某银行", "person": "李某", "content": "住在滨江社区"}
    blank = client.post("/work/proofs/new/", form)
    assert blank.status_code == 422 and "请选择一种证明" in read(blank)
    assert client.post("/work/proofs/new/", {**form, "listed": str(item.pk)}).status_code == 302
    proof = Proof.objects.get()
    paper = read(client.get(f"/work/proofs/{proof.code}/"))
    assert "某银行" in paper and "李某" in paper and "有关条例" in paper
    for other in (town.neighbour, town.lead, town.department):
        assert as_(other).get(f"/work/proofs/{proof.code}/").status_code == 404
    no = client.post("/work/proofs/new/", {**form, "other": "财产证明"})
    assert no.status_code == 422 and Proof.objects.count() == 1
    entry = Entry.objects.get(facts__code="proof_off_list")
    assert f"/work/proofs/refused/{entry.facts['slip']}/" in read(no)
    slip = read(client.get(f"/work/proofs/refused/{entry.facts['slip']}/"))
    assert "财产证明" in slip and "某银行" in slip and "李某" not in slip
    assert ("湖南草案第七条第四款" if town.pack == "hunan" else "本草案无此条") in slip
    assert as_(town.outsider).get(f"/work/proofs/refused/{entry.facts['slip']}/").status_code == 404
    figures = read(as_(town.lead).get("/work/proofs/"))
    assert "开了 1 份证明，拦下 1 次" in figures and "某银行" in figures


def test_a_department_checks_a_proof_before_sending_anybody_for_it(town: Town) -> None:
    town.publish("proof", "证明清单", "户籍与证件")
    client = as_(town.department)
    body = town.bodies["committee"].code
    refused = client.post("/work/proofs/ask/", {"body": body, "other": "无犯罪证明"})
    assert refused.status_code == 422 and "打印不予出具的理由" in read(refused)
    assert client.post("/work/proofs/ask/", {"body": body, "other": "户籍与证件"}).status_code == 302
    assert client.get("/work/proofs/new/").status_code == 404
    assert as_(town.committee).get("/work/proofs/ask/").status_code == 404


# ---- purchases ----


def test_a_purchase_is_asked_for_and_answered(town: Town) -> None:
    client = as_(town.street_desk)
    page = read(client.get("/work/purchases/new/", {"title": "停车引导", "place": town.community.code, "need": "没人"}))
    assert 'value="停车引导"' in page and "没人" in page
    form = {"place": town.community.code, "title": "停车引导", "need": "没人手", "amount": "0"}
    assert client.post("/work/purchases/new/", form).status_code == 422
    assert client.post("/work/purchases/new/", {**form, "amount": "36000"}).status_code == 302
    row = PurchaseRequest.objects.get()
    url = f"/work/purchases/{row.code}/"
    assert "同意购买</button>" not in read(client.get(url))
    assert client.post(url, {"answer": "同意", "do": "agree"}).status_code == 403
    assert as_(town.lead).post(url, {"answer": "列入预算", "do": "agree"}).status_code == 302
    assert "列入预算" in read(client.get(url))
    assert as_(town.lead).post(url, {"answer": "再答", "do": "decline"}).status_code == 409
    assert as_(town.outsider).get(url).status_code == 404


# ---- everything ----

STAFF = (
    "lists/",
    "lists/new/",
    "lists/template.xlsx",
    "admissions/",
    "admissions/new/",
    "grounds/",
    "grounds/new/order/",
    "tasks/",
    "tasks/new/",
    "refusals/",
    "refusals/export.csv",
    "proofs/",
    "proofs/new/",
    "proofs/ask/",
    "purchases/",
    "purchases/new/",
)


@pytest.mark.parametrize("path", STAFF)
def test_staff_pages_ask_strangers_to_sign_in(hubei: Town, path: str) -> None:
    answer = Client().get(f"/work/{path}")
    assert answer.status_code == 302 and answer["Location"].startswith("/login/")


@pytest.mark.parametrize("query", ["?page=999999", "?page=x&view=zz&kind=zz", "?q=%00", "?q=%E2%80%8B&sender=x&to=x"])
def test_odd_addresses_never_break_a_page(hunan: Town, query: str) -> None:
    push(hunan)
    for who in (hunan.lead, hunan.committee, hunan.department):
        client = as_(who)
        for path in STAFF:
            assert client.get(f"/work/{path}{query}").status_code < 500, path
    for path in ("/committee/", "/lists/"):
        assert Client().get(path + query).status_code < 500


def test_list_pages_do_not_ask_the_database_once_per_row(hubei: Town, django_assert_max_num_queries: Any) -> None:
    for index in range(12):
        apply(hubei, title=f"第 {index} 件", matter=None)
        push(hubei)
        Body.objects.create(
            code=f"extra{index}", name=f"第 {index} 局", kind="department", place=hubei.county, duty=f"d{index}"
        )
    client = as_(hubei.lead)
    for path, most in (("lists/", 20), ("grounds/", 20), ("refusals/", 20), ("tasks/", 20)):
        with django_assert_max_num_queries(most):
            client.get(f"/work/{path}")
    with django_assert_max_num_queries(25):
        client.get("/work/admissions/")


def test_a_ground_without_a_matter_says_what_it_is_about(town: Town) -> None:
    town.publish("assisted", "协助清单", None)
    order = mandates.open_ground(
        by=town.lead,
        place=town.county,
        kind="emergency_order",
        ref="防汛 1 号令",
        valid_to=timezone.now() + timedelta(days=3),
    )
    client = as_(town.lead)
    item = Ground.objects.get(kind="list")
    assert "只限这一项本身" in read(client.get(f"/work/grounds/{item.code}/"))
    assert "不限，派单时点名" in read(client.get(f"/work/grounds/{order.code}/"))


def test_a_draft_whose_day_has_passed_says_so_before_it_is_published(town: Town) -> None:
    row = mandates.draft_list(
        by=town.lead,
        place=town.county,
        kind="self",
        title="自治清单",
        basis="县文件",
        effective_from=TODAY() - timedelta(days=1),
    )
    assert "施行日期已经过了" in read(as_(town.lead).get(f"/work/lists/{row.code}/"))

"""Pages of the lists: what each post and each resident sees and can do, in both provinces."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from python_calamine import CalamineWorkbook

from linli.areas.mandates import actions as mandates
from linli.areas.mandates.flow import AdmissionState, ListState, TaskState
from linli.areas.mandates.models import Admission, Ground, TaskList
from linli.areas.mandates.pages.tables import read_rows
from linli.commons.actor import Actor
from linli.commons.models import Place
from linli.commons.roles import Role
from linli.kit.errors import RuleBroken
from tests.cast import Town, person

TODAY = timezone.localdate
HEAD = ("事项", "对应诉求事项", "法定依据", "责任单位", "协助方式", "业务指导与工作保障")


def as_(who: Actor) -> Client:
    """A browser in which somebody is signed in."""
    client = Client()
    assert who.user is not None
    client.force_login(who.user)
    return client


def read(answer: Any) -> str:
    return str(answer.content.decode())


def draft(town: Town, kind: str = "assisted") -> TaskList:
    return mandates.draft_list(
        by=town.lead, place=town.county, kind=kind, title="协助事项清单", basis="县政府文件", effective_from=TODAY()
    )


def apply(town: Town, **more: Any) -> Admission:
    values: dict[str, Any] = {
        "place": town.county,
        "title": "路灯巡查",
        "basis": "照明规定",
        "reason": "居民最清楚",
        "role": "reflect",
        "frequency": "每月一次",
        "hours": Decimal(4),
        "money": Decimal(1200),
        "guidance": "城管局讲解",
        "conditions": "发手电",
        "wanted_from": TODAY(),
        "wanted_to": TODAY() + timedelta(days=300),
        "matter": town.matter("路灯照明"),
    }
    return mandates.apply_admission(by=town.department, **{**values, **more})


def push(town: Town, matter: str = "违章搭建", by: Actor | None = None) -> None:
    """A body tries to push a task down; the gate refuses."""
    with pytest.raises(RuleBroken):
        mandates.assign_task(
            by=by or town.department,
            to=town.bodies["committee"],
            title="排查",
            text="排查",
            matter=town.matter(matter),
            guidance="电话",
            conditions="无",
            role="contact",
        )


def workbook(*lines: tuple[str, ...]) -> SimpleUploadedFile:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    for row, line in enumerate(lines):
        for at, cell in enumerate(line):
            sheet.write_string(row, at, cell)
    book.close()
    return SimpleUploadedFile("items.xlsx", out.getvalue())


# ---- residents ----


def test_a_resident_finds_the_committee_step_by_step_and_by_name(town: Town, client: Client) -> None:
    county = read(client.get("/committee/"))
    assert f"?in={town.county.code}" in county
    street = read(client.get("/committee/", {"in": town.county.code}))
    assert f"?in={town.street.code}" in street
    for page in (
        read(client.get("/committee/", {"in": town.street.code})),
        read(client.get("/committee/", {"q": "滨江社区"})),
    ):
        assert f"/committee/{town.community.code}/" in page
    assert "没有找到" in read(client.get("/committee/", {"q": "没有这个社区"}))
    assert client.get("/committee/", {"in": "999999"}).status_code == 404


def test_the_committee_page_says_what_it_decides_helps_with_and_may_refuse(town: Town, client: Client) -> None:
    town.publish("self", "自治事项清单", "居民公约与自治事项")
    town.publish("assisted", "协助事项清单", "独居老人")
    town.publish("proof", "证明事项清单", "户籍与证件")
    row = apply(town)
    mandates.review_admission(by=town.lead, admission=row, opinion="可以")
    mandates.approve_admission(
        by=town.lead, admission=row, term_from=TODAY(), term_to=TODAY() + timedelta(days=30), why="需要"
    )
    mandates.publish_admission(by=town.lead, admission=row)
    mandates.decide_own(
        by=town.committee, place=town.community, ref="会议决定第 7 号", matter=town.matter("文化体育设施")
    )
    push(town)
    Place.objects.filter(code=town.community.code).update(phone="000-0000-0001", address="沿河路 1 号")
    page = read(client.get(f"/committee/{town.community.code}/"))
    for text in (
        "居民公约与自治事项",
        "独居老人",
        "户籍与证件",
        "路灯巡查",
        "每月约 4 小时",
        "会议决定第 7 号",
        "第 1 版",
        "有关条例",
        "tel:000-0000-0001",
        "沿河路 1 号",
        "城市管理局：1 次",
        "别的证明可以不开",
    ):
        assert text in page, text
    if town.pack == "hunan":
        assert "湖南草案第七条第四款" in page and "湖南草案第十二条" in page and "湖北草案" not in page
    else:
        assert "湖北草案第四十一条第一款" in page and "本草案无此条" in page and "湖南草案" not in page
    poster = read(client.get(f"/committee/{town.community.code}/poster/"))
    assert "<svg" in poster and "独居老人" in poster and "可以不接的事" in poster


def test_the_committee_page_shows_only_what_is_in_force(town: Town, client: Client) -> None:
    row = draft(town)
    mandates.add_item(by=town.lead, task_list=row, title="还在起草的事", basis="条例")
    later = mandates.draft_list(
        by=town.lead,
        place=town.county,
        kind="self",
        title="自治清单",
        basis="文件",
        effective_from=TODAY() + timedelta(days=9),
    )
    mandates.add_item(by=town.lead, task_list=later, title="九天后的事")
    mandates.publish_list(by=town.lead, task_list=later)
    page = read(client.get(f"/committee/{town.community.code}/"))
    assert "还在起草的事" not in page and "九天后的事" not in page


@pytest.mark.parametrize("code", ["429999001009", "x", "42", "429999001001-Z99", "%F0%9F%98%80"])
def test_an_unknown_committee_is_not_found(hubei: Town, client: Client, code: str) -> None:
    assert client.get(f"/committee/{code}/").status_code == 404
    assert client.get(f"/committee/{code}/poster/").status_code == 404


def test_a_grid_leads_to_its_community(hubei: Town, client: Client) -> None:
    answer = client.get(f"/committee/{hubei.grid.code}/")
    assert (answer.status_code, answer["Location"]) == (302, f"/committee/{hubei.community.code}/")


def test_published_lists_show_versions_changes_and_downloads(town: Town, client: Client) -> None:
    first = town.publish("assisted", "协助事项清单", "独居老人")
    second = draft(town)
    mandates.drop_item(by=town.lead, task_list=second, number=1)
    mandates.add_item(by=town.lead, task_list=second, title="=1+1 陪诊", basis="条例")
    assert client.get(f"/lists/{second.code}/").status_code == 404, "a draft is not public"
    assert client.get(f"/lists/{second.code}/items.csv").status_code == 404
    mandates.publish_list(by=town.lead, task_list=second)
    index = read(client.get("/lists/"))
    assert second.code in index and first.code not in index
    page = read(client.get(f"/lists/{second.code}/"))
    assert "新增 1 项，取消 1 项，修改 0 项，不变 0 项" in page and f"/lists/{first.code}/" in page
    assert "已停用" in read(client.get(f"/lists/{first.code}/"))
    rows = list(csv.reader(io.StringIO(client.get(f"/lists/{second.code}/items.csv").getvalue().decode("utf-8-sig"))))
    assert rows[0] == ["序号", *HEAD] and rows[1][1] == "'=1+1 陪诊", "no cell runs as a formula"
    raw = client.get(f"/lists/{second.code}/items.xlsx").content
    assert CalamineWorkbook.from_filelike(io.BytesIO(raw)).get_sheet_by_index(0).to_python()[1][1] == "'=1+1 陪诊"
    assert read_rows(SimpleUploadedFile("list.xlsx", raw))[0].title == "=1+1 陪诊", "our own download reads back"


# ---- lists at the desk ----


def test_the_lead_body_drafts_fills_and_publishes_a_list_by_its_pages(town: Town) -> None:
    client = as_(town.lead)
    assert "这里还没有清单" in read(client.get("/work/lists/"))
    form = {
        "kind": "assisted",
        "place": town.county.code,
        "title": "协助事项清单",
        "basis": "县政府文件",
        "effective_from": str(TODAY()),
    }
    wrong = client.post("/work/lists/new/", {**form, "title": "", "effective_from": "明天"})
    assert wrong.status_code == 422 and "请填写清单名称" in read(wrong) and "县政府文件" in read(wrong)
    assert client.post("/work/lists/new/", form).status_code == 302
    row = TaskList.objects.get()
    url = f"/work/lists/{row.code}/"
    empty = client.post(f"{url}publish/")
    assert empty.status_code == 422 and "还没有事项" in read(empty)
    item = {"item-title": "看望独居老人", "item-matter": town.matter("独居老人").code, "item-role": "visit"}
    missing = client.post(f"{url}add/", item)
    assert missing.status_code == 422 and "缺少法定依据" in read(missing) and "看望独居老人" in read(missing)
    assert client.post(f"{url}add/", {**item, "item-basis": "有关条例"}).status_code == 302
    head = {"head-title": "协助清单", "head-basis": "文件", "head-effective_from": str(TODAY() + timedelta(days=2))}
    assert client.post(f"{url}edit/", head).status_code == 302
    assert client.post(f"{url}publish/").status_code == 302
    row.refresh_from_db()
    assert (row.state, row.title) == (ListState.PUBLISHED, "协助清单")
    late = client.post(f"{url}drop/1/")
    assert late.status_code == 409 and row.items.count() == 1
    assert client.post(f"{url}end/", {"why-why": ""}).status_code == 422
    assert client.post(f"{url}end/", {"why-why": "文件废止"}).status_code == 302
    row.refresh_from_db()
    assert row.state == ListState.ENDED
    assert client.get(f"{url}publish/").status_code == 302, "an address that takes forms leads to its page"


def test_a_file_with_one_bad_line_imports_nothing(town: Town) -> None:
    row = draft(town)
    client, url = as_(town.lead), f"/work/lists/{row.code}/import/"
    bad = client.post(
        url,
        {
            "file-file": workbook(
                HEAD,
                ("走访老人", "独居老人", "条例", "民政局", "引导入户", "培训"),
                ("发通知", "没有这个事项", "条例", "", "发号施令", ""),
                ("没有依据", "", "", "", "", ""),
            )
        },
    )
    page = read(bad)
    assert bad.status_code == 422 and "第 3 行：事项目录里没有“没有这个事项”" in page and "第 3 行：协助方式" in page
    assert row.items.count() == 0
    more = client.post(url, {"file-file": workbook(HEAD, ("走访", "", "条例"), ("", "", ""), ("没有依据", "", ""))})
    assert more.status_code == 422 and "第 4 行：“没有依据”缺少法定依据" in read(more) and row.items.count() == 0
    good = client.post(
        url, {"file-file": workbook(HEAD, ("走访老人", "独居老人", "条例", "民政局", "引导入户", "培训"))}
    )
    assert good.status_code == 302
    item = row.items.get()
    assert (item.title, item.matter, item.role) == ("走访老人", town.matter("独居老人"), "visit")


@pytest.mark.parametrize(
    ("name", "raw", "word"),
    [
        ("a.pdf", b"%PDF-", "不是表格文件"),
        ("a.xlsx", b"PK not a zip", "打不开"),
        ("a.csv", b"", "文件是空的"),
        ("a.csv", "标题,依据\n甲,条例".encode(), "“事项”一列"),
        ("a.csv", b"\xff\xfe\x00\xd8", "编码"),
        ("a.csv", "事项,法定依据\n".encode(), "只有表头"),
    ],
)
def test_a_file_that_cannot_be_read_gets_words_that_help(hubei: Town, name: str, raw: bytes, word: str) -> None:
    row = draft(hubei)
    answer = as_(hubei.lead).post(f"/work/lists/{row.code}/import/", {"file-file": SimpleUploadedFile(name, raw)})
    assert answer.status_code == 422 and word in read(answer)


def test_what_was_exported_can_be_imported_again_in_any_encoding(hubei: Town) -> None:
    row = draft(hubei)
    for raw in (
        "序号,事项,法定依据\n1,甲,条例".encode("gb18030"),
        "\ufeff序号,事项,法定依据\r\n1,乙,条例\r\n".encode(),
    ):
        answer = as_(hubei.lead).post(
            f"/work/lists/{row.code}/import/", {"file-file": SimpleUploadedFile("a.csv", raw)}
        )
        assert answer.status_code == 302
    assert list(row.items.values_list("title", flat=True)) == ["甲", "乙"]


def test_another_countys_draft_is_not_found_and_posts_without_power_find_no_form(town: Town) -> None:
    row = draft(town)
    url = f"/work/lists/{row.code}/"
    assert as_(town.outsider).get(url).status_code == 404
    assert as_(town.outsider).post(f"{url}publish/").status_code == 404
    assert row.code not in read(as_(town.outsider).get("/work/lists/", {"view": "draft"}))
    seen = as_(town.committee).get(url)
    assert seen.status_code == 200 and "公布清单</button>" not in read(seen)
    for action in ("add", "edit", "import", "publish", "end", "drop/1"):
        assert as_(town.committee).post(f"{url}{action}/").status_code == 404
    assert Client().get(url)["Location"].startswith("/login/")
    assert as_(town.lead).get("/work/lists/Q0/").status_code == 404


# ---- admissions ----


def test_a_department_applies_with_the_load_of_the_place_in_view(town: Town) -> None:
    client = as_(town.department)
    push(town)
    assert "看这里的负担" in read(client.get("/work/admissions/new/"))
    url = f"/work/admissions/new/?place={town.community.code}"
    page = read(client.get(url))
    assert "滨江社区现在的负担" in page and "1<small>次" in page
    form = {
        "title": "路灯巡查",
        "bearer": "committee",
        "matter": town.matter("路灯照明").code,
        "basis": "照明规定",
        "reason": "居民最清楚",
        "role": "reflect",
        "frequency": "每月一次",
        "hours": "4.5",
        "money": "1200",
        "guidance": "城管局讲解",
        "conditions": "发手电",
        "wanted_from": str(TODAY()),
        "wanted_to": str(TODAY() + timedelta(days=100)),
    }
    wrong = client.post(url, {**form, "hours": "很多", "basis": ""})
    assert wrong.status_code == 422 and "工时要填数字" in read(wrong) and "居民最清楚" in read(wrong)
    assert client.post(url, form).status_code == 302
    row = Admission.objects.get()
    assert (row.place, row.hours, row.applicant) == (town.community, Decimal("4.5"), town.bodies["urban_mgmt"])
    assert (
        client.get("/work/admissions/new/", {"place": "439998" if town.pack == "hubei" else "429998"}).status_code
        == 200
    )
    assert as_(town.committee).get("/work/admissions/new/").status_code == 404


def test_an_admission_goes_through_review_decision_publication_and_withdrawal(town: Town) -> None:
    row = apply(town)
    push(town)
    client, url = as_(town.lead), f"/work/admissions/{row.code}/"
    page = read(client.get(url))
    assert "江岭县现在的全部负担" in page and "城市管理局 1 次" in page and "未设时限" in page
    assert client.post(f"{url}review/", {"review-opinion": ""}).status_code == 422
    assert client.post(f"{url}review/", {"review-opinion": "有人力有经费"}).status_code == 302
    term = {"decide-term_from": str(TODAY()), "decide-term_to": str(TODAY() + timedelta(days=99))}
    open_ended = client.post(f"{url}decide/", {"decide-why": "需要", "do": "approve"})
    assert open_ended.status_code == 422 and "起止日期" in read(open_ended)
    assert client.post(f"{url}decide/", {**term, "decide-why": "需要", "do": "approve"}).status_code == 302
    assert not Ground.objects.filter(admission=row).exists(), "nothing is opened before publication"
    assert client.post(f"{url}publish/").status_code == 302
    assert "准入中" in read(client.get(url)) and Ground.objects.filter(admission=row).exists()
    again = client.post(f"{url}publish/")
    assert again.status_code == 409 and "可能别人已先办理" in read(again)
    assert client.post(f"{url}withdraw/", {"why-why": "社区担不起"}).status_code == 302
    row.refresh_from_db()
    assert row.state == AdmissionState.WITHDRAWN
    basis = {"hubei": "湖北草案第三十七条第一款", "hunan": "湖南草案第十三条第二款"}[town.pack]
    assert basis in read(client.get(url))


def test_refusing_needs_a_reason_but_no_term(town: Town) -> None:
    row = apply(town)
    mandates.review_admission(by=town.lead, admission=row, opinion="不合适")
    client, url = as_(town.lead), f"/work/admissions/{row.code}/decide/"
    assert client.post(url, {"do": "refuse"}).status_code == 422
    assert client.post(url, {"do": "refuse", "decide-why": "部门自己的职责"}).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.decision) == (AdmissionState.REFUSED, "部门自己的职责")


def test_the_applicant_cannot_review_its_own_application(town: Town) -> None:
    own = person(f"insider{town.county.code[:2]}", "内行", town.bodies["lead"], Role.DEPARTMENT)
    row = apply(town)
    Admission.objects.filter(pk=row.pk).update(applicant=town.bodies["lead"])
    url = f"/work/admissions/{row.code}/"
    page = read(as_(town.lead).get(url))
    assert "提交审查意见" not in page and "要由别的单位审查" in page
    forced = as_(town.lead).post(f"{url}review/", {"review-opinion": "同意"})
    assert forced.status_code == 403 and "不能审批自己的申请" in read(forced)
    assert as_(own).post(f"{url}review/", {"review-opinion": "同意"}).status_code == 403
    row.refresh_from_db()
    assert row.state == AdmissionState.APPLIED


def test_another_county_does_not_see_an_application(town: Town) -> None:
    row = apply(town)
    assert as_(town.outsider).get(f"/work/admissions/{row.code}/").status_code == 404
    assert as_(town.outsider).post(f"/work/admissions/{row.code}/review/", {}).status_code == 404


# ---- grounds ----


def test_the_ground_page_offers_exceptions_in_hunan_only(town: Town) -> None:
    client = as_(town.lead)
    index, form = read(client.get("/work/grounds/")), read(client.get("/work/grounds/new/exception/"))
    values = {
        "place": town.county.code,
        "ref": "县批〔2026〕1 号",
        "matter": town.matter("路灯照明").code,
        "until": str(TODAY() + timedelta(days=20)),
    }
    answer = client.post("/work/grounds/new/exception/", values)
    if town.pack == "hunan":
        assert "批准网格例外" in index and "湖南草案第十三条第二款" in form
        assert answer.status_code == 302
        assert Ground.objects.get(kind="exception").bearer == "grid"
    else:
        assert "本省草案没有例外" in index and "批准网格例外</a>" not in index and "本省草案没有例外" in form
        assert answer.status_code == 422 and not Ground.objects.filter(kind="exception").exists()


def test_closing_an_order_says_first_how_many_tasks_will_stop(town: Town) -> None:
    client = as_(town.lead)
    values = {"place": town.county.code, "ref": "防汛 2 号令", "matter": "", "until": str(TODAY() + timedelta(days=3))}
    no_end = client.post("/work/grounds/new/order/", {**values, "until": ""})
    assert no_end.status_code == 422 and "请填写日期" in read(no_end)
    past = client.post("/work/grounds/new/order/", {**values, "until": "2020-01-01"})
    assert past.status_code == 422 and "不能早于今天" in read(past)
    answer = client.post("/work/grounds/new/order/", values)
    ground = Ground.objects.get(kind="emergency_order")
    assert answer["Location"] == f"/work/grounds/{ground.code}/"
    page = read(client.get(answer["Location"]))
    assert ("湖北草案第三十二条第三款" if town.pack == "hubei" else "本草案无此条，按县设定") in page
    row = mandates.assign_task(
        by=town.department,
        to=town.bodies["committee"],
        title="转移群众",
        text="马上",
        ground=ground,
        guidance="电话",
        conditions="车辆",
        role="organise",
    )
    assert "1 件任务会停下来" in read(client.get(answer["Location"]))
    assert "关闭</button>" not in read(as_(town.committee).get(answer["Location"]))
    assert as_(town.committee).post(answer["Location"], {"why": "不想办"}).status_code == 403
    assert client.post(answer["Location"], {"why": "汛情解除"}).status_code == 302
    row.refresh_from_db()
    assert row.state == TaskState.STOPPED


def test_a_committee_records_and_closes_its_own_decision(town: Town) -> None:
    client = as_(town.committee)
    values = {"ref": "居委会会议第 3 号", "matter": town.matter("文化体育设施").code}
    assert client.post("/work/grounds/new/own/", values).status_code == 302
    ground = Ground.objects.get(kind="own_decision")
    assert ground.place == town.community
    assert as_(town.department).post("/work/grounds/new/own/", values).status_code == 404
    assert client.post(f"/work/grounds/{ground.code}/", {"why": "暑假结束"}).status_code == 302
    assert client.get("/work/grounds/99999999999999999999/").status_code == 404
    assert client.get("/work/grounds/new/nothing/").status_code == 404

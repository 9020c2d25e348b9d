"""Whole journeys through the running demo, in both counties: what a resident, a clerk, a desk and a department see and do."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import segno
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Server, show_code
from tests.browser.steps import (
    HUBEI,
    HUNAN,
    SEND,
    County,
    accept,
    answer,
    call_back,
    choose,
    dispatch_to,
    open_today,
    said,
    send,
    take_down,
)

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
both = pytest.mark.parametrize("county", [HUBEI, HUNAN], ids=lambda county: county.code)


def report_on_the_phone(page: Page, text: str) -> tuple[str, str]:
    """Report without scripts in the elder mode; returns number and secret code. Four screens, no more."""
    page.goto("/")
    page.get_by_role("button", name="长辈版").click()
    assert page.locator("html").get_attribute("data-mode") == "elder"
    page.locator("main").get_by_role("link", name="我要反映").first.click()
    screens = [page.url]
    page.fill("[name=text]", text)
    for _ in range(3):
        assert page.locator("body").evaluate("body => parseFloat(getComputedStyle(body).fontSize)") >= 22
        assert page.locator(SEND).bounding_box()["height"] >= 60  # type: ignore[index]
        send(page)
        screens.append(page.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("看一遍，没错就提交")
    expect(page.locator("main")).to_contain_text(text)
    send(page)
    assert len(set(screens)) == 4
    expect(page.get_by_role("heading", level=1)).to_contain_text("已经收到您的诉求")
    number, code = page.locator(".pass .number").all_inner_texts()
    assert re.fullmatch(r"\d{14}", number)
    assert re.fullmatch(r"[0-9A-Z]{10}", code)
    assert page.locator(".pass .qr svg").count() == 1
    return number, code


def follow(page: Page, number: str, code: str) -> None:
    """Look a matter up with number and code (查进度)."""
    page.goto("/follow/")
    page.fill("[name=number]", number)
    page.fill("[name=code]", code.lower())
    send(page)
    expect(page.get_by_role("heading", level=1)).to_be_visible()


@both
def test_a_report_is_kept_from_the_committee_answered_twice_and_closed(
    county: County, server: Server, visit: Visit
) -> None:
    title = f"{county.estate}西门的路灯坏了一周"
    phone = visit(viewport=PHONE, javascript=False)
    number, code = report_on_the_phone(phone, f"{title}。晚上很黑，老人不敢出门。")

    desk = visit(server.account("hotline", county.code))
    assert open_today(desk, title) == number
    accept(desk, "路灯照明")
    dispatch_to(desk, number, county.committee)
    refusal = desk.locator("[role=alert]")
    expect(refusal).to_contain_text("系统拦截")
    expect(refusal.locator(".basis").first).to_contain_text(county.article)
    ends = refusal.locator("ul.rows > li")
    expect(ends).to_have_count(3)
    owner = ends.nth(0).locator("b").inner_text().removeprefix("交给职责单位：")
    expect(ends.nth(1)).to_contain_text("协调解决")
    expect(ends.nth(2)).to_contain_text("购买服务")
    ends.nth(0).get_by_role("button").click()
    expect(said(desk)).to_contain_text(f"已分派给{owner}")

    holder = visit(server.at(owner))
    answer(holder, title, "已换上新灯头并接好线路，今晚起正常亮灯。")
    call_back(desk, title, solved=False)
    answer(holder, title, "查到地下线缆进水，已重新敷设并逐盏试亮。")
    follow(phone, number, code)
    expect(phone.locator("main")).to_contain_text("等您评价")
    call_back(desk, title, solved=True)

    follow(phone, number, code)
    expect(phone.locator(".status")).to_contain_text("已经办结")
    story = phone.locator("ol.timeline").inner_text()
    for line in ("收到您的诉求", "决定受理", f"交给 {owner} 办理", f"没有解决，由 {owner} 重新办理", "办结"):
        assert line in story, f"{line} 不在经过里：{story}"
    assert story.count(f"{owner} 作出答复") == 2
    assert county.committee not in story, "被拦下的尝试不是居民的事"


@both
def test_a_counter_entry_gives_a_receipt_whose_code_opens_it(county: County, server: Server, visit: Visit) -> None:
    clerk = visit(server.account("committee", county.code))
    title = "楼下下水道冒污水"
    number = take_down(clerk, county, f"{title}。味道很大，已经两天。", name="张三丰")
    clerk.get_by_role("link", name="打印回执").click()
    expect(clerk.locator("h1")).to_have_text("诉求回执")
    code = clerk.locator("dt:has-text('查询码') + dd").inner_text()
    address = f"{server.url}/f/{number}/{code}/"
    drawn = segno.make(address, error="m", micro=False).svg_inline(omitsize=True, border=2)
    path = re.search(r' d="([^"]+)"', drawn)
    assert path is not None
    assert clerk.locator("figure.qr svg path").last.get_attribute("d") == path[1], "二维码不是这个地址"

    phone = visit(viewport=PHONE)
    phone.goto(address)
    phone.wait_for_url(f"**/follow/{number}/")
    assert code not in phone.url
    expect(phone.get_by_role("heading", level=1)).to_have_text(title)
    assert "张三丰" not in phone.content()


@both
def test_a_published_list_opens_the_gate_and_its_end_brings_the_task_back(
    county: County, server: Server, visit: Visit
) -> None:
    desk = visit(server.account("hotline", county.code))
    title = f"{county.estate}门口共享单车乱停"
    number = take_down(desk, county, f"{title}。人行道被堵住了。")
    open_today(desk, title)
    accept(desk, "占道经营")
    dispatch_to(desk, number, county.committee)
    expect(desk.locator("[role=alert]")).to_contain_text("系统拦截")

    lead = visit(server.account("county", county.code))
    lead.goto("/work/lists/new/")
    lead.select_option("[name=kind]", value="self")
    lead.select_option("[name=place]", label=county.community)
    lead.fill("[name=title]", f"{county.community}自治事项清单")
    lead.fill("[name=basis]", "居民代表会议决定（演示）")
    lead.fill("[name=effective_from]", datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat())
    send(lead)
    expect(said(lead)).to_contain_text("已起草")
    lead.fill("[name=item-title]", "劝导门口乱停乱放")
    lead.select_option("[name=item-matter]", label="占道经营")
    lead.get_by_role("button", name="添加", exact=True).click()
    expect(said(lead)).to_contain_text("已添加第 1 项")
    lead.get_by_role("button", name="公布清单").click()
    expect(said(lead)).to_contain_text("已公布")

    dispatch_to(desk, number, county.committee)
    expect(said(desk)).to_contain_text(f"已分派给{county.committee}")
    clerk = visit(server.account("committee", county.code))
    open_today(clerk, title)

    lead.locator("summary", has_text="停用这份清单").click()
    lead.fill("[name=why-why]", "居民代表会议收回（演示）")
    lead.get_by_role("button", name="停用", exact=True).click()
    expect(said(lead)).to_contain_text("已停用")
    for _ in range(30):
        desk.goto(f"/work/appeals/{number}/")
        if "待分派" in desk.locator("main .status").inner_text():
            break
        desk.wait_for_timeout(2000)
    expect(desk.locator("main .status")).to_contain_text("待分派")
    expect(desk.locator("ol.timeline")).to_contain_text("派单依据失效，退回分派")
    clerk.goto("/work/")
    assert clerk.get_by_role("link", name=title, exact=True).count() == 0, "停下的任务还在居委会的待办里"


@both
def test_an_objection_moves_the_holder_and_an_extension_moves_the_date(
    county: County, server: Server, visit: Visit
) -> None:
    desk = visit(server.account("hotline", county.code))
    title = f"{county.community}门前积水没过脚面"
    number = take_down(desk, county, f"{title}。一下雨就走不了。")
    open_today(desk, title)
    accept(desk, "路灯照明")
    first = re.sub("^建议交给|：.*$", "", desk.locator("#next p").first.inner_text())
    desk.get_by_role("button", name="按建议分派").click()
    expect(said(desk)).to_contain_text(f"已分派给{first}")

    holder = visit(server.at(first))
    open_today(holder, title)
    holder.locator("#next").get_by_role("link", name="提出异议").click()
    second = holder.locator("[name=names] option", has_text="住房和城乡建设局").inner_text()
    holder.fill("[name=reason]", "这是小区内排水设施，按职责规定不由本单位管理。")
    holder.select_option("[name=names]", label=second)
    send(holder)
    expect(said(holder)).to_contain_text("异议已提出")

    judge = visit(server.account("supervisor", county.code))
    open_today(judge, title)
    judge.locator("#next").get_by_role("link", name="裁定异议").click()
    choose(judge, "uphold", "yes")
    judge.fill("[name=ruling]", "小区内排水设施由住建部门指导维修，改派。")
    send(judge)
    expect(said(judge)).to_contain_text(f"异议成立，已改派给{second}")

    fresh = visit(server.at(second))
    open_today(fresh, title)
    status = fresh.locator("main .status")
    expect(status).to_contain_text(f"正在由 {second} 办理")
    before = re.search(r"应于 (.+?)前", status.inner_text())
    fresh.locator("#next").get_by_role("link", name="申请延期").click()
    fresh.fill("[name=amount]", "2")
    fresh.fill("[name=reason]", "要等天晴后清淤。")
    send(fresh)
    expect(said(fresh)).to_contain_text("延期申请已提交")

    desk.goto(f"/work/appeals/{number}/grant/")
    choose(desk, "grant", "yes")
    desk.fill("[name=decision]", "同意。")
    send(desk)
    expect(said(desk)).to_contain_text("已批准延期")
    fresh.goto(f"/work/appeals/{number}/")
    after = re.search(r"应于 (.+?)前", status.inner_text())
    assert before is not None and after is not None
    assert before[1] != after[1], "批准延期后期限没有变"


def test_the_workbench_is_closed_to_residents_and_after_signing_out(server: Server, visit: Visit) -> None:
    guest = visit()
    for path in ("/work/", "/work/appeals/", "/work/lists/", "/work/settings/", "/work/trail/"):
        guest.goto(path)
        assert guest.url.startswith(f"{server.url}/login/?next={path}")
    worker = visit(server.account("department", "42"))
    assert worker.goto("/work/trail/").status == 404  # type: ignore[union-attr]
    worker.goto("/work/")
    worker.get_by_role("button", name="退出").click()
    expect(said(worker)).to_contain_text("已退出")
    worker.goto("/work/")
    assert "/login/" in worker.url
    for _ in range(2):  # the pages before are not kept in the browser either
        worker.go_back()
        expect(worker.get_by_role("button", name="退出")).to_have_count(0)


@both
def test_a_person_with_two_posts_acts_in_either(county: County, server: Server, visit: Visit) -> None:
    person = server.account("department", county.code)
    admin = visit(server.account("system_admin", county.code))
    admin.goto("/work/bodies/")
    admin.fill("[name=q]", "热线中心")
    admin.press("[name=q]", "Enter")
    admin.locator("main table a", has_text="热线中心").first.click()
    admin.get_by_role("link", name="提权", exact=True).last.click()
    admin.fill("[name=reason]", "部门经办人到热线中心轮岗")
    admin.fill("[name=password]", server.password)
    send(admin)
    expect(admin.locator(".elevated")).to_contain_text("自动结束")
    admin.fill("[name=username]", person)
    admin.select_option("[name=role]", value="hotline")
    send(admin)
    expect(said(admin)).to_contain_text("等安全管理员核准后生效")

    worker = visit(person)
    assert worker.locator("#role-switch").count() == 0, "a post that waits gives nothing"
    guard = visit(server.account("security_admin", county.code))
    guard.goto("/work/accounts/")
    guard.locator("main table").first.get_by_role("link").first.click()
    guard.get_by_role("link", name="提权", exact=True).last.click()
    guard.fill("[name=reason]", "核准轮岗")
    secret = server.factors[server.account("security_admin", county.code)]
    show_code(guard, secret, "now", server.password)
    guard.get_by_role("button", name="核准").click()
    expect(said(guard)).to_contain_text("已核准")

    worker.reload()
    assert worker.get_by_role("link", name="代录诉求").count() == 0
    choice = worker.locator("#role-switch option", has_text="热线平台坐席").get_attribute("value")
    worker.select_option("#role-switch", value=choice)
    worker.get_by_role("button", name="切换").click()
    expect(worker.get_by_role("link", name="代录诉求")).to_be_visible()
    assert worker.goto("/work/trail/").status == 404  # type: ignore[union-attr]

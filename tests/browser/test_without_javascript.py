"""Everything a resident does, and the core tasks of grid workers and committees, with scripts switched off."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Server
from tests.browser.steps import (
    HUBEI,
    HUNAN,
    County,
    accept,
    answer,
    call_back,
    choose,
    dispatch_to,
    given_to,
    open_today,
    said,
    send,
    take_down,
)
from tests.browser.test_pages import crawl

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
both = pytest.mark.parametrize("county", [HUBEI, HUNAN], ids=lambda county: county.code)


@pytest.fixture
def photo(tmp_path: Path) -> str:
    """A picture on the person's own device."""
    path = tmp_path / "现场.jpg"
    Image.new("RGB", (320, 240), (90, 120, 80)).save(path)
    return str(path)


def report(page: Page, text: str, photo: str) -> tuple[str, str]:
    """Report for somebody else with a photo; returns number and secret code."""
    page.goto("/report/")
    page.fill("[name=text]", text)
    page.set_input_files("[name=photos]", photo)
    for heading in ("事情发生在哪里", "怎么联系您"):
        send(page)
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    choose(page, "for_other", "1")
    send(page)
    expect(page.locator("main")).to_contain_text("替别人反映")
    expect(page.locator("main")).to_contain_text("1 张")
    send(page)
    number, code = page.locator(".pass .number").all_inner_texts()
    return number, code


def do(page: Page, number: str, button: str) -> None:
    """Go to one of the things a resident can do to an appeal."""
    page.goto(f"/follow/{number}/")
    page.locator("main").get_by_role("link", name=button, exact=True).click()


def step(page: Page, number: str, label: str) -> None:
    """Go to one of the steps that are open to a post."""
    page.goto(f"/work/appeals/{number}/")
    page.locator("#next").get_by_role("link", name=label, exact=True).click()


@pytest.mark.parametrize("role", ["", "grid_worker", "committee"], ids=lambda role: role or "resident")
def test_no_page_waits_for_a_script(role: str, server: Server, visit: Visit) -> None:
    page = visit(server.account(role, "43") if role else "", viewport=PHONE, javascript=False)
    walked = []
    for path in crawl(page, server, "/work/" if role else "/"):
        walked.append(path)
        assert page.locator("h1").count() == 1 and page.locator("main").inner_text().strip(), path
        assert not [one for one in page.locator(".js-only").all() if one.is_visible()], (
            f"{path}: 要用脚本的按钮露出来了"
        )
        idle = "nodes => nodes.filter(n => n.checkVisibility() && !n.form).map(n => n.outerHTML)"
        assert page.locator("button").evaluate_all(idle) == [], f"{path}: 没有脚本时点了没用的按钮"
    assert len(walked) >= (8 if role else 10), walked


@both
def test_a_resident_reports_adds_rates_and_asks_again(county: County, server: Server, visit: Visit, photo: str) -> None:
    title = f"{county.estate}西侧的路灯灯罩掉下来"
    phone = visit(viewport=PHONE, javascript=False)
    number, code = report(phone, f"{title}。挂在半空，请来修。", photo)

    desk = visit(server.account("hotline", county.code), javascript=False)
    assert open_today(desk, title) == number
    accept(desk, "路灯照明")
    owner = re.sub("^建议交给|：.*$", "", desk.locator("#next p").first.inner_text())
    desk.get_by_role("button", name="按建议分派").click()
    expect(said(desk)).to_contain_text(f"已分派给{owner}")
    holder = visit(server.at(owner), javascript=False)
    step(holder, number, "请居民补充")
    holder.fill("[name=question]", "灯杆上的编号是多少？")
    send(holder)
    expect(said(holder)).to_contain_text("已请居民补充")

    phone.goto("/follow/")
    phone.get_by_role("button", name="清除本机内容").click()
    phone.fill("[name=number]", number)
    phone.fill("[name=code]", code)
    send(phone)
    expect(phone.locator("main")).to_contain_text("灯杆上的编号是多少？")
    expect(phone.locator("main")).to_contain_text("由他人代为反映")
    do(phone, number, "现在补充")
    send(phone)
    expect(phone.locator(".error-summary")).to_contain_text("请写下要补充的内容，或加上照片")
    phone.set_input_files("[name=photos]", photo)
    send(phone)
    expect(phone.locator("main")).to_contain_text("补充了 1 张照片")
    assert phone.locator("main img").count() == 2

    answer(holder, title, "已更换灯罩并加固，今晚正常亮灯。")
    do(phone, number, "评价：解决了吗")
    choose(phone, "solved", "1")
    choose(phone, "rating", "4")
    send(phone)
    expect(phone.locator(".status")).to_contain_text("已经办结")
    do(phone, number, "要求重新办理")
    phone.fill("[name=text]", "又掉下来了。")
    send(phone)
    expect(phone.locator("main")).to_contain_text("您要求重新办理")


@both
def test_a_grid_worker_takes_down_and_answers(county: County, server: Server, visit: Visit) -> None:
    worker = visit(server.account("grid_worker", county.code), viewport=PHONE, javascript=False)
    take_down(worker, county, f"{county.estate}东头的井盖响。夜里吵人。")
    worker.locator(".confirm .btn-main").click()
    expect(worker.locator("h1")).to_have_text("诉求回执")

    desk = visit(server.account("hotline", county.code), javascript=False)
    title = f"{county.estate}后门的井盖缺了一角"
    number = given_to(desk, county, county.grid, matter="井盖破损缺失", text=f"{title}。怕绊倒人。")
    answer(worker, title, "已放围挡并报养护单位，当天换好井盖。")
    expect(worker.locator("main .status")).to_contain_text("已答复，待回访")
    call_back(desk, title, solved=True)
    worker.goto(f"/work/appeals/{number}/")
    expect(worker.locator("main .status")).to_contain_text("已办结")


@both
def test_a_committee_hands_up_to_the_street(county: County, server: Server, visit: Visit) -> None:
    desk = visit(server.account("hotline", county.code), javascript=False)
    title = f"{county.estate}楼道里的旧家具没人搬"
    number = given_to(desk, county, county.committee, matter="楼道堆物", text=f"{title}。挡住了路。")
    committee = visit(server.account("committee", county.code), viewport=PHONE, javascript=False)
    assert open_today(committee, title) == number
    step(committee, number, "报街道（乡镇）")
    send(committee)
    expect(committee.locator(".error-summary")).to_contain_text("请写明为什么难以承担")
    committee.fill("[name=reason]", "楼道里有三十多户的大件，社区没有车辆和人手。")
    send(committee)
    expect(said(committee)).to_contain_text("由其办理")
    expect(committee.locator("main .status")).not_to_contain_text(county.committee)


def test_the_gate_says_no_and_the_lawful_way_works(server: Server, visit: Visit) -> None:
    desk = visit(server.account("hotline", "42"), javascript=False)
    title = "听潮苑北门有人搭棚子"
    number = take_down(desk, HUBEI, f"{title}。占了半条路。")
    desk.goto(f"/work/appeals/{number}/")
    accept(desk, "违章搭建")
    dispatch_to(desk, number, HUBEI.committee)
    refusal = desk.locator("[role=alert]")
    expect(refusal).to_contain_text("系统拦截")
    refusal.locator("ul.rows > li").first.get_by_role("button").click()
    expect(said(desk)).to_contain_text("已分派给")


@both
@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no scripts"])
def test_what_the_guide_asks_a_newcomer_to_try(county: County, javascript: bool, server: Server, visit: Visit) -> None:
    page = visit("hb_hotline" if county is HUBEI else "hn_hotline", javascript=javascript)
    title = f"{county.estate}东门外的路灯不亮"
    open_today(page, title)
    page.get_by_role("link", name="选别的单位").click()
    choose(page, "to", "other")
    page.select_option("[name=other]", label=county.committee)
    send(page)
    refusal = page.locator("[role=alert]")
    expect(refusal).to_contain_text("系统拦截")
    expect(refusal.locator(".basis").first).to_contain_text(county.article)
    expect(refusal.locator("ul.rows > li")).to_have_count(3)
    page.go_back()
    if county is HUNAN:
        page.goto(page.url.removesuffix("dispatch/"))
        expect(page.locator("main")).to_contain_text("未设")


def test_a_resident_comments_on_a_draft_finds_the_comment_and_takes_it_back(server: Server, visit: Visit) -> None:
    phone = visit(viewport=PHONE, javascript=False)
    phone.goto("/drafts/")
    phone.locator("main .rows a.title").first.click()
    phone.locator("article").nth(1).get_by_role("link", name=re.compile("^提意见")).click()
    send(phone)
    expect(phone.locator(".error-summary")).to_contain_text("请选择赞成、反对、修改还是疑问")
    choose(phone, "stance", "question")
    words = "这一条从哪一天起算？"
    phone.fill("[name=words]", words)
    phone.select_option("[name=kind]", "worker")
    send(phone)
    number, code = phone.locator(".pass .number").all_inner_texts()
    phone.get_by_role("button", name="清除本机内容").click()
    phone.fill("[name=number]", number)
    phone.fill("[name=code]", code)
    send(phone)
    expect(phone.locator("main")).to_contain_text(words)
    expect(phone.locator("main")).to_contain_text("社区工作者（自报）")
    phone.get_by_role("link", name="撤回意见").click()
    phone.get_by_role("button", name="确认撤回").click()
    expect(phone.locator("main")).to_contain_text("已撤回")

"""Whole tasks by keyboard only: Tab, Enter, Space, j and k. Focus can always be seen, and mistakes are met first."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Server
from tests.browser.steps import HUBEI, HUNAN, County, accept, answer, dispatch_to, given_to, said, take_down

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
both = pytest.mark.parametrize("county", [HUBEI, HUNAN], ids=lambda county: county.code)

SEEN = """() => {
    const node = document.activeElement;
    const shown = (one) => {
        const style = getComputedStyle(one);
        return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
    };
    const box = node.getBoundingClientRect();
    const inside = box.bottom > 0 && box.top < innerHeight;
    return {
        name: node.getAttribute('name') || '', value: node.value ?? '', tag: node.tagName,
        text: (node.innerText || '').trim(), inside, visible: shown(node) || shown(node.parentElement),
    };
}"""


class Keys:
    """A person without a mouse: every step of the focus is looked at."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def here(self) -> dict[str, str]:
        """What has the focus; it must be on the screen and outlined."""
        found: dict[str, str] = self.page.evaluate(SEEN)
        if found["tag"] != "BODY":
            assert found["visible"], f"看不出焦点在哪里：{found} {self.page.url}"
            assert found["inside"], f"焦点在屏幕外：{found} {self.page.url}"
        return found

    def to(self, *, name: str = "", text: str = "") -> None:
        """Tab until a field of that name, or a button or link with that text, has the focus."""
        for _ in range(120):
            found = self.here()
            if (name and found["name"] == name) or (text and found["text"] == text):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"按 Tab 到不了 {name or text}：{self.page.url}")

    def type(self, name: str, words: str) -> None:
        """Fill one field."""
        self.to(name=name)
        self.page.keyboard.type(words)

    def press(self, text: str) -> None:
        """Press a button or follow a link, and wait for the page that comes."""
        self.to(text=text)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def mistakes_first(self) -> None:
        """The summary of mistakes has the focus; its first line leads to the field."""
        expect(self.page.locator(".error-summary")).to_be_focused()
        self.here()
        self.page.keyboard.press("Tab")
        target = self.page.evaluate("document.activeElement.getAttribute('href').slice(1)")
        self.page.keyboard.press("Enter")
        self.page.wait_for_function("id => location.hash === '#' + id", arg=target)
        assert self.page.locator(f"#{target}").count() == 1


@both
def test_a_report_and_its_progress_by_keyboard(county: County, visit: Visit) -> None:
    page = visit(viewport=PHONE)
    keys = Keys(page)
    page.goto("/")
    page.keyboard.press("Tab")
    assert keys.here()["text"] == "跳到正文"
    page.keyboard.press("Enter")
    page.wait_for_function("location.hash === '#main'")
    page.goto("/report/")
    keys.press("继续")
    keys.mistakes_first()
    keys.type("text", f"{county.estate}的自来水发黄。已经三天。")
    keys.press("继续")
    expect(page.get_by_role("heading", level=1)).to_have_text("事情发生在哪里")
    keys.press("继续")
    expect(page.get_by_role("heading", level=1)).to_have_text("怎么联系您")
    keys.to(name="anonymous")
    page.keyboard.press("Space")
    assert page.locator("[name=anonymous]").is_checked()
    keys.press("继续")
    keys.press("提交")
    number, code = page.locator(".pass .number").all_inner_texts()

    page.context.clear_cookies()
    page.goto("/follow/")
    keys.press("查看")
    keys.mistakes_first()
    keys.type("number", number)
    keys.type("code", code)
    keys.press("查看")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{county.estate}的自来水发黄")
    keys.press("补充情况")
    keys.type("text", "今早更黄了。")
    keys.press("提交")
    expect(page.locator("main")).to_contain_text("您作了补充")


@both
def test_a_worker_walks_today_and_answers_by_keyboard(county: County, server: Server, visit: Visit) -> None:
    desk = visit(server.account("hotline", county.code))
    title = f"{county.estate}北门路灯忽明忽暗"
    number = take_down(desk, county, f"{title}。请来修。")
    desk.goto(f"/work/appeals/{number}/")
    accept(desk, "路灯照明")
    body = re.sub("^建议交给|：.*$", "", desk.locator("#next p").first.inner_text())
    desk.get_by_role("button", name="按建议分派").press("Enter")
    expect(said(desk)).to_contain_text(f"已分派给{body}")

    page = visit(server.at(body))
    keys = Keys(page)
    page.goto("/work/")
    for _ in range(200):
        page.keyboard.press("j")
        if keys.here()["text"] == title:
            break
    assert keys.here()["text"] == title
    page.keyboard.press("k")
    above = keys.here()["text"]
    page.keyboard.press("j")
    if above != title:
        assert keys.here()["text"] == title
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url == f"{server.url}/work/appeals/{number}/"
    keys.press("答复居民")
    keys.press("答复居民")
    keys.mistakes_first()
    keys.type("text", "已更换镇流器，试亮一晚正常。")
    keys.press("答复居民")
    expect(said(page)).to_contain_text("已答复居民")
    page.goto("/work/")
    assert page.get_by_role("link", name=title, exact=True).count() == 0


@both
def test_a_grid_worker_answers_by_keyboard(county: County, server: Server, visit: Visit) -> None:
    desk = visit(server.account("hotline", county.code))
    title = f"{county.estate}南门的井盖松了"
    number = given_to(desk, county, county.grid, matter="井盖破损缺失", text=f"{title}。车一过就响。")
    page = visit(server.account("grid_worker", county.code), viewport=PHONE)
    keys = Keys(page)
    page.goto("/work/")
    keys.press(title)
    assert page.url == f"{server.url}/work/appeals/{number}/"
    keys.press("答复居民")
    keys.type("text", "已垫平井盖并报养护单位更换。")
    keys.press("答复居民")
    expect(said(page)).to_contain_text("已答复居民")


@both
def test_a_committee_hands_up_by_keyboard(county: County, server: Server, visit: Visit) -> None:
    desk = visit(server.account("hotline", county.code))
    title = f"{county.estate}六栋楼道堆满了旧沙发"
    number = given_to(desk, county, county.committee, matter="楼道堆物", text=f"{title}。请清走。")
    page = visit(server.account("committee", county.code))
    keys = Keys(page)
    page.goto("/work/")
    keys.press(title)
    assert page.url == f"{server.url}/work/appeals/{number}/"
    keys.press("报街道（乡镇）")
    keys.press("报街道（乡镇）")
    keys.mistakes_first()
    keys.type("reason", "住户较多，社区没有车辆搬运。")
    keys.press("报街道（乡镇）")
    expect(said(page)).to_contain_text("由其办理")


@both
def test_a_resident_rates_by_keyboard(county: County, server: Server, visit: Visit) -> None:
    desk = visit(server.account("hotline", county.code))
    title = f"{county.estate}车棚边的井盖翘起来了"
    number = take_down(desk, county, f"{title}。请来看。")
    desk.get_by_role("link", name="打印回执").click()
    code = desk.locator("dt:has-text('查询码') + dd").inner_text()
    desk.goto(f"/work/appeals/{number}/")
    accept(desk, "井盖破损缺失")
    dispatch_to(desk, number, county.grid)
    worker = visit(server.account("grid_worker", county.code))
    answer(worker, title, "已经垫平，并报养护单位更换。")

    page = visit(viewport=PHONE)
    keys = Keys(page)
    page.goto("/follow/")
    keys.type("number", number)
    keys.type("code", code)
    keys.press("查看")
    keys.press("评价：解决了吗")
    keys.to(name="solved")
    page.keyboard.press("Space")
    keys.to(name="rating")
    page.keyboard.press("Space")
    keys.press("提交评价")
    expect(page.locator(".status")).to_contain_text("已经办结")


def test_letters_can_be_switched_off_and_never_steal_what_is_typed(server: Server, visit: Visit) -> None:
    page = visit(server.account("hotline", "42"))
    keys = Keys(page)
    page.goto("/work/appeals/")
    page.locator("[name=q]").focus()
    page.keyboard.type("jk")
    assert page.locator("[name=q]").input_value() == "jk"
    page.locator("[data-keys-toggle]").focus()
    page.keyboard.press("Enter")
    before = keys.here()
    page.keyboard.press("j")
    assert keys.here() == before
    page.keyboard.press("Enter")
    page.keyboard.press("j")
    assert keys.here() != before

"""What people do on the pages, told once for all journeys: report, take down, accept, dispatch, answer, call back."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

SEND = "main form button.btn-main"


@dataclass(frozen=True)
class County:
    """One of the two invented counties and what its draft says at the gate."""

    code: str
    community: str
    estate: str
    article: str

    @property
    def committee(self) -> str:
        """Name of the residents' committee."""
        return f"{self.community}居民委员会"

    @property
    def grid(self) -> str:
        """Name of the community's first grid."""
        return f"{self.community}第一网格"


HUBEI = County("42", "听潮社区", "听潮苑", "湖北草案第四十一条")
HUNAN = County("43", "柳汀社区", "柳汀花苑", "湖南草案第十二条")


def send(page: Page) -> None:
    """Press the one main button of a form."""
    page.locator(SEND).click()


def said(page: Page) -> Locator:
    """The short message after something was done."""
    return page.locator(".toasts")


def choose(page: Page, name: str, value: str) -> None:
    """Choose one of several radio buttons by its words, as a person does: the whole line can be pressed."""
    page.locator(f'[name={name}][value="{value}"] + label').click()


def take_down(page: Page, county: County, text: str, name: str = "演示居民") -> str:
    """Enter an appeal for somebody at the counter or by telephone (代录); returns its number."""
    page.goto("/work/appeals/new/")
    page.fill("[name=text]", text)
    page.fill("[name=place]", county.community)
    page.fill("[name=name]", name)
    send(page)
    page.wait_for_url(re.compile(r"/work/appeals/\d+/receipt/$"))
    return page.locator(".confirm .number").first.inner_text()


def open_today(page: Page, title: str) -> str:
    """Find an appeal in 今日待办 by its title and open it; returns its number."""
    page.goto("/work/")
    page.get_by_role("link", name=title, exact=True).first.click()
    page.wait_for_url(re.compile(r"/work/appeals/\d+/$"))
    return page.url.rstrip("/").rsplit("/", 1)[1]


def accept(page: Page, matter: str) -> None:
    """Check what the system suggests, correct the matter if need be, and accept (确认分类并受理)."""
    page.locator("#next").get_by_role("link", name="受理", exact=True).click()
    page.select_option("[name=matter]", label=matter)
    page.select_option("[name=kind]", label="投诉")
    send(page)
    expect(said(page)).to_contain_text("已受理")


def dispatch_to(page: Page, number: str, body: str) -> None:
    """Hand an appeal to a body chosen from the whole county (分派)."""
    page.goto(f"/work/appeals/{number}/dispatch/")
    choose(page, "to", "other")
    page.select_option("[name=other]", label=body)
    send(page)


def given_to(desk: Page, county: County, body: str, *, matter: str, text: str) -> str:
    """The hotline takes an appeal down, accepts it and hands it to a body whose list names the matter; its number."""
    number = take_down(desk, county, text)
    desk.goto(f"/work/appeals/{number}/")
    accept(desk, matter)
    dispatch_to(desk, number, body)
    expect(said(desk)).to_contain_text(f"已分派给{body}")
    return number


def answer(page: Page, title: str, text: str) -> None:
    """The holder answers from its own list of today (答复)."""
    open_today(page, title)
    page.locator("#next").get_by_role("link", name="答复居民").click()
    page.fill("[name=text]", text)
    send(page)
    expect(said(page)).to_contain_text("已答复居民")


def call_back(page: Page, title: str, *, solved: bool) -> None:
    """Ask the resident by telephone (回访)."""
    open_today(page, title)
    page.locator("#next").get_by_role("link", name="回访").click()
    choose(page, "reached", "yes")
    choose(page, "solved", "yes" if solved else "no")
    page.fill("[name=note]", "亮了，谢谢。" if solved else "昨晚又灭了。")
    send(page)
    expect(said(page)).to_contain_text("回访完成，已办结" if solved else "已退回重新办理")

"""Starting a county at the browser: upload, look, confirm, print; each page holds at 320 px and passes axe."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.conftest import Server
from tests.county import BODY_HEAD, POST_HEAD, book, places_csv

pytestmark = pytest.mark.browser
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CODE = "439998"


def sound(page: Page) -> None:
    """No fault for a screen reader, nothing beyond the edge of a small phone."""
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.set_viewport_size({"width": 1280, "height": 900})


def upload(page: Page, *, bodies: bytes, places: bytes = b"") -> None:
    page.goto("/work/opening/")
    if places:
        page.set_input_files("[name=places]", FilePayload(name="区划.csv", mimeType="text/csv", buffer=places))
    page.set_input_files("[name=bodies]", FilePayload(name="机构.xlsx", mimeType=XLSX, buffer=bodies))
    page.locator("main button.btn-main").click()
    page.wait_for_url("**/work/opening/review/")


def test_an_administrator_adds_a_town_and_prints_its_accounts(
    server: Server, visit: Callable[..., Page], tmp_path: Path
) -> None:
    page = visit(server.account("system_admin", "43"))
    head = ("code", "name", "level", "ur_code")
    places = places_csv([[f"{CODE}077000", "杏溪镇", "", ""], [f"{CODE}077001", "杏溪村委会", "", "220"]], head)
    body = ["杏溪镇人民政府", "乡镇", "", f"{CODE}077", ""]
    post = ["杏一", "xing.one", "杏溪镇人民政府", "", "街道（乡镇）工作人员", "是", ""]
    upload(
        page, places=places, bodies=book(机构=[BODY_HEAD, body], 职务账号=[POST_HEAD, [*post[:4], "网格员", "", ""]])
    )
    expect(page.locator("h1")).to_have_text("有 1 处要改")
    expect(page.locator("main")).to_contain_text("不能设“网格员”")
    sound(page)
    upload(page, places=places, bodies=book(机构=[BODY_HEAD, body], 职务账号=[POST_HEAD, post]))
    expect(page.locator("h1")).to_contain_text("4 行可以登记")
    sound(page)
    page.locator("main").get_by_role("link", name="提权").click()
    page.fill("[name=reason]", "登记杏溪镇的账号")
    page.fill("[name=password]", server.password)
    page.locator("main").get_by_role("button", name="提权").click()
    page.get_by_role("button", name="确认登记").click()
    expect(page.locator("h1")).to_have_text("1 个新账号")
    sound(page)
    page.get_by_role("link", name="打印账号单").click()
    expect(page.locator(".slip")).to_have_count(1)
    sound(page)
    page.goto("/work/opening/standing/")
    sound(page)

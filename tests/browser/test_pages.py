"""Every page that a person can reach by links: it answers, holds at 320 px, passes axe in each mode, breaks no policy."""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import Resolver404, resolve
from playwright.sync_api import Error, Page

from tests.browser.conftest import Server

pytestmark = pytest.mark.browser
AXE = Axe()
ROLES = (
    "",
    "committee",
    "grid_worker",
    "street",
    "department",
    "hotline",
    "supervisor",
    "county",
    "province",
    "congress",
    "system_admin",
    "security_admin",
    "auditor",
)
LOOKS = ({"mode": "elder", "contrast": "normal"}, {"mode": "standard", "contrast": "high"})
"""Ways to look at a page besides the ordinary one; the style sheet alone makes them, so one visit serves for all."""
OF_STYLE = {"runOnly": {"type": "rule", "values": ["color-contrast", "target-size", "scrollable-region-focusable"]}}
PER_SHAPE = 1
MOST = 60


def shape(path: str) -> str:
    """The address pattern that a path fits, so that one page of each kind is looked at."""
    try:
        return resolve(path).route
    except Resolver404:
        return path


def crawl(page: Page, server: Server, start: str) -> Iterator[str]:
    """Walk links breadth first below an address; of each shape of address the first pages. Photos are no pages."""
    waiting, seen = deque([start]), {start}
    shapes: dict[str, int] = {}
    count = 0
    while waiting and count < MOST:
        path = waiting.popleft()
        if shapes.get(shape(path), 0) >= PER_SHAPE:
            continue
        shapes[shape(path)] = shapes.get(shape(path), 0) + 1
        try:
            answer = page.goto(path)
        except Error as error:
            if "ERR_ABORTED" in error.message or "Download is starting" in error.message:  # a file to keep, not a page
                continue
            raise
        assert answer is not None and answer.status < 400, f"{path} answers {answer and answer.status}"
        count += 1
        yield path
        for href in page.eval_on_selector_all("a[href]", "nodes => nodes.map(node => node.href)"):
            parts = urlsplit(href)
            inside = f"{parts.scheme}://{parts.netloc}" == server.url and parts.path.startswith(start)
            if inside and parts.path not in seen and not re.match(r"/static/|/api/|.*/photo/", parts.path):
                seen.add(parts.path)
                waiting.append(parts.path)


def sideways(page: Page) -> int:
    """How many pixels of a page lie outside the window."""
    found: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return found


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role or "resident")
def test_every_page_a_role_reaches(role: str, server: Server, visit: Callable[..., Page]) -> None:
    county = "42" if ROLES.index(role) % 2 else "43"
    page = visit(server.account(role, county) if role else "")
    complaints: list[str] = []
    page.on(
        "console",
        lambda line: complaints.append(f"{line.text} {line.location['url']}") if line.type == "error" else None,
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    walked = []
    for path in crawl(page, server, "/work/" if role else "/"):
        walked.append(path)
        assert page.locator("h1").count() == 1, f"{path} has {page.locator('h1').count()} headings of the first level"
        found = AXE.run(page)
        assert found.violations_count == 0, f"{path}: {found.generate_report()[:1500]}"
        page.set_viewport_size({"width": 320, "height": 640})
        assert sideways(page) <= 0, f"{path} scrolls sideways by {sideways(page)} px at 320 px"
        for look in LOOKS:
            page.evaluate("look => Object.assign(document.documentElement.dataset, look)", look)
            found = AXE.run(page, options=OF_STYLE)
            assert found.violations_count == 0, f"{path} {look}: {found.generate_report()[:1500]}"
            assert sideways(page) <= 0, f"{path} {look} scrolls sideways by {sideways(page)} px at 320 px"
        page.set_viewport_size({"width": 1440, "height": 900})
    print(f"{role or 'resident'}: {len(walked)} pages", *walked, sep="\n  ")
    assert len(walked) >= 4
    assert complaints == []


@pytest.mark.parametrize("cookies", [{"mode": "elder"}, {"mode": "elder", "size": "3"}, {"contrast": "high"}], ids=str)
def test_resident_pages_in_each_mode(cookies: dict[str, str], server: Server, visit: Callable[..., Page]) -> None:
    page = visit(viewport={"width": 360, "height": 780})
    page.context.add_cookies([{"name": name, "value": value, "url": server.url} for name, value in cookies.items()])
    for path in crawl(page, server, "/"):
        found = AXE.run(page)
        assert found.violations_count == 0, f"{path} {cookies}: {found.generate_report()[:1500]}"
        assert sideways(page) <= 0, f"{path} scrolls sideways by {sideways(page)} px in {cookies}"


FIRST_VIEWS = ("/", "/report/", "/follow/", "/open/", "/place/", "/help/", "/login/", "/committee/", "/law/")
MOST_BYTES, MOST_SCRIPT = 100 * 1024, 30 * 1024


def weigh(page: Page, path: str) -> tuple[float, float]:
    """Bytes on the wire of a page opened for the first time, compressed: all of them, and those of scripts."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.clearBrowserCache")
    kinds: dict[str, str] = {}
    sizes: dict[str, float] = {}
    session.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))
    session.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}))
    page.goto(path, wait_until="networkidle")
    session.detach()
    assert len(sizes) >= 3, "page, sheet and script at least"
    return sum(sizes.values()), sum(size for key, size in sizes.items() if kinds.get(key) == "Script")


@pytest.mark.parametrize("role", ["", "grid_worker", "committee", "hotline"], ids=lambda role: role or "resident")
def test_first_views_are_light(role: str, server: Server, visit: Callable[..., Page]) -> None:
    page = visit(server.account(role, "42") if role else "", viewport={"width": 360, "height": 780})
    for path in ("/work/", "/work/appeals/") if role else FIRST_VIEWS:
        total, script = weigh(page, path)
        print(f"{path}: {total / 1024:.1f} KB, of which script {script / 1024:.1f} KB")
        assert 0 < total <= MOST_BYTES, f"{path} 首屏 {total / 1024:.1f} KB"
        assert 0 < script <= MOST_SCRIPT, f"{path} 脚本 {script / 1024:.1f} KB"


if os.environ.get("LINLI_SHOTS"):
    PLACES = re.compile(r"\W+")

    @pytest.mark.parametrize("role", ROLES, ids=lambda role: role or "resident")
    def test_take_pictures(role: str, server: Server, visit: Callable[..., Page]) -> None:
        folder = os.environ["LINLI_SHOTS"]
        page = visit(server.account(role, "42") if role else "")
        for path in crawl(page, server, "/work/" if role else "/"):
            for width in (360, 1440):
                page.set_viewport_size({"width": width, "height": 900})
                name = PLACES.sub("_", path).strip("_") or "home"
                page.screenshot(path=f"{folder}/{role or 'resident'}-{name}-{width}.png", full_page=True)
        assert page.url

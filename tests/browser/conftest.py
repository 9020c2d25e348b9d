"""A real server with the demo in its own database, and Chromium in front of it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

from linli.commons.doors.factor import present_code

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE: ViewportSize = {"width": 360, "height": 780}
DESKTOP: ViewportSize = {"width": 1440, "height": 900}


@dataclass
class Server:
    """The running demo: its address, and the accounts it offers."""

    url: str
    accounts: list[dict[str, str]]
    password: str
    factors: dict[str, str]

    def account(self, role: str, county: str) -> str:
        """User name of the first account with a role in a county (by code prefix)."""
        for row in self.accounts:
            if row["role"] == role and row["place"].startswith(county):
                return row["username"]
        raise LookupError(f"no demo account {role} in {county}")

    def at(self, body: str) -> str:
        """User name of the first account that works for a body (by its name)."""
        for row in self.accounts:
            if row["body"] == body and row["role"] != "county":
                return row["username"]
        raise LookupError(f"no demo account at {body}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


ACCOUNTS = """
import json, os
from linli.commons.models import Post
import demo
print(json.dumps({"password": demo.PASSWORD, "factors": demo.FACTORS, "accounts": [
    {"username": post.user.username, "role": post.role, "place": post.body.place_id, "body": post.body.name}
    for post in Post.objects.select_related("user", "body").order_by("id")]}))
"""


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`linli run --demo` as a user starts it."""
    data, port = tmp_path_factory.mktemp("browser"), free_port()
    env = {**os.environ, "LINLI_DATA": str(data), "LINLI_PORT": str(port), "LINLI_DEMO": "1", "PYTHONUNBUFFERED": "1"}
    for name in ("LINLI_STRICT", "LINLI_DB", "DJANGO_SETTINGS_MODULE"):
        env.pop(name, None)
    log = Path(data / "server.log")
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "linli.site.cli", "run", "--demo"],
            env=env,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{url}/healthz", timeout=2).read()
                break
            except OSError:
                if process.poll() is not None:
                    pytest.fail(f"the server stopped: {log.read_text()[-2000:]}")
                time.sleep(0.2)
        else:
            pytest.fail(f"the server did not start: {log.read_text()[-2000:]}")
        script = f"import django\ndjango.setup()\n{ACCOUNTS}"
        told = subprocess.run(
            [sys.executable, "-c", script],
            env={**env, "LINLI_DATA": str(data / "demo"), "DJANGO_SETTINGS_MODULE": "linli.site.settings"},
            capture_output=True,
            text=True,
            check=True,
        )
        found = json.loads(told.stdout.strip().splitlines()[-1])
        yield Server(url, found["accounts"], found["password"], found["factors"])
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=20)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; without it the tests are skipped, or fail where it is demanded."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        if os.environ.get("LINLI_REQUIRE_BROWSER") == "1":
            pytest.fail("Chromium is demanded (LINLI_REQUIRE_BROWSER=1) but not installed")
        pytest.skip("no Chromium on this machine: apt-get install chromium fonts-noto-cjk")
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=found, args=FLAGS)
        yield chromium
        chromium.close()


def show_code(page: Page, secret: str, field: str = "code", password: str = "") -> None:
    """Fill in the present code of an app and send; one that was used a moment ago is refused, so the next one is tried.

    Args:
        password: filled in beside it, where a page asks for both; a refused one is never sent back.
    """
    for later in (0, 1, 1, 1):
        if password:
            page.fill("[name=password]", password)
        page.fill(f"[name={field}]", present_code(secret, later=later))
        page.click("main form button.btn-main")
        page.wait_for_load_state()
        if page.locator(f"[name={field}]").count() == 0:
            return
        page.wait_for_timeout(later * 15000)


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Callable[..., Page]]:
    """Open a fresh browser as a person: `visit(username="", viewport=PHONE, javascript=True)`."""
    opened: list[BrowserContext] = []

    def start(username: str = "", *, viewport: ViewportSize = DESKTOP, javascript: bool = True, **more: Any) -> Page:
        context = browser.new_context(
            base_url=server.url,
            viewport=viewport,
            java_script_enabled=javascript,
            locale="zh-CN",
            **more,
        )
        context.set_default_timeout(15000)
        opened.append(context)
        page = context.new_page()
        if username:
            page.goto("/login/")
            page.fill("[name=username]", username)
            page.fill("[name=password]", server.password)
            page.click("main form [type=submit], main form button.btn-main")
            if username in server.factors:
                show_code(page, server.factors[username])
            page.wait_for_url(re.compile(r"/work/"))
        return page

    yield start
    for context in opened:
        context.close()

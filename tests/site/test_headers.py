"""Safe headers on every answer, and pages that need no exception from them: nothing inline on any page for anybody."""

from __future__ import annotations

import subprocess
import sys
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client

from linli.site.middleware import HEADERS
from tests.cast import Town, make_town
from tests.policy import CAST, OPEN, TABLE, build_world


class Inline(HTMLParser):
    """Collects what the Content-Security-Policy would stop."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        for name, value in attrs:
            if name == "style" or (name.startswith("on") and name.isalpha()):
                self.found.append(f"<{tag} {name}={value!r}>")
            if name in ("href", "src", "action", "formaction") and (value or "").strip().lower().startswith(
                ("javascript:", "http:", "https:", "//")
            ):
                if (value or "").startswith("http://testserver/"):  # the site's own address, written out
                    continue
                self.found.append(f"<{tag} {name}={value!r}>")
        if tag == "style" or (tag == "script" and "src" not in given):
            self.found.append(f"<{tag}>")


def inline(html: str) -> list[str]:
    reader = Inline()
    reader.feed(html)
    return reader.found


def test_the_reader_finds_what_it_is_for() -> None:
    bad = '<p style="x"><a onclick=f() href="javascript:x">a</a><script>f()</script><style></style><img src="//cdn/x">'
    assert len(inline(bad)) == 6
    assert inline('<script src="/static/linli.js"></script><a href="/x">x</a>') == []


def test_every_page_carries_the_headers_and_nothing_inline(db: None) -> None:
    world = build_world(make_town("42"), make_town("43"))
    browsers: dict[str, Client] = {}
    for who in CAST:
        town = world.foreign if who.startswith("foreign_") else world.town
        person = town.cast[who.removeprefix("foreign_")]
        browsers[who] = Client()
        if person.user is not None:
            browsers[who].force_login(person.user)
    looked, wrong = 0, []
    for route, address, may_get, _ in TABLE:
        if may_get is None:
            continue
        people = ["resident", "hotline"] if may_get == OPEN else sorted(may_get) or ["resident", "lead"]
        for who in people[:3]:
            answer = browsers[who].get(address(world))
            missing = [name for name, value in HEADERS.items() if answer.headers.get(name) != value]
            if missing:
                wrong.append(f"{route} as {who} lacks {missing}")
            if answer.headers.get("Content-Type", "").startswith("text/html"):
                looked += 1
                wrong += [f"{route} as {who}: {item}" for item in inline(answer.content.decode())]
    assert wrong == []
    assert looked > 120


def test_refusals_files_and_programs_carry_them_too(town: Town, client: Client) -> None:
    for path in ("/static/linli.css", "/api/openapi.json", "/api/v1/appeals", "/no-such-page/", "/%00"):
        answer = client.get(path)
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, path
        assert "Strict-Transport-Security" not in answer.headers
    assert "unsafe" not in HEADERS["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in HEADERS["Content-Security-Policy"]


SECURED = """
import django; django.setup()
from django.conf import settings
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.test import Client
answer = Client(headers={"x-forwarded-proto": "https"}).get("/login/")
plain = Client().get("/login/")
print(answer.headers["Strict-Transport-Security"], "|", answer.cookies["csrftoken"]["secure"], "|",
      settings.SESSION_COOKIE_SECURE, "|", "Strict-Transport-Security" in plain.headers)
"""


@pytest.mark.slow
def test_behind_tls_cookies_are_secure_and_browsers_stay_with_https(tmp_path: Any) -> None:
    import os

    env = {key: value for key, value in os.environ.items() if not key.startswith("LINLI_")}
    env |= {"LINLI_DATA": str(tmp_path), "LINLI_PROXY": "1", "LINLI_HOSTS": "testserver"}
    env["DJANGO_SETTINGS_MODULE"] = "linli.site.settings"
    done = subprocess.run([sys.executable, "-c", SECURED], env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == "max-age=31536000 | True | True | False"


def test_session_cookies_are_for_the_browser_only(town: Town, client: Client) -> None:
    client.post("/login/", {"username": "hotline" + town.county.code[:2], "password": "correct horse 42"})
    cookie = client.cookies["sessionid"]
    assert cookie["httponly"] and cookie["samesite"] == "Lax"


def test_a_form_sent_from_another_site_is_refused(town: Town) -> None:
    from linli.areas.appeals.models import Appeal

    stranger = Client(enforce_csrf_checks=True)
    for path in ("/login/", "/report/", "/follow/"):
        assert stranger.post(path, {"username": "x", "password": "y"}).status_code == 403, path
    assert not Appeal.objects.exists()

"""The front door: doors that open, one's community, modes, signing in and out."""

from __future__ import annotations

import sys
import types
from typing import Any
from unittest.mock import patch

import pytest
from django.db import OperationalError
from django.test import Client

from linli.areas.appeals import actions as appeals
from linli.commons.models import Body, Post
from tests.cast import Town, person


def test_home_without_a_community_says_how_to_choose_one(hubei: Town, client: Client) -> None:
    page = client.get("/").content.decode()
    assert all(door in page for door in ("我要反映", "我要办事", "看公开", "选择我的社区"))
    assert "/place/?go=committee" in page and "本周" not in page


def test_home_counts_the_week_of_my_community(town: Town, client: Client) -> None:
    appeal = town.answered()
    appeals.rate_appeal(by=town.resident, appeal=appeal, solved=True, rating=5)
    town.file()
    appeals.file_appeal(by=town.resident, place=town.sibling, text="隔壁社区的事")
    client.cookies["place"] = town.community.code
    page = client.get("/").content.decode()
    assert "居民反映 2 件，答复 1 件，办结 1 件" in page and "现在共有 1 件没办完" in page
    assert f"/committee/{town.community.code}/" in page


@pytest.mark.parametrize("value", ["\xe6\xbb\xa8", "nowhere", "42", "429999", "x" * 500, "429999%00"])
def test_a_strange_place_cookie_does_no_harm(hubei: Town, client: Client, value: str) -> None:
    client.cookies["place"] = value
    assert client.get("/").status_code == 200
    assert client.get("/open/").status_code == 200


def test_choosing_a_community_is_remembered(hubei: Town, client: Client) -> None:
    page = client.get("/place/?in=429999").content.decode()
    assert "滨江街道" in page and "柳岸社区" in page
    assert "滨江社区" in client.get("/place/", {"q": "滨江"}).content.decode()
    assert "没有找到" in client.get("/place/", {"q": "桃花源"}).content.decode()
    answer = client.post("/place/", {"place": hubei.community.code, "go": "committee"})
    assert answer["Location"] == f"/committee/{hubei.community.code}/"
    assert "滨江社区，您好" in client.get("/").content.decode()
    for wrong in ("", "429999", "nowhere", "\x00"):
        answer = client.post("/place/", {"place": wrong})
        assert answer.status_code == 422 and "没有这个社区" in answer.content.decode()


def test_next_never_leads_away(hubei: Town, client: Client) -> None:
    for away in ("https://example.com/", "//example.com", "javascript:alert(1)", "/\\example.com"):
        assert client.post("/mode/", {"mode": "elder", "next": away})["Location"] == "/"
    assert client.post("/mode/", {"mode": "elder", "next": "/help/"})["Location"] == "/help/"


def test_modes_are_remembered_and_checked(db: None, client: Client) -> None:
    client.post("/mode/", {"mode": "elder", "size": "3", "contrast": "high"})
    page = client.get("/help/").content.decode()
    assert 'data-mode="elder"' in page and 'data-size="3"' in page and 'data-contrast="high"' in page
    client.post("/mode/", {"mode": "<script>", "size": "99"})
    assert 'data-mode="elder"' in client.get("/help/").content.decode()
    assert client.get("/mode/").status_code == 405


def test_health_tells_when_the_database_is_away(db: None, client: Client) -> None:
    assert client.get("/healthz").json() == {"ok": True, "database": "ok"}
    with patch("linli.site.portal.connection.cursor", side_effect=OperationalError("gone")):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"ok": False, "database": "away"})


def test_help_gives_the_committees_telephone(hubei: Town, client: Client) -> None:
    Body.objects.filter(pk=hubei.bodies["committee"].pk).update(phone="10000000001")
    client.cookies["place"] = hubei.community.code
    page = client.get("/help/").content.decode()
    assert "tel:10000000001" in page and "代办" in page


def test_a_post_is_switched_only_to_ones_own(hubei: Town, client: Client) -> None:
    user = hubei.committee.user
    assert user is not None and hubei.lead.post is not None
    second = person(user.username, user.name, hubei.bodies["street"], "street").post
    assert second is not None
    client.force_login(user)
    client.post("/post/", {"role": str(second.pk), "next": "/work/"})
    assert client.session["post"] == second.pk
    for wrong in (str(hubei.lead.post.pk), "x", "", "9" * 40):
        client.post("/post/", {"role": wrong})
        assert client.session["post"] == second.pk
    assert Post.objects.filter(user=user).count() == 2


def test_demo_accounts_show_in_the_demo_only(
    hubei: Town, client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo = types.ModuleType("demo")
    demo.ACCOUNTS = [("demo_desk", "黄莉", "热线平台坐席", "江岭县", "分派一件诉求")]  # type: ignore[attr-defined]
    demo.PASSWORD = "shown-in-demo"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "demo", demo)
    assert "shown-in-demo" not in client.get("/login/").content.decode()
    settings.LINLI_DEMO = True
    page = client.get("/login/").content.decode()
    assert "shown-in-demo" in page and "demo_desk" in page and "热线平台坐席 · 黄莉" in page and "分派一件诉求" in page


def test_published_shows_limits_honestly(hubei: Town, client: Client) -> None:
    client.cookies["place"] = hubei.community.code
    page = client.get("/open/").content.decode()
    assert "未设时限" in page and "滨江社区居民委员会做什么" in page

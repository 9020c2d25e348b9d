"""Sessions of the staff (会话): they end at once, when idle and when too long; one-time codes set passwords."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.test import Client
from django.utils import timezone

from linli.commons import people
from linli.commons.doors import factor, log, sessions
from linli.commons.models import (
    PasswordReset,
    RecoveryCode,
    Session,
    User,
)
from linli.commons.settings import set_setting
from linli.kit import limiter
from linli.kit.errors import BadInput
from linli.kit.trail import Entry
from tests.cast import Town
from tests.doors import NEXT, PASSWORD, WHAT, enrol, enter, gone, knock, set_password, signed_in, user_of, words

pytestmark = pytest.mark.usefixtures("later")


# ---- sessions


def test_a_changed_password_ends_the_other_sessions(town: Town) -> None:
    user = user_of(town, "hotline")
    here, there = signed_in(user), signed_in(user)
    given = {"old": PASSWORD, "new": NEXT, "again": NEXT}
    assert here.post("/work/me/password/", given | {"old": "wrong"}).status_code == 422
    assert here.post("/work/me/password/", given | {"again": "other"}).status_code == 422
    assert not gone(there)
    assert here.post("/work/me/password/", given)["Location"] == "/work/me/"
    assert gone(there) and not gone(here)
    assert User.objects.get(pk=user.pk).check_password(NEXT)


@pytest.mark.parametrize(
    "password", ["short 2026", "password1234", "my hotline42 door", "我是黄莉啊今天天气很好吗", PASSWORD]
)
def test_weak_passwords_are_refused_with_the_reason(town: Town, password: str) -> None:
    here = signed_in(user_of(town, "hotline"))
    username = user_of(town, "hotline").username
    new = password.replace("hotline42", username)
    answer = here.post("/work/me/password/", {"old": PASSWORD, "new": new, "again": new})
    assert answer.status_code == 422
    assert re.search("至少 12|太常见|账号或姓名|和原密码一样", words(answer))
    assert new not in answer.content.decode(), "a password is never sent back"


def test_the_demos_password_passes_the_rules(town: Town) -> None:
    from demo.people import PASSWORD as shown
    from linli.commons.doors.passwords import check_password_rules

    check_password_rules(shown, user_of(town, "hotline"))
    check_password_rules("今天傍晚江边的风很舒服呀", user_of(town, "hotline"))


def test_a_post_that_ends_and_an_account_that_closes_end_the_sessions(town: Town) -> None:
    for who, end in (
        ("street_desk", lambda post: people.end_post(by=town.admin, body=post.body, post=post, last_day=yesterday())),
        ("housing", lambda post: people.set_account_active(by=town.admin, body=post.body, post=post, active=False)),
        ("committee", lambda post: people.issue_password_reset(by=town.admin, body=post.body, post=post)),
    ):
        post = getattr(town, who).post
        worker = signed_in(post.user)
        end(post)
        assert not Session.objects.filter(user=post.user).exists()
        assert gone(worker), who
    user = user_of(town, "department")
    enrol(user)
    post = town.department.post
    assert post is not None
    worker = signed_in(user)
    people.reset_factor(by=town.security, body=post.body, post=post, reason="本人到场，手机遗失")
    assert gone(worker) and not RecoveryCode.objects.filter(user=user).exists()


def yesterday() -> Any:
    return timezone.localdate() - timedelta(days=1)


def test_my_sessions_are_listed_and_ended_one_or_all(town: Town) -> None:
    user = user_of(town, "hotline")
    here = signed_in(user)
    phone = signed_in(user, "Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0")
    third = signed_in(user, "curl/8")
    page = words(here.get("/work/me/"))
    for said in ("Chrome · Windows", "微信 · 安卓", "未知浏览器", "就是这里"):
        assert said in page
    code = Session.objects.get(user=user, browser="微信 · 安卓").code
    stranger = signed_in(user_of(town, "lead"))
    stranger.post("/work/me/", {"session": code})
    assert not gone(phone), "nobody ends another person's session"
    here.post("/work/me/", {"session": code})
    assert gone(phone) and not gone(third)
    here.post("/work/me/", {"session": ""})
    assert gone(third) and not gone(here)


def test_a_session_ends_when_idle_and_when_too_long(town: Town, later: Any) -> None:
    user = user_of(town, "hotline")
    idle = signed_in(user)
    later(minutes=59)
    assert not gone(idle)
    later(minutes=61)
    answer = idle.get("/work/", follow=True)
    assert "自动退出" in words(answer) and gone(idle)
    set_setting(by=town.lead, place=town.county, key="doors.idle", value=10)
    strict = signed_in(user)
    later(minutes=11)
    assert gone(strict)
    busy = signed_in(user)
    for _ in range(80):
        later(minutes=9)
        ended = gone(busy)
    assert ended, "twelve hours are the longest, however busy"
    with pytest.raises(BadInput, match="10 到 240"):
        set_setting(by=town.lead, place=town.county, key="doors.idle", value=5)


def test_a_session_deleted_meanwhile_is_not_written_back(town: Town) -> None:
    user = user_of(town, "hotline")
    worker = signed_in(user)
    store = sessions.SessionStore(worker.session.session_key)
    store["post"] = 1
    sessions.end_sessions(user)
    with pytest.raises(UpdateError):
        store.save()
    assert gone(worker)
    other = signed_in(user)
    with (
        patch("linli.site.me.number_of", side_effect=lambda *_: sessions.end_sessions(user)),
        patch("linli.commons.doors.sessions.FRESH", 0),  # so that this request writes its session
    ):
        answer = other.get("/work/me/")
    assert answer.status_code == 302 and answer["Location"] == "/login/"


def test_old_sessions_log_lines_and_counters_are_swept(town: Town, later: Any) -> None:
    signed_in(user_of(town, "hotline"))
    log.note(WHAT.SIGNED_IN, user_of(town, "hotline"))
    limiter.slow_down("door:account:x", free=5, most=15)
    later(days=199)
    assert log.sweep() == 0
    later(days=2)
    assert sessions.sweep() >= 1 and log.sweep() >= 1 and limiter.sweep() >= 1


# ---- one-time codes


def reset_code(town: Town, who: str) -> tuple[User, str]:
    post = getattr(town, who).post
    return post.user, people.issue_password_reset(by=town.admin, body=post.body, post=post)


def test_a_one_time_code_sets_a_password_once(town: Town, client: Client) -> None:
    user, code = reset_code(town, "street_desk")
    assert knock(client, user).status_code == 422, "the old password is gone at once"
    assert set_password(client, user, code, "short").status_code == 422
    assert set_password(client, user, code.lower().replace("-", " "))["Location"] == "/login/"
    assert knock(client, user, NEXT).status_code == 302
    assert set_password(client, user, code).status_code == 422
    assert code not in str(list(PasswordReset.objects.values())) + str(list(Entry.objects.values()))


def test_one_time_codes_run_out_end_each_other_and_read_alike(town: Town, client: Client, later: Any) -> None:
    user, first = reset_code(town, "street_desk")
    _, second = reset_code(town, "street_desk")
    texts = {words(set_password(client, user, first)).replace(user.username, "")}
    later(hours=25)
    texts.add(words(set_password(client, user, second)).replace(user.username, ""))
    texts.add(
        words(client.post("/login/password/", {"username": "nobody", "code": second, "new": NEXT, "again": NEXT}))
    )
    assert len(texts) == 1 and "一次性代码不对" in texts.pop()
    other, code = reset_code(town, "committee")
    assert set_password(client, user, code).status_code == 422, "a code is bound to its person"
    assert set_password(client, other, code).status_code == 302


def test_the_person_is_told_what_others_did(town: Town, client: Client) -> None:
    user = user_of(town, "street_desk")
    secret = enrol(user)
    assert enter(client, user, secret).status_code == 302
    post = town.street_desk.post
    assert post is not None
    people.reset_factor(by=town.security, body=post.body, post=post, reason="本人到场，手机遗失")
    knock(client, user)
    shown = re.search(r'class="secret">([A-Z2-7 ]+)<', client.get("/login/enrol/").content.decode())
    assert shown is not None
    said = words(client.post("/login/enrol/", {"code": factor.present_code(shown[1].replace(" ", ""))}))
    assert "安全管理员重置动态码" in said and town.security.label in said
    assert "安全管理员重置动态码" in words(client.get("/work/me/"))

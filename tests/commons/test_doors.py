"""The staff door: password and code, equal refusals, lock-out, sessions that end at once, elevation, passwords."""

from __future__ import annotations

import re
import sys
import types
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.sessions.backends.base import UpdateError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from linli.commons import people
from linli.commons.actor import posts_of
from linli.commons.doors import factor, log, own, sessions, sign_in
from linli.commons.models import (
    DoorEvent,
    PasswordReset,
    Post,
    RecoveryCode,
    SecondFactor,
    Session,
    User,
)
from linli.commons.roles import ELEVATED_POWERS, ROLE_POWERS, Role
from linli.commons.settings import set_setting
from linli.kit import limiter
from linli.kit.errors import BadInput, NotAllowed, RuleBroken
from linli.kit.trail import Entry
from tests.cast import Town, person

PASSWORD = "correct horse 42"
NEXT = "battery staple 77"
WHAT = DoorEvent.What


@pytest.fixture(autouse=True)
def later(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Move the clock on: `later(minutes=5)`."""
    real, passed = timezone.now, [timedelta()]
    monkeypatch.setattr(timezone, "now", lambda: real() + passed[0])

    def move(**more: float) -> None:
        passed[0] += timedelta(**more)

    return move


def user_of(town: Town, who: str) -> User:
    found = getattr(town, who).user
    assert found is not None
    return found  # type: ignore[no-any-return]


def enrol(user: User) -> str:
    secret = factor.new_secret()
    SecondFactor.objects.create(user=user, secret=secret)
    return secret


def knock(client: Client, user: User, password: str = PASSWORD, **more: str) -> Any:
    return client.post("/login/", {"username": user.username, "password": password, **more})


def enter(client: Client, user: User, secret: str) -> Any:
    """Password, then the code of a step not used yet."""
    knock(client, user)
    last = SecondFactor.objects.get(user=user).last_step
    now = int(timezone.now().timestamp()) // factor.STEP
    return client.post("/login/code/", {"code": factor.present_code(secret, later=max(0, last + 1 - now))})


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def gone(client: Client) -> bool:
    """Whether the browser is nobody any more."""
    answer = client.get("/work/")
    return answer.status_code == 302 and answer["Location"].startswith("/login/")


# ---- password and code


def test_a_first_sign_in_binds_an_app_and_hands_out_ten_codes(town: Town, client: Client) -> None:
    user = user_of(town, "hotline")
    assert knock(client, user, next="/work/lists/")["Location"] == "/login/enrol/?next=%2Fwork%2Flists%2F"
    assert gone(client), "a password alone opens nothing"
    shown = client.get("/login/enrol/?next=/work/lists/").content.decode()
    found = re.search(r'class="secret">([A-Z2-7 ]+)<', shown)
    assert found is not None and "<svg" in shown
    secret = found[1].replace(" ", "")
    assert secret not in str(list(Session.objects.values())), "the secret rests sealed until it is bound"
    assert client.post("/login/enrol/", {"code": "000000"}).status_code in (422,)
    answer = client.post("/login/enrol/", {"code": factor.present_code(secret), "next": "/work/lists/"})
    codes = re.findall(r"<li>([2-9A-Z]{5}-[2-9A-Z]{5})</li>", answer.content.decode())
    assert len(set(codes)) == 10 and 'href="/work/lists/"' in answer.content.decode()
    assert client.get("/work/").status_code == 200
    kept = str([list(model.objects.values()) for model in (SecondFactor, RecoveryCode, DoorEvent, Entry)])
    assert not any(code in kept or code.replace("-", "") in kept for code in codes)
    with connection.cursor() as cursor:
        cursor.execute("select secret from commons_secondfactor")
        assert secret not in str(cursor.fetchall())
    assert Entry.objects.filter(verb="commons.factor_enrolled").count() == 1


def test_a_code_opens_once_and_the_clock_may_be_half_a_minute_off(town: Town, client: Client, later: Any) -> None:
    user = user_of(town, "hotline")
    secret = enrol(user)
    assert knock(client, user)["Location"] == "/login/code/"
    for wrong in ("", "12345", "abcdef", "²²²²²²", factor.present_code(secret, later=5)):
        assert client.post("/login/code/", {"code": wrong}).status_code == 422
    early = factor.present_code(secret, later=1)
    full_width = "".join(chr(ord(sign) + 0xFEE0) for sign in early)
    assert client.post("/login/code/", {"code": f" {full_width[:3]} {full_width[3:]} "})["Location"] == "/work/"
    other = Client()
    knock(other, user)
    assert other.post("/login/code/", {"code": early}).status_code == 422, "a code is used up"
    later(seconds=30)
    assert other.post("/login/code/", {"code": early}).status_code == 422
    later(seconds=60)
    assert other.post("/login/code/", {"code": factor.present_code(secret, later=-1)})["Location"] == "/work/"


def test_two_browsers_cannot_use_the_same_code(town: Town) -> None:
    user = user_of(town, "hotline")
    secret = enrol(user)
    code = factor.present_code(secret)
    stale = SecondFactor.objects.get(user=user)
    assert factor.use_code(user, code) == "totp"
    with patch.object(SecondFactor.objects, "filter", wraps=SecondFactor.objects.filter) as found:
        found.side_effect = lambda **given: (
            types.SimpleNamespace(first=lambda: stale)
            if "user" in given
            else SecondFactor._base_manager.filter(**given)
        )
        assert factor.use_code(user, code) == "", "the one who looked before the other used it gets nothing"


def test_a_recovery_code_opens_once(town: Town, client: Client) -> None:
    user = user_of(town, "hotline")
    enrol(user)
    codes = factor.fresh_recovery_codes(user)
    knock(client, user)
    answer = client.post("/login/code/", {"code": codes[0].lower()}, follow=True)
    assert "还剩 9 个" in words(answer)
    other = Client()
    knock(other, user)
    assert other.post("/login/code/", {"code": codes[0]}).status_code == 422
    colleague = user_of(town, "lead")
    enrol(colleague)
    thief = Client()
    knock(thief, colleague)
    assert thief.post("/login/code/", {"code": codes[1]}).status_code == 422, "a code is bound to its person"


def test_a_knock_is_forgotten_after_ten_minutes_and_when_the_password_changes(
    town: Town, client: Client, later: Any
) -> None:
    user = user_of(town, "hotline")
    secret = enrol(user)
    knock(client, user)
    user.set_password(NEXT)
    user.save()
    assert client.post("/login/code/", {"code": factor.present_code(secret)})["Location"] == "/login/"
    knock(client, user, NEXT)
    later(minutes=11)
    assert client.post("/login/code/", {"code": factor.present_code(secret)})["Location"] == "/login/"
    assert client.get("/login/enrol/")["Location"] == "/login/"


def test_whoever_has_a_factor_cannot_bind_another_one_with_the_password_alone(town: Town, client: Client) -> None:
    user = user_of(town, "hotline")
    secret = enrol(user)
    knock(client, user)
    assert client.get("/login/enrol/")["Location"] == "/login/"
    assert SecondFactor.objects.get(user=user).secret == secret


def test_signing_in_leads_on_to_this_site_only_and_out_again(town: Town, client: Client) -> None:
    user = user_of(town, "hotline")
    secret = enrol(user)
    knock(client, user)
    for away in ("https://example.com/", "//example.com", "/\\example.com", "javascript:alert(1)"):
        knock(client, user, next=away)
        code = factor.present_code(secret, later=1)
        SecondFactor.objects.filter(user=user).update(last_step=0)
        assert client.post("/login/code/", {"code": code, "next": away})["Location"] == "/work/"
        assert client.post("/logout/")["Location"] == "/"
        assert "_auth_user_id" not in client.session


def test_the_session_id_is_renewed_at_each_step(town: Town, client: Client) -> None:
    user = user_of(town, "security")
    secret = enrol(user)
    client.post("/mode/", {"mode": "elder"})
    keys = [client.session.session_key]
    knock(client, user)
    keys.append(client.session.session_key)
    enter(client, user, secret)
    keys.append(client.session.session_key)
    SecondFactor.objects.filter(user=user).update(last_step=0)
    given = {"reason": "核准任职", "password": PASSWORD, "now": factor.present_code(secret)}
    assert client.post("/work/me/elevate/", given).status_code == 302
    keys.append(client.session.session_key)
    assert len(set(keys)) == 4
    assert not Session.objects.filter(session_key__in=[key for key in keys[:3] if key]).exists()


def test_the_demo_lets_accounts_in_without_a_factor_but_not_past_one(town: Town, client: Client, settings: Any) -> None:
    settings.LINLI_DEMO = True
    demo = types.ModuleType("demo")
    demo.ACCOUNTS, demo.PASSWORD, demo.FACTORS = [], "x", {"security42": "y"}  # type: ignore[attr-defined]
    with patch.dict(sys.modules, {"demo": demo}):
        assert knock(client, user_of(town, "hotline"))["Location"] == "/work/"
        enrol(user_of(town, "lead"))
        assert knock(Client(), user_of(town, "lead"))["Location"] == "/login/code/"


# ---- nothing is told


def refusals(town: Town) -> dict[str, tuple[str, str]]:
    """Account and password of each way to be turned away."""
    User.objects.create_user("closed", "停用者", PASSWORD)
    User.objects.filter(username="closed").update(is_active=False)
    User.objects.create_user("unset", "未设者")
    locked = user_of(town, "lead")
    for _ in range(sign_in.FREE_ACCOUNT):
        limiter.slow_down(sign_in.account_key(locked.username), free=sign_in.FREE_ACCOUNT, most=15)
    return {
        "unknown": ("nobody", PASSWORD),
        "wrong password": (user_of(town, "hotline").username, "wrong"),
        "closed": ("closed", PASSWORD),
        "no password yet": ("unset", PASSWORD),
        "waiting, right password": (locked.username, PASSWORD),
        "waiting, wrong password": (locked.username, "wrong"),
    }


def test_every_way_to_be_turned_away_reads_and_costs_the_same(hubei: Town) -> None:
    answers, queries, hashes = {}, {}, {}
    ways = refusals(hubei)
    for key in ("door:spare", "door:address:127.0.0.1"):
        limiter.slow_down(key, free=99, most=1)
    for name, (username, password) in ways.items():
        limiter.slow_down(sign_in.account_key(username), free=99, most=1)  # counted before, as most are
        client = Client()
        client.get("/login/")
        with (
            patch.object(MD5PasswordHasher, "encode", autospec=True, side_effect=MD5PasswordHasher.encode) as encode,
            CaptureQueriesContext(
                connection,
            ) as made,
        ):
            answer = client.post("/login/", {"username": username, "password": password})
        page = answer.content.decode().replace(username, "账号")
        answers[name] = (answer.status_code, re.sub(r'(csrfmiddlewaretoken" value="|X-CSRFToken": ")[^"]+', "", page))
        queries[name], hashes[name] = len(made), encode.call_count
    assert len(set(answers.values())) == 1
    assert set(hashes.values()) == {1}, hashes
    assert len(set(queries.values())) == 1, queries


def test_five_failures_make_an_account_wait_longer_each_time(town: Town, client: Client, later: Any) -> None:
    user = user_of(town, "hotline")
    secret = enrol(user)
    for _ in range(sign_in.FREE_ACCOUNT):
        knock(client, user, "wrong")
    waits = []
    for _ in range(6):
        row = limiter.Attempt.objects.get(key=sign_in.account_key(user.username))
        assert row.until is not None
        waits.append(round((row.until - timezone.now()).total_seconds() / 60))
        assert knock(client, user).status_code == 422, "the right password does not help while waiting"
        later(minutes=waits[-1], seconds=1)
        knock(client, user, "wrong")
    assert waits == [1, 2, 4, 8, 15, 15]
    later(minutes=16)
    assert enter(client, user, secret).status_code == 302
    assert not limiter.Attempt.objects.filter(key=sign_in.account_key(user.username)).exists()


def test_wrong_codes_count_like_wrong_passwords(town: Town, client: Client) -> None:
    user = user_of(town, "hotline")
    secret = enrol(user)
    knock(client, user)
    for _ in range(sign_in.FREE_ACCOUNT):
        assert client.post("/login/code/", {"code": "000000"}).status_code == 422
    assert client.post("/login/code/", {"code": factor.present_code(secret)}).status_code == 422
    assert knock(client, user).status_code == 422
    counted = dict.fromkeys(DoorEvent.objects.filter(user=user).values_list("what", flat=True))
    assert set(counted) == {WHAT.WRONG_CODE, WHAT.LOCKED}


def test_an_address_that_fails_too_often_waits_as_well(town: Town, client: Client, later: Any) -> None:
    for turn in range(sign_in.FREE_ADDRESS):
        assert client.post("/login/", {"username": f"nobody{turn}", "password": "wrong"}).status_code == 422
    user = user_of(town, "hotline")
    answer = knock(client, user)
    assert answer.status_code == 429 and "15 分钟后再试" in words(answer)
    assert (
        client.post("/login/password/", {"username": "a", "code": "b", "new": NEXT, "again": NEXT}).status_code == 429
    )
    assert (
        Client(REMOTE_ADDR="192.0.2.9").post("/login/", {"username": user.username, "password": PASSWORD}).status_code
        == 302
    )
    later(minutes=16)
    assert knock(client, user).status_code == 302


def test_a_security_administrator_lifts_the_wait(town: Town, client: Client) -> None:
    user = user_of(town, "street_desk")
    enrol(user)
    for _ in range(sign_in.FREE_ACCOUNT):
        knock(Client(), user, "wrong")
    client.force_login(user_of(town, "security"))
    post = town.street_desk.post
    assert post is not None
    url = f"/work/bodies/{post.body_id}/posts/{post.pk}/"
    assert "暂停中" in words(client.get(url))
    assert client.post(url, {"do": "unlock"}).status_code == 302
    assert knock(Client(), user)["Location"] == "/login/code/"
    assert Entry.objects.filter(verb="commons.account_unlocked").count() == 1


def test_nothing_that_was_typed_is_kept(town: Town, client: Client, caplog: pytest.LogCaptureFixture) -> None:
    client.post("/login/", {"username": "typed-into-the-wrong-field", "password": "canary-password"})
    client.post("/login/password/", {"username": "typed-into", "code": "CANRY-23456", "new": NEXT, "again": NEXT})
    kept = str([list(model.objects.values()) for model in (DoorEvent, Entry, limiter.Attempt, Session)]) + caplog.text
    for canary in ("typed-into", "canary-password", "CANRY", NEXT):
        assert canary not in kept


def test_nonsense_at_the_door_is_a_form_error(town: Town, client: Client) -> None:
    assert client.post("/login/", {"username": "\x00", "password": "\x00"}).status_code == 422
    assert client.post("/login/", {"username": "a", "password": "x" * 5000}).status_code == 422
    assert (
        client.post("/login/password/", {"username": "a", "code": "\x00", "new": "x", "again": "y"}).status_code == 422
    )


# ---- sessions


def signed_in(user: User, agent: str = "Mozilla/5.0 (Windows NT 10.0) Chrome/130") -> Client:
    client = Client(HTTP_USER_AGENT=agent)
    client.force_login(user)
    assert client.get("/work/").status_code == 200
    return client


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


def set_password(client: Client, user: User, code: str, new: str = NEXT) -> Any:
    given = {"username": user.username, "code": code, "new": new, "again": new}
    return client.post("/login/password/", given)


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


# ---- three administrators, four eyes, a quarter of an hour


def test_a_post_has_no_power_before_the_security_administrator_approves(town: Town, client: Client) -> None:
    body = town.bodies["street"]
    post, code = people.add_person(by=town.admin, body=body, username="xu.lan", name="徐兰", role=Role.STREET)
    assert posts_of(post.user) == []
    set_password(client, post.user, code)
    refused = knock(client, post.user, NEXT)
    assert refused.status_code == 422 and "还没有核准" in words(refused)
    with pytest.raises(NotAllowed):
        people.approve_post(by=town.admin, body=body, post=post)
    desk = elevated(town, "security")
    url = f"/work/bodies/{body.code}/posts/{post.pk}/"
    assert "徐兰" in words(desk.get("/work/accounts/"))
    assert desk.post(url, {"do": "approve"}).status_code == 302
    assert [row.pk for row in posts_of(post.user)] == [post.pk]
    with pytest.raises(BadInput, match="已经核准过"):
        people.approve_post(by=town.security, body=body, post=post)
    told = words(desk.get(url))
    assert "高远 · 秦勇" in told, "who gave it and who approved it"


def test_many_posts_are_approved_at_once_by_ticking_them(town: Town) -> None:
    body = town.bodies["street"]
    made = [
        people.add_person(by=town.admin, body=body, username=f"new{n}", name=f"新人{n}", role=Role.STREET)[0]
        for n in range(3)
    ]
    plain = Client()
    plain.force_login(user_of(town, "security"))
    picked = {"pick": [str(post.pk) for post in made[:2]]}
    assert plain.post("/work/accounts/", picked).status_code == 403
    desk = elevated(town, "security")
    assert "核准所选的" in words(desk.get("/work/accounts/"))
    assert desk.post("/work/accounts/", {}).status_code == 422
    assert desk.post("/work/accounts/", {"pick": ["x", "9" * 40]}).status_code == 422
    assert desk.post("/work/accounts/", picked).status_code == 302
    assert [bool(posts_of(post.user)) for post in made] == [True, True, False]
    assert Entry.objects.filter(verb="commons.post_approved").count() == 2


def test_a_declined_post_never_was(town: Town) -> None:
    body = town.bodies["street"]
    post, _ = people.add_person(by=town.admin, body=body, username="xu.lan", name="徐兰", role=Role.STREET)
    desk = elevated(town, "security")
    url = f"/work/bodies/{body.code}/posts/{post.pk}/"
    assert desk.post(url, {"do": "decline", "decline-reason": ""}).status_code == 422
    assert desk.post(url, {"do": "decline", "decline-reason": "单位说没有这个人"}).status_code == 302
    assert posts_of(post.user) == []
    again = people.appoint(by=town.admin, body=body, user=post.user, role=Role.STREET)
    assert again.pk == post.pk and again.waiting


def test_who_gave_a_post_never_approves_it_even_after_a_change_of_office(town: Town) -> None:
    body = town.bodies["street"]
    post, _ = people.add_person(by=town.admin, body=body, username="xu.lan", name="徐兰", role=Role.STREET)
    post.given_by = town.security.code  # was the system administrator on that day
    post.save(update_fields=["given_by"])
    with pytest.raises(RuleBroken, match="要由两个人办"):
        people.approve_post(by=town.security, body=body, post=post)
    assert posts_of(post.user) == []


def test_no_account_combines_administrators_or_adds_other_work(town: Town) -> None:
    lead = town.bodies["lead"]
    for who, role in (
        ("auditor", Role.SYSTEM_ADMIN),
        ("auditor", Role.SECURITY_ADMIN),
        ("security", Role.AUDITOR),
        ("security", Role.COUNTY),
        ("committee", Role.AUDITOR),
    ):
        with pytest.raises(RuleBroken, match="不能由同一个人兼任"):
            people.appoint(by=town.admin, body=lead, user=user_of(town, who), role=role)
    user = user_of(town, "auditor")
    post = town.auditor.post
    assert post is not None
    last = timezone.localdate() + timedelta(days=10)
    people.end_post(by=town.admin, body=lead, post=post, last_day=last)
    with pytest.raises(RuleBroken):
        people.appoint(by=town.admin, body=lead, user=user, role=Role.COUNTY, from_on=last)
    people.appoint(by=town.admin, body=lead, user=user, role=Role.COUNTY, from_on=last + timedelta(days=1))
    assert people.combined_accounts() == []


def test_rows_written_by_hand_are_found_and_give_no_administrators_power(town: Town) -> None:
    user = user_of(town, "committee")
    person(user.username, user.name, town.bodies["lead"], Role.SYSTEM_ADMIN)
    assert people.combined_accounts() == [
        f"{user.username}：滨江社区居民委员会居（村）民委员会工作人员、民政局系统管理员"
    ]
    assert {post.role for post in posts_of(user)} == {Role.COMMITTEE}
    worker = signed_in(user)
    assert worker.get("/work/accounts/").status_code == 404


def elevated(town: Town, who: str) -> Client:
    """An administrator who opened an elevated session through the page."""
    user = user_of(town, who)
    secret = enrol(user)
    client = Client()
    client.force_login(user)
    given = {"reason": "办理任职", "password": PASSWORD, "now": factor.present_code(secret)}
    answer = client.post("/work/me/elevate/", given)
    assert answer.status_code == 302, words(answer)
    return client


def test_the_dangerous_powers_need_password_and_code_anew(town: Town, client: Client) -> None:
    user = user_of(town, "admin")
    client.force_login(user)
    url = f"/work/bodies/{town.bodies['street'].code}/"
    new = {"username": "xu.lan", "name": "徐兰", "role": "street"}
    refused = client.post(url, new)
    assert refused.status_code == 403 and "先提权" in words(refused)
    given = {"reason": "新来的人", "password": PASSWORD, "now": ""}
    assert "先绑定动态码" in words(client.post("/work/me/elevate/", given))
    secret = enrol(user)
    for wrong in ({"password": "wrong"}, {"now": "000000"}, {"reason": ""}):
        bad = given | {"now": factor.present_code(secret)} | wrong
        assert client.post("/work/me/elevate/", bad).status_code == 422
        SecondFactor.objects.filter(user=user).update(last_step=0)
    assert client.post(url, new).status_code == 403
    assert not User.objects.filter(username="xu.lan").exists()


def test_an_elevated_session_is_shown_logged_and_over_after_a_quarter_of_an_hour(town: Town, later: Any) -> None:
    admin = elevated(town, "admin")
    url = f"/work/bodies/{town.bodies['street'].code}/"
    page = words(admin.get(url))
    assert "已提权" in page and "自动结束" in page
    answer = admin.post(url, {"username": "xu.lan", "name": "徐兰", "role": "street"})
    assert re.search(r'class="number">[2-9A-Z]{5}-[2-9A-Z]{5}<', answer.content.decode())
    line = Entry.objects.get(verb="commons.elevated")
    assert line.note == "办理任职" and line.facts["powers"] == ["commons.manage_accounts"]
    later(minutes=15, seconds=1)
    assert "已提权" not in words(admin.get(url))
    assert admin.post(url, {"username": "xu.mei", "name": "徐梅", "role": "street"}).status_code == 403
    other = elevated(town, "security")
    assert other.post("/work/me/elevate/end/").status_code == 302
    assert "已提权" not in words(other.get("/work/accounts/"))
    assert Entry.objects.filter(verb="commons.elevation_ended").count() == 1


def test_elevation_belongs_to_one_post_and_one_session(town: Town) -> None:
    admin = elevated(town, "admin")
    user = user_of(town, "admin")
    assert "已提权" not in words(signed_in(user).get("/work/"))
    admin.post("/post/", {"role": str(town.admin.post.pk)})  # type: ignore[union-attr]
    assert "已提权" not in words(admin.get("/work/")), "choosing a post anew ends it"


def test_no_administrator_sees_appeals_and_no_two_powers_meet(town: Town) -> None:
    held = {
        role: ROLE_POWERS[role] | ELEVATED_POWERS.get(role, frozenset())
        for role in (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR)
    }
    for powers in held.values():
        assert not any(power.startswith(("appeals.", "mandates.")) for power in powers)
    assert not held[Role.SYSTEM_ADMIN] & {"commons.approve_posts", "commons.reset_factor", "commons.read_trail"}
    assert not held[Role.SECURITY_ADMIN] & {"commons.manage_accounts", "commons.read_trail"}
    assert not held[Role.AUDITOR] & {"commons.manage_accounts", "commons.approve_posts", "commons.reset_factor"}


def test_the_log_of_the_door_is_the_security_administrators_and_of_the_own_county(town: Town, client: Client) -> None:
    knock(Client(), user_of(town, "hotline"), "wrong")
    knock(Client(), user_of(town, "outsider"), "wrong")
    Client().post("/login/", {"username": "ghost", "password": "wrong"})
    client.force_login(user_of(town, "security"))
    page = words(client.get("/work/sign-ins/"))
    assert "黄莉" in page and "赵远" not in page and "有 1 次用不存在的账号" in page
    assert "密码不对" in b"".join(client.get("/work/sign-ins/?as=csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert "没有符合条件" in words(client.get("/work/sign-ins/?q=nobody"))
    for bad in ("before=x", "before=" + "9" * 40, "what=nonsense"):
        assert client.get(f"/work/sign-ins/?{bad}").status_code in (200, 422)


def test_ones_own_door_is_kept_by_oneself_only(town: Town) -> None:
    admin = town.admin
    assert admin.post is not None and town.security.post is not None
    lead = town.bodies["lead"]
    SecondFactor.objects.create(user=user_of(town, "security"), secret=factor.new_secret())
    with pytest.raises(RuleBroken, match="不能给自己"):
        people.issue_password_reset(by=admin, body=lead, post=admin.post)
    with pytest.raises(RuleBroken, match="不能给自己"):
        people.reset_factor(by=town.security, body=lead, post=town.security.post, reason="手机坏了")
    with pytest.raises(RuleBroken, match="不能给自己"):
        people.unlock_account(by=town.security, body=lead, post=town.security.post)
    with pytest.raises(NotAllowed):
        people.reset_factor(by=admin, body=lead, post=town.security.post, reason="想要")
    with pytest.raises(BadInput, match="原因"):
        people.reset_factor(by=town.security, body=lead, post=admin.post, reason=" ")


def test_an_app_is_bound_anew_and_codes_are_renewed_with_proof(town: Town, client: Client, later: Any) -> None:
    user = user_of(town, "hotline")
    client.force_login(user)
    shown = re.search(r'class="secret">([A-Z2-7 ]+)<', client.get("/work/me/factor/").content.decode())
    assert shown is not None
    first = shown[1].replace(" ", "")
    good = {"password": PASSWORD, "code": factor.present_code(first), "do": "bind"}
    assert client.post("/work/me/factor/", good | {"password": "wrong"}).status_code == 422
    assert len(re.findall(r"<li>[2-9A-Z]{5}-", client.post("/work/me/factor/", good).content.decode())) == 10
    old = set(RecoveryCode.objects.values_list("digest", flat=True))
    later(minutes=1)
    there = signed_in(user)
    codes = {"password": PASSWORD, "now": factor.present_code(first), "do": "codes"}
    assert client.post("/work/me/factor/", codes | {"now": "000000"}).status_code == 422
    assert client.post("/work/me/factor/", codes).status_code == 200
    assert not old & set(RecoveryCode.objects.values_list("digest", flat=True))
    later(minutes=1)
    shown = re.search(r'class="secret">([A-Z2-7 ]+)<', client.get("/work/me/factor/").content.decode())
    assert shown is not None
    second = shown[1].replace(" ", "")
    moved = {
        "password": PASSWORD,
        "now": factor.present_code(first),
        "code": factor.present_code(second),
        "do": "bind",
    }
    assert client.post("/work/me/factor/", moved).status_code == 200
    assert SecondFactor.objects.get(user=user).secret == second and gone(there) and not gone(client)


def test_the_command_line_creates_and_approves_at_once(town: Town) -> None:
    from linli.commons.actor import INSTALLER

    body = town.bodies["lead"]
    post, code = people.add_person(by=INSTALLER, body=body, username="first", name="首任", role=Role.SYSTEM_ADMIN)
    assert not post.waiting and post.approved_by == "installer" and posts_of(post.user)
    assert own.open_reset(post.user_id, code).exists()
    assert own.open_reset(post.user_id, people.issue_password_reset(by=INSTALLER, body=body, post=post)).exists()
    assert Post.objects.get(pk=post.pk).given_by == "installer"

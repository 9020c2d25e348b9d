"""The staff door: password and code, equal refusals, lock-out."""

from __future__ import annotations

import re
import sys
import types
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from linli.commons.doors import factor, sign_in
from linli.commons.models import (
    DoorEvent,
    RecoveryCode,
    SecondFactor,
    Session,
    User,
)
from linli.kit import limiter
from linli.kit.trail import Entry
from tests.cast import Town
from tests.doors import NEXT, PASSWORD, WHAT, enrol, enter, gone, knock, user_of, words

pytestmark = pytest.mark.usefixtures("later")


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

"""Three administrators (三员), four eyes, a quarter of an hour: no account combines them, power is taken for a while and logged."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from linli.commons import people
from linli.commons.actor import posts_of
from linli.commons.doors import factor, own
from linli.commons.models import (
    Post,
    RecoveryCode,
    SecondFactor,
    User,
)
from linli.commons.roles import ELEVATED_POWERS, ROLE_POWERS, Role
from linli.kit.errors import BadInput, NotAllowed, RuleBroken
from linli.kit.trail import Entry
from tests.cast import Town, person
from tests.doors import NEXT, PASSWORD, enrol, gone, knock, set_password, signed_in, user_of, words

pytestmark = pytest.mark.usefixtures("later")


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

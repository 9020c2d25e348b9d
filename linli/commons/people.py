"""Bodies, people and posts (机构、人员、任职): who may act for whom, each change an action.

Bodies are the county's matter (`commons.set_limit`); accounts and posts are the administrator's
(`commons.manage_accounts`). Nobody appoints, ends or resets themselves, and nobody both administers and audits.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from datetime import date, timedelta

from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone

from linli.commons.actor import Actor
from linli.commons.models import Body, Place, Post, User
from linli.commons.roles import Role
from linli.kit import trail
from linli.kit.action import action
from linli.kit.clock import Clock
from linli.kit.errors import BadInput, NotVisible, RuleBroken
from linli.kit.scope import covers

ROLES: dict[str, tuple[Role, ...]] = {
    Body.Kind.GOVERNMENT: (Role.COUNTY, Role.SUPERVISOR, Role.AUDITOR),
    Body.Kind.LEAD: (Role.COUNTY, Role.SUPERVISOR, Role.SYSTEM_ADMIN, Role.AUDITOR),
    Body.Kind.HOTLINE: (Role.HOTLINE, Role.SUPERVISOR),
    Body.Kind.DEPARTMENT: (Role.DEPARTMENT,),
    Body.Kind.STREET: (Role.STREET,),
    Body.Kind.COMMITTEE: (Role.COMMITTEE,),
    Body.Kind.GRID: (Role.GRID_WORKER,),
    Body.Kind.UTILITY: (Role.FIRM,),
    Body.Kind.PROPERTY: (Role.FIRM,),
}
"""Kind of body → roles its posts may have: a committee has no dispatcher, a firm no lead department."""

LEVELS: dict[str, tuple[str, ...]] = {
    Body.Kind.STREET: (Place.Level.STREET,),
    Body.Kind.COMMITTEE: (Place.Level.COMMUNITY,),
    Body.Kind.GRID: (Place.Level.GRID,),
    Body.Kind.HOTLINE: (Place.Level.COUNTY, Place.Level.CITY, Place.Level.PROVINCE),
}
"""Kind of body → levels of the place it stands for; kinds not named may stand anywhere."""

USERNAME = re.compile(r"[A-Za-z0-9_.-]{3,40}")
"""What an account may be called."""

_APART = frozenset({Role.SYSTEM_ADMIN, Role.AUDITOR})


def roles_for(body: Body) -> tuple[Role, ...]:
    """Roles that posts in a body may have; the province's lead body has the provincial one."""
    if body.kind in (Body.Kind.LEAD, Body.Kind.GOVERNMENT) and body.place.level == Place.Level.PROVINCE:
        return (Role.PROVINCE, Role.SYSTEM_ADMIN, Role.AUDITOR)
    return ROLES[body.kind]


@action("commons.set_limit")
def add_body(*, by: Actor, place: Place, code: str, name: str, kind: str, duty: str = "", phone: str = "") -> Body:
    """Enter a body (设立机构), HB 4–7, HN 2.

    Raises: BadInput when the code or the name is taken, or the kind does not fit the level of the place.
    """
    if Body.objects.filter(code=code).exists():
        raise BadInput(f"机构代码“{code}”已经用过，请换一个。", code="body_code")
    if Body.objects.filter(place=place, name=name, ended_on=None).exists():
        raise BadInput(f"{place.name}已有名为“{name}”的机构。", code="body_name")
    if kind not in Body.Kind.values:
        raise BadInput("没有这个机构类别，请从列表中选择。", code="body_kind")
    if place.level not in LEVELS.get(kind, (place.level,)):
        raise BadInput(
            f"“{Body.Kind(kind).label}”不能设在{place.get_level_display()}（{place.name}）。请改选类别或地方。",
            code="body_level",
        )
    body = Body.objects.create(code=code, name=name, kind=kind, duty=duty, place=place, phone=phone)
    trail.record("commons.body_added", body, by=by, facts={"kind": kind, "duty": duty}, note=name)
    return body


@action("commons.set_limit")
def change_body(*, by: Actor, body: Body, name: str, duty: str = "", phone: str = "") -> Body:
    """Correct name, duty or telephone of a body (修改机构信息); kind and place never change."""
    changes = {}
    for field, new in (("name", name), ("duty", duty), ("phone", phone)):
        if getattr(body, field) != new:
            changes[field] = [getattr(body, field), new]
            setattr(body, field, new)
    body.save(update_fields=["name", "duty", "phone"])
    trail.record("commons.body_changed", body, by=by, changes=changes)
    return body


@action("commons.set_limit")
def end_body(*, by: Actor, body: Body) -> Body:
    """Dissolve a body (撤销机构) from today; its posts give no power any more.

    Raises: RuleBroken while it still holds open work, or when it is the actor's own body.
    """
    if body.ended_on is not None:
        raise BadInput(f"“{body.name}”已于 {body.ended_on} 撤销。", code="body_ended")
    if by.body_code == body.code:
        raise RuleBroken("不能撤销您自己所在的机构。请由上级机构办理。", code="own_body")
    held = Clock.objects.filter(holder=body.code, stopped_at=None).count()
    if held:
        raise RuleBroken(
            f"“{body.name}”还有 {held} 件事在办。请先改派或办结，再撤销。", code="body_busy", facts={"open": held}
        )
    body.ended_on = timezone.localdate()
    body.save(update_fields=["ended_on"])
    trail.record("commons.body_ended", body, by=by, changes={"ended_on": [None, body.ended_on.isoformat()]})
    return body


@action("commons.manage_accounts")
def add_person(
    *, by: Actor, body: Body, username: str, name: str, role: str, from_on: date | None = None, head: bool = False
) -> tuple[Post, str]:
    """Make an account with a first post (新增人员); the password is handed out once.

    Returns: the post and the first password. Raises: BadInput when the account name is taken; see `appoint`.
    """
    if User.objects.filter(username__iexact=username).exists():
        raise BadInput(f"账号“{username}”已有人用。请换一个；已有账号的人请用“任职”。", code="username")
    password = new_password()
    user = User.objects.create_user(username, name)
    # Drawn by chance from 69 bits, it needs no slow hash, and a county's five hundred accounts could not wait for one.
    user.password = PBKDF2PasswordHasher().encode(password, secrets.token_hex(8), iterations=1)
    user.save(update_fields=["password"])
    trail.record("commons.person_added", body, by=by, facts={"user": f"user:{user.pk}"})
    return appoint(by=by, body=body, user=user, role=role, from_on=from_on, head=head), password


@action("commons.manage_accounts")
def appoint(*, by: Actor, body: Body, user: User, role: str, from_on: date | None = None, head: bool = False) -> Post:
    """Give a person a post in a body (任职), as its head (负责人) or not.

    Raises: BadInput for a role that does not belong to this kind of body, an ended body, a post already held or a
    second head; RuleBroken when the person is the actor, or would both administer and audit.
    """
    if body.ended_on is not None:
        raise BadInput(f"“{body.name}”已撤销，不能任职。", code="body_ended")
    if role not in roles_for(body):
        fitting = "、".join(str(one.label) for one in roles_for(body))
        raise BadInput(f"“{body.name}”不能设这个岗位。可设：{fitting}。", code="role")
    _not_self(by, user)
    roles = {Role(held) for held in Post.objects.filter(lasting(), user=user).values_list("role", flat=True)}
    if clash(roles | {Role(role)}):
        raise RuleBroken("系统管理员和审计员不能由同一个人担任。请另选人员，或先结束原来的岗位。", code="apart")
    start = from_on or timezone.localdate()
    post = Post.objects.filter(user=user, body=body, role=role).first()
    if post is not None and (post.until_on is None or post.until_on >= start):
        raise BadInput(f"{user.name}已在“{body.name}”担任这个岗位。", code="post_held")
    if head and (first := head_of(body)) is not None:
        raise BadInput(
            f"“{body.name}”已有负责人：{first.user.name}。请先登记其离任，或不勾“负责人”。", code="second_head"
        )
    if post is None:
        post = Post.objects.create(user=user, body=body, role=role, from_on=start, head=head)
    else:  # one row per person, body and role: a second term is told by the trail
        post.from_on, post.until_on, post.head = start, None, head
        post.save(update_fields=["from_on", "until_on", "head"])
    facts = {"user": f"user:{user.pk}", "role": role, "from": str(start), "head": head}
    trail.record("commons.appointed", body, by=by, facts=facts)
    return post


def head_of(body: Body) -> Post | None:
    """The post of a body's head (负责人), None when it has none."""
    return Post.objects.filter(lasting(), body=body, head=True).select_related("user").first()


@action("commons.manage_accounts")
def end_post(*, by: Actor, body: Body, post: Post, last_day: date) -> Post:
    """End a post (离任) after its last day; yesterday ends it at once.

    Raises: NotVisible when the post is another body's; BadInput for a day before it began; RuleBroken for one's own.
    """
    _in_body(post, body)
    _not_self(by, post.user)
    if post.until_on is not None and post.until_on < timezone.localdate():
        raise BadInput("这个岗位已经结束。", code="post_ended")
    if last_day < post.from_on - timedelta(days=1):
        raise BadInput(f"最后一天不能早于任职日期（{post.from_on}）。", code="last_day")
    old = post.until_on.isoformat() if post.until_on else None
    post.until_on = last_day
    post.save(update_fields=["until_on"])
    facts = {"user": f"user:{post.user_id}", "role": post.role}
    trail.record("commons.post_ended", body, by=by, facts=facts, changes={"until_on": [old, last_day.isoformat()]})
    return post


@action("commons.manage_accounts")
def reset_password(*, by: Actor, body: Body, post: Post) -> str:
    """Give a person a new password (重设密码), shown once; whoever was signed in with the old one is signed out.

    Raises: NotVisible when the post is another body's; RuleBroken for oneself, and when the person also holds a post
    outside the administrator's own places, for that would hand over a power the administrator does not have.
    """
    _in_body(post, body)
    user = post.user
    _not_self(by, user)
    places = Post.objects.filter(lasting(), user=user).values_list("body__place__code", flat=True)
    if not all(covers(by.place, place) for place in places):
        raise RuleBroken("此人在您管辖范围以外还有岗位，请由上级管理员重设密码。", code="posts_elsewhere")
    password = new_password()
    user.set_password(password)
    user.save(update_fields=["password"])
    trail.record("commons.password_reset", body, by=by, facts={"user": f"user:{user.pk}"})
    return password


def new_password() -> str:
    """A password that can be read out on the telephone: no signs that look alike; about 69 bits."""
    while True:
        password = "".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(14))
        try:
            validate_password(password)
        except ValidationError:
            continue
        return password


def clash(roles: Iterable[str]) -> bool:
    """Whether roles of one person must not meet: nobody both administers and audits."""
    return {Role(role) for role in roles} >= _APART


def lasting() -> Q:
    """Posts in force today or later."""
    return Q(until_on=None) | Q(until_on__gte=timezone.localdate())


def _not_self(by: Actor, user: User) -> None:
    if by.user is not None and by.user.pk == user.pk:
        raise RuleBroken("不能给自己任职、离任或重设密码。请另一位管理员办理。", code="self")


def _in_body(post: Post, body: Body) -> None:
    if post.body_id != body.code:
        raise NotVisible()

"""Accounts (账号): made, opened with a one-time code, closed and opened again; every change ends the sessions it must end."""

from __future__ import annotations

import re
from datetime import date, timedelta

from django.utils import timezone

from linli.commons.actor import Actor
from linli.commons.doors.log import What, note
from linli.commons.doors.models import code_digest, new_code
from linli.commons.doors.sessions import end_sessions
from linli.commons.doors.sign_in import account_key
from linli.commons.models import Body, PasswordReset, Post, RecoveryCode, SecondFactor, User
from linli.commons.people.posts import appoint, in_body, lasting, not_self
from linli.kit import limiter, trail
from linli.kit.action import action
from linli.kit.errors import BadInput, RuleBroken
from linli.kit.scope import covers

RESET_HOURS = 24
START_HOURS = 14 * 24
"""A first code is printed and handed out to hundreds of people; it opens nothing before the post is approved."""
USERNAME = re.compile(r"[A-Za-z0-9_.-]{3,40}")
"""What an account may be called."""


@action("commons.manage_accounts")
def add_person(
    *, by: Actor, body: Body, username: str, name: str, role: str, from_on: date | None = None, head: bool = False
) -> tuple[Post, str]:
    """Make an account with a first post (新增人员), without a password; the person sets one with the one-time code.

    Returns: the post and the code, shown once and valid for two weeks. Raises: BadInput when the account name is taken; see
    `appoint`.
    """
    if User.objects.filter(username__iexact=username).exists():
        raise BadInput(f"账号“{username}”已有人用。请换一个；已有账号的人请用“任职”。", code="username")
    user = User.objects.create_user(username, name)
    trail.record("commons.person_added", body, by=by, facts={"user": f"user:{user.pk}"})
    post = appoint(by=by, body=body, user=user, role=role, from_on=from_on, head=head)
    return post, _make_code(by, user, START_HOURS)


@action("commons.manage_accounts")
def issue_password_reset(*, by: Actor, body: Body, post: Post) -> str:
    """Give a person a one-time code to set a new password (发放密码重设代码), shown once and valid for 24 hours.

    The old password ends at once, earlier codes too, and whoever was signed in with it is signed out.

    Raises: NotVisible when the post is another body's; RuleBroken for oneself, and when the person also holds a post
    outside the administrator's own places, for that would hand over a power the administrator does not have.
    """
    in_body(post, body)
    user = post.user
    not_self(by, user)
    _within_reach(by, user)
    user.set_unusable_password()
    user.save(update_fields=["password"])
    end_sessions(user)
    note(What.RESET_ISSUED, user, by=by.label)
    trail.record("commons.password_reset", body, by=by, facts={"user": f"user:{user.pk}"})
    return _make_code(by, user, RESET_HOURS)


@action("commons.reset_factor")
def reset_factor(*, by: Actor, body: Body, post: Post, reason: str) -> None:
    """Take a person's second factor away (重置动态码); a new one is enrolled at the next sign-in, sessions end at once.

    Raises: NotVisible when the post is another body's; BadInput without a reason or without a factor; RuleBroken for
    oneself, and for a person with posts beyond the actor's places.
    """
    in_body(post, body)
    user = post.user
    not_self(by, user)
    _within_reach(by, user)
    if not reason.strip():
        raise BadInput("请写明重置动态码的原因，如“本人到场，手机遗失”。", code="reason_missing")
    gone, _ = SecondFactor.objects.filter(user=user).delete()
    if not gone:
        raise BadInput(f"{user.name}还没有绑定动态码，不用重置。", code="no_factor")
    RecoveryCode.objects.filter(user=user).delete()
    end_sessions(user)
    note(What.FACTOR_RESET, user, by=by.label)
    trail.record("commons.factor_reset", body, by=by, facts={"user": f"user:{user.pk}"}, note=reason.strip()[:500])


@action("commons.unlock_account")
def unlock_account(*, by: Actor, body: Body, post: Post) -> None:
    """Lift the wait that failed sign-ins brought (解除暂停). Raises: NotVisible when the post is another body's."""
    in_body(post, body)
    not_self(by, post.user)
    limiter.forget(account_key(post.user.username))
    note(What.UNLOCKED, post.user, by=by.label)
    trail.record("commons.account_unlocked", body, by=by, facts={"user": f"user:{post.user_id}"})


@action("commons.manage_accounts")
def set_account_active(*, by: Actor, body: Body, post: Post, active: bool) -> User:
    """Close an account or open it again (停用、启用账号); closing ends its sessions at once.

    Raises: NotVisible when the post is another body's; BadInput when nothing would change; RuleBroken for oneself, and
    for a person with posts beyond the actor's places.
    """
    in_body(post, body)
    user = post.user
    not_self(by, user)
    _within_reach(by, user)
    if not User.objects.filter(pk=user.pk, is_active=not active).update(is_active=active):
        raise BadInput("账号已经是启用的。" if active else "账号已经是停用的。", code="same")
    user.refresh_from_db()
    if not active:
        end_sessions(user)
    trail.record(
        "commons.account_opened" if active else "commons.account_closed",
        body,
        by=by,
        facts={"user": f"user:{user.pk}"},
    )
    return user


def _within_reach(by: Actor, user: User) -> None:
    places = Post.objects.filter(lasting(), user=user).values_list("body__place__code", flat=True)
    if not all(covers(by.place, place) for place in places):
        raise RuleBroken("此人在您管辖范围以外还有岗位，请由上级管理员办理。", code="posts_elsewhere")


def end_codes(user: User) -> None:
    """Void the one-time codes of a person that are still good."""
    PasswordReset.objects.filter(user=user, used_at=None).update(used_at=timezone.now())


def _make_code(by: Actor, user: User, hours: int) -> str:
    """A fresh one-time code; earlier ones end, and so does a wait after failed sign-ins."""
    limiter.forget(account_key(user.username))
    end_codes(user)
    code = new_code()
    PasswordReset.objects.create(
        user=user,
        digest=code_digest("password", user.pk, code),
        made_by=by.code,
        until=timezone.now() + timedelta(hours=hours),
    )
    return code

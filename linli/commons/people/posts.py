"""Posts (任职): one administrator gives them, another approves them, and no account combines what must stay apart."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Q
from django.utils import timezone

from linli.commons.actor import Actor
from linli.commons.doors.sessions import end_sessions
from linli.commons.models import Body, Post, User
from linli.commons.people.bodies import roles_for
from linli.commons.roles import clash
from linli.kit import trail
from linli.kit.action import action
from linli.kit.errors import BadInput, NotVisible, RuleBroken


def lasting() -> Q:
    """Posts in force today or later, approved or not."""
    return Q(until_on=None) | Q(until_on__gte=timezone.localdate())


def not_self(by: Actor, user: User) -> None:
    """Refuse to act on one's own account. Raises: RuleBroken."""
    if by.user is not None and by.user.pk == user.pk:
        raise RuleBroken("不能给自己任职、核准、离任、重设密码或动态码。请另一位管理员办理。", code="self")


def in_body(post: Post, body: Body) -> None:
    """Refuse a post of another body. Raises: NotVisible."""
    if post.body_id != body.code:
        raise NotVisible()


def combined_accounts() -> list[str]:
    """Accounts whose posts meet on some day though they must stay apart, in every body (三员分立核查); empty when all is well.

    Returns: one line per account with its posts, for `linli check`.
    """
    rows = Post.objects.filter(lasting()).select_related("user", "body").order_by("user__username", "id")
    held: dict[int, list[Post]] = {}
    for row in rows:
        held.setdefault(row.user_id, []).append(row)
    found = []
    for posts in held.values():
        if any(clash((one.role, two.role)) and _meet(one, two) for one in posts for two in posts):
            named = "、".join(f"{post.body.name}{post.get_role_display()}" for post in posts)
            found.append(f"{posts[0].user.username}：{named}")
    return found


def _meet(one: Post, two: Post) -> bool:
    """Whether two posts have a day in common."""
    return (one.until_on is None or one.until_on >= two.from_on) and (
        two.until_on is None or two.until_on >= one.from_on
    )


@action("commons.manage_accounts")
def appoint(
    *,
    by: Actor,
    body: Body,
    user: User,
    role: str,
    from_on: date | None = None,
    until_on: date | None = None,
    head: bool = False,
) -> Post:
    """Give a person a post in a body (任职), as its head (负责人) or not.

    It waits for the security administrator, unless `by` may approve as well.

    Raises: BadInput for a role that does not belong to this kind of body, an ended body, dates the wrong way round, a
    post already held or a second head; RuleBroken when the person is the actor, or would combine an administrator's post with another.
    """
    if body.ended_on is not None:
        raise BadInput(f"“{body.name}”已撤销，不能任职。", code="body_ended")
    if role not in roles_for(body):
        fitting = "、".join(str(one.label) for one in roles_for(body))
        raise BadInput(f"“{body.name}”不能设这个岗位。可设：{fitting}。", code="role")
    not_self(by, user)
    User.objects.select_for_update().get(pk=user.pk)  # two posts given at once are looked at one after the other
    start = from_on or timezone.localdate()
    if until_on is not None and until_on < start:
        raise BadInput("最后一天不能早于任职日期。", code="dates")
    post = Post.objects.filter(user=user, body=body, role=role).first()
    if post is not None and (post.until_on is None or post.until_on >= start):
        raise BadInput(f"{user.name}已在“{body.name}”担任这个岗位。", code="post_held")
    if head and (first := head_of(body)) is not None:
        raise BadInput(
            f"“{body.name}”已有负责人：{first.user.name}。请先登记其离任，或不勾“负责人”。", code="second_head"
        )
    new = post or Post(user=user, body=body, role=role)  # a second term of the same post is told by the trail
    new.from_on, new.until_on, new.given_by = start, until_on, by.code
    new.head = head
    new.waiting, new.approved_by = not by.may("commons.approve_posts", body), ""
    others = Post.objects.filter(lasting(), user=user).exclude(pk=new.pk)
    if any(clash((role, other.role)) and _meet(new, other) for other in others):
        raise RuleBroken(
            "系统管理员、安全管理员和审计员三个岗位不能由同一个人兼任，也不能兼任其他岗位。请另选人员，或先结束原来的岗位。",
            code="apart",
        )
    if not new.waiting:
        new.approved_by = by.code
    new.save()
    facts = {"user": f"user:{user.pk}", "role": role, "from": str(start), "head": head, "waiting": new.waiting}
    trail.record("commons.appointed", body, by=by, facts=facts)
    return new


def head_of(body: Body) -> Post | None:
    """The post of a body's head (负责人), None when it has none."""
    return Post.objects.filter(lasting(), body=body, head=True).select_related("user").first()


@action("commons.approve_posts")
def approve_post(*, by: Actor, body: Body, post: Post) -> Post:
    """Let a post come into force (核准任职): the second pair of eyes on every power that is given.

    Raises: NotVisible when the post is another body's; BadInput when it does not wait; RuleBroken for one's own, or one
    that the actor gave.
    """
    in_body(post, body)
    not_self(by, post.user)
    if by.code == post.given_by:
        raise RuleBroken("任职和核准要由两个人办。请另一位安全管理员核准。", code="same_person")
    done = Post.objects.filter(pk=post.pk, waiting=True).update(waiting=False, approved_by=by.code)
    if not done:
        raise BadInput("这个岗位已经核准过，或已被退回。", code="not_waiting")
    post.refresh_from_db()
    trail.record("commons.post_approved", body, by=by, facts={"user": f"user:{post.user_id}", "role": post.role})
    return post


@action("commons.approve_posts")
def decline_post(*, by: Actor, body: Body, post: Post, reason: str) -> Post:
    """Send a post back (不予核准); it never was in force.

    Raises: NotVisible when the post is another body's; BadInput when it does not wait or no reason is given.
    """
    in_body(post, body)
    not_self(by, post.user)
    if not reason.strip():
        raise BadInput("请写明不予核准的理由，系统管理员会看到。", code="reason_missing")
    ended = post.from_on - timedelta(days=1)
    done = Post.objects.filter(pk=post.pk, waiting=True).update(until_on=ended, approved_by="")
    if not done or (post.until_on is not None and post.until_on < post.from_on):
        raise BadInput("这个岗位已经核准过，或已被退回。", code="not_waiting")
    post.refresh_from_db()
    facts = {"user": f"user:{post.user_id}", "role": post.role}
    trail.record("commons.post_declined", body, by=by, facts=facts, note=reason.strip()[:500])
    return post


@action("commons.manage_accounts")
def end_post(*, by: Actor, body: Body, post: Post, last_day: date) -> Post:
    """End a post (离任) after its last day; yesterday ends it at once, and with it every session of the person.

    Raises: NotVisible when the post is another body's; BadInput for a day before it began; RuleBroken for one's own.
    """
    in_body(post, body)
    not_self(by, post.user)
    if post.until_on is not None and post.until_on < timezone.localdate():
        raise BadInput("这个岗位已经结束。", code="post_ended")
    if last_day < post.from_on - timedelta(days=1):
        raise BadInput(f"最后一天不能早于任职日期（{post.from_on}）。", code="last_day")
    old = post.until_on.isoformat() if post.until_on else None
    post.until_on = last_day
    post.save(update_fields=["until_on"])
    if last_day < timezone.localdate():
        end_sessions(post.user)
    facts = {"user": f"user:{post.user_id}", "role": post.role}
    trail.record("commons.post_ended", body, by=by, facts=facts, changes={"until_on": [old, last_day.isoformat()]})
    return post

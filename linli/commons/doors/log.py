"""The log of the door (登录记录): what happened, to whom, from where; what was typed is never kept."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from linli.commons.doors.sessions import browser_family
from linli.commons.models import DoorEvent, Post, User
from linli.commons.web import caller_address

DAYS = 200
"""How long lines are kept: the Cybersecurity Law asks for at least six months of network logs."""

What = DoorEvent.What
BY_OTHERS = (What.RESET_ISSUED, What.FACTOR_RESET, What.UNLOCKED)
"""What others did to an account: its person is told at the next sign-in."""


def latest_post(user: User) -> Post | None:
    """The post that an account belongs to: one in force, else the newest, also a waiting one."""
    return _latest(user.pk)


def _latest(user: int) -> Post | None:
    held = list(Post.objects.filter(user_id=user).select_related("body").order_by("-id"))
    today = timezone.localdate()
    return next((post for post in held if post.is_current(today)), held[0] if held else None)


def note(what: str, user: User | None, request: HttpRequest | None = None, *, by: str = "") -> None:
    """Write one line.

    Args:
        user: None for an account that does not exist. request: where it came from, when a browser did it.
        by: who did it, when it was not the person.
    """
    post = _latest(user.pk if user else 0)  # one query, whether the account exists or not
    DoorEvent.objects.create(
        user=user,
        place=post.body.place_id if post else "",
        what=what,
        address=caller_address(request)[:45] if request else "",
        browser=browser_family(request.META.get("HTTP_USER_AGENT", "")) if request else "",
        by=by[:80],
    )


def told_since_last_time(user: User) -> list[DoorEvent]:
    """What others did to the account since its person last signed in, oldest first."""
    last = DoorEvent.objects.filter(user=user, what__in=(What.SIGNED_IN, What.RECOVERED)).order_by("-id").first()
    rows = DoorEvent.objects.filter(Q(pk__gt=last.pk) if last else Q(), user=user, what__in=BY_OTHERS)
    return list(rows.order_by("id"))


def sweep() -> int:
    """Delete lines older than `DAYS` (定时清理)."""
    gone, _ = DoorEvent.objects.filter(at__lt=timezone.now() - timedelta(days=DAYS)).delete()
    return gone

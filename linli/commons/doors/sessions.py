"""Sessions (会话): Django's own database store, with a row that knows its person. To end a session is to delete its row.

Nothing about a session is trusted to the cookie: a deleted row is gone on the next request of whoever holds it.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from linli.commons.doors.models import Session
from linli.commons.models import User
from linli.commons.settings import KEYS, number_of

DOOR = "door"
"""Key inside the session: when it began, when it was last used, by which browser, its public code."""
FRESH = 60
"""Seconds after which use is noted again: one write a minute at most."""

FAMILIES = (
    ("MicroMessenger", "微信"),
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("QQBrowser", "QQ 浏览器"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("HarmonyOS", "鸿蒙"),
    ("OpenHarmony", "鸿蒙"),
    ("Android", "安卓"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


class SessionStore(DatabaseStore):
    """Sessions in the database, each with its person."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """The table of sessions."""
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """The row for these contents; what it says about its person is read from them alone."""
        row: Session = super().create_model_instance(data)  # type: ignore[assignment]
        door = data.get(DOOR)
        user = str(data.get("_auth_user_id", ""))
        if isinstance(door, dict) and user.isascii() and user.isdigit():
            row.user_id = int(user)
            row.code, row.browser = door["code"], door["browser"]
            row.started_at, row.seen_at = moment(door["at"]), moment(door["seen"])
        return row


def moment(stamp: float) -> datetime:
    """A time as the session keeps it, which is JSON."""
    return datetime.fromtimestamp(stamp, UTC)


def browser_family(header: str) -> str:
    """Browser and system in two words, as far as a User-Agent header tells; no version, nothing that identifies a device."""
    browser = next((name for sign, name in FAMILIES if sign in header), "")
    system = next((name for sign, name in SYSTEMS if sign in header), "")
    return " · ".join(word for word in (browser, system) if word) or "未知浏览器"


def begin(request: HttpRequest) -> None:
    """Note in a session just signed in when it began and where; its id was renewed by signing in."""
    now = timezone.now().timestamp()
    request.session[DOOR] = {
        "code": secrets.token_urlsafe(12),
        "at": now,
        "seen": now,
        "browser": browser_family(request.META.get("HTTP_USER_AGENT", "")),
    }
    request.session.set_expiry(KEYS["doors.longest"].high * 60)


def is_over(session: SessionBase, place: str) -> bool:
    """Whether a staff session has been idle or open for too long; one in use is noted as seen, at most once a minute.

    Args:
        place: whose limits hold (`doors.idle`, `doors.longest`, in minutes).
    """
    door = session[DOOR]
    now = timezone.now().timestamp()
    if 0 <= now - door["seen"] < FRESH:
        return False
    if (
        now - door["seen"] > number_of("doors.idle", place) * 60
        or now - door["at"] > number_of("doors.longest", place) * 60
    ):
        return True
    session[DOOR] = {**door, "seen": now}
    return False


def sessions_of(user: User) -> QuerySet[Session]:
    """A person's open sessions, last used first."""
    return Session.objects.filter(user=user, expire_date__gt=timezone.now()).order_by("-seen_at")


def end_sessions(user: User, *, but: str | None = None, code: str = "") -> int:
    """Delete a person's sessions, so that their next request is nobody's; return how many.

    Args:
        but: key of the one to keep. code: end only the one with this public code.
    """
    rows = Session.objects.filter(user=user).exclude(session_key=but or "")
    ended, _ = (rows.filter(code=code) if code else rows).delete()
    return ended


def sweep() -> int:
    """Delete sessions that ran out (定时清理)."""
    ended, _ = Session.objects.filter(expire_date__lt=timezone.now()).delete()
    return ended

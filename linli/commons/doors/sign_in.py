"""Signing in (登录): password, then code. A wrong answer reads, weighs and costs the same whatever was wrong.

After a right password the browser holds a knock (敲门): it is nobody yet, and has ten minutes to show the code.
"""

from __future__ import annotations

import hashlib
import hmac

from django.conf import settings
from django.contrib.auth import authenticate, login
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.commons.doors import factor, sessions
from linli.commons.doors.log import What, note
from linli.commons.models import SecondFactor, User
from linli.commons.web import caller_address
from linli.kit import limiter
from linli.kit.errors import TooMany

KNOCK = "knock"
KNOCK_MINUTES = 10
FREE_ACCOUNT, FREE_ADDRESS, MOST_MINUTES = 5, 20, 15
"""Failures before an account, or an address, must wait; and the longest wait."""


def account_key(username: str) -> str:
    """The limiter's key of an account; hashed, since somebody may type a password there."""
    return f"door:account:{hashlib.sha256(username.casefold().encode('utf-8', 'replace')).hexdigest()[:32]}"


def address_key(request: HttpRequest) -> str:
    """The limiter's key of an address."""
    return f"door:address:{caller_address(request)}"[:100]


def check_address(request: HttpRequest) -> None:
    """Raises: TooMany when the address must wait; it says nothing about any account."""
    if limiter.is_held(address_key(request)):
        raise TooMany(_("从这个网络登录失败的次数太多，请 15 分钟后再试。"), code="too_many")


def try_password(request: HttpRequest, username: str, password: str) -> User | None:
    """The person with that account and password, or None: unknown, wrong, closed or waiting, nobody can tell which.

    Every way runs the slow hash once and makes as many queries as any other.

    Raises:
        TooMany: too many failures from the address.
    """
    check_address(request)
    held = limiter.is_held(account_key(username))
    found = authenticate(request, username=username, password=password)
    if isinstance(found, User) and not held:
        return found
    failed_at_door(request, username, What.WRONG_PASSWORD)
    return None


def failed_at_door(request: HttpRequest, username: str, what: str) -> None:
    """Count a failure for the account and the address, and note it; the same work for every reason."""
    key = account_key(username)
    held = limiter.is_held(key)
    # A waiting account is not made to wait longer; another key is counted instead, so that the work stays the same.
    limiter.slow_down("door:spare" if held else key, free=FREE_ACCOUNT, most=MOST_MINUTES)
    limiter.slow_down(address_key(request), free=FREE_ADDRESS, most=MOST_MINUTES)
    note(What.LOCKED if held else what, User.objects.filter(username=username).first(), request)


def try_code(request: HttpRequest, user: User, code: str) -> str:
    """Use up a code of a person: "totp", "recovery", or "" when it is wrong or the account must wait.

    Raises:
        TooMany: too many failures from the address.
    """
    check_address(request)
    how = "" if limiter.is_held(account_key(user.username)) else factor.use_code(user, code)
    if not how:
        failed_at_door(request, user.username, What.WRONG_CODE)
    return how


def factor_required() -> bool:
    """Whether every staff account needs a second factor: always, but for the demo."""
    return not settings.LINLI_DEMO


def has_factor(user: User) -> bool:
    """Whether a person has enrolled one."""
    return SecondFactor.objects.filter(user=user).exists()


def knock(request: HttpRequest, user: User) -> None:
    """Remember that this browser showed the right password; nothing else is open yet. The session's id is renewed."""
    if request.user.is_authenticated:
        request.session.flush()
    else:
        request.session.cycle_key()
    request.session[KNOCK] = {"user": user.pk, "at": timezone.now().timestamp(), "seal": user.get_session_auth_hash()}


def knocking(request: HttpRequest) -> User | None:
    """Who has shown the password and still owes the code; None after ten minutes, or when the password changed since."""
    held = request.session.get(KNOCK)
    if not isinstance(held, dict) or timezone.now().timestamp() - held["at"] > KNOCK_MINUTES * 60:
        return None
    user = User.objects.filter(pk=held["user"], is_active=True).first()
    return user if user and hmac.compare_digest(user.get_session_auth_hash(), held["seal"]) else None


def complete(request: HttpRequest, user: User, how: str = "") -> None:
    """Sign in: a new session id, the door noted in it, the failures forgotten."""
    request.session.pop(KNOCK, None)
    with transaction.atomic():
        login(request, user, backend="django.contrib.auth.backends.ModelBackend")
        request.session.pop("post", None)
        sessions.begin(request)
        limiter.forget(account_key(user.username))
        note(What.RECOVERED if how == "recovery" else What.SIGNED_IN, user, request)

"""What a page asks first: who is acting, and may they be here at all."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from linli.commons.actor import Actor
from linli.commons.roles import ELEVATED_POWERS
from linli.kit.errors import NotAllowed, NotVisible


def actor(request: HttpRequest) -> Actor:
    """The actor that the middleware found (a resident when nobody is signed in)."""
    return cast(Actor, request.actor)  # type: ignore[attr-defined]


def staff(*powers: str) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """A page for posts holding one of the powers: others are asked to sign in, or find nothing."""

    def wrap(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            who = actor(request)
            if not who.is_staff:
                return redirect(f"{settings.LOGIN_PATH}?next={request.path}")
            if powers and not who.powers.intersection(powers):
                raise NotVisible()
            return view(request, *args, **kwargs)

        run.powers = powers  # type: ignore[attr-defined]
        return run

    return wrap


def require(who: Actor, power: str, at: object) -> None:
    """Turn away a post without the power before its form is looked at, so that nobody fills in what cannot be done.

    Raises:
        NotAllowed: the actor lacks the power at that place.
    """
    if not who.may(power, at):
        raise NotAllowed(
            "您现在的岗位不能办理这一步。请换岗位，或请有权的单位办理。", code="no_power", facts={"power": power}
        )


def require_elevated(who: Actor, power: str) -> None:
    """Tell a post that holds a power only in an elevated session (提权) to open one first.

    Raises:
        NotAllowed: the post would hold the power after elevation.
    """
    later = ELEVATED_POWERS.get(who.post.role, frozenset()) if who.post else frozenset()
    if power in later and power not in who.powers:
        raise NotAllowed(
            "此事要先提权：请打开“提权”页，输入密码和动态码，15 分钟内再办。",
            code="not_elevated",
            facts={"power": power},
        )


def safe_next(request: HttpRequest, fallback: str) -> str:
    """Where to go on, if it is an address of this site; else the fallback."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    fine = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if fine and wanted.startswith("/") else fallback


def caller_address(request: HttpRequest) -> str:
    """Network address of the caller, for limits on guessing; never stored with an appeal.

    Behind a reverse proxy (LINLI_PROXY) it is the last of X-Forwarded-For, the one that our own proxy added.
    """
    if settings.LINLI_PROXY:
        forwarded = str(request.META.get("HTTP_X_FORWARDED_FOR", "")).rsplit(",", 1)[-1].strip()
        if forwarded:
            return forwarded[:60]
    return str(request.META.get("REMOTE_ADDR", ""))

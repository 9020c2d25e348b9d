"""What a page asks first: who is acting, and may they be here at all."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from linli.commons.actor import Actor
from linli.kit.errors import NotVisible


def actor(request: HttpRequest) -> Actor:
    """The actor that the middleware found (a resident when nobody is signed in)."""
    return cast(Actor, request.actor)  # type: ignore[attr-defined]


def staff(*powers: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """A page for posts holding one of the powers: others are asked to sign in, or find nothing."""

    def wrap(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            who = actor(request)
            if not who.is_staff:
                return redirect(f"{settings.LOGIN_PATH}?next={request.path}")
            if powers and not who.powers.intersection(powers):
                raise NotVisible()
            return view(request, *args, **kwargs)

        run.powers = powers  # type: ignore[attr-defined]
        return run

    return wrap


def caller_address(request: HttpRequest) -> str:
    """Network address of the caller, for limits on guessing; never stored with an appeal."""
    return str(request.META.get("REMOTE_ADDR", ""))

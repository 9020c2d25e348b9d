"""Request-wide wiring: who acts, safe headers, undecodable input."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.commons.actor import RESIDENT, Actor, actor_for
from linli.commons.doors import sessions
from linli.kit import reference
from linli.kit.errors import BadInput, refuse, wants_json

CSP = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; script-src 'self'; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    # No page asks for any of these: positions, pictures and sound are never taken, only handed in.
    "Permissions-Policy": "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(),"
    " microphone=(), midi=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""On every answer, files and programs' answers too. HSTS is Django's own part, where `LINLI_PROXY` says that TLS is in front."""


class SafetyMiddleware:
    """Outermost: safe headers on every answer, and a Chinese 4xx for input that Django itself cannot read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if (
            "\x00" in request.path
            or "\x00" in request.META.get("QUERY_STRING", "")
            or "%00" in request.META.get("QUERY_STRING", "")
        ):
            response = refuse(request, BadInput("网址中有无法识别的字符，请从首页重新进入。", code="bad_address"))
        else:
            response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if "Cache-Control" not in response.headers and not request.path.startswith("/static/"):
            response.headers["Cache-Control"] = "private, no-store"
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, RequestDataTooBig):
            return refuse(
                request, BadInput("提交的内容太大。文字请在 5000 字以内，图片每张不超过 10 MB。", code="too_big")
            )
        if isinstance(exception, UnicodeError | SuspiciousOperation | BadRequest):
            return refuse(request, BadInput("提交的内容中有无法识别的字符，请删除后再试。", code="bad_text"))
        return None


class ActorMiddleware:
    """Set `request.actor`, read anew on each request, so that a post or a session that ended bites at once."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        known = settings.SESSION_COOKIE_NAME in request.COOKIES and not wants_json(request)
        with reference.held_for(request):
            request.actor = actor_of_session(request) if known else RESIDENT  # type: ignore[attr-defined]
        return self.get_response(request)


def actor_of_session(request: HttpRequest) -> Actor:
    """Who acts in this session: the chosen post of whoever is signed in, elevated or not; a resident when it is over."""
    if not request.user.is_authenticated:
        return RESIDENT
    post, elevated = request.session.get("post"), request.session.get("elevated")
    until = None
    if isinstance(elevated, dict) and elevated["until"] > timezone.now().timestamp() and elevated["post"] == post:
        until = sessions.moment(elevated["until"])
    found = actor_for(request.user, post if isinstance(post, int) else None, until)
    if sessions.DOOR not in request.session:
        sessions.begin(request)
    if found is not None and sessions.is_over(request.session, found.place):
        logout(request)
        messages.info(request, _("登录已到时，为了安全已自动退出，请重新登录。"))
        return RESIDENT
    return found or RESIDENT

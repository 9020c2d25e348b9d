"""Too many at once (拥挤): what cannot be answered soon is turned away at once, instead of queueing for ever.

granian itself would let a thousand requests wait for its threads, each longer than the one before, until nobody is
answered in time. Here a few work, some more wait their turn, and the rest hear within milliseconds when to come again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import ClassVar

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from linli.kit.errors import Refusal, refuse

WORKING, WAITING, TURNING_AWAY = 6, 18, 4
"""Threads that answer, threads that wait for one of these, and threads kept free to turn others away."""
RETRY_SECONDS = 5


class Busy(Refusal):
    """Too many requests at once (系统繁忙)."""

    status: ClassVar[int] = 503
    title = "系统繁忙"


class CrowdMiddleware:
    """Let a bounded number in; stands below static files, which cost next to nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.inside = threading.BoundedSemaphore(WORKING + WAITING)
        self.working = threading.BoundedSemaphore(WORKING)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not self.inside.acquire(blocking=False):
            response = refuse(
                request, Busy(_("现在访问的人太多，这次没有提交。请过几秒再试；急事请拨打服务电话。"), code="busy")
            )
            response["Retry-After"] = str(RETRY_SECONDS)
            return response
        try:
            with self.working:
                return self.get_response(request)
        finally:
            self.inside.release()

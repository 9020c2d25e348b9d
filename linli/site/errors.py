"""Pages for what Django itself refuses."""

from __future__ import annotations

import sys

from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from linli.kit.errors import BadInput, NotAllowed, NotVisible, Refusal, Unavailable, refuse, wants_json


def unreadable(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """What Django cannot read; a session that was ended while this request ran leads to the door."""
    if isinstance(exception, SessionInterrupted):
        return redirect("site:login")
    return refuse(request, BadInput(_("提交的内容无法识别，请返回上一页再试。"), code="unreadable"))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return refuse(request, NotVisible(_("没有这个页面。请检查网址，或返回首页。")))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return refuse(request, NotAllowed(_("没有权限打开这个页面。")))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return refuse(
        request,
        NotAllowed(_("页面停留太久或浏览器禁用了 Cookie。请返回上一页，刷新后再提交，填写的内容还在。"), code="csrf"),
    )


def broken(request: HttpRequest) -> HttpResponse:
    """What nobody foresaw: 500; a database that is away or cannot write: 503, and the caller may try again.

    The pages are fixed text, for a page that asks the database who is signed in would fail once more.
    """
    away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    if not wants_json(request):
        response = HttpResponse(render_to_string("503.html" if away else "500.html"), status=503 if away else 500)
    elif away:
        response = refuse(
            request, Unavailable("数据库暂时不能使用，这次没有保存。请稍后用同一个请求再试。", code="away")
        )
    else:
        response = refuse(request, Broken("系统出了问题，这次可能没有保存。请稍后再试，或报告管理员。", code="broken"))
    if away:
        response["Retry-After"] = "15"
    return response


class Broken(Refusal):
    """An unforeseen failure (系统出错)."""

    status = 500
    title = "系统出错"

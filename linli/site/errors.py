"""Pages for what Django itself refuses."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from linli.kit.errors import NotAllowed, NotVisible, refuse


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
    return HttpResponse(render_to_string("500.html"), status=500)

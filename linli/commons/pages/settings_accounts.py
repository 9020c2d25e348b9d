"""Accounts for the administrators (账号): one post with its account, posts that wait for approval, and the log of sign-ins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import django_filters
from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.commons import people, queries
from linli.commons.actor import Actor
from linli.commons.doors.sign_in import account_key, has_factor
from linli.commons.models import DoorEvent, Post, User
from linli.commons.pages.settings_bodies import find_body
from linli.commons.roles import ELEVATED_POWERS
from linli.commons.web import actor, require, require_elevated, staff
from linli.kit.errors import BadInput, NotVisible
from linli.kit.export import csv_response
from linli.kit.forms import Form, TextField
from linli.kit.limiter import is_held
from linli.kit.text import clean_text

PAGE = 100
MOST = 300


class LastDayForm(Form):
    """When a post ends."""

    last_day = forms.DateField(
        label="最后一天",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="这一天仍可办理；要立即停用，请填昨天。",
        error_messages={"required": "请填写最后一天。", "invalid": "日期看不懂，请写成 2027-01-01。"},
    )


class ReasonForm(Form):
    """Why."""

    reason = TextField(
        label="理由",
        max_length=500,
        error_messages={"required": "请写明理由。", "max_length": "理由请写在 500 字以内。"},
    )


FORMS: dict[str, type[Form]] = {"end": LastDayForm, "decline": ReasonForm, "factor": ReasonForm}
POWER = {
    "end": "commons.manage_accounts",
    "reset": "commons.manage_accounts",
    "close": "commons.manage_accounts",
    "open": "commons.manage_accounts",
    "approve": "commons.approve_posts",
    "decline": "commons.approve_posts",
    "factor": "commons.reset_factor",
    "unlock": "commons.unlock_account",
}


def _steps(who: Actor, post: Post) -> dict[str, Callable[[dict[str, Any]], str]]:
    """What can be done to a post and its account: name of the button → the action, which returns what to say."""
    body, name = post.body, post.user.name

    def said(words: str, run: Callable[..., object]) -> Callable[[dict[str, Any]], str]:
        return lambda data: (run(by=who, body=body, post=post, **data), words)[1]

    return {
        "end": said(_("已登记离任。"), people.end_post),
        "close": said(
            _("%s的账号已停用，已登录的立即退出。") % name,
            lambda **given: people.set_account_active(active=False, **given),
        ),
        "open": said(_("%s的账号已启用。") % name, lambda **given: people.set_account_active(active=True, **given)),
        "approve": said(_("已核准，即日起按任职日期生效。"), people.approve_post),
        "decline": said(_("已退回，系统管理员会看到理由。"), people.decline_post),
        "factor": said(_("%s的动态码已重置，下次登录时重新绑定。") % name, people.reset_factor),
        "unlock": said(_("已解除暂停，%s可以马上再登录。") % name, people.unlock_account),
    }


@staff("commons.see_accounts")
def post_page(request: HttpRequest, code: str, id: int) -> HttpResponse:
    """One post and its account: what each administrator may do to it."""
    who = actor(request)
    body = find_body(who, code)
    post = body.posts.select_related("user", "body").filter(pk=id).first()
    if post is None:
        raise NotVisible()
    do = request.POST.get("do", "end") if request.method == "POST" else ""
    shown = {name: form(prefix=name if name != "end" else None) for name, form in FORMS.items()}
    shown["end"].initial = {"last_day": timezone.localdate()}
    asked: Form | None = None
    reset_code = ""
    if do:
        if do not in POWER:
            raise BadInput(_("没有这个操作，请从页面上的按钮办理。"), code="no_step")
        asked = FORMS.get(do, Form)(request.POST, prefix=do if do != "end" else None)
        if do in shown:
            shown[do] = asked

        def run(data: dict[str, Any]) -> str:
            require_elevated(who, POWER[do])
            if do == "reset":
                return people.issue_password_reset(by=who, body=body, post=post)
            return _steps(who, post)[do](data)

        done = asked.attempt(run)
        if done is not None and do == "reset":
            reset_code = done
        elif done is not None:
            messages.success(request, done)
            return redirect("settings:post", code=body.code, id=post.pk)
    later = _later(who)
    mine = who.user == post.user
    context = {
        "body": body,
        "post": post,
        "user": post.user,
        "form": asked if asked is not None and asked.errors else None,
        "end_form": shown["end"],
        "decline_form": shown["decline"],
        "factor_form": shown["factor"],
        "reset_code": reset_code,
        "person": post.user.name,
        "reset_hours": people.RESET_HOURS,
        "may": {power.split(".")[1]: power in who.powers and not mine for power in POWER.values()},
        "must_elevate": bool(later) and not later <= who.powers and not mine,
        "mine": mine,
        "over": post.until_on is not None and post.until_on < timezone.localdate(),
        "factor": has_factor(post.user),
        "held": is_held(account_key(post.user.username)),
        "given_by": _name(post.given_by),
        "approved_by": _name(post.approved_by),
        "crumbs": [
            {"label": _("机构"), "url": reverse("settings:bodies")},
            {"label": body.name, "url": reverse("settings:body", args=[body.code])},
            {"label": post.user.name},
        ],
    }
    return render(request, "commons/post.html", context, status=asked.status if asked else 200)


def _name(code: str) -> str:
    """Who stands behind `user:ID`; the system, or nothing."""
    number = code.removeprefix("user:")
    if code == "installer":
        return _("安装管理员（命令行）")
    return str(User.objects.filter(pk=int(number)).first() or "") if number.isascii() and number.isdigit() else ""


@staff("commons.see_accounts")
def accounts_page(request: HttpRequest) -> HttpResponse:
    """Who was given what by whom, those that wait first; who has no second factor yet."""
    who = actor(request)
    form = Form(request.POST if request.method == "POST" else None)
    done = form.attempt(lambda data: _approve(who, request.POST.getlist("pick")))
    if done is not None:
        messages.success(request, _("已核准 %s 个任职。") % done)
        return redirect("settings:accounts")
    q = str(clean_text(request.GET.get("q", "")))[:40]
    found = queries.posts_under(who)
    if q:
        found = found.filter(Q(user__username__icontains=q) | Q(user__name__icontains=q) | Q(body__name__icontains=q))
    posts = list(found[: MOST + 1])
    names = {f"user:{user.pk}": user.name for user in User.objects.filter(pk__in=_numbers(posts))}
    names["installer"] = _("安装管理员（命令行）")
    rows = [
        {
            "post": post,
            "given_by": names.get(post.given_by, ""),
            "approved_by": names.get(post.approved_by, ""),
            "factor": hasattr(post.user, "factor"),
        }
        for post in posts[:MOST]
    ]
    context = {
        "waiting": [row for row in rows if row["post"].waiting],  # type: ignore[attr-defined]
        "rows": [row for row in rows if not row["post"].waiting],  # type: ignore[attr-defined]
        "bare": sum(not row["factor"] for row in rows),
        "form": form,
        "approves": "commons.approve_posts" in who.powers,
        "must_elevate": "commons.approve_posts" in _later(who) - who.powers,
        "q": q,
        "more": len(posts) > MOST,
        "most": MOST,
    }
    return render(request, "commons/accounts.html", context, status=form.status)


def _later(who: Actor) -> frozenset[str]:
    """Powers that the post holds when elevated."""
    return ELEVATED_POWERS.get(who.post.role, frozenset()) if who.post else frozenset()


def _approve(who: Actor, picked: list[str]) -> int:
    """Approve the posts that were ticked, each an act of its own; return how many."""
    if "commons.approve_posts" not in who.powers | _later(who):
        require(who, "commons.approve_posts", who.place)
    ids = [int(one) for one in picked if one.isascii() and one.isdigit() and len(one) < 19]
    posts = list(queries.posts_under(who).filter(pk__in=ids, waiting=True))
    if not posts:
        raise BadInput(_("请先勾选要核准的任职。"), code="none_picked")
    require_elevated(who, "commons.approve_posts")
    for post in posts:
        people.approve_post(by=who, body=post.body, post=post)
    return len(posts)


def _numbers(posts: list[Post]) -> set[int]:
    codes = {code.removeprefix("user:") for post in posts for code in (post.given_by, post.approved_by)}
    return {int(code) for code in codes if code.isascii() and code.isdigit()}


class DoorFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter ships no types
    """By what happened."""

    what = django_filters.ChoiceFilter(label="事项", choices=DoorEvent.What.choices, empty_label="全部")

    class Meta:
        model = DoorEvent
        fields: list[str] = []


@staff("commons.see_sign_ins")
def sign_ins_page(request: HttpRequest) -> HttpResponseBase:
    """The log of the door within the actor's places, newest first; `as=csv` hands out what is filtered."""
    who = actor(request)
    found = queries.door_events_of(who)
    q = str(clean_text(request.GET.get("q", "")))[:40]
    if q:
        found = found.filter(Q(user__username__icontains=q) | Q(user__name__icontains=q) | Q(address__startswith=q))
    picked = DoorFilter(request.GET, queryset=found)
    rows = picked.qs if picked.is_valid() else found
    if request.GET.get("as") == "csv":
        header = ["时间", "账号", "姓名", "事项", "网络地址", "浏览器", "办理人"]
        return csv_response("登录记录", header, (_line(row) for row in rows.iterator(chunk_size=2000)))
    before = request.GET.get("before", "")
    page = rows.filter(pk__lt=int(before)) if before.isascii() and before.isdigit() and len(before) < 19 else rows
    shown = list(page[: PAGE + 1])
    query = request.GET.copy()
    for name in ("as", "before"):
        query.pop(name, None)
    older = query.copy()
    if len(shown) > PAGE:
        older["before"] = str(shown[PAGE - 1].pk)
    context = {
        "rows": shown[:PAGE],
        "q": q,
        "strangers": queries.unknown_accounts_tried(),
        "filter_form": picked.form,
        "active": sum(bool(request.GET.get(name)) for name in picked.form.fields),
        "query": query.urlencode(),
        "older_url": f"?{older.urlencode()}" if len(shown) > PAGE else "",
        "newer_url": f"?{query.urlencode()}" if before else "",
    }
    return render(request, "commons/sign_ins.html", context, status=422 if picked.form.errors else 200)


def _line(row: DoorEvent) -> list[object]:
    user = row.user
    return [
        row.at,
        user.username if user else "",
        user.name if user else "",
        row.get_what_display(),
        row.address,
        row.browser,
        row.by,
    ]


urlpatterns: list[URLPattern] = [
    path("bodies/<str:code>/posts/<int:id>/", post_page, name="post"),
    path("accounts/", accounts_page, name="accounts"),
    path("sign-ins/", sign_ins_page, name="sign_ins"),
]

"""My sign-ins (我的登录): where I am signed in, password, second factor, and elevation for administrators."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from linli.commons.actor import Actor
from linli.commons.doors import own, sign_in
from linli.commons.doors.sessions import DOOR, sessions_of
from linli.commons.models import DoorEvent, RecoveryCode, SecondFactor, User
from linli.commons.roles import ELEVATED_POWERS
from linli.commons.settings import number_of
from linli.commons.web import actor, safe_next, staff
from linli.kit.errors import BadInput, RuleBroken
from linli.kit.forms import Form, TextField
from linli.site import doors

SHOWN = 20
IN_WORDS = {
    "commons.manage_accounts": gettext_lazy("新增账号、任职、离任、停用账号、发密码重设代码"),
    "commons.approve_posts": gettext_lazy("核准或退回任职"),
    "commons.reset_factor": gettext_lazy("重置他人的动态码"),
}


class PasswordForm(doors.NewPasswordForm):
    """The old password, and a new one twice."""

    old = doors.password_field(gettext_lazy("原密码"), "current-password")
    field_order = ("old", "new", "again")


class ProofForm(Form):
    """Once more the password, and the code where one is bound."""

    password = doors.password_field(gettext_lazy("密码"), "current-password")
    now = doors.code_field(gettext_lazy("现在的动态码"), required=False)

    def __init__(self, bound: bool, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        if bound:
            self.fields["now"].required = True
        else:
            del self.fields["now"]


class RebindForm(ProofForm):
    """Proof of oneself, and of the new app."""

    code = doors.code_field(gettext_lazy("新身份验证器上的 6 位数字"))
    field_order = ("password", "now", "code")


class ElevateForm(ProofForm):
    """Proof of oneself, and why."""

    reason = TextField(
        label=gettext_lazy("为什么要提权"),
        max_length=500,
        help_text=gettext_lazy("写明要办什么，如“给新来的徐兰登记任职”。审计员会看到。"),
        error_messages={
            "required": gettext_lazy("请写明为什么要提权。"),
            "max_length": gettext_lazy("请写在 500 字以内。"),
        },
    )
    field_order = ("reason", "password", "now")


def _user(who: Actor) -> User:
    assert who.user is not None  # `staff` let nobody else in
    return who.user


def prove(request: HttpRequest, password: str, code: str) -> None:
    """Password and code once more; failures count as at the door.

    Raises: BadInput when either is wrong. RuleBroken when a second factor is required and none is bound. TooMany.
    """
    user = _user(actor(request))
    if not sign_in.has_factor(user) and sign_in.factor_required():
        raise RuleBroken(_("请先绑定动态码，再办这一步。"), code="no_factor")
    fine = sign_in.try_password(request, user.username, password) is not None
    if fine and sign_in.has_factor(user):
        fine = bool(sign_in.try_code(request, user, code))
    if not fine:
        raise BadInput(_("密码或动态码不对。每个动态码只能用一次，请等下一个；输错次数多了要等一会儿。"), code="proof")


@staff(own.OWN)
def home(request: HttpRequest) -> HttpResponse:
    """Open sessions with time and browser, the second factor, and what happened at this door."""
    who = actor(request)
    user = _user(who)
    if request.method == "POST":
        code = request.POST.get("session", "")
        form = Form(request.POST)
        ended = form.attempt(
            lambda data: own.sign_out_elsewhere(by=who, session=request.session.session_key, code=code[:24])
        )
        if ended:
            messages.success(request, _("已退出 %s 处登录。") % ended)
        else:
            messages.info(request, _("没有其他登录需要退出。"))
        return redirect("me:home")
    here = request.session[DOOR]["code"]
    context = {
        "sessions": [{"row": row, "here": row.code == here} for row in sessions_of(user)],
        "factor": SecondFactor.objects.filter(user=user).first(),
        "codes_left": RecoveryCode.objects.filter(user=user, used_at=None).count(),
        "events": DoorEvent.objects.filter(user=user)[:SHOWN],
        "idle": number_of("doors.idle", who.place),
        "longest": number_of("doors.longest", who.place),
    }
    return render(request, "work/me.html", context)


@staff(own.OWN)
def password_page(request: HttpRequest) -> HttpResponse:
    """Change the own password (修改密码)."""
    who = actor(request)
    form = PasswordForm(request.POST if request.method == "POST" else None)
    user = form.attempt(
        lambda data: own.change_password(by=who, old=data["old"], new=data["new"], session=request.session.session_key)
    )
    if user is not None:
        update_session_auth_hash(request, user)
        messages.success(request, _("密码已改，其他地方的登录都已退出。"))
        return redirect("me:home")
    crumbs = [{"label": _("我的登录"), "url": "/work/me/"}, {"label": _("修改密码")}]
    return render(request, "work/me_password.html", {"form": form, "crumbs": crumbs}, status=form.status)


@staff(own.OWN)
def factor_page(request: HttpRequest) -> HttpResponse:
    """Bind an authenticator app, or another one in place of the old; renew the recovery codes."""
    who = actor(request)
    user = _user(who)
    bound = sign_in.has_factor(user)
    renew = request.POST.get("do") == "codes"
    secret = doors.offered_secret(request)
    form = RebindForm(bound, request.POST if request.method == "POST" and not renew else None)
    proof = ProofForm(bound, request.POST if renew else None, auto_id="codes_%s")

    def bind(data: dict[str, str]) -> list[str]:
        prove_first(data)
        return own.enrol_factor(by=who, secret=secret, code=data["code"], session=request.session.session_key)

    def prove_first(data: dict[str, str]) -> None:
        if bound:
            prove(request, data["password"], data.get("now", ""))
        elif sign_in.try_password(request, user.username, data["password"]) is None:
            raise BadInput(_("密码不对，请重新输入。"), code="proof")

    def renewed(data: dict[str, str]) -> list[str]:
        prove_first(data)
        return own.renew_recovery_codes(by=who)

    codes = proof.attempt(renewed) if renew else form.attempt(bind)
    if codes is not None:
        if not renew:
            request.session.pop(doors.NEW_SECRET, None)
        return doors.recovery_page(request, user, codes, "/work/me/")
    shown = proof if renew else form
    crumbs = [{"label": _("我的登录"), "url": "/work/me/"}, {"label": _("动态码")}]
    context = {
        "form": shown if shown.is_bound else None,
        "bind": form,
        "proof": proof,
        "bound": bound,
        "crumbs": crumbs,
    }
    return render(request, "work/me_factor.html", context | doors.enrolment(user, secret), status=shown.status)


@staff("commons.elevate")
def elevate_page(request: HttpRequest) -> HttpResponse:
    """Hold the dangerous powers for a quarter of an hour (提权)."""
    who = actor(request)
    user = _user(who)
    form = ElevateForm(sign_in.has_factor(user), request.POST if request.method == "POST" else None)

    def run(data: dict[str, str]) -> float:
        prove(request, data["password"], data.get("now", ""))
        return own.elevate(by=who, reason=data["reason"]).timestamp()

    until = form.attempt(run)
    if until is not None and who.post is not None:
        request.session.cycle_key()
        request.session["post"] = who.post.pk
        request.session["elevated"] = {"until": until, "post": who.post.pk}
        return redirect(safe_next(request, "/work/accounts/"))
    role = who.post.role if who.post else ""
    context = {
        "form": form,
        "next": safe_next(request, ""),
        "minutes": own.ELEVATED_MINUTES,
        "powers": [IN_WORDS[power] for power in sorted(ELEVATED_POWERS.get(role, ()))],
        "must_bind": sign_in.factor_required() and not sign_in.has_factor(user),
    }
    return render(request, "work/elevate.html", context, status=form.status)


@require_POST
@staff("commons.elevate")
def end_elevation(request: HttpRequest) -> HttpResponse:
    """Give the dangerous powers back now."""
    if request.session.pop("elevated", None):
        own.end_elevation(by=actor(request))
        request.session.cycle_key()
        messages.success(request, _("提权已结束。"))
    return redirect("/work/")


urlpatterns: list[URLPattern] = [
    path("", home, name="home"),
    path("password/", password_page, name="password"),
    path("factor/", factor_page, name="factor"),
    path("elevate/", elevate_page, name="elevate"),
    path("elevate/end/", end_elevation, name="end_elevation"),
]

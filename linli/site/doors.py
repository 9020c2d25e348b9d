"""The staff door (登录), before anybody is signed in: password, code, first enrolment, and a password by one-time code."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import segno
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from linli.commons.actor import posts_of
from linli.commons.doors import factor, own, sign_in
from linli.commons.doors.log import told_since_last_time
from linli.commons.models import RecoveryCode, User
from linli.commons.web import safe_next
from linli.kit.errors import BadInput, TooMany
from linli.kit.forms import Form, TextField
from linli.kit.privacy import decrypt, encrypt

NEW_SECRET = "new_factor"


def password_field(label: Any, autocomplete: str, hint: Any = "") -> forms.CharField:
    """A password as typed: nothing is stripped, nothing is sent back."""
    return forms.CharField(
        label=label,
        max_length=200,
        strip=False,
        help_text=hint,
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
        error_messages={
            "required": gettext_lazy("请填写密码。"),
            "max_length": gettext_lazy("密码请在 200 个字以内。"),
            "null_characters_not_allowed": gettext_lazy("密码中有无法识别的字符，请重新输入。"),
        },
    )


def account_field() -> TextField:
    """The account's name."""
    return TextField(
        label=gettext_lazy("账号"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
        error_messages={
            "required": gettext_lazy("请填写账号。"),
            "max_length": gettext_lazy("账号请在 40 个字以内。"),
        },
    )


def code_field(label: Any, hint: Any = "", *, required: bool = True) -> TextField:
    """Six digits from the telephone, or a code from paper."""
    return TextField(
        label=label,
        max_length=20,
        required=required,
        help_text=hint,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "characters"}),
        error_messages={
            "required": gettext_lazy("请填写代码。"),
            "max_length": gettext_lazy("代码不会这么长，请核对后再输入。"),
        },
    )


LENGTH_HINT = gettext_lazy("至少 12 个字，可以是一句话；不要用常见密码，不要含账号或姓名。不用定期更换。")


class LoginForm(Form):
    """Account and password."""

    username = account_field()
    password = password_field(gettext_lazy("密码"), "current-password")


class CodeForm(Form):
    """The second factor at sign-in."""

    code = code_field(gettext_lazy("动态码"), gettext_lazy("手机身份验证器上的 6 位数字；手机不在身边，填一个恢复码。"))


class EnrolForm(Form):
    """Proof that the app holds the secret."""

    code = code_field(gettext_lazy("身份验证器上的 6 位数字"))


class NewPasswordForm(Form):
    """A new password, twice."""

    new = password_field(gettext_lazy("新密码"), "new-password", LENGTH_HINT)
    again = password_field(gettext_lazy("再输一遍新密码"), "new-password")

    def clean(self) -> dict[str, Any]:
        """Both are the same."""
        given = super().clean() or {}
        if given.get("new") and given.get("again") and given["new"] != given["again"]:
            self.add_error("again", _("两次输入的新密码不一样，请重新输入。"))
        return given


class ResetForm(NewPasswordForm):
    """The administrator's one-time code and a new password."""

    username = account_field()
    code = code_field(gettext_lazy("一次性代码"), gettext_lazy("管理员给您的 10 位代码，24 小时内有效，只能用一次。"))
    field_order = ("username", "code", "new", "again")


def demo_accounts() -> tuple[list[dict[str, str]], str, list[str]]:
    """Accounts of the demo, their common password, and those with a second factor; nothing outside demo mode.

    Returns: rows with `username`, `label`, `place` and `hint`, and the password. Names come from the demo's own constants, never from
    the accounts in the database.
    """
    if not settings.LINLI_DEMO:
        return [], "", []
    demo = import_module("demo")
    rows = [
        {"username": username, "label": f"{role} · {name}", "place": county, "hint": hint}
        for username, name, role, county, hint in demo.ACCOUNTS
    ]
    return rows, str(demo.PASSWORD), sorted(getattr(demo, "FACTORS", ()))


def _on(request: HttpRequest, name: str) -> HttpResponse:
    """On to another page of the door, taking the wanted address along."""
    wanted = safe_next(request, "")
    return redirect(reverse(name) + (f"?{urlencode({'next': wanted})}" if wanted else ""))


def login_page(request: HttpRequest) -> HttpResponse:
    """Sign in (登录): staff only; residents need no account."""
    accounts, password, bound = demo_accounts()
    context = {"accounts": accounts, "password": password, "bound": bound, "next": safe_next(request, "")}
    if request.method != "POST":
        return render(request, "site/login.html", {"form": LoginForm(), **context})
    form = LoginForm(request.POST)
    status = 422
    if form.is_valid():
        try:
            user = sign_in.try_password(request, form.cleaned_data["username"], form.cleaned_data["password"])
        except TooMany as refusal:
            form.add_error(None, refusal.shown)
            status = refusal.status
        else:
            if user is None:
                form.add_error(
                    None,
                    _(
                        "账号或密码不对，或者输错次数多了要等一会儿再试（最长 15 分钟）。忘了密码，请找本单位的系统管理员发一次性代码。"
                    ),
                )
            elif not posts_of(user):
                form.add_error(None, _("这个账号现在没有在任的岗位，或任职还没有核准，请找本单位的系统管理员。"))
            else:
                return _known(request, user)
    return render(request, "site/login.html", {"form": form, **context}, status=status)


def _known(request: HttpRequest, user: User) -> HttpResponse:
    """After the right password: the code, the enrolment, or, in the demo, straight in."""
    if sign_in.has_factor(user):
        sign_in.knock(request, user)
        return _on(request, "site:code")
    if sign_in.factor_required():
        sign_in.knock(request, user)
        return _on(request, "site:enrol")
    return enter(request, user)


def enter(request: HttpRequest, user: User, how: str = "") -> HttpResponse:
    """Sign in and go on; say what others did to the account meanwhile."""
    told = told_since_last_time(user)
    sign_in.complete(request, user, how)
    for event in told:
        said = {"what": event.get_what_display(), "by": event.by, "when": f"{localtime(event.at):%Y-%m-%d %H:%M}"}
        messages.warning(request, _("%(when)s，%(by)s：%(what)s。不是您要求的，请马上报告。") % said)
    if how == "recovery":
        left = RecoveryCode.objects.filter(user=user, used_at=None).count()
        messages.warning(request, _("您用掉了一个恢复码，还剩 %s 个。手机丢了，请到“我的登录”重新绑定。") % left)
    return redirect(safe_next(request, "/work/"))


def _again(request: HttpRequest) -> HttpResponse:
    messages.info(request, _("请先输入账号和密码。"))
    return _on(request, "site:login")


def code_page(request: HttpRequest) -> HttpResponse:
    """The code after the password (动态码)."""
    user = sign_in.knocking(request)
    if user is None or not sign_in.has_factor(user):
        return _again(request)
    form = CodeForm(request.POST if request.method == "POST" else None)
    status = form.status
    if form.is_valid():
        try:
            how = sign_in.try_code(request, user, form.cleaned_data["code"])
        except TooMany as refusal:
            form.add_error(None, refusal.shown)
            status = refusal.status
        else:
            if how:
                return enter(request, user, how)
            form.add_error("code", _("动态码不对或已用过。每个只能用一次，请等下一个再输；输错次数多了要等一会儿。"))
            status = 422
    bound = demo_accounts()[2]
    context = {"form": form, "next": safe_next(request, ""), "demo_account": user.username in bound and user.username}
    return render(request, "site/code.html", context, status=status)


def qr_of(text: str) -> SafeString:
    """A QR code as inline drawing, made here: the secret goes to no other host."""
    return mark_safe(segno.make(text, error="m", micro=False).svg_inline(omitsize=True, border=2))


def offered_secret(request: HttpRequest) -> str:
    """The secret that this session shows until it is bound; sealed, as the session rests in the database."""
    kept = request.session.get(NEW_SECRET)
    if isinstance(kept, str):
        return decrypt(kept)
    secret = factor.new_secret()
    request.session[NEW_SECRET] = encrypt(secret)
    return secret


def enrolment(user: User, secret: str) -> dict[str, Any]:
    """What the page of enrolment shows: the drawing, and the secret in groups of four for typing."""
    groups = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return {"qr": qr_of(factor.otpauth(user.username, secret)), "secret": groups}


def recovery_page(request: HttpRequest, user: User, codes: list[str], go_on: str) -> HttpResponse:
    """The ten codes, shown once, to be printed or written down."""
    return render(request, "site/recovery.html", {"codes": codes, "account": user.username, "go_on": go_on})


def enrol_page(request: HttpRequest) -> HttpResponse:
    """Bind an authenticator app at the first sign-in (首次绑定动态码); without it nobody gets in."""
    user = sign_in.knocking(request)
    who = own.oneself(user) if user else None
    if user is None or who is None or sign_in.has_factor(user):
        return _again(request)
    secret = offered_secret(request)
    form = EnrolForm(request.POST if request.method == "POST" else None)
    codes = form.attempt(lambda data: own.enrol_factor(by=who, secret=secret, code=data["code"]))
    if codes is not None:
        request.session.pop(NEW_SECRET, None)
        go_on = str(enter(request, user)["Location"])
        return recovery_page(request, user, codes, go_on)
    context = {"form": form, "next": safe_next(request, ""), **enrolment(user, secret)}
    return render(request, "site/enrol.html", context, status=form.status)


def reset_page(request: HttpRequest) -> HttpResponse:
    """Set a password with the administrator's one-time code (用一次性代码设密码)."""
    form = ResetForm(request.POST if request.method == "POST" else None)
    status = form.status
    if form.is_valid():
        given = form.cleaned_data
        try:
            own.set_password_at_door(request, given["username"], given["code"], given["new"])
        except (BadInput, TooMany) as refusal:
            form.add_error("new" if refusal.code == "password" else None, refusal.shown)
            status = refusal.status
        else:
            messages.success(request, _("新密码已设好，请用它登录。"))
            return redirect("site:login")
    return render(request, "site/set_password.html", {"form": form}, status=status)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out (退出); the session is emptied."""
    logout(request)
    messages.success(request, _("已退出。"))
    return redirect("site:home")


urlpatterns: list[URLPattern] = [
    path("login/", login_page, name="login"),
    path("login/code/", code_page, name="code"),
    path("login/enrol/", enrol_page, name="enrol"),
    path("login/password/", reset_page, name="set_password"),
    path("logout/", sign_out, name="logout"),
]

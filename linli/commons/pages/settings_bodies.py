"""Bodies and who holds which post in them (机构与任职)."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.commons import people, queries
from linli.commons.actor import Actor
from linli.commons.models import Body, Place, Post, User
from linli.commons.roles import ELEVATED_POWERS
from linli.commons.web import actor, require_elevated, staff
from linli.kit.errors import BadInput, NotVisible
from linli.kit.forms import Form, TextField
from linli.kit.register import Column, Register
from linli.kit.scope import under
from linli.methods.classify import OWNERS

POWERS = ("commons.set_limit", "commons.see_accounts")


class BodyChangeForm(Form):
    """What may be corrected of a body."""

    name = TextField(
        label="名称",
        max_length=60,
        error_messages={"required": "请填写机构名称。", "max_length": "名称请写在 60 字以内。"},
    )
    duty = forms.ChoiceField(
        label="职责类别",
        required=False,
        choices=[("", "不承办诉求"), *OWNERS.items()],
        help_text="按事项找承办单位时用。",
        error_messages={"invalid_choice": "没有这个职责类别，请照列表填写。"},
    )
    phone = TextField(
        label="电话", required=False, max_length=30, error_messages={"max_length": "电话请写在 30 字以内。"}
    )


class BodyForm(BodyChangeForm):
    """A new body."""

    code = forms.RegexField(
        r"^\d[0-9A-Za-z-]{1,39}$",
        label="机构代码",
        help_text="区划代码加短横线和简称，如 420999001-street。以后不能改。",
        error_messages={"required": "请填写机构代码。", "invalid": "机构代码以数字开头，只用数字、字母和短横线。"},
    )
    kind = forms.ChoiceField(
        label="类别",
        choices=Body.Kind.choices,
        error_messages={"required": "请选择类别。", "invalid_choice": "没有这个类别，请照列表填写。"},
    )
    place = TextField(
        label="管辖范围",
        max_length=60,
        help_text="地方的名称（如 滨江社区）或区划代码。",
        error_messages={"required": "请填写管辖范围。", "max_length": "管辖范围请填名称或代码。"},
    )
    field_order = ("code", "name", "kind", "place", "duty", "phone")


class BodyFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter ships no types
    """Kind, and whether the body still exists."""

    kind = django_filters.ChoiceFilter(label="类别", choices=Body.Kind.choices, empty_label="全部")
    ended = django_filters.ChoiceFilter(
        label="状态", choices=(("no", "在用"), ("yes", "已撤销")), empty_label="全部", method="by_end"
    )

    class Meta:
        model = Body
        fields: list[str] = []

    def by_end(self, rows: Any, name: str, value: str) -> Any:
        """Rows that ended, or that did not."""
        return rows.filter(ended_on__isnull=value == "no")


def _place(by: Actor, given: str) -> Place:
    """A place by code or by name within the actor's own. Raises: BadInput when none or several fit."""
    rows = list(Place.objects.filter(under("code", by.place), code=given)[:1])
    rows = rows or list(Place.objects.filter(under("code", by.place), name=given)[:3])
    if not rows:
        raise BadInput(f"您管辖范围内没有“{given}”。请填写地方的全名或区划代码。", code="place")
    if len(rows) > 1:
        codes = "、".join(row.code for row in rows)
        raise BadInput(f"有几个地方都叫“{given}”，请改填区划代码：{codes}。", code="place")
    return rows[0]


BODIES = Register(
    name="bodies",
    title="机构",
    noun="机构",
    measure="个",
    model=Body,
    rows=queries.bodies_of,
    columns=(
        Column("名称", "name"),
        Column("机构代码", "code"),
        Column("类别", "kind"),
        Column("管辖范围", lambda row: row.place.name),
        Column("职责类别", lambda row: OWNERS.get(row.duty, row.duty)),
        Column("电话", "phone"),
        Column("撤销日期", lambda row: row.ended_on.isoformat() if row.ended_on else "", tight=True),
    ),
    key="code",
    search=("name", "code", "place__name"),
    filters=BodyFilter,
    form=BodyForm,
    change_form=BodyChangeForm,
    create=lambda *, by, place, **data: people.add_body(by=by, place=_place(by, place), **data),
    change=lambda *, by, row, **data: people.change_body(by=by, body=row, **data),
    end=lambda *, by, row: people.end_body(by=by, body=row),
    end_label="撤销机构",
    end_text="撤销后，它的岗位从今天起不能再办理，也不能再派给它；以前办过的记录都保留。不能恢复，只能重新设立。",
    url=lambda row: reverse("settings:body", args=[row.code]),
    empty="先录入县级部门、街道和社区的机构，才能分派诉求、交办任务。",
    power="commons.set_limit",
)


class PostForm(Form):
    """A post for somebody who has an account, or a new account with its first post."""

    username = forms.RegexField(
        r"^[A-Za-z0-9_.-]{3,40}$",
        label="账号",
        help_text="已有账号的直接任职；没有的同时填姓名，系统会新建账号。",
        error_messages={"required": "请填写账号。", "invalid": "账号用 3 到 40 个字母、数字、点、短横线或下划线。"},
    )
    name = TextField(
        label="姓名", required=False, max_length=40, error_messages={"max_length": "姓名请写在 40 字以内。"}
    )
    role = forms.ChoiceField(
        label="岗位", error_messages={"required": "请选择岗位。", "invalid_choice": "本机构不能设这个岗位。"}
    )

    head = forms.BooleanField(label="负责人", required=False, help_text="一个机构最多一位负责人。")

    def __init__(self, body: Body, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["role"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(role.value, role.label) for role in people.roles_for(body)]


def find_body(who: Actor, code: str) -> Body:
    """A body within the actor's places. Raises: NotVisible."""
    body = queries.bodies_of(who).filter(code=code).first()
    if body is None:
        raise NotVisible()
    return body


@staff(*POWERS)
def body_page(request: HttpRequest, code: str) -> HttpResponse:
    """One body: its facts, and who holds which post; administrators add a post here."""
    who = actor(request)
    body = find_body(who, code)
    sees_accounts = "commons.see_accounts" in who.powers
    form = PostForm(body, request.POST if request.method == "POST" else None)
    code_shown, person = "", ""
    if request.method == "POST":
        done = form.attempt(lambda data: _appoint(who, body, data))
        if done is not None:
            post, code_shown = done
            if not code_shown:
                messages.success(request, _("%(name)s任%(role)s已登记，等安全管理员核准后生效。") % _said(post))
                return redirect("settings:body", code=body.code)
            form, person = PostForm(body), post.user.name
    today = timezone.localdate()
    posts = [{"post": post, "now": post.until_on is None or post.until_on >= today} for post in queries.posts_in(body)]
    context = {
        "body": body,
        "duty": OWNERS.get(body.duty, body.duty),
        "posts": sorted(posts, key=lambda one: not one["now"]),
        "form": form,
        "reset_code": code_shown,
        "person": person,
        "reset_hours": people.START_HOURS,
        "sees_accounts": sees_accounts,
        "appoints": makes_accounts(who) and body.ended_on is None,
        "may_appoint": "commons.manage_accounts" in who.powers and body.ended_on is None,
        "may_change": "commons.set_limit" in who.powers and body.ended_on is None,
        "crumbs": [{"label": _("机构"), "url": reverse("settings:bodies")}, {"label": body.name}],
    }
    return render(request, "commons/body.html", context, status=form.status)


def _said(post: Post) -> dict[str, str]:
    return {"name": post.user.name, "role": str(Post(role=post.role).get_role_display())}


def makes_accounts(who: Actor) -> bool:
    """Whether the post is one that makes accounts, elevated or not."""
    return who.post is not None and "commons.manage_accounts" in ELEVATED_POWERS.get(who.post.role, ())


def _appoint(who: Actor, body: Body, data: dict[str, Any]) -> tuple[Post, str]:
    require_elevated(who, "commons.manage_accounts")
    user = User.objects.filter(username=data["username"]).first()
    if user is not None:
        return people.appoint(by=who, body=body, user=user, role=data["role"], head=data["head"]), ""
    if not data["name"]:
        raise BadInput(f"没有账号“{data['username']}”。要新建，请同时填写姓名。", code="no_account")
    return people.add_person(by=who, body=body, **data)


urlpatterns: list[URLPattern] = [
    *BODIES.urls("bodies/", staff(*POWERS), write=staff("commons.set_limit")),
    path("bodies/<str:code>/", body_page, name="body"),
]

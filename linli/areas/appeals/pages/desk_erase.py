"""Requests to erase personal data (删除申请): the county's list, and the decision on one."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from linli.areas.appeals import actions as appeals
from linli.areas.appeals.flow import State
from linli.areas.appeals.models import Appeal, Erasure
from linli.commons.actor import Actor
from linli.commons.web import actor, require, staff
from linli.kit.errors import NotVisible
from linli.kit.forms import Form, TextField
from linli.kit.register import Column, Register
from linli.kit.scope import visible_to

GUARD = staff("appeals.erase")


class DecideForm(Form):
    """The reason, for a refusal only."""

    decision = TextField(
        label=lazy("不予删除的理由和依据"),
        help_text=lazy("只在不予删除时填写，居民会看到。例如：法律规定的保存期限未满，期满后删除。"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": lazy("请在 1000 字以内。")},
    )


class StateFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter ships no types
    """Whether it is decided."""

    state = django_filters.ChoiceFilter(label="状态", choices=Erasure.State.choices, empty_label="全部")

    class Meta:
        model = Erasure
        fields: list[str] = []


def requests_of(by: Actor) -> QuerySet[Erasure]:
    """Requests within the post's place."""
    return visible_to(by, Erasure.objects.select_related("appeal", "appeal__place"))


ERASURES = Register(
    name="erasures",
    title="删除申请",
    noun="删除申请",
    measure="件",
    model=Erasure,
    rows=requests_of,
    columns=(
        Column("编号", lambda row: row.appeal.number),
        Column("地方", lambda row: str(row.appeal.place)),
        Column("核对方式", "shown"),
        Column("申请时间", "asked_at"),
        Column("状态", "state"),
        Column("处理人", "decided_by"),
        Column("处理时间", "decided_at"),
    ),
    search=("appeal__number",),
    filters=StateFilter,
    url=lambda row: f"/work/erasures/{row.appeal.number}/",
    empty="居民在“查进度”页或窗口申请删除个人信息后，会列在这里。",
)


@GUARD
def erasure_page(request: HttpRequest, number: str) -> HttpResponse:
    """One request: what would go, what stays, and the decision."""
    who = actor(request)
    row = requests_of(who).filter(appeal__number=number).order_by("-id").first()
    if row is None:
        raise NotVisible()
    appeal = Appeal.everything.get(pk=row.appeal_id)
    form = DecideForm(request.POST or None)
    if request.method == "POST":
        require(who, "appeals.erase", appeal)
        if form.attempt(lambda data: decide(who, appeal, request.POST.get("do", ""), data)) is not None:
            messages.success(request, _("已处理，居民在查进度页能看到结果。"))
            return redirect("appeals_desk:erasure", number)
        row.refresh_from_db()
    context = {
        "row": row,
        "appeal": appeal,
        "asked": row.state == Erasure.State.ASKED,
        "state_label": State(appeal.state).label,
        "form": form,
        "crumbs": [{"label": _("删除申请"), "url": "/work/erasures/"}, {"label": number}],
    }
    return render(request, "appeals/desk_erasure.html", context, status=form.status)


def decide(who: Actor, appeal: Appeal, do: str, data: dict[str, Any]) -> Appeal | Erasure:
    """Take the button that was pressed; anything but the button of erasing is a refusal with its reason."""
    if do == "erase":
        return appeals.erase_reporter(by=who, appeal=appeal)
    return appeals.refuse_erasure(by=who, appeal=appeal, decision=data["decision"])


urlpatterns = [
    *ERASURES.urls("erasures/", GUARD),
    path("erasures/<str:number>/", erasure_page, name="erasure"),
]

"""Workbench: contact points (联系点名册): set up, corrected, ended; and the limit for answers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from linli.areas.assembly import actions as assembly
from linli.areas.assembly import queries
from linli.areas.assembly.actions.points import HOSTS
from linli.areas.assembly.models import ContactPoint
from linli.areas.assembly.pages import show
from linli.areas.mandates.pages.show import PickField, chips_for, day_field, pages
from linli.commons.actor import Actor
from linli.commons.models import Body
from linli.commons.settings import limit_of
from linli.commons.web import actor, staff
from linli.kit.clock import Limit, Unit
from linli.kit.errors import NotVisible, WrongState
from linli.kit.forms import Form, Select, TextField
from linli.kit.scope import under

SET_UP = staff("assembly.set_up_point")
LIMIT = staff("assembly.open_draft")
HEAD = ("编号", "名称", "所在地", "承办单位", "地址", "电话", "设立的决定", "设立日期", "撤销日期")


class ReachForm(Form):
    """Where residents find it."""

    address = TextField(
        label=lazy("地址"), max_length=120, error_messages={"required": lazy("请写明地址，居民才找得到。")}
    )
    phone = TextField(
        label=lazy("电话"), max_length=30, error_messages={"required": lazy("请写明电话，居民才问得到。")}
    )


class PointForm(ReachForm):
    """A contact point with the decision that set it up."""

    host = PickField(label=lazy("承办单位"), error_messages={"required": lazy("请选择承办单位。")})
    name = TextField(
        label=lazy("名称"),
        max_length=60,
        help_text=lazy("如：滨江社区基层立法联系点。"),
        error_messages={"required": lazy("请写明名称。")},
    )
    decision = TextField(
        label=lazy("设立的决定"),
        max_length=120,
        help_text=lazy("文号或名称，是设立联系点的证据。"),
        error_messages={"required": lazy("请写明设立的决定。")},
    )
    set_up_on = day_field(lazy("设立日期"))
    field_order = ("host", "name", "address", "phone", "decision", "set_up_on")

    def __init__(self, who: Actor, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        host = self.fields["host"]
        assert isinstance(host, PickField)
        rows = Body.objects.filter(under("place_id", who.place), kind__in=HOSTS, ended_on=None)
        host.offer(("", row.code, row.name, row) for row in rows.select_related("place").order_by("place_id", "kind"))


class EndForm(Form):
    """Why it ends."""

    reason = TextField(
        label=lazy("撤销的理由"), max_length=200, error_messages={"required": lazy("请写明撤销的理由。")}
    )


class LimitForm(Form):
    """Within which time comments are answered; left empty, nothing runs."""

    amount = forms.IntegerField(
        label=lazy("截止以后多久内公布采纳情况"),
        required=False,
        min_value=1,
        max_value=1000,
        help_text=lazy("草案没有写时限，由本机关自己定；不填就不计时。"),
        error_messages={
            "invalid": lazy("要填整数。"),
            "min_value": lazy("要填 1 到 1000 的整数。"),
            "max_value": lazy("要填 1 到 1000 的整数。"),
        },
    )
    unit = forms.ChoiceField(label=lazy("单位"), choices=Unit.choices, widget=Select)


@SET_UP
def index(request: HttpRequest) -> HttpResponseBase:
    """The register of the congress's contact points, those that stand first."""
    who = actor(request)
    rows = _own(who).annotate(said=Count("comments")).order_by("ended_on", "place_id", "id")
    kind = request.GET.get("as", "")
    if kind in ("csv", "xlsx"):
        return show.take_away(kind, "基层立法联系点", HEAD, (_cells(row) for row in rows))
    limit = limit_of("assembly.answer", who.place)
    context = {
        **pages(request, rows),
        "limit": limit,
        "basis": chips_for("assembly.point_set_up", who.place),
        "crumbs": show.crumbs(_("联系点")),
    }
    return render(request, "assembly/desk_points.html", context)


def _own(who: Actor) -> Any:
    if who.body is None:
        return ContactPoint.objects.none()
    return queries.points_of(who.body)


def _cells(row: ContactPoint) -> list[object]:
    return [
        row.code,
        row.name,
        row.place.name,
        row.host.name,
        row.address,
        row.phone,
        row.decision,
        row.set_up_on,
        row.ended_on,
    ]


def _one(who: Actor, code: str) -> ContactPoint:
    found: ContactPoint | None = _own(who).filter(code=code).first()
    if found is None:
        raise NotVisible()
    return found


@SET_UP
def new(request: HttpRequest) -> HttpResponseBase:
    """Set up a contact point."""
    who = actor(request)
    posted = request.POST if request.method == "POST" else None
    form = PointForm(who, posted, initial={"set_up_on": timezone.localdate()})

    def run(data: dict[str, Any]) -> ContactPoint:
        return assembly.set_up_point(by=who, place=data["host"].place, **data)

    if posted is not None and form.attempt(run) is not None:
        messages.success(request, _("联系点已设立。"))
        return redirect("assembly_desk:points")
    context = {
        "title": _("设立联系点"),
        "lead": _("地址和电话会公开，居民靠它找到联系点。"),
        "form": form,
        "button": _("设立"),
        "back": reverse("assembly_desk:points"),
        "basis": chips_for("assembly.point_set_up", who.place),
        "no_article": True,
        "crumbs": show.crumbs(_("联系点"), _("设立"), url=reverse("assembly_desk:points")),
    }
    return render(request, "mandates/form.html", context, status=form.status)


@SET_UP
def change(request: HttpRequest, code: str) -> HttpResponseBase:
    """Correct address and telephone."""
    who = actor(request)
    row = _one(who, code)
    posted = request.POST if request.method == "POST" else None
    form = ReachForm(posted, initial={"address": row.address, "phone": row.phone})
    if posted is not None and form.attempt(lambda data: assembly.change_point(by=who, point=row, **data)) is not None:
        messages.success(request, _("已保存。"))
        return redirect("assembly_desk:points")
    return _page(request, form, row, _("修改地址和电话"), _("保存"))


@SET_UP
def end(request: HttpRequest, code: str) -> HttpResponseBase:
    """End a contact point."""
    who = actor(request)
    row = _one(who, code)
    if row.ended_on is not None:
        raise WrongState(_("这个联系点已经撤销。"), code="wrong_state")
    posted = request.POST if request.method == "POST" else None
    form = EndForm(posted)
    if posted is not None and form.attempt(lambda data: assembly.end_point(by=who, point=row, **data)) is not None:
        messages.success(request, _("联系点已撤销，收过的意见留着。"))
        return redirect("assembly_desk:points")
    return _page(request, form, row, _("撤销联系点"), _("撤销"))


def _page(request: HttpRequest, form: Form, row: ContactPoint, title: str, button: str) -> HttpResponseBase:
    context = {
        "title": f"{title}：{row.name}",
        "form": form,
        "button": button,
        "back": reverse("assembly_desk:points"),
        "crumbs": show.crumbs(_("联系点"), title, url=reverse("assembly_desk:points")),
    }
    return render(request, "mandates/form.html", context, status=form.status)


@LIMIT
def limit(request: HttpRequest) -> HttpResponseBase:
    """Say within which time comments are answered."""
    who = actor(request)
    now = limit_of("assembly.answer", who.place)
    posted = request.POST if request.method == "POST" else None
    form = LimitForm(posted, initial={"amount": now.amount, "unit": now.unit or Unit.WORKING_DAYS})

    def run(data: dict[str, Any]) -> Any:
        given = None if data["amount"] is None else Limit(data["amount"], data["unit"])
        return assembly.set_answer_limit(by=who, limit=given)

    if posted is not None and form.attempt(run) is not None:
        messages.success(request, _("已设定，以后截止的草案按它计时。"))
        return redirect("assembly_desk:points")
    context = {
        "title": _("设定答复时限"),
        "form": form,
        "button": _("设定"),
        "back": reverse("assembly_desk:points"),
        "no_article": True,
        "crumbs": show.crumbs(_("联系点"), _("答复时限"), url=reverse("assembly_desk:points")),
    }
    return render(request, "mandates/form.html", context, status=form.status)


urlpatterns: list[URLPattern] = [
    path("drafts/points/", index, name="points"),
    path("drafts/points/new/", new, name="point_new"),
    path("drafts/points/limit/", limit, name="answer_limit"),
    path("drafts/points/<str:code>/change/", change, name="point_change"),
    path("drafts/points/<str:code>/end/", end, name="point_end"),
]

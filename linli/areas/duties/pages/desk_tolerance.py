"""Workbench: tolerance (容错纠错): situations of the county, applications, examination and decision."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from linli.areas.duties import actions as duties
from linli.areas.duties import queries
from linli.areas.duties.models import Order, Report, Situation, Tolerance
from linli.areas.duties.pages import show
from linli.areas.mandates.pages.show import PickField, chips_for, day_field, own_place, pages
from linli.commons.actor import Actor
from linli.commons.web import actor, require, staff
from linli.kit.errors import NotVisible
from linli.kit.forms import Form, TextField
from linli.kit.scope import get_visible

SEE = staff("duties.apply_tolerance", "duties.examine_tolerance")
KEEP = staff("duties.keep_situations")
HEAD = (
    "编号",
    "申请单位",
    "以个人名义",
    "情形",
    "依据",
    "申请日期",
    "状态",
    "核查单位",
    "认定单位",
    "认定结果",
    "认定理由",
)


class SituationForm(Form):
    """A situation and where it is written."""

    text = TextField(label=lazy("情形"), max_length=300, error_messages={"required": lazy("请写明情形。")})
    basis = TextField(
        label=lazy("依据"),
        max_length=200,
        help_text=lazy("文件名称和文号。"),
        error_messages={"required": lazy("请写明依据。")},
    )
    from_on = day_field(lazy("从哪天起"))


class EndForm(Form):
    """From when it holds no more."""

    on = day_field(lazy("从哪天起停用"))


class ApplyForm(Form):
    """By which situation, on which order, and why."""

    situation = PickField(label=lazy("符合哪一种情形"), error_messages={"required": lazy("请选择情形。")})
    order = PickField(label=lazy("针对哪份整改通知"), required=False, help_text=lazy("没有整改通知的，不选。"))
    reason = TextField(
        label=lazy("经过和理由"),
        max_length=3000,
        help_text=lazy("出了什么差错、为什么符合这一情形、已经怎样补救。"),
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": lazy("请写明经过和理由。")},
    )
    personal = forms.BooleanField(label=lazy("以个人名义申请"), required=False)

    def __init__(self, who: Actor, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        situations, orders = self.fields["situation"], self.fields["order"]
        assert isinstance(situations, PickField) and isinstance(orders, PickField)
        situations.offer(("", row.code, f"{row.text}（{row.basis}）", row) for row in queries.situations_at(who.place))
        mine = Order.objects.none() if "duties.answer_order" not in who.powers else queries.orders_of(who)
        orders.offer(("", row.code, f"{row.code} {row.text[:30]}", row) for row in mine)


class OpinionForm(Form):
    """What the examination found."""

    opinion = TextField(
        label=lazy("核查情况和意见"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": lazy("请写明核查情况和意见。")},
    )


class DecideForm(Form):
    """The effect and why."""

    effect = forms.ChoiceField(
        label=lazy("认定结果"),
        choices=Report.Effect.choices,
        widget=forms.RadioSelect(),
        error_messages={"required": lazy("请选择认定结果。"), "invalid_choice": lazy("请从三项中选一项。")},
    )
    decision = TextField(
        label=lazy("认定理由"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": lazy("请写明认定理由。")},
    )


@SEE
def index(request: HttpRequest) -> HttpResponseBase:
    """The register of applications, and the situations in force."""
    who = actor(request)
    rows = queries.tolerances_of(who)
    kind = request.GET.get("as", "")
    if kind in ("csv", "xlsx"):
        return show.take_away(kind, "容错纠错登记", HEAD, (_cells(row) for row in rows))
    context = pages(request, rows)
    context |= {
        "situations": queries.situations_at(who.place),
        "may_apply": "duties.apply_tolerance" in who.powers,
        "may_keep": "duties.keep_situations" in who.powers,
        "basis": chips_for("duties.tolerance_decided", who.place),
    }
    return render(request, "duties/tolerances.html", context)


def _cells(row: Tolerance) -> list[object]:
    return [
        row.code,
        row.applicant.name,
        row.personal,
        row.situation.text,
        row.situation.basis,
        timezone.localdate(row.applied_at),
        row.get_state_display(),
        row.examiner.name if row.examiner else "",
        row.decider.name if row.decider else "",
        row.get_effect_display() if row.effect else "",
        row.decision,
    ]


@staff("duties.apply_tolerance")
def new(request: HttpRequest) -> HttpResponseBase:
    """Apply, on an order or independently."""
    who = actor(request)
    form = ApplyForm(
        who, request.POST if request.method == "POST" else None, initial={"order": request.GET.get("order", "")[:24]}
    )
    row = form.attempt(lambda data: duties.apply_tolerance(by=who, **data))
    if row is not None:
        messages.success(request, _("已提出容错申请 %s。") % row.code)
        return redirect("duties_desk:tolerance", row.code)
    lead = _("按县里事先公布的情形申请。由别的单位核查、另一个人认定；认定免责也要改正。")
    if not queries.situations_at(who.place).exists():
        lead = _("本县还没有登记容错情形，请先请县级牵头部门登记。")
    return _form(request, form, _("申请容错"), lead, "duties.tolerance_applied", who.place)


@SEE
def one(request: HttpRequest, code: str) -> HttpResponseBase:
    """One application; examined and decided here by whoever may."""
    who = actor(request)
    row = _seen(who, code)
    doing = request.POST.get("do", "")
    opinion = OpinionForm(request.POST if doing == "examine" else None)
    decide = DecideForm(request.POST if doing == "decide" else None)
    back = Form(request.POST if doing == "withdraw" else None)
    done = (
        opinion.attempt(lambda data: duties.examine_tolerance(by=who, tolerance=row, **data))
        or decide.attempt(lambda data: duties.decide_tolerance(by=who, tolerance=row, **data))
        or back.attempt(lambda _data: duties.withdraw_tolerance(by=who, tolerance=row))
    )
    if done is not None:
        messages.success(request, _("已办理。"))
        return redirect("duties_desk:tolerance", code)
    own = row.applicant_id in queries.bodies_of_person(who)
    bound = next((form for form in (opinion, decide, back) if form.is_bound), None)
    row = _seen(who, code)
    context = {
        "row": row,
        "form": bound,
        "opinion": opinion,
        "decide": decide,
        "may_examine": row.state == "applied" and not own and who.may("duties.examine_tolerance", row),
        "may_decide": row.state == "examined"
        and not own
        and who.code != row.examined_by
        and who.may("duties.decide_tolerance", row),
        "may_withdraw": row.applicant_id == who.body_code
        and row.state in ("applied", "examined")
        and "duties.apply_tolerance" in who.powers,
        "basis": chips_for("duties.tolerance_decided", row.place_id),
        "crumbs": [{"label": _("容错纠错"), "url": reverse("duties_desk:tolerances")}, {"label": row.code}],
    }
    return render(request, "duties/tolerance.html", context, status=bound.status if bound else 200)


def _seen(who: Actor, code: str) -> Tolerance:
    rows = Tolerance.objects.select_related("applicant", "situation", "examiner", "decider", "order", "place")
    return get_visible(who, rows, code=code)


@KEEP
def situation_new(request: HttpRequest) -> HttpResponseBase:
    """Name a situation."""
    who = actor(request)
    form = SituationForm(request.POST if request.method == "POST" else None, initial={"from_on": timezone.localdate()})
    row = form.attempt(lambda data: duties.keep_situation(by=who, place=own_place(who), **data))
    if row is not None:
        messages.success(request, _("已登记。"))
        return redirect("duties_desk:tolerances")
    lead = _("事先写明、公开的情形，才能用来认定容错。")
    return _form(request, form, _("登记容错情形"), lead, "duties.situation_added", who.place)


@KEEP
def situation_end(request: HttpRequest, code: str) -> HttpResponseBase:
    """End a situation."""
    who = actor(request)
    row = Situation.objects.filter(code=code).first()
    if row is None:
        raise NotVisible()
    require(who, "duties.keep_situations", row)
    form = EndForm(request.POST if request.method == "POST" else None, initial={"on": timezone.localdate()})
    if form.attempt(lambda data: duties.end_situation(by=who, situation=row, on=data["on"])) is not None:
        messages.success(request, _("已停用。"))
        return redirect("duties_desk:tolerances")
    return _form(request, form, _("停用容错情形"), row.text, "duties.situation_ended", row.place_id, danger=True)


def _form(
    request: HttpRequest, form: Form, title: str, lead: str, verb: str, place: str, *, danger: bool = False
) -> HttpResponseBase:
    basis = chips_for(verb, place)
    back = reverse("duties_desk:tolerances")
    context = {
        "title": title,
        "lead": lead,
        "basis": basis[0] if basis else None,
        "form": form,
        "button": title,
        "danger": danger,
        "back": back,
        "crumbs": [{"label": _("容错纠错"), "url": back}, {"label": title}],
    }
    return render(request, "duties/form.html", context, status=form.status)


urlpatterns: list[URLPattern] = [
    path("tolerance/", index, name="tolerances"),
    path("tolerance/new/", new, name="tolerance_new"),
    path("tolerance/situations/new/", situation_new, name="situation_new"),
    path("tolerance/situations/<str:code>/end/", situation_end, name="situation_end"),
    path("tolerance/<str:code>/", one, name="tolerance"),
]

"""Workbench: the steps of a report (检举怎么办): one address, one form and one action for each move of the flow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from linli.areas.duties import actions as duties
from linli.areas.duties import queries
from linli.areas.duties.actions.correct import outcomes_for
from linli.areas.duties.flow import REPORT
from linli.areas.duties.models import Report
from linli.areas.duties.pages import telling
from linli.areas.mandates.pages.show import PickField, day_field
from linli.commons.actor import Actor
from linli.commons.basis import chips
from linli.commons.web import actor, staff
from linli.kit.errors import NotVisible
from linli.kit.forms import Form, TextField

OWN_WORDS = lazy("用您自己的话写，不要写反映人的姓名、联系方式和原话。")


class StepForm(Form):
    """A form that knows its report."""

    def __init__(self, report: Report, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.report = report
        self.prepare()

    def prepare(self) -> None:
        """What can be chosen, from the report."""


def _text(label: Any, most: int, missing: Any, *, rows: int = 4) -> TextField:
    return TextField(
        label=label,
        max_length=most,
        help_text=OWN_WORDS,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"required": missing},
    )


class AcceptForm(StepForm):
    """Which duty it is about, if one is meant."""

    duty = forms.ChoiceField(
        label=lazy("是哪一项职责"),
        required=False,
        help_text=lazy("选了以后，证据材料里附上履职台账上的这一项。"),
        error_messages={"invalid_choice": lazy("请从列表中选择。")},
    )

    def prepare(self) -> None:
        field = self.fields["duty"]
        assert isinstance(field, forms.ChoiceField)
        owed = queries.owed_by(self.report.respondent)
        field.choices = [("", _("说不清，或不是某一项")), *((duty.id, duty.gist) for duty in owed)]


class ReplyForm(StepForm):
    """What the reporter reads."""

    reply = _text(lazy("给反映人的说明"), 1000, lazy("请写明理由，反映人会看到。"))


class TransferForm(ReplyForm):
    """To which desk."""

    to = PickField(label=lazy("转给"), error_messages={"required": lazy("请选择单位。")})
    field_order = ("to", "reply")

    def prepare(self) -> None:
        field = self.fields["to"]
        assert isinstance(field, PickField)
        out = (self.report.respondent_id, self.report.desk_id)
        field.offer((body.place.name, body.code, body.name, body) for body in queries.desks() if body.code not in out)


class ReferForm(ReplyForm):
    """To which organ outside."""

    organ = TextField(
        label=lazy("哪个机关"),
        max_length=60,
        help_text=lazy("别的法律、行政法规已有规定的，转法律规定的机关。"),
        error_messages={"required": lazy("请填写机关名称。")},
    )
    field_order = ("organ", "reply")


class OrderForm(StepForm):
    """What to correct until when."""

    text = _text(lazy("整改要求"), 2000, lazy("请写明要改正什么。"), rows=6)
    due_on = day_field(lazy("整改期限"))
    resolution = TextField(
        label=lazy("依据的决议或决定"), max_length=120, required=False, help_text=lazy("名称和日期。")
    )
    criticise = forms.BooleanField(label=lazy("同时通报批评"), required=False)

    def prepare(self) -> None:
        row = queries.row_of(self.report)
        if row is not None and "criticise" not in row.measures:
            del self.fields["criticise"]
        if self.report.corrector in queries.KEPT:
            self.fields["resolution"].required = True
            self.fields["resolution"].error_messages["required"] = _("请写明是哪一次决议或决定。")


class JudgeForm(StepForm):
    """Corrected or not."""

    corrected = forms.ChoiceField(
        label=lazy("整改结果"),
        choices=(("1", lazy("已改正")), ("0", lazy("没有改正"))),
        widget=forms.RadioSelect(),
        error_messages={"required": lazy("请选择整改结果。"), "invalid_choice": lazy("请从两项中选一项。")},
    )
    why = _text(lazy("认定理由"), 500, lazy("请写明怎么核实的。"), rows=3)

    def clean_corrected(self) -> bool:
        """Yes or no as a truth value."""
        return str(self.cleaned_data["corrected"]) == "1"


class CloseForm(ReplyForm):
    """With which outcome."""

    outcome = forms.ChoiceField(
        label=lazy("结果"),
        widget=forms.RadioSelect(),
        help_text=lazy("结果会公布：只有单位、问题类别、依据、日期和结果，没有任何文字说明。"),
        error_messages={"required": lazy("请选择结果。"), "invalid_choice": lazy("现在不能选这个结果。")},
    )
    field_order = ("outcome", "reply")

    def prepare(self) -> None:
        field = self.fields["outcome"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(one, Report.Outcome(one).label) for one in outcomes_for(self.report)]


@dataclass(frozen=True)
class Step:
    """One step: the moves it may take, its form, its action, and what is said when it is done."""

    label: Any
    moves: tuple[str, ...]
    form: type[StepForm]
    run: Callable[[Actor, Report, dict[str, Any]], object]
    done: Any
    danger: bool = False


STEPS: dict[str, Step] = {
    "accept": Step(
        lazy("受理"),
        ("accept",),
        AcceptForm,
        lambda who, row, data: duties.accept_report(by=who, report=row, **data),
        lazy("已受理。"),
    ),
    "order": Step(
        lazy("责令改正"),
        ("order",),
        OrderForm,
        lambda who, row, data: duties.order_correction(by=who, report=row, **data),
        lazy("已发出整改通知。"),
    ),
    "judge": Step(
        lazy("认定是否改正"),
        ("confirm", "find_uncorrected"),
        JudgeForm,
        lambda who, row, data: duties.judge_correction(by=who, report=row, **data),
        lazy("已认定，并通知整改单位。"),
    ),
    "close": Step(
        lazy("办结并公布结果"),
        ("close",),
        CloseForm,
        lambda who, row, data: duties.close_report(by=who, report=row, **data),
        lazy("已办结，结果已公布。"),
    ),
    "up": Step(
        lazy("报上一级"),
        ("escalate",),
        StepForm,
        lambda who, row, _data: duties.pass_report_up(by=who, report=row),
        lazy("已报上一级，本单位不再经办。"),
    ),
    "hand-over": Step(
        lazy("情节严重，移送追究"),
        ("hand_over",),
        ReplyForm,
        lambda who, row, data: duties.hand_over_report(by=who, report=row, **data),
        lazy("已登记移送。"),
        danger=True,
    ),
    "transfer": Step(
        lazy("转有权的单位"),
        ("transfer",),
        TransferForm,
        lambda who, row, data: duties.transfer_report(by=who, report=row, **data),
        lazy("已转出，本单位不再经办。"),
    ),
    "refer": Step(
        lazy("转平台以外的机关"),
        ("refer",),
        ReferForm,
        lambda who, row, data: duties.refer_report(by=who, report=row, **data),
        lazy("已登记转出。"),
    ),
    "decline": Step(
        lazy("不予受理"),
        ("decline",),
        ReplyForm,
        lambda who, row, data: duties.decline_report(by=who, report=row, **data),
        lazy("已告知反映人。"),
        danger=True,
    ),
}


def open_steps(row: Report) -> list[dict[str, str]]:
    """Steps that the report's state, its article and the ladder allow, the likeliest first."""
    liability = queries.row_of(row)
    found = []
    for name, step in STEPS.items():
        fits = any(row.state in REPORT[move].source for move in step.moves)
        if name == "hand-over" and (liability is None or not liability.severe):
            fits = False
        if name == "up" and fits and queries.next_rung(row) is None:
            fits = False
        if name == "close" and fits and row.state == "uncorrected" and queries.next_rung(row) is not None:
            fits = row.effect == Report.Effect.EXEMPT
        if fits:
            url = reverse("duties_desk:correction_step", args=[row.number, name])
            found.append({"name": name, "label": str(step.label), "url": url})
    return found


@staff("duties.correct")
def step_page(request: HttpRequest, number: str, name: str) -> HttpResponseBase:
    """One step of one report."""
    who = actor(request)
    row = queries.report_seen(who, number)
    step = STEPS.get(name)
    if step is None:
        raise NotVisible()
    form = step.form(row, request.POST if request.method == "POST" else None)
    if form.attempt(lambda data: step.run(who, row, data)) is not None:
        messages.success(request, step.done)
        seen = queries.reports_of(who).filter(pk=row.pk).exists()
        return redirect("duties_desk:correction", number) if seen else redirect("duties_desk:corrections")
    if request.method != "POST" and name not in {one["name"] for one in open_steps(row)}:
        messages.error(request, _("现在不能“%(step)s”，请看下面的状态。") % {"step": step.label})
        return redirect("duties_desk:correction", number)
    basis = chips(queries.basis_of(row))
    context = {
        "title": step.label,
        "lead": _lead(row, name),
        "basis": basis[0] if basis else None,
        "form": form,
        "button": step.label,
        "danger": step.danger,
        "back": reverse("duties_desk:correction", args=[number]),
        "crumbs": [{"label": number, "url": reverse("duties_desk:correction", args=[number])}, {"label": step.label}],
    }
    return render(request, "duties/form.html", context, status=form.status)


def _lead(row: Report, name: str) -> str:
    """One sentence on what the step means here."""
    said = {"who": telling.corrector(row), "body": row.respondent.name}
    liability = queries.row_of(row)
    if name == "order":
        return _("由%(who)s责令%(body)s改正。对方只看到整改要求，看不到是谁反映的。") % said
    if name == "up":
        rung = queries.next_rung(row)
        to = rung.desk.name if rung is not None else ""
        return _("转到%(to)s。本单位有人要回避，或纠正不了时用。") % {"to": to}
    if name == "hand-over" and liability is not None:
        organ = queries.corrector_label(liability.severe)
        return _("%(when)s，移送%(organ)s；平台的办理到此为止。") % {"when": liability.severe_when, "organ": organ}
    return _("被反映的单位：%(body)s") % said


urlpatterns: list[URLPattern] = [
    path("corrections/<str:number>/steps/<slug:name>/", step_page, name="correction_step"),
]

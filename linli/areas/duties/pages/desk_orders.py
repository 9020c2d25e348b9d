"""Workbench: orders to correct (整改通知) as the body ordered sees them: read, answer, print."""

from __future__ import annotations

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
from linli.areas.duties.models import Order
from linli.areas.duties.pages import show
from linli.areas.mandates.pages.show import pages
from linli.commons.basis import chips
from linli.commons.web import actor, staff
from linli.kit.forms import Form, TextField

SEE = staff("duties.answer_order")
PRINT = staff("duties.answer_order", "duties.correct")
HEAD = ("文号", "发出单位", "由谁纠正", "整改要求", "发出日期", "整改期限", "反馈日期", "结果", "依据")


class AnswerForm(Form):
    """What was corrected."""

    text = TextField(
        label=lazy("整改情况"),
        max_length=2000,
        help_text=lazy("改了什么、什么时候改的、结果如何。"),
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": lazy("请写明整改情况。"), "max_length": lazy("请写在 2000 字以内。")},
    )


@SEE
def index(request: HttpRequest) -> HttpResponseBase:
    """Orders to the own body, newest first; the register to take away."""
    rows = queries.orders_of(actor(request))
    kind = request.GET.get("as", "")
    if kind in ("csv", "xlsx"):
        return show.take_away(kind, "整改通知", HEAD, (_cells(row) for row in rows))
    context = pages(request, rows)
    context["today"] = timezone.localdate()
    return render(request, "duties/orders.html", context)


def _cells(row: Order) -> list[object]:
    return [
        row.code,
        row.desk.name,
        queries.corrector_label(row.corrector),
        row.text,
        timezone.localdate(row.issued_at),
        row.due_on,
        timezone.localdate(row.answered_at) if row.answered_at else "",
        row.get_state_display(),
        "；".join(chip["label"] for chip in chips(queries.basis_of(row.report))) or "本草案无此条，按县设定",
    ]


@SEE
def one(request: HttpRequest, code: str) -> HttpResponseBase:
    """One order, and the form that answers it."""
    who = actor(request)
    row = queries.order_seen(who, code)
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if form.attempt(lambda data: duties.answer_order(by=who, order=row, text=data["text"])) is not None:
        messages.success(request, _("已反馈，等发出单位认定。"))
        return redirect("duties_desk:order", code)
    context = {
        "order": row,
        "corrector": queries.corrector_label(row.corrector),
        "basis": chips(queries.basis_of(row.report)),
        "form": form,
        "may_answer": row.state == Order.Result.OPEN and row.answered_at is None,
        "may_ask": "duties.apply_tolerance" in who.powers and not row.tolerances.exclude(state="withdrawn").exists(),
        "tolerances": row.tolerances.all(),
        "today": timezone.localdate(),
        "crumbs": [{"label": _("整改通知"), "url": reverse("duties_desk:orders")}, {"label": row.code}],
    }
    return render(request, "duties/order.html", context, status=form.status)


@PRINT
def paper(request: HttpRequest, code: str) -> HttpResponseBase:
    """The order on A4 (整改通知书), for the body ordered and for the desk that has the report."""
    who = actor(request)
    row = queries.order_to_print(who, code)
    mine = row.body_id == who.body_code
    where = ("duties_desk:order", [code]) if mine else ("duties_desk:correction", [row.report.number])
    context = {
        "order": row,
        "corrector": queries.corrector_label(row.corrector),
        "basis": chips(queries.basis_of(row.report)),
        "issuer": row.desk.name,
        "number": row.code,
        "issued_on": timezone.localdate(row.issued_at),
        "back_url": reverse(where[0], args=where[1]),
    }
    return render(request, "duties/order_paper.html", context)


urlpatterns: list[URLPattern] = [
    path("correction-orders/", index, name="orders"),
    path("correction-orders/<str:code>/", one, name="order"),
    path("correction-orders/<str:code>/print/", paper, name="order_paper"),
]

"""Workbench: services asked for instead of burdening a committee, and the answers (HB 25(2))."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from linli.areas.mandates import actions as mandates
from linli.areas.mandates.models import PurchaseRequest
from linli.areas.mandates.pages import show
from linli.commons.actor import Actor
from linli.commons.web import actor, require, staff
from linli.kit.forms import Form, TextField
from linli.kit.scope import get_visible, visible_to
from linli.kit.text import clean_text

SEE = staff("mandates.request_purchase", "mandates.answer_purchase")


class RequestForm(Form):
    """What to buy, where, why and for how much."""

    place = show.PickField(
        label=_l("用在哪里"),
        error_messages={"required": _l("请选择地方。"), "invalid_choice": _l("请从列出的地方中选一个。")},
    )
    title = TextField(
        label=_l("需要购买的服务"), max_length=80, error_messages={"required": _l("请填写需要购买的服务。")}
    )
    need = TextField(
        label=_l("理由"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _l("请说明为什么要购买。")},
    )
    amount = forms.DecimalField(
        label=_l("估算金额（元）"),
        max_digits=12,
        decimal_places=2,
        error_messages={"required": _l("请填写估算金额。"), "invalid": _l("金额要填数字，例如 20000。")},
    )

    def __init__(self, who: Actor, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        show.offer_places(self.fields["place"], who)


class AnswerForm(Form):
    """The answer with its reason."""

    answer = TextField(
        label=_l("答复理由"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _l("请写明答复理由。")},
    )


@SEE
def purchases(request: HttpRequest) -> HttpResponse:
    """Requests the post may see, those without an answer first."""
    who = actor(request)
    State = PurchaseRequest.State
    kinds = {
        "": (_("待答复"), [State.ASKED]),
        "answered": (_("已答复"), [State.AGREED, State.DECLINED]),
    }
    chosen = request.GET.get("view", "")
    chosen = chosen if chosen in kinds else ""
    shown = visible_to(who, PurchaseRequest.objects.select_related("asker", "place"))
    context = show.pages(request, shown.filter(state__in=kinds[chosen][1]))
    context |= {
        "views": [
            {
                "label": label,
                "url": f"?view={key}",
                "current": key == chosen,
                "count": shown.filter(state__in=states).count(),
            }
            for key, (label, states) in kinds.items()
        ],
        "may_ask": who.may("mandates.request_purchase", None),
        "basis": show.chips_for("mandates.purchase_requested", who.place),
    }
    return render(request, "mandates/purchases.html", context)


@staff("mandates.request_purchase")
def new_purchase(request: HttpRequest) -> HttpResponse:
    """Ask for a service to be bought."""
    who = actor(request)
    start = {key: str(clean_text(request.GET.get(key, "")))[:1000] for key in ("place", "title", "need")}
    form = RequestForm(who, request.POST or None, initial=start)
    if request.method == "POST":
        row = form.attempt(lambda data: mandates.request_purchase(by=who, **data))
        if row is not None:
            messages.success(request, _("已提出购买服务申请 %(c)s。") % {"c": row.code})
            return redirect("mandates_desk:purchase", row.code)
    articles = show.chips_for("mandates.purchase_requested", who.place)
    context = {
        "form": form,
        "refused": show.refused(form),
        "title": _("申请购买服务"),
        "lead": _("社区不承担、居民又需要的事，可以由政府向第三方购买服务。"),
        "button": _("提出申请"),
        "basis": articles,
        "no_article": not articles,
        "back": reverse("mandates_desk:purchases"),
        "crumbs": [{"label": _("购买服务"), "url": reverse("mandates_desk:purchases")}, {"label": _("申请")}],
    }
    return render(request, "mandates/form.html", context, status=form.status)


@SEE
def purchase(request: HttpRequest, code: str) -> HttpResponse:
    """One request; answered here by a post that may, other than the asker's."""
    who = actor(request)
    row = get_visible(who, PurchaseRequest.objects.select_related("asker", "place"), code=code)
    form = AnswerForm(request.POST or None)
    if request.method == "POST":
        require(who, "mandates.answer_purchase", row)
        agree = request.POST.get("do") == "agree"
        done = form.attempt(
            lambda data: mandates.answer_purchase(by=who, request=row, agree=agree, answer=data["answer"])
        )
        if done is not None:
            messages.success(request, _("已答复，并通知申请单位。"))
            return redirect("mandates_desk:purchase", row.code)
        row = show.changed(row)
    State = PurchaseRequest.State
    context = {
        "row": row,
        "asked": row.state == State.ASKED,
        "agreed": row.state == State.AGREED,
        "answering": row.state == State.ASKED
        and who.may("mandates.answer_purchase", row)
        and row.asker_id != who.body_code,
        "form": form,
        "refused": show.refused(form),
        "basis": show.chips_for("mandates.purchase_answered", row.place_id),
        "entries": show.timeline(row),
        "crumbs": [{"label": _("购买服务"), "url": reverse("mandates_desk:purchases")}, {"label": row.title}],
    }
    return render(request, "mandates/purchase.html", context, status=form.status)


urlpatterns = [
    path("purchases/", purchases, name="purchases"),
    path("purchases/new/", new_purchase, name="purchase_new"),
    path("purchases/<str:code>/", purchase, name="purchase"),
]

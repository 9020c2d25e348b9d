"""Workbench: proofs issued on a listed basis only; a refusal is printed for whoever wanted the proof (HN 7(4))."""

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
from linli.areas.mandates import queries
from linli.areas.mandates.models import Proof
from linli.areas.mandates.pages import show
from linli.commons.actor import Actor
from linli.commons.basis import chips
from linli.commons.models import Body
from linli.commons.web import actor, staff
from linli.kit.errors import NotVisible
from linli.kit.forms import Form, TextField
from linli.kit.scope import get_visible, under, visible_to

SEE = staff("mandates.issue_proof", "mandates.ask_proof", "mandates.see")


class TitleForm(Form):
    """Which proof: one of the list, or what the requester calls it."""

    listed = show.PickField(
        label=_l("证明事项"),
        required=False,
        empty=_l("清单里没有，我来填写"),
        error_messages={"invalid_choice": _l("请从清单中选一种，或者在下面填写。")},
    )
    other = TextField(
        label=_l("清单里没有的证明"),
        max_length=80,
        required=False,
        help_text=_l("照对方的说法填写，系统会核对并给出可以出示的理由"),
    )

    def offer(self, who: Actor, place: str) -> None:
        """Offer the proofs that the lists at a place know."""
        field = self.fields["listed"]
        assert isinstance(field, show.PickField)
        field.offer((item.task_list.title, str(item.pk), item.title, item) for item in queries.proof_items(who, place))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        item = data.get("listed")
        data["title"] = item.title if item is not None else data.get("other", "")
        if not data["title"] and not self.errors:
            self.add_error("listed", _("请选择一种证明，或者在下面填写它的名称。"))
        return data


class IssueForm(TitleForm):
    """A proof for a resident."""

    requester = TextField(
        label=_l("要求出具的单位"), max_length=60, error_messages={"required": _l("请填写哪个单位要这份证明。")}
    )
    person = TextField(label=_l("当事人姓名"), max_length=40, error_messages={"required": _l("请填写当事人姓名。")})
    content = TextField(
        label=_l("证明内容"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_l("只写核实过的事实。姓名和内容加密保存"),
        error_messages={"required": _l("请填写证明内容。")},
    )


class AskForm(TitleForm):
    """A department asks a committee for a proof."""

    body = show.PickField(
        label=_l("向哪个居（村）民委员会要"),
        error_messages={"required": _l("请选择居（村）民委员会。"), "invalid_choice": _l("请从列出的单位中选一个。")},
    )
    field_order = ("body", "listed", "other")


@SEE
def proofs(request: HttpRequest) -> HttpResponse:
    """Proofs issued, and the figures by requester."""
    who = actor(request)
    rows = visible_to(who, Proof.objects.select_related("item", "body"))
    context = show.pages(request, rows)
    figures = queries.proof_figures(who, who.place)
    context |= {
        "issuing": who.may("mandates.issue_proof", None),
        "asking": who.may("mandates.ask_proof", None),
        "figures": figures,
        "issued": sum(row["issued"] for row in figures),
        "refused_count": sum(row["refused"] for row in figures),
        "refusals": queries.refused_proofs(who, who.place)[:20],
        "basis": show.chips_for("gate.proof", who.place),
    }
    return render(request, "mandates/proofs.html", context)


@staff("mandates.issue_proof")
def new_proof(request: HttpRequest) -> HttpResponse:
    """Issue a proof, or hand out the reason why there is none."""
    who = actor(request)
    assert who.body is not None
    body = who.body
    form = IssueForm(request.POST or None)
    form.offer(who, body.place_id)
    if request.method == "POST":
        proof = form.attempt(
            lambda data: mandates.issue_proof(
                by=who,
                body=body,
                title=data["title"],
                requester=data["requester"],
                person=data["person"],
                content=data["content"],
            )
        )
        if proof is not None:
            messages.success(request, _("已出具证明 %(c)s，可以打印。") % {"c": proof.code})
            return redirect("mandates_desk:proof", proof.code)
    return _form(
        request,
        who,
        form,
        _("出具证明"),
        _("出具证明"),
        _("只出具清单里有法定依据的证明；别的，系统给出不出具的理由。"),
    )


@staff("mandates.ask_proof")
def ask(request: HttpRequest) -> HttpResponse:
    """Ask a committee for a proof: only what is listed gets through."""
    who = actor(request)
    form = AskForm(request.POST or None)
    form.offer(who, who.place)
    committees = Body.objects.filter(under("place_id", who.place), kind=Body.Kind.COMMITTEE, ended_on=None)
    field = form.fields["body"]
    assert isinstance(field, show.PickField)
    field.offer(("", row.code, row.name, row) for row in committees)
    if request.method == "POST":
        item = form.attempt(lambda data: mandates.ask_proof(by=who, body=data["body"], title=data["title"]))
        if item is not None:
            messages.success(
                request,
                _("“%(t)s”在清单内，依据是%(b)s。可以请居民到居（村）民委员会办理。")
                % {"t": item.title, "b": item.basis},
            )
            return redirect("mandates_desk:proofs")
    return _form(request, who, form, _("要求出具证明"), _("核对"), _("先核对有没有法定依据，再请居民去开。"))


def _form(request: HttpRequest, who: Actor, form: TitleForm, title: str, button: str, lead: str) -> HttpResponse:
    refused = show.refused(form)
    slip = None
    if refused and refused["code"] == "proof_off_list":
        slip = reverse("mandates_desk:proof_refused", args=[refused["slip"]])
    articles = show.chips_for("gate.proof", who.place)
    context = {
        "form": form,
        "refused": refused,
        "slip": slip,
        "title": title,
        "lead": lead,
        "button": button,
        "basis": articles,
        "no_article": not articles,
        "back": reverse("mandates_desk:proofs"),
        "crumbs": [{"label": _("证明"), "url": reverse("mandates_desk:proofs")}, {"label": title}],
    }
    return render(request, "mandates/form.html", context, status=form.status)


@staff("mandates.issue_proof")
def proof(request: HttpRequest, code: str) -> HttpResponse:
    """One proof on A4."""
    row = get_visible(actor(request), Proof.objects.select_related("item__task_list", "body"), code=code)
    context = {
        "proof": row,
        "issuer": row.body.name,
        "number": row.code,
        "issued_on": row.issued_at,
        "back_url": reverse("mandates_desk:proofs"),
    }
    return render(request, "mandates/proof.html", context)


@SEE
def refused_slip(request: HttpRequest, code: str) -> HttpResponse:
    """One refusal on A4, to show to whoever wanted the proof."""
    who = actor(request)
    row = queries.refused_proofs(who, who.place).filter(facts__slip=code).first()
    if row is None:
        raise NotVisible()
    body = Body.objects.filter(code=row.facts.get("body", "")).first()
    context = {
        "row": row,
        "basis": chips(row.basis),
        "body": body,
        "issuer": body.name if body else "",
        "number": code,
        "issued_on": row.at,
        "back_url": reverse("mandates_desk:proofs"),
    }
    return render(request, "mandates/proof_refused.html", context)


urlpatterns = [
    path("proofs/", proofs, name="proofs"),
    path("proofs/new/", new_proof, name="proof_new"),
    path("proofs/ask/", ask, name="proof_ask"),
    path("proofs/refused/<str:code>/", refused_slip, name="proof_refused"),
    path("proofs/<str:code>/", proof, name="proof"),
]

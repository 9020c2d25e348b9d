"""Saying something to a draft (提意见): one short form, number and code at the end, and the link of an invited person."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from linli.areas.appeals.pages.qr import qr_code
from linli.areas.assembly import actions, queries
from linli.areas.assembly.actions import Said
from linli.areas.assembly.flow import PUBLIC_STATES, DraftState
from linli.areas.assembly.models import Comment, ContactPoint, Draft, DraftText, Invitation, Kind, Provision, Stance
from linli.commons.actor import RESIDENT
from linli.commons.web import caller_address
from linli.kit.browser import Browser
from linli.kit.errors import NotVisible
from linli.kit.forms import Form, Select, TextField
from linli.kit.once import once

browser = Browser("comment")
INVITED = "draft_invited"
MAX_WORDS = 2000


class SayForm(Form):
    """What one thinks of a provision, and as who."""

    at = forms.ChoiceField(
        label=lazy("对哪一部分"),
        required=False,
        widget=Select(),
        error_messages={"invalid_choice": lazy("这一稿里没有这一条（款、项）。请从列出的里选。")},
    )
    stance = forms.ChoiceField(
        label=lazy("您的态度"),
        choices=Stance.choices,
        widget=forms.RadioSelect(),
        error_messages={
            "required": lazy("请选择赞成、反对、修改还是疑问。"),
            "invalid_choice": lazy("请从列出的四种态度中选一种。"),
        },
    )
    words = TextField(
        label=lazy("您的意见和理由"),
        help_text=lazy("赞成可以不写。意见原文不公开，公开的只有归纳和答复。"),
        required=False,
        max_length=MAX_WORDS,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"max_length": lazy("意见请在 %(limit_value)d 字以内，现在有 %(show_value)d 字。请删去一些。")},
    )
    wording = TextField(
        label=lazy("建议改为"),
        help_text=lazy("选“修改”或“反对”的，可以直接在原文上改；不改就不用动。"),
        required=False,
        max_length=MAX_WORDS,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={
            "max_length": lazy(
                "“建议改为”请在 %(limit_value)d 字以内，现在有 %(show_value)d 字。只写要改的那一款就行。"
            )
        },
    )
    kind = forms.ChoiceField(
        label=lazy("您的身份"),
        choices=Kind.choices,
        initial=Kind.RESIDENT,
        widget=Select(),
        error_messages={"required": lazy("请选择身份。"), "invalid_choice": lazy("请从列出的身份中选一种。")},
    )
    point = forms.ChoiceField(
        label=lazy("哪个联系点请您来的"),
        required=False,
        widget=Select(),
        error_messages={"invalid_choice": lazy("请从列出的联系点中选一个，或者不选。")},
    )
    name = TextField(
        label=lazy("姓名"),
        help_text=lazy("可以不填。姓名和联系方式加密保存，只有要当面请教您时才用。"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"max_length": lazy("姓名请在 40 字以内。")},
    )
    contact = TextField(
        label=lazy("联系方式"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "tel"}),
        error_messages={"max_length": lazy("联系方式请在 60 字以内。")},
    )
    on = forms.CharField(widget=forms.HiddenInput, required=False, max_length=6)
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, text: DraftText, article: str, *args: Any, invited: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        self.initial["once"] = secrets.token_hex(16)
        self.initial["on"] = str(text.number)
        places, points = self.fields["at"], self.fields["point"]
        assert isinstance(places, forms.ChoiceField) and isinstance(points, forms.ChoiceField)
        places.choices = _places(text, article)
        if len(places.choices) < 2:
            places.widget = forms.HiddenInput()
        asked = list(queries.points_asked(text.draft))
        points.choices = [("", _("不是联系点请来的")), *((one.code, one.name) for one in asked)]
        if not asked:
            del self.fields["point"]
        if invited:
            del self.fields["kind"]


def _places(text: DraftText, article: str) -> list[tuple[str, str]]:
    """The article with its 款 and 项, or the whole draft; an article of one 款 without 项 stands for that."""
    if not article:
        return [("", queries.place_of(""))]
    rows = [row for row in queries.provisions_of(text) if row.article == article and row.level in queries.ASKED]
    if sum(row.level != Provision.Level.ARTICLE for row in rows) < 2:
        rows = rows[:1]
    return [(row.eid, queries.place_of(row.eid)) for row in rows]


def say(request: HttpRequest, code: str) -> HttpResponse:
    """The form; whoever sits at the keyboard, the trail says 居民 and nothing more."""
    draft = queries.public_draft(code)
    if draft.state != DraftState.OPEN:
        return render(request, "assembly/public_closed.html", {"draft": draft}, status=409 if request.POST else 200)
    posted = request.method == "POST"
    text = _text(draft, request.POST.get("on", "")) if posted else queries.newest(draft)
    eid = (request.POST if posted else request.GET).get("at", "")[:60]
    provision = queries.provision_of(text, eid)
    article = provision.article if provision is not None else ""
    invitation = invitation_of(request, draft)
    if posted:
        form = SayForm(text, article, request.POST, invited=invitation is not None)
        if form.attempt(lambda data: _send(request, form, draft, text, invitation, data)) is not None:
            return redirect("assembly:done")
    else:
        start = {"at": provision.eid if provision is not None else "", "point": request.GET.get("point", "")[:24]}
        if provision is not None and len(provision.body) <= MAX_WORDS:
            start["wording"] = provision.body
        form = SayForm(text, article, initial=start, invited=invitation is not None)
    context = {
        "draft": draft,
        "form": form,
        "provision": provision,
        "place": queries.place_of(provision.eid if provision is not None else ""),
        "newer": text.pk != queries.newest(draft).pk,
        "invited": invitation,
    }
    return render(request, "assembly/public_say.html", context, status=form.status)


def _text(draft: Draft, number: str) -> DraftText:
    """The version that lay before the contributor's eyes."""
    found = draft.texts.filter(number=int(number)).first() if number.isascii() and number.isdigit() else None
    return found or queries.newest(draft)


def _send(
    request: HttpRequest,
    form: SayForm,
    draft: Draft,
    text: DraftText,
    invitation: Invitation | None,
    data: dict[str, Any],
) -> str:
    """Take it once; the twin of a double press gets the same receipt."""
    said = Said(data["stance"], data.get("kind") or Kind.OTHER, data["at"], data["words"], data["wording"])

    def run() -> str:
        point = ContactPoint.objects.filter(code=data["point"]).first() if data.get("point") else None
        made = actions.make_comment(
            by=RESIDENT,
            draft=draft,
            said=said,
            name=data["name"],
            contact=data["contact"],
            point=point,
            invitation=invitation,
            on=text,
        )
        return f"{made.comment.number} {made.code}"

    kept, _fresh = once("contributor", data["once"] or form.initial["once"], repr((draft.code, said)).encode(), run)
    number, secret = kept.split(" ")
    browser.hand_receipt(request, number, secret)
    browser.open_for(request, number)
    return number


def done(request: HttpRequest) -> HttpResponse:
    """Number and secret code; shown for an hour in this browser, and never again."""
    found = browser.receipt(request)
    row = Comment.objects.filter(number=found[0]).select_related("draft").first() if found is not None else None
    context: dict[str, Any] = {}
    if found is not None and row is not None:
        url = reverse("assembly:follow_comment", args=[row.number])
        context = {
            "number": found[0],
            "code": found[1],
            "draft": row.draft,
            "qr": qr_code(request.build_absolute_uri(f"{reverse('assembly:follow')}?number={row.number}")),
            "next_steps": [
                _("%(day)s 截止后，人大常委会逐条研究。") % {"day": row.draft.until},
                _("条文改了，您的意见会跟着条文走到新稿。"),
                _("每条意见都有答复：采纳、部分采纳或者不采纳，都写明理由。"),
                _("凭编号和查询码看答复；采纳情况全部公布，不写是谁提的。"),
            ],
            "follow_url": url,
        }
    return render(request, "assembly/public_done.html", context)


def invited(request: HttpRequest, secret: str) -> HttpResponse:
    """The link of an invitation: this browser comments as who was invited, until it forgets."""
    found = queries.invited(secret, caller=caller_address(request))
    if found.draft.state not in PUBLIC_STATES:
        raise NotVisible(_("这件草案还没有公布征求意见，请过几天再打开这个链接。"))
    known = request.session.get(INVITED)
    request.session[INVITED] = {**(known if isinstance(known, dict) else {}), found.draft.code: found.pk}
    return redirect("assembly:draft", found.draft.code)


def invitation_of(request: HttpRequest, draft: Draft) -> Invitation | None:
    """The invitation by which this browser came to a draft, or None."""
    known = request.session.get(INVITED)
    key = known.get(draft.code) if isinstance(known, dict) else None
    return Invitation.objects.filter(pk=key, draft=draft).first() if isinstance(key, int) else None


urlpatterns: list[URLPattern] = [
    path("drafts/done/", done, name="done"),
    path("drafts/invited/<str:secret>/", invited, name="invited"),
    path("drafts/<str:code>/say/", say, name="say"),
]

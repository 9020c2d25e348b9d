"""Following one appeal with number and secret code (查进度): no account; the code opens this one and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from linli.areas.appeals import actions as appeals
from linli.areas.appeals import queries
from linli.areas.appeals.flow import ENDED, OPEN, State
from linli.areas.appeals.models import Appeal, Erasure
from linli.areas.appeals.pages import public_draft as drafts
from linli.areas.appeals.pages import public_words as words
from linli.areas.appeals.pages.public_forms import AddForm, EraseForm, OpenForm, RateForm, ReopenForm, WithdrawForm
from linli.commons.actor import RESIDENT
from linli.commons.web import caller_address
from linli.kit.errors import NotVisible, TooMany
from linli.kit.files import Attachment, stream
from linli.kit.forms import Form

BEFORE_ANSWER = (State.RECEIVED, State.ACCEPTED, State.HANDLING, State.OBJECTED)


@dataclass(frozen=True)
class Deed:
    """Something the resident can do to an appeal (可以做的事)."""

    label: Any
    form: type[Form]
    states: tuple[State, ...]
    run: Callable[[Appeal, dict[str, Any]], object]
    done: Any


DEEDS: dict[str, Deed] = {
    "add": Deed(
        gettext_lazy("补充情况"),
        AddForm,
        BEFORE_ANSWER,
        lambda appeal, given: appeals.add_information(by=RESIDENT, appeal=appeal, **given),
        gettext_lazy("已补充，办理单位会看到。"),
    ),
    "rate": Deed(
        gettext_lazy("评价"),
        RateForm,
        (State.ANSWERED,),
        lambda appeal, given: appeals.rate_appeal(
            by=RESIDENT, appeal=appeal, solved=given["solved"] == "1", rating=given["rating"], note=given["note"]
        ),
        gettext_lazy("谢谢您的评价。"),
    ),
    "reopen": Deed(
        gettext_lazy("要求重新办理"),
        ReopenForm,
        (State.CLOSED, State.UNREACHED),
        lambda appeal, given: appeals.reopen_appeal(by=RESIDENT, appeal=appeal, reason=given["text"]),
        gettext_lazy("已收到您的要求，会重新安排办理。"),
    ),
    "withdraw": Deed(
        gettext_lazy("撤回"),
        WithdrawForm,
        BEFORE_ANSWER,
        lambda appeal, _given: appeals.withdraw_appeal(by=RESIDENT, appeal=appeal),
        gettext_lazy("已撤回，办理单位会收到通知。"),
    ),
    "erase": Deed(
        gettext_lazy("申请删除个人信息"),
        EraseForm,
        ENDED,
        lambda appeal, _given: appeals.ask_erasure(by=RESIDENT, appeal=appeal),
        gettext_lazy("已收到您的申请，会在三十天内处理；结果在这一页能看到。"),
    ),
}


def _open(request: HttpRequest, form: OpenForm, number: str, code: str) -> HttpResponse:
    """Let the pair open its appeal, or show the form again with what is wrong; nobody learns which half it was."""
    try:
        appeal = queries.opened_by_code(number, code, caller=caller_address(request))
    except (NotVisible, TooMany) as refusal:
        form.add_error(None, refusal.shown)
        return render(request, "appeals/public_open.html", {"form": form}, status=refusal.status)
    drafts.open_for(request, appeal.number)
    return redirect("appeals:follow_appeal", number=appeal.number)


def open_appeal(request: HttpRequest) -> HttpResponse:
    """The form for number and code (查进度)."""
    if request.method != "POST":
        known = Appeal.objects.filter(number__in=drafts.opened(request))
        return render(
            request,
            "appeals/public_open.html",
            {"form": OpenForm(initial={"number": request.GET.get("number", "")[:20]}), "known": known},
        )
    form = OpenForm(request.POST)
    if not form.is_valid():
        return render(request, "appeals/public_open.html", {"form": form}, status=form.status)
    return _open(request, form, form.cleaned_data["number"], form.cleaned_data["code"])


def open_link(request: HttpRequest, number: str, code: str) -> HttpResponse:
    """The address in the QR code of the receipt; it leads on at once, so that the code leaves the address bar."""
    form = OpenForm({"number": number, "code": ""})
    form.full_clean()
    form.errors.clear()
    return _open(request, form, number, code)


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Forget everything in this browser (用完即走), for computers that many people use."""
    drafts.close_all(request)
    messages.success(request, _("已清除，下一位看不到您的内容。"))
    return redirect("appeals:follow")


def _opened(request: HttpRequest, number: str) -> Appeal | None:
    """The appeal, if this browser opened it with its code."""
    if number not in drafts.opened(request):
        return None
    rows = Appeal.objects.filter(number=number).select_related("place", "county", "handler", "matter")
    return rows.first()


def _ask(number: str) -> HttpResponse:
    """Ask for the code, whether or not such a number exists."""
    tidy = "".join(sign for sign in number if sign.isascii() and sign.isdigit())[:20]
    return redirect(f"{reverse('appeals:follow')}?number={tidy}")


def _open_deeds(appeal: Appeal) -> list[dict[str, str]]:
    """What can be done now, the most fitting first."""
    out = []
    for name, deed in DEEDS.items():
        if appeal.state not in deed.states:
            continue
        if name == "reopen" and not words.may_reopen(appeal, queries.county_calendar(appeal)):
            continue
        if name == "erase" and (appeal.erased or appeal.erasures.filter(state=Erasure.State.ASKED).exists()):
            continue
        out.append(
            {"name": name, "label": deed.label, "url": reverse("appeals:follow_act", args=[appeal.number, name])}
        )
    return out


def appeal_page(request: HttpRequest, number: str) -> HttpResponse:
    """One appeal for the person who filed it: state, holder, answer, story, and what can be done."""
    appeal = _opened(request, number)
    if appeal is None:
        return _ask(number)
    clocks, calendar = queries.clocks_of([appeal.number]), queries.county_calendar(appeal)
    deeds = _open_deeds(appeal)
    spoken = list(appeal.words.all())
    context = {
        "appeal": appeal,
        "status": words.status_of(appeal, clocks, calendar),
        "holder": words.holder_facts(appeal, clocks, calendar) if appeal.state in OPEN else [],
        "clocks": words.clock_facts(appeal, clocks, calendar),
        "answers": appeal.answers.select_related("body").order_by("-id"),
        "words": spoken,
        "question": next((row for row in reversed(spoken) if not row.from_resident), None) if appeal.waiting else None,
        "entries": words.story(appeal),
        "photos": Attachment.objects.filter(subject=appeal.trail_key),
        "main": next((deed for deed in deeds if deed["name"] in _main_deed(appeal)), None),
        "others": [deed for deed in deeds if deed["name"] not in _main_deed(appeal)],
    }
    return render(request, "appeals/public_follow.html", context)


def _main_deed(appeal: Appeal) -> tuple[str, ...]:
    """The one thing that is the resident's turn, if any."""
    if appeal.waiting:
        return ("add",)
    return ("rate",) if appeal.solved else ("rate", "reopen")


def act(request: HttpRequest, number: str, do: str) -> HttpResponse:
    """Add, rate, reopen or withdraw: one question, one page, one button."""
    deed = DEEDS.get(do)
    if deed is None:
        raise NotVisible()
    appeal = _opened(request, number)
    if appeal is None:
        return _ask(number)
    if request.method == "POST":
        form = deed.form(request.POST, request.FILES)
        if form.attempt(lambda given: deed.run(appeal, given)) is not None:
            messages.success(request, deed.done)
            return redirect("appeals:follow_appeal", number=number)
    elif do not in {row["name"] for row in _open_deeds(appeal)}:
        messages.error(request, _("现在不能“%(deed)s”，请看下面的状态说明。") % {"deed": deed.label})
        return redirect("appeals:follow_appeal", number=number)
    else:
        form = deed.form()
    asked = appeal.words.filter(from_resident=False).last() if appeal.waiting else None
    context = {"form": form, "appeal": appeal, "do": do, "label": deed.label, "question": asked}
    context |= {"answer": appeal.answers.select_related("body").last()}
    return render(request, "appeals/public_act.html", context, status=form.status)


def photo(request: HttpRequest, number: str, code: str) -> HttpResponseBase:
    """A photo of an appeal that this browser opened."""
    appeal = _opened(request, number)
    row = Attachment.objects.filter(subject=appeal.trail_key, code=code).first() if appeal else None
    if row is None:
        raise NotVisible()
    return stream(row)

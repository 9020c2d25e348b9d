"""Following one's own comment by number and code (查我的意见): where it stands now, and what it was answered."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST

from linli.areas.appeals.pages.public_forms import OpenForm
from linli.areas.assembly import actions, queries
from linli.areas.assembly.flow import COMMENT, CommentState, DraftState
from linli.areas.assembly.models import Comment, How
from linli.areas.assembly.pages.public_say import INVITED, browser
from linli.commons.actor import RESIDENT
from linli.commons.web import caller_address
from linli.kit.errors import NotVisible, TooMany
from linli.kit.forms import Form

WENT = {
    How.MADE: lazy("原处"),
    How.SAME: lazy("条文未变"),
    How.CHANGED: lazy("条文文字有改动"),
    How.MOVED: lazy("条文移到了别处"),
    How.ORPHAN: lazy("新稿里没有对应的条文了，意见照样答复"),
    How.BY_HAND: lazy("由工作人员指定位置"),
}


def follow(request: HttpRequest) -> HttpResponse:
    """The form for number and code."""
    form = OpenForm(request.POST or None, initial={"number": request.GET.get("number", "")[:20]})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            row = queries.opened_comment(given["number"], given["code"], caller=caller_address(request))
        except (NotVisible, TooMany) as refusal:
            form.add_error(None, refusal.shown)
            return render(request, "assembly/public_open.html", {"form": form}, status=refusal.status)
        browser.open_for(request, row.number)
        return redirect("assembly:follow_comment", row.number)
    return render(request, "assembly/public_open.html", {"form": form}, status=form.status)


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Forget everything in this browser (用完即走), an invitation too."""
    browser.forget(request)
    request.session.pop(INVITED, None)
    messages.success(request, _("已清除，下一位看不到您的内容。"))
    return redirect("assembly:follow")


def _opened(request: HttpRequest, number: str) -> Comment | None:
    if not browser.is_open(request, number):
        return None
    rows = Comment.objects.select_related("draft__congress", "made_on", "answer", "point", "invitation")
    return rows.filter(number=number).first()


def _ask(number: str) -> HttpResponse:
    tidy = "".join(sign for sign in number if sign.isascii() and sign.isdigit())[:20]
    return redirect(f"{reverse('assembly:follow')}?number={tidy}")


def follow_comment(request: HttpRequest, number: str) -> HttpResponse:
    """One comment for who made it. What it was answered is told when the whole digest is out, to everybody at once."""
    row = _opened(request, number)
    if row is None:
        return _ask(number)
    told = row.draft.state == DraftState.ANSWERED
    answer = row.answer if told else None
    places = [
        {
            "text": anchor.text,
            "place": _("没有对应的条文") if anchor.how == How.ORPHAN else queries.place_of(anchor.eid),
            "how": WENT[How(anchor.how)],
        }
        for anchor in row.anchors.select_related("text")
    ]
    context = {
        "comment": row,
        "draft": row.draft,
        "answer": answer,
        "where": queries.place_of(answer.where) if answer is not None and answer.where else "",
        "sentence": _sentence(row, told),
        "hidden": row.state == CommentState.HIDDEN,
        "made_at_place": queries.place_of(row.eid),
        "places": places,
        "may_withdraw": row.state in COMMENT["withdraw"].source and row.draft.state != DraftState.ANSWERED,
        "has_contact": bool(row.name or row.contact),
    }
    return render(request, "assembly/public_follow.html", context)


def _sentence(row: Comment, told: bool) -> str:
    if row.state == CommentState.ANSWERED and not told:
        return _("已经研究，答复随采纳情况一起公布。")
    if row.state == CommentState.OPEN and row.draft.state == DraftState.OPEN:
        return _("已收到，征求意见到 %(day)s 截止。") % {"day": row.draft.until}
    return str(row.get_state_display())


def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Take the comment back, after one question."""
    row = _opened(request, number)
    if row is None:
        return _ask(number)
    form = Form(request.POST if request.method == "POST" else None)
    if form.attempt(lambda _data: actions.withdraw_comment(by=RESIDENT, comment=row)) is not None:
        messages.success(request, _("已撤回。"))
        return redirect("assembly:follow_comment", number)
    lead = _("撤回后不再计入，也没有答复。截止前可以重新提意见。")
    context = {"form": form, "comment": row, "title": _("撤回意见"), "button": _("确认撤回"), "lead": lead}
    return render(request, "assembly/public_act.html", context, status=form.status)


def erase(request: HttpRequest, number: str) -> HttpResponse:
    """Take name and contact out, after one question."""
    row = _opened(request, number)
    if row is None:
        return _ask(number)
    form = Form(request.POST if request.method == "POST" else None)
    if form.attempt(lambda _data: actions.erase_contact(by=RESIDENT, comment=row)) is not None:
        messages.success(request, _("姓名和联系方式已删除，意见还在。"))
        return redirect("assembly:follow_comment", number)
    lead = _("删除后谁也看不到您是谁，意见照样答复，凭编号和查询码看。删除了不能恢复。")
    context = {"form": form, "comment": row, "title": _("删除姓名和联系方式"), "button": _("确认删除"), "lead": lead}
    return render(request, "assembly/public_act.html", context, status=form.status)


urlpatterns: list[URLPattern] = [
    path("drafts/follow/", follow, name="follow"),
    path("drafts/follow/leave/", leave, name="follow_leave"),
    path("drafts/follow/<str:number>/", follow_comment, name="follow_comment"),
    path("drafts/follow/<str:number>/withdraw/", withdraw, name="withdraw"),
    path("drafts/follow/<str:number>/erase/", erase, name="erase"),
]

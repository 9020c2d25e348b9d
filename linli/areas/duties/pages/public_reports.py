"""Residents' pages of reports (检举): one form without an account, the receipt, and following it by number and code."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from linli.areas.appeals.pages.public_forms import OpenForm
from linli.areas.duties import actions as duties
from linli.areas.duties import queries
from linli.areas.duties.flow import REPORT, REPORT_OPEN
from linli.areas.duties.models import Report, ReportErasure
from linli.areas.duties.pages import telling
from linli.areas.duties.pages.public_session import browser
from linli.areas.duties.pages.report_forms import AddForm, ReportForm
from linli.commons.actor import RESIDENT
from linli.commons.models import Place
from linli.commons.web import caller_address
from linli.kit.errors import NotVisible, TooMany
from linli.kit.files import Attachment
from linli.kit.forms import Form
from linli.kit.once import once


def report(request: HttpRequest) -> HttpResponse:
    """Choose a county, then one page with everything; whoever sits at the keyboard, the trail says 居民 and nothing more."""
    counties = list(Place.objects.filter(level=Place.Level.COUNTY))
    asked = request.POST.get("county") or request.GET.get("county") or request.COOKIES.get("place", "")[:6]
    county = next((row for row in counties if row.code == asked), counties[0] if len(counties) == 1 else None)
    if county is None:
        return render(request, "duties/public_report.html", {"counties": counties})
    if request.method == "POST":
        form = ReportForm(county.code, request.POST, request.FILES)
        if form.attempt(lambda data: _send(request, form, data)) is not None:
            return redirect("duties:report_done")
    else:
        form = ReportForm(county.code)
    context = {"form": form, "county": county, "counties": counties}
    return render(request, "duties/public_report.html", context, status=form.status)


def _send(request: HttpRequest, form: ReportForm, data: dict[str, Any]) -> str:
    """File it once; the twin of a double press gets the same receipt."""

    def run() -> str:
        made = duties.file_report(by=RESIDENT, **form.asked(data))
        return f"{made.report.number} {made.code}"

    kept, _fresh = once("reporter", data["once"] or form.initial["once"], data["words"].encode(), run)
    number, code = kept.split(" ")
    browser.hand_receipt(request, number, code)
    browser.open_for(request, number)
    return number


def done(request: HttpRequest) -> HttpResponse:
    """Number and secret code; shown for an hour in this browser, and never again."""
    found = browser.receipt(request)
    context: dict[str, Any] = {}
    if found is not None:
        row = Report.objects.filter(number=found[0]).select_related("desk").first()
        if row is not None:
            context = {
                "number": found[0],
                "code": found[1],
                "next_steps": next_steps(row),
                "follow_url": reverse("duties:follow_report", args=[found[0]]),
            }
    return render(request, "duties/public_report_done.html", context)


def next_steps(row: Report) -> list[str]:
    """What happens after a report is in."""
    return [
        _("%(desk)s 决定是否受理；被反映的单位和办过这件事的人一律回避。") % {"desk": row.desk.name},
        _("属实的，由%(who)s责令改正，写明期限。") % {"who": telling.corrector(row)},
        _("逾期没有动静的，自动转上一级。没有写时限的，是本县还没有设定时限。"),
        _("办结后公布结果，只写单位、问题类别和结果，不写是谁反映的。"),
    ]


def follow(request: HttpRequest) -> HttpResponse:
    """The form for number and code."""
    form = OpenForm(request.POST or None, initial={"number": request.GET.get("number", "")[:20]})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            row = queries.opened_report(given["number"], given["code"], caller=caller_address(request))
        except (NotVisible, TooMany) as refusal:
            form.add_error(None, refusal.shown)
            return render(request, "duties/public_report_open.html", {"form": form}, status=refusal.status)
        browser.open_for(request, row.number)
        return redirect("duties:follow_report", row.number)
    return render(request, "duties/public_report_open.html", {"form": form}, status=form.status)


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Forget everything in this browser (用完即走)."""
    browser.forget(request)
    messages.success(request, _("已清除，下一位看不到您的内容。"))
    return redirect("duties:follow")


def _opened(request: HttpRequest, number: str) -> Report | None:
    if not browser.is_open(request, number):
        return None
    return Report.objects.filter(number=number).select_related("respondent", "desk", "place").first()


def _ask(number: str) -> HttpResponse:
    tidy = "".join(sign for sign in number if sign.isascii() and sign.isdigit())[:20]
    return redirect(f"{reverse('duties:follow')}?number={tidy}")


def follow_report(request: HttpRequest, number: str) -> HttpResponse:
    """One report for the person who filed it: where it stands, who has it, who looked, and what was found."""
    row = _opened(request, number)
    if row is None:
        return _ask(number)
    context = {
        "report": row,
        "breach": telling.breach(row),
        "corrector": telling.corrector(row),
        "open": row.state in REPORT_OPEN,
        "may_withdraw": row.state in REPORT["withdraw"].source,
        "may_erase": row.state not in REPORT_OPEN
        and not row.erased
        and not row.erasures.filter(state=ReportErasure.State.ASKED).exists(),
        "clocks": telling.clocks(row),
        "entries": telling.story(row),
        "supplements": row.supplements.all(),
        "files": Attachment.objects.filter(subject=row.trail_key).count(),
    }
    return render(request, "duties/public_report_follow.html", context)


def add(request: HttpRequest, number: str) -> HttpResponse:
    """Add words or files."""
    row = _opened(request, number)
    if row is None:
        return _ask(number)
    form = AddForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if form.attempt(lambda data: duties.add_to_report(by=RESIDENT, report=row, **data)) is not None:
        messages.success(request, _("已补充，受理处理的单位会看到。"))
        return redirect("duties:follow_report", number)
    context = {"form": form, "report": row, "title": _("补充情况"), "button": _("提交补充")}
    return render(request, "duties/public_report_act.html", context, status=form.status)


def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Take the report back, after one question."""
    row = _opened(request, number)
    if row is None:
        return _ask(number)
    form = Form(request.POST if request.method == "POST" else None)
    if form.attempt(lambda _data: duties.withdraw_report(by=RESIDENT, report=row)) is not None:
        messages.success(request, _("已撤回。"))
        return redirect("duties:follow_report", number)
    lead = _("撤回后不再处理，内容仍加密保存。有新的情况可以重新反映。")
    context = {"form": form, "report": row, "title": _("撤回"), "button": _("确认撤回"), "lead": lead, "danger": True}
    return render(request, "duties/public_report_act.html", context, status=form.status)


def erase(request: HttpRequest, number: str) -> HttpResponse:
    """Ask that what the reporter told be erased, after one question."""
    row = _opened(request, number)
    if row is None:
        return _ask(number)
    form = Form(request.POST if request.method == "POST" else None)
    if form.attempt(lambda _data: duties.request_erasure(by=RESIDENT, report=row)) is not None:
        messages.success(request, _("已收到您的申请，会在三十天内处理；结果在这一页能看到。"))
        return redirect("duties:follow_report", number)
    lead = _(
        "会删除您的姓名、联系方式、写的内容和材料，也删除给您的答复，不能恢复。只留下编号、单位、日期和结果，里面没有您的信息。"
        "这是您的权利（《个人信息保护法》第四十七条），由受理处理的单位办理；法律要求保存的，会告诉您理由。"
    )
    context = {"form": form, "report": row, "title": _("申请删除个人信息？"), "button": _("提出申请"), "lead": lead}
    return render(request, "duties/public_report_act.html", context | {"danger": True}, status=form.status)


urlpatterns: list[URLPattern] = [
    path("corrections/report/", report, name="report"),
    path("corrections/report/done/", done, name="report_done"),
    path("corrections/follow/", follow, name="follow"),
    path("corrections/follow/leave/", leave, name="follow_leave"),
    path("corrections/follow/<str:number>/", follow_report, name="follow_report"),
    path("corrections/follow/<str:number>/add/", add, name="report_add"),
    path("corrections/follow/<str:number>/withdraw/", withdraw, name="report_withdraw"),
    path("corrections/follow/<str:number>/erase/", erase, name="report_erase"),
]

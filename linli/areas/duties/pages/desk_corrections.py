"""Workbench: reports on the desk (检举与纠正): the register, entering for somebody, one report, its evidence, who reported."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from linli.areas.duties import actions as duties
from linli.areas.duties import queries
from linli.areas.duties.flow import REPORT_OPEN
from linli.areas.duties.models import Report, ReportErasure
from linli.areas.duties.pages import show, telling
from linli.areas.duties.pages.desk_steps import open_steps
from linli.areas.duties.pages.public_session import browser
from linli.areas.duties.pages.report_forms import ReportForm
from linli.areas.mandates.pages.show import pages
from linli.commons.basis import chips
from linli.commons.models import Place
from linli.commons.web import actor, staff
from linli.kit.clock import Clock
from linli.kit.errors import NotVisible
from linli.kit.files import Attachment, stream
from linli.kit.forms import Form, TextField
from linli.kit.once import once
from linli.kit.text import clean_text
from linli.kit.trail import Entry

SEE, FILE, REVEAL = staff("duties.correct"), staff("duties.report"), staff("duties.reveal_reporter")
HEAD = ("编号", "被反映单位", "问题类别", "由谁纠正", "受理处理单位", "收到日期", "状态", "时限", "结果", "依据")
MOST = 20000


class WhyForm(Form):
    """Why the reporter's name must be seen."""

    reason = TextField(
        label=lazy("为什么要看"),
        max_length=200,
        help_text=lazy("反映人查进度时能看到这句话。"),
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": lazy("请写明查看的原因。")},
    )


class EraseForm(Form):
    """Erase, or the reason why not."""

    do = forms.ChoiceField(
        label=lazy("怎样处理"),
        choices=(("erase", lazy("删除，不能恢复")), ("refuse", lazy("不予删除"))),
        widget=forms.RadioSelect(),
        error_messages={"required": lazy("请选择怎样处理。"), "invalid_choice": lazy("请从两项中选一项。")},
    )
    decision = TextField(
        label=lazy("不予删除的理由和依据"),
        help_text=lazy("只在不予删除时填写，反映人会看到。例如：法律规定的保存期限未满，期满后删除。"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": lazy("请在 1000 字以内。")},
    )


@SEE
def index(request: HttpRequest) -> HttpResponseBase:
    """Reports on the own desk: open ones first; find, and take the register away without names or words."""
    who = actor(request)
    found = queries.reports_of(who)
    view = request.GET.get("view", "")
    kinds: dict[str, tuple[str, Q]] = {
        "": (_("要办的"), Q(state__in=REPORT_OPEN)),
        "ended": (_("已结束"), ~Q(state__in=REPORT_OPEN)),
    }
    view = view if view in kinds else ""
    rows = found.filter(kinds[view][1])
    q = str(clean_text(request.GET.get("q", "")))[:40]
    for word in q.split():
        rows = rows.filter(Q(number__startswith=word) | Q(respondent__name__contains=word))
    kind = request.GET.get("as", "")
    if kind in ("csv", "xlsx"):
        return show.take_away(kind, "检举登记", HEAD, _lines(list(rows[:MOST])))
    context = pages(request, rows)
    due = telling.first_due(context["items"])
    context |= {
        "rows": [_line(row, due.get(row.trail_key)) for row in context["items"]],
        "q": q,
        "query": f"view={view}&",
        "views": [
            {
                "label": label,
                "url": f"?view={key}",
                "current": key == view,
                "count": found.filter(states).count(),
            }
            for key, (label, states) in kinds.items()
        ],
    }
    return render(request, "duties/corrections.html", context)


def _line(row: Report, due: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "row": row,
        "breach": telling.breach(row),
        "corrector": telling.corrector(row),
        "due": due,
    }


def _lines(rows: list[Report]) -> list[list[object]]:
    found = queries.clocks_by_report(rows)
    return [_cells(row, next(iter(found.get(row.trail_key, [])), None)) for row in rows]


def _cells(row: Report, clock: Clock | None) -> list[object]:
    due = "" if clock is None else (timezone.localdate(clock.due_at) if clock.due_at else "未设时限")
    basis = "；".join(chip["label"] for chip in chips(queries.basis_of(row))) or "本草案无此条，按县设定"
    return [
        row.number,
        row.respondent.name,
        row.breach_label,
        queries.corrector_label(row.corrector),
        row.desk.name,
        timezone.localdate(row.filed_at),
        row.get_state_display(),
        due,
        row.get_outcome_display() if row.outcome else "",
        basis,
    ]


@FILE
def new(request: HttpRequest) -> HttpResponseBase:
    """Enter a report for somebody at the counter (代录); the same form, number and clocks as online."""
    who = actor(request)
    asked = request.POST.get("county") or request.GET.get("county") or who.place[:6]
    county = Place.objects.filter(code=asked, level=Place.Level.COUNTY).first()
    if county is None:
        counties = Place.objects.filter(code__startswith=who.place[:2], level=Place.Level.COUNTY)
        return render(request, "duties/correction_new.html", {"counties": counties})
    form = ReportForm(county.code, *((request.POST, request.FILES) if request.method == "POST" else ()))

    def send(data: dict[str, Any]) -> str:
        def run() -> str:
            made = duties.file_report(by=who, **form.asked(data))
            return f"{made.report.number} {made.code}"

        kept, _fresh = once(who.code, f"report:{data['once'] or form.initial['once']}", data["words"].encode(), run)
        return kept

    kept = form.attempt(send)
    if kept is not None:
        browser.hand_receipt(request, *kept.split(" "))
        return redirect("duties_desk:correction_receipt")
    return render(request, "duties/correction_new.html", {"form": form, "county": county}, status=form.status)


@FILE
def receipt(request: HttpRequest) -> HttpResponseBase:
    """Number and code to hand over, on A4; for an hour, in the browser that entered it."""
    found = browser.receipt(request)
    if found is None:
        raise NotVisible(_("回执只能在录入后一小时内由录入人打印。"))
    row = Report.objects.select_related("desk").get(number=found[0])
    who = actor(request)
    context = {
        "number": found[0],
        "code": found[1],
        "desk": row.desk,
        "filed_at": row.filed_at,
        "link": request.build_absolute_uri(reverse("duties:follow")),
        "issuer": who.body.name if who.body else "",
        "issued_on": timezone.localdate(row.filed_at),
        "back_url": reverse("work:today"),
    }
    return render(request, "duties/correction_receipt.html", context)


@SEE
def one(request: HttpRequest, number: str) -> HttpResponseBase:
    """One report: the words, the evidence in short, what can be done next."""
    who = actor(request)
    row = queries.report_seen(who, number)
    found = queries.bundle_of(row)
    liability = queries.row_of(row)
    context = {
        "report": row,
        "breach": telling.breach(row),
        "corrector": telling.corrector(row),
        "liability": liability,
        "basis": chips(queries.basis_of(row)),
        "duty": next((duty for duty in queries.owed_by(row.respondent) if duty.id == row.duty), None),
        "clocks": telling.clocks(row),
        "entries": telling.story(row, for_desk=True),
        "supplements": row.supplements.all(),
        "files": Attachment.objects.filter(subject=row.trail_key),
        "orders": row.orders.select_related("body"),
        "stages": [
            {"row": stage, "corrector": queries.corrector_label(stage.corrector)}
            for stage in row.stages.select_related("desk")
        ],
        "bundle": found,
        "steps": _erase_step(row) + open_steps(row),
        "may_reveal": "duties.reveal_reporter" in who.powers and (row.name or row.contact),
        "crumbs": [{"label": _("检举与纠正"), "url": reverse("duties_desk:corrections")}, {"label": row.number}],
    }
    return render(request, "duties/correction.html", context)


@REVEAL
def reveal(request: HttpRequest, number: str) -> HttpResponseBase:
    """Name and contact of the reporter, once, for a reason that the reporter reads."""
    who = actor(request)
    row = queries.report_seen(who, number)
    form = WhyForm(request.POST if request.method == "POST" else None)
    found = form.attempt(lambda data: duties.reveal_reporter(by=who, report=row, reason=data["reason"]))
    back = reverse("duties_desk:correction", args=[number])
    context = {"form": form, "report": row, "found": found, "back": back, "crumbs": _crumbs(row, _("查看反映人"))}
    return render(request, "duties/correction_reveal.html", context, status=form.status)


@SEE
def erase(request: HttpRequest, number: str) -> HttpResponseBase:
    """The reporter's request to be erased, and the decision on it."""
    who = actor(request)
    row = queries.report_seen(who, number)
    asked = row.erasures.filter(state=ReportErasure.State.ASKED).first()
    if asked is None:
        raise NotVisible(_("没有等待处理的删除申请。"))
    form = EraseForm(request.POST if request.method == "POST" else None)

    def decide(data: dict[str, Any]) -> object:
        if data["do"] == "erase":
            return duties.erase_report(by=who, report=row)
        return duties.refuse_report_erasure(by=who, report=row, decision=data["decision"])

    if form.attempt(decide) is not None:
        messages.success(request, _("已处理，反映人在查进展页能看到结果。"))
        return redirect("duties_desk:correction", number)
    context = {
        "title": _("删除申请"),
        "lead": _(
            "反映人申请删除个人信息，请在三十天内处理。删除：姓名、联系方式、反映的内容、材料、补充的话和给反映人的答复。"
            "保留：编号、单位、日期、整改通知、结果和留痕。删除后不能恢复；从以前的备份恢复时，系统会再次删除。"
            "依据：《个人信息保护法》第四十七条、第五十条。"
        ),
        "form": form,
        "button": _("提交处理"),
        "danger": True,
        "back": reverse("duties_desk:correction", args=[number]),
        "crumbs": _crumbs(row, _("删除申请")),
    }
    return render(request, "duties/form.html", context, status=form.status)


@SEE
def evidence(request: HttpRequest, number: str) -> HttpResponseBase:
    """The evidence bundle on A4, put together from the trail and the duty board."""
    who = actor(request)
    row = queries.report_seen(who, number)
    found = queries.bundle_of(row)
    context = {
        "report": row,
        "breach": telling.breach(row),
        "bundle": found,
        "lines": [show.row(found.snap, row.respondent, line) for line in found.lines],
        "parts": [
            {
                "title": _("清单外拦截：该单位派出、被系统拦下的"),
                "part": found.refused,
                "rows": _rows(found.refused.entries),
            },
            {"title": _("分派、退回和答复"), "part": found.handed, "rows": _rows(found.handed.entries)},
            {"title": _("这件诉求的全部留痕"), "part": found.matter, "rows": _rows(found.matter.entries)},
        ],
        "basis": chips(queries.basis_of(row)),
        "issuer": row.desk.name,
        "issued_on": timezone.localdate(),
        "back_url": reverse("duties_desk:correction", args=[number]),
    }
    return render(request, "duties/correction_evidence.html", context)


def _rows(entries: list[Entry]) -> list[dict[str, Any]]:
    """Entries with the verb in words of the articles' own evidence; who did it, and what the trail noted."""
    return [
        {"entry": entry, "what": VERBS.get(entry.verb, entry.verb), "basis": chips(entry.basis)} for entry in entries
    ]


VERBS = {
    "mandates.refused": lazy("拦下清单外任务"),
    "mandates.proof_refused": lazy("拦下没有依据的证明"),
    "mandates.assigned": lazy("交办任务"),
    "mandates.task_returned": lazy("退回任务"),
    "appeals.filed": lazy("收到诉求"),
    "appeals.classified": lazy("分类定位"),
    "appeals.accepted": lazy("受理诉求"),
    "appeals.dispatched": lazy("分派诉求"),
    "appeals.objected": lazy("提出异议"),
    "appeals.objection_ruled": lazy("裁定异议"),
    "appeals.extension_asked": lazy("申请延期"),
    "appeals.contacted": lazy("联系居民"),
    "appeals.answered": lazy("答复居民"),
    "appeals.called_back": lazy("回访"),
    "appeals.redone": lazy("重新办理"),
    "appeals.closed": lazy("办结"),
    "appeals.carded": lazy("亮红黄牌"),
    "appeals.ordered": lazy("督办"),
    "appeals.order_replied": lazy("回复督办"),
}


@SEE
def paper(request: HttpRequest, number: str, code: str) -> HttpResponseBase:
    """One file that came with a report."""
    row = queries.report_seen(actor(request), number)
    found = Attachment.objects.filter(subject=row.trail_key, code=code).first()
    if found is None:
        raise NotVisible()
    return stream(found)


def _erase_step(row: Report) -> list[dict[str, str]]:
    if not row.erasures.filter(state=ReportErasure.State.ASKED).exists():
        return []
    url = reverse("duties_desk:correction_erase", args=[row.number])
    return [{"name": "erase", "label": _("处理删除申请"), "url": url}]


def _crumbs(row: Report, last: str) -> list[dict[str, str]]:
    return [{"label": row.number, "url": reverse("duties_desk:correction", args=[row.number])}, {"label": last}]


urlpatterns: list[URLPattern] = [
    path("corrections/", index, name="corrections"),
    path("corrections/new/", new, name="correction_new"),
    path("corrections/receipt/", receipt, name="correction_receipt"),
    path("corrections/<str:number>/", one, name="correction"),
    path("corrections/<str:number>/reveal/", reveal, name="correction_reveal"),
    path("corrections/<str:number>/erase/", erase, name="correction_erase"),
    path("corrections/<str:number>/evidence/", evidence, name="correction_evidence"),
    path("corrections/<str:number>/file/<str:code>/", paper, name="correction_file"),
]

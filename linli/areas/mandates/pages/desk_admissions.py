"""Workbench: admissions applied for, reviewed with the whole load in view, decided for a term, published, withdrawn."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from linli.areas.mandates import actions as mandates
from linli.areas.mandates import queries
from linli.areas.mandates.flow import ADMISSION, AdmissionState
from linli.areas.mandates.models import Admission, Bearer, Ground, Role
from linli.areas.mandates.pages import show
from linli.commons.actor import Actor
from linli.commons.models import Place
from linli.commons.settings import limit_of
from linli.commons.web import actor, require, staff
from linli.kit.forms import Form, TextField
from linli.kit.scope import get_visible, visible_to
from linli.kit.text import clean_text

SEE = staff("mandates.see")
PAGE = "mandates_desk:admission"


def needed(what: Any) -> dict[str, Any]:
    """The words for a field that stayed empty."""
    return {"required": what}


class ApplyForm(Form):
    """What an application must state, HB 37(1), HN 13(2)."""

    title = TextField(label=_l("事项名称"), max_length=80, error_messages=needed(_l("请填写事项名称。")))
    bearer = forms.ChoiceField(
        label=_l("由谁承担"),
        help_text=_l("网格只承担网格清单内的事项：公布后按期限列入施行中的网格清单"),
        choices=[(Bearer.COMMITTEE, Bearer.COMMITTEE.label), (Bearer.GRID, Bearer.GRID.label)],
        initial=Bearer.COMMITTEE,
        error_messages={"required": _l("请选择由谁承担。"), "invalid_choice": _l("请选择居（村）民委员会或者网格。")},
    )
    matter = show.PickField(
        label=_l("对应诉求事项"),
        required=False,
        empty=_l("不对应"),
        help_text=_l("选了以后，准入期内这类诉求可以派给社区"),
        error_messages={"invalid_choice": _l("请从事项目录中选一个，或者留空。")},
    )
    basis = TextField(
        label=_l("法律、法规或政策依据"),
        max_length=200,
        help_text=_l("写明名称、文号和条款"),
        error_messages=needed(_l("请填写依据，写明名称、文号和条款。")),
    )
    reason = TextField(
        label=_l("为什么需要社区承担"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages=needed(_l("请说明为什么需要社区承担。")),
    )
    role = forms.ChoiceField(
        label=_l("协助方式"),
        choices=[("", _l("请选择")), *Role.choices],
        error_messages={"required": _l("请选择协助方式。"), "invalid_choice": _l("请从六种协助方式中选一种。")},
    )
    frequency = TextField(
        label=_l("频次"), max_length=40, help_text=_l("例如：每季度一次"), error_messages=needed(_l("请填写频次。"))
    )
    hours = forms.DecimalField(
        label=_l("每社区每月工时（小时）"),
        max_digits=6,
        decimal_places=1,
        min_value=0,
        max_value=999,
        error_messages={"required": _l("请填写工时，没有就填 0。"), "invalid": _l("工时要填数字，例如 8 或 8.5。")},
    )
    money = forms.DecimalField(
        label=_l("每社区每年经费（元）"),
        max_digits=12,
        decimal_places=2,
        min_value=0,
        max_value=10**9,
        error_messages={"required": _l("请填写经费，没有就填 0。"), "invalid": _l("经费要填数字，例如 5000。")},
    )
    guidance = TextField(
        label=_l("业务指导"),
        max_length=200,
        help_text=_l("谁来教，怎么联系"),
        error_messages=needed(_l("请填写业务指导：谁来教，怎么联系。")),
    )
    conditions = TextField(
        label=_l("工作条件和保障"),
        max_length=200,
        help_text=_l("给哪些人、财、物"),
        error_messages=needed(_l("请填写工作条件和保障：给哪些人、财、物。")),
    )
    wanted_from = show.day_field(_l("拟开始"))
    wanted_to = show.day_field(_l("拟结束"))

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        show.offer_matters(self.fields["matter"])


class PlaceForm(forms.Form):
    """Where a task is to enter."""

    place = show.PickField(label=_l("拟进入的地方"), error_messages={"invalid_choice": _l("请从列出的地方中选一个。")})

    def __init__(self, who: Actor, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        show.offer_places(self.fields["place"], who)


class ReviewForm(Form):
    """The reviewer's opinion."""

    opinion = TextField(
        label=_l("审查意见"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_l("依据是否充分、社区是否担得起"),
        error_messages=needed(_l("请写明审查意见。")),
    )


class DecideForm(Form):
    """Approved for a term, or refused; a reason in both cases."""

    term_from = show.day_field(_l("准入起"), required=False)
    term_to = show.day_field(_l("准入止"), required=False, help_text=_l("最长三年；批准时必填"))
    why = TextField(
        label=_l("决定理由"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages=needed(_l("请写明决定理由。")),
    )

    approving = True

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.approving:
            for name in ("term_from", "term_to"):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, _("批准要写明准入的起止日期。"))
        return data


def _sentence(row: Admission) -> tuple[str, str, str]:
    """State in words, its kind, and what comes next."""
    state = AdmissionState(row.state)
    if state == AdmissionState.APPLIED:
        return (
            _("%(b)s申请让这件事进入%(p)s，等审查。") % {"b": row.applicant, "p": row.place},
            "info",
            _("审查时会看到社区现有的全部负担。"),
        )
    if state == AdmissionState.REVIEWED:
        return _("已审查，等决定。"), "info", _("批准要写明期限；不予准入要写明理由。")
    if state == AdmissionState.APPROVED:
        return _("已批准，还没有公布，社区还不承担。"), "soon", _("公布以后，从准入起始日起可以交办。")
    if state == AdmissionState.PUBLISHED:
        assert row.term_to is not None
        left = (row.term_to - timezone.localdate()).days
        text = _("准入中，到 %(d)s 为止，还有 %(n)s 天。") % {"d": row.term_to, "n": max(left, 0)}
        return text, "soon" if left <= 30 else "done", _("到期自动停止：没办完的任务停下来，并通知交办单位。")
    if state == AdmissionState.REFUSED:
        return _("不予准入：%(w)s") % {"w": row.decision}, "late", _("社区可以不接这件事。")
    if state == AdmissionState.EXPIRED:
        return _("准入已到期。"), "", _("还需要社区承担的，请重新申请。")
    return _("已退出准入：%(w)s") % {"w": row.decision}, "", _("社区可以不接这件事。")


@SEE
def admissions(request: HttpRequest) -> HttpResponse:
    """Admissions the post may see."""
    who = actor(request)
    waiting = (AdmissionState.APPLIED, AdmissionState.REVIEWED, AdmissionState.APPROVED)
    kinds: dict[str, tuple[str, Q]] = {
        "": (_("待办"), Q(state__in=waiting)),
        "on": (_("准入中"), Q(state=AdmissionState.PUBLISHED)),
        "over": (_("已结束"), Q(state__in=(AdmissionState.REFUSED, AdmissionState.EXPIRED, AdmissionState.WITHDRAWN))),
        "mine": (_("本单位申请的"), Q(applicant__code=who.body_code)),
    }
    chosen = request.GET.get("view", "")
    chosen = chosen if chosen in kinds else ""
    words = str(clean_text(request.GET.get("q", "")))[:40]
    rows = visible_to(who, Admission.objects.filter(kinds[chosen][1])).select_related("applicant", "place")
    for word in words.split():
        rows = rows.filter(
            Q(title__contains=word)
            | Q(applicant__name__contains=word)
            | Q(place__name__contains=word)
            | Q(code__startswith=word)
        )
    context = show.pages(request, rows.order_by("-applied_at", "-id"))
    for row in context["items"]:
        row.due = show.due_of(row.trail_key, "decide", row.place_id) if row.state in waiting[:2] else None
    context |= {
        "views": [
            {
                "label": label,
                "url": f"?view={key}",
                "current": key == chosen,
                "count": visible_to(who, Admission.objects.filter(found)).count(),
            }
            for key, (label, found) in kinds.items()
        ],
        "q": words,
        "may_apply": who.may("mandates.apply", None),
    }
    return render(request, "mandates/admissions.html", context)


@staff("mandates.apply")
def new_admission(request: HttpRequest) -> HttpResponse:
    """Apply: the place first, with its whole load; then what the task asks of it."""
    who = actor(request)
    chooser = PlaceForm(who, request.GET or None)
    place: Place | None = None
    if request.GET.get("place") and chooser.is_valid():
        place = chooser.cleaned_data["place"]
    form = ApplyForm(request.POST or None) if place is not None else None
    if request.method == "POST" and form is not None and place is not None:
        where = place
        row = form.attempt(lambda data: mandates.apply_admission(by=who, place=where, **data))
        if row is not None:
            messages.success(request, _("已提出准入申请 %(c)s，等审查。") % {"c": row.code})
            return redirect(PAGE, row.code)
    context = {
        "chooser": chooser,
        "place": place,
        "form": form,
        "refused": show.refused(form) if form is not None else None,
        "load": queries.load_of(who, place.code) if place is not None else None,
        "ahead": limit_of("mandates.apply_ahead", place.code) if place is not None else None,
        "basis": show.chips_for("mandates.admission_applied", who.place),
        "crumbs": [{"label": _("准入"), "url": reverse("mandates_desk:admissions")}, {"label": _("申请")}],
    }
    return render(request, "mandates/admission_new.html", context, status=form.status if form is not None else 200)


def _get(request: HttpRequest, code: str) -> Admission:
    return get_visible(actor(request), Admission.objects.select_related("applicant", "place", "matter"), code=code)


def _page(request: HttpRequest, row: Admission, status: int = 200, form: Form | None = None) -> HttpResponse:
    who = actor(request)
    own = row.applicant_id == who.body_code
    moves = {
        step.name
        for step in ADMISSION.open_moves(row.state)
        if who.may(step.power, row) and not (own and step.name in ("review", "approve", "refuse"))
    }
    sentence, kind, following = _sentence(row)
    blank: dict[str, Form] = {
        "review_form": ReviewForm(prefix="review"),
        "decide_form": DecideForm(prefix="decide", initial={"term_from": row.wanted_from, "term_to": row.wanted_to}),
        "why_form": show.WhyForm(prefix="why"),
    }
    names = {ReviewForm: "review_form", DecideForm: "decide_form", show.WhyForm: "why_form"}
    if form is not None and type(form) in names:
        blank[names[type(form)]] = form
    grounds = Ground.objects.filter(admission=row, closed_at=None)
    sees = who.may("mandates.see", row) or own
    context = {
        "row": row,
        "sentence": sentence,
        "kind": kind,
        "following": following,
        "moves": moves,
        "own": own,
        "inside": sees,
        "due": show.due_of(row.trail_key, "decide", row.place_id),
        "limit": limit_of("mandates.decide_admission", row.place_id),
        "load": queries.load_of(who, row.place_id),
        "refusers": queries.refusals_by_sender(who, row.place_id)[:5],
        "stops": queries.resting_on(who, grounds).count(),
        "basis": show.chips_for("mandates.admission_decided", row.place_id),
        "entries": show.timeline(row) if sees else [],
        "form": form,
        "refused": show.refused(form) if form is not None else None,
        "crumbs": [{"label": _("准入"), "url": reverse("mandates_desk:admissions")}, {"label": row.title}],
        **blank,
    }
    return render(request, "mandates/admission.html", context, status=status)


@SEE
def admission(request: HttpRequest, code: str) -> HttpResponse:
    """One application: what it asks, the load of the place, what can be done now."""
    return _page(request, _get(request, code))


def _done(request: HttpRequest, row: Admission, text: str) -> HttpResponse:
    messages.success(request, text)
    return redirect(PAGE, row.code)


@SEE
@show.post_only(PAGE)
def review(request: HttpRequest, code: str) -> HttpResponse:
    """Review with the whole load in view."""
    row, who = _get(request, code), actor(request)
    require(who, "mandates.review", row)
    form = ReviewForm(request.POST, prefix="review")
    if form.attempt(lambda data: mandates.review_admission(by=who, admission=row, **data)) is not None:
        return _done(request, row, _("已审查，等决定。"))
    return _page(request, show.changed(row), form.status, form)


@SEE
@show.post_only(PAGE)
def decide(request: HttpRequest, code: str) -> HttpResponse:
    """Approve for a term, or refuse with a reason."""
    row, who = _get(request, code), actor(request)
    require(who, "mandates.approve", row)
    form = DecideForm(request.POST, prefix="decide")
    form.approving = request.POST.get("do") != "refuse"

    def run(data: dict[str, Any]) -> Admission:
        if form.approving:
            return mandates.approve_admission(by=who, admission=row, **data)
        return mandates.refuse_admission(by=who, admission=row, why=data["why"])

    if form.attempt(run) is not None:
        return _done(request, row, _("已批准，请公布。") if form.approving else _("已决定不予准入，并通知申请单位。"))
    return _page(request, show.changed(row), form.status, form)


@SEE
@show.post_only(PAGE)
def publish(request: HttpRequest, code: str) -> HttpResponse:
    """Publish what was approved."""
    row, who = _get(request, code), actor(request)
    require(who, "mandates.publish", row)
    form = Form(request.POST)
    if form.attempt(lambda data: mandates.publish_admission(by=who, admission=row)) is not None:
        return _done(request, row, _("已公布。从 %(d)s 起可以交办。") % {"d": row.term_from})
    return _page(request, show.changed(row), form.status, form)


@SEE
@show.post_only(PAGE)
def withdraw(request: HttpRequest, code: str) -> HttpResponse:
    """Withdraw: open tasks stop and their senders are told."""
    row, who = _get(request, code), actor(request)
    require(who, "mandates.approve", row)
    form = show.WhyForm(request.POST, prefix="why")
    if form.attempt(lambda data: mandates.withdraw_admission(by=who, admission=row, why=data["why"])) is not None:
        return _done(request, row, _("已退出准入。靠它交办的任务已停止，并已通知交办单位。"))
    return _page(request, show.changed(row), form.status, form)


urlpatterns = [
    path("admissions/", admissions, name="admissions"),
    path("admissions/new/", new_admission, name="admission_new"),
    path("admissions/<str:code>/", admission, name="admission"),
    path("admissions/<str:code>/review/", review, name="admission_review"),
    path("admissions/<str:code>/decide/", decide, name="admission_decide"),
    path("admissions/<str:code>/publish/", publish, name="admission_publish"),
    path("admissions/<str:code>/withdraw/", withdraw, name="admission_withdraw"),
]

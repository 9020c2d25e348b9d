"""Workbench: one duty of one body: where it stands, the entries that prove it, each place, and its attestations."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from linli.areas.duties import queries
from linli.areas.duties.actions import attest_duty, withdraw_attestation
from linli.areas.duties.models import Attestation
from linli.areas.duties.pages import show
from linli.areas.duties.queries import Line, Snapshot
from linli.commons.actor import Actor
from linli.commons.basis import chip
from linli.commons.models import Body
from linli.commons.web import actor, require, staff
from linli.kit.errors import NotAllowed, NotVisible
from linli.kit.files import Attachment, stream
from linli.kit.forms import Form, TextField
from linli.law import words
from linli.law.say import verdict
from linli.law.types import Duty

SEE, ATTEST = staff("duties.see"), staff("duties.attest")
PAGE = 30
PLACES = 500


class AttestForm(Form):
    """Who attests, with what, until when."""

    person = TextField(
        label="证明人",
        max_length=40,
        help_text="对材料负责的人的姓名。",
        error_messages={"required": "请填写证明人。", "max_length": "证明人请写在 40 字以内。"},
    )
    title = TextField(
        label="材料名称",
        max_length=120,
        help_text="如 2026 年度应急预案、社区工作者培训签到表。",
        error_messages={"required": "请填写材料名称。", "max_length": "材料名称请写在 120 字以内。"},
    )
    valid_until = forms.DateField(
        label="有效期至",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="到期后这项职责重新算作逾期，最长三年。",
        error_messages={"required": "请填写有效期。", "invalid": "日期看不懂，请写成 2027-01-31。"},
    )
    document = forms.FileField(
        label="材料",
        help_text="照片（JPG、PNG、WebP）或 PDF，10 MB 以内。",
        error_messages={"required": "请上传材料。", "empty": "这是空文件，请重新选择。"},
    )


class WhyForm(Form):
    """Why an attestation is taken back."""

    why = TextField(
        label="撤回原因",
        max_length=200,
        error_messages={"required": "请填写撤回原因。", "max_length": "原因请写在 200 字以内。"},
    )


@SEE
def duty_page(request: HttpRequest, code: str, duty: str) -> HttpResponseBase:
    """One duty of one body, from its words to the evidence."""
    who = actor(request)
    body = queries.body_seen(who, code)
    snap = queries.snapshot_of(body.place)
    line = _line(snap, body, duty)
    page = _page(request)
    entries = (
        list(queries.evidence_of(snap, body, line.duty)[(page - 1) * PAGE : page * PAGE + 1]) if line.verbs else []
    )
    context = {
        "snap": snap,
        "body": body,
        "line": line,
        "row": show.row(snap, body, line),
        "bearer": "、".join(map(words.bearer, line.duty.bearer)),
        "force": words.FORCE[line.duty.force],
        "rule": words.in_words(line.duty.rule, snap.pack) if line.duty.rule else "",
        "evidence": [words.evidence(name) for name in line.duty.evidence],
        "period": show.period(line.period),
        "places": [_place(snap, line.duty, one) for one in line.places[:PLACES]],
        "entries": entries[:PAGE],
        "newer": page - 1,
        "older": page + 1 if len(entries) > PAGE else 0,
        "history": [_told(row) for row in reversed(line.attestations)],
        "may_attest": _may_attest(who, body, line),
        "may_withdraw": "duties.attest" in who.powers and _may_withdraw(who, body),
        "may_enter": "commons.enter_fact" in who.powers and line.state in ("no_data", "unmet"),
        "basis": chip(f"{snap.pack.id}.{line.duty.at}"),
        "crumbs": _crumbs(body, Truncator(line.duty.gist.rstrip("。")).chars(20)),
    }
    return render(request, "duties/duty.html", context)


@ATTEST
def attest_page(request: HttpRequest, code: str, duty: str) -> HttpResponseBase:
    """The form by which a body attests a duty of its own."""
    who = actor(request)
    body = queries.body_seen(who, code)
    require(who, "duties.attest", body)
    if who.body_code != body.code:
        raise NotAllowed(_("只能证明本单位的职责。"), code="not_own_body")
    snap = queries.snapshot_of(body.place)
    line = _line(snap, body, duty)
    form = AttestForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if request.method == "POST":
        done = form.attempt(lambda data: attest_duty(by=who, body=body, duty=duty, **data))
        if done is not None:
            messages.success(request, _("已证明，有效期至 %s。") % done.valid_until)
            return redirect("duties_desk:duty", body.code, duty)
    context = {
        "title": _("证明已履行"),
        "lead": line.duty.gist,
        "basis": chip(f"{snap.pack.id}.{line.duty.at}"),
        "form": form,
        "button": _("提交证明"),
        "back": reverse("duties_desk:duty", args=[body.code, duty]),
        "crumbs": _crumbs(body, _("证明已履行")),
    }
    return render(request, "duties/form.html", context, status=form.status)


@ATTEST
def withdraw_page(request: HttpRequest, code: str) -> HttpResponseBase:
    """Take an attestation back, with a reason."""
    who = actor(request)
    row = queries.attestation_seen(who, code)
    if not _may_withdraw(who, row.body):
        raise NotAllowed(_("只有义务主体自己或县级牵头部门可以撤回。"), code="not_own_body")
    form = WhyForm(request.POST if request.method == "POST" else None)
    if form.attempt(lambda data: withdraw_attestation(by=who, attestation=row, why=data["why"])) is not None:
        messages.success(request, _("已撤回。"))
        return redirect("duties_desk:duty", row.body_id, row.duty)
    context = {
        "title": _("撤回证明：%s") % row.title,
        "lead": row.body.name,
        "form": form,
        "button": _("撤回"),
        "danger": True,
        "back": reverse("duties_desk:duty", args=[row.body_id, row.duty]),
        "crumbs": _crumbs(row.body, _("撤回证明")),
    }
    return render(request, "duties/form.html", context, status=form.status)


@SEE
def document(request: HttpRequest, code: str) -> HttpResponseBase:
    """The document of an attestation."""
    row = queries.attestation_seen(actor(request), code)
    found = Attachment.objects.filter(code=row.document, subject=row.trail_key).first()
    if found is None:
        raise NotVisible()
    return stream(found)


def _page(request: HttpRequest) -> int:
    given = request.GET.get("page", "")
    return max(int(given), 1) if given.isascii() and given.isdigit() and len(given) < 6 else 1


def _line(snap: Snapshot, body: Body, duty: str) -> Line:
    found = next(iter(queries.board_of(snap, body, [duty]).lines), None)
    if found is None:
        raise NotVisible()
    return found


def _may_attest(who: Actor, body: Body, line: Line) -> bool:
    shape = line.duty.rule.shape if line.duty.rule else ""
    return (
        "duties.attest" in who.powers
        and who.body_code == body.code
        and shape not in ("published_list", "nothing_outside")
        and line.state != "exempt"
    )


def _may_withdraw(who: Actor, body: Body) -> bool:
    return who.body_code == body.code or (who.body is not None and who.body.kind == Body.Kind.LEAD)


def _place(snap: Snapshot, duty: Duty, one: queries.PlaceFinding) -> dict[str, Any]:
    return {
        "name": one.place.name if one.place else _("本单位"),
        "code": one.place.code if one.place else "",
        "word": verdict(one.finding),
        "kind": one.finding.verdict.value,
        "sentence": one.sentence,
        "since": snap.held_since(one, duty),
    }


def _told(row: Attestation) -> dict[str, Any]:
    today: date = timezone.localdate()
    if row.withdrawn_at is not None:
        state = _("已撤回：%s") % row.withdrawn_why
    elif row.valid_until < today:
        state = _("已到期")
    else:
        state = _("有效")
    return {"row": row, "state": state, "open": row.withdrawn_at is None}


def _crumbs(body: Body, last: str) -> list[dict[str, str]]:
    return [{"label": body.name, "url": reverse("duties_desk:board", args=[body.code])}, {"label": last}]


urlpatterns: list[URLPattern] = [
    path("duties/attestations/<str:code>/withdraw/", withdraw_page, name="withdraw"),
    path("duties/attestations/<str:code>/document/", document, name="document"),
    path("duties/<str:code>/<slug:duty>/", duty_page, name="duty"),
    path("duties/<str:code>/<slug:duty>/attest/", attest_page, name="attest"),
]

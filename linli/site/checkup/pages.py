"""The check-up in the browser (体检页): upload, look how the columns were understood, run, read, take away.

Nothing is entered anywhere: the file lies encrypted in the folder of uploads until the session forgets it or a day is over, so a run
leaves no trail. Whoever oversees duties may check up; the figures are the uploader's own.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from linli.commons.actor import Actor
from linli.commons.models import Place
from linli.commons.web import actor, staff
from linli.kit import incoming
from linli.kit.errors import BadInput, NotVisible
from linli.kit.export import XLSX
from linli.kit.forms import Form
from linli.kit.scope import under
from linli.kit.text import clean_text
from linli.law.checkup.asks import LEVEL_WORDS, asks_of
from linli.law.checkup.head import LEAVE, Matched
from linli.law.checkup.report import Report
from linli.law.load import NATIONAL, load_pack, pack_for_place, packs
from linli.law.types import Pack
from linli.site.checkup import as_docx, as_html, as_json, as_xlsx
from linli.site.checkup.run import Taken, judge_file, take_file
from linli.site.checkup.template import template_bytes

MAX_UPLOAD = 20 * 1024 * 1024
SHOWN = 100
SEE = staff("duties.oversee")
KEPT = "checkup"
KINDS = {
    "xlsx": XLSX,
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "html": "text/html; charset=utf-8",
    "json": "application/json",
}


def _packs() -> list[Pack]:
    return [load_pack(id) for id in packs() if id != NATIONAL]


class UploadForm(Form):
    """The table, the text by which it is judged, and the day."""

    file = forms.FileField(
        label=lazy("社区情况表"),
        help_text=lazy("XLSX 或 CSV，20 MB 以内。可以用模板，也可以用手头的表。"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.gz"}),
        error_messages={"required": lazy("请选择一个文件。"), "empty": lazy("文件是空的，请重新选择。")},
    )
    pack = forms.ChoiceField(
        label=lazy("按哪部法规"),
        error_messages={"required": lazy("请选一部法规。"), "invalid_choice": lazy("请从列出的法规里选。")},
    )
    as_of = forms.DateField(
        label=lazy("体检日"),
        help_text=lazy("按这一天判断是否到期。"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": lazy("请填体检日。"), "invalid": lazy("请填日期，如 2026-06-30。")},
    )

    def __init__(self, who: Actor, *args: Any, **more: Any) -> None:
        here = pack_for_place(who.place)
        known = _packs()
        first = here.id if here.id != NATIONAL else known[0].id
        more.setdefault("initial", {"pack": first, "as_of": timezone.localdate()})
        super().__init__(*args, **more)
        field = self.fields["pack"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(pack.id, pack.title) for pack in known]


@dataclass(frozen=True)
class _Asked:
    """What this session uploaded, as the pages work with it."""

    pack: Pack
    as_of: dt.date
    taken: Taken

    def report(self, who: Actor) -> Report:
        """The report, judged anew each time: it is kept nowhere. Raises: BadInput."""
        codes = Place.objects.filter(under("code", who.place), level=Place.Level.COMMUNITY)
        return judge_file(self.taken, self.pack, self.as_of, known=frozenset(codes.values_list("code", flat=True)))


@SEE
def upload_page(request: HttpRequest) -> HttpResponse:
    """The form that takes a table."""
    form = UploadForm(actor(request), *((request.POST, request.FILES) if request.method == "POST" else ()))

    def take(data: dict[str, Any]) -> dict[str, Any]:
        upload = data["file"]
        if upload.size > MAX_UPLOAD:
            raise BadInput(_("文件超过 20 MB。请拆成几个文件。"), code="file_size")
        raw, name = upload.read(), str(clean_text(upload.name))[-80:]
        take_file(name, raw, load_pack(data["pack"]))
        _forget(request)
        return {
            "name": name,
            "token": incoming.keep(raw),
            "pack": data["pack"],
            "as_of": data["as_of"].isoformat(),
            "columns": {},
        }

    asked = form.attempt(take)
    if asked is not None:
        request.session[KEPT] = asked
        return redirect("checkup:look")
    return render(request, "work/checkup.html", {"form": form}, status=form.status)


def _asked(request: HttpRequest) -> _Asked | None:
    """What this session uploaded; None when it is gone. Raises: BadInput when it can be read no longer."""
    held = request.session.get(KEPT)
    raw = incoming.fetch(held["token"]) if held else None
    if held is None or raw is None:
        return None
    pack = load_pack(held["pack"])
    return _Asked(pack, dt.date.fromisoformat(held["as_of"]), take_file(held["name"], raw, pack, held["columns"]))


def _forget(request: HttpRequest) -> None:
    incoming.drop(request.session.pop(KEPT, {}).get("token", ""))


def _gone(request: HttpRequest) -> HttpResponse:
    messages.error(request, _("上传的文件已不在，请重新选择。"))
    return redirect("checkup:upload")


@SEE
def look_page(request: HttpRequest) -> HttpResponse:
    """How the columns were understood, and what is wrong in the rows; POST says what a column is."""
    if request.method == "POST" and KEPT in request.session:
        held = request.session[KEPT]
        chosen = {
            name.removeprefix("column:"): str(value)
            for name, value in request.POST.items()
            if name.startswith("column:")
        }
        held["columns"] = {title: key for title, key in chosen.items() if key}
        request.session[KEPT] = held
        if "run" in request.POST:
            return redirect("checkup:result")
    try:
        asked = _asked(request)
        report = asked.report(actor(request)) if asked is not None else None
    except BadInput as refusal:
        messages.error(request, refusal.message)
        return redirect("checkup:upload")
    if asked is None or report is None:
        return _gone(request)
    errors = [one for one in report.problems if one.kind == "error"]
    notes = [one for one in report.problems if one.kind != "error"]
    context = {
        "asked": asked,
        "report": report,
        "tables": [_columns(asked.pack, level, one) for level, one in asked.taken.matched.items()],
        "missing": [(LEVEL_WORDS[level], labels) for level, labels in asked.taken.missing.items() if labels],
        "errors": errors[:SHOWN],
        "more": max(0, len(errors) - SHOWN),
        "notes": notes[:SHOWN],
        "crumbs": [{"label": _("体检"), "url": reverse("checkup:upload")}, {"label": _("核对")}],
    }
    return render(request, "work/checkup_look.html", context)


def _columns(pack: Pack, level: str, one: Matched) -> dict[str, Any]:
    """Each column of a sheet with what it was taken for, and what else it may be."""
    choices = [(ask.key, ask.label) for ask in asks_of([pack], level)]
    known = {key for key, _label in choices}
    rows = []
    for position, ask in sorted(one.columns.items()):
        rows.append({"title": one.titles[position], "key": ask.key, "label": ask.label, "odd": ask.key not in known})
    rows += [{"title": title, "key": LEAVE, "label": "", "odd": False} for title in one.ignored]
    return {"level": LEVEL_WORDS[level], "sheet": one.grid.name, "rows": rows, "choices": choices}


@SEE
def result_page(request: HttpRequest) -> HttpResponse:
    """The report on screen."""
    try:
        asked = _asked(request)
        report = asked.report(actor(request)) if asked is not None else None
    except BadInput as refusal:
        messages.error(request, refusal.message)
        return redirect("checkup:upload")
    if report is None:
        return _gone(request)
    context = {
        **as_html.context(report),
        "kinds": [("xlsx", _("Excel")), ("docx", _("Word")), ("html", _("网页（可打印）")), ("json", _("JSON"))],
        "crumbs": [{"label": _("体检"), "url": reverse("checkup:upload")}, {"label": _("结果")}],
    }
    return render(request, "work/checkup_result.html", context)


@SEE
def report_file(request: HttpRequest, ending: str) -> HttpResponse:
    """The report to take away."""
    asked = _asked(request) if ending in KINDS else None
    if asked is None:
        raise NotVisible()
    report = asked.report(actor(request))
    makers = {
        "xlsx": lambda: as_xlsx.book(report),
        "docx": lambda: as_docx.paper(report),
        "html": lambda: as_html.page(report).encode(),
        "json": lambda: b"".join(as_json.pieces(report)),
    }
    return _download(makers[ending](), f"checkup-{report.as_of}.{ending}", KINDS[ending])


@SEE
def template_file(request: HttpRequest) -> HttpResponse:
    """The table to fill in, for the text that holds at the actor's place."""
    here = pack_for_place(actor(request).place)
    chosen = [here] if here.id != NATIONAL else _packs()
    return _download(template_bytes(chosen), "checkup-template.xlsx", XLSX)


def _download(raw: bytes, name: str, kind: str) -> HttpResponse:
    answer = HttpResponse(raw, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


urlpatterns: list[URLPattern] = [
    path("checkup/", upload_page, name="upload"),
    path("checkup/look/", look_page, name="look"),
    path("checkup/result/", result_page, name="result"),
    path("checkup/report.<slug:ending>", report_file, name="report"),
    path("checkup/template.xlsx", template_file, name="template"),
]

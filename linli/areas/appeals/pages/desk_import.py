"""Importing a hotline's file at the desk (导入热线数据): choose the file, look at what was understood, import."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from linli.areas.appeals.actions.import_rows import IGNORE, LABELS, Checked, columns_of
from linli.areas.appeals.actions.imports import check_table, import_appeals
from linli.commons.models import Place
from linli.commons.web import actor, staff
from linli.kit import incoming
from linli.kit.errors import BadInput
from linli.kit.forms import Form, TextField
from linli.kit.scope import under
from linli.kit.tables import Table, read_table
from linli.kit.text import clean_text

MAX_UPLOAD = 20 * 1024 * 1024
"""Larger files are imported from the command line, where nobody waits for a page."""
SHOWN_ROWS, SHOWN_FAULTS = 5, 30
KINDS = (("open", lazy("新诉求：进入待受理，开始计时")), ("history", lazy("历史记录：只供查阅和统计，不计时、不通知")))


class FileForm(Form):
    """Which file, and as what."""

    file = forms.FileField(
        label=lazy("文件"),
        help_text=lazy("CSV 或 XLSX，可压缩为 .gz，20 MB 以内；更大的文件请由管理员用命令导入。只有“内容”一列必须有。"),
        widget=forms.FileInput(),
        error_messages={"required": lazy("请选择文件。"), "empty": lazy("文件是空的，请重新选择。")},
    )
    county = forms.ModelChoiceField(
        Place.objects.none(),
        to_field_name="code",
        label=lazy("县（市、区）"),
        error_messages={
            "required": lazy("请选择导入到哪个县（市、区）。"),
            "invalid_choice": lazy("请从列表中选择县（市、区）。"),
        },
    )
    kind = forms.ChoiceField(
        label=lazy("导入为"),
        choices=KINDS,
        widget=forms.RadioSelect,
        initial="open",
        error_messages={"required": lazy("请选择导入为什么。"), "invalid_choice": lazy("请从两种中选一种。")},
    )
    source = TextField(
        label=lazy("来源系统"),
        required=False,
        max_length=60,
        help_text=lazy("如“市 12345 平台”。同一来源的同一编号只收一次；不写则用文件中的“来源”列。"),
        error_messages={"max_length": lazy("来源系统请在 60 字以内。")},
    )

    def __init__(self, *args: Any, place: str, **more: Any) -> None:
        super().__init__(*args, **more)
        counties = Place.objects.filter(under("code", place), level=Place.Level.COUNTY)
        field = self.fields["county"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = counties
        field.initial = place


class ColumnsForm(Form):
    """What each column is."""

    def __init__(self, *args: Any, table: Table, chosen: dict[str, str], **more: Any) -> None:
        super().__init__(*args, **more)
        self.names = list(dict.fromkeys(name for name in table.header if name))
        choices = [(IGNORE, _("不用这一列")), *((field, _(label)) for field, label in LABELS.items())]
        for number, name in enumerate(self.names):
            self.fields[f"column_{number}"] = forms.ChoiceField(
                label=name,
                choices=choices,
                initial=chosen.get(name, IGNORE),
                required=False,
                error_messages={"invalid_choice": _("请从列表中选择。")},
            )

    def mapping(self) -> dict[str, str]:
        """Column name → field."""
        return {name: self.cleaned_data[f"column_{number}"] or IGNORE for number, name in enumerate(self.names)}


def _kept(request: HttpRequest) -> tuple[dict[str, Any], bytes] | None:
    """What this session uploaded, and its bytes; None when it is gone."""
    asked = request.session.get("import")
    raw = incoming.fetch(asked["token"]) if asked else None
    return (asked, raw) if asked and raw is not None else None


def _forget(request: HttpRequest) -> None:
    asked = request.session.pop("import", None)
    if asked:
        incoming.drop(asked["token"])


@staff("appeals.import")
def upload_page(request: HttpRequest) -> HttpResponse:
    """Choose the file."""
    place = actor(request).place
    if request.method != "POST":
        return render(request, "appeals/desk_import_file.html", {"form": FileForm(place=place)})
    form = FileForm(request.POST, request.FILES, place=place)

    def take(data: dict[str, Any]) -> dict[str, Any]:
        upload = data["file"]
        if upload.size > MAX_UPLOAD:
            raise BadInput(_("文件超过 20 MB。请拆成几个文件，或请管理员用命令导入。"), code="file_size")
        raw = upload.read()
        read_table(raw)
        name = str(clean_text(upload.name))[-120:]
        more = {"name": name, "kind": data["kind"], "source": data["source"], "county": data["county"].code}
        _forget(request)
        return {"token": incoming.keep(raw), "map": {}, **more}

    asked = form.attempt(take)
    if asked is None:
        return render(request, "appeals/desk_import_file.html", {"form": form}, status=form.status)
    request.session["import"] = asked
    return redirect("/work/imports/new/check/")


@staff("appeals.import")
def check_page(request: HttpRequest) -> HttpResponse:
    """Look at columns, first rows and faults; then import."""
    kept = _kept(request)
    if kept is None:
        messages.error(request, _("上传的文件已不在，请重新选择。"))
        return redirect("/work/imports/new/")
    asked, raw = kept
    table = read_table(raw)
    given: dict[str, str] = asked["map"]
    chosen = given or _guess(table)
    form = ColumnsForm(request.POST if request.POST.get("do") == "map" else None, table=table, chosen=chosen)
    if form.is_bound and form.is_valid():
        request.session["import"] = asked | {"map": form.mapping()}
        return redirect("/work/imports/new/check/")
    checked: Checked | None = None
    try:
        checked = check_table(table, given=given, source=asked["source"])
        if request.POST.get("do") == "import":
            if checked.faults and "skip" not in request.POST:
                raise BadInput(_("有几行不能导入。请改正文件后重新上传，或勾选“跳过这些行”。"), code="bad_rows")
            return _import(request, asked, raw, checked)
        error = ""
    except BadInput as refusal:
        error = refusal.message
    status = 422 if (error and request.method == "POST") or form.is_bound else 200
    return render(
        request, "appeals/desk_import_check.html", _context(table, form, asked, checked, error), status=status
    )


def _guess(table: Table) -> dict[str, str]:
    try:
        found = columns_of(table.header, {})
    except BadInput:
        return {}
    return {table.header[at]: field for field, ats in found.items() for at in ats}


def _import(request: HttpRequest, asked: dict[str, Any], raw: bytes, checked: Checked) -> HttpResponse:
    county = Place.objects.get(code=asked["county"])
    outcome = import_appeals(
        by=actor(request),
        county=county,
        checked=checked,
        kind=asked["kind"],
        filename=asked["name"],
        raw=raw,
        source=asked["source"],
    )
    _forget(request)
    words = _("读到 %(read)s 行：新增 %(created)s 件，已有 %(same)s 件，跳过 %(rejected)s 行。") % outcome.as_json()
    messages.success(request, words)
    return redirect("/work/imports/")


def _context(
    table: Table, form: ColumnsForm, asked: dict[str, Any], checked: Checked | None, error: str
) -> dict[str, Any]:
    rows: list[dict[str, Any]] = []
    for one in checked.ready[:SHOWN_ROWS] if checked else ():
        at = f"{one.at:%Y-%m-%d %H:%M}" if one.at else ""
        values = (str(one.line), one.title, one.text[:60], at, one.kind, one.place_text, one.key[:20])
        titles = (_("行"), _("标题"), _("内容"), _("时间"), _("类型"), _("地点"), _("编号"))
        rows.append({"cells": [{"label": label, "text": text} for label, text in zip(titles, values, strict=True)]})
    faults = checked.faults if checked else ()
    return {
        "form": form,
        "asked": asked,
        "kind": dict(KINDS)[asked["kind"]],
        "checked": checked,
        "error": error,
        "columns": [{"label": cell["label"]} for cell in rows[0]["cells"]] if rows else [],
        "rows": rows,
        "faults": [str(fault) for fault in faults[:SHOWN_FAULTS]],
        "more": max(len(faults) - SHOWN_FAULTS, 0),
    }


urlpatterns: list[URLPattern] = [
    path("imports/new/", upload_page, name="import_new"),
    path("imports/new/check/", check_page, name="import_check"),
]

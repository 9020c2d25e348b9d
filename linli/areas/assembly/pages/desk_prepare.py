"""Workbench: prepare a draft (建立征求意见稿) and give it a new text: load, look at what was read, then save."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from linli.areas.assembly import actions as assembly
from linli.areas.assembly import queries
from linli.areas.assembly.flow import DRAFT, DraftState
from linli.areas.assembly.models import Draft
from linli.areas.assembly.pages import show
from linli.areas.assembly.queries import Reading
from linli.areas.mandates.pages.show import PickField, chips_for, day_field
from linli.commons.actor import Actor
from linli.commons.models import Place
from linli.commons.web import actor, require, staff
from linli.kit.errors import BadInput
from linli.kit.flow import wrong_state
from linli.kit.forms import Form, TextField
from linli.kit.scope import under
from linli.law.parse import SUFFIXES, read_text
from linli.law.types import LawTextError

PREPARE = staff("assembly.open_draft")
MAX_FILE = 10 * 1024 * 1024


class TextForm(Form):
    """The draft's text, as a file or pasted; a file wins, and stands in the box afterwards."""

    file = forms.FileField(
        label=lazy("正文文件"),
        required=False,
        help_text=lazy("Word（.docx）或文本（.txt），10 MB 以内。没有文件就把正文粘贴在下面。"),
        widget=forms.FileInput(attrs={"accept": ".docx,.txt,.md"}),
    )
    text = TextField(
        label=lazy("正文"),
        required=False,
        strip=False,
        help_text=lazy("从“第一条”起，每条另起一行。"),
        widget=forms.Textarea(attrs={"rows": 12}),
    )

    def clean(self) -> dict[str, Any]:
        """Read the file into the text."""
        data = super().clean() or {}
        upload = data.pop("file", None)
        if upload is not None:
            try:
                data["text"] = text_of(upload)
            except BadInput as error:
                self.add_error("file", error.message)
        elif not str(data.get("text", "")).strip() and not self.errors:
            self.add_error("text", _("请选择正文文件，或者粘贴正文。"))
        return data


class DraftForm(TextForm):
    """What is asked about, of whom, until when."""

    title = TextField(label=lazy("名称"), max_length=120, error_messages={"required": lazy("请写明草案的名称。")})
    place = PickField(label=lazy("征求谁的意见"), error_messages={"required": lazy("请选择征求意见的地方。")})
    until = day_field(lazy("截止日期（含当日）"))
    note = TextField(
        label=lazy("起草说明"),
        required=False,
        max_length=5000,
        help_text=lazy("为什么要立这个法、主要管什么，用居民看得懂的话写。"),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    points = forms.MultipleChoiceField(
        label=lazy("请哪些联系点征集"),
        required=False,
        help_text=lazy("都不选，就是当地的全部联系点。"),
        widget=forms.CheckboxSelectMultiple,
    )
    field_order: tuple[str, ...] = ("title", "place", "until", "note", "points", "file", "text")

    def __init__(self, who: Actor, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        field, points = self.fields["place"], self.fields["points"]
        assert isinstance(field, PickField) and isinstance(points, forms.MultipleChoiceField)
        levels = (Place.Level.PROVINCE, Place.Level.CITY, Place.Level.COUNTY)
        rows = Place.objects.filter(under("code", who.place), level__in=levels)
        field.offer(("", row.code, row.name, row) for row in rows)
        self.known = {} if who.body is None else {row.code: row for row in _current(who)}
        points.choices = [(code, row.name) for code, row in self.known.items()]
        if not self.known:
            del self.fields["points"]

    def chosen(self, data: dict[str, Any]) -> list[Any]:
        """The contact points that were ticked."""
        return [self.known[code] for code in data.get("points", ())]


def _current(who: Actor) -> Any:
    return queries.points_now().filter(congress=who.body)


class EditForm(DraftForm):
    """As before, without text and place."""

    field_order = ("title", "until", "note", "points")

    def __init__(self, who: Actor, *args: Any, **more: Any) -> None:
        super().__init__(who, *args, **more)
        for name in ("file", "text", "place"):
            del self.fields[name]

    def clean(self) -> dict[str, Any]:
        """Nothing to read here."""
        return self.cleaned_data


class RevisionForm(TextForm):
    """The next version and what was changed in it."""

    note = TextField(
        label=lazy("修改说明"),
        required=False,
        max_length=2000,
        help_text=lazy("改了哪些、为什么改。提意见的人会看到。"),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    field_order = ("note", "file", "text")


def text_of(upload: UploadedFile[Any]) -> str:
    """The text of an uploaded file. Raises: BadInput: of another kind, too large, or not to be read."""
    suffix = Path(str(upload.name or "")).suffix.lower()
    if suffix not in SUFFIXES:
        raise BadInput(_("只能读 Word（.docx）和文本（.txt）文件。请另存后再选。"), code="file_kind")
    if upload.size is None or upload.size > MAX_FILE:
        raise BadInput(_("文件超过 10 MB，不像是一部草案的正文。"), code="file_size")
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / f"草案{suffix}"
        kept.write_bytes(upload.read())
        try:
            return read_text(kept)
        except LawTextError as error:
            raise BadInput(str(error), code="file_broken") from error


@PREPARE
def new(request: HttpRequest) -> HttpResponseBase:
    """Prepare a draft: first the text is read and shown, then it is saved."""
    who = actor(request)
    form = DraftForm(who, *((request.POST, request.FILES) if request.method == "POST" else ()))
    if request.method == "POST" and request.POST.get("do") == "save":

        def run(data: dict[str, Any]) -> Draft:
            return assembly.prepare_draft(
                by=who,
                place=data["place"],
                title=data["title"],
                text=data["text"],
                until=data["until"],
                note=data["note"],
                points=form.chosen(data),
            )

        made = form.attempt(run)
        if made is not None:
            messages.success(request, _("已保存。核对无误后再公布征求意见。"))
            return redirect("assembly_desk:draft", made.code)
        reading = None
    else:
        reading = form.attempt(lambda data: queries.read_draft(data["text"])) if form.is_bound else None
    context = {
        "title": _("建立征求意见稿"),
        "lead": _("先读出条文给您核对，确认以前什么都不保存；保存以后还要公布，居民才看得到。"),
        "form": _with_text(form),
        "reading": reading,
        "parts": _shown(reading),
        "basis": chips_for("assembly.draft_opened", who.place),
        "no_article": True,
        "back": reverse("assembly_desk:drafts"),
        "crumbs": show.crumbs(_("建立征求意见稿")),
    }
    return render(request, "assembly/desk_prepare.html", context, status=form.status)


@PREPARE
def edit(request: HttpRequest, code: str) -> HttpResponseBase:
    """Correct title, last day, explanation and contact points before the draft is opened."""
    who = actor(request)
    draft = queries.own_draft(who, code)
    if draft.state != DraftState.PREPARING:
        raise wrong_state(DRAFT, "edit", draft.state)
    first = {
        "title": draft.title,
        "until": draft.until,
        "note": draft.note,
        "points": list(draft.points.values_list("code", flat=True)),
    }
    form = EditForm(who, request.POST if request.method == "POST" else None, initial=first)

    def run(data: dict[str, Any]) -> Draft:
        more = {key: data[key] for key in ("title", "until", "note")}
        return assembly.edit_draft(by=who, draft=draft, points=form.chosen(data), **more)

    if request.method == "POST" and form.attempt(run) is not None:
        messages.success(request, _("已保存。"))
        return redirect("assembly_desk:draft", draft.code)
    context = {
        "title": _("修改名称、期限和联系点"),
        "form": form,
        "button": _("保存"),
        "back": reverse("assembly_desk:draft", args=[draft.code]),
        "crumbs": show.crumbs(_("修改"), draft=draft),
    }
    return render(request, "mandates/form.html", context, status=form.status)


@PREPARE
def revise(request: HttpRequest, code: str) -> HttpResponseBase:
    """Give a draft a new text: first it is shown what becomes of the comments, then it is saved."""
    who = actor(request)
    draft = queries.own_draft(who, code)
    require(who, "assembly.open_draft", draft)
    if draft.state not in DRAFT["revise"].source:
        raise wrong_state(DRAFT, "revise", draft.state)
    form = RevisionForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if draft.state == DraftState.PREPARING:
        del form.fields["note"]
    if request.method == "POST" and request.POST.get("do") == "save":

        def run(data: dict[str, Any]) -> Any:
            return assembly.revise_draft(by=who, draft=draft, text=data["text"], note=data.get("note", ""))

        made = form.attempt(run)
        if made is not None:
            messages.success(request, _("新稿已保存，意见已跟到新的条文。"))
            return redirect("assembly_desk:draft", draft.code)
        reading = None
    else:
        reading = form.attempt(lambda data: queries.read_draft(data["text"])) if form.is_bound else None
    context = {
        "title": _("换新稿"),
        "lead": _("先看新稿会让每条意见站到哪里，确认以前什么都不保存。"),
        "form": _with_text(form),
        "reading": reading,
        "parts": _shown(reading),
        "fates": _fates(draft, reading),
        "back": reverse("assembly_desk:draft", args=[draft.code]),
        "crumbs": show.crumbs(_("换新稿"), draft=draft),
    }
    return render(request, "assembly/desk_prepare.html", context, status=form.status)


def _with_text(form: TextForm) -> TextForm:
    """The form again with the text that was read out of the file in its box, so that nothing is chosen twice."""
    if form.is_bound and hasattr(form, "cleaned_data") and form.cleaned_data.get("text"):
        data = QueryDict(mutable=True)
        for key in form.data:
            data.setlist(key, form.data.getlist(key))  # type: ignore[attr-defined]
        data["text"] = form.cleaned_data["text"]
        form.data = data
    return form


def _shown(reading: Reading | None) -> list[dict[str, str]]:
    """Chapters and articles of a text, as the preview lists them."""
    if reading is None:
        return []
    return [
        {"level": part.level, "num": part.num, "heading": part.heading, "body": part.body}
        for part in reading.parts
        if part.level in ("division", "article")
    ]


def _fates(draft: Draft, reading: Reading | None) -> dict[str, Any] | None:
    """How many comments stay, change, move or lose their place, and which do not simply stay."""
    if reading is None or draft.state == DraftState.PREPARING:
        return None
    found = queries.fates_of(draft, reading)
    rows = [
        {
            "row": row,
            "from": show.place_label(row.now_eid, row.now_how),
            "to": show.place_label(found.comments[row.pk].eid, found.comments[row.pk].how),
            "how": found.comments[row.pk].how,
            "words": show.words_of(row),
        }
        for row in draft.comments.order_by("now_eid", "id")
        if row.pk in found.comments and found.comments[row.pk].how != "same"
    ]
    return {"counts": found.counts(), "rows": rows[:200], "more": max(len(rows) - 200, 0)}


urlpatterns: list[URLPattern] = [
    path("drafts/new/", new, name="draft_new"),
    path("drafts/<str:code>/edit/", edit, name="draft_edit"),
    path("drafts/<str:code>/text/", revise, name="draft_text"),
]

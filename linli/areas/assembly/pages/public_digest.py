"""The published digest (采纳情况): as a page, a Word file, and tables of answers and of counts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from linli.areas.assembly import queries
from linli.areas.assembly.flow import DraftState
from linli.areas.assembly.queries.paper import WORD, paper
from linli.areas.assembly.queries.published import Heads, Published, Section, published
from linli.areas.assembly.rules import Count, Hidden
from linli.kit.errors import NotVisible
from linli.kit.export import csv_response, named, xlsx_response

ANSWERS = ("条款", "意见（归纳）", "人数", "答复", "理由", "体现在")
COUNTS = ("条款", "身份", "态度", "人数")


def digest(request: HttpRequest, code: str) -> HttpResponseBase:
    """What came of every comment, article by article; `as=docx`, `csv` and `xlsx` (answers), `counts` (people) take it away."""
    draft = queries.public_draft(code)
    if draft.state != DraftState.ANSWERED:
        raise NotVisible(_("采纳情况还没有公布。每条意见都答复以后才公布。"))
    found = published(draft)
    kind = request.GET.get("as", "")
    if kind == "docx":
        answer = HttpResponse(paper(found), content_type=WORD)
        named(answer, f"{draft.title}-采纳情况", ".docx")
        return answer
    if kind in ("csv", "xlsx"):
        taken: HttpResponseBase = (csv_response if kind == "csv" else xlsx_response)(
            f"{draft.title}-采纳情况", ANSWERS, answers(found)
        )
        return taken
    if kind == "counts":
        return csv_response(f"{draft.title}-意见人数", COUNTS, counts(found))
    context = {
        "draft": draft,
        "found": found,
        "people": Heads((), found.people, found.exact).of_all(),
        "comments": in_words(found.comments) if found.exact else "",
        "channels": [(label, in_words(count)) for label, count in found.channels],
        "sections": [_shown(section) for section in found.sections if section.people != 0],
        "quiet": [section.title for section in found.sections if section.people == 0],
        "crumbs": [
            {"label": _("立法征求意见"), "url": reverse("assembly:index")},
            {"label": draft.title, "url": reverse("assembly:draft", args=[draft.code])},
            {"label": _("采纳情况")},
        ],
    }
    return render(request, "assembly/public_digest.html", context)


def in_words(count: Count) -> str:
    """A count as a page shows it."""
    if isinstance(count, Hidden):
        return _("少于 5") if count is Hidden.FEW else _("不单列")
    return str(count)


def _shown(section: Section) -> dict[str, Any]:
    """A section with its table as `parts/table.html` takes it: kinds of contributors down, stances across."""
    found: dict[str, Any] = {
        "section": section,
        "people": in_words(section.people),
        "answered": [{"one": one, "people": in_words(one.people)} for one in section.answered],
    }
    if section.table is None:
        return found
    heads = [*section.stances, _("合计")]
    found["caption"] = _("%(place)s：提意见的人数") % {"place": section.title}
    found["columns"] = [{"label": _("身份")}, *({"label": head, "num": True} for head in heads)]
    shown = section.table
    lines = [(kind, (*cells, total)) for kind, cells, total in zip(section.kinds, shown.cells, shown.rows, strict=True)]
    if len(lines) > 1:
        lines.append((_("合计"), (*shown.columns, shown.total)))
    found["rows"] = [
        {
            "cells": [
                {"label": _("身份"), "text": name},
                *(
                    {"label": head, "text": in_words(cell), "num": True}
                    for head, cell in zip(heads, cells, strict=True)
                ),
            ]
        }
        for name, cells in lines
    ]
    return found


def answers(found: Published) -> Iterator[tuple[object, ...]]:
    """A line for each answer (答复一览); what was said outside any group has no gist."""
    for section in found.sections:
        for one in section.answered:
            yield section.title, one.gist, one.people, one.label, one.reason, one.where


def counts(found: Published) -> Iterator[tuple[object, ...]]:
    """A line for each count of people (人数一览); a section too small for parts has its whole only."""
    for section in found.sections:
        if section.table is not None:
            for kind, cells in zip(section.kinds, section.table.cells, strict=True):
                for stance, cell in zip(section.stances, cells, strict=True):
                    yield section.title, kind, stance, cell
        yield section.title, "合计", "合计", section.people


urlpatterns: list[URLPattern] = [path("drafts/<str:code>/digest/", digest, name="digest")]

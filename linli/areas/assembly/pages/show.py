"""What several staff pages show (页面共用): crumbs, articles to choose from, what happened to a draft or a comment."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from linli.areas.assembly import queries
from linli.areas.assembly.models import Comment, ContactPoint, Draft, DraftText, Provision
from linli.areas.mandates.pages.show import PickField
from linli.commons.basis import chips
from linli.kit import trail
from linli.kit.export import csv_response, xlsx_response

STEPS: dict[str, str | Promise] = {
    "assembly.draft_prepared": lazy("建立征求意见稿"),
    "assembly.draft_edited": lazy("修改名称、期限或联系点"),
    "assembly.draft_opened": lazy("公布征求意见"),
    "assembly.draft_extended": lazy("延长期限"),
    "assembly.draft_revised": lazy("换新稿"),
    "assembly.draft_closed": lazy("截止"),
    "assembly.draft_reopened": lazy("再次征求意见"),
    "assembly.people_invited": lazy("发出邀请"),
    "assembly.comments_grouped": lazy("归并同类意见"),
    "assembly.comments_ungrouped": lazy("拆开同类意见"),
    "assembly.comments_answered": lazy("答复意见"),
    "assembly.digest_published": lazy("公布采纳情况"),
    "assembly.comment_made": lazy("提出意见"),
    "assembly.comment_withdrawn": lazy("撤回意见"),
    "assembly.contact_erased": lazy("删除姓名和联系方式"),
    "assembly.comment_hidden": lazy("不予公开"),
    "assembly.comment_shown": lazy("恢复"),
    "assembly.contributor_viewed": lazy("查看提意见人"),
    "assembly.anchor_moved": lazy("人工指定位置"),
}
"""Verbs of drafts and comments in the words of these pages."""


def story(subject: trail.Subject, *, most: int = 12) -> list[dict[str, Any]]:
    """The latest steps of a draft or a comment, newest first, as the timeline draws them."""
    rows = list(trail.history(subject).reverse()[:most])
    return [
        {
            "what": STEPS.get(row.verb, row.verb),
            "who": row.actor_label,
            "when": row.at,
            "note": row.note if row.verb != "assembly.draft_prepared" else "",
            "basis": chips(row.basis),
            "kind": "now" if number == 0 else "",
        }
        for number, row in enumerate(rows)
    ]


def place_label(eid: str, how: str) -> str:
    """Where something stands, in words; an orphan has no place."""
    return _("找不到对应条文") if how == "orphan" else queries.place_of(eid)


def crumbs(*last: str, draft: Draft | None = None, url: str = "") -> list[dict[str, str]]:
    """From the list of drafts down to this page."""
    found = [{"label": _("草案征求意见"), "url": reverse("assembly_desk:drafts")}]
    if draft is not None:
        found.append({"label": draft.title, "url": reverse("assembly_desk:draft", args=[draft.code])})
    found += [{"label": label} for label in last]
    if url and len(last) > 1:
        found[-2]["url"] = url
    return found


def places(text: DraftText) -> list[tuple[str, str]]:
    """Every place of a version on which somebody may comment, with its first words, for a select."""
    found = [("", _("全文（不针对某一条）"))]
    for row in queries.provisions_of(text):
        if row.level != Provision.Level.DIVISION:
            found.append((row.eid, f"{queries.place_of(row.eid)}　{row.heading or row.body[:24]}"))
    return found


def offer_points(field: forms.Field, rows: Iterable[ContactPoint]) -> None:
    """Let a field choose among contact points."""
    assert isinstance(field, PickField)
    field.offer(("", row.code, row.name, row) for row in rows)


def words_of(row: Comment) -> str:
    """What a comment says, in one line for a list."""
    said = row.words
    if row.wording:
        said += ("；" if said else "") + _("建议改为：%(wording)s") % {"wording": row.wording}
    return said or _("（没有写理由）")


def take_away(kind: str, name: str, head: Iterable[str], lines: Iterable[list[object]]) -> HttpResponseBase:
    """A table as CSV or XLSX."""
    titles = list(head)
    answer: HttpResponse | HttpResponseBase = (csv_response if kind == "csv" else xlsx_response)(name, titles, lines)
    return answer

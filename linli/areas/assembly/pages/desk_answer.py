"""Workbench: answer comments (答复), one, several or a group; and put like ones together (归并同类意见)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from linli.areas.assembly import actions as assembly
from linli.areas.assembly import queries
from linli.areas.assembly.flow import CommentState, DraftState
from linli.areas.assembly.models import Answer, Comment, Draft, Group, Provision
from linli.areas.assembly.pages import show
from linli.areas.mandates.pages.show import chips_for
from linli.commons.web import actor, staff
from linli.kit.errors import NotVisible
from linli.kit.forms import Form, Select, TextField
from linli.methods.opinion import Opinion, groups

WEIGH = staff("assembly.weigh")
MOST = 500
"""Comments that are answered on one page at a time, and of which likeness is looked for at once."""


class AnswerForm(Form):
    """What became of it, and why."""

    outcome = forms.ChoiceField(
        label=lazy("结果"),
        choices=Answer.Outcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": lazy("请选择结果。"), "invalid_choice": lazy("请从列表中选择。")},
    )
    where = forms.ChoiceField(
        label=lazy("体现在第几条"),
        required=False,
        widget=Select,
        help_text=lazy("只有采纳或部分采纳的要选；按最新一稿的条文。"),
    )
    reason = TextField(
        label=lazy("理由"),
        max_length=1000,
        help_text=lazy("提意见的人看得到，公布采纳情况时也公开。不要写出是谁提的。"),
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": lazy("请写明理由。")},
    )

    def __init__(self, draft: Draft, rows: list[Comment], *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        where, outcome = self.fields["where"], self.fields["outcome"]
        assert isinstance(where, forms.ChoiceField) and isinstance(outcome, forms.ChoiceField)
        where.choices = [("", _("不选")), *show.places(queries.newest(draft))[1:]]
        if any(row.stance != "question" for row in rows):
            outcome.choices = [pair for pair in Answer.Outcome.choices if pair[0] != Answer.Outcome.NOTED]


def _names_none(request: HttpRequest) -> bool:
    """Whether neither comments nor a group are named: the address was opened as it stands."""
    return not any(request.POST.get(key) or request.GET.get(key) for key in ("c", "group"))


def _picked(request: HttpRequest, draft: Draft) -> list[Comment]:
    numbers = (request.POST.getlist("c") or request.GET.getlist("c"))[:MOST]
    rows = draft.comments.filter(number__in=numbers).select_related("answer", "group")
    return list(rows.order_by("now_eid", "id"))


def _group(request: HttpRequest, draft: Draft) -> Group | None:
    code = request.POST.get("group") or request.GET.get("group") or ""
    found = draft.groups.filter(code=code, ended_at=None).first() if code else None
    if code and found is None:
        raise NotVisible()
    return found


@WEIGH
def answer(request: HttpRequest, code: str) -> HttpResponseBase:
    """Answer what was ticked, or a whole group; a corrected answer is a new one, the old stays in the history."""
    who = actor(request)
    draft = queries.own_draft(who, code)
    if _names_none(request):
        messages.info(request, _("请先勾选要答复的意见。"))
        return redirect("assembly_desk:comments", draft.code)
    group = _group(request, draft)
    rows = list(group.members.select_related("answer")) if group is not None else _picked(request, draft)
    if not rows:
        raise NotVisible(_("没有找到要答复的意见。请回登记簿重新勾选。"))
    form = AnswerForm(draft, rows, request.POST if request.method == "POST" else None)

    def run(data: dict[str, Any]) -> Answer:
        return assembly.answer_comments(
            by=who,
            draft=draft,
            outcome=data["outcome"],
            reason=data["reason"],
            comments=rows,
            group=group,
            where=data["where"],
        )

    if request.method == "POST" and form.attempt(run) is not None:
        messages.success(request, _("已答复 %(n)s 条意见。") % {"n": len(rows)})
        return redirect(f"{reverse('assembly_desk:comments', args=[draft.code])}?state=open")
    context = {
        "draft": draft,
        "group": group,
        "form": form,
        "rows": [
            {"row": row, "place": show.place_label(row.now_eid, row.now_how), "words": show.words_of(row)}
            for row in rows[:50]
        ],
        "count": len(rows),
        "more": max(len(rows) - 50, 0),
        "again": sum(row.answer_id is not None for row in rows),
        "provision": _provision(draft, rows),
        "crumbs": show.crumbs(_("答复"), draft=draft),
    }
    return render(request, "assembly/desk_answer.html", context, status=form.status)


def _provision(draft: Draft, rows: list[Comment]) -> Provision | None:
    """The article of the newest text that all of them stand at, to be read beside the answer; None when there are several."""
    articles = {row.now_eid.split("__")[0] for row in rows}
    return queries.provision_of(queries.newest(draft), articles.pop()) if len(articles) == 1 else None


class GroupForm(Form):
    """The gist of a group."""

    summary = TextField(
        label=lazy("归纳"),
        max_length=500,
        help_text=lazy("用一句话说这组意见要什么。会公开，不要写出是谁提的。"),
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": lazy("请写一句归纳。")},
    )


@dataclass
class Suggestion:
    """Comments that may say the same; a person looks at each before they are one group (建议的同类意见)."""

    place: str
    rows: list[dict[str, Any]]


@WEIGH
def index(request: HttpRequest, code: str) -> HttpResponseBase:
    """Groups that there are, and comments that look alike and could be one."""
    who = actor(request)
    draft = queries.own_draft(who, code)
    weighs = draft.state in (DraftState.OPEN, DraftState.CLOSED)
    found = queries.digest(draft)
    held = [
        {"held": held, "place": show.place_label(held.group.eid, held.group.how)}
        for row in found.rows
        for held in row.groups
    ]
    context = {
        "draft": draft,
        "held": held,
        "weighs": weighs,
        "suggested": _suggested(draft) if weighs else [],
        "basis": chips_for("assembly.comments_grouped", draft.place_id),
        "crumbs": show.crumbs(_("同类意见"), draft=draft),
    }
    return render(request, "assembly/desk_groups.html", context)


def _suggested(draft: Draft) -> list[Suggestion]:
    """What the likeness of words suggests among comments that wait and stand in no group, the largest first."""
    rows = list(draft.comments.filter(state=CommentState.OPEN, group=None).order_by("id")[:MOST])
    texts = {
        row.eid: row.body
        for row in Provision.objects.filter(text=queries.newest(draft), eid__in={row.now_eid for row in rows})
    }
    said = [
        Opinion(
            at=queries.ORPHANS if row.is_orphan else row.now_eid.split("__")[0],
            stance=row.stance,
            words=row.words,
            wording=row.wording,
            text=texts.get(row.now_eid, ""),
        )
        for row in rows
    ]
    return [
        Suggestion(
            place=show.place_label(rows[members[0]].now_eid.split("__")[0], rows[members[0]].now_how),
            rows=[{"row": rows[one], "words": show.words_of(rows[one])} for one in members],
        )
        for members in groups(said)[:30]
    ]


@WEIGH
def new(request: HttpRequest, code: str) -> HttpResponseBase:
    """Make one group of what was ticked, with its gist in the own words; or let it join a group that there is."""
    who = actor(request)
    draft = queries.own_draft(who, code)
    if _names_none(request):
        messages.info(request, _("请先勾选要归并的意见。"))
        return redirect("assembly_desk:groups", draft.code)
    rows = _picked(request, draft)
    if not rows:
        raise NotVisible(_("没有找到要归并的意见。请回去重新勾选。"))
    old = _group(request, draft)
    form = GroupForm(request.POST if request.method == "POST" else None)
    if old is not None:
        del form.fields["summary"]

    def run(data: dict[str, Any]) -> Group:
        return assembly.group_comments(by=who, draft=draft, comments=rows, summary=data.get("summary", ""), group=old)

    sent = request.method == "POST" and request.POST.get("do") == "save"
    made = form.attempt(run) if sent else None
    if made is not None:
        messages.success(request, _("已归成一组，可以一并答复。"))
        return redirect("assembly_desk:groups", draft.code)
    if not sent:
        form = GroupForm()
        if old is not None:
            del form.fields["summary"]
    article = "" if rows[0].is_orphan else rows[0].now_eid.split("__")[0]
    joinable = [
        {"row": row, "url": f"?{'&'.join(f'c={one.number}' for one in rows)}&group={row.code}"}
        for row in draft.groups.filter(ended_at=None).order_by("id")
        if row.eid.split("__")[0] == article and row != old
    ]
    context = {
        "draft": draft,
        "old": old,
        "form": form,
        "rows": [
            {"row": row, "place": show.place_label(row.now_eid, row.now_how), "words": show.words_of(row)}
            for row in rows
        ],
        "joinable": joinable,
        "crumbs": show.crumbs(_("同类意见"), _("归并"), draft=draft, url=reverse("assembly_desk:groups", args=[code])),
    }
    return render(request, "assembly/desk_group_new.html", context, status=form.status)


class ApartForm(Form):
    """Nothing to fill in; which comment, if only one leaves."""

    comment = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)


@WEIGH
def one(request: HttpRequest, code: str, group: str) -> HttpResponseBase:
    """One group: its members; take one out, or take the group apart."""
    who = actor(request)
    draft = queries.own_draft(who, code)
    row = draft.groups.filter(code=group).first()
    if row is None:
        raise NotVisible()
    form = ApartForm(request.POST if request.method == "POST" else None)

    def run(data: dict[str, Any]) -> Group:
        number = data["comment"]
        member = draft.comments.filter(number=number).first() if number else None
        if number and member is None:
            raise NotVisible()
        return assembly.ungroup(by=who, draft=draft, group=row, comment=member)

    if request.method == "POST" and form.attempt(run) is not None:
        messages.success(request, _("已拆开。"))
        return redirect("assembly_desk:groups", draft.code)
    context = {
        "draft": draft,
        "group": row,
        "place": show.place_label(row.eid, row.how),
        "form": form,
        "members": [
            {"row": one, "place": show.place_label(one.now_eid, one.now_how), "words": show.words_of(one)}
            for one in row.members.select_related("answer").order_by("id")
        ],
        "answers": row.answers.order_by("-id"),
        "weighs": draft.state in (DraftState.OPEN, DraftState.CLOSED) and row.ended_at is None,
        "crumbs": show.crumbs(
            _("同类意见"), row.summary[:20], draft=draft, url=reverse("assembly_desk:groups", args=[draft.code])
        ),
    }
    return render(request, "assembly/desk_group.html", context, status=form.status)


urlpatterns: list[URLPattern] = [
    path("drafts/<str:code>/answer/", answer, name="answer"),
    path("drafts/<str:code>/groups/", index, name="groups"),
    path("drafts/<str:code>/groups/new/", new, name="group_new"),
    path("drafts/<str:code>/groups/<str:group>/", one, name="group"),
]

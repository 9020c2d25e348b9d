"""Workbench: comments on a draft (意见登记簿): the register with its filters and exports, one comment, hide, show, move."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from linli.areas.assembly import actions as assembly
from linli.areas.assembly import queries
from linli.areas.assembly.flow import COMMENT, DRAFT, CommentState, DraftState
from linli.areas.assembly.models import Answer, Comment, Draft, Kind, Stance
from linli.areas.assembly.pages import show
from linli.areas.assembly.queries import ORPHANS
from linli.areas.mandates.pages.show import pages, post_only
from linli.commons.web import actor, staff
from linli.kit.errors import NotVisible, WrongState
from linli.kit.files import Attachment, stream
from linli.kit.flow import wrong_state
from linli.kit.forms import Form, Select, TextField
from linli.kit.privacy import mask_contact, mask_name
from linli.kit.text import clean_text

WEIGH = staff("assembly.weigh")
WHOLE = "whole"
MOST = 20_000
HEAD = (
    "编号",
    "提出时的稿次",
    "提出时的条款",
    "现在的条款",
    "位置",
    "态度",
    "意见",
    "建议改为",
    "身份",
    "身份来源",
    "渠道",
    "人数",
    "联系点",
    "收到日期",
    "状态",
    "同类意见",
    "答复",
    "理由",
    "体现在",
)


class FilterForm(forms.Form):
    """Which comments are listed."""

    at = forms.ChoiceField(label=lazy("条款"), required=False, widget=Select)
    stance = forms.ChoiceField(
        label=lazy("态度"), required=False, choices=[("", lazy("全部")), *Stance.choices], widget=Select
    )
    kind = forms.ChoiceField(
        label=lazy("身份"), required=False, choices=[("", lazy("全部")), *Kind.choices], widget=Select
    )
    channel = forms.ChoiceField(
        label=lazy("渠道"), required=False, choices=[("", lazy("全部")), *Comment.Channel.choices], widget=Select
    )
    point = forms.ChoiceField(label=lazy("联系点"), required=False, widget=Select)

    def __init__(self, draft: Draft, data: Any) -> None:
        super().__init__(data)
        at, point = self.fields["at"], self.fields["point"]
        assert isinstance(at, forms.ChoiceField) and isinstance(point, forms.ChoiceField)
        articles = [row for row in queries.provisions_of(queries.newest(draft)) if row.level == "article"]
        at.choices = [
            ("", _("全部")),
            (WHOLE, _("全文")),
            *((row.eid, queries.place_of(row.eid)) for row in articles),
            (ORPHANS, _("找不到对应条文")),
        ]
        point.choices = [("", _("全部")), *((row.code, row.name) for row in queries.points_of(draft.congress))]

    @property
    def chosen(self) -> dict[str, str]:
        """What was chosen and makes sense."""
        self.is_valid()
        return {key: value for key, value in self.cleaned_data.items() if value}


def _filtered(rows: QuerySet[Comment], chosen: dict[str, str]) -> QuerySet[Comment]:
    at = chosen.get("at", "")
    if at == ORPHANS:
        rows = rows.filter(now_how="orphan")
    elif at == WHOLE:
        rows = rows.filter(now_eid="").exclude(now_how="orphan")
    elif at:
        rows = rows.filter(Q(now_eid=at) | Q(now_eid__startswith=f"{at}__"))
    if "point" in chosen:
        rows = rows.filter(point__code=chosen["point"])
    return rows.filter(**{key: chosen[key] for key in ("stance", "kind", "channel") if key in chosen})


@WEIGH
def index(request: HttpRequest, code: str) -> HttpResponseBase:
    """The register: filters, a search in the words, exports; comments to be answered or grouped are ticked here."""
    who = actor(request)
    draft = queries.own_draft(who, code)
    form = FilterForm(draft, request.GET)
    chosen = form.chosen
    found = _filtered(queries.comments_of(who, draft), chosen)
    q = str(clean_text(request.GET.get("q", "")))[:40]
    for word in q.split():
        found = found.filter(Q(number__startswith=word) | Q(words__contains=word) | Q(wording__contains=word))
    state = request.GET.get("state", "")
    state = state if state in CommentState.values else ""
    rows = found.filter(state=state) if state else found
    kind = request.GET.get("as", "")
    if kind in ("csv", "xlsx"):
        shown = rows.select_related("invitation").order_by("now_eid", "id")[:MOST]
        return show.take_away(kind, f"{draft.title}-意见登记簿", HEAD, (_cells(row) for row in shown))
    base = "&".join(f"{key}={value}" for key, value in chosen.items()) + "&" if chosen else ""
    context = pages(request, rows.select_related("invitation").order_by("now_eid", "id"), 50)
    views = [("", _("全部")), *CommentState.choices]
    context |= {
        "draft": draft,
        "rows": [_line(row) for row in context["items"]],
        "filter_form": form,
        "active": len(chosen),
        "reset_url": reverse("assembly_desk:comments", args=[draft.code]),
        "q": q,
        "query": f"{base}state={state}&q={q}&",
        "views": [
            {
                "label": label,
                "url": f"?{base}state={key}",
                "current": key == state,
                "count": found.filter(state=key).count() if key else found.count(),
            }
            for key, label in views
        ],
        "weighs": draft.state in (DraftState.OPEN, DraftState.CLOSED),
        "crumbs": show.crumbs(_("意见登记簿"), draft=draft),
    }
    return render(request, "assembly/desk_comments.html", context)


def _line(row: Comment) -> dict[str, Any]:
    return {
        "row": row,
        "place": show.place_label(row.now_eid, row.now_how),
        "words": show.words_of(row),
        "source": _("受邀") if row.is_verified else _("自报"),
    }


def _cells(row: Comment) -> list[object]:
    answer = row.answer
    return [
        row.number,
        str(row.made_on),
        queries.place_of(row.eid),
        show.place_label(row.now_eid, row.now_how),
        row.get_now_how_display(),
        row.get_stance_display(),
        row.words,
        row.wording,
        row.get_kind_display(),
        "受邀" if row.is_verified else "自报",
        row.get_channel_display(),
        row.heads,
        row.point.name if row.point is not None else "",
        row.received_on,
        row.get_state_display(),
        row.group.summary if row.group is not None else "",
        answer.get_outcome_display() if answer is not None else "",
        answer.reason if answer is not None else row.hidden_why,
        queries.place_of(answer.where) if answer is not None and answer.where else "",
    ]


@WEIGH
def one(request: HttpRequest, number: str) -> HttpResponseBase:
    """One comment: what was said, where it stood in each version, what it was answered."""
    who = actor(request)
    row = queries.comment_seen(who, number)
    draft = row.draft
    provision = queries.provision_of(row.made_on, row.eid)
    now = queries.provision_of(queries.newest(draft), row.now_eid)
    context = {
        "row": row,
        "draft": draft,
        "made_at": queries.place_of(row.eid),
        "provision": provision,
        "place": show.place_label(row.now_eid, row.now_how),
        "now": now if now is not None and (provision is None or now.body != provision.body) else None,
        "anchors": [
            {"row": one, "place": show.place_label(one.eid, one.how)} for one in row.anchors.select_related("text")
        ],
        "answers": [
            {"row": one, "where": queries.place_of(one.where) if one.where else ""}
            for one in Answer.objects.filter(comments=row).select_related("text").order_by("-id")
        ],
        "members": row.group.members.exclude(pk=row.pk).count() if row.group is not None else 0,
        "files": Attachment.objects.filter(subject=row.trail_key),
        "source": _("受邀") if row.is_verified else _("自报"),
        "who": " ".join(part for part in (mask_name(row.name), mask_contact(row.contact)) if part),
        "steps": _steps(row),
        "entries": show.story(row),
        "crumbs": show.crumbs(
            _("意见登记簿"), row.number, draft=draft, url=reverse("assembly_desk:comments", args=[draft.code])
        ),
    }
    return render(request, "assembly/desk_comment.html", context)


def _steps(row: Comment) -> list[dict[str, str]]:
    found: list[tuple[str, str]] = []
    weighs = row.draft.state in (DraftState.OPEN, DraftState.CLOSED)

    def at(name: str) -> str:
        return reverse("assembly_desk:comment_step", args=[row.number, name])

    answer = reverse("assembly_desk:answer", args=[row.draft.code])
    if row.state in COMMENT["answer"].source:
        label = _("答复") if row.state == CommentState.OPEN else _("更正答复")
        found.append((label, f"{answer}?c={row.number}"))
    if row.group is not None and row.state in COMMENT["answer"].source:
        found.append((_("整组一并答复"), f"{answer}?group={row.group.code}"))
    if weighs:
        found.append((_("指定位置"), at("move")))
        if row.state in COMMENT["hide"].source:
            found.append((_("不予公开"), at("hide")))
        if row.state in COMMENT["show"].source:
            found.append((_("恢复"), at("show")))
    return [{"label": label, "url": url} for label, url in found]


class HideForm(Form):
    """Why a comment is left out."""

    reason = TextField(
        label=lazy("理由"),
        max_length=200,
        help_text=lazy("只用于辱骂、泄露他人隐私等情形；提意见的人看得到理由。不赞成的意见要答复，不能藏。"),
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": lazy("请写明不予公开的理由。")},
    )


class MoveForm(Form):
    """Where a comment stands."""

    eid = forms.ChoiceField(label=lazy("最新一稿的条款"), required=False, widget=Select)


class PlainForm(Form):
    """Nothing to fill in."""


@WEIGH
def step(request: HttpRequest, number: str, name: str) -> HttpResponseBase:
    """Hide a comment, show it again, or say where it stands."""
    who = actor(request)
    row = queries.comment_seen(who, number)
    if name not in ("hide", "show", "move"):
        raise NotVisible()
    if row.draft.state not in (DraftState.OPEN, DraftState.CLOSED):
        raise wrong_state(DRAFT, "revise", row.draft.state)
    if name != "move" and row.state not in COMMENT[name].source:
        raise wrong_state(COMMENT, name, row.state)
    form = _step_form(name, row, request.POST if request.method == "POST" else None)

    def run(data: dict[str, Any]) -> Comment:
        if name == "hide":
            return assembly.hide_comment(by=who, draft=row.draft, comment=row, reason=data["reason"])
        if name == "show":
            return assembly.show_comment(by=who, draft=row.draft, comment=row)
        return assembly.move_anchor(by=who, draft=row.draft, comment=row, eid=data["eid"])

    if request.method == "POST" and form.attempt(run) is not None:
        messages.success(request, _("已办好。"))
        return redirect("assembly_desk:comment", row.number)
    titles = {"hide": _("不予公开"), "show": _("恢复"), "move": _("指定位置")}
    leads = {
        "hide": _("不进公开的汇总，只计“不予公开”一条；原件留在登记簿。"),
        "show": _("恢复以后要答复。"),
        "move": _("意见说的是最新一稿的哪一条？同一组的意见一起移动。"),
    }
    context = {
        "title": f"{titles[name]}：{row.number}",
        "lead": f"{leads[name]}{_('意见')}：{show.words_of(row)[:100]}",
        "form": form,
        "button": titles[name],
        "back": reverse("assembly_desk:comment", args=[row.number]),
        "crumbs": show.crumbs(titles[name], draft=row.draft),
    }
    return render(request, "mandates/form.html", context, status=form.status)


def _step_form(name: str, row: Comment, data: Any) -> Form:
    if name == "hide":
        return HideForm(data)
    if name == "show":
        return PlainForm(data)
    form = MoveForm(data, initial={"eid": row.now_eid})
    field = form.fields["eid"]
    assert isinstance(field, forms.ChoiceField)
    field.choices = show.places(queries.newest(row.draft))
    return form


class WhyForm(Form):
    """Why the name must be seen."""

    reason = TextField(
        label=lazy("为什么要看"),
        max_length=200,
        help_text=lazy("如：需要当面了解情况。原因留在留痕里。"),
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": lazy("请写明查看的原因。")},
    )


@WEIGH
def reveal(request: HttpRequest, number: str) -> HttpResponseBase:
    """Name and contact of a contributor, once, for a reason."""
    who = actor(request)
    row = queries.comment_seen(who, number)
    form = WhyForm(request.POST if request.method == "POST" else None)
    found = None
    if request.method == "POST":
        found = form.attempt(lambda data: assembly.reveal_contributor(by=who, comment=row, reason=data["reason"]))
    context = {"row": row, "form": form, "found": found, "crumbs": show.crumbs(_("查看提意见人"), draft=row.draft)}
    return render(request, "assembly/desk_reveal.html", context, status=form.status)


@WEIGH
def scan(request: HttpRequest, number: str, code: str) -> HttpResponseBase:
    """The sheet that came with a comment."""
    row = queries.comment_seen(actor(request), number)
    found = Attachment.objects.filter(subject=row.trail_key, code=code).first()
    if found is None:
        raise NotVisible()
    return stream(found)


@WEIGH
@post_only("assembly_desk:comments")
def tick(request: HttpRequest, code: str) -> HttpResponse:
    """What to do with the comments ticked in the register: answer them together, or make one group of them."""
    draft = queries.own_draft(actor(request), code)
    picked = "&".join(f"c={number}" for number in request.POST.getlist("pick") if number.isdigit())
    if not picked:
        raise WrongState(_("请先勾选意见。"), code="none_chosen")
    name = "group_new" if request.POST.get("do") == "group" else "answer"
    return redirect(f"{reverse(f'assembly_desk:{name}', args=[draft.code])}?{picked}")


urlpatterns: list[URLPattern] = [
    path("drafts/comments/<str:number>/", one, name="comment"),
    path("drafts/comments/<str:number>/file/<str:code>/", scan, name="comment_file"),
    path("drafts/comments/<str:number>/reveal/", reveal, name="comment_reveal"),
    path("drafts/comments/<str:number>/<slug:name>/", step, name="comment_step"),
    path("drafts/<str:code>/comments/", index, name="comments"),
    path("drafts/<str:code>/ticked/", tick, name="ticked"),
]

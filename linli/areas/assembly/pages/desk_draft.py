"""Workbench: one draft (一件征求意见稿): how far it has come, article by article, and its next steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from linli.areas.assembly import actions as assembly
from linli.areas.assembly import queries
from linli.areas.assembly.flow import DRAFT, PUBLIC_STATES, DraftState
from linli.areas.assembly.models import Comment, ContactPoint, Draft, Kind
from linli.areas.assembly.pages import show
from linli.areas.assembly.queries import ORPHANS, Row
from linli.areas.assembly.queries.paper import WORD, paper
from linli.areas.assembly.queries.published import published
from linli.areas.mandates.pages.show import chips_for, day_field, due_of
from linli.commons.actor import Actor
from linli.commons.web import actor, require, staff
from linli.kit.errors import NotVisible
from linli.kit.export import named
from linli.kit.flow import wrong_state
from linli.kit.forms import Form, TextField

SEE = staff("assembly.weigh", "assembly.collect")
WEIGH = staff("assembly.weigh")
OPEN = staff("assembly.open_draft")


class UntilForm(Form):
    """Until when."""

    until = day_field(lazy("截止日期（含当日）"))


class CloseForm(Form):
    """Why it is closed early."""

    reason = TextField(
        label=lazy("提前截止的理由"),
        required=False,
        max_length=200,
        help_text=lazy("截止日期已过的，不用写。公众会看到。"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class PlainForm(Form):
    """Nothing to fill in."""


@dataclass(frozen=True)
class Step:
    """One step of a draft on a page of its own."""

    label: str | Promise
    lead: str | Promise
    form: type[Form]
    run: Callable[[Actor, Draft, dict[str, Any]], Any]
    done: str | Promise


STEPS: dict[str, Step] = {
    "open": Step(
        lazy("公布征求意见"),
        lazy("公布以后，居民就能在网上看到草案、提意见；联系点会收到通知。公布后名称和范围不能再改，正文只能出新稿。"),
        PlainForm,
        lambda who, draft, data: assembly.open_draft(by=who, draft=draft),
        lazy("已公布，正在征求意见。"),
    ),
    "extend": Step(
        lazy("延长期限"),
        lazy("只能往后延，不能提前。"),
        UntilForm,
        lambda who, draft, data: assembly.extend_draft(by=who, draft=draft, until=data["until"]),
        lazy("期限已延长。"),
    ),
    "close": Step(
        lazy("截止"),
        lazy("截止以后不再收网上的意见；期间收到的纸质意见和座谈会意见还可以补录。到期的会自动截止。"),
        CloseForm,
        lambda who, draft, data: assembly.close_draft(by=who, draft=draft, reason=data["reason"]),
        lazy("已截止。"),
    ),
    "reopen": Step(
        lazy("再次征求意见"),
        lazy("就新的一稿再征求一次意见。要先换新稿。"),
        UntilForm,
        lambda who, draft, data: assembly.reopen_draft(by=who, draft=draft, until=data["until"]),
        lazy("已再次征求意见。"),
    ),
    "publish": Step(
        lazy("公布采纳情况"),
        lazy("公布归纳、采纳结果和理由；意见原文不公开，人数少的写成“少于 5”。公布以后不能再归并、移动意见。"),
        PlainForm,
        lambda who, draft, data: assembly.publish_digest(by=who, draft=draft),
        lazy("采纳情况已公布。"),
    ),
}


@SEE
def one(request: HttpRequest, code: str) -> HttpResponseBase:
    """One draft: the congress's desk, or for who collects what can be entered here."""
    who = actor(request)
    draft = queries.draft_seen(who, code)
    if who.body_code != draft.congress_id:
        return _collecting(request, who, draft)
    found = queries.digest(draft)
    state = queries.progress(draft)
    context = {
        "draft": draft,
        "text": found.text,
        "rows": [_line(draft, row) for row in found.rows],
        "progress": state,
        "channels": [(label, state.channels.get(key, 0)) for key, label in Comment.Channel.choices],
        "points": _points(draft, state.points),
        "texts": draft.texts.order_by("-number"),
        "steps": _steps(draft, state.open),
        "due": due_of(draft.trail_key, "answer", draft.place_id),
        "entries": show.story(draft),
        "basis": chips_for("assembly.digest_published", draft.place_id),
        "public": draft.state in PUBLIC_STATES,
        "crumbs": [*show.crumbs(draft=draft)[:1], {"label": draft.title}],
    }
    return render(request, "assembly/desk_draft.html", context)


def _collecting(request: HttpRequest, who: Actor, draft: Draft) -> HttpResponse:
    """The page of a body that brings comments in: what it entered, and where to enter more."""
    rows = queries.comments_of(who, draft)
    context = {
        "draft": draft,
        "text": queries.newest(draft),
        "left": queries.days_left(draft),
        "points": queries.points_for(who, draft),
        "entered": rows.count(),
        "rows": [
            {"row": row, "place": show.place_label(row.now_eid, row.now_how), "words": show.words_of(row)}
            for row in rows.order_by("-id")[:20]
        ],
        "meetings": queries.meetings_of(who, draft)[:20],
        "takes": draft.state in (DraftState.OPEN, DraftState.CLOSED),
        "basis": chips_for("assembly.comment_made", draft.place_id),
        "crumbs": [*show.crumbs(draft=draft)[:1], {"label": draft.title}],
    }
    return render(request, "assembly/desk_collect.html", context)


def _line(draft: Draft, row: Row) -> dict[str, Any]:
    """One article of the desk: people by stance, what waits, where to look at it."""
    stances = row.by_stance()
    place = _("找不到对应条文") if row.key == ORPHANS else queries.place_of(row.key)
    address = reverse("assembly_desk:comments", args=[draft.code])
    return {
        "row": row,
        "place": place,
        "heading": row.article.heading or row.article.body[:30] if row.article is not None else "",
        "support": stances.get("support", 0),
        "oppose": stances.get("oppose", 0),
        "amend": stances.get("amend", 0),
        "question": stances.get("question", 0),
        "url": f"{address}?at={row.key or 'whole'}" if row.comments else "",
        "orphans": row.key == ORPHANS,
    }


def _points(draft: Draft, counts: Any) -> list[tuple[str, int]]:
    """Comments by contact point; one that was asked and brought nothing stands here with 0."""
    names = {row.pk: row.name for row in queries.points_asked(draft)}
    known = names | dict(ContactPoint.objects.filter(pk__in=[pk for pk in counts if pk]).values_list("pk", "name"))
    found = [(name, counts.get(pk, 0)) for pk, name in known.items()]
    return [*found, (_("不经联系点"), counts.get(None, 0))]


def _steps(draft: Draft, waiting: int) -> list[dict[str, Any]]:
    """Next steps as links, the one that leads on first."""
    code, state = draft.code, draft.state

    def at(name: str, *more: str) -> str:
        return reverse(f"assembly_desk:{name}", args=[code, *more])

    found: list[tuple[Any, str]] = []
    if state == DraftState.PREPARING:
        found = [(STEPS["open"].label, at("draft_step", "open")), (_("修改名称、期限和联系点"), at("draft_edit"))]
    if state in (DraftState.OPEN, DraftState.CLOSED):
        if waiting:
            found += [(_("整理同类意见"), at("groups")), (_("逐条答复"), f"{at('comments')}?state=open")]
        elif state == DraftState.CLOSED:
            found += [(STEPS["publish"].label, at("draft_step", "publish"))]
        found += [(_("录入纸质意见"), at("paper")), (_("录入座谈会"), at("meeting_new"))]
    if state == DraftState.OPEN:
        found += [(STEPS[name].label, at("draft_step", name)) for name in ("extend", "close")]
    if state in DRAFT["revise"].source:
        found.append((_("换新稿"), at("draft_text")))
    if state == DraftState.CLOSED:
        found.append((STEPS["reopen"].label, at("draft_step", "reopen")))
        if waiting:
            found.append((STEPS["publish"].label, at("draft_step", "publish")))
    if state in (DraftState.PREPARING, DraftState.OPEN):
        found.append((_("邀请有关人员"), at("invitations")))
    return [{"label": label, "url": url} for label, url in found]


@OPEN
def step(request: HttpRequest, code: str, name: str) -> HttpResponseBase:
    """One step of a draft, with its form."""
    who = actor(request)
    draft = queries.own_draft(who, code)
    if name not in STEPS:
        raise NotVisible()
    if draft.state not in DRAFT[name].source:
        raise wrong_state(DRAFT, name, draft.state)
    this = STEPS[name]
    form = this.form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.attempt(lambda data: this.run(who, draft, data)) is not None:
        messages.success(request, str(this.done))
        return redirect("assembly_desk:draft", draft.code)
    lead = str(this.lead)
    if name == "open":
        lead += _("截止日期是 %(day)s。") % {"day": draft.until.isoformat()}
    context = {
        "title": f"{this.label}：{draft.title}",
        "lead": lead,
        "form": form,
        "button": this.label,
        "back": reverse("assembly_desk:draft", args=[draft.code]),
        "basis": chips_for({"open": "assembly.draft_opened"}.get(name, "assembly.digest_published"), draft.place_id)
        if name in ("open", "publish")
        else None,
        "crumbs": show.crumbs(str(this.label), draft=draft),
    }
    return render(request, "mandates/form.html", context, status=form.status)


@WEIGH
def digest(request: HttpRequest, code: str) -> HttpResponse:
    """The digest with every comment, without names, as a Word file for the own work (内部汇总)."""
    draft = queries.own_draft(actor(request), code)
    answer = HttpResponse(paper(published(draft, internal=True)), content_type=WORD)
    named(answer, f"{draft.title}-意见汇总（内部）-{timezone.localdate():%Y%m%d}", ".docx")
    return answer


class InviteForm(Form):
    """Who is asked."""

    kind = forms.ChoiceField(
        label=lazy("身份"),
        choices=Kind.choices,
        error_messages={"required": lazy("请选择身份。"), "invalid_choice": lazy("请从列表中选择。")},
    )
    whom = TextField(
        label=lazy("邀请谁"),
        max_length=60,
        help_text=lazy("如：市律师协会、某村法律顾问。只有本机关看得到。"),
        error_messages={"required": lazy("请写明邀请谁。")},
    )


@OPEN
def invitations(request: HttpRequest, code: str) -> HttpResponseBase:
    """Links for people whose word is asked for; a link is shown once."""
    who = actor(request)
    draft = queries.own_draft(who, code)
    require(who, "assembly.open_draft", draft)
    form = InviteForm(request.POST if request.method == "POST" else None)
    made = None
    if request.method == "POST":
        made = form.attempt(lambda data: assembly.invite(by=who, draft=draft, kind=data["kind"], whom=data["whom"]))
    context = {
        "draft": draft,
        "form": InviteForm() if made is not None else form,
        "made": made,
        "link": request.build_absolute_uri(reverse("assembly:invited", args=[made.code])) if made is not None else "",
        "rows": draft.invitations.all(),
        "crumbs": show.crumbs(_("邀请"), draft=draft),
    }
    return render(request, "assembly/desk_invitations.html", context, status=form.status)


urlpatterns: list[URLPattern] = [
    path("drafts/<str:code>/digest.docx", digest, name="digest_docx"),
    path("drafts/<str:code>/invitations/", invitations, name="invitations"),
    path("drafts/<str:code>/step/<slug:name>/", step, name="draft_step"),
    path("drafts/<str:code>/", one, name="draft"),
]

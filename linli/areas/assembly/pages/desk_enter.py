"""Workbench: enter what came on paper (录入纸质意见) and what was said in a meeting (录入座谈会); rows on one screen, keys alone."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from linli.areas.appeals.pages.photos import PICTURES, PhotosField
from linli.areas.assembly import actions as assembly
from linli.areas.assembly import queries
from linli.areas.assembly.actions import Said
from linli.areas.assembly.flow import DRAFT, DraftState
from linli.areas.assembly.models import Comment, Draft, DraftText, Kind, Meeting, Stance
from linli.areas.assembly.pages import show
from linli.areas.mandates.pages.show import PickField, chips_for, day_field, pages
from linli.commons.actor import Actor
from linli.commons.web import actor, staff
from linli.kit.browser import Browser
from linli.kit.errors import BadInput, NotAllowed, NotVisible
from linli.kit.files import Attachment, check_upload, stream
from linli.kit.flow import wrong_state
from linli.kit.forms import Form, Select, TextField
from linli.kit.once import once

COLLECT = staff("assembly.collect")
WEIGH = staff("assembly.weigh", "assembly.collect")
ROWS, MOST_ROWS = 6, 60
"""Rows on one screen at first; a button adds as many again, and what was typed stays."""
browser = Browser("sheet")


class ViewForm(forms.Form):
    """One row: what somebody wrote, or what was said."""

    eid = forms.ChoiceField(label=lazy("对哪一部分"), required=False, widget=Select)
    stance = forms.ChoiceField(
        label=lazy("态度"), required=False, choices=[("", lazy("不填")), *Stance.choices], widget=Select
    )
    heads = forms.IntegerField(
        label=lazy("人数"),
        required=False,
        min_value=1,
        error_messages={"invalid": lazy("人数要填整数。"), "min_value": lazy("人数要填 1 以上的整数。")},
    )
    words = TextField(label=lazy("意见"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    wording = TextField(
        label=lazy("建议改为"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
    kind = forms.ChoiceField(
        label=lazy("身份"), required=False, choices=Kind.choices, widget=Select, initial=Kind.RESIDENT
    )

    field_order = ("eid", "stance", "heads", "kind", "words", "wording")

    def __init__(self, text: DraftText, *args: Any, meeting: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        eid = self.fields["eid"]
        assert isinstance(eid, forms.ChoiceField)
        eid.choices = show.places(text)
        if not meeting:
            del self.fields["heads"], self.fields["kind"]  # a sheet is one person's, who is named above

    @property
    def is_empty(self) -> bool:
        """Whether nothing was entered in this row."""
        data = self.cleaned_data
        return not (data.get("stance") or data.get("words") or data.get("wording"))


class ReferForm(Form):
    """What paper and meeting have in common."""

    def offer(self, who: Actor, draft: Draft) -> None:
        """Offer the contact points for which this body enters; its only one is taken for granted."""
        rows = list(queries.points_for(who, draft))
        show.offer_points(self.fields["point"], rows)
        if not rows:
            del self.fields["point"]
        elif len(rows) == 1 and who.body_code == rows[0].host_id:
            self.fields["point"].initial = rows[0].code


class SheetForm(ReferForm):
    """Whose sheet it is, and when it came."""

    received_on = day_field(lazy("收到日期"))
    point = PickField(label=lazy("联系点"), required=False)
    kind = forms.ChoiceField(label=lazy("身份"), choices=Kind.choices, widget=Select, initial=Kind.RESIDENT)
    name = TextField(label=lazy("姓名"), required=False, max_length=40)
    contact = TextField(label=lazy("联系方式"), required=False, max_length=60)
    scan = forms.FileField(label=lazy("意见表照片或扫描件"), required=False)
    once = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)


class PapersField(PhotosField):
    """Sign-in sheets and pictures of a meeting, several at once."""

    def __init__(self) -> None:
        super().__init__(accept=f"{PICTURES},application/pdf")
        self.label = lazy("签到表、照片")
        self.help_text = lazy("照片或 PDF，每份不超过 10 MB。")


class MeetingForm(ReferForm):
    """Where and when, and how many came."""

    held_on = day_field(lazy("召开日期"))
    venue = TextField(label=lazy("地点"), max_length=120, error_messages={"required": lazy("请写明在哪里开的。")})
    attendance = forms.IntegerField(
        label=lazy("到会人数"),
        min_value=1,
        error_messages={
            "required": lazy("请填到会人数。"),
            "invalid": lazy("到会人数要填整数。"),
            "min_value": lazy("到会人数要填 1 以上的整数。"),
        },
    )
    point = PickField(label=lazy("联系点"), required=False)
    minutes = TextField(
        label=lazy("会议记录"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    papers = PapersField()
    once = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)


class Rows:
    """The rows of one screen: all are read, the empty ones left out, and each fault names its row."""

    def __init__(self, text: DraftText, request: HttpRequest, *, meeting: bool) -> None:
        sent, asked = request.POST, request.POST.get("rows", "")
        count = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 4 else ROWS
        more = adds_rows(request)
        self.forms = []
        for number in range(1, min(max(count + (ROWS if more else 0), ROWS), MOST_ROWS) + 1):
            prefix = f"v{number}"
            typed = {name: sent.get(f"{prefix}-{name}") for name in ViewForm.base_fields if f"{prefix}-{name}" in sent}
            data = sent if request.method == "POST" and not more else None
            self.forms.append(ViewForm(text, data, prefix=prefix, initial=typed, meeting=meeting))

    def said(self, kind: str) -> list[Said]:
        """What was entered. Raises: BadInput: a row cannot be read; it says which."""
        found = []
        for number, form in enumerate(self.forms, 1):
            if not form.is_valid():
                why = next(iter(next(iter(form.errors.values()))))
                raise BadInput(_("第 %(n)s 行：%(why)s") % {"n": number, "why": why}, code="bad_row")
            if not form.is_empty:
                data = form.cleaned_data
                found.append(
                    Said(
                        stance=data["stance"],
                        kind=data.get("kind") or kind,
                        eid=data["eid"],
                        words=data["words"],
                        wording=data["wording"],
                        heads=data.get("heads") or 1,
                    )
                )
        return found


def adds_rows(request: HttpRequest) -> bool:
    """Whether only more rows are wanted: nothing is checked or kept then."""
    return request.POST.get("do") == "more"


def _draft(who: Actor, code: str) -> Draft:
    """A draft on which this body may enter comments now. Raises: NotVisible, NotAllowed, WrongState."""
    draft = queries.draft_seen(who, code)
    if not queries.may_collect(who, draft):
        raise NotAllowed(_("这件草案不在本单位所在地征求意见，不能代录。"), code="outside")
    if draft.state not in (DraftState.OPEN, DraftState.CLOSED):
        raise wrong_state(DRAFT, "reopen" if draft.state == DraftState.ANSWERED else "close", draft.state)
    return draft


def _text(draft: Draft, number: str) -> DraftText:
    """The version that the sheet was about: the newest, unless an earlier one is named."""
    found = draft.texts.filter(number=int(number)).first() if number.isascii() and number.isdigit() else None
    return found or queries.newest(draft)


@COLLECT
def paper(request: HttpRequest, code: str) -> HttpResponseBase:
    """One sheet with its rows; after saving, number and code of each to hand over, and the next empty sheet."""
    who = actor(request)
    draft = _draft(who, code)
    posted = request.method == "POST" and not adds_rows(request)
    text = _text(draft, (request.POST or request.GET).get("on", "")[:6])
    first = {"received_on": timezone.localdate(), "once": secrets.token_urlsafe(16), **request.POST.dict()}
    form = SheetForm(request.POST, request.FILES, initial=first) if posted else SheetForm(initial=first)
    form.offer(who, draft)
    rows = Rows(text, request, meeting=False)

    def send(data: dict[str, Any]) -> str:
        views = rows.said(data["kind"])
        scan = check_upload(data["scan"]) if data.get("scan") else None

        def run() -> str:
            made = assembly.take_paper_sheet(
                by=who,
                draft=draft,
                views=views,
                received_on=data["received_on"],
                name=data["name"],
                contact=data["contact"],
                point=data.get("point"),
                on=text,
                scan=scan,
            )
            return " ".join(f"{one.comment.number}:{one.code}" for one in made)

        kept, _fresh = once(who.code, f"sheet:{data['once'] or form.initial['once']}", repr(views).encode(), run)
        return kept

    if posted:
        kept = form.attempt(send)
        if kept is not None:
            pairs = [pair.split(":") for pair in kept.split(" ")]
            browser.hand_receipt(request, ",".join(pair[0] for pair in pairs), ",".join(pair[1] for pair in pairs))
            messages.success(request, _("已录入 %(n)s 条意见。") % {"n": len(pairs)})
            return redirect("assembly_desk:paper_done", draft.code)
    context = {
        "draft": draft,
        "text": text,
        "texts": draft.texts.order_by("-number"),
        "form": form,
        "rows": rows.forms,
        "basis": chips_for("assembly.comment_made", draft.place_id),
        "crumbs": show.crumbs(_("录入纸质意见"), draft=draft),
    }
    return render(request, "assembly/desk_paper.html", context, status=form.status)


@COLLECT
def paper_done(request: HttpRequest, code: str) -> HttpResponseBase:
    """Numbers and codes of the sheet just entered, for an hour, in the browser that entered it."""
    who = actor(request)
    draft = queries.draft_seen(who, code)
    kept = browser.receipt(request)
    if kept is None:
        raise NotVisible(_("回执只能在录入后一小时内由录入人看。"))
    numbers = kept[0].split(",")
    known = {row.number: row for row in Comment.objects.filter(number__in=numbers, draft=draft, entered_for=who.body)}
    rows = [
        {"row": known[number], "code": secret, "place": queries.place_of(known[number].eid)}
        for number, secret in zip(numbers, kept[1].split(","), strict=True)
        if number in known
    ]
    if not rows:
        raise NotVisible()
    context = {
        "draft": draft,
        "rows": rows,
        "link": request.build_absolute_uri(reverse("assembly:follow")),
        "issuer": who.body.name if who.body is not None else "",
        "issued_on": timezone.localdate(),
        "crumbs": show.crumbs(_("录入纸质意见"), draft=draft),
    }
    return render(request, "assembly/desk_paper_done.html", context)


@COLLECT
def meeting_new(request: HttpRequest, code: str) -> HttpResponseBase:
    """A meeting with what was said there."""
    who = actor(request)
    draft = _draft(who, code)
    posted = request.method == "POST" and not adds_rows(request)
    text = _text(draft, (request.POST or request.GET).get("on", "")[:6])
    first = {"held_on": timezone.localdate(), "once": secrets.token_urlsafe(16), **request.POST.dict()}
    form = MeetingForm(request.POST, request.FILES, initial=first) if posted else MeetingForm(initial=first)
    form.offer(who, draft)
    rows = Rows(text, request, meeting=True)

    def send(data: dict[str, Any]) -> str:
        views = rows.said(Kind.RESIDENT)

        def run() -> str:
            return assembly.record_meeting(
                by=who,
                draft=draft,
                held_on=data["held_on"],
                venue=data["venue"],
                attendance=data["attendance"],
                views=views,
                point=data.get("point"),
                minutes=data["minutes"],
                on=text,
                uploads=data["papers"],
            ).code

        key = f"meeting:{data['once'] or form.initial['once']}"
        kept, _fresh = once(who.code, key, repr((data["held_on"], views)).encode(), run)
        return kept

    if posted:
        kept = form.attempt(send)
        if kept is not None:
            messages.success(request, _("座谈会已录入。"))
            return redirect("assembly_desk:meeting", kept)
    context = {
        "draft": draft,
        "text": text,
        "texts": draft.texts.order_by("-number"),
        "form": form,
        "rows": rows.forms,
        "basis": chips_for("assembly.meeting_recorded", draft.place_id),
        "crumbs": show.crumbs(_("录入座谈会"), draft=draft),
    }
    return render(request, "assembly/desk_paper.html", {**context, "meeting": True}, status=form.status)


@WEIGH
def meetings(request: HttpRequest, code: str) -> HttpResponseBase:
    """Meetings on a draft that the own body may read."""
    who = actor(request)
    draft = queries.draft_seen(who, code)
    context = {
        **pages(request, queries.meetings_of(who, draft)),
        "draft": draft,
        "takes": draft.state in (DraftState.OPEN, DraftState.CLOSED) and queries.may_collect(who, draft),
        "crumbs": show.crumbs(_("座谈会"), draft=draft),
    }
    return render(request, "assembly/desk_meetings.html", context)


@WEIGH
def meeting(request: HttpRequest, code: str) -> HttpResponseBase:
    """One meeting: who came, what was said, its papers."""
    who = actor(request)
    row = queries.meeting_seen(who, code)
    context = {
        "row": row,
        "views": list(_views(row)),
        "files": Attachment.objects.filter(subject=row.trail_key),
        "crumbs": show.crumbs(
            _("座谈会"), str(row), draft=row.draft, url=reverse("assembly_desk:meetings", args=[row.draft.code])
        ),
    }
    return render(request, "assembly/desk_meeting.html", context)


def _views(row: Meeting) -> Iterator[dict[str, Any]]:
    for one in row.comments.order_by("id"):
        yield {"row": one, "place": show.place_label(one.now_eid, one.now_how), "words": show.words_of(one)}


@WEIGH
def meeting_file(request: HttpRequest, code: str, file: str) -> HttpResponseBase:
    """One paper of a meeting."""
    row = queries.meeting_seen(actor(request), code)
    found = Attachment.objects.filter(subject=row.trail_key, code=file).first()
    if found is None:
        raise NotVisible()
    return stream(found)


urlpatterns: list[URLPattern] = [
    path("drafts/meetings/<str:code>/", meeting, name="meeting"),
    path("drafts/meetings/<str:code>/file/<str:file>/", meeting_file, name="meeting_file"),
    path("drafts/<str:code>/paper/", paper, name="paper"),
    path("drafts/<str:code>/paper/done/", paper_done, name="paper_done"),
    path("drafts/<str:code>/meetings/", meetings, name="meetings"),
    path("drafts/<str:code>/meetings/new/", meeting_new, name="meeting_new"),
]

"""The workbench (工作台), X2: one list of what is due today for the post held, and the body's notices."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils import dateformat, timezone
from django.utils.translation import gettext as _

from linli.areas.appeals import queries as appeals
from linli.areas.appeals.flow import State
from linli.areas.appeals.models import Appeal
from linli.areas.appeals.pages.desk_read import title_for
from linli.areas.appeals.queries import Due, DueWord, due_word
from linli.areas.assembly import queries as assembly
from linli.areas.duties import queries as duties
from linli.areas.duties.models import Order, Report, Tolerance
from linli.areas.duties.pages.telling import breach
from linli.areas.duties.queries import Waiting
from linli.areas.mandates import queries as mandates
from linli.commons.actor import Actor
from linli.commons.notices import mark_read, notices_of
from linli.commons.web import actor, staff
from linli.commons.workdays import Workdays, calendar_of
from linli.kit.forms import Form
from linli.kit.scope import visible_to

MOST = 200


@dataclass
class Line:
    """One line of today: what it is about, what to do, whose turn it is, until when."""

    title: str
    url: str
    what: str
    meta: list[str]
    due: DueWord | None = None
    on: datetime | None = None
    danger: bool = False


@dataclass
class Group:
    """Lines of one urgency."""

    label: str
    lines: list[Line] = field(default_factory=list)


def appeal_line(who: Actor, due: Due, calendar: Workdays) -> Line:
    """An appeal that waits for this post."""
    appeal = due.appeal
    state = State(appeal.state)
    turn = _("轮到本单位")
    if state == State.HANDLING and appeal.handler_id != who.body_code and appeal.handler is not None:
        turn = _("%(body)s在办") % {"body": appeal.handler}
    return Line(
        title=title_for(who, appeal),
        url=f"/work/appeals/{appeal.number}/",
        what=_(due.what),
        meta=[turn, appeal.place.name, appeal.number],
        due=due_word(due.clock, calendar) if due.clock else None,
        on=due.clock.due_at if due.clock else None,
        danger=appeal.danger,
    )


def task_lines(who: Actor) -> list[Line]:
    """Tasks that are no appeals and still open at the post's body."""
    if who.body is None:
        return []
    return [
        Line(
            title=row.title,
            url=f"/work/tasks/{row.code}/",
            what=_("完成任务"),
            meta=[
                _("%(body)s交办") % {"body": row.sender},
                _("%(day)s 收到") % {"day": dateformat.format(timezone.localdate(row.at), _("n月j日"))},
            ],
        )
        for row in mandates.tasks_of(who, who.body)
    ]


def draft_lines(who: Actor, calendar: Workdays) -> list[Line]:
    """Draft laws on which comments are to be collected or answered."""
    return [
        Line(
            title=due.draft.title,
            url=f"/work/drafts/{due.draft.code}/",
            what=_(due.what),
            meta=[
                _("%(day)s 截止") % {"day": dateformat.format(due.draft.until, _("n月j日"))},
                *([_("%(n)s 条意见待答复") % {"n": due.waiting}] if due.waiting else []),
            ],
            due=due_word(due.clock, calendar) if due.clock else None,
            on=due.clock.due_at if due.clock else None,
        )
        for due in assembly.due_today(who)
    ]


def duty_line(waiting: Waiting, calendar: Workdays) -> Line:
    """A report, an order to correct or an application for tolerance that waits for this post."""
    row, clock = waiting.about, waiting.clock
    day = {"day": dateformat.format(timezone.localdate(_begun(row)), _("n月j日"))}
    if isinstance(row, Report):
        title, url = f"{row.respondent.name}：{breach(row)}", f"/work/corrections/{row.number}/"
        meta = [_("检举"), _("%(day)s 收到") % day, row.number]
    elif isinstance(row, Order):
        title, url = row.text, f"/work/correction-orders/{row.code}/"
        meta = [_("%(body)s责令改正") % {"body": row.desk}, row.code]
    else:
        title = _("%(body)s申请容错") % {"body": row.applicant}
        url, meta = f"/work/tolerance/{row.code}/", [_("%(day)s 收到") % day, row.code]
    return Line(
        title=title,
        url=url,
        what=_(waiting.what),
        meta=meta,
        due=due_word(clock, calendar) if clock else None,
        on=clock.due_at if clock else None,
    )


def _begun(row: Report | Order | Tolerance) -> datetime:
    return row.filed_at if isinstance(row, Report) else row.issued_at if isinstance(row, Order) else row.applied_at


def by_due(line: Line) -> tuple[int, float]:
    """Danger first, then by due time, then what has no limit."""
    if line.danger:
        return (0, 0)
    return (1, line.on.timestamp()) if line.on is not None else (2, 0)


def grouped(lines: list[Line]) -> list[Group]:
    """Danger on top, then overdue, then what ends today or soon, then the rest; the order inside is kept."""
    groups = [Group(_("危及安全")), Group(_("已超期")), Group(_("快到期")), Group(_("还有时间")), Group(_("未设时限"))]
    place = {"late": 1, "soon": 2, "ok": 3, "paused": 3}
    for line in lines:
        level = line.due.level if line.due else "none"
        groups[0 if line.danger else place.get(level, 4)].lines.append(line)
    return [group for group in groups if group.lines]


@staff()
def today(request: HttpRequest) -> HttpResponse:
    """What is due today for the post held."""
    who = actor(request)
    calendar = calendar_of(who.place)
    lines = [appeal_line(who, due, calendar) for due in appeals.due_today(who)] + task_lines(who)
    lines += draft_lines(who, calendar) + [duty_line(one, calendar) for one in duties.waiting_for(who)]
    lines.sort(key=by_due)
    late = sum(1 for line in lines if line.due is not None and line.due.level == "late")
    title = _("今日待办：没有要办的事")
    if lines:
        title = _("%(n)s 件事等您办") % {"n": len(lines)}
    if late:
        title = _("%(n)s 件事等您办，其中 %(late)s 件已超期") % {"n": len(lines), "late": late}
    context = {"title": title, "groups": grouped(lines), "may_file": "appeals.file" in who.powers}
    return render(request, "work/today.html", context)


class ReadForm(Form):
    """Which notices were read; the choice itself comes from the list."""


@staff("commons.read_notices")
def notices(request: HttpRequest) -> HttpResponse:
    """Notices of the body, unread first; a list of ticks or all at once."""
    who = actor(request)
    everything = request.GET.get("all") == "1"
    rows = notices_of(who)
    form = None
    if request.method == "POST":
        form = ReadForm(request.POST)
        chosen = None if request.POST.get("do") == "all" else request.POST.getlist("pick")
        done = form.attempt(lambda data: mark_read(by=who, chosen=chosen))
        if done is not None:
            messages.success(request, _("%(n)s 条通知已标为已读。") % {"n": done})
            return redirect("work:notices")
    unread = rows.filter(read_at=None).count()
    shown = list((rows if everything else rows.filter(read_at=None))[: MOST + 1])
    numbers = [row.subject.removeprefix("appeal:") for row in shown if row.subject.startswith("appeal:")]
    known = visible_to(who, Appeal.objects.filter(number__in=numbers)).values_list("number", flat=True)
    dead = {f"appeal:{number}" for number in numbers} - {f"appeal:{number}" for number in known}
    for row in shown:  # an appeal handed on to others, or not for this post, is told of but not linked
        row.url = "" if row.subject in dead else row.url
    context: dict[str, Any] = {
        "title": _("%(n)s 条未读通知") % {"n": unread} if unread else _("通知"),
        "rows": shown[:MOST],
        "more": len(shown) > MOST,
        "most": MOST,
        "unread": unread,
        "everything": everything,
        "form": form,
    }
    return render(request, "work/notices.html", context, status=form.status if form else 200)


urlpatterns: list[URLPattern] = [
    path("", today, name="today"),
    path("notices/", notices, name="notices"),
]

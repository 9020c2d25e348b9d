"""Workbench: tasks handed in and out; a new task always goes through the gate, and a refusal shows the lawful ways on."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from linli.areas.mandates import actions as mandates
from linli.areas.mandates import queries, rules
from linli.areas.mandates.flow import TaskState
from linli.areas.mandates.models import Assignment, Bearer, Role
from linli.areas.mandates.pages import show
from linli.commons.actor import Actor
from linli.commons.models import Body
from linli.commons.web import actor, staff
from linli.kit.errors import NotAllowed, NotVisible
from linli.kit.forms import Form, TextField
from linli.kit.scope import covers
from linli.kit.text import clean_text

DESK = staff("commons.read_notices")


class TaskForm(Form):
    """What a task says: what, why, on which ground, with which help."""

    title = TextField(label=_l("任务名称"), max_length=120, error_messages={"required": _l("请填写任务名称。")})
    text = TextField(
        label=_l("要做什么"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _l("请写明要做什么、何时完成。")},
    )
    matter = show.PickField(
        label=_l("对应事项"),
        required=False,
        empty=_l("不对应目录中的事项"),
        error_messages={"invalid_choice": _l("请从事项目录中选一个，或者留空。")},
    )
    ground = show.PickField(
        label=_l("按哪个依据"),
        required=False,
        empty=_l("由系统按事项查找"),
        help_text=_l("命令可以点名；没有对应事项的清单项或准入，只用于它自己那件事，不选上面的事项"),
        error_messages={"invalid_choice": _l("请从有效的依据中选一个，或者由系统查找。")},
    )
    role = forms.ChoiceField(
        label=_l("协助方式"),
        required=False,
        choices=[("", _l("请选择")), *Role.choices],
        error_messages={"invalid_choice": _l("请从六种协助方式中选一种。")},
    )
    guidance = TextField(label=_l("业务指导"), max_length=200, required=False, help_text=_l("谁来教，怎么联系"))
    conditions = TextField(label=_l("工作条件和保障"), max_length=200, required=False, help_text=_l("给哪些人、财、物"))
    funds = forms.DecimalField(
        label=_l("经费（元）"),
        required=False,
        max_digits=12,
        decimal_places=2,
        min_value=0,
        error_messages={"invalid": _l("经费要填数字，例如 5000。")},
    )

    def __init__(self, who: Actor, to: Body, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        show.offer_matters(self.fields["matter"])
        if to.bearer == Bearer.AGENCY:
            for name in ("ground", "role", "guidance", "conditions", "funds"):
                del self.fields[name]
            return
        found = queries.choosable_grounds(who, bearer=to.bearer, place=to.place_id).select_related("matter")
        ground = self.fields["ground"]
        assert isinstance(ground, show.PickField)
        ground.offer((row.get_kind_display(), str(row.pk), row.ref, row) for row in found[:300])
        if to.bearer != Bearer.COMMITTEE:
            del self.fields["role"]


@DESK
def tasks(request: HttpRequest) -> HttpResponse:
    """Tasks handed to my body, and those my body handed out."""
    who = actor(request)
    kinds: dict[str, tuple[str, Any]] = {
        "": (_("交给我们的"), queries.tasks_in(who).filter(state=TaskState.OPEN)),
        "out": (_("我们交出的"), queries.tasks_out(who).filter(state=TaskState.OPEN)),
        "over": (
            _("已结束"),
            (queries.tasks_in(who) | queries.tasks_out(who)).exclude(state=TaskState.OPEN),
        ),
    }
    chosen = request.GET.get("view", "")
    chosen = chosen if chosen in kinds else ""
    rows = kinds[chosen][1]
    words = str(clean_text(request.GET.get("q", "")))[:40]
    for word in words.split():
        rows = rows.filter(
            Q(title__contains=word) | Q(body__name__contains=word) | Q(sender__name__contains=word) | Q(code=word)
        )
    context = show.pages(request, rows)
    for row in context["items"]:
        row.due = show.due_of(row.trail_key, "answer", row.place_id) if row.state == TaskState.OPEN else None
    context |= {
        "view": chosen,
        "views": [
            {"label": label, "url": f"?view={key}", "current": key == chosen, "count": found.count()}
            for key, (label, found) in kinds.items()
        ],
        "q": words,
        "may_assign": who.may("mandates.apply", None),
    }
    return render(request, "mandates/tasks.html", context)


@staff("mandates.apply")
def new_task(request: HttpRequest) -> HttpResponse:
    """Choose the body first; then say what, on which ground and with which help."""
    who = actor(request)
    code = request.GET.get("to", "")
    if not code:
        words = str(clean_text(request.GET.get("q", "")))[:40]
        found = queries.bodies_to_ask(who, words)
        context: dict[str, Any] = {
            "bodies": [
                {
                    "title": body.name,
                    "meta": f"{body.get_kind_display()} · {body.place.name}",
                    "url": f"?{urlencode({'to': body.code})}",
                }
                for body in found
            ],
            "more": len(found) >= 60,
            "q": words,
            "crumbs": _crumbs(),
        }
        return render(request, "mandates/task_to.html", context)
    to = _body(who, code)
    form = TaskForm(who, to, request.POST or None)
    if request.method == "POST":
        return _hand(request, who, to, form)
    return _form_page(request, who, to, form)


def _crumbs() -> list[dict[str, str]]:
    return [{"label": _("交办任务"), "url": reverse("mandates_desk:tasks")}, {"label": _("交办")}]


def _body(who: Actor, code: str) -> Body:
    body = Body.objects.filter(code=code, ended_on=None).select_related("place").first()
    near = body is not None and (covers(who.place, body.place_id) or covers(body.place_id, who.place))
    if body is None or not near:
        raise NotVisible()
    return body


def _hand(request: HttpRequest, who: Actor, to: Body, form: TaskForm) -> HttpResponse:
    end = request.POST.get("end_to", "")
    target = _body(who, end) if end else to

    def run(data: dict[str, Any]) -> Assignment:
        if target.code != to.code:  # a lawful end chosen after a refusal: what was typed goes to the owner as it stands
            data = {key: data[key] for key in ("title", "text", "matter")}
        if target.bearer == Bearer.AGENCY and not who.may("mandates.apply", target):
            plain = {key: data[key] for key in ("title", "text", "matter")}
            return mandates.refer_task(by=who, place=show.own_place(who), to=target, **plain)
        return mandates.assign_task(by=who, to=target, **data)

    row = form.attempt(run)
    if row is None:
        return _form_page(request, who, to, form)
    messages.success(request, _("已交给%(b)s。") % {"b": row.body.name})
    return redirect("mandates_desk:task", row.code)


def _form_page(request: HttpRequest, who: Actor, to: Body, form: TaskForm) -> HttpResponse:
    refused = show.refused(form)
    ends = []
    for end in refused["ends"] if refused else ():
        body = end.get("body", "")
        one = {"label": end["label"], "why": end.get("why", ""), "to": body, "url": "", "own": body == who.body_code}
        if end["name"] == "purchase":
            if not who.may("mandates.request_purchase", to):
                continue
            typed = {key: form.cleaned_data.get(name) or "" for key, name in (("title", "title"), ("need", "text"))}
            one["url"] = f"{reverse('mandates_desk:purchase_new')}?{urlencode({'place': to.place_id, **typed})}"
        ends.append(one)
    burdened = to.bearer != Bearer.AGENCY
    context = {
        "to": to,
        "form": form,
        "refused": refused,
        "ends": ends,
        "burdened": burdened,
        "roles": burdened and rules.roles_required(to.place_id),
        "load": queries.load_of(who, to.place_id) if burdened else None,
        "crumbs": _crumbs(),
    }
    return render(request, "mandates/task_new.html", context, status=form.status)


class FinishForm(Form):
    """The result, or why the task goes back, in words."""

    note = TextField(
        label=_l("办理结果，或退回的理由"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _l("请写明办理结果，或退回的理由。")},
    )


@DESK
def task(request: HttpRequest, code: str) -> HttpResponse:
    """One task; the body asked reports it as done here."""
    who = actor(request)
    row = queries.task_of(who, code)
    form = FinishForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if row.body_id != who.body_code:
            raise NotAllowed(_("只有承办单位自己可以办结或退回任务。"), code="not_holder")
        back = request.POST.get("do") == "return"
        end = mandates.return_task if back else mandates.finish_task
        if form.attempt(lambda data: end(by=who, task=row, note=data["note"])) is not None:
            messages.success(request, _("已退回，并通知交办单位。") if back else _("已报告完成，并通知交办单位。"))
            return redirect("mandates_desk:task", row.code)
        row = show.changed(row)
    open_ = row.state == TaskState.OPEN
    words = {
        TaskState.OPEN: (_("正在由 %(b)s 办理。") % {"b": row.body.name}, "info"),
        TaskState.DONE: (_("%(b)s 已完成。") % {"b": row.body.name}, "done"),
        TaskState.RETURNED: (_("%(b)s 已退回：%(n)s") % {"b": row.body.name, "n": row.note}, "soon"),
        TaskState.STOPPED: (_("已停止：%(n)s") % {"n": row.note}, "late"),
    }
    sentence, kind = words.get(TaskState(row.state), (row.get_state_display(), ""))
    context = {
        "row": row,
        "sentence": sentence,
        "kind": kind,
        "due": show.due_of(row.trail_key, "answer", row.place_id) if open_ else None,
        "mine": row.body_id == who.body_code,
        "open": open_,
        "form": form,
        "refused": show.refused(form),
        "entries": show.timeline(row),
        "crumbs": [{"label": _("交办任务"), "url": reverse("mandates_desk:tasks")}, {"label": row.title}],
    }
    return render(request, "mandates/task.html", context, status=form.status)


urlpatterns = [
    path("tasks/", tasks, name="tasks"),
    path("tasks/new/", new_task, name="task_new"),
    path("tasks/<str:code>/", task, name="task"),
]

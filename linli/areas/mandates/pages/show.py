"""What the pages of this room share: articles, trail and clocks in words, pickers for forms, numbered pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.paginator import Paginator
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from linli.areas.mandates.models import Matter
from linli.commons.actor import Actor
from linli.commons.basis import chips
from linli.commons.models import Body, Place
from linli.commons.workdays import calendar_of
from linli.kit import clock, trail
from linli.kit.errors import NotVisible
from linli.kit.forms import Form, TextField
from linli.kit.scope import under

VERBS: Mapping[str, Any] = {
    "mandates.list_drafted": _l("起草清单"),
    "mandates.list_edited": _l("修改清单草稿"),
    "mandates.list_published": _l("公布清单"),
    "mandates.list_ended": _l("停用清单"),
    "mandates.item_added": _l("添加事项"),
    "mandates.items_imported": _l("批量导入事项"),
    "mandates.item_dropped": _l("删除事项"),
    "mandates.admission_applied": _l("提出准入申请"),
    "mandates.admission_reviewed": _l("审查准入申请"),
    "mandates.admission_decided": _l("作出准入决定"),
    "mandates.admission_published": _l("公布准入"),
    "mandates.admission_ended": _l("准入结束"),
    "mandates.ground_opened": _l("设立派单依据"),
    "mandates.ground_closed": _l("关闭派单依据"),
    "mandates.ground_renewed": _l("任务改按现行清单"),
    "mandates.order_issued": _l("登记应急命令"),
    "mandates.exception_approved": _l("批准例外"),
    "mandates.assigned": _l("交办任务"),
    "mandates.task_finished": _l("完成任务"),
    "mandates.task_returned": _l("退回任务"),
    "mandates.task_stopped": _l("任务停止"),
    "mandates.refused": _l("拦下清单外任务"),
    "mandates.purchase_requested": _l("申请购买服务"),
    "mandates.purchase_answered": _l("答复购买申请"),
    "mandates.proof_issued": _l("出具证明"),
    "mandates.proof_asked": _l("要求出具证明"),
    "mandates.proof_refused": _l("不予出具证明"),
}
OPERATIONAL = frozenset(
    f"mandates.{verb}"
    for verb in [
        "list_edited",
        "item_added",
        "items_imported",
        "item_dropped",
        "ground_renewed",
        "task_finished",
        "task_returned",
        "task_stopped",
    ]
)
"""Steps inside a procedure: no draft speaks of them one by one, so no article is looked for."""
PAGE = 50


def chips_for(verb: str, place: str) -> list[dict[str, str]]:
    """The articles on which a verb rests at a place; none where the draft has none."""
    return chips(trail.basis_for(verb, place))


def timeline(subject: trail.Subject) -> list[dict[str, Any]]:
    """The trail of one subject in words, newest first."""
    out = []
    for entry in trail.history(subject).reverse():
        what = str(VERBS.get(entry.verb, entry.verb))
        if "title" in entry.facts:
            what += f"：{entry.facts['title']}"
        elif entry.facts.get("decision"):
            what += f"：{_('批准') if entry.facts['decision'] == 'approved' else _('不予准入')}"
        basis = chips(entry.basis)
        if not basis and entry.verb not in OPERATIONAL:
            basis = [{"label": _("本草案无此条，按县设定")}]
        out.append(
            {"what": what, "who": entry.actor_label, "when": entry.at, "note": entry.note, "basis": basis, "kind": ""}
        )
    if out:
        out[0]["kind"] = "now"
    return out


def due_of(subject: str, name: str, place: str) -> dict[str, Any] | None:
    """The running clock of a subject as the due chip wants it; None when it does not run."""
    row = clock.running(subject, name)
    if row is None:
        return None
    if row.due_at is None:
        return {"days": None}
    days = calendar_of(place).working_days_between(timezone.now(), row.due_at)
    return {"days": -max(1, -days) if row.due_at < timezone.now() else days, "on": row.due_at}


def pages(request: HttpRequest, rows: Any, size: int = PAGE) -> dict[str, Any]:
    """One page of rows, with the addresses of its neighbours; a page number that makes no sense is the nearest one."""
    page = Paginator(rows, size).get_page(request.GET.get("page"))
    query = {key: value for key, value in request.GET.items() if key != "page"}

    def at(number: int) -> str:
        return "?" + urlencode({**query, "page": number})

    shown = ""
    if page.paginator.count:
        shown = _("第 %(first)s–%(last)s 条，共 %(all)s 条") % {
            "first": page.start_index(),
            "last": page.end_index(),
            "all": page.paginator.count,
        }
    return {
        "items": list(page.object_list),
        "count": page.paginator.count,
        "newer_url": at(page.previous_page_number()) if page.has_previous() else None,
        "older_url": at(page.next_page_number()) if page.has_next() else None,
        "shown": shown,
    }


class PickField(forms.ChoiceField):
    """One row out of those offered; its clean value is the row itself, or None."""

    def __init__(self, *, empty: Any = "", **more: Any) -> None:
        super().__init__(**more)
        self.empty = empty
        self.rows: dict[str, Any] = {}

    def offer(self, rows: Iterable[tuple[str, str, str, Any]]) -> None:
        """Set what can be chosen: (group, code, label, row); an empty group stands alone."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for group, code, label, row in rows:
            self.rows[code] = row
            groups.setdefault(group, []).append((code, label))
        choices: list[Any] = [("", self.empty or str(_l("请选择")))]
        for group, options in groups.items():
            choices += [(group, options)] if group else options
        self.choices = choices

    def clean(self, value: Any) -> Any:
        return self.rows.get(str(super().clean(value) or ""))


class WhyForm(Form):
    """A reason, which every ending needs."""

    why = TextField(
        label=_l("原因"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _l("请写明原因。")},
    )


class DayInput(forms.DateInput):
    """A day, with the browser's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def day_field(label: Any, **more: Any) -> forms.DateField:
    """A day of a form, with its own words for what is missing or unreadable."""
    words = {"required": _l("请填写日期。"), "invalid": _l("日期要写成 2026-07-01 这样。")}
    return forms.DateField(label=label, widget=DayInput(), error_messages=words, **more)


def offer_matters(field: forms.Field, *, safety: bool = False) -> None:
    """Let a field choose among the matters in use, grouped by class."""
    assert isinstance(field, PickField)
    rows = Matter.objects.filter(active=True, safety=True) if safety else Matter.objects.filter(active=True)
    field.offer((row.class_name, row.code, row.name, row) for row in rows)


def places_of(actor: Actor) -> QuerySet[Place]:
    """Places that a form offers: at or below the actor's own, as fine as keeps the choice readable."""
    own = len(actor.place)
    levels = ["province", "city", "county"]
    if own >= 4:
        levels.append("street")
    if own >= 6:
        levels.append("community")
    if own > 12:
        levels += ["estate", "grid"]
    return Place.objects.filter(under("code", actor.place), level__in=levels)


def offer_places(field: forms.Field, actor: Actor) -> None:
    """Let a field choose among the actor's places; communities stand under their street."""
    assert isinstance(field, PickField)
    rows = list(places_of(actor))
    streets = {row.code: row.name for row in rows if row.level == Place.Level.STREET}
    field.offer((streets.get(row.code[:9], ""), row.code, row.name, row) for row in rows)


def committee_at(place: str) -> Body | None:
    """The committee in office at a place."""
    return Body.objects.filter(kind=Body.Kind.COMMITTEE, place__code=place, ended_on=None).first()


def own_place(actor: Actor) -> Place:
    """The place of the actor's body. Raises: NotVisible for an actor without one."""
    if actor.body is None:
        raise NotVisible()
    return actor.body.place


def refused(form: Form) -> dict[str, Any] | None:
    """What a page shows of the refusal that a form met: its articles, lawful ends, faulty lines, slip to print."""
    if form.refusal is None:
        return None
    return {
        "message": form.refusal.message,
        "basis": chips(form.refusal.basis),
        "ends": form.refusal.ends,
        "rows": form.refusal.facts.get("rows", []),
        "code": form.refusal.code,
        "slip": form.refusal.facts.get("slip", ""),
    }


def changed(row: models.Model) -> Any:
    """The row as the database has it now."""
    row.refresh_from_db()
    return row


def post_only(page: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """An address that only takes a form: whoever opens it comes to the page that holds the form."""

    def wrap(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def run(request: HttpRequest, code: str, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method != "POST":
                return redirect(page, code)
            return view(request, code, *args, **kwargs)

        return run

    return wrap

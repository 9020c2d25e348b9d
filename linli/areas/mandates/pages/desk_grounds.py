"""Workbench: grounds in force by kind; orders, safety rules, own decisions and exceptions opened and closed."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from linli.areas.mandates import actions as mandates
from linli.areas.mandates import queries, rules
from linli.areas.mandates.models import Bearer, Ground
from linli.areas.mandates.pages import show
from linli.commons.actor import Actor
from linli.commons.web import actor, staff
from linli.kit.errors import NotVisible
from linli.kit.forms import Form, TextField
from linli.kit.scope import get_visible, visible_to

SEE = staff("mandates.see")
ARTICLES = {
    Ground.Kind.EMERGENCY_ORDER: "gate.order",
    Ground.Kind.SAFETY_RULE: "gate.safety",
    Ground.Kind.EXCEPTION: "gate.exception",
}
FORMS = {
    "order": (Ground.Kind.EMERGENCY_ORDER, "mandates.open_ground", _l("登记应急命令")),
    "safety": (Ground.Kind.SAFETY_RULE, "mandates.open_ground", _l("登记安全工作规定")),
    "own": (Ground.Kind.OWN_DECISION, "mandates.decide_own", _l("本居（村）民委员会自行决定承担")),
    "exception": (Ground.Kind.EXCEPTION, "mandates.approve_exception", _l("批准网格例外")),
}
LEADS = {
    "order": _l("发生突发事件时，按当地人民政府的决定、命令，可以请居（村）民委员会做这件事。到期自动停止。"),
    "safety": _l("按安全工作规定，居（村）民委员会要做的安全类工作。"),
    "own": _l("您的居（村）民委员会自己决定承担一件清单外的事。写明决定的名称或会议日期；随时可以关闭。"),
    "exception": _l("清单外的一件事，经批准在一段时间内交给网格员，最长 90 天，到期自动停止，并且公布。"),
}


class GroundForm(Form):
    """What every ground names: where, on which paper, what about, until when."""

    place = show.PickField(
        label=_l("适用地方"),
        error_messages={"required": _l("请选择适用地方。"), "invalid_choice": _l("请从列出的地方中选一个。")},
    )
    ref = TextField(label=_l("文号或名称"), max_length=120, error_messages={"required": _l("请填写文号或名称。")})
    matter = show.PickField(
        label=_l("事项"),
        error_messages={"required": _l("请选择事项。"), "invalid_choice": _l("请从事项目录中选一个。")},
    )
    until = show.day_field(_l("到哪一天为止"), help_text=_l("当天结束时停止"))

    def __init__(self, who: Actor, name: str, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        show.offer_matters(self.fields["matter"], safety=name == "safety")
        if name == "own":
            del self.fields["place"]
        else:
            show.offer_places(self.fields["place"], who)
        if name == "order":
            self.fields["matter"].required = False
            self.fields["matter"].help_text = _("不选：派单时要点名这个命令")
        if name in ("safety", "own"):
            self.fields["until"].required = False

    def clean_until(self) -> datetime | None:
        """The moment after the last day."""
        day = self.cleaned_data.get("until")
        if day is None:
            return None
        if day < timezone.localdate():
            raise forms.ValidationError(_("不能早于今天。"))
        if day.year > 2200:
            raise forms.ValidationError(_("日期太远，请核对年份。"))
        return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


@SEE
def grounds(request: HttpRequest) -> HttpResponse:
    """Grounds in force by kind."""
    who = actor(request)
    kinds = [kind for kind in Ground.Kind if kind != Ground.Kind.OWN_DUTY]
    chosen = request.GET.get("kind", "")
    over = chosen == "over"
    shown = visible_to(who, Ground.objects.exclude(kind=Ground.Kind.OWN_DUTY))
    active = shown.filter(Ground.active())
    counts = dict(active.order_by().values_list("kind").annotate(n=Count("id")))
    rows = shown.exclude(Ground.active()) if over else active
    if chosen in kinds:
        rows = rows.filter(kind=chosen)
    rows = rows.select_related("place", "matter", "item__task_list", "admission").annotate(
        open_tasks=Count("assignments", filter=Q(assignments__state="open"))
    )
    context = show.pages(request, rows.order_by("kind", "-valid_from", "-id"))
    exception = rules.exception_basis(who.place)
    context |= {
        "views": [
            {"label": _("全部"), "url": "?", "current": chosen not in kinds and not over, "count": sum(counts.values())}
        ]
        + [
            {"label": kind.label, "url": f"?kind={kind}", "current": kind == chosen, "count": counts.get(kind, 0)}
            for kind in kinds
            if kind != Ground.Kind.EXCEPTION or exception
        ]
        + [{"label": _("已停止和未生效"), "url": "?kind=over", "current": over}],
        "doors": [
            {"url": reverse("mandates_desk:ground_new", args=[name]), "label": label}
            for name, (_kind, power, label) in FORMS.items()
            if who.may(power, None) and (name != "exception" or exception)
        ],
        "no_exception": not exception,
        "articles": {kind: show.chips_for(verb, who.place) for kind, verb in ARTICLES.items()},
    }
    return render(request, "mandates/grounds.html", context)


@SEE
def new_ground(request: HttpRequest, name: str) -> HttpResponse:
    """Open one of the four kinds that people open by hand."""
    who = actor(request)
    if name not in FORMS or not who.may(FORMS[name][1], None):
        raise NotVisible()
    kind, _power, title = FORMS[name]
    missing = name == "exception" and not rules.exception_basis(who.place)
    form = GroundForm(who, name, request.POST or None)

    def run(data: dict[str, Any]) -> Ground:
        more = {"ref": data["ref"], "matter": data["matter"], "valid_to": data["until"]}
        if name == "own":
            return mandates.decide_own(by=who, place=show.own_place(who), **more)
        if name == "exception":
            return mandates.approve_exception(by=who, place=data["place"], **more)
        return mandates.open_ground(by=who, place=data["place"], kind=kind, **more)

    if request.method == "POST":
        row = form.attempt(run)
        if row is not None:
            messages.success(request, _("已设立派单依据“%(r)s”。") % {"r": row.ref})
            return redirect("mandates_desk:ground", row.code)
    articles = show.chips_for(ARTICLES[kind], who.place) if kind in ARTICLES else []
    context = {
        "form": form,
        "refused": show.refused(form),
        "title": title,
        "lead": LEADS[name],
        "basis": articles,
        "no_article": not articles and not missing,
        "missing": _("本省草案没有例外：清单外的事项不能交给网格员。请把事项列入清单，或者申请准入。")
        if missing
        else "",
        "button": _("设立"),
        "back": reverse("mandates_desk:grounds"),
        "crumbs": [{"label": _("派单依据"), "url": reverse("mandates_desk:grounds")}, {"label": title}],
    }
    return render(request, "mandates/form.html", context, status=form.status)


def _get(request: HttpRequest, code: str) -> Ground:
    rows = Ground.objects.select_related("place", "matter", "item__task_list", "admission")
    return get_visible(actor(request), rows, code=code)


def _closable(who: Actor, row: Ground) -> bool:
    by_hand = row.kind not in (Ground.Kind.LIST, Ground.Kind.ADMISSION, Ground.Kind.OWN_DUTY)
    own = row.kind == Ground.Kind.OWN_DECISION and who.may("mandates.decide_own", row)
    return by_hand and row.closed_at is None and (own or who.may("mandates.open_ground", row))


@SEE
def ground(request: HttpRequest, code: str) -> HttpResponse:
    """One ground: what rests on it, and closing it."""
    row, who = _get(request, code), actor(request)
    resting = queries.resting_on(who, Ground.objects.filter(pk=row.pk)).select_related("body", "sender")
    form = show.WhyForm(request.POST or None)
    if request.method == "POST":
        stopped = form.attempt(lambda data: mandates.close_ground(by=who, ground=row, why=data["why"]))
        if stopped is not None:
            messages.success(request, _("已关闭。停止了 %(n)s 件任务，并已通知交办单位。") % {"n": stopped})
            return redirect("mandates_desk:ground", row.code)
        row = show.changed(row)
    articles = show.chips_for(ARTICLES[Ground.Kind(row.kind)], row.place_id) if row.kind in ARTICLES else []
    context = {
        "row": row,
        "active": Ground.objects.filter(Ground.active(), pk=row.pk).exists(),
        "bearer": Bearer(row.bearer).label,
        "resting": list(resting[:20]),
        "stops": resting.count(),
        "closable": _closable(who, row),
        "form": form,
        "refused": show.refused(form),
        "articles": articles,
        "entries": show.timeline(row),
        "now": timezone.now(),
        "crumbs": [{"label": _("派单依据"), "url": reverse("mandates_desk:grounds")}, {"label": row.ref}],
    }
    return render(request, "mandates/ground.html", context, status=form.status)


urlpatterns = [
    path("grounds/", grounds, name="grounds"),
    path("grounds/new/<str:name>/", new_ground, name="ground_new"),
    path("grounds/<str:code>/", ground, name="ground"),
]

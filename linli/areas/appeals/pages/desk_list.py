"""The list of appeals (全部诉求): filters, pages by key, export of what the post may see."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from linli.areas.appeals import queries
from linli.areas.appeals.actions.intake import outside
from linli.areas.appeals.flow import OPEN, State
from linli.areas.appeals.models import Appeal
from linli.areas.appeals.pages.desk_fields import choose, places_under
from linli.areas.appeals.pages.desk_read import title_for
from linli.areas.appeals.pages.desk_steps import SEE
from linli.areas.appeals.queries import CLOCK_OF, clocks_of, due_word
from linli.areas.appeals.queries.listing import Row, names_for, open_by_state, page_of
from linli.areas.mandates.models import Matter
from linli.commons.actor import Actor
from linli.commons.models import Body
from linli.commons.web import actor, staff
from linli.commons.workdays import calendar_of
from linli.kit import reference
from linli.kit.clock import Clock
from linli.kit.errors import BadInput
from linli.kit.export import csv_response, xlsx_response
from linli.kit.forms import Select
from linli.kit.privacy import mask_numbers
from linli.kit.scope import under
from linli.kit.text import clean_text

PAGE = 25
MOST_ROWS = 20_000
HEADER = ("编号", "标题", "类型", "大类", "事项", "地点", "渠道", "状态", "主办单位", "危及安全", "收到时间", "结束时间",
          "分派次数", "居民认为已解决", "满意度")  # fmt: skip


class FilterForm(forms.Form):
    """What the list can be narrowed by."""

    state = forms.ChoiceField(widget=Select, label=lazy("状态"), required=False)
    kind = forms.ChoiceField(widget=Select, label=lazy("类型"), required=False)
    matter_class = forms.ChoiceField(widget=Select, label=lazy("大类"), required=False)
    place = forms.ChoiceField(widget=Select, label=lazy("地点"), required=False)
    channel = forms.ChoiceField(widget=Select, label=lazy("渠道"), required=False)
    overdue = forms.BooleanField(label=lazy("只看超期"), required=False)
    danger = forms.BooleanField(label=lazy("只看危及安全"), required=False)

    def __init__(self, data: Any, *, who: Actor) -> None:
        super().__init__(data)
        every = [("", _("全部"))]
        classes = reference.kept("classes of matters", _classes)
        choose(self, "state", [*every, ("open", _("未办结")), *State.choices])
        choose(self, "kind", every + Appeal.Kind.choices)
        choose(self, "matter_class", [*every, *classes])
        choose(self, "place", [*every, *places_under(who.place, grids=False)])
        choose(self, "channel", every + Appeal.Channel.choices)


def _classes() -> tuple[tuple[str, str], ...]:
    return tuple(Matter.objects.order_by("class_code").values_list("class_code", "class_name").distinct())


def late_clock() -> Exists:
    """Whether a running clock of the appeal is past its due date."""
    rows = Clock.objects.filter(
        subject=Concat(Value("appeal:"), OuterRef("number")), stopped_at=None, paused_at=None, due_at__lt=timezone.now()
    )
    return Exists(rows.exclude(name="wait"))


@dataclass
class Found:
    """What a request asked of the list."""

    who: Actor
    form: FilterForm | None  # None: nothing was chosen
    q: str
    holder: str
    every: QuerySet[Appeal]  # all that the post may see
    rows: QuerySet[Appeal]  # what of it was asked for

    @property
    def active(self) -> dict[str, Any]:
        """Filters in force, as they stand in the address."""
        chosen = {name: value for name, value in getattr(self.form, "cleaned_data", {}).items() if value}
        return {name: "1" if value is True else value for name, value in chosen.items()}

    @property
    def fields(self) -> SafeString:
        """The form's fields; those of one where nothing is chosen are the same for everybody at a place, and kept."""
        if self.form is not None:
            return _drawn(self.form)
        key = ("filter of appeals", self.who.place, get_language())
        return reference.kept(key, lambda: _drawn(FilterForm(None, who=self.who)))

    def address(self, **more: str) -> str:
        """Address of the same list, with something added."""
        parts = {**self.active, "q": self.q, "holder": self.holder, **more}
        query = urlencode({key: value for key, value in parts.items() if value})
        return f"/work/appeals/?{query}" if query else "/work/appeals/"


def _drawn(form: FilterForm) -> SafeString:
    return render_to_string("parts/form_fields.html", {"form": form})


def find(request: HttpRequest) -> Found:
    """Appeals that the post may see, narrowed by the address; a filter that makes no sense is left out."""
    who = actor(request)
    form, chosen = None, dict[str, Any]()
    if any(request.GET.get(name) for name in FilterForm.base_fields):
        form = FilterForm(request.GET, who=who)
        form.is_valid()
        chosen = form.cleaned_data
    q = str(clean_text(request.GET.get("q", "")))[:60]
    holder = str(clean_text(request.GET.get("holder", "")))[:40]
    rows = every = queries.visible_appeals(who)
    if chosen.get("state") == "open":
        rows = rows.filter(state__in=OPEN)
    elif chosen.get("state"):
        rows = rows.filter(state=chosen["state"])
    if chosen.get("place"):
        rows = rows.filter(under("place_id", chosen["place"]))
    if chosen.get("matter_class"):
        rows = rows.filter(matter__class_code=chosen["matter_class"])
    for name in ("kind", "channel", "danger"):
        if chosen.get(name):
            rows = rows.filter(**{name: chosen[name]})
    if chosen.get("overdue"):
        rows = rows.filter(late_clock())
    if holder:
        rows = rows.filter(handler__code=holder)
    if q:
        words = Q(number__contains=q) | Q(brief__icontains=q)
        if not outside(who.body):  # a firm must not find out by searching what it may not read
            words |= Q(title__icontains=q) | Q(text__icontains=q) | Q(place_text__icontains=q)
        rows = rows.filter(words)
    return Found(who, form, q, holder, every, rows)


def views_for(found: Found) -> list[dict[str, Any]]:
    """Saved views as links; what is open in them is counted, over all that the post may see."""
    counts = open_by_state(found.every)
    views: list[tuple[str, dict[str, str], int | None]] = [
        (_("全部"), {}, None),
        (_("未办结"), {"state": "open"}, sum(counts.values())),
        *((str(state.label), {"state": str(state)}, counts.get(state, 0)) for state in OPEN),
        (_("超期"), {"overdue": "1"}, None),
        (_("危及安全"), {"state": "open", "danger": "1"}, None),
    ]
    return [
        {
            "label": label,
            "url": f"/work/appeals/?{urlencode(query)}" if query else "/work/appeals/",
            "current": found.active == query and not found.q and not found.holder,
            "count": count,
        }
        for label, query, count in views
    ]


@staff(*SEE)
def list_page(request: HttpRequest) -> HttpResponseBase:
    """All appeals that the post may see."""
    with reference.held_for(request):
        return _list_page(request)


def _lines(who: Actor, rows: list[Row]) -> list[dict[str, Any]]:
    """The lines of the table: their parts between the marks that the template sets.

    Written out here, because twenty-five lines drawn by a template cost a fifth of the page; whatever is not ours is escaped.
    """
    clocks = clocks_of((row.number for row in rows), case=False)
    calendar, names = calendar_of(who.place), names_for(rows)
    words = (_("状态"), _("时限"), _("主办单位"), _("收到"), _("事项待确认"))
    base, (w_state, w_due, w_holder, w_filed, unsure) = reverse("appeals_desk:list"), map(escape, words)
    states = {str(state): escape(str(state.label)) for state in State}
    lines = []
    for row in rows:
        clock = clocks.get((row.number, CLOCK_OF.get(State(row.state), "")))
        number, place = escape(row.number), escape(names.places[row.place_id])
        matter = escape(names.matters[row.matter_id]) if row.matter_id else unsure
        holder = escape(names.bodies[row.handler_id]) if row.handler_id else "—"
        day = timezone.localtime(row.filed_at)
        head = (
            f'<tr role="row"><th role="rowheader" scope="row"><a href="{base}{number}/">{escape(title_for(who, row))}</a>'
            '<p class="small quiet sub">'
        )
        middle = (
            f'<span class="tight">{number}</span> · {place} · {matter}</p></th>'
            f'<td role="cell" data-label="{w_state}" class="tight">{states[row.state]}</td>'
            f'<td role="cell" data-label="{w_due}">'
        )
        tail = (
            f'</td><td role="cell" class="tight" data-label="{w_holder}">{holder}</td>'
            f'<td role="cell" data-label="{w_filed}" class="tight">{day.month}月{day.day}日</td></tr>\n'
        )
        lines.append(
            {
                "head": SafeString(head),
                "danger": row.danger,
                "middle": SafeString(middle),
                "due": due_word(clock, calendar) if clock else None,
                "on": clock.due_at if clock else None,
                "tail": SafeString(tail),
            }
        )
    return lines


def _list_page(request: HttpRequest) -> HttpResponseBase:
    found = find(request)
    who = found.who
    rows, newer, older = page_of(
        found.rows,
        PAGE,
        older=request.GET.get("older", "")[:20],
        newer=request.GET.get("newer", "")[:20],
        rare=len(who.place) > queries.COUNTY,
    )
    views = views_for(found)
    view = next((view for view in views if view["current"] and view["count"] is not None), None)
    narrowed = bool(found.active or found.q or found.holder)
    here = _("符合条件的诉求") if narrowed else _("全部诉求")
    if view is not None:
        here = f"{view['label']}：{view['count']} 件"
    context = {
        "lines": _lines(who, rows),
        "title": here,
        "views": views,
        "q": found.q,
        "filter_form": found.form,
        "filter_fields": found.fields,
        "active": len(found.active),
        "reset_url": "/work/appeals/",
        "holder": Body.objects.filter(code=found.holder).first() if found.holder else None,
        "newer_url": found.address(newer=rows[0].number) if newer and rows else None,
        "older_url": found.address(older=rows[-1].number) if older and rows else None,
        "narrowed": narrowed,
        "share": request.build_absolute_uri(found.address()),
        "xlsx": found.address().replace("/work/appeals/", "/work/appeals/export/xlsx/", 1),
        "csv": found.address().replace("/work/appeals/", "/work/appeals/export/csv/", 1),
        "may_file": "appeals.file" in who.powers,
    }
    return render(request, "appeals/desk_list.html", context)


@staff(*SEE)
def export(request: HttpRequest, ending: str) -> HttpResponseBase:
    """The narrowed list as a file (导出): visible rows only, no reporter, no text.

    Raises:
        BadInput: more rows than a workbook should hold.
    """
    found = find(request)
    if ending == "xlsx" and (count := found.rows.count()) > MOST_ROWS:
        raise BadInput(
            _("符合条件的有 %(n)s 件，超过 %(most)s 件。请缩小条件，或导出 CSV。") % {"n": count, "most": MOST_ROWS}
        )
    rows = (
        (
            row.number,
            mask_numbers(title_for(found.who, row)),
            row.kind,
            row.matter.class_name if row.matter else "",
            row.matter.name if row.matter else "",
            row.place.name,
            Appeal.Channel(row.channel).label,
            str(State(row.state).label),
            row.handler.name if row.handler else "",
            row.danger,
            row.filed_at,
            row.ended_at,
            row.hops,
            row.solved,
            row.rating,
        )
        for row in found.rows.iterator(chunk_size=500)
    )
    name = _("诉求 %(day)s") % {"day": timezone.localdate().isoformat()}
    return xlsx_response(name, HEADER, rows) if ending == "xlsx" else csv_response(name, HEADER, rows)

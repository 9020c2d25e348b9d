"""Workbench: what the rules found at each place, since when, and as of any day."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters
from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.areas.duties import queries
from linli.areas.duties.actions import judge_county
from linli.areas.duties.models import Standing
from linli.commons.models import Place
from linli.commons.web import actor, staff
from linli.kit.errors import NotVisible
from linli.kit.forms import Form
from linli.kit.register import Column, Register
from linli.law.load import load_pack, packs
from linli.law.say import VERDICTS

SEE, JUDGE = staff("duties.see"), staff("duties.judge")


def _duties() -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for id in packs():
        pack = load_pack(id)
        found |= {duty.id: f"{pack.short}：{duty.gist[:40]}" for duty in pack.duties if duty.rule is not None}
    return sorted(found.items(), key=lambda pair: pair[1])


class StandingFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter ships no types
    """Verdict, duty, as of a day, and what changed since one."""

    verdict = django_filters.ChoiceFilter(
        label="结果", choices=[(one.value, word) for one, word in VERDICTS.items()], empty_label="全部"
    )
    duty = django_filters.ChoiceFilter(label="职责", choices=_duties, empty_label="全部")
    on = django_filters.DateFilter(
        label="某一天的状态", method="by_day", widget=forms.DateInput(attrs={"type": "date"})
    )
    changed = django_filters.DateFilter(
        label="这一天以来的变化", method="by_change", widget=forms.DateInput(attrs={"type": "date"})
    )

    class Meta:
        model = Standing
        fields: list[str] = []

    def by_day(self, rows: Any, name: str, value: date) -> Any:
        """What held on a day."""
        return queries.standing_on(rows, value)

    def by_change(self, rows: Any, name: str, value: date) -> Any:
        """What began on a day or later."""
        return rows.filter(since__gte=value)


def _gist(row: Standing) -> str:
    duty, _pack = queries.duty_of(row)
    return duty.gist if duty is not None else row.duty


STANDINGS = Register(
    name="standings",
    title="评判结果",
    noun="结果",
    measure="条",
    model=Standing,
    rows=queries.standings_seen,
    columns=(
        Column("地方", lambda row: row.place.name),
        Column("结果", "verdict", tight=True),
        Column("说明", queries.sentence_of),
        Column("职责", _gist),
        Column("自", lambda row: row.since.isoformat(), tight=True),
        Column("至", lambda row: row.until.isoformat() if row.until else _("现在"), tight=True),
        Column("需要", lambda row: _plain(row.need), num=True, in_files=True),
        Column("现有", lambda row: _plain(row.have), num=True, in_files=True),
        Column("缺口", lambda row: _plain(row.gap), num=True, in_files=True),
        Column("地方代码", "place_id"),
    ),
    search=("place__name", "place__code"),
    filters=StandingFilter,
    nav=(("履职台账", "/work/duties/"),),
    empty="每天夜里按规则评判一次，有了事实登记才有结果；只记下有变化的。",
)


def _plain(number: Any) -> str:
    return "" if number is None else f"{number:.12g}"


@JUDGE
def judge_page(request: HttpRequest) -> HttpResponseBase:
    """Judge the actor's county now instead of in the coming night."""
    who = actor(request)
    county = Place.objects.filter(code=who.place, level=Place.Level.COUNTY).first()
    if county is None:
        raise NotVisible()
    form = Form(request.POST if request.method == "POST" else None)
    made = form.attempt(lambda data: judge_county(county, timezone.localdate(), by=who))
    if made is not None:
        said = _("已评判 %(judged)s 项，有变化 %(changed)s 项。")
        messages.success(request, said % {"judged": made.judged, "changed": made.changed})
        return redirect(f"{reverse('duties_desk:standings')}?on={made.as_of}")
    context = {
        "title": _("现在评判一次"),
        "lead": _("每天夜里会自动评判。刚登记了事实、急着看结果时，可以现在评判；今天已评判过的，以这一次为准。"),
        "form": form,
        "button": _("现在评判"),
        "back": reverse("duties_desk:standings"),
        "crumbs": [{"label": _("评判结果"), "url": reverse("duties_desk:standings")}, {"label": _("现在评判")}],
    }
    return render(request, "duties/form.html", context, status=form.status)


urlpatterns: list[URLPattern] = [
    path("duties/findings/judge/", judge_page, name="judge"),
    *STANDINGS.urls("duties/findings/", SEE),
]

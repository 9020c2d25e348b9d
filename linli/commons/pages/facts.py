"""The register of facts (事实登记): form, table in and out, and what each measure asks for."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.commons import facts
from linli.commons.actor import Actor
from linli.commons.models import Fact, Place
from linli.commons.web import actor, staff
from linli.kit.forms import Form, TextField
from linli.kit.register import Column, Register
from linli.kit.tables import BadCell, as_time
from linli.law.load import pack_for_place
from linli.law.types import Measure
from linli.law.words import UNITS

KINDS = {"number": "数字", "flag": "是或否", "set": "各项，用顿号分开", "dates": "日期，用顿号分开"}


def _choices() -> list[tuple[str, str]]:
    return [("", "请选择")] + [(name, measure.label) for name, measure in facts.all_measures().items()]


def _measure(row: Fact) -> Measure | None:
    return facts.all_measures().get(row.measure)


class DayField(forms.DateField):
    """A day as a person or a spreadsheet writes it: 2026-01-31, 2026年1月31日, 46053."""

    def to_python(self, value: Any) -> date | None:
        """Take the ways of writing that tables use; none that is ambiguous."""
        if not isinstance(value, str):
            return super().to_python(value)
        try:
            found = as_time(value.strip())
        except BadCell as error:
            raise forms.ValidationError(f"{error}。", code="invalid") from error
        return None if found is None else timezone.localdate(found)


class FactForm(Form):
    """One fact of one place."""

    place = TextField(
        label="地方",
        required=False,
        max_length=60,
        help_text="名称（如 滨江社区）或 12 位代码；不填就是您单位所在的地方。",
        error_messages={"max_length": "地方请填名称或代码。"},
    )
    measure = forms.ChoiceField(
        label="指标",
        choices=_choices,
        error_messages={"required": "请选择指标。", "invalid_choice": "没有“%(value)s”这个指标，请照“指标一览”填写。"},
    )
    value = TextField(
        label="值",
        max_length=2000,
        help_text="数字、是或否、用顿号分开的各项或日期；不知道时填“无数据”，它和 0 不同；一项都没有时填“一项也没有”。",
        error_messages={"required": "请填写值；不知道时填“无数据”。", "max_length": "值过长，请核对是否填错了列。"},
    )
    as_of = DayField(
        label="截至日期",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "请填写这个数是哪一天的。", "invalid": "日期看不懂，请写成 2026-01-31。"},
    )
    source = TextField(
        label="来源",
        max_length=120,
        help_text="如名册、房产证、居委会会议记录。评判时照此印出。",
        error_messages={"required": "请写明来源。", "max_length": "来源请写在 120 字以内。"},
    )


class FactFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter ships no types
    """Measure, all or only what holds, and as it was known on a day."""

    measure = django_filters.ChoiceFilter(label="指标", choices=_choices, empty_label="全部")
    shown = django_filters.ChoiceFilter(
        label="显示", choices=(("latest", "只看现在有效的"),), empty_label="连同以前的", method="by_turn"
    )
    known_on = django_filters.DateFilter(
        label="按哪一天所知",
        method="by_knowledge",
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    class Meta:
        model = Fact
        fields: list[str] = []

    def by_turn(self, rows: Any, name: str, value: str) -> Any:
        """Rows that hold today."""
        return facts.latest(rows, timezone.localdate())

    def by_knowledge(self, rows: Any, name: str, value: date) -> Any:
        """Rows that held on a day, as far as they had been entered by then."""
        return facts.latest(rows, value, known_on=value)


def _create(*, by: Actor, place: str, measure: str, value: str, as_of: date, source: str) -> Fact:
    where = facts.place_named(by, place)
    known = facts.all_measures()[measure]
    return facts.enter_fact(
        by=by, place=where, measure=measure, value=facts.read_value(known, value), as_of=as_of, source=source
    )


FACTS = Register(
    name="facts",
    title="事实登记",
    noun="事实",
    measure="条",
    model=Fact,
    rows=facts.facts_seen,
    columns=(
        Column("地方", lambda row: row.place.name),
        Column("指标", lambda row: known.label if (known := _measure(row)) else row.measure),
        Column("值", lambda row: facts.value_in_words(row, _measure(row))),
        Column("单位", lambda row: UNITS.get(known.unit, "") if (known := _measure(row)) else ""),
        Column("截至日期", lambda row: row.as_of.isoformat(), tight=True),
        Column("来源", "source"),
        Column("录入", "entered_label"),
        Column("录入日期", lambda row: timezone.localtime(row.entered_at).strftime("%Y-%m-%d"), tight=True),
        Column("地方代码", "place_id"),
    ),
    search=("place__name", "place__code", "source"),
    filters=FactFilter,
    form=FactForm,
    create=_create,
    empty="按条文评判要用的数，如社区工作者人数、常住人口、设施面积、下属委员会，在这里登记；也可以下载模板，填好后导入。",
    nav=(("指标一览", "/work/facts/measures/"),),
    power="commons.enter_fact",
)


@staff("commons.see_facts")
def measures_page(request: HttpRequest) -> HttpResponse:
    """What each measure asks for: unit, level of place, how to write it, and the articles that count with it."""
    pack = pack_for_place(actor(request).place)
    used: dict[str, dict[str, None]] = {}
    for duty in pack.duties:
        keys = duty.rule.keys.values() if duty.rule else ()
        words = {word for value in keys for word in str(value).replace("(", " ").replace(")", " ").split()}
        for name in words:
            used.setdefault(name, {}).setdefault(f"{pack.id}.{duty.at}")
    rows = [
        {
            "measure": measure,
            "unit": UNITS.get(measure.unit, ""),
            "level": Place.Level(measure.level).label,
            "how": KINDS[measure.kind],
            "articles": list(used.get(name, ())),
        }
        for name, measure in facts.by_hand(pack.all_measures()).items()
    ]
    rows.sort(key=lambda row: not row["articles"])  # those that this province's draft counts with come first
    crumbs = [{"label": _("事实登记"), "url": reverse("settings:facts")}, {"label": _("指标一览")}]
    return render(request, "commons/measures.html", {"rows": rows, "pack": pack, "crumbs": crumbs})


urlpatterns: list[URLPattern] = [
    path("facts/measures/", measures_page, name="measures"),
    *FACTS.urls("facts/", staff("commons.see_facts"), staff("commons.enter_fact")),
]

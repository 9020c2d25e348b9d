"""The register of facts (事实登记): one place for what is told of communities, streets and counties until an area produces it.

An area that comes to know a fact by its own work enters it here with `enter_fact` too, so that whoever judges reads one table.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from linli.commons.actor import Actor
from linli.commons.models import Fact, Place
from linli.kit import trail
from linli.kit.action import action
from linli.kit.errors import BadInput
from linli.kit.scope import under, visible_to
from linli.kit.text import fitting
from linli.law.judge import COUNTED, as_day
from linli.law.load import load_pack, pack_for_place, packs
from linli.law.types import Measure
from linli.law.words import UNITS

NOTHING = "无数据"
EMPTY = "一项也没有"
MOST_ITEMS, MOST_WORDS = 60, 40
LARGEST = Decimal(10) ** 11
_NUMBER = re.compile(r"\d+(?:\.\d{1,4})?")
_SPLIT = re.compile(r"[、,，;；\n]+")

Value = Decimal | tuple[str, ...] | None
"""A number (1 and 0 for yes and no), texts or days, or None: nothing is known."""


def all_measures() -> dict[str, Measure]:
    """Every measure that any pack declares to be entered by hand, by name (全部指标)."""
    found: dict[str, Measure] = {}
    for id in packs():
        found |= by_hand(load_pack(id).measures)
    return found


def by_hand(measures: Mapping[str, Measure]) -> dict[str, Measure]:
    """Those that no area supplies by its own work (手工登记的指标)."""
    return {name: measure for name, measure in measures.items() if not measure.supplied}


def read_value(measure: Measure, text: str) -> Value:
    """A value as people write it (读数值): 21, 12,050, 是, 人民调解、治安保卫, 2026-01-31、2026-06-30, 一项也没有, 无数据.

    Raises:
        BadInput: it does not fit the measure; the message says how to write it.
    """
    text = unicodedata.normalize("NFKC", text).strip()
    if text == NOTHING:
        return None
    if not text:
        raise BadInput(f"请填写“{measure.label}”的值；确实不知道时，填“{NOTHING}”。", code="fact_value")
    if measure.kind == "number":
        return _read_number(measure, text)
    if measure.kind == "flag":
        if text not in ("是", "否"):
            raise BadInput(f"“{measure.label}”请填“是”或“否”。", code="fact_value")
        return Decimal(text == "是")
    if text == EMPTY:
        return ()
    return tuple(dict.fromkeys(part.strip() for part in _SPLIT.split(text) if part.strip()))


def _read_number(measure: Measure, text: str) -> Decimal:
    bare = re.sub(r"(?<=\d),(?=\d{3}(?:\D|$))", "", text)
    if bare.startswith("-"):
        raise BadInput(f"“{measure.label}”不能是负数。", code="fact_negative")
    if not _NUMBER.fullmatch(bare):
        raise BadInput(
            f"“{measure.label}”请只填数字，如 21 或 1050.5，不带单位和公式；不知道时填“{NOTHING}”。", code="fact_value"
        )
    return Decimal(bare)


@action("commons.enter_fact")
def enter_fact(*, by: Actor, place: Place, measure: str, value: Value, as_of: date, source: str) -> Fact:
    """Enter a fact of a place (登记事实). What was known before stays; the latest day it holds for wins.

    Args:
        value: see `Value`; None says that nothing is known.
    Raises:
        BadInput: an unknown measure, one of another level of place, a value of the wrong kind, a day to come, no source.
    """
    known = by_hand(pack_for_place(place.code).all_measures()).get(measure)
    if known is None:
        raise BadInput("没有这个指标，请从列表中选择。", code="fact_measure")
    if place.level != known.level:
        level = Place.Level(known.level).label
        raise BadInput(
            f"“{known.label}”按{level}登记，{place.name}是{place.get_level_display()}。请改填地方。", code="fact_level"
        )
    if as_of > timezone.localdate():
        raise BadInput("截至日期不能晚于今天。", code="fact_future")
    if not source.strip():
        raise BadInput("请写明来源，如“名册”“房产证”“居委会会议记录”。", code="fact_source")
    checked = _checked(known, value)
    row = Fact.objects.create(
        place=place,
        measure=measure,
        number=checked if isinstance(checked, Decimal) else None,
        items=list(checked) if isinstance(checked, tuple) else None,
        as_of=as_of,
        source=fitting(source, 120, "来源"),
        entered_by=by.code,
        entered_label=by.label[:80],
    )
    facts = {"measure": measure, "value": value_in_words(row, known), "as_of": as_of.isoformat()}
    trail.record("commons.fact_entered", row, by=by, facts=facts, note=row.source)
    return row


def _checked(measure: Measure, value: Value) -> Value:
    if value is None:
        return None
    if isinstance(value, tuple) != (measure.kind in ("set", "dates")):
        raise BadInput(f"“{measure.label}”的值填得不对，请看填写说明。", code="fact_value")
    if isinstance(value, Decimal):
        if value < 0:
            raise BadInput(f"“{measure.label}”不能是负数。", code="fact_negative")
        if value >= LARGEST:
            raise BadInput(
                f"“{measure.label}”的数字过大，请核对单位（{UNITS.get(measure.unit, '')}）。", code="fact_large"
            )
        if measure.unit in COUNTED and value != int(value):
            raise BadInput(f"“{measure.label}”按{UNITS[measure.unit]}计，请填整数。", code="fact_whole")
        return value
    if len(value) > MOST_ITEMS or any(len(item) > MOST_WORDS for item in value):
        raise BadInput(
            f"“{measure.label}”最多 {MOST_ITEMS} 项，每项最多 {MOST_WORDS} 字，用顿号分开。", code="fact_items"
        )
    if measure.kind == "dates":
        return tuple(sorted(_day(measure, item) for item in value))
    return value


def _day(measure: Measure, text: str) -> str:
    found = as_day(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else None
    if found is None:
        raise BadInput(f"“{measure.label}”请填日期，如 2026-01-31，几次用顿号分开。", code="fact_days")
    if found > timezone.localdate():
        raise BadInput(f"“{measure.label}”里有将来的日期（{text}），请只填已经发生的。", code="fact_future")
    return text


def value_in_words(row: Fact, measure: Measure | None) -> str:
    """A stored value for people (数值): 21, 是, 人民调解、治安保卫, 一项也没有, 无数据."""
    if row.items is not None:
        return "、".join(row.items) or EMPTY
    if row.number is None:
        return NOTHING
    if measure is not None and measure.kind == "flag":
        return "是" if row.number else "否"
    plain = row.number.normalize()
    return f"{plain:f}"


def value_of(row: Fact, measure: Measure | None) -> Any:
    """A stored value as rules count with it; None when nothing is known."""
    if row.items is not None:
        return row.items
    if row.number is not None and measure is not None and measure.kind == "flag":
        return bool(row.number)
    return row.number


def latest(rows: QuerySet[Fact], on: date, known_on: date | None = None) -> QuerySet[Fact]:
    """Of each place and measure the row that holds on a day: the latest as-of, and of those the one entered last.

    Args:
        known_on: as it was known at the end of that day; rows entered later are left out.
    """
    held = rows.filter(as_of__lte=on)
    if known_on is not None:
        held = held.filter(entered_at__date__lte=known_on)
    turn = Window(
        RowNumber(),
        partition_by=[F("place_id"), F("measure")],
        order_by=[F("as_of").desc(), F("entered_at").desc(), F("id").desc()],
    )
    first = held.annotate(turn=turn).filter(turn=1).values("pk")
    return rows.filter(pk__in=first)


def facts_seen(actor: Actor) -> QuerySet[Fact]:
    """Every fact of the places whose facts the actor may see (事实登记)."""
    return visible_to(actor, Fact.objects.select_related("place"))


def facts_at(
    where: str, on: date, *, levels: Iterable[str] = (), known_on: date | None = None
) -> dict[str, dict[str, Fact]]:
    """What is known on a day of a place and all places below it: place code → measure → row. One query.

    It asks nobody's power: what is shown of it is the caller's matter.
    """
    rows = Fact.objects.filter(under("place_id", where))
    if levels:
        rows = rows.filter(place__level__in=tuple(levels))
    found: dict[str, dict[str, Fact]] = {}
    for row in latest(rows, on, known_on):
        found.setdefault(row.place_id, {})[row.measure] = row
    return found


def place_named(by: Actor, text: str) -> Place:
    """A place that a person names by code or name, within the post's own; the own one when nothing is named.

    Raises:
        BadInput: none or several of that name.
    """
    text = text.strip()
    own = Place.objects.filter(under("code", by.place))
    if not text:
        found = own.filter(code=by.place).first()
        if found is not None:
            return found
        raise BadInput("请填写地方。", code="fact_place")
    named = list(own.filter(Q(code=text) | Q(name=text))[:2])
    if len(named) == 1:
        return named[0]
    if named:
        raise BadInput(f"有几个地方都叫“{text[:40]}”，请改填代码。", code="fact_place")
    raise BadInput(f"您管辖范围内没有“{text[:40]}”，请填写名称全称或 12 位代码。", code="fact_place")

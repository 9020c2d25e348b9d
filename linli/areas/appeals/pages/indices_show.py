"""Figures as pages show them (指标的展示): rates with their numbers, tables, bars, definitions. Used by staff and public pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from linli.areas.appeals.queries.indices import GROUPS, INDICES, OUTS, Figure, Index, Row, percent

HEADER = ("分组", "指标", "分子", "分母", "比率（%）", "剔除")
SMALL = gettext_noop("少于 10 件，不列比率")
Link = Callable[..., str]


def definitions() -> list[dict[str, Any]]:
    """The definitions as a table: name, numerator, denominator, what is left out, source."""
    return [{"index": one, "outs": [OUTS[key] for key in one.outs]} for one in INDICES]


def value_of(index: Index, top: int, base: int) -> dict[str, str]:
    """A figure in parts: value, unit, and what it is divided by."""
    if not index.is_rate:
        return {"value": str(top), "unit": _("次"), "of": _("只计次数")}
    if not base:
        return {"value": "—", "unit": "", "of": _("没有可计的")}
    return {"value": percent(top, base), "unit": "%", "of": _("%(base)s 件中 %(top)s 件") % {"base": base, "top": top}}


def cell_text(index: Index, figure: Figure) -> str:
    """A figure in one cell: 95.0%（38/40）."""
    if not index.is_rate:
        return str(figure.top)
    return f"{figure.percent}% （{figure.top}/{figure.base}）" if figure.base else "—"


def cards(total: Row, link: Link) -> list[dict[str, Any]]:
    """The seven figures of a total, with the ways down to their cases and with what was left out."""
    found = []
    for index in INDICES:
        one = total[index.key]
        outs = [
            {"name": OUTS[out], "count": one.outs[out], "url": link(index=index.key, part=out)}
            for out in index.outs
            if one.outs[out]
        ]
        shown = value_of(index, one.top, one.base)
        found.append(
            {"index": index, **shown, "url": link(index=index.key, part="base"), "any": one.base, "outs": outs}
        )
    return found


def table_rows(by: str, groups: Mapping[str, Row], names: Mapping[str, str], link: Link) -> list[dict[str, Any]]:
    """Groups by name (never by figure: this is no league table), each figure leading to its cases."""
    rows = []
    for key in sorted(groups, key=lambda key: (key == "", names[key])):
        cells: list[dict[str, Any]] = [{"label": str(GROUPS[by][0]), "text": names[key]}]
        for index in INDICES:
            one = groups[key][index.key]
            cell: dict[str, Any] = {"label": str(index.name), "text": cell_text(index, one), "num": True}
            if one.base:
                cell["url"] = link(index=index.key, part="base", group=key or "-")
            cells.append(cell)
        rows.append({"id": key, "cells": cells})
    return rows


def columns(by: str) -> list[dict[str, Any]]:
    """Titles of that table."""
    return [{"label": GROUPS[by][0]}, *({"label": index.name, "num": True} for index in INDICES)]


def bars(points: Iterable[tuple[str, int, int]], index: Index, hidden: Iterable[str] = ()) -> list[dict[str, Any]]:
    """Bars one below the other (图): label, value in words, width in percent, heights in em so that they grow with the type.

    Args:
        points: label, numerator, denominator. hidden: labels whose figures are not shown.
    """
    points, gone = list(points), set(hidden)
    most = max((top for _label, top, _base in points), default=0)
    rows = []
    for number, (label, top, base) in enumerate(points):
        share = percent(top, base) if index.is_rate else percent(top, most)
        if label in gone:
            text, share = _(SMALL), ""
        elif index.is_rate:
            text = f"{share}%（{top}/{base}）" if base else _("没有可计的")
        else:
            text = str(top)
        y = number * 24  # in tenths of an em
        rows.append(
            {
                "label": label,
                "text": text,
                "width": share or "0",
                "text_y": f"{(y + 11) / 10}",
                "bar_y": f"{(y + 15) / 10}",
                "value": share,
                "top": top,
                "base": base,
                "hidden": label in gone,
            }
        )
    return rows


def height(rows: list[dict[str, Any]]) -> str:
    """Height of the picture in em."""
    return f"{(len(rows) * 24 + 4) / 10}"


def lines(total: Row, groups: Mapping[str, Row], names: Mapping[str, str]) -> list[tuple[object, ...]]:
    """The same as lines of a file: the total first, then each group, an index a line."""
    found: list[tuple[object, ...]] = []
    for name, row in [
        (_("合计"), total),
        *((names[key], groups[key]) for key in sorted(groups, key=lambda k: names[k])),
    ]:
        for index in INDICES:
            one = row[index.key]
            outs = "；".join(f"{OUTS[out]} {one.outs[out]}" for out in index.outs if one.outs[out])
            base: object = one.base if index.is_rate else ""
            found.append(
                (name, str(index.name), one.top, base, float(one.percent) if index.is_rate and one.base else "", outs)
            )
    return found

"""Indices for everybody (公布的指标): per county and month, as published, with the definitions and with small groups hidden."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from linli.areas.appeals.models import Publication
from linli.areas.appeals.pages import indices_show as show
from linli.areas.appeals.pages.indices_published import read_month
from linli.areas.appeals.queries.indices import BY_KEY, GROUPS, INDICES, OUTS, Index, percent
from linli.areas.appeals.queries.publication import PUBLIC_GROUPS
from linli.commons.models import Place
from linli.kit.errors import NotVisible
from linli.kit.export import csv_response, xlsx_response

MONTHS = 12
Cell = list[int] | None


@require_safe
def counties_page(request: HttpRequest) -> HttpResponse:
    """Counties that have published."""
    rows = Publication.objects.order_by("county__code", "-month").select_related("county")
    latest: dict[str, Publication] = {}
    for row in rows:
        latest.setdefault(row.county_id, row)
    return render(request, "appeals/public_indices_counties.html", {"rows": list(latest.values())})


def found_in(county: str, month: str) -> tuple[Place, Publication | None, list[Publication]]:
    """A county with the publication asked for (the latest without a month) and all of them, newest first.

    Raises:
        NotVisible: no such county, or that month was not published.
    """
    place = Place.objects.filter(code=county, level=Place.Level.COUNTY).first()
    if place is None:
        raise NotVisible
    rows = list(Publication.objects.filter(county=place).order_by("-month"))
    if not month:
        return place, rows[0] if rows else None, rows
    wanted = read_month(month)
    found = next((row for row in rows if row.month == wanted), None)
    if found is None:
        raise NotVisible
    return place, found, rows


def shown(index: Index, cell: Cell) -> dict[str, str]:
    """A published figure in parts; a hidden one says why."""
    if cell is None:
        return {"value": "—", "unit": "", "of": _(show.SMALL)}
    return show.value_of(index, cell[0], cell[1])


def group_rows(row: Publication, by: str, index: Index) -> list[dict[str, Any]]:
    """One index by group, in the order of names."""
    names = row.figures["names"][by]
    rows = []
    for key, cells in sorted(row.figures["by"][by].items(), key=lambda pair: (pair[0] == "", names[pair[0]])):
        cell: Cell = cells[index.key]
        if cell is not None and not cell[1]:
            continue  # nothing of this kind happened there
        rows.append({"name": names[key], "cell": cell, "rate": percent(*cell) if cell and index.is_rate else ""})
    return rows


def cards(row: Publication, link: show.Link) -> list[dict[str, Any]]:
    """The seven published figures with what was left out."""
    found = []
    for index in INDICES:
        outs = row.figures["outs"][index.key]
        said = [{"name": OUTS[out], "count": outs[out]} for out in index.outs if outs.get(out)]
        found.append(
            {
                "index": index,
                **shown(index, row.figures["total"][index.key]),
                "outs": said,
                "any": True,
                "url": link(index.key),
            }
        )
    return found


def chart_of(rows: list[Publication], index: Index) -> dict[str, Any]:
    """One index over the months published, at most the last twelve."""
    points, gone = [], []
    for row in reversed(rows[:MONTHS]):
        cell: Cell = row.figures["total"][index.key]
        points.append((f"{row.month:%Y-%m}", *(cell or (0, 0))))
        if cell is None:
            gone.append(f"{row.month:%Y-%m}")
    bars = show.bars(points, index, gone)
    return {"rows": bars, "height": show.height(bars), "index": index}


def context_of(request: HttpRequest, county: str, month: str) -> dict[str, Any]:
    """Everything that the page and the paper show."""
    place, row, rows = found_in(county, month)
    if row is None:
        return {"county": place, "row": None}
    by = request.GET.get("by", "")
    by = by if by in PUBLIC_GROUPS else PUBLIC_GROUPS[0]
    index = BY_KEY.get(request.GET.get("index", ""), BY_KEY["on_time"])
    here = f"/indices/{place.code}/{row.month:%Y-%m}/"

    def link(key: str, group: str = by) -> str:
        return f"{here}?{urlencode({'index': key, 'by': group})}#groups"

    return {
        "county": place,
        "row": row,
        "here": here,
        "index": index,
        "by_name": GROUPS[by][0],
        "cards": cards(row, link),
        "groups": group_rows(row, by, index),
        "choices": [{"label": one.name, "url": link(one.key), "current": one == index} for one in INDICES],
        "bys": [{"label": GROUPS[one][0], "url": link(index.key, one), "current": one == by} for one in PUBLIC_GROUPS],
        "chart": chart_of(rows, index),
        "months": [{"label": f"{one.month:%Y-%m}", "url": f"/indices/{place.code}/{one.month:%Y-%m}/"} for one in rows],
        "definitions": show.definitions(),
    }


@require_safe
def month_page(request: HttpRequest, county: str, month: str = "") -> HttpResponse:
    """A county's published indices of one month, the latest by default."""
    return render(request, "appeals/public_indices.html", context_of(request, county, month))


@require_safe
def print_page(request: HttpRequest, county: str, month: str) -> HttpResponse:
    """The same on paper, with every group and index."""
    context = context_of(request, county, month)
    row: Publication = context["row"]
    sheets = []
    for by in PUBLIC_GROUPS:
        names = row.figures["names"][by]
        lines = [
            (names[key], [(index.name, _paper(index, cells[index.key])) for index in INDICES])
            for key, cells in sorted(row.figures["by"][by].items(), key=lambda pair: (pair[0] == "", names[pair[0]]))
        ]
        sheets.append({"name": GROUPS[by][0], "lines": lines})
    context |= {"sheets": sheets, "indices": INDICES, "issuer": context["county"].name, "issued_on": row.as_of}
    context["back_url"] = context["here"]
    return render(request, "appeals/public_indices_print.html", context)


def _paper(index: Index, cell: Cell) -> str:
    if cell is None:
        return _("不列")
    if not index.is_rate:
        return str(cell[0])
    return f"{percent(*cell)}% （{cell[0]}/{cell[1]}）" if cell[1] else "—"


@require_safe
def export(request: HttpRequest, county: str, month: str, ending: str) -> HttpResponseBase:
    """A publication as a file: the total, then each way of grouping, an index a line."""
    place, row, _rows = found_in(county, month)
    assert row is not None
    lines = [_line(_("合计"), "", index, row.figures["total"][index.key], row) for index in INDICES]
    for by in PUBLIC_GROUPS:
        names = row.figures["names"][by]
        for key, cells in sorted(row.figures["by"][by].items(), key=lambda pair: names[pair[0]]):
            lines += [_line(str(GROUPS[by][0]), names[key], index, cells[index.key]) for index in INDICES]
    name = _("诉求办理指标 %(place)s %(month)s") % {"place": place.name, "month": month}
    header = (_("分组方式"), *show.HEADER)
    return (xlsx_response if ending == "xlsx" else csv_response)(name, header, lines)


def _line(by: str, name: str, index: Index, cell: Cell, row: Publication | None = None) -> tuple[object, ...]:
    outs = row.figures["outs"][index.key] if row else {}
    left_out = "；".join(f"{OUTS[out]} {outs[out]}" for out in index.outs if outs.get(out))
    if cell is None:
        return by, name, str(index.name), "", "", _(show.SMALL), left_out
    rate: object = float(percent(*cell)) if index.is_rate and cell[1] else ""
    return by, name, str(index.name), cell[0], cell[1] if index.is_rate else "", rate, left_out


urlpatterns: list[URLPattern] = [
    path("indices/", counties_page, name="indices"),
    path("indices/<str:county>/", month_page, name="indices_county"),
    path("indices/<str:county>/<str:month>/", month_page, name="indices_month"),
    path("indices/<str:county>/<str:month>/print/", print_page, name="indices_print"),
    path("indices/<str:county>/<str:month>/figures.csv", export, {"ending": "csv"}, name="indices_csv"),
    path("indices/<str:county>/<str:month>/figures.xlsx", export, {"ending": "xlsx"}, name="indices_xlsx"),
]

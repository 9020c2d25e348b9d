"""What several people reported (热点诉求): one matter at one place, hottest first; on the screen and as a file."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linli.areas.appeals import queries
from linli.areas.appeals.flow import State
from linli.areas.appeals.pages.desk_read import title_for
from linli.areas.appeals.queries.alike import MOST_HOT
from linli.commons.web import actor, staff
from linli.kit.export import csv_response, xlsx_response
from linli.kit.privacy import mask_numbers

DAYS, LEAST = (7, 30, 90), (2, 3, 5)
FIRST_DAYS, FIRST_LEAST = 30, 3
SHOWN = 50
HEADER = ("组", "编号", "标题", "地点", "状态", "收到时间")


def asked(request: HttpRequest) -> tuple[int, int]:
    """Days and least number as chosen; what is not offered is as if nothing had been."""

    def one_of(name: str, offered: tuple[int, ...], first: int) -> int:
        given = request.GET.get(name, "")
        return next((number for number in offered if given == str(number)), first)

    return one_of("days", DAYS, FIRST_DAYS), one_of("least", LEAST, FIRST_LEAST)


@staff("appeals.see")
def hot_page(request: HttpRequest) -> HttpResponse:
    """Groups with what they have in common; each appeal one click away."""
    who = actor(request)
    days, least = asked(request)
    found, read = queries.hot(who, days=days, least=least)
    groups: list[dict[str, Any]] = [
        {
            "title": title_for(who, group.appeals[0]),
            "group": group,
            "places": "、".join(group.places[:3]) + ("…" if len(group.places) > 3 else ""),
            "rows": [
                {"row": row, "title": title_for(who, row), "state": State(row.state).label}
                for row in reversed(group.appeals)
            ],
        }
        for group in found[:SHOWN]
    ]
    periods = [
        {
            "label": ngettext("近 %(n)d 天", "近 %(n)d 天", one) % {"n": one},
            "url": f"?days={one}&least={least}",
            "current": one == days,
        }
        for one in DAYS
    ]
    leasts = [
        {
            "label": ngettext("%(n)d 件以上", "%(n)d 件以上", one) % {"n": one},
            "url": f"?days={days}&least={one}",
            "current": one == least,
        }
        for one in LEAST
    ]
    context = {
        "groups": groups,
        "total": len(found),
        "read": read,
        "all_read": read < MOST_HOT,
        "more": len(found) > SHOWN,
        "shown": SHOWN,
        "days": days,
        "least": least,
        "periods": periods,
        "leasts": leasts,
        "xlsx": f"{reverse('appeals_desk:hot_xlsx')}?days={days}&least={least}",
        "csv": f"{reverse('appeals_desk:hot_csv')}?days={days}&least={least}",
    }
    return render(request, "appeals/desk_hot.html", context)


@staff("appeals.see")
def hot_export(request: HttpRequest, ending: str) -> HttpResponseBase:
    """All groups, one row an appeal."""
    who = actor(request)
    days, least = asked(request)
    found, _read = queries.hot(who, days=days, least=least)
    rows = [
        (
            number,
            row.number,
            mask_numbers(title_for(who, row)),
            row.place.name,
            str(State(row.state).label),
            row.filed_at,
        )
        for number, group in enumerate(found, 1)
        for row in group.appeals
    ]
    name = _("热点诉求 %(day)s") % {"day": timezone.localdate().isoformat()}
    return xlsx_response(name, HEADER, rows) if ending == "xlsx" else csv_response(name, HEADER, rows)


urlpatterns: list[URLPattern] = [
    path("hot/", hot_page, name="hot"),
    path("hot/export/xlsx/", hot_export, {"ending": "xlsx"}, name="hot_xlsx"),
    path("hot/export/csv/", hot_export, {"ending": "csv"}, name="hot_csv"),
]

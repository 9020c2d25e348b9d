"""The calendar of coming duties (职责日历): a page, a file, and a secret address that calendar programs fetch by themselves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Alarm, Calendar, Event

from linli.areas.duties import queries
from linli.areas.duties.actions import share_calendar, stop_calendar
from linli.areas.duties.models import CalendarKey
from linli.areas.duties.pages import show
from linli.areas.duties.queries import Coming
from linli.commons.basis import chip
from linli.commons.web import actor, staff
from linli.kit.errors import NotVisible

SEE = staff("duties.see")
FEW = 3
REMIND = timedelta(days=-7)
HEAD = ("到期", "职责", "单位", "依据")


@SEE
def calendar(request: HttpRequest) -> HttpResponseBase:
    """What falls due within a year; `as=ics`, `as=csv`, `as=xlsx` take it away; POST opens or stops the secret address."""
    who = actor(request)
    address = ""
    if request.method == "POST":
        if who.body is None:
            raise NotVisible()
        if request.POST.get("do") == "stop":
            stop_calendar(by=who, body=who.body)
            messages.success(request, _("订阅地址已停用。"))
            return redirect(reverse("duties_desk:calendar"))
        secret = share_calendar(by=who, body=who.body)
        address = request.build_absolute_uri(reverse("duties:calendar", args=[secret]))
    rows = queries.coming_to(who)
    kind = request.GET.get("as", "")
    if kind == "ics":
        return _ics(rows)
    if kind in ("csv", "xlsx"):
        cells: Iterable[list[object]] = (
            [row.day.isoformat(), row.duty.gist, _whose(row, 10_000), chip(row.basis)["label"]] for row in rows
        )
        return show.take_away(kind, _("职责日历"), HEAD, cells)
    months: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        shown = {"row": row, "whose": _whose(row, FEW), "basis": chip(row.basis)}
        months.setdefault(f"{row.day:%Y-%m}", []).append(shown)
    context = {
        "months": [(rows[0]["row"].day, rows) for rows in months.values()],
        "count": len(rows),
        "address": address,
        "open": CalendarKey.objects.filter(post=who.post, stopped_at=None).exists(),
        "crumbs": [{"label": _("履职台账"), "url": reverse("duties_desk:index")}, {"label": _("职责日历")}],
    }
    return render(request, "duties/calendar.html", context)


def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The calendar as a calendar program fetches it, by the secret in the address."""
    who = queries.actor_of_key(secret)
    if who is None:
        raise NotVisible()
    return _ics(queries.coming_to(who))


def _whose(row: Coming, most: int) -> str:
    names = "、".join(body.name for body in row.bodies[:most])
    return names if len(row.bodies) <= most else _("%(names)s等 %(n)s 个单位") % {"names": names, "n": len(row.bodies)}


def _ics(rows: list[Coming]) -> HttpResponse:
    """RFC 5545: an event of a whole day for each duty and day, with a reminder a week before."""
    found = Calendar()
    found.add("prodid", "-//Linli//duties//ZH")
    found.add("version", "2.0")
    found.add("x-wr-calname", _("职责日历"))
    found.add("x-published-ttl", "PT12H")
    now = timezone.now()
    for row in rows:
        event, alarm = Event(), Alarm()
        event.add("uid", f"{row.day:%Y%m%d}.{row.duty.id}.{row.pack.id}@linli")
        event.add("dtstamp", now)
        event.add("dtstart", row.day)
        event.add("dtend", row.day + timedelta(days=1))
        event.add("summary", row.duty.gist.rstrip("。"))
        event.add("description", f"{_whose(row, 10_000)}\n{chip(row.basis)['label']}")
        event.add("transp", "TRANSPARENT")
        alarm.add("action", "DISPLAY")
        alarm.add("description", row.duty.gist)
        alarm.add("trigger", REMIND)
        event.add_component(alarm)
        found.add_component(event)
    answer = HttpResponse(found.to_ical(), content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="duties.ics"'
    return answer


urlpatterns: list[URLPattern] = [path("duties/calendar/", calendar, name="calendar")]

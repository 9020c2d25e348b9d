"""The front door (首页): the four doors, one's own community, help, and how pages are shown."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import Error, connection
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.areas.appeals import queries as appeals
from linli.areas.appeals.models import Appeal
from linli.areas.appeals.pages.public_draft import opened
from linli.areas.appeals.pages.public_forms import OpenForm
from linli.areas.assembly import queries as assembly
from linli.commons.actor import RESIDENT, posts_of
from linli.commons.models import Place, User
from linli.commons.settings import KEYS, limits_of
from linli.commons.web import safe_next
from linli.kit.scope import under, visible_to
from linli.kit.text import clean_text
from linli.site import doors
from linli.site.context import CONTRASTS, MODES, SIZES, committee_of, home_place

YEAR = 365 * 24 * 3600
SHOWN_LIMITS = ("accept", "dispatch", "contact", "handle", "case", "callback", "reopen")
MOST_FOUND = 60
SHOWN_DRAFTS = 3


def remember(response: HttpResponse, request: HttpRequest, name: str, value: str) -> None:
    """Keep a choice of the visitor in a cookie for a year."""
    response.set_cookie(name, value, max_age=YEAR, httponly=True, samesite="Lax", secure=request.is_secure())


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Doors, follow form, my matters, my community this week."""
    place = home_place(request)
    context = {
        "place": place,
        "committee": committee_of(place),
        "week": appeals.week_in(RESIDENT, place) if place else None,
        "mine": Appeal.objects.filter(number__in=opened(request)).order_by("-filed_at"),
        "drafts": assembly.open_drafts(place.code)[:SHOWN_DRAFTS] if place else [],
        "open_form": OpenForm(auto_id="home_%s"),
    }
    return render(request, "site/home.html", context)


@require_safe
def published(request: HttpRequest) -> HttpResponse:
    """What is open to everybody (看公开): the committee's work, the county's limits, the law."""
    place = home_place(request)
    limits: list[dict[str, Any]] = []
    if place is not None:
        keys = tuple(f"appeals.{name}" for name in SHOWN_LIMITS)
        found = limits_of(keys, place.code)
        limits = [{"label": KEYS[key].label, "why": KEYS[key].why, "limit": found[key]} for key in keys]
    context = {
        "place": place,
        "committee": committee_of(place),
        "limits": limits,
        "week": appeals.week_in(RESIDENT, place) if place else None,
    }
    return render(request, "site/open.html", context)


def place(request: HttpRequest) -> HttpResponse:
    """Choose one's community (选择我的社区): county → street → community, or by name."""
    status = 200
    if request.method == "POST":
        code = str(clean_text(request.POST.get("place", "")))
        communities = visible_to(RESIDENT, Place.objects.filter(level=Place.Level.COMMUNITY))
        chosen = communities.filter(code=code).first()
        if chosen is not None:
            to_committee = request.POST.get("go") == "committee"
            response = redirect(
                safe_next(request, f"/committee/{chosen.code}/" if to_committee else reverse("site:home"))
            )
            remember(response, request, "place", chosen.code)
            messages.success(request, _("已记住：您的社区是%(name)s。") % {"name": chosen.name})
            return response
        messages.error(request, _("没有这个社区，请从下面选一个，或按名字找。"))
        status = 422
    rows = visible_to(RESIDENT, Place.objects.order_by("code"))
    query = str(clean_text(request.GET.get("q", "")))[:40]
    inside = request.GET.get("in", "")
    counties = list(rows.filter(level=Place.Level.COUNTY))
    here = next((row for row in counties if row.code == inside), counties[0] if len(counties) == 1 else None)
    context = {
        "query": query,
        "counties": counties,
        "here": here,
        "found": _named(rows, query) if query else [],
        "streets": _streets(rows, here) if here and not query else [],
        "go": "committee" if request.GET.get("go") == "committee" else "",
        "next": safe_next(request, ""),
        "mine": home_place(request),
    }
    return render(request, "site/place.html", context, status=status)


def _named(rows: QuerySet[Place], query: str) -> list[dict[str, Any]]:
    """Communities whose name, alias, or street matches."""
    above = list(rows.filter(level=Place.Level.STREET, name__contains=query).values_list("code", flat=True)[:5])
    wanted = Q(name__contains=query) | Q(aliases__contains=query)
    for code in above:
        wanted |= under("code", code)
    found = list(rows.filter(wanted, level=Place.Level.COMMUNITY)[:MOST_FOUND])
    names = dict(
        rows.filter(code__in={code for row in found for code in (row.code[:6], row.code[:9])}).values_list(
            "code", "name"
        )
    )
    return [{"place": row, "above": " ".join(names.get(row.code[:size], "") for size in (6, 9))} for row in found]


def _streets(rows: QuerySet[Place], county: Place) -> list[dict[str, Any]]:
    """The county's streets, each with its communities."""
    inside = rows.filter(under("code", county.code))
    communities = list(inside.filter(level=Place.Level.COMMUNITY))
    streets = inside.filter(level=Place.Level.STREET)
    return [{"street": row, "places": [one for one in communities if one.code.startswith(row.code)]} for row in streets]


@require_POST
def mode(request: HttpRequest) -> HttpResponse:
    """Elder mode, size of type, contrast: remembered without an account."""
    response = redirect(safe_next(request, reverse("site:home")))
    for name, allowed in (("mode", MODES), ("contrast", CONTRASTS), ("size", SIZES)):
        if request.POST.get(name) in allowed:
            remember(response, request, name, request.POST[name])
    return response


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """For watchers: does the site reach its database?"""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except Error:
        return JsonResponse({"ok": False, "database": "away"}, status=503)
    return JsonResponse({"ok": True, "database": "ok"})


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """How to report and follow, whom to ask, 代办, keyboard, elder mode."""
    place = home_place(request)
    return render(request, "site/help.html", {"place": place, "committee": committee_of(place)})


@require_POST
def post(request: HttpRequest) -> HttpResponse:
    """Act in another of one's posts (切换岗位)."""
    if not isinstance(request.user, User):
        return redirect("site:login")
    wanted = request.POST.get("role", "")
    chosen = next((row for row in posts_of(request.user) if str(row.pk) == wanted), None)
    if chosen is None:
        messages.error(request, _("您现在不在这个岗位上，没有切换。"))
    else:
        request.session["post"] = chosen.pk
        request.session.pop("elevated", None)  # elevation belongs to the post it was opened for
    return redirect(safe_next(request, "/work/"))


urlpatterns: list[URLPattern] = [
    path("", home, name="home"),
    path("open/", published, name="open"),
    path("place/", place, name="place"),
    path("mode/", mode, name="mode"),
    path("healthz", healthz, name="healthz"),
    path("help/", help_page, name="help"),
    path("post/", post, name="post"),
    *doors.urlpatterns,
]

"""Pages for a system administrator (开通): upload, look at what would be entered, confirm; later additions go the same way."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from linli.commons.actor import Actor
from linli.commons.county.opening import Plan, StartCode, counts_by_kind, enter_plan, is_county, plan_county
from linli.commons.county.places import PlaceRow
from linli.commons.county.sheets import FAULT_HEAD, Source, fault_rows, must_mend
from linli.commons.models import Body, Place
from linli.commons.web import actor, require, require_elevated, staff
from linli.kit import incoming
from linli.kit.errors import BadInput, NotAllowed, NotVisible, Refusal
from linli.kit.export import XLSX, xlsx_response
from linli.kit.forms import Form, TextField
from linli.kit.scope import under
from linli.kit.text import clean_text
from linli.site.county import slips, templates
from linli.site.county.check import checks_of, pack_line

MAX_UPLOAD = 10 * 1024 * 1024
CODES_KEPT = 3600
"""Seconds for which the administrator may print the start codes again; then they are known to their persons only."""
SHOWN_FAULTS = 100
OPEN = staff("commons.open_county")
FILES = ("places", "bodies")


class UploadForm(Form):
    """The tables to look at."""

    county = forms.RegexField(
        r"^\d{6}$",
        label=lazy("县（市、区）代码"),
        help_text=lazy("六位县级区划代码。"),
        error_messages={"required": lazy("请填写六位县级代码。"), "invalid": lazy("请填写六位数字。")},
    )
    name = TextField(
        label=lazy("县名"),
        required=False,
        max_length=60,
        help_text=lazy("区划表里没有县这一行时填写。"),
        error_messages={"max_length": lazy("县名请在 60 字以内。")},
    )
    places = forms.FileField(
        label=lazy("区划表"),
        required=False,
        help_text=lazy("CSV 或 XLSX，10 MB 以内。列：区划代码、名称、层级、城乡。区划没有变动可以不交。"),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,.gz"}),
        error_messages={"empty": lazy("区划表是空文件，请重新选择。")},
    )
    bodies = forms.FileField(
        label=lazy("机构和职务账号"),
        required=False,
        help_text=lazy("XLSX，10 MB 以内，工作表“机构”和“职务账号”。只交要补充的行也可以，已登记的不会改动。"),
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
        error_messages={"empty": lazy("机构和职务账号是空文件，请重新选择。")},
    )

    def __init__(self, who: Actor, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        if len(who.place) >= 6:  # the administrator of a county has no choice
            del self.fields["county"]


def _home(who: Actor) -> str:
    """Code of the county that an administrator's post covers, "" for one who stands above counties."""
    return who.place[:6] if is_county(who.place[:6]) else ""


@OPEN
def upload_page(request: HttpRequest) -> HttpResponse:
    """What is needed, templates, and the form that takes the tables."""
    who = actor(request)
    form = UploadForm(who, *((request.POST, request.FILES) if request.method == "POST" else ()))

    def take(data: dict[str, Any]) -> dict[str, Any]:
        county = data.get("county") or _home(who)
        require(who, "commons.open_county", county)
        given = {key: data[key] for key in FILES if data[key]}
        if not given:
            raise BadInput(_("请至少选择一个文件。"), code="no_file")
        kept = {}
        for key, upload in given.items():
            if upload.size > MAX_UPLOAD:
                raise BadInput(_("%s超过 10 MB。请拆成几个文件。") % form.fields[key].label, code="file_size")
            raw = upload.read()
            name = str(clean_text(upload.name))[-80:]
            Source.read(name, raw)
            kept[key] = [name, raw]
        _forget(request)
        files = {key: [name, incoming.keep(raw)] for key, (name, raw) in kept.items()}
        return {"county": county, "name": data["name"], "files": files}

    asked = form.attempt(take)
    if asked is not None:
        request.session["opening"] = asked
        return redirect("opening:review")
    home = _home(who)
    county = Place.objects.filter(code=home).first() if home else None
    context = {
        "form": form,
        "county": county,
        "fresh": home and not Place.objects.filter(under("code", home), level=Place.Level.COMMUNITY).exists(),
    }
    return render(request, "work/opening.html", context, status=form.status)


def _plan(asked: dict[str, Any]) -> Plan | None:
    """The plan of what this session uploaded; None when a file is gone."""
    sources = {}
    for key, (name, token) in asked["files"].items():
        raw = incoming.fetch(token)
        if raw is None:
            return None
        sources[key] = Source.read(name, raw)
    return plan_county(asked["county"], places=sources.get("places"), bodies=sources.get("bodies"), name=asked["name"])


def _asked(request: HttpRequest) -> tuple[dict[str, Any], Plan] | None:
    asked = request.session.get("opening")
    plan = _plan(asked) if asked else None
    return (asked, plan) if asked and plan is not None else None


def _forget(request: HttpRequest) -> None:
    for _name, token in request.session.pop("opening", {}).get("files", {}).values():
        incoming.drop(token)


@OPEN
def review_page(request: HttpRequest) -> HttpResponse:
    """What would be entered and what must be mended; POST enters all of it."""
    found = _asked(request)
    if found is None:
        messages.error(request, _("上传的文件已不在，请重新选择。"))
        return redirect("opening:opening")
    asked, plan = found
    who = actor(request)
    require(who, "commons.open_county", plan.county)
    refusal: Refusal | None = None
    if request.method == "POST":
        try:
            if plan.posts:  # places and bodies alone give nobody a power
                require_elevated(who, "commons.manage_accounts")
            codes = enter_plan(by=who, county=plan.county, plan=plan)
        except (BadInput, NotAllowed) as error:
            refusal = error
        else:
            return _entered(request, plan, codes)
    wrong = must_mend(plan.faults)
    shown = sorted(plan.faults, key=lambda one: one.warning)[:SHOWN_FAULTS]
    context = {
        "plan": plan,
        "counts": counts_by_kind(plan),
        "files": [name for name, _token in asked["files"].values()],
        "wrong": len(wrong),
        "faults": shown,
        "more": len(plan.faults) - len(shown),
        "error": refusal.message if refusal else "",
        "must_elevate": bool(plan.posts) and "commons.manage_accounts" not in who.powers,
        "crumbs": [{"label": _("开通"), "url": reverse("opening:opening")}, {"label": _("核对")}],
    }
    return render(request, "work/opening_review.html", context, status=refusal.status if refusal else 200)


def _entered(request: HttpRequest, plan: Plan, codes: list[StartCode]) -> HttpResponse:
    _forget(request)
    if codes:
        raw = json.dumps([[one.name, one.username, one.body, one.role, one.code, one.until] for one in codes])
        request.session["start_codes"] = {"token": incoming.keep(raw.encode()), "county": plan.name}
    said = _("已登记：区划 %(places)s 个，机构 %(bodies)s 个，任职 %(posts)s 个。")
    messages.success(request, said % {"places": len(plan.places), "bodies": len(plan.bodies), "posts": len(plan.posts)})
    return redirect("opening:codes" if codes else "opening:standing")


@OPEN
def faults_file(request: HttpRequest) -> HttpResponse:
    """Every fault as a table."""
    found = _asked(request)
    if found is None:
        raise NotVisible()
    return xlsx_response(_("问题表"), FAULT_HEAD, fault_rows(found[1].faults))


def _codes(request: HttpRequest) -> tuple[str, list[StartCode]]:
    """The start codes that this session was given within the hour. Raises: NotVisible when there are none any more."""
    held = request.session.get("start_codes") or {}
    raw = incoming.fetch(held.get("token", ""), seconds=CODES_KEPT)
    if raw is None:
        raise NotVisible(_("启用码只保留一小时。已经找不到的，请在“机构”页给本人发一次性代码。"))
    return held["county"], [StartCode(*row) for row in json.loads(raw)]


@OPEN
def codes_page(request: HttpRequest) -> HttpResponse:
    """The accounts just made; POST forgets their codes."""
    county, codes = _codes(request)
    if request.method == "POST":
        incoming.drop(request.session.pop("start_codes")["token"])
        messages.success(request, _("启用码已删除。"))
        return redirect("opening:standing")
    context = {
        "county": county,
        "codes": codes,
        "advice": slips.ADVICE,
        "crumbs": [{"label": _("开通"), "url": reverse("opening:opening")}, {"label": _("账号单")}],
    }
    return render(request, "work/opening_codes.html", context)


@OPEN
def codes_print(request: HttpRequest) -> HttpResponse:
    """Slips to cut out, four on a sheet."""
    county, codes = _codes(request)
    address = request.build_absolute_uri(reverse("site:login"))
    context = {"codes": codes, "address": address, "advice": slips.ADVICE, "issuer": county}
    context["back_url"] = reverse("opening:codes")
    return render(request, "work/opening_slips.html", context)


@OPEN
def codes_file(request: HttpRequest) -> HttpResponse:
    """The accounts just made as a workbook."""
    _county, codes = _codes(request)
    return _file(slips.slips_table(codes), "accounts.xlsx")


@OPEN
def template_file(request: HttpRequest, name: str) -> HttpResponse:
    """An empty table to fill in; in that of bodies stand the usual ones that the county does not have yet."""
    home = _home(actor(request))
    makers: dict[str, Callable[[], bytes]] = {
        "places": templates.places_book,
        "bodies": lambda: templates.bodies_book(_places(home) if home else [], home, _held(home)),
    }
    if name not in makers:
        raise NotVisible()
    return _file(makers[name](), f"{name}.xlsx")


def _places(county: str) -> list[PlaceRow]:
    rows = Place.objects.filter(under("code", county)).order_by("code")
    return [PlaceRow(row.code, row.name, row.level, row.kind, phone=row.phone) for row in rows]


def _held(county: str) -> templates.Held:
    """Place with kind, and place with duty, of the bodies that a county has."""
    rows = Body.objects.filter(under("place_id", county), ended_on=None) if county else Body.objects.none()
    return frozenset((row.place_id, word) for row in rows for word in (row.kind, row.duty))


def _file(raw: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(raw, content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@staff("commons.open_county", "commons.set_limit")
def standing_page(request: HttpRequest) -> HttpResponse:
    """The checklist of the own county (开通检查); who stands above counties chooses one."""
    who = actor(request)
    counties = Place.objects.filter(under("code", who.place), level=Place.Level.COUNTY).order_by("code")
    only = [row.code for row in counties[:2]]
    chosen = request.GET.get("county", "") or _home(who) or (only[0] if len(only) == 1 else "")
    county = counties.filter(code=chosen).first() if chosen.isascii() else None
    if chosen and county is None:
        raise NotVisible()
    checks = checks_of(who, county) if county else []
    context = {
        "county": county,
        "counties": counties if county is None else (),
        "checks": [(check, check.url if check.power in who.powers else "") for check in checks],
        "done": sum(check.state == "done" for check in checks),
        "pack": pack_line(county) if county else "",
        "may_open": "commons.open_county" in who.powers,
    }
    return render(request, "work/opening_standing.html", context)


urlpatterns: list[URLPattern] = [
    path("opening/", upload_page, name="opening"),
    path("opening/review/", review_page, name="review"),
    path("opening/faults.xlsx", faults_file, name="faults"),
    path("opening/codes/", codes_page, name="codes"),
    path("opening/codes/print/", codes_print, name="codes_print"),
    path("opening/codes/accounts.xlsx", codes_file, name="codes_file"),
    path("opening/template/<slug:name>.xlsx", template_file, name="template"),
    path("opening/standing/", standing_page, name="standing"),
]

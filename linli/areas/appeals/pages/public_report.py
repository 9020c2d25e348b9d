"""Reporting in four steps (我要反映): what, where, how to reach you, read once more. Works without scripts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST

from linli.areas.appeals import actions as appeals
from linli.areas.appeals import queries
from linli.areas.appeals.models import Appeal
from linli.areas.appeals.pages import public_draft as drafts
from linli.areas.appeals.pages.public_draft import Draft
from linli.areas.appeals.pages.public_forms import CheckForm, ContactForm, WhatForm, WhereForm
from linli.areas.appeals.pages.public_words import next_steps
from linli.areas.appeals.pages.qr import qr_code
from linli.areas.mandates.models import Matter
from linli.commons.actor import RESIDENT
from linli.commons.models import Place
from linli.kit.errors import NotVisible
from linli.kit.once import once
from linli.kit.scope import get_visible, under, visible_to

STEPS = (gettext_noop("什么事"), gettext_noop("在哪里"), gettext_noop("怎么联系您"), gettext_noop("核对并提交"))


def _page(request: HttpRequest, step: int, **more: Any) -> HttpResponse:
    names = ("what", "where", "contact", "check")
    form = more["form"]
    context = {"step": step, "steps": [_(label) for label in STEPS], **more}
    return render(request, f"appeals/public_{names[step - 1]}.html", context, status=form.status)


def _shown(request: HttpRequest, draft: Draft) -> list[dict[str, str]]:
    rows = []
    for row in draft.photos:
        if draft.photo(row["code"]):
            picture = reverse("appeals:report_photo", args=[row["code"]]) if row["kind"].startswith("image/") else ""
            rows.append({**row, "url": picture})
    return rows


def what(request: HttpRequest) -> HttpResponse:
    """Step 1 (什么事): the text, and photos if there are any."""
    draft = drafts.load(request)
    if request.method != "POST":
        scanned = request.GET.get("place", "")
        place = visible_to(RESIDENT, Place.objects.filter(code=scanned)).first() if scanned.isascii() else None
        if place is not None and len(place.county_code) == 6:  # the code on a building's door
            draft.place, draft.place_given, draft.channel = place.code, True, Appeal.Channel.QR
            drafts.keep(request, draft)
        return _page(
            request, 1, form=WhatForm(initial={"text": draft.text}), photos=_shown(request, draft), draft=draft
        )
    form = WhatForm(request.POST, request.FILES)
    fine = form.is_valid()
    draft.text = form.cleaned_data.get("text", draft.text)
    for wrong in draft.add_photos(request.FILES.getlist("photos")):
        form.add_error("photos", wrong)
        fine = False
    if request.POST.get("remove"):
        draft.remove_photo(request.POST["remove"])
        drafts.keep(request, draft)
        return redirect("appeals:report")
    drafts.keep(request, draft)
    if not fine:
        return _page(request, 1, form=form, photos=_shown(request, draft), draft=draft)
    return redirect(_next_open(draft))


def _next_open(draft: Draft) -> str:
    """After a change: the first step not yet passed, or the last page when all are."""
    if not draft.text:
        return "appeals:report"
    if not draft.place or not draft.place_given:
        return "appeals:report_where"
    return "appeals:report_check" if draft.contact_given else "appeals:report_where"


def _guess(draft: Draft, home: str, counties: list[Place]) -> tuple[str, dict[str, Any]]:
    """The county, and what the text says about the place; the county is asked for when nothing tells it."""
    known = (draft.place or home)[:6]
    pool = [known] if known else [row.code for row in counties[:20]]
    found = [(code, queries.suggest(draft.text, county=code)) for code in pool]
    telling = [row for row in found if row[1].get("place", row[0]) != row[0]]
    if known:
        return known, found[0][1] if found else {}
    if len(telling) == 1:
        return telling[0]
    return (counties[0].code, {}) if len(counties) == 1 else ("", {})


def _options(county: str, extra: str) -> list[Any]:
    """Choices of the list: an unusual place first, then communities by street, each street itself for who cannot say."""
    rows = list(visible_to(RESIDENT, Place.objects.filter(under("code", county))))
    streets = {row.code: row.name for row in rows if row.level == Place.Level.STREET}
    groups: dict[str, list[tuple[str, str]]] = {code: [] for code in streets}
    for row in rows:
        if row.level == Place.Level.COMMUNITY:
            groups.setdefault(row.code[:9], []).append((row.code, row.name))
    listed = {code for group in groups.values() for code, _name in group} | {county, *streets}
    odd = [(row.code, row.name) for row in rows if row.code == extra and extra not in listed]
    out: list[Any] = [("", _("请选择")), *odd]
    for code, group in groups.items():
        name = streets.get(code, _("其他"))
        unsure = [(code, _("%(street)s（说不清哪个社区）") % {"street": name})] if code in streets else []
        out.append((name, [*group, *unsure]))
    county_name = next((row.name for row in rows if row.code == county), county)
    return [*out, (county, _("%(county)s（说不清在哪个街道）") % {"county": county_name})]


def where(request: HttpRequest) -> HttpResponse:
    """Step 2 (在哪里): the community, suggested from the text or the one chosen as one's own."""
    draft = drafts.load(request)
    if not draft.text:
        return redirect("appeals:report")
    counties = list(visible_to(RESIDENT, Place.objects.filter(level=Place.Level.COUNTY)))
    codes = {row.code for row in counties}
    home = request.COOKIES.get("place", "")
    home = home if home.isascii() and home[:6] in codes else ""
    asked = request.GET.get("county", "")
    county, said = _guess(draft, home, counties)
    if asked in codes:
        county, said = asked, queries.suggest(draft.text, county=asked)
    elif asked == "all":
        county = ""
    hinted = str(said.get("place", "")) if said.get("place", county) != county else ""
    if request.method == "POST":
        form = WhereForm(request.POST)
        if form.is_valid():
            draft.place, draft.place_text = form.cleaned_data["place"], form.cleaned_data["place_text"]
            draft.place_given = True
            drafts.keep(request, draft)
            return redirect("appeals:report_check" if draft.contact_given else "appeals:report_contact")
        chosen = form.cleaned_data.get("place", "")
    else:
        chosen = draft.place if draft.place_given else hinted or home
        chosen = chosen if chosen.startswith(county) else hinted
        detail = draft.place_text or ("" if draft.place_given else str(said.get("place_detail", "")))
        form = WhereForm(initial={"place": chosen, "place_text": detail})
    form.fields["place"].widget.choices = _options(county, chosen or hinted) if county else []
    span = said.get("place_span") or [0, 0]
    return _page(
        request,
        2,
        form=form,
        counties=counties,
        county=next((row for row in counties if row.code == county), None),
        evidence=draft.text[span[0] : span[1]] if hinted and hinted == chosen and not draft.place_given else "",
        evidence_name=said.get("place_name", ""),
        scanned=draft.channel == Appeal.Channel.QR and draft.place == chosen,
    )


def contact(request: HttpRequest) -> HttpResponse:
    """Step 3 (怎么联系您): optional, and says why it is asked."""
    draft = drafts.load(request)
    if not draft.text or not draft.place:
        return redirect(_next_open(draft))
    if request.method == "POST":
        form = ContactForm(request.POST)
        if form.is_valid():
            given = form.cleaned_data
            draft.for_other, draft.anonymous = given["for_other"] == "1", given["anonymous"]
            draft.name, draft.contact, draft.contact_given = given["name"], given["contact"], True
            drafts.keep(request, draft)
            return redirect("appeals:report_check")
    else:
        initial = {"for_other": "1" if draft.for_other else "0", "anonymous": draft.anonymous}
        form = ContactForm(initial={**initial, "name": draft.name, "contact": draft.contact})
    return _page(request, 3, form=form)


def check(request: HttpRequest) -> HttpResponse:
    """Step 4 (核对并提交): sent once, however often the button is pressed."""
    draft = drafts.load(request)
    if request.method == "POST":
        form = CheckForm(request.POST)
        token = request.POST.get("token", "")[:60]
        if token != draft.token or not (draft.text and draft.place):
            sent = drafts.receipt(request)
            if sent is not None and sent.get("token") == token:  # sent a moment ago by the same page
                return redirect("appeals:report_done")
            messages.error(request, _("这一页已经过期，请核对后再提交。"))
            return redirect(_next_open(draft))
        draft.keep_matter = "keep_matter" in request.POST
        number = form.attempt(lambda _data: _send(request, draft))
        if number is not None:
            return redirect("appeals:report_done")
        drafts.keep(request, draft)
    else:
        if not (draft.text and draft.place):
            return redirect(_next_open(draft))
        form = CheckForm(initial={"token": draft.token, "keep_matter": draft.keep_matter})
    place = get_visible(RESIDENT, Place.objects.all(), code=draft.place)
    said = queries.advise(draft.text, county=place.county_code)
    photos = _shown(request, draft)
    urls = [reverse(f"appeals:{name}") for name in ("report", "report_where", "report_contact")]
    reach = " · ".join(filter(None, [_("匿名") if draft.anonymous else draft.name, draft.contact])) or _("没有留")
    answers = [
        {"label": _("什么事"), "value": draft.text, "url": urls[0]},
        {"label": _("照片"), "value": _("%(n)d 张") % {"n": len(photos)} if photos else _("没有"), "url": urls[0]},
        {"label": _("在哪里"), "value": " ".join(filter(None, [_full(place), draft.place_text])), "url": urls[1]},
        {"label": _("为谁反映"), "value": _("替别人反映") if draft.for_other else _("自己"), "url": urls[2]},
        {"label": _("联系方式"), "value": reach, "url": urls[2]},
    ]
    best = (said.get("matters") or [None])[0]
    return _page(request, 4, form=form, answers=answers, said=said, best=best, photos=photos, token=draft.token)


def _full(place: Place) -> str:
    """County, street and place by name."""
    codes = [place.code[:6], place.code[:9], place.code[:12], place.code]
    rows = visible_to(RESIDENT, Place.objects.filter(code__in=codes)).order_by("code")
    return " ".join(row.name for row in rows)


def _send(request: HttpRequest, draft: Draft) -> str:
    """File the appeal once; the twin of a double press gets the same number and changes nothing."""
    codes: list[str] = []

    def run() -> str:
        place = get_visible(RESIDENT, Place.objects.all(), code=draft.place)
        best = queries.advise(draft.text, county=place.county_code).get("matter", "") if draft.keep_matter else ""
        made = appeals.file_appeal(
            by=RESIDENT,
            place=place,
            text=draft.text,
            place_text=draft.place_text,
            matter=visible_to(RESIDENT, Matter.objects.filter(code=best, active=True)).first() if best else None,
            name=draft.name,
            contact=draft.contact,
            anonymous=draft.anonymous,
            for_other=draft.for_other,
            channel=draft.channel,
            photos=draft.uploads(),
        )
        codes.append(made.code)
        return made.appeal.number

    number, fresh = once("resident", draft.token, b"report", run)
    if fresh:
        drafts.hand_receipt(request, number, codes[-1], draft.token)
        drafts.open_for(request, number)
        drafts.drop(request, draft)
        request.session.save()  # before the answer leaves, so that the twin finds the receipt
    return number


def photo(request: HttpRequest, code: str) -> HttpResponseBase:
    """A photo of one's own draft."""
    found = drafts.load(request).photo(code)
    if found is None:
        raise NotVisible()
    return FileResponse(found[0].open("rb"), content_type=found[1]["kind"], filename=found[1]["name"])


@require_POST
def clear(request: HttpRequest) -> HttpResponse:
    """Throw the draft away (清空)."""
    drafts.drop(request, drafts.load(request))
    messages.success(request, _("已清空，可以重新填写。"))
    return redirect("appeals:report")


def _receipt_context(request: HttpRequest) -> dict[str, Any] | None:
    found = drafts.receipt(request)
    if found is None:
        return None
    appeal = Appeal.objects.filter(number=found["number"]).select_related("place", "county").first()
    if appeal is None:
        return None
    link = request.build_absolute_uri(reverse("appeals:open_link", args=[appeal.number, found["code"]]))
    desk = queries.desk_for(appeal.place)
    return {
        "appeal": appeal,
        "number": appeal.number,
        "code": found["code"],
        "link": link,
        "qr": qr_code(link),
        "qr_paper": qr_code(link, sized=True),
        "place_words": " ".join(filter(None, [_full(appeal.place), appeal.place_text])),
        "next_steps": next_steps(appeal, desk),
        "follow_url": reverse("appeals:follow_appeal", args=[appeal.number]),
        "print_url": reverse("appeals:report_print"),
        "issuer": desk.name if desk else appeal.county.name,
        "issued_on": appeal.filed_at,
        "back_url": reverse("appeals:report_done"),
    }


def done(request: HttpRequest) -> HttpResponse:
    """It is done: number, secret code, QR, what happens next. The code is shown here and never again."""
    return render(request, "appeals/public_done.html", _receipt_context(request) or {})


def receipt_paper(request: HttpRequest) -> HttpResponse:
    """The receipt on A4 (打印回执)."""
    context = _receipt_context(request)
    if context is None:
        return redirect("appeals:report_done")
    return render(request, "appeals/public_receipt.html", context)

"""Counter and telephone entry (代录诉求): one screen, the same number and the same clock (HN 14)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.areas.appeals import actions as appeals
from linli.areas.appeals import queries
from linli.areas.appeals.models import Appeal
from linli.areas.appeals.pages.desk_forms import CounterForm
from linli.areas.appeals.pages.qr import qr_code
from linli.commons.actor import Actor
from linli.commons.settings import limit_of
from linli.commons.web import actor, staff
from linli.kit.errors import NotVisible
from linli.kit.once import once
from linli.kit.privacy import decrypt, encrypt
from linli.kit.scope import visible_to

KEPT = timedelta(hours=1)
"""How long the person at the counter may print the receipt again; then the code is known to the resident only."""


@staff("appeals.file")
def new_page(request: HttpRequest) -> HttpResponse:
    """Take an appeal down for somebody."""
    who = actor(request)
    assert who.body is not None
    home = who.body.place
    if request.method != "POST":
        return render(request, "appeals/desk_new.html", {"form": CounterForm(home=home)})
    form = CounterForm(request.POST, request.FILES, home=home)
    sent = {key: value for key, value in request.POST.items() if key != "csrfmiddlewaretoken"}

    def run(data: dict[str, Any]) -> str:
        key = data.pop("once") or str(form.initial["once"])
        body = json.dumps([sent, [name for _raw, _kind, name in data["photos"]]], sort_keys=True).encode()
        kept, _fresh = once(who.code, f"counter:{key}", body, lambda: file(who, data))
        return kept

    kept = form.attempt(run)
    if kept is None:
        return render(request, "appeals/desk_new.html", {"form": form}, status=form.status)
    number, code = kept.split(" ")
    request.session["receipts"] = {**recent(request), number: [encrypt(code), timezone.now().timestamp()]}
    return redirect(f"/work/appeals/{number}/receipt/")


def file(who: Actor, data: dict[str, Any]) -> str:
    """File it and return number and code."""
    receipt = appeals.file_appeal(by=who, **data)
    return f"{receipt.appeal.number} {receipt.code}"


def recent(request: HttpRequest) -> dict[str, Any]:
    """Receipts that this session may still print: codes rest encrypted, and for an hour."""
    since = (timezone.now() - KEPT).timestamp()
    return {number: row for number, row in request.session.get("receipts", {}).items() if row[1] > since}


def receipt_of(request: HttpRequest, number: str) -> tuple[Appeal, str]:
    """The appeal and its code. Raises: NotVisible: not entered in this session, or longer ago."""
    row = recent(request).get(number)
    if row is None:
        raise NotVisible(_("回执只能在录入后一小时内由录入人打印。居民丢了查询码，可带身份证件到窗口查询。"))
    return Appeal.objects.select_related("place").get(number=number), decrypt(row[0])


def context_of(request: HttpRequest, number: str) -> dict[str, Any]:
    """What the receipt shows, on the screen and on paper."""
    appeal, code = receipt_of(request, number)
    desk = queries.desk_for(appeal.place)
    limit = limit_of("appeals.case", appeal.place_id)
    url = request.build_absolute_uri(f"/f/{appeal.number}/{code}/")
    within = _("，全程时限 %(limit)s") % {"limit": limit} if limit.amount is not None else ""
    return {
        "appeal": appeal,
        "code": code,
        "follow": url,
        "qr": qr_code(url),
        "desk": desk,
        "visible": visible_to(actor(request), Appeal.objects.filter(pk=appeal.pk)).exists(),
        "steps": [
            _("%(body)s核对类型和地点，决定是否受理%(within)s。")
            % {"body": desk.name if desk else _("受理单位"), "within": within},
            _("职责单位办理并答复；居民凭编号和查询码，在网上、窗口或电话里都能查到。"),
            _("答复后由别的单位回访，没有解决会重新办理。"),
        ],
    }


@staff("appeals.file")
def receipt_page(request: HttpRequest, number: str) -> HttpResponse:
    """Number, code and what happens next."""
    return render(request, "appeals/desk_receipt.html", context_of(request, number))


@staff("appeals.file")
def print_page(request: HttpRequest, number: str) -> HttpResponse:
    """The receipt on A4, or on 80 mm paper (`?paper=80`)."""
    context = context_of(request, number)
    who = actor(request)
    context |= {
        "issuer": who.body.name if who.body else "",
        "number": number,
        "issued_on": timezone.localtime(context["appeal"].filed_at),
        "back_url": f"/work/appeals/{number}/receipt/",
        "slip": request.GET.get("paper") == "80",
    }
    return render(request, "appeals/desk_print.html", context)

"""The desk (办理台): every page on which posts work on appeals."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from linli.areas.appeals import queries
from linli.areas.appeals.flow import OPEN, State
from linli.areas.appeals.models import Card
from linli.areas.appeals.pages import desk_erase, desk_hot, desk_import, indices
from linli.areas.appeals.pages.desk_forms import ToForm
from linli.areas.appeals.pages.desk_list import export, list_page
from linli.areas.appeals.pages.desk_new import new_page, print_page, receipt_page
from linli.areas.appeals.pages.desk_read import Desk, open_appeal
from linli.areas.appeals.pages.desk_steps import MAIN, SEE, may_reveal, open_steps, reveal_page, step_page
from linli.areas.appeals.pages.desk_watch import imports_page, supervision_export, supervision_page
from linli.commons.web import actor, staff
from linli.kit.errors import NotVisible
from linli.kit.files import stream


@staff(*SEE)
def appeal_page(request: HttpRequest, number: str) -> HttpResponse:
    """One appeal: what was said, what holds, what comes next, what happened."""
    who = actor(request)
    desk = Desk(who, open_appeal(request, number))
    appeal, steps = desk.appeal, open_steps(desk)
    main = next((step for step in steps if step.name in MAIN), None)
    similar = [] if desk.outside or appeal.state not in OPEN else queries.similar_open(who, appeal, top=4)
    context = {
        "desk": desk,
        "appeal": appeal,
        "status": desk.status(),
        "turn": main,
        "first": ToForm(desk=desk) if main is not None and main.name == "dispatch" else None,
        "steps": [step for step in steps if step is not main],
        "suggested": desk.suggested(),
        "evidence": {} if desk.outside else desk.evidence(),
        "answers": desk.answers,
        "words": desk.words,
        "callbacks": appeal.callbacks.order_by("-id"),
        "cards": Card.objects.filter(appeal=appeal),
        "similar": similar,
        "timeline": desk.timeline(),
        "may_reveal": may_reveal(desk),
        "crumbs": [{"label": _("全部诉求"), "url": "/work/appeals/"}, {"label": appeal.number}],
        "state_label": State(appeal.state).label,
    }
    return render(request, "appeals/desk_appeal.html", context)


@staff(*SEE)
def photo(request: HttpRequest, number: str, code: str) -> FileResponse:
    """One photo, after the same check as the appeal itself; firms see none. Raises: NotVisible."""
    desk = Desk(actor(request), open_appeal(request, number))
    found = next((row for row in desk.photos if row.code == code), None)
    if found is None:
        raise NotVisible
    return stream(found)


urlpatterns: list[URLPattern] = [
    path("appeals/", list_page, name="list"),
    path("appeals/export/xlsx/", export, {"ending": "xlsx"}, name="export_xlsx"),
    path("appeals/export/csv/", export, {"ending": "csv"}, name="export_csv"),
    path("appeals/new/", new_page, name="new"),
    path("appeals/<str:number>/", appeal_page, name="appeal"),
    path("appeals/<str:number>/receipt/", receipt_page, name="receipt"),
    path("appeals/<str:number>/receipt/print/", print_page, name="receipt_print"),
    path("appeals/<str:number>/reveal/", reveal_page, name="reveal"),
    path("appeals/<str:number>/photo/<str:code>/", photo, name="photo"),
    path("appeals/<str:number>/<slug:name>/", step_page, name="step"),
    *indices.urlpatterns,
    path("supervision/", supervision_page, name="supervision"),
    path("supervision/export/xlsx/", supervision_export, {"ending": "xlsx"}, name="supervision_xlsx"),
    path("supervision/export/csv/", supervision_export, {"ending": "csv"}, name="supervision_csv"),
    *desk_hot.urlpatterns,
    *desk_import.urlpatterns,
    *desk_erase.urlpatterns,
    path("imports/", imports_page, name="imports"),
]

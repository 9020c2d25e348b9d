"""Everybody's pages of drafts (征求意见稿): what is asked, the text with its versions, the contact points, a form for the pen."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from linli.areas.appeals.pages.qr import qr_code
from linli.areas.assembly import queries
from linli.areas.assembly.flow import DraftState
from linli.areas.assembly.models import Draft, DraftText, Kind, Provision, Stance
from linli.areas.assembly.pages import public_digest, public_follow, public_say
from linli.areas.assembly.queries.paper import WORD
from linli.areas.assembly.queries.published import people_by_article
from linli.areas.assembly.rules import Count, Hidden
from linli.kit.export import named
from linli.law import redline
from linli.law.compare import compare
from linli.law.parse import parse


def index(request: HttpRequest) -> HttpResponse:
    """Drafts that are open, then those that were (立法征求意见)."""
    drafts = list(queries.public_drafts())
    rows = [{"draft": row, "left": queries.days_left(row)} for row in drafts]
    context = {
        "open": [row for row in rows if row["left"] is not None],
        "past": [row for row in rows if row["left"] is None],
    }
    return render(request, "assembly/public_drafts.html", context)


def points(request: HttpRequest) -> HttpResponse:
    """Where one can speak in person (基层立法联系点)."""
    return render(
        request, "assembly/public_points.html", {"points": queries.points_now(), "crumbs": crumbs(_("联系点"))}
    )


def crumbs(*last: str, draft: Draft | None = None) -> list[dict[str, str]]:
    """The way to a page below the list of drafts."""
    found = [{"label": _("立法征求意见"), "url": reverse("assembly:index")}]
    if draft is not None and last:
        found.append({"label": draft.title, "url": reverse("assembly:draft", args=[draft.code])})
    return [*found, *({"label": label} for label in last)]


def draft(request: HttpRequest, code: str) -> HttpResponse:
    """The newest text by article, each with its own way to comment."""
    row = queries.public_draft(code)
    text = queries.newest(row)
    people, heads = people_by_article(row)
    context = {
        "draft": row,
        "text": text,
        "left": queries.days_left(row),
        "open": row.state == DraftState.OPEN,
        "answered": row.state == DraftState.ANSWERED,
        "blocks": blocks(text, people),
        "people": heads.of_all(),
        "points": queries.points_asked(row),
        "texts": row.texts.order_by("number"),
        "invited": public_say.invitation_of(request, row),
        "crumbs": crumbs(row.title),
    }
    return render(request, "assembly/public_draft.html", context)


def blocks(text: DraftText, people: dict[str, Count]) -> list[dict[str, Any]]:
    """Chapters and articles in reading order; of an article its 款 with their addresses, and how many spoke of it."""
    found: list[dict[str, Any]] = []
    for row in queries.provisions_of(text):
        if row.level == Provision.Level.DIVISION:
            found.append({"division": f"{row.num} {row.heading}".strip()})
        elif row.level == Provision.Level.ARTICLE:
            count = people.get(row.eid, 0)
            said = _said(count)
            found.append({"article": row, "place": queries.place_of(row.eid), "paragraphs": [], "said": said})
        elif row.level == Provision.Level.PARAGRAPH and found and "article" in found[-1]:
            found[-1]["paragraphs"].append({"row": row, "place": queries.place_of(row.eid)})
    return found


def _said(count: Count) -> str:
    if count == 0 or count is Hidden.WITHHELD:
        return ""
    if count is Hidden.FEW:
        return _("已有人提意见（少于 5 人）")
    return _("已有 %(n)d 人提意见") % {"n": count}


def versions(request: HttpRequest, code: str) -> HttpResponseBase:
    """Two versions side by side (两稿对照), the last two unless others are asked for; `as=docx` takes it away."""
    row = queries.public_draft(code)
    texts = {str(text.number): text for text in row.texts.order_by("number")}
    numbers = list(texts)
    a = texts.get(request.GET.get("a", ""), texts[numbers[max(0, len(numbers) - 2)]])
    b = texts.get(request.GET.get("b", ""), texts[numbers[-1]])
    context: dict[str, Any] = {"draft": row, "texts": texts.values(), "a": a, "b": b}
    context["crumbs"] = crumbs(_("两稿对照"), draft=row)
    if len(texts) > 1:
        found = compare(parse(a.body), parse(b.body), across=False)
        if request.GET.get("as") == "docx":
            answer = HttpResponse(redline.as_docx(found), content_type=WORD)
            named(answer, f"{row.title}-{a}-{b}", ".docx")
            return answer
        context |= {
            "summary": redline.summary(found),
            "pairs": [
                {"heading": redline.heading(pair), "label": redline.label(pair), "sides": redline.sides(pair)}
                for pair in found.pairs
                if pair.kind != "same" or pair.moved
            ],
        }
    return render(request, "assembly/public_versions.html", context)


def form(request: HttpRequest, code: str) -> HttpResponse:
    """A sheet to fill in by hand and to bring to a contact point or a counter (纸质意见表)."""
    row = queries.public_draft(code)
    address = request.build_absolute_uri(reverse("assembly:draft", args=[row.code]))
    context = {
        "draft": row,
        "issuer": row.congress.name,
        "number": row.code,
        "issued_on": row.opens_on,
        "stances": Stance.labels,
        "kinds": Kind.labels,
        "points": queries.points_asked(row),
        "address": address,
        "qr": qr_code(address, sized=True),
        "back_url": reverse("assembly:draft", args=[row.code]),
    }
    return render(request, "assembly/public_form.html", context)


urlpatterns: list[URLPattern] = [
    path("drafts/", index, name="index"),
    path("drafts/points/", points, name="points"),
    *public_follow.urlpatterns,
    *public_say.urlpatterns,
    path("drafts/<str:code>/", draft, name="draft"),
    path("drafts/<str:code>/versions/", versions, name="versions"),
    path("drafts/<str:code>/form/", form, name="form"),
    *public_digest.urlpatterns,
]

"""Workbench: the board of a body, the roll-up of a county or street, and from an article to who has not done it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from linli.areas.duties import queries
from linli.areas.duties.flow import MISSING, State
from linli.areas.duties.pages import show
from linli.areas.duties.queries import Board, Line, Snapshot
from linli.areas.duties.rules import bearers_of
from linli.commons.actor import Actor
from linli.commons.models import Body, Place
from linli.commons.web import actor, staff
from linli.kit.errors import NotVisible
from linli.kit.scope import covers
from linli.kit.text import clean_text
from linli.law import words
from linli.law.load import cite, load_pack
from linli.law.types import PackError

SEE = staff("duties.see")
COLUMNS: tuple[tuple[str, tuple[State, ...]], ...] = (
    ("未达标", (State.UNMET,)),
    ("逾期", (State.LATE,)),
    ("无证据", (State.NONE,)),
    ("无数据", (State.NO_DATA,)),
    ("未给标准", (State.NO_STANDARD,)),
    ("将到期", (State.SOON,)),
    ("未到期", (State.PENDING,)),
    ("做到", (State.MET, State.DONE, State.ATTESTED)),
)
"""Columns of the roll-up; what does not apply is left out of the sum."""


@SEE
def index(request: HttpRequest) -> HttpResponseBase:
    """Bodies × states of a county or street for those who oversee; everybody else's own board."""
    who = actor(request)
    if "duties.oversee" not in who.powers:
        return board(request, who.body_code)
    code = _asked(who, str(request.GET.get("in", "")))
    snap = queries.snapshot_of(code)
    place = snap.place
    if not snap.places:
        return render(request, "duties/counties.html", {"place": place, "counties": _counties(place)})
    bodies = _one_per_government(list(queries.bodies_seen(who, place)))
    boards = queries.boards_in(snap, bodies)
    rows = sorted((_sum(board) for board in boards), key=lambda row: (-row["missing"], row["body"].code))
    kind = request.GET.get("as", "")
    if kind in ("csv", "xlsx"):
        if request.GET.get("what") == "lines":
            lines = [cells for board in boards for cells in show.cells(snap, board.body, board.lines)]
            return show.take_away(kind, f"{place.name}履职明细", show.HEAD, lines)
        head = ["单位", "应做", *(label for label, _ in COLUMNS)]
        return show.take_away(
            kind, f"{place.name}履职汇总", head, ([row["body"].name, row["all"], *row["counts"]] for row in rows)
        )
    total = Counter[str]()
    for row in rows:
        total.update(dict(zip((label for label, _ in COLUMNS), row["counts"], strict=True)))
    context = {
        "snap": snap,
        "may_set": "commons.set_limit" in who.powers,
        "may_judge": "duties.judge" in who.powers and snap.place.level == Place.Level.COUNTY,
        "rows": rows,
        "columns": [label for label, _ in COLUMNS],
        "total": [total[label] for label, _ in COLUMNS],
        "all": sum(row["all"] for row in rows),
        "missing": sum(row["missing"] for row in rows),
        "query": f"in={place.code}&",
        "nobody": _nobody(snap, bodies),
        "crumbs": [{"label": _("履职台账"), "url": reverse("duties_desk:index")}, {"label": place.name}]
        if place.code != who.place
        else None,
    }
    return render(request, "duties/rollup.html", context)


@SEE
def board(request: HttpRequest, code: str) -> HttpResponseBase:
    """Every duty of one body with its state; filter by state and article, take it away, print it."""
    who = actor(request)
    body = queries.body_seen(who, code)
    snap = queries.snapshot_of(body.place)
    found = queries.board_of(snap, body)
    lines, asked = _filtered(request, found)
    lines.sort(key=lambda line: line.state == State.EXEMPT)  # what does not apply here stands last
    kind = request.GET.get("as", "")
    if kind in ("csv", "xlsx"):
        return show.take_away(kind, f"{body.name}履职台账", show.HEAD, show.cells(snap, body, lines))
    counts = found.counts()
    query = request.GET.copy()
    query.pop("as", None)
    articles = dict.fromkeys(line.duty.at.partition("__")[0] for line in found.lines)
    context = {
        "snap": snap,
        "may_set": "commons.set_limit" in who.powers,
        "body": body,
        "board": found,
        "missing": sum(count for state, count in counts.items() if state in MISSING),
        "owed": sum(count for state, count in counts.items() if state != State.EXEMPT),
        "exempt": sum(line.state == State.EXEMPT for line in lines if not line.soft),
        "hard": [show.row(snap, body, line) for line in lines if not line.soft],
        "soft": [show.row(snap, body, line) for line in lines if line.soft],
        "views": _views(request, counts),
        "articles": [(at, cite(at)) for at in articles],
        "asked": asked,
        "query": query.urlencode(),
        "around": _around(snap, body) if not any(asked.values()) else [],
        "period": show.period((snap.months, "months")),
        "crumbs": [{"label": _("履职台账"), "url": reverse("duties_desk:index")}, {"label": body.name}]
        if "duties.oversee" in who.powers
        else None,
        "issuer": body.name,
        "issued_on": snap.on,
        "back_url": reverse("duties_desk:board", args=[body.code]),
    }
    return render(request, "duties/print.html" if kind == "print" else "duties/board.html", context)


@SEE
def article(request: HttpRequest, pack: str, art: str) -> HttpResponseBase:
    """From an article to its duties, and for each to every body that owes it: who has done it, and who has not."""
    who = actor(request)
    asked = str(request.GET.get("in", "")) if "duties.oversee" in who.powers else ""
    try:
        known = load_pack(pack)
        found = known.article(art)
    except (PackError, KeyError) as error:
        raise NotVisible() from error
    snap = queries.snapshot_of(_asked(who, asked))
    place = snap.place
    bodies = _one_per_government(list(queries.bodies_seen(who, place))) if snap.pack.id == pack else []
    groups: list[dict[str, Any]] = [
        {
            "duty": duty,
            "bearer": "、".join(map(words.bearer, duty.bearer)),
            "rows": [show.row(snap, body, line) for body, line in pairs],
            "missing": sum(line.state in MISSING for _, line in pairs),
        }
        for duty, pairs in queries.by_article(snap, bodies, art)
        if snap.pack.id == pack
    ]
    if request.GET.get("as") in ("csv", "xlsx"):
        lines = [
            cells for group in groups for row in group["rows"] for cells in show.cells(snap, row["body"], [row["line"]])
        ]
        name = f"{place.name}{known.short}{found.number}履职"
        return show.take_away(request.GET["as"], name, show.HEAD, lines)
    context = {
        "snap": snap,
        "may_set": "commons.set_limit" in who.powers,
        "pack": known,
        "article": found,
        "groups": groups,
        "here": snap.pack.id == pack,
        "crumbs": [
            {"label": known.short, "url": reverse("law:pack", args=[pack])},
            {"label": found.number, "url": reverse("law:article", args=[pack, art])},
            {"label": _("谁做了，谁还没有")},
        ],
    }
    return render(request, "duties/article.html", context)


def _asked(who: Actor, code: str) -> str:
    """Code of the place asked for, within the actor's own; the own one when none is asked for."""
    wanted = code or who.place
    if not covers(who.place, wanted) or (wanted != who.place and not Place.objects.filter(code=wanted).exists()):
        raise NotVisible()
    return wanted


def _counties(place: Place) -> list[Place]:
    return list(Place.objects.filter(code__startswith=place.code, level=Place.Level.COUNTY))


def _one_per_government(bodies: list[Body]) -> list[Body]:
    """A government and its lead body share their duties: the roll-up counts them once, at the lead body."""
    led = {body.place_id for body in bodies if body.kind == Body.Kind.LEAD}
    return [body for body in bodies if body.kind != Body.Kind.GOVERNMENT or body.place_id not in led]


def _sum(board: Board) -> dict[str, Any]:
    counts = board.counts()
    return {
        "body": board.body,
        "all": sum(count for state, count in counts.items() if state != State.EXEMPT),
        "missing": sum(count for state, count in counts.items() if state in MISSING),
        "counts": [sum(counts.get(state, 0) for state in states) for _, states in COLUMNS],
    }


def _nobody(snap: Snapshot, bodies: list[Body]) -> dict[str, Any]:
    """Duties whose bearers have no board here: residents, media, higher governments, bodies that were not entered."""
    there = frozenset().union(*(bearers_of(kind=b.kind, level=b.place.level, duty=b.duty) for b in bodies), ())
    left = [duty for duty in snap.pack.duties if not there.intersection(duty.bearer)]
    names = Counter(words.bearer(code) for duty in left for code in duty.bearer)
    return {"count": len(left), "names": [name for name, _ in names.most_common()]}


def _filtered(request: HttpRequest, found: Board) -> tuple[list[Line], dict[str, str]]:
    state = request.GET.get("state", "")
    at = request.GET.get("article", "")
    q = str(clean_text(request.GET.get("q", "")))[:40]
    asked = {"state": state if state in State.values else "", "article": at if at.startswith("art_") else "", "q": q}
    lines = [
        line
        for line in found.lines
        if (not asked["state"] or line.state == asked["state"])
        and (not asked["article"] or line.duty.at.partition("__")[0] == asked["article"])
        and all(word in line.duty.gist for word in q.split())
    ]
    return lines, asked


def _views(request: HttpRequest, counts: dict[State, int]) -> list[dict[str, Any]]:
    chosen = request.GET.get("state", "")
    query = request.GET.copy()
    query.pop("as", None)

    def link(state: str) -> str:
        query["state"] = state
        return f"?{query.urlencode()}"

    views = [{"label": _("全部"), "url": link(""), "current": not chosen, "count": sum(counts.values())}]
    for state, count in counts.items():
        views.append({"label": state.label, "url": link(state), "current": chosen == state, "count": count})
    return views


def _around(snap: Snapshot, body: Body) -> list[dict[str, Any]]:
    """For a committee: what others owe to its community and a rule can judge (别的单位对本社区的职责)."""
    if body.kind != Body.Kind.COMMITTEE:
        return []
    own = bearers_of(kind=body.kind, level=body.place.level, duty=body.duty)
    rows = []
    for duty in snap.pack.duties:
        if duty.rule is None or duty.subject != "community" or own.intersection(duty.bearer):
            continue
        one = snap.judged_at(duty, body.place)
        if one.finding.verdict == "exempt":
            continue
        rows.append(
            {
                "gist": duty.gist,
                "reading": duty.reading,
                "word": one.word,
                "kind": one.finding.verdict.value,
                "sentence": one.sentence,
                "basis": f"{snap.pack.id}.{duty.at}",
                "bearer": "、".join(map(words.bearer, duty.bearer)),
            }
        )
    return rows


urlpatterns: list[URLPattern] = [
    path("duties/", index, name="index"),
    path("duties/articles/<slug:pack>/<slug:art>/", article, name="article"),
    path("duties/<str:code>/", board, name="board"),
]

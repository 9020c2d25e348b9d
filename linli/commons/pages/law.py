"""Law pages (法规): packs, articles, who owes what, and where in Linli it is done."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django.core.cache import cache
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from linli.commons import queries
from linli.commons.models import StatuteArticle
from linli.commons.pages import law_compare
from linli.commons.statutes import current_texts, paragraphs_of
from linli.commons.web import actor, staff
from linli.kit.errors import NotVisible
from linli.kit.export import csv_response, xlsx_response
from linli.kit.text import clean_text
from linli.kit.trail import Entry
from linli.law import words
from linli.law.load import cite, load_pack, packs
from linli.law.types import Duty, Pack, PackArticle, PackError

TRANSLATED = gettext_noop("必须做"), gettext_noop("鼓励做")
"""Words of `law.words.FORCE`, named once more so that they can be translated."""

DONE_PAGE = 50
COUNT_KEPT = 600  # seconds; the count is read by anybody, and walks the whole trail
_NUMBER = re.compile(r"第[零一二三四五六七八九十百千]+条(之[一二三四五六七八九十]+)?")


@dataclass
class Node:
    """One 款, 项 or 目 of an article: its text when loaded, the duties it states, the sentences that owe nothing."""

    eid: str
    label: str
    text: str = ""
    duties: list[dict[str, Any]] = field(default_factory=list)
    waived: list[dict[str, str]] = field(default_factory=list)

    @property
    def depth(self) -> int:
        """1 for a 款, 2 for a 项, 3 for a 目."""
        return self.eid.count("__")


def index(request: HttpRequest) -> HttpResponse:
    """All packs, with what stands in each (法规一览)."""
    loaded = current_texts()
    shown = []
    for pack in sorted(map(load_pack, packs()), key=lambda pack: not pack.articles):  # numbers only: last
        force = Counter(duty.force for duty in pack.duties)
        resting = {eid for verb, at in pack.actions.items() if not verb.startswith("gate.") for eid in at}
        shown.append(
            {
                "pack": pack,
                "duties": len(pack.duties),
                "hard": force["hard"],
                "soft": force["soft"],
                "done_here": sum(bool(duty.verbs) or duty.at in resting for duty in pack.duties),
                "verbs": len(_verbs_at(pack, *(article.at for article in pack.articles))),
                "rules": sum(duty.rule is not None for duty in pack.duties),
                "cases": len(pack.cases),
                "text": loaded.get(pack.id),
            }
        )
    return _render(request, "commons/law_index.html", {"packs": shown})


def pack_page(request: HttpRequest, id: str) -> HttpResponse:
    """The articles of a pack by chapter; `q` searches gists and, when it is loaded, the text."""
    pack = _pack(id)
    q = str(clean_text(request.GET.get("q", "")))[:60]
    text = current_texts().get(pack.id)
    wanted = _search(pack, q, text.pk if text else None) if q else {article.at for article in pack.articles}
    duties = Counter(duty.at.partition("__")[0] for duty in pack.duties)
    stale = set(text.articles.filter(stale=True).values_list("eid", flat=True)) if text else set()
    chapters = [
        {
            "label": f"{cite(eid)} {title}" if eid else "",
            "articles": [
                {
                    "article": article,
                    "topic": words.TOPICS.get(article.topic, article.topic),
                    "duties": duties[article.at],
                    "stale": article.at in stale,
                }
                for article in articles
            ],
        }
        for (eid, title), articles in groupby(
            (article for article in pack.articles if article.at in wanted), key=lambda a: (a.chapter, a.chapter_title)
        )
    ]
    context = {
        "pack": pack,
        "chapters": chapters,
        "q": q,
        "found": len(wanted),
        "text": text,
        "params": [
            {
                "param": param,
                "value": words.value_in_words(param),
                "dated": param.on(),
                "at": f"{pack.id}.{param.at}" if param.at else "",
            }
            for param in pack.params.values()
        ],
        "crumbs": [{"label": _("法规"), "url": reverse("law:index")}, {"label": pack.short}],
    }
    return _render(request, "commons/law_pack.html", context)


def article_page(request: HttpRequest, id: str, art: str) -> HttpResponse:
    """One article: what it says and owes, how that is read and judged, where it is done, what was done."""
    pack = _pack(id)
    places = {article.at: place for place, article in enumerate(pack.articles)}
    if art not in places:
        raise NotVisible(_("%(short)s没有这一条。请从目录中选择。") % {"short": pack.short})
    place = places[art]
    article = pack.articles[place]
    stored = (
        StatuteArticle.objects.filter(text__pack=pack.id, text__current=True, eid=art).select_related("text").first()
    )
    duties = [duty for duty in pack.duties if duty.at.partition("__")[0] == art]
    who = actor(request)
    legal_id = f"{pack.id}.{art}"
    rows = queries.entries_under(who, legal_id)
    if who.is_staff:
        done, entries = rows.count(), list(rows.order_by("-id")[:10])
    else:
        done, entries = cache.get_or_set(f"law-done:{legal_id}", rows.count, COUNT_KEPT) or 0, []
    context = {
        "pack": pack,
        "article": article,
        "topic": words.TOPICS.get(article.topic, article.topic),
        "stored": stored,
        "text": current_texts().get(pack.id),
        "nodes": _nodes(pack, article, duties, stored),
        "duties": duties,
        "verbs": _verbs_at(pack, art, *(duty.at for duty in duties)) | dict.fromkeys(_gates(pack, art)),
        "done": done,
        "entries": entries,
        "before": pack.articles[place - 1] if place else None,
        "after": pack.articles[place + 1] if place + 1 < len(pack.articles) else None,
        "crumbs": [
            {"label": _("法规"), "url": reverse("law:index")},
            {"label": pack.short, "url": reverse("law:pack", args=[pack.id])},
            {"label": article.number},
        ],
    }
    return _render(request, "commons/law_article.html", context)


@staff("commons.see_law")
def done_page(request: HttpRequest, id: str, art: str) -> HttpResponseBase:
    """Everything done under one article within the places one's post covers, newest first, to page through and take away."""
    pack = _pack(id)
    article = next((one for one in pack.articles if one.at == art), None)
    if article is None:
        raise NotVisible(_("%(short)s没有这一条。请从目录中选择。") % {"short": pack.short})
    rows = queries.entries_under(actor(request), f"{pack.id}.{art}").order_by("-id")
    kind = request.GET.get("as", "")
    if kind in ("csv", "xlsx"):
        head = [
            _("时间"),
            _("办了什么"),
            _("经办"),
            _("单位"),
            _("对象"),
            _("区划"),
            _("依据"),
            _("说明"),
            _("留痕编号"),
        ]
        lines = (_done_line(row) for row in rows.iterator(chunk_size=2000))
        return (csv_response if kind == "csv" else xlsx_response)(f"{pack.short}{article.number}留痕", head, lines)
    page = Paginator(rows, DONE_PAGE).get_page(request.GET.get("page"))
    crumbs = [
        {"label": pack.short, "url": reverse("law:pack", args=[pack.id])},
        {"label": article.number, "url": reverse("law:article", args=[pack.id, art])},
        {"label": _("办过的事")},
    ]
    return render(request, "commons/law_done.html", {"pack": pack, "article": article, "page": page, "crumbs": crumbs})


def _done_line(row: Entry) -> list[object]:
    at = timezone.localtime(row.at).strftime("%Y-%m-%d %H:%M")
    basis = "；".join(f"{load_pack(one.partition('.')[0]).short}{cite(one.partition('.')[2])}" for one in row.basis)
    number = f"{row.unit}-{row.seq}"
    return [at, row.verb, row.actor_label, row.body, row.subject, row.place, basis, row.note, number]


def _render(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    who = actor(request)
    frame = "workbench.html" if who.is_staff else "portal.html"
    may_load = "commons.load_text" in who.powers
    return render(request, template, {**context, "frame": frame, "may_load": may_load})


def _pack(id: str) -> Pack:
    try:
        return load_pack(id)
    except PackError as error:
        raise NotVisible(_("没有这个法规包。请从法规一览中选择。")) from error


def _search(pack: Pack, q: str, text: int | None) -> set[str]:
    """Articles whose number, heading, gist, duties or loaded text hold the words; all words must be found."""
    haystack = {
        article.at: " ".join((article.number, article.heading, article.gist, article.chapter_title))
        for article in pack.articles
    }
    for duty in pack.duties:
        haystack[duty.at.partition("__")[0]] += f" {duty.gist} " + " ".join(map(words.bearer, duty.bearer))
    if text is not None:
        for eid, body in StatuteArticle.objects.filter(text=text).values_list("eid", "body"):
            if eid in haystack:
                haystack[eid] += " " + body
    if _NUMBER.fullmatch(q):  # 第四条 must not find 第十四条
        return {article.at for article in pack.articles if article.number == q}
    return {at for at, words_ in haystack.items() if all(word in words_ for word in q.split())}


def _verbs_at(pack: Pack, *eids: str) -> dict[str, None]:
    """Verbs of the pack that rest on one of these ids or on a part of it, in the pack's order."""
    arts = {eid.partition("__")[0] for eid in eids}
    found = dict.fromkeys(
        verb
        for verb, at in pack.actions.items()
        if not verb.startswith("gate.") and any(eid.partition("__")[0] in arts for eid in at)
    )
    return found | dict.fromkeys(verb for duty in pack.duties if duty.at in eids for verb in duty.verbs)


def _gates(pack: Pack, art: str) -> list[str]:
    """What the task gate writes when this article is its reason."""
    gates = [verb for verb, at in pack.actions.items() if verb.startswith("gate.")]
    return ["mandates.refused"] if any(eid.partition("__")[0] == art for v in gates for eid in pack.actions[v]) else []


def _nodes(pack: Pack, article: PackArticle, duties: list[Duty], stored: StatuteArticle | None) -> list[Node]:
    nodes: dict[str, Node] = {}

    def node(eid: str) -> Node:
        if eid == article.at:  # said of the whole article: shown with its first paragraph
            eid = f"{eid}__para_1"
        return nodes.setdefault(eid, Node(eid, cite(eid).removeprefix(article.number)))

    for paragraph in paragraphs_of(article.number, stored.body) if stored else ():
        node(paragraph.eid).text = paragraph.text
        for point in paragraph.points:
            node(point.eid).text = f"{point.number}{point.text}"
            for item in point.items:
                node(item.eid).text = f"{item.number}{item.text}"
    for duty in duties:
        node(duty.at).duties.append(_duty(pack, duty))
    for waiver in pack.waivers:
        if waiver.at.partition("__")[0] == article.at:
            node(waiver.at).waived.append({"sentences": _sentences(waiver.sentences), "reason": waiver.reason})
    return sorted(nodes.values(), key=lambda one: [int(number) for number in re.findall(r"_(\d+)", one.eid)[1:]])


def _duty(pack: Pack, duty: Duty) -> dict[str, Any]:
    return {
        "duty": duty,
        "bearer": "、".join(map(words.bearer, duty.bearer)),
        "force": words.FORCE[duty.force],
        "who": words.WHO[duty.who],
        "subject": words.SUBJECTS.get(duty.subject, duty.subject),
        "sentences": _sentences(duty.sentences),
        "evidence": [words.evidence(code) for code in duty.evidence],
        "rule": words.in_words(duty.rule, pack) if duty.rule else "",
        "params": [
            {"label": param.label, "value": words.value_in_words(param), "set": param.on() is not None}
            for param in (words.params_of(duty.rule, pack) if duty.rule else ())
        ],
        "cases": sum(case.duty == duty.id for case in pack.cases),
        "sanction": f"{pack.id}.{duty.sanction}" if duty.sanction else "",
    }


def _sentences(numbers: tuple[int, ...]) -> str:
    return _("第 %(numbers)s 句") % {"numbers": "、".join(map(str, numbers))}


urlpatterns: list[URLPattern] = [
    path("law/", index, name="index"),
    path("law/compare/", law_compare.page, name="compare"),
    path("law/<slug:id>/", pack_page, name="pack"),
    path("law/<slug:id>/<slug:art>/", article_page, name="article"),
    path("law/<slug:id>/<slug:art>/done/", done_page, name="done"),
]

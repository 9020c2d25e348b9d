"""Two texts of law side by side (文本对照): two loaded versions, or the texts of two provinces; without a text, the pack's own words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.commons.models import StatuteText
from linli.commons.statutes import paragraphs_of
from linli.commons.web import actor
from linli.kit.export import csv_response
from linli.law import redline
from linli.law.compare import Comparison, compare, plain
from linli.law.load import cite, load_pack, packs
from linli.law.types import Act, Article, Pack, Paragraph
from linli.law.words import TOPICS

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@dataclass(frozen=True)
class Source:
    """A text that can be compared (可对照的文本): a loaded one, or the gists of a pack whose text is not loaded."""

    key: str
    label: str
    pack: Pack
    text: StatuteText | None


def sources() -> dict[str, Source]:
    """Every text by its key: loaded ones, those in use first, then the gists of packs without a text."""
    known = {pack.id: pack for pack in map(load_pack, packs()) if pack.articles}
    found: dict[str, Source] = {}
    for text in StatuteText.objects.filter(pack__in=known).order_by("-current", "pack", "-loaded_at"):
        day = timezone.localtime(text.loaded_at).strftime("%Y-%m-%d")
        state = _("现用") if text.current else _("旧稿")
        label = _("%(title)s（%(day)s 载入，%(state)s）") % {"title": text.title, "day": day, "state": state}
        found[f"text-{text.pk}"] = Source(f"text-{text.pk}", label, known[text.pack], text)
    for pack in known.values():
        if not any(source.pack.id == pack.id for source in found.values()):
            label = _("%(title)s（未载入正文，以大意对照）") % {"title": pack.title}
            found[f"pack-{pack.id}"] = Source(f"pack-{pack.id}", label, pack, None)
    return found


CHOOSE = {"required": "请选一个文本。", "invalid_choice": "没有这个文本，请从列出的里选。"}


class Choice(forms.Form):
    """Which two texts (选两个文本)."""

    a = forms.ChoiceField(label="甲", error_messages=CHOOSE)
    b = forms.ChoiceField(label="乙", error_messages=CHOOSE)

    def __init__(self, data: dict[str, str], known: dict[str, Source]) -> None:
        super().__init__(data)
        for name in ("a", "b"):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [(source.key, source.label) for source in known.values()]


def page(request: HttpRequest) -> HttpResponseBase:
    """The form, and below it the comparison; `as=csv` and `as=docx` take it away."""
    known = sources()
    keys = list(known)
    form = Choice({"a": request.GET.get("a", keys[0]), "b": request.GET.get("b", keys[min(1, len(keys) - 1)])}, known)
    context: dict[str, Any] = {
        "form": form,
        "frame": "workbench.html" if actor(request).is_staff else "portal.html",
        "crumbs": [{"label": _("法规"), "url": reverse("law:index")}, {"label": _("文本对照")}],
    }
    if form.is_valid():
        a, b = known[form.cleaned_data["a"]], known[form.cleaned_data["b"]]
        found = _compared(a, b)
        name = f"{a.pack.short}-{b.pack.short}-{_('对照表')}"
        if request.GET.get("as") == "csv":
            head = [_("甲的条"), _("乙的条"), _("变化"), _("甲的文字"), _("乙的文字")]
            return csv_response(name, head, _rows(found))
        if request.GET.get("as") == "docx":
            answer = HttpResponse(redline.as_docx(found), content_type=WORD)
            answer["Content-Disposition"] = 'attachment; filename="compare.docx"'
            return answer
        context |= {
            "a": a,
            "b": b,
            "summary": redline.summary(found),
            "gists": a.text is None or b.text is None,
            "topics": [
                {"label": TOPICS.get(topic.code, topic.code), "sides": (topic.a, topic.b)}
                for topic in (found.topics if found.across else ())
                if topic.a and topic.b
            ],
            "pairs": [
                {"heading": redline.heading(pair), "label": redline.label(pair), "sides": redline.sides(pair)}
                for pair in found.pairs
            ],
        }
    return render(request, "commons/law_compare.html", context)


def _compared(a: Source, b: Source) -> Comparison:
    topics = tuple({article.at: article.topic for article in source.pack.articles} for source in (a, b))
    return compare(_act(a), _act(b), across=a.pack.id != b.pack.id, topics=(topics[0], topics[1]))


def _act(source: Source) -> Act:
    numbers = {article.at: article for article in source.pack.articles}
    articles = []
    if source.text is None:
        for one in source.pack.articles:
            articles.append(Article(one.at, one.number, one.heading, (Paragraph(f"{one.at}__para_1", one.gist),)))
    else:
        for row in source.text.articles.order_by("pk"):
            known = numbers.get(row.eid)
            heading = known.heading if known else ""
            articles.append(Article(row.eid, cite(row.eid), heading, paragraphs_of("第一条", row.body)))
    return Act(source.text.title if source.text else source.pack.title, (), (), tuple(articles))


def _rows(found: Comparison) -> Iterator[list[object]]:
    for pair in found.pairs:
        a, b = pair.a, pair.b
        yield [
            a.number if a else "",
            b.number if b else "",
            redline.label(pair),
            plain(a) if a else "",
            plain(b) if b else "",
        ]

"""What an appeal is about and where (系统建议), each with the words that say so; a person confirms it, HN 12 分类处置.

`suggest` is the first look when an appeal is filed: the catalogue's words and the county's place names, a fraction of a
millisecond. `advise` is what a person is shown: where the site has learnt a model from its own appeals (`linli appeals learn`,
`train`), and the model is sure enough, its matter stands first, and the catalogue's stay below it. The model is read when it is first
asked, kept for its file's stamp, and a file that cannot be used is as good as none: `fault_of_model` says why, `linli check` shows it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Q

from linli.areas.appeals.flow import State
from linli.areas.appeals.models import Appeal
from linli.areas.mandates.models import Matter
from linli.commons.actor import Actor
from linli.commons.models import Place
from linli.kit import reference
from linli.kit.disk import reason
from linli.kit.scope import under, visible_to
from linli.methods import classify
from linli.methods.classify.model import IN_FORCE, BadModel, Model, Prediction
from linli.methods.danger import is_danger
from linli.methods.locate import Locator
from linli.methods.locate import Place as Named
from linli.methods.short_names import with_short_names

log = logging.getLogger("linli.appeals")

SURE = 0.6
"""Confidence from which a learnt matter goes before the catalogue's; below it the catalogue's words, which can be read, are better."""
CLEAR = 0.5
"""Share of the catalogue's evidence from which it speaks clearly for a matter."""
SHOWN = 3


def locator_of(county: str) -> Locator:
    """The names of a county's places, ready for looking up (地名表)."""
    return reference.kept(("locator", county), lambda: _locator(county))


def _locator(county: str) -> Locator:
    rows = Place.objects.filter(under("code", county)).values_list("code", "name", "aliases")
    return Locator(
        with_short_names(
            Named(code, name, tuple(alias for alias in aliases.split("、") if alias)) for code, name, aliases in rows
        )
    )


def suggest(text: str, *, title: str = "", county: str, names: Locator | None = None) -> dict[str, Any]:
    """What the catalogue's words and the place names say (初步建议), with the evidence span of each thought.

    Args:
        names: the county's places, where the caller has them already.

    Returns: JSON-ready keys `kind`, `matter`, `matters` (best first), `spans` ([start, end, word] in the text), `words`, `danger`,
    `danger_word`; and of the place `place`, `place_name`, `place_span`, `place_detail`, `place_why`, all missing where only a guess
    could be made.
    """
    found = classify.suggest(text, title=title)
    kind = classify.suggest_kind(text, title=title)
    danger = is_danger(text) or is_danger(title)
    out: dict[str, Any] = {"kind": kind.kind, "danger": danger is not None}
    if danger is not None:
        out["danger_word"] = danger.keyword
    if found:
        out["matter"] = found[0].code
        out["matters"] = [
            {"code": item.code, "name": item.name, "class": item.class_name, "score": round(item.score, 3)}
            for item in found
        ]
        out["spans"] = sorted(
            {(span.start, span.end, span.keyword) for span in found[0].evidence if span.where == "body"}
        )
        out["words"] = sorted({span.keyword for span in found[0].evidence})
    places = (names or locator_of(county)).find(text) if county else []
    if places:
        best = places[0]
        out["place"], out["place_name"], out["place_span"] = best.code, best.name, [best.start, best.end]
        out["place_detail"], out["place_why"] = best.detail, best.reason
    return out


def advise(text: str, *, title: str = "", county: str) -> dict[str, Any]:
    """What a person is shown (系统建议): as `suggest`, with the learnt matter first where the model is sure of it.

    Returns: the keys of `suggest`; and, where the model spoke, `learnt` true, `confidence` 0..1, and `learnt_class`: whether it knows
    the class only, of which the confidence then is. `words` and `spans` are then those that decided the model.
    """
    out = suggest(text, title=title, county=county)
    model = learnt().model
    if model is None:
        return out
    told = model.predict([whole(title, text)])[0]
    matters = _matters(told, out.get("matters", []))
    # A text of which the model knows no word is beyond it, however sure it is.
    if told.confidence < SURE or not told.words or not matters:
        return out
    listed = {row["code"] for row in matters}
    rest = [row for row in out.get("matters", []) if row["code"] not in listed]
    if _beyond(model, rest):
        out["matters"] = [rest[0], *matters, *rest[1:]][:SHOWN]
        return out
    spans = _spans(text, told.words)
    elsewhere = [word for word in told.words if word not in text]
    out |= {"matter": matters[0]["code"], "matters": (matters + rest)[:SHOWN]}
    out |= {"spans": spans, "words": [*dict.fromkeys(word for _, _, word in spans), *elsewhere]}
    out |= {"learnt": True, "confidence": round(told.confidence, 2), "learnt_class": told.label not in _labels()[0]}
    return out


def advice(appeal: Appeal) -> dict[str, Any]:
    """What is shown of an appeal (系统建议): of one that waits, what is thought now; later what was thought when a person decided."""
    stored: dict[str, Any] = appeal.suggestion
    if appeal.confirmed or appeal.erased:
        return stored
    return {**stored, **advise(appeal.text, title=appeal.title, county=appeal.county_id)}


def whole(title: str, text: str) -> str:
    """An appeal as one text, for learning and for asking alike: a title that only repeats the beginning adds nothing."""
    return text if not title or text.startswith(title.rstrip("…")) else f"{title}\n{text}"


def _beyond(model: Model, known: Sequence[dict[str, Any]]) -> bool:
    """Whether the catalogue speaks clearly for a matter that the model has never seen and so cannot have weighed: then it stays first."""
    if not known or known[0]["score"] < CLEAR:
        return False
    best = known[0]
    return not any(label in model.labels for label in (best["code"], best["name"], best["class"], best["code"][:2]))


def _spans(text: str, words: Sequence[str]) -> list[tuple[int, int, str]]:
    """The passages of the text in which the words stand first, words that run into each other as one; sorted."""
    out: list[tuple[int, int, str]] = []
    for start, end in sorted((text.find(word), text.find(word) + len(word)) for word in words if word in text):
        if out and start <= out[-1][1]:
            start, end = out[-1][0], max(end, out.pop()[1])
        out.append((start, end, text[start:end]))
    return out


def _matters(told: Prediction, known: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The matters that a prediction means: by code or name; of a class, those that the catalogue's words found in it, else its residual."""
    by_label, by_class = _labels()
    out: list[dict[str, Any]] = []
    for label in (told.label, *told.also):
        score = round(told.confidence, 3) if label == told.label else 0.0
        if label in by_label:
            out.append({**by_label[label], "score": score})
        elif label in by_class:
            inside = [row for row in known if row["class"] == by_class[label]["class"]]
            out += [{**row, "score": score} for row in inside or [by_class[label]]]
    codes = [row["code"] for row in out]
    return [row for at, row in enumerate(out) if row["code"] not in codes[:at]]


def _labels() -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """Matters in use by code and name; and of each class, by code and name, the matter that stands for all of it."""
    return reference.kept(("labels of matters",), _read_labels)


def _read_labels() -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    by_label: dict[str, dict[str, Any]] = {}
    by_class: dict[str, dict[str, Any]] = {}
    for row in Matter.objects.filter(active=True).order_by("code"):
        one = {"code": row.code, "name": row.name, "class": row.class_name, "score": 0.0}
        by_label[row.code] = by_label[row.name] = one
        if row.name == f"其他{row.class_name}" or row.class_code not in by_class:
            by_class[row.class_code] = by_class[row.class_name] = one
    return by_label, by_class


def settled(actor: Actor, most: int) -> list[tuple[str, str]]:
    """Closed appeals as (text, name of the matter that a person settled on) (已办结诉求的最终事项), oldest first, the newest ``most``.

    History that came with a matter counts too: the hotline's people settled it. Erased words are gone from here as well.
    """
    rows = visible_to(actor, Appeal.objects.filter(erased=False, matter__active=True))
    rows = rows.filter(Q(state__in=(State.CLOSED, State.UNREACHED), confirmed=True) | Q(state=State.HISTORY))
    newest = rows.order_by("-filed_at", "-pk").values_list("title", "text", "matter__name")[:most]
    return [(whole(title, text), name) for title, text, name in reversed(newest)]


def unknown_labels(model: Model) -> list[str]:
    """Labels of a model that are neither a matter nor a class of the catalogue (对不上的类别): what it says of them is not used."""
    by_label, by_class = _labels()
    return [label for label in model.labels if label not in by_label and label not in by_class]


@dataclass(frozen=True)
class Learnt:
    """The model in force as this process holds it (现用模型).

    Args:
        stamp: of the file it was read from; None where there is none. model: None where none can be used. fault: why not, a Chinese sentence.
    """

    stamp: tuple[int, int, int] | None = None
    model: Model | None = None
    fault: str = ""


_learnt = Learnt()
_reading = threading.Lock()


def model_file() -> Path:
    """Where the site's model lies (模型文件)."""
    return Path(settings.LINLI_DATA) / IN_FORCE


def learnt() -> Learnt:
    """The site's model (现用模型), read anew when the file has changed; raises nothing, whatever the file holds."""
    global _learnt
    path = model_file()
    try:
        found = path.stat()
    except OSError as error:
        fault = (
            "" if isinstance(error, FileNotFoundError | NotADirectoryError) else f"读不了模型文件：{reason(error)}。"
        )
        if _learnt.stamp is not None or _learnt.fault != fault:
            _learnt = Learnt(None, None, fault)
        return _learnt
    stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
    if _learnt.stamp != stamp:
        with _reading:
            if _learnt.stamp != stamp:
                _learnt = _read(path, stamp)
    return _learnt


def _read(path: Path, stamp: tuple[int, int, int]) -> Learnt:
    try:
        return Learnt(stamp, Model.load(path))
    except (BadModel, OSError) as error:
        fault = str(error) if isinstance(error, BadModel) else f"读不了模型文件“{path.name}”：{reason(error)}。"
        log.warning("%s 现按事项目录的词给出建议。", fault)
        return Learnt(stamp, None, fault)

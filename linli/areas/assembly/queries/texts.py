"""Reads of texts: from a loaded text to its provisions, and what a new text would do to the comments made so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.db.models import QuerySet

from linli.areas.assembly.models import Anchor, Comment, Draft, DraftText, Group, How, Provision
from linli.kit.errors import BadInput
from linli.law import anchors
from linli.law.anchors import Followed
from linli.law.compare import plain
from linli.law.load import cite
from linli.law.parse import parse
from linli.law.types import Act, Article, LawTextError, Point

MAX_TEXT = 200_000
"""Signs of a draft; the longest national code has half of that."""
ASKED = (Provision.Level.ARTICLE, Provision.Level.PARAGRAPH, Provision.Level.POINT)
"""Levels on which somebody may comment."""


@dataclass(frozen=True)
class Part:
    """One provision of a text that is not stored yet (条款)."""

    eid: str
    level: str
    num: str
    heading: str
    body: str


@dataclass(frozen=True)
class Reading:
    """A text as the parser reads it (解析结果), for the preview and for storing.

    Args: text, as it was given. parts, in reading order. findings, what is odd, each with its place.
    """

    text: str
    act: Act
    parts: tuple[Part, ...]
    findings: tuple[tuple[str, str], ...]

    @property
    def articles(self) -> int:
        """How many articles it has."""
        return len(self.act.articles)


def read_draft(text: str) -> Reading:
    """Take a draft's text apart (解析草案); nothing is stored. Raises: BadInput: no article in it, or too long."""
    if len(text) > MAX_TEXT:
        raise BadInput(f"正文超过 {MAX_TEXT // 10000} 万字。请只放一部草案的正文。", code="text_long")
    try:
        act = parse(text)
    except LawTextError as error:
        raise BadInput(
            "正文里没有读到“第一条”这样的条文。请检查是不是贴漏了，条文要从“第一条”起，每条另起一行。",
            code="no_articles",
        ) from error
    found = tuple((place_of(one.at), one.message) for one in act.findings)
    return Reading(text, act, tuple(_parts(act)), found)


def _parts(act: Act) -> Iterator[Part]:
    seen: set[str] = set()
    open_: list[str] = []
    divisions = {one.eid: one for one in act.chapters}
    for article in act.articles:
        chain = [article.chapter[: len(article.chapter) - cut] for cut in _cuts(article.chapter)]
        for eid in chain:
            if eid in divisions and eid not in open_:
                open_.append(eid)
                one = divisions[eid]
                yield Part(eid, Provision.Level.DIVISION, one.number, one.title[:120], "")
        for part in _of_article(article):
            if part.eid not in seen:  # the parser numbers a doubled article once more; its eId is taken
                seen.add(part.eid)
                yield part


def _cuts(eid: str) -> list[int]:
    """From the whole eId of a chapter to those above it, the highest first: chp_2__sec_1 → chp_2, chp_2__sec_1."""
    steps = eid.split("__")
    return [len(eid) - len("__".join(steps[:count])) for count in range(1, len(steps) + 1)]


def _of_article(article: Article) -> Iterator[Part]:
    whole = plain(article).removeprefix(f"【{article.heading}】\n") if article.heading else plain(article)
    yield Part(article.eid, Provision.Level.ARTICLE, article.number[:30], article.heading[:120], whole)
    for paragraph in article.paragraphs:
        text = "\n".join([paragraph.text, *(f"{point.number}{_whole(point)}" for point in paragraph.points)])
        yield Part(paragraph.eid, Provision.Level.PARAGRAPH, "", "", text)
        for point in paragraph.points:
            yield Part(point.eid, Provision.Level.POINT, point.number[:30], "", _whole(point))


def _whole(point: Point) -> str:
    return "\n".join([point.text, *(f"{item.number}{item.text}" for item in point.items)])


def place_of(eid: str) -> str:
    """A provision in words (第三条第一款); 全文 for none, and what no citation fits as it stands."""
    if not eid:
        return "全文"
    try:
        return cite(eid)
    except ValueError:
        return eid


def newest(draft: Draft) -> DraftText:
    """The version that is asked about now; every draft has one."""
    return draft.texts.order_by("-number")[0]


def provisions_of(text: DraftText) -> QuerySet[Provision]:
    """Provisions of a version in reading order, chapters among them."""
    return text.provisions.order_by("order")


def provision_of(text: DraftText, eid: str) -> Provision | None:
    """One provision on which somebody may comment, or None."""
    return text.provisions.filter(eid=eid, level__in=ASKED).first() if eid else None


@lru_cache(maxsize=16)
def _followed(old: str, new: str) -> Mapping[str, Followed]:
    return anchors.follow(parse(old), parse(new))


@dataclass(frozen=True)
class Fate:
    """What becomes of a comment or a group in a new text (去向)."""

    eid: str
    how: str


@dataclass(frozen=True)
class Fates:
    """What a new text does to everything said so far (对意见的影响), by primary key."""

    comments: Mapping[int, Fate]
    groups: Mapping[int, Fate]

    def counts(self) -> dict[str, int]:
        """How many comments stay as they are, stand on changed words, have moved, are orphans (各有几条)."""
        found = Counter(fate.how for fate in self.comments.values())
        return {str(how): found[how] for how in (How.SAME, How.CHANGED, How.MOVED, How.ORPHAN)}


def fates_of(draft: Draft, new: Reading) -> Fates:
    """Follow every comment and group of a draft from where it stands now into a new text (意见跟着条文走).

    An orphan is looked for once more, from the version in which it last had a place: what was struck out may come back.
    """
    texts = {text.pk: text for text in draft.texts.all()}
    now = max(texts.values(), key=lambda text: text.number, default=None)
    if now is None:
        return Fates({}, {})
    known = {part.eid for part in new.parts if part.level != Provision.Level.DIVISION}
    rows = list(Comment.objects.filter(draft=draft).values_list("pk", "now_eid", "now_how"))
    lost = _last_places([pk for pk, _eid, how in rows if how == How.ORPHAN])
    comments = {}
    for pk, eid, how in rows:
        text, place = (texts[lost[pk][0]], lost[pk][1]) if how == How.ORPHAN and pk in lost else (now, eid)
        comments[pk] = _fate(text.body, place, new.text, known)
    groups = {
        pk: Fate("", How.ORPHAN) if how == How.ORPHAN else _fate(now.body, eid, new.text, known)
        for pk, eid, how in Group.objects.filter(draft=draft, ended_at=None).values_list("pk", "eid", "how")
    }
    return Fates(comments, groups)


def fate_of(old: DraftText, eid: str, new: DraftText) -> Fate:
    """What became of one place between two stored versions (去向)."""
    known = set(new.provisions.filter(level__in=ASKED).values_list("eid", flat=True))
    return _fate(old.body, eid, new.body, known)


def _fate(old: str, eid: str, new: str, known: Iterable[str]) -> Fate:
    if not eid:
        return Fate("", How.SAME)
    found = _followed(old, new).get(eid)
    if found is None or found.eid is None or found.eid not in known:
        return Fate("", How.ORPHAN)
    return Fate(found.eid, found.how)


def _last_places(orphans: list[int]) -> dict[int, tuple[int, str]]:
    """Comment → version and place in which it last stood."""
    rows = Anchor.objects.filter(comment__in=orphans).exclude(how=How.ORPHAN).order_by("id")
    return {comment: (text, eid) for comment, text, eid in rows.values_list("comment", "text", "eid")}

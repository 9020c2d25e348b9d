"""Nouns of the law engine (法规结构): the parsed text, the pack, and what a check found.

Everything here is frozen data without behaviour beyond simple look-ups; nothing touches a database.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


class LawTextError(ValueError):
    """A text of law (法规文本) cannot be read; the message says in Chinese how to mend it."""


class PackError(ValueError):
    """A pack (法规包) is not well formed; the message names file and key in Chinese."""


@dataclass(frozen=True)
class Sentence:
    """One sentence (句) with its address: eId of the 款/项/目 and its number there, counted from 1."""

    at: str
    number: int
    text: str


@dataclass(frozen=True)
class Item:
    """Item (目), numbered with Arabic numerals inside a point."""

    eid: str
    number: str
    text: str


@dataclass(frozen=True)
class Point:
    """Point (项), numbered （一）（二）."""

    eid: str
    number: str
    text: str
    items: tuple[Item, ...] = ()


@dataclass(frozen=True)
class Paragraph:
    """Paragraph (款), an unnumbered text paragraph of an article."""

    eid: str
    text: str
    points: tuple[Point, ...] = ()


@dataclass(frozen=True)
class Article:
    """Article (条). `number` is the normalised 第X条(之Y), `heading` the drafting habit 【…】 or empty."""

    eid: str
    number: str
    heading: str
    paragraphs: tuple[Paragraph, ...]
    chapter: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class Chapter:
    """Part, chapter or section (编、章、节). `level` is `part`, `chp` or `sec`; `parent` is an eId or empty."""

    eid: str
    level: str
    number: str
    title: str
    parent: str = ""


@dataclass(frozen=True)
class Finding:
    """Something odd in a text (疑点), told rather than swallowed: where and what, in Chinese."""

    at: str
    message: str


@dataclass(frozen=True)
class Act:
    """A parsed text of law (法规全文)."""

    title: str
    preamble: tuple[str, ...]
    chapters: tuple[Chapter, ...]
    articles: tuple[Article, ...]
    findings: tuple[Finding, ...] = ()
    attachments: tuple[str, ...] = ()

    def article(self, eid: str) -> Article:
        """Return the article with this eId; raises KeyError when the text has none."""
        for article in self.articles:
            if article.eid == eid:
                return article
        raise KeyError(eid)

    def chapter(self, eid: str) -> Chapter:
        """Return the part, chapter or section with this eId; raises KeyError when the text has none."""
        for chapter in self.chapters:
            if chapter.eid == eid:
                return chapter
        raise KeyError(eid)


# A sentence count of one 款: a number, or nested where a 款 has 项 that hold several sentences or 目:
# (intro, point, point, …), a point with 目 being (intro, item, …) in its turn.
Count = int | tuple["Count", ...]
Value = int | float | str | bool


@dataclass(frozen=True)
class PackArticle:
    """What a pack says of one article (条的登记): our gist, the sentence count of each 款, the fingerprint."""

    at: str
    number: str
    heading: str
    chapter: str
    chapter_title: str
    topic: str
    gist: str
    sentences: tuple[Count, ...]
    sha256: str


@dataclass(frozen=True)
class DatedValue:
    """A value with its period (分时段的数值). `start` None: a draft without a date, the run sets it (模拟)."""

    value: Value
    start: dt.date | None
    end: dt.date | None = None
    source: str = ""

    def holds(self, on: dt.date) -> bool:
        """Whether the value holds on that day; both ends are included."""
        return (self.start is None or self.start <= on) and (self.end is None or on <= self.end)


@dataclass(frozen=True)
class Param:
    """Dated parameter of a text (参数). No values: the text names no number, a verdict is then unknown."""

    name: str
    label: str
    unit: str
    values: tuple[DatedValue, ...]
    at: str = ""
    source: str = ""

    def on(self, day: dt.date | None = None) -> DatedValue | None:
        """The value that holds on `day`; without a day the newest one. None when no number holds."""
        fitting = [v for v in self.values if day is None or v.holds(day)]
        return max(fitting, key=lambda v: v.start or dt.date.min, default=None)


@dataclass(frozen=True)
class Measure:
    """A thing that is told of a place (指标): counted, answered yes or no, listed, or dated.

    `kind` is `number`, `flag`, `set` or `dates`, and of what only an area can supply also `text`, `list`, `events` or `records`;
    `level` is the level of place of which it is asked; `public` ones are shown to everybody. What is not `supplied` by an area is
    entered in the register of facts under these names.
    """

    name: str
    label: str
    kind: str
    unit: str
    level: str
    public: bool = False
    supplied: bool = False


@dataclass(frozen=True)
class Rule:
    """Computable part of a duty (可计算规则): one of the five shapes and its keys as the pack states them."""

    shape: str
    keys: Mapping[str, Value | tuple[str, ...]]


@dataclass(frozen=True)
class Duty:
    """A duty (职责): the sentences it claims, who owes it, and how it is judged."""

    id: str
    at: str
    sentences: tuple[int, ...]
    force: str
    bearer: tuple[str, ...]
    subject: str
    who: str
    gist: str
    verbs: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    reading: str = ""
    sanction: str = ""
    rule: Rule | None = None


@dataclass(frozen=True)
class Waiver:
    """Sentences that owe nothing, with the reason (豁免): declaratory, definition, commencement."""

    at: str
    sentences: tuple[int, ...]
    reason: str


@dataclass(frozen=True)
class Case:
    """A worked example of a duty (判例), kept as data beside it."""

    duty: str
    given: Mapping[str, object]
    expect: Mapping[str, object]


@dataclass(frozen=True)
class Limit:
    """One time limit of a preset (时限)."""

    key: str
    amount: int
    unit: str
    source: str = ""


@dataclass(frozen=True)
class Preset:
    """A named set of time limits from another place's practice (时限预设), which a county may take over and edit."""

    id: str
    label: str
    source: str
    limits: tuple[Limit, ...]

    def limit(self, key: str) -> Limit | None:
        """The limit of that key, or None when the source gives no number for it."""
        return next((limit for limit in self.limits if limit.key == key), None)


@dataclass(frozen=True)
class Liability:
    """Who corrects what (责任条款): a kind of breach by a kind of body, the correctors in the order they are asked, and the step
    on when it is severe.

    `breach` and `bearer` are codes of `law.words`; `correctors` too, the first one first. `measures` tells what they may do;
    `severe` is the organ to which a severe case is handed over (情节严重), empty where the text names none, and `severe_when` the
    text's own condition in our words.
    """

    id: str
    at: str
    breach: tuple[str, ...]
    bearer: tuple[str, ...]
    correctors: tuple[str, ...]
    measures: tuple[str, ...]
    gist: str
    severe: str = ""
    severe_when: str = ""
    reading: str = ""


@dataclass(frozen=True)
class Pack:
    """A province's law as data (法规包). `sha256` is that of the file, so that a finding can name its pack exactly.

    `base` is the national pack for a provincial one: what the province does not set is looked up there.
    """

    id: str
    place: str
    title: str
    short: str
    status: str
    work: str
    file: str
    articles: tuple[PackArticle, ...]
    params: Mapping[str, Param]
    duties: tuple[Duty, ...]
    waivers: tuple[Waiver, ...]
    actions: Mapping[str, tuple[str, ...]]
    cases: tuple[Case, ...]
    presets: tuple[Preset, ...]
    sha256: str
    measures: Mapping[str, Measure] = field(default_factory=dict)
    base: Pack | None = None
    liabilities: tuple[Liability, ...] = ()

    def article(self, eid: str) -> PackArticle:
        """The article that holds this eId (any level). Raises KeyError when the pack has none."""
        wanted = eid.partition("__")[0]
        for article in self.articles:
            if article.at == wanted:
                return article
        raise KeyError(f"{self.short}没有 {wanted} 这一条。")

    def articles_for(self, verb: str) -> tuple[str, ...]:
        """EIds a trail verb rests on (动作的依据): the pack's own table first, then the duties it is evidence of.

        An empty tuple means that this text has no article for it (本草案无此条，按县设定).
        """
        found = list(self.actions.get(verb, ()))
        found += [duty.at for duty in self.duties if verb in duty.verbs]
        return tuple(dict.fromkeys(found))

    def liability_for(self, breach: str, bearers: Iterable[str]) -> Liability | None:
        """The row that says who corrects a breach by a body that is one of the bearers (责任条款); None: this text names nobody."""
        asked = frozenset(bearers)
        return next((row for row in self.liabilities if breach in row.breach and asked.intersection(row.bearer)), None)

    def duty(self, id: str) -> Duty:
        """The duty of that id. Raises KeyError when the pack has none."""
        for duty in self.duties:
            if duty.id == id:
                return duty
        raise KeyError(f"{self.short}没有编号为 {id} 的职责。")

    def find_param(self, name: str) -> Param:
        """The parameter, own or national. Raises KeyError when neither pack names it."""
        if name in self.params:
            return self.params[name]
        if self.base is not None:
            return self.base.find_param(name)
        raise KeyError(f"{self.short}没有参数 {name}。")

    def find_measure(self, name: str) -> Measure | None:
        """The measure, own or national; None when neither pack declares it."""
        own = self.measures.get(name)
        return own if own is not None or self.base is None else self.base.find_measure(name)

    def all_measures(self) -> dict[str, Measure]:
        """Every measure by name (全部指标), the national ones first; an own one of the same name takes their place."""
        return {**(self.base.all_measures() if self.base is not None else {}), **self.measures}

    def proofs_of(self, duty: Duty) -> tuple[str, ...]:
        """Trail verbs that prove a duty (履职留痕): those it names itself.

        A duty that names none and alone owes anything at its place in the text is proved by the verbs that the table of
        actions rests on exactly that place. Where several duties share a place nobody can tell which one was done.
        """
        if duty.verbs:
            return duty.verbs
        if sum(other.at == duty.at for other in self.duties) > 1:
            return ()
        return tuple(verb for verb, at in self.actions.items() if duty.at in at and not verb.startswith("gate."))

    def param(self, name: str, on: dt.date | None = None) -> Value | None:
        """Value of a parameter on a day (参数取值), the newest without a day; None when the text gives no number.

        Raises: KeyError when neither this pack nor the national one names the parameter.
        """
        dated = self.find_param(name).on(on)
        return None if dated is None else dated.value

    def preset(self, id: str) -> Preset:
        """The preset of that id, own or national. Raises KeyError when neither has it."""
        for preset in self.presets:
            if preset.id == id:
                return preset
        if self.base is not None:
            return self.base.preset(id)
        raise KeyError(f"没有名为 {id} 的时限预设。")

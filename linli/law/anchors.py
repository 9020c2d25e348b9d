"""Where the provisions of one draft stand in the next (条文跟踪), so that a comment made on the first finds its place in the second.

Articles follow the pairs of `law.compare`. Inside a pair of articles the 款, and inside a pair of 款 the 项, are aligned in their order by
the same likeness of bigrams (the heaviest increasing chain). What is left over is looked for in the whole second text, for articles are
split and merged: a provision is found where its words are. A provision that is found nowhere falls back to what held it, as long as that
lives on; else it is an orphan, and a person must say what becomes of it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from linli.law.compare import SAME_ACT, bigrams, chain, compare, plain
from linli.law.parse import normalised
from linli.law.types import Act, Article, Paragraph, Point

FOUND = 0.6
"""Likeness from which on a provision is the same one wherever it stands; of two different 款 of the Hubei or the Hunan draft it is 0.40 at most."""
HELD = 0.8
"""Share of a provision's bigrams from which on another provision holds it (merged articles)."""
_NEW = 0.5  # share of a provision's bigrams that its holder must not have had before: else they were always there
_SHORTEST = 8  # bigrams below which being held says nothing
_LOOKED_AT = 20  # provisions compared in full for each that is looked for


@dataclass(frozen=True)
class Followed:
    """What became of a provision (条文去向).

    `eid` is where it stands in the second text, None for an orphan. `how` is `same` (未变), `changed` (文字有改动), `moved` (移到别处, whether or
    not its words changed) or `orphan` (找不到对应条文). `likeness` is that of the words there and here, 0 to 1; 1 does not mean untouched: spaces
    and the numbers of cited articles count for nothing.
    """

    eid: str | None
    how: str
    likeness: float = 0.0


@dataclass(frozen=True)
class _Unit:
    """A provision with all it holds. `within` is the eId of what holds it, empty for an article."""

    eid: str
    text: str
    lead: str  # its own first words, where 项 or 目 follow them
    grams: frozenset[str]
    within: str
    parts: tuple[_Unit, ...]


def follow(a: Act, b: Act) -> Mapping[str, Followed]:
    """Say of every article, 款 and 项 of a draft where it stands in the next one (条文跟踪).

    Args: a, b, the earlier and the later text. Returns: by eId of `a`, in reading order. Raises nothing on any two acts.
    Source: the alignment is that of `law.compare` (Dice 1945 on bigrams; heaviest increasing chain). Complexity: that of `compare`, and for
    each provision left over about its bigrams times the provisions that share them.
    """
    ours, theirs = _Text(a), _Text(b)
    to: dict[str, tuple[str, bool]] = {}  # eId in `a` → eId in `b`, and whether it stands elsewhere
    for pair in compare(a, b, across=False).pairs:
        if pair.a and pair.b:
            to[pair.a.eid] = (pair.b.eid, pair.moved)
            _align(ours.units[pair.a.eid], theirs.units[pair.b.eid], pair.moved, to)
    _look_elsewhere(ours, theirs, to)
    return {eid: _told(unit, ours, theirs, to) for eid, unit in ours.units.items()}


class _Text:
    """The provisions of an act by eId, in reading order."""

    def __init__(self, act: Act) -> None:
        self.units: dict[str, _Unit] = {}
        for article in act.articles:
            self._keep(_article(article))

    def _keep(self, unit: _Unit) -> None:
        self.units.setdefault(unit.eid, unit)
        for part in unit.parts:
            self._keep(part)


def _article(article: Article) -> _Unit:
    text = plain(article)
    parts = tuple(_paragraph(paragraph, article.eid) for paragraph in article.paragraphs)
    return _Unit(article.eid, text, text, bigrams(text), "", parts)


def _paragraph(paragraph: Paragraph, within: str) -> _Unit:
    parts = tuple(_point(point, paragraph.eid) for point in paragraph.points)
    text = "".join([paragraph.text, *(point.text for point in parts)])
    return _Unit(paragraph.eid, text, paragraph.text, bigrams(text), within, parts)


def _point(point: Point, within: str) -> _Unit:
    text = point.text + "".join(item.text for item in point.items)
    return _Unit(point.eid, text, point.text, bigrams(text), within, ())


def _dice(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other))


def _align(one: _Unit, other: _Unit, moved: bool, to: dict[str, tuple[str, bool]]) -> None:
    """Pair the parts of two provisions that answer to each other, in their order, and the parts of those in turn."""
    if len(one.parts) == 1 == len(other.parts):
        pairs = [(0, 0)]
    else:
        likely = {
            (i, j): score
            for i, mine in enumerate(one.parts)
            for j, its in enumerate(other.parts)
            if (score := _alike(mine, its)) >= SAME_ACT
        }
        pairs = chain(likely)
    for i, j in pairs:
        to[one.parts[i].eid] = (other.parts[j].eid, moved)
        _align(one.parts[i], other.parts[j], moved, to)


def _alike(one: _Unit, other: _Unit) -> float:
    """Likeness of two provisions as wholes or, where both go on in 项, of their first words: a list may be rewritten under its head."""
    whole = _dice(one.grams, other.grams)
    return max(whole, _dice(bigrams(one.lead), bigrams(other.lead))) if one.parts and other.parts else whole


def _look_elsewhere(ours: _Text, theirs: _Text, to: dict[str, tuple[str, bool]]) -> None:
    """Find what is left over by its words: 款 first, each with its 项, then 项 alone, then articles by what became of their 款."""
    places = _Places([unit for unit in theirs.units.values() if unit.within])
    for level in (1, 2):
        had = {target: ours.units[eid].grams for eid, (target, _) in to.items()}
        for unit in ours.units.values():
            if unit.eid.count("__") == level and unit.eid not in to:
                place = places.of(unit, had)
                if place is not None:
                    to[unit.eid] = (place.eid, True)
                    _align(unit, place, True, to)
    for unit in ours.units.values():
        if unit.within or unit.eid in to:
            continue
        share: Counter[str] = Counter()
        for part in unit.parts:
            if part.eid in to:
                share[to[part.eid][0].partition("__")[0]] += len(part.text)
        for target, held in share.most_common(1):
            if held * 2 >= len(unit.text):
                to[unit.eid] = (target, True)


class _Places:
    """款 and 项 of the later text, to be found by their words."""

    def __init__(self, units: Sequence[_Unit]) -> None:
        self._units = units
        self._at: defaultdict[str, list[int]] = defaultdict(list)
        for number, unit in enumerate(units):
            for gram in unit.grams:
                self._at[gram].append(number)

    def of(self, unit: _Unit, had: Mapping[str, frozenset[str]]) -> _Unit | None:
        """The place where the words of a provision stand now, None where they stand nowhere. `had`: what places held before, by eId."""
        shared = Counter(number for gram in unit.grams for number in self._at.get(gram, ()))
        fitting: list[tuple[float, bool, int]] = []
        for number, common in shared.most_common(_LOOKED_AT):
            place = self._units[number]
            likeness, held = _dice(unit.grams, place.grams), common / len(unit.grams)
            # Where a provision stood already that has these words now, they must be new there.
            new = len((unit.grams & place.grams) - had.get(place.eid, frozenset())) / len(unit.grams)
            if (likeness >= FOUND or (held >= HELD and len(unit.grams) >= _SHORTEST)) and new >= _NEW:
                # A lone 项 has nearly the words of its 款: of equals the place of the same level, then the first.
                level = place.eid.count("__") == unit.eid.count("__")
                fitting.append((round(likeness, 6), level, -number))
        return self._units[-max(fitting)[2]] if fitting else None


def _told(unit: _Unit, ours: _Text, theirs: _Text, to: Mapping[str, tuple[str, bool]]) -> Followed:
    own = to.get(unit.eid)
    if own is not None:
        target, moved = theirs.units[own[0]], own[1]
        same = normalised(unit.text) == normalised(target.text)
        return Followed(
            target.eid, "moved" if moved else "same" if same else "changed", round(_dice(unit.grams, target.grams), 4)
        )
    holder = unit.within
    while holder:
        if holder in to:
            target = theirs.units[to[holder][0]]
            return Followed(target.eid, "changed", round(_dice(unit.grams, target.grams), 4))
        holder = ours.units[holder].within
    return Followed(None, "orphan")

"""Comparison of two texts of law (文本比对): two versions of one act, or the acts of two provinces.

Articles are likened by their character bigrams (Dice, 1945). The pairs that keep the order of both texts are the heaviest increasing
chain of likenesses; what is left over is paired by likeness alone and called moved. Inside a pair `difflib` tells the words apart.
Between provinces the likeness of true and of false pairs overlaps, so such a pair is a suggestion and says so.
"""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from linli.law.parse import normalised
from linli.law.types import Act, Article

SAME_ACT = 0.34
"""Likeness from which on two articles of two versions of one act are taken to be the same article."""
OTHER_ACT = 0.22
"""Likeness from which on two articles of different acts are suggested as counterparts."""
_SURE = 0.8  # likeness of two versions of an article that hardly changed
_TOKEN = re.compile(
    r"第[零一二三四五六七八九十百千]+[条款项章节](?:之[一二三四五六七八九十]+)?|[0-9０-９]+(?:\.[0-9]+)?|[A-Za-z]+|.",
    re.S,
)
_LONG = 4_000_000  # product of two lengths above which difflib is let off its exactness
_RARE = 40  # a bigram in more articles than this tells little and is passed over when counterparts are looked for


@dataclass(frozen=True)
class Span:
    """A run of words (文字段): `op` is `=` for the same in both, `-` for the first text only, `+` for the second only."""

    op: str
    text: str


@dataclass(frozen=True)
class Pair:
    """Two articles that answer to each other (对应的条), or one that has no counterpart.

    `kind` is `same`, `changed`, `new` or `dropped`. `moved`: it stands elsewhere in the order of articles; `renumbered`: its number
    is another; `suggested`: the two acts are different ones, and a person should confirm the pair.
    """

    kind: str
    a: Article | None
    b: Article | None
    score: float = 0.0
    moved: bool = False
    renumbered: bool = False
    suggested: bool = False
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Topic:
    """What both texts say of one topic (同题并排): codes of the packs, and the articles of each text."""

    code: str
    a: tuple[Article, ...]
    b: tuple[Article, ...]


@dataclass(frozen=True)
class Comparison:
    """Result of comparing two acts (比对结果). `across`: they are different acts, so pairs are suggestions."""

    a: Act
    b: Act
    across: bool
    pairs: tuple[Pair, ...]
    topics: tuple[Topic, ...] = ()

    def counts(self) -> dict[str, int]:
        """How many pairs of each kind, how many moved, how many renumbered (计数)."""
        found = Counter(pair.kind for pair in self.pairs)
        counted = {kind: found[kind] for kind in ("same", "changed", "new", "dropped")}
        counted["moved"] = sum(pair.moved for pair in self.pairs)
        counted["renumbered"] = sum(pair.renumbered for pair in self.pairs)
        return counted


def compare(
    a: Act, b: Act, *, across: bool | None = None, topics: tuple[Mapping[str, str], Mapping[str, str]] | None = None
) -> Comparison:
    """Compare two acts (比对).

    Args: a, b, the older and the newer text, or one province's and the other's; across, whether they are different acts, None to
    tell it by the titles; topics, for each text the topic code of its articles by eId.
    Returns: pairs in the order of the second text, each article dropped at the place it had.
    Complexity: about the number of likely pairs times the length of an article; n log n for the chain.
    """
    if across is None:
        across = _core(a.title) != _core(b.title)
    least = OTHER_ACT if across else SAME_ACT
    likely = _likely(a.articles, b.articles, least)
    sure = dict(_sure(likely))
    settled = set(sure.values())
    open_ = {
        (i, j): score for (i, j), score in likely.items() if sure.get(i, j) == j and (i in sure or j not in settled)
    }
    pairs = dict(chain(open_))
    moved = {i for i in sure if i not in pairs}
    pairs |= sure
    taken = set(pairs.values())
    for _, i, j in sorted((-score, i, j) for (i, j), score in open_.items()):
        if i not in pairs and j not in taken:
            pairs[i] = j
            taken.add(j)
            moved.add(i)
    found = [_pair(a.articles[i], b.articles[j], likely[i, j], i in moved, across) for i, j in pairs.items()]
    order = {id(pair.b): pair for pair in found}
    placed = _placed(a.articles, b.articles, pairs, order, across)
    return Comparison(a, b, across, tuple(placed), tuple(_topics(a, b, topics)) if topics else ())


def _core(title: str) -> str:
    return re.split(r"[（(]", normalised(title))[0]


def plain(article: Article) -> str:
    """Heading and text of an article, a line for each 款, 项 and 目 (全文)."""
    lines = [f"【{article.heading}】"] if article.heading else []
    for paragraph in article.paragraphs:
        lines.append(paragraph.text)
        for point in paragraph.points:
            lines.append(f"{point.number}{point.text}")
            lines += [f"{item.number}{item.text}" for item in point.items]
    return "\n".join(line for line in lines if line)


def bigrams(text: str) -> frozenset[str]:
    """The pairs of neighbouring characters of a text (二元字串), spaces and the numbers of cited articles left out."""
    text = re.sub(r"第[零一二三四五六七八九十百千]+条", "第条", normalised(text))
    return frozenset(text[n : n + 2] for n in range(len(text) - 1)) or frozenset((text,))


def likeness(a: Article, b: Article) -> float:
    """Dice's coefficient of the character bigrams of two articles (相似度), 0 to 1; numbers of cited articles count for nothing."""
    one, other = bigrams(plain(a)), bigrams(plain(b))
    return 2 * len(one & other) / (len(one) + len(other))


def _likely(a: Sequence[Article], b: Sequence[Article], least: float) -> dict[tuple[int, int], float]:
    """Likeness of the pairs that share enough to matter, by their places."""
    ours, theirs = [bigrams(plain(article)) for article in a], [bigrams(plain(article)) for article in b]
    at: defaultdict[str, list[int]] = defaultdict(list)
    for j, grams in enumerate(theirs):
        for gram in grams:
            at[gram].append(j)
    everywhere = max(_RARE, len(b) // 5)
    found: dict[tuple[int, int], float] = {}
    for i, grams in enumerate(ours):
        shared = Counter(j for gram in grams if len(at.get(gram, ())) <= everywhere for j in at.get(gram, ()))
        for j, _ in shared.most_common(60):
            score = 2 * len(grams & theirs[j]) / (len(grams) + len(theirs[j]))
            if score >= least:
                found[i, j] = score
    return found


def _sure(likely: Mapping[tuple[int, int], float]) -> Iterable[tuple[int, int]]:
    """Pairs of which each is the other's closest, and close: wherever they stand, they are the same article."""
    best: list[dict[int, tuple[float, int]]] = [{}, {}]
    for (i, j), score in likely.items():
        for side, one, other in ((0, i, j), (1, j, i)):
            # Of equally close ones that which stands nearest, so that repeated wording keeps its order.
            known = best[side].get(one)
            if known is None or (score, -abs(one - other)) > (known[0], -abs(one - known[1])):
                best[side][one] = (score, other)
    for i, (score, j) in best[0].items():
        if score >= _SURE and best[1][j][1] == i:
            yield i, j


def chain(likely: Mapping[tuple[int, int], float]) -> list[tuple[int, int]]:
    """The heaviest chain of pairs that rises in both texts (保序最优配对).

    Args: likely, the likeness of pairs of places, 0 to 1. Complexity: n log n in the number of pairs.
    """
    ends: list[int] = []  # places in the second text, rising
    best: dict[
        int, tuple[float, tuple[int, int]]
    ] = {}  # the best chain that ends there; weights rise along with places
    before: dict[tuple[int, int], tuple[int, int] | None] = {}
    by_row: defaultdict[int, list[int]] = defaultdict(list)
    for i, j in likely:
        by_row[i].append(j)
    for i in sorted(by_row):
        news = []
        for j in by_row[i]:
            at = bisect_left(ends, j)
            total, last = best[ends[at - 1]] if at else (0.0, None)
            before[i, j] = last
            # A little more for a closer likeness, so that one good pair beats two poor ones.
            news.append((total + likely[i, j] ** 2, j))
        for total, j in news:
            at = bisect_left(ends, j)
            if (at < len(ends) and ends[at] == j and best[j][0] >= total) or (at and best[ends[at - 1]][0] >= total):
                continue
            if at == len(ends) or ends[at] != j:
                insort(ends, j)
            best[j] = (total, (i, j))
            at += 1
            while at < len(ends) and best[ends[at]][0] <= total:
                del best[ends[at]]
                del ends[at]
    pair = best[ends[-1]][1] if ends else None
    found = []
    while pair is not None:
        found.append(pair)
        pair = before[pair]
    return found[::-1]


def _pair(a: Article, b: Article, score: float, moved: bool, across: bool) -> Pair:
    same = normalised(plain(a)) == normalised(plain(b))
    spans = () if same else words(plain(a), plain(b))
    return Pair("same" if same else "changed", a, b, round(score, 4), moved, a.number != b.number, across, spans)


def words(a: str, b: str) -> tuple[Span, ...]:
    """What two texts have in common and what each has alone, word by word (逐词差异). A lone common character is no common word."""
    ours, theirs = _TOKEN.findall(a), _TOKEN.findall(b)
    matcher = SequenceMatcher(None, ours, theirs, autojunk=len(ours) * len(theirs) > _LONG)
    found: list[Span] = []
    pending = ["", ""]

    def flush() -> None:
        for op, at in (("-", 0), ("+", 1)):
            if pending[at]:
                found.append(Span(op, pending[at]))
            pending[at] = ""

    codes = matcher.get_opcodes()
    for number, (op, i, k, j, m) in enumerate(codes):
        text = "".join(ours[i:k])
        if op == "equal" and not (0 < number < len(codes) - 1 and _lone(ours, theirs, codes[number - 1 : number + 2])):
            flush()
            found.append(Span("=", text))
        else:
            pending[0] += text
            pending[1] += "".join(theirs[j:m])
    flush()
    return tuple(found)


def _lone(ours: Sequence[str], theirs: Sequence[str], codes: Sequence[tuple[str, int, int, int, int]]) -> bool:
    """Whether one character is common by chance: alone between changed characters, not beside changed numbers or citations."""
    (_, i, k, _, _) = codes[1]
    if k - i != 1 or ours[i] in "，。；：、\n":
        return False
    around = [token for _, i, k, j, m in (codes[0], codes[2]) for token in (*ours[i:k], *theirs[j:m])]
    return all(len(token) == 1 for token in around)


def _placed(
    a: Sequence[Article], b: Sequence[Article], pairs: Mapping[int, int], order: Mapping[int, Pair], across: bool
) -> Iterable[Pair]:
    """Pairs and new articles in the order of the second text; a dropped one after what stood before it in the first."""
    dropped: defaultdict[int, list[Pair]] = defaultdict(list)
    last = -1
    for i, article in enumerate(a):
        if i in pairs:
            last = pairs[i]
        else:
            dropped[last].append(Pair("dropped", article, None, suggested=across))
    yield from dropped[-1]
    for j, article in enumerate(b):
        yield order.get(id(article)) or Pair("new", None, article, suggested=across)
        yield from dropped[j]


def _topics(a: Act, b: Act, topics: tuple[Mapping[str, str], Mapping[str, str]]) -> Iterable[Topic]:
    codes = dict.fromkeys([*topics[0].values(), *topics[1].values()])
    for code in codes:
        sides = [
            tuple(article for article in act.articles if of.get(article.eid) == code)
            for act, of in zip((a, b), topics, strict=True)
        ]
        if any(sides):
            yield Topic(code, sides[0], sides[1])


def as_json(found: Comparison) -> dict[str, object]:
    """A comparison as `linli law compare --json` prints it."""

    def side(act: Act) -> dict[str, object]:
        return {"title": act.title, "articles": len(act.articles)}

    return {
        "a": side(found.a),
        "b": side(found.b),
        "across": found.across,
        "counts": found.counts(),
        "pairs": [
            {
                "kind": pair.kind,
                "a": pair.a.eid if pair.a else None,
                "b": pair.b.eid if pair.b else None,
                "a_num": pair.a.number if pair.a else "",
                "b_num": pair.b.number if pair.b else "",
                "moved": pair.moved,
                "renumbered": pair.renumbered,
                "suggested": pair.suggested,
                "score": pair.score,
                "diff": [[span.op, span.text] for span in pair.spans],
            }
            for pair in found.pairs
        ],
        "topics": [
            {"topic": topic.code, "a": [x.eid for x in topic.a], "b": [x.eid for x in topic.b]}
            for topic in found.topics
        ],
    }

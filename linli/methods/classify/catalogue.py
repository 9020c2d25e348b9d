"""Suggest what an appeal is about, with the words that speak for it (诉求分类), HN art. 12 分类处置.

Method: weighted keyword evidence. Keywords are found by one left-to-right scan in which the longest keyword wins
(the leftmost-longest reading of Aho and Corasick, "Efficient string matching", CACM 18(6), 1975; a table on the
first two characters stands in for their automaton). A word that repeats counts with the logarithm of its
frequency (Salton and Buckley, "Term-weighting approaches in automatic text retrieval", IPM 24(5), 1988); a word
in the title counts more. Nothing is learnt and nothing is random: equal input gives equal output, and a person can
check every suggestion against its evidence. A suggestion is never a decision.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

OWNERS: Mapping[str, str] = {
    "urban_mgmt": "城市管理部门",
    "housing": "住房和城乡建设部门",
    "police": "公安机关",
    "civil_affairs": "民政部门",
    "human_resources": "人力资源和社会保障部门",
    "health": "卫生健康部门",
    "education": "教育部门",
    "market": "市场监督管理部门",
    "environment": "生态环境部门",
    "natural_resources": "自然资源部门",
    "transport": "交通运输部门",
    "agriculture": "农业农村部门",
    "emergency": "应急管理和消防部门",
    "justice": "司法行政部门",
    "water": "水利部门",
    "commerce": "商务部门",
    "culture": "文化旅游和体育部门",
    "development": "发展改革部门",
    "finance": "财政部门",
    "discipline": "纪检监察机关",
    "power": "供电企业",
    "gas": "供气企业",
    "waterworks": "供水企业",
    "telecom": "通信企业",
    "street": "街道办事处、乡镇政府",
    "committee": "居民委员会、村民委员会",
    "science": "科技和工业信息化部门",
}

Where = Literal["title", "body"]
T = TypeVar("T")

_STRONG, _WEAK, _GENERIC = 2.0, 0.8, 1.0
_TITLE_FACTOR = 2.5
_CLASS_SHARE = 0.5  # how much of its class's other evidence speaks for a matter
_SMOOTHING = 2.0  # keeps one lonely weak word from looking certain
_LEAD = 80  # the request of a message usually stands in its first sentences
_LEAD_FACTOR = 1.5


@dataclass(frozen=True, slots=True)
class Span:
    """A keyword found in a text (证据位置): ``text[start:end] == keyword`` in the part named by ``where``."""

    start: int
    end: int
    keyword: str
    where: Where = "body"


@dataclass(frozen=True, slots=True)
class MatterClass:
    """First-level class of matters (一级分类)."""

    code: str
    name: str
    owner: str
    keywords: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Matter:
    """Second-level matter (事项) with the kind of department that normally answers it."""

    code: str
    class_code: str
    name: str
    owner: str
    safety: bool
    strong: tuple[str, ...]
    weak: tuple[str, ...]
    together: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = ()  # (things, signs) that mean danger side by side


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One suggested matter (事项建议) with its score in 0..1 and its evidence."""

    code: str
    class_code: str
    name: str
    class_name: str
    owner: str
    safety: bool
    score: float
    evidence: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class KindSuggestion:
    """Suggested kind of appeal (诉求类型). Score 0 and no evidence mean that nothing in the text tells."""

    kind: str
    score: float
    evidence: tuple[Span, ...]


class _Scanner(Generic[T]):
    """Leftmost-longest search for many keywords at once; each keyword carries a payload."""

    def __init__(self, payloads: Mapping[str, T]) -> None:
        self.payloads = payloads
        lengths: dict[str, set[int]] = {}
        for word in payloads:
            lengths.setdefault(word[:2], set()).add(len(word))
        self._lengths = {head: tuple(sorted(sizes, reverse=True)) for head, sizes in lengths.items()}

    def scan(self, text: str) -> Iterator[tuple[int, int, str, T]]:
        """Yield (start, end, keyword, payload), never overlapping, from left to right."""
        lengths, payloads, free = self._lengths, self.payloads, 0
        for start, head in enumerate(map(str.__add__, text, text[1:])):
            if head not in lengths or start < free:
                continue
            for size in lengths[head]:
                word = text[start : start + size]
                if word in payloads:
                    free = start + len(word)  # the text may end before size characters
                    yield start, free, word, payloads[word]
                    break


class Catalogue:
    """Catalogue of matters (事项目录): classes, matters, and the compiled search over their keywords.

    Arguments: the classes and the matters, in any order.
    Raises ValueError, in Chinese and naming the entry, when codes repeat or do not fit together, an owner is
    unknown, or a keyword has fewer than two characters.
    """

    def __init__(self, classes: Iterable[MatterClass], matters: Iterable[Matter]) -> None:
        self.classes = {entry.code: entry for entry in sorted(classes, key=lambda entry: entry.code)}
        matters = sorted(matters, key=lambda entry: entry.code)
        self.matters = {entry.code: entry for entry in matters}
        if len(self.matters) != len(matters):
            raise ValueError("事项目录有重复的事项编码，请逐条改成不同的编码。")
        weights: dict[str, dict[str, float]] = {}
        for group in self.classes.values():
            _check_owner(group.owner, group.name)
            for word in group.keywords:
                _check_word(word, group.name)
                weights.setdefault(word, {})[group.code] = _GENERIC
        for matter in matters:
            if matter.class_code not in self.classes or not matter.code.startswith(matter.class_code):
                raise ValueError(f"事项“{matter.name}”的编码 {matter.code} 应以已有的一级分类编码开头，请检查编码。")
            _check_owner(matter.owner, matter.name)
            for words, weight in ((matter.weak, _WEAK), (matter.strong, _STRONG)):
                for word in words:
                    _check_word(word, matter.name)
                    weights.setdefault(word, {})[matter.code] = weight
        self.scanner = _Scanner(weights)
        safety = [matter for matter in matters if matter.safety]
        self.dangers = _Scanner({word: True for matter in safety for word in matter.strong})
        self.danger_pairs = tuple(pair for matter in safety for pair in matter.together)

    def words(self) -> Mapping[str, Mapping[str, float]]:
        """Every keyword with the classes and matters that it speaks for, and how strongly (关键词与权重)."""
        return self.scanner.payloads

    def residual(self, class_code: str) -> str | None:
        """Code of the residual matter (其他) of a class, None when the catalogue has none."""
        code = class_code + "99"
        return code if code in self.matters else None

    @classmethod
    def from_toml(cls, text: str) -> Catalogue:
        """Read a catalogue written like ``matters.toml``. Raises ValueError, in Chinese, when it is malformed."""
        try:
            tables = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ValueError(f"事项目录不是有效的 TOML 文件：{error}。请按提示的行列修改。") from error
        codes = [_field(row, "code") for row in tables.get("class", [])]
        if len(set(codes)) != len(codes):
            raise ValueError("事项目录有重复的一级分类编码，请逐条改成不同的编码。")
        return cls(
            (
                MatterClass(_field(row, "code"), _field(row, "name"), _field(row, "owner"), _words(row, "keywords"))
                for row in tables.get("class", [])
            ),
            (
                Matter(
                    code=_field(row, "code"),
                    class_code=_field(row, "class"),
                    name=_field(row, "name"),
                    owner=_field(row, "owner"),
                    safety=row.get("safety") is True,
                    strong=_words(row, "strong"),
                    weak=_words(row, "weak"),
                    together=_pairs(row, "together"),
                )
                for row in tables.get("matter", [])
            ),
        )


def _field(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value:
        raise ValueError(f"事项目录有一条缺少“{key}”（该条为 {row.get('code') or row.get('name')}），请补上。")
    return value


def _words(row: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = row.get(key, [])
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise ValueError(f"“{row.get('name')}”的“{key}”应是一组加引号的词，请修改。")
    return tuple(value)


def _pairs(row: Mapping[str, Any], key: str) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    found = []
    for pair in row.get(key, []):
        if not isinstance(pair, list) or len(pair) != 2:
            raise ValueError(f"“{row.get('name')}”的“{key}”每一项应是两组词：[[物件], [迹象]]，请修改。")
        things, signs = (_words({"name": row.get("name"), key: words}, key) for words in pair)
        for word in (*things, *signs):
            _check_word(word, str(row.get("name")))
        found.append((things, signs))
    return tuple(found)


def _check_owner(owner: str, name: str) -> None:
    if owner not in OWNERS:
        raise ValueError(f"“{name}”的承办部门类别“{owner}”不认识，可用的有：{'、'.join(OWNERS)}。")


def _check_word(word: str, name: str) -> None:
    if len(word) < 2:
        raise ValueError(f"“{name}”的关键词“{word}”太短，请至少用两个字。")


@cache
def default_catalogue() -> Catalogue:
    """Return the catalogue that comes with Linli (自带事项目录), read once."""
    return Catalogue.from_toml(Path(__file__).parent.with_name("matters.toml").read_text(encoding="utf-8"))


# A denial shortly before a word ("不是噪声问题") takes the word out of the evidence. A bare 没有 or 不 does not:
# "没有路灯" complains about street lights all the same.
_DENIED = re.compile(r"(?:不是|并非|不属于|不涉及|不关|无关于)(?:什么|因为|关于|要|来|想)?$")
_UNRELATED = re.compile(r"(?:问题|事情|的事)?(?:无关|没关系|没有关系)")
LOOK = 8  # characters before or after a word that are read for a denial


def denied(text: str, start: int, end: int) -> bool:
    """Whether the writer says that a word is not what it is about: 不是噪声问题."""
    before = text[max(0, start - LOOK) : start]
    return bool(_DENIED.search(before) or _UNRELATED.match(text, end, end + LOOK))


@dataclass(slots=True)
class _Tally:
    """Occurrences of one keyword in one part of an appeal."""

    first: Span
    factor: float
    times: int


def _tallies(
    scanner: _Scanner[dict[str, float]], parts: Iterable[tuple[Where, str]]
) -> list[tuple[_Tally, dict[str, float]]]:
    found: dict[tuple[Where, str], tuple[_Tally, dict[str, float]]] = {}
    for where, text in parts:
        for start, end, word, targets in scanner.scan(text):
            known = found.get((where, word))
            if known is None:
                if denied(text, start, end):
                    continue
                factor = _TITLE_FACTOR if where == "title" else _LEAD_FACTOR if start < _LEAD else 1.0
                found[where, word] = (_Tally(Span(start, end, word, where), factor, 1), targets)
            elif not denied(text, start, end):
                known[0].times += 1
    return list(found.values())


def suggest(text: str, *, title: str = "", catalogue: Catalogue | None = None, top: int = 3) -> list[Suggestion]:
    """Suggest matters for an appeal (事项建议), best first.

    Arguments: the body, the title (its words count more), the catalogue (default: the one that comes with Linli),
    and how many suggestions at most. An appeal without any keyword gives an empty list. Evidence names, per word,
    its first place in the title or the body. The score is the matter's evidence divided by all evidence found.
    Raises nothing on any text. Source: see the module.
    """
    catalogue = catalogue or default_catalogue()
    own: dict[str, float] = {}
    evidence: dict[str, list[Span]] = {}
    of_class: dict[str, float] = {}
    for tally, targets in _tallies(catalogue.scanner, (("title", title), ("body", text))):
        strength = tally.factor * (1 + math.log(tally.times))
        best: dict[str, float] = {}
        for code, weight in targets.items():
            own[code] = own.get(code, 0.0) + weight * strength
            evidence.setdefault(code, []).append(tally.first)
            best[code[:2]] = max(best.get(code[:2], 0.0), weight * strength)
        for class_code, value in best.items():  # a word that several matters of a class share counts once
            of_class[class_code] = of_class.get(class_code, 0.0) + value
    total = sum(of_class.values()) + _SMOOTHING
    found: list[Suggestion] = []
    for class_code, all_of_class in of_class.items():
        group = catalogue.classes[class_code]
        candidates = [code for code in own if len(code) > 2 and code[:2] == class_code]
        residual = catalogue.residual(class_code)
        if residual is not None and residual not in own and class_code in own:
            own[residual], evidence[residual] = own[class_code], evidence[class_code]
            candidates.append(residual)
        for code in candidates:
            matter = catalogue.matters[code]
            value = own[code] + _CLASS_SHARE * (all_of_class - own[code])
            spans = evidence[code]
            found.append(
                Suggestion(
                    code=code,
                    class_code=class_code,
                    name=matter.name,
                    class_name=group.name,
                    owner=matter.owner,
                    safety=matter.safety,
                    score=min(1.0, value / total),
                    evidence=tuple(spans),
                )
            )
    found.sort(key=lambda item: (-item.score, item.code))
    return found[: max(0, top)]


# Kinds of appeal with their cues and weights. Order breaks ties: a report of an offence must not pass for a question.
_KINDS: Mapping[str, Mapping[float, str]] = {
    "举报": {3.0: "举报 实名举报 检举 揭发", 1.5: "涉嫌 贪污 受贿 违法行为 偷排 非法经营 无证经营 冒领 黑恶 传销"},
    "投诉": {
        3.0: "投诉 我要投诉",
        1.2: "强烈不满 不作为 没人管 无人管 不闻不问 态度恶劣 乱收费 扰民 欺骗 质疑 何时了 太差 讨个说法 维权 严惩",
    },
    "表扬": {3.0: "表扬 感谢信 点赞 锦旗 致谢 表示感谢 表示衷心的感谢", 1.5: "热心 拾金不昧 服务周到 好评 为民办实事"},
    "建议": {3.0: "建议 提议 建言 意见和建议 几点意见", 1.0: "应该增设 能否增设 可以考虑 优化 改进"},
    "咨询": {
        3.0: "咨询 请问 想问 问一下 问询 想了解 请教",
        1.0: "如何办理 怎么办理 需要什么 哪些材料 什么条件 是否可以 能不能 什么时候 多少钱 吗？ 吗? 呢？ 有没有 是不是",
    },
    "求助": {3.0: "求助 救救 帮帮 帮忙解决", 1.0: "请求 恳请 恳求 希望解决 盼解决 急需 困难 请帮 求解决 协调解决"},
}
_KIND_ORDER = tuple(_KINDS)
# Courtesy at the end of a letter praises nobody; masked here as a keyword without payload.
_COURTESY = ("感谢您的回复", "非常感谢", "谢谢", "表示感谢！", "不胜感激")


@cache
def _kind_scanner() -> _Scanner[dict[str, float]]:
    cues: dict[str, dict[str, float]] = {word: {} for word in _COURTESY}
    for kind, groups in _KINDS.items():
        for weight, words in groups.items():
            for word in words.split():
                cues.setdefault(word, {})[kind] = weight
    return _Scanner(cues)


def suggest_kind(text: str, *, title: str = "") -> KindSuggestion:
    """Suggest the kind of an appeal (诉求类型建议): 咨询, 求助, 投诉, 举报, 建议 or 表扬.

    Arguments: the body and the title (counts more). Without any cue the answer is 求助 with score 0.
    Raises nothing on any text. Source: see the module.
    """
    scores: dict[str, float] = {}
    evidence: dict[str, list[Span]] = {}
    for tally, kinds in _tallies(_kind_scanner(), (("title", title), ("body", text))):
        for kind, weight in kinds.items():
            scores[kind] = scores.get(kind, 0.0) + weight * tally.factor * (1 + math.log(tally.times))
            evidence.setdefault(kind, []).append(tally.first)
    if not scores:
        return KindSuggestion("求助", 0.0, ())
    kind = max(scores, key=lambda name: (scores[name], -_KIND_ORDER.index(name)))
    return KindSuggestion(kind, scores[kind] / (sum(scores.values()) + _SMOOTHING), tuple(evidence[kind]))

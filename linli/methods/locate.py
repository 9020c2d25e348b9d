"""Where a message is about: places, estates and roads by name (诉求定位), also misheard or mistyped by one character.

Method: the goto function of Aho and Corasick ("Efficient string matching", CACM 18(6), 1975) over the names' sounds, walked for all
texts at once, one character a step; the longest name wins at each spot. Sounds are pinyin without tone in which the pairs that people
of Hunan and Hubei confuse (zh/z, n/l, ang/an …) are one (`pinyin.txt`); what sounds alike is then judged by its characters. In texts
without any such name, names with three characters or more before their kind (花园, 路) are tried with one character wrong, missing, added
or exchanged: one of three pairs of neighbours is then intact (pigeonhole), and `_one_error` decides. Nothing is better than a guess: a name that several places bear is given only where
the text names a parent of one, a name of two characters only where it stands as a place does. Cost: linear in the characters.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from linli.methods.grams import Ints, Keys, Lookup, letters

READ = 3000
"""Characters of a text that are read."""
LONGEST = 30
_CHUNK = 512
_TABLE_BITS = 10, 20  # of the table of beginnings: sixteen places for each name, within these
_BASE, _MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)
_EXACT, _NAME, _ALIAS, _SOUND, _ERROR = 1.0, 0.9, 0.87, 0.8, 0.7
_PARENT, _HOUSE, _CUE, _NEAR = 0.05, 0.03, 0.02, -0.05
_STEM_LEAST = 3  # of two characters before 花园 or 路 one wrong makes another name
_PAIR_MOST = 100  # names with one pair of characters in common that are tried
_TELLING = frozenset("0123456789０１２３４５６７８９一二三四五六七八九十百东西南北上下前后新老大小")
"""What tells one name from its sister (东苑、西苑，一村、二村): never taken for a slip of the pen or of the ear."""

_KIND = re.compile(
    r"(?:小区|社区|花园|家园|公寓|公馆|广场|大厦|学院|大学|中学|小学|学校|医院|市场|大道|新城|中心|街道|路|街|巷|弄|村|镇|乡|区|县|市|苑|城|府|园|湾|庭|郡|轩|阁|桥|山|湖|站|厂|里|坊)$"
)
_ROADS = "路街巷弄村镇乡县市"
_BEFORE = re.compile(
    r"(?:^|[^\w]|在|住|位于|到|至|去|从|往|自|由|沿|和|与|及|是|市|区|县|镇|乡|街道|社区|路|附近|靠近|挨着|临近|对面|关于|反映|请求|建议|投诉)$"
)
_NUMBER = r"[0-9０-９A-Za-z一二三四五六七八九十百零〇]{1,6}"
_HOUSE_NUMBER = re.compile(
    rf"(?:小区|社区|院内|[里内的])?\s?((?:(?:[东西南北]?(?:区|苑|院)|{_NUMBER}期|第?{_NUMBER}组)[，,\s]?)?{_NUMBER}(?:[-—－]{_NUMBER})*\s?(?:号院|号楼|号|栋|幢|座|单元|弄|门牌|组)"
    rf"(?:附?{_NUMBER}(?:[-—－]{_NUMBER})*\s?(?:号楼|栋|幢|座|单元|门|室|房|楼|层|号|户))*(?:[0-9]{{2,4}}(?![0-9年月日]))?)"
)
_RELATION = re.compile(
    r"(?:小区|社区)?[的地]?(附近|对面|旁边|旁|斜对面|隔壁|周边|周围|楼下|门口|门前|后面|前面|路口|交叉口|东侧|西侧|南侧|北侧)"
)


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the gazetteer (地名). parent: code of the place it lies in, "" where the code says it by its beginning."""

    code: str
    name: str
    aliases: tuple[str, ...] = ()
    kind: str = ""
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A place that a text is about (定位结果): ``text[start:end]`` names it.

    detail: house number or building behind it. relation: 附近, 对面 …, "" where the place itself is meant. score: 0..1. reason: Chinese.
    exact: whether it is written as the name or an alias is.
    """

    code: str
    name: str
    start: int
    end: int
    score: float
    reason: str
    detail: str = ""
    relation: str = ""
    exact: bool = True


@cache
def syllables() -> dict[str, str]:
    """Each character's reading without tone (拼音)."""
    out = {}
    for line in Path(__file__).with_name("pinyin.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            syllable, characters = line.split(" ")
            out.update(dict.fromkeys(characters, syllable))
    return out


def folded(syllable: str) -> str:
    """A syllable in which pairs that are often confused are one (模糊音)."""
    for one, other in (("zh", "z"), ("ch", "c"), ("sh", "s")):
        if syllable.startswith(one):
            syllable = other + syllable[2:]
    if syllable.startswith("n") and len(syllable) > 1:
        syllable = "l" + syllable[1:]
    return syllable[:-1] if syllable.endswith(("ang", "eng", "ing")) else syllable


@cache
def _sounds() -> tuple[Keys, Keys]:
    """For each character of the basic plane its folded sound and its exact sound, 0 for none; what has no reading sounds as itself."""
    near, exact = letters().astype(np.uint64), letters().astype(np.uint64)
    numbers: dict[str, int] = {}
    for character, syllable in syllables().items():
        for table, said in ((near, folded(syllable)), (exact, syllable)):
            table[ord(character)] = 0x20000 + numbers.setdefault(said, len(numbers))
    return near, exact


def _points(texts: Sequence[str]) -> tuple[Ints, Ints]:
    """Characters of texts end to end with a gap after each, and where each begins; what is beyond the basic plane is a gap."""
    cut = [text[:READ] for text in texts]
    raw = np.frombuffer("\0".join([*cut, ""]).encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.int64)
    sizes = np.fromiter((len(text) + 1 for text in cut), np.int64, len(cut))
    return np.where(raw < 0x10000, raw, 0), np.cumsum(sizes) - sizes


class Locator:
    """Names of places, ready for searching many texts (定位器).

    Arguments: the places. Names and aliases of fewer than two or more than thirty characters, or with signs in them, are left out.
    Raises ValueError, in Chinese and naming the place, on an empty or repeated code. 100,000 names take some seconds.
    """

    def __init__(self, places: Iterable[Place]) -> None:
        self.places: dict[str, Place] = {}
        self._above: dict[str, tuple[str, ...]] = {}
        bearers: dict[str, list[tuple[str, bool]]] = defaultdict(list)
        for place in places:
            if not place.code:
                raise ValueError(f"地名“{place.name[:30]}”缺少编码，请补上。")
            if place.code in self.places:
                raise ValueError(f"编码 {place.code}（{place.name[:30]}）出现了两次，请保留一条。")
            self.places[place.code] = place
            for alias, word in enumerate((place.name, *place.aliases)):
                word = word.strip()
                if (
                    2 <= len(word) <= LONGEST
                    and word.isalnum()
                    and all(code != place.code for code, _ in bearers[word])
                ):
                    bearers[word].append((place.code, alias > 0))
        self._sizes = sorted({len(code) for code in self.places}, reverse=True)
        self._bearers = {word: tuple(found) for word, found in bearers.items() if found}
        self._build(list(self._bearers))
        self._pairs: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for word in self._bearers:
            stem = len(_KIND.sub("", word))
            if stem >= _STEM_LEAST:
                for at in {0, stem - 2, min(stem - 1, len(word) - 2)}:
                    self._pairs[word[at : at + 2]].append((word, at))

    def __len__(self) -> int:
        return len(self.places)

    def _build(self, words: list[str]) -> None:
        """Every beginning of every name as a node; the words that end in it."""
        near, _ = _sounds()
        by_size: dict[int, list[str]] = defaultdict(list)
        for word in words:
            by_size[len(word)].append(word)
        parts: list[Keys] = []
        ends: dict[int, list[str]] = defaultdict(list)
        self.longest = max(by_size, default=0)
        for size, group in by_size.items():
            points, start = _points(group)
            run = np.zeros(len(group), dtype=np.uint64)
            for step in range(size):
                run = run * _BASE + near[points[start + step]] * _MIX
                if step:
                    parts.append(_node(run, step + 1))
            for word, key in zip(group, _node(run, size).tolist(), strict=True):
                ends[key].append(word)
        # What begins no name is left at its second character; the table may let a stranger pass, never keeps a name out.
        least, most = _TABLE_BITS
        self._begins = np.zeros(1 << min(most, max(least, (16 * len(words)).bit_length())), dtype=bool)
        if words:
            first, second = (near[_points([word[at] for word in words])[0][::2]] for at in (0, 1))
            self._begins[self._pair(first, second)] = True
        nodes = np.unique(np.concatenate(parts)) if parts else np.zeros(0, np.uint64)
        self._nodes = Lookup(nodes)
        self._ends = [tuple(ends.get(key, ())) for key in nodes.tolist()]
        self._is_end = np.array([bool(found) for found in self._ends], dtype=bool)

    def _pair(self, one: Keys, other: Keys) -> Ints:
        """The place of two sounds in the table of beginnings."""
        return ((one * np.uint64(1021) + other) & np.uint64(len(self._begins) - 1)).astype(np.int64)

    def find(self, text: str) -> list[Found]:
        """The places that a text is about, likeliest first (定位); empty where only a guess could be made. Raises nothing."""
        return self.find_many([text])[0]

    def find_many(self, texts: Sequence[str]) -> list[list[Found]]:
        """As `find`, for many texts at once (批量定位)."""
        out: list[list[Found]] = []
        for start in range(0, len(texts), _CHUNK):
            part = texts[start : start + _CHUNK]
            for text, spans in zip(part, self._walk(part), strict=True):
                mentions = self._mentions(text, spans)
                if not mentions:
                    mentions = self._with_one_error(text[:READ])
                out.append(self._ranked(text, mentions) if mentions else [])
        return out

    def _walk(self, texts: Sequence[str]) -> list[list[tuple[int, int, int]]]:
        """For each text (start, size, node) of every stretch that sounds like a name."""
        near, _ = _sounds()
        points, begin = _points(texts)
        sound = near[points]
        spans: list[list[tuple[int, int, int]]] = [[] for _ in texts]
        at = np.flatnonzero(self._begins[self._pair(sound[:-1], sound[1:])]) if len(sound) else np.zeros(0, np.int64)
        at = at[sound[at] > 0]
        run = sound[at] * _MIX
        for size in range(2, self.longest + 1):
            inside = at + size - 1 < len(sound)
            at, run = at[inside], run[inside]
            following = sound[at + size - 1]
            going = following > 0
            at, run = at[going], run[going] * _BASE + following[going] * _MIX
            hit, node = self._nodes.find(_node(run, size))
            order = np.argsort(hit)
            at, run, node = at[hit[order]], run[hit[order]], node[order]
            done = self._is_end[node]
            owner = np.searchsorted(begin, at[done], side="right") - 1
            for text, start, number in zip(
                owner.tolist(), (at[done] - begin[owner]).tolist(), node[done].tolist(), strict=True
            ):
                spans[text].append((start, size, number))
            if not len(at):
                break
        return spans

    def _mentions(self, text: str, spans: list[tuple[int, int, int]]) -> list[tuple[int, int, str, float]]:
        """(start, end, word, score), longest first, none over another; of equally long ones what is written right goes first."""
        judged = []
        for start, size, node in spans:
            said = text[start : start + size]
            for word in self._ends[node]:
                score = _likeness(said, word)
                if score and (score == _EXACT or size > 2):
                    judged.append((-size + (score < _EXACT) / 2, start, size, word, score))
        judged.sort()
        taken: list[tuple[int, int, str, float]] = []
        for _, start, size, word, score in judged:
            end = start + size
            free = all(end <= other[0] or start >= other[1] or (start, end) == other[:2] for other in taken)
            same = any((start, end) == other[:2] and other[3] > score for other in taken)
            if free and not same and _stands_as_place(text, start, end):
                taken.append((start, end, word, score))
        return taken

    def _with_one_error(self, text: str) -> list[tuple[int, int, str, float]]:
        """Names with one character wrong, missing or added; none where names of different places fit."""
        found: dict[tuple[int, int], set[str]] = defaultdict(set)
        for at, pair in enumerate(map(str.__add__, text, text[1:])):
            for word, offset in self._pairs.get(pair, ())[:_PAIR_MOST]:
                for start in range(max(0, at - offset - 1), at - offset + 2):
                    for end in range(start + len(word) - 1, min(len(text), start + len(word) + 1) + 1):
                        if _one_error(text[start:end], word) and _telling(text[start:end]) == _telling(word):
                            found[start, end].add(word)
        fitting = [(span, word) for span, words in found.items() for word in words]
        if len({code for _, word in fitting for code, _ in self._bearers[word]}) != 1:
            return []
        # Of the readings the longest name in its own length: a character too many or too few is the rarer error.
        (start, end), word = min(fitting, key=lambda one: (-len(one[1]), abs(one[0][1] - one[0][0] - len(one[1])), one))
        return [(start, end, word, _ERROR)] if text[start:end].isalnum() else []

    def _ranked(self, text: str, mentions: list[tuple[int, int, str, float]]) -> list[Found]:
        named = {code for _, _, word, _ in mentions for code, _ in self._bearers[word] if len(self._bearers[word]) == 1}
        best: dict[str, Found] = {}
        for start, end, word, likeness in mentions:
            bearers = self._bearers[word]
            depths = [self._depth(code, named) for code, _ in bearers]
            deepest = max(depths)
            chosen = [bearer for bearer, depth in zip(bearers, depths, strict=True) if depth == deepest]
            if len(chosen) != 1:
                continue  # several places bear the name and nothing in the text tells which
            found = self._found(text, start, end, word, likeness, chosen[0], deepest > 0)
            if found.code not in best or best[found.code].score < found.score:
                best[found.code] = found
        # A place whose part is named too only tells where the part is.
        parents = {parent for code in best for parent in self._ancestors(code)}
        return sorted(best.values(), key=lambda one: (one.code in parents, -one.score, one.start, one.code))

    def _found(
        self, text: str, start: int, end: int, word: str, likeness: float, bearer: tuple[str, bool], parent: bool
    ) -> Found:
        code, is_alias = bearer
        said = text[start:end]
        if likeness == _EXACT:
            score, reasons = (_ALIAS, [f"别名“{word}”"]) if is_alias else (_NAME, ["全名"])
        elif likeness == _ERROR:
            score, reasons = _ERROR, [f"“{said}”与“{word}”只差一字"]
        else:
            score, reasons = likeness, [f"“{said}”与“{word}”同音或近音"]
        detail, relation = "", ""
        house = _HOUSE_NUMBER.match(text, end)
        if house:
            detail, score = house[1], score + _HOUSE
            reasons.append(f"后有门牌“{detail}”")
        near = _RELATION.match(text, house.end() if house else end)
        if near:
            relation, score = near[1], score + _NEAR
            reasons.append(f"在其{relation}")
        if parent:
            score += _PARENT
            reasons.append("上级地名也在文中")
        if _BEFORE.search(text[max(0, start - 4) : start]):
            score += _CUE
        name, reason = self.places[code].name, "；".join(reasons)
        return Found(code, name, start, end, min(1.0, score), reason, detail, relation, likeness == _EXACT)

    def _ancestors(self, code: str) -> tuple[str, ...]:
        """The places that a place lies in, nearest first."""
        known = self._above.get(code)
        if known is None:
            out: list[str] = []
            at = code
            while True:
                parent = self.places[at].parent
                if not parent:
                    shorter = (at[:size] for size in self._sizes if size < len(at))
                    parent = next((one for one in shorter if one in self.places), "")
                if not parent or parent in out or parent not in self.places:
                    break
                out.append(parent)
                at = parent
            known = self._above[code] = tuple(out)
        return known

    def _depth(self, code: str, named: set[str]) -> int:
        """How near a named place is that it lies in: more is nearer, 0 for none."""
        ancestors = self._ancestors(code)
        return next((len(ancestors) - at for at, parent in enumerate(ancestors) if parent in named), 0)


def _node(run: Keys, size: int) -> Keys:
    mixed: Keys = run + np.full(1, size, np.uint64) * _MIX
    mixed ^= mixed >> np.uint64(32)
    mixed *= _MIX
    mixed |= np.uint64(1)
    return mixed


def _likeness(said: str, word: str) -> float:
    """How well what is written fits a name of the same sound, 0 for not well enough: half of the characters must be right, and in names
    of three all but one."""
    if said == word:
        return _EXACT
    if _telling(said) != _telling(word):
        return 0.0
    same = sum(one == other for one, other in zip(said, word, strict=True))
    if len(word) < 3 or same * 2 < len(word) or (len(word) == 3 and same < 2):
        return 0.0
    known = syllables()
    alike = all(
        known.get(one, one.lower()) == known.get(other, other.lower()) for one, other in zip(said, word, strict=True)
    )
    return _SOUND + (0.03 if alike else 0.0)


def _telling(name: str) -> str:
    """The characters of a name that tell it from its sisters."""
    return "".join(character for character in name if character in _TELLING)


def _stands_as_place(text: str, start: int, end: int) -> bool:
    """Whether a name stands as a place does: one of two characters must not be part of a longer word."""
    if end - start > 2:
        return True
    if not _BEFORE.search(text[max(0, start - 4) : start]):
        return False
    if text[end - 1] in _ROADS:
        return True
    following = text[end : end + 4]
    return not following[:1].isalnum() or bool(_HOUSE_NUMBER.match(text, end) or _RELATION.match(text, end))


def _one_error(said: str, word: str) -> bool:
    """Whether two different strings differ by one character: replaced, missing or added, or two neighbours exchanged."""
    if abs(len(said) - len(word)) > 1 or said == word:
        return False
    head = 0
    least = min(len(said), len(word))
    while head < least and said[head] == word[head]:
        head += 1
    tail = 0
    while tail < least - head and said[-1 - tail] == word[-1 - tail]:
        tail += 1
    if len(said) != len(word):
        return head + tail >= least
    rest = len(said) - head - tail
    return rest == 1 or (rest == 2 and said[head : head + 2] == word[head : head + 2][::-1])

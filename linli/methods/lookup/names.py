"""Find the places that a text names (地名识别), for 诉求定位.

Method: dictionary matching against the gazetteer (one tree of areas by code), longest name first, then
disambiguation by the area hierarchy: of several places with one name, the one whose parent is also named in the
text is meant (the containment heuristic of toponym resolution: J. L. Leidner, "Toponym Resolution in Text", 2007).
Nothing is learnt. A hit is a suggestion that a person confirms on the form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

# What a name ends in, longest first, and what people write after the short name instead.
_SUFFIXES: Mapping[str, tuple[str, ...]] = {
    "社区居民委员会": ("社区", "小区", "居委会"),
    "居民委员会": ("社区", "小区", "居委会"),
    "社区居委会": ("社区", "小区", "居委会"),
    "村民委员会": ("村", "村委会"),
    "街道办事处": ("街道", "街办"),
    "居委会": ("社区", "小区", "居委会"),
    "村委会": ("村", "村委会"),
    "社区": ("小区", "居委会", "居民委员会"),
    "小区": ("社区",),
    "街道": ("街办",),
    "镇": ("政府", "街上"),
    "乡": ("政府", "街上"),
    "村": ("村委会", "社区"),
    "区": ("政府",),
    "县": ("政府", "城"),
    "市": ("政府",),
}
_KIND_WORDS = ("小区", "社区", "街道")
# Words of every day that are also short names of hundreds of places: alone they name none.
_EVERYDAY_LIST = (
    "人民 建设 和平 幸福 光明 团结 民主 自由 解放 胜利 前进 东方 西方 南方 北方 新建 红旗 红星 先锋 友谊 文化 "
    "健康 中心 中山 长江 大桥 学校 医院 工业 农业 科技 创业 创新 发展 和谐 平安 文明 繁荣 民生 公园 广场 花园 "
    "机关 新城 新村 新华 新民 新兴 车站 火车站 体育馆 安全 合作 服务 开发 生活 环保 石油 电力 铁路 交通 城市 "
    "城关 城东 城西 城南 城北 东湖 西湖 南湖 北湖 市场 永远 长期 高桥 双桥 大庆 复兴 振兴 劳动 教育 卫生 公安"
)
_EVERYDAY = frozenset(_EVERYDAY_LIST.split())

_FULL, _ALIAS, _SHORT_KIND, _SHORT_OTHER, _SHORT_ALONE = 1.0, 0.95, 0.8, 0.5, 0.6
_PARENT_BONUS = 0.1
_DETAIL_REACH = 24  # characters after a place in which its building may stand

_NUMBER = r"[0-9０-９A-Za-z一二三四五六七八九十百零〇]{1,5}"
_BUILDING = re.compile(
    rf"{_NUMBER}\s?(?:号楼|栋|幢|号|座)(?:\s?{_NUMBER}\s?(?:单元|门栋|门))?(?:\s?{_NUMBER}\s?(?:室|房|楼|层|号|户))?"
    rf"|{_NUMBER}\s?单元(?:\s?{_NUMBER}\s?(?:室|房|楼|层|号|户))?"
)


@dataclass(frozen=True, slots=True)
class Hit:
    """A place found in a text (地名命中): ``text[start:end]`` names it.

    ``score`` is in 0..1: 1 for a full name, less for a short one, divided among the places when the name stays
    ambiguous. ``detail`` is the building that follows (3栋, 2号楼1单元), "" when none.
    """

    code: str
    name: str
    start: int
    end: int
    score: float
    detail: str = ""


@dataclass(frozen=True, slots=True)
class _Entry:
    code: str
    name: str
    score: float
    followers: tuple[str, ...]  # empty for full names and aliases; for short names, the words that may follow


def shorten(name: str) -> tuple[str, tuple[str, ...]] | None:
    """Return the name without its kind word and the kind words that may follow it, or None (去掉通名).

    None when nothing of at least two characters is left. ``shorten("滨江社区")`` gives 滨江.
    """
    for suffix, followers in _SUFFIXES.items():
        if name.endswith(suffix):
            short = name[: -len(suffix)]
            return (short, followers) if len(short) >= 2 else None
    return None


class Gazetteer:
    """Names of places, ready for searching (地名库).

    Arguments: entries ``(code, name, aliases)``; a place lies within another when its code begins with the other's.
    Names and aliases of one character are left out. Raises ValueError, in Chinese, on an empty code or a code
    given twice. Finding takes time linear in the text.
    """

    def __init__(self, entries: Iterable[tuple[str, str, Iterable[str]]]) -> None:
        self._by_word: dict[str, list[_Entry]] = {}
        self._codes: set[str] = set()
        for code, name, aliases in entries:
            if not code:
                raise ValueError(f"地名“{name}”缺少区划编码，请补上。")
            if code in self._codes:
                raise ValueError(f"区划编码 {code}（{name}）出现了两次，请保留一条。")
            self._codes.add(code)
            self._put(name, _Entry(code, name, _FULL, ()))
            for alias in aliases:
                self._put(alias, _Entry(code, name, _ALIAS, ()))
            short = shorten(name)
            if short is not None:
                self._put(short[0], _Entry(code, name, _SHORT_ALONE, short[1]))
        lengths: dict[str, set[int]] = {}
        for word in self._by_word:
            lengths.setdefault(word[:2], set()).add(len(word))
        self._lengths = {head: tuple(sorted(sizes, reverse=True)) for head, sizes in lengths.items()}

    def __len__(self) -> int:
        return len(self._codes)

    def _put(self, word: str, entry: _Entry) -> None:
        if len(word) >= 2:
            known = self._by_word.setdefault(word, [])
            if all(other.code != entry.code for other in known):  # the first, fuller reading stays
                known.append(entry)

    def find(self, text: str, within: str | None = None) -> list[Hit]:
        """Return the places named in a text, the likeliest and most specific first.

        Arguments: the text; ``within``, a code: only this place and places inside it count, and uniqueness of a
        short name is judged there. The longest name wins at each spot. A name that several places share goes to
        the place whose parent the text also names; without one, every bearer is returned with a divided score,
        after all clear hits. Each place is returned once, at its first mention. Raises nothing on any text.
        """
        mentions = self._mentions(text, within or "")
        named = {entries[0].code for _, _, entries in mentions if len(entries) == 1}
        clear: dict[str, Hit] = {}
        doubtful: dict[str, Hit] = {}
        starts = [start for start, _, _ in mentions]
        for place, (start, end, entries) in enumerate(mentions):
            chosen, bonus = _resolve(entries, named)
            limit = starts[place + 1] if place + 1 < len(starts) else len(text)
            detail = _detail(text, end, limit)
            for entry in chosen:
                score = min(1.0, entry.score + bonus) / len(chosen)
                hit = Hit(entry.code, entry.name, start, end, score, detail)
                pool = clear if len(chosen) == 1 else doubtful
                known = pool.get(entry.code)
                if known is None:
                    pool[entry.code] = hit
                elif score > known.score:
                    pool[entry.code] = replace(hit, detail=detail or known.detail)
                elif detail and not known.detail:
                    pool[entry.code] = replace(known, detail=detail)
        doubtful = {code: hit for code, hit in doubtful.items() if code not in clear}

        def order(hit: Hit) -> tuple[int, float, int, str]:
            return (-len(hit.code), -hit.score, hit.start, hit.code)

        return sorted(clear.values(), key=order) + sorted(doubtful.values(), key=order)

    def _mentions(self, text: str, within: str) -> list[tuple[int, int, list[_Entry]]]:
        found: list[tuple[int, int, list[_Entry]]] = []
        free = 0
        for start, head in enumerate(map(str.__add__, text, text[1:])):
            if start < free or head not in self._lengths:
                continue
            for size in self._lengths[head]:
                end = start + size
                bearers = self._by_word.get(text[start:end]) if end <= len(text) else None
                if bearers is None:
                    continue
                inside = [entry for entry in bearers if entry.code.startswith(within)] if within else bearers
                entries = _readings(text, start, end, inside)
                if entries:
                    free = end
                    found.append((start, free, entries))
                    break
        return found


def _readings(text: str, start: int, end: int, bearers: list[_Entry]) -> list[_Entry]:
    """The places a word may mean here: full names if any, else short names that a kind word or uniqueness bears out."""
    full = [entry for entry in bearers if not entry.followers]
    if full:
        return full
    same_kind = [entry for entry in bearers if text.startswith(entry.followers, end)]
    if same_kind:
        return [replace(entry, score=_SHORT_KIND) for entry in same_kind]
    if text.startswith(_KIND_WORDS, end):
        return [replace(entry, score=_SHORT_OTHER) for entry in bearers]
    if len(bearers) == 1 and text[start:end] not in _EVERYDAY:
        return bearers
    return []


def _resolve(entries: list[_Entry], named: set[str]) -> tuple[list[_Entry], float]:
    """The entries whose nearest named parent is the nearest of all, and the bonus that a named parent earns."""

    def nearest_parent(code: str) -> int:
        return max((size for size in range(1, len(code)) if code[:size] in named), default=0)

    depths = [nearest_parent(entry.code) for entry in entries]
    deepest = max(depths)
    chosen = [entry for entry, depth in zip(entries, depths, strict=True) if depth == deepest]
    return chosen, _PARENT_BONUS if deepest else 0.0


def _detail(text: str, end: int, limit: int) -> str:
    found = _BUILDING.search(text, end, min(limit, end + _DETAIL_REACH))
    return found.group() if found else ""

"""Numbers that Word draws and does not store (Word 自动编号): 第一条, （一）, 1. from numbering.xml."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from linli.law.parse.numerals import numeral_of

if TYPE_CHECKING:
    from lxml.etree import _Element

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_NUMBERING = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/numbering"
_HOLE = re.compile(r"%([1-9])")
_CHINESE = frozenset(
    {
        "chineseCounting",
        "chineseCountingThousand",
        "japaneseCounting",
        "taiwaneseCounting",
        "taiwaneseCountingThousand",
        "koreanCounting",
    }
)
_DIGITS = frozenset({"ideographDigital", "japaneseDigitalTenThousand", "taiwaneseDigital", "koreanDigital2"})
_LEGAL = {
    "chineseLegalSimplified": "零壹贰叁肆伍陆柒捌玖拾佰仟",
    "ideographLegalTraditional": "零壹貳參肆伍陸柒捌玖拾佰仟",
}
_SERIES = {"ideographTraditional": "甲乙丙丁戊己庚辛壬癸", "ideographZodiac": "子丑寅卯辰巳午未申酉戌亥"}
_CIRCLED = frozenset({"decimalEnclosedCircle", "decimalEnclosedCircleChinese", "ideographEnclosedCircle"})
_ROMAN = ((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))  # fmt: skip
_SUFFIX = {"space": " ", "nothing": ""}


@dataclass
class _Level:
    """One level of a list: how its number is counted and drawn."""

    start: int = 1
    format: str = "decimal"
    text: str = ""
    suffix: str = "\t"
    restart: int = -1  # the level that sets it back; -1 for the one above, 0 for none
    legal: bool = False


@dataclass
class _List:
    levels: dict[int, _Level] = field(default_factory=dict)
    counts: dict[int, int] = field(default_factory=dict)


@dataclass
class Numbering:
    """The lists of a document, and where each of them stands (编号的状态). Paragraphs are asked in their order."""

    lists: dict[str, _List] = field(default_factory=dict)
    styles: dict[str, tuple[str, int]] = field(default_factory=dict)
    default: str = ""

    @classmethod
    def of(cls, document: Any) -> Numbering:
        """Lists and numbered styles of a document of python-docx; empty where it has none."""
        found = cls()
        try:
            root = document.part.part_related_by(_NUMBERING).element
        except (KeyError, AttributeError):
            return found
        found._read_lists(root)
        found._read_styles(document.styles.element)
        return found

    def label(self, paragraph: _Element) -> str:
        """The number that Word draws before a paragraph, with the space or tab behind it; "" where there is none."""
        at = self._place(paragraph)
        if at is None or at[0] not in self.lists:
            return ""
        one, depth = self.lists[at[0]], at[1]
        level = one.levels.get(depth)
        if level is None:
            return ""
        one.counts[depth] = one.counts.get(depth, level.start - 1) + 1
        for deeper, below in one.levels.items():
            if deeper > depth and below.restart != 0 and (below.restart < 0 or depth < below.restart):
                one.counts.pop(deeper, None)
        if level.format in ("bullet", "none") and "%" not in level.text:
            return ""

        def drawn(match: re.Match[str]) -> str:
            other = int(match[1]) - 1
            whose = one.levels.get(other, level)
            count = one.counts.get(other, whose.start)
            return _drawn(count, "decimal" if level.legal and other != depth else whose.format)

        text = _HOLE.sub(drawn, level.text)
        return text + level.suffix if text.strip() else ""

    def _place(self, paragraph: _Element) -> tuple[str, int] | None:
        """List and level of a paragraph: its own, else those of its style."""
        style = paragraph.find(f"{_W}pPr/{_W}pStyle")
        styled = self.styles.get(style.get(f"{_W}val", "") if style is not None else self.default)
        own = paragraph.find(f"{_W}pPr/{_W}numPr")
        if own is None:
            return styled
        number, depth = own.find(f"{_W}numId"), own.find(f"{_W}ilvl")
        if number is None:
            return (styled[0], _int(depth, styled[1])) if styled else None
        name = number.get(f"{_W}val", "0")
        return None if name == "0" else (name, _int(depth, styled[1] if styled and styled[0] == name else 0))

    def _read_lists(self, root: _Element) -> None:
        abstract = {one.get(f"{_W}abstractNumId", ""): one for one in root.findall(f"{_W}abstractNum")}
        linked = {}
        for key, one in abstract.items():
            style = one.find(f"{_W}styleLink")
            if style is not None:
                linked[style.get(f"{_W}val", "")] = key
        shared: dict[str, _List] = {}
        for number in root.findall(f"{_W}num"):
            refers = number.find(f"{_W}abstractNumId")
            key = refers.get(f"{_W}val", "") if refers is not None else ""
            if key not in abstract:
                continue
            link = abstract[key].find(f"{_W}numStyleLink")
            if link is not None:
                key = linked.get(link.get(f"{_W}val", ""), key)
            overrides = number.findall(f"{_W}lvlOverride")
            if overrides:
                one = _List(_levels(abstract[key]))
                for override in overrides:
                    depth = _number(override.get(f"{_W}ilvl"), 0)
                    again = override.find(f"{_W}lvl")
                    if again is not None:
                        one.levels[depth] = _level(again)
                    if depth in one.levels:
                        one.levels[depth].start = _int(override.find(f"{_W}startOverride"), one.levels[depth].start)
            else:
                one = shared.setdefault(key, _List(_levels(abstract[key])))
            name = number.get(f"{_W}numId", "")
            self.lists[name] = one
            for depth, level in enumerate(abstract[key].findall(f"{_W}lvl")):
                style = level.find(f"{_W}pStyle")
                if style is not None:
                    self.styles.setdefault(style.get(f"{_W}val", ""), (name, _number(level.get(f"{_W}ilvl"), depth)))

    def _read_styles(self, root: _Element) -> None:
        styles = {style.get(f"{_W}styleId", ""): style for style in root.findall(f"{_W}style")}
        for name, style in styles.items():
            if style.get(f"{_W}type") == "paragraph" and style.get(f"{_W}default") in ("1", "true"):
                self.default = name
            seen: set[str] = set()
            at, one = name, style
            while one is not None and at not in seen:
                seen.add(at)
                own = one.find(f"{_W}pPr/{_W}numPr")
                number = own.find(f"{_W}numId") if own is not None else None
                if number is not None:
                    value = number.get(f"{_W}val", "0")
                    depth = own.find(f"{_W}ilvl") if own is not None else None
                    drawn = self.styles.get(at)
                    level = drawn[1] if drawn is not None and depth is None else _int(depth, 0)
                    if value == "0":
                        self.styles.pop(name, None)
                    else:
                        self.styles[name] = (value, level)
                    break
                above = one.find(f"{_W}basedOn")
                at = above.get(f"{_W}val", "") if above is not None else ""
                found = styles.get(at)
                if found is None:
                    break
                one = found


def _levels(abstract: _Element) -> dict[int, _Level]:
    return {_number(one.get(f"{_W}ilvl"), n): _level(one) for n, one in enumerate(abstract.findall(f"{_W}lvl"))}


def _level(one: _Element) -> _Level:
    def value(name: str, default: str) -> str:
        found = one.find(f"{_W}{name}")
        return found.get(f"{_W}val", default) if found is not None else default

    legal = one.find(f"{_W}isLgl") is not None and value("isLgl", "1") not in ("0", "false", "off")
    return _Level(
        start=_int(one.find(f"{_W}start"), 1),
        format=value("numFmt", "decimal"),
        text=value("lvlText", ""),
        suffix=_SUFFIX.get(value("suff", "tab"), "\t"),
        restart=_int(one.find(f"{_W}lvlRestart"), -1),
        legal=legal,
    )


def _int(one: _Element | None, default: int) -> int:
    return _number(one.get(f"{_W}val"), default) if one is not None else default


def _number(text: str | None, default: int) -> int:
    return int(text) if text is not None and text.lstrip("-").isdecimal() and len(text) < 7 else default


def _drawn(count: int, format: str) -> str:
    """A number as Word draws it (编号样式); in plain figures where the format is not one of statutes."""
    if 0 < count <= 9999:
        if format in _CHINESE:
            return numeral_of(count)
        if format in _LEGAL:
            return numeral_of(count).translate(
                dict(zip(map(ord, "零一二三四五六七八九十百千"), _LEGAL[format], strict=True))
            )
        if format in _DIGITS:
            return "".join("〇一二三四五六七八九"[int(digit)] for digit in str(count))
        if format in _SERIES and count <= len(_SERIES[format]):
            return _SERIES[format][count - 1]
        if format in _CIRCLED and count <= 20:
            return chr(0x2460 + count - 1)
        if format in ("upperLetter", "lowerLetter"):
            letter = chr(ord("A") + (count - 1) % 26) * ((count - 1) // 26 + 1)
            return letter if format == "upperLetter" else letter.lower()
        if format in ("upperRoman", "lowerRoman"):
            roman, left = "", count
            for worth, sign in _ROMAN:
                roman += sign * (left // worth)
                left %= worth
            return roman if format == "upperRoman" else roman.lower()
        if format == "decimalZero":
            return f"{count:02d}"
    if format == "decimalFullWidth":
        return str(count).translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    return "" if format == "none" else str(count)

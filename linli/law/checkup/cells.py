"""What a cell says (单元格读法): figures, yes and no, sets and days as people type them; what cannot be meant is refused.

Nothing is guessed: a cell that says nothing, or nothing certain, is None, which a rule judges as unknown and never as 0. Where 无 is
taken for 0 it is told.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation


class BadCell(ValueError):
    """A cell that cannot be taken as it is (单元格有误). Args: why, what is wrong. mend, what to do."""

    def __init__(self, why: str, mend: str) -> None:
        super().__init__(f"{why}。{mend}")
        self.why, self.mend = why, mend


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NOTHING = _words(
    "- -- --- — —— – / // \\ ? ?? . .. … …… 空 空白 不详 未知 未统计 未填 未报 待定 待统计 待补 暂无 暂无数据 无数据 没有数据 缺 缺失 不适用 n/a na null none nan #n/a"
) | {""}
"""What people write when they have no figure."""
LONGEST_NOTHING = 12
"""No such word is longer, blanks around it included."""

ERRORS = frozenset({"#ref!", "#value!", "#name?", "#div/0!", "#num!", "#null!"})
NONE = frozenset({"无", "没有"})
"""What people write when they have looked and there is none: 0 of what can be counted, none of a list. Of a date it may as well
mean that nobody noted it, and an average of nothing is no 0."""
COUNTED = frozenset({"persons", "households", "m2", "count", "yuan"})
"""Units in which none is 0."""
AS_ZERO = "“无”按 0 计；不是没有、而是没有数据的，请留空"
AS_EMPTY = "“无”按一项也没有计；不是没有、而是没有数据的，请留空"
YES = _words(
    "是 有 √ ✓ ✔ ☑ y yes true 1 已 已有 已建 已设 已设立 已建立 已公布 公布 已配备 具备 符合 对 达标 建有 设有 1.0"
)
NO = _words("否 无 没有 × ✗ ✘ x n no false 0 未 未建 未设 未设立 未建立 未公布 未配备 不具备 不符合 不是 不达标 0.0")
URBAN = _words(
    "城市 城镇 城区 城 市区 城市社区 城镇社区 居委会 居民委员会 社区居委会 居民区 城市居委会 城市(社区) 社区 urban 主城区 城乡结合区 镇中心区 镇乡结合区 特殊区域 城市类"
)
RURAL = _words("农村 乡村 村 乡 农 村委会 村民委员会 行政村 建制村 农村社区 村庄 农村(村) rural 乡中心区 农村类")


def tidy(cell: object) -> str:
    """A cell as one line of text, full-width signs and odd spaces made plain."""
    if isinstance(cell, str):
        plain = (
            cell if cell.isascii() or unicodedata.is_normalized("NFKC", cell) else unicodedata.normalize("NFKC", cell)
        )
        return " ".join(plain.replace("\ufeff", "").replace("\x00", "").split())
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(sep=" ")
    return " ".join(str(cell).split())


def says_none(cell: object) -> bool:
    """Whether a cell states that there is none (无)."""
    return isinstance(cell, str) and "".join(tidy(cell).split()) in NONE


def is_nothing(cell: object) -> bool:
    """Whether a cell says that there is no figure."""
    if isinstance(cell, str):
        return cell == "" or (len(cell) < LONGEST_NOTHING and "".join(tidy(cell).split()).casefold() in NOTHING)
    return cell is None


_ABOUT = re.compile(r"^(?:大约|大概|约为|约|近|将近|共计|共有|共|合计|计|有|≈|~)+")
_LOOSE = re.compile(r"(?:左右|上下|余|多)$")
_NUMBER = re.compile(r"([-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|[-+]?\.\d+)\s*(.*)", re.DOTALL)
_ORDERS: Mapping[str, Decimal] = {"亿": Decimal(10**8), "万": Decimal(10**4), "千": Decimal(1000), "百": Decimal(100)}
_ONE = Decimal(1)
_UNITS: Mapping[str, Mapping[str, Decimal]] = {
    "persons": dict.fromkeys(_words("人 名 个人 位 口 人次 个"), _ONE),
    "households": dict.fromkeys(_words("户 户家庭 家"), _ONE),
    "m2": {
        **dict.fromkeys(_words("m2 平方米 平米 平方 ㎡ 平 m^2 m² 方"), _ONE),
        "亩": Decimal(2000) / 3,
        "公顷": Decimal(10_000),
        "km2": Decimal(10**6),
        "平方公里": Decimal(10**6),
    },
    "count": dict.fromkeys(_words("个 处 间 所 次 件 块 人 名 家 套 项 条 支 座 本 份 场"), _ONE),
    "yuan": dict.fromkeys(_words("元 元整 人民币"), _ONE),
    "yuan_per_month": dict.fromkeys(_words("元 元/月 元每月 元/人/月 元/人·月"), _ONE),
    "percent": dict.fromkeys(_words("% 个百分点"), _ONE),
}
"""Words that may stand behind a figure, and how many of the measure's unit one of them is."""

MOST: Mapping[str, float] = {
    "residents": 200_000,
    "households": 80_000,
    "workers": 1_000,
    "area": 200_000,
    "persons": 200_000,
    "count": 100_000,
    "m2": 1_000_000,
    "yuan": 1e13,
    "yuan_per_month": 1e6,
}
"""More than this cannot be meant of one community (不可能的数): by measure, else by unit. Limits of sense, not of any law."""

WHOLE = frozenset({"persons", "households", "count"})


def scale_of(unit: str, words: Sequence[str]) -> Decimal | None:
    """How many of a measure's unit one figure under a title is: （万人） gives 10,000; None when a unit of another kind stands there."""
    if unit not in _UNITS:
        return Decimal(1)
    found = Decimal(1)
    for word in words:
        text = word.removeprefix("单位:").strip()
        order = next((sign for sign in _ORDERS if text.startswith(sign)), "")
        rest = text.removeprefix(order)
        if rest in _UNITS[unit]:
            return _ORDERS.get(order, Decimal(1)) * _UNITS[unit][rest]
        if order and not rest:
            return _ORDERS[order]
        if any(text in others for others in _UNITS.values()):
            return None
    return found


def is_unit(text: str) -> bool:
    """Whether a text is nothing but a unit, as in the second line of a header."""
    word = "".join(tidy(text).split()).strip("()[]").removeprefix("单位:")
    order = next((sign for sign in _ORDERS if word.startswith(sign)), "")
    return any(word.removeprefix(order) in units for units in _UNITS.values())


def number(cell: object, unit: str, scale: Decimal = Decimal(1)) -> tuple[float | None, str]:
    """A figure (数字), in the measure's unit, and a remark where it was not typed plainly.

    Args: scale, how many units one is, from the title.
    Returns: (None, "") when the cell says that there is none.
    Raises: BadCell when it is no figure, negative, or a fraction of a person.
    """
    if isinstance(cell, bool):
        raise BadCell("是“是/否”，不是数字", "请填数字")
    if isinstance(cell, int | float):
        if not math.isfinite(cell):
            raise BadCell("不是数字", "请填数字")
        return _sound(Decimal(repr(cell)) * scale, unit, tidy(cell)), ""
    if isinstance(cell, dt.date | dt.time | dt.timedelta):
        raise BadCell(f"是日期（{tidy(cell)}），不是数字", "请把这一格的格式改为“常规”，重新填数字")
    text = "".join(tidy(cell).split()).replace("，", ",")
    if text.casefold() in NOTHING:
        return None, ""
    if text.casefold() in ERRORS:
        raise BadCell(f"公式结果出错（{text}）", "请改正公式，或粘贴为数值")
    if text in NONE:
        if unit in COUNTED:
            return 0.0, AS_ZERO
        return None, "“无”可能是没有，也可能是没有数据，暂按没有数据处理；确实是 0 的请填 0"
    bare = _ABOUT.sub("", text)
    about = bare != text
    found = _NUMBER.fullmatch(bare)
    if found is None:
        raise BadCell(f"“{text[:20]}”不是数字", "请只填数字，如 1200")
    digits, rest = found.groups()
    factor = Decimal(1)
    if rest and rest[0] in _ORDERS:
        factor, rest = _ORDERS[rest[0]], rest[1:]
    trimmed = _LOOSE.sub("", rest)
    if trimmed == rest and rest:  # 300余户: the loose word may stand before the unit
        trimmed = re.sub(r"^(?:余|多)", "", rest)
    about = about or trimmed != rest
    if trimmed == "%" and unit != "percent":
        raise BadCell(f"“{text[:20]}”是百分比", "请填实际的数，不要填比例")
    if trimmed:
        units = _UNITS.get(unit, {})
        if trimmed not in units:
            raise BadCell(f"“{text[:20]}”里的“{trimmed[:10]}”不是这一列的单位", "请只填数字，单位写在表头")
        factor *= units[trimmed]
        scaled = factor
    else:
        scaled = factor * scale if factor == 1 else factor
    try:
        value = Decimal(digits.replace(",", "")) * scaled
    except InvalidOperation as error:
        raise BadCell(f"“{text[:20]}”不是数字", "请只填数字，如 1200") from error
    sound = _sound(value, unit, text)
    return sound, f"“{text[:20]}”是约数，按 {value.normalize():f} 计算" if about else ""


def _sound(value: Decimal, unit: str, text: str) -> float:
    if value < 0:
        raise BadCell(f"{text[:20]} 是负数", "请填 0 或正数；没有数据请留空")
    if unit in WHOLE and value != value.to_integral_value():
        near = value.to_integral_value()
        if abs(value - near) > Decimal("1e-6"):
            raise BadCell(f"{text[:20]} 不是整数", "人数、户数和个数请填整数")
        value = near
    return float(value)


def most_of(key: str, unit: str) -> float:
    """The largest figure that can be meant of one community."""
    return MOST.get(key, MOST.get(unit, 1e15))


def flag(cell: object) -> bool | None:
    """Yes or no (是否); None when the cell is empty. Raises: BadCell."""
    if isinstance(cell, bool):
        return cell
    text = "".join(tidy(cell).split()).casefold()
    if text in YES:
        return True
    if text in NO:
        return False
    if text in NOTHING:
        return None
    raise BadCell(f"“{text[:20]}”看不出是还是否", "请填“是”或“否”")


def urban(cell: object) -> str | None:
    """`urban` or `rural` (城乡类别), from words or from a code of the statistics bureau (111…123 城镇, 210 220 乡村). Raises: BadCell."""
    text = "".join(tidy(cell).split()).casefold()
    if text in NOTHING or text in NONE:
        return None
    if text in URBAN or re.fullmatch(r"1[12][1-3]", text):
        return "urban"
    if text in RURAL or text in ("210", "220"):
        return "rural"
    raise BadCell(f"“{text[:20]}”看不出是城市还是农村", "请填“城市”或“农村”")


_PARTS = re.compile(r"[、,，;；。\n\r\t|]+|(?<!\d)/|/(?!\d)|(?<=[^\d\s])\s+(?=[^\d\s])")
_EXTRA = re.compile(r"委员会|工作|[和与及以、\s（）()]")


def _bare(word: str) -> str:
    return _EXTRA.sub("", unicodedata.normalize("NFKC", word))


def items(cell: object, wanted: Sequence[str]) -> tuple[frozenset[str] | None, tuple[str, ...]]:
    """Which of the wanted items a cell names (清单项), and what it names besides.

    Returns: (None, ()) when it says nothing; an empty set when it says 0 or 无.
    """
    text = tidy(str(cell).replace("\n", "、") if isinstance(cell, str) else cell)
    packed = "".join(text.split())
    if packed.casefold() in NOTHING:
        return None, ()
    if packed in NONE or packed in ("0", "0个", "0项"):
        return frozenset(), ()
    names = {_bare(item): item for item in wanted}
    found: set[str] = set()
    odd: list[str] = []
    for part in _PARTS.split(text):
        word = _bare(part)
        if not word:
            continue
        if word in names:
            found.add(names[word])
            continue
        within = [item for name, item in names.items() if name in word or (len(word) >= 2 and name.startswith(word))]
        if within:
            found.update(within)
        else:
            odd.append(part.strip()[:20])
    return frozenset(found), tuple(odd)


_DAY = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})(?:\s*[-/.月]\s*(\d{1,2})\s*[日号]?|\s*月份?)?(?:[T ]\d{1,2}:\d{2}(?::\d{2})?)?"
)
_PACKED = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MONTH = re.compile(r"(\d{4})(\d{2})")
_HOW = "请写成 2026-06-30 这样的形式"


def day(cell: object) -> tuple[dt.date | None, str]:
    """A day (日期): a spreadsheet's date or serial number, or text with the year first. A month alone is its first day, and said so.

    Raises: BadCell when it is no day.
    """
    if isinstance(cell, dt.datetime):
        return cell.date(), ""
    if isinstance(cell, dt.date):
        return cell, ""
    if isinstance(cell, bool | dt.time | dt.timedelta):
        raise BadCell("不是日期", _HOW)
    if isinstance(cell, int | float):
        return _from_number(float(cell))
    text = tidy(cell)
    if "".join(text.split()).casefold() in NOTHING:
        return None, ""
    if "".join(text.split()) in NONE:
        return None, "“无”可能是没有办过，也可能是没有数据，暂按没有数据处理；确实一次没有的请填 0"
    try:
        if re.fullmatch(r"\d{4,5}(?:\.\d+)?", text) and not _year(text):
            return _from_number(float(text))
        found = _DAY.fullmatch(text) or _PACKED.fullmatch(text) or _MONTH.fullmatch(text)
        if found:
            year, month, *rest = found.groups()
            if rest and rest[0]:
                return _told(dt.date(int(year), int(month), int(rest[0])), text), ""
            first = _told(dt.date(int(year), int(month), 1), text)
            return first, f"“{text[:20]}”只有年月，按当月 1 日（{first}）计算"
    except ValueError as error:
        if isinstance(error, BadCell):
            raise
        raise BadCell(f"没有“{text[:20]}”这一天", _HOW) from error
    raise BadCell(f"“{text[:20]}”不是看得懂的日期", _HOW)


def _year(text: str) -> bool:
    return len(text) == 4 and 1990 <= int(text) <= 2100


def _from_number(value: float) -> tuple[dt.date, str]:
    if 19_900_000 <= value <= 21_001_231:
        text = str(int(value))
        try:
            return dt.date(int(text[:4]), int(text[4:6]), int(text[6:])), ""
        except ValueError as error:
            raise BadCell(f"没有“{text}”这一天", _HOW) from error
    if not 30_000 <= value < 75_000:
        raise BadCell(f"“{value:g}”不是日期", _HOW)
    return dt.date(1899, 12, 30) + dt.timedelta(days=int(value)), ""


def _told(found: dt.date, text: str) -> dt.date:
    if not 1990 <= found.year <= 2100:
        raise BadCell(f"日期不合理（{text[:20]}）", _HOW)
    return found


_BETWEEN = re.compile(r"[、;；\n]+|[,，](?!\d{3}\b)|\s+和\s*|(?<=[日号])\s*[和及]?\s*(?=\d{4})")


def days(cell: object, as_of: dt.date) -> tuple[tuple[dt.date, ...] | None, str]:
    """The days on which something was done (各次日期), without those after the day of the check-up, which are told.

    Returns: (None, remark) when the cell says nothing; an empty tuple only when it says 0.
    Raises: BadCell.
    """
    if isinstance(cell, int | float) and not isinstance(cell, bool) and cell == 0:
        return (), ""
    if not isinstance(cell, str):
        found, note = day(cell)
        parts = [(found, note)]
    else:
        text = unicodedata.normalize("NFKC", cell).strip()
        if text in ("0", "0次"):
            return (), ""
        parts = [day(part) for part in _BETWEEN.split(text) if part.strip()] or [(None, "")]
    known = [one for one, _ in parts if one is not None]
    past = tuple(sorted(one for one in known if one <= as_of))
    later = [one for one in known if one > as_of]
    notes = [note for _, note in parts if note]
    if later and not past:
        raise BadCell(f"{later[0]} 晚于体检日 {as_of}", "请核对年份；还没有办的事不要填")
    if later:
        notes.append(f"{later[0]} 晚于体检日 {as_of}，不计入")
    return (past or None), "；".join(notes)


def published(cell: object, as_of: dt.date) -> tuple[bool | None, str]:
    """Whether a list was published by the day of the check-up (是否公布): a day, or yes and no. Raises: BadCell."""
    if isinstance(cell, bool):
        return cell, ""
    if isinstance(cell, str):
        text = "".join(tidy(cell).split()).casefold()
        if text in NOTHING:
            return None, ""
        if text in YES or text in NO:
            return text in YES, ""
    found, note = day(cell)
    if found is not None and found > as_of:
        return False, f"{found} 晚于体检日 {as_of}，体检日还没有公布"
    return (None if found is None else True), note

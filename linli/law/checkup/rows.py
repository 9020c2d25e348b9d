"""Whose row it is (认行): communities by code or name, each once; sums, remarks and examples are passed over and said so."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from linli.law.checkup import cells
from linli.law.checkup.asks import Ask
from linli.law.checkup.cells import BadCell, tidy
from linli.law.checkup.head import Matched, Problem
from linli.law.types import Pack

Rows = list[tuple[int, Sequence[object]]]
HERE = "本县（市、区）"
NO_STREET = "（未注明街道）"
_SUM = re.compile(r"(?:合|小|总|共)计.*|总数|合计数|.*(?:小计|合计|总计)|汇总")
_FOOT = re.compile(
    r"(?:注|备注|说明|填[表报]说明|填[表报]人|制表人?|审核人?|填报单位|单位负责人|负责人|联系人|联系电话|填报日期|数据来源)(?:\s*\d*\s*[:.、].*)?"
)
_SAMPLE = re.compile(r"^[（(【]?(?:示例|样例|举例|例如|例[:：])")
_CODE = re.compile(r"[1-9]\d{11}", re.ASCII)


@dataclass
class Whose:
    """Of each row kept: its place, by code and by name (所属)."""

    ids: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    streets: list[str] = field(default_factory=list)
    counties: list[str] = field(default_factory=list)
    skipped: int = 0


def position_of(found: Matched, key: str) -> int | None:
    """Where the column of a key stands; None when there is none."""
    return next((position for position, ask in found.columns.items() if ask.key == key), None)


def cell_of(row: Sequence[object], position: int | None) -> object:
    """A cell of a row, empty where the row is shorter or the column not there."""
    return row[position] if position is not None and position < len(row) else ""


def merged_down(found: Matched) -> dict[tuple[int, int], object]:
    """What merged cells of names mean for the lines below the first (合并单元格)."""
    text = {position for position, ask in found.columns.items() if ask.kind in ("text", "urban")}
    first = dict(found.grid.lines)
    below: dict[tuple[int, int], object] = {}
    for top, left, bottom, right in found.grid.merged:
        if left != right or top == bottom or left not in text or top not in first:
            continue
        for line in range(top + 1, bottom + 1):
            below[line, left] = cell_of(first[top], left)
    return below


def skip_reason(first: list[str], written: int) -> str:
    """Why a row is no community's: a sum, a remark at the foot, the example of the template; "" when it is one."""
    if any(_SUM.fullmatch(text) for text in first):
        return "是合计（小计）行，已跳过"
    if any(_SAMPLE.match(text) for text in first):
        return "是示例行，已跳过"
    if written <= 2 and any(_FOOT.fullmatch(text) for text in first):
        return "是表尾说明，已跳过"
    return ""


def places_of(found: Matched, pack: Pack, problems: list[Problem], known: frozenset[str]) -> tuple[Rows, Whose]:
    """The rows that speak of a community, and of which (认行); each other row is told in `problems`.

    Args: known, codes of the communities that exist, where that is known.
    """
    grid, whose = found.grid, Whose()
    at = {key: position_of(found, key) for key in ("code", "name", "street", "county")}
    title = {key: found.titles.get(position, "") if position is not None else "" for key, position in at.items()}
    below = merged_down(found)
    hidden = frozenset(grid.hidden_rows)
    kept: Rows = []
    seen: dict[str, int] = {}
    unseen: list[int] = []

    def told(line: int, column: str, why: str, mend: str = "", kind: str = "error") -> None:
        problems.append(Problem(grid.name, line, column, why, mend, kind))

    lines = grid.lines[found.start :]
    texts = {key: _texts(lines, position, below) for key, position in at.items()}
    for (line, row), digits, named, street, county in zip(lines, *texts.values(), strict=True):
        if digits.isdigit() and named:
            why = skip_reason([named], 3)
        else:
            opening = [tidy(cell) for cell in row[:4] if isinstance(cell, str) and cell.strip()]
            opening += [text for text in (named, street) if text]
            why = skip_reason(opening, sum(cell != "" for cell in row))
        if why:
            told(line, "", why, "", "note")
            whose.skipped += 1
            continue
        code, wrong = _code(digits, pack, known)
        if wrong and code == "refused":
            told(line, title["code"], wrong[0], wrong[1])
            whose.skipped += 1
            continue
        if wrong:
            told(line, title["code"], *wrong)
        name = named
        if not code and not name:
            told(
                line, title["name"] or title["code"], "看不出是哪个社区（村），这一行没有读取", "请填社区代码或社区名称"
            )
            whose.skipped += 1
            continue
        key = code or f"{county}/{street}/{name}"
        if key in seen:
            first = seen[key]
            odd = _contradict(found, kept[first], (line, row))
            kept[first] = (kept[first][0], odd[0])
            why = f"和第 {kept[first][0]} 行是同一个社区（村）（{name or code}），这一行没有读取"
            why += f"；两行的{'、'.join(odd[1])}不一样，这几格按没有数据处理" if odd[1] else ""
            told(line, title["code"] if code else title["name"], why, "请核对后只留一行")
            whose.skipped += 1
            continue
        seen[key] = len(kept)
        if line in hidden:
            unseen.append(line)
        kept.append((line, row))
        whose.codes.append(code)
        whose.names.append(name or code)
        whose.streets.append(street)
        whose.counties.append(county)
    if unseen:
        shown = "、".join(map(str, unseen[:10])) + ("等" if len(unseen) > 10 else "")
        told(
            unseen[0],
            "",
            f"有 {len(unseen)} 行被隐藏或筛选掉了（第 {shown} 行），仍照常读取",
            "不该算的请删除，不要隐藏",
            "note",
        )
    double = _doubles(whose)
    for code, name, street in zip(whose.codes, whose.names, whose.streets, strict=True):
        whose.ids.append(code or (f"{street}{name}" if name in double and street else name))
    return kept, whose


def _texts(
    lines: Sequence[tuple[int, Sequence[object]]], position: int | None, below: Mapping[tuple[int, int], object]
) -> list[str]:
    """A column of names or codes as texts, "" where a cell says nothing; each different cell is looked at once."""
    if position is None:
        return [""] * len(lines)
    known: dict[object, str] = {}
    out = []
    for line, row in lines:
        cell = row[position] if position < len(row) else ""
        if below:
            cell = below.get((line, position), cell)
        text = known.get(cell)
        if text is None:
            text = tidy(cell)
            text = known[cell] = "" if cells.is_nothing(text) else text
        out.append(text)
    return out


def _doubles(whose: Whose) -> frozenset[str]:
    """Names that several rows without a code share."""
    names = Counter(name for code, name in zip(whose.codes, whose.names, strict=True) if not code)
    return frozenset(name for name, many in names.items() if many > 1)


def _code(text: str, pack: Pack, known: frozenset[str]) -> tuple[str, tuple[str, str] | None]:
    """A community's code, or "" and what is wrong with it; `refused` when the row is no community of this law."""
    digits = "".join(text.split()).strip("'‘’`")
    if not digits:
        return "", None
    how = "请填 12 位统计用区划代码；不知道的可留空，只填名称"
    if re.fullmatch(r"\d+(?:\.\d+)?e\+?\d+", digits, re.IGNORECASE):
        return "", (
            f"代码“{digits}”被表格软件写成了科学计数法，后几位已丢失，按名称识别",
            "请把该列设为“文本”，重新填写代码",
        )
    if not _CODE.fullmatch(digits):
        return "", (f"代码“{digits[:20]}”不是 12 位数字，按名称识别", how)
    if not digits.startswith(pack.place):
        return "refused", (
            f"代码 {digits} 不在{pack.short}的适用地域（{pack.place} 开头），这一行没有评判",
            "请核对代码，或换一个法规包",
        )
    if digits.endswith("000"):
        return "refused", (
            f"代码 {digits} 是街道（乡镇）或县的代码，不是社区（村）的，这一行没有读取",
            "街道和县的数据请填在各自的工作表",
        )
    if known and digits not in known:
        return digits, (f"区划里没有代码 {digits}", "请核对代码；新设的社区（村）请先登记区划")
    return digits, None


def _contradict(
    found: Matched, first: tuple[int, Sequence[object]], second: tuple[int, Sequence[object]]
) -> tuple[list[object], list[str]]:
    """The first row without the cells in which a second row of the same community says something else, and their titles."""
    kept, odd = list(first[1]), []
    for position, ask in found.columns.items():
        if not ask.duties and ask.kind != "urban":
            continue
        one, other = cell_of(first[1], position), cell_of(second[1], position)
        if cells.is_nothing(one) or cells.is_nothing(other) or _means(one, ask) == _means(other, ask):
            continue
        kept[position] = ""
        odd.append(found.titles[position])
    return kept, odd


def _means(cell: object, ask: Ask) -> object:
    """A cell as it is compared: 1,200㎡ says the same as 1200."""
    try:
        return cells.number(cell, ask.unit)[0] if ask.kind == "number" else tidy(cell)
    except BadCell:
        return tidy(cell)

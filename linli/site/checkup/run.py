"""From a file to a report (体检): read, match, judge. Nothing is stored and no database is asked."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from linli.kit.errors import BadInput
from linli.kit.lines import WEB
from linli.kit.workbook import Book, Sheet, read_book
from linli.law.checkup.asks import asks_of
from linli.law.checkup.head import Grid, Matched, Problem, find_sheets
from linli.law.checkup.report import Report, judge_reading
from linli.law.checkup.table import read_levels
from linli.law.types import Pack

MOST_MERGED = 500_000
_REF = re.compile(r"([A-Z]+)(\d+)")


@dataclass(frozen=True)
class Taken:
    """A file whose columns are matched (来表): ready to be looked at by a person, and to be judged."""

    name: str
    sha256: str
    grids: tuple[Grid, ...]
    matched: Mapping[str, Matched]
    notes: tuple[Problem, ...]
    missing: Mapping[str, tuple[str, ...]]


def take_file(name: str, raw: bytes, pack: Pack, given: Mapping[str, str] | None = None) -> Taken:
    """Read a file and match its columns (读表、对列).

    Args: given, title → key, where a person said what a column is.
    Raises: BadInput, naming the file, when it cannot be read or holds no table of communities.
    """
    try:
        book = read_book(raw, uncounted=True)
    except BadInput as refusal:
        raise BadInput(f"{name}：{refusal.message}", code=refusal.code) from refusal
    grids = tuple(_grid(sheet) for sheet in book.sheets)
    if not any(grid.lines for grid in grids):
        raise BadInput(
            f"{name}：工作表是空的，没有内容。请填好后再交；可用 linli checkup --template 取模板。", code="table_empty"
        )
    matched, notes = find_sheets(grids, [pack], given)
    if "community" not in matched:
        held = "、".join(f"“{grid.name}”" for grid in grids if grid.lines and grid.name)
        raise BadInput(
            f"{name}：{'工作表' + held if held else '表'}里没有找到社区表的表头。前 15 行里要有一行表头，写明“社区名称”或“社区代码”，"
            "和至少一项指标（如常住人口、户数、社区工作者）。请照模板改好表头。",
            code="no_header",
        )
    base = matched["community"]
    if len(base.grid.lines) <= base.start:
        raise BadInput(f"{name}：工作表“{base.grid.name}”只有表头，没有一行社区。请填好后再交。", code="table_empty")
    missing = {level: _missing(one, level, pack) for level, one in matched.items()}
    notes = [*_file_notes(name, raw, book), *notes]
    for level, labels in missing.items():
        if labels:
            why = f"表里没有这 {len(labels)} 项：{'、'.join(labels)}"
            notes.append(
                Problem(matched[level].grid.name, 0, "", why, "要用它们的职责都作“无数据”；要评判就照模板加列", "note")
            )
    return Taken(name, hashlib.sha256(raw).hexdigest(), grids, matched, tuple(notes), missing)


def judge_file(
    taken: Taken,
    pack: Pack,
    as_of: dt.date,
    *,
    start: dt.date | None = None,
    known: frozenset[str] = frozenset(),
    label: str = "",
) -> Report:
    """Judge a file that was taken (评判).

    Args: known, codes of communities that exist, where that is known. start, label: as for `judge_reading`.
    Raises: BadInput when no row says which community it is about.
    """
    reading = read_levels(taken.matched, pack, as_of, known)
    if not len(reading.levels["community"]):
        first = next((str(problem) for problem in reading.problems if problem.kind == "error"), "")
        raise BadInput(f"{taken.name}：没有一行能认出是哪个社区（村），请填社区代码或社区名称。{first}", code="no_rows")
    return judge_reading(
        reading,
        taken.matched,
        pack,
        as_of,
        start=start,
        file=taken.name,
        sha256=taken.sha256,
        notes=taken.notes,
        label=label,
    )


def _file_notes(name: str, raw: bytes, book: Book) -> list[Problem]:
    found = []
    if book.encoding and name.lower().endswith((".xlsx", ".xlsm", ".xls")):
        found.append(Problem("", 0, "", "文件名是 Excel 的，内容是 CSV，已按 CSV 读取", "请抽看几行是否正确", "note"))
    named = {"gb18030": "GBK（GB18030）", "utf-16": "UTF-16"}.get(book.encoding, "")
    if named:
        found.append(Problem("", 0, "", f"文件是 {named} 编码，已照此读取", "请抽看几个地名是否正确", "note"))
    return found


def _missing(found: Matched, level: str, pack: Pack) -> tuple[str, ...]:
    """Labels of the measures for which a sheet has no column (缺列)."""
    there = {ask.key for ask in found.columns.values()}
    parts = {key.partition(":")[0] for key in there if ":" in key}
    labels: list[str] = []
    for ask in asks_of([pack], level):
        if ask.key in there or not (ask.duties or ask.kind == "urban"):
            continue
        if ask.kind == "set" and ask.key in parts:
            labels += [f"{ask.label}：{item}" for item in ask.items if f"{ask.key}:{item}" not in there]
        else:
            labels.append(ask.label)
    return tuple(labels)


def _grid(sheet: Sheet) -> Grid:
    """A sheet of the reader as the check-up reads it: every line with what it holds, the first as well."""
    lines: list[tuple[int, tuple[object, ...]]] = [(row.line, row.cells) for row in sheet.rows]
    if sheet.first:
        lines.insert(0, (sheet.head_line, sheet.first))
    merged = _clipped(sheet, lines[-1][0] if lines else 0)
    bare = frozenset((line, column) for line, column in map(_place, sheet.uncounted))
    return Grid(sheet.name, lines, sheet.hidden, merged, sheet.hidden_rows, bare)


def _clipped(sheet: Sheet, last: int) -> tuple[tuple[int, int, int, int], ...]:
    """Merged ranges as far as the sheet reaches. Raises: BadInput when they cover more cells than anybody merges."""
    found, cells = [], 0
    for area in sheet.merged:
        top, left, bottom, right = _range(area)
        bottom, right = min(bottom, last), min(right, WEB.columns)
        if top <= bottom and left <= right:
            cells += (bottom - top + 1) * (right - left + 1)
            found.append((top, left, bottom, right))
        if cells > MOST_MERGED:
            raise BadInput(f"工作表“{sheet.name}”的合并单元格太多。请取消合并后再交。", code="table_merged")
    return tuple(found)


def _range(area: str) -> tuple[int, int, int, int]:
    first, _, last = area.partition(":")
    return (*_place(first), *_place(last or first))


def _place(ref: str) -> tuple[int, int]:
    """`C7` → (7, 2)."""
    found = _REF.fullmatch(ref)
    if found is None:
        return 0, 0
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return int(found[2]), column - 1

"""Rows of a table as a county fills them in (逐行读取): each cell by its column, each fault with place, reason and remedy."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from linli.kit.errors import BadInput
from linli.kit.tables import BadCell, Cell, Row, as_text
from linli.kit.text import clean_text
from linli.kit.workbook import Book, Sheet, read_book

MOST_ROWS = 20_000


@dataclass(frozen=True)
class Fault:
    """Something to mend (问题): where it stands, what is wrong, what to do; a warning holds nothing up."""

    file: str
    sheet: str
    line: int
    column: str
    why: str
    mend: str
    warning: bool = False

    def __str__(self) -> str:
        where = [self.file, f"工作表“{self.sheet}”" if self.sheet else "", f"第 {self.line} 行" if self.line else ""]
        where.append(f"“{self.column}”" if self.column else "")
        return f"{'，'.join(part for part in where if part)}：{self.why}。{self.mend}"


FAULT_HEAD = ("轻重", "文件", "工作表", "行", "列", "问题", "怎样改")


def fault_rows(faults: Sequence[Fault]) -> list[tuple[str | int, ...]]:
    """Faults as lines of a table, what must be mended first."""
    return [
        ("提醒" if one.warning else "要改", one.file, one.sheet, one.line or "", one.column, one.why, one.mend)
        for one in sorted(faults, key=lambda one: one.warning)
    ]


def must_mend(faults: Sequence[Fault]) -> list[Fault]:
    """Faults that are no mere warnings."""
    return [fault for fault in faults if not fault.warning]


@dataclass(frozen=True)
class Source:
    """A file that was handed in (来件): its name, and what it holds."""

    name: str
    book: Book

    @staticmethod
    def read(name: str, raw: bytes) -> Source:
        """Read a file. Raises: BadInput that names it."""
        try:
            return Source(name, read_book(raw))
        except BadInput as refusal:
            raise BadInput(f"{name}：{refusal.message}", code=refusal.code) from refusal

    def encoding_note(self) -> str:
        """A sentence when a CSV was not in UTF-8, else ""."""
        if self.book.encoding in ("", "utf-8", "utf-8-sig"):
            return ""
        named = {"gb18030": "GBK（GB18030）", "utf-16": "UTF-16"}[self.book.encoding]
        return f"{self.name} 是 {named} 编码，已照此读取。请抽看几个地名是否正确。"


@dataclass
class Line:
    """One row; what is wrong with a cell is noted with the row and the column."""

    table: Lines
    row: Row
    faulty: bool = False

    def text(self, key: str, *, most: int = 0, needed: str = "") -> str:
        """A cell as text, "" when it is empty.

        Args:
            most: how long it may be. needed: what to do when it is empty; "" when it may be.
        """
        cell = self.cell(key)
        try:
            text = str(clean_text(as_text(cell))) if cell is not None else ""
        except BadCell as error:
            self.fault(key, str(error), "改好这一格")
            return ""
        if not text and needed:
            self.fault(key, "没有填", needed)
        if most and len(text) > most:
            self.fault(key, f"有 {len(text)} 个字，最多 {most} 个", "请缩短")
            return ""
        return text

    def choice(self, key: str, choices: dict[str, str], *, needed: str = "") -> str:
        """The key of a choice written in words or by its key; "" when empty or unknown."""
        text = self.text(key, needed=needed)
        tidy = "".join(unicodedata.normalize("NFKC", text).split())
        named = {"".join(unicodedata.normalize("NFKC", word).split()): value for word, value in choices.items()}
        if tidy and tidy not in named:
            first = {value: word for word, value in reversed(choices.items())}  # of several words for one, the first
            words = "、".join(first[value] for value in dict.fromkeys(choices.values()))
            self.fault(key, f"不认识“{text[:30]}”", f"请填：{words}")
        return named.get(tidy, "")

    def code(self, key: str, *, needed: str = "") -> str:
        """A division's code, exactly as it was typed; a number is refused, for a spreadsheet may have rounded it."""
        cell = self.cell(key)
        how = "请把该列设为“文本”，再填 12 位代码"
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            if needed:
                self.fault(key, "没有填", needed)
            return ""
        if not isinstance(cell, str):
            self.fault(key, f"代码（{cell}）已被表格软件变成数字或日期，后几位可能不对", how)
            return ""
        text = unicodedata.normalize("NFKC", cell).strip().removeprefix("'")
        if re.fullmatch(r"\d+\.\d*|\d+(?:\.\d+)?[eE]\+?\d+", text):
            self.fault(key, f"代码（{text}）已被表格软件变成小数或科学计数法，后几位可能不对", how)
            return ""
        try:
            return tidy_code(text)
        except ValueError as error:
            self.fault(
                key,
                str(error),
                "请填统计用区划代码：省 2 位、市 4 位、县 6 位、街道 9 位、社区 12 位，或一律写满 12 位",
            )
            return ""

    def cell(self, key: str) -> Cell | None:
        """The cell as it was read, None when the column or the cell is not there."""
        at = self.table.where.get(key)
        return self.row.cells[at] if at is not None and at < len(self.row.cells) else None

    def fault(self, key: str, why: str, mend: str, *, warning: bool = False) -> None:
        """Note something to mend in this row."""
        self.faulty = self.faulty or not warning
        source, sheet = self.table.source, self.table.sheet
        column = self.table.title(key) if key else ""
        self.table.faults.append(Fault(source.name, sheet.name, self.row.line, column, why, mend, warning))


_WHOLE = re.compile(r"[1-9]\d{11}", re.ASCII)
_SHORT = re.compile(r"[1-9](?:\d|\d{3}|\d{5}|\d{8})", re.ASCII)
_BELOW = re.compile(r"[1-9]\d{11}-[EW]\d{1,3}", re.ASCII)


def tidy_code(text: str) -> str:
    """A division's code as Linli keeps it (区划代码): 421083001000 → 421083001; estates and grids as 12 digits-E01, -W01.

    Raises:
        ValueError: it has another shape; the text says so in Chinese.
    """
    if _BELOW.fullmatch(text):
        return text
    if _SHORT.fullmatch(text) and not text.endswith("000" if len(text) == 9 else "00"):
        return text
    if _WHOLE.fullmatch(text) or _SHORT.fullmatch(text):
        head = text
        for size in (9, 6, 4, 2):
            if len(head) > size and not head[size:].strip("0"):
                head = head[:size]
        return head
    raise ValueError(f"“{text[:30]}”不是区划代码")


@dataclass
class Lines:
    """A sheet read by its titles.

    Args:
        columns: key → titles under which it may stand; the first is the one that messages name.
        needed: keys of columns that must be there. passed_over: titles known and left alone. most: rows that are read.
    """

    source: Source
    sheet: Sheet
    columns: dict[str, tuple[str, ...]]
    needed: frozenset[str]
    passed_over: frozenset[str] = frozenset()
    most: int = MOST_ROWS
    faults: list[Fault] = field(default_factory=list)
    where: dict[str, int] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Line]:
        """The rows, once the sheet itself has nothing against it."""
        if self._sheet_is_sound():
            for row in self.sheet.rows:
                yield Line(self, row)

    def title(self, key: str) -> str:
        """The title of a column as it stands in the file."""
        at = self.where.get(key)
        return self.sheet.header[at] if at is not None else self.columns[key][0]

    def _sheet_is_sound(self) -> bool:
        sheet, before = self.sheet, len(self.faults)
        if sheet.hidden:
            self._fault(0, "", "这张工作表被隐藏了", "请在表格软件中取消隐藏，核对后再交")
        for area in sheet.merged:
            self._fault(0, area, f"{area} 是合并单元格，合并后只有第一格有内容", "请取消合并，每一格都填写")
        for cell in sheet.formulas:
            self._fault(0, cell, f"{cell} 是公式", "请复制后“选择性粘贴—数值”")
        for line in sheet.hidden_rows:
            self._fault(line, "", "这一行被隐藏或被筛选掉了", "请取消隐藏和筛选，核对后再交")
        if len(sheet.rows) > self.most:
            self._fault(0, "", f"有 {len(sheet.rows)} 行，一次最多 {self.most} 行", "请拆成几个文件")
        self._find_columns()
        return len([one for one in self.faults[before:] if not one.warning]) == 0

    def _find_columns(self) -> None:
        head, line = self.sheet.header, self.sheet.head_line
        known = {title.casefold(): key for key, titles in self.columns.items() for title in titles}
        for at, title in enumerate(head):
            key = known.get(title.casefold())
            if key in self.where:
                self._fault(line, title, "这一列出现了两次", "请只留一列")
            elif key is not None:
                self.where[key] = at
            elif title and title.casefold() not in self.passed_over:
                named = "、".join(titles[0] for titles in self.columns.values())
                self._fault(line, title, "没有这一列，不会读取", f"可用的列：{named}", warning=True)
        for key in sorted(self.needed - self.where.keys()):
            self._fault(line, self.columns[key][0], "缺少这一列", "请照模板补上表头")

    def _fault(self, line: int, column: str, why: str, mend: str, *, warning: bool = False) -> None:
        self.faults.append(Fault(self.source.name, self.sheet.name, line, column, why, mend, warning))


def sheet_of(source: Source, names: tuple[str, ...], faults: list[Fault]) -> Sheet | None:
    """The sheet of a workbook by its name; what is missing or given twice is noted."""
    found = [sheet for sheet in source.book.sheets if "".join(sheet.name.split()) in names]
    if len(found) == 1:
        return found[0]
    held = "、".join(sheet.name for sheet in source.book.sheets) or "无"
    why = f"没有工作表“{names[0]}”（现有：{held}）" if not found else f"有几张工作表都叫“{names[0]}”"
    faults.append(Fault(source.name, names[0], 0, "", why, "请照模板给工作表命名"))
    return None

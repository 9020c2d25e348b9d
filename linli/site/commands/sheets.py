"""Tables that commands read and write (读写表格): any number of rows, columns found by their usual names.

`kit.tables` limits what comes in through the web; here the operator's own file is read, which may hold millions of rows,
and Django is only needed for an XLSX.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path

from linli.kit.disk import reason, whole
from linli.kit.lines import GZIP, OWN, Unreadable, cells_of, decode, gunzip
from linli.site.commands.prepare import Trouble

LONGEST_CELL = 10_000_000
SHOWN = 20
PACKED = b"PK"


@dataclass(frozen=True)
class Sheet:
    """A table: its names, its rows as text, the line of each row as a person counts it, and the name of its file."""

    header: list[str]
    rows: list[list[str]]
    lines: Sequence[int]
    name: str = ""

    def find(self, *names: str) -> int | None:
        """The first column that bears one of the names, in the order of the names; None when there is none."""
        folded = [name.strip().casefold() for name in self.header]
        return next((folded.index(name.casefold()) for name in names if name.casefold() in folded), None)

    def need(self, what: str, *names: str) -> int:
        """The column of `find`.

        Raises:
            Trouble: there is none; the sentence lists the names it may bear.
        """
        column = self.find(*names)
        if column is None:
            known = "、".join(name for name in self.header if name) or "无"
            raise Trouble(
                f"{self.name or '表格'} 缺少“{what}”一列，列名可用：{'、'.join(names)}。现有：{known}。请改表头后再试。",
                2,
            )
        return column

    def column(self, *names: str) -> list[str]:
        """The cells of the column of `find`; "" throughout when there is none."""
        column = self.find(*names)
        return [""] * len(self.rows) if column is None else [row[column] for row in self.rows]


def day(text: str) -> date:
    """A date of the command line, YYYY-MM-DD.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"“{text}”不是日期，请写成 2026-01-31") from error


@contextmanager
def _named(path: Path) -> Iterator[None]:
    try:
        yield
    except Unreadable as error:
        raise Trouble(f"{path.name}：{error}", 2) from error


def read_plain(path: Path) -> bytes:
    """The bytes of a file, freed of gzip.

    Raises:
        Trouble: it is not there, cannot be read, is empty, or its packing is damaged.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise Trouble(f"没有找到文件 {path}，请核对路径。", 2) from error
    except OSError as error:
        raise Trouble(f"打不开文件 {path}：{reason(error)}。请核对路径和权限。", 2) from error
    if raw.startswith(GZIP):
        with _named(path):
            raw = gunzip(raw, OWN)
    if not raw.strip(b"\xef\xbb\xbf \t\r\n"):
        raise Trouble(f"文件 {path.name} 是空的。", 2)
    return raw


def read_text(path: Path) -> str:
    """The text of a file: by its mark, else UTF-8, else GB18030, also when gzipped.

    Raises:
        Trouble: see `read_plain`, or none of them fits.
    """
    with _named(path):
        return decode(read_plain(path))[0]


def read_sheet(path: Path) -> Sheet:
    """Read a CSV (comma, semicolon or tab) or the first sheet of an XLSX, also when gzipped.

    Raises:
        Trouble: it cannot be read, is damaged, or holds no row.
    """
    raw = read_plain(path)
    if not raw.startswith(b"\xd0\xcf\x11\xe0") and not raw.startswith(PACKED):
        with _named(path):
            return as_sheet(decode(raw)[0], path)
    from linli.kit.errors import BadInput
    from linli.kit.tables import BadCell, as_text, read_table

    try:
        table = read_table(raw)
    except BadInput as refusal:
        raise Trouble(f"{path.name}：{refusal.message}", 2) from refusal
    rows: list[list[str]] = []
    for row in table.rows:
        cells = []
        for at, cell in enumerate(row.cells):
            try:
                cells.append(cell.replace("\x00", "") if isinstance(cell, str) else as_text(cell))
            except BadCell as wrong:
                title = table.header[at] if at < len(table.header) else ""
                raise Trouble(f"{path.name} 第 {row.line} 行“{title}”：{wrong}。", 2) from wrong
        rows.append(cells)
    return _headed([list(table.header), *rows], [1, *(row.line for row in table.rows)], path.name)


def as_sheet(text: str, path: Path) -> Sheet:
    """The table in the text of a CSV.

    Raises:
        Trouble: quotes that do not match, bytes that are no text, or no row.
    """
    csv.field_size_limit(LONGEST_CELL)
    with _named(path):
        lines, rows = cells_of(text, OWN)
    if "\x00" in text:
        rows = [[cell.replace("\x00", "") for cell in row] for row in rows]
    return _headed(rows, lines, path.name)


def _headed(rows: list[list[str]], lines: list[int], name: str) -> Sheet:
    if len(rows) < 2:
        raise Trouble(f"{name} 只有表头，没有内容行：第一行应是列名，下面是内容。", 2)
    header = [cell.replace("\ufeff", "").strip() for cell in rows[0]]
    width = len(header)
    body = [row if len(row) == width else (row + [""] * width)[:width] for row in rows[1:]]
    return Sheet(header, body, lines[1:], name)


def exact(cell: str, where: str) -> Fraction:
    """A number as it is written, exactly.

    Raises:
        Trouble: it is none; the sentence begins with `where`, such as the row and column.
    """
    text = cell.strip().replace(",", "").replace("，", "")
    try:
        if "/" in text or len(text) > 40 or not text.isascii():
            raise ValueError
        return Fraction(text)
    except (ValueError, OverflowError) as error:
        raise Trouble(f"{where}是“{cell.strip()[:30]}”，不是数，请改正。", 2) from error


def write_sheet(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]], *, mark: bool = True) -> None:
    """Write a CSV in UTF-8, or an XLSX by the ending of its name; the file appears only when it is whole.

    Args:
        mark: whether a CSV begins with the mark by which Excel knows UTF-8. Results whose first column a program looks
            up by name are written without.

    Raises:
        Trouble: the folder is not there or cannot be written to.
    """
    with written(path) as part:
        if path.suffix.lower() == ".xlsx":
            _write_workbook(part, header, rows)
            return
        encoding = "utf-8-sig" if mark else "utf-8"
        with part.open("w", encoding=encoding, errors="replace", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(header)
            writer.writerows(rows)


@contextmanager
def written(path: Path) -> Iterator[Path]:
    """A place to write a result to, which becomes `path` when it is whole; see `linli.kit.disk.whole`.

    Raises:
        Trouble: the folder is not there or cannot be written to, or the disk is full.
    """
    try:
        with whole(path) as part:
            yield part
    except OSError as error:
        raise Trouble(f"写不了 {path}：{reason(error)}。请核对路径、权限和磁盘空间。", 2) from error


def _write_workbook(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    import xlsxwriter
    from xlsxwriter.exceptions import FileCreateError

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "in_memory": False}
    book = xlsxwriter.Workbook(str(path), options)
    page = book.add_worksheet()
    for place, row in enumerate([header, *rows]):
        page.write_row(place, 0, row)
    try:
        book.close()
    except FileCreateError as error:  # xlsxwriter's own, around what the system said
        raise OSError(*error.args[0].args) from error


def say(words: object) -> None:
    """Say something beside the result; undecodable bytes must not break the sentence."""
    print(str(words).encode("utf-8", "replace").decode(), file=sys.stderr)


def say_some(sentences: Sequence[object], what: str, *, shown: int = SHOWN) -> None:
    """Say the first sentences, and how many more there are."""
    for sentence in sentences[:shown]:
        say(sentence)
    if len(sentences) > shown:
        say(f"……还有 {len(sentences) - shown} {what}。")

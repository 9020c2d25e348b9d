"""Tables for the methods on the command line (读写表格): any number of rows, columns found by their usual names.

`kit.tables` guards what comes in through the web and limits it; here the operator's own file is read, which may hold
millions of rows, and Django is not needed.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import os
import tempfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path

from linli.kit.disk import reason
from linli.site.commands.prepare import Trouble

LONGEST_CELL = 10_000_000


@dataclass(frozen=True)
class Sheet:
    """A table: its names, its rows as text, and the line of each row as a person counts it."""

    header: list[str]
    rows: list[list[str]]
    lines: Sequence[int]

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
            raise Trouble(f"表格缺少“{what}”一列。列名可用：{'、'.join(names)}。现有：{'、'.join(self.header)}。", 2)
        return column


def day(text: str) -> date:
    """A date of the command line, YYYY-MM-DD.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"“{text}”不是日期，请写成 2026-01-31") from error


def read_plain(path: Path) -> bytes:
    """The bytes of a file, freed of gzip.

    Raises:
        Trouble: it is not there, cannot be read, is empty, or its packing is damaged.
    """
    try:
        raw = path.read_bytes()
        if raw.startswith(b"\x1f\x8b"):
            raw = gzip.decompress(raw)
    except FileNotFoundError as error:
        raise Trouble(f"没有找到文件 {path}，请核对路径。", 2) from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise Trouble(f"压缩文件 {path.name} 已损坏，解不开。请重新导出。", 2) from error
    except OSError as error:
        raise Trouble(f"打不开文件 {path}：{reason(error)}。请核对路径和权限。", 2) from error
    if not raw.strip(b"\xef\xbb\xbf \t\r\n"):
        raise Trouble(f"文件 {path.name} 是空的。", 2)
    return raw


def read_text(path: Path) -> str:
    """The text of a file: by its mark, else UTF-8, else GB18030, also when gzipped.

    Raises:
        Trouble: see `read_plain`, or none of them fits.
    """
    raw = read_plain(path)
    names = ["utf-16"] if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "gb18030"]
    for name in names:
        try:
            return raw.decode(name)
        except UnicodeDecodeError:
            continue
    raise Trouble(f"认不出 {path.name} 的文字编码。请另存为 UTF-8。", 2)


def read_sheet(path: Path) -> Sheet:
    """Read a CSV (comma, semicolon or tab; also gzipped) or the first sheet of an XLSX.

    Raises:
        Trouble: it cannot be read, is damaged, or holds no row.
    """
    return _workbook(path) if path.suffix.lower() == ".xlsx" else as_sheet(read_text(path), path.name)


def as_sheet(text: str, name: str) -> Sheet:
    """The table in the text of a CSV.

    Raises:
        Trouble: quotes that do not match, bytes that are no text, or no row.
    """
    first = text.lstrip("\r\n").split("\n", 1)[0]
    if "\x00" in text:
        raise Trouble(f"{name} 不是文本表格（含有 NUL）。请导出为 CSV 再用。", 2)
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",\t;", key=first.count), strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    last = 0
    try:
        for cells in reader:
            if any(cells):
                rows.append(cells)
                lines.append(last + 1)
            last = reader.line_num
    except csv.Error as error:
        raise Trouble(f"{name} 第 {last + 1} 行起读不下去：引号没有配对。请检查这一行。", 2) from error
    return _headed(rows, lines, name)


def _workbook(path: Path) -> Sheet:
    from linli.site.commands.prepare import start_django

    start_django()
    from linli.kit.errors import BadInput
    from linli.kit.tables import BadCell, as_text, read_path

    try:
        table = read_path(path)[1]
        rows = [[as_text(cell) for cell in row.cells] for row in table.rows]
    except BadInput as refusal:
        raise Trouble(refusal.message, 2) from refusal
    except BadCell as wrong:
        raise Trouble(f"{path.name}：{wrong}。", 2) from wrong
    return _headed([list(table.header), *rows], [1, *(row.line for row in table.rows)], path.name)


def _headed(rows: list[list[str]], lines: list[int], name: str) -> Sheet:
    if len(rows) < 2:
        raise Trouble(f"{name} 没有内容行：第一行应是列名，下面是内容。", 2)
    header = [cell.strip() for cell in rows[0]]
    width = len(header)
    body = [row if len(row) == width else (row + [""] * width)[:width] for row in rows[1:]]
    return Sheet(header, body, lines[1:])


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


def write_sheet(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV (UTF-8 with mark), or an XLSX by the ending of its name; the file appears only when it is whole.

    Raises:
        Trouble: the folder is not there or cannot be written to.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise Trouble(f"写不了 {path}：{reason(error)}。请核对路径和权限。", 2) from error
    made = Path(name)
    try:
        if path.suffix.lower() == ".xlsx":
            os.close(handle)
            _write_workbook(made, header, rows)
        else:
            with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as stream:
                writer = csv.writer(stream)
                writer.writerow(header)
                writer.writerows(rows)
        made.chmod(0o644)
        made.replace(path)
    except OSError as error:
        raise Trouble(f"写不了 {path}：{reason(error)}。请核对空间和权限。", 2) from error
    finally:
        made.unlink(missing_ok=True)


def _write_workbook(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_formulas": False, "in_memory": False})
    page = book.add_worksheet()
    for place, row in enumerate([header, *rows]):
        page.write_row(place, 0, row)
    book.close()

"""Lines of a CSV from outside (文本表格): unpacked, decoded and cut into cells, without Django.

`linli.kit.tables` reads with it what comes through the web, within limits; commands read an operator's own file, however long.
"""

from __future__ import annotations

import csv
import gzip
import io
import math
import sys
import zlib
from dataclasses import dataclass

GZIP = b"\x1f\x8b"


class Unreadable(ValueError):
    """A file cannot be read for certain (读不了): one Chinese sentence, and a short reason for programs."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Limits:
    """How much is read at the most (上限): bytes when unpacked, rows, columns, cells."""

    plain: float = 300 * 1024 * 1024
    rows: int = 200_000
    columns: int = 300
    cells: int = 5_000_000


WEB = Limits()
OWN = Limits(math.inf, sys.maxsize - 1, sys.maxsize, sys.maxsize)
"""For an operator's own file on the operator's own machine."""


def gunzip(raw: bytes, limits: Limits = WEB) -> bytes:
    """What was packed with gzip.

    Raises:
        Unreadable: damaged, or larger than the limits.
    """
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(raw)) as packed:
            plain = packed.read(-1 if limits.plain == math.inf else int(limits.plain) + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise Unreadable("压缩文件已损坏，解不开。请重新导出。", "table_broken") from error
    if len(plain) > limits.plain:
        raise Unreadable("压缩文件解开后超过 300 MB，不予读取。请拆成几个文件。", "zip_bomb")
    return plain


def decode(raw: bytes) -> tuple[str, str]:
    """Text and its encoding: by its mark, else UTF-8, else GB18030 (which holds GBK and GB2312).

    Raises:
        Unreadable: none of them fits.
    """
    for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if raw.startswith(mark):
            names: tuple[str, ...] = (name,)
            break
    else:
        names = ("utf-8", "gb18030")
    for name in names:
        try:
            return raw.decode(name), name
        except UnicodeDecodeError:
            continue
    raise Unreadable("认不出文件的文字编码。请另存为“CSV UTF-8（逗号分隔）”再导入。", "table_encoding")


def cells_of(text: str, limits: Limits = WEB) -> tuple[list[int], list[list[str]]]:
    """The rows of a CSV that hold anything, with the line on which each begins; comma, semicolon or tab by the first line.

    Raises:
        Unreadable: quotes that do not match, bytes that are no text, or more than the limits.
    """
    first = text.lstrip("\r\n").split("\n", 1)[0]
    if "\x00" in first:
        raise Unreadable("这不是表格文件：开头有无法识别的字节。请导出为 .csv 或 .xlsx。", "table_kind")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",\t;", key=first.count), strict=True)
    lines: list[int] = []
    rows: list[list[str]] = []
    last = cells = 0
    try:
        for values in reader:
            line, last = last + 1, reader.line_num
            cells += len(values)
            if len(values) > limits.columns:
                raise Unreadable(f"第 {line} 行有 {len(values)} 列，最多 {limits.columns} 列。", "table_wide")
            if "".join(values).strip():
                rows.append(values)
                lines.append(line)
            if len(rows) > limits.rows + 1 or cells > limits.cells:
                raise Unreadable(f"超过 {limits.rows} 行或 {limits.cells} 格。请拆成几个文件，分次导入。", "table_long")
    except csv.Error as error:
        raise Unreadable(
            f"第 {last + 1} 行起读不下去：引号没有配对，或一格内容过长。请检查这一行后再导入。", "table_broken"
        ) from error
    return lines, rows

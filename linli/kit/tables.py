"""Tables from outside (表格读取): CSV and XLSX as rows of cells, read without trusting a byte of them.

Nothing is guessed away: a file that cannot be read for certain is refused with a sentence that says how to mend it.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from django.utils import timezone
from python_calamine import CalamineError, CalamineWorkbook

from linli.kit.disk import reason
from linli.kit.errors import BadInput
from linli.kit.lines import GZIP, WEB, Unreadable, cells_of, decode, gunzip

MAX_BYTES = 100 * 1024 * 1024
MAX_CELL = 100_000
MAX_PARTS = 1000
LIMITS = WEB

Cell = str | float | int | bool | date | datetime | time | timedelta


@dataclass(frozen=True)
class Row:
    """One row: its line in the file as a person counts it, and its cells."""

    line: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """A table: the names in its first row, and the rows below that hold anything."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]


class BadCell(ValueError):
    """A cell holds what cannot be taken as it is; the text says why, in Chinese."""


def read_path(path: Path) -> tuple[bytes, Table]:
    """Read a file from disk: its bytes, for a fingerprint, and its table.

    Raises:
        BadInput: it cannot be opened, or see `read_table`.
    """
    raw = read_bytes(path)
    return raw, read_table(raw)


def read_bytes(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        BadInput: it cannot be opened, or is too large.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadInput("文件超过 100 MB。请拆成几个文件，分次导入。", code="file_size")
        return path.read_bytes()
    except OSError as error:
        raise BadInput(
            f"打不开文件“{path.name}”：{reason(error)}。请核对路径和权限。", code="file_unreadable"
        ) from error


def read_table(raw: bytes) -> Table:
    """Read the first sheet of an XLSX, or a CSV (comma, semicolon or tab; UTF-8, UTF-16, GB18030), also when gzipped.

    Raises:
        BadInput: empty, of another kind, damaged, too large when unpacked, or of an encoding that is not known.
    """
    raw = unpacked(raw)
    return _headed(_xlsx(raw) if is_xlsx(raw) else csv_rows(raw)[0])


def unpacked(raw: bytes) -> bytes:
    """The bytes of an XLSX or a CSV, freed of gzip.

    Raises:
        BadInput: empty, too large, or of another kind.
    """
    if len(raw) > MAX_BYTES:
        raise BadInput("文件超过 100 MB。请拆成几个文件，分次导入。", code="file_size")
    if raw.startswith(GZIP):
        with _refused():
            raw = gunzip(raw, LIMITS)
    if not raw.strip():
        raise BadInput("文件是空的。请选择有内容的 CSV 或 XLSX 文件。", code="table_empty")
    if raw.startswith(b"\xd0\xcf\x11\xe0"):
        if "EncryptedPackage".encode("utf-16-le") in raw:  # the stream in which a workbook with a password is kept
            raise BadInput(
                "这个工作簿设有打开密码，读不了。请在表格软件中去掉密码，另存后再导入。", code="table_sealed"
            )
        raise BadInput("这是旧版 Excel（.xls）文件。请在表格软件中另存为 .xlsx 或 .csv 再导入。", code="table_kind")
    if raw.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"<!DOCTYPE", b"<html")):
        raise BadInput("这不是表格文件。请导出为 .csv 或 .xlsx 再导入。", code="table_kind")
    return raw


def is_xlsx(raw: bytes) -> bool:
    """Whether the bytes are a packed workbook."""
    return raw.startswith(b"PK")


@contextmanager
def _refused() -> Iterator[None]:
    try:
        yield
    except Unreadable as error:
        raise BadInput(str(error), code=error.code) from error


def csv_rows(raw: bytes) -> tuple[list[Row], str]:
    """Rows of a CSV that hold anything, and the encoding it was read in.

    Raises:
        BadInput: see `read_table`.
    """
    with _refused():
        text, encoding = decode(raw)
        lines, rows = cells_of(text, LIMITS)
    return [Row(line, tuple(cells)) for line, cells in zip(lines, rows, strict=True)], encoding


_REF = re.compile(rb"""\sr\s*=\s*["']([A-Z]{0,9})(\d{1,20})["']""")
_HIDDEN_REF = re.compile(rb"""\sr\s*=\s*["'][^"'<>]{0,40}&""")
_UNCOUNTED = re.compile(rb"""(?:</f>|<f\b[^<>]*/>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>""")
_CHUNK = 1 << 20
_OVERLAP = 512


def survey_xlsx(raw: bytes, *, uncounted: bool = False) -> None:
    """Look at every part of a workbook before a reader opens it.

    Args: uncounted, whether formulas without a result may stand in it; whoever allows them must tell their places.
    Raises:
        BadInput: damaged, larger than it may be, with a document type, or with a formula that has no result.
        zipfile.BadZipFile, zlib.error: not a package.
    """
    with zipfile.ZipFile(io.BytesIO(raw)) as packed:
        parts = packed.infolist()
        if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > LIMITS.plain:
            raise BadInput("XLSX 解开后过大，不予读取。请只留一张工作表，或改用 CSV。", code="zip_bomb")
        budget = LIMITS.plain
        for part in parts:
            if part.filename.lower().endswith((".xml", ".rels")):
                budget -= _survey(packed, part, budget, uncounted)


def _xlsx(raw: bytes) -> list[Row]:
    broken = BadInput("XLSX 文件已损坏，打不开。请在表格软件中另存一份再导入。", code="table_broken")
    try:
        survey_xlsx(raw)
        with CalamineWorkbook.from_filelike(io.BytesIO(raw)) as book:
            if not book.sheet_names:
                raise BadInput("XLSX 里没有工作表。", code="table_empty")
            values = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except BadInput:
        raise
    except (
        zipfile.BadZipFile,
        zlib.error,
        CalamineError,
        EOFError,
        NotImplementedError,
        OSError,
        RuntimeError,
        ValueError,
        OverflowError,
    ) as error:
        raise broken from error
    return [
        Row(line, tuple(cells))
        for line, cells in enumerate(values, 1)
        if any(not isinstance(cell, str) or cell.strip() for cell in cells)
    ]


def _survey(packed: zipfile.ZipFile, part: zipfile.ZipInfo, budget: float, uncounted: bool = False) -> int:
    """Walk one part before the reader sees it, for the reader makes room for the whole rectangle up to the last cell.

    Returns: its true size. Raises: BadInput when it is larger than it says, spans too much, or holds a formula
    without a result.
    """
    sheet = "worksheets/" in part.filename.lower()
    size = rows = columns = 0
    tail = b""
    with packed.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > budget:
                raise BadInput("XLSX 解开后过大，不予读取。请只留一张工作表，或改用 CSV。", code="zip_bomb")
            text = tail + chunk
            if b"\x00" in chunk or b"<!DOCTYPE" in text or b"<!ENTITY" in text:
                raise BadInput("XLSX 的内部格式不寻常，不予读取。请另存为 CSV 再导入。", code="table_broken")
            if sheet:
                if b"&" in text and _HIDDEN_REF.search(text):
                    raise BadInput("XLSX 的内部格式不寻常，不予读取。请另存为 CSV 再导入。", code="table_broken")
                if not uncounted and _UNCOUNTED.search(text):
                    raise BadInput(
                        "表中有还没有算出结果的公式。请在表格软件中打开并保存一次，或“选择性粘贴—数值”后再导入。",
                        code="table_formula",
                    )
                refs = _REF.findall(text)
                rows = max(rows, *map(int, {digits for _, digits in refs}), 0)
                columns = max(columns, *map(_column, {letters for letters, _ in refs}), 0)
                if rows > LIMITS.rows + 1 or columns > LIMITS.columns or rows * columns > LIMITS.cells:
                    raise BadInput(
                        f"表格伸展到第 {rows} 行、第 {columns} 列，过大（最多 {LIMITS.rows} 行、{LIMITS.columns} 列）。"
                        "请删去末尾的空行空列，或拆成几个文件。",
                        code="table_wide",
                    )
            tail = text[-_OVERLAP:]
    return size


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _headed(rows: list[Row]) -> Table:
    if not rows:
        raise BadInput("表格是空的：没有表头，也没有内容。", code="table_empty")
    head = [str(cell).replace("\x00", "").replace("\ufeff", "").strip() for cell in rows[0].cells]
    while head and not head[-1]:
        head.pop()
    if len(rows) == 1:
        raise BadInput("表格只有表头，没有内容行。", code="table_empty")
    return Table(tuple(head), tuple(rows[1:]))


ERRORS = frozenset({"#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!"})
_ROUNDED = re.compile(r"\d(?:\.\d+)?[eE]\+\d{2,3}")


def as_text(cell: Cell) -> str:
    """A cell as text, exactly.

    Raises:
        BadCell: NUL, a formula's error, longer than can be meant, or a long number that a spreadsheet has rounded.
    """
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, int | float):
        if abs(cell) >= 1e15 or cell != cell:
            raise BadCell("长数字（如 18 位号码）已被表格软件改成近似值。请把该列设为“文本”，重新填写后导出")
        return str(int(cell)) if cell == int(cell) else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, date | time | timedelta):
        return str(cell)
    if "\x00" in cell:
        raise BadCell("含有无法识别的字符（NUL）。请删除后再导出")
    if len(cell) > MAX_CELL:
        raise BadCell(f"一格内容超过 {MAX_CELL} 字。请检查引号是否配对")
    text = cell.strip()
    if text in ERRORS:
        raise BadCell(f"公式结果出错（{text}）。请改正公式，或粘贴为数值")
    if _ROUNDED.fullmatch(text):
        raise BadCell("长数字已被写成科学计数法，后几位已丢失。请把该列设为“文本”，重新填写后导出")
    return text


_DAY = r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
_HOUR = r"(上午|下午|晚上|AM|PM)?\s*(\d{1,2})\s*[:：时点]\s*(?:(\d{1,2})\s*分?)?(?:[:：]?\s*(\d{1,2})(?:[.,]\d+)?\s*秒?)?\s*(AM|PM)?"
_WRITTEN = re.compile(
    rf"{_DAY}(?:[\sT,，]*(?:星期.|周.)?\s*{_HOUR})?\s*(Z|[+-]\d{{2}}:?\d{{2}})?", re.IGNORECASE | re.ASCII
)
_PACKED = re.compile(r"(\d{4})(\d{2})(\d{2})(?:[\sT]?(\d{2}):?(\d{2})(?::?(\d{2}))?)?", re.ASCII)
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?", re.ASCII)
_HOW = "请写成 2026-01-31 09:30 这样的形式"


def as_time(cell: Cell) -> datetime | None:
    """A cell as a moment, in the installation's own zone unless it names another; None for an empty one.

    Takes dates of the spreadsheet, its serial numbers (1900 system), and the ways in which people write dates with
    the year first. A date with the day or the month first is not guessed at.

    Raises:
        BadCell: no date, no such day, before 1990 or in the future.
    """
    if isinstance(cell, str):
        found = _from_text(cell.strip())
        if found is None:
            return None
    elif isinstance(cell, bool | time | timedelta):
        raise BadCell(f"时间看不懂。{_HOW}")
    elif isinstance(cell, int | float):
        found = _from_serial(float(cell))
    else:
        found = cell if isinstance(cell, datetime) else datetime(cell.year, cell.month, cell.day)
    try:
        moment = timezone.make_aware(found) if timezone.is_naive(found) else found
        local = timezone.localtime(moment)
    except (OverflowError, ValueError) as error:
        raise BadCell(f"时间不合理。{_HOW}") from error
    if local.year < 1990 or moment > timezone.now() + timedelta(days=1):
        raise BadCell(f"时间不合理（{local:%Y-%m-%d}）：早于 1990 年或在将来。{_HOW}")
    return moment


def _from_serial(number: float) -> datetime:
    if not 20_000 <= number < 100_000:
        raise BadCell(f"时间看不懂（{number:g}）。{_HOW}")
    return datetime(1899, 12, 30) + timedelta(seconds=round(number * 86400))


def _from_text(text: str) -> datetime | None:
    if not text:
        return None
    if _SERIAL.fullmatch(text):
        return _from_serial(float(text))
    written, packed = _WRITTEN.fullmatch(text), _PACKED.fullmatch(text)
    try:
        if written:
            year, month, day, half, hour, minute, second, after, zone = written.groups()
            half = (half or after or "").upper()
            hours = int(hour or 0)
            if half in ("下午", "晚上", "PM") and hours < 12:
                hours += 12
            elif half in ("上午", "AM") and hours == 12:
                hours = 0
            found = datetime(int(year), int(month), int(day), hours, int(minute or 0), int(second or 0))
            if zone:
                stamp = "+00:00" if zone in "Zz" else zone
                return datetime.fromisoformat(f"{found.isoformat()}{stamp}")
            return found
        if packed:
            return datetime(*(int(part or 0) for part in packed.groups()))  # type: ignore[arg-type]
    except ValueError as error:
        raise BadCell(f"没有这一天或这一刻（{text[:30]}）。{_HOW}") from error
    raise BadCell(f"时间看不懂（{text[:30]}）。{_HOW}")

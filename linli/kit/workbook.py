"""Workbooks from outside (工作簿读取): every sheet with what a person would not see in it, so that nothing is read by accident.

`linli.kit.tables` reads one plain table. Here the sheets have names, and what a spreadsheet hides (merged cells, formulas,
hidden sheets and rows) is told with its place instead of being read as if it were typed.
"""

from __future__ import annotations

import io
import posixpath
import unicodedata
import xml.etree.ElementTree as ET  # after `survey_xlsx`, which turns away every DOCTYPE and ENTITY
import zipfile
import zlib
from dataclasses import dataclass

from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

from linli.kit.errors import BadInput
from linli.kit.tables import Cell, Row, csv_rows, is_xlsx, survey_xlsx, unpacked

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
_RELATION = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
)
_MOST_NAMED = 50


@dataclass(frozen=True)
class Sheet:
    """A sheet (工作表).

    Args:
        name: as on its tab; "" for a CSV. header: titles, freed of spaces, full-width letters and marks of obligation.
        rows: those below that hold anything. head_line: line of the header. hidden: whether the tab is hidden.
        merged, formulas: ranges and cells such as `A4:B5`, `C7`. hidden_rows: lines that are not shown.
        uncounted: cells of formulas that have no result, where the reader allowed them. first: the header's cells as they were.
    """

    name: str
    header: tuple[str, ...]
    rows: tuple[Row, ...]
    head_line: int = 1
    hidden: bool = False
    merged: tuple[str, ...] = ()
    formulas: tuple[str, ...] = ()
    hidden_rows: tuple[int, ...] = ()
    uncounted: tuple[str, ...] = ()
    first: tuple[Cell, ...] = ()


@dataclass(frozen=True)
class Book:
    """A workbook, or a CSV as a workbook of one sheet (工作簿). `encoding` is that of a CSV, "" for a workbook."""

    sheets: tuple[Sheet, ...]
    encoding: str = ""


def tidy_title(text: object) -> str:
    """A title as it is compared: no spaces, no full-width letters, no star and no （必填）."""
    plain = "".join(unicodedata.normalize("NFKC", str(text)).replace("\ufeff", "").split())
    return plain.replace("\x00", "").strip("*").removesuffix("(必填)").removesuffix("(选填)").strip("*")


def read_book(raw: bytes, *, uncounted: bool = False) -> Book:
    """Read an XLSX with all its sheets, or a CSV, also when gzipped.

    Args: uncounted, whether formulas without a result are told in `Sheet.uncounted` instead of being refused.
    Raises:
        BadInput: not readable, too large, or not a table; see `linli.kit.tables.read_table`.
    """
    raw = unpacked(raw)
    if not is_xlsx(raw):
        rows, encoding = csv_rows(raw)
        return Book((_headed("", rows),), encoding)
    try:
        survey_xlsx(raw, uncounted=uncounted)
        with CalamineWorkbook.from_filelike(io.BytesIO(raw)) as book:
            hidden = {row.name: row.visible != SheetVisibleEnum.Visible for row in book.sheets_metadata}
            unseen = _unseen(raw)
            sheets = []
            for name in book.sheet_names:
                sheet = book.get_sheet_by_name(name)
                lines = [
                    Row(line, tuple(cells)) for line, cells in enumerate(sheet.to_python(skip_empty_area=False), 1)
                ]
                merged = tuple(f"{_cell(*first)}:{_cell(*last)}" for first, last in sheet.merged_cell_ranges or ())
                formulas, rows_hidden, bare = unseen.get(name, _NOTHING)
                filled = [row for row in lines if any(not isinstance(cell, str) or cell.strip() for cell in row.cells)]
                made = _headed(name, filled)
                sheets.append(
                    Sheet(
                        name,
                        made.header,
                        made.rows,
                        made.head_line,
                        hidden.get(name, False),
                        merged,
                        formulas,
                        rows_hidden,
                        bare,
                        made.first,
                    )
                )
    except (
        CalamineError,
        ET.ParseError,
        EOFError,
        KeyError,
        NotImplementedError,
        OSError,
        OverflowError,
        RuntimeError,
        ValueError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise BadInput("XLSX 文件已损坏，打不开。请在表格软件中另存一份再导入。", code="table_broken") from error
    return Book(tuple(sheets))


def _headed(name: str, rows: list[Row]) -> Sheet:
    if not rows:
        return Sheet(name, (), ())
    head = [tidy_title(cell) for cell in rows[0].cells]
    while head and not head[-1]:
        head.pop()
    return Sheet(name, tuple(head), tuple(rows[1:]), rows[0].line, first=rows[0].cells)


def _cell(row: int, column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


_Unseen = tuple[tuple[str, ...], tuple[int, ...], tuple[str, ...]]
_NOTHING: _Unseen = ((), (), ())


def _unseen(raw: bytes) -> dict[str, _Unseen]:
    """Formulas, hidden rows and formulas without a result of each sheet, from the sheets' own XML."""
    found = {}
    with zipfile.ZipFile(io.BytesIO(raw)) as packed:
        links = {}
        for link in ET.fromstring(packed.read("xl/_rels/workbook.xml.rels")):
            target = link.get("Target", "")
            links[link.get("Id")] = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
        for sheet in ET.fromstring(packed.read("xl/workbook.xml")).iter():
            if sheet.tag not in (f"{_MAIN}sheet", f"{_STRICT}sheet"):
                continue
            link_id = next((sheet.get(f"{{{space}}}id") for space in _RELATION if sheet.get(f"{{{space}}}id")), None)
            part = links.get(link_id, "")
            if part in packed.namelist() and _worth_walking(packed, part):
                found[sheet.get("name", "")] = _walk(packed, part)
    return found


_TELLING = (b"</f>", b"<f ", b":f", b"hidden")
_CHUNK = 1 << 20


def _worth_walking(packed: zipfile.ZipFile, part: str) -> bool:
    """Whether a sheet may hold a formula or a hidden row at all: most hold none, and the walk is slow."""
    tail = b""
    with packed.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            text = tail + chunk
            if any(mark in text for mark in _TELLING):
                return True
            tail = chunk[-8:]
    return False


def _walk(packed: zipfile.ZipFile, part: str) -> _Unseen:
    formulas: list[str] = []
    bare: list[str] = []
    hidden: list[int] = []
    line = column = 0
    here, formula, result = "", False, False
    with packed.open(part) as stream:
        for event, node in ET.iterparse(stream, ("start", "end")):
            tag = node.tag.rpartition("}")[2]
            if event == "start" and tag == "row":
                given = node.get("r", "")
                line, column = int(given) if given.isdigit() else line + 1, 0
                if node.get("hidden") in ("1", "true"):
                    hidden.append(line)
            elif event == "start" and tag == "c":
                column += 1
                here, formula, result = node.get("r") or _cell(line - 1, column - 1), False, False
            elif event == "start" and tag == "f":
                formula = True
                if len(formulas) < _MOST_NAMED:
                    formulas.append(here)
            elif event == "end" and tag == "v":
                result = bool(node.text)
            elif event == "end" and tag == "c":
                # A text that a formula made empty is a result; a figure that is not there is none.
                if formula and not result and node.get("t") != "str":
                    bare.append(here)
            elif event == "end" and tag == "row":
                node.clear()
    return tuple(formulas), tuple(hidden), tuple(bare)

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
from linli.kit.tables import Row, csv_rows, is_xlsx, survey_xlsx, unpacked

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
    """

    name: str
    header: tuple[str, ...]
    rows: tuple[Row, ...]
    head_line: int = 1
    hidden: bool = False
    merged: tuple[str, ...] = ()
    formulas: tuple[str, ...] = ()
    hidden_rows: tuple[int, ...] = ()


@dataclass(frozen=True)
class Book:
    """A workbook, or a CSV as a workbook of one sheet (工作簿). `encoding` is that of a CSV, "" for a workbook."""

    sheets: tuple[Sheet, ...]
    encoding: str = ""


def tidy_title(text: object) -> str:
    """A title as it is compared: no spaces, no full-width letters, no star and no （必填）."""
    plain = "".join(unicodedata.normalize("NFKC", str(text)).replace("\ufeff", "").split())
    return plain.replace("\x00", "").strip("*").removesuffix("(必填)").removesuffix("(选填)").strip("*")


def read_book(raw: bytes) -> Book:
    """Read an XLSX with all its sheets, or a CSV, also when gzipped.

    Raises:
        BadInput: not readable, too large, or not a table; see `linli.kit.tables.read_table`.
    """
    raw = unpacked(raw)
    if not is_xlsx(raw):
        rows, encoding = csv_rows(raw)
        return Book((_headed("", rows),), encoding)
    try:
        survey_xlsx(raw)
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
                formulas, rows_hidden = unseen.get(name, ((), ()))
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
    return Sheet(name, tuple(head), tuple(rows[1:]), rows[0].line)


def _cell(row: int, column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def _unseen(raw: bytes) -> dict[str, tuple[tuple[str, ...], tuple[int, ...]]]:
    """Formulas and hidden rows of each sheet, from the sheets' own XML."""
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
            if part in packed.namelist():
                found[sheet.get("name", "")] = _walk(packed, part)
    return found


def _walk(packed: zipfile.ZipFile, part: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    formulas: list[str] = []
    hidden: list[int] = []
    line = column = 0
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
                here = node.get("r") or _cell(line - 1, column - 1)
            elif event == "start" and tag == "f" and len(formulas) < _MOST_NAMED:
                formulas.append(here)
            elif event == "end" and tag == "row":
                node.clear()
    return tuple(formulas), tuple(hidden)

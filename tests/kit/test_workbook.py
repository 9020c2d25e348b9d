"""Workbooks (工作簿): every sheet by name, and what a spreadsheet hides told with its place."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from linli.kit import incoming
from linli.kit.errors import BadInput
from linli.kit.workbook import read_book, tidy_title


def sly() -> bytes:
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True})
    seen, veiled = made.add_worksheet("看得见"), made.add_worksheet("看不见")
    seen.write_row(1, 0, ["名 称*", "代码（必填）"])
    seen.write_row(2, 0, ["甲", "001"])
    seen.write_row(4, 0, ["乙", 12])
    seen.write_formula(4, 2, "=1+1", None, 2)
    seen.merge_range(5, 0, 6, 27, "合")
    seen.set_row(2, None, None, {"hidden": True})
    veiled.write(0, 0, "x")
    veiled.hide()
    made.close()
    return out.getvalue()


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzipped"])
def test_sheets_come_by_name_with_what_they_hide(pack: type[bytes]) -> None:
    seen, veiled = read_book(pack(sly())).sheets
    assert (seen.name, seen.header, seen.head_line, seen.hidden) == ("看得见", ("名称", "代码"), 2, False)
    assert [(row.line, row.cells[:2]) for row in seen.rows] == [(3, ("甲", "001")), (5, ("乙", 12.0)), (6, ("合", ""))]
    assert (seen.merged, seen.formulas, seen.hidden_rows) == (("A6:AB7",), ("C5",), (3,))
    assert veiled.hidden


def test_a_csv_is_a_book_of_one_sheet_with_its_encoding() -> None:
    book = read_book("名称,代码\n甲,001\n".encode("gb18030"))
    assert book.encoding == "gb18030" and book.sheets[0].rows[0].cells == ("甲", "001")
    assert read_book(b"a,b\n1,2\n").encoding == "utf-8"


def test_an_empty_sheet_is_an_empty_sheet() -> None:
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out)
    made.add_worksheet("空")
    made.close()
    assert read_book(out.getvalue()).sheets[0].rows == ()


def repacked(raw: bytes, part: str, change: bytes) -> bytes:
    """The workbook with one part replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change if name == part else old.read(name))
    return out.getvalue()


@pytest.mark.parametrize(
    "raw",
    [
        b"PK\x03\x04 no package",
        sly()[:400],
        repacked(sly(), "xl/workbook.xml", b"<workbook"),
        repacked(sly(), "xl/worksheets/sheet1.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
        repacked(sly(), "xl/_rels/workbook.xml.rels", b"<x/>"),
        b"\xd0\xcf\x11\xe0 old",
        b"%PDF-1.7",
        b"",
    ],
)
def test_what_cannot_be_read_for_certain_is_refused(raw: bytes) -> None:
    with pytest.raises(BadInput):
        read_book(raw)


@pytest.mark.parametrize("given", ["名称", " 名 称 ", "名称*", "名称（必填）", "＊名称", "\ufeff名称"])
def test_titles_are_compared_without_their_dress(given: str) -> None:
    assert tidy_title(given) == "名称"
    assert tidy_title("ＣＯＤＥ") == "CODE"


def test_what_is_kept_between_two_pages_is_sealed_and_goes(settings: object, tmp_path: Path) -> None:
    settings.LINLI_DATA = tmp_path  # type: ignore[attr-defined]
    token = incoming.keep("李梅 100\xff".encode())
    (file,) = (tmp_path / "incoming").iterdir()
    assert "李梅".encode() not in file.read_bytes() and incoming.fetch(token) == "李梅 100\xff".encode()
    assert incoming.fetch(token, seconds=-1) is None and incoming.fetch("../secret.key") is None
    incoming.drop(token)
    assert incoming.fetch(token) is None


def test_a_formula_without_a_result_is_told_with_its_place_where_the_reader_allows_it() -> None:
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = made.add_worksheet("表")
    sheet.write_row(0, 0, ["名称", "数"])
    sheet.write_formula("B2", "=1+1", None, 2)
    sheet.write_formula("B3", "=2+2", None, "")
    made.close()
    with zipfile.ZipFile(io.BytesIO(out.getvalue())) as packed:
        xml = packed.read("xl/worksheets/sheet1.xml").replace(b"<v></v>", b"").replace(b' t="str"', b"")
    raw = repacked(out.getvalue(), "xl/worksheets/sheet1.xml", xml)
    with pytest.raises(BadInput, match="还没有算出结果"):
        read_book(raw)
    read = read_book(raw, uncounted=True).sheets[0]
    assert read.uncounted == ("B3",) and read.formulas == ("B2", "B3") and read.first == ("名称", "数")


def test_an_old_workbook_and_one_with_a_password_are_told_apart() -> None:
    old = b"\xd0\xcf\x11\xe0" + bytes(600)
    with pytest.raises(BadInput, match="旧版 Excel"):
        read_book(old)
    with pytest.raises(BadInput, match="打开密码"):
        read_book(old + "EncryptedPackage".encode("utf-16-le"))

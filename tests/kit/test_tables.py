"""Tables from outside: every encoding and form that offices use, and no file that breaks the reader."""

from __future__ import annotations

import gzip
import io
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from linli.kit import tables
from linli.kit.errors import BadInput
from linli.kit.lines import Limits
from linli.kit.tables import BadCell, as_text, as_time, read_path, read_table

TEXT = "编号,内容\nA1,路灯坏了\n"


def xlsx(*rows: tuple[Any, ...]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, datetime):
                sheet.write_datetime(at, column, value, book.add_format({"num_format": "yyyy-mm-dd hh:mm"}))
            else:
                sheet.write(at, column, value)
    book.close()
    return out.getvalue()


def with_sheet(xml: bytes) -> bytes:
    """A workbook whose first sheet holds the given XML."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx(("a",)))) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part, xml if part.filename.endswith("sheet1.xml") else old.read(part))
    return out.getvalue()


def sheet(cells: str) -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<?xml version="1.0"?><worksheet xmlns="{space}"><sheetData>{cells}</sheetData></worksheet>'.encode()


def refusal(raw: bytes) -> BadInput:
    with pytest.raises(BadInput) as caught:
        read_table(raw)
    assert any("\u4e00" <= sign <= "\u9fff" for sign in caught.value.message)
    return caught.value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gbk", "gb18030"])
@pytest.mark.parametrize("pack", [False, True])
def test_a_csv_is_read_in_the_encodings_of_offices(encoding: str, pack: bool) -> None:
    raw = TEXT.encode(encoding)
    found = read_table(gzip.compress(raw) if pack else raw)
    assert found.header == ("编号", "内容")
    assert [(row.line, row.cells) for row in found.rows] == [(2, ("A1", "路灯坏了"))]


def test_rare_signs_survive() -> None:
    assert read_table("内容\n𠮷𬭚镇\n".encode("gb18030")).rows[0].cells == ("𠮷𬭚镇",)


@pytest.mark.parametrize("sign", ["\t", ";"])
def test_other_delimiters_are_seen(sign: str) -> None:
    assert read_table(TEXT.replace(",", sign).encode()).header == ("编号", "内容")


def test_lines_are_counted_as_a_person_counts_them() -> None:
    found = read_table('编号,内容\r\n\r\nA1,"两\r\n行"\r\nA2,一行\r\n'.encode())
    assert [(row.line, row.cells[0]) for row in found.rows] == [(3, "A1"), (5, "A2")]


def test_a_workbook_is_read_with_its_own_lines_and_types() -> None:
    at = datetime(2026, 1, 5, 9, 30)
    found = read_table(xlsx((), ("编号", "内容", "时间"), (7, "路灯坏了", at), (), ("", "=1+1 不是公式", 46027.5)))
    assert found.header == ("编号", "内容", "时间")
    assert [row.line for row in found.rows] == [3, 5]
    assert as_text(found.rows[0].cells[0]) == "7"
    assert as_time(found.rows[0].cells[2]) == timezone.make_aware(at)
    assert as_time(found.rows[1].cells[2]) == timezone.make_aware(datetime(2026, 1, 5, 12))


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "table_empty"),
        (b" \n\n", "table_empty"),
        (b"a,b\n", "table_empty"),
        (b"\n,,\n , \n", "table_empty"),
        (xlsx(), "table_empty"),
        (b"%PDF-1.7 ...", "table_kind"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "table_kind"),
        (b"a\x00b\x00,c\n1\n", "table_kind"),
        (b"PK\x03\x04 not a zip", "table_broken"),
        (xlsx(("a",), ("b",))[:-200], "table_broken"),
        (gzip.compress(TEXT.encode(), mtime=0)[:-9], "table_broken"),
        (b"\x1f\x8b nothing", "table_broken"),
        ("内容\n".encode() + b"\xff\xff\xff\xff", "table_encoding"),
        ('内容\n"没有收尾\n又一行\n'.encode(), "table_broken"),
        (b"a," * 1_000_000 + b"\n1\n", "table_wide"),
        (with_sheet(sheet('<row r="1"><c r="XFD1048576"><v>1</v></c></row>')), "table_wide"),
        (with_sheet(sheet("<row r='1'><c r = 'A1048576'><v>1</v></c></row>")), "table_wide"),
        (with_sheet(sheet('<row r="1"><c r="&#65;1"><v>1</v></c></row>')), "table_broken"),
        (with_sheet(sheet('<row r="1"><c r="A1"><f>B1</f></c></row>')), "table_formula"),
        (with_sheet(sheet('<row r="1"><c r="A1"><f>B1</f><v></v></c></row>')), "table_formula"),
        (with_sheet(sheet("x").decode().encode("utf-16")), "table_broken"),
        (with_sheet(b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + sheet("")), "table_broken"),
        (with_sheet(b"<worksheet><sheetData><row"), "table_broken"),
    ],
)
def test_what_cannot_be_read_for_certain_is_refused(raw: bytes, code: str) -> None:
    assert refusal(raw).code == code


def test_bombs_do_not_go_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "LIMITS", Limits(plain=5_000_000))
    assert refusal(gzip.compress(b"0" * 6_000_000)).code == "zip_bomb"
    assert refusal(with_sheet(sheet(" " * 6_000_000))).code == "zip_bomb"
    monkeypatch.setattr(tables, "MAX_PARTS", 3)
    assert refusal(xlsx(("a",), ("b",))).code == "zip_bomb"
    monkeypatch.setattr(tables, "LIMITS", Limits(rows=2))
    assert refusal(b"a\n" * 10).code == "table_long"
    monkeypatch.setattr(tables, "MAX_BYTES", 5)
    assert refusal(b"a\nbcdef").code == "file_size"


def test_a_file_that_is_not_there_is_said_in_words(tmp_path: Path) -> None:
    for path in (tmp_path / "无.csv", tmp_path):
        with pytest.raises(BadInput, match="打不开"):
            read_path(path)


@pytest.mark.parametrize(
    "cell", [420000199001011234.0, 1e15, float("nan"), float("inf"), "4.2E+17", "a\x00b", "#REF!", "长" * 100_001]
)
def test_a_rounded_or_broken_cell_is_never_taken(cell: Any) -> None:
    with pytest.raises(BadCell):
        as_text(cell)


@pytest.mark.parametrize(
    ("cell", "text"),
    [(13800000000.0, "13800000000"), (1.5, "1.5"), (True, "是"), ("3E12 幢", "3E12 幢"), (" 甲 ", "甲"), (0, "0")],
)
def test_a_cell_is_text_exactly(cell: Any, text: str) -> None:
    assert as_text(cell) == text


@pytest.mark.parametrize(
    "cell",
    [
        "2026-01-05 09:30",
        "2026/1/5 9:30:00",
        "2026.1.5 9:30",
        "2026年1月5日 9时30分",
        "2026年1月5日9点30分0秒",
        "2026-01-05T09:30:00.000",
        "2026-01-05T09:30:00+08:00",
        "2026-01-05T01:30Z",
        "2026-1-5 上午9:30",
        "2026/1/5 9:30 AM",
        "202601050930",
        "2026-01-05 周一 09:30",
        46027 + 9.5 / 24,
        "46027.395833333",
    ],
)
def test_dates_in_many_forms_are_one_moment(cell: Any) -> None:
    assert as_time(cell) == timezone.make_aware(datetime(2026, 1, 5, 9, 30))


def test_noon_and_midnight() -> None:
    assert as_time("2026-1-5 下午12:10") == timezone.make_aware(datetime(2026, 1, 5, 12, 10))
    assert as_time("2026-1-5 12:10 AM") == timezone.make_aware(datetime(2026, 1, 5, 0, 10))
    assert as_time("2026-1-5") == timezone.make_aware(datetime(2026, 1, 5))
    assert as_time("") is None


@pytest.mark.parametrize(
    "cell",
    [
        "1/5/2026",
        "2026-02-30",
        "2026-01-05 25:00",
        "20261399",
        "昨天",
        "²⁰²⁶",
        "1899-01-01",
        "2999-01-01",
        "9999-12-31 23:59:59",
        "0001-01-01T00:00:00+14:00",
        1e300,
        -1,
        5,
        float("nan"),
        True,
    ],
)
def test_a_date_that_is_no_date_is_not_guessed(cell: Any) -> None:
    with pytest.raises(BadCell):
        as_time(cell)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(raw=st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
@example(b"PK\x05\x06" + b"\x00" * 18)
@example(b"\xff\xfe\x00")
def test_no_bytes_break_the_reader(raw: bytes) -> None:
    try:
        found = read_table(raw)
    except BadInput as refused:
        assert refused.message
    else:
        assert found.rows


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_damage_to_a_workbook_breaks_the_reader(data: st.DataObject) -> None:
    raw = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        assert read_table(bytes(raw)).rows
    except BadInput as refused:
        assert refused.message


GOOD = xlsx(("编号", "内容"), (1, "路灯坏了"))

CELLS = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=40),
    st.floats(),
    st.integers(),
    st.booleans(),
    st.datetimes(),
)


@settings(max_examples=300, deadline=None)
@given(cell=CELLS)
def test_no_cell_breaks_text_or_time(cell: Any) -> None:
    for read in (as_text, as_time):
        try:
            read(cell)
        except BadCell as refused:
            assert str(refused)

"""Tables out: what a spreadsheet opens is text and numbers, never a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from linli.kit.export import csv_response, safe_cell, xlsx_bytes, xlsx_response
from linli.kit.tables import read_table

EVIL = ['=HYPERLINK("http://x")', "+1+1", "-2", "@SUM(A1)", "\tx", "\rx"]


def body(answer: object) -> str:
    return b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", EVIL)
def test_what_a_spreadsheet_would_run_becomes_text(text: str) -> None:
    assert safe_cell(text) == "'" + text
    (row,) = list(csv.reader(io.StringIO(body(csv_response("表", ["名称"], [[text]])).lstrip("\ufeff"), newline="")))[
        1:
    ]
    assert row == ["'" + text]


def test_numbers_stay_numbers_and_dates_are_readable() -> None:
    assert safe_cell(-2) == -2
    assert safe_cell(1.5) == 1.5
    assert (safe_cell(True), safe_cell(False), safe_cell(None)) == ("是", "否", "")
    assert safe_cell(date(2026, 5, 1)) == "2026-05-01"
    assert safe_cell(datetime(2026, 5, 1, 1, 30, tzinfo=UTC)) == "2026-05-01 09:30"


def test_a_csv_opens_in_chinese_and_is_sent_row_by_row() -> None:
    asked = []

    def rows() -> Iterator[list[object]]:
        for number in range(3):
            asked.append(number)
            yield [number, "滨江"]

    answer = csv_response("机构", ["序号", "名称"], rows())
    parts = iter(answer)
    assert next(parts) == "\ufeff".encode()
    next(parts)
    assert asked == []
    assert next(parts).decode() == "0,滨江\r\n"
    assert asked == [0]
    assert "filename*=UTF-8''%E6%9C%BA%E6%9E%84.csv" in answer["Content-Disposition"]


def test_a_workbook_is_read_back_as_it_was_written() -> None:
    raw = xlsx_bytes(["名称", "人数"], [["=1+1", 21], ["https://x.example", -3], ["007", 0]])
    table = read_table(raw)
    assert table.header == ("名称", "人数")
    assert [row.cells for row in table.rows] == [("'=1+1", 21.0), ("https://x.example", -3.0), ("007", 0.0)]


def test_an_empty_workbook_still_has_its_titles() -> None:
    answer = xlsx_response("空表", ["名称", "人数"], [])
    assert answer["Content-Type"].endswith("spreadsheetml.sheet")
    assert answer.content.startswith(b"PK")

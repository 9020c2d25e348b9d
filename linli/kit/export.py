"""Tables out (导出): CSV and XLSX that no spreadsheet program runs as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import chain
from urllib.parse import quote

import xlsxwriter
from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
_WIDEST = 60


def safe_cell(value: object) -> str | int | float:
    """One cell as it may be written: numbers stay numbers, everything else becomes text that is no formula.

    A text that begins with = + - @ or a tab is run by spreadsheet programs; an apostrophe before it makes it text
    (OWASP, CSV injection). Booleans become 是 and 否, times local ones, None an empty cell.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        return value
    if isinstance(value, datetime):
        value = timezone.localtime(value) if timezone.is_aware(value) else value
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def named(answer: HttpResponse | StreamingHttpResponse, filename: str, ending: str) -> None:
    """Hand an answer out as a file of that name, Chinese or not (下载文件名)."""
    name = filename if filename.endswith(ending) else filename + ending
    answer["Content-Disposition"] = f"attachment; filename=\"table{ending}\"; filename*=UTF-8''{quote(name, safe='')}"
    answer["X-Content-Type-Options"] = "nosniff"


def csv_response(filename: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> StreamingHttpResponse:
    """A CSV file that Excel opens in Chinese without asking (UTF-8 with mark), sent row by row.

    Args: filename, with or without `.csv`; header, the titles; rows, values in the order of the header.
    """

    def lines() -> Iterator[str]:
        line = io.StringIO()
        writer = csv.writer(line)
        yield "\ufeff"
        for row in chain([header], rows):
            writer.writerow([safe_cell(value) for value in row])
            yield line.getvalue()
            line.seek(0)
            line.truncate()

    answer = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    named(answer, filename, ".csv")
    return answer


def xlsx_bytes(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """An Excel workbook of one sheet: titles in bold and frozen, a filter on them, columns as wide as their text."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    sheet = book.add_worksheet()
    bold = book.add_format({"bold": True, "bottom": 1})
    widths = [_width(title) for title in header]
    for column, title in enumerate(header):
        sheet.write_string(0, column, title, bold)
    last = 0
    for last, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            cell = safe_cell(value)
            sheet.write(last, column, cell)
            widths[column] = max(widths[column], _width(str(cell)))
    for column, width in enumerate(widths):
        sheet.set_column(column, column, min(width, _WIDEST) + 2)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, last, max(len(header) - 1, 0))
    book.close()
    return out.getvalue()


def _width(text: str) -> int:
    """Columns a text takes: a Chinese sign is as wide as two Latin ones."""
    return sum(2 if ord(sign) > 0x2E7F else 1 for sign in text)


def xlsx_response(filename: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """An Excel workbook as a download; arguments as for `csv_response`."""
    answer = HttpResponse(xlsx_bytes(header, rows), content_type=XLSX)
    named(answer, filename, ".xlsx")
    return answer

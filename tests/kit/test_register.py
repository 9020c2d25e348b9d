"""Registers: one declaration gives list, pages, form, export and import; nothing is written by halves."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from linli.commons.models import Body, CalendarDay
from linli.kit import register
from linli.kit.export import xlsx_bytes
from linli.kit.tables import read_table
from linli.kit.trail import Entry
from tests.cast import Town

DAYS = "/work/calendar/days/"


def text_of(answer: object) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))  # type: ignore[attr-defined]


@pytest.fixture
def desk(hubei: Town, client: Client) -> Client:
    assert hubei.lead.user is not None
    client.force_login(hubei.lead.user)
    return client


def days(town: Town, count: int) -> list[date]:
    start = date(2050, 1, 1)
    rows = [CalendarDay(place=town.county.code, day=start + timedelta(n), working=bool(n % 2)) for n in range(count)]
    CalendarDay.objects.bulk_create(rows)
    return [row.day for row in rows]


def listed(answer: object) -> list[str]:
    found = re.findall(r"<th role=\"rowheader\" scope=\"row\">(?:<a [^>]*>)?([^<]+)", answer.content.decode())  # type: ignore[attr-defined]
    return [text.strip() for text in found]


def test_an_empty_register_says_the_next_step(desk: Client) -> None:
    said = text_of(desk.get(DAYS))
    assert "还没有放假和上班日" in said and "新增放假和上班日" in said and "从表格导入" in said


def test_pages_by_key_miss_no_row_and_show_none_twice_while_rows_come_in(hubei: Town, desk: Client) -> None:
    known = days(hubei, 2 * register.PAGE + 5)
    first = desk.get(DAYS)
    seen = listed(first)
    CalendarDay.objects.create(place=hubei.county.code, day=date(2060, 1, 1), working=False)
    address = DAYS
    answer = first
    while older := re.search(r'href="(\?[^"]*)" rel="next"', answer.content.decode()):
        address = DAYS + older[1].replace("&amp;", "&")
        answer = desk.get(address)
        seen += listed(answer)
    assert seen == [day.isoformat() for day in reversed(known)]
    newer = re.search(r'href="(\?[^"]*)" rel="prev"', answer.content.decode())
    assert newer is not None
    assert listed(desk.get(DAYS + newer[1].replace("&amp;", "&"))) == seen[register.PAGE : 2 * register.PAGE]


def test_search_and_filters_narrow_list_and_export_alike(hubei: Town, desk: Client) -> None:
    said = text_of(desk.get("/work/bodies/", {"q": "滨江 街道"}))
    assert "1 个机构" in said and "滨江街道办事处" in said
    answer = desk.get("/work/bodies/", {"kind": "committee", "as": "csv"})
    text = b"".join(answer.streaming_content).decode().lstrip("\ufeff")  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert {row["名称"] for row in rows} == {"滨江社区居民委员会", "柳岸社区居民委员会"}
    assert {row["类别"] for row in rows} == {"居（村）民委员会"}
    said = text_of(desk.get("/work/bodies/", {"q": "没有这样的"}))
    assert "没有符合条件的" in said


def test_an_export_runs_no_formula_and_comes_back_in_as_it_was(hubei: Town, desk: Client) -> None:
    CalendarDay.objects.create(place=hubei.county.code, day=date(2050, 1, 3), working=False, name="=1+1")
    answer = desk.get(DAYS, {"as": "xlsx"})
    assert read_table(answer.content).rows[0].cells[2] == "'=1+1"
    CalendarDay.objects.filter(place=hubei.county.code).delete()
    desk.post(f"{DAYS}import/", {"file": SimpleUploadedFile("d.xlsx", answer.content)})
    assert CalendarDay.objects.get(place=hubei.county.code).name == "=1+1"


def test_the_template_holds_the_titles_that_an_import_asks_for(desk: Client) -> None:
    answer = desk.get(DAYS, {"as": "template"})
    raw = xlsx_bytes(["日期", "放假或上班", "名称"], [])
    assert answer.status_code == 200 and answer.content[:2] == raw[:2] == b"PK"
    import zipfile

    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        strings = book.read("xl/sharedStrings.xml").decode()
    assert [title for title in ("日期", "放假或上班", "名称") if title in strings] == ["日期", "放假或上班", "名称"]


@pytest.mark.parametrize("odd", [{"after": "x"}, {"before": "9999-99-99"}, {"q": "a\x01b"}, {"kind": "circus"}])
def test_odd_addresses_break_nothing(desk: Client, odd: dict[str, str]) -> None:
    for url in (DAYS, "/work/bodies/"):
        assert desk.get(url, odd).status_code == 200


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("日期,名称\n2050-01-01,元旦\n", "缺少这些列：放假或上班"),
        ("日期,放假或上班,星期\n2050-01-01,放假,六\n", "不认识这些列：星期"),
        ("日期,日期,放假或上班\n2050-01-01,2050-01-02,放假\n", "表头有重复的列"),
        ("日期,放假或上班\n", "只有表头"),
        ("日期,放假或上班\n2050-01-01,放假\n,放假\n", "第 3 行，日期：请填写日期"),
        ("日期,放假或上班\n2050-01-01,#REF!\n", "第 2 行：公式结果出错"),
        ("日期,放假或上班,名称\n2050-01-01,放假," + "长" * 31 + "\n", "第 2 行，名称：名称请写在 30 字以内"),
    ],
)
def test_a_wrong_table_is_refused_row_by_row_and_nothing_is_kept(
    hubei: Town, desk: Client, table: str, said: str
) -> None:
    answer = desk.post(f"{DAYS}import/", {"file": SimpleUploadedFile("d.csv", table.encode())})
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert not CalendarDay.objects.filter(place=hubei.county.code).exists()
    assert not Entry.objects.filter(verb="commons.day_set").exists()


def test_a_picture_is_no_table(desk: Client) -> None:
    answer = desk.post(f"{DAYS}import/", {"file": SimpleUploadedFile("d.xlsx", b"\x89PNG\r\n\x1a\n")})
    assert answer.status_code == 422 and "这不是表格文件" in text_of(answer)


def test_dates_of_a_spreadsheet_are_taken_as_days(hubei: Town, desk: Client) -> None:
    raw = io.BytesIO()
    import xlsxwriter

    book = xlsxwriter.Workbook(raw)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["日期", "放假或上班"])
    sheet.write_datetime(1, 0, date(2050, 1, 3), book.add_format({"num_format": "yyyy-mm-dd"}))
    sheet.write(1, 1, "放假")
    book.close()
    answer = desk.post(f"{DAYS}import/", {"file": SimpleUploadedFile("d.xlsx", raw.getvalue())})
    assert answer.status_code == 302, text_of(answer)
    assert CalendarDay.objects.get(place=hubei.county.code).day == date(2050, 1, 3)


def test_who_lacks_the_power_sees_no_button_and_is_refused(hubei: Town, client: Client) -> None:
    assert hubei.admin.user is not None
    client.force_login(hubei.admin.user)
    said = text_of(client.get("/work/bodies/"))
    assert "新增机构" not in said
    given = {"code": "420-x", "name": "某局", "kind": "department", "place": hubei.county.code}
    assert client.post("/work/bodies/new/", given).status_code == 404
    assert not Body.objects.filter(code="420-x").exists()

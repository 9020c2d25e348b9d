"""The tables that commands read and write: as long as they are, whole or not at all."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from linli.kit.export import xlsx_bytes
from linli.kit.lines import WEB
from linli.site.commands.prepare import Trouble
from linli.site.commands.sheets import read_sheet, write_sheet


def test_a_csv_and_an_xlsx_of_the_same_rows_are_read_alike(tmp_path: Path) -> None:
    rows = [("001", "翠湖路\n二楼"), ("002", " 前后有空格 ")]
    packed = tmp_path / "a.csv.gz"
    write_sheet(tmp_path / "a.csv", ("code", "名称"), rows)
    packed.write_bytes(gzip.compress((tmp_path / "a.csv").read_bytes()))
    write_sheet(tmp_path / "a.xlsx", ("code", "名称"), rows)
    for path in (tmp_path / "a.csv", packed, tmp_path / "a.xlsx"):
        sheet = read_sheet(path)
        assert sheet.header == ["code", "名称"] and sheet.rows == [list(row) for row in rows]
        assert sheet.column("CODE") == ["001", "002"] and sheet.column("没有") == ["", ""]


def test_the_line_of_a_row_is_the_one_a_person_counts(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('a;b\n\n"一\n二";1\n3\n', encoding="gb18030")
    sheet = read_sheet(path)
    assert list(sheet.lines) == [3, 5] and sheet.rows == [["一\n二", "1"], ["3", ""]]


def test_an_operators_own_file_may_be_longer_than_one_from_the_web(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("a\n" + "1\n" * (WEB.rows + 5), encoding="utf-8")
    assert len(read_sheet(path).rows) == WEB.rows + 5


@pytest.mark.parametrize(
    ("name", "raw", "said"),
    [
        ("a.csv", b"", "是空的"),
        ("a.csv", 'a,b\n"一,1\n'.encode(), "第 2 行起读不下去"),
        ("a.csv", b"a\x00b,c\n1,2\n", "不是表格文件"),
        ("a.csv", b"\x81\xff\x81\xff\n", "文字编码"),
        ("a.csv.gz", b"\x1f\x8b\x08\x00damaged", "压缩文件已损坏"),
        ("a.xlsx", b"PK\x03\x04damaged", "已损坏"),
        ("a.xls", b"\xd0\xcf\x11\xe0" + b"\x00" * 600, "旧版 Excel"),
        ("a.xlsx", xlsx_bytes(("编号",), [(123456789012345678,)]), "第 2 行“编号”"),
    ],
)
def test_what_cannot_be_read_is_said_with_the_files_name(tmp_path: Path, name: str, raw: bytes, said: str) -> None:
    path = tmp_path / name
    path.write_bytes(raw)
    with pytest.raises(Trouble, match=said) as told:
        read_sheet(path)
    assert name in str(told.value) and told.value.code == 2


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_what_stood_there_stays_when_the_rows_break_off(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write_sheet(path, ("a",), [(1,)])
    before = path.read_bytes()

    def rows() -> Iterator[tuple[int]]:
        yield (2,)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_sheet(path, ("a",), rows())
    assert path.read_bytes() == before and [one.name for one in tmp_path.iterdir()] == [name]


def test_a_result_goes_through_a_link_and_says_where_it_cannot_go(tmp_path: Path) -> None:
    target, link = tmp_path / "真.csv", tmp_path / "link.csv"
    target.write_text("旧", encoding="utf-8")
    link.symlink_to(target)
    write_sheet(link, ("id", "group"), [("1", "")], mark=False)
    assert link.is_symlink() and list(csv.reader(target.open(encoding="utf-8"))) == [["id", "group"], ["1", ""]]
    for name in ("none/a.csv", "none/a.xlsx"):
        with pytest.raises(Trouble, match="写不了"):
            write_sheet(tmp_path / name, ("a",), [(1,)])

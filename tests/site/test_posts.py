"""`linli posts apportion`: from a table of units to a table of shares, or a sentence that says why not."""

import csv
from pathlib import Path

import pytest

from linli.site.cli import main

CENSUS = """区划代码,区县,城镇人口,家庭户数
990000,某省,30001,9000
990100,甲市,30001,9000
990101,云溪县,10000,3334
990102,松岭区,20001,100
"""


def run(folder: Path, text: str, *options: str) -> list[dict[str, str]]:
    source, made = folder / "units.csv", folder / "shares.csv"
    source.write_text(text, encoding="utf-8")
    assert main(["posts", "apportion", str(source), "-o", str(made), *options]) == 0
    with made.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_weights_and_bounds_share_a_total(tmp_path: Path) -> None:
    rows = run(tmp_path, "name,weight,lower,upper\n甲,6,,\n乙,6,,3\n丙,2,3,\n", "--total", "10")
    assert [row["posts"] for row in rows] == ["4", "3", "3"]
    assert [row["name"] for row in rows] == ["甲", "乙", "丙"]


def test_funds_are_shared_to_the_cent(tmp_path: Path) -> None:
    rows = run(tmp_path, "name,weight,total\n甲,1,100\n乙,1,\n丙,1,\n", "--unit", "0.01")
    assert [row["posts"] for row in rows] == ["33.34", "33.33", "33.33"]


def test_a_census_table_gets_the_standards_and_its_totals_are_left_out(tmp_path: Path) -> None:
    rows = run(tmp_path, CENSUS)
    assert [row["区县"] for row in rows] == ["云溪县", "松岭区"]
    assert [row["staff_standard"] for row in rows] == ["18", "37"]
    assert [row["posts"] for row in rows] == ["18", "37"]
    assert [row["area_standard_m2"] for row in rows] == ["1000.2", "1000"]


def test_a_total_below_the_standard_is_refused_unless_allowed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "units.csv"
    source.write_text(CENSUS, encoding="utf-8")
    made = tmp_path / "out.csv"
    assert main(["posts", "apportion", str(source), "-o", str(made), "--total", "54"]) == 2
    assert "--below-standard" in capsys.readouterr().err
    assert not made.exists()
    assert [row["posts"] for row in run(tmp_path, CENSUS, "--total", "54", "--below-standard")] == ["18", "36"]


def test_several_columns_make_one_weight(tmp_path: Path) -> None:
    rows = run(
        tmp_path, "name,人口,单位数\n甲,100,1\n乙,300,1\n", "--total", "8", "--weight", "人口=1", "--weight", "单位数=1"
    )
    assert [row["posts"] for row in rows] == ["3", "5"]


def test_a_workbook_is_written_and_read(tmp_path: Path) -> None:
    source = tmp_path / "units.csv"
    source.write_text("name,weight\n甲,1\n乙,3\n", encoding="utf-8")
    book, made = tmp_path / "shares.xlsx", tmp_path / "again.csv"
    assert main(["posts", "apportion", str(source), "-o", str(book), "--total", "4"]) == 0
    assert main(["posts", "apportion", str(book), "-o", str(made), "--total", "8"]) == 0
    with made.open(encoding="utf-8-sig", newline="") as stream:
        assert [row["posts_result"] for row in csv.DictReader(stream)] == ["2", "6"]


@pytest.mark.parametrize(
    ("text", "options", "says"),
    [
        ("", [], "是空的"),
        ("name,weight\n", ["--total", "3"], "只有表头"),
        ("name,weight\n甲,1\n乙,-2\n", ["--total", "3"], "第 3 行“weight”是负数"),
        ("name,weight\n甲,nan\n", ["--total", "3"], "第 2 行“weight”是“nan”，不是数"),
        ("name,weight\n甲,1\n", [], "要分配多少"),
        ("name,weight\n甲,1\n", ["--total", "1.5"], "不是最小单位"),
        ("name,weight\n甲,1\n", ["--total", "x"], "--total 是“x”，不是数"),
        ("name,weight\n甲,0\n", ["--total", "3"], "权数都是零"),
        ("name,weight,lower,upper\n甲,1,3,2\n", ["--total", "3"], "第 2 行（甲）的上限 2 小于下限 3"),
        ("name,others\n甲,1\n", ["--total", "3"], "缺少权数一列"),
        ('name,weight\n"甲,1\n', ["--total", "3"], "引号没有配对"),
        ("name,城镇人口\n甲,1.5\n", [], "要是整数"),
    ],
)
def test_what_cannot_be_used_is_named(
    text: str, options: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, made = tmp_path / "units.csv", tmp_path / "out.csv"
    source.write_text(text, encoding="utf-8")
    assert main(["posts", "apportion", str(source), "-o", str(made), *options]) == 2
    assert says in capsys.readouterr().err
    assert not made.exists()

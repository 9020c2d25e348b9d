"""The check-up from the command line (体检命令): examples to the letter, every report, every damaged file with its message."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from docx import Document
from python_calamine import CalamineWorkbook

import linli
from docs.examples.make_checkup import NAMES, judged
from linli.kit.errors import BadInput
from linli.law.load import load_pack
from linli.site.checkup.run import judge_file, take_file
from linli.site.checkup.template import template_bytes
from linli.site.cli import main

EXAMPLES = Path(linli.__file__).resolve().parent.parent / "docs" / "examples"
CLEAN = EXAMPLES / "checkup-clean.xlsx"


def run(*words: object) -> int:
    return main(["checkup", *map(str, words)])


def workbook(**sheets: list[list[object]]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for line, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                if cell not in ("", None):
                    sheet.write(line, column, cell)
    book.close()
    return out.getvalue()


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_found_to_the_letter_as_expected(name: str) -> None:
    expected = json.loads((EXAMPLES / f"{name}.expected.json").read_text(encoding="utf-8"))
    assert judged(name) == expected


def test_the_clean_example_is_judged_as_a_person_would(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "report.json"
    assert run(CLEAN, "--pack", "hubei", "--as-of", "2026-06-30", "-o", out) == 0
    report = json.loads(out.read_text(encoding="utf-8"))
    found = {(one["place"], one["duty"]): one for one in report["findings"]}
    # By hand: 18 × 12,050 ÷ 10,000 = 21.69, 21 there; 30 × 3,334 ÷ 100 = 1,000.2, exactly there; 30 × 3,335 ÷ 100 = 1,000.5.
    for place, duty, verdict, have, need, gap in (
        ("429998001001", "staffing", "unmet", 21, 21.69, 1),
        ("429998001002", "staffing", "met", 18, 18, 0),
        ("429998001002", "area_per_households", "met", 1000.2, 1000.2, 0),
        ("429998001003", "area_per_households", "unmet", 1000.2, 1000.5, 0.3),
        ("429998001003", "staffing_quota", "unmet", 18, 17, 1),
        ("429998002001", "area_floor_urban", "unmet", 999.5, 1000, 0.5),
        ("429998002002", "area_floor_rural", "met", 500, 500, 0),
        ("429998002002", "staffing", "exempt", None, None, None),
        ("429998002003", "service_hall", "unmet", 0, 1, 1),
        ("429998002003", "subcommittees_rural", "unmet", 3, 4, 1),
        ("429998002004", "area_per_households", "unknown", None, None, None),
        ("429998", "leaders_contact", "unmet", 31, 34, 3),
        ("429998", "staffing", "met", 65, 64.8882, 0),  # 36,049 residents of towns: enough as a whole
    ):
        one = found[place, duty]
        assert (one["verdict"], one["have"], one["need"], one["gap"]) == (verdict, have, need, gap), (place, duty)
        assert one["article"].startswith("hubei.art_") and one["level"] in ("community", "county") and one["sentence"]
    assert report["simulated"] is True and report["places"] == {"county": 1, "street": 2, "community": 7}
    reading = next(one["reading"] for one in report["duties"] if one["duty"] == "staffing")
    assert reading == load_pack("hubei").duty("staffing").reading != "", (
        "how the article is read stands beside what it gives"
    )
    assert "草案模拟" in capsys.readouterr().out
    workers = next(
        one
        for one in report["mends"]
        if one["measure"] == "workers" and one["unit"] == "persons" and one["cost"] == "persons"
    )
    assert [(step["name"], step["amount"], step["sum_amount"]) for step in workers["steps"]] == [("望江社区", 1, 1)]


def test_every_kind_of_report_says_the_same(tmp_path: Path) -> None:
    names = [tmp_path / f"report{ending}" for ending in (".xlsx", ".docx", ".html", ".json")]
    assert (
        run(CLEAN, "--pack", "hubei", "--as-of", "2026-06-30", *(word for name in names for word in ("-o", name))) == 0
    )
    said = "7 个社区（村）中，4 个有没达标的项"
    book = CalamineWorkbook.from_filelike(io.BytesIO(names[0].read_bytes()))
    assert book.sheet_names == ["概览", "先补什么", "各条文", "各地", "逐项结果", "社区一览", "数据问题", "列的对应"]
    assert said in str(book.get_sheet_by_name("概览").to_python())
    assert "需 21.69，有 21，缺 1 人" in str(book.get_sheet_by_name("逐项结果").to_python())
    with zipfile.ZipFile(names[0]) as packed:
        assert sum(name.startswith("xl/charts/chart") for name in packed.namelist()) == 3
    paper = Document(io.BytesIO(names[1].read_bytes()))
    assert (
        said in "".join(one.text for one in paper.paragraphs)
        and "草案模拟" in paper.sections[0].header.paragraphs[0].text
    )
    page = names[2].read_text(encoding="utf-8")
    assert said in page and page.count("<svg") == 2 and "草案模拟" in page and "需 21.69，有 21，缺 1 人" in page
    assert "http://" not in page.replace("http://www.w3.org", "") and "<script" not in page, (
        "the file needs nothing from outside"
    )


def test_the_template_that_is_offered_is_understood_whole_and_its_example_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "template.xlsx"
    assert run("--template", path, "--pack", "hubei") == 0
    pack = load_pack("hubei")
    book = CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))
    assert book.sheet_names == ["社区（村）", "街道（乡镇）", "县（市、区）", "填写说明"]
    rows: list[Any] = book.get_sheet_by_name("社区（村）").to_python()
    filled = workbook(表=[*rows, ["429901001001", "甲社区", "河东街道", "某县", "城市", 3, 1, 1, "是"]])
    taken = take_file("t.xlsx", filled, pack)
    assert not taken.missing["community"] and not taken.matched["community"].ignored
    report = judge_file(taken, pack, dt.date(2026, 6, 30))
    assert report.levels["community"].names == ["甲社区"]
    both = template_bytes([load_pack("hubei"), load_pack("hunan")])
    assert "服务设施" in str(
        CalamineWorkbook.from_filelike(io.BytesIO(both)).get_sheet_by_name("社区（村）").to_python()[0]
    )


GOOD: list[list[object]] = [
    ["社区代码", "社区名称", "类别", "常住人口", "社区工作者"],
    ["429901001001", "甲", "城市", 1000, 2],
]


@pytest.mark.parametrize(
    ("name", "raw", "said"),
    [
        ("0.xlsx", b"", "文件是空的"),
        ("old.xls", b"\xd0\xcf\x11\xe0" + bytes(600), "旧版 Excel"),
        ("sealed.xlsx", b"\xd0\xcf\x11\xe0" + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "打开密码"),
        ("broken.xlsx", workbook(表=GOOD)[:-400], "已损坏"),
        ("picture.xlsx", b"\x89PNG\r\n" + bytes(50), "不是表格文件"),
        ("empty.xlsx", workbook(表=[]), "工作表是空的"),
        ("head.xlsx", workbook(表=GOOD[:1]), "只有表头"),
        ("other.xlsx", workbook(通讯录=[["姓名", "职务"], ["某", "干事"]]), "没有找到社区表的表头"),
        ("nobody.xlsx", workbook(表=[GOOD[0], ["", "", "城市", 1000, 2]]), "没有一行能认出"),
        ("sums.xlsx", workbook(表=[GOOD[0], ["", "合计", "", 1000, 2]]), "没有一行能认出"),
    ],
)
def test_a_file_that_cannot_be_judged_gets_its_message_and_no_report(
    name: str, raw: bytes, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / name, tmp_path / "report.json"
    path.write_bytes(raw)
    assert run(path, "--pack", "hubei", "-o", out) == 2
    complaint = capsys.readouterr().err
    assert name in complaint and said in complaint and "请" in complaint
    assert complaint.count("\n") == 1 and "Traceback" not in complaint and not out.exists()


def test_merged_cells_without_end_are_refused_instead_of_being_walked() -> None:
    raw = workbook(表=[*GOOD, *([["", "", "城市", 1, 1]] * 3000)])
    out = io.BytesIO()
    areas = "".join(f'<mergeCell ref="A{n}:KN3000"/>' for n in range(2, 40))
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            data = old.read(part).replace(b"</sheetData>", f"</sheetData><mergeCells>{areas}</mergeCells>".encode())
            new.writestr(part, data)
    with pytest.raises(BadInput, match="合并单元格太多"):
        take_file("t.xlsx", out.getvalue(), load_pack("hubei"))


def test_a_csv_is_read_also_when_it_is_called_a_workbook(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "社区.xlsx"
    path.write_bytes("\n".join(",".join(map(str, row)) for row in GOOD).encode("gb18030"))
    assert run(path, "--pack", "hubei", "--as-of", "2026-06-30", "-o", tmp_path / "r.json") == 0
    said = capsys.readouterr().out
    assert "内容是 CSV" in said and "GBK" in said
    found = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    one = next(one for one in found["findings"] if one["duty"] == "staffing" and one["level"] == "community")
    assert (one["verdict"], one["need"], one["have"]) == ("met", 1.8, 2)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((CLEAN,), "--pack"),
        ((CLEAN, "--pack", "nowhere"), "没有名为 nowhere"),
        ((CLEAN, "--pack", "national"), "没有能按数据评判的职责"),
        ((CLEAN, "--pack", "hubei", "-o", "report.pdf"), "不会写"),
        ((CLEAN, "--pack", "hubei", "-o", "no/such/folder/r.json"), "没有文件夹"),
        (("no-such-file.xlsx", "--pack", "hubei"), "打不开文件"),
        ((CLEAN, "--pack", "hubei", "--column", "面积"), "表头=指标"),
        ((), "缺少文件"),
        (("--template", "t.csv"), "不会写"),
    ],
)
def test_a_wrong_order_is_answered_in_a_sentence(
    words: tuple[object, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*words) == 2
    assert said in capsys.readouterr().err


def test_a_bad_day_is_told_by_the_parser(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        run(CLEAN, "--pack", "hubei", "--as-of", "30.6.")
    assert stop.value.code == 2 and "应形如 2026-06-30" in capsys.readouterr().err


def test_a_column_may_be_named_by_hand(tmp_path: Path) -> None:
    path, out = tmp_path / "t.xlsx", tmp_path / "r.json"
    path.write_bytes(workbook(表=[["社区名称", "类别", "党群中心大小"], ["甲", "城市", 900]]))
    assert run(path, "--pack", "hubei", "--as-of", "2026-06-30", "--column", "党群中心大小=area", "-o", out) == 0
    found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    one = next(one for one in found["findings"] if one["duty"] == "area_floor_urban")
    assert (one["verdict"], one["gap"], one["place"]) == ("unmet", 100, "甲")

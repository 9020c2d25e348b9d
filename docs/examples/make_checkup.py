"""Makes the two example workbooks of the check-up and their expected findings (体检示例): one clean, one with every fault we know.

Run `.venv/bin/python docs/examples/make_checkup.py` after a change of a pack's duties, read the difference, and commit it. All places
are invented. `--findings` only writes the expected findings anew.
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import xlsxwriter

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent))
AS_OF = dt.date(2026, 6, 30)
NAMES = ("checkup-clean", "checkup-faults")

ALL = {
    "下属委员会": "人民调解、治安保卫、公共卫生、环境和物业管理",
    "农村下属": "人民调解、治安保卫、公共卫生、妇女和儿童工作",
    "功能区": "政务服务、党群活动、协商议事、文体、康养",
    "应急": "应急处置预案、应急队伍、应急物资",
}
CLEAN_HEAD = (
    "社区代码", "社区名称", "街道（乡镇）", "县（市、区）", "城乡类别", "常住人口（人）", "户数（户）", "社区工作者（人）", "定额（人）",
    "综合服务设施面积（平方米）", "居民小组（网格）（个）", "议事协商会（个）", "服务大厅（个）", "功能室（个）", "功能区", "下属委员会", "应急准备", "居（村）委会演练",
)  # fmt: skip
CLEAN_ROWS = (
    ("429998001001", "望江社区", "河东街道", "禾丰县", "城市", 12050, 4000, 21, 25, 1230, 18, 1, 1, 6, ALL["功能区"], ALL["下属委员会"], ALL["应急"], "2026-03-12"),
    ("429998001002", "柳林社区", "河东街道", "禾丰县", "城市", 10000, 3334, 18, 25, 1000.2, 15, 1, 1, 4, ALL["功能区"], ALL["下属委员会"], ALL["应急"], "2026-01-08、2026-05-20"),
    ("429998001003", "石桥社区", "河东街道", "禾丰县", "城市", 9999, 3335, 18, 17, 1000.2, 15, 1, 1, 4, "政务服务、党群活动", "人民调解、治安保卫", "应急处置预案", "0"),
    ("429998002001", "南坪社区", "南坪镇", "禾丰县", "城市", 4000, 1300, 8, 10, 999.5, 9, 0, 1, 1, ALL["功能区"], ALL["下属委员会"], ALL["应急"], "2025-11-02"),
    ("429998002002", "稻香村", "南坪镇", "禾丰县", "农村", 1900, 620, 3, "", 500, 7, 1, 1, 2, ALL["功能区"], ALL["农村下属"], ALL["应急"], "2026-02-01"),
    ("429998002003", "竹园村", "南坪镇", "禾丰县", "农村", 5200, 1700, 4, "", 509.9, 12, 1, 0, 2, "政务服务、文体", ALL["下属委员会"], "", ""),
    ("429998002004", "清泉村", "南坪镇", "禾丰县", "农村", "", "", "", "", "", "", "", "", "", "", "", "", ""),
)  # fmt: skip


def clean() -> bytes:
    """Three sheets as in the template, nothing wrong in them."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("社区（村）")
    sheet.write_row(0, 0, CLEAN_HEAD)
    for row, cells in enumerate(CLEAN_ROWS, 1):
        for column, cell in enumerate(cells):
            if cell != "":
                sheet.write(row, column, cell)
    streets = book.add_worksheet("街道（乡镇）")
    streets.write_row(0, 0, ("街道代码", "街道（乡镇）", "街道演练", "满意度调查"))
    streets.write_row(1, 0, ("429998001", "河东街道", "2026-04-18", "2026-06-01"))
    streets.write_row(2, 0, ("429998002", "南坪镇", "0", ""))
    counties = book.add_worksheet("县（市、区）")
    head = (
        "县代码",
        "县（市、区）",
        "领导干部数（人）",
        "有联系点的领导干部数（人）",
        "风险感知平台（个）",
        "双向评价",
        "自治事项清单公布日期",
        "协助办理事项清单公布日期",
    )
    counties.write_row(0, 0, head)
    counties.write_row(1, 0, ("429998", "禾丰县", 34, 31, 1, "2025-09-10", "2026-01-15", "否"))
    book.close()
    return out.getvalue()


def faults() -> bytes:
    """A title, a header of two lines, merged cells, units in cells, serial dates, sums, doubles, impossible figures …"""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    other = book.add_worksheet("通讯录")
    other.write_row(0, 0, ("姓名", "职务"))
    other.write_row(1, 0, ("张三", "干事"))
    sheet = book.add_worksheet("2026上半年")
    sheet.merge_range(0, 0, 0, 11, "禾丰县城乡社区基本情况表")
    sheet.write(1, 0, "填报单位：禾丰县民政局")
    for column, title in enumerate(("序号", "街道", "社区代码", "村（社区）", "类型")):
        sheet.merge_range(2, column, 3, column, title)
    sheet.merge_range(2, 5, 2, 6, "人口情况")
    sheet.write_row(3, 5, ("常住人口（万人）", "总户数"))
    sheet.merge_range(2, 7, 2, 8, "阵地和队伍")
    sheet.write_row(3, 7, ("社区专职工作者", "服务用房面积\n（㎡）"))
    for column, title in ((9, "是否有应急队伍"), (10, "应急演练"), (11, "书记属相")):
        sheet.merge_range(2, column, 3, column, title)
    rows: tuple[tuple[Any, ...], ...] = (
        (1, "河东街道", "429998001001", "望江社区", "城市社区", 1.205, "4,000", "21人", "1,230㎡", "√", 46095, "龙"),
        (2, None, "429998001002", "柳林社区", "居委会", "1.0", "３３３４户", 18, "1000.2平方米", "有", "2026年6月", "虎"),
        (3, None, 429998001003, "石桥社区", "城镇", "约9999人", "3335", "十八", "1000", "无", "2026.3.9、2026/5/7", ""),
        ("", "小计", "", "", "", 3.2, 10669, "", "", "", "", ""),
        (4, "南坪镇", "429998002001", "南坪社区", "城市", 50, 1300, 8, "-", "是", "", ""),
        (5, None, "42999800200", "稻香村", "农村", 0.19, "620", 3, -500, "", "2031-01-01", ""),
        (6, None, "429998002003", "竹园村", "村", "5200人", 6000, "/", "无", "也许", "春天", ""),
        (7, None, "429998002001", "南坪社区", "城市", 50, 1300, 9, 1100, "是", "", ""),
        (8, None, "430999002009", "外省村", "农村", 0.1, 300, 3, 600, "是", "", ""),
        (9, None, "429998002000", "南坪镇", "", 0.6, 2000, 11, 1600, "", "", ""),
        (10, None, "", "", "农村", 0.1, 300, 3, 600, "", "", ""),
        (11, None, "429998002005", "高坡村", "", 0.1, "30%", 3000, "0.9亩", "是", "2026-02-30", ""),
        (12, None, "429998002006", "云上村", "农村", 0.1, 300, 3, "待计算", "是", "", ""),
        ("", "合计", "", "", "", 5, 20000, "", "", "", "", ""),
    )  # fmt: skip
    for line, cells in enumerate(rows, 4):
        for column, cell in enumerate(cells):
            if cell not in ("", None):
                sheet.write(line, column, cell)
    sheet.merge_range(4, 1, 6, 1, "河东街道")
    sheet.merge_range(8, 1, 16, 1, "南坪镇")
    sheet.write_formula(16, 8, "=250*2+20", None, "")
    sheet.set_row(6, None, None, {"hidden": True})
    sheet.write(19, 0, "注：数据截至 2026 年 6 月底。填表人：李四")
    empty = book.add_worksheet("Sheet3")
    empty.hide()
    book.close()
    return _uncounted(out.getvalue())


def _uncounted(raw: bytes) -> bytes:
    """The workbook as a program writes it that leaves counting to the spreadsheet: its formulas have no results."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            data = old.read(part)
            if part.filename.startswith("xl/worksheets/"):
                data = data.replace(b' t="str"><f>', b"><f>").replace(b"</f><v></v>", b"</f>")
            new.writestr(zipfile.ZipInfo(part.filename, (2026, 6, 30, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def judged(name: str) -> dict[str, Any]:
    """What the check-up finds in an example: findings without the words, and every problem in words."""
    from linli.law.load import load_pack
    from linli.site.checkup.as_json import as_dict
    from linli.site.checkup.run import judge_file, take_file

    pack = load_pack("hubei")
    taken = take_file(f"{name}.xlsx", (HERE / f"{name}.xlsx").read_bytes(), pack)
    found = as_dict(judge_file(taken, pack, AS_OF))
    keys = ("place", "level", "duty", "article", "verdict", "have", "need", "gap")
    return {
        "findings": [{key: one[key] for key in keys} for one in found["findings"]],
        "problems": found["problems"],
        "ignored": found["ignored"],
        "rollups": found["rollups"]["places"],
    }


def main() -> None:
    """Write the workbooks and what is expected of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--findings", action="store_true", help="only the expected findings")
    if not parser.parse_args().findings:
        for name, raw in zip(NAMES, (clean(), faults()), strict=True):
            (HERE / f"{name}.xlsx").write_bytes(raw)
    from linli.site.commands import prepare

    prepare.start_django()
    for name in NAMES:
        found = judged(name)
        parts = []
        for key, value in found.items():
            lines = ",\n".join("  " + json.dumps(one, ensure_ascii=False) for one in value)
            parts.append(f'"{key}": [\n{lines}\n]')
        (HERE / f"{name}.expected.json").write_text("{" + ",\n".join(parts) + "}\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""A county that nobody knows (无名县), as tables: 20 streets, 400 communities, in the layout of the statistics bureau. All names are invented."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import xlsxwriter

Rows = list[list[object]]

BODY_HEAD = ["机构名称", "类别", "职责类别", "管辖范围代码", "电话"]
POST_HEAD = ["姓名", "账号", "机构名称", "管辖范围代码", "岗位", "负责人", "任职日期"]
LIST_HEAD = ["种类", "清单名称", "制定依据", "施行日期"]
ITEM_HEAD = ["种类", "事项", "对应诉求事项", "法定依据", "责任单位", "协助方式", "业务指导与工作保障"]
WATERS = "清溪白沙石桥柳湾竹园梅岭枫林荷塘松坪云台"


def county_code(province: str) -> str:
    """A number that no county has."""
    return f"{province}9997"


def place_rows(province: str, streets: int = 20, communities: int = 20) -> Rows:
    """Rows of the bureau's code list: 12 digits, name, level, urban-rural class, two columns of points."""
    code = county_code(province)
    rows: Rows = [
        [f"{province}0000000000", "某省", "province", "", "", ""],
        [f"{code}000000", "无名县", "county", "", "112.1", "30.1"],
    ]
    for street in range(1, streets + 1):
        stem = WATERS[(street - 1) % 10 * 2 :][:2] + "上下"[(street - 1) // 10 % 2]
        urban = street <= streets // 2
        rows.append([f"{code}{street:03d}000", f"{stem}{'街道办事处' if urban else '镇'}", "town", "", "", ""])
        for number in range(1, communities + 1):
            title = f"{stem}第{number}{'社区居委会' if urban else '村委会'}"
            rows.append([f"{code}{street:03d}{number:03d}", title, "village", "111" if urban else "220", "", ""])
    return rows


def places_csv(
    rows: Rows, head: Sequence[str] = ("code", "name", "level", "ur_code", "longitude", "latitude")
) -> bytes:
    """Rows as the bytes of a CSV."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([list(head), *rows])
    return out.getvalue().encode()


def book(**sheets: Sequence[Sequence[object]]) -> bytes:
    """A workbook of sheets; texts stay texts, numbers become numbers."""
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False})
    for name, rows in sheets.items():
        sheet = made.add_worksheet(name)
        for line, row in enumerate(rows):
            for column, value in enumerate(row):
                sheet.write(line, column, value)
    made.close()
    return out.getvalue()


def staff_rows(bodies: Sequence[Sequence[str]]) -> Rows:
    """A person for each body, and the administrators, for rows of the sheet 机构."""
    roles = {
        "人民政府": "督查岗",
        "牵头部门": "县级牵头部门",
        "热线管理部门": "热线平台坐席",
        "政府部门": "部门经办人",
        "公共服务单位": "企业经办人",
        "街道办事处（乡镇人民政府）": "街道（乡镇）工作人员",
        "居（村）民委员会": "居（村）民委员会工作人员",
    }
    rows: Rows = []
    for number, (name, kind, _duty, place, *_more) in enumerate(bodies):
        rows.append([f"甲{number}", f"user{number:04d}", name, place, roles[kind], "是", ""])
        if kind == "牵头部门":
            rows.append(["管理", "admin.one", name, place, "系统管理员", "", "2026-01-05"])
            rows.append(["安全", "guard.one", name, place, "安全管理员", "", ""])
        if kind == "人民政府":
            rows.append(["审计", "audit.one", name, place, "审计员", "", ""])
    return rows

"""Empty workbooks for a county to fill in (开通模板): the columns, what may stand in them, and rows that follow from the places."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

import xlsxwriter

from linli.areas.mandates.models import Matter, Role, TaskList
from linli.commons.county.bodies import BODY_COLUMNS, POST_COLUMNS, BodyRow
from linli.commons.county.places import COLUMNS, PlaceRow
from linli.commons.models import Body, Place
from linli.commons.roles import Role as PostRole
from linli.kit.export import safe_cell, xlsx_bytes
from linli.methods.classify import OWNERS
from linli.site.county.lists import HEAD_COLUMNS, ITEM_COLUMNS

_ROOM = 3000
"""Rows that the drop-down choices reach."""
_USUAL = {
    "urban_mgmt": "城市管理局",
    "housing": "住房和城乡建设局",
    "police": "公安局",
    "human_resources": "人力资源和社会保障局",
    "health": "卫生健康局",
    "education": "教育局",
    "market": "市场监督管理局",
    "environment": "生态环境分局",
    "natural_resources": "自然资源和规划局",
    "transport": "交通运输局",
    "agriculture": "农业农村局",
    "emergency": "应急管理局",
    "justice": "司法局",
    "water": "水利局",
    "commerce": "商务局",
    "culture": "文化和旅游局",
    "development": "发展和改革局",
    "finance": "财政局",
    "discipline": "纪委监委",
    "science": "科技和经济信息化局",
    "power": "供电公司",
    "gas": "燃气公司",
    "waterworks": "自来水公司",
    "telecom": "通信公司",
}
"""Usual names of county bodies, to be corrected by hand; keys are those of the matters' owners."""
_FIRMS = frozenset({"power", "gas", "waterworks", "telecom"})


Held = frozenset[tuple[str, str]]


def bodies_book(places: Sequence[PlaceRow], county: str, held: Held = frozenset()) -> bytes:
    """The workbook of bodies, posts and accounts; with the places known, the usual bodies stand in it already.

    Args:
        held: place with kind, and place with duty, of bodies that the county has; these are left out.
    """
    bodies = [row for row in usual_bodies(places, county) if not _is_held(row, held)] if places else []
    notes = [
        (
            "怎样填",
            "一行一个机构（“机构”表）、一行一个岗位（“职务账号”表）。改好以后交给命令 linli county init，或在“开通”页上传。",
        ),
        ("区划代码", "县 6 位、街道（乡镇）9 位、社区（村）12 位。单元格要是“文本”，不能是数字。"),
        ("机构", "已按区划列出常见机构，名称请逐个核对；没有的删去，不一样的改名，缺的补上。"),
        ("职责类别", "按事项找承办单位时用。一类职责写在一个机构上；可填：" + "、".join(OWNERS.values())),
        (
            "岗位",
            "县级牵头部门：公布清单、定时限；热线平台坐席：受理、分派；督查岗：督办。每个县至少要有系统管理员、安全管理员各一位，不能是同一个人，也不能兼任其他岗位。",
        ),
        ("负责人", "一个机构最多一位，写“是”。"),
        ("兼任", "一人兼几个岗位就写几行，姓名和账号写得一样。"),
        ("密码", "表里不写密码。开通后每个新账号得到一个只用于第一次登录的启用码，印在账号单上，当面交给本人。"),
        ("不要", "不要合并单元格，不要用公式，不要隐藏行或工作表。"),
    ]
    with _Book() as book:
        book.sheet(
            "机构",
            [titles[0] for titles in BODY_COLUMNS.values()],
            [_in_words(row) for row in bodies],
            {1: [str(label) for label in Body.Kind.labels], 2: list(OWNERS.values())},
        )
        book.sheet(
            "职务账号",
            [titles[0] for titles in POST_COLUMNS.values()],
            [],
            {4: [str(label) for label in PostRole.labels], 5: ["是"]},
        )
        book.sheet("填写说明", ["项目", "说明"], notes, {})
    return book.bytes()


def usual_bodies(places: Sequence[PlaceRow], county: str) -> list[BodyRow]:
    """Bodies that a county of these places usually has (常见机构): county bodies, an office per street, a committee per community."""
    name = next((row.name for row in places if row.code == county), "")
    kinds = Body.Kind
    rows = [(f"{name}人民政府督查室", kinds.GOVERNMENT, "", county, "")]
    if county.startswith("43"):
        rows.append((f"{name}社会工作部", kinds.LEAD, "", county, ""))
        rows.append((f"{name}民政局", kinds.DEPARTMENT, "civil_affairs", county, ""))
    else:
        rows.append((f"{name}民政局", kinds.LEAD, "civil_affairs", county, ""))
    rows.append((f"{name}12345热线中心", kinds.HOTLINE, "", county, ""))
    for duty, title in _USUAL.items():
        rows.append((f"{name}{title}", kinds.UTILITY if duty in _FIRMS else kinds.DEPARTMENT, duty, county, ""))
    for row in places:
        if row.level == Place.Level.STREET:
            ending = "办事处" if row.name.endswith("街道") else "人民政府" if row.name.endswith(("镇", "乡")) else ""
            rows.append((row.name + ending, kinds.STREET, "", row.code, row.phone))
        elif row.level == Place.Level.COMMUNITY:
            ending = "村民委员会" if row.name.endswith("村") else "居民委员会"
            rows.append((row.name + ending, kinds.COMMITTEE, "", row.code, row.phone))
    return [BodyRow(name, kind, duty, place, phone, "") for name, kind, duty, place, phone in rows]


_ONE_EACH = frozenset({Body.Kind.GOVERNMENT, Body.Kind.LEAD, Body.Kind.HOTLINE, Body.Kind.STREET, Body.Kind.COMMITTEE})


def _is_held(row: BodyRow, held: Held) -> bool:
    return (row.kind in _ONE_EACH and (row.place, row.kind) in held) or (row.place, row.duty or row.kind) in held


def _in_words(row: BodyRow) -> tuple[str, ...]:
    return (row.name, str(Body.Kind(row.kind).label), OWNERS.get(row.duty, ""), row.place, row.phone)


def lists_book() -> bytes:
    """The workbook of lists, with the catalogue of matters beside it."""
    kinds = [str(label) for label in TaskList.Kind.labels]
    notes = [
        ("清单", "每种清单一行：名称、制定依据（条例、文件名称和文号）、施行日期（今天或以后）。七种不必一次备齐。"),
        (
            "清单事项",
            "一行一项。协助事项和证明事项要写法定依据；“对应诉求事项”填事项目录里的名称，系统按它放行或拦截派单。",
        ),
        ("公布", "开通时默认只起草；由县级牵头部门在“清单”页核对后公布。"),
    ]
    matters = Matter.objects.filter(active=True).order_by("code")
    with _Book() as book:
        book.sheet("清单", [titles[0] for titles in HEAD_COLUMNS.values()], [], {0: kinds})
        book.sheet(
            "清单事项",
            [titles[0] for titles in ITEM_COLUMNS.values()],
            [],
            {0: kinds, 5: [str(label) for label in Role.labels]},
        )
        book.sheet("填写说明", ["项目", "说明"], notes, {})
        owners = [(row.code, row.name, row.class_name, OWNERS.get(row.owner, row.owner)) for row in matters]
        book.sheet("事项目录", ["代码", "事项", "大类", "通常承办"], owners, {})
    return book.bytes()


def places_table(rows: Iterable[PlaceRow]) -> tuple[list[str], list[tuple[str, ...]]]:
    """Header and lines of a table of places, as `linli county init` reads it."""
    levels, kinds = dict(Place.Level.choices), dict(Place.Kind.choices)
    lines: list[tuple[str, ...]] = [
        (row.code, row.name, str(levels[row.level]), str(kinds.get(row.kind, "")), row.aliases, row.phone, row.address)
        for row in rows
    ]
    return [titles[0] for titles in COLUMNS.values()], lines


def places_book() -> bytes:
    """The empty table of places."""
    return xlsx_bytes([titles[0] for titles in COLUMNS.values()], [])


class _Book:
    """A workbook in the making; every cell is text, so that no code becomes a number."""

    def __init__(self) -> None:
        self.out = io.BytesIO()
        self.book = xlsxwriter.Workbook(
            self.out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        self.text = self.book.add_format({"num_format": "@"})
        self.bold = self.book.add_format({"num_format": "@", "bold": True, "bottom": 1})
        self.wrap = self.book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})

    def __enter__(self) -> _Book:
        return self

    def __exit__(self, *_: Any) -> None:
        self.book.close()

    def bytes(self) -> bytes:
        return self.out.getvalue()

    def sheet(
        self, name: str, head: Sequence[str], rows: Sequence[Sequence[str]], choices: dict[int, list[str]]
    ) -> None:
        """One sheet: header, rows, and drop-down choices by column."""
        sheet = self.book.add_worksheet(name)
        notes = name == "填写说明"
        for column, title in enumerate(head):
            sheet.write_string(0, column, title, self.bold)
            sheet.set_column(column, column, 100 if notes and column else 24, self.wrap if notes else self.text)
        for line, row in enumerate(rows, 1):
            for column, value in enumerate(row):
                sheet.write_string(line, column, str(safe_cell(value)), self.wrap if notes else self.text)
        for column, words in choices.items():
            if len(",".join(words)) <= 255:  # what Excel takes as a list
                sheet.data_validation(
                    1, column, _ROOM, column, {"validate": "list", "source": words, "error_type": "warning"}
                )
        sheet.freeze_panes(1, 0)

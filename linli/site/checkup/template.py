"""The empty workbook to fill in (体检模板): columns from the rules of the packs, units in the titles, choices where there are any."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import xlsxwriter

from linli.law import words
from linli.law.checkup.asks import KIND, LEVEL_WORDS, LEVELS, PLACE_KEYS, Ask, asks_of
from linli.law.load import cite
from linli.law.types import Pack

SAMPLE = "示例社区（读取时跳过，可删去）"
_EXAMPLES: dict[str, str | float] = {
    "code": "429900001001",
    "name": SAMPLE,
    "street": "示例街道",
    "county": "示例县",
    "kind": "城市",
    "residents": 12050,
    "households": 4000,
    "workers": 21,
    "area": 1230.5,
    "quota": 25,
    "groups": 18,
    "function_rooms": 6,
    "estates": 9,
    "estates_managed": 8,
    "certified_workers": 5,
    "lowest_allowance_paid": 200,
}
ROWS = 1000
"""Rows below the header that get choices and checks."""


@dataclass(frozen=True)
class _Style:
    title: Any
    must: Any
    text: Any
    sample: Any
    date: Any
    wrap: Any
    head: Any


def template_bytes(packs: Sequence[Pack]) -> bytes:
    """The workbook, one sheet per level of place and one of explanations (体检模板)."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    style = _Style(
        title=book.add_format(
            {"bold": True, "text_wrap": True, "valign": "vcenter", "bg_color": "#E7F2EE", "border": 1}
        ),
        must=book.add_format(
            {
                "bold": True,
                "text_wrap": True,
                "valign": "vcenter",
                "bg_color": "#0F6B57",
                "font_color": "#FFFFFF",
                "border": 1,
            }
        ),
        text=book.add_format({"num_format": "@"}),
        sample=book.add_format({"italic": True, "font_color": "#5C6762"}),
        date=book.add_format({"num_format": "@"}),
        wrap=book.add_format({"text_wrap": True, "valign": "top"}),
        head=book.add_format({"bold": True, "font_size": 14}),
    )
    for level in LEVELS:
        asks = asks_of(packs, level)
        if any(ask.duties for ask in asks):
            _sheet(book, style, level, asks)
    _explain(book, style, packs)
    book.close()
    return out.getvalue()


def _sheet(book: Any, style: _Style, level: str, asks: Sequence[Ask]) -> None:
    sheet = book.add_worksheet(LEVEL_WORDS[level])
    sheet.freeze_panes(1, 2)
    sheet.set_row(0, 48)
    for column, ask in enumerate(asks):
        text = ask.kind in ("code", "dates", "published", "reviewed", "set")
        width = 22 if ask.kind == "set" else 18 if ask.kind in ("code", "name", "dates") else 14
        sheet.set_column(column, column, width, style.text if text else None)
        sheet.write_string(0, column, ask.head, style.must if ask.key in PLACE_KEYS else style.title)
        sheet.write_comment(0, column, _how(ask), {"x_scale": 2})
        _choices(sheet, column, ask)
        if level == "community":
            _sample(sheet, column, ask, style)


def _choices(sheet: Any, column: int, ask: Ask) -> None:
    """Drop-downs for what has few answers, and no negative figures."""
    wrong = {"error_title": "请核对", "error_message": _how(ask)[:250]}
    if ask.kind == "urban":
        sheet.data_validation(1, column, ROWS, column, {"validate": "list", "source": ["城市", "农村"], **wrong})
    elif ask.kind == "flag":
        sheet.data_validation(1, column, ROWS, column, {"validate": "list", "source": ["是", "否"], **wrong})
    elif ask.kind in ("number", "outside"):
        rule = {"validate": "decimal", "criteria": ">=", "value": 0, "error_type": "warning", **wrong}
        sheet.data_validation(1, column, ROWS, column, rule)


def _sample(sheet: Any, column: int, ask: Ask, style: _Style) -> None:
    if ask.key in _EXAMPLES:
        value: str | float = _EXAMPLES[ask.key]
    elif ask.kind == "set":
        value = "、".join(ask.items)
    elif ask.kind == "flag":
        value = "否"
    elif ask.kind in ("dates", "published", "reviewed"):
        value = "2026-03-12、2026-06-05" if ask.kind == "dates" else "2026-01-15"
    else:
        value = 0 if ask.kind == "outside" or "未经批准" in ask.label or "收费" in ask.label else 1
    (sheet.write_string if isinstance(value, str) else sheet.write_number)(1, column, value, style.sample)


def _how(ask: Ask) -> str:
    """How a column is filled in, in a sentence (怎样填)."""
    unit = words.UNITS.get(ask.unit, "")
    return {
        "code": "统计用区划代码，文本格式。不知道可留空，只填名称。",
        "name": "名称，同一街道（乡镇）内不要重名。",
        "text": "所属的名称。可以合并单元格，也可以逐行填写。",
        "urban": "填“城市”或“农村”。",
        "number": f"填数字，单位是{unit or '个'}。没有填 0，没有数据留空。",
        "flag": "填“是”或“否”。",
        "set": f"有哪些写哪些，用顿号分开：{'、'.join(ask.items)}。一项也没有填 0，没有数据留空。",
        "dates": "每次的日期，用顿号分开，如 2026-03-12、2026-06-05。一次也没有填 0，没有数据留空。",
        "published": "公布的日期；没有公布填“否”，没有数据留空。",
        "reviewed": "最近一次复核的日期。",
        "outside": "清单以外派来的件数。没有填 0，没有数据留空。",
    }[ask.kind]


def _explain(book: Any, style: _Style, packs: Sequence[Pack]) -> None:
    sheet = book.add_worksheet("填写说明")
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, 32)
    sheet.set_column(2, 2, 58, style.wrap)
    sheet.set_column(3, 3, 58, style.wrap)
    sheet.write_string(0, 0, "填写说明", style.head)
    rules = (
        "一行一个社区（村）。深绿色的列说明是哪个地方，城乡类别决定适用哪些条文；其余各列有就填，没有数据留空。",
        "留空、“-”、“/”、“不详”都算没有数据，结果是“无数据”，既不算达标也不算不达标。确实没有的填 0，写“无”也按 0 计（日期列除外）。",
        "列的先后可以变，可以少列，也可以用自己的表：列名认得出就行。不认识的列会列出来，不读取。",
        "单位写在表头，格子里只填数字；“1.2万”“30㎡”“1,234”“约300”也读得懂。",
        "合计、小计行会跳过。一格有错只影响这一格，其余照常评判。",
        "第二行是虚构的示例，读取时会跳过。"
        + (
            "本表依据的文本是草案，结果是草案模拟，不是法律上的认定。"
            if any(p.status == "draft" for p in packs)
            else ""
        ),
    )
    for row, text in enumerate(rules, 2):
        sheet.merge_range(row, 0, row, 3, text, style.wrap)
        sheet.set_row(row, 32)
    top = len(rules) + 3
    for column, head in enumerate(("工作表", "列", "怎样填", "用在哪些条文")):
        sheet.write_string(top, column, head, style.title)
    row = top + 1
    for level in LEVELS:
        for ask in asks_of(packs, level):
            if not ask.duties and ask.key != KIND.key and level != "community":
                continue
            for column, text in enumerate((LEVEL_WORDS[level], ask.head, _how(ask), _used(ask, packs))):
                sheet.write_string(row, column, text, style.wrap)
            row += 1
    sheet.freeze_panes(top + 1, 0)


def _used(ask: Ask, packs: Sequence[Pack]) -> str:
    """The articles for which a column is needed."""
    found = []
    for pack in packs:
        for duty in pack.duties:
            if f"{pack.id}.{duty.id}" in ask.duties:
                found.append(f"{pack.short}{cite(duty.at.partition('__')[0])}：{duty.gist}")
    return "\n".join(found) or ("决定适用哪些条文" if ask.key == KIND.key else "说明是哪个地方")

"""Items of a list as a table: read from XLSX or CSV, and as lines for a download."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from linli.areas.mandates.actions import Row
from linli.areas.mandates.models import ListItem, Matter, Role
from linli.kit.errors import BadInput
from linli.kit.export import FORMULA
from linli.kit.tables import BadCell, Cell, as_text, read_table
from linli.kit.text import clean_text

HEAD = ("事项", "对应诉求事项", "法定依据", "责任单位", "协助方式", "业务指导与工作保障")
MAX_BYTES = 2 * 1024 * 1024
MAX_ROWS = 2000


def read_rows(upload: Any) -> list[Row]:
    """Read the items of a list from an uploaded file (读取事项表).

    Raises:
        BadInput: see `linli.kit.tables.read_table`; too large, without the column 事项, or a matter or role that is unknown
            (with every faulty line in `facts["rows"]`).
    """
    if upload.size > MAX_BYTES:
        raise BadInput("文件超过 2 MB。请只保留事项表，再导入。", code="file_size")
    table = read_table(upload.read())
    head = table.header
    if "事项" not in head:
        raise BadInput("表头要有“事项”一列。可以先下载模板。", code="bad_head")
    columns = {name: head.index(name) for name in HEAD if name in head}
    matters = {key: row for row in Matter.objects.filter(active=True) for key in (row.code, row.name)}
    roles = {str(label): value for value, label in Role.choices} | {value: value for value in Role.values}
    rows: list[Row] = []
    faults: list[str] = []
    if len(table.rows) > MAX_ROWS:
        raise BadInput(f"一次最多导入 {MAX_ROWS} 行，请分几次导入。", code="too_many_rows")
    for found in table.rows:
        line = found.line
        try:
            texts = {name: _text(found.cells[at]) for name, at in columns.items() if at < len(found.cells)}
        except BadCell as wrong:
            faults.append(f"第 {line} 行：{wrong}。")
            continue
        matter, role = texts.get("对应诉求事项", ""), texts.get("协助方式", "")
        if matter and matter not in matters:
            faults.append(f"第 {line} 行：事项目录里没有“{matter[:40]}”，请填目录里的名称或代码，或者留空。")
        if role and role not in roles:
            names = "、".join(str(label) for label in Role.labels)
            faults.append(f"第 {line} 行：协助方式“{role[:20]}”不在六种之内（{names}）。")
        rows.append(
            Row(
                title=texts.get("事项", ""),
                matter=matters.get(matter),
                basis=texts.get("法定依据", ""),
                owner=texts.get("责任单位", ""),
                role=roles.get(role, ""),
                conditions=texts.get("业务指导与工作保障", ""),
                line=line,
            )
        )
    if faults:
        raise BadInput(
            f"有 {len(faults)} 处需要改，一行也没有导入。请改好文件再导入一次。",
            code="bad_rows",
            facts={"rows": faults},
        )
    return rows


def _text(cell: Cell) -> str:
    text = str(clean_text(as_text(cell)))
    return text[1:] if text[:1] == "'" and text[1:].startswith(FORMULA) else text  # the apostrophe of our own download


def cells_of(items: Iterable[ListItem]) -> list[list[str]]:
    """Items of a list as table lines, number first."""
    return [
        [
            str(item.number),
            item.title,
            str(item.matter or ""),
            item.basis,
            item.owner,
            str(item.get_role_display()),
            item.conditions,
        ]
        for item in items
    ]

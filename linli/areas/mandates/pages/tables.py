"""Items of a list as a table: read from XLSX or CSV, and as lines for a download."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from linli.areas.mandates.actions import Row
from linli.areas.mandates.models import ListItem, Matter, Role
from linli.kit.errors import BadInput
from linli.kit.export import FORMULA
from linli.kit.text import clean_text

HEAD = ("事项", "对应诉求事项", "法定依据", "责任单位", "协助方式", "业务指导与工作保障")
MAX_BYTES = 2 * 1024 * 1024
MAX_UNPACKED = 40 * 1024 * 1024
MAX_ROWS = 2000


def read_rows(upload: Any) -> list[Row]:
    """Read the items of a list from an uploaded file (读取事项表).

    Raises:
        BadInput: not XLSX or CSV, too large, unreadable, without the column 事项, or a matter or role that is unknown
            (with every faulty line in `facts["rows"]`).
    """
    name = str(upload.name or "").lower()
    if upload.size > MAX_BYTES:
        raise BadInput("文件超过 2 MB。请只保留事项表，再导入。", code="file_size")
    raw: bytes = upload.read()
    if name.endswith(".xlsx"):
        table = _from_xlsx(raw)
    elif name.endswith(".csv"):
        table = _from_csv(raw)
    else:
        raise BadInput("只能导入 XLSX 或 CSV 文件。可以先下载模板填写。", code="file_kind")
    return _rows(table)


def _from_xlsx(raw: bytes) -> list[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MAX_UNPACKED:
                raise BadInput("文件展开后太大。请只保留事项表，再导入。", code="file_size")
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(raw)).get_sheet_by_index(0)
        return [[_text(cell) for cell in line] for line in sheet.to_python()]
    except (zipfile.BadZipFile, CalamineError, IndexError, ValueError, OSError) as error:
        raise BadInput(
            "这个 XLSX 文件打不开或已损坏。请用表格软件另存为 XLSX 后再导入。", code="file_broken"
        ) from error


def _from_csv(raw: bytes) -> list[list[str]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
            return [[_text(cell) for cell in line] for line in csv.reader(io.StringIO(text, newline=""))]
        except UnicodeDecodeError:
            continue
        except csv.Error as error:
            raise BadInput("这个 CSV 文件的格式不对。请用表格软件另存为 CSV 后再导入。", code="file_broken") from error
    raise BadInput("看不懂这个 CSV 文件的文字编码。请另存为 UTF-8 编码的 CSV，或者 XLSX。", code="file_broken")


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = str(clean_text("" if cell is None else str(cell)))
    return text[1:] if text[:1] == "'" and text[1:].startswith(FORMULA) else text  # the apostrophe of our own download


def _rows(table: list[list[str]]) -> list[Row]:
    start = next((at for at, line in enumerate(table) if any(line)), None)
    if start is None:
        raise BadInput("文件是空的。请按模板填写后再导入。", code="empty_file")
    head = table[start]
    if "事项" not in head:
        raise BadInput(f"第 {start + 1} 行应是表头，并且要有“事项”一列。可以先下载模板。", code="bad_head")
    columns = {name: head.index(name) for name in HEAD if name in head}
    matters = {key: row for row in Matter.objects.filter(active=True) for key in (row.code, row.name)}
    roles = {str(label): value for value, label in Role.choices} | {value: value for value in Role.values}
    rows: list[Row] = []
    faults: list[str] = []
    for line, cells in enumerate(table[start + 1 :], start=start + 2):
        if not any(cells):
            continue
        if len(rows) >= MAX_ROWS:
            raise BadInput(f"一次最多导入 {MAX_ROWS} 行，请分几次导入。", code="too_many_rows")

        def cell(name: str, cells: list[str] = cells) -> str:
            at = columns.get(name)
            return cells[at] if at is not None and at < len(cells) else ""

        matter, role = cell("对应诉求事项"), cell("协助方式")
        if matter and matter not in matters:
            faults.append(f"第 {line} 行：事项目录里没有“{matter[:40]}”，请填目录里的名称或代码，或者留空。")
        if role and role not in roles:
            names = "、".join(str(label) for label in Role.labels)
            faults.append(f"第 {line} 行：协助方式“{role[:20]}”不在六种之内（{names}）。")
        rows.append(
            Row(
                title=cell("事项"),
                matter=matters.get(matter),
                basis=cell("法定依据"),
                owner=cell("责任单位"),
                role=roles.get(role, ""),
                conditions=cell("业务指导与工作保障"),
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

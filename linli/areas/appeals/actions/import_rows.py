"""Rows of a hotline's file (导入行): which column is what, and whether a row can be taken. Writes nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from linli.areas.appeals.models import Appeal
from linli.kit.errors import BadInput
from linli.kit.tables import BadCell, Cell, Row, Table, as_text, as_time
from linli.kit.text import clean_text

NAMES: dict[str, tuple[str, ...]] = {
    "title": ("标题", "主题", "诉求标题", "工单标题", "title", "subject"),
    "text": (
        "内容",
        "诉求内容",
        "反映内容",
        "工单内容",
        "问题描述",
        "留言详情",
        "正文",
        "text",
        "body text",
        "content",
        "description",
        "body",
    ),
    "time": (
        "时间",
        "来电时间",
        "受理时间",
        "反映时间",
        "登记时间",
        "创建时间",
        "留言时间",
        "日期",
        "time",
        "date",
        "created_at",
    ),
    "name": ("姓名", "来电人", "反映人", "联系人", "诉求人", "name"),
    "contact": ("电话", "联系方式", "联系电话", "来电号码", "手机", "手机号", "contact", "phone", "tel"),
    "number": ("编号", "工单号", "工单编号", "诉求编号", "留言编号", "id", "number", "no"),
    "place_text": ("地址", "地点", "发生地", "发生地址", "事发地点", "详细地址", "address", "location", "place"),
    "kind": ("类型", "诉求类型", "工单类型", "kind", "type"),
    "matter": ("事项", "类别", "诉求类别", "问题类别", "分类", "matter", "category"),
    "source": ("来源", "渠道", "来源渠道", "source", "channel"),
}
"""Field → the names that hotlines give its column, the surest first. Of several columns the first that is not empty counts."""

LABELS = {
    "title": "标题",
    "text": "内容",
    "time": "时间",
    "name": "姓名",
    "contact": "联系方式",
    "number": "编号",
    "place_text": "地点",
    "kind": "类型",
    "matter": "事项",
    "source": "来源",
}
MOST = {"text": 20_000, "name": 40, "contact": 60, "number": 72, "place_text": 120, "source": 60}
"""Most characters per field: what the register holds, and for the text what a person reads."""
IGNORE = "-"


@dataclass(frozen=True)
class Ready:
    """A row that can be taken."""

    line: int
    source: str
    key: str
    text: str
    title: str = ""
    at: datetime | None = None
    name: str = ""
    contact: str = ""
    place_text: str = ""
    kind: str = ""
    given_kind: str = ""
    matter: str = ""


@dataclass(frozen=True)
class Fault:
    """A row that cannot, and why."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"第 {self.line} 行：{self.reason}。"


@dataclass(frozen=True)
class Checked:
    """A whole file, looked through.

    Args:
        read: rows that held anything. ready: those to take, each key once. repeated: rows that occur twice.
        unused: columns that stand for nothing here.
    """

    read: int
    ready: tuple[Ready, ...]
    repeated: int
    faults: tuple[Fault, ...]
    columns: dict[str, tuple[str, ...]]
    unused: tuple[str, ...]


def columns_of(header: tuple[str, ...], given: Mapping[str, str]) -> dict[str, tuple[int, ...]]:
    """Which columns hold which field (列对应), the one to prefer first.

    Args:
        given: column name → field, `-` for none; it goes before what is recognised by name.

    Raises:
        BadInput: a column or a field that does not exist, or no column for the text.
    """
    found: dict[str, list[int]] = {field: [] for field in NAMES}
    tidy = [name.strip().lower().replace("_", " ").replace("*", "") for name in header]
    for column, field in given.items():
        if column not in header:
            raise BadInput(
                f"文件里没有“{column}”这一列。现有的列：{'、'.join(filter(None, header))}。", code="no_column"
            )
        if field != IGNORE and field not in NAMES:
            raise BadInput(f"没有“{field}”这个字段。可用的字段：{fields_in_words()}。", code="no_field")
        if field != IGNORE:
            found[field] += [at for at, name in enumerate(header) if name == column]
    for field, names in NAMES.items():
        if found[field]:
            continue
        for name in names:
            found[field] += [
                at
                for at, have in enumerate(tidy)
                if have == name.replace("_", " ") and header[at] not in given and at not in found[field]
            ]
    if not found["text"]:
        raise BadInput(
            f"没有找到诉求内容的列。现有的列：{'、'.join(filter(None, header)) or '（无）'}。请指明哪一列是内容，例如 --map 列名=text。",
            code="no_text_column",
        )
    return {field: tuple(places) for field, places in found.items() if places}


def fields_in_words() -> str:
    """The fields by name, for messages and help."""
    return "、".join(f"{field}（{word}）" for field, word in LABELS.items())


def check_rows(
    table: Table, *, given: Mapping[str, str], source: str, matters: Mapping[str, str], default_source: str = "热线导入"
) -> Checked:
    """Look through every row before one is written (先检查).

    Args:
        source: one source for all rows; "" takes the file's own column. matters: code or name → code of the catalogue.

    Raises:
        BadInput: see `columns_of`.
    """
    places = columns_of(table.header, given)
    ready: dict[tuple[str, str], Ready] = {}
    prints: dict[tuple[str, str], str] = {}
    faults: list[Fault] = []
    repeated = 0
    for row in table.rows:
        if len(row.cells) > len(table.header) and any(str(cell).strip() for cell in row.cells[len(table.header) :]):
            faults.append(Fault(row.line, "列数比表头多，可能有逗号或引号没有配对"))
            continue
        try:
            print_, one = _row(row, places, source or "", default_source, matters)
        except BadCell as error:
            faults.append(Fault(row.line, str(error)))
            continue
        twin = (one.source, one.key)
        if twin not in ready:
            ready[twin], prints[twin] = one, print_
        elif prints[twin] == print_:
            repeated += 1
        else:
            faults.append(Fault(row.line, f"编号“{one.key}”与第 {ready[twin].line} 行相同，内容却不同"))
    used = {at for ats in places.values() for at in ats}
    return Checked(
        read=len(table.rows),
        ready=tuple(ready.values()),
        repeated=repeated,
        faults=tuple(faults),
        columns={field: tuple(table.header[at] for at in ats) for field, ats in places.items()},
        unused=tuple(name for at, name in enumerate(table.header) if at not in used and name),
    )


def _row(
    row: Row, places: Mapping[str, tuple[int, ...]], source: str, default_source: str, matters: Mapping[str, str]
) -> tuple[str, Ready]:
    cells = row.cells
    found = {field: _first(cells, ats, field) for field, ats in places.items() if field != "time"}
    for field, most in MOST.items():
        if len(found.get(field, "")) > most:
            raise BadCell(f"{LABELS[field]}有 {len(found[field])} 字，超过 {most} 字，请缩短")
    if not found["text"]:
        raise BadCell("没有诉求内容")
    at = None
    for index in places.get("time", ()):
        if index < len(cells) and at is None:
            at = as_time(_cleaned(cells[index]))
    print_ = fingerprint(cells)
    given_kind = found.get("kind", "")
    return print_, Ready(
        line=row.line,
        source=source or found.get("source", "") or default_source,
        key=found.get("number", "") or f"sha256:{print_}",
        text=found["text"],
        title=found.get("title", ""),
        at=at,
        name=found.get("name", ""),
        contact=found.get("contact", ""),
        place_text=found.get("place_text", ""),
        kind=given_kind if given_kind in Appeal.Kind.values else "",
        given_kind=given_kind,
        matter=matters.get(found.get("matter", ""), ""),
    )


def _cleaned(cell: Cell) -> Cell:
    return str(clean_text(cell)) if isinstance(cell, str) else cell


def _first(cells: tuple[Cell, ...], ats: Iterable[int], field: str) -> str:
    for at in ats:
        if at < len(cells):
            try:
                text = str(clean_text(as_text(cells[at])))
            except BadCell as error:
                raise BadCell(f"{LABELS[field]}：{error}") from error
            if text:
                return text
    return ""


def fingerprint(cells: tuple[Cell, ...]) -> str:
    """SHA-256 of a whole row: the same row gives the same one, whatever empty cells follow it."""
    values = [
        cell.isoformat()
        if isinstance(cell, datetime | date | time)
        else str(cell)
        if isinstance(cell, timedelta)
        else cell
        for cell in cells
    ]
    while values and values[-1] == "":
        values.pop()
    return hashlib.sha256(json.dumps(values, ensure_ascii=True).encode()).hexdigest()

"""Lists of a county from a workbook (清单导入): sheets 清单 and 清单事项, or the demo's lists as a draft to start from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.utils import timezone

from linli.areas.mandates import actions as mandates
from linli.areas.mandates.actions.lists import Row, item_faults
from linli.areas.mandates.models import Matter, Role, TaskList
from linli.commons.actor import Actor
from linli.commons.county.sheets import Fault, Line, Lines, Source, sheet_of
from linli.commons.models import Place
from linli.kit.errors import BadInput
from linli.kit.tables import BadCell, as_text
from linli.kit.text import clean_text

SAMPLE = "示范"
"""Name under which the lists of the demo may be taken over as drafts."""

HEAD_SHEET, ITEM_SHEET = ("清单",), ("清单事项",)
HEAD_COLUMNS: dict[str, tuple[str, ...]] = {
    "kind": ("种类", "清单种类"),
    "title": ("清单名称", "名称"),
    "basis": ("制定依据",),
    "from": ("施行日期",),
}
ITEM_COLUMNS: dict[str, tuple[str, ...]] = {
    "kind": ("种类", "清单种类"),
    "title": ("事项",),
    "matter": ("对应诉求事项",),
    "basis": ("法定依据",),
    "owner": ("责任单位",),
    "role": ("协助方式",),
    "conditions": ("业务指导与工作保障",),
}
KIND_WORDS = {
    **{str(label): value for value, label in TaskList.Kind.choices},
    **{value: value for value in TaskList.Kind.values},
    **{"权力清单": "power", "自治事项": "self", "协助事项": "assisted", "指导目录": "assisted", "网格事项": "grid"},
    **{"公共服务目录": "service", "进小区清单": "estate", "证明事项": "proof"},
}
ROLE_WORDS = {**{str(label): value for value, label in Role.choices}, **{value: value for value in Role.values}}


@dataclass
class Draft:
    """A list to be drafted: its head and its items."""

    kind: str
    title: str
    basis: str
    effective_from: date
    rows: list[Row] = field(default_factory=list)


@dataclass
class Lists:
    """The lists of a workbook that a county does not have yet, kinds it has already, and faults."""

    drafts: list[Draft] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def read_lists(source: Source, county: str) -> Lists:
    """Read both sheets; a kind of which the county has a list already, drafted or published, is left alone."""
    found = Lists()
    heads = sheet_of(source, HEAD_SHEET, found.faults)
    items = sheet_of(source, ITEM_SHEET, found.faults)
    if heads is None or items is None:
        return found
    drafts: dict[str, Draft] = {}
    lines = Lines(source, heads, HEAD_COLUMNS, frozenset(HEAD_COLUMNS))
    for line in lines:
        draft = _head(line)
        if draft.kind in drafts:
            line.fault("kind", "这种清单写了两行", "每种清单只写一行")
        elif not line.faulty:
            drafts[draft.kind] = draft
    found.faults += lines.faults
    _items(source, Lines(source, items, ITEM_COLUMNS, frozenset({"kind", "title"})), drafts, found)
    held = set(TaskList.objects.filter(place__code=county).values_list("kind", flat=True))
    found.kept = [kind for kind in drafts if kind in held]
    found.drafts = [draft for kind, draft in drafts.items() if kind not in held]
    for draft in found.drafts:
        if not draft.rows:
            label = TaskList.Kind(draft.kind).label
            why = f"“{label}”没有一项事项"
            found.faults.append(Fault(source.name, items.name, 0, "", why, "请填事项，或删去这种清单"))
    return found


def _head(line: Line) -> Draft:
    kind = line.choice("kind", KIND_WORDS, needed="请填七种清单之一")
    title = line.text("title", most=80, needed="请填清单名称")
    basis = line.text("basis", most=200, needed="请写明条例、文件名称和文号")
    return Draft(kind, title, basis, _day(line))


def _day(line: Line) -> date:
    """The day of effect: today or later, so not what `as_time` takes."""
    cell, today = line.cell("from"), timezone.localdate()
    how = "请写成 2027-01-01 这样的形式，今天或以后；留空为今天"
    if isinstance(cell, date):
        day = cell.date() if hasattr(cell, "date") else cell
    else:
        try:
            text = str(clean_text(as_text(cell))) if cell is not None else ""
            day = date.fromisoformat(text.replace("/", "-")) if text else today
        except (BadCell, ValueError):
            line.fault("from", "日期看不懂", how)
            return today
    if day < today:
        line.fault("from", f"{day} 已经过去：清单要先公布、后施行", how)
    return day


def _items(source: Source, lines: Lines, drafts: dict[str, Draft], found: Lists) -> None:
    matters = {key: row for row in Matter.objects.filter(active=True) for key in (row.code, row.name)}
    taken: dict[str, set[str]] = {}
    for line in lines:
        kind = line.choice("kind", KIND_WORDS, needed="请填七种清单之一")
        named = line.text("matter")
        if named and named not in matters:
            line.fault("matter", f"事项目录里没有“{named[:40]}”", "请填目录里的名称或代码，或者留空")
        texts = {key: line.text(key) for key in ("title", "basis", "owner", "conditions")}
        row = Row(matter=matters.get(named), role=line.choice("role", ROLE_WORDS), line=line.row.line, **texts)
        if kind and kind not in drafts:
            line.fault(
                "kind", f"“{TaskList.Kind(kind).label}”不在“清单”表里", "请在“清单”表中加一行，写明名称和制定依据"
            )
        elif kind:
            for why in item_faults(kind, row, taken.setdefault(kind, set())):
                what, _, mend = why.rstrip("。").partition("，")
                line.fault("title", what, mend or "请改正")
            taken[kind].add(row.title)
        if kind and not line.faulty:
            drafts[kind].rows.append(row)
    found.faults += lines.faults


def sample_lists(county: str, county_name: str) -> Lists:
    """The demo's lists as drafts, never published by themselves: a starting set that the county checks item by item.

    Raises:
        BadInput: this installation came without the demo.
    """
    try:
        from demo.lists import ITEMS, TITLES
    except ImportError as error:
        raise BadInput("这份安装不含示范清单，请使用完整的源代码目录，或自备清单表。", code="no_sample") from error
    held = set(TaskList.objects.filter(place__code=county).values_list("kind", flat=True))
    matters = {row.name: row for row in Matter.objects.filter(active=True)}
    found = Lists(kept=[kind for kind in ITEMS if kind in held])
    for kind, items in ITEMS.items():
        if kind in held:
            continue
        rows = [
            Row(one.title, matters[one.matter] if one.matter else None, one.basis, one.owner, one.role, one.conditions)
            for one in items
        ]
        title = f"{county_name}{TITLES[county[:2]][kind]}（底稿）"
        found.drafts.append(Draft(kind, title, "示范底稿，公布前由本县逐项核定", timezone.localdate(), rows))
    return found


def draft_lists(*, by: Actor, place: Place, drafts: Iterable[Draft], publish: bool) -> None:
    """Draft each list with its items, and publish it where asked (起草、公布清单).

    Raises: as the actions that it calls.
    """
    for draft in drafts:
        row = mandates.draft_list(
            by=by,
            place=place,
            kind=draft.kind,
            title=draft.title,
            basis=draft.basis,
            effective_from=draft.effective_from,
        )
        mandates.import_items(by=by, task_list=row, rows=draft.rows)
        if publish:
            mandates.publish_list(by=by, task_list=row)

"""Which sheet and which columns (找表、对列): titles in any order, under a title row, in two lines, with units, by any usual name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from linli.law.checkup import asks as ask_words
from linli.law.checkup.asks import (
    LEVEL_WORDS,
    LEVELS,
    Ask,
    asks_of,
    bare_title,
    bracketed,
    core_title,
    item_asks,
    plain_title,
)
from linli.law.checkup.cells import is_unit, scale_of, tidy
from linli.law.types import Pack

SEARCHED = 15
"""Lines in which a header is looked for."""
IGNORED = frozenset(
    ["序号", "编号", "备注", "说明", "填报人", "联系电话", "联系人", "填报单位", "填表人", "审核人", "id", "no", "序"]
)
"""Columns that every table has and that nobody needs to be told about."""
LEAVE = "-"
"""What a person says of a column that is to be left alone."""


@dataclass(frozen=True)
class Grid:
    """A sheet as it was read (工作表).

    Args:
        lines: (line number as a person counts, cells) of every line that holds anything.
        merged: (first line, first column, last line, last column), lines from 1 and columns from 0.
        uncounted: (line, column) of formulas without a result.
    """

    name: str
    lines: Sequence[tuple[int, Sequence[object]]]
    hidden: bool = False
    merged: tuple[tuple[int, int, int, int], ...] = ()
    hidden_rows: tuple[int, ...] = ()
    uncounted: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True)
class Problem:
    """Something in the file to mend or to know (问题): where, what, how to mend. `kind`: `error` or `note`."""

    sheet: str
    row: int
    column: str
    why: str
    mend: str = ""
    kind: str = "error"

    def __str__(self) -> str:
        where = [f"工作表“{self.sheet}”" if self.sheet else "", f"第 {self.row} 行" if self.row else ""]
        where.append(f"“{self.column}”列" if self.column else "")
        place = "，".join(part for part in where if part)
        text = f"{place}：{self.why}" if place else self.why
        return f"{text}。{self.mend}。".replace("。。", "。") if self.mend else f"{text}。"

    def as_dict(self) -> dict[str, object]:
        """As it stands in the JSON report."""
        return {
            "sheet": self.sheet,
            "row": self.row or None,
            "column": self.column,
            "kind": self.kind,
            "message": self.why,
            "mend": self.mend,
        }


@dataclass
class Matched:
    """A sheet with its columns found (对好的表).

    Args:
        columns: position → what it is. titles: position → the title as written. scales: position → units per figure.
        header: lines of the header. ignored: titles that are nobody's. start: index of the first row below the header.
    """

    grid: Grid
    level: str
    columns: dict[int, Ask]
    titles: dict[int, str]
    scales: dict[int, Decimal]
    header: tuple[int, ...]
    start: int
    ignored: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    with_units: bool = False

    @property
    def rank(self) -> tuple[int, bool, int]:
        """Which reading of a sheet is the better one: more columns; a line of units taken in; a header of one line."""
        return self.score, self.with_units, -len(self.header)

    @property
    def score(self) -> int:
        """How many columns were recognised."""
        return len(self.columns)

    def has(self, *keys: str) -> bool:
        """Whether one of the columns is there."""
        return any(ask.key in keys for ask in self.columns.values())


def find_sheets(
    grids: Sequence[Grid], packs: Sequence[Pack], given: Mapping[str, str] | None = None
) -> tuple[dict[str, Matched], list[Problem]]:
    """The sheet of each level (选表), the one in which most columns are known; which was chosen, and which left, is said.

    Args: given, title → key of the measure, where a person said it; these win.
    Returns: by level; `community` is missing when no sheet is about communities.
    """
    chosen: dict[str, Matched] = {}
    notes: list[Problem] = []
    open_to_all = [grid for grid in grids if grid.lines]
    seen = [grid for grid in open_to_all if not grid.hidden] or open_to_all
    for level in LEVELS:
        found = [one for grid in seen if (one := _match(grid, level, packs, given or {})) is not None]
        found = [one for one in found if all(one.grid is not other.grid for other in chosen.values())]
        if not found:
            continue
        best = max(found, key=lambda one: (_named(one.grid.name, level), one.score))
        chosen[level] = best
    for grid in grids:
        used = next((one for one in chosen.values() if one.grid is grid), None)
        if used is None and len(grids) > 1 and grid.name not in ("填写说明", "说明"):
            why = "是空表" if not grid.lines else "是隐藏的表" if grid.hidden else "没有用到"
            notes.append(Problem(grid.name, 0, "", f"这张表{why}，没有读取", "", "note"))
        elif used is not None and (len(grids) > 1 or used.header[0] > 1):
            lines = "、".join(map(str, used.header))
            notes.append(
                Problem(
                    grid.name,
                    used.header[0],
                    "",
                    f"按这张表评判{LEVEL_WORDS[used.level]}，表头在第 {lines} 行",
                    "",
                    "note",
                )
            )
    return chosen, notes


def _named(name: str, level: str) -> int:
    words = {"community": ("社区", "村", "居委"), "street": ("街道", "乡镇"), "county": ("县", "区县")}
    return int(any(plain_title(name).startswith(word) for word in words[level]))


_MUST = {"community": ("code", "name"), "street": ("code", "name"), "county": ("code", "name")}


def _match(grid: Grid, level: str, packs: Sequence[Pack], given: Mapping[str, str]) -> Matched | None:
    table = _table(level, packs)
    best: Matched | None = None
    for at in range(min(SEARCHED, len(grid.lines))):
        for deep in (1, 2):
            one = _at(grid, level, at, deep, table, given)
            if one is None or not one.has(*_MUST[level]) or one.score < 2:
                continue
            if level != "community" and not any(ask.duties for ask in one.columns.values()):
                continue
            if best is None or one.rank > best.rank:
                best = one
    return best


@dataclass(frozen=True)
class _Table:
    """Asks by title (as written, without brackets, without idle words), and by key."""

    titles: tuple[dict[str, list[Ask]], ...]
    keys: dict[str, Ask]


def _table(level: str, packs: Sequence[Pack]) -> _Table:
    asks = asks_of(packs, level)
    tables: tuple[dict[str, list[Ask]], ...] = ({}, {}, {})
    every = (*asks, *item_asks(asks))
    for ask in every:
        for title in (ask.label, ask.head, *ask.titles, ask.key):
            for table, form in zip(tables, (plain_title, bare_title, core_title), strict=True):
                held = table.setdefault(form(title), [])
                if ask not in held:
                    held.append(ask)
    return _Table(tables, {ask.key: ask for ask in every})


def _at(grid: Grid, level: str, at: int, deep: int, table: _Table, given: Mapping[str, str]) -> Matched | None:
    """The header read at a line, one or two lines deep; None when it cannot be one."""
    line, top = grid.lines[at]
    below: Sequence[object] = ()
    if deep == 2:
        if at + 1 >= len(grid.lines):
            return None
        below = grid.lines[at + 1][1]
        if any(isinstance(cell, int | float) for cell in below):
            return None
    titles = _titles(grid, line, top, below)
    columns: dict[int, Ask] = {}
    named: dict[int, str] = {}
    scales: dict[int, Decimal] = {}
    ignored: list[str] = []
    problems: list[Problem] = []
    taken: set[str] = set()
    by_hand = {plain_title(title): key for title, key in given.items()}
    todo = {position: forms for position, forms in titles.items() if any(forms)}
    left_out = [position for position, forms in todo.items() if by_hand.get(plain_title(forms[0])) == LEAVE]
    ignored += [todo.pop(position)[0] for position in left_out]
    for step in range(4):  # as a person said, as written, without brackets, without idle words
        for position, forms in list(todo.items()):
            ask = _ask(forms, step, table, taken, by_hand)
            if ask is None:
                continue
            scale = scale_of(ask.unit, [word for form in forms for word in bracketed(form)])
            if scale is None:
                why = "单位和这一项不符，这一列没有读取"
                problems.append(Problem(grid.name, line, forms[0], why, f"“{ask.label}”应按 {ask.head} 填写"))
                ignored.append(forms[0])
            else:
                columns[position], scales[position] = ask, scale
                taken.add(ask.key)
            named[position] = forms[0]
            del todo[position]
    doubles = {key for asks in table.titles for key in asks}
    for forms in todo.values():
        title = forms[0]
        if plain_title(title) in IGNORED or core_title(title) in IGNORED:
            continue
        ignored.append(title)
        if any(form(title) in doubles for form in (plain_title, bare_title, core_title)):
            problems.append(Problem(grid.name, line, title, "这一项已有一列，这一列没有读取", "请只留一列", "error"))
        else:
            problems.append(
                Problem(
                    grid.name, line, title, "认不出这一列，没有读取", "不影响评判；要用它请改成模板里的表头", "note"
                )
            )
    lines = (line, grid.lines[at + 1][0]) if deep == 2 else (line,)
    said = [str(cell) for cell in below if cell not in ("", None)]
    units = bool(said) and all(map(is_unit, said))
    return Matched(grid, level, columns, named, scales, lines, at + deep, ignored, problems, units)


def _written(cell: object) -> str:
    """A title as it stands, on one line."""
    return " ".join(cell.replace("\ufeff", "").split()) if isinstance(cell, str) else tidy(cell)


def _titles(grid: Grid, line: int, top: Sequence[object], below: Sequence[object]) -> dict[int, tuple[str, ...]]:
    """Position → the forms in which a title may be meant: the lower line, both lines, the upper line."""
    wide = max(len(top), len(below))
    upper = [_written(cell) for cell in top] + [""] * (wide - len(top))
    lower = [_written(cell) for cell in below] + [""] * (wide - len(below))
    for first, left, last, right in grid.merged:
        if first <= line <= last and left < wide:
            for position in range(left + 1, min(right + 1, wide)):
                upper[position] = upper[position] or upper[left]
    found: dict[int, tuple[str, ...]] = {}
    for position in range(wide):
        over, under = upper[position], lower[position]
        if not under or under == over:
            found[position] = (over,)
        elif is_unit(under):
            found[position] = (f"{over}({under.strip('()（）')})",)
        elif over:
            found[position] = (under, f"{over}{under}", f"{over}：{under}")
        else:
            found[position] = (under,)
    return found


def _ask(forms: Iterable[str], step: int, table: _Table, taken: set[str], by_hand: Mapping[str, str]) -> Ask | None:
    forms = list(forms)
    if step == 0:
        key = next((by_hand[plain_title(form)] for form in forms if plain_title(form) in by_hand), "")
        return table.keys.get(key) if key not in taken else None
    look = (plain_title, bare_title, core_title)[step - 1]
    for form in [*forms[1:], *forms[:1]]:  # both lines together say more than the lower one alone
        for ask in table.titles[step - 1].get(look(form), ()):
            if ask.key not in taken and (step < 3 or ask.key not in ask_words.PLACE_KEYS):
                return ask
    return None

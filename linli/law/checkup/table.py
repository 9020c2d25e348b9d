"""Rows to levels of places with their facts (逐级读取): communities, and the streets and counties they belong to."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from linli.law.checkup.asks import LEVEL_WORDS
from linli.law.checkup.cells import tidy
from linli.law.checkup.facts import facts_of
from linli.law.checkup.head import Matched, Problem
from linli.law.checkup.rows import HERE, NO_STREET, Rows, Whose, cell_of, places_of, position_of, skip_reason
from linli.law.types import Pack


@dataclass
class Level:
    """The places of one level with their facts (一级地方).

    Args:
        ids: code, or name where there is no code. lines: rows in the file, 0 for a place that has none of its own.
        upper: for each place the position of the one it belongs to, on the level above. facts: name → one entry per place.
        asked: keys of the columns that the file had.
    """

    level: str
    sheet: str = ""
    ids: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    upper: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    facts: dict[str, Any] = field(default_factory=dict)
    asked: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return len(self.ids)


@dataclass
class Reading:
    """Everything a file said (读取结果): the levels from below, and the problems."""

    levels: dict[str, Level]
    problems: list[Problem] = field(default_factory=list)
    skipped: int = 0


def read_levels(
    found: Mapping[str, Matched], pack: Pack, as_of: dt.date, known: frozenset[str] = frozenset()
) -> Reading:
    """Facts of every place that the sheets speak of.

    Args:
        found: the sheets, `community` among them. known: codes of the communities that exist, where that is known.
    """
    reading = Reading({})
    for one in found.values():
        reading.problems += one.problems
    base = found["community"]
    rows, whose = places_of(base, pack, reading.problems, known)
    reading.skipped = whose.skipped
    community = Level("community", base.grid.name, whose.ids, whose.names, [line for line, _ in rows])
    community.facts = facts_of(base, rows, as_of, reading.problems)
    community.asked = frozenset(ask.key for ask in base.columns.values())
    street, county = _above(community, whose)
    for level in (street, county):
        if level.level in found:
            _fill(level, found[level.level], county, as_of, reading)
    reading.levels = {"community": community, "street": street, "county": county}
    return reading


def _above(community: Level, whose: Whose) -> tuple[Level, Level]:
    """Streets and counties of the communities: by code, else by name; a name that belongs to one code joins it."""
    named: dict[str, set[str]] = {}
    for code, name in zip(whose.codes, whose.streets, strict=True):
        if code and name:
            named.setdefault(name, set()).add(code[:9])
    county_of: dict[str, set[str]] = {}
    for code, over in zip(whose.codes, whose.counties, strict=True):
        if code and over:
            county_of.setdefault(over, set()).add(code[:6])
    whole = {code[:6] for code in whose.codes if code}
    street, county = Level("street"), Level("county")
    streets: dict[tuple[str, str], int] = {}
    counties: dict[str, int] = {}
    above: list[int] = []
    uppers: list[int] = []
    for code, name, over in zip(whose.codes, whose.streets, whose.counties, strict=True):
        ninth = code[:9] or _only(named.get(name))
        six = ninth[:6] or _only(county_of.get(over)) or over or _only(whole) or HERE
        if six not in counties:
            counties[six] = len(counties)
            _put(county, six, over or six)
        elif over and county.names[counties[six]] == six:
            county.names[counties[six]] = over
        own = (ninth or name or NO_STREET, "" if ninth else six)
        if own not in streets:
            streets[own] = len(streets)
            _put(street, own[0], name or own[0])
            uppers.append(counties[six])
        elif name and street.names[streets[own]] == own[0]:
            street.names[streets[own]] = name
        above.append(streets[own])
    community.upper = np.array(above, dtype=np.int64)
    street.upper = np.array(uppers, dtype=np.int64)
    return street, county


def _only(found: set[str] | None) -> str:
    """The one thing in a set, "" when there is none or several."""
    return next(iter(found)) if found and len(found) == 1 else ""


def _put(level: Level, id: str, name: str) -> None:
    level.ids.append(id)
    level.names.append(name)
    level.lines.append(0)


def _fill(level: Level, found: Matched, county: Level, as_of: dt.date, reading: Reading) -> None:
    """Facts of streets or counties from their own sheet; a place that no community belongs to is added."""
    code_at, name_at = position_of(found, "code"), position_of(found, "name")
    by_id = {id: at for at, id in enumerate(level.ids)}
    by_name: dict[str, list[int]] = {}
    for at, held in enumerate(level.names):
        by_name.setdefault(held, []).append(at)
    rows: Rows = []
    target: list[int] = []
    size = {"street": 9, "county": 6}[level.level]
    for line, row in found.grid.lines[found.start :]:
        code = "".join(tidy(cell_of(row, code_at)).split())
        name = tidy(cell_of(row, name_at))
        if why := skip_reason([text for text in (code, name) if text], sum(cell != "" for cell in row)):
            reading.problems.append(Problem(found.grid.name, line, "", why, "", "note"))
            continue
        code = code[:size] if re.fullmatch(rf"[1-9]\d{{{size - 1}}}0*", code) else ""
        fits = by_name.get(name, []) if name else []
        index: int | None = by_id.get(code) if code else fits[0] if len(fits) == 1 else None
        if index is None and level.level == "county" and len(level) == 1 and level.ids[0] == HERE:
            index = 0
            level.names[0], level.ids[0] = name or HERE, code or name or HERE
        if index is None:
            label = LEVEL_WORDS[level.level]
            why = f"社区表里没有这个{label}（{name or code or '未写名称'}），这一行没有读取"
            reading.problems.append(
                Problem(found.grid.name, line, found.titles.get(name_at or 0, ""), why, "请核对代码和名称")
            )
            continue
        if index in target:
            reading.problems.append(
                Problem(found.grid.name, line, "", f"{level.names[index]}写了两行，后一行没有读取", "请只留一行")
            )
            continue
        rows.append((line, row))
        target.append(index)
        level.lines[index] = line
        if name:
            level.names[index] = name
    level.sheet = found.grid.name
    level.asked = frozenset(ask.key for ask in found.columns.values())
    for key, values in facts_of(found, rows, as_of, reading.problems).items():
        if isinstance(values, np.ndarray):
            spread: Any = np.full(len(level), np.nan)
            spread[target] = values
        else:
            spread = [None] * len(level)
            for at, value in zip(target, values, strict=True):
                spread[at] = value
        level.facts[key] = spread

"""What would mend most at least cost (先补什么): what lacks, grouped by what it costs, the cheapest first, with what that adds up to.

The law prices nothing, so people, square metres and things are never added together: each has its own list, ordered by how much
one finding costs. What costs neither people nor rooms (a list to publish, a team to name) comes first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from linli.law import words
from linli.law.checkup.report import UNMET, Judged, Report
from linli.law.types import Duty

FREE, COUNTS, PEOPLE, SPACE, MONEY = "free", "count", "persons", "m2", "yuan"
ORDER = (FREE, COUNTS, PEOPLE, SPACE, MONEY)
COST_WORDS = {
    FREE: "不用增加人和房",
    COUNTS: "要增加设施或组织",
    PEOPLE: "要招人",
    SPACE: "要找面积",
    MONEY: "要花钱",
}
_COST = {"persons": PEOPLE, "m2": SPACE, "yuan": MONEY, "yuan_per_month": MONEY}


@dataclass
class Mend:
    """One thing that lacks in some places (一类缺口), its places from the cheapest on.

    Args:
        what: what to do, in words. cost: kind of cost. rows: positions of the places. amounts: how much each one lacks.
        fixed: findings that this mends in each. cleared: places at which nothing else is amiss.
    """

    key: str
    level: str
    what: str
    cost: str
    unit: str
    duties: tuple[Duty, ...]
    rows: npt.NDArray[np.int64]
    amounts: npt.NDArray[np.float64]
    fixed: npt.NDArray[np.int64]
    cleared: int

    @property
    def total(self) -> float:
        """Sum of what lacks, in the unit."""
        return float(self.amounts.sum())

    @property
    def findings(self) -> int:
        """How many findings would be met."""
        return int(self.fixed.sum())

    def half(self) -> tuple[int, float, int]:
        """The cheapest places that mend at least half of the findings: how many, their amount, findings."""
        done = np.cumsum(self.fixed)
        last = int(np.searchsorted(done, (self.findings + 1) // 2))
        return last + 1, float(self.amounts[: last + 1].sum()), int(done[last])


def mends_of(report: Report) -> list[Mend]:
    """What lacks everywhere, what costs neither people nor rooms first, then by findings mended."""
    groups: dict[tuple[str, str, str], list[Judged]] = {}
    for level, one in report.every():
        if one.total or not (one.verdict == UNMET).any():
            continue
        assert one.duty.rule is not None
        keys = one.duty.rule.keys
        what = str(
            keys.get("measure") or keys.get("set") or keys.get("list") or keys.get("record") or keys.get("events")
        )
        side = "less" if "at_most" in keys or "events" in keys else "more"
        groups.setdefault((level.level, what, side), []).append(one)
    found = [_mend(report, *key, group) for key, group in groups.items()]
    return sorted(found, key=lambda one: (ORDER.index(one.cost), -one.findings, one.key))


def _mend(report: Report, level: str, what: str, side: str, group: list[Judged]) -> Mend:
    lacks = np.stack([one.verdict == UNMET for one in group])
    gaps = np.stack([np.nan_to_num(one.gap) for one in group]) * lacks
    rows = np.flatnonzero(lacks.any(axis=0))
    # One more person serves every rule that counts people: the largest gap mends all of them.
    amounts, fixed = gaps.max(axis=0)[rows], lacks.sum(axis=0)[rows]
    order = np.lexsort((rows, amounts, amounts / fixed))
    rows, amounts, fixed = rows[order], amounts[order], fixed[order]
    every = np.zeros(len(report.levels[level]), dtype=np.int64)
    for one in report.judged[level]:
        if not one.total:
            every += one.verdict == UNMET
    duty = group[0].duty
    assert duty.rule is not None
    measure = report.pack.find_measure(what)
    unit = measure.unit if measure is not None and duty.rule.shape == "bound" else ""
    cost = FREE if side == "less" or duty.rule.shape != "bound" else _COST.get(unit, COUNTS)
    if cost == PEOPLE and level != "community":
        cost = FREE  # people who are there already and are to do something: nobody is hired for it
    said = _said(report, duty, what, side)
    duties = tuple(one.duty for one in group)
    return Mend(what, level, said, cost, unit, duties, rows, amounts, fixed, int((every[rows] == fixed).sum()))


def _said(report: Report, duty: Duty, what: str, side: str) -> str:
    assert duty.rule is not None
    name = words.term(what, report.pack)
    if side == "less":
        return f"减少{name}"
    verb = {"has_all": "补齐", "published_list": "公布或复核", "calendar": "补办"}.get(duty.rule.shape, "增加")
    return f"{verb}{name}"


def amount_words(amount: float, unit: str) -> str:
    """12 人；346.5 平方米；"" for what is counted in items."""
    shown = f"{amount:,.1f}".removesuffix(".0")
    return f"{shown} {words.UNITS.get(unit, '') or '项'}".rstrip()

"""A check-up judged and rolled up (体检结果): columns of verdicts and figures per duty, sums per street and county, sentences on demand."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from linli.law import expr, say, words
from linli.law.checkup.asks import LEVELS, judged_duties
from linli.law.checkup.head import Matched, Problem
from linli.law.checkup.table import Level, Reading
from linli.law.frame import WHYS, FrameFindings, judge_frame
from linli.law.judge import COUNTED, Finding, Verdict
from linli.law.load import cite
from linli.law.types import Duty, Pack

VERDICTS = tuple(Verdict)
MET, UNMET, UNKNOWN, EXEMPT, PENDING, ATTESTED = range(len(VERDICTS))
WORST = (UNMET, UNKNOWN, PENDING, ATTESTED, MET)
Floats = npt.NDArray[np.float64]
KEPT = 5_000
"""Findings of a duty that are kept in words: of a province they would fill the memory."""


@dataclass
class Judged:
    """One duty at every place of one level (一项职责的结论).

    Args:
        need, have, gap: NaN where nothing is counted. unsure: rows of which it is not known whether the duty covers them at all.
        total: whether these are sums of communities, judged against the same ratio one level up.
    """

    duty: Duty
    level: str
    verdict: npt.NDArray[np.int8]
    need: Floats
    have: Floats
    gap: Floats
    found: FrameFindings | None = None
    unsure: npt.NDArray[np.bool_] | None = None
    total: bool = False
    known: npt.NDArray[np.int64] | None = None
    of: npt.NDArray[np.int64] | None = None
    _told: dict[int, tuple[Finding, str]] = field(default_factory=dict)

    @cached_property
    def like(self) -> list[int]:
        """For each place one of which the same is said, but for the source (同结论的地方)."""
        if self.found is None:
            return list(range(len(self.verdict)))
        if self.unsure is None:
            return list(self.found.like.tolist())
        pairs = np.unique(self.found.like * 2 + self.unsure, return_index=True, return_inverse=True)
        return list(pairs[1][pairs[2]].tolist())

    def told(self, row: int, pack: Pack) -> tuple[Finding, str]:
        """The finding of one place and its sentence without a source; worked out once for all places that are alike."""
        row = self.like[row]
        if row not in self._told:
            if len(self._told) >= KEPT:
                self._told.clear()
            found = self.finding(row)
            self._told[row] = found, self._sentence(row, found, pack)
        return self._told[row]

    def _sentence(self, row: int, found: Finding, pack: Pack) -> str:
        article = cite(self.duty.at.partition("__")[0])
        if self.unsure is not None and self.unsure[row]:
            return f"没有填城乡类别，不知是否适用（{words.WHO[self.duty.who]}） · {article}"
        if not self.total:
            return say.finding(found, self.duty, pack)
        assert self.known is not None and self.of is not None
        scope = f"{self.of[row]} 个社区（村）合计"
        if self.verdict[row] == UNKNOWN:
            need = f"需 {say.number(_exact(self.need[row]))}，" if not math.isnan(self.need[row]) else ""
            return f"{scope}：{need}{self.of[row] - self.known[row]} 个没有数据，无法合计 · {article}"
        if self.verdict[row] == EXEMPT:
            return f"不适用：{words.WHO[self.duty.who]} · {article}"
        return f"{scope}：{say.finding(found, self.duty, pack)}"

    def sourced(self, row: int) -> bool:
        """Whether the sentence of a place names its source: not for a sum, and not where it is unknown whether the duty covers it."""
        return not self.total and (self.unsure is None or not self.unsure[row])

    def finding(self, row: int) -> Finding:
        """The finding of one place, exact."""
        if self.found is not None and self.verdict[row] == EXEMPT:
            return Finding(Verdict.EXEMPT, why=WHYS[self.found.why[row]])
        if self.found is not None and (self.unsure is None or not self.unsure[row]):
            return self.found.finding(row)
        verdict = VERDICTS[self.verdict[row]]
        if self.total and self.verdict[row] in (MET, UNMET):
            need, have, gap = (Fraction(repr(float(one[row]))) for one in (self.need, self.have, self.gap))
            return Finding(verdict, need, have, gap)
        why = {UNKNOWN: "no_data", EXEMPT: "who", PENDING: "open"}[int(self.verdict[row])]
        return Finding(verdict, why=why, missing=() if self.total else ("kind",))


@dataclass
class Sum:
    """One duty summed over the communities of each street, each county, or all (汇总).

    Args: counts, places × verdicts. need, have, over places where both are known; gap, over those that are not met.
    """

    duty: Duty
    level: str
    counts: npt.NDArray[np.int64]
    need: Floats
    have: Floats
    gap: Floats

    def verdict(self, row: int) -> Verdict:
        """The worst verdict among the places; exempt when it applies to none."""
        return VERDICTS[next((code for code in WORST if self.counts[row, code]), EXEMPT)]


@dataclass
class Report:
    """Everything a check-up found (体检报告)."""

    pack: Pack
    as_of: dt.date
    start: dt.date | None
    file: str
    sha256: str
    reading: Reading
    matched: Mapping[str, Matched]
    judged: dict[str, list[Judged]]
    sums: dict[str, list[Sum]]
    notes: list[Problem] = field(default_factory=list)
    label: str = ""

    @property
    def levels(self) -> Mapping[str, Level]:
        """Places by level."""
        return self.reading.levels

    @property
    def problems(self) -> list[Problem]:
        """Everything to mend or to know, what must be mended first."""
        return sorted([*self.reading.problems, *self.notes], key=lambda one: (one.kind != "error", one.sheet, one.row))

    @property
    def draft(self) -> bool:
        """Whether the text is not in force: then nothing here is a finding of law (草案模拟)."""
        return self.pack.status == "draft"

    @property
    def title(self) -> str:
        """What the report is called."""
        counties = self.levels["county"]
        where = counties.names[0] if len(counties) == 1 else f"{len(counties)} 个县（市、区）"
        return f"{where}社区治理体检报告"

    def article(self, duty: Duty) -> str:
        """The place in the text, as everywhere: pack and eId."""
        return f"{self.pack.id}.{duty.at}"

    def every(self) -> Iterator[tuple[Level, Judged]]:
        """Level and duty, counties first."""
        for name in reversed(LEVELS):
            for one in self.judged[name]:
                yield self.levels[name], one

    def counts(self) -> dict[str, int]:
        """How many findings there are of each verdict, sums left out."""
        many = np.zeros(len(VERDICTS), dtype=np.int64)
        for _, one in self.every():
            if not one.total:
                many += np.bincount(one.verdict, minlength=len(VERDICTS))
        return {verdict.value: int(count) for verdict, count in zip(VERDICTS, many, strict=True)}

    def unmet_per_community(self) -> npt.NDArray[np.int64]:
        """How many duties are not met in each community."""
        return self._per_community(UNMET)

    def unknown_per_community(self) -> npt.NDArray[np.int64]:
        """Of how many duties nothing is known in each community."""
        return self._per_community(UNKNOWN)

    def _per_community(self, code: int) -> npt.NDArray[np.int64]:
        many = np.zeros(len(self.levels["community"]), dtype=np.int64)
        for one in self.judged["community"]:
            many += one.verdict == code
        return many

    def sentence(self, level: Level, one: Judged, row: int) -> str:
        """The finding as it is printed (评判说明): need, have, gap, article, source."""
        said = one.told(row, self.pack)[1]
        source = self.evidence(level, row) if one.sourced(row) else ""
        return f"{said} · {source}" if source else said

    def evidence(self, level: Level, row: int) -> str:
        """Where the figures of a place stand (依据): file, sheet and row; "" for a place without a row of its own."""
        if not level.lines[row]:
            return ""
        sheet = f"“{level.sheet}”" if level.sheet else ""
        return f"{self.file} {sheet}第 {level.lines[row]} 行{'（' + self.label + '）' if self.label else ''}"


def _exact(value: np.float64) -> Fraction:
    return Fraction(repr(round(float(value), 6)))


def judge_reading(
    reading: Reading,
    matched: Mapping[str, Matched],
    pack: Pack,
    as_of: dt.date,
    *,
    start: dt.date | None = None,
    file: str = "",
    sha256: str = "",
    notes: Sequence[Problem] = (),
    label: str = "",
) -> Report:
    """Judge every place of every level and roll up (评判与汇总).

    Args:
        start: from when a draft would hold; None: as if it held already. label: what the figures are when they were not counted
            but estimated, shown beside each source.
    """
    judged = {level: _judge_level(reading.levels[level], pack, as_of, start) for level in LEVELS}
    sums = {level: [_sum(one, reading, level) for one in judged["community"]] for level in ("street", "county", "all")}
    for one in judged["community"]:
        if _is_ratio(one.duty, pack) and "county" in one.duty.bearer:
            judged["county"].append(_total(one, reading, pack))
    judged["county"].sort(key=lambda one: pack.duties.index(one.duty))
    return Report(pack, as_of, start, file, sha256, reading, matched, judged, sums, list(notes), label)


def _judge_level(level: Level, pack: Pack, as_of: dt.date, start: dt.date | None) -> list[Judged]:
    duties = judged_duties(pack, level.level)
    columns: dict[str, Any] = {"kind": [None] * len(level), **level.facts}
    for duty in duties:  # what a table says of tasks it says against the lists: whatever it names stands outside them
        if duty.rule is not None and "not_in" in duty.rule.keys and str(duty.rule.keys["events"]) in columns:
            columns.setdefault(str(duty.rule.keys["not_in"]), [{"published": True, "items": ()}] * len(level))
    kind = columns["kind"]
    no_kind = np.fromiter((one is None for one in kind), dtype=bool, count=len(level))
    by_items = {duty.id: own for duty in duties if (own := _of_items(duty, level)) is not None}
    whole = judge_frame(pack, columns, as_of, start=start, duties=[duty for duty in duties if duty.id not in by_items])
    every = {found.duty.id: found for found in whole}
    for duty in duties:
        if duty.id in by_items:
            assert duty.rule is not None
            own_columns = {**columns, str(duty.rule.keys["set"]): by_items[duty.id]}
            every[duty.id] = judge_frame(pack, own_columns, as_of, start=start, duties=[duty])[0]
    out = []
    for found in (every[duty.id] for duty in duties):
        one = Judged(found.duty, level.level, found.verdict, found.need, found.have, found.gap, found)
        if level.level == "community" and found.duty.who != "both":
            unsure = no_kind & np.isin(found.verdict, (MET, UNMET))
            if unsure.any():
                verdict = found.verdict.copy()
                verdict[unsure] = UNKNOWN
                need, have, gap = (np.where(unsure, np.nan, part) for part in (found.need, found.have, found.gap))
                one = replace(one, verdict=verdict, need=need, have=have, gap=gap, unsure=unsure)
        out.append(one)
    return out


def _of_items(duty: Duty, level: Level) -> list[frozenset[str] | None] | None:
    """What a duty asks of a set that was asked item by item: known where each of its own items is; None when it was not so asked."""
    assert duty.rule is not None
    key, wanted = str(duty.rule.keys.get("set", "")), duty.rule.keys.get("contains", ())
    if not key or key in level.facts or not any(name.startswith(f"{key}:") for name in level.facts):
        return None
    assert isinstance(wanted, tuple)
    nobody = [None] * len(level)
    known: dict[tuple[bool | None, ...], frozenset[str] | None] = {}
    out = []
    for answers in zip(*(level.facts.get(f"{key}:{item}", nobody) for item in wanted), strict=True):
        if answers not in known:
            there = frozenset(item for item, answer in zip(wanted, answers, strict=True) if answer)
            known[answers] = None if None in answers else there
        out.append(known[answers])
    return out


def _groups(reading: Reading, level: str) -> tuple[npt.NDArray[np.int64], int]:
    """For each community its street or county, and how many of these there are."""
    community, street = reading.levels["community"], reading.levels["street"]
    if level == "all":
        return np.zeros(len(community), dtype=np.int64), 1
    if level == "street":
        return community.upper, len(street)
    return street.upper[community.upper] if len(community) else community.upper, len(reading.levels["county"])


def _sum(one: Judged, reading: Reading, level: str) -> Sum:
    group, many = _groups(reading, level)
    wide = len(VERDICTS)
    counts = np.bincount(group * wide + one.verdict, minlength=many * wide).reshape(many, wide)
    both = ~np.isnan(one.need) & ~np.isnan(one.have) & (one.verdict != EXEMPT)
    short = (one.verdict == UNMET) & ~np.isnan(one.gap)
    need, have, gap = (
        _added(group, part, rows, many) for part, rows in ((one.need, both), (one.have, both), (one.gap, short))
    )
    return Sum(one.duty, level, counts, need, have, gap)


def _added(group: npt.NDArray[np.int64], part: Floats, rows: npt.NDArray[np.bool_], many: int) -> Floats:
    """Sums per group over some rows."""
    return np.asarray(np.bincount(group[rows], weights=part[rows], minlength=many), dtype=np.float64).round(6)


def _is_ratio(duty: Duty, pack: Pack) -> bool:
    """Whether a duty asks so much per resident or household: only then do sums of communities meet the same measure."""
    if duty.rule is None or duty.rule.shape != "bound" or "at_least" not in duty.rule.keys:
        return False
    names = expr.names(expr.read(str(duty.rule.keys["at_least"])))
    counted = [measure for name in names if (measure := pack.find_measure(name)) is not None]
    return any(measure.unit in ("persons", "households") for measure in counted)


def _total(one: Judged, reading: Reading, pack: Pack) -> Judged:
    """A ratio met by a county as a whole: unknown as long as one of its communities is; surplus of one fills the gap of another."""
    group, many = _groups(reading, "county")
    applies = one.verdict != EXEMPT
    of = np.bincount(group[applies], minlength=many)
    sums = []
    for part in (one.need, one.have):
        told = applies & ~np.isnan(part)
        whole = np.bincount(group[told], minlength=many) == of
        sums.append(np.where(whole, _added(group, part, told, many), np.nan))
    need, have = sums
    known = np.bincount(group[applies & np.isin(one.verdict, (MET, UNMET))], minlength=many)
    short = need - have
    assert one.duty.rule is not None
    measure = pack.find_measure(str(one.duty.rule.keys["measure"]))
    if measure is not None and measure.unit in COUNTED:
        short = np.ceil(short)
    pending = np.bincount(group[applies & (one.verdict == PENDING)], minlength=many)
    verdict = np.where(short > 0, UNMET, MET)
    verdict = np.where(known < of, np.where(pending == of, PENDING, UNKNOWN), verdict)
    verdict = np.where(of == 0, EXEMPT, verdict).astype(np.int8)
    gap = np.where(np.isin(verdict, (MET, UNMET)), np.where(short > 0, np.round(short, 6), 0.0), np.nan)
    need, have = (np.where(verdict == EXEMPT, np.nan, part) for part in (need, have))
    return Judged(one.duty, "county", verdict, need, have, gap, total=True, known=known, of=of)


def number(value: float) -> float | int | None:
    """A figure for JSON and tables: whole ones as whole numbers, NaN as None."""
    value = float(value)
    if math.isnan(value):
        return None
    return int(value) if value.is_integer() else round(value, 6)

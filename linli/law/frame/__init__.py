"""Judging of a whole frame at once (成批评判): the same rules as `judge`, worked out over columns with NumPy.

The same expression trees, the same five shapes, the same six verdicts; `finding(i)` is to the letter what `judge` says of that
row. Floating point is let in only where it cannot change a verdict: whole numbers and one division of whole numbers are exact
in float64, and a row that float64 cannot tell is judged again in exact fractions. Never float32.
Cost: a few passes over each column for a minimum or maximum; the other shapes judge each distinct record once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
import numpy.typing as npt

from linli.law import expr
from linli.law.calendar import WorkCalendar
from linli.law.frame.columns import (
    NAN,
    TOLD,
    Bools,
    Coded,
    Column,
    Floats,
    Given,
    Grade,
    Ints,
    RowByRow,
    Texts,
    Truths,
    check,
    column_of,
    comparable,
    constant,
    itself,
)
from linli.law.frame.walk import Walk
from linli.law.judge import COUNTED, Finding, Verdict, judge
from linli.law.types import Duty, Pack

__all__ = ["VERDICTS", "WHYS", "Coded", "FrameFindings", "judge_frame"]

Codes = npt.NDArray[np.int8]

VERDICTS = tuple(Verdict)
WHYS = ("", "no_data", "no_standard", "who", "when", "not_started", "open")
_MET, _UNMET, _UNKNOWN, _EXEMPT, _PENDING, _ATTESTED = range(len(VERDICTS))
_RECORDS = ("set", "list", "events", "not_in", "record", "every", "within", "reviewed_every")


@dataclass(frozen=True, eq=False)
class FrameFindings:
    """What was found of one duty in every row (成批评判结论).

    Args: verdict, int8, index into VERDICTS; need, have, gap, float64, NaN where nothing is counted; why, int8, index into WHYS.
    """

    duty: Duty
    verdict: Codes
    need: Floats
    have: Floats
    gap: Floats
    why: Codes
    _like: Ints | None = field(repr=False)
    _frame: _Frame = field(repr=False)

    def __len__(self) -> int:
        return len(self.verdict)

    def finding(self, row: int) -> Finding:
        """The finding of one row (单行结论), exact, with what is missing or lacking and when it is due."""
        return self._frame.judged_row(self.duty, row)

    @cached_property
    def like(self) -> Ints:
        """For each row one that has the same finding to the letter (同结论的行), because the rule was told the same of both."""
        return self._frame.alike(self.duty) if self._like is None else self._like

    def counts(self) -> dict[Verdict, int]:
        """How many rows have each verdict (各结论行数); every verdict is named."""
        many = np.bincount(self.verdict, minlength=len(VERDICTS))
        return {verdict: int(many[code]) for code, verdict in enumerate(VERDICTS)}


def judge_frame(
    pack: Pack,
    facts: Mapping[str, Given],
    as_of: dt.date,
    *,
    start: dt.date | None = None,
    duties: Iterable[Duty | str] | None = None,
    days: WorkCalendar | None = None,
) -> list[FrameFindings]:
    """Judge duties for many places at once (成批评判).

    Args:
        facts: name → column, all of one length (rows). Numbers as float64 or int64 with NaN or a mask where not known, or as
            lists with None; texts, sets, lists, events and records as lists or object arrays of what `judge` takes, or `Coded`.
        as_of, start, days: as for `judge`. duties: which, as duties or ids; default: every one of the pack.
    Returns: one entry for each of these duties that has a rule, in their order.
    Raises: ValueError for columns of different lengths or of a type that is not taken (float32 is not); KeyError for an
        unknown id; expr.ExpressionError when in some row a text stands where a number is needed.
    """
    chosen = pack.duties if duties is None else [pack.duty(one) if isinstance(one, str) else one for one in duties]
    frame = _Frame(pack, facts, as_of, start, days or WorkCalendar())
    with np.errstate(divide="ignore", invalid="ignore", over="raise", under="raise"):
        return [frame.judged(duty) for duty in chosen if duty.rule is not None]


class _Arrays:
    """The findings of one duty as they are written."""

    def __init__(self, rows: int) -> None:
        self.verdict, self.why = np.full(rows, _MET, np.int8), np.zeros(rows, np.int8)
        self.need, self.have, self.gap = (np.full(rows, NAN) for _ in range(3))
        self.like: Ints | None = None

    def put(self, row: int, finding: Finding) -> None:
        """Write one finding into one row."""
        self.verdict[row], self.why[row] = VERDICTS.index(finding.verdict), WHYS.index(finding.why)
        for array, value in ((self.need, finding.need), (self.have, finding.have), (self.gap, finding.gap)):
            array[row] = NAN if value is None else float(value)

    def settle(self, rows: Bools, verdict: int, why: str) -> None:
        """Rows with a verdict for which nothing is counted. By sums and products: a masked copy takes twenty times as long."""
        code, rest = rows.view(np.int8), (~rows).view(np.int8)
        self.verdict = self.verdict * rest + code * np.int8(verdict)
        self.why = self.why * rest + code * np.int8(WHYS.index(why))

    def blank(self, rows: Bools) -> None:
        """Rows in which nothing is counted."""
        nothing = 0.0 / ~rows  # 0 elsewhere, NaN there
        for array in (self.need, self.have, self.gap):
            array += nothing


class _Columns(Mapping[str, Column]):
    """The facts as rules count with them, each column looked through once."""

    def __init__(self, facts: Mapping[str, Given]) -> None:
        self.facts = facts
        self.known: dict[str, Column | None] = {}
        self.odd: dict[str, Bools] = {}

    def __getitem__(self, name: str) -> Column:
        if name not in self.known:
            self.known[name] = None  # and so it stays when it cannot be taken as one column
            self.known[name], odd = column_of(self.facts[name])
            if odd is not None:
                self.odd[name] = odd
        found = self.known[name]
        if found is None:
            raise RowByRow
        return found

    def __contains__(self, name: object) -> bool:
        return name in self.facts

    def __iter__(self) -> Iterator[str]:
        return iter(self.facts)

    def __len__(self) -> int:
        return len(self.facts)


class _Frame:
    """One run over one set of columns."""

    def __init__(
        self, pack: Pack, facts: Mapping[str, Given], as_of: dt.date, start: dt.date | None, days: WorkCalendar
    ) -> None:
        self.pack, self.facts, self.as_of, self.start, self.days = pack, facts, as_of, start, days
        lengths = {name: check(name, column) for name, column in facts.items()}
        self.rows = max(lengths.values(), default=0)
        for name, rows in lengths.items():
            if rows != self.rows:
                raise ValueError(f"各列行数应当相同：{name} 有 {rows} 行，最长的一列有 {self.rows} 行。")
        self.columns = _Columns(facts)
        self.same: dict[tuple[expr.Node, expr.Node], Truths] = {}
        self.codes: dict[tuple[str, str], Ints] = {}
        self.names: dict[int, list[str]] = {}

    def value(self, name: str, row: int) -> Any:
        """What stands in one row of a column, as `judge` takes it."""
        found = self.facts[name][row]
        if found is np.ma.masked:
            return None
        if isinstance(found, np.generic):
            found = found.item()
        return None if isinstance(found, float) and found != found else found

    def asked(self, duty: Duty) -> list[str]:
        """The columns that a duty asks for."""
        if id(duty) not in self.names:
            self.names[id(duty)] = [name for name in {*_names(duty), "kind"} if name in self.facts]
        return self.names[id(duty)]

    def judged_row(self, duty: Duty, row: int) -> Finding:
        """One row by `judge`."""
        told = {name: self.value(name, row) for name in self.asked(duty)}
        found = judge(duty, self.pack, told, self.as_of, start=self.start, days=self.days)
        assert found is not None
        return found

    def judged(self, duty: Duty) -> FrameFindings:
        """Every row of one duty."""
        try:
            found = self._judged(duty)
        except (RowByRow, FloatingPointError):
            found = _Arrays(self.rows)
            for row in range(self.rows):
                found.put(row, self.judged_row(duty, row))
        return FrameFindings(duty, found.verdict, found.need, found.have, found.gap, found.why, found.like, self)

    def _judged(self, duty: Duty) -> _Arrays:
        assert duty.rule is not None
        keys = duty.rule.keys
        found = _Arrays(self.rows)
        if self.start is not None and self.as_of < self.start:
            found.settle(np.ones(self.rows, bool), _PENDING, "not_started")
            found.like = np.zeros(self.rows, np.int64)
            return found
        other = self._of_other_kind(duty.who)
        walk = Walk(self.pack, self.as_of, self.columns, self.rows, self.same)
        when = walk.truths(expr.read(str(keys["when"]))) if "when" in keys else constant(True)
        assert isinstance(when, Truths)
        unclear = "no_standard" if walk.standards else "no_data"
        if duty.rule.shape == "bound":
            _bound(keys, walk, found)
        self._doubt_odd(duty, walk)
        if duty.rule.shape != "bound":
            self._each_record_once(duty, found, np.flatnonzero(when.yes & ~other & ~walk.doubted))
        applies = np.broadcast_to(when.yes, self.rows)
        if "when" in keys:
            not_so = np.array(np.broadcast_to(when.no, self.rows))
            found.settle(~(applies | not_so), _UNKNOWN, unclear)
            found.settle(not_so, _EXEMPT, "when")
        if duty.who != "both":
            found.settle(other, _EXEMPT, "who")
        if "when" in keys or duty.who != "both":
            found.blank(other | ~applies)
        for row in np.flatnonzero(walk.doubted & ~other).tolist():
            found.put(row, self.judged_row(duty, row))
        return found

    def _doubt_odd(self, duty: Duty, walk: Walk) -> None:
        for name in self.columns.odd.keys() & set(self.asked(duty)):
            walk.doubt(self.columns.odd[name])

    def _of_other_kind(self, who: str) -> Bools:
        """Rows of the other kind of community; a kind that is not told is no other."""
        none = np.zeros(self.rows, bool)
        if who == "both" or "kind" not in self.facts:
            return none
        kind = self.columns["kind"]
        if not isinstance(kind, Texts):
            if isinstance(kind, Truths) or not np.isnan(kind.values).all():
                raise RowByRow
            return none
        asked = Walk(self.pack, self.as_of, self.columns, self.rows, self.same)
        mine, empty = (asked.truths(expr.Comparison("==", expr.Name("kind"), expr.Text(text))) for text in (who, ""))
        return np.asarray(mine.no & ~empty.yes)

    def _each_record_once(self, duty: Duty, found: _Arrays, rows: Ints) -> None:
        """Rows that tell a rule the same are judged together: the first of them, by `judge`."""
        assert duty.rule is not None
        if not len(rows):
            return
        keys = duty.rule.keys
        roles = [role for role in _RECORDS if role in keys and str(keys[role]) in self.facts]
        first, code = self._first_of([(_kind(keys, role), str(keys[role])) for role in roles], rows)
        each = _Arrays(len(first))
        for place, row in enumerate(rows[first].tolist()):
            each.put(place, self.judged_row(duty, row))
        for name in ("verdict", "why", "need", "have", "gap"):
            getattr(found, name)[rows] = getattr(each, name)[code]
        found.like = np.arange(self.rows)
        found.like[rows] = rows[first][code]

    def alike(self, duty: Duty) -> Ints:
        """For each row the first that tells a duty the same."""
        assert duty.rule is not None
        keys, rows = duty.rule.keys, np.arange(self.rows)
        roles = {str(keys[role]): _kind(keys, role) for role in _RECORDS if role in keys}
        first, code = self._first_of([(roles.get(name, ""), name) for name in self.asked(duty)], rows)
        return np.asarray(first[code])

    def _first_of(self, columns: Iterable[tuple[str, str]], rows: Ints) -> tuple[Ints, Ints]:
        """Rows that are told the same in all these roles and columns: the first of each kind, and for each row its kind."""
        code = np.zeros(len(rows), np.int64)
        for role, name in columns:
            own = self._coded(role, name)[rows]
            code = np.unique(code * (own.max(initial=0) + 1) + own, return_inverse=True)[1]
        _, first, kind = np.unique(code, return_index=True, return_inverse=True)
        return first, kind

    def _coded(self, role: str, name: str) -> Ints:
        """A number for each row: where it is the same, the column tells a rule the same in this role."""
        if (role, name) not in self.codes:
            column = self.facts[name]
            if (
                isinstance(column, np.ndarray)
                and column.dtype.kind in "fiu"
                and not isinstance(column, np.ma.MaskedArray)
            ):
                self.codes[role, name] = np.unique(column, return_inverse=True)[1]
                return self.codes[role, name]
            given = column.values if isinstance(column, Coded) else column
            each = given.tolist() if isinstance(given, np.ndarray) else given
            seen: dict[Any, int] = {}
            tell = partial(TOLD.get(role, itself), on=self.as_of)
            codes = np.fromiter((seen.setdefault(tell(one), len(seen)) for one in each), np.int64, len(each))
            self.codes[role, name] = codes[column.codes] if isinstance(column, Coded) else codes
        return self.codes[role, name]


def _kind(keys: Mapping[str, Any], role: str) -> str:
    """The role of a record: whether its last day counts or every row."""
    return ("every" if "every" in keys else "within") if role == "record" else role


def _bound(keys: Mapping[str, Any], walk: Walk, found: _Arrays) -> None:
    """A minimum, a maximum, or both, of which the one that is not met is told."""
    measure = str(keys["measure"])
    have = walk.numbers(expr.Name(measure))
    declared = walk.pack.find_measure(measure)
    pieces = declared is not None and declared.unit in COUNTED
    found.have[:] = have.values
    for turn, key in enumerate(key for key in ("at_least", "at_most") if key in keys):
        need = walk.numbers(expr.read(str(keys[key])))
        up = key == "at_least"
        if not comparable(need.grade, have.grade):
            walk.doubt(walk.near(need, have, need.values - have.values))
        to: Any = need.values
        if pieces:  # there are only whole ones: the requirement is rounded up, or the most that is allowed down
            to = np.ceil(need.values) if up else np.floor(need.values)
            if need.grade == Grade.ROUNDED:
                walk.doubt(walk.near(need, need, need.values - np.rint(need.values)))
            if have.grade != Grade.WHOLE:
                walk.doubt((np.abs(have.values - np.rint(have.values)) > 0) | (have.grade == Grade.ROUNDED))
        gap = np.broadcast_to(np.maximum(to - have.values if up else have.values - to, 0.0), len(found.gap))
        unknown = np.isnan(gap)
        verdict = (gap > 0).view(np.int8) * np.int8(_UNMET) + unknown.view(np.int8) * np.int8(_UNKNOWN)
        why = WHYS.index("no_standard" if walk.standards else "no_data")
        if not turn:
            found.verdict, found.gap, found.why = verdict, gap.copy(), unknown.view(np.int8) * np.int8(why)
            found.need[:] = need.values
        else:
            worse = (verdict != _MET) & (found.verdict != _UNKNOWN)
            for old, new in ((found.verdict, verdict), (found.need, need.values), (found.gap, gap)):
                np.copyto(old, new, where=worse)
            np.copyto(found.why, np.int8(why), where=worse & unknown)


def _names(duty: Duty) -> frozenset[str]:
    """Every name that a rule may ask for."""
    assert duty.rule is not None
    found: set[str] = set()
    for key, value in duty.rule.keys.items():
        if key in ("at_least", "at_most", "when"):
            found |= expr.names(expr.read(str(value)))
        elif isinstance(value, str):
            found.add(value)
    return frozenset(found)

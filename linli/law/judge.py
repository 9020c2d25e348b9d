"""Judging (规则评判): a duty with a rule, the facts of one place and a day give one of six verdicts.

Pure functions over facts; nothing touches a database. Missing data is never 0, and a text that names no number is no reason
to make one up: both give `unknown`, with what is missing. All numbers are exact fractions: the measure stays as it is,
the requirement is computed on the other side (30 m² per 100 households fails in floating point exactly at the limit).

Facts by name: a number; a truth; a text (`kind`); a set of texts; a list as {published, reviewed, items}; events as rows
of {item, ground}; records of `every` as days, of `within` as rows of {opened, done}.
"""

from __future__ import annotations

import calendar
import datetime as dt
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from linli.law import expr
from linli.law.calendar import SHANGHAI, WorkCalendar
from linli.law.types import Duty, Pack, Param

Facts = Mapping[str, Any]
COUNTED = frozenset({"count", "persons", "households"})
"""Units of which there are only whole ones: a gap of 0.69 persons is one person."""
_DIGITS = 400  # a decimal of more digits is no figure of a place, and would fill the memory as a fraction


class Verdict(StrEnum):
    """Outcome of a judgement (评判结果)."""

    MET = "met"
    UNMET = "unmet"
    UNKNOWN = "unknown"
    EXEMPT = "exempt"
    PENDING = "pending"
    ATTESTED = "attested"


@dataclass(frozen=True)
class Finding:
    """What a judgement found (评判结论).

    Args: need, have, gap, exact; None where nothing is counted. why: `no_data` or `no_standard` with unknown, `who` or `when`
    with exempt, `not_started` or `open` with pending. missing: names of the facts or parameters that are not known.
    lacking: items that a set lacks, or that lie outside a list. due: when the next one is due, or was.
    """

    verdict: Verdict
    need: Fraction | None = None
    have: Fraction | None = None
    gap: Fraction | None = None
    why: str = ""
    missing: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    due: dt.date | None = None


class _Look:
    """Names as the evaluator asks for them; what could not be found is remembered, facts and numbers apart."""

    def __init__(self, pack: Pack, facts: Facts, on: dt.date) -> None:
        self.pack, self.facts, self.on = pack, facts, on
        self.data: dict[str, None] = {}
        self.standards: dict[str, None] = {}

    def __call__(self, name: str) -> expr.Plain:
        if name in self.facts or not _is_param(self.pack, name):
            found = plain(self.facts.get(name))
            if found is None:
                self.data[name] = None
            return found
        found = plain(self.pack.param(name, self.on))
        if found is None:
            self.standards[name] = None
        return found

    def unknown(self, **more: Any) -> Finding:
        """The verdict for what was missing: a number that the text does not name weighs more than a fact to be entered."""
        why = "no_standard" if self.standards else "no_data"
        return Finding(Verdict.UNKNOWN, why=why, missing=tuple(self.standards or self.data), **more)


def judge(
    duty: Duty,
    pack: Pack,
    facts: Facts,
    as_of: dt.date,
    *,
    start: dt.date | None = None,
    days: WorkCalendar | None = None,
) -> Finding | None:
    """Judge a duty by its rule (评判).

    Args:
        facts: of one place, as described at the head of this module. as_of: the day on which it is judged.
        start: from when the duty holds; a draft has no date, so the run sets it, or nothing is pending for that reason.
        days: the calendar for limits in working days; default: Monday to Friday.
    Returns: None when the duty has no rule.
    Raises: expr.ExpressionError when a text stands where a number is needed.
    """
    if duty.rule is None:
        return None
    if start is not None and as_of < start:
        return Finding(Verdict.PENDING, why="not_started", due=start)
    kind = facts.get("kind")
    if duty.who != "both" and kind and kind != duty.who:
        return Finding(Verdict.EXEMPT, why="who")
    look = _Look(pack, facts, as_of)
    when = duty.rule.keys.get("when")
    if when is not None:
        holds = expr.truth(expr.value(expr.read(str(when)), look))
        if holds is None:
            return look.unknown()
        if not holds:
            return Finding(Verdict.EXEMPT, why="when")
    keys = duty.rule.keys
    if duty.rule.shape == "bound":
        return _bound(keys, look)
    if duty.rule.shape == "has_all":
        return _has_all(keys, look)
    if duty.rule.shape == "published_list":
        return _published(keys, look)
    if duty.rule.shape == "nothing_outside":
        return _outside(keys, look)
    return _every(keys, look, start) if "every" in keys else _within(keys, look, days or WorkCalendar())


def roll_up(findings: Iterable[Finding]) -> Finding:
    """Many places' findings as one (汇总): one that is not met outweighs all, then what is not known, then what is open."""
    found = [one for one in findings if one.verdict != Verdict.EXEMPT]
    for verdict in (Verdict.UNMET, Verdict.UNKNOWN, Verdict.PENDING):
        first = next((one for one in found if one.verdict == verdict), None)
        if first is not None:
            # One place without data can be mended by entering it: it speaks before a text that names no number.
            same = [one for one in found if one.verdict == verdict]
            return next((one for one in same if one.why == "no_data"), first)
    return Finding(Verdict.MET) if found else Finding(Verdict.EXEMPT, why="who")


def plain(found: Any) -> expr.Plain:
    """A stored value as the evaluator counts with it: exact; a float is what it prints as, and what is not finite is not known."""
    if found is None or isinstance(found, str | bool | Fraction):
        return found
    if isinstance(found, int) or (isinstance(found, Decimal) and found.is_finite() and abs(found.adjusted()) < _DIGITS):
        return Fraction(found)
    if isinstance(found, float) and math.isfinite(found):
        return Fraction(repr(float(found)))
    return None


def _is_param(pack: Pack, name: str) -> bool:
    try:
        pack.find_param(name)
    except KeyError:
        return False
    return True


def _bound(keys: Mapping[str, Any], look: _Look) -> Finding:
    measure = str(keys["measure"])
    have = expr.number(look(measure))
    whole = (found := look.pack.find_measure(measure)) is not None and found.unit in COUNTED
    worst: Finding | None = None
    for key in ("at_least", "at_most"):
        if key not in keys:
            continue
        need = expr.number(expr.value(expr.read(str(keys[key])), look))
        if need is None or have is None:
            return look.unknown(need=need, have=have)
        short = need - have if key == "at_least" else have - need
        gap = Fraction(math.ceil(short)) if whole else short
        one = Finding(Verdict.UNMET, need, have, gap) if short > 0 else Finding(Verdict.MET, need, have, Fraction(0))
        worst = one if worst is None or one.verdict == Verdict.UNMET else worst
    assert worst is not None
    return worst


def _has_all(keys: Mapping[str, Any], look: _Look) -> Finding:
    name, wanted = str(keys["set"]), tuple(keys["contains"])
    there = look.facts.get(name)
    if there is None:
        return Finding(Verdict.UNKNOWN, need=Fraction(len(wanted)), why="no_data", missing=(name,))
    lacking = tuple(item for item in wanted if item not in there)
    need, gap = Fraction(len(wanted)), Fraction(len(lacking))
    return Finding(Verdict.UNMET if lacking else Verdict.MET, need, need - gap, gap, lacking=lacking)


def _published(keys: Mapping[str, Any], look: _Look) -> Finding:
    name = str(keys["list"])
    found = look.facts.get(name)
    if found is None:
        return Finding(Verdict.UNKNOWN, why="no_data", missing=(name,))
    one, none = Fraction(1), Fraction(0)
    if keys.get("published") and not found.get("published"):
        return Finding(Verdict.UNMET, one, none, one)
    if "reviewed_every" not in keys:
        return Finding(Verdict.MET, one, one, none)
    span = _span(str(keys["reviewed_every"]), look)
    if span is None:
        return look.unknown(have=one)
    reviewed = as_day(found.get("reviewed"))
    if reviewed is None:
        return Finding(Verdict.UNKNOWN, have=one, why="no_data", missing=(name,))
    due = add_span(reviewed, *span)
    late = due < look.on
    return Finding(Verdict.UNMET if late else Verdict.MET, one, none if late else one, one if late else none, due=due)


def _outside(keys: Mapping[str, Any], look: _Look) -> Finding:
    events, limits = look.facts.get(str(keys["events"])), look.facts.get(str(keys["not_in"]))
    if events is None:
        return Finding(Verdict.UNKNOWN, why="no_data", missing=(str(keys["events"]),))
    if events and limits is None:
        return Finding(Verdict.UNKNOWN, why="no_data", missing=(str(keys["not_in"]),))
    items = frozenset(limits.get("items", ())) if limits and limits.get("published", True) else frozenset()
    unless = keys.get("unless", ())
    lawful = frozenset((unless,) if isinstance(unless, str) else unless)
    outside = [str(one.get("item", "")) for one in events if one.get("ground") not in lawful]
    outside = [item for item in outside if item not in items]
    many = Fraction(len(outside))
    verdict = Verdict.UNMET if outside else Verdict.MET
    return Finding(verdict, Fraction(0), many, many, lacking=tuple(dict.fromkeys(outside)))


def _every(keys: Mapping[str, Any], look: _Look, start: dt.date | None) -> Finding:
    name = str(keys["record"])
    span = _span(str(keys["every"]), look)
    known = look.facts.get(name)
    if span is None:
        return look.unknown()
    if known is None:
        return Finding(Verdict.UNKNOWN, why="no_data", missing=(name,))
    one, none = Fraction(1), Fraction(0)
    done = [day for day in map(as_day, known) if day is not None and day <= look.on]
    if not done:
        due = add_span(start, *span) if start is not None else None
        if due is not None and look.on <= due:
            return Finding(Verdict.PENDING, one, none, why="open", due=due)
        return Finding(Verdict.UNMET, one, none, one, due=due)
    due = add_span(max(done), *span)
    late = due < look.on
    return Finding(Verdict.UNMET if late else Verdict.MET, one, none if late else one, one if late else none, due=due)


def _within(keys: Mapping[str, Any], look: _Look, days: WorkCalendar) -> Finding:
    name = str(keys["record"])
    limit = _param(str(keys["within"]), look)
    amount = expr.number(look(str(keys["within"])))
    known = look.facts.get(name)
    if limit is None or amount is None:
        return look.unknown()
    if known is None:
        return Finding(Verdict.UNKNOWN, why="no_data", missing=(name,))
    end = dt.datetime.combine(look.on, dt.time.max, SHANGHAI)
    late = open_ = 0
    for row in known:
        opened, done = as_moment(row.get("opened")), as_moment(row.get("done"))
        if opened is None:
            continue
        due = days.add(opened, float(amount), limit.unit)
        late += (done or end) > due
        open_ += done is None and end <= due
    many = Fraction(late)
    if not late and open_:
        return Finding(Verdict.PENDING, Fraction(0), many, many, why="open")
    return Finding(Verdict.UNMET if late else Verdict.MET, Fraction(0), many, many)


def _param(name: str, look: _Look) -> Param | None:
    return look.pack.find_param(name) if _is_param(look.pack, name) else None


def _span(name: str, look: _Look) -> tuple[int, str] | None:
    """A period that a parameter gives: amount and unit; None when the text names no number."""
    amount, param = expr.number(look(name)), _param(name, look)
    return None if amount is None or param is None else (int(amount), param.unit)


def period_of(duty: Duty, pack: Pack, on: dt.date) -> tuple[int, str] | None:
    """The period that the text itself sets for a duty (法定周期), as amount and unit; None where it sets none."""
    keys = duty.rule.keys if duty.rule else {}
    name = str(keys.get("every") or keys.get("reviewed_every") or "")
    return _span(name, _Look(pack, {}, on)) if name else None


def add_span(day: dt.date, amount: int, unit: str) -> dt.date:
    """A day some days, months or years later (民法典 203: where the month has no such day, its last one)."""
    if unit in ("days", "working_days"):
        return day + dt.timedelta(days=amount)
    months = amount * 12 if unit == "years" else amount
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def as_day(found: Any) -> dt.date | None:
    """A day from a date, a moment, or ISO text; None for anything else."""
    if isinstance(found, dt.datetime):
        return found.astimezone(SHANGHAI).date() if found.tzinfo else found.date()
    if isinstance(found, str):
        try:
            return dt.date.fromisoformat(found[:10])
        except ValueError:
            return None
    return found if isinstance(found, dt.date) else None


def as_moment(found: Any) -> dt.datetime | None:
    """A moment from a moment or ISO text; one without a zone is of Asia/Shanghai."""
    if isinstance(found, str):
        try:
            found = dt.datetime.fromisoformat(found)
        except ValueError:
            return None
    if not isinstance(found, dt.datetime):
        return None
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)


def attested(finding: Finding | None) -> Finding:
    """The finding for a duty that a named person attests (签认): only what no rule can judge may be attested."""
    if finding is None or finding.verdict == Verdict.UNKNOWN:
        return replace(finding or Finding(Verdict.UNKNOWN), verdict=Verdict.ATTESTED)
    return finding

"""Columns that rules count with (列): numbers, truths and texts of every row, and how far float64 may be trusted with them.

A number that is not known is NaN. Whole numbers up to 2**53, and the quotient of two of them, compare in float64 as they do in
fractions: x / y lies at least 1/y away from every whole number that it is not, which is more than half a unit in the last place.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from linli.law.judge import as_day, plain

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Given = Sequence[Any] | npt.NDArray[Any]

NAN = np.float64("nan")
YES = np.bool_(True)
MOST_WHOLE = 2.0**53
LARGE, SMALL = 1e15, 1e-12
"""Beyond these a row is judged in fractions, so that no product of a few factors can overflow or vanish unseen."""
NEAR, SLIP = 1e-9, 1e-12
"""How close two numbers are too close to tell; more than any chain of roundings in one expression can be wrong by."""


@dataclass(frozen=True, eq=False)
class Coded(Sequence[Any]):
    """A column in which few values stand many times (编码列): each value once, and for each row which one it is."""

    values: Sequence[Any]
    codes: Ints

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, row: Any) -> Any:
        return self.values[self.codes[row]]


class RowByRow(Exception):
    """A rule mixes texts and numbers over these columns (逐行评判): it is judged one row after the other."""


class Grade(IntEnum):
    """What a float64 stands for (精度): a whole number; the number that it prints as; x / y of whole numbers; something near it."""

    WHOLE = 0
    PRINTED = 1
    RATIO = 2
    ROUNDED = 3


def comparable(one: Grade, other: Grade) -> bool:
    """Whether float64 tells exactly which of two such numbers is larger."""
    return max(one, other) <= Grade.PRINTED or {one, other} == {Grade.WHOLE, Grade.RATIO}


@dataclass(frozen=True, eq=False)
class Numbers:
    """Numbers of each row, or one for all. `most`: none is larger; `err`: by how much each may be wrong, None: by SLIP of itself."""

    values: Floats | np.float64
    grade: Grade = Grade.ROUNDED
    most: float = MOST_WHOLE * 2
    err: Floats | np.float64 | None = None

    @property
    def slip(self) -> Any:
        """By how much each may be wrong."""
        return SLIP * np.abs(self.values) if self.err is None else self.err


@dataclass(frozen=True, eq=False)
class Truths:
    """Known to be so, known not to be so; neither: not known."""

    yes: Bools | np.bool_
    no: Bools | np.bool_


@dataclass(frozen=True, eq=False)
class Texts:
    """Texts of each row, or one for all; `known` is False where there is none."""

    values: npt.NDArray[Any] | str
    known: Bools | np.bool_ = YES


Column = Numbers | Truths | Texts


def constant(value: Fraction | str | bool) -> Column:
    """One value for every row. Raises: RowByRow for a number too large or too small for float64 to be trusted with."""
    if isinstance(value, str):
        return Texts(value)
    if isinstance(value, bool):
        return Truths(np.bool_(value), np.bool_(not value))
    if value and not SMALL <= abs(value) <= LARGE:
        raise RowByRow
    number = float(value)
    if value.denominator == 1:
        return Numbers(np.float64(number), Grade.WHOLE, abs(number))
    return Numbers(np.float64(number), Grade.PRINTED if Fraction(repr(number)) == value else Grade.ROUNDED)


def as_numbers(column: Column) -> Numbers:
    """A column to count with: true is 1. Raises: RowByRow for texts."""
    if isinstance(column, Numbers):
        return column
    if isinstance(column, Texts):
        raise RowByRow
    return Numbers(np.where(column.yes, 1.0, np.where(column.no, 0.0, NAN)), Grade.WHOLE, 1.0)


def known(column: Column) -> Any:
    """Where something is known."""
    if isinstance(column, Numbers):
        return ~np.isnan(column.values)
    return column.yes | column.no if isinstance(column, Truths) else column.known


def same_text(left: Texts, right: Texts) -> Truths:
    """Where two texts are the same."""
    if isinstance(left.values, str) and isinstance(right.values, str):
        same: Any = np.bool_(left.values == right.values)
    else:
        same = (left.values == right.values).astype(bool)  # type: ignore[union-attr]
    both = left.known & right.known
    return Truths(same & both, ~same & both)


def check(name: str, given: Given) -> int:
    """The length of a column that was given. Raises: ValueError for what is no column, or of a type that is not taken."""
    if isinstance(given, str | bytes) or (isinstance(given, np.ndarray) and given.ndim != 1):
        raise ValueError(f"{name} 应为一列值，每行一个。")
    if isinstance(given, np.ndarray) and (
        given.dtype.kind not in "fiubUO" or (given.dtype.kind == "f" and given.dtype != np.float64)
    ):
        raise ValueError(f"{name} 的类型是 {given.dtype}：数字请用 float64 或 int64，其他请用 object。")
    return len(given)


def column_of(given: Given) -> tuple[Column, Bools | None]:
    """A column as rules count with it (取列), and the rows that hold numbers too large or too small, where there are any.

    Raises: RowByRow when texts, truths and numbers stand in one column.
    """
    if isinstance(given, Coded):
        column, odd = column_of(given.values)
        return _each(column, given.codes), None if odd is None else odd[given.codes]
    if isinstance(given, np.ma.MaskedArray):
        counted = given.dtype.kind in "fiu"
        given = np.ma.filled(given.astype(np.float64 if counted else object), NAN if counted else None)
    if isinstance(given, np.ndarray) and given.dtype.kind in "fiu":
        return _measured(given.astype(np.float64, copy=False), Grade.PRINTED)
    if isinstance(given, np.ndarray) and given.dtype.kind == "b":
        return Truths(given, ~given), None
    if isinstance(given, np.ndarray) and given.dtype.kind == "U":
        return Texts(given), None
    kinds = set(map(type, given))
    if kinds <= {int, float, type(None)}:
        try:
            return _measured(np.array(given, np.float64), Grade.PRINTED)
        except OverflowError:
            pass
    if any(issubclass(kind, float) for kind in kinds):
        given = [None if isinstance(one, float) and one != one else one for one in given]
        kinds = set(map(type, given))
    values = np.fromiter(given, object, len(given))
    some = kinds - {type(None)}
    if all(issubclass(kind, str) for kind in some):
        return Texts(values, YES if some == kinds else np.array([one is not None for one in values], bool)), None
    if all(issubclass(kind, bool | np.bool_) for kind in some):
        return Truths(np.equal(values, True).astype(bool), np.equal(values, False).astype(bool)), None
    if some == {Decimal}:
        told = values.tolist()
        numbers = np.array(told, np.float64)
        exact = all(one is None or one == number for one, number in zip(told, numbers.tolist(), strict=True))
        return _measured(numbers, Grade.PRINTED if exact else Grade.ROUNDED)
    return _mixed(values)


def _each(column: Column, codes: Ints) -> Column:
    """The value of every row, of a column that holds each value once."""

    def of(array: Any) -> Any:
        return array[codes] if isinstance(array, np.ndarray) else array

    if isinstance(column, Numbers):
        return Numbers(of(column.values), column.grade, column.most, of(column.err))
    if isinstance(column, Truths):
        return Truths(of(column.yes), of(column.no))
    return Texts(of(column.values), of(column.known))


def _mixed(values: npt.NDArray[Any]) -> tuple[Column, Bools | None]:
    exact = [plain(one.item() if isinstance(one, np.generic) else one) for one in values]
    if any(isinstance(one, str | bool) for one in exact):
        raise RowByRow
    return _measured(np.array([NAN if one is None else _float(Fraction(one)) for one in exact]), Grade.ROUNDED)


def _float(value: Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf")


def _measured(values: Floats, grade: Grade) -> tuple[Numbers, Bools | None]:
    size = np.abs(values)
    most = float(np.fmax.reduce(size, initial=0.0))
    if grade == Grade.PRINTED and most <= LARGE and not np.fmax.reduce(np.abs(values - np.rint(values)), initial=0.0):
        return Numbers(values, Grade.WHOLE, most), None
    odd = (size > LARGE) | ((size < SMALL) & (size > 0))
    if not odd.any():
        return Numbers(values, grade), None
    return Numbers(np.where(odd, NAN, values), grade), odd


def itself(value: Any, on: dt.date) -> Any:
    """What a rule learns from a value, to be hashed; equal means: judged alike. What cannot be told apart by value stands for itself."""
    return value if isinstance(value, str | int | float | dt.date | None) else id(value)


def _of_set(value: Any, on: dt.date) -> Any:
    return _hashable((type(value), *value), value) if isinstance(value, list | tuple) else itself(value, on)


def _of_list(value: Any, on: dt.date) -> Any:
    if not isinstance(value, Mapping):
        return itself(value, on)
    return bool(value.get("published")), _day(value.get("reviewed"))


def _of_rows(value: Any, on: dt.date) -> Any:
    if not isinstance(value, list | tuple) or not all(isinstance(row, dict) for row in value):
        return itself(value, on)
    return _hashable(tuple((*row, *row.values(), *map(type, row.values())) for row in value), value)


def _of_days(value: Any, on: dt.date) -> Any:
    """Only the last day that has come counts."""
    if not isinstance(value, list | tuple):
        return itself(value, on)
    return max((day for day in map(_day, value) if day is not None and day <= on), default=())


TOLD: Mapping[str, Callable[[Any, dt.date], Any]] = {
    "set": _of_set,
    "list": _of_list,
    "events": _of_rows,
    "within": _of_rows,
    "every": _of_days,
}
"""What a rule learns from a record, by its role in the rule."""


@lru_cache(maxsize=8192)
def _day_of_text(text: str) -> dt.date | None:
    return as_day(text)


def _day(value: Any) -> dt.date | None:
    return _day_of_text(value) if isinstance(value, str) else as_day(value)


def _hashable(found: Any, value: Any) -> Any:
    try:
        hash(found)
    except TypeError:
        return id(value)
    return found

"""A rule's expressions over whole columns (表达式成列求值): the trees of `expr`, with columns for leaves."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import numpy as np

from linli.law import expr
from linli.law.frame.columns import (
    MOST_WHOLE,
    NAN,
    NEAR,
    Bools,
    Column,
    Grade,
    Numbers,
    RowByRow,
    Texts,
    Truths,
    as_numbers,
    comparable,
    constant,
    known,
    same_text,
)
from linli.law.judge import plain
from linli.law.types import Pack

_COUNT: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


def _differs(left: Any, right: Any) -> Any:
    return (left < right) | (left > right)  # NaN would be unequal to everything


_SIGNS: Mapping[str, tuple[Callable[[Any, Any], Any], Callable[[Any, Any], Any]]] = {
    "==": (operator.eq, _differs),
    "!=": (_differs, operator.eq),
    "<": (operator.lt, operator.ge),
    "<=": (operator.le, operator.gt),
    ">": (operator.gt, operator.le),
    ">=": (operator.ge, operator.lt),
}


class Walk:
    """One rule's way through its expressions (求值过程).

    Args: columns, name → column, for every name that is a fact. standards: whether a number was asked for that the text does
    not name. doubted: rows that float64 cannot tell.
    """

    def __init__(self, pack: Pack, on: Any, columns: Mapping[str, Column], rows: int, same: dict[Any, Truths]) -> None:
        self.pack, self.on, self.columns, self.same = pack, on, columns, same
        self.standards = False
        self.doubted = np.zeros(rows, bool)

    def doubt(self, rows: Bools | np.bool_) -> None:
        """Note rows that float64 cannot tell."""
        self.doubted |= rows

    def numbers(self, node: expr.Node) -> Numbers:
        """An expression as numbers. Raises: RowByRow for a text."""
        return as_numbers(self.value(node))

    def truths(self, node: expr.Node) -> Truths:
        """An expression as a condition: a number is true when it is not 0, a text when it is not empty."""
        found = self.value(node)
        if isinstance(found, Truths):
            return found
        if isinstance(found, Texts):
            empty = same_text(found, Texts(""))
            return Truths(empty.no, empty.yes)
        if found.err is not None:
            self.doubt(np.abs(found.values) <= found.err)
        return Truths(np.abs(found.values) > 0, found.values == 0)

    def value(self, node: expr.Node) -> Column:
        """An expression in every row, as `expr.value` works it out for one. Raises: RowByRow."""
        match node:
            case expr.Number() | expr.Text():
                return constant(node.value)
            case expr.Name():
                return self._named(node.id)
            case expr.Arithmetic():
                return self._counted(node.sign, self.numbers(node.left), self.numbers(node.right))
            case expr.Comparison():
                return self._compared(node)
            case expr.Not():
                part = self.truths(node.part)
                return Truths(part.no, part.yes)
            case expr.Logic():
                parts = [self.truths(part) for part in node.parts]
                every, some = (np.logical_and, np.logical_or) if node.word == "and" else (np.logical_or, np.logical_and)
                return Truths(reduce(every, [part.yes for part in parts]), reduce(some, [part.no for part in parts]))
            case expr.Choice():
                return self._chosen(node)

    def near(self, left: Numbers, right: Numbers, apart: Any) -> Any:
        """Where two numbers lie closer together than float64 can tell, given how far apart they seem."""
        reach: Any = NEAR * np.maximum(np.abs(left.values), np.abs(right.values))
        for side in (left, right):
            reach = reach if side.err is None else reach + side.err
        return np.abs(apart) <= reach

    def _named(self, name: str) -> Column:
        if name in self.columns:
            return self.columns[name]
        try:
            value = plain(self.pack.param(name, self.on))
        except KeyError:
            return Numbers(NAN)
        if value is None:
            self.standards = True
            return Numbers(NAN)
        return constant(value)

    def _counted(self, sign: str, left: Numbers, right: Numbers) -> Numbers:
        values: Any = _COUNT[sign](left.values, right.values)
        if sign == "/" and np.any(right.values == 0):
            values = np.where(right.values == 0, NAN, values)
        if left.grade == right.grade == Grade.WHOLE:
            if sign == "/":
                return Numbers(values, Grade.RATIO)
            most = left.most * right.most if sign == "*" else left.most + right.most
            if most <= MOST_WHOLE:
                return Numbers(values, Grade.WHOLE, most)
        if sign in "+-":
            return Numbers(values, err=left.slip + right.slip)
        if left.err is None and right.err is None:
            return Numbers(values)
        size, slip = np.abs(right.values), right.slip
        if sign == "*":
            return Numbers(values, err=left.slip * size + slip * np.abs(left.values) + left.slip * slip)
        unsure = size <= 2 * slip  # perhaps a division by nothing
        self.doubt(unsure)
        return Numbers(values, err=np.where(unsure, 0.0, (left.slip + np.abs(values) * slip) / (size - slip)))

    def _compared(self, node: expr.Comparison) -> Truths:
        left, right = self.value(node.left), self.value(node.right)
        if node.sign not in ("==", "!=") or not (isinstance(left, Texts) or isinstance(right, Texts)):
            return self._ordered(node.sign, as_numbers(left), as_numbers(right))
        if isinstance(left, Texts) and isinstance(right, Texts):
            key = (node.left, node.right)  # what texts are the same is asked by many rules
            if key not in self.same:
                self.same[key] = same_text(left, right)
            same = self.same[key]
        else:
            same = Truths(np.bool_(False), known(left) & known(right))
        return same if node.sign == "==" else Truths(same.no, same.yes)

    def _ordered(self, sign: str, left: Numbers, right: Numbers) -> Truths:
        if not comparable(left.grade, right.grade):
            self.doubt(self.near(left, right, left.values - right.values))
        yes, no = _SIGNS[sign]
        return Truths(yes(left.values, right.values), no(left.values, right.values))

    def _chosen(self, node: expr.Choice) -> Column:
        test = self.truths(node.test)
        asked, self.standards = self.standards, False
        then, other = self.value(node.then), self.value(node.other)
        if self.standards or isinstance(then, Texts) or isinstance(other, Texts):
            raise RowByRow  # which rows asked for a number that is not there decides what they are told
        self.standards = asked
        if isinstance(then, Truths) and isinstance(other, Truths):
            yes = (test.yes & then.yes) | (test.no & other.yes)
            return Truths(yes, (test.yes & then.no) | (test.no & other.no))
        one, two = as_numbers(then), as_numbers(other)
        grades = {one.grade, two.grade}
        return Numbers(
            np.where(test.yes, one.values, np.where(test.no, two.values, NAN)),
            max(grades) if len(grades - {Grade.WHOLE}) < 2 else Grade.ROUNDED,
            max(one.most, two.most),
            None if one.err is None and two.err is None else np.maximum(one.slip, two.slip),
        )

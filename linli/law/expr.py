"""Expressions of rules (规则表达式): a small whitelisted language, read once into a tree of its own.

Names, whole and decimal numbers, texts in quotes, + - * /, one comparison, and/or/not, and `a if b else c`. Nothing else of
Python is let in, so that a pack stays data. The tree knows no data: `value` works it out for one place; whoever works
out a whole frame at once walks the same tree with other leaves.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

Plain = Fraction | str | bool | None
"""What a name or an expression may stand for. None: not known, which is never 0."""

LONGEST = 300
DEEPEST = 30


class ExpressionError(ValueError):
    """An expression is outside the little language (表达式有误); the message says in Chinese what is not allowed."""


@dataclass(frozen=True)
class Number:
    """A number, exact."""

    value: Fraction


@dataclass(frozen=True)
class Text:
    """A text in quotes, or True and False."""

    value: str | bool


@dataclass(frozen=True)
class Name:
    """A measure, a parameter, or another fact."""

    id: str


@dataclass(frozen=True)
class Arithmetic:
    """Left and right joined by + - * /."""

    sign: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Comparison:
    """One comparison; chains are not let in."""

    sign: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Logic:
    """Parts joined by `and` or `or`."""

    word: str
    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Not:
    """The contrary."""

    part: Node


@dataclass(frozen=True)
class Choice:
    """`then if test else other`."""

    test: Node
    then: Node
    other: Node


Node = Number | Text | Name | Arithmetic | Comparison | Logic | Not | Choice

_ARITHMETIC: Mapping[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_COMPARISON: Mapping[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}


@lru_cache(maxsize=2048)
def read(text: str) -> Node:
    """Read an expression into its tree (读表达式); the result is kept.

    Raises: ExpressionError, in Chinese, for whatever is outside the language.
    """
    if len(text) > LONGEST:
        raise ExpressionError(f"表达式超过 {LONGEST} 个字符，请拆开")
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise ExpressionError(f"表达式“{text}”写法有误") from error
    return _read(tree.body, text, DEEPEST)


def _read(node: ast.expr, text: str, depth: int) -> Node:
    if not depth:
        raise ExpressionError("表达式嵌套过深，请拆开")

    def inner(one: ast.expr) -> Node:
        return _read(one, text, depth - 1)

    match node:
        case ast.Constant(value=bool() | str()):
            return Text(node.value)  # type: ignore[arg-type]
        case ast.Constant(value=int()):
            return Number(Fraction(node.value))  # type: ignore[arg-type]
        case ast.Constant(value=float()):
            written = (ast.get_source_segment(text, node) or "").replace("_", "")
            if "e" in written.lower():
                raise ExpressionError(f"表达式“{text}”里的 {written} 请写成普通数字，不用科学记数法")
            return Number(Fraction(written))  # as it is written: 0.1 is a tenth
        case ast.Name():
            return Name(node.id)
        case ast.BinOp() if type(node.op) in _ARITHMETIC:
            return Arithmetic(_ARITHMETIC[type(node.op)], inner(node.left), inner(node.right))
        case ast.UnaryOp(op=ast.USub()):
            return Arithmetic("-", Number(Fraction(0)), inner(node.operand))
        case ast.UnaryOp(op=ast.Not()):
            return Not(inner(node.operand))
        case ast.Compare(ops=[op], comparators=[right]) if type(op) in _COMPARISON:
            return Comparison(_COMPARISON[type(op)], inner(node.left), inner(right))
        case ast.BoolOp():
            return Logic("and" if isinstance(node.op, ast.And) else "or", tuple(inner(one) for one in node.values))
        case ast.IfExp():
            return Choice(inner(node.test), inner(node.body), inner(node.orelse))
    raise ExpressionError(
        f"表达式“{text}”里有不允许的写法；只能用名称、数字、加减乘除、一次比较、and、or、not 和 if else"
    )


def names(node: Node) -> frozenset[str]:
    """Every name that an expression speaks of (用到的名称)."""
    match node:
        case Name():
            return frozenset({node.id})
        case Arithmetic() | Comparison():
            return names(node.left) | names(node.right)
        case Logic():
            return frozenset().union(*map(names, node.parts))
        case Not():
            return names(node.part)
        case Choice():
            return names(node.test) | names(node.then) | names(node.other)
        case _:
            return frozenset()


_COUNT: Mapping[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}
_COMPARE: Mapping[str, Callable[[Fraction, Fraction], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def value(node: Node, look_up: Callable[[str], Plain]) -> Plain:
    """Work an expression out for one place (求值), in exact fractions.

    Args: look_up, name → what it stands for, None when that is not known.
    Returns: None when it cannot be told; what does not depend on the unknown part is told nevertheless (False and unknown
    is False). A division by nothing cannot be told.
    """
    match node:
        case Number() | Text():
            return node.value
        case Name():
            return look_up(node.id)
        case Arithmetic():
            left, right = number(value(node.left, look_up)), number(value(node.right, look_up))
            if left is None or right is None or (node.sign == "/" and not right):
                return None
            return _COUNT[node.sign](left, right)
        case Comparison():
            return _compared(node.sign, value(node.left, look_up), value(node.right, look_up))
        case Not():
            found = truth(value(node.part, look_up))
            return None if found is None else not found
        case Logic():
            ends = node.word == "or"  # one True decides an `or`, one False an `and`
            parts = [truth(value(part, look_up)) for part in node.parts]
            return ends if ends in parts else (None if None in parts else not ends)
        case Choice():
            test = truth(value(node.test, look_up))
            return None if test is None else value(node.then if test else node.other, look_up)


def truth(found: Plain) -> bool | None:
    """A value as a condition: a number is true when it is not 0."""
    return None if found is None else bool(found)


def number(found: Plain) -> Fraction | None:
    """A value as a number. Raises: ExpressionError for a text."""
    if isinstance(found, str):
        raise ExpressionError(f"“{found}”不是数字，不能计算")
    return None if found is None else Fraction(found)


def _compared(sign: str, left: Plain, right: Plain) -> bool | None:
    if left is None or right is None:
        return None
    if sign in ("==", "!="):
        return (left == right) is (sign == "==")
    one, other = number(left), number(right)
    assert one is not None and other is not None
    return _COMPARE[sign](one, other)

"""The map to divide and the plan, read and checked (读图与读方案)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

MOST_ATOMS = 1_000_000
SHOWN = 5
"""How many atoms a message names."""


class Refused(ValueError):
    """A file or wish that cannot be used as it is (不能受理); the text is Chinese, names the atom and says how to mend it."""


class Infeasible(Refused):
    """What is asked for cannot exist (无解); the text says why."""


@dataclass(frozen=True, slots=True)
class Graph:
    """Atoms and their neighbours (地块图).

    ``people`` residents per atom; ``edges`` pairs of neighbouring atoms, each once, with ``weight``, the cost of
    separating them (a street or river between them makes it small); ``xy`` positions in metres or any plane unit;
    ``together`` groups that must share a district; ``apart`` groups of which no two may; ``frozen`` atom → district;
    ``current`` district of each atom today, None for a new atom.
    """

    people: tuple[float, ...]
    edges: tuple[tuple[int, int], ...]
    weight: tuple[float, ...]
    xy: tuple[tuple[float, float], ...] = ()
    together: tuple[tuple[int, ...], ...] = ()
    apart: tuple[tuple[int, ...], ...] = ()
    frozen: Mapping[int, int] = field(default_factory=dict)
    current: tuple[int | None, ...] = ()

    @property
    def size(self) -> int:
        """Number of atoms."""
        return len(self.people)

    def neighbours(self) -> list[list[tuple[int, float]]]:
        """For each atom its neighbours with the weight between."""
        found: list[list[tuple[int, float]]] = [[] for _ in self.people]
        for (i, j), weight in zip(self.edges, self.weight, strict=True):
            found[i].append((j, weight))
            found[j].append((i, weight))
        return found


@dataclass(frozen=True, slots=True)
class Bounds:
    """The residents a district may hold (人口上下限): ``lower`` and ``upper``, both included, and the exact ``mean``."""

    lower: int
    upper: int
    mean: Fraction
    parts: int
    tolerance: Fraction

    def excess(self, people: float) -> float:
        """By how much a district lies outside, 0 when inside."""
        return max(0.0, self.lower - people, people - self.upper)


def exact_total(people: Sequence[float]) -> Fraction:
    """The sum without rounding."""
    return sum((Fraction(one) for one in people), Fraction(0))


def bounds_of(graph: Graph, parts: int, tolerance: float | str | Fraction) -> Bounds:
    """Ceil and floor of the mean × (1 ∓ tolerance), exactly (人口上下限).

    Args:
        parts: number of districts, from 1 to the number of atoms.
        tolerance: a share between 0 and 1; 0.005 is ±0.5 %.

    Raises:
        Refused: one of them cannot be used. Infeasible: more districts than atoms, or no whole number lies between.
    """
    if not _is_whole(parts) or parts < 1:
        raise Refused(f"--parts 要写不小于 1 的整数，不能是 {parts}。")
    try:
        share = Fraction(str(tolerance)) if not isinstance(tolerance, Fraction) else tolerance
    except (ValueError, ZeroDivisionError):
        share = Fraction(-1)
    if not 0 <= share <= 1:
        raise Refused(f"--tolerance 要写 0 到 1 之间的小数，如 0.005 表示 ±0.5 %，不能是 {tolerance}。")
    if parts > graph.size:
        raise Infeasible(f"要划成 {parts} 个，但只有 {graph.size} 个地块，每个网格至少要一个地块。请减少 --parts。")
    total = exact_total(graph.people)
    mean = total / parts
    lower, upper = math.ceil(mean * (1 - share)), math.floor(mean * (1 + share))
    limits = Bounds(lower, upper, mean, parts, share)
    if lower > upper or lower * parts > total or upper * parts < total:
        raise Infeasible(
            f"人口合计 {figure(float(total))}，划成 {parts} 个，每个须在 {lower} 至 {upper} 人之间，"
            f"{parts} 个合计只能是 {lower * parts} 至 {upper * parts} 人，容纳不下。请放宽 --tolerance。"
        )
    return limits


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def figure(value: float) -> str:
    """A number as people write it, whole numbers without decimals."""
    return str(int(value)) if float(value).is_integer() else f"{value:.3f}".rstrip("0").rstrip(".")


def named(atoms: Sequence[int]) -> str:
    """The first few atoms by number, and how many there are."""
    few = "、".join(str(one) for one in list(atoms)[:SHOWN])
    return f"地块 {few}" + (f" 等 {len(atoms)} 个" if len(atoms) > SHOWN else "")


def read_graph(data: Any) -> Graph:
    """A graph from parsed JSON (读图). Atoms are numbered from 0.

    Args:
        data: an object with `pop` and `edges`, optional `weight`, `xy`, `together`, `frozen`, `apart`, `current`.

    Raises:
        Refused: something is missing or wrong; the text names the key and the row.
    """
    if not isinstance(data, dict):
        raise Refused("图文件要是一个 JSON 对象，有 pop（人口）和 edges（相邻关系）。")
    people = _people(data.get("pop"))
    size = len(people)
    edges, weight = _edges(data.get("edges"), data.get("weight"), size)
    return Graph(
        people=people,
        edges=edges,
        weight=weight,
        xy=_positions(data.get("xy"), size),
        together=_groups(data.get("together"), "together", size, least=1),
        apart=_groups(data.get("apart"), "apart", size, least=2),
        frozen=_frozen(data.get("frozen"), data.get("current"), size),
        current=_current(data.get("current"), size),
    )


def _number(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused(f"{where} 要是数字，不能是 {_short(value)}。")
    try:
        real = float(value)
    except OverflowError:
        real = math.inf
    if not math.isfinite(real) or abs(real) > 2**52:
        raise Refused(f"{where} 是 {_short(value)}，不是可用的数字，请核对。")
    return real


def _short(value: Any) -> str:
    text = str(value) if isinstance(value, int | float | str) else type(value).__name__
    return "空值" if value is None else text if len(text) <= 30 else text[:30] + "…"


def _list(value: Any, key: str) -> list[Any]:
    if not isinstance(value, list):
        raise Refused(f"{key} 要是一个列表，不能是 {_short(value)}。")
    return value


def _atom(value: Any, where: str, size: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refused(f"{where} 要写地块序号（从 0 开始的整数），不能是 {_short(value)}。")
    if not 0 <= value < size:
        raise Refused(f"{where} 写了地块 {value}，但地块只有 0 至 {size - 1}。")
    return value


def _people(value: Any) -> tuple[float, ...]:
    if value is None:
        raise Refused("图文件缺少 pop（每个地块的人口）。")
    given = _list(value, "pop")
    if not given:
        raise Refused("pop 是空的，没有地块可划。")
    if len(given) > MOST_ATOMS:
        raise Refused(f"pop 有 {len(given)} 个地块，最多 {MOST_ATOMS} 个。请分片划分。")
    people = tuple(_number(one, f"pop 第 {row} 项（地块 {row}）") for row, one in enumerate(given))
    negative = [row for row, one in enumerate(people) if one < 0]
    if negative:
        raise Refused(f"{named(negative)} 的人口是负数（{figure(people[negative[0]])}），请改正。")
    if not any(people):
        raise Refused("所有地块的人口都是 0，无法按人口划分。")
    if sum(people) > 2**52:
        raise Refused("人口合计太大，请核对单位。")
    return people


def _edges(value: Any, weights: Any, size: int) -> tuple[tuple[tuple[int, int], ...], tuple[float, ...]]:
    if value is None:
        raise Refused("图文件缺少 edges（相邻的地块对）。")
    given = _list(value, "edges")
    costs = [1.0] * len(given) if weights is None else _list(weights, "weight")
    if len(costs) != len(given):
        raise Refused(f"weight 有 {len(costs)} 项，edges 有 {len(given)} 项，应一一对应。")
    merged: dict[tuple[int, int], float] = {}
    for row, (pair, cost) in enumerate(zip(given, costs, strict=True)):
        where = f"edges 第 {row} 项"
        if not isinstance(pair, list) or len(pair) != 2:
            raise Refused(f"{where} 要写成 [i, j]，不能是 {_short(pair)}。")
        i, j = _atom(pair[0], where, size), _atom(pair[1], where, size)
        real = _number(cost, f"weight 第 {row} 项")
        if real < 0:
            raise Refused(f"weight 第 {row} 项（地块 {i} 与 {j} 之间）是负数，请改正。")
        if i != j:  # an atom beside itself is never separated
            key = (min(i, j), max(i, j))
            merged[key] = merged.get(key, 0.0) + real
    return tuple(merged), tuple(merged.values())


def _positions(value: Any, size: int) -> tuple[tuple[float, float], ...]:
    if value is None:
        return ()
    given = _list(value, "xy")
    if len(given) != size:
        raise Refused(f"xy 有 {len(given)} 项，pop 有 {size} 项，应一一对应。")
    found = []
    for row, pair in enumerate(given):
        if not isinstance(pair, list) or len(pair) != 2:
            raise Refused(f"xy 第 {row} 项（地块 {row}）要写成 [x, y]，不能是 {_short(pair)}。")
        found.append((_number(pair[0], f"xy 第 {row} 项"), _number(pair[1], f"xy 第 {row} 项")))
    return tuple(found)


def _groups(value: Any, key: str, size: int, least: int) -> tuple[tuple[int, ...], ...]:
    if value is None:
        return ()
    found = []
    for row, group in enumerate(_list(value, key)):
        where = f"{key} 第 {row} 组"
        atoms = tuple(dict.fromkeys(_atom(one, where, size) for one in _list(group, where)))
        if len(atoms) < least:
            raise Refused(f"{where} 至少要写 {least} 个不同的地块。")
        found.append(atoms)
    return tuple(found)


def _label(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**53:
        raise Refused(f"{where} 要写网格编号（不小于 0 的整数），不能是 {_short(value)}。")
    return value


def _frozen(value: Any, current: Any, size: int) -> dict[int, int]:
    """`{"atom": district}`, `[[atom, district], …]`, or `[atom, …]`: these stay in their current district."""
    if value is None:
        return {}
    rows: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        for key, label in value.items():
            text = str(key)
            rows.append((int(text) if text.isdecimal() and len(text) < 10 else text, label))
    else:
        for row, one in enumerate(_list(value, "frozen")):
            if isinstance(one, list) and len(one) == 2:
                rows.append((one[0], one[1]))
            elif isinstance(current, list) and len(current) == size:
                rows.append((one, current[_atom(one, f"frozen 第 {row} 项", size)]))
            else:
                raise Refused(f"frozen 第 {row} 项没有写固定在哪个网格，也没有 current 可以参照。")
    found: dict[int, int] = {}
    for row, (atom, label) in enumerate(rows):
        where = f"frozen 第 {row} 项"
        number = _atom(atom, where, size)
        wanted = _label(label, f"frozen 中地块 {number}")
        if found.setdefault(number, wanted) != wanted:
            raise Infeasible(f"frozen 把地块 {number} 同时固定在网格 {found[number]} 和 {wanted}，请只留一个。")
    return found


def _current(value: Any, size: int) -> tuple[int | None, ...]:
    if value is None:
        return ()
    given = _list(value, "current")
    if len(given) != size:
        raise Refused(f"current 有 {len(given)} 项，pop 有 {size} 项，应一一对应。")
    return tuple(
        None if one is None or one == -1 else _label(one, f"current 第 {row} 项（地块 {row}）")
        for row, one in enumerate(given)
    )


def read_plan(data: Any, graph: Graph) -> list[int]:
    """The district of each atom from a parsed plan (读方案).

    Raises:
        Refused: the plan does not fit the graph; the text names the row.
    """
    if not isinstance(data, dict) or "district" not in data:
        raise Refused("方案文件要是一个 JSON 对象，有 district（每个地块的网格编号）。")
    given = _list(data["district"], "district")
    if len(given) != graph.size:
        raise Refused(
            f"方案的 district 有 {len(given)} 项，图有 {graph.size} 个地块，应一一对应。请核对是不是同一张图。"
        )
    return [_label(one, f"district 第 {row} 项（地块 {row}）") for row, one in enumerate(given)]

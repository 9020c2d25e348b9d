"""Apportion posts and funds (名额与经费分配) by largest remainder within bounds, and the standards of HB 14 and HB 15.

Method: largest remainder (Hamilton; M. L. Balinski, H. P. Young, "Fair Representation", 2nd ed. 2001). Bounds enter
the quotas first: the quota of a unit is its weight times one common factor, cut to its bounds, the factor such that all
quotas add up to the total (the continuous bounded apportionment, solved at its break points); then every unit gets its
quota rounded down, and the units with the largest remainders one more each. All arithmetic is exact (fractions).

What holds, and is tested: the sum is the total; every bound is kept; every unit gets its quota rounded down or up (the
quota rule); of two units with the same bounds the heavier never gets less; a unit whose own weight grows never gets
less. What does not hold for any method of quotas (Balinski and Young): with one post more to give, a unit may lose one
(the Alabama paradox). Therefore a changed total is computed afresh and shown beside the old result, never patched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

Number = int | Fraction


@dataclass(frozen=True, slots=True)
class Shares:
    """What each unit gets (分配结果): whole ``seats`` and the exact ``quotas`` that they are rounded from."""

    seats: tuple[int, ...]
    quotas: tuple[Fraction, ...]


def apportion(
    total: int,
    weights: Sequence[Number],
    lower: Sequence[int] | None = None,
    upper: Sequence[int | None] | None = None,
) -> Shares:
    """Apportion a total over units by weight within bounds (最大余额法).

    Args:
        total: whole units to give (posts, or money in its smallest unit), ≥ 0.
        weights: n weights ≥ 0, exact numbers of any common unit.
        lower: n least shares, default 0.
        upper: n greatest shares, None for no limit, default none.

    Ties go to the greater weight, then to the earlier unit. A unit of weight 0 gets its lower bound.

    Raises:
        ValueError: in Chinese, with the number of the row: a negative weight, crossed bounds, or a total that the
            bounds cannot hold.

    O(n log n) operations on fractions.
    """
    count = len(weights)
    least = list(lower) if lower is not None else [0] * count
    most: list[int | None] = list(upper) if upper is not None else [None] * count
    if len(least) != count or len(most) != count:
        raise ValueError("权数、下限、上限的个数不一致。")
    _check(total, weights, least, most)
    shares = [Fraction(weight) for weight in weights]
    quotas = _quotas(total, shares, least, most)
    seats = [floor(quota) for quota in quotas]
    rest = total - sum(seats)
    order = sorted(range(count), key=lambda unit: (seats[unit] - quotas[unit], -shares[unit], unit))
    for unit in order[:rest]:
        seats[unit] += 1
    return Shares(tuple(seats), tuple(quotas))


def _check(total: int, weights: Sequence[Number], least: list[int], most: list[int | None]) -> None:
    if not weights:
        raise ValueError("没有可以分配的单位。")
    if total < 0:
        raise ValueError(f"总数是 {total}，不能是负数。")
    for row, (weight, low, high) in enumerate(zip(weights, least, most, strict=True), 1):
        if weight < 0:
            raise ValueError(f"第 {row} 个单位的权数是负数，请改为零或正数。")
        if low < 0:
            raise ValueError(f"第 {row} 个单位的下限是负数，请改为零或正数。")
        if high is not None and high < low:
            raise ValueError(f"第 {row} 个单位的上限 {high} 小于下限 {low}，请改正。")
    floor_sum = sum(least)
    if floor_sum > total:
        raise ValueError(
            f"各单位下限合计 {floor_sum}，超过总数 {total}，少 {floor_sum - total}。请提高总数或降低下限。"
        )
    takers = [high for weight, high in zip(weights, most, strict=True) if weight > 0]
    room = sum(low for weight, low in zip(weights, least, strict=True) if weight == 0)
    if total > room and not takers:
        raise ValueError("所有单位的权数都是零，无法按权数分配。请填写权数。")
    if all(high is not None for high in takers):
        room += sum(high for high in takers if high is not None)
        if room < total:
            raise ValueError(f"各单位最多能得 {room}，少于总数 {total}。请降低总数或提高上限（权数为零的只得下限）。")


def _quotas(total: int, weights: list[Fraction], least: list[int], most: list[int | None]) -> list[Fraction]:
    """``min(max(factor × weight, least), most)`` with the factor that makes the sum the total."""
    events: list[tuple[Fraction, int, Fraction]] = []  # factor, change of the fixed part, change of the moving weight
    fixed, moving = sum(least), Fraction(0)
    for weight, low, high in zip(weights, least, most, strict=True):
        if weight > 0:
            events.append((low / weight, -low, weight))
            if high is not None:
                events.append((high / weight, high, -weight))
    events.sort(key=lambda event: event[0])
    factor = Fraction(0)
    for at, change, weight in events:
        if fixed + moving * at >= total:
            break
        fixed, moving, factor = fixed + change, moving + weight, at
    if moving > 0:
        factor = (total - fixed) / moving
    quotas = []
    for weight, low, high in zip(weights, least, most, strict=True):
        quota = max(factor * weight, Fraction(low))
        quotas.append(quota if high is None else min(quota, Fraction(high)))
    return quotas


def mixed_weights(columns: Sequence[Sequence[Number]], parts: Sequence[Number]) -> list[Fraction]:
    """Mix several measures into one weight (综合权数): each column as shares of its sum, times its declared part.

    Args:
        columns: k columns of n values ≥ 0 (residents, density, service radius, households with old people, units …).
        parts: k parts ≥ 0, of which one is positive.

    Raises:
        ValueError: in Chinese, with the number of the column: a sum of zero, a negative value or part.
    """
    if any(part < 0 for part in parts) or not sum(parts):
        raise ValueError("各项权重不能是负数，且至少有一项大于零。")
    mixed = [Fraction(0)] * len(columns[0])
    for place, (column, part) in enumerate(zip(columns, parts, strict=True), 1):
        whole = Fraction(sum(column, Fraction(0)))
        if any(value < 0 for value in column):
            raise ValueError(f"第 {place} 项权数中有负数，请改为零或正数。")
        if part and not whole:
            raise ValueError(f"第 {place} 项权数合计为零，无法按它分配。")
        if part:
            mixed = [sum_ + part * value / whole for sum_, value in zip(mixed, column, strict=True)]
    return mixed


def staff_needed(residents: int, per_10k: Number) -> int:
    """Community workers that the standard asks for (社区工作者配备数), HB art. 14: residents × rate / 10,000, rounded up.

    Args:
        residents: urban residents (城镇常住人口), persons ≥ 0.
        per_10k: posts per 10,000 residents, the dated parameter ``staff_per_10k``.

    Raises:
        ValueError: residents below zero.
    """
    if residents < 0:
        raise ValueError(f"常住人口 {residents} 是负数，请改正。")
    return ceil(Fraction(residents) * per_10k / 10_000)


def area_needed(
    households: int, per_100: Number, urban_floor: Number, rural_floor: Number, *, urban: int = 1, rural: int = 0
) -> Fraction:
    """Service area that the standard asks for (综合服务设施面积), HB art. 15, in m².

    Args:
        households: of all the units together, ≥ 0.
        per_100: m² per 100 households, the dated parameter ``area_per_100_households``.
        urban_floor, rural_floor: least m² of one urban, one rural unit (``urban_area_floor``, ``rural_area_floor``).
        urban, rural: how many urban and rural units there are.

    For one unit it is exact. For several it is the least that their sum can be: the greater of the households' area
    and the floors, since how the households lie within the units is not known.

    Raises:
        ValueError: a number below zero.
    """
    if households < 0 or urban < 0 or rural < 0:
        raise ValueError("户数和社区（村）数不能是负数，请改正。")
    return max(Fraction(households) * per_100 / 100, Fraction(urban_floor) * urban + Fraction(rural_floor) * rural)

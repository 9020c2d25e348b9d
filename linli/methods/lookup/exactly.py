"""On which side of a line a point lies, without rounding (精确方位判断).

Method: the orientation test with an error bound, and exact summation of error-free products where the bound does not
decide (J. R. Shewchuk, "Adaptive precision floating-point arithmetic and fast robust geometric predicates", 1997;
products split after T. J. Dekker, 1971; exact sums by `math.fsum`).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BOUND = (3 + 16 * 2.0**-53) * 2.0**-53
SPLIT = 2.0**27 + 1


def sides(ax: Floats, ay: Floats, bx: Floats, by: Floats, px: Floats, py: Floats) -> Floats:
    """Per row, a number with the exact sign of the side of p seen from a to b: > 0 left, < 0 right, 0 on the line.

    O(n) on arrays; a row that lies within rounding of its line costs some microseconds.
    """
    left = (ax - px) * (by - py)
    right = (ay - py) * (bx - px)
    side: Floats = left - right
    doubt = np.flatnonzero(np.abs(side) < BOUND * (np.abs(left) + np.abs(right)))
    if len(doubt):
        side[doubt] = _exact(ax[doubt], ay[doubt], bx[doubt], by[doubt], px[doubt], py[doubt])
    return side


def side(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> float:
    """`sides` of a single point."""
    left = (ax - px) * (by - py)
    right = (ay - py) * (bx - px)
    found = left - right
    if abs(found) < BOUND * (abs(left) + abs(right)):
        one = (np.array([value]) for value in (ax, ay, bx, by, px, py))
        return float(_exact(*one)[0])
    return found


def _exact(ax: Floats, ay: Floats, bx: Floats, by: Floats, px: Floats, py: Floats) -> Floats:
    first, second = _difference(ax, px), _difference(by, py)
    third, fourth = _difference(ay, py), _difference(bx, px)
    terms = [term for one in first for other in second for term in _product(one, other)]
    terms += [-term for one in third for other in fourth for term in _product(one, other)]
    return np.array([math.fsum(row) for row in np.column_stack(terms).tolist()])


def _difference(one: Floats, other: Floats) -> tuple[Floats, Floats]:
    """one − other as two numbers that add up to it exactly (D. E. Knuth)."""
    high = one - other
    back = one - high
    low = (one - (high + back)) + (back - other)
    return high, low


def _product(one: Floats, other: Floats) -> tuple[Floats, Floats]:
    """one × other as two numbers that add up to it exactly."""
    high = one * other
    one_high = SPLIT * one - (SPLIT * one - one)
    other_high = SPLIT * other - (SPLIT * other - other)
    one_low, other_low = one - one_high, other - other_high
    low = one_low * other_low - (((high - one_high * other_high) - one_low * other_high) - one_high * other_low)
    return high, low

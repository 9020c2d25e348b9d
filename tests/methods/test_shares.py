"""Shares add up, keep their bounds and their quota, and never punish the heavier."""

from fractions import Fraction
from itertools import product
from math import ceil, floor

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from linli.methods.shares import apportion, area_needed, mixed_weights, staff_needed


@st.composite
def requests(draw: st.DrawFn) -> tuple[int, list[int], list[int], list[int | None]]:
    """A request that its bounds can hold."""
    units = draw(st.integers(1, 7))
    weights = draw(st.lists(st.integers(0, 30), min_size=units, max_size=units))
    assume(any(weights))
    lower = draw(st.lists(st.integers(0, 4), min_size=units, max_size=units))
    spans = draw(st.lists(st.none() | st.integers(0, 6), min_size=units, max_size=units))
    upper = [None if span is None else low + span for low, span in zip(lower, spans, strict=True)]
    room = sum(
        low if not weight else (60 if high is None else high)
        for weight, low, high in zip(weights, lower, upper, strict=True)
    )
    return draw(st.integers(sum(lower), max(room, sum(lower)))), weights, lower, upper


@given(requests())
def test_shares_add_up_within_bounds_and_quota(request_: tuple[int, list[int], list[int], list[int | None]]) -> None:
    total, weights, lower, upper = request_
    found = apportion(total, weights, lower, upper)
    assert sum(found.seats) == total == sum(found.quotas)
    for seat, quota, low, high in zip(found.seats, found.quotas, lower, upper, strict=True):
        assert low <= seat and (high is None or seat <= high)
        assert floor(quota) <= seat <= ceil(quota)


@given(requests())
def test_quotas_are_weights_times_one_factor_cut_to_the_bounds(
    request_: tuple[int, list[int], list[int], list[int | None]],
) -> None:
    total, weights, lower, upper = request_
    quotas = apportion(total, weights, lower, upper).quotas
    free = {
        quota / weight
        for quota, weight, low, high in zip(quotas, weights, lower, upper, strict=True)
        if weight and low < quota and (high is None or quota < high)
    }
    assert len(free) <= 1
    for factor in free:
        for quota, weight, low, high in zip(quotas, weights, lower, upper, strict=True):
            cut = max(factor * weight, low)
            assert quota == (cut if high is None else min(cut, high))


@given(requests(), st.integers(0, 6), st.integers(0, 6))
def test_the_heavier_never_gets_less(
    request_: tuple[int, list[int], list[int], list[int | None]], one: int, other: int
) -> None:
    total, weights, lower, upper = request_
    seats = apportion(total, weights, lower, upper).seats
    one, other = one % len(seats), other % len(seats)
    if weights[one] > weights[other] and (lower[one], upper[one]) == (lower[other], upper[other]):
        assert seats[one] >= seats[other]


@given(requests(), st.integers(0, 6), st.integers(1, 20))
def test_who_grows_alone_never_loses(
    request_: tuple[int, list[int], list[int], list[int | None]], unit: int, more: int
) -> None:
    total, weights, lower, upper = request_
    unit %= len(weights)
    grown = [weight + more * (place == unit) for place, weight in enumerate(weights)]
    assert apportion(total, grown, lower, upper).seats[unit] >= apportion(total, weights, lower, upper).seats[unit]


@given(st.integers(0, 6), st.lists(st.integers(1, 9), min_size=2, max_size=3))
def test_no_other_sharing_lies_nearer_to_the_quotas(total: int, weights: list[int]) -> None:
    found = apportion(total, weights)

    def distance(seats: tuple[int, ...]) -> Fraction:
        return sum((abs(seat - quota) for seat, quota in zip(seats, found.quotas, strict=True)), Fraction(0))

    every = [seats for seats in product(range(total + 1), repeat=len(weights)) if sum(seats) == total]
    assert distance(found.seats) == min(map(distance, every))


def test_the_textbook_example_and_its_paradox() -> None:
    assert apportion(10, [6, 6, 2]).seats == (4, 4, 2)
    assert apportion(11, [6, 6, 2]).seats == (5, 5, 1)  # one more to give, and the smallest loses one: as documented


@pytest.mark.parametrize(
    ("total", "weights", "lower", "upper", "says"),
    [
        (3, [], [], [], "没有可以分配的单位"),
        (-1, [1], [0], [None], "不能是负数"),
        (3, [1, -1], [0, 0], [None, None], "第 2 个单位的权数是负数"),
        (3, [1, 1], [0, 2], [None, 1], "第 2 个单位的上限 1 小于下限 2"),
        (3, [1, 1], [-1, 0], [None, None], "第 1 个单位的下限是负数"),
        (3, [1, 1], [2, 2], [None, None], "超过总数 3，少 1"),
        (9, [1, 1], [0, 0], [4, 4], "最多能得 8"),
        (1, [0, 0], [0, 0], [None, None], "权数都是零"),
    ],
)
def test_what_cannot_be_shared_is_refused_with_the_reason(
    total: int, weights: list[int], lower: list[int], upper: list[int | None], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        apportion(total, weights, lower, upper)


def test_measures_are_mixed_by_their_shares() -> None:
    assert mixed_weights([[1, 3], [10, 10]], [3, 1]) == [Fraction(5, 4), Fraction(11, 4)]
    with pytest.raises(ValueError, match="第 2 项权数合计为零"):
        mixed_weights([[1, 3], [0, 0]], [1, 1])


def test_staff_are_rounded_up() -> None:
    assert staff_needed(10_000, 18) == 18
    assert staff_needed(10_001, 18) == 19
    assert staff_needed(0, 18) == 0


@pytest.mark.parametrize(
    ("households", "urban", "rural", "area"),
    [(3333, 1, 0, 1000), (3334, 1, 0, Fraction(10002, 10)), (1666, 0, 1, 500), (1667, 0, 1, Fraction(5001, 10))],
)
def test_the_floor_of_the_area_binds_below_its_households(households: int, urban: int, rural: int, area: int) -> None:
    assert area_needed(households, 30, 1000, 500, urban=urban, rural=rural) == area

"""Counts of few people: hidden, and not to be worked out from what is shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.areas.assembly.queries.published import heads_of
from linli.areas.assembly.rules import Count, Hidden, Shown, hide_small, hide_small_parts


def fits(value: int, shown: Count) -> bool:
    """Whether a number agrees with what the reader is told of it."""
    return 1 <= value <= 4 if shown is Hidden.FEW else True if shown is Hidden.WITHHELD else value == shown


def splits(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    if parts == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in splits(total - first, parts - 1):
            yield (first, *rest)


def possible(shown: Shown, total: int) -> list[tuple[int, ...]]:
    """Every table, cell by cell, that agrees with all that is shown; the whole is `total` (brute force)."""
    high, wide = len(shown.rows), len(shown.columns)
    flat = [cell for row in shown.cells for cell in row]
    found = []
    for values in splits(total, high * wide):
        rows = [sum(values[i * wide : (i + 1) * wide]) for i in range(high)]
        columns = [sum(values[j::wide]) for j in range(wide)]
        told = zip([*values, *rows, *columns], [*flat, *shown.rows, *shown.columns], strict=True)
        if all(fits(value, count) for value, count in told):
            found.append(values)
    return found


def check(counts: Sequence[Sequence[int]]) -> Shown:
    shown = hide_small(counts)
    total = sum(map(sum, counts))
    flat = [value for row in counts for value in row]
    sums = [*map(sum, counts), *map(sum, zip(*counts, strict=True))]
    cells = [cell for row in shown.cells for cell in row]
    for value, count in zip([*flat, *sums, total], [*cells, *shown.rows, *shown.columns, shown.total], strict=True):
        assert fits(value, count), "what is told is not true"
        assert isinstance(count, Hidden) or not 0 < count < 5, "a small number is shown"
    if total >= 5:
        tables = possible(shown, total)
        for place, count in enumerate(cells):
            if isinstance(count, Hidden):
                assert len({values[place] for values in tables}) > 1, f"cell {place} can be worked out: {shown}"
    return shown


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=4, max_size=4), st.sampled_from([(2, 2), (1, 4), (4, 1)]))
def test_no_hidden_cell_of_a_small_table_can_be_worked_out(values: list[int], shape: tuple[int, int]) -> None:
    high, wide = shape
    check([values[i * wide : (i + 1) * wide] for i in range(high)])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([0, 0, 1, 1, 2, 3, 4, 5]), min_size=6, max_size=6))
def test_nor_one_of_a_wider_table(values: list[int]) -> None:
    if sum(values) <= 14:
        check([values[:3], values[3:]])


@pytest.mark.parametrize(
    "counts",
    [
        [[1, 1], [1, 2]],  # every part is small
        [[1, 1, 1, 1], [9, 0, 0, 0]],  # four ones can be told from a sum of four
        [[4, 4], [4, 4]],
        [[1, 0, 0], [0, 6, 0]],
        [[5, 0], [0, 1]],
        [[0, 0], [0, 7]],
    ],
)
def test_known_traps_are_met(counts: list[list[int]]) -> None:
    check(counts)


def test_a_table_without_small_counts_is_shown_whole() -> None:
    counts = [[12, 0, 7], [30, 5, 0]]
    shown = hide_small(counts)
    assert shown == Shown(((12, 0, 7), (30, 5, 0)), (19, 35), (42, 5, 7), 54)


def test_one_small_count_takes_three_more_with_it() -> None:
    shown = hide_small([[3, 20, 40], [11, 25, 50], [60, 70, 80]])
    hidden = [(i, j) for i, j in product(range(3), range(3)) if isinstance(shown.cells[i][j], Hidden)]
    assert shown.cells[0][0] is Hidden.FEW and len(hidden) == 4
    assert all(not isinstance(count, Hidden) for count in (*shown.rows, *shown.columns))


def test_fewer_than_five_people_in_all_are_told_as_that_and_no_more() -> None:
    shown = hide_small([[3, 0], [0, 1]])
    assert shown.total is Hidden.FEW
    assert set(shown.rows) | set(shown.columns) | {c for row in shown.cells for c in row} == {Hidden.WITHHELD}


def test_nobody_is_no_secret() -> None:
    assert hide_small([[0, 0], [0, 0]]) == Shown(((0, 0), (0, 0)), (0, 0), (0, 0), 0)
    assert hide_small([]) == Shown((), (), (), 0) and hide_small_parts([]) == ()


def test_parts_of_a_whole_hide_a_second_one_with_the_small_one() -> None:
    assert hide_small_parts([40, 3, 8, 20]) == (40, Hidden.FEW, Hidden.WITHHELD, 20)
    assert hide_small_parts([40, 8]) == (40, 8)
    shown = hide_small_parts([2, 2, 30])
    assert shown[:2] == (Hidden.FEW, Hidden.FEW) and shown[2] == 30


def test_a_ragged_table_is_refused() -> None:
    with pytest.raises(ValueError, match="列数不一致"):
        hide_small([[1], [1, 2]])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.sampled_from([0, 0, 1, 2, 4, 6, 15]), min_size=8, max_size=8), min_size=4, max_size=4))
def test_a_table_of_full_size_tells_the_truth_and_no_small_number(counts: list[list[int]]) -> None:
    shown = hide_small(counts)
    for row, told in zip(counts, shown.cells, strict=True):
        for value, count in zip(row, told, strict=True):
            assert fits(value, count) and (isinstance(count, Hidden) or not 0 < count < 5)


def test_where_one_small_part_could_be_worked_out_the_whole_is_told_as_so_many_or_more() -> None:
    one = heads_of([0, 3, 20, 16])
    assert (one.parts, one.whole, one.exact) == ((0, Hidden.FEW, 20, 16), 36, False)
    two = heads_of([2, 3, 20])
    assert (two.parts, two.whole, two.exact) == ((Hidden.FEW, Hidden.FEW, 20), 25, True)
    assert heads_of([1, 1, 20]).exact is False, "two of one to four that are two together are one each"
    assert heads_of([0, 3]).whole is Hidden.FEW and heads_of([0, 3]).of_all() == "少于 5"
    assert heads_of([0, 0]).of_all() == "0" and one.of_all() == "36 以上"


@settings(max_examples=80, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=4))
def test_no_small_part_can_be_worked_out_from_the_whole(counts: list[int]) -> None:
    shown = heads_of(counts)
    told = [count for count in shown.parts if not isinstance(count, Hidden)]
    hidden = [count for count, one in zip(counts, shown.parts, strict=True) if isinstance(one, Hidden)]
    assert not any(0 < count < 5 for count in told) and all(0 < count < 5 for count in hidden)
    if not hidden:
        assert (shown.whole, shown.exact) == (sum(counts), True)
    elif shown.exact and not isinstance(shown.whole, Hidden):
        rest = shown.whole - sum(told)
        ways = {values for values in product(range(1, 5), repeat=len(hidden)) if sum(values) == rest}
        assert all(len({values[place] for values in ways}) > 1 for place in range(len(hidden)))
    elif not shown.exact:
        assert shown.whole == sum(told)

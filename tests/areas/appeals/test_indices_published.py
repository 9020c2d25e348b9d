"""Published indices (公布的指标): a month once, and no small group that can be reckoned out."""

from __future__ import annotations

import random
from datetime import date

import pytest

from linli.areas.appeals import actions as appeals
from linli.areas.appeals.models import Publication
from linli.areas.appeals.queries import indices as q
from linli.areas.appeals.queries import publication as published
from linli.commons.actor import SYSTEM
from linli.kit import trail
from linli.kit.errors import BadInput, NotAllowed, WrongState
from tests.cast import Town
from tests.figures import Time, call

# ---------------------------------------------------------------- publishing


def test_a_month_is_published_once_and_only_when_it_is_over(town: Town, time: Time) -> None:
    call(town, town.answered())
    with pytest.raises(BadInput, match="还没有结束"):
        appeals.publish_indices(by=town.lead, place=town.county, month=date(2026, 9, 1))
    time.to(10, 1, 0, 5)
    with pytest.raises(NotAllowed):
        appeals.publish_indices(by=town.hotline, place=town.county, month=date(2026, 9, 1))
    with pytest.raises(BadInput, match="按县"):
        appeals.publish_indices(by=town.lead, place=town.street, month=date(2026, 9, 1))
    with pytest.raises(BadInput, match="没有办理记录"):
        appeals.publish_indices(by=town.lead, place=town.county, month=date(2026, 3, 1))
    appeals.publish_indices(by=town.lead, place=town.county, month=date(2026, 9, 17))
    with pytest.raises(WrongState, match="公布的数字不改"):
        appeals.publish_indices(by=SYSTEM, place=town.county, month=date(2026, 9, 1))


def test_the_tick_catches_up_with_every_month_and_does_nothing_twice(town: Town, time: Time) -> None:
    call(town, town.answered())
    assert appeals.publish_due() == 0
    time.to(12, 3)
    assert appeals.publish_due() == 3
    assert appeals.publish_due() == 0
    assert [f"{row.month:%m}" for row in Publication.objects.order_by("month")] == ["09", "10", "11"]
    assert list(trail.verify()) == []


# ---------------------------------------------------------------- small groups


def row_of(**bases: int) -> q.Row:
    row = q.new_row()
    for key, base in bases.items():
        row[key] = q.Figure(top=base // 2, base=base)
    return row


def sum_of(groups: dict[str, q.Row]) -> q.Row:
    total = q.new_row()
    for row in groups.values():
        for key, one in row.items():
            total[key].top += one.top
            total[key].base += one.base
    return total


def test_a_single_small_group_takes_the_smallest_other_with_it() -> None:
    groups = {"a": row_of(upheld=4), "b": row_of(upheld=30), "c": row_of(upheld=12), "d": row_of(upheld=40)}
    assert published.hide(sum_of(groups), groups) == {("a", "upheld"), ("c", "upheld")}


def test_small_groups_that_hide_each_other_need_no_other() -> None:
    groups = {"a": row_of(upheld=4), "b": row_of(upheld=9), "c": row_of(upheld=12)}
    assert published.hide(sum_of(groups), groups) == {("a", "upheld"), ("b", "upheld")}


def test_a_small_sum_hides_its_column_and_its_relatives() -> None:
    groups = {"a": row_of(solved=12, satisfied=3), "b": row_of(solved=15)}
    hidden = published.hide(sum_of(groups), groups)
    assert {key for _, key in hidden} == {"solved", "satisfied", "sent_back"}
    assert published.small(sum_of(groups)) == {"solved", "satisfied", "sent_back"}


def test_a_group_hidden_in_one_index_is_hidden_in_what_could_be_reckoned_from_it() -> None:
    groups = {g: row_of(solved=n, satisfied=n, sent_back=n + 4) for g, n in (("a", 8), ("b", 20), ("c", 30))}
    hidden = published.hide(sum_of(groups), groups)
    assert {("a", "sent_back"), ("a", "solved"), ("b", "solved")} <= hidden and ("c", "solved") not in hidden


@pytest.mark.parametrize("seed", range(200))
def test_no_small_group_can_be_subtracted(seed: int) -> None:
    """For every table: a shown figure has ten things or none, and what is hidden is at least two groups and ten things."""
    chance = random.Random(seed)
    groups = {
        f"g{n}": row_of(**{key: chance.choice([0, 0, 1, 5, 9, 10, 11, 40]) for key in q.BY_KEY})
        for n in range(chance.randrange(1, 7))
    }
    total = sum_of(groups)
    hidden, columns = published.hide(total, groups), published.small(total)
    for family in published.FAMILIES:
        for key in family:
            for group, row in groups.items():
                assert (group, key) in hidden or row[key].base == 0 or row[key].base >= published.LEAST
            if key in columns:
                assert all((group, key) in hidden for group in groups)
                continue
            assert total[key].base == 0 or total[key].base >= published.LEAST
            gone = [row[key].base for group, row in groups.items() if (group, key) in hidden]
            if gone:
                assert sum(gone) >= published.LEAST
                assert len(gone) >= 2 or sum(1 for row in groups.values() if row[key].base) == 1
    assert all(("g0", "refused") not in hidden for _ in groups)

"""Limits that a county sets reach the clocks of an appeal; what nobody set has no due date (数字 as in numbers.md)."""

from __future__ import annotations

import pytest
from django.utils import timezone

from linli.areas.appeals import actions as appeals
from linli.areas.appeals import queries
from linli.areas.appeals.models import Appeal, Card
from linli.commons.models import Setting
from linli.commons.settings import apply_preset, limit_of, set_setting, value_of
from linli.kit import clock
from linli.kit.clock import UNSET, Clock
from linli.kit.errors import BadInput, NotAllowed
from tests.cast import Town, fresh


def row(appeal: Appeal, name: str) -> Clock:
    found = clock.running(appeal.trail_key, name)
    assert found is not None
    return found


def limit(town: Town, key: str, amount: int, unit: str) -> None:
    set_setting(by=town.lead, place=town.county, key=key, value={"amount": amount, "unit": unit})


def test_nothing_set_means_no_due_date_and_no_card(town: Town) -> None:
    appeal = town.answered()
    assert Clock.objects.filter(subject=appeal.trail_key).count() == 5
    assert not Clock.objects.exclude(due_at=None).exists()
    assert appeals.card_due() == 0 and not Card.objects.exists()
    assert queries.due_word(row(appeal, "callback"), queries.county_calendar(appeal)).text == "未设时限"
    assert limit_of("appeals.handle", town.county.code) == UNSET


def test_a_preset_sets_what_it_names(town: Town) -> None:
    apply_preset(by=town.lead, place=town.county, preset="shandong")
    appeal = town.handling()
    due = row(appeal, "handle").due_at
    assert due == queries.county_calendar(appeal).add(row(appeal, "handle").started_at, 5, "working_days")
    assert row(appeal, "case").due_at is None
    assert value_of("appeals.extension_max", town.community.code) == {"amount": 10, "unit": "working_days"}
    assert {kept.source for kept in Setting.objects.all()} != {"本县设定"}
    set_setting(by=town.lead, place=town.county, key="appeals.handle", value=None)
    assert limit_of("appeals.handle", town.county.code) == UNSET
    assert row(town.handling(), "handle").due_at is None


def test_the_nearest_place_wins(town: Town) -> None:
    limit(town, "appeals.handle", 5, "working_days")
    set_setting(by=town.lead, place=town.street, key="appeals.handle", value={"amount": 2, "unit": "days"})
    assert str(limit_of("appeals.handle", town.community.code)) == "2 日"
    assert str(limit_of("appeals.handle", town.county.code)) == "5 个工作日"
    assert limit_of("appeals.handle", town.bodies["other"].place_id) == UNSET


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("appeals.handle", {"amount": 0, "unit": "days"}),
        ("appeals.handle", {"amount": -5, "unit": "days"}),
        ("appeals.handle", {"amount": 1001, "unit": "days"}),
        ("appeals.handle", {"amount": True, "unit": "days"}),
        ("appeals.handle", {"amount": "5", "unit": "days"}),
        ("appeals.handle", {"amount": 5, "unit": "weeks"}),
        ("appeals.handle", {"amount": 5}),
        ("appeals.handle", 5),
        ("appeals.max_hops", -1),
        ("appeals.max_hops", 1.5),
        ("no.such_key", 5),
    ],
)
def test_bad_limits_are_refused(town: Town, key: str, value: object) -> None:
    with pytest.raises(BadInput):
        set_setting(by=town.lead, place=town.county, key=key, value=value)
    assert not Setting.objects.exists()


def test_a_county_sets_for_itself_only(town: Town) -> None:
    for who in (town.hotline, town.street_desk, town.outsider, town.resident):
        with pytest.raises(NotAllowed):
            set_setting(by=who, place=town.county, key="appeals.max_hops", value=2)
    with pytest.raises(NotAllowed):
        set_setting(by=town.lead, place=town.bodies["other"].place, key="appeals.max_hops", value=2)


def test_danger_has_its_own_limit(town: Town) -> None:
    limit(town, "appeals.dispatch", 24, "hours")
    limit(town, "appeals.dispatch_danger", 1, "hours")
    appeal = town.file().appeal
    appeals.classify_appeal(
        by=town.hotline, appeal=appeal, matter=town.matter("路灯照明"), kind="求助", place=town.community, danger=True
    )
    appeals.accept_appeal(by=town.hotline, appeal=appeal)
    danger, plain = row(appeal, "dispatch"), row(town.accepted(), "dispatch")
    assert danger.due_at is not None and plain.due_at is not None
    assert (danger.due_at - danger.started_at).total_seconds() == 3600
    assert (plain.due_at - plain.started_at).total_seconds() == 24 * 3600


def test_the_way_up_starts_the_streets_own_clock(town: Town) -> None:
    limit(town, "appeals.handle", 5, "working_days")
    limit(town, "appeals.up_to_street", 48, "hours")
    town.publish("self", "自治事项清单", "路灯照明")
    appeal = town.handling("committee")
    assert row(appeal, "handle").amount == 5
    appeals.escalate_appeal(by=town.committee, appeal=appeal, reason="需要登高车，社区没有")
    up = row(appeal, "handle")
    assert (up.amount, up.unit, up.holder) == (48, "hours", town.bodies["street"].code)


def test_the_residents_clock_goes_on_where_it_stood(town: Town) -> None:
    limit(town, "appeals.case", 240, "hours")
    appeal = town.answered()
    left = row(appeal, "case").remaining
    assert left is not None and 239 < left <= 240
    appeals.rate_appeal(by=town.resident, appeal=appeal, solved=False, rating=1)
    due = row(fresh(appeal), "case").due_at
    assert due is not None and abs((due - timezone.now()).total_seconds() - left * 3600) < 60

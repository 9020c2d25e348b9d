"""Cards by the clock, orders, and a tick that catches up (HN 12 督查督办, HB 42)."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from linli.areas.appeals import actions as appeals
from linli.areas.appeals import rules
from linli.areas.appeals.actions.supervise import card_appeal
from linli.areas.appeals.models import Appeal, Card, Order
from linli.commons.actor import SYSTEM
from linli.commons.settings import set_setting
from linli.commons.workdays import Workdays
from linli.kit import trail
from linli.kit.clock import Clock
from linli.kit.errors import BadInput, NotAllowed, WrongState
from linli.kit.notices.models import Notice
from linli.law.calendar import WorkCalendar
from tests.cast import Town

CALENDAR = Workdays(WorkCalendar.of_years((2025, 2026)))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai"))


LEVELS = [
    # due Friday 7 March 2025: yellow on the working day before, red on the first moment after
    ("2025-03-07T23:59:59", "working_days", "2025-03-05T23:00", ""),
    ("2025-03-07T23:59:59", "working_days", "2025-03-06T00:01", "yellow"),
    ("2025-03-07T23:59:59", "working_days", "2025-03-07T23:59", "yellow"),
    ("2025-03-07T23:59:59", "working_days", "2025-03-08T00:00", "red"),
    # due on the first working day after Labour Day 2025: the working day before is 30 April
    ("2025-05-06T23:59:59", "working_days", "2025-04-29T12:00", ""),
    ("2025-05-06T23:59:59", "working_days", "2025-04-30T12:00", "yellow"),
    ("2025-05-06T23:59:59", "working_days", "2025-05-03T12:00", "yellow"),
    # due on the make-up Sunday 4 January 2026
    ("2026-01-04T23:59:59", "working_days", "2025-12-30T12:00", ""),
    ("2026-01-04T23:59:59", "working_days", "2025-12-31T12:00", "yellow"),
    # hours: the last quarter
    ("2025-03-04T10:00", "hours", "2025-03-04T03:59", ""),
    ("2025-03-04T10:00", "hours", "2025-03-04T04:00", "yellow"),
    ("2025-03-04T10:00", "hours", "2025-03-04T10:01", "red"),
]


@pytest.mark.parametrize(("due", "unit", "now", "level"), LEVELS)
def test_the_level_of_a_card(due: str, unit: str, now: str, level: str) -> None:
    start = moment("2025-03-03T10:00") if unit == "hours" else moment(due) - timedelta(days=20)
    running = Clock(due_at=moment(due), unit=unit, started_at=start)
    assert rules.card_level(running, moment(now), CALENDAR) == level
    running.paused_at = moment(now)
    assert rules.card_level(running, moment(now), CALENDAR) == ""


def limited(town: Town) -> tuple[Appeal, Clock]:
    set_setting(by=town.lead, place=town.county, key="appeals.handle", value={"amount": 100, "unit": "hours"})
    appeal = town.handling()
    return appeal, Clock.objects.get(subject=appeal.trail_key, name="handle")


def set_due(running: Clock, hours: float) -> None:
    due = timezone.now() + timedelta(hours=hours)
    Clock.objects.filter(pk=running.pk).update(started_at=due - timedelta(hours=100), due_at=due)


def test_each_card_is_issued_once(town: Town) -> None:
    appeal, running = limited(town)
    assert appeals.card_due() == 0
    set_due(running, 1)
    assert (appeals.card_due(), appeals.card_due()) == (1, 0)
    card = Card.objects.get()
    assert (card.level, card.name, card.holder) == ("yellow", "handle", town.bodies["urban_mgmt"].code)
    # the same due date passes: red, once
    running.refresh_from_db()
    past = timezone.now() - timedelta(days=10)
    Clock.objects.filter(pk=running.pk).update(due_at=past)
    assert (appeals.card_due(), appeals.card_due()) == (1, 0)
    assert list(Card.objects.order_by("id").values_list("level", flat=True)) == ["yellow", "red"]
    assert trail.history(appeal).filter(verb="appeals.carded").count() == 2
    assert Notice.objects.filter(body=card.holder, text__contains="牌").count() == 2
    assert list(trail.verify()) == []


def test_after_ten_days_of_downtime_the_level_that_holds_now(town: Town) -> None:
    _, running = limited(town)
    Clock.objects.filter(pk=running.pk).update(
        started_at=timezone.now() - timedelta(days=14), due_at=timezone.now() - timedelta(days=10)
    )
    assert appeals.card_due() == 1 and appeals.card_due() == 0
    assert Card.objects.get().level == "red"


def test_no_card_for_what_is_paused_answered_or_ended(town: Town) -> None:
    appeal, running = limited(town)
    set_due(running, -1)
    appeals.ask_resident(by=town.department, appeal=appeal, question="哪一盏灯？")
    assert appeals.card_due() == 0
    appeals.add_information(by=town.resident, appeal=appeal, text="第三盏")
    appeals.answer_appeal(by=town.department, appeal=appeal, text="已派人更换灯泡，今晚恢复照明。")
    assert appeals.card_due() == 0 and not Card.objects.exists()


def test_a_tick_that_comes_second_says_nothing_twice(town: Town) -> None:
    appeal, running = limited(town)
    set_due(running, -1)
    running.refresh_from_db()
    card_appeal(by=SYSTEM, appeal=appeal, running=running, level="red")
    with pytest.raises(WrongState):
        card_appeal(by=SYSTEM, appeal=appeal, running=running, level="red")
    assert trail.history(appeal).filter(verb="appeals.carded").count() == 1
    stale = Clock.objects.get(pk=running.pk)
    appeals.answer_appeal(by=town.department, appeal=appeal, text="已派人更换灯泡，今晚恢复照明。")
    with pytest.raises(WrongState):
        card_appeal(by=SYSTEM, appeal=appeal, running=stale, level="yellow")
    assert Card.objects.count() == 1


def test_nobody_but_the_system_issues_cards(town: Town) -> None:
    appeal, running = limited(town)
    for name in ("supervisor", "lead", "hotline", "resident"):
        with pytest.raises(NotAllowed):
            card_appeal(by=town.cast[name], appeal=appeal, running=running, level="red")


def test_an_order_is_answered_by_the_holder(town: Town) -> None:
    appeal = town.handling()
    with pytest.raises(BadInput):
        appeals.order_appeal(by=town.supervisor, appeal=appeal, text=" ")
    with pytest.raises(NotAllowed):
        appeals.order_appeal(by=town.department, appeal=appeal, text="自己督办自己")
    appeals.order_appeal(by=town.supervisor, appeal=appeal, text="请三日内修好")
    assert Notice.objects.filter(body=town.bodies["urban_mgmt"].code, text__startswith="督办").count() == 1
    with pytest.raises(NotAllowed):
        appeals.reply_order(by=town.housing, appeal=appeal, reply="不是我们")
    with pytest.raises(BadInput):
        appeals.reply_order(by=town.department, appeal=appeal, reply="")
    appeals.reply_order(by=town.department, appeal=appeal, reply="今晚修好")
    with pytest.raises(WrongState):
        appeals.reply_order(by=town.department, appeal=appeal, reply="再回一次")
    assert Order.objects.get().reply == "今晚修好"
    verbs = [line.verb for line in trail.history(appeal)]
    assert verbs[-4:] == ["appeals.refused", "appeals.ordered", "appeals.refused", "appeals.order_replied"]

"""Supervision (督查督办), HN 12, HB 42: cards by the clock, orders, and the tick that catches up after downtime."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_noop

from linli.areas.appeals import rules
from linli.areas.appeals.actions.answer import give_up
from linli.areas.appeals.actions.step import tell
from linli.areas.appeals.flow import OPEN, State
from linli.areas.appeals.models import Appeal, Card, Order
from linli.commons.actor import SYSTEM, Actor
from linli.commons.workdays import Workdays, calendar_of
from linli.kit import trail
from linli.kit.action import action
from linli.kit.clock import Clock
from linli.kit.errors import BadInput, NotAllowed, WrongState
from linli.kit.text import fitting

NAMES = {
    "accept": gettext_noop("受理"),
    "dispatch": gettext_noop("分派"),
    "handle": gettext_noop("办理"),
    "rule": gettext_noop("裁定异议"),
    "callback": gettext_noop("回访"),
    "case": gettext_noop("全程"),
    "wait": gettext_noop("等待联系"),
}
"""Clock → its name for people, staff and residents alike."""


@action("appeals.tick", at="appeal")
def card_appeal(*, by: Actor, appeal: Appeal, running: Clock, level: str) -> Card:
    """Issue one card (发黄牌、红牌).

    Raises:
        WrongState: this clock has it already for this due date, or it has stopped or was extended meanwhile.
    """
    assert running.due_at is not None
    row, fresh = Card.objects.get_or_create(
        clock=running.pk,
        level=level,
        due_at=running.due_at,
        defaults={"appeal": appeal, "name": running.name, "holder": running.holder},
    )
    still = Clock.objects.filter(pk=running.pk, due_at=running.due_at, stopped_at=None, paused_at=None).exists()
    if not fresh or not still:
        raise WrongState("这张牌已经发过，或时限已停止。", code="wrong_state")
    word = NAMES.get(running.name, running.name)
    trail.record(
        "appeals.carded",
        appeal,
        by=by,
        facts={"level": level, "clock": running.name, "holder": running.holder, "due": running.due_at.isoformat()},
    )
    if running.holder:
        text = f"{appeal.number} {word}时限{'已超期（红牌）' if level == 'red' else '将到期（黄牌）'}。"
        tell(running.holder, appeal, text)
    return row


def card_due() -> int:
    """Tick: issue every card that is due and not yet issued. Idempotent; after downtime it issues the level that holds now."""
    now = timezone.now()
    soon = now + timedelta(days=15)  # a working day before due may lie behind a long holiday
    watched = Clock.objects.filter(
        stopped_at=None, paused_at=None, due_at__lte=soon, subject__startswith="appeal:"
    ).exclude(name="wait")
    issued = set(Card.objects.filter(clock__in=watched.values("pk")).values_list("clock", "level", "due_at"))
    calendars: dict[str, Workdays] = {}
    count = 0
    for running in watched.order_by("due_at"):
        county = running.place[:6]
        calendar = calendars.setdefault(county, calendar_of(county))
        level = rules.card_level(running, now, calendar)
        if not level or (running.pk, level, running.due_at) in issued:
            continue
        appeal = Appeal.objects.filter(number=running.subject.removeprefix("appeal:"), state__in=OPEN).first()
        if appeal is not None:
            with suppress(WrongState):  # another tick was faster, or the work was done between the two looks
                card_appeal(by=SYSTEM, appeal=appeal, running=running, level=level)
                count += 1
    return count


def give_up_due() -> int:
    """Tick: end what could not be called back within the county's days (未获回访办结); idempotent."""
    over = Clock.objects.filter(name="wait", stopped_at=None, due_at__lte=timezone.now(), subject__startswith="appeal:")
    numbers = [subject.removeprefix("appeal:") for subject in over.values_list("subject", flat=True)]
    count = 0
    for appeal in Appeal.objects.filter(number__in=numbers, state=State.ANSWERED):
        with suppress(WrongState):  # called back between the two looks
            give_up(by=SYSTEM, appeal=appeal)
            count += 1
    return count


@action("appeals.order", at="appeal")
def order_appeal(*, by: Actor, appeal: Appeal, text: str) -> Order:
    """Order the holder to act (督办). Raises: BadInput without a text; WrongState when the appeal has ended."""
    if not text.strip():
        raise BadInput("请写明督办要求。", code="text_missing")
    if appeal.state not in OPEN:
        raise WrongState("此件已结束，不能督办。", code="wrong_state")
    row = Order.objects.create(appeal=appeal, text=fitting(text, 1000, "督办要求"), by=by.label)
    trail.record("appeals.ordered", appeal, by=by, facts={"holder": appeal.handler_id or ""}, note=text.strip())
    if appeal.handler_id:
        tell(appeal.handler_id, appeal, f"督办：{appeal.number}")
    return row


@action("appeals.handle", at="appeal")
def reply_order(*, by: Actor, appeal: Appeal, reply: str) -> Order:
    """The holder answers the oldest open order (督办反馈). Raises: NotAllowed, WrongState, BadInput."""
    if by.body_code != appeal.handler_id:
        raise NotAllowed("只有主办单位可以反馈督办。", code="not_holder")
    if not reply.strip():
        raise BadInput("请写明反馈。", code="text_missing")
    row = appeal.orders.filter(replied_at=None).order_by("id").first()
    if row is None:
        raise WrongState("没有待反馈的督办。", code="wrong_state")
    row.reply, row.replied_at = fitting(reply, 1000, "反馈"), timezone.now()
    row.save(update_fields=["reply", "replied_at"])
    trail.record("appeals.order_replied", appeal, by=by, note=reply.strip())
    return row

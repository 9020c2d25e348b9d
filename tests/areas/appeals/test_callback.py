"""Call-back by somebody else than the handler; the resident's word closes, silence does not (HN 12 跟踪回访)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from linli.areas.appeals import actions as appeals
from linli.areas.appeals.flow import State
from linli.areas.appeals.models import Appeal, CallBack
from linli.areas.mandates import actions as mandates
from linli.areas.mandates.models import Assignment, Ground, TaskList
from linli.commons.models import Post
from linli.commons.roles import Role
from linli.commons.settings import set_setting
from linli.kit import trail
from linli.kit.clock import Clock
from linli.kit.errors import BadInput, NotAllowed, RuleBroken, WrongState
from linli.kit.notices.models import Notice
from tests.cast import Town, fresh, person


def heard(town: Town, appeal: Appeal, solved: bool, rating: int | None = 5) -> CallBack:
    return appeals.call_back(by=town.hotline, appeal=appeal, how="phone", reached=True, solved=solved, rating=rating)


def test_the_handler_does_not_call_back(town: Town) -> None:
    appeal = town.answered()
    colleague = person(f"colleague{town.pack}", "钱进", town.bodies["urban_mgmt"], Role.HOTLINE)
    with pytest.raises(RuleBroken) as refused:
        appeals.call_back(by=colleague, appeal=appeal, how="phone", reached=True, solved=True, rating=5)
    assert refused.value.code == "own_callback"
    assert not CallBack.objects.exists() and fresh(appeal).state == State.ANSWERED


def test_the_person_who_handled_does_not_call_back_in_another_post(town: Town) -> None:
    from linli.commons.actor import actor_of

    appeal = town.answered()
    assert town.department.user is not None
    post = Post.objects.create(user=town.department.user, body=town.bodies["hotline"], role=Role.HOTLINE)
    with pytest.raises(RuleBroken):
        appeals.call_back(by=actor_of(post), appeal=appeal, how="phone", reached=True, solved=True, rating=5)


def test_solved_closes_with_the_residents_word(town: Town) -> None:
    appeal = town.answered()
    heard(town, appeal, True, 4)
    now = fresh(appeal)
    assert (now.state, now.solved, now.rating) == (State.CLOSED, True, 4)
    with pytest.raises(WrongState):
        heard(town, appeal, True)
    with pytest.raises(WrongState):
        appeals.rate_appeal(by=town.resident, appeal=appeal, solved=True, rating=5)
    assert CallBack.objects.count() == 1


@pytest.mark.parametrize("rating", [0, 6, -1, 100])
def test_a_rating_is_one_to_five(town: Town, rating: int) -> None:
    appeal = town.answered()
    with pytest.raises(BadInput):
        heard(town, appeal, True, rating)
    with pytest.raises(BadInput):
        appeals.rate_appeal(by=town.resident, appeal=appeal, solved=True, rating=rating)
    assert fresh(appeal).state == State.ANSWERED


def test_reached_means_asked(town: Town) -> None:
    appeal = town.answered()
    with pytest.raises(BadInput) as refused:
        appeals.call_back(by=town.hotline, appeal=appeal, how="phone", reached=True)
    assert refused.value.code == "solved_missing"
    with pytest.raises(BadInput):
        appeals.call_back(by=town.hotline, appeal=appeal, how="web", reached=True, solved=True)


def test_three_attempts_end_as_unreached_and_not_satisfied(town: Town) -> None:
    appeal = town.answered()
    for turn in range(3):
        assert fresh(appeal).state == State.ANSWERED, turn
        appeals.call_back(by=town.hotline, appeal=appeal, how="phone", reached=False, solved=True, rating=5)
    now = fresh(appeal)
    assert (now.state, now.solved, now.rating) == (State.UNREACHED, None, None)
    assert set(CallBack.objects.values_list("solved", "rating")) == {(None, None)}
    with pytest.raises(WrongState):
        appeals.call_back(by=town.hotline, appeal=appeal, how="phone", reached=False)
    appeals.reopen_appeal(by=town.resident, appeal=appeal, reason="我出差了，问题还在")
    assert fresh(appeal).state == State.ACCEPTED


def test_attempts_count_per_answer(town: Town) -> None:
    appeal = town.answered()
    for _ in range(2):
        appeals.call_back(by=town.hotline, appeal=appeal, how="phone", reached=False)
    heard(town, appeal, False, 1)
    appeals.answer_appeal(by=town.department, appeal=appeal, text="已换新灯，请居民今晚再看一看。")
    appeals.call_back(by=town.hotline, appeal=appeal, how="phone", reached=False)
    assert fresh(appeal).state == State.ANSWERED


def test_the_countys_days_end_a_silent_appeal_once(town: Town) -> None:
    set_setting(by=town.lead, place=town.county, key="appeals.callback_wait", value={"amount": 5, "unit": "days"})
    appeal = town.answered()
    assert appeals.give_up_due() == 0
    appeals.call_back(by=town.hotline, appeal=appeal, how="phone", reached=False)
    assert appeals.give_up_due() == 0
    Clock.objects.filter(name="wait").update(due_at=timezone.now() - timedelta(days=10))
    assert (appeals.give_up_due(), appeals.give_up_due()) == (1, 0)
    assert fresh(appeal).state == State.UNREACHED
    assert not Clock.objects.filter(subject=appeal.trail_key, stopped_at=None).exists()


def test_without_a_set_wait_silence_ends_nothing(town: Town) -> None:
    appeal = town.answered()
    appeals.call_back(by=town.hotline, appeal=appeal, how="phone", reached=False)
    assert Clock.objects.get(name="wait").due_at is None
    assert appeals.give_up_due() == 0 and fresh(appeal).state == State.ANSWERED


def committee_answered(town: Town) -> tuple[Appeal, Ground, TaskList]:
    row = town.publish("assisted", "协助政府工作事项清单", "路灯照明")
    appeal = town.accepted()
    given = appeals.dispatch_appeal(by=town.hotline, appeal=appeal, to=town.bodies["committee"], role="contact")
    appeals.answer_appeal(by=town.committee, appeal=appeal, text="已联系路灯所，今晚派人来修。")
    return fresh(appeal), given.ground, row


def test_unsolved_is_handled_again_on_the_same_ground(town: Town) -> None:
    appeal, ground, _ = committee_answered(town)
    heard(town, appeal, False, 1)
    now, lead = fresh(appeal), appeal.lead()
    assert lead is not None
    assert (now.state, now.handler, now.hops) == (State.HANDLING, town.bodies["committee"], 2)
    assert (lead.ground, lead.role) == (ground, "contact")
    assert Assignment.objects.count() == 2


@pytest.mark.parametrize("by_resident", [True, False])
def test_unsolved_goes_to_dispatch_when_the_ground_is_gone(town: Town, by_resident: bool) -> None:
    appeal, _, row = committee_answered(town)
    mandates.end_list(by=town.lead, task_list=row, why="目录调整")
    Notice.objects.all().delete()
    if by_resident:
        appeals.rate_appeal(by=town.resident, appeal=appeal, solved=False, rating=1)
    else:
        heard(town, appeal, False, 1)
    now = fresh(appeal)
    assert (now.state, now.handler, now.solved) == (State.ACCEPTED, None, False)
    assert CallBack.objects.get().solved is False  # the resident's word is kept
    assert not Assignment.objects.filter(state="open").exists()
    assert set(Clock.objects.filter(subject=appeal.trail_key, stopped_at=None).values_list("name", flat=True)) == {
        "case",
        "dispatch",
    }
    assert [line.verb for line in trail.history(appeal)][-2:] == ["appeals.redone", "appeals.recalled"]
    assert not trail.Entry.objects.filter(verb="mandates.refused").exists()  # no sender tried anything
    assert Notice.objects.filter(body=town.bodies["hotline"].code, text__contains="重新分派").count() == 1
    appeals.dispatch_appeal(by=town.hotline, appeal=appeal, to=town.bodies["urban_mgmt"])
    assert list(trail.verify()) == []


def test_reopening_is_the_residents_and_in_time(town: Town) -> None:
    set_setting(by=town.lead, place=town.county, key="appeals.reopen", value={"amount": 5, "unit": "days"})
    appeal = town.answered()
    with pytest.raises(WrongState):
        appeals.reopen_appeal(by=town.resident, appeal=appeal, reason="又坏了")
    heard(town, appeal, True)
    with pytest.raises(BadInput):
        appeals.reopen_appeal(by=town.resident, appeal=appeal, reason=" ")
    with pytest.raises(NotAllowed):
        appeals.reopen_appeal(by=town.hotline, appeal=appeal, reason="又坏了")
    Appeal.objects.filter(pk=appeal.pk).update(ended_at=timezone.now() - timedelta(days=7))
    with pytest.raises(RuleBroken) as refused:
        appeals.reopen_appeal(by=town.resident, appeal=appeal, reason="又坏了")
    assert refused.value.code == "reopen_late" and fresh(appeal).state == State.CLOSED
    Appeal.objects.filter(pk=appeal.pk).update(ended_at=timezone.now() - timedelta(days=4))
    appeals.reopen_appeal(by=town.resident, appeal=appeal, reason="又坏了")
    assert fresh(appeal).state == State.ACCEPTED


def test_an_answer_says_something(town: Town) -> None:
    with pytest.raises(BadInput):
        appeals.answer_appeal(by=town.department, appeal=town.handling(), text="已办理。")

"""An appeal's steps: only the holder works, the second of two is told, every clock is where it belongs."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection, connections

from linli.areas.appeals import actions as appeals
from linli.areas.appeals import queries
from linli.areas.appeals.flow import APPEAL, OPEN, State
from linli.areas.appeals.models import Appeal
from linli.areas.mandates.models import Assignment
from linli.kit import trail
from linli.kit.clock import Clock
from linli.kit.errors import BadInput, NotAllowed, Refusal, WrongState
from tests.cast import Town, fresh, make_town


def clocks(appeal: Appeal) -> set[str]:
    rows = Clock.objects.filter(subject=appeal.trail_key, stopped_at=None)
    return {f"{row.name}{'' if row.running else ' paused'}" for row in rows}


def test_the_clocks_of_each_state(town: Town) -> None:
    appeal = town.file().appeal
    assert clocks(appeal) == {"case", "accept"}
    appeals.classify_appeal(
        by=town.hotline, appeal=appeal, matter=town.matter("路灯照明"), kind="求助", place=town.community
    )
    appeals.accept_appeal(by=town.hotline, appeal=appeal)
    assert clocks(appeal) == {"case", "dispatch"}
    appeals.dispatch_appeal(by=town.hotline, appeal=appeal, to=town.bodies["urban_mgmt"])
    assert clocks(appeal) == {"case", "handle"}
    appeals.object_appeal(by=town.department, appeal=appeal, reason="不属于我局职责")
    assert clocks(appeal) == {"case", "handle paused", "rule"}
    appeals.rule_objection(by=town.supervisor, appeal=appeal, uphold=False, ruling="属于该局三定职责")
    assert clocks(appeal) == {"case", "handle"}
    appeals.ask_resident(by=town.department, appeal=appeal, question="是哪一盏灯？")
    assert clocks(appeal) == {"case", "handle paused"}
    appeals.add_information(by=town.resident, appeal=appeal, text="第三盏")
    assert clocks(appeal) == {"case", "handle"}
    appeals.answer_appeal(by=town.department, appeal=appeal, text="已派人更换灯泡，今晚恢复照明。")
    assert clocks(appeal) == {"case paused", "callback"}
    appeals.call_back(by=town.hotline, appeal=appeal, how="phone", reached=False)
    assert clocks(appeal) == {"case paused", "callback", "wait"}
    appeals.rate_appeal(by=town.resident, appeal=appeal, solved=False, rating=1)
    assert clocks(appeal) == {"case", "handle"}
    appeals.answer_appeal(by=town.department, appeal=appeal, text="已换新灯，请居民今晚再看一看。")
    appeals.rate_appeal(by=town.resident, appeal=appeal, solved=True, rating=5)
    assert clocks(appeal) == set()
    appeals.reopen_appeal(by=town.resident, appeal=appeal, reason="又坏了")
    assert clocks(appeal) == {"case", "dispatch"}
    assert (fresh(appeal).solved, fresh(appeal).rating, fresh(appeal).ended_at) == (None, None, None)
    assert list(trail.verify()) == []


def test_only_the_holder_works_on_it(town: Town) -> None:
    appeal = town.handling()
    works: list[Callable[[], object]] = [
        lambda: appeals.answer_appeal(by=town.housing, appeal=appeal, text="不是我的也来答复一下试试。"),
        lambda: appeals.ask_resident(by=town.housing, appeal=appeal, question="什么？"),
        lambda: appeals.object_appeal(by=town.housing, appeal=appeal, reason="替别人提出异议"),
        lambda: appeals.ask_extension(by=town.housing, appeal=appeal, amount=1, reason="忙"),
        lambda: appeals.escalate_appeal(by=town.committee, appeal=appeal, reason="上报"),
        lambda: appeals.answer_appeal(by=town.outsider, appeal=appeal, text="外县的也来答复一下试试。"),
    ]
    for work in works:
        with pytest.raises(NotAllowed):
            work()
    assert fresh(appeal).state == State.HANDLING


@pytest.mark.parametrize("to", ["urban_mgmt", "housing", "street"])
def test_the_second_of_two_dispatches_is_told(town: Town, to: str) -> None:
    appeal = town.accepted()
    stale = fresh(appeal)
    appeals.dispatch_appeal(by=town.hotline, appeal=appeal, to=town.bodies["urban_mgmt"])
    with pytest.raises(WrongState):
        appeals.dispatch_appeal(by=town.hotline, appeal=stale, to=town.bodies[to])
    assert Assignment.objects.count() == 1 and fresh(appeal).handler == town.bodies["urban_mgmt"]


def test_every_step_from_every_wrong_state_is_refused_without_a_trace(town: Town) -> None:
    """All steps × all states that they do not start in: the row, its clocks and assignments stay as they were."""
    appeal = town.handling()
    steps: dict[str, Callable[[], object]] = {
        "accept": lambda: appeals.accept_appeal(by=town.hotline, appeal=appeal),
        "decline": lambda: appeals.decline_appeal(by=town.hotline, appeal=appeal, reason="不属于受理范围"),
        "dispatch": lambda: appeals.dispatch_appeal(by=town.hotline, appeal=appeal, to=town.bodies["housing"]),
        "transfer": lambda: appeals.transfer_appeal(
            by=town.hotline, appeal=appeal, to=town.bodies["housing"], reason="改派"
        ),
        "object": lambda: appeals.object_appeal(by=town.department, appeal=appeal, reason="不属于我局职责"),
        "overrule": lambda: appeals.rule_objection(
            by=town.supervisor, appeal=appeal, uphold=False, ruling="属于该局职责"
        ),
        "answer": lambda: appeals.answer_appeal(by=town.department, appeal=appeal, text="已派人更换灯泡，恢复照明。"),
        "close": lambda: appeals.call_back(
            by=town.hotline, appeal=appeal, how="phone", reached=True, solved=True, rating=5
        ),
        "redo": lambda: appeals.rate_appeal(by=town.resident, appeal=appeal, solved=False, rating=1),
        "reopen": lambda: appeals.reopen_appeal(by=town.resident, appeal=appeal, reason="又坏了"),
        "withdraw": lambda: appeals.withdraw_appeal(by=town.resident, appeal=appeal),
    }
    for name, run in steps.items():
        for state in set(State) - set(APPEAL[name].source):
            Appeal.objects.filter(pk=appeal.pk).update(state=state)
            before = list(Assignment.objects.values()), list(Clock.objects.values()), Appeal.objects.values().get()
            with pytest.raises((WrongState, NotAllowed)):
                run()
            assert before == (
                list(Assignment.objects.values()),
                list(Clock.objects.values()),
                Appeal.objects.values().get(),
            ), (name, state)


def test_a_helper_is_named_once_and_only_in_handling(town: Town) -> None:
    with pytest.raises(WrongState):
        appeals.add_helper(by=town.hotline, appeal=town.accepted(), to=town.bodies["housing"], reason="配合")
    appeal = town.handling()
    for body in ("urban_mgmt", "housing", "housing"):
        if body == "housing" and not Assignment.objects.filter(lead=False).exists():
            appeals.add_helper(by=town.hotline, appeal=appeal, to=town.bodies[body], reason="配合")
            continue
        with pytest.raises(BadInput) as refused:
            appeals.add_helper(by=town.hotline, appeal=appeal, to=town.bodies[body], reason="配合")
        assert refused.value.code == "same_body"


def test_long_words_are_refused_not_cut(town: Town) -> None:
    appeal = town.handling()
    long: list[Callable[[], object]] = [
        lambda: appeals.answer_appeal(by=town.department, appeal=appeal, text="字" * 4001),
        lambda: appeals.ask_resident(by=town.department, appeal=appeal, question="字" * 2001),
        lambda: appeals.add_information(by=town.resident, appeal=appeal, text="字" * 2001),
        lambda: appeals.object_appeal(by=town.department, appeal=appeal, reason="字" * 1001),
        lambda: appeals.order_appeal(by=town.supervisor, appeal=appeal, text="字" * 1001),
    ]
    for write in long:
        with pytest.raises(BadInput) as refused:
            write()
        assert refused.value.code == "text_long"
    appeals.answer_appeal(by=town.department, appeal=appeal, text="字" * 4000)
    assert len(appeal.answers.get().text) == 4000


def test_a_ruling_on_the_way_answers_a_question_to_the_resident(town: Town) -> None:
    appeal = town.handling()
    appeals.ask_resident(by=town.department, appeal=appeal, question="哪一盏灯？")
    appeals.object_appeal(by=town.department, appeal=appeal, reason="不属于我局职责")
    appeals.add_information(by=town.resident, appeal=appeal, text="第三盏")
    assert clocks(appeal) == {"case", "handle paused", "rule"}  # still before the ruling: the clock stands
    appeals.rule_objection(by=town.supervisor, appeal=appeal, uphold=False, ruling="属于该局三定职责")
    assert clocks(appeal) == {"case", "handle"} and not fresh(appeal).waiting


def test_the_oldest_and_the_dangerous_come_first_on_a_full_desk(town: Town) -> None:
    rows = [town.file().appeal for _ in range(4)]
    urgent = rows[2]
    Appeal.objects.filter(pk=urgent.pk).update(danger=True)
    shown = [line.appeal.pk for line in queries.due_today(town.hotline, limit=2)]
    assert shown == [urgent.pk, rows[0].pk]


def test_an_extension_whose_task_is_over_leaves_the_desk(town: Town) -> None:
    from linli.commons.settings import set_setting

    set_setting(by=town.lead, place=town.county, key="appeals.handle", value={"amount": 5, "unit": "working_days"})
    appeal = town.handling()
    appeals.ask_extension(by=town.department, appeal=appeal, amount=2, reason="等备件")
    what = lambda: [line.what for line in queries.due_today(town.hotline)]  # noqa: E731
    assert what() == ["审批延期"]
    appeals.answer_appeal(by=town.department, appeal=appeal, text="备件提前到了，已经修好恢复照明。")
    assert what() == ["回访"]
    with pytest.raises(WrongState):
        appeals.rule_extension(by=town.hotline, appeal=appeal, grant=True, decision="同意")


def test_open_states_are_what_may_be_ordered(town: Town) -> None:
    appeal = town.file().appeal
    for state in State:
        Appeal.objects.filter(pk=appeal.pk).update(state=state)
        if state in OPEN:
            appeals.order_appeal(by=town.supervisor, appeal=appeal, text="请抓紧办理")
        else:
            with pytest.raises(WrongState):
                appeals.order_appeal(by=town.supervisor, appeal=appeal, text="请抓紧办理")


@pytest.mark.django_db(transaction=True)
def test_eight_clicks_at_once_are_one_dispatch() -> None:
    """True concurrency: threads with connections of their own, released together."""
    if connection.vendor == "sqlite" and "mode=memory" in str(connection.settings_dict["NAME"]):
        pytest.skip("the in-memory test database has one connection; PostgreSQL runs this")
    town = make_town("43")
    appeal = town.accepted()
    start = threading.Barrier(8)
    said: list[str] = []

    def click(number: int) -> None:
        to = town.bodies["urban_mgmt" if number % 2 else "housing"]
        try:
            stale = fresh(appeal)
            start.wait(20)
            appeals.dispatch_appeal(by=town.hotline, appeal=stale, to=to)
            said.append("done")
        except Refusal as refusal:
            said.append(type(refusal).__name__)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=click, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(said) == ["WrongState"] * 7 + ["done"]
    assert Assignment.objects.filter(state="open").count() == Assignment.objects.count() == 1
    assert trail.history(appeal).filter(verb="appeals.dispatched").count() == 1
    assert list(trail.verify()) == []

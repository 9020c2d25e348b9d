"""Flows: a table of moves, taken by compare-and-set."""

from __future__ import annotations

import pytest

from linli.areas.appeals.flow import APPEAL, ENDED, OPEN, State
from linli.areas.mandates.flow import ADMISSION, ASSIGNMENT, LIST
from linli.kit.errors import WrongState
from linli.kit.flow import Flow, Move, move
from tests.cast import Town, fresh


def test_a_flow_with_a_slip_is_refused() -> None:
    accept = Move("accept", "受理", ("received",), "accepted", "appeals.accept")
    with pytest.raises(ValueError, match="twice"):
        Flow(State, [accept, accept])
    with pytest.raises(ValueError, match="unknown state"):
        Flow(State, [Move("x", "甲", ("received",), "nowhere", "a.b")])
    with pytest.raises(ValueError, match="unknown state"):
        Flow(State, [Move("x", "甲", ("nowhere",), None, "a.b")])


@pytest.mark.parametrize("flow", [APPEAL, LIST, ADMISSION, ASSIGNMENT])
def test_every_state_is_reached_and_the_diagram_shows_every_move(flow: Flow) -> None:
    start = flow.states.values[0]
    reached = {start}
    while True:
        more = {step.target or source for step in flow for source in step.source if source in reached} | reached
        if more == reached:
            break
        reached = more
    assert set(flow.states.values) - reached <= {State.HISTORY.value}  # history comes in by import only
    drawn = flow.as_mermaid()
    for step in flow:
        for source in step.source:
            assert f"{source} --> {step.target or source}: {step.label}" in drawn


def test_open_and_ended_states_divide_all() -> None:
    assert sorted(OPEN + ENDED) == sorted(State)
    for step in APPEAL:
        assert not {State.DECLINED, State.WITHDRAWN, State.HISTORY} & set(step.source)


def test_every_clock_that_starts_is_stopped_somewhere() -> None:
    started = {name for step in APPEAL for name in step.starts} | {"accept", "case", "wait"}
    assert started == {name for step in APPEAL for name in step.stops}
    for step in APPEAL:
        if step.target in (State.CLOSED, State.UNREACHED, State.WITHDRAWN):
            assert "case" in step.stops


def test_the_second_of_two_movers_is_told_the_present_state(town: Town) -> None:
    appeal = town.accepted()
    stale = fresh(appeal)
    move(appeal, APPEAL, "dispatch")
    with pytest.raises(WrongState) as refused:
        move(stale, APPEAL, "dispatch")
    assert "待分派" in refused.value.message and "办理中" in refused.value.message
    assert refused.value.facts == {"move": "dispatch", "state": "handling"}


def test_a_move_of_a_row_that_is_gone(town: Town) -> None:
    appeal = town.file().appeal
    appeal.pk = 10**9
    with pytest.raises(WrongState, match="已不存在"):
        move(appeal, APPEAL, "accept")


def test_buttons_come_from_the_table() -> None:
    assert {step.name for step in APPEAL.open_moves(State.RECEIVED)} == {"accept", "decline", "withdraw"}
    assert APPEAL.open_moves(State.DECLINED) == []

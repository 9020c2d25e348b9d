"""The main job as a law story, in both provinces: taken, lawfully dispatched, answered, called back, closed."""

from __future__ import annotations

import pytest

from linli.areas.appeals import actions as appeals
from linli.areas.appeals.flow import State
from linli.kit import clock, trail
from linli.kit.errors import RuleBroken
from tests.cast import Town, fresh


def test_an_appeal_travels_from_report_to_closing(town: Town) -> None:
    appeal = town.accepted()
    with pytest.raises(RuleBroken) as refused:
        appeals.dispatch_appeal(by=town.hotline, appeal=appeal, to=town.bodies["committee"], reason="图方便")
    basis = {"hubei": "hubei.art_41__para_1", "hunan": "hunan.art_12__para_1"}[town.pack]
    assert refused.value.basis == (basis,)
    assert [end["name"] for end in refused.value.ends] == ["owner", "street", "purchase"]
    assert fresh(appeal).state == State.ACCEPTED
    evidence = trail.Entry.objects.get(verb="mandates.refused")
    assert evidence.basis == [basis] and evidence.body == town.bodies["hotline"].code

    appeals.dispatch_appeal(by=town.hotline, appeal=appeal, to=town.bodies["urban_mgmt"], reason="职责单位")
    appeals.answer_appeal(by=town.department, appeal=fresh(appeal), text="已派人更换灯泡，今晚恢复照明。")
    appeals.call_back(by=town.hotline, appeal=fresh(appeal), how="phone", reached=True, solved=True, rating=5)
    closed = fresh(appeal)
    assert (closed.state, closed.solved, closed.rating) == (State.CLOSED, True, 5)
    assert clock.Clock.objects.filter(subject=appeal.trail_key, stopped_at=None).count() == 0
    assert list(trail.verify()) == []
    verbs = [entry.verb for entry in trail.history(appeal)]
    assert verbs == [
        "appeals.filed",
        "appeals.classified",
        "appeals.accepted",
        "mandates.refused",
        "appeals.dispatched",
        "appeals.answered",
        "appeals.called_back",
        "appeals.closed",
    ]


def test_a_list_item_opens_the_gate(town: Town) -> None:
    town.publish("assisted", "协助政府工作事项清单", "路灯照明")
    appeal = town.accepted()
    row = appeals.dispatch_appeal(
        by=town.hotline, appeal=appeal, to=town.bodies["committee"], reason="联系居民", role="contact"
    )
    assert row.ground.kind == "list"
    assert fresh(appeal).handler_id == town.bodies["committee"].code

"""Objections are bounded, rulings bind, extensions come before expiry (HN 12 异议协调)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from linli.areas.appeals import actions as appeals
from linli.areas.appeals import queries, rules
from linli.areas.appeals.flow import State
from linli.areas.appeals.models import Appeal, Extension, Objection, Precedent
from linli.areas.mandates.models import Assignment
from linli.commons.settings import set_setting
from linli.kit import clock, trail
from linli.kit.clock import Clock
from linli.kit.errors import BadInput, NotAllowed, RuleBroken, WrongState
from tests.cast import Town, fresh


def limit(town: Town, key: str, amount: int, unit: str = "working_days") -> None:
    set_setting(by=town.lead, place=town.county, key=key, value={"amount": amount, "unit": unit})


def handle_clock(appeal: Appeal, name: str = "handle") -> Clock:
    found = clock.running(appeal.trail_key, name)
    assert found is not None
    return found


def objected(town: Town) -> Appeal:
    appeal = town.handling()
    appeals.object_appeal(by=town.department, appeal=appeal, reason="不属于我局职责", names=town.bodies["housing"])
    return appeal


def test_a_ruling_hands_over_and_becomes_a_precedent(town: Town) -> None:
    appeal = objected(town)
    appeals.rule_objection(
        by=town.supervisor, appeal=appeal, uphold=True, ruling="小区内路灯归住建", to=town.bodies["housing"]
    )
    now = fresh(appeal)
    assert (now.state, now.handler, now.hops) == (State.HANDLING, town.bodies["housing"], 2)
    assert Precedent.objects.get().body == town.bodies["housing"]
    assert [row.state for row in Assignment.objects.order_by("id")] == ["returned", "open"]
    next_one = town.accepted()
    assert queries.owners_of(town.hotline, next_one)[0].body == town.bodies["housing"]  # the catalogue is corrected
    assert "先例" in queries.owners_of(town.hotline, next_one)[0].why


def test_the_objector_cannot_rule(town: Town) -> None:
    from linli.commons.roles import Role
    from tests.cast import person

    appeal = objected(town)
    own = person(f"own{town.pack}", "钱进", town.bodies["urban_mgmt"], Role.SUPERVISOR)
    with pytest.raises(NotAllowed) as refused:
        appeals.rule_objection(by=own, appeal=appeal, uphold=True, ruling="我们说了算的", to=town.bodies["housing"])
    assert refused.value.code == "own_objection"
    assert Objection.objects.get().state == "open" and fresh(appeal).state == State.OBJECTED
    assert trail.Entry.objects.filter(verb="appeals.refused", facts__code="own_objection").count() == 1


def test_a_ruling_gives_reasons_and_a_body(town: Town) -> None:
    appeal = objected(town)
    for given in (
        {"uphold": True, "ruling": "理由充分成立", "to": None},
        {"uphold": True, "ruling": "理由充分成立", "to": town.bodies["urban_mgmt"]},
        {"uphold": False, "ruling": "否"},
    ):
        with pytest.raises(BadInput):
            appeals.rule_objection(by=town.supervisor, appeal=appeal, **given)  # type: ignore[arg-type]
    appeals.rule_objection(by=town.supervisor, appeal=appeal, uphold=False, ruling="属于该局三定职责")
    with pytest.raises(WrongState):
        appeals.rule_objection(by=town.supervisor, appeal=appeal, uphold=False, ruling="属于该局三定职责")


def test_whom_a_ruling_named_does_not_object_again(town: Town) -> None:
    appeal = objected(town)
    appeals.rule_objection(
        by=town.supervisor, appeal=appeal, uphold=True, ruling="小区内路灯归住建", to=town.bodies["housing"]
    )
    with pytest.raises(RuleBroken) as refused:
        appeals.object_appeal(by=town.housing, appeal=appeal, reason="也不属于我局职责")
    assert refused.value.code == "no_more_objections"
    overruled = objected(town)
    appeals.rule_objection(by=town.supervisor, appeal=overruled, uphold=False, ruling="属于该局三定职责")
    with pytest.raises(RuleBroken):
        appeals.object_appeal(by=town.department, appeal=overruled, reason="还是不属于我局职责")
    assert trail.Entry.objects.filter(verb="appeals.refused").count() == 2


def test_without_a_bound_the_chain_is_no_longer_than_the_bodies(town: Town) -> None:
    """Transfer gives every body one turn; whom a ruling named once, no turn ever again."""
    appeal = town.handling()
    hands = {
        town.bodies[name].code: town.cast[who]
        for name, who in (("urban_mgmt", "department"), ("housing", "housing"), ("street", "street_desk"))
    }
    objections = 0
    targets = ["housing", "street", "urban_mgmt", "housing", "street", "urban_mgmt"]
    for name in targets:
        holder = hands[fresh(appeal).handler_id or ""]
        try:
            appeals.object_appeal(by=holder, appeal=appeal, reason="不属于本单位职责")
        except RuleBroken:
            break
        objections += 1
        appeals.rule_objection(
            by=town.supervisor, appeal=appeal, uphold=True, ruling="改由该单位办理", to=town.bodies[name]
        )
    assert objections == 1


@pytest.mark.parametrize(("most", "objections"), [(0, 0), (1, 1), (2, 2)])
def test_the_county_bounds_the_hops(town: Town, most: int, objections: int) -> None:
    set_setting(by=town.lead, place=town.county, key="appeals.max_hops", value=most)
    appeal = town.handling()
    for turn in range(objections):
        appeals.object_appeal(by=town.department, appeal=appeal, reason="不属于我局职责")
        Objection.objects.all().delete()  # nobody named by a ruling: only the bound is left
        Appeal.objects.filter(pk=appeal.pk).update(state=State.HANDLING)
        appeals.transfer_appeal(by=town.hotline, appeal=appeal, to=town.bodies["housing"], reason="改派")
        appeals.transfer_appeal(by=town.hotline, appeal=appeal, to=town.bodies["urban_mgmt"], reason="改派")
        Appeal.objects.filter(pk=appeal.pk).update(hops=turn + 2)
    with pytest.raises(RuleBroken, match=f"最多转派 {most} 次"):
        appeals.object_appeal(by=town.department, appeal=appeal, reason="不属于我局职责")


@pytest.mark.parametrize(
    ("body", "ruled", "hops", "most", "may"),
    [
        ("a", [], 1, None, True),
        ("a", ["b"], 99, None, True),
        ("a", ["a"], 1, None, False),
        ("a", [], 1, 0, False),
        ("a", [], 2, 2, True),
        ("a", [], 3, 2, False),
    ],
)
def test_the_bound_as_a_rule(body: str, ruled: list[str], hops: int, most: int | None, may: bool) -> None:
    assert (rules.may_object_again(body, ruled, hops, most) == "") == may


def test_an_objection_comes_in_time_and_with_a_reason(town: Town) -> None:
    limit(town, "appeals.objection", 2)
    appeal = town.handling()
    with pytest.raises(BadInput):
        appeals.object_appeal(by=town.department, appeal=appeal, reason="不归")
    Assignment.objects.update(at=timezone.now() - timedelta(days=20))
    with pytest.raises(RuleBroken) as refused:
        appeals.object_appeal(by=town.department, appeal=appeal, reason="不属于我局职责")
    assert refused.value.code == "objection_late" and "2 个工作日" in refused.value.message


def test_an_objection_stops_the_clock_and_overruling_lets_it_run(town: Town) -> None:
    limit(town, "appeals.handle", 48, "hours")
    appeal = objected(town)
    due = handle_clock(appeal).due_at
    assert due is not None
    Clock.objects.filter(name="handle").update(paused_at=timezone.now() - timedelta(hours=10), remaining=40.0)
    appeals.rule_objection(by=town.supervisor, appeal=appeal, uphold=False, ruling="属于该局三定职责")
    running = handle_clock(appeal)
    assert running.running and running.due_at is not None
    assert abs(running.due_at - (timezone.now() + timedelta(hours=40))) < timedelta(seconds=30)
    assert running.holder == town.bodies["urban_mgmt"].code


def test_upholding_gives_the_new_body_its_full_time(town: Town) -> None:
    limit(town, "appeals.handle", 48, "hours")
    appeal = objected(town)
    appeals.rule_objection(
        by=town.supervisor, appeal=appeal, uphold=True, ruling="小区内路灯归住建", to=town.bodies["housing"]
    )
    running = handle_clock(appeal)
    assert running.due_at == running.started_at + timedelta(hours=48)
    assert running.holder == town.bodies["housing"].code


def test_an_extension_moves_both_clocks(town: Town) -> None:
    limit(town, "appeals.handle", 5)
    limit(town, "appeals.case", 15, "days")
    limit(town, "appeals.extension_max", 10)
    appeal = town.handling()
    handle, case = handle_clock(appeal).due_at, handle_clock(appeal, "case").due_at
    for amount, error in ((0, BadInput), (-3, BadInput), (11, RuleBroken), (10**6, BadInput)):
        with pytest.raises(error):
            appeals.ask_extension(by=town.department, appeal=appeal, amount=amount, reason="等备件")
    appeals.ask_extension(by=town.department, appeal=appeal, amount=10, reason="等备件")
    with pytest.raises(WrongState):
        appeals.ask_extension(by=town.department, appeal=appeal, amount=1, reason="再等等")
    with pytest.raises(NotAllowed):
        appeals.rule_extension(by=town.department, appeal=appeal, grant=True, decision="同意")
    appeals.rule_extension(by=town.hotline, appeal=appeal, grant=True, decision="同意")
    calendar = queries.county_calendar(appeal)
    assert handle is not None and case is not None
    assert handle_clock(appeal).due_at == calendar.add(handle, 10, "working_days")
    assert handle_clock(appeal, "case").due_at == calendar.add(case, 10, "working_days")  # the same time, not 10 days
    with pytest.raises(WrongState):
        appeals.rule_extension(by=town.hotline, appeal=appeal, grant=True, decision="再批一次")


def test_hours_are_not_measured_in_days(town: Town) -> None:
    limit(town, "appeals.handle", 24, "hours")
    limit(town, "appeals.extension_max", 1, "days")
    appeal = town.handling()
    with pytest.raises(RuleBroken, match="1 日"):
        appeals.ask_extension(by=town.department, appeal=appeal, amount=72, reason="等备件")
    appeals.ask_extension(by=town.department, appeal=appeal, amount=12, reason="等备件")


def test_a_refused_extension_changes_nothing(town: Town) -> None:
    limit(town, "appeals.handle", 5)
    appeal = town.handling()
    due = handle_clock(appeal).due_at
    appeals.ask_extension(by=town.department, appeal=appeal, amount=3, reason="等备件")
    with pytest.raises(BadInput):
        appeals.rule_extension(by=town.hotline, appeal=appeal, grant=False, decision=" ")
    appeals.rule_extension(by=town.hotline, appeal=appeal, grant=False, decision="备件本地有售")
    assert handle_clock(appeal).due_at == due and Extension.objects.get().state == "refused"


def test_time_is_asked_for_before_it_has_run_out(town: Town) -> None:
    appeal = town.handling()
    with pytest.raises(RuleBroken) as refused:
        appeals.ask_extension(by=town.department, appeal=appeal, amount=3, reason="等备件")
    assert refused.value.code == "no_due_date"
    limit(town, "appeals.handle", 5)
    late = town.handling()
    Clock.objects.filter(subject=late.trail_key, name="handle").update(due_at=timezone.now() - timedelta(minutes=1))
    with pytest.raises(RuleBroken) as refused:
        appeals.ask_extension(by=town.department, appeal=late, amount=3, reason="等备件")
    assert refused.value.code == "extension_late"


def test_an_extension_asked_while_the_resident_thinks_is_in_time(town: Town) -> None:
    limit(town, "appeals.handle", 5)
    appeal = town.handling()
    appeals.ask_resident(by=town.department, appeal=appeal, question="哪一盏灯？")
    Clock.objects.filter(subject=appeal.trail_key, name="handle").update(
        due_at=timezone.now() - timedelta(days=1), paused_at=timezone.now() - timedelta(days=3), remaining=2.0
    )
    appeals.ask_extension(by=town.department, appeal=appeal, amount=3, reason="等备件")
    appeals.rule_extension(by=town.hotline, appeal=appeal, grant=True, decision="同意")
    assert (handle_clock(appeal).remaining or 0) >= 3

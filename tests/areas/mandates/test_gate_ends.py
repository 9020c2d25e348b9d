"""Grounds at the gate (派单依据): what each one opens, for whom, and what stops with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from linli.areas.appeals import actions as appeals
from linli.areas.appeals.flow import State
from linli.areas.appeals.models import Appeal
from linli.areas.mandates import actions as mandates
from linli.areas.mandates.actions.admission import end_ground
from linli.areas.mandates.models import Admission, Ground
from linli.commons.actor import SYSTEM, Actor, actor_of
from linli.kit import trail
from linli.kit.errors import BadInput, NotAllowed, RuleBroken
from linli.kit.notices.models import Notice
from tests.areas.mandates.test_gate import SUPPORT, admission, ground
from tests.cast import Town, fresh


def test_only_hunan_knows_an_exception_for_grid_workers(hubei: Town, hunan: Town) -> None:
    until = timezone.now() + timedelta(days=9)
    with pytest.raises(RuleBroken):
        mandates.approve_exception(
            by=hubei.lead, place=hubei.grid, ref="县批", matter=hubei.matter("路灯照明"), valid_to=until
        )
    mandates.approve_exception(
        by=hunan.lead, place=hunan.grid, ref="县批", matter=hunan.matter("路灯照明"), valid_to=until
    )
    row = appeals.dispatch_appeal(by=hunan.hotline, appeal=hunan.accepted(), to=hunan.bodies["grid"])
    assert row.ground.kind == Ground.Kind.EXCEPTION


def test_a_grid_is_never_burdened_by_an_admission_alone(town: Town) -> None:
    with pytest.raises(RuleBroken) as refused:
        admission(town, bearer="grid")
    assert refused.value.code == "no_grid_list"
    assert Admission.objects.get().state == "approved" and not Ground.objects.filter(bearer="grid").exists()
    with pytest.raises(DatabaseError), transaction.atomic():
        ground(town, kind="admission", bearer="grid", place=town.grid, admission=Admission.objects.get())


def test_an_admission_for_grids_is_an_item_of_their_list_for_its_term(town: Town) -> None:
    grid_list = town.publish("grid", "网格事项清单", "道路破损")
    row = admission(town, bearer="grid")
    item = grid_list.items.get(admission=row)
    held = appeals.dispatch_appeal(by=town.hotline, appeal=town.accepted(), to=town.bodies["grid"], reason="清单事项")
    assert (held.ground.kind, held.ground.item, held.ground.admission) == ("list", item, row)
    newer = town.publish("grid", "网格事项清单", "垃圾清运")
    assert newer.items.filter(admission=row).count() == 1, "a new version keeps what was admitted while its term runs"
    mandates.expire_due(by=SYSTEM)
    held.refresh_from_db()
    assert held.state == "open" and held.ground.item == newer.items.get(admission=row)
    mandates.withdraw_admission(by=town.lead, admission=row, why="任务结束")
    held.refresh_from_db()
    assert held.state == "stopped" and not Ground.objects.filter(Ground.active(), admission=row).exists()
    last = town.publish("grid", "网格事项清单", None)
    assert not last.items.filter(admission=row).exists()
    with pytest.raises(RuleBroken):
        appeals.dispatch_appeal(by=town.hotline, appeal=town.accepted(), to=town.bodies["grid"], reason="清单事项")


def test_an_admission_for_grids_leaves_a_version_that_begins_after_its_term(town: Town) -> None:
    grid_list = town.publish("grid", "网格事项清单", "道路破损")
    row = admission(town, bearer="grid")
    until = Ground.objects.get(admission=row).valid_to
    later = mandates.draft_list(
        by=town.lead,
        place=town.county,
        kind="grid",
        title="网格事项清单",
        basis="县人民政府文件",
        effective_from=timezone.localdate() + timedelta(days=60),
    )
    assert later.items.count() == grid_list.items.count() - 1
    mandates.publish_list(by=town.lead, task_list=later)
    assert not later.items.filter(admission=row).exists()
    assert Ground.objects.get(admission=row).valid_to == until, "a later version does not lengthen a term"


def end_list(town: Town, by: Actor) -> None:
    mandates.end_list(by=by, task_list=Ground.objects.get(kind="list").item.task_list, why="目录调整")  # type: ignore[union-attr]


def withdraw(town: Town, by: Actor) -> None:
    mandates.withdraw_admission(by=by, admission=Admission.objects.get(), why="任务结束")


def close(town: Town, by: Actor) -> None:
    mandates.close_ground(by=by, ground=Ground.objects.get(kind="emergency_order"), why="险情解除")


def run_out(town: Town, by: Actor) -> None:
    Ground.objects.filter(kind="emergency_order").update(valid_to=timezone.now() - timedelta(minutes=1))
    assert mandates.expire_due(by=SYSTEM) == 1
    assert mandates.expire_due(by=SYSTEM) == 0


def term_over(town: Town, by: Actor) -> None:
    today = timezone.localdate()
    Admission.objects.update(term_from=today - timedelta(days=9), term_to=today - timedelta(days=1))
    assert mandates.expire_due(by=SYSTEM) == 1
    assert mandates.expire_due(by=SYSTEM) == 0


ENDINGS = [("list", end_list), ("admission", withdraw), ("admission", term_over), ("order", close), ("order", run_out)]


@pytest.mark.parametrize(("kind", "end"), ENDINGS, ids=lambda value: getattr(value, "__name__", value))
def test_what_rests_on_a_ground_stops_with_it(town: Town, kind: str, end: Callable[[Town, Actor], None]) -> None:
    found: Ground | None = None
    if kind == "list":
        town.publish("assisted", "协助政府工作事项清单", "路灯照明")
    elif kind == "admission":
        admission(town)
    else:
        found = mandates.open_ground(
            by=town.lead,
            place=town.county,
            kind="emergency_order",
            ref="应急命令",
            valid_to=timezone.now() + timedelta(days=3),
        )
    appeal = town.accepted()
    row = appeals.dispatch_appeal(
        by=town.hotline, appeal=appeal, to=town.bodies["committee"], ground=found, role="contact"
    )
    task = mandates.assign_task(
        by=town.department,
        to=town.bodies["committee"],
        title="登记",
        text="请登记",
        matter=appeal.matter,
        ground=found,
        role="contact",
        **SUPPORT,
    )
    end(town, town.lead)
    for stopped in (row, task):
        stopped.refresh_from_db()
        assert stopped.state == "stopped"
    for sender in ("hotline", "urban_mgmt"):
        assert Notice.objects.filter(body=town.bodies[sender].code, text__contains="已停止").count() == 1
    assert fresh(appeal).state == State.HANDLING
    assert appeals.recall_stopped() == 1
    assert appeals.recall_stopped() == 0
    back = fresh(appeal)
    assert (back.state, back.handler) == (State.ACCEPTED, None)
    with pytest.raises(RuleBroken):
        appeals.dispatch_appeal(by=town.hotline, appeal=back, to=town.bodies["committee"], ground=found, role="contact")
    appeals.dispatch_appeal(by=town.hotline, appeal=fresh(appeal), to=town.bodies["urban_mgmt"])
    assert fresh(appeal).state == State.HANDLING
    assert list(trail.verify()) == []


def test_an_appeal_with_a_holder_is_not_recalled(town: Town) -> None:
    from linli.areas.appeals.actions.dispatch import recall_appeal
    from linli.kit.errors import WrongState

    appeal = town.handling()
    with pytest.raises(WrongState):
        recall_appeal(by=SYSTEM, appeal=appeal)
    assert fresh(appeal).state == State.HANDLING


def test_ending_a_ground_twice_changes_nothing(town: Town) -> None:
    from linli.kit.errors import WrongState

    found = ground(town)
    assert end_ground(by=SYSTEM, ground=found) == 0
    with pytest.raises(WrongState):
        end_ground(by=SYSTEM, ground=found)


def test_another_countys_body_neither_leads_nor_helps(town: Town) -> None:
    with pytest.raises(BadInput, match="不在本县"):
        appeals.dispatch_appeal(by=town.hotline, appeal=town.accepted(), to=town.bodies["other"])
    with pytest.raises(BadInput, match="不在本县"):
        appeals.add_helper(by=town.hotline, appeal=town.handling(), to=town.bodies["other"], reason="帮忙")


def test_a_body_that_ended_is_given_nothing(town: Town) -> None:
    body = town.bodies["housing"]
    body.ended_on = timezone.localdate()
    body.save()
    with pytest.raises(BadInput, match="已撤销"):
        appeals.dispatch_appeal(by=town.hotline, appeal=town.accepted(), to=body)


def test_a_safety_rule_opens_for_safety_matters_only(town: Town) -> None:
    with pytest.raises(BadInput):
        mandates.open_ground(
            by=town.lead, place=town.county, kind="safety_rule", ref="规定", matter=town.matter("路灯照明")
        )
    with pytest.raises(NotAllowed):  # a committee decides for itself only
        mandates.decide_own(by=town.neighbour, place=town.community, ref="决定", matter=town.matter("路灯照明"))
    own = mandates.decide_own(by=town.committee, place=town.community, ref="决定", matter=town.matter("路灯照明"))
    row = appeals.dispatch_appeal(by=town.hotline, appeal=town.accepted(), to=town.bodies["committee"])
    assert row.ground_id == own.pk
    with pytest.raises(RuleBroken):  # the neighbours decided nothing
        appeals.dispatch_appeal(by=town.hotline, appeal=town.accepted(), to=town.bodies["sibling"])
    assert Appeal.objects.count() == 2
    assert actor_of(town.committee.post).body_code == town.bodies["committee"].code  # type: ignore[arg-type]


def test_a_grid_may_answer_what_it_was_given_for_the_whole_community(town: Town) -> None:
    town.publish("grid", "网格事项清单", "路灯照明")
    appeal = town.accepted()
    appeals.dispatch_appeal(by=town.hotline, appeal=appeal, to=town.bodies["grid"], reason="清单事项")
    appeals.answer_appeal(by=town.grid_worker, appeal=fresh(appeal), text="已到现场核实，并联系维修人员换好灯泡。")
    assert fresh(appeal).state == "answered"
    assert not town.grid_worker.may("appeals.answer", town.accepted())


def test_a_committee_may_give_a_task_back_with_its_reason(town: Town) -> None:
    town.publish("self", "自治事项清单", "路灯照明")
    task = mandates.assign_task(
        by=town.department,
        to=town.bodies["committee"],
        title="联系住户",
        text="请联系三栋住户",
        matter=town.matter("路灯照明"),
        guidance="电话指导",
        conditions="话费补贴",
    )
    with pytest.raises(NotAllowed):
        mandates.return_task(by=town.neighbour, task=task, note="不是我们的")
    with pytest.raises(BadInput):
        mandates.return_task(by=town.committee, task=task, note=" ")
    mandates.return_task(by=town.committee, task=task, note="没有给话费补贴")
    task.refresh_from_db()
    assert (task.state, task.note) == ("returned", "没有给话费补贴")
    assert Notice.objects.filter(body=town.bodies["urban_mgmt"].code, text__contains="已退回").exists()

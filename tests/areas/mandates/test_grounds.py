"""Grounds, tasks, proofs and purchases (依据、任务、证明、购买服务), as actions."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from linli.areas.mandates import actions as mandates
from linli.areas.mandates import queries
from linli.areas.mandates.flow import AdmissionState, TaskState
from linli.areas.mandates.models import Admission, Ground, ListItem
from linli.commons.actor import SYSTEM
from linli.kit import clock, trail
from linli.kit.errors import BadInput, NotAllowed, RuleBroken, WrongState
from tests.areas.mandates.test_lists import HELP, TODAY, admitted, applied, draft, task, told
from tests.cast import Town

# ---- grounds ----


def test_own_decision_is_the_committees_alone(town: Town) -> None:
    matter = town.matter("路灯照明")
    with pytest.raises(NotAllowed):
        mandates.decide_own(by=town.neighbour, place=town.community, ref="会议决定", matter=matter)
    with pytest.raises(NotAllowed):
        mandates.decide_own(by=town.lead, place=town.community, ref="会议决定", matter=matter)
    ground = mandates.decide_own(by=town.committee, place=town.community, ref="6 月会议决定", matter=matter)
    held = task(town)
    assert held.ground == ground
    assert mandates.close_ground(by=town.committee, ground=ground, why="人手不够") == 1
    with pytest.raises(RuleBroken):
        task(town)


def test_an_exception_exists_in_hunan_only_and_for_grids_only(hubei: Town) -> None:
    until = timezone.now() + timedelta(days=10)
    with pytest.raises(RuleBroken, match="本省草案没有"):
        mandates.approve_exception(
            by=hubei.lead, place=hubei.county, ref="批件", matter=hubei.matter("路灯照明"), valid_to=until
        )


def test_an_exception_lets_a_grid_worker_be_asked_until_its_last_day(hunan: Town) -> None:
    matter = hunan.matter("路灯照明")
    until = timezone.now() + timedelta(days=10)
    with pytest.raises(BadInput, match="90 天"):
        mandates.approve_exception(
            by=hunan.lead, place=hunan.county, ref="批件", matter=matter, valid_to=until + timedelta(days=90)
        )
    ground = mandates.approve_exception(by=hunan.lead, place=hunan.county, ref="批件", matter=matter, valid_to=until)
    grid: dict[str, Any] = {"to": hunan.bodies["grid"], "title": "巡灯", "text": "巡灯", "matter": matter, **HELP}
    held = mandates.assign_task(by=hunan.department, **grid)
    assert held.ground == ground
    with pytest.raises(RuleBroken):
        task(hunan)  # it is no ground for the committee
    Ground.objects.filter(pk=ground.pk).update(
        valid_from=timezone.now() - timedelta(days=2), valid_to=timezone.now() - timedelta(days=1)
    )
    mandates.expire_due(by=SYSTEM)
    held.refresh_from_db()
    assert held.state == TaskState.STOPPED
    with pytest.raises(RuleBroken):
        mandates.assign_task(by=hunan.department, **grid)


def test_an_emergency_order_needs_an_end_and_a_safety_rule_a_safety_matter(town: Town) -> None:
    with pytest.raises(BadInput, match="结束时间"):
        mandates.open_ground(by=town.lead, place=town.county, kind="emergency_order", ref="1 号令")
    with pytest.raises(BadInput, match="安全类"):
        mandates.open_ground(
            by=town.lead, place=town.county, kind="safety_rule", ref="规定", matter=town.matter("路灯照明")
        )
    order = mandates.open_ground(
        by=town.lead,
        place=town.county,
        kind="emergency_order",
        ref="1 号令",
        valid_to=timezone.now() + timedelta(days=3),
    )
    with pytest.raises(RuleBroken):
        task(town)  # an order that names no matter fits none by itself
    assert task(town, ground=order).ground == order


@pytest.mark.parametrize("kind", ["list", "admission"])
def test_an_item_without_a_matter_opens_the_gate_to_its_own_subject_only(town: Town, kind: str) -> None:
    if kind == "list":
        ground = Ground.objects.get(item__task_list=town.publish("assisted", "协助清单", None))
    else:
        ground = Ground.objects.get(admission=admitted(town, matter=None))
    with pytest.raises(RuleBroken):
        task(town, "违章搭建", ground=ground)
    assert task(town, None, ground=ground).ground == ground


# ---- tasks ----


def test_a_refused_street_can_still_ask_the_department_whose_duty_it_is(town: Town) -> None:
    matter = town.matter("路灯照明")
    with pytest.raises(RuleBroken) as refused:
        mandates.assign_task(
            by=town.street_desk, to=town.bodies["committee"], title="修灯", text="修灯", matter=matter, **HELP
        )
    owner = next(end for end in refused.value.ends if end["name"] == "owner")
    assert owner["body"] == town.bodies["urban_mgmt"].code
    row = mandates.refer_task(
        by=town.street_desk,
        place=town.street,
        to=town.bodies["urban_mgmt"],
        title="修灯",
        text="修灯",
        matter=matter,
    )
    assert row.ground.kind == Ground.Kind.OWN_DUTY
    mandates.finish_task(by=town.department, task=row, note="已修好")
    assert row.state == TaskState.DONE


def test_referring_is_no_way_round_the_gate(town: Town) -> None:
    matter = town.matter("路灯照明")
    with pytest.raises(RuleBroken):
        mandates.refer_task(
            by=town.street_desk,
            place=town.street,
            to=town.bodies["committee"],
            title="修灯",
            text="修灯",
            matter=matter,
        )
    with pytest.raises(BadInput):
        mandates.refer_task(
            by=town.street_desk, place=town.street, to=town.bodies["other"], title="修灯", text="修灯", matter=matter
        )
    with pytest.raises(BadInput, match="本单位"):
        mandates.refer_task(by=town.street_desk, place=town.street, to=town.bodies["street"], title="修灯", text="修灯")


def test_what_goes_up_to_the_street_has_an_answer_clock_until_it_is_done(town: Town) -> None:
    row = mandates.assign_task(by=town.department, to=town.bodies["street"], title="协调", text="请协调")
    running = clock.running(row.trail_key, "answer")
    assert running is not None and running.holder == town.bodies["street"].code
    mandates.finish_task(by=town.street_desk, task=row, note="已协调")
    assert clock.running(row.trail_key, "answer") is None


def test_only_the_body_asked_finishes_a_task(town: Town) -> None:
    town.publish("assisted", "协助清单", "路灯照明")
    row = task(town)
    with pytest.raises(NotAllowed):
        mandates.finish_task(by=town.street_desk, task=row, note="完成")
    with pytest.raises(BadInput):
        mandates.finish_task(by=town.committee, task=row, note=" ")
    mandates.finish_task(by=town.committee, task=row, note="三盏不亮")
    with pytest.raises(WrongState):
        mandates.finish_task(by=town.committee, task=row, note="三盏不亮")


# ---- what the pages are made of ----


def test_a_published_list_is_numbered_without_gaps(town: Town) -> None:
    row = draft(town)
    for title in ("走访老人", "张贴通知", "登记需求"):
        mandates.add_item(by=town.lead, task_list=row, title=title, basis="有关条例")
    mandates.drop_item(by=town.lead, task_list=row, number=1)
    mandates.publish_list(by=town.lead, task_list=row)
    assert list(row.items.values_list("number", "title")) == [(1, "张贴通知"), (2, "登记需求")]
    assert sorted(Ground.objects.filter(item__task_list=row).values_list("ref", flat=True)) == [
        "协助政府工作事项清单第 1 项",
        "协助政府工作事项清单第 2 项",
    ]


def test_what_a_grid_was_admitted_to_is_no_work_of_the_committee(town: Town) -> None:
    town.publish("grid", "网格清单", "路灯照明")
    own = admitted(town)
    grid = applied(town, bearer="grid")
    mandates.review_admission(by=town.lead, admission=grid, opinion="网格担得起")
    mandates.approve_admission(by=town.lead, admission=grid, term_from=TODAY(), term_to=TODAY(), why="确有需要")
    mandates.publish_admission(by=town.lead, admission=grid)
    assert queries.charter_of(town.committee, town.community.code).admitted == [own]


def test_an_approval_whose_term_is_over_is_not_published(town: Town) -> None:
    row = applied(town)
    mandates.review_admission(by=town.lead, admission=row, opinion="担得起")
    mandates.approve_admission(by=town.lead, admission=row, term_from=TODAY(), term_to=TODAY(), why="需要")
    Admission.objects.filter(pk=row.pk).update(
        term_from=TODAY() - timedelta(days=9), term_to=TODAY() - timedelta(days=1)
    )
    with pytest.raises(RuleBroken, match="已经过了"):
        mandates.publish_admission(by=town.lead, admission=row)
    row.refresh_from_db()
    assert row.state == AdmissionState.APPROVED and not Ground.objects.filter(admission=row).exists()


def test_a_grid_refusal_speaks_of_exceptions_only_where_the_draft_knows_them(town: Town) -> None:
    with pytest.raises(RuleBroken) as refused:
        mandates.pass_gate(by=town.hotline, to=town.bodies["grid"], matter=town.matter("路灯照明"))
    assert ("经批准的例外" in refused.value.message) == (town.pack == "hunan")


# ---- proofs ----


def test_a_proof_rests_on_the_list_and_every_refusal_is_counted(town: Town) -> None:
    row = draft(town, kind="proof", title="证明清单")
    mandates.add_item(by=town.lead, task_list=row, title="居住证明", basis="有关条例")
    mandates.publish_list(by=town.lead, task_list=row)
    values = {"requester": "某银行", "person": "李某", "content": "住在滨江社区"}
    body = town.bodies["committee"]
    proof = mandates.issue_proof(by=town.committee, body=body, title="居住证明", **values)
    assert proof.item == ListItem.objects.get()
    with pytest.raises(RuleBroken) as refused:
        mandates.issue_proof(by=town.committee, body=body, title="婚姻状况证明", **values)
    if town.pack == "hunan":
        assert refused.value.basis == ("hunan.art_7__para_4",)
    else:
        assert refused.value.basis == () and "本草案无此条" in refused.value.message
    with pytest.raises(NotAllowed):
        mandates.issue_proof(by=town.neighbour, body=body, title="居住证明", **values)
    assert queries.proof_figures(town.lead, town.county.code) == [{"requester": "某银行", "issued": 1, "refused": 1}]
    entry = trail.Entry.objects.get(verb="mandates.proof_refused")
    assert "李某" not in entry.note and "李某" not in str(entry.facts)


def test_a_department_may_ask_for_listed_proofs_only(town: Town) -> None:
    town.publish("proof", "证明清单", "路灯照明")
    body = town.bodies["committee"]
    assert mandates.ask_proof(by=town.department, body=body, title="路灯照明").basis == "有关条例"
    with pytest.raises(RuleBroken):
        mandates.ask_proof(by=town.department, body=body, title="无犯罪证明")
    with pytest.raises(NotAllowed):
        mandates.ask_proof(by=town.outsider, body=body, title="路灯照明")


# ---- purchases ----


def test_a_purchase_is_answered_once_and_never_by_the_asker(town: Town) -> None:
    row = mandates.request_purchase(
        by=town.street_desk, place=town.street, title="路灯巡查服务", need="社区不承担", amount=Decimal(20000)
    )
    with pytest.raises(NotAllowed):
        mandates.answer_purchase(by=town.street_desk, request=row, agree=True, answer="同意")
    mandates.answer_purchase(by=town.lead, request=row, agree=True, answer="列入预算")
    assert row.state == "agreed"
    assert any("列入预算" in text for text in told(town.bodies["street"].code))
    with pytest.raises(WrongState):
        mandates.answer_purchase(by=town.lead, request=row, agree=False, answer="不同意")
    with pytest.raises(BadInput):
        mandates.request_purchase(by=town.street_desk, place=town.street, title="服务", need="理由", amount=Decimal(0))

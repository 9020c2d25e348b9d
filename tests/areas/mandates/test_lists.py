"""Lists, admissions, grounds, tasks, proofs and purchases by their actions, in both provinces."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from linli.areas.mandates import actions as mandates
from linli.areas.mandates import queries
from linli.areas.mandates.flow import AdmissionState, ListState, TaskState
from linli.areas.mandates.models import Admission, Assignment, Ground, ListItem, TaskList
from linli.commons.actor import SYSTEM
from linli.commons.roles import Role
from linli.commons.settings import set_setting
from linli.kit import clock, trail
from linli.kit.errors import BadInput, NotAllowed, RuleBroken, WrongState
from linli.kit.notices.models import Notice
from tests.cast import Town, person

TODAY = timezone.localdate
HELP: dict[str, Any] = {"guidance": "城管局王工，每周三来", "conditions": "给两名协管员", "role": "contact"}


def draft(town: Town, kind: str = "assisted", **more) -> TaskList:
    """A draft of the county, to take effect today."""
    start = {"title": "协助政府工作事项清单", "basis": "县政府文件", "effective_from": TODAY()}
    return mandates.draft_list(by=town.lead, place=town.county, kind=kind, **{**start, **more})


def admitted(town: Town, days: int = 30, matter: str | None = "路灯照明") -> Admission:
    """An admission that urban management got for the county, from today."""
    row = applied(town, matter=matter)
    mandates.review_admission(by=town.lead, admission=row, opinion="社区担得起")
    mandates.approve_admission(
        by=town.lead, admission=row, term_from=TODAY(), term_to=TODAY() + timedelta(days=days), why="确有需要"
    )
    return mandates.publish_admission(by=town.lead, admission=row)


def applied(town: Town, matter: str | None = "路灯照明", **more) -> Admission:
    values = {
        "place": town.county,
        "title": "路灯巡查",
        "basis": "城市照明管理规定",
        "reason": "居民最清楚哪里不亮",
        "role": "reflect",
        "frequency": "每月一次",
        "hours": Decimal("4"),
        "money": Decimal("1200"),
        "guidance": "城管局讲解",
        "conditions": "发手电",
        "wanted_from": TODAY() + timedelta(days=60),
        "wanted_to": TODAY() + timedelta(days=400),
        "matter": town.matter(matter) if matter else None,
    }
    return mandates.apply_admission(by=town.department, **{**values, **more})


def task(town: Town, matter: str | None = "路灯照明", **more) -> Assignment:
    """Urban management hands a task to the committee."""
    return mandates.assign_task(
        by=town.department,
        to=town.bodies["committee"],
        title="数一数坏了的路灯",
        text="周五前报数",
        matter=town.matter(matter) if matter else None,
        **{**HELP, **more},
    )


def told(body: str) -> list[str]:
    return list(Notice.objects.filter(body=body).order_by("id").values_list("text", flat=True))


# ---- lists ----


def test_a_draft_lets_nobody_be_asked_until_it_is_published(town: Town) -> None:
    row = draft(town)
    mandates.add_item(by=town.lead, task_list=row, title="路灯报修", matter=town.matter("路灯照明"), basis="有关条例")
    with pytest.raises(RuleBroken):
        task(town)
    mandates.publish_list(by=town.lead, task_list=row)
    assert task(town).ground.item is not None


def test_a_list_cannot_take_effect_before_it_is_published(town: Town) -> None:
    row = draft(town, effective_from=TODAY() - timedelta(days=1))
    mandates.add_item(by=town.lead, task_list=row, title="路灯报修", basis="有关条例")
    with pytest.raises(RuleBroken) as refused:
        mandates.publish_list(by=town.lead, task_list=row)
    assert refused.value.code == "effect_before_publication"
    mandates.edit_list(by=town.lead, task_list=row, title=row.title, basis=row.basis, effective_from=TODAY())
    mandates.publish_list(by=town.lead, task_list=row)
    assert row.state == ListState.PUBLISHED and row.published_on == TODAY()


def test_an_empty_list_cannot_be_published(town: Town) -> None:
    with pytest.raises(RuleBroken) as refused:
        mandates.publish_list(by=town.lead, task_list=draft(town))
    assert refused.value.code == "empty_list"


def test_a_list_published_ahead_opens_the_gate_on_its_day_only(town: Town) -> None:
    row = draft(town, effective_from=TODAY() + timedelta(days=3))
    mandates.add_item(by=town.lead, task_list=row, title="路灯报修", matter=town.matter("路灯照明"), basis="有关条例")
    mandates.publish_list(by=town.lead, task_list=row)
    with pytest.raises(RuleBroken):
        task(town)
    ground = Ground.objects.get(item__task_list=row)
    matter = town.matter("路灯照明")
    found: dict[str, Any] = {"bearer": "committee", "place": town.community.code, "matter": matter}
    assert queries.grounds_for(town.lead, at=ground.valid_from - timedelta(seconds=1), **found) == []
    assert queries.grounds_for(town.lead, at=ground.valid_from, **found) == [ground]


def test_a_new_version_takes_the_items_over_and_replaces_the_old_one_on_its_day(town: Town) -> None:
    first = town.publish("assisted", "协助清单", "路灯照明")
    second = draft(town)
    assert (second.version, [item.title for item in second.items.all()]) == (2, ["路灯照明"])
    mandates.drop_item(by=town.lead, task_list=second, number=1)
    mandates.add_item(by=town.lead, task_list=second, title="噪声劝导", matter=town.matter("噪声扰民"), basis="条例")
    mandates.publish_list(by=town.lead, task_list=second)
    in_force = queries.lists_in_force(town.lead, town.community.code)
    assert list(in_force) == [second], "the day of effect belongs to the new version alone"
    first.refresh_from_db()
    assert first.effective_to == second.effective_from
    with pytest.raises(RuleBroken):
        task(town)
    assert task(town, "噪声扰民").ground.item == second.items.get()


def test_a_version_that_comes_earlier_cuts_off_the_one_announced_for_later(town: Town) -> None:
    first = town.publish("assisted", "协助清单", "路灯照明")
    later = draft(town, effective_from=TODAY() + timedelta(days=20))
    mandates.publish_list(by=town.lead, task_list=later)
    sooner = draft(town, effective_from=TODAY() + timedelta(days=5))
    mandates.publish_list(by=town.lead, task_list=sooner)
    place = town.community.code

    def on(days: int) -> list[TaskList]:
        return list(queries.lists_in_force(town.lead, place, TODAY() + timedelta(days=days)))

    assert [on(0), on(4), on(5), on(20), on(30)] == [[first], [first], [sooner], [sooner], [sooner]]
    for day, expected in ((4, first), (6, sooner), (25, sooner)):
        at = timezone.now() + timedelta(days=day)
        found = queries.grounds_for(town.lead, bearer="committee", place=place, matter=town.matter("路灯照明"), at=at)
        assert [ground.item.task_list for ground in found if ground.item] == [expected]


def test_a_published_list_cannot_be_changed(town: Town) -> None:
    row = town.publish("assisted", "协助清单", "路灯照明")
    with pytest.raises(WrongState):
        mandates.add_item(by=town.lead, task_list=row, title="再加一项", basis="条例")
    with pytest.raises(WrongState):
        mandates.drop_item(by=town.lead, task_list=row, number=1)
    with pytest.raises(WrongState):
        mandates.edit_list(by=town.lead, task_list=row, title="改名", basis="条例", effective_from=TODAY())
    with pytest.raises(WrongState):
        mandates.import_items(by=town.lead, task_list=row, rows=[mandates.Row("再加一项", basis="条例", line=2)])


def test_one_draft_of_a_kind_at_a_time(town: Town) -> None:
    draft(town)
    with pytest.raises(WrongState):
        draft(town)


@pytest.mark.parametrize(
    ("item", "word"),
    [
        ({"title": " "}, "事项名称"),
        ({"title": "开证明"}, "法定依据"),
        ({"title": "开证明", "basis": "条例", "role": "boss"}, "协助方式"),
        ({"title": "路灯照明", "basis": "条例"}, "已经有"),
        ({"title": "长" * 81, "basis": "条例"}, "80"),
    ],
)
def test_a_bad_item_is_refused_with_words_that_help(hunan: Town, item: dict, word: str) -> None:
    hunan.publish("assisted", "协助清单", "路灯照明")
    row = draft(hunan)
    with pytest.raises(BadInput, match=word):
        mandates.add_item(by=hunan.lead, task_list=row, **item)
    assert row.items.count() == 1


def test_import_adds_all_or_nothing_and_names_each_line(town: Town) -> None:
    row = draft(town, kind="proof", title="证明清单")
    rows = [
        mandates.Row("居住证明", basis="有关条例", line=2),
        mandates.Row("单身证明", line=3),
        mandates.Row("居住证明", basis="有关条例", line=4),
    ]
    with pytest.raises(BadInput) as refused:
        mandates.import_items(by=town.lead, task_list=row, rows=rows)
    faults = refused.value.facts["rows"]
    assert len(faults) == 2 and faults[0].startswith("第 3 行") and faults[1].startswith("第 4 行")
    assert row.items.count() == 0
    assert mandates.import_items(by=town.lead, task_list=row, rows=rows[:1]) == 1
    assert list(row.items.values_list("number", "title")) == [(1, "居住证明")]


def test_the_diff_names_what_was_added_dropped_and_changed(town: Town) -> None:
    first = draft(town)
    for title in ("甲", "乙", "丙"):
        mandates.add_item(by=town.lead, task_list=first, title=title, basis="条例")
    mandates.publish_list(by=town.lead, task_list=first)
    assert queries.diff_of(town.lead, first) is None
    second = draft(town)
    mandates.drop_item(by=town.lead, task_list=second, number=2)
    mandates.drop_item(by=town.lead, task_list=second, number=3)
    mandates.add_item(by=town.lead, task_list=second, title="丙", basis="新条例")
    mandates.add_item(by=town.lead, task_list=second, title="丁", basis="条例")
    diff = queries.diff_of(town.lead, second)
    assert diff is not None
    assert ([item.title for item in diff.added], [item.title for item in diff.dropped]) == (["丁"], ["乙"])
    assert [(row.item.title, row.fields) for row in diff.changed] == [("丙", [("法定依据", "条例", "新条例")])]
    assert diff.same == 1


def test_ending_a_list_stops_its_tasks_and_tells_the_sender(town: Town) -> None:
    row = town.publish("assisted", "协助清单", "路灯照明")
    held = task(town)
    other = mandates.assign_task(
        by=town.department, to=town.bodies["street"], title="协调", text="请协调", matter=town.matter("路灯照明")
    )
    with pytest.raises(BadInput):
        mandates.end_list(by=town.lead, task_list=row, why=" ")
    mandates.end_list(by=town.lead, task_list=row, why="条例已废止")
    held.refresh_from_db()
    other.refresh_from_db()
    assert (held.state, other.state) == (TaskState.STOPPED, TaskState.OPEN)
    assert any("已停止" in text and "条例已废止" in text for text in told(town.bodies["urban_mgmt"].code))
    with pytest.raises(RuleBroken):
        task(town)


def test_a_task_goes_on_under_the_new_version_and_stops_when_the_item_is_gone(town: Town) -> None:
    first = draft(town)
    for title in ("路灯照明", "噪声扰民"):
        mandates.add_item(by=town.lead, task_list=first, title=title, matter=town.matter(title), basis="条例")
    mandates.publish_list(by=town.lead, task_list=first)
    kept, gone = task(town), task(town, "噪声扰民")
    second = draft(town)
    mandates.drop_item(by=town.lead, task_list=second, number=2)
    mandates.publish_list(by=town.lead, task_list=second)
    assert mandates.expire_due(by=SYSTEM) == 2
    kept.refresh_from_db()
    gone.refresh_from_db()
    assert kept.state == TaskState.OPEN and kept.ground.item is not None and kept.ground.item.task_list == second
    assert gone.state == TaskState.STOPPED
    assert mandates.expire_due(by=SYSTEM) == 0, "the tick changes nothing the second time"


def test_only_the_lead_body_writes_and_publishes_lists(town: Town) -> None:
    for who in (town.department, town.committee, town.street_desk, town.outsider):
        with pytest.raises(NotAllowed):
            mandates.draft_list(
                by=who, place=town.county, kind="self", title="清单", basis="文件", effective_from=TODAY()
            )


# ---- admissions ----


def test_an_admission_opens_the_gate_for_its_term_and_the_tick_ends_it(town: Town) -> None:
    row = admitted(town, days=10)
    held = task(town)
    assert held.ground.admission == row
    Admission.objects.filter(pk=row.pk).update(
        term_from=TODAY() - timedelta(days=9), term_to=TODAY() - timedelta(days=1)
    )
    assert mandates.expire_due(by=SYSTEM) == 1
    row.refresh_from_db()
    held.refresh_from_db()
    assert (row.state, held.state) == (AdmissionState.EXPIRED, TaskState.STOPPED)
    assert len([text for text in told(town.bodies["urban_mgmt"].code) if "到期" in text]) == 2
    assert mandates.expire_due(by=SYSTEM) == 0
    with pytest.raises(RuleBroken):
        task(town)


def test_withdrawing_an_admission_stops_its_tasks(town: Town) -> None:
    row = admitted(town)
    held = task(town)
    mandates.withdraw_admission(by=town.lead, admission=row, why="社区担不起")
    held.refresh_from_db()
    assert (row.state, held.state) == (AdmissionState.WITHDRAWN, TaskState.STOPPED)


def test_a_body_cannot_review_or_decide_its_own_application(town: Town) -> None:
    own = person(f"insider{town.county.code[:2]}", "内行", town.bodies["lead"], Role.DEPARTMENT)
    row = mandates.apply_admission(
        by=own,
        place=town.county,
        title="养老摸底",
        basis="办法",
        reason="需要",
        role="visit",
        frequency="一次",
        hours=Decimal(2),
        money=Decimal(0),
        guidance="民政局",
        conditions="经费",
        wanted_from=TODAY(),
        wanted_to=TODAY(),
    )
    for step in (
        lambda: mandates.review_admission(by=town.lead, admission=row, opinion="同意"),
        lambda: mandates.approve_admission(by=town.lead, admission=row, term_from=TODAY(), term_to=TODAY(), why="同意"),
        lambda: mandates.refuse_admission(by=town.lead, admission=row, why="不同意"),
    ):
        with pytest.raises(NotAllowed, match="自己的申请"):
            step()


def test_the_lead_time_that_the_county_set_is_held(town: Town) -> None:
    set_setting(
        by=town.lead,
        place=town.county,
        key="mandates.apply_ahead",
        value={"amount": 30, "unit": "working_days"},
        source="县政府办法",
    )
    with pytest.raises(RuleBroken, match="30 个工作日"):
        applied(town, wanted_from=TODAY() + timedelta(days=7))
    assert applied(town, wanted_from=TODAY() + timedelta(days=90)).state == AdmissionState.APPLIED


def test_the_review_keeps_the_whole_load_as_evidence(town: Town) -> None:
    admitted(town)
    row = applied(town, matter=None)
    mandates.review_admission(by=town.lead, admission=row, opinion="已有一项")
    entry = trail.history(row).get(verb="mandates.admission_reviewed")
    assert (entry.facts["admissions"], Decimal(entry.facts["hours"])) == (1, Decimal(4))


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

"""Lists and admissions by their actions, in both provinces."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from linli.areas.mandates import actions as mandates
from linli.areas.mandates import queries
from linli.areas.mandates.flow import AdmissionState, ListState, TaskState
from linli.areas.mandates.models import Admission, Assignment, Ground, TaskList
from linli.commons.actor import SYSTEM
from linli.commons.roles import Role
from linli.commons.settings import set_setting
from linli.kit import trail
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

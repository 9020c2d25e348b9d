"""The task gate, systems.md M3: no route hands a committee or a grid a task without a ground of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from linli.areas.appeals import actions as appeals
from linli.areas.appeals.flow import State
from linli.areas.mandates import actions as mandates
from linli.areas.mandates import queries
from linli.areas.mandates.models import Admission, Assignment, Ground, Role
from linli.commons.models import Body, Place, code_for
from linli.kit import trail
from linli.kit.errors import BadInput, NotAllowed, RuleBroken
from tests.cast import Town, fresh

COMMITTEE = {
    "hubei": {"hotline": ("hubei.art_41__para_1",), "task": ("hubei.art_41__para_1",)},
    "hunan": {"hotline": ("hunan.art_12__para_1",), "task": ("hunan.art_7__para_1",)},
}
GRID = {"hubei": ("hubei.art_41__para_1",), "hunan": ("hunan.art_13__para_2",)}
SUPPORT: dict[str, Any] = {"guidance": "民政局每周到社区辅导一次", "conditions": "配一名专干"}


def basis_of(town: Town, to: str, way: str) -> tuple[str, ...]:
    return GRID[town.pack] if to == "grid" else COMMITTEE[town.pack][way]


def ground(town: Town, **more: Any) -> Ground:
    """A ground straight into the table, as a careless import or a wrong hand would write it."""
    given: dict[str, Any] = {
        "code": code_for("YJ"),
        "kind": "own_decision",
        "bearer": "committee",
        "place": town.community,
        "matter": town.matter("路灯照明"),
        "ref": "居委会决定 1 号",
        "valid_from": timezone.now() - timedelta(days=1),
        "opened_by": "user:0",
    }
    return Ground.objects.create(**{**given, **more})


def admission(
    town: Town, applicant: str = "department", matter: str = "路灯照明", bearer: str = "committee"
) -> Admission:
    """A task of urban management on its way into the communities, published for a term from today."""
    today = timezone.localdate()
    row = mandates.apply_admission(
        by=town.cast[applicant],
        place=town.county,
        title="路灯损坏登记",
        basis="城市照明管理规定",
        reason="需要知道哪些灯坏了",
        role="contact",
        frequency="每月一次",
        hours=Decimal(2),
        money=Decimal(1000),
        wanted_from=today + timedelta(days=1),
        wanted_to=today + timedelta(days=30),
        bearer=bearer,
        matter=town.matter(matter),
        **SUPPORT,
    )
    mandates.review_admission(by=town.lead, admission=row, opinion="负担可以承受")
    mandates.approve_admission(
        by=town.lead, admission=row, term_from=today, term_to=today + timedelta(days=30), why="同意"
    )
    return mandates.publish_admission(by=town.lead, admission=row)


# Routes to a body that already has, or is about to get, an appeal or a task.


def by_dispatch(town: Town, to: Body) -> object:
    return appeals.dispatch_appeal(by=town.hotline, appeal=town.accepted(), to=to, reason="图方便", role="contact")


def by_transfer(town: Town, to: Body) -> object:
    return appeals.transfer_appeal(by=town.hotline, appeal=town.handling(), to=to, reason="改派", role="contact")


def by_helper(town: Town, to: Body) -> object:
    return appeals.add_helper(by=town.hotline, appeal=town.handling(), to=to, reason="协助", role="contact")


def by_ruling(town: Town, to: Body) -> object:
    appeal = town.handling()
    appeals.object_appeal(by=town.department, appeal=appeal, reason="不属于我局职责")
    return appeals.rule_objection(
        by=town.supervisor, appeal=appeal, uphold=True, ruling="改由该单位办理", to=to, role="contact"
    )


def by_part_of_appeal(town: Town, to: Body) -> object:
    appeal = town.handling()
    part = appeal.lead()
    return mandates.assign_task(
        by=town.department,
        to=to,
        title="上门登记",
        text="请登记",
        matter=appeal.matter,
        part_of=part,
        role="contact",
        **SUPPORT,
    )


def by_task(town: Town, to: Body) -> object:
    return mandates.assign_task(
        by=town.department,
        to=to,
        title="上门登记",
        text="请登记",
        matter=town.matter("路灯照明"),
        role="contact",
        **SUPPORT,
    )


def by_bare_task(town: Town, to: Body) -> object:
    return mandates.assign_task(by=town.street_desk, to=to, title="统计报表", text="今天报", role="contact")


def by_part_of_task(town: Town, to: Body) -> object:
    task = mandates.refer_task(
        by=town.street_desk,
        place=town.street,
        to=town.bodies["urban_mgmt"],
        title="路灯排查",
        text="请排查",
        matter=town.matter("路灯照明"),
    )
    return mandates.assign_task(
        by=town.department,
        to=to,
        title="代为排查",
        text="请代办",
        matter=task.matter,
        part_of=task,
        role="contact",
        **SUPPORT,
    )


HOTLINE = [by_dispatch, by_transfer, by_helper, by_ruling, by_part_of_appeal]
TASK = [by_task, by_bare_task, by_part_of_task]
Route = Callable[[Town, Body], object]


@pytest.mark.parametrize("to", ["committee", "grid"])
@pytest.mark.parametrize("route", [*HOTLINE, *TASK], ids=lambda route: route.__name__)
def test_no_route_passes_without_a_ground(town: Town, route: Route, to: str) -> None:
    before = trail.Entry.objects.count()
    with pytest.raises(RuleBroken) as refused:
        route(town, town.bodies[to])
    said = refused.value
    basis = basis_of(town, to, "hotline" if route in HOTLINE else "task")
    assert (said.code, said.basis) == ("off_list", basis)
    assert {"street", "purchase"} <= {end["name"] for end in said.ends}
    assert Assignment.objects.filter(body=town.bodies[to]).count() == 0
    evidence = trail.Entry.objects.get(verb="mandates.refused")
    assert evidence.basis == list(basis)
    assert evidence.facts["target"] == town.bodies[to].code
    assert evidence.body == evidence.facts["sender"] != ""
    assert trail.Entry.objects.count() > before
    assert list(trail.verify()) == []


def test_a_refusal_offers_owner_street_and_purchase(town: Town) -> None:
    with pytest.raises(RuleBroken) as refused:
        by_dispatch(town, town.bodies["committee"])
    ends = {end["name"]: end for end in refused.value.ends}
    assert list(ends) == ["owner", "street", "purchase"]
    assert ends["owner"]["body"] == town.bodies["urban_mgmt"].code
    assert ends["street"]["body"] == town.bodies["street"].code


def test_refusals_are_counted_per_sender(town: Town) -> None:
    for _ in range(2):
        with pytest.raises(RuleBroken):
            by_dispatch(town, town.bodies["committee"])
    with pytest.raises(RuleBroken):
        by_task(town, town.bodies["grid"])
    with pytest.raises(NotAllowed):  # a missing power is no refusal at the gate
        appeals.dispatch_appeal(by=town.department, appeal=town.accepted(), to=town.bodies["committee"], reason="推")
    counted = [(row["code"], row["count"]) for row in queries.refusals_by_sender(town.lead, town.county.code)]
    assert counted == [(town.bodies["hotline"].code, 2), (town.bodies["urban_mgmt"].code, 1)]
    assert queries.refusals_by_sender(town.lead, "429998" if town.pack == "hubei" else "439998") == []


def test_a_missing_power_is_evidence_without_an_article(town: Town) -> None:
    with pytest.raises(NotAllowed):
        mandates.draft_list(
            by=town.committee,
            place=town.county,
            kind="self",
            title="甲",
            basis="乙",
            effective_from=timezone.localdate(),
        )
    evidence = trail.Entry.objects.get(verb="mandates.refused")
    assert (evidence.facts["code"], evidence.basis) == ("no_power", [])


WRONG: dict[str, Callable[[Town], dict[str, Any]]] = {
    "of the sibling community": lambda town: {"place": town.sibling},
    "of another matter": lambda town: {"matter": town.matter("违章搭建")},
    "of an agency": lambda town: {"kind": "own_duty", "bearer": "agency", "ref": town.bodies["committee"].code},
    "of a grid": lambda town: {"kind": "exception", "bearer": "grid", "valid_to": timezone.now() + timedelta(days=9)},
    "expired": lambda town: {"valid_to": timezone.now() - timedelta(minutes=1)},
    "closed": lambda town: {"closed_at": timezone.now()},
    "of the future": lambda town: {"valid_from": timezone.now() + timedelta(days=1)},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_ground_that_does_not_fit_is_none(town: Town, wrong: str) -> None:
    bad = ground(town, **WRONG[wrong](town))
    appeal = town.accepted()
    for named in (None, bad):  # neither found by itself nor named by hand
        with pytest.raises(RuleBroken) as refused:
            appeals.dispatch_appeal(
                by=town.hotline, appeal=appeal, to=town.bodies["committee"], ground=named, role="contact"
            )
        assert refused.value.basis == COMMITTEE[town.pack]["hotline"]
    assert fresh(appeal).state == State.ACCEPTED
    assert Assignment.objects.count() == 0


def test_a_general_ground_must_be_named_by_hand(town: Town) -> None:
    order = mandates.open_ground(
        by=town.lead,
        place=town.county,
        kind="emergency_order",
        ref="防汛应急命令",
        valid_to=timezone.now() + timedelta(days=3),
    )
    appeal = town.accepted()
    with pytest.raises(RuleBroken):
        appeals.dispatch_appeal(by=town.hotline, appeal=appeal, to=town.bodies["committee"])
    row = appeals.dispatch_appeal(by=town.hotline, appeal=appeal, to=town.bodies["committee"], ground=order)
    assert row.ground_id == order.pk


def test_a_grid_of_a_longer_number_is_another_grid(hunan: Town) -> None:
    first = Place.objects.create(code=f"{hunan.community.code}-W1", name="甲网格", level="grid")
    tenth = Place.objects.create(code=f"{hunan.community.code}-W10", name="乙网格", level="grid")
    body = Body.objects.create(code=f"{tenth.code}-grid", name="乙网格", kind="grid", place=tenth)
    exception = mandates.approve_exception(
        by=hunan.lead,
        place=first,
        ref="县批 7 号",
        matter=hunan.matter("路灯照明"),
        valid_to=timezone.now() + timedelta(days=9),
    )
    with pytest.raises(RuleBroken) as refused:
        appeals.dispatch_appeal(by=hunan.hotline, appeal=hunan.accepted(), to=body, ground=exception)
    assert refused.value.basis == GRID["hunan"]


def raw_row(town: Town, to: Body, given: Ground, **more: Any) -> Assignment:
    row: dict[str, Any] = {
        "code": f"J{Assignment.objects.count():012d}",
        "subject": "task:raw",
        "title": "绕过系统",
        "place": town.community,
        "matter": given.matter,
        "sender": town.bodies["urban_mgmt"],
        "body": to,
        "ground": given,
        "lead": False,
    }
    return Assignment(**{**row, **more})


RAW: dict[str, Callable[[Assignment], object]] = {
    "insert": lambda row: row.save(),
    "bulk_create": lambda row: Assignment.objects.bulk_create([row]),
}


@pytest.mark.parametrize("way", RAW)
@pytest.mark.parametrize("wrong", ["of the sibling community", "of another matter", "of an agency", "of a grid"])
def test_the_database_refuses_what_the_actions_never_saw(town: Town, way: str, wrong: str) -> None:
    bad = ground(town, **WRONG[wrong](town))
    row = raw_row(town, town.bodies["committee"], bad, matter=town.matter("路灯照明"))
    with pytest.raises(DatabaseError), transaction.atomic():
        RAW[way](row)
    assert Assignment.objects.count() == 0
    good = ground(town)
    RAW[way](raw_row(town, town.bodies["committee"], good))  # the same way is open to a ground that fits
    assert Assignment.objects.count() == 1


def test_the_database_refuses_an_assignment_without_a_ground(town: Town) -> None:
    row = raw_row(town, town.bodies["committee"], ground(town))
    setattr(row, "ground_id", None)  # noqa: B010  the type knows better; a careless import does not
    with pytest.raises(DatabaseError), transaction.atomic():
        row.save()


def test_raw_sql_meets_the_same_gate(town: Town) -> None:
    own = mandates.pass_gate(by=town.hotline, to=town.bodies["urban_mgmt"], matter=None)
    row = raw_row(town, town.bodies["urban_mgmt"], own)
    row.save()
    names = [
        field.column for field in Assignment._meta.concrete_fields if field.column not in ("id", "code", "body_id")
    ]
    columns = ", ".join(f'"{name}"' for name in names)
    sql = (
        f"INSERT INTO mandates_assignment (code, body_id, {columns}) SELECT %s, %s, {columns} FROM mandates_assignment"
        " WHERE id = %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, ["J-copy", town.bodies["urban_mgmt"].code, row.pk])
        assert Assignment.objects.count() == 2
        for to in ("committee", "grid", "housing"):
            with pytest.raises(DatabaseError), transaction.atomic():
                cursor.execute(sql, [f"J-{to}", town.bodies[to].code, row.pk])
    assert Assignment.objects.count() == 2


def test_an_assignment_cannot_be_bent_afterwards(town: Town) -> None:
    own = mandates.pass_gate(by=town.hotline, to=town.bodies["urban_mgmt"], matter=None)
    row = raw_row(town, town.bodies["urban_mgmt"], own)
    row.save()
    kept = raw_row(town, town.bodies["committee"], ground(town), code="J-kept")
    kept.save()
    rows = Assignment.objects.filter(pk=row.pk)
    bends: list[Callable[[], object]] = [
        lambda: rows.update(body=town.bodies["committee"]),
        lambda: rows.update(body=town.bodies["grid"]),
        lambda: rows.update(ground=ground(town)),
        lambda: Assignment.objects.filter(pk=kept.pk).update(ground=own),
        lambda: Assignment.objects.filter(pk=kept.pk).update(ground=None),
        lambda: Assignment.objects.filter(pk=kept.pk).update(matter=town.matter("违章搭建")),
        lambda: Assignment.objects.filter(pk=kept.pk).update(body=town.bodies["sibling"]),
    ]
    for bend in bends:
        with pytest.raises(DatabaseError), transaction.atomic():
            bend()


def test_the_gate_is_not_tricked_by_a_change_of_matter(town: Town) -> None:
    town.publish("self", "自治事项清单", "路灯照明")
    appeal = town.handling("committee")
    with pytest.raises(Exception, match="已分派") as refused:
        appeals.classify_appeal(
            by=town.hotline, appeal=appeal, matter=town.matter("违章搭建"), kind="投诉", place=town.community
        )
    assert refused.type.__name__ == "WrongState"
    assert fresh(appeal).matter == town.matter("路灯照明")


def test_only_the_holder_hands_on_a_part(town: Town) -> None:
    appeal = town.handling()
    with pytest.raises(NotAllowed):
        mandates.assign_task(
            by=town.housing, to=town.bodies["urban_mgmt"], title="代办", text="代办", part_of=appeal.lead()
        )


def test_escalation_to_the_street_needs_no_list(town: Town) -> None:
    town.publish("self", "自治事项清单", "路灯照明")
    appeal = town.handling("committee")
    row = appeals.escalate_appeal(by=town.committee, appeal=appeal, reason="需要登高车，社区没有")
    assert (row.body, row.ground.kind) == (town.bodies["street"], Ground.Kind.OWN_DUTY)
    with pytest.raises(NotAllowed):  # what is not held cannot be handed up
        appeals.escalate_appeal(by=town.committee, appeal=fresh(appeal), reason="再报一次")


def test_an_assisted_task_names_a_role_in_hunan_only(hubei: Town, hunan: Town) -> None:
    for town in (hubei, hunan):
        town.publish("assisted", "协助政府工作事项清单", "路灯照明")
    appeal = hunan.accepted()
    for role in ("", "boss"):
        with pytest.raises(BadInput, match="六种") as refused:
            appeals.dispatch_appeal(by=hunan.hotline, appeal=appeal, to=hunan.bodies["committee"], role=role)
        assert refused.value.code == "role_missing"
    for role in Role.values:
        row = appeals.dispatch_appeal(
            by=hunan.hotline, appeal=hunan.accepted(), to=hunan.bodies["committee"], role=role
        )
        assert row.role == role
    row = appeals.dispatch_appeal(by=hubei.hotline, appeal=hubei.accepted(), to=hubei.bodies["committee"])
    assert row.role == ""


def test_guidance_conditions_and_funds_are_recorded(town: Town) -> None:
    admission(town)
    with pytest.raises(BadInput) as refused:
        mandates.assign_task(
            by=town.department,
            to=town.bodies["committee"],
            title="登记",
            text="请登记",
            matter=town.matter("路灯照明"),
            role="contact",
        )
    assert refused.value.code == "conditions_missing"
    row = mandates.assign_task(
        by=town.department,
        to=town.bodies["committee"],
        title="登记",
        text="请登记",
        matter=town.matter("路灯照明"),
        role="contact",
        funds=Decimal("800.50"),
        **SUPPORT,
    )
    row.refresh_from_db()
    assert (row.guidance, row.conditions, row.funds) == (*SUPPORT.values(), Decimal("800.50"))
    facts = trail.Entry.objects.get(verb="mandates.assigned").facts
    assert (facts["guidance"], facts["conditions"], facts["funds"]) == (*SUPPORT.values(), "800.50")

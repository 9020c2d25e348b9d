"""Scope: closed by default; what is out of it is not found."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import Q

from linli.areas.appeals.models import Appeal, Card, Extension, Objection
from linli.areas.mandates.models import (
    Admission,
    Assignment,
    Ground,
    ListItem,
    Matter,
    Proof,
    PurchaseRequest,
    TaskList,
)
from linli.commons.models import Body, Place, Post, Setting
from linli.kit.errors import NotVisible
from linli.kit.notices.models import Notice
from linli.kit.scope import covers, get_visible, prefixes, under, visible_to
from linli.kit.trail import Entry
from tests.cast import Town


@pytest.mark.parametrize(
    ("code", "steps"),
    [
        ("", [""]),
        ("42", ["", "42"]),
        ("429999", ["", "42", "4299", "429999"]),
        ("429999001001", ["", "42", "4299", "429999", "429999001", "429999001001"]),
        ("429999001001-W1", ["", "42", "4299", "429999", "429999001", "429999001001", "429999001001-W1"]),
        (
            "429999001001-E1-W1",
            ["", "42", "4299", "429999", "429999001", "429999001001", "429999001001-E1", "429999001001-E1-W1"],
        ),
    ],
)
def test_all_places_above(code: str, steps: list[str]) -> None:
    assert prefixes(code) == steps
    assert all(covers(step, code) for step in steps)


@pytest.mark.parametrize(
    ("above", "code"),
    [
        ("429999001001-W1", "429999001001-W10"),
        ("429999001001-W1", "429999001001"),
        ("4299990", "429999001"),
        ("43", "429999"),
        ("429999001002", "429999001001-W1"),
    ],
)
def test_what_does_not_lie_above(above: str, code: str) -> None:
    assert not covers(above, code)


@pytest.mark.django_db
def test_prefix_search_agrees_with_the_tree() -> None:
    codes = [
        "42",
        "429999",
        "429999001",
        "429999001001",
        *(f"429999001001-W{n}" for n in (1, 10, 11, 2)),
        "429999001001-W1-A",
    ]
    for code in codes:
        Place.objects.create(code=code, name=code, level="grid")
    for above in codes:
        found = set(Place.objects.filter(under("code", above)).values_list("code", flat=True))
        assert found == {code for code in codes if covers(above, code)}


def test_a_prefix_through_a_foreign_key(town: Town) -> None:
    for lookup in ("place_id", "place__code"):
        assert Body.objects.filter(under(lookup, town.street.code)).count() == 5
    assert Assignment.objects.filter(under("body__place_id", town.county.code)).count() == 0


@pytest.mark.parametrize(
    "model",
    [
        Appeal,
        Objection,
        Extension,
        Card,
        Assignment,
        Ground,
        TaskList,
        ListItem,
        Admission,
        PurchaseRequest,
        Proof,
        Notice,
    ],
)
def test_every_declared_path_can_be_asked_by_everybody(town: Town, model: Any) -> None:
    for who in town.cast.values():
        assert visible_to(who, model.objects.all()).count() == 0


@pytest.mark.parametrize("model", [Entry, Post])
def test_what_declares_nothing_is_seen_by_nobody(town: Town, model: Any) -> None:
    town.file()
    assert model.objects.count() > 0
    for who in town.cast.values():
        assert not visible_to(who, model.objects.all()).exists()


SEES = {
    # an oracle written by hand: who sees an appeal that urban management handles in the community 滨江
    "grid_worker": False,
    "committee": True,
    "neighbour": False,
    "street_desk": True,
    "department": True,
    "housing": False,
    "firm": False,
    "hotline": True,
    "supervisor": True,
    "lead": True,
    "province": True,
    "outsider": False,
    "admin": False,
    "security": False,
    "auditor": False,
    "congress": False,
    "resident": False,
}


def test_who_sees_an_appeal(town: Town) -> None:
    appeal = town.handling()
    assert SEES.keys() == town.cast.keys()
    for name, who in town.cast.items():
        assert visible_to(who, Appeal.objects.all()).filter(pk=appeal.pk).exists() == SEES[name], name
        if not SEES[name]:
            with pytest.raises(NotVisible) as hidden:
                get_visible(who, Appeal.objects.all(), number=appeal.number)
            with pytest.raises(NotVisible) as absent:
                get_visible(who, Appeal.objects.all(), number="00000000000000")
            assert hidden.value.message == absent.value.message


def test_nobody_sees_the_other_province(hubei: Town, hunan: Town) -> None:
    appeal = hubei.handling()
    for who in hunan.cast.values():
        assert not visible_to(who, Appeal.objects.filter(pk=appeal.pk)).exists()


def test_lists_of_the_county_show_in_the_community(town: Town) -> None:
    row = town.publish("self", "自治事项清单", "路灯照明")
    TaskList.objects.filter(pk=row.pk).update(state="draft")  # no way by being public
    assert visible_to(town.committee, TaskList.objects.all()).count() == 1
    assert visible_to(town.outsider, TaskList.objects.all()).count() == 0
    assert visible_to(town.resident, TaskList.objects.all()).count() == 0
    assert visible_to(town.resident, Matter.objects.filter(Q(code__gt=""))).exists()
    assert visible_to(town.resident, Setting.objects.all()).count() == 0


def test_a_row_of_a_running_import_is_nobodys(town: Town) -> None:
    appeal = town.handling()
    Appeal.everything.filter(pk=appeal.pk).update(shown=False)
    for who in town.cast.values():
        assert not visible_to(who, Appeal.objects.all()).exists()

"""Actions: atomic, allowed, written down; a refusal rolls back and stays on record."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.db import transaction

from linli.commons.actor import RESIDENT, SYSTEM, Actor
from linli.commons.models import Place, Setting
from linli.commons.settings import apply_preset, set_setting
from linli.kit import trail
from linli.kit.action import REGISTRY, action
from linli.kit.errors import BadInput, NotAllowed, NotVisible, RuleBroken, TooMany, WrongState
from linli.kit.limiter import Attempt
from linli.kit.trail import Entry

pytestmark = pytest.mark.django_db

CLERK = Actor("user:1", "甲局 张三", frozenset({"trial.work"}), "429999001")


@dataclass(frozen=True)
class Thing:
    """Something in a place."""

    place_code: str = "429999001001"
    trail_key: str = "thing:1"


@action("trial.work")
def do_work(*, by: Actor, thing: Thing, refuse: Exception | None = None, silent: bool = False) -> str:
    """Write a row and a line, or refuse after it."""
    Place.objects.create(code="429999001009", name="新社区", level="community")
    if not silent:
        trail.record("trial.worked", thing, by=by)
    if refuse is not None:
        raise refuse
    return "done"


@action("trial.work")
def do_both(*, by: Actor, thing: Thing, refuse: Exception | None = None) -> str:
    """An action that calls another one."""
    trail.record("trial.begun", thing, by=by)
    return do_work(by=by, thing=thing, refuse=refuse)


@action("trial.work", at="place")
def do_there(*, by: Actor, day: str, place: str) -> None:
    """An action whose place is a bare code."""
    trail.record("trial.done_there", Thing(place), by=by)


def verbs() -> list[str]:
    return list(Entry.objects.order_by("id").values_list("verb", flat=True))


def test_an_action_writes_its_row_and_its_line() -> None:
    assert do_work(by=CLERK, thing=Thing()) == "done"
    assert verbs() == ["trial.worked"]
    assert Place.objects.filter(code="429999001009").exists()


def test_a_nested_action_writes_once_in_order() -> None:
    do_both(by=CLERK, thing=Thing())
    assert verbs() == ["trial.begun", "trial.worked"]
    assert list(trail.verify()) == []


@pytest.mark.parametrize("run", [do_work, do_both])
@pytest.mark.parametrize(
    ("refusal", "kept"),
    [
        (RuleBroken("不行", code="rule", basis=("hubei.art_41__para_1",), facts={"n": 1}), True),
        (NotAllowed("不行", code="mine"), True),
        (BadInput("填错了"), False),
        (WrongState("晚了"), False),
        (NotVisible(), False),
        (TooMany("太多"), False),
    ],
    ids=lambda value: getattr(type(value), "__name__", value),
)
def test_a_refusal_rolls_everything_back_and_stays_on_record(run, refusal, kept: bool) -> None:
    with pytest.raises(type(refusal)):
        run(by=CLERK, thing=Thing(), refuse=refusal)
    assert not Place.objects.filter(code="429999001009").exists()
    assert verbs() == (["trial.refused"] if kept else [])
    if kept:
        line = Entry.objects.get()
        assert (line.actor, line.subject, line.place) == (CLERK.code, "thing:1", "429999001001")
        assert line.basis == list(refusal.basis) and line.facts["code"] == refusal.code
    assert trail.buffer.get() is None


def test_evidence_outlives_an_outer_transaction_that_its_caller_rolls_back() -> None:
    with pytest.raises(RuleBroken) as refused, transaction.atomic():
        do_work(by=CLERK, thing=Thing(), refuse=RuleBroken("不行"))
    assert verbs() == []  # the outer transaction took it back …
    trail.write([refused.value.evidence])  # … and whoever opened that writes it again, as `once` does
    assert verbs() == ["trial.refused"]


def test_a_crash_leaves_nothing() -> None:
    with pytest.raises(ZeroDivisionError):
        do_work(by=CLERK, thing=Thing(), refuse=ZeroDivisionError())
    assert verbs() == [] and not Place.objects.exists() and trail.buffer.get() is None


def test_an_action_without_a_line_fails_in_strict_mode() -> None:
    with pytest.raises(AssertionError, match="wrote no trail entry"):
        do_work(by=CLERK, thing=Thing(), silent=True)
    assert not Place.objects.exists()


def test_outside_strict_mode_a_missing_line_stops_nobody(settings) -> None:
    settings.LINLI_STRICT = False
    assert do_work(by=CLERK, thing=Thing(), silent=True) == "done"


@pytest.mark.parametrize("place", ["429999002001", "429998001001", "42", "", "429999"])
def test_a_power_ends_at_its_place(place: str) -> None:
    with pytest.raises(NotAllowed):
        do_work(by=CLERK, thing=Thing(place))
    with pytest.raises(NotAllowed):
        do_there(by=CLERK, day="今天", place=place)


def test_a_bare_code_is_a_place_too() -> None:
    do_there(by=CLERK, day="今天", place="429999001001-W01")
    assert verbs() == ["trial.done_there"]


def test_a_resident_has_no_office() -> None:
    with pytest.raises(NotAllowed, match="居民"):
        do_work(by=RESIDENT, thing=Thing())


def test_positional_arguments_are_not_taken() -> None:
    with pytest.raises(KeyError):
        do_work(CLERK, Thing())  # type: ignore[call-arg]


def test_a_line_outside_an_action_is_an_error() -> None:
    with pytest.raises(RuntimeError):
        trail.record("trial.worked", Thing(), by=CLERK)


def test_actions_are_registered_by_name() -> None:
    found = REGISTRY[f"{__name__}.do_work"]
    assert found.power == "trial.work"  # type: ignore[attr-defined]


def test_a_refusal_in_the_middle_of_many_leaves_none() -> None:
    county = Place.objects.create(code="429999", name="县", level="county")
    many = apply_preset(by=SYSTEM, place=county, preset="shandong")
    assert len(many) == Setting.objects.count() == 3
    with pytest.raises(BadInput):
        set_setting(by=SYSTEM, place=county, key="appeals.handle", value={"amount": 0, "unit": "days"})
    with pytest.raises(BadInput):
        apply_preset(by=SYSTEM, place=county, preset="none")
    assert Setting.objects.count() == 3
    assert Attempt.objects.count() == 0

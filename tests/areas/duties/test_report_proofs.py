"""What the steps of reports and of tolerance prove on the duty board (履职留痕): the duty of the body that acts, of the article it rests on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from linli.areas.duties import actions as duties
from linli.areas.duties import queries
from linli.areas.duties.flow import State
from linli.commons.models import Body
from linli.site.where import Named, subject
from tests.areas.duties.test_reports import again, in_days, ordered, report
from tests.areas.duties.test_tolerance import applied, second, situation
from tests.cast import Town


def state_on_board(town: Town, who: str, duty: str) -> State:
    body = Body.objects.select_related("place").get(pk=town.bodies[who].pk)
    (line,) = queries.board_of(queries.snapshot_of(body.place), body, [duty]).lines
    return line.state


def test_accepting_and_closing_a_report_is_the_desks_own_duty_done(hubei: Town) -> None:
    row = report(hubei, "urban_mgmt", "neglect")
    assert state_on_board(hubei, "lead", "accept_complaints") == State.NO_STANDARD
    duties.accept_report(by=hubei.lead, report=row)
    assert state_on_board(hubei, "lead", "accept_complaints") == State.DONE
    assert state_on_board(hubei, "lead", "handle_complaints") == State.NO_STANDARD
    duties.close_report(by=hubei.lead, report=again(row), outcome="unfounded", reply="到现场核实，没有这回事。")
    assert state_on_board(hubei, "lead", "handle_complaints") == State.DONE
    for who in ("urban_mgmt", "street"):
        assert state_on_board(hubei, who, "accept_complaints") == State.NO_STANDARD


def test_a_report_turned_away_is_no_acceptance(hubei: Town) -> None:
    duties.decline_report(by=hubei.lead, report=report(hubei), reply="不属于本条例规定的事项。")
    assert state_on_board(hubei, "lead", "accept_complaints") == State.NO_STANDARD


@pytest.mark.parametrize(
    ("on", "breach", "proved", "others"),
    [
        ("street", "push_down", "correct_push_down", ("correct_state_bodies", "government_orders_committee")),
        ("urban_mgmt", "neglect", "correct_state_bodies", ("correct_push_down", "government_orders_committee")),
    ],
)
def test_an_order_proves_the_duty_of_its_own_article_alone(
    hubei: Town, on: str, breach: str, proved: str, others: tuple[str, ...]
) -> None:
    ordered(hubei, on=on, breach=breach)
    assert state_on_board(hubei, "lead", proved) == State.DONE
    assert [state_on_board(hubei, "lead", duty) for duty in others] == [State.NONE] * 2
    body = Body.objects.select_related("place").get(pk=hubei.bodies["lead"].pk)
    snap = queries.snapshot_of(body.place)
    assert queries.evidence_of(snap, body, snap.pack.duty(proved)).count() == 1
    assert not queries.evidence_of(snap, body, snap.pack.duty(others[0])).exists()


def test_a_street_that_orders_itself_has_done_its_duty_and_one_that_keeps_the_record_has_not(hubei: Town) -> None:
    def order(breach: str, **more: Any) -> None:
        row = report(hubei, "committee", breach)
        duties.accept_report(by=hubei.street_desk, report=row)
        duties.order_correction(
            by=hubei.street_desk, report=again(row), text="把本周的值班表补齐并公开。", due_on=in_days(9), **more
        )

    order("neglect", resolution="2026 年第三次居民会议决议")
    assert state_on_board(hubei, "street", "government_orders_committee") == State.NONE
    order("worker", resolution="社区两委 9 月 3 日决定")
    assert state_on_board(hubei, "street", "township_handles_worker") == State.NONE
    row = report(hubei, "committee", "neglect")
    duties.accept_report(by=hubei.street_desk, report=row)
    duties.pass_report_up(by=hubei.street_desk, report=again(row))
    row = again(row)
    assert row.corrector == "township" and row.desk == hubei.bodies["street"]
    duties.accept_report(by=hubei.street_desk, report=row)
    duties.order_correction(
        by=hubei.street_desk, report=again(row), text="把本周的值班表补齐并公开。", due_on=in_days(9)
    )
    assert state_on_board(hubei, "street", "government_orders_committee") == State.DONE


def test_evidence_holds_for_the_countys_period_and_not_beyond(hubei: Town) -> None:
    ordered(hubei)
    body = Body.objects.select_related("place").get(pk=hubei.bodies["lead"].pk)
    later = timezone.localdate() + timedelta(days=400)
    (line,) = queries.board_of(queries.snapshot_of(body.place, later), body, ["correct_push_down"]).lines
    assert line.state == State.LATE


def test_who_does_not_handle_reports_learns_that_there_was_one_not_which(hubei: Town) -> None:
    key = report(hubei).trail_key
    assert subject(key, hubei.lead).url and key.partition(":")[2] in subject(key, hubei.lead).label
    assert subject(key, hubei.committee) == Named("检举")


def test_situations_named_and_applications_decided_prove_two_duties_and_not_the_mechanism(hunan: Town) -> None:
    names = ("tolerance_situations", "tolerance_procedure", "tolerance_mechanism")
    situation(hunan)
    assert [state_on_board(hunan, "lead", one) for one in names] == [State.DONE, State.NONE, State.NONE]
    row = applied(hunan)
    duties.examine_tolerance(by=hunan.lead, tolerance=row, opinion="情况属实，已补正。")
    assert state_on_board(hunan, "lead", names[1]) == State.NONE, "examined is not decided"
    duties.decide_tolerance(by=second(hunan), tolerance=row, effect="none", decision="不符合这一情形。")
    assert [state_on_board(hunan, "lead", one) for one in names] == [State.DONE, State.DONE, State.NONE]

"""What the rules find is stored as it changes, and can be asked for as of any day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from linli.areas.duties import actions, queries
from linli.areas.duties.actions import judge_county, judge_due
from linli.areas.duties.models import Judging, Standing
from linli.areas.duties.queries.judging import found_in
from linli.areas.mandates.models import TaskList
from linli.commons.facts import enter_fact
from linli.commons.models import Place, User
from linli.kit.errors import BadInput, WrongState
from linli.kit.trail import Entry
from linli.law.load import load_pack
from tests.cast import Town

TODAY = timezone.localdate()


def day(back: int) -> date:
    return TODAY - timedelta(days=back)


def county(town: Town) -> Place:
    return Place.objects.get(code=town.community.code[:6])


def tell(town: Town, back: int, **values: Any) -> None:
    for measure, value in values.items():
        enter_fact(
            by=town.committee,
            place=town.community,
            measure=measure,
            value=Decimal(value),
            as_of=day(back),
            source="名册",
        )


def user(town: Town, who: str) -> User:
    found = town.cast[who].user
    assert found is not None
    return found


def held(town: Town, on: date, duty: str = "staffing_number") -> str:
    row = queries.standing_on(Standing.objects.filter(place=town.community, duty=duty), on).first()
    return row.verdict if row is not None else ""


@pytest.fixture
def duty() -> str:
    """The rule of HB 14 on how many workers a community needs."""
    return next(
        one.id
        for one in load_pack("hubei").duties
        if one.rule is not None and one.rule.keys.get("measure") == "workers"
    )


def test_only_changes_are_stored_and_any_day_can_be_asked(hubei: Town, duty: str) -> None:
    tell(hubei, 40, residents=12_000, workers=20)
    first = judge_county(county(hubei), day(30))
    assert first.changed == Standing.objects.count() > 0
    assert judge_county(county(hubei), day(29)).changed == 0
    tell(hubei, 10, workers=22)
    assert judge_county(county(hubei), day(9)).changed >= 2
    tell(hubei, 5, workers=19)
    judge_county(county(hubei), day(4))
    assert [held(hubei, day(back), duty) for back in (31, 30, 10, 9, 5, 4, 0)] == [
        "", "unmet", "unmet", "met", "met", "unmet", "unmet"
    ]  # fmt: skip
    row = Standing.objects.get(place=hubei.community, duty=duty, until=None)
    assert (row.need, row.have, row.gap) == (21.6, 19, 3)
    assert queries.sentence_of(row).startswith("需 21.6，有 19，缺 3")


def test_the_state_of_a_county_on_a_day_is_one_query(hubei: Town) -> None:
    tell(hubei, 3, residents=12_000, workers=20)
    judge_county(county(hubei), day(2))
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert list(queries.standing_on(queries.standings_seen(hubei.lead), TODAY))
    assert len(asked) == 1


def test_a_second_run_on_the_same_day_takes_the_place_of_the_first(hubei: Town, duty: str) -> None:
    tell(hubei, 9, residents=12_000, workers=20)
    judge_county(county(hubei), day(8))
    tell(hubei, 0, workers=30)
    judge_county(county(hubei), TODAY)
    assert held(hubei, TODAY, duty) == "met"
    tell(hubei, 0, workers=20)  # the correction of a slip
    judge_county(county(hubei), TODAY)
    assert [(row.verdict, row.since, row.until) for row in Standing.objects.filter(duty=duty)] == [
        ("unmet", day(8), None)
    ]


def test_what_is_no_longer_known_ends_and_nothing_takes_its_place(hubei: Town, duty: str) -> None:
    tell(hubei, 9, residents=12_000, workers=20)
    judge_county(county(hubei), day(8))
    enter_fact(
        by=hubei.committee, place=hubei.community, measure="workers", value=None, as_of=day(3), source="名册遗失"
    )
    judge_county(county(hubei), day(2))
    assert (held(hubei, day(3), duty), held(hubei, day(2), duty)) == ("unmet", "")


def test_the_same_pack_facts_and_day_give_the_same_fingerprints_and_findings(hubei: Town) -> None:
    tell(hubei, 9, residents=12_000, workers=20)
    one = judge_county(county(hubei), day(8))
    kept = list(Standing.objects.order_by("place_id", "duty").values_list("place_id", "duty", "verdict", "gap"))
    Standing.objects.all().delete()
    Judging.objects.all().delete()
    two = judge_county(county(hubei), day(8))
    assert (one.pack_sha256, one.facts_sha256) == (two.pack_sha256, two.facts_sha256)
    assert kept == list(Standing.objects.order_by("place_id", "duty").values_list("place_id", "duty", "verdict", "gap"))
    tell(hubei, 8, workers=21)
    assert judge_county(county(hubei), day(8)).facts_sha256 != two.facts_sha256


def test_many_changes_go_in_batches_and_a_break_loses_nothing(
    hubei: Town, duty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from linli.areas.duties.actions import judging

    monkeypatch.setattr(judging, "BATCH", 2)
    tell(hubei, 9, residents=12_000, workers=20, households=4_000, area=900)
    whole, calls = judging.store_changes, []

    def broken(**given: Any) -> Judging | None:
        calls.append(given)
        if len(calls) == 2:
            raise ConnectionError("power cut")
        return whole(**given)

    monkeypatch.setattr(judging, "store_changes", broken)
    with pytest.raises(ConnectionError):
        judge_county(county(hubei), day(8))
    assert 0 < Standing.objects.count() <= 2 and not Judging.objects.exists()
    monkeypatch.setattr(judging, "store_changes", whole)
    made = judge_county(county(hubei), day(8))
    assert held(hubei, day(8), duty) == "unmet"
    assert Standing.objects.count() == made.judged
    assert Entry.objects.filter(verb="duties.judged", facts__has_key="facts_sha256").count() == 1


def test_refused_are_days_to_come_days_before_the_last_and_places_that_are_no_county(hubei: Town) -> None:
    with pytest.raises(BadInput, match="不能晚于今天"):
        judge_county(county(hubei), TODAY + timedelta(days=1))
    with pytest.raises(BadInput, match="按县"):
        judge_county(hubei.community, TODAY)
    judge_county(county(hubei), day(3))
    with pytest.raises(WrongState, match="已经评判到"):
        judge_county(county(hubei), day(4))


def test_by_night_each_county_is_judged_once(hubei: Town) -> None:
    assert judge_due() == Place.objects.filter(level=Place.Level.COUNTY).count()
    assert judge_due() == 0
    assert actions.judge_due is judge_due


def test_the_lead_body_judges_now_and_everybody_sees_only_the_own_places(hubei: Town, duty: str) -> None:
    tell(hubei, 1, residents=12_000, workers=20)
    client = Client()
    client.force_login(user(hubei, "lead"))
    assert client.post("/work/duties/findings/judge/", {}).status_code == 302
    page = client.get(f"/work/duties/findings/?on={TODAY}&verdict=unmet&duty={duty}").content.decode()
    assert "需 21.6，有 20，缺 2" in page and hubei.community.name in page
    assert client.get(f"/work/duties/findings/?on={day(1)}").content.decode().count("需 21.6") == 0
    assert client.get("/work/duties/findings/?as=csv").status_code == 200
    other = Client()
    other.force_login(user(hubei, "neighbour"))
    assert hubei.community.name not in other.get("/work/duties/findings/").content.decode()


def test_the_board_says_since_when(hubei: Town, duty: str) -> None:
    tell(hubei, 30, residents=12_000, workers=20)
    judge_county(county(hubei), day(20))
    found = load_pack("hubei").duty(duty)

    def told() -> date | None:
        snap = queries.snapshot_of(hubei.community)
        return snap.held_since(snap.judged_at(found, hubei.community), found)

    assert told() == day(20)
    tell(hubei, 0, workers=30)
    assert told() is None, "changed since the night"


@pytest.mark.parametrize("province", ["hubei", "hunan"])
def test_a_county_at_once_is_each_place_by_itself(province: str, request: pytest.FixtureRequest) -> None:
    town: Town = request.getfixturevalue(province)
    tell(town, 9, residents=12_000, workers=20, households=4_000, area=900)
    town.publish(TaskList.Kind.SELF, "自治事项清单", None)
    snap = queries.snapshot_of(county(town))
    found = found_in(snap)
    expected = {}
    for duty in snap.pack.duties:
        for place in snap.places_of(duty, snap.place.code) if duty.rule is not None else ():
            one = snap.judged_at(duty, place).finding
            if one.why not in ("no_data", "who"):
                numbers = [None if n is None else float(n) for n in (one.need, one.have, one.gap)]
                expected[place.code, duty.id] = (one.verdict, one.why, *numbers, one.lacking or one.missing, one.due)
    assert {key: tuple(one) for key, one in found.items()} == expected
    assert len(found) > 3

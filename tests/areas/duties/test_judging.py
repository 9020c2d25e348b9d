"""What the rules find is stored as it changes, and can be asked for as of any day."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, cast

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from linli.areas.duties import actions, queries
from linli.areas.duties.actions import judge_county, judge_due
from linli.areas.duties.models import Judging, Standing
from linli.areas.duties.queries.judging import judged_in
from linli.areas.duties.queries.snapshot import snapshot_of
from linli.areas.mandates.models import TaskList
from linli.commons.facts import enter_fact
from linli.commons.models import Fact, Place, Setting, User
from linli.commons.settings import set_setting
from linli.kit.errors import BadInput, WrongState
from linli.kit.trail import Entry
from linli.law.load import load_pack
from linli.law.types import Measure
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


def test_by_night_a_few_counties_are_judged_in_one_turn_and_all_in_some(
    hubei: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    from linli.areas.duties.actions import judging

    monkeypatch.setattr(judging, "COUNTIES", 2)
    for n in range(1, 5):
        Place.objects.create(code=f"42990{n}", name=f"{n}县", level=Place.Level.COUNTY)
    turns = []
    while many := judge_due():
        turns.append(many)
    assert len(turns) > 2 and set(turns[:-1]) == {2}
    assert Judging.objects.filter(as_of=TODAY).count() == sum(turns) == Place.objects.filter(level="county").count()


def test_a_county_that_was_judged_by_a_clock_gone_wrong_keeps_no_other_waiting(hubei: Town) -> None:
    judge_due()
    Judging.objects.update(as_of=TODAY + timedelta(days=2))
    other = Place.objects.create(code="429901", name="别县", level=Place.Level.COUNTY)
    assert judge_due() == 1 and Judging.objects.filter(place=other, as_of=TODAY).exists()


def test_a_number_that_the_county_set_is_judged_by_from_its_day_and_shown_with_its_source(hubei: Town) -> None:
    enter_fact(
        by=hubei.committee,
        place=hubei.community,
        measure="committee_drills",
        value=(day(200).isoformat(),),
        as_of=day(150),
        source="演练记录",
    )
    before = judge_county(county(hubei), day(100))
    assert held(hubei, day(100), "committee_drills") == "unknown"
    set_setting(by=hubei.lead, place=county(hubei), key="law.committee_drill_every", value=6, source="县府办 3 号文")
    Setting.objects.update(set_at=timezone.now() - timedelta(days=90))
    assert judge_county(county(hubei), day(91)).facts_sha256 == before.facts_sha256, "not yet set on that day"
    after = judge_county(county(hubei), day(89))
    assert held(hubei, day(91), "committee_drills") == "unknown" and held(hubei, day(89), "committee_drills") == "met"
    assert after.pack_sha256 == before.pack_sha256 and after.facts_sha256 != before.facts_sha256
    row = Standing.objects.get(place=hubei.community, duty="committee_drills", until=None)
    assert queries.sentence_of(row).endswith(f"第三十二条 · 本县设定（县府办 3 号文），{day(90)}")
    judge_county(county(hubei), day(1))
    assert held(hubei, day(1), "committee_drills") == "unmet", "six months are over"
    snap = queries.snapshot_of(hubei.community)
    duty = load_pack("hubei").duty("committee_drills")
    said = snap.judged_at(duty, hubei.community).sentence
    assert "已逾期" in said and f"本县设定（县府办 3 号文），{day(90)} · 演练记录" in said
    [line] = queries.board_of(snap, hubei.bodies["committee"], ["committee_drills"]).lines
    assert (line.period, line.own_period, line.set_period) == ((6, "months"), False, True)
    set_setting(by=hubei.lead, place=county(hubei), key="law.committee_drill_every", value=None, source="收回")
    judge_county(county(hubei), TODAY)
    assert held(hubei, TODAY, "committee_drills") == "unknown"


def test_a_limit_of_the_platform_is_the_number_of_a_text_that_means_the_same(hunan: Town) -> None:
    assert snapshot_of(county(hunan)).pack is load_pack("hunan")
    limit = {"amount": 15, "unit": "working_days"}
    set_setting(by=hunan.lead, place=county(hunan), key="appeals.handle", value=limit)
    pack = snapshot_of(hunan.community).pack
    param = pack.find_param("handling_within")
    assert (pack.param("handling_within", TODAY), param.unit, pack.param("handling_within", day(1))) == (
        15, "working_days", None
    )  # fmt: skip
    assert load_pack("hunan").param("handling_within") is None


def test_the_lead_body_judges_now_and_everybody_sees_only_the_own_places(hubei: Town, duty: str) -> None:
    tell(hubei, 1, residents=12_000, workers=20)
    client = Client()
    client.force_login(user(hubei, "lead"))
    assert client.post("/work/duties/findings/judge/", {}).status_code == 302
    page = client.get(f"/work/duties/findings/?on={TODAY}&verdict=unmet&duty={duty}").content.decode()
    assert "需 21.6，有 20，缺 2" in page and hubei.community.name in page
    assert client.get(f"/work/duties/findings/?on={day(1)}").content.decode().count("需 21.6") == 0
    assert "缺口" not in page, "the sentence says it once; figures of their own are for files"
    table = b"".join(client.get("/work/duties/findings/?as=csv")).decode("utf-8-sig").splitlines()
    assert "需要,现有,缺口" in table[0] and any(",21.6,20,2," in line for line in table)
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


def _told_at_random(town: Town, dice: random.Random) -> None:
    """Facts of every kind at every place of the county, some of them missing, some told twice, one of the wrong shape."""
    county_code = town.community.code[:6]
    for measure in load_pack("hubei" if county_code[:2] == "42" else "hunan").all_measures().values():
        if measure.supplied:
            continue
        for place in Place.objects.filter(level=measure.level, code__startswith=county_code):
            for back in dice.sample(range(1, 900), dice.randrange(3)):
                Fact.objects.create(
                    place=place, measure=measure.name, as_of=day(back), source="名册", **_at_random(measure, dice)
                )


def _at_random(measure: Measure, dice: random.Random) -> dict[str, Any]:
    if measure.kind == "dates":
        return {"items": [day(dice.randrange(1, 900)).isoformat() for _ in range(dice.randrange(3))]}
    if measure.kind == "set":
        items = {
            item
            for id in ("hubei", "hunan")
            for duty in load_pack(id).duties
            if duty.rule is not None and duty.rule.keys.get("set") == measure.name
            for item in cast(tuple[str, ...], duty.rule.keys["contains"])
        }
        return {"items": [item for item in sorted(items) if dice.random() < 0.9]}
    number = dice.choice([0, 1, dice.randrange(50), Decimal(dice.randrange(10**6)) / 10_000, None])
    return {"number": dice.randrange(2) if measure.kind == "flag" else number}


@pytest.mark.parametrize("start", [None, 30, -30])
@pytest.mark.parametrize("province", ["hubei", "hunan"])
def test_a_county_at_once_is_each_place_by_itself(
    province: str, start: int | None, db: None, request: pytest.FixtureRequest
) -> None:
    town: Town = request.getfixturevalue(province)
    _told_at_random(town, random.Random(f"{province}{start}"))
    if start is not None:
        set_setting(by=town.lead, place=county(town), key="duties.start", value=day(start).isoformat())
    town.publish(TaskList.Kind.SELF, "自治事项清单", None)
    snap = queries.snapshot_of(county(town))
    found = judged_in([county(town)], TODAY)[0].findings.rows()
    expected = {}
    for duty in snap.pack.duties:
        for place in snap.places if duty.rule is not None else ():
            if place.level != duty.subject:
                continue
            one = snap.judged_at(duty, place).finding
            if one.why not in ("no_data", "who"):
                numbers = [None if n is None else float(n) for n in (one.need, one.have, one.gap)]
                expected[place.code, duty.id] = (one.verdict, one.why, *numbers, one.lacking or one.missing, one.due)
    assert {key: tuple(one) for key, one in found.items()} == expected
    assert len(found) > 20

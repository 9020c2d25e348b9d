"""Indices of the appeals (指标): hand-computed stories, a naive recomputation from the rows, any past day."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from linli.areas.appeals import actions as appeals
from linli.areas.appeals.flow import State
from linli.areas.appeals.models import Appeal, CallBack, Objection, Publication
from linli.areas.appeals.queries import indices as q
from linli.areas.appeals.queries import publication as published
from linli.areas.appeals.queries import record
from linli.commons.actor import Actor
from linli.commons.models import Body
from linli.kit import trail
from linli.kit.clock import Clock
from linli.kit.errors import Refusal, RuleBroken
from tests.cast import Town, fresh
from tests.figures import Time, answer, call, limits

SEPTEMBER = q.Period(date(2026, 9, 1), date(2026, 9, 30))
OCTOBER = q.Period(date(2026, 10, 1), date(2026, 10, 31))


def figures(town: Town, period: q.Period = SEPTEMBER, **more: Any) -> dict[str, tuple[int, int]]:
    """Numerators and denominators of the whole county."""
    row = sheet(town, period, **more).total
    return {key: (one.top, one.base) for key, one in row.items()}


def sheet(town: Town, period: q.Period = SEPTEMBER, by: str = "", moment: datetime | None = None) -> q.Sheet:
    mark = record.mark_at(town.county.code, moment)
    return q.count(q.within(mark, q.Scope(town.county.code), period), mark.as_of, by)


def outs(town: Town, period: q.Period = SEPTEMBER) -> dict[str, dict[str, int]]:
    """What was left out, by index and reason."""
    return {key: dict(one.outs) for key, one in sheet(town, period).total.items() if one.outs}


# ---------------------------------------------------------------- each index against a story computed by hand


def test_contacted_counts_the_first_word_to_the_resident_within_the_limit(town: Town, time: Time) -> None:
    limits(town, contact=1)
    in_time, asked, late, never = (town.handling() for _ in range(4))  # Monday: due at the end of Tuesday
    time.to(9, 8, 10)
    appeals.contact_resident(by=town.department, appeal=in_time, how="phone")
    appeals.ask_resident(by=town.department, appeal=asked, question="是哪一栋？")
    time.to(9, 9, 10)
    answer(town, late)
    assert figures(town)["contacted"] == (2, 4)
    assert never.state == State.HANDLING


def test_an_appeal_taken_away_before_the_response_was_due_counts_for_the_next_body_only(town: Town, time: Time) -> None:
    limits(town, contact=2)
    appeal = town.handling()
    time.on(hours=1)
    appeals.transfer_appeal(by=town.hotline, appeal=appeal, to=town.bodies["housing"], reason="属住建")
    time.to(9, 14)
    assert figures(town)["contacted"] == (0, 1)
    assert outs(town)["contacted"] == {"moved": 1}
    by_body = sheet(town, by="body").groups
    assert by_body[town.bodies["housing"].code]["contacted"].base == 1


def test_solved_and_satisfied_are_over_those_who_were_reached(town: Town, time: Time) -> None:
    one, two, three, four = (town.answered() for _ in range(4))
    call(town, one, solved=True, rating=5)
    call(town, two, solved=True, rating=None)
    call(town, three, solved=False, rating=4)
    call(town, four, solved=None)
    appeals.rate_appeal(by=town.resident, appeal=fresh(four), solved=True, rating=3)
    got = figures(town)
    assert got["solved"] == (3, 4)
    assert got["satisfied"] == (2, 3)
    assert outs(town)["solved"] == {"unreached": 1}
    assert outs(town)["satisfied"] == {"unreached": 1, "unrated": 1}


def test_what_ends_without_a_call_back_is_outside_satisfaction_but_was_closed(town: Town, time: Time) -> None:
    appeal = town.answered()
    for _ in range(3):
        time.on(days=1)
        call(town, appeal, solved=None)
    assert fresh(appeal).state == State.UNREACHED
    got = figures(town)
    assert (got["solved"], got["satisfied"], got["sent_back"]) == ((0, 0), (0, 0), (0, 1))
    assert outs(town)["satisfied"] == {"unreached": 3, "given_up": 1}


def test_on_time_counts_what_fell_due_in_the_period(town: Town, time: Time) -> None:
    limits(town, handle=3, extension_max=5)
    early, late, open_one, extended, moved = (town.handling() for _ in range(5))  # due at the end of Thursday 10
    time.to(9, 9)
    answer(town, early)
    appeals.ask_extension(by=town.department, appeal=extended, amount=2, reason="等配件")
    appeals.rule_extension(by=town.hotline, appeal=fresh(extended), grant=True, decision="同意")
    appeals.transfer_appeal(by=town.hotline, appeal=moved, to=town.bodies["housing"], reason="属住建")
    assert figures(town)["on_time"] == (0, 0)  # nothing is due yet
    assert outs(town)["on_time"] == {"within": 5, "moved": 1}
    time.to(9, 11)
    answer(town, late)
    assert figures(town)["on_time"] == (1, 3)
    time.to(9, 14, 8)
    answer(town, extended)
    time.to(9, 20)
    assert figures(town)["on_time"] == (2, 5)  # early, extended; late, open_one and the one moved to housing
    assert open_one.state == State.HANDLING


def test_time_with_the_resident_and_with_the_ruling_does_not_count(town: Town, time: Time) -> None:
    limits(town, handle=3)
    waiting, disputed = town.handling(), town.handling()
    time.to(9, 8)
    appeals.ask_resident(by=town.department, appeal=waiting, question="是哪一栋？")
    appeals.object_appeal(by=town.department, appeal=disputed, reason="不属于本单位职责")
    time.to(9, 21)
    assert figures(town)["on_time"] == (0, 0)
    assert outs(town)["on_time"] == {"paused": 2}
    appeals.add_information(by=town.resident, appeal=fresh(waiting), text="三栋")
    appeals.rule_objection(by=town.supervisor, appeal=fresh(disputed), uphold=False, ruling="属于你们职责")
    answer(town, waiting)
    answer(town, disputed)
    time.to(9, 30, 18)
    assert figures(town)["on_time"] == (2, 2)


def test_moving_what_is_late_hides_nothing(town: Town, time: Time) -> None:
    limits(town, handle=1)
    appeal = town.handling()
    time.to(9, 14)
    appeals.transfer_appeal(by=town.hotline, appeal=appeal, to=town.bodies["housing"], reason="属住建")
    time.to(9, 15, 9)
    answer(town, appeal, by=town.housing)
    time.to(9, 20)
    assert figures(town)["on_time"] == (1, 2)
    groups = sheet(town, by="body").groups
    assert (groups[town.bodies["urban_mgmt"].code]["on_time"].percent) == "0.0"
    assert (groups[town.bodies["housing"].code]["on_time"].percent) == "100.0"


def test_without_a_limit_there_is_no_rate(town: Town, time: Time) -> None:
    town.answered()
    got = figures(town)
    assert (got["contacted"], got["on_time"]) == ((0, 0), (0, 0))
    assert outs(town)["on_time"] == {"unset": 1} and outs(town)["contacted"] == {"unset": 1}


def test_sent_back_is_over_what_had_its_outcome(town: Town, time: Time) -> None:
    back, good = town.answered(), town.answered()
    call(town, back, solved=False, rating=1)
    call(town, good)
    time.on(days=1)
    appeals.reopen_appeal(by=town.resident, appeal=fresh(good), reason="又坏了")
    answer(town, back)
    call(town, back)
    assert figures(town)["sent_back"] == (1, 3)
    assert outs(town)["sent_back"] == {"reopened": 1}
    body = sheet(town, by="body").groups[town.bodies["urban_mgmt"].code]["sent_back"]
    assert (body.top, body.base, dict(body.outs)) == (1, 3, {"reopened": 1})


def test_upheld_is_over_objections_that_were_ruled_on(town: Town, time: Time) -> None:
    held, failed, open_one, gone = (town.handling() for _ in range(4))
    for appeal in (held, failed, open_one, gone):
        appeals.object_appeal(by=town.department, appeal=appeal, reason="不属于本单位职责")
    time.on(hours=2)
    appeals.rule_objection(
        by=town.supervisor, appeal=fresh(held), uphold=True, ruling="属住建局职责", to=town.bodies["housing"]
    )
    appeals.rule_objection(by=town.supervisor, appeal=fresh(failed), uphold=False, ruling="属于你们职责")
    appeals.withdraw_appeal(by=town.resident, appeal=fresh(gone))
    assert figures(town)["upheld"] == (1, 2)
    assert outs(town)["upheld"] == {"undecided": 1, "withdrawn": 1}
    assert sheet(town, by="body").groups[town.bodies["urban_mgmt"].code]["upheld"].percent == "50.0"


def test_refusals_count_for_the_sender(town: Town, time: Time) -> None:
    appeal = town.accepted()
    for _ in range(2):
        with pytest.raises(RuleBroken):
            appeals.dispatch_appeal(by=town.hotline, appeal=fresh(appeal), to=town.bodies["committee"])
    assert figures(town)["refused"] == (2, 2)
    assert sheet(town, by="body").groups[town.bodies["hotline"].code]["refused"].top == 2


def test_imported_history_is_named_and_left_out(town: Town, time: Time) -> None:
    from linli.areas.appeals.actions.imports import check_table
    from linli.kit.tables import read_table

    raw = "内容,编号\n路灯坏了,1\n井盖坏了,2\n".encode()
    checked = check_table(read_table(raw))
    appeals.import_appeals(
        by=town.hotline, county=town.county, checked=checked, kind="history", filename="old.csv", raw=raw
    )
    assert outs(town)["solved"] == {"history": 2}
    assert figures(town)["solved"] == (0, 0)


def test_a_thing_counts_in_the_period_in_which_it_happened(town: Town, time: Time) -> None:
    appeal = town.answered()
    time.to(10, 2)
    call(town, appeal)
    assert figures(town)["solved"] == (0, 0)
    assert figures(town, OCTOBER)["solved"] == (1, 1)
    months = dict(q.trend(record.mark_at(town.county.code), q.Scope(town.county.code), "solved", date(2026, 10, 5)))
    assert len(months) == 12 and months[date(2026, 10, 1)].base == 1 and months[date(2026, 9, 1)].base == 0


def test_percentages_are_rounded_half_up() -> None:
    assert [q.percent(1, 3), q.percent(2, 3), q.percent(1, 16), q.percent(0, 5), q.percent(0, 0)] == [
        "33.3",
        "66.7",
        "6.3",
        "0.0",
        "",
    ]


def test_groups_are_bodies_places_and_classes_never_people(town: Town, time: Time) -> None:
    call(town, town.answered())
    assert set(q.GROUPS) == {"body", "street", "community", "class"}
    keys = {by: [*sheet(town, by=by).groups] for by in q.GROUPS}
    assert keys["body"] == [town.bodies["urban_mgmt"].code]
    assert keys["street"] == [town.street.code] and keys["community"] == [town.community.code]
    assert keys["class"] == [town.matter("路灯照明").class_code]


# ---------------------------------------------------------------- against a naive recomputation from the rows


def by_rows(town: Town, period: q.Period, as_of: datetime) -> dict[str, tuple[int, int]]:
    """The same figures from mutable rows, in the most obvious way; right only as of now."""
    inside = {"at__gte": period.start, "at__lt": period.end}
    calls = CallBack.objects.filter(appeal__county=town.county, reached=True, **inside)
    rated = calls.exclude(rating=None)
    ruled = Objection.objects.filter(
        appeal__county=town.county, raised_at__gte=period.start, raised_at__lt=period.end
    ).exclude(state="open")
    handle = Clock.objects.filter(
        name="handle", place__startswith=town.county.code, due_at__gte=period.start, due_at__lt=period.end
    ).filter(due_at__lte=as_of)
    on_time = [0, 0]
    for clock in handle:
        assert clock.due_at is not None
        answered = any(
            answer.at == clock.stopped_at
            or (clock.stopped_at and abs(answer.at - clock.stopped_at) < timedelta(seconds=1))
            for answer in Appeal.everything.get(number=clock.subject.removeprefix("appeal:")).answers.all()
        )
        ended = clock.paused_at or clock.stopped_at
        if not answered and ended is not None and ended <= clock.due_at:
            continue  # taken away, or standing still, in time
        on_time[1] += 1
        on_time[0] += answered and ended is not None and ended <= clock.due_at
    ends = trail.Entry.objects.filter(unit=town.county.code, **inside)
    back = ends.filter(verb="appeals.redone").count()
    refused = ends.filter(verb="mandates.refused", facts__code="off_list").count()
    return {
        "solved": (calls.filter(solved=True).count(), calls.count()),
        "satisfied": (rated.filter(rating__gte=4).count(), rated.count()),
        "on_time": (on_time[0], on_time[1]),
        "sent_back": (back, back + ends.filter(verb="appeals.closed").count()),
        "upheld": (ruled.filter(state="upheld").count(), ruled.count()),
        "refused": (refused, refused),
    }


Move = Callable[[Town, Appeal, random.Random], object]
MOVES: dict[str, list[Move]] = {
    State.HANDLING: [
        lambda t, a, r: answer(t, a, holder(t, a)),
        lambda t, a, r: answer(t, a, holder(t, a)),
        lambda t, a, r: appeals.contact_resident(by=holder(t, a), appeal=a, how="visit"),
        lambda t, a, r: appeals.ask_resident(by=holder(t, a), appeal=a, question="是哪一栋？"),
        lambda t, a, r: appeals.add_information(by=t.resident, appeal=a, text="三栋"),
        lambda t, a, r: appeals.object_appeal(by=holder(t, a), appeal=a, reason="不属于本单位职责"),
        lambda t, a, r: appeals.transfer_appeal(by=t.hotline, appeal=a, to=other(t, a), reason="另有职责单位"),
        lambda t, a, r: appeals.ask_extension(by=holder(t, a), appeal=a, amount=2, reason="等配件"),
        lambda t, a, r: appeals.rule_extension(by=t.hotline, appeal=a, grant=r.random() < 0.7, decision="知道了"),
        lambda t, a, r: appeals.withdraw_appeal(by=t.resident, appeal=a) if r.random() < 0.3 else None,
    ],
    State.OBJECTED: [
        lambda t, a, r: appeals.rule_objection(
            by=t.supervisor, appeal=a, uphold=True, ruling="裁定由别的单位办", to=other(t, a)
        ),
        lambda t, a, r: appeals.rule_objection(by=t.supervisor, appeal=a, uphold=False, ruling="仍由你们办"),
    ],
    State.ANSWERED: [
        lambda t, a, r: call(t, a, solved=True, rating=r.choice([None, 2, 3, 4, 5])),
        lambda t, a, r: call(t, a, solved=False, rating=r.choice([None, 1, 4])),
        lambda t, a, r: call(t, a, solved=None),
        lambda t, a, r: appeals.rate_appeal(by=t.resident, appeal=a, solved=r.random() < 0.5, rating=r.randint(1, 5)),
    ],
    State.CLOSED: [lambda t, a, r: appeals.reopen_appeal(by=t.resident, appeal=a, reason="又坏了")],
    State.UNREACHED: [lambda t, a, r: appeals.reopen_appeal(by=t.resident, appeal=a, reason="又坏了")],
    State.ACCEPTED: [
        lambda t, a, r: appeals.dispatch_appeal(by=t.hotline, appeal=a, to=t.bodies["urban_mgmt"]),
        lambda t, a, r: appeals.dispatch_appeal(by=t.hotline, appeal=a, to=t.bodies["committee"]),
    ],
}


def holder(town: Town, appeal: Appeal) -> Actor:
    return town.department if appeal.handler_id == town.bodies["urban_mgmt"].code else town.housing


def other(town: Town, appeal: Appeal) -> Body:
    return town.bodies["housing" if appeal.handler_id == town.bodies["urban_mgmt"].code else "urban_mgmt"]


@pytest.mark.parametrize("seed", range(4))
def test_random_stories_give_what_the_rows_say_and_the_past_stays_as_it_was(town: Town, time: Time, seed: int) -> None:
    """Whatever happens, the trail and the rows agree on now; and no later event changes an earlier day's figures."""
    chance = random.Random(f"{town.pack}{seed}")
    limits(town, handle=2, contact=1, extension_max=3)
    cases = [town.handling() for _ in range(8)]
    then: list[tuple[datetime, dict[str, Any]]] = []
    for step in range(70):
        time.on(hours=chance.randrange(1, 9))
        appeal = fresh(chance.choice(cases))
        moves = MOVES.get(appeal.state, [])
        if moves:
            try:
                chance.choice(moves)(town, appeal, chance)
            except Refusal:
                continue  # a step that nobody may take now is part of a random story
        if step % 20 == 19:
            then.append((time.now, {by: sheet(town, by=by) for by in q.GROUPS}))
            time.on(minutes=1)
    got = figures(town)
    expected = by_rows(town, SEPTEMBER, time.now)
    assert {key: got[key] for key in expected} == expected
    assert sum(base for _, base in got.values()) > 20
    for moment, sheets in then:
        record._KEPT.clear()
        assert {by: sheet(town, by=by, moment=moment) for by in q.GROUPS} == sheets


# ---------------------------------------------------------------- any past day gives the same again


def test_later_entries_and_back_dated_ones_do_not_change_a_past_day(town: Town, time: Time) -> None:
    limits(town, handle=3, contact=1)
    first, second = town.answered(), town.handling()
    call(town, first)
    time.to(10, 1, 0, 30)
    as_of = time.now
    then = {by: sheet(town, by=by) for by in q.GROUPS}
    assert then["body"].total["solved"].base == 1
    time.to(10, 1, 9)
    answer(town, second)
    call(town, second, solved=False, rating=1)
    time.to(9, 20)  # the server's clock is set back: what is written now bears a date before the cut
    third = town.answered()
    call(town, third, solved=False)
    Appeal.everything.filter(pk=first.pk).update(rating=1, solved=False, ended_at=F("filed_at"))  # rows may be edited
    CallBack.objects.filter(appeal=first).update(rating=1)
    limits(town, handle=1)
    time.to(12, 1)
    record._KEPT.clear()
    assert {by: sheet(town, by=by, moment=as_of) for by in q.GROUPS} == then
    assert figures(town)["solved"] != (1, 1)  # as of now it is another story


def test_kept_items_are_never_those_of_another_chain(hubei: Town, hunan: Town, time: Time) -> None:
    call(hubei, hubei.answered())
    assert figures(hubei)["solved"] == (1, 1) and figures(hunan)["solved"] == (0, 0)
    mark = record.mark_at(hubei.county.code)
    assert record.items_at(mark) is record.items_at(mark)
    assert record.items_at(mark._replace(hash="f" * 64)) is not record.items_at(mark)
    call(hubei, hubei.answered())
    assert figures(hubei)["solved"] == (2, 2)


def test_a_published_month_is_recomputed_equal_a_year_later(town: Town, time: Time) -> None:
    limits(town, handle=3, contact=1)
    for _ in range(12):
        call(town, town.answered(), solved=True, rating=4)
    time.to(10, 1, 8)
    row = appeals.publish_indices(by=town.lead, place=town.county, month=date(2026, 9, 1))
    assert row.figures["total"]["solved"] == [12, 12]
    for _ in range(3):
        call(town, town.answered(), solved=False)
    time.now = timezone.make_aware(datetime(2027, 10, 1, 9))
    record._KEPT.clear()
    found = published.compare(row)
    assert found.equal and found.whole and found.differences == ()
    entry = trail.Entry.objects.get(verb="appeals.indices_published")
    assert entry.facts["hash"] == row.hash and entry.facts["month"] == "2026-09"


def test_recomputing_finds_an_edited_figure_and_an_edited_trail(town: Town, time: Time) -> None:
    for _ in range(12):
        call(town, town.answered())
    time.to(10, 1, 8)
    row = appeals.publish_indices(by=town.lead, place=town.county, month=date(2026, 9, 1))
    good = {**row.figures}
    Publication.objects.update(figures={**good, "total": {**good["total"], "solved": [11, 12]}})
    found = published.compare(Publication.objects.get())
    assert (
        not found.equal
        and found.whole
        and [line[1:] for line in found.differences] == [("解决率", "11 / 12", "12 / 12")]
    )
    Publication.objects.update(figures=good)
    trail.Entry.objects.filter(unit=town.county.code, seq=row.seq).update(hash="0" * 64)
    found = published.compare(Publication.objects.get())
    assert not found.equal and not found.whole

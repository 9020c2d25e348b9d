"""Taking an appeal in: what is refused, what is kept, who may see the reporter."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import IntegrityError

from linli.areas.appeals import actions as appeals
from linli.areas.appeals.actions import intake
from linli.areas.appeals.actions.intake import headline
from linli.areas.appeals.flow import State
from linli.areas.appeals.models import Appeal
from linli.areas.mandates.models import Assignment
from linli.commons.models import Place
from linli.commons.roles import Role
from linli.kit import trail
from linli.kit.clock import Clock
from linli.kit.errors import BadInput, NotAllowed, WrongState
from linli.kit.notices.models import Notice
from linli.kit.once import once
from tests.cast import Town, fresh, person

BAD: dict[str, dict[str, Any]] = {
    "text_missing": {"text": " \n "},
    "text_long": {"text": "字" * 5001},
    "bad_kind": {"kind": "闲聊"},
    "too_many_photos": {"photos": ((b"x", "image/png", "a"),) * 5},
}


@pytest.mark.parametrize("code", BAD)
def test_bad_input_is_refused_and_leaves_nothing(town: Town, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        town.file(**{"text": "路灯坏了", **BAD[code]})
    assert refused.value.code == code
    assert not Appeal.everything.exists() and not Clock.objects.exists() and not trail.Entry.objects.exists()


def test_five_thousand_signs_are_taken_whole(town: Town) -> None:
    assert len(Appeal.objects.get(pk=town.file(text="字" * 5000).appeal.pk).text) == 5000


def test_an_appeal_needs_a_county(town: Town) -> None:
    with pytest.raises(BadInput) as refused:
        appeals.file_appeal(by=town.resident, place=Place.objects.get(code=town.county.code[:4]), text="路灯坏了")
    assert refused.value.code == "place_missing"


def test_every_channel_gets_the_same_number_clock_and_trail(town: Town) -> None:
    web = town.file().appeal
    counter = town.file(by=town.committee, channel="counter", name="李梅").appeal
    phone = town.file(by=town.hotline, channel="phone", name="李梅").appeal
    assert (web.filed_for, counter.filed_for, phone.filed_for) == (False, True, True)
    for appeal in (web, counter, phone):
        assert len(appeal.number) == 14
        assert set(Clock.objects.filter(subject=appeal.trail_key).values_list("name", flat=True)) == {"case", "accept"}
        assert [line.verb for line in trail.history(appeal)] == ["appeals.filed"]
        assert Notice.objects.filter(subject=appeal.trail_key, body=town.bodies["hotline"].code).count() == 1
    with pytest.raises(NotAllowed):  # an outsider's counter cannot file into this county
        town.file(by=town.outsider)


def test_the_code_is_kept_as_a_keyed_hash_only(town: Town) -> None:
    receipt = town.file()
    assert receipt.code not in str(Appeal.objects.values().get())
    assert receipt.appeal.opens_with(receipt.code) and not receipt.appeal.opens_with("A" * 10)


def test_a_source_key_is_taken_once(town: Town) -> None:
    town.file(source="12345", source_key="A-1")
    with pytest.raises(WrongState) as refused:
        town.file(source="12345", source_key="A-1")
    assert refused.value.code == "known_source_key"
    town.file(source="其他", source_key="A-1")
    town.file(source="12345")
    town.file(source="12345")
    assert Appeal.objects.count() == 4


@pytest.mark.parametrize(
    ("text", "line"),
    [("路灯坏了。很黑", "路灯坏了"), ("。。。", "。。。"), ("a" * 40, "a" * 29 + "…"), ("第一行\n第二行", "第一行")],
)
def test_the_headline_is_the_first_sentence(text: str, line: str) -> None:
    assert headline(text) == line


def test_a_human_confirms_before_accepting(town: Town) -> None:
    appeal = town.file().appeal
    with pytest.raises(BadInput) as refused:
        appeals.accept_appeal(by=town.hotline, appeal=appeal)
    assert refused.value.code == "not_confirmed"
    right: dict[str, Any] = {"matter": town.matter("路灯照明"), "kind": "求助", "place": town.community}
    with pytest.raises(BadInput):
        appeals.classify_appeal(by=town.hotline, appeal=appeal, **{**right, "kind": "别的"})
    with pytest.raises(BadInput, match="本县"):
        other = Place.objects.get(code=town.bodies["other"].place_id)
        appeals.classify_appeal(by=town.hotline, appeal=appeal, **{**right, "place": other})
    appeals.classify_appeal(by=town.hotline, appeal=appeal, **right)
    appeals.accept_appeal(by=town.hotline, appeal=appeal)
    with pytest.raises(WrongState):
        appeals.accept_appeal(by=town.hotline, appeal=appeal)
    line = trail.Entry.objects.get(verb="appeals.classified")
    assert line.facts["confirmed"] == town.matter("路灯照明").code and "suggested" in line.facts


@pytest.mark.parametrize("state", [State.CLOSED, State.WITHDRAWN, State.DECLINED, State.HANDLING, State.ANSWERED])
def test_the_class_is_settled_before_dispatch(town: Town, state: str) -> None:
    appeal = town.file().appeal
    Appeal.objects.filter(pk=appeal.pk).update(state=state)
    with pytest.raises(WrongState):
        appeals.classify_appeal(
            by=town.hotline, appeal=appeal, matter=town.matter("路灯照明"), kind="求助", place=town.community
        )


def test_declining_needs_a_reason_and_stops_the_clocks(town: Town) -> None:
    appeal = town.file().appeal
    for reason in ("", "   ", "不归"):
        with pytest.raises(BadInput):
            appeals.decline_appeal(by=town.hotline, appeal=appeal, reason=reason)
    appeals.decline_appeal(by=town.hotline, appeal=appeal, reason="属于诉讼事项，请向人民法院提出")
    assert fresh(appeal).state == State.DECLINED and fresh(appeal).ended_at
    assert not Clock.objects.filter(subject=appeal.trail_key, stopped_at=None).exists()
    with pytest.raises(WrongState):
        appeals.reopen_appeal(by=town.resident, appeal=appeal, reason="还是要办")


def test_withdrawing_ends_assignments_and_clocks(town: Town) -> None:
    appeal = town.handling()
    appeals.add_helper(by=town.hotline, appeal=appeal, to=town.bodies["housing"], reason="配合")
    with pytest.raises(NotAllowed):
        appeals.withdraw_appeal(by=town.hotline, appeal=appeal)
    appeals.withdraw_appeal(by=town.resident, appeal=fresh(appeal))
    assert fresh(appeal).state == State.WITHDRAWN
    assert set(Assignment.objects.values_list("state", flat=True)) == {"stopped"}
    assert not Clock.objects.filter(subject=appeal.trail_key, stopped_at=None).exists()
    for body in ("urban_mgmt", "housing"):
        assert Notice.objects.filter(body=town.bodies[body].code, text__contains="撤回").exists()
    with pytest.raises((NotAllowed, WrongState)):
        appeals.answer_appeal(by=town.department, appeal=appeal, text="已经修好了，请居民验收。")


def test_an_answered_appeal_is_not_withdrawn(town: Town) -> None:
    with pytest.raises(WrongState):
        appeals.withdraw_appeal(by=town.resident, appeal=town.answered())


def test_the_reporter_is_seen_by_those_concerned_only(town: Town) -> None:
    appeal = town.handling(name="李梅", contact="10000000001")
    appeal.concerned.add(town.bodies["property"])  # even a firm that works on it sees the brief only
    for name in ("housing", "firm", "neighbour", "supervisor", "grid_worker", "outsider", "resident", "admin"):
        with pytest.raises(NotAllowed):
            appeals.reveal_reporter(by=town.cast[name], appeal=appeal, reason="核实情况")
    for name in ("department", "hotline", "committee", "street_desk"):
        seen = appeals.reveal_reporter(by=town.cast[name], appeal=appeal, reason="核实情况")
        assert seen == ("李梅", "10000000001")
    with pytest.raises(BadInput):
        appeals.reveal_reporter(by=town.hotline, appeal=appeal, reason=" ")
    viewed = trail.history(appeal).filter(verb="appeals.identity_viewed")
    assert [line.note for line in viewed] == ["核实情况"] * 4  # the reporter can read who looked, and why


def test_a_firm_never_sees_who_complained_whatever_post_it_was_given(town: Town) -> None:
    appeal = town.handling(name="李梅", contact="10000000001")
    appeal.concerned.add(town.bodies["property"])
    clerk = person(f"clerk{town.county.code[:2]}", "钱某", town.bodies["property"], Role.DEPARTMENT)
    assert "appeals.reveal" in clerk.powers
    appeal.handler = town.bodies["property"]
    appeal.save()
    with pytest.raises(NotAllowed) as refused:
        appeals.reveal_reporter(by=clerk, appeal=appeal, reason="核实情况")
    assert refused.value.code == "not_concerned"


def test_a_firm_gets_a_brief_or_nothing(town: Town) -> None:
    appeal = town.accepted()
    with pytest.raises(BadInput) as refused:
        appeals.dispatch_appeal(by=town.hotline, appeal=appeal, to=town.bodies["property"])
    assert refused.value.code == "brief_missing"
    Appeal.objects.filter(pk=appeal.pk).update(brief="单元门禁损坏")
    appeals.dispatch_appeal(by=town.hotline, appeal=appeal, to=town.bodies["property"])
    assert fresh(appeal).handler == town.bodies["property"]


@pytest.mark.parametrize("within", [False, True])
def test_a_number_that_is_taken_is_drawn_again(hubei: Town, monkeypatch: pytest.MonkeyPatch, within: bool) -> None:
    taken = hubei.file().appeal.number
    drawn = iter([taken, taken, "26112200000001"])
    monkeypatch.setattr(intake, "new_number", lambda: next(drawn))
    if within:  # as behind an Idempotency-Key
        appeal = json.loads(once("bridge", "k", b"{}", lambda: json.dumps(hubei.file().appeal.number))[0])
    else:
        appeal = hubei.file().appeal.number
    assert appeal == "26112200000001"
    assert Appeal.objects.count() == 2
    assert Clock.objects.filter(subject=f"appeal:{appeal}").count() == 2
    assert trail.Entry.objects.filter(subject=f"appeal:{appeal}").count() == 1
    assert list(trail.verify()) == []


def test_what_is_taken_besides_the_number_is_no_chance(hubei: Town) -> None:
    fields = {"county_id": hubei.county.code, "place": hubei.community, "title": "x", "text": "x", "filed_by": "x"}
    Appeal.everything.create(source="a", source_key="1", **fields)
    with pytest.raises(IntegrityError):
        intake.stored(source="a", source_key="1", **fields)

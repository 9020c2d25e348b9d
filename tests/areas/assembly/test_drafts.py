"""Contact points and the course of a draft: who may, when, and what each step refuses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from linli.areas.assembly import actions as assembly
from linli.areas.assembly import queries
from linli.areas.assembly.flow import DRAFT, DraftState
from linli.areas.assembly.models import Anchor, Comment, ContactPoint, Draft, Invitation, Provision
from linli.areas.duties import queries as duties
from linli.commons.actor import RESIDENT, SYSTEM
from linli.commons.models import Body, Place
from linli.commons.roles import Role
from linli.commons.settings import limit_of
from linli.kit.clock import Clock, Limit, Unit
from linli.kit.errors import BadInput, NotAllowed, NotVisible, WrongState
from linli.kit.notices.models import Notice
from linli.kit.trail import Entry
from tests.areas.assembly.laws import (
    FIRST,
    SECOND,
    THIRD,
    again,
    closed,
    comment,
    in_days,
    opened,
    point,
    prepared,
    receipt,
    said,
)
from tests.cast import Town, person

# ---------------------------------------------------------------- contact points


def test_a_contact_point_names_the_decision_that_set_it_up(hubei: Town) -> None:
    row = point(hubei)
    entry = Entry.objects.get(verb="assembly.point_set_up")
    assert entry.basis == ["hubei.art_27__para_2"] and entry.facts["decision"] == row.decision
    with pytest.raises(BadInput, match="设立联系点的决定"):
        point(hubei, name="另一个", decision="")


def test_hunan_has_no_article_and_says_so_by_an_empty_basis(hunan: Town) -> None:
    point(hunan)
    assert Entry.objects.get(verb="assembly.point_set_up").basis == []


@pytest.mark.parametrize(
    ("more", "said_"),
    [
        ({"host": "urban_mgmt"}, "承办单位要选当地"),
        ({"host": "sibling"}, "承办单位要选当地"),
        ({"place": "county"}, "联系点设在社区"),
        ({"phone": ""}, "名称、地址和电话"),
        ({"set_up_on": 1}, "不能晚于今天"),
    ],
)
def test_a_contact_point_lies_where_its_host_is(hubei: Town, more: dict[str, Any], said_: str) -> None:
    if "host" in more:
        more = {"host": hubei.bodies[more["host"]]}
    if "place" in more:
        more = {"place": hubei.county}
    if "set_up_on" in more:
        more = {"set_up_on": in_days(1)}
    with pytest.raises(BadInput, match=said_):
        point(hubei, **more)
    assert not ContactPoint.objects.exists()


def test_two_points_do_not_share_a_name_until_one_has_ended(hubei: Town) -> None:
    row = point(hubei)
    with pytest.raises(BadInput, match="请换一个名称"):
        point(hubei)
    assembly.end_point(by=hubei.congress, point=row, reason="社区合并")
    assert point(hubei).pk != row.pk
    with pytest.raises(WrongState, match="已经撤销"):
        assembly.end_point(by=hubei.congress, point=row, reason="社区合并")
    assert [one.pk for one in queries.points_now()] != [row.pk]


def test_nobody_but_the_congress_that_set_a_point_up_touches_it(hubei: Town, hunan: Town) -> None:
    row = point(hubei)
    for who in (hubei.lead, hubei.committee, hunan.congress):
        with pytest.raises(NotAllowed):
            assembly.change_point(by=who, point=row, address="别处一号楼", phone="0000-0000102")
    body = Body.objects.create(
        code="42-congress", name="某省人大常委会", kind="congress", place=Place.objects.get(code="42")
    )
    above = person("above", "省人大", body, Role.CONGRESS)
    with pytest.raises(NotAllowed, match="别的人大常委会"):
        assembly.end_point(by=above, point=row, reason="上级要撤")
    assembly.change_point(by=hubei.congress, point=row, address="滨江路 3 号", phone=row.phone)
    changed = Entry.objects.get(verb="assembly.point_changed").changes
    assert changed == {"address": ["滨江路 1 号社区服务中心", "滨江路 3 号"]}


# ---------------------------------------------------------------- preparing


def test_a_text_becomes_its_provisions(hubei: Town) -> None:
    draft = prepared(hubei)
    rows = list(queries.provisions_of(queries.newest(draft)))
    assert [row.eid for row in rows if row.level == Provision.Level.ARTICLE] == [f"art_{n}" for n in range(1, 7)]
    assert [row.num for row in rows if row.level == Provision.Level.DIVISION] == ["第一章", "第二章"]
    assert [row.order for row in rows] == list(range(len(rows)))
    third = next(row for row in rows if row.eid == "art_3")
    assert "（二）在楼道内停放" in third.body and third.body.endswith("报告居民委员会。")
    assert next(row for row in rows if row.eid == "art_3__para_1__point_3").num == "（三）"
    assert [row.eid for row in rows].index("chp_2") < [row.eid for row in rows].index("art_3")


@pytest.mark.parametrize(
    ("more", "said_"),
    [
        ({"text": "没有条文的一段话。"}, "没有读到“第一条”"),
        ({"text": ""}, "没有读到“第一条”"),
        ({"text": "第一条　" + "长" * 200_001}, "超过 20 万字"),
        ({"title": "规定"}, "请写明草案的名称"),
        ({"until": -1}, "截止日期要在今天以后"),
        ({"until": 400}, "截止日期要在今天以后"),
    ],
)
def test_what_cannot_be_asked_about_is_refused_and_nothing_kept(hubei: Town, more: dict[str, Any], said_: str) -> None:
    if "until" in more:
        more = {"until": in_days(more["until"])}
    with pytest.raises(BadInput, match=said_):
        prepared(hubei, **more)
    assert not Draft.objects.exists() and not Provision.objects.exists()


def test_a_draft_asks_a_province_a_city_or_a_county_by_own_points(hubei: Town, hunan: Town) -> None:
    with pytest.raises(BadInput, match="征求范围"):
        prepared(hubei, place=hubei.community)
    with pytest.raises(BadInput, match="本机关现有的联系点"):
        prepared(hubei, points=[point(hunan)])
    with pytest.raises(NotAllowed):
        prepared(hubei, place=hunan.county)
    with pytest.raises(NotAllowed):
        prepared(hubei, by=hubei.lead)


def test_before_opening_a_new_text_takes_the_place_of_the_old_one(hubei: Town) -> None:
    draft = prepared(hubei)
    assembly.revise_draft(by=hubei.congress, draft=draft, text=SECOND)
    assert [text.number for text in draft.texts.all()] == [1]
    assert queries.newest(draft).body == SECOND
    assembly.edit_draft(by=hubei.congress, draft=draft, title="某市楼道规定（草案）", until=in_days(20))
    assert again(draft).title == "某市楼道规定（草案）" and again(draft).until == in_days(20)


def test_nobody_outside_sees_a_draft_before_it_is_opened(hubei: Town) -> None:
    draft = prepared(hubei)
    assert not queries.public_drafts().exists() and not queries.drafts_of(hubei.committee).exists()
    with pytest.raises(NotVisible):
        queries.public_draft(draft.code)
    assert queries.draft_seen(hubei.congress, draft.code) == draft
    with pytest.raises(WrongState, match="不征求意见"):
        comment(draft)


# ---------------------------------------------------------------- opening, extending, closing


def test_opening_tells_the_points_that_are_asked(hubei: Town) -> None:
    point(hubei)
    draft = opened(hubei)
    assert draft.opens_on == timezone.localdate()
    assert [notice.body for notice in Notice.objects.all()] == [hubei.bodies["committee"].code]
    assert Entry.objects.get(verb="assembly.draft_opened").basis == ["hubei.art_27__para_2"]
    assert queries.drafts_of(hubei.committee).get() == draft
    assert [due.what for due in queries.due_today(hubei.committee)] == ["征集意见"]
    assert queries.due_today(hubei.neighbour) == []
    with pytest.raises(WrongState):
        assembly.open_draft(by=hubei.congress, draft=draft)
    with pytest.raises(WrongState, match="准备中"):
        assembly.edit_draft(by=hubei.congress, draft=draft, title="另一个名称", until=in_days(9))


def test_only_points_that_were_asked_collect(hubei: Town) -> None:
    ours = point(hubei)
    other = point(hubei, place=hubei.sibling, host=hubei.bodies["sibling"], name="柳岸社区联系点")
    draft = opened(hubei, points=[other])
    assert [row.pk for row in queries.points_asked(draft)] == [other.pk]
    assert queries.due_today(hubei.committee) == [] and len(queries.due_today(hubei.neighbour)) == 1
    with pytest.raises(BadInput, match="没有受托"):
        comment(draft, point=ours)


def test_time_is_given_but_never_taken_away(hubei: Town) -> None:
    draft = opened(hubei)
    with pytest.raises(BadInput, match="晚于原来的"):
        assembly.extend_draft(by=hubei.congress, draft=draft, until=in_days(30))
    assembly.extend_draft(by=hubei.congress, draft=draft, until=in_days(45))
    assert again(draft).until == in_days(45)
    with pytest.raises(NotAllowed):
        assembly.extend_draft(by=hubei.lead, draft=draft, until=in_days(60))


def test_closing_early_needs_a_reason_and_ends_the_taking_of_comments(hubei: Town) -> None:
    draft = opened(hubei)
    with pytest.raises(BadInput, match="提前截止请写明理由"):
        assembly.close_draft(by=hubei.congress, draft=draft)
    draft = closed(hubei, draft)
    assert draft.state == DraftState.CLOSED and draft.closed_at is not None
    with pytest.raises(WrongState, match="不征求意见"):
        comment(draft)


def test_the_tick_closes_what_has_run_out_and_nothing_else(hubei: Town) -> None:
    over, last_day = opened(hubei), opened(hubei)
    today = timezone.localdate()
    Draft.objects.filter(pk=over.pk).update(opens_on=today - timedelta(days=9), until=today - timedelta(days=1))
    Draft.objects.filter(pk=last_day.pk).update(until=today)
    with pytest.raises(WrongState, match="不征求意见"):  # even before the tick comes round
        comment(again(over))
    assert comment(again(last_day)).number  # the last day counts
    assert assembly.close_due() == 1 and assembly.close_due() == 0
    assert again(over).state == DraftState.CLOSED and again(last_day).state == DraftState.OPEN
    entry = Entry.objects.get(verb="assembly.draft_closed")
    assert (entry.actor, entry.facts) == ("system", {"early": False})
    with pytest.raises(WrongState, match="没有到截止日期"):
        assembly.close_draft(by=SYSTEM, draft=last_day)


def test_no_clock_runs_out_while_nobody_set_a_limit(hubei: Town) -> None:
    draft = closed(hubei, opened(hubei))
    assert Clock.objects.get(subject=draft.trail_key).due_at is None


def test_the_congress_gives_itself_a_limit_and_publishing_stops_the_clock(hubei: Town) -> None:
    assembly.set_answer_limit(by=hubei.congress, limit=Limit(10, Unit.DAYS))
    assert limit_of("assembly.answer", hubei.county.code).amount == 10
    draft = closed(hubei, opened(hubei))
    clock = Clock.objects.get(subject=draft.trail_key)
    assert clock.due_at is not None and clock.holder == hubei.bodies["congress"].code
    assert [(due.what, due.clock) for due in queries.due_today(hubei.congress)] == [("公布采纳情况", clock)]
    assembly.publish_digest(by=hubei.congress, draft=draft)
    assert Clock.objects.get(subject=draft.trail_key).stopped_at is not None
    assert queries.due_today(hubei.congress) == []
    with pytest.raises(NotAllowed):
        assembly.set_answer_limit(by=hubei.lead, limit=None)


def test_asking_once_more_needs_a_new_text(hubei: Town) -> None:
    draft = closed(hubei, opened(hubei))
    with pytest.raises(BadInput, match="新的一稿"):
        assembly.reopen_draft(by=hubei.congress, draft=draft, until=in_days(20))
    assembly.revise_draft(by=hubei.congress, draft=draft, text=SECOND, note="按意见改了巡查次数")
    draft = assembly.reopen_draft(by=hubei.congress, draft=draft, until=in_days(20))
    assert draft.state == DraftState.OPEN and draft.closed_at is None
    assert Clock.objects.get(subject=draft.trail_key).stopped_at is not None
    assert comment(draft, "art_5").made_on.number == 2


def test_an_invitation_gives_its_kind_and_works_for_its_draft_only(hubei: Town) -> None:
    draft, other = opened(hubei), opened(hubei)
    made = assembly.invite(by=hubei.congress, draft=draft, kind="lawyer", whom="市律师协会")
    row = queries.invited(made.code.lower(), caller="1")
    assert row == made.invitation and made.code not in str(Entry.objects.get(verb="assembly.people_invited").facts)
    told = comment(draft, kind="resident", invitation=row)
    assert (told.kind, told.is_verified, again(row).used) == ("lawyer", True, 1)
    with pytest.raises(BadInput, match="不是这件草案的"):
        comment(other, invitation=row)
    with pytest.raises(NotVisible):
        queries.invited("2" * 10, caller="1")
    with pytest.raises(WrongState, match="不能再邀请"):
        assembly.invite(by=hubei.congress, draft=closed(hubei, draft), kind="lawyer", whom="市律师协会")
    assert Invitation.objects.count() == 1


@pytest.mark.parametrize("name", [name for name in DRAFT.moves if name != "edit"])
def test_each_step_of_a_draft_is_refused_in_a_wrong_state(hubei: Town, name: str) -> None:
    draft = prepared(hubei)
    wrong = next(state for state in DraftState if state not in DRAFT[name].source)
    more: dict[str, Any] = {"opens_on": timezone.localdate()} if wrong != DraftState.PREPARING else {}
    if wrong == DraftState.ANSWERED:
        more["published_at"] = timezone.now()
    Draft.objects.filter(pk=draft.pk).update(state=wrong, **more)
    run: dict[str, Any] = {
        "open": lambda: assembly.open_draft(by=hubei.congress, draft=draft),
        "extend": lambda: assembly.extend_draft(by=hubei.congress, draft=draft, until=in_days(60)),
        "revise": lambda: assembly.revise_draft(by=hubei.congress, draft=draft, text=SECOND, note="改了几处"),
        "close": lambda: assembly.close_draft(by=hubei.congress, draft=draft, reason="提前截止"),
        "reopen": lambda: assembly.reopen_draft(by=hubei.congress, draft=draft, until=in_days(60)),
        "publish": lambda: assembly.publish_digest(by=hubei.congress, draft=draft),
    }
    with pytest.raises(WrongState, match="只能在"):
        run[name]()
    assert again(draft).state == wrong and draft.texts.count() == 1


# ---------------------------------------------------------------- a new text


def places(*rows: Comment) -> list[tuple[str, str]]:
    return [(again(row).now_eid, again(row).now_how) for row in rows]


def test_comments_follow_their_provisions_into_a_new_text(hubei: Town) -> None:
    draft = opened(hubei)
    whole = comment(draft, "", "support")
    point_ = comment(draft, "art_3__para_1__point_2")
    article = comment(draft, "art_4")
    gone = comment(draft, "art_5__para_1")
    assembly.revise_draft(by=hubei.congress, draft=draft, text=SECOND, note="增加经费一条")
    assert places(whole, point_, article, gone) == [
        ("", "same"),
        ("art_4__para_1__point_2", "same"),
        ("art_5", "changed"),
        ("", "orphan"),
    ]
    assert again(gone).is_orphan and not again(whole).is_orphan
    assert [(row.eid, row.how) for row in Anchor.objects.filter(comment=article)] == [
        ("art_4", "made"),
        ("art_5", "changed"),
    ]
    facts = Entry.objects.get(verb="assembly.draft_revised").facts
    assert facts["comments"] == {"same": 2, "changed": 1, "moved": 0, "orphan": 1}


def test_an_orphan_comes_home_when_its_article_does(hubei: Town) -> None:
    draft = opened(hubei)
    gone = comment(draft, "art_5__para_1")
    assembly.revise_draft(by=hubei.congress, draft=draft, text=SECOND, note="删去清理一条")
    assembly.revise_draft(by=hubei.congress, draft=draft, text=THIRD, note="恢复清理一条")
    assert places(gone) == [("art_5__para_1", "same")]


def test_a_comment_written_on_an_earlier_version_follows_at_once(hubei: Town) -> None:
    draft = opened(hubei)
    before = queries.newest(draft)
    assembly.revise_draft(by=hubei.congress, draft=draft, text=SECOND, note="增加经费一条")
    late = comment(draft, "art_4", on=before)
    assert (late.eid, late.made_on, late.now_eid, late.now_how) == ("art_4", before, "art_5", "changed")
    assert places(late) == [("art_5", "changed")] and late.anchors.count() == 2
    with pytest.raises(BadInput, match="不是这件草案的"):
        comment(draft, "art_4", on=queries.newest(opened(hubei)))


def test_the_preview_promises_what_the_action_does(hubei: Town) -> None:
    draft = opened(hubei)
    rows = [comment(draft, eid) for eid in ("art_3__para_1__point_2", "art_4", "art_5")]
    fates = queries.fates_of(draft, queries.read_draft(SECOND))
    assert all(again(row).now_how == "made" for row in rows)  # a look changes nothing
    assembly.revise_draft(by=hubei.congress, draft=draft, text=SECOND, note="增加经费一条")
    assert places(*rows) == [(fates.comments[row.pk].eid, fates.comments[row.pk].how) for row in rows]


def test_a_new_text_that_is_refused_moves_nothing(hubei: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = opened(hubei)
    row = comment(draft, "art_4")
    for text, note, said_ in (
        (FIRST, "没有改", "一字不差"),
        ("改成了一段话", "改成了一段话", "没有读到"),
        (SECOND, "", "请写明这一稿"),
    ):
        with pytest.raises(BadInput, match=said_):
            assembly.revise_draft(by=hubei.congress, draft=draft, text=text, note=note)

    def broken(*args: Any, **more: Any) -> None:
        raise BadInput("停电")

    monkeypatch.setattr("linli.areas.assembly.actions.drafts.step", broken)  # after the anchors were written
    with pytest.raises(BadInput, match="停电"):
        assembly.revise_draft(by=hubei.congress, draft=draft, text=SECOND, note="增加经费一条")
    assert places(row) == [("art_4", "made")] and row.anchors.count() == 1 and draft.texts.count() == 1


def test_a_chapter_is_nothing_to_comment_on_and_the_newest_text_counts(hubei: Town) -> None:
    draft = opened(hubei)
    for eid in ("chp_1", "art_99", "art_3__para_9"):
        with pytest.raises(BadInput, match="没有这一条"):
            comment(draft, eid)


# ---------------------------------------------------------------- the law


def test_the_board_of_the_congress_holds_both_duties_and_the_digest_is_the_evidence(hubei: Town) -> None:
    body = hubei.bodies["congress"]

    def states() -> dict[str, str]:
        snap = duties.snapshot_of(body.place)
        return {line.duty.id: str(line.state) for line in duties.board_of(snap, body).lines}

    before = states()
    assert before == {"legislative_contact_points": "none", "hear_on_laws": "none"}
    point(hubei)
    draft = opened(hubei)
    assert states() == {"legislative_contact_points": "done", "hear_on_laws": "none"}  # asking alone is not hearing
    row = comment(draft)
    closed(hubei, draft)
    assembly.answer_comments(
        by=hubei.congress, draft=draft, comments=[row], outcome="adopted", reason="巡查次数已改为每周两次。"
    )
    assembly.publish_digest(by=hubei.congress, draft=draft)
    assert states()["hear_on_laws"] == "done"


def test_a_resident_reads_only_by_number_and_code(hubei: Town) -> None:
    kept = receipt(opened(hubei), name="李梅", contact="10000000001")
    assert queries.opened_comment(kept.comment.number, kept.code.lower(), caller="1") == kept.comment
    for number, code in ((kept.comment.number, "2" * 10), ("1" * 14, kept.code), (kept.comment.number, "")):
        with pytest.raises(NotVisible, match="编号或查询码不对"):
            queries.opened_comment(number, code, caller="2")
    assert kept.code not in kept.comment.code_hash
    assert said().stance == "amend" and RESIDENT.powers

"""Comments: what is taken, what staff enter for others, grouping, answers, hiding, and when a digest may be published."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from linli.areas.assembly import actions as assembly
from linli.areas.assembly import queries
from linli.areas.assembly.models import Answer, Comment, Draft, Group, Meeting
from linli.commons.actor import RESIDENT
from linli.kit.errors import BadInput, NotAllowed, NotVisible, RuleBroken, WrongState
from linli.kit.files import Attachment
from linli.kit.trail import Entry
from tests.areas.assembly.laws import SECOND, again, closed, comment, in_days, opened, point, prepared, receipt, said
from tests.cast import Town

REASON = "已按意见改为每周巡查两次。"


def answer(town: Town, draft: Draft, *rows: Comment, outcome: str = "adopted", **more: Any) -> Answer:
    given: dict[str, Any] = {"reason": REASON, **more}
    return assembly.answer_comments(by=town.congress, draft=draft, comments=rows, outcome=outcome, **given)


def paper(town: Town, draft: Draft, who: str = "committee", **more: Any) -> Any:
    given: dict[str, Any] = {"said": said(), "received_on": timezone.localdate(), **more}
    return assembly.take_paper_comment(by=town.cast[who], draft=draft, **given)


def meeting(town: Town, draft: Draft, who: str = "committee", **more: Any) -> Meeting:
    given: dict[str, Any] = {
        "held_on": timezone.localdate(),
        "venue": "社区活动室",
        "attendance": 20,
        "views": [said(heads=7), said("art_3", "support", "", heads=13)],
        **more,
    }
    return assembly.record_meeting(by=town.cast[who], draft=draft, **given)


# ---------------------------------------------------------------- what is taken


@pytest.mark.parametrize(
    ("more", "said_"),
    [
        ({"stance": "shout"}, "请选择赞成"),
        ({"kind": "king"}, "请选择身份"),
        ({"stance": "oppose", "words": "不好"}, "请写明理由"),
        ({"stance": "amend", "words": ""}, "请写明理由"),
        ({"stance": "question", "words": "?"}, "请写出您的疑问"),
        ({"stance": "question", "words": "", "wording": "改成每天巡查一次"}, "写了“建议改为”"),
        ({"stance": "support", "words": "", "wording": "改成每天巡查一次"}, "写了“建议改为”"),
        ({"words": "长" * 2001}, "2000 字以内"),
        ({"heads": 2}, "只有座谈会"),
        ({"heads": 0}, "人数要填 1 以上"),
    ],
)
def test_what_is_missing_is_said_and_nothing_kept(hubei: Town, more: dict[str, Any], said_: str) -> None:
    draft = opened(hubei)
    with pytest.raises(BadInput, match=said_):
        comment(draft, **more)
    assert not Comment.objects.exists()


def test_support_needs_no_words_and_a_wording_is_reason_enough(hubei: Town) -> None:
    draft = opened(hubei)
    assert comment(draft, stance="support", words="").stance == "support"
    assert comment(draft, words="", wording="物业服务企业应当每天巡查楼道。").wording
    untouched = queries.provision_of(queries.newest(draft), "art_4")
    assert untouched is not None
    assert comment(draft, stance="support", words="", wording=f" {untouched.body}\n").wording == ""
    with pytest.raises(BadInput, match="请写明理由"):
        comment(draft, words="", wording=untouched.body)


def test_a_number_that_is_taken_is_drawn_again(hubei: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = opened(hubei)
    taken = comment(draft).number
    drawn = iter([taken, taken, "26112200000001"])
    monkeypatch.setattr("linli.areas.assembly.actions.comments.new_number", lambda: next(drawn))
    row = comment(draft)
    assert row.number == "26112200000001" and Comment.objects.count() == 2 and row.anchors.count() == 1
    assert Entry.objects.filter(subject=row.trail_key).count() == 1


def test_name_and_contact_rest_encrypted_and_can_be_taken_out(hubei: Town) -> None:
    row = receipt(opened(hubei), name="金丝雀姓名", contact="10000009731").comment
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, contact FROM assembly_comment WHERE id = %s", [row.pk])
        assert all(value.startswith("a1:") for value in cursor.fetchone())
    facts = str(Entry.objects.get(verb="assembly.comment_made").facts)
    assert "金丝雀" not in facts and row.words not in facts
    assembly.erase_contact(by=RESIDENT, comment=row)
    assert (again(row).name, again(row).contact, again(row).words) == ("", "", row.words)
    with pytest.raises(WrongState, match="没有留姓名"):
        assembly.erase_contact(by=RESIDENT, comment=row)


def test_a_comment_is_taken_back_only_before_it_is_answered(hubei: Town) -> None:
    draft = opened(hubei)
    row, other = comment(draft), comment(draft)
    assembly.withdraw_comment(by=RESIDENT, comment=row)
    assert queries.progress(draft).comments == 1
    answer(hubei, draft, other)
    with pytest.raises(WrongState):
        assembly.withdraw_comment(by=RESIDENT, comment=other)
    with pytest.raises(WrongState):
        answer(hubei, draft, again(row))


# ---------------------------------------------------------------- on paper


def test_paper_is_entered_for_the_own_point_with_a_code_to_take_home(hubei: Town) -> None:
    ours = point(hubei)
    draft = opened(hubei)
    got = paper(hubei, draft, point=ours, scan=(b"%PDF-1.4\n%%EOF", "application/pdf", "a.pdf"))
    assert (got.comment.channel, got.comment.point, got.comment.entered_for) == (
        "paper",
        ours,
        hubei.bodies["committee"],
    )
    assert queries.opened_comment(got.comment.number, got.code, caller="1") == got.comment
    assert Attachment.objects.get(subject=got.comment.trail_key).name == "意见原件"
    assert queries.comments_of(hubei.committee, draft).get() == got.comment
    with pytest.raises(NotAllowed, match="承办单位"):
        paper(hubei, draft, who="neighbour", point=ours)


def test_a_host_sees_what_it_entered_itself_and_nothing_else(hubei: Town) -> None:
    draft = opened(hubei)
    own = paper(hubei, draft).comment
    comment(draft)
    paper(hubei, draft, who="neighbour")
    assert [row.pk for row in queries.comments_of(hubei.committee, draft)] == [own.pk]
    assert queries.comments_of(hubei.congress, draft).count() == 3
    assert queries.comments_of(hubei.lead, draft).count() == 0
    assert queries.comment_seen(hubei.congress, own.number) == own
    for who in (hubei.committee, hubei.lead, hubei.outsider):
        with pytest.raises(NotVisible):
            queries.comment_seen(who, own.number)


def test_paper_that_came_in_time_is_entered_after_the_closing_day(hubei: Town) -> None:
    draft = opened(hubei)
    today = timezone.localdate()
    Draft.objects.filter(pk=draft.pk).update(opens_on=today - timedelta(days=9), until=today - timedelta(days=1))
    assembly.close_due()
    assert paper(hubei, draft, received_on=today - timedelta(days=1)).comment.pk
    for day in (today, today - timedelta(days=10)):
        with pytest.raises(BadInput, match="收到日期要在"):
            paper(hubei, draft, received_on=day)


def test_nothing_is_entered_outside_the_area_nor_before_nor_after(hubei: Town, hunan: Town) -> None:
    draft = opened(hubei)
    with pytest.raises(NotAllowed, match="不能代录"):
        paper(hunan, draft)
    with pytest.raises(NotAllowed):
        paper(hubei, draft, who="department")
    with pytest.raises(WrongState, match="不收意见"):
        paper(hubei, prepared(hubei))


# ---------------------------------------------------------------- meetings


def test_a_meeting_counts_heads(hubei: Town) -> None:
    draft = opened(hubei)
    row = meeting(hubei, draft, point=point(hubei), uploads=((b"%PDF-1.4\n%%EOF", "application/pdf", "签到表.pdf"),))
    assert [one.heads for one in row.comments.all()] == [7, 13]
    found = queries.digest(draft)
    assert (found.comments, found.heads) == (2, 20)
    by = {one.key: one for one in found.rows}
    assert by["art_4"].by_stance() == {"amend": 7} and by["art_3"].counts["support", "resident"] == 13
    assert Entry.objects.get(verb="assembly.meeting_recorded").basis == ["hubei.art_27__para_2"]
    assert Attachment.objects.filter(subject=row.trail_key).count() == 1
    assert queries.meetings_of(hubei.committee, draft).get() == row
    assert not queries.meetings_of(hubei.neighbour, draft).exists()
    assert queries.meeting_seen(hubei.congress, row.code) == row
    with pytest.raises(NotVisible):
        queries.meeting_seen(hubei.neighbour, row.code)
    spoken = row.comments.first()
    assert spoken is not None and not spoken.opens_with("") and not spoken.opens_with("2" * 10)


@pytest.mark.parametrize(
    ("more", "said_"),
    [
        ({"attendance": 12}, "第 2 条意见的人数（13）多于到会人数（12）"),
        ({"attendance": 0}, "到会人数要填"),
        ({"views": []}, "至少录入一条"),
        ({"venue": ""}, "在哪里开的"),
        ({"held_on": 1}, "召开日期要在"),
        ({"views": "short"}, "第 2 条意见：请写明理由"),
        ({"uploads": ((b"x", "image/png", "a.png"),) * 11}, "附件最多 10 份"),
    ],
)
def test_a_meeting_is_kept_whole_or_not_at_all(hubei: Town, more: dict[str, Any], said_: str) -> None:
    if "held_on" in more:
        more = {"held_on": in_days(1)}
    if more.get("views") == "short":
        more = {"views": [said(), said(words="短")]}
    with pytest.raises(BadInput, match=said_):
        meeting(hubei, opened(hubei), **more)
    assert not Meeting.objects.exists() and not Comment.objects.exists() and not Attachment.objects.exists()


# ---------------------------------------------------------------- grouping


def grouped(town: Town, draft: Draft, *rows: Comment, **more: Any) -> Group:
    given: dict[str, Any] = {"summary": "建议增加巡查次数", **more}
    return assembly.group_comments(by=town.congress, draft=draft, comments=rows, **given)


def test_a_group_stands_where_its_members_do(hubei: Town) -> None:
    draft = opened(hubei)
    one, two, three = comment(draft), comment(draft), comment(draft, "art_4__para_1")
    assert grouped(hubei, draft, one, two).eid == "art_4"
    other = comment(draft, "art_4__para_1")
    assert grouped(hubei, draft, three, other).eid == "art_4__para_1"
    with pytest.raises(BadInput, match="已经归在一组"):
        grouped(hubei, draft, one, comment(draft))
    with pytest.raises(BadInput, match="对着同一条"):
        grouped(hubei, draft, comment(draft, "art_3"), comment(draft))
    with pytest.raises(BadInput, match="两条以上"):
        grouped(hubei, draft, comment(draft))
    with pytest.raises(BadInput, match="用一句话归纳"):
        grouped(hubei, draft, comment(draft), comment(draft), summary="")
    with pytest.raises(BadInput, match="请先选中"):
        grouped(hubei, opened(hubei), comment(draft), comment(draft))


def test_a_late_comment_joins_an_answered_group_and_its_answer(hubei: Town) -> None:
    draft = opened(hubei)
    group = grouped(hubei, draft, comment(draft), comment(draft))
    given = assembly.answer_comments(by=hubei.congress, draft=draft, group=group, outcome="adopted", reason=REASON)
    late = comment(draft)
    assembly.group_comments(by=hubei.congress, draft=draft, comments=[late], group=group)
    assert (again(late).state, again(late).answer, given.comments.count()) == ("answered", given, 3)


def test_a_group_is_taken_apart_and_ends_with_its_last_member(hubei: Town) -> None:
    draft = opened(hubei)
    one, two = comment(draft), comment(draft)
    group = grouped(hubei, draft, one, two)
    assembly.ungroup(by=hubei.congress, draft=draft, group=group, comment=one)
    assert again(one).group is None and again(group).ended_at is None
    with pytest.raises(BadInput, match="不在这一组"):
        assembly.ungroup(by=hubei.congress, draft=draft, group=group, comment=one)
    assembly.hide_comment(by=hubei.congress, draft=draft, comment=again(two), reason="含有他人隐私")
    assert again(group).ended_at is not None
    with pytest.raises(BadInput, match="已经拆开"):
        assembly.ungroup(by=hubei.congress, draft=draft, group=again(group))
    other = grouped(hubei, draft, one, comment(draft))
    assembly.ungroup(by=hubei.congress, draft=draft, group=other)
    assert not other.members.exists() and again(other).ended_at is not None


def test_a_group_is_moved_by_hand_as_one_and_follows_a_new_text(hubei: Town) -> None:
    draft = opened(hubei)
    one, two = comment(draft, "art_5"), comment(draft, "art_5")
    group = grouped(hubei, draft, one, two, summary="清理一条不要删")
    assembly.revise_draft(by=hubei.congress, draft=draft, text=SECOND, note="删去清理一条")
    assert again(group).how == "orphan" and queries.progress(draft).orphans == 2
    assert queries.digest(draft).rows[-1].key == queries.ORPHANS
    with pytest.raises(BadInput, match="没有这一条"):
        assembly.move_anchor(by=hubei.congress, draft=draft, comment=again(one), eid="art_9")
    assembly.move_anchor(by=hubei.congress, draft=draft, comment=again(one), eid="art_3")
    assert [(again(row).now_eid, again(row).now_how) for row in (one, two)] == [("art_3", "by_hand")] * 2
    assert (again(group).eid, again(group).how, queries.progress(draft).orphans) == ("art_3", "by_hand", 0)
    assert Entry.objects.filter(verb="assembly.anchor_moved").count() == 2


# ---------------------------------------------------------------- answers


@pytest.mark.parametrize(
    ("more", "said_"),
    [
        ({"reason": "同意"}, "请写明理由"),
        ({"outcome": "maybe"}, "请选择采纳"),
        ({"outcome": "noted"}, "只用于疑问"),
        ({"outcome": "not", "where": "art_4"}, "才写体现在第几条"),
        ({"where": "art_99"}, "没有这一条"),
        ({"reason": "感谢金丝雀姓名提出的这条意见。"}, "姓名或联系方式"),
        ({"reason": "已电话 10000009731 说明情况。"}, "姓名或联系方式"),
    ],
)
def test_an_answer_says_why_and_names_nobody(hubei: Town, more: dict[str, Any], said_: str) -> None:
    draft = opened(hubei)
    row = comment(draft, name="金丝雀姓名", contact="10000009731")
    with pytest.raises(BadInput, match=said_):
        answer(hubei, draft, row, **more)
    assert not Answer.objects.exists() and again(row).state == "open"


def test_an_explanation_answers_a_question(hubei: Town) -> None:
    draft = opened(hubei)
    row = comment(draft, stance="question", words="谁来检查物业有没有巡查？")
    assert answer(hubei, draft, row, outcome="noted", reason="由街道办事处每月抽查巡查记录。").outcome == "noted"


def test_a_corrected_answer_is_a_new_row_and_the_old_one_stays(hubei: Town) -> None:
    draft = opened(hubei)
    row = comment(draft)
    first = answer(hubei, draft, row, outcome="not", reason="巡查一次已经够了，不作修改。")
    second = answer(hubei, draft, row, where="art_4")
    assert again(row).answer == second and list(
        Answer.objects.filter(comments=row).order_by("id").values_list("pk", flat=True)
    ) == [first.pk, second.pk]
    assert second.text == queries.newest(draft)


def test_nobody_but_the_asking_congress_weighs(hubei: Town, hunan: Town) -> None:
    draft = opened(hubei)
    row = comment(draft)
    for who in (hubei.lead, hubei.committee, hubei.province, hunan.congress, RESIDENT):
        with pytest.raises(NotAllowed):
            assembly.answer_comments(by=who, draft=draft, comments=[row], outcome="adopted", reason=REASON)
        with pytest.raises(NotAllowed):
            assembly.hide_comment(by=who, draft=draft, comment=row, reason="不想让人看到")
        with pytest.raises(NotAllowed):
            assembly.publish_digest(by=who, draft=draft)
    assert again(row).state == "open"


def test_a_hidden_comment_is_counted_apart_and_can_come_back(hubei: Town) -> None:
    draft = opened(hubei)
    row = comment(draft)
    answer(hubei, draft, row)
    with pytest.raises(BadInput, match="不予公开的理由"):
        assembly.hide_comment(by=hubei.congress, draft=draft, comment=row, reason="")
    assembly.hide_comment(by=hubei.congress, draft=draft, comment=row, reason="辱骂他人")
    found = queries.digest(draft)
    assert (found.comments, found.hidden, again(row).hidden_why) == (0, 1, "辱骂他人")
    with pytest.raises(BadInput, match="不是这件草案的"):
        assembly.show_comment(by=hubei.congress, draft=opened(hubei), comment=again(row))
    assembly.show_comment(by=hubei.congress, draft=draft, comment=again(row))
    assert (again(row).state, again(row).answer, queries.digest(draft).hidden) == ("open", None, 0)
    with pytest.raises(WrongState):
        assembly.show_comment(by=hubei.congress, draft=draft, comment=again(row))


# ---------------------------------------------------------------- publishing


def test_a_digest_is_refused_while_one_comment_waits_and_says_where(hubei: Town) -> None:
    draft = opened(hubei)
    rows = [comment(draft), comment(draft, "art_4__para_1"), comment(draft, "", "support"), comment(draft, "art_3")]
    closed(hubei, draft)
    with pytest.raises(RuleBroken, match="还有 4 条意见没有答复：全文 1 条、第三条 1 条、第四条 2 条"):
        assembly.publish_digest(by=hubei.congress, draft=draft)
    assert Entry.objects.filter(verb="assembly.refused").count() == 1
    answer(hubei, draft, *rows[:3])
    assert queries.unanswered(draft) == [("art_3", 1)]
    assembly.hide_comment(by=hubei.congress, draft=draft, comment=rows[3], reason="含有他人隐私")
    draft = assembly.publish_digest(by=hubei.congress, draft=draft)
    assert draft.published_at is not None
    facts = Entry.objects.get(verb="assembly.digest_published").facts
    assert facts == {"comments": 3, "heads": 3, "hidden": 1, "outcomes": {"adopted": 3}}
    for late in (
        lambda: assembly.hide_comment(by=hubei.congress, draft=draft, comment=again(rows[0]), reason="公布后再藏"),
        lambda: grouped(hubei, draft, rows[0], rows[1]),
        lambda: paper(hubei, draft),
        lambda: assembly.move_anchor(by=hubei.congress, draft=draft, comment=again(rows[0]), eid="art_3"),
    ):
        with pytest.raises(WrongState):
            late()
    assert answer(hubei, draft, rows[0], reason="更正：这一条在第五条第一款体现。").outcome == "adopted"


def test_a_draft_to_which_nobody_said_anything_is_published_too(hubei: Town) -> None:
    draft = closed(hubei, opened(hubei))
    assert assembly.publish_digest(by=hubei.congress, draft=draft).state == "answered"


def test_the_digest_counts_by_article_stance_and_kind_with_groups_and_answers(hubei: Town) -> None:
    draft = opened(hubei)
    one, two = comment(draft), comment(draft, kind="lawyer")
    alone = comment(draft, "art_4__para_1", "oppose", "一次就够了，不要增加负担。")
    group = grouped(hubei, draft, one, two)
    assembly.answer_comments(by=hubei.congress, draft=draft, group=group, outcome="partly", reason=REASON)
    answer(hubei, draft, alone, outcome="not", reason="多数意见要求增加巡查次数。")
    row = next(row for row in queries.digest(draft).rows if row.key == "art_4")
    assert dict(row.counts) == {("amend", "resident"): 1, ("amend", "lawyer"): 1, ("oppose", "resident"): 1}
    assert [(held.group, held.heads, held.answer and held.answer.outcome) for held in row.groups] == [
        (group, 2, "partly")
    ]
    assert [(told.answer.outcome, told.heads) for told in row.told] == [("not", 1)]
    assert dict(row.outcomes) == {"partly": 2, "not": 1} and row.open == 0
    assert queries.digest(draft).outcomes() == {"partly": 2, "not": 1}


def test_the_digest_costs_the_same_for_one_comment_and_for_many(
    hubei: Town, django_assert_max_num_queries: Any
) -> None:
    draft = opened(hubei)
    for _turn in range(12):
        comment(draft)
    grouped(hubei, draft, *Comment.objects.all()[:5])
    answer(hubei, draft, *Comment.objects.all()[5:9])
    with django_assert_max_num_queries(7):
        assert queries.digest(draft).comments == 12
    with django_assert_max_num_queries(1):
        assert queries.progress(draft).open == 8


def test_progress_counts_channels_and_points(hubei: Town) -> None:
    ours = point(hubei)
    draft = opened(hubei)
    comment(draft)
    paper(hubei, draft, point=ours)
    meeting(hubei, draft)
    got = queries.progress(draft)
    assert got.channels == {"web": 1, "paper": 1, "meeting": 2} and got.points == {None: 3, ours.pk: 1}
    assert (got.comments, got.heads, got.open, got.left) == (4, 22, 4, 31)


# ---------------------------------------------------------------- what the tables themselves forbid


@pytest.mark.parametrize(
    "change",
    [
        {"heads": 0},
        {"heads": 3},
        {"state": "answered"},
        {"channel": "meeting"},
        {"code_hash": ""},
    ],
)
def test_the_table_itself_forbids_what_must_never_be(hubei: Town, change: dict[str, Any]) -> None:
    row = comment(opened(hubei))
    with pytest.raises(IntegrityError), transaction.atomic():
        Comment.objects.filter(pk=row.pk).update(**change)

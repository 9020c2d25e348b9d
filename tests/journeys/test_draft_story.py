"""The story of a draft law: opened, spoken to in three ways, grouped, given a new text, answered, published, read by who spoke."""

from __future__ import annotations

from django.test import Client
from django.utils import timezone

from linli.areas.assembly import actions as assembly
from linli.areas.assembly import queries
from linli.areas.assembly.models import Comment
from linli.kit import trail
from linli.methods.opinion import Opinion, groups
from tests.areas.assembly.laws import SECOND, again, opened, point, said
from tests.areas.assembly.test_public_pages import given, page, send
from tests.areas.duties.test_board import line
from tests.cast import Town

PAPER = "扫一次楼道不够，每周应当巡查两次，查了要贴出来。"
ORPHANED = "季度清理要提前三天通知，老人来不及搬东西。"


def test_what_was_said_online_on_paper_and_in_a_meeting_is_answered_and_read_by_who_said_it(town: Town) -> None:
    """HB 27(2), 立法法 70 and 90: people are heard at the contact point, and each learns what came of it."""
    # The congress sets up a contact point and lays a draft open.
    at = point(town)
    draft = opened(town)
    reader = Client()
    assert "每周至少巡查一次楼道" in page(reader, f"/drafts/{draft.code}/")

    # A resident speaks online; two more come with a sheet of paper and to a meeting.
    words = "巡查每周一次不够，建议改成每周两次。"
    done = send(reader, f"/drafts/{draft.code}/say/", **given(at="art_4", words=words, name="", contact=""))
    number = Comment.objects.get().number
    assert number in done
    sheet = assembly.take_paper_comment(
        by=town.committee, draft=draft, said=said(words=PAPER), received_on=timezone.localdate(), point=at
    )
    held = assembly.record_meeting(
        by=town.committee,
        draft=draft,
        held_on=timezone.localdate(),
        venue="社区会议室",
        attendance=12,
        point=at,
        views=[
            said(words="每周巡查两次，一次不够。", heads=7),
            said("art_5", "oppose", ORPHANED, heads=2),
        ],
    )
    lost = held.comments.get(eid="art_5")

    # Those that say the same are suggested as one; a person confirms it.
    rows = list(queries.comments_of(town.congress, draft))
    bodies = {part.eid: part.body for part in queries.provisions_of(queries.newest(draft))}
    found = groups([Opinion(row.now_eid, row.stance, row.words, row.wording, bodies[row.now_eid]) for row in rows])
    assert [{rows[n].eid for n in group} for group in found] == [{"art_4"}] and len(found[0]) == 3
    group = assembly.group_comments(
        by=town.congress, draft=draft, comments=[rows[n] for n in found[0]], summary="每周巡查一次不够，应当两次"
    )

    # The second text takes it up; articles are renumbered, and one is gone.
    assembly.revise_draft(by=town.congress, draft=draft, text=SECOND, note="巡查改为每周两次；删去季度清理。")
    assert {row.now_eid for row in group.members.all()} == {"art_5"}
    assert again(lost).is_orphan and again(group).eid == "art_5"
    assert "第 2 稿：第五条（条文文字有改动）" in page(reader, f"/drafts/follow/{number}/")
    assert "每周至少巡查<ins>两" in page(reader, f"/drafts/{draft.code}/versions/").replace("\n", "")

    # Nothing is published while one comment waits; then each has its answer.
    draft = assembly.close_draft(by=town.congress, draft=again(draft), reason="意见已经充分")
    assembly.answer_comments(
        by=town.congress,
        draft=draft,
        group=again(group),
        outcome="adopted",
        reason="居民普遍认为一次不够，已改为每周至少两次。",
        where="art_5",
    )
    client = Client()
    assert client.get(f"/drafts/{draft.code}/digest/").status_code == 404
    assert [key for key, _count in queries.unanswered(draft)] == [queries.ORPHANS]
    assembly.answer_comments(
        by=town.congress,
        draft=draft,
        comments=[again(lost)],
        outcome="not",
        reason="第二稿已删去季度清理，由居民公约自行约定。",
    )
    assembly.publish_digest(by=town.congress, draft=again(draft))

    # Everybody reads what came of it, without a word of who said it; the two at the meeting are too few to be counted.
    told = page(client, f"/drafts/{draft.code}/digest/")
    assert "每周巡查一次不够，应当两次" in told and "已改为每周至少两次" in told and "体现在第五条" in told
    assert "找不到对应条文的意见" in told and "由居民公约自行约定" in told
    assert words not in told and PAPER not in told and ORPHANED not in told
    assert "9 以上" in told and "少于 5" in told

    # The resident and the neighbour with the paper read their answer by number and code.
    mine = page(reader, f"/drafts/follow/{number}/")
    assert "采纳" in mine and "已改为每周至少两次" in mine and "体现在第 2 稿第五条" in mine
    neighbour = send(Client(), "/drafts/follow/", number=sheet.comment.number, code=sheet.code)
    assert PAPER in neighbour and "已改为每周至少两次" in neighbour
    if town.pack == "hubei":  # Hunan's draft has no such article; nothing is owed there
        for duty in ("legislative_contact_points", "hear_on_laws"):
            assert line(town, "congress", duty).state == "done", duty
    assert list(trail.verify()) == []

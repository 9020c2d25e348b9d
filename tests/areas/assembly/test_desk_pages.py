"""Staff pages of the contact point: from the loaded text to the published digest, and what each page refuses."""

from __future__ import annotations

import io
from typing import Any

import docx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from linli.areas.assembly import actions as assembly
from linli.areas.assembly import queries
from linli.areas.assembly.models import Comment, ContactPoint, Draft, Group, Invitation, Meeting
from linli.commons.settings import limit_of
from linli.kit.trail import Entry
from tests.areas.assembly.laws import FIRST, SECOND, again, closed, comment, in_days, opened, point, prepared, said
from tests.cast import Town

REASON = "已按意见改为每周巡查两次。"


def sign_in(town: Town, who: str = "congress") -> Client:
    client = Client()
    user = town.cast[who].user
    assert user is not None
    client.force_login(user)
    return client


def text_of(answer: Any) -> str:
    return str(answer.getvalue().decode())


def draft_data(town: Town, **more: Any) -> dict[str, Any]:
    return {
        "title": "某市楼道环境管理规定（草案）",
        "place": town.county.code,
        "until": in_days(30).isoformat(),
        "note": "楼道杂物是火灾隐患。",
        "text": FIRST,
        **more,
    }


# ---------------------------------------------------------------- preparing


def test_a_text_is_looked_at_before_anything_is_kept(hubei: Town) -> None:
    point(hubei)
    client = sign_in(hubei)
    looked = client.post("/work/drafts/new/", draft_data(hubei, do="look"))
    assert "读到 6 条，还没有保存" in text_of(looked) and "第二章 管理" in text_of(looked)
    assert not Draft.objects.exists()
    saved = client.post("/work/drafts/new/", draft_data(hubei, do="save", points=[ContactPoint.objects.get().code]))
    draft = Draft.objects.get()
    assert saved.headers["Location"] == f"/work/drafts/{draft.code}/" and draft.points.count() == 1
    assert "居民还看不到" in text_of(client.get(f"/work/drafts/{draft.code}/"))


def test_a_word_file_is_read_and_its_text_stands_in_the_box(hubei: Town) -> None:
    paper = docx.Document()
    for line in FIRST.split("\n"):
        paper.add_paragraph(line)
    out = io.BytesIO()
    paper.save(out)
    upload = SimpleUploadedFile("草案.docx", out.getvalue())
    looked = text_of(sign_in(hubei).post("/work/drafts/new/", draft_data(hubei, text="", do="look", file=upload)))
    assert "读到 6 条" in looked and "占用消防通道。" in looked.split("<textarea")[-1]


@pytest.mark.parametrize(
    ("name", "raw", "said_"),
    [
        ("草案.pdf", b"%PDF-1.4", "只能读 Word"),
        ("草案.docx", b"PK broken", "不是可读的 Word"),
        ("草案.txt", "没有条文的一段话。".encode(), "没有读到“第一条”"),
    ],
)
def test_a_file_that_cannot_be_read_is_said_so(hubei: Town, name: str, raw: bytes, said_: str) -> None:
    answer = sign_in(hubei).post(
        "/work/drafts/new/", draft_data(hubei, text="", do="look", file=SimpleUploadedFile(name, raw))
    )
    assert answer.status_code == 422 and said_ in text_of(answer)


def test_before_opening_title_and_day_are_corrected(hubei: Town) -> None:
    draft = prepared(hubei)
    client = sign_in(hubei)
    address = f"/work/drafts/{draft.code}/edit/"
    assert draft.title in text_of(client.get(address))
    client.post(address, {"title": "某市楼道规定（草案）", "until": in_days(9).isoformat(), "note": ""})
    assert (again(draft).title, again(draft).until) == ("某市楼道规定（草案）", in_days(9))
    assert client.post(f"/work/drafts/{draft.code}/step/open/").status_code == 302
    assert client.get(address).status_code == 409
    assert client.get(f"/work/drafts/{draft.code}/step/nonsense/").status_code == 404


def test_a_new_version_shows_what_becomes_of_each_comment_before_it_is_kept(hubei: Town) -> None:
    draft = opened(hubei)
    row = comment(draft, "art_5", words="清理一条不要删掉。")
    client = sign_in(hubei)
    address = f"/work/drafts/{draft.code}/text/"
    looked = text_of(client.post(address, {"text": SECOND, "note": "删去清理一条", "do": "look"}))
    assert "找不到对应条文" in looked and "清理一条不要删掉" in looked and draft.texts.count() == 1
    client.post(address, {"text": SECOND, "note": "删去清理一条", "do": "save"})
    assert draft.texts.count() == 2 and again(row).is_orphan
    page = text_of(client.get(f"/work/drafts/{draft.code}/"))
    assert "1 条意见在新稿里找不到对应条文" in page and "删去清理一条" in page


def test_what_lost_its_place_is_offered_a_new_one_until_the_digest_is_out(hubei: Town) -> None:
    draft = opened(hubei)
    row = comment(draft, "art_5", words="清理一条不要删掉。")
    assembly.revise_draft(by=hubei.congress, draft=draft, text=SECOND, note="删去清理一条")
    client, address = sign_in(hubei), f"/work/drafts/{draft.code}/"
    assert "逐条指定位置" in text_of(client.get(address))
    assembly.answer_comments(
        by=hubei.congress, draft=draft, comments=[row], outcome="not", reason="清理已并入第四条的巡查。"
    )
    draft = closed(hubei, draft)
    assembly.publish_digest(by=hubei.congress, draft=draft)
    assert "逐条指定位置" not in text_of(client.get(address))


# ---------------------------------------------------------------- from comment to digest


def test_from_the_comments_to_the_published_digest(hubei: Town) -> None:
    draft = opened(hubei)
    rows = [comment(draft, words=f"一周巡查一次太少，建议一周{word}次。") for word in ("两", "两", "二")]
    other = comment(draft, "art_3", "question", "谁来检查电动自行车？")
    client = sign_in(hubei)
    base = f"/work/drafts/{draft.code}/"

    groups = text_of(client.get(f"{base}groups/"))
    assert all(row.number in groups for row in rows) and other.number not in groups
    picked = {"c": [row.number for row in rows]}
    asked = text_of(client.post(f"{base}groups/new/", picked))
    assert "归纳" in asked and not Group.objects.exists()
    empty = client.post(f"{base}groups/new/", {**picked, "do": "save", "summary": ""})
    assert empty.status_code == 422 and "请写一句归纳" in text_of(empty)
    client.post(f"{base}groups/new/", {**picked, "do": "save", "summary": "增加巡查次数"})
    group = Group.objects.get()
    assert group.members.count() == 3

    form = text_of(client.get(f"{base}answer/?group={group.code}"))
    assert "答复 3 条意见" in form and "解答" not in form and "应当每周至少巡查一次楼道" in form
    short = client.post(f"{base}answer/?group={group.code}", {"outcome": "adopted", "reason": "好", "where": ""})
    assert short.status_code == 422 and "请写明理由" in text_of(short)
    client.post(f"{base}answer/?group={group.code}", {"outcome": "adopted", "reason": REASON, "where": "art_4"})
    assert {again(row).state for row in rows} == {"answered"}

    closed(hubei, draft)
    refused = client.post(f"{base}step/publish/")
    assert refused.status_code == 422 and "还有 1 条意见没有答复：第三条 1 条" in text_of(refused)
    ticked = client.post(f"{base}ticked/", {"pick": [other.number], "do": "answer"})
    assert "解答" in text_of(client.get(ticked.headers["Location"]))
    client.post(ticked.headers["Location"], {"outcome": "noted", "reason": "由街道办事处每月抽查。", "where": ""})
    assert client.post(f"{base}step/publish/").status_code == 302
    assert again(draft).state == "answered"
    word = docx.Document(io.BytesIO(client.get(f"{base}digest.docx").getvalue()))
    told = "\n".join(one.text for one in word.paragraphs) + "".join(
        cell.text for table in word.tables for line in table.rows for cell in line.cells
    )
    assert "增加巡查次数" in told and "谁来检查电动自行车" in told


def test_the_register_filters_finds_and_is_taken_away_without_names(
    hubei: Town, django_assert_max_num_queries: Any
) -> None:
    draft = opened(hubei)
    for turn in range(25):
        comment(draft, words=f"第 {turn} 条理由写在这里。", name="金丝雀姓名", contact="10000009731")
    comment(draft, "art_3", "oppose", "这一条管得太宽了。", kind="enterprise")
    client = sign_in(hubei)
    base = f"/work/drafts/{draft.code}/comments/"
    with django_assert_max_num_queries(26):
        everything = text_of(client.get(base))
    assert "共 26 条" in everything and "金丝雀" not in everything
    for query, number in (
        ("at=art_3", 1),
        ("kind=enterprise&stance=oppose", 1),
        ("q=管得太宽", 1),
        ("at=whole", 0),
        ("at=orphans", 0),
        ("state=answered", 0),
        ("channel=web&state=open", 26),
    ):
        table = text_of(client.get(f"{base}?{query}&as=csv"))
        assert table.count("自报") == number, query
        assert "金丝雀" not in table and "10000009731" not in table
    assert client.get(f"{base}?as=xlsx").getvalue()[:2] == b"PK"
    assert client.post(f"/work/drafts/{draft.code}/ticked/", {}).status_code == 409
    bare = client.get(f"/work/drafts/{draft.code}/answer/", follow=True)
    assert "请先勾选要答复的意见" in text_of(bare) and bare.redirect_chain[-1][0] == base
    assert client.get(f"/work/drafts/{draft.code}/groups/new/").status_code == 302
    assert client.get(f"/work/drafts/{draft.code}/answer/?c=1").status_code == 404


def test_one_comment_is_hidden_shown_moved_and_its_sender_seen_for_a_reason(hubei: Town) -> None:
    draft = opened(hubei)
    row = comment(draft, name="金丝雀姓名", contact="10000009731")
    client = sign_in(hubei)
    base = f"/work/drafts/comments/{row.number}/"
    page = text_of(client.get(base))
    assert row.words in page and "金丝雀姓名" not in page and "100******31" in page
    assert client.post(f"{base}reveal/", {"reason": ""}).status_code == 422
    assert "金丝雀姓名" in text_of(client.post(f"{base}reveal/", {"reason": "当面了解情况"}))
    assert Entry.objects.get(verb="assembly.contributor_viewed").note == "当面了解情况"
    client.post(f"{base}hide/", {"reason": "含有他人隐私"})
    assert again(row).state == "hidden" and client.get(f"{base}hide/").status_code == 409
    client.post(f"{base}show/")
    client.post(f"{base}move/", {"eid": "art_2"})
    assert (again(row).state, again(row).now_eid) == ("open", "art_2")
    bad = client.post(f"{base}move/", {"eid": "art_99"})
    assert bad.status_code == 422 and client.get(f"{base}sing/").status_code == 404
    assembly.answer_comments(
        by=hubei.congress, draft=draft, comments=[row], outcome="not", reason="巡查次数够了，不作修改。"
    )
    assert "更正答复" in text_of(client.get(base))


def test_a_group_is_joined_and_taken_apart_on_its_page(hubei: Town) -> None:
    draft = opened(hubei)
    one, two, three = comment(draft), comment(draft), comment(draft)
    group = assembly.group_comments(by=hubei.congress, draft=draft, comments=[one, two], summary="增加巡查次数")
    client = sign_in(hubei)
    base = f"/work/drafts/{draft.code}/groups/"
    asked = text_of(client.get(f"{base}new/?c={three.number}"))
    assert "或者加入同一条已有的组" in asked
    client.post(f"{base}new/", {"c": three.number, "group": group.code, "do": "save"})
    assert again(three).group == group
    assert one.number in text_of(client.get(f"{base}{group.code}/"))
    client.post(f"{base}{group.code}/", {"comment": one.number})
    assert again(one).group is None and group.members.count() == 2
    client.post(f"{base}{group.code}/")
    assert again(group).ended_at is not None and client.get(f"{base}none/").status_code == 404


# ---------------------------------------------------------------- what staff enter


def sheet(**more: Any) -> dict[str, Any]:
    return {
        "received_on": timezone.localdate().isoformat(),
        "kind": "resident",
        "name": "",
        "contact": "",
        "once": "sheet-1",
        "on": "1",
        "v1-eid": "art_4",
        "v1-stance": "amend",
        "v1-words": "一周一次太少了，建议两次。",
        "v2-eid": "art_3__para_1__point_2",
        "v2-stance": "support",
        **more,
    }


def test_a_sheet_is_entered_once_with_a_code_for_each_row(hubei: Town) -> None:
    ours = point(hubei)
    draft = opened(hubei)
    client = sign_in(hubei, "committee")
    address = f"/work/drafts/{draft.code}/paper/"
    assert "第 6 行" in text_of(client.get(address))
    for _turn in range(2):  # a double press
        assert client.post(address, sheet(point=ours.code)).headers["Location"] == f"{address}done/"
    rows = list(Comment.objects.order_by("id"))
    assert [(row.eid, row.channel, row.point) for row in rows] == [
        ("art_4", "paper", ours),
        ("art_3__para_1__point_2", "paper", ours),
    ]
    told = text_of(client.get(f"{address}done/"))
    assert all(row.number in told for row in rows)
    assert rows[0].number in text_of(client.get(f"/work/drafts/{draft.code}/"))
    assert sign_in(hubei, "neighbour").get(f"{address}done/").status_code == 404


def test_more_rows_are_added_without_losing_what_was_typed(hubei: Town) -> None:
    draft = opened(hubei)
    client = sign_in(hubei, "committee")
    address = f"/work/drafts/{draft.code}/paper/"
    page = text_of(client.post(address, sheet(do="more", rows="6", name="李梅", **{"v6-words": "第六行写了一半"})))
    assert "第 12 行" in page and "第六行写了一半" in page and 'value="李梅"' in page and 'value="sheet-1"' in page
    assert "有几处需要改一下" not in page and not Comment.objects.exists()
    assert "第 60 行" in text_of(client.post(address, sheet(do="more", rows="999")))
    last = {"v12-eid": "art_2", "v12-stance": "oppose", "v12-words": "范围太宽，建议只管楼道。"}
    client.post(address, sheet(do="save", rows="12", **last))
    assert Comment.objects.count() == 3


@pytest.mark.parametrize(
    ("more", "said_"),
    [
        ({"v1-words": "短", "v2-stance": ""}, "第 1 条意见：请写明理由"),
        ({"v2-eid": "art_99"}, "第 2 行："),
        ({"v1-stance": "", "v1-words": "", "v1-eid": "", "v2-stance": ""}, "请至少录入一条意见"),
        ({"received_on": "2020-01-01"}, "收到日期要在"),
        ({"received_on": "去年"}, "日期要写成"),
    ],
)
def test_a_sheet_with_a_fault_keeps_nothing_and_names_the_row(hubei: Town, more: dict[str, Any], said_: str) -> None:
    draft = opened(hubei)
    answer = sign_in(hubei, "committee").post(f"/work/drafts/{draft.code}/paper/", sheet(**more))
    assert answer.status_code == 422 and said_ in text_of(answer)
    assert not Comment.objects.exists()


def test_a_meeting_is_entered_with_heads_and_read_by_its_body_and_the_congress(hubei: Town) -> None:
    draft = opened(hubei)
    client = sign_in(hubei, "committee")
    address = f"/work/drafts/{draft.code}/meetings/new/"
    data = {
        "held_on": timezone.localdate().isoformat(),
        "venue": "社区活动室",
        "attendance": "12",
        "minutes": "",
        "once": "m1",
        "on": "1",
        "v1-eid": "art_4",
        "v1-stance": "amend",
        "v1-words": "一周一次太少了，建议两次。",
        "v1-heads": "9",
        "v1-kind": "resident",
        "papers": SimpleUploadedFile("签到表.pdf", b"%PDF-1.4\n%%EOF"),
    }
    assert client.post(address, {**data, "v1-heads": "99"}).status_code == 422
    done = client.post(address, {**data, "papers": SimpleUploadedFile("签到表.pdf", b"%PDF-1.4\n%%EOF")})
    row = Meeting.objects.get()
    assert done.headers["Location"] == f"/work/drafts/meetings/{row.code}/"
    page = text_of(client.get(f"/work/drafts/meetings/{row.code}/"))
    assert "签到表.pdf" in page and "一周一次太少了" in page
    file = page.split(f"/work/drafts/meetings/{row.code}/file/")[1].split("/")[0]
    assert client.get(f"/work/drafts/meetings/{row.code}/file/{file}/").status_code == 200
    assert sign_in(hubei).get(f"/work/drafts/meetings/{row.code}/").status_code == 200
    assert sign_in(hubei, "neighbour").get(f"/work/drafts/meetings/{row.code}/").status_code == 404
    assert "社区活动室" in text_of(sign_in(hubei).get(f"/work/drafts/{draft.code}/meetings/"))


def test_who_collects_sees_the_own_entries_and_no_desk(hubei: Town) -> None:
    point(hubei)
    draft = opened(hubei)
    row = comment(draft, words="金丝雀原话：楼道灯不亮。")
    client = sign_in(hubei, "committee")
    page = text_of(client.get(f"/work/drafts/{draft.code}/"))
    assert "录入纸质意见" in page and row.words not in page
    for tail in ("comments/", "groups/", "text/", "step/close/", "digest.docx", "answer/", "invitations/"):
        assert client.get(f"/work/drafts/{draft.code}/{tail}").status_code == 404, tail
    assert client.get(f"/work/drafts/comments/{row.number}/").status_code == 404
    today = text_of(client.get("/work/"))
    assert draft.title in today and "征集意见" in today
    assembly.publish_digest(by=hubei.congress, draft=_answered(hubei, draft, row))
    assert client.get(f"/work/drafts/{draft.code}/paper/").status_code == 409
    assert "采纳情况已经公布" in text_of(client.get(f"/work/drafts/{draft.code}/"))


def _answered(town: Town, draft: Draft, row: Comment) -> Draft:
    assembly.answer_comments(by=town.congress, draft=draft, comments=[row], outcome="adopted", reason=REASON)
    return closed(town, draft)


# ---------------------------------------------------------------- points, invitations, the list


def test_contact_points_are_set_up_corrected_and_ended(hubei: Town) -> None:
    client = sign_in(hubei)
    data = {
        "host": hubei.bodies["committee"].code,
        "name": "滨江社区基层立法联系点",
        "address": "滨江路 1 号",
        "phone": "0000-0000101",
        "decision": "某市人大常委会决定〔2026〕1 号",
        "set_up_on": timezone.localdate().isoformat(),
    }
    assert client.post("/work/drafts/points/new/", {**data, "decision": ""}).status_code == 422
    client.post("/work/drafts/points/new/", data)
    row = ContactPoint.objects.get()
    assert row.place == hubei.community
    client.post(f"/work/drafts/points/{row.code}/change/", {"address": "滨江路 3 号", "phone": "0000-0000102"})
    assert "滨江路 3 号" in text_of(client.get("/work/drafts/points/"))
    assert "滨江路 3 号" in text_of(client.get("/work/drafts/points/?as=csv"))
    client.post(f"/work/drafts/points/{row.code}/end/", {"reason": "社区合并"})
    assert again(row).ended_on == timezone.localdate()
    assert client.get(f"/work/drafts/points/{row.code}/end/").status_code == 409
    assert client.get("/work/drafts/points/none/change/").status_code == 404
    assert client.post("/work/drafts/points/limit/", {"amount": "0", "unit": "days"}).status_code == 422
    client.post("/work/drafts/points/limit/", {"amount": "30", "unit": "days"})
    assert limit_of("assembly.answer", hubei.county.code).amount == 30


def test_an_invitation_shows_its_link_once(hubei: Town) -> None:
    draft = opened(hubei)
    client = sign_in(hubei)
    address = f"/work/drafts/{draft.code}/invitations/"
    page = text_of(client.post(address, {"kind": "lawyer", "whom": "市律师协会"}))
    link = page.split("/drafts/invited/")[1].split("/")[0]
    assert queries.invited(link, caller="1") == Invitation.objects.get()
    assert link not in text_of(client.get(address)) and "市律师协会" in text_of(client.get(address))
    assert client.post(address, {"kind": "king", "whom": ""}).status_code == 422


def test_the_list_of_drafts_costs_the_same_for_one_and_for_many(
    hubei: Town, django_assert_max_num_queries: Any
) -> None:
    draft = opened(hubei)
    for _turn in range(5):
        opened(hubei)
        comment(draft)
    for who in ("congress", "committee"):
        client = sign_in(hubei, who)
        client.get("/work/drafts/")
        with django_assert_max_num_queries(14):
            assert draft.title in text_of(client.get("/work/drafts/"))
    assert "共 6 条" in text_of(sign_in(hubei).get("/work/drafts/?q=楼道"))
    assert "这里没有" in text_of(sign_in(hubei).get("/work/drafts/?view=answered"))
    client = sign_in(hubei)
    with django_assert_max_num_queries(30):
        client.get(f"/work/drafts/{draft.code}/")


def test_the_steps_of_a_draft_are_taken_on_their_pages(hubei: Town) -> None:
    draft = opened(hubei)
    client = sign_in(hubei)
    base = f"/work/drafts/{draft.code}/step/"
    assert client.post(f"{base}extend/", {"until": in_days(1).isoformat()}).status_code == 422
    client.post(f"{base}extend/", {"until": in_days(40).isoformat()})
    assert client.post(f"{base}close/", {"reason": ""}).status_code == 422
    client.post(f"{base}close/", {"reason": "各方意见已经充分"})
    assert again(draft).state == "closed"
    early = client.post(f"{base}reopen/", {"until": in_days(20).isoformat()})
    assert early.status_code == 422 and "新的一稿" in text_of(early)
    assert client.get(f"{base}extend/").status_code == 409
    assert said().kind == "resident"

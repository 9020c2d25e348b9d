"""Residents' pages of drafts: read by article, comment in one form, follow by number and code, read what came of it."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from typing import Any

import docx
import pytest
from django.test import Client
from django.utils import timezone

from linli.areas.assembly import actions as assembly
from linli.areas.assembly.actions import Said
from linli.areas.assembly.models import Comment, ContactPoint, Draft
from linli.areas.assembly.queries.paper import paper
from linli.areas.assembly.queries.published import published
from linli.commons.actor import RESIDENT
from tests.cast import Town

NAME, CONTACT = "金丝雀姓名", "10000009731"
WORDS = "金丝雀原话：我家门口的灯杆三年没有人管"
TEXT = """某市公共照明条例

第一章　总则
第一条　为了管好公共照明，方便居民夜间出行，制定本条例。
第二条　【谁来管】路灯由城市管理部门管护。
居民委员会收到居民反映，应当在二日以内转告城市管理部门。
前款所称转告，可以采用下列方式：
（一）打电话；
（二）在平台上登记。
第二章　修理
第三条　路灯坏了，城市管理部门应当在五日以内修好。
"""
SECOND = TEXT.replace("五日以内修好", "三日以内修好").replace("（一）打电话；\n（二）在平台上登记。\n", "").replace(
    "前款所称转告，可以采用下列方式：\n", ""
)  # fmt: skip


def in_days(days: int) -> Any:
    return timezone.localdate() + timedelta(days=days)


def point_of(town: Town) -> ContactPoint:
    return assembly.set_up_point(
        by=town.congress,
        place=town.community,
        host=town.bodies["committee"],
        name="滨江社区联系点",
        address="滨江路 8 号一楼",
        phone="10000000042",
        decision="某常发〔2026〕3 号",
        set_up_on=timezone.localdate(),
    )


def draft_of(town: Town, *, opened: bool = True, text: str = TEXT) -> Draft:
    draft = assembly.prepare_draft(
        by=town.congress,
        place=town.bodies["congress"].place,
        title="某市公共照明条例（草案）",
        text=text,
        until=in_days(20),
        note="请大家看看路灯谁来管、多久修好。",
    )
    return assembly.open_draft(by=town.congress, draft=draft) if opened else draft


def again(draft: Draft) -> Draft:
    return Draft.objects.get(pk=draft.pk)


def say(draft: Draft, eid: str, stance: str = "amend", kind: str = "resident", **more: Any) -> assembly.Receipt:
    extra = {key: more.pop(key) for key in ("name", "contact", "invitation", "point") if key in more}
    said = Said(stance, kind, eid, more.get("words", WORDS), more.get("wording", ""))
    return assembly.make_comment(by=RESIDENT, draft=draft, said=said, **extra)


def publish(town: Town, draft: Draft) -> Draft:
    """Answer what waits, each by itself, and publish."""
    draft = again(draft)
    if draft.state == "open":
        draft = assembly.close_draft(by=town.congress, draft=draft, reason="意见已经充分")
    for row in Comment.objects.filter(draft=draft, state="open"):
        outcome = "noted" if row.stance == "question" else "adopted"
        assembly.answer_comments(
            by=town.congress, draft=draft, outcome=outcome, reason="已经按意见改了第三条的日数。", comments=[row]
        )
    return assembly.publish_digest(by=town.congress, draft=again(draft))


def page(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, (path, answer.status_code)
    return answer.getvalue().decode("utf-8", "replace")


def send(client: Client, path: str, **data: Any) -> str:
    answer = client.post(path, data, follow=True)
    assert answer.status_code == 200, answer.content.decode()
    return answer.getvalue().decode()


def given(**more: Any) -> dict[str, Any]:
    return {"stance": "amend", "kind": "resident", "words": WORDS, "name": NAME, "contact": CONTACT, "on": "1", **more}


def test_nothing_is_shown_before_a_draft_is_opened(town: Town) -> None:
    draft = draft_of(town, opened=False)
    browser = Client()
    assert "现在没有征求意见的草案" in page(browser, "/drafts/") and "还没有设立联系点" in page(
        browser, "/drafts/points/"
    )
    for path in ("", "say/", "form/", "versions/", "digest/"):
        page(browser, f"/drafts/{draft.code}/{path}", 404)


def test_the_text_is_read_by_article_with_a_way_to_comment_behind_each(town: Town) -> None:
    point, draft = point_of(town), draft_of(town)
    browser = Client()
    assert draft.title in page(browser, "/drafts/") and "还有 21 天" in page(browser, "/drafts/")
    text = page(browser, f"/drafts/{draft.code}/")
    for eid in ("art_1", "art_2", "art_2__para_2", "art_2__para_3", "art_3"):
        assert f'?at={eid}"' in text
    assert "?at=art_1__para_1" not in text, "an article of one paragraph has one way only"
    assert "谁来管" in text and "第二章 修理" in text and point.address in text
    assert point.phone in page(browser, "/drafts/points/")


def test_a_resident_comments_on_a_paragraph_without_an_account(town: Town) -> None:
    draft = draft_of(town)
    browser = Client()
    form = page(browser, f"/drafts/{draft.code}/say/?at=art_2__para_2")
    assert "对第二条第二款提意见" in form and "应当在二日以内转告" in form
    assert re.search(r'<option value="art_2__para_3__point_2"', form), "one may choose a point of the same article"
    wording = "居民委员会收到居民反映，应当在一日以内转告城市管理部门。"
    told = given(at="art_2__para_2", wording=wording, once="t")
    done = send(browser, f"/drafts/{draft.code}/say/", **told)
    twin = send(browser, f"/drafts/{draft.code}/say/", **told)
    row = Comment.objects.get()
    assert row.number in done and row.number in twin, "the twin of a double press makes no second comment"
    assert (row.eid, row.stance, row.wording, row.channel, row.name) == ("art_2__para_2", "amend", wording, "web", NAME)
    story = page(browser, f"/drafts/follow/{row.number}/")
    assert WORDS in story and "自报" in story and "第 1 稿：第二条第二款" in story
    assert CONTACT not in story and NAME not in story
    assert "还在" in send(browser, f"/drafts/follow/{row.number}/erase/")
    row.refresh_from_db()
    assert (row.name, row.contact) == ("", "")
    assert "已撤回" in send(browser, f"/drafts/follow/{row.number}/withdraw/")
    assert browser.post(f"/drafts/follow/{row.number}/withdraw/").status_code == 409
    send(browser, "/drafts/follow/leave/")
    assert browser.get(f"/drafts/follow/{row.number}/").status_code == 302


def test_support_needs_no_words_and_the_untouched_wording_is_no_proposal(town: Town) -> None:
    draft = draft_of(town)
    browser = Client()
    form = page(browser, f"/drafts/{draft.code}/say/?at=art_3")
    assert "路灯坏了，城市管理部门应当在五日以内修好。</textarea>" in form
    same = "路灯坏了，城市管理部门应当在五日以内修好。"
    send(browser, f"/drafts/{draft.code}/say/", **given(at="art_3", stance="support", words="", wording=same))
    assert Comment.objects.get().wording == ""


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"stance": ""}, "请选择赞成、反对、修改还是疑问"),
        ({"stance": "amend", "words": "短"}, "至少 5 个字"),
        ({"stance": "question", "words": ""}, "请写出您的疑问"),
        ({"stance": "support", "wording": "改成三日以内修好"}, "请把态度选成“修改”"),
        ({"kind": "king"}, "请从列出的身份中选一种"),
        ({"words": "长" * 2001}, "请在 2000 字以内"),
        ({"name": "长" * 41}, "姓名请在 40 字以内"),
    ],
)
def test_the_form_keeps_what_was_typed_and_says_what_is_missing(hubei: Town, more: dict[str, Any], said: str) -> None:
    draft = draft_of(hubei)
    answer = Client().post(f"/drafts/{draft.code}/say/", given(at="art_3", **more))
    text = answer.content.decode()
    assert answer.status_code == 422 and said in text and not Comment.objects.exists()
    assert 'href="#' in text or said in text


def test_a_place_that_the_text_does_not_have_asks_about_the_whole_and_keeps_nothing(hubei: Town) -> None:
    draft = draft_of(hubei)
    assert "对全文提意见" in page(Client(), f"/drafts/{draft.code}/say/?at=art_99")
    answer = Client().post(f"/drafts/{draft.code}/say/", given(at="art_99"))
    assert answer.status_code == 422 and "没有这一条" in answer.content.decode() and not Comment.objects.exists()


def test_who_read_the_old_text_comments_on_it_and_is_carried_into_the_new_one(town: Town) -> None:
    draft = draft_of(town)
    browser = Client()
    page(browser, f"/drafts/{draft.code}/say/?at=art_3")
    assembly.revise_draft(by=town.congress, draft=draft, text=SECOND, note="把五日改成三日")
    send(browser, f"/drafts/{draft.code}/say/", **given(at="art_3", on="1"))
    row = Comment.objects.get()
    assert (row.made_on.number, row.now_eid, row.now_how) == (1, "art_3", "changed")
    story = page(browser, f"/drafts/follow/{row.number}/")
    assert "第 1 稿：第三条（原处）" in story and "第 2 稿：第三条（条文文字有改动）" in story


def test_only_the_code_opens_a_comment(town: Town) -> None:
    made = say(draft_of(town), "art_3")
    browser = Client()
    wrong = browser.post("/drafts/follow/", {"number": made.comment.number, "code": "2" * 10})
    assert wrong.status_code == 404 and "编号或查询码不对" in wrong.content.decode()
    assert WORDS in send(browser, "/drafts/follow/", number=made.comment.number, code=made.code)


def test_full_width_signs_of_a_chinese_keyboard_open_a_comment(town: Town) -> None:
    made = say(draft_of(town), "art_3")
    number, code = ("".join(chr(ord(sign) + 0xFEE0) for sign in text) for text in (made.comment.number, made.code))
    assert WORDS in send(Client(), "/drafts/follow/", number=number, code=code)


def test_an_invited_person_counts_as_who_was_invited(town: Town) -> None:
    draft = draft_of(town)
    secret = assembly.invite(by=town.congress, draft=draft, kind="lawyer", whom="市律师协会").code
    browser = Client()
    page(browser, f"/drafts/invited/{secret}/", 302)
    told = page(browser, f"/drafts/{draft.code}/")
    assert "您是受邀提意见的" in told and "市律师协会" not in told
    assert 'name="kind"' not in page(browser, f"/drafts/{draft.code}/say/?at=art_3")
    send(browser, f"/drafts/{draft.code}/say/", **given(at="art_3", kind="resident"))
    row = Comment.objects.get()
    assert row.kind == "lawyer" and row.is_verified
    send(browser, "/drafts/follow/leave/")
    assert "您是受邀提意见的" not in page(browser, f"/drafts/{draft.code}/")
    page(browser, "/drafts/invited/2222222222/", 404)


def test_a_comment_in_a_members_browser_bears_no_name_of_theirs(town: Town) -> None:
    draft = draft_of(town)
    client = Client()
    assert town.committee.user is not None
    client.force_login(town.committee.user)
    send(client, f"/drafts/{draft.code}/say/", **given(at="art_3"))
    row = Comment.objects.get()
    assert (row.entered_by, row.entered_for) == ("resident", None)


def test_a_closed_draft_takes_nothing_and_says_where_to_look(town: Town) -> None:
    draft = draft_of(town)
    assembly.close_draft(by=town.congress, draft=draft, reason="意见已经充分")
    assert "征求意见已经截止" in page(Client(), f"/drafts/{draft.code}/say/")
    assert Client().post(f"/drafts/{draft.code}/say/", given(at="art_3")).status_code == 409
    assert not Comment.objects.exists()
    assert "提意见" not in page(Client(), f"/drafts/{draft.code}/").split("</nav>")[-1].split("<h2>")[1]
    page(Client(), f"/drafts/{draft.code}/digest/", 404)


def test_two_versions_stand_side_by_side_and_can_be_taken_away(town: Town) -> None:
    draft = draft_of(town)
    assert "只有一稿" in page(Client(), f"/drafts/{draft.code}/versions/")
    assembly.revise_draft(by=town.congress, draft=draft, text=SECOND, note="把五日改成三日")
    text = page(Client(), f"/drafts/{draft.code}/versions/")
    assert "<del>五</del>" in text.replace("\n", "") and "<ins>三</ins>" in text and "第二条" in text
    assert "第一条" not in text.split("<h1>")[1], "what did not change is left out"
    answer = Client().get(f"/drafts/{draft.code}/versions/?a=1&b=2&as=docx")
    assert len(docx.Document(io.BytesIO(answer.content)).tables[0].rows) == 4
    page(Client(), f"/drafts/{draft.code}/versions/?a=99&b=x")
    assert "把五日改成三日" in page(Client(), f"/drafts/{draft.code}/")


def test_the_paper_form_names_the_points_and_the_last_day(town: Town) -> None:
    point, draft = point_of(town), draft_of(town)
    text = page(Client(), f"/drafts/{draft.code}/form/")
    assert point.name in text and "疑问" in text and "人大代表" in text and "<svg" in text


def test_the_answer_is_told_when_all_are(town: Town) -> None:
    draft = draft_of(town)
    made = say(draft, "art_3")
    browser = Client()
    send(browser, "/drafts/follow/", number=made.comment.number, code=made.code)
    assembly.answer_comments(
        by=town.congress,
        draft=draft,
        outcome="adopted",
        reason="已经按意见改了第三条的日数。",
        comments=[made.comment],
        where="art_3",
    )
    before = page(browser, f"/drafts/follow/{made.comment.number}/")
    assert "随采纳情况一起公布" in before and "已经按意见改了" not in before
    publish(town, draft)
    after = page(browser, f"/drafts/follow/{made.comment.number}/")
    assert "已经按意见改了" in after and "体现在第 1 稿第三条" in after and "采纳" in after


def test_the_digest_shows_answers_and_no_word_number_or_name_of_few(town: Town) -> None:
    draft = draft_of(town)
    for n in range(9):
        say(draft, "art_3", words=f"{WORDS}，第 {n} 次", name=NAME, contact=CONTACT)
    say(draft, "art_3", kind="lawyer", stance="oppose", words=WORDS)
    say(draft, "art_2", kind="deputy", stance="question", words="转告以后多久回复？")
    for _ in range(2):
        say(draft, "art_1", stance="support", words="")
    publish(town, draft)
    browser = Client()
    text = page(browser, f"/drafts/{draft.code}/digest/")
    assert "已经按意见改了第三条的日数" in text and "少于 5" in text
    table = text[text.index("<tbody") : text.index("</tbody>")]
    shown = [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", table, re.S)]
    assert not {"1", "2", "3", "4"} & set(shown), shown
    for kind in ("", "?as=csv", "?as=counts", "?as=xlsx", "?as=docx"):
        raw = browser.get(f"/drafts/{draft.code}/digest/{kind}").getvalue()
        for secret in (WORDS, NAME, CONTACT):
            assert secret.encode() not in raw
    rows = list(
        csv.reader(io.StringIO(browser.get(f"/drafts/{draft.code}/digest/?as=csv").getvalue().decode("utf-8-sig")))
    )
    assert rows[0][0] == "条款" and {row[3] for row in rows[1:]} == {"采纳", "解答"}
    counts = list(
        csv.reader(io.StringIO(browser.get(f"/drafts/{draft.code}/digest/?as=counts").getvalue().decode("utf-8-sig")))
    )
    assert not any(row[3] in {"1", "2", "3", "4"} for row in counts[1:])


def test_the_word_paper_holds_text_counts_and_answers_and_the_internal_one_the_words_without_names(town: Town) -> None:
    draft = draft_of(town)
    say(draft, "art_3", name=NAME, contact=CONTACT)
    say(draft, "", kind="expert", stance="support", words="")
    draft = publish(town, draft)

    def words(raw: bytes) -> str:
        made = docx.Document(io.BytesIO(raw))
        cells = [cell.text for table in made.tables for row in table.rows for cell in row.cells]
        return "\n".join([*(paragraph.text for paragraph in made.paragraphs), *cells])

    public, internal = words(paper(published(draft))), words(paper(published(draft, internal=True)))
    for text in (public, internal):
        assert "城市管理部门应当在五日以内修好" in text and "已经按意见改了第三条的日数" in text
        assert NAME not in text and CONTACT not in text
    assert WORDS not in public and "少于 5" in public
    assert WORDS in internal and "少于 5" not in internal and "意见原文" in internal


def test_a_digest_of_nothing_says_so(town: Town) -> None:
    draft = publish(town, draft_of(town))
    assert "没有收到意见" in page(Client(), f"/drafts/{draft.code}/digest/")
    assert paper(published(draft))[:2] == b"PK"


def test_the_home_page_tells_of_an_open_draft(town: Town) -> None:
    draft = draft_of(town)
    browser = Client()
    browser.cookies["place"] = town.community.code
    assert draft.title in page(browser, "/")
    assert "/drafts/" in page(browser, "/open/")
    publish(town, draft)
    assert draft.title not in page(browser, "/")

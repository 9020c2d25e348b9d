"""The parser on small invented texts, one for each trap, and on the two real drafts where they are at hand."""

from __future__ import annotations

from pathlib import Path

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.law.parse import (
    fingerprint,
    normalised,
    number_of,
    numeral_of,
    parse,
    read_text,
    sentences_of,
    split_sentences,
)
from linli.law.types import Act, LawTextError

DRAFTS = Path(__file__).resolve().parents[2].parent / "shared" / "law"
needs_drafts = pytest.mark.skipif(not DRAFTS.is_dir(), reason="../shared/law 不在：正文不随仓库分发")

TRAPS = """附件一

某省村庄菜园条例（草案）
 第一章   总 则

第一条【目的】  为了种好菜，制定本条例。
[bookmark: _Hlk1]第二条【原则】　菜园应当遵循下列原则：
（一）不浪费水；

    （二）不乱丢垃圾。
前款以外的事，由村里商量。遇到难处可以请教邻村！
第三条  没有标题的一条。
第二章　管 理
 第四条 【浇水】 浇水应当：
（一）分时段：
1.早晨浇一次；
2．傍晚浇一次。
（二）有记录。
第五条每户一块地。不得多占。
第五条之一【轮换】 地块每年轮换。
第三条规定的情形除外。
第三章 附则
第六条 本条例自202   年   月   日起施行。
附件
地块表
"""


@pytest.fixture(scope="module")
def act() -> Act:
    return parse(TRAPS)


def test_title_skips_the_attachment_line_and_keeps_the_draft_mark(act: Act) -> None:
    assert act.title == "某省村庄菜园条例（草案）"
    assert parse("某规定\n（草案·二审修改稿）\n第一条 好。").title == "某规定（草案·二审修改稿）"


def test_chapters_lose_their_inner_space(act: Act) -> None:
    assert [(c.eid, c.number, c.title) for c in act.chapters] == [
        ("chp_1", "第一章", "总则"),
        ("chp_2", "第二章", "管理"),
        ("chp_3", "第三章", "附则"),
    ]


def test_articles_number_through_the_act_and_know_their_chapter(act: Act) -> None:
    assert [(a.eid, a.number, a.chapter) for a in act.articles] == [
        ("art_1", "第一条", "chp_1"),
        ("art_2", "第二条", "chp_1"),
        ("art_3", "第三条", "chp_1"),
        ("art_4", "第四条", "chp_2"),
        ("art_5", "第五条", "chp_2"),
        ("art_5-1", "第五条之一", "chp_2"),
        ("art_6", "第六条", "chp_3"),
    ]
    assert act.findings == ()


def test_heading_is_optional_and_may_stand_off(act: Act) -> None:
    assert [a.heading for a in act.articles] == ["目的", "原则", "", "浇水", "", "轮换", ""]


def test_text_directly_after_the_number_opens_an_article_but_a_reference_does_not(act: Act) -> None:
    assert act.article("art_5").paragraphs[0].text == "每户一块地。不得多占。"
    assert act.article("art_5-1").paragraphs[1].text == "第三条规定的情形除外。"


def test_points_survive_blank_lines_and_indents(act: Act) -> None:
    first, second = act.article("art_2").paragraphs
    assert [(p.eid, p.number, p.text) for p in first.points] == [
        ("art_2__para_1__point_1", "（一）", "不浪费水；"),
        ("art_2__para_1__point_2", "（二）", "不乱丢垃圾。"),
    ]
    assert second.eid == "art_2__para_2" and second.points == ()


def test_items_hang_under_their_point(act: Act) -> None:
    point = act.article("art_4").paragraphs[0].points[0]
    assert [(i.eid, i.text) for i in point.items] == [
        ("art_4__para_1__point_1__item_1", "早晨浇一次；"),
        ("art_4__para_1__point_1__item_2", "傍晚浇一次。"),
    ]


def test_every_sentence_has_its_own_address(act: Act) -> None:
    assert [(s.at, s.number) for s in sentences_of(act.article("art_2"))] == [
        ("art_2__para_1", 1),
        ("art_2__para_1__point_1", 1),
        ("art_2__para_1__point_2", 1),
        ("art_2__para_2", 1),
        ("art_2__para_2", 2),
    ]


def test_attachment_after_the_articles_is_not_law_text(act: Act) -> None:
    assert act.attachments == ("附件", "地块表")


def test_bookmark_residue_is_gone(act: Act) -> None:
    assert "bookmark" not in repr(act)


def test_parts_and_sections_nest() -> None:
    act = parse(
        "第一编 总编\n第一章 甲\n第一节 子\n第一条 一。\n第二节 丑\n第二条 二。\n第二编 分编\n第一章 乙\n第三条 三。"
    )
    assert [a.chapter for a in act.articles] == [
        "part_1__chp_1__sec_1",
        "part_1__chp_1__sec_2",
        "part_2__chp_1",
    ]
    assert act.findings == ()


def test_table_of_contents_is_not_read_twice() -> None:
    act = parse("某法\n目　录\n第一章 总则\n第二章 附则\n第一章 总则\n第一条 一。\n第二章 附则\n第二条 二。")
    assert [c.eid for c in act.chapters] == ["chp_1", "chp_2"]
    assert act.findings == ()


@pytest.mark.parametrize(
    ("text", "at", "word"),
    [
        ("第一条 一。\n第三条 三。", "art_3", "应为第二条"),
        ("第一条 一。\n第一条 一。", "art_1", "重复"),
        ("第一条 如下：\n（一）甲；\n（三）丙。", "art_1__para_1__point_3", "应为（二）"),
        ("第一章 甲\n第一条 一。\n第三章 丙\n第二条 二。", "chp_3", "应为第二章"),
        ("第一条 如下：\n（一）甲：\n1.子；\n3.寅。", "art_1__para_1__point_1__item_3", "应为 2"),
        ("第一条\n第二条 二。", "art_1", "没有内容"),
        ("第一章 甲\n无主的一行\n第一条 一。", "", "不在任何一条之内"),
    ],
)
def test_gaps_are_told(text: str, at: str, word: str) -> None:
    assert [(f.at, word in f.message) for f in parse(text).findings] == [(at, True)]


def test_text_without_articles_is_refused_in_chinese() -> None:
    with pytest.raises(LawTextError, match="没有找到任何一条"):
        parse("一段普通的话。")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("甲；乙。", 1),
        ("甲。乙。", 2),
        ("称“甲。”乙。", 2),
        ("甲！乙？丙", 3),
        ("（甲。）乙。", 2),
        ("", 0),
        ("甲：", 1),
    ],
)
def test_sentences_split_at_full_stops_only(text: str, count: int) -> None:
    parts = split_sentences(text)
    assert len(parts) == count
    assert "".join(parts) == text


def test_closing_quote_stays_with_its_sentence() -> None:
    assert split_sentences("称为“园长。”任期一年。") == ("称为“园长。”", "任期一年。")


def test_white_space_and_bookmarks_do_not_change_the_fingerprint(act: Act) -> None:
    spread = parse(TRAPS.replace("种好菜", "种 好　菜").replace("第一条【", "[bookmark: x]第 一 条 【"))
    assert [a.sha256 for a in spread.articles] == [a.sha256 for a in act.articles]


def test_a_changed_word_a_heading_or_a_point_changes_the_fingerprint(act: Act) -> None:
    for old, new, eid in (
        ("种好菜", "种好瓜", "art_1"),
        ("【原则】", "【规则】", "art_2"),
        ("2．傍晚", "2．夜里", "art_4"),
    ):
        changed = parse(TRAPS.replace(old, new))
        assert [a.eid for a in changed.articles if a.sha256 != act.article(a.eid).sha256] == [eid]


def test_full_width_characters_are_kept_apart_from_half_width() -> None:
    assert normalised("（一）　Ａ１") == "（一）Ａ１"
    assert fingerprint(parse("第一条 甲，乙。").articles[0]) != fingerprint(parse("第一条 甲,乙。").articles[0])


@given(st.integers(1, 9999))
def test_numerals_go_there_and_back(number: int) -> None:
    assert number_of(numeral_of(number)) == number


@pytest.mark.parametrize(
    ("numeral", "number"),
    [
        ("十", 10),
        ("十二", 12),
        ("二十", 20),
        ("一百零三", 103),
        ("一千二百六十", 1260),
        ("一百一十", 110),
        ("３２", 32),
        ("两百", 200),
    ],
)
def test_numerals_as_statutes_write_them(numeral: str, number: int) -> None:
    assert number_of(numeral) == number


def test_bad_numeral_is_refused() -> None:
    with pytest.raises(LawTextError, match="不是中文数字"):
        number_of("甲")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_text_files_are_read_in_common_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("第一条 种菜。".encode(encoding))
    assert read_text(path) == "第一条 种菜。"


def test_word_files_are_read(tmp_path: Path) -> None:
    document = docx.Document()
    for line in TRAPS.splitlines():
        document.add_paragraph(line)
    path = tmp_path / "a.docx"
    document.save(str(path))
    assert [a.sha256 for a in parse(read_text(path)).articles] == [a.sha256 for a in parse(TRAPS).articles]


def test_files_that_cannot_be_read_say_why(tmp_path: Path) -> None:
    broken, odd, bytes_ = tmp_path / "a.docx", tmp_path / "a.pdf", tmp_path / "b.txt"
    broken.write_bytes(b"not a zip")
    odd.write_bytes(b"%PDF")
    bytes_.write_bytes(b"\xff\xfe\x00")
    for path, word in (
        (broken, "不是可读的 Word"),
        (odd, "不支持"),
        (bytes_, "编码无法识别"),
        (tmp_path / "no.txt", "找不到"),
    ):
        with pytest.raises(LawTextError, match=word):
            read_text(path)


@needs_drafts
@pytest.mark.parametrize(
    ("name", "articles", "sentences"), [("hubei-draft.txt", 45, 102), ("hunan-draft-2.txt", 21, 55)]
)
def test_real_drafts_parse_without_a_finding(name: str, articles: int, sentences: int) -> None:
    act = parse(read_text(DRAFTS / name))
    assert act.findings == ()
    assert [a.eid for a in act.articles] == [f"art_{n}" for n in range(1, articles + 1)]
    assert sum(1 for a in act.articles for _ in sentences_of(a)) == sentences


@needs_drafts
def test_hubei_draft_has_its_seven_chapters_and_one_article_without_heading() -> None:
    act = parse(read_text(DRAFTS / "hubei-draft.txt"))
    assert [c.title for c in act.chapters] == [
        "总则",
        "社区建设",
        "社区服务",
        "社区治理",
        "保障措施",
        "法律责任",
        "附则",
    ]
    assert [a.eid for a in act.articles if not a.heading] == ["art_8"]


@needs_drafts
def test_hunan_draft_keeps_its_indented_fifth_point() -> None:
    act = parse(read_text(DRAFTS / "hunan-draft-2.txt"))
    assert len(act.article("art_8").paragraphs) == 1
    assert [p.number for p in act.article("art_8").paragraphs[0].points] == [
        "（一）",
        "（二）",
        "（三）",
        "（四）",
        "（五）",
    ]

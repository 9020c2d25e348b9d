"""The tree of a text: every kind of act, every trap, nothing lost, nothing raised."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.law.parse import PROVISIONS, Tree, act_of, normalised, read_tree
from tests.law import acts


def levels(tree: Tree, level: str) -> list[str]:
    """Texts of the nodes of one level."""
    return [node.text for node in tree.nodes if node.level == level]


def ids(tree: Tree, level: str = "art") -> list[str]:
    """EIds of the nodes of one level."""
    return [node.id for node in tree.nodes if node.level == level]


def odd(tree: Tree) -> list[str]:
    """Reasons of the problems, without the two that only say that an act has no articles."""
    return [p.reason for p in tree.problems if not p.reason.startswith("本文不分条")]


def test_a_national_law_with_contents_sections_inserted_articles_and_items() -> None:
    tree = read_tree(acts.LAW)
    assert tree.problems == () and tree.complete() and tree.acts == ((0, "act"),)
    assert ids(tree) == ["art_1", "art_2", "art_3", "art_3-1", "art_3-2", "art_4", "art_5"]
    assert [(n.id, n.num, n.heading) for n in tree.nodes if n.level in ("chp", "sec")] == [
        ("chp_1", "第一章", "总则"),
        ("chp_2", "第二章", "挂灯"),
        ("chp_2__sec_1", "第一节", "时间"),
        ("chp_2__sec_2", "第二节", "地点"),
        ("chp_3", "第三章", "附则"),
    ]
    assert len(levels(tree, "contents")) == 6 and levels(tree, "title") == ["中华灯会法"]
    assert levels(tree, "note")[0].startswith("（2019年3月1日")
    assert ids(tree, "item") == ["art_2__para_2__point_2__item_1", "art_2__para_2__point_2__item_2"]
    assert next(n for n in tree.nodes if n.id == "art_3-1").num == "第三条之一"


def test_a_code_with_books_and_chapters_that_run_on_through_them() -> None:
    tree = read_tree(acts.CODE)
    assert tree.problems == () and tree.complete()
    assert [n.id for n in tree.nodes if n.level in ("part", "subpart", "chp")] == [
        "part_1",
        "part_1__chp_1",
        "part_2",
        "part_2__subpart_1",
        "part_2__subpart_1__chp_1",
        "part_2__subpart_2",
        "part_2__subpart_2__chp_2",
        "part_nn",
    ]
    assert act_of(tree).articles[-1].chapter == "part_nn"


def test_articles_quoted_in_an_amendment_are_not_its_own() -> None:
    tree = read_tree(acts.AMENDMENT)
    assert tree.acts == ((0, "amendment"),) and tree.complete() and odd(tree) == []
    assert [(n.id, n.num) for n in tree.nodes if n.level == "art"] == [
        ("art_1", "一、"),
        ("art_2", "二、"),
        ("art_3", "三、"),
    ]
    assert any("第十二条" in text for text in levels(tree, "para"))
    assert ids(tree, "point") == ["art_3__para_1__point_1", "art_3__para_1__point_2"]
    assert "".join(levels(tree, "title")) == "某省人民代表大会常务委员会关于修改《某省灯会条例》的决定"


def test_quotation_marks_of_a_typewriter_hide_quoted_articles_too() -> None:
    tree = read_tree('关于修改某法的决定\n一、增加一条：\n"第九条　一。\n第十条　二。"\n二、本决定自公布之日起施行。')
    assert ids(tree) == ["art_1", "art_2"] and odd(tree) == []


def test_a_quotation_that_never_closes_does_not_swallow_the_rest() -> None:
    tree = read_tree(
        "关于修改某法的决定\n一、将第九条修改为：“第九条　一。\n二、将第十条修改为：“第十条　二。”\n三、本决定自公布之日起施行。"
    )
    assert ids(tree) == ["art_1", "art_2", "art_3"]
    assert odd(tree) == ["前面的引号没有闭合。"]
    plain = read_tree("某法\n第一条　本法所称：“灯。\n第二条　二。\n第三条　“三”。")
    assert ids(plain) == ["art_1", "art_2", "art_3"]


def test_a_government_rule_with_gazette_head_arabic_numbers_headings_pages_and_attachment() -> None:
    tree = read_tree(acts.RULE)
    assert tree.complete() and tree.problems == ()
    assert [(n.num, n.heading) for n in tree.nodes if n.level == "art"] == [
        ("第一条", "目的"),
        ("第二条", "摊位"),
        ("第三条", "准秤"),
        ("第四条", ""),
    ]
    assert levels(tree, "title") == ["某市菜市办法"] and levels(tree, "page") == ["— 2 —"]
    assert "第12号" in levels(tree, "header")
    assert levels(tree, "attachment")[0] == "附件1：摊位编号表"


def test_two_acts_in_one_file_keep_apart() -> None:
    tree = read_tree(acts.TWO)
    assert tree.complete() and tree.problems == () and len(tree.acts) == 2
    assert ids(tree) == ["art_1", "art_2", "act_2__art_1", "act_2__art_2"]
    assert ids(tree, "chp") == ["act_2__chp_1"]
    assert levels(tree, "title") == ["甲县水井规定", "乙县水塘规定"]
    assert levels(tree, "signature") == ["甲县人民政府", "2020年3月1日"]
    second = act_of(tree, 1)
    assert [a.eid for a in second.articles] == ["art_1", "art_2"] and second.title == "乙县水塘规定"
    assert second.articles[0].chapter == "chp_1"


def test_a_decision_with_the_whole_act_behind_it_is_two_acts() -> None:
    text = acts.AMENDMENT + "某省灯会条例\n第一条　一。\n第二条　二。\n"
    tree = read_tree(text)
    assert [kind for _, kind in tree.acts] == ["amendment", "act"] and tree.complete() and tree.text == text


def test_an_act_numbered_without_articles_and_one_without_numbers() -> None:
    clauses = read_tree(acts.CLAUSES)
    assert clauses.acts == ((0, "clauses"),) and clauses.complete()
    assert ids(clauses) == ["art_1", "art_2", "art_3"] and len(ids(clauses, "point")) == 2
    plain = read_tree(acts.INTERPRETATION)
    assert plain.acts == ((0, "unnumbered"),) and plain.complete() and ids(plain) == ["art_1"]
    assert len(ids(plain, "para")) == 3


def test_an_act_is_an_amendment_when_it_changes_another_and_not_when_it_cites_one() -> None:
    by_title = read_tree(
        "某市关于修改《甲办法》等2件规章的决定\n一、《甲办法》\n（一）第三条修改为：“甲。”\n二、《乙办法》\n删去第五条。"
    )
    by_text = read_tree("某市规章清理\n一、将《甲办法》第三条修改为：“甲。”\n二、本文自公布之日起施行。")
    citing = read_tree("某部规定\n一、依照《甲办法》第三条的规定办理。\n二、本规定自公布之日起施行。")
    assert [tree.acts[0][1] for tree in (by_title, by_text, citing)] == ["amendment", "amendment", "clauses"]
    gap = read_tree("某部规定\n一、甲。\n二、乙。\n十四、丙。")
    assert not gap.complete() and "此处应为第三条" in odd(gap)[0]


def test_markdown_marks_are_no_text() -> None:
    tree = read_tree(acts.MARKDOWN, markdown=True)
    assert tree.complete() and tree.problems == () and tree.text == acts.MARKDOWN
    assert levels(tree, "title") == ["某市路牌条例"] and len(levels(tree, "note")) == 1
    assert [n.heading for n in tree.nodes if n.level == "chp"] == ["总则", "附则"]
    assert levels(tree, "point") == ["路名；", "方向。"]


@pytest.mark.parametrize(
    ("line", "num"),
    [
        ("第一千二百六十条　甲。", "第一千二百六十条"),
        ("第1260条 甲。", "第一千二百六十条"),
        ("第１２６０条　甲。", "第一千二百六十条"),
        ("第 一 千 二 百 六 十 条　甲。", "第一千二百六十条"),
        ("第一千二百六\u00ad十\u200b条\u00a0甲。", "第一千二百六十条"),
        ("[bookmark: _Toc1]第一千二百六十条：甲。", "第一千二百六十条"),
        ("第廿三条　甲。", "第二十三条"),
        ("第卅条　甲。", "第三十条"),
        ("第一百〇三条　甲。", "第一百零三条"),
        ("第一百○三条甲。", "第一百零三条"),
    ],
)
def test_numbers_as_files_write_them(line: str, num: str) -> None:
    before = "".join(f"第{n}条　甲。\n" for n in range(1, 1260))
    value = {"第一千二百六十条": 1260, "第二十三条": 23, "第三十条": 30, "第一百零三条": 103}[num]
    text = "".join(before.splitlines(keepends=True)[: value - 1]) + line
    tree = read_tree(text)
    assert tree.problems == () and tree.complete()
    last = [n for n in tree.nodes if n.level == "art"][-1]
    assert last.num == num and tree.nodes[-1].text == "甲。"


@pytest.mark.parametrize("space", ["", " ", "  ", "　", "\t", "\u00a0", "\n", "\n\n", "\r\n", "\v", "\f"])
def test_whatever_stands_between_number_and_text(space: str) -> None:
    tree = read_tree(f"某法\n第一条{space}种菜应当浇水。\n第二条{space}中华的菜好。\n第三条{space}有的人所有的菜。")
    assert ids(tree) == ["art_1", "art_2", "art_3"] and tree.problems == ()
    assert levels(tree, "para") == ["种菜应当浇水。", "中华的菜好。", "有的人所有的菜。"]


def test_contents_with_page_numbers_and_without_a_heading() -> None:
    for head, tail in (("目录\n", "……3"), ("目  次\n", "\t12"), ("", "")):
        text = f"某法\n{head}第一章 甲{tail}\n第二章 乙{tail}\n第三章 丙{tail}\n第一章 甲\n第一条 一。\n第二章 乙\n第二条 二。\n第三章 丙\n第三条 三。"
        tree = read_tree(text)
        assert ids(tree, "chp") == ["chp_1", "chp_2", "chp_3"] and tree.problems == (), head
        assert len([n for n in tree.nodes if n.level == "contents"]) == 3 + bool(head)


def test_lines_broken_by_the_width_of_the_page_are_joined_over_the_page_number() -> None:
    first = "为了让村里的人种好菜园子，使人人都有菜吃，并且使菜园子年年都"
    tree = read_tree(
        f"某法\n　　第一条　{first}\n有收成，制定本法。\n　　第二条　{first}\n- 1 -\n有人管。\n　　第三条　三。"
    )
    assert levels(tree, "para") == [f"{first}有收成，制定本法。", f"{first}有人管。", "三。"]
    assert tree.complete()


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("第一条　一。\n第三条　三。", 2, "此处应为第二条"),
        ("第一条　一。\n第二条　二。\n第一条　一。", 3, "重复"),
        ("第一条　一。\n第二条　二。\n第三条　三。\n\n第二条之一　二。", 5, "颠倒"),
        ("第一章 甲\n第一条　一。\n第二章 乙\n第二条　二。\n第一章 丙\n第三条　三。", 5, "章的编号重复"),
        ("第一条\n（一）甲。", 2, "项之前没有款"),
        ("第一条　有：\n（一）甲；\n（一）乙。", 3, "编号不连续"),
        ("第一条　\ufffd。", 1, "无法识别的字符"),
        ("第一章 甲\n没有条的话。\n第一条　一。", 2, "不在任何一条之内"),
    ],
)
def test_problems_name_the_line_and_the_reason(text: str, line: int, word: str) -> None:
    assert any(p.line == line and word in p.reason for p in read_tree(text).problems)


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    tree = read_tree("某法\f\n第一条\v一。\r\n第三条　三。")
    assert [p.line for p in tree.problems] == [3]


def test_references_at_the_start_of_a_line_are_no_articles() -> None:
    text = "某法\n第一条　一。\n第一条规定的人，应当：\n（一）甲；\n第三条第二款、第四条的规定不适用。\n第二条　二。"
    assert ids(read_tree(text)) == ["art_1", "art_2"]


@pytest.mark.parametrize("name", acts.ALL)
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r", "\u2028"])
def test_text_to_tree_to_text_is_identical(name: str, ends: str) -> None:
    text = "\ufeff" + acts.ALL[name].replace("\n", ends)
    assert read_tree(text).text == text


@pytest.mark.parametrize("name", acts.ALL)
def test_nothing_is_invented_and_nothing_is_lost(name: str) -> None:
    tree = read_tree(acts.ALL[name], markdown=name == "markdown")
    for node in tree.nodes:
        raw = normalised(node.raw).replace("*", "")
        assert normalised(node.text) in raw
        assert normalised(node.heading) in raw
        if node.level in ("para", "point", "item", "title", "note", "preamble", "attachment"):
            marks = str.maketrans("", "", "#-（）()、.．一二三四五六七八九十0123456789—－页")
            assert raw.translate(marks) == normalised(node.text).translate(marks) or node.level == "para"


PIECES = st.sampled_from(
    [
        "第一条", "第二条", "第三条之一", "第十二条", "第9条", "第一章", "第二节", "第一编", "第一分编", "附则", "目录", "一、", "二、",
        "（一）", "(二)", "1.", "2、", "【目的】", "修改为：", "“", "”", '"', "。", "；", "：", "\n", "\r\n", "\v", "　", " ", "附件1：",
        "某市菜园条例", "（2020年1月1日通过）", "- 3 -", "2020年1月1日", "[bookmark: a]", "\u200b", "\ufeff", "种菜的人应当浇水", "的规定",
        "某省人民政府令", "#", "**", "- ", "\x00", "\ufffd", "之", "条", "第", "第零条", "第万条", "第99999条", "第十1条", "第一一一一一一一一一一一一条", "之一一一一一一一一一一一", "第一1章", "（一一一一一一）",
    ]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES | st.text(max_size=6), max_size=60).map("".join), st.booleans())
def test_any_text_comes_back_and_every_provision_has_an_id(text: str, markdown: bool) -> None:
    tree = read_tree(text, markdown=markdown)
    assert tree.text == text
    assert all(bool(node.id) == (node.level in PROVISIONS) for node in tree.nodes)
    assert all(line >= 0 and reason for line, _, reason in tree.problems)
    assert [n.line for n in tree.nodes] == sorted(n.line for n in tree.nodes)
    for number in range(len(tree.acts)):
        act_of(tree, number)
    assert set(tree.as_json()) == {"provisions", "problems"}


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 40), st.integers(1, 4), st.sampled_from(["　", "", "\n", "  ", "【题】"]), st.booleans())
def test_any_regular_act_is_complete(articles: int, paragraphs: int, space: str, chapters: bool) -> None:
    from linli.law.parse import numeral_of

    lines = ["某县菜园条例", "（2020年1月1日某县人民政府公布）"]
    for n in range(1, articles + 1):
        if chapters and n % 5 == 1:
            lines.append(f"第{numeral_of(n // 5 + 1)}章　章名")
        lines.append(f"第{numeral_of(n)}条{space}菜园应当浇水。")
        lines += ["前款以外的事由村里商量。"] * (paragraphs - 1)
    tree = read_tree("\n".join(lines))
    assert tree.complete() and tree.problems == ()
    assert ids(tree) == [f"art_{n}" for n in range(1, articles + 1)]
    assert len(ids(tree, "para")) == articles * paragraphs

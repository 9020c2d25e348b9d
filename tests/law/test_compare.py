"""Comparison: versions of one act with moved and renumbered articles, and two acts with their topics side by side."""

from __future__ import annotations

import io

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.law import redline
from linli.law.compare import Comparison, as_json, compare, likeness, plain, words
from linli.law.parse import numeral_of, parse

SUBJECTS = ["井", "桥", "灯", "树", "渠", "路", "田", "塘", "碑", "亭"]
VERBS = [
    "应当加盖并且上锁",
    "每年修整一次",
    "由村民委员会登记造册",
    "损坏的照价赔偿",
    "不得倾倒杂物",
    "冬季由专人看守",
    "使用前先行报告",
]
THINGS = ["夜间", "雨天", "集市期间", "收割以后", "春节以前"]


def act(sentences: list[str], title: str = "某县公物条例") -> str:
    return "\n".join([title, *(f"第{numeral_of(n)}条　{text}" for n, text in enumerate(sentences, 1))])


BASE = [f"{s}在{t}{v}，{s}的看护人负责{v}。" for s in SUBJECTS for t, v in zip(THINGS, VERBS, strict=False)]


def counts(a: str, b: str) -> dict[str, int]:
    return compare(parse(a), parse(b)).counts()


def test_the_same_text_has_no_difference() -> None:
    found = compare(parse(act(BASE)), parse(act(BASE)))
    assert found.counts() == {"same": 50, "changed": 0, "new": 0, "dropped": 0, "moved": 0, "renumbered": 0}
    assert not found.across


def test_an_article_put_in_renumbers_all_after_it_and_one_struck_out_is_dropped() -> None:
    new = ["本条是新写的，讲的是祠堂的匾额如何保存。", *BASE]
    new.remove(BASE[20])
    found = compare(parse(act(BASE)), parse(act(new)))
    assert found.counts() == {"same": 49, "changed": 0, "new": 1, "dropped": 1, "moved": 0, "renumbered": 20}
    assert [pair.b.eid for pair in found.pairs if pair.kind == "new" and pair.b] == ["art_1"]
    at = next(n for n, pair in enumerate(found.pairs) if pair.kind == "dropped")
    before = found.pairs[at - 1].a
    assert before is not None and before.eid == "art_20"


def test_an_article_carried_to_another_place_is_moved() -> None:
    new = [*BASE[1:], BASE[0]]
    found = compare(parse(act(BASE)), parse(act(new)))
    moved = [pair for pair in found.pairs if pair.moved]
    assert [(p.a.eid, p.b.eid, p.kind) for p in moved if p.a and p.b] == [("art_1", "art_50", "same")]


def test_changed_words_are_told_apart() -> None:
    new = list(BASE)
    new[3] = new[3].replace("照价赔偿", "加倍赔偿")
    found = compare(parse(act(BASE)), parse(act(new)))
    pair = next(pair for pair in found.pairs if pair.kind == "changed")
    assert ("-", "照价") in [(s.op, s.text) for s in pair.spans] and ("+", "加倍") in [
        (s.op, s.text) for s in pair.spans
    ]


def test_numbers_and_citations_change_as_whole_words() -> None:
    spans = [(s.op, s.text) for s in words("依照第九条处100元罚款。", "依照第十条处200元罚款。")]
    assert ("-", "第九条") in spans and ("+", "第十条") in spans and ("-", "100") in spans and ("+", "200") in spans


@given(st.text(alphabet="甲乙丙丁，。12", max_size=40), st.text(alphabet="甲乙丙丁，。12", max_size=40))
def test_the_runs_give_both_texts_back(a: str, b: str) -> None:
    spans = words(a, b)
    assert "".join(s.text for s in spans if s.op != "+") == a
    assert "".join(s.text for s in spans if s.op != "-") == b
    assert all(s.text for s in spans)


@settings(max_examples=40, deadline=None)
@given(st.permutations(range(12)), st.sets(st.integers(0, 11), max_size=5))
def test_every_article_is_told_exactly_once(order: list[int], gone: set[int]) -> None:
    new = [BASE[n * 4] for n in order if n not in gone] or [BASE[1]]
    a, b = parse(act([BASE[n * 4] for n in range(12)])), parse(act(new))
    found = compare(a, b)
    assert sorted(p.a.eid for p in found.pairs if p.a) == sorted(x.eid for x in a.articles)
    assert [p.b.eid for p in found.pairs if p.b] == [x.eid for x in b.articles]
    kept = [p for p in found.pairs if p.a and p.b and not p.moved]
    places = [[x.eid for x in a.articles].index(p.a.eid) for p in kept if p.a]
    assert places == sorted(places)
    assert sum(p.kind == "same" for p in found.pairs) >= len(b.articles) - 1


def provinces() -> Comparison:
    a = parse(act(["桥由乡镇人民政府修，费用列入县级财政预算。", "灯由村民委员会点。"], "甲省公物条例"))
    b = parse(act(["灯由居民委员会点，油由供销社供。", "桥由县人民政府修，费用列入县级财政预算。"], "乙省公物若干规定"))
    return compare(
        a, b, topics=({"art_1": "facilities", "art_2": "safety"}, {"art_1": "safety", "art_2": "facilities"})
    )


def test_acts_of_two_provinces_are_suggested_pairs_with_topics_side_by_side() -> None:
    found = provinces()
    assert found.across and all(pair.suggested for pair in found.pairs if pair.a and pair.b)
    assert [(t.code, t.a[0].eid, t.b[0].eid) for t in found.topics] == [
        ("facilities", "art_1", "art_2"),
        ("safety", "art_2", "art_1"),
    ]
    assert likeness(found.a.articles[0], found.b.articles[1]) > likeness(found.a.articles[0], found.b.articles[0])


def test_json_names_each_pair_once() -> None:
    found = as_json(compare(parse(act(BASE[:3])), parse(act(BASE[1:4]))))
    assert set(found) == {"a", "b", "across", "counts", "pairs", "topics"}
    pairs = found["pairs"]
    assert isinstance(pairs, list) and {"kind", "a", "b", "diff", "moved", "renumbered"} <= set(pairs[0])


@pytest.mark.parametrize(
    "found", [provinces(), compare(parse(act(BASE)), parse(act([*BASE[:30], "<b>新</b>的一条。"])))]
)
def test_the_table_can_be_read_as_text_html_and_word(found: Comparison) -> None:
    assert redline.summary(found) in redline.as_text(found)
    html = redline.as_html(found)
    assert "<b>" not in html and html.count("<section") == len(found.pairs) + len(found.topics)
    table = docx.Document(io.BytesIO(redline.as_docx(found))).tables[0]
    assert len(table.rows) == 1 + len(found.pairs) + len(found.topics)
    assert plain(found.b.articles[0])[:6] in "".join(cell.text for cell in table.columns[2].cells)

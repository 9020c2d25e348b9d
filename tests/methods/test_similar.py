"""Likeness of appeals, checked against the formula written out in plain Python."""

import math
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.methods.similar import MAX_CHARACTERS, Index, fingerprint, proximity, rank

TEXTS = [
    "滨江社区3栋电梯经常坏，老人上下楼不方便",
    "滨江社区三栋电梯又坏了，老人没法下楼",
    "柳荫街道路灯不亮，晚上走路看不见",
    "请问社保断缴以后怎么补缴",
    "夜间施工噪声太大，孩子睡不着",
]
PIECES = ["电梯", "坏了", "路灯", "不亮", "滨江", "，", " ", "ＡＢ", "ab", "\x00", "\ud800", "\u200b", "𠮷野"]
any_text = st.one_of(
    st.text(alphabet=st.characters(), max_size=40), st.lists(st.sampled_from(PIECES), max_size=10).map("".join)
)
places = st.sampled_from([None, "", "99", "990101", "990101001", "990101001001", "990102001001"])


def vector(text: str) -> dict[str, float]:
    """Oracle: plain letters only, no folding (the texts it is used on need none)."""
    letters = [character for character in text if character.isalnum()]
    counts = Counter(one + two for one, two in pairwise(letters))
    return {gram: 1 + math.log(times) for gram, times in counts.items()}


def oracle(text: str, documents: list[str]) -> list[float]:
    """TF-IDF cosine of a text with each document, by the textbook."""
    vectors = [vector(document) for document in documents]

    def weighed(terms: dict[str, float]) -> dict[str, float]:
        return {
            gram: value * (math.log((1 + len(vectors)) / (1 + sum(gram in other for other in vectors))) + 1)
            for gram, value in terms.items()
        }

    query = weighed(vector(text))
    cosines = []
    for terms in map(weighed, vectors):
        lengths = math.hypot(*query.values()) * math.hypot(*terms.values())
        dot = sum(value * terms.get(gram, 0.0) for gram, value in query.items())
        cosines.append(dot / lengths if lengths else 0.0)
    return cosines


plain = st.text(alphabet="电梯路灯坏了不亮，。 ", max_size=25)


@given(plain, st.lists(plain, max_size=8))
@settings(max_examples=150, deadline=None)
def test_rank_and_index_agree_with_the_formula(text: str, documents: list[str]) -> None:
    expected = {number: value for number, value in enumerate(oracle(text, documents)) if value > 1e-12}
    ranked = rank(text, [(number, document, None) for number, document in enumerate(documents)], top=99, at_least=0.0)
    assert dict(ranked) == pytest.approx(expected)
    index: Index[int] = Index()
    for number, document in enumerate(documents):
        index.add(number, document)
    index.refresh()
    assert dict(index.nearest(text, top=99, at_least=0.0)) == pytest.approx(expected)


def test_the_same_complaint_comes_first() -> None:
    found = rank(TEXTS[0], list(zip("abcde", TEXTS, [None] * 5, strict=True))[1:], at_least=0.1)
    assert found[0][0] == "b"


def test_equal_texts_score_one_and_strangers_are_left_out() -> None:
    found = rank(TEXTS[2], list(zip("abcde", TEXTS, [None] * 5, strict=True)))
    assert [key for key, _ in found] == ["c"]
    assert found[0][1] == pytest.approx(1.0)


def test_equal_scores_keep_the_given_order_and_top_limits() -> None:
    same = [(key, TEXTS[0], None) for key in "xyz"]
    assert [key for key, _ in rank(TEXTS[0], same, top=2)] == ["x", "y"]
    assert rank(TEXTS[0], same, top=0) == []
    assert rank(TEXTS[0], []) == []


def test_a_common_place_raises_the_score_and_a_farther_one_less() -> None:
    given = [("same", TEXTS[1], "990101001001"), ("street", TEXTS[1], "990101001002"), ("none", TEXTS[1], None)]
    found = rank(TEXTS[0], given, place_code="990101001001", at_least=0.0)
    assert [key for key, _ in found] == ["same", "street", "none"]
    scores = [score for _, score in found]
    assert scores[0] > scores[1] > scores[2]
    plain_score = rank(TEXTS[0], given, at_least=0.0)[0][1]
    assert scores[2] == pytest.approx(plain_score)


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        ("990101001001", "990101001001", 1.0),
        ("990101001001", "990101001002", 0.8),
        ("990101001001", "990101", 0.6),
        ("990101001001", "980101001001", 0.0),
        ("99", "99", 1.0),
        (None, "99", 0.0),
        ("", "", 0.0),
    ],
)
def test_proximity_counts_common_levels(one: str | None, other: str | None, share: float) -> None:
    assert proximity(one, other) == pytest.approx(share)
    assert proximity(other, one) == pytest.approx(share)


def test_the_fingerprint_skips_marks_and_folds_width_and_case() -> None:
    assert fingerprint("电 梯\u200b坏，了\x00") == fingerprint("电梯坏了")
    assert fingerprint("ＡＢ座") == fingerprint("ab座")
    assert len(fingerprint("电梯坏了")) == 3
    assert fingerprint("梯") == fingerprint("") == fingerprint("\ud800\udfff，") == frozenset()


@given(any_text, st.lists(st.tuples(any_text, places), max_size=6), places)
@settings(deadline=None)
def test_any_text_gives_scores_in_range(text: str, documents: list[tuple[str, str | None]], place: str | None) -> None:
    candidates = [(number, document, code) for number, (document, code) in enumerate(documents)]
    ranked = rank(text, candidates, place_code=place, top=99, at_least=0.0)
    assert all(0.0 < score <= 1.0 for _, score in ranked)
    index: Index[int] = Index()
    for candidate in candidates:
        index.add(*candidate)
    index.refresh()
    assert dict(index.nearest(text, place_code=place, top=99, at_least=0.0)) == pytest.approx(dict(ranked))
    strict = dict(index.nearest(text, place_code=place, top=99, at_least=0.5))
    assert strict == pytest.approx({key: score for key, score in ranked if score >= 0.5})


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5), st.sampled_from(TEXTS)), max_size=30))
@settings(max_examples=60, deadline=None)
def test_adding_and_discarding_in_any_order_leaves_what_a_fresh_index_holds(
    steps: list[tuple[bool, int, str]],
) -> None:
    index: Index[int] = Index()
    held: dict[int, str] = {}
    for adding, key, text in steps:
        if adding:
            index.add(key, text)
            held[key] = text
        else:
            index.discard(key)
            held.pop(key, None)
        found = index.nearest(text, top=99, at_least=0.0)  # refreshes now and then on its way
        assert {number for number, _ in found} <= set(held)
    assert len(index) == len(held)
    assert all(key in index for key in held)
    index.refresh()
    for text in TEXTS:
        expected = rank(text, [(key, held[key], None) for key in held], top=99, at_least=0.0)
        assert dict(index.nearest(text, top=99, at_least=0.0)) == pytest.approx(dict(expected))


def test_an_index_between_two_refreshes_still_finds_the_twin() -> None:
    index: Index[int] = Index()
    for number in range(200):
        index.add(number, f"{TEXTS[number % 5]}编号{number}")
    index.nearest("电梯")
    index.add(1000, "公园里的秋千断了一根绳子")
    key, score = index.nearest("公园里的秋千断了一根绳子")[0]
    assert key == 1000
    assert score == pytest.approx(1.0)
    index.discard(1000)
    assert index.nearest("公园里的秋千断了一根绳子") == []


def test_only_the_beginning_of_a_very_long_text_is_read() -> None:
    long = "电梯坏了" * 25_000
    assert fingerprint(long) == fingerprint(long[:MAX_CHARACTERS])
    assert [key for key, _ in rank(long, [("a", long, None), ("b", "", None)])] == ["a"]

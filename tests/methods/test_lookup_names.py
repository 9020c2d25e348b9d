"""Places named in a text: found, told apart, and never misquoted. All places are invented."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.methods.lookup import Gazetteer, shorten

ENTRIES = [
    ("990101", "云溪县", ["云溪"]),
    ("990102", "松岭区", []),
    ("990101001", "柳荫街道", []),
    ("990102001", "枫桥街道", []),
    ("990101001001", "滨江社区", ["滨江苑", "江景花园"]),
    ("990101001002", "和平社区", []),
    ("990102001001", "和平社区", []),
    ("990102001002", "柳荫街道口社区", []),
    ("990102001003", "青石塘村", []),
    ("990101001003", "建设社区", []),
]
PLACES = Gazetteer(ENTRIES)


def codes(text: str, within: str | None = None) -> list[str]:
    return [hit.code for hit in PLACES.find(text, within)]


def test_a_full_name_is_certain() -> None:
    (hit,) = PLACES.find("我住滨江社区")
    assert (hit.code, hit.start, hit.end, hit.score, hit.detail) == ("990101001001", 2, 6, 1.0, "")


def test_the_more_specific_place_comes_first() -> None:
    assert codes("云溪县柳荫街道滨江社区") == ["990101001001", "990101001", "990101"]


def test_the_longest_name_wins() -> None:
    assert codes("柳荫街道口社区积水") == ["990102001002"]


def test_an_alias_names_its_place() -> None:
    (hit,) = PLACES.find("江景花园停水")
    assert (hit.name, hit.score) == ("滨江社区", 0.95)


@pytest.mark.parametrize("text", ["滨江小区停水", "滨江居委会不开门", "滨江街道上"])
def test_a_short_name_before_a_kind_word_counts(text: str) -> None:
    assert codes(text) == ["990101001001"]


def test_a_short_name_that_only_one_place_bears_counts_for_less() -> None:
    (alone,) = PLACES.find("住在青石塘的人")
    (followed,) = PLACES.find("住在青石塘社区的人")
    assert alone.code == followed.code == "990102001003"
    assert alone.score < followed.score < 1.0


def test_a_word_of_every_day_is_no_place() -> None:
    assert codes("希望加快建设，大家和平相处") == []
    assert codes("建设小区停水") == ["990101001003"]


def test_a_shared_name_goes_to_the_place_whose_parent_is_named() -> None:
    assert codes("松岭区和平社区没有路灯") == ["990102001001", "990102"]
    assert codes("柳荫街道的和平社区")[0] == "990101001002"
    assert PLACES.find("松岭区和平社区")[0].score == 1.0


def test_a_shared_name_without_a_parent_gives_all_with_divided_scores() -> None:
    hits = PLACES.find("和平社区没有路灯")
    assert [hit.code for hit in hits] == ["990101001002", "990102001001"]
    assert [hit.score for hit in hits] == [0.5, 0.5]


def test_clear_hits_stand_before_doubtful_ones() -> None:
    assert codes("和平社区和滨江社区之间")[0] == "990101001001"


def test_within_limits_and_resolves() -> None:
    assert codes("和平社区", "990102") == ["990102001001"]
    assert codes("滨江社区", "990102") == []


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("滨江社区3栋漏水", "3栋"),
        ("滨江社区2号楼1单元1203室漏水", "2号楼1单元1203室"),
        ("滨江社区十二栋", "十二栋"),
        ("滨江社区的A座电梯", "A座"),
        ("3栋在滨江社区", ""),
        ("滨江社区的居民多次向有关部门反映情况至今没有人来处理过，3栋", ""),
    ],
)
def test_the_building_after_a_place_is_its_detail(text: str, detail: str) -> None:
    assert PLACES.find(text)[0].detail == detail


def test_a_building_belongs_to_the_place_it_follows() -> None:
    details = {hit.name: hit.detail for hit in PLACES.find("柳荫街道滨江社区5栋")}
    assert details == {"柳荫街道": "", "滨江社区": "5栋"}


def test_a_place_named_twice_is_one_hit_with_its_building() -> None:
    (hit,) = PLACES.find("滨江社区停水，滨江社区6栋更严重")
    assert (hit.start, hit.detail) == (0, "6栋")


@pytest.mark.parametrize(
    ("name", "short"), [("滨江社区", "滨江"), ("柳荫街道办事处", "柳荫"), ("石村", None), ("滨江", None), ("", None)]
)
def test_short_names_keep_two_characters(name: str, short: str | None) -> None:
    found = shorten(name)
    assert (found[0] if found else None) == short


@pytest.mark.parametrize(
    ("entries", "says"), [([("", "无名", [])], "缺少区划编码"), ([("1", "甲地", []), ("1", "乙地", [])], "出现了两次")]
)
def test_wrong_entries_are_refused_with_the_reason(entries: list[tuple[str, str, list[str]]], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Gazetteer(entries)


PIECES = ["和平", "滨江", "小区", "街道", "3栋", "2号楼", "单元", "\x00", "\ud800", "\u200b", "𠮷", "。"]
PIECES += [name for _, name, _ in ENTRIES]


any_text = st.one_of(
    st.text(alphabet=st.characters(), max_size=60), st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
)


@given(any_text)
def test_every_hit_quotes_a_name_of_its_place(text: str) -> None:
    words = {code: {name, *aliases, (shorten(name) or (name,))[0]} for code, name, aliases in ENTRIES}
    hits = PLACES.find(text)
    assert len({hit.code for hit in hits}) == len(hits)
    for hit in hits:
        assert 0 <= hit.start < hit.end <= len(text)
        assert text[hit.start : hit.end] in words[hit.code]
        assert 0.0 < hit.score <= 1.0
        assert hit.detail in text
    if not hits:  # a full name may be covered by a longer one, but then that one is a hit
        assert not any(name in text for _, name, _ in ENTRIES)


def test_a_very_long_text_is_read() -> None:
    assert codes("啊" * 100_000 + "滨江社区") == ["990101001001"]
    assert codes("和平" * 50_000) == []


def test_an_empty_gazetteer_finds_nothing() -> None:
    empty = Gazetteer([])
    assert len(empty) == 0
    assert empty.find("滨江社区") == []

"""What people say for a place's full name, and what it must not be taken for. All places are invented."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.methods.locate import Locator, Place
from linli.methods.short_names import shorten, with_short_names

ROWS = [
    Place("990101", "云溪县"),
    Place("990102", "松岭区"),
    Place("990101001", "柳荫街道"),
    Place("990102001", "枫桥街道"),
    Place("990101001001", "滨江社区", ("滨江苑", "江景花园")),
    Place("990101001002", "和平社区"),
    Place("990102001001", "和平社区"),
    Place("990102001002", "柳荫街道口社区"),
    Place("990102001003", "青石塘村"),
    Place("990101001003", "建设社区"),
    Place("990101001004", "榆树第一社区"),
    Place("990101001005", "榆树第二社区"),
    Place("990101001006", "翠湖东苑"),
]
PLACES = Locator(with_short_names(ROWS))


def codes(text: str) -> list[str]:
    """The places found, likeliest first."""
    return [found.code for found in PLACES.find(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("我住滨江社区", ["990101001001"]),
        ("滨江小区停水", ["990101001001"]),
        ("滨江居委会不开门", ["990101001001"]),
        ("住在青石塘的人", ["990102001003"]),
        ("滨江的路灯", []),  # two characters that do not stand as a place does
        ("在滨江，路灯坏了", ["990101001001"]),
        ("云溪县柳荫街办滨江社区", ["990101001001", "990101001", "990101"]),
        ("柳荫街道口社区积水", ["990102001002"]),
        ("江景花园停水", ["990101001001"]),
        ("希望加快建设，大家和平相处", []),
        ("建设小区停水", ["990101001003"]),
        ("松岭区和平社区没有路灯", ["990102001001", "990102"]),
        ("和平小区没有路灯", []),  # two places bear it and nothing says which
        ("柳荫街道的和平小区", ["990101001002", "990101001"]),
    ],
)
def test_a_place_is_found_by_what_people_say(text: str, found: list[str]) -> None:
    assert codes(text) == found


@pytest.mark.parametrize("text", ["榆树第三社区停电", "榆树第四社区停电", "翠湖西苑停电", "榆树第社区停电"])
def test_a_number_or_a_direction_is_no_slip_of_the_pen(text: str) -> None:
    assert codes(text) == []


def test_a_short_name_that_another_place_really_bears_is_that_place() -> None:
    town = Locator(with_short_names([Place("1", "滨江社区"), Place("2", "滨江小区")]))
    assert [found.code for found in town.find("滨江小区停水")] == ["2"]


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("滨江社区3栋漏水", "3栋"),
        ("滨江社区 3 栋漏水", "3 栋"),
        ("滨江苑小区3栋漏水", "3栋"),
        ("滨江社区2号楼1单元1203室漏水", "2号楼1单元1203室"),
        ("滨江社区的A座电梯", "A座"),
        ("3栋在滨江社区", ""),
    ],
)
def test_the_building_after_a_place_is_its_detail(text: str, detail: str) -> None:
    assert PLACES.find(text)[0].detail == detail


@pytest.mark.parametrize(
    ("name", "short"), [("滨江社区", "滨江"), ("柳荫街道办事处", "柳荫"), ("石村", None), ("滨江", None), ("", None)]
)
def test_short_names_keep_two_characters(name: str, short: str | None) -> None:
    found = shorten(name)
    assert (found[0] if found else None) == short


PIECES = ["和平", "滨江", "小区", "街道", "3栋", "2号楼", "单元", "\x00", "\ud800", "\u200b", "𠮷", "。"]
PIECES += [place.name for place in ROWS]
any_text = st.one_of(
    st.text(alphabet=st.characters(), max_size=60), st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
)


@given(any_text)
def test_every_finding_quotes_the_text_and_each_place_stands_once(text: str) -> None:
    found = PLACES.find(text)
    assert len({one.code for one in found}) == len(found)
    for one in found:
        assert 0 <= one.start < one.end <= len(text)
        assert 0.0 < one.score <= 1.0
        assert one.detail in text and one.reason

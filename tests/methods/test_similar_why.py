"""What two messages have in common, as a person reads it."""

from hypothesis import given
from hypothesis import strategies as st

from linli.methods.similar.names import places
from linli.methods.similar.why import shared


def test_names_and_words_that_both_hold_are_told() -> None:
    names, words = shared("魅力之城小区楼下烧烤店油烟扰民，夜里吵闹", "住魅力之城小区，油烟太大，没法开窗")
    assert names == ["魅力之城"] and words == ["油烟"]


def test_without_a_known_word_the_longest_common_stretch_is_told() -> None:
    names, words = shared("每逢周五晚上都有人在敲锣", "周五晚上都有人放鸽子")
    assert names == [] and words == ["周五晚上都有人"]


def test_what_only_one_of_them_says_is_not_told() -> None:
    assert shared("翠湖花园路灯不亮", "丽景花园电梯停运") == ([], [])
    assert shared("", "") == ([], [])


@given(st.text(max_size=60), st.text(max_size=60))
def test_what_is_told_stands_in_both(one: str, other: str) -> None:
    names, words = shared(one, other)
    assert all(word in one and word in other for word in (*names, *words))


def test_an_estate_that_is_called_by_two_names_is_told_by_its_stem() -> None:
    assert shared("翠湖小区路灯不亮", "住翠湖花园，路灯坏了") == (["翠湖"], ["路灯"])


def test_a_street_lamp_is_no_street() -> None:
    assert not places("楼下路灯坏了")
    assert [name for name, _ in places("人民路有坑")] == ["人民路"]

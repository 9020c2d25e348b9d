"""Places in texts: exact, misheard, mistyped, with house numbers; and nothing rather than a guess."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.methods.locate import Locator, Place, _one_error, folded, syllables

PLACES = [
    Place("1", "滨江区"),
    Place("2", "临川区"),
    Place("101", "翠湖花园", ("翠湖",), parent="1"),
    Place("102", "人民路", parent="1"),
    Place("103", "魅力之城小区", ("魅力之城",), parent="1"),
    Place("104", "海路", parent="1"),
    Place("202", "人民路", parent="2"),
    Place("203", "望岳台大道", parent="2"),
]
TOWN = Locator(PLACES)


def codes(text: str) -> list[str]:
    """The places found in the invented town."""
    return [one.code for one in TOWN.find(text)]


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("我住在翠湖花园3栋，电梯坏了", "101", "翠湖花园"),
        ("萃湖花园太吵", "101", "萃湖花园"),
        ("翠湖花圆太吵", "101", "翠湖花圆"),
        ("魅力之程小区油烟", "103", "魅力之程小区"),
        ("魅力之小区油烟大", "103", "魅力之小区"),
        ("在望岳的台大道积水", "203", "望岳的台大道"),
        ("望天台大道积水", "203", "望天台大道"),
        ("岳望台大道积水", "203", "岳望台大道"),
        ("滨江区人民路有坑", "102", "人民路"),
        ("临川区人民路有坑", "202", "人民路"),
        ("住翠湖，停水了", "101", "翠湖"),
        ("😀ＡＢ在翠湖花园", "101", "翠湖花园"),
    ],
)
def test_places_are_found_as_people_write_them(text: str, code: str, said: str) -> None:
    best = TOWN.find(text)[0]
    assert (best.code, text[best.start : best.end]) == (code, said)
    assert 0 < best.score <= 1
    assert best.reason


@pytest.mark.parametrize(
    "text",
    ["", "路", "人民路有坑", "从上海路过来", "翠湖水很清", "人民生活", "😀😀", "\ud800", "翠竹花园", "望岳", "翠花园"],
)
def test_nothing_is_better_than_a_guess(text: str) -> None:
    assert codes(text) == []


def test_house_numbers_and_what_stands_beside_are_told() -> None:
    best = TOWN.find("翠湖花园3栋2单元501漏水")[0]
    assert best.detail == "3栋2单元501"
    best = TOWN.find("望岳台大道12号附近有坑")[0]
    assert (best.detail, best.relation) == ("12号", "附近")
    assert TOWN.find("翠湖花园对面工地")[0].relation == "对面"
    assert TOWN.find("在翠湖花园")[0].score > TOWN.find("在翠湖花园附近")[0].score


def test_right_names_outrank_misheard_ones_and_parts_their_parents() -> None:
    exact, heard = TOWN.find("翠湖花园")[0], TOWN.find("萃湖花园")[0]
    assert exact.score > heard.score > TOWN.find("望天台大道积水")[0].score
    assert codes("滨江区翠湖花园") == ["101", "1"]
    assert codes("魅力之程小区和翠湖花园之间") == ["101", "103"]


def brute(text: str, words: dict[str, str]) -> list[tuple[int, int, str]]:
    """Oracle: exact names, longest first, none over another."""
    spans = sorted(
        (
            (start, start + len(word), code)
            for word, code in words.items()
            for start in range(len(text))
            if text.startswith(word, start)
        ),
        key=lambda span: (span[0] - span[1], span[0]),
    )
    taken: list[tuple[int, int, str]] = []
    for start, end, code in spans:
        if all(end <= other[0] or start >= other[1] for other in taken):
            taken.append((start, end, code))
    return taken


@given(
    st.text(alphabet="甲乙丙丁路街", max_size=30),
    st.lists(st.text(alphabet="甲乙丙丁路街", min_size=3, max_size=6), max_size=8, unique=True),
)
@settings(max_examples=150, deadline=None)
def test_exact_names_are_those_of_the_brute_force(text: str, names: list[str]) -> None:
    words = {name: str(number) for number, name in enumerate(names)}
    found = Locator([Place(code, name) for name, code in words.items()]).find(text)
    oracle = brute(text, words)
    if oracle:
        exact = {(one.start, one.end, one.code) for one in found if text[one.start : one.end] == one.name}
        assert exact <= set(oracle)
        assert {code for _, _, code in oracle} >= {one.code for one in found if text[one.start : one.end] == one.name}
        assert {code for _, _, code in oracle} <= {one.code for one in found}


@given(st.lists(st.text(max_size=40), max_size=6))
@settings(max_examples=100, deadline=None)
def test_many_texts_are_told_as_each_alone(texts: list[str]) -> None:
    texts = [*texts, "在翠湖花园", "".join(texts) + "望天台大道"]
    assert TOWN.find_many(texts) == [TOWN.find(text) for text in texts]


letter = st.sampled_from("甲乙丙丁")


@given(st.text(alphabet="甲乙丙丁", max_size=5), st.text(alphabet="甲乙丙丁", max_size=5))
@settings(max_examples=300, deadline=None)
def test_one_error_is_what_trying_every_error_says(one: str, other: str) -> None:
    tried = set()
    for at in range(len(other) + 1):
        tried |= {other[:at] + character + other[at:] for character in "甲乙丙丁"}
        tried |= {other[:at] + character + other[at + 1 :] for character in "甲乙丙丁" if at < len(other)}
        tried.add(other[:at] + other[at + 1 :])
        tried.add(other[:at] + other[at : at + 2][::-1] + other[at + 2 :])
    assert _one_error(one, other) == (one in tried - {other})


def test_confused_sounds_are_one() -> None:
    assert folded("zhang") == folded("zan")
    assert folded("nan") == folded("lan")
    assert folded("xing") == folded("xin")
    assert syllables()["滨"] == "bin"
    assert len(syllables()) == 6763


def test_a_faulty_gazetteer_is_named() -> None:
    with pytest.raises(ValueError, match=r"“无名路”缺少编码"):
        Locator([Place("", "无名路")])
    with pytest.raises(ValueError, match=r"出现了两次"):
        Locator([Place("1", "甲路"), Place("1", "乙路")])
    assert Locator([]).find("翠湖花园") == []
    circle = Locator([Place("1", "甲甲甲路", parent="2"), Place("2", "乙乙乙路", parent="1")])
    assert {one.code for one in circle.find("甲甲甲路和乙乙乙路")} == {"1", "2"}


def test_a_very_long_text_is_read_to_its_limit() -> None:
    assert codes("好" * 100_000 + "翠湖花园") == []
    assert codes("翠湖花园" + "好" * 100_000) == ["101"]


def test_most_of_many_garbled_names_are_found_and_none_is_wrong() -> None:
    chance = random.Random(2)
    letters = [character for character in syllables() if "\u4e00" <= character <= "\u6fff"]
    names = ["".join(chance.choices(letters, k=3)) + chance.choice(["花园", "小区", "大道"]) for _ in range(2000)]
    town = Locator([Place(str(number), name) for number, name in enumerate(names)])
    right = wrong = 0
    for number, name in enumerate(names[:300]):
        at = chance.randrange(3)
        found = town.find(f"请问{name[:at]}{chance.choice(letters)}{name[at + 1 :]}的路灯什么时候修好")
        right += bool(found) and found[0].code == str(number)
        wrong += bool(found) and found[0].code != str(number)
    assert right >= 290
    assert wrong <= 2

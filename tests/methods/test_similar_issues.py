"""Hot issues as people report them: worded differently, over months, beside other matters of the same place and the same matter elsewhere.

`hot_issues.csv` is invented: eight issues of five to twelve messages, and what is not to be mixed with them.
"""

import csv
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from linli.methods.similar.groups import groups, numbered
from linli.methods.similar.message import read
from linli.methods.similar.names import places, things
from linli.site.commands.appeals_hot import days_of

ROWS = list(csv.DictReader((Path(__file__).parent / "hot_issues.csv").read_text(encoding="utf-8").splitlines()))
BOILER = (
    "尊敬的领导您好，感谢您在百忙之中阅读我的来信，我是一名普通市民，怀着无比沉重的心情向您反映如下情况，恳请高度重视。"
)


def found_in(rows: list[dict[str, str]]) -> tuple[dict[str, set[int]], list[set[int]]]:
    messages = read([r["title"] for r in rows], [r["text"] for r in rows], [days_of(r["time"]) for r in rows])
    real: defaultdict[str, set[int]] = defaultdict(set)
    found: defaultdict[int, set[int]] = defaultdict(set)
    for at, (row, number) in enumerate(zip(rows, numbered(groups(messages), len(rows)), strict=True)):
        if row["issue"] != "零散":
            real[row["issue"]].add(at)
        if number:
            found[number].add(at)
    return real, list(found.values())


def best(own: set[int], found: list[set[int]]) -> float:
    return max(2 * len(own & other) / (len(own) + len(other)) for other in found)


def test_hot_issues_are_found_whole() -> None:
    real, found = found_in(ROWS)
    hot = {name: best(own, found) for name, own in real.items() if len(own) >= 5}
    assert len(hot) == 8
    assert sum(hot.values()) / len(hot) >= 0.9
    assert min(hot.values()) >= 0.75


def test_the_same_beginning_of_every_letter_glues_nothing() -> None:
    rows = [{**row, "text": BOILER + row["text"]} for row in ROWS]
    real, found = found_in(rows)
    hot = [best(own, found) for own in real.values() if len(own) >= 5]
    assert sum(hot) / len(hot) >= 0.85
    assert max(map(len, found)) <= 13


def test_two_places_never_share_a_group() -> None:
    real, found = found_in(ROWS)
    for one, other in (("搅拌站", "另一搅拌站"), ("捆绑车位", "梧桐车位"), ("征地", "别处征地"), ("油烟", "别处油烟")):
        assert not [group for group in found if group & real[one] and group & real[other]]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("A5区劳动东路魅力之城小区油烟", ["动东路", "力之居"]),
        ("我住丽湾新城三期", ["丽湾居"]),
        ("丽湾新城小区，丽湾社区", ["丽湾居", "丽湾居"]),
        ("A2区暮南街道丽湾社区", ["暮南街道", "丽湾居"]),
        ("旁边的小区、老旧小区、附近的搅拌站", []),
        ("锦绣华庭临街餐馆", ["绣华居"]),
        ("", []),
        ("业主", []),
    ],
)
def test_names_of_places_are_read_without_what_stands_around_them(text: str, names: list[str]) -> None:
    assert sorted(key for _, key in places(text).elements()) == sorted(names)


def test_a_title_without_a_place_is_about_the_thing_that_it_names() -> None:
    assert Counter(key for _, key in things("再次请求公布2019年e车贷案件进展")) == Counter(
        ["公布", "e车贷", "车贷案", "贷案件", "案件进", "件进展"]
    ) - Counter(["公布"])
    assert not things("请问什么时候能解决？")

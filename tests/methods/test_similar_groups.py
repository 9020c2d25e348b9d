"""Messages about one matter at one place: told apart by place and by matter, all at night or one by one."""

import random
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.methods.similar.groups import groups, numbered
from linli.methods.similar.message import Weights, read, sameness, weigh
from linli.methods.similar.stream import Stream

PLACES = ["翠湖花园", "金桂小区", "云栖苑", "滨河社区", "望岳府", "枫林路", "星海学院", "紫竹家园"]
MATTERS = {
    "餐饮油烟": [
        "楼下烧烤店油烟直排，熏得睡不着",
        "一楼餐馆没有烟道，油烟往楼上飘",
        "夜宵摊炒菜油烟太大，吆喝声到凌晨",
    ],
    "电梯": ["电梯又坏了，老人下不了楼", "电梯三天两头停运困人", "电梯老化，运行时晃动"],
    "停车": ["车位捆绑销售，业主没地方停车", "停车位不够，消防通道停满了车", "停车费乱涨价"],
    "供水": ["自来水发黄有异味", "又停水了，没有通知", "水压太低，六楼没有水"],
}
FILLER = [
    "希望有关部门处理",
    "已经反映多次没有结果",
    "我是业主",
    "请领导关注",
    "物业一直推脱",
    "大家都很着急",
    "影响生活",
    "盼回复",
]


def town(seed: int, each: int = 5) -> tuple[list[str], list[str], list[float | None], list[tuple[str, str]]]:
    """Invented messages: every matter at every place several times, worded differently."""
    chance = random.Random(seed)
    rows = []
    for place in PLACES:
        for matter, words in MATTERS.items():
            for _ in range(each):
                said = chance.choice(words)
                title = f"{place}{said.split('，')[0]}" if chance.random() < 0.8 else f"{place}{matter}问题"
                text = f"{place}{said}，{'，'.join(chance.sample(FILLER, 3))}。"
                rows.append((title, text, float(chance.randrange(200)), (place, matter)))
    chance.shuffle(rows)
    titles, texts, days, truth = zip(*rows, strict=True)
    return list(titles), list(texts), list(days), list(truth)


def best_f1(truth: list[tuple[str, str]], numbers: list[int]) -> float:
    """Mean over the true groups of the best F1 of any found group."""
    real, found = defaultdict(set), defaultdict(set)
    for row, (group, number) in enumerate(zip(truth, numbers, strict=True)):
        real[group].add(row)
        if number:
            found[number].add(row)
    return float(
        np.mean(
            [max(2 * len(own & other) / (len(own) + len(other)) for other in found.values()) for own in real.values()]
        )
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_one_matter_at_one_place_is_one_group(seed: int) -> None:
    titles, texts, days, truth = town(seed)
    numbers = numbered(groups(read(titles, texts, days)), len(texts))
    assert best_f1(truth, numbers) >= 0.9
    of_number = defaultdict(set)
    for group, number in zip(truth, numbers, strict=True):
        of_number[number].add(group)
    mixed = [found for number, found in of_number.items() if number and len(found) > 1]
    assert len(mixed) <= len(PLACES) * len(MATTERS) // 10


def test_the_hottest_group_stands_first_and_rows_in_order_of_time() -> None:
    titles, texts, days, truth = town(4, each=3)
    titles += ["翠湖花园楼下烧烤店油烟直排"] * 9
    texts += [f"翠湖花园楼下烧烤店油烟直排，熏得睡不着。{word}" for word in [*FILLER, "急"]]
    days += [100.0 + number for number in range(9)]
    found = groups(read(titles, texts, days))
    assert set(range(len(truth), len(texts))) <= set(found[0].rows)
    times = [days[row] or 0.0 for row in found[0].rows]
    assert times == sorted(times)
    assert [group.heat for group in found] == sorted((group.heat for group in found), reverse=True)


def test_no_message_is_in_two_groups_and_order_of_rows_changes_nothing() -> None:
    titles, texts, days, _ = town(5, each=3)
    found = groups(read(titles, texts, days))
    rows = [row for group in found for row in group.rows]
    assert len(rows) == len(set(rows))
    turned = groups(read(titles[::-1], texts[::-1], days[::-1]))
    last = len(texts) - 1
    assert {frozenset(group.rows) for group in found} == {
        frozenset(last - row for row in group.rows) for group in turned
    }


def test_groups_of_fewer_than_asked_for_are_left_out() -> None:
    titles, texts, days, _ = town(6, each=2)
    assert all(len(group.rows) >= 4 for group in groups(read(titles, texts, days), least=4))


@given(st.lists(st.text(max_size=25), max_size=8))
@settings(max_examples=60, deadline=None)
def test_any_texts_end_in_groups_or_in_none(texts: list[str]) -> None:
    found = groups(read(texts, texts[::-1], [None] * len(texts)))
    assert all(len(group.rows) >= 2 for group in found)


def test_sameness_is_the_formula_written_out() -> None:
    titles, texts, days, _ = town(7, each=1)
    messages = read(titles, texts, days)
    names, pairs = Weights.of(messages.names.ravel(), len(texts)), Weights.of(messages.pairs.ravel(), len(texts))
    one, other = np.triu_indices(len(texts), 1)
    found = sameness(weigh(messages, names, pairs), one, other)

    def weight(weights: Weights, key: int) -> float:
        return float(weights(np.array([key], dtype=np.uint64))[0])

    def parts(row: int) -> tuple[dict[int, float], set[int], dict[int, float]]:
        counted = {
            int(k): weight(names, k)
            for k, main in zip(messages.names[row], messages.titled[row], strict=True)
            if k and main
        }
        said = {
            int(key): weight(pairs, key) * float(times)
            for key, times in zip(messages.pairs[row], messages.times[row], strict=True)
            if key
        }
        return counted, {int(key) for key in messages.names[row] if key}, said

    for a, b, value in list(zip(one.tolist(), other.tolist(), found, strict=True))[::7]:
        (main_a, all_a, said_a), (main_b, all_b, said_b) = parts(a), parts(b)
        both = sum(main_a[key] for key in main_a if key in main_b) / min(sum(main_a.values()), sum(main_b.values()))
        in_b = sum(main_a[key] for key in main_a if key in all_b) / sum(main_a.values())
        in_a = sum(main_b[key] for key in main_b if key in all_a) / sum(main_b.values())
        place = min(1.0, max(both, min(in_a, in_b)))
        length = (sum(v * v for v in said_a.values()) * sum(v * v for v in said_b.values())) ** 0.5
        wording = sum(said_a[key] * said_b.get(key, 0.0) for key in said_a) / length
        topic = float(messages.topic[a] @ messages.topic[b])
        fade = 1 - 0.15 * min(1.0, abs(messages.days[a] - messages.days[b]) / 730)
        expected = place**0.5 * (topic + min(1.0, 4 * wording)) / 2 * fade
        assert value == pytest.approx(min(1.0, expected), abs=1e-4)


def test_a_stream_finds_what_the_brute_force_finds_however_it_was_filled() -> None:
    titles, texts, days, _ = town(8, each=3)
    at_once, one_by_one = Stream(), Stream()
    at_once.add(titles, texts, days)
    for title, text, day in zip(titles, texts, days, strict=True):
        one_by_one.add([title], [text], [day])
    at_once.rebuild()
    one_by_one.rebuild()
    messages = read(titles, texts, days)
    weighed = weigh(
        messages, Weights.of(messages.names.ravel(), len(texts)), Weights.of(messages.pairs.ravel(), len(texts))
    )
    everything = np.arange(len(texts))
    for row in range(0, len(texts), 5):
        exact = sameness(weighed, np.full(len(texts), row), everything)
        best = np.argsort(-exact, kind="stable")
        found = at_once.nearest(titles[row], texts[row], days[row], top=5, at_least=0.4)
        assert found == one_by_one.nearest(titles[row], texts[row], days[row], top=5, at_least=0.4)
        expected = [exact[other] for other in best[:5] if exact[other] >= 0.4]
        assert [value for _, value in found] == pytest.approx(expected, abs=0.01)  # topics are kept in bytes


def test_a_new_message_is_found_before_the_index_is_rebuilt() -> None:
    titles, texts, days, _ = town(9)
    stream = Stream()
    stream.add(titles, texts, days)
    stream.rebuild()
    (number,) = stream.add(["松涛公寓电梯坏了"], ["松涛公寓电梯坏了，老人下不了楼"], [10.0])
    assert number == len(texts)
    assert stream.nearest("松涛公寓电梯又坏了", "松涛公寓电梯停运", 11.0)[0][0] == number
    assert stream.nearest("", "", None) == []
    assert Stream().nearest("松涛公寓电梯又坏了", "松涛公寓电梯停运") == []


def test_thousands_of_copies_stay_bounded() -> None:
    rows = 1600
    found = groups(read(["翠湖花园停水"] * rows, ["翠湖花园停水了"] * rows, [1.0] * rows))
    assert sum(len(group.rows) for group in found) == rows

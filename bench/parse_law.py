"""What reading law costs (解析用时): CPU seconds for 20 million characters of invented acts, from bytes to the JSON of `linli law parse`.

Run it with `.venv/bin/python bench/parse_law.py [--characters 20000000] [--rounds 3]`. It prints medians for each step. Goal: 20 million
characters read into their tree within four seconds of one core.
"""

from __future__ import annotations

import argparse
import gc
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from linli.law.parse import decode, numeral_of, read_tree

WORDS = [
    "菜园",
    "水渠",
    "村民",
    "应当",
    "可以",
    "不得",
    "浇水",
    "除草",
    "登记",
    "公布",
    "每年",
    "三月",
    "以前",
    "由",
    "乡镇人民政府",
    "负责",
    "并",
    "报",
    "县",
    "农业部门",
    "备案",
    "依照",
    "本条例",
    "规定",
]


def sentence(dice: random.Random) -> str:
    """One invented sentence of about the length that statutes have."""
    return "，".join("".join(dice.choices(WORDS, k=dice.randint(3, 8))) for _ in range(dice.randint(1, 4)))


def act(number: int, dice: random.Random) -> str:
    """One invented act with chapters, articles, 款 and 项."""
    lines = [f"某县菜园条例第{number}版规定", "（2020年1月1日某县人民代表大会常务委员会通过）"]
    for n in range(1, dice.randint(20, 90)):
        if n % 9 == 1:
            lines.append(f"第{numeral_of(n // 9 + 1)}章　{dice.choice(WORDS)}")
        lines.append(f"　　第{numeral_of(n)}条　{sentence(dice)}。")
        for _ in range(dice.choice((0, 0, 1, 2))):
            lines.append(f"　　{sentence(dice)}。")
        if dice.random() < 0.2:
            lines[-1] = lines[-1][:-1] + "："
            lines += [f"　　（{numeral_of(k)}）{sentence(dice)}；" for k in range(1, dice.randint(3, 8))]
    return "\n".join(lines)


def text_of(characters: int) -> str:
    """Invented acts one after another until there are so many characters."""
    dice = random.Random(7)
    found: list[str] = []
    size = number = 0
    while size < characters:
        number += 1
        found.append(act(number, dice))
        size += len(found[-1]) + 1
    return "\n".join(found)[:characters]


def timed(work: Callable[[], object], rounds: int) -> float:
    """Median CPU seconds of some work."""
    seconds = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        seconds.append(time.process_time() - began)
    return statistics.median(seconds)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="解析法规的用时")
    parser.add_argument("--characters", type=int, default=20_000_000, metavar="字数")
    parser.add_argument("--rounds", type=int, default=3, metavar="次数")
    options = parser.parse_args()
    gc.disable()  # as the command does
    text = text_of(options.characters)
    raw = text.encode()
    tree = read_tree(text)
    assert tree.text == text
    articles = sum(node.level == "art" for node in tree.nodes)
    print(f"{len(text):,} characters, {text.count(chr(10)):,} lines, {len(tree.acts):,} acts, {articles:,} articles")
    print(f"{len(tree.nodes):,} nodes, {len(tree.problems):,} problems; text identical")
    for name, work in (
        ("decode UTF-8", lambda: decode(raw)),
        ("text to tree", lambda: read_tree(text)),
        ("tree to JSON", lambda: msgspec.json.encode(tree.as_json()).decode()),
    ):
        print(f"{name:<16}{timed(work, options.rounds):8.2f} s CPU")


if __name__ == "__main__":
    main()

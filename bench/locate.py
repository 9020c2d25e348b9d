"""How fast places are found in texts, and how many garbled names (诉求定位).

Run it with `.venv/bin/python bench/locate.py [FOLDER]`; names are invented, FOLDER (or LINLI_BENCH_APPEALS) holds `hot_dev.csv.gz` for
texts of real length. Goal: ≥ 20,000 texts/s against 100,000 names.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import os
import platform
import random
import time
from pathlib import Path

import numpy as np

from linli.methods.locate import Locator, Place, syllables

KINDS = ["小区", "花园", "路", "街", "村", "社区", "大道", "家园", "苑", "公寓"]


def rate(town: Locator, texts: list[str]) -> str:
    """Texts a CPU second, median of three, and in how many of them a place was found."""
    speeds, found = [], 0
    for _ in range(3):
        begin = time.process_time()
        found = sum(map(bool, town.find_many(texts)))
        speeds.append(len(texts) / (time.process_time() - begin))
    return f"{np.median(speeds):>9,.0f} texts/s, found in {found / len(texts):.1%}"


def main() -> None:
    """The table."""
    options = argparse.ArgumentParser(description="places in texts")
    options.add_argument("folder", nargs="?", type=Path, default=os.environ.get("LINLI_BENCH_APPEALS"))
    given = options.parse_args()
    chance = random.Random(1)
    letters = sorted(syllables())
    names = [
        "".join(chance.choices(letters, k=chance.choice([2, 3, 4]))) + chance.choice(KINDS) for _ in range(100_000)
    ]
    begin = time.process_time()
    town = Locator([Place(str(number), name) for number, name in enumerate(names)])
    print(
        f"Python {platform.python_version()}, NumPy {np.__version__}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.0f}; CPU seconds"
    )
    print(f"gazetteer of {len(town):,} names built in {time.process_time() - begin:.1f} s")
    plain = "请问{}{}号附近路灯不亮怎么办，希望尽快修好"
    short = [plain.format(chance.choice(names), chance.randrange(99)) for _ in range(20_000)]
    print("short messages:          ", rate(town, short))
    garbled = []
    for _ in range(5000):
        name = chance.choice(names)
        at = chance.randrange(len(name) - 2)
        garbled.append(plain.format(name[:at] + chance.choice(letters) + name[at + 1 :], 3))
    print("one character wrong:     ", rate(town, garbled))
    print("no place in them:        ", rate(town, ["路灯不亮怎么办，希望尽快修好，谢谢领导"] * 20_000))
    file = Path(given.folder) / "hot_dev.csv.gz" if given.folder else None
    if file is not None and file.is_file():
        with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
            real = [row["text"] for row in csv.DictReader(lines)]
        print(
            f"messages of {np.mean([len(text) for text in real]):.0f} characters:",
            rate(town, [chance.choice(names) + text for text in real * 6]),
        )
    else:
        print("messages of real length skipped: no hot_dev.csv.gz; give its folder, or LINLI_BENCH_APPEALS")


if __name__ == "__main__":
    main()

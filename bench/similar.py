"""What merging costs and finds (热点归并、增量查重).

Run it with `.venv/bin/python bench/similar.py [FOLDER] [--rows 100000] [--stream 1000000]`; FOLDER (or LINLI_BENCH_APPEALS) holds
`hot_dev.csv.gz` with marked groups. The large figures are on invented messages. Goals: mean best-group F1 ≥ 0.90; groups over 100,000
messages ≤ 60 s; a new message against 1,000,000 ≤ 20 ms. Beside it: TF-IDF dot product of scikit-learn for one query.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import os
import platform
import random
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

from linli.methods.similar.groups import groups, numbered
from linli.methods.similar.message import read
from linli.methods.similar.stream import Stream
from linli.site.commands.appeals_hot import days_of

ISSUES = Path(__file__).resolve().parent.parent / "tests" / "methods" / "hot_issues.csv"
MATTERS = [
    "油烟扰民",
    "电梯故障",
    "停车困难",
    "夜间噪声",
    "屋顶漏水",
    "物业乱收费",
    "路灯不亮",
    "垃圾无人清运",
    "违章搭建",
    "停水停电",
    "学位不足",
    "拖欠工资",
]


def invented(rows: int, seed: int) -> tuple[list[str], list[str], list[float | None]]:
    """Messages about matters at estates of nonsense names, padded with nonsense."""
    chance = random.Random(seed)
    letters = [chr(0x4E00 + at) for at in range(3000)]
    estates = [
        "".join(chance.choices(letters, k=3)) + chance.choice(["小区", "花园", "家园", "路"])
        for _ in range(max(20, rows // 50))
    ]
    pieces = ["".join(chance.choices(letters[:900], k=chance.randrange(4, 12))) for _ in range(5000)]
    titles, texts, days = [], [], []
    for _ in range(rows):
        about = chance.choice(estates) + chance.choice(MATTERS)
        titles.append(about)
        texts.append(about + "，" + "，".join(chance.choices(pieces, k=6)))
        days.append(float(chance.randrange(900)))
    return titles, texts, list(days)


def marked(folder: Path | None) -> None:
    """F1 of the marked groups."""
    file = folder / "hot_dev.csv.gz" if folder else None
    if file is None or not file.is_file():
        print("marked groups skipped: no hot_dev.csv.gz; give its folder, or LINLI_BENCH_APPEALS")
        return
    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    issues = list(csv.DictReader(ISSUES.read_text(encoding="utf-8").splitlines()))
    invented_ones = [{**row, "group": "" if row["issue"] == "零散" else row["issue"]} for row in issues]
    best_groups("marked groups", rows)
    best_groups("invented issues", invented_ones)
    best_groups("both together", rows + invented_ones)


def best_groups(name: str, rows: list[dict[str, str]]) -> None:
    """F1 of the best found group of each marked one of at least five messages."""
    numbers = numbered(
        groups(read([r["title"] for r in rows], [r["text"] for r in rows], [days_of(r["time"]) for r in rows])),
        len(rows),
    )
    real, found = defaultdict(set), defaultdict(set)
    for at, row in enumerate(rows):
        real[row["group"]].add(at)
        found[numbers[at]].add(at)
    hot = {group: own for group, own in real.items() if group and len(own) >= 5}
    found.pop(0, None)
    best = {
        group: max(2 * len(own & other) / (len(own) + len(other)) for other in found.values())
        for group, own in hot.items()
    }
    print(
        f"{name} among {len(rows)}: F1 { {group: round(value, 2) for group, value in best.items()} }, mean {np.mean(list(best.values())):.3f}; {len(found)} groups found in all"
    )


def main() -> None:
    """The table."""
    options = argparse.ArgumentParser(description="merging")
    options.add_argument("folder", nargs="?", type=Path, default=os.environ.get("LINLI_BENCH_APPEALS"))
    options.add_argument("--rows", type=int, default=100_000)
    options.add_argument("--stream", type=int, default=1_000_000)
    given = options.parse_args()
    print(
        f"Python {platform.python_version()}, NumPy {np.__version__}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.0f}; CPU seconds of one process"
    )
    marked(Path(given.folder) if given.folder else None)
    titles, texts, days = invented(given.rows, 1)
    begin = time.process_time()
    found = groups(read(titles, texts, days))
    print(f"groups over {given.rows:,} messages: {time.process_time() - begin:.1f} s, {len(found):,} groups")
    stream = Stream()
    begin = time.process_time()
    for start in range(0, given.stream, 100_000):
        stream.add(*invented(min(100_000, given.stream - start), start))
    stream.rebuild()
    print(f"index of {len(stream):,}, invention included: {time.process_time() - begin:.0f} s")
    asked = list(zip(*invented(200, 100_000), strict=True)) + list(
        zip(titles[:100], texts[:100], days[:100], strict=True)
    )
    taken = []
    for title, text, day in asked:
        begin = time.process_time()
        stream.nearest(title, text, day)
        taken.append(1000 * (time.process_time() - begin))
    print(
        f"a new message against {len(stream):,}: median {np.median(taken):.1f} ms, 95 % {np.percentile(taken, 95):.1f} ms, most {max(taken):.1f} ms"
    )
    peer(titles[:5000], texts[:5000])


def peer(titles: list[str], texts: list[str]) -> None:
    """One TF-IDF dot product."""
    import sklearn
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectors = TfidfVectorizer(analyzer="char", ngram_range=(1, 2))
    matrix = vectors.fit_transform([title + text for title, text in zip(titles, texts, strict=True)])
    taken = []
    for row in range(50):
        begin = time.process_time()
        (matrix @ vectors.transform([titles[row] + texts[row]]).T).toarray().argmax()
        taken.append(1000 * (time.process_time() - begin))
    print(
        f"peer, TF-IDF dot product of scikit-learn {sklearn.__version__} against {len(titles):,}: median {np.median(taken):.1f} ms"
    )


if __name__ == "__main__":
    main()

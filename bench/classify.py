"""What the classifier is worth (诉求分类), beside character 1–3-gram TF-IDF with SGD on the same folds.

Run it with `.venv/bin/python bench/classify.py FOLDER [--repeats 3]`; FOLDER (or LINLI_BENCH_APPEALS) holds `messages_dev.csv.gz` with
the columns text and label. Folds are contiguous blocks of each class, look-alikes on one side; each repeat deals other blocks.
Goals: macro-F1 ≥ 0.015 above the baseline; ≥ 5,000 texts/s a core; training ≤ 60 s; the surest 70 % ≥ 0.98 right from 7,000 rows.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import os
import platform
import time
from pathlib import Path

import numpy as np


def main() -> None:
    """Evaluate, train, predict, print."""
    options = argparse.ArgumentParser(description="the classifier beside the usual method")
    options.add_argument("folder", nargs="?", type=Path, default=os.environ.get("LINLI_BENCH_APPEALS"))
    options.add_argument("--repeats", type=int, default=3)
    options.add_argument("--rows", type=int, default=0, help="of so many rows drawn by the repeat's number, not of all")
    given = options.parse_args()
    file = given.folder and Path(given.folder) / "messages_dev.csv.gz"
    if not file or not file.is_file():
        print("skipped: no messages_dev.csv.gz; give its folder, or LINLI_BENCH_APPEALS")
        return
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    compare([row["text"] for row in rows], [row["label"] for row in rows], given.repeats, given.rows)


def compare(all_texts: list[str], all_labels: list[str], repeats: int, drawn: int) -> None:
    """The table."""
    import sklearn

    from linli.methods.classify.catalogue import default_catalogue
    from linli.methods.classify.evaluate import baseline, blocks, figures
    from linli.methods.classify.features import Words
    from linli.methods.classify.model import softmax
    from linli.methods.classify.train import best_temperature, held_out_scores, train

    print(
        f"Python {platform.python_version()}, NumPy {np.__version__}, scikit-learn {sklearn.__version__}, {os.cpu_count()} CPUs; CPU seconds"
    )
    words, ours, theirs, surest = Words.of(default_catalogue()), [], [], []
    texts, labels = all_texts, all_labels
    for repeat in range(repeats):
        if 0 < drawn < len(all_texts):
            chosen = sorted(np.random.default_rng(repeat).permutation(len(all_texts))[:drawn].tolist())
            texts, labels = [all_texts[at] for at in chosen], [all_labels[at] for at in chosen]
        known = sorted(set(labels))
        truth = np.array([known.index(label) for label in labels])
        fold = blocks(texts, truth, 5, seed=repeat)
        scores = held_out_scores(texts, truth, len(known), fold, words)
        chances = softmax(scores, best_temperature(scores, truth))
        told = figures(labels, [known[at] for at in chances.argmax(axis=1).tolist()], chances.max(axis=1))
        said = [""] * len(texts)
        for number in range(5):
            inside, rest = (np.flatnonzero(which).tolist() for which in (fold == number, fold != number))
            for at, label in zip(
                inside,
                baseline([texts[i] for i in rest], [labels[i] for i in rest], [texts[i] for i in inside]),
                strict=True,
            ):
                said[at] = str(label)
        plain = figures(labels, said, np.ones(len(said)))
        ours.append(told["macro_f1"])
        theirs.append(plain["macro_f1"])
        surest.append(told["surest_70"])
        print(
            f"repeat {repeat + 1}: macro-F1 {ours[-1]:.4f}, baseline {theirs[-1]:.4f}, surest 70 % right {surest[-1]:.4f}"
        )
    gain = np.array(ours) - np.array(theirs)
    print(
        f"mean macro-F1 {np.mean(ours):.4f} ± {np.std(ours):.4f}, baseline {np.mean(theirs):.4f} ± {np.std(theirs):.4f}, ahead by {gain.mean():+.4f} ± {gain.std():.4f}"
    )
    begin = time.process_time()
    model, _ = train(texts, labels)
    print(f"training on {len(texts)} rows, calibration included: {time.process_time() - begin:.1f} s")
    many = texts * max(1, 6000 // len(texts))
    speeds = []
    for _ in range(3):
        begin = time.process_time()
        model.predict(many)
        speeds.append(len(many) / (time.process_time() - begin))
    print(
        f"prediction with words that decided: {np.median(speeds):,.0f} texts/s of {np.mean([len(text) for text in texts]):.0f} characters (best {max(speeds):,.0f})"
    )


if __name__ == "__main__":
    main()

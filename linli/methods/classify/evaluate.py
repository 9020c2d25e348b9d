"""What a classifier is worth (分类评测): splits that keep look-alikes on one side, and figures with their meaning.

Rows of a site stand in the order in which they came, so neighbours share a place, a campaign, an author. A fold therefore takes one
contiguous block of each class, and a message takes its near-duplicates with it: texts whose sets of five-character shingles overlap
by half (A. Broder, "On the resemblance and containment of documents", 1997), found by MinHash with 32 bands of two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from linli.methods.grams import Floats, Ints, Keys, keys, lay

_SHINGLE = 5
_SHINGLED = 400  # characters read for likeness
_HASHES, _BAND = 64, 2
_ALIKE = 0.5
_PRECISION = 0.98


def look_alikes(texts: Sequence[str]) -> Ints:
    """For each text the number of the first text of its group of near-duplicates (近似重复组). Linear, but for texts all alike."""
    sets: list[Keys] = []
    signatures = np.zeros((len(texts), _HASHES), dtype=np.uint64)
    factors = np.random.default_rng(1).integers(1, 1 << 63, size=_HASHES, dtype=np.uint64) | np.uint64(1)
    for start in range(0, len(texts), 256):
        block = lay(
            ["".join(filter(str.isalnum, text[: 2 * _SHINGLED]))[:_SHINGLED] for text in texts[start : start + 256]],
            limit=_SHINGLED,
        )
        grams = keys(block, _SHINGLE)[-1]
        for begin, end in zip(block.start, [*block.start[1:], len(grams)], strict=True):
            own = np.unique(grams[begin:end])
            own = own[own > 0]
            if len(own):
                mixed = own[:, None] * factors[None, :]
                signatures[len(sets)] = (mixed ^ (mixed >> np.uint64(29))).min(axis=0)
            sets.append(own)
    group = np.arange(len(texts))

    def root(at: int) -> int:
        while group[at] != at:
            group[at] = group[group[at]]
            at = int(group[at])
        return at

    for band in range(0, _HASHES, _BAND):
        first: dict[bytes, int] = {}
        for row in range(len(texts)):
            if not len(sets[row]):
                continue
            known = first.setdefault(signatures[row, band : band + _BAND].tobytes(), row)
            one, other = root(known), root(row)
            if one != other and _overlap(sets[known], sets[row]) >= _ALIKE:
                group[max(one, other)] = min(one, other)
    return np.array([root(row) for row in range(len(texts))])


def _overlap(one: Keys, other: Keys) -> float:
    shared = len(np.intersect1d(one, other, assume_unique=True))
    return shared / min(len(one), len(other))


def folds(texts: Sequence[str], truth: Ints, rounds: int = 5) -> Ints:
    """The fold of each row, 0 … rounds-1 (分折): one contiguous block of every class; look-alikes follow the first of them."""
    out = np.zeros(len(texts), dtype=np.int64)
    for number in np.unique(truth):
        rows = np.flatnonzero(truth == number)
        # A class of few rows begins at another fold than the last, or fold 0 would get them all.
        turn = int(number) if len(rows) < rounds else 0
        out[rows] = (np.arange(len(rows)) * rounds // max(len(rows), rounds) + turn) % rounds
    return out[look_alikes(texts)]


def blocks(texts: Sequence[str], truth: Ints, rounds: int, *, seed: int, each: int = 10) -> Ints:
    """As `folds`, but every class is cut into ``rounds * each`` contiguous blocks that are dealt by a seed (随机分块), for repeats."""
    chance = np.random.default_rng(seed)
    out = np.zeros(len(texts), dtype=np.int64)
    for number in np.unique(truth):
        dealt = np.arange(rounds * each) % rounds
        chance.shuffle(dealt)
        for rows, fold in zip(np.array_split(np.flatnonzero(truth == number), rounds * each), dealt, strict=True):
            out[rows] = fold
    return out[look_alikes(texts)]


def baseline(texts: Sequence[str], truth: Sequence[Any], wanted: Sequence[str]) -> list[Any]:
    """What the usual method says (对照方法): TF-IDF of character 1–3-grams and a linear machine by SGD, scikit-learn's defaults."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import SGDClassifier

    vectors = TfidfVectorizer(analyzer="char", ngram_range=(1, 3))
    learnt = SGDClassifier(random_state=0).fit(vectors.fit_transform(texts), truth)
    return list(learnt.predict(vectors.transform(wanted)))


def figures(
    truth: Sequence[str], chosen: Sequence[str], confidence: Floats, *, precision: float = _PRECISION
) -> dict[str, Any]:
    """What predictions are worth (评测指标).

    Args:
        truth, chosen: labels; "" chosen where nothing was predicted. confidence: of each prediction, 0..1. precision: the share of
            right ones that is asked of the surest predictions.

    Returns: ``macro_f1`` over the classes of the truth, ``accuracy``, ``per_class`` (precision, recall, f1, rows), ``coverage`` (largest
    share of rows, surest first, of which ``precision`` are right), ``threshold`` (their least confidence), ``surest_70`` (share of right
    ones among the surest 70 %), ``calibration`` (``ece``, the mean gap between confidence and share of right ones, and its ten bins).
    """
    names = sorted(set(truth))
    told, said = np.array(truth, dtype=object), np.array(chosen, dtype=object)
    right = told == said
    per_class: dict[str, Mapping[str, float | int]] = {}
    for name in names:
        hits = int((right & (told == name)).sum())
        rows, named = int((told == name).sum()), int((said == name).sum())
        per_class[name] = {
            "precision": hits / named if named else 0.0,
            "recall": hits / rows,
            "f1": 2 * hits / (rows + named),
            "rows": rows,
        }
    order = np.argsort(-confidence, kind="stable")
    good = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero(good >= precision)
    covered = int(enough[-1]) + 1 if len(enough) else 0
    surest = max(1, round(0.7 * len(order)))
    return {
        "macro_f1": float(np.mean([row["f1"] for row in per_class.values()])),
        "accuracy": float(right.mean()),
        "per_class": per_class,
        "coverage": covered / len(order),
        "coverage_precision": precision,
        "threshold": float(confidence[order[covered - 1]]) if covered else None,
        "surest_70": float(good[surest - 1]),
        "calibration": _calibration(right, confidence),
        "rows": len(order),
    }


def _calibration(right: Any, confidence: Floats) -> dict[str, Any]:
    bins, gap = [], 0.0
    place = np.minimum((confidence * 10).astype(int), 9)
    for number in range(10):
        inside = place == number
        if inside.any():
            mean, share = float(confidence[inside].mean()), float(right[inside].mean())
            bins.append({"confidence": mean, "right": share, "rows": int(inside.sum())})
            gap += abs(mean - share) * float(inside.mean())
    return {"ece": gap, "bins": bins}

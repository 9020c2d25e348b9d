"""Learn what messages are about from rows of text and label (训练分类模型). scikit-learn does the fitting and is imported here only.

Two linear support vector machines (C. Cortes and V. Vapnik, "Support-vector networks", Machine Learning 20, 1995; solver: R.-E. Fan
and others, "LIBLINEAR", JMLR 9, 2008), one on grams, one on grams and the catalogue's words, classes weighed by their rarity. Their
scores, each scaled to unit spread, are added: a sum of linear models is one linear model. The temperature is found on rows held out
in turn (`evaluate.folds`), look-alikes together, so that confidence is not taken from rows that were learnt by heart.
"""

from __future__ import annotations

import hashlib
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from linli.methods.classify.catalogue import Catalogue, default_catalogue
from linli.methods.classify.evaluate import baseline, figures, folds
from linli.methods.classify.features import Cells, Singles, Words, chunks, count, vocabulary, weigh
from linli.methods.classify.model import Model, row_hash, softmax
from linli.methods.grams import Floats, Ints, Lookup

USABLE = 500
"""Rows from which a model is fit for use; fewer are learnt with a warning."""
LEAST = 20
_MOST_WEIGHTS = 6_000_000
_MOST_GRAMS = 300_000
_GRAM_C, _BOTH_C = 4.0, 2.0
_WORD_FACTOR = 0.7
_ROUNDS = 4


class BadRows(ValueError):
    """Rows from which nothing can be learnt; the text says why and how to mend it."""


@dataclass(frozen=True)
class Suspect:
    """A training row whose label all its likes contradict (疑似标错): its number from 0, its label, what the others say, how surely."""

    row: int
    label: str
    rather: str
    confidence: float


def check(texts: Sequence[str], labels: Sequence[str]) -> None:
    """Raises BadRows when there are too few rows or classes to learn from."""
    counts = Counter(labels)
    if len(texts) < LEAST:
        raise BadRows(f"只有 {len(texts)} 行可用，至少要 {LEAST} 行，建议 {USABLE} 行以上。请补充数据。")
    if len(counts) < 2:
        raise BadRows(f"所有行都是同一类“{next(iter(counts))}”，学不出区别。请补上其他类别的行。")
    many = [label for label, number in counts.items() if number >= 2]
    if len(many) < 2:
        raise BadRows("几乎每一行的类别都不同，学不出规律。请核对 label 一列是不是类别。")


def train(
    texts: Sequence[str], labels: Sequence[str], *, catalogue: Catalogue | None = None, calibrate: bool = True
) -> tuple[Model, list[Suspect]]:
    """Learn a model from rows (训练), and list rows that look wrongly labelled.

    Args:
        texts, labels: equally many. calibrate: find the temperature on held-out rows (four fits more).

    Raises: BadRows. Deterministic. Cost: linear in the characters; 7,000 rows of 400 characters take some ten seconds.
    """
    check(texts, labels)
    words = Words.of(catalogue or default_catalogue())
    known = tuple(sorted(set(labels)))
    number = {label: at for at, label in enumerate(known)}
    truth = np.array([number[label] for label in labels])
    temperature = 1.0
    suspects: list[Suspect] = []
    held_out: dict[str, Any] = {}
    if calibrate:
        held = held_out_scores(texts, truth, len(known), folds(texts, truth, _ROUNDS), words)
        temperature = best_temperature(held, truth)
        chances = softmax(held, temperature)
        suspects = [
            Suspect(int(row), labels[row], known[int(chances[row].argmax())], float(chances[row].max()))
            for row in np.flatnonzero((chances.argmax(axis=1) != truth) & (chances.max(axis=1) >= 0.97)).tolist()
        ]
        suspects.sort(key=lambda one: (-one.confidence, one.row))
        held_out = figures(labels, [known[at] for at in chances.argmax(axis=1).tolist()], chances.max(axis=1))
        _check_learnt(held_out, labels)
    model = fit(texts, truth, known, words)
    seen = np.unique(row_hash(texts, labels))
    about: dict[str, Any] = {
        "held_out": {name: value for name, value in held_out.items() if isinstance(value, float)},
        "rows": len(texts),
        "classes": dict(sorted(Counter(labels).items())),
        "data_sha256": data_hash(texts, labels),
    }
    return replace(model, temperature=temperature, about=about, seen=seen), suspects


def told(model: Model, **facts: str) -> Model:
    """The model with further facts about itself: where its rows came from, when it was trained (模型说明)."""
    return replace(model, about={**model.about, **facts})


def _check_learnt(held_out: Mapping[str, Any], labels: Sequence[str]) -> None:
    """Raises BadRows when the labels have nothing to do with the texts."""
    commonest = Counter(labels).most_common(1)[0][1] / len(labels)
    if held_out["accuracy"] <= commonest and held_out["macro_f1"] < 1.5 / len(set(labels)):
        raise BadRows(
            f"学不出规律：留出检验的正确率 {held_out['accuracy']:.0%}，全猜最多的一类也有 {commonest:.0%}。类别像是标乱了，请核对 label 一列。"
        )


@dataclass(frozen=True)
class Verdict:
    """Two models on the same held-out rows (新旧比较): macro-F1 of each, rows, and the share of labels that the old one agrees with."""

    new: float
    old: float
    rows: int
    agreement: float


def compare(old: Model, texts: Sequence[str], labels: Sequence[str], *, least: int) -> Verdict | None:
    """A model of these rows beside an older one, on rows that neither has seen (新旧模型比较).

    A fifth of the rows is held out, look-alikes together, of which only those count that the old model has not seen; where they are
    too few, a third, then half, then all unseen rows. None when the old model has not fewer than ``least`` rows still to see, or nothing would be
    left to learn from.
    """
    known = sorted(set(labels))
    truth = np.array([known.index(label) for label in labels])
    unseen = ~old.has_seen(row_hash(texts, labels))
    if unseen.sum() < least:
        return None
    held, rest = unseen, ~unseen
    for rounds in (5, 3, 2):
        fold = folds(texts, truth, rounds) == 0
        if (unseen & fold).sum() >= least:
            held, rest = unseen & fold, ~fold
            break
    kept = np.flatnonzero(rest)
    if len(kept) < LEAST or len(np.unique(truth[kept])) < 2:
        return None
    new = fit([texts[at] for at in kept.tolist()], truth[kept], tuple(known), Words.of(default_catalogue()))
    wanted = [texts[at] for at in np.flatnonzero(held).tolist()]
    right = [labels[at] for at in np.flatnonzero(held).tolist()]

    def worth(model: Model) -> dict[str, Any]:
        scores = model.scores(wanted)
        return figures(right, [model.labels[at] for at in scores.argmax(axis=1).tolist()], np.ones(len(wanted)))

    new_worth, old_worth = worth(new), worth(old)
    return Verdict(new_worth["macro_f1"], old_worth["macro_f1"], len(wanted), old_worth["accuracy"])


def cross_evaluate(
    texts: Sequence[str], labels: Sequence[str], *, precision: float, beside_baseline: bool, rounds: int = 5
) -> dict[str, Any]:
    """What a model of these rows is worth (交叉评测): every row judged by a model that has not seen its block or its look-alikes.

    Returns: `figures`, with ``split``, ``train_rows`` (of one fold, about), ``folds`` (macro-F1 in each) and, if asked for, ``baseline``.
    The temperature of each fold comes from the others. Raises: BadRows.
    """
    check(texts, labels)
    known = tuple(sorted(set(labels)))
    truth = np.array([known.index(label) for label in labels])
    fold = folds(texts, truth, rounds)
    scores = held_out_scores(texts, truth, len(known), fold, Words.of(default_catalogue()))
    chances = np.zeros_like(scores)
    for number in np.unique(fold):
        inside = fold == number
        chances[inside] = softmax(scores[inside], best_temperature(scores[~inside], truth[~inside]))
    chosen = [known[at] for at in chances.argmax(axis=1).tolist()]
    report = figures(labels, chosen, chances.max(axis=1), precision=precision)
    report["split"] = f"{rounds} 折交叉，每类按文件顺序连续分块，近似重复的行在同一折"
    report["train_rows"] = len(texts) * (rounds - 1) // rounds
    if beside_baseline:
        said: list[str] = [""] * len(texts)
        for number in np.unique(fold):
            inside, rest = np.flatnonzero(fold == number), np.flatnonzero(fold != number)
            if len(np.unique(truth[rest])) < 2:
                continue
            told_labels = baseline(
                [texts[at] for at in rest.tolist()],
                [labels[at] for at in rest.tolist()],
                [texts[at] for at in inside.tolist()],
            )
            for at, label in zip(inside.tolist(), told_labels, strict=True):
                said[at] = str(label)
        plain = figures(labels, said, np.ones(len(texts)))
        report["baseline"] = {"macro_f1": plain["macro_f1"], "accuracy": plain["accuracy"]}
    return report


def data_hash(texts: Sequence[str], labels: Sequence[str]) -> str:
    """A fingerprint of the training rows in their order (数据指纹)."""
    digest = hashlib.sha256()
    for text, label in zip(texts, labels, strict=True):
        digest.update(f"{len(label)}:{label}{len(text)}:{text}".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def fit(texts: Sequence[str], truth: Ints, labels: tuple[str, ...], words: Words) -> Model:
    """One model without calibration (拟合). ``truth``: the number of each text's label."""
    from scipy import sparse
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.svm import LinearSVC

    most = min(_MOST_GRAMS, max(1000, _MOST_WEIGHTS // len(labels)))
    keys, sizes, times = vocabulary(texts, most)
    idf = (np.log((1 + len(texts)) / (1 + times)) + 1).astype(np.float32)
    grams, told = _matrix(texts, Lookup(keys), idf, words)
    both = sparse.hstack([grams, sparse.csr_matrix(told * _WORD_FACTOR)]).tocsr()
    weights = np.zeros((len(labels), len(keys) + words.codes))
    bias = np.zeros(len(labels))
    present = np.unique(truth)
    for data, c in ((grams, _GRAM_C), (both, _BOTH_C)):
        machine = LinearSVC(C=c, class_weight="balanced", random_state=0, max_iter=3000)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            machine.fit(data, truth)
        spread = float(machine.decision_function(data).std()) or 1.0
        coefficient, intercept = machine.coef_ / spread, machine.intercept_ / spread
        if len(present) == 2:  # one row stands for both
            coefficient, intercept = np.vstack([-coefficient, coefficient]), np.concatenate([-intercept, intercept])
        weights[present, : data.shape[1]] += coefficient
        bias[present] += intercept
    bias[np.setdiff1d(np.arange(len(labels)), present)] = -10.0  # a class that none of these rows has
    weights[:, len(keys) :] *= _WORD_FACTOR
    return Model(
        labels=labels,
        keys=keys,
        sizes=sizes,
        idf=idf,
        weights=np.ascontiguousarray(weights[:, : len(keys)].T, dtype=np.float32),
        words=words,
        told=np.ascontiguousarray(weights[:, len(keys) :].T, dtype=np.float32),
        bias=bias.astype(np.float32),
        temperature=1.0,
    )


def _matrix(texts: Sequence[str], known: Lookup, idf: Singles, words: Words) -> tuple[Any, Singles]:
    from scipy import sparse

    parts, told = [], []
    for block, grams in chunks(texts):
        cells: Cells = weigh(count(block, grams, known), idf)
        parts.append(sparse.csr_matrix((cells.value, (cells.row, cells.column)), shape=(cells.rows, len(idf))))
        told.append(words.told(block, grams)[0])
    return sparse.vstack(parts).tocsr(), np.concatenate(told)


def held_out_scores(texts: Sequence[str], truth: Ints, classes: int, fold: Ints, words: Words) -> Floats:
    """The scores of every text by a model that was fitted without its fold (交叉得分), (texts, classes)."""
    out = np.zeros((len(texts), classes))
    for number in np.unique(fold):
        inside = fold == number
        rest = np.flatnonzero(~inside)
        if len(np.unique(truth[rest])) < 2:
            continue
        model = fit([texts[at] for at in rest.tolist()], truth[rest], tuple(map(str, range(classes))), words)
        out[inside] = model.scores([texts[at] for at in np.flatnonzero(inside).tolist()])
    return out


def best_temperature(scores: Floats, truth: Ints) -> float:
    """The factor on scores under which the truth is likeliest (温度校准), between 0.05 and 20; golden-section search."""
    known = scores.any(axis=1)
    if not known.any():
        return 1.0

    def loss(power: float) -> float:
        chances = softmax(scores[known], float(np.exp(power)))
        return float(-np.log(np.maximum(chances[np.arange(len(chances)), truth[known]], 1e-12)).mean())

    low, high, ratio = np.log(0.05), np.log(20.0), (5**0.5 - 1) / 2
    for _ in range(40):
        one, two = high - ratio * (high - low), low + ratio * (high - low)
        low, high = (low, two) if loss(one) < loss(two) else (one, high)
    return float(np.exp((low + high) / 2))

"""A learnt model of what messages are about (分类模型): predict, explain, save, load. NumPy only, safe to load.

The model is linear: a text's score for a class is the sum over its grams and catalogue words of value times weight, so what
decided can be shown exactly. Scores become probabilities by one temperature, found on rows that the scores were not learnt from
(C. Guo, G. Pleiss, Y. Sun and K. Weinberger, "On calibration of modern neural networks", ICML 2017). The file holds numbers and
names of classes only: 64-bit keys of grams, weights, and of each training row a hash by which the row is known again.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from linli.methods.classify.features import READ, Cells, Numbers, Singles, Words, chunks, count, weigh
from linli.methods.grams import Floats, Ints, Keys, Lookup

FORMAT = 1
IN_FORCE = Path("models", "appeals.model")
"""Where in a site's data folder its model lies (现用模型的位置)."""
_MAGIC = b"LINLI-CLASSIFIER"
_MAX_FILE = 400 * 1024 * 1024
_SHOWN = 5
_QUIET = 0.2  # words that say less than this share of the loudest did not decide
_ALSO = 0.3  # a second matter this likely is marked
_PARTS, _PART_READ = 5, 60  # the matter of a part stands at its beginning
_PART_SURE = 0.6
_PART_LEAST = 10
_WORD_SHARE = 0.1  # a catalogue word is one of about ten in a message
_PART = re.compile(
    r"(?:^|(?<=[。！？!?；;，,：:\n]))\s*(?=(?:[（(]?[一二三四五六七八九十\d]{1,2}[、.．)）](?!\d)|第[一二三四五六][，,、是个]?|其[一二三四]|另外|此外|还有[，,就一]|再者|同时[，,]))"
)


class BadModel(ValueError):
    """A model file that cannot be used; the text says why and how to mend it."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a text is about (预测): the class, how sure, the words that decided, and further matters of the same message.

    ``label`` is "" and ``confidence`` 0 for a text in which nothing speaks for any class.
    """

    label: str
    confidence: float
    words: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Model:
    """A learnt model (分类模型).

    Args:
        labels: the classes, sorted. keys: of each gram, ascending. sizes: their characters. idf: of each gram. weights: (grams, classes).
        told: (codes of the catalogue, classes). bias: of each class. temperature: factor on scores before the softmax.
        about: what the model is: rows, hash of its data, figures; JSON-ready.
        seen: 64-bit hashes of the training rows, ascending.
    """

    labels: tuple[str, ...]
    keys: Keys
    sizes: Numbers
    idf: Singles
    weights: Singles
    words: Words
    told: Singles
    bias: Singles
    temperature: float
    about: Mapping[str, Any] = field(default_factory=dict)
    seen: Keys = field(default_factory=lambda: np.zeros(0, np.uint64))

    @cached_property
    def _lookup(self) -> Lookup:
        return Lookup(self.keys)

    @cached_property
    def _word_weights(self) -> Floats:
        """What each catalogue word, alone in a text, would say for each class."""
        shape = (len(self.words.keys), len(self.labels))
        out = np.zeros(shape)
        np.add.at(out, self.words.word, self.words.weight[:, None] * self.told[self.words.code])
        return out * _WORD_SHARE

    def scores(self, texts: Sequence[str]) -> Floats:
        """The score of every text for every class (得分), (texts, classes); all zero where nothing is known of a text."""
        return self._run(texts, explain=False)[0]

    def probabilities(self, scores: Floats) -> Floats:
        """Scores as probabilities (概率): rows of sum one, or of nought where nothing is known."""
        return softmax(scores, self.temperature)

    def predict(self, texts: Sequence[str]) -> list[Prediction]:
        """What each text is about (分类预测), with the words that decided.

        Raises nothing on any text. Cost: linear in the characters, of which the first 3,000 of a text are read.
        """
        scores, words = self._run(texts, explain=True)
        chances = self.probabilities(scores)
        best, also = chances.argmax(axis=1), self._also(texts, chances)
        out = []
        for row, at in enumerate(best.tolist()):
            if chances[row, at] == 0:
                out.append(Prediction("", 0.0))
            else:
                out.append(Prediction(self.labels[at], float(chances[row, at]), words[row], also.get(row, ())))
        return out

    def _also(self, texts: Sequence[str], chances: Floats) -> dict[int, tuple[str, ...]]:
        """Further classes of messages with several matters: a second class nearly as likely, or parts that are sure of another."""
        best = chances.argmax(axis=1)
        marked: dict[int, dict[str, float]] = {}
        for row, at in zip(*np.nonzero(chances >= _ALSO), strict=True):
            if at != best[row]:
                marked.setdefault(int(row), {})[self.labels[at]] = float(chances[row, at])
        parts: list[str] = []
        owner: list[int] = []
        for row, text in enumerate(texts):
            found = [part[:_PART_READ] for part in _PART.split(text[:READ], _PARTS) if len(part) >= _PART_LEAST][
                :_PARTS
            ]
            if len(found) > 1:
                parts += found
                owner += [row] * len(found)
        if parts:
            told = self.probabilities(self._run(parts, explain=False)[0])
            for row, line in zip(owner, told, strict=True):
                at = int(line.argmax())
                if line[at] >= _PART_SURE and at != best[row]:
                    known = marked.setdefault(row, {})
                    known[self.labels[at]] = max(known.get(self.labels[at], 0.0), float(line[at]))
        return {row: tuple(sorted(found, key=lambda name: (-found[name], name))[:3]) for row, found in marked.items()}

    def _run(self, texts: Sequence[str], *, explain: bool) -> tuple[Floats, list[tuple[str, ...]]]:
        scores: list[Floats] = []
        words: list[tuple[str, ...]] = []
        done = 0
        for block, grams in chunks(texts):
            cells = weigh(count(block, grams, self._lookup), self.idf)
            told, row, word, place = self.words.told(block, grams)
            gained = self.weights[cells.column] * cells.value[:, None].astype(np.float32)
            out = np.zeros((cells.rows, len(self.labels)))
            first = np.flatnonzero(np.diff(cells.row, prepend=-1))
            if len(first):
                out[cells.row[first]] = np.add.reduceat(gained, first, axis=0)
            out += told @ self.told
            known = np.zeros(cells.rows, dtype=bool)
            known[cells.row] = True
            known[row] = True
            out[known] += self.bias
            out[~known] = 0.0
            scores.append(out)
            if explain:
                here = texts[done : done + cells.rows]
                words += self._deciding(here, cells, gained, out.argmax(axis=1), row, word, place)
            done += cells.rows
        return (np.concatenate(scores) if scores else np.zeros((0, len(self.labels)))), words

    def _deciding(
        self, texts: Sequence[str], cells: Cells, gained: Singles, best: Ints, row: Ints, word: Ints, place: Ints
    ) -> list[tuple[str, ...]]:
        """For each text the words that speak loudest for its class, none within another."""
        speaks = gained[np.arange(len(cells.row)), best[cells.row]]
        size = self.sizes[cells.column]
        # A catalogue word speaks with what its codes weigh for the class, shared among the words found.
        spoken = self._word_weights[word, best[row]] if len(row) else np.zeros(0)
        all_row = np.concatenate([cells.row, row])
        all_size = np.concatenate([size, self.words.sizes[word]]) if len(row) else size
        all_place = np.concatenate([cells.place, place])
        # Longer grams say more to a reader than the single characters that they are made of.
        loud = np.concatenate([speaks * np.array([0.0, 0.25, 1.0, 1.2])[np.minimum(size, 3)], spoken])
        loudest = np.zeros(cells.rows)
        first = np.flatnonzero(np.diff(cells.row, prepend=-1))  # rows of cells rise
        if len(first):
            loudest[cells.row[first]] = np.maximum.reduceat(loud[: len(cells.row)], first)
        np.maximum.at(loudest, row, spoken)
        kept = np.flatnonzero(loud > np.maximum(0.01, loudest[all_row] * _QUIET))
        order = kept[np.lexsort((all_place[kept], -loud[kept], all_row[kept]))]
        rows = all_row[order]
        begin = np.searchsorted(rows, np.arange(cells.rows + 1))
        out = []
        for number, text in enumerate(texts):
            found: list[str] = []
            for at in order[begin[number] : min(begin[number + 1], begin[number] + 4 * _SHOWN)].tolist():
                said = text[all_place[at] : all_place[at] + all_size[at]]
                if not any(said in other for other in found):
                    found = [*[other for other in found if other not in said][: _SHOWN - 1], said]
                if len(found) == _SHOWN:
                    break
            out.append(tuple(found))
        return out

    def has_seen(self, rows: Keys) -> npt.NDArray[np.bool_]:
        """Which rows (`row_hash`) the model was trained on (是否训练过)."""
        return np.isin(rows, self.seen)

    def save(self, path: Path) -> None:
        """Write the model, whole or not at all (保存模型). Raises OSError when the place cannot be written."""
        packed = io.BytesIO()
        about = json.dumps(
            {"labels": self.labels, "temperature": self.temperature, "about": dict(self.about)}, ensure_ascii=False
        )
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        arrays |= {f"words_{name}": getattr(self.words, name) for name in _WORD_ARRAYS}
        np.savez_compressed(
            packed, meta=np.frombuffer(about.encode(), dtype=np.uint8), codes=np.array([self.words.codes]), **arrays
        )
        raw = packed.getvalue()
        head = b"%s %d %s\n" % (_MAGIC, FORMAT, hashlib.sha256(raw).hexdigest().encode())
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(head + raw)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    @classmethod
    def load(cls, path: Path) -> Model:
        """Read a model (载入模型); nothing in the file is ever executed.

        Raises: BadModel: not a model, of a newer format, damaged, or numbers that do not fit together. OSError: cannot be read.
        """
        if path.stat().st_size > _MAX_FILE:
            raise BadModel(f"模型文件“{path.name}”过大，不予载入。请重新训练。")
        head, _, raw = path.read_bytes().partition(b"\n")
        parts = head.split(b" ")
        if len(parts) != 3 or parts[0] != _MAGIC:
            raise BadModel(f"“{path.name}”不是邻里的分类模型文件。请核对路径，或重新训练：linli appeals train 文件")
        if parts[1] != b"%d" % FORMAT:
            raise BadModel(
                f"模型文件“{path.name}”的格式是 {parts[1].decode('ascii', 'replace')[:9]}，本程序只认 {FORMAT}。请用本版本重新训练。"
            )
        if hashlib.sha256(raw).hexdigest().encode() != parts[2]:
            raise BadModel(f"模型文件“{path.name}”已损坏（校验值不符），不予使用。请重新训练，或从备份恢复。")
        try:
            with np.load(io.BytesIO(raw), allow_pickle=False) as arrays:
                meta = json.loads(bytes(arrays["meta"]))
                words = Words(**{name: arrays[f"words_{name}"] for name in _WORD_ARRAYS}, codes=int(arrays["codes"][0]))
                own = {name: arrays[name] for name in _ARRAYS}
            model = cls(
                labels=tuple(map(str, meta["labels"])),
                words=words,
                temperature=float(meta["temperature"]),
                about=meta["about"],
                **own,
            )
            _check_shapes(model)
        except (ValueError, KeyError, TypeError, IndexError, EOFError, zipfile.BadZipFile) as error:
            raise BadModel(f"模型文件“{path.name}”内容不全，不予使用。请重新训练。") from error
        return model


_ARRAYS = ("keys", "sizes", "idf", "weights", "told", "bias", "seen")
_WORD_ARRAYS = ("keys", "heads", "sizes", "word", "code", "weight")


def _check_shapes(model: Model) -> None:
    """Raises ValueError when arrays do not fit together or hold what is no number."""
    grams, classes, words = len(model.keys), len(model.labels), model.words
    fits = (
        classes >= 2
        and model.sizes.shape == model.idf.shape == (grams,)
        and model.weights.shape == (grams, classes)
        and model.told.shape == (words.codes, classes)
        and model.bias.shape == (classes,)
        and len(words.sizes) == len(words.keys)
        and len(words.word) == len(words.code) == len(words.weight)
        and all(np.isfinite(array).all() for array in (model.idf, model.weights, model.told, model.bias, words.weight))
        and bool((words.word < len(words.keys)).all() and (words.code < words.codes).all())
        and np.isfinite(model.temperature)
    )
    if not fits:
        raise ValueError("shapes")


def softmax(scores: Floats, temperature: float) -> Floats:
    """Scores as probabilities; a row of noughts, of which nothing is known, stays so."""
    known = scores.any(axis=1, keepdims=True)
    powers = np.exp((scores - scores.max(axis=1, keepdims=True)) * temperature)
    out: Floats = np.where(known, powers / powers.sum(axis=1, keepdims=True), 0.0)
    return out


def row_hash(texts: Sequence[str], labels: Sequence[str]) -> Keys:
    """Of each row a 64-bit hash by which it is known again, from which the text cannot be read back (行指纹)."""
    marks = (
        hashlib.sha256(f"{label}\0{text}".encode("utf-8", "surrogatepass")).digest()
        for text, label in zip(texts, labels, strict=True)
    )
    return np.frombuffer(b"".join(mark[:8] for mark in marks), dtype="<u8").astype(np.uint64)

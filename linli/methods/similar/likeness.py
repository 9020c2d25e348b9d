"""Find earlier appeals that say the same (相似诉求), for merging and hot issues.

Method: cosine of TF-IDF vectors over character bigrams (G. Salton and C. Buckley, "Term-weighting approaches in
automatic text retrieval", Information Processing & Management 24(5), 1988): a bigram counts ``1 + ln tf`` times
``ln((1 + N) / (1 + df)) + 1``. Character bigrams need no word list, so they do not age and serve dialect and names
alike (for Chinese: J.-Y. Nie, J. Gao, J. Zhang and M. Zhou, "On the use of words and n-grams for Chinese
information retrieval", IRAL 2000). Two appeals about the same place are likelier to be one: the score rises with
the share of the place codes that agree.

``rank`` compares a text with a few hundred candidates in one go and keeps no state; ``Index`` keeps many texts.
"""

from __future__ import annotations

import unicodedata
from array import array
from collections.abc import Hashable, Sequence
from functools import cache
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

Id = TypeVar("Id", bound=Hashable)
_Ints = npt.NDArray[np.int64]
_Floats = npt.NDArray[np.float64]

MAX_CHARACTERS = 4000  # more of a text is not read: the matter stands at its beginning, and cost stays bounded
_PLACE_RISE = 0.25
_LEVELS = (2, 4, 6, 9, 12, 15, 18)  # digits of province, city, county, street, community, grid, building
_REFRESH_SHARE = 8  # the weights are taken anew when an eighth of the index has changed


@cache
def _letters() -> _Ints:
    """For each character of the basic plane its folded form (width, capitals); 0 when no letter or digit."""
    table = np.zeros(0x10000, dtype=np.int64)
    for point in range(0x10000):
        if 0xD800 <= point <= 0xDFFF:
            continue
        folded = unicodedata.normalize("NFKC", chr(point)).lower()
        if len(folded) == 1 and folded.isalnum() and ord(folded) < 0x10000:
            table[point] = ord(folded)
    return table


def _grams(texts: Sequence[str]) -> tuple[_Ints, _Ints]:
    """For every bigram of every text: the number of its text, and the bigram as one integer."""
    cut = [text[:MAX_CHARACTERS] for text in texts]
    points = np.frombuffer("".join(cut).encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.int64)
    owner = np.repeat(np.arange(len(cut), dtype=np.int64), np.fromiter(map(len, cut), np.int64, len(cut)))
    # Rare characters beyond the basic plane (names of places and people) stay as they are.
    points = np.where(points < 0x10000, _letters()[np.minimum(points, 0xFFFF)], points)
    kept = points > 0
    points, owner = points[kept], owner[kept]
    inside = owner[:-1] == owner[1:]
    return owner[:-1][inside], ((points[:-1] << 21) | points[1:])[inside]


def _counted(text: str) -> tuple[_Ints, _Floats]:
    """The bigrams of one text and their weights ``1 + ln tf``."""
    terms, counts = np.unique(_grams([text])[1], return_counts=True)
    return terms, 1.0 + np.log(counts)


def _idf(documents: int, frequency: npt.NDArray[Any]) -> _Floats:
    weights: _Floats = np.log((1.0 + documents) / (1.0 + frequency)) + 1.0
    return weights


def fingerprint(text: str) -> frozenset[int]:
    """Return the set of character bigrams of a text, each as one integer (文本指纹).

    Spaces, punctuation, control and zero-width characters are skipped; full-width and capital letters are folded.
    Equal on every machine and run. Only the first ``MAX_CHARACTERS`` characters count. Raises nothing on any text.
    """
    return frozenset(np.unique(_grams([text])[1]).tolist())


def proximity(one: str | None, other: str | None) -> float:
    """Return the share of levels in which two place codes agree, 0..1 (地点接近度); 0 if one is missing."""
    if not one or not other:
        return 0.0
    levels = [size for size in _LEVELS if size < max(len(one), len(other))]
    shared = sum(one[:size] == other[:size] for size in levels if size <= min(len(one), len(other)))
    return (shared + (one == other)) / (len(levels) + 1)


def _with_place(cosine: float, one: str | None, other: str | None) -> float:
    """The cosine, raised towards 1 by a common place; nought stays nought and one stays one."""
    return min(1.0, cosine + _PLACE_RISE * proximity(one, other) * cosine * (1.0 - cosine))


def _best(found: list[tuple[Id, float]], top: int) -> list[tuple[Id, float]]:
    found.sort(key=lambda pair: -pair[1])  # stable: equals stay in the order in which they were given
    return found[: max(0, top)]


def rank(
    text: str,
    candidates: Sequence[tuple[Id, str, str | None]],
    *,
    place_code: str | None = None,
    top: int = 5,
    at_least: float = 0.3,
) -> list[tuple[Id, float]]:
    """Return the candidates most like a text with their scores in 0..1, best first (相似排序).

    Arguments: the text; candidates ``(id, text, place_code)``; the place of the text; how many at most; the least
    score. Document frequencies are those of the candidates. Keeps no state. Raises nothing on any text.
    Source: Salton and Buckley 1988, see the module.
    """
    if not candidates:
        return []
    owner, grams = _grams([text, *(candidate[1] for candidate in candidates)])
    terms, column = np.unique(grams, return_inverse=True)
    cells, times = np.unique(owner * max(1, len(terms)) + column, return_counts=True)
    rows, columns = np.divmod(cells, max(1, len(terms)))
    in_candidates = rows > 0
    frequency = np.bincount(columns[in_candidates], minlength=len(terms))
    weights = (1.0 + np.log(times)) * _idf(len(candidates), frequency)[columns]
    query = np.zeros(len(terms))
    query[columns[~in_candidates]] = weights[~in_candidates]
    dots = np.bincount(rows, weights=weights * query[columns], minlength=len(candidates) + 1)
    norms = np.sqrt(np.bincount(rows, weights=weights * weights, minlength=len(candidates) + 1))
    found: list[tuple[Id, float]] = []
    for row in np.flatnonzero(dots[1:] > 0).tolist():
        key, _, place = candidates[row]
        score = _with_place(min(1.0, dots[row + 1] / (norms[0] * norms[row + 1])), place_code, place)
        if score >= at_least:
            found.append((key, float(score)))
    return _best(found, top)


class Index(Generic[Id]):
    """Many texts, searchable for likeness (相似索引), in memory; one thread at a time.

    An inverted index: for each bigram the texts that hold it. The inverse document frequencies are those of the
    last ``refresh``, which runs by itself when an eighth of the texts has changed; call it for exact figures.
    """

    def __init__(self) -> None:
        self._postings: dict[int, tuple[array[int], array[float]]] = {}
        self._idf: dict[int, float] = {}
        self._new_idf = 1.0  # of a bigram that the last refresh did not know
        self._ids: list[Id] = []
        self._places: list[str | None] = []
        self._slots: dict[Id, int] = {}
        self._norms = array("d")  # 0 marks a discarded or empty text
        self._changes = 0

    def __len__(self) -> int:
        return len(self._slots)

    def __contains__(self, key: object) -> bool:
        return key in self._slots

    def add(self, key: Id, text: str, place_code: str | None = None) -> None:
        """Add a text under an id, or replace the text that has it. Raises nothing on any text."""
        self.discard(key)
        slot = len(self._ids)
        self._ids.append(key)
        self._places.append(place_code)
        self._slots[key] = slot
        terms, weights = _counted(text)
        square = 0.0
        for term, weight in zip(terms.tolist(), weights.tolist(), strict=True):
            posting = self._postings.get(term)
            if posting is None:
                posting = self._postings[term] = (array("q"), array("d"))
            posting[0].append(slot)
            posting[1].append(weight)
            square += (weight * self._idf.get(term, self._new_idf)) ** 2
        self._norms.append(square**0.5)
        self._changes += 1

    def discard(self, key: Id) -> None:
        """Take a text out; an id that is not there is no error."""
        slot = self._slots.pop(key, None)
        if slot is not None:
            self._norms[slot] = 0.0
            self._changes += 1

    def refresh(self) -> None:
        """Drop discarded texts and take the document frequencies and lengths anew (刷新权重)."""
        kept = np.fromiter(sorted(self._slots.values()), np.int64, len(self._slots))
        renumbered = np.full(len(self._ids), -1, dtype=np.int64)
        renumbered[kept] = np.arange(len(kept))
        postings: dict[int, tuple[array[int], array[float]]] = {}
        squares = np.zeros(len(kept))
        self._idf = {}
        for term, (slots, weights) in self._postings.items():
            moved = renumbered[np.frombuffer(slots, dtype=np.int64)]
            alive = moved >= 0
            moved = moved[alive]
            if not len(moved):
                continue
            values = np.frombuffer(weights, dtype=np.float64)[alive]
            idf = float(_idf(len(kept), np.array(len(moved))))
            squares[moved] += (values * idf) ** 2
            self._idf[term] = idf
            postings[term] = (array("q", moved.tobytes()), array("d", values.tobytes()))
        self._postings = postings
        self._new_idf = float(_idf(len(kept), np.array(0)))
        self._ids = [self._ids[slot] for slot in kept.tolist()]
        self._places = [self._places[slot] for slot in kept.tolist()]
        self._slots = {key: slot for slot, key in enumerate(self._ids)}
        self._norms = array("d", np.sqrt(squares).tobytes())
        self._changes = 0

    def nearest(
        self, text: str, *, place_code: str | None = None, top: int = 5, at_least: float = 0.3
    ) -> list[tuple[Id, float]]:
        """Return the texts most like this one with their scores in 0..1, best first (查找相似).

        Arguments as in ``rank``. Raises nothing on any text. Source: Salton and Buckley 1988, see the module.
        """
        if self._changes * _REFRESH_SHARE > len(self._slots):
            self.refresh()
        dots = np.zeros(len(self._ids))
        square = 0.0
        terms, weights = _counted(text)
        for term, weight in zip(terms.tolist(), weights.tolist(), strict=True):
            idf = self._idf.get(term, self._new_idf)
            square += (weight * idf) ** 2
            posting = self._postings.get(term)
            if posting is not None:  # a text stands once in a posting, so plain indexing adds rightly
                dots[np.frombuffer(posting[0], dtype=np.int64)] += np.frombuffer(posting[1], dtype=np.float64) * (
                    weight * idf * idf
                )
        norms = np.frombuffer(self._norms, dtype=np.float64) if self._ids else dots
        found: list[tuple[Id, float]] = []
        # A place raises a cosine c to at most c + rise * c * (1 - c) <= c * (1 + rise): the rest cannot qualify.
        least = at_least / (1.0 + _PLACE_RISE) * norms * square**0.5
        for slot in np.flatnonzero((dots > 0) & (norms > 0) & (dots >= least * (1 - 1e-9))).tolist():
            cosine = min(1.0, float(dots[slot] / (norms[slot] * square**0.5)))
            score = _with_place(cosine, place_code, self._places[slot])
            if score >= at_least:
                found.append((self._ids[slot], score))
        return _best(found, top)

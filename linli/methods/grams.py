"""Texts as runs of characters, many at once (字串): the ground on which `classify` and `similar` stand.

A gram is a run of n letters or digits that no punctuation interrupts. It is named by a 64-bit number (a polynomial in its
characters: R. M. Karp and M. O. Rabin, "Efficient randomized pattern-matching algorithms", IBM J. Res. Dev. 31(2), 1987), equal
on every machine and run, so that a model need not hold a word of anybody's text. Linear in the characters; NumPy only.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that multiplying loses nothing
_MIX = np.uint64(0xD6E8FEB86659FD93)
_SIZES = np.arange(64, dtype=np.uint64) * _MIX  # keeps grams of different sizes apart
_DIGIT = ord("0")


@cache
def letters() -> npt.NDArray[np.uint32]:
    """For each character of the basic plane its folded form (width, capitals); 0 when no letter or digit (归一表)."""
    table = np.zeros(0x10000, dtype=np.uint32)
    for point in range(0x10000):
        if 0xD800 <= point <= 0xDFFF:
            continue
        folded = unicodedata.normalize("NFKC", chr(point)).lower()
        if len(folded) == 1 and folded.isalnum() and ord(folded) < 0x10000:
            table[point] = ord(folded)
    return table


@cache
def _letters_one_digit() -> npt.NDArray[np.uint32]:
    table = letters().copy()
    table[_DIGIT : _DIGIT + 10] = _DIGIT
    table[ord("０") : ord("０") + 10] = _DIGIT
    return table


@dataclass(frozen=True)
class Block:
    """Texts laid end to end with a gap after each (文本块).

    points: folded characters, 0 for what is neither letter nor digit. owner: the number of the text of each. start: where in
    ``points`` each text begins.
    """

    points: npt.NDArray[np.uint32]
    owner: npt.NDArray[np.int32]
    start: Ints


def lay(texts: Sequence[str], *, limit: int, one_digit: bool = False) -> Block:
    """Fold texts and lay them end to end (文本归一).

    Args:
        limit: characters of each text that are read; the rest is not, so that cost stays bounded.
        one_digit: all digits count as one, for what they say changes nothing (3栋, 5栋).
    """
    cut = [text[:limit] for text in texts]
    points = np.frombuffer("\0".join([*cut, ""]).encode("utf-32-le", "surrogatepass"), dtype="<u4")
    table = _letters_one_digit() if one_digit else letters()
    # Rare characters beyond the basic plane are names, or pictures: names stay.
    inside = table[np.minimum(points, 0xFFFF)]
    folded = np.where(points < 0x10000, inside, np.where((points >> 16) == 2, points, 0)).astype(np.uint32)
    sizes = np.fromiter((len(text) + 1 for text in cut), np.int64, len(cut))
    owner = np.repeat(np.arange(len(cut), dtype=np.int32), sizes)
    return Block(folded, owner, np.cumsum(sizes) - sizes)


def keys(block: Block, longest: int) -> list[Keys]:
    """For n = 1 … longest the key of the gram that begins at each character; 0 where none does (字串编号)."""
    points = block.points.astype(np.uint64)
    whole = points > 0
    run = points * _MIX
    out = [np.where(whole, _spread(run, 1), np.uint64(0))]
    for size in range(2, longest + 1):
        reach = max(0, len(points) - size + 1)
        whole = whole[:reach] & (points[size - 1 :] > 0)
        run = run[:reach] * _BASE + points[size - 1 :] * _MIX
        found = np.zeros(len(points), dtype=np.uint64)
        found[:reach] = np.where(whole, _spread(run, size), np.uint64(0))
        out.append(found)
    return out


def keys_at(block: Block, at: Ints, longest: int) -> list[Keys]:
    """As `keys`, but only for the grams that begin at the given characters (指定位置的字串编号)."""
    run = np.zeros(len(at), dtype=np.uint64)
    whole = np.ones(len(at), dtype=bool)
    out = []
    for size in range(1, longest + 1):
        spot = at + (size - 1)
        point = np.where(spot < len(block.points), block.points[np.minimum(spot, len(block.points) - 1)], 0).astype(
            np.uint64
        )
        whole = whole & (point > 0)
        run = run * _BASE + point * _MIX
        out.append(np.where(whole, _spread(run, size), np.uint64(0)))
    return out


def _spread(run: Keys, size: int) -> Keys:
    mixed: Keys = run + _SIZES[size]
    mixed ^= mixed >> np.uint64(32)
    mixed *= _MIX
    mixed |= np.uint64(1)  # never 0
    return mixed


def key_of(word: str) -> int:
    """The key of one gram of fewer than 64 characters, 0 when it holds anything but letters and digits (单个字串的编号)."""
    found = keys(lay([word], limit=len(word)), len(word)) if word else []
    return int(found[-1][0]) if found else 0


class Lookup:
    """From keys to their numbers 0 … n-1 (编号表): open addressing with linear probing, all keys at once.

    Args:
        known: different keys, none of them 0.
    """

    def __init__(self, known: Keys) -> None:
        bits = max(8, int(len(known) * 8).bit_length())
        self._known = np.append(known, np.uint64(0))
        self._shift = np.uint64(64 - bits)
        self._mask = (1 << bits) - 1
        self._slots = np.full(1 << bits, len(known), dtype=np.int32)
        waiting = np.arange(len(known), dtype=np.int32)
        places = self._places(known)
        while len(waiting):
            free = self._slots[places] == len(known)
            self._slots[places[free]] = waiting[free]
            left = self._slots[places] != waiting
            waiting, places = waiting[left], (places[left] + 1) & self._mask

    def _places(self, wanted: Keys) -> Ints:
        return ((wanted * _BASE) >> self._shift).astype(np.int64)

    def find(self, wanted: Keys) -> tuple[Ints, npt.NDArray[np.int32]]:
        """Which of the wanted keys are known: their places in ``wanted``, in no order, and their numbers."""
        absent = len(self._known) - 1
        spots: list[Ints] = []
        numbers: list[npt.NDArray[np.int32]] = []
        where = np.arange(len(wanted))
        places = self._places(wanted)
        while len(where):
            number = self._slots[places]
            hit = self._known[number] == wanted  # 0 is no key: it meets itself in an empty slot only
            used = number != absent
            found = np.flatnonzero(hit & used)
            spots.append(where[found])
            numbers.append(number[found])
            on = np.flatnonzero(used & ~hit)
            where, wanted, places = where[on], wanted[on], (places[on] + 1) & self._mask
        if not spots:
            return np.zeros(0, np.int64), np.zeros(0, np.int32)
        return np.concatenate(spots), np.concatenate(numbers)

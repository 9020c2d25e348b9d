"""Texts as weighted grams and catalogue words (文本特征): what a learnt model sees.

Grams of one to three characters count by how often they stand in the text, once more for each time in its beginning, where the
request stands, times ``ln((1 + N) / (1 + df)) + 1`` (G. Salton and C. Buckley, "Term-weighting approaches in automatic text
retrieval", IPM 24(5), 1988), scaled to length one. Beside them, for every class and matter of the catalogue, how much of its
keywords the text holds: what the catalogue knows need not be learnt, which tells most where rows are few.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from linli.methods.classify.catalogue import Catalogue
from linli.methods.grams import Block, Floats, Ints, Keys, Lookup, keys, keys_at, lay

READ = 3000
"""Characters of a text that are read; fewer than 1 in 1,000 messages are longer."""
LONGEST = 3
_HEAD = 40
_HEAD_EXTRA = 2.0
_CHUNK = 256
_POS_BITS = 12  # READ < 4096
_WORD_LONGEST = 8

Singles = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Cells:
    """What some texts hold: in row ``row`` the feature ``column`` with ``value``; sorted by row, then column (特征格).

    place: in which character of the text the feature stands first.
    """

    rows: int
    row: Ints
    column: Ints
    value: Floats
    place: Ints


@dataclass(frozen=True)
class Words:
    """Keywords of a catalogue as grams (关键词表): which codes each speaks for.

    keys: of each word. heads: of their first two characters. sizes: their characters. word, code, weight: parallel, one entry for each word and code. codes: their number.
    """

    keys: Keys
    heads: Keys
    sizes: Numbers
    word: Numbers
    code: Numbers
    weight: Singles
    codes: int

    @classmethod
    def of(cls, catalogue: Catalogue) -> Words:
        """The words of a catalogue; those with other than letters and digits, or of more than eight characters, are left out."""
        names = [name for name in sorted(catalogue.words()) if len(name) <= _WORD_LONGEST]
        block = lay(names, limit=_WORD_LONGEST, one_digit=True)
        grams = keys(block, _WORD_LONGEST)
        numbered: dict[int, str] = {}
        heads = set()
        for number, name in enumerate(names):
            key = int(grams[len(name) - 1][block.start[number]])
            if key:
                numbered.setdefault(key, name)
                heads.add(int(grams[1][block.start[number]]))
        codes = [*catalogue.classes, *catalogue.matters]
        place = {code: at for at, code in enumerate(codes)}
        entries: list[tuple[int, int, float]] = []
        for number, name in enumerate(numbered.values()):
            told: dict[str, float] = {}
            for code, weight in catalogue.words()[name].items():
                told[code] = told.get(code, 0.0) + weight
                if len(code) > 2:
                    told[code[:2]] = told.get(code[:2], 0.0) + weight
            entries += [(number, place[code], weight) for code, weight in told.items()]
        return cls(
            np.array(list(numbered), dtype=np.uint64),
            np.array(sorted(heads), dtype=np.uint64),
            np.array([len(name) for name in numbered.values()], dtype=np.int32),
            np.array([entry[0] for entry in entries], dtype=np.int32),
            np.array([entry[1] for entry in entries], dtype=np.int32),
            np.array([entry[2] for entry in entries], dtype=np.float32),
            len(codes),
        )

    @cached_property
    def _lookup(self) -> Lookup:
        return Lookup(self.keys)

    @cached_property
    def _head_lookup(self) -> Lookup:
        return Lookup(self.heads)

    def told(self, block: Block, grams: list[Keys]) -> tuple[Singles, Ints, Ints, Ints]:
        """How much of each code's words every text holds, rows of length one (事项信号); and (row, word, place) of each word found."""
        rows = len(block.start)
        at, _ = self._head_lookup.find(grams[1])
        found_row, found_word, found_place = [], [], []
        for longer in keys_at(block, at, _WORD_LONGEST)[1:]:
            hit, number = self._lookup.find(longer)
            spot = at[hit]
            row = block.owner[spot].astype(np.int64)
            found_row.append(row)
            found_word.append(number.astype(np.int64))
            found_place.append(spot - block.start[row])
        row, word, place = (np.concatenate(part) for part in (found_row, found_word, found_place))
        total: npt.NDArray[Any] = np.zeros(rows * self.codes)
        if len(row):
            pairs, first, times = np.unique(row * len(self.keys) + word, return_index=True, return_counts=True)
            strength = (1 + np.log(times)) * np.where(place[first] < _HEAD, 2.5, 1.0)
            pair_row, pair_word = np.divmod(pairs, len(self.keys))
            begin = np.searchsorted(self.word, pair_word)
            many = np.searchsorted(self.word, pair_word, side="right") - begin
            owner = np.repeat(np.arange(len(pairs)), many)
            entry = np.arange(len(owner)) - np.repeat(np.cumsum(many) - many, many) + begin[owner]
            cell = pair_row[owner] * self.codes + self.code[entry]
            total = np.bincount(cell, weights=self.weight[entry] * strength[owner], minlength=rows * self.codes)
        told = np.log1p(total).reshape(rows, self.codes)
        length = np.sqrt((told * told).sum(axis=1, keepdims=True))
        return (told / np.where(length > 0, length, 1.0)).astype(np.float32), row, word, place


def chunks(texts: Sequence[str]) -> Iterator[tuple[Block, list[Keys]]]:
    """Texts in blocks that fit the processor's cache, each with the keys of its grams."""
    for start in range(0, len(texts), _CHUNK):
        block = lay(texts[start : start + _CHUNK], limit=READ, one_digit=True)
        yield block, keys(block, LONGEST)


def count(block: Block, grams: list[Keys], known: Lookup) -> Cells:
    """How often each known gram stands in each text, its beginning counted threefold (字串计数)."""
    packed = []
    for size, of_size in enumerate(grams, 1):
        spot, number = known.find(of_size)
        row = block.owner[spot].astype(np.int64)
        place = spot - block.start[row]
        late = (place + size > _HEAD).astype(np.int64)
        packed.append((((row << 30 | number) << _POS_BITS | place) << 1) | late)
    found = np.concatenate(packed)
    found.sort()
    both = found >> (_POS_BITS + 1)
    first = np.flatnonzero(np.diff(both, prepend=-1))
    weight = np.where(found & 1, 1.0, 1.0 + _HEAD_EXTRA)
    value = np.add.reduceat(weight, first) if len(first) else np.zeros(0)
    both = both[first]
    place = (found[first] >> 1) & ((1 << _POS_BITS) - 1)
    return Cells(len(block.start), both >> 30, both & ((1 << 30) - 1), value, place)


def weigh(cells: Cells, idf: Singles) -> Cells:
    """The cells times how rare their feature is, every text scaled to length one (加权归一)."""
    value = cells.value * idf[cells.column]
    length = np.sqrt(np.bincount(cells.row, weights=value * value, minlength=cells.rows))
    return Cells(cells.rows, cells.row, cells.column, value / np.where(length > 0, length, 1.0)[cells.row], cells.place)


def vocabulary(texts: Sequence[str], most: int) -> tuple[Keys, Numbers, Numbers]:
    """The grams that stand in at least two texts (词表): the commonest ``most`` by rising key, their sizes, in how many they stand."""
    found: list[Keys] = []
    sizes: list[Numbers] = []
    times: list[Numbers] = []
    for size, parts in enumerate(_by_text(texts), 1):
        of_size, counts = np.unique(np.concatenate(parts), return_counts=True)
        kept = counts >= 2
        found.append(of_size[kept])
        times.append(counts[kept].astype(np.int32))
        sizes.append(np.full(int(kept.sum()), size, dtype=np.int32))
    all_keys, all_sizes, all_times = np.concatenate(found), np.concatenate(sizes), np.concatenate(times)
    chosen = np.lexsort((all_keys, -all_times))[:most]
    chosen = chosen[np.argsort(all_keys[chosen])]
    return all_keys[chosen], all_sizes[chosen], all_times[chosen]


def _by_text(texts: Sequence[str]) -> list[list[Keys]]:
    """For each size the keys of the grams of all texts; one that repeats in a text stands once."""
    out: list[list[Keys]] = [[np.zeros(0, np.uint64)] for _ in range(LONGEST)]
    for block, grams in chunks(texts):
        owner = block.owner.astype(np.uint64)
        for of_size, parts in zip(grams, out, strict=True):
            whole = of_size > 0
            # One gram counts once for each text: sort by gram, then text.
            of_text = np.lexsort((owner[whole], of_size[whole]))
            sorted_keys, sorted_owner = of_size[whole][of_text], owner[whole][of_text]
            new = np.ones(len(sorted_keys), dtype=bool)
            new[1:] = (sorted_keys[1:] != sorted_keys[:-1]) | (sorted_owner[1:] != sorted_owner[:-1])
            parts.append(sorted_keys[new])
    return out

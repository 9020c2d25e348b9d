"""A new message against a million, and the index they are kept in (增量查重).

Messages are added one by one or in batches; what is new lies in a small index beside the large sorted one, and `rebuild` merges the two
and weighs names and wordings anew. A query looks up its names and its rarest wordings, takes the messages that share the most weight,
newest of the commonest first, and scores a bounded number of them by `sameness`: cost does not grow with the index but for the look-up.
In memory, about 600 bytes a message; one thread at a time.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from linli.methods.grams import Floats, Ints, Keys
from linli.methods.similar.message import FIELDS, Messages, Weights, read, sameness, weigh

_SCORED = 300
_OF_EACH = 2000  # messages of one name or wording that are looked at, the newest
_PAIRS_ASKED = 12
_SMALL = 2000  # so many messages at most wait beside the sorted index, and no fewer than a fiftieth of it
_SHARE = 50


class _Postings:
    """For each key the rows that hold it: sorted ones, and new ones beside."""

    def __init__(self) -> None:
        self.keys: Keys = np.zeros(0, np.uint64)
        self.rows: npt.NDArray[np.int32] = np.zeros(0, np.int32)
        self.new: dict[int, list[int]] = {}

    def add(self, found: Keys, first: int) -> None:
        for row, keys in enumerate(found.tolist(), first):
            for key in keys:
                if key:
                    self.new.setdefault(key, []).append(row)

    def rebuild(self, found: Keys) -> None:
        key = found.ravel()
        row = np.repeat(np.arange(len(found), dtype=np.int32), found.shape[1])
        kept = key > 0
        order = np.argsort(key[kept], kind="stable")
        self.keys, self.rows, self.new = key[kept][order], row[kept][order], {}

    def find(self, key: int) -> Ints:
        """The newest rows that hold a key."""
        new = self.new.get(key, [])[-_OF_EACH:]
        wanted = np.uint64(key)
        begin, end = np.searchsorted(self.keys, wanted), np.searchsorted(self.keys, wanted, side="right")
        old = self.rows[max(begin, end - (_OF_EACH - len(new))) : end]
        return np.concatenate([old.astype(np.int64), np.array(new, dtype=np.int64)])


class Stream:
    """Messages, searchable for those about the same matter (增量索引). Numbers of messages run from 0 in the order of adding."""

    def __init__(self) -> None:
        empty = read([], [], [])
        self._room = {name: getattr(empty, name)[:0] for name in FIELDS}
        self._topic_room = np.zeros((0, empty.topic.shape[1]), np.uint8)
        self._size = 0
        self._waiting = 0
        self._names, self._pairs = _Postings(), _Postings()
        nothing: Keys = np.zeros(0, np.uint64)
        self._name_weights, self._pair_weights = Weights.of(nothing, 0), Weights.of(nothing, 0)

    def __len__(self) -> int:
        return self._size

    def add(self, titles: Sequence[str], texts: Sequence[str], days: Sequence[float | None]) -> range:
        """Add messages (加入); arguments as in `message.read`. Returns their numbers."""
        first = self._size
        for start in range(0, len(texts), 10_000):
            part = slice(start, start + 10_000)
            self._put(read(titles[part], texts[part], days[part]))
        if self._waiting > max(_SMALL, self._size // _SHARE):
            self.rebuild()
        return range(first, self._size)

    def _put(self, more: Messages) -> None:
        begin, end = self._size, self._size + len(more)
        if end > len(self._topic_room):
            space = max(1024, end + end // 2)
            for name in FIELDS:
                old = self._room[name]
                if name != "topic":
                    self._room[name] = np.concatenate(
                        [old[:begin], np.zeros((space - begin, *old.shape[1:]), old.dtype)]
                    )
            grown = np.zeros((space - begin, self._topic_room.shape[1]), np.uint8)
            self._topic_room = np.concatenate([self._topic_room[:begin], grown])
        for name in FIELDS:
            if name != "topic":
                self._room[name][begin:end] = getattr(more, name)
        self._topic_room[begin:end] = np.round(more.topic * 255)
        self._size = end
        self._waiting += len(more)
        if self._waiting <= max(_SMALL, end // _SHARE):  # else all is sorted anew anyway
            self._names.add(more.names, begin)
            self._pairs.add(more.pairs, begin)

    def rebuild(self) -> None:
        """Sort all messages into one index and weigh names and wordings anew (重建); equal whatever the order of batches was."""
        names, pairs = self._room["names"][: self._size], self._room["pairs"][: self._size]
        self._names.rebuild(names)
        self._pairs.rebuild(pairs)
        self._name_weights = Weights.of(names.ravel(), self._size)
        self._pair_weights = Weights.of(pairs.ravel(), self._size)
        self._waiting = 0

    def _rows(self, at: Ints) -> Messages:
        topic = (self._topic_room[at] / np.float32(255)).astype(np.float32)
        return Messages(**{name: self._room[name][at] for name in FIELDS if name != "topic"}, topic=topic)

    def nearest(
        self, title: str, text: str, day: float | None = None, *, top: int = 5, at_least: float = 0.33
    ) -> list[tuple[int, float]]:
        """The messages about the same matter with their sameness in 0..1, best first (查找同事).

        Args:
            day: when the message was written. top: how many at most. at_least: the least sameness.
        """
        asked = read([title], [text], [day])
        found: list[Ints] = []
        worth: list[Floats] = []
        pair_weight = asked.times[0] * self._pair_weights(asked.pairs[0])
        rarest = np.argsort(-pair_weight, kind="stable")[:_PAIRS_ASKED]
        lots = [
            (self._names, key, weight)
            for key, weight in zip(asked.names[0], self._name_weights(asked.names[0]), strict=True)
        ]
        lots += [(self._pairs, asked.pairs[0, at], pair_weight[at] / 4) for at in rarest]
        for postings, key, weight in lots:
            if key:
                rows = postings.find(int(key))
                found.append(rows)
                worth.append(np.full(len(rows), weight))
        if not found or not sum(map(len, found)):
            return []
        rows, place = np.unique(np.concatenate(found), return_inverse=True)
        total = np.bincount(place, weights=np.concatenate(worth))
        best = rows[np.lexsort((-rows, -total))[:_SCORED]]
        weights = self._name_weights, self._pair_weights
        near = weigh(self._rows(best), *weights)
        same = sameness(weigh(asked, *weights), np.zeros(len(best), np.int64), np.arange(len(best)), other=near)
        score = {int(row): float(value) for row, value in zip(best, same, strict=True) if value >= at_least}
        return sorted(score.items(), key=lambda pair: (-pair[1], pair[0]))[: max(0, top)]

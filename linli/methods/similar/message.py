"""Place and matter of messages, and how far two of them are about one thing (诉求要点与同事度).

Two messages are one matter when they name the same place and want the same: the same estate with two matters is two, one matter at
two estates too. So place and matter are told apart, each is compared by itself, and the product counts:

    sameness = sqrt(place) * (topic + wording) / 2 * (1 - a little for months apart)

``place``: overlap of the names that `names` finds, weighed by how rare each is. The title's names count, for there people say where it is.
Where neither names a place, what the titles name (a platform, a subsidy) stands for it, and by itself is half of the matter.
``topic``: cosine of the catalogue's words, which joins 油烟 with 烧烤 where no word is shared; where the catalogue knows one of them not,
wording counts alone. ``wording``: cosine of the heaviest character pairs outside of names, TF-IDF as in `likeness`. Linear in the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from linli.methods.classify.catalogue import default_catalogue
from linli.methods.classify.features import Words
from linli.methods.grams import Floats, Ints, Keys, keys, lay
from linli.methods.similar.names import hash_place, hash_thing, places, things

NAMES, PAIRS = 12, 32
"""So many names and character pairs of a message are kept."""
_READ_NAMES, _READ = 150, 300
_TITLE = 3.0
_WORDING = 4.0  # people word one matter so differently that a quarter of the pairs in common is as much as it gets
_NO_PLACE = 0.25
_NEAR_TEXT = 0.2  # messages without a place are one matter only when they are worded alike
_THING = 0.5  # the same thing by name is the same matter, more or less
_FADE, _FADE_DAYS = 0.15, 730.0


@dataclass(frozen=True)
class Messages:
    """What matters of some messages (诉求要点); rows padded with 0.

    names: (rows, NAMES) hashes of place names, those that count first. titled: whether a name counts (stands in the title, or no name
    does). pairs: (rows, PAIRS) keys of character pairs. times: how often, the title threefold. topic: (rows, codes) of length one.
    days: when, in days; NaN where unknown.
    """

    names: Keys
    titled: npt.NDArray[np.bool_]
    pairs: Keys
    times: npt.NDArray[np.float32]
    topic: npt.NDArray[np.float32]
    days: Floats

    def __len__(self) -> int:
        return len(self.days)


FIELDS = ("names", "titled", "pairs", "times", "topic", "days")


@dataclass(frozen=True)
class Weights:
    """How rare names and pairs are (稀有度): keys, ascending, and the weight of each; strange ones weigh ``new``."""

    keys: Keys
    weight: Floats
    new: float

    @classmethod
    def of(cls, found: Keys, documents: int) -> Weights:
        """Weights ln(1 + N / df) from each row's different keys (0 left out)."""
        known, times = np.unique(found[found > 0], return_counts=True)
        return cls(known, np.log1p(documents / times), float(np.log1p(max(documents, 1))))

    def __call__(self, wanted: Keys) -> Floats:
        """The weight of each key, nought for 0."""
        if not len(self.keys):
            return np.where(wanted > 0, self.new, 0.0)
        at = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        out: Floats = np.where(self.keys[at] == wanted, self.weight[at], self.new) * (wanted > 0)
        return out


@cache
def _words() -> Words:
    return Words.of(default_catalogue())


def read(titles: Sequence[str], texts: Sequence[str], days: Sequence[float | None]) -> Messages:
    """What matters of messages (提取要点).

    Args:
        titles, texts: equally many, any text. days: when each was written, in days of any epoch; None where unknown.
    """
    rows = len(texts)
    names = np.zeros((rows, NAMES), dtype=np.uint64)
    titled = np.zeros((rows, NAMES), dtype=bool)
    masked_titles, masked_texts, topics = [], [], []
    for row, (title, text) in enumerate(zip(titles, texts, strict=True)):
        title, text = title[:_READ], text[:_READ]
        in_title, in_text = places(title), places(text[:_READ_NAMES])
        hashed = hash_place if in_title or in_text else hash_thing
        main = dict.fromkeys(key for (_, key), _ in (in_title or in_text or things(title)).most_common())
        rest = dict.fromkeys(key for (_, key), _ in in_text.most_common() if key not in main)
        for at, key in enumerate([*main, *rest][:NAMES]):
            names[row, at] = hashed(key)
            titled[row, at] = key in main
        for name, _ in sorted({*in_title, *in_text}, key=lambda one: (-len(one[0]), one)):
            title, text = title.replace(name, "，"), text.replace(name, "，")
        masked_titles.append(title)
        masked_texts.append(text)
        topics.append(f"{titles[row][:_READ]}，{titles[row][:_READ]}，{texts[row][:_READ]}")
    pairs, times = _pairs(masked_titles, masked_texts)
    when = np.array([np.nan if day is None else day for day in days], dtype=np.float64)
    return Messages(names, titled, pairs, times, _topics(topics), when)


def _topics(texts: Sequence[str]) -> npt.NDArray[np.float32]:
    parts = [np.zeros((0, _words().codes), np.float32)]
    for start in range(0, len(texts), 512):
        block = lay(texts[start : start + 512], limit=3 * _READ, one_digit=True)
        parts.append(_words().told(block, keys(block, 2))[0])
    return np.concatenate(parts)


def _pairs(titles: Sequence[str], texts: Sequence[str]) -> tuple[Keys, npt.NDArray[np.float32]]:
    """For each message its most repeated pairs, title first."""
    rows = len(texts)
    out = np.zeros((rows, PAIRS), dtype=np.uint64)
    times = np.zeros((rows, PAIRS), dtype=np.float32)
    for start in range(0, rows, 1024):
        part = slice(start, start + 1024)
        found, weight, owner, place = [], [], [], []
        for side, factor in ((titles[part], _TITLE), (texts[part], 1.0)):
            block = lay(side, limit=_READ)
            key = keys(block, 2)[1]
            spot = np.flatnonzero(key)
            found.append(key[spot])
            owner.append(block.owner[spot])
            weight.append(np.full(len(spot), factor))
            place.append(spot - block.start[block.owner[spot]] + (0 if factor > 1 else _READ))
        key, row = np.concatenate(found), np.concatenate(owner).astype(np.int64)
        order = np.lexsort((np.concatenate(place), key, row))
        key, row = key[order], row[order]
        first = np.flatnonzero(np.append(True, (key[1:] != key[:-1]) | (row[1:] != row[:-1]))[: len(key)])
        if not len(first):
            continue
        total = np.add.reduceat(np.concatenate(weight)[order], first)
        key, row, place_of = key[first], row[first], np.concatenate(place)[order][first]
        order = np.lexsort((place_of, -total, row))
        key, row, total = key[order], row[order], total[order]
        begin = np.searchsorted(row, np.arange(len(titles[part])))
        rank = np.arange(len(row)) - begin[row]
        kept = rank < PAIRS
        out[start + row[kept], rank[kept]] = key[kept]
        times[start + row[kept], rank[kept]] = 1 + np.log(total[kept])
    return out, times


@dataclass(frozen=True)
class Weighed:
    """Messages with the weight of each name and pair (加权要点): what two of them are compared by.

    Of keys the upper half is kept. name_weight: nought for a name that does not count. pair_weight: rows of length one.
    """

    names: npt.NDArray[np.uint32]
    name_weight: npt.NDArray[np.float32]
    pairs: npt.NDArray[np.uint32]
    pair_weight: npt.NDArray[np.float32]
    topic: npt.NDArray[np.float32]
    days: Floats
    thing: npt.NDArray[np.bool_]


def weigh(messages: Messages, names: Weights, pairs: Weights) -> Weighed:
    """Messages ready to be compared (加权). names, pairs: how rare names and pairs are."""
    named = names(messages.names) * messages.titled
    thing = messages.names >> np.uint64(63) == 1
    named[thing & (named >= names.new * (1 - 1e-9))] = 0.0  # what nobody else's title says is no thing that many report
    weight = messages.times * pairs(messages.pairs)
    length = np.sqrt((weight**2).sum(axis=1, keepdims=True))
    return Weighed(
        (messages.names >> np.uint64(32)).astype(np.uint32),
        named.astype(np.float32),
        (messages.pairs >> np.uint64(32)).astype(np.uint32),
        (weight / np.where(length > 0, length, 1.0)).astype(np.float32),
        messages.topic,
        messages.days,
        thing.any(axis=1),
    )


def sameness(messages: Weighed, left: Ints, right: Ints, *, other: Weighed | None = None, least: float = 0.0) -> Floats:
    """How far message ``left[i]`` is about one thing with message ``right[i]`` (同事度), 0..1.

    Args:
        other: the messages that ``right`` numbers, the same by default. least: what is certainly below it may come out as nought.
    """
    out = np.zeros(len(left))
    for start in range(0, len(left), 8192):
        part = slice(start, start + 8192)
        out[part] = _sameness(messages, left[part], other or messages, right[part], least)
    return out


def _sameness(one: Weighed, left: Ints, other: Weighed, right: Ints, least: float) -> Floats:
    out = np.zeros(len(left))
    place, nameless = _place(one, left, other, right)
    reach = np.sqrt(np.where(nameless, _NO_PLACE, place))
    open_ = np.flatnonzero(reach >= max(least, 1e-9))
    topic = np.einsum("rc,rc->r", one.topic[left[open_]], other.topic[right[open_]]).astype(np.float64)
    known = (one.topic[left[open_]].sum(axis=1) > 0) & (other.topic[right[open_]].sum(axis=1) > 0)
    open_to = reach[open_] * np.where(known, (topic + 1) / 2, 1.0) >= least
    open_, topic, known = open_[open_to], topic[open_to], known[open_to]
    left, right = left[open_], right[open_]
    wording = _wording(one, left, other, right)
    said = np.minimum(1.0, _WORDING * wording)
    place = np.where(nameless[open_], np.where(wording > _NEAR_TEXT, _NO_PLACE, 0.0), place[open_])
    matter = np.where(known, (topic + said) / 2, said)
    matter = np.where(one.thing[left] & other.thing[right] & ~nameless[open_], np.maximum(matter, _THING), matter)
    gap = np.nan_to_num(np.abs(one.days[left] - other.days[right]))
    fade = 1 - _FADE * np.minimum(1.0, gap / _FADE_DAYS)
    out[open_] = np.minimum(np.sqrt(place) * matter * fade, 1.0)
    return out


def _matches(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> tuple[Ints, Ints, Ints]:
    """Where rows hold the same key: row, column in the first, column in the second; keys differ within a row, but for padding."""
    width = one.shape[1]
    other = np.where(other == 0, 1, other)  # padding meets no padding
    found = np.flatnonzero((one[:, :, None] == other[:, None, :]).ravel())
    row, inside = np.divmod(found, width * width)
    left, right = np.divmod(inside, width)
    return row, left, right


def _wording(one: Weighed, left: Ints, other: Weighed, right: Ints) -> Floats:
    """Cosine of the pairs."""
    row, at, to = _matches(one.pairs[left], other.pairs[right])
    both = one.pair_weight[left[row], at] * other.pair_weight[right[row], to]
    out: Floats = np.bincount(row, weights=both, minlength=len(left)).astype(np.float64)
    return out


def _place(one: Weighed, left: Ints, other: Weighed, right: Ints) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """How far both name one place, 0..1, and whether one of them names none."""
    rows = len(left)
    one_weight, other_weight = one.name_weight[left], other.name_weight[right]
    row, at, to = _matches(one.names[left], other.names[right])
    one_all, other_all = one_weight.sum(axis=1), other_weight.sum(axis=1)
    safe_one, safe_other = np.where(one_all > 0, one_all, 1.0), np.where(other_all > 0, other_all, 1.0)
    mine, theirs = one_weight[row, at], other_weight[row, to]
    both = np.bincount(row, weights=np.where(theirs > 0, mine, 0.0), minlength=rows) / np.minimum(safe_one, safe_other)
    one_in = np.bincount(row, weights=mine, minlength=rows) / safe_one
    other_in = np.bincount(row, weights=theirs, minlength=rows) / safe_other
    place: Floats = np.minimum(np.maximum(both, np.minimum(one_in, other_in)), 1.0)
    return place, (one_all == 0) | (other_all == 0)

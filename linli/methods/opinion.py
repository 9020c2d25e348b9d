"""Which comments on a draft say the same (同类意见归并), so that one answer can serve them all; a person confirms every group.

Two comments are likened by the cosine of their TF-IDF vectors over characters and bigrams (G. Salton and C. Buckley, "Term-weighting
approaches in automatic text retrieval", Information Processing & Management 24(5), 1988), in which the provision's own words count little,
for everybody repeats them. Proposed wordings are likened by what they put in and strike out. Who names other numbers, or wants more where
the other wants less, does not say the same however alike the words. Groups are those of average linkage (R. Sokal and C. Michener, 1958):
a group holds together as a whole and no chain of half-likenesses joins two.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

import numpy as np

from linli.methods.grams import Floats, Ints, keys, lay

if TYPE_CHECKING:  # SciPy takes its time to load; only who groups waits for it
    from scipy import sparse

SAME = 0.17
"""Mean likeness from which comments are one group, set on invented comments: of the pairs it joined 97 in 100 said the same, and of those that
say the same it joined two thirds. Paraphrases share few characters; a person puts the rest together."""
_REPEATED = 0.3  # weight of what the provision itself says
_STANCES = 0.8  # an objection and a proposed change meet when they are more alike than two of a kind need be
_AGREED = 0.15  # more likeness for those who name the same new number
_LIMIT = 2000  # characters of a comment that are read
_LARGEST = 2000  # comments that are linked in one go
_BLOCK = 512
_CLASS = {"oppose": "amend"}
_EMPTY = re.compile(
    "建议|希望|应当|应该|我们?(?:认为|觉得|想)?|本[条款项]|[这该]一?[条款项]|第[一二三四五六七八九十百]+[条款项]|草案|条例|规定|能否|能不能|是否|是不是|可以|"
    "[的了是吗呢把将要在和与及等对为有也都就还更请让给很太再被]"
)
_NUMBER = re.compile(
    "[0-9０-９]+(?:[.．][0-9０-９]+)?|[一二三四五六七八九十百]+分之[一二三四五六七八九十百]+|"
    "[零一二两三四五六七八九十百千万]+(?=个?[日天月年周元名人户平米次倍成时岁公里层]|百分点)"
)
_TOKEN = re.compile("[0-9０-９.．]+|[零一二两三四五六七八九十百千万]+|.", re.DOTALL)
_DIGITS = {"零": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_TENS = {"十": 10, "百": 100, "千": 1000, "万": 10000}
_NOT = "(?P<not>不(?:要|应当?|该|能|宜|得|必|可)|别|勿|反对|没必要)?"
_MORE = re.compile(_NOT + "(?:(?:[太过偏]|有点)[短少低小窄严慢]|延长|增加|提高|扩大|放宽|加大|加长|上调|多给|多留)")
_LESS = re.compile(_NOT + "(?:(?:[太过偏]|有点)[长多高大宽松]|缩短|减少|降低|缩小|收紧|下调|少给|压缩|精简)")


@dataclass(frozen=True)
class Opinion:
    """A comment (意见). at: the provision it stands at. stance: support, oppose, amend or question. words: what was said. wording: 建议改为.
    text: what the provision says now, so that a wording is judged by its changes."""

    at: str
    stance: str
    words: str = ""
    wording: str = ""
    text: str = ""


def groups(opinions: Sequence[Opinion], *, least: int = 2) -> list[tuple[int, ...]]:
    """Groups of at least so many comments that say the same of one provision (同类意见), largest first.

    Returns: places in `opinions`, rising; a comment is in one group at most. Comments in the same words count as one when means are taken;
    those without words are one group by provision and stance. The same input gives the same groups.
    Complexity: quadratic in the different comments of one stance on one provision, in blocks.
    """
    copies: defaultdict[Opinion, list[int]] = defaultdict(list)
    for number, opinion in enumerate(opinions):
        copies[replace(opinion, words=opinion.words.strip(), wording=opinion.wording.strip())].append(number)
    different = list(copies)
    lots: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for number, opinion in enumerate(different):
        lots[opinion.at, _CLASS.get(opinion.stance, opinion.stance)].append(number)
    said = _Said(different)
    found = [
        tuple(sorted(number for row in part for number in copies[different[row]]))
        for lot in lots.values()
        for part in _linked(said, np.array(lot), SAME)
    ]
    return sorted((group for group in found if len(group) >= least), key=lambda group: (-len(group), group))


def sameness(opinions: Sequence[Opinion]) -> Floats:
    """Likeness of every comment with every other, 0 to 1 (意见相似度), as an (n, n) matrix; provisions are not looked at."""
    rows = np.arange(len(opinions))
    return _Said(opinions).likeness(rows, rows)


class _Said:
    """What the comments say, as vectors of length one, and what forbids to put two together."""

    def __init__(self, opinions: Sequence[Opinion]) -> None:
        texts = [opinion.text for opinion in opinions]
        edits = [_edit(opinion.text, opinion.wording) for opinion in opinions]
        said = [f"{opinion.words} {added}" for opinion, (added, _) in zip(opinions, edits, strict=True)]
        self._words = _vectors([_EMPTY.sub(" ", words) for words in said], texts)
        self._edits = _vectors([added for added, _ in edits], [gone for _, gone in edits], both=True)
        self._edited = np.array([bool(added or gone) for added, gone in edits], dtype=bool)
        self._amend = np.array([opinion.stance == "amend" for opinion in opinions], dtype=bool)
        self._wish = np.array([_wish(words) for words in said], dtype=np.int64)
        # Numbers that the provision has already say nothing of what should be instead.
        self._numbers = _table([_numbers(f"{o.words} {o.wording}") - _numbers(o.text) for o in opinions])

    def likeness(self, one: Ints, other: Ints) -> Floats:
        """Likeness of the comments of some rows with those of others."""
        found = _product(self._words, one, other)
        edited = self._edited[one][:, None] & self._edited[other][None, :]
        found = np.where(edited, (found + _product(self._edits, one, other)) / 2, found)
        found[self._amend[one][:, None] != self._amend[other][None, :]] *= _STANCES
        apart = self._wish[one][:, None] * self._wish[other][None, :] < 0
        shared = _product(self._numbers, one, other) > 0
        named = self._numbers.sum(axis=1) > 0
        found[shared & ~apart] += _AGREED
        apart |= named[one][:, None] & named[other][None, :] & ~shared
        found[apart] = 0.0
        return np.clip(found, 0.0, 1.0)


def _edit(text: str, wording: str) -> tuple[str, str]:
    """What a proposed wording puts into the provision and what it strikes out. A fragment only puts in."""
    if not wording.strip():
        return "", ""
    added, gone = [], []
    ours, theirs = _TOKEN.findall(text[:_LIMIT]), _TOKEN.findall(wording[:_LIMIT])
    for op, i, k, j, m in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if op != "equal":
            gone.append("".join(ours[i:k]))
            added.append("".join(theirs[j:m]))
    whole = len(wording) * 2 >= len(text)
    return " ".join(added).strip(), " ".join(gone).strip() if whole else ""


def _wish(text: str) -> int:
    """1 for who wants more, longer, wider; -1 for less; 0 for neither or both (要求的方向)."""
    signs = {
        sign * (-1 if match["not"] else 1)
        for pattern, sign in ((_MORE, 1), (_LESS, -1))
        for match in pattern.finditer(text)
    }
    return signs.pop() if len(signs) == 1 else 0


def _numbers(text: str) -> frozenset[str]:
    """The numbers a text names, 三十 and 30 being one (数字归一)."""
    return frozenset(_number(found) for found in _NUMBER.findall(unicodedata.normalize("NFKC", text)))


def _number(found: str) -> str:
    if found[0].isdigit() or "分之" in found:
        return found
    total = digit = 0
    for character in found:
        if character in _DIGITS:
            digit = _DIGITS[character]
        else:  # 十五 is 一十五
            unit = _TENS[character]
            total = (total + digit) * unit if unit == 10000 else total + (digit or 1) * unit
            digit = 0
    return str(total + digit)


def _vectors(texts: Sequence[str], others: Sequence[str], *, both: bool = False) -> sparse.csr_array:
    """TF-IDF vectors of length one over characters and bigrams. `others`: for each text the words that count little in it; with `both` they
    are features of their own instead."""
    from scipy import sparse

    count = len(texts)
    block = lay([*texts, *others], limit=_LIMIT)
    grams = keys(block, 2)
    key, owner = np.concatenate(grams), np.concatenate([block.owner] * 2)
    owner, key = owner[key > 0], key[key > 0]
    if both:
        key = np.where(owner < count, key, ~key)
        owner = owner % max(1, count)
    terms, column = np.unique(key, return_inverse=True)
    times = sparse.coo_array((np.ones(len(key)), (owner, column)), shape=(2 * count, len(terms))).tocsr()
    own = times[:count]
    own.data = 1.0 + np.log(own.data)
    held = np.bincount(own.indices, minlength=len(terms))
    own = own @ sparse.diags_array(np.log1p(count / np.maximum(1, held)))
    if not both:
        own = own - own.multiply(times[count:] > 0) * (1.0 - _REPEATED)
    length = np.sqrt(own.multiply(own).sum(axis=1))
    return sparse.csr_array(sparse.diags_array(1.0 / np.where(length > 0, length, 1.0)) @ own)


def _table(rows: Sequence[frozenset[str]]) -> sparse.csr_array:
    """Which row names which number: a 1 for each."""
    from scipy import sparse

    column = {number: place for place, number in enumerate(sorted(frozenset().union(*rows)))}
    cells = [(row, column[number]) for row, numbers in enumerate(rows) for number in numbers]
    where = np.array(cells, dtype=np.int64).reshape(-1, 2)
    return sparse.csr_array((np.ones(len(cells)), (where[:, 0], where[:, 1])), shape=(len(rows), max(1, len(column))))


def _product(vectors: sparse.csr_array, one: Ints, other: Ints) -> Floats:
    found: Floats = (vectors[one] @ vectors[other].T).toarray()
    return found


def _linked(said: _Said, rows: Ints, least: float) -> Iterator[Ints]:
    """Average linkage. Every merge is across a pair of at least SAME, so that parts which no such pair joins are linked each alone."""
    from scipy import sparse
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.sparse.csgraph import connected_components

    edges: list[Ints] = []
    for start in range(0, len(rows), _BLOCK):
        found = said.likeness(rows[start : start + _BLOCK], rows)
        i, j = np.nonzero(found >= least)
        edges.append(np.stack([i + start, j]))
    left, right = np.concatenate(edges, axis=1)
    graph = sparse.coo_array((np.ones(len(left)), (left, right)), shape=(len(rows), len(rows)))
    _, label = connected_components(graph, directed=False)
    order = np.argsort(label, kind="stable")
    for part in np.split(rows[order], np.flatnonzero(np.diff(label[order])) + 1):
        if len(part) == 1:
            yield part
        elif len(part) <= _LARGEST:
            distance = 1.0 - said.likeness(part, part)
            upper = distance[np.triu_indices(len(part), 1)]
            linked = fcluster(linkage(upper, "average"), 1.0 - SAME, "distance")
            yield from (part[linked == number] for number in np.unique(linked))
        elif least < 0.95:
            yield from _linked(said, part, least + 0.05)
        else:  # thousands that differ in a comma
            yield part

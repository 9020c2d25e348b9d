"""Why two messages are taken for one thing (相似的依据): the names of places and the words that stand in both.

What a person reads beside a score, drawn from the same things that `message.sameness` weighs: names as `names.places` finds them, the
catalogue's words, and wordings in common. Linear in the first 300 characters of each text for names and words; a wording costs
the square of them at most.
"""

from __future__ import annotations

from difflib import SequenceMatcher

from linli.methods.classify.catalogue import default_catalogue
from linli.methods.similar.names import places

_READ = 300
_MOST = 4
_STEM, _MORE = 2, 3
_EVERYWHERE = frozenset(["小区", "社区", "街道", "业主", "居民", "楼下"])
"""Words that half of all messages hold."""
_LEAST_WORDING = 4
"""Characters from which a stretch that both texts hold says something by itself."""


def shared(one: str, other: str) -> tuple[list[str], list[str]]:
    """What two texts have in common (共同之处): names of places, and words, in the order of the first text; four of each at most.

    Words are the catalogue's, or what two of them for one matter share (路灯 of 路灯坏了, 路灯不亮); where there is none, the longest stretch of four characters or more that both texts hold.
    Raises nothing on any text.
    """
    one, other = one[:_READ], other[:_READ]
    theirs = {key for _, key in places(other)}
    names = list(dict.fromkeys(_whole(name, one, other) for name, key in places(one) if key in theirs))
    words = [word for word in _words(one, other) if not any(word in name for name in names)]
    if not words:
        stretch = _stretch(one, other).strip()
        if len(stretch) >= _LEAST_WORDING and stretch not in names:
            words = [stretch[:20]]
    return _longest(names)[:_MOST], _longest(words)[:_MOST]


def _words(one: str, other: str) -> list[str]:
    """What words of the catalogue in both texts that speak for one matter have in common, at least two characters, in order."""
    scan = default_catalogue().scanner.scan
    theirs = {word: targets for _, _, word, targets in scan(other)}
    found = [
        _stretch(word, said)
        for _, _, word, targets in scan(one)
        for said, wanted in theirs.items()
        if not targets.keys().isdisjoint(wanted)
    ]
    return list(dict.fromkeys(word for word in found if len(word) > 1 and word not in _EVERYWHERE))


def _stretch(one: str, other: str) -> str:
    """The longest stretch that two texts share."""
    match = SequenceMatcher(None, one, other, autojunk=False).find_longest_match()
    return one[match.a : match.a + match.size]


def _whole(name: str, one: str, other: str) -> str:
    """A name as it stands in both texts, with what stands before it in both: names are found by their last characters (之城小区), and
    an estate may be 翠湖小区 in one and 翠湖花园 in the other."""
    name = name if name in other else name[:_STEM]
    at, to = one.index(name), other.index(name)
    more = 0
    while more < min(at, to, _MORE) and one[at - more - 1] == other[to - more - 1] and one[at - more - 1].isalnum():
        more += 1
    return one[at - more : at + len(name)]


def _longest(found: list[str]) -> list[str]:
    """Without those that stand in another."""
    return [word for word in found if not any(word != other and word in other for other in found)]

"""Hear danger to life or limb in what people write (险情), so that it takes the urgent path.

Method: the words of the catalogue's safety matters, found as in `classify`, and pairs of a thing and a sign of danger
that stand side by side (燃气管 … 挖断), found by one regular expression each. Nothing is learnt; what was heard is shown.
"""

from __future__ import annotations

import re
from functools import cache

from linli.methods.classify import LOOK, Catalogue, Span, default_catalogue, denied

_GAP = 8  # characters that may stand between a thing and what is wrong with it
# A danger is also denied by "not found", "prevented", or by being a drill or a lesson.
_NO_DANGER = re.compile(
    r"(?:没有|没|未|未见|未发现|没发现|没有发现|没有发生|未发生|不存在|无|不会|预防|防止|防范|严防|谨防|避免)"
    r"(?:出现|发生|任何|再|被|导致|造成)?$"
)
_LESSON = re.compile(r"(?:事故)?(?:应急)?(?:演练|演习|知识|预防|宣传|讲座|培训|保险|报警器|探测器|警报器)")
# Between a thing and a sign: then something else is broken ("燃气管道施工把路挖断", "电线杆上的广告掉下来").
_SOMETHING_ELSE = re.compile(r"[路沟门树杆漆]|水管|网线|光缆|广告|绿化")


def _side_by_side(things: tuple[str, ...], signs: tuple[str, ...]) -> re.Pattern[str]:
    """A thing and a sign of danger within a few characters of each other, in either order: 燃气管…挖断, 挖断…燃气管."""
    thing, sign = ("|".join(map(re.escape, words)) for words in (things, signs))
    gap = rf"((?:(?!{thing})[^。！？!?；;\n]){{0,{_GAP}}}?)"
    return re.compile(rf"(?:{thing}){gap}(?:{sign})|(?:{sign})((?:了|到|坏){{0,2}})(?:{thing})")


@cache
def _pairs_of(catalogue: Catalogue) -> tuple[re.Pattern[str], ...]:
    return tuple(_side_by_side(things, signs) for things, signs in catalogue.danger_pairs)


def _danger_denied(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - LOOK) : start]
    return bool(_NO_DANGER.search(before) or _LESSON.match(text, end, end + LOOK)) or denied(text, start, end)


def _breaks(gap: str) -> bool:
    """Whether what stands between a thing and a sign says that the sign is not the thing's, or is not there."""
    return bool(_SOMETHING_ELSE.search(gap) or _NO_DANGER.search(gap))


def is_danger(text: str, *, catalogue: Catalogue | None = None) -> Span | None:
    """Return the first word that reports danger to life or limb (险情), or None.

    The words are the strong ones of the catalogue's safety matters, and their pairs of a thing and a sign that stand
    side by side (燃气管 … 挖断); then the span goes from the one to the other. A danger denied ("没有漏电"), prevented or
    practised ("火灾演练") does not count; a danger feared ("担心漏电") does, because a false alarm costs less.
    Arguments: the text (title and body joined by the caller) and the catalogue. Raises nothing on any text.
    """
    catalogue = catalogue or default_catalogue()
    spans = [(start, end) for start, end, _, _ in catalogue.dangers.scan(text)]
    for pair in _pairs_of(catalogue):
        spans += [found.span() for found in pair.finditer(text) if not _breaks(found[1] or "")]
    for start, end in sorted(spans):
        if not _danger_denied(text, start, end):
            return Span(start, end, text[start:end])
    return None

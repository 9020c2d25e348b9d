"""Appeals about the same thing (相似诉求、热点诉求), with what makes them so; a person decides whether they belong together.

The database narrows first: what the actor may see, open, of the county and the last 90 days; then those that name the same
estate or road, the same community, the same matter and the newest, 200 at most. Only those are read and scored (`similar.message.sameness`), some 25 ms. The index of
`similar.stream`, kept in each process, would be quicker for a million candidates, but there are never so many: a county of 100,000
appeals a year has a few thousand open ones. Each process would hold it and follow every change of the others, and it would hold
words of appeals that an actor may not see; here nothing is kept and nothing is out of date.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linli.areas.appeals.flow import OPEN, State
from linli.areas.appeals.models import Appeal
from linli.commons.actor import Actor
from linli.kit.scope import prefixes, under, visible_to
from linli.methods.similar.groups import SAME, groups
from linli.methods.similar.message import Messages, Weights, read, sameness, weigh
from linli.methods.similar.names import places
from linli.methods.similar.why import shared

DAYS = 90
MOST = 200
"""Candidates that are read."""
AT_LEAST = SAME
READ, NAMES = 150, 3
"""Characters in which an appeal says where it is, and names that are looked for."""
COUNTY, COMMUNITY = 6, 12
"""Digits of their codes."""
MOST_HOT = 2000
COLUMNS = ("number", "title", "text", "place", "place_text", "matter", "state", "filed_at", "county", "brief")


@dataclass(frozen=True)
class Alike:
    """An open appeal that seems to be about the same thing (相似诉求).

    Args:
        score: sameness, 0..1. why: what both have in common, ready to be shown.
    """

    appeal: Appeal
    score: float
    why: str


def similar_open(actor: Actor, appeal: Appeal, top: int = 5) -> list[Alike]:
    """Similar open appeals that the actor may see (相似诉求), best first; of the same county and the last 90 days."""
    rows = _candidates(actor, appeal)
    if not rows:
        return []
    both = [appeal, *rows]
    messages = _messages(both)
    weights = (Weights.of(messages.names.ravel(), len(both)), Weights.of(messages.pairs.ravel(), len(both)))
    others = np.arange(1, len(both))
    scores = sameness(weigh(messages, *weights), np.zeros(len(rows), np.int64), others)
    best = [at for at in np.argsort(-scores, kind="stable")[:top].tolist() if scores[at] >= AT_LEAST]
    return [Alike(rows[at], float(scores[at]), _why(appeal, rows[at])) for at in best]


def _candidates(actor: Actor, appeal: Appeal) -> list[Appeal]:
    """What may be alike, nearest first: the same names, the same community, the same matter, the newest of the county."""
    since = timezone.now() - timedelta(days=DAYS)
    pool = visible_to(actor, Appeal.objects.filter(county=appeal.county, state__in=OPEN, filed_at__gte=since))
    pool = pool.exclude(pk=appeal.pk).select_related("place").order_by("-filed_at", "-pk")
    pool = pool.only(*COLUMNS)
    lots: list[QuerySet[Appeal]] = []
    named = Q()
    for name, _key in list(places(f"{appeal.title}，{appeal.text[:READ]}"))[:NAMES]:
        named |= Q(title__contains=name) | Q(text__contains=name)
    if named:
        lots.append(pool.filter(named))
    community = _community(appeal)
    if community:
        lots.append(pool.filter(under("place_id", community)))
    if appeal.matter_id:
        lots.append(pool.filter(matter_id=appeal.matter_id))
    found: dict[int, Appeal] = {}
    for share, lot in enumerate([*lots, pool], 1):
        # Each way in gets its share, so that a community with much on its hands does not crowd out the others.
        room = MOST * share // (len(lots) + 1) - len(found)
        found |= {row.pk: row for row in lot.exclude(pk__in=list(found))[:room]}
    return list(found.values())


@dataclass(frozen=True)
class Hot:
    """What several people reported (热点诉求): the appeals in order of time, and what they have in common."""

    appeals: tuple[Appeal, ...]
    why: str

    @property
    def places(self) -> list[str]:
        """Names of the places, each once."""
        return list(dict.fromkeys(row.place.name for row in self.appeals))

    @property
    def still_open(self) -> int:
        """How many are not finished."""
        return sum(row.state in OPEN for row in self.appeals)


def hot(actor: Actor, *, days: int, least: int) -> tuple[list[Hot], int]:
    """Groups of appeals about one matter at one place, among those that the actor may see (热点诉求), hottest first, HN 4.

    Made when asked for, from the newest `MOST_HOT` of the last days: then it is never out of date, and nobody's group holds what
    another may not see. Half a second. What was withdrawn or erased does not count.

    Returns: the groups of at least ``least``, and how many appeals were read.
    """
    rows = visible_to(actor, Appeal.objects.filter(filed_at__gte=timezone.now() - timedelta(days=days), erased=False))
    if len(actor.place) >= COUNTY:
        rows = rows.filter(county__code=actor.place[:COUNTY])  # finds the index; a post sees nothing of other counties
    rows = rows.exclude(state=State.WITHDRAWN).select_related("place").order_by("-filed_at", "-pk")
    read_rows = list(rows.only(*COLUMNS)[:MOST_HOT])
    found = groups(_messages(read_rows), least=least)
    parts = [part for group in found for part in _by_community([read_rows[at] for at in group.rows])]
    return [_hot(part) for part in parts if len(part) >= least], len(read_rows)


def _community(appeal: Appeal) -> str:
    """The community that an appeal's place lies in, "" where only a street or the county is known."""
    return next((code for code in prefixes(appeal.place_id) if len(code) == COMMUNITY), "")


def _by_community(rows: list[Appeal]) -> list[list[Appeal]]:
    """A group cut by community, largest part first: one matter at two places is two, however alike the words are.

    What is known for a street or the county only goes with the largest part.
    """
    parts: dict[str, list[Appeal]] = {}
    for row in rows:
        parts.setdefault(_community(row), []).append(row)
    unknown = parts.pop("", [])
    ordered = sorted(parts.values(), key=lambda part: -len(part)) or [[]]
    ordered[0] = sorted([*ordered[0], *unknown], key=lambda row: (row.filed_at, row.pk))
    return ordered


def _hot(rows: list[Appeal]) -> Hot:
    return Hot(tuple(rows), _common(*shared(_words(rows[0]), _words(rows[-1]))))


def _messages(rows: Sequence[Appeal]) -> Messages:
    """What matters of appeals, with the place that a person or the text gave."""
    epoch = rows[0].filed_at if rows else None
    return read(
        [f"{_where(row)} {row.title}" for row in rows],
        [row.text for row in rows],
        [(row.filed_at - epoch) / timedelta(days=1) for row in rows] if epoch else [],
    )


def _where(appeal: Appeal) -> str:
    """Where it is, in words, so far as it says more than the county."""
    place = appeal.place.name if appeal.place_id != appeal.county_id else ""
    return f"{place}{appeal.place_text}"


def _why(one: Appeal, other: Appeal) -> str:
    """What two appeals have in common: the place, the matter, the words, and how far apart in time."""
    common = _common(*shared(_words(one), _words(other)))
    parts = []
    if one.place_id == other.place_id != one.county_id:
        parts.append(_("同在%(place)s") % {"place": other.place.name})
    if one.matter_id and one.matter_id == other.matter_id:
        parts.append(_("同一事项"))
    if common:
        parts.append(common)
    days = abs((one.filed_at - other.filed_at).days)
    apart = ngettext("相隔 %(n)d 天", "相隔 %(n)d 天", days) % {"n": days}
    parts.append(apart if days else _("同一天"))
    return "；".join(parts)


def _words(appeal: Appeal) -> str:
    return f"{appeal.title}，{appeal.text}"


def _common(names: list[str], words: list[str]) -> str:
    """Names and words that both give, as a sentence; "" where there are none."""
    quoted = "".join(f"“{word}”" for word in (*names, *words))
    return _("都写到%(words)s") % {"words": quoted} if quoted else ""

"""Comments follow their provisions into a new text (意见跟着条文走)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from django.utils import timezone

from linli.areas.assembly.models import Anchor, Comment, Draft, DraftText, Group
from linli.areas.assembly.queries import Fate, Fates
from linli.commons.actor import Actor

BATCH = 500
"""Rows a statement; SQLite takes about a thousand values at once."""


def carry_over(draft: Draft, text: DraftText, fates: Fates, *, by: Actor) -> None:
    """Write where every comment and group of a draft stands in its new text; inside the action that stores the text."""
    now = timezone.now()
    rows = [
        Anchor(comment_id=pk, text=text, eid=fate.eid, how=fate.how, at=now, by=by.code)
        for pk, fate in fates.comments.items()
    ]
    Anchor.objects.bulk_create(rows, batch_size=100)
    for fate, keys in _by_fate(fates.comments.items()):
        Comment.objects.filter(pk__in=keys).update(now_eid=fate.eid, now_how=fate.how)
    for fate, keys in _by_fate(fates.groups.items()):
        Group.objects.filter(pk__in=keys).update(eid=fate.eid, how=fate.how)


def _by_fate(items: Iterable[tuple[int, Fate]]) -> Iterator[tuple[Fate, list[int]]]:
    found: defaultdict[Fate, list[int]] = defaultdict(list)
    for pk, fate in items:
        found[fate].append(pk)
    for fate, keys in found.items():
        for first in range(0, len(keys), BATCH):
            yield fate, keys[first : first + BATCH]


def stand(comment: Comment, text: DraftText, fate: Fate, *, by: Actor) -> None:
    """Write that one comment stands at a place of a version."""
    Anchor.objects.create(comment=comment, text=text, eid=fate.eid, how=fate.how, by=by.code)
    comment.now_eid, comment.now_how = fate.eid, fate.how

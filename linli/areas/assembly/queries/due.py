"""What waits for a post today (今日待办): drafts to answer, drafts for which a contact point collects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, Q

from linli.areas.assembly.flow import CommentState, DraftState
from linli.areas.assembly.models import Draft
from linli.areas.assembly.queries.seen import points_now
from linli.commons.actor import Actor
from linli.kit.clock import Clock
from linli.kit.scope import prefixes


@dataclass(frozen=True)
class Due:
    """A draft that waits (待办): what to do, how many comments wait, and the clock that runs, if one was set."""

    draft: Draft
    what: str
    waiting: int = 0
    clock: Clock | None = None


def due_today(actor: Actor) -> list[Due]:
    """Drafts that wait for the actor's post, those that were closed first."""
    if actor.body is None:
        return []
    return list(_to_answer(actor) if "assembly.weigh" in actor.powers else _to_collect(actor))


def _to_answer(actor: Actor) -> Iterator[Due]:
    rows = Draft.objects.filter(congress=actor.body, state__in=(DraftState.CLOSED, DraftState.OPEN))
    rows = rows.annotate(waiting=Count("comments", filter=Q(comments__state=CommentState.OPEN)))
    found = list(rows.order_by("until", "id"))
    keys = [row.trail_key for row in found]
    clocks = {row.subject: row for row in Clock.objects.filter(subject__in=keys, name="answer", stopped_at=None)}
    for row in found:
        waiting = row.waiting
        if row.state == DraftState.CLOSED:
            yield Due(row, "答复意见" if waiting else "公布采纳情况", waiting, clocks.get(row.trail_key))
    for row in found:
        if row.state == DraftState.OPEN and row.waiting:
            yield Due(row, "整理意见", row.waiting)


def _to_collect(actor: Actor) -> Iterator[Due]:
    """Only a body that hosts a contact point is asked to collect."""
    if "assembly.collect" not in actor.powers:
        return
    points = {point.pk: point for point in points_now().filter(host=actor.body)}
    if not points:
        return
    congresses = {point.congress_id for point in points.values()}
    rows = Draft.objects.filter(
        state=DraftState.OPEN, congress__code__in=congresses, place__code__in=prefixes(actor.place)
    ).prefetch_related("points")
    for row in rows.order_by("until", "id"):
        asked = {point.pk for point in row.points.all()}
        if not asked or asked & points.keys():
            yield Due(row, "征集意见")

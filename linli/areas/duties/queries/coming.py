"""What is coming (将到期的职责): duties of a body, or of all bodies one looks after, by the day until which they hold or are due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from linli.areas.duties.flow import State
from linli.areas.duties.models import CalendarKey
from linli.areas.duties.queries.board import boards_in
from linli.areas.duties.queries.seen import bodies_seen
from linli.areas.duties.queries.snapshot import snapshot_of
from linli.commons.actor import Actor, actor_of
from linli.commons.models import Body, Post
from linli.kit.scope import prefixes
from linli.law.types import Duty, Pack

AHEAD = timedelta(days=366)
COUNTY = 6


@dataclass(frozen=True)
class Coming:
    """A duty that falls due on a day, and whose it is."""

    day: date
    duty: Duty
    pack: Pack
    bodies: tuple[Body, ...]

    @property
    def basis(self) -> str:
        """Its legal id."""
        return f"{self.pack.id}.{self.duty.at}"


def coming_to(actor: Actor) -> list[Coming]:
    """Duties of the own body, and with the power to oversee those of the place and below, that fall due within a year.

    Above a county nothing is gathered: boards are made county by county.
    """
    if len(prefixes(actor.place)) < len(prefixes("0" * COUNTY)):
        return []
    snap = snapshot_of(actor.place)
    due: dict[tuple[date, str], list[Body]] = {}
    for board in boards_in(snap, bodies_seen(actor, snap.place)):
        for line in board.hard:
            if line.until is not None and snap.on <= line.until <= snap.on + AHEAD and line.state != State.LATE:
                due.setdefault((line.until, line.duty.id), []).append(board.body)
    known = {duty.id: duty for duty in snap.pack.duties}
    return [Coming(day, known[id], snap.pack, tuple(bodies)) for (day, id), bodies in sorted(due.items())]


def actor_of_key(secret: str) -> Actor | None:
    """Who acts in the post of a calendar's secret address; None when it was stopped or the post has ended."""
    held = Post.objects.filter(Post.current(), body__ended_on=None, user__is_active=True)
    post = held.filter(calendarkey__digest=CalendarKey.hash(secret), calendarkey__stopped_at=None)
    found = post.select_related("body", "user").first()
    return actor_of(found) if found is not None else None

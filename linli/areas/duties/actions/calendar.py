"""The secret address of a post's calendar of coming duties: made, and stopped."""

from __future__ import annotations

from django.utils import timezone

from linli.areas.duties.models import CalendarKey
from linli.commons.actor import Actor
from linli.commons.models import Body
from linli.kit import trail
from linli.kit.action import action
from linli.kit.errors import BadInput


@action("duties.see")
def share_calendar(*, by: Actor, body: Body) -> str:
    """Open the calendar of one's coming duties to a calendar program (开通日历订阅); the earlier address ends.

    Args: body, the own one. Returns: the secret part of the address, never shown again. Raises: BadInput for one without a post there.
    """
    if by.post is None or by.post.body_id != body.code:
        raise BadInput("只有在任的岗位可以订阅日历。", code="no_post")
    CalendarKey.objects.filter(post=by.post, stopped_at=None).update(stopped_at=timezone.now())
    secret = CalendarKey.fresh()
    row = CalendarKey.objects.create(post=by.post, digest=CalendarKey.hash(secret))
    trail.record("duties.calendar_shared", row, by=by)
    return secret


@action("duties.see")
def stop_calendar(*, by: Actor, body: Body) -> None:
    """End the address of one's calendar (停用日历订阅). Raises: BadInput when there is none."""
    row = CalendarKey.objects.filter(post=by.post, post__body=body, stopped_at=None).first()
    if row is None:
        raise BadInput("没有在用的订阅地址。", code="no_calendar")
    row.stopped_at = timezone.now()
    row.save(update_fields=["stopped_at"])
    trail.record("duties.calendar_stopped", row, by=by)

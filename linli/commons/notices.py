"""Notices on a body's desk (站内通知): read them, and say that they were read."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet
from django.utils import timezone

from linli.commons.actor import Actor
from linli.kit import trail
from linli.kit.action import action
from linli.kit.errors import BadInput, NotAllowed, WrongState
from linli.kit.notices.models import Notice
from linli.kit.scope import visible_to


def notices_of(actor: Actor) -> QuerySet[Notice]:
    """Notices that reached the actor's body, newest first."""
    return visible_to(actor, Notice.objects.exclude(sent_at=None)).order_by("-id")


@action("commons.read_notices", at="by")
def mark_read(*, by: Actor, chosen: Sequence[str] | None = None) -> int:
    """Mark notices of the own body as read (标为已读); return how many were unread until now.

    Args:
        chosen: their ids as text; None marks all.

    Raises:
        BadInput: none was chosen. WrongState: a colleague was faster. NotAllowed: nobody's body.
    """
    if by.body is None:
        raise NotAllowed("请以单位岗位查看通知。", code="no_body")
    rows = notices_of(by).filter(read_at=None)
    if chosen is not None:
        ids = [int(one) for one in chosen if one.isascii() and one.isdigit() and len(one) < 19]
        if not ids:
            raise BadInput("请先勾选要标为已读的通知。", code="none_chosen")
        rows = rows.filter(pk__in=ids)
    keys = list(rows.values_list("pk", flat=True)[:1000])
    count = Notice.objects.filter(pk__in=keys, read_at=None).update(read_at=timezone.now())
    if not count:
        raise WrongState("这些通知已经读过，可能是同事先看了。", code="wrong_state")
    trail.record("commons.notice_read", by.body, by=by, facts={"notices": keys})
    return count

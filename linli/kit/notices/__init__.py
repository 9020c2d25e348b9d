"""Notices (通知): written in the transaction that causes them, sent after it, tried again when a channel fails.

One module per channel (`desk`, `null`); a channel has one function `send(notice)`.
"""

from __future__ import annotations

from importlib import import_module

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.utils import timezone

from linli.kit import rows
from linli.kit.notices.models import Notice

MAX_ATTEMPTS = 8
MANY = 100
"""Unread notices that are counted; what waits beyond is “99+”."""


def notify(*, body: str, subject: str, place: str, text: str, url: str = "", channel: str = "") -> Notice:
    """Put one notice into the outbox of the running transaction.

    Args:
        body: code of the body told. subject: trail key it is about. text: one Chinese sentence, without personal data.
        url: page to open. channel: module name; default: the setting LINLI_CHANNEL.
    """
    notice = Notice(
        channel=channel or settings.LINLI_CHANNEL, body=body, subject=subject, place=place, text=text, url=url
    )
    rows.insert([notice])
    return notice


def unread(body: str) -> int:
    """How many notices wait on a body's desk (未读), counted up to `MANY`; by hand, for every page of the workbench says it."""
    waiting = "SELECT 1 AS one FROM kit_notice WHERE body = %s AND read_at IS NULL AND sent_at IS NOT NULL LIMIT %s"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM ({waiting}) AS waiting", (body, MANY))
        return int(cursor.fetchone()[0])


def deliver(limit: int = 200) -> int:
    """Send what waits in the outbox, oldest first; return how many went out. A failing notice does not hold up others."""
    sent = 0
    waiting = Notice.objects.filter(sent_at=None, attempts__lt=MAX_ATTEMPTS).order_by("id")[:limit]
    for notice in waiting:
        try:
            import_module(f"linli.kit.notices.{notice.channel}").send(notice)
        except Exception as error:  # any channel may fail in any way; the reason is kept and it is tried again
            Notice.objects.filter(pk=notice.pk).update(attempts=F("attempts") + 1, error=str(error)[:300])
        else:
            sent += Notice.objects.filter(pk=notice.pk, sent_at=None).update(sent_at=timezone.now(), error="")
    return sent

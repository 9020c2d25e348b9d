"""Limits on guessing (防猜测): a small counter per key and window, in the database so that every process sees it."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_noop

from linli.kit.errors import TooMany
from linli.kit.privacy import label


class Attempt(models.Model):
    """Failed attempts under one key (失败次数)."""

    key = models.CharField("键", max_length=100, primary_key=True)
    count = models.PositiveIntegerField("次数", default=0)
    since = models.DateTimeField("起于")
    until = models.DateTimeField("暂停至", null=True)

    LABELS = label(L3="key", L2="count since until")


def check(key: str, *, most: int, minutes: int) -> None:
    """Refuse when a key has failed too often within the window.

    Raises:
        TooMany: `most` failures lie within the last `minutes`.
    """
    since = timezone.now() - timedelta(minutes=minutes)
    if Attempt.objects.filter(key=key, since__gt=since, count__gte=most).exists():
        raise TooMany(
            gettext_noop("尝试次数过多，请 %(minutes)s 分钟后再试，或拨打社区电话查询。"),
            said={"minutes": minutes},
            code="too_many",
        )


def failed(key: str, *, minutes: int) -> None:
    """Count one failure; a window that has run out begins anew."""
    now = timezone.now()
    row, created = Attempt.objects.get_or_create(key=key, defaults={"count": 1, "since": now})
    if created:
        return
    if row.since < now - timedelta(minutes=minutes):
        Attempt.objects.filter(pk=key).update(count=1, since=now)
    else:
        Attempt.objects.filter(pk=key).update(count=F("count") + 1)


CALM = 60
"""Minutes without a failure after which a growing delay begins anew."""


def is_held(key: str) -> bool:
    """Whether a key must still wait (暂停中)."""
    return Attempt.objects.filter(key=key, until__gt=timezone.now()).exists()


def slow_down(key: str, *, free: int, most: int) -> None:
    """Count one failure; from the `free`-th on the key waits 1, 2, 4 … at most `most` minutes (递增的等待)."""
    now = timezone.now()
    Attempt.objects.filter(key=key, since__lt=now - timedelta(minutes=CALM)).delete()
    row, created = Attempt.objects.get_or_create(key=key, defaults={"count": 1, "since": now})
    if not created:
        Attempt.objects.filter(pk=key).update(count=F("count") + 1, since=now)
        row.refresh_from_db()
    if row.count >= free:
        minutes = min(2 ** min(row.count - free, 10), most)
        Attempt.objects.filter(pk=key).update(until=now + timedelta(minutes=minutes))


def forget(key: str) -> None:
    """Forget the failures of a key: it succeeded, or somebody lifted the wait."""
    Attempt.objects.filter(key=key).delete()


def sweep() -> int:
    """Delete what has been calm for a day (定时清理)."""
    gone, _ = Attempt.objects.filter(since__lt=timezone.now() - timedelta(days=1)).delete()
    return gone

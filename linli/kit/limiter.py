"""Limits on guessing (防猜测): a small counter per key and window, in the database so that every process sees it."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import F
from django.utils import timezone

from linli.kit.errors import TooMany
from linli.kit.privacy import label


class Attempt(models.Model):
    """Failed attempts under one key (失败次数)."""

    key = models.CharField("键", max_length=100, primary_key=True)
    count = models.PositiveIntegerField("次数", default=0)
    since = models.DateTimeField("起于")

    LABELS = label(L3="key", L2="count since")


def check(key: str, *, most: int, minutes: int) -> None:
    """Refuse when a key has failed too often within the window.

    Raises:
        TooMany: `most` failures lie within the last `minutes`.
    """
    since = timezone.now() - timedelta(minutes=minutes)
    if Attempt.objects.filter(key=key, since__gt=since, count__gte=most).exists():
        raise TooMany(f"尝试次数过多，请 {minutes} 分钟后再试，或拨打社区电话查询。", code="too_many")


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

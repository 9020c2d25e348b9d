"""Periodic work (定时任务): a row per job, claimed before it runs, caught up after downtime."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db import close_old_connections, models
from django.db.models import Q
from django.utils import timezone

from linli.kit.privacy import label

log = logging.getLogger("linli.schedule")


@dataclass(frozen=True)
class Every:
    """A job and how often it runs."""

    seconds: int
    run: Callable[[], object]


class Job(models.Model):
    """When a job ran last and when it is due (定时任务)."""

    name = models.CharField("任务", max_length=60, primary_key=True)
    due_at = models.DateTimeField("下次")
    ran_at = models.DateTimeField("上次", null=True)
    error = models.CharField("错误", max_length=300, blank=True)

    LABELS = label(L2="name due_at ran_at error")


def run_due(jobs: Mapping[str, Every]) -> list[str]:
    """Run every job that is due; each is idempotent, so one that died half-way simply runs again.

    Claiming is one compare-and-set: of several processes one wins.
    """
    ran = []
    for name, job in jobs.items():
        now = timezone.now()
        Job.objects.get_or_create(name=name, defaults={"due_at": now})
        # A date further ahead than two rounds was set while the machine's clock was wrong.
        due = Q(due_at__lte=now) | Q(due_at__gt=now + timedelta(seconds=2 * job.seconds))
        claimed = Job.objects.filter(due, name=name).update(due_at=now + timedelta(seconds=job.seconds), ran_at=now)
        if not claimed:
            continue
        try:
            job.run()
            error = ""
        except Exception as caught:  # one broken job must not stop the others; the reason stays on its row
            log.exception("job %s failed", name)
            error = str(caught)[:300]
        Job.objects.filter(name=name).exclude(error=error).update(error=error)
        ran.append(name)
    return ran


def run_forever(jobs: Mapping[str, Every], stop: threading.Event, pause: float = 5.0) -> None:
    """Loop of the background thread, until `stop` is set."""
    while not stop.wait(pause):
        try:
            run_due(jobs)
        except Exception:  # the database may be away for a while; try again
            log.exception("schedule")
        finally:
            close_old_connections()

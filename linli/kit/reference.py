"""Reference data kept in memory (基础数据): what every request reads and hardly anybody changes, as places and settings.

A table of one row holds a stamp. Triggers of the database give it a new random value in the same transaction that changes
any watched table, whoever does it and by whatever way. What was loaded under a stamp is used as long as the stamp is read
again unchanged; so every process sees a change from its commit on, and a change that is rolled back leaves nothing behind.
See docs/adr/0008-reference-data-in-memory.md.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from django.db import connection, models
from django.http import HttpRequest

from linli.kit.privacy import label

T = TypeVar("T")

MOST = 5_000
"""How many things a process keeps at once; beyond that it begins anew."""


class Reference(models.Model):
    """The stamp of all reference data (基础数据版本); written by triggers only."""

    stamp = models.CharField("版本", max_length=36)

    LABELS = label(L2="id stamp")

    class Meta:
        verbose_name = "基础数据版本"


@dataclass(frozen=True)
class _Kept:
    """What was loaded under one stamp."""

    stamp: str
    things: dict[Hashable, Any] = field(default_factory=dict)


_kept = _Kept("")


class Stamp:
    """The stamp as a block read it, at its first look-up (所读版本)."""

    def __init__(self) -> None:
        self._read: str | None = None

    def get(self) -> str:
        """The stamp; "" when there is none, and then nothing is kept."""
        if self._read is None:
            self._read = _read()
        return self._read


_held: ContextVar[Stamp | None] = ContextVar("linli_reference_held", default=None)


def _read() -> str:
    """The stamp as this transaction sees it; "" when there is none, and then nothing is kept."""
    with connection.cursor() as cursor:  # by hand: it is read on every request
        cursor.execute("SELECT stamp FROM kit_reference WHERE id = 1")
        row = cursor.fetchone()
    return row[0] if row else ""


@contextmanager
def held(earlier: Stamp | None = None) -> Iterator[None]:
    """Read the stamp once for a block, or for the function that this decorates, instead of once per look-up.

    Only where nothing inside changes reference data: it would not see its own change.

    Args:
        earlier: what an earlier block read, when nothing was changed since.
    """
    stamp = _held.get() or earlier or Stamp()
    token = _held.set(stamp)
    try:
        yield
    finally:
        _held.reset(token)


def held_for(request: HttpRequest) -> AbstractContextManager[None]:
    """`held`, for who acts and for what is then done: the second block of a request uses what the first one read (本次请求).

    Only where the request has changed no reference data before the block.
    """
    if not hasattr(request, "reference"):
        request.reference = Stamp()  # type: ignore[attr-defined]
    return held(request.reference)  # type: ignore[attr-defined]


def kept(key: Hashable, load: Callable[[], T]) -> T:
    """What `load` gives, from memory as long as no reference data has changed since.

    Args:
        key: names the thing among all that is kept. load: reads watched tables only; what it returns is shared by all
            threads, so that nobody may change it.
    """
    global _kept
    block = _held.get()
    stamp = _read() if block is None else block.get()
    if not stamp:
        return load()
    mine = _kept
    if mine.stamp != stamp or len(mine.things) >= MOST:
        mine = _kept = _Kept(stamp)
    if key not in mine.things:
        mine.things[key] = load()
    return cast(T, mine.things[key])

"""Who uses the data folder now (占用), and whether a restore was cut off."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows, where the program is run inside WSL2
    fcntl = None  # type: ignore[assignment]

RESTORING = "restoring.txt"
SERVING = "serving.lock"
DAY = 24 * 3600


def unfinished(data: Path) -> str:
    """What a restore that was cut off wrote down; "" when there is none."""
    mark = data / RESTORING
    return mark.read_text("utf-8", "replace").strip() if mark.exists() else ""


@contextmanager
def restoring(data: Path, note: str) -> Iterator[None]:
    """Mark the data folder as being restored; the mark stays when the work is cut off or fails."""
    mark = data / RESTORING
    mark.write_text(note + "\n", "utf-8")
    sync(data)
    yield
    mark.unlink()
    sync(data)


@contextmanager
def using(data: Path, *, alone: bool) -> Iterator[bool]:
    """Hold the data folder: a server shares it with others, a restore must be alone.

    Yields: whether it was to be had. The kernel lets go when the process dies.
    """
    if fcntl is None:
        yield True
        return
    handle = os.open(data / SERVING, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        got = False
        with suppress(BlockingIOError):
            fcntl.flock(handle, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
            got = True
        yield got
    finally:
        os.close(handle)


def sweep(data: Path) -> None:
    """Remove the working folders of backups and restores that were killed a day ago or more; they hold plain data."""
    for folder in [*data.glob(".backup-*"), *data.glob(".restore-*")]:
        if time.time() - folder.stat().st_mtime > DAY:
            shutil.rmtree(folder, ignore_errors=True)


def sync(folder: Path) -> None:
    """See a folder's entries onto the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

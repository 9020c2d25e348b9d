"""The one lock under which all processes write (写锁).

SQLite's own lock is not fair: a waiting writer sleeps and tries again, and a busy one has the lock back long before.
Here a writer first passes a turnstile (`<db>.turn`), waits there for the lock (`<db>.lock`), and leaves the turnstile
once it has it. A busy writer that comes back finds the turnstile taken and cannot overtake who waits inside.

The kernel drops an flock when its process dies, so a killed writer blocks nobody. The two files stay empty and are
never deleted: a deleted lock file would let two writers hold two different locks of one name.
"""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: see _try_thread_lock
    HAS_FLOCK = False
else:
    HAS_FLOCK = True

FIRST_PAUSE = 0.0005
LONGEST_PAUSE = 0.004
_thread_locks: dict[str, threading.Lock] = {}

Release = Callable[[], None]


class LockTimeout(Exception):
    """The lock was not free in time (写锁超时)."""


class WriteLock:
    """One connection's claim on the write lock of its database file (写锁).

    Each claim opens the lock file anew, so that flock keeps apart the threads of one process as well as processes.

    Arguments:
        path: the database file, or "" for a database in memory, which needs no lock.
        timeout: longest wait in seconds.
    """

    def __init__(self, path: str, timeout: float) -> None:
        self.path = str(Path(path).resolve()) if path else ""
        self.timeout = timeout
        self._release: Release | None = None

    @property
    def held(self) -> bool:
        """Whether this connection has the lock."""
        return self._release is not None

    def acquire(self) -> None:
        """Take the lock, unless it is already held or the database is in memory.

        Raises: LockTimeout after `timeout` seconds; OSError when a lock file cannot be opened.
        """
        if self.held or not self.path:
            return
        deadline = time.monotonic() + self.timeout
        leave_turnstile = _wait_for(self.path + ".turn", deadline)
        try:
            self._release = _wait_for(self.path + ".lock", deadline)
        finally:
            leave_turnstile()

    def release(self) -> None:
        """Give the lock back; nothing happens when it is not held."""
        release, self._release = self._release, None
        if release is not None:
            release()


def _wait_for(path: str, deadline: float) -> Release:
    """Return the function that releases the lock on `path`, once it is ours. Raises LockTimeout, OSError."""
    attempt = _try_flock if HAS_FLOCK else _try_thread_lock
    pause = FIRST_PAUSE
    while (release := attempt(path)) is None:
        if time.monotonic() >= deadline:
            raise LockTimeout(path)
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
    return release


def _try_flock(path: str) -> Release | None:
    """Take the flock on `path` if it is free. Read access is enough, so accounts sharing a database can share it."""
    file = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    except BaseException:
        os.close(file)
        raise

    def release() -> None:
        # Closing alone would leave the lock with a child forked meanwhile, which has a copy of the descriptor.
        fcntl.flock(file, fcntl.LOCK_UN)
        os.close(file)

    return release


def _try_thread_lock(path: str) -> Release | None:
    """Take a lock of this process only: where flock is missing (Windows) Linli must run as a single process.

    A second process is then held back by SQLite's own lock and its busy timeout: safe, but not fair.
    """
    lock = _thread_locks.setdefault(path, threading.Lock())
    return lock.release if lock.acquire(blocking=False) else None

"""SQLite connections and cursors that write only under the write lock (持锁连接).

Every statement that may write takes the lock first: BEGIN IMMEDIATE of `atomic()`, and a single statement outside of
it. The lock is given back as soon as SQLite is out of the transaction. Reads never take it. The rule lives here and not
in `atomic()`, so that raw SQL and the command line obey it as well.
"""

import re
import threading
import weakref
from collections.abc import Callable, Iterator
from itertools import islice
from sqlite3 import dbapi2 as Database
from typing import Any, Self

from linli.kit.disk import reason
from linli.kit.sqlite.lock import LockTimeout, WriteLock

TIMEOUT_SECONDS = 20
# Whatever is not known to be a read counts as a write: a lock too many costs milliseconds, one too few starves others.
READ = re.compile(
    r"\s*(?:SELECT|VALUES|EXPLAIN"
    r"|WITH\b(?!.*\b(?:INSERT|UPDATE|DELETE|REPLACE\s+INTO)\b)"
    r"|PRAGMA\s+(?!optimize|incremental_vacuum|(?:journal_mode|user_version|application_id)\s*[=(]))\b",
    re.IGNORECASE | re.DOTALL,
)


class LockedConnection(Database.Connection):
    """A SQLite connection that knows its write lock (持锁连接)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # SQLite itself says which file this is (URI or path), "" for a database in memory.
        path = super().cursor().execute("PRAGMA database_list").fetchone()[2]
        self.lock = WriteLock(path, kwargs.get("timeout", TIMEOUT_SECONDS))
        _of_this_thread.connections.open.add(self)

    def claim(self, sql: str) -> None:
        """Take the lock if `sql` may write.

        Raises: sqlite3.OperationalError (Django's OperationalError outside) when the lock is not to be had.
        """
        if READ.match(sql):
            return
        try:
            self.lock.acquire()
        except LockTimeout as error:
            raise Database.OperationalError(
                f"等待数据库写锁超过 {self.lock.timeout:g} 秒，本次未保存：另一个进程或线程一直在写入。"
                "请稍后重试；若反复出现，请检查是否有长时间运行的导入或命令。"
            ) from error
        except OSError as error:
            raise Database.OperationalError(
                f"无法打开数据库写锁文件（{reason(error)}），本次未保存：请检查数据库所在目录是否存在、可写。"
            ) from error

    def settle(self) -> None:
        """Give the lock back unless a transaction is open."""
        if self.lock.held and not self.in_transaction:
            self.lock.release()

    def cursor(self, factory: Any = None) -> Any:
        """Return a cursor that obeys the lock, also for `execute` called on the connection itself."""
        return super().cursor(factory or LockedCursor)

    def commit(self) -> None:
        """Commit and give the lock back; a failed commit leaves the transaction, and so the lock, in place."""
        try:
            super().commit()
        finally:
            self.settle()

    def rollback(self) -> None:
        """Roll back and give the lock back."""
        try:
            super().rollback()
        finally:
            self.settle()

    def close(self) -> None:
        """Close, which rolls back what is open, and give the lock back."""
        try:
            super().close()
        finally:
            self.lock.release()


class _ThreadConnections:
    """The connections one thread opened; when the thread ends, what it left open is rolled back."""

    def __init__(self) -> None:
        self.open: weakref.WeakSet[LockedConnection] = weakref.WeakSet()

    def __del__(self) -> None:
        for connection in self.open:
            if connection.lock.held:
                connection.rollback()


class _OfThisThread(threading.local):
    def __init__(self) -> None:
        self.connections = _ThreadConnections()


_of_this_thread = _OfThisThread()


class LockedCursor(Database.Cursor):
    """A cursor whose writing statements run under the connection's lock (持锁游标).

    SQLite commits an INSERT … RETURNING outside a transaction only when its rows have been fetched. They are therefore
    fetched at once, under the lock, and handed out from memory.
    """

    _rows: Iterator[Any] | None = None

    def execute(self, *args: Any) -> Self:
        """As in sqlite3, under the lock."""
        return self._run(super().execute, args)

    def executemany(self, *args: Any) -> Self:
        """As in sqlite3, under the lock."""
        return self._run(super().executemany, args)

    def executescript(self, *args: Any) -> Self:
        """As in sqlite3, under the lock."""
        return self._run(super().executescript, args)

    def _run(self, method: Callable[..., Any], args: tuple[Any, ...]) -> Self:
        connection: LockedConnection = self.connection  # type: ignore[assignment]
        self._rows = None
        try:
            connection.claim(args[0])
            method(*args)
            if connection.lock.held and not connection.in_transaction and self.description is not None:
                self._rows = iter(super().fetchall())
        finally:
            connection.settle()
        return self

    def __next__(self) -> Any:
        return super().__next__() if self._rows is None else next(self._rows)

    def fetchone(self) -> Any:
        """As in sqlite3."""
        return super().fetchone() if self._rows is None else next(self._rows, None)

    def fetchmany(self, size: int | None = 1) -> list[Any]:
        """As in sqlite3."""
        return super().fetchmany(size) if self._rows is None else list(islice(self._rows, size))

    def fetchall(self) -> list[Any]:
        """As in sqlite3."""
        return super().fetchall() if self._rows is None else list(self._rows)

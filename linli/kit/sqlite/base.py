"""Django's SQLite backend with one writer at a time, a safe journal and durable commits (单写锁 SQLite 后端)."""

from sqlite3 import dbapi2 as Database
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.sqlite3 import base as django_sqlite
from django.utils.asyncio import async_unsafe

from linli.kit.sqlite.connection import TIMEOUT_SECONDS, LockedConnection, LockedCursor
from linli.kit.sqlite.driver import journal_mode_for

SYNCHRONOUS = ("OFF", "NORMAL", "FULL", "EXTRA")


class DjangoCursor(django_sqlite.SQLiteCursorWrapper, LockedCursor):  # type: ignore[misc]  # ours takes any arguments
    """Django's cursor, which rewrites %s, over ours."""


class DatabaseWrapper(django_sqlite.DatabaseWrapper):
    """Django's SQLite backend with the lock, and with settings that no configuration can weaken (数据库连接)."""

    def get_connection_params(self) -> dict[str, Any]:
        """Return Django's parameters with our timeout and connection class; transactions are always IMMEDIATE."""
        params = {"timeout": TIMEOUT_SECONDS, **super().get_connection_params(), "factory": LockedConnection}
        self.transaction_mode = "IMMEDIATE"
        return params

    @async_unsafe
    def get_new_connection(self, conn_params: dict[str, Any]) -> LockedConnection:
        """Open the file and make it safe (trust: WAL only on a sound version, FULL, no memory map).

        Raises: sqlite3.OperationalError when the file cannot be brought into the journal mode its version requires.
        """
        connection: LockedConnection = super().get_new_connection(conn_params)
        for pragma in ("foreign_keys = ON", "synchronous = FULL", "mmap_size = 0"):
            connection.execute(f"PRAGMA {pragma}")
        if connection.lock.path:
            _set_journal_mode(connection, journal_mode_for(Database.sqlite_version_info))
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        """Return a cursor that obeys the lock."""
        return self.connection.cursor(factory=DjangoCursor)

    def _set_autocommit(self, autocommit: bool) -> None:
        with self.wrap_database_errors:
            self.connection.isolation_level = None if autocommit else "IMMEDIATE"


def _set_journal_mode(connection: LockedConnection, wanted: str) -> None:
    """Bring the file into journal mode `wanted`. Raises sqlite3.OperationalError when others keep it in another."""
    if _pragma(connection, "journal_mode") == wanted.lower():
        return
    try:
        found = _pragma(connection, f"journal_mode = {wanted}")
    except Database.OperationalError as error:
        found = str(error)
    if found != wanted.lower():
        raise Database.OperationalError(
            f"数据库不能改为 {wanted} 日志模式（SQLite {Database.sqlite_version}，{found}）。"
            "请停止使用该数据库的其他进程后重试。"
        )


def _pragma(connection: Any, pragma: str) -> Any:
    """Return the single value that PRAGMA `pragma` answers."""
    return connection.execute(f"PRAGMA {pragma}").fetchone()[0]


def durability(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Return what the durability of `connection` rests on, for `linli check` (持久性设置).

    Keys: version (of SQLite), journal_mode, synchronous, lock (the lock file; "" for a database in memory).
    """
    connection.ensure_connection()
    raw = connection.connection
    return {
        "version": Database.sqlite_version,
        "journal_mode": str(_pragma(raw, "journal_mode")).upper(),
        "synchronous": SYNCHRONOUS[_pragma(raw, "synchronous")],
        "lock": raw.lock.path and f"{raw.lock.path}.lock",
    }

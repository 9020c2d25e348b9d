"""A consistent copy of the database, taken while others write (数据库快照), and its way back."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import closing
from pathlib import Path
from sqlite3 import dbapi2
from typing import Any

from django.db import connection, transaction

from linli.site.backup.contents import POSTGRESQL, SQLITE
from linli.site.commands.prepare import Trouble, release_database

HEADS = "SELECT unit, seq, hash FROM kit_chainhead ORDER BY unit"
MIGRATIONS = "SELECT app, name FROM django_migrations ORDER BY app, name"


def take(folder: Path) -> tuple[Path, dict[str, Any]]:
    """Copy the database as it stands at one moment into a folder; writers go on writing.

    Returns: the copy, and what is in it: engine, rows per table, heads of the chains, migrations.
    Raises: Trouble: the copy is not sound, or PostgreSQL's own tools are missing.
    """
    if connection.vendor == "sqlite":
        target = folder / SQLITE
        copy_sqlite(Path(connection.settings_dict["NAME"]), target)
        with closing(dbapi2.connect(target)) as raw:
            facts = describe(lambda sql: raw.execute(sql).fetchall(), connection.introspection.table_names())
        return target, {"vendor": "sqlite", "engine": dbapi2.sqlite_version, **facts}
    return _dump_postgresql(folder / POSTGRESQL)


def describe(ask: Any, tables: list[str]) -> dict[str, Any]:
    """Rows per table, heads and migrations. Args: ask: runs one query and returns all rows."""
    return {
        "counts": {table: ask(f'SELECT count(*) FROM "{table}"')[0][0] for table in sorted(tables)},
        "heads": {unit: [seq, digest] for unit, seq, digest in ask(HEADS)},
        "migrations": [f"{app}.{name}" for app, name in ask(MIGRATIONS)],
    }


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy a SQLite file by its backup interface, in one read transaction. Raises: Trouble: the copy is not sound."""
    with closing(dbapi2.connect(f"file:{source}?mode=ro", uri=True)) as live, closing(dbapi2.connect(target)) as copy:
        target.chmod(0o600)
        live.execute("PRAGMA busy_timeout = 20000")
        live.backup(copy, pages=-1)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
    check_sqlite(target)


def check_sqlite(path: Path) -> None:
    """Raises: Trouble: the file is no sound database."""
    try:
        with closing(dbapi2.connect(path)) as raw:
            found = raw.execute("PRAGMA integrity_check").fetchone()[0]
            broken = raw.execute("PRAGMA foreign_key_check").fetchone()
    except dbapi2.DatabaseError as error:
        found, broken = str(error), None
    if found != "ok" or broken:
        raise Trouble(
            f"数据库文件不完整（{found if found != 'ok' else '外键缺失'}），没有继续。请先查明，或用更早的备份。"
        )


def tool(name: str) -> str:
    """One of PostgreSQL's own programs, the newest installed. Raises: Trouble: it is not there."""
    versions = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"),
        key=lambda path: int(path.parts[-3]) if path.parts[-3].isdigit() else 0,
    )
    found = str(versions[-1]) if versions else shutil.which(name)
    if not found:
        raise Trouble(f"没有找到 {name}。备份和恢复 PostgreSQL 需要它自己的工具，请安装 postgresql-client。")
    return found


def run_tool(name: str, *words: str) -> None:
    """Run a PostgreSQL program on the configured database. Raises: Trouble with its own last words."""
    given = connection.settings_dict
    asked = {
        "PGHOST": given["HOST"],
        "PGPORT": given["PORT"],
        "PGUSER": given["USER"],
        "PGPASSWORD": given["PASSWORD"],
    }
    env = {**os.environ, **{key: str(value) for key, value in asked.items() if value}}
    command = [tool(name), *words, "--dbname", str(given["NAME"])]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        last = " ".join(done.stderr.split())[-400:]
        raise Trouble(f"{name} 没有成功：{last}")


def _dump_postgresql(target: Path) -> tuple[Path, dict[str, Any]]:
    """Dump with pg_dump; counts and heads are read from the same snapshot."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")

        def ask(sql: str) -> list[Any]:
            cursor.execute(sql)
            return list(cursor.fetchall())

        snapshot = ask("SELECT pg_export_snapshot()")[0][0]
        engine = ask("SHOW server_version")[0][0]
        facts = describe(ask, [row[0] for row in ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")])
        target.touch(0o600)
        run_tool(
            "pg_dump", "--format=custom", "--compress=1", "--no-owner", "--no-privileges", "--schema=public",
            f"--snapshot={snapshot}", f"--file={target}",
        )  # fmt: skip
    return target, {"vendor": "postgresql", "engine": engine, **facts}


def load_postgresql(dump: Path, aside: str) -> None:
    """Put a dump in the place of the schema `public`, which is kept under the name `aside`.

    Raises: Trouble: the dump does not load; the old schema is back in its place then.
    """
    release_database()
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER SCHEMA public RENAME TO "{aside}"')
        cursor.execute("CREATE SCHEMA public")
    release_database()
    try:
        # Without --schema the dump would try to make the schema that has just been made.
        run_tool(
            "pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", "--schema=public",
            str(dump),
        )  # fmt: skip
    except BaseException:
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE")
            cursor.execute(f'ALTER SCHEMA "{aside}" RENAME TO public')
        raise


def counts_now(tables: list[str]) -> dict[str, int]:
    """Rows per table as they are now."""
    with connection.cursor() as cursor:
        found = {}
        for table in tables:
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            found[table] = int(cursor.fetchone()[0])
    return found

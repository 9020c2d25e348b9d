"""A process that writes through the backend; test_sqlite starts it by name of the part it plays, and may kill it.

It has settings of its own, so that the backend is tested apart from the project's.
"""

# ruff: noqa: E402
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from linli.kit.sqlite import driver

driver.install()

import sqlite3

from django.conf import settings

part, path = sys.argv[1:3]
settings.configure(
    DATABASES={
        "default": {
            "ENGINE": "linli.kit.sqlite",
            "NAME": path,
            "OPTIONS": {"timeout": float(os.environ.get("WAIT", "20"))},
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)

import django

django.setup()

from django.db import OperationalError, connection, models, transaction

from linli.kit.sqlite.base import durability


class Line(models.Model):
    """One line written; `pair` says which of the two lines of a transaction it is."""

    writer = models.CharField(max_length=40)
    number = models.IntegerField()
    pair = models.IntegerField(default=0)
    objects: models.Manager["Line"] = models.Manager()

    class Meta:
        app_label = "kit"


def create() -> None:
    """Create the table."""
    with connection.schema_editor() as editor:
        editor.create_model(Line)


def held() -> bool:
    """Whether this thread's connection holds the write lock."""
    return bool(connection.connection.lock.held)


def report(**facts: object) -> None:
    """Print facts as one line of JSON, at once."""
    print(json.dumps(facts), flush=True)


def busy() -> None:
    """Write as fast as it goes, in transactions of about 20 ms, until told to stop."""
    report(ready=True)
    commits, end = 0, time.monotonic() + float(sys.argv[3])
    while time.monotonic() < end:
        with transaction.atomic():
            Line.objects.create(writer="busy", number=commits)
            time.sleep(0.02)
        commits += 1
    report(commits=commits)


def light() -> None:
    """Write one line every 30 ms and measure how long each took."""
    report(ready=True)
    waits: list[float] = []
    end = time.monotonic() + float(sys.argv[3])
    while time.monotonic() < end:
        started = time.monotonic()
        Line.objects.create(writer="light", number=len(waits))
        waits.append(time.monotonic() - started)
        time.sleep(0.03)
    report(commits=len(waits), worst_ms=max(waits) * 1000)


def acknowledge() -> None:
    """Write two lines a transaction and name the number on standard output only when it is committed."""
    number = 0
    while True:
        with transaction.atomic():
            for pair in (0, 1):
                Line.objects.create(writer=sys.argv[3], number=number, pair=pair)
        os.write(1, f"{number}\n".encode())
        number += 1


def hold() -> None:
    """Take the lock, say so, and keep it."""
    with transaction.atomic():
        Line.objects.create(writer="hold", number=0)
        report(held=held())
        time.sleep(60)


def once() -> None:
    """Write one line and say how long it took, or which error came."""
    started = time.monotonic()
    try:
        Line.objects.create(writer="once", number=0)
        error = ""
    except OperationalError as caught:
        error = str(caught)
    report(seconds=time.monotonic() - started, error=error, held=held())


def read() -> None:
    """Count the lines in every way a read can be written."""
    started = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute("WITH few AS (SELECT 1 AS a) SELECT a FROM few")
        cursor.execute("EXPLAIN DELETE FROM kit_line")
        cursor.execute("PRAGMA user_version")
    report(lines=Line.objects.count(), seconds=time.monotonic() - started)


def rules() -> None:
    """Walk through the ways of writing and report where the lock was held."""
    facts: dict[str, Any] = {}
    rows = Line.objects
    rows.create(writer="a", number=1)
    facts["after create"] = held()
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO kit_line (writer, number, pair) VALUES ('r', 1, 0), ('r', 2, 0) RETURNING number")
        facts["after returning"] = held()
        other = sqlite3.connect(path, timeout=0)
        other.execute("BEGIN IMMEDIATE")  # fails unless SQLite has really committed the line above
        other.close()
        facts["returned"] = [cursor.fetchone(), *cursor.fetchmany(5), cursor.fetchone()]
        cursor.executemany("INSERT INTO kit_line (writer, number, pair) VALUES (%s, %s, 0)", [("m", 1), ("m", 2)])
        facts["after many"] = held()
    with transaction.atomic():
        facts["in atomic"] = held()
        try:
            with transaction.atomic():
                rows.create(writer="b", number=1)
                raise KeyError
        except KeyError:
            facts["after savepoint rollback"] = held()
        list(rows.all())
        facts["after read in atomic"] = held()
    facts["after commit"] = held()
    try:
        with transaction.atomic():
            rows.create(writer="c", number=1)
            raise KeyError
    except KeyError:
        facts["after exception"] = held()
    transaction.set_autocommit(False)
    rows.create(writer="d", number=1)
    facts["autocommit off"] = held()
    transaction.rollback()
    facts["after manual rollback"] = held()
    transaction.set_autocommit(True)
    facts["kept"] = rows.exclude(writer__in=["a", "m", "r"]).count()
    connection.cursor().execute("BEGIN")
    lock = connection.connection.lock
    connection.close()
    facts["after close"] = lock.held
    report(**facts)


def threads() -> None:
    """Count up in eight threads at once by reading and writing back; then let a thread die inside a transaction."""
    counter = Line.objects.create(writer="counter", number=0)

    def count() -> None:
        for _ in range(25):
            with transaction.atomic():
                line = Line.objects.get(pk=counter.pk)
                Line.objects.filter(pk=counter.pk).update(number=line.number + 1)
        connection.close()

    def die() -> None:
        connection.cursor().execute("BEGIN IMMEDIATE")
        Line.objects.filter(pk=counter.pk).update(number=-1)

    for work, times in ((count, 8), (die, 1)):
        group = [threading.Thread(target=work) for _ in range(times)]
        for thread in group:
            thread.start()
        for thread in group:
            thread.join()
    started = time.monotonic()
    Line.objects.create(writer="next", number=0)
    counter.refresh_from_db()
    report(counted=counter.number, seconds=time.monotonic() - started)


def state() -> None:
    """Report what durability rests on, and that configuration cannot weaken it."""
    pragma = {}
    with connection.cursor() as cursor:
        for name in ("foreign_keys", "mmap_size", "busy_timeout", "integrity_check"):
            pragma[name] = cursor.execute(f"PRAGMA {name}").fetchone()[0]
    report(**durability(connection), **pragma)


def memory() -> None:
    """Write to a database in memory, alone and in a transaction."""
    create()
    Line.objects.create(writer="a", number=1)
    with transaction.atomic():
        Line.objects.create(writer="a", number=2)
    report(lines=Line.objects.count(), held=held(), lock=durability(connection)["lock"])


PARTS: list[Callable[[], None]] = [create, busy, light, acknowledge, hold, once, read, rules, threads, state, memory]
{play.__name__: play for play in PARTS}[part]()

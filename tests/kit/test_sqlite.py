"""The SQLite backend: one writer at a time, nobody starved, nothing acknowledged lost (stack and durability rules)."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from linli.kit.sqlite import driver, lock

REPOSITORY = Path(__file__).resolve().parents[2]
Process = subprocess.Popen[str]


def start(part: str, path: Path | str, *arguments: str, **environment: str) -> Process:
    """Start sqlite_writer in one of its parts."""
    return subprocess.Popen(
        [sys.executable, str(REPOSITORY / "tests/kit/sqlite_writer.py"), part, str(path), *arguments],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), **environment},
        stdout=subprocess.PIPE,
        text=True,
    )


def line_of(process: Process) -> dict[str, Any]:
    """Read the next facts a process prints."""
    assert process.stdout is not None
    facts: dict[str, Any] = json.loads(process.stdout.readline())
    return facts


def facts_of(part: str, path: Path | str, *arguments: str, **environment: str) -> dict[str, Any]:
    """Let a process play its part to the end and return what it printed last."""
    process = start(part, path, *arguments, **environment)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    facts: dict[str, Any] = json.loads(output.splitlines()[-1]) if output else {}
    return facts


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "db.sqlite3"
    facts_of("create", path)
    return path


def test_wal_is_refused_on_versions_whose_wal_reset_corrupts():
    modes = {version: driver.journal_mode_for(version) for version in [(3, 6, 23), (3, 7, 0), (3, 40, 1), (3, 51, 2)]}
    assert set(modes.values()) == {"DELETE"}
    assert driver.journal_mode_for((3, 51, 3)) == driver.journal_mode_for((4, 0, 0)) == "WAL"


def test_durability_is_what_the_rules_demand(database):
    facts = facts_of("state", database)
    version = tuple(int(part) for part in facts["version"].split("."))
    assert facts["journal_mode"] == ("WAL" if version >= (3, 51, 3) else "DELETE")
    assert facts["synchronous"] == "FULL"
    assert (facts["foreign_keys"], facts["mmap_size"], facts["busy_timeout"]) == (1, 0, 20_000)
    assert facts["lock"] == f"{database.resolve()}.lock"


def test_the_wheel_takes_the_place_of_the_standard_library():
    pytest.importorskip("pysqlite3", exc_type=ImportError)
    code = (
        "from linli.kit.sqlite import driver; print(driver.install()); import sqlite3, sqlite3.dbapi2 as d;"
        "from django.db.backends.sqlite3.base import Database;"
        "print(sqlite3.__name__, d.__name__, Database is d, driver.install())"
    )
    late = "import django.db.backends.sqlite3.base; from linli.kit.sqlite import driver; driver.install()"
    run = [sys.executable, "-c"]
    done = subprocess.run([*run, code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "pysqlite3", "pysqlite3.dbapi2", "True", "True"]
    refused = subprocess.run([*run, late], cwd=REPOSITORY, capture_output=True, text=True)
    assert refused.returncode == 1
    assert "driver.install() 调用得太晚" in refused.stderr


def test_the_lock_is_held_from_begin_to_the_end_of_the_transaction_and_never_longer(database):
    facts = facts_of("rules", database)
    while_writing = ["in atomic", "after savepoint rollback", "after read in atomic", "autocommit off"]
    assert [facts.pop(name) for name in while_writing] == [True] * 4
    assert facts.pop("returned") == [[1], [2], None]
    assert facts.pop("kept") == 0
    ends = ["create", "returning", "many", "commit", "exception", "manual rollback", "close"]
    assert facts == {f"after {end}": False for end in ends}


def test_threads_of_one_process_exclude_each_other_and_a_dead_one_blocks_nobody(database):
    facts = facts_of("threads", database)
    assert facts["counted"] == 200
    assert facts["seconds"] < 1


def test_reads_do_not_wait_and_a_writer_that_waits_too_long_gets_a_clear_error(database):
    holder = start("hold", database)
    try:
        assert line_of(holder) == {"held": True}
        facts = facts_of("read", database)
        assert facts["lines"] == 0
        assert facts["seconds"] < 1
        facts = facts_of("once", database, WAIT="0.3")
        assert facts["error"].startswith("等待数据库写锁超过 0.3 秒")
        assert 0.3 <= facts["seconds"] < 1
        assert not facts["held"]
    finally:
        holder.kill()
        holder.communicate()
    facts = facts_of("once", database)
    assert (facts["error"], facts["held"]) == ("", False)
    assert facts["seconds"] < 1, "the lock of a killed process must be free at once"


def test_a_lock_file_that_cannot_be_opened_is_a_clear_error(database):
    Path(f"{database}.lock").unlink()
    Path(f"{database}.lock").mkdir()
    Path(f"{database}.turn").unlink()
    Path(f"{database}.turn").symlink_to(database.parent / "absent" / "file")
    assert facts_of("once", database)["error"].startswith("无法打开数据库写锁文件")


def test_a_light_writer_beside_a_busy_one_waits_less_than_250_ms(database):
    """stack.md's bound. A moment in which the machine itself stands still is no wait for the lock: one trial of three holds."""
    worst: list[float] = []
    while len(worst) < 3 and min(worst, default=250) >= 250:
        writers = [start(part, database, "3") for part in ("busy", "light")]
        for writer in writers:
            assert line_of(writer) == {"ready": True}
        busy, light = (json.loads(writer.communicate(timeout=30)[0]) for writer in writers)
        print(f"busy: {busy['commits']} commits; light: {light['commits']} commits, worst {light['worst_ms']:.0f} ms")
        assert light["commits"] >= 8, "starved"
        worst.append(light["worst_ms"])
    assert min(worst) < 250
    assert light["commits"] > 20
    assert busy["commits"] > 20


@pytest.mark.parametrize("name", [":memory:", "file:memorydb_default?mode=memory&cache=shared"])
def test_a_database_in_memory_needs_no_lock(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert facts_of("memory", name) == {"lines": 2, "held": False, "lock": ""}
    assert list(tmp_path.iterdir()) == []


def test_two_names_of_one_file_share_one_lock(database, tmp_path):
    link = tmp_path / "other.sqlite3"
    link.symlink_to(database)
    names = [str(link), f"file:{database}?mode=rw"]
    assert [facts_of("state", name)["lock"] for name in names] == [f"{database.resolve()}.lock"] * 2


def test_processes_that_open_a_new_database_together_all_succeed(tmp_path):
    path = tmp_path / "new.sqlite3"
    openers = [start("state", path) for _ in range(4)]
    modes = {json.loads(opener.communicate(timeout=60)[0])["journal_mode"] for opener in openers}
    assert len(modes) == 1
    assert [opener.returncode for opener in openers] == [0] * 4


def test_without_flock_the_threads_of_one_process_still_exclude_each_other(tmp_path, monkeypatch):
    monkeypatch.setattr(lock, "HAS_FLOCK", False)
    path = str(tmp_path / "db")
    first, second = lock.WriteLock(path, 1), lock.WriteLock(path, 0.05)
    first.acquire()
    with pytest.raises(lock.LockTimeout):
        second.acquire()
    threading.Timer(0.02, first.release).start()
    second.timeout = 5
    second.acquire()
    assert (first.held, second.held) == (False, True)
    second.release()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_kill_9_loses_and_doubles_no_acknowledged_write(database):
    chance = random.Random(9)
    acknowledged: set[tuple[str, int]] = set()
    kills = 10
    for kill in range(kills):
        writers = {f"{kill}-{which}": start("acknowledge", database, f"{kill}-{which}") for which in "ab"}
        for writer in writers.values():
            assert writer.stdout is not None
            assert writer.stdout.readline() == "0\n"
        time.sleep(chance.uniform(0.01, 0.2))
        for writer in writers.values():
            writer.send_signal(signal.SIGKILL)
        for name, writer in writers.items():
            rest, _ = writer.communicate()
            acknowledged.add((name, 0))
            acknowledged.update((name, int(number)) for number in rest.split("\n")[:-1])
    assert facts_of("state", database)["integrity_check"] == "ok"
    with sqlite3.connect(database) as connection:
        stored = Counter(connection.execute("SELECT writer, number FROM kit_line").fetchall())
    print(f"{kills} rounds, {2 * kills} killed: {len(acknowledged)} acknowledged, {len(stored)} stored")
    assert acknowledged <= set(stored), "an acknowledged write is lost"
    assert set(stored.values()) == {2}, "a transaction is half there, or there twice"
    assert len(stored) - len(acknowledged) <= 2 * kills, "at most one write a killed process is in doubt"

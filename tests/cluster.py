"""A PostgreSQL server of the test's own, which may be stopped, killed and set wrong; skipped where there is no binary."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest


class Cluster:
    """One server with a database `linli`, in a folder of its own."""

    def __init__(self, folder: Path, binaries: Path) -> None:
        self.folder, self.binaries = folder, binaries
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])

    @property
    def url(self) -> str:
        """What LINLI_DB is set to."""
        return f"postgresql://linli:Wn3kQ8vT@127.0.0.1:{self.port}/linli"

    def run(self, program: str, *words: str) -> None:
        """Run one of the server's programs, as `postgres` where the tests run as root."""
        command = [str(self.binaries / program), *words]
        if os.getuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(command, cwd=self.folder, check=True, stdout=subprocess.DEVNULL, timeout=120)

    def start(self, *options: str) -> None:
        """Start, with durable settings unless `options` say otherwise (`fsync=off`)."""
        words = ["listen_addresses=127.0.0.1", "max_connections=60", *options]
        given = " ".join([f"-p {self.port} -k {self.folder}", *(f"-c {word}" for word in words)])
        self.run("pg_ctl", "start", "-w", "-D", str(self.folder / "data"), "-l", str(self.folder / "log"), "-o", given)

    def stop(self, mode: str = "immediate") -> None:
        """Stop; `immediate` is a crash."""
        self.run("pg_ctl", "stop", "-w", "-D", str(self.folder / "data"), "-m", mode)

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        """Run one statement outside a transaction; rows if it answers any."""
        with psycopg.connect(self.url, autocommit=True) as raw:
            done = raw.execute(sql.encode())
            return list(done.fetchall()) if done.description else []


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A running server; removed in the end."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        pytest.skip("no PostgreSQL server on this machine")
    folder = Path(tempfile.mkdtemp(prefix="linli-pg-"))
    if os.getuid() == 0:
        shutil.chown(folder, "postgres")
    made = Cluster(folder, found[-1].parent)
    try:
        words = ["-U", "linli", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        made.run("initdb", "-D", str(folder / "data"), *words)
        made.start()
        made.run("createdb", "-h", "127.0.0.1", "-p", str(made.port), "-U", "linli", "linli")
        yield made
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            made.stop()
        shutil.rmtree(folder, ignore_errors=True)

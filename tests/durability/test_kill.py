"""kill -9 under write load: no acknowledged appeal is lost or doubled, on either database. LINLI_KILLS sets how many (20)."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.cluster import cluster
from tests.installation import ROOT, ask, environment, fill, linli

KILLS = int(os.environ.get("LINLI_KILLS", "20"))
pytestmark = [pytest.mark.slow, pytest.mark.apart]


def kill(data: Path, count: int, seed: int, **env: str) -> list[str]:
    """Kill writers and return the keys that they acknowledged."""
    words = [sys.executable, "-m", "tests.durability.writers", "kills", str(count), str(seed)]
    done = subprocess.run(words, env=environment(data, **env), cwd=ROOT, capture_output=True, text=True, timeout=1800)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def judge(data: Path, acknowledged: list[str], kills: int, **env: str) -> None:
    """Compare what was acknowledged with what is there."""
    assert len(acknowledged) == len(set(acknowledged)) >= kills
    listed = ask(data, "' '.join(Appeal.everything.filter(source='kill').values_list('source_key', flat=True))", **env)
    stored = Counter(listed.split())
    lost, doubled = set(acknowledged) - stored.keys(), [key for key, times in stored.items() if times > 1]
    lines = int(ask(data, "Entry.objects.filter(verb='appeals.filed').count() - Appeal.everything.count()", **env))
    print(f"\n{kills} kills: {len(acknowledged)} acknowledged, {len(lost)} lost, {len(doubled)} doubled")
    assert lost == set() and doubled == []
    assert len(stored) - len(acknowledged) <= kills, "at most the one write that a killed process had under way"
    assert lines == 0, "an appeal without its line of the trail, or a line without its appeal"
    verified = linli(data, "audit", "verify", **env)
    assert verified.returncode == 0, verified.stdout


def test_sqlite_keeps_every_acknowledged_appeal(tmp_path: Path) -> None:
    data = tmp_path / "data"
    fill(data)
    judge(data, kill(data, KILLS, 1), KILLS)
    raw = sqlite3.connect(data / "linli.sqlite3")
    assert raw.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    raw.close()


def test_postgresql_keeps_every_acknowledged_appeal_and_outlives_crashes_of_the_server(tmp_path: Path) -> None:
    data, crashes = tmp_path / "data", max(KILLS // 20, 2)
    with cluster() as server:
        env = {"LINLI_DB": server.url}
        fill(data, **env)
        acknowledged = []
        for round_ in range(crashes):
            acknowledged += kill(data, KILLS // crashes // 2 * 2, round_, **env)
            server.stop("immediate")
            server.start()
        kills = KILLS // crashes // 2 * 2 * crashes
        print(f"\n{crashes} crashes of the server")
        judge(data, acknowledged, kills, **env)

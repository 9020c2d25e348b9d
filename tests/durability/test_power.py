"""Power cuts (断电): what a disk would hold if the current failed at any moment, from a recording of real writes.

kill -9 cannot tell synchronous=OFF from FULL, for the kernel keeps what a dead process wrote. So the writes and syncs of
the real program are recorded in order (recorder.c); a cut then keeps everything synced before it, and of the rest any
subset, torn at sectors. Two negative controls must lose data: synchronous=OFF, and a disk that ignores syncs.

LINLI_CUTS sets how many cuts (120).
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import struct
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.installation import ROOT, environment, fill, script

HERE = Path(__file__).parent
CUTS = int(os.environ.get("LINLI_CUTS", "120"))
COMMITS = 40
SECTOR = 512
pytestmark = [
    pytest.mark.slow,
    pytest.mark.apart,
    pytest.mark.skipif(
        sys.platform != "linux" or shutil.which("gcc") is None, reason="records with a C library: needs Linux and gcc"
    ),
]


@dataclass(frozen=True)
class Op:
    """One change of a file."""

    kind: str
    name: str
    offset: int
    data: bytes


@dataclass
class Recording:
    """The files before, and every change in order."""

    base: dict[str, bytes]
    ops: list[Op]


def read_log(path: Path) -> Iterator[Op]:
    raw, at = path.read_bytes(), 0
    while at < len(raw):
        kind, length = chr(raw[at]), struct.unpack_from("<H", raw, at + 1)[0]
        name = Path(raw[at + 3 : at + 3 + length].decode()).name
        offset, size = struct.unpack_from("<qI", raw, at + 3 + length)
        at += 15 + length
        yield Op(kind, name, offset, raw[at : at + size])
        at += size


@pytest.fixture(scope="module")
def recorder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = tmp_path_factory.mktemp("recorder") / "recorder.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", str(built), str(HERE / "recorder.c"), "-ldl"], check=True)
    return built


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation whose log is folded into the database file."""
    data = tmp_path_factory.mktemp("model") / "data"
    fill(data)
    fold = "import sqlite3; c = sqlite3.connect(%r); c.execute('pragma wal_checkpoint(truncate)')"
    script(data, "from linli.kit.sqlite import driver; driver.install(); " + fold % str(data / "linli.sqlite3"))
    return data


def recording(model: Path, folder: Path, recorder: Path, synchronous: str) -> Recording:
    """Record a process that writes COMMITS lines of the trail through Linli's own database backend."""
    data = folder / "data"
    shutil.copytree(model, data)
    base = {name: (data / name).read_bytes() for name in ("linli.sqlite3",)}
    env = environment(data, LD_PRELOAD=str(recorder), RECORD_UNDER=str(data.resolve()), RECORD_TO=str(folder / "log"))
    words = [sys.executable, "-m", "tests.durability.writers", "lines", synchronous, str(COMMITS)]
    subprocess.run(words, env=env, cwd=ROOT, check=True, timeout=120)
    wanted = ("linli.sqlite3", "linli.sqlite3-wal", "linli.sqlite3-journal", "acks")
    return Recording(base, [op for op in read_log(folder / "log") if op.name in wanted])


@pytest.fixture(scope="module")
def full(model: Path, tmp_path_factory: pytest.TempPathFactory, recorder: Path) -> Recording:
    return recording(model, tmp_path_factory.mktemp("full"), recorder, "FULL")


@pytest.fixture(scope="module")
def off(model: Path, tmp_path_factory: pytest.TempPathFactory, recorder: Path) -> Recording:
    return recording(model, tmp_path_factory.mktemp("off"), recorder, "OFF")


def apply(content: bytearray, op: Op, keep: random.Random | None) -> None:
    """Carry out one change; with `keep`, of a write only those sectors that chance let reach the disk."""
    if op.kind == "t":
        if len(content) > op.offset:
            del content[op.offset :]
        else:
            content.extend(bytes(op.offset - len(content)))
        return
    end = op.offset + len(op.data)
    if len(content) < end:
        content.extend(bytes(end - len(content)))
    for start in range(0, len(op.data), SECTOR):
        if keep is None or keep.random() < 0.5:
            part = op.data[start : start + SECTOR]
            content[op.offset + start : op.offset + start + len(part)] = part


def cut(taken: Recording, at: int, chance: random.Random, *, syncs: bool) -> tuple[dict[str, bytes], int]:
    """What the disk holds after a power cut behind change `at`, and how many lines had been acknowledged by then."""
    files = {name: bytearray(raw) for name, raw in taken.base.items()}
    waiting: dict[str, list[Op]] = {}
    acknowledged = 0
    for op in taken.ops[:at]:
        if op.name == "acks":
            acknowledged += 1
        elif op.kind == "s":
            if syncs:
                content = files.setdefault(op.name, bytearray())
                for held in waiting.pop(op.name, []):
                    apply(content, held, None)
        elif op.kind == "u":
            files.pop(op.name, None)
            waiting.pop(op.name, None)
        else:
            waiting.setdefault(op.name, []).append(op)
    for name, ops in waiting.items():
        for op in ops:
            if chance.random() < 0.5:
                apply(files.setdefault(name, bytearray()), op, chance)
    return {name: bytes(raw) for name, raw in files.items()}, acknowledged


def survives(files: dict[str, bytes], acknowledged: int, folder: Path) -> str:
    """ "" when the database is whole and holds every acknowledged line, else what is wrong."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, raw in files.items():
        (folder / name).write_bytes(raw)
    opened = sqlite3.connect(folder / "linli.sqlite3")
    try:
        found = opened.execute("PRAGMA integrity_check").fetchone()[0]
        if found != "ok":
            return "corrupt"
        kept = {row[0] for row in opened.execute("SELECT subject FROM kit_entry WHERE subject LIKE 'appeal:power-%'")}
        heads = opened.execute(
            "SELECT count(*) FROM kit_chainhead h WHERE seq <> (SELECT count(*) FROM kit_entry e WHERE e.unit = h.unit)"
        ).fetchone()[0]
    except sqlite3.DatabaseError:
        return "corrupt"
    finally:
        opened.close()
    if heads:
        return "half a transaction"
    return "" if kept >= {f"appeal:power-{number}" for number in range(1, acknowledged + 1)} else "lost"


def outcomes(taken: Recording, folder: Path, *, syncs: bool = True) -> Counter[str]:
    """Cut the power CUTS times and count what came of it."""
    chance = random.Random(7)
    places = [chance.randrange(1, len(taken.ops) + 1) for _ in range(CUTS)]
    return Counter(survives(*cut(taken, at, chance, syncs=syncs), folder / "disk") or "whole" for at in places)


def syncs_per_commit(taken: Recording) -> float:
    """Syncs of database files for each acknowledged line."""
    acks = sum(op.name == "acks" for op in taken.ops)
    assert acks == COMMITS
    return sum(op.kind == "s" and op.name != "acks" for op in taken.ops) / acks


def test_every_acknowledged_commit_is_synced(full: Recording, off: Recording) -> None:
    sound, weak = syncs_per_commit(full), syncs_per_commit(off)
    print(f"\nsyncs per acknowledged commit: {sound:.2f} with FULL, {weak:.2f} with OFF")
    assert sound >= 1
    assert weak < 0.2, "the negative control: without synchronous=FULL there must be fewer"
    waiting = False
    for op in full.ops:
        if op.name == "acks":
            assert not waiting, "an acknowledgement came before its data was synced"
        elif op.name.endswith("-wal"):
            waiting = op.kind != "s"


def test_a_power_cut_at_any_moment_loses_nothing_acknowledged(full: Recording, tmp_path: Path) -> None:
    found = outcomes(full, tmp_path)
    print(f"\n{CUTS} power cuts over {len(full.ops)} changes: {dict(found)}")
    assert found == {"whole": CUTS}


def test_the_test_itself_can_tell_synchronous_off(off: Recording, tmp_path: Path) -> None:
    found = outcomes(off, tmp_path)
    print(f"\nnegative control, synchronous=OFF: {dict(found)}")
    assert CUTS - found["whole"] > CUTS / 4


def test_the_test_itself_can_tell_a_disk_that_ignores_syncs(full: Recording, tmp_path: Path) -> None:
    found = outcomes(full, tmp_path, syncs=False)
    print(f"\nnegative control, syncs ignored: {dict(found)}")
    assert CUTS - found["whole"] > CUTS / 4

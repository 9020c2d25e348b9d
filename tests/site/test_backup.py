"""Backup and restore: whole, encrypted, checked before anything is touched; what was erased stays erased."""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from linli.kit.privacy import encrypt
from linli.site.backup import contents, keys, make, record, seal, state
from linli.site.commands.prepare import Trouble
from tests.cluster import Cluster, cluster
from tests.installation import ROOT, ask, environment, fill, linli, script

pytestmark = [pytest.mark.slow, pytest.mark.apart]
PHRASE = "green bicycle under the bridge"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with a county, a key file and one backup; tests work on copies of it."""
    root = tmp_path_factory.mktemp("model")
    pairs = fill(root / "data")
    (root / "numbers").write_text(" ".join(number for number, _ in pairs))
    assert linli(root / "data", "backup", "key", str(root / "key")).returncode == 0
    done = linli(root / "data", "backup", str(root / "one.linli"), "--key", str(root / "key"))
    assert done.returncode == 0, done.stderr
    return root


@pytest.fixture
def here(model: Path, tmp_path: Path) -> Path:
    """A copy of the model that a test may change."""
    shutil.copytree(model, tmp_path / "m")
    return tmp_path / "m"


def fingerprint(folder: Path) -> dict[str, str]:
    """Every file of a folder with its hash; lock files, which are empty, left out."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix not in (".lock", ".turn")
    }


def number_of(here: Path) -> str:
    return (here / "numbers").read_text().split()[0]


def test_a_backup_restores_into_an_empty_folder_with_everything_in_it(here: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    done = linli(new, "restore", str(here / "one.linli"), "--key", str(here / "key"))
    assert done.returncode == 0, done.stderr
    assert "核验通过" in done.stdout and "3 个附件" in done.stdout
    assert ask(new, "Appeal.objects.first().reporter_name") == "李梅梅"
    assert ask(new, "all(row.path.exists() for row in Attachment.objects.all())") == "True"
    assert linli(new, "audit", "verify").returncode == 0
    assert ask(new, "Entry.objects.get(verb='commons.restored').facts['erased']") == "0"
    for name in ("field.key", "secret.key"):
        assert (new / name).read_bytes() == (here / "data" / name).read_bytes()


def test_a_backup_shows_nothing_in_clear(here: Path) -> None:
    raw = (here / "one.linli").read_bytes()
    for secret in ((here / "data/field.key").read_bytes(), "李梅梅".encode(), b"SQLite format", b"%PDF-"):
        assert secret not in raw
    assert len(raw.split(b"\n", 1)[0]) < 150


def test_a_passphrase_opens_it_and_another_does_not(here: Path, tmp_path: Path) -> None:
    file = str(tmp_path / "phrase.linli")
    assert linli(here / "data", "backup", file, LINLI_BACKUP_PASSPHRASE=PHRASE).returncode == 0
    assert linli(here / "data", "backup", "verify", file, LINLI_BACKUP_PASSPHRASE=PHRASE).returncode == 0
    wrong = linli(here / "data", "backup", "verify", file, LINLI_BACKUP_PASSPHRASE=PHRASE + "!")
    assert wrong.returncode == 1 and "口令不对" in wrong.stderr
    short = linli(here / "data", "backup", str(tmp_path / "x"), LINLI_BACKUP_PASSPHRASE="short")
    assert short.returncode == 1 and "至少 12 个字" in short.stderr
    none = linli(here / "data", "backup", str(tmp_path / "x"))
    assert none.returncode == 1 and "--key" in none.stderr
    assert not (tmp_path / "x").exists()


def chunks(raw: bytes) -> tuple[bytes, list[bytes]]:
    """The first line of a backup, and its sealed chunks."""
    head, _, rest = raw.partition(b"\n")
    found = []
    while rest:
        size = struct.unpack(">I", rest[:4])[0] + 4
        found.append(rest[:size])
        rest = rest[size:]
    return head + b"\n", found


@pytest.fixture(scope="module")
def sealed() -> tuple[bytes, bytes]:
    """A container of four chunks, and its key."""
    out, key = io.BytesIO(), os.urandom(32)
    stream = seal.Sealer(out, seal.FILE, key)
    stream.write(os.urandom(seal.CHUNK * 3 + 100))
    stream.close()
    return out.getvalue(), key


def reorder(raw: bytes) -> bytes:
    head, parts = chunks(raw)
    return head + b"".join([parts[1], parts[0], *parts[2:]])


def reorder_middle(raw: bytes) -> bytes:
    head, parts = chunks(raw)
    return head + b"".join([parts[0], parts[2], parts[1], *parts[3:]])


def drop_middle(raw: bytes) -> bytes:
    head, parts = chunks(raw)
    return head + b"".join([*parts[:1], *parts[2:]])


def drop_last(raw: bytes) -> bytes:
    head, parts = chunks(raw)
    return head + b"".join(parts[:-1])


def repeat(raw: bytes) -> bytes:
    head, parts = chunks(raw)
    return head + b"".join([*parts[:2], parts[1], *parts[2:]])


def flip(where: float) -> Callable[[bytes], bytes]:
    def change(raw: bytes) -> bytes:
        at = min(int(len(raw) * where), len(raw) - 1)
        return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]

    return change


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "a bit in the first line": lambda raw: raw.replace(b'"salt": "', b'"salt": "A', 1),
    "a bit at the start": flip(0.01),
    "a bit in the middle": flip(0.5),
    "a bit at the end": flip(1.0),
    "cut inside a chunk": lambda raw: raw[:-50],
    "cut to half": lambda raw: raw[: len(raw) // 2],
    "last chunk missing": drop_last,
    "middle chunk missing": drop_middle,
    "chunks in another order": reorder,
    "later chunks in another order": reorder_middle,
    "a chunk twice": repeat,
    "something added": lambda raw: raw + b"\0",
    "empty": lambda raw: b"",
    "another kind of file": lambda raw: b"PK\3\4" + raw,
    "older format": lambda raw: raw.replace(b'"format": 1', b'"format": 0', 1),
    "newer format": lambda raw: raw.replace(b'"format": 1', b'"format": 2', 1),
}


def read_sealed(raw: bytes, key: bytes) -> int:
    return len(seal.Opener(io.BytesIO(raw), lambda kind: key).read())


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_container_that_was_changed_in_any_way_does_not_open(sealed: tuple[bytes, bytes], kind: str) -> None:
    raw, key = sealed
    assert read_sealed(raw, key) == seal.CHUNK * 3 + 100
    assert DAMAGE[kind](raw) != raw
    with pytest.raises(seal.Damaged):
        read_sealed(DAMAGE[kind](raw), key)


def test_chunks_of_another_backup_under_the_same_key_do_not_open(sealed: tuple[bytes, bytes]) -> None:
    raw, key = sealed
    out = io.BytesIO()
    stream = seal.Sealer(out, seal.FILE, key)
    stream.write(os.urandom(seal.CHUNK * 3 + 100))
    stream.close()
    head, mine = chunks(raw)
    _, other = chunks(out.getvalue())
    with pytest.raises(seal.Damaged):
        read_sealed(head + mine[0] + other[1] + mine[2] + mine[3], key)
    with pytest.raises(seal.Damaged):
        read_sealed(raw, os.urandom(32))


@pytest.mark.parametrize("kind", ["a bit in the middle", "cut to half", "last chunk missing", "empty", "older format"])
def test_a_damaged_backup_is_refused_and_nothing_is_touched(here: Path, kind: str) -> None:
    bad = here / "bad.linli"
    bad.write_bytes(DAMAGE[kind]((here / "one.linli").read_bytes()))
    before = fingerprint(here / "data")
    for words in (["restore", str(bad), "--replace"], ["backup", "verify", str(bad)]):
        done = linli(here / "data", *words, "--key", str(here / "key"))
        assert done.returncode == 1 and re.search("备份", done.stderr), done.stdout
        assert "Traceback" not in done.stderr
    assert fingerprint(here / "data") == before


def test_a_wrong_or_open_key_is_refused(here: Path) -> None:
    before = fingerprint(here / "data")
    assert linli(here / "data", "backup", "key", str(here / "other")).returncode == 0
    wrong = linli(here / "data", "restore", str(here / "one.linli"), "--key", str(here / "other"), "--replace")
    assert wrong.returncode == 1 and "密钥文件不对" in wrong.stderr
    again = linli(here / "data", "backup", "key", str(here / "other"))
    assert again.returncode == 1 and "已存在" in again.stderr
    inside = linli(here / "data", "backup", "key", str(here / "data" / "key"))
    assert inside.returncode == 1 and "不能放在数据目录里" in inside.stderr
    (here / "key").chmod(0o644)
    open_key = linli(here / "data", "backup", "verify", str(here / "one.linli"), "--key", str(here / "key"))
    assert open_key.returncode == 1 and "chmod 600" in open_key.stderr
    assert fingerprint(here / "data") == before


def test_data_is_not_overwritten_without_replace_and_kept_aside_with_it(here: Path) -> None:
    data, words = here / "data", ["restore", str(here / "one.linli"), "--key", str(here / "key")]
    before = fingerprint(data)
    refused = linli(data, *words)
    assert refused.returncode == 1 and "--replace" in refused.stderr
    assert fingerprint(data) == before
    script(
        data,
        "import sqlite3; c = sqlite3.connect({!r}); c.execute('delete from commons_calendarday'); c.commit()".format(
            str(data / "linli.sqlite3")
        ),
    )
    done = linli(data, *words, "--replace")
    assert done.returncode == 0, done.stderr
    aside = next(data.glob("before-restore-*"))
    assert {path.name for path in aside.iterdir()} >= {"linli.sqlite3", "files", "anchors.txt", "field.key"}
    assert str(aside) in done.stdout


def test_what_was_erased_after_the_backup_stays_erased(here: Path, tmp_path: Path) -> None:
    data, number = here / "data", number_of(here)
    script(
        data,
        f"""
import os; os.environ["DJANGO_SETTINGS_MODULE"] = "linli.site.settings"
import django; django.setup()
from linli.areas.appeals import actions as appeals
from linli.areas.appeals.models import Appeal
from linli.commons.actor import RESIDENT, actor_of
from linli.commons.models import Post
appeal = Appeal.objects.get(number="{number}")
appeals.ask_erasure(by=RESIDENT, appeal=appeal)
appeals.erase_reporter(by=actor_of(Post.objects.get(role="county")), appeal=appeal)
""",
    )
    assert number not in (data / "erased.txt").read_text()
    shutil.copy(data / "erased.txt", tmp_path / "kept-elsewhere.txt")
    look = f"[(a.reporter_name, a.erased, Attachment.objects.filter(subject=a.trail_key).count()) for a in [Appeal.objects.get(number='{number}')]][0]"
    done = linli(data, "restore", str(here / "one.linli"), "--key", str(here / "key"), "--replace")
    assert done.returncode == 0 and "1 件，已再次删除" in done.stdout
    assert ask(data, look) == "('', True, 0)"
    assert linli(data, "audit", "verify").returncode == 0
    # The machine is lost with its folder: the ledger kept elsewhere does the same.
    new = tmp_path / "new"
    words = [
        "restore",
        str(here / "one.linli"),
        "--key",
        str(here / "key"),
        "--erased",
        str(tmp_path / "kept-elsewhere.txt"),
    ]
    assert linli(new, *words).returncode == 0
    assert ask(new, look) == "('', True, 0)"
    assert ask(new, "Appeal.objects.filter(erased=False).count()") == "2"


def test_a_restore_that_was_cut_off_shows_and_can_be_done_again(here: Path) -> None:
    data = here / "data"
    (data / state.RESTORING).write_text("2026-11-22 one.linli\n")
    (data / "linli.sqlite3").unlink()
    assert "上次恢复中断" in linli(data, "audit", "verify").stderr
    assert "✗ 恢复" in linli(data, "check").stdout
    done = linli(data, "restore", str(here / "one.linli"), "--key", str(here / "key"), "--replace")
    assert done.returncode == 0, done.stderr
    assert linli(data, "audit", "verify").returncode == 0


def test_a_restore_waits_for_the_server_to_be_stopped(here: Path) -> None:
    before = fingerprint(here / "data")
    with state.using(here / "data", alone=False) as free:
        assert free
        done = linli(here / "data", "restore", str(here / "one.linli"), "--key", str(here / "key"), "--replace")
    assert done.returncode == 1 and "先停止" in done.stderr
    assert fingerprint(here / "data") == before


def test_a_backup_of_a_newer_program_is_refused(here: Path) -> None:
    data = here / "data"
    script(
        data,
        "import sqlite3; c = sqlite3.connect({!r});"
        "c.execute(\"insert into django_migrations (app, name, applied) values ('appeals', '0999_later', '2030-01-01')\");"
        "c.commit()".format(str(data / "linli.sqlite3")),
    )
    newer = linli(data, "backup", str(here / "newer.linli"), "--key", str(here / "key"))
    assert newer.returncode == 1 and "更新版本" in newer.stderr
    for words in (["serve"], ["migrate"], ["tick", "--once"], ["check"]):
        done = linli(data, *words, LINLI_HOSTS="linli.example")
        assert done.returncode == 1 and "更新版本" in done.stderr + done.stdout, words


def test_a_folder_keeps_the_last_few_and_check_knows_their_age(here: Path) -> None:
    data, to = here / "data", here / "backups"
    for _ in range(3):
        done = linli(data, "backup", "--to", str(to), "--keep", "2", "--key", str(here / "key"))
        assert done.returncode == 0, done.stderr
        time.sleep(1.1)  # names go by the second
    kept = sorted(to.iterdir())
    assert len(kept) == 2 and "已删除过期备份" in done.stdout
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in kept)
    assert f"小时前，{kept[-1].name}" in linli(data, "check").stdout
    assert not list(data.glob(".backup-*"))


def test_a_failed_backup_leaves_nothing_and_deletes_no_older_one(here: Path) -> None:
    data, to = here / "data", here / "backups"
    assert linli(data, "backup", "--to", str(to), "--keep", "1", "--key", str(here / "key")).returncode == 0
    (data / "field.key").rename(data / "field.gone")
    (data / "secret.key").unlink()
    (data / "secret.key").mkdir()
    failed = linli(data, "backup", "--to", str(to), "--keep", "1", "--key", str(here / "key"))
    assert failed.returncode != 0 and "Traceback" not in failed.stderr
    assert len(list(to.iterdir())) == 1


def test_wrong_words_are_told_in_chinese(here: Path) -> None:
    for words in ([], ["a", "b"], ["--to", str(here), "x"]):
        done = linli(here / "data", "backup", *words)
        assert done.returncode == 2 and "用法：linli backup" in done.stderr
    missing = linli(here / "data", "restore", str(here / "none"), "--key", str(here / "key"))
    assert missing.returncode == 1 and "没有找到备份文件" in missing.stderr
    existing = linli(here / "data", "backup", str(here / "one.linli"), "--key", str(here / "key"))
    assert existing.returncode == 1 and "没有覆盖" in existing.stderr


def test_a_changed_attachment_is_named(here: Path) -> None:
    path = next((here / "data/files").glob("??/*"))
    path.write_bytes(b"%PDF-other")
    done = linli(here / "data", "backup", str(here / "two.linli"), "--key", str(here / "key"))
    assert done.returncode == 1 and path.name in done.stderr and (here / "two.linli").exists()


WRITER = """
import os, sys; os.environ["DJANGO_SETTINGS_MODULE"] = "linli.site.settings"
import django; django.setup()
from linli.commons.actor import SYSTEM
from linli.kit import trail
number = 0
while True:
    trail.write([trail.Draft(SYSTEM, "appeals.closed", f"appeal:{number}-{n}", "429999") for n in range(3)])
    number += 1
    print(number, flush=True)
"""


def under_load(data: Path, here: Path, new: Path, count: int, **env: str) -> str:
    """Back up while somebody writes, restore each, and return what the last restore said."""
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER], env=environment(data, **env), stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert writer.stdout is not None
    written = [0]
    drain = threading.Thread(target=lambda: [written.__setitem__(0, int(line)) for line in writer.stdout or ()])
    try:
        assert writer.stdout.readline()
        drain.start()
        for number in range(count):
            done = linli(data, "backup", str(here / f"load{number}.linli"), "--key", str(here / "key"), **env)
            assert done.returncode == 0, done.stderr
        assert writer.poll() is None and written[0] > 3
    finally:
        writer.kill()
        writer.wait()
        drain.join()
    for number in range(count):
        folder = new if number == count - 1 else new.with_name(f"{new.name}{number}")
        done = linli(
            folder, "restore", str(here / f"load{number}.linli"), "--key", str(here / "key"), "--replace", **env
        )
        assert done.returncode == 0, done.stderr + done.stdout
        # Three lines a transaction: a torn copy would hold one or two of them.
        assert (
            ask(folder, "Entry.objects.filter(subject__startswith='appeal:', verb='appeals.closed').count() % 3", **env)
            == "0"
        )
    return done.stdout


@pytest.mark.slow
def test_a_backup_under_write_load_is_consistent(here: Path, tmp_path: Path) -> None:
    assert "核验通过" in under_load(here / "data", here, tmp_path / "new", 3)


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    with cluster() as made:
        yield made


@pytest.mark.slow
def test_postgresql_is_backed_up_and_restored_the_same_way(here: Path, tmp_path: Path, server: Cluster) -> None:
    data, db = tmp_path / "pg", {"LINLI_DB": server.url}
    fill(data, **db)
    file, key = str(here / "pg.linli"), str(here / "key")
    done = linli(data, "backup", file, "--key", key, **db)
    assert done.returncode == 0, done.stderr
    refused = linli(data, "restore", file, "--key", key, **db)
    assert refused.returncode == 1 and "--replace" in refused.stderr
    assert "核验通过" in under_load(data, here, data, 1, **db)
    schemas = {str(row[0]) for row in server.ask("SELECT nspname FROM pg_namespace")}
    assert any(name.startswith("before_restore_") for name in schemas)
    assert ask(data, "Appeal.objects.first().reporter_name", **db) == "李梅梅"
    other = linli(data, "restore", str(here / "one.linli"), "--key", key, "--replace", **db)
    assert other.returncode == 1 and "SQLite 的备份" in other.stderr


def test_only_known_members_are_taken_from_a_backup() -> None:
    digest = hashlib.sha256(b"x").hexdigest()
    assert contents.allowed(f"files/{digest[:2]}/{digest}") and contents.allowed(contents.SQLITE)
    for name in (f"files/zz/{digest}", "../x", "/etc/passwd", "files/../../x", f"files/00/{digest}", "keys/other"):
        assert not contents.allowed(name), name


def test_the_record_passes_over_what_it_cannot_read(db: None) -> None:
    record.path().write_text("2026-11-22T04:56:27+00:00 12 one.linli\nnonsense\n")
    found = record.last()
    assert found is not None and (found.name, found.size) == ("one.linli", 12)
    record.path().unlink()
    assert record.last() is None


def test_a_key_file_is_a_key_file(tmp_path: Path) -> None:
    (tmp_path / "k").write_text(encrypt("x"))
    (tmp_path / "k").chmod(0o600)
    with pytest.raises(Trouble, match="不是邻里的备份密钥文件"):
        keys.read(tmp_path / "k")
    with pytest.raises(Trouble, match="没有文件夹"):
        make.make(tmp_path / "none" / "x", seal.FILE, b"k" * 32)

"""`linli check`: every setting on which safety rests is set wrong on a real database, and found."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, connections
from django.db.backends.postgresql.base import DatabaseWrapper as PostgreSQL
from django.utils import timezone

from linli.commons.actor import SYSTEM
from linli.commons.models import Place, Post, User
from linli.kit import anchor, trail
from linli.kit.sqlite.base import DatabaseWrapper as SQLite
from linli.site import health
from linli.site.health import ACCEPTABLE, REFUSE, WARN, Finding, content, database, folder
from tests.cast import Town
from tests.cluster import Cluster, cluster
from tests.installation import linli


def by_key(findings: list[Finding]) -> dict[str, Finding]:
    return {one.key: one for one in findings}


def settings_for(engine: str, **more: Any) -> dict[str, Any]:
    """A configured database like the default one, elsewhere."""
    return {**connections.databases["default"], "ENGINE": engine, "OPTIONS": {}, **more}


@pytest.fixture
def sqlite(tmp_path: Path, db: None) -> Iterator[SQLite]:
    """A SQLite file of its own, through our backend."""
    made = SQLite(settings_for("linli.kit.sqlite", NAME=str(tmp_path / "x.sqlite3")), alias="other")
    made.ensure_connection()
    yield made
    made.close()


def test_a_fresh_sqlite_file_is_sound(sqlite: SQLite) -> None:
    assert [one.line() for one in database.sqlite(sqlite) if one.level != "ok"] == []


@pytest.mark.parametrize(
    ("pragma", "key"),
    [
        ("synchronous = OFF", "sqlite.synchronous"),
        ("synchronous = NORMAL", "sqlite.synchronous"),
        ("journal_mode = MEMORY", "sqlite.journal_mode"),
        ("journal_mode = OFF", "sqlite.journal_mode"),
        ("journal_mode = PERSIST", "sqlite.journal_mode"),
        ("mmap_size = 1048576", "sqlite.mmap"),
    ],
)
def test_a_weak_sqlite_setting_is_refused(sqlite: SQLite, pragma: str, key: str) -> None:
    sqlite.connection.execute(f"PRAGMA {pragma}").fetchall()
    refused = [one.key for one in database.sqlite(sqlite) if one.level == REFUSE]
    assert refused == [key]


def test_no_setting_can_weaken_what_the_backend_sets(tmp_path: Path, db: None) -> None:
    weak = {"init_command": "PRAGMA synchronous=OFF; PRAGMA mmap_size=1048576; PRAGMA journal_mode=MEMORY;"}
    made = SQLite(settings_for("linli.kit.sqlite", NAME=str(tmp_path / "x.sqlite3"), OPTIONS=weak), alias="other")
    made.ensure_connection()
    found = by_key(database.sqlite(made))
    made.close()
    assert found["sqlite.mmap"].level == "ok" and found["sqlite.synchronous"].level == "ok"


def test_wal_is_refused_on_a_library_that_can_corrupt_it() -> None:
    for version in [(3, 7, 0), (3, 40, 1), (3, 51, 2)]:
        assert database.journal(version, "WAL").level == REFUSE
        assert "3.51.2" in database.journal(version, "WAL").mend
        assert database.journal(version, "DELETE").level == "ok"
    assert database.journal((3, 51, 3), "WAL").level == "ok"
    assert database.journal((3, 53, 4), "DELETE").level == REFUSE


def test_a_lock_file_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    assert database.lock_file(str(tmp_path / "x.lock")).level == "ok"
    assert database.lock_file(str(tmp_path / "none" / "x.lock")).level == REFUSE
    assert database.lock_file("").level == "ok"


def test_a_network_disk_is_warned_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert database.network_disk(tmp_path).level == "ok"
    for kind in ("nfs4", "cifs", "9p", "fuse.sshfs"):
        monkeypatch.setattr(database, "file_system", lambda path, kind=kind: kind)
        found = database.network_disk(tmp_path)
        assert found.level == WARN and "PostgreSQL" in found.mend


def test_the_file_system_of_the_longest_mount_counts() -> None:
    assert database.file_system(Path("/proc/self")) in ("proc", "")


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    with cluster() as made:
        yield made


def postgres(server: Cluster) -> PostgreSQL:
    options = {"NAME": "linli", "USER": "linli", "PASSWORD": "", "HOST": "127.0.0.1", "PORT": str(server.port)}
    return PostgreSQL(settings_for("django.db.backends.postgresql", **options), alias="other")


@pytest.mark.slow
@pytest.mark.apart
@pytest.mark.parametrize("name", ["fsync", "full_page_writes", "synchronous_commit"])
def test_a_weak_postgresql_setting_is_refused(server: Cluster, name: str, db: None) -> None:
    sound = postgres(server)
    sound.ensure_connection()
    assert {one.key for one in database.postgresql(sound) if one.level == REFUSE} == set()
    sound.close()
    server.ask(f"ALTER SYSTEM SET {name} = off")
    server.ask("SELECT pg_reload_conf()")
    try:
        for _ in range(100):
            weak = postgres(server)
            weak.ensure_connection()
            refused = {one.key for one in database.postgresql(weak) if one.level == REFUSE}
            weak.close()
            if refused:
                break
            time.sleep(0.05)
        assert refused == {f"pg.{name}"}
    finally:
        server.ask(f"ALTER SYSTEM RESET {name}")
        server.ask("SELECT pg_reload_conf()")


@pytest.mark.slow
@pytest.mark.apart
def test_a_weak_setting_of_the_account_alone_is_found_and_can_be_answered_for(server: Cluster, tmp_path: Path) -> None:
    server.ask("ALTER ROLE linli SET synchronous_commit = off")
    try:
        done = linli(tmp_path, "check", "--json", LINLI_DB=server.url)
        found = {one["key"]: one["level"] for one in json.loads(done.stdout)["findings"]}
        assert done.returncode == 1 and found["pg.synchronous_commit"] == REFUSE
        taken = linli(tmp_path, "check", LINLI_DB=server.url, LINLI_ACCEPT="pg.synchronous_commit,key.field")
        assert taken.returncode == 0, taken.stdout
        assert "! synchronous_commit：off。已由 LINLI_ACCEPT 登记接受" in taken.stdout
        assert "! LINLI_ACCEPT：key.field" in taken.stdout
    finally:
        server.ask("ALTER ROLE linli RESET synchronous_commit")


def test_only_durability_can_be_answered_for() -> None:
    found = [Finding(key, key, "x", REFUSE, "y") for key in ("pg.fsync", "key.field", "demo.accounts", "clock")]
    levels = {one.key: one.level for one in health.accepted(found, [one.key for one in found])}
    assert levels == {"pg.fsync": WARN, "key.field": REFUSE, "demo.accounts": REFUSE, "clock": REFUSE}
    assert not any(key.startswith(("key", "demo", "admin", "data")) for key in ACCEPTABLE)


def test_tables_of_another_version_are_found_either_way(db: None) -> None:
    assert {one.level for one in database.migrations(connection)} == {"ok"}
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('appeals', '0999_later', '2030-01-01')"
        )
    newer = by_key(database.migrations(connection))["database.version"]
    assert newer.level == REFUSE and "appeals.0999_later" in newer.state
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'appeals'")
    found = by_key(database.migrations(connection))
    assert found["database.migrations"].level == REFUSE and "linli migrate" in found["database.migrations"].mend


def test_a_migration_of_an_application_that_is_gone_is_not_newer() -> None:
    assert database.unknown([("admin", "0001_initial")], {}, {"appeals"}) == []


@pytest.mark.parametrize("raw", [b"", b"x" * 32, b"0123456789" * 3, bytes(32)])
def test_a_key_that_is_missing_weak_or_open_is_refused(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "field.key"
    assert folder.key(path, 32).level == REFUSE
    path.write_bytes(raw)
    path.chmod(0o600)
    assert folder.key(path, 32).level == REFUSE
    path.write_bytes(os.urandom(32))
    assert folder.key(path, 32).level == "ok"
    path.chmod(0o640)
    assert "chmod 600" in folder.key(path, 32).mend
    path.chmod(0o600)
    (tmp_path / "demo").mkdir()
    shutil.copy(path, tmp_path / "demo" / "field.key")
    assert "演示" in folder.key(path, 32).state


def test_a_full_disk_is_refused_before_it_stops_everything(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    usage = type(shutil.disk_usage(tmp_path))
    for free, level in ((100 * 2**20, REFUSE), (500 * 2**20, WARN), (5 * 2**30, "ok")):
        monkeypatch.setattr(shutil, "disk_usage", lambda path, free=free: usage(10**12, 0, free))
        assert folder.space(tmp_path).level == level


def test_a_chinese_font_is_looked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setattr(os, "walk", lambda place: [])
    assert folder.fonts().level == WARN
    monkeypatch.setattr(os, "walk", lambda place: [(place, [], ["NotoSansCJK-Regular.ttc"])])
    assert folder.fonts().level == "ok"


def test_anchors_that_are_missing_late_or_contradictory_are_found(hubei: Town) -> None:
    hubei.file()
    assert content.anchors().level == "ok"  # young lines may wait
    late = timezone.now() - timedelta(hours=2)
    trail.write([trail.Draft(SYSTEM, "appeals.closed", "appeal:1", "429998001", at=late)])
    assert content.anchors().level == REFUSE and "不在" in content.anchors().state
    anchor.write_anchors()
    assert content.anchors().level == "ok"
    trail.write([trail.Draft(SYSTEM, "appeals.closed", "appeal:2", "429998001", at=late)])
    assert content.anchors().level == WARN
    with anchor.anchor_file().open("a") as out:
        out.write("nonsense\n")
    assert content.anchors().level == REFUSE and "无法识别" in content.anchors().state


def test_a_clock_behind_the_trail_is_refused(db: None) -> None:
    assert content.clock().level == "ok"
    trail.write([trail.Draft(SYSTEM, "appeals.closed", "appeal:1", "429999", at=timezone.now() + timedelta(hours=3))])
    assert content.clock().level == REFUSE and "timedatectl" in content.clock().mend


def test_nobody_combines_administrator_roles(hubei: Town) -> None:
    assert by_key(content.accounts())["admins"].level == "ok"
    post = hubei.admin.post
    assert post is not None
    Post.objects.create(user=post.user, body=post.body, role="auditor", from_on=timezone.localdate())
    found = by_key(content.accounts())["admins"]
    assert found.level == REFUSE and post.user.username in found.state
    Post.objects.filter(user=post.user, role="auditor").update(role="committee")
    assert by_key(content.accounts())["admins"].level == REFUSE, "an administrator holds no other post either"
    Post.objects.filter(user=post.user, role="committee").update(until_on=timezone.localdate() - timedelta(days=1))
    assert by_key(content.accounts())["admins"].level == "ok"


def test_demo_accounts_are_refused_outside_the_demo(hubei: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    assert by_key(content.accounts())["demo.accounts"].level == "ok"
    Place.objects.filter(code="429998").update(name="江岭县")
    assert by_key(content.accounts())["demo.accounts"].level == REFUSE
    Place.objects.filter(code="429998").update(name="外县")
    User.objects.filter(username="lead42").update(username="hb_lead")
    assert by_key(content.accounts())["demo.accounts"].level == REFUSE
    monkeypatch.setattr(settings, "LINLI_DEMO", True)
    assert by_key(content.accounts())["demo.accounts"].level == "ok"


def test_an_installation_without_administrator_is_not_served(hubei: Town) -> None:
    assert content.needed()[0].level == "ok"
    User.objects.filter(username="admin42").update(is_active=False)
    assert content.needed()[0].level == REFUSE


@pytest.mark.parametrize("secret", ["django-insecure-" + "x1y2z3w4" * 8, "a" * 60, "short"])
def test_a_weak_signing_key_is_refused(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    assert by_key(folder.exposure())["secret"].level == "ok"
    monkeypatch.setattr(settings, "SECRET_KEY", secret)
    assert by_key(folder.exposure())["secret"].level == REFUSE


def test_hosts_debug_demo_and_database_password_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LINLI_HOSTS", raising=False)
    assert by_key(folder.exposure())["hosts"].level == REFUSE
    monkeypatch.setenv("LINLI_HOSTS", "linli.example")
    monkeypatch.setattr(settings, "ALLOWED_HOSTS", ["linli.example"])
    assert by_key(folder.exposure())["hosts"].level == "ok"
    monkeypatch.setattr(settings, "ALLOWED_HOSTS", ["*"])
    assert by_key(folder.exposure())["hosts"].level == REFUSE
    for name, key in (("DEBUG", "debug"), ("LINLI_DEMO", "demo.mode")):
        assert by_key(folder.exposure())[key].level == "ok"
        monkeypatch.setattr(settings, name, True)
        assert by_key(folder.exposure())[key].level == REFUSE
    given = {"HOST": "db.example", "PASSWORD": "postgres"}
    monkeypatch.setattr(settings, "DATABASES", {"default": given})
    assert by_key(folder.exposure())["pg.password"].level == REFUSE
    given["PASSWORD"] = "kV3nWq81xT"
    assert by_key(folder.exposure())["pg.password"].level == "ok"


def test_a_data_folder_that_others_can_read_is_only_refused_in_production(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(settings, "LINLI_DATA", tmp_path)
    tmp_path.chmod(0o755)
    assert folder.open_world(refuse=False)[0].level == WARN
    assert folder.open_world(refuse=True)[0].level == REFUSE
    tmp_path.chmod(0o750)
    assert folder.open_world(refuse=True)[0].level == "ok"

"""Bring a backup back (恢复): everything is checked before anything is touched, and what was there is kept aside."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from linli.areas.appeals.actions.erase import erase_again
from linli.areas.duties.actions.erase import erase_reports_again
from linli.commons.actor import SYSTEM
from linli.kit import anchor, ledger, trail
from linli.site.backup import contents, snapshot, state
from linli.site.backup.seal import Damaged
from linli.site.commands import prepare
from linli.site.commands.prepare import Trouble
from linli.site.health.database import unknown


@dataclass(frozen=True)
class Report:
    """What was restored (恢复结果)."""

    manifest: dict[str, Any]
    aside: str
    erased: int
    upgraded: int
    faults: list[trail.Fault]
    seconds: float

    def lines(self) -> list[str]:
        """The report in sentences."""
        counts, members = self.manifest["counts"], self.manifest["members"]
        raw = sum(int(facts[0]) for facts in members.values())
        heads = "、".join(f"{unit} 到第 {seq} 条" for unit, (seq, _) in sorted(self.manifest["heads"].items()) if seq)
        files = sum(name.startswith("files/") for name in members)
        pace = f"，每 GB 约 {self.seconds / (raw / 2**30):.0f} 秒" if raw > 2**27 else ""
        found = [
            f"已恢复 {self.manifest['made_at']} 的备份：{sum(counts.values())} 行数据、{files} 个附件，"
            f"用时 {self.seconds:.1f} 秒{pace}。",
            f"留痕：{heads or '没有'}；核验" + ("通过。" if not self.faults else f"发现 {len(self.faults)} 处问题："),
            *[f"✗ 单元 {fault.unit} 第 {fault.seq} 条：{fault.message}" for fault in self.faults[:20]],
        ]
        if self.erased:
            found.append(f"备份之后按居民要求删除过的 {self.erased} 件，已再次删除。")
        if self.upgraded:
            found.append(f"备份来自较早的版本，已执行 {self.upgraded} 项升级变更。")
        found.append(f"恢复前的数据保留在：{self.aside}。确认无误后再自行删除。" if self.aside else "恢复前没有数据。")
        return found


def restore(source: Path, secret_of: Callable[[str], bytes], *, replace: bool, extra: Path | None = None) -> Report:
    """Restore a backup into the configured data folder and database.

    Args:
        replace: whether an installation that holds data may be put aside.
        extra: an erasure ledger kept on another machine.

    Raises:
        Trouble: the backup cannot be used, the installation is in use or holds data; nothing was touched then.
    """
    began = time.monotonic()
    data = Path(settings.LINLI_DATA)
    data.mkdir(parents=True, exist_ok=True)
    if not source.is_file():
        raise Trouble(f"没有找到备份文件 {source}，请核对路径。")
    with state.using(data, alone=True) as free:
        if not free:
            raise Trouble("邻里正在使用这个数据目录。请先停止 linli serve（或 linli run），再恢复。")
        state.sweep(data)
        staged = Path(tempfile.mkdtemp(prefix=".restore-", dir=data))
        try:
            try:
                manifest = contents.unpack(source, secret_of, staged)
            except Damaged as error:
                raise Trouble(f"{error}，没有改动任何数据。") from error
            _fits(manifest, staged)
            full = holds_data() or bool(state.unfinished(data))
            if full and not replace:
                raise Trouble("这里已有数据，没有改动。确要用备份代替，请加 --replace（现有数据会另存，不会删除）。")
            digests = _digests(staged, data, extra)
            with state.restoring(data, f"{timezone.now().isoformat(timespec='seconds')} {source.name}"):
                aside = _swap(manifest, staged, data)
                settings.LINLI_FIELD_KEY = (data / "field.key").read_bytes()
                _counted(manifest)
                upgraded = len(prepare.pending_migrations())
                if upgraded:
                    prepare.migrate()
                ledger.add(digests)
                digests = ledger.read(ledger.ledger_file())
                erased = erase_again(digests) + erase_reports_again(digests)
        finally:
            shutil.rmtree(staged, ignore_errors=True)
        faults = list(anchor.verify())
        _write_down(manifest, erased)
        anchor.write_anchors()
    return Report(manifest, aside if full else "", erased, upgraded, faults, time.monotonic() - began)


def _fits(manifest: dict[str, Any], staged: Path) -> None:
    """Raises: Trouble: the backup is of another database, of a newer program, or its database is not sound."""
    vendor = manifest["vendor"]
    if vendor != connection.vendor:
        names = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
        raise Trouble(
            f"这是 {names[vendor]} 的备份，现在配置的是 {names[connection.vendor]}，没有改动任何数据。"
            "请按备份的数据库恢复，再用 linli move 转移。"
        )
    loader = MigrationLoader(None, ignore_no_migrations=True)
    applied = [tuple(name.split(".", 1)) for name in manifest["migrations"]]
    newer = unknown(applied, loader.disk_migrations, set(loader.migrated_apps))
    if newer:
        raise Trouble("这份备份来自更新版本的邻里，没有改动任何数据。请安装那个版本的程序再恢复。")
    if vendor == "sqlite":
        snapshot.check_sqlite(staged / contents.SQLITE)
    else:
        snapshot.tool("pg_restore")


def holds_data() -> bool:
    """Whether this installation holds anything worth keeping; a database that cannot be read does."""
    from linli.commons.models import Body

    try:
        return not prepare.is_empty() and (trail.Entry.objects.exists() or Body.objects.exists())
    except Error:
        return True


def _digests(staged: Path, data: Path, extra: Path | None) -> set[str]:
    """Everything that was ever erased, as far as any ledger at hand knows. Raises: Trouble: no such file."""
    if extra is not None and not extra.is_file():
        raise Trouble(f"没有找到删除登记 {extra}，没有改动任何数据。请核对路径。")
    sources = [staged / contents.LEDGER, data / contents.LEDGER, *([extra] if extra else [])]
    return set().union(*(ledger.read(path) for path in sources))


def _swap(manifest: dict[str, Any], staged: Path, data: Path) -> str:
    """Put what was there aside and the restored in its place; returns where the old is."""
    stamp = f"{timezone.localtime():%Y%m%d%H%M%S}"
    aside = data / f"before-restore-{stamp}"
    aside.mkdir(mode=0o700)
    schema = ""
    if manifest["vendor"] == "postgresql":
        schema = f"before_restore_{stamp}"
        snapshot.load_postgresql(staged / contents.POSTGRESQL, schema)
    else:
        prepare.release_database()
        live = Path(connection.settings_dict["NAME"])
        for tail in ("", "-wal", "-shm", "-journal"):
            _move(Path(f"{live}{tail}"), aside)
        (staged / contents.SQLITE).rename(live)
    for name in ("files", contents.ANCHORS, contents.LEDGER, "secret.key", "field.key"):
        _move(data / name, aside)
    for name in contents.KEYS:
        (staged / name).rename(data / Path(name).name)
    for name in ("files", contents.ANCHORS):
        if (staged / name).exists():
            (staged / name).rename(data / name)
    state.sync(data)
    return f"{aside}" + (f"，数据库模式 {schema}" if schema else "")


def _move(path: Path, folder: Path) -> None:
    if path.exists():
        path.rename(folder / path.name)


def _counted(manifest: dict[str, Any]) -> None:
    """Raises: Trouble: a table has not the rows, or a chain not the head, that the backup's manifest says."""
    now = snapshot.counts_now(list(manifest["counts"]))
    wrong = sorted(table for table, count in manifest["counts"].items() if now[table] != count)
    heads = {head.unit: [head.seq, head.hash] for head in trail.ChainHead.objects.all()}
    if not wrong and heads != manifest["heads"]:
        wrong = [trail.ChainHead._meta.db_table]
    if wrong:
        raise Trouble(
            f"恢复后的内容与备份清单不符：{'、'.join(wrong[:5])}。原来的数据已另存在数据目录的 before-restore 文件夹。"
        )


def _write_down(manifest: dict[str, Any], erased: int) -> None:
    """Note the restore in the trail: what was done after the backup is missing, and everybody may see why."""
    facts = {"made_at": manifest["made_at"], "rows": sum(manifest["counts"].values()), "erased": erased}
    line = trail.Draft(
        by=SYSTEM, verb="commons.restored", subject="installation", place="", facts=facts, basis=(), note="从备份恢复"
    )
    trail.write([line])

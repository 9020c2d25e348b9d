"""What the durability of the database rests on (数据库与落盘), and whether it is of this program's version."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

from linli.kit.sqlite import driver
from linli.kit.sqlite.base import durability
from linli.site.health import WARN, Finding, judged

OLDEST_POSTGRESQL = 14


def look(connection: BaseDatabaseWrapper) -> list[Finding]:
    """Everything about one connection's database."""
    connection.ensure_connection()
    found = sqlite(connection) if connection.vendor == "sqlite" else postgresql(connection)
    return [*found, *migrations(connection)]


def sqlite(connection: BaseDatabaseWrapper) -> list[Finding]:
    """SQLite: version, journal, synchronous, memory map and the lock file."""
    facts = durability(connection)
    numbers = [int(part) for part in facts["version"].split(".")[:3]]
    version = (numbers[0], numbers[1], numbers[2])
    found = [Finding("database.kind", "数据库", f"SQLite {facts['version']}，{connection.settings_dict['NAME']}")]
    found.append(journal(version, facts["journal_mode"]))
    found.append(
        judged(
            "sqlite.synchronous",
            "落盘方式 synchronous",
            facts["synchronous"],
            facts["synchronous"] in ("FULL", "EXTRA"),
            "应为 FULL，否则断电会丢失已确认的数据：请去掉改动它的设置",
        )
    )
    size = pragma(connection, "mmap_size")
    # The engine may be built without memory maps; it then answers nothing.
    found.append(
        judged("sqlite.mmap", "内存映射 mmap_size", size or 0, not size, "应为 0：程序写错内存会直接改坏数据库文件")
    )
    return [*found, lock_file(facts["lock"])]


def journal(version: tuple[int, int, int], mode: str) -> Finding:
    """The journal mode, judged by the library's version: 3.7.0 to 3.51.2 can corrupt the file when a WAL is reset."""
    wanted = driver.journal_mode_for(version)
    text = ".".join(map(str, version))
    if mode == "WAL" and wanted != "WAL":
        mend = f"SQLite {text} 的 WAL 有损坏数据库的缺陷（3.7.0 至 3.51.2）：请安装 pysqlite3 软件包或升级系统 SQLite"
    else:
        mend = f"应为 {wanted}：请停止使用该数据库的其他程序后重新启动"
    return judged("sqlite.journal_mode", "日志模式 journal_mode", mode, mode == wanted, mend)


def lock_file(path: str) -> Finding:
    """The write lock: it must stand beside the database and be open to this account."""
    if not path:
        return Finding("sqlite.lock", "写锁文件", "无（内存数据库）")
    lock = Path(path)
    usable = os.access(lock, os.R_OK | os.W_OK) if lock.exists() else os.access(lock.parent, os.W_OK)
    mend = "本账号不能读写它：请把数据目录的所有者改为运行邻里的账号"
    return judged("sqlite.lock", "写锁文件", path, usable, mend)


def pragma(connection: BaseDatabaseWrapper, name: str) -> Any:
    """The single value of a PRAGMA, None when it answers nothing."""
    row = connection.connection.execute(f"PRAGMA {name}").fetchone()
    return row[0] if row else None


def postgresql(connection: BaseDatabaseWrapper) -> list[Finding]:
    """PostgreSQL: version, and the three settings on which an acknowledged commit rests."""

    def show(name: str) -> str:
        with connection.cursor() as cursor:
            cursor.execute(f"SHOW {name}")
            return str(cursor.fetchone()[0])

    major = int(show("server_version_num")) // 10000
    where = connection.settings_dict["HOST"] or "本机"
    found = [
        judged(
            "database.kind",
            "数据库",
            f"PostgreSQL {show('server_version')}，{where}/{connection.settings_dict['NAME']}",
            major >= OLDEST_POSTGRESQL,
            f"请升级到 PostgreSQL {OLDEST_POSTGRESQL} 或更新版本",
        )
    ]
    for name, bad, mend in (
        ("fsync", "off", "断电会损坏整个数据库：请在 postgresql.conf 中设为 on 并重启数据库"),
        ("full_page_writes", "off", "断电会损坏数据页：请在 postgresql.conf 中设为 on"),
        ("synchronous_commit", "off", "断电会丢失已确认的提交：请设为 on，并检查库和账号上的单独设置"),
    ):
        value = show(name)
        found.append(judged(f"pg.{name}", name, value, value != bad, mend))
    encoding = show("server_encoding")
    found.append(judged("pg.encoding", "字符编码", encoding, encoding == "UTF8", "请用 UTF8 编码重建数据库"))
    return found


def migrations(connection: BaseDatabaseWrapper) -> list[Finding]:
    """Whether the tables are of this program's version: neither older nor newer."""
    executor = MigrationExecutor(connection)
    loader = executor.loader
    plan = executor.migration_plan(loader.graph.leaf_nodes())
    ours = {app.label for app in apps.get_app_configs()}
    newer = sorted(f"{app}.{name}" for app, name in unknown(loader.applied_migrations, loader.disk_migrations, ours))
    return [
        judged(
            "database.version",
            "数据库版本",
            f"比程序新（{'、'.join(newer[:3])}）" if newer else "与程序相符",
            not newer,
            "数据库由更新版本的邻里升级过：请安装那个版本的程序，或恢复升级前的备份",
        ),
        judged(
            "database.migrations",
            "待升级变更",
            f"{len(plan)} 项",
            not plan,
            "请先运行 linli backup 备份，再运行 linli migrate",
        ),
    ]


def unknown(applied: Any, known: Any, ours: set[str]) -> list[tuple[str, str]]:
    """Migrations that the database has had and this program has not; squashed ones excepted."""
    replaced = {key for migration in known.values() for key in migration.replaces}
    return [key for key in applied if key[0] in ours and key not in known and key not in replaced]


def network_disk(path: Path) -> Finding:
    """The file system of the data folder; SQLite's locks cannot be trusted on a network disk."""
    kind = file_system(path)
    remote = kind.startswith(("nfs", "cifs", "smb", "9p", "fuse.sshfs", "ceph", "glusterfs", "lustre", "afs"))
    mend = "这是网络磁盘，SQLite 的锁在上面不可靠：请把 LINLI_DATA 放到本机磁盘，或改用 PostgreSQL"
    return judged("disk.kind", "文件系统", kind or "未知", not remote, mend, WARN)


def file_system(path: Path) -> str:
    """Type of the file system that holds a path, as the kernel names it; "" where there is no /proc/mounts."""
    table = Path("/proc/mounts")
    best, kind = "", ""
    for line in table.read_text("utf-8", "replace").splitlines() if table.exists() else ():
        parts = line.split()
        mount = parts[1].replace("\\040", " ")
        if (path == Path(mount) or Path(mount) in path.parents) and len(mount) >= len(best):
            best, kind = mount, parts[2]
    return kind

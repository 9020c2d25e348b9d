"""`linli migrate` and `linli check` (数据库与自检)."""

from __future__ import annotations

import argparse
import os
import platform
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from linli.site.commands import prepare

if TYPE_CHECKING:
    from linli.site.commands.prepare import Commands


def add(commands: Commands) -> None:
    """Add both commands."""
    upgrade = commands.add_parser("migrate", help="建立或升级数据库（升级前请备份数据目录）")
    prepare.demo_option(upgrade)
    upgrade.set_defaults(run=run_migrate)
    check = commands.add_parser("check", help="自检：运行环境、数据库、密钥、工作日历")
    prepare.demo_option(check)
    check.set_defaults(run=run_check)


def run_migrate(options: argparse.Namespace) -> int:
    """Apply all migrations and seed; says what was done."""
    prepare.start_django(demo=options.demo)
    waiting = prepare.pending_migrations()
    prepare.migrate()
    print(f"数据库已升级，执行了 {len(waiting)} 项变更。" if waiting else "数据库已是最新，没有需要执行的变更。")
    return 0


def run_check(options: argparse.Namespace) -> int:
    """Print the state of the installation line by line; 1 when something must be mended."""
    prepare.start_django(demo=options.demo)
    from django.conf import settings
    from django.utils import timezone

    if prepare.is_empty():
        prepare.migrate()
    faults = _database()
    waiting = prepare.pending_migrations()
    print(f"待升级变更：{len(waiting)} 项" + ("（请备份后运行 linli migrate）" if waiting else ""))
    faults += bool(waiting)
    for name in ("secret.key", "field.key"):
        faults += _key(settings.LINLI_DATA / name)
    if not waiting:
        print(f"工作日历：{prepare.calendar_warning(timezone.localdate()) or '已覆盖当前时限所及的年份'}")
    print("结论：" + ("有问题需要处理，见上面带“✗”的行。" if faults else "正常。"))
    return 1 if faults else 0


def _database() -> int:
    from django.conf import settings
    from django.db import connection

    from linli.kit.sqlite import driver
    from linli.kit.sqlite.base import durability

    print(f"Python：{platform.python_version()}（{sys.executable}）")
    print(f"数据目录：{settings.LINLI_DATA}")
    if connection.vendor != "sqlite":
        connection.ensure_connection()
        version = connection.get_database_version()
        print(
            f"数据库：{connection.vendor} {'.'.join(map(str, version))}，{connection.settings_dict['HOST'] or '本机'}"
        )
        return 0
    found = durability(connection)
    print(f"数据库：{connection.settings_dict['NAME']}")
    print(f"SQLite：{found['version']}")
    major, minor, patch = (int(part) for part in found["version"].split(".")[:3])
    wanted = driver.journal_mode_for((major, minor, patch))
    sound = found["journal_mode"] == wanted
    print(f"{_mark(sound)}日志模式：{found['journal_mode']}" + ("" if sound else f"（应为 {wanted}）"))
    full = found["synchronous"] in ("FULL", "EXTRA")
    print(f"{_mark(full)}落盘方式 synchronous：{found['synchronous']}" + ("" if full else "（应为 FULL）"))
    print(f"写锁文件：{found['lock'] or '无'}")
    return (not sound) + (not full)


def _key(path: Path) -> int:
    private = os.name != "posix" or not stat.S_IMODE(path.stat().st_mode) & 0o077
    advice = "" if private else "（其他用户可读，请运行 chmod 600）"
    print(f"{_mark(private)}密钥 {path.name}：{path.stat().st_size} 字节{advice}")
    return int(not private)


def _mark(good: bool) -> str:
    return "" if good else "✗ "

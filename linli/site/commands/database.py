"""`linli migrate` and `linli check` (数据库与自检)."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from linli.site.commands import prepare

if TYPE_CHECKING:
    from linli.site.commands.prepare import Commands


def add(commands: Commands) -> None:
    """Add both commands."""
    upgrade = commands.add_parser("migrate", help="建立或升级数据库（升级前请先 linli backup）")
    prepare.demo_option(upgrade)
    upgrade.set_defaults(run=run_migrate)
    check = commands.add_parser("check", help="自检：数据库、落盘、密钥、备份、锚点、账号、时钟")
    check.add_argument("--serve", action="store_true", help="按正式运行的要求检查")
    check.add_argument("--json", action="store_true", help="输出 JSON")
    prepare.demo_option(check)
    check.set_defaults(run=run_check)


def run_migrate(options: argparse.Namespace) -> int:
    """Apply all migrations and seed; says what was done. Raises: Trouble: the database is of a newer program."""
    prepare.start_django(demo=options.demo)
    prepare.refuse_newer()
    waiting = prepare.pending_migrations()
    prepare.migrate()
    print(f"数据库已升级，执行了 {len(waiting)} 项变更。" if waiting else "数据库已是最新，没有需要执行的变更。")
    return 0


def run_check(options: argparse.Namespace) -> int:
    """Print the state of the installation line by line; 1 when something must be mended."""
    prepare.start_django(demo=options.demo)
    from linli.site import health

    if prepare.is_empty():
        prepare.migrate()
    found = health.look(production=options.serve)
    faults = [one for one in found if one.level == health.REFUSE]
    if options.json:
        print(json.dumps({"ok": not faults, "findings": [asdict(one) for one in found]}, ensure_ascii=False, indent=1))
        return 1 if faults else 0
    for one in found:
        print(one.line())
    notes = sum(one.level == health.WARN for one in found)
    advice = f"另有 {notes} 项提醒，见带“!”的行。" if notes else ""
    print("结论：" + ("有问题需要处理，见上面带“✗”的行。" if faults else "正常。") + advice)
    return 1 if faults else 0

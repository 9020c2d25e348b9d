"""`linli calendar warn`: is the working calendar ready for the limits that run now (工作日历提醒)."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from linli.site.commands import prepare

if TYPE_CHECKING:
    from linli.site.commands.prepare import Commands


def add(commands: Commands) -> None:
    """Add the command group `calendar`."""
    group = commands.add_parser("calendar", help="工作日历").add_subparsers(
        title="命令", metavar="命令", dest="verb", required=True
    )
    warn = group.add_parser("warn", help="提醒未录入放假调休安排的年份；有则退出码为 1，供 cron 调用")
    prepare.demo_option(warn)
    warn.set_defaults(run=run_warn)


def run_warn(options: argparse.Namespace) -> int:
    """Print the warning, or that all is well."""
    prepare.open_database(demo=options.demo)
    from django.utils import timezone

    warning = prepare.calendar_warning(timezone.localdate())
    print(warning or "工作日历已覆盖当前时限所及的年份。")
    return 1 if warning else 0

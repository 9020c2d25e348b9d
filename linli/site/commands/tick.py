"""`linli tick`: periodic work without the web server (定时任务)."""

from __future__ import annotations

import argparse
import logging
import signal
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from linli.site.commands import prepare

if TYPE_CHECKING:
    from linli.site.commands.prepare import Commands


def add(commands: Commands) -> None:
    """Add the command."""
    tick = commands.add_parser("tick", help="运行到期的定时任务（linli run 已包含，单独部署时用）")
    tick.add_argument("--once", action="store_true", help="只运行一轮就结束，供 cron 调用")
    prepare.demo_option(tick)
    tick.set_defaults(run=run_tick)


def run_tick(options: argparse.Namespace) -> int:
    """Run what is due once, or until Ctrl-C or SIGTERM; 1 when a job of a single round failed."""
    prepare.open_database(demo=options.demo)
    from linli.kit import schedule
    from linli.site.tick import JOBS

    if options.once:
        logging.disable(logging.ERROR)  # the reason is printed below, without a traceback
        try:
            ran = schedule.run_due(JOBS)
        finally:
            logging.disable(logging.NOTSET)
        errors = dict(schedule.Job.objects.filter(name__in=ran).exclude(error="").values_list("name", "error"))
        for name in ran:
            print(f"✗ {name}：{errors[name]}" if name in errors else f"{name}：完成")
        print(f"本轮运行 {len(ran)} 项，{len(errors)} 项出错。" if ran else "没有到期的任务。")
        return 1 if errors else 0
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    print("定时任务运行中，按 Ctrl-C 结束。", flush=True)
    with suppress(KeyboardInterrupt):
        schedule.run_forever(JOBS, stop)
    print("定时任务已停止。", flush=True)
    return 0

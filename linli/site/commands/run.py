"""`linli run`: web pages and periodic work in one (启动)."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from linli.site.commands import prepare
from linli.site.commands.demo import load_demo

if TYPE_CHECKING:
    from linli.site.commands.prepare import Commands


def port(text: str) -> int:
    """Read a port. Raises: argparse.ArgumentTypeError with a Chinese text."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise argparse.ArgumentTypeError(f"端口号要在 1 到 65535 之间，现在是“{text}”")
    return int(text)


def add(commands: Commands) -> None:
    """Add the command."""
    run = commands.add_parser("run", help="启动邻里（网页服务和定时任务）")
    prepare.demo_option(run)
    run.add_argument("--port", type=port, metavar="端口", help="端口，默认取环境变量 LINLI_PORT，再默认 8000")
    run.set_defaults(run=run_server)


def run_server(options: argparse.Namespace) -> int:
    """Prepare the database, load the demo when asked, and serve until stopped."""
    prepare.require_packs()
    prepare.open_database(demo=options.demo)
    from django.conf import settings
    from django.utils import timezone

    from linli.site import server

    number = options.port or settings.LINLI_PORT
    server.require_free(number)
    if options.demo:
        load_demo()
    warning = prepare.calendar_warning(timezone.localdate())
    if warning:
        print(f"注意：{warning}", file=sys.stderr, flush=True)
    return server.serve(number, banner(number, demo=options.demo))


def banner(number: int, *, demo: bool) -> str:
    """What is printed once pages can be opened: the address first, for the demo also who may sign in and what to try."""
    lines = [f"邻里已启动：http://127.0.0.1:{number}/", "按 Ctrl-C 停止。"]
    if demo:
        from demo import guide

        lines[1:1] = guide()
    return "\n".join(lines)

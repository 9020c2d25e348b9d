"""`linli serve`: production; starts only on an installation that is fit for it (正式运行)."""

from __future__ import annotations

import argparse
import ipaddress
import sys
from typing import TYPE_CHECKING

from linli.site.commands import prepare
from linli.site.commands.run import port

if TYPE_CHECKING:
    from linli.site.commands.prepare import Commands

MOST_WORKERS = 64


def workers(text: str) -> int:
    """Read a number of processes. Raises: argparse.ArgumentTypeError with a Chinese text."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= MOST_WORKERS):
        raise argparse.ArgumentTypeError(f"进程数要在 1 到 {MOST_WORKERS} 之间，现在是“{text}”")
    return int(text)


def host(text: str) -> str:
    """Read an address to listen on. Raises: argparse.ArgumentTypeError with a Chinese text."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"监听地址要写 IP，如 127.0.0.1 或 0.0.0.0，现在是“{text}”") from error


def add(commands: Commands) -> None:
    """Add the command."""
    serve = commands.add_parser("serve", help="正式运行（先自检，有问题不启动）")
    serve.add_argument(
        "--host", metavar="地址", type=host, default="127.0.0.1", help="监听地址，默认 127.0.0.1（前面放反向代理）"
    )
    serve.add_argument("--port", metavar="端口", type=port, help="端口，默认取环境变量 LINLI_PORT，再默认 8000")
    serve.add_argument("--workers", metavar="个数", type=workers, default=1, help="进程数，只用于 PostgreSQL，默认 1")
    serve.set_defaults(run=run_serve)


def run_serve(options: argparse.Namespace) -> int:
    """Look at everything, print every refusal with its mend, and serve only when there is none."""
    prepare.start_django()
    from django.conf import settings
    from django.db import connection

    from linli.site import health, server

    if prepare.is_empty():
        prepare.migrate()
    found = health.look(production=True)
    refused = [one for one in found if one.level == health.REFUSE]
    if options.workers > 1 and connection.vendor == "sqlite":
        mend = "SQLite 只用一个进程（多线程）：请去掉 --workers，或改用 PostgreSQL"
        refused.append(health.Finding("workers", "进程数", str(options.workers), health.REFUSE, mend))
    for one in [*refused, *(one for one in found if one.level == health.WARN)]:
        print(one.line(), file=sys.stderr)
    if refused:
        print(f"有 {len(refused)} 项需要先处理，没有启动。处理后可用 linli check --serve 再查。", file=sys.stderr)
        return 1
    number = options.port or settings.LINLI_PORT
    server.require_free(number, options.host)
    prepare.seed()
    shown = f"[{options.host}]" if ":" in options.host else options.host
    banner = f"邻里已启动：http://{shown}:{number}/（{'、'.join(settings.ALLOWED_HOSTS)}）"
    return server.serve(number, banner, host=options.host, workers=options.workers)

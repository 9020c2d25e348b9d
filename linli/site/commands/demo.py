"""`linli demo load`: the two invented counties (演示数据)."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

from linli.site.commands import prepare

if TYPE_CHECKING:
    from linli.site.commands.prepare import Commands


def add(commands: Commands) -> None:
    """Add the command group `demo`."""
    group = commands.add_parser("demo", help="演示数据").add_subparsers(
        title="命令", metavar="命令", dest="verb", required=True
    )
    group.add_parser("load", help="载入两个虚构的县（已载入则不变）").set_defaults(run=run_load)
    code = group.add_parser("code", help="演示账号现在的动态码")
    code.add_argument("account", metavar="账号", help="绑定了动态码的演示账号，如 hb_security")
    code.set_defaults(run=run_code)


def run_load(options: argparse.Namespace) -> int:
    """Load the demo into its own database."""
    prepare.open_database(demo=True)
    load_demo()
    return 0


def run_code(options: argparse.Namespace) -> int:
    """Print the present code of a demo account, as its telephone would show it.

    Raises:
        Trouble: the account is unknown or has bound no app.
    """
    prepare.open_database(demo=True)
    from django.utils import timezone

    from linli.commons.doors.factor import STEP, present_code
    from linli.commons.models import SecondFactor

    found = SecondFactor.objects.filter(user__username=options.account).first()
    if found is None:
        raise prepare.Trouble(
            f"演示里没有绑定了动态码的账号“{options.account}”。先运行 linli run --demo，再试 hb_security。"
        )
    left = STEP - int(timezone.now().timestamp()) % STEP
    print(f"{present_code(found.secret)}（还有 {left} 秒；每个动态码只能用一次）")
    return 0


def load_demo() -> None:
    """Load the two counties unless they are there already, and say so.

    Raises:
        Trouble: the program was installed without the demo, or the database holds real data.
    """
    try:
        import demo
    except ImportError as error:
        raise prepare.Trouble("这份安装不含演示数据，请使用完整的源代码目录。") from error
    if demo.is_loaded():
        print("演示数据已载入。", flush=True)
        return
    print("正在载入演示数据，约需十几秒…", flush=True)
    began = time.monotonic()
    try:
        demo.load()
    except demo.RealData as error:
        raise prepare.Trouble(str(error)) from error
    print(f"演示数据已载入，用时 {time.monotonic() - began:.1f} 秒。", flush=True)

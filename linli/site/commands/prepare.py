"""What every command needs first: the right data folder, Django, and a database that is not empty (准备数据库)."""

from __future__ import annotations

import argparse
import os
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

CALENDAR_AHEAD = timedelta(days=92)
"""How far limits reach: a year that begins within three months must be in the calendar."""


class Trouble(Exception):
    """Something the person at the keyboard can mend; the text is one Chinese sentence.

    Args:
        code: exit code of the program.
    """

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


def demo_option(parser: argparse.ArgumentParser) -> None:
    """Add `--demo`, which makes a command work on the demo's own database."""
    parser.add_argument("--demo", action="store_true", help="使用演示数据库（数据目录下的 demo 文件夹）")


def data_folder() -> Path:
    """Where the installation keeps its data, as in the settings, without loading them."""
    root = Path(__file__).resolve().parent.parent.parent.parent
    return Path(os.environ.get("LINLI_DATA", "").strip() or root / "data").resolve()


def start_django(*, demo: bool = False) -> None:
    """Load settings and applications. The demo has a folder of its own, so that it never meets real data.

    Raises:
        SystemExit: a setting cannot be used; its text says which.
    """
    if demo:
        os.environ["LINLI_DATA"] = str(data_folder() / "demo")
        os.environ["LINLI_DEMO"] = "1"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.site.settings")
    import django

    django.setup()


def release_database() -> None:
    """Give back every connection and close the pool, so that none crosses a fork or holds an old plan or an old file.

    A pool that crosses a fork arrives without its threads and never connects again, and two processes would talk over
    one socket.
    """
    from django.db import connection, connections

    connections.close_all()
    close_pool = getattr(connection, "close_pool", None)  # PostgreSQL only
    if close_pool:
        close_pool()


def require_packs() -> None:
    """Load every pack of law. Raises: Trouble: one cannot be loaded, and pages that rest on it would fail."""
    from linli.law.load import broken_packs

    faults = broken_packs()
    if faults:
        raise Trouble("\n".join([*faults, "法规包不能用，没有启动。改好后可用 linli law check 再查。"]))


def pending_migrations() -> list[str]:
    """Names of migrations that the database has not had yet."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def refuse_newer() -> None:
    """Raises: Trouble: the database was upgraded by a newer program, which this one would misread."""
    from django.db import connection

    from linli.site.health.database import migrations

    if any(one.key == "database.version" and one.mend for one in migrations(connection)):
        raise Trouble("数据库由更新版本的邻里升级过，本程序不能使用。请安装那个版本的程序，或恢复升级前的备份。")


def is_empty() -> bool:
    """Whether the database holds no table of Linli yet."""
    from django.db import connection

    return "django_migrations" not in connection.introspection.table_names()


def migrate() -> None:
    """Bring the tables up to date and seed what every installation needs: matters and the working calendar."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    seed()


def seed() -> None:
    """Add matters and calendar years that are missing; idempotent."""
    from django.utils import timezone

    from linli.areas.mandates.actions.catalogue import sync_matters
    from linli.commons.workdays import seed_years

    sync_matters()
    year = timezone.localdate().year
    seed_years(range(year - 1, year + 2))


def open_database(*, demo: bool = False) -> None:
    """Start Django on a database that is ready for use; an empty one is set up at once.

    Raises:
        Trouble: a database in use needs an upgrade, which a person starts after a backup (the demo's upgrades itself), is of a
            newer program, or a restore was cut off.
    """
    start_django(demo=demo)
    refuse_interrupted()
    if is_empty():
        migrate()
        return
    refuse_newer()
    if pending_migrations():
        if not demo:
            raise Trouble("数据库需要升级。请先运行 linli backup 备份，再运行：linli migrate")
        migrate()
    else:
        seed()


def refuse_interrupted() -> None:
    """Raises: Trouble: a restore was cut off; the data folder holds part of it."""
    from django.conf import settings

    from linli.site.backup import state

    if state.unfinished(Path(settings.LINLI_DATA)):
        raise Trouble("上次恢复中断，数据不完整。请重新运行：linli restore 备份文件 --replace")


def uncovered_years(today: date) -> list[int]:
    """Years within reach of today's limits for which neither an official notice nor the county gave working days.

    Args:
        today: the day from which limits are counted.
    """
    from linli.commons.models import CalendarDay
    from linli.law.calendar import seed as official

    years = sorted({today.year, (today + CALENDAR_AHEAD).year})
    known = set(CalendarDay.objects.filter(day__year__in=years).values_list("day__year", flat=True))
    return [year for year in years if year not in known and official(year).uncovered]


def calendar_warning(today: date) -> str:
    """One sentence about uncovered years, or "" when all is well."""
    years = uncovered_years(today)
    if not years:
        return ""
    named = "、".join(str(year) for year in years)
    return f"工作日历还没有 {named} 年的放假调休安排，跨年时限暂按周一至周五计算；国务院办公厅通知公布后，请在“工作日历”页录入。"

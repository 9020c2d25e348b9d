"""`linli move`: from SQLite to PostgreSQL, with everything that is in it (换数据库)."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from linli.site.commands import prepare
from linli.site.commands.prepare import Trouble

if TYPE_CHECKING:
    from django.db import models

    from linli.site.commands.prepare import Commands

BATCH = 500


def add(commands: Commands) -> None:
    """Add the command."""
    move = commands.add_parser("move", help="把 SQLite 的数据转到空的 PostgreSQL（原数据库不变）")
    move.add_argument("target", metavar="网址", help="postgresql://用户:密码@主机:端口/库名")
    prepare.demo_option(move)
    move.set_defaults(run=run_move)


def run_move(options: argparse.Namespace) -> int:
    """Copy every table in one transaction, compare, and verify the trail on the other side.

    Raises: Trouble: the source is not SQLite or in use, the target holds data, or the copies differ.
    """
    prepare.open_database(demo=options.demo)
    from django.conf import settings
    from django.db import connection, connections

    from linli.site.backup import state
    from linli.site.settings import database

    if connection.vendor != "sqlite":
        raise Trouble("现在配置的不是 SQLite。请去掉 LINLI_DB，在 SQLite 的数据目录上运行本命令。")
    os.environ["LINLI_DB"] = options.target
    connections.databases["target"] = {**connections.databases["default"], **database(), "CONN_MAX_AGE": 0}
    with state.using(Path(settings.LINLI_DATA), alone=True) as free:
        if not free:
            raise Trouble("邻里正在使用这个数据库。请先停止 linli serve（或 linli run），再转移。")
        rows = _copy()
    words = [sys.executable, "-m", "linli.site.cli", "audit", "verify", *(["--demo"] if options.demo else [])]
    env = {**os.environ, "LINLI_DATA": str(settings.LINLI_DATA.parent if options.demo else settings.LINLI_DATA)}
    verified = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
    print(
        f"已转移 {rows} 行。{verified.stdout.strip().splitlines()[-1] if verified.stdout else verified.stderr.strip()}"
    )
    print(
        "以后请在环境变量 LINLI_DB 中写上这个地址，LINLI_DATA 不变（附件、密钥、锚点仍在其中）。原来的 SQLite 文件没有改动。"
    )
    return verified.returncode


def _copy() -> int:
    """Make the tables of the target and fill them; returns how many rows. Raises: Trouble: as `run_move`."""
    from django.apps import apps
    from django.core.management import call_command
    from django.core.management.color import no_style
    from django.db import connections, transaction

    target = connections["target"]
    if "django_migrations" in target.introspection.table_names():
        raise Trouble("目标数据库里已有邻里的表，没有改动。请新建一个空的数据库。")
    call_command("migrate", database="target", verbosity=0, interactive=False)
    tables = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    names = ", ".join(target.ops.quote_name(model._meta.db_table) for model in tables)
    with transaction.atomic(using="target"), target.cursor() as cursor:
        cursor.execute(f"TRUNCATE {names} CASCADE")  # what the migrations themselves put there
        for model in tables:
            # The triggers judge steps of today; what is copied was judged when it was written.
            cursor.execute(f"ALTER TABLE {target.ops.quote_name(model._meta.db_table)} DISABLE TRIGGER USER")
        rows = sum(_fill(model) for model in tables)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for model in tables:
            cursor.execute(f"ALTER TABLE {target.ops.quote_name(model._meta.db_table)} ENABLE TRIGGER USER")
        for statement in target.ops.sequence_reset_sql(no_style(), tables):
            cursor.execute(statement)
    return rows


def _fill(model: type[models.Model]) -> int:
    """Copy one table. Raises: Trouble: not every row arrived."""
    fields: list[Any] = list(model._meta.concrete_fields)
    for field in fields:  # a copy keeps the times of the original; this process does nothing else afterwards
        for name in ("auto_now", "auto_now_add"):
            if hasattr(field, name):
                setattr(field, name, False)
    source = iter(model._base_manager.using("default").order_by("pk").iterator(chunk_size=BATCH))
    while batch := list(islice(source, BATCH)):
        model._base_manager.using("target").bulk_create(batch)
    count = model._base_manager.using("default").count()
    if model._base_manager.using("target").count() != count:
        raise Trouble(f"{model._meta.verbose_name}没有全部转移，目标数据库没有改动。请报告这个问题。")
    return count

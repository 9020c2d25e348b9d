"""`linli appeals import`: take a hotline's CSV or XLSX into the register (导入热线数据). The verbs that need no register: `appeals_learn`, `appeals_hot`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from linli.site.commands import appeals_hot, appeals_learn, appeals_own, prepare
from linli.site.commands.sheets import say, say_some

if TYPE_CHECKING:
    from linli.areas.appeals.actions.import_rows import Checked
    from linli.commons.models import Place
    from linli.site.commands.prepare import Commands

SHOWN_FAULTS = 50


def add(commands: Commands) -> None:
    """Add the command group `appeals`."""
    group = commands.add_parser("appeals", help="诉求").add_subparsers(
        title="命令", metavar="命令", dest="verb", required=True
    )
    load = group.add_parser(
        "import",
        help="从表格导入诉求",
        description="导入热线的 CSV 或 XLSX（可为 .gz）。只有内容一列必须有。先检查每一行，有问题的行逐行说明，没有 --skip-bad 就一行也不写。",
    )
    load.add_argument("file", type=Path, metavar="文件", help="CSV 或 XLSX，可压缩为 .gz")
    load.add_argument(
        "--map", metavar="列名=字段", action="append", default=[], help="指明某一列是什么；字段为 - 表示不用这一列"
    )
    load.add_argument("--county", metavar="代码", default="", help="哪个县（市、区），六位代码")
    load.add_argument(
        "--as",
        dest="kind",
        metavar="open|history",
        choices=("open", "history"),
        default="open",
        help="open 待受理；history 历史，不计时",
    )
    load.add_argument("--skip-bad", action="store_true", help="跳过有问题的行，导入其余的")
    load.add_argument("--source", metavar="名称", default="", help="来源系统的名称；不写则用文件中的“来源”列")
    load.add_argument("--json", action="store_true", help="结果写成一行 JSON")
    prepare.demo_option(load)
    load.set_defaults(run=run_import)
    appeals_learn.add(group)
    appeals_own.add(group)
    appeals_hot.add(group)


def run_import(options: argparse.Namespace) -> int:
    """Import a file; 0 done, 1 rows have faults and nothing was written.

    Raises:
        Trouble: with exit code 2, it cannot be done as asked.
    """
    prepare.open_database(demo=options.demo)
    from linli.areas.appeals.actions.imports import KINDS, check_table, import_appeals
    from linli.commons.actor import SYSTEM
    from linli.kit.errors import Refusal
    from linli.kit.tables import read_path
    from linli.kit.text import clean_text

    county = _county(options.county)
    given = dict(_mapping(item) for item in options.map)
    source = str(clean_text(options.source))
    if len(source) > 60:
        raise prepare.Trouble("来源名称请在 60 字以内。", 2)
    try:
        raw, table = read_path(options.file)
        checked = check_table(table, given=given, source=source)
        if checked.faults and not options.skip_bad:
            counts = {"read": checked.read, "created": 0, "same": 0, "rejected": len(checked.faults)}
            _report(checked)
            say(f"{len(checked.faults)} 行有问题，一行也没有写入。改正后再导入，或加 --skip-bad 跳过。")
            if options.json:
                print(json.dumps(counts))
            return 1
        outcome = import_appeals(
            by=SYSTEM,
            county=county,
            checked=checked,
            kind=options.kind,
            filename=str(clean_text(options.file.name)),
            raw=raw,
            source=source,
        )
    except Refusal as refusal:
        raise prepare.Trouble(refusal.message, 2) from refusal
    _report(checked)
    if options.json:
        print(json.dumps(outcome.as_json()))
    else:
        print(
            f"读到 {outcome.read} 行：新增 {outcome.created} 件（{KINDS[options.kind]}），"
            f"已有 {outcome.same} 件，跳过 {outcome.rejected} 行。"
        )
    return 0


def _mapping(item: str) -> tuple[str, str]:
    column, equals, field = item.rpartition("=")
    if not equals or not column or not field:
        raise prepare.Trouble(f"--map 要写成 列名=字段，现在是“{item}”。", 2)
    return column.strip(), field.strip()


def _county(code: str) -> Place:
    from linli.commons.models import Place

    counties = Place.objects.filter(level=Place.Level.COUNTY)
    if code:
        found = counties.filter(code=code).first() if code.isascii() else None
        if found is None:
            raise prepare.Trouble(f"没有代码为“{code}”的县（市、区）。{_choices()}", 2)
        return found
    few = list(counties[:2])
    if len(few) != 1:
        raise prepare.Trouble(
            f"请用 --county 指明导入到哪个县（市、区）。{_choices()}"
            if few
            else "还没有登记县（市、区）。请先登记区划。",
            2,
        )
    return few[0]


def _choices() -> str:
    from linli.commons.models import Place

    rows = list(Place.objects.filter(level=Place.Level.COUNTY).values_list("code", "name")[:300])
    return "可选：" + "、".join(f"{code} {name}" for code, name in rows) + "。"


def _report(checked: Checked) -> None:
    if checked.unused:
        say(f"没有用到的列：{'、'.join(checked.unused)}。")
    say_some(checked.faults, "行有问题", shown=SHOWN_FAULTS)

"""`linli appeals import`: take a hotline's CSV or XLSX into the register (导入热线数据)."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from linli.areas.appeals.actions.import_rows import Checked
    from linli.commons.models import Place

SHOWN_FAULTS = 50


class Usage(Exception):
    """The command line cannot be understood."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Usage(f"命令写法有误：{message}\n{self.format_usage().strip()}\n加 --help 看说明。")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="linli appeals import",
        description="导入热线的 CSV 或 XLSX（可为 .gz）。只有内容一列必须有。先检查每一行，有问题的行逐行说明，没有 --skip-bad 就一行也不写。",
    )
    parser.add_argument("file", metavar="文件", help="CSV 或 XLSX，可压缩为 .gz")
    parser.add_argument(
        "--map", metavar="列名=字段", action="append", default=[], help="指明某一列是什么；字段为 - 表示不用这一列"
    )
    parser.add_argument("--county", metavar="代码", default="", help="哪个县（市、区），六位代码")
    parser.add_argument(
        "--as", dest="kind", choices=("open", "history"), default="open", help="open 待受理；history 历史，不计时"
    )
    parser.add_argument("--skip-bad", action="store_true", help="跳过有问题的行，导入其余的")
    parser.add_argument("--source", metavar="名称", default="", help="来源系统的名称；不写则用文件中的“来源”列")
    parser.add_argument("--json", action="store_true", help="结果写成一行 JSON")
    return parser


def run(argv: list[str]) -> int:
    """Run the command; 0 done, 1 rows have faults and nothing was written, 2 it cannot be done as asked.

    Django must be set up.
    """
    from linli.areas.appeals.actions.imports import KINDS, check_table, import_appeals
    from linli.commons.actor import SYSTEM
    from linli.kit.errors import Refusal
    from linli.kit.tables import read_path
    from linli.kit.text import clean_text

    try:
        asked = _parser().parse_args(argv)
        county = _county(asked.county)
        given = dict(_mapping(item) for item in asked.map)
        path = Path(asked.file)
        source = str(clean_text(asked.source))
        if len(source) > 60:
            raise Usage("来源名称请在 60 字以内。")
        raw, table = read_path(path)
        checked = check_table(table, given=given, source=source)
        if checked.faults and not asked.skip_bad:
            counts = {"read": checked.read, "created": 0, "same": 0, "rejected": len(checked.faults)}
            _report(checked)
            _say(f"{len(checked.faults)} 行有问题，一行也没有写入。改正后再导入，或加 --skip-bad 跳过。")
            if asked.json:
                print(json.dumps(counts))
            return 1
        outcome = import_appeals(
            by=SYSTEM,
            county=county,
            checked=checked,
            kind=asked.kind,
            filename=str(clean_text(path.name)),
            raw=raw,
            source=source,
        )
    except SystemExit as stop:  # --help
        return int(stop.code or 0)
    except Usage as error:
        _say(error)
        return 2
    except Refusal as refusal:
        _say(refusal.message)
        return 2
    _report(checked)
    if asked.json:
        print(json.dumps(outcome.as_json()))
    else:
        print(
            f"读到 {outcome.read} 行：新增 {outcome.created} 件（{KINDS[asked.kind]}），"
            f"已有 {outcome.same} 件，跳过 {outcome.rejected} 行。"
        )
    return 0


def _say(words: object) -> None:
    """Say something beside the result; a name of undecodable bytes must not break the sentence."""
    print(str(words).encode("utf-8", "replace").decode(), file=sys.stderr)


def _mapping(item: str) -> tuple[str, str]:
    column, equals, field = item.rpartition("=")
    if not equals or not column or not field:
        raise Usage(f"--map 要写成 列名=字段，现在是“{item}”。")
    return column.strip(), field.strip()


def _county(code: str) -> Place:
    from linli.commons.models import Place

    counties = Place.objects.filter(level=Place.Level.COUNTY)
    if code:
        found = counties.filter(code=code).first() if code.isascii() else None
        if found is None:
            raise Usage(f"没有代码为“{code}”的县（市、区）。{_choices()}")
        return found
    few = list(counties[:2])
    if len(few) != 1:
        raise Usage(
            f"请用 --county 指明导入到哪个县（市、区）。{_choices()}"
            if few
            else "还没有登记县（市、区）。请先登记区划。"
        )
    return few[0]


def _choices() -> str:
    from linli.commons.models import Place

    rows = list(Place.objects.filter(level=Place.Level.COUNTY).values_list("code", "name")[:300])
    return "可选：" + "、".join(f"{code} {name}" for code, name in rows) + "。"


def _report(checked: Checked) -> None:
    if checked.unused:
        _say(f"没有用到的列：{'、'.join(checked.unused)}。")
    for fault in checked.faults[:SHOWN_FAULTS]:
        _say(fault)
    if len(checked.faults) > SHOWN_FAULTS:
        _say(f"……还有 {len(checked.faults) - SHOWN_FAULTS} 行有问题。")


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.site.settings")
    django.setup()
    raise SystemExit(run(sys.argv[1:]))

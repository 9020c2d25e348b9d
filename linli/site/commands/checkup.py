"""`linli checkup` (体检): a spreadsheet in, a report out; and the template. Needs no database."""

from __future__ import annotations

import argparse
import datetime as dt
import gc
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from linli.site.commands import prepare
from linli.site.commands.sheets import written

if TYPE_CHECKING:
    from linli.law.checkup.report import Report
    from linli.law.types import Pack
    from linli.site.commands.prepare import Commands

ENDINGS = (".xlsx", ".docx", ".html", ".json")
SHOWN = 20


def add(commands: Commands) -> None:
    """Add the command `checkup`."""
    parser = commands.add_parser("checkup", help="社区治理体检：表格进，报告出")
    parser.add_argument("file", nargs="?", type=Path, metavar="文件", help="社区情况表（xlsx 或 csv）")
    parser.add_argument("--pack", default="", metavar="法规包", help="按哪个法规包评判，如 hubei")
    parser.add_argument("--as-of", type=_day, metavar="日期", help="体检日，如 2026-06-30；不写为今天")
    parser.add_argument("--start", type=_day, metavar="日期", help="假定草案从哪天起施行；不写则视为已施行")
    parser.add_argument(
        "-o",
        "--output",
        action="append",
        type=Path,
        metavar="报告",
        help="写到哪里：.xlsx、.docx、.html 或 .json，可写几次",
    )
    parser.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="表头=指标",
        help="指明一列是什么，如 --column 办公面积=area；等号后写 - 为不读",
    )
    parser.add_argument("--label", default="", metavar="说明", help="数据不是统计而来时注明，如“按县数据推算”")
    parser.add_argument("--template", type=Path, metavar="文件", help="生成填报模板（xlsx）")
    parser.set_defaults(run=run)


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text.replace("/", "-"))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"“{text}”不是日期，应形如 2026-06-30") from error


def run(options: argparse.Namespace) -> int:
    """Write a template, or judge a file and write the reports."""
    prepare.start_django()
    if options.template is not None:
        return _template(options)
    if options.file is None:
        raise prepare.Trouble("缺少文件。用法：linli checkup 文件.xlsx --pack hubei --as-of 2026-06-30 -o 报告.xlsx", 2)
    outputs: list[Path] = options.output or []
    for path in outputs:
        _writable(path, ENDINGS)
    pack = _pack(options.pack)
    gc.disable()  # collecting between a million cells of one file costs a tenth of the time and finds nothing
    try:
        report = _judged(options, pack)
    finally:
        gc.enable()
    for path in outputs:
        write_report(path, report)
    _tell(report, outputs)
    return 0


def _pack(id: str) -> Pack:
    from linli.law.load import NATIONAL, load_pack, packs
    from linli.law.types import PackError

    known = [name for name in packs() if name != NATIONAL]
    if not id:
        raise prepare.Trouble(f"请用 --pack 写明按哪个法规包评判，可选：{'、'.join(known)}", 2)
    try:
        pack = load_pack(id)
    except PackError as error:
        raise prepare.Trouble(str(error), 2) from error
    if not any(duty.rule is not None for duty in pack.duties):
        raise prepare.Trouble(f"法规包 {id} 没有能按数据评判的职责，可选：{'、'.join(known)}", 2)
    return pack


def _judged(options: argparse.Namespace, pack: Pack) -> Report:
    from linli.kit.errors import BadInput
    from linli.kit.tables import read_bytes
    from linli.law.expr import ExpressionError
    from linli.site.checkup.run import judge_file, take_file

    try:
        raw = read_bytes(options.file)
        taken = take_file(options.file.name, raw, pack, dict(map(_column, options.column)))
        today = dt.datetime.now().date()
        return judge_file(taken, pack, options.as_of or today, start=options.start, label=options.label)
    except BadInput as refusal:
        raise prepare.Trouble(refusal.message, 2) from refusal
    except ExpressionError as error:
        raise prepare.Trouble(f"法规包 {pack.id} 的规则算不下去：{error}", 2) from error


def _column(text: str) -> tuple[str, str]:
    title, sign, key = text.rpartition("=")
    if not sign or not title.strip() or not key.strip():
        raise prepare.Trouble(f"--column 应写成 表头=指标，如 办公面积=area；实为“{text}”", 2)
    return title.strip(), key.strip()


def _template(options: argparse.Namespace) -> int:
    from linli.law.load import NATIONAL, load_pack, packs
    from linli.site.checkup.template import template_bytes

    _writable(options.template, (".xlsx",))
    chosen = [_pack(options.pack)] if options.pack else [load_pack(id) for id in packs() if id != NATIONAL]
    _write(options.template, [template_bytes(chosen)])
    print(
        f"模板已写到 {options.template}（{'、'.join(pack.short for pack in chosen)}）。填好后：linli checkup {options.template} --pack 法规包 -o 报告.xlsx"
    )
    return 0


def _writable(path: Path, endings: tuple[str, ...]) -> None:
    if path.suffix.lower() not in endings:
        raise prepare.Trouble(f"不会写“{path.name}”这种文件，请用 {'、'.join(endings)} 结尾的名称。", 2)
    if not path.absolute().parent.is_dir():
        raise prepare.Trouble(f"没有文件夹 {path.absolute().parent}，请先建好或换一个位置。", 2)


def write_report(path: Path, report: Report) -> None:
    """Write a report of the kind that the name ends with (写报告), whole or not at all."""
    _write(path, _made(path, report))


def _made(path: Path, report: Report) -> Iterable[bytes]:
    from linli.site.checkup import as_docx, as_html, as_json, as_xlsx

    kind = path.suffix.lower()
    if kind == ".json":
        return as_json.pieces(report)
    if kind == ".html":
        return [as_html.page(report).encode()]
    return [as_xlsx.book(report) if kind == ".xlsx" else as_docx.paper(report)]


def _write(path: Path, parts: Iterable[bytes]) -> None:
    """Write a file whole or not at all."""
    with written(path) as place, place.open("wb") as file:
        for part in parts:
            file.write(part)


def _tell(report: Report, outputs: list[Path]) -> None:
    """What a person wants to read in the terminal."""
    from linli.law.say import VERDICTS

    levels = report.levels
    places = "、".join(
        f"{len(levels[level])} 个{word}"
        for level, word in (("county", "县"), ("street", "街道（乡镇）"), ("community", "社区（村）"))
    )
    print(
        f"{report.title}：{places}，截至 {report.as_of}，按{report.pack.title}{'（草案模拟）' if report.draft else ''}。"
    )
    words = {verdict.value: word for verdict, word in VERDICTS.items()}
    print("评判结果：" + "，".join(f"{words[key]} {count}" for key, count in report.counts().items() if count) + "。")
    errors = [one for one in report.problems if one.kind == "error"]
    notes = [one for one in report.problems if one.kind != "error"]
    for head, found in (("要改的", errors), ("要留意的", notes)):
        if found:
            print(f"{head} {len(found)} 处：")
            for one in found[:SHOWN]:
                print(f"  {one}")
            if len(found) > SHOWN:
                print(f"  ……其余 {len(found) - SHOWN} 处见报告。")
    print(
        "报告：" + "、".join(map(str, outputs))
        if outputs
        else "没有写报告；要报告请加 -o 报告.xlsx（或 .docx、.html、.json）。"
    )

"""`linli sites solve`: where facilities go (设施选址)."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from linli.site.commands.prepare import Trouble
from linli.site.commands.timed import began

if TYPE_CHECKING:
    from linli.methods.siting.answer import Answer
    from linli.methods.siting.instance import Instance
    from linli.site.commands.prepare import Commands

SECONDS = 10.0
TO_WRITE = 0.25
"""Seconds kept for writing the answer."""
KINDS = ("median", "cover", "center", "set")
VALUE = {"median": "总加权距离", "cover": "覆盖的需求", "center": "最远距离", "set": "点数（或造价）"}


def add(commands: Commands) -> None:
    """Add the command group `sites`."""
    group = commands.add_parser("sites", help="设施选址").add_subparsers(
        title="命令", metavar="命令", dest="verb", required=True
    )
    solve = group.add_parser(
        "solve",
        help="选址",
        description="读 OR-Library 的 p 中位文件、“n . p S”点文件、GeoJSON 或 CSV/XLSX（列：lon、lat 或 x、y，demand，role，"
        "fixed，cost，capacity）。编号从 1 起；表格有 id 列则用 id。",
    )
    solve.add_argument("file", type=Path, metavar="文件", help="问题文件，可压缩为 .gz")
    solve.add_argument("--p", type=int, metavar="个数", help="选几个点（含已定的点）")
    solve.add_argument("--radius", type=float, metavar="半径", help="服务半径；经纬度时单位为米")
    solve.add_argument(
        "--kind",
        choices=KINDS,
        metavar="|".join(KINDS),
        help="median 总距离最小；cover 覆盖最多；center 最远距离最小；set 全部覆盖且点最少",
    )
    solve.add_argument("--budget", type=float, metavar="预算", help="造价合计的上限，可代替 --p")
    solve.add_argument("--seconds", type=float, default=SECONDS, metavar="秒", help=f"时限，含启动（{SECONDS:g}）")
    solve.add_argument("--seed", type=int, default=0, metavar="数", help="随机种子（0）")
    solve.add_argument("--json", action="store_true", help="结果写成一行 JSON")
    solve.set_defaults(run=run_solve)


def run_solve(options: argparse.Namespace) -> int:
    """Solve; 0 when there is an answer.

    Raises:
        Trouble: with exit code 2, the file or the request cannot be used.
    """
    if not options.seconds > 0:
        raise Trouble(f"--seconds 要大于零，现在是 {options.seconds:g}。", 2)
    end = began() + options.seconds - TO_WRITE
    from linli.methods.siting.answer import solve

    if options.seed < 0:
        raise Trouble("--seed 要是零或正整数。", 2)
    try:
        instance = read(options.file)
        count = instance.count if options.p is None and options.budget is None else options.p
        radius = instance.radius if options.radius is None else options.radius
        kind = options.kind
        if kind is None:
            needs = count is not None or options.budget is not None
            kind = "median" if not radius else "cover" if needs else "set"
        answer = solve(
            instance,
            kind,
            count=count,
            radius=radius,
            budget=options.budget,
            left=lambda: end - time.monotonic(),
            seed=options.seed,
        )
    except ValueError as error:
        raise Trouble(str(error), 2) from error
    result = as_json(instance, answer)
    if options.json:
        print(json.dumps(result, ensure_ascii=False))
    else:
        say(result)
    return 0


def read(path: Path) -> Instance:
    """The question in a file, by its ending and its first characters.

    Raises:
        Trouble, ValueError: it cannot be read; the text names line or feature.
    """
    from linli.methods.siting.read import from_records, read_geojson, read_numbers
    from linli.site.commands.sheets import as_sheet, read_sheet, read_text

    if path.suffix.lower() == ".xlsx":
        sheet = read_sheet(path)
    else:
        text = read_text(path)
        head = text.lstrip("\ufeff \t\r\n")[:200]
        if head.startswith(("{", "[")):
            return read_geojson(text)
        first = head.splitlines()[0]
        if not any(sign.isalpha() for sign in first) and not any(sign in first for sign in ",;"):
            return read_numbers(text)
        sheet = as_sheet(text, path)
    names = sheet.header
    records = [
        (f"第 {line} 行", dict(zip(names, row, strict=True))) for line, row in zip(sheet.lines, sheet.rows, strict=True)
    ]
    return from_records(records)


def as_json(instance: Instance, answer: Answer) -> dict[str, Any]:
    """The answer in the names of the file."""
    result: dict[str, Any] = {
        "kind": answer.kind,
        "covered" if answer.kind == "cover" else "cost": _plain(answer.value),
        "sites": [instance.candidates[site] for site in answer.sites.tolist()],
        "bound": _plain(answer.bound),
        "proven": bool(answer.proven),
        "uncovered": [instance.clients[client] for client in answer.uncovered.tolist()],
        "next": None
        if answer.next_site is None
        else {"site": instance.candidates[answer.next_site], "gain": _plain(answer.next_gain)},
    }
    if answer.owner is not None:
        owners = answer.owner.tolist()
        result["assigned"] = [instance.candidates[site] if site >= 0 else None for site in owners]
    return result


def _plain(value: float) -> int | float:
    return int(value) if value == int(value) else float(value)


def say(result: dict[str, Any]) -> None:
    """Print the answer for a person."""
    value = result.get("covered", result.get("cost"))
    proof = "已证明最优" if result["proven"] else f"尚未证明最优，界限 {result['bound']}"
    print(f"{VALUE[result['kind']]}：{value}（{proof}）")
    print(f"选定 {len(result['sites'])} 个点：{'、'.join(map(str, result['sites']))}")
    if result["uncovered"]:
        print(f"未覆盖 {len(result['uncovered'])} 个需求点：{'、'.join(map(str, result['uncovered'][:200]))}")
    if result["next"]:
        print(f"再加一个点（{result['next']['site']}）可再得 {result['next']['gain']}。")

"""`linli grids divide`, `check`, `explain`: fair grids from a graph of atoms (网格划分). Needs no database and no Django."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from linli.kit.disk import reason
from linli.site.commands.prepare import Trouble
from linli.site.commands.sheets import written
from linli.site.commands.timed import began

if TYPE_CHECKING:
    from linli.methods.partition.graph import Bounds, Graph
    from linli.site.commands.prepare import Commands

MOST_BYTES = 512 * 1024 * 1024


def add(commands: Commands) -> None:
    """Add the command group `grids`."""
    group = commands.add_parser("grids", help="网格划分").add_subparsers(
        title="命令", metavar="命令", dest="verb", required=True
    )
    divide = group.add_parser(
        "divide",
        help="把地块划成人口均衡、各自连片的网格",
        description="人口上下限是硬的：平均数 × (1 ∓ 容差) 向内取整。先保证上下限和连片，再让割边（或转动惯量）最小，最后让变动人口最少。",
    )
    divide.add_argument(
        "graph", type=Path, metavar="图.json", help="pop、edges，可有 weight、xy、together、frozen、apart、current"
    )
    divide.add_argument("--parts", type=integer, required=True, metavar="个数", help="划成几个网格")
    divide.add_argument("--tolerance", default="0.05", metavar="容差", help="人口容差，0.005 表示 ±0.5 %%（默认 0.05）")
    divide.add_argument("--seconds", type=number, default=10.0, metavar="秒", help="用多少秒（默认 10）")
    divide.add_argument(
        "--seed", type=integer, default=1, metavar="种子", help="随机种子；同样的种子和秒数得同样的方案（默认 1）"
    )
    divide.add_argument(
        "--iterations", type=integer, default=None, metavar="步数", help="最多试移多少步；机器快慢不影响结果"
    )
    divide.add_argument(
        "--objective", choices=("cut", "inertia"), default="cut", help="cut 割边最小；inertia 转动惯量最小（要有 xy）"
    )
    divide.add_argument("-o", "--output", type=Path, metavar="方案.json", help="写到哪个文件；不写则打印")
    divide.set_defaults(run=run_divide)
    for name, work, text in (
        ("check", run_check, "核对方案是否满足全部要求"),
        ("explain", run_explain, "逐个地块说明为什么划在这里"),
    ):
        verb = group.add_parser(name, help=text)
        verb.add_argument("graph", type=Path, metavar="图.json", help="划分所用的图")
        verb.add_argument("plan", type=Path, metavar="方案.json", help="有 district（每个地块的网格编号）")
        verb.add_argument("--parts", type=integer, default=None, metavar="个数", help="应有几个网格；不写则按方案")
        verb.add_argument("--tolerance", default=None, metavar="容差", help="人口容差；不写则按方案")
        verb.add_argument("--json", action="store_true", help="输出 JSON")
        verb.set_defaults(run=work)


def integer(text: str) -> int:
    """Raises: argparse.ArgumentTypeError: not a whole number of at most 15 digits."""
    try:
        value = int(text)
    except ValueError:
        value = 10**15
    if abs(value) >= 10**15:
        raise argparse.ArgumentTypeError(f"要写整数，不能是 {text[:30]}")
    return value


def number(text: str) -> float:
    """Raises: argparse.ArgumentTypeError: not a number."""
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"要写数字，不能是 {text[:30]}") from None


def read_json(path: Path) -> Any:
    """What a JSON file holds.

    Raises:
        Trouble: it cannot be read; the text says where and why.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Trouble(f"文件 {path} 超过 {MOST_BYTES // 2**20} MB，请分片划分。", 2)
        text = path.read_bytes().decode("utf-8-sig")
        return json.loads(text)
    except FileNotFoundError:
        raise Trouble(f"没有找到文件 {path}，请核对路径。", 2) from None
    except IsADirectoryError:
        raise Trouble(f"{path} 是文件夹，请写文件名。", 2) from None
    except OSError as error:
        raise Trouble(f"文件 {path} 打不开（{reason(error)}）。请核对路径和权限。", 2) from None
    except UnicodeDecodeError as error:
        raise Trouble(f"文件 {path} 第 {error.start} 字节不是 UTF-8 文字，请另存为 UTF-8 的 JSON。", 2) from None
    except json.JSONDecodeError as error:
        raise Trouble(f"文件 {path} 第 {error.lineno} 行第 {error.colno} 列不是正确的 JSON，请改正。", 2) from None
    except (RecursionError, ValueError):
        raise Trouble(f"文件 {path} 的 JSON 层次太深或数字太长，请核对。", 2) from None


def run_divide(options: argparse.Namespace) -> int:
    """Divide; 0 when a plan was written, 1 when there is none, 2 when the input cannot be used.

    Raises:
        Trouble: no plan, with the reason.
    """
    start = began()
    # One thread: small matrices gain nothing from more, and on a busy machine they would wait for each other.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from linli.methods.partition.divide import NotFound, divide
    from linli.methods.partition.graph import Infeasible, Refused, read_graph

    refuse_unwritable(options.output)
    try:
        graph = read_graph(read_json(options.graph))
        plan = divide(
            graph,
            options.parts,
            options.tolerance,
            seconds=options.seconds,
            seed=options.seed,
            objective=options.objective,
            iterations=options.iterations,
            spent=time.monotonic() - start,
        )
    except Infeasible as reason:
        raise Trouble(f"无法划分：{reason}", 1) from None
    except NotFound as reason:
        raise Trouble(str(reason), 1) from None
    except Refused as reason:
        raise Trouble(str(reason), 2) from None
    content = json.dumps(plan.as_json(), ensure_ascii=False) + "\n"
    if options.output is None:
        print(content, end="")
        return 0
    with written(options.output) as place:
        place.write_text(content, "utf-8")
    value = plan.cut if plan.objective == "cut" else plan.inertia or 0.0
    name = "割边" if plan.objective == "cut" else "转动惯量"
    bound = "已证明最优" if plan.proven else f"任何方案都不会低于 {plan.bound:g}"
    print(
        f"已划成 {plan.bounds.parts} 个网格，每个 {plan.bounds.lower} 至 {plan.bounds.upper} 人，最大偏差 {plan.deviation:.2%}；"
        f"{name} {value:g}（{bound}）；变动人口 {plan.moved:g}。方案在 {options.output}。"
    )
    return 0


def refuse_unwritable(path: Path | None) -> None:
    """Raises: Trouble: the plan could not be written there; said before the work, not after."""
    if path is None:
        return
    folder = path.resolve().parent
    if path.is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK):
        raise Trouble(f"不能写到 {path}，请核对路径和权限。", 2)


def read_both(options: argparse.Namespace) -> tuple[Graph, list[int], dict[str, Any], int, Bounds | None]:
    """Graph, districts, the plan's other content, number of parts, and bounds when a tolerance is known.

    Raises:
        Trouble: a file cannot be used.
    """
    from linli.methods.partition.graph import Refused, bounds_of, read_graph, read_plan

    try:
        graph = read_graph(read_json(options.graph))
        data = read_json(options.plan)
        district = read_plan(data, graph)
        parts = options.parts if options.parts is not None else data.get("parts", len(set(district)))
        tolerance = options.tolerance if options.tolerance is not None else data.get("tolerance")
        bounds = None if tolerance is None else bounds_of(graph, parts, str(tolerance))
        if bounds is None:
            bounds_of(graph, parts, Fraction(1))
    except Refused as reason:
        raise Trouble(str(reason), 2) from None
    return graph, district, data, parts, bounds


def claims(data: dict[str, Any], known: dict[str, float | None]) -> list[str]:
    """Figures of the plan that are not what they should be."""
    wrong = []
    for key, true in known.items():
        said = data.get(key)
        if said is None or true is None:
            continue
        if isinstance(said, bool) or not isinstance(said, int | float) or abs(said - true) > 1e-6 * max(1.0, abs(true)):
            wrong.append(f"方案写的 {key} 是 {str(said)[:30]}，重新计算是 {true:.10g}。")
    return wrong


def run_check(options: argparse.Namespace) -> int:
    """Check a plan against its graph; 0 when it holds, 1 when it does not."""
    from linli.methods.partition.divide import whole
    from linli.methods.partition.explain import check

    graph, district, data, parts, bounds = read_both(options)
    found = check(graph, district, parts, bounds)
    known: dict[str, float | None] = {"cut": found.cut, "moved": found.moved, "inertia": found.inertia}
    if parts == len(found.loads):
        known["deviation"] = found.deviation
    faults = found.faults + claims(data, known)
    if options.json:
        content = {
            "ok": not faults,
            "faults": faults,
            "cut": whole(found.cut),
            "deviation": found.deviation,
            "moved": whole(found.moved),
            "population": {str(label): whole(people) for label, people in sorted(found.loads.items())},
        }
        print(json.dumps(content, ensure_ascii=False))
        return 1 if faults else 0
    for fault in faults:
        print(fault)
    limits = f"每个 {bounds.lower} 至 {bounds.upper} 人" if bounds else "没有写明容差，未核对人口上下限"
    print(
        f"{'有 ' + str(len(faults)) + ' 处不符' if faults else '符合全部要求'}：{len(found.loads)} 个网格，{limits}，"
        f"最大偏差 {found.deviation:.2%}，割边 {found.cut:g}，变动人口 {found.moved:g}。"
    )
    return 1 if faults else 0


def run_explain(options: argparse.Namespace) -> int:
    """Say for every atom the best other district and why it does not go there.

    Raises:
        Trouble: the tolerance is not known.
    """
    from linli.methods.partition.explain import explain
    from linli.methods.partition.graph import figure

    graph, district, data, _, bounds = read_both(options)
    if bounds is None:
        raise Trouble("方案没有写 tolerance（人口容差），请用 --tolerance 指明。", 2)
    kind = "inertia" if data.get("objective") == "inertia" and graph.xy else "cut"
    moves = explain(graph, district, bounds, kind)
    if options.json:
        rows = [
            {
                "atom": move.atom,
                "district": move.district,
                "other": move.other,
                "allowed": move.allowed,
                "cost": move.cost,
                "moved": move.moved,
                "reasons": [{"kind": one.kind, "amount": one.amount, "text": one.text} for one in move.reasons],
            }
            for move in moves
        ]
        print(json.dumps(rows, ensure_ascii=False))
        return 0
    lines = ["地块\t人口\t网格\t最优替代\t可否\t理由"]
    for move in moves:
        other = "无" if move.other is None else str(move.other)
        reasons = "；".join(one.text for one in move.reasons)
        word = "可" if move.allowed else "否"
        lines.append(f"{move.atom}\t{figure(graph.people[move.atom])}\t{move.district}\t{other}\t{word}\t{reasons}")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0

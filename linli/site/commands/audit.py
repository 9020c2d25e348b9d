"""`linli audit verify`: walk every chain of the trail (核验留痕)."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from linli.site.commands import prepare

if TYPE_CHECKING:
    from linli.site.commands.prepare import Commands


def add(commands: Commands) -> None:
    """Add the command group `audit`."""
    group = commands.add_parser("audit", help="留痕核验").add_subparsers(
        title="命令", metavar="命令", dest="verb", required=True
    )
    verify = group.add_parser("verify", help="逐条核验留痕链，有改动、缺失即报告")
    prepare.demo_option(verify)
    verify.add_argument("--json", action="store_true", help="输出 JSON")
    verify.set_defaults(run=run_verify)


def run_verify(options: argparse.Namespace) -> int:
    """Print entries per unit and every fault, against the anchors too; 1 when a chain does not hold."""
    prepare.open_database(demo=options.demo)
    from django.db.models import Count

    from linli.kit import anchor, trail

    units = dict(
        trail.Entry.objects.order_by("unit")
        .values_list("unit")
        .annotate(count=Count("id"))
        .values_list("unit", "count")
    )
    faults = list(anchor.verify())
    if options.json:
        found = [{"unit": fault.unit, "seq": fault.seq, "message": fault.message} for fault in faults]
        print(json.dumps({"ok": not faults, "units": units, "faults": found}, ensure_ascii=False, indent=1))
        return 1 if faults else 0
    broken = {fault.unit for fault in faults}
    for unit in sorted(units.keys() | broken):
        print(f"单元 {unit}：{units.get(unit, 0)} 条，{'有问题' if unit in broken else '完整'}")
    for fault in faults:
        print(f"✗ 单元 {fault.unit} 第 {fault.seq} 条：{fault.message}")
    total = sum(units.values())
    print(f"共 {total} 条，发现 {len(faults)} 处问题。" if faults else f"共 {total} 条，链条完整，未发现改动。")
    return 1 if faults else 0

"""`linli places locate`: which place each message is about (诉求定位)."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from linli.site.commands import prepare
from linli.site.commands.sheets import read_sheet, say_some, write_sheet

if TYPE_CHECKING:
    from linli.methods.locate import Place
    from linli.site.commands.prepare import Commands

TEXT = ("text", "内容", "诉求内容", "地址", "address")
NAMES = {
    "code": ("code", "编码", "代码", "id"),
    "name": ("name", "名称", "地名"),
    "aliases": ("aliases", "alias", "别名"),
    "kind": ("kind", "类型", "种类"),
    "parent": ("parent", "上级", "上级编码"),
}
ADDED = ("code", "name", "start", "end", "matched", "detail", "relation", "score", "reason", "others")


def add(verbs: Commands) -> None:
    """Add the verb to the group `places`."""
    find = verbs.add_parser(
        "locate",
        help="从文字中找出地点",
        description="读 text 一列，写出原有各列和 code、name、start、end、matched、detail（门牌）、relation（附近、对面……）、score、reason（依据）、others（其他地点）。"
        "认不准的留空。",
    )
    find.add_argument("file", type=Path, metavar="文件", help="CSV 或 XLSX，可压缩为 .gz")
    find.add_argument("-o", "--output", type=Path, required=True, metavar="文件", help="结果表（.csv 或 .xlsx）")
    find.add_argument(
        "--names",
        type=Path,
        metavar="文件",
        help="地名表：code、name，可有 aliases（用、隔开）、kind、parent；不写则用本站的区划",
    )
    prepare.demo_option(find)
    find.set_defaults(run=run_locate)


def run_locate(options: argparse.Namespace) -> int:
    """Locate every row of a file.

    Raises:
        Trouble: with exit code 2, a file cannot be read or written, or the gazetteer has a fault.
    """
    from linli.methods.locate import Locator

    sheet = read_sheet(options.file)
    sheet.need("text", *TEXT)
    places = read_places(options.names) if options.names else site_places(demo=options.demo)
    if not places:
        raise prepare.Trouble("没有地名可用。请用 --names 给出地名表，或先登记本站的区划。", 2)
    try:
        locator = Locator(places)
    except ValueError as error:
        raise prepare.Trouble(f"{options.names.name if options.names else '本站的区划'}：{error}", 2) from error
    texts = sheet.column(*TEXT)
    found = locator.find_many(texts)
    header = [f"given_{name}" if name.strip().lower() in ADDED else name for name in sheet.header]
    located = 0
    out: list[list[object]] = []
    for cells, text, told in zip(sheet.rows, texts, found, strict=True):
        if not told:
            out.append([*cells, *[""] * len(ADDED)])
            continue
        best = told[0]
        located += 1
        others = "、".join(f"{one.code} {one.name}" for one in told[1:6])
        span = (best.start, best.end, text[best.start : best.end])
        out.append(
            [*cells, best.code, best.name, *span, best.detail, best.relation, f"{best.score:.2f}", best.reason, others]
        )
    write_sheet(options.output, [*header, *ADDED], out, mark=False)
    print(f"{len(texts)} 条中有 {located} 条找到地点（地名 {len(locator)} 个），写入 {options.output}。")
    return 0


def read_places(path: Path) -> list[Place]:
    """The gazetteer of a file; rows without a name are named and left out."""
    from linli.methods.locate import Place

    sheet = read_sheet(path)
    for name in ("code", "name"):
        sheet.need(name, *NAMES[name])
    out, faults = [], []
    for line, code, name, aliases, kind, parent in zip(
        sheet.lines, *(sheet.column(*spellings) for spellings in NAMES.values()), strict=True
    ):
        if not name.strip():
            faults.append(f"{path.name} 第 {line} 行没有名称，已跳过。")
            continue
        if not code.strip():
            raise prepare.Trouble(f"{path.name} 第 {line} 行“{name[:30]}”没有编码，请补上。", 2)
        split = tuple(alias.strip() for alias in re.split("[、|;；,，/]", aliases) if alias.strip())
        out.append(Place(code.strip(), name.strip(), split, kind.strip(), parent.strip()))
    say_some(faults, "行同样跳过")
    return out


def site_places(*, demo: bool) -> list[Place]:
    """The site's own places, with what people say for short."""
    prepare.open_database(demo=demo)
    from linli.commons.models import Place as Row
    from linli.methods.locate import Place
    from linli.methods.short_names import with_short_names

    return with_short_names(
        Place(code, name, tuple(alias for alias in aliases.split("、") if alias))
        for code, name, aliases in Row.objects.values_list("code", "name", "aliases")
    )

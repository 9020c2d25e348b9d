"""`linli law check` and `linli law import` (法规包与法规文本)."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from linli.site.commands import prepare

if TYPE_CHECKING:
    from linli.site.commands.prepare import Commands


def add(commands: Commands) -> None:
    """Add the command group `law`."""
    group = commands.add_parser("law", help="法规包与法规文本").add_subparsers(
        title="命令", metavar="命令", dest="verb", required=True
    )
    check = group.add_parser("check", help="核对法规包")
    check.add_argument("packs", nargs="*", metavar="法规包", help="法规包名称，不写则核对全部")
    check.add_argument("--texts", type=Path, metavar="文件夹", help="存放法规正文的文件夹")
    check.add_argument("--json", action="store_true", help="输出 JSON")
    check.add_argument("--outline", type=Path, metavar="文件", help="打印法规文件的大纲，供编写法规包用")
    check.set_defaults(run=run_check)
    load = group.add_parser("import", help="载入法规正式文本（txt、docx）")
    load.add_argument("file", type=Path, metavar="文件", help="法规文本文件")
    load.add_argument("--pack", default="", metavar="法规包", help="对应的法规包，如 hubei；不写则按标题判断")
    prepare.demo_option(load)
    load.set_defaults(run=run_import)


def run_check(options: argparse.Namespace) -> int:
    """Check packs; needs no database."""
    from linli.law import check

    argv = [*options.packs]
    for name in ("texts", "outline"):
        value = getattr(options, name)
        if value is not None:
            if not value.exists():
                raise prepare.Trouble(f"没有找到 {value}，请核对路径。", 2)
            argv += [f"--{name}", str(value)]
    if options.json:
        argv.append("--json")
    return check.main(argv)


def run_import(options: argparse.Namespace) -> int:
    """Load an official text into the database."""
    if not options.file.is_file():
        raise prepare.Trouble(f"没有找到文件 {options.file}，请核对路径。", 2)
    prepare.open_database(demo=options.demo)
    from linli.commons.actor import SYSTEM
    from linli.commons.statutes import current_texts, import_file

    before = {text.pk for text in current_texts().values()}
    text = import_file(options.file, by=SYSTEM, pack=options.pack)
    done = "与现用的正文完全相同，没有改动" if text.pk in before else "已载入"
    print(f"{done}：《{text.title}》（{text.pack}），共 {text.articles.count()} 条。")
    return 0

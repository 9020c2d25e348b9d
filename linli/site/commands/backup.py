"""`linli backup` and `linli restore` (备份与恢复)."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from linli.site.commands import prepare
from linli.site.commands.prepare import Trouble

if TYPE_CHECKING:
    from linli.site.commands.prepare import Commands

USAGE = (
    "用法：linli backup 文件 | linli backup --to 目录 --keep 份数 | linli backup verify 文件 | linli backup key 文件"
)


def keep(text: str) -> int:
    """Read how many backups to keep. Raises: argparse.ArgumentTypeError with a Chinese text."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 10_000):
        raise argparse.ArgumentTypeError(f"保留份数要在 1 到 9999 之间，现在是“{text}”")
    return int(text)


def add(commands: Commands) -> None:
    """Add both commands."""
    backup = commands.add_parser("backup", help="备份：数据库、附件、锚点、密钥，加密成一个文件（运行时也可以备份）")
    backup.add_argument("words", nargs="*", metavar="文件", help="备份文件；“verify 文件”核验；“key 文件”生成备份密钥")
    backup.add_argument(
        "--to", type=Path, metavar="文件夹", help="按时间取名，存入这个目录（供 cron 或 systemd 定时器）"
    )
    backup.add_argument("--keep", type=keep, default=7, metavar="份数", help="目录里保留最近几份，默认 7")
    backup.add_argument("--key", type=Path, metavar="文件", help="备份密钥文件；不写则用口令")
    prepare.demo_option(backup)
    backup.set_defaults(run=run_backup)
    restore = commands.add_parser("restore", help="恢复：先核验整个备份，再替换；原有数据另存")
    restore.add_argument("file", type=Path, metavar="文件", help="备份文件")
    restore.add_argument("--replace", action="store_true", help="已有数据时也恢复，原有数据另存")
    restore.add_argument("--key", type=Path, metavar="文件", help="备份密钥文件；不写则用口令")
    restore.add_argument("--erased", type=Path, metavar="文件", help="存在别处的删除登记 erased.txt，其中的再次删除")
    prepare.demo_option(restore)
    restore.set_defaults(run=run_restore)


def run_backup(options: argparse.Namespace) -> int:
    """Make a backup, check one, or make a key file. Raises: Trouble: wrong words, or it cannot be done."""
    words = options.words
    verb = words[0] if len(words) == 2 and words[0] in ("verify", "key") else ""
    if (len(words) > 1 and not verb) or bool(options.to) == bool(words):
        raise Trouble(USAGE, 2)
    if verb == "verify":
        return _verify(Path(words[1]), options.key)
    if verb == "key":
        return _key(Path(words[1]), demo=options.demo)
    prepare.open_database(demo=options.demo)
    from linli.site.backup import keys, make

    kind, secret = keys.for_writing(options.key)
    if options.to:
        report, gone = make.rotate(options.to, options.keep, kind, secret)
    else:
        report, gone = make.make(Path(words[0]), kind, secret), []
    print(report)
    for path in gone:
        print(f"已删除过期备份 {path.name}")
    for name in report.damaged:
        print(f"✗ 附件 {name} 的内容与存入时不同，已照现状备份；请从更早的备份取回。", file=sys.stderr)
    return 1 if report.damaged else 0


def _verify(path: Path, key: Path | None) -> int:
    """Read a backup from end to end; needs no database."""
    from linli.site.backup import contents, keys
    from linli.site.backup.seal import Damaged

    if not path.is_file():
        raise Trouble(f"没有找到备份文件 {path}，请核对路径。")
    try:
        manifest = contents.unpack(path, keys.for_reading(key))
    except Damaged as error:
        raise Trouble(f"✗ {error}。") from error
    rows, files = sum(manifest["counts"].values()), len(manifest["members"])
    heads = "、".join(f"{unit} 第 {seq} 条" for unit, (seq, _) in sorted(manifest["heads"].items()) if seq)
    print(f"备份完整：{manifest['made_at']}，{manifest['vendor']} {manifest['engine']}，{rows} 行，{files} 个文件。")
    print(f"留痕：{heads or '没有'}。")
    return 0


def _key(path: Path, *, demo: bool) -> int:
    prepare.start_django(demo=demo)
    from django.conf import settings

    from linli.site.backup import keys

    keys.make(path, Path(settings.LINLI_DATA))
    print(f"已生成备份密钥 {path}。没有它，用它做的备份谁也打不开：请另存两份，不要和备份放在一起。")
    return 0


def run_restore(options: argparse.Namespace) -> int:
    """Restore, and say what was restored; 1 when the trail does not hold afterwards."""
    prepare.start_django(demo=options.demo)
    from linli.site.backup import keys
    from linli.site.backup.restore import restore

    report = restore(options.file, keys.for_reading(options.key), replace=options.replace, extra=options.erased)
    for line in report.lines():
        print(line)
    return 1 if report.faults else 0

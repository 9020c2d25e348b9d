"""`linli appeals hot`: which messages are about one matter at one place (热点归并)."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from linli.site.commands.prepare import Trouble
from linli.site.commands.sheets import read_sheet, say_some, write_sheet

if TYPE_CHECKING:
    from linli.site.commands.prepare import Commands

NAMES = {
    "id": ("id", "编号", "留言编号", "诉求编号"),
    "time": ("time", "时间", "留言时间", "提交时间"),
    "title": ("title", "标题", "主题", "留言主题"),
    "text": ("text", "内容", "诉求内容", "留言详情"),
}
SHOWN = 10
_WRITTEN = re.compile(
    r"(\d{4})\D{1,3}(\d{1,2})\D{1,3}(\d{1,2})(?:\D{1,3}(\d{1,2})\D(\d{1,2})(?:\D(\d{1,2}))?)?", re.ASCII
)


def add(verbs: Commands) -> None:
    """Add the verb to the group `appeals`."""
    hot = verbs.add_parser(
        "hot",
        help="找出反映同一事情的诉求",
        description="读 id、time、title、text 四列（可有其他列），写出 id、group 两列。同一地点的同一事情为一组，编号从 1 起、最热的在前；不成组的为空。",
    )
    hot.add_argument("file", type=Path, metavar="文件", help="CSV 或 XLSX，可压缩为 .gz")
    hot.add_argument("-o", "--output", type=Path, required=True, metavar="文件", help="结果表（.csv 或 .xlsx）")
    hot.add_argument("--least", type=int, default=2, metavar="件数", help="至少几件才成组（2）")
    hot.set_defaults(run=run_hot)


def days_of(written: str) -> float | None:
    """When, in days since the year 1; None where it cannot be read as a time."""
    found = _WRITTEN.search(written)
    if found is None:
        return None
    try:
        year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
        moment = datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None
    return moment.toordinal() + (moment.hour * 3600 + moment.minute * 60 + moment.second) / 86400


def run_hot(options: argparse.Namespace) -> int:
    """Group the rows of a file.

    Raises:
        Trouble: with exit code 2, the file cannot be read or written.
    """
    if options.least < 2:
        raise Trouble(f"--least 至少是 2，现在是 {options.least}。", 2)
    sheet = read_sheet(options.file)
    sheet.need("id", *NAMES["id"])
    sheet.need("text", *NAMES["text"])
    ids, times, titles, texts = (sheet.column(*spellings) for spellings in NAMES.values())
    days = [days_of(written) for written in times]
    _say_faults(sheet.lines, ids, times if sheet.find(*NAMES["time"]) is not None else [], texts, days)
    from linli.methods.similar.groups import groups, numbered
    from linli.methods.similar.message import read

    found = groups(read(titles, texts, days), least=options.least)
    numbers = numbered(found, len(ids))
    numbered_rows = ((key, number or "") for key, number in zip(ids, numbers, strict=True))
    write_sheet(options.output, ("id", "group"), numbered_rows, mark=False)
    inside = sum(map(bool, numbers))
    print(f"{len(ids)} 件中有 {inside} 件归为 {len(found)} 组，写入 {options.output}。")
    for number, group in enumerate(found[:SHOWN], 1):
        first = group.rows[0]
        print(f"{number}. {len(group.rows)} 件，历时 {group.days:.0f} 天：{(titles[first] or texts[first])[:40]}")
    return 0


def _say_faults(
    lines: Sequence[int], ids: list[str], times: list[str], texts: list[str], days: list[float | None]
) -> None:
    """Name rows that lack something; they stay in the result."""
    faults = []
    seen: dict[str, int] = {}
    for at, line in enumerate(lines):
        if not ids[at].strip():
            faults.append(f"第 {line} 行没有编号。")
        elif ids[at] in seen:
            faults.append(f"第 {line} 行与第 {seen[ids[at]]} 行编号相同：{ids[at][:40]}。")
        seen.setdefault(ids[at], line)
        if not texts[at].strip():
            faults.append(f"第 {line} 行没有内容。")
        if times and days[at] is None:
            faults.append(f"第 {line} 行的时间“{times[at][:20]}”认不出，按时间不详处理。")
    say_some(faults, "处同样问题")

"""Anchors of the trail (锚点): the heads of all chains, written outside the database.

Who can write to the database can compute a whole chain anew; what was written down elsewhere does not change with it.
The file is only ever added to: one line per head that moved, `time unit seq hash`. Copy it to another machine, or print it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from linli.kit import trail
from linli.kit.schedule import Every

_LINE = re.compile(r"(\S+) (\S+) (\d+) ([0-9a-f]{64})")


def anchor_file() -> Path:
    """Where the anchors stand."""
    return Path(settings.LINLI_DATA) / "anchors.txt"


def read_anchors(path: Path | None = None) -> tuple[dict[tuple[str, int], str], list[trail.Fault]]:
    """Hashes by (unit, seq), and a fault for each line that cannot be read or contradicts an earlier one."""
    path = path or anchor_file()
    marks: dict[tuple[str, int], str] = {}
    faults = []
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
    for number, line in enumerate(lines, 1):
        found = _LINE.fullmatch(line)
        if found is None:
            faults.append(trail.Fault("anchors", number, f"锚点文件第 {number} 行无法识别"))
            continue
        _, unit, seq, digest = found.groups()
        if marks.setdefault((unit, int(seq)), digest) != digest:
            faults.append(trail.Fault(unit, int(seq), f"锚点文件第 {number} 行与前面的记录矛盾"))
    return marks, faults


def write_anchors(path: Path | None = None) -> int:
    """Add the heads that moved since the last time, and see them onto the disk; return how many."""
    path = path or anchor_file()
    marks, _ = read_anchors(path)
    now = timezone.now().isoformat(timespec="seconds")
    heads = trail.ChainHead.objects.exclude(seq=0).order_by("unit")
    fresh = [head for head in heads if (head.unit, head.seq) not in marks]
    if fresh:
        with path.open("ab+") as out:
            out.seek(0, os.SEEK_END)
            if out.tell():
                out.seek(-1, os.SEEK_END)
                if out.read(1) != b"\n":  # a line that a power cut left unfinished
                    out.write(b"\n")
            out.write("".join(f"{now} {head.unit} {head.seq} {head.hash}\n" for head in fresh).encode())
            out.flush()
            os.fsync(out.fileno())
    return len(fresh)


def verify(path: Path | None = None) -> Iterator[trail.Fault]:
    """Check the anchors and every chain against them."""
    marks, faults = read_anchors(path)
    yield from faults
    yield from trail.verify(marks)


JOB = Every(600, write_anchors)
"""For the table of periodic jobs: at least every ten minutes."""

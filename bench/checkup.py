"""What a check-up of a province costs (体检用时): CPU milliseconds and peak memory from file to report data and in writing, medians.

Run it with `.venv/bin/python bench/checkup.py [--communities 28000] [--rounds 5]`. It makes a workbook of invented communities
with every measure that the pack asks of them in a temporary folder and judges it in a process of its own, once per round.
Goal: 28,000 communities in at most 3 s and 500 MB. What writing each kind of report costs beyond is printed beside.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gc
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def make(path: Path, many: int, pack_id: str) -> None:
    """A workbook of invented communities, every tenth cell empty."""
    import xlsxwriter

    from linli.law.checkup.asks import asks_of
    from linli.law.load import load_pack

    asks, dice = asks_of([load_pack(pack_id)], "community"), random.Random(28)
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet("社区（村）")
    for column, ask in enumerate(asks):
        sheet.write(0, column, ask.head)
    for row in range(many):
        county, rest = divmod(row, 270)
        street, community = divmod(rest, 18)
        for column, ask in enumerate(asks):
            value: object = dice.randrange(0, 30)
            if ask.key == "code":
                value = f"42{county + 1:04d}{street + 1:03d}{community + 1:03d}"
            elif ask.kind in ("name", "text"):
                value = {"name": f"第{row + 1}社区", "street": f"第{street + 1}街道", "county": f"第{county + 1}县"}[
                    ask.key
                ]
            elif ask.kind == "urban":
                value = dice.choice(("城市", "农村"))
            elif ask.key in ("residents", "households"):
                value = dice.randrange(2500, 9000) if ask.key == "residents" else dice.randrange(500, 2500)
            elif ask.key == "area":
                value = dice.randrange(300, 2000) + 0.5
            elif ask.kind == "flag":
                value = dice.choice(("是", "否"))
            elif ask.kind == "set":
                value = "、".join(item for item in ask.items if dice.random() < 0.9)
            elif ask.kind in ("dates", "published", "reviewed"):
                value = f"2026-0{dice.randrange(1, 7)}-1{dice.randrange(0, 10)}"
            if column < 5 or dice.random() < 0.9:
                sheet.write(row + 1, column, value)
    book.close()


def once(path: Path, pack_id: str) -> None:
    """Judge the workbook and print what it cost."""
    wall, cpu = time.perf_counter(), time.process_time()
    gc.disable()  # as the command does
    from linli.site.commands import checkup, prepare

    prepare.start_django()
    from linli.law.checkup.mends import mends_of
    from linli.law.load import load_pack
    from linli.site.checkup.run import judge_file, take_file

    pack = load_pack(pack_id)
    begun = time.process_time()
    taken = take_file(path.name, path.read_bytes(), pack)
    read = time.process_time()
    report = judge_file(taken, pack, dt.date(2026, 6, 30))
    mended = mends_of(report)
    done = time.process_time()
    found = {
        "start": (begun - cpu) * 1000,
        "read": (read - begun) * 1000,
        "judge": (done - read) * 1000,
        "cpu": (done - cpu) * 1000,
        "wall": (time.perf_counter() - wall) * 1000,
        "peak": peak(),
        "findings": sum(report.counts().values()),
        "mends": len(mended),
    }
    gc.enable()
    for ending in ("json", "xlsx", "docx", "html"):  # memory that was taken once is not given back: the smallest first
        begun = time.process_time()
        checkup.write_report(path.with_name(f"report.{ending}"), report)
        found |= {ending: (time.process_time() - begun) * 1000, f"{ending} peak": peak()}
        found[f"{ending} size"] = path.with_name(f"report.{ending}").stat().st_size / 1e6
    print(json.dumps(found))


def peak() -> float:
    """The most memory that was taken so far, in MB."""
    unit = 1024 if sys.platform != "darwin" else 1024 * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def main() -> None:
    """Print medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--communities", type=int, default=28_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pack", default="hubei")
    parser.add_argument("--once", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.once:
        once(options.once, options.pack)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "communities.xlsx"
        make(path, options.communities, options.pack)
        command = [sys.executable, __file__, "--once", str(path), "--pack", options.pack]
        runs = [
            json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            for _ in range(options.rounds)
        ]
        size = path.stat().st_size / 1e6
    median = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
    print(
        f"{options.communities} communities, {size:.1f} MB workbook, {median['findings']:.0f} findings, median of {options.rounds}:"
    )
    print(
        f"  from file to report data  {median['read'] + median['judge']:7.0f} ms CPU  (read and match {median['read']:.0f}, facts, judge, roll up {median['judge']:.0f})"
    )
    print(
        f"  with start of the program {median['cpu']:7.0f} ms CPU  ({median['wall']:.0f} ms by the clock)   goal 3000"
    )
    print(f"  peak memory               {median['peak']:7.0f} MB      goal 500")
    for ending in ("json", "xlsx", "docx", "html"):
        cost, most, large = (median[key] for key in (ending, f"{ending} peak", f"{ending} size"))
        print(f"  then the report as {ending:<5}  {cost:7.0f} ms CPU  (peak {most:.0f} MB, a file of {large:.1f} MB)")


if __name__ == "__main__":
    main()

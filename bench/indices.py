"""What the indices of a county cost (指标用时): seconds to read a trail, and to count a year by body.

Run it with `.venv/bin/python bench/indices.py [--appeals 10000] [--rounds 5]`. It writes the entries of so many appeals of
one year into a temporary folder and prints CPU and wall seconds, medians. Goal: 10,000 appeals within one second, unread and uncounted.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
COUNTY, YEAR = "429999", 2026


def lines_of(number: int, dice: random.Random) -> list[tuple[datetime, str, str, str, dict[str, Any]]]:
    """When, verb, place, body and facts of one appeal's seven entries."""
    at = datetime(YEAR, 1, 1, tzinfo=UTC) + timedelta(minutes=dice.randrange(60 * 24 * 340))
    place = f"{COUNTY}{dice.randrange(1, 6):03d}{dice.randrange(1, 9):03d}"
    body, due = f"{COUNTY}-{dice.randrange(30)}", (at + timedelta(days=5)).isoformat()
    handed: dict[str, Any] = {"step": "dispatch", "to": body, "matter": f"{dice.randrange(1, 16):02d}01", "due": due}
    handed |= {"contact_due": (at + timedelta(days=1)).isoformat(), "sender": "h", "ref": body, "role": "", "hop": 1}
    called = {"how": "phone", "reached": True, "solved": True, "rating": dice.randint(1, 5)}
    hours = dice.randrange(3, 160)
    return [
        (at, "appeals.filed", place, "", {"channel": "web", "place": place, "photos": 0, "for": False}),
        (at + timedelta(hours=1), "appeals.classified", place, "h", {"suggested": "0101", "confirmed": "0101"}),
        (at + timedelta(hours=1), "appeals.accepted", place, "h", {"step": "accept"}),
        (at + timedelta(hours=2), "appeals.dispatched", place, "h", handed),
        (at + timedelta(hours=hours), "appeals.answered", place, body, {"step": "answer", "due": due, "body": body}),
        (at + timedelta(hours=170), "appeals.called_back", place, "h", called),
        (at + timedelta(hours=170), "appeals.closed", place, "h", {"step": "close"}),
    ]


def fill(appeals: int) -> None:
    """Write the trail of one county, in the order of time; its hashes are not those of a true chain."""
    from linli.kit.trail import ChainHead, Entry

    dice = random.Random(7)
    found = [(line, f"appeal:{n:014d}") for n in range(appeals) for line in lines_of(n, dice)]
    found.sort(key=lambda pair: pair[0][0])
    rows = (
        Entry(
            unit=COUNTY, seq=seq, at=at, actor="a", actor_label="a", body=body, verb=verb, subject=subject, place=place,
            facts=facts, prev_hash="0" * 64, hash=f"{seq:064d}",
        )
        for seq, ((at, verb, place, body, facts), subject) in enumerate(found, 1)
    )  # fmt: skip
    Entry.objects.bulk_create(rows, batch_size=2000)
    ChainHead.objects.create(unit=COUNTY, seq=len(found), hash=f"{len(found):064d}")


def timed(run: Callable[[], object], rounds: int) -> str:
    """CPU and wall seconds of a call, medians."""
    cpu, wall = [], []
    for _ in range(rounds):
        started = time.process_time(), time.perf_counter()
        run()
        cpu.append(time.process_time() - started[0])
        wall.append(time.perf_counter() - started[1])
    return f"{statistics.median(cpu):.2f} s CPU, {statistics.median(wall):.2f} s"


def measure(appeals: int, rounds: int) -> None:
    """Print what reading and counting cost."""
    from linli.areas.appeals.queries import indices, record

    fill(appeals)
    mark = record.mark_at(COUNTY, datetime(YEAR + 1, 1, 1, tzinfo=UTC))
    scope, year = indices.Scope(COUNTY), indices.Period(date(YEAR, 1, 1), date(YEAR, 12, 31))
    june = indices.Period.month(date(YEAR, 6, 1))

    def counted(period: indices.Period) -> indices.Sheet:
        return indices.count(indices.within(mark, scope, period), mark.as_of, "body")

    print(f"{appeals} appeals, {mark.seq} entries")
    print("read the trail       ", timed(lambda: record.fold(record.read_lines(mark)), rounds))
    record.items_at(mark)
    print("count a year by body ", timed(lambda: counted(year), rounds))
    print("count a month by body", timed(lambda: counted(june), rounds))


def main() -> None:
    """Make the county in a folder that is thrown away, and measure."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--appeals", type=int, default=10_000)
    given.add_argument("--rounds", type=int, default=5)
    asked = given.parse_args()
    folder = tempfile.mkdtemp(prefix="linli-bench-")
    os.environ |= {"LINLI_DATA": folder, "DJANGO_SETTINGS_MODULE": "linli.site.settings"}
    try:
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        measure(asked.appeals, asked.rounds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()

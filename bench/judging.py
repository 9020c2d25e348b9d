"""What a night's judging costs (每日评判用时): loading the facts, judging, storing the first time and on the next night.

Run it with `.venv/bin/python bench/judging.py [--counties 10]`. It makes counties of 16 streets with 15 communities each in a
temporary folder, with all numbers that the Hubei rules on communities ask for, and prints CPU and wall seconds: of these
counties, and scaled to the 239 of two provinces. Goals: judging ≤ 2 s, storing ≤ 30 s the first time, seconds afterwards.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
BOTH = 239
DAY = date(2026, 6, 30)


def fill(counties: int) -> None:
    """Places and facts, one value for each number of a community."""
    from linli.commons.models import Fact, Place
    from linli.law.load import load_pack

    dice = random.Random(7)
    pack = load_pack("hubei")
    measures = [one for one in pack.all_measures().values() if one.level == "community" and one.kind == "number"]
    rows = [Place(code="42", name="省", level="province"), Place(code="4299", name="市", level="city")]
    for n in range(counties):
        county = f"42{99 - n // 99:02d}{n % 99 + 1:02d}"
        rows.append(Place(code=county, name=f"县{n}", level="county"))
        for s in range(16):
            street = f"{county}{s + 1:03d}"
            rows.append(Place(code=street, name=f"街道{s}", level="street"))
            kinds = ("urban", "rural")
            rows += [
                Place(code=f"{street}{c + 1:03d}", name=f"社区{c}", level="community", kind=kinds[c % 2])
                for c in range(15)
            ]
    Place.objects.bulk_create(rows, batch_size=1000, ignore_conflicts=True)
    for row in rows:
        if row.level == "community":
            Fact.objects.bulk_create(
                Fact(
                    place_id=row.code,
                    measure=one.name,
                    number=dice.randrange(1, 5000),
                    as_of=DAY - timedelta(days=30),
                    source="名册",
                )
                for one in measures
            )


def main() -> None:
    """Fill, judge two nights, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counties", type=int, default=10)
    counties = parser.parse_args().counties
    folder = tempfile.mkdtemp(prefix="linli-bench-")
    os.environ["LINLI_DATA"] = folder
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.site.settings")
    try:
        import django

        django.setup()
        from django.core.management import call_command
        from django.utils import timezone

        call_command("migrate", verbosity=0)
        fill(counties)
        from linli.areas.duties.actions import judge_county
        from linli.areas.duties.models import Standing
        from linli.areas.duties.queries import snapshot_of
        from linli.areas.duties.queries.judging import facts_sha256, found_in
        from linli.commons.models import Fact, Place

        places = list(Place.objects.filter(level="county"))
        today = timezone.localdate()

        @contextmanager
        def timed(what: str) -> Iterator[None]:
            cpu, wall = time.process_time(), time.perf_counter()
            yield
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
            scale = BOTH / counties
            print(
                f"{what:<28} {cpu:7.2f} s CPU {wall:7.2f} s   two provinces: {cpu * scale:6.1f} s CPU {wall * scale:6.1f} s"
            )

        print(
            f"{counties} counties, {Place.objects.filter(level='community').count()} communities, {Fact.objects.count()} facts"
        )
        snaps = [snapshot_of(place, today - timedelta(days=1)) for place in places]
        with timed("load"):
            for snap in snaps:
                _ = snap.told, snap.lists, snap.refused
        with timed("judge"):
            found = [found_in(snap) for snap in snaps]
        with timed("fingerprint"):
            for snap in snaps:
                facts_sha256(snap)
        with timed("whole first night"):
            for place in places:
                judge_county(place, today - timedelta(days=1))
        with timed("whole next night"):
            for place in places:
                judge_county(place, today)
        print(f"{sum(map(len, found))} findings, {Standing.objects.count()} rows")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()

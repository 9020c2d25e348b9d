"""What a GeoReport list costs (列表用时): CPU milliseconds, beside a bare list of the same rows in the same run.

Run it with `.venv/bin/python bench/georeport_list.py [--rows 50000] [--rounds 30]`. It makes a county of its own in a
temporary folder (or in the empty database that LINLI_DB names) and prints medians. Goals: a list of 100 costs at most
twice the bare one; a search within 2 km of 50,000 appeals at most 20 ms.
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
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
COUNTY, CENTRE = "429999", (30.5, 114.3)


def fill(count: int) -> None:
    """Make one county with 100 communities and appeals all over half a degree, the last 80 days."""
    from django.utils import timezone

    from linli.areas.appeals.flow import State
    from linli.areas.appeals.models import Appeal
    from linli.areas.mandates.actions.catalogue import sync_matters
    from linli.areas.mandates.models import Matter
    from linli.commons.models import Place

    sync_matters()
    for code, name, level in (("42", "某省", "province"), ("4299", "某市", "city"), (COUNTY, "某县", "county")):
        Place.objects.create(code=code, name=name, level=level)
    communities = [
        Place(code=f"{COUNTY}{n // 10 + 1:03d}{n % 10 + 1:03d}", name=f"第{n + 1}社区", level="community")
        for n in range(100)
    ]
    Place.objects.bulk_create(communities)
    matters = list(Matter.objects.filter(class_code__in=("01", "04", "06")))
    dice, now, states = random.Random(311), timezone.now(), (State.RECEIVED, State.HANDLING, State.CLOSED)
    rows = (
        Appeal(
            number=f"261122{n:08d}",
            code_hash="0" * 64,
            county_id=COUNTY,
            place_id=dice.choice(communities).code,
            latitude=round(CENTRE[0] + dice.uniform(-0.25, 0.25), 6),
            longitude=round(CENTRE[1] + dice.uniform(-0.25, 0.25), 6),
            channel="web",
            kind="求助",
            matter_id=dice.choice(matters).code,
            title="路灯不亮",
            text="楼下路灯坏了，晚上很黑，请派人来看看。",
            filed_by="resident",
            filed_at=now - timedelta(seconds=dice.randrange(80 * 86_400)),
            state=dice.choice(states),
        )
        for n in range(count)
    )
    Appeal.everything.bulk_create(rows, batch_size=2000)


def bare() -> bytes:
    """The least that a list can be: the same columns of the same 100 rows, as JSON, and nothing decided."""
    import msgspec

    from linli.areas.appeals.models import Appeal

    rows = Appeal.objects.filter(county__code=COUNTY).order_by("-filed_at", "-id")
    wanted = ("number", "state", "matter__name", "matter_id", "filed_at", "updated_at", "place__name", "place_id")
    return msgspec.json.encode(list(rows.values_list(*wanted, "latitude", "longitude")[:100]))


def view(query: str) -> Callable[[], Any]:
    """The GeoReport list itself, without the middleware around every page of Linli."""
    from django.test import RequestFactory

    from linli.areas.appeals.api.georeport.views import requests

    asked = RequestFactory().get(f"/open311/v2/requests.json?jurisdiction_id={COUNTY}&{query}")
    return lambda: requests(asked, form="json")


def measure(runs: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """Median CPU milliseconds of each, taken in turn, so that a busy moment of the machine falls on all of them."""
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            start = time.process_time()
            run()
            taken[name].append((time.process_time() - start) * 1000)
    return {name: statistics.median(costs) for name, costs in taken.items()}


def main() -> None:
    """Fill, warm up, measure in turn, print."""
    options = argparse.ArgumentParser(description="CPU time of GeoReport lists")
    options.add_argument("--rows", type=int, default=50_000)
    options.add_argument("--rounds", type=int, default=30)
    asked = options.parse_args()
    folder = tempfile.mkdtemp(prefix="linli-bench-")
    os.environ["LINLI_DATA"] = folder
    os.environ["DJANGO_SETTINGS_MODULE"] = "linli.site.settings"
    try:
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        fill(asked.rows)
        near = f"lat={CENTRE[0]}&long={CENTRE[1]}&radius=2000"
        pair = {"bare values_list, 100 rows": bare, "GeoReport list of 100": view("page_size=100")}
        more = {
            "GeoReport list of 1000": view(""),
            "within 2 km, 100 a page": view(f"{near}&page_size=100"),
            "within 2 km, all": view(near),
        }
        found: dict[str, float] = {}
        for runs in (pair, more):
            measure(runs, 5)  # warm
            found |= measure(runs, asked.rounds)
        print(f"{asked.rows} appeals, median of {asked.rounds}, CPU ms of this process")
        for name, cost in found.items():
            print(f"  {name:28} {cost:8.2f}")
        names = list(found)
        print(f"  list of 100 against the bare one: {found[names[1]] / found[names[0]]:.2f} times")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()

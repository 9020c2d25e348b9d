"""What a night's judging costs (每日评判用时): reading the facts, judging, storing; the first night, the next ones.

Run it with `.venv/bin/python bench/judging.py [--counties 239]`. It makes two provinces in a database of its own, half of the
counties under each draft, of 16 streets with 15 communities each, with a value for every measure that is entered by hand, and
prints CPU and wall seconds; with PostgreSQL the CPU seconds of the server's processes beside them. Goals: judging ≤ 2 s,
storing ≤ 30 s the first time, seconds afterwards.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from county import Server, installation, settle

BOTH = 239
"""Counties of Hubei and Hunan."""
DAY = date(2026, 6, 30)
FACT = (
    "INSERT INTO commons_fact (place_id, measure, number, items, as_of, source, entered_by, entered_label, entered_at)"
    " VALUES (%s, %s, %s, %s, %s, '名册', 'bench', 'bench', %s)"
)


def places(counties: int) -> Iterator[tuple[str, str, str, str]]:
    """Code, name, level, kind."""
    for n in range(counties):
        province = ("42", "43")[n % 2]
        city = f"{province}{99 - n // 2 // 99:02d}"
        if n < 2:
            yield province, "省", "province", ""
        if not n // 2 % 99:
            yield city, "市", "city", ""
        county = f"{city}{n // 2 % 99 + 1:02d}"
        yield county, f"县{n}", "county", ""
        for s in range(16):
            yield f"{county}{s + 1:03d}", f"街道{s}", "street", ""
            for c in range(15):
                yield f"{county}{s + 1:03d}{c + 1:03d}", f"社区{c}", "community", ("urban", "rural")[c % 2]


def facts(counties: int) -> Iterator[tuple[Any, ...]]:
    """Place, measure, number, items, day: a value of every measure of each place; of a set now and then an item is lacking."""
    from linli.law.load import load_pack

    dice = random.Random(7)
    asked: dict[str, list[tuple[str, str, list[str]]]] = {"42": [], "43": []}
    for id, rows in (("hubei", asked["42"]), ("hunan", asked["43"])):
        pack = load_pack(id)
        for one in pack.all_measures().values():
            if not one.supplied:
                ruled = [duty.rule.keys for duty in pack.duties if duty.rule is not None]
                wanted: list[Any] = [keys["contains"] for keys in ruled if keys.get("set") == one.name]
                rows.append((one.name, one.level + one.kind, sorted({item for items in wanted for item in items})))
    for code, _name, level, _kind in places(counties):
        for name, what, items in asked[code[:2]]:
            if not what.startswith(level):
                continue
            number: int | None = None
            held: list[str] | None = None
            if what.endswith("number"):
                number = dice.randrange(1, 5000)
            elif what.endswith("flag"):
                number = dice.randrange(2)
            elif what.endswith("dates"):
                held = [(DAY - timedelta(days=dice.randrange(900))).isoformat() for _ in range(2)]
            else:
                held = items if dice.random() < 0.8 else [item for item in items if dice.random() < 0.7]
            yield code, name, number, json.dumps(held, ensure_ascii=False) if held is not None else None, DAY


def fill(counties: int) -> None:
    """Places and facts, by hand: Django would make two and a half million objects."""
    from django.db import connection, transaction
    from django.utils import timezone

    from linli.commons.models import Place

    Place.objects.bulk_create(
        (Place(code=code, name=name, level=level, kind=kind) for code, name, level, kind in places(counties)), 1000
    )
    now, rows = timezone.now(), facts(counties)
    while block := list(itertools.islice(rows, 50_000)):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(FACT, [(*row, now) for row in block])
    settle()


def change(counties: int, day: date, part: float) -> int:
    """New values for a part of the communities' numbers, as a day brings them; how many."""
    from django.db import connection, transaction
    from django.utils import timezone

    dice = random.Random(11)
    rows = [
        (code, name, number + 1, None, day, timezone.now())
        for code, name, number, _items, _day in facts(counties)
        if number is not None and number > 1 and dice.random() < part
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(FACT, rows)
    return len(rows)


def main() -> None:
    """Fill, read, judge and store, then two more nights; print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counties", type=int, default=BOTH)
    counties = parser.parse_args().counties
    with installation():
        from django.db import connection
        from django.utils import timezone

        from linli.areas.duties.actions.judging import COUNTIES, judge_due
        from linli.areas.duties.models import Judging, Standing
        from linli.areas.duties.queries.ground import grounds_of
        from linli.areas.duties.queries.judging import judged_on
        from linli.areas.duties.queries.snapshot import snapshot_of
        from linli.commons.models import Fact, Place

        server = Server()
        fill(counties)
        today = timezone.localdate()

        @contextmanager
        def timed(what: str) -> Iterator[None]:
            there, cpu, wall = server.milliseconds(), time.process_time(), time.perf_counter()
            yield
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
            more = "" if there is None else f" + {((server.milliseconds() or 0) - there) / 1000:5.1f} s of the server"
            print(f"{what:<32} {cpu:6.2f} s CPU{more}, {wall:6.1f} s on the clock", flush=True)

        def night() -> None:
            while judge_due():
                pass

        below = Place.objects.filter(level="community").count()
        print(f"{connection.vendor}, {counties} counties, {below} communities, {Fact.objects.count()} facts")
        rows = Place.objects.filter(level="county").order_by("code")
        alike = [rows.filter(code__startswith=province) for province in ("42", "43")]
        blocks = [list(some[at : at + COUNTIES]) for some in alike for at in range(0, counties, COUNTIES)]
        read = []
        with timed("reading, all counties"):
            for block in filter(None, blocks):
                snaps = [snapshot_of(county, today) for county in block]
                read.append((snaps, grounds_of(snaps)))
        with timed("judging, all counties"):
            found = [one for snaps, grounds in read for one in judged_on(snaps, grounds)]
        print(f"{sum(len(one.findings) for one in found)} findings")
        del read, found
        with timed("first night, in all"):
            night()
        print(f"{Standing.objects.count()} rows stored")
        for what, part in (("a night without news, in all", 0.0), ("a night with 1 % news, in all", 0.01)):
            many = change(counties, today, part)
            Judging.objects.update(as_of=today - timedelta(days=1))
            Standing.objects.update(since=today - timedelta(days=1))
            with timed(f"{what}, {many} facts"):
                night()
        print(f"{Standing.objects.count()} rows stored")


if __name__ == "__main__":
    main()

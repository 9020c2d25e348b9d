"""What the staff's two most opened pages cost (全部诉求、今日待办): queries and CPU milliseconds.

Run it with `.venv/bin/python bench/inbox.py [--rows 50000] [--rounds 20]`. It makes a county of its own in a temporary
folder (or in the empty database that LINLI_DB names). Pages are asked for through Django's test client, middleware and
template included, by the county's hotline, a department, a street office and a committee; cases: the list page of 25 appeals, an
older page of it, the overdue ones, and the page of today. Beside them a bare list: the same 25 rows with their place,
matter and holder as JSON, nothing decided.

Goals for the list page: at most 12 queries and 10 ms.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import county

PAGES = {
    "list": "/work/appeals/",
    "list, older page": "/work/appeals/?older={number}",
    "list, overdue only": "/work/appeals/?overdue=1",
    "today": "/work/",
}


def bare() -> bytes:
    """The least that a list of 25 can be."""
    import msgspec

    from linli.areas.appeals.models import Appeal

    rows = Appeal.objects.filter(county__code=county.COUNTY).order_by("-filed_at", "-id")
    wanted = ("number", "title", "state", "kind", "filed_at", "place__name", "matter__name", "handler__name")
    return msgspec.json.encode(list(rows.values_list(*wanted)[:25]))


def pages() -> dict[str, Callable[[], Any]]:
    """Every page as each of the three sees it."""
    from django.test import Client

    from linli.areas.appeals.models import Appeal
    from linli.commons.models import User

    number = Appeal.objects.order_by("-filed_at", "-id").values_list("number", flat=True)[1000]
    runs: dict[str, Callable[[], Any]] = {"bare list of 25": bare}
    for username in ("hotline", "department", "street", "committee"):
        client = Client(headers={"Host": "localhost"})
        client.force_login(User.objects.get(username=username))
        for name, address in PAGES.items():
            runs[f"{username}: {name}"] = asking(client, address.format(number=number))
    return runs


def asking(client: Any, address: str) -> Callable[[], Any]:
    """Open one page and insist that it came."""

    def run() -> None:
        answer = client.get(address)
        if answer.status_code != 200:
            raise SystemExit(f"{address} answered {answer.status_code}")

    return run


def queries_of(run: Callable[[], Any]) -> int:
    """How many statements one call sends to the database."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as seen:
        run()
    return len(seen)


def main() -> None:
    """Fill, warm up, count, measure in turn, print."""
    options = argparse.ArgumentParser(description="queries and CPU time of the staff's pages")
    options.add_argument("--rows", type=int, default=50_000)
    options.add_argument("--rounds", type=int, default=20)
    options.add_argument("--calls", type=int, default=2)
    asked = options.parse_args()
    with county.installation():
        county.found()
        county.fill(asked.rows)
        runs, server = pages(), county.Server()
        county.measure(runs, 2, calls=1)  # warm
        counts = {name: queries_of(run) for name, run in runs.items()}
        said = county.conditions(asked.rows, asked.rounds, asked.calls, server)
        costs = county.measure(runs, asked.rounds, calls=asked.calls, server=server)
        print(said)
        print(county.table({f"{name} ({counts[name]} queries)": cost for name, cost in costs.items()}))
        for who in ("hotline", "department", "street", "committee"):
            page = f"{who}: list"
            print(f"  the list page, {who}: {counts[page]} queries (goal 12), {costs[page].total:.1f} ms (goal 10)")


if __name__ == "__main__":
    main()

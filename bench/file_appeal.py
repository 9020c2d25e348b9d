"""What filing an appeal costs (收件用时): CPU milliseconds, beside a bare create in the same run.

Run it with `.venv/bin/python bench/file_appeal.py [--rows 50000] [--more 500000] [--rounds 30]`. It makes a county of
its own in a temporary folder (or in the empty database that LINLI_DB names). Filing is the POST of the programs' door
through Django's test client: middleware, token, power, suggestion, clocks, trail, notice. The bare create is a plain view
behind the same middleware that makes two INSERTs in one transaction, into tables with as many rows. With `--more` the
appeals, with their clocks, notices and lines of the trail, are then copied inside the database until there are that many,
and both are measured again. The bare tables do not grow.

Goals: at most 3 times the bare create; with 500,000 appeals at most 1.15 times of what it is with 50,000.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable
from typing import Any

import county


def bare(rows: int) -> Callable[[Any], Any]:
    """Make tables for the bare create, with rows in them; returns its view."""
    from django.db import connection, models, transaction
    from django.http import HttpRequest, HttpResponse
    from django.utils import timezone
    from django.views.decorators.csrf import csrf_exempt

    class Row(models.Model):
        """An appeal without anything decided: eleven columns, six indexes."""

        number = models.CharField(max_length=20, unique=True)
        code_hash = models.CharField(max_length=64)
        county = models.CharField(max_length=12, db_index=True)
        place = models.CharField(max_length=40, db_index=True)
        channel = models.CharField(max_length=10)
        kind = models.CharField(max_length=4)
        title = models.CharField(max_length=80)
        text = models.TextField()
        state = models.CharField(max_length=10, db_index=True)
        filed_at = models.DateTimeField(db_index=True)

        class Meta:
            app_label = "bench"

    class Event(models.Model):
        """That it was filed."""

        row = models.ForeignKey(Row, on_delete=models.CASCADE)
        verb = models.CharField(max_length=60)
        at = models.DateTimeField()
        facts = models.JSONField(default=dict)

        class Meta:
            app_label = "bench"

    with connection.schema_editor() as editor:
        editor.create_model(Row)
        editor.create_model(Event)
    dice, now = random.Random(7), timezone.now()

    def made(number: str, text: str, place: str) -> Row:
        return Row(
            number=number,
            code_hash=number * 4,
            county=county.COUNTY,
            place=place,
            channel="api",
            kind="求助",
            title=text[:30],
            text=text,
            state="received",
            filed_at=now,
        )

    there = [made(f"261122{n:08d}", county.words(dice), f"{county.COUNTY}{n % 100:06d}") for n in range(rows)]
    Row._default_manager.bulk_create(there, batch_size=2000)
    Event._default_manager.bulk_create((Event(row=row, verb="filed", at=now) for row in there), batch_size=2000)

    @csrf_exempt
    def create(request: HttpRequest) -> HttpResponse:
        sent = json.loads(request.body)
        row = made(f"26{random.randrange(10**12):012d}", sent["text"], sent["place"])
        with transaction.atomic():
            row.save(force_insert=True)
            Event._default_manager.create(row=row, verb="filed", at=timezone.now(), facts={"channel": "api"})
        return HttpResponse(json.dumps({"number": row.number}), status=201, content_type="application/json")

    return create


def prepare(rows: int) -> dict[str, Callable[[], Any]]:
    """The two things that are compared, each as a request through all middleware."""
    from django.test import Client
    from django.urls import path

    from linli.commons.models import ApiToken, Post
    from linli.site import urls

    urls.urlpatterns.append(path("bench/bare/", bare(rows)))
    client, dice = Client(), random.Random(12)
    _, token = ApiToken.issue("bench", Post.objects.get(user__username="hotline"))

    def post(address: str) -> Callable[[], None]:
        def run() -> None:
            place = f"{county.COUNTY}{dice.randrange(10) + 1:03d}{dice.randrange(10) + 1:03d}"
            body = {"place": place, "text": county.words(dice), "name": "李梅", "contact": "10000000001"}
            answer = client.post(
                address,
                json.dumps(body),
                content_type="application/json",
                headers={"Authorization": f"Bearer {token}", "Host": "localhost"},
            )
            if answer.status_code != 201:
                raise SystemExit(f"{address} answered {answer.status_code}: {answer.content.decode()[:300]}")

        return run

    return {"bare create, two INSERTs": post("/bench/bare/"), "filing an appeal by the API": post("/api/v1/appeals")}


def main() -> None:
    """Fill, warm up, measure in turn, print; then once more with more rows when asked."""
    options = argparse.ArgumentParser(description="CPU time of filing an appeal")
    options.add_argument("--rows", type=int, default=50_000)
    options.add_argument("--more", type=int, default=0)
    options.add_argument("--rounds", type=int, default=30)
    options.add_argument("--calls", type=int, default=10)
    asked = options.parse_args()
    with county.installation():
        county.found()
        county.fill(asked.rows)
        runs = prepare(asked.rows)
        server = county.Server()
        first = show(runs, asked, asked.rows, server)
        if asked.more > asked.rows:
            times = asked.more // asked.rows
            county.grow(times)
            again = show(runs, asked, asked.rows * times, server)
            grown = again / first
            print(f"  filing with {asked.rows * times:,} appeals against {asked.rows:,}: {grown:.2f} times (goal 1.15)")


def show(runs: dict[str, Callable[[], Any]], asked: argparse.Namespace, rows: int, server: county.Server) -> float:
    """Measure and print; returns the cost of filing."""
    county.measure(runs, 3, calls=asked.calls)  # warm
    said = county.conditions(rows, asked.rounds, asked.calls, server)
    costs = county.measure(runs, asked.rounds, calls=asked.calls, server=server)
    print(f"{said}\n{county.table(costs)}")
    least, ours = (cost.total for cost in costs.values())
    print(f"  filing against the bare create: {ours / least:.2f} times (goal 3)", flush=True)
    return float(ours)


if __name__ == "__main__":
    main()

"""How the site stands an even stream of visitors, and one three times too strong (负载与过载).

Run it with `.venv/bin/python bench/load.py [--rate 20] [--minutes 1] [--overload 3]`. It starts `linli run --demo` on a
temporary folder (or on the empty database that LINLI_DB names: then 60 a second by default) and sends requests over the
loopback at their times, whether earlier ones were answered or not (open loop). 85 of 100 read: home, a committee's page,
an article, the GeoReport list, the staff's list; 15 submit an appeal by the API. A request's time runs from the moment it
was due. The rate is then so many times higher for 30 s (`--overload`); afterwards the ordinary rate goes on until
the slow tail (p95 over two seconds) of readers is within its goal again, at most 60 s.

Goals: p95 within 300 ms for reading and 800 ms for submitting, errors under 0.1 %, flat memory; overload answered
with 200, 429 and 503 only, and over within 30 s. Server and sender share this machine.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from start import ROOT, Site, memory

KINDS = ("home", "committee", "article", "georeport", "staff list", "submit")
WEIGHTS = (25, 15, 15, 15, 15, 15)
GOALS = {"read": 0.3, "submit": 0.8}
SENDERS = 200
USER, PASSWORD = "hb_hotline", "linli-demo-2026"


@dataclass
class Result:
    """What came back: seconds by kind, statuses by kind, and when it was due."""

    seconds: list[tuple[float, str, float]] = field(default_factory=list)  # due, kind, seconds; only what was served
    statuses: Counter[str] = field(default_factory=Counter)
    turned_away: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Visitors:
    """Sends requests of every kind to one site."""

    def __init__(self, site: Site, token: str, place: str, cookie: str) -> None:
        self.port, self.token, self.place, self.cookie = site.port, token, place, cookie
        self.dice = random.Random(85)

    def send(self, kind: str, number: int) -> int:
        """Send one request on a connection of its own; returns the status, 0 when none came."""
        headers, body, method = {"Connection": "close"}, None, "GET"
        path = {
            "home": "/",
            "committee": f"/committee/{self.place}/",
            "article": "/law/hubei/art_14/",
            "georeport": f"/open311/v2/requests.json?jurisdiction_id={self.place[:6]}&page_size=50",
            "staff list": "/work/appeals/",
            "submit": "/api/v1/appeals",
        }[kind]
        if kind == "staff list":
            headers["Cookie"] = self.cookie
        if kind == "submit":
            method = "POST"
            headers |= {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
            body = json.dumps({"place": self.place, "text": f"第{number}次反映：楼下路灯坏了，晚上很黑，请派人来修。"})
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body.encode() if body else None, headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def stream(self, rate: float, seconds: float, pool: ThreadPoolExecutor) -> Result:
        """Send at even times that do not wait for answers; returns when the last answer is in."""
        result, begin = Result(), time.monotonic() + 0.2

        def one(due: float, kind: str, number: int) -> None:
            status = self.send(kind, number)
            took = time.monotonic() - due
            with result.lock:
                result.statuses[str(status or "none")] += 1
                if status in (200, 201):
                    result.seconds.append((due - begin, kind, took))
                elif status in (429, 503):
                    result.turned_away.append(took)

        sent = []
        for number in range(int(rate * seconds)):
            due = begin + number / rate
            time.sleep(max(due - time.monotonic(), 0))
            sent.append(pool.submit(one, due, self.dice.choices(KINDS, WEIGHTS)[0], number))
        for one_sent in sent:
            one_sent.result()
        return result


def percentile(values: Iterable[float], share: float) -> float:
    """The value below which so many of a hundred lie; 0 of nothing."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share / 100), len(ordered) - 1)] if ordered else 0.0


def show(title: str, result: Result) -> None:
    """Print times by kind and answers by status."""
    print(f"{title}: answers by status {dict(sorted(result.statuses.items()))}")
    rows = [("all reading", [took for _, kind, took in result.seconds if kind != "submit"])]
    rows += [(kind, [took for _, of, took in result.seconds if of == kind]) for kind in KINDS]
    rows += [("turned away", result.turned_away)]
    for name, values in rows:
        times = " ".join(f"{percentile(values, share) * 1000:7.0f}" for share in (50, 95, 99))
        print(f"  {name:14} {len(values):6}   p50, p95, p99 ms {times}")


def prepare(data: Path, site: Site) -> Visitors:
    """A token, a place and a signed-in post of the demo."""
    words = [sys.executable, "-m", "linli.site.cli", "token", "create", "--demo", "--post", USER, "--name", "bench"]
    made = subprocess.run(
        words, cwd=ROOT, env={**os.environ, "LINLI_DATA": str(data)}, capture_output=True, text=True, check=True
    )
    token = re.search(r"ll_[\w-]+", made.stdout)
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
    connection.request("GET", "/login/")
    page = connection.getresponse()
    text, first = page.read().decode(), page.getheader("Set-Cookie") or ""
    csrf = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', text)
    connection.request("GET", "/api/v1/places", headers={"Authorization": f"Bearer {token[0] if token else ''}"})
    places = re.findall(r'"code": ?"(\d{12})"', connection.getresponse().read().decode())
    if token is None or csrf is None or not places:
        raise SystemExit("the demo has no token, no form to sign in, or no community")
    form = urlencode({"username": USER, "password": PASSWORD, "csrfmiddlewaretoken": csrf[1]})
    crumb = first.split(";")[0]
    headers = {"Cookie": crumb, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/login/", form, headers)
    answer = connection.getresponse()
    cookies = [value.split(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie"]
    if answer.status != 302:
        raise SystemExit(f"signing in answered {answer.status}")
    return Visitors(site, token[0], places[0], "; ".join(cookies))


def recovered(visitors: Visitors, rate: float, pool: ThreadPoolExecutor) -> float | None:
    """Seconds of ordinary visitors until readers are served in time again; None when 60 s were not enough."""
    began = time.monotonic()
    while time.monotonic() - began < 60:
        again = visitors.stream(rate, 2, pool)
        reading = [took for _, kind, took in again.seconds if kind != "submit"]
        if not again.turned_away and percentile(reading, 95) <= GOALS["read"]:
            return time.monotonic() - began
    return None


def main() -> None:
    """Start, send, print; then too much, and print what came back."""
    postgresql = bool(os.environ.get("LINLI_DB"))
    options = argparse.ArgumentParser(description="open-loop load on a started site")
    options.add_argument("--rate", type=float, default=60 if postgresql else 20)
    options.add_argument("--minutes", type=float, default=1, help="10 for the figure of trust.md")
    options.add_argument("--overload", type=float, default=3, help="0: none")
    asked = options.parse_args()
    data = Path(tempfile.mkdtemp(prefix="linli-bench-"))
    try:
        with Site(data) as site, ThreadPoolExecutor(SENDERS) as pool:
            visitors = prepare(data, site)
            visitors.stream(asked.rate / 4, 5, pool)  # warm
            load, before = " ".join(f"{part:.1f}" for part in os.getloadavg()), memory(site.web())[0]
            result = visitors.stream(asked.rate, asked.minutes * 60, pool)
            print(
                f"{time.strftime('%Y-%m-%d')}, {'PostgreSQL' if postgresql else 'SQLite'}, {os.cpu_count()} CPUs, ",
                end="",
            )
            print(f"load before {load}")
            show(f"{asked.rate:g} a second for {asked.minutes:g} minutes", result)
            print(f"  memory of the web process: {before:.0f} MB before, {memory(site.web())[0]:.0f} MB after (PSS)")
            if asked.overload:
                show(
                    f"{asked.rate * asked.overload:g} a second for 30 s",
                    visitors.stream(asked.rate * asked.overload, 30, pool),
                )
                seconds = recovered(visitors, asked.rate, pool)
                print(f"  ordinary again after {'more than 60' if seconds is None else f'{seconds:.0f}'} s (goal 30)")
                print(f"  memory of the web process: {memory(site.web())[0]:.0f} MB (PSS)")
    finally:
        shutil.rmtree(data, ignore_errors=True)


if __name__ == "__main__":
    main()

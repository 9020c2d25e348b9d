"""Disk full, database away, a clock that jumps, fifty equal requests: no half state, a clear answer, and it recovers."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from linli.kit import schedule, trail
from linli.kit.schedule import Every, Job
from linli.site.health import content
from tests.cast import Town
from tests.cluster import cluster
from tests.installation import ROOT, ask, environment, fill, linli
from tests.site.test_serve import serving

JSON = "application/problem+json"


def get(url: str, **headers: str) -> tuple[int, str, str]:
    """Status, content type and text of an answer, whatever it is."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers["Content-Type"], refused.read().decode()


def token(data: Path, **env: str) -> dict[str, str]:
    """The header of a program that may file appeals."""
    done = linli(data, "token", "create", "--post", "hotline42", "--name", "对接", **env)
    return {"Authorization": f"Bearer {done.stdout.split('：')[1].split()[0]}", "Content-Type": "application/json"}


def post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def fifty(data: Path, **env: str) -> None:
    """Send one request fifty times at once, through as many connections; who is turned away (503) comes again."""
    headers = token(data, **env) | {"Idempotency-Key": "same"}
    body = json.dumps({"place": "429999001001", "text": "路灯坏了，晚上很黑。"}).encode()
    with serving(data, **env) as (process, address):
        answers: list[tuple[int, str]] = []
        turned_away: list[int] = []
        gate = threading.Barrier(50)

        def send() -> None:
            gate.wait()
            status, text = post(f"{address}/api/v1/appeals", body, headers)
            for _ in range(60):
                if status != 503:
                    break
                turned_away.append(status)
                time.sleep(0.5)
                status, text = post(f"{address}/api/v1/appeals", body, headers)
            answers.append((status, text))

        threads = [threading.Thread(target=send) for _ in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)
    statuses = Counter(status for status, _ in answers)
    numbers = {json.loads(text).get("number") for _, text in answers}
    count = ask(data, "Appeal.objects.filter(channel='api').count()", **env)
    print(f"\n50 equal requests at once: {dict(statuses)}, {len(turned_away)} turned away first, {count} appeal")
    assert statuses == {201: 1, 200: 49} and len(numbers) == 1 and count == "1"


@pytest.mark.slow
@pytest.mark.apart
def test_fifty_equal_requests_at_once_are_one_appeal_on_sqlite(tmp_path: Path) -> None:
    fill(tmp_path / "data")
    fifty(tmp_path / "data")


@pytest.mark.slow
@pytest.mark.apart
def test_on_postgresql_fifty_are_one_and_a_database_that_goes_away_comes_back_by_itself(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with cluster() as server:
        env = {"LINLI_DB": server.url}
        fill(data, **env)
        fifty(data, **env)
        headers = token(data, **env)
        with serving(data, **env) as (_, address):
            assert get(f"{address}/committee/")[0] == 200
            server.stop("immediate")
            status, kind, text = get(f"{address}/committee/")
            assert status == 503 and kind.startswith("text/html") and "暂时不能使用" in text
            status, kind, text = get(f"{address}/api/v1/appeals", **headers)
            assert (status, kind) == (503, JSON) and json.loads(text)["code"] == "away"
            assert get(f"{address}/healthz")[0] == 503
            server.start()
            began = time.monotonic()
            while get(f"{address}/committee/")[0] != 200 or get(f"{address}/healthz")[0] != 200:
                assert time.monotonic() - began < 60, "it must recover by itself within 60 s"
                time.sleep(0.2)
            print(f"\ndatabase away: recovered {time.monotonic() - began:.1f} s after it was back")
        log = (data.parent / "serve.log").read_text("utf-8")
        assert "OperationalError" in log and "password" not in log


FULL = """
import os, resource; os.environ["DJANGO_SETTINGS_MODULE"] = "linli.site.settings"
import django; django.setup()
from django.test import Client
from django.conf import settings
settings.ALLOWED_HOSTS = ["testserver"]
from django.db import OperationalError
from linli.areas.appeals import actions as appeals
from linli.areas.appeals.models import Appeal
from linli.commons.actor import RESIDENT
from linli.commons.models import Place
place, done = Place.objects.get(code="429999001001"), 0
try:
    while done < 5000:
        appeals.file_appeal(by=RESIDENT, place=place, text="路灯坏了。" * 200, source="full", source_key=str(done))
        done += 1
except OperationalError as error:
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    client = Client(raise_request_exception=False)
    reads = client.get("/lists/").status_code
    said = client.post("/login/", {"username": "x", "password": "y"})
    print(done, reads, said.status_code, "暂时不能使用" in said.content.decode())
"""


@pytest.mark.slow
@pytest.mark.apart
def test_a_full_disk_stops_writing_cleanly_and_reading_goes_on(tmp_path: Path) -> None:
    data = tmp_path / "data"
    fill(data)
    room = (data / "linli.sqlite3").stat().st_size + 1_500_000

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    ran = subprocess.run(
        [sys.executable, "-c", FULL],
        env=environment(data),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        preexec_fn=limit,
    )
    assert ran.returncode == 0, ran.stderr
    done, reads, status, said = ran.stdout.split()
    print(f"\ndisk full after {done} appeals; reading answers {reads}, writing {status}")
    assert int(done) > 10 and (reads, status, said) == ("200", "503", "True")
    assert ask(data, "Appeal.objects.filter(source='full').count()") == done, "what was acknowledged is there, no more"
    assert linli(data, "audit", "verify").returncode == 0
    again = linli(data, "tick", "--once")
    assert again.returncode == 0, "with room on the disk again, everything goes on"


def test_a_clock_that_jumped_ahead_and_back_does_not_stop_periodic_work(db: None) -> None:
    ran = []
    jobs = {"job": Every(60, lambda: ran.append(1))}
    schedule.run_due(jobs)
    schedule.run_due(jobs)
    assert len(ran) == 1
    Job.objects.update(due_at=timezone.now() + timedelta(days=400))
    schedule.run_due(jobs)
    assert len(ran) == 2


def test_lines_of_a_jumping_clock_hold_and_the_jump_is_reported(hubei: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    hubei.file()
    real = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(days=3))
    hubei.file()
    monkeypatch.setattr(timezone, "now", real)
    hubei.file()
    assert list(trail.verify()) == []
    trail.write([trail.Draft(hubei.hotline, "appeals.closed", "appeal:1", "429999", at=real() + timedelta(days=3))])
    assert content.clock().level == "refuse"


@pytest.mark.parametrize(("path", "kind"), [("/lists/", "text/html"), ("/api/v1/appeals", JSON)])
def test_a_database_that_is_away_is_a_503_in_either_language_of_callers(
    db: None, monkeypatch: pytest.MonkeyPatch, path: str, kind: str
) -> None:
    def away(*args: object, **kwargs: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr("django.db.models.query.QuerySet._fetch_all", away)
    answer = Client(raise_request_exception=False).get(path, headers={"authorization": "Bearer ll_x"})
    assert answer.status_code == 503 and answer["Content-Type"].startswith(kind) and answer["Retry-After"] == "15"


def test_an_unforeseen_failure_is_a_problem_document_for_programs(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("django.db.models.query.QuerySet._fetch_all", broken)
    client = Client(raise_request_exception=False)
    answer = client.get("/api/v1/appeals", headers={"authorization": "Bearer ll_x"})
    assert (answer.status_code, answer["Content-Type"], answer.json()["code"]) == (500, JSON, "broken")
    assert client.get("/lists/").status_code == 500

"""`linli serve`: refuses whatever is unsafe, all at once; serves, stops gracefully, and logs nothing personal."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.test import Client, RequestFactory

from linli.commons.web import caller_address
from linli.site.logs import PlainFormatter
from tests.cast import Town
from tests.cluster import cluster
from tests.installation import ROOT, environment, fill, linli

HOSTS = {"LINLI_HOSTS": "127.0.0.1"}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with a county and an administrator."""
    data = tmp_path_factory.mktemp("model") / "data"
    fill(data)
    return data


@pytest.fixture
def data(model: Path, tmp_path: Path) -> Path:
    shutil.copytree(model, tmp_path / "data")
    (tmp_path / "data").chmod(0o700)
    return tmp_path / "data"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(data: Path, *words: str, **env: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running `linli serve`; it is killed in the end if it still runs. Its log is `serve.log` beside the data."""
    port = free_port()
    with (data.parent / "serve.log").open("a+", encoding="utf-8") as log:
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", "linli.site.cli", "serve", "--port", str(port), *words],
            env=environment(data, **{**HOSTS, **env}),
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            assert process.poll() is None, (data.parent / "serve.log").read_text("utf-8")
            try:
                urllib.request.urlopen(f"{address}/healthz", timeout=5).close()
                break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
        yield process, address
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.mark.slow
@pytest.mark.apart
def test_everything_unsafe_is_said_at_once_and_nothing_is_served(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert linli(data, "migrate").returncode == 0
    data.chmod(0o755)
    (data / "field.key").chmod(0o644)
    done = linli(data, "serve", "--workers", "2", LINLI_DEMO="1")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    for key in ("密钥 field.key", "数据目录权限", "LINLI_HOSTS", "LINLI_DEMO", "系统管理员", "进程数"):
        line = next(line for line in done.stderr.splitlines() if key in line)
        assert line.startswith("✗") and "。" in line, line
    assert "没有启动" in done.stderr


@pytest.mark.slow
@pytest.mark.apart
def test_an_older_or_open_installation_is_refused(data: Path) -> None:
    data.chmod(0o755)
    assert "chmod 700" in linli(data, "serve", **HOSTS).stderr
    data.chmod(0o700)
    import sqlite3

    raw = sqlite3.connect(data / "linli.sqlite3")
    raw.execute("delete from django_migrations where app = 'appeals'")
    raw.commit()
    raw.close()
    done = linli(data, "serve", **HOSTS)
    assert done.returncode == 1 and "linli migrate" in done.stderr


def test_a_pack_that_cannot_be_loaded_is_said_before_anything_starts(tmp_path: Path) -> None:
    laws = tmp_path / "laws" / "fruit"
    laws.mkdir(parents=True)
    (laws / "pack.toml").write_text('[pack]\nid = "fruit"\nplace = "98"\n', "utf-8")
    there = {"LINLI_PACKS": str(tmp_path / "laws")}
    told = linli(tmp_path, "law", "check", "fruit", **there).stdout
    said = "fruit/pack.toml 的 pack.title：应填写文字"
    assert said in told
    done = linli(tmp_path / "data", "run", **there)
    assert done.returncode == 1 and "没有启动" in done.stderr and "Traceback" not in done.stderr
    assert next(line for line in done.stderr.splitlines() if said in line) in told
    away = linli(tmp_path / "data", "run", LINLI_PACKS=str(tmp_path / "nowhere"))
    assert away.returncode == 1 and "nowhere 这个文件夹" in away.stderr


@pytest.mark.slow
@pytest.mark.apart
def test_a_broken_pack_is_one_line_of_the_check_and_nothing_is_served(data: Path, tmp_path: Path) -> None:
    laws = tmp_path / "laws" / "hubei"
    laws.mkdir(parents=True)
    (laws / "pack.toml").write_text("[pack", "utf-8")
    there = {**HOSTS, "LINLI_PACKS": str(tmp_path / "laws")}
    for words in (("check",), ("serve",)):
        done = linli(data, *words, **there)
        lines = [line for line in (done.stdout + done.stderr).splitlines() if "法规包" in line]
        assert done.returncode == 1 and len(lines) == 1, done
        assert lines[0].startswith("✗ 法规包：法规包 hubei 有两份") and "linli law check" in lines[0]


@pytest.mark.parametrize(
    ("words", "said"),
    [(["--host", "example.org"], "要写 IP"), (["--workers", "0"], "1 到 64"), (["--port", "0"], "1 到 65535")],
)
def test_wrong_options_are_told_in_chinese(tmp_path: Path, words: list[str], said: str) -> None:
    done = linli(tmp_path, "serve", *words)
    assert done.returncode == 2 and said in done.stderr


@pytest.mark.slow
@pytest.mark.apart
def test_a_sound_installation_is_served_and_stops_gracefully(data: Path) -> None:
    with serving(data) as (process, address):
        with urllib.request.urlopen(f"{address}/report/", timeout=10) as answer:
            assert answer.status == 200
        done: list[int] = []

        def ask() -> None:
            with urllib.request.urlopen(f"{address}/law/", timeout=20) as answer:
                answer.read()
                done.append(answer.status)

        asking = [threading.Thread(target=ask) for _ in range(6)]
        for one in asking:
            one.start()
        time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
        for one in asking:
            one.join(timeout=20)
        assert done == [200] * 6, "a stop must let requests finish"
    log = (data.parent / "serve.log").read_text("utf-8")
    assert "邻里已启动" in log


@pytest.mark.slow
@pytest.mark.apart
def test_postgresql_may_be_served_by_several_processes(tmp_path: Path) -> None:
    with cluster() as server:
        fill(tmp_path / "data", LINLI_DB=server.url)
        with serving(tmp_path / "data", "--workers", "2", LINLI_DB=server.url) as (process, address):
            with urllib.request.urlopen(f"{address}/", timeout=10) as answer:
                assert answer.status == 200
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=20) == 0


def test_behind_a_proxy_the_caller_is_who_the_proxy_saw(settings) -> None:
    ask = RequestFactory().get("/", REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="6.6.6.6, 203.0.113.9")
    assert caller_address(ask) == "127.0.0.1", "a header that anybody can send counts for nothing without a proxy"
    settings.LINLI_PROXY = True
    assert caller_address(ask) == "203.0.113.9", "the last address is the one that our own proxy added"


def test_the_proxy_setting_makes_cookies_secure(tmp_path: Path) -> None:
    code = "from linli.site import settings as s; print(s.LINLI_PROXY, getattr(s, 'SESSION_COOKIE_SECURE', False))"
    for value, said in (("1", "True True"), ("", "False False")):
        env = environment(tmp_path, LINLI_PROXY=value)
        done = subprocess.run([sys.executable, "-c", code], env=env, cwd=ROOT, capture_output=True, text=True)
        assert done.stdout.strip() == said


def record_of(message: str, **more: object) -> logging.LogRecord:
    record = logging.LogRecord("django.request", logging.WARNING, __file__, 1, message, None, None)
    for name, value in more.items():
        setattr(record, name, value)
    return record


def test_logs_name_the_route_and_never_number_code_or_text(hubei: Town, caplog: pytest.LogCaptureFixture) -> None:
    receipt = hubei.file(name="李梅梅", contact="13900000000")
    client = Client(raise_request_exception=False)
    wrong = "2" * 10
    client.get(f"/f/{receipt.appeal.number}/{wrong}/")
    said = [PlainFormatter().format(record) for record in caplog.records if record.name.startswith("django")]
    assert any("/f/<str:number>/<str:code>/" in line for line in said)
    assert not any(wrong in line or receipt.appeal.number in line for line in said)


def test_a_traceback_says_where_and_not_what() -> None:
    try:
        try:
            raise ValueError("李梅梅 13900000000")
        except ValueError as first:
            raise RuntimeError("Key (name)=(李梅梅)") from first
    except RuntimeError:
        record = record_of("failed for 13900000000", exc_info=sys.exc_info())
    text = PlainFormatter().format(record)
    assert "李梅梅" not in text and "13900000000" not in text
    assert "builtins.ValueError" in text and "builtins.RuntimeError" in text and "test_serve.py" in text

"""The command line (命令行): Chinese, one sentence per failure, no traceback, and a server that starts and stops cleanly."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from linli.commons.models import ApiToken, CalendarDay
from linli.commons.workdays import seed_years
from linli.kit import trail
from linli.kit.schedule import Every
from linli.site import cli, server, tick
from linli.site.commands import prepare
from tests.cast import Town

ROOT = Path(__file__).resolve().parent.parent.parent


def linli(data: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run `linli` as a person would, on a data folder of its own."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("LINLI_")}
    return subprocess.run(
        [sys.executable, "-m", "linli.site.cli", *words],
        env={**env, "LINLI_DATA": str(data), **more},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_every_help_is_chinese() -> None:
    parser, seen = cli.build_parser(), 0
    groups = [parser]
    while groups:
        one = groups.pop()
        text = one.format_help()
        assert "usage:" not in text and "options:" not in text and "show this help" not in text, text
        assert not re.search(r"(?m)^  \S.*\s[A-Z]{2,}\b", re.sub("JSON|CSV|XLSX|LINLI_PORT|PORT", "", text)), text
        seen += 1
        for action in one._actions:
            if isinstance(action, argparse._SubParsersAction):
                groups += action.choices.values()
    assert seen > 15


def test_a_command_sets_up_an_empty_database_and_check_finds_it_sound(tmp_path: Path) -> None:
    done = linli(tmp_path, "check")
    assert done.returncode == 0, done.stderr
    for word in ("SQLite", "synchronous", "待升级变更：0 项", "secret.key：48 字节", "结论：正常"):
        assert word in done.stdout
    raw = sqlite3.connect(tmp_path / "linli.sqlite3")
    assert raw.execute("select count(*) from mandates_matter").fetchone()[0] > 100
    assert raw.execute("select count(*) from commons_calendarday").fetchone()[0] > 20
    raw.close()
    (tmp_path / "field.key").chmod(0o644)
    loose = linli(tmp_path, "check")
    assert loose.returncode == 1 and "✗ 密钥 field.key" in loose.stdout


def test_a_broken_database_gives_one_chinese_sentence(tmp_path: Path) -> None:
    (tmp_path / "linli.sqlite3").write_bytes(b"this is not a database at all" * 100)
    done = linli(tmp_path, "audit", "verify")
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1 and "从备份恢复" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def test_a_database_of_an_older_version_is_not_upgraded_behind_ones_back(tmp_path: Path) -> None:
    assert linli(tmp_path, "migrate").returncode == 0
    raw = sqlite3.connect(tmp_path / "linli.sqlite3")
    raw.execute("delete from django_migrations where app = 'appeals'")
    raw.commit()
    raw.close()
    done = linli(tmp_path, "tick", "--once")
    assert done.returncode == 1 and "linli migrate" in done.stderr
    assert linli(tmp_path, "check").returncode == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "缺少：命令"),
        (["fly"], "没有“fly”"),
        (["run", "--port", "70000"], "端口号要在 1 到 65535 之间"),
        (["tick", "--twice"], "不认识的选项：--twice"),
        (["token", "create", "--name", "x"], "缺少：--post"),
    ],
)
def test_wrong_usage_is_told_in_chinese(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(words)
    assert stopped.value.code == 2
    assert said in capsys.readouterr().err


def test_a_bad_setting_is_one_sentence(tmp_path: Path) -> None:
    done = linli(tmp_path, "check", LINLI_PORT="abc")
    assert done.returncode == 2 and "LINLI_PORT" in done.stderr and "Traceback" not in done.stderr


def test_unexpected_failures_have_no_traceback(monkeypatch: pytest.MonkeyPatch, capsys: Any, db: None) -> None:
    def broken() -> int:
        raise ZeroDivisionError("算错了")

    assert cli.guarded(broken) == 1
    assert "算错了" in capsys.readouterr().err
    monkeypatch.setenv("LINLI_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        cli.guarded(broken)


def test_verify_counts_per_unit_and_finds_an_edit(hubei: Town, capsys: pytest.CaptureFixture[str]) -> None:
    hubei.file()
    assert cli.main(["audit", "verify"]) == 0
    assert f"单元 {hubei.county.code}：1 条，完整" in capsys.readouterr().out
    trail.Entry.objects.filter(unit=hubei.county.code).update(note="改过")
    assert cli.main(["audit", "verify", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] is False and found["faults"][0]["unit"] == hubei.county.code


def test_a_token_is_shown_once_and_noted(hubei: Town, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["token", "create", "--post", "hotline42", "--name", "对接"]) == 0
    clear = next(word for word in capsys.readouterr().out.replace("：", " ").split() if word.startswith("ll_"))
    row = ApiToken.objects.get()
    assert row.digest == ApiToken.hash(clear) and row.post.user.username == "hotline42"
    assert trail.Entry.objects.get(verb="commons.token_issued").facts["token"] == row.pk
    assert cli.main(["token", "create", "--post", "nobody", "--name", "对接"]) == 1
    assert "没有账号" in capsys.readouterr().err
    assert ApiToken.objects.count() == 1


def test_tick_once_names_what_ran_and_what_failed(
    db: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> None:
        raise RuntimeError("坏了")

    monkeypatch.setitem(tick.JOBS, "broken", Every(60, broken))
    assert cli.main(["tick", "--once"]) == 1
    out = capsys.readouterr().out
    assert "✗ broken：坏了" in out and "notices.deliver：完成" in out
    assert cli.main(["tick", "--once"]) == 0
    assert "没有到期的任务" in capsys.readouterr().out


def test_law_check_passes_and_names_an_unknown_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["law", "check"]) == 0
    assert cli.main(["law", "check", "--texts", "no-such-folder"]) == 2
    assert "no-such-folder" in capsys.readouterr().err


def test_the_calendar_warns_of_a_year_without_official_notice_until_the_county_fills_it(db: None) -> None:
    seed_years(range(2025, 2028))
    assert prepare.uncovered_years(date(2026, 6, 1)) == []
    assert prepare.uncovered_years(date(2026, 11, 22)) == [2027]
    assert "2027" in prepare.calendar_warning(date(2026, 11, 22))
    CalendarDay.objects.create(place="", day=date(2027, 1, 1), working=False, name="元旦")
    assert prepare.calendar_warning(date(2026, 11, 22)) == ""


def test_a_busy_port_is_told_in_chinese() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(prepare.Trouble, match=f"端口 {port} 已被占用"):
            server.require_free(port)


def children_of(pid: int) -> list[int]:
    """Processes whose parent is `pid`."""
    listed = subprocess.run(["ps", "-eo", "pid,ppid"], capture_output=True, text=True, check=True).stdout
    pairs = [line.split() for line in listed.splitlines()[1:]]
    return [int(child) for child, parent in pairs if int(parent) == pid]


@pytest.fixture
def running(tmp_path: Path, free_port: int) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`linli run` on a database of its own, answering."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("LINLI_")}
    with (tmp_path / "run.log").open("w+", encoding="utf-8") as log:
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", "linli.site.cli", "run", "--port", str(free_port)],
            env={**env, "LINLI_DATA": str(tmp_path / "data")},
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        address = f"http://127.0.0.1:{free_port}/"
        for _ in range(300):
            try:
                urllib.request.urlopen(address + "static/linli.css", timeout=5).close()
                break
            except (urllib.error.URLError, ConnectionError):
                assert process.poll() is None, (tmp_path / "run.log").read_text("utf-8")
                time.sleep(0.1)
        assert address in (tmp_path / "run.log").read_text("utf-8")
        yield process, address
        if process.poll() is None:
            process.kill()
            process.wait()


def gone(pid: int, seconds: float = 10) -> bool:
    """Whether a process ends within some seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().split(")")[-1].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.1)
    return False


@pytest.mark.slow
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_the_server_stops_cleanly_and_leaves_no_child(
    running: tuple[subprocess.Popen[str], str], stop: signal.Signals
) -> None:
    process, _ = running
    workers = children_of(process.pid)
    assert len(workers) == 1
    process.send_signal(stop)
    assert process.wait(timeout=20) == 0
    assert all(gone(pid) for pid in workers)


@pytest.mark.slow
def test_the_server_stops_when_it_is_told_many_times_at_once(running: tuple[subprocess.Popen[str], str]) -> None:
    """A process group and `make` each hand a stop on; one signal may then interrupt the handling of another."""
    process, _ = running
    workers = children_of(process.pid)
    for _ in range(400):
        for pid in (process.pid, *workers):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
    # A signal that comes when the interpreter is on its way out ends it as any program.
    assert process.wait(timeout=20) in (0, -signal.SIGTERM)
    assert workers and all(gone(pid) for pid in workers)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_killed_server_leaves_no_worker_behind(running: tuple[subprocess.Popen[str], str]) -> None:
    process, _ = running
    workers = children_of(process.pid)
    process.kill()
    process.wait()
    assert workers and all(gone(pid) for pid in workers)

"""How fast `linli run` starts, and how much memory its web process takes (启动与内存).

Run it with `.venv/bin/python bench/start.py [--rounds 5] [--requests 200]`. It loads the demo into a temporary folder once
(or into the empty database that LINLI_DB names), then starts `linli run --demo` on it again and again and asks for the
home page until it comes: seconds by the clock and CPU seconds of the start, medians. The last start then answers
requests, half of them home pages, and the memory of its processes is read from /proc.

Goals: the first page within 5 seconds; the web process within 250 MB (PSS) after 200 requests.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATHS = ("/", "/place/", "/", "/law/", "/", "/open/", "/", "/report/")


def free_port() -> int:
    """A port of the loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def children(pid: int) -> list[int]:
    """The processes below a process."""
    found = [
        int(one) for task in Path(f"/proc/{pid}/task").iterdir() for one in (task / "children").read_text().split()
    ]
    return found + [below for one in found for below in children(one)]


def memory(pid: int) -> tuple[float, float]:
    """PSS and RSS of a process in MB; PSS shares common pages out among those who use them."""
    sizes = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name in ("Pss", "Rss"):
            sizes[name] = int(rest.split()[0]) / 1024
    return sizes["Pss"], sizes["Rss"]


def cpu(pids: list[int]) -> float:
    """CPU seconds that processes have taken."""
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def ask(port: int, path: str) -> int:
    """Open one page; returns the status, 0 when nobody answers yet."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
            answer.read()
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code
    except OSError:
        return 0


class Site:
    """A `linli run --demo` on a data folder; stops with the `with` that opened it."""

    def __init__(self, data: Path, limit: float = 300) -> None:
        self.port = free_port()
        began = time.monotonic()
        words = [sys.executable, "-m", "linli.site.cli", "run", "--demo", "--port", str(self.port)]
        log = data / "bench.log"
        with log.open("a") as said:
            env = {**os.environ, "LINLI_DATA": str(data)}
            self.process = subprocess.Popen(words, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=said)
        while ask(self.port, "/") != 200:
            if self.process.poll() is not None or time.monotonic() - began > limit:
                self.stop()
                raise SystemExit(f"linli run did not answer:\n{log.read_text()[-2000:]}")
            time.sleep(0.02)
        self.seconds = time.monotonic() - began
        self.pids = [self.process.pid, *children(self.process.pid)]
        self.cpu = cpu(self.pids)

    def __enter__(self) -> Site:
        return self

    def __exit__(self, *failure: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop the site as Ctrl-C would."""
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def web(self) -> int:
        """The process that answers pages: the largest below the one that watches."""
        return max(self.pids[1:], key=lambda pid: memory(pid)[0])


def main() -> None:
    """Load the demo, start again and again, print."""
    options = argparse.ArgumentParser(description="start and memory of linli run")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--requests", type=int, default=200)
    asked = options.parse_args()
    data = Path(tempfile.mkdtemp(prefix="linli-bench-"))
    load = " ".join(f"{part:.1f}" for part in os.getloadavg())
    try:
        with Site(data) as first:
            loading = first.seconds
        seconds: list[float] = []
        spent: list[float] = []
        for number in range(asked.rounds):
            with Site(data) as site:
                seconds.append(site.seconds)
                spent.append(site.cpu)
                if number < asked.rounds - 1:
                    continue
                fresh = memory(site.web())
                wrong = sum(ask(site.port, PATHS[n % len(PATHS)]) != 200 for n in range(asked.requests))
                used, others = memory(site.web()), [pid for pid in site.pids if pid != site.web()]
                rest = sum(memory(pid)[0] for pid in others)
    finally:
        shutil.rmtree(data, ignore_errors=True)
    backend = "PostgreSQL" if os.environ.get("LINLI_DB") else "SQLite"
    print(f"{time.strftime('%Y-%m-%d')}, {backend}, {asked.rounds} starts, {os.cpu_count()} CPUs, load before {load}")
    print(f"  first start, loads the demo   {loading:7.2f} s")
    print(f"  to the first page, median     {statistics.median(seconds):7.2f} s (goal 5); all: ", end="")
    print(" ".join(f"{one:.2f}" for one in seconds))
    print(f"  CPU of a start, median        {statistics.median(spent):7.2f} s")
    print(f"  web process after the start   {fresh[0]:7.1f} MB PSS, {fresh[1]:.1f} MB RSS")
    print(f"  after {asked.requests} requests ({wrong} wrong)   {used[0]:7.1f} MB PSS, {used[1]:.1f} MB RSS (goal 250)")
    print(f"  other processes               {rest:7.1f} MB PSS")


if __name__ == "__main__":
    main()

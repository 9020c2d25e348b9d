"""Commands with a time limit (限时命令): when their process began, and an end without delay."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path

OWN = ("linli", "linli.exe", "cli.py")
"""What the command line is called as."""


def own() -> bool:
    """Whether this process was begun for this command, and not by a test or another program."""
    return Path(sys.argv[0]).name in OWN


def began() -> float:
    """When this process began, on the clock of `time.monotonic`; now, when it was not begun for this command.

    Linux tells it; elsewhere the processor time used so far is what the start took, at least.
    """
    if not own():
        return time.monotonic()
    try:
        ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, AttributeError, ValueError, IndexError):
        age = time.process_time()
    return time.monotonic() - age


def leave(code: int) -> int:
    """End this process at once when it is the command's own: taking numerical libraries apart costs 0.15 s of computing,
    a second on a busy machine. Everything was written and closed before; else the code is only handed back."""
    if own():
        with contextlib.suppress(OSError):  # the reader of our output has left
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)
    return code

"""The erasure ledger (删除登记): what was erased, kept outside the database, so that a restore erases it again.

The file stands beside the anchors and is only ever added to. A line holds a keyed digest of what was erased, never what
it was: `time digest`. Copy it to another machine together with the anchors.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.utils import timezone

_LINE = re.compile(r"(\S+) ([0-9a-f]{64})")


def ledger_file() -> Path:
    """Where the ledger stands."""
    return Path(settings.LINLI_DATA) / "erased.txt"


def digest(key: str) -> str:
    """What the ledger holds of a subject, such as `appeal:26112200000001`."""
    return hmac.new(settings.LINLI_FIELD_KEY, f"erased:{key}".encode(), hashlib.sha256).hexdigest()


def read(path: Path) -> set[str]:
    """Digests in a ledger; a line that a power cut left unfinished is passed over."""
    if not path.exists():
        return set()
    found = (_LINE.fullmatch(line) for line in path.read_text("ascii", "replace").splitlines())
    return {line.group(2) for line in found if line}


def note(keys: Iterable[str]) -> None:
    """Write down that these are being erased, and see it onto the disk before the database forgets them."""
    add({digest(key) for key in keys})


def add(digests: set[str]) -> int:
    """Add digests that are not in the ledger yet; return how many."""
    path = ledger_file()
    fresh = sorted(digests - read(path))
    if fresh:
        now = timezone.now().isoformat(timespec="seconds")
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(handle, "r+b") as out:
            if out.seek(0, os.SEEK_END):
                out.seek(-1, os.SEEK_END)
                if out.read(1) != b"\n":
                    out.write(b"\n")
            out.write("".join(f"{now} {one}\n" for one in fresh).encode())
            out.flush()
            os.fsync(out.fileno())
    return len(fresh)

"""When backups were made (备份记录): one line per backup in `backups.txt` of the data folder, for `linli check`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils import timezone


@dataclass(frozen=True)
class Made:
    """One backup that was made."""

    at: datetime
    name: str
    size: int


def path() -> Path:
    """Where the record stands."""
    return Path(settings.LINLI_DATA) / "backups.txt"


def add(name: str, size: int) -> None:
    """Note a backup that is complete."""
    with path().open("a", encoding="utf-8") as out:
        out.write(f"{timezone.now().isoformat(timespec='seconds')} {size} {name}\n")
        out.flush()
        os.fsync(out.fileno())


def last() -> Made | None:
    """The last backup noted; a line that cannot be read is passed over."""
    lines = path().read_text("utf-8", "replace").splitlines() if path().exists() else []
    for line in reversed(lines):
        try:
            at, size, name = line.split(" ", 2)
            return Made(datetime.fromisoformat(at), name, int(size))
        except ValueError:
            continue
    return None

"""What was uploaded, kept between two pages (暂存): encrypted, for it holds names and telephone numbers, and gone after a day."""

from __future__ import annotations

import re
import secrets
import time
from pathlib import Path

from django.conf import settings

from linli.kit.privacy import decrypt, encrypt

KEPT_SECONDS = 24 * 3600
_TOKEN = re.compile(r"[0-9a-f]{32}")


def keep(raw: bytes) -> str:
    """Keep bytes and return the token that opens them; what is too old goes."""
    for old in _folder().iterdir():
        if old.stat().st_mtime < time.time() - KEPT_SECONDS:
            old.unlink(missing_ok=True)
    token = secrets.token_hex(16)
    (_folder() / token).write_text(encrypt(raw.decode("latin-1")), encoding="ascii")
    return token


def fetch(token: str, *, seconds: int = KEPT_SECONDS) -> bytes | None:
    """The bytes of a token; None when they are gone or older than `seconds`."""
    path = _folder() / token
    if not _TOKEN.fullmatch(token) or not path.is_file() or path.stat().st_mtime < time.time() - seconds:
        return None
    return decrypt(path.read_text(encoding="ascii")).encode("latin-1")


def drop(token: str) -> None:
    """Forget what a token opens."""
    if _TOKEN.fullmatch(token):
        (_folder() / token).unlink(missing_ok=True)


def _folder() -> Path:
    folder: Path = settings.LINLI_DATA / "incoming"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder

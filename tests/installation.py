"""An installation in a folder of its own, driven through the command line as an operator would."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILL = """
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.site.settings")
import django
django.setup()
from django.conf import settings
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
from linli.kit import anchor, files
from linli.areas.appeals import actions as appeals
from tests.cast import make_town, fresh
town = make_town("42")
for number in range(3):
    receipt = town.file(name="李梅梅", contact="10000000001", photos=((b"%PDF-" + bytes([number]) * 900, "application/pdf", "a.pdf"),))
    appeals.withdraw_appeal(by=town.resident, appeal=receipt.appeal)
    print(receipt.appeal.number, receipt.code)
anchor.write_anchors()
"""
"""A county with its cast, and three appeals that ended, each with a name and a file."""


def environment(data: Path, **more: str) -> dict[str, str]:
    """The environment of a command on one data folder."""
    mine = {key: value for key, value in os.environ.items() if not key.startswith("LINLI_")}
    return {**mine, "LINLI_DATA": str(data), **more}


def linli(data: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run `linli` on a data folder."""
    return subprocess.run(
        [sys.executable, "-m", "linli.site.cli", *words],
        env=environment(data, **more),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,
    )


def script(data: Path, code: str, **more: str) -> str:
    """Run Python on a data folder; returns what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(data, **more),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def ask(data: Path, expression: str, **more: str) -> str:
    """Evaluate one expression in an installation."""
    head = "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'linli.site.settings'; import django; django.setup()\n"
    models = "from linli.areas.appeals.models import *; from linli.kit.trail import *; from linli.kit.files import *\n"
    return script(data, f"{head}{models}print({expression})", **more).strip()


def fill(data: Path, **more: str) -> list[tuple[str, str]]:
    """Set up an installation with a county; returns numbers and codes of its appeals."""
    assert linli(data, "migrate", **more).returncode == 0
    pairs = [line.split() for line in script(data, FILL, **more).splitlines()]
    return [(number, code) for number, code in pairs]

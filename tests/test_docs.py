"""Documents that are generated, or that name things, are true today."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_the_map_is_current() -> None:
    made = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "make_map.py")], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    kept = (ROOT / "docs" / "map.md").read_text(encoding="utf-8")
    assert kept == made, "run: .venv/bin/python docs/make_map.py > docs/map.md"


def test_the_register_of_processing_is_current() -> None:
    made = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "make_processing.py")],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert made.returncode == 0, made.stderr
    kept = (ROOT / "docs" / "processing.md").read_text(encoding="utf-8")
    assert kept == made.stdout, "run: .venv/bin/python docs/make_processing.py > docs/processing.md"


def test_links_between_documents_lead_somewhere() -> None:
    broken = []
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text(encoding="utf-8")):
            if not (path.parent / target).exists():
                broken.append(f"{path.name} → {target}")
    assert broken == []

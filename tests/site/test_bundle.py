"""The offline folder: made without network, installed without network, and refused when a wheel was changed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.installation import ROOT, linli

DEAD = {
    "PIP_NO_INDEX": "1",
    "PIP_INDEX_URL": "http://127.0.0.1:9/",
    "UV_OFFLINE": "1",
    "http_proxy": "http://127.0.0.1:9",
    "https_proxy": "http://127.0.0.1:9",
}
"""Settings under which every way to an index is shut."""
pytestmark = [
    pytest.mark.slow,
    pytest.mark.apart,
    pytest.mark.skipif(not (ROOT / ".git").exists() or shutil.which("git") is None, reason="needs the git checkout"),
]


def alone(*words: str, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command without network: in a network of its own where that is allowed, always with dead settings."""
    may = subprocess.run(["unshare", "-rn", "true"], capture_output=True).returncode == 0
    env = {key: value for key, value in os.environ.items() if not key.startswith(("LINLI_", "PIP_", "UV_"))}
    command = [*(["unshare", "-rn"] if may else []), *words]
    return subprocess.run(command, cwd=cwd, env={**env, **DEAD, **more}, capture_output=True, text=True, timeout=600)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("bundle") / "linli"
    done = linli(made.parent / "data", "bundle", str(made), "--local")
    assert done.returncode == 0, done.stderr
    print(done.stdout)
    return made


def test_it_installs_and_answers_without_network(folder: Path, tmp_path: Path) -> None:
    assert not (folder / ".git").exists() and "bootstrap.py env" in (folder / "离线安装.md").read_text("utf-8")
    done = alone(sys.executable, "bootstrap.py", "env", cwd=folder)
    assert done.returncode == 0, done.stderr
    program = str(folder / ".venv/bin/linli")
    checked = alone(program, "check", cwd=tmp_path, LINLI_DATA=str(tmp_path / "data"))
    assert checked.returncode == 0 and "结论：正常" in checked.stdout, checked.stderr
    code = (
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'linli.site.settings'; import django; django.setup();"
        "from django.test import Client; print(Client().get('/healthz', headers={'host': 'localhost'}).json())"
    )
    python = str(folder / ".venv/bin/python")
    healthy = alone(python, "-c", code, cwd=tmp_path, LINLI_DATA=str(tmp_path / "data"))
    assert "'ok': True" in healthy.stdout, healthy.stderr
    where = alone(python, "-c", "import linli; print(linli.__file__)", cwd=tmp_path).stdout
    assert Path(where.strip()).is_relative_to(folder)


def test_a_changed_missing_or_added_wheel_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "linli").mkdir()
    copy = tmp_path / "linli"
    for name in ("bootstrap.py", "requirements.lock", "requirements-dev.lock"):
        shutil.copy(folder / name, copy)
    shutil.copytree(folder / "wheels", copy / "wheels", copy_function=os.link)
    wheel = next((copy / "wheels").glob("segno*.whl"))
    raw = wheel.read_bytes()

    def refused() -> bool:
        done = alone(sys.executable, "bootstrap.py", "env", cwd=copy)
        return done.returncode == 1 and wheel.name in done.stderr and "重新复制" in done.stderr

    wheel.unlink()
    assert refused()
    wheel.write_bytes(raw[:-1] + b"x")
    assert refused()
    sums = copy / "wheels/SHA256SUMS"
    kept = sums.read_text("ascii")
    sums.unlink()
    wheel.write_bytes(raw)
    sums.write_text("".join(line for line in kept.splitlines(True) if wheel.name not in line), "ascii")
    assert refused()


def test_a_folder_with_files_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    done = linli(tmp_path / "data", "bundle", str(tmp_path))
    assert done.returncode == 1 and "没有改动" in done.stderr
    assert (tmp_path / "mine").read_text() == "x"

"""The bootstrap script and the locks (引导程序与依赖清单): what `make run` and `make test` stand on."""

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import bootstrap

ROOT = Path(__file__).resolve().parent.parent
LOCKS = [bootstrap.RUNTIME_LOCK, bootstrap.DEV_LOCK]


def locked(name: str) -> dict[str, Requirement]:
    """Return a lock as canonical package name to requirement."""
    found = [Requirement(line) for line in bootstrap.pins(ROOT / name)]
    return {canonicalize_name(one.name): one for one in found}


def pinned_version(one: Requirement) -> str:
    """Return the version a requirement is pinned to."""
    (only,) = one.specifier
    assert only.operator == "=="
    return only.version


def declared(group: str) -> list[Requirement]:
    """Return the ranges of pyproject.toml: the runtime ones, or the dev group."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    lines = project["project"]["dependencies"] if group == "runtime" else project["dependency-groups"]["dev"]
    return [Requirement(line) for line in lines]


@pytest.mark.parametrize("name", LOCKS)
def test_every_line_of_a_lock_is_one_exact_version_without_an_address(name: str) -> None:
    lines = bootstrap.pins(ROOT / name)
    assert lines
    for line in lines:
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*( ; [a-z0-9_ =\"]+)?", line), line
    assert "://" not in (ROOT / name).read_text("utf-8")


def test_no_package_is_in_both_locks() -> None:
    assert not locked(LOCKS[0]).keys() & locked(LOCKS[1]).keys()


@pytest.mark.parametrize(("group", "name"), [("runtime", LOCKS[0]), ("dev", LOCKS[1])])
def test_the_locks_satisfy_the_ranges_of_pyproject(group: str, name: str) -> None:
    lock = locked(name)
    for wish in declared(group):
        pin = lock[canonicalize_name(wish.name)]
        assert wish.specifier.contains(pinned_version(pin)), f"{wish} against {pin}"
        assert str(wish.marker) == str(pin.marker), f"{wish} against {pin}"


@pytest.mark.parametrize(("group", "names"), [("runtime", LOCKS[:1]), ("dev", LOCKS)])
def test_the_locks_hold_all_that_their_packages_need_and_nothing_else(group: str, names: list[str]) -> None:
    # The locks are installed with --no-deps: a forgotten package would show only at run time.
    pool = {name: pin for lock in names for name, pin in locked(lock).items()}
    todo = [*declared("runtime"), *(declared("dev") if group == "dev" else [])]
    needed: set[str] = set()
    seen: set[str] = set()
    while todo:
        wish = todo.pop()
        if str(wish) in seen or (wish.marker and not wish.marker.evaluate({"extra": ""})):
            continue
        seen.add(str(wish))
        name = canonicalize_name(wish.name)
        assert name in pool, f"{wish.name} is needed but not locked"
        assert wish.specifier.contains(pinned_version(pool[name])), f"{wish} against {pool[name]}"
        needed.add(name)
        for line in importlib.metadata.requires(name) or []:
            sub = Requirement(line)
            if sub.marker is None or any(sub.marker.evaluate({"extra": extra}) for extra in ["", *wish.extras]):
                sub.marker = None
                todo.append(sub)
    applicable = {name for name, pin in pool.items() if pin.marker is None or pin.marker.evaluate()}
    assert applicable == needed


def test_the_running_environment_is_the_locked_one() -> None:
    for pin in [*locked(LOCKS[0]).values(), *locked(LOCKS[1]).values()]:
        if pin.marker is None or pin.marker.evaluate():
            assert importlib.metadata.version(pin.name) == pinned_version(pin), pin.name


def test_a_stamp_vouches_only_for_the_very_same_lock(tmp_path: Path) -> None:
    lock, stamp = tmp_path / "requirements.lock", tmp_path / "stamp.json"
    lock.write_text("a==1\n", "utf-8")
    before = {"requirements.lock": bootstrap.fingerprint(lock)}
    assert bootstrap.stale_locks(bootstrap.read_stamp(stamp), before) == ["requirements.lock"]
    stamp.write_text(json.dumps(before), "utf-8")
    assert bootstrap.stale_locks(bootstrap.read_stamp(stamp), before) == []
    lock.write_text("a==2\n", "utf-8")
    after = {"requirements.lock": bootstrap.fingerprint(lock)}
    assert bootstrap.stale_locks(bootstrap.read_stamp(stamp), after) == ["requirements.lock"]


@pytest.mark.parametrize("text", ["", "not json", "[1]", "\x00"])
def test_a_spoilt_stamp_vouches_for_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "stamp.json").write_text(text, "utf-8")
    assert bootstrap.read_stamp(tmp_path / "stamp.json") == {}


def small_project(folder: Path) -> bootstrap.Environment:
    """Make a project folder with empty locks and a .venv that was never stamped."""
    for name in LOCKS:
        (folder / name).write_text("", "utf-8")
    (folder / "linli" / "site").mkdir(parents=True)
    (folder / "linli" / "site" / "cli.py").write_text("import sys\nprint('called', *sys.argv[1:])\n", "utf-8")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / ".venv")], check=True)
    return bootstrap.Environment(folder)


def test_the_command_works_from_anywhere_in_a_folder_with_blanks_and_chinese(tmp_path: Path) -> None:
    folder = tmp_path / "邻里 副本"
    folder.mkdir()
    environment = small_project(folder)
    packages = environment.packages()
    assert packages is not None
    environment.link(packages)
    moved = tmp_path / "搬 家"
    folder.rename(moved)
    (tmp_path / "linli").mkdir()  # a folder of that name where the command is called must not hide the program
    said = subprocess.run([moved / ".venv/bin/linli", "run", "a b"], cwd=tmp_path, capture_output=True, text=True)
    assert (said.stdout, said.stderr) == ("called run a b\n", "")


def test_a_second_start_installs_nothing_and_a_changed_lock_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = small_project(tmp_path)
    installed: list[list[str]] = []
    monkeypatch.setattr(environment, "install", lambda packages, locks: installed.append(list(locks)))
    environment.ensure(LOCKS)
    environment.ensure(LOCKS)
    environment.ensure(LOCKS[:1])
    assert installed == [LOCKS]
    (tmp_path / LOCKS[0]).write_text("# changed\n", "utf-8")
    environment.ensure(LOCKS)
    assert installed == [LOCKS, LOCKS[:1]]
    environment.launcher.unlink()
    environment.ensure(LOCKS[:1])
    assert installed == [LOCKS, LOCKS[:1], LOCKS[:1]]


def test_loops_are_compiled_once_and_again_after_a_change(tmp_path: Path) -> None:
    environment = small_project(tmp_path)
    packages, methods = environment.packages(), tmp_path / "linli" / "methods"
    assert packages is not None
    environment.link(packages)
    environment.compile_loops()  # an older Linli without loops
    methods.mkdir()
    made = tmp_path / "made"
    (methods / "compiled.py").write_text(f"open({str(made)!r}, 'a').write('x')\n", "utf-8")
    for times in ("x", "x"):
        environment.compile_loops()
        assert made.read_text() == times
    (methods / "other.py").write_text("# changed\n", "utf-8")
    environment.compile_loops()
    assert made.read_text() == "xx"
    (methods / "compiled.py").write_text("raise SystemExit(1)\n", "utf-8")
    environment.compile_loops()  # no trouble: they are compiled at their first use
    assert bootstrap.stale_locks(bootstrap.read_stamp(packages / bootstrap.STAMP_NAME), {"a": "b"}) == ["a"]


def test_an_interrupted_install_is_not_taken_for_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = small_project(tmp_path)
    monkeypatch.setattr(environment, "install", lambda packages, locks: None)
    environment.ensure(LOCKS)

    def interrupted(packages: Path, locks: list[str]) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(environment, "install", interrupted)
    (tmp_path / LOCKS[0]).write_text("# changed\n", "utf-8")
    with pytest.raises(KeyboardInterrupt):
        environment.ensure(LOCKS)
    (tmp_path / LOCKS[0]).write_text("", "utf-8")
    assert environment.stale({LOCKS[0]: bootstrap.fingerprint(tmp_path / LOCKS[0])}) == LOCKS[:1]


def test_a_venv_whose_python_is_gone_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment = small_project(tmp_path)
    environment.python.unlink()
    environment.python.symlink_to(tmp_path / "removed")
    assert environment.packages() is None
    (environment.folder / "left-over").touch()
    monkeypatch.setattr(bootstrap, "find_uv", list)
    monkeypatch.setattr(bootstrap, "find_module", lambda name: name == "pip")
    environment.create()
    assert environment.packages() is not None
    assert not (environment.folder / "left-over").exists()
    assert "正在重建" in capsys.readouterr().err


def test_without_venv_pip_and_uv_the_message_names_the_package_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "find_uv", list)
    monkeypatch.setattr(bootstrap, "find_module", lambda name: False)
    with pytest.raises(bootstrap.Trouble, match=r"缺少 venv 或 pip[\s\S]*apt install python3\.\d+-venv"):
        bootstrap.Environment(tmp_path).create()
    assert list(tmp_path.iterdir()) == []


def test_pip_serves_where_uv_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = small_project(tmp_path)
    packages = environment.packages()
    assert packages is not None
    (packages / "pip").mkdir()
    tried: list[str] = []

    def attempt(command: list[str]) -> tuple[bool, str]:
        tried.append("uv" if command[0] == "uv" else "pip")
        assert "--no-deps" in command
        return command[0] != "uv", "error"

    monkeypatch.setattr(bootstrap, "find_uv", lambda: ["uv"])
    monkeypatch.setattr(bootstrap, "attempt", attempt)
    environment.install(packages, LOCKS)
    assert tried == ["uv", "pip"]


def test_a_failed_install_shows_the_last_lines_and_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = small_project(tmp_path)
    packages = environment.packages()
    assert packages is not None
    (packages / "pip").mkdir()
    output = "\n".join(f"line {number}" for number in range(40)) + "\nNewConnectionError: Connection refused\n"
    monkeypatch.setattr(bootstrap, "find_uv", list)
    monkeypatch.setattr(bootstrap, "attempt", lambda command: (False, output))
    with pytest.raises(bootstrap.Trouble) as caught:
        environment.install(packages, LOCKS)
    text = str(caught.value)
    assert "Connection refused" in text
    assert "line 39" in text
    assert "line 5\n" not in text
    assert "连不上软件包仓库" in text


@pytest.mark.parametrize(
    ("output", "advice"),
    [
        ("OSError: [Errno 28] No space left on device", "磁盘空间不足"),
        ("Temporary failure in name resolution", "连不上软件包仓库"),
        ("ReadTimeoutError: Read timed out.", "连不上软件包仓库"),
        ("[Errno 30] Read-only file system", "没有写入权限"),
        ("ERROR: something unheard of", "删除 .venv"),
    ],
)
def test_the_advice_fits_the_failure(output: str, advice: str) -> None:
    assert advice in bootstrap.install_hint(output)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in LOCKS:
        (tmp_path / name).write_text("", "utf-8")
    monkeypatch.setattr(os, "access", lambda folder, mode: False)
    with pytest.raises(bootstrap.Trouble, match="无法写入文件夹 " + re.escape(str(tmp_path))):
        bootstrap.Environment(tmp_path).ensure(LOCKS)


def test_a_missing_lock_is_named(tmp_path: Path) -> None:
    with pytest.raises(bootstrap.Trouble, match=r"缺少文件 requirements\.lock"):
        bootstrap.Environment(tmp_path).ensure(LOCKS)


def test_an_old_python_is_told_what_to_install() -> None:
    text = bootstrap.old_python_message("3.8.18")
    assert "当前是 3.8.18" in text
    assert "python3.11-venv" in text


def test_a_python_shim_that_does_not_start_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shim = tmp_path / "python3.14"
    shim.write_text("#!/bin/sh\nexit 127\n", "ascii")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert bootstrap.newer_python() == ""
    (tmp_path / "python3.12").symlink_to(sys.executable)
    assert bootstrap.newer_python() == str(tmp_path / "python3.12")


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
@pytest.mark.parametrize("verb", ["run", "test"])
def test_the_two_commands_are_aliases_of_the_script(verb: str) -> None:
    clean = {"PATH": os.environ["PATH"]}  # a surrounding make would hand down its own flags
    said = subprocess.run(["make", "-n", verb], cwd=ROOT, env=clean, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == f"python3 bootstrap.py {verb}"


def test_an_unknown_verb_shows_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert bootstrap.main(["fly"]) == 2
    assert "make run" in capsys.readouterr().err

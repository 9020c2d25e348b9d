#!/usr/bin/env python3
"""Make Linli's environment, then run or test Linli (引导程序).

    python3 bootstrap.py run  [options of `linli run`]   what `make run` calls
    python3 bootstrap.py test [options of pytest]        what `make test` calls
    python3 bootstrap.py env                             only make the environment, test tools included

Standard library only. Packages come from requirements.lock (and requirements-dev.lock for tests), with uv when it is
present, else with pip; in a folder made by `linli bundle`, from its wheels and never from the network. A stamp of the locks makes the next start immediate. Nothing is written outside `.venv`.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys

OLDEST_PYTHON = (3, 11)


def newer_python() -> str:
    """Return a working python3.11 or newer found on PATH, newest first; "" when there is none."""
    for minor in (14, 13, 12, 11):
        found = shutil.which(f"python3.{minor}")
        # A pyenv shim is found even when its version is not switched on, so ask it to start.
        if found and subprocess.call([found, "-c", ""], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0:
            return found
    return ""


def old_python_message(version: str) -> str:
    """Say that this Python is too old and what to do."""
    return (
        f"邻里需要 Python 3.11 或更新版本，当前是 {version}，本机也没有找到更新的 Python。\n"
        "请安装 Python 3.11（Debian/Ubuntu：apt install python3.11 python3.11-venv），\n"
        "然后运行：make run PYTHON=python3.11\n"
        f"Linli needs Python 3.11 or newer; this is {version} and no newer one is on PATH.\n"
        "Install Python 3.11, then: make run PYTHON=python3.11"
    )


# Up to here the file must run on Python 3.6, so that an old machine gets a sentence and not a traceback.
if sys.version_info < OLDEST_PYTHON:
    NEWER = newer_python()
    if NEWER:
        os.execv(NEWER, [NEWER, *sys.argv])
    sys.exit(old_python_message(".".join(str(part) for part in sys.version_info[:3])))

from collections.abc import Iterator, Mapping, Sequence  # noqa: E402  (must not load before the check above)
from contextlib import contextmanager  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import NoReturn  # noqa: E402

ROOT = Path(__file__).resolve().parent
RUNTIME_LOCK = "requirements.lock"
DEV_LOCK = "requirements-dev.lock"
WHEELS = "wheels"
SUMS = "SHA256SUMS"
STAMP_NAME = "linli-stamp.json"
LOOPS = "linli/methods"
LAUNCHER = """#!/bin/sh
# Written by bootstrap.py. -P: a folder named linli where the command is called must not hide the program.
exec "$(dirname "$(readlink -f "$0")")/python" -P -m linli.site.cli "$@"
"""
USAGE = """用法 / Usage:
  make run    建好运行环境，载入演示数据，启动邻里 / make the environment, load the demo, start Linli
  make test   建好运行环境，运行测试 / make the environment, run the tests
  make faults 逐个去掉程序里的一处检查，看测试能否发现 / take out one check at a time and see whether the tests notice
同样的命令，可以附加选项 / the same, with options:
  python3 bootstrap.py run  [linli run 的选项]
  python3 bootstrap.py test [pytest 的选项]
  python3 bootstrap.py faults [--draw 5 | --only 词]
  python3 bootstrap.py env    只建好运行环境（含测试工具） / only make the environment, test tools included"""
DEFAULT_TESTS = ["-q", "-n", "2", "-m", "not browser"]


class Trouble(Exception):
    """Something the person at the keyboard can mend; the text says how, in Chinese and in English."""


def missing_venv_message() -> str:
    """Say that neither uv nor ensurepip nor pip is there, and what to do."""
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    return (
        f"这个 Python（{sys.executable}）缺少 venv 或 pip，无法建立运行环境。\n"
        f"请运行：sudo apt install {package}（其他系统请安装完整的 Python）；没有管理员权限时可先安装 uv。然后重试。\n"
        f"This Python lacks venv or pip. Run: sudo apt install {package} (or install uv), then try again."
    )


def read_only_message(folder: Path) -> str:
    """Say that the program folder cannot be written to."""
    return (
        f"无法写入文件夹 {folder}，运行环境（.venv）须建在其中。\n"
        "请把邻里复制到可写的位置，或调整该文件夹的权限，然后重试。\n"
        f"Cannot write to {folder}, where .venv must be made.\n"
        "Copy Linli to a writable folder or change its permissions, then try again."
    )


def install_hint(output: str) -> str:
    """Turn an installer's last words into advice.

    Args:
        output: what pip or uv printed before it stopped.
    """
    low = output.lower()
    if "no space left" in low:
        return "磁盘空间不足，请清出至少 1 GB 后重试。 / The disk is full: free at least 1 GB and try again."
    network = ["resolution", "connection", "timeout", "dns", "ssl", "proxy", "unreachable"]
    if any(word in low for word in [*network, "timed out", "sending request"]):
        return (
            "看来连不上软件包仓库。请检查网络和代理；内网请用 PIP_INDEX_URL（uv 用 UV_DEFAULT_INDEX）指向本单位镜像。\n"
            "The package index cannot be reached. Check network and proxy,\n"
            "or set PIP_INDEX_URL (uv: UV_DEFAULT_INDEX) to a mirror."
        )
    if "permission denied" in low or "read-only" in low:
        return "没有写入权限，请检查文件夹权限。 / No permission to write: check the folder's permissions."
    return "请删除 .venv 文件夹后重试。 / Delete the .venv folder and try again."


def install_failed_message(output: str, keep: int = 12) -> str:
    """Say that installing failed, with the installer's last lines and advice.

    Args:
        output: what the installer printed.
        keep: how many of its last lines to show.
    """
    tail = [line for line in output.splitlines() if line.strip()][-keep:]
    quoted = ["  | " + line[:160] for line in tail]
    return "\n".join(["安装软件包失败。 / Installing packages failed.", *quoted, install_hint(output)])


def fingerprint(lock: Path) -> str:
    """Return the sha256 of a lock file.

    Raises:
        Trouble: the file is missing.
    """
    try:
        return hashlib.sha256(lock.read_bytes()).hexdigest()
    except FileNotFoundError:
        text = f"缺少文件 {lock.name}，请重新获取完整的邻里。 / {lock.name} is missing: get a full copy of Linli."
        raise Trouble(text) from None


def python_version(python: Path) -> tuple[int, int] | None:
    """Ask an interpreter for its version by starting it; None when it does not start."""
    ask = [str(python), "-I", "-S", "-c", "import sys; print(*sys.version_info[:2])"]
    try:
        answer = subprocess.run(ask, capture_output=True, text=True, check=True).stdout.split()
    except (OSError, subprocess.CalledProcessError):
        return None
    return int(answer[0]), int(answer[1])


def read_stamp(stamp: Path) -> dict[str, str]:
    """Return what the stamp file vouches for, lock name to sha256; empty when it is missing or unreadable."""
    try:
        held = json.loads(stamp.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(digest) for name, digest in held.items()} if isinstance(held, dict) else {}


def stale_locks(held: Mapping[str, str], wanted: Mapping[str, str]) -> list[str]:
    """Return the names of the wanted locks that are not held in exactly this version, in the order given."""
    return [name for name, digest in wanted.items() if held.get(name) != digest]


class Environment:
    """The project's virtual environment (运行环境) in `.venv`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / ".venv"
        self.python = self.folder / "bin" / "python"
        self.launcher = self.folder / "bin" / "linli"

    def packages(self) -> Path | None:
        """Return site-packages of a `.venv` whose Python starts and is new enough, else None.

        Its Python itself is asked, not pyvenv.cfg: a system upgrade can leave a `.venv` of another version behind.
        """
        version = python_version(self.python)
        if version is None or version < OLDEST_PYTHON:
            return None
        return self.folder / "lib" / f"python{version[0]}.{version[1]}" / "site-packages"

    def stale(self, wanted: Mapping[str, str]) -> list[str]:
        """Return the locks still to install; empty when everything is in place."""
        packages = self.packages()
        if packages is None or not self.launcher.exists() or not (packages / "linli.pth").exists():
            return list(wanted)
        return stale_locks(read_stamp(packages / STAMP_NAME), wanted)

    def ensure(self, locks: Sequence[str]) -> None:
        """Make the environment hold these locks; do nothing when it does already.

        Raises:
            Trouble: with a message for the person at the keyboard.
        """
        wanted = {name: fingerprint(self.root / name) for name in locks}
        if not self.stale(wanted):
            return
        if not os.access(self.root, os.W_OK):
            raise Trouble(read_only_message(self.root))
        with only_one(self.root):
            stale = self.stale(wanted)  # another bootstrap may have finished while this one waited
            if not stale:
                return
            if self.packages() is None:
                self.create()
            packages = self.packages()
            if packages is None:
                raise Trouble(missing_venv_message())
            stamp = packages / STAMP_NAME
            held = read_stamp(stamp)
            stamp.unlink(missing_ok=True)  # an interrupted change of packages must not look finished
            self.install(packages, stale)
            self.link(packages)
            stamp.write_text(json.dumps({**held, **wanted}, indent=1), "utf-8")

    def compile_loops(self) -> None:
        """Compile the inner loops of the methods after the first installation and after each change of them.

        Only their first use would be slower without, so a failure is no trouble.
        """
        packages, folder = self.packages(), self.root / LOOPS
        compiler = folder / "compiled.py"
        if packages is None or not compiler.exists() or not os.access(packages, os.W_OK):
            return
        sources = sorted(folder.rglob("*.py"))
        digest = hashlib.sha256(b"".join(one.read_bytes() for one in sources)).hexdigest()
        stamp = packages / STAMP_NAME
        if read_stamp(stamp).get(LOOPS) == digest:
            return
        say("正在编译算法的内循环，约需几秒… / Compiling the methods' inner loops, a few seconds …")
        attempt([str(self.python), "-P", "-m", "linli.methods.compiled"])
        stamp.write_text(json.dumps({**read_stamp(stamp), LOOPS: digest}, indent=1), "utf-8")

    def create(self) -> None:
        """Make an empty `.venv`, replacing one that does not work.

        Raises:
            Trouble: this Python has neither ensurepip nor pip, and there is no uv.
        """
        if self.folder.is_symlink():
            self.folder.unlink()
        elif self.folder.exists():
            say("运行环境 .venv 已损坏或版本过旧，正在重建… / .venv is broken or too old: making it anew …")
            shutil.rmtree(self.folder)
        uv = find_uv()
        if uv and attempt([*uv, "venv", "-q", "--no-project", "--python", base_python(), str(self.folder)])[0]:
            return
        if find_module("ensurepip"):
            options = []
        elif find_module("pip"):
            options = ["--without-pip"]  # Debian without python3-venv but with python3-pip: its pip can serve the .venv
        else:
            raise Trouble(missing_venv_message())
        done, output = attempt([base_python(), "-m", "venv", *options, str(self.folder)])
        if not done:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise Trouble(missing_venv_message() + "\n" + output.strip()[-800:])

    def install(self, packages: Path, locks: Sequence[str]) -> None:
        """Install locks with uv, or with pip when there is no uv or it fails (uv does not read pip's mirror settings).

        Raises:
            Trouble: with the installer's last lines.
        """
        count = sum(len(pins(self.root / name)) for name in locks)
        say(f"正在安装 {count} 个软件包，首次约需一分钟… / Installing {count} packages, about a minute at first …")
        files = [part for name in locks for part in ("-r", str(self.root / name))]
        output = ""
        source = self.offline()
        for command in self.installers(packages):
            done, output = attempt([*command, "--no-deps", "-q", *source, *files])
            if done:
                return
        raise Trouble(install_failed_message(output))

    def offline(self) -> list[str]:
        """Return the options that install from the wheels beside this script; none when there are no wheels.

        Raises:
            Trouble: a wheel is missing, was changed, or is one too many.
        """
        wheels = self.root / WHEELS
        if not wheels.is_dir():
            return []
        listed = wheels / SUMS
        lines = listed.read_text("ascii").splitlines() if listed.exists() else []
        wanted = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
        found = {path.name: fingerprint(path) for path in wheels.glob("*.whl")}
        wrong = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
        if wrong or not found:
            named = "、".join(wrong[:5]) or SUMS
            raise Trouble(
                f"离线安装文件夹不完整或被改动：{named}。请重新复制整个文件夹。\n"
                f"The offline folder is incomplete or was changed: {named}. Copy the whole folder anew."
            )
        return ["--no-index", "--find-links", str(wheels)]

    def installers(self, packages: Path) -> Iterator[list[str]]:
        """Yield the install commands to try, best first."""
        python = str(self.python)
        uv = find_uv()
        if uv:
            yield [*uv, "pip", "install", "--python", python, "--compile-bytecode"]
        pip = ["-m", "pip", "--disable-pip-version-check", "--no-input"]
        if (packages / "pip").is_dir() or attempt([python, "-m", "ensurepip"])[0]:
            yield [python, *pip, "install"]
        elif find_module("pip"):
            yield [base_python(), *pip, "--python", python, "install"]
        elif not uv:
            raise Trouble(missing_venv_message())

    def link(self, packages: Path) -> None:
        """Make `import linli` and `.venv/bin/linli` work.

        A path file and a three-line script, not `pip install -e .`: that needs a build backend (setuptools is no longer
        part of a fresh .venv) and so the network, and takes seconds. The path is relative, so it stays plain ASCII
        whatever the folder is called, and survives moving the folder.
        """
        (packages / "linli.pth").write_text(os.path.relpath(self.root, packages) + "\n", "ascii")
        self.launcher.write_text(LAUNCHER, "ascii")
        self.launcher.chmod(0o755)


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold a lock on a folder, so that `make run` and `make test` started together do not install over each other."""
    import fcntl  # here, because Windows has none and gets a sentence in main() first

    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def pins(lock: Path) -> list[str]:
    """Return the requirement lines of a lock file, without comments and blank lines."""
    lines = (line.strip() for line in lock.read_text("utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def base_python() -> str:
    """Return the interpreter under any virtual environment this script runs in: `.venv` may have to be deleted."""
    return getattr(sys, "_base_executable", None) or sys.executable


def find_module(name: str) -> bool:
    """Tell whether this Python has a module, without loading it."""
    return importlib.util.find_spec(name) is not None


def find_uv() -> list[str]:
    """Return the command that starts uv; empty when there is none."""
    found = shutil.which("uv")
    if found:
        return [found]
    return [sys.executable, "-m", "uv"] if find_module("uv") else []


def attempt(command: Sequence[str]) -> tuple[bool, str]:
    """Run a command quietly; return whether it succeeded and everything it printed."""
    # PIP_USER=1 in a person's settings makes pip refuse to install into a virtual environment.
    settings = {**os.environ, "PIP_USER": "0"}
    quiet, together = subprocess.DEVNULL, subprocess.STDOUT
    try:
        ran = subprocess.run(command, env=settings, stdin=quiet, stdout=subprocess.PIPE, stderr=together, check=False)
    except OSError as error:
        return False, str(error)
    return ran.returncode == 0, ran.stdout.decode("utf-8", "replace")


def say(text: str) -> None:
    """Print a line at once. To stderr, which never fails on a terminal that cannot show Chinese."""
    print(text, file=sys.stderr, flush=True)


def become(python: Path, arguments: Sequence[str]) -> NoReturn:
    """Replace this process, so that Ctrl-C and stop signals reach the program itself."""
    sys.stdout.flush()
    os.execv(str(python), [str(python), *arguments])


def main(arguments: Sequence[str]) -> int:
    """Do what the first argument says; return the exit code where this process is not replaced.

    Raises:
        Trouble: the environment cannot be made.
    """
    verb, rest = (arguments[0] if arguments else ""), list(arguments[1:])
    if verb not in {"run", "test", "faults", "env"}:
        say(USAGE)
        return 0 if verb in {"-h", "--help", "help"} else 2
    if os.name != "posix":
        raise Trouble("Windows 请在 WSL2 中运行邻里。 / On Windows, run Linli inside WSL2.")
    environment = Environment(ROOT)
    bundled = (ROOT / WHEELS).is_dir()  # holds what runs Linli, not the test tools
    if verb == "test" and bundled:
        raise Trouble("离线安装文件夹不含测试工具。 / The offline folder holds no test tools.")
    environment.ensure([RUNTIME_LOCK] if verb == "run" or bundled else [RUNTIME_LOCK, DEV_LOCK])
    environment.compile_loops()
    if verb == "run":
        become(environment.python, ["-u", "-P", "-m", "linli.site.cli", "run", "--demo", *rest])
    if verb == "test":
        os.chdir(ROOT)
        become(environment.python, ["-m", "pytest", *DEFAULT_TESTS, *rest])
    if verb == "faults":
        os.chdir(ROOT)
        become(environment.python, ["-m", "tests.faults.run", *rest])
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Trouble as trouble:
        say(str(trouble))
        sys.exit(1)
    except PermissionError as error:
        say(read_only_message(Path(error.filename or ROOT)))
        sys.exit(1)
    except OSError as error:
        say(f"{error}\n{install_hint(str(error))}")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)

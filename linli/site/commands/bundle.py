"""`linli bundle`: a folder that installs Linli on a machine without network (离线安装包)."""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import platform
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from linli.site.commands.prepare import Trouble

if TYPE_CHECKING:
    from linli.site.commands.prepare import Commands

ROOT = Path(__file__).resolve().parent.parent.parent.parent
LOCK = "requirements.lock"
SUMS = "SHA256SUMS"
README = """# 离线安装邻里

这个文件夹由 `linli bundle` 在 {system}、Python {python} 上生成，用于同样的系统和同样版本的 Python，不需要网络。

1. 把整个文件夹复制到目标机器，例如 `/opt/linli`（运行邻里的账号须可写）。
2. 在文件夹里运行：`python3 bootstrap.py env`。它先核对 `wheels/SHA256SUMS`，再只从 `wheels` 安装，不访问网络。
3. 检查：`.venv/bin/linli check`
4. 试用演示：`python3 bootstrap.py run`；正式运行：`.venv/bin/linli serve`。

装好之后的设置、备份、升级见 `docs/run.zh-CN.md`。
"""


def add(commands: Commands) -> None:
    """Add the command."""
    bundle = commands.add_parser("bundle", help="生成离线安装文件夹：源代码、软件包、校验和")
    bundle.add_argument("folder", type=Path, metavar="文件夹", help="新建的文件夹")
    bundle.add_argument("--local", action="store_true", help="不联网，用本机已安装的软件包打包")
    bundle.set_defaults(run=run_bundle)


def run_bundle(options: argparse.Namespace) -> int:
    """Write source, wheels, sums and a guide. Raises: Trouble: the folder exists, or something cannot be had."""
    folder: Path = options.folder
    if folder.exists() and any(folder.iterdir()):
        raise Trouble(f"{folder} 里已有文件，没有改动。请给一个新的文件夹。")
    folder.mkdir(parents=True, exist_ok=True)
    _source(folder)
    wheels = folder / "wheels"
    wheels.mkdir()
    if options.local or not _download(wheels):
        for pin in _pins():
            _repack(*pin, wheels)
    sums = [f"{_sha256(path)}  {path.name}\n" for path in sorted(wheels.glob("*.whl"))]
    (wheels / SUMS).write_text("".join(sums), "ascii")
    system = f"{platform.system()} {platform.machine()}"
    python = ".".join(map(str, sys.version_info[:2]))
    (folder / "离线安装.md").write_text(README.format(system=system, python=python), "utf-8")
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20
    print(f"离线安装文件夹已生成：{folder}，{len(sums)} 个软件包，共 {size:.0f} MB。用法见其中的“离线安装.md”。")
    return 0


def _source(folder: Path) -> None:
    """The tracked files at HEAD. Raises: Trouble: this is no git checkout."""
    try:
        done = subprocess.run(["git", "archive", "--format=zip", "HEAD"], cwd=ROOT, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Trouble("生成离线安装文件夹要用 git 管理的完整源代码目录，并安装 git。") from error
    with zipfile.ZipFile(io.BytesIO(done.stdout)) as packed:
        packed.extractall(folder)


def _download(wheels: Path) -> bool:
    """Whether pip could fetch every wheel from the index that this machine is set up with."""
    pip = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps"]
    words = ["--only-binary=:all:", "-r", str(ROOT / LOCK), "-d", str(wheels)]
    done = subprocess.run([*pip, *words], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode:
        print("连不上软件包仓库，改用本机已安装的软件包打包。", file=sys.stderr)
        for path in wheels.glob("*.whl"):
            path.unlink()
    return not done.returncode


def _pins() -> list[tuple[str, str]]:
    """Name and version of each package of the lock that belongs on this platform."""
    found = []
    for line in (ROOT / LOCK).read_text("utf-8").splitlines():
        pin, _, marker = line.partition(";")
        if "==" not in pin or pin.startswith("#"):
            continue
        if marker and (sys.platform != "linux" or platform.machine() != "x86_64"):
            continue  # the only marker of the lock: the wheel with the newer SQLite
        name, _, version = pin.strip().partition("==")
        found.append((name, version))
    return found


def _repack(name: str, version: str, wheels: Path) -> None:
    """Make a wheel of an installed package from the files that its record lists.

    Raises: Trouble: the package is not installed in that version.
    """
    try:
        package = metadata.distribution(name)
    except metadata.PackageNotFoundError as error:
        raise Trouble(f"本机没有安装 {name}，打不成离线安装文件夹。请先运行 python3 bootstrap.py env。") from error
    if package.version != version or package.files is None:
        raise Trouble(f"本机安装的 {name} 是 {package.version}，应为 {version}。请先运行 python3 bootstrap.py env。")
    facts = (package.read_text("WHEEL") or "").splitlines()
    tags = [line.removeprefix("Tag: ").strip().split("-") for line in facts if line.startswith("Tag: ")]
    tag = "-".join(".".join(sorted({one[part] for one in tags})) for part in range(3))
    info = next(str(path.parent) for path in package.files if path.name == "METADATA")
    record = []
    with zipfile.ZipFile(
        wheels / f"{info.removesuffix('.dist-info')}-{tag}.whl", "w", zipfile.ZIP_DEFLATED, compresslevel=1
    ) as out:
        for path in package.files:
            text = str(path)
            made_here = path.name in ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json") and text.startswith(info)
            if text.startswith("..") or "__pycache__" in path.parts or made_here:
                continue  # commands are made anew from the entry points
            raw = Path(str(path.locate())).read_bytes()
            out.writestr(text, raw)
            digest = base64.urlsafe_b64encode(hashlib.sha256(raw).digest()).rstrip(b"=").decode()
            record.append(f"{text},sha256={digest},{len(raw)}\n")
        out.writestr(f"{info}/RECORD", "".join(record) + f"{info}/RECORD,,\n")


def _sha256(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()

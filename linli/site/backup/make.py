"""Make one backup (制作备份)."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from linli.kit.anchor import anchor_file
from linli.kit.ledger import ledger_file
from linli.site.backup import contents, record, snapshot, state
from linli.site.commands.prepare import Trouble


@dataclass(frozen=True)
class Report:
    """What was backed up (备份结果).

    Args:
        raw: bytes before compression and encryption. damaged: attachments whose bytes no longer match their name.
    """

    path: Path
    size: int
    raw: int
    files: int
    rows: int
    seconds: float
    damaged: tuple[str, ...]

    def __str__(self) -> str:
        per_gb = self.seconds / max(self.raw / 2**30, 1e-9)
        pace = f"每 GB 约 {per_gb:.0f} 秒" if self.raw > 2**27 else "数据不足 128 MB，不推算每 GB 用时"
        return (
            f"已备份到 {self.path}：{self.rows} 行数据、{self.files} 个附件，"
            f"原始 {self.raw / 2**20:.1f} MB，备份文件 {self.size / 2**20:.1f} MB，用时 {self.seconds:.1f} 秒（{pace}）。"
        )


def make(target: Path, kind: str, secret: bytes) -> Report:
    """Write a backup under a temporary name, see it onto the disk, and give it its name.

    Raises:
        Trouble: the file exists, its folder does not, or the database cannot be copied. Nothing is left behind then.
    """
    if target.exists():
        raise Trouble(f"{target} 已存在，没有覆盖。请换一个文件名。")
    if not target.parent.is_dir():
        raise Trouble(f"没有文件夹 {target.parent}，请先建立，或核对路径。")
    began = time.monotonic()
    data = Path(settings.LINLI_DATA)
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    state.sweep(data)
    work = Path(tempfile.mkdtemp(prefix=".backup-", dir=data))
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out:
            # Anchors first: one written after the copy would name a line that the copy does not have.
            anchors = anchor_file().read_bytes() if anchor_file().exists() else b""
            database, facts = snapshot.take(work)
            pack = contents.Pack(out, kind, secret, {**facts, "made_at": timezone.now().isoformat(timespec="seconds")})
            pack.add_bytes(contents.ANCHORS, anchors)
            pack.add_file(database.name, database)
            for name in contents.KEYS:
                pack.add_file(name, data / Path(name).name)
            files, damaged = _add_files(pack, Path(settings.LINLI_FILES))
            # The ledger last: what is erased while this runs stays erased.
            pack.add_bytes(contents.LEDGER, ledger_file().read_bytes() if ledger_file().exists() else b"")
            pack.close()
            out.flush()
            os.fsync(out.fileno())
            size = out.tell()
        os.replace(part, target)
        state.sync(target.parent)
    finally:
        part.unlink(missing_ok=True)
        shutil.rmtree(work, ignore_errors=True)
    record.add(target.name, size)
    raw = sum(int(facts[0]) for facts in pack.members.values())
    rows = sum(facts["counts"].values())
    return Report(target, size, raw, files, rows, time.monotonic() - began, tuple(damaged))


def _add_files(pack: contents.Pack, folder: Path) -> tuple[int, list[str]]:
    """Add every attachment; returns how many, and the names whose bytes have changed since they were stored."""
    count, damaged = 0, []
    for path in sorted(folder.glob("??/*")):
        name = f"files/{path.parent.name}/{path.name}"
        if not contents.FILE.fullmatch(name):
            continue  # an upload that is being written
        try:
            digest = pack.add_file(name, path)
        except FileNotFoundError:
            continue  # erased meanwhile
        count += 1
        if digest != path.name:
            damaged.append(path.name)
    return count, damaged


def rotate(folder: Path, keep: int, kind: str, secret: bytes) -> tuple[Report, list[Path]]:
    """Make a backup named by the time, then delete the oldest beyond `keep`; a failed backup deletes nothing.

    Raises: Trouble: as `make`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    report = make(folder / f"linli-{timezone.localtime():%Y%m%d-%H%M%S}.linli", kind, secret)
    mine = sorted(folder.glob("linli-????????-??????.linli"))
    gone = [path for path in mine[:-keep] if path != report.path]
    for path in gone:
        path.unlink()
    return report, gone

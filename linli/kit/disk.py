"""Files of this machine (磁盘文件): written whole or not at all, and why one cannot be read or written, in Chinese."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REASONS = {
    errno.ENOENT: "没有这个文件或文件夹",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EISDIR: "这是文件夹，不是文件",
    errno.ENOTDIR: "路径中有一段不是文件夹",
    errno.ENOSPC: "磁盘空间不足",
    errno.EROFS: "磁盘只读",
    errno.ENAMETOOLONG: "名称过长",
}


def reason(error: OSError) -> str:
    """What went wrong, as a part of a sentence (原因); the system itself says it in English."""
    return REASONS.get(error.errno or 0, "无法读写")


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A place beside `path` to write to (整份写入): it becomes `path` when the block ends well, else what stood there stays.

    What is no ordinary file, such as `/dev/stdout`, is given itself.

    Raises:
        OSError: the folder cannot be written to, or the disk is full.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():
        yield path
        return
    part = path.with_name(f".{os.getpid()}.part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)

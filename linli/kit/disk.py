"""Why a file cannot be read or written, in Chinese (读写失败的原因): the system itself says it in English."""

from __future__ import annotations

import errno

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
    """What went wrong, as a part of a sentence (原因)."""
    return REASONS.get(error.errno or 0, "无法读写")

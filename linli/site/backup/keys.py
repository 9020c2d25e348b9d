"""Where the key of a backup comes from (备份密钥): a key file kept elsewhere, or a passphrase."""

from __future__ import annotations

import base64
import binascii
import getpass
import os
import secrets
import stat
import sys
from collections.abc import Callable
from pathlib import Path

from linli.site.backup.seal import FILE, PASSPHRASE
from linli.site.commands.prepare import Trouble

HEAD = b"LINLI-BACKUP-KEY 1\n"
VARIABLE = "LINLI_BACKUP_PASSPHRASE"
SHORTEST = 12


def make(path: Path, data: Path) -> None:
    """Make a key file, readable by its owner only.

    Args:
        data: the data folder; a key kept beside the data is lost with it.

    Raises:
        Trouble: it would stand in the data folder, or the file exists.
    """
    path = path.resolve()
    if data.resolve() in path.parents:
        raise Trouble("备份密钥不能放在数据目录里：数据丢失时它会一起丢失。请放到另一块磁盘或另一台机器上。")
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise Trouble(f"{path} 已存在，没有改动。换了密钥，以前的备份就要用以前的密钥恢复；请另取文件名。") from error
    with os.fdopen(handle, "wb") as out:
        out.write(HEAD + base64.b64encode(secrets.token_bytes(32)) + b"\n")
        out.flush()
        os.fsync(out.fileno())


def read(path: Path) -> bytes:
    """The key of a key file. Raises: Trouble: no such file, readable by others, or not a key file."""
    if not path.is_file():
        raise Trouble(f"没有找到备份密钥文件 {path}，请核对 --key 后面的路径。")
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise Trouble(f"备份密钥文件 {path} 其他用户可读，请运行 chmod 600 {path}")
    raw = path.read_bytes()
    try:
        key = base64.b64decode(raw.removeprefix(HEAD).strip(), validate=True)
    except binascii.Error:
        key = b""
    if not raw.startswith(HEAD) or len(key) != 32:
        raise Trouble(f"{path} 不是邻里的备份密钥文件。密钥文件由 linli backup key 生成。")
    return key


def passphrase(*, twice: bool) -> bytes:
    """The passphrase from the environment, or typed in.

    Raises: Trouble: none given, too short, or typed differently the second time.
    """
    text = os.environ.get(VARIABLE, "")
    if not text:
        if not sys.stdin.isatty():
            raise Trouble(f"请用 --key 指定备份密钥文件，或在环境变量 {VARIABLE} 中给出口令。")
        text = getpass.getpass("备份口令：")
        if twice and getpass.getpass("再输一次：") != text:
            raise Trouble("两次输入的口令不同，没有备份。")
    if twice and len(text) < SHORTEST:
        raise Trouble(f"备份口令至少 {SHORTEST} 个字。备份文件可能被人拿走慢慢猜，请用几个不相干的词。")
    return text.encode()


def for_writing(key: Path | None) -> tuple[str, bytes]:
    """Kind and secret for a new backup."""
    return (FILE, read(key)) if key else (PASSPHRASE, passphrase(twice=True))


def for_reading(key: Path | None) -> Callable[[str], bytes]:
    """What a backup is opened with, by the kind of key that it asks for."""

    def secret_of(kind: str) -> bytes:
        if kind == FILE and key is None:
            raise Trouble("这份备份用密钥文件加密，请用 --key 指定密钥文件。")
        if kind == PASSPHRASE and key is not None:
            raise Trouble(f"这份备份用口令加密，请去掉 --key，改用环境变量 {VARIABLE} 或按提示输入口令。")
        return read(key) if key and kind == FILE else passphrase(twice=False)

    return secret_of

"""The encrypted container of a backup (备份加密格式).

    LINLI-BACKUP {"format": 1, "key": "passphrase" | "file", "salt": …, "id": …}\\n
    chunk*     4 bytes length, then AES-256-GCM of at most 1 MiB

The nonce of a chunk is its number and whether it is the last; the first line is authenticated with every chunk, and the
file's own key is derived from the given one with a fresh salt. So a chunk that was changed, cut off, added, moved or
taken from another backup does not open (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015).
"""

from __future__ import annotations

import base64
import json
import os
import struct
from collections.abc import Callable
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

MAGIC = b"LINLI-BACKUP "
FORMAT = 1
CHUNK = 1024 * 1024
TAG = 16
HEAD_MOST = 1000
PASSPHRASE, FILE = "passphrase", "file"


class Damaged(Exception):
    """The file is no backup that can be read with this key; the text says what is wrong."""


def derive(kind: str, secret: bytes, salt: bytes) -> bytes:
    """The key of one file: scrypt slows guessing a passphrase; a key file needs no slowing (RFC 7914, RFC 5869)."""
    if kind == PASSPHRASE:
        return Scrypt(salt=salt, length=32, n=2**17, r=8, p=1).derive(secret)
    return HKDF(SHA256(), 32, salt, b"linli.backup").derive(secret)


def _nonce(number: int, last: bool) -> bytes:
    return struct.pack(">QB3x", number, last)


class Sealer:
    """A writable stream that encrypts into another (加密写入). `close` writes the last chunk."""

    def __init__(self, out: IO[bytes], kind: str, secret: bytes) -> None:
        salt = os.urandom(16)
        head = {"format": FORMAT, "key": kind, "salt": base64.b64encode(salt).decode()}
        self.head = MAGIC + json.dumps(head).encode() + b"\n"
        self.cipher = AESGCM(derive(kind, secret, salt))
        self.out, self.number, self.held = out, 0, bytearray()
        out.write(self.head)

    def write(self, data: bytes | memoryview) -> int:
        """Take more; full chunks are written once it is known that they are not the last."""
        self.held += data
        while len(self.held) > CHUNK:
            self._put(bytes(self.held[:CHUNK]), last=False)
            del self.held[:CHUNK]
        return len(data)

    def _put(self, chunk: bytes, *, last: bool) -> None:
        sealed = self.cipher.encrypt(_nonce(self.number, last), chunk, self.head)
        self.out.write(struct.pack(">I", len(sealed)) + sealed)
        self.number += 1

    def flush(self) -> None:
        """Nothing: a chunk is written when it is full."""

    def close(self) -> None:
        """Write the last chunk."""
        self._put(bytes(self.held), last=True)
        self.held.clear()


class Opener:
    """A readable stream that decrypts another (解密读取).

    Args:
        secret_of: given the kind of key that the file asks for, returns it.

    Raises:
        Damaged: at any point where the file is not what was written.
    """

    def __init__(self, source: IO[bytes], secret_of: Callable[[str], bytes]) -> None:
        self.source, self.number, self.held, self.done = source, 0, b"", False
        self.head = source.readline(HEAD_MOST)
        if not self.head.startswith(MAGIC) or not self.head.endswith(b"\n"):
            raise Damaged("这不是邻里的备份文件")
        try:
            head: dict[str, Any] = json.loads(self.head[len(MAGIC) :])
            form, kind, salt = int(head["format"]), str(head["key"]), base64.b64decode(head["salt"], validate=True)
        except (ValueError, KeyError, TypeError) as error:
            raise Damaged("备份文件的开头已损坏") from error
        if form != FORMAT:
            age = "旧" if form < FORMAT else "新"
            raise Damaged(f"这是较{age}的备份格式（{form}），本程序只读格式 {FORMAT}：请用制作它的那个版本恢复，再升级")
        if kind not in (PASSPHRASE, FILE) or len(salt) != 16:
            raise Damaged("备份文件的开头已损坏")
        self.kind = kind
        self.cipher = AESGCM(derive(kind, secret_of(kind), salt))

    def _next(self) -> bytes:
        """The next chunk in clear; sets `done` with the last."""
        length = self.source.read(4)
        if len(length) < 4:
            raise Damaged("备份文件不完整，结尾被截断")
        size = struct.unpack(">I", length)[0]
        sealed = self.source.read(size) if TAG <= size <= CHUNK + TAG else b""
        if not TAG <= size <= CHUNK + TAG or len(sealed) < size:
            raise Damaged("备份文件不完整或已损坏" if sealed else "备份文件已损坏")
        for last in (False, True):
            try:
                clear = self.cipher.decrypt(_nonce(self.number, last), sealed, self.head)
            except InvalidTag:
                continue
            self.done = last
            self.number += 1
            if last and self.source.read(1):
                raise Damaged("备份文件结尾之后还有别的内容")
            return clear
        if self.number == 0:
            wrong = "口令不对" if self.kind == PASSPHRASE else "密钥文件不对"
            raise Damaged(f"{wrong}，或备份文件已损坏")
        raise Damaged(f"备份文件第 {self.number + 1} 段被改动、调换或损坏")

    def read(self, size: int = -1) -> bytes:
        """As of a file; empty only at the true end."""
        parts, have = [self.held], len(self.held)
        while not self.done and (size < 0 or have < size):
            chunk = self._next()
            parts.append(chunk)
            have += len(chunk)
        whole = b"".join(parts)
        cut = len(whole) if size < 0 else size
        self.held = whole[cut:]
        return whole[:cut]

    def close(self) -> None:
        """Nothing of its own to close."""

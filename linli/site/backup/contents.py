"""What a backup holds (备份内容): a stream of members, and last a manifest with the size and hash of each."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, cast

from linli.site.backup.seal import Damaged, Opener, Sealer

MANIFEST = "manifest.json"
SQLITE, POSTGRESQL = "database.sqlite3", "database.dump"
ANCHORS, LEDGER, RECORD = "anchors.txt", "erased.txt", "backups.txt"
KEYS = ("keys/secret.key", "keys/field.key")
FILE = re.compile(r"files/([0-9a-f]{2})/(\1[0-9a-f]{62})")
BLOCK = 1024 * 1024


class Pack:
    """A backup being written (写备份): members are added in turn, `close` adds the manifest."""

    def __init__(self, out: IO[bytes], kind: str, secret: bytes, facts: dict[str, Any]) -> None:
        self.sealer = Sealer(out, kind, secret)
        self.gzip = gzip.GzipFile(fileobj=cast(IO[bytes], self.sealer), mode="wb", compresslevel=1, mtime=0)
        self.tar = tarfile.open(fileobj=self.gzip, mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115  (until close)
        self.facts, self.members = facts, dict[str, list[Any]]()

    def add(self, name: str, source: IO[bytes], size: int) -> str:
        """Add `size` bytes; returns their hash."""
        watched = _Watched(source)
        info = tarfile.TarInfo(name)
        info.size = size
        self.tar.addfile(info, cast(IO[bytes], watched))
        self.members[name] = [size, watched.sha256.hexdigest()]
        return str(self.members[name][1])

    def add_file(self, name: str, path: Path) -> str:
        """Add a file; returns its hash."""
        with path.open("rb") as source:
            return self.add(name, source, path.stat().st_size)

    def add_bytes(self, name: str, raw: bytes) -> None:
        """Add what is in memory."""
        self.add(name, io.BytesIO(raw), len(raw))

    def close(self) -> None:
        """Add the manifest and end the stream."""
        raw = json.dumps({**self.facts, "members": self.members}, ensure_ascii=False, indent=1).encode()
        info = tarfile.TarInfo(MANIFEST)
        info.size = len(raw)
        self.tar.addfile(info, io.BytesIO(raw))
        self.tar.close()
        self.gzip.close()
        self.sealer.close()


class _Watched:
    """A file whose bytes are hashed as they pass."""

    def __init__(self, source: IO[bytes]) -> None:
        self.source, self.sha256 = source, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        raw = self.source.read(size)
        self.sha256.update(raw)
        return raw


def unpack(path: Path, secret_of: Callable[[str], bytes], into: Path | None = None) -> dict[str, Any]:
    """Read a whole backup, check every member against the manifest, and return the manifest.

    Args:
        into: an empty folder that gets the members; None only checks.

    Raises:
        Damaged: the file is not what was written, wherever that shows.
    """
    seen: dict[str, list[Any]] = {}
    manifest: dict[str, Any] | None = None
    with path.open("rb") as source:
        try:
            for name, part in _members(Opener(source, secret_of)):
                if manifest is not None:
                    raise Damaged("备份文件的清单之后还有内容")
                if name == MANIFEST:
                    manifest = json.loads(part.read())
                else:
                    seen[name] = _take(part, into / name if into else None)
        except (tarfile.TarError, zlib.error, EOFError, gzip.BadGzipFile, ValueError) as error:
            raise Damaged("备份文件的内容已损坏") from error
    if manifest is None:
        raise Damaged("备份文件里没有清单")
    if seen != {name: list(facts) for name, facts in manifest["members"].items()}:
        raise Damaged("备份文件的内容与清单不符")
    return manifest


def _members(opened: Opener) -> Iterator[tuple[str, IO[bytes]]]:
    """Members in turn; the stream is read to its end, so that a missing tail is noticed."""
    plain = gzip.GzipFile(fileobj=cast(IO[bytes], opened), mode="rb")
    with tarfile.open(fileobj=plain, mode="r|") as tar:
        for info in tar:
            part = tar.extractfile(info) if info.isfile() else None
            if part is None or not allowed(info.name):
                raise Damaged(f"备份文件里有不认识的内容：{info.name[:80]}")
            yield info.name, part
    while plain.read(BLOCK):
        pass


def allowed(name: str) -> bool:
    """Whether a member may be in a backup; nothing leads out of the folder."""
    fixed = {MANIFEST, SQLITE, POSTGRESQL, ANCHORS, LEDGER, RECORD, *KEYS}
    return name in fixed or FILE.fullmatch(name) is not None


def _take(part: IO[bytes], target: Path | None) -> list[Any]:
    """Read one member, into a file when one is given; returns size and hash."""
    sha256, size = hashlib.sha256(), 0
    out = None
    if target is not None:
        target.parent.mkdir(parents=True, exist_ok=True)
        out = target.open("xb")
        target.chmod(0o600)
    try:
        while raw := part.read(BLOCK):
            sha256.update(raw)
            size += len(raw)
            if out:
                out.write(raw)
    finally:
        if out:
            out.close()
    return [size, sha256.hexdigest()]

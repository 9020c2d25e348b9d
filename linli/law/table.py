"""Reading of TOML tables (读表): every fault is told with file and key, and no file makes the reader hang or run over.

A pack may come from anywhere: a file too large, too deep or too long a key is refused before it is worked on.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from linli.law.types import PackError

T = TypeVar("T")

LARGEST = 4_000_000
"""Bytes; the packs of both provinces have about 140,000 each."""
DEEPEST = 20
EID = re.compile(
    r"^art_(?P<art>[1-9]\d*)(?:-(?P<ins>[1-9]\d*))?"
    r"(?:__para_(?P<para>[1-9]\d*)(?:__point_(?P<point>[1-9]\d*)(?:__item_(?P<item>[1-9]\d*))?)?)?$"
)
_QUOTED = re.compile(r""""(?:[^"\\\n]|\\.)*"|'[^'\n]*'""")
_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")


def read_file(path: Path, name: str) -> bytes:
    """The bytes of a file of a pack. Raises: PackError when it cannot be read, or is too large to be one."""
    try:
        if path.stat().st_size > LARGEST:
            raise PackError(f"{name}：文件超过 {LARGEST // 1_000_000} MB，不像是法规包，请检查。")
        return path.read_bytes()
    except OSError as error:
        raise PackError(f"{name}：读不了这个文件，请检查路径和权限。") from error


def read_toml(raw: bytes, name: str) -> dict[str, Any]:
    """The tables of a file (解析 TOML). Raises: PackError, in Chinese, with the line where one is known."""
    if len(raw) > LARGEST:
        raise PackError(f"{name}：文件超过 {LARGEST // 1_000_000} MB，不像是法规包，请检查。")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PackError(f"{name}：不是 UTF-8 文本，请另存为 UTF-8。") from error
    for number, line in enumerate(text.splitlines(), 1):
        if line.count(".") > DEEPEST and _QUOTED.sub("", line.partition("#")[0]).count(".") > DEEPEST:
            raise PackError(f"{name} 第 {number} 行：键的层级过深，一个键最多 {DEEPEST} 层。")
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise PackError(f"{name}：括号嵌套过深，请拆开。") from error
    except ValueError as error:  # of tomllib, or a number of too many digits
        place = _PLACE.search(str(error))
        where = f"第 {place[1]} 行第 {place[2]} 列" if place else "文件末尾" if "end of doc" in str(error) else "某处"
        hint = "请检查这一处的引号、括号和等号；同一个键、同一张表只能写一次"
        raise PackError(f"{name}：TOML 写法有误，在{where}。{hint}。") from error


class Table:
    """One table of the file (一张表) that knows its name, so that a message can say where; unread keys are faults."""

    def __init__(self, file: str, key: str, data: Any) -> None:
        self.file, self.key = file, key
        if not isinstance(data, dict):
            raise self.fault("", "应为一张表")
        self.data: dict[str, Any] = data
        self.read: set[str] = set()

    def fault(self, key: str, message: str) -> PackError:
        where = ".".join(part for part in (self.key, key) if part) or "顶层"
        return PackError(f"{self.file} 的 {where}：{message}。")

    def get(self, key: str) -> Any:
        self.read.add(key)
        return self.data.get(key)

    def done(self) -> None:
        if extra := sorted(set(self.data) - self.read):
            raise self.fault(extra[0], "不认识这个键，请检查拼写")

    def text(self, key: str, needed: bool = True) -> str:
        value = self.get(key)
        if value is None and not needed:
            return ""
        if not isinstance(value, str) or (needed and not value.strip()):
            raise self.fault(key, "应填写文字")
        return value.strip()

    def flag(self, key: str) -> bool:
        value = self.get(key)
        if value not in (None, True, False):
            raise self.fault(key, "应为 true 或 false")
        return bool(value)

    def choice(self, key: str, options: tuple[str, ...]) -> str:
        value = self.text(key)
        if value not in options:
            raise self.fault(key, f"应为 {'、'.join(options)} 之一，实为 {value}")
        return value

    def eid(self, key: str, needed: bool = True) -> str:
        value = self.text(key, needed)
        if value and not EID.match(value):
            raise self.fault(key, f"“{value}”不是有效的条款编号，应形如 art_14__para_1")
        return value

    def texts(self, key: str, needed: bool = False) -> tuple[str, ...]:
        value = self.get(key)
        if value is None and not needed:
            return ()
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, list) or not all(isinstance(v, str) and v.strip() for v in value) or not value:
            raise self.fault(key, "应为文字数组，至少一项")
        return tuple(value)

    def codes(self, key: str, known: Mapping[str, str]) -> tuple[str, ...]:
        """Codes out of a known list, at least one."""
        found = self.texts(key, needed=True)
        if strange := [one for one in found if one not in known]:
            raise self.fault(key, f"“{strange[0]}”不在 {'、'.join(known)} 之内")
        return found

    def numbers(self, key: str) -> tuple[int, ...]:
        value = self.get(key)
        if not isinstance(value, list) or not value or not all(type(v) is int and v > 0 for v in value):
            raise self.fault(key, "应为句号序数的数组，如 [1, 2]")
        return tuple(value)

    def mapping(self, key: str) -> Mapping[str, object]:
        value = self.get(key)
        if not isinstance(value, dict):
            raise self.fault(key, "应为一张表")
        return MappingProxyType(value)

    def table(self, key: str) -> Table:
        if key not in self.data:
            raise self.fault(key, "缺少这张表")
        return Table(self.file, key, self.get(key))

    def tables(self, key: str) -> list[Table]:
        value = self.get(key) or []
        if not isinstance(value, list):
            raise self.fault(key, "应为表的数组")
        prefix = f"{self.key}." if self.key else ""
        return [Table(self.file, f"{prefix}{key}[{n}]", row) for n, row in enumerate(value, 1)]

    def rows(self, key: str, build: Callable[[Table], T]) -> tuple[T, ...]:
        built = []
        for row in self.tables(key):
            built.append(build(row))
            row.done()
        return tuple(built)

    def named(self, key: str) -> list[tuple[str, Table]]:
        value = self.get(key) or {}
        if not isinstance(value, dict):
            raise self.fault(key, "应为以参数名分的表")
        return [(name, Table(self.file, f"{key}.{name}", row)) for name, row in value.items()]

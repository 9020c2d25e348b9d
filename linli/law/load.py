"""Loading of packs (法规包载入): TOML in, frozen data out, every fault told with file and key.

A pack holds data only, so that a province's legal staff may write one and any site may load it without risk.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import tomllib
from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from linli.law import expr
from linli.law.calendar import UNITS
from linli.law.parse import numeral_of
from linli.law.types import (
    Case,
    Count,
    DatedValue,
    Duty,
    Limit,
    Measure,
    Pack,
    PackArticle,
    PackError,
    Param,
    Preset,
    Rule,
    Value,
    Waiver,
)

T = TypeVar("T")

PACKS = Path(__file__).parent / "packs"
NATIONAL = "national"
# Each shape: the keys one of which marks it, and the keys it may carry (law.md, five rule shapes).
SHAPES: Mapping[str, tuple[tuple[str, ...], frozenset[str]]] = {
    "bound": (("measure",), frozenset({"measure", "at_least", "at_most"})),
    "has_all": (("set",), frozenset({"set", "contains"})),
    "published_list": (("list",), frozenset({"list", "published", "reviewed_every"})),
    "nothing_outside": (("events",), frozenset({"events", "not_in", "unless"})),
    "calendar": (("record",), frozenset({"record", "every", "within"})),
}
_COMMON_RULE_KEYS = frozenset({"when"})  # restricts any shape
_EID = re.compile(
    r"^art_(?P<art>[1-9]\d*)(?:-(?P<ins>[1-9]\d*))?"
    r"(?:__para_(?P<para>[1-9]\d*)(?:__point_(?P<point>[1-9]\d*)(?:__item_(?P<item>[1-9]\d*))?)?)?$"
)
_DIVISION = re.compile(r"^(?:(?:part|subpart|chp|sec)_[1-9]\d*)(?:__(?:subpart|chp|sec)_[1-9]\d*)*$")
_DIVISION_WORDS = {"part": "编", "subpart": "分编", "chp": "章", "sec": "节"}


@lru_cache(maxsize=4096)
def cite(eid: str) -> str:
    """Chinese citation of an eId (引用条款): art_8__para_1__point_3 → 第八条第一款第（三）项.

    Raises: ValueError when it is not an eId of this grammar.
    """
    if _DIVISION.match(eid):
        pairs = [part.split("_") for part in eid.split("__")]
        return "".join(f"第{numeral_of(int(number))}{_DIVISION_WORDS[word]}" for word, number in pairs)
    match = _EID.match(eid)
    if match is None:
        raise ValueError(f"“{eid}”不是有效的条款编号，应形如 art_14、art_15__para_2 或 art_8__para_1__point_3。")
    text = f"第{numeral_of(int(match['art']))}条"
    if match["ins"]:
        text += f"之{numeral_of(int(match['ins']))}"
    if match["para"]:
        text += f"第{numeral_of(int(match['para']))}款"
    if match["point"]:
        text += f"第（{numeral_of(int(match['point']))}）项"
    if match["item"]:
        text += f"第{match['item']}目"
    return text


@lru_cache(maxsize=64)
def packs(root: Path = PACKS) -> tuple[str, ...]:
    """Ids of the packs that are there (已有法规包), the national one first; read once in a process."""
    ids = sorted(path.parent.name for path in root.glob("*/pack.toml"))
    return tuple(sorted(ids, key=lambda id: id != NATIONAL))


def load_pack(id: str, root: Path = PACKS) -> Pack:
    """Load and validate one pack (载入法规包); the result is cached.

    Args: id, the folder's name; root, the folder of packs.
    Raises: PackError, in Chinese, naming file and key.
    """
    return _load(id, root)


@lru_cache(maxsize=64)
def _load(id: str, root: Path) -> Pack:
    path = root / id / "pack.toml"
    if not re.fullmatch(r"[a-z][a-z0-9_-]*", id) or not path.is_file():
        raise PackError(f"没有名为 {id} 的法规包，现有：{'、'.join(packs(root)) or '无'}。")
    base = load_pack(NATIONAL, root) if id != NATIONAL and (root / NATIONAL / "pack.toml").is_file() else None
    pack = read_pack(path.read_bytes(), f"{id}/pack.toml", base)
    if pack.id != id:
        raise PackError(f"{id}/pack.toml 的 pack.id：应与文件夹同名（{id}），实为 {pack.id}。")
    return pack


def pack_for_place(code: str | None, root: Path = PACKS) -> Pack:
    """The pack that holds at a place (所在地适用的法规包).

    Args: code, a GB/T 2260 code of any length, or None. The longest matching prefix wins.
    Returns: the national pack when no province's pack covers the place.
    """
    found = [load_pack(id, root) for id in packs(root)]
    fitting = [pack for pack in found if (code or "").startswith(pack.place) and (code or not pack.place)]
    if not fitting:
        raise PackError("没有适用的法规包，请先放入 national/pack.toml。")
    return max(fitting, key=lambda pack: len(pack.place))


def read_pack(raw: bytes, name: str, base: Pack | None = None) -> Pack:
    """Pack from the bytes of a pack.toml (解析法规包).

    Args: raw, the file's bytes; name, how messages call the file; base, the pack to fall back on.
    Raises: PackError, in Chinese, naming file and key.
    """
    try:
        data = tomllib.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise PackError(f"{name}：不是 UTF-8 文本，请另存为 UTF-8。") from error
    except tomllib.TOMLDecodeError as error:
        raise PackError(f"{name}：TOML 写法有误（{error}）。") from error
    top = _Table(name, "", data)
    head = top.table("pack")
    pack = Pack(
        id=head.text("id"),
        place=head.text("place", needed=False),
        title=head.text("title"),
        short=head.text("short"),
        status=head.choice("status", ("draft", "in_force")),
        work=head.text("work", needed=False),
        file=head.text("file", needed=False),
        articles=top.rows("article", _article),
        params=MappingProxyType({key: _param(key, row) for key, row in top.named("param")}),
        duties=top.rows("duty", _duty),
        waivers=top.rows("waiver", _waiver),
        actions=_actions(top),
        cases=top.rows("case", _case),
        presets=top.rows("preset", _preset),
        sha256=hashlib.sha256(raw).hexdigest(),
        measures=MappingProxyType({key: _measure(key, row) for key, row in top.named("measure")}),
        base=base,
    )
    head.done()
    top.done()
    for label, ids in (
        ("article.at", [a.at for a in pack.articles]),
        ("duty.id", [d.id for d in pack.duties]),
        ("preset.id", [p.id for p in pack.presets]),
    ):
        if twice := sorted({i for i in ids if ids.count(i) > 1}):
            raise PackError(f"{name} 的 {label}：重复出现 {'、'.join(twice)}。")
    known = {duty.id for duty in pack.duties}
    for case in pack.cases:
        if case.duty not in known:
            raise PackError(f"{name} 的 case.duty：没有编号为 {case.duty} 的职责。")
    return pack


class _Table:
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

    def choice(self, key: str, options: tuple[str, ...]) -> str:
        value = self.text(key)
        if value not in options:
            raise self.fault(key, f"应为 {'、'.join(options)} 之一，实为 {value}")
        return value

    def eid(self, key: str, needed: bool = True) -> str:
        value = self.text(key, needed)
        if value and not _EID.match(value):
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

    def table(self, key: str) -> _Table:
        if key not in self.data:
            raise self.fault(key, "缺少这张表")
        return _Table(self.file, key, self.get(key))

    def tables(self, key: str) -> list[_Table]:
        value = self.get(key) or []
        if not isinstance(value, list):
            raise self.fault(key, "应为表的数组")
        prefix = f"{self.key}." if self.key else ""
        return [_Table(self.file, f"{prefix}{key}[{n}]", row) for n, row in enumerate(value, 1)]

    def rows(self, key: str, build: Callable[[_Table], T]) -> tuple[T, ...]:
        built = []
        for row in self.tables(key):
            built.append(build(row))
            row.done()
        return tuple(built)

    def named(self, key: str) -> list[tuple[str, _Table]]:
        value = self.get(key) or {}
        if not isinstance(value, dict):
            raise self.fault(key, "应为以参数名分的表")
        return [(name, _Table(self.file, f"{key}.{name}", row)) for name, row in value.items()]


def _article(row: _Table) -> PackArticle:
    at = row.eid("at")
    if "__" in at:
        raise row.fault("at", f"应为条的编号，实为 {at}")
    sha256 = row.text("sha256")
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise row.fault("sha256", "应为 64 位十六进制指纹，可用 --outline 取得")
    counts = row.get("sentences")
    if not isinstance(counts, list) or not counts:
        raise row.fault("sentences", "应为各款句数的数组，如 [1, 2]")
    return PackArticle(
        at=at,
        number=row.text("number"),
        heading=row.text("heading", needed=False),
        chapter=row.text("chapter", needed=False),
        chapter_title=row.text("chapter_title", needed=False),
        topic=row.text("topic"),
        gist=row.text("gist"),
        sentences=tuple(_count(row, count) for count in counts),
        sha256=sha256,
    )


def _count(row: _Table, value: object) -> Count:
    if type(value) is int and value >= 0:
        return value
    if isinstance(value, list) and value:
        return tuple(_count(row, inner) for inner in value)
    raise row.fault("sentences", "句数应为整数，含项的款可写成 [引语, 第一项, 第二项]")


def _value(row: _Table, key: str) -> Value:
    value = row.get(key)
    if not isinstance(value, int | float | str | bool):
        raise row.fault(key, "应为数字、文字或是非值")
    return value


def _day(row: _Table, key: str) -> dt.date | None:
    value = row.get(key)
    if isinstance(value, str):
        try:
            value = dt.date.fromisoformat(value)
        except ValueError as error:
            raise row.fault(key, "应为日期，如 2026-01-01；草案写 simulated") from error
    if value is not None and type(value) is not dt.date:
        raise row.fault(key, "应为日期，如 2026-01-01；草案写 simulated")
    return value


def _dated(row: _Table) -> DatedValue:
    start = None
    if row.get("from") != "simulated":
        start = _day(row, "from")
        if start is None:
            raise row.fault("from", "应为日期，如 2026-01-01；草案写 simulated")
    end = _day(row, "to")
    if start and end and end < start:
        raise row.fault("to", "不能早于 from")
    value = DatedValue(_value(row, "value"), start, end, row.text("source", needed=False))
    row.done()
    return value


def _param(name: str, row: _Table) -> Param:
    values = sorted((_dated(value) for value in row.tables("values")), key=lambda v: v.start or dt.date.min)
    for earlier, later in pairwise(values):
        if later.start is None or earlier.end is None or earlier.end >= later.start:
            raise row.fault("values", "时段互相重叠，请给较早的数值写上 to")
    at, source = row.eid("at", needed=False), row.text("source", needed=False)
    param = Param(name, row.text("label"), row.text("unit"), tuple(values), at, source)
    row.done()
    return param


MEASURES = ("number", "flag", "set", "dates")
LEVELS = ("province", "city", "county", "street", "community", "estate")


def _measure(name: str, row: _Table) -> Measure:
    kind, public = row.choice("kind", MEASURES), row.get("public")
    if public not in (None, True, False):
        raise row.fault("public", "应为 true 或 false")
    unit = row.text("unit", needed=kind == "number")
    found = Measure(name, row.text("label"), kind, unit, row.choice("level", LEVELS), bool(public))
    row.done()
    return found


def _rule(row: _Table) -> Rule | None:
    found = [shape for shape, (marks, _) in SHAPES.items() if any(mark in row.data for mark in marks)]
    keys = frozenset().union(*(allowed for _, allowed in SHAPES.values())) | _COMMON_RULE_KEYS
    given: dict[str, Value | tuple[str, ...]] = {}
    for key in sorted(keys & set(row.data)):
        given[key] = row.texts(key) if isinstance(row.data[key], list) else _value(row, key)
    if not found:
        if set(given) - _COMMON_RULE_KEYS:
            raise row.fault(next(iter(given)), f"规则不完整，缺少 {'、'.join(m[0] for m, _ in SHAPES.values())} 之一")
        return None
    if len(found) > 1:
        raise row.fault("", f"一项职责只能有一种规则，实有 {'、'.join(found)}")
    if extra := sorted(set(given) - SHAPES[found[0]][1] - _COMMON_RULE_KEYS):
        raise row.fault(extra[0], f"不属于 {found[0]} 这种规则")
    for key in sorted({"at_least", "at_most", "when"} & set(given)):
        try:
            expr.read(str(given[key]))
        except expr.ExpressionError as error:
            raise row.fault(key, str(error)) from error
    return Rule(found[0], MappingProxyType(given))


def _duty(row: _Table) -> Duty:
    return Duty(
        id=row.text("id"),
        at=row.eid("at"),
        sentences=row.numbers("sentences"),
        force=row.choice("force", ("hard", "soft")),
        bearer=row.texts("bearer", needed=True),
        subject=row.text("subject"),
        who=row.choice("who", ("urban", "rural", "both")),
        gist=row.text("gist"),
        verbs=row.texts("verbs"),
        evidence=row.texts("evidence"),
        reading=row.text("reading", needed=False),
        sanction=row.eid("sanction", needed=False),
        rule=_rule(row),
    )


def _waiver(row: _Table) -> Waiver:
    return Waiver(row.eid("at"), row.numbers("sentences"), row.text("reason"))


def _actions(top: _Table) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for row in top.tables("action"):
        verb, eids = row.text("verb"), row.get("at")
        if not isinstance(eids, list) or not all(isinstance(e, str) and _EID.match(e) for e in eids):
            raise row.fault("at", '应为条款编号的数组，如 ["art_12__para_1"]；本法无此条时写 []')
        if verb in found:
            raise row.fault("verb", f"动作 {verb} 重复出现")
        found[verb] = tuple(eids)
        row.done()
    return MappingProxyType(found)


def _case(row: _Table) -> Case:
    return Case(row.text("duty"), row.mapping("given"), row.mapping("expect"))


def _preset(row: _Table) -> Preset:
    limits = []
    for limit in row.tables("limits"):
        amount = limit.get("amount")
        if type(amount) is not int or amount <= 0:
            raise limit.fault("amount", "应为正整数")
        source = limit.text("source", needed=False) or row.text("source")
        limits.append(Limit(limit.text("key"), amount, limit.choice("unit", UNITS), source))
        limit.done()
    return Preset(row.text("id"), row.text("label"), row.text("source"), tuple(limits))

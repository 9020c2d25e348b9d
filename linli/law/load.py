"""Loading of packs (法规包载入): TOML in, frozen data out, every fault told with file and key.

A pack holds data only, so that a province's legal staff may write one and any site may load it without risk.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
import os
import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from linli.law import expr, words
from linli.law.calendar import UNITS
from linli.law.parse import numeral_of
from linli.law.refer import check_references
from linli.law.table import EID, Table, read_file, read_toml
from linli.law.types import (
    Case,
    Count,
    DatedValue,
    Duty,
    Liability,
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
# Each shape: of each of these sets it needs one.
_COMPLETE: Mapping[str, tuple[frozenset[str], ...]] = {
    "bound": (frozenset({"at_least", "at_most"}),),
    "has_all": (frozenset({"contains"}),),
    "published_list": (frozenset({"published", "reviewed_every"}),),
    "nothing_outside": (frozenset({"not_in"}),),
    "calendar": (frozenset({"every", "within"}),),
}
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
    match = EID.match(eid)
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


def folders() -> tuple[Path, ...]:
    """Where packs are looked for (法规包文件夹): ours, then those that the setting LINLI_PACKS names.

    Raises: PackError when one that it names is not there.
    """
    named = [Path(one) for one in os.environ.get("LINLI_PACKS", "").split(os.pathsep) if one.strip()]
    for folder in named:
        if not folder.is_dir():
            raise PackError(f"LINLI_PACKS：没有 {folder} 这个文件夹，请核对路径。")
    return (PACKS, *named)


def packs(root: Path | None = None) -> tuple[str, ...]:
    """Ids of the packs that are there (已有法规包), the national one first; looked for once in a process.

    Args: root, a folder of packs; default: all of `folders()`.
    Raises: PackError when two folders hold a pack of the same id.
    """
    return tuple(_found(folders() if root is None else (root,)))


@lru_cache(maxsize=64)
def _found(roots: tuple[Path, ...]) -> Mapping[str, Path]:
    found: dict[str, Path] = {}
    for path in sorted(
        (path for root in roots for path in root.glob("*/pack.toml")), key=lambda path: path.parent.name
    ):
        if path.parent.name in found:
            raise PackError(
                f"法规包 {path.parent.name} 有两份：{found[path.parent.name]} 和 {path}，请删去或改名其一。"
            )
        found[path.parent.name] = path
    return dict(sorted(found.items(), key=lambda item: item[0] != NATIONAL))


def load_pack(id: str, root: Path | None = None) -> Pack:
    """Load and validate one pack (载入法规包); the result is cached.

    Args: id, the folder's name; root, the folder of packs; default: all of `folders()`. A pack rests on the national one of its
    root, or else on ours.
    Raises: PackError, in Chinese, naming file and key.
    """
    return _load(id, folders() if root is None else (root,))


@lru_cache(maxsize=64)
def _load(id: str, roots: tuple[Path, ...]) -> Pack:
    path = _found(roots).get(id)
    if path is None or not re.fullmatch(r"[a-z][a-z0-9_-]*", id):
        raise PackError(f"没有名为 {id} 的法规包，现有：{'、'.join(_found(roots)) or '无'}。")
    base = None
    if id != NATIONAL:
        base = _load(NATIONAL, roots if NATIONAL in _found(roots) else (PACKS,))
    pack = read_pack(read_file(path, f"{id}/pack.toml"), f"{id}/pack.toml", base)
    if pack.id != id:
        raise PackError(f"{id}/pack.toml 的 pack.id：应与文件夹同名（{id}），实为 {pack.id}。")
    return pack


def broken_packs() -> list[str]:
    """What is wrong with each pack that cannot be loaded (不能用的法规包), as `linli law check` says it; those that can are kept."""
    faults = []
    try:
        ids = packs()
    except PackError as error:
        return [str(error)]
    for id in ids:
        try:
            load_pack(id)
        except PackError as error:
            faults.append(str(error))
    return list(dict.fromkeys(faults))


def pack_for_place(code: str | None, root: Path | None = None) -> Pack:
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
    top = Table(name, "", read_toml(raw, name))
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
        liabilities=top.rows("liability", _liability),
    )
    head.done()
    top.done()
    for label, ids in (
        ("article.at", [a.at for a in pack.articles]),
        ("duty.id", [d.id for d in pack.duties]),
        ("preset.id", [p.id for p in pack.presets]),
        ("liability.id", [row.id for row in pack.liabilities]),
    ):
        if twice := sorted({i for i in ids if ids.count(i) > 1}):
            raise PackError(f"{name} 的 {label}：重复出现 {'、'.join(twice)}。")
    check_references(pack, name)
    return pack


def _article(row: Table) -> PackArticle:
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


def _count(row: Table, value: object) -> Count:
    if type(value) is int and value >= 0:
        return value
    if isinstance(value, list) and value:
        return tuple(_count(row, inner) for inner in value)
    raise row.fault("sentences", "句数应为整数，含项的款可写成 [引语, 第一项, 第二项]")


def _value(row: Table, key: str) -> Value:
    value = row.get(key)
    if not isinstance(value, int | float | str | bool) or (isinstance(value, float) and not math.isfinite(value)):
        raise row.fault(key, "应为数字、文字或是非值")
    return value


def _day(row: Table, key: str) -> dt.date | None:
    value = row.get(key)
    if isinstance(value, str):
        try:
            value = dt.date.fromisoformat(value)
        except ValueError as error:
            raise row.fault(key, "应为日期，如 2026-01-01；草案写 simulated") from error
    if value is not None and type(value) is not dt.date:
        raise row.fault(key, "应为日期，如 2026-01-01；草案写 simulated")
    return value


def _dated(row: Table) -> DatedValue:
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


def _param(name: str, row: Table) -> Param:
    values = sorted((_dated(value) for value in row.tables("values")), key=lambda v: v.start or dt.date.min)
    for earlier, later in pairwise(values):
        if later.start is None or earlier.end is None or earlier.end >= later.start:
            raise row.fault("values", "时段互相重叠，请给较早的数值写上 to")
    at, source = row.eid("at", needed=False), row.text("source", needed=False)
    param = Param(name, row.text("label"), row.text("unit"), tuple(values), at, source)
    row.done()
    return param


SUPPLIED = ("text", "list", "events", "records")
MEASURES = ("number", "flag", "set", "dates", *SUPPLIED)
LEVELS = ("province", "city", "county", "street", "community", "estate")


def _measure(name: str, row: Table) -> Measure:
    kind = row.choice("kind", MEASURES)
    unit = row.text("unit", needed=kind == "number")
    public, supplied = row.flag("public"), row.flag("supplied") or kind in SUPPLIED
    found = Measure(name, row.text("label"), kind, unit, row.choice("level", LEVELS), public, supplied)
    row.done()
    return found


def _rule(row: Table) -> Rule | None:
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
    if lacking := next((keys for keys in _COMPLETE[found[0]] if not keys & set(given)), None):
        raise row.fault("", f"规则不完整，还要写 {' 或 '.join(sorted(lacking))}")
    for key in sorted({"at_least", "at_most", "when"} & set(given)):
        try:
            expr.read(str(given[key]))
        except expr.ExpressionError as error:
            raise row.fault(key, str(error)) from error
    return Rule(found[0], MappingProxyType(given))


def _duty(row: Table) -> Duty:
    rule = _rule(row)
    if rule is None and "evidence" not in row.data:
        raise row.fault("evidence", '没有规则的职责要写明用什么证明，如 ["minutes"]')
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
        rule=rule,
    )


def _waiver(row: Table) -> Waiver:
    return Waiver(row.eid("at"), row.numbers("sentences"), row.text("reason"))


def _liability(row: Table) -> Liability:
    return Liability(
        id=row.text("id"),
        at=row.eid("at"),
        breach=row.codes("breach", words.BREACHES),
        bearer=row.codes("bearer", words.BEARERS),
        correctors=row.codes("correctors", words.CORRECTORS),
        measures=row.codes("measures", words.MEASURES),
        gist=row.text("gist"),
        severe=row.choice("severe", tuple(words.CORRECTORS)) if "severe" in row.data else "",
        severe_when=row.text("severe_when", needed="severe" in row.data),
        reading=row.text("reading", needed=False),
    )


def _actions(top: Table) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for row in top.tables("action"):
        verb, eids = row.text("verb"), row.get("at")
        if not isinstance(eids, list) or not all(isinstance(e, str) and EID.match(e) for e in eids):
            raise row.fault("at", '应为条款编号的数组，如 ["art_12__para_1"]；本法无此条时写 []')
        if verb in found:
            raise row.fault("verb", f"动作 {verb} 重复出现")
        found[verb] = tuple(eids)
        row.done()
    return MappingProxyType(found)


def _case(row: Table) -> Case:
    return Case(row.text("duty"), row.mapping("given"), row.mapping("expect"))


def _preset(row: Table) -> Preset:
    limits = []
    for limit in row.tables("limits"):
        amount = limit.get("amount")
        if type(amount) is not int or amount <= 0:
            raise limit.fault("amount", "应为正整数")
        source = limit.text("source", needed=False) or row.text("source")
        limits.append(Limit(limit.text("key"), amount, limit.choice("unit", UNITS), source))
        limit.done()
    return Preset(row.text("id"), row.text("label"), row.text("source"), tuple(limits))

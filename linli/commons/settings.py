"""What a county sets itself (县级设定): limits and switches that the drafts leave open. Nothing has a hidden default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from django.db.models import JSONField, Q, Value
from django.utils import timezone

from linli.commons.actor import Actor
from linli.commons.models import Place, Setting
from linli.kit import reference, trail
from linli.kit.action import action
from linli.kit.clock import UNSET, Limit, Unit
from linli.kit.errors import BadInput
from linli.kit.scope import prefixes, under
from linli.law.judge import as_day
from linli.law.load import cite, load_pack, pack_for_place, packs
from linli.law.types import DatedValue, Pack
from linli.law.words import UNITS, params_of

COUNTY = 6
"""Digits of a county's code."""


@dataclass(frozen=True)
class Key:
    """A setting: its name for people, its shape, and why it exists.

    Args:
        default: what holds until somebody sets it; shown as such. Only where the installation cannot do without a number.
        low: smallest number allowed. high: largest. unit: what a number counts.
    """

    label: str
    shape: str  # "limit", "switch", "number" or "day"
    why: str
    default: int | None = None
    low: int = 0
    high: int = 100
    unit: str = ""


KEYS: dict[str, Key] = {
    "appeals.accept": Key("受理时限", "limit", "收到诉求到决定受理"),
    "appeals.dispatch": Key("分派时限", "limit", "受理到分派给承办单位"),
    "appeals.dispatch_danger": Key("紧急诉求分派时限", "limit", "危及人身财产安全的诉求"),
    "appeals.contact": Key("响应时限", "limit", "分派到承办单位首次联系居民"),
    "appeals.handle": Key("办理时限", "limit", "分派到答复，承办单位的时限"),
    "appeals.case": Key("全程时限", "limit", "收到诉求到答复居民，居民看到的时限"),
    "appeals.objection": Key("提出异议的时限", "limit", "承办单位认为不属于本单位职责时退回"),
    "appeals.rule_objection": Key("裁定异议的时限", "limit", "协调单位作出裁定"),
    "appeals.extension_max": Key("延期最长", "limit", "一次延期最多可以延长多少"),
    "appeals.callback": Key("回访时限", "limit", "答复到完成回访"),
    "appeals.callback_wait": Key("未获回访办结的等待", "limit", "三次未能联系后，等待多久办结（未获回访）"),
    "appeals.reopen": Key("居民要求重办的期限", "limit", "办结后多久内可以要求重新办理"),
    "appeals.up_to_street": Key("上报街道后的答复时限", "limit", "居委会难以承担的事项上报后，街道答复"),
    "appeals.max_hops": Key("异议后最多转派次数", "number", "超过后由协调单位直接指定，不再退回", unit="次"),
    "mandates.apply_ahead": Key("准入申请提前期", "limit", "申请须在拟开始之日前提出"),
    "mandates.decide_admission": Key("准入审查时限", "limit", "收到申请到作出决定"),
    "mandates.gate_all": Key(
        "清单外任务一律拦截",
        "switch",
        "没有依据的任务，本平台一律不派给居委会；湖南草案对热线以外的任务没有明文，县里定下这一条后，拦截时写明依据本县设定",
    ),
    "duties.evidence_months": Key(
        "留痕多久之内算履行（月）",
        "number",
        "没有写明周期的职责，看最近多少个月的留痕；没有设定时按平台建议，并在台账上写明",
        unit="个月",
    ),
    "duties.soon_days": Key("提前多少天提示将到期", "number", "履职台账上“将到期”从到期前多少天起提示", unit="天"),
    "duties.report_accept": Key("检举受理时限", "limit", "收到检举、投诉、控告到决定受理；超过就转上一级"),
    "duties.report_handle": Key("检举处理时限", "limit", "受理到责令改正或办结；超过就转上一级"),
    "duties.report_verify": Key("整改认定时限", "limit", "整改反馈或到期后，认定是否改正；超过就转上一级"),
    "assembly.answer": Key("意见答复时限", "limit", "征求意见截止到公布采纳情况；草案没有写，不设就不计时"),
    "duties.start": Key(
        "模拟施行日期", "day", "两部草案都没有施行日期；设定后，此前的职责显示“未到期”，按周期的职责从这一天起算"
    ),
    "doors.idle": Key(
        "多久不用自动退出", "number", "工作人员登录后离开座位，到时自动退出，防止别人接着用", 60, 10, 240, "分钟"
    ),
    "doors.longest": Key(
        "一次登录最长多久", "number", "到时要重新输入密码和动态码，一直在用也一样", 720, 60, 1440, "分钟"
    ),
}


SAME = {
    "complaint_accept_within": "duties.report_accept",
    "complaint_handle_within": "duties.report_handle",
    "dispatch_within": "appeals.dispatch",
    "handling_within": "appeals.handle",
}
"""Numbers that a text leaves open and for which this platform has a limit of its own anyway → its key."""
LAW = "law."


@lru_cache(maxsize=64)
def _of_law(id: str) -> Mapping[str, Key]:
    """A key for each number that a rule of a pack needs and its text does not name (草案未定数)."""
    pack, found = load_pack(id), {}
    for duty in pack.duties:
        for param in params_of(duty.rule, pack) if duty.rule is not None else ():
            if not param.values and param.name not in SAME and param.unit in UNITS and param.unit != "date":
                why = f"{pack.short}{cite(duty.at)}没有写数；定下以后，“{duty.gist}”按它评判"
                most = 1000 if param.unit in _OF_TIME else 100_000
                found[LAW + param.name] = Key(param.label, "number", why, low=1, high=most, unit=UNITS[param.unit])
    return found


_OF_TIME = frozenset({"hours", "days", "working_days", "months", "years"})


def keys_at(place: str) -> dict[str, Key]:
    """Every setting of a place (设定项): those of the platform, and those that the pack of the place leaves to the county."""
    return {**KEYS, **_of_law(pack_for_place(place).id)}


def every_key() -> dict[str, Key]:
    """Every setting that there is in any place."""
    return {**KEYS, **{key: found for id in packs() for key, found in _of_law(id).items()}}


def key_named(key: str) -> Key:
    """The setting of that key. Raises: BadInput: there is none."""
    found = KEYS.get(key) or (every_key().get(key) if key.startswith(LAW) else None)
    if found is None:
        raise BadInput("没有这个设定项。", code="bad_setting")
    return found


@dataclass(frozen=True)
class OwnNumber:
    """A number that a county set where the text names none (本县定数): how much, since when, and on what ground."""

    param: str
    amount: int
    unit: str
    since: date
    source: str

    @property
    def said(self) -> str:
        """As it stands beside a finding: 本县设定，2026-05-01."""
        ground = "" if self.source == OWN else f"（{self.source}）"
        return f"{OWN}{ground}，{self.since.isoformat()}"


OWN = "本县设定"


def own_numbers(place: str, on: date) -> tuple[OwnNumber, ...]:
    """The numbers that the county of a place has set by a day where its pack names none (本县定数)."""
    county, pack = place[:COUNTY], pack_for_place(place)
    units = {param.name: param.unit for duty in pack.duties if duty.rule for param in params_of(duty.rule, pack)}
    keys = {name: SAME.get(name, LAW + name) for name in units if not pack.find_param(name).values}
    told = reference.kept(("settings", county), lambda: _told(county))[1]
    found = []
    for name, key in sorted(keys.items()):
        rows = [row for row in told if row[0] == key and row[1] in prefixes(county) and row[3] <= on]
        held = {code: (value, source, since) for _key, code, value, since, source in rows}
        nearest = next((held[code] for code in reversed(prefixes(county)) if code in held), None)
        if nearest is None or nearest[0] is None:
            continue
        value, source, since = nearest
        amount, unit = (value["amount"], value["unit"]) if isinstance(value, dict) else (value, units[name])
        found.append(OwnNumber(name, amount, unit, since, source))
    return tuple(found)


def pack_with(own: tuple[OwnNumber, ...], place: str) -> Pack:
    """The pack that holds at a place, with the numbers of its county in it, each from the day on which it was set (含本县定数)."""
    return _filled(pack_for_place(place).id, own)


@lru_cache(maxsize=512)
def _filled(id: str, own: tuple[OwnNumber, ...]) -> Pack:
    pack = load_pack(id)
    params = {
        one.param: replace(
            pack.find_param(one.param), unit=one.unit, values=(DatedValue(one.amount, one.since, None, one.source),)
        )
        for one in own
    }
    return replace(pack, params=MappingProxyType({**pack.params, **params})) if own else pack


def value_of(key: str, place: str) -> Any:
    """The value in force at a place: its own, else that of the nearest place above; None when nobody set it."""
    return values_of((key,), place)[key]


def number_of(key: str, place: str) -> int:
    """The number in force, or the key's visible default."""
    value = value_of(key, place)
    default = KEYS[key].default
    assert default is not None
    return value if isinstance(value, int) else default


def limit_of(key: str, place: str) -> Limit:
    """The limit in force, or `UNSET` (未设时限)."""
    value = value_of(key, place)
    return Limit(value["amount"], value["unit"]) if value else UNSET


def values_of(keys: tuple[str, ...], place: str) -> dict[str, Any]:
    """Several values at once; see `value_of`."""
    chain, county = prefixes(place), place[:6]
    latest = reference.kept(("settings", county), lambda: _told(county))[0]
    return {key: next((latest[key, code] for code in reversed(chain) if (key, code) in latest), None) for key in keys}


Row = tuple[str, str, Any, date, str]
"""Key, place, value, since when, on what ground."""


def _told(county: str) -> tuple[dict[tuple[str, str], Any], list[Row]]:
    """The latest values by key and place, of a county with all below and above it (of a place above counties: not below); and
    every row, the oldest first, of what may stand for a number of a text."""
    where = Q(place__code__in=prefixes(county))
    if len(county) == COUNTY:
        where |= under("place__code", county)
    rows = Setting.objects.filter(where).order_by("set_at", "id")
    latest, numbers = {}, []
    for key, code, value, at, source in rows.values_list("key", "place__code", "value", "set_at", "source"):
        latest[key, code] = value
        if key.startswith(LAW) or key in SAME.values():
            numbers.append((key, code, value, timezone.localdate(at), source))
    return latest, numbers


def limits_of(keys: tuple[str, ...], place: str) -> dict[str, Limit]:
    """Several limits at once."""
    found = values_of(keys, place)
    return {key: Limit(value["amount"], value["unit"]) if value else UNSET for key, value in found.items()}


def checked(key: str, value: Any) -> Any:
    """A value in the shape that its key keeps. Raises: BadInput for an unknown key or another shape."""
    what = key_named(key)
    shape = what.shape
    if value is None:
        return None
    if shape == "limit":
        if not isinstance(value, dict) or value.get("unit") not in Unit.values:
            raise BadInput(f"“{what.label}”要填数量和单位。", code="bad_setting")
        amount = value.get("amount")
        if isinstance(amount, bool) or not isinstance(amount, int) or not 1 <= amount <= 1000:
            raise BadInput(f"“{what.label}”的数量要填 1 到 1000 的整数。", code="bad_setting")
        return {"amount": amount, "unit": value["unit"]}
    if shape == "number":
        low, high = what.low, what.high
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise BadInput(f"“{what.label}”要填 {low} 到 {high} 的整数。", code="bad_setting")
        return value
    if shape == "switch":
        return bool(value)
    day = as_day(value)
    if day is None:
        raise BadInput(f"“{what.label}”要填日期，如 2026-01-01。", code="bad_setting")
    return day.isoformat()


@action("commons.set_limit")
def set_setting(*, by: Actor, place: Place, key: str, value: Any, source: str = "") -> Setting:
    """Set one value for a place (设定); None takes it back to "not set".

    Raises:
        BadInput: unknown key or a value of the wrong shape.
    """
    if key not in keys_at(place.code):
        raise BadInput("没有这个设定项。", code="bad_setting")
    old, new = value_of(key, place.code), checked(key, value)
    stored = Value(None, JSONField()) if new is None else new  # JSON null: "not set" is a value too, and kept as a row
    row = Setting.objects.create(place=place, key=key, value=stored, source=source.strip() or OWN, set_by=by.code)
    row.value = new
    trail.record("commons.limit_set", row, by=by, changes={key: [old, new]}, note=row.source)
    return row


@action("commons.set_limit")
def apply_preset(*, by: Actor, place: Place, preset: str) -> list[Setting]:
    """Take over all limits of a named preset (采用预设), for instance 山东热线办法.

    Raises:
        BadInput: no preset of that name.
    """
    found = next((item for item in load_pack("national").presets if item.id == preset), None)
    if found is None:
        raise BadInput("没有这个预设。请从列表中选择。", code="bad_preset")
    return [
        set_setting(by=by, place=place, key=row.key, value={"amount": row.amount, "unit": row.unit}, source=found.label)
        for row in found.limits
    ]

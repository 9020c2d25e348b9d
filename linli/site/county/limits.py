"""Limits that a county sets at its start (县级设定): from a preset, from a TOML file, or asked one by one. None is assumed."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from linli.commons.actor import Actor
from linli.commons.models import Place, Setting
from linli.commons.settings import checked, every_key, key_named, keys_at, set_setting
from linli.kit.clock import Limit, Unit
from linli.kit.errors import BadInput
from linli.law.load import load_pack
from linli.law.types import Preset

UNIT_WORDS = {str(label).removeprefix("个"): str(value) for value, label in Unit.choices} | {"天": "days"}


@dataclass(frozen=True)
class Wanted:
    """A value for a key, and where it comes from."""

    key: str
    value: Any
    source: str


def presets() -> tuple[Preset, ...]:
    """Presets on offer, each the practice of another place."""
    return tuple(load_pack("national").presets)


def from_preset(name: str) -> list[Wanted]:
    """All limits of a preset. Raises: BadInput when there is none of that name."""
    found = next((one for one in presets() if one.id == name), None)
    if found is None:
        known = "、".join(one.id for one in presets())
        raise BadInput(f"没有名为“{name[:40]}”的预设，可用的有：{known}。", code="bad_preset")
    return [Wanted(row.key, {"amount": row.amount, "unit": row.unit}, found.label) for row in found.limits]


def from_toml(raw: bytes) -> list[Wanted]:
    """Values of a settings file: a table for each key, with `amount` and `unit`, or `value`, and `source`.

    Raises:
        BadInput: not TOML, an unknown key, or a value of the wrong shape.
    """
    try:
        data = tomllib.loads(raw.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"设定文件读不懂：{error}。请照模板写，存为 UTF-8。", code="bad_toml") from error
    wanted, known = [], every_key()
    for key, given in data.items():
        if key not in known:
            raise BadInput(f'设定文件里的“{key}”不是设定项。键名要写在引号里，如 ["appeals.handle"]。', code="bad_toml")
        if not isinstance(given, dict):
            raise BadInput(f"设定文件里的“{key}”要写成一段，照模板。", code="bad_toml")
        value = given["value"] if "value" in given else {name: given.get(name) for name in ("amount", "unit")}
        if isinstance(value, date):
            value = value.isoformat()
        wanted.append(Wanted(key, checked(key, value), str(given.get("source", ""))[:120]))
    return wanted


def ask_all(ask: Callable[[str], str], say: Callable[[str], None], county: str) -> list[Wanted]:
    """Ask each key that is not set yet, with what the presets say and whose practice that is; an empty answer leaves it open.

    Args: ask, prints a prompt and returns the answer; say, prints a line.
    """
    held = held_keys(county)
    wanted: list[Wanted] = []
    for key, what in keys_at(county).items():
        if key in held or not is_open(key):
            continue
        say("")
        say(f"{what.label}（{key}）：{what.why}。")
        offers = [(one, limit) for one in presets() for limit in one.limits if limit.key == key]
        for one, limit in offers:
            say(f"  输入 {one.id}：{Limit(limit.amount, limit.unit)}，{limit.source or one.source}")
        while (answer := _answer(key, ask(_PROMPTS[what.shape]).strip(), offers)) is None:
            say("没看懂。时限写成“5 个工作日”“24 小时”，开关写“是”或“否”，日期写成 2027-01-01；直接回车为不设。")
        wanted += answer
    return wanted


def is_open(key: str) -> bool:
    """Whether a key stands for something that the drafts leave open, so that nobody but the county can fill it."""
    return key_named(key).default is None


_PROMPTS = {
    "limit": "时限（回车不设）：",
    "switch": "是或否（回车不设）：",
    "number": "整数（回车不设）：",
    "day": "日期，如 2027-01-01（回车不设）：",
}
_EXAMPLES = {
    "limit": '# amount = 5\n# unit = "working_days"',
    "switch": "# value = true",
    "number": "# value = 2",
    "day": "# value = 2027-01-01",
}


def _answer(key: str, text: str, offers: list[tuple[Preset, Any]]) -> list[Wanted] | None:
    """What an answer means; an empty list for "leave it open", None when it cannot be read."""
    if not text:
        return []
    for one, limit in offers:
        if text == one.id:
            return [Wanted(key, {"amount": limit.amount, "unit": limit.unit}, one.label)]
    shape = key_named(key).shape
    value: Any = None
    if shape == "switch":
        value = {"是": True, "否": False}.get(text)
    elif text.isascii() and text.isdigit() and shape == "number":
        value = int(text)
    elif shape == "day":
        value = text
    elif shape == "limit":
        tidy = "".join(text.split())
        digits = tidy[: len(tidy) - len(tidy.lstrip("0123456789"))]
        unit = UNIT_WORDS.get(tidy[len(digits) :].removeprefix("个"))
        value = {"amount": int(digits), "unit": unit} if digits and unit else None
    if value is None:
        return None
    try:
        return [Wanted(key, checked(key, value), "")]
    except BadInput:
        return None


def held_keys(county: str) -> set[str]:
    """Keys that the county has decided on already, be it to leave them unset."""
    return set(Setting.objects.filter(place__code=county).values_list("key", flat=True))


def set_limits(*, by: Actor, place: Place, wanted: Iterable[Wanted]) -> tuple[int, int]:
    """Set what the county has not decided on yet; returns how many were set and how many were left as they are."""
    held = held_keys(place.code)
    done = kept = 0
    for one in wanted:
        if one.key in held:
            kept += 1
            continue
        set_setting(by=by, place=place, key=one.key, value=one.value, source=one.source)
        held.add(one.key)
        done += 1
    return done, kept


def template() -> str:
    """A settings file with every key commented out, for a county to fill in."""
    lines = [
        "# 县级设定。草案没有写数的地方，由县里定；不写的项目显示为“未设时限”。",
        "# 单位：" + "、".join(f"{value}（{label}）" for value, label in Unit.choices),
        "",
    ]
    for key, what in every_key().items():
        if not is_open(key):
            continue
        lines += [f"# {what.label}：{what.why}", f'# ["{key}"]']
        lines.append(_EXAMPLES[what.shape])
        lines += ['# source = "县政府办〔2026〕1 号"', ""]
    return "\n".join(lines)

"""Names of works of law (作品标识): the FRBR URI of an act from its title and notes, after the Akoma Ntoso Naming Convention 1.0."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from linli.law.load import load_pack, packs
from linli.law.parse import Node, normalised, number_of
from linli.law.types import LawTextError, Pack

# ISO 3166-2:CN by the name that a title begins with.
PLACES = {
    "北京市": "bj", "天津市": "tj", "河北省": "he", "山西省": "sx", "内蒙古自治区": "nm", "辽宁省": "ln", "吉林省": "jl", "黑龙江省": "hl",
    "上海市": "sh", "江苏省": "js", "浙江省": "zj", "安徽省": "ah", "福建省": "fj", "江西省": "jx", "山东省": "sd", "河南省": "ha",
    "湖北省": "hb", "湖南省": "hn", "广东省": "gd", "广西壮族自治区": "gx", "海南省": "hi", "重庆市": "cq", "四川省": "sc", "贵州省": "gz",
    "云南省": "yn", "西藏自治区": "xz", "陕西省": "sn", "甘肃省": "gs", "青海省": "qh", "宁夏回族自治区": "nx", "新疆维吾尔自治区": "xj",
    "香港特别行政区": "hk", "澳门特别行政区": "mo",
}  # fmt: skip
_KINDS = (
    ("amendment", ("修正案",)),
    ("decision", ("决定", "决议")),
    ("interpretation", ("解释",)),
    ("regulation", ("条例", "若干规定", "实施办法")),
    ("rule", ("办法", "规定", "规则", "细则", "规章")),
    ("law", ("法", "典")),
)
_DATE = re.compile(
    r"([\d一二〇○零三四五六七八九]{4})\s*年\s*([\d一二三四五六七八九十]{1,3})\s*月\s*([\d一二三四五六七八九十]{1,3})\s*日"
)
_BODY = re.compile(r"(?:第.{1,6}届)?([^\d，。、（）()]{2,40}?(?:代表大会常务委员会|代表大会|人民政府|国务院|委员会))")
_URI = re.compile(r"/akn/cn(?:-[a-z0-9]+)?/[a-z]+(?:/[^/\s\d!@][^/\s]*){0,2}/\d{4}(?:-\d\d(?:-\d\d)?)?/[^/\s!@]+")
UNDATED = dt.date(1, 1, 1)
"""Date of a work whose text names none: the format asks for one."""


@dataclass(frozen=True)
class Work:
    """A work of law (作品): its URI, the day it was adopted, the day of this version, and who made it."""

    uri: str
    title: str
    adopted: dt.date
    version: dt.date
    author: str
    draft: bool


def work_of(nodes: Sequence[Node], uri: str = "") -> Work:
    """Name an act by its own words (定名).

    A title that a pack knows has the pack's URI; else the province comes from the first words of the title (`cn` alone where it
    names none), the kind from its last words, the date from the notes, else from the signature or the day of force.
    Args: nodes, those of one act; uri, to set it by hand. Raises: LawTextError when that is no URI of a Chinese work.
    """
    title = normalised("".join(node.text for node in nodes if node.level == "title")) or "未命名"
    notes = " ".join(node.text for node in nodes if node.level == "note")
    others = " ".join(node.text for node in nodes if node.level in ("header", "signature"))
    last = next((node.text for node in reversed(nodes) if node.level == "para" and "施行" in node.text), "")
    dates = next((found for text in (notes, others, last) if (found := dates_in(text))), [])
    draft = bool(re.search(r"草案|征求意见稿|送审稿|修改稿", title))
    if uri:
        if not _URI.fullmatch(uri):
            raise LawTextError(f"“{uri}”不是中国法规的作品标识，应形如 /akn/cn-hb/act/regulation/2021/名称。")
    else:
        uri = _known(title) or _made(title, dates, draft)
    year = re.search(r"/(\d{4})(?:-(\d\d)(?:-(\d\d))?)?/", uri)
    stated = dt.date(int(year[1]) or 1, int(year[2] or 1), int(year[3] or 1)) if year else UNDATED
    body = _BODY.search(re.sub(_DATE, "", notes))
    adopted = dates[0] if dates else stated
    return Work(uri, title, adopted, dates[-1] if notes and dates else adopted, body[1] if body else "", draft)


def dates_in(text: str) -> list[dt.date]:
    """Every day named in a text, in Arabic or Chinese numerals (日期); a day that does not exist is passed over."""
    found = []
    for year, month, day in _DATE.findall(text):
        try:
            found.append(dt.date(number_of(year), number_of(month), number_of(day)))
        except (ValueError, OverflowError):
            continue
    return found


def pack_titled(title: str) -> Pack | None:
    """The pack of the act with this title (按标题找法规包), whichever draft of it; None when no pack knows it."""

    def core(text: str) -> str:
        return re.split(r"[（(]", normalised(text))[0]

    wanted = core(title)
    known = (pack for pack in map(load_pack, packs()) if pack.articles)
    return next((pack for pack in known if wanted and core(pack.title) == wanted), None)


def _known(title: str) -> str:
    pack = pack_titled(title)
    return pack.work if pack else ""


def _made(title: str, dates: list[dt.date], draft: bool) -> str:
    place = next((f"-{code}" for name, code in PLACES.items() if title.startswith(name)), "")
    bare = re.sub(r"[（(〔].*$", "", title) or title
    kind = next((kind for kind, ends in _KINDS if bare.endswith(ends)), "regulation")
    name = re.sub(r"[^\w]", "", bare).lower() or "unnamed"
    day = (dates[0] if dates else UNDATED).isoformat() if dates else "0001"
    return f"/akn/cn{place}/{'bill' if draft else 'act'}/{kind}/{day}/{name}"

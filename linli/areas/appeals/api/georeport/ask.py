"""What a client asks (请求参数): who, where, when, how far, and the body of a new request."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from django.core.exceptions import BadRequest
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.areas.appeals.api.georeport.speak import Faults
from linli.areas.appeals.rules import ON_EARTH
from linli.commons.actor import Actor, actor_of_token
from linli.commons.models import Place
from linli.commons.web import caller_address
from linli.kit.api import MAX_BODY
from linli.kit.limiter import check, failed
from linli.kit.text import clean_text

DAYS = 90
MOST = 1000
MOST_FIELDS = 500
RADIUS, REACH = 1000.0, 50_000.0
"""Metres of a search nearby that names none, and the most."""

_W3C = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?)?", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,6}(\.\d{1,20})?", re.ASCII)


@dataclass
class Sent:
    """The fields of a new request, cleaned, and its uploads."""

    fields: dict[str, list[str]] = field(default_factory=dict)
    files: list[UploadedFile[Any]] = field(default_factory=list)

    def get(self, name: str) -> str:
        """The last value of a field, "" when it was not sent: empty and absent are the same."""
        return next((value for value in reversed(self.fields.get(name, [])) if value), "")

    def attributes(self) -> dict[str, list[str]]:
        """`attribute[CODE]` and `attribute[CODE][]` by code, empty values left out."""
        found: dict[str, list[str]] = {}
        for name, values in self.fields.items():
            match = re.fullmatch(r"attribute\[([^\[\]]{1,60})\](\[\d{0,3}\])?", name)
            if match:
                found.setdefault(match[1], []).extend(value for value in values if value)
            elif name.startswith("attribute"):
                raise Faults((400, _("补充字段要写成 attribute[代码]=值。")))
        return found


def body(request: HttpRequest) -> Sent:
    """Read a form, a multipart form with pictures, or JSON; UTF-8 everywhere.

    Raises:
        Faults: another type, too large, another encoding, or damaged.
    """
    kind = request.content_type
    if kind == "multipart/form-data":
        if (request.encoding or "utf-8").lower().replace("-", "") != "utf8":
            raise Faults((400, _("请用 UTF-8 编码。")))
        pairs = [(name, value) for name, values in request.POST.lists() for value in values]
        return Sent(_clean(pairs), [one for name in request.FILES for one in request.FILES.getlist(name)])
    if kind not in ("application/x-www-form-urlencoded", "application/json", ""):
        raise Faults(
            (415, _("请求体要用 application/x-www-form-urlencoded、multipart/form-data 或 application/json。"))
        )
    raw = request.body
    if len(raw) > MAX_BODY:
        raise Faults((413, _("请求体超过 256 KB，请缩短内容；图片请用 multipart/form-data 上传。")))
    if kind == "application/json":
        return Sent(_clean(_from_json(raw)))
    try:
        text = raw.decode("utf-8")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS) if text else []
    except ValueError as error:  # UnicodeDecodeError is one
        raise Faults((400, _("请求体不是 UTF-8 编码的表单，或字段过多。"))) from error
    return Sent(_clean(pairs))


def _from_json(raw: bytes) -> Iterable[tuple[str, str]]:
    try:
        found = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Faults((400, _("请求体不是合格的 JSON（UTF-8）。"))) from error
    if not isinstance(found, dict):
        raise Faults((400, _("请求体要是一个 JSON 对象。")))
    if isinstance(found.get("attribute"), dict):
        found |= {f"attribute[{code}]": value for code, value in found.pop("attribute").items()}
    pairs = []
    for name, value in found.items():
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, dict | list):
                raise Faults((400, _("JSON 的值要是文字、数字或它们的列表。")))
            if part is not None:
                pairs.append((name, str(part).lower() if isinstance(part, bool) else str(part)))
    return pairs


def _clean(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        if "\ufffd" in name or "\ufffd" in value:  # what a decoder puts for bytes that are no UTF-8
            raise BadRequest("not UTF-8")
        found.setdefault(str(clean_text(name)), []).append(str(clean_text(value)))
    return found


def caller(request: HttpRequest, key: str) -> Actor | None:
    """The actor of the key, sent as `api_key` or `Authorization: Bearer`; None when there is none.

    Raises:
        Faults: a key that is unknown, revoked, or of a post that has ended. TooMany: too many such keys.
    """
    head = request.headers.get("Authorization", "")
    key = key or (head[7:].strip() if head[:7].lower() == "bearer " else "")
    if not key:
        return None
    found = actor_of_token(key)
    if found is None:  # a good key is let in whatever others at the same address tried
        counted = f"georeport:key:{caller_address(request)}"[:100]
        check(counted, most=20, minutes=15)
        failed(counted, minutes=15)
        raise Faults((403, _("api_key 无效或已收回。请向系统管理员申请接口令牌。")))
    return found


def jurisdiction(code: str) -> Place:
    """The county meant; may be left out where the installation holds only one.

    Raises:
        Faults: 400 left out although there are several, 404 unknown.
    """
    counties = Place.objects.filter(level=Place.Level.COUNTY)
    if not code:
        found = list(counties[:2])
        if len(found) == 1:
            return found[0]
        raise Faults((400, _("缺少 jurisdiction_id：请填县（市、区）的 6 位区划代码。")))
    one = counties.filter(code=code).first() if len(code) == 6 else None
    if one is None:
        raise Faults((404, _("没有这个 jurisdiction_id。请填本平台上县（市、区）的 6 位区划代码。")))
    return one


def when(name: str, text: str) -> datetime | None:
    """A W3C date and time; without a zone it is the installation's own. None when nothing was sent.

    Raises:
        Faults: not such a time.
    """
    if not text:
        return None
    text = re.sub(r" (\d{2}:?\d{2})$", r"+\1", text.strip())  # a plus sign that was sent without being quoted
    try:
        if not _W3C.fullmatch(text):
            raise ValueError(text)
        at = datetime.fromisoformat(text)
        at = at if at.tzinfo else timezone.make_aware(at)
        if not 1990 <= at.year <= 2100:
            raise ValueError(text)
        return at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Faults((400, _("%(name)s 要写成 2026-01-31T08:00:00+08:00 这样的时间。") % {"name": name})) from error


def window(start: datetime | None, end: datetime | None) -> tuple[datetime, datetime | None]:
    """The span asked for, at most 90 days: the last 90 days up to now (None), or 90 days from the one end that was given.

    Raises:
        Faults: longer, or turned round.
    """
    span = timedelta(days=DAYS)
    if start is None:
        return (end or timezone.now()) - span, end
    end = end or start + span
    if start > end:
        raise Faults((400, _("开始时间晚于结束时间，请对调。")))
    if end - start > span:
        raise Faults((400, _("时间范围最长 90 天，请分几次查询。")))
    return start, end


def words(name: str, text: str, allowed: Iterable[str] | None = None) -> list[str]:
    """A list with commas, empty parts left out.

    Raises:
        Faults: more than 1,000 parts, or one that is not allowed.
    """
    found = [part.strip() for part in text.split(",") if part.strip()]
    if len(found) > MOST:
        raise Faults((400, _("%(name)s 一次最多 1000 个。") % {"name": name}))
    known = set(found if allowed is None else allowed)
    if not known.issuperset(found):
        raise Faults((400, _("%(name)s 只能是 %(listed)s。") % {"name": name, "listed": "、".join(sorted(known))}))
    return found


def number(name: str, text: str) -> float:
    """A plain decimal number. Raises: Faults."""
    if not _NUMBER.fullmatch(text.strip()) or not math.isfinite(float(text)):
        raise Faults((400, _("%(name)s 要填数字，如 30.5432。") % {"name": name}))
    return float(text)


def position(given: Mapping[str, str]) -> tuple[float, float] | None:
    """Latitude and longitude (WGS-84), both or neither. Raises: Faults."""
    lat, long = given.get("lat", ""), given.get("long", "") or given.get("lon", "")
    if not lat and not long:
        return None
    if not lat or not long:
        raise Faults((400, _("lat 和 long 要一起填。")))
    return number("lat", lat), number("long", long)


def circle(given: Mapping[str, str]) -> tuple[float, float, float] | None:
    """Latitude, longitude and radius in metres of a search nearby; None when none was asked for. Raises: Faults."""
    at = position(given)
    if at is None:
        return None
    radius = number("radius", given["radius"]) if given.get("radius") else RADIUS
    if not 0 < radius <= REACH:
        raise Faults((400, _("radius 要填 1 到 50000 的米数。")))
    if not (-90 <= at[0] <= 90 and -180 <= at[1] <= 180):
        raise Faults((400, ON_EARTH))
    return *at, radius


def page(given: Mapping[str, str]) -> tuple[int, tuple[datetime, int] | None]:
    """How many rows, and after which one: `page_size` and `before`. Raises: Faults."""
    size, mark = given.get("page_size", ""), given.get("before", "")
    if size and not (re.fullmatch(r"\d{1,6}", size, re.ASCII) and int(size) > 0):
        raise Faults((400, _("page_size 要填 1 到 1000 的整数。")))
    if mark and not re.fullmatch(r"\d{1,16}-\d{1,18}", mark, re.ASCII):
        raise Faults((400, _("before 请照抄上一页 Link 中的值。")))
    at = None
    if mark:
        stamp, key = mark.split("-")
        at = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(stamp)), int(key)
    return min(int(size or MOST), MOST), at


def simple(request: HttpRequest) -> dict[str, Any]:
    """The query as name and last value, cleaned."""
    return {name: str(clean_text(request.GET[name])) for name in request.GET}

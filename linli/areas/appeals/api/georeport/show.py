"""What of an appeal is shown (对外显示): open or closed by one table, little to everybody, more to a post."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from django.db.models import QuerySet
from django.utils import timezone

from linli.areas.appeals.actions.intake import outside
from linli.areas.appeals.flow import State
from linli.areas.appeals.models import Appeal
from linli.areas.appeals.queries import coarse
from linli.commons.actor import Actor
from linli.commons.models import Place

STATUS: dict[str, tuple[str, str]] = {
    State.RECEIVED: ("open", "待受理：已收到，受理单位将确认类型和地点。"),
    State.ACCEPTED: ("open", "待分派：已受理，正在确定承办单位。"),
    State.HANDLING: ("open", "办理中：承办单位正在办理。"),
    State.OBJECTED: ("open", "异议待裁定：正在确定由哪个单位承办。"),
    State.ANSWERED: ("open", "已答复，待回访：已答复反映人，正在核实是否解决。"),
    State.CLOSED: ("closed", "已办结：已答复并回访。"),
    State.UNREACHED: ("closed", "办结（未获回访）：已答复，多次未能联系上反映人。"),
    State.DECLINED: ("closed", "不予受理：理由已告知反映人。"),
    State.WITHDRAWN: ("closed", "已撤回：反映人已撤回。"),
    State.HISTORY: ("closed", "历史记录：从其他系统导入，不再办理。"),
}
"""Linli's states as the standard's status and status_notes; the table of docs/api.md is compared with it."""


class Shown(msgspec.Struct):
    """A service request (诉求), with the fields of the standard in its order."""

    service_request_id: str
    status: str
    status_notes: str
    service_name: str | None
    service_code: str | None
    description: str | None
    agency_responsible: str | None
    service_notice: str | None
    requested_datetime: str
    updated_datetime: str
    expected_datetime: str | None
    address: str | None
    address_id: str | None
    zipcode: str | None
    lat: float | None
    long: float | None
    media_url: str | None


PUBLIC = (
    "number",
    "state",
    "matter__name",
    "matter_id",
    "filed_at",
    "updated_at",
    "place_id",
    "place__name",
    "latitude",
    "longitude",
    "pk",
)
INSIDE = ("title", "text", "brief", "place_text", "handler__name")
COMMUNITY = 12
"""Digits of a community's code; grids and estates add to it."""

Mark = tuple[datetime, int]


def moment(at: datetime) -> str:
    """A time as the standard wants it, with its distance from UTC."""
    return at.astimezone(timezone.get_default_timezone()).isoformat(timespec="seconds")


def show(rows: QuerySet[Appeal], by: Actor | None) -> tuple[list[Shown], Mark | None]:
    """The rows as somebody may read them, and the mark of the last one.

    Everybody reads no words, no body, the community instead of the address, and a position rounded to about 1 km. A post
    reads all of that of the rows that it may see; a firm reads the rewritten task only (反映人保护). Name and contact of the
    reporter are never given by this door.
    """
    found = list(rows.values_list(*PUBLIC, *(INSIDE if by else ())))
    above = _communities(row[6] for row in found)
    zone = timezone.get_default_timezone()
    shown = [
        Shown(
            number,
            *STATUS[state],
            service,
            code,
            None,
            None,
            None,
            filed.astimezone(zone).isoformat(timespec="seconds"),
            updated.astimezone(zone).isoformat(timespec="seconds"),
            None,
            name if len(place) <= COMMUNITY else above.get(place[:COMMUNITY]),
            place[:COMMUNITY],
            None,
            None if latitude is None else coarse(latitude),
            None if longitude is None else coarse(longitude),
            None,
        )
        for number, state, service, code, filed, updated, place, name, latitude, longitude, _pk, *_words in found
    ]
    if by is not None:
        hide = outside(by.body)
        for one, row in zip(shown, found, strict=True):
            _add(one, row, hide=hide)
    return shown, (found[-1][4], found[-1][10]) if found else None


def _add(one: Shown, row: tuple[Any, ...], *, hide: bool) -> None:
    """What a post reads besides."""
    place, name, latitude, longitude, _pk, title, text, brief, spot, handler = row[6:]
    one.agency_responsible = handler
    one.description = brief if hide else text or title
    if not hide:
        one.address, one.address_id = f"{name} {spot}".strip(), place
        one.lat, one.long = latitude, longitude


def _communities(codes: Iterable[str]) -> dict[str, str]:
    """Names of the communities that the grids and estates among some places lie in."""
    wanted = {code[:COMMUNITY] for code in codes if len(code) > COMMUNITY}
    return dict(Place.objects.filter(code__in=wanted).values_list("code", "name")) if wanted else {}

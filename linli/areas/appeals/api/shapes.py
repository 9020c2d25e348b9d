"""What goes over the wire (接口数据)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import Field

from linli.areas.mandates.api import MatterOut, PlaceCode
from linli.kit.api import Body as Sent
from linli.kit.text import CleanStr

Number = Annotated[str, Field(pattern=r"^[0-9]{6,20}$", description="诉求编号")]
Words = Annotated[CleanStr, Field(min_length=1, max_length=1000)]
Line = Annotated[CleanStr, Field(max_length=200)]
BodyCode = Annotated[CleanStr, Field(min_length=1, max_length=40, description="机构代码")]
MatterCode = Annotated[str, Field(pattern=r"^[0-9A-Za-z.-]{1,8}$", description="事项代码，见 /matters")]
KindName = Literal["咨询", "求助", "投诉", "举报", "建议", "表扬"]
GroundCode = Annotated[str, Field(pattern=r"^[0-9A-Z]{1,24}$", description="派单依据编号")]
RoleName = Literal["contact", "visit", "organise", "publicise", "reflect", "assist"]


class Filed(Schema):
    """What the reporter takes home (回执): the secret code is told this once."""

    number: str
    code: str
    url: str


class BodyOut(Schema):
    """A body (机构)."""

    code: str
    name: str


class AppealOut(Schema):
    """An appeal as the caller may see it (诉求). Name and contact of the reporter are never given by this door."""

    number: str
    state: str
    state_name: str
    channel: str
    kind: str
    matter: MatterOut | None
    confirmed: bool
    place: str
    place_name: str
    place_text: str
    latitude: float | None
    longitude: float | None
    title: str
    text: str
    danger: bool
    filed_at: datetime
    handler: BodyOut | None
    hops: int
    waiting: bool
    solved: bool | None
    rating: int | None
    ended_at: datetime | None
    source: str
    source_key: str


class AppealPage(Schema):
    """Appeals, newest first; `next` is the `before` of the next page, empty at the end."""

    items: list[AppealOut]
    next: str


class LineOut(Schema):
    """One line of the trail (留痕)."""

    at: datetime
    who: str
    verb: str
    note: str
    changes: dict[str, Any]
    basis: list[str]


class MoveOut(Schema):
    """A step that the caller may take now (可办动作): send a POST to `path`."""

    name: str
    label: str
    path: str


class FollowOut(Schema):
    """What the holder of number and code sees (查进度)."""

    number: str
    state: str
    state_name: str
    title: str
    filed_at: datetime
    ended_at: datetime | None
    handler: str
    due: str
    answers: list[str]


class NewAppeal(Sent):
    """A new appeal (反映诉求). Only the place, at least the county, and the text are needed."""

    place: PlaceCode
    text: Annotated[CleanStr, Field(min_length=1, max_length=5000)]
    title: Annotated[CleanStr, Field(max_length=80)] = ""
    place_text: Annotated[CleanStr, Field(max_length=120)] = ""
    latitude: Annotated[float, Field(ge=-90, le=90, description="纬度，WGS-84；与 longitude 一起填")] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180, description="经度，WGS-84")] | None = None
    kind: KindName | None = None
    matter: MatterCode | None = None
    name: Annotated[CleanStr, Field(max_length=40)] = ""
    contact: Annotated[CleanStr, Field(max_length=60)] = ""
    anonymous: bool = False
    source: Annotated[CleanStr, Field(max_length=60, description="来源系统")] = ""
    source_key: Annotated[CleanStr, Field(max_length=80, description="来源系统中的编号；同一编号只收一次")] = ""


class Classify(Sent):
    """A human's word on type, matter and place (确认分类)."""

    matter: MatterCode
    kind: KindName
    place: PlaceCode
    place_text: Annotated[CleanStr, Field(max_length=120)] = ""
    danger: bool = False
    brief: Annotated[CleanStr, Field(max_length=2000)] = ""


class Reason(Sent):
    """A step with its reason (理由)."""

    reason: Words


class Dispatch(Sent):
    """To whom, and what a committee must be given with it (分派)."""

    to: BodyCode
    reason: Annotated[CleanStr, Field(max_length=1000)] = ""
    ground: GroundCode | None = None
    role: RoleName | None = None
    guidance: Line = ""
    conditions: Line = ""
    funds: Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)] | None = None


class ObjectionIn(Sent):
    """Why the matter is not the holder's, and whose it may be (异议)."""

    reason: Words
    names: BodyCode | None = None


class Ruling(Sent):
    """The ruling on an objection (裁定)."""

    uphold: Annotated[bool, Field(strict=True)]
    ruling: Words
    to: BodyCode | None = None
    ground: GroundCode | None = None
    role: RoleName | None = None


class ExtensionIn(Sent):
    """More time, in the unit of the limit (申请延期)."""

    amount: Annotated[int, Field(ge=1, le=1000, strict=True)]
    reason: Words


class ExtensionRuling(Sent):
    """The decision on more time (审批延期)."""

    grant: Annotated[bool, Field(strict=True)]
    decision: Words


class ContactIn(Sent):
    """The holder has spoken to the resident (联系居民)."""

    how: Literal["phone", "visit"]


class AnswerIn(Sent):
    """The answer to the resident (答复)."""

    text: Annotated[CleanStr, Field(min_length=10, max_length=4000)]


class CallBackIn(Sent):
    """What the resident said (回访)."""

    how: Literal["phone", "visit"]
    reached: Annotated[bool, Field(strict=True)]
    solved: Annotated[bool, Field(strict=True)] | None = None
    rating: Annotated[int, Field(ge=1, le=5, strict=True)] | None = None
    note: Annotated[CleanStr, Field(max_length=1000)] = ""


class OrderIn(Sent):
    """A supervision order (督办)."""

    text: Words


class AppealFilter(Schema):
    """Which appeals (筛选)."""

    state: (
        Literal[
            "received",
            "accepted",
            "handling",
            "objected",
            "answered",
            "closed",
            "unreached",
            "declined",
            "withdrawn",
            "history",
        ]
        | None
    ) = None
    kind: KindName | None = None
    matter: MatterCode | None = None
    place: PlaceCode | None = None
    handler: Annotated[str, Field(max_length=40)] | None = None
    since: date | None = None
    until: date | None = None
    before: Annotated[str, Field(pattern=r"^[0-9]{1,16}-[0-9]{1,18}$", description="上一页的 next")] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50

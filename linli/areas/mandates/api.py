"""The programs' door to lists, the committees' charters, refusals, places and matters (清单接口)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, cast

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from linli.areas.mandates import queries
from linli.areas.mandates.models import ListItem, Matter, TaskList
from linli.commons.actor import RESIDENT, Actor
from linli.commons.models import Body, Place
from linli.kit.api import PUBLIC, READ, Problem
from linli.kit.errors import NotVisible
from linli.kit.scope import under, visible_to

router = Router(tags=["清单与社区"])

PlaceCode = Annotated[str, Field(pattern=r"^[0-9]{2,12}(-[0-9A-Za-z]{1,12}){0,3}$", description="区划代码")]


def caller(request: HttpRequest) -> Actor:
    """The actor of the token."""
    return cast(Actor, request.auth)  # type: ignore[attr-defined]


class MatterOut(Schema):
    """A matter of the catalogue (事项)."""

    code: str
    name: str
    class_code: str
    class_name: str
    owner: str
    safety: bool


class PlaceOut(Schema):
    """A place (区划)."""

    code: str
    name: str
    level: str
    kind: str
    phone: str


class PlacePage(Schema):
    """Places in the order of their codes; `next` is the `after` of the next page, empty at the end."""

    items: list[PlaceOut]
    next: str


class ItemOut(Schema):
    """An item of a list (清单事项)."""

    number: int
    title: str
    matter: str | None
    basis: str
    owner: str
    role: str
    conditions: str


class ListOut(Schema):
    """A list in force with its items (清单)."""

    code: str
    kind: str
    kind_name: str
    title: str
    version: int
    place: str
    basis: str
    published_on: date | None
    effective_from: date
    effective_to: date | None
    items: list[ItemOut]


class AdmittedOut(Schema):
    """A task admitted for a term (准入事项)."""

    code: str
    title: str
    applicant: str
    basis: str
    role: str
    term_from: date | None
    term_to: date | None


class OrderOut(Schema):
    """An order or decision in force (命令或决定)."""

    kind: str
    ref: str
    place: str


class RefusedOut(Schema):
    """Refused attempts of one sender (清单外拦截)."""

    code: str
    name: str
    count: int


class CharterOut(Schema):
    """What a committee decides, helps with and may refuse (社区工作公示)."""

    place: str
    committee: str
    decides: list[ItemOut]
    helps: list[ItemOut]
    admitted: list[AdmittedOut]
    orders: list[OrderOut]
    proofs: list[ItemOut]
    refused: list[RefusedOut]


def _item(row: ListItem) -> ItemOut:
    return ItemOut(
        number=row.number,
        title=row.title,
        matter=row.matter_id,
        basis=row.basis,
        owner=row.owner,
        role=row.role,
        conditions=row.conditions,
    )


def _place(code: str) -> Place:
    found = Place.objects.filter(code=code).first()
    if found is None:
        raise NotVisible("没有这个区划代码。请用 /api/v1/places 查找。")
    return found


class ListFilter(Schema):
    """Where, and which kind of list."""

    place: PlaceCode
    kind: Annotated[str, Field(pattern="^[a-z]{0,12}$")] = ""


@router.get("/lists", auth=None, response={200: list[ListOut], **PUBLIC}, summary="某地现行清单", operation_id="lists")
def lists(request: HttpRequest, asked: Query[ListFilter]) -> list[ListOut]:
    """Lists in force at a place, those of the places above included (现行清单), HB 25(1), HN 7(1)."""
    found = queries.lists_in_force(RESIDENT, _place(asked.place).code).prefetch_related("items")
    if asked.kind:
        found = found.filter(kind=asked.kind)
    return [_list(row) for row in found]


def _list(row: TaskList) -> ListOut:
    return ListOut(
        code=row.code,
        kind=row.kind,
        kind_name=row.get_kind_display(),
        title=row.title,
        version=row.version,
        place=row.place_id,
        basis=row.basis,
        published_on=row.published_on,
        effective_from=row.effective_from,
        effective_to=row.effective_to,
        items=[_item(item) for item in row.items.all()],
    )


@router.get(
    "/committees/{place}",
    auth=None,
    response={200: CharterOut, **PUBLIC},
    summary="居（村）民委员会的工作公示",
    operation_id="committee",
)
def committee(request: HttpRequest, place: PlaceCode) -> CharterOut:
    """The charter of the committee at a place (社区工作公示)."""
    body = Body.objects.filter(kind=Body.Kind.COMMITTEE, place__code=place, ended_on=None).first()
    if body is None:
        raise NotVisible("这里没有居（村）民委员会。请核对社区（村）的区划代码。")
    charter = queries.charter_of(RESIDENT, body.place_id)
    return CharterOut(
        place=body.place_id,
        committee=body.name,
        decides=[_item(item) for item in charter.decides],
        helps=[_item(item) for item in charter.helps],
        admitted=[
            AdmittedOut(
                code=row.code,
                title=row.title,
                applicant=row.applicant.name,
                basis=row.basis,
                role=row.role,
                term_from=row.term_from,
                term_to=row.term_to,
            )
            for row in charter.admitted
        ],
        orders=[OrderOut(kind=row.kind, ref=row.ref, place=row.place_id) for row in charter.orders],
        proofs=[_item(item) for item in charter.proofs],
        refused=[RefusedOut(**row) for row in charter.refused],
    )


class RefusalFilter(Schema):
    """At or below which place; the caller's own when left out."""

    place: PlaceCode | None = None


@router.get(
    "/refusals", response={200: list[RefusedOut], **READ}, summary="清单外拦截，按交办单位", operation_id="refusals"
)
def refusals(request: HttpRequest, asked: Query[RefusalFilter]) -> list[RefusedOut]:
    """Refused attempts at the gate, counted by sender (清单外拦截)."""
    by = caller(request)
    place = asked.place or by.place
    if not by.may("mandates.see", _place(place)):
        raise NotVisible("没有这个区划代码，或不在您的管辖范围内。")
    return [RefusedOut(**row) for row in queries.refusals_by_sender(by, place)]


class PlaceFilter(Schema):
    """Below which place, from which code on."""

    under: PlaceCode | None = None
    after: PlaceCode | None = None
    level: Annotated[str, Field(pattern="^[a-z]{0,12}$")] = ""
    limit: Annotated[int, Field(ge=1, le=500)] = 200


@router.get("/places", auth=None, response={200: PlacePage, **PUBLIC}, summary="区划", operation_id="places")
def places(request: HttpRequest, asked: Query[PlaceFilter]) -> PlacePage:
    """Places below one, in the order of their codes (区划)."""
    rows = visible_to(RESIDENT, Place.objects.order_by("code"))
    if asked.under:
        rows = rows.filter(under("code", asked.under))
    if asked.level:
        rows = rows.filter(level=asked.level)
    if asked.after:
        rows = rows.filter(code__gt=asked.after)
    found = list(rows[: asked.limit + 1])
    page = found[: asked.limit]
    return PlacePage(
        items=[PlaceOut(code=row.code, name=row.name, level=row.level, kind=row.kind, phone=row.phone) for row in page],
        next=page[-1].code if len(found) > asked.limit else "",
    )


@router.get(
    "/matters", auth=None, response={200: list[MatterOut], 429: Problem}, summary="事项目录", operation_id="matters"
)
def matters(request: HttpRequest) -> list[MatterOut]:
    """The catalogue of matters in use (事项目录)."""
    return [
        MatterOut(
            code=row.code,
            name=row.name,
            class_code=row.class_code,
            class_name=row.class_name,
            owner=row.owner,
            safety=row.safety,
        )
        for row in Matter.objects.filter(active=True)
    ]

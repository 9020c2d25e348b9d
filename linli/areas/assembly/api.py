"""The programs' door to drafts (征求意见稿接口): read them, say something to one, read what came of it. Open to everybody, as the pages are."""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Header, Query, Router, Schema
from ninja.responses import Status
from pydantic import Field

from linli.areas.assembly import actions, queries
from linli.areas.assembly.actions import Said
from linli.areas.assembly.flow import DraftState
from linli.areas.assembly.models import Draft
from linli.areas.assembly.queries.published import Section, published
from linli.areas.assembly.rules import Count
from linli.commons.actor import RESIDENT
from linli.commons.web import caller_address
from linli.kit.api import PUBLIC, Body, refusals
from linli.kit.errors import BadInput, NotVisible
from linli.kit.limiter import check, failed
from linli.kit.once import once
from linli.kit.scope import prefixes
from linli.kit.text import CleanStr

router = Router(tags=["立法征求意见"])
MOST, MINUTES = 60, 15
"""Comments from one address within so many minutes: enough for a kiosk, not for a flood."""


class DraftOut(Schema):
    """A draft on which people are, or were, asked (征求意见稿)."""

    code: str
    title: str
    congress: str
    place: str
    state: str
    state_name: str
    opens_on: date | None
    until: date
    days_left: int | None
    published: bool


class ProvisionOut(Schema):
    """A provision of a text (条款). `level` is division, article, paragraph or point; an article's body is its whole text."""

    eid: str
    level: str
    num: str
    heading: str
    body: str
    citation: str


class DraftTextOut(DraftOut):
    """A draft with its newest text (条文)."""

    note: str
    version: int
    versions: int
    changes: str
    provisions: list[ProvisionOut]


class NewComment(Body):
    """A comment (意见)."""

    eid: Annotated[CleanStr, Field(max_length=60, description="条款编号，空为全文")] = ""
    stance: Annotated[CleanStr, Field(description="support oppose amend question")]
    kind: Annotated[
        CleanStr, Field(description="resident worker deputy lawyer expert enterprise organisation other")
    ] = "resident"
    words: Annotated[CleanStr, Field(max_length=2000)] = ""
    wording: Annotated[CleanStr, Field(max_length=2000, description="建议改为")] = ""
    name: Annotated[CleanStr, Field(max_length=40)] = ""
    contact: Annotated[CleanStr, Field(max_length=60)] = ""
    version: Annotated[int | None, Field(ge=1, le=999, description="看的是第几稿，不填为最新一稿")] = None


class CommentOut(Schema):
    """Number and secret code of a comment (意见回执); the code is told once."""

    number: str
    code: str


class CountOut(Schema):
    """People of one kind and stance (人数). `people` None: not shown; `hidden` says how it is told."""

    kind: str
    stance: str
    people: int | None
    hidden: str


class AnswerOut(Schema):
    """What became of an opinion (答复). `gist` is empty for answers outside a group of comments that say the same."""

    gist: str
    people: int | None
    hidden: str
    outcome: str
    reason: str
    where: str


class SectionOut(Schema):
    """What was said of an article, of the whole draft ("") or of what has no place any more (orphans)."""

    eid: str
    title: str
    people: int | None
    hidden: str
    counts: list[CountOut]
    answers: list[AnswerOut]


class DigestOut(Schema):
    """What came of a draft (采纳情况), small groups hidden. `exact` False: `people` means so many or more."""

    code: str
    title: str
    published_on: date | None
    people: int | None
    hidden: str
    exact: bool
    sections: list[SectionOut]


class DraftFilter(Schema):
    """Which drafts: those on which the people of a place are asked, those in a state."""

    place: Annotated[str, Field(pattern=r"^([0-9]{2,12})?$", description="区划代码")] = ""
    state: Annotated[str, Field(pattern="^(open|closed|answered)?$")] = ""


def _head(row: Draft) -> dict[str, Any]:
    return {
        "code": row.code,
        "title": row.title,
        "congress": row.congress.name,
        "place": row.place_id,
        "state": row.state,
        "state_name": str(row.get_state_display()),
        "opens_on": row.opens_on,
        "until": row.until,
        "days_left": queries.days_left(row),
        "published": row.state == DraftState.ANSWERED,
    }


@router.get(
    "/drafts",
    auth=None,
    response={200: list[DraftOut], **PUBLIC},
    summary="征求意见的草案",
    operation_id="list_drafts",
)
def listing(request: HttpRequest, asked: Query[DraftFilter]) -> list[DraftOut]:
    """Drafts that everybody may read, the open ones first."""
    rows = queries.public_drafts()
    if asked.place:
        rows = rows.filter(place__code__in=prefixes(asked.place))
    if asked.state:
        rows = rows.filter(state=asked.state)
    return [DraftOut(**_head(row)) for row in rows]


@router.get(
    "/drafts/{code}",
    auth=None,
    response={200: DraftTextOut, **PUBLIC},
    summary="一件草案的条文",
    operation_id="read_draft",
)
def one(request: HttpRequest, code: str) -> DraftTextOut:
    """One draft with the provisions of its newest text."""
    row = queries.public_draft(code)
    text = queries.newest(row)
    return DraftTextOut(
        **_head(row),
        note=row.note,
        version=text.number,
        versions=row.texts.count(),
        changes=text.note,
        provisions=[
            ProvisionOut(
                eid=part.eid,
                level=part.level,
                num=part.num,
                heading=part.heading,
                body=part.body,
                citation=queries.place_of(part.eid) if part.level in queries.ASKED else part.num,
            )
            for part in queries.provisions_of(text)
        ],
    )


@router.post(
    "/drafts/{code}/comments",
    auth=None,
    response={201: CommentOut, 200: CommentOut, **refusals(400, 404, 409, 415, 422, 429)},
    summary="对草案提意见",
    operation_id="make_comment",
    description="Idempotency-Key 可选：同一个键、同一个请求再发一次，返回 200 和第一次的回执，不会重复。查询码只在回执里给一次。",
)
def comment(
    request: HttpRequest,
    code: str,
    data: NewComment,
    idempotency_key: Annotated[
        str | None, Header(alias="Idempotency-Key", description="每个请求唯一，1 到 100 个字符")
    ] = None,
) -> Status[Any]:
    """Say something to a draft, as a resident does on the page."""
    caller = caller_address(request)
    limit = f"comment:api:{caller}"[:100]
    check(limit, most=MOST, minutes=MINUTES)
    failed(limit, minutes=MINUTES)
    draft = queries.public_draft(code)
    text = draft.texts.filter(number=data.version).first() if data.version is not None else None
    if data.version is not None and text is None:
        raise BadInput(_("version：没有这一稿。"), code="bad_text")

    def run() -> str:
        made = actions.make_comment(
            by=RESIDENT,
            draft=draft,
            said=Said(data.stance, data.kind, data.eid, data.words, data.wording),
            name=data.name,
            contact=data.contact,
            on=text,
        )
        return json.dumps({"number": made.comment.number, "code": made.code})

    if idempotency_key is None:
        return Status(201, json.loads(run()))
    if not (idempotency_key.isascii() and idempotency_key.isprintable() and idempotency_key.strip()):
        raise BadInput(_("Idempotency-Key 要用 1 到 100 个英文字母、数字或符号。"), code="idempotency_key")
    # Nobody is known here: the key belongs to whoever calls from this address about this draft.
    answer, fresh = once(f"comment:{caller}:{draft.code}"[:80], idempotency_key, request.body, run)
    return Status(201 if fresh else 200, json.loads(answer))


def _told(count: Count) -> dict[str, Any]:
    hidden = isinstance(count, str)
    return {"people": None if hidden else count, "hidden": str(count) if hidden else ""}


def _section(section: Section) -> SectionOut:
    table = section.table
    return SectionOut(
        eid=section.key,
        title=section.title,
        **_told(section.people),
        counts=[
            CountOut(kind=kind, stance=stance, **_told(cell))
            for kind, cells in zip(section.kinds, table.cells if table is not None else (), strict=True)
            for stance, cell in zip(section.stances, cells, strict=True)
        ],
        answers=[
            AnswerOut(gist=one.gist, **_told(one.people), outcome=one.outcome, reason=one.reason, where=one.where)
            for one in section.answered
        ],
    )


@router.get(
    "/drafts/{code}/digest",
    auth=None,
    response={200: DigestOut, **PUBLIC},
    summary="采纳情况",
    operation_id="read_digest",
)
def digest(request: HttpRequest, code: str) -> DigestOut:
    """What came of every comment, once it is published; words of comments are never told."""
    row = queries.public_draft(code)
    if row.state != DraftState.ANSWERED:
        raise NotVisible(_("采纳情况还没有公布。每条意见都答复以后才公布。"))
    found = published(row)
    return DigestOut(
        code=found.code,
        title=found.title,
        published_on=found.published_on,
        **_told(found.people),
        exact=found.exact,
        sections=[_section(section) for section in found.sections],
    )

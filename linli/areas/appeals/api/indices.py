"""Indices for programs (指标接口)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Schema
from pydantic import Field

from linli.areas.appeals.api.read import router
from linli.areas.appeals.queries import indices as q
from linli.areas.appeals.queries.record import mark_at
from linli.areas.mandates.api import PlaceCode, caller
from linli.kit.api import READ


class IndicesAsked(Schema):
    """What is to be counted (所问)."""

    place: PlaceCode | None = Field(None, description="范围；不填为岗位所在地方")
    since: date | None = Field(None, description="统计期第一天；不填为本月 1 日")
    until: date | None = Field(None, description="统计期最后一天")
    as_of: date | None = Field(None, description="只计这一天结束前写入留痕的；不填为现在")
    by: Literal["body", "street", "community", "class"] | None = Field(None, description="分组")


class FigureOut(Schema):
    """One index (一项指标); `excluded` says how many were left out, by reason."""

    index: str
    name: str
    numerator: int
    denominator: int | None
    percent: float | None
    excluded: dict[str, int]


class GroupOut(Schema):
    """The figures of one group (一组)."""

    code: str
    name: str
    figures: list[FigureOut]


class DefinitionOut(Schema):
    """How an index is computed (定义)."""

    index: str
    name: str
    numerator: str
    denominator: str
    excluded: dict[str, str]
    source: str


class IndicesOut(Schema):
    """Figures of a scope and period; `seq` and `hash` name the last entry of the county's trail that was read."""

    place: str
    body: str
    since: date
    until: date
    as_of: datetime
    seq: int
    hash: str
    total: list[FigureOut]
    groups: list[GroupOut]
    definitions: list[DefinitionOut]


def figures_out(row: q.Row) -> list[FigureOut]:
    """A row of figures in the order of the definitions."""
    return [
        FigureOut(
            index=index.key,
            name=str(index.name),
            numerator=row[index.key].top,
            denominator=row[index.key].base if index.is_rate else None,
            percent=float(row[index.key].percent) if index.is_rate and row[index.key].base else None,
            excluded=dict(row[index.key].outs),
        )
        for index in q.INDICES
    ]


@router.get("/indices", response={200: IndicesOut, **READ}, summary="诉求办理指标", operation_id="indices")
def indices(request: HttpRequest, asked: Query[IndicesAsked]) -> IndicesOut:
    """Indices of the caller's own scope, computed from the trail as it stood on a day (诉求办理指标)."""
    scope = q.scope_of(caller(request), asked.place or "")
    period = q.read_period(asked.since, asked.until, timezone.localdate())
    mark = mark_at(scope.unit, q.end_of(asked.as_of))
    sheet = q.count(q.within(mark, scope, period), mark.as_of, asked.by or "")
    names = q.names_of(asked.by, sheet.groups) if asked.by else {}
    return IndicesOut(
        place=scope.place,
        body=scope.body,
        since=period.since,
        until=period.until,
        as_of=timezone.localtime(mark.as_of),
        seq=mark.seq,
        hash=mark.hash,
        total=figures_out(sheet.total),
        groups=[
            GroupOut(code=key, name=names[key], figures=figures_out(sheet.groups[key]))
            for key in sorted(sheet.groups, key=lambda key: names[key])
        ],
        definitions=[
            DefinitionOut(
                index=one.key,
                name=str(one.name),
                numerator=str(one.top),
                denominator=str(one.base),
                excluded={out: str(q.OUTS[out]) for out in one.outs},
                source=str(one.source),
            )
            for one in q.INDICES
        ],
    )

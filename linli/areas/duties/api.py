"""The programs' door to reports (检举接口): a hotline's own system files for somebody, and the reporter follows with the code.

What the desk does with a report has no door here: it is read by people of one body only, on pages that know who is barred.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Header, Query, Router, Schema
from ninja.responses import Status
from pydantic import Field

from linli.areas.appeals.api.shapes import BodyCode, BodyOut, Filed, Number
from linli.areas.appeals.queries import due_word
from linli.areas.duties import actions as duties
from linli.areas.duties import queries
from linli.areas.mandates.api import caller
from linli.commons.actor import Actor
from linli.commons.models import Body, Place
from linli.commons.web import caller_address
from linli.commons.workdays import calendar_of
from linli.kit.api import PUBLIC, WRITE
from linli.kit.api import Body as Sent
from linli.kit.errors import BadInput, NotVisible
from linli.kit.once import checked_key, once
from linli.kit.text import CleanStr

router = Router(tags=["检举"])

Breach = Literal["push_down", "neglect", "refused", "complaint_ignored", "misconduct", "worker", "other"]
"""The codes of `law.words.BREACHES`, written out for the document."""
CountyCode = Annotated[str, Field(pattern=r"^[0-9]{6}$", description="县（市、区）代码")]


class NewReport(Sent):
    """A report on a body (检举). Only the body, what is reported and the words are needed."""

    respondent: BodyCode
    breach: Breach
    words: Annotated[CleanStr, Field(min_length=5, max_length=5000, description="发生了什么；加密保存")]
    matter: Annotated[CleanStr, Field(max_length=30, description="有关诉求的编号")] = ""
    name: Annotated[CleanStr, Field(max_length=40)] = ""
    contact: Annotated[CleanStr, Field(max_length=60)] = ""
    anonymous: bool = False


class ReportOut(Schema):
    """A report as its reporter may read it (检举进展); never what was reported, nor by whom."""

    number: str
    state: str
    state_name: str
    respondent: str
    breach: str
    breach_name: str
    desk: str
    filed_at: datetime
    ended_at: datetime | None
    due: str
    outcome: str
    outcome_name: str
    reply: str


@router.get(
    "/respondents",
    auth=None,
    response={200: list[BodyOut], **PUBLIC},
    summary="可以反映的单位",
    operation_id="respondents",
)
def respondents(request: HttpRequest, county: Annotated[CountyCode, Query()]) -> list[BodyOut]:
    """Bodies of a county that can be reported on (可以反映的单位), as the public form offers them."""
    if not Place.objects.filter(code=county, level=Place.Level.COUNTY).exists():
        raise NotVisible(_("没有这个县（市、区）。请用 /api/v1/places 查找。"))
    return [BodyOut(code=body.code, name=body.name) for body in queries.respondents(county)]


@router.post(
    "/reports",
    response={201: Filed, 200: Filed, **WRITE},
    summary="提交检举、投诉、控告",
    operation_id="file_report",
    description="代人提交，按窗口登记。Idempotency-Key 可选：同一个键、同一个请求再发一次，返回 200 和第一次的回执。",
)
def file(
    request: HttpRequest,
    data: NewReport,
    idempotency_key: Annotated[
        str | None, Header(alias="Idempotency-Key", description="每个请求唯一，1 到 100 个字符")
    ] = None,
) -> Status[Filed]:
    """Take a report in from another system (接口收检举), HB 42."""
    by = caller(request)
    respondent = _respondent(data.respondent)

    def run() -> str:
        return json.dumps(_file(request, by, data, respondent))

    if idempotency_key is None or "duties.report" not in by.powers:
        return Status(
            201, Filed(**json.loads(run()))
        )  # without the power the action refuses, and its evidence must stay
    sender = f"{by.code}:{by.post.pk if by.post else 0}:report"
    answer, fresh = once(sender, checked_key(idempotency_key), request.body, run)
    return Status(201 if fresh else 200, Filed(**json.loads(answer)))


def _file(request: HttpRequest, by: Actor, data: NewReport, respondent: Body) -> dict[str, str]:
    made = duties.file_report(by=by, respondent=respondent, **data.model_dump(exclude={"respondent"}))
    number = made.report.number
    return {
        "number": number,
        "code": made.code,
        "url": request.build_absolute_uri(f"/corrections/follow/?number={number}"),
    }


def _respondent(code: str) -> Body:
    found = Body.objects.filter(code=code, ended_on=None).exclude(kind=Body.Kind.GRID).select_related("place").first()
    if found is None or len(found.place_id) < 6:
        raise BadInput(_("respondent：没有这个机构代码，请用 /api/v1/respondents 查找。"), code="no_body")
    return found


@router.get(
    "/reports/{number}",
    auth=None,
    response={200: ReportOut, **PUBLIC},
    summary="凭编号和查询码查检举的进展",
    operation_id="follow_report",
)
def follow(
    request: HttpRequest,
    number: Number,
    code: Annotated[str, Header(alias="X-Code", max_length=40, description="查询码")],
) -> ReportOut:
    """What the holder of number and secret code may see (查进展); wrong guesses are counted."""
    row = queries.opened_report(number, code, caller=caller_address(request))
    clock = next(iter(queries.clocks_of(row)), None)
    return ReportOut(
        number=row.number,
        state=row.state,
        state_name=str(row.get_state_display()),
        respondent=row.respondent.name,
        breach=row.breach,
        breach_name=row.breach_label,
        desk=row.desk.name,
        filed_at=timezone.localtime(row.filed_at),
        ended_at=timezone.localtime(row.ended_at) if row.ended_at else None,
        due=due_word(clock, calendar_of(row.place_id)).text,
        outcome=row.outcome,
        outcome_name=str(row.get_outcome_display()) if row.outcome else "",
        reply=row.reply,
    )

"""The six methods of the standard, the discovery before them, and the token after them (接口方法)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from linli.areas.appeals import queries
from linli.areas.appeals.actions.intake import outside
from linli.areas.appeals.api.georeport import ask
from linli.areas.appeals.api.georeport import services as offered
from linli.areas.appeals.api.georeport.file import take
from linli.areas.appeals.api.georeport.show import STATUS, moment, show
from linli.areas.appeals.api.georeport.speak import Faults, answer, route
from linli.areas.appeals.models import Appeal
from linli.areas.mandates.models import Matter
from linli.commons.actor import RESIDENT, Actor
from linli.commons.models import Body
from linli.kit.errors import NotAllowed
from linli.kit.scope import visible_to

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
CHANGED = "2026-11-22T00:00:00+08:00"
"""When what this door says last changed its shape."""


@route("GET", "HEAD")
def discovery(request: HttpRequest, form: str) -> HttpResponse:
    """Where to go and whom to ask (服务发现)."""
    desks = Body.objects.filter(kind=Body.Kind.HOTLINE, ended_on=None).values_list("name", "phone")[:20]
    contact = "；".join(f"{name} {phone}".strip() for name, phone in desks)
    found = {
        "changeset": CHANGED,
        "contact": contact or _("请联系本单位的系统管理员。"),
        "key_service": _("接口令牌由系统管理员发放，绑定一个职务；只查询公开目录不用令牌。"),
        "endpoints": [
            {
                "specification": SPECIFICATION,
                "url": request.build_absolute_uri("/open311/v2"),
                "changeset": CHANGED,
                "type": "test" if settings.LINLI_DEMO else "production",
                "formats": ["text/xml", "application/json"],
            }
        ],
    }
    return _for_all(answer(form, "discovery", found))


@route("GET", "HEAD")
def services(request: HttpRequest, form: str) -> HttpResponse:
    """What can be reported (事项目录)."""
    ask.jurisdiction(ask.simple(request).get("jurisdiction_id", ""))
    rows = visible_to(RESIDENT, Matter.objects.filter(active=True))
    return _for_all(answer(form, "services", [offered.service(row) for row in rows]))


@route("GET", "HEAD")
def definition(request: HttpRequest, form: str, code: str) -> HttpResponse:
    """What is asked besides when reporting it (补充字段)."""
    county = ask.jurisdiction(ask.simple(request).get("jurisdiction_id", ""))
    row = visible_to(RESIDENT, Matter.objects.filter(code=code[:8], active=True)).first()
    if row is None or row.code != code:
        raise Faults((404, _("没有这个 service_code，请用 services 查找。")))
    return _for_all(answer(form, "service_definition", offered.definition(row, county)))


@route("GET", "HEAD", "POST")
def requests(request: HttpRequest, form: str) -> HttpResponse:
    """The list, or a new one (诉求)."""
    if request.method == "POST":
        return answer(form, "service_requests", [take(request)], 201)
    given = ask.simple(request)
    by, rows = _scope(request, given, lazily=True)
    size, mark = ask.page(given)
    rows = _filtered(rows, given, exact=by is not None and not outside(by.body)).order_by("-filed_at", "-id")
    if mark:
        rows = rows.filter(Q(filed_at__lt=mark[0]) | Q(filed_at=mark[0], pk__lt=mark[1]))
    found, last = show(rows[:size], by)
    if not found:
        ask.jurisdiction(given.get("jurisdiction_id", ""))  # nothing there, or no such county
    made = answer(form, "service_requests", found)
    if last is not None and len(found) == size:
        stamp = (last[0] - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)
        query = request.GET.copy()
        query["before"] = f"{stamp}-{last[1]}"
        query.pop("api_key", None)
        made["Link"] = f'<{request.build_absolute_uri(request.path)}?{query.urlencode()}>; rel="next"'
    return made


@route("GET", "HEAD")
def one(request: HttpRequest, form: str, number: str) -> HttpResponse:
    """One request, with the day by which it is promised (一件)."""
    by, rows = _scope(request, ask.simple(request))
    found, _last = show(_numbered(rows, number), by)
    if not found:
        raise Faults((404, _("没有这个 service_request_id，或它不在公开目录中。")))
    clock = queries.clocks_of([number]).get((number, "case"))
    if clock is not None and clock.due_at is not None:
        found[0].expected_datetime = moment(clock.due_at)
    return answer(form, "service_requests", found)


@route("GET", "HEAD")
def token(request: HttpRequest, form: str, number: str) -> HttpResponse:
    """The request of a token (凭据换编号). Linli gives the number at once, and the number is its own token."""
    _by, rows = _scope(request, ask.simple(request))
    if not _numbered(rows, number).exists():
        raise Faults((404, _("没有这个 token。本平台提交后立即给出 service_request_id，用它查询即可。")))
    return answer(form, "service_requests", [{"service_request_id": number, "token": number}])


def _numbered(rows: QuerySet[Appeal], number: str) -> QuerySet[Appeal]:
    return rows.filter(number=number)[:1] if len(number) <= 20 else rows.none()


def _scope(
    request: HttpRequest, given: dict[str, str], *, lazily: bool = False
) -> tuple[Actor | None, QuerySet[Appeal]]:
    """Who asks, and the rows of the county that they may know of.

    Args:
        lazily: leave it to the caller to look a county up when nothing is found in it; rows of it prove that it exists.
    """
    by = ask.caller(request, given.get("api_key", ""))
    county = given.get("jurisdiction_id", "")
    if not county or not lazily:
        county = ask.jurisdiction(county).code
    if by is None:
        rows = queries.published()
    elif by.powers.intersection(("appeals.see", "appeals.see_held")):
        rows = visible_to(by, Appeal.objects.all())
    else:
        raise NotAllowed(_("这个令牌的岗位不办理诉求。请换用办理岗位的令牌，或不带令牌查公开目录。"), code="no_power")
    return by, queries.among(rows, "county_id", [county], by_index=not given.get("lat"))


def _filtered(rows: QuerySet[Appeal], given: dict[str, str], *, exact: bool) -> QuerySet[Appeal]:
    """The rows asked for; numbers override everything else, as in the standard."""
    numbers = ask.words("service_request_id", given.get("service_request_id", ""))
    if numbers:
        return rows.filter(number__in=numbers)
    filed = ask.when("start_date", given.get("start_date", "")), ask.when("end_date", given.get("end_date", ""))
    changed = (
        ask.when("updated_after", given.get("updated_after", "")),
        ask.when("updated_before", given.get("updated_before", "")),
    )
    if any(changed):
        rows = _within(rows, "updated_at", *ask.window(*changed))
    if any(filed) or not any(changed):
        rows = _within(rows, "filed_at", *ask.window(*filed))
    circle = ask.circle(given)
    if circle is not None:
        rows = queries.near(rows, *circle, exact=exact)
    codes = ask.words("service_code", given.get("service_code", ""))
    if codes:
        rows = queries.among(rows, "matter_id", codes, by_index=circle is None)
    asked = ask.words("status", given.get("status", "").lower(), ("open", "closed"))
    if asked:
        states = [state for state, (status, _notes) in STATUS.items() if status in asked]
        rows = queries.among(rows, "state", states, by_index=circle is None)
    return rows


def _within(rows: QuerySet[Appeal], column: str, since: datetime, until: datetime | None) -> QuerySet[Appeal]:
    rows = rows.filter(**{f"{column}__gte": since})
    return rows.filter(**{f"{column}__lte": until}) if until else rows


def _for_all(made: HttpResponse) -> HttpResponse:
    made["Cache-Control"] = "public, max-age=600"
    return made

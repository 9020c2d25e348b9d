"""Reads of reports: who may see one, who is barred, how the resident opens it, what is published of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.areas.duties.flow import CLOSED_STATES
from linli.areas.duties.models import Order, Report, Situation, Tolerance
from linli.areas.duties.rules import bearers_of, duties_of
from linli.commons.actor import Actor
from linli.commons.models import Body, Place, Post
from linli.kit.clock import Clock
from linli.kit.errors import NotVisible
from linli.kit.limiter import check, failed
from linli.kit.scope import get_visible, prefixes, under, visible_to
from linli.kit.trail import Entry
from linli.law.load import pack_for_place
from linli.law.types import Duty


def bodies_of_person(actor: Actor) -> set[str]:
    """Codes of all bodies in which the person holds a post today, whichever post they act in."""
    if actor.user is None:
        return {actor.body_code} - {""}
    rows = Post.objects.filter(Post.current(), user=actor.user).values_list("body__code", flat=True)
    return {*rows, actor.body_code} - {""}


def why_barred(actor: Actor, report: Report) -> str:
    """Why somebody must not handle a report (回避), one Chinese sentence; "" when nothing stands against it."""
    if report.respondent_id in bodies_of_person(actor):
        return "您在被反映的单位任职，按规定回避，不能办理这件检举。"
    if report.matter_key and Entry.objects.filter(subject=report.matter_key, actor=actor.code).exists():
        return "您办过被反映的这件事，按规定回避，请由同单位其他人办理。"
    return ""


def reports_of(actor: Actor) -> QuerySet[Report]:
    """Reports on the desk of the actor's body, newest first, but those from which the person is barred (回避)."""
    rows = visible_to(actor, Report.objects.select_related("respondent", "respondent__place", "desk", "place"))
    rows = rows.exclude(respondent__code__in=bodies_of_person(actor))
    keys = set(rows.exclude(matter_key="").values_list("matter_key", flat=True))
    if keys:
        own = Entry.objects.filter(subject__in=keys, actor=actor.code).values_list("subject", flat=True)
        rows = rows.exclude(matter_key__in=set(own))
    return rows


def report_seen(actor: Actor, number: str) -> Report:
    """One report at the actor's desk. Raises: NotVisible: elsewhere, none at all, or the person is barred."""
    found = reports_of(actor).filter(number=number).first()
    if found is None:
        raise NotVisible()
    return found


def opened_report(number: str, code: str, *, caller: str) -> Report:
    """The report that number and secret code open (凭编号和查询码).

    Args:
        caller: who guesses (an address), for the limit on failures.

    Raises:
        NotVisible: no such pair; nobody can tell which half was wrong. TooMany: too many failures.
    """
    number = "".join(sign for sign in number if sign.isascii() and sign.isdigit())[:20]
    keys = (f"report:caller:{caller}"[:100], f"report:number:{number}"[:100])
    check(keys[0], most=20, minutes=15)
    check(keys[1], most=10, minutes=15)
    report = Report.objects.filter(number=number).first()
    opens = (report or Report(code_hash="")).opens_with(
        code
    )  # weighed against nothing, so that both ways cost the same
    if report is None or not opens:
        for key in keys:
            failed(key, minutes=15)
        raise NotVisible(_("编号或查询码不对。请对照回执再输一次。查询码丢了无法补办，可以重新反映。"), code="bad_code")
    return report


def respondents(county: str) -> list[Body]:
    """Bodies of a county that can be reported on (可以反映的单位), those at the top first."""
    rows = Body.objects.filter(under("place_id", county), ended_on=None).exclude(kind=Body.Kind.GRID)
    return list(rows.select_related("place").order_by("place_id", "kind", "name"))


def owed_by(body: Body) -> tuple[Duty, ...]:
    """Every duty of a body by the pack of its place (应尽职责)."""
    mine = bearers_of(kind=body.kind, level=body.place.level, duty=body.duty)
    return duties_of(pack_for_place(body.place_id), mine)


def clocks_of(report: Report) -> list[Clock]:
    """Clocks of a report that run now."""
    return clocks_by_report([report]).get(report.trail_key, [])


def clocks_by_report(reports: Iterable[Report]) -> dict[str, list[Clock]]:
    """Trail key of each report → its clocks that run now, in one query."""
    found: dict[str, list[Clock]] = {}
    keys = [report.trail_key for report in reports]
    for row in Clock.objects.filter(subject__in=keys, stopped_at=None).order_by("id"):
        found.setdefault(row.subject, []).append(row)
    return found


def published() -> QuerySet[Report]:
    """Outcomes of which everybody may know, the newest first."""
    rows = Report.objects.filter(state__in=CLOSED_STATES).exclude(published_at=None)
    return rows.select_related("respondent", "respondent__place", "place").order_by("-published_at", "-id")


def shown_name(report: Report) -> str:
    """The body as the public page names it: where one worker is meant, only the street, so that nobody is told from it."""
    if not report.about_worker:
        return report.respondent.name
    street = Place.objects.filter(code=report.respondent.place_id[:9]).first()
    return f"{street or report.place}辖区内一名社区工作者"


def orders_of(actor: Actor) -> QuerySet[Order]:
    """Orders to the actor's own body, newest first."""
    return visible_to(actor, Order.objects.select_related("body", "desk", "report"))


def order_seen(actor: Actor, code: str) -> Order:
    """One order to the actor's body. Raises: NotVisible."""
    return get_visible(actor, Order.objects.select_related("body", "desk", "report"), code=code)


def order_to_print(actor: Actor, code: str) -> Order:
    """One order for the body ordered or for the desk that has the report. Raises: NotVisible."""
    rows = Order.objects.filter(code=code).select_related("body", "desk", "report")
    found = visible_to(actor, rows).first() or rows.filter(report__in=reports_of(actor)).first()
    if found is None:
        raise NotVisible()
    return found


def situations_at(place: str, *, now: datetime | None = None) -> QuerySet[Situation]:
    """Situations in force at a place (现行容错情形)."""
    today = timezone.localdate(now)
    rows = Situation.objects.filter(place_id__in=prefixes(place), from_on__lte=today)
    return rows.filter(ended_on=None) | rows.filter(ended_on__gt=today)


def tolerances_of(actor: Actor) -> QuerySet[Tolerance]:
    """Applications that the actor's body made, or that the actor examines, newest first."""
    return visible_to(actor, Tolerance.objects.select_related("applicant", "situation", "examiner", "decider", "order"))

"""Reads of lists, grounds, load and refusals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from linli.areas.mandates.flow import AdmissionState, ListState, TaskState
from linli.areas.mandates.models import Admission, Assignment, Ground, ListItem, Matter, TaskList
from linli.commons.actor import Actor
from linli.commons.models import Body
from linli.kit.scope import prefixes, under
from linli.kit.trail import Entry


def lists_in_force(actor: Actor, place: str, on: date | None = None) -> QuerySet[TaskList]:
    """Lists in force at a place on a day, those of the places above included (公开)."""
    on = on or timezone.localdate()
    return TaskList.objects.filter(
        Q(effective_to=None) | Q(effective_to__gte=on),
        state=ListState.PUBLISHED,
        effective_from__lte=on,
        place_id__in=prefixes(place),
    ).select_related("place")


def grounds_for(
    actor: Actor, *, bearer: str, place: str, matter: Matter | None, at: datetime | None = None
) -> list[Ground]:
    """Grounds in force that let a bearer at a place be asked about a matter, the strongest kind first.

    A ground that names no matter (an order, an admission of general kind) fits none by itself: it must be chosen.
    """
    order = [kind.value for kind in Ground.Kind]
    found = Ground.objects.filter(
        Ground.active(at), bearer=bearer, place_id__in=prefixes(place), matter=matter, matter__isnull=False
    )
    return sorted(found.select_related("item", "admission"), key=lambda ground: (order.index(ground.kind), ground.pk))


def choosable_grounds(actor: Actor, *, bearer: str, place: str) -> QuerySet[Ground]:
    """All grounds in force that could be named by hand for a bearer at a place."""
    return Ground.objects.filter(Ground.active(), bearer=bearer, place_id__in=prefixes(place)).exclude(
        kind=Ground.Kind.OWN_DUTY
    )


@dataclass(frozen=True)
class Owner:
    """A body that should answer, and why."""

    body: Body
    why: str


def owners_of(actor: Actor, matter: Matter | None, place: str) -> list[Owner]:
    """Bodies that should answer a matter at a place, best first, each with its reason (找承办单位).

    The estate list of departments' duties and the matter's usual owner name a department of the county; a true
    self-governance matter names the committee; what nobody owns goes up to the street.
    """
    found: list[Owner] = []
    chain = prefixes(place)
    if matter is not None:
        local = Body.objects.filter(ended_on=None, place_id__in=chain)
        if matter.owner == "committee":
            for body in local.filter(kind=Body.Kind.COMMITTEE):
                found.append(Owner(body, f"“{matter}”属于居民自治事项，由{body}办理"))
        elif matter.owner == "street":
            for body in local.filter(kind=Body.Kind.STREET):
                found.append(Owner(body, f"“{matter}”由属地街道（乡镇）办理"))
        else:
            departments = local.filter(
                duty=matter.owner, kind__in=(Body.Kind.DEPARTMENT, Body.Kind.UTILITY, Body.Kind.LEAD)
            )
            for body in departments.order_by("-place_id"):
                found.append(Owner(body, f"“{matter}”的职责单位是{body}（事项目录 {matter.code}）"))
    for body in Body.objects.filter(ended_on=None, place_id__in=chain, kind=Body.Kind.STREET):
        if all(owner.body != body for owner in found):
            found.append(
                Owner(body, "属地街道（乡镇）协调解决" if found else "没有明确的职责单位，由属地街道（乡镇）协调解决")
            )
    return found


@dataclass(frozen=True)
class Load:
    """What a community already carries (社区负担)."""

    admissions: int
    hours: Decimal
    money: Decimal
    open_tasks: int
    refused: int


def load_of(actor: Actor, place: str) -> Load:
    """The whole load of the communities at or below a place, shown before an admission is decided."""
    above = Q(place_id__in=prefixes(place)) | under("place_id", place)
    sums = Admission.objects.filter(above, state=AdmissionState.PUBLISHED).aggregate(
        n=Count("id"), h=Sum("hours"), m=Sum("money")
    )
    tasks = Assignment.objects.filter(
        under("body__place_id", place), state=TaskState.OPEN, body__kind__in=("committee", "grid")
    )
    return Load(
        sums["n"], sums["h"] or Decimal(0), sums["m"] or Decimal(0), tasks.count(), refusals(actor, place).count()
    )


def refusals(actor: Actor, place: str) -> QuerySet[Entry]:
    """Refused attempts at the gate, at or below a place (清单外拦截)."""
    return Entry.objects.filter(under("place", place), verb="mandates.refused", facts__code="off_list")


def refusals_by_sender(actor: Actor, place: str) -> list[dict[str, Any]]:
    """Refusals counted per sender, most first: body code and name, count."""
    rows = refusals(actor, place).values("body").annotate(count=Count("id")).order_by("-count", "body")
    names = dict(Body.objects.filter(code__in=[row["body"] for row in rows]).values_list("code", "name"))
    return [{"code": row["body"], "name": names.get(row["body"], "居民或系统"), "count": row["count"]} for row in rows]


@dataclass(frozen=True)
class Charter:
    """The public page of one committee: what it decides itself, helps with, and may refuse."""

    decides: list[ListItem]
    helps: list[ListItem]
    admitted: list[Admission]
    orders: list[Ground]
    proofs: list[ListItem]
    refused: list[dict[str, Any]]


def charter_of(actor: Actor, place: str) -> Charter:
    """Everything that binds a committee today, from the lists in force at its place."""
    items = list(
        ListItem.objects.filter(task_list__in=lists_in_force(actor, place)).select_related("task_list", "matter")
    )

    def by_kind(*kinds: str) -> list[ListItem]:
        return [item for item in items if item.task_list.kind in kinds]

    today = timezone.localdate()
    admitted = Admission.objects.filter(
        state=AdmissionState.PUBLISHED, place_id__in=prefixes(place), term_from__lte=today, term_to__gte=today
    ).select_related("applicant")
    orders = Ground.objects.filter(
        Ground.active(),
        place_id__in=prefixes(place),
        kind__in=(Ground.Kind.EMERGENCY_ORDER, Ground.Kind.SAFETY_RULE, Ground.Kind.OWN_DECISION),
    )
    return Charter(
        decides=by_kind(TaskList.Kind.SELF, TaskList.Kind.POWER),
        helps=by_kind(TaskList.Kind.ASSISTED),
        admitted=list(admitted),
        orders=list(orders),
        proofs=by_kind(TaskList.Kind.PROOF),
        refused=refusals_by_sender(actor, place),
    )


def tasks_of(actor: Actor, body: Body) -> QuerySet[Assignment]:
    """Open assignments of a body that are tasks in their own right, not part of an appeal, oldest first."""
    return (
        Assignment.objects.filter(body=body, state=TaskState.OPEN, subject__startswith="task:")
        .select_related("sender", "ground", "matter")
        .order_by("at")
    )

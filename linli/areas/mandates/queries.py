"""Reads of lists, grounds, load and refusals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from linli.areas.mandates import rules
from linli.areas.mandates.flow import AdmissionState, ListState, TaskState
from linli.areas.mandates.models import Admission, Assignment, Bearer, Ground, ListItem, Matter, Proof, TaskList
from linli.commons.actor import Actor
from linli.commons.models import Body
from linli.commons.settings import value_of
from linli.kit.errors import NotVisible
from linli.kit.scope import prefixes, under, visible_to
from linli.kit.trail import Entry

DUTY_BEARERS = (Body.Kind.DEPARTMENT, Body.Kind.UTILITY, Body.Kind.LEAD)
"""Kinds of bodies whose duty (职责类别) makes them owners of matters."""


def lists_in_force(actor: Actor, place: str, on: date | None = None) -> QuerySet[TaskList]:
    """Lists in force at a place on a day, those of the places above included (公开)."""
    on = on or timezone.localdate()
    return TaskList.objects.filter(
        Q(effective_to=None) | Q(effective_to__gt=on),
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
            departments = local.filter(duty=matter.owner, kind__in=DUTY_BEARERS)
            for body in departments.order_by("-place_id"):
                found.append(Owner(body, f"“{matter}”的职责单位是{body}（事项目录 {matter.code}）"))
    for body in Body.objects.filter(ended_on=None, place_id__in=chain, kind=Body.Kind.STREET):
        if all(owner.body != body for owner in found):
            found.append(
                Owner(body, "属地街道（乡镇）协调解决" if found else "没有明确的职责单位，由属地街道（乡镇）协调解决")
            )
    return found


def matters_without_owner(actor: Actor, county: str) -> dict[str, list[Matter]]:
    """Active matters whose usual owner no body of a county is, by duty (没有承办单位的事项): they end at the street.

    What belongs to committees or streets counts as owned as soon as the county has one of them.
    """
    bodies = Body.objects.filter(under("place_id", county), ended_on=None)
    owners = set(bodies.filter(kind__in=DUTY_BEARERS).values_list("duty", flat=True))
    owners |= set(bodies.filter(kind__in=(Body.Kind.COMMITTEE, Body.Kind.STREET)).values_list("kind", flat=True))
    found: dict[str, list[Matter]] = {}
    for matter in Matter.objects.filter(active=True).exclude(owner__in=owners):
        found.setdefault(matter.owner, []).append(matter)
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
        state=AdmissionState.PUBLISHED,
        bearer=Bearer.COMMITTEE,
        place_id__in=prefixes(place),
        term_from__lte=today,
        term_to__gte=today,
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


def tasks_in(actor: Actor) -> QuerySet[Assignment]:
    """Tasks handed to the actor's body, open or not, newest first (交给我们的)."""
    return _tasks().filter(body__code=actor.body_code)


def tasks_out(actor: Actor) -> QuerySet[Assignment]:
    """Tasks that the actor's body handed out, newest first (我们交出的)."""
    return _tasks().filter(sender__code=actor.body_code)


def task_of(actor: Actor, code: str) -> Assignment:
    """One task, for the body asked, the sender, and those who oversee the place.

    Raises:
        NotVisible: it does not exist or concerns others.
    """
    row = _tasks().filter(code=code).first()
    if row is None or not (
        actor.body_code in (row.body_id, row.sender_id)
        or visible_to(actor, Assignment.objects.filter(pk=row.pk)).exists()
    ):
        raise NotVisible()
    return row


def _tasks() -> QuerySet[Assignment]:
    return (
        Assignment.objects.filter(subject__startswith="task:")
        .select_related("sender", "body", "ground", "ground__item__task_list", "matter", "place")
        .order_by("-at")
    )


def bodies_to_ask(actor: Actor, words: str = "", limit: int = 60) -> list[Body]:
    """Bodies the actor may hand a task to, by name: those at or below its place, and agencies above it."""
    above = ~Q(kind__in=(Body.Kind.COMMITTEE, Body.Kind.GRID)) & Q(place_id__in=prefixes(actor.place))
    found = Body.objects.filter(under("place_id", actor.place) | above, ended_on=None).exclude(code=actor.body_code)
    for word in words.split():
        found = found.filter(Q(name__contains=word) | Q(place__name__contains=word) | Q(code__startswith=word))
    return list(found.select_related("place").order_by("place_id", "kind", "code")[:limit])


def resting_on(actor: Actor, grounds: QuerySet[Ground]) -> QuerySet[Assignment]:
    """Open assignments that would stop if these grounds were closed."""
    return Assignment.objects.filter(ground__in=grounds, state=TaskState.OPEN)


def versions_of(actor: Actor, task_list: TaskList) -> QuerySet[TaskList]:
    """All versions of a list that the actor may see, newest first."""
    rows = TaskList.objects.filter(place_id=task_list.place_id, kind=task_list.kind)
    return visible_to(actor, rows).order_by("-version")


@dataclass(frozen=True)
class Changed:
    """An item that stands in both versions with other words: (field, before, now) for each difference."""

    item: ListItem
    fields: list[tuple[str, str, str]]


@dataclass(frozen=True)
class Diff:
    """What a version changed against the published version before it (与上一版相比)."""

    before: TaskList
    added: list[ListItem]
    dropped: list[ListItem]
    changed: list[Changed]
    same: int


def diff_of(actor: Actor, task_list: TaskList) -> Diff | None:
    """Compare a list with the published version before it, item by item by title; None for the first version."""
    before = (
        TaskList.objects.filter(
            place_id=task_list.place_id,
            kind=task_list.kind,
            version__lt=task_list.version,
            state__in=(ListState.PUBLISHED, ListState.ENDED),
        )
        .order_by("-version")
        .first()
    )
    if before is None:
        return None
    old = {item.title: item for item in before.items.select_related("matter")}
    new = {item.title: item for item in task_list.items.select_related("matter")}
    changed = []
    for title in new.keys() & old.keys():
        was, now = _words(old[title]), _words(new[title])
        fields = [(name, was[name], now[name]) for name in now if was[name] != now[name]]
        if fields:
            changed.append(Changed(new[title], fields))
    changed.sort(key=lambda row: row.item.number)
    return Diff(
        before,
        added=[item for title, item in new.items() if title not in old],
        dropped=[item for title, item in old.items() if title not in new],
        changed=changed,
        same=len(new.keys() & old.keys()) - len(changed),
    )


def _words(item: ListItem) -> dict[str, str]:
    return {
        "对应诉求事项": str(item.matter or ""),
        "法定依据": item.basis,
        "责任单位": item.owner,
        "协助方式": str(item.get_role_display()),
        "业务指导与工作保障": item.conditions,
    }


def proof_figures(actor: Actor, place: str) -> list[dict[str, Any]]:
    """Proofs per body that wanted them, at or below a place: issued, refused; most refused first (M4)."""
    rows: dict[str, dict[str, Any]] = {}
    issued = Proof.objects.filter(under("body__place_id", place)).values("requester").annotate(n=Count("id"))
    refused = (
        refused_proofs(actor, place).values("facts__requester").annotate(n=Count("id")).order_by("facts__requester")
    )
    for name, count, key in [(row["requester"], row["n"], "issued") for row in issued] + [
        (row["facts__requester"] or "未写明", row["n"], "refused") for row in refused
    ]:
        rows.setdefault(name, {"requester": name, "issued": 0, "refused": 0})[key] += count
    return sorted(rows.values(), key=lambda row: (-row["refused"], -row["issued"], row["requester"]))


def refused_proofs(actor: Actor, place: str) -> QuerySet[Entry]:
    """Proofs refused for want of a listed basis, at or below a place, newest first."""
    found = Entry.objects.filter(under("place", place), verb="mandates.proof_refused")
    return found.order_by("-id")


def proof_items(actor: Actor, place: str) -> list[ListItem]:
    """Proofs that the lists in force at a place know."""
    lists = lists_in_force(actor, place).filter(kind=TaskList.Kind.PROOF)
    return list(ListItem.objects.filter(task_list__in=lists).select_related("task_list").order_by("number", "id"))


@dataclass(frozen=True)
class MayRefuse:
    """One thing a committee need not take on, in a resident's words, with its articles."""

    text: str
    basis: tuple[str, ...]
    note: str = ""


def may_refuse(actor: Actor, place: str) -> list[MayRefuse]:
    """What a committee may refuse in the province of its place, each on its own article; none is assumed for another."""
    gate_all = bool(value_of("mandates.gate_all", place))

    def said(hotline: bool) -> tuple[str, ...]:
        found = rules.off_list(bearer=Bearer.COMMITTEE, place=place, target="", hotline=hotline, county_switch=gate_all)
        return found.basis

    general, hotline = said(False), said(True)
    out = []
    if hotline != general:
        out.append(MayRefuse("热线和网上转来、应由政府部门办理的诉求", hotline))
        note = (
            "本县已设定：清单外的任务一律拦截。"
            if gate_all
            else "草案只要求公布指导目录；没有依据的任务，本平台不予派发。"
        )
        out.append(MayRefuse("没有列入协助事项目录、也没有经过准入的任务", general, note))
    else:
        out.append(MayRefuse("政府部门和街道（乡镇）自己职责范围内、既不在清单内又没有经过准入的任务", general))
    out.append(MayRefuse("没有列入证明事项清单的证明", rules.proof_basis(place)))
    return out

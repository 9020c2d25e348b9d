"""Admission and exit (准入与退出), systems.md M2."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from linli.areas.mandates import queries
from linli.areas.mandates.actions.grounds import shut_ground, write_ground
from linli.areas.mandates.actions.lists import admit_item, open_admitted, start_of
from linli.areas.mandates.flow import ADMISSION, AdmissionState, TaskState
from linli.areas.mandates.models import Admission, Assignment, Bearer, Ground, Matter, Role
from linli.commons.actor import Actor
from linli.commons.models import Place, code_for
from linli.commons.settings import limit_of
from linli.commons.workdays import calendar_of
from linli.kit import clock, trail
from linli.kit.action import action
from linli.kit.errors import BadInput, NotAllowed, RuleBroken
from linli.kit.flow import move
from linli.kit.notices import notify

MAX_TERM_DAYS = 3 * 366


@action("mandates.apply", at="place")
def apply_admission(
    *,
    by: Actor,
    place: Place,
    title: str,
    basis: str,
    reason: str,
    role: str,
    frequency: str,
    hours: Decimal,
    money: Decimal,
    guidance: str,
    conditions: str,
    wanted_from: date,
    wanted_to: date,
    bearer: str = Bearer.COMMITTEE,
    matter: Matter | None = None,
) -> Admission:
    """A department applies to let a task into the communities (申请准入).

    Raises:
        BadInput: something of basis, frequency, hours, money, guidance or term is missing or out of range.
        RuleBroken: later than the county's lead time allows.
    """
    for text, what in (
        (title, "事项名称"),
        (basis, "法律、法规或政策依据"),
        (reason, "为什么需要社区承担"),
        (frequency, "频次"),
        (guidance, "业务指导"),
        (conditions, "工作条件和保障"),
    ):
        if not text.strip():
            raise BadInput(f"请填写{what}。", code="field_missing")
    if role not in Role.values or bearer not in (Bearer.COMMITTEE, Bearer.GRID):
        raise BadInput("请选择协助方式和承担者。", code="role_missing")
    if not 0 <= hours <= 999 or not 0 <= money <= 10**9:
        raise BadInput("工时要在 0 到 999 小时之间，经费不能为负。", code="bad_number")
    if wanted_to < wanted_from:
        raise BadInput("拟结束日期要不早于拟开始日期。", code="bad_term")
    now = timezone.now()
    ahead = limit_of("mandates.apply_ahead", place.code)
    if ahead.amount is not None and start_of(wanted_from) < calendar_of(place.code).add(now, ahead.amount, ahead.unit):
        raise RuleBroken(
            f"准入申请要提前 {ahead} 提出，拟开始日期 {wanted_from} 太近。请推迟拟开始日期。",
            code="too_late",
            facts={"wanted_from": str(wanted_from)},
        )
    if by.body is None:
        raise NotAllowed("请以单位岗位提出申请。", code="no_body")
    row = Admission.objects.create(
        code=code_for("ZR"),
        applicant=by.body,
        place=place,
        bearer=bearer,
        title=title.strip()[:80],
        matter=matter,
        basis=basis.strip()[:200],
        reason=reason.strip()[:1000],
        role=role,
        frequency=frequency.strip()[:40],
        hours=hours,
        money=money,
        guidance=guidance.strip()[:200],
        conditions=conditions.strip()[:200],
        wanted_from=wanted_from,
        wanted_to=wanted_to,
    )
    limit = limit_of("mandates.decide_admission", place.code)
    clock.start(row.trail_key, "decide", limit=limit, calendar=calendar_of(place.code), place=place.code)
    trail.record(
        "mandates.admission_applied", row, by=by, facts={"hours": str(hours), "money": str(money), "bearer": bearer}
    )
    return row


@action("mandates.review", at="admission")
def review_admission(*, by: Actor, admission: Admission, opinion: str) -> Admission:
    """Review an application with the community's whole load in view (审查); the load is kept as evidence.

    Raises:
        BadInput: no opinion. NotAllowed: the applicant reviews itself.
    """
    _not_applicant(by, admission)
    if not opinion.strip():
        raise BadInput("请写明审查意见。", code="opinion_missing")
    load = queries.load_of(by, admission.place_id)
    move(admission, ADMISSION, "review", review=opinion.strip())
    facts = {
        "admissions": load.admissions,
        "hours": str(load.hours),
        "money": str(load.money),
        "open_tasks": load.open_tasks,
    }
    trail.record("mandates.admission_reviewed", admission, by=by, facts=facts, note=opinion.strip())
    return admission


@action("mandates.approve", at="admission")
def approve_admission(*, by: Actor, admission: Admission, term_from: date, term_to: date, why: str) -> Admission:
    """Approve an application for a term (批准准入).

    Raises:
        BadInput: no reason, or a term that is backwards, past or longer than three years.
    """
    _not_applicant(by, admission)
    _reason(why)
    if term_to < term_from or term_to < timezone.localdate() or (term_to - term_from).days > MAX_TERM_DAYS:
        raise BadInput("准入期限要写明起止日期，止期不早于今天和起期，最长三年。", code="bad_term")
    move(admission, ADMISSION, "approve", decision=why.strip(), term_from=term_from, term_to=term_to)
    clock.stop(admission.trail_key, "decide")
    facts = {"decision": "approved", "term_from": str(term_from), "term_to": str(term_to)}
    trail.record("mandates.admission_decided", admission, by=by, facts=facts, note=why.strip())
    _tell(admission, f"准入申请“{admission.title}”已批准，待公布。")
    return admission


@action("mandates.approve", at="admission")
def refuse_admission(*, by: Actor, admission: Admission, why: str) -> Admission:
    """Refuse an application, with the reason (不予准入). Raises: BadInput without a reason."""
    _not_applicant(by, admission)
    _reason(why)
    move(admission, ADMISSION, "refuse", decision=why.strip())
    clock.stop(admission.trail_key, "decide")
    trail.record("mandates.admission_decided", admission, by=by, facts={"decision": "refused"}, note=why.strip())
    _tell(admission, f"准入申请“{admission.title}”未获批准：{why.strip()}")
    return admission


@action("mandates.publish", at="admission")
def publish_admission(*, by: Actor, admission: Admission) -> Admission:
    """Publish an approved admission (公布) and open its ground for the term.

    A grid may be burdened only by what its list holds (HN 13(2)): there the admission becomes an item of the grid list in
    force, and the ground is that item.

    Raises:
        RuleBroken: the term is over; or the task is for grids, and no grid list is in force at the place.
    """
    move(admission, ADMISSION, "publish", published_on=timezone.localdate())
    term_from, term_to = admission.term_from, admission.term_to
    assert term_from is not None and term_to is not None  # the database holds it for approved rows
    if term_to < timezone.localdate():
        raise RuleBroken(
            f"准入期限到 {term_to} 已经过了，不能公布。请终止这份申请；还需要时重新申请。", code="term_over"
        )
    facts: dict[str, str | int] = {}
    if admission.bearer == Bearer.GRID:
        item = admit_item(admission)
        open_admitted(item, by=by, valid_from=timezone.now())
        facts = {"list": item.task_list.code, "number": item.number}
    else:
        write_ground(
            by=by,
            kind=Ground.Kind.ADMISSION,
            bearer=admission.bearer,
            place=admission.place,
            ref=f"准入 {admission.code}",
            matter=admission.matter,
            admission=admission,
            valid_from=max(start_of(term_from), timezone.now()),
            valid_to=start_of(term_to + timedelta(days=1)),
        )
    trail.record("mandates.admission_published", admission, by=by, facts=facts)
    return admission


@action("mandates.approve", at="admission")
def withdraw_admission(*, by: Actor, admission: Admission, why: str) -> Admission:
    """Withdraw an admission or application (退出): open tasks stop and their senders are told. Raises: BadInput."""
    _reason(why)
    move(admission, ADMISSION, "withdraw", decision=why.strip())
    clock.stop(admission.trail_key, "decide")
    _close(admission, by=by, why=f"准入已退出：{why.strip()}")
    trail.record("mandates.admission_ended", admission, by=by, facts={"how": "withdrawn"}, note=why.strip())
    _tell(admission, f"“{admission.title}”已退出准入：{why.strip()}")
    return admission


@action("mandates.expire", at="admission")
def expire_admission(*, by: Actor, admission: Admission) -> Admission:
    """End an admission whose term is over (到期)."""
    move(admission, ADMISSION, "expire")
    _close(admission, by=by, why="准入已到期")
    trail.record("mandates.admission_ended", admission, by=by, facts={"how": "expired"})
    _tell(admission, f"“{admission.title}”的准入已到期。")
    return admission


def expire_due(*, by: Actor) -> int:
    """Tick: expire every admission whose term is over, and stop what rests on grounds that ran out; idempotent."""
    today = timezone.localdate()
    due = Admission.objects.filter(state=AdmissionState.PUBLISHED, term_to__lt=today)
    for admission in due:
        expire_admission(by=by, admission=admission)
    over = Ground.objects.filter(closed_at=None, valid_to__lte=timezone.now(), assignments__state="open").distinct()
    for ground in over:
        end_ground(by=by, ground=ground)
    return len(due) + len(over)


@action("mandates.expire", at="ground")
def end_ground(*, by: Actor, ground: Ground) -> int:
    """Close a ground whose time ran out (依据到期).

    A task under a list goes on when the version now in force, or another ground, covers its matter as well; only what
    nothing covers any more stops. Returns tasks stopped.
    """
    for row in Assignment.objects.filter(ground=ground, state=TaskState.OPEN).select_related("body", "matter"):
        found = queries.grounds_for(by, bearer=row.body.bearer, place=row.body.place_id, matter=row.matter)
        if ground.kind == Ground.Kind.LIST and found:
            Assignment.objects.filter(pk=row.pk).update(ground=found[0])
            changes = {"ground": [ground.code, found[0].code]}
            trail.record("mandates.ground_renewed", row, by=by, changes=changes, note=f"依据改为：{found[0].ref}")
    return shut_ground(ground, by=by, why=f"依据“{ground.ref}”已到期")


def _close(admission: Admission, *, by: Actor, why: str) -> None:
    for ground in Ground.objects.filter(admission=admission, closed_at=None):
        shut_ground(ground, by=by, why=why)


def _reason(why: str) -> None:
    if not why.strip():
        raise BadInput("请写明理由。", code="why_missing")


def _not_applicant(by: Actor, admission: Admission) -> None:
    if by.body_code == admission.applicant_id:
        raise NotAllowed("申请单位不能审批自己的申请。", code="own_application")


def _tell(admission: Admission, text: str) -> None:
    notify(
        body=admission.applicant_id,
        subject=admission.trail_key,
        place=admission.place_id,
        text=text,
        url=f"/work/admissions/{admission.code}/",
    )

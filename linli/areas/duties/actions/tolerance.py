"""Tolerance (容错纠错), HN 18(3): situations named beforehand, applications, and what was found."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from linli.areas.duties import queries
from linli.areas.duties.flow import TOLERANCE
from linli.areas.duties.models import Order, Report, Situation, Tolerance
from linli.commons.actor import Actor
from linli.commons.models import Place, code_for
from linli.kit import trail
from linli.kit.action import action
from linli.kit.errors import BadInput, NotAllowed, RuleBroken, WrongState
from linli.kit.flow import move
from linli.kit.notices import notify
from linli.kit.text import fitting


@action("duties.keep_situations")
def keep_situation(*, by: Actor, place: Place, text: str, basis: str, from_on: date) -> Situation:
    """The county's lead body names a situation in which mistakes may be tolerated (登记容错情形), HN 18(3).

    Raises: BadInput: text or basis is missing, or the place is no county.
    """
    text, basis = fitting(text, 300, "情形"), fitting(basis, 200, "依据")
    if not text or not basis:
        raise BadInput("请写明情形和依据。", code="field_missing")
    if place.level != Place.Level.COUNTY:
        raise BadInput("容错情形由县级登记。", code="not_county")
    row = Situation.objects.create(
        code=code_for("RC"), place=place, text=text, basis=basis, from_on=from_on, kept_by=by.code
    )
    trail.record("duties.situation_added", row, by=by, facts={"from": from_on.isoformat()}, note=basis)
    return row


@action("duties.keep_situations")
def end_situation(*, by: Actor, situation: Situation, on: date) -> Situation:
    """A situation ends with a day (停用容错情形); what was judged by it stays.

    Raises: BadInput: the day lies before its beginning. WrongState: ended already.
    """
    if on < situation.from_on:
        raise BadInput("停用日期不能早于起用日期。", code="bad_day")
    if not Situation.objects.filter(pk=situation.pk, ended_on=None).update(ended_on=on):
        raise WrongState("这一条已经停用。", code="wrong_state")
    situation.ended_on = on
    trail.record("duties.situation_ended", situation, by=by, facts={"on": on.isoformat()})
    return situation


@action("duties.apply_tolerance", at="by")
def apply_tolerance(
    *, by: Actor, situation: Situation, reason: str, order: Order | None = None, personal: bool = False
) -> Tolerance:
    """A body, or one of its people, asks that a mistake be tolerated (申请容错), on an order or independently.

    Raises:
        BadInput: too short. NotAllowed: another body's order. RuleBroken: the situation is not in force there.
        WrongState: asked for already.
    """
    reason = fitting(reason, 3000, "经过和理由")
    if len(reason) < 10:
        raise BadInput("请写清楚经过、为什么符合这一情形、已经怎样补救（至少 10 个字）。", code="text_short")
    if by.body is None:
        raise NotAllowed("请以单位岗位提出申请。", code="no_body")
    if order is not None and order.body_id != by.body_code:
        raise NotAllowed("只能就发给本单位的整改通知申请容错。", code="not_own_body")
    if not queries.situations_at(by.body.place_id).filter(pk=situation.pk).exists():
        raise RuleBroken("这一情形现在不适用于本单位。请从现行的情形中选择。", code="not_in_force")
    waiting = Tolerance.objects.filter(order=order).exclude(state="withdrawn")
    if order is not None and waiting.exists():
        raise WrongState("这份整改通知已经申请过容错。", code="wrong_state")
    row = Tolerance.objects.create(
        code=code_for("RS"),
        place=situation.place,
        applicant=by.body,
        personal=personal,
        applied_by=by.code,
        order=order,
        situation=situation,
        reason=reason,
    )
    facts = {"situation": situation.code, "order": order.code if order else "", "personal": personal}
    trail.record("duties.tolerance_applied", row, by=by, facts=facts)
    lead = queries.climb(row.place_id, {row.applicant_id})
    if lead is not None:
        _tell(lead.code, row, f"收到容错申请 {row.code}，请核查。")
    return row


def _not_own(by: Actor, row: Tolerance) -> None:
    """Another body than the applicant's examines and decides (回避). Raises: NotAllowed."""
    if row.applicant_id in queries.bodies_of_person(by):
        raise NotAllowed("申请单位的人不能核查或认定自己的申请。", code="own_application")


@action("duties.examine_tolerance")
def examine_tolerance(*, by: Actor, tolerance: Tolerance, opinion: str) -> Tolerance:
    """Another body than the applicant looks into it (核查). Raises: NotAllowed: the applicant itself; BadInput; WrongState."""
    _not_own(by, tolerance)
    opinion = fitting(opinion, 2000, "核查意见")
    if len(opinion) < 5:
        raise BadInput("请写明核查情况和意见（至少 5 个字）。", code="text_short")
    move(tolerance, TOLERANCE, "examine", examiner=by.body, examined_by=by.code, opinion=opinion)
    trail.record("duties.tolerance_examined", tolerance, by=by)
    return tolerance


@action("duties.decide_tolerance")
def decide_tolerance(*, by: Actor, tolerance: Tolerance, effect: str, decision: str) -> Tolerance:
    """Decide: exempt, lighter, or not applicable (认定); the effect is written on the report that the order came from.

    Raises:
        NotAllowed: the applicant itself, or whoever examined it. BadInput: no effect or no reason. WrongState.
    """
    _not_own(by, tolerance)
    if by.code == tolerance.examined_by:
        raise NotAllowed("核查的人不能自己认定，请由另一个人认定。", code="own_examination")
    if effect not in Report.Effect.values:
        raise BadInput("请选择认定结果。", code="bad_effect")
    decision = fitting(decision, 2000, "认定理由")
    if len(decision) < 5:
        raise BadInput("请写明认定理由（至少 5 个字）。", code="text_short")
    changes = {"decider": by.body, "decided_by": by.code, "decided_at": timezone.now()}
    move(tolerance, TOLERANCE, "decide", effect=effect, decision=decision, **changes)
    if tolerance.order is not None:
        Report.objects.filter(pk=tolerance.order.report_id).update(effect=effect)
        desk = tolerance.order.report.desk_id
        _tell(desk, tolerance, f"整改通知 {tolerance.order.code} 的容错申请认定为{tolerance.get_effect_display()}。")
    trail.record("duties.tolerance_decided", tolerance, by=by, facts={"effect": effect})
    _tell(tolerance.applicant_id, tolerance, f"容错申请 {tolerance.code} 认定为{tolerance.get_effect_display()}。")
    return tolerance


@action("duties.apply_tolerance")
def withdraw_tolerance(*, by: Actor, tolerance: Tolerance) -> Tolerance:
    """The applicant takes it back (撤回). Raises: NotAllowed: another body; WrongState: decided already."""
    if by.body_code != tolerance.applicant_id:
        raise NotAllowed("只有申请单位可以撤回。", code="not_own_body")
    move(tolerance, TOLERANCE, "withdraw")
    trail.record("duties.tolerance_withdrawn", tolerance, by=by)
    return tolerance


def _tell(body: str, row: Tolerance, text: str) -> None:
    notify(body=body, subject=row.trail_key, place=row.place_id, text=text, url=f"/work/tolerance/{row.code}/")

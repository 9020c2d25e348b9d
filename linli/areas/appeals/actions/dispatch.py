"""Handing an appeal to the body that must answer it (分派), always through the gate."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from typing import TypedDict, Unpack

from linli.areas.appeals import queries
from linli.areas.appeals.actions.intake import outside
from linli.areas.appeals.actions.step import advance, check_start, contact_due, tell
from linli.areas.appeals.flow import State
from linli.areas.appeals.models import Appeal
from linli.areas.mandates.actions import assign, end_assignment
from linli.areas.mandates.actions.gate import assignment_facts
from linli.areas.mandates.models import Assignment, Ground
from linli.commons.actor import SYSTEM, Actor
from linli.commons.models import Body
from linli.kit import trail
from linli.kit.action import action
from linli.kit.errors import BadInput, NotAllowed, WrongState


class Terms(TypedDict, total=False):
    """What goes with an assignment (派单条件): its ground; for a committee or grid how it helps and what it is given."""

    ground: Ground | None
    role: str
    guidance: str
    conditions: str
    funds: Decimal | None


def hand_over(appeal: Appeal, name: str, *, by: Actor, to: Body, reason: str, **terms: Unpack[Terms]) -> Assignment:
    """End the open lead assignment, pass the gate, assign anew and move the appeal; called inside an action."""
    check_start(appeal, name)
    _suits(appeal, to)
    last = appeal.lead()
    if last is not None:
        if last.body_id == to.code:
            raise BadInput(f"此件已在{to.name}办理。", code="same_body")
        end_assignment(last, "move" if name in ("transfer", "escalate") else "return", note=reason)
    row = assign(
        by=by,
        subject=appeal.trail_key,
        title=appeal.title,
        place=appeal.place,
        matter=appeal.matter,
        to=to,
        hotline=True,
        why=reason,
        hop=appeal.hops + 1,
        **terms,
    )
    advance(
        appeal,
        name,
        by=by,
        note=reason,
        facts={**assignment_facts(row), "contact_due": contact_due(appeal)},
        holder=to.code,
        handler=to,
        hops=row.hop,
        waiting=False,
    )
    appeal.concerned.add(to)
    tell(to.code, appeal, f"新分派：{appeal.number}")
    return row


def _suits(appeal: Appeal, to: Body) -> None:
    if to.place_id[:6] != appeal.county_id and not appeal.county_id.startswith(to.place_id):
        raise BadInput(f"{to.name}不在本县（市、区），请选择本县的单位。", code="other_county")
    if outside(to) and not appeal.brief.strip():
        raise BadInput(
            f"{to.name}是企业，只能看到转办摘要。请先写好摘要（不含姓名、电话、门牌和原话）。", code="brief_missing"
        )


@action("appeals.dispatch", at="appeal")
def dispatch_appeal(*, by: Actor, appeal: Appeal, to: Body, reason: str = "", **terms: Unpack[Terms]) -> Assignment:
    """Hand an appeal to the body that must answer it (分派), HN 12.

    Raises:
        RuleBroken: the body is a committee or grid and nothing covers the matter (HB 41, HN 12, 13).
        BadInput: another county's body, a firm without a rewritten brief, or a role is missing. WrongState.
    """
    return hand_over(appeal, "dispatch", by=by, to=to, reason=reason.strip(), **terms)


@action("appeals.dispatch", at="appeal")
def transfer_appeal(*, by: Actor, appeal: Appeal, to: Body, reason: str, **terms: Unpack[Terms]) -> Assignment:
    """Move an appeal in handling to another body, with the reason (改派). Raises: as `dispatch_appeal`."""
    if not reason.strip():
        raise BadInput("请写明改派理由。", code="reason_missing")
    return hand_over(appeal, "transfer", by=by, to=to, reason=reason.strip(), **terms)


@action("appeals.escalate", at="appeal")
def escalate_appeal(*, by: Actor, appeal: Appeal, reason: str) -> Assignment:
    """A committee hands up to the street what it can hardly bear, and the street's answer clock starts (报街道), HN 7(3).

    Raises:
        NotAllowed: somebody other than the present committee. BadInput: no reason, or no street above.
    """
    lead = holding(by, appeal)
    if lead.body.kind not in (Body.Kind.COMMITTEE, Body.Kind.GRID):
        raise NotAllowed("只有居（村）民委员会或网格可以把难以承担的事项报街道（乡镇）。", code="not_committee")
    if not reason.strip():
        raise BadInput("请写明为什么难以承担。", code="reason_missing")
    street = Body.objects.filter(kind=Body.Kind.STREET, ended_on=None, place_id=lead.body.place_id[:9]).first()
    if street is None:
        raise BadInput("没有找到上级街道（乡镇），请联系县级牵头部门登记。", code="no_street")
    return hand_over(appeal, "escalate", by=by, to=street, reason=reason.strip())


@action("appeals.dispatch", at="appeal")
def add_helper(*, by: Actor, appeal: Appeal, to: Body, reason: str, **terms: Unpack[Terms]) -> Assignment:
    """Name a body that helps the lead (协办); it passes the same gate.

    Raises:
        RuleBroken, BadInput: as `dispatch_appeal`. WrongState: nobody leads yet.
    """
    if appeal.state != State.HANDLING:
        raise WrongState("办理中的诉求才能添加协办单位。", code="wrong_state")
    if not reason.strip():
        raise BadInput("请写明需要协办什么。", code="reason_missing")
    if Assignment.objects.filter(subject=appeal.trail_key, body=to, state="open").exists():
        raise BadInput(f"{to.name}已在办理此件。", code="same_body")
    _suits(appeal, to)
    row = assign(
        by=by,
        subject=appeal.trail_key,
        title=appeal.title,
        place=appeal.place,
        matter=appeal.matter,
        to=to,
        hotline=True,
        lead=False,
        why=reason.strip(),
        hop=appeal.hops,
        **terms,
    )
    appeal.concerned.add(to)
    trail.record("appeals.helper_added", appeal, by=by, facts=assignment_facts(row), note=reason.strip())
    tell(to.code, appeal, f"请协办：{appeal.number}")
    return row


def holding(by: Actor, appeal: Appeal) -> Assignment:
    """The open lead assignment of the actor's own body.

    Raises:
        NotAllowed: another body holds the appeal.
    """
    lead = appeal.lead()
    if lead is None or lead.body_id != by.body_code:
        holder = lead.body.name if lead else "尚未分派"
        raise NotAllowed(f"只有现在的主办单位可以办理（现在：{holder}）。", code="not_holder")
    return lead


@action("appeals.tick", at="appeal")
def recall_appeal(*, by: Actor, appeal: Appeal) -> Appeal:
    """The ground of the handling body is gone: the appeal returns to dispatch (依据失效，退回分派).

    Raises:
        WrongState: a body leads it after all, or it is in handling no more.
    """
    if appeal.lead() is not None:
        raise WrongState("此件已有主办单位，不用退回。", code="wrong_state")
    return to_dispatch(appeal, by=by)


def to_dispatch(appeal: Appeal, *, by: Actor) -> Appeal:
    """Send an appeal whose ground is gone back to dispatch, and tell the desk; called inside an action."""
    advance(appeal, "recall", by=by, note="派单依据已失效，退回重新分派", handler=None, waiting=False)
    desk = queries.desk_for(appeal.place)
    if desk is not None:
        tell(desk.code, appeal, f"派单依据失效，请重新分派：{appeal.number}")
    return appeal


def recall_stopped() -> int:
    """Tick: bring back every appeal whose lead assignment was stopped with its ground; idempotent."""
    held = list(Appeal.objects.filter(state=State.HANDLING).select_related("place"))
    open_keys = set(
        Assignment.objects.filter(state="open", lead=True, subject__startswith="appeal:").values_list(
            "subject", flat=True
        )
    )
    count = 0
    for appeal in held:
        if appeal.trail_key not in open_keys:
            with suppress(WrongState):  # answered or handed over between the two looks
                recall_appeal(by=SYSTEM, appeal=appeal)
                count += 1
    return count

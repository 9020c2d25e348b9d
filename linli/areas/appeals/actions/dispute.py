"""Objections and extensions (异议与延期), HN 12 异议协调."""

from __future__ import annotations

from django.utils import timezone

from linli.areas.appeals import rules
from linli.areas.appeals.actions.dispatch import hand_over, holding
from linli.areas.appeals.actions.step import advance, check_start, tell
from linli.areas.appeals.models import Appeal, Extension, Objection, Precedent
from linli.areas.mandates.models import Ground
from linli.commons.actor import Actor
from linli.commons.models import Body
from linli.commons.settings import limit_of, value_of
from linli.commons.workdays import calendar_of
from linli.kit import clock, trail
from linli.kit.action import action
from linli.kit.errors import BadInput, NotAllowed, RuleBroken, WrongState
from linli.kit.text import fitting


@action("appeals.object", at="appeal")
def object_appeal(*, by: Actor, appeal: Appeal, reason: str, names: Body | None = None) -> Objection:
    """The holder says with a reason that the matter is not its own (提出异议).

    Args:
        names: the body that it thinks responsible, if it knows.

    Raises:
        NotAllowed: not the holder. BadInput: no reason. RuleBroken: past the limit, or the bound on hops is reached.
    """
    lead = holding(by, appeal)
    check_start(appeal, "object")
    if len(fitting(reason, 1000, "异议理由")) < 5:
        raise BadInput("请写明异议理由和依据的清单或职责。", code="reason_missing")
    limit = limit_of("appeals.objection", appeal.place_id)
    if limit.amount is not None and timezone.now() > calendar_of(appeal.place_id).add(
        lead.at, limit.amount, limit.unit
    ):
        raise RuleBroken(
            f"异议要在分派后 {limit} 内提出，现已超过，请办理；确需时间可申请延期。", code="objection_late"
        )
    ruled = list(
        Objection.objects.filter(appeal=appeal, state=Objection.State.OVERRULED).values_list("body__code", flat=True)
    )
    ruled += Objection.objects.filter(appeal=appeal, state=Objection.State.UPHELD).values_list("names__code", flat=True)
    max_hops = value_of("appeals.max_hops", appeal.place_id)
    why_not = rules.may_object_again(by.body_code, [code for code in ruled if code], appeal.hops, max_hops)
    if why_not:
        raise RuleBroken(why_not, code="no_more_objections", facts={"hops": appeal.hops})
    row = Objection.objects.create(appeal=appeal, assignment=lead, body=lead.body, reason=reason.strip(), names=names)
    advance(
        appeal,
        "object",
        by=by,
        note=reason.strip(),
        facts={"names": names.code if names else "", "hop": appeal.hops},
        waiting=False,  # a question to the resident is over with it; the ruling alone lets the clock run on
    )
    return row


@action("appeals.rule_objection", at="appeal")
def rule_objection(
    *,
    by: Actor,
    appeal: Appeal,
    uphold: bool,
    ruling: str,
    to: Body | None = None,
    ground: Ground | None = None,
    role: str = "",
) -> Objection:
    """Rule on the open objection (裁定): it fails, or another body is named; the ruling becomes a precedent.

    Raises:
        WrongState: no objection is open. NotAllowed: the objecting body rules itself.
        BadInput: no reasons, or upheld without naming a body. RuleBroken: the gate refuses the body named.
    """
    row = Objection.objects.filter(appeal=appeal, state=Objection.State.OPEN).select_related("body").first()
    if row is None:
        raise WrongState("没有待裁定的异议，请刷新页面。", code="wrong_state")
    if by.body_code == row.body_id:
        raise NotAllowed("提出异议的单位不能自己裁定。", code="own_objection")
    if len(ruling.strip()) < 5:
        raise BadInput("请写明裁定理由。", code="reason_missing")
    if uphold and (to is None or to.code == row.body_id):
        raise BadInput("异议成立时，要同时指定由哪个单位办理。", code="body_missing")
    row.state = Objection.State.UPHELD if uphold else Objection.State.OVERRULED
    row.ruling, row.ruled_by, row.ruled_at = ruling.strip(), by.label, timezone.now()
    if uphold and to is not None:
        row.names = to
    row.save()
    if uphold and to is not None:
        appeal.concerned.remove(row.body)
        hand_over(appeal, "uphold", by=by, to=to, reason=ruling.strip(), ground=ground, role=role)
        if appeal.matter is not None:
            Precedent.objects.create(county=appeal.county, matter=appeal.matter, body=to, objection=row)
    else:
        advance(appeal, "overrule", by=by, note=ruling.strip(), facts={"body": row.body_id})
        if appeal.matter is not None:
            Precedent.objects.create(county=appeal.county, matter=appeal.matter, body=row.body, objection=row)
    word = "成立，已改派" if uphold else "不成立，请继续办理"
    tell(row.body_id, appeal, f"{appeal.number} 的异议{word}。")
    return row


@action("appeals.ask_extension", at="appeal")
def ask_extension(*, by: Actor, appeal: Appeal, amount: int, reason: str) -> Extension:
    """Ask for more time before it runs out (申请延期).

    Args:
        amount: in the unit of the running limit.

    Raises:
        NotAllowed: not the holder. RuleBroken: no due date, past due, or more than the county allows.
        BadInput: no reason or amount. WrongState: one is asked for already.
    """
    lead = holding(by, appeal)
    running = clock.running(appeal.trail_key, "handle")
    if running is None or running.due_at is None:
        raise RuleBroken("此件未设办理时限，不需要延期。", code="no_due_date")
    if running.late(timezone.now()):
        raise RuleBroken("延期要在到期前申请，此件已超期，请尽快办理。", code="extension_late")
    if not fitting(reason, 1000, "延期理由") or not 1 <= amount <= 1000:
        raise BadInput("请写明延长多少（1 到 1000）和理由。", code="reason_missing")
    most, calendar = limit_of("appeals.extension_max", appeal.place_id), calendar_of(appeal.place_id)
    if most.amount is not None and calendar.add(running.due_at, amount, running.unit) > calendar.add(
        running.due_at, most.amount, most.unit
    ):
        raise RuleBroken(f"一次最多延长 {most}。", code="extension_long", facts={"asked": amount})
    if Extension.objects.filter(assignment=lead, state=Extension.State.ASKED).exists():
        raise WrongState("已有一份延期申请在等待审批。", code="wrong_state")
    row = Extension.objects.create(appeal=appeal, assignment=lead, amount=amount, reason=reason.strip())
    trail.record(
        "appeals.extension_asked",
        appeal,
        by=by,
        facts={"amount": amount, "due": running.due_at.isoformat()},
        note=reason.strip(),
    )
    return row


@action("appeals.rule_extension", at="appeal")
def rule_extension(*, by: Actor, appeal: Appeal, grant: bool, decision: str) -> Extension:
    """Decide on the extension asked for (审批延期); by somebody else than the asker.

    Raises:
        WrongState: none is open, or its assignment is over. NotAllowed: the asker's own body. BadInput: no reason.
    """
    row = (
        Extension.objects.filter(appeal=appeal, state=Extension.State.ASKED)
        .select_related("assignment")
        .order_by("-id")
        .first()
    )
    if row is None or row.assignment.state != "open":
        raise WrongState("没有待审批的延期申请，请刷新页面。", code="wrong_state")
    if by.body_code == row.assignment.body_id:
        raise NotAllowed("申请单位不能审批自己的延期。", code="own_application")
    if not decision.strip():
        raise BadInput("请写明审批意见。", code="reason_missing")
    row.state = Extension.State.GRANTED if grant else Extension.State.REFUSED
    row.decision, row.decided_by, row.decided_at = decision.strip(), by.label, timezone.now()
    row.save()
    facts: dict[str, object] = {"granted": grant, "amount": row.amount}
    if grant:
        calendar = calendar_of(appeal.place_id)
        moved = clock.extend(appeal.trail_key, "handle", amount=row.amount, calendar=calendar)
        unit = moved.unit if moved else ""
        clock.extend(appeal.trail_key, "case", amount=row.amount, calendar=calendar, unit=unit)
        facts["due"] = moved.due_at.isoformat() if moved and moved.due_at else ""
    trail.record("appeals.extension_decided", appeal, by=by, facts=facts, note=decision.strip())
    word = "已批准" if grant else "未批准"
    tell(row.assignment.body_id, appeal, f"{appeal.number} 的延期{word}。")
    return row

"""The task gate (派单关口), systems.md M3: no assignment without a ground, by any route."""

from __future__ import annotations

import secrets
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from linli.areas.mandates import queries, rules
from linli.areas.mandates.flow import ASSIGNMENT, TaskState
from linli.areas.mandates.models import Assignment, Bearer, Ground, Matter, Role, TaskList
from linli.commons.actor import Actor
from linli.commons.models import Body, Place, code_for
from linli.commons.settings import value_of
from linli.kit import trail
from linli.kit.action import action
from linli.kit.errors import BadInput, NotAllowed, RuleBroken
from linli.kit.flow import move
from linli.kit.notices import notify


def pass_gate(
    *, by: Actor, to: Body, matter: Matter | None, hotline: bool = True, ground: Ground | None = None, role: str = ""
) -> Ground:
    """Find the ground on which a body may be asked about a matter, or refuse (过关口).

    Args:
        to: the body asked. matter: what about. hotline: whether it came as a resident's appeal (HN 12).
        ground: named by hand, for grounds that fit no matter by themselves (an order, a general admission).
        role: one of the six roles, needed for an assisted task where the draft demands it (HN 7(2)).

    Raises:
        RuleBroken: no ground; it cites its own article, is kept as evidence, and offers the lawful ends.
        BadInput: an assisted task without a role.
    """
    if to.ended_on is not None and to.ended_on <= timezone.localdate():
        raise BadInput(f"{to.name} 已撤销，请选择现有单位。", code="body_ended")
    if to.bearer == Bearer.AGENCY:
        return own_duty(to, by)
    if ground is not None:
        fits = Ground.objects.filter(Ground.active(), pk=ground.pk, bearer=to.bearer).exists()
        found = [ground] if fits and to.place_id.startswith(ground.place_id) and ground.matter in (None, matter) else []
    else:
        found = queries.grounds_for(by, bearer=to.bearer, place=to.place_id, matter=matter)
    if not found:
        raise _refusal(by, to, matter, hotline)
    chosen = found[0]
    if _assisted(chosen) and rules.roles_required(to.place_id) and role not in Role.values:
        raise BadInput(
            f"协助办理的事项要写明协助方式，请从六种中选一种：{'、'.join(str(name) for name in Role.labels)}。",
            code="role_missing",
        )
    return chosen


def _assisted(ground: Ground) -> bool:
    if ground.kind == Ground.Kind.ADMISSION:
        return ground.bearer == Bearer.COMMITTEE
    return ground.item is not None and ground.item.task_list.kind == TaskList.Kind.ASSISTED


def own_duty(body: Body, by: Actor) -> Ground:
    """The standing ground of every body that is neither committee nor grid: its own duty (本单位职责)."""
    ground, _ = Ground.objects.get_or_create(
        kind=Ground.Kind.OWN_DUTY,
        bearer=Bearer.AGENCY,
        place_id=body.place_id,
        ref=body.code,
        defaults={"valid_from": timezone.now(), "opened_by": by.code},
    )
    return ground


def _refusal(by: Actor, to: Body, matter: Matter | None, hotline: bool) -> RuleBroken:
    said = rules.off_list(
        bearer=to.bearer,
        place=to.place_id,
        target=to.name,
        hotline=hotline,
        county_switch=bool(value_of("mandates.gate_all", to.place_id)),
    )
    owner = next(
        (item for item in queries.owners_of(by, matter, to.place_id) if item.body.bearer == Bearer.AGENCY), None
    )
    street = Body.objects.filter(kind=Body.Kind.STREET, ended_on=None, place_id=to.place_id[:9]).first()
    ends: list[dict[str, Any]] = []
    if owner is not None:
        ends.append(
            {"name": "owner", "label": f"交给职责单位：{owner.body.name}", "body": owner.body.code, "why": owner.why}
        )
    if street is not None:
        ends.append({"name": "street", "label": f"报{street.name}协调解决，并开始计时", "body": street.code})
    ends.append({"name": "purchase", "label": "申请购买服务，由第三方提供"})
    return RuleBroken(
        said.message,
        code="off_list",
        basis=said.basis,
        facts={"sender": by.body_code, "target": to.code, "matter": matter.code if matter else "", "hotline": hotline},
        area="mandates",
        ends=tuple(ends),
    )


def assign(
    *,
    by: Actor,
    subject: str,
    title: str,
    place: Place,
    matter: Matter | None,
    to: Body,
    hotline: bool,
    ground: Ground | None = None,
    lead: bool = True,
    role: str = "",
    guidance: str = "",
    conditions: str = "",
    funds: Decimal | None = None,
    why: str = "",
    hop: int = 1,
) -> Assignment:
    """Pass the gate and write the assignment; called inside an action, never from a page.

    Raises:
        RuleBroken, BadInput: see `pass_gate`.
    """
    found = pass_gate(by=by, to=to, matter=matter, hotline=hotline, ground=ground, role=role)
    return Assignment.objects.create(
        code=code_for("J", 12),
        subject=subject,
        title=title[:120],
        place=place,
        matter=matter,
        sender_id=by.body_code or to.code,
        body=to,
        ground=found,
        lead=lead,
        role=role,
        guidance=guidance,
        conditions=conditions,
        funds=funds,
        why=why,
        hop=hop,
    )


@action("mandates.apply", at="to")
def assign_task(
    *,
    by: Actor,
    to: Body,
    title: str,
    text: str,
    matter: Matter | None = None,
    ground: Ground | None = None,
    role: str = "",
    guidance: str = "",
    conditions: str = "",
    funds: Decimal | None = None,
    part_of: Assignment | None = None,
) -> Assignment:
    """Hand a task that is no appeal to a body (交办任务), or a part of one to another body (子任务).

    Raises:
        RuleBroken: the gate refuses. BadInput: guidance or conditions are missing (HN 7(2): 交办单位应加强业务指导并提供保障).
    """
    if to.bearer != Bearer.AGENCY and not (guidance.strip() and conditions.strip()):
        pass_gate(by=by, to=to, matter=matter, hotline=False, ground=ground, role=role)
        raise BadInput("请写明业务指导（谁来教、怎么联系）和工作条件（人、财、物）。", code="conditions_missing")
    subject = part_of.subject if part_of else f"task:{secrets.token_hex(6)}"
    row = assign(
        by=by,
        subject=subject,
        title=title,
        place=to.place,
        matter=matter,
        to=to,
        hotline=False,
        ground=ground,
        lead=part_of is None,
        role=role,
        guidance=guidance,
        conditions=conditions,
        funds=funds,
        why=text,
        hop=part_of.hop + 1 if part_of else 1,
    )
    trail.record("mandates.assigned", row, by=by, facts=assignment_facts(row), note=text)
    notify(body=to.code, subject=row.trail_key, place=row.place_id, text=f"{by.label} 交办：{title}", url="/work/tasks")
    return row


def assignment_facts(row: Assignment) -> dict[str, Any]:
    """What the trail keeps of an assignment: codes only."""
    return {
        "to": row.body_id,
        "sender": row.sender_id,
        "ground": row.ground_id,
        "ground_kind": row.ground.kind,
        "ref": row.ground.ref,
        "matter": row.matter_id or "",
        "role": row.role,
        "guidance": row.guidance,
        "conditions": row.conditions,
        "funds": str(row.funds) if row.funds is not None else "",
        "hop": row.hop,
    }


def end_assignment(row: Assignment, name: str, *, note: str = "") -> Assignment:
    """Take one step of the assignment's flow; called inside an action."""
    return move(row, ASSIGNMENT, name, ended_at=timezone.now(), note=note)


@action("commons.read_notices", at="task")
def finish_task(*, by: Actor, task: Assignment, note: str) -> Assignment:
    """The body asked reports a task as done (完成任务). Appeals end through their own actions.

    Raises:
        NotAllowed: another body's task. BadInput: part of an appeal, or no word on the result.
    """
    if task.body_id != by.body_code:
        raise NotAllowed("只有承办单位自己可以报告完成。", code="not_holder")
    if not task.subject.startswith("task:"):
        raise BadInput("这是居民诉求的一部分，请在诉求页面答复。", code="part_of_appeal")
    if not note.strip():
        raise BadInput("请写明办理结果。", code="note_missing")
    end_assignment(task, "finish", note=note.strip())
    trail.record("mandates.task_finished", task, by=by, changes={"state": [TaskState.OPEN, TaskState.DONE]})
    notify(
        body=task.sender_id,
        subject=task.trail_key,
        place=task.place_id,
        text=f"{task.body} 已完成：{task.title}",
        url="/work/tasks",
    )
    return task


def stop_by_ground(ground: Ground, *, by: Actor, why: str) -> int:
    """Stop every open assignment that rests on a ground and tell the senders; return how many."""
    with transaction.atomic():
        rows = list(Assignment.objects.filter(ground=ground, state=TaskState.OPEN).select_related("body"))
        for row in rows:
            end_assignment(row, "stop", note=why)
            trail.record("mandates.task_stopped", row, by=by, facts={"ground": ground.pk}, note=why)
            text = f"交给{row.body}的“{row.title}”已停止：{why}。请另找职责单位。"
            notify(body=row.sender_id, subject=row.trail_key, place=row.place_id, text=text, url="/work")
    return len(rows)

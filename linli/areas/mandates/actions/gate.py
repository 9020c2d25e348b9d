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
from linli.commons.settings import limit_of, value_of
from linli.commons.workdays import calendar_of
from linli.kit import clock, trail
from linli.kit.action import action
from linli.kit.errors import BadInput, NotAllowed, RuleBroken
from linli.kit.flow import move
from linli.kit.notices import notify
from linli.kit.scope import covers


def pass_gate(
    *, by: Actor, to: Body, matter: Matter | None, hotline: bool = True, ground: Ground | None = None, role: str = ""
) -> Ground:
    """Find the ground on which a body may be asked about a matter, or refuse (过关口).

    Args:
        to: the body asked. matter: what about. hotline: whether it came as a resident's appeal (HN 12).
        ground: named by hand, for grounds that fit no matter by themselves (an order; an item or an admission that
            stands for no matter of the catalogue, and so only for a task that names none).
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
        found = [ground] if fits and covers(ground.place_id, to.place_id) and _speaks_of(ground, matter) else []
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


def _speaks_of(ground: Ground, matter: Matter | None) -> bool:
    """Whether a ground named by hand is about this matter.

    An order or a decision without a matter may be about any. An item or an admission without one is about its own
    subject only: else a census would open the gate to everything the catalogue knows.
    """
    if ground.kind in (Ground.Kind.LIST, Ground.Kind.ADMISSION):
        return ground.matter == matter
    return ground.matter in (None, matter)


def _assisted(ground: Ground) -> bool:
    if ground.kind == Ground.Kind.ADMISSION:
        return True
    return ground.item is not None and ground.item.task_list.kind == TaskList.Kind.ASSISTED


def own_duty(body: Body, by: Actor) -> Ground:
    """The standing ground of every body that is neither committee nor grid: its own duty (本单位职责)."""
    ground, _ = Ground.objects.get_or_create(
        kind=Ground.Kind.OWN_DUTY,
        bearer=Bearer.AGENCY,
        place_id=body.place_id,
        ref=body.code,
        defaults={"code": code_for("YJ"), "valid_from": timezone.now(), "opened_by": by.code},
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
        facts={
            "sender": by.body_code,
            "sender_kind": by.body.kind if by.body else "",
            "target": to.code,
            "bearer": to.bearer,
            "matter": matter.code if matter else "",
            "hotline": hotline,
        },
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
    if to.code == by.body_code:
        raise BadInput("这是本单位的职责，请直接办理，不用再交办。", code="same_body")
    if part_of is not None and (part_of.body_id != by.body_code or part_of.state != TaskState.OPEN):
        raise NotAllowed("只有正在承办的单位可以把其中一部分交给别的单位。", code="not_holder")
    hotline = part_of is not None and part_of.subject.startswith("appeal:")  # HN 12 goes on protecting its parts
    if to.bearer != Bearer.AGENCY and not (guidance.strip() and conditions.strip()):
        pass_gate(by=by, to=to, matter=matter, hotline=hotline, ground=ground, role=role)
        raise BadInput("请写明业务指导（谁来教、怎么联系）和工作条件（人、财、物）。", code="conditions_missing")
    subject = part_of.subject if part_of else f"task:{secrets.token_hex(6)}"
    row = assign(
        by=by,
        subject=subject,
        title=title,
        place=to.place,
        matter=matter,
        to=to,
        hotline=hotline,
        ground=ground,
        lead=part_of is None,
        role=role,
        guidance=guidance,
        conditions=conditions,
        funds=funds,
        why=text,
        hop=part_of.hop + 1 if part_of else 1,
    )
    _handed_over(row, by=by, text=text)
    return row


@action("mandates.apply", at="place")
def refer_task(*, by: Actor, place: Place, to: Body, title: str, text: str, matter: Matter | None = None) -> Assignment:
    """Ask the body whose duty it is to act at a place of the asker (提请职责单位办理).

    A street has no power over a department of its county, but what the gate refused must have this lawful way.

    Raises:
        BadInput: the body does not serve this place, or is the asker itself. RuleBroken: it is a committee or a grid.
    """
    if to.bearer != Bearer.AGENCY:
        raise _refusal(by, to, matter, hotline=False)
    if not covers(to.place_id, place.code):
        raise BadInput(f"{to.name}不管{place.name}的事，请选择管到这里的单位。", code="other_place")
    if to.code == by.body_code:
        raise BadInput("这是本单位的职责，请直接办理，不用再交办。", code="same_body")
    row = assign(
        by=by,
        subject=f"task:{secrets.token_hex(6)}",
        title=title,
        place=place,
        matter=matter,
        to=to,
        hotline=False,
        why=text,
    )
    _handed_over(row, by=by, text=text)
    return row


def _handed_over(row: Assignment, *, by: Actor, text: str) -> None:
    """Note a task in the trail, tell the body asked, and start the answer clock of what went up to a street."""
    if row.body.kind == Body.Kind.STREET:
        limit = limit_of("appeals.up_to_street", row.place_id)
        clock.start(
            row.trail_key,
            "answer",
            limit=limit,
            calendar=calendar_of(row.place_id),
            place=row.place_id,
            holder=row.body_id,
        )
    trail.record("mandates.assigned", row, by=by, facts=assignment_facts(row), note=text)
    notify(
        body=row.body_id,
        subject=row.trail_key,
        place=row.place_id,
        text=f"{by.label} 交办：{row.title}",
        url=f"/work/tasks/{row.code}/",
    )


def assignment_facts(row: Assignment) -> dict[str, Any]:
    """What the trail keeps of an assignment: codes only."""
    return {
        "to": row.body_id,
        "sender": row.sender_id,
        "ground": row.ground.code,
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
    return _end_task(by, task, "finish", note, verb="mandates.task_finished", word="已完成")


@action("commons.read_notices", at="task")
def return_task(*, by: Actor, task: Assignment, note: str) -> Assignment:
    """The body asked gives a task back with its reason (退回任务): promised guidance or conditions are missing, or it is too heavy.

    Raises:
        NotAllowed: another body's task. BadInput: part of an appeal, or no reason.
    """
    return _end_task(by, task, "return", note, verb="mandates.task_returned", word="已退回")


def _end_task(by: Actor, task: Assignment, step: str, note: str, *, verb: str, word: str) -> Assignment:
    if task.body_id != by.body_code:
        raise NotAllowed("只有承办单位自己可以办结或退回任务。", code="not_holder")
    if not task.subject.startswith("task:"):
        raise BadInput("这是居民诉求的一部分，请在诉求页面办理。", code="part_of_appeal")
    if not note.strip():
        raise BadInput("请写明办理结果，或退回的理由。", code="note_missing")
    before = task.state
    end_assignment(task, step, note=note.strip())
    clock.stop(task.trail_key, "answer")
    trail.record(verb, task, by=by, changes={"state": [before, task.state]}, note=note.strip())
    notify(
        body=task.sender_id,
        subject=task.trail_key,
        place=task.place_id,
        text=f"{task.body} {word}：{task.title}",
        url=f"/work/tasks/{task.code}/",
    )
    return task


def stop_by_ground(ground: Ground, *, by: Actor, why: str) -> int:
    """Stop every open assignment that rests on a ground and tell the senders; return how many."""
    with transaction.atomic():
        rows = list(Assignment.objects.filter(ground=ground, state=TaskState.OPEN).select_related("body"))
        for row in rows:
            end_assignment(row, "stop", note=why)
            trail.record("mandates.task_stopped", row, by=by, facts={"ground": ground.code}, note=why)
            text = f"交给{row.body}的“{row.title}”已停止：{why}。请另找职责单位。"
            notify(body=row.sender_id, subject=row.trail_key, place=row.place_id, text=text, url="/work")
    return len(rows)

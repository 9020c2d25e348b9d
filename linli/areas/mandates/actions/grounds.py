"""Opening and closing grounds (派单依据): orders, own decisions, safety rules, exceptions."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from linli.areas.mandates import rules
from linli.areas.mandates.actions.gate import stop_by_ground
from linli.areas.mandates.models import Admission, Bearer, Ground, ListItem, Matter
from linli.commons.actor import Actor
from linli.commons.models import Place, code_for
from linli.kit import trail
from linli.kit.action import action
from linli.kit.errors import BadInput, NotAllowed, RuleBroken, WrongState

MAX_EXCEPTION_DAYS = 90


def write_ground(
    *,
    by: Actor,
    kind: str,
    bearer: str,
    place: Place,
    ref: str,
    matter: Matter | None = None,
    item: ListItem | None = None,
    admission: Admission | None = None,
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
    verb: str = "mandates.ground_opened",
) -> Ground:
    """Write a ground and its trail line; called inside an action.

    Raises:
        BadInput: no source named, or an end before the start.
    """
    start = valid_from or timezone.now()
    if not ref.strip():
        raise BadInput("请写明依据的文号或名称。", code="ref_missing")
    if valid_to is not None and valid_to <= start:
        raise BadInput("结束时间要晚于开始时间。", code="bad_term")
    ground = Ground.objects.create(
        code=code_for("YJ"),
        kind=kind,
        bearer=bearer,
        place=place,
        matter=matter,
        item=item,
        admission=admission,
        ref=ref.strip()[:120],
        valid_from=start,
        valid_to=valid_to,
        opened_by=by.code,
    )
    facts = {"kind": kind, "bearer": bearer, "matter": matter.code if matter else "", "ref": ground.ref}
    trail.record(verb, ground, by=by, facts=facts)
    return ground


@action("mandates.open_ground")
def open_ground(
    *, by: Actor, place: Place, kind: str, ref: str, matter: Matter | None = None, valid_to: datetime | None = None
) -> Ground:
    """Record an emergency order of the local government (HB 32(3)) or a rule on safety work (HB 30(2)) for committees.

    Raises:
        BadInput: another kind, or an order without an end.
    """
    if kind == Ground.Kind.EMERGENCY_ORDER:
        if valid_to is None:
            raise BadInput("应急命令要写明结束时间，到期自动停止。", code="term_missing")
        verb = "mandates.order_issued"
    elif kind == Ground.Kind.SAFETY_RULE:
        if matter is None or not matter.safety:
            raise BadInput("安全工作规定要对应一个安全类事项。", code="not_safety")
        verb = "mandates.ground_opened"
    else:
        raise BadInput("这里只能登记应急命令或安全工作规定。", code="bad_kind")
    return write_ground(
        by=by, kind=kind, bearer=Bearer.COMMITTEE, place=place, ref=ref, matter=matter, valid_to=valid_to, verb=verb
    )


@action("mandates.decide_own", at="place")
def decide_own(*, by: Actor, place: Place, ref: str, matter: Matter, valid_to: datetime | None = None) -> Ground:
    """A committee decides by itself to take a matter on (自行决定), naming its decision.

    Raises:
        NotAllowed: somebody other than the committee of the place.
    """
    if by.body is None or by.body.bearer != Bearer.COMMITTEE or by.body.place_id != place.code:
        raise NotAllowed("只有本社区的居（村）民委员会可以自行决定承担事项。", code="not_committee")
    return write_ground(
        by=by,
        kind=Ground.Kind.OWN_DECISION,
        bearer=Bearer.COMMITTEE,
        place=place,
        ref=ref,
        matter=matter,
        valid_to=valid_to,
    )


@action("mandates.approve_exception")
def approve_exception(*, by: Actor, place: Place, ref: str, matter: Matter, valid_to: datetime) -> Ground:
    """Approve a dated exception for grid workers (经批准的例外), HN 13(2): the only exception in the drafts.

    Raises:
        RuleBroken: the draft of the place knows no exception. BadInput: longer than 90 days.
    """
    basis = rules.exception_basis(place.code)
    if not basis:
        raise RuleBroken(
            "本省草案没有“经批准的例外”，请把事项列入清单或申请准入。",
            code="no_exception",
            area="mandates",
            facts={"place": place.code},
        )
    if valid_to > timezone.now() + timedelta(days=MAX_EXCEPTION_DAYS):
        raise BadInput(f"例外最长 {MAX_EXCEPTION_DAYS} 天；长期事项请列入清单。", code="bad_term")
    return write_ground(
        by=by,
        kind=Ground.Kind.EXCEPTION,
        bearer=Bearer.GRID,
        place=place,
        ref=ref,
        matter=matter,
        valid_to=valid_to,
        verb="mandates.exception_approved",
    )


def shut_ground(ground: Ground, *, by: Actor, why: str) -> int:
    """Close a ground, stop what rests on it and tell the senders; called inside an action. Returns tasks stopped."""
    closed = Ground.objects.filter(pk=ground.pk, closed_at=None).update(closed_at=timezone.now(), closed_why=why[:200])
    if not closed:
        raise WrongState("这个依据已经关闭，请刷新页面。", code="wrong_state")
    trail.record("mandates.ground_closed", ground, by=by, note=why)
    return stop_by_ground(ground, by=by, why=why)


@action("commons.read_notices", at="ground")
def close_ground(*, by: Actor, ground: Ground, why: str) -> int:
    """Close an order, rule, own decision or exception (关闭依据).

    Raises:
        NotAllowed: a committee closes only its own decisions; others need the power to open grounds.
        BadInput: no reason; or a ground of a list or admission, which ends with its list or admission.
    """
    own = ground.kind == Ground.Kind.OWN_DECISION and by.may("mandates.decide_own", ground)
    if not own and not by.may("mandates.open_ground", ground):
        raise NotAllowed("您不能关闭这个依据。", code="no_power")
    if ground.kind in (Ground.Kind.LIST, Ground.Kind.ADMISSION, Ground.Kind.OWN_DUTY):
        raise BadInput("清单和准入形成的依据随清单停用或准入退出而关闭。", code="bad_kind")
    if not why.strip():
        raise BadInput("请写明关闭原因。", code="why_missing")
    return shut_ground(ground, by=by, why=why.strip())

"""Purchase requests (购买服务申请): a lawful end for a task that the gate refused."""

from __future__ import annotations

from decimal import Decimal

from django.utils import timezone

from linli.areas.mandates.models import PurchaseRequest
from linli.commons.actor import Actor
from linli.commons.models import Place, code_for
from linli.kit import trail
from linli.kit.action import action
from linli.kit.errors import BadInput, NotAllowed, WrongState
from linli.kit.notices import notify


@action("mandates.request_purchase", at="place")
def request_purchase(
    *, by: Actor, place: Place, title: str, need: str, amount: Decimal, subject: str = ""
) -> PurchaseRequest:
    """Ask for a service to be bought instead of burdening a committee (申请购买服务), HB 25(2).

    Raises:
        BadInput: title, reason or a sensible amount is missing.
    """
    if not title.strip() or not need.strip():
        raise BadInput("请填写需要购买的服务和理由。", code="field_missing")
    if not 0 < amount <= 10**9:
        raise BadInput("估算金额要大于 0。", code="bad_number")
    if by.body is None:
        raise NotAllowed("请以单位岗位提出申请。", code="no_body")
    row = PurchaseRequest.objects.create(
        code=code_for("GM"),
        subject=subject,
        place=place,
        asker=by.body,
        title=title.strip()[:80],
        need=need.strip()[:1000],
        amount=amount,
    )
    trail.record("mandates.purchase_requested", row, by=by, facts={"amount": str(amount), "subject": subject})
    return row


@action("mandates.answer_purchase", at="request")
def answer_purchase(*, by: Actor, request: PurchaseRequest, agree: bool, answer: str) -> PurchaseRequest:
    """Answer a request (答复购买申请).

    Raises:
        BadInput: no reason. NotAllowed: the asker answers itself. WrongState: answered already.
    """
    if by.body_code == request.asker_id:
        raise NotAllowed("申请单位不能答复自己的申请。", code="own_application")
    if not answer.strip():
        raise BadInput("请写明答复理由。", code="why_missing")
    state = PurchaseRequest.State.AGREED if agree else PurchaseRequest.State.DECLINED
    done = PurchaseRequest.objects.filter(pk=request.pk, state=PurchaseRequest.State.ASKED).update(
        state=state, answer=answer.strip(), answered_at=timezone.now()
    )
    if not done:
        raise WrongState("这份申请已经答复。", code="wrong_state")
    request.refresh_from_db()
    trail.record("mandates.purchase_answered", request, by=by, facts={"agreed": agree}, note=answer.strip())
    text = f"购买服务申请“{request.title}”{request.get_state_display()}：{answer.strip()}"
    notify(
        body=request.asker_id,
        subject=request.trail_key,
        place=request.place_id,
        text=text,
        url=f"/work/purchases/{request.code}/",
    )
    return request

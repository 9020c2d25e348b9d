"""Answering, asking the resident, calling back, rating, reopening (答复与回访)."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from linli.areas.appeals import rules
from linli.areas.appeals.actions.dispatch import holding, to_dispatch
from linli.areas.appeals.actions.intake import keep_photos
from linli.areas.appeals.actions.step import advance, check_start, handle_due, start_clock, tell
from linli.areas.appeals.flow import State
from linli.areas.appeals.models import Answer, Appeal, CallBack, Word
from linli.areas.mandates.actions import assign, end_assignment
from linli.areas.mandates.models import Assignment
from linli.commons.actor import Actor
from linli.commons.settings import limit_of
from linli.commons.workdays import calendar_of
from linli.kit import clock, trail
from linli.kit.action import action
from linli.kit.errors import BadInput, NotAllowed, RuleBroken, WrongState
from linli.kit.text import fitting


@action("appeals.answer", at="appeal")
def answer_appeal(*, by: Actor, appeal: Appeal, text: str) -> Answer:
    """The holder answers the resident (答复).

    Raises:
        NotAllowed: not the holder. BadInput: an answer that says nothing. WrongState.
    """
    lead = holding(by, appeal)
    text = fitting(text, 4000, "答复")
    if len(text) < 10:
        raise BadInput("答复要说清楚办了什么、结果如何（至少 10 个字）。", code="text_short")
    check_start(appeal, "answer")
    row = Answer.objects.create(appeal=appeal, body=lead.body, by=by.code, text=text)
    for open_row in Assignment.objects.filter(subject=appeal.trail_key, state="open"):
        end_assignment(open_row, "finish", note="已答复")
    advance(appeal, "answer", by=by, facts={"body": lead.body_id}, waiting=False)
    return row


@action("appeals.handle", at="appeal")
def contact_resident(*, by: Actor, appeal: Appeal, how: str) -> Appeal:
    """The holder notes that it has spoken to the resident (联系居民); the resident reads it and can contradict.

    The trail alone keeps it: 响应率 counts the first contact after a dispatch.

    Raises:
        NotAllowed: not the holder. BadInput: an unknown way. WrongState: not in handling.
    """
    holding(by, appeal)
    if appeal.state != State.HANDLING:
        raise WrongState("办理中的诉求才能记录联系居民，请刷新页面。", code="wrong_state")
    if how not in (CallBack.How.PHONE, CallBack.How.VISIT):
        raise BadInput("请选择联系方式。", code="bad_how")
    trail.record("appeals.contacted", appeal, by=by, facts={"how": how})
    return appeal


@action("appeals.answer", at="appeal")
def ask_resident(*, by: Actor, appeal: Appeal, question: str) -> Word:
    """Ask the resident for what is missing; the holder's clock pauses until the resident has spoken (请居民补充).

    Raises:
        NotAllowed: not the holder. BadInput: no question. WrongState: not in handling, or asked already.
    """
    holding(by, appeal)
    if not question.strip():
        raise BadInput("请写明需要居民补充什么。", code="text_missing")
    question = fitting(question, 2000, "问题")
    changed = Appeal.objects.filter(pk=appeal.pk, state=State.HANDLING, waiting=False).update(waiting=True)
    if not changed:
        raise WrongState("现在不能请居民补充：可能已经问过，或已不在办理中。", code="wrong_state")
    appeal.waiting = True
    word = Word.objects.create(appeal=appeal, from_resident=False, text=question, by=by.label)
    due = handle_due(appeal)
    clock.pause(appeal.trail_key, "handle", calendar=calendar_of(appeal.place_id))
    trail.record("appeals.resident_asked", appeal, by=by, facts={"pauses": "handle", "due": due})
    return word


@action("appeals.add", at="appeal")
def add_information(*, by: Actor, appeal: Appeal, text: str, photos: tuple[tuple[bytes, str, str], ...] = ()) -> Word:
    """The resident adds words, photos, or both (补充说明); a paused clock runs on.

    Args:
        photos: uploads already checked by `files.check_upload`.

    Raises:
        BadInput: nothing to add, or too many photos. WrongState: the appeal has ended.
    """
    if not text.strip() and not photos:
        raise BadInput("请写下要补充的内容，或加上照片。", code="text_missing")
    if appeal.state not in (State.RECEIVED, State.ACCEPTED, State.HANDLING, State.OBJECTED):
        raise WrongState("此件已答复或已结束，不能再补充；对结果不满意可以要求重新办理。", code="wrong_state")
    keep_photos(appeal, photos, by=by)
    text = fitting(text, 2000, "补充") or f"补充了 {len(photos)} 张照片。"
    word = Word.objects.create(appeal=appeal, from_resident=True, text=text, by=by.label)
    facts: dict[str, Any] = {"photos": len(photos)}
    if Appeal.objects.filter(pk=appeal.pk, waiting=True).update(waiting=False):
        appeal.waiting = False
        clock.resume(appeal.trail_key, "handle", calendar=calendar_of(appeal.place_id))
        facts |= {"resumes": "handle", "due": handle_due(appeal)}
    trail.record("appeals.information_added", appeal, by=by, facts=facts)
    if appeal.handler_id:
        tell(appeal.handler_id, appeal, f"居民补充了 {appeal.number}。")
    return word


@action("appeals.callback", at="appeal")
def call_back(
    *,
    by: Actor,
    appeal: Appeal,
    how: str,
    reached: bool,
    solved: bool | None = None,
    rating: int | None = None,
    note: str = "",
) -> CallBack:
    """Ask the resident whether it is solved (回访), HN 12: by someone else than the handler; unsolved → handled again.

    Raises:
        RuleBroken: the handler, or the body that handled it, calls back itself. WrongState: nothing to call back.
        BadInput: reached, but not asked whether it is solved.
    """
    answer = appeal.answers.order_by("-id").first()
    if appeal.state != State.ANSWERED or answer is None:
        raise WrongState("此件不在待回访状态，请刷新页面。", code="wrong_state")
    why_not = rules.may_call_back(
        caller=by.code, caller_body=by.body_code, answered_by=answer.by, handler=answer.body_id
    )
    if why_not:
        raise RuleBroken(why_not, code="own_callback")
    if how not in (CallBack.How.PHONE, CallBack.How.VISIT):
        raise BadInput("请选择回访方式。", code="bad_how")
    return _hear(by, appeal, answer, how, reached, solved, rating, note)


@action("appeals.rate", at="appeal")
def rate_appeal(*, by: Actor, appeal: Appeal, solved: bool, rating: int, note: str = "") -> CallBack:
    """The resident says with the secret code whether it is solved (居民评价): it counts as the call-back.

    Raises:
        WrongState: nothing to rate. BadInput: rating outside 1–5.
    """
    answer = appeal.answers.order_by("-id").first()
    if appeal.state != State.ANSWERED or answer is None:
        raise WrongState("此件现在不能评价：还没有答复，或已经评价过。", code="wrong_state")
    return _hear(by, appeal, answer, CallBack.How.WEB, True, solved, rating, note)


def _hear(
    by: Actor,
    appeal: Appeal,
    answer: Answer,
    how: str,
    reached: bool,
    solved: bool | None,
    rating: int | None,
    note: str,
) -> CallBack:
    if reached and solved is None:
        raise BadInput("请问清楚：问题解决了吗？", code="solved_missing")
    if rating is not None and not 1 <= rating <= 5:
        raise BadInput("满意度请填 1 到 5。", code="bad_rating")
    row = CallBack.objects.create(
        appeal=appeal,
        answer=answer,
        how=how,
        reached=reached,
        solved=solved if reached else None,
        rating=rating if reached else None,
        note=fitting(note, 1000, "居民原话"),
        by=by.label,
    )
    facts = {"how": how, "reached": reached, "solved": row.solved, "rating": row.rating}
    if how == CallBack.How.WEB:
        trail.record("appeals.rated", appeal, by=by, facts=facts)
    else:
        trail.record("appeals.called_back", appeal, by=by, facts=facts)
    if not reached:
        tries = appeal.callbacks.filter(answer=answer, reached=False).count()
        if tries >= rules.ATTEMPTS:
            advance(appeal, "give_up", by=by, note=f"{tries} 次未能联系到居民", ended_at=timezone.now())
        elif clock.running(appeal.trail_key, "wait") is None:
            start_clock(appeal, "wait")
        return row
    if row.solved:
        advance(appeal, "close", by=by, solved=True, rating=row.rating, ended_at=timezone.now())
    else:
        _redo(by, appeal, answer, row)
    return row


def _redo(by: Actor, appeal: Appeal, answer: Answer, row: CallBack) -> None:
    """Unsolved: the same body handles it again, on the same ground, with a new clock; a ground gone sends it to dispatch.

    The resident's word is kept in either case, and nobody is blamed for the gate: it is no new attempt of a sender.
    """
    last = (
        Assignment.objects.filter(subject=appeal.trail_key, lead=True)
        .order_by("-id")
        .select_related("body", "ground")
        .first()
    )
    assert last is not None  # an answered appeal has had a lead
    try:
        fresh = assign(
            by=by,
            subject=appeal.trail_key,
            title=appeal.title,
            place=appeal.place,
            matter=appeal.matter,
            to=last.body,
            hotline=True,
            ground=last.ground if last.ground.kind != "own_duty" else None,
            role=last.role,
            guidance=last.guidance,
            conditions=last.conditions,
            why="居民认为没有解决，重新办理",
            hop=appeal.hops + 1,
        )
    except (RuleBroken, BadInput):
        advance(appeal, "redo", by=by, facts={"to": "", "ground": None}, solved=False, rating=row.rating)
        to_dispatch(appeal, by=by)
        return
    advance(
        appeal,
        "redo",
        by=by,
        facts={"to": last.body_id, "ground": fresh.ground_id},
        holder=last.body_id,
        handler=last.body,
        hops=fresh.hop,
        solved=False,
        rating=row.rating,
    )
    tell(last.body_id, appeal, f"居民认为没有解决，请重新办理：{appeal.number}")


@action("appeals.close", at="appeal")
def give_up(*, by: Actor, appeal: Appeal) -> Appeal:
    """The county's days are over and nobody was reached (未获回访办结); it can be reopened and counts in no satisfaction."""
    return advance(appeal, "give_up", by=by, note="超过本县设定的等待时间，未能联系到居民", ended_at=timezone.now())


@action("appeals.reopen", at="appeal")
def reopen_appeal(*, by: Actor, appeal: Appeal, reason: str) -> Appeal:
    """The resident asks for it to be handled again (要求重新办理).

    Raises:
        BadInput: no reason. RuleBroken: past the county's limit. WrongState.
    """
    if not reason.strip():
        raise BadInput("请写一写为什么要重新办理。", code="reason_missing")
    limit = limit_of("appeals.reopen", appeal.place_id)
    if limit.amount is not None and appeal.ended_at is not None:
        last = calendar_of(appeal.place_id).add(appeal.ended_at, limit.amount, limit.unit)
        if timezone.now() > last:
            raise RuleBroken(f"要在办结后 {limit} 内提出。请重新反映，写上原编号。", code="reopen_late")
    if by.is_staff:
        raise NotAllowed("重新办理由居民提出。", code="not_resident")
    check_start(appeal, "reopen")
    Word.objects.create(appeal=appeal, from_resident=True, text=fitting(reason, 2000, "理由"), by=by.label)
    return advance(appeal, "reopen", by=by, ended_at=None, solved=None, rating=None)

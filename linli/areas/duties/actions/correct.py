"""Correction (责令改正): order, answer, judge, hand over, close and publish, HB 41–44."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils import timezone

from linli.areas.duties import queries
from linli.areas.duties.actions.stepping import advance, at_desk, safe_text, start_clock, tell
from linli.areas.duties.flow import ReportState
from linli.areas.duties.models import Order, Report, Stage
from linli.commons.actor import Actor
from linli.commons.models import Body, code_for
from linli.kit import clock, trail
from linli.kit.action import action
from linli.kit.errors import BadInput, NotAllowed, RuleBroken, WrongState
from linli.kit.notices import notify
from linli.kit.text import fitting
from linli.law.load import cite

LONGEST = timedelta(days=366)
OUTCOMES = {
    ReportState.ACCEPTED: (Report.Outcome.UNFOUNDED,),
    ReportState.CORRECTED: (Report.Outcome.CORRECTED,),
    ReportState.UNCORRECTED: (Report.Outcome.UNCORRECTED,),
}
"""State → the outcomes with which it may be closed; public criticism and tolerance add their own."""


def addressee(report: Report) -> Body:
    """To whom an order goes: the body reported on; for a grid, whose workers the committee leads, the committee (整改单位)."""
    if report.respondent.kind != Body.Kind.GRID:
        return report.respondent
    rows = Body.objects.filter(kind=Body.Kind.COMMITTEE, place_id=report.respondent.place_id[:12], ended_on=None)
    return rows.first() or report.respondent


@action("duties.correct")
def order_correction(
    *, by: Actor, report: Report, text: str, due_on: date, criticise: bool = False, resolution: str = ""
) -> Order:
    """Order a body to correct (责令改正), HB 41–44, or write down that the corrector did.

    Args:
        text: what to correct, in the desk's own words. criticise: with public criticism (通报批评), where the article has it.
        resolution: which decision of the assembly or of the two committees it rests on; needed where they correct.

    Raises:
        NotAllowed: another desk, or the person is barred. WrongState. RuleBroken: this article knows no public criticism.
        BadInput: no text or one that gives the reporter away; a day that does not lie ahead; no decision named.
    """
    at_desk(by, report)
    text = safe_text(text, 2000, "整改要求", report, least=10)
    today = timezone.localdate()
    if not today < due_on <= today + LONGEST:
        raise BadInput("整改期限要晚于今天，最长一年。", code="bad_due")
    resolution = fitting(resolution, 120, "决议或决定")
    if report.corrector in queries.KEPT and not resolution:
        who = queries.corrector_label(report.corrector)
        raise BadInput(f"由{who}纠正：请写明是哪一次决议或决定（名称和日期）。", code="no_resolution")
    if resolution:
        resolution = safe_text(resolution, 120, "决议或决定", report, least=2)
    row = queries.row_of(report)
    if criticise and row is not None and "criticise" not in row.measures:
        raise RuleBroken(
            f"{cite(row.at)}只写了改正，没有写通报批评。", code="no_criticism", basis=queries.basis_of(report)
        )
    order = Order(
        code=code_for("ZG"),
        report=report,
        body=addressee(report),
        desk=report.desk,
        corrector=report.corrector,
        resolution=resolution,
        text=text,
        criticise=criticise,
        due_on=due_on,
        issued_by=by.label,
    )
    facts = {
        "kind": "kept"
        if row is None or report.corrector in queries.KEPT
        else row.at,  # whose duty it proves: the board
        "order": order.code,
        "to": order.body_id,
        "due": due_on.isoformat(),
        "criticise": criticise,
    }
    advance(report, "order", by=by, facts=facts, days=(due_on - today).days)
    order.save()
    _tell_body(order, f"收到整改通知 {order.code}，请在 {due_on:%Y-%m-%d} 前改正并反馈。")
    return order


@action("duties.answer_order")
def answer_order(*, by: Actor, order: Order, text: str) -> Order:
    """The body ordered says what it has corrected (反馈整改情况).

    Raises: NotAllowed: another body. BadInput: too short. WrongState: answered or judged already.
    """
    if by.body_code != order.body_id:
        raise NotAllowed("只有整改单位可以反馈。", code="not_own_body")
    text = fitting(text, 2000, "整改情况")
    if len(text) < 10:
        raise BadInput("请写清楚改了什么、什么时候改的、结果如何（至少 10 个字）。", code="text_short")
    done = Order.objects.filter(pk=order.pk, state=Order.Result.OPEN, answered_at=None).update(
        answer=text, answered_at=timezone.now(), answered_by=by.label
    )
    if not done:
        raise WrongState("已经反馈过，或者已经认定。", code="wrong_state")
    order.refresh_from_db()
    report = order.report
    if clock.running(report.trail_key, "verify") is None:
        start_clock(report, "verify")
    clock.stop(report.trail_key, "correct")
    trail.record("duties.correction_answered", order, by=by, basis=queries.basis_of(report))
    tell(report.desk_id, report, f"整改通知 {order.code} 已反馈，请认定是否改正。")
    return order


@action("duties.correct")
def judge_correction(*, by: Actor, report: Report, corrected: bool, why: str) -> Order:
    """The desk finds that the body has corrected, or has not (认定整改结果).

    Raises: NotAllowed, BadInput, WrongState.
    """
    at_desk(by, report)
    why = safe_text(why, 500, "认定理由", report, least=2)
    advance(report, "confirm" if corrected else "find_uncorrected", by=by)
    order = report.orders.get(state=Order.Result.OPEN)
    order.state = Order.Result.CORRECTED if corrected else Order.Result.UNCORRECTED
    order.judged_at, order.judged_why = timezone.now(), why
    order.save(update_fields=["state", "judged_at", "judged_why"])
    _tell_body(order, f"整改通知 {order.code} 认定为{order.get_state_display()}：{why}")
    return order


@action("duties.correct")
def hand_over_report(*, by: Actor, report: Report, reply: str) -> Report:
    """Hand a severe case over to the organ that the article names (移送追究); Linli's part ends there.

    Raises: NotAllowed, BadInput, WrongState. RuleBroken: the draft has no such step for this case.
    """
    at_desk(by, report)
    row = queries.row_of(report)
    if row is None or not row.severe:
        raise RuleBroken(
            "草案对这类情形没有写移送追究这一步。需要移送的，请用“转平台以外的机关”。",
            code="no_severe",
            basis=queries.basis_of(report),
        )
    reply = safe_text(reply, 1000, "移送的说明", report)
    report.orders.filter(state=Order.Result.OPEN).update(
        state=Order.Result.SUPERSEDED, judged_at=timezone.now(), judged_why="已移送"
    )
    return _end(report, "hand_over", Report.Outcome.HANDED, reply, by=by, facts={"organ": row.severe})


@action("duties.correct")
def close_report(*, by: Actor, report: Report, outcome: str, reply: str) -> Report:
    """Close a report with its outcome, which is published, and tell the reporter (办结并公布).

    Published is only what is counted: body, kind of breach, article, corrector, days and outcome; no text that anybody wrote.

    Raises:
        NotAllowed, BadInput. WrongState: not to be closed now. RuleBroken: the outcome does not follow from what was found,
            or nothing was corrected and there is still a level above.
    """
    at_desk(by, report)
    reply = safe_text(reply, 1000, "给反映人的答复", report)
    if outcome not in outcomes_for(report):
        raise RuleBroken("这个结果与办理情况不符。先责令改正并认定；容错免责要先有容错认定。", code="bad_outcome")
    if outcome == Report.Outcome.UNCORRECTED and queries.next_rung(report) is not None:
        raise RuleBroken("还没有改正，上面还有一级，请报上一级，不能办结。", code="not_corrected")
    return _end(report, "close", outcome, reply, by=by)


def outcomes_for(report: Report) -> list[str]:
    """Outcomes with which a report may be closed now (可以选的结果)."""
    found = [str(one) for one in OUTCOMES.get(ReportState(report.state), ())]
    if report.state == ReportState.CORRECTED and report.orders.filter(criticise=True).exists():
        found.append(Report.Outcome.CRITICISED)
    if found and report.effect == Report.Effect.EXEMPT:
        found.append(Report.Outcome.EXEMPT)
    return found


def _end(
    report: Report, name: str, outcome: str, reply: str, *, by: Actor, facts: dict[str, str] | None = None
) -> Report:
    now = timezone.now()
    told = {"outcome": outcome, "respondent": report.respondent_id, **(facts or {})}
    advance(report, name, by=by, facts=told, outcome=outcome, reply=reply, ended_at=now, published_at=now)
    report.stages.filter(how=Stage.How.NOW).update(how=Stage.How.ENDED, ended_at=now)
    return report


def _tell_body(order: Order, text: str) -> None:
    """A notice to the body ordered; it leads to the order, never to the report."""
    url = f"/work/correction-orders/{order.code}/"
    notify(body=order.body_id, subject=order.trail_key, place=order.place_code, text=text, url=url)

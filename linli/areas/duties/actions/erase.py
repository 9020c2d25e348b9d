"""Erasing what a reporter told (删除检举里的个人信息), Personal Information Protection Law art. 47 and 50.

As with appeals: the trail holds codes and none of the reporter's words, so it stays valid; the ledger remembers outside the
database, so that a backup made before is erased again. The desk that has the report decides, for nobody else may see it.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop

from linli.areas.duties.actions.stepping import at_desk, tell
from linli.areas.duties.flow import REPORT_OPEN
from linli.areas.duties.models import Report, ReportErasure
from linli.commons.actor import Actor
from linli.kit import files, ledger, trail
from linli.kit.action import action
from linli.kit.errors import BadInput, RuleBroken, WrongState
from linli.kit.text import fitting

TEXT = "（反映人的个人信息和内容已按本人要求删除）"
BATCH = 500


@action("duties.follow_report")
def request_erasure(*, by: Actor, report: Report) -> ReportErasure:
    """The reporter asks that words, name, contact and files be erased (申请删除个人信息), PIPL art. 47.

    Raises: WrongState: the report is still being handled, was erased, or a request waits already.
    """
    if report.state in REPORT_OPEN:
        raise WrongState(
            gettext_noop("这件检举还在办理，现在删除就办不下去了。请先撤回，或等办结后再申请删除。"), code="wrong_state"
        )
    if report.erased:
        raise WrongState(gettext_noop("这件检举的个人信息已经删除，不用再申请。"), code="wrong_state")
    if report.erasures.filter(state=ReportErasure.State.ASKED).exists():
        raise WrongState(gettext_noop("已经申请过，正在等待处理，不用再申请。"), code="wrong_state")
    row = ReportErasure.objects.create(report=report, asked_by=by.code, shown=ReportErasure.Shown.CODE)
    trail.record("duties.erasure_asked", report, by=by, facts={"shown": row.shown})
    tell(report.desk_id, report, f"检举 {report.number} 的反映人申请删除个人信息，请在三十天内答复。")
    return row


@action("duties.correct")
def erase_report(*, by: Actor, report: Report) -> Report:
    """Erase what the reporter told, because the reporter asked for it (删除个人信息), PIPL art. 47.

    Body, kind of breach, dates, orders and outcome stay: they say nothing about the reporter.

    Raises: NotAllowed: another desk, or the person is barred. RuleBroken: nobody asked.
    """
    at_desk(by, report)
    row = _asked(report)
    # Before the database forgets: should the commit fail, the ledger only says what will be asked for again.
    ledger.note([report.trail_key])
    gone = wipe(report)
    row.decide(ReportErasure.State.ERASED, by.label)
    trail.record("duties.report_erased", report, by=by, facts={"files": gone})
    return report


@action("duties.correct")
def refuse_report_erasure(*, by: Actor, report: Report, decision: str) -> ReportErasure:
    """Decline, with a reason that the reporter reads (不予删除), PIPL art. 47(2), 50(1).

    Raises: NotAllowed. BadInput: no reason. RuleBroken: nobody asked.
    """
    at_desk(by, report)
    row = _asked(report)
    decision = fitting(decision, 1000, "不予删除的理由")
    if len(decision) < 5:
        raise BadInput("请写明不予删除的理由和依据，反映人会看到。", code="reason_missing")
    row.decide(ReportErasure.State.REFUSED, by.label, decision)
    trail.record("duties.erasure_refused", report, by=by, note=decision)
    return row


def _asked(report: Report) -> ReportErasure:
    """The request that waits. Raises: RuleBroken: there is none."""
    row = report.erasures.filter(state=ReportErasure.State.ASKED).first()
    if row is None:
        raise RuleBroken("没有等待处理的删除申请。只有反映人申请，才能删除检举里的个人信息。", code="not_asked")
    return row


def wipe(report: Report) -> int:
    """Blank every field of level L3 and L4 of a report and of what hangs on it; returns how many files went.

    The number of an appeal goes too: it leads to what the same person may have said there.
    """
    report.words, report.name, report.contact, report.reply, report.matter_key = TEXT, "", "", "", ""
    report.erased = True
    report.save(update_fields=["words", "name", "contact", "reply", "matter_key", "erased"])
    for row in report.supplements.all():
        row.text = TEXT
        row.save(update_fields=["text"])
    return files.drop(report.trail_key)


def erase_reports_again(digests: set[str]) -> int:
    """After a restore: erase what the ledger says was erased since; returns how many reports it befell (恢复后再删除)."""
    again = 0
    numbers = Report.objects.filter(erased=False).values_list("number", flat=True) if digests else ()
    gone = [number for number in numbers if ledger.digest(f"report:{number}") in digests]
    for start in range(0, len(gone), BATCH):
        for report in Report.objects.filter(number__in=gone[start : start + BATCH]):
            wipe(report)
            again += 1
    return again

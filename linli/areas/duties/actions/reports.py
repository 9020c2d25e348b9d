"""Taking a report in (检举): file, accept, decline, hand on, up the ladder, withdraw; and see who reported."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext_noop

from linli.areas.appeals.models import Appeal, code_digest, new_code, new_number
from linli.areas.duties import queries
from linli.areas.duties.actions.stepping import advance, at_desk, safe_text, start_clock, tell
from linli.areas.duties.flow import REPORT_OPEN
from linli.areas.duties.models import Order, Report, Stage, Supplement
from linli.areas.duties.queries.ladder import Rung
from linli.commons.actor import Actor
from linli.commons.models import Body, Place
from linli.kit import clock, files, trail
from linli.kit.action import action
from linli.kit.chance import drawn_again
from linli.kit.errors import BadInput, NotAllowed, RuleBroken, WrongState
from linli.kit.text import fitting
from linli.law import words as terms
from linli.law.load import pack_for_place

MAX_WORDS = 5000
MAX_FILES, MAX_FILES_EVER = 4, 20
Upload = tuple[bytes, str, str]


@dataclass(frozen=True)
class Receipt:
    """What a reporter takes home: the report, and the secret code that is shown once."""

    report: Report
    code: str


@action("duties.report", at="by")
def file_report(
    *,
    by: Actor,
    respondent: Body,
    breach: str,
    words: str,
    matter: str = "",
    name: str = "",
    contact: str = "",
    anonymous: bool = False,
    uploads: tuple[Upload, ...] = (),
) -> Receipt:
    """Take a confidential report in (检举、投诉、控告), HB 42.

    Args:
        by: a resident, whoever sits at the keyboard; or the clerk at a counter who enters it for somebody.
        respondent: the body reported on. breach: a code of `law.words.BREACHES`. words: what happened; kept encrypted.
        matter: number of an appeal it is about.
        uploads: files already checked by `files.check_upload`.

    Raises:
        BadInput: something is missing or does not fit; nobody above the body works here; or the clerk is of that body.
    """
    words = fitting(words, MAX_WORDS, "反映内容")
    if len(words) < 5:
        raise BadInput(gettext_noop("请写清楚是什么事、什么时候、在哪里（至少 5 个字）。"), code="text_short")
    if breach not in terms.BREACHES:
        raise BadInput(gettext_noop("请选择反映的是哪一类问题。"), code="bad_breach")
    if by.is_staff and respondent.code in queries.bodies_of_person(by):
        raise BadInput(
            gettext_noop("被反映的是您自己的单位，不能由您代录。请反映人在网上提交，或到其他单位的窗口。"),
            code="own_body",
        )
    if breach == "worker" and respondent.kind not in (Body.Kind.COMMITTEE, Body.Kind.GRID):
        raise BadInput(gettext_noop("反映社区工作者，请选择他所在的居（村）委会。"), code="not_workers_body")
    pack = pack_for_place(respondent.place_id)
    rung = queries.first_rung(breach, respondent)
    if rung is None:
        raise BadInput(
            gettext_noop("本平台上没有可以受理的上级单位。请直接向上一级机关或者监察机关反映。"), code="nobody_above"
        )
    row = queries.liability_of(breach, respondent)
    code = new_code()
    with drawn_again(Report):
        report = Report.objects.create(
            number=new_number(),
            code_hash=code_digest(code),
            place=Place.objects.get(code=respondent.place_id[:6]),
            respondent=respondent,
            breach=breach,
            matter_key=_matter(matter, respondent),
            pack=pack.id,
            liability=row.id if row is not None else "",
            channel=Report.Channel.COUNTER if by.is_staff else Report.Channel.WEB,
            words=words,
            anonymous=anonymous,
            name="" if anonymous else fitting(name, 40, "姓名"),
            contact=fitting(contact, 60, "联系方式"),
            filed_by=by.code,
            desk=rung.desk,
            corrector=rung.corrector,
            rung=rung.index,
        )
    _keep_files(report, uploads)
    Stage.objects.create(report=report, desk=rung.desk, corrector=rung.corrector)
    start_clock(report, "accept")
    trail.record("duties.report_filed", report, by=by, facts={"channel": report.channel, "files": len(uploads)})
    tell(rung.desk.code, report, f"收到一件检举 {report.number}，请受理。")
    return Receipt(report, code)


def _matter(number: str, respondent: Body) -> str:
    """Trail key of the appeal that a report is about. Raises: BadInput: there is none of that number in the county."""
    number = "".join(sign for sign in number if sign.isascii() and sign.isdigit())[:20]
    if not number:
        return ""
    found = Appeal.objects.filter(number=number, county__code=respondent.place_id[:6]).first()
    if found is None:
        raise BadInput(gettext_noop("没有这个编号的诉求。请对照回执，或者不填。"), code="no_such_appeal")
    return found.trail_key


def _keep_files(report: Report, uploads: tuple[Upload, ...]) -> None:
    """Keep evidence under names that tell nothing. Raises: BadInput: too many."""
    if len(uploads) > MAX_FILES:
        raise BadInput(gettext_noop("材料一次最多 %(most)s 份。"), said={"most": MAX_FILES}, code="too_many_files")
    there = files.Attachment.objects.filter(subject=report.trail_key).count()
    if there + len(uploads) > MAX_FILES_EVER:
        raise BadInput(
            gettext_noop("一件检举最多留 %(most)s 份材料，已有 %(there)s 份。"),
            said={"most": MAX_FILES_EVER, "there": there},
            code="too_many_files",
        )
    for number, (raw, kind, _name) in enumerate(uploads, there + 1):
        kept = (raw, kind, f"材料{number}")
        files.keep(kept, subject=report.trail_key, by="reporter", code=f"{report.number}{number}{new_code()}")


@action("duties.follow_report")
def add_to_report(*, by: Actor, report: Report, text: str, uploads: tuple[Upload, ...] = ()) -> Supplement:
    """The reporter adds words or files (补充反映). Raises: BadInput: nothing to add; WrongState: it has ended."""
    text = fitting(text, 2000, "补充内容")
    if not text and not uploads:
        raise BadInput(gettext_noop("请写下要补充的内容，或加上材料。"), code="text_missing")
    if report.state not in REPORT_OPEN:
        raise WrongState(gettext_noop("此件已结束，不能再补充。有新的情况请重新反映。"), code="wrong_state")
    _keep_files(report, uploads)
    row = Supplement.objects.create(report=report, text=text or f"补充了 {len(uploads)} 份材料。")
    trail.record("duties.report_supplemented", report, by=by, facts={"files": len(uploads)})
    tell(report.desk_id, report, f"检举 {report.number} 有补充。")
    return row


@action("duties.follow_report")
def withdraw_report(*, by: Actor, report: Report) -> Report:
    """The reporter takes the report back (撤回). Raises: WrongState: a correction was ordered already."""
    advance(report, "withdraw", by=by, ended_at=timezone.now())
    _leave(report, Stage.How.ENDED)
    tell(report.desk_id, report, f"检举 {report.number} 已由反映人撤回。")
    return report


@action("duties.correct")
def accept_report(*, by: Actor, report: Report, duty: str = "") -> Report:
    """Accept (受理), and say which duty it is about, if one is meant.

    Raises: NotAllowed: another desk, or the person is barred. BadInput: no duty of that body. WrongState.
    """
    at_desk(by, report)
    if duty and duty not in {one.id for one in queries.owed_by(report.respondent)}:
        raise BadInput("这不是该单位的职责。请从列表中选择，或者不选。", code="not_its_duty")
    return advance(report, "accept", by=by, duty=duty or report.duty)


@action("duties.correct")
def decline_report(*, by: Actor, report: Report, reply: str) -> Report:
    """Decline with a reason that the reporter reads (不予受理). Raises: NotAllowed, BadInput, WrongState."""
    at_desk(by, report)
    reply = safe_text(reply, 1000, "不予受理的理由", report)
    advance(report, "decline", by=by, reply=reply, ended_at=timezone.now())
    _leave(report, Stage.How.ENDED)
    return report


@action("duties.correct")
def transfer_report(*, by: Actor, report: Report, to: Body, reply: str) -> Report:
    """Hand a report to another desk that is competent (转有权的单位).

    Raises:
        NotAllowed, BadInput, WrongState. RuleBroken: it is the body reported on, or nobody there may act.
    """
    at_desk(by, report)
    if to.code in (report.respondent_id, report.desk_id) or to.code not in {body.code for body in queries.desks()}:
        raise RuleBroken("不能转给被反映的单位，也不能转给没有受理权限的单位。请另选。", code="bad_desk")
    reply = safe_text(reply, 1000, "转办的理由", report)
    advance(report, "transfer", by=by, facts={"to": to.code}, reply=reply, desk=to)
    _stand(report, Rung(report.corrector, to, report.rung), Stage.How.SENT)
    return report


@action("duties.correct")
def refer_report(*, by: Actor, report: Report, organ: str, reply: str) -> Report:
    """Refer to an organ outside, because another law governs the matter (转其他机关), HB 40; Linli's part ends there.

    Raises: NotAllowed, BadInput, WrongState.
    """
    at_desk(by, report)
    organ = safe_text(organ, 60, "机关名称", report, least=2)
    reply = safe_text(reply, 1000, "转交的理由", report)
    told = f"已转{organ}。{reply}"
    advance(report, "refer", by=by, facts={"organ": organ}, reply=told, ended_at=timezone.now())
    _leave(report, Stage.How.ENDED)
    return report


@action("duties.correct")
def pass_report_up(*, by: Actor, report: Report) -> Report:
    """The desk passes a report up itself (报上一级): it cannot make the body correct itself, or all its people are barred.

    Raises: NotAllowed: another desk. RuleBroken: the ladder ends here. WrongState.
    """
    if by.body_code != report.desk_id:
        raise NotAllowed("只有现在受理这件检举的单位可以报上一级。", code="not_desk")
    rung = queries.next_rung(report)
    if rung is None:
        raise RuleBroken("已经到最后一级，本平台上没有更上一级的单位。可以转平台以外的机关。", code="ladder_ended")
    return _up(report, rung, by=by, how=Stage.How.PASSED)


@action("duties.escalate")
def escalate_report(*, by: Actor, report: Report, name: str) -> Report:
    """A desk was silent beyond its clock: the report goes up by itself (逾期转上一级); tick only.

    Args:
        name: the clock that ran out.

    Raises:
        WrongState: the clock was stopped meanwhile.
    """
    running = clock.running(report.trail_key, name)
    if running is None or not running.late(timezone.now()):
        raise WrongState("时限已停止或已延长。", code="wrong_state")
    rung = queries.next_rung(report)
    if rung is None:
        clock.stop(report.trail_key, name)
        trail.record("duties.ladder_ended", report, by=by, facts={"clock": name, "desk": report.desk_id})
        tell(report.desk_id, report, f"检举 {report.number} 已超期，没有更上一级的单位，请尽快办理。")
        return report
    return _up(report, rung, by=by, how=Stage.How.SILENT, clock_name=name)


def _up(report: Report, rung: Rung, *, by: Actor, how: str, clock_name: str = "") -> Report:
    before = report.desk_id
    report.orders.filter(state=Order.Result.OPEN).update(
        state=Order.Result.SUPERSEDED, judged_at=timezone.now(), judged_why="已转上一级"
    )
    facts = {"from": before, "to": rung.desk.code, "corrector": rung.corrector, "clock": clock_name}
    advance(report, "escalate", by=by, facts=facts, desk=rung.desk, corrector=rung.corrector, rung=rung.index)
    _stand(report, rung, how)
    if before != rung.desk.code:
        why = "逾期没有办理，" if how == Stage.How.SILENT else ""
        tell(before, report, f"检举 {report.number} {why}已转上一级。", url="/work/corrections/")
    return report


def _leave(report: Report, how: str) -> None:
    """The desk is done with it; a report that ended takes the place of no other."""
    report.stages.filter(how=Stage.How.NOW).update(how=how, ended_at=timezone.now())


def _stand(report: Report, rung: Rung, how: str) -> None:
    _leave(report, how)
    Stage.objects.create(report=report, desk=rung.desk, corrector=rung.corrector)
    tell(rung.desk.code, report, f"有一件检举 {report.number} 转到本单位，请受理。")


@action("duties.reveal_reporter")
def reveal_reporter(*, by: Actor, report: Report, reason: str) -> tuple[str, str]:
    """See name and contact of the reporter, with a reason that the reporter can read (查看反映人信息).

    Raises: NotAllowed: another desk, or the person is barred. BadInput: no reason, or one that gives the reporter away.
    """
    at_desk(by, report)
    reason = safe_text(reason, 200, "查看的原因", report, least=2)
    role = by.post.role if by.post else ""
    trail.record("duties.reporter_viewed", report, by=by, facts={"role": role}, note=reason)
    return report.name, report.contact

"""Reports in words (检举怎么说): what is reported, who corrects, the clocks, and the trail as a story for the reporter and the desk."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import gettext_noop

from linli.areas.duties import queries
from linli.areas.duties.models import Report
from linli.commons.basis import chips
from linli.commons.models import Body
from linli.commons.roles import Role
from linli.commons.workdays import calendar_of
from linli.kit import trail
from linli.kit.clock import Clock
from linli.law import words

TRANSLATED = (
    gettext_noop("把自己的事推给居（村）委会或网格，或派清单外的任务"),
    gettext_noop("该做的没有做，或者一直拖着（不作为）"),
    gettext_noop("该办的事不给办"),
    gettext_noop("检举、投诉、控告没人受理，或者受理了不处理"),
    gettext_noop("失职、乱用权力、徇私情"),
    gettext_noop("社区工作者没有做好本职"),
    gettext_noop("其他没有做到条例要求的"),
    gettext_noop("同级人民政府"),
    gettext_noop("居（村）民会议"),
    gettext_noop("乡级人民政府（街道办事处）"),
    gettext_noop("县级人民政府及其有关主管部门"),
    gettext_noop("社区“两委”"),
    gettext_noop("有权机关"),
    gettext_noop("监察机关"),
    gettext_noop("依法追究刑事责任的机关"),
    gettext_noop("县级牵头部门（按县设定）"),
    gettext_noop("上一级机关"),
)
"""Words of `law.words` that residents read, named once more so that they can be translated."""

CLOCKS = {
    "accept": lazy("受理时限"),
    "handle": lazy("处理时限"),
    "correct": lazy("整改期限"),
    "verify": lazy("认定时限"),
}
SAY = {
    "duties.report_filed": lazy("收到您的反映"),
    "duties.report_supplemented": lazy("您补充了情况"),
    "duties.report_withdrawn": lazy("您撤回了"),
    "duties.report_accepted": lazy("已受理"),
    "duties.report_declined": lazy("不予受理"),
    "duties.report_transferred": lazy("转有权的单位"),
    "duties.report_referred": lazy("转平台以外的机关"),
    "duties.report_escalated": lazy("转上一级"),
    "duties.ladder_ended": lazy("超期，没有更上一级的单位，已催办"),
    "duties.reporter_viewed": lazy("有人查看了您的姓名和联系方式"),
    "duties.correction_ordered": lazy("已责令改正"),
    "duties.correction_lapsed": lazy("整改期限已过，没有反馈"),
    "duties.correction_confirmed": lazy("认定已改正"),
    "duties.correction_failed": lazy("认定未改正"),
    "duties.handover_recorded": lazy("情节严重，已移送"),
    "duties.report_closed": lazy("办结，结果已公布"),
    "duties.erasure_asked": lazy("您申请删除个人信息"),
    "duties.report_erased": lazy("您的个人信息和反映的内容已删除"),
    "duties.erasure_refused": lazy("没有同意删除个人信息"),
}
"""Verbs that the reporter is told of; refused attempts are office business."""
AT_DESK = {
    "duties.report_filed": lazy("收到检举"),
    "duties.report_supplemented": lazy("反映人补充了情况"),
    "duties.report_withdrawn": lazy("反映人撤回了"),
    "duties.reporter_viewed": lazy("查看了反映人的姓名和联系方式"),
    "duties.erasure_asked": lazy("反映人申请删除个人信息"),
    "duties.report_erased": lazy("删除了反映人的个人信息和内容"),
}
"""What the desk reads instead."""
OWN = frozenset({"duties.report_supplemented", "duties.report_withdrawn", "duties.erasure_asked"})
REASONED = frozenset({"duties.reporter_viewed", "duties.erasure_refused"})


def breach(report: Report) -> str:
    """What is reported, in words of the reader's language."""
    return _(words.BREACHES.get(report.breach, report.breach))


def corrector(report: Report) -> str:
    """Who corrects now, in words of the reader's language."""
    return _(queries.corrector_label(report.corrector))


def clocks(report: Report) -> list[dict[str, Any]]:
    """Clocks that run, each with its due chip."""
    calendar = calendar_of(report.place_id)
    return [{"label": CLOCKS.get(row.name, row.name), "due": _due(row, calendar)} for row in queries.clocks_of(report)]


def first_due(reports: list[Report]) -> dict[str, dict[str, Any]]:
    """Trail key → the due chip of the clock that runs, for a page of a register; one query, and one calendar for each county."""
    calendars = {place: calendar_of(place) for place in {report.place_id for report in reports}}
    found = queries.clocks_by_report(reports)
    return {key: _due(rows[0], calendars[rows[0].place]) for key, rows in found.items()}


def _due(row: Clock, calendar: Any) -> dict[str, Any]:
    if row.due_at is None:
        return {"days": None}
    days = calendar.working_days_between(timezone.now(), row.due_at)
    return {"days": -max(1, -days) if row.due_at < timezone.now() else days, "on": row.due_at}


def story(report: Report, *, for_desk: bool = False) -> list[dict[str, Any]]:
    """The trail for the timeline, newest first; the reporter reads posts instead of people, and who looked at the name."""
    entries = [entry for entry in trail.history(report) if entry.verb in SAY]
    codes = {entry.body for entry in entries} | {str(entry.facts.get("to", "")) for entry in entries}
    bodies = Body.objects.in_bulk([code for code in codes if code], field_name="code")
    rows = []
    for entry in entries:
        basis = chips(entry.basis)
        if not basis and entry.body:
            basis = [{"label": _("本草案无此条，按县设定")}]
        rows.append(
            {
                "what": str(AT_DESK[entry.verb]) if for_desk and entry.verb in AT_DESK else _what(entry, bodies),
                "who": _who(entry, for_desk),
                "body": None if for_desk else bodies.get(entry.body),
                "when": entry.at,
                "note": _("原因：%(note)s") % {"note": entry.note} if entry.verb in REASONED else "",
                "basis": basis,
                "kind": "",
            }
        )
    rows.reverse()
    if rows:
        rows[0]["kind"] = "now"
    return rows


def _what(entry: trail.Entry, bodies: dict[str, Body]) -> str:
    said = str(SAY[entry.verb])
    to = bodies.get(str(entry.facts.get("to", "")))
    if entry.verb == "duties.report_escalated" and to is not None:
        late = _("逾期没有办理，") if entry.facts.get("clock") else ""
        return _("%(late)s转到 %(body)s") % {"late": late, "body": to}
    if entry.verb == "duties.report_transferred" and to is not None:
        return _("转到 %(body)s") % {"body": to}
    if entry.verb == "duties.correction_ordered" and entry.facts.get("due"):
        day = datetime.fromisoformat(entry.facts["due"]).date()
        return _("%(said)s，期限 %(day)s") % {"said": said, "day": day}
    if entry.verb == "duties.handover_recorded":
        return f"{said}：{_(words.CORRECTORS.get(str(entry.facts.get('organ')), ''))}"
    return said


def _who(entry: trail.Entry, for_desk: bool) -> str:
    if entry.verb in OWN or (entry.verb == "duties.report_filed" and not entry.body):
        return _("反映人") if for_desk else _("您")
    if for_desk:
        return entry.actor_label
    role = entry.facts.get("role", "")
    if role in Role.values:
        return str(Role(role).label)
    return _("工作人员") if entry.body else _("系统")

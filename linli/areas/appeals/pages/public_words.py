"""An appeal in the resident's words (居民看得懂的话): state, holder, clocks, and the trail as a story."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import dateformat, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from linli.areas.appeals import queries
from linli.areas.appeals.actions.supervise import NAMES
from linli.areas.appeals.flow import State
from linli.areas.appeals.models import Appeal
from linli.areas.mandates.models import Matter
from linli.commons.basis import chips
from linli.commons.models import Body
from linli.commons.roles import Role
from linli.commons.settings import limit_of, limits_of
from linli.commons.workdays import Workdays
from linli.kit import trail
from linli.kit.clock import UNSET, Clock, Unit

WEEKDAYS = (
    gettext_noop("周一"),
    gettext_noop("周二"),
    gettext_noop("周三"),
    gettext_noop("周四"),
    gettext_noop("周五"),
    gettext_noop("周六"),
    gettext_noop("周日"),
)

SAY = {
    "appeals.filed": gettext_noop("收到您的诉求"),
    "appeals.imported": gettext_noop("从原来的平台转来"),
    "appeals.classified": gettext_noop("工作人员核对为“{matter}”"),
    "appeals.accepted": gettext_noop("决定受理"),
    "appeals.declined": gettext_noop("不予受理"),
    "appeals.dispatched": gettext_noop("交给 {to} 办理"),
    "appeals.escalated": gettext_noop("社区难以承担，报 {to} 办理"),
    "appeals.recalled": gettext_noop("原来的派单依据失效，退回重新分派"),
    "appeals.objected": gettext_noop("{body} 提出：这件事不属于本单位职责"),
    "appeals.objection_ruled": gettext_noop("协调单位裁定"),
    "appeals.helper_added": gettext_noop("请 {to} 协助办理"),
    "appeals.extension_asked": gettext_noop("{body} 申请延长办理时间"),
    "appeals.extension_decided": gettext_noop("没有批准延长办理时间"),
    "appeals.contacted": gettext_noop("{body} 记下：已联系您"),
    "appeals.resident_asked": gettext_noop("{body} 请您补充情况，办理时限暂停"),
    "appeals.information_added": gettext_noop("您作了补充"),
    "appeals.answered": gettext_noop("{body} 作出答复"),
    "appeals.called_back": gettext_noop("工作人员回访您"),
    "appeals.rated": gettext_noop("您作了评价"),
    "appeals.redone": gettext_noop("没有解决，由 {to} 重新办理"),
    "appeals.closed": gettext_noop("办结"),
    "appeals.reopened": gettext_noop("您要求重新办理"),
    "appeals.withdrawn": gettext_noop("您撤回了诉求"),
    "appeals.identity_viewed": gettext_noop("有人查看了您的姓名和联系方式"),
    "appeals.carded": gettext_noop("系统发出提醒"),
    "appeals.ordered": gettext_noop("督办：要求抓紧办理"),
    "appeals.order_replied": gettext_noop("承办单位反馈督办情况"),
    "appeals.erasure_asked": gettext_noop("您申请删除个人信息"),
    "appeals.erased": gettext_noop("您的个人信息和反映的内容已删除"),
    "appeals.erasure_refused": gettext_noop("没有同意删除个人信息"),
}
"""Trail verb → what the resident reads. A verb that is not here is office business and is not shown."""

RESIDENTS = {
    "appeals.erasure_asked",
    "appeals.information_added",
    "appeals.rated",
    "appeals.reopened",
    "appeals.withdrawn",
}


@dataclass(frozen=True)
class Said:
    """State as a sentence (状态说明)."""

    sentence: str
    kind: str
    next: str = ""


def day_word(when: datetime, hour: bool = False) -> str:
    """6 月 12 日（周五）, with the time when a limit runs in hours."""
    local = timezone.localtime(when)
    same_year = local.year == timezone.localdate().year
    day = dateformat.format(local, _("n 月 j 日") if same_year else _("Y 年 n 月 j 日"))
    names = {"day": day, "weekday": _(WEEKDAYS[local.weekday()]), "time": f"{local:%H:%M}"}
    return (_("%(day)s（%(weekday)s）%(time)s") if hour else _("%(day)s（%(weekday)s）")) % names


def until_word(clock: Clock | None, calendar: Workdays, what: str) -> tuple[str, str]:
    """A limit as a clause and its level: 应于 6 月 12 日（周五）前答复，还有 3 个工作日 · ok."""
    word = queries.due_word(clock, calendar)
    if clock is None or clock.due_at is None:
        return _("这一步本县没有设定时限"), "none"
    if word.level == "paused":
        return _("时限暂停计算"), "paused"
    day = day_word(clock.due_at, hour=clock.unit in (Unit.HOURS, Unit.WORKING_HOURS))
    return _("应于 %(day)s前%(what)s，%(left)s") % {"day": day, "what": what, "left": word.text}, word.level


def status_of(appeal: Appeal, clocks: dict[tuple[str, str], Clock], calendar: Workdays) -> Said:
    """Whose turn it is and until when, in one sentence; what the resident can do, in a second."""
    state = State(appeal.state)
    step = {
        State.RECEIVED: _("决定受理"),
        State.ACCEPTED: _("分派"),
        State.HANDLING: _("答复"),
        State.OBJECTED: _("裁定"),
    }
    if state in step:
        until, level = until_word(clocks.get((appeal.number, queries.CLOCK_OF[state])), calendar, step[state])
        kind = {"late": "late", "soon": "soon"}.get(level, "info")
        desk = queries.desk_for(appeal.place)
        names = {"desk": desk.name if desk else appeal.county.name, "holder": appeal.handler or "", "until": until}
        if state == State.HANDLING and appeal.waiting:
            return Said(_("%(holder)s 在等您补充情况，您补充后继续办理。") % names, "soon", _("请回答下面的问题。"))
        sentence = {
            State.RECEIVED: _("已经收到，%(desk)s 正在核对，%(until)s。"),
            State.ACCEPTED: _("已经受理，%(desk)s 正在确定由谁办理，%(until)s。"),
            State.HANDLING: _("正在由 %(holder)s 办理，%(until)s。"),
            State.OBJECTED: _("%(holder)s 认为不属于本单位职责，正在由协调单位裁定由谁办，%(until)s。"),
        }[state]
        return Said(sentence % names, kind, _("有新情况可以补充；不想办了可以撤回。"))
    if state == State.ANSWERED:
        return Said(
            _("%(holder)s 已经答复，等您评价。") % {"holder": appeal.handler or ""},
            "info",
            _("请看答复，告诉我们问题解决了没有。您不评价，工作人员会回访您。"),
        )
    day = day_word(appeal.ended_at) if appeal.ended_at else ""
    ended = {
        State.CLOSED: (_("%(day)s已经办结。"), "done"),
        State.UNREACHED: (_("%(day)s办结，办结前没能联系到您。"), "done"),
        State.DECLINED: (_("%(day)s决定不予受理，原因见下面的经过。"), "late"),
        State.WITHDRAWN: (_("%(day)s您撤回了这件诉求。"), ""),
        State.HISTORY: (_("这是从原系统转来的历史记录，不再办理。"), ""),
    }
    sentence, kind = ended[state]
    return Said(sentence % {"day": f"{day} " if day else ""}, kind, reopen_word(appeal, calendar))


def reopen_until(appeal: Appeal, calendar: Workdays) -> datetime | None:
    """Last moment for asking again, or None when the county set no limit."""
    limit = limit_of("appeals.reopen", appeal.place_id)
    if limit.amount is None or appeal.ended_at is None:
        return None
    return calendar.add(appeal.ended_at, limit.amount, limit.unit)


def may_reopen(appeal: Appeal, calendar: Workdays) -> bool:
    """Whether the resident may still ask for it to be handled again (要求重办)."""
    if appeal.state not in (State.CLOSED, State.UNREACHED):
        return False
    until = reopen_until(appeal, calendar)
    return until is None or timezone.now() <= until


def reopen_word(appeal: Appeal, calendar: Workdays) -> str:
    """What can be done about an ended appeal."""
    if appeal.state not in (State.CLOSED, State.UNREACHED):
        return _("还有问题，可以重新反映。")
    until = reopen_until(appeal, calendar)
    if until is None:
        return _("没有真正解决，可以要求重新办理；本县没有设定期限。")
    if timezone.now() > until:
        return _("要求重新办理的期限（%(day)s）已过；还有问题，请重新反映，写上这个编号。") % {"day": day_word(until)}
    return _("没有真正解决，可以在 %(day)s前要求重新办理。") % {"day": day_word(until)}


def holder_facts(appeal: Appeal, clocks: dict[tuple[str, str], Clock], calendar: Workdays) -> list[dict[str, str]]:
    """Who holds it, since when, until when, and why it went there."""
    lead = appeal.lead()
    if lead is None:
        return []
    until, _level = until_word(clocks.get((appeal.number, "handle")), calendar, _("答复"))
    facts = [
        {"label": _("办理单位"), "value": lead.body.name},
        {"label": _("从什么时候"), "value": day_word(lead.at, hour=True)},
        {"label": _("到什么时候"), "value": until},
        {"label": _("为什么是它"), "value": lead.why or _("按职责分工办理")},
    ]
    phone = [{"label": _("电话"), "value": lead.body.phone}] if lead.body.phone else []
    return facts + phone


def clock_facts(appeal: Appeal, clocks: dict[tuple[str, str], Clock], calendar: Workdays) -> list[dict[str, str]]:
    """The two clocks: the resident's own over the whole way, and the one of the present step."""
    out: list[dict[str, str]] = []
    if appeal.state not in queries.CLOCK_OF:
        return out
    name = queries.CLOCK_OF[State(appeal.state)]
    rows = (("case", _("全程"), _("答复您")), (name, _("现在这一步：%(step)s") % {"step": _(NAMES[name])}, _("完成")))
    for key, label, what in rows:
        until, level = until_word(clocks.get((appeal.number, key)), calendar, what)
        out.append({"label": label, "value": _("本县没有设定时限") if level == "none" else until})
    return out


def next_steps(appeal: Appeal, desk: Body | None) -> list[str]:
    """What happens after filing, with the limits that the county set, or that it set none."""
    limits = limits_of(("appeals.accept", "appeals.dispatch", "appeals.case"), appeal.place_id)

    def within(key: str) -> str:
        return "" if limits[key] == UNSET else _("，%(limit)s内") % {"limit": limits[key]}

    names = {"desk": desk.name if desk else appeal.county.name}
    steps = [
        _("%(desk)s 核对事项和地点，决定是否受理") % names + within("appeals.accept"),
        _("受理后交给负责的单位，您能看到交给了谁、为什么") + within("appeals.dispatch"),
        _("负责的单位办理并答复您") + within("appeals.case"),
        _("由办理单位以外的人回访，问您解决了没有；没解决的重新办理"),
    ]
    if UNSET in limits.values():
        steps.append(_("没写时限的环节，本县还没有设定时限；设定后，您查进度时能看到"))
    return [_("%(step)s。") % {"step": step} for step in steps]


def story(appeal: Appeal) -> list[dict[str, Any]]:
    """The trail for the timeline, newest first; office business and refused attempts are left out."""
    entries = [entry for entry in trail.history(appeal) if entry.verb in SAY]
    codes = {entry.body for entry in entries} | {
        str(entry.facts.get(key, "")) for entry in entries for key in ("to", "holder")
    }
    bodies = Body.objects.in_bulk([code for code in codes if code], field_name="code")
    matters = Matter.objects.in_bulk([entry.facts.get("confirmed", "") for entry in entries], field_name="code")
    rows: list[dict[str, Any]] = []
    for entry in entries:
        body = bodies.get(entry.body)
        names = {
            "to": bodies.get(entry.facts.get("to", "")) or _("办理单位"),
            "body": body or _("工作人员"),
            "matter": matters.get(entry.facts.get("confirmed", "")) or _("有关事项"),
        }
        who = _("您") if entry.verb in RESIDENTS or (entry.verb == "appeals.filed" and body is None) else ""
        if entry.verb == "appeals.identity_viewed":  # who looked is the point here: the post, for the office answers
            role = entry.facts.get("role", "")
            who = str(Role(role).label) if role in Role.values else _("工作人员")
        elif not who and body is None:
            who = _("系统")
        basis = chips(entry.basis)
        if body is not None and not basis:  # a step of an office that the draft does not speak of
            basis = [{"label": _("本草案无此条，按县设定")}]
        what, note = _detail(entry, _(SAY[entry.verb]).format(**names), bodies)
        rows.append(
            {
                "what": what,
                "who": who,
                "body": body,
                "when": entry.at,
                "note": note,
                "basis": basis,
                "kind": "",
            }
        )
    rows.reverse()
    if rows:
        rows[0]["kind"] = "now"
    return rows


def _detail(entry: trail.Entry, what: str, bodies: dict[str, Body]) -> tuple[str, str]:
    """The sentence and the note of one line, where the facts say more than the verb."""
    facts, note = entry.facts, entry.note
    if entry.verb == "appeals.dispatched":
        return (what.replace(_("交给"), _("改交"), 1) if facts.get("step") == "transfer" else what), note
    if entry.verb == "appeals.redone" and not facts.get("to"):
        return _("没有解决，重新确定由谁办理"), note
    if entry.verb == "appeals.objection_ruled":
        if facts.get("step") == "uphold":
            return _("协调单位裁定：改由 %(body)s 办理") % {"body": bodies.get(facts.get("to", "")) or ""}, note
        return _("协调单位裁定：仍由原单位办理"), note
    if entry.verb == "appeals.extension_decided" and facts.get("granted"):
        due = datetime.fromisoformat(facts["due"]) if facts.get("due") else None
        return (_("批准延长到 %(day)s") % {"day": day_word(due)} if due else _("批准延长办理时间")), note
    if entry.verb == "appeals.called_back":
        if not facts.get("reached"):
            return _("工作人员回访，没能联系到您"), ""
        return (_("工作人员回访：您说解决了") if facts.get("solved") else _("工作人员回访：您说没有解决")), ""
    if entry.verb == "appeals.rated":
        solved = _("已经解决") if facts.get("solved") else _("没有解决")
        return _("您评价：%(solved)s，%(rating)s 分") % {"solved": solved, "rating": facts.get("rating")}, ""
    if entry.verb == "appeals.carded":
        name = _(NAMES.get(str(facts.get("clock")), ""))
        red = facts.get("level") == "red"
        word = _("已超期，系统发出红牌") if red else _("快到期，系统发出黄牌提醒")
        return _("%(name)s%(word)s") % {"name": name, "word": word}, ""
    if entry.verb == "appeals.identity_viewed":
        return what, _("原因：%(note)s") % {"note": note}
    return what, note

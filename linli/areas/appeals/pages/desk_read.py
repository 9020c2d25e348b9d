"""What one post sees of one appeal, and what it may do with it now (办理页的读取)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any, Protocol

from django.http import HttpRequest
from django.utils.translation import gettext as _

from linli.areas.appeals import queries
from linli.areas.appeals.actions.intake import headline, outside
from linli.areas.appeals.actions.supervise import NAMES
from linli.areas.appeals.flow import State
from linli.areas.appeals.models import Answer, Appeal, Extension, Objection, Order, Word
from linli.areas.appeals.pages.public_words import until_word
from linli.areas.appeals.queries import CLOCK_OF, due_word
from linli.areas.mandates.models import Assignment
from linli.commons.actor import Actor
from linli.commons.basis import chips
from linli.commons.models import Body
from linli.commons.web import actor
from linli.commons.workdays import Workdays
from linli.kit import trail
from linli.kit.clock import Clock
from linli.kit.files import Attachment
from linli.kit.scope import get_visible

VERBS = {
    "appeals.filed": "收到诉求",
    "appeals.classified": "确认类型、事项和地点",
    "appeals.accepted": "受理",
    "appeals.declined": "不予受理",
    "appeals.dispatched": "分派",
    "appeals.escalated": "报街道（乡镇）",
    "appeals.recalled": "派单依据失效，退回分派",
    "appeals.objected": "提出异议",
    "appeals.objection_ruled": "裁定异议",
    "appeals.answered": "答复居民",
    "appeals.closed": "办结",
    "appeals.redone": "重新办理",
    "appeals.reopened": "居民要求重新办理",
    "appeals.withdrawn": "居民撤回",
    "appeals.called_back": "回访",
    "appeals.rated": "居民评价",
    "appeals.contacted": "联系居民",
    "appeals.resident_asked": "请居民补充",
    "appeals.information_added": "居民补充说明",
    "appeals.helper_added": "添加协办单位",
    "appeals.extension_asked": "申请延期",
    "appeals.extension_decided": "审批延期",
    "appeals.ordered": "督办",
    "appeals.order_replied": "反馈督办",
    "appeals.carded": "发牌",
    "appeals.identity_viewed": "查看反映人联系方式",
    "appeals.erasure_asked": "居民申请删除个人信息",
    "appeals.erased": "删除个人信息",
    "appeals.erasure_refused": "不予删除个人信息",
    "appeals.refused": "未办成",
    "mandates.refused": "清单外拦截",
    "mandates.task_stopped": "停止交办",
    "mandates.purchase_requested": "申请购买服务",
}
STEPS_OF = {
    "transfer": "改派",
    "uphold": "裁定：异议成立，改派",
    "overrule": "裁定：异议不成立",
    "give_up": "办结（未获回访）",
}


def open_appeal(request: HttpRequest, number: str) -> Appeal:
    """The appeal of that number, if the post may see it. Raises: NotVisible."""
    rows = Appeal.objects.select_related("place", "county", "matter", "handler")
    return get_visible(actor(request), rows, number=number)


class Titled(Protocol):
    """An appeal, or the row of a list that holds what its title needs."""

    @property
    def title(self) -> str: ...
    @property
    def brief(self) -> str: ...


def title_for(who: Actor, appeal: Titled) -> str:
    """The title as this post may read it: firms see the first line of the rewritten brief (反映人保护)."""
    if not outside(who.body):
        return appeal.title
    return headline(appeal.brief) if appeal.brief.strip() else _("转办任务")


def due_sentence(clock: Clock | None, calendar: Workdays, what: str) -> str:
    """应于 6 月 12 日（周五）前答复，还有 3 个工作日."""
    if clock is None:
        return ""
    if clock.due_at is None:
        return _("未设%(what)s时限") % {"what": what}
    return until_word(clock, calendar, what)[0]


class Desk:
    """One appeal before one post (办理台): what is shown, whose turn it is, what may be done."""

    def __init__(self, who: Actor, appeal: Appeal) -> None:
        self.who = who
        self.appeal = appeal
        self.outside = outside(who.body)
        self.lead: Assignment | None = appeal.lead()

    @property
    def seen(self) -> str:
        """What the person had before their eyes; a form sent from an older view is told so."""
        return f"{self.appeal.state}.{self.appeal.hops}"

    @property
    def holds(self) -> bool:
        """Whether the post's own body is the holder."""
        return self.lead is not None and self.lead.body_id == self.who.body_code

    @cached_property
    def title(self) -> str:
        return title_for(self.who, self.appeal)

    @cached_property
    def calendar(self) -> Workdays:
        return queries.county_calendar(self.appeal)

    @cached_property
    def clocks(self) -> dict[str, Clock]:
        rows = Clock.objects.filter(subject=self.appeal.trail_key, stopped_at=None)
        return {row.name: row for row in rows}

    @cached_property
    def answer(self) -> Answer | None:
        return self.appeal.answers.order_by("-id").select_related("body").first()

    @cached_property
    def objection(self) -> Objection | None:
        return next((row for row in self.objections if row.state == Objection.State.OPEN), None)

    @cached_property
    def objections(self) -> list[Objection]:
        return list(self.appeal.objections.select_related("body", "names").order_by("-id"))

    @cached_property
    def extensions(self) -> list[Extension]:
        return list(self.appeal.extensions.select_related("assignment__body").order_by("-id"))

    @cached_property
    def extension(self) -> Extension | None:
        """The extension that waits for a decision."""
        waiting = (row for row in self.extensions if row.state == Extension.State.ASKED)
        return next((row for row in waiting if row.assignment.state == "open"), None)

    @cached_property
    def orders(self) -> list[Order]:
        return list(self.appeal.orders.order_by("-id"))

    @cached_property
    def open_order(self) -> Order | None:
        return next((row for row in reversed(self.orders) if row.replied_at is None), None)

    @cached_property
    def photos(self) -> list[Attachment]:
        """Photos of the resident; none for firms."""
        return [] if self.outside else list(Attachment.objects.filter(subject=self.appeal.trail_key).order_by("id"))

    @cached_property
    def answers(self) -> list[Answer]:
        """Answers, newest first; firms read their own only, for others may name the resident."""
        rows = self.appeal.answers.select_related("body").order_by("-id")
        return list(rows.filter(body=self.who.body) if self.outside else rows)

    @cached_property
    def words(self) -> list[Word]:
        """Questions and what the resident added; firms read their own questions only."""
        rows = self.appeal.words.all()
        if not self.outside or self.who.body is None:
            return list(rows)
        return list(rows.filter(from_resident=False, by__startswith=f"{self.who.body.name} "))

    @cached_property
    def helpers(self) -> list[Assignment]:
        rows = Assignment.objects.filter(subject=self.appeal.trail_key, state="open", lead=False)
        return list(rows.select_related("body"))

    @property
    def clock(self) -> Clock | None:
        """The clock of whoever holds the appeal now."""
        return self.clocks.get(CLOCK_OF.get(State(self.appeal.state), ""))

    def clock_lines(self) -> list[dict[str, Any]]:
        """The resident's clock and the holder's, in words."""
        lines = []
        for name in ("case", CLOCK_OF.get(State(self.appeal.state), ""), "wait"):
            row = self.clocks.get(name)
            if row is not None:
                word = due_word(row, self.calendar)
                lines.append({"name": _(NAMES[name]), "word": word, "due_at": row.due_at})
        return lines

    def status(self) -> dict[str, str]:
        """State as a sentence, with its colour: whose turn it is and until when."""
        appeal, clock = self.appeal, self.clock
        name = appeal.handler.name if appeal.handler else ""

        def due(what: str) -> str:
            return due_sentence(clock, self.calendar, what)

        said = {
            State.RECEIVED: lambda: _comma(_("待受理"), due(_("受理"))),
            State.ACCEPTED: lambda: _comma(_("已受理，待分派"), due(_("分派"))),
            State.HANDLING: lambda: _comma(_("正在由 %(body)s 办理") % {"body": name}, self._waiting(), due(_("答复"))),
            State.OBJECTED: lambda: _comma(_("%(body)s 提出异议，待裁定") % {"body": name}, due(_("裁定"))),
            State.ANSWERED: lambda: _comma(_("%(body)s 已答复，待回访") % {"body": name}, due(_("回访"))),
            State.CLOSED: lambda: _comma(_("已办结"), _("居民认为已解决"), self._rated()),
            State.UNREACHED: lambda: _("已办结，多次未能联系到居民；居民仍可要求重新办理"),
            State.DECLINED: lambda: _("不予受理，理由已告诉居民"),
            State.WITHDRAWN: lambda: _("居民已撤回，不用再办"),
            State.HISTORY: lambda: _("历史记录，只供查阅"),
        }[State(appeal.state)]()
        kind = {"late": "late", "soon": "soon"}.get(due_word(clock, self.calendar).level, "info")
        return {"sentence": f"{said}。", "kind": kind if clock is not None else "done"}

    @property
    def others_turn(self) -> str:
        """Whose turn it is, when it is not this post's."""
        name = self.appeal.handler.name if self.appeal.handler else ""
        return {
            State.RECEIVED: _("轮到受理单位受理，现在不用您办。"),
            State.ACCEPTED: _("轮到受理单位分派，现在不用您办。"),
            State.HANDLING: _("轮到%(body)s办理，现在不用您办。") % {"body": name},
            State.OBJECTED: _("轮到协调单位裁定，现在不用您办。"),
            State.ANSWERED: _("轮到热线、街道或社区回访，现在不用您办。"),
        }.get(State(self.appeal.state), "")

    def _waiting(self) -> str:
        return _("正在等居民补充") if self.appeal.waiting else ""

    def _rated(self) -> str:
        return _("满意度 %(rating)s 分") % {"rating": self.appeal.rating} if self.appeal.rating else ""

    @cached_property
    def advice(self) -> dict[str, Any]:
        """What the system suggests; of what a person has decided, what it suggested then."""
        return queries.advice(self.appeal)

    @property
    def spans(self) -> list[Any]:
        """Passages that led to the suggestion; none where nothing was suggested."""
        return list(self.advice.get("spans", []))

    def suggested(self) -> list[dict[str, str]]:
        """The matter and the place that the system suggests, each with why (系统建议); none once a person has decided."""
        return [] if self.outside or self.appeal.confirmed else reasons(self.advice, self.appeal.text)

    def evidence(self) -> dict[str, Any]:
        """The resident's words with the passages that led to the suggestion, numbered, and why."""
        text, said = self.appeal.text, self.advice
        matter = next((row["name"] for row in said.get("matters", [])), "")
        marks = [(start, end, _("“%(word)s”：%(what)s") % {"word": word, "what": matter}) for start, end, word in
                 (span[:3] for span in self.spans)]  # fmt: skip
        if said.get("place_span"):
            start, end = said["place_span"]
            marks.append((start, end, _("地点：%(place)s") % {"place": said.get("place_name", "")}))
        if said.get("danger_word") and (at := text.find(said["danger_word"])) >= 0:
            marks.append((at, at + len(said["danger_word"]), _("可能危及安全")))
        segments: list[dict[str, Any]] = []
        notes: list[dict[str, Any]] = []
        last = 0
        for start, end, why in sorted(marks):
            if not last <= start < end <= len(text):
                continue
            notes.append({"mark": len(notes) + 1, "text": why})
            segments += [{"text": text[last:start]}, {"text": text[start:end], "mark": len(notes)}]
            last = end
        segments.append({"text": text[last:]})
        return {"segments": segments, "notes": notes}

    def timeline(self) -> list[dict[str, Any]]:
        """The trail, newest first, each line with its articles; firms read no reasons but their own."""
        entries = list(trail.history(self.appeal))
        names = body_names(entry.facts.get(key, "") for entry in entries for key in ("to", "target", "holder", "names"))
        lines = []
        for entry in reversed(entries):
            hidden = self.outside and entry.body != self.who.body_code
            lines.append(
                {
                    "what": what_of(entry, names),
                    "who": entry.actor_label,
                    "when": entry.at,
                    "note": "" if hidden else entry.note,
                    "basis": chips(entry.basis) or [{"label": _("本草案无此条，按县设定")}],
                    "kind": "late" if entry.verb in ("mandates.refused", "appeals.carded") else "",
                }
            )
        if lines and not lines[0]["kind"]:
            lines[0]["kind"] = "now"
        return lines


def reasons(said: dict[str, Any], text: str) -> list[dict[str, str]]:
    """A suggestion as lines: label, what, and why, with the words that decided and how sure it is."""
    lines = []
    best = next(iter(said.get("matters", [])), None)
    if best is not None:
        words = "".join(f"“{word}”" for word in said.get("words", []))
        # Even a model that says so is never certain.
        sure = {"sure": f"{min(said.get('confidence', 0), 0.99):.0%}", "class": best["class"], "words": words}
        if said.get("learnt_class"):
            why = _("按本地办过的诉求，属于%(class)s的把握 %(sure)s") % sure
        elif said.get("learnt"):
            why = _("按本地办过的诉求，把握 %(sure)s") % sure
        else:
            why = _("按事项目录的词")
        lines.append({"label": _("事项"), "what": best["name"], "why": f"{why}：{words}" if words else why})
    if said.get("place_span") and said.get("place_name"):
        start, end = said["place_span"]
        word, why = text[start:end], said.get("place_why", "")
        if f"“{word}”" not in why:
            why = _comma(_("写到“%(word)s”") % {"word": word}, why)
        lines.append({"label": _("地点"), "what": said["place_name"], "why": why})
    return lines


def _comma(*parts: str) -> str:
    return "，".join(part for part in parts if part)


def body_names(codes: Iterable[str]) -> dict[str, str]:
    """Names of bodies by code, in one query."""
    return dict(Body.objects.filter(code__in={code for code in codes if code}).values_list("code", "name"))


def what_of(entry: trail.Entry, names: dict[str, str]) -> str:
    """A line of the trail in words: 分派给城市管理局."""
    facts = entry.facts
    step = facts.get("step", "")
    words = _(STEPS_OF.get(step) or VERBS.get(entry.verb, entry.verb))
    if entry.verb == "appeals.carded":
        words = _("红牌：已超期") if facts.get("level") == "red" else _("黄牌：将到期")
        return f"{words}（{_(NAMES.get(facts.get('clock', ''), ''))}）"
    if entry.verb == "appeals.extension_decided":
        return _("批准延期") if facts.get("granted") else _("未批准延期")
    if entry.verb in ("appeals.called_back", "appeals.rated"):
        if not facts.get("reached"):
            return _("%(what)s：未联系上") % {"what": words}
        return (
            _("%(what)s：已解决") % {"what": words}
            if facts.get("solved")
            else _("%(what)s：没有解决") % {"what": words}
        )
    target = names.get(facts.get("to") or facts.get("target") or "", "")
    if not target:
        return words
    if entry.verb == "mandates.refused":
        return _("清单外拦截：不能交给%(body)s") % {"body": target}
    return (
        _("%(what)s给%(body)s") % {"what": words, "body": target}
        if step in ("dispatch", "transfer")
        else f"{words}：{target}"
    )

"""The steps of an appeal as pages (办理动作): one table, drawn from the flow and from who holds the appeal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from linli.areas.appeals import actions as appeals
from linli.areas.appeals import rules
from linli.areas.appeals.flow import APPEAL, ENDED, OPEN, State
from linli.areas.appeals.models import Appeal
from linli.areas.appeals.pages import desk_forms as f
from linli.areas.appeals.pages.desk_fields import YES_NO, DeskForm
from linli.areas.appeals.pages.desk_read import Desk, body_names, open_appeal, what_of
from linli.areas.mandates import actions as mandates
from linli.commons.basis import chips
from linli.commons.models import Body
from linli.commons.web import actor, staff
from linli.kit import trail
from linli.kit.errors import NotAllowed, NotVisible, Refusal, WrongState
from linli.kit.scope import visible_to

Data = dict[str, Any]
SEE = ("appeals.see", "appeals.see_held")


@dataclass(frozen=True)
class Step:
    """One step as a page.

    Args:
        name: part of the address. label: on the button. power: whose it is. states: when it may be taken.
        form: what it asks. run: takes it and returns the sentence of success.
        ready: what else must hold for this post, beyond power and state. hint: one sentence for the page.
    """

    name: str
    label: str | Promise
    power: str
    states: tuple[str, ...]
    form: type[DeskForm]
    run: Callable[[Desk, Data], str]
    ready: Callable[[Desk], bool] = lambda desk: True
    hint: str | Promise = ""

    def open_to(self, desk: Desk) -> bool:
        """Whether this post may take the step now."""
        return (
            desk.appeal.state in self.states and desk.who.may(self.power, desk.appeal) and bool(self.ready(desk))
        )  # fmt: skip


def sources(*names: str) -> tuple[str, ...]:
    """States from which the flow lets these moves start."""
    return tuple(source for name in names for source in APPEAL[name].source)


def keyword(desk: Desk) -> dict[str, Any]:
    return {"by": desk.who, "appeal": desk.appeal}


def classify(desk: Desk, data: Data) -> str:
    fields = {name: data[name] for name in ("matter", "kind", "place", "place_text", "danger", "brief")}
    desk.appeal = appeals.classify_appeal(**keyword(desk), **fields)
    return _("分类和摘要已更新。")


def accept(desk: Desk, data: Data) -> str:
    """Classification and acceptance stand or fall together; a refusal's evidence survives the rollback."""
    try:
        with transaction.atomic():
            classify(desk, data)
            appeals.accept_appeal(**keyword(desk))
    except Refusal as refusal:
        if refusal.evidence is not None:
            trail.write([refusal.evidence])
        raise
    return _("已受理，下一步是分派。")


def brief(desk: Desk, data: Data) -> str:
    appeals.write_brief(**keyword(desk), brief=data["brief"])
    return _("转办摘要已保存。")


def decline(desk: Desk, data: Data) -> str:
    appeals.decline_appeal(**keyword(desk), reason=data["reason"])
    return _("已答复居民：不予受理。")


def target(data: Data) -> Data:
    """What a form says of the body asked, as the actions want it."""
    names = ("reason", "role", "guidance", "conditions", "funds")
    return {"to": data["body"], "ground": data["basis"], **{name: data[name] for name in names}}


def dispatch(desk: Desk, data: Data) -> str:
    appeals.dispatch_appeal(**keyword(desk), **target(data))
    return _("已分派给%(body)s。") % {"body": data["body"]}


def transfer(desk: Desk, data: Data) -> str:
    appeals.transfer_appeal(**keyword(desk), **target(data))
    return _("已改派给%(body)s。") % {"body": data["body"]}


def helper(desk: Desk, data: Data) -> str:
    appeals.add_helper(**keyword(desk), **target(data))
    return _("已请%(body)s协办。") % {"body": data["body"]}


def escalate(desk: Desk, data: Data) -> str:
    row = appeals.escalate_appeal(**keyword(desk), reason=data["reason"])
    return _("已报%(body)s，由其办理。") % {"body": row.body}


def object_to(desk: Desk, data: Data) -> str:
    appeals.object_appeal(**keyword(desk), reason=data["reason"], names=data["names"])
    return _("异议已提出，裁定前暂停计时。")


def rule(desk: Desk, data: Data) -> str:
    uphold = YES_NO[data["uphold"]]
    appeals.rule_objection(
        **keyword(desk), uphold=uphold, ruling=data["ruling"], to=data["body"] if uphold else None,
        ground=data["basis"], role=data["role"],
    )  # fmt: skip
    return _("异议成立，已改派给%(body)s。") % {"body": data["body"]} if uphold else _("异议不成立，由原单位继续办理。")


def extend(desk: Desk, data: Data) -> str:
    appeals.ask_extension(**keyword(desk), amount=data["amount"], reason=data["reason"])
    return _("延期申请已提交，等待审批；批准前仍按原时限计。")


def grant(desk: Desk, data: Data) -> str:
    yes = YES_NO[data["grant"]]
    appeals.rule_extension(**keyword(desk), grant=yes, decision=data["decision"])
    return _("已批准延期。") if yes else _("未批准延期，已告诉申请单位。")


def contact(desk: Desk, data: Data) -> str:
    appeals.contact_resident(**keyword(desk), how=data["how"])
    return _("已记下联系居民，居民查进度时能看到。")


def ask(desk: Desk, data: Data) -> str:
    appeals.ask_resident(**keyword(desk), question=data["question"])
    return _("已请居民补充，办理时限暂停。")


def answer(desk: Desk, data: Data) -> str:
    appeals.answer_appeal(**keyword(desk), text=data["text"])
    return _("已答复居民，接下来由别的单位回访。")


def callback(desk: Desk, data: Data) -> str:
    reached = YES_NO[data["reached"]]
    solved = YES_NO.get(data["solved"]) if reached else None
    rating = int(data["rating"]) if data["rating"] and reached else None
    appeals.call_back(
        **keyword(desk), how=data["how"], reached=reached, solved=solved, rating=rating, note=data["note"]
    )
    if not reached:
        return _("已记下：没有联系上。三次未联系上可办结（未获回访）。")
    return _("回访完成，已办结。") if solved else _("居民认为没有解决，已退回重新办理。")


def order(desk: Desk, data: Data) -> str:
    appeals.order_appeal(**keyword(desk), text=data["text"])
    return _("督办已发出。")


def reply(desk: Desk, data: Data) -> str:
    appeals.reply_order(**keyword(desk), reply=data["reply"])
    return _("督办已反馈。")


def purchase(desk: Desk, data: Data) -> str:
    row = mandates.request_purchase(
        by=desk.who, place=desk.appeal.place, subject=desk.appeal.trail_key,
        title=data["title"], need=data["need"], amount=data["amount"],
    )  # fmt: skip
    return _("购买服务申请 %(code)s 已提交。诉求仍待处理，可先报街道协调。") % {"code": row.code}


def may_call(desk: Desk) -> bool:
    """Neither the person nor the body that handled it (回访与办理分离)."""
    found, who = desk.answer, desk.who
    if found is None:
        return False
    return not rules.may_call_back(
        caller=who.code, caller_body=who.body_code, answered_by=found.by, handler=found.body_id
    )


def may_extend(desk: Desk) -> bool:
    """The holder, before the due date, and not while a request waits."""
    clock = desk.clocks.get("handle")
    due = clock.due_at if clock else None
    return desk.holds and desk.extension is None and due is not None and timezone.now() <= due


def low(desk: Desk) -> bool:
    """Only committees and grids take an appeal up to the street (HN 7)."""
    return desk.holds and desk.who.body is not None and desk.who.body.kind in (Body.Kind.COMMITTEE, Body.Kind.GRID)


def forget(desk: Desk, data: Data) -> str:
    appeals.ask_erasure(**keyword(desk), shown=data["shown"])
    return _("已代居民提出删除申请，由县级牵头部门处理。")


def may_forget(desk: Desk) -> bool:
    """Once, and not while a request waits."""
    return not desk.appeal.erased and not desk.appeal.erasures.filter(state="asked").exists()


HANDLING = (State.HANDLING,)
TABLE = (
    Step("accept", lazy("受理"), "appeals.accept", sources("accept"), f.ClassifyForm, accept,
         hint=lazy("核对系统建议的类型、事项和发生地，确认后受理。")),
    Step("dispatch", lazy("分派"), "appeals.dispatch", sources("dispatch"), f.ToForm, dispatch),
    Step("rule", lazy("裁定异议"), "appeals.rule_objection", sources("uphold", "overrule"), f.RuleForm, rule,
         ready=lambda desk: desk.objection is not None and desk.objection.body_id != desk.who.body_code),
    Step("answer", lazy("答复居民"), "appeals.answer", sources("answer"), f.AnswerForm, answer, ready=lambda desk: desk.holds),
    Step("callback", lazy("回访"), "appeals.callback", sources("close", "redo"), f.CallBackForm, callback, ready=may_call,
         hint=lazy("回访由办理人和办理单位以外的人进行。")),
    Step("grant", lazy("审批延期"), "appeals.rule_extension", (*HANDLING, State.OBJECTED), f.GrantForm, grant,
         ready=lambda desk: desk.extension is not None and desk.extension.assignment.body_id != desk.who.body_code),
    Step("reply", lazy("反馈督办"), "appeals.handle", OPEN, f.ReplyForm, reply,
         ready=lambda desk: desk.open_order is not None and desk.appeal.handler_id == desk.who.body_code),
    Step("contact", lazy("记录已联系居民"), "appeals.handle", HANDLING, f.ContactForm, contact, ready=lambda desk: desk.holds),
    Step("ask", lazy("请居民补充"), "appeals.answer", HANDLING, f.AskForm, ask,
         ready=lambda desk: desk.holds and not desk.appeal.waiting),
    Step("escalate", lazy("报街道（乡镇）"), "appeals.escalate", sources("escalate"), f.EscalateForm, escalate, ready=low),
    Step("object", lazy("提出异议"), "appeals.object", sources("object"), f.ObjectForm, object_to,
         ready=lambda desk: desk.holds),
    Step("extend", lazy("申请延期"), "appeals.ask_extension", HANDLING, f.ExtendForm, extend, ready=may_extend),
    Step("transfer", lazy("改派"), "appeals.dispatch", sources("transfer"), f.MoveForm, transfer),
    Step("helper", lazy("添加协办单位"), "appeals.dispatch", HANDLING, f.MoveForm, helper),
    Step("order", lazy("督办"), "appeals.order", OPEN, f.OrderForm, order),
    Step("classify", lazy("修改分类和摘要"), "appeals.accept", (State.ACCEPTED,), f.ClassifyForm, classify),
    Step("brief", lazy("写转办摘要"), "appeals.dispatch", (*HANDLING, State.OBJECTED), f.BriefForm, brief),
    Step("purchase", lazy("申请购买服务"), "mandates.request_purchase", (State.ACCEPTED, *HANDLING, State.OBJECTED),
         f.PurchaseForm, purchase, ready=lambda desk: not desk.outside),
    Step("forget", lazy("代居民申请删除个人信息"), "appeals.ask_erasure", ENDED, f.EraseForm, forget, ready=may_forget,
         hint=lazy("先核对是本人。删除由县级牵头部门办理，删除后不能恢复。")),
    Step("decline", lazy("不予受理"), "appeals.accept", sources("decline"), f.DeclineForm, decline),
)  # fmt: skip
STEPS = {step.name: step for step in TABLE}
MAIN = ("accept", "dispatch", "rule", "answer", "callback", "grant", "reply")
"""Steps that a post is waited for; the first one open is the main button."""


def open_steps(desk: Desk) -> list[Step]:
    """The steps that this post may take now, the one it is waited for first."""
    return [step for step in TABLE if step.open_to(desk)]


def happened(appeal: Appeal, most: int = 2) -> list[str]:
    """What was done last, by whom and when: told to whoever came second."""
    entries = list(trail.history(appeal).exclude(verb__endswith=".refused").order_by("-id")[:most])
    names = body_names(entry.facts.get("to", "") for entry in entries)
    return [
        f"{timezone.localtime(entry.at):%H:%M} {entry.actor_label}：{what_of(entry, names)}" for entry in entries
    ]  # fmt: skip


@dataclass(frozen=True)
class End:
    """One lawful way on after a refusal of the gate (合法出口), ready to be taken."""

    label: str
    why: str
    url: str
    fields: tuple[tuple[str, str], ...] = ()
    post: bool = False


def ends_of(request: HttpRequest, desk: Desk, step: Step, refusal: Refusal) -> list[End]:
    """The three lawful ends of a refused task as buttons that work: owner, street, purchase."""
    here, found = f"/work/appeals/{desk.appeal.number}/", []
    dropped = {"csrfmiddlewaretoken", "to", "other", "ground", "role", "seen"}
    kept = tuple((key, value) for key, value in request.POST.items() if key not in dropped)
    for end in refusal.ends:
        if end["name"] == "purchase":
            if STEPS["purchase"].open_to(desk):
                found.append(End(end["label"], _("由街道或主管部门答复"), f"{here}purchase/"))
            else:
                found.append(End(_("请街道或热线申请购买服务"), _("您的岗位不能提出购买申请"), ""))
        elif desk.lead is not None and end["body"] == desk.lead.body_id:
            found.append(End(_("仍由%(body)s办理") % {"body": desk.lead.body}, end.get("why", ""), here))
        else:
            fields = (*kept, ("to", "other"), ("other", end["body"]), ("seen", desk.seen))
            found.append(End(end["label"], end.get("why", ""), f"{here}{step.name}/", fields, True))
    return found


def attempt(request: HttpRequest, desk: Desk, step: Step, form: DeskForm) -> str | None:
    """Take a step, unless the appeal moved on since the form was shown."""

    def run(data: Data) -> str:
        seen = request.POST.get("seen", desk.seen)
        if desk.appeal.state not in step.states or seen != desk.seen:
            raise WrongState(
                _("您打开页面后，此件已有变化，现在是“%(state)s”。填写的内容还在下面，请看清后再决定。")
                % {"state": State(desk.appeal.state).label},
                code="wrong_state",
            )
        return step.run(desk, data)

    return form.attempt(run)


@staff(*SEE)
def step_page(request: HttpRequest, number: str, name: str) -> HttpResponse:
    """One step: what it asks, and what came of it."""
    desk = Desk(actor(request), open_appeal(request, number))
    step = STEPS.get(name)
    if step is None:
        raise Http404
    here = f"/work/appeals/{desk.appeal.number}/"
    if not desk.who.may(step.power, desk.appeal):
        raise NotAllowed(_("您现在的岗位不能“%(step)s”。请换岗位，或请有权的单位办理。") % {"step": step.label})
    if request.method == "POST":
        form = step.form(request.POST, desk=desk)
        done = attempt(request, desk, step, form)
        if done is not None:
            messages.success(request, done)
            return redirect(here if still_visible(desk) else "/work/appeals/")
        desk = Desk(desk.who, open_appeal(request, number))  # what it is now, not what the failed attempt made of it
    else:
        if not step.open_to(desk):
            messages.warning(
                request, _("现在不能“%(step)s”：此件已有变化，或不由您的单位办理。") % {"step": step.label}
            )
            return redirect(here)
        form = step.form(desk=desk)
    refusal = form.refusal
    context = {
        "desk": desk,
        "appeal": desk.appeal,
        "step": step,
        "form": form,
        "refusal": refusal,
        "basis": chips(refusal.basis) if refusal else [],
        "ends": ends_of(request, desk, step, refusal) if refusal else [],
        "brief_step": next((name for name in ("classify", "brief") if STEPS[name].open_to(desk)), ""),
        "happened": happened(desk.appeal) if refusal and refusal.status == 409 else [],
        "crumbs": [
            {"label": _("全部诉求"), "url": "/work/appeals/"},
            {"label": desk.appeal.number, "url": here},
            {"label": step.label},
        ],
        "back": here,
    }
    return render(request, "appeals/desk_step.html", context, status=form.status)


def still_visible(desk: Desk) -> bool:
    """Whether the post may still see the appeal, now that the step is taken."""
    return visible_to(desk.who, Appeal.objects.filter(pk=desk.appeal.pk)).exists()


def may_reveal(desk: Desk) -> bool:
    """Who may ask for name and contact: never a firm."""
    known = desk.appeal.reporter_name or desk.appeal.reporter_contact
    return bool(known) and not desk.outside and desk.who.may("appeals.reveal", desk.appeal)


@staff("appeals.reveal")
def reveal_page(request: HttpRequest, number: str) -> HttpResponse:
    """Ask for a reason, then show name and contact once, in this answer only (查看联系方式)."""
    desk = Desk(actor(request), open_appeal(request, number))
    if desk.outside:
        raise NotVisible
    form = f.RevealForm(request.POST if request.method == "POST" else None, desk=desk)
    found = None
    if request.method == "POST":
        run = lambda data: appeals.reveal_reporter(**keyword(desk), reason=data["reason"])  # noqa: E731
        found = form.attempt(run)
    context = {
        "desk": desk,
        "appeal": desk.appeal,
        "form": form,
        "found": found,
        "back": f"/work/appeals/{desk.appeal.number}/",
    }
    return render(request, "appeals/desk_reveal.html", context, status=200 if found else form.status)

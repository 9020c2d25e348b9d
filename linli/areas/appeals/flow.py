"""The appeal's flow (诉求流程): buttons, the API's next moves and the diagram in the documents are drawn from it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from linli.kit.flow import Flow, Move


class State(models.TextChoices):
    """States of an appeal (诉求状态)."""

    RECEIVED = "received", _("待受理")
    ACCEPTED = "accepted", _("待分派")
    HANDLING = "handling", _("办理中")
    OBJECTED = "objected", _("异议待裁定")
    ANSWERED = "answered", _("已答复，待回访")
    CLOSED = "closed", _("已办结")
    UNREACHED = "unreached", _("办结（未获回访）")
    DECLINED = "declined", _("不予受理")
    WITHDRAWN = "withdrawn", _("已撤回")
    HISTORY = "history", _("历史记录")


OPEN = (State.RECEIVED, State.ACCEPTED, State.HANDLING, State.OBJECTED, State.ANSWERED)
ENDED = (State.CLOSED, State.UNREACHED, State.DECLINED, State.WITHDRAWN, State.HISTORY)

S = State
APPEAL = Flow(
    State,
    [
        Move("accept", "受理", (S.RECEIVED,), S.ACCEPTED, "appeals.accept", stops=("accept",), starts=("dispatch",)),
        Move("decline", "不予受理", (S.RECEIVED,), S.DECLINED, "appeals.accept", stops=("accept", "case")),
        Move(
            "dispatch", "分派", (S.ACCEPTED,), S.HANDLING, "appeals.dispatch", stops=("dispatch",), starts=("handle",)
        ),
        Move("transfer", "改派", (S.HANDLING,), S.HANDLING, "appeals.dispatch", stops=("handle",), starts=("handle",)),
        Move(
            "escalate",
            "报街道（乡镇）",
            (S.HANDLING,),
            S.HANDLING,
            "appeals.escalate",
            stops=("handle",),
            starts=("handle",),
        ),
        Move(
            "recall",
            "依据失效，退回分派",
            (S.HANDLING,),
            S.ACCEPTED,
            "appeals.tick",
            stops=("handle",),
            starts=("dispatch",),
        ),
        Move("object", "提出异议", (S.HANDLING,), S.OBJECTED, "appeals.object", pauses=("handle",), starts=("rule",)),
        Move(
            "uphold",
            "异议成立，改派",
            (S.OBJECTED,),
            S.HANDLING,
            "appeals.rule_objection",
            stops=("rule", "handle"),
            starts=("handle",),
        ),
        Move(
            "overrule",
            "异议不成立",
            (S.OBJECTED,),
            S.HANDLING,
            "appeals.rule_objection",
            stops=("rule",),
            resumes=("handle",),
        ),
        Move(
            "answer",
            "答复",
            (S.HANDLING,),
            S.ANSWERED,
            "appeals.answer",
            stops=("handle",),
            pauses=("case",),
            starts=("callback",),
        ),
        Move("close", "办结", (S.ANSWERED,), S.CLOSED, "appeals.callback", stops=("callback", "case", "wait")),
        Move(
            "redo",
            "重新办理",
            (S.ANSWERED,),
            S.HANDLING,
            "appeals.callback",
            stops=("callback", "wait"),
            resumes=("case",),
            starts=("handle",),
        ),
        Move(
            "give_up",
            "办结（未获回访）",
            (S.ANSWERED,),
            S.UNREACHED,
            "appeals.callback",
            stops=("callback", "case", "wait"),
        ),
        Move(
            "reopen", "要求重新办理", (S.CLOSED, S.UNREACHED), S.ACCEPTED, "appeals.reopen", starts=("case", "dispatch")
        ),
        Move(
            "withdraw",
            "撤回",
            (S.RECEIVED, S.ACCEPTED, S.HANDLING, S.OBJECTED),
            S.WITHDRAWN,
            "appeals.withdraw",
            stops=("accept", "dispatch", "handle", "rule", "case"),
        ),
    ],
)

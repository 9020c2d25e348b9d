"""States of a duty on the board, which nothing moves but evidence, facts and the calendar; the flows of reports and of tolerance."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from linli.kit.flow import Flow, Move


class State(models.TextChoices):
    """State of a duty on the board (履职状态), the worst first."""

    UNMET = "unmet", "未达标"
    LATE = "late", "逾期"
    NONE = "none", "无证据"
    NO_DATA = "no_data", "无数据"
    NO_STANDARD = "no_standard", "草案未给标准"
    SOON = "soon", "将到期"
    PENDING = "pending", "未到期"
    ATTESTED = "attested", "已证明"
    DONE = "done", "已履行"
    MET = "met", "达标"
    EXEMPT = "exempt", "不适用"


ORDER = {state.value: number for number, state in enumerate(State)}
MISSING = frozenset({State.UNMET, State.LATE, State.NONE, State.NO_DATA})
"""States in which somebody must still do something (谁还没有做)."""


class ReportState(models.TextChoices):
    """States of a report (检举状态)."""

    FILED = "filed", _("待受理")
    ACCEPTED = "accepted", _("处理中")
    ORDERED = "ordered", _("整改中")
    CORRECTED = "corrected", _("已改正，待办结")
    UNCORRECTED = "uncorrected", _("未改正")
    ESCALATED = "escalated", _("已转上一级，待受理")
    CLOSED = "closed", _("已办结")
    HANDED = "handed", _("已移送有权机关追究")
    REFERRED = "referred", _("已转其他机关")
    DECLINED = "declined", _("不予受理")
    WITHDRAWN = "withdrawn", _("已撤回")


class ToleranceState(models.TextChoices):
    """States of an application for tolerance (容错申请状态)."""

    APPLIED = "applied", "待核查"
    EXAMINED = "examined", "待认定"
    DECIDED = "decided", "已认定"
    WITHDRAWN = "withdrawn", "已撤回"


R = ReportState
REPORT_OPEN = (R.FILED, R.ESCALATED, R.ACCEPTED, R.ORDERED, R.CORRECTED, R.UNCORRECTED)
CLOSED_STATES = (R.CLOSED, R.HANDED)
"""Ends with an outcome of which everybody may know."""

REPORT = Flow(
    ReportState,
    [
        Move(
            "accept",
            "受理",
            (R.FILED, R.ESCALATED),
            R.ACCEPTED,
            "duties.correct",
            stops=("accept",),
            starts=("handle",),
        ),
        Move("decline", "不予受理", (R.FILED, R.ESCALATED), R.DECLINED, "duties.correct", stops=("accept",)),
        Move(
            "transfer",
            "转有权的单位",
            (R.FILED, R.ESCALATED, R.ACCEPTED),
            R.FILED,
            "duties.correct",
            stops=("accept", "handle"),
            starts=("accept",),
        ),
        Move(
            "refer",
            "转平台以外的机关",
            (R.FILED, R.ESCALATED, R.ACCEPTED),
            R.REFERRED,
            "duties.correct",
            stops=("accept", "handle"),
        ),
        Move(
            "order",
            "责令改正",
            (R.ACCEPTED, R.UNCORRECTED),
            R.ORDERED,
            "duties.correct",
            stops=("handle",),
            starts=("correct",),
        ),
        Move("confirm", "认定已改正", (R.ORDERED,), R.CORRECTED, "duties.correct", stops=("correct", "verify")),
        Move(
            "find_uncorrected",
            "认定未改正",
            (R.ORDERED,),
            R.UNCORRECTED,
            "duties.correct",
            stops=("correct", "verify"),
            starts=("handle",),
        ),
        Move(
            "escalate",
            "转上一级",
            (R.FILED, R.ESCALATED, R.ACCEPTED, R.ORDERED, R.UNCORRECTED),
            R.ESCALATED,
            "duties.correct",
            stops=("accept", "handle", "correct", "verify"),
            starts=("accept",),
        ),
        Move(
            "hand_over",
            "移送追究",
            (R.ACCEPTED, R.ORDERED, R.CORRECTED, R.UNCORRECTED),
            R.HANDED,
            "duties.correct",
            stops=("handle", "correct", "verify"),
        ),
        Move("close", "办结", (R.ACCEPTED, R.CORRECTED, R.UNCORRECTED), R.CLOSED, "duties.correct", stops=("handle",)),
        Move(
            "withdraw",
            "撤回",
            (R.FILED, R.ESCALATED, R.ACCEPTED),
            R.WITHDRAWN,
            "duties.follow_report",
            stops=("accept", "handle"),
        ),
    ],
)

T = ToleranceState
TOLERANCE = Flow(
    ToleranceState,
    [
        Move("examine", "核查", (T.APPLIED,), T.EXAMINED, "duties.examine_tolerance"),
        Move("decide", "认定", (T.EXAMINED,), T.DECIDED, "duties.decide_tolerance"),
        Move("withdraw", "撤回", (T.APPLIED, T.EXAMINED), T.WITHDRAWN, "duties.apply_tolerance"),
    ],
)

"""States of a duty on the board; nothing moves them but evidence, facts and the calendar."""

from __future__ import annotations

from django.db import models


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

"""States of a draft that is laid open for comment, and of one comment."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from linli.kit.flow import Flow, Move


class DraftState(models.TextChoices):
    """States of a draft (征求意见稿状态)."""

    PREPARING = "preparing", _("准备中")
    OPEN = "open", _("征求意见中")
    CLOSED = "closed", _("已截止，正在研究意见")
    ANSWERED = "answered", _("已公布采纳情况")


class CommentState(models.TextChoices):
    """States of a comment (意见状态)."""

    OPEN = "open", _("待答复")
    ANSWERED = "answered", _("已答复")
    HIDDEN = "hidden", _("不予公开")
    WITHDRAWN = "withdrawn", _("已撤回")


D, C = DraftState, CommentState
PUBLIC_STATES = (D.OPEN, D.CLOSED, D.ANSWERED)
"""States in which everybody may read a draft."""
COUNTED_STATES = (C.OPEN, C.ANSWERED)
"""Comments that count in a digest; hidden ones are counted apart, withdrawn ones not at all."""

DRAFT = Flow(
    DraftState,
    [
        Move("edit", "修改", (D.PREPARING,), None, "assembly.open_draft"),
        Move("open", "公布征求意见", (D.PREPARING,), D.OPEN, "assembly.open_draft"),
        Move("extend", "延长期限", (D.OPEN,), None, "assembly.open_draft"),
        Move("revise", "换新稿", (D.PREPARING, D.OPEN, D.CLOSED), None, "assembly.open_draft"),
        Move("close", "截止", (D.OPEN,), D.CLOSED, "assembly.open_draft", starts=("answer",)),
        Move("reopen", "再次征求意见", (D.CLOSED,), D.OPEN, "assembly.open_draft", stops=("answer",)),
        Move("publish", "公布采纳情况", (D.CLOSED,), D.ANSWERED, "assembly.weigh", stops=("answer",)),
    ],
)

COMMENT = Flow(
    CommentState,
    [
        Move("answer", "答复", (C.OPEN, C.ANSWERED), C.ANSWERED, "assembly.weigh"),
        Move("hide", "不予公开", (C.OPEN, C.ANSWERED), C.HIDDEN, "assembly.weigh"),
        Move("show", "恢复", (C.HIDDEN,), C.OPEN, "assembly.weigh"),
        Move("withdraw", "撤回", (C.OPEN,), C.WITHDRAWN, "assembly.comment"),
    ],
)

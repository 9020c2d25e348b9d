"""Writes of the assembly: contact points, the course of a draft, comments, what staff enter, grouping and answers."""

from linli.areas.assembly.actions.collect import record_meeting, take_paper_comment, take_paper_sheet
from linli.areas.assembly.actions.comments import Receipt, Said, erase_contact, make_comment, withdraw_comment
from linli.areas.assembly.actions.drafts import (
    Invited,
    close_draft,
    close_due,
    edit_draft,
    extend_draft,
    invite,
    open_draft,
    prepare_draft,
    reopen_draft,
    revise_draft,
)
from linli.areas.assembly.actions.points import change_point, end_point, set_answer_limit, set_up_point
from linli.areas.assembly.actions.weigh import (
    answer_comments,
    group_comments,
    hide_comment,
    move_anchor,
    publish_digest,
    reveal_contributor,
    show_comment,
    ungroup,
)

__all__ = [
    "Invited",
    "Receipt",
    "Said",
    "answer_comments",
    "change_point",
    "close_draft",
    "close_due",
    "edit_draft",
    "end_point",
    "erase_contact",
    "extend_draft",
    "group_comments",
    "hide_comment",
    "invite",
    "make_comment",
    "move_anchor",
    "open_draft",
    "prepare_draft",
    "publish_digest",
    "record_meeting",
    "reopen_draft",
    "reveal_contributor",
    "revise_draft",
    "set_answer_limit",
    "set_up_point",
    "show_comment",
    "take_paper_comment",
    "take_paper_sheet",
    "ungroup",
    "withdraw_comment",
]

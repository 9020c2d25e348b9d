"""Every write of the appeals."""

from linli.areas.appeals.actions.answer import (
    add_information,
    answer_appeal,
    ask_resident,
    call_back,
    contact_resident,
    give_up,
    rate_appeal,
    reopen_appeal,
)
from linli.areas.appeals.actions.dispatch import (
    add_helper,
    dispatch_appeal,
    escalate_appeal,
    recall_stopped,
    transfer_appeal,
)
from linli.areas.appeals.actions.dispute import ask_extension, object_appeal, rule_extension, rule_objection
from linli.areas.appeals.actions.erase import ask_erasure, erase_reporter, refuse_erasure
from linli.areas.appeals.actions.imports import import_appeals
from linli.areas.appeals.actions.intake import (
    accept_appeal,
    classify_appeal,
    decline_appeal,
    file_appeal,
    reveal_reporter,
    withdraw_appeal,
    write_brief,
)
from linli.areas.appeals.actions.publish import publish_due, publish_indices
from linli.areas.appeals.actions.supervise import card_due, give_up_due, order_appeal, reply_order

__all__ = [
    "accept_appeal",
    "add_helper",
    "add_information",
    "answer_appeal",
    "ask_erasure",
    "ask_extension",
    "ask_resident",
    "call_back",
    "card_due",
    "classify_appeal",
    "contact_resident",
    "decline_appeal",
    "dispatch_appeal",
    "erase_reporter",
    "escalate_appeal",
    "file_appeal",
    "give_up",
    "give_up_due",
    "import_appeals",
    "object_appeal",
    "order_appeal",
    "publish_due",
    "publish_indices",
    "rate_appeal",
    "recall_stopped",
    "refuse_erasure",
    "reopen_appeal",
    "reply_order",
    "reveal_reporter",
    "rule_extension",
    "rule_objection",
    "transfer_appeal",
    "withdraw_appeal",
    "write_brief",
]

"""Every write of the lists, admissions, grounds and assignments."""

from linli.areas.mandates.actions.admission import (
    apply_admission,
    approve_admission,
    expire_due,
    publish_admission,
    refuse_admission,
    review_admission,
    withdraw_admission,
)
from linli.areas.mandates.actions.gate import assign, assign_task, end_assignment, finish_task, pass_gate
from linli.areas.mandates.actions.grounds import approve_exception, close_ground, decide_own, open_ground
from linli.areas.mandates.actions.lists import add_item, draft_list, drop_item, end_list, publish_list
from linli.areas.mandates.actions.proofs import ask_proof, issue_proof
from linli.areas.mandates.actions.purchase import answer_purchase, request_purchase

__all__ = [
    "add_item",
    "answer_purchase",
    "apply_admission",
    "approve_admission",
    "approve_exception",
    "ask_proof",
    "assign",
    "assign_task",
    "close_ground",
    "decide_own",
    "draft_list",
    "drop_item",
    "end_assignment",
    "end_list",
    "expire_due",
    "finish_task",
    "issue_proof",
    "open_ground",
    "pass_gate",
    "publish_admission",
    "publish_list",
    "refuse_admission",
    "request_purchase",
    "review_admission",
    "withdraw_admission",
]

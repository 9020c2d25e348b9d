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
from linli.areas.mandates.actions.gate import (
    assign,
    assign_task,
    end_assignment,
    finish_task,
    pass_gate,
    refer_task,
    return_task,
)
from linli.areas.mandates.actions.grounds import approve_exception, close_ground, decide_own, open_ground
from linli.areas.mandates.actions.lists import (
    Row,
    add_item,
    draft_list,
    drop_item,
    edit_list,
    end_list,
    import_items,
    publish_list,
)
from linli.areas.mandates.actions.proofs import ask_proof, issue_proof
from linli.areas.mandates.actions.purchase import answer_purchase, request_purchase

__all__ = [
    "Row",
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
    "edit_list",
    "end_assignment",
    "end_list",
    "expire_due",
    "finish_task",
    "import_items",
    "issue_proof",
    "open_ground",
    "pass_gate",
    "publish_admission",
    "publish_list",
    "refer_task",
    "refuse_admission",
    "request_purchase",
    "return_task",
    "review_admission",
    "withdraw_admission",
]

"""Where in Linli a verb of the trail happens (在哪里办): one explicit table, so that an article leads to its pages.

A verb that the packs rest on an article must stand here; `tests/commons/test_law_pages.py` fails otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """A page where something is done; `public` ones open without an account."""

    label: str
    url: str
    public: bool = False


@dataclass(frozen=True)
class Deed:
    """A verb in words, and the pages where it is done."""

    label: str
    pages: tuple[Page, ...] = ()


REPORT = Page("我要反映", "/report/", public=True)
FOLLOW = Page("查进度", "/follow/", public=True)
COUNTER = Page("代录诉求", "/work/appeals/new/")
APPEALS = Page("全部诉求", "/work/appeals/")
TODAY = Page("今日待办", "/work/")
SUPERVISION = Page("督办与红黄牌", "/work/supervision/")
LISTS = Page("清单", "/work/lists/")
ADMISSIONS = Page("准入", "/work/admissions/")
GROUNDS = Page("派单依据", "/work/grounds/")
REFUSALS = Page("清单外拦截", "/work/refusals/")
PROOFS = Page("证明", "/work/proofs/")
PURCHASES = Page("购买服务", "/work/purchases/")
TASKS = Page("交办任务", "/work/tasks/")
SETTINGS = Page("本县设定", "/work/settings/")
CALENDAR = Page("工作日历", "/work/calendar/")
BODIES = Page("机构", "/work/bodies/")
TEXTS = Page("载入法规正文", "/work/settings/texts/")

WHERE: dict[str, Deed] = {
    "appeals.filed": Deed("提出诉求", (REPORT, COUNTER)),
    "appeals.classified": Deed("分类定位", (APPEALS,)),
    "appeals.accepted": Deed("受理诉求", (APPEALS,)),
    "appeals.brief_written": Deed("写转办摘要", (APPEALS,)),
    "appeals.declined": Deed("不予受理", (APPEALS,)),
    "appeals.dispatched": Deed("分派诉求", (APPEALS,)),
    "appeals.escalated": Deed("上报街道（乡镇）", (APPEALS,)),
    "appeals.recalled": Deed("依据失效，退回分派", (APPEALS,)),
    "appeals.objected": Deed("提出异议", (APPEALS,)),
    "appeals.objection_ruled": Deed("裁定异议", (APPEALS,)),
    "appeals.helper_added": Deed("增加协办单位", (APPEALS,)),
    "appeals.extension_asked": Deed("申请延期", (APPEALS,)),
    "appeals.extension_decided": Deed("决定是否延期", (APPEALS,)),
    "appeals.resident_asked": Deed("请居民补充情况", (APPEALS,)),
    "appeals.information_added": Deed("补充情况", (FOLLOW, APPEALS)),
    "appeals.identity_viewed": Deed("查看反映人身份", (APPEALS,)),
    "appeals.answered": Deed("答复居民", (TODAY, APPEALS)),
    "appeals.called_back": Deed("回访", (TODAY, APPEALS)),
    "appeals.redone": Deed("回访后重新办理", (APPEALS,)),
    "appeals.closed": Deed("办结", (APPEALS,)),
    "appeals.reopened": Deed("居民要求重新办理", (FOLLOW,)),
    "appeals.withdrawn": Deed("撤回诉求", (FOLLOW,)),
    "appeals.rated": Deed("居民评价", (FOLLOW,)),
    "appeals.carded": Deed("亮红黄牌", (SUPERVISION,)),
    "appeals.ordered": Deed("督办", (SUPERVISION,)),
    "appeals.order_replied": Deed("回复督办", (SUPERVISION,)),
    "appeals.refused": Deed("拦下不合规的操作", (APPEALS,)),
    "mandates.assigned": Deed("交办任务", (TASKS,)),
    "mandates.task_finished": Deed("完成任务", (TASKS,)),
    "mandates.task_returned": Deed("退回任务", (TASKS,)),
    "mandates.task_stopped": Deed("停止任务", (TASKS,)),
    "mandates.refused": Deed("拦下清单外任务", (REFUSALS,)),
    "mandates.ground_opened": Deed("确定派单依据", (GROUNDS,)),
    "mandates.ground_closed": Deed("派单依据失效", (GROUNDS,)),
    "mandates.order_issued": Deed("发布应急指令", (GROUNDS,)),
    "mandates.exception_approved": Deed("批准例外", (GROUNDS,)),
    "mandates.list_drafted": Deed("起草清单", (LISTS,)),
    "mandates.item_added": Deed("清单增加事项", (LISTS,)),
    "mandates.item_dropped": Deed("清单删去事项", (LISTS,)),
    "mandates.list_published": Deed("公布清单", (LISTS,)),
    "mandates.list_ended": Deed("停用清单", (LISTS,)),
    "mandates.admission_applied": Deed("申请准入", (ADMISSIONS,)),
    "mandates.admission_reviewed": Deed("审查准入申请", (ADMISSIONS,)),
    "mandates.admission_decided": Deed("决定是否准入", (ADMISSIONS,)),
    "mandates.admission_published": Deed("公布准入事项", (ADMISSIONS,)),
    "mandates.admission_ended": Deed("准入到期或退出", (ADMISSIONS,)),
    "mandates.proof_asked": Deed("要求开具证明", (PROOFS,)),
    "mandates.proof_issued": Deed("开具证明", (PROOFS,)),
    "mandates.proof_refused": Deed("拒绝无依据的证明", (PROOFS,)),
    "mandates.purchase_requested": Deed("提出购买服务", (PURCHASES,)),
    "mandates.purchase_answered": Deed("答复购买服务", (PURCHASES,)),
    "commons.limit_set": Deed("本县设定", (SETTINGS,)),
    "commons.day_set": Deed("设定放假或上班", (CALENDAR,)),
    "commons.text_loaded": Deed("载入法规正文", (TEXTS,)),
    "commons.body_added": Deed("设立机构", (BODIES,)),
    "commons.body_changed": Deed("修改机构信息", (BODIES,)),
    "commons.body_ended": Deed("撤销机构", (BODIES,)),
    "commons.person_added": Deed("新增人员账号", (BODIES,)),
    "commons.appointed": Deed("任职", (BODIES,)),
    "commons.post_ended": Deed("离任", (BODIES,)),
    "commons.password_reset": Deed("重设密码", (BODIES,)),
    "commons.refused": Deed("拦下不合规的操作"),
}


def deed(verb: str) -> Deed:
    """The verb in words and its pages; a verb without an entry is shown as it is."""
    return WHERE.get(verb) or Deed(verb)

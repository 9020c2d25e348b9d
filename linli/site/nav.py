"""The workbench's navigation: one table, shown as far as the post's powers reach."""

from __future__ import annotations

from dataclasses import dataclass

from linli.commons.actor import Actor


@dataclass(frozen=True)
class Item:
    """One entry of the side navigation."""

    label: str
    url: str
    powers: tuple[str, ...]
    group: str
    current: bool = False


TABLE = (
    Item("今日待办", "/work/", ("commons.read_notices",), "我的工作"),
    Item("代录诉求", "/work/appeals/new/", ("appeals.file",), "我的工作"),
    Item("交办任务", "/work/tasks/", ("commons.read_notices",), "我的工作"),
    Item("通知", "/work/notices/", ("commons.read_notices",), "我的工作"),
    Item("全部诉求", "/work/appeals/", ("appeals.see", "appeals.see_held"), "诉求"),
    Item("督办与红黄牌", "/work/supervision/", ("appeals.order",), "诉求"),
    Item("导入记录", "/work/imports/", ("appeals.import",), "诉求"),
    Item("清单", "/work/lists/", ("mandates.see",), "清单与准入"),
    Item("准入", "/work/admissions/", ("mandates.see",), "清单与准入"),
    Item("派单依据", "/work/grounds/", ("mandates.see",), "清单与准入"),
    Item("清单外拦截", "/work/refusals/", ("mandates.see",), "清单与准入"),
    Item("证明", "/work/proofs/", ("mandates.issue_proof", "mandates.ask_proof"), "清单与准入"),
    Item("购买服务", "/work/purchases/", ("mandates.request_purchase", "mandates.answer_purchase"), "清单与准入"),
    Item("本县设定", "/work/settings/", ("commons.set_limit",), "设置"),
    Item("工作日历", "/work/calendar/", ("commons.edit_calendar",), "设置"),
    Item("机构", "/work/bodies/", ("commons.set_limit", "commons.manage_accounts"), "设置"),
    Item("留痕", "/work/trail/", ("commons.read_trail",), "设置"),
)


def items_for(actor: Actor, path: str) -> list[Item]:
    """Entries that the actor may open; the one whose address fits the path best is marked."""
    shown = [item for item in TABLE if actor.powers.intersection(item.powers)]
    here = max((item.url for item in shown if path.startswith(item.url)), key=len, default="")
    return [Item(item.label, item.url, item.powers, item.group, item.url == here) for item in shown]

"""Navigation: the portal's few entries, and the workbench's table, shown as far as the post's powers reach."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as lazy

from linli.commons.actor import Actor
from linli.kit.notices import MANY


@dataclass(frozen=True)
class Item:
    """One entry of the side navigation."""

    label: str | Promise
    url: str
    powers: tuple[str, ...]
    group: str | Promise


@dataclass(frozen=True)
class Door:
    """One entry of the residents' navigation."""

    label: str | Promise
    url: str
    icon: str


PORTAL = (
    Door(lazy("首页"), "/", "home"),
    Door(lazy("我要反映"), "/report/", "speak"),
    Door(lazy("查进度"), "/follow/", "search"),
    Door(lazy("居委会"), "/committee/", "people"),
    Door(lazy("看条文"), "/law/", "law"),
)


def is_here(url: str, path: str) -> bool:
    """Whether a page belongs to an entry; the home page only to itself."""
    return path == url or (url != "/" and path.startswith(url))


TABLE = (
    Item(lazy("今日待办"), "/work/", ("commons.see_law",), lazy("我的工作")),
    Item(lazy("代录诉求"), "/work/appeals/new/", ("appeals.file",), lazy("我的工作")),
    Item(lazy("交办任务"), "/work/tasks/", ("commons.read_notices",), lazy("我的工作")),
    Item(lazy("通知"), "/work/notices/", ("commons.read_notices",), lazy("我的工作")),
    Item(lazy("我的登录"), "/work/me/", ("commons.keep_own_doors",), lazy("我的工作")),
    Item(lazy("全部诉求"), "/work/appeals/", ("appeals.see", "appeals.see_held"), lazy("诉求")),
    Item(lazy("热点诉求"), "/work/hot/", ("appeals.see",), lazy("诉求")),
    Item(lazy("督办与红黄牌"), "/work/supervision/", ("appeals.order",), lazy("诉求")),
    Item(lazy("删除申请"), "/work/erasures/", ("appeals.erase",), lazy("诉求")),
    Item(lazy("办理指标"), "/work/indices/", ("appeals.see", "appeals.see_held"), lazy("诉求")),
    Item(lazy("导入记录"), "/work/imports/", ("appeals.import",), lazy("诉求")),
    Item(lazy("清单"), "/work/lists/", ("mandates.see",), lazy("清单与准入")),
    Item(lazy("准入"), "/work/admissions/", ("mandates.see",), lazy("清单与准入")),
    Item(lazy("派单依据"), "/work/grounds/", ("mandates.see",), lazy("清单与准入")),
    Item(lazy("清单外拦截"), "/work/refusals/", ("mandates.see",), lazy("清单与准入")),
    Item(lazy("证明"), "/work/proofs/", ("mandates.see",), lazy("清单与准入")),
    Item(
        lazy("购买服务"),
        "/work/purchases/",
        ("mandates.request_purchase", "mandates.answer_purchase"),
        lazy("清单与准入"),
    ),
    Item(lazy("草案征求意见"), "/work/drafts/", ("assembly.weigh", "assembly.collect"), lazy("立法联系点")),
    Item(lazy("履职台账"), "/work/duties/", ("duties.see",), lazy("履职")),
    Item(lazy("体检"), "/work/checkup/", ("duties.oversee",), lazy("履职")),
    Item(lazy("检举与纠正"), "/work/corrections/", ("duties.correct",), lazy("履职")),
    Item(lazy("代录检举"), "/work/corrections/new/", ("duties.report",), lazy("履职")),
    Item(lazy("整改通知"), "/work/correction-orders/", ("duties.answer_order",), lazy("履职")),
    Item(lazy("容错纠错"), "/work/tolerance/", ("duties.apply_tolerance", "duties.examine_tolerance"), lazy("履职")),
    Item(lazy("事实登记"), "/work/facts/", ("commons.see_facts",), lazy("履职")),
    Item(lazy("本县设定"), "/work/settings/", ("commons.set_limit",), lazy("设置")),
    Item(lazy("工作日历"), "/work/calendar/", ("commons.edit_calendar",), lazy("设置")),
    Item(lazy("机构"), "/work/bodies/", ("commons.set_limit", "commons.see_accounts"), lazy("设置")),
    Item(lazy("账号与核准"), "/work/accounts/", ("commons.see_accounts",), lazy("设置")),
    Item(lazy("登录记录"), "/work/sign-ins/", ("commons.see_sign_ins",), lazy("设置")),
    Item(lazy("提权"), "/work/me/elevate/", ("commons.elevate",), lazy("设置")),
    Item(lazy("登记区划、机构和账号"), "/work/opening/", ("commons.open_county",), lazy("设置")),
    Item(lazy("开通检查"), "/work/opening/standing/", ("commons.open_county", "commons.set_limit"), lazy("设置")),
    Item(lazy("法规正文"), "/work/settings/texts/", ("commons.load_text",), lazy("设置")),
    Item(lazy("留痕"), "/work/trail/", ("commons.read_trail",), lazy("设置")),
)


def side(actor: Actor, path: str, unread: int) -> SafeString:
    """The entries that the actor may open, drawn; the one whose address fits the path best is marked.

    Args:
        unread: how many notices wait.
    """
    shown = tuple(item.url for item in TABLE if actor.powers.intersection(item.powers))
    here = max((url for url in shown if path.startswith(url)), key=len, default="")
    return _drawn(shown, here, unread, get_language())


@lru_cache(maxsize=1000)
def _drawn(shown: tuple[str, ...], here: str, unread: int, _language: str | None) -> SafeString:
    groups: dict[str, list[dict[str, Any]]] = {}
    for item in TABLE:
        if item.url not in shown:
            continue
        count = ("99+" if unread >= MANY else unread) if item.url == "/work/notices/" else 0
        entry = {"label": item.label, "url": item.url, "current": item.url == here, "count": count}
        groups.setdefault(str(item.group), []).append(entry)
    drawn = [{"label": label, "items": items} for label, items in groups.items()]
    return render_to_string("parts/sidenav.html", {"groups": drawn})

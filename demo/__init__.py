"""The demo (演示): two invented counties, one under each draft, told as a story through actions.

Places, bodies, people and words are invented; telephone numbers cannot exist. Nothing here is a fixture: whatever has a
state got it by the same actions that the pages use, on a clock that runs through the last weeks.
"""

from __future__ import annotations

import json
from typing import Any

from demo.people import ACCOUNTS, COUNTY_NAMES, FACTORS, PASSWORD

__all__ = ["ACCOUNTS", "FACTORS", "PASSWORD", "RealData", "guide", "is_loaded", "load", "receipts"]

CODES = ("429998", "439998")


class RealData(Exception):
    """The database already holds something that is not the demo; the text says what to do."""


def is_loaded() -> bool:
    """Whether both counties are there."""
    from linli.commons.models import Place

    return Place.objects.filter(code__in=CODES).count() == len(CODES)


def load() -> None:
    """Load the demo into the database in use; nothing happens when it is there already.

    Raises:
        RealData: the database holds bodies of other places.
    """
    if is_loaded():
        return
    from django.utils import timezone

    from demo.story import tell
    from linli.areas.mandates.actions.catalogue import sync_matters
    from linli.commons.models import Body
    from linli.commons.workdays import seed_years

    if Body.objects.exists():
        raise RealData("这个数据库里已有机构，演示数据只能载入空的数据库。请用 LINLI_DATA 另指定一个目录。")
    sync_matters()
    year = timezone.localdate().year
    seed_years(range(year - 1, year + 2))
    tell()


def receipts() -> list[dict[str, Any]]:
    """Numbers and codes of a few appeals to follow; empty when the demo was loaded elsewhere."""
    from demo.story import receipts_file

    try:
        found: list[dict[str, Any]] = json.loads(receipts_file().read_text("utf-8"))
    except (OSError, ValueError):
        return []
    return found


def guide() -> list[str]:
    """Lines that `linli run --demo` prints: accounts, appeals to follow, what to try first."""
    lines = [f"演示账号（密码都是 {PASSWORD}）："]
    for county in COUNTY_NAMES.values():
        lines.append(f"  {county}")
        lines += [f"    {user:<14}{role}：{hint}" for user, _, role, where, hint in ACCOUNTS if where == county]
    lines += [
        f"{'、'.join(FACTORS)} 登录时还要动态码：运行 linli demo code hb_security 得到现在的 6 位数字，",
        "  或把密钥输入自己的身份验证器：" + "，".join(f"{user} {secret}" for user, secret in FACTORS.items()),
        "  其他账号登录后可在“我的登录”里绑定；正式使用时每个账号都必须绑定。",
    ]
    lines.append("凭编号和查询码可查的诉求：")
    lines += [f"  {row['county']}  {row['number']}  {row['code']}  {row['what']}" for row in receipts()]
    lines += [
        "先试这几步：",
        "  1. 不登录：打开首页点“我要反映”，写一件事，记下回执，再点“查进度”。",
        "  2. 用 hb_hotline 登录，在“今日待办”打开“听潮苑东门外的路灯不亮”，点“选别的单位”，选“其他单位”，",
        "     再在下面选“听潮社区居民委员会”，分派。看湖北草案第四十一条怎样拦下、给出哪几条出路。",
        "  3. 用 hn_hotline 登录，把“柳汀花苑东门外的路灯不亮”同样派给柳汀社区居民委员会：湖南草案拦下的依据是第十二条；",
        "     该县多数时限未设，页面写明“未设时限”。",
        "  4. 用 hb_committee 登录看“履职台账”：哪些职责做到了、缺什么；hb_lead 看全县各单位；不登录可看“对照条文看”。",
        "  5. 用 hb_supervisor 登录看黄牌、红牌和督办；用 hn_lead 登录看准入申请和清单。",
        "  6. 不登录：打开“法规草案”对一条提意见；再用 hb_congress 登录，在“草案征求意见”里归并、答复。",
    ]
    return lines

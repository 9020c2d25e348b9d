"""Invented drafts, three versions of one, and the short ways of the tests to ask about them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from linli.areas.assembly import actions as assembly
from linli.areas.assembly.actions import Receipt, Said
from linli.areas.assembly.models import Comment, ContactPoint, Draft
from linli.commons.actor import RESIDENT
from tests.cast import Town

FIRST = """某市楼道环境管理规定（草案）

第一章　总则

第一条　为了让楼道整洁畅通，保护居民安全，制定本规定。
第二条　本市行政区域内住宅楼的楼道、楼梯间和门厅的环境管理，适用本规定。

第二章　管理

第三条　业主和物业使用人不得有下列行为：
（一）在楼道内堆放可燃杂物；
（二）在楼道内停放电动自行车或者为其充电；
（三）占用消防通道。
违反前款规定的，由物业服务企业劝阻；劝阻无效的，报告居民委员会。
第四条　物业服务企业应当每周至少巡查一次楼道，并把巡查结果张贴在门厅。
第五条　居民委员会可以组织居民每季度开展一次楼道清理。
第六条　本规定自公布之日起施行。
"""
SECOND = """某市楼道环境管理规定（草案二稿）

第一章　总则

第一条　为了让楼道整洁畅通，保护居民安全，制定本规定。
第二条　本市行政区域内住宅楼的楼道、楼梯间和门厅的环境管理，适用本规定。
第三条　楼道环境管理的费用，由街道办事处按照规定予以补助。

第二章　管理

第四条　业主和物业使用人不得有下列行为：
（一）在楼道内堆放可燃杂物；
（二）在楼道内停放电动自行车或者为其充电；
（三）占用消防通道。
违反前款规定的，由物业服务企业劝阻；劝阻无效的，报告居民委员会。
第五条　物业服务企业应当每周至少巡查两次楼道，并把巡查结果张贴在门厅。
第六条　本规定自公布之日起施行。
"""
THIRD = FIRST.replace("（草案）", "（草案三稿）").replace("每周至少巡查一次楼道", "每周至少巡查两次楼道")


def in_days(days: int) -> date:
    return timezone.localdate() + timedelta(days=days)


def point(town: Town, **more: Any) -> ContactPoint:
    """A contact point at the community of the story."""
    given: dict[str, Any] = {
        "by": town.congress,
        "place": town.community,
        "host": town.bodies["committee"],
        "name": "滨江社区基层立法联系点",
        "address": "滨江路 1 号社区服务中心",
        "phone": "0000-0000101",
        "decision": "某市人大常委会决定〔2026〕1 号",
        "set_up_on": timezone.localdate(),
        **more,
    }
    return assembly.set_up_point(**given)


def prepared(town: Town, **more: Any) -> Draft:
    given: dict[str, Any] = {
        "by": town.congress,
        "place": town.county,
        "title": "某市楼道环境管理规定（草案）",
        "text": FIRST,
        "until": in_days(30),
        **more,
    }
    return assembly.prepare_draft(**given)


def opened(town: Town, **more: Any) -> Draft:
    draft = prepared(town, **more)
    return assembly.open_draft(by=town.congress, draft=draft)


def said(eid: str = "art_4", stance: str = "amend", words: str = "一周一次太少了，建议两次。", **more: Any) -> Said:
    return Said(**{"stance": stance, "kind": "resident", "eid": eid, "words": words, **more})


def comment(draft: Draft, *args: Any, by: Any = RESIDENT, **more: Any) -> Comment:
    """One comment by the public page; what is said as for `said`."""
    return receipt(draft, *args, by=by, **more).comment


def receipt(draft: Draft, *args: Any, by: Any = RESIDENT, **more: Any) -> Receipt:
    outer = {key: more.pop(key) for key in ("name", "contact", "point", "invitation", "on") if key in more}
    return assembly.make_comment(by=by, draft=draft, said=said(*args, **more), **outer)


def closed(town: Town, draft: Draft) -> Draft:
    return assembly.close_draft(by=town.congress, draft=draft, reason="测试时提前截止")


def again(row: Any) -> Any:
    return type(row).objects.get(pk=row.pk)

"""What a pack's rules ask of a place (体检要填的项): one column each, derived from the duties, never from a list of our own."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from linli.law import expr, words
from linli.law.types import Duty, Pack

LEVELS = ("community", "street", "county")
"""Levels of place that a check-up judges, from below. Duties of estates and of higher governments are not asked here."""

LEVEL_WORDS = {"community": "社区（村）", "street": "街道（乡镇）", "county": "县（市、区）"}


@dataclass(frozen=True)
class Ask:
    """One thing that is asked of a place (一项指标).

    Args:
        key: fact, or `list:published`, `list:reviewed`, `set:item`. kind: `code` `name` `text` `urban` `number` `flag` `set` `item` `dates`
        `published` `reviewed` `outside`. items: what a set must hold. duties: `pack.duty` that need it.
        titles: other ways in which people head the column.
    """

    key: str
    label: str
    kind: str
    level: str
    unit: str = ""
    items: tuple[str, ...] = ()
    duties: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()

    @property
    def head(self) -> str:
        """The title in the template, with its unit (表头)."""
        unit = words.UNITS.get(self.unit, "")
        return f"{self.label}（{unit}）" if unit else self.label


def _titles(text: str) -> Mapping[str, tuple[str, ...]]:
    rows = (line.partition(" ") for line in text.strip().splitlines())
    return {key: tuple(rest.split()) for key, _, rest in rows}


SYNONYMS = _titles("""
@code 代码 编码 区划代码 统计用区划代码 行政区划代码 社区编码 社区（村）代码 村（社区）代码 居委会代码 村代码 统计代码 12位代码 社区代码（12位） 统计用区划代码（12位） 区划编码 居村代码 村居代码
@name 社区 名称 社区名 村名 社区（村） 村（社区） 村居 村社区 居（村）委会 居（村）委会名称 居委会 居委会名称 村（居）委会 村（居）名称 社区（村）名称 村（社区）名称 村社区名称 村居名称 单位名称 单位 社区居委会 村（居） 居村名称
@street 街道 乡镇 镇街 街镇 乡镇街道 街道乡镇 乡镇（街道） 镇（街道） 街道名称 所属街道 所在街道 街道（镇） 镇 街道办 街道办事处 所属乡镇 所属街道（乡镇） 乡镇街道名称 街道（乡镇）名称
@county 区县 县 县区 县市区 市县 所属区县 县（区） 区（县） 县名 所属县区 县（市、区）名称
@kind 类别 类型 城乡 社区类型 社区类别 城乡分类 城乡属性 性质 城乡分类代码 城市/农村 城市或农村 城乡性质 城乡类型
residents 常住人口数 常住人口数量 常住人口总数 常住人数 人口 人口数 总人口 人口总数 居住人口 居民人口 居民人数 常住居民 常住居民数 实有人口 居民数
households 户数合计 总户数 住户数 住户 居民户数 家庭户数 家庭户 常住户数 常住户 居民户 户
workers 社区工作者人数 社区工作者数 社区工作者数量 社工 社工数 社工人数 工作人员 工作人员数 工作者 工作者人数 社区专职工作者 专职工作者 专职社区工作者 社区专职工作人员 社区工作人员 配备人数 在岗人数 在岗社区工作者 现有社区工作者 实有社区工作者 工作者数 社区工作者实有数 社区工作者现有人数
area 综合服务设施 服务设施面积 设施面积 面积 用房面积 服务用房面积 社区用房面积 社区服务用房 社区服务用房面积 社区综合服务设施面积 综合服务用房面积 党群服务中心面积 办公服务用房面积 服务用房 办公用房面积 建筑面积 社区办公服务用房面积 综合服务设施建筑面积 社区综合服务设施建筑面积
quota 员额 核定数 核定人数 核定员额 名额 社区工作者定额 社区工作者员额 编制数
workers_by_other_way 其他途径进入 其他途径人数 非招聘人数 其他途径进入人数
groups 居民小组 网格 网格数 居民小组数 小组数 村民小组 村民小组数 小组 居（村）民小组 网格（小组）数 小组（网格）
committees 居委会数 村委会数 居（村）委会数
councils 议事协商会数 居民议事会 议事会 协商会 居民议事协商会 居（村）民议事协商会 议事协商组织
service_halls 服务大厅数 办事大厅 便民服务大厅 便民大厅
function_rooms 功能室数 功能用房 功能房间 房间 房间数 活动室 活动室数 功能房
estates 小区 住宅小区 住宅小区数
estates_managed 有人管理小区数 有物业小区数 有物业的小区数 物业管理小区数 有物业管理的小区数 物业覆盖小区数
social_org_bookings_charged 收费预约 场地收费次数
nuisances_upheld 扰民 扰民件数
culture_boards 宣传栏 宣传栏数 文化墙
plaques_unapproved 未批准挂牌 违规挂牌 违规挂牌数 未经批准挂牌数
certified_workers 持证社工 持证人数 持证社工数 持证社区工作者人数
lowest_allowance_paid 最低津贴 职业津贴 实发津贴 证书津贴
relocation_site 是否易地搬迁安置点 易地扶贫搬迁安置点 安置点
qualifies 是否符合设立条件
has_spare_venue 有无闲置场地 闲置场地 是否有闲置场地
subcommittees 下设委员会 下属委员会名称 专门委员会 委员会 工作委员会 已设委员会
charters 章程和公约 自治章程和公约 章程、公约 居规民约
systems 制度建设 已建制度
zones 功能分区 已设功能区
three_party 三方机制 三方联动 三方议事机制
emergency_readiness 应急 应急管理
services_rated 评议的服务 已评议服务
committee_drills 演练 应急演练 演练日期 应急演练日期 最近演练日期 最近一次演练 居委会演练 村委会演练 演练时间
medical_rounds 巡诊 巡诊日期 医疗巡诊
street_drills 演练 演练日期 街道演练日期 应急演练日期 应急演练
satisfaction_surveys 满意度调查日期 满意度测评 调查日期
units_with_resources 有可开放资源单位 有资源单位数
units_open 已开放单位 已开放单位数
offline_service_points 线下窗口 线下服务窗口
""")
"""Other titles: of the columns that name a place (@), and for measures that county tables have had for years; a pack's own measure needs none."""

CODE = Ask("code", "社区代码", "code", "community", titles=SYNONYMS["@code"])
NAME = Ask("name", "社区名称", "name", "community", titles=SYNONYMS["@name"])
STREET = Ask("street", "街道（乡镇）", "text", "community", titles=SYNONYMS["@street"])
COUNTY = Ask("county", "县（市、区）", "text", "community", titles=SYNONYMS["@county"])
KIND = Ask("kind", "城乡类别", "urban", "community", titles=SYNONYMS["@kind"])
STREET_CODE = Ask(
    "code", "街道代码", "code", "street", titles=("代码", "编码", "区划代码", "街道（乡镇）代码", "乡镇代码")
)
STREET_NAME = replace(
    STREET, key="name", kind="name", level="street", titles=(*STREET.titles, "名称", "单位", "单位名称")
)
COUNTY_CODE = Ask(
    "code", "县代码", "code", "county", titles=("代码", "编码", "区划代码", "县（市、区）代码", "县级代码")
)
COUNTY_NAME = replace(
    COUNTY, key="name", kind="name", level="county", titles=(*COUNTY.titles, "名称", "单位", "单位名称")
)
PLACES: Mapping[str, tuple[Ask, ...]] = {
    "community": (CODE, NAME, STREET, COUNTY, KIND),
    "street": (STREET_CODE, STREET_NAME),
    "county": (COUNTY_CODE, COUNTY_NAME),
}
"""Columns that say of which place a row speaks."""
PLACE_KEYS = frozenset({"code", "name", "street", "county", "kind"})


def judged_duties(pack: Pack, level: str) -> tuple[Duty, ...]:
    """Duties of a pack that a rule judges at a level of place, in the order of the text."""
    return tuple(duty for duty in pack.duties if duty.rule is not None and duty.subject == level)


def asks_of(packs: Iterable[Pack], level: str) -> tuple[Ask, ...]:
    """Columns for a level of place (应填各列): the place's own, then what the rules of the packs count, each once."""
    found: dict[str, Ask] = {}
    for pack in packs:
        for duty in judged_duties(pack, level):
            for ask in _needed(duty, pack):
                held = found.get(ask.key, ask)
                found[ask.key] = replace(
                    held,
                    items=tuple(dict.fromkeys((*held.items, *ask.items))),
                    duties=tuple(dict.fromkeys((*held.duties, *ask.duties))),
                )
    return (*PLACES[level], *found.values())


def item_asks(asks: Iterable[Ask]) -> tuple[Ask, ...]:
    """The same sets asked item by item (人民调解委员会：有), as many tables do."""
    return tuple(
        Ask(
            f"{ask.key}:{item}",
            f"{ask.label}：{item}",
            "item",
            ask.level,
            duties=ask.duties,
            titles=_item_titles(ask, item),
        )
        for ask in asks
        if ask.kind == "set"
        for item in ask.items
    )


def _item_titles(ask: Ask, item: str) -> tuple[str, ...]:
    tail = "委员会" if ask.key == "subcommittees" else "区" if ask.key == "zones" else ""
    return (item, f"{item}{tail}", f"{ask.label}{item}", f"{ask.label}-{item}", f"{ask.label}/{item}")


def _needed(duty: Duty, pack: Pack) -> Iterable[Ask]:
    assert duty.rule is not None
    keys = duty.rule.keys
    id = f"{pack.id}.{duty.id}"
    for key in ("when", "measure", "at_least", "at_most"):
        if key in keys:
            names = (str(keys[key]),) if key == "measure" else sorted(expr.names(expr.read(str(keys[key]))))
            for name in names:
                measure = pack.find_measure(name)
                if name != "kind" and measure is not None and measure.kind in ("number", "flag"):
                    yield Ask(
                        name, measure.label, measure.kind, duty.subject, measure.unit, (), (id,), SYNONYMS.get(name, ())
                    )
    if duty.rule.shape == "has_all":
        name, items = str(keys["set"]), keys["contains"]
        assert isinstance(items, tuple)
        yield Ask(name, words.term(name, pack), "set", duty.subject, "", items, (id,), SYNONYMS.get(name, ()))
    elif duty.rule.shape == "published_list":
        name = str(keys["list"])
        label = words.term(name, pack)
        label = label if label.endswith(("清单", "结果", "目录")) else f"{label}清单"
        yield Ask(
            f"{name}:published", f"{label}公布日期", "published", duty.subject, "", (), (id,), (f"{label}公布", label)
        )
        if "reviewed_every" in keys:
            yield Ask(
                f"{name}:reviewed", f"{label}复核日期", "reviewed", duty.subject, "", (), (id,), (f"{label}更新日期",)
            )
    elif duty.rule.shape == "nothing_outside":
        name = str(keys["events"])
        label = f"{words.term(name, pack)}：清单外"
        yield Ask(name, label, "outside", duty.subject, "count", (), (id,), (label.replace("：", "，"),))
    elif "every" in keys:
        name = str(keys["record"])
        yield Ask(name, words.term(name, pack), "dates", duty.subject, "", (), (id,), SYNONYMS.get(name, ()))


_BRACKETS = re.compile(r"[(\[【〔<][^()\[\]【】〔〕<>]*[)\]】〕>]")
_LEADING = ("是否建有", "是否设有", "是否有", "有无", "是否", "现有", "实有", "目前", "已有", "其中:")
_TRAILING = ("名单", "人数", "数量", "总数", "个数", "情况", "数")


@lru_cache(maxsize=8192)
def plain_title(title: str) -> str:
    """A title as it is compared (比对用表头): no spaces, no full-width letters, no marks of obligation."""
    text = "".join(unicodedata.normalize("NFKC", title).casefold().split()).replace("\ufeff", "").replace("\x00", "")
    for mark in ("(必填)", "(选填)", "*", "★"):
        text = text.replace(mark, "")
    return text.strip(":,.;、-")


@lru_cache(maxsize=8192)
def bare_title(title: str) -> str:
    """A title without what stands in brackets."""
    text = plain_title(title)
    shorter = _BRACKETS.sub("", text)
    return shorter.strip(":,.;、-/") or text


@lru_cache(maxsize=8192)
def core_title(title: str) -> str:
    """A title without brackets and without words that add nothing: 现有…, …数, …情况."""
    text = bare_title(title)
    for word in _LEADING:
        if text.startswith(word) and len(text) > len(word) + 1:
            text = text.removeprefix(word)
            break
    for word in _TRAILING:
        if text.endswith(word) and len(text) > len(word) + 1:
            return text.removesuffix(word)
    return text


def bracketed(title: str) -> tuple[str, ...]:
    """What stands in brackets in a title, and after a stroke: units, mostly."""
    text = plain_title(title)
    inside = [part[1:-1] for part in _BRACKETS.findall(text)]
    tail = text.rpartition("/")[2] if "/" in text else ""
    return tuple(part for part in (*inside, tail) if part)

"""What a message calls the place it is about, or the thing where it names no place (诉求中的名称).

Places are found by what they end in (小区, 路, 学院 …) with the two characters before, which needs no gazetteer and bridges what people
leave out (A5区劳动东路魅力之城小区, 魅力之城). What overlaps is one name; a dwelling is its stem alone, for one estate is called 新城, 小区 and 社区
by turns. A message without a place is about what its title says in runs of three characters none of which is a word of asking.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from hashlib import blake2b

_DWELLING = frozenset(
    [
        "小区",
        "花园",
        "家园",
        "公寓",
        "公馆",
        "社区",
        "新城",
        "苑",
        "城",
        "府",
        "园",
        "湾",
        "庭",
        "郡",
        "轩",
        "阁",
        "邸",
        "墅",
        "庄",
        "寓",
    ]
)
_ADDED = frozenset(["小区", "社区"])
"""Added to the name of an estate by some and left out by others."""
_OTHER_LIST = "广场 大厦 学院 大学 中学 小学 学校 幼儿园 医院 公司 市场 大道 中心 银行 超市 酒店 集团 街道 路 街 巷 村 镇 站 桥 厂 湖 山 坊 岛 洲"
_ENDINGS = sorted([*_DWELLING, *_OTHER_LIST.split()], key=lambda ending: (-len(ending), ending))
_NAME = re.compile("(?=([\u4e00-\u9fffA-Za-z]{2}(?:" + "|".join(_ENDINGS) + "))(?![者民灯]))")
_LONGEST = 2 + max(map(len, _ENDINGS))
_NO_NAME_LIST = (
    "有限公司 股份公司 分公司 民小区 整个小区 居民小区 住宅小区 老旧小区 附近小区 周边小区 培训学校 训学校 公办小学 配套小学 配套学校 民办学校 "
    "民政府 市政府 县政府 区政府 镇政府 乡政府 省政府 级政府 关政府 方政府 地政府 管政府 新农村 贫困村 城中村 工业园 业园 产业园 "
    "加油站 公交站 地铁站 火车站 高铁站 汽车站 客运站 垃圾站 收费站 中转站 变电站 搅拌站 凝土站 搅拌厂 水泥厂 污水厂 处理厂 化工厂 电子厂 养猪厂 采石厂 砂石厂 "
    "国际城 民法院 高速路 主干路 柏油路 水泥路 人行路 动公园 政府 天然湖 建筑公司 物业公司 开发公司 服务中心 售楼中心 业主中心 购物中心"
)
_NO_NAME = frozenset(_NO_NAME_LIST.split())
_NO_STEM = re.compile("[的了我你他们个该本此这那哪旁边近被把很没吗呢住在是离]")
"""Characters that are words of their own, so that what holds one is no name."""
_REGION = re.compile("[A-Za-z][0-9０-９]*[市区县]|西地省")
"""Names that were masked: A3区."""
_ASKING = re.compile(
    "[的了吗呢么吧啊我你他们个该本此这那哪是在有无不没未被把将能否可应何时候怎什请求咨询问关于题建议希望投诉举报反映尽快解决办理处严重再次情况为什后前请帮忙"
    "领导政府部门市区县省镇乡一年月日、，。！？!?：“”《》（）()]"
)
_COMMON = re.compile(
    "安全隐患|培训机构|开发商|房地产|工作人员|老百姓|农民工|消费者|受害人|乱收费|不作为|业主|居民|物业|小区|(?:19|20)[0-9]{2}"
)
"""Whom and what half of all titles name, and years."""
_RUN = 3


def places(text: str) -> Counter[tuple[str, str]]:
    """The places a text names, as written and as compared, with how often (地名). Linear in the text."""
    hidden = _REGION.sub(lambda found: "，" * len(found[0]), text)
    kept: list[tuple[int, int, str]] = []
    for found in _NAME.finditer(hidden):
        name, begin, end = found[1], found.start(1), found.end(1)
        if name in _NO_NAME or _NO_STEM.search(name[:2]):
            continue
        if kept:
            last_begin, last_end, _ = kept[-1]
            if end <= last_end:  # inside the last, or the same but shorter
                continue
            if begin < last_end:
                if last_end != begin + 2 or name[2:] in _ADDED or last_begin == begin:
                    if last_begin == begin:
                        kept[-1] = (begin, end, name)
                    continue
                kept.pop()  # 住丽湾 in 住丽湾新城
        kept.append((begin, end, name))
    return Counter((name, _key(name)) for _, _, name in kept)


def _key(name: str) -> str:
    return f"{name[:2]}居" if name[2:] in _DWELLING else name


def things(title: str) -> Counter[tuple[str, str]]:
    """Runs of three characters of a title that may name a thing (事物). Linear in the title."""
    hidden = _ASKING.sub("，", _COMMON.sub("，", _REGION.sub("，", title)))
    runs = (hidden[at : at + _RUN] for at in range(len(hidden) - _RUN + 1))
    return Counter((run, run) for run in runs if run.isalnum())


@cache
def hash_place(key: str) -> int:
    """A name as 64 bits, the first of which is 0."""
    return int.from_bytes(blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little") >> 1 | 1


@cache
def hash_thing(key: str) -> int:
    """The name of a thing as 64 bits, the first of which is 1."""
    return hash_place(key) | 1 << 63

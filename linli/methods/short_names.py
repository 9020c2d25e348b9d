"""What people say for a place's full name (简称): 滨江小区 or 滨江 for 滨江社区, 柳荫街办 for 柳荫街道办事处; for `locate`.

A name loses the word for its kind, and gets the words that people put there instead. What another place is really called, and
words of every day that are also short names of hundreds of places, name nothing. Linear in the names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from linli.methods.locate import Place

# What a name ends in, longest first, and what people write after the short name instead.
_SUFFIXES: Mapping[str, tuple[str, ...]] = {
    "社区居民委员会": ("社区", "小区", "居委会"),
    "居民委员会": ("社区", "小区", "居委会"),
    "社区居委会": ("社区", "小区", "居委会"),
    "村民委员会": ("村", "村委会"),
    "街道办事处": ("街道", "街办"),
    "居委会": ("社区", "小区", "居委会"),
    "村委会": ("村", "村委会"),
    "社区": ("小区", "居委会", "居民委员会"),
    "小区": ("社区",),
    "街道": ("街办",),
    "镇": ("政府", "街上"),
    "乡": ("政府", "街上"),
    "村": ("村委会", "社区"),
    "区": ("政府",),
    "县": ("政府", "城"),
    "市": ("政府",),
}
_EVERYDAY_LIST = (
    "人民 建设 和平 幸福 光明 团结 民主 自由 解放 胜利 前进 东方 西方 南方 北方 新建 红旗 红星 先锋 友谊 文化 "
    "健康 中心 中山 长江 大桥 学校 医院 工业 农业 科技 创业 创新 发展 和谐 平安 文明 繁荣 民生 公园 广场 花园 "
    "机关 新城 新村 新华 新民 新兴 车站 火车站 体育馆 安全 合作 服务 开发 生活 环保 石油 电力 铁路 交通 城市 "
    "城关 城东 城西 城南 城北 东湖 西湖 南湖 北湖 市场 永远 长期 高桥 双桥 大庆 复兴 振兴 劳动 教育 卫生 公安"
)
_EVERYDAY = frozenset(_EVERYDAY_LIST.split())


def shorten(name: str) -> tuple[str, tuple[str, ...]] | None:
    """Return the name without its kind word and the kind words that may follow it, or None (去掉通名).

    None when nothing of at least two characters is left. ``shorten("滨江社区")`` gives 滨江.
    """
    for suffix, followers in _SUFFIXES.items():
        if name.endswith(suffix):
            short = name[: -len(suffix)]
            return (short, followers) if len(short) >= 2 else None
    return None


def with_short_names(places: Iterable[Place]) -> list[Place]:
    """The places with their short names as further aliases (加上简称)."""
    rows = list(places)
    taken = {word for place in rows for word in (place.name, *place.aliases)}
    out = []
    for place in rows:
        found = shorten(place.name)
        if found is not None:
            short, followers = found
            bare = () if short in _EVERYDAY else (short,)
            more = tuple(word for word in (*(short + kind for kind in followers), *bare) if word not in taken)
            place = replace(place, aliases=(*place.aliases, *more))
        out.append(place)
    return out

"""Places and bodies of the two invented counties (地方与机构). Codes 429998 and 439998 belong to no real place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from linli.commons.models import Body, Place

PHONE = "1000000{:04d}"
"""Telephone numbers that cannot exist: no number begins with 100 0000."""


@dataclass(frozen=True)
class Community:
    """A community or village: short key, code below the street, name, urban or rural, estates, number of grids."""

    key: str
    code: str
    name: str
    kind: str
    estates: tuple[str, ...]
    grids: int


@dataclass(frozen=True)
class Street:
    """A street or town: short key, code below the county, name, communities."""

    key: str
    code: str
    name: str
    communities: tuple[Community, ...]


@dataclass(frozen=True)
class County:
    """An invented county: province code and name, city, own name, the lead body, streets."""

    prefix: str
    province: str
    city: str
    name: str
    lead: str
    streets: tuple[Street, ...]

    @property
    def code(self) -> str:
        """Six digits."""
        return f"{self.province}9998"


HUBEI = County(
    "hb",
    "42",
    "荆澜市",
    "江岭县",
    "民政局",
    (
        Street(
            "linjiang",
            "001",
            "临江门街道",
            (
                Community("tingchao", "001", "听潮社区", "urban", ("听潮苑", "月津花园"), 2),
                Community("wangjin", "002", "望津社区", "urban", ("望津家园",), 2),
                Community("yingta", "003", "映塔社区", "urban", ("电机厂宿舍",), 1),
            ),
        ),
        Street(
            "guita",
            "002",
            "桂塔街道",
            (
                Community("tiejiang", "001", "铁匠铺街社区", "urban", ("桂塔新村",), 1),
                Community("huaiyin", "002", "槐荫里社区", "urban", ("槐荫里小区", "渔灯公寓"), 2),
            ),
        ),
        Street(
            "fengyan",
            "100",
            "枫堰镇",
            (
                Community("fengjie", "001", "枫堰街社区", "urban", (), 1),
                Community("mopan", "201", "磨盘堰村", "rural", (), 1),
                Community("hetang", "202", "荷塘湾村", "rural", (), 1),
            ),
        ),
    ),
)
HUNAN = County(
    "hn",
    "43",
    "沅宁市",
    "澧川县",
    "社会工作部",
    (
        Street(
            "wenzhi",
            "001",
            "文峙街道",
            (
                Community("liuting", "001", "柳汀社区", "urban", ("柳汀花苑", "橹声小区"), 2),
                Community("zhaoge", "002", "棹歌社区", "urban", ("棹歌名邸",), 2),
                Community("yunchuang", "003", "芸窗社区", "urban", ("学府雅居",), 1),
            ),
        ),
        Street(
            "chating",
            "002",
            "茶亭岭街道",
            (
                Community("langqiao", "001", "廊桥里社区", "urban", ("纺织厂宿舍",), 1),
                Community("lanting", "002", "兰汀社区", "urban", ("兰汀新居", "晚渡公寓"), 2),
            ),
        ),
        Street(
            "taixi",
            "100",
            "苔溪镇",
            (
                Community("taijie", "001", "苔溪街社区", "urban", (), 1),
                Community("daohua", "201", "稻花坪村", "rural", (), 1),
                Community("lianwan", "202", "莲湾村", "rural", (), 1),
            ),
        ),
    ),
)
COUNTIES = (HUBEI, HUNAN)

DEPARTMENTS = (
    ("urban_mgmt", "城市管理局", "department"),
    ("housing", "住房和城乡建设局", "department"),
    ("police", "公安局", "department"),
    ("transport", "交通运输局", "department"),
    ("market", "市场监督管理局", "department"),
    ("environment", "生态环境分局", "department"),
    ("emergency", "应急管理局", "department"),
    ("water", "水利局", "department"),
    ("agriculture", "农业农村局", "department"),
    ("natural_resources", "自然资源和规划局", "department"),
    ("health", "卫生健康局", "department"),
    ("education", "教育局", "department"),
    ("human_resources", "人力资源和社会保障局", "department"),
    ("justice", "司法局", "department"),
    ("culture", "文化旅游局", "department"),
    ("waterworks", "自来水公司", "utility"),
    ("power", "供电公司", "utility"),
    ("gas", "燃气公司", "utility"),
    ("telecom", "通信服务中心", "utility"),
)
"""Kind of duty, name, kind of body: one per county."""


@dataclass
class Ground:
    """Everything of one county that stands before anybody acts: places and bodies by short key."""

    county: County
    places: dict[str, Place]
    bodies: dict[str, Body]


def build(county: County) -> Ground:
    """Write the places and bodies of one county."""
    made = Ground(county, {}, {})
    phone = iter(range(100 if county.prefix == "hb" else 500, 10_000))
    name = {"42": "湖北省", "43": "湖南省"}[county.province]
    province, _ = Place.objects.get_or_create(code=county.province, defaults={"name": name, "level": "province"})
    made.places["province"] = province
    _place(made, "city", f"{county.province}99", county.city, "city")
    seat = _place(made, "county", county.code, county.name, "county")
    _body(made, "provincial", "省级社区治理牵头部门", "lead", province, "", next(phone))
    _body(made, "government", f"{county.name}人民政府督查室", "government", seat, "", next(phone))
    duty = "civil_affairs" if county.lead == "民政局" else ""
    _body(made, "lead", f"{county.name}{county.lead}", "lead", seat, duty, next(phone))
    if not duty:
        _body(made, "civil_affairs", f"{county.name}民政局", "department", seat, "civil_affairs", next(phone))
    _body(made, "hotline", f"{county.name} 12345 热线中心", "hotline", seat, "", next(phone))
    for short, title, kind in DEPARTMENTS:
        _body(made, short, f"{county.name}{title}", kind, seat, short, next(phone))
    for street in county.streets:
        _street(made, street, phone)
    _body(made, "congress", f"{county.city}人大常委会", "congress", made.places["city"], "", next(phone))
    return made


def _street(made: Ground, street: Street, numbers: Iterator[int]) -> None:
    where = _place(made, street.key, made.county.code + street.code, street.name, "street")
    office = f"{street.name}办事处" if street.name.endswith("街道") else f"{street.name}人民政府"
    _body(made, street.key, office, "street", where, "street", next(numbers))
    for community in street.communities:
        code = where.code + community.code
        title = "村民委员会" if community.kind == "rural" else "居民委员会"
        home = _place(made, community.key, code, community.name, "community", community.kind)
        number = next(numbers)
        home.phone = PHONE.format(number)
        home.address = f"{street.name}{community.name}党群服务中心一楼"
        home.aliases = community.name.removesuffix("社区").removesuffix("村")
        home.save()
        _body(made, community.key, f"{community.name}{title}", "committee", home, "committee", number)
        for index, estate in enumerate(community.estates, 1):
            spot = _place(made, f"{community.key}-E{index}", f"{code}-E0{index}", estate, "estate", community.kind)
            if index == 1:
                _body(made, f"{community.key}-firm", f"{estate}物业服务中心", "property", spot, "", next(numbers))
        for index in range(1, community.grids + 1):
            label = f"{community.name}第{'一二三'[index - 1]}网格"
            grid = _place(made, f"{community.key}-W{index}", f"{code}-W0{index}", label, "grid", community.kind)
            _body(made, f"{community.key}-W{index}", label, "grid", grid, "", next(numbers))


def _place(made: Ground, key: str, code: str, name: str, level: str, kind: str = "") -> Place:
    made.places[key] = Place.objects.create(code=code, name=name, level=level, kind=kind)
    return made.places[key]


def _body(made: Ground, key: str, name: str, kind: str, place: Place, duty: str, number: int) -> None:
    made.bodies[key] = Body.objects.create(
        code=f"{place.code}-{key.split('-')[-1]}",
        name=name,
        kind=kind,
        place=place,
        duty=duty,
        phone=PHONE.format(number),
    )

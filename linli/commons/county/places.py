"""Places of a county from a table (区划导入): the layout of the statistics bureau's code lists, or Linli's own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from linli.commons.county.sheets import MOST_ROWS, Fault, Lines, Source
from linli.commons.models import Place
from linli.kit.lines import WEB
from linli.kit.scope import prefixes
from linli.law.load import load_pack, pack_for_place, packs

COLUMNS: dict[str, tuple[str, ...]] = {
    "code": ("区划代码", "代码", "统计用区划代码", "code"),
    "name": ("名称", "name"),
    "level": ("层级", "level"),
    "kind": ("城乡", "城乡分类", "城乡分类代码", "ur_code"),
    "aliases": ("别名", "aliases"),
    "phone": ("服务电话", "电话", "phone"),
    "address": ("服务地址", "地址", "address"),
}
PASSED_OVER = frozenset({"longitude", "latitude", "经度", "纬度"})
"""Columns of the bureau's files that are known and left alone: their points are in another grid than maps use."""

LEVELS = {2: "province", 4: "city", 6: "county", 9: "street", 12: "community"}
"""Digits of a code → level of the place."""
LEVEL_WORDS = {
    **{str(label): value for value, label in Place.Level.choices},
    **{value: value for value in Place.Level.values},
    **{"town": "street", "village": "community", "街道": "street", "乡镇": "street", "镇": "street", "乡": "street"},
    **{
        "社区": "community",
        "村": "community",
        "居委会": "community",
        "村委会": "community",
        "县": "county",
        "区": "county",
    },
    **{"市": "city", "市州": "city", "地区": "city"},
}
KIND_WORDS = {
    **{str(label): value for value, label in Place.Kind.choices},
    **{value: value for value in Place.Kind.values},
    **dict.fromkeys(("111", "112", "121", "122", "123"), "urban"),
    **dict.fromkeys(("210", "220"), "rural"),
    **{"城镇": "urban", "乡村": "rural"},
}
"""Words and codes of the urban-rural classification (统计用城乡划分代码): 1xx urban, 2xx rural."""


@dataclass(frozen=True)
class PlaceRow:
    """A place as the table gives it."""

    code: str
    name: str
    level: str
    kind: str = ""
    aliases: str = ""
    phone: str = ""
    address: str = ""
    line: int = 0


def pack_fault(county: str) -> str:
    """Why no county of this code can be started here, "" when it can: the pack follows from the province's two digits."""
    if pack_for_place(county).place == county[:2]:
        return ""
    held = "、".join(f"{pack.place}（{pack.short}）" for pack in map(load_pack, packs()) if pack.place)
    return f"没有代码以 {county[:2]} 开头的省的法规包，不能开通 {county}。现有：{held}"


def level_of(code: str) -> str:
    """The level that a code's shape gives."""
    if "-" in code:
        return Place.Level.GRID if code.rpartition("-")[2].startswith("W") else Place.Level.ESTATE
    return LEVELS[len(code)]


def read_places(source: Source, most: int = MOST_ROWS) -> tuple[list[PlaceRow], list[Fault]]:
    """Rows of a table of places, wherever they lie, and what is wrong with the others."""
    lines = Lines(source, source.book.sheets[0], COLUMNS, frozenset({"code", "name"}), PASSED_OVER, most)
    rows = []
    for line in lines:
        code = line.code("code", needed="请填区划代码")
        name = line.text("name", most=60, needed="请填地方名称")
        level = line.choice("level", LEVEL_WORDS)
        kind = line.choice("kind", KIND_WORDS)
        more = {key: line.text(key, most=size) for key, size in (("aliases", 200), ("phone", 30), ("address", 120))}
        if code and level and level != level_of(code):
            meant = Place.Level(level_of(code)).label
            line.fault("level", f"代码 {code} 是{meant}，与层级“{line.text('level')}”不符", "请核对代码和层级")
        if not line.faulty:
            rows.append(PlaceRow(code, name, level_of(code), kind, line=line.row.line, **more))
    return rows, lines.faults


def check_places(source: Source, county: str, county_name: str = "") -> tuple[list[PlaceRow], list[Fault]]:
    """Places of one county that may be entered, parents first, and every fault.

    Args:
        county_name: used when neither the table nor the database names the county.
    """
    rows, faults = read_places(source)

    def fault(row: PlaceRow, key: str, why: str, mend: str, *, warning: bool = False) -> None:
        faults.append(Fault(source.name, source.book.sheets[0].name, row.line, COLUMNS[key][0], why, mend, warning))

    first: dict[str, PlaceRow] = {}
    for row in rows:
        if not (row.code.startswith(county) or row.code in prefixes(county)):
            fault(row, "code", f"{row.code} 不在本县（{county}）", "请删去这一行，或核对代码")
        elif row.code in first:
            fault(row, "code", f"{row.code} 与第 {first[row.code].line} 行重复", "请只留一行")
        else:
            first[row.code] = row
    if county not in first and county_name:
        first[county] = PlaceRow(county, county_name, Place.Level.COUNTY)
    known = first.keys() | set(Place.objects.filter(code__startswith=county).values_list("code", flat=True))
    seen: dict[tuple[str, str], PlaceRow] = {}
    for row in first.values():
        above = prefixes(row.code)[-2]
        if row.code.startswith(county) and row.code != county and above not in known:
            what = Place.Level(level_of(above)).label
            fault(row, "code", f"找不到它所属的{what}（{above}）", f"请补上 {above} 这一行")
        if (twin := seen.setdefault((above, row.name), row)) is not row:
            fault(row, "name", f"与第 {twin.line} 行在同一地方重名", "若确是两个地方，可以不改", warning=True)
    if county not in known:
        faults.append(Fault(source.name, "", 0, "", f"表中没有本县（{county}）这一行", "请补上，或用 --name 写明县名"))
    return [first[code] for code in sorted(first, key=lambda code: (len(code), code))], faults


_ENDINGS = (
    ("社区居民委员会", "社区"),
    ("社区居委会", "社区"),
    ("居民委员会", "社区"),
    ("居委会", "社区"),
    ("村村民委员会", "村"),
    ("村民委员会", "村"),
    ("村委会", "村"),
    ("街道办事处", "街道"),
)


def plain_name(name: str) -> str:
    """A place's own name from that of its committee or office (取地名): 桃源社区居委会 → 桃源社区."""
    for ending, kept in _ENDINGS:
        stem = name.removesuffix(ending)
        if stem != name and stem:
            return stem if stem.endswith(("社区", "村")) else stem + kept
    return name


def cut_county(sources: Iterable[Source], county: str) -> tuple[list[PlaceRow], list[Fault]]:
    """Rows of one county and of what stands above it, from country-wide code lists (切出一个县).

    Each level is taken from the first file that has it. Later files may only add the urban-rural class, and only where
    they call the place by the same name, for a code may have been given anew since.
    """
    found: dict[str, PlaceRow] = {}
    faults: list[Fault] = []
    wanted = frozenset(prefixes(county))
    done: set[str] = set()
    for source in sources:
        rows, wrong = read_places(source, WEB.rows)
        faults += [one for one in wrong if not one.warning]
        mine = [row for row in rows if row.code in wanted or row.code.startswith(county)]
        for row in mine:
            row = replace(row, name=plain_name(row.name))
            held = found.get(row.code)
            if held is None and row.level not in done:
                found[row.code] = row
            elif held is not None and held.name == row.name and not held.kind:
                found[row.code] = replace(held, kind=row.kind)
        done |= {row.level for row in mine}
    return [found[code] for code in sorted(found)], faults

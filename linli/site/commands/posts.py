"""`linli posts apportion`: share out posts or funds, and compute the standards of HB 14 and HB 15 (名额与经费分配)."""

from __future__ import annotations

import argparse
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from linli.site.commands.prepare import Trouble
from linli.site.commands.sheets import day

if TYPE_CHECKING:
    from linli.site.commands.prepare import Commands
    from linli.site.commands.sheets import Sheet

CODE = ("code", "代码", "编码", "区划代码", "区划编码")
NAME = ("name", "名称", "区县", "社区", "单位")
WEIGHT = ("weight", "权数", "权重")
LOWER = ("lower", "min", "下限", "最少")
UPPER = ("upper", "max", "上限", "最多")
TOTAL = ("total", "总数", "总额")
URBAN = ("urban_residents", "城镇常住人口", "城镇人口")
HOUSEHOLDS = ("households", "户数", "家庭户数")
URBAN_UNITS = ("urban_units", "城市社区数", "社区数")
RURAL_UNITS = ("rural_units", "村数", "农村社区数")
ADDED = ("staff_standard", "area_standard_m2", "weight_used", "lower_used", "upper_used", "quota", "posts")


def add(commands: Commands) -> None:
    """Add the command group `posts`."""
    group = commands.add_parser("posts", help="名额与经费分配").add_subparsers(
        title="命令", metavar="命令", dest="verb", required=True
    )
    share = group.add_parser(
        "apportion",
        help="按最大余额法分配名额、经费",
        description="表格一行一个单位：weight 权数、lower 下限、upper 上限，总数用 --total 或 total 一列给出。"
        "有城镇人口一列时同时计算社区工作者配备标准（不另给总数就按标准分配），有户数一列时计算综合服务设施面积标准。",
    )
    share.add_argument("file", type=Path, metavar="文件", help="CSV 或 XLSX，可压缩为 .gz")
    share.add_argument("-o", "--output", type=Path, required=True, metavar="结果", help="结果表（.csv 或 .xlsx）")
    share.add_argument("--total", metavar="总数", help="要分配的总数")
    share.add_argument("--unit", metavar="单位", default="1", help="最小单位：名额为 1，经费可用 0.01")
    share.add_argument(
        "--weight", metavar="列名=权重", action="append", default=[], help="几列合成权数，如 城镇人口=0.7；可写多次"
    )
    share.add_argument("--below-standard", action="store_true", help="总数不够时，允许低于配备标准")
    share.add_argument("--pack", metavar="法规包", default="hubei", help="标准取自哪个法规包（hubei）")
    share.add_argument("--date", metavar="日期", type=day, default=None, help="标准取哪一天的，默认今天")
    share.add_argument("--prefix", metavar="代码", default="", help="只算代码以此开头的行，如 42")
    share.set_defaults(run=run_apportion)


def run_apportion(options: argparse.Namespace) -> int:
    """Apportion; 0 when the result is written.

    Raises:
        Trouble: with exit code 2, a row or the request cannot be used; nothing is written.
    """
    from linli.methods.shares import apportion
    from linli.site.commands.sheets import exact, read_sheet, write_sheet

    sheet = units_of(read_sheet(options.file), options.prefix)
    staff, area = _standards(sheet, options)
    unit = exact(options.unit, "--unit ")
    if unit <= 0:
        raise Trouble(f"--unit 要大于零，现在是“{options.unit}”。", 2)
    weights = _weights(sheet, options.weight)
    lower = _bounds(sheet, LOWER, unit)
    kept = lower is None and staff is not None and not options.below_standard and unit == 1
    if kept and staff is not None:
        lower = [*staff]
    upper = _bounds(sheet, UPPER, unit)
    total = _total(sheet, options.total, unit, staff)
    least = [0 if low is None else low for low in lower or [0] * len(weights)]
    try:
        shares = apportion(total, weights, least, upper)
    except ValueError as error:
        hint = "下限是配备标准；要低于它分配，请加 --below-standard。" if kept else ""
        raise Trouble(f"{_named(str(error), sheet)}{hint}", 2) from error
    rows = []
    for place, cells in enumerate(sheet.rows):
        high = upper[place] if upper else None
        more: list[object] = [
            "" if staff is None else staff[place],
            "" if area is None else plain(area[place]),
            plain(weights[place]),
            plain(least[place] * unit),
            "" if high is None else plain(high * unit),
            plain(shares.quotas[place] * unit),
            plain(shares.seats[place] * unit),
        ]
        rows.append([*cells, *more])
    added = [name if sheet.find(name) is None else f"{name}_result" for name in ADDED]
    write_sheet(options.output, [*sheet.header, *added], rows)
    print(f"{len(rows)} 个单位，共分配 {plain(total * unit)}，写入 {options.output}。")
    if staff is not None:
        print(f"配备标准：各单位分别进位合计 {sum(staff)}。")
    if area is not None:
        print(f"综合服务设施面积标准：合计 {plain(sum(area, Fraction(0)))} 平方米。")
    return 0


def plain(value: Fraction | int) -> int | float:
    """A number as a table shows it: whole when it is whole, else to six places."""
    return int(value) if Fraction(value).denominator == 1 else round(float(value), 6)


def units_of(sheet: Sheet, prefix: str) -> Sheet:
    """The rows of single units: of the prefix, without the totals of a province or prefecture that also stand there.

    A row is a total when its code ends in pairs of zeros and another row's code lies within it (GB/T 2260).

    Raises:
        Trouble: no row is left.
    """
    column = sheet.find(*CODE)
    if column is None:
        if prefix:
            raise Trouble("用 --prefix 时，表格要有代码一列。", 2)
        return sheet
    codes = [row[column].strip() for row in sheet.rows]
    within = {code[:size] for code in codes for size in (2, 4) if not code.startswith("0") and code[size:].strip("0")}

    def whole(code: str) -> bool:
        return len(code) == 6 and (
            (code[2:] == "0000" and code[:2] in within) or (code[4:] == "00" and code[:4] in within)
        )

    kept = [place for place, code in enumerate(codes) if code.startswith(prefix) and not whole(code)]
    if not kept:
        raise Trouble(f"没有代码以“{prefix}”开头的行。", 2)
    return type(sheet)(
        sheet.header, [sheet.rows[place] for place in kept], [sheet.lines[place] for place in kept], sheet.name
    )


def _column(sheet: Sheet, column: int | None) -> list[Fraction] | None:
    """Exact numbers of a column, an empty cell being zero."""
    from linli.site.commands.sheets import exact

    if column is None:
        return None
    name = sheet.header[column]
    values = []
    for line, row in zip(sheet.lines, sheet.rows, strict=True):
        value = exact(row[column], f"第 {line} 行“{name}”") if row[column].strip() else Fraction(0)
        if value < 0:
            raise Trouble(f"第 {line} 行“{name}”是负数，请改为零或正数。", 2)
        values.append(value)
    return values


def _whole(sheet: Sheet, names: tuple[str, ...]) -> list[int] | None:
    column = sheet.find(*names)
    values = _column(sheet, column)
    if values is None or column is None:
        return None
    for line, value in zip(sheet.lines, values, strict=True):
        if value.denominator != 1:
            raise Trouble(f"第 {line} 行“{sheet.header[column]}”要是整数，现在是 {float(value)}。", 2)
    return [int(value) for value in values]


def _standards(sheet: Sheet, options: argparse.Namespace) -> tuple[list[int] | None, list[Fraction] | None]:
    """What HB 14 and HB 15 ask of each unit, where its columns are there."""
    from linli.methods.shares import area_needed, staff_needed

    residents, households = _whole(sheet, URBAN), _whole(sheet, HOUSEHOLDS)
    urban, rural = _whole(sheet, URBAN_UNITS), _whole(sheet, RURAL_UNITS)
    rates = {}
    if residents is not None or households is not None:
        rates = _parameters(options.pack, options.date or date.today())
    staff = None if residents is None else [staff_needed(count, rates["staff_per_10k"]) for count in residents]
    if households is None:
        return staff, None
    count = len(households)
    known = urban is not None or rural is not None
    numbers = zip(
        households,
        urban if urban is not None else [0 if known else 1] * count,
        rural if rural is not None else [0] * count,
        strict=True,
    )
    floors = rates["area_per_100_households"], rates["urban_area_floor"], rates["rural_area_floor"]
    return staff, [area_needed(homes, *floors, urban=cities, rural=villages) for homes, cities, villages in numbers]


def _parameters(pack: str, day: date) -> dict[str, Fraction]:
    from linli.law.load import load_pack, packs

    if pack not in packs():
        raise Trouble(f"没有法规包“{pack}”，可选：{'、'.join(packs())}。", 2)
    found = {}
    for name in ("staff_per_10k", "area_per_100_households", "urban_area_floor", "rural_area_floor"):
        try:
            found[name] = Fraction(str(load_pack(pack).param(name, day)))
        except (KeyError, ValueError) as error:
            raise Trouble(f"法规包 {pack} 在 {day} 没有参数 {name}，算不出标准。请用 --pack hubei。", 2) from error
    return found


def _weights(sheet: Sheet, given: list[str]) -> list[Fraction]:
    from linli.methods.shares import mixed_weights
    from linli.site.commands.sheets import exact

    if given:
        columns, parts = [], []
        for item in given:
            name, _, part = item.rpartition("=")
            columns.append(_column(sheet, sheet.need(name or item, name or item)) or [])
            parts.append(exact(part, f"--weight {item} 的权重"))
        try:
            return mixed_weights(columns, parts)
        except ValueError as error:
            raise Trouble(str(error), 2) from error
    found = _column(sheet, sheet.find(*WEIGHT, *URBAN, "residents", "常住人口", *HOUSEHOLDS))
    if found is None:
        raise Trouble(
            f"表格缺少权数一列。列名可用：{'、'.join(WEIGHT)}、城镇人口、常住人口、户数；或用 --weight 列名=权重。", 2
        )
    return found


def _bounds(sheet: Sheet, names: tuple[str, ...], unit: Fraction) -> list[int | None] | None:
    """Bounds in units; an empty cell is no bound."""
    column = sheet.find(*names)
    values = _column(sheet, column)
    if values is None or column is None:
        return None
    bounds: list[int | None] = []
    for line, row, value in zip(sheet.lines, sheet.rows, values, strict=True):
        units = value / unit
        if units.denominator != 1:
            raise Trouble(f"第 {line} 行“{sheet.header[column]}”不是最小单位 {float(unit)} 的整数倍。", 2)
        bounds.append(int(units) if row[column].strip() else None)
    return bounds


def _total(sheet: Sheet, given: str | None, unit: Fraction, staff: list[int] | None) -> int:
    from linli.site.commands.sheets import exact

    if given is not None:
        value = exact(given, "--total ")
    elif (values := _column(sheet, sheet.find(*TOTAL))) is not None:
        named = {value for value in values if value}
        if len(named) != 1:
            raise Trouble("“总数”一列每行要写同一个数（或只写一行）。也可用 --total 给出。", 2)
        value = named.pop()
    elif staff is not None and unit == 1:
        return sum(staff)
    else:
        raise Trouble("要分配多少？请用 --total 给出总数，或在表格中加“总数”一列。", 2)
    units = value / unit
    if units.denominator != 1:
        raise Trouble(f"总数 {float(value)} 不是最小单位 {float(unit)} 的整数倍。", 2)
    return int(units)


def _named(message: str, sheet: Sheet) -> str:
    """The message with the unit's name and line in place of its number."""
    import re

    column = sheet.find(*NAME, *CODE)

    def say(match: re.Match[str]) -> str:
        place = int(match.group(1)) - 1
        name = sheet.rows[place][column] if column is not None else ""
        return f"第 {sheet.lines[place]} 行{f'（{name}）' if name else ''}"

    return re.sub(r"第 (\d+) 个单位", say, message)

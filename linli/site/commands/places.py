"""`linli places lookup`: in which area each point lies (点落区). Places in texts: `places_locate`."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from linli.site.commands import places_locate
from linli.site.commands.prepare import Trouble
from linli.site.commands.sheets import SHOWN, day, say, say_some

if TYPE_CHECKING:
    from linli.methods.lookup.layers import Layer
    from linli.site.commands.prepare import Commands
    from linli.site.commands.sheets import Sheet

X = ("lon", "lng", "longitude", "经度", "x")
Y = ("lat", "latitude", "纬度", "y")
ADDED = ("area", "area_name", "how", "distance", "verify")
HOW = ("inside", "border", "outside")


def add(commands: Commands) -> None:
    """Add the command group `places`."""
    group = commands.add_parser("places", help="地点与区域").add_subparsers(
        title="命令", metavar="命令", dest="verb", required=True
    )
    find = group.add_parser(
        "lookup",
        help="点落区：每个点在哪个区域",
        description="结果在原表后加列：area 区域代码、area_name 名称、how（inside 区内、border 在界线上，归代码小的、nearest 区外就近、"
        "outside 区外、unknown 坐标有误）、distance 离边界的距离、verify 需要核实的原因。",
    )
    find.add_argument(
        "file", type=Path, metavar="文件", help="点：CSV、XLSX（列 lon、lat 或 x、y）或 GeoJSON，可压缩为 .gz"
    )
    find.add_argument("--areas", type=Path, required=True, metavar="边界", help="区域边界：GeoJSON，可压缩为 .gz")
    find.add_argument("-o", "--output", type=Path, required=True, metavar="结果", help="结果表（.csv 或 .xlsx）")
    find.add_argument("--date", type=day, metavar="日期", help="按哪一天的边界，默认今天")
    find.add_argument(
        "--tolerance", type=float, default=0.0, metavar="米", help="区外的点在此距离内就近归入，并标明待核实（0）"
    )
    find.add_argument("--datum", metavar="坐标系", default="", help="点的坐标系（WGS-84、GCJ-02）；不写则与边界相同")
    find.add_argument("--areas-datum", metavar="坐标系", default="", help="边界的坐标系；不写则看文件中的 datum")
    find.set_defaults(run=run_lookup)
    places_locate.add(group)


def run_lookup(options: argparse.Namespace) -> int:
    """Look up; 0 when the result is written, points that cannot be used being marked in it.

    Raises:
        Trouble: with exit code 2, a file or the request cannot be used; nothing is written.
    """
    import numpy as np

    from linli.methods.lookup.datums import convert, datum_named
    from linli.methods.lookup.layers import crossing_themselves, read_layer
    from linli.methods.lookup.nearest import nearest
    from linli.methods.lookup.raster import NOWHERE, Index
    from linli.site.commands.sheets import read_text, write_sheet

    if not (math.isfinite(options.tolerance) and options.tolerance >= 0):
        raise Trouble(f"--tolerance 要是零或正数，现在是 {options.tolerance}。", 2)
    try:
        layer = read_layer(read_text(options.areas)).on(options.date or date.today())
        of_areas = datum_named(options.areas_datum) if options.areas_datum else layer.datum
        of_points = datum_named(options.datum) if options.datum else of_areas
    except ValueError as error:
        raise Trouble(str(error), 2) from error
    if of_points and not of_areas:
        raise Trouble("说明了点的坐标系，却不知道边界的。请用 --areas-datum 写明，或在边界文件中写 datum。", 2)
    if of_points != of_areas and not layer.earth:
        raise Trouble("边界是平面坐标，不能换算坐标系。请先把点换算到同一坐标系，不写 --datum。", 2)
    if not of_areas and layer.earth:
        say("边界和点都没有写明坐标系，按同一坐标系处理（GCJ-02 与 WGS-84 相差可达 500 米，见 --datum）。")
    for area, spot in crossing_themselves(layer)[:SHOWN]:
        say(f"区域 {area.code} {area.name} 的边界自相交（{spot}附近），按奇偶规则判定，请改正边界。")
    sheet = read_points(options.file)
    x, y, faults = coordinates(sheet, layer)
    if of_points != of_areas:
        x, y = convert(x, y, of_points, of_areas)
    index = Index(layer.areas)
    found = index.find_all(x, y)
    areas, distance = found.area.copy(), np.full(len(x), np.nan)
    how = [HOW[value] for value in found.how.tolist()]
    verify = [""] * len(how)
    outside = np.flatnonzero((areas == NOWHERE) & np.isfinite(x) & np.isfinite(y))
    if len(outside) and options.tolerance > 0:
        near, away = nearest(layer.areas, x[outside], y[outside], options.tolerance, earth=layer.earth)
        for place, area, metres in zip(outside.tolist(), near.tolist(), away.tolist(), strict=True):
            if area != NOWHERE:
                areas[place], distance[place] = area, metres
                how[place], verify[place] = "nearest", "在所有区域之外，就近归入，待核实"
    for place in np.flatnonzero(found.doubt).tolist():
        verify[place] = "在几个区域的重叠处，取代码最小的，待核实"
    for place, why in faults.items():
        how[place], verify[place] = "unknown", why
    codes = [area.code for area in layer.areas] + [""]
    names = [area.name for area in layer.areas] + [""]
    added = [name if sheet.find(name) is None else f"{name}_result" for name in ADDED]
    rows = (
        [*row, codes[area], names[area], way, "" if math.isnan(metres) else round(metres, 3), why]
        for row, area, way, metres, why in zip(sheet.rows, areas.tolist(), how, distance.tolist(), verify, strict=True)
    )
    write_sheet(options.output, [*sheet.header, *added], rows)
    _report(how, int(found.doubt.sum()), sheet, faults, options.output)
    return 0


def _report(how: Sequence[str], doubt: int, sheet: Sheet, faults: dict[int, str], output: Path) -> None:
    say_some([f"第 {sheet.lines[place]} 行：{why}。" for place, why in faults.items()], "行坐标有误，见结果表")
    if doubt:
        say(f"{doubt} 个点落在区域的重叠处，已标明待核实，请改正边界。")
    counts = {name: how.count(name) for name in ("inside", "border", "nearest", "outside", "unknown")}
    print(
        f"{len(how)} 个点：区内 {counts['inside']}，界线上 {counts['border']}，就近归入（待核实）{counts['nearest']}，"
        f"区外 {counts['outside']}，坐标有误 {counts['unknown']}；写入 {output}。"
    )


def read_points(path: Path) -> Sheet:
    """The points of a table, or of GeoJSON as a table.

    Raises:
        Trouble: it cannot be read.
    """
    from linli.site.commands.sheets import as_sheet, read_sheet, read_text

    if path.suffix.lower() == ".xlsx":
        return read_sheet(path)
    text = read_text(path)
    return _features(text, path.name) if text.lstrip().startswith("{") else as_sheet(text, path)


def _features(text: str, name: str) -> Sheet:
    from linli.site.commands.sheets import Sheet

    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Trouble(f"{name} 不是有效的 JSON，读不下去。请重新导出。", 2) from error
    features = found.get("features")
    if not isinstance(features, list) or not features:
        raise Trouble(f"{name} 里没有要素（features）。", 2)
    records: list[tuple[Any, Any, dict[str, Any]]] = []
    header: dict[str, None] = {}
    for place, feature in enumerate(features, 1):
        shape = feature.get("geometry") if isinstance(feature, dict) else None
        point = shape.get("coordinates") if isinstance(shape, dict) and shape.get("type") == "Point" else None
        if not isinstance(point, list) or len(point) < 2:
            raise Trouble(f"{name} 第 {place} 个要素不是点（Point）。", 2)
        own = feature.get("properties")
        own = {str(key): value for key, value in own.items()} if isinstance(own, dict) else {}
        header |= dict.fromkeys(key for key in own if key not in ("lon", "lat"))
        records.append((point[0], point[1], own))
    keys = list(header)
    rows = [[str(x), str(y), *(_text(own.get(key)) for key in keys)] for x, y, own in records]
    return Sheet(["lon", "lat", *keys], rows, range(1, len(rows) + 1), name)


def _text(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def coordinates(sheet: Sheet, layer: Layer) -> tuple[Any, Any, dict[int, str]]:
    """Coordinates of the rows as two arrays, and what is wrong with those that have none (then NaN).

    Raises:
        Trouble: the columns are not there.
    """
    import numpy as np

    from linli.methods.lookup.layers import in_china

    columns = sheet.need("经度（或 x）", *X), sheet.need("纬度（或 y）", *Y)
    faults: dict[int, str] = {}
    both = np.full((2, len(sheet.rows)), np.nan)
    for axis, column in enumerate(columns):
        try:
            both[axis] = [float(row[column]) for row in sheet.rows]
        except ValueError:
            for place, row in enumerate(sheet.rows):
                both[axis, place] = _float(row[column])
    for place in np.flatnonzero(~np.isfinite(both).all(axis=0)).tolist():
        cells = "，".join(sheet.rows[place][column].strip()[:20] for column in columns)
        faults[place] = f"坐标“{cells}”缺失或不是数"
    both[:, list(faults)] = np.nan
    boxes = np.array([area.box for area in layer.areas])
    whole = (*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist())
    if layer.earth and in_china(whole):
        x, y = both
        wide = (np.abs(x) > 180) | (np.abs(y) > 90)
        changed = (x >= whole[1]) & (x <= whole[3]) & (y >= whole[0]) & (y <= whole[2])
        for place in np.flatnonzero(changed | wide).tolist():
            faults[place] = "经度和纬度可能写反了" if changed[place] else "坐标超出经纬度的范围"
            both[:, place] = np.nan
    return both[0], both[1], dict(sorted(faults.items()))


def _float(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return math.nan

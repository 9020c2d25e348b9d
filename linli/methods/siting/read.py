"""Read siting questions (选址问题文件): OR-Library networks, lists of points, GeoJSON, tables.

- OR-Library p-median (J. E. Beasley, 1990): ``n m p``, then m lines ``i j length``; nodes are numbered from 1, every node
  is client and candidate of demand 1; an edge given twice takes its last length.
- Points: ``n . p S`` (the dot stands for anything or is left out; S is the service radius), then n lines ``x y demand``;
  straight lines; every point is client and candidate, numbered from 1 in the order of the file.
- Tables and GeoJSON points: see `from_records`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from linli.methods.siting.instance import Instance, shortest_paths

LARGEST_NETWORK = 6000
X = ("lon", "lng", "longitude", "经度", "x")
Y = ("lat", "latitude", "纬度", "y")
NAME = ("id", "code", "name", "编号", "代码", "名称")
DEMAND = ("demand", "weight", "residents", "需求", "权数", "人口", "常住人口")
ROLE = ("role", "类型")
FIXED = ("fixed", "已定", "已建")
PRICE = ("cost", "price", "造价", "费用")
CAPACITY = ("capacity", "容量")
ROLES = {
    "demand": (True, False),
    "client": (True, False),
    "需求": (True, False),
    "需求点": (True, False),
    "candidate": (False, True),
    "site": (False, True),
    "候选": (False, True),
    "候选点": (False, True),
    "both": (True, True),
    "两者": (True, True),
    "": (True, True),
}
YES = {"1", "true", "yes", "y", "是", "√"}
NO = {"", "0", "false", "no", "n", "否"}


def read_numbers(text: str) -> Instance:
    """Read a network or a list of points; which of them, its first line and the number of lines tell.

    Raises:
        ValueError: in Chinese, naming the line.
    """
    lines = [(place, line.split()) for place, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines:
        raise ValueError("文件是空的。")
    (first, head), body = lines[0], lines[1:]
    dotted = any(_is_blank(token) for token in head)
    numbers = [_number(token, first) for token in head if not _is_blank(token)]
    if len(numbers) == 4:
        return _points([numbers[0], numbers[2], numbers[3]], body, first)
    if len(numbers) != 3:
        raise ValueError(f"第 {first} 行要是“n m p”（网络）或“n . p S”（点、个数、半径），现在有 {len(numbers)} 个数。")
    if dotted or (len(body) == numbers[0] and len(body) != numbers[1]):
        return _points(numbers, body, first)
    return _network(numbers, body, first)


def _is_blank(token: str) -> bool:
    return not token.strip(".-*")


def _number(token: str, line: int) -> float:
    try:
        value = float(token)
    except ValueError as error:
        raise ValueError(f"第 {line} 行的“{token[:30]}”不是数，请改正。") from error
    if not math.isfinite(value):
        raise ValueError(f"第 {line} 行的“{token[:30]}”不是有限的数，请改正。")
    return value


def _whole(value: float, line: int, what: str) -> int:
    if value != int(value) or value < 0 or value > 1e9:
        raise ValueError(f"第 {line} 行的{what} {value:g} 要是正整数，请改正。")
    return int(value)


def _points(head: Sequence[float], body: list[tuple[int, list[str]]], first: int) -> Instance:
    count, sites = _whole(head[0], first, "点数"), _whole(head[1], first, "选点个数")
    if len(body) != count:
        raise ValueError(f"第 {first} 行说有 {count} 个点，下面有 {len(body)} 行。请核对文件是否完整。")
    if not count:
        raise ValueError(f"第 {first} 行的点数是 0，没有需求点。")
    rows: list[list[float]] = []
    for line, tokens in body:
        values = [_number(token, line) for token in tokens if not _is_blank(token)]
        if len(values) == 4 and values[0] == len(rows) + 1:
            values = values[1:]
        if len(values) == 2:
            values.append(1.0)
        if len(values) != 3:
            raise ValueError(f"第 {line} 行要是“x y 需求”，现在有 {len(values)} 个数。")
        if values[2] < 0:
            raise ValueError(f"第 {line} 行的需求是 {values[2]:g}，不能是负数。")
        rows.append(values)
    table = np.array(rows)
    names = range(1, count + 1)
    where = np.ascontiguousarray(table[:, :2])
    return Instance(table[:, 2], names, names, here=where, there=where, count=sites, radius=head[2])


def _network(head: Sequence[float], body: list[tuple[int, list[str]]], first: int) -> Instance:
    nodes, count, sites = (
        _whole(value, first, what) for value, what in zip(head, ("节点数", "边数", "选点个数"), strict=True)
    )
    if not nodes:
        raise ValueError(f"第 {first} 行的节点数是 0，没有需求点。")
    if nodes > LARGEST_NETWORK:
        raise ValueError(f"网络有 {nodes} 个节点，上限是 {LARGEST_NETWORK}。请按街道分开计算。")
    if len(body) != count:
        raise ValueError(f"第 {first} 行说有 {count} 条边，下面有 {len(body)} 行。请核对文件是否完整。")
    edges = np.zeros((count, 3))
    for place, (line, tokens) in enumerate(body):
        if len(tokens) != 3:
            raise ValueError(f"第 {line} 行要是“起点 终点 长度”，现在有 {len(tokens)} 项。")
        one, other = (_whole(_number(token, line), line, "节点") for token in tokens[:2])
        length = _number(tokens[2], line)
        for node in (one, other):
            if not 1 <= node <= nodes:
                raise ValueError(f"第 {line} 行的节点 {node} 不在 1 到 {nodes} 之间。")
        if length < 0:
            raise ValueError(f"第 {line} 行的长度是 {length:g}，不能是负数。")
        edges[place] = one - 1, other - 1, length
    table = shortest_paths(nodes, edges)
    none = 2**30 - 1 if table.dtype == np.int32 else math.inf
    for node in np.flatnonzero(table[0] >= none)[:1].tolist():
        raise ValueError(f"网络不连通：从节点 1 到不了节点 {node + 1}。请补上道路，或分成几个文件分别计算。")
    names = range(1, nodes + 1)
    return Instance(np.ones(nodes), names, names, table=table, count=sites)


def read_geojson(text: str) -> Instance:
    """Read a FeatureCollection of points, see `from_records`.

    Raises:
        ValueError: in Chinese, naming the feature.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError("不是有效的 JSON 文件，读不下去。请重新导出 GeoJSON。") from error
    features = found.get("features") if isinstance(found, dict) else None
    if not isinstance(features, list) or not features:
        raise ValueError("GeoJSON 里没有要素（features）。")
    records = []
    for place, feature in enumerate(features, 1):
        shape = feature.get("geometry") if isinstance(feature, dict) else None
        point = shape.get("coordinates") if isinstance(shape, dict) and shape.get("type") == "Point" else None
        if not isinstance(point, list) or len(point) < 2:
            raise ValueError(f"第 {place} 个要素不是点（Point）。需求点和候选点都要是点。")
        own = feature.get("properties")
        record: dict[str, Any] = {str(key): value for key, value in own.items()} if isinstance(own, dict) else {}
        record |= {"lon": point[0], "lat": point[1]}
        if "id" not in record and feature.get("id") is not None:
            record["id"] = feature["id"]
        records.append((f"第 {place} 个要素", record))
    return from_records(records)


def from_records(records: Sequence[tuple[str, Mapping[str, Any]]]) -> Instance:
    """Make an instance of named records, one per point.

    Columns, in Chinese or English: lon and lat (degrees, then distances are metres) or x and y (straight lines); id;
    demand (default 1); role: demand, candidate or both (default); fixed; cost; capacity.

    Args:
        records: pairs of the words that name the record to its reader (第 3 行) and its values.

    Raises:
        ValueError: in Chinese, naming the record and the column.
    """
    if not records:
        raise ValueError("没有需求点。")
    keys: dict[str, None] = {}  # of all records: features need not bear the same properties
    for _, record in records:
        keys |= dict.fromkeys(record)
    columns = {name: _column(keys, names) for name, names in _COLUMNS.items()}
    if columns["x"] is None or columns["y"] is None:
        raise ValueError(f"缺少坐标列。列名可用：{'、'.join((*X, *Y))}。")
    earth = columns["x"].strip().lower() != "x"
    clients: list[tuple[float, float, float, int | str]] = []
    sites: list[tuple[float, float, float, float, bool, int | str]] = []
    for place, (where, record) in enumerate(records, 1):

        def value(name: str, default: float, *, where: str = where, record: Mapping[str, Any] = record) -> float:
            return _value(where, record, columns[name], default)

        x, y = value("x", math.nan), value("y", math.nan)
        if earth:
            _check_degrees(where, x, y)
        role = str(_cell(record, columns["role"])).strip().lower()
        if role not in ROLES:
            raise ValueError(f"{where}的类型“{role[:20]}”不认识，可用：demand、candidate、both（需求、候选、两者）。")
        name = str(_cell(record, columns["name"])).strip() or place
        if ROLES[role][0]:
            clients.append((x, y, _not_negative(where, "需求", value("demand", 1.0)), name))
        if ROLES[role][1]:
            chosen = str(_cell(record, columns["fixed"])).strip().lower()
            if chosen not in YES | NO:
                raise ValueError(f"{where}的“已定”是“{chosen[:20]}”，请写 1 或 0。")
            price = _not_negative(where, "造价", value("price", 1.0))
            room = _not_negative(where, "容量", value("capacity", math.inf))
            sites.append((x, y, price, room, chosen in YES, name))
    if not clients:
        raise ValueError("没有需求点。")
    if not sites:
        raise ValueError("没有候选点。")
    return Instance(
        demand=np.array([client[2] for client in clients]),
        clients=[client[3] for client in clients],
        candidates=[site[5] for site in sites],
        here=np.array([client[:2] for client in clients]),
        there=np.array([site[:2] for site in sites]),
        earth=earth,
        fixed=np.flatnonzero([site[4] for site in sites]).astype(np.intp),
        price=np.array([site[2] for site in sites]) if columns["price"] is not None else None,
        capacity=np.array([site[3] for site in sites]) if columns["capacity"] is not None else None,
    )


_COLUMNS = {
    "x": X,
    "y": Y,
    "name": NAME,
    "demand": DEMAND,
    "role": ROLE,
    "fixed": FIXED,
    "price": PRICE,
    "capacity": CAPACITY,
}


def _column(keys: Iterable[str], names: Sequence[str]) -> str | None:
    folded = {key.strip().lower(): key for key in keys}
    return next((folded[name] for name in names if name in folded), None)


def _cell(record: Mapping[str, Any], column: str | None) -> Any:
    value = record.get(column) if column is not None else None
    return "" if value is None else value


def _value(where: str, record: Mapping[str, Any], column: str | None, default: float) -> float:
    cell = _cell(record, column)
    text = str(cell).strip().replace(",", "")
    if text == "" and not math.isnan(default):
        return default
    try:
        value = float(text)
    except ValueError as error:
        raise ValueError(f"{where}的“{column}”是“{text[:30]}”，不是数，请改正。") from error
    if math.isfinite(value):
        return value
    raise ValueError(f"{where}的“{column}”是“{text[:30]}”，不是有限的数，请改正。")


def _not_negative(where: str, what: str, value: float) -> float:
    if value < 0:
        raise ValueError(f"{where}的{what}是 {value:g}，不能是负数。")
    return value


def _check_degrees(where: str, x: float, y: float) -> None:
    if abs(y) > 90 and abs(x) <= 90:
        raise ValueError(f"{where}的经度 {x:g}、纬度 {y:g} 可能写反了，请对调。")
    if abs(x) > 180 or abs(y) > 90:
        raise ValueError(f"{where}的经度 {x:g}、纬度 {y:g} 超出范围。平面坐标请用列名 x、y。")

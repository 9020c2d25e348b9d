"""Layers of areas (图层): polygons from GeoJSON with code, name, days of validity and datum; checked on entry."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linli.methods.lookup.datums import datum_named

CODE = ("code", "adcode", "区划代码", "区划编码", "代码", "编码", "id", "grid", "geoid")
NAME = ("name", "名称", "区县", "网格")
FROM = ("valid_from", "from", "start", "生效日期", "起")
TO = ("valid_to", "to", "end", "失效日期", "止")
DATUM = ("datum", "坐标系")
CHINA = (73.0, 3.0, 136.0, 54.0)  # degrees: west, south, east, north


@dataclass(frozen=True)
class Area:
    """An area (区域): its code, name, closed rings (each n × 2), and the days on which it holds, ``until`` not included."""

    code: str
    name: str
    rings: tuple[NDArray[np.float64], ...]
    since: date | None = None
    until: date | None = None

    def holds(self, day: date) -> bool:
        """Whether the area holds on a day."""
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Least and greatest x and y: (x, y, x, y)."""
        every = np.concatenate(self.rings)
        (left, low), (right, high) = every.min(axis=0), every.max(axis=0)
        return float(left), float(low), float(right), float(high)


@dataclass(frozen=True)
class Layer:
    """Areas of one datum ("" when it is not stated), in the order of their codes."""

    areas: tuple[Area, ...]
    datum: str = ""
    earth: bool = field(default=True)

    def on(self, day: date) -> Layer:
        """The areas that hold on a day.

        Raises:
            ValueError: none does.
        """
        kept = tuple(area for area in self.areas if area.holds(day))
        if not kept:
            raise ValueError(f"图层在 {day} 没有有效的区域，请核对日期。")
        return Layer(kept, self.datum, self.earth)


def read_layer(text: str) -> Layer:
    """Read a FeatureCollection of polygons and multipolygons, holes included.

    Code and name are properties (`CODE`, `NAME`), a code may also be the feature's id; validity as dates in `FROM`
    (included) and `TO` (not included); the datum in the member ``datum``. A layer whose numbers all fit degrees is taken
    for longitude and latitude, any other for a plane.

    Raises:
        ValueError: in Chinese, naming the feature: not polygons, no code, coordinates that are no finite numbers, rings
            of fewer than three points, longitude and latitude exchanged, dates that are none.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError("边界文件不是有效的 JSON，读不下去。请重新导出 GeoJSON。") from error
    features = found.get("features") if isinstance(found, dict) else None
    if not isinstance(features, list) or not features:
        raise ValueError("边界文件里没有要素（features）。")
    areas = []
    for place, feature in enumerate(features, 1):
        areas.append(_area(feature, place))
    _check_exchanged(areas)
    datum = next((str(found[name]) for name in DATUM if found.get(name)), "")
    boxes = np.array([area.box for area in areas])
    earth = bool(np.abs(boxes[:, [0, 2]]).max() <= 180 and np.abs(boxes[:, [1, 3]]).max() <= 90)
    areas.sort(key=lambda area: area.code)
    return Layer(tuple(areas), datum_named(datum) if datum else "", earth)


def called(place: int, code: str, name: str = "") -> str:
    """How a feature is named to its reader."""
    own = " ".join(part for part in (code, name) if part)
    return f"第 {place} 个要素{f'（{own}）' if own else ''}"


def _area(feature: Any, place: int) -> Area:
    own = feature.get("properties") if isinstance(feature, dict) else None
    properties: Mapping[str, Any] = own if isinstance(own, dict) else {}
    folded = {str(key).strip().lower(): value for key, value in properties.items()}

    def first(names: Sequence[str]) -> str:
        value = next((folded[name] for name in names if folded.get(name) not in (None, "")), "")
        return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()

    code, name = first(CODE), first(NAME)
    if not code and isinstance(feature, dict) and feature.get("id") is not None:
        code = str(feature["id"]).strip()
    where = called(place, code, name)
    if not code:
        raise ValueError(f"{where}没有代码。请在属性中写 code。")
    shape = feature.get("geometry") if isinstance(feature, dict) else None
    kind = shape.get("type") if isinstance(shape, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        raise ValueError(f"{where}不是面（Polygon 或 MultiPolygon）。")
    parts: Any = shape.get("coordinates") if isinstance(shape, dict) else None
    rings = []
    try:
        for part in [parts] if kind == "Polygon" else parts:
            for ring in part:
                rings.append(_ring(ring, where))
    except TypeError as error:
        raise ValueError(f"{where}的坐标写法不对，请重新导出。") from error
    if not rings:
        raise ValueError(f"{where}没有边界坐标。")
    since, until = _day(first(FROM), where), _day(first(TO), where)
    if since and until and until <= since:
        raise ValueError(f"{where}的失效日期 {until} 不晚于生效日期 {since}。")
    return Area(code, name, tuple(rings), since, until)


def _ring(ring: Any, where: str) -> NDArray[np.float64]:
    try:
        points = np.array(ring, dtype=np.float64)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{where}的坐标中有不是数的内容，请改正。") from error
    if points.ndim != 2 or points.shape[1] < 2:
        raise ValueError(f"{where}的坐标写法不对：每个点要有两个数。")
    points = np.ascontiguousarray(points[:, :2])
    if not np.isfinite(points).all():
        raise ValueError(f"{where}的坐标中有空值（NaN）或无穷大，请改正。")
    if len(points) and (points[0] != points[-1]).any():
        points = np.concatenate([points, points[:1]])
    if len(np.unique(points, axis=0) if len(points) < 8 else points[:8]) < 3:
        raise ValueError(f"{where}有一圈边界不足三个点，围不成面。")
    return points


def _day(text: str, where: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError as error:
        raise ValueError(f"{where}的日期“{text[:20]}”不对，请写成 2026-01-31。") from error


def in_china(box: tuple[float, float, float, float], *, exchanged: bool = False) -> bool:
    """Whether a box lies in the degrees of China, or would if x and y were exchanged."""
    left, low, right, high = (box[1], box[0], box[3], box[2]) if exchanged else box
    return CHINA[0] <= left and right <= CHINA[2] and CHINA[1] <= low and high <= CHINA[3]


def _check_exchanged(areas: list[Area]) -> None:
    """Refuse features whose longitude and latitude are exchanged, when every other lies in China as it should."""
    wrong = [place for place, area in enumerate(areas, 1) if in_china(area.box, exchanged=True)]
    if wrong and all(in_china(area.box) or in_china(area.box, exchanged=True) for area in areas):
        named = "、".join(called(place, areas[place - 1].code, areas[place - 1].name) for place in wrong[:5])
        more = f"等 {len(wrong)} 个" if len(wrong) > 5 else ""
        raise ValueError(f"{named}{more}的经度和纬度写反了，请对调。")


def crossing_themselves(layer: Layer) -> list[tuple[Area, str]]:
    """Areas whose boundary crosses or touches itself wrongly, and where (自相交). Needs Shapely; O(n log n)."""
    import shapely

    lines = [ring for area in layer.areas for ring in area.rings]
    owner = np.repeat(np.arange(len(layer.areas)), [len(area.rings) for area in layer.areas])
    points = np.concatenate(lines)
    rings = shapely.linearrings(points, indices=np.repeat(np.arange(len(lines)), [len(line) for line in lines]))
    wrong = np.zeros(len(layer.areas), dtype=bool)
    wrong[owner[~shapely.is_valid(shapely.polygons(rings))]] = True
    where = {
        int(owner[place]): shapely.is_valid_reason(shapely.polygons(rings[place]))
        for place in np.flatnonzero(wrong[owner])[::-1].tolist()
        if not shapely.is_valid(shapely.polygons(rings[place]))
    }
    return [(layer.areas[place], _spot(where.get(place, ""))) for place in np.flatnonzero(wrong).tolist()]


def _spot(reason: str) -> str:
    """The coordinates in Shapely's reason, such as ``Self-intersection[1 2]``."""
    return reason.partition("[")[2].rstrip("]").replace(" ", ",")

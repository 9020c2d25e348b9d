"""Points and areas beside plain arithmetic on fractions: inside, on borders and corners, outside, overlapping."""

import json
import math
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.methods.lookup.datums import convert, datum_named
from linli.methods.lookup.exactly import side, sides
from linli.methods.lookup.layers import Area, crossing_themselves, read_layer
from linli.methods.lookup.nearest import nearest
from linli.methods.lookup.raster import BORDER, INSIDE, OUTSIDE, Index

Ring = list[tuple[float, float]]


def area(code: str, *rings: Sequence[tuple[float, float]]) -> Area:
    return Area(code, "", tuple(np.array([*ring, ring[0]], dtype=float) for ring in rings))


def oracle(areas: list[Area], x: float, y: float) -> tuple[int, int]:
    """The first area that holds the point, by fractions: on an edge, or crossed an odd number of times."""
    for place, one in enumerate(areas):
        odd = False
        for ring in one.rings:
            points = [(Fraction(a), Fraction(b)) for a, b in ring.tolist()]
            for (ax, ay), (bx, by) in pairwise(points):
                turn = (bx - ax) * (Fraction(y) - ay) - (by - ay) * (Fraction(x) - ax)
                if turn == 0 and min(ax, bx) <= x <= max(ax, bx) and min(ay, by) <= y <= max(ay, by):
                    return place, BORDER
                if (ay <= y) != (by <= y) and (turn > 0) == (by > ay):
                    odd = not odd
        if odd:
            return place, INSIDE
    return -1, OUTSIDE


numbers = st.integers(0, 6) | st.sampled_from([0.1, 0.2, 0.3, 1 / 3, 2.7, 3.3, 5.999999999999999])
corners = st.tuples(numbers, numbers)
rings = st.lists(corners, min_size=3, max_size=7, unique=True)
layers = st.lists(st.lists(rings, min_size=1, max_size=2), min_size=1, max_size=4)


@settings(max_examples=150, deadline=None)
@given(layers, st.lists(corners, min_size=1, max_size=15), st.integers(0, 6))
def test_any_areas_and_points_agree_with_fractions(shapes: list[list[Ring]], points: Ring, shift: int) -> None:
    areas = [area(str(place), *parts) for place, parts in enumerate(shapes)]
    index = Index(areas)
    every = [*points, *(corner for parts in shapes for ring in parts for corner in ring)]
    for parts in shapes:  # and points on or very near the edges
        for ring in parts:
            (ax, ay), (bx, by) = ring[0], ring[1]
            every += [((ax + bx) / 2, (ay + by) / 2), (ax + (bx - ax) * shift / 7, ay + (by - ay) * shift / 7)]
    x, y = np.array(every, dtype=float).T.copy()
    found = index.find_all(x, y)
    want = [oracle(areas, *point) for point in every]
    assert list(zip(found.area.tolist(), found.how.tolist(), strict=True)) == want
    assert [index.find(float(a), float(b)) for a, b in every] == want


def lattice(side_: int) -> list[Area]:
    """Unit squares, coded by column, then row."""
    return [
        area(f"{column}{row}", [(column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1)])
        for column in range(side_)
        for row in range(side_)
    ]


def test_a_shared_border_belongs_to_the_lowest_code_and_to_nobody_else() -> None:
    index = Index(lattice(3))
    assert index.find(1.0, 0.5) == (0, BORDER)
    assert index.find(1.0, 1.0) == (0, BORDER)
    assert index.find(2.0, 2.0) == (4, BORDER)
    assert index.find(3.0, 3.0) == (8, BORDER)
    assert index.find(math.nextafter(1.0, 2), 0.5) == (3, INSIDE)
    assert index.find(math.nextafter(3.0, 4), 0.5) == (-1, OUTSIDE)


def test_holes_and_parts_count() -> None:
    ring, hole, island = [(0, 0), (9, 0), (9, 9), (0, 9)], [(3, 3), (6, 3), (6, 6), (3, 6)], [(4, 4), (5, 4), (5, 5)]
    index = Index([area("1", ring, hole, island)])
    assert [index.find(*point)[0] for point in ((1, 1), (3.5, 5.5), (4.9, 4.5), (10, 1))] == [0, -1, 0, -1]
    assert index.find(3, 4) == (0, BORDER)


def test_overlaps_go_to_the_lowest_code_and_are_marked() -> None:
    areas = [area("1", [(0, 0), (4, 0), (4, 4), (0, 4)]), area("2", [(2, 2), (6, 2), (6, 6), (2, 6)])]
    found = Index(areas).find_all(np.array([1.0, 3.0, 5.0, 2.0, 4.0]), np.array([1.0, 3.0, 5.0, 3.0, 1.0]))
    assert found.area.tolist() == [0, 0, 1, 0, 0]
    assert found.doubt.tolist() == [False, True, False, True, False]


def test_many_random_points_agree_with_shapely() -> None:
    draw = np.random.default_rng(7)
    grid = np.stack(np.meshgrid(np.arange(13.0), np.arange(13.0), indexing="ij"), -1)
    grid += draw.uniform(-0.3, 0.3, grid.shape)
    areas = [
        area(f"{i:02}{j:02}", [tuple(grid[i + a, j + b]) for a, b in ((0, 0), (1, 0), (1, 1), (0, 1))])
        for i in range(12)
        for j in range(12)
    ]
    shapes = [shapely.Polygon(one.rings[0]) for one in areas]
    ends = np.concatenate([one.rings[0][:-1] for one in areas]), np.concatenate([one.rings[0][1:] for one in areas])
    along = draw.uniform(0, 1, (len(ends[0]), 1))
    points = np.concatenate([draw.uniform(-1, 13, (4000, 2)), ends[0], ends[0] + (ends[1] - ends[0]) * along])
    place, shape = shapely.STRtree(shapes).query(shapely.points(points), predicate="intersects")
    want = np.full(len(points), len(areas))
    np.minimum.at(want, place, shape)
    found = Index(areas).find_all(points[:, 0].copy(), points[:, 1].copy())
    assert np.where(found.area < 0, len(areas), found.area).tolist() == want.tolist()


def test_points_that_are_no_numbers_lie_nowhere() -> None:
    index = Index(lattice(2))
    found = index.find_all(np.array([math.nan, math.inf, 0.5]), np.array([0.5, 0.5, math.nan]))
    assert found.area.tolist() == [-1, -1, -1]
    assert index.find(math.nan, 0.5) == (-1, OUTSIDE)
    with pytest.raises(ValueError, match="没有区域"):
        Index([])


tight = st.tuples(st.sampled_from([0.1, 0.2, 0.3, 1 / 3, 114.3, 1e-9, 12.0]), st.integers(-3, 3))


@given(st.lists(tight, min_size=6, max_size=6))
def test_the_side_of_a_line_is_exact(values: list[tuple[float, int]]) -> None:
    ax, ay, bx, by, px, py = (value * (1 + steps * 2.0**-52) for value, steps in values)
    exact = (Fraction(ax) - Fraction(px)) * (Fraction(by) - Fraction(py))
    exact -= (Fraction(ay) - Fraction(py)) * (Fraction(bx) - Fraction(px))
    want = (exact > 0) - (exact < 0)
    assert np.sign(side(ax, ay, bx, by, px, py)) == want
    arrays = [np.array([value]) for value in (ax, ay, bx, by, px, py)]
    assert np.sign(sides(*arrays)[0]) == want


def test_the_shift_of_maps_is_undone() -> None:
    draw = np.random.default_rng(3)
    lon, lat = draw.uniform(108, 117, 500), draw.uniform(24, 34, 500)
    there = convert(lon, lat, "WGS-84", "GCJ-02")
    away = np.hypot((there[0] - lon) * 96_000, (there[1] - lat) * 111_000)
    assert 300 < away.min() < away.max() < 800
    back = convert(*there, "GCJ-02", "WGS-84")
    assert np.abs(back[0] - lon).max() < 1e-9
    assert np.abs(back[1] - lat).max() < 1e-9
    abroad = convert(np.array([2.3]), np.array([48.8]), "WGS-84", "GCJ-02")
    assert (abroad[0][0], abroad[1][0]) == (2.3, 48.8)
    assert datum_named("gcj02") == "GCJ-02"
    with pytest.raises(ValueError, match="不认识坐标系"):
        datum_named("北京54")


def test_the_nearest_area_is_found_within_the_tolerance() -> None:
    draw = np.random.default_rng(5)
    areas = [area("1", [(0, 0), (1, 0), (0, 1)]), area("2", [(5, 5), (6, 5), (6, 7)])]
    x, y = draw.uniform(-2, 9, 300), draw.uniform(-2, 9, 300)
    shapes = [shapely.Polygon(one.rings[0]) for one in areas]
    away = np.array(
        [
            [shapely.Point(point).distance(shapely.LinearRing(shape.exterior)) for shape in shapes]
            for point in zip(x, y, strict=True)
        ]
    )
    place, least = nearest(areas, x, y, 1.5, earth=False)
    assert place.tolist() == np.where(away.min(axis=1) <= 1.5, away.argmin(axis=1), -1).tolist()
    met = place >= 0
    assert least[met] == pytest.approx(away.min(axis=1)[met])
    assert np.isinf(least[~met]).all()


def test_distances_on_degrees_are_metres() -> None:
    areas = [area("1", [(114, 30), (115, 30), (115, 31), (114, 31)])]
    place, least = nearest(areas, np.array([113.999, 113.99]), np.array([30.5, 30.5]), 200.0, earth=True)
    assert place.tolist() == [0, -1]
    assert least[0] == pytest.approx(95.8, abs=0.1)


def collection(*features: dict[str, Any], **more: Any) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features), **more})


def feature(code: str | None, ring: Any, kind: str = "Polygon", **properties: Any) -> dict[str, Any]:
    shape = {"type": kind, "coordinates": [ring] if kind == "Polygon" else ring}
    own = properties | ({} if code is None else {"code": code})
    return {"type": "Feature", "properties": own, "geometry": shape}


SQUARE = [[114, 30], [115, 30], [115, 31], [114, 31], [114, 30]]


def test_a_layer_has_codes_dates_and_a_datum() -> None:
    text = collection(
        feature("2", SQUARE, name="乙"),
        feature("1", [[SQUARE]], "MultiPolygon", valid_from="2020-01-01", valid_to="2024-01-01"),
        datum="GCJ02",
    )
    layer = read_layer(text)
    assert ([one.code for one in layer.areas], layer.datum, layer.earth) == (["1", "2"], "GCJ-02", True)
    assert [one.code for one in layer.on(date(2023, 12, 31)).areas] == ["1", "2"]
    assert [one.code for one in layer.on(date(2024, 1, 1)).areas] == ["2"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "不是有效的 JSON"),
        ("{}", "没有要素"),
        (collection(feature(None, SQUARE)), "第 1 个要素没有代码"),
        (collection({"properties": {"code": "1"}, "geometry": None}), "第 1 个要素（1）不是面"),
        (
            collection(feature("1", SQUARE), feature("2", [[math.nan, 1], [2, 2], [3, 1]])),
            r"第 2 个要素（2）的坐标中有空值",
        ),
        (collection(feature("1", [["甲", 1], [2, 2], [3, 1]])), "有不是数的内容"),
        (collection(feature("1", [1, 2, 3])), "每个点要有两个数"),
        (collection(feature("1", [[1, 1], [2, 2], [1, 1]])), "不足三个点"),
        (collection(feature("1", SQUARE, valid_from="昨天")), "日期“昨天”不对"),
        (collection(feature("1", SQUARE, valid_from="2024-01-01", valid_to="2024-01-01")), "不晚于生效日期"),
        (
            collection(feature("1", SQUARE), feature("2", [[y, x] for x, y in SQUARE])),
            "第 2 个要素（2）的经度和纬度写反了",
        ),
    ],
)
def test_wrong_layers_are_refused_by_feature(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_layer(text)


def test_a_plane_of_small_numbers_is_not_taken_for_exchanged_degrees() -> None:
    ring = [[30, 95], [31, 95], [31, 96], [30, 96], [30, 95]]
    far = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]
    assert read_layer(collection(feature("1", ring), feature("2", far))).earth is False


def test_a_border_that_crosses_itself_is_named() -> None:
    bow = [[114, 30], [115, 31], [115, 30], [114, 31], [114, 30]]
    ((found, spot),) = crossing_themselves(read_layer(collection(feature("1", SQUARE), feature("2", bow))))
    assert (found.code, spot) == ("2", "114.5,30.5")

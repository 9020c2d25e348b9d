"""`linli places lookup`: every point of a table gets its area, or the reason why not."""

import csv
import json
from pathlib import Path

import pytest

from linli.site.cli import main

LEFT = [[114.0, 30.0], [114.1, 30.0], [114.1, 30.1], [114.0, 30.1], [114.0, 30.0]]
RIGHT = [[114.1, 30.0], [114.2, 30.0], [114.2, 30.1], [114.1, 30.1], [114.1, 30.0]]


def layer(folder: Path, **more: object) -> Path:
    path = folder / "areas.geojson"
    features = [
        {"properties": {"code": code, "name": name}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
        for code, name, ring in (("990102", "乙", RIGHT), ("990101", "甲", LEFT))
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features, **more}), encoding="utf-8")
    return path


def run(folder: Path, text: str, *options: str, **more: object) -> list[dict[str, str]]:
    source, made = folder / "points.csv", folder / "out.csv"
    source.write_text(text, encoding="utf-8")
    assert (
        main(["places", "lookup", str(source), "--areas", str(layer(folder, **more)), "-o", str(made), *options]) == 0
    )
    with made.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_each_point_gets_its_area_and_how(tmp_path: Path) -> None:
    rows = run(
        tmp_path,
        "名称,经度,纬度\n里,114.05,30.05\n界,114.1,30.05\n近,114.2005,30.05\n远,115,30.05\n空,,\n反,30.05,114.05\n",
        "--tolerance",
        "100",
    )
    assert [(row["area"], row["how"]) for row in rows] == [
        ("990101", "inside"),
        ("990101", "border"),
        ("990102", "nearest"),
        ("", "outside"),
        ("", "unknown"),
        ("", "unknown"),
    ]
    assert [row["名称"] for row in rows] == list("里界近远空反")
    assert float(rows[2]["distance"]) == pytest.approx(48.1, abs=0.1)
    assert "待核实" in rows[2]["verify"]
    assert "缺失" in rows[4]["verify"]
    assert "写反" in rows[5]["verify"]


def test_without_a_tolerance_a_point_outside_stays_outside(tmp_path: Path) -> None:
    (row,) = run(tmp_path, "lon,lat\n114.2005,30.05\n")
    assert (row["area"], row["how"], row["distance"]) == ("", "outside", "")


def test_points_of_another_datum_are_shifted(tmp_path: Path) -> None:
    text = "lon,lat\n114.0975,30.05\n"  # 240 m west of the border; its place on the shifted map lies east of it
    (same,) = run(tmp_path, text, datum="GCJ-02")
    (shifted,) = run(tmp_path, text, "--datum", "WGS-84", datum="GCJ-02")
    assert (same["area"], shifted["area"]) == ("990101", "990102")


def test_points_may_be_geojson_and_a_column_of_the_same_name_is_kept(tmp_path: Path) -> None:
    points = {
        "features": [{"geometry": {"type": "Point", "coordinates": [114.15, 30.05]}, "properties": {"area": "旧"}}]
    }
    (row,) = run(tmp_path, json.dumps(points))
    assert (row["area"], row["area_result"]) == ("旧", "990102")


@pytest.mark.parametrize(
    ("text", "options", "says"),
    [
        ("", [], "是空的"),
        ("a,b\n1,2\n", [], "缺少“经度（或 x）”一列"),
        ("lon,lat\n1,2\n", ["--tolerance", "-1"], "--tolerance 要是零或正数"),
        ("lon,lat\n1,2\n", ["--date", "昨天"], "不是日期"),
        ("lon,lat\n1,2\n", ["--datum", "WGS-84"], "却不知道边界的"),
        ("lon,lat\n1,2\n", ["--datum", "北京54"], "不认识坐标系"),
        ("{", [], "不是有效的 JSON"),
    ],
)
def test_what_cannot_be_looked_up_is_said(
    text: str, options: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, made = tmp_path / "points.csv", tmp_path / "out.csv"
    source.write_text(text, encoding="utf-8")
    code: object
    try:
        code = main(["places", "lookup", str(source), "--areas", str(layer(tmp_path)), "-o", str(made), *options])
    except SystemExit as stopped:
        code = stopped.code
    assert code == 2
    assert says in capsys.readouterr().err
    assert not made.exists()


def test_the_borders_of_the_day_are_used(tmp_path: Path) -> None:
    path, source, made = tmp_path / "areas.geojson", tmp_path / "points.csv", tmp_path / "out.csv"
    source.write_text("lon,lat\n114.05,30.05\n", encoding="utf-8")
    versions = [
        {
            "properties": {"code": code, "valid_from": since, "valid_to": until},
            "geometry": {"type": "Polygon", "coordinates": [LEFT]},
        }
        for code, since, until in (("旧", None, "2025-07-01"), ("新", "2025-07-01", None))
    ]
    path.write_text(json.dumps({"features": versions}), encoding="utf-8")
    found = []
    for day in ("2025-06-30", "2025-07-01"):
        assert main(["places", "lookup", str(source), "--areas", str(path), "-o", str(made), "--date", day]) == 0
        with made.open(encoding="utf-8-sig", newline="") as stream:
            found += [row["area"] for row in csv.DictReader(stream)]
    assert found == ["旧", "新"]

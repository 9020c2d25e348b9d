"""`linli sites solve`: the files of the peers and of an office, answered in their own names."""

import json
from pathlib import Path

import pytest

from linli.site.cli import main


def run(folder: Path, capsys: pytest.CaptureFixture[str], name: str, text: str, *options: str) -> dict[str, object]:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    assert main(["sites", "solve", str(path), "--seconds", "20", "--json", *options]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_a_network_gives_a_median_in_its_own_numbers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = run(tmp_path, capsys, "net.txt", " 5 4 1\n 1 2 1\n 2 3 1\n 3 4 1\n 4 5 1\n")
    assert (found["cost"], found["sites"], found["bound"], found["proven"]) == (6, [3], 6, True)
    assert run(tmp_path, capsys, "net.txt", "5 4 1\n1 2 1\n2 3 1\n3 4 1\n4 5 1\n", "--p", "5")["cost"] == 0


def test_points_with_a_radius_give_a_cover(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "4 . 1 2\n0 0 5\n1 0 1\n2 0 1\n9 9 4\n"
    found = run(tmp_path, capsys, "points.txt", text)
    assert (found["covered"], found["bound"], found["proven"]) == (7, 7, True)
    assert found["uncovered"] == [4]
    assert found["next"] == {"site": 4, "gain": 4}
    assert run(tmp_path, capsys, "points.txt", text, "--kind", "set")["cost"] == 2
    assert run(tmp_path, capsys, "points.txt", text, "--kind", "center", "--p", "2")["cost"] == 1


def test_a_table_keeps_its_names_and_its_fixed_sites(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "编号,x,y,需求,类型,已定\n甲村,0,0,10,需求,\n乙村,8,0,10,需求,\n老站,0,1,,候选,是\n新站,8,1,,候选,\n"
    found = run(tmp_path, capsys, "table.csv", text, "--p", "1")
    assert (found["sites"], found["cost"]) == (["老站"], pytest.approx(10 + 10 * 65**0.5))
    assert found["next"] == {"site": "新站", "gain": pytest.approx(10 * 65**0.5 - 10)}


def test_features_need_not_bear_the_same_properties(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    features = [
        {"properties": {"demand": 3, "role": "demand"}, "geometry": {"type": "Point", "coordinates": [114.3, 30.5]}},
        {
            "properties": {"role": "candidate", "id": "甲站"},
            "geometry": {"type": "Point", "coordinates": [114.31, 30.5]},
        },
        {
            "properties": {"role": "candidate", "id": "乙站"},
            "geometry": {"type": "Point", "coordinates": [114.32, 30.5]},
        },
    ]
    found = run(tmp_path, capsys, "points.geojson", json.dumps({"features": features}), "--p", "1", "--radius", "1000")
    assert (found["covered"], found["sites"], found["proven"]) == (3, ["甲站"], True)


@pytest.mark.parametrize(
    ("text", "options", "code", "says"),
    [
        ("", [], 2, "是空的"),
        ("2 1 3\n1 2 5\n", [], 2, "候选点只有 2 个"),
        ("2 1 1\n1 2 5\n", ["--p", "0"], 2, "至少为 1"),
        ("2 1 1\n1 2 5\n", ["--seconds", "0"], 2, "要大于零"),
        ("x,y,demand\n1,2,-3\n", ["--p", "1"], 2, "第 2 行的需求是 -3"),
        ("a,b\n1,2\n", ["--p", "1"], 2, "缺少坐标列"),
    ],
)
def test_what_cannot_be_solved_is_said(
    text: str, options: list[str], code: int, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "file.txt"
    path.write_text(text, encoding="utf-8")
    assert main(["sites", "solve", str(path), "--json", *options]) == code
    assert says in capsys.readouterr().err

"""`linli grids` (网格划分): files in and out, one Chinese sentence per failure, nothing half done."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from linli.site import cli

ROOT = Path(__file__).resolve().parent.parent.parent
SQUARE = {"pop": [10, 10, 10, 10], "edges": [[0, 1], [1, 2], [2, 3], [3, 0]]}


@pytest.fixture(autouse=True)
def uncompiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_COMPILE", "0")


def put(folder: Path, name: str, content: Any) -> str:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return str(path)


def ring(size: int = 40) -> dict[str, Any]:
    """A ring of atoms with a chord, a current map and positions."""
    edges = [[atom, (atom + 1) % size] for atom in range(size)] + [[0, size // 2]]
    current = [atom * 4 // size for atom in range(size)]
    return {"pop": [100 + atom % 3 for atom in range(size)], "edges": edges, "current": current}


def test_divide_check_and_explain_work_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    graph, plan = put(tmp_path, "图.json", ring()), tmp_path / "方案.json"
    words = ["--parts", "4", "--tolerance", "0.05", "--seconds", "20", "--seed", "1", "--iterations", "50000"]
    assert cli.main(["grids", "divide", graph, *words, "-o", str(plan)]) == 0
    assert "4 个网格" in capsys.readouterr().out
    held = json.loads(plan.read_text("utf-8"))
    assert len(held["district"]) == 40 and set(held["district"]) == {0, 1, 2, 3}
    assert held["cut"] in (4, 5)
    assert held["bound"] <= held["cut"] and held["deviation"] <= 0.05 and held["moved"] == 0
    assert list(tmp_path.glob("*.part")) == []

    assert cli.main(["grids", "check", graph, str(plan)]) == 0
    assert "符合全部要求" in capsys.readouterr().out
    assert cli.main(["grids", "check", graph, str(plan), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True

    assert cli.main(["grids", "explain", graph, str(plan)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 41 and lines[0].startswith("地块\t")
    assert cli.main(["grids", "explain", graph, str(plan), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["atom"] for row in rows] == list(range(40))
    assert all(row["reasons"] for row in rows)


def test_without_an_output_file_the_plan_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["grids", "divide", put(tmp_path, "g.json", SQUARE), "--parts", "2"]) == 0
    held = json.loads(capsys.readouterr().out)
    assert held["cut"] == 2 and held["proven"] is True


def test_a_spoilt_plan_is_told_every_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    graph = put(tmp_path, "g.json", {**SQUARE, "together": [[0, 1]], "frozen": {"3": 1}, "apart": [[0, 2]]})
    plan = put(tmp_path, "p.json", {"district": [0, 1, 0, 0], "cut": 7, "parts": 2, "tolerance": 0.1})
    assert cli.main(["grids", "check", graph, plan]) == 1
    told = capsys.readouterr().out
    for words in (
        "网格 0 有 30 人，超过上限 22 人 8 人",
        "低于下限 18 人 8 人",
        "together",
        "地块 3 固定在网格 1",
        "apart",
        "cut",
    ):
        assert words in told
    torn = put(tmp_path, "torn.json", {"district": [0, 1, 0, 1]})
    assert cli.main(["grids", "check", put(tmp_path, "plain.json", SQUARE), torn]) == 1
    assert "没有连成一片" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", ["第 1 行", "JSON"]),
        ("{", ["第 1 行", "JSON"]),
        ("[" * 100_000, ["层次太深"]),
        ('{"pop": [NaN], "edges": []}', ["第 0 项", "nan"]),
        ('{"pop": [1e999], "edges": []}', ["第 0 项", "inf"]),
        ('{"pop": [' + "9" * 5000 + '], "edges": []}', ["数字太长"]),
        ({"pop": [1, -1], "edges": [[0, 1]]}, ["地块 1", "负数"]),
        ({"pop": [0, 0], "edges": [[0, 1]]}, ["都是 0"]),
        ({"pop": [1], "edges": []}, ["只有 1 个地块"]),
        ({"pop": [1, 9], "edges": [[0, 1]]}, ["地块 1", "9 人", "上限 5"]),
        ({"pop": [10, 10, 5, 5], "edges": [[0, 1], [2, 3]]}, ["不相连"]),
    ],
)
def test_a_bad_graph_leaves_no_plan_and_one_sentence(
    content: Any, words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    graph, plan = put(tmp_path, "g.json", content), tmp_path / "p.json"
    plan.write_text("before")
    assert cli.main(["grids", "divide", graph, "--parts", "2", "-o", str(plan)]) in (1, 2)
    told = capsys.readouterr()
    assert told.out == "" and told.err.count("\n") == 1
    for word in words:
        assert word in told.err
    assert plan.read_text() == "before" and sorted(tmp_path.iterdir()) == [tmp_path / "g.json", plan]


def test_files_that_are_missing_or_not_text_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gbk = tmp_path / "gbk.json"
    gbk.write_bytes('{"名": 1}'.encode("gbk"))
    graph = put(tmp_path, "g.json", SQUARE)
    for words, told in (
        ([str(tmp_path / "none.json")], "没有找到"),
        ([str(tmp_path)], "文件夹"),
        ([str(gbk)], "UTF-8"),
        ([graph, "-o", str(tmp_path / "none" / "p.json")], "不能写到"),
        ([graph, "-o", str(tmp_path)], "不能写到"),
    ):
        assert cli.main(["grids", "divide", *words, "--parts", "2"]) == 2
        assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--parts", "two"], "--parts：要写整数"),
        (["--parts", "2.5"], "--parts：要写整数"),
        (["--parts", "9" * 20], "--parts：要写整数"),
        (["--parts", "0"], "--parts"),
        (["--parts", "2", "--seconds", "soon"], "--seconds：要写数字"),
        (["--parts", "2", "--seconds", "nan"], "--seconds"),
        (["--parts", "2", "--seconds=-1"], "--seconds"),
        (["--parts", "2", "--tolerance", "a"], "--tolerance"),
        (["--parts", "2", "--objective", "beauty"], "beauty"),
        (["--parts", "2", "--objective", "inertia"], "xy"),
        ([], "--parts"),
    ],
)
def test_a_bad_option_is_named(words: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code = cli.main(["grids", "divide", put(tmp_path, "g.json", SQUARE), *words])
    except SystemExit as stopped:
        code = int(str(stopped.code))
    assert code == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        ([], "district"),
        ({"district": [0, 1]}, "4 个地块"),
        ({"district": [0, 1, 0, "x"]}, "第 3 项"),
        ({"district": [0, 0, 1, 1], "parts": "two", "tolerance": 0.1}, "--parts"),
        ({"district": [0, 0, 1, 1], "parts": 2, "tolerance": "much"}, "--tolerance"),
    ],
)
def test_a_bad_plan_is_refused(plan: Any, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    graph = put(tmp_path, "g.json", SQUARE)
    for verb in ("check", "explain"):
        assert cli.main(["grids", verb, graph, put(tmp_path, "p.json", plan)]) == 2
        assert told in capsys.readouterr().err


def test_a_plan_of_other_hands_needs_a_tolerance_to_be_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    graph, plan = put(tmp_path, "g.json", SQUARE), put(tmp_path, "p.json", {"district": [5, 5, 7, 7]})
    assert cli.main(["grids", "check", graph, plan]) == 0
    assert "没有写明容差" in capsys.readouterr().out
    assert cli.main(["grids", "explain", graph, plan]) == 2
    assert "--tolerance" in capsys.readouterr().err
    assert cli.main(["grids", "explain", graph, plan, "--tolerance", "0.1"]) == 0


def test_dividing_loads_neither_django_nor_a_database(tmp_path: Path) -> None:
    """The start of the command counts in its seconds."""
    graph = put(tmp_path, "g.json", ring())
    code = (
        "import sys; from linli.site.cli import main\n"
        f"assert main(['grids', 'divide', {graph!r}, '--parts', '4', '--iterations', '1000']) == 0\n"
        "assert not {'django', 'sqlite3', 'pysqlite3'} & set(sys.modules), 'loaded'"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True)

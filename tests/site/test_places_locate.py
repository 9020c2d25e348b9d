"""`linli places locate`: a file and a gazetteer in, places out; no database with --names."""

import csv
from pathlib import Path

import pytest

from linli.site import cli


def written(path: Path, text: str, encoding: str = "utf-8") -> str:
    """A file of that text."""
    path.write_text(text, encoding=encoding)
    return str(path)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_every_row_comes_back_with_its_place_or_none(tmp_path: Path, encoding: str) -> None:
    names = written(
        tmp_path / "n.csv", "code,name,aliases,kind\n101,翠湖花园,翠湖小区、翠湖,estate\n7,望岳台大道,,road\n", encoding
    )
    texts = written(tmp_path / "t.csv", "id,text\n1,翠湖小区3栋漏水\n2,望天台大道积水\n3,\n4,谢谢\n", encoding)
    out = tmp_path / "o.csv"
    assert cli.main(["places", "locate", texts, "--names", names, "-o", str(out)]) == 0
    with out.open(encoding="utf-8", newline="") as file:
        told = list(csv.DictReader(file))
    assert [(row["id"], row["code"]) for row in told] == [("1", "101"), ("2", "7"), ("3", ""), ("4", "")]
    assert told[0]["matched"] == told[0]["text"][int(told[0]["start"]) : int(told[0]["end"])] == "翠湖小区"
    assert told[0]["detail"] == "3栋"
    assert told[1]["reason"]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ("code,name\n,甲路\n", "第 2 行"),
        ("code,name\n1,\n", "没有名称"),
        ("code,name\n1,甲路\n1,乙路\n", "两次"),
        ("a,b\n1,2\n", "缺少“code”一列"),
        ("", "空"),
    ],
)
def test_a_faulty_gazetteer_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], names: str, said: str
) -> None:
    texts = written(tmp_path / "t.csv", "text\n翠湖\n")
    given = written(tmp_path / "n.csv", names)
    assert cli.main(["places", "locate", texts, "--names", given, "-o", str(tmp_path / "o.csv")]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert "n.csv" in err
    assert not (tmp_path / "o.csv").exists()

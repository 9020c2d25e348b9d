"""`linli appeals hot`: a file in, id and group out, bad rows named and kept."""

import csv
from pathlib import Path

import pytest

from linli.site import cli
from linli.site.commands.appeals_hot import days_of
from tests.methods.test_similar_groups import best_f1, town


def written(path: Path, rows: list[list[str]], encoding: str = "utf-8") -> Path:
    """A file with the columns of the register and one more."""
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([["id", "time", "title", "text", "from"], *rows])
    return path


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_every_row_comes_back_with_its_group_or_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], encoding: str
) -> None:
    titles, texts, days, truth = town(1)
    rows = [
        [f"A{at}", f"2026/{1 + int(day or 0) // 28}/{1 + int(day or 0) % 28} 08:05:00", title, text, "热线"]
        for at, (title, text, day) in enumerate(zip(titles, texts, days, strict=True))
    ]
    rows.append(["B1", "2026-01-01", "咨询居住证签注", "居住证到期后在哪里签注？", "窗口"])
    out = tmp_path / "out.csv"
    assert cli.main(["appeals", "hot", str(written(tmp_path / "in.csv", rows, encoding)), "-o", str(out)]) == 0
    with out.open(encoding="utf-8", newline="") as file:
        told = list(csv.reader(file))
    assert told[0] == ["id", "group"]
    assert [row[0] for row in told[1:]] == [row[0] for row in rows]
    assert told[-1][1] == ""
    assert best_f1(truth, [int(row[1] or 0) for row in told[1:-1]]) >= 0.9
    assert "1. " in capsys.readouterr().out


def test_bad_rows_are_named_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [["1", "昨天", "", "", ""], ["1", "2026-02-30", "路", "😀", ""], ["", "", "长", "长" * 100_000, ""]]
    out = tmp_path / "out.csv"
    assert cli.main(["appeals", "hot", str(written(tmp_path / "in.csv", rows)), "-o", str(out)]) == 0
    err = capsys.readouterr().err
    for said in ("第 2 行没有内容", "“昨天”认不出", "第 3 行与第 2 行编号相同", "第 4 行没有编号"):
        assert said in err
    assert len(out.read_text(encoding="utf-8").splitlines()) == 4


def test_a_file_without_the_columns_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "in.csv"
    file.write_text("a,b\n1,2\n", encoding="utf-8")
    assert cli.main(["appeals", "hot", str(file), "-o", str(tmp_path / "out.csv")]) == 2
    assert "缺少“" in capsys.readouterr().err
    assert (
        cli.main(
            ["appeals", "hot", str(written(file, [["1", "", "", "路", ""]])), "-o", str(tmp_path / "o"), "--least", "1"]
        )
        == 2
    )


def test_times_are_read_as_people_write_them() -> None:
    assert days_of("2019/7/21 10:29:36") == days_of("2019-07-21 10:29:36") == days_of("2019年7月21日 10:29:36")
    assert days_of("2019-07-22") == pytest.approx((days_of("2019/7/21 12:00") or 0) + 0.5)
    assert days_of("") is None
    assert days_of("2019-13-01") is None

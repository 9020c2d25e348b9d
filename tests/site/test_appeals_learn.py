"""`linli appeals train`, `evaluate`, `predict`: files in, files out, no database, and every bad file named."""

import csv
import json
from pathlib import Path

import pytest

from linli.site import cli
from tests.methods.test_classify_model import rows

HEAD = ["text", "label"]


@pytest.fixture(autouse=True)
def data_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_DATA", str(tmp_path / "data"))


def table(path: Path, number: int = 120, seed: int = 1, encoding: str = "utf-8") -> Path:
    """A file of invented rows."""
    with path.open("w", encoding=encoding, newline="") as file:
        out = csv.writer(file)
        out.writerow(HEAD)
        out.writerows(zip(*rows(number, seed), strict=True))
    return path


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a written CSV."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_site_trains_evaluates_and_predicts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], encoding: str
) -> None:
    train, test, out = (
        table(tmp_path / "a.csv", encoding=encoding),
        table(tmp_path / "b.csv", 60, 2),
        tmp_path / "out.csv",
    )
    assert cli.main(["appeals", "train", str(train)]) == 0
    assert cli.main(["appeals", "predict", str(test), "-o", str(out)]) == 0
    told = read(out)
    assert [row["text"] for row in told] == rows(60, 2)[0]
    assert sum(row["label"] == row["given_label"] for row in told) >= 57
    assert all(0 < float(row["confidence"]) <= 1 and row["words"] for row in told)
    capsys.readouterr()
    assert cli.main(["appeals", "evaluate", str(test), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["macro_f1"] > 0.9
    assert 0 <= report["coverage"] <= 1
    assert report["accuracy"] == pytest.approx(sum(row["label"] == row["given_label"] for row in told) / 60)
    assert set(report["per_class"]) == set(rows(3)[1])
    assert report["baseline"]["macro_f1"] > 0.5
    assert "现用模型" in report["split"]


def test_evaluation_needs_no_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = table(tmp_path / "a.csv", 90)
    assert cli.main(["appeals", "evaluate", str(file), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["rows"] == 90
    assert "交叉" in report["split"]
    assert not (tmp_path / "data").exists()
    assert cli.main(["appeals", "evaluate", str(file), "--test", str(table(tmp_path / "b.csv", 30, 3))]) == 0
    said = capsys.readouterr().out
    assert "宏平均 F1" in said
    assert "对照" in said


def test_the_model_in_force_stays_until_a_new_one_is_better(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = tmp_path / "data" / "models" / "appeals.model"
    file = table(tmp_path / "a.csv", 150)
    cli.main(["appeals", "train", str(file)])
    first = model.read_bytes()
    assert cli.main(["appeals", "train", str(file)]) == 0
    assert model.read_bytes() == first
    turned = {"道路": "噪声", "噪声": "社保", "社保": "道路"}
    texts, labels = rows(150, 4)
    poisoned = tmp_path / "p.csv"
    with poisoned.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([HEAD, *((text, turned[label]) for text, label in zip(texts, labels, strict=True))])
    capsys.readouterr()
    assert cli.main(["appeals", "train", str(poisoned)]) == 0
    assert "标签可能有误" in capsys.readouterr().out
    assert model.read_bytes() == first
    assert cli.main(["appeals", "train", str(poisoned), "--force"]) == 0
    assert model.read_bytes() != first
    assert model.with_name("appeals.model.previous").read_bytes() == first


def test_a_damaged_model_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = table(tmp_path / "a.csv", 60)
    cli.main(["appeals", "train", str(file)])
    model = tmp_path / "data" / "models" / "appeals.model"
    model.write_bytes(model.read_bytes()[:-7])
    out = tmp_path / "out.csv"
    assert cli.main(["appeals", "predict", str(file), "-o", str(out)]) == 2
    assert "已损坏" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "空"),
        (b"text,label\n", "只有表头"),
        (b"a,b\n1,2\n", "缺少“label”一列"),
        ("text,label\n路灯不亮,道路\n".encode() * 1, "只有 1 行"),
        (b"text,label\n\xff\xfe\xff\xff\x81,1\n", "编码"),
        (('text,label\n"路灯' + "不亮" * 10).encode(), "引号"),
    ],
)
def test_bad_files_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str], raw: bytes, said: str) -> None:
    file = tmp_path / "bad.csv"
    file.write_bytes(raw)
    for words in (["train"], ["evaluate", "--json"]):
        assert cli.main(["appeals", words[0], str(file), *words[1:]]) == 2
        err = capsys.readouterr().err
        assert said in err
        assert "bad.csv" in err
    assert cli.main(["appeals", "train", str(tmp_path / "none.csv")]) == 2


def test_empty_rows_are_skipped_in_training_and_kept_in_prediction(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = table(tmp_path / "a.csv", 60)
    with file.open("a", encoding="utf-8") as out:
        out.write(",道路\n路灯不亮,\n路,道路\n😀😀,噪声\n" + "长" * 100_000 + ",社保\n")
    assert cli.main(["appeals", "train", str(file)]) == 0
    said = capsys.readouterr().err
    assert "第 62 行没有内容" in said
    assert "第 63 行没有类别" in said
    out_file = tmp_path / "out.csv"
    assert cli.main(["appeals", "predict", str(file), "-o", str(out_file)]) == 0
    assert len(read(out_file)) == 65
    assert cli.main(["appeals", "predict", str(file), "-o", str(tmp_path / "no" / "out.csv")]) == 2


def test_predicting_without_a_model_says_how_to_get_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["appeals", "predict", str(table(tmp_path / "a.csv")), "-o", str(tmp_path / "o.csv")]) == 2
    assert "linli appeals train" in capsys.readouterr().err

"""`linli law parse`, `akn`, `compare` and `findings`: exact output, and one Chinese sentence for whatever cannot be read."""

from __future__ import annotations

import gc
import json
import random
import xml.etree.ElementTree as ET
from pathlib import Path

import docx
import pytest

from linli.site.cli import main
from tests.law import acts


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with a text, a Markdown file and a Word file, and what Word keeps beside an open one."""
    (tmp_path / "a.txt").write_bytes(acts.LAW.encode("gb18030"))
    (tmp_path / "b.md").write_text(acts.MARKDOWN, encoding="utf-8-sig")
    document = docx.Document()
    for line in acts.RULE.splitlines():
        document.add_paragraph(line)
    document.add_table(rows=1, cols=2).rows[0].cells[1].text = "甲"
    document.save(str(tmp_path / "c.docx"))
    (tmp_path / "~$c.docx").write_bytes(b"x")
    (tmp_path / "notes.pdf").write_bytes(b"x")
    return tmp_path


def test_one_file_is_one_json_object(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["law", "parse", str(files / "a.txt"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found) == ["provisions", "problems"] and found["problems"] == []
    assert all(list(row) == ["id", "level", "num", "heading", "text"] for row in found["provisions"])
    assert found["provisions"][:3] == [
        {"id": "chp_1", "level": "chp", "num": "第一章", "heading": "总则", "text": ""},
        {"id": "art_1", "level": "art", "num": "第一条", "heading": "", "text": ""},
        {"id": "art_1__para_1", "level": "para", "num": "", "heading": "", "text": "为了办好灯会，制定本法。"},
    ]


def test_a_long_text_is_written_in_pieces_that_are_one_object(
    files: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from linli.law.parse import read_text, read_tree
    from linli.site.commands import law

    whole = read_tree(read_text(files / "a.txt")).as_json()
    assert len(whole["provisions"]) > 3
    for piece in (1, 2, 3):
        monkeypatch.setattr(law, "PIECE", piece)
        assert main(["law", "parse", str(files / "a.txt"), "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == whole
    assert gc.isenabled()


def test_a_folder_gives_one_json_line_a_file(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["law", "parse", str(files), "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [list(line) for line in lines] == [["file", "provisions", "problems"]] * 3
    assert [Path(line["file"]).name for line in lines] == ["a.txt", "b.md", "c.docx"]
    assert all(line["provisions"] and not line["problems"] for line in lines)


def test_people_get_a_summary_and_the_problems_by_line(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (files / "d.txt").write_text("某规定\n第一条 一。\n第三条 三。", encoding="utf-16")
    assert main(["law", "parse", str(files / "a.txt"), str(files / "d.txt")]) == 0
    shown = capsys.readouterr().out
    assert "中华灯会法；3 章，2 节，7 条" in shown and "第 3 行：条的编号不连续" in shown


@pytest.mark.parametrize(
    ("name", "raw", "word"),
    [
        ("empty.txt", b"", "空的"),
        ("blank.txt", b" \r\n\t", "空的"),
        ("noise.txt", random.Random(1).randbytes(4000), "编码无法识别"),
        ("zeros.txt", bytes(4000), "编码无法识别"),
        ("broken.docx", b"PK\x03\x04 not a zip", "不是可读的 Word"),
        ("locked.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "加了密码"),
        ("old.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "旧版 Word"),
        ("poem.txt", "床前明月光\n疑是地上霜".encode(), "没有找到任何一条"),
        ("a.pdf", b"%PDF", "不支持"),
    ],
)
def test_what_cannot_be_read_says_why_and_keeps_the_form(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, raw: bytes, word: str
) -> None:
    path = tmp_path / name
    path.write_bytes(raw)
    assert main(["law", "parse", str(path), "--json"]) == 1
    told = capsys.readouterr()
    found = json.loads(told.out)
    assert list(found) == ["provisions", "problems"] and found["provisions"] == []
    assert word in found["problems"][0]["reason"] and word in told.err
    for command in ("akn", "findings"):
        assert main(["law", command, str(path)]) == 1
    assert main(["law", "compare", str(path), str(path)]) == 1


def test_a_few_damaged_characters_are_a_problem_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = acts.LAW.encode().replace("船上".encode(), "船".encode() + b"\xe4\xb8")
    (tmp_path / "a.txt").write_bytes(raw)
    assert main(["law", "parse", str(tmp_path / "a.txt"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    line = acts.LAW[: acts.LAW.index("船上")].count("\n") + 1
    assert found["problems"] == [{"line": line, "reason": "有无法识别的字符，请核对编码或补上原文。"}]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8", "gb18030", "utf-32"])
def test_every_encoding_in_use_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str], encoding: str) -> None:
    (tmp_path / "a.txt").write_bytes(acts.LAW.encode(encoding))
    assert main(["law", "parse", str(tmp_path / "a.txt"), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["provisions"]) == 24


def test_an_empty_folder_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["law", "parse", str(tmp_path)]) == 2
    assert "没有 .txt、.md 或 .docx" in capsys.readouterr().err


def test_akoma_ntoso_is_printed_or_written(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["law", "akn", str(files / "a.txt")]) == 0
    printed = capsys.readouterr().out
    out = files / "a.xml"
    assert main(["law", "akn", str(files / "a.txt"), "-o", str(out), "--work", "/akn/cn-hb/act/law/2020/deng"]) == 0
    assert ET.fromstring(printed.encode()).tag == ET.parse(out).getroot().tag
    assert "/akn/cn-hb/act/law/2020/deng" in out.read_text(encoding="utf-8")
    assert main(["law", "akn", str(files / "a.txt"), "--work", "deng"]) == 1
    assert main(["law", "akn", str(files / "a.txt"), "-o", str(files / "no" / "a.xml")]) == 2


def test_two_versions_are_compared_and_kept_as_html_or_word(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (files / "new.txt").write_text(acts.LAW.replace("桥上不得挂灯", "桥上、船上不得挂灯"), encoding="utf-8")
    pair = [str(files / "a.txt"), str(files / "new.txt")]
    assert main(["law", "compare", *pair, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["counts"] == {"same": 6, "changed": 1, "new": 0, "dropped": 0, "moved": 0, "renumbered": 0}
    for name in ("c.html", "c.docx"):
        assert main(["law", "compare", *pair, "-o", str(files / name)]) == 0
        assert (files / name).stat().st_size > 1000
    assert main(["law", "compare", *pair, "-o", str(files / "c.pdf")]) == 2
    assert main(["law", "compare", *pair]) == 0
    assert "有改动 1 条" in capsys.readouterr().out


def test_a_draft_is_read_against_itself(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (files / "d.txt").write_text(
        "某规定\n第一条 依照本规定第九条办理。\n第二条 本规定自　年　月　日起施行。", encoding="utf-8"
    )
    assert main(["law", "findings", str(files / "d.txt"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(row["kind"], row["line"]) for row in found["findings"]] == [("reference", 2), ("blank_date", 3)]
    assert main(["law", "findings", str(files / "d.txt")]) == 0
    assert "【引用落空】" in capsys.readouterr().out
    assert main(["law", "findings", str(files / "d.txt"), "--pack", "none"]) == 1

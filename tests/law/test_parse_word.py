"""Word files as offices write them: numbers that Word draws, tracked changes, tables, text boxes, footnotes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from linli.law.parse import act_of, read_file, read_text, read_tree

NS = nsdecls("w")


def lists(document: Any, *levels: tuple[str, str], style: str = "", key: int = 90, extra: str = "") -> None:
    """Add a list whose levels have this format and text, as list `key`."""
    root = document.part.numbering_part.element
    inner = "".join(
        f'<w:lvl w:ilvl="{n}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>'
        + (f'<w:pStyle w:val="{style}"/>' if style and not n else "")
        + f'<w:suff w:val="space"/><w:lvlText w:val="{text}"/></w:lvl>'
        for n, (form, text) in enumerate(levels)
    )
    first = root.find(root.tag.replace("}numbering", "}num"))
    abstract = parse_xml(f'<w:abstractNum {NS} w:abstractNumId="{key}">{inner}</w:abstractNum>')
    if first is not None:
        first.addprevious(abstract)
    else:
        root.append(abstract)
    root.append(parse_xml(f'<w:num {NS} w:numId="{key}"><w:abstractNumId w:val="{key}"/>{extra}</w:num>'))


def numbered(document: Any, text: str, depth: int = 0, key: int = 90) -> Any:
    """A paragraph in a list."""
    paragraph = document.add_paragraph(text)
    paragraph._p.get_or_add_pPr().append(
        parse_xml(f'<w:numPr {NS}><w:ilvl w:val="{depth}"/><w:numId w:val="{key}"/></w:numPr>')
    )
    return paragraph


def saved(document: Any, folder: Path) -> Path:
    """The document as a file."""
    path = folder / "a.docx"
    document.save(str(path))
    return path


def test_articles_numbered_by_word_are_articles(tmp_path: Path) -> None:
    document = docx.Document()
    lists(document, ("chineseCounting", "第%1章"), key=80)
    lists(document, ("japaneseCounting", "第%1条"), ("chineseCountingThousand", "（%2）"), ("decimal", "%3."))
    document.add_paragraph("某县水井条例")
    for _ in range(2):
        numbered(document, "章名", key=80)
        for _ in range(6):
            numbered(document, "村里的水井应当：")
            numbered(document, "加盖：", 1)
            numbered(document, "木盖；", 2)
            numbered(document, "石盖；", 2)
            numbered(document, "清淤。", 1)
        document.add_paragraph("前款以外的事由村民商量。")
    act = act_of(read_tree(read_text(saved(document, tmp_path))))
    assert [article.number for article in act.articles][9:] == ["第十条", "第十一条", "第十二条"]
    assert act.findings == () and [c.title for c in act.chapters] == ["章名", "章名"]
    points = act.articles[3].paragraphs[0].points
    assert [point.number for point in points] == ["（一）", "（二）"] and [i.number for i in points[0].items] == [
        "1.",
        "2.",
    ]


def test_a_style_may_carry_the_number_and_a_list_may_start_again(tmp_path: Path) -> None:
    document = docx.Document()
    name = document.styles.add_style("Tiao", 1).style_id
    lists(document, ("chineseCounting", "第%1条"), style=name)
    lists(document, ("chineseCounting", "（%1）"), key=91)
    again = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'
    document.part.numbering_part.element.append(
        parse_xml(f'<w:num {NS} w:numId="92"><w:abstractNumId w:val="91"/>{again}</w:num>')
    )
    style = document.styles["Tiao"].element
    style.get_or_add_pPr().append(parse_xml(f'<w:numPr {NS}><w:numId w:val="90"/></w:numPr>'))
    document.add_paragraph("某县水井条例")
    for key in (91, 92):
        document.add_paragraph("水井应当：", style="Tiao")
        numbered(document, "加盖；", key=key)
        numbered(document, "清淤。", key=key)
    tree = read_tree(read_text(saved(document, tmp_path)))
    assert [n.id for n in tree.nodes if n.level == "point"] == [
        f"art_{a}__para_1__point_{p}" for a in (1, 2) for p in (1, 2)
    ]
    assert tree.problems == ()


@pytest.mark.parametrize(
    ("form", "third"),
    [
        ("chineseCounting", "三"),
        ("ideographTraditional", "丙"),
        ("ideographDigital", "三"),
        ("chineseLegalSimplified", "叁"),
        ("decimalFullWidth", "３"),
        ("decimalEnclosedCircleChinese", "③"),
        ("upperRoman", "III"),
        ("lowerLetter", "c"),
        ("decimalZero", "03"),
        ("decimal", "3"),
        ("somethingNew", "3"),
    ],
)
def test_numbers_are_drawn_as_word_draws_them(tmp_path: Path, form: str, third: str) -> None:
    document = docx.Document()
    lists(document, (form, "%1、"))
    for _ in range(3):
        numbered(document, "井")
    assert read_text(saved(document, tmp_path)).splitlines()[2] == f"{third}、 井"


def test_a_number_typed_by_hand_is_not_numbered_twice(tmp_path: Path) -> None:
    document = docx.Document()
    lists(document, ("decimal", "%1."))
    for text in ("第一条　甲。", "第二条　乙。"):
        numbered(document, text)
    assert read_text(saved(document, tmp_path)) == "第一条　甲。\n第二条　乙。"


def test_inserted_text_is_kept_and_deleted_text_is_not(tmp_path: Path) -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("第一条　水井")
    for tag, text, inner in (
        ("ins", "应当", "t"),
        ("del", "可以", "delText"),
        ("moveFrom", "每天", "t"),
        ("moveTo", "每月", "t"),
    ):
        paragraph._p.append(parse_xml(f'<w:{tag} {NS} w:id="1"><w:r><w:{inner}>{text}</w:{inner}></w:r></w:{tag}>'))
    paragraph.add_run("清淤")
    end = parse_xml(f'<w:rPr {NS}><w:del w:id="2"/></w:rPr>')
    paragraph._p.get_or_add_pPr().append(end)
    document.add_paragraph("和加盖。")
    hidden = document.add_paragraph("第二条　完。").add_run("看不见")
    hidden.font.hidden = True
    text, notes = read_file(saved(document, tmp_path))
    assert text.splitlines() == ["第一条　水井应当每月清淤和加盖。", "第二条　完。"]
    assert len(notes) == 1 and "修订痕迹" in notes[0]


def test_tables_text_boxes_line_breaks_and_footnotes(tmp_path: Path) -> None:
    document = docx.Document()
    run = document.add_paragraph("第一条　水井应当加盖。").add_run()
    run._r.append(parse_xml(f'<w:footnoteReference {NS} w:id="2"/>'))
    run.add_break()
    run.add_text("前款由村里办。")
    frame = document.add_table(rows=1, cols=1)
    frame.cell(0, 0).text = "第二条　井水归村。"
    grid = document.add_table(rows=2, cols=2)
    for n, cell in enumerate(cell for row in grid.rows for cell in row.cells):
        cell.text = f"格{n}"
    inner = grid.cell(1, 1).add_table(rows=1, cols=2)
    inner.cell(0, 0).text, inner.cell(0, 1).text = "里", "外"
    box = document.add_paragraph("第三条　见框。").add_run()
    drawn = "<w:txbxContent><w:p><w:r><w:t>框里的字。</w:t></w:r></w:p></w:txbxContent>"
    box._r.append(
        parse_xml(
            f'<mc:AlternateContent {NS} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice Requires="wps">'
            f"<w:drawing>{drawn}</w:drawing></mc:Choice><mc:Fallback><w:pict>{drawn}</w:pict></mc:Fallback></mc:AlternateContent>"
        )
    )
    text, notes = read_file(saved(document, tmp_path))
    assert [line.rstrip() for line in text.splitlines()] == [
        "第一条　水井应当加盖。",
        "前款由村里办。",
        "第二条　井水归村。",
        "格0\t格1",
        "格2\t格3 里\t外",
        "第三条　见框。",
        "框里的字。",
    ]
    assert notes == ("文件有 1 处脚注或尾注，没有读入。",)
    tree = read_tree(text).with_notes(notes)
    assert tree.problems[0].line == 0 and tree.complete()

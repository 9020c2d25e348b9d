"""The report as a Word paper (体检报告 Word): the two pages for the leader, with bars drawn in tables, so that they print anywhere."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

from docx import Document
from docx.enum.section import WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from linli.law.checkup.report import Report
from linli.site.checkup.brief import PROBLEMS, Chart, brief_of

_FONT = "宋体"
_COLOURS = {"达标": "0F6B57", "全部达标": "0F6B57", "未达标": "B3261E", "有未达标": "B3261E"}
_OPEN = "C9C6BC"
_BLOCKS = 24


def paper(report: Report) -> bytes:
    """The paper (体检报告)."""
    brief = brief_of(report)
    made = Document()
    _set_up(made, report)
    made.add_heading(report.title, 0)
    made.add_paragraph(brief.headline).runs[0].bold = True
    if report.draft:
        _note(made, f"草案模拟：《{report.pack.title}》还没有生效，结果不是法律上的认定。")
    _table(
        made,
        ("", *(name for name, _, _ in brief.figures)),
        [("数", *(value for _, value, _ in brief.figures)), ("说明", *(of for *_, of in brief.figures))],
    )
    made.add_heading("先补什么", 1)
    if brief.ladders:
        for one in brief.ladders:
            made.add_paragraph(f"{one.sentence}（{one.cost}，{one.articles}）", style="List Bullet")
        for one in brief.ladders:
            if one.mend.cost in ("persons", "m2"):
                made.add_paragraph(f"{one.what}：从最省的地方补起").runs[0].bold = True
                _table(made, ("地方", "缺", "解决几项", "累计要补", "累计解决"), one.steps)
    else:
        made.add_paragraph("没有发现要补的。")
    for title, chart in (("各条文做到没有", brief.duties), ("各地情况", brief.streets)):
        made.add_heading(title, 1)
        _chart(made, chart)
    if brief.above:
        made.add_heading("县和街道自己的职责", 1)
        _table(made, ("地方", "条文", "职责", "结果", "说明"), [row[:5] for row in brief.above])
    if brief.worst:
        made.add_heading("未达标最多的社区（村）", 1)
        _table(made, ("社区（村）", "街道（乡镇）", "未达标", "缺什么"), brief.worst)
    made.add_heading("数据要改的", 1)
    errors = [one for one in report.problems if one.kind == "error"]
    for problem in errors[:PROBLEMS]:
        made.add_paragraph(str(problem), style="List Bullet")
    if len(errors) > PROBLEMS:
        made.add_paragraph(f"还有 {len(errors) - PROBLEMS} 处，见 Excel 报告。")
    if not errors:
        made.add_paragraph("没有发现要改的。")
    made.add_heading("这份报告怎么来的", 1)
    for line in brief.standing:
        made.add_paragraph(line)
    _note(made, f"法规包 {report.pack.id} {report.pack.sha256[:12]} · 数据 {report.sha256[:12]} · 截至 {report.as_of}")
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def _set_up(made: Any, report: Report) -> None:
    """A4, a Chinese font, the head and the page number."""
    section = made.sections[0]
    section.start_type = WD_SECTION.NEW_PAGE
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2)
    section.top_margin = section.bottom_margin = Cm(2)
    for name in ("Normal", "Title", "Heading 1", "List Bullet"):
        style = made.styles[name]
        style.font.name = _FONT
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), _FONT)
        style.font.color.rgb = RGBColor(0, 0, 0)
    made.styles["Normal"].font.size = Pt(10.5)
    made.styles["Title"].font.size = Pt(20)
    made.core_properties.title = report.title
    made.core_properties.language = "zh-CN"
    section.header.paragraphs[0].text = f"{report.title}　{report.as_of}{'　草案模拟' if report.draft else ''}"
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = foot.add_run()
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = text
        run._r.append(part)


def _note(made: Any, text: str) -> None:
    run = made.add_paragraph().add_run(text)
    run.font.size = Pt(9)
    run.font.color.rgb = RGBColor(0x5C, 0x67, 0x62)


def _chart(made: Any, chart: Chart) -> None:
    """A sentence, bars of blocks with their words, and the figures in the same row."""
    made.add_paragraph(chart.sentence)
    if not chart.bars:
        return
    table = made.add_table(rows=1, cols=3)
    table.style = "Table Grid"
    for cell, title in zip(table.rows[0].cells, (chart.head[0], "图", "数"), strict=True):
        cell.paragraphs[0].add_run(title).bold = True
    _repeat(table.rows[0])
    for bar in chart.bars:
        name, drawn, figures = table.add_row().cells
        name.text = bar.name
        line = drawn.paragraphs[0]
        for word, _many, share, _begin in bar.parts:
            run = line.add_run("█" * max(1, round(share / 100 * _BLOCKS)))
            run.font.size = Pt(6)
            run.font.color.rgb = RGBColor.from_string(_COLOURS.get(word, _OPEN))
        said = "，".join(f"{word} {many}" for word, many, *_ in bar.parts)
        figures.text = said + (f"；{bar.cells[-1]}" if isinstance(bar.cells[-1], str) and bar.cells[-1] else "")
    for row in table.rows:
        for cell, width in zip(row.cells, (6.5, 5.5, 5), strict=True):
            cell.width = Cm(width)
    if chart.note:
        _note(made, chart.note)


def _table(made: Any, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    table = made.add_table(rows=1, cols=len(head))
    table.style = "Table Grid"
    for cell, title in zip(table.rows[0].cells, head, strict=True):
        cell.paragraphs[0].add_run(title).bold = True
    _repeat(table.rows[0])
    for row in rows:
        for cell, value in zip(table.add_row().cells, row, strict=True):
            cell.text = str(value)


def _repeat(row: Any) -> None:
    """The head of a table on every page."""
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)

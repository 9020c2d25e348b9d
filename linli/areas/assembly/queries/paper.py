"""The digest as a Word file (采纳情况 Word): for everybody, and for the desk with every comment and no name."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from linli.areas.assembly.queries.published import Answered, Line, Published, Section
from linli.kit.text import clean_text

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_FONT = "宋体"
HIDDEN = "少于 5 人的数字不公开；“不单列”是为了不让人从合计推算出来。"


def paper(found: Published) -> bytes:
    """The digest on A4: what was asked, the counts, then article by article text, counts, opinions and answers."""
    made = Document()
    title = f"《{found.title}》{'意见汇总（内部）' if found.internal else '意见采纳情况'}"
    _set_up(made, title)
    made.add_heading(title, 0)
    _table(made, ("项目", "内容"), _facts(found))
    made.add_heading("各条意见人数", 1)
    said = [section for section in found.sections if section.people != 0]
    if said:
        _table(made, ("条款", "人数", "答复"), [(_name(one), one.people, _outcomes(one)) for one in said])
    else:
        made.add_paragraph("没有收到意见。")
    if not found.internal:
        _note(made, HIDDEN)
    for section in found.sections:
        _section(made, section)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def _facts(found: Published) -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = [
        ("征求机关", found.congress),
        ("征求范围", found.place),
        ("征求时间", f"{found.opens_on or ''} 至 {found.until}"),
        ("稿次", f"第 {found.version} 稿"),
        ("提意见的人数", found.people if found.exact else f"{found.people} 以上"),
        *([("意见条数", found.comments)] if found.exact else []),
        *([("渠道", "，".join(f"{label} {count}" for label, count in found.channels))] if found.channels else []),
        ("答复", "，".join(f"{label} {count} 项" for _code, label, count in found.outcomes) or "无"),
    ]
    return [*rows, ("公布日期", found.published_on)] if found.published_on else rows


def _name(section: Section) -> str:
    return f"{section.title}　{section.heading}" if section.heading else section.title


def _outcomes(section: Section) -> str:
    given = [one.label for one in section.answered]
    return "，".join(f"{label} {given.count(label)} 项" for label in dict.fromkeys(given))


def _section(made: Any, section: Section) -> None:
    made.add_heading(_name(section), 1)
    for line in _safe(section.text).splitlines():
        made.add_paragraph(line)
    if section.people == 0:
        _note(made, "没有收到意见。")
        return
    if section.table is not None:
        shown = section.table
        body = [
            (kind, *cells, total) for kind, cells, total in zip(section.kinds, shown.cells, shown.rows, strict=True)
        ]
        _table(made, ("身份", *section.stances, "合计"), [*body, ("合计", *shown.columns, shown.total)])
    else:
        made.add_paragraph(f"提意见的人数：{section.people}")
    for one in section.answered:
        _answered(made, one)
    if section.lines:
        made.add_heading("意见原文", 2)
        _table(made, ("编号", "态度", "身份", "渠道", "人数", "意见", "结果"), map(_cells, section.lines))


def _answered(made: Any, one: Answered) -> None:
    head = made.add_paragraph(style="List Bullet")
    head.add_run(_safe(f"{one.gist or '其他意见'}（{one.people} 人）")).bold = True
    said = f"{one.label}。{one.reason}" if one.reason else f"{one.label}。"
    made.add_paragraph(_safe(f"{said}{f'体现在{one.where}。' if one.where else ''}"))


def _cells(line: Line) -> tuple[object, ...]:
    words = "\n".join(part for part in (line.words, f"建议改为：{line.wording}" if line.wording else "") if part)
    return line.number, line.stance, line.kind, line.channel, line.people, words, line.answer


def _set_up(made: Any, title: str) -> None:
    """A4, a Chinese font, the title at the head and the page number at the foot."""
    section = made.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(2.2)
    for name in ("Normal", "Title", "Heading 1", "Heading 2", "List Bullet"):
        style = made.styles[name]
        style.font.name = _FONT
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), _FONT)
        style.font.color.rgb = RGBColor(0, 0, 0)
    made.styles["Normal"].font.size = Pt(11)
    made.styles["Title"].font.size = Pt(18)
    made.styles["Heading 1"].font.size = Pt(14)
    made.core_properties.title = title
    made.core_properties.language = "zh-CN"
    section.header.paragraphs[0].text = title
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


def _safe(value: object) -> str:
    """Without the control characters that no Word file can hold; a draft pasted from one brings them."""
    return str(clean_text(str(value)))


def _note(made: Any, text: str) -> None:
    made.add_paragraph().add_run(text).font.size = Pt(9)


def _table(made: Any, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    table = made.add_table(rows=1, cols=len(head))
    table.style = "Table Grid"
    for cell, title in zip(table.rows[0].cells, head, strict=True):
        cell.paragraphs[0].add_run(title).bold = True
    mark = OxmlElement("w:tblHeader")  # repeated on every page
    mark.set(qn("w:val"), "true")
    table.rows[0]._tr.get_or_add_trPr().append(mark)
    for row in rows:
        for cell, value in zip(table.add_row().cells, row, strict=True):
            cell.text = _safe(value)

"""Text of Word files (读取 Word 文件): paragraphs with the numbers that Word draws, tables, text boxes, tracked changes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from linli.law.parse.numbering import Numbering

if TYPE_CHECKING:
    from lxml.etree import _Element

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
# What is not part of the text as it is printed: deleted and moved-away runs, the reading aid over a word, properties.
_SKIP = frozenset(
    {
        _FALLBACK,
        *(f"{W}{name}" for name in ("del", "moveFrom", "rt", "pPr", "rPr", "tblPr", "trPr", "tcPr", "sdtPr", "sectPr")),
    }
)
_BLOCKS = frozenset(f"{W}{name}" for name in ("sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag"))
_TYPED = re.compile(
    r"\s*(?:第[一二三四五六七八九十百千零〇○\d\s]+[条章节编]|[（(][一二三四五六七八九十]+[）)]|[一二三四五六七八九十]+、)"
)
_DEPTH = 200  # nesting beyond which a file was made to do harm


def read_word(path: Path) -> tuple[str, tuple[str, ...]]:
    """Text of a .docx file and what was left out of it (正文与未读入的部分).

    Each paragraph and each row of a table is a line, its cells parted by tabs; 第一条 that Word's automatic numbering draws is
    written out. Inserted text is kept, deleted text is not; text boxes follow the paragraph that holds them.
    Raises: what python-docx, zipfile and lxml raise for a broken file.
    """
    import docx

    document = docx.Document(str(path))
    body = document.element.body
    if body is None:
        return "", ()
    reader = _Word(Numbering.of(document))
    lines = list(reader.lines(body, 0))
    if reader.pending:
        lines.append(reader.pending)
    notes = []
    if reader.footnotes:
        notes.append(f"文件有 {reader.footnotes} 处脚注或尾注，没有读入。")
    if reader.deleted:
        notes.append("文件带有修订痕迹：插入的文字已读入，删除的文字没有读入。")
    if reader.pictures:
        notes.append(f"文件有 {reader.pictures} 处图片，图中的文字没有读入。")
    return "\n".join(lines), tuple(notes)


class _Word:
    def __init__(self, numbering: Numbering) -> None:
        self.numbering = numbering
        self.footnotes = self.pictures = 0
        self.deleted = False
        self.pending = ""  # a paragraph whose end was deleted goes on in the next one
        self.boxes: list[_Element] = []

    def lines(self, block: _Element, depth: int) -> Iterator[str]:
        """Lines of a body, a cell or a text box in their order."""
        if depth > _DEPTH:
            return
        for child in block:
            tag = child.tag
            if tag == f"{W}p":
                yield from self._paragraph(child, depth)
            elif tag == f"{W}tbl":
                yield from self._table(child, depth)
            elif tag in _BLOCKS:
                yield from self.lines(child, depth + 1)
            elif tag in (f"{W}del", f"{W}moveFrom"):
                self.deleted = True

    def _paragraph(self, paragraph: _Element, depth: int) -> Iterator[str]:
        held, self.boxes = self.boxes, []
        out: list[str] = []
        self._characters(paragraph, out, depth)
        boxes, self.boxes = self.boxes, held
        if paragraph.find(f"{W}pPr/{W}rPr/{W}del") is not None:
            self.deleted = True
            self.pending += "".join(out)
        else:
            label, text = self.numbering.label(paragraph), self.pending + "".join(out)
            yield text if label[:1] not in "第（(" and _TYPED.match(text) else label + text
            self.pending = ""
        for box in boxes:
            yield from self.lines(box, depth + 1)

    def _table(self, table: _Element, depth: int) -> Iterator[str]:
        for row in table.iter(f"{W}tr"):
            if next(row.iterancestors(f"{W}tbl")) is not table:
                continue  # a row of a table in a cell: it comes with its cell
            if row.find(f"{W}trPr/{W}del") is not None:
                self.deleted = True
                continue
            cells = [cell for cell in row.iter(f"{W}tc") if next(cell.iterancestors(f"{W}tr")) is row]
            if len(cells) == 1:  # a frame around running text
                yield from self.lines(cells[0], depth + 1)
            else:
                yield "\t".join(" ".join(self.lines(cell, depth + 1)) for cell in cells)

    def _characters(self, node: _Element, out: list[str], depth: int) -> None:
        if depth > _DEPTH:
            return
        for child in node:
            tag = child.tag
            if tag == f"{W}t":
                out.append(child.text or "")
            elif tag == f"{W}r":
                if not _hidden(child):
                    self._characters(child, out, depth + 1)
            elif tag in (f"{W}tab", f"{W}ptab"):
                out.append("\t")
            elif tag in (f"{W}br", f"{W}cr"):
                out.append("\n")
            elif tag == f"{W}noBreakHyphen":
                out.append("-")
            elif tag in (f"{W}footnoteReference", f"{W}endnoteReference"):
                self.footnotes += 1
            elif tag == f"{W}txbxContent":
                self.boxes.append(child)
            elif tag in (f"{W}drawing", f"{W}pict", f"{W}object"):
                before = len(self.boxes)
                self._characters(child, out, depth + 1)
                self.pictures += len(self.boxes) == before
            elif tag in _SKIP:
                self.deleted = self.deleted or tag in (f"{W}del", f"{W}moveFrom")
            elif isinstance(tag, str):
                self._characters(child, out, depth + 1)


def _hidden(run: _Element) -> bool:
    mark = run.find(f"{W}rPr/{W}vanish")
    return mark is not None and mark.get(f"{W}val", "true") not in ("0", "false", "off")

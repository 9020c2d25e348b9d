"""条 款 项 目 (条文): articles, and what stands in them."""

from __future__ import annotations

import re

from linli.law.parse import front
from linli.law.parse import lines as p
from linli.law.parse.divisions import Divisions
from linli.law.parse.numerals import numeral_of, value
from linli.law.parse.state import BACK, BODY, FAR, LONG, SANE

_MARKS = "、.．，,。—–-"


class Provisions(Divisions):
    """Articles, paragraphs, points and items."""

    def _article(self, line: str) -> bool:
        match = p.ARTICLE.match(line)
        if match is None:
            return False
        numeral, suffix, rest = match.groups()
        number = value(numeral)
        inserted = value(suffix) if suffix else 0
        if not 0 < number <= SANE or inserted > SANE:
            return False
        if rest and rest[0] in "至到—–－~～-、和" and self._gone(line):
            return True
        expected = self._next(number, inserted)
        separated = not rest or rest[0].isspace() or rest[0] in "【[［：:"
        if expected and not separated and rest[0] in _MARKS and self._marked_off(number, inserted, rest):
            rest, separated = rest.lstrip(_MARKS + " 　"), True
        if self.last == (0, 0) and number != 1 and not inserted and self._not_the_first(rest):
            return False
        if (separated or self.glued) and self.art and (self.cited or not expected) and self._cites(number, inserted):
            return False
        if self.contents and (p.LEADERS.search(rest) or (not p.ended(line) and self._below(number, inserted) >= 0)):
            self._add("contents", line)
            return True
        if not separated:
            if p.REFERENCE.match(rest) and not (expected and self._only_here(line, rest)):
                return False
            if (number, inserted) == self.last:
                return False
            opens = self.last == (0, 0) and not inserted and not self._not_the_first(rest) and number > 1
            if not expected and not opens and not (self.glued and number > self.last[0] and self._ended_before()):
                return number == 1 and not inserted and bool(self.art) and self._another_act()
        elif not expected and rest and p.REFERENCE.match(rest.lstrip()) and self.last != (0, 0):
            return False
        elif self.clauses or self.art or self.attached:
            if number == 1 and not inserted and self.last >= (1, 0) and self._another_act():
                return True
            if self.clauses or self.attached:
                return False
            if not expected and not self._ended_before():
                return False
        self._open_article(number, inserted, "", separated)
        self.cited = 0
        rest = rest.lstrip()
        if rest[:1] in ("：", ":"):
            rest = rest[1:].lstrip()
        self._text_of(rest)
        return True

    def _next(self, number: int, inserted: int) -> bool:
        """Whether this number follows the last one: 第六条 or 第五条之一 after 第五条."""
        main, extra = self.last
        return inserted == 0 if number == main + 1 else number == main > 0 and inserted == extra + 1

    def _gone(self, line: str) -> bool:
        """第五条至第九条（删去）: each of them is an article, and says that it is gone (成段删去的条)."""
        match = p.GONE.match(line)
        if match is None or self.clauses or self.attached or not self.art:
            return False
        first, last = value(match[1]), value(match[3])
        listed = match[2] in ("、", "和")
        if first != self.last[0] + 1 or not first < last < first + (2 if listed else 200):
            return False
        end = self.start + len(self.raw)
        for number in range(first, last + 1):
            self._open_article(number, 0, "", separated=True)
            self._paragraph(match[4], self.start)
            if number < last:
                continue
            self.rows[-2] = (end - len(self.raw), *self.rows[-2][1:])
        return True

    def _marked_off(self, number: int, inserted: int, rest: str) -> bool:
        """第二条、甲… or 第二条．甲…: a mark after the number, where no line below begins with this number."""
        after = rest.lstrip(_MARKS + " 　")
        if after[:1] in ("第", "《", "") or p.REFERENCE.match(after):
            return False
        return self._ended_before() and not self._comes_yet(number, inserted)

    def _not_the_first(self, rest: str) -> bool:
        """An article that is not the first, before any other, in an order or a decision: it is another act's."""
        lines = [row[6] for row in self.rows[self.first : self.first + 40] if row[2] in ("preamble", "title")]
        if any("修正案" in text and len(text) < BACK for text in lines):
            return False
        if p.mentioned(rest) or self._below(1) >= 0:
            return True
        return any(p.UNNUMBERED_ACT.fullmatch(text) for text in lines)

    def _cites(self, number: int, inserted: int) -> bool:
        """Articles of another act that follow without quotation marks: 修改前为：第二条……, or far numbers in an amendment."""
        if self._next(number, inserted) and not (number == self.cited + 1 and self._comes_yet(number, inserted)):
            return False
        back = (number, inserted) <= self.last
        text = self.rows[-1][6] if self.rows[-1][1] != self.index else ""
        opened = text[-1:] in ("：", ":") and (back or self._below(self.last[0] + 1) >= 0)
        goes_on = self.cited and number in (self.cited, self.cited + 1)
        leaps = not back and number > self.last[0] + 3 and not self.clauses and self._amending()
        if not (opened or goes_on or leaps) or (number == 1 and not inserted and not goes_on):
            return False
        self.cited = number
        return True

    def _only_here(self, line: str, rest: str) -> bool:
        """Whether no other line near begins with this number, in an act whose numbers stand close to the text."""
        if not self.glued or not p.WEAK_REFERENCE.match(rest) or not self._ended_before():
            return False
        label = line[: line.index("条") + 1]
        end = self.start + len(self.raw)
        return re.search(rf"[\r\n]\s*{re.escape(label)}", self.text[end : end + FAR]) is None

    def _ended_before(self) -> bool:
        """Whether the text before this line came to an end, so that this line cannot be its continuation."""
        for row in reversed(self.rows[-4:]):
            if row[2] != "page":
                return row[2] not in BODY or p.ended(row[6]) or len(row[6]) < LONG
        return True

    def _open_article(self, number: int, inserted: int, num: str, separated: bool) -> None:
        if self.contents or (self.divisions and self.last == (0, 0) and self._only_listed()):
            if self.divisions:
                self._to_contents()
            self.contents = False
        self._front()
        label = f"第{numeral_of(number)}条" + (f"之{numeral_of(inserted)}" if inserted else "")
        id = f"{self.prefix}art_{number}" + (f"-{inserted}" if inserted else "")
        last = self.last
        if id in self.seen:
            self._note(id, f"条的编号重复：{num or label}。")
        elif self._next(number, inserted):
            pass
        elif last == (0, 0) and not inserted and front.continues(self.rows, self.first):
            pass  # 宪法修正案: each amendment goes on with the numbers of the one before it
        else:
            due = f"第{numeral_of(min(last[0] + 1, SANE))}条"
            kind = "顺序颠倒" if (number, inserted) < last else "编号不连续"
            self._note(id, f"条的{kind}：此处应为{due}，实为{label}。")
        self._check_filled()
        self.seen.add(id)
        self.last = (number, inserted)
        self.glued = self.glued or not separated
        self.art = id
        self.paras = self.points = self.items = 0
        self.para = self.point = ""
        self.rows.append((self.start, self.index, "art", id, num or label, "", ""))
        if not self.clauses and self.acts[-1][1] == "none":
            self.acts[-1] = (self.acts[-1][0], "act")

    def _text_of(self, rest: str) -> None:
        """Heading and first 款 of an article, from what follows its number."""
        if not rest:
            return
        match = p.HEADING.match(rest)
        if match is not None:
            self._head(p.SPACE.sub("", match[1]))
            rest = match[2]
        elif rest[0] in "（(" and (match := p.ROUND_HEADING.match(rest)) and not p.NUMBER_ONLY.match(match[1]):
            if match[1] not in ("删除", "删去", "废止", "略", "已删除") and not p.PUNCTUATED.search(match[1]):
                self._head(p.SPACE.sub("", match[1]))
                rest = match[2] or ""
        elif (match := p.BARE_HEADING.match(rest)) and p.PUNCTUATED.search(match[2]) and p.ended(match[2]):
            self._head(match[1])
            rest = match[2]
        if rest:
            start = self._after(rest)
            if rest[0] in "（(" and p.POINT.match(rest):
                self._body(rest, start=start)
            else:
                self._paragraph(rest, start)
            if not self.quote:
                self._open_quote(rest)

    def _head(self, heading: str) -> None:
        at = len(self.rows) - 1
        row = self.rows[at]
        self.rows[at] = (*row[:5], heading, row[6])

    # -- what stands in an article

    def _paragraph(self, text: str, start: int) -> None:
        self.paras += 1
        self.points = self.items = 0
        self.point = ""
        self.para = para = f"{self.art}__para_{self.paras}"
        self.rows.append((start, self.index, "para", para, "", "", text))

    def _body(self, line: str, *, quoted: bool = False, start: int | None = None) -> None:
        if not self.art:
            if not quoted and self._clause(line):
                return
            self._outside(line)
            return
        head = line[0]
        at = self.start if start is None else start
        if not quoted:
            if head in "（(":
                if (match := p.POINT.match(line)) and len(match[1]) < 8:
                    self._point(match[1], match[2], at, f"（{numeral_of(min(value(match[1]) or 1, SANE))}）")
                    self._open_quote(line)
                    return
            elif head in "一二三四五六七八九十廿卅" and (self._clause(line) or self._bare_clause(line)):
                return
            if self.point and (match := p.ITEM.match(line)) and len(match[1] or match[2]) < 5:
                self._item(value(match[1] or match[2]), match[3], at, "")
                return
            if head in "【［[" and self.rows[-1][2] == "art" and (match := p.HEADING.match(line)):
                self._head(p.SPACE.sub("", match[1]))
                if match[2]:
                    self._paragraph(match[2], self._after(match[2]))
                return
        if self._continues(line):
            return
        self._title_above(line)
        self._paragraph(line, at)
        if not quoted:
            self._open_quote(line)

    def _title_above(self, line: str) -> None:
        """第三条 浇水 / 早晨浇水……: a short first line without punctuation is the heading of the article below it."""
        if self.paras != 1 or self.clauses or self.rows[-1][2] != "para":
            return
        row, art = self.rows[-1], self.rows[-2]
        if art[2] != "art" or row[1] != art[1] or art[5] or len(row[6]) > 16 or not p.ended(line):
            return
        if not p.NO_HEADING.search(row[6]):
            self.rows.pop()
            self.paras = 0
            self._head(row[6])

    def _continues(self, line: str) -> bool:
        """A line broken by the width of the page goes on (硬换行): joined to the 款, 项 or 目 it belongs to."""
        at = len(self.rows) - 1
        page = self.rows[at][2] == "page"
        if page and at:
            at -= 1
        row = self.rows[at]
        if row[2] not in BODY or self.raw[0].isspace():
            return False
        last = self.index - (2 if page else 1)
        if not page and (last < 0 or not self.lines[last].strip()):
            return False
        if p.ended(row[6]) or len(row[6]) < LONG or row[6][-1] in "”」』":
            return False
        if not page and len(self.lines[last].strip()) < LONG:
            return False
        del self.rows[at + 1 :]
        self.rows[at] = (*row[:6], row[6] + line)
        self._open_quote(line)
        return True

    def _point(self, numeral: str, text: str, at: int, label: str) -> None:
        number = value(numeral)
        if not self.points and number > 1:
            self._resume(number)
        if not self.paras:
            self._paragraph("", at)
            self._note(self.para, "项之前没有款的文字。")
        self.points += 1
        self.items = 0
        self.point = f"{self.para}__point_{number}"
        if number != self.points:
            due = f"（{numeral_of(self.points)}）" if label[0] == "（" else f"{numeral_of(self.points)}、"
            self._note(self.point, f"项的编号不连续：此处应为{due}，实为{label}。")
            self.points = number
        self._own(self.point)
        self.rows.append((at, self.index, "point", self.point, label, "", text))

    def _resume(self, number: int) -> None:
        """（一）甲；then a line without a number, then （二）: the line was more of （一） (项内分段)."""
        first = len(self.rows) - 1
        while first >= 0 and self.rows[first][2] in ("para", "page"):
            first -= 1
        row = self.rows[first] if first >= 0 else None
        if (
            row is None
            or row[2] != "point"
            or not row[3].startswith(f"{self.art}__para_")
            or not row[3].endswith(f"__point_{number - 1}")
        ):
            return
        text = "".join(more[6] for more in self.rows[first + 1 :] if more[2] == "para")
        del self.rows[first + 1 :]
        self.rows[first] = (*row[:6], row[6] + text)
        self.point, self.points, self.items = row[3], number - 1, 0
        self.para = row[3].rpartition("__")[0]
        self.paras = int(self.para.rpartition("_")[2])

    def _item(self, number: int, text: str, at: int, label: str) -> None:
        self.items += 1
        id = f"{self.point}__item_{number}"
        if number != self.items:
            self._note(id, f"目的编号不连续：此处应为 {self.items}，实为 {number}。")
            self.items = number
        self._own(id)
        self._add("item", text, id, label or f"{number}.", start=at)

    def _own(self, id: str) -> None:
        if id in self.seen:
            self._note(id, "编号重复。")
        self.seen.add(id)

    def _clause(self, line: str) -> bool:
        """一、二、三、: the provisions of a decision that has no 条, or 项 in the manner of older acts."""
        match = p.CLAUSE.match(line)
        if match is None or len(match[1]) > 7:
            return False
        number = value(match[1])
        if not 0 < number <= SANE:
            return False
        if not self.clauses and self._clause_heads(number, match[2], line):
            return True
        if self.clauses:
            if not self.last[0] < number <= self.last[0] + 20 or self.attached:
                return False
        elif self.art:
            if number != (self.points + 1 if self.paras and self._old_list() else 1):
                return False
            if number == 1 and self.points:
                return False
            self._point(match[1], match[2], self.start, f"{numeral_of(number)}、")
            return True
        elif self.last != (0, 0) or self.divisions or number != 1 or self.contents:
            return False
        if not self.clauses:
            self._note("", front.CLAUSES)
        self.clauses = True
        if self.acts[-1][1] == "none":
            self.acts[-1] = (self.acts[-1][0], "clauses")
        self._open_article(number, 0, f"{numeral_of(number)}、", separated=True)
        if p.CHANGES.search(line):
            self.acts[-1] = (self.acts[-1][0], "amendment")
        if match[2]:
            self._paragraph(match[2], self._after(match[2]))
            self._open_quote(match[2])
        return True

    def _bare_clause(self, line: str) -> bool:
        """三 alone on a line after 二、 in a decision: its text is on the next line."""
        if not self.clauses or len(line) > 3 or value(line) != self.last[0] + 1 or self.attached:
            return False
        self._open_article(self.last[0] + 1, 0, f"{numeral_of(self.last[0] + 1)}、", separated=True)
        return True

    def _old_list(self) -> bool:
        """Whether the open 项 are numbered 一、二、 in the older manner."""
        for row in reversed(self.rows):
            if row[2] == "point":
                return row[4][-1:] == "、"
            if row[2] != "item":
                break
        return False

    def _prose(self, line: str) -> bool:
        """Whether a line in a table of contents is no part of it any more: 序言 for the second time, or a sentence."""
        if p.PREAMBLE.fullmatch(line):
            return any(row[2] == "contents" and row[6] == line for row in self.rows[-4 * BACK :])
        return p.ended(line) and len(line) > LONG

    def _outside(self, line: str) -> None:
        if self.contents and self.divisions and self._prose(line):
            self._to_contents()
            self.fronted = self.fronted and self.reread
            self.reread = True
        if self.contents:
            self._add("contents", line)
        elif self.last == (0, 0) and not self.divisions and not self.fronted:
            self._add("preamble", line)
        else:
            self._note("", f"此行不在任何一条之内：{line[:20]}")
            self._add("stray", line)

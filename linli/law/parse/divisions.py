"""编 分编 章 节, tables of contents, and where one act ends and the next begins (篇章与分部)."""

from __future__ import annotations

import re

from linli.law.parse import front
from linli.law.parse import lines as p
from linli.law.parse.numerals import numeral_of, value
from linli.law.parse.state import BACK, BODY, SANE, State

_LEVELS = {"编": "part", "分编": "subpart", "章": "chp", "节": "sec"}
_WORDS = {level: word for word, level in _LEVELS.items()}
_PLAIN = str.maketrans("編節篇卷部", "编节编编编")
ANNEX = "附件里的条文自成编号，算作附件，不计入本法条文。"
_ORDER = ("part", "subpart", "chp", "sec")


class Divisions(State):
    """The divisions of an act, and the borders between the acts of a file."""

    def _division(self, line: str) -> bool:
        match = p.DIVISION.match(line)
        if match is None:
            return False
        numeral, word, rest = match.groups()
        if self.contents or p.LEADERS.search(rest):
            rest = p.LEADERS.sub("", rest)
            if self.contents:
                rest = re.sub(r"[\s.．…·（(]*\d{1,4}[）)]?$", "", rest)
        title = p.SPACE.sub("", rest) if rest else ""
        # 第三章规定的… is running text; a title is short and carries no punctuation.
        glued = rest and not rest[0].isspace()
        if len(title) > 40 or p.PUNCTUATED.search(title) or (glued and p.REFERENCE.match(title)):
            return False
        number = value(numeral)
        if not 0 < number <= SANE or self.clauses:
            return False
        level = "subpart" if word[0] == "分" else _LEVELS[word[0].translate(_PLAIN)]
        if self.art and not self.divisions and self._amending():
            return False  # 增加一节：第七节 监察 belongs to the act that is changed
        if self.attached:
            self._add("attachment", line)
            return True
        if self.art and number == 1 and level in ("part", "chp") and self._another_act():
            return True
        self._end_contents(level, number)
        self._front()
        word = p.SPACE.sub("", word).translate(_PLAIN) if word[0] not in "篇卷部" else p.SPACE.sub("", word)
        self._place(level, number, f"第{numeral_of(number)}{word}", title)
        return True

    def _clause_heads(self, number: int, title: str, line: str) -> bool:
        """一、一般规定 above 第一条: the headings of an interpretation, which stand for chapters (以一、二、为章)."""
        if not title or len(title) > 40 or p.ended(title) or p.PUNCTUATED.search(title) or self.attached:
            return False
        if self.headings:
            if number != self.last_of.get("chp", 0) + 1:
                return False
        elif number != 1 or self.last != (0, 0) or self.divisions or not self._articles_first():
            return False
        if self.contents and not any(row[2] == "contents" and row[6] == line for row in self.rows[-BACK:]):
            return False
        self.headings, self.contents = True, False
        self._front()
        self._place("chp", number, f"{numeral_of(number)}、", p.SPACE.sub("", title))
        return True

    def _articles_first(self) -> bool:
        """Whether 第一条 begins a line below before 二、 does, in an act that does not change another one."""
        first = self._below(1)
        if first < 0 or any(
            "修改" in row[6] or "修正案" in row[6] or "废止" in row[6] for row in self.rows[self.first :]
        ):
            return False
        second = p.SECOND_CLAUSE.search(self.text, self.start + len(self.raw) - 2)
        return second is None or first < second.start()

    def _end_contents(self, level: str, number: int) -> None:
        """A table of contents names the divisions once before they come (目录): the second naming is the real one."""
        if self.last != (0, 0) or not self.divisions:
            return
        if (level, number) == self.divisions[0][:2]:
            self._to_contents()
            return
        # 第一章 第一节 第二章 第一节: a table too, which only its repetition tells from an empty chapter

    def _to_contents(self) -> None:
        began = self.divisions[0][2]
        for at in range(began, len(self.rows)):
            row = self.rows[at]
            if row[2] in _ORDER or row[2] == "stray":
                self.rows[at] = (row[0], row[1], "contents", "", "", "", row[6] or f"{row[4]} {row[5]}".strip())
        line = self.rows[began][1]
        self._forget(line)
        self.divisions.clear()
        self.open.clear()
        self.last_in.clear()
        self.last_of.clear()
        self.seen.clear()
        self.contents = False

    def _only_listed(self) -> bool:
        """Several divisions of the top level in a row without an article: a table of contents without its heading."""
        tops = [number for level, number, _ in self.divisions if level == self.divisions[0][0]]
        return len(tops) > 2 and self.divisions[-1][0] == self.divisions[0][0]

    def _place(self, level: str, number: int, label: str, title: str) -> None:
        rank = _ORDER.index(level)
        for deeper in _ORDER[rank:]:
            self.open.pop(deeper, None)
        parent = next((self.open[up] for up in reversed(_ORDER[:rank]) if up in self.open), "")
        id = f"{parent}__{level}_{number}" if parent else f"{self.prefix}{level}_{number}"
        word = _WORDS[level]
        before = self.last_in.get((level, parent), 0)
        # 章 run on through the 分编 of one 编 in some codes and begin anew in others; both are in order.
        expected = {before + 1} if before else {1, self.last_of.get(level, 0) + 1}
        if id in self.seen:
            self._note(id, f"{word}的编号重复：{label}。")
        elif number not in expected:
            due = f"第{numeral_of(before + 1)}{word}"
            kind = "顺序颠倒" if number <= before else "编号不连续"
            self._note(id, f"{word}的{kind}：此处应为{due}，实为{label}。")
        self.seen.add(id)
        self.last_in[level, parent] = self.last_of[level] = number
        self.open[level] = id
        self.art = self.para = self.point = ""
        self.divisions.append((level, number, len(self.rows)))
        self.headless = -1 if title else len(self.rows)
        self._add(level, "", id, label, title)

    def _title_below(self, line: str) -> bool:
        """The title of 第一章 on the line below it (章名另起一行)."""
        at, self.headless = self.headless, -1
        if at != len(self.rows) - 1 or len(line) > 40 or line[0] in "第（(" or p.PUNCTUATED.search(line):
            return False
        if p.CLAUSE.match(line) or p.CONTENTS.match(line) or p.PAGE.match(line):
            return False
        row = self.rows[at]
        self.rows[at] = (*row[:5], p.SPACE.sub("", p.LEADERS.sub("", line)), row[6])
        return True

    def _unnumbered(self, line: str) -> bool:
        """总则 or 附则 alone on a line, as a code's last 编 (无编号的编章)."""
        if self.clauses or self.attached or self.contents or not (self.open or not self.last[0]):
            if self.contents:
                self._add("contents", line)
                return True
            return False
        title = p.SPACE.sub("", line).replace("總", "总").replace("則", "则")
        if title == "附则" and not self.last[0]:
            return False
        level = "part" if "part" in self.open else "chp"
        if self.art and not p.ended(self.rows[-1][6]):
            return False
        self._front()
        for deeper in _ORDER[_ORDER.index(level) :]:
            self.open.pop(deeper, None)
        parent = next((self.open[up] for up in reversed(_ORDER[: _ORDER.index(level)]) if up in self.open), "")
        id = f"{parent}__{level}_nn" if parent else f"{self.prefix}{level}_nn"
        if id in self.seen:
            return False
        self.seen.add(id)
        self.open[level] = id
        self.art = self.para = self.point = ""
        self._add(level, "", id, "", title)
        return True

    # -- more acts than one

    def _another_act(self) -> bool:
        """The numbering begins anew under a title: a further act (又一部), read from its title on."""
        if self.attached and self._annex_only():
            if not self.annexed:
                self.annexed = True
                self._note("", ANNEX)
            return False
        back = self._title_row()
        if back < 0:
            return False
        self.index = self.rows[back][1] - 1  # the loop goes on with the title
        line_no = self.rows[back][1]
        del self.rows[back:]
        self._forget(line_no)
        self._close_act()
        self._begin(len(self.rows))
        self.attached = False
        return True

    def _annex_only(self) -> bool:
        """Whether what is attached hangs on an act with articles of its own (附件的条文不是本法的条文).

        A notice or order that only sends out acts as its attachments has none: there each attachment is an act.
        """
        if self.acts[0][1] != "act":
            return False
        sent = [
            row[6]
            for row in self.rows[: self.acts[1][0] if len(self.acts) > 1 else len(self.rows)]
            if row[2] == "header"
        ]
        return not any(p.ATTACHMENT.match(text) for text in sent)

    def _title_row(self) -> int:
        """Index of the row with which the front of a further act begins, or -1 when nothing before this line is one."""
        found, floor = -1, max(self.first, len(self.rows) - BACK)
        seen_title = False
        for at in range(len(self.rows) - 1, floor, -1):
            row = self.rows[at]
            level, text = row[2], row[6]
            if level == "art" or (level in BODY and (row[3].endswith("__para_1") or level != "para")):
                break
            if len(text) > front.ASIDE:
                break
            if level in ("para", "attachment", "stray", "preamble"):
                if p.ended(text) and not p.PROMULGATES.search(text) and not p.NOTE.match(text):
                    break
                if level == "attachment" and p.ATTACHMENT.match(text) and seen_title:
                    break
                if p.TITLE.match(text) and not p.NOTE.match(text) and not p.HEADER.match(text):
                    seen_title, found = True, at
                elif seen_title and (_orders(text) or (found == at + 1 and p.MORE_TITLE.search(text))):
                    found = at
        # A row begins a line of its own, or the line would be read twice.
        if found > 0 and self.rows[found][1] == self.rows[found - 1][1]:
            return -1
        return found

    def _close_act(self) -> None:
        self._check_filled()
        self._front()
        start, kind = self.acts[-1]
        if self.named >= start and not any(row[2] == "title" for row in self.rows[start:]):
            row = self.rows[self.named]
            self.rows[self.named] = (*row[:2], "title", *row[3:])
        if kind == "none" and front.as_one_article(self.rows, start, self.prefix):
            self.art = f"{self.prefix}art_1"
            self.acts[-1] = (start, kind := "unnumbered")
            self.problems.append(
                (next(row[1] for row in self.rows[start:] if row[2] == "art"), self.art, front.UNNUMBERED)
            )
        front.name_end(self.rows, self.first, self.art)
        if kind in ("act", "clauses", "unnumbered") and front.amends(self.rows, start):
            self.acts[-1] = (start, "amendment")
        if not self.art and self.last == (0, 0) and len(self.rows) > start:
            self.problems.append((self.rows[start][1], "", front.NOTHING))


def _orders(text: str) -> bool:
    """The order that puts an act in force, its head, or a note (公布令、题注): they come before the title."""
    return bool(p.HEADER.match(text) or p.PROMULGATES.search(text) or p.NOTE.match(text))

"""Reading a text into its tree (读成文本树), a line at a time. Whatever the text is, nothing is raised and nothing lost."""

from __future__ import annotations

import gc
import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from linli.law.parse import clean, front
from linli.law.parse import lines as p
from linli.law.parse.numerals import value
from linli.law.parse.provisions import Provisions
from linli.law.parse.tree import Node, Problem, Tree


def read_tree(text: str, *, markdown: bool = False) -> Tree:
    """Take a statute apart (解析为文本树): 编 分编 章 节 条 款 项 目 and all that stands around them.

    Args: text, any text at all; markdown, whether `#`, `-` and `**` are markup rather than text.
    Returns: the tree. `tree.text == text` always; what is odd stands in `tree.problems` with its line.
    Complexity: linear in the length of the text.
    """
    # Half a million small tuples: the collector of cycles would walk over them again and again and find none.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return _Reader(text, markdown).read()
    finally:
        if collecting:
            gc.enable()


class _Reader(Provisions):
    def read(self) -> Tree:
        lines, dirty, take = self.lines, self.dirty, self._take
        starts = [0, *accumulate(map(len, lines))]
        total = len(lines)
        self._front_matter(starts)
        marked, crowded = self.markdown or self.tagged, self.crowded
        while self.index < total:
            raw = lines[self.index]
            line = raw.strip()
            if dirty and line:
                line = clean.without_residue(line)
            if line:
                self.start, self.raw = starts[self.index], raw
                if marked:
                    line = self._unmarked(line)
                if line:
                    if crowded and not self.quote and "第" in line[1:]:
                        self._parts(line)
                    else:
                        take(line)
            self.index += 1
        self._close_act()
        return self._tree()

    def _front_matter(self, starts: list[int]) -> None:
        """Rows for the keys at the head of a file; their title serves a text that names none (文件头元数据)."""
        end = clean.front_matter(self.lines)
        for at in range(end):
            key, _, named = self.lines[at].partition(":")
            titled = key == "title" and bool(named.strip(" \t\r\n\"'"))
            if titled:
                self.named = len(self.rows)
            if titled or not self.rows or self.named == len(self.rows) - 1:
                text = named.strip(" \t\r\n\"'") if titled else "---"
                self.rows.append((starts[at], at, "markup", "", "", "", text))
        self.index = end

    def _parts(self, line: str) -> None:
        """Take a line that holds more articles than one (一行多条), each as if it stood on a line of its own."""
        cuts = self._cuts(line)
        if not cuts:
            self._take(line)
            return
        index, start, raw, found, begin = self.index, self.start, self.raw, 0, 0
        for cut in [*cuts, len(line)]:
            label = line[cut : cut + 12].split("条")[0]
            at = raw.find(label, found + 1) if cut < len(line) else len(raw)
            at = len(raw) if at < 0 else at
            self.start, self.raw = start + found, raw[found:at]
            if part := line[begin:cut].strip():
                self._take(part)
            if self.index != index:
                return
            found, begin = at, cut

    def _cuts(self, line: str) -> list[int]:
        """Where in a line the next article begins: its number is due, and no line below begins with it."""
        last = self.last
        cuts: list[int] = []
        first = p.ARTICLE.match(line)
        if first is not None and not p.mentioned(first[3]):
            number = (value(first[1]), value(first[2]) if first[2] else 0)
            last = number if self._next(*number) else last
        for match in p.INLINE.finditer(line):
            at = match.start()
            found, begin = p.ARTICLE.match(line[at : at + 80]), cuts[-1] if cuts else 0
            before = line[max(begin, at - front.ASIDE) : at].rstrip()
            if found is None:
                if p.DIVISION.match(line[at : at + 80]) and (p.ended(before) or not before):
                    cuts.append(at)
                continue
            number, rest = (value(found[1]), value(found[2]) if found[2] else 0), found[3]
            due = number in ((last[0] + 1, 0), (last[0], last[1] + 1)) and number[0] > 0
            opens = (p.ended(before) and before[-1:] not in "；;：:") or p.DIVISION_AND_MORE.match(before) is not None
            if last == (0, 0):
                opens = opens or (len(before) < front.ASIDE and not p.PUNCTUATED.search(before[-1:]))
            plain = rest and (rest[0].isspace() or rest[0] in "【[［" or self.glued) and not p.mentioned(rest)
            if due and opens and plain and not self._comes_yet(*number):
                cuts.append(at)
                last = number
        while cuts and not p.ARTICLE.match(line, cuts[-1]) and len(line) - cuts[-1] > 40:
            cuts.pop()
        return cuts

    def _bared(self, line: str) -> str:
        """A line without bullet or brackets around its number; brackets stay where the number is not due."""
        bare = clean.bared(line)
        if bare is not line and line[0] in "【[［（(":
            match = p.ARTICLE.match(bare)
            if match is None or not self._next(value(match[1]), value(match[2]) if match[2] else 0):
                return line
        return bare

    def _unmarked(self, line: str) -> str:
        if self.tagged:
            line = clean.without_tags(line)
            if not self.markdown or not line:
                return line
        if clean.is_markup(line):
            if not self.rows or self.rows[-1][2] != "markup":
                self._add("markup", line)
            return ""
        if p.PAGE.match(line) and not line.startswith("#"):
            return line
        bare = clean.without_markdown(line)
        if line.startswith("# ") and self.last == (0, 0) and not self.fronted and p.TITLE.match(bare):
            self._add("title", bare)
            return ""
        return bare

    def _take(self, line: str) -> None:
        head = line[0]
        if self.quote:
            if not self._breaks_quote(line):
                self._body(line, quoted=True)
                self._close_quote(line)
                return
            self.quote, self.ascii_quote = 0, False
        if head not in "第（":
            if head in clean.DECOR or head in "【[［(":
                line = self._bared(line)
                head = line[0]
        elif head == "（" and "条" in line[:16]:
            line = self._bared(line)
            head = line[0]
        if self.headless >= 0 and self._title_below(line):
            return
        if head == "第":
            if self._article(line) or self._division(line) or (p.PAGE.match(line) and self._page(line)):
                return
        elif head == "附":
            if (self.art or self.attached) and p.ATTACHMENT.match(line) and not p.UNNUMBERED.fullmatch(line):
                if not p.ended(line) or line[-1] in ":：":
                    self.attached = True
                    self._add("attachment", line)
                    return
            elif p.UNNUMBERED.fullmatch(line) and self._unnumbered(line):
                return
        elif head in "总總":
            if p.UNNUMBERED.fullmatch(line) and self._unnumbered(line):
                return
        elif head == "目":
            if not self.art and p.CONTENTS.match(line):
                self.contents = True
                self._add("contents", line)
                return
        elif (head in "-—–－‐·•" or head.isdecimal() or head in "Pp") and p.PAGE.match(line):
            self._page(line)
            return
        if self.attached:
            self._add("attachment", line)
        else:
            self._body(line)

    def _tree(self) -> Tree:
        rows = self.rows
        if not rows:
            blank = (Node(1, "blank", "", "", "", "", self.text),) if self.text else ()
            return Tree(blank, (Problem(0, "", front.EMPTY),), ((0, "none"),))
        lines = self._line_numbers() or range(1, len(self.lines) + 1)
        rows[0] = (0, *rows[0][1:])
        starts, at, *others = zip(*rows, strict=True)
        text = self.text
        raws = [text[start:end] for start, end in zip(starts, (*starts[1:], len(text)), strict=True)]
        nodes = tuple(map(Node._make, zip(map(lines.__getitem__, at), *others, raws, strict=True)))
        problems = [Problem(lines[at], id, reason) for at, id, reason in self.problems]
        problems += self._unreadable(lines)
        problems.sort(key=lambda problem: problem.line)
        return Tree(nodes, tuple(problems), tuple(self.acts))

    def _unreadable(self, lines: Sequence[int]) -> list[Problem]:
        if "\ufffd" not in self.text:
            return []
        bad = [at for at, raw in enumerate(self.lines) if "\ufffd" in raw]
        return [Problem(lines[at], "", "有无法识别的字符，请核对编码或补上原文。") for at in bad]

    def _line_numbers(self) -> list[int]:
        """Numbers of the lines as an editor counts them, where a line was also broken at other marks; else nothing."""
        if not self.tagged and not re.search("[\v\f\x1c-\x1e\x85\u2028\u2029]", self.text):
            return []
        starts = [0, *accumulate(map(len, self.lines))][:-1]
        breaks = [match.end() for match in re.finditer(r"\r\n|\r|\n", self.text)]
        return [bisect_right(breaks, start) + 1 for start in starts]

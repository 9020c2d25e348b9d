"""Reading a text into its tree (读成文本树), a line at a time. Whatever the text is, nothing is raised and nothing lost."""

from __future__ import annotations

import gc
import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from linli.law.parse import front
from linli.law.parse import lines as p
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
        while self.index < total:
            raw = lines[self.index]
            line = raw.strip()
            if dirty and line:
                line = p.RESIDUE.sub("", line).strip()
            if line:
                self.start, self.raw = starts[self.index], raw
                if self.markdown:
                    line = self._unmarked(line)
                if line:
                    take(line)
            self.index += 1
        self._close_act()
        return self._tree()

    def _unmarked(self, line: str) -> str:
        if p.COMMENT.match(line):
            if not self.rows or self.rows[-1][2] != "markup":
                self._add("markup", line)
            return ""
        if p.PAGE.match(line) and not line.startswith("#"):
            return line
        bare = p.EMPHASIS.sub("", p.MARKDOWN.sub("", line, count=1) if p.MARKDOWN.match(line) else line).strip()
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
        elif head == "总":
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
        if not re.search("[\v\f\x1c-\x1e\x85\u2028\u2029]", self.text):
            return []
        starts = [0, *accumulate(map(len, self.lines))][:-1]
        breaks = [match.end() for match in re.finditer(r"\r\n|\r|\n", self.text)]
        return [bisect_right(breaks, start) + 1 for start in starts]

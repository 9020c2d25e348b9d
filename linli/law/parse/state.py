"""The state of one reading (解析状态): the text, the rows found so far, the act that is open, and its quotations."""

from __future__ import annotations

from bisect import bisect_left

from linli.law.parse import clean, front
from linli.law.parse import lines as p
from linli.law.parse.front import Row
from linli.law.parse.numerals import value

FAR = 20_000  # characters within which a quotation must close to be one
BACK = 60  # lines that are looked back over for the title of a further act
LONG = 22  # a line shorter than this was not broken by the width of a page
SANE = 9_999  # the highest number of a provision
BODY = frozenset({"para", "point", "item"})


class State:
    """What is known after a line, and the quotations that hide articles of other acts."""

    def __init__(self, text: str, markdown: bool) -> None:
        self.text = text
        self.markdown = markdown
        self.dirty, self.tagged = clean.marks_in(text)
        self.lines = clean.lines_of(text, self.tagged)
        self.crowded = p.INLINE.search(clean.without_radicals(text) if self.dirty else text) is not None
        self.heads: dict[tuple[int, int], list[int]] = {}  # where an article's number begins a line
        self.rows: list[Row] = []
        self.problems: list[tuple[int, str, str]] = []
        self.acts: list[tuple[int, str]] = []
        self.next_close = -1
        self.ascii_close = text.rfind('"')
        self.named = -1  # index of the row with the title that the keys at the head of a file give
        self.index = self.start = 0
        self.raw = ""
        self._begin(0)

    def _begin(self, row: int) -> None:
        """Start a new act with the node of this index (另起一部)."""
        self.acts.append((row, "none"))
        self.prefix = f"act_{len(self.acts)}__" if len(self.acts) > 1 else ""
        self.first = row
        self.seen: set[str] = set()
        self.open: dict[str, str] = {}
        self.last_in: dict[tuple[str, str], int] = {}
        self.last_of: dict[str, int] = {}
        self.divisions: list[tuple[str, int, int]] = []  # level, number, row
        self.last = (0, 0)
        self.art = ""
        self.paras = self.points = self.items = 0
        self.para = self.point = ""
        self.clauses = self.glued = self.headings = False
        self.contents = self.attached = self.fronted = self.annexed = False
        self.reread = (
            False  # whether the lines before the first provision were named once more after a table of contents
        )
        self.headless = -1  # index of a division's row whose title is on the next line
        self.cited = 0  # number of the last article of another act that is quoted without marks
        self.quote = 0
        self.ascii_quote = False

    def _add(
        self, level: str, text: str, id: str = "", num: str = "", heading: str = "", start: int | None = None
    ) -> None:
        self.rows.append((self.start if start is None else start, self.index, level, id, num, heading, text))

    def _note(self, at: str, reason: str) -> None:
        self.problems.append((self.index, at, reason))

    def _forget(self, line: int) -> None:
        """Drop the problems from this line on, because it is read again."""
        while self.problems and self.problems[-1][0] >= line:
            self.problems.pop()

    def _page(self, line: str) -> bool:
        self._add("page", line)
        return True

    def _after(self, rest: str) -> int:
        """Where the rest of a line begins in the text; the end of the line where residue hides it."""
        bare = self.raw.rstrip()
        if rest and bare.endswith(rest):
            return self.start + len(bare) - len(rest)
        return self.start + len(self.raw)

    def _front(self) -> None:
        """Name the lines before the first provision (题注、序言), once."""
        if not self.fronted:
            self.fronted = True
            front.name_front(self.rows, self.first)

    def _check_filled(self) -> None:
        if self.rows and self.rows[-1][2] == "art" and not self.rows[-1][6]:
            row = self.rows[-1]
            self.problems.append((row[1], row[3], "本条没有内容。"))

    def _below(self, number: int, inserted: int = 0) -> int:
        """Where the next line begins that begins with this article's number (后文再现); -1 where there is none."""
        if not self.heads:
            self.heads[0, 0] = []
            at = 0
            for line in self.lines:
                if "第" in line and (
                    match := p.LINE_HEAD.match(clean.without_residue(line[:80]) if self.dirty else line)
                ):
                    key = value(match[1]), value(match[2]) if match[2] else 0
                    self.heads.setdefault(key, []).append(at)
                at += len(line)
        found = self.heads.get((number, inserted), [])
        at = bisect_left(found, self.start + len(self.raw))
        return found[at] if at < len(found) else -1

    def _comes_yet(self, number: int, inserted: int) -> bool:
        """Whether the article itself is further down, before the one after it, so that here it is only mentioned."""
        here, after = self._below(number, inserted), self._below(number + 1)
        return here >= 0 and (after < 0 or here < after)

    def _amending(self) -> bool:
        """Whether the act that is open changes other acts, so that numbers in it may be theirs."""
        return front.amends(self.rows, self.first)

    # -- quotations

    def _open_quote(self, line: str) -> None:
        """Remember a quotation that this line leaves open: its articles are not articles of this act."""
        if "“" in line or "「" in line or "『" in line:
            opened = max(map(line.rfind, p.OPEN))
            if opened > max(map(line.rfind, p.CLOSE)):
                before = line[opened - 1] if opened else "“"
                if before in "：:为“；。" and self._closes():
                    self.quote = 2 if p.AMENDS.search(line) or self._amending() else 1
        elif '"' in line:
            before = line.rpartition('"')[0].rstrip()
            opens = before[-1:] in ("：", ":", "为") and not line.endswith('"') and p.AMENDS.search(line) is not None
            # A quotation on lines of its own: the line before announced it.
            opens = opens or (line[0] == '"' and line.count('"') == 1 and self._announced())
            if opens and self.start < self.ascii_close:
                self.quote, self.ascii_quote = 2, True

    def _announced(self) -> bool:
        text = self.rows[-2][6] if len(self.rows) > 1 and self.rows[-1][1] == self.index else self.rows[-1][6]
        return text[-1:] in ("：", ":")

    def _closes(self) -> bool:
        end = self.start + len(self.raw)
        if self.next_close < end:
            found = p.CLOSING.search(self.text, end)
            self.next_close = found.start() if found else len(self.text) + FAR
        return self.next_close - end <= FAR

    def _close_quote(self, line: str) -> None:
        if self.ascii_quote:
            if line.rstrip("。；，、 ").endswith('"'):
                self.quote, self.ascii_quote = 0, False
            return
        if max(map(line.rfind, p.CLOSE)) > max(map(line.rfind, p.OPEN)):
            self.quote = 0

    def _breaks_quote(self, line: str) -> bool:
        """Whether the next provision of this act begins although the quotation was never closed (引号未闭合)."""
        if self.clauses:
            match = p.CLAUSE.match(line)
            goes_on = bool(match and value(match[1]) == self.last[0] + 1 and len(match[1]) < 8)
            if goes_on and match and p.CLAUSE_BEGINS.match(match[2]):
                self._note(self.art, "前面的引号没有闭合。")
                return True
            return False
        match = p.ARTICLE.match(line) if line[0] == "第" else None
        if match is None or match[2]:
            return False
        rest = match[3]
        if self.quote == 2:
            changes = p.CHANGE_BEGINS.match(rest.lstrip()) is not None and line[-1] not in p.CLOSE
            return changes and value(match[1]) == self.last[0] + 1
        return value(match[1]) == self.last[0] + 1 and (not rest or rest[0].isspace() or rest[0] in "【[［")

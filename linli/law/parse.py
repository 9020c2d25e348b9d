"""Parser of Chinese statutes (法规文本解析): 编 章 节 条 款 项 目, sentences and fingerprints.

The levels and their numbering follow 立法法 art. 65: 编章节条 carry Chinese numerals, 款 none, 项 Chinese numerals in
brackets, 目 Arabic numerals. Articles are numbered through the whole act, so an article's eId never names its chapter.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from linli.law.types import Act, Article, Chapter, Finding, Item, LawTextError, Paragraph, Point, Sentence

_BOOKMARK = re.compile(r"\[bookmark:[^\]\n]*\]")
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
_SPACE = re.compile(r"\s+")
_NUM = r"[0-9０-９零〇○一二两三四五六七八九十百千\s]*?[0-9０-９零〇○一二两三四五六七八九十百千]"
_ARTICLE = re.compile(rf"^第\s*({_NUM})\s*条(?:\s*之\s*([一二三四五六七八九十]+))?(.*)$", re.S)
_DIVISION = re.compile(rf"^第\s*({_NUM})\s*(分编|编|章|节)(.*)$", re.S)
_HEADING = re.compile(r"^\s*[【\[［]([^】\]］]*)[】\]］]\s*(.*)$", re.S)
_POINT = re.compile(r"^[（(]\s*([零〇一二两三四五六七八九十百]+)\s*[）)]\s*(.*)$", re.S)
_ITEM = re.compile(r"^(?:[（(]\s*([0-9０-９]+)\s*[）)]|([0-9０-９]+)\s*[.．、](?![0-9０-９]))\s*(.*)$", re.S)
_ATTACHMENT = re.compile(r"^附\s*(?:件|表|录|图)\s*[0-9０-９一二三四五六七八九十]*\s*[:：]?\s*$")
_CONTENTS = re.compile(r"^目\s*[录次]$")
# A reference such as 第三条规定的… or 第三条第二款… at the start of a paragraph is not an article of its own.
_REFERENCE = re.compile(r"^(?:规定|所称|所列|所|第|中|的|、|和|或者|及|以及|至|到|，|款|项|关于|修改|之规定)")
_SENTENCE = re.compile(r"[^。！？]*[。！？]+[”’」』\"'）)》】〕\]]*|[^。！？]+$")
_LEVELS = {"编": "part", "分编": "subpart", "章": "chp", "节": "sec"}
_ORDER = ("part", "subpart", "chp", "sec")
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}


def number_of(numeral: str) -> int:
    """Value of a Chinese or Arabic numeral (数字), 1 to 9999.

    Args: numeral, such as 二十一, 一百零三, 12 or １２; inner spaces are ignored.
    Raises: LawTextError when it is not a numeral.
    """
    text = _SPACE.sub("", numeral)
    if text.isdecimal():
        return int(text)
    total = current = 0
    for char in text:
        if char in _DIGITS:
            current = _DIGITS[char]
        elif char in _UNITS:
            total += (current or 1) * _UNITS[char]
            current = 0
        else:
            raise LawTextError(f"“{numeral}”不是中文数字，请检查编号。")
    if not text:
        raise LawTextError("编号为空，请补上中文数字。")
    return total + current


def numeral_of(number: int) -> str:
    """Chinese numeral of a number (中文数字), 1 to 9999, as statutes write it: 12 → 十二, 103 → 一百零三.

    Raises: ValueError outside that range.
    """
    if not 1 <= number <= 9999:
        raise ValueError(f"编号 {number} 超出 1 至 9999。")
    out, zero = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            out += ("零" if zero else "") + "零一二三四五六七八九"[digit] + name
            zero = False
        elif out:
            zero = True
    return out.removeprefix("一") if out.startswith("一十") else out


def split_sentences(text: str) -> tuple[str, ...]:
    """Sentences of a text (分句): split after 。！？, never at ；. Closing quotes and brackets stay with theirs."""
    return tuple(s for s in (part.strip() for part in _SENTENCE.findall(text)) if s)


def normalised(text: str) -> str:
    """Text for the fingerprint (规范化文本): without any white space, bookmark residue or invisible characters."""
    return _SPACE.sub("", _INVISIBLE.sub("", _BOOKMARK.sub("", text)))


def fingerprint(article: Article) -> str:
    """Hex sha256 (指纹) of number, heading and whole text of an article, normalised, in UTF-8."""
    parts = [article.number, article.heading]
    for paragraph in article.paragraphs:
        parts.append(paragraph.text)
        for point in paragraph.points:
            parts += [point.number, point.text]
            for item in point.items:
                parts += [item.number, item.text]
    return hashlib.sha256(normalised("".join(parts)).encode()).hexdigest()


def sentences_of(part: Article | Paragraph) -> Iterator[Sentence]:
    """Every sentence of an article or 款 in reading order (逐句); each 项 and 目 is addressed by its own eId."""
    if isinstance(part, Article):
        for paragraph in part.paragraphs:
            yield from sentences_of(paragraph)
        return
    for node in _nodes(part):
        for number, text in enumerate(split_sentences(node.text), 1):
            yield Sentence(node.eid, number, text)


def _nodes(paragraph: Paragraph) -> Iterator[Paragraph | Point | Item]:
    yield paragraph
    for point in paragraph.points:
        yield point
        yield from point.items


def parse(text: str) -> Act:
    """Parse the text of a statute (解析法规).

    Args: text, the whole text, one 款, 项 or 目 a line as Word or a copied page gives it.
    Returns: the act; gaps in the numbering and stray lines are in `findings`, never silently mended.
    Raises: LawTextError when the text holds no article.
    """
    reader = _Reader()
    for raw in re.split(r"[\r\n\v\f\u2028\u2029]+", _INVISIBLE.sub("", _BOOKMARK.sub("", text))):
        if line := raw.strip():
            reader.take(line)
    return reader.finish()


class _Reader:
    """The state of one reading (解析过程): a line at a time, the open nodes kept as plain lists."""

    def __init__(self) -> None:
        self.preamble: list[str] = []
        self.attachments: list[str] = []
        self.chapters: list[Chapter] = []
        self.open: dict[str, Chapter] = {}
        self.articles: list[Article] = []
        self.head: tuple[str, str, str] | None = None
        self.paragraphs: list[tuple[str, list[tuple[str, str, list[tuple[str, str]]]]]] = []
        self.findings: list[Finding] = []
        self.last = (0, 0)
        self.seen: set[str] = set()
        self.in_contents = False

    def take(self, line: str) -> None:
        if self.attachments or (self.last != (0, 0) and _ATTACHMENT.match(line)):
            self.attachments.append(line)
        elif _CONTENTS.match(line) and self.head is None:
            self.in_contents = True
        elif not (self._division(line) or self._article(line)):
            self._body(line)

    def _division(self, line: str) -> bool:
        match = _DIVISION.match(line)
        if match is None:
            return False
        numeral, word, rest = match.groups()
        title = _SPACE.sub("", rest)
        # 第三章规定的… is running text; a title is short and carries no punctuation.
        glued = rest and not rest[0].isspace()
        if re.search(r"[。，；：]", title) or len(title) > 40 or (glued and _REFERENCE.match(title)):
            return False
        self._close()
        level, number = _LEVELS[word], number_of(numeral)
        # A table of contents repeats the divisions before the first article: the second reading replaces the first.
        if self.last == (0, 0) and any((c.level, c.title) == (level, title) for c in self.chapters):
            self.chapters.clear()
            self.open.clear()
        for deeper in _ORDER[_ORDER.index(level) :]:
            self.open.pop(deeper, None)
        parent = next((self.open[up].eid for up in reversed(_ORDER) if up in self.open), "")
        before = [c for c in self.chapters if c.level == level and c.parent == parent]
        eid = f"{parent}__{level}_{number}" if parent else f"{level}_{number}"
        label = f"第{numeral_of(number)}{word}"
        expected = number_of(_bare(before[-1].number)) + 1 if before else 1
        if number != expected:
            self._note(eid, f"{word}的编号不连续：此处应为第{numeral_of(expected)}{word}，实为{label}。")
        chapter = Chapter(eid, level, label, title, parent)
        self.chapters.append(chapter)
        self.open[level] = chapter
        return True

    def _article(self, line: str) -> bool:
        match = _ARTICLE.match(line)
        if match is None:
            return False
        numeral, suffix, rest = match.groups()
        number, inserted = number_of(numeral), number_of(suffix) if suffix else 0
        expected = ((self.last[0] + 1, 0), (self.last[0], self.last[1] + 1))
        separated = not rest or rest[0].isspace() or rest[0] in "【[［"
        if not separated and (_REFERENCE.match(rest) or (number, inserted) not in expected):
            return False
        self._close()
        eid = f"art_{number}" + (f"-{inserted}" if inserted else "")
        if eid in self.seen:
            self._note(eid, "条的编号重复。")
        elif (number, inserted) not in expected:
            due = f"第{numeral_of(self.last[0] + 1)}条"
            self._note(eid, f"条的编号不连续：此处应为{due}，实为第{numeral_of(number)}条。")
        self.seen.add(eid)
        self.last = (number, inserted)
        label = f"第{numeral_of(number)}条" + (f"之{numeral_of(inserted)}" if inserted else "")
        heading = ""
        if bracketed := _HEADING.match(rest):
            heading, rest = _SPACE.sub("", bracketed[1]), bracketed[2]
        self.head, self.in_contents = (eid, label, heading), False
        if rest.strip():
            self._body(rest.strip())
        return True

    def _body(self, line: str) -> None:
        if self.head is None:
            if self.last == (0, 0) and not self.chapters:
                if not self.in_contents:
                    self.preamble.append(line)
            elif not self.in_contents:
                self._note("", f"此行不在任何一条之内：{line[:20]}")
            return
        if match := _POINT.match(line):
            if not self.paragraphs:
                self.paragraphs.append(("", []))
            self.paragraphs[-1][1].append((match[1], match[2].strip(), []))
        elif (match := _ITEM.match(line)) and self.paragraphs and self.paragraphs[-1][1]:
            self.paragraphs[-1][1][-1][2].append((match[1] or match[2], match[3].strip()))
        else:
            self.paragraphs.append((line, []))

    def _close(self) -> None:
        if self.head is None:
            return
        eid, label, heading = self.head
        paragraphs = tuple(self._paragraph(f"{eid}__para_{n}", *p) for n, p in enumerate(self.paragraphs, 1))
        if not paragraphs:
            self._note(eid, "本条没有内容。")
        chapter = next((self.open[level].eid for level in reversed(_ORDER) if level in self.open), "")
        article = Article(eid, label, heading, paragraphs, chapter)
        self.articles.append(Article(eid, label, heading, paragraphs, chapter, fingerprint(article)))
        self.head, self.paragraphs = None, []

    def _paragraph(self, eid: str, text: str, raw: list[tuple[str, str, list[tuple[str, str]]]]) -> Paragraph:
        points: list[Point] = []
        for position, (numeral, body, subs) in enumerate(raw, 1):
            number = number_of(numeral)
            point = f"{eid}__point_{number}"
            if number != position:
                self._note(point, f"项的编号不连续：此处应为（{numeral_of(position)}），实为（{numeral_of(number)}）。")
            items: list[Item] = []
            for place, (digits, words) in enumerate(subs, 1):
                item = number_of(digits)
                if item != place:
                    self._note(f"{point}__item_{item}", f"目的编号不连续：此处应为 {place}，实为 {item}。")
                items.append(Item(f"{point}__item_{item}", f"{item}.", words))
            points.append(Point(point, f"（{numeral_of(number)}）", body, tuple(items)))
        return Paragraph(eid, text, tuple(points))

    def _note(self, at: str, message: str) -> None:
        self.findings.append(Finding(at, message))

    def finish(self) -> Act:
        self._close()
        if not self.articles:
            raise LawTextError(
                "没有找到任何一条（形如“第一条”）。请确认文件是法规正文、每条另起一行；Word 自动编号请先转为文字。"
            )
        lines = [line for line in self.preamble if not _ATTACHMENT.match(line)]
        title = lines[0] if lines else ""
        if len(lines) > 1 and re.match(r"^[（(].*(?:草案|稿)", lines[1]):
            title += lines[1]
        return Act(
            _SPACE.sub("", title),
            tuple(self.preamble),
            tuple(self.chapters),
            tuple(self.articles),
            tuple(self.findings),
            tuple(self.attachments),
        )


def _bare(label: str) -> str:
    """The numeral of a label such as 第三章."""
    return label.removeprefix("第").rstrip("分编章节")


def read_text(path: Path) -> str:
    """Text of a .txt (UTF-8 or GB18030) or .docx file (读取法规文件).

    Raises: LawTextError, in Chinese, when the file is missing, of another kind, broken or in an unknown encoding.
    """
    suffix = path.suffix.lower()
    if not path.is_file():
        raise LawTextError(f"找不到文件 {path.name}，请检查路径。")
    if suffix == ".docx":
        return _read_docx(path)
    if suffix != ".txt":
        raise LawTextError(f"不支持 {path.name} 的格式，请另存为 .docx 或 .txt。")
    raw = path.read_bytes()
    utf16 = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if utf16 else ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise LawTextError(f"{path.name} 的编码无法识别，请另存为 UTF-8 文本。")


def _read_docx(path: Path) -> str:
    import docx
    from docx.opc.exceptions import PackageNotFoundError

    try:
        document = docx.Document(str(path))
    except (PackageNotFoundError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise LawTextError(f"{path.name} 不是可读的 Word 文件，请用 Word 或 WPS 另存为 .docx。") from error
    return "\n".join(paragraph.text for paragraph in document.paragraphs)

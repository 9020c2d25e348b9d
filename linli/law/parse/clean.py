"""Marks that are no text (清理标记): Markdown, HTML, bullets, invisible characters. A line loses them; its `raw` keeps them."""

from __future__ import annotations

import html
import re
import unicodedata

from linli.law.parse.numerals import ARABIC, CHINESE

_UNSEEN = "\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\u00ad\ud800-\udfff\ufffe\uffff\x00-\x08\x0e-\x1b\x1f\x7f"
RESIDUE = re.compile(rf"\[bookmark:[^\]\n]{{0,200}}\]|[{_UNSEEN}]")
_ODD = re.compile(f"[{_UNSEEN}\u2e80-\u2fd5]")
RADICAL = re.compile("[\u2e80-\u2fd5]")  # 第⼀条 with a radical for the numeral, as PDF files give it
_BLOCK = r"</(?:p|div|h[1-6]|li|tr|td)>|<br\s*/?>"
BLOCK = re.compile(_BLOCK, re.I)
_TAG = r"</?(?:p|div|h[1-6]|li|ul|ol|table|tbody|tr|td|th|br|span|font|strong|center|em|sup|sub|img|hr|[abiu])\b[^<>]*>"
HTML = re.compile(rf"{_TAG}|&(?:[A-Za-z]{{2,8}}|#\d{{2,6}}|#x[0-9A-Fa-f]{{2,5}});", re.I)
_HEADS = r"[*_【\[]{0,4}\s*第\s*\**\s*[" + CHINESE + ARABIC + r"]"
_QUOTED = re.compile(
    rf"(?:#{{1,6}}[ \t\u3000]*(?=\S)|>[ \t]*|[-*+][ \t]+(?=\S)|\d{{1,4}}[.)][ \t]+(?={_HEADS})|\|[ \t]*(?={_HEADS}))+"
)
_LINK = re.compile(r"!?\[([^\[\]\n]*)\](?:\([^()\n]*\)|\{[^{}\n]*\})")
_FOOTNOTE = re.compile(r"\[\^[^\]\n]{1,20}\]")
_EMPHASIS = re.compile(r"(?<!\\)\*+|__|`|\\(?=[!-/:-@\[-`{-~])|\\$")
_RULE = "---"
_FRONT_KEY = re.compile(r"[A-Za-z_][\w -]{0,40}:")
_DECOR = re.compile("[·•●◆■▪★☆※○◇□▲△►▶◎\uf000-\uf0ff*＊|\\-—–\\s]+(?=第)")
DECOR = frozenset("·•●◆■▪★☆※○◇□▲△►▶◎\uf06c\uf06e\uf0b7\uf0d8\uf0fc*＊|-—–")
_BRACKETED = re.compile(
    rf"[【\[［（(〔〖](第\s*[{CHINESE}{ARABIC}\s]+条(?:\s*之\s*[一二三四五六七八九十{ARABIC}]+)?)\s*[】\]］）)〕〗]\s*(.*)",
    re.S,
)


def marks_in(text: str) -> tuple[bool, bool]:
    """Whether a text holds residue of Word or PDF, and whether it holds HTML (有无残留标记)."""
    residue = "[bookmark:" in text or _ODD.search(text) is not None
    return residue, ("<" in text or "&" in text) and HTML.search(text) is not None


def lines_of(text: str, tagged: bool) -> list[str]:
    """Lines with their ends; where tags end a paragraph, a line ends there too (分行)."""
    lines = text.splitlines(keepends=True)
    if not tagged or BLOCK.search(text) is None:
        return lines
    found: list[str] = []
    for line in lines:
        at, end = 0, len(line.rstrip())
        for match in BLOCK.finditer(line):
            if match.end() < end:
                found.append(line[at : match.end()])
                at = match.end()
        found.append(line[at:])
    return found


def without_residue(line: str) -> str:
    """A line without invisible characters and bookmarks, radicals as the characters they stand for."""
    return without_radicals(RESIDUE.sub("", line)).strip()


def without_radicals(text: str) -> str:
    """A text of the same length with characters for radicals (部首字还原)."""
    if RADICAL.search(text) is None:
        return text
    return RADICAL.sub(lambda match: unicodedata.normalize("NFKC", match[0])[:1], text)


def without_tags(line: str) -> str:
    """A line without tags of HTML, its entities as characters."""
    return html.unescape(HTML.sub(_entity, line)).strip()


def _entity(match: re.Match[str]) -> str:
    return "" if match[0][0] == "<" else html.unescape(match[0])


def without_markdown(line: str) -> str:
    """A line without the marks of Markdown: headings, lists, quotations, emphasis, links, escapes, footnotes."""
    if line[0] in "#>-*+|0123456789":
        line = _QUOTED.sub("", line, count=1) if _QUOTED.match(line) else line
    if "[" in line:
        if "](" in line or "]{" in line:
            line = _LINK.sub(r"\1", line)
        if "[^" in line:
            line = _FOOTNOTE.sub("", line)
    if "*" in line or "\\" in line or "__" in line or "`" in line:
        line = _EMPHASIS.sub("", line)
    return line.strip()


def is_markup(line: str) -> bool:
    """Whether a line is nothing but Markdown: a rule, a comment, the line under a head (纯标记行)."""
    if line.startswith("<!--"):
        return "-->" in line
    return (
        len(line) > 2
        and line[0] in "-=*|:"
        and (not line.strip("=") or not line.strip("*") or (_RULE in line and not line.strip("-|: \t")))
    )


def bared(line: str) -> str:
    """第一条 without the bullet before it or the brackets around it (去掉项目符号与括号); any other line as it is."""
    if line[0] in "【[［（(〔〖":
        match = _BRACKETED.match(line)
        return f"{match[1]}　{match[2]}".rstrip() if match else line
    match = _DECOR.match(line)
    return line[match.end() :] if match else line


def front_matter(lines: list[str]) -> int:
    """Number of lines of a block of keys between two lines of --- at the very beginning (文件头元数据); 0 where there is none."""
    at = 0
    while at < len(lines) and at < 5 and not lines[at].strip("\ufeff \t\r\n"):
        at += 1
    if at >= len(lines) or lines[at].strip("\ufeff \t\r\n") != "---":
        return 0
    first = at + 1
    while first < len(lines) and not lines[first].strip():
        first += 1
    if first >= len(lines) or not _FRONT_KEY.match(lines[first].strip()):
        return 0
    for end in range(first, min(len(lines), first + 80)):
        if lines[end].strip() in ("---", "..."):
            return end + 1
    return 0

"""From the tree of a text to the act that packs, pages and checks work with (法规对象)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from linli.law.parse import lines as p
from linli.law.parse.front import NOTHING
from linli.law.parse.reader import read_tree
from linli.law.parse.tree import Node, Problem, Tree
from linli.law.types import Act, Article, Chapter, Finding, Item, LawTextError, Paragraph, Point, Sentence

_BOOKMARK = re.compile(r"\[bookmark:[^\]\n]{0,200}\]")
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
_SENTENCE = re.compile(r"[^。！？]*[。！？]+[”’」』\"'）)》】〕\]]*|[^。！？]+$")
_FRONT = ("title", "note", "preamble", "header")


def split_sentences(text: str) -> tuple[str, ...]:
    """Sentences of a text (分句): split after 。！？, never at ；. Closing quotes and brackets stay with theirs."""
    return tuple(s for s in (part.strip() for part in _SENTENCE.findall(text)) if s)


def normalised(text: str) -> str:
    """Text for the fingerprint (规范化文本): without any white space, bookmark residue or invisible characters."""
    return p.SPACE.sub("", _INVISIBLE.sub("", _BOOKMARK.sub("", text)))


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


def parse(text: str, *, markdown: bool = False) -> Act:
    """Parse the text of a statute (解析法规).

    Args: text, the whole text, one 款, 项 or 目 a line as Word or a copied page gives it; markdown, whether `#` and `**` are markup.
    Returns: the act; of a file with several, the one with the most articles. Gaps in the numbering and stray lines are in
    `findings`, never silently mended.
    Raises: LawTextError when the text holds no article.
    """
    tree = read_tree(text, markdown=markdown)
    counts = [sum(node.level == "art" for node in tree.act(number)) for number in range(len(tree.acts))]
    if not max(counts):
        raise LawTextError(NOTHING)
    return act_of(tree, counts.index(max(counts)))


def act_of(tree: Tree, number: int = 0) -> Act:
    """One act of a tree (取出一部法规). Args: number, its index in `tree.acts`; eIds lose their `act_2__`."""
    nodes = tree.act(number)
    prefix = f"act_{number + 1}__" if number else ""
    if prefix:
        nodes = tuple(node._replace(id=node.id.removeprefix(prefix)) for node in nodes)
    lines = {node.line for node in nodes}
    first, last = min(lines, default=0), max(lines, default=0)
    found = [Finding(q.at.removeprefix(prefix), q.reason) for q in tree.problems if _within(q, first, last)]
    titles = [node.text for node in nodes if node.level == "title"]
    front = tuple(node.text for node in nodes if node.level in _FRONT)
    title = p.SPACE.sub("", "".join(titles))
    attachments = tuple(node.text for node in nodes if node.level == "attachment")
    return Act(title, front, _chapters(nodes), tuple(_articles(nodes)), tuple(found), attachments)


def _within(problem: Problem, first: int, last: int) -> bool:
    return first <= problem.line <= last


def _chapters(nodes: Sequence[Node]) -> tuple[Chapter, ...]:
    levels = ("part", "subpart", "chp", "sec")
    return tuple(Chapter(n.id, n.level, n.num, n.heading, n.id.rpartition("__")[0]) for n in nodes if n.level in levels)


def _articles(nodes: Sequence[Node]) -> Iterator[Article]:
    chapter, at = "", 0
    while at < len(nodes):
        node = nodes[at]
        at += 1
        if node.level in ("part", "subpart", "chp", "sec"):
            chapter = node.id
        elif node.level == "art":
            end = at
            while end < len(nodes) and nodes[end].level in ("para", "point", "item", "page", "markup"):
                end += 1
            article = Article(node.id, node.num, node.heading, _paragraphs(nodes[at:end]), chapter)
            yield replace(article, sha256=fingerprint(article))
            at = end


def _paragraphs(nodes: Sequence[Node]) -> tuple[Paragraph, ...]:
    found: list[tuple[Node, list[tuple[Node, list[Item]]]]] = []
    for node in nodes:
        if node.level == "para":
            found.append((node, []))
        elif node.level == "point":
            found[-1][1].append((node, []))
        elif node.level == "item":
            found[-1][1][-1][1].append(Item(node.id, node.num, node.text))
    return tuple(
        Paragraph(para.id, para.text, tuple(Point(pt.id, pt.num, pt.text, tuple(items)) for pt, items in points))
        for para, points in found
    )

"""The tree of a text (文本树): every character of the file in exactly one node, in the order of the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

PROVISIONS = frozenset({"part", "subpart", "chp", "sec", "art", "para", "point", "item"})
"""Levels that are law: 编 分编 章 节 条 款 项 目. The others are `title`, `note`, `preamble`, `header`, `contents`, `page`,
`attachment`, `signature`, `stray` and `blank` (only before the first line)."""


class Node(NamedTuple):
    """A node (节点). `line` counts from 1; `raw` are its characters as they stand in the file, spaces and line ends included.

    `id` is the eId of a provision and empty for the rest; provisions of the second act of a file begin with `act_2__`.
    `num` and `heading` are normalised (第十二条之一), `text` is the node's own text, without its number and its children.
    """

    line: int
    level: str
    id: str
    num: str
    heading: str
    text: str
    raw: str


class Problem(NamedTuple):
    """Something odd (问题): the line it was seen on, counted from 1 (0: the whole file), the eId, if any, and the reason."""

    line: int
    at: str
    reason: str


@dataclass(frozen=True)
class Tree:
    """A text taken apart (解析结果). `acts` holds the index of each act's first node and its kind.

    Kinds: `act` (numbered 第…条), `amendment` (a decision that changes other acts, numbered 一、二、 or by 条), `clauses`
    (numbered 一、二、 and changing nothing), `unnumbered` (a decision or interpretation whose text is its one article), `none`
    (no provision found).
    """

    nodes: tuple[Node, ...]
    problems: tuple[Problem, ...]
    acts: tuple[tuple[int, str], ...]

    @property
    def text(self) -> str:
        """The text of the file again, character by character (还原全文)."""
        return "".join([node.raw for node in self.nodes])

    @property
    def provisions(self) -> list[Node]:
        """The nodes that are law, in order (编章节条款项目)."""
        return [node for node in self.nodes if node.level in PROVISIONS]

    def act(self, number: int) -> tuple[Node, ...]:
        """Nodes of the act with this index, counted from 0."""
        end = self.acts[number + 1][0] if number + 1 < len(self.acts) else len(self.nodes)
        return self.nodes[self.acts[number][0] : end]

    def complete(self) -> bool:
        """Whether the articles of every act run 1..n, each number once, inserted ones (之一) in their order (编号完整)."""
        wanted = [number for number in range(len(self.acts)) if self.acts[number][1] != "none"]
        return bool(wanted) and all(_runs(self.act(number), self.acts[number][1]) for number in wanted)

    def with_notes(self, notes: Iterable[str]) -> Tree:
        """The same with what was left out of the file, as problems of the whole file (附上未读入的部分)."""
        return replace(self, problems=(*(Problem(0, "", note) for note in notes), *self.problems))

    @property
    def has_provisions(self) -> bool:
        """Whether there is any provision (有无条文)."""
        return any(node.level in PROVISIONS for node in self.nodes)

    def as_json(self) -> dict[str, list[dict[str, str]] | list[dict[str, str | int]]]:
        """The two lists of `linli law parse --json`: `provisions` and `problems`, and nothing else."""
        provisions = next(self.provisions_as_json(len(self.nodes) + 1), [])
        return {"provisions": provisions, "problems": self.problems_as_json()}

    def provisions_as_json(self, many: int) -> Iterator[list[dict[str, str]]]:
        """The first of the two, so many nodes at a time (分段); what holds no provision is left out."""
        for start in range(0, len(self.nodes), many):
            rows = [
                {"id": id, "level": level, "num": num, "heading": heading, "text": text}
                for _, level, id, num, heading, text, _ in self.nodes[start : start + many]
                if level in PROVISIONS
            ]
            if rows:
                yield rows

    def problems_as_json(self) -> list[dict[str, str | int]]:
        """The second of the two."""
        return [{"line": line, "reason": reason} for line, _, reason in self.problems]


def number_in(eid: str) -> tuple[int, int]:
    """Number and inserted number of the last step of an eId (编号): `act_2__art_12-1` → (12, 1); (0, 0) when it has none."""
    main, _, inserted = eid.rpartition("_")[2].partition("-")
    return (int(main), int(inserted) if inserted.isdecimal() else 0) if main.isdecimal() else (0, 0)


def _runs(nodes: tuple[Node, ...], kind: str) -> bool:
    last = (0, 0)
    for node in nodes:
        if node.level == "art":
            number = number_in(node.id)
            first = last == (0, 0)
            if first and (number[1] or (number[0] != 1 and kind != "amendment")):
                return False
            if not first and number not in ((last[0] + 1, 0), (last[0], last[1] + 1)):
                return False
            last = number
    return last != (0, 0)


def written(nodes: Iterable[tuple[str, str, str, str, str]], acts: Iterable[tuple[int, str]] = ((0, "act"),)) -> Tree:
    """A tree from (level, id, num, heading, text), with the plain text that it stands for (写成文本).

    `read_tree(written(…).text)` gives the same provisions again. Args: acts, index of each act's first node and its kind.
    """
    found: list[Node] = []
    line = 1
    above = ""
    for level, id, num, heading, text in nodes:
        raw = _written(level, above, num, heading, text)
        if level == "art" or (above == "art" and level != "para"):
            raw = ("\n" if above == "art" else "") + raw
        line += raw.count("\n")
        found.append(Node(line - raw.endswith("\n"), level, id, num, heading, text, raw))
        above = level
    return Tree(tuple(found), (), tuple(acts))


def _written(level: str, above: str, num: str, heading: str, text: str) -> str:
    if level in ("part", "subpart", "chp", "sec"):
        return f"{num}　{heading}\n" if num else f"{heading}\n"
    if level == "art":
        return num + (f"【{heading}】" if heading else "　" if num and not num.endswith("、") else "")
    if level in ("point", "item"):
        return f"　　{num}{text}\n"
    return f"{text}\n" if above == "art" or level != "para" else f"　　{text}\n"

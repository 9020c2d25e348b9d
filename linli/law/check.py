"""Completeness check of packs (法规包核对): every sentence of a text is claimed by a duty or waived with a reason.

Without the official text the check runs against the sentence counts and fingerprints in the pack, so that a clean
clone checks too; with it, the text itself is parsed and compared.
`python -m linli.law.check --outline FILE` prints what the writer of a pack needs to copy.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from pathlib import Path

from linli.law import expr
from linli.law.judge import as_day, judge
from linli.law.load import cite, load_pack, packs
from linli.law.parse import parse, read_text, sentences_of, split_sentences
from linli.law.types import Act, Article, Count, LawTextError, Pack, PackArticle, PackError, Paragraph, Point

Address = tuple[str, int]
_SOME_DAY = dt.date(2026, 12, 31)  # on which a case is judged that names no day


@dataclass(frozen=True)
class Problem:
    """One fault of a pack (问题): its kind in one word, the eId it is about, and what to do, in Chinese."""

    kind: str
    at: str
    message: str


@dataclass(frozen=True)
class PackReport:
    """Result of checking one pack (核对结果). `compared` tells whether the official text was read as well."""

    pack: str
    title: str
    articles: int
    sentences: int
    claimed: int
    waived: int
    unclaimed: tuple[Address, ...]
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    compared: bool = False
    cases: int = 0

    @property
    def ok(self) -> bool:
        """Whether nothing is unclaimed and no fault was found."""
        return not self.unclaimed and not self.problems


@dataclass(frozen=True)
class Report:
    """Results of all packs (核对报告)."""

    packs: tuple[PackReport, ...]

    @property
    def ok(self) -> bool:
        """Whether every pack is in order."""
        return all(pack.ok for pack in self.packs)

    def as_json(self) -> str:
        """The report as a JSON text."""
        rows = [
            {
                "pack": r.pack,
                "title": r.title,
                "articles": r.articles,
                "sentences": r.sentences,
                "claimed": r.claimed,
                "waived": r.waived,
                "cases": r.cases,
                "unclaimed": [{"at": at, "sentence": n, "cite": cite(at)} for at, n in r.unclaimed],
                "problems": [{"kind": p.kind, "at": p.at, "message": p.message} for p in r.problems],
                "notes": list(r.notes),
                "compared_with_text": r.compared,
                "ok": r.ok,
            }
            for r in self.packs
        ]
        return json.dumps({"ok": self.ok, "packs": rows}, ensure_ascii=False, indent=2)

    def as_text(self) -> str:
        """The report for the terminal, in Chinese."""
        lines = []
        for r in self.packs:
            basis = "已与正文比对" if r.compared else "仅按包内句数和指纹"
            lines.append(
                f"{'通过' if r.ok else '未过'} {r.pack} {r.title}：{r.articles} 条 {r.sentences} 句，"
                f"职责 {r.claimed}，豁免 {r.waived}，未认领 {len(r.unclaimed)}，算例 {r.cases}（{basis}）"
            )
            lines += [f"  未认领 {at} 第 {n} 句（{cite(at)}）" for at, n in r.unclaimed]
            lines += [f"  问题 {p.message}" for p in r.problems]
            lines += [f"  提示 {note}" for note in r.notes]
        return "\n".join(lines)


def check_pack(pack: Pack, act: Act | None = None) -> PackReport:
    """Check one pack, against the text when it is given (核对法规包).

    Several duties may claim one sentence; a sentence both claimed and waived is a fault. Faults: an eId or sentence
    that does not exist, sentence counts or a fingerprint that differ from the text, an article on one side only.
    """
    problems: list[Problem] = []
    claims = [(f"职责 {duty.id}", duty.at, duty.sentences) for duty in pack.duties]
    waivers = [("豁免", waiver.at, waiver.sentences) for waiver in pack.waivers]
    used = {at for _, at, _ in claims + waivers}
    if act is None:
        expected = {a for article in pack.articles for a in _from_counts(article, used)}
    else:
        expected = {(s.at, s.number) for article in act.articles for s in sentences_of(article)}
        problems += _differences(pack, act, used)
    claimed = _addresses(claims, expected, problems)
    waived = _addresses(waivers, expected, problems)
    for at, n in _in_order(claimed & waived):
        problems.append(Problem("both", at, f"{at} 第 {n} 句（{cite(at)}）既被职责认领又被豁免，请删去其一。"))
    problems += _references(pack, expected)
    problems += _cases(pack)
    notes = [f"{finding.at or '正文'}：{finding.message}" for finding in act.findings] if act else []
    return PackReport(
        pack=pack.id,
        title=pack.title,
        articles=len(act.articles) if act else len(pack.articles),
        sentences=len(expected),
        claimed=len(claimed),
        waived=len(waived),
        unclaimed=tuple(_in_order(expected - claimed - waived)),
        problems=tuple(problems),
        notes=tuple(notes),
        compared=act is not None,
        cases=len(pack.cases),
    )


def report(ids: Iterable[str] | None = None, texts: Path | None = None, root: Path | None = None) -> Report:
    """Check packs by id, all when none is named (核对报告).

    Args: ids, pack ids; texts, a folder with the official texts, or None; root, the folder of packs, default: all folders.
    A pack that cannot be loaded, or a text that cannot be read, is a fault of that pack and does not stop the others.
    """
    results = []
    for id in packs(root) if ids is None else ids:
        try:
            pack = load_pack(id, root)
        except PackError as error:
            results.append(PackReport(id, "", 0, 0, 0, 0, (), (Problem("pack", "", str(error)),)))
            continue
        try:
            act = parse(read_text(texts / pack.file)) if texts is not None and pack.file else None
        except LawTextError as error:
            bare = check_pack(pack)
            fault = Problem("text", "", str(error))
            results.append(
                PackReport(id, pack.title, bare.articles, bare.sentences, bare.claimed, bare.waived, bare.unclaimed,
                           (*bare.problems, fault))
            )  # fmt: skip
            continue
        results.append(check_pack(pack, act))
    return Report(tuple(results))


def _from_counts(article: PackArticle, used: set[str]) -> Iterator[Address]:
    """Addresses of an article's sentences according to the counts in the pack.

    A plain number says how many sentences a 款 has, not whether they are 项. Where the pack addresses a 项 of that 款,
    the number is read as one introducing sentence and one sentence for each 项.
    """
    for n, count in enumerate(article.sentences, 1):
        eid = f"{article.at}__para_{n}"
        if isinstance(count, int) and count and any(at.startswith(f"{eid}__point_") for at in used):
            count = (1,) * count
        yield from _spread(eid, count, ("point", "item"))


def _spread(eid: str, count: Count, levels: tuple[str, ...]) -> Iterator[Address]:
    if isinstance(count, int):
        yield from ((eid, n) for n in range(1, count + 1))
        return
    yield from _spread(eid, count[0], ())
    for n, inner in enumerate(count[1:], 1):
        if levels:
            yield from _spread(f"{eid}__{levels[0]}_{n}", inner, levels[1:])


def _addresses(
    rows: Sequence[tuple[str, str, tuple[int, ...]]], expected: set[Address], problems: list[Problem]
) -> set[Address]:
    found = set()
    for label, at, numbers in rows:
        for n in numbers:
            if (at, n) in expected:
                found.add((at, n))
            else:
                problems.append(Problem("unknown", at, f"{label}：{at} 没有第 {n} 句，请对照 --outline 改正。"))
    return found


def _references(pack: Pack, expected: set[Address]) -> Iterator[Problem]:
    """EIds named outside the claims: in parameters, sanctions and the table of actions."""
    known = {at for at, _ in expected} | {a.at for a in pack.articles}
    known |= {f"{a.at}__para_{n}" for a in pack.articles for n in range(1, len(a.sentences) + 1)}
    named = [(f"param.{p.name}.at", p.at) for p in pack.params.values() if p.at]
    named += [(f"职责 {d.id} 的 sanction", d.sanction) for d in pack.duties if d.sanction]
    named += [(f"动作 {verb}", at) for verb, eids in pack.actions.items() for at in eids]
    named += [(f"责任条款 {row.id}", row.at) for row in pack.liabilities]
    for label, at in named:
        if at not in known:
            yield Problem("unknown", at, f"{label}：本法没有 {at}（{cite(at)}），请改正。")
    yield from _liabilities(pack)


def _liabilities(pack: Pack) -> Iterator[Problem]:
    """Where a pack says who corrects: every sanction leads to such a row, and no breach of a bearer leads to two."""
    there = {row.at.partition("__")[0] for row in pack.liabilities}
    for duty in pack.duties if there else ():
        if duty.sanction and duty.sanction.partition("__")[0] not in there:
            what = f"{duty.sanction}（{cite(duty.sanction)}）没有 [[liability]]，说不清由谁纠正，请补上"
            yield Problem("liability", duty.at, f"职责 {duty.id} 的 sanction：{what}。")
    seen: dict[tuple[str, str], str] = {}
    for row in pack.liabilities:
        for pair in product(row.breach, row.bearer):
            if pair in seen:
                what = f"{pair[1]} 的 {pair[0]} 与 {seen[pair]} 重复，由谁纠正不唯一，请删去其一"
                yield Problem("liability", row.at, f"责任条款 {row.id}：{what}。")
            seen.setdefault(pair, row.id)


def _cases(pack: Pack) -> Iterator[Problem]:
    """Worked examples that do not come out as they say."""
    duties = {duty.id: duty for duty in pack.duties}
    for number, case in enumerate(pack.cases, 1):
        facts = dict(case.given)
        on, start = as_day(facts.pop("as_of", None)) or _SOME_DAY, as_day(facts.pop("start", None))
        duty = duties.get(case.duty)
        if duty is None:
            continue
        label = f"算例 {number}（职责 {case.duty}）"
        try:
            found = judge(duty, pack, facts, on, start=start)
        except (expr.ExpressionError, AttributeError, TypeError, ValueError) as error:
            yield Problem("case", duty.at, f"{label}：given 里的写法与规则不符（{error}）。")
            continue
        for key, value in case.expect.items():
            told = str(found.verdict) if key == "verdict" and found else getattr(found, key)
            if key == "verdict" and told != value:
                yield Problem("case", duty.at, f"{label}：写的是 {value}，算出来是 {told}。")
            elif key != "verdict" and (told is None or told != Fraction(str(value))):
                got = "没有" if told is None else f" {float(told):g}"
                yield Problem("case", duty.at, f"{label}：{key} 写的是 {value}，算出来是{got}。")


def _differences(pack: Pack, act: Act, used: set[str]) -> Iterator[Problem]:
    """What the pack says of the text and the text does not bear out."""
    ours = {article.at: article for article in pack.articles}
    theirs = {article.eid: article for article in act.articles}
    for at in ours.keys() - theirs.keys():
        yield Problem("missing", at, f"包内有 {cite(at)}（{at}），正文没有。")
    for at, article in theirs.items():
        if at not in ours:
            yield Problem("missing", at, f"正文有 {article.number}（{at}），包内没有。")
            continue
        if ours[at].sha256 != article.sha256:
            stale = "、".join(d.id for d in pack.duties if d.at.partition("__")[0] == at) or "无"
            yield Problem("stale", at, f"{article.number}的正文与包内指纹不同，须重新核对其职责：{stale}。")
        elif set(_from_counts(ours[at], used)) != {(s.at, s.number) for s in sentences_of(article)}:
            yield Problem("counts", at, f"{article.number}的句数应为 sentences = {_counts_toml(article)}。")


def _in_order(addresses: Iterable[Address]) -> list[Address]:
    def key(address: Address) -> tuple[list[tuple[int, ...]], int]:
        at, n = address
        steps = [step.partition("_")[2].split("-") for step in at.split("__")]
        return [tuple(int(digits) for digits in step) for step in steps], n

    return sorted(addresses, key=key)


def outline(act: Act) -> str:
    """What a pack writer copies (大纲): eId, counts and fingerprint of every article, address of every sentence."""
    lines = [act.title]
    lines += [f"疑点 {finding.at or '正文'}：{finding.message}" for finding in act.findings]
    for article in act.articles:
        chapter = act.chapter(article.chapter).title if article.chapter else ""
        lines += [
            "",
            "[[article]]",
            f'at = "{article.eid}"',
            f'number = "{article.number}"',
            f'heading = "{article.heading}"',
            f'chapter = "{article.chapter}"',
            f'chapter_title = "{chapter}"',
            f"sentences = {_counts_toml(article)}",
            f'sha256 = "{article.sha256}"',
        ]
        lines += [f"    {s.at} [{s.number}]  {s.text}" for s in sentences_of(article)]
    return "\n".join(lines)


def _counts_toml(article: Article) -> str:
    return json.dumps([_count_of(paragraph) for paragraph in article.paragraphs])


def _count_of(node: Paragraph | Point) -> int | list[object]:
    """Sentence count as the pack writes it: a number where each part of a list is one sentence, else nested."""
    own = len(split_sentences(node.text))
    if isinstance(node, Point):
        if not node.items:
            return own
        return [own, *(len(split_sentences(item.text)) for item in node.items)]
    if not node.points:
        return own
    nested: list[object] = [own, *(_count_of(point) for point in node.points)]
    return len(nested) if all(part == 1 for part in nested) else nested


def main(argv: Sequence[str] | None = None) -> int:
    """Command line (命令行): check all or the named packs, or print an outline. Returns 0, or 1 on any fault."""
    parser = argparse.ArgumentParser(prog="python -m linli.law.check", description="核对法规包")
    parser.add_argument("packs", nargs="*", help="法规包名称，不写则核对全部")
    parser.add_argument("--texts", type=Path, help="存放法规正文的文件夹")
    parser.add_argument("--folder", type=Path, help="另一个存放法规包的文件夹")
    parser.add_argument("--json", action="store_true", help="输出 JSON")
    parser.add_argument("--outline", type=Path, metavar="FILE", help="打印法规文件的大纲，供编写法规包用")
    options = parser.parse_args(argv)
    if options.outline:
        try:
            print(outline(parse(read_text(options.outline))))
        except LawTextError as error:
            print(error, file=sys.stderr)
            return 1
        return 0
    try:
        result = report(options.packs or None, options.texts, options.folder)
    except PackError as error:
        print(error, file=sys.stderr)
        return 1
    print(result.as_json() if options.json else result.as_text())
    return 0 if result.ok else 1


if __name__ == "__main__":
    sys.exit(main())

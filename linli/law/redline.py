"""A comparison to read (对照表): as plain text, as one HTML file, and as a Word file. Deleted words are struck, new ones underlined."""

from __future__ import annotations

import io
from html import escape

from linli.law.compare import Comparison, Pair, plain
from linli.law.types import Article
from linli.law.words import TOPICS

KINDS = {"same": "相同", "changed": "有改动", "new": "新增", "dropped": "删去"}
_STYLE = """
:root{color-scheme:light}body{font:16px/1.7 "Source Han Sans SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif;margin:0 auto;max-width:76rem;
padding:1rem;color:#1b1b1b;background:#fff}h1{font-size:1.4rem}h2{font-size:1.15rem;margin-top:2rem}
.pair{border-top:1px solid #767676;padding:.75rem 0;break-inside:avoid}.mark{font-weight:700}.sides{display:grid;gap:.5rem 1.5rem}
.sides>div{white-space:pre-line;overflow-wrap:anywhere}del{color:#8a1c1c;background:#fdeaea}ins{color:#0b5c2d;background:#e6f5ea}
@media(min-width:48rem){.sides{grid-template-columns:1fr 1fr}}@media print{body{max-width:none;padding:0}}
"""


def label(pair: Pair) -> str:
    """What became of an article, in words: 有改动，序号变动."""
    across = {"changed": "可能对应", "new": "只有乙有", "dropped": "只有甲有"} if pair.suggested else {}
    parts = [across.get(pair.kind, KINDS[pair.kind])]
    if pair.moved:
        parts.append("位置移动")
    if pair.renumbered and not pair.suggested:
        parts.append("序号变动")
    return "，".join(parts)


def heading(pair: Pair) -> str:
    """The numbers of the two articles: 第九条 → 第十条."""
    a, b = pair.a.number if pair.a else "", pair.b.number if pair.b else ""
    if a and b:
        return f"{a} → {b}" if a != b else a
    return a or b


def summary(found: Comparison) -> str:
    """The counts in one sentence."""
    count = found.counts()
    if found.across:
        return (
            f"《{found.a.title}》{len(found.a.articles)} 条，《{found.b.title}》{len(found.b.articles)} 条；"
            f"可能对应 {count['same'] + count['changed']} 对（请人工确认），只有前者有 {count['dropped']} 条，只有后者有 {count['new']} 条。"
        )
    return (
        f"相同 {count['same']} 条，有改动 {count['changed']} 条，新增 {count['new']} 条，删去 {count['dropped']} 条；"
        f"其中位置移动 {count['moved']} 条，序号变动 {count['renumbered']} 条。"
    )


def sides(pair: Pair) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Left and right of a pair as (op, text) runs; the left has no new words, the right no deleted ones."""
    if pair.spans:
        left = [(span.op, span.text) for span in pair.spans if span.op != "+"]
        right = [(span.op, span.text) for span in pair.spans if span.op != "-"]
        return left, right
    a = [("-" if pair.b is None else "=", plain(pair.a))] if pair.a else []
    b = [("+" if pair.a is None else "=", plain(pair.b))] if pair.b else []
    return a, b


def as_text(found: Comparison) -> str:
    """The comparison for a terminal: one line an article, `[-…-]` deleted and `{+…+}` new."""
    lines = [f"甲：{found.a.title}", f"乙：{found.b.title}", summary(found)]
    for pair in found.pairs:
        if pair.kind == "same" and not pair.moved and not pair.renumbered:
            continue
        marks = {"=": ("", ""), "-": ("[-", "-]"), "+": ("{+", "+}")}
        lines.append(f"{heading(pair)}（{label(pair)}）")
        runs = [(span.op, span.text) for span in pair.spans] or (sides(pair)[0] or sides(pair)[1])
        if pair.kind != "same":
            lines.append(
                "  " + "".join(f"{marks[op][0]}{text}{marks[op][1]}" for op, text in runs).replace("\n", "\n  ")
            )
    for topic in found.topics:
        lines.append(f"同题：{TOPICS.get(topic.code, topic.code)}：{_numbers(topic.a)} ｜ {_numbers(topic.b)}")
    return "\n".join(lines)


def _numbers(articles: tuple[Article, ...]) -> str:
    return "、".join(article.number for article in articles) or "没有规定"


def as_html(found: Comparison) -> str:
    """The comparison as one HTML file: side by side on a wide screen, stacked on a narrow one, printable."""
    title = f"对照表：{found.a.title} ／ {found.b.title}"
    out = [
        f'<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main><h1>{escape(title)}</h1><p>{escape(summary(found))}</p>"
    ]
    if found.topics:
        out.append("<h2>同题并排</h2>")
        for topic in found.topics:
            out.append(
                f'<section class="pair"><p class="mark">{escape(TOPICS.get(topic.code, topic.code))}</p><div class="sides">'
            )
            out += [
                _side([("=", f"{x.number} {plain(x)}\n") for x in side] or [("=", "没有规定")])
                for side in (topic.a, topic.b)
            ]
            out.append("</div></section>")
    out.append("<h2>逐条对照</h2>")
    for pair in found.pairs:
        left, right = sides(pair)
        out.append(
            f'<section class="pair"><p class="mark">{escape(heading(pair))}（{escape(label(pair))}）</p><div class="sides">'
        )
        out += [_side(left), _side(right), "</div></section>"]
    out.append("</main></body></html>\n")
    return "".join(out)


def _side(runs: list[tuple[str, str]]) -> str:
    tags = {"=": ("", ""), "-": ("<del>", "</del>"), "+": ("<ins>", "</ins>")}
    return "<div>" + "".join(f"{tags[op][0]}{escape(text)}{tags[op][1]}" for op, text in runs) + "</div>"


def as_docx(found: Comparison) -> bytes:
    """The comparison as a Word file: a table of three columns, deleted words struck and new ones underlined."""
    import docx

    document = docx.Document()
    document.add_heading(f"对照表：{found.a.title} ／ {found.b.title}", level=1)
    document.add_paragraph(summary(found))
    rows: list[tuple[str, list[tuple[str, str]], list[tuple[str, str]]]] = []
    for topic in found.topics:
        a, b = ([("=", f"{x.number} {plain(x)}\n") for x in side] or [("=", "没有规定")] for side in (topic.a, topic.b))
        rows.append((f"同题：{TOPICS.get(topic.code, topic.code)}", a, b))
    rows += [(f"{heading(pair)}\n{label(pair)}", *sides(pair)) for pair in found.pairs]
    table = document.add_table(rows=1, cols=3)
    table.style = "Table Grid"
    for cell, text in zip(table.rows[0].cells, ("条", found.a.title, found.b.title), strict=True):
        cell.text = text
    for mark, left, right in rows:
        cells = table.add_row().cells
        cells[0].text = mark
        for cell, runs in ((cells[1], left), (cells[2], right)):
            for op, text in runs:
                run = cell.paragraphs[0].add_run(text)
                run.font.strike = True if op == "-" else None
                run.font.underline = True if op == "+" else None
    kept = io.BytesIO()
    document.save(kept)
    return kept.getvalue()

"""The report as a workbook (体检报告 Excel): a page for the leader with charts, the tables behind them, every finding, every problem."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import xlsxwriter

from linli.kit.export import safe_cell
from linli.law.checkup.asks import LEVEL_WORDS
from linli.law.checkup.mends import COST_WORDS, amount_words, mends_of
from linli.law.checkup.report import Report
from linli.law.load import cite
from linli.site.checkup.as_json import place_sums
from linli.site.checkup.brief import LINE_HEAD, Brief, Chart, brief_of, finding_rows, word_of

LINES = 50_000
"""Findings told one by one; of a province the rest stand in the table of communities and in the JSON."""
STEPS = 2_000
COLOURS = ("#0F6B57", "#B3261E", "#C9C6BC", "#8A5A00")


def book(report: Report) -> bytes:
    """The workbook (体检报告)."""
    out = io.BytesIO()
    words = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with tempfile.TemporaryDirectory(prefix="linli-") as folder:
        made = xlsxwriter.Workbook(out, {**words, "tmpdir": folder})
        pages = _Pages(made)
        brief = brief_of(report)
        _overview(pages, report, brief)
        _mends(pages, report, brief)
        _chart_sheet(pages, "各条文", brief.duties, ("达标", "未达标", "无法评判", "未到期"), 2)
        _places(pages, report, brief)
        _findings(pages, report)
        _matrix(pages, report)
        _problems(pages, report)
        made.close()
    return out.getvalue()


class _Pages:
    """The workbook with its few formats."""

    def __init__(self, made: Any) -> None:
        self.made = made
        self.title = made.add_format({"bold": True, "font_size": 18})
        self.lead = made.add_format({"font_size": 12, "text_wrap": True, "valign": "top"})
        self.wrap = made.add_format({"text_wrap": True, "valign": "top"})
        self.head = made.add_format(
            {"bold": True, "bottom": 1, "bg_color": "#E7F2EE", "text_wrap": True, "valign": "vcenter"}
        )
        self.bold = made.add_format({"bold": True, "font_size": 13})
        self.big = made.add_format({"bold": True, "font_size": 16, "align": "left"})
        self.quiet = made.add_format({"font_color": "#5C6762", "text_wrap": True, "valign": "top"})

    def sheet(self, name: str, *, wide: bool = True, long: bool = False) -> Any:
        """A sheet that prints on A4, its head repeated.

        Args: long, written row by row to a file, so that a province fits into memory; a chart cannot be drawn from such a sheet.
        """
        self.made.constant_memory = (
            long  # the library knows it for whole workbooks only, and asks when a sheet is added
        )
        sheet = self.made.add_worksheet(name)
        self.made.constant_memory = False
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(0.5, 0.5, 0.6, 0.6)
        sheet.set_footer("&L&A&R第 &P 页，共 &N 页")
        if wide:
            sheet.set_landscape()
        return sheet

    def table(
        self, sheet: Any, top: int, head: Sequence[str], rows: Iterable[Sequence[object]], widths: Sequence[int]
    ) -> int:
        """A table with a filter; returns its last row."""
        for column, (title, width) in enumerate(zip(head, widths, strict=True)):
            sheet.write_string(top, column, title, self.head)
            sheet.set_column(column, column, width)
        last = top
        for last, row in enumerate(rows, top + 1):
            for column, value in enumerate(row):
                if value is None or value == "":
                    continue
                cell = safe_cell(value)
                if isinstance(cell, str):
                    sheet.write_string(last, column, cell, self.wrap if len(cell) > 20 else None)
                else:
                    sheet.write_number(last, column, cell)
        sheet.autofilter(top, 0, max(last, top + 1), len(head) - 1)
        sheet.repeat_rows(top)
        return last


def _overview(pages: _Pages, report: Report, brief: Brief) -> None:
    sheet = pages.sheet("概览", wide=False)
    sheet.set_column(0, 4, 18)
    sheet.write_string(0, 0, report.title, pages.title)
    sheet.merge_range(1, 0, 1, 4, brief.headline, pages.lead)
    if report.draft:
        sheet.merge_range(
            2, 0, 2, 4, f"草案模拟：《{report.pack.title}》还没有生效，结果不是法律上的认定。", pages.quiet
        )
        sheet.set_row(2, 30)
    for column, (name, value, of) in enumerate(brief.figures):
        sheet.write_string(4, column, name, pages.quiet)
        sheet.write_string(5, column, value, pages.big)
        sheet.write_string(6, column, of, pages.quiet)
    sheet.set_row(4, 30)
    sheet.set_row(6, 30)
    sheet.write_string(8, 0, "先补什么", pages.bold)
    row = 9
    for one in brief.ladders[:8]:
        sheet.merge_range(row, 0, row, 4, f"{one.sentence}（{one.cost}，{one.articles}）", pages.wrap)
        sheet.set_row(row, 32)
        row += 1
    if not brief.ladders:
        sheet.write_string(row, 0, "没有发现要补的。")
        row += 1
    sheet.write_string(row + 1, 0, brief.duties.sentence)
    if brief.duties.bars:
        shown = len(brief.duties.bars)
        sheet.insert_chart(
            row + 2,
            0,
            _stacked(pages, "各条文", 2, shown, ("达标", "未达标", "无法评判", "未到期")),
            {"x_scale": 1.35, "y_scale": 1.4},
        )
        row += 24
    sheet.write_string(row + 2, 0, "这份报告怎么来的", pages.bold)
    for line in brief.standing:
        row += 1
        sheet.merge_range(row + 2, 0, row + 2, 4, line, pages.wrap)
        sheet.set_row(row + 2, 32)
    sheet.print_area(0, 0, row + 3, 4)


def _stacked(pages: _Pages, name: str, top: int, many: int, words: Sequence[str]) -> Any:
    """Bars stacked to the whole, of a table whose second column is the whole."""
    chart = pages.made.add_chart({"type": "bar", "subtype": "percent_stacked"})
    for at, word in enumerate(words):
        chart.add_series(
            {
                "name": word,
                "categories": [name, top + 1, 0, top + many, 0],
                "values": [name, top + 1, at + 2, top + many, at + 2],
                "fill": {"color": COLOURS[at]},
                "gap": 40,
            }
        )
    chart.set_y_axis({"reverse": True, "num_font": {"size": 8}})
    chart.set_x_axis({"num_format": "0%", "num_font": {"size": 8}, "major_gridlines": {"visible": False}})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 560, "height": 90 + 26 * many})
    return chart


def _chart_sheet(pages: _Pages, name: str, chart: Chart, words: Sequence[str], top: int) -> Any:
    """A table with its sentence above and its chart beside."""
    sheet = pages.sheet(name)
    sheet.write_string(0, 0, chart.sentence, pages.bold)
    sheet.write_string(1, 0, chart.note)
    rows = [(bar.name, *bar.cells) for bar in chart.rows]
    pages.table(sheet, top, chart.head, rows, [44, *([11] * (len(chart.head) - 1))])
    sheet.freeze_panes(top + 1, 1)
    if chart.bars:
        sheet.insert_chart(top, len(chart.head) + 1, _stacked(pages, name, top, len(chart.bars), words))
    return sheet


def _mends(pages: _Pages, report: Report, brief: Brief) -> None:
    sheet = pages.sheet("先补什么")
    sheet.write_string(0, 0, "从最省的地方补起，累计能解决多少。人、面积和设施不折算成钱，分开排。", pages.bold)
    rows: list[Sequence[object]] = []
    for one in mends_of(report):
        level = report.levels[one.level]
        amounts, done = np.cumsum(one.amounts), np.cumsum(one.fixed)
        articles = "、".join(dict.fromkeys(cite(duty.at.partition("__")[0]) for duty in one.duties))
        unit = amount_words(0, one.unit).removeprefix("0").strip()
        for step, row in enumerate(one.rows[:STEPS].tolist()):
            sums = (float(amounts[step]), int(done[step]))
            rows.append(
                (
                    one.what,
                    COST_WORDS[one.cost],
                    articles,
                    step + 1,
                    level.names[row],
                    float(one.amounts[step]),
                    unit,
                    int(one.fixed[step]),
                    *sums,
                )
            )
    head = ("做什么", "代价", "条文", "名次", "地方", "缺多少", "单位", "解决几项", "累计要补", "累计解决")
    pages.table(sheet, 2, head, rows, [28, 18, 18, 7, 24, 10, 9, 10, 11, 11])
    sheet.freeze_panes(3, 0)


def _places(pages: _Pages, report: Report, brief: Brief) -> None:
    sheet = _chart_sheet(pages, "各地", brief.streets, ("全部达标", "有未达标", "数据不全"), 2)
    if len(report.levels["county"]) > 1 or brief.streets.note:
        own = pages.sheet("各地全部", long=True)
        rows = [
            (
                LEVEL_WORDS[row["level"]],
                row["place"],
                row["name"],
                row["communities"],
                row["clear"],
                row["with_unmet"],
                row["only_unknown"],
            )
            for row in place_sums(report)
        ]
        pages.table(
            own,
            0,
            ("级别", "代码", "名称", "社区（村）", "全部达标", "有未达标", "数据不全"),
            rows,
            [14, 14, 24, 11, 11, 11, 11],
        )
        own.freeze_panes(1, 3)
    sheet.set_zoom(100)


def _findings(pages: _Pages, report: Report) -> None:
    sheet = pages.sheet("逐项结果", long=True)
    rows, cut = finding_rows(report, most=LINES)
    said = (
        f"先列未达标的，共列 {LINES} 行；全部见“社区一览”表和 JSON 报告。"
        if cut
        else "每个地方每项职责一行，不适用的不列。"
    )
    sheet.write_string(0, 0, said, pages.quiet)
    pages.table(sheet, 1, LINE_HEAD, rows, [14, 15, 20, 16, 20, 40, 10, 10, 10, 10, 9, 44, 26, 40])
    sheet.freeze_panes(2, 3)


def _matrix(pages: _Pages, report: Report) -> None:
    """Communities × duties, one word in each cell."""
    sheet = pages.sheet("社区一览", long=True)
    sheet.set_row(0, 60)
    community, street = report.levels["community"], report.levels["street"]
    duties = [one for one in report.judged["community"] if len(community)]
    unmet, unknown = report.unmet_per_community(), report.unknown_per_community()
    words = [
        [
            word_of(one, int(np.flatnonzero(one.verdict == code)[0])) if (one.verdict == code).any() else ""
            for code in range(6)
        ]
        for one in duties
    ]
    heads = [
        "代码",
        "名称",
        "街道（乡镇）",
        "未达标",
        "无法评判",
        *(f"{cite(one.duty.at.partition('__')[0])} {one.duty.gist}" for one in duties),
    ]
    codes = np.stack([one.verdict for one in duties]) if duties else np.zeros((0, len(community)), dtype=np.int8)
    rows = (
        (
            community.ids[row] if community.ids[row] != community.names[row] else "",
            community.names[row],
            street.names[community.upper[row]],
            int(unmet[row]),
            int(unknown[row]),
            *(words[at][code] for at, code in enumerate(codes[:, row].tolist())),
        )
        for row in range(len(community))
    )
    last = pages.table(sheet, 0, heads, rows, [15, 20, 16, 8, 10, *([12] * len(duties))])
    sheet.freeze_panes(1, 2)
    bad = pages.made.add_format({"font_color": "#B3261E", "bold": True})
    sheet.conditional_format(
        1,
        5,
        max(last, 1),
        5 + max(0, len(duties) - 1),
        {"type": "cell", "criteria": "==", "value": '"未达标"', "format": bad},
    )


def _problems(pages: _Pages, report: Report) -> None:
    sheet = pages.sheet("数据问题", long=True)
    rows = (
        ("要改" if one.kind == "error" else "留意", one.sheet, one.row or "", one.column, one.why, one.mend)
        for one in report.problems
    )
    pages.table(sheet, 0, ("轻重", "工作表", "行", "列", "问题", "怎样改"), rows, [8, 16, 8, 22, 60, 44])
    sheet.freeze_panes(1, 0)
    matched = pages.sheet("列的对应")
    columns = [
        (LEVEL_WORDS[level], one.grid.name, one.titles[position], ask.label)
        for level, one in report.matched.items()
        for position, ask in sorted(one.columns.items())
    ]
    columns += [
        (LEVEL_WORDS[level], one.grid.name, title, "（没有读取）")
        for level, one in report.matched.items()
        for title in one.ignored
    ]
    pages.table(matched, 0, ("级别", "工作表", "表里的列", "读作"), columns, [16, 18, 30, 30])

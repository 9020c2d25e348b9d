"""What a leader reads in two minutes (体检摘要): the sentence, the figures, the rows behind each chart; the same for page, Word and Excel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from linli.law import say, words
from linli.law.checkup.asks import LEVEL_WORDS
from linli.law.checkup.mends import COST_WORDS, Mend, amount_words, mends_of
from linli.law.checkup.report import EXEMPT, MET, PENDING, UNKNOWN, UNMET, VERDICTS, Judged, Report, Sum
from linli.law.checkup.table import Level
from linli.law.load import cite
from linli.site.checkup.as_json import place_sums

STEPS = 10
DRAWN = 14
STREET_HEAD = ("社区（村）", "全部达标", "有未达标", "数据不全")
DUTY_HEAD = ("条文和职责", "适用", "达标", "未达标", "无法评判", "未到期", "缺口合计")
STREETS = 40
WORST = 20
PROBLEMS = 40


@dataclass(frozen=True)
class Bar:
    """One bar of a chart: name, parts as (word, count, share in percent, where it begins), and its figures with their heads."""

    name: str
    parts: tuple[tuple[str, int, float, float], ...]
    labelled: tuple[tuple[str, str | int], ...]
    y: float = 0

    @property
    def cells(self) -> tuple[str | int, ...]:
        """The figures alone."""
        return tuple(cell for _, cell in self.labelled)


@dataclass(frozen=True)
class Chart:
    """A chart with a sentence above and its table behind it (图与表).

    Args: bars, what is drawn. rows, what the table tells. note, what is not drawn.
    """

    sentence: str
    head: tuple[str, ...]
    bars: tuple[Bar, ...]
    rows: tuple[Bar, ...]
    note: str = ""

    @property
    def height(self) -> float:
        """In lines of text."""
        return 2.6 * len(self.bars) + 0.2


@dataclass(frozen=True)
class Ladder:
    """One thing to mend with its cheapest places (先补什么)."""

    mend: Mend
    what: str
    cost: str
    articles: str
    amount: str
    places: int
    sentence: str
    steps: tuple[tuple[str, str, int, str, int], ...]


@dataclass(frozen=True)
class Brief:
    """Everything on the first two pages."""

    headline: str
    standing: tuple[str, ...]
    figures: tuple[tuple[str, str, str], ...]
    duties: Chart
    streets: Chart
    above: tuple[tuple[str, str, str, str, str, str], ...]
    ladders: tuple[Ladder, ...]
    worst: tuple[tuple[str, str, int, str], ...]


def brief_of(report: Report) -> Brief:
    """The summary of a report (体检摘要)."""
    community = report.levels["community"]
    unmet, unknown = report.unmet_per_community(), report.unknown_per_community()
    bad, open_ = int((unmet > 0).sum()), int(((unmet == 0) & (unknown > 0)).sum())
    all_ = len(community)
    counts = report.counts()
    asked = counts["met"] + counts["unmet"]
    mends = mends_of(report)
    people = sum(one.total for one in mends if one.cost == "persons")
    space = sum(one.total for one in mends if one.cost == "m2")
    headline = f"{all_} 个社区（村）中，{bad} 个有没达标的项"
    headline += f"，{open_} 个没有发现问题但数据不全" if open_ else ""
    headline += "。"
    figures = (
        ("有未达标项的社区（村）", str(bad), f"共 {all_} 个"),
        ("未达标", f"{counts['unmet']} 项", f"能评判的共 {asked} 项"),
        ("无法评判", f"{counts['unknown']} 项", "没有数据，或文本未写标准"),
        ("要招", amount_words(people, "persons"), "各社区缺口之和"),
        ("要找", amount_words(space, "m2"), "各社区缺口之和"),
    )
    return Brief(
        headline,
        _standing(report),
        figures,
        _duty_chart(report),
        _street_chart(report),
        _above(report),
        tuple(_ladder(report, one) for one in mends),
        _worst(report, unmet),
    )


def _standing(report: Report) -> tuple[str, ...]:
    """On what the report rests, and what it is not."""
    pack = report.pack
    said = [f"按《{pack.title}》评判，截至 {report.as_of:%Y 年 %-m 月 %-d 日}，数据来自 {report.file}。"]
    if report.draft:
        begin = f"假定自 {report.start} 起施行" if report.start else "视为已经施行"
        said.append(f"草案模拟：文本还没有生效，{begin}；结果不是法律上的认定。")
    if report.label:
        said.append(f"数据说明：{report.label}。")
    left = sum(duty.rule is None for duty in pack.duties)
    said.append(
        f"只评判能按数据算的职责；另有 {left} 项要靠材料证明，见履职台账。没有数据的一律作“无数据”，不算达标，也不算不达标。"
    )
    return tuple(said)


def _bar(name: str, note: str, counts: Any, at: int) -> Bar:
    """A bar of met, unmet, unknown and pending among the places to which a duty applies."""
    parts, whole, begin = [], int(counts.sum() - counts[EXEMPT]), 0.0
    for code, word in ((MET, "达标"), (UNMET, "未达标"), (UNKNOWN, "无法评判"), (PENDING, "未到期")):
        many = int(counts[code])
        share = round(100 * many / whole, 3) if whole else 0.0
        if many:
            parts.append((word, many, share, round(begin, 3)))
        begin += share
    cells: tuple[str | int, ...] = (whole, *(int(counts[code]) for code in (MET, UNMET, UNKNOWN, PENDING)), note)
    return Bar(name, tuple(parts), tuple(zip(DUTY_HEAD[1:], cells, strict=True)), round(2.6 * at + 1.0, 2))


def _duty_chart(report: Report) -> Chart:
    sums = [one for one in report.sums["all"] if one.counts[0].sum() > one.counts[0, EXEMPT]]
    sums.sort(key=lambda one: (-one.counts[0, UNMET], -one.counts[0, MET], -one.counts[0, PENDING]))
    bars = tuple(
        _bar(f"{cite(one.duty.at.partition('__')[0])} {one.duty.gist}", _lack(report, one), one.counts[0], at)
        for at, one in enumerate(sums)
    )
    worst = next((one for one in sums if one.counts[0, UNMET]), None)
    if worst is None:
        sentence = "没有发现未达标的职责。" if any(one.counts[0, MET] for one in sums) else "还没有一项职责能够评判。"
    else:
        whole, many = int(worst.counts[0].sum() - worst.counts[0, EXEMPT]), int(worst.counts[0, UNMET])
        said = f"{cite(worst.duty.at.partition('__')[0])}“{worst.duty.gist.rstrip('。')}”"
        sentence = f"未达标最多的是{said}：适用的 {whole} 个社区（村）里有 {many} 个。"
    drawn = tuple(bar for bar in bars if bar.cells[1] or bar.cells[2])
    blank = len(bars) - len(drawn)
    note = f"另有 {blank} 项没有数据，或文本没有写标准，不在图里。" if blank else ""
    if len(drawn) > DRAWN:
        note = f"图中是未达标最多的 {DRAWN} 项，其余见表。{note}"
    return Chart(sentence, DUTY_HEAD, drawn[:DRAWN], bars, note)


def _lack(report: Report, one: Sum) -> str:
    """What lacks in all: 共缺 12 人."""
    rule = one.duty.rule
    if rule is None or not one.gap.sum():
        return ""
    measure = report.pack.find_measure(str(rule.keys.get("measure", "")))
    most = "多" if "at_most" in rule.keys or rule.shape == "nothing_outside" else "缺"
    return f"共{most} {amount_words(float(one.gap.sum()), measure.unit if measure else '')}"


def _street_chart(report: Report) -> Chart:
    """Communities by state, of each street; of each county where there are many."""
    name = "county" if len(report.levels["county"]) > 1 else "street"
    rows = [row for row in place_sums(report) if row["level"] == name]
    rows.sort(key=lambda row: (-row["with_unmet"], -row["only_unknown"], row["place"]))
    bars = []
    for at, row in enumerate(rows[:STREETS]):
        parts, begin = [], 0.0
        for word, key in (("全部达标", "clear"), ("有未达标", "with_unmet"), ("数据不全", "only_unknown")):
            share = round(100 * row[key] / row["communities"], 3) if row["communities"] else 0.0
            if row[key]:
                parts.append((word, row[key], share, round(begin, 3)))
            begin += share
        cells = (row["communities"], row["clear"], row["with_unmet"], row["only_unknown"])
        labelled = tuple(zip(STREET_HEAD, cells, strict=True))
        bars.append(Bar(row["name"], tuple(parts), labelled, round(2.6 * at + 1.0, 2)))
    with_bad = sum(row["with_unmet"] > 0 for row in rows)
    word = LEVEL_WORDS[name]
    sentence = f"{len(rows)} 个{word}中，{with_bad} 个有社区（村）没达标。"
    note = f"还有 {len(rows) - STREETS} 个，见 Excel 报告的“各地全部”表。" if len(rows) > STREETS else ""
    return Chart(sentence, (word, *STREET_HEAD), tuple(bars[:DRAWN]), tuple(bars), note)


def _above(report: Report) -> tuple[tuple[str, str, str, str, str, str], ...]:
    """Findings of counties and streets themselves, where something is known; what applies to nobody is left out."""
    found = []
    for level, one in report.every():
        if level.level == "community":
            continue
        for row in range(len(level)):
            if one.verdict[row] in (EXEMPT,) or (one.verdict[row] == UNKNOWN and not one.total):
                continue
            found.append(
                (
                    level.names[row],
                    cite(one.duty.at.partition("__")[0]),
                    one.duty.gist,
                    word_of(one, row),
                    report.sentence(level, one, row),
                    VERDICTS[one.verdict[row]].value,
                )
            )
    order = {"unmet": 0, "unknown": 1, "pending": 2, "met": 3}
    return tuple(sorted(found, key=lambda row: order.get(row[5], 4))[:STREETS])


def word_of(one: Judged, row: int) -> str:
    """The verdict in one word; an unknown one says whether a fact or a standard is missing."""
    return say.verdict(one.finding(row)) if one.verdict[row] == UNKNOWN else say.VERDICTS[VERDICTS[one.verdict[row]]]


def _ladder(report: Report, one: Mend) -> Ladder:
    level = report.levels[one.level]
    amounts, done = np.cumsum(one.amounts), np.cumsum(one.fixed)
    counted = one.cost in ("persons", "m2", "yuan", "count")
    steps = tuple(
        (
            f"{level.names[row]}",
            amount_words(one.amounts[step], one.unit) if one.amounts[step] else "",
            int(one.fixed[step]),
            amount_words(amounts[step], one.unit) if counted else "",
            int(done[step]),
        )
        for step, row in enumerate(one.rows[:STEPS])
    )
    articles = "、".join(dict.fromkeys(cite(duty.at.partition("__")[0]) for duty in one.duties))
    word = LEVEL_WORDS[one.level]
    amount = amount_words(one.total, one.unit)
    sentence = f"{one.what}：{len(one.rows)} 个{word}共缺 {amount}，补上后 {one.findings} 项达标"
    if "减少" in one.what:
        sentence = f"{one.what}：{len(one.rows)} 个{word}共多 {amount}，改正后 {one.findings} 项达标"
    if one.cleared:
        sentence += f"，其中 {one.cleared} 个{word}再没有未达标项"
    if counted and len(one.rows) > 3:
        many, part, fixed = one.half()
        sentence += f"。先补最省的 {many} 个，用 {amount_words(part, one.unit)}就能解决 {fixed} 项"
    return Ladder(one, one.what, COST_WORDS[one.cost], articles, amount, len(one.rows), f"{sentence}。", steps)


def _worst(report: Report, unmet: Any) -> tuple[tuple[str, str, int, str], ...]:
    """Communities with most findings that are not met, and which these are."""
    community, street = report.levels["community"], report.levels["street"]
    order = [int(row) for row in np.lexsort((np.arange(len(unmet)), -unmet)) if unmet[row]][:WORST]
    out = []
    for row in order:
        lacks = [
            report.sentence(community, one, row).partition(" · ")[0] + f"（{cite(one.duty.at.partition('__')[0])}）"
            for one in report.judged["community"]
            if one.verdict[row] == UNMET
        ]
        out.append((community.names[row], street.names[community.upper[row]], int(unmet[row]), "；".join(lacks)))
    return tuple(out)


def finding_rows(report: Report, *, most: int) -> tuple[list[tuple[Any, ...]], bool]:
    """Findings as lines of a table (逐项结果), what is not met first; at most so many, and whether some were left out.

    Exempt ones are left out, and unknown ones come last.
    """
    out: list[tuple[Any, ...]] = []
    for wanted in (UNMET, PENDING, MET, UNKNOWN):
        for level, one in report.every():
            for row in np.flatnonzero(one.verdict == wanted).tolist():
                if len(out) >= most:
                    return out, True
                out.append(_line(report, level, one, row))
    return out, False


LINE_HEAD = (
    "级别",
    "代码",
    "名称",
    "所属",
    "条文",
    "职责",
    "结果",
    "需要",
    "现有",
    "缺口",
    "单位",
    "说明",
    "依据",
    "怎样读条文",
)


def _line(report: Report, level: Level, one: Judged, row: int) -> tuple[Any, ...]:
    above = ""
    if level.level != "county":
        upper = report.levels["street" if level.level == "community" else "county"]
        above = upper.names[level.upper[row]]
    rule = one.duty.rule
    measure = report.pack.find_measure(str(rule.keys.get("measure", ""))) if rule else None
    code = level.ids[row] if level.ids[row] != level.names[row] else ""
    return (
        LEVEL_WORDS[level.level] + ("（合计）" if one.total else ""),
        code,
        level.names[row],
        above,
        cite(one.duty.at),
        one.duty.gist,
        word_of(one, row),
        *(None if np.isnan(part[row]) else float(part[row]) for part in (one.need, one.have, one.gap)),
        words.UNITS.get(measure.unit, "") if measure else "",
        report.sentence(level, one, row),
        report.evidence(level, row),
        one.duty.reading,
    )

"""Findings in words (评判说明): what is needed, what is there, what lacks, on which article, by which source.

需 21.69，有 21，缺 1 人 · 第十四条 · 名册 2024-05-31
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from linli.law import words
from linli.law.judge import Finding, Verdict
from linli.law.load import cite
from linli.law.types import Duty, Pack

VERDICTS = {
    Verdict.MET: "达标",
    Verdict.UNMET: "未达标",
    Verdict.UNKNOWN: "无法评判",
    Verdict.EXEMPT: "不适用",
    Verdict.PENDING: "未到期",
    Verdict.ATTESTED: "已证明",
}


def number(value: Fraction) -> str:
    """A number as people write it: exact where it ends within four places, else rounded to two and marked 约."""
    for places in range(5):
        scaled = value * 10**places
        if scaled.denominator == 1:
            whole = f"{abs(int(scaled)):0{places + 1}d}"
            text = f"{whole[:-places]}.{whole[-places:]}" if places else whole
            return f"-{text}" if value < 0 else text
    return f"约 {float(value):.2f}"


def verdict(finding: Finding) -> str:
    """The verdict in one word; an unknown one says whether a fact or a standard is missing."""
    if finding.verdict == Verdict.UNKNOWN:
        return "草案未给标准" if finding.why == "no_standard" else "无数据"
    return VERDICTS[finding.verdict]


def finding(found: Finding, duty: Duty, pack: Pack, sources: Iterable[str] = ()) -> str:
    """A finding as the sentence that is printed (评判说明).

    Args: sources, where the facts come from, such as `名册 2024-05-31`.
    """
    parts = [_said(found, duty, pack), cite(duty.at.partition("__")[0]), *dict.fromkeys(sources)]
    return " · ".join(parts)


def _said(found: Finding, duty: Duty, pack: Pack) -> str:
    missing = "、".join(f"「{words.term(name, pack).strip('「」')}」" for name in found.missing)
    if found.verdict == Verdict.EXEMPT:
        return "不适用：" + (words.WHO[duty.who] if found.why == "who" and duty.who != "both" else "本地不符合适用条件")
    if found.verdict == Verdict.PENDING:
        return (
            f"未到期，{'自' if found.why == 'not_started' else '应于'} {found.due} {'起算' if found.why == 'not_started' else '前完成'}"
            if found.due
            else "未到期"
        )
    if found.verdict in (Verdict.UNKNOWN, Verdict.ATTESTED) and found.missing:
        had = f"，需 {number(found.need)}" if found.need is not None else ""
        had += f"，有 {number(found.have)}" if found.have is not None and found.why == "no_standard" else ""
        return f"草案没有写明{missing}，无法评判{had}" if found.why == "no_standard" else f"没有{missing}的数据{had}"
    if found.verdict == Verdict.ATTESTED:
        return "已由经办人证明"
    shape = duty.rule.shape if duty.rule else ""
    say = {"bound": _bound, "has_all": _has_all, "published_list": _list, "nothing_outside": _outside}
    return say.get(shape, _dated)(found, duty, pack)


def _bound(found: Finding, duty: Duty, pack: Pack) -> str:
    assert duty.rule is not None and found.need is not None and found.have is not None and found.gap is not None
    most = "at_most" in duty.rule.keys and ("at_least" not in duty.rule.keys or found.have > found.need)
    measure = pack.find_measure(str(duty.rule.keys["measure"]))
    unit = words.UNITS.get(measure.unit, "") if measure is not None else ""
    text = f"{'最多' if most else '需'} {number(found.need)}，有 {number(found.have)}"
    if found.verdict == Verdict.MET:
        return f"{text}，达标"
    return f"{text}，{'多' if most else '缺'} {number(found.gap)} {unit}".rstrip()


def _has_all(found: Finding, duty: Duty, pack: Pack) -> str:
    assert found.need is not None and found.have is not None
    text = f"应有 {number(found.need)} 项，有 {number(found.have)} 项"
    return f"{text}，缺 {'、'.join(found.lacking)}" if found.lacking else f"{text}，达标"


def _list(found: Finding, duty: Duty, pack: Pack) -> str:
    assert duty.rule is not None
    name = words.term(str(duty.rule.keys["list"]), pack)
    if found.due is not None:
        return f"{name}：应在 {found.due} 前复核" + ("，已过期" if found.verdict == Verdict.UNMET else "")
    return f"{name}：" + ("已公布" if found.verdict == Verdict.MET else "还没有公布")


def _outside(found: Finding, duty: Duty, pack: Pack) -> str:
    assert found.have is not None
    if not found.have:
        return "清单外 0 件"
    shown = "、".join(item or "未写明事项" for item in found.lacking[:3])
    more = "等" if len(found.lacking) > 3 else ""
    return f"清单外应为 0 件，有 {number(found.have)} 件（{shown}{more}）"


def _dated(found: Finding, duty: Duty, pack: Pack) -> str:
    assert duty.rule is not None
    name = words.term(str(duty.rule.keys["record"]), pack)
    if "within" in duty.rule.keys:
        return f"{name}：超期 {number(found.have or Fraction(0))} 件"
    if found.due is None:
        return f"{name}：一次也没有"
    return f"{name}：应在 {found.due} 前进行" + ("，已逾期" if found.verdict == Verdict.UNMET else "，按期")

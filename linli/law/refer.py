"""What a pack speaks of must be there (引用核对): articles of duties, names in rules, duties and facts of cases.

A rule that asks for a fact which nobody declared would be `unknown` for ever and nobody would know why: it is refused when read.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

from linli.law import expr
from linli.law.calendar import UNITS
from linli.law.judge import Verdict
from linli.law.types import Duty, Pack, PackError

SPANS = ("days", "working_days", "months", "years")
_KINDS = {
    "measure": ("number", "flag"),
    "set": ("set",),
    "list": ("list",),
    "not_in": ("list",),
    "events": ("events",),
    "at_least": ("number", "flag", "text"),
    "at_most": ("number", "flag", "text"),
    "when": ("number", "flag", "text"),
}
_WORDS = {
    "number": "数字",
    "flag": "是非",
    "set": "集合",
    "dates": "日期",
    "text": "文字",
    "list": "清单",
    "events": "事项",
    "records": "办理记录",
}
_CASE = frozenset({"as_of", "start"})
_EXPECT = frozenset({"verdict", "need", "have", "gap"})


def check_references(pack: Pack, name: str) -> None:
    """Check that whatever a pack speaks of is there (引用核对). Raises: PackError, in Chinese, for the first that is not."""
    articles = {article.at for article in pack.articles}
    rows = [("duty", duty.at) for duty in pack.duties] + [("waiver", waiver.at) for waiver in pack.waivers]
    for kind in ("duty", "waiver"):
        for number, at in enumerate((at for label, at in rows if label == kind), 1):
            if at.partition("__")[0] not in articles:
                raise PackError(f"{name} 的 {kind}[{number}].at：本包没有 {at} 所在的条，请补 [[article]] 或改正编号。")
    for number, duty in enumerate(pack.duties, 1):
        for key, problem in _of_rule(duty, pack):
            raise PackError(f"{name} 的 duty[{number}].{key}：{problem}。")
    _check_cases(pack, name)


def _of_rule(duty: Duty, pack: Pack) -> Iterator[tuple[str, str]]:
    if duty.rule is None:
        return
    for key, value in sorted(duty.rule.keys.items()):
        if key in ("contains", "unless"):
            if not isinstance(value, tuple) and not (key == "unless" and isinstance(value, str)):
                yield key, '应为文字数组，如 ["人民调解"]'
        elif key == "published":
            if value is not True:
                yield key, "应为 true"
        elif key in ("every", "within", "reviewed_every"):
            yield from _of_limit(key, str(value), pack)
        elif key in ("at_least", "at_most", "when"):
            for one in sorted(expr.names(expr.read(str(value)))):
                if one not in _params(pack):
                    yield from _of_measure(key, one, _KINDS[key], pack)
        else:
            kinds = _KINDS.get(key) or (("dates",) if "every" in duty.rule.keys else ("records",))
            yield from _of_measure(key, str(value), kinds, pack)


def _of_measure(key: str, name: str, kinds: tuple[str, ...], pack: Pack) -> Iterator[tuple[str, str]]:
    measure = pack.find_measure(name)
    if measure is None:
        known = [*pack.all_measures(), *_params(pack)]
        yield key, f"没有声明过“{name}”{_meant(name, known)}，请补 [measure.{name}] 或 [param.{name}]，或改正拼写"
    elif measure.kind not in kinds:
        wanted = "或".join(_WORDS[kind] for kind in kinds)
        yield key, f"“{name}”是{_WORDS[measure.kind]}（kind = {measure.kind}），这里要用{wanted}"


def _of_limit(key: str, name: str, pack: Pack) -> Iterator[tuple[str, str]]:
    if name not in _params(pack):
        yield key, f"没有参数“{name}”{_meant(name, _params(pack))}，请补 [param.{name}]；原文没有写数字的，values 写 []"
        return
    unit, units = pack.find_param(name).unit, UNITS if key == "within" else SPANS
    if unit not in units:
        yield key, f"参数“{name}”的单位是 {unit}，这里应为 {'、'.join(units)} 之一"


def _check_cases(pack: Pack, name: str) -> None:
    duties = {duty.id: duty for duty in pack.duties}
    known = {*pack.all_measures(), *_params(pack), *_CASE}
    for number, case in enumerate(pack.cases, 1):
        where = f"{name} 的 case[{number}]"
        if case.duty not in duties:
            raise PackError(f"{where}.duty：没有编号为 {case.duty} 的职责{_meant(case.duty, duties)}，请改正。")
        if duties[case.duty].rule is None:
            raise PackError(f"{where}.duty：职责 {case.duty} 没有规则，不能有算例，请删去算例或补上规则。")
        if extra := sorted(set(case.given) - known):
            raise PackError(f"{where}.given：没有声明过“{extra[0]}”{_meant(extra[0], known)}，请改正拼写。")
        if extra := sorted(set(case.expect) - _EXPECT):
            raise PackError(f"{where}.expect：不认识 {extra[0]}，只能写 {'、'.join(sorted(_EXPECT))}。")
        if case.expect.get("verdict") not in set(Verdict) - {Verdict.ATTESTED}:
            raise PackError(f"{where}.expect.verdict：应为 met、unmet、unknown、exempt、pending 之一。")


def _params(pack: Pack) -> set[str]:
    return set(pack.params) | (_params(pack.base) if pack.base is not None else set())


def _meant(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, sorted(known), 1)
    return f"（是不是 {close[0]}？）" if close else ""

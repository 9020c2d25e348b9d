"""A draft read against itself: each kind of finding, and what is none."""

from __future__ import annotations

import pytest

from linli.law.consistency import KINDS, as_json, findings
from linli.law.parse import read_tree
from tests.law import acts


def found(text: str) -> list[tuple[str, str]]:
    """Kind and eId of each finding."""
    return [(flag.kind, flag.at) for flag in findings(read_tree(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("第一条　依照本条例第五十条办理。", [("reference", "art_1__para_1")]),
        ("第一条　前款规定的人除外。", [("reference", "art_1__para_1")]),
        ("第一条　甲。\n前两款规定的人除外。", [("reference", "art_1__para_2")]),
        ("第一条　前条规定的人除外。", [("reference", "art_1__para_1")]),
        ("第一条　有：\n（一）甲；\n（二）乙。\n前款第三项规定的人除外。", [("reference", "art_1__para_2")]),
        ("第一条　有：\n（一）甲；\n（二）乙。\n第二条　依照第一条第三项办理。", [("reference", "art_2__para_1")]),
        ("第一条　甲。\n第二条　依照第一条第一款、第二款办理。", [("reference", "art_2__para_1")]),
        ("第一条　依照本条第二款办理。", [("reference", "art_1__para_1")]),
        ("第一条　违反本条例第二条规定的，罚款。\n第二条　县里制定清单。", [("no_prohibition", "art_1__para_1")]),
        ("第一条　综合服务设施应当按照标准配套。", [("no_bearer", "art_1__para_1")]),
        ("第一条　应当建立台账。", [("no_bearer", "art_1__para_1")]),
        ("第一条　每个村民委员会不少于五，不超过9人。", [("no_unit", "art_1__para_1")]),
        ("第一条　本条例自　年　月　日起施行。", [("blank_date", "art_1__para_1")]),
        ("第一条　本条例自202   年   月   日起施行。", [("blank_date", "art_1__para_1")]),
        ("第一条　本条例自××××年×月×日起施行。", [("blank_date", "art_1__para_1")]),
        ("第一条　村民委员会应当及时回应。", [("no_limit", "art_1__para_1")]),
        ("第一条　村民委员会应当定期公开账目。", [("no_limit", "art_1__para_1")]),
        ("第一条　村民委员会应当：\n（一）定期公开账目。", [("no_limit", "art_1__para_1__point_1")]),
        ("第一条　不予公开的账目，应当说明理由。", [("no_bearer", "art_1__para_1")]),
        ("第一条　对公开的账目，应当在公告栏里张贴。", [("no_bearer", "art_1__para_1")]),
        ("第一条　经批准的规划应当公布。", [("no_bearer", "art_1__para_1")]),
    ],
)
def test_what_a_drafter_should_look_at(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(f"某省公物条例\n{text}") == expected


@pytest.mark.parametrize(
    "text",
    [
        "第一条　甲。\n第二条　依照《某法》第九十条、第九十一条第三款的规定办理。",
        "第一条　依照村民委员会组织法第四十条办理。",
        "第一条　甲。\n前款规定的人除外。\n前两款以外的事由村里商量。\n第二条　前条第三款不适用于外村。",
        "第一条　有：\n（一）甲；\n（二）乙。\n前款第二项规定的人除外。\n第二条　依照第一条第一款第一项、第二项办理。",
        "第一条　违反本条例第二条规定的，罚款。\n第二条　任何人不得倾倒。",
        "第一条　县级人民政府及其有关部门应当建立台账。应当公开台账。",
        "第一条　公物管理应当坚持节约。",
        "第一条　运输公物，应当捆扎牢固。",
        "第一条　在公园里从事经营的，应当遵守公约。",
        "第一条　编制公物规划应当征求意见。",
        "第一条　管理部门对送来的公物应当登记。",
        "第一条　借用公物的申请书应当载明用途。",
        "第一条　必须连夜施工的，由管理部门批准。",
        "第一条　监狱应当教育罪犯爱护公物。",
        "第一条　违反本条例规定，未及时归还公物的，责令限期归还。",
        "第一条　管理部门应当按照国家有关规定定期清点公物。",
        "第一条　管理部门应当及时归还公物。\n归还的期限为三日。",
        "第一条　清点公物遵循公正、及时的原则。",
        "第一条　管理部门应当召开定期会议，在指定期限内答复。",
        "第一条　不得倾倒垃圾。",
        "第一条　每个村不少于五名，不超过9人，面积不低于30平方米，满十八周岁，达到百分之五以上。",
        "第一条　本条例自2026年1月1日起施行。",
        "第一条　村民委员会应当在三日内及时回应，每年定期公开一次。",
        "第一条　“本条例第九十条”是旧称。",
    ],
)
def test_what_is_in_order(text: str) -> None:
    assert found(f"某省公物条例\n{text}") == []


def test_an_amendment_speaks_of_another_act() -> None:
    assert "reference" not in {flag.kind for flag in findings(read_tree(acts.AMENDMENT))}


def test_a_finding_names_its_line_and_reads_in_words() -> None:
    flags = findings(read_tree("某省公物条例\n\n第一条　依照本条例第五十条办理。"))
    assert as_json(flags) == {
        "findings": [
            {
                "kind": "reference",
                "at": "art_1__para_1",
                "line": 3,
                "text": "依照本条例第五十条办理。",
                "message": "“本条例第五十条”：本文没有这一条（共至第一条）。",
            }
        ]
    }
    assert set(KINDS) >= {flag.kind for flag in flags}

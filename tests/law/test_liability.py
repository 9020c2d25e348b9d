"""Who corrects (责任条款): what the packs say, and that a slip in a row is told with its place."""

from __future__ import annotations

import pytest

from linli.law import words
from linli.law.check import check_pack
from linli.law.load import load_pack, read_pack
from linli.law.types import Pack, PackError

HEAD = """[pack]
id = "garden"
place = "99"
title = "菜园"
short = "菜园"
status = "draft"

[[article]]
at = "art_1"
number = "第一条"
topic = "garden"
gist = "种菜"
sentences = [1]
sha256 = "{zero}"

[[article]]
at = "art_2"
number = "第二条"
topic = "garden"
gist = "纠正"
sentences = [1]
sha256 = "{zero}"

[[waiver]]
at = "art_2__para_1"
sentences = [1]
reason = "责任"

[[duty]]
id = "water"
at = "art_1__para_1"
sentences = [1]
force = "hard"
bearer = ["committee"]
subject = "community"
who = "both"
gist = "浇水"
evidence = ["work_record"]
sanction = "art_2"
""".replace("{zero}", "0" * 64)
ROW = """
[[liability]]
id = "water"
at = "art_2__para_1"
breach = ["neglect"]
bearer = ["committee"]
correctors = ["assembly", "township"]
measures = ["correct"]
gist = "先由大家纠正"
"""


def garden(extra: str) -> Pack:
    return read_pack((HEAD + extra).encode(), "garden/pack.toml")


def test_hubei_names_the_corrector_of_each_breach() -> None:
    pack = load_pack("hubei")
    asked = {
        ("push_down", "street"): ("push_down", ("same_government",), "supervisory"),
        ("push_down", "department"): ("push_down", ("same_government",), "supervisory"),
        ("complaint_ignored", "state_body"): ("state_bodies", ("competent",), "criminal"),
        ("neglect", "committee"): ("committee", ("assembly", "township", "county"), ""),
        ("worker", "committee"): ("workers", ("two_committees", "township"), "supervisory"),
    }
    for (breach, bearer), (id, correctors, severe) in asked.items():
        row = pack.liability_for(breach, {bearer, "any"})
        assert row is not None and (row.id, row.correctors, row.severe) == (id, correctors, severe)
    assert [row.at for row in pack.liabilities] == [f"art_{n}__para_1" for n in (41, 42, 43, 44)]
    assert pack.liability_for("neglect", {"property_firm"}) is None, "chapter 6 says nothing of firms"


def test_hunan_has_no_ladder() -> None:
    assert load_pack("hunan").liabilities == ()


def test_every_code_of_a_row_has_words() -> None:
    for row in load_pack("hubei").liabilities:
        assert set(row.breach) <= set(words.BREACHES) and set(row.measures) <= set(words.MEASURES)
        assert set(row.correctors) <= set(words.CORRECTORS)


def test_a_pack_in_order_passes_the_check() -> None:
    assert check_pack(garden(ROW)).ok


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('["neglect"]', '["sloth"]', r"liability\[1\]\.breach：“sloth”不在"),
        ('["committee"]\ncorrectors', '["gnome"]\ncorrectors', r"liability\[1\]\.bearer：“gnome”不在"),
        ('"township"]', '"gnome"]', r"correctors：“gnome”不在"),
        ('measures = ["correct"]\n', "", "measures"),
        ('gist = "先由大家纠正"', 'gist = "先由大家纠正"\nsevere = "supervisory"', "severe_when"),
        ('gist = "先由大家纠正"', 'gist = "先由大家纠正"\nseverity = 1', "severity：不认识这个键"),
    ],
)
def test_a_slip_in_a_row_is_told_with_its_place(old: str, new: str, said: str) -> None:
    assert old in ROW
    with pytest.raises(PackError, match=said):
        garden(ROW.replace(old, new))


def test_the_check_finds_a_row_at_no_article_a_sanction_without_a_corrector_and_two_correctors() -> None:
    lost = check_pack(garden(ROW.replace("art_2__para_1", "art_9__para_1")))
    assert {problem.at for problem in lost.problems} == {"art_9__para_1", "art_1__para_1"}
    assert any("没有 [[liability]]，说不清由谁纠正" in problem.message for problem in lost.problems)
    twice = check_pack(garden(ROW + ROW.replace('id = "water"', 'id = "again"')))
    assert [problem.kind for problem in twice.problems] == ["liability"]
    assert "与 water 重复" in twice.problems[0].message

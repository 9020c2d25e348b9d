"""Packs: what a good one gives, and that every fault of a bad one is told with file and key."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from pathlib import Path

import pytest

from linli.law.frame import VERDICTS, judge_frame
from linli.law.judge import judge
from linli.law.load import PACKS, cite, load_pack, pack_for_place, packs, read_pack
from linli.law.types import PackError

GOOD = f"""
[pack]
id = "garden"
place = "99"
title = "某省菜园条例（草案）"
short = "菜园条例"
status = "draft"
[[article]]
at = "art_1"
number = "第一条"
topic = "water"
gist = "浇水"
sentences = [2]
sha256 = "{"0" * 64}"
[param.litres]
at = "art_1"
label = "每日水量"
unit = "litres"
values = [{{ from = "simulated", value = 18 }}]
[param.pay]
label = "工钱"
unit = "yuan"
values = []
[param.plots]
label = "地块数"
unit = "count"
values = [{{ from = 2026-01-01, value = 3 }}, {{ from = 2020-01-01, to = 2025-12-31, value = 2 }}]
[measure.litres_used]
label = "用水"
kind = "number"
unit = "count"
level = "community"
[[duty]]
id = "water"
at = "art_1__para_1"
sentences = [1, 2]
force = "hard"
bearer = ["county"]
subject = "garden"
who = "both"
gist = "按时浇水"
verbs = ["gardens.watered"]
measure = "litres_used"
at_least = "litres"
[[action]]
verb = "gardens.opened"
at = []
[[case]]
duty = "water"
given = {{ litres_used = 3 }}
expect = {{ verdict = "unmet" }}
"""


def test_every_pack_in_the_folder_loads() -> None:
    assert packs()[0] == "national"
    for id in packs():
        assert load_pack(id).id == id


def test_loading_is_cached() -> None:
    assert load_pack("national") is load_pack("national")


def test_the_longest_prefix_wins_and_elsewhere_the_national_pack_holds() -> None:
    for id in packs():
        pack = load_pack(id)
        assert pack_for_place(f"{pack.place}0102003004" if pack.place else None) is pack
    assert pack_for_place("990000").id == "national"


def test_longer_prefix_beats_shorter(tmp_path: Path) -> None:
    for id, place in (("national", ""), ("prov", "99"), ("city", "9901")):
        (tmp_path / id).mkdir()
        text = GOOD.replace('id = "garden"', f'id = "{id}"').replace('place = "99"', f'place = "{place}"')
        (tmp_path / id / "pack.toml").write_text(text, "utf-8")
    assert pack_for_place("990155", tmp_path).id == "city"
    assert pack_for_place("990255", tmp_path).id == "prov"
    assert pack_for_place(None, tmp_path).id == "national"


def test_parameters_follow_the_date() -> None:
    pack = read_pack(GOOD.encode(), "garden/pack.toml")
    assert pack.param("plots", dt.date(2025, 12, 31)) == 2
    assert pack.param("plots", dt.date(2026, 1, 1)) == 3
    assert pack.param("plots", dt.date(2019, 12, 31)) is None
    assert pack.param("plots") == 3
    assert pack.param("litres", dt.date(2030, 1, 1)) == 18
    assert pack.param("pay") is None
    with pytest.raises(KeyError, match="没有参数"):
        pack.param("shade")


THRESHOLDS: dict[str, tuple[object, object]] = {
    # what each parameter is on 2025-12-31 under the laws of 2018, and on 2026-01-01 under those of 2025
    "rc_size_min": (5, 5), "rc_size_max": (9, 9), "rc_term_years": (5, 5), "rc_voter_age": (18, 18),
    "rc_households_min": (100, 1000), "rc_households_max": (700, 3000),
    "rc_representative_households_min": (None, 20), "rc_representative_households_max": (None, 50),
    "rc_group_representatives_min": (2, None), "rc_group_representatives_max": (3, None), "rc_worker_months": (None, 6),
    "rc_women_required": (None, True), "rc_relatives_excluded": (None, True), "rc_candidates_exceed_seats": (None, True),
    "rc_election_modes": ("全体有选举权的居民、每户代表、居民小组代表", "全体选民、每户代表、居民代表"),
    "rc_roll_published_days": (None, 20), "rc_roll_objection_days": (None, 5), "rc_roll_decision_days": (None, 3),
    "rc_nominators_min": (None, 10), "rc_poll_valid": (None, "1/2"), "rc_poll_valid_representatives": (None, "2/3"),
    "rc_elected": (None, "1/2"), "rc_revote_elected": (None, "1/3"), "rc_proxy_max": (None, 3),
    "rc_proxy_candidate_barred": (None, True), "rc_proxy_barred_for_representatives": (None, True),
    "rc_recall_voters": (None, "1/10"), "rc_recall_representatives": (None, "1/3"), "rc_handover_days": (None, 10),
    "rc_assembly_call_residents": ("1/5", "1/10"), "rc_assembly_call_households": ("1/5", "1/10"),
    "rc_assembly_call_groups": ("1/3", None), "rc_assembly_call_representatives": (None, "1/3"),
    "rc_assembly_notice_days": (None, 10), "rc_assembly_quorum": ("1/2", "1/2"), "rc_assembly_pass": ("1/2", "1/2"),
    "rc_representatives_every_months": (None, 6), "rc_representatives_call": (None, "1/5"),
    "rc_representatives_share": (None, "4/5"), "rc_representatives_quorum": (None, "2/3"), "rc_representatives_pass": (None, "1/2"),
    "rc_disclosure_posted_days": (None, 15), "rc_appraisal_every_months": (None, 12), "rc_appraisal_failures": (None, 2),
    "vc_size_min": (3, 3), "vc_size_max": (7, 7), "vc_voter_age": (18, 18), "vc_residence_years": (1, 1),
    "vc_women_required": (True, True), "vc_relatives_excluded": (None, True), "vc_newcomers_need_consent": (True, True),
    "vc_roll_once_only": (True, True), "vc_candidates_exceed_seats": (True, True), "vc_secret_ballot": (True, True),
    "vc_representative_households_min": (5, 5), "vc_representative_households_max": (15, 15), "vc_representatives_women": ("1/3", "1/3"),
    "vc_roll_published_days": (20, 20), "vc_roll_objection_days": (5, 5), "vc_roll_decision_days": (3, 3),
    "vc_poll_valid": ("1/2", "1/2"), "vc_elected": ("1/2", "1/2"), "vc_revote_elected": ("1/3", "1/3"),
    "vc_proxy_max": (None, 3), "vc_proxy_candidate_barred": (None, True),
    "vc_recall_voters": ("1/5", "1/5"), "vc_recall_representatives": ("1/3", "1/3"), "vc_recall_valid": ("1/2", "1/2"),
    "vc_recall_pass": ("1/2", "1/2"), "vc_handover_days": (10, 10),
    "vc_assembly_call_villagers": ("1/10", "1/10"), "vc_assembly_call_representatives": ("1/3", "1/3"), "vc_assembly_notice_days": (10, 10),
    "vc_assembly_quorum": ("1/2", "1/2"), "vc_assembly_quorum_households": ("2/3", "2/3"), "vc_assembly_pass": ("1/2", "1/2"),
    "vc_representatives_every_months": (3, 3), "vc_representatives_call": ("1/5", "1/5"), "vc_representatives_quorum": ("2/3", "2/3"),
    "vc_representatives_pass": ("1/2", "1/2"), "vc_disclosure_every_months": (3, 3), "vc_disclosure_money_every_months": (1, 1),
    "vc_disclosure_major_at_once": (True, True), "vc_disclosure_posted_days": (None, 15),
    "vc_appraisal_every_months": (12, 12), "vc_appraisal_failures": (2, 2),
}  # fmt: skip


def test_the_thresholds_of_both_committee_laws_switch_with_the_year() -> None:
    national = load_pack("national")
    before, after = dt.date(2025, 12, 31), dt.date(2026, 1, 1)
    both = {name for name in national.params if name.startswith(("rc_", "vc_"))}
    assert {name: (national.param(name, before), national.param(name, after)) for name in both} == THRESHOLDS
    long_ago = dt.date(2018, 12, 28)
    assert {national.param(name, long_ago) for name in both} == {None}, "what held before 2018 is not in the pack"
    for name in both:
        for dated in national.params[name].values:
            version = "2025 年" if dated.start == after else "2018 年修正）第"
            assert version in dated.source, name


def test_a_rule_over_a_national_threshold_is_judged_by_the_law_of_its_day() -> None:
    extra = '[[duty]]\nid = "size"\nat = "art_1__para_1"\nsentences = [1]\nforce = "hard"\nbearer = ["county"]\nsubject = "community"\n'
    extra += 'who = "urban"\ngist = "规模"\nmeasure = "households"\nat_least = "rc_households_min"\nat_most = "rc_households_max"\n'
    pack = read_pack((GOOD + extra).encode(), "garden/pack.toml", load_pack("national"))
    days = {dt.date(2025, 12, 31): ["met", "unmet", "unmet"], dt.date(2026, 1, 1): ["unmet", "met", "unmet"]}
    for on, verdicts in days.items():
        each = [judge(pack.duty("size"), pack, {"kind": "urban", "households": n}, on) for n in (700, 1000, 3001)]
        assert [one and one.verdict for one in each] == verdicts
        [frame] = judge_frame(pack, {"kind": ["urban"] * 3, "households": [700, 1000, 3001]}, on, duties=["size"])
        assert [VERDICTS[code] for code in frame.verdict] == verdicts
    [early] = judge_frame(pack, {"kind": ["urban"], "households": [700]}, dt.date(2018, 1, 1), duties=["size"])
    assert early.finding(0).missing == ("rc_households_min",)


def test_other_national_numbers_hold_from_the_day_of_their_law() -> None:
    national = load_pack("national")
    assert national.param("owners_part_area", dt.date(2020, 12, 31)) is None
    assert [national.param(f"owners_{name}", dt.date(2021, 1, 1)) for name in ("part_area", "pass_count", "pass_major_area")] == ["2/3", "1/2", "3/4"]  # fmt: skip
    on = dt.date(2026, 6, 30)
    names = (
        "mediation_confirmation_days",
        "mediation_free",
        "mediation_may_be_refused",
        "volunteer_organiser_certifies",
    )
    assert [national.param(name, on) for name in names] == [30, True, True, True]
    assert [national.param(name, on) for name in ("hotline_answer_seconds", "hotline_connection_rate")] == [15, "19/20"]


def test_every_national_value_names_its_source_and_shares_are_fractions() -> None:
    for param in load_pack("national").params.values():
        for value in param.values:
            assert value.source, param.name
            if param.unit in ("share_min", "share_over"):
                assert 0 < Fraction(str(value.value)) < 1, param.name


def test_a_province_falls_back_on_national_parameters_and_presets() -> None:
    pack = read_pack(GOOD.encode(), "garden/pack.toml", load_pack("national"))
    assert pack.param("owners_pass_major_area", dt.date(2026, 5, 1)) == "3/4"
    assert pack.preset("shandong").id == "shandong"
    with pytest.raises(KeyError, match="没有名为"):
        pack.preset("nowhere")


def test_presets_hold_only_what_their_source_states() -> None:
    shandong, beijing = load_pack("national").preset("shandong"), load_pack("national").preset("beijing")
    handle, danger = shandong.limit("appeals.handle"), beijing.limit("appeals.dispatch_danger")
    assert handle and (handle.amount, handle.unit) == (5, "working_days")
    assert danger and (danger.amount, danger.unit) == (1, "hours")
    assert shandong.limit("mandates.apply_ahead") is None
    apply = beijing.limit("mandates.apply_ahead")
    assert apply and "西城" in apply.source


def test_a_verb_rests_on_the_table_and_on_the_duties_it_is_evidence_of() -> None:
    pack = read_pack(GOOD.encode(), "garden/pack.toml")
    assert pack.articles_for("gardens.watered") == ("art_1__para_1",)
    assert pack.articles_for("gardens.opened") == ()
    assert pack.articles_for("gardens.unheard_of") == ()


def test_articles_are_found_by_any_eid_within_them() -> None:
    pack = read_pack(GOOD.encode(), "garden/pack.toml")
    assert pack.article("art_1__para_1__point_2").topic == "water"
    assert pack.duty("water").rule is not None
    with pytest.raises(KeyError, match="art_9"):
        pack.article("art_9")


@pytest.mark.parametrize(
    ("eid", "text"),
    [
        ("art_14", "第十四条"),
        ("art_14__para_1", "第十四条第一款"),
        ("art_12-1", "第十二条之一"),
        ("art_8__para_1__point_3", "第八条第一款第（三）项"),
        ("art_8__para_1__point_3__item_2", "第八条第一款第（三）项第2目"),
        ("chp_2", "第二章"),
        ("part_1__chp_2__sec_11", "第一编第二章第十一节"),
    ],
)
def test_citations_read_as_lawyers_write_them(eid: str, text: str) -> None:
    assert cite(eid) == text


@pytest.mark.parametrize("eid", ["", "art_0", "art_1__point_2", "art_x", "art_1__para_01", "art_1 "])
def test_bad_eids_are_refused(eid: str) -> None:
    with pytest.raises(ValueError, match="不是有效的条款编号"):
        cite(eid)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('status = "draft"', 'status = "maybe"', "pack.status"),
        ('short = "菜园条例"', "", "pack.short"),
        ('topic = "water"', 'topic = "water"\ncolour = "red"', r"article\[1\].colour"),
        ("sentences = [2]", "sentences = [-1]", r"article\[1\].sentences"),
        (f'"{"0" * 64}"', '"abc"', r"article\[1\].sha256"),
        ('at = "art_1__para_1"', 'at = "art_1_para_1"', r"duty\[1\].at"),
        ("sentences = [1, 2]", "sentences = []", r"duty\[1\].sentences"),
        ('force = "hard"', 'force = "firm"', r"duty\[1\].force"),
        ('who = "both"', 'who = "all"', r"duty\[1\].who"),
        ('bearer = ["county"]', "bearer = []", r"duty\[1\].bearer"),
        ('at_least = "litres"', 'contains = ["a"]', r"duty\[1\].contains"),
        ('at_least = "litres"', 'set = "tools"', r"duty\[1\]"),
        ('measure = "litres_used"', "", r"duty\[1\].at_least"),
        ('from = "simulated"', 'from = "soon"', r"param.litres.values\[1\].from"),
        ("to = 2025-12-31", "to = 2026-12-31", "param.plots.values"),
        ("to = 2025-12-31", "to = 2019-12-31", r"param.plots.values\[2\].to"),
        ("value = 18", "value = [18]", r"param.litres.values\[1\].value"),
        ("at = []", 'at = "art_1"', r"action\[1\].at"),
        ('duty = "water"', 'duty = "rain"', r"case\[1\].duty"),
        ("[[action]]", "[[actoin]]", "actoin"),
        ("[[action]]", "[[action", "TOML"),
    ],
)
def test_a_fault_is_told_with_file_and_key(old: str, new: str, key: str) -> None:
    assert old in GOOD
    with pytest.raises(PackError, match=rf"garden/pack\.toml.*{key}"):
        read_pack(GOOD.replace(old, new, 1).encode(), "garden/pack.toml")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('measure = "litres_used"', 'measure = "litres_usde"', r"duty\[1\]\.measure：没有声明过“litres_usde”（是不是 litres_used？）"),
        ('at_least = "litres"', 'at_least = "2 * liters"', r"duty\[1\]\.at_least：没有声明过“liters”（是不是 litres？）"),
        ('at_least = "litres"', 'at_least = "1"\nwhen = "rain"', r"duty\[1\]\.when：没有声明过“rain”"),
        ('at_least = "litres"', "", r"duty\[1\]：规则不完整，还要写 at_least 或 at_most"),
        ('at_least = "litres"', 'at_least = "1"\nshape = "median"', r"duty\[1\]\.shape：不认识这个键"),
        ('at_least = "litres"', 'at_least = "1e999999999"', r"duty\[1\]\.at_least：.*科学记数法"),
        ('measure = "litres_used"\nat_least = "litres"', 'set = "litres_used"\ncontains = ["a"]', r"duty\[1\]\.set：.*是数字.*要用集合"),
        ('measure = "litres_used"\nat_least = "litres"', 'set = "zones"\ncontains = "ab"', r"duty\[1\]\.contains：应为文字数组"),
        ('measure = "litres_used"\nat_least = "litres"', 'record = "drills"\nevery = "wet"', r"duty\[1\]\.every：没有参数“wet”.*values 写 \[\]"),
        ('measure = "litres_used"\nat_least = "litres"', 'record = "drills"\nevery = "litres"', r"duty\[1\]\.every：参数“litres”的单位是 litres"),
        ('measure = "litres_used"\nat_least = "litres"', "", r"duty\[1\]\.evidence：没有规则的职责要写明用什么证明"),
        ('measure = "litres_used"\nat_least = "litres"', 'list = "assisted"\npublished = "yes"', r"duty\[1\]\.(list|published)"),
        ('at = "art_1__para_1"', 'at = "art_7__para_1"', r"duty\[1\]\.at：本包没有 art_7__para_1 所在的条，请补"),
        ("litres_used = 3", "litres_usd = 3", r"case\[1\]\.given：没有声明过“litres_usd”"),
        ('verdict = "unmet"', 'verdict = "bad"', r"case\[1\]\.expect\.verdict：应为 met"),
        ('verdict = "unmet"', 'want = 3', r"case\[1\]\.expect：不认识 want"),
        ("value = 18", "value = nan", r"param\.litres\.values\[1\]\.value"),
        ('status = "draft"', 'status = "draft"\nstatus = "draft"', "TOML 写法有误，在"),
        ('status = "draft"', "status = draft", "TOML 写法有误，在第 7 行第 10 列"),
    ],
)  # fmt: skip
def test_what_a_pack_speaks_of_must_be_there_and_the_message_says_how_to_mend_it(old: str, new: str, told: str) -> None:
    assert old in GOOD
    with pytest.raises(PackError, match=rf"garden/pack\.toml.*{told}"):
        read_pack(GOOD.replace(old, new, 1).encode(), "garden/pack.toml")


def test_an_unknown_limit_is_told_only_where_the_base_pack_has_none_either() -> None:
    rule = 'set = "zones"\ncontains = ["甲"]'
    text = GOOD.replace('measure = "litres_used"\nat_least = "litres"', rule).replace(
        "litres_used = 3", 'zones = ["乙"]'
    )
    with pytest.raises(PackError, match=r"duty\[1\]\.set：没有声明过“zones”"):
        read_pack(text.encode(), "garden/pack.toml")
    assert read_pack(text.encode(), "garden/pack.toml", load_pack("national")).duties[0].rule is not None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a = " + "[" * 20_000, "嵌套过深"),
        ("a = " + "{ a = " * 20_000, "嵌套过深"),
        (".".join("a" * 200_000) + " = 1", "第 1 行：键的层级过深"),
        ("x = { " + ".".join(["'a'"] * 50_000) + " = 1 }", "第 1 行：键的层级过深"),
        ("\n[" + ".".join("a" * 200_000) + "]", "第 2 行：键的层级过深"),
        ("a = " + "9" * 100_000, "TOML 写法有误"),
        ("# 很长\n" * 500_000, "文件超过 4 MB"),
        ("\x00", "TOML 写法有误"),
        ("", "pack：缺少这张表"),
        ("pack = 3", "pack：应为一张表"),
    ],
    ids=["arrays", "tables", "dotted", "quoted", "header", "digits", "large", "nul", "empty", "no table"],
)
def test_a_file_made_to_do_harm_is_refused_at_once(text: str, told: str) -> None:
    with pytest.raises(PackError, match=told):
        read_pack(text.encode(), "bomb/pack.toml")


def test_a_pack_saved_with_a_byte_order_mark_is_read() -> None:
    assert read_pack(b"\xef\xbb\xbf" + GOOD.encode(), "garden/pack.toml").id == "garden"


def test_a_pack_that_cannot_be_opened_is_told_by_name(tmp_path: Path) -> None:
    (tmp_path / "other" / "pack.toml").mkdir(parents=True)
    with pytest.raises(PackError, match=r"other/pack\.toml：读不了这个文件"):
        load_pack("other", tmp_path)


def test_doubled_ids_are_refused() -> None:
    duty = GOOD[GOOD.index("[[duty]]") : GOOD.index("[[action]]")]
    with pytest.raises(PackError, match=r"duty\.id：重复出现 water"):
        read_pack((GOOD + duty).encode(), "garden/pack.toml")


def test_a_pack_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(PackError, match="UTF-8"):
        read_pack(GOOD.encode("gb18030"), "garden/pack.toml")


@pytest.mark.parametrize("id", ["nowhere", "../packs/national", ""])
def test_unknown_packs_are_refused_by_name(id: str) -> None:
    with pytest.raises(PackError, match="没有名为"):
        load_pack(id)


def test_a_pack_must_carry_its_folders_name(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "pack.toml").write_text(GOOD, "utf-8")
    with pytest.raises(PackError, match=r"pack\.id"):
        load_pack("other", tmp_path)


def test_packs_hold_data_only() -> None:
    assert {path.suffix for path in PACKS.rglob("*") if path.is_file()} == {".toml"}

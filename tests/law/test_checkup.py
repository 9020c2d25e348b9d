"""The check-up's reading (体检读表): what a cell says, which column is which, whose row it is, and what cannot be true."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from linli.law.checkup import cells
from linli.law.checkup.asks import asks_of
from linli.law.checkup.head import Grid, find_sheets
from linli.law.checkup.mends import mends_of
from linli.law.checkup.report import Report, judge_reading
from linli.law.checkup.table import Reading, read_levels
from linli.law.load import load_pack

HUBEI = load_pack("hubei")
AS_OF = dt.date(2026, 6, 30)
HEAD = ("社区代码", "社区名称", "街道", "城乡类别", "常住人口", "户数", "社区工作者", "综合服务设施面积")


def grid(*rows: tuple[object, ...], name: str = "表", **more: Any) -> Grid:
    return Grid(name, [(line, row) for line, row in enumerate(rows, 1)], **more)


def read(*grids: Grid, pack: Any = HUBEI, known: frozenset[str] = frozenset()) -> Reading:
    found, _ = find_sheets(grids, [pack])
    return read_levels(found, pack, AS_OF, known)


def judged(*grids: Grid, pack: Any = HUBEI) -> Report:
    found, notes = find_sheets(grids, [pack])
    return judge_reading(read_levels(found, pack, AS_OF), found, pack, AS_OF, notes=notes)


def verdicts(report: Report, duty: str, level: str = "community", *, total: bool = False) -> list[str]:
    one = next(one for one in report.judged[level] if one.duty.id == duty and one.total == total)
    return [one.finding(row).verdict.value for row in range(len(one.verdict))]


# ---------------------------------------------------------------- cells


@pytest.mark.parametrize(
    ("cell", "unit", "value"),
    [
        ("30㎡", "m2", 30),
        ("1.2万", "persons", 12_000),
        ("1,234", "persons", 1234),
        ("１２３４人", "persons", 1234),
        ("约300", "persons", 300),
        ("300余户", "households", 300),
        (" 1 200 ", "persons", 1200),
        ("0", "count", 0),
        (21.0, "persons", 21),
        ("1.5亩", "m2", 1000),
        ("0.5万平方米", "m2", 5000),
        ("2000元/月", "yuan_per_month", 2000),
    ],
)
def test_a_figure_is_read_as_people_type_it(cell: object, unit: str, value: float) -> None:
    assert cells.number(cell, unit)[0] == value


@pytest.mark.parametrize("cell", ["", "-", "/", "——", "不详", "未统计", "暂无数据", "N/A", " － "])
def test_a_cell_that_says_nothing_is_unknown_and_never_0(cell: str) -> None:
    assert cells.number(cell, "persons")[0] is None
    assert cells.items(cell, ("人民调解",))[0] is None
    assert cells.days(cell, AS_OF)[0] is None


@pytest.mark.parametrize("cell", ["无", "没有", " 无 "])
def test_none_is_0_of_what_is_counted_and_of_a_list_and_unknown_of_a_day_or_an_average(cell: str) -> None:
    for unit in ("persons", "households", "m2", "count", "yuan"):
        assert cells.number(cell, unit) == (0, cells.AS_ZERO)
    assert cells.number(cell, "yuan_per_month")[0] is None
    assert cells.items(cell, ("人民调解",)) == (frozenset(), ())
    assert cells.days(cell, AS_OF)[0] is None and "暂按没有数据" in cells.days(cell, AS_OF)[1]


def test_none_is_judged_as_0_and_told_once_a_column_with_its_rows() -> None:
    head = ("社区", "类别", "常住人口", "社区工作者", "综合服务设施面积", "户数")
    rows = [
        ("甲", "城市", 12000.0, "无", "没有", 300.0),
        ("乙", "城市", 12000.0, "无", "—", 300.0),
        ("丙", "城市", "无", 3.0, 900.0, 300.0),
    ]
    report = judged(grid(head, *rows))
    assert verdicts(report, "staffing") == ["unmet", "unmet", "unknown"]
    told = [str(one) for one in report.problems if "无" in str(one) or "是 0" in str(one)]
    assert sum("按 0 计" in one for one in told) == 2 and any("共 2 行" in one for one in told)
    assert any("是 0，按没有数据处理" in one for one in told), "nobody in a community is a figure not filled in"


@pytest.mark.parametrize(
    "cell", ["-3", -3.0, "十八", "30%", "3人左", True, "#REF!", 2.5, "3-5", "12间", float("nan"), dt.date(2026, 1, 1)]
)
def test_what_cannot_be_a_number_of_persons_is_refused_with_a_remedy(cell: object) -> None:
    with pytest.raises(cells.BadCell) as bad:
        cells.number(cell, "persons")
    assert bad.value.why and bad.value.mend


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2026年6月30日", (2026, 6, 30)),
        ("2026.6.30", (2026, 6, 30)),
        ("2026/6/3", (2026, 6, 3)),
        ("2026-06-03 09:30", (2026, 6, 3)),
        ("２０２６年６月", (2026, 6, 1)),
        ("20260603", (2026, 6, 3)),
        (46176.0, (2026, 6, 3)),
        ("46176", (2026, 6, 3)),
        (20260603.0, (2026, 6, 3)),
        (dt.datetime(2026, 6, 3, 8), (2026, 6, 3)),
    ],
)
def test_a_day_is_read_in_the_forms_that_people_use(cell: object, day: tuple[int, int, int]) -> None:
    assert cells.day(cell)[0] == dt.date(*day)


@pytest.mark.parametrize("cell", ["2026-02-30", "春天", "2026年", "3", 12.0, "1/2/2026", True])
def test_what_is_no_day_is_refused(cell: object) -> None:
    with pytest.raises(cells.BadCell):
        cells.day(cell)


def test_days_after_the_check_up_do_not_count_and_alone_say_nothing() -> None:
    found, note = cells.days("2026.3.1、2026年12月1日", AS_OF)
    assert found == (dt.date(2026, 3, 1),) and "不计入" in note
    with pytest.raises(cells.BadCell, match="晚于体检日"):
        cells.days("2062-03-01", AS_OF)
    assert cells.days("0", AS_OF)[0] == () and cells.days(0.0, AS_OF)[0] == ()


def test_a_set_is_read_by_its_items_however_they_are_written() -> None:
    wanted = ("人民调解", "治安保卫", "公共卫生", "妇女和儿童工作")
    for cell in (
        "人民调解、治安保卫、公共卫生、妇女儿童",
        "人民调解委员会 治安保卫委员会,公共卫生委员会；妇女和儿童工作委员会",
    ):
        assert cells.items(cell, wanted) == (frozenset(wanted), ())
    assert cells.items("人民调解、书法", wanted) == (frozenset({"人民调解"}), ("书法",))
    assert cells.items("0", wanted)[0] == frozenset()


@pytest.mark.parametrize(
    ("cell", "kind"),
    [("城市社区", "urban"), ("居委会", "urban"), (111.0, "urban"), ("村委会", "rural"), ("220", "rural"), ("", None)],
)
def test_town_and_village_are_told_by_words_and_by_codes(cell: object, kind: str | None) -> None:
    assert cells.urban(cell) == kind


def test_a_unit_in_the_title_scales_and_one_of_another_kind_is_refused() -> None:
    assert cells.scale_of("persons", ["万人"]) == Decimal(10_000)
    assert cells.scale_of("m2", ["㎡"]) == cells.scale_of("m2", []) == Decimal(1)
    assert cells.scale_of("persons", ["㎡"]) is None


# ---------------------------------------------------------------- columns and sheets


def test_columns_come_from_what_the_rules_of_the_pack_count() -> None:
    hubei, hunan = ({ask.key for ask in asks_of([load_pack(id)], "community")} for id in ("hubei", "hunan"))
    assert {"residents", "households", "workers", "area", "subcommittees", "committee_drills"} <= hubei
    assert "residents" not in hunan and {"units_open", "facility_kinds"} <= hunan
    for ask in asks_of([HUBEI], "community"):
        measure = HUBEI.find_measure(ask.key)
        if ask.kind in ("number", "flag", "set", "dates") and measure is not None:
            assert measure.label == ask.label, "the label is the pack's, not ours"


def test_a_header_is_found_below_titles_in_any_order_and_by_any_usual_name() -> None:
    found, notes = find_sheets(
        [
            grid(
                ("某县社区情况表", "", "", "", "", ""),
                ("单位：人、户", "", "", "", "", ""),
                ("服务用房面积（㎡）", "总人口(万人)", "村（社区）", "书记姓名", "现有社区工作者", "类 型"),
                (900.0, 0.5, "甲", "某", 9.0, "城市"),
            )
        ],
        [HUBEI],
    )
    one = found["community"]
    assert [one.columns[at].key for at in sorted(one.columns)] == ["area", "residents", "name", "workers", "kind"]
    assert one.header == (3,) and one.scales[1] == 10_000 and one.ignored == ["书记姓名"]
    assert any("表头在第 3 行" in str(note) for note in notes)


def test_a_header_of_two_lines_with_merged_groups_is_read() -> None:
    one = find_sheets(
        [
            grid(
                ("社区名称", "人口情况", "", "阵地"),
                ("", "常住人口", "户数", "面积"),
                ("甲", 900.0, 300.0, 500.0),
                merged=((1, 0, 2, 0), (1, 1, 1, 2)),
            )
        ],
        [HUBEI],
    )[0]["community"]
    assert [one.columns[at].key for at in range(4)] == ["name", "residents", "households", "area"] and one.header == (
        1,
        2,
    )


def test_a_line_of_units_below_the_header_belongs_to_it() -> None:
    one = find_sheets([grid(("社区", "人口", "户数"), ("", "（万人）", "（户）"), ("甲", 0.3, 900.0))], [HUBEI])[0][
        "community"
    ]
    assert one.header == (1, 2) and one.scales[1] == 10_000


def test_of_several_sheets_the_fitting_one_is_chosen_and_the_others_are_named() -> None:
    found, notes = find_sheets(
        [grid(("姓名", "职务"), ("某", "干事"), name="通讯录"), grid(HEAD, name="数据")], [HUBEI]
    )
    assert found["community"].grid.name == "数据"
    assert any(note.sheet == "通讯录" and "没有用到" in note.why for note in notes)


def test_a_column_that_stands_twice_is_read_once_and_said_so() -> None:
    one = find_sheets([grid(("社区", "常住人口", "人口数"), ("甲", 1.0, 2.0))], [HUBEI])[0]["community"]
    assert one.columns[1].key == "residents" and 2 not in one.columns and "只留一列" in str(one.problems[0])


def test_a_person_may_say_what_a_column_is() -> None:
    sheet = grid(("社区", "办公房", "人口数"), ("甲", 900.0, 5.0))
    one = find_sheets([sheet], [HUBEI], {"办公房": "area", "人口数": "-"})[0]["community"]
    assert {at: ask.key for at, ask in one.columns.items()} == {0: "name", 1: "area"} and one.ignored == ["人口数"]


def test_items_may_stand_in_columns_of_their_own_and_one_that_is_not_asked_is_unknown() -> None:
    head = ("社区", "类别", "是否有应急处置预案", "应急队伍")
    report = judged(grid(head, ("甲", "城市", "是", "√"), ("乙", "城市", "有", ""), ("丙", "城市", "", "无")))
    assert verdicts(report, "emergency_team") == ["met", "unknown", "unmet"]
    assert verdicts(report, "emergency_plan") == ["met", "met", "unknown"]
    assert verdicts(report, "emergency_stock") == ["unknown"] * 3, (
        "nobody asked for it: that is no fault of the community"
    )
    four = ("社区", "类别", "人民调解", "治安保卫委员会", "公共卫生", "环境和物业管理")
    report = judged(grid(four, ("甲", "城市", "是", "是", "是", "否"), ("乙", "城市", "是", "是", "", "否")))
    assert verdicts(report, "subcommittees_urban") == ["unmet", "unknown"]


# ---------------------------------------------------------------- rows


def row(code: str = "429901001001", name: str = "甲", kind: str = "城市", *figures: object) -> tuple[object, ...]:
    return (code, name, "河东街道", kind, *(figures or (10_000.0, 3000.0, 18.0, 1000.0)))


def test_sums_remarks_and_the_example_are_passed_over_and_said_so() -> None:
    reading = read(
        grid(
            HEAD,
            row(),
            ("", "小计", "", "", 1.0, "", "", ""),
            ("合计", *[""] * 7),
            ("注：本表由街道填报", *[""] * 7),
            row("429900001001", "示例社区（可删去）"),
        )
    )
    assert len(reading.levels["community"]) == 1 and reading.skipped == 4
    assert [problem.kind for problem in reading.problems] == ["note"] * 4


def test_a_row_without_place_is_refused_and_listed() -> None:
    reading = read(grid(HEAD, row(), ("", "", "河东街道", "城市", 1.0, 1.0, 1.0, 1.0)))
    assert len(reading.levels["community"]) == 1
    assert reading.problems[0].row == 3 and "没有读取" in reading.problems[0].why


def test_a_community_that_stands_twice_counts_once_and_figures_that_contradict_are_not_believed() -> None:
    reading = read(grid(HEAD, row(), row("429901001001", "甲", "城市", 10_000.0, "3,000", 21.0, 1000.0)))
    level = reading.levels["community"]
    assert len(level) == 1 and np.isnan(level.facts["workers"][0]) and level.facts["households"][0] == 3000
    assert "第 2 行是同一个社区" in reading.problems[0].why and "社区工作者不一样" in reading.problems[0].why


def test_a_remark_at_the_foot_is_no_village_whose_name_begins_like_one() -> None:
    reading = read(grid(HEAD, row(), ("", "注山村", *[""] * 6), ("填表人：某某", *[""] * 7)))
    assert reading.levels["community"].names == ["甲", "注山村"] and reading.skipped == 1


@pytest.mark.parametrize(
    ("code", "said", "kept"),
    [
        ("4299010010", "不是 12 位", True),
        ("4.29901E+11", "科学计数法", True),
        ("430101001001", "适用地域", False),
        ("429901001000", "街道（乡镇）或县的代码", False),
        ("429901001009", "区划里没有", True),
    ],
)
def test_a_code_that_cannot_be_is_told(code: str, said: str, kept: bool) -> None:
    reading = read(grid(HEAD, row(code), row("429901001002", "乙")), known=frozenset({"429901001002"}))
    assert said in reading.problems[0].why and len(reading.levels["community"]) == 1 + kept


def test_a_code_kept_as_a_number_is_a_code() -> None:
    assert read(grid(HEAD, (429901001001.0, *row()[1:]))).levels["community"].ids == ["429901001001"]


@pytest.mark.parametrize(
    ("figures", "gone"),
    [
        ((500_000.0, 3000.0, 18.0, 1000.0), {"residents"}),
        ((20.0, 10.0, 21.0, 1000.0), {"workers", "residents"}),
        ((2000.0, 3000.0, 18.0, 1000.0), {"households", "residents"}),
        ((0.0, 100.0, 18.0, 1000.0), {"residents"}),
        ((9000.0, 3000.0, 18.0, -5.0), {"area"}),
    ],
)
def test_an_impossible_figure_costs_its_cell_and_not_its_row(figures: tuple[float, ...], gone: set[str]) -> None:
    reading = read(grid(HEAD, row("429901001001", "甲", "城市", *figures)))
    facts = reading.levels["community"].facts
    assert {key for key in ("residents", "households", "workers", "area") if np.isnan(facts[key][0])} == gone
    assert reading.problems and all(problem.row == 2 and problem.mend for problem in reading.problems)


def test_a_street_merged_over_rows_holds_for_all_and_a_figure_merged_over_rows_for_none() -> None:
    rows = [HEAD, row(), (*row("429901001002", "乙")[:2], "", "城市", "", 1.0, 1.0, 1.0)]
    reading = read(grid(*rows, merged=((2, 2, 3, 2), (2, 4, 3, 4))))
    assert reading.levels["street"].names == ["河东街道"]
    assert np.isnan(reading.levels["community"].facts["residents"]).all() and "合并单元格" in reading.problems[0].why


def test_a_formula_without_a_result_is_unknown_and_named() -> None:
    reading = read(grid(HEAD, row(), uncounted=frozenset({(2, 6)})))
    assert np.isnan(reading.levels["community"].facts["workers"][0])
    assert reading.problems[0].column == "社区工作者" and "还没有算出结果" in reading.problems[0].why


def test_hidden_rows_are_read_and_said_so() -> None:
    reading = read(grid(HEAD, row(), row("429901001002", "乙"), hidden_rows=(3,)))
    assert len(reading.levels["community"]) == 2 and "第 3 行" in reading.problems[0].why


# ---------------------------------------------------------------- judged


def test_a_column_that_is_not_there_leaves_its_duties_unknown() -> None:
    report = judged(grid(("社区", "类别", "常住人口"), ("甲", "城市", 100.0)))
    assert verdicts(report, "staffing") == ["unknown"] and verdicts(report, "area_floor_urban") == ["unknown"]
    one = next(one for one in report.judged["community"] if one.duty.id == "staffing")
    assert one.need[0] == pytest.approx(0.18), "what would be needed is told all the same"


def test_a_place_of_which_town_or_village_is_not_told_is_never_judged_by_a_rule_for_one_of_them() -> None:
    hunan = load_pack("hunan")
    sheet = grid(
        ("社区", "类别", "网格划分套数", "线下服务点"),
        ("甲", "", 1.0, 0.0),
        ("乙", "城市", 1.0, 0.0),
        ("丙", "农村", 1.0, 0.0),
    )
    report = judged(sheet, pack=hunan)
    assert verdicts(report, "offline_channels_kept") == ["unknown", "unmet", "exempt"]
    assert (
        "没有填城乡类别" in report.sentence(report.levels["community"], report.judged["community"][0], 0)
        or report.unknown_per_community()[0]
    )


def test_hunan_names_no_number_of_workers_so_nobody_is_judged_by_it() -> None:
    hunan = load_pack("hunan")
    report = judged(grid(("社区", "类别", "社区工作者"), ("甲", "城市", 9.0)), pack=hunan)
    one = next(one for one in report.judged["community"] if one.duty.id == "staffing")
    assert one.finding(0).verdict.value == "unknown" and one.finding(0).why == "no_standard"


def test_staffing_is_rolled_up_to_the_county_that_owes_it() -> None:
    sheet = grid(
        HEAD,
        row(),
        row("429901001002", "乙", "城市", 10_000.0, 3000.0, 19.0, 1000.0),
        row("429901002001", "丙", "农村"),
    )
    report = judged(sheet)
    total = next(one for one in report.judged["county"] if one.duty.id == "staffing")
    assert (total.need[0], total.have[0], total.gap[0]) == (36, 37, 0) and verdicts(
        report, "staffing", "county", total=True
    ) == ["met"]
    assert not [one for one in report.judged["county"] if one.duty.id == "area_floor_urban"], (
        "a floor is no ratio: it is not summed"
    )
    less = judged(grid(HEAD, row(), row("429901001002", "乙", "城市", 10_000.0, 3000.0, "", 1000.0)))
    assert verdicts(less, "staffing", "county", total=True) == ["unknown"], (
        "one community without data leaves the sum unknown"
    )


def test_sums_count_every_community_once() -> None:
    sheet = grid(
        HEAD,
        row(),
        row("429901001002", "乙", "城市", 20_000.0, 3000.0, 19.0, 1000.0),
        row("429901002001", "丙", "农村"),
    )
    report = judged(sheet)
    staffing = {
        level: next(one for one in report.sums[level] if one.duty.id == "staffing")
        for level in ("street", "county", "all")
    }
    assert staffing["all"].counts[0].tolist() == [1, 1, 0, 1, 0, 0]
    assert staffing["all"].gap[0] == staffing["county"].gap[0] == 17 and staffing["street"].gap.tolist() == [17, 0]
    assert [one.verdict(0).value for one in staffing.values()] == ["unmet", "unmet", "unmet"]


def test_the_cheapest_mends_come_first_and_one_room_serves_two_rules() -> None:
    rows = [row(f"42990100100{n}", f"第{n}", "城市", 10_000.0, 5000.0, 18.0 - n, 1500.0 - 300 * n) for n in (1, 2, 3)]
    found = {mend.key: mend for mend in mends_of(judged(grid(HEAD, *rows)))}
    assert found["workers"].amounts.tolist() == [1, 2, 3] and found["workers"].cost == "persons"
    area = found["area"]
    assert area.total == 300 + 600 + 900, "the largest gap of a place mends its smaller one too"
    assert area.findings == 3 + 2 and dict(zip(area.rows.tolist(), area.fixed.tolist(), strict=True)) == {
        0: 1,
        1: 2,
        2: 2,
    }
    assert area.half()[2] >= area.findings / 2
    assert [mend.cost for mend in mends_of(judged(grid(HEAD, *rows)))] == ["persons", "m2"]


def test_a_published_list_is_judged_by_its_day_and_a_day_of_review_alone_says_nothing() -> None:
    county = (
        "县代码",
        "县（市、区）",
        "自治事项清单公布日期",
        "协助办理事项清单公布日期",
        "协助办理事项清单复核日期",
        "权力清单公布日期",
    )
    report = judged(
        grid(HEAD, row(), name="社区"),
        grid(county, ("429901", "某县", "2026-01-15", "", "2026-05-01", "否"), name="县"),
    )
    assert verdicts(report, "self_governance_list", "county") == ["met"]
    assert verdicts(report, "assisted_list", "county") == ["unknown"] and verdicts(report, "power_list", "county") == [
        "unmet"
    ]
    assert report.levels["county"].names == ["某县"]


def test_before_a_draft_holds_everything_is_pending() -> None:
    found, _ = find_sheets([grid(HEAD, row())], [HUBEI])
    report = judge_reading(read_levels(found, HUBEI, AS_OF), found, HUBEI, AS_OF, start=dt.date(2027, 1, 1))
    assert report.counts()["pending"] > 30 and not report.counts()["unmet"]

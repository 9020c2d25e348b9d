"""Tables of a county: what is right is entered whole; what is wrong is named by file, sheet, row, column, reason and remedy."""

from __future__ import annotations

import io
from typing import Any

import pytest
import xlsxwriter

from linli.commons.actor import INSTALLER, Actor, actor_for
from linli.commons.county.opening import Plan, enter_plan, plan_county
from linli.commons.county.places import cut_county, plain_name
from linli.commons.county.sheets import Source, must_mend, tidy_code
from linli.commons.models import Body, Place, Post, User
from linli.kit.errors import BadInput, NotAllowed
from linli.kit.trail import Entry
from tests.cast import Town
from tests.county import BODY_HEAD, POST_HEAD, book, county_code, place_rows, places_csv

C = county_code("42")
BODIES: list[list[object]] = [
    ["民政局", "牵头部门", "民政部门", C, ""],
    ["热线中心", "热线管理部门", "", C, ""],
    ["城管局", "政府部门", "城市管理部门", C, "10000001111"],
    ["清溪上街道办事处", "街道办事处（乡镇人民政府）", "", f"{C}001", ""],
    ["清溪上第1社区居民委员会", "居（村）民委员会", "", f"{C}001001", ""],
]
POSTS: list[list[object]] = [
    ["管一", "admin", "民政局", C, "系统管理员", "", "2026-01-05"],
    ["刘洋", "liuyang", "民政局", "", "县级牵头部门", "是", ""],
    ["黄莉", "huangli", "热线中心", "", "热线平台坐席", "是", ""],
    ["何静", "hejing", "城管局", "", "部门经办人", "", ""],
    ["周敏", "zhoumin", "清溪上第1社区居民委员会", "", "居（村）民委员会工作人员", "是", ""],
]


def places(rows: Any = None, **more: Any) -> Source:
    return Source.read("区划.csv", places_csv(place_rows("42", 2, 2) if rows is None else rows, **more))


def workbook(bodies: Any = None, posts: Any = None, heads: tuple[Any, Any] = (BODY_HEAD, POST_HEAD)) -> Source:
    raw = book(
        机构=[heads[0], *(BODIES if bodies is None else bodies)],
        职务账号=[heads[1], *(POSTS if posts is None else posts)],
    )
    return Source.read("机构.xlsx", raw)


def planned(**more: Any) -> Plan:
    return plan_county(C, **{"places": places(), "bodies": workbook(), **more})


def wrong(plan: Plan) -> list[str]:
    return [str(fault) for fault in must_mend(plan.faults)]


def told(plan: Plan, *words: str) -> bool:
    """Whether one fault that must be mended holds all the words."""
    return any(all(word in fault for word in words) for fault in wrong(plan))


def table(rows: list[list[object]], at: int, **changes: object) -> list[list[object]]:
    """Rows with some cells of one row changed; columns by their place: c0, c1 …"""
    rows = [list(row) for row in rows]
    for column, value in changes.items():
        rows[at][int(column[1:])] = value
    return rows


@pytest.mark.django_db
def test_a_county_is_entered_with_its_trail_and_again_changes_nothing() -> None:
    plan = planned()
    assert wrong(plan) == []
    codes = enter_plan(by=INSTALLER, county=C, plan=plan)
    assert len(codes) == 5 == User.objects.count() and len({one.code for one in codes}) == 5
    assert Place.objects.get(code=f"{C}001001").name == "清溪上第1社区居委会"
    assert Place.objects.get(code=f"{C}001001").kind == "urban" and Place.objects.get(code=f"{C}002001").kind == "rural"
    assert Place.objects.get(code=C).level == "county" and Place.objects.get(code="42").level == "province"
    assert Body.objects.get(name="城管局").duty == "urban_mgmt"
    assert (
        Post.objects.get(user__username="liuyang").head
        and str(Post.objects.get(role="system_admin").from_on) == "2026-01-05"
    )
    line = Entry.objects.get(verb="commons.county_entered")
    assert line.facts["added"] == {"places": 8, "bodies": 5, "posts": 5, "accounts": 5} and line.actor == "installer"
    assert Entry.objects.filter(verb="commons.place_added").count() == 8
    again = planned()
    assert (again.size, again.kept) == (0, {"places": 8, "bodies": 5, "posts": 5}) and wrong(again) == []
    User.objects.filter(username="liuyang").update(is_active=False)
    more = plan_county(
        C,
        bodies=workbook(
            [["水利局", "部门", "水利部门", C, ""]], [["李四", "lisi", "水利局", "", "部门经办人", "", ""]]
        ),
    )
    assert [one.username for one in enter_plan(by=INSTALLER, county=C, plan=more)] == ["lisi"]
    assert not User.objects.get(username="liuyang").is_active, "what stood is left alone"


@pytest.mark.django_db
def test_nothing_is_kept_when_one_row_fails_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = planned()
    User.objects.create_user("hejing", "别人")  # taken after the plan was made
    with pytest.raises(BadInput, match="已有人用"):
        enter_plan(by=INSTALLER, county=C, plan=plan)
    assert not Place.objects.exists() and not Body.objects.exists() and not Entry.objects.exists()


@pytest.mark.django_db
def test_a_plan_with_faults_is_never_entered() -> None:
    plan = planned(bodies=workbook(posts=table(POSTS, 3, c4="网格员")))
    with pytest.raises(BadInput, match="什么都没有登记"):
        enter_plan(by=INSTALLER, county=C, plan=plan)
    assert not Place.objects.exists()


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("4.21083E+11", ("科学计数法", "文本")),
        ("421083001000.0", ("小数", "文本")),
        ("42999700100", ("不是区划代码",)),
        ("", ("没有填",)),
        ("430104001001", ("不在本县",)),
        (f"{C}009001", ("找不到它所属的街道", f"{C}009")),
        (f"{C}001002", ("重复",)),
        ("甲乙丙", ("不是区划代码",)),
    ],
)
@pytest.mark.django_db
def test_a_code_that_is_not_certain_is_refused_with_its_row(cell: str, words: tuple[str, ...]) -> None:
    rows = place_rows("42", 2, 2)
    rows[3][0] = cell
    plan = planned(places=places(rows))
    assert told(plan, f"区划.csv，第 {6 if '重复' in words[0] else 5} 行，“", *words), wrong(plan)


@pytest.mark.django_db
def test_a_code_that_the_spreadsheet_made_a_number_is_never_rounded() -> None:
    rows = place_rows("42", 1, 1)
    raw = book(区划=[["区划代码", "名称"], *([int(str(row[0])), row[1]] for row in rows)])
    plan = plan_county(C, places=Source.read("区划.xlsx", raw))
    assert sum("已被表格软件变成数字" in fault for fault in wrong(plan)) == len(rows)
    assert told(
        planned(bodies=workbook(table(BODIES, 2, c3=float(C)))), "机构.xlsx", "工作表“机构”", "第 4 行", "变成数字"
    )


@pytest.mark.parametrize(
    ("at", "changes", "words"),
    [
        (2, {"c3": ""}, ("第 4 行", "管辖范围代码", "没有填")),
        (2, {"c3": "429997099"}, ("没有代码为 429997099 的地方",)),
        (2, {"c3": "430104"}, ("不在本县",)),
        (2, {"c1": "魔法部"}, ("不认识“魔法部”", "政府部门")),
        (2, {"c2": "魔法"}, ("职责类别", "不认识“魔法”")),
        (2, {"c0": ""}, ("机构名称", "没有填")),
        (2, {"c0": "甲" * 61}, ("最多 60 个",)),
        (4, {"c3": C}, ("不能设在县", "社区（村）")),
        (2, {"c0": "热线中心"}, ("第 4 行", "与第 3 行重复")),
    ],
)
@pytest.mark.django_db
def test_a_body_that_cannot_stand_is_named(at: int, changes: dict[str, object], words: tuple[str, ...]) -> None:
    plan = planned(bodies=workbook(table(BODIES, at, **changes), []))
    assert told(plan, *words), wrong(plan)


@pytest.mark.parametrize(
    ("at", "changes", "words"),
    [
        (3, {"c0": "", "c1": ""}, ("第 5 行", "没有写由谁担任", "删去这一行")),
        (3, {"c1": ""}, ("何静没有账号", "拼音")),
        (3, {"c0": ""}, ("姓名", "没有填")),
        (3, {"c1": "何静"}, ("写法不对",)),
        (3, {"c1": "HuangLi"}, ("账号“HuangLi”与第 4 行（黄莉）重复", "一人一个账号")),
        (3, {"c4": "魔法师"}, ("不认识“魔法师”",)),
        (3, {"c4": "网格员"}, ("“城管局”（政府部门）不能设“网格员”", "可设：部门经办人")),
        (3, {"c2": "城建局"}, ("没有名为“城建局”的机构",)),
        (3, {"c0": "黄莉", "c1": "huangli", "c2": "热线中心", "c4": "热线平台坐席"}, ("与第 4 行完全相同",)),
        (3, {"c2": "热线中心", "c4": "热线平台坐席", "c5": "是"}, ("负责人已写在第 4 行", "只有一位负责人")),
        (3, {"c5": "也许"}, ("负责人", "不认识“也许”")),
        (
            3,
            {"c0": "管一", "c1": "admin", "c2": "民政局", "c4": "审计员"},
            ("系统管理员、安全管理员和审计员不能由同一个人",),
        ),
        (3, {"c6": "31/12/2025"}, ("任职日期", "看不懂")),
        (3, {"c6": 12}, ("任职日期", "看不懂")),
    ],
)
@pytest.mark.django_db
def test_a_post_that_cannot_be_is_named(at: int, changes: dict[str, object], words: tuple[str, ...]) -> None:
    plan = planned(bodies=workbook(posts=table(POSTS, at, **changes)))
    assert told(plan, *words), wrong(plan)


@pytest.mark.django_db
def test_dates_and_titles_are_read_as_people_write_them() -> None:
    heads = (
        [" 机构 名称*", "类别（必填）", "职责类别", "管辖范围代码", "电话"],
        ["姓 名", "账号", "机构名称", "管辖范围代码", "岗位", "负责人", "任职日期"],
    )
    posts = table(table(POSTS, 3, c6=46027), 2, c6="2026年1月6日")  # a spreadsheet's serial number, and words
    plan = planned(bodies=workbook(posts=[[], *posts, ["", "  "]], heads=heads))
    assert wrong(plan) == []
    assert {str(row.from_on) for row in plan.posts if row.from_on} == {"2026-01-05", "2026-01-06"}


@pytest.mark.django_db
def test_one_person_may_hold_two_posts_and_one_body_name_may_stand_twice() -> None:
    bodies = [
        *BODIES,
        ["新河村民委员会", "村委会", "", f"{C}002001", ""],
        ["新河村民委员会", "村委会", "", f"{C}002002", ""],
    ]
    role = "居（村）民委员会工作人员"
    posts: list[list[object]] = [
        *POSTS,
        ["刘洋", "liuyang", "民政局", "", "督查岗", "", ""],
        ["钱一", "qianyi", "新河村民委员会", "", role, "", ""],
    ]
    plan = planned(bodies=workbook(bodies, posts))
    assert wrong(plan) == [
        fault for fault in wrong(plan) if "有 2 个机构都叫“新河村民委员会”" in fault and f"{C}002001" in fault
    ]
    assert len(wrong(plan)) == 1
    posts = table(posts, -1, c3=f"{C}002002")
    plan = planned(bodies=workbook(bodies, posts))
    assert wrong(plan) == [] and plan.accounts == 6 and len(plan.posts) == 7
    codes = enter_plan(by=INSTALLER, county=C, plan=plan)
    assert len(codes) == 6
    assert Post.objects.get(user__username="qianyi").body.place_id == f"{C}002002"
    taken = plan_county(C, bodies=workbook([], [["张三", "liuyang", "民政局", "", "督查岗", "", ""]]))
    assert told(taken, "账号“liuyang”已有另一个人在用")
    second = plan_county(C, bodies=workbook([], [["张三", "zhangsan", "热线中心", "", "热线平台坐席", "是", ""]]))
    assert told(second, "“热线中心”已有负责人（黄莉）")


@pytest.mark.django_db
def test_what_will_be_missed_is_a_warning_and_stops_nothing() -> None:
    plan = planned(bodies=workbook(BODIES[2:], POSTS[3:]))
    assert plan.sound
    said = " ".join(str(fault) for fault in plan.faults)
    for words in (
        "没有居（村）民委员会：清溪上第2社区",
        "没有办事处（政府）：白沙上镇",
        "没有热线管理部门",
        "没有牵头部门",
        "没有人任“系统管理员”",
    ):
        assert words in said, words


def sly(**hide: Any) -> bytes:
    """A workbook that hides something."""
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True})
    for name, head, rows in (("机构", BODY_HEAD, BODIES), ("职务账号", POST_HEAD, POSTS)):
        sheet = made.add_worksheet(name)
        for line, row in enumerate([head, *rows]):
            sheet.write_row(line, 0, row)
        if name == hide.get("sheet"):
            made.worksheets()[0].activate()
            sheet.hide()
        if name == "机构" and "merge" in hide:
            sheet.merge_range(2, 0, 3, 0, "合并")
        if name == "机构" and "formula" in hide:
            sheet.write_formula(3, 0, '="城"&"管局"', None, "城管局")
        if name == "机构" and "row" in hide:
            sheet.set_row(3, None, None, {"hidden": True})
    made.close()
    return out.getvalue()


@pytest.mark.parametrize(
    ("hide", "words"),
    [
        ({"merge": 1}, ("A3:A4 是合并单元格", "取消合并")),
        ({"formula": 1}, ("A4 是公式", "选择性粘贴")),
        ({"row": 1}, ("第 4 行", "被隐藏或被筛选掉")),
        ({"sheet": "职务账号"}, ("工作表“职务账号”", "被隐藏了")),
    ],
)
@pytest.mark.django_db
def test_what_a_spreadsheet_hides_is_refused_with_its_place(hide: dict[str, Any], words: tuple[str, ...]) -> None:
    plan = planned(bodies=Source.read("机构.xlsx", sly(**hide)))
    assert told(plan, *words), wrong(plan)


@pytest.mark.django_db
def test_missing_sheets_and_columns_are_named() -> None:
    assert told(planned(bodies=Source.read("x.xlsx", book(Sheet1=[BODY_HEAD, *BODIES]))), "没有工作表“机构”", "Sheet1")
    assert told(planned(bodies=workbook(heads=(BODY_HEAD[:1], POST_HEAD))), "缺少这一列", "类别")
    assert told(planned(bodies=workbook(heads=([*BODY_HEAD[:4], "类别"], POST_HEAD))), "这一列出现了两次")
    odd = planned(bodies=workbook(heads=([*BODY_HEAD, "备注"], POST_HEAD)))
    assert odd.sound and any("备注" in str(fault) for fault in odd.faults)


@pytest.mark.parametrize("code", ["44010", "420000", "abcdef", "４２９９９７", ""])
@pytest.mark.django_db
def test_only_a_county_code_starts_a_county(code: str) -> None:
    with pytest.raises(BadInput, match="不是县级区划代码"):
        plan_county(code, places=places())


@pytest.mark.django_db
def test_a_province_without_a_pack_is_refused_with_those_that_exist() -> None:
    with pytest.raises(BadInput, match=r"没有代码以 44 开头的省的法规包.*现有：42（.*43（"):
        plan_county("449997", places=places())


@pytest.mark.django_db
def test_gbk_is_read_and_said() -> None:
    raw = places_csv(place_rows("42", 2, 2)).decode().encode("gb18030")
    plan = plan_county(C, places=Source.read("区划.csv", raw))
    assert wrong(plan) == [] and plan.name == "无名县"
    assert plan.notes == ["区划.csv 是 GBK（GB18030） 编码，已照此读取。请抽看几个地名是否正确。"]


@pytest.mark.django_db
def test_a_wide_sheet_or_a_swollen_package_is_turned_away() -> None:
    with pytest.raises(BadInput, match=r"机构.xlsx：表格伸展到"):
        Source.read("机构.xlsx", book(机构=[[""] * 999 + ["x"]]))
    with pytest.raises(BadInput, match=r"区划.csv：.*列"):
        Source.read("区划.csv", b"," * 10**6)


@pytest.mark.parametrize(
    ("given", "kept"),
    [("420000000000", "42"), ("421000000000", "4210"), ("421083000000", "421083"), ("421083001000", "421083001")],
)
def test_codes_are_kept_at_their_own_length(given: str, kept: str) -> None:
    assert tidy_code(given) == kept == tidy_code(kept)


@pytest.mark.parametrize("given", ["", "4", "042108", "42108300", "0" * 12, "421083001001-X01", "４２"])
def test_what_is_no_code_is_no_code(given: str) -> None:
    with pytest.raises(ValueError, match="不是区划代码"):
        tidy_code(given)


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        ("桃源社区居委会", "桃源社区"),
        ("桃源居委会", "桃源社区"),
        ("新河村委会", "新河村"),
        ("新河村村民委员会", "新河村"),
        ("滨江街道办事处", "滨江街道"),
        ("柳林镇", "柳林镇"),
    ],
)
def test_a_place_is_called_by_its_own_name(given: str, plain: str) -> None:
    assert plain_name(given) == plain


def test_a_county_is_cut_out_and_the_class_comes_only_where_the_name_agrees() -> None:
    def source(rows: list[list[object]]) -> Source:
        return Source.read("x.csv", places_csv(rows, head=("code", "name", "level", "ur_code")))

    villages = source(
        [
            ["429997001001", "清溪社区居委会", "", ""],
            ["429997001002", "新村村委会", "", ""],
            ["429998001001", "别县社区", "", ""],
        ]
    )
    old = source(
        [
            ["429997000000", "无名县", "county", ""],
            ["429997001000", "清溪街道办事处", "town", ""],
            ["429997001001", "清溪居委会", "village", "111"],
            ["429997001002", "老村委会", "village", "220"],
            ["429997001009", "撤并村委会", "village", "220"],
        ]
    )
    rows, faults = cut_county([villages, old], "429997")
    assert faults == []
    assert [(row.code, row.name, row.kind) for row in rows] == [
        ("429997", "无名县", ""),
        ("429997001", "清溪街道", ""),
        ("429997001001", "清溪社区", "urban"),
        ("429997001002", "新村", ""),
    ]


def test_only_who_may_open_a_county_opens_it_and_only_the_own(hubei: Town) -> None:
    plan = planned()
    for who in (hubei.lead, hubei.auditor, hubei.admin):  # the administrator of another county
        with pytest.raises(NotAllowed):
            enter_plan(by=who, county=C, plan=plan)
    own = hubei.county.code
    rows = [[f"{own}002000", "新街道", "", ""], [f"{own}002001", "新社区", "", ""]]
    more = plan_county(own, places=places(rows, head=("code", "name", "level", "ur_code")))
    enter_plan(by=hubei.admin, county=own, plan=more)
    assert Place.objects.filter(code=f"{own}002001").exists()
    assert Entry.objects.filter(verb="commons.place_added").first().actor == hubei.admin.code  # type: ignore[union-attr]


@pytest.mark.django_db
def test_a_person_entered_can_act() -> None:
    enter_plan(by=INSTALLER, county=C, plan=planned())
    who = actor_for(User.objects.get(username="huangli"))
    assert (
        isinstance(who, Actor)
        and who.may("appeals.dispatch", f"{C}001001")
        and not who.may("appeals.dispatch", "430104")
    )

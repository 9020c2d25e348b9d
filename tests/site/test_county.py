"""Starting a county (开通): from the bureau's code list to the first dispatched appeal, by command and by page, under both drafts."""

from __future__ import annotations

import csv
import io
import stat
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from python_calamine import CalamineWorkbook

from linli.areas.appeals import actions as appeals
from linli.areas.appeals import queries as appeal_queries
from linli.areas.mandates.flow import ListState
from linli.areas.mandates.models import TaskList
from linli.commons.actor import RESIDENT, Actor, actor_for
from linli.commons.models import Body, Place, Post, Setting, User
from linli.commons.settings import every_key, keys_at, limit_of, value_of
from linli.kit import trail
from linli.kit.trail import Entry
from linli.site import cli
from linli.site.county import limits
from linli.site.county.lists import read_lists
from tests.cast import fresh
from tests.county import (
    ITEM_HEAD,
    LIST_HEAD,
    POST_HEAD,
    book,
    county_code,
    place_rows,
    places_csv,
    staff_rows,
)

Folder = Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """A folder to work in, as the operator's own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def sheets_of(path: Path) -> dict[str, list[list[Any]]]:
    with CalamineWorkbook.from_path(str(path)) as made:
        return {name: made.get_sheet_by_name(name).to_python() for name in made.sheet_names}


def prepared(province: str, folder: Folder, streets: int = 2, communities: int = 2) -> list[str]:
    """Cut the county out, fill in the template, and give the words of the command that starts it."""
    code = county_code(province)
    others: list[list[object]] = [
        [f"{province}9996000000", "别县", "county", "", "", ""],
        [f"{province}9996001001", "别村", "village", "220", "", ""],
    ]
    (folder / "nbs.csv").write_bytes(places_csv([*place_rows(province, streets, communities), *others]))
    assert cli.main(["county", "places", "--from", "nbs.csv", "--county", code, "-o", "places.csv"]) == 0
    assert cli.main(["county", "template", "forms", "--places", "places.csv"]) == 0
    bodies = sheets_of(folder / "forms" / "机构和职务账号.xlsx")["机构"]
    (folder / "bodies.xlsx").write_bytes(book(机构=bodies, 职务账号=[POST_HEAD, *staff_rows(bodies[1:])]))
    return ["county", "init", code, "--places", "places.csv", "--bodies", "bodies.xlsx"]


def at(code: str, role: str) -> Actor:
    """Who holds a role in a county."""
    post = Post.objects.filter(body__place__code__startswith=code, role=role).order_by("id").first()
    assert post is not None
    who = actor_for(post.user)
    assert who is not None
    return who


@pytest.mark.django_db
@pytest.mark.parametrize("province", ["42", "43"])
def test_from_a_code_list_to_the_first_dispatched_appeal(province: str, folder: Folder, capsys: Any) -> None:
    code = county_code(province)
    words = prepared(province, folder, 20, 20)
    text = (folder / "places.csv").read_text(encoding="utf-8-sig")
    assert "别村" not in text and "清溪上第1社区,社区（村）,城市" in text
    assert "街道（乡镇）20 个，社区（村）400 个，其中城市 200、农村 200、未注明城乡 0" in capsys.readouterr().out

    assert cli.main([*words, "--preset", "shandong", "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "区划 · 社区（村）：400" in said and "办理时限：5 个工作日（山东" in said and "没有登记" in said
    assert "未设时限或未定：受理时限" in said
    assert not Place.objects.exists() and not User.objects.exists() and not Entry.objects.exists()

    assert (
        cli.main([*words, "--preset", "shandong", "--lists", "示范", "--address", "https://linli.example/login/"]) == 0
    )
    said = capsys.readouterr().out
    assert Place.objects.filter(code__startswith=code, level="community").count() == 400
    assert Body.objects.filter(kind="committee").count() == 400 and User.objects.count() == Body.objects.count() + 3
    assert str(limit_of("appeals.handle", code)) == "5 个工作日" and value_of("appeals.accept", code) is None
    assert set(TaskList.objects.values_list("state", flat=True)) == {ListState.DRAFT} and TaskList.objects.count() == 7
    assert "接下来：" in said and "county-" in said and "清单：7 种中 0 种已公布" in said
    assert list(trail.verify()) == []

    slips = folder / f"county-{code}-accounts.xlsx"
    assert stat.S_IMODE(slips.stat().st_mode) == 0o600
    rows = next(iter(sheets_of(slips).values()))
    assert len(rows) == User.objects.count() + 1 and len({row[2] for row in rows}) == len(rows)
    page = slips.with_suffix(".html").read_text(encoding="utf-8")
    assert page.count("<article>") == len(rows) - 1 and "https://linli.example/login/" in page and "size:A6" in page

    # the first day: a slip opens its account once, and the post needs no second approval
    hotline = at(code, "hotline")
    given = next(row for row in rows if row[1] == hotline.user.username)  # type: ignore[union-attr]
    words_of_it = {"username": given[1], "code": given[2], "new": "a quite long phrase", "again": "a quite long phrase"}
    assert Client().post("/login/password/", words_of_it).status_code == 302
    assert Client().post("/login/password/", words_of_it).status_code == 422
    signed = Client().post("/login/", {"username": given[1], "password": "a quite long phrase"})
    assert signed.status_code == 302 and date.fromisoformat(str(given[3])) > timezone.localdate()
    community = Place.objects.get(code=f"{code}001001")
    appeal = appeals.file_appeal(by=RESIDENT, place=community, text="清溪上第1社区 3 栋楼下路灯坏了。").appeal
    matter = appeal_queries.suggest(appeal.text, county=code)["matter"]
    chosen = next(one for group in appeal_queries.matters_by_class(hotline) for one in group[1] if one.code == matter)
    appeal = appeals.classify_appeal(by=hotline, appeal=appeal, matter=chosen, kind="求助", place=community)
    appeal = appeals.accept_appeal(by=hotline, appeal=appeal)
    owner = appeal_queries.owners_of(hotline, appeal)[0]
    assert owner.body.duty == chosen.owner
    appeals.dispatch_appeal(by=hotline, appeal=appeal, to=owner.body, reason="职责单位")
    assert fresh(appeal).handler == owner.body

    # again
    before = Entry.objects.count()
    assert cli.main([*words, "--preset", "shandong", "--lists", "示范"]) == 0
    assert "都已登记过，没有改动" in capsys.readouterr().out and Entry.objects.count() == before
    assert cli.main(["county", "show", code]) == 1
    shown = capsys.readouterr().out
    assert "✓ 居（村）民委员会：400 个地方中 400 个有" in shown and "✓ 各事项的承办单位：136 项事项中 136 项" in shown
    assert "✗ 清单" in shown and "! 时限和开关：" in shown


@pytest.mark.django_db
def test_one_fault_and_nothing_is_entered_but_the_report_is_written(folder: Folder, capsys: Any) -> None:
    words = prepared("42", folder)
    rows = sheets_of(folder / "bodies.xlsx")
    rows["职务账号"][3][1] = ""
    rows["职务账号"][5][4] = "网格员"
    (folder / "bodies.xlsx").write_bytes(book(**rows))
    capsys.readouterr()
    assert cli.main([*words, "--errors", "faults.xlsx"]) == 1
    said = capsys.readouterr().err
    assert "有 2 处要改，什么都没有登记。问题表：faults.xlsx" in said
    assert "bodies.xlsx，工作表“职务账号”，第 4 行，“账号”" in said
    report = next(iter(sheets_of(folder / "faults.xlsx").values()))
    assert report[0] == ["轻重", "文件", "工作表", "行", "列", "问题", "怎样改"]
    assert [row[:5] for row in report[1:3]] == [
        ["要改", "bodies.xlsx", "职务账号", 4.0, "账号"],
        ["要改", "bodies.xlsx", "职务账号", 6.0, "岗位"],
    ]
    assert cli.main([*words, "--errors", "faults.csv"]) == 1
    with (folder / "faults.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.reader(file))) >= 3
    assert not Place.objects.exists() and not (folder / f"county-{county_code('42')}-accounts.xlsx").exists()


@pytest.mark.django_db
def test_codes_that_cannot_be_handed_over_leave_no_account(folder: Folder, capsys: Any) -> None:
    words = prepared("42", folder)
    (folder / "old.xlsx").write_bytes(b"older slips")
    assert cli.main([*words, "--slips", "old.xlsx"]) == 1
    assert "old.xlsx 已经有了，不会覆盖" in capsys.readouterr().err
    assert (
        not User.objects.exists()
        and not Place.objects.exists()
        and (folder / "old.xlsx").read_bytes() == b"older slips"
    )
    assert cli.main([*words, "--slips", "nowhere/slips.xlsx"]) == 1
    assert "账号单写不进 nowhere/slips.xlsx" in capsys.readouterr().err and not User.objects.exists()


def lists_source(folder: Folder, heads: Any, items: Any) -> str:
    (folder / "lists.xlsx").write_bytes(book(清单=[LIST_HEAD, *heads], 清单事项=[ITEM_HEAD, *items]))
    return "lists.xlsx"


HEADS = [
    ["自治事项清单", "无名县自治事项清单", "县政府办〔2026〕1 号", ""],
    ["证明事项", "无名县证明事项清单", "县政府办〔2026〕2 号", "2099-01-01"],
]
ITEMS = [
    ["自治事项清单", "劝导文明养犬", "文明养犬公约", "", "", "", ""],
    ["证明事项", "居住情况", "", "公共租赁住房管理办法", "住建局", "", ""],
]


@pytest.mark.django_db
def test_lists_are_drafted_with_their_basis_or_published_when_asked(folder: Folder, capsys: Any) -> None:
    words = prepared("43", folder)
    source = lists_source(folder, HEADS, ITEMS)
    assert cli.main([*words, "--lists", source, "--publish-lists"]) == 0
    rows = {row.kind: row for row in TaskList.objects.all()}
    assert rows["self"].state == ListState.PUBLISHED and rows["self"].basis == "县政府办〔2026〕1 号"
    assert rows["self"].items.get().matter.name == "文明养犬公约"  # type: ignore[union-attr]
    assert (
        str(rows["proof"].effective_from) == "2099-01-01" and rows["proof"].items.get().basis == "公共租赁住房管理办法"
    )
    assert cli.main([*words, "--lists", source, "--publish-lists"]) == 0
    assert TaskList.objects.count() == 2
    assert cli.main([*words, "--lists", "示范", "--publish-lists"]) == 2
    assert "只能作底稿" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("heads", "items", "words"),
    [
        ([["魔法清单", "名", "据", ""]], [], ("不认识“魔法清单”",)),
        ([["自治事项", "名", "", ""]], [], ("制定依据", "没有填")),
        ([["自治事项", "名", "据", "2020-01-01"]], [], ("先公布、后施行",)),
        ([["自治事项", "名", "据", "明天"]], [], ("日期看不懂",)),
        ([HEADS[0], HEADS[0]], ITEMS[:1], ("写了两行",)),
        (HEADS[:1], [], ("没有一项事项",)),
        (HEADS[:1], [["证明事项", "甲", "", "据", "", "", ""]], ("不在“清单”表里",)),
        (HEADS[:1], [["自治事项清单", "甲", "飞行", "", "", "", ""]], ("事项目录里没有“飞行”",)),
        (HEADS[:1], [["自治事项清单", "甲", "", "", "", "代写", ""]], ("协助方式", "不认识“代写”")),
        (HEADS[1:], [["证明事项", "居住情况", "", "", "", "", ""]], ("缺少法定依据",)),
        (HEADS[:1], [ITEMS[0], ITEMS[0]], ("已经有“劝导文明养犬”",)),
    ],
)
@pytest.mark.django_db
def test_a_list_without_what_it_needs_is_named(heads: Any, items: Any, words: tuple[str, ...], folder: Folder) -> None:
    from linli.areas.mandates.actions.catalogue import sync_matters
    from linli.commons.county.sheets import Source

    sync_matters()
    path = folder / lists_source(folder, heads, items)
    found = read_lists(Source.read(path.name, path.read_bytes()), "429997")
    assert any(all(word in str(fault) for word in words) for fault in found.faults), found.faults


@pytest.mark.django_db
def test_settings_come_from_a_file_and_are_never_overwritten(folder: Folder, capsys: Any) -> None:
    words = prepared("42", folder)
    code = county_code("42")
    (folder / "set.toml").write_text(
        '["appeals.accept"]\namount = 1\nunit = "working_days"\nsource = "县办 1 号"\n["mandates.gate_all"]\nvalue = true\n',
        encoding="utf-8",
    )
    assert cli.main([*words, "--settings", "set.toml", "--preset", "beijing"]) == 0
    assert str(limit_of("appeals.accept", code)) == "1 个工作日" and value_of("mandates.gate_all", code) is True
    assert str(limit_of("appeals.dispatch_danger", code)) == "1 小时"
    assert Setting.objects.get(key="appeals.accept").source == "县办 1 号"
    rows = Setting.objects.count()
    (folder / "set.toml").write_text('["appeals.accept"]\namount = 9\nunit = "days"\n', encoding="utf-8")
    assert cli.main([*words, "--settings", "set.toml"]) == 0
    assert Setting.objects.count() == rows and "没有改动" in capsys.readouterr().out
    for bad, words_said in (
        ("[appeals.accept]\namount = 1\n", "不是设定项"),
        ('["appeals.accept"]\namount = 0\nunit = "days"\n', "1 到 1000"),
        ('"appeals.accept" = 1\n', "写成一段"),
        ("??", "读不懂"),
    ):
        (folder / "set.toml").write_text(bad, encoding="utf-8")
        assert cli.main([*words, "--settings", "set.toml"]) == 1
        assert words_said in capsys.readouterr().err
    assert cli.main([*words, "--preset", "nowhere"]) == 1
    assert "没有名为“nowhere”的预设，可用的有：shandong" in capsys.readouterr().err


LEFT_OPEN = {key for key, what in keys_at("429997").items() if what.default is None}


@pytest.mark.django_db
def test_the_wizard_asks_each_open_key_with_the_presets_and_takes_no_answer_for_open() -> None:
    said: list[str] = []
    prompts: list[str] = []
    answers = {
        "appeals.accept": ["2 个工作日"],
        "appeals.dispatch": ["24小时"],
        "appeals.dispatch_danger": ["beijing"],
        "appeals.handle": ["很快", "5天"],
        "appeals.max_hops": ["3"],
        "mandates.gate_all": ["是"],
        "duties.start": ["2027-01-01"],
        "law.committee_drill_every": ["6"],
    }

    def ask(prompt: str) -> str:
        prompts.append(prompt)
        asked = next(line for line in reversed(said) if line.split("）：")[0].endswith(tuple(LEFT_OPEN)))
        left = answers.get(asked.split("）：")[0].rpartition("（")[2], [])
        return left.pop(0) if left else ""

    wanted = {one.key: one for one in limits.ask_all(ask, said.append, "429997")}
    assert list(wanted) == list(answers)
    assert (
        wanted["appeals.dispatch"].value == {"amount": 24, "unit": "hours"}
        and wanted["appeals.handle"].value["unit"] == "days"
    )
    assert (
        wanted["appeals.dispatch_danger"].value == {"amount": 1, "unit": "hours"}
        and "北京" in wanted["appeals.dispatch_danger"].source
    )
    assert len(prompts) == len(LEFT_OPEN) + 1 and any("没看懂" in line for line in said)
    assert any("shandong：5 个工作日，山东省" in line for line in said)


@pytest.mark.django_db
def test_a_wizard_that_nobody_answers_enters_nothing(
    folder: Folder, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = prepared("42", folder)
    monkeypatch.setattr("sys.stdin", io.StringIO("2 个工作日\n"))
    assert cli.main([*words, "--ask"]) == 2
    assert "没有答完就断了输入" in capsys.readouterr().err and not Place.objects.exists()


def test_the_settings_template_reads_back_once_it_is_filled_in() -> None:
    filled = "\n".join(
        line.removeprefix("# ") if line.startswith(("# [", "# amount", "# unit", "# value", "# source")) else line
        for line in limits.template().splitlines()
    )
    assert {one.key for one in limits.from_toml(filled.encode())} == {key for key in every_key() if limits.is_open(key)}


@pytest.mark.django_db
def test_the_first_administrator_is_made_from_nothing(capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    code = county_code("42")
    words = ["admin", "create", "admin.two", "--person", "高远", "--county", code]
    assert cli.main([*words, "--code"]) == 1 and "--county-name" in capsys.readouterr().err
    assert cli.main([*words, "--county-name", "无名县", "--code"]) == 1 and "--body" in capsys.readouterr().err
    assert not Place.objects.exists()
    words += ["--county-name", "无名县", "--body", "无名县民政局"]
    assert cli.main([*words, "--code"]) == 0
    assert "一次性启用码（只显示这一次）：" in capsys.readouterr().out
    who = actor_for(User.objects.get(username="admin.two"))
    assert who is not None and who.place == code and "commons.open_county" in who.powers
    assert cli.main([*words, "--code"]) == 1 and "已有人用" in capsys.readouterr().err
    typed = iter(
        ["short", "a long enough phrase", "another phrase here", "a long enough phrase", "a long enough phrase"]
    )
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(typed))
    reset = ["admin", "reset", "admin.two"]
    assert cli.main(reset) == 1 and "密码太弱" in capsys.readouterr().err
    assert cli.main(reset) == 1 and "两遍不一样" in capsys.readouterr().err
    assert cli.main(reset) == 0
    assert User.objects.get(username="admin.two").check_password("a long enough phrase")
    assert Entry.objects.filter(verb="commons.password_set").count() == 1
    assert cli.main(["admin", "reset", "nobody", "--code"]) == 1 and "没有名为“nobody”" in capsys.readouterr().err
    assert cli.main(["admin", "create", "x", "--person", "高远", "--county", code, "--code"]) == 1

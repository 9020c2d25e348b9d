"""A third province is a folder: written into a temporary folder, loaded, checked, judged and shown, with no change outside it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.test import Client

from linli.law import say
from linli.law.check import check_pack
from linli.law.frame import VERDICTS, judge_frame
from linli.law.judge import as_day, judge
from linli.law.load import folders, load_pack, pack_for_place, packs
from linli.law.parse import fingerprint, parse
from linli.law.types import PackError
from linli.site import cli
from tests.law.test_cases import END

TEXT = """某江省社区果园条例（草案）
第一条【配备】 每百户居民应当有果树十棵。果园应当有水井、工具房。
第二条【清单】 街道应当公布采摘事项清单，每年复核。清单以外的活不得派给看园人。
第三条【巡查】 看园人应当每季度巡查。居民反映的虫害应当及时处理。
第四条【施行】 本条例自公布之日起施行。
"""
FILE = "fruit.txt"


def duty(id: str, at: str, sentence: int, gist: str, rule: str, bearer: str = "street") -> str:
    return (
        f'[[duty]]\nid = "{id}"\nat = "{at}"\nsentences = [{sentence}]\nforce = "hard"\nbearer = ["{bearer}"]\n'
        f'subject = "community"\nwho = "both"\ngist = "{gist}"\nreading = "按社区逐个看。"\n{rule}'
    )


def case(duty: str, given: str, verdict: str, more: str = "") -> str:
    return f'[[case]]\nduty = "{duty}"\ngiven = {{ {given} }}\nexpect = {{ verdict = "{verdict}"{more} }}\n'


def pack_toml() -> str:
    """A pack as the legal staff of a third province would write it: every shape, its own measures, and those of the nation."""
    text = (
        '[pack]\nid = "fruit"\nplace = "98"\ntitle = "某江省社区果园条例（草案）"\nshort = "某江草案"\nstatus = "draft"\n'
        f'work = "/akn/cn-mj/bill/regulation/2026/guo-yuan"\nfile = "{FILE}"\n'
    )
    for article in parse(TEXT).articles:
        counts = "[2]" if article.eid != "art_4" else "[1]"
        text += (
            f'[[article]]\nat = "{article.eid}"\nnumber = "{article.number}"\nheading = "{article.heading}"\n'
            f'topic = "orchard"\ngist = "说果园的事"\nsentences = {counts}\nsha256 = "{article.sha256}"\n'
        )
    text += '[[waiver]]\nat = "art_4__para_1"\nsentences = [1]\nreason = "施行日期"\n'
    for name, kind, unit in (("trees", "number", "count"), ("orchard", "set", ""), ("rounds", "dates", "")):
        text += f'[measure.{name}]\nlabel = "{name} 的中文"\nkind = "{kind}"\nlevel = "community"\npublic = true\n'
        text += f'unit = "{unit}"\n' if unit else ""
    for name, kind in (("picking", "list"), ("picking_tasks", "events"), ("pests", "records")):
        text += f'[measure.{name}]\nlabel = "{name} 的中文"\nkind = "{kind}"\nlevel = "community"\n'
    for name, unit, value in (
        ("trees_per_100", "count", "10"),
        ("round_every", "months", "3"),
        ("review", "years", "1"),
    ):
        text += f'[param.{name}]\nat = "art_1"\nlabel = "{name} 的中文"\nunit = "{unit}"\nvalues = [{{ from = "simulated", value = {value} }}]\n'
    text += '[param.pest_within]\nat = "art_3"\nlabel = "虫害处理期限"\nunit = "working_days"\nvalues = []\n'
    text += duty(
        "trees",
        "art_1__para_1",
        1,
        "种够果树",
        'measure = "trees"\nat_least = "trees_per_100 * households / 100"\n',
        "county",
    )
    text += duty("buildings", "art_1__para_1", 2, "井和工具房要有", 'set = "orchard"\ncontains = ["水井", "工具房"]\n')
    text += duty(
        "picking", "art_2__para_1", 1, "公布清单", 'list = "picking"\npublished = true\nreviewed_every = "review"\n'
    )
    text += duty(
        "nothing_else",
        "art_2__para_1",
        2,
        "清单外不派活",
        'events = "picking_tasks"\nnot_in = "picking"\nunless = ["exception"]\n',
    )
    text += duty("rounds", "art_3__para_1", 1, "每季度巡查", 'record = "rounds"\nevery = "round_every"\n')
    text += duty("pests", "art_3__para_1", 2, "虫害及时处理", 'record = "pests"\nwithin = "pest_within"\n')
    text += case("trees", "trees = 34, households = 340", "met", ", need = 34, gap = 0")
    text += case("trees", "trees = 34, households = 341", "unmet", ", need = 34.1, gap = 1")
    text += case("trees", "trees = 34", "unknown")
    text += case("buildings", 'orchard = ["水井"]', "unmet", ", gap = 1")
    text += case("picking", 'picking = { published = true, reviewed = "2025-12-31" }', "met")
    text += case(
        "nothing_else",
        'picking = { published = true, items = ["修枝"] }, picking_tasks = [{ item = "报表" }]',
        "unmet",
        ", gap = 1",
    )
    text += case("rounds", 'rounds = ["2026-06-30"], as_of = "2026-09-30"', "met")
    text += case("pests", 'pests = [{ opened = "2026-06-30" }]', "unknown")
    text += case("rounds", 'rounds = [], start = "2027-06-01"', "pending")
    return text


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "laws"
    (folder / "fruit").mkdir(parents=True)
    (folder / "fruit" / "pack.toml").write_text(pack_toml(), "utf-8")
    monkeypatch.setenv("LINLI_PACKS", str(folder))
    return folder


def test_it_stands_beside_ours_and_holds_in_its_place(outside: Path) -> None:
    assert packs() == ("national", "fruit", "hubei", "hunan")
    pack = load_pack("fruit")
    assert pack_for_place("980102003004") is pack
    assert pack_for_place("420102") is load_pack("hubei")
    assert pack.base is load_pack("national")
    alone = load_pack("fruit", outside).base
    assert alone is not None and alone.sha256 == pack.base.sha256, (
        "in a folder of its own it still rests on the nation's"
    )


def test_it_is_complete_alone_and_against_its_text(outside: Path, tmp_path: Path) -> None:
    pack = load_pack("fruit")
    for act in (None, parse(TEXT)):
        found = check_pack(pack, act)
        assert found.ok, found
        assert (found.articles, found.sentences, found.claimed, found.waived, found.cases) == (4, 7, 6, 1, 9)
    assert all(
        article.sha256 == fingerprint(one) for article, one in zip(pack.articles, parse(TEXT).articles, strict=True)
    )


def test_it_is_judged_alone_and_in_a_frame(outside: Path) -> None:
    pack = load_pack("fruit")
    for one in pack.cases:
        facts = dict(one.given)
        on, start = as_day(facts.pop("as_of", None)) or END, as_day(facts.pop("start", None))
        found = judge(pack.duty(one.duty), pack, facts, on, start=start)
        assert found is not None
        assert found.verdict == one.expect["verdict"]
        [frame] = judge_frame(
            pack, {name: [value, value] for name, value in facts.items()}, on, start=start, duties=[one.duty]
        )
        assert [VERDICTS[code] for code in frame.verdict] == [found.verdict] * 2
        assert frame.finding(1) == found
        assert "第" in say.finding(found, pack.duty(one.duty), pack)


def test_the_command_line_checks_it(
    outside: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli.main(["law", "check"]) == 0
    assert (
        "通过 fruit 某江省社区果园条例（草案）：4 条 7 句，职责 6，豁免 1，未认领 0，算例 9" in capsys.readouterr().out
    )
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / FILE).write_text(TEXT, "utf-8")
    assert cli.main(["law", "check", "fruit", "--texts", str(tmp_path / "texts"), "--json"]) == 0
    [row] = json.loads(capsys.readouterr().out)["packs"]
    assert (row["pack"], row["cases"], row["compared_with_text"], row["ok"]) == ("fruit", 9, True, True)
    monkeypatch.delenv("LINLI_PACKS")
    assert cli.main(["law", "check", "--folder", str(outside)]) == 0
    said = capsys.readouterr().out
    assert "fruit" in said
    assert "hubei" not in said
    (outside / "wild").mkdir()
    (outside / "wild" / "pack.toml").write_text("[pack]\nid = 3", "utf-8")
    assert cli.main(["law", "check", "wild", "--folder", str(outside)]) == 1
    assert "wild" in capsys.readouterr().out


@pytest.mark.django_db
def test_the_pages_show_it(outside: Path, client: Client) -> None:
    assert "某江草案" in client.get("/law/").content.decode()
    page = client.get("/law/fruit/art_1/").content.decode()
    assert "种够果树" in page
    assert "按社区逐个看。" in page, "the reading is shown"


def test_a_setting_that_names_no_folder_and_a_doubled_pack_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINLI_PACKS", str(tmp_path / "nowhere"))
    with pytest.raises(PackError, match=r"LINLI_PACKS：没有 .*nowhere 这个文件夹"):
        folders()
    assert cli.main(["law", "check"]) == 1
    (tmp_path / "hubei").mkdir()
    (tmp_path / "hubei" / "pack.toml").write_text(pack_toml(), "utf-8")
    monkeypatch.setenv("LINLI_PACKS", str(tmp_path))
    with pytest.raises(PackError, match="法规包 hubei 有两份"):
        packs()

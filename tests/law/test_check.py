"""Completeness: an unclaimed sentence or a text that differs makes the check fail, with the text and without it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from linli.law.check import check_pack, main, outline, report
from linli.law.load import PACKS, load_pack, packs, read_pack
from linli.law.parse import parse
from linli.law.types import Pack, PackError

DRAFTS = Path(__file__).resolve().parents[2].parent / "shared" / "law"
needs_drafts = pytest.mark.skipif(not DRAFTS.is_dir(), reason="../shared/law 不在：正文不随仓库分发")
PROVINCES = [id for id in packs() if id != "national"]

TEXT = """某省菜园条例（草案）
第一条【浇水】 应当浇水：
（一）早晨；
（二）傍晚。
第二条【轮换】 地块轮换。有争议的，商量解决。
第三条【施行】 本条例自公布之日起施行。
"""
ACT = parse(TEXT)


def duty(id: str, at: str, numbers: str) -> str:
    return (
        f'[[duty]]\nid = "{id}"\nat = "{at}"\nsentences = {numbers}\nforce = "hard"\nbearer = ["county"]\n'
        'subject = "garden"\nwho = "both"\ngist = "种菜"\nevidence = ["minutes"]\n'
    )


def build(*, counts: str = "[3]", extra: str = "", rotate: str = "[1, 2]") -> Pack:
    """A pack for TEXT, complete unless the arguments say otherwise."""
    heads = "".join(
        f'[[article]]\nat = "{a.eid}"\nnumber = "{a.number}"\ntopic = "garden"\ngist = "种菜"\n'
        f'sentences = {sentences}\nsha256 = "{a.sha256}"\n'
        for a, sentences in zip(ACT.articles, (counts, "[2]", "[1]"), strict=True)
    )
    pack = (
        '[pack]\nid = "garden"\nplace = "99"\ntitle = "菜园"\nshort = "菜园"\nstatus = "draft"\nfile = "garden.txt"\n'
    )
    pack += heads + duty("water", "art_1__para_1", "[1]")
    pack += duty("morning", "art_1__para_1__point_1", "[1]") + duty("evening", "art_1__para_1__point_2", "[1]")
    pack += duty("rotate", "art_2__para_1", rotate)
    pack += '[[waiver]]\nat = "art_3__para_1"\nsentences = [1]\nreason = "施行日期"\n'
    return read_pack((pack + extra).encode(), "garden/pack.toml")


@pytest.mark.parametrize("act", [None, ACT], ids=["pack alone", "with text"])
def test_a_complete_pack_passes(act) -> None:
    result = check_pack(build(), act)
    assert result.ok, result
    assert (result.articles, result.sentences, result.claimed, result.waived) == (3, 6, 5, 1)
    assert result.compared is (act is not None)


@pytest.mark.parametrize("act", [None, ACT], ids=["pack alone", "with text"])
@pytest.mark.parametrize("index", range(4))
def test_dropping_any_duty_leaves_its_sentences_unclaimed(act, index: int) -> None:
    pack = build()
    dropped = pack.duties[index]
    result = check_pack(replace(pack, duties=pack.duties[:index] + pack.duties[index + 1 :]), act)
    assert not result.ok
    assert result.unclaimed == tuple((dropped.at, n) for n in dropped.sentences)


@pytest.mark.parametrize("act", [None, ACT], ids=["pack alone", "with text"])
def test_dropping_a_waiver_or_one_sentence_of_a_duty_fails(act) -> None:
    assert check_pack(replace(build(), waivers=()), act).unclaimed == (("art_3__para_1", 1),)
    assert check_pack(build(rotate="[1]"), act).unclaimed == (("art_2__para_1", 2),)


@pytest.mark.parametrize("act", [None, ACT], ids=["pack alone", "with text"])
@pytest.mark.parametrize(
    ("extra", "kind"),
    [
        (duty("ghost", "art_2__para_1", "[3]"), "unknown"),
        (duty("ghost", "art_1__para_1__point_3", "[1]"), "unknown"),
        ('[[action]]\nverb = "gardens.watered"\nat = ["art_9"]\n', "unknown"),
        ('[param.litres]\nat = "art_9"\nlabel = "水"\nunit = "litres"\nvalues = []\n', "unknown"),
        (duty("fined", "art_2__para_1", "[1]") + 'sanction = "art_9"\n', "unknown"),
        ('[[waiver]]\nat = "art_2__para_1"\nsentences = [1]\nreason = "宣示"\n', "both"),
    ],
)
def test_unknown_addresses_and_double_books_are_faults(act, extra: str, kind: str) -> None:
    result = check_pack(build(extra=extra), act)
    assert [p.kind for p in result.problems] == [kind]
    assert not result.ok


def test_a_duty_of_an_article_that_is_not_there_is_refused_when_the_pack_is_read() -> None:
    with pytest.raises(PackError, match=r"duty\[5\]\.at：本包没有 art_9__para_1 所在的条"):
        build(extra=duty("ghost", "art_9__para_1", "[1]"))
    with pytest.raises(PackError, match=r"waiver\[2\]\.at"):
        build(extra='[[waiver]]\nat = "art_9__para_1"\nsentences = [1]\nreason = "宣示"\n')


def test_a_worked_example_that_does_not_come_out_is_a_fault_of_the_pack() -> None:
    rule = duty("count", "art_2__para_1", "[1]") + 'measure = "beds"\nat_least = "3"\n'
    rule += '[measure.beds]\nlabel = "畦"\nkind = "number"\nunit = "count"\nlevel = "community"\n'
    case = '[[case]]\nduty = "count"\ngiven = { beds = %s }\nexpect = { verdict = "%s", gap = %s }\n'
    assert check_pack(build(extra=rule + case % (2, "unmet", 1))).ok
    wrong = check_pack(build(extra=rule + case % (2, "met", 0))).problems
    assert [p.message for p in wrong] == [
        "算例 1（职责 count）：写的是 met，算出来是 unmet。",
        "算例 1（职责 count）：gap 写的是 0，算出来是 1。",
    ]
    text = check_pack(build(extra=rule + case % ('"两畦"', "met", 0))).problems
    assert [p.kind for p in text] == ["case"]
    assert "不是数字" in text[0].message


@pytest.mark.parametrize("act", [None, ACT], ids=["pack alone", "with text"])
def test_two_duties_may_claim_one_sentence(act) -> None:
    assert check_pack(build(extra=duty("again", "art_2__para_1", "[2]")), act).ok


def test_a_changed_text_makes_the_fingerprint_stale_and_names_the_duties() -> None:
    result = check_pack(build(), parse(TEXT.replace("商量解决", "抽签解决")))
    assert [(p.kind, p.at) for p in result.problems] == [("stale", "art_2")]
    assert "rotate" in result.problems[0].message


def test_a_new_sentence_is_unclaimed_and_a_lost_article_is_told() -> None:
    longer = check_pack(build(), parse(TEXT.replace("商量解决。", "商量解决。仍不行的，抽签。")))
    assert longer.unclaimed == (("art_2__para_1", 3),)
    shorter = check_pack(build(), parse(TEXT.partition("第三条")[0]))
    assert ("missing", "art_3") in [(p.kind, p.at) for p in shorter.problems]


def test_wrong_counts_are_told_only_by_the_text() -> None:
    problems = check_pack(build(counts="[[1, 1, 1]]"), ACT).problems
    assert problems == ()
    assert [p.kind for p in check_pack(build(counts="[4]"), ACT).problems] == ["counts"]


def test_points_of_several_sentences_are_counted_in_nested_form() -> None:
    act = parse("第一条 应当：\n（一）甲。乙。\n（二）丙：\n1.子；\n2.丑。")
    assert "sentences = [[1, 2, [1, 1, 1]]]" in outline(act)
    pack = build(counts="[[1, 2, [1, 1, 1]]]")
    unclaimed = check_pack(pack).unclaimed
    assert unclaimed == (
        ("art_1__para_1__point_1", 2),
        ("art_1__para_1__point_2__item_1", 1),
        ("art_1__para_1__point_2__item_2", 1),
    )


def test_gaps_in_a_text_are_shown_as_notes() -> None:
    result = check_pack(build(), parse(TEXT.replace("第三条", "第四条")))
    assert any("应为第三条" in note for note in result.notes)


@pytest.mark.parametrize("id", packs())
def test_packs_are_complete_from_the_pack_alone(id: str) -> None:
    result = check_pack(load_pack(id))
    assert result.ok, report([id]).as_text()


@needs_drafts
@pytest.mark.parametrize("id", PROVINCES)
def test_packs_agree_with_the_official_text(id: str) -> None:
    result = report([id], DRAFTS)
    assert result.ok, result.as_text()
    assert result.packs[0].compared


@pytest.mark.parametrize("id", PROVINCES)
def test_every_duty_of_a_province_matters(id: str) -> None:
    pack = load_pack(id)
    for dropped in pack.duties:
        rest = tuple(d for d in pack.duties if d is not dropped)
        alone = {(dropped.at, n) for n in dropped.sentences} - {(d.at, n) for d in rest for n in d.sentences}
        assert set(check_pack(replace(pack, duties=rest)).unclaimed) == alone


@needs_drafts
@pytest.mark.parametrize("id", PROVINCES)
def test_packs_hold_no_sentence_of_the_official_text(id: str) -> None:
    pack = load_pack(id)
    text = (DRAFTS / pack.file).read_text("utf-8")
    said = [a.gist for a in pack.articles] + [d.gist for d in pack.duties]
    assert [gist for gist in said if len(gist) > 30 and gist.rstrip("。") in text] == []


def test_a_missing_text_is_a_fault_of_its_pack_only(tmp_path: Path) -> None:
    result = report(["national", *PROVINCES], tmp_path)
    assert {r.pack: r.ok for r in result.packs} == {"national": True} | dict.fromkeys(PROVINCES, False)
    assert "找不到文件" in result.as_text()


def test_a_broken_pack_does_not_stop_the_others(tmp_path: Path) -> None:
    for id, text in (("broken", "["), ("national", (PACKS / "national" / "pack.toml").read_text("utf-8"))):
        (tmp_path / id).mkdir()
        (tmp_path / id / "pack.toml").write_text(text, "utf-8")
    assert [(r.pack, r.ok) for r in report(root=tmp_path).packs] == [("national", True), ("broken", False)]


def test_json_and_exit_code(capsys) -> None:
    assert main(["national", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["ok"] is True
    assert data["packs"][0]["sentences"] == 0
    assert main(["nowhere"]) == 1
    assert "没有名为 nowhere 的法规包" in capsys.readouterr().out


def test_outline_prints_what_a_writer_copies(tmp_path: Path, capsys) -> None:
    path = tmp_path / "garden.txt"
    path.write_text(TEXT, "utf-8")
    assert main(["--outline", str(path)]) == 0
    out = capsys.readouterr().out
    assert f'sha256 = "{ACT.articles[0].sha256}"' in out
    assert "sentences = [3]" in out
    assert "art_1__para_1__point_2 [1]  傍晚。" in out
    assert main(["--outline", str(tmp_path / "no.txt")]) == 1
    assert "找不到文件" in capsys.readouterr().err

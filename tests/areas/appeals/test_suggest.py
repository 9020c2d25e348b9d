"""What the system suggests: from the catalogue's words, from what the site has learnt, and from its place names."""

import logging
import random
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from linli.areas.appeals import actions as appeals
from linli.areas.appeals import queries
from linli.areas.appeals.models import Appeal
from linli.areas.appeals.queries import suggested as module
from linli.commons.models import Place
from linli.kit import trail
from linli.methods.classify.model import IN_FORCE, Model
from linli.methods.classify.train import told, train
from linli.site.health import content
from tests.areas.appeals.test_desk import at, classified, page, send
from tests.cast import Town, fresh

SAID = {
    "路灯照明": ("灯柱子黑咕隆咚", "灯柱子又瞎了", "夜里灯柱子黑咕隆咚", "灯柱子一闪一闪的"),
    "油烟扰民": ("烧烤摊呛鼻子", "楼下馆子呛鼻子", "窗户一开呛鼻子", "烟囱对着窗呛鼻子"),
    "小区停车": ("挪车都挪不开", "四个轮子堵单元门", "回来没坑位放车", "四个轮子堵着门"),
}
TEXT = "夜里灯柱子黑咕隆咚的，都不敢出门。"


def rows(labels: dict[str, str] | None = None) -> tuple[list[str], list[str]]:
    """Invented messages in words that the catalogue does not know, with their matter or what stands for it."""
    dice = random.Random(1)
    texts, marks = [], []
    for number in range(120):
        name = list(SAID)[number % 3]
        texts.append(
            f"{dice.choice(SAID[name])}，{dice.choice(['请来看看', '好些天了', '没人来管', '老人不方便'])}{number}"
        )
        marks.append((labels or {}).get(name, name))
    return texts, marks


@pytest.fixture(scope="module")
def model() -> Model:
    """A model of the invented messages, its labels names of matters."""
    return told(train(*rows())[0], trained="2026-01-02 03:04:05")


@pytest.fixture
def site(settings: Any, tmp_path: Path) -> Path:
    """A data folder of its own; gives the place of the model."""
    settings.LINLI_DATA = tmp_path
    return tmp_path / IN_FORCE


def test_without_a_model_the_words_of_the_catalogue_decide(hubei: Town, site: Path) -> None:
    said = queries.advise("滨江社区 3 栋楼下路灯坏了", county=hubei.county.code)
    assert said["matter"] == hubei.matter("路灯照明").code and "learnt" not in said
    assert said["place"] == hubei.community.code and said["place_detail"] == "3 栋" and "全名" in said["place_why"]
    assert "matter" not in queries.advise(TEXT, county=hubei.county.code)
    assert "按事项目录的词：“路灯坏了”" in page(hubei.hotline, at(hubei.file().appeal, "accept"))
    assert content.classifier().state.startswith("没有") and content.classifier().level == "ok"


def test_what_the_site_has_learnt_goes_first_and_says_why(hubei: Town, site: Path, model: Model) -> None:
    model.save(site)
    appeal = hubei.file(TEXT).appeal
    assert "matter" not in appeal.suggestion  # filing itself asks no model
    said = queries.advice(appeal)
    assert said["matter"] == hubei.matter("路灯照明").code and said["learnt"] and said["confidence"] >= module.SURE
    assert said["words"] and all(word in TEXT for word in said["words"])
    assert [TEXT[start:end] for start, end, _ in said["spans"]] == said["words"]
    assert all(one[1] < other[0] for one, other in pairwise(said["spans"]))  # what runs together is one passage
    for address in (at(appeal), at(appeal, "accept")):
        shown = page(hubei.hotline, address)
        assert "按本地办过的诉求，把握" in shown and "只是建议，由您核对后确认。" in shown
    assert f'value="{hubei.matter("路灯照明").code}" selected' in page(hubei.hotline, at(appeal, "accept"))
    assert content.classifier().state == "120 件、3 类，训练于 2026-01-02 03:04:05"


def test_a_resident_sees_the_learnt_matter_before_sending(
    hubei: Town, client: Client, site: Path, model: Model
) -> None:
    model.save(site)
    client.post("/report/", {"text": TEXT})
    client.post("/report/where/", {"place": hubei.community.code})
    client.post("/report/contact/", {})
    shown = client.get("/report/check/")
    assert "看起来属于：路灯照明" in shown.content.decode() and shown.context["said"]["learnt"]
    client.post("/report/check/", {"token": shown.context["token"], "keep_matter": "1"})
    assert Appeal.objects.get().matter == hubei.matter("路灯照明")


def test_what_was_shown_stays_on_record_once_a_person_has_decided(hubei: Town, site: Path, model: Model) -> None:
    model.save(site)
    appeal = hubei.file(TEXT).appeal
    send(hubei.hotline, appeal, "accept", **classified(hubei, "小区停车"))
    line = trail.Entry.objects.get(verb="appeals.classified")
    matters = [hubei.matter(name).code for name in ("路灯照明", "小区停车")]
    assert [line.facts["suggested"], line.facts["confirmed"]] == matters
    site.unlink()
    assert queries.advice(fresh(appeal))["matter"] == matters[0]
    assert "系统建议" not in page(hubei.hotline, at(appeal))


def test_below_its_confidence_the_model_keeps_silent(
    hubei: Town, site: Path, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.save(site)
    said = queries.advise("楼下路灯坏了，四个轮子，呛鼻子", county=hubei.county.code)
    monkeypatch.setattr(module, "SURE", said.get("confidence", 0.0) + 0.5)
    plain = queries.advise("楼下路灯坏了，四个轮子，呛鼻子", county=hubei.county.code)
    assert plain["matter"] == hubei.matter("路灯照明").code and "learnt" not in plain


@pytest.mark.parametrize("text", ["翠湖花园电梯停运三天", "小区燃气泄漏，请来看看，没人来管", "祝您生活愉快", "……"])
def test_a_matter_that_the_model_never_learnt_is_left_to_the_catalogue(
    hubei: Town, site: Path, model: Model, text: str
) -> None:
    plain = queries.advise(text, county=hubei.county.code)
    model.save(site)
    said = queries.advise(text, county=hubei.county.code)
    assert {**said, "matters": said.get("matters", [])[:1]} == {**plain, "matters": plain.get("matters", [])[:1]}


def test_a_model_of_classes_orders_the_matters_of_its_class(hubei: Town, site: Path) -> None:
    classes = {"路灯照明": "城乡建设", "油烟扰民": "环境保护", "小区停车": "城乡建设"}
    train(*rows(classes))[0].save(site)
    said = queries.advise("油烟呛鼻子，窗户一开呛鼻子", county=hubei.county.code)
    assert said["learnt_class"] and said["matters"][0]["name"] == "油烟扰民"
    said = queries.advise(TEXT, county=hubei.county.code)  # no word of the catalogue: what stands for all of the class
    assert said["matters"][0]["name"] == "其他城乡建设"
    assert "属于城乡建设的把握" in page(hubei.hotline, at(hubei.file(TEXT).appeal, "accept"))
    assert content.classifier().level == "ok"


def test_labels_that_the_catalogue_does_not_know_suggest_nothing(hubei: Town, site: Path) -> None:
    train(*rows({"路灯照明": "甲", "油烟扰民": "乙", "小区停车": "小区停车"}))[0].save(site)
    assert "matter" not in queries.advise(TEXT, county=hubei.county.code)
    finding = content.classifier()
    assert finding.level == "warn" and "2 个类别不是本站的事项或大类：乙、甲" in finding.state


@pytest.mark.parametrize("harm", ["cut", "changed", "other", "folder"])
def test_a_damaged_model_is_named_once_and_breaks_nothing(
    hubei: Town, site: Path, model: Model, harm: str, caplog: pytest.LogCaptureFixture
) -> None:
    model.save(site)
    raw = site.read_bytes()
    if harm == "folder":
        site.unlink()
        site.mkdir()
    else:
        site.write_bytes({"cut": raw[:-9], "changed": raw[:-9] + b"x" * 9, "other": b"%PDF-1.7\n"}[harm])
    appeal = hubei.file("滨江社区 3 栋楼下路灯坏了。").appeal
    with caplog.at_level(logging.WARNING, logger="linli.appeals"):
        for _ in range(2):
            assert "按事项目录的词：“路灯坏了”" in page(hubei.hotline, at(appeal, "accept"))
    assert len(caplog.records) == 1 and "按事项目录的词给出建议" in caplog.text
    finding = content.classifier()
    assert finding.level == "warn" and "linli appeals learn" in finding.mend


def test_a_new_model_is_used_without_a_restart(hubei: Town, site: Path, model: Model) -> None:
    assert "matter" not in queries.advise(TEXT, county=hubei.county.code)
    model.save(site)
    assert queries.advise(TEXT, county=hubei.county.code)["learnt"]
    train(*rows({"路灯照明": "小区停车", "小区停车": "路灯照明"}))[0].save(site)
    assert queries.advise(TEXT, county=hubei.county.code)["matters"][0]["name"] == "小区停车"
    site.unlink()
    assert "matter" not in queries.advise(TEXT, county=hubei.county.code)


def test_a_place_that_two_bear_is_not_guessed(hubei: Town, site: Path) -> None:
    twin = Place.objects.create(code=f"{hubei.street.code[:6]}999001", name="滨江社区", level="community")
    assert "place" not in queries.suggest("滨江社区路灯坏了", county=hubei.county.code)
    Place.objects.filter(pk=twin.pk).update(name="滨江新村社区")
    said = queries.suggest("宾江社区路灯坏了", county=hubei.county.code)
    assert said["place"] == hubei.community.code and "同音或近音" in said["place_why"]


def alike(who: Any, appeal: Appeal) -> list[tuple[str, str]]:
    """Numbers of the similar appeals that the post sees, with why."""
    return [(row.appeal.number, row.why) for row in queries.similar_open(who, appeal)]


def test_similar_appeals_say_what_they_share(hubei: Town) -> None:
    first = hubei.file("滨江社区 3 栋楼下路灯坏了，晚上很黑。").appeal
    second = hubei.file("滨江社区 3 栋路灯还是坏的，老人摔了。").appeal
    assert alike(hubei.hotline, second) == [(first.number, "同在滨江社区；都写到“滨江社区”“路灯”；同一天")]
    shown = page(hubei.hotline, at(second))
    assert "都写到“滨江社区”“路灯”；同一天" in shown and at(first) in shown


def test_the_same_estate_with_two_matters_is_not_similar(hubei: Town) -> None:
    hubei.file("滨江社区 3 栋楼下路灯坏了，晚上很黑。")
    assert alike(hubei.hotline, hubei.file("滨江社区 3 栋楼顶漏水，物业不修。").appeal) == []


def test_similar_appeals_that_a_post_may_not_see_are_not_shown(hubei: Town) -> None:
    first = hubei.file("滨江社区 3 栋楼下路灯坏了，晚上很黑。").appeal
    second = hubei.handling(text="滨江社区 3 栋楼下路灯坏了几天，晚上太黑。")
    assert [number for number, _ in alike(hubei.hotline, second)] == [first.number]
    assert alike(hubei.department, second) == [] and alike(hubei.outsider, second) == []
    appeals.withdraw_appeal(by=hubei.hotline.lent("appeals.withdraw"), appeal=fresh(first))
    assert alike(hubei.hotline, second) == []


def test_many_newer_appeals_do_not_crowd_out_those_of_the_community(
    hubei: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = hubei.file("滨江社区 3 栋楼下路灯坏了，晚上很黑。").appeal
    second = hubei.file("滨江社区 3 栋楼下路灯坏了几天，晚上太黑。").appeal
    for number in range(8):
        appeals.file_appeal(by=hubei.hotline, place=hubei.sibling, text=f"第{number}次反映公交车不准点。")
    unplaced = appeals.file_appeal(by=hubei.hotline, place=hubei.county, text="翠湖花园电梯又停了，老人下不来。").appeal
    for number in range(8):
        appeals.file_appeal(by=hubei.hotline, place=hubei.sibling, text=f"第{number}次反映公交车总是晚点。")
    monkeypatch.setattr("linli.areas.appeals.queries.alike.MOST", 4)
    assert [number for number, _ in alike(hubei.hotline, second)] == [first.number]
    third = appeals.file_appeal(by=hubei.hotline, place=hubei.county, text="翠湖花园电梯停了三天。").appeal
    assert alike(hubei.hotline, third)[0] == (unplaced.number, "都写到“翠湖花园”“电梯”；同一天")

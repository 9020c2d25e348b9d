"""`linli appeals learn`: the site's own closed appeals become a model, and only a better one takes its place."""

from pathlib import Path
from typing import Any

import pytest

from linli.areas.appeals.flow import State
from linli.areas.appeals.models import Appeal
from linli.areas.appeals.queries import suggested
from linli.commons.actor import SYSTEM
from linli.methods.classify.model import IN_FORCE, Model
from linli.site import cli
from tests.areas.appeals.test_suggest import rows
from tests.cast import Town

SEEING = SYSTEM.lent("appeals.see")


@pytest.fixture
def site(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of its own; gives the place of the model."""
    settings.LINLI_DATA = tmp_path
    monkeypatch.setattr("linli.site.commands.prepare.open_database", lambda **_more: None)
    return tmp_path / IN_FORCE


def close(town: Town, state: State = State.CLOSED, **more: Any) -> list[Appeal]:
    """Closed appeals in words that the catalogue does not know, each with the matter that somebody settled on."""
    texts, names = rows()
    fields: dict[str, Any] = {"county": town.county, "place": town.community, "channel": "web", "filed_by": "resident"}
    made = [
        Appeal(
            **{**fields, "confirmed": True, "number": f"2601{more.get('first', 0) + at:010d}", "code_hash": "x"},
            title=text[:30], text=text, state=state, matter=town.matter(name), erased=more.get("erased", False),
        )
        for at, (text, name) in enumerate(zip(texts, names, strict=True))
    ]  # fmt: skip
    return Appeal.everything.bulk_create(made)


def test_closed_appeals_become_the_model_that_is_asked(
    hubei: Town, site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    close(hubei)
    assert cli.main(["appeals", "learn"]) == 0
    said = capsys.readouterr().out
    assert (
        "本站有 120 件办结诉求、3 个事项可学；事项目录的词在其中正确 0.108。" in said and "已训练并启用：120 条" in said
    )
    assert Model.load(site).labels == ("小区停车", "油烟扰民", "路灯照明")
    asked = suggested.advise("灯柱子又瞎了，夜里黑咕隆咚", county=hubei.county.code)
    assert asked["learnt"] and asked["matter"] == hubei.matter("路灯照明").code


def test_the_model_in_force_stays_until_there_is_something_better(
    hubei: Town, site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    close(hubei)
    assert cli.main(["appeals", "learn"]) == 0
    first = site.read_bytes()
    assert cli.main(["appeals", "learn"]) == 0
    assert "现用模型不变" in capsys.readouterr().out and site.read_bytes() == first
    assert cli.main(["appeals", "learn", "--force"]) == 0
    assert site.with_name("appeals.model.previous").read_bytes() == first


def test_a_model_that_knows_less_than_the_catalogue_is_not_used(
    hubei: Town, site: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    close(hubei)
    monkeypatch.setattr("linli.site.commands.appeals_own.by_catalogue", lambda _data: 1.01)
    assert cli.main(["appeals", "learn"]) == 0
    assert "模型还不如目录，没有启用" in capsys.readouterr().out and not site.exists()


def test_only_what_a_person_has_settled_is_learnt_from(hubei: Town, site: Path) -> None:
    made = close(hubei)
    assert len(suggested.settled(SEEING, 1000)) == 120
    assert [text for text, _ in suggested.settled(SEEING, 2)] == [row.text for row in made[-2:]]
    assert suggested.settled(hubei.outsider, 1000) == [] and suggested.settled(SYSTEM, 1000) == []
    for change in (
        {"state": State.HANDLING},
        {"confirmed": False},
        {"erased": True},
        {"matter": None},
        {"shown": False},
    ):
        Appeal.everything.filter(pk=made[0].pk).update(**change)
        assert len(suggested.settled(SEEING, 1000)) == 119
        Appeal.everything.filter(pk=made[0].pk).update(
            state=State.CLOSED, confirmed=True, erased=False, matter=made[0].matter, shown=True
        )
    Appeal.everything.filter(pk=made[0].pk).update(state=State.HISTORY, confirmed=False)
    assert len(suggested.settled(SEEING, 1000)) == 120


def test_too_few_closed_appeals_are_refused_with_the_way_on(
    hubei: Town, site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["appeals", "learn"]) == 2
    assert "linli appeals train 文件" in capsys.readouterr().err
    Appeal.everything.filter(pk__in=[row.pk for row in close(hubei)[9:]]).update(matter=None)
    assert cli.main(["appeals", "learn"]) == 2
    assert "暂不学习：小区停车、油烟扰民、路灯照明" in capsys.readouterr().err and not site.exists()

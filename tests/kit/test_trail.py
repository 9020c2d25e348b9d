"""The trail finds every kind of tampering; what no chain can find by itself, the anchors find."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from linli.areas.appeals import actions as appeals
from linli.commons.actor import SYSTEM
from linli.commons.models import User
from linli.kit import anchor, trail
from linli.kit.errors import NotAllowed
from linli.kit.trail import GENESIS, ChainHead, Draft, Entry
from tests.cast import Town, fresh

UNIT = "429999"


@pytest.fixture
def chain(db: None) -> None:
    """Nine lines in one county and two in another."""
    draft = lambda n, place: Draft(  # noqa: E731
        SYSTEM,
        "appeals.dispatched",
        f"appeal:{n}",
        place,
        {"state": ["accepted", "handling"]},
        {"to": "甲局", "n": n, "hours": 1.5, "none": None, "nested": {"b": 1, "a": [True, "二"]}},
        ("hubei.art_41__para_1",),
        f"第{n}条，“引号”与\n换行",
    )
    for n in range(1, 10):
        trail.write([draft(n, f"{UNIT}001")])
    trail.write([draft(1, "439999001"), draft(2, "439999001")])
    assert list(trail.verify()) == []


def rows() -> list[Entry]:
    return list(Entry.objects.filter(unit=UNIT).order_by("seq"))


def rechain(until: int = 9, *, head: bool = False) -> None:
    """What a forger does after a change: compute the hashes anew."""
    prev = GENESIS
    for entry in rows()[:until]:
        entry.prev_hash = prev
        prev = entry.hash = entry.digest()
        entry.save()
    if head:
        last = rows()[-1]
        ChainHead.objects.filter(unit=UNIT).update(seq=last.seq, hash=last.hash)


EDITS: dict[str, object] = {
    "unit": "439999",
    "seq": 99,
    "at": timezone.now() - timedelta(days=2),
    "actor": "user:2",
    "actor_label": "别人",
    "body": "429999-housing",
    "verb": "appeals.answered",
    "subject": "appeal:77",
    "place": "429999002",
    "changes": {"state": ["accepted", "closed"]},
    "facts": {"to": "乙局"},
    "basis": ["hunan.art_12__para_1"],
    "note": "",
    "prev_hash": "f" * 64,
    "hash": "f" * 64,
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_of_any_field_is_found(chain: None, name: str) -> None:
    assert Entry.objects.filter(unit=UNIT, seq=5).update(**{name: EDITS[name]}) == 1
    assert list(trail.verify()) != []


def test_every_stored_field_is_under_the_hash() -> None:
    assert set(EDITS) == {field.name for field in Entry._meta.concrete_fields} - {"id"}


def delete_middle() -> None:
    Entry.objects.filter(unit=UNIT, seq=5).delete()


def delete_middle_and_close_up() -> None:
    delete_middle()
    for seq in range(6, 10):
        Entry.objects.filter(unit=UNIT, seq=seq).update(seq=F("seq") - 1)


def cut_tail() -> None:
    Entry.objects.filter(unit=UNIT, seq__gt=6).delete()


def cut_all() -> None:
    Entry.objects.filter(unit=UNIT).delete()


def insert() -> None:
    last = rows()[-1]
    last.pk, last.seq, last.prev_hash = None, 10, last.hash
    last.hash = last.digest()
    last.save()


def reorder() -> None:
    for old, new in ((4, 100), (5, 4), (100, 5)):
        Entry.objects.filter(unit=UNIT, seq=old).update(seq=new)


def duplicate() -> None:
    copy = rows()[2]
    copy.pk, copy.seq = None, 10
    copy.save()


def swap_actor() -> None:
    Entry.objects.filter(unit=UNIT, seq=3).update(actor="user:9", actor_label="替身", body="x")
    rechain(until=5)


def back_date() -> None:
    Entry.objects.filter(unit=UNIT, seq=9).update(at=F("at") - timedelta(days=30))
    last = rows()[-1]
    last.hash = last.digest()
    last.save()


def forget_head() -> None:
    ChainHead.objects.filter(unit=UNIT).delete()


TAMPERING = [
    delete_middle,
    delete_middle_and_close_up,
    cut_tail,
    cut_all,
    insert,
    reorder,
    duplicate,
    swap_actor,
    back_date,
    forget_head,
]


@pytest.mark.parametrize("tamper", TAMPERING, ids=lambda tamper: tamper.__name__)
def test_tampering_is_found_in_the_chain_it_befell(chain: None, tamper: Callable[[], None]) -> None:
    tamper()
    faults = list(trail.verify())
    assert faults and {fault.unit for fault in faults} == {UNIT}


def test_two_lines_never_share_a_number(chain: None) -> None:
    copy = rows()[2]
    copy.pk = None
    from django.db import IntegrityError

    with pytest.raises(IntegrityError), transaction.atomic():
        copy.save()


def recompute_everything() -> None:
    Entry.objects.filter(unit=UNIT, seq=5).update(note="从来没有拒绝过")
    rechain(head=True)


def cut_tail_with_head() -> None:
    cut_tail()
    last = rows()[-1]
    ChainHead.objects.filter(unit=UNIT).update(seq=last.seq, hash=last.hash)


def wipe_the_county() -> None:
    cut_all()
    forget_head()


@pytest.mark.parametrize(
    "tamper", [recompute_everything, cut_tail_with_head, wipe_the_county], ids=lambda tamper: tamper.__name__
)
def test_what_the_database_alone_cannot_tell_the_anchor_tells(
    chain: None, tmp_path: Path, tamper: Callable[[], None]
) -> None:
    kept = tmp_path / "anchors.txt"
    assert anchor.write_anchors(kept) == 2
    assert list(anchor.verify(kept)) == []
    tamper()
    assert list(trail.verify()) == []
    faults = list(anchor.verify(kept))
    assert [(fault.unit, fault.seq) for fault in faults] == [(UNIT, 9)]


def test_anchors_are_added_only_when_a_head_moved(chain: None, tmp_path: Path) -> None:
    kept = tmp_path / "anchors.txt"
    assert anchor.write_anchors(kept) == 2
    first = kept.read_bytes()
    assert anchor.write_anchors(kept) == 0
    trail.write([Draft(SYSTEM, "appeals.closed", "appeal:1", UNIT)])
    assert anchor.write_anchors(kept) == 1
    assert kept.read_bytes().startswith(first)
    assert list(anchor.verify(kept)) == []
    assert anchor.JOB.seconds <= 600


def test_a_torn_or_forged_anchor_line_is_named(chain: None, tmp_path: Path) -> None:
    kept = tmp_path / "anchors.txt"
    anchor.write_anchors(kept)
    whole = kept.read_text()
    kept.write_text(whole + "2026-01-01T00:00 4299")  # power cut while writing
    trail.write([Draft(SYSTEM, "appeals.closed", "appeal:1", UNIT)])
    anchor.write_anchors(kept)
    assert [fault.message for fault in anchor.verify(kept)] == ["锚点文件第 3 行无法识别"]
    kept.write_text(whole + whole.replace(whole.split()[3], "0" * 64))
    assert any("矛盾" in fault.message for fault in anchor.verify(kept))


def test_no_anchor_file_is_no_fault(chain: None, tmp_path: Path) -> None:
    assert list(anchor.verify(tmp_path / "none.txt")) == []


def test_erasing_a_person_keeps_the_chain(town: Town) -> None:
    appeal = town.answered(name="李梅", contact="10000000001")
    appeals.call_back(by=town.hotline, appeal=appeal, how="phone", reached=True, solved=True, rating=5)
    User.objects.update(name="已注销", username=F("id"))
    type(appeal).objects.filter(pk=appeal.pk).update(
        reporter_name="", reporter_contact="", title="已删除", text="已删除"
    )
    assert list(trail.verify()) == []
    assert not Entry.objects.filter(note__contains="10000000001").exists()


def test_no_word_of_the_resident_enters_the_trail(town: Town) -> None:
    appeal = town.handling(
        name="李梅梅", contact="10000000001", text="我家门口的井盖坏了，李梅梅摔伤了。", title="井盖坏"
    )
    appeals.ask_resident(by=town.department, appeal=appeal, question="请问李梅梅在几号楼？")
    appeals.add_information(by=town.resident, appeal=fresh(appeal), text="李梅梅在 5 号楼")
    for entry in Entry.objects.all():
        said = f"{entry.note} {entry.facts} {entry.changes} {entry.actor_label}"
        assert "李梅梅" not in said and "10000000001" not in said and "井盖" not in said, entry.verb


def test_the_gist_of_a_refusal_survives_its_rollback(town: Town) -> None:
    with pytest.raises(NotAllowed):
        appeals.dispatch_appeal(by=town.department, appeal=town.accepted(), to=town.bodies["housing"])
    line = Entry.objects.get(verb="appeals.refused")
    assert (line.body, line.facts["code"]) == (town.bodies["urban_mgmt"].code, "no_power")
    assert line.facts["action"] == "dispatch_appeal" and line.note


def test_lines_stand_in_the_chain_of_their_county(hubei: Town, hunan: Town) -> None:
    hubei.file()
    hunan.file()
    assert set(Entry.objects.filter(verb="appeals.filed").values_list("unit", flat=True)) == {"429999", "439999"}
    assert trail.unit_of("") == "root"
    assert list(trail.verify()) == []


def test_verbs_without_an_article_have_no_basis(town: Town) -> None:
    assert trail.basis_for("commons.day_set", town.county.code) == ()
    assert trail.basis_for("appeals.dispatched", town.county.code) != ()


def a_line() -> Draft:
    return Draft(SYSTEM, "appeals.dispatched", "appeal:x", f"{UNIT}001")


def test_a_line_that_is_rolled_back_leaves_no_gap(chain: None) -> None:
    for _ in range(2):
        with transaction.atomic():
            trail.write([a_line(), a_line()])
            transaction.set_rollback(True)
        trail.write([a_line()])
    assert list(trail.verify()) == []
    assert [entry.seq for entry in rows()] == list(range(1, 12))


@pytest.mark.parametrize("guess", [None, (0, GENESIS), (8, "f" * 64), (9, "f" * 64), (30, GENESIS)])
def test_what_another_process_wrote_meanwhile_is_followed(
    chain: None, monkeypatch: pytest.MonkeyPatch, guess: tuple[int, str] | None
) -> None:
    monkeypatch.setattr(trail, "_tips", {} if guess is None else {UNIT: guess})
    trail.write([a_line(), Draft(SYSTEM, "appeals.dispatched", "appeal:y", "43"), a_line()])
    trail.write([a_line()])
    assert list(trail.verify()) == []
    assert [entry.seq for entry in rows()] == list(range(1, 13))


def test_the_next_line_asks_for_no_head_that_this_process_moved_last(chain: None) -> None:
    with CaptureQueriesContext(connection) as sent:
        trail.write([a_line()])
    said = [query["sql"] for query in sent if "kit_" in query["sql"]]
    assert [sql.split()[0] for sql in said] == ["UPDATE", "INSERT"]

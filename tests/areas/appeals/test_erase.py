"""Erasing a resident's data: asked for by the resident, done by the county, gone everywhere, and the trail holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, models
from django.test import Client

from linli.areas.appeals import actions as appeals
from linli.areas.appeals.actions.erase import erase_again
from linli.areas.appeals.models import Answer, Appeal, CallBack, Erasure, Word
from linli.kit import files, ledger, trail
from linli.kit.errors import BadInput, NotAllowed, RuleBroken, WrongState
from linli.kit.notices.models import Notice
from tests.cast import Town, fresh

CANARY = "李梅梅"


@pytest.fixture(autouse=True)
def files_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "LINLI_FILES", tmp_path / "files")
    monkeypatch.setattr(ledger, "ledger_file", lambda: tmp_path / "erased.txt")


def ended(town: Town) -> Appeal:
    """An appeal with the canary in every field a person wrote, called back and closed."""
    photo = (b"%PDF-" + CANARY.encode(), "application/pdf", f"{CANARY}.pdf")
    appeal = town.handling(
        name=CANARY, contact="10000000001", text=f"{CANARY}家门口路灯坏了。", place_text=f"{CANARY}家", photos=(photo,)
    )
    appeals.write_brief(by=town.hotline, appeal=appeal, brief=f"{CANARY}家门口路灯坏")
    appeals.ask_resident(by=town.department, appeal=fresh(appeal), question=f"{CANARY}在几号楼？")
    appeals.add_information(by=town.resident, appeal=fresh(appeal), text=f"{CANARY}在五号楼")
    appeals.answer_appeal(by=town.department, appeal=fresh(appeal), text=f"{CANARY}，已派人修好路灯，今晚恢复照明。")
    appeals.call_back(
        by=town.hotline, appeal=fresh(appeal), how="phone", reached=True, solved=True, rating=5, note=f"{CANARY}满意"
    )
    return fresh(appeal)


def everything() -> str:
    """All that the database holds, as text, decrypted where it rests encrypted."""
    found = []
    for model in (Appeal, Answer, Word, CallBack, files.Attachment, trail.Entry, Notice, Erasure):
        for row in model._base_manager.all():
            found += [str(getattr(row, field.attname)) for field in row._meta.concrete_fields]
    return "\n".join(found)


def test_after_erasing_no_word_of_the_person_is_left_and_the_trail_holds(
    town: Town, django_capture_on_commit_callbacks
) -> None:
    appeal = ended(town)
    path = files.Attachment.objects.get(subject=appeal.trail_key).path
    assert CANARY in everything() and path.exists()
    appeals.ask_erasure(by=town.resident, appeal=appeal)
    with django_capture_on_commit_callbacks(execute=True):
        appeals.erase_reporter(by=town.lead, appeal=fresh(appeal))
    assert CANARY not in everything() and "10000000001" not in everything()
    assert not path.exists()
    assert list(trail.verify()) == []
    assert fresh(appeal).state == appeal.state and fresh(appeal).rating == 5
    assert ledger.read(ledger.ledger_file()) == {ledger.digest(appeal.trail_key)}
    assert appeal.number not in ledger.ledger_file().read_text()


def test_every_personal_field_that_hangs_on_an_appeal_is_blanked(town: Town) -> None:
    """A new L3 or L4 field must be added to `wipe`, or a person's data would survive."""
    appeal = ended(town)
    appeals.ask_erasure(by=town.resident, appeal=appeal)
    appeals.erase_reporter(by=town.lead, appeal=fresh(appeal))
    hanging: list[type[models.Model]] = [Appeal]
    hanging += [link.related_model for link in Appeal._meta.related_objects if link.related_model is not Appeal]
    looked = 0
    for model in hanging:
        for field in (name for name, level in getattr(model, "LABELS", {}).items() if level in ("L3", "L4")):
            looked += 1
            for value in model._base_manager.values_list(field, flat=True):
                assert CANARY not in str(value), f"{model.__name__}.{field} survives: blank it in actions/erase.py"
    assert looked >= 8


def test_a_photo_that_another_appeal_also_shows_stays(town: Town, django_capture_on_commit_callbacks) -> None:
    photo = (b"%PDF-shared", "application/pdf", "a.pdf")
    first, second = (town.file(photos=(photo,)).appeal for _ in range(2))
    appeals.withdraw_appeal(by=town.resident, appeal=first)
    appeals.ask_erasure(by=town.resident, appeal=fresh(first))
    with django_capture_on_commit_callbacks(execute=True):
        appeals.erase_reporter(by=town.lead, appeal=fresh(first))
    assert files.Attachment.objects.get(subject=second.trail_key).path.exists()


def test_it_needs_a_request_an_end_and_the_county(town: Town) -> None:
    open_one = town.handling()
    with pytest.raises(WrongState, match="撤回"):
        appeals.ask_erasure(by=town.resident, appeal=open_one)
    appeal = ended(town)
    with pytest.raises(RuleBroken, match="本人申请"):
        appeals.erase_reporter(by=town.lead, appeal=appeal)
    appeals.ask_erasure(by=town.resident, appeal=fresh(appeal))
    with pytest.raises(WrongState, match="正在等待"):
        appeals.ask_erasure(by=town.resident, appeal=fresh(appeal))
    for who in (town.hotline, town.department, town.admin, town.outsider, town.resident):
        with pytest.raises(NotAllowed):
            appeals.erase_reporter(by=who, appeal=fresh(appeal))
    appeals.reopen_appeal(by=town.resident, appeal=fresh(appeal), reason="又坏了，还是不亮")
    with pytest.raises(WrongState, match="又在办理"):
        appeals.erase_reporter(by=town.lead, appeal=fresh(appeal))
    assert CANARY in everything()


def test_a_refusal_needs_a_reason_that_the_resident_reads(town: Town) -> None:
    appeal = ended(town)
    appeals.ask_erasure(by=town.resident, appeal=appeal)
    with pytest.raises(BadInput):
        appeals.refuse_erasure(by=town.lead, appeal=fresh(appeal), decision="不")
    row = appeals.refuse_erasure(by=town.lead, appeal=fresh(appeal), decision="法定保存期限未满，期满后删除")
    assert row.state == Erasure.State.REFUSED
    assert trail.Entry.objects.get(verb="appeals.erasure_refused").note == "法定保存期限未满，期满后删除"
    appeals.ask_erasure(by=town.resident, appeal=fresh(appeal))  # circumstances change; asking again is free


def test_erasing_once_more_after_a_restore_finds_only_what_was_erased(town: Town) -> None:
    gone, kept = ended(town), town.file(name=CANARY).appeal
    ledger.note([gone.trail_key])
    digests = ledger.read(ledger.ledger_file())
    assert erase_again(digests) == 1
    assert erase_again(digests) == 0
    assert fresh(gone).reporter_name == "" and fresh(kept).reporter_name == CANARY
    assert erase_again(set()) == 0


def test_the_resident_asks_and_the_county_answers_on_their_pages(town: Town) -> None:
    receipt = town.file(name=CANARY)
    appeals.withdraw_appeal(by=town.resident, appeal=receipt.appeal)
    number, resident, county = receipt.appeal.number, Client(), Client()
    resident.post("/follow/", {"number": number, "code": receipt.code})
    assert "申请删除个人信息" in resident.get(f"/follow/{number}/").content.decode()
    asked = resident.get(f"/follow/{number}/erase/").content.decode()
    assert "第四十七条" in asked
    assert resident.post(f"/follow/{number}/erase/").status_code == 302
    assert "申请删除个人信息</a>" not in resident.get(f"/follow/{number}/").content.decode()
    assert town.lead.user is not None
    county.force_login(town.lead.user)
    assert number in county.get("/work/erasures/").content.decode()
    refused = county.post(f"/work/erasures/{number}/", {"do": "refuse", "decision": ""})
    assert refused.status_code == 422 and "理由" in refused.content.decode()
    assert county.post(f"/work/erasures/{number}/", {"do": "erase"}).status_code == 302
    page = resident.get(f"/follow/{number}/").content.decode()
    assert "已删除" in page and CANARY not in page
    assert "个人信息已删除" in county.get(f"/work/erasures/{number}/").content.decode()
    assert number in b"".join(county.get("/work/erasures/?as=csv")).decode("utf-8")


def test_a_counter_may_ask_for_a_resident_whose_identity_it_checked(town: Town) -> None:
    appeal = ended(town)
    clerk = Client()
    assert town.hotline.user is not None
    clerk.force_login(town.hotline.user)
    address = f"/work/appeals/{appeal.number}/forget/"
    assert "核对" in clerk.get(address).content.decode()
    assert clerk.post(address, {}).status_code == 422
    assert clerk.post(address, {"shown": "paper"}).status_code == 302
    assert Erasure.objects.get(appeal=appeal).shown == Erasure.Shown.PAPER


def test_two_requests_at_once_leave_one(town: Town) -> None:
    from django.db import IntegrityError, transaction

    appeal = ended(town)
    appeals.ask_erasure(by=town.resident, appeal=appeal)
    with pytest.raises(IntegrityError), transaction.atomic():
        Erasure.objects.create(appeal=appeal, asked_by="x", shown="code")
    assert connection.is_usable()


def test_the_ledger_survives_a_torn_line() -> None:
    ledger.note(["appeal:1"])
    with ledger.ledger_file().open("a") as out:
        out.write("2026-11-22T00:00 abc")
    ledger.note(["appeal:1", "appeal:2"])
    assert ledger.read(ledger.ledger_file()) == {ledger.digest("appeal:1"), ledger.digest("appeal:2")}
    assert ledger.ledger_file().stat().st_mode & 0o777 == 0o600

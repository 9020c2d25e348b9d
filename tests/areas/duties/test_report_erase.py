"""Erasing what a reporter told: asked for with the code, decided by the desk, gone everywhere, and the trail holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.db import models
from django.test import Client

from linli.areas.duties import actions as duties
from linli.areas.duties.actions.erase import erase_reports_again
from linli.areas.duties.models import Order, Report, ReportErasure, Stage, Supplement
from linli.commons.actor import RESIDENT
from linli.kit import files, ledger, trail
from linli.kit.errors import BadInput, NotAllowed, RuleBroken, WrongState
from linli.kit.notices.models import Notice
from tests.areas.duties.test_reports import CONTACT, NAME, WORDS, again, in_days, report
from tests.cast import Town

CANARIES = (NAME, CONTACT, "金丝雀原话", "金丝雀补充")


@pytest.fixture(autouse=True)
def files_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "LINLI_FILES", tmp_path / "files")
    monkeypatch.setattr(ledger, "ledger_file", lambda: tmp_path / "erased.txt")


def ended(town: Town) -> Report:
    """A report with the canary in everything that the reporter told, corrected and closed."""
    paper = (b"%PDF-1.4 " + NAME.encode(), "application/pdf", f"{NAME}.pdf")
    row = report(town, uploads=(paper,), matter=town.file().appeal.number)
    duties.add_to_report(by=RESIDENT, report=row, text="金丝雀补充：第二天又来催。")
    duties.accept_report(by=town.lead, report=row)
    duties.order_correction(by=town.lead, report=again(row), text="停止派发并收回已派的表。", due_on=in_days(9))
    duties.answer_order(by=town.street_desk, order=Order.objects.get(), text="已收回全部表格，以后不再派发。")
    duties.judge_correction(by=town.lead, report=again(row), corrected=True, why="已核实")
    duties.close_report(by=town.lead, report=again(row), outcome="corrected", reply="已经责令街道收回。")
    return again(row)


def everything() -> str:
    """All that the database holds of it, as text, decrypted where it rests encrypted."""
    found = []
    for model in (Report, Stage, Supplement, Order, ReportErasure, files.Attachment, trail.Entry, Notice):
        for row in model._base_manager.all():
            found += [str(getattr(row, field.attname)) for field in row._meta.concrete_fields]
    return "\n".join(found)


def test_after_erasing_no_word_of_the_reporter_is_left_and_the_trail_holds(
    hubei: Town, django_capture_on_commit_callbacks
) -> None:
    row = ended(hubei)
    path = files.Attachment.objects.get(subject=row.trail_key).path
    assert all(one in everything() for one in CANARIES) and path.exists()
    duties.request_erasure(by=RESIDENT, report=row)
    with django_capture_on_commit_callbacks(execute=True):
        duties.erase_report(by=hubei.lead, report=again(row))
    assert not any(one in everything() for one in CANARIES) and not path.exists()
    assert list(trail.verify()) == []
    kept = again(row)
    assert (kept.state, kept.outcome, kept.erased, kept.matter_key) == ("closed", "corrected", True, "")
    assert ledger.read(ledger.ledger_file()) == {ledger.digest(row.trail_key)}


def test_every_personal_field_that_hangs_on_a_report_is_blanked(hubei: Town) -> None:
    """A new L3 or L4 field must be added to `wipe`, or a person's data would survive."""
    row = ended(hubei)
    duties.request_erasure(by=RESIDENT, report=row)
    duties.erase_report(by=hubei.lead, report=again(row))
    hanging: list[type[models.Model]] = [Report]
    hanging += [link.related_model for link in Report._meta.related_objects if link.related_model is not Report]
    looked = 0
    for model in hanging:
        for field in (name for name, level in getattr(model, "LABELS", {}).items() if level in ("L3", "L4")):
            looked += 1
            for value in model._base_manager.values_list(field, flat=True):
                clean = not any(one in str(value) for one in (*CANARIES, "责令街道"))
                assert clean, f"{model.__name__}.{field} survives: blank it in actions/erase.py"
    assert looked >= 5


def test_it_needs_a_request_an_end_and_the_desk(hubei: Town) -> None:
    open_one = report(hubei, "urban_mgmt", "neglect")
    with pytest.raises(WrongState, match="撤回"):
        duties.request_erasure(by=RESIDENT, report=open_one)
    row = ended(hubei)
    with pytest.raises(RuleBroken, match="反映人申请"):
        duties.erase_report(by=hubei.lead, report=row)
    duties.request_erasure(by=RESIDENT, report=row)
    with pytest.raises(WrongState, match="正在等待"):
        duties.request_erasure(by=RESIDENT, report=row)
    for who in (hubei.street_desk, hubei.province, hubei.department, hubei.admin):
        with pytest.raises(NotAllowed):
            duties.erase_report(by=who, report=again(row))
    assert WORDS in everything()


def test_a_refusal_needs_a_reason_and_asking_again_is_free(hubei: Town) -> None:
    row = ended(hubei)
    duties.request_erasure(by=RESIDENT, report=row)
    with pytest.raises(BadInput, match="理由和依据"):
        duties.refuse_report_erasure(by=hubei.lead, report=again(row), decision="不")
    duties.refuse_report_erasure(by=hubei.lead, report=again(row), decision="法定保存期限未满，期满后删除。")
    assert not again(row).erased
    duties.request_erasure(by=RESIDENT, report=again(row))


def test_after_a_restore_it_is_erased_again_and_nothing_else(hubei: Town) -> None:
    gone, kept = ended(hubei), report(hubei, "urban_mgmt", "neglect")
    ledger.note([gone.trail_key])
    digests = ledger.read(ledger.ledger_file())
    assert (erase_reports_again(digests), erase_reports_again(digests), erase_reports_again(set())) == (1, 0, 0)
    assert again(gone).name == "" and again(kept).name == NAME


def test_the_reporter_asks_and_the_desk_answers_on_their_pages(hubei: Town) -> None:
    made = duties.file_report(
        by=RESIDENT, respondent=hubei.bodies["street"], breach="push_down", words=WORDS, name=NAME
    )
    number, reporter, desk = made.report.number, Client(), Client()
    reporter.post("/corrections/follow/", {"number": number, "code": made.code})
    page = f"/corrections/follow/{number}/"
    assert "申请删除个人信息" not in reporter.get(page).content.decode(), "still being handled"
    reporter.post(f"{page}withdraw/")
    assert "申请删除个人信息</a>" in reporter.get(page).content.decode()
    assert "第四十七条" in reporter.get(f"{page}erase/").content.decode()
    assert reporter.post(f"{page}erase/").status_code == 302
    assert "申请删除个人信息</a>" not in reporter.get(page).content.decode()
    assert reporter.post(f"{page}erase/").status_code == 409
    assert hubei.lead.user is not None
    desk.force_login(hubei.lead.user)
    assert "处理删除申请" in desk.get("/work/").content.decode()
    address = f"/work/corrections/{number}/erase/"
    assert address in desk.get(f"/work/corrections/{number}/").content.decode()
    assert desk.post(address, {"do": "", "decision": ""}).status_code == 422
    assert desk.post(address, {"do": "refuse", "decision": ""}).status_code == 422
    assert desk.post(address, {"do": "erase"}).status_code == 302
    assert desk.get(address).status_code == 404
    told = reporter.get(page).content.decode()
    assert "已删除" in told and NAME not in told and WORDS not in told
    assert desk.get(f"/work/corrections/{number}/").status_code == 200

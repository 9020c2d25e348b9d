"""The demo (演示): two invented counties told through actions, with nothing in them that could be real."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import authenticate
from django.db.models import Count, F
from django.utils import timezone

import demo
from demo.story import receipts_file
from linli.areas.appeals.flow import State
from linli.areas.appeals.models import Appeal, Card, Extension, Objection, Order, Publication
from linli.areas.appeals.queries import opened_by_code
from linli.areas.appeals.queries.indices import Period
from linli.areas.appeals.queries.publication import compare
from linli.areas.duties import queries as duties
from linli.areas.duties.models import Attestation, Report, Tolerance
from linli.areas.mandates.flow import AdmissionState
from linli.areas.mandates.models import Admission, Assignment, Bearer, Ground, TaskList
from linli.commons.models import Body, Place, Post
from linli.commons.roles import Role
from linli.commons.settings import limit_of
from linli.kit import files, trail
from linli.kit.clock import UNSET, Clock

COUNTIES = ("429998", "439998")
CHANCE = frozenset(
    ["code", "number", "subject", "url", "code_hash", "digest", "hash", "prev_hash", "sha256", "password"]
)
"""Fields made by chance or from it: a run of digits in them is no telephone number."""


@pytest.fixture(scope="module")
def story(django_db_setup: None, django_db_blocker: Any) -> Any:
    """The demo, loaded once for all tests here and taken away afterwards."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        demo.load()
        yield
        transaction.set_rollback(True)
    receipts_file().unlink(missing_ok=True)


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("story")]


def verbs(county: str) -> set[str]:
    return set(trail.Entry.objects.filter(unit=county).values_list("verb", flat=True))


def test_loading_again_changes_nothing() -> None:
    before = (trail.Entry.objects.count(), Appeal.everything.count(), Body.objects.count())
    demo.load()
    assert (trail.Entry.objects.count(), Appeal.everything.count(), Body.objects.count()) == before
    assert demo.is_loaded()


@pytest.mark.parametrize("county", COUNTIES)
def test_every_state_of_an_appeal_is_there(county: str) -> None:
    rows = Appeal.objects.filter(county__code=county)
    assert rows.count() >= 60
    assert set(rows.values_list("state", flat=True)) == set(State.values) - {State.HISTORY}
    assert rows.filter(state=State.HANDLING, waiting=True).exists()
    assert rows.filter(danger=True, state=State.RECEIVED).exists()
    assert rows.filter(anonymous=True).exists() and rows.filter(filed_for=True).exists()
    found = verbs(county)
    for verb in (
        "appeals.redone",
        "appeals.reopened",
        "appeals.recalled",
        "appeals.escalated",
        "appeals.helper_added",
        "appeals.identity_viewed",
        "appeals.information_added",
        "appeals.order_replied",
        "appeals.rated",
        "mandates.proof_issued",
        "mandates.purchase_answered",
        "mandates.task_finished",
    ):
        assert verb in found, verb
    cards = Card.objects.filter(appeal__county__code=county)
    assert set(cards.values_list("level", flat=True)) == {"yellow", "red"}
    assert set(Extension.objects.filter(appeal__county__code=county).values_list("state", flat=True)) == set(
        Extension.State.values
    )
    assert set(Objection.objects.filter(appeal__county__code=county).values_list("state", flat=True)) == set(
        Objection.State.values
    )
    assert Order.objects.filter(appeal__county__code=county, replied_at=None).exists()
    assert (
        files.Attachment.objects.filter(
            subject__in=[f"appeal:{number}" for number in rows.values_list("number", flat=True)]
        ).count()
        >= 5
    )


@pytest.mark.parametrize("county", COUNTIES)
def test_every_kind_of_list_and_every_state_of_an_admission_is_there(county: str) -> None:
    published = TaskList.objects.filter(place__code=county, state="published").annotate(size=Count("items"))
    assert set(published.values_list("kind", flat=True)) == set(TaskList.Kind.values)
    assert all(8 <= size <= 12 for size in published.values_list("size", flat=True))
    assert set(Admission.objects.filter(place__code=county).values_list("state", flat=True)) == set(
        AdmissionState.values
    )


def test_limits_come_from_a_preset_in_one_county_and_are_partly_unset_in_the_other() -> None:
    assert limit_of("appeals.handle", "429998001001").amount == 5
    assert limit_of("appeals.case", "439998001001") == UNSET
    assert Clock.objects.filter(place__startswith="439998", due_at=None, stopped_at=None).exists()


@pytest.mark.parametrize("county", COUNTIES)
def test_last_month_is_published_with_figures_that_say_something(county: str) -> None:
    last = Period.months(timezone.localdate().year, timezone.localdate().month - 1, 1).since
    row = Publication.objects.get(county__code=county, month=last)
    assert all(
        cell is None or cell[1] >= 10 for key, cell in row.figures["total"].items() if key not in ("refused", "upheld")
    )
    for key in ("contacted", "solved", "satisfied", "on_time", "sent_back"):
        top, base = row.figures["total"][key]
        assert base >= 20 and 0 < top < base
    shown = [cells["on_time"] for cells in row.figures["by"]["body"].values()]
    assert None in shown and any(cell and cell[1] >= 10 for cell in shown)
    assert compare(row).equal


def test_grounds_differ_by_draft() -> None:
    kinds = {
        county: set(Ground.objects.filter(place__code__startswith=county).values_list("kind", flat=True))
        for county in COUNTIES
    }
    assert {"emergency_order", "own_decision", "list", "admission"} <= kinds["429998"]
    assert {"exception", "own_decision", "list", "admission"} <= kinds["439998"]
    assert "exception" not in kinds["429998"]


@pytest.mark.parametrize("county", COUNTIES)
def test_the_gate_refused_several_senders(county: str) -> None:
    refused = trail.Entry.objects.filter(unit=county, verb="mandates.refused", facts__code="off_list")
    assert refused.values("body").distinct().count() >= 4
    assert {row.basis[0].split(".")[0] for row in refused if row.basis} == {"hubei" if county[:2] == "42" else "hunan"}


def test_no_assignment_without_a_lawful_ground() -> None:
    for row in Assignment.objects.select_related("body", "ground"):
        assert row.ground.bearer == row.body.bearer
        assert row.ground.kind in Ground.LAWFUL[Bearer(row.body.bearer)]
        assert row.ground.valid_from <= row.at
        assert row.ground.valid_to is None or row.at < row.ground.valid_to
        assert row.body.bearer == "agency" or row.body.place_id.startswith(row.ground.place_id)


def test_the_trail_holds_and_its_times_run_forward() -> None:
    assert list(trail.verify()) == []
    for county in COUNTIES:
        times = list(trail.Entry.objects.filter(unit=county).order_by("seq").values_list("at", flat=True))
        assert times == sorted(times) and len(times) > 400
        assert (times[-1] - times[0]).days > 40


def test_nothing_lies_in_the_future_and_answers_come_after_dispatch() -> None:
    now = timezone.now()
    assert not Appeal.everything.filter(filed_at__gt=now).exists()
    assert not trail.Entry.objects.filter(at__gt=now).exists()
    assert not Appeal.everything.filter(ended_at__lt=F("filed_at")).exists()
    assert not Clock.objects.filter(stopped_at__lt=F("started_at")).exists()


def test_every_account_can_sign_in_and_every_role_is_there() -> None:
    for username, name, _, _, _ in demo.ACCOUNTS:
        user: Any = authenticate(username=username, password=demo.PASSWORD)
        assert user is not None and user.name == name
    for prefix in ("hb_", "hn_"):
        roles = set(Post.objects.filter(user__username__startswith=prefix).values_list("role", flat=True))
        assert roles == set(Role.values)


def test_printed_receipts_open_their_appeals() -> None:
    rows = demo.receipts()
    assert len(rows) == 4 and {row["county"] for row in rows} == {"江岭县", "澧川县"}
    for row in rows:
        assert opened_by_code(row["number"], row["code"], caller="test").title == row["title"]
    assert "hb_hotline" in "\n".join(demo.guide()) and rows[0]["code"] in "\n".join(demo.guide())


def test_no_text_holds_a_telephone_number_that_could_be_real() -> None:
    mobile = re.compile(
        r"(?<![\dA-Za-z])(?:\+?86)?1[3-9]\d{9}(?!\d)"  # mobile
        r"|(?<![\dA-Za-z])0\d{2,3}-?\d{7,8}(?!\d)"  # fixed line; codes such as ZR0… begin with a letter
        r"|(?<!\d)\d{17}[\dXx](?!\d)"  # identity card
    )
    looked = 0
    for model in apps.get_models():
        if not model.__module__.startswith("linli"):
            continue
        for row in model._default_manager.all():
            for field in row._meta.concrete_fields:
                if field.name in CHANCE:
                    continue
                value = getattr(row, field.attname)
                if isinstance(value, str | dict | list):
                    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
                    assert not mobile.search(text), f"{model.__name__}.{field.name}: {text[:80]}"
                    looked += 1
    assert looked > 5000


def test_codes_of_places_are_those_of_no_real_place() -> None:
    below = Place.objects.exclude(level__in=("province", "city")).values_list("code", flat=True)
    assert {code[:6] for code in below} == set(COUNTIES)
    assert set(Place.objects.filter(level="community").values_list("kind", flat=True)) == {"urban", "rural"}
    assert Place.objects.filter(level="estate").exists() and Place.objects.filter(level="grid").exists()


def test_the_demo_stays_out_of_a_database_in_use() -> None:
    Place.objects.filter(code=COUNTIES[0]).update(name="外县", code="429997")
    with pytest.raises(demo.RealData):
        demo.load()
    Place.objects.filter(code="429997").update(name="江岭县", code=COUNTIES[0])


@pytest.mark.parametrize("county", COUNTIES)
def test_the_boards_tell_a_story(county: str) -> None:
    place = Place.objects.get(code=county)
    bodies = list(Body.objects.filter(place__code__startswith=county, ended_on=None).select_related("place"))
    boards = duties.boards_in(duties.snapshot_of(place), bodies)
    states = {line.state for board in boards for line in board.lines}
    assert states >= {"unmet", "late", "none", "no_data", "no_standard", "soon", "attested", "done", "met", "exempt"}
    assert Attestation.objects.filter(body__place__code__startswith=county, withdrawn_at=None).count() >= 5
    said = {board.body.kind: [line.sentence for line in board.lines if line.duty.id == "staffing"] for board in boards}
    assert any("21.69" in text if county.startswith("42") else "草案没有写明" in text for text in said["lead"])


@pytest.mark.parametrize("county", COUNTIES)
def test_a_report_was_corrected_and_published_and_another_waits(county: str) -> None:
    rows = Report.objects.filter(place__code=county)
    assert set(rows.values_list("state", "outcome", "effect")) == {
        ("closed", "corrected", "lighter"),
        ("accepted", "", ""),
    }
    assert Tolerance.objects.filter(place__code=county, state="decided").count() == 1
    by_article = {"429998": ["hubei.art_41__para_1"], "439998": []}[county]
    ordered = trail.Entry.objects.get(unit=county, verb="duties.correction_ordered")
    assert ordered.basis == by_article

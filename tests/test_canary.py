"""Canaries: what a resident confides appears nowhere but where it belongs, and forms survive anything that is typed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.areas.appeals import actions as appeals
from linli.areas.mandates.models import Assignment
from linli.commons.doors.factor import fresh_recovery_codes, new_secret
from linli.commons.models import SecondFactor
from linli.kit.notices.models import Notice
from linli.kit.trail import Entry
from tests.cast import Town, make_town
from tests.policy import CAST, TABLE, World, build_world

NAME, CONTACT, WORDS = "金丝雀姓名", "10000009731", "金丝雀原话：三栋二单元的灯坏了"


@pytest.mark.parametrize("who", [who for who in CAST if who not in ("resident",)])
def test_identities_show_on_no_page(who: str, db: None, caplog: pytest.LogCaptureFixture) -> None:
    town, foreign = make_town("42"), make_town("43")
    world = build_world(town, foreign)
    receipt = town.file(text=WORDS, name=NAME, contact=CONTACT)
    appeal = appeals.classify_appeal(
        by=town.hotline,
        appeal=receipt.appeal,
        matter=town.matter("路灯照明"),
        kind="求助",
        place=town.community,
        brief="三栋照明故障",
    )
    appeals.accept_appeal(by=town.hotline, appeal=appeal)
    appeals.dispatch_appeal(by=town.hotline, appeal=appeal, to=town.bodies["property"], reason="物业职责")
    actor = (foreign if who.startswith("foreign_") else town).cast[who.removeprefix("foreign_")]
    client = Client()
    assert actor.user is not None and town.hotline.user is not None
    client.force_login(actor.user)
    secrets = []
    for user in {actor.user, town.hotline.user}:
        secrets.append(new_secret())
        SecondFactor.objects.create(user=user, secret=secrets[-1])
        secrets += fresh_recovery_codes(user)
    addresses = {address(world) for _, address, may_get, _ in TABLE if may_get is not None}
    for path in sorted(addresses | {f"/work/appeals/{appeal.number}/", f"/api/v1/appeals/{appeal.number}"}):
        answer = client.get(path)
        text = answer.getvalue().decode("utf-8", "replace")
        assert NAME not in text and CONTACT not in text, f"{path} shows {who} who the reporter is"
        assert receipt.code not in text, f"{path} shows {who} the secret code"
        assert not any(secret in text.replace(" ", "") for secret in secrets), f"{path} shows {who} a second factor"
        if who in ("firm", "neighbour", "outsider", "foreign_hotline", "auditor", "admin"):
            assert WORDS not in text, f"{path} shows {who} the resident's own words"
    kept = json.dumps(
        [list(Entry.objects.values()), list(Notice.objects.values()), list(Assignment.objects.values())],
        default=str,
        ensure_ascii=False,
    )
    assert NAME not in kept and CONTACT not in kept and receipt.code not in kept
    assert NAME not in caplog.text and CONTACT not in caplog.text


ANYTHING = st.text(st.characters(codec=None), max_size=40) | st.sampled_from(
    [
        "\x00",
        "\ud800",
        "²",
        "𠮷",
        "1" * 400,
        "-1",
        "NaN",
        "1e999",
        "=1+1",
        "<script>",
        "２０２６-１１-２２",
        "2026-02-30",
        " \u200b ",
    ]
)
FIELDS = [
    "text",
    "title",
    "kind",
    "name",
    "contact",
    "place",
    "place_text",
    "street",
    "county",
    "matter",
    "reason",
    "note",
    "body",
    "to",
    "uphold",
    "ruling",
    "names",
    "amount",
    "how",
    "reached",
    "solved",
    "rating",
    "role",
    "guidance",
    "conditions",
    "funds",
    "question",
    "opinion-opinion",
    "why-why",
    "basis",
    "hours",
    "money",
    "frequency",
    "wanted_from",
    "wanted_to",
    "bearer",
    "username",
    "password",
    "number",
    "code",
    "q",
    "page",
    "after",
    "day",
    "working",
    "value",
    "unit",
    "role",
    "next",
    "mode",
    "do",
    "seen",
    "respondent",
    "breach",
    "words",
    "organ",
    "due_on",
    "outcome",
    "effect",
    "corrected",
    "from_on",
]


@pytest.fixture(scope="module")
def fuzz_world(django_db_setup: Any, django_db_blocker: Any) -> Any:
    with django_db_blocker.unblock():
        from django.db import transaction

        with transaction.atomic():
            yield build_world(make_town("42"), make_town("43"))
            transaction.set_rollback(True)


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    row=st.sampled_from([row for row in TABLE if row[3] is not None]),
    who=st.sampled_from(CAST),
    typed=st.dictionaries(st.sampled_from(FIELDS), ANYTHING, max_size=12),
)
def test_forms_survive_anything(row: Any, who: str, typed: dict[str, str], fuzz_world: World) -> None:
    town: Town = fuzz_world.foreign if who.startswith("foreign_") else fuzz_world.town
    client = Client(raise_request_exception=True)
    actor = town.cast[who.removeprefix("foreign_")]
    if actor.user is not None:
        client.force_login(actor.user)
    body = "&".join(f"{key}={_quoted(value)}" for key, value in typed.items())
    answer = client.post(row[1](fuzz_world), body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code < 500
    asked = client.get(row[1](fuzz_world) + "?" + body)
    assert asked.status_code < 500


def _quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(text.encode("utf-8", "surrogatepass"))

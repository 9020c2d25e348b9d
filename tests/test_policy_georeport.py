"""The walk over GeoReport: every member of the cast with a key of its own, against a hand-written table; and canaries."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from linli.areas.appeals import actions as appeals
from linli.areas.appeals.models import Appeal
from linli.commons.models import ApiToken
from linli.kit.notices.models import Notice
from linli.kit.once import Done
from linli.kit.trail import Entry
from tests.cast import Town, fresh, make_town
from tests.policy import CAST, DESKS, OPEN, SEERS, World, build_world, people

V2 = "/open311/v2/"
NEW = {"service_code": "0101", "description": "路灯坏了，请修理。", "attribute[place]": "{place}"}
TABLE: tuple[tuple[str, str, frozenset[str], dict[str, str] | None], ...] = (
    ("get", "discovery.json", OPEN, None),
    ("get", "services.json", OPEN, None),
    ("get", "services/0101.json", OPEN, None),
    ("get", "requests.json", DESKS | people("resident"), None),
    ("get", "requests/{number}.json", SEERS | people("resident"), None),  # with a key: what the post may see
    ("get", "tokens/{number}.json", SEERS | people("resident"), None),
    ("post", "requests.json", people("committee street_desk hotline"), NEW),
)


@pytest.fixture
def world(db: None) -> World:
    return build_world(make_town("42"), make_town("43"))


@pytest.mark.parametrize("who", CAST)
def test_the_walk(who: str, world: World) -> None:
    town = world.foreign if who.startswith("foreign_") else world.town
    actor = town.cast[who.removeprefix("foreign_")]
    names = {"number": world.appeal.number, "place": world.town.community.code}
    asked = {"jurisdiction_id": world.town.county.code}
    if actor.post is not None:
        asked["api_key"] = ApiToken.issue("walk", actor.post)[1]
    wrong = []
    for method, path, allowed, body in TABLE:
        sent = asked | {key: value.format(**names) for key, value in (body or {}).items()}
        answer = getattr(Client(), method)(V2 + path.format(**names), sent)
        assert answer.status_code in (200, 201, 403, 404), answer.content.decode()
        if (answer.status_code < 400) != (allowed == OPEN or who in allowed):
            wrong.append(f"{method} {path}: {answer.status_code}")
    assert wrong == []


NAME, CONTACT, WORDS = "金丝雀姓名", "10000009731", "金丝雀原话：灯坏了"
SPOT, LAT, LONG = "金丝雀楼 502 室", "30.543217", "114.312349"


@pytest.mark.parametrize("who", CAST)
def test_what_a_resident_confides_shows_to_nobody_it_is_not_for(
    who: str, db: None, caplog: pytest.LogCaptureFixture
) -> None:
    town, foreign = make_town("42"), make_town("43")
    number = _confided(town)
    asked: dict[str, Any] = {"jurisdiction_id": town.county.code}
    actor = (foreign if who.startswith("foreign_") else town).cast[who.removeprefix("foreign_")]
    if actor.post is not None:
        asked["api_key"] = ApiToken.issue("walk", actor.post)[1]
    shown = ""
    for path in ("requests.json", "requests.xml", f"requests/{number}.json", f"tokens/{number}.xml"):
        for more in ({}, {"lat": LAT, "long": LONG, "radius": "5000"}, {"service_request_id": number}):
            shown += Client().get(V2 + path, asked | more).content.decode()
    assert NAME not in shown and CONTACT not in shown
    if who in SEERS - people("department"):  # here a firm holds it, not the department
        assert WORDS in shown and SPOT in shown and LAT in shown
    else:
        assert WORDS not in shown and SPOT not in shown and LAT not in shown and LONG not in shown
    assert ("转办摘要" in shown) == (who == "firm")
    kept = json.dumps([list(Entry.objects.values()), list(Notice.objects.values())], default=str, ensure_ascii=False)
    for secret in (NAME, CONTACT, WORDS, SPOT, LAT):
        assert secret not in kept and secret not in caplog.text
    assert Done.objects.count() == 1


def _confided(town: Town) -> str:
    """An appeal filed by this door with everything that must not leak, in handling by a firm."""
    assert town.hotline.post is not None
    data = {
        "jurisdiction_id": town.county.code,
        "api_key": ApiToken.issue("热线", town.hotline.post)[1],
        "service_code": town.matter("物业服务").code,
        "description": WORDS,
        "first_name": NAME,
        "phone": CONTACT,
        "lat": LAT,
        "long": LONG,
        "attribute[spot]": SPOT,
        "attribute[kind]": "求助",
        "attribute[place]": town.community.code,
    }
    answer = Client().post(V2 + "requests.json", data)
    assert answer.status_code == 201, answer.content.decode()
    number: str = answer.json()[0]["service_request_id"]
    appeal = appeals.classify_appeal(
        by=town.hotline,
        appeal=Appeal.objects.get(number=number),
        matter=town.matter("物业服务"),
        kind="求助",
        place=town.community,
        brief="转办摘要：三栋照明故障",
    )
    appeals.accept_appeal(by=town.hotline, appeal=appeal)
    appeals.dispatch_appeal(by=town.hotline, appeal=fresh(appeal), to=town.bodies["property"], reason="物业职责")
    return number

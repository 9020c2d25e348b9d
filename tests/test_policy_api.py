"""The walk over the API: every operation of the document × every member of the cast, against a hand-written table.

The appeal of the story is in handling by the department. Bodies are well formed, so that what answers is the right to
ask, not the shape: whoever may take a step gets 2xx, 409 or 422; whoever may not gets 401, 403 or 404.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from linli.commons.models import ApiToken
from linli.site.api import document
from tests.cast import make_town
from tests.policy import CAST, DESKS, LISTS, OPEN, SEERS, World, build_world, people

DISPATCHERS = people("hotline street_desk")
A = "/api/v1/appeals"
N = A + "/{number}"

TABLE: tuple[tuple[str, str, frozenset[str], dict[str, Any] | None], ...] = (
    ("get", A, DESKS, None),
    ("get", N, SEERS, None),
    ("get", N + "/timeline", SEERS, None),
    ("get", N + "/moves", SEERS, None),
    ("get", "/api/v1/follow/{number}", people(""), None),  # nobody without the secret code
    ("get", "/api/v1/indices", DESKS, None),
    ("get", "/api/v1/lists", OPEN, None),
    ("get", "/api/v1/committees/{place}", OPEN, None),
    ("get", "/api/v1/refusals", LISTS, None),
    ("get", "/api/v1/respondents", OPEN, None),
    ("get", "/api/v1/reports/{number}", people(""), None),  # nobody without the secret code
    ("post", "/api/v1/reports", DESKS, {"respondent": "{urban}", "breach": "neglect", "words": "三次报修都没有人来。"}),
    ("get", "/api/v1/places", OPEN, None),
    ("get", "/api/v1/drafts", OPEN, None),
    ("get", "/api/v1/drafts/{code}", OPEN, None),
    ("get", "/api/v1/drafts/{code}/digest", people(""), None),  # nobody before it is published
    ("post", "/api/v1/drafts/{code}/comments", OPEN, {"stance": "support", "eid": "art_4"}),
    ("get", "/api/v1/matters", OPEN, None),
    ("post", A, people("committee street_desk hotline"), {"place": "{place}", "text": "路灯坏了，请修理。"}),
    ("post", N + "/classify", DISPATCHERS, {"matter": "{matter}", "kind": "求助", "place": "{place}"}),
    ("post", N + "/accept", DISPATCHERS, {}),
    ("post", N + "/decline", DISPATCHERS, {"reason": "请向法院提起诉讼。"}),
    ("post", N + "/dispatch", DISPATCHERS, {"to": "{housing}", "reason": "职责单位"}),
    ("post", N + "/transfer", DISPATCHERS, {"to": "{urban}", "reason": "职责单位"}),
    ("post", N + "/escalate", people(""), {"reason": "难以承担"}),  # only a committee that holds it
    ("post", N + "/object", people("department"), {"reason": "短"}),
    ("post", N + "/rule", people("hotline supervisor lead"), {"uphold": False, "ruling": "仍由原单位办理"}),
    ("post", N + "/extension", people("department"), {"amount": 1, "reason": "等材料"}),
    ("post", N + "/extension/rule", DISPATCHERS | people("supervisor lead"), {"grant": True, "decision": "同意"}),
    (
        "post",
        N + "/callback",
        DISPATCHERS | people("committee"),
        {"how": "phone", "reached": True, "solved": True, "rating": 5},
    ),
    ("post", N + "/order", DISPATCHERS | people("supervisor lead"), {"text": "请尽快办理"}),
    ("post", N + "/contact", people("department"), {"how": "phone"}),
    ("post", N + "/answer", people("department"), {"text": "已派人更换灯泡，今晚恢复照明。"}),
)


def test_every_operation_has_its_row() -> None:
    known = {(method, path) for method, path, *_ in TABLE}
    found = {(method, path) for path, methods in document()["paths"].items() for method in methods}
    assert found == known


def _asked(path: str, place: str) -> dict[str, str]:
    return {"lists": {"place": place}, "respondents": {"county": place[:6]}}.get(path.rsplit("/", 1)[1], {})


@pytest.fixture
def world(db: None) -> World:
    return build_world(make_town("42"), make_town("43"))


@pytest.mark.parametrize("who", CAST)
def test_the_walk(who: str, world: World) -> None:
    town = world.foreign if who.startswith("foreign_") else world.town
    actor = town.cast[who.removeprefix("foreign_")]
    head = {"X-Code": "2222222222"}  # a guess
    if actor.post is not None:
        head["Authorization"] = "Bearer " + ApiToken.issue("walk", actor.post)[1]
    names = {
        "number": world.appeal.number,
        "code": world.asked["open"],
        "place": world.town.community.code,
        "matter": world.town.matter("路灯照明").code,
        "housing": world.town.bodies["housing"].code,
        "urban": world.town.bodies["urban_mgmt"].code,
    }
    wrong = []
    for method, path, allowed, body in TABLE:
        url = path.format(**names)
        sent = {key: value.format(**names) if isinstance(value, str) else value for key, value in (body or {}).items()}
        if method == "get":
            answer = Client().get(url, _asked(path, names["place"]), headers=head)
        else:
            answer = Client().post(url, json.dumps(sent), content_type="application/json", headers=head)
        inside = answer.status_code not in (401, 403, 404)
        assert answer.status_code < 500
        if inside != (allowed == OPEN or who in allowed):
            wrong.append(f"{method} {path}: {answer.status_code}")
    assert wrong == []

"""Nobody learns what exists: unknown and foreign, wrong number and wrong code answer with the same words, status and work.

The door itself is tried in tests/commons/test_doors.py.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from linli.commons.models import ApiToken
from linli.site.api import document
from tests.cast import make_town
from tests.policy import TABLE, World, build_world

UNKNOWN = "26010100000000"


@pytest.fixture
def world(db: None) -> World:
    return build_world(make_town("42"), make_town("43"))


def said(answer: Any, *names: str) -> tuple[int, str, str]:
    """An answer without what must differ: the token of the form and the names in the address."""
    text = answer.getvalue().decode("utf-8", "replace")
    text = re.sub(r'(csrfmiddlewaretoken" value="|X-CSRFToken": ")[^"]+', "", text)
    target = answer.headers.get("Location", "")
    for name in sorted(names, key=len, reverse=True):
        text, target = text.replace(name, "…"), target.replace(name, "…")
    return answer.status_code, text, target


def twins(world: World) -> dict[str, str]:
    """What exists in the first county, and something of the same shape that exists nowhere."""
    town = world.town
    post = town.cast["committee"].post
    assert post is not None
    return {
        world.appeal.number: UNKNOWN,
        world.draft.code: "Q0000000000",
        world.admission.code: "Z0000000000",
        world.task.code: "R0000000000",
        world.proof.code: "X0000000000",
        world.purchase.code: "G0000000000",
        town.bodies["committee"].code: "429999001001-nobody",
        f"/posts/{post.pk}/": "/posts/999999/",
        f"/grounds/{world.ground.pk}/": "/grounds/999999/",
        f"/refused/{world.refused.pk}/": "/refused/999999/",
    }


@pytest.mark.parametrize("who", ["outsider", "foreign_hotline", "foreign_lead", "foreign_admin", "firm"])
def test_foreign_and_unknown_are_told_alike_on_every_page(who: str, world: World) -> None:
    town = world.foreign if who.startswith("foreign_") else world.town
    user = town.cast[who.removeprefix("foreign_")].user
    assert user is not None
    client = Client()
    client.force_login(user)
    compared, wrong = 0, []
    for route, address, may_get, may_post in TABLE:
        path = address(world)
        found = [real for real in twins(world) if real in path]
        if not path.startswith("/work/") or not found:
            continue
        real = found[0]
        fake = twins(world)[real]
        for method, allowed in (("get", may_get), ("post", may_post)):
            if allowed is None or who in allowed:
                continue
            here = said(getattr(client, method)(path), real, path)
            nowhere = said(getattr(client, method)(path.replace(real, fake)), fake, path.replace(real, fake))
            compared += 1
            if here != nowhere:
                wrong.append(f"{method} {route}: {here[0]} for a foreign one, {nowhere[0]} for an unknown one")
    assert wrong == []
    assert compared > 15


def test_a_wrong_code_and_an_unknown_number_are_told_alike(world: World) -> None:
    answers, queries = [], []
    Client().post("/follow/", {"number": "1", "code": "2222222222"})  # so that the address is counted before
    for number in (world.appeal.number, UNKNOWN):
        with CaptureQueriesContext(connection) as made:
            answer = Client().post("/follow/", {"number": number, "code": "2222222222"})
        answers.append(said(answer, number))
        queries.append(len(made))
    assert answers[0] == answers[1] and answers[0][0] == 404
    assert queries[0] == queries[1]
    shown = [said(Client().get(f"/follow/{number}/"), number) for number in (world.appeal.number, UNKNOWN)]
    assert shown[0] == shown[1]
    links = [said(Client().get(f"/f/{number}/{'2' * 10}/"), number) for number in (world.appeal.number, UNKNOWN)]
    assert links[0] == links[1]


def test_guessing_codes_is_slowed_alike_for_numbers_that_exist_and_that_do_not(world: World) -> None:
    for number in (world.appeal.number, UNKNOWN):
        status = [
            Client(REMOTE_ADDR=f"192.0.2.{turn}").post("/follow/", {"number": number, "code": "3333333333"}).status_code
            for turn in range(12)
        ]
        assert status == [404] * 10 + [429] * 2, number


def test_programs_learn_as_little(world: World) -> None:
    post = world.foreign.cast["hotline"].post
    assert post is not None
    _, token = ApiToken.issue("试", post)
    call = Client(headers={"authorization": f"Bearer {token}"})
    given = {"text": "已派人到现场处理好了。", "reason": "不是本单位的职责", "note": "试", "amount": 3}
    tails = {
        path.partition("{number}")[2]: set(document()["paths"][path])
        for path in document()["paths"]
        if "appeals/{number}" in path
    }
    assert len(tails) > 12
    statuses = set()
    for tail, methods in tails.items():
        for method in methods:
            both = []
            for number in (world.appeal.number, UNKNOWN):
                more = {"data": json.dumps(given), "content_type": "application/json"} if method == "post" else {}
                headers = {"Idempotency-Key": f"key-{tail}-{number}"} if method == "post" else {}
                both.append(
                    said(getattr(call, method)(f"/api/v1/appeals/{number}{tail}", headers=headers, **more), number)
                )
            assert both[0] == both[1], f"{method} {tail}"
            statuses.add(both[0][0])
    assert 404 in statuses and statuses <= {404, 403, 422}
    refused = [
        said(Client(headers=headers).get(f"/api/v1/appeals/{number}"), number)
        for headers in ({}, {"authorization": "Bearer ll_wrong"}, {"authorization": "Bearer "})
        for number in (world.appeal.number, UNKNOWN)
    ]
    assert len(set(refused)) == 1 and refused[0][0] == 401
    codes = {
        said(Client().get(f"/api/v1/follow/{number}", headers={"X-Code": "2222222222"}), number)
        for number in (world.appeal.number, UNKNOWN)
    }
    assert len(codes) == 1 and next(iter(codes))[0] == 404

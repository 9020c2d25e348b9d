"""Reports by program (检举接口): a post files for somebody, the reporter follows with the code, nothing of the words comes back."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from django.test import Client

from linli.areas.duties import actions as duties
from linli.areas.duties.api import Breach
from linli.areas.duties.models import Report
from linli.commons.actor import Actor
from linli.commons.models import ApiToken, Body
from linli.law import words
from tests.areas.duties.test_reports import WORDS, again
from tests.cast import Town

URL = "/api/v1/reports"


def send(who: Actor, town: Town, key: str = "", **more: Any) -> Any:
    assert who.post is not None
    body = {"respondent": town.bodies["urban_mgmt"].code, "breach": "neglect", "words": WORDS, **more}
    head = {"Authorization": "Bearer " + ApiToken.issue("检举", who.post)[1]}
    if key:
        head["Idempotency-Key"] = key
    return Client().post(URL, json.dumps(body), content_type="application/json", headers=head)


def test_the_codes_of_the_document_are_those_of_the_law() -> None:
    assert set(get_args(Breach)) == set(words.BREACHES)


def test_a_hotline_files_for_somebody_and_the_reporter_follows_with_the_code(hubei: Town) -> None:
    answer = send(hubei.hotline, hubei, name="李梅", contact="10000000001")
    told = answer.json()
    row = Report.objects.get(number=told["number"])
    assert answer.status_code == 201 and (row.channel, row.name, row.words) == ("counter", "李梅", WORDS)
    duties.accept_report(by=hubei.lead, report=row)
    duties.close_report(by=hubei.lead, report=again(row), outcome="unfounded", reply="到现场核实，没有这回事。")
    seen = Client().get(f"{URL}/{row.number}", headers={"X-Code": told["code"]})
    found = seen.json()
    assert seen.status_code == 200 and found["state"] == "closed" and found["outcome"] == "unfounded"
    assert found["reply"] == "到现场核实，没有这回事。" and found["desk"] == row.desk.name
    assert WORDS not in seen.content.decode() and "李梅" not in seen.content.decode()
    assert Client().get(f"{URL}/{row.number}", headers={"X-Code": "2222222222"}).status_code == 404


def test_the_same_key_files_once(hubei: Town) -> None:
    first, second = (send(hubei.hotline, hubei, "RX-1") for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200) and first.json() == second.json()
    assert Report.objects.count() == 1
    assert send(hubei.hotline, hubei, "RX-1", words="另一件事，三次报修。").status_code == 409
    assert send(hubei.hotline, hubei, " ").json()["code"] == "idempotency_key"


@pytest.mark.parametrize(
    ("more", "status", "said"),
    [
        ({"respondent": "没有这个"}, 422, "没有这个机构代码"),
        ({"breach": "sloth"}, 422, "breach"),
        ({"words": "短"}, 422, "words"),
        ({"matter": "26010100000000"}, 422, "没有这个编号的诉求"),
        ({"desk": "x"}, 422, "没有这个字段"),
    ],
)
def test_what_does_not_fit_is_said_and_nothing_is_kept(
    hubei: Town, more: dict[str, Any], status: int, said: str
) -> None:
    answer = send(hubei.hotline, hubei, **more)
    assert answer.status_code == status and said in answer.content.decode() and not Report.objects.exists()


def test_nobody_files_against_the_own_body_and_administrators_not_at_all(hubei: Town) -> None:
    own = send(hubei.department, hubei)
    assert own.status_code == 422 and own.json()["code"] == "own_body"
    assert send(hubei.auditor, hubei).status_code == 403


def test_the_bodies_of_a_county_are_offered_and_no_grid(hubei: Town) -> None:
    found = Client().get("/api/v1/respondents", {"county": hubei.county.code}).json()
    codes = {row["code"] for row in found}
    assert hubei.bodies["street"].code in codes and hubei.bodies["grid"].code not in codes
    assert Body.objects.filter(code__in=codes).count() == len(codes)
    assert Client().get("/api/v1/respondents", {"county": "999999"}).status_code == 404

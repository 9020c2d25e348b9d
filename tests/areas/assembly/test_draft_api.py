"""The programs' door to drafts: open to everybody, a comment once only, the digest without words and small numbers."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

from linli.areas.assembly import api
from linli.areas.assembly.models import Comment
from linli.kit.limiter import Attempt
from tests.areas.assembly.laws import opened
from tests.areas.assembly.test_public_pages import CONTACT, NAME, WORDS, in_days, publish, say
from tests.cast import Town

DRAFTS = "/api/v1/drafts"
GIVEN = {"eid": "art_4", "stance": "amend", "words": WORDS, "name": NAME, "contact": CONTACT}


def post(code: str, given: dict[str, Any], **head: str) -> Any:
    return Client().post(f"{DRAFTS}/{code}/comments", json.dumps(given), content_type="application/json", headers=head)


def test_drafts_are_listed_and_read_without_a_token(town: Town) -> None:
    draft = opened(town, until=in_days(3))
    listed = Client().get(DRAFTS, {"place": town.community.code, "state": "open"}).json()
    assert [(one["code"], one["days_left"]) for one in listed] == [(draft.code, 4)]
    assert Client().get(DRAFTS, {"place": "11"}).json() == []
    read = Client().get(f"{DRAFTS}/{draft.code}").json()
    parts = {part["eid"]: part for part in read["provisions"]}
    assert parts["art_3__para_1__point_2"]["citation"] == "第三条第一款第（二）项"
    assert (read["version"], read["versions"], parts["art_4"]["level"]) == (1, 1, "article")
    assert Client().get(f"{DRAFTS}/FA0").status_code == 404


def test_a_comment_is_taken_once_for_a_key(town: Town) -> None:
    draft = opened(town)
    first = post(draft.code, GIVEN, **{"Idempotency-Key": "k1"})
    twin = post(draft.code, GIVEN, **{"Idempotency-Key": "k1"})
    assert (first.status_code, twin.status_code) == (201, 200)
    assert json.loads(first.content) == json.loads(twin.content)
    row = Comment.objects.get()
    assert row.number == json.loads(first.content)["number"] and row.opens_with(json.loads(first.content)["code"])
    assert (row.entered_by, row.channel, row.name) == ("resident", "web", NAME)
    assert post(draft.code, {**GIVEN, "words": "另外一条意见"}, **{"Idempotency-Key": "k1"}).status_code == 409


def test_a_comment_that_does_not_fit_is_refused_in_chinese_and_nothing_is_kept(hubei: Town) -> None:
    draft = opened(hubei)
    for wrong, said in (
        ({**GIVEN, "stance": "maybe"}, "请选择赞成"),
        ({**GIVEN, "eid": "art_77"}, "没有这一条"),
        ({**GIVEN, "words": "短"}, "至少 5 个字"),
        ({**GIVEN, "version": 9}, "没有这一稿"),
        ({**GIVEN, "words": "长" * 2001}, "太长"),
        ({**GIVEN, "word": "x"}, "没有这个字段"),
    ):
        answer = post(draft.code, wrong)
        assert answer.status_code == 422 and said in answer.content.decode(), answer.content.decode()
    assert not Comment.objects.exists()


def test_a_flood_from_one_address_is_stopped(hubei: Town) -> None:
    draft = opened(hubei)
    assert post(draft.code, GIVEN).status_code == 201
    Attempt.objects.update(count=api.MOST)
    assert post(draft.code, GIVEN).status_code == 429 and Comment.objects.count() == 1


def test_the_digest_is_told_when_it_is_out_without_words_and_small_numbers(town: Town) -> None:
    draft = opened(town)
    for _ in range(7):
        say(draft, "art_4")
    say(draft, "art_5", kind="lawyer", name=NAME, contact=CONTACT)
    assert Client().get(f"{DRAFTS}/{draft.code}/digest").status_code == 404
    publish(town, draft)
    answer = Client().get(f"{DRAFTS}/{draft.code}/digest")
    text = answer.content.decode()
    assert WORDS not in text and NAME not in text and CONTACT not in text
    found = answer.json()
    people = {section["eid"]: (section["people"], section["hidden"]) for section in found["sections"]}
    assert people["art_4"] == (7, "") and people["art_5"] == (None, "少于 5") and people["art_1"] == (0, "")
    assert (found["people"], found["exact"]) == (7, False), "the whole would tell that it was one"
    assert found["sections"][3]["answers"][0]["outcome"] == "adopted"

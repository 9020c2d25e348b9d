"""The programs' door: tokens, problem documents, idempotence, the gate, and no body that breaks it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.areas.appeals import actions as appeals
from linli.areas.appeals.flow import State
from linli.areas.appeals.models import Appeal
from linli.commons.actor import Actor
from linli.commons.models import ApiToken
from linli.kit import trail
from linli.site.api import document
from tests.cast import Town, fresh

URL = "/api/v1/appeals"


def token(actor: Actor) -> dict[str, str]:
    assert actor.post is not None
    return {"Authorization": f"Bearer {ApiToken.issue('试验', actor.post)[1]}"}


def post(client: Client, path: str, data: Any, headers: dict[str, str]) -> Any:
    raw = data if isinstance(data, bytes) else json.dumps(data)
    return client.post(path, raw, content_type="application/json", headers=headers)


def new(town: Town, **more: Any) -> dict[str, Any]:
    return {"place": town.community.code, "text": "3 栋楼下路灯坏了，晚上很黑。", **more}


def is_problem(answer: Any, status: int, code: str = "") -> dict[str, Any]:
    assert answer.status_code == status, answer.content.decode()
    assert answer["Content-Type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert found["status"] == status and any("\u4e00" <= sign <= "\u9fff" for sign in found["detail"])
    if code:
        assert found["code"] == code
    return found


def test_the_document_in_the_repository_is_the_one_served(client: Client) -> None:
    kept = json.loads((Path(__file__).parents[3] / "docs" / "openapi.json").read_text(encoding="utf-8"))
    assert kept == document() == client.get("/api/openapi.json").json(), (
        "run: python -m linli.site.commands.api_document > docs/openapi.json"
    )


def test_a_hotline_files_and_the_resident_follows(client: Client, town: Town) -> None:
    answer = post(client, URL, new(town), token(town.hotline))
    assert answer.status_code == 201, answer.content.decode()
    receipt = answer.json()
    row = Appeal.objects.get(number=receipt["number"])
    assert (row.channel, row.filed_by, row.state) == ("api", town.hotline.code, State.RECEIVED)
    assert receipt["url"] == f"http://testserver/f/{row.number}/{receipt['code']}/"
    seen = client.get(f"/api/v1/follow/{row.number}", headers={"X-Code": receipt["code"]})
    assert seen.status_code == 200 and seen.json()["state_name"] == "待受理"
    is_problem(client.get(f"/api/v1/follow/{row.number}", headers={"X-Code": "AAAAAAAAAA"}), 404, "bad_code")


def test_filing_asks_the_database_little(client: Client, hubei: Town) -> None:
    headers = token(hubei.hotline)
    assert post(client, URL, new(hubei), headers).status_code == 201
    with CaptureQueriesContext(connection) as sent:
        assert post(client, URL, new(hubei), headers).status_code == 201
    said = [query["sql"] for query in sent if "SAVEPOINT" not in query["sql"]]
    assert [sql.split()[0] for sql in said if sql != "BEGIN"] == ["SELECT", *["INSERT"] * 3, "UPDATE", "INSERT"]
    assert "kit_reference" in said[0]


def test_a_position_is_taken_shown_and_checked(client: Client, hubei: Town) -> None:
    headers = token(hubei.hotline)
    number = post(client, URL, new(hubei, latitude=30.5432109, longitude=114.3), headers).json()["number"]
    seen = client.get(f"{URL}/{number}", headers=headers).json()
    assert (seen["latitude"], seen["longitude"]) == (30.543211, 114.3)
    for more, code in (
        ({"latitude": 30.5}, "bad_position"),
        ({"latitude": 39.9, "longitude": 116.4}, "bad_position"),
        ({"latitude": 91, "longitude": 114.3}, "invalid"),
        ({"latitude": "north", "longitude": 114.3}, "invalid"),
    ):
        is_problem(post(client, URL, new(hubei, **more), headers), 422, code)
    found = is_problem(post(client, URL, new(hubei, latitude=28.2, longitude=-3.0), headers), 422, "bad_position")
    assert "湖北省" in found["detail"]
    assert Appeal.objects.count() == 1


def test_guessing_codes_is_stopped(client: Client, town: Town) -> None:
    number = town.file().appeal.number
    for _ in range(10):
        is_problem(client.get(f"/api/v1/follow/{number}", headers={"X-Code": "AAAAAAAAAA"}), 404)
    stopped = client.get(f"/api/v1/follow/{number}", headers={"X-Code": "AAAAAAAAAA"})
    is_problem(stopped, 429, "too_many")
    assert stopped["Retry-After"]


def test_a_repeat_with_the_same_key_has_one_effect(client: Client, hubei: Town) -> None:
    headers = token(hubei.hotline) | {"Idempotency-Key": "k-1"}
    first, again = post(client, URL, new(hubei), headers), post(client, URL, new(hubei), headers)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json() and Appeal.objects.count() == 1
    is_problem(post(client, URL, new(hubei, title="另一件"), headers), 409, "idempotency_mismatch")
    other = token(hubei.street_desk) | {"Idempotency-Key": "k-1"}
    assert post(client, URL, new(hubei), other).status_code == 201
    is_problem(post(client, URL, new(hubei), token(hubei.hotline) | {"Idempotency-Key": "x" * 101}), 422)
    is_problem(post(client, URL, new(hubei), token(hubei.hotline) | {"Idempotency-Key": "é"}), 422)


def test_a_number_of_the_source_is_taken_once(client: Client, hubei: Town) -> None:
    body = new(hubei, source="12345", source_key="RX1")
    assert post(client, URL, body, token(hubei.hotline)).status_code == 201
    is_problem(post(client, URL, body, token(hubei.hotline)), 409, "already_filed")
    assert Appeal.objects.count() == 1


def test_no_token_a_revoked_one_and_one_of_an_ended_post_do_not_open(client: Client, hubei: Town) -> None:
    assert is_problem(client.get(URL), 401, "no_token")
    is_problem(client.get(URL, headers={"Authorization": "Bearer ll_x\u00ff"}), 401)
    is_problem(client.get(URL, headers={"Authorization": "Basic eDp5"}), 401)
    headers = token(hubei.hotline)
    assert client.get(URL, headers=headers).status_code == 200
    ApiToken.objects.update(revoked_at=timezone.now())
    is_problem(client.get(URL, headers=headers), 401)
    headers = token(hubei.hotline)
    assert hubei.hotline.post is not None
    type(hubei.hotline.post).objects.filter(pk=hubei.hotline.post.pk).update(until_on="2020-01-01")
    is_problem(client.get(URL, headers=headers), 401)
    headers = token(hubei.street_desk)
    type(hubei.street_desk.user).objects.filter(pk=hubei.street_desk.user.pk).update(is_active=False)  # type: ignore
    is_problem(client.get(URL, headers=headers), 401)


def test_a_session_does_not_open_the_programs_door(client: Client, hubei: Town) -> None:
    client.force_login(hubei.hotline.user)  # type: ignore[arg-type]
    is_problem(client.get(URL), 401)


def test_the_gate_holds_here_too(client: Client, town: Town) -> None:
    appeal = town.accepted()
    path = f"{URL}/{appeal.number}/dispatch"
    body = {"to": town.bodies["committee"].code, "reason": "图方便"}
    found = is_problem(post(client, path, body, token(town.hotline)), 422, "off_list")
    assert found["basis"] and [end["name"] for end in found["ends"]] == ["owner", "street", "purchase"]
    assert fresh(appeal).state == State.ACCEPTED
    assert trail.Entry.objects.filter(verb="mandates.refused", subject=appeal.trail_key).count() == 1
    to = {"to": found["ends"][0]["body"], "reason": "职责单位"}
    assert post(client, path, to, token(town.hotline)).json()["state"] == "handling"
    senders = client.get("/api/v1/refusals", headers=token(town.lead)).json()
    assert senders[0]["code"] == town.bodies["hotline"].code and senders[0]["count"] == 1


def test_the_main_job_by_api_alone(client: Client, town: Town) -> None:
    hotline, department, housing, lead = (
        token(actor) for actor in (town.hotline, town.department, town.housing, town.lead)
    )
    number = post(client, URL, new(town), hotline).json()["number"]
    base = f"{URL}/{number}"

    def names(headers: dict[str, str]) -> set[str]:
        return {move["name"] for move in client.get(f"{base}/moves", headers=headers).json()}

    assert names(hotline) == {"classify", "accept", "decline", "order"}
    matter = town.matter("路灯照明").code
    steps: list[tuple[str, dict[str, Any], dict[str, str], str]] = [
        ("classify", {"matter": matter, "kind": "求助", "place": town.community.code}, hotline, "received"),
        ("accept", {}, hotline, "accepted"),
        ("dispatch", {"to": town.bodies["housing"].code, "reason": "试派"}, hotline, "handling"),
        ("object", {"reason": "路灯由城管局管护", "names": town.bodies["urban_mgmt"].code}, housing, "objected"),
        (
            "rule",
            {"uphold": True, "ruling": "依职责由城管局办理", "to": town.bodies["urban_mgmt"].code},
            lead,
            "handling",
        ),
        ("order", {"text": "请尽快修复"}, lead, "handling"),
        ("answer", {"text": "已更换灯泡，今晚恢复照明。"}, department, "answered"),
        ("callback", {"how": "phone", "reached": True, "solved": True, "rating": 5}, hotline, "closed"),
    ]
    for name, body, headers, state in steps:
        assert name in names(headers), name
        answer = post(client, f"{base}/{name}", body, headers)
        assert answer.status_code == 200 and answer.json()["state"] == state, answer.content.decode()
    verbs = [line["verb"] for line in client.get(f"{base}/timeline", headers=hotline).json()]
    assert verbs[0] == "appeals.filed" and verbs[-1] == "appeals.closed"
    assert names(hotline) == set()
    is_problem(post(client, f"{base}/answer", {"text": "再答复一次，看看行不行。"}, department), 403)
    is_problem(post(client, f"{base}/order", {"text": "再催"}, lead), 409)


def test_an_extension_is_asked_for_and_decided(client: Client, town: Town) -> None:
    from linli.commons.settings import set_setting

    set_setting(by=town.lead, place=town.county, key="appeals.handle", value={"amount": 5, "unit": "working_days"})
    base = f"{URL}/{town.handling().number}"
    assert (
        post(client, f"{base}/extension", {"amount": 2, "reason": "等配件"}, token(town.department)).status_code == 200
    )
    names = [move["name"] for move in client.get(f"{base}/moves", headers=token(town.hotline)).json()]
    assert "extension_rule" in names
    ruling = {"grant": True, "decision": "同意"}
    is_problem(post(client, f"{base}/extension/rule", ruling, token(town.department)), 403)
    assert post(client, f"{base}/extension/rule", ruling, token(town.hotline)).status_code == 200


def test_others_find_nothing_and_the_powerless_are_refused(client: Client, town: Town) -> None:
    number = town.handling().number
    for path in (f"{URL}/{number}", f"{URL}/{number}/timeline", f"{URL}/{number}/moves", f"{URL}/999999"):
        is_problem(client.get(path, headers=token(town.outsider)), 404)
    is_problem(post(client, f"{URL}/{number}/order", {"text": "催"}, token(town.outsider)), 404)
    is_problem(post(client, f"{URL}/{number}/order", {"text": "催"}, token(town.department)), 403, "no_power")
    is_problem(post(client, URL, new(town), token(town.auditor)), 403, "no_power")
    is_problem(post(client, URL, new(town), token(town.auditor) | {"Idempotency-Key": "k"}), 403)
    assert trail.Entry.objects.filter(verb="appeals.refused", facts__code="no_power").count() == 3


def test_a_firm_reads_the_rewritten_task_only(client: Client, town: Town) -> None:
    appeal = town.accepted("物业服务")
    where = {"latitude": 30.5, "longitude": 114.3}
    Appeal.objects.filter(pk=appeal.pk).update(brief="请检查 3 栋公共照明。", place_text="3 栋 502 室", **where)
    appeals.dispatch_appeal(by=town.hotline, appeal=fresh(appeal), to=town.bodies["property"], reason="物业职责")
    seen = client.get(f"{URL}/{appeal.number}", headers=token(town.firm)).json()
    assert seen["text"] == "请检查 3 栋公共照明。" and seen["title"] == "物业服务" and seen["place_text"] == ""
    assert "502" not in json.dumps(seen, ensure_ascii=False) and seen["latitude"] is seen["longitude"] is None
    lines = client.get(f"{URL}/{appeal.number}/timeline", headers=token(town.firm)).json()
    assert {line["who"] for line in lines} == {""}


def test_the_list_pages_by_key_and_filters(client: Client, hubei: Town) -> None:
    numbers = [hubei.file(text=f"第 {n} 件：楼道灯不亮").appeal.number for n in range(5)]
    at = timezone.now()
    Appeal.objects.update(filed_at=at)  # all in one moment: the key must still tell them apart
    headers, seen, before = token(hubei.hotline), [], ""
    while True:
        page = client.get(f"{URL}?limit=2" + (f"&before={before}" if before else ""), headers=headers).json()
        seen += [item["number"] for item in page["items"]]
        before = page["next"]
        if not before:
            break
    assert seen == numbers[::-1]
    day = timezone.localdate().isoformat()
    for query, count in (
        ("state=received", 5),
        ("state=closed", 0),
        (f"place={hubei.community.code}", 5),
        (f"place={hubei.sibling.code}", 0),
        (f"since={day}&until={day}", 5),
        ("until=2020-01-01", 0),
        ("handler=nobody", 0),
    ):
        assert len(client.get(f"{URL}?{query}", headers=headers).json()["items"]) == count, query
    for query in ("state=x", "limit=0", "before=1", "since=9999-12-31", "since=%F0%9F", "before=9999999999999999-1x"):
        is_problem(client.get(f"{URL}?{query}", headers=headers), 422)
    assert client.get(f"{URL}?before=9999999999999999-999999999999999999", headers=headers).status_code == 200


def test_public_reads_need_no_token(client: Client, town: Town) -> None:
    row = town.publish("assisted", "协助政府工作事项清单", "路灯照明")
    found = client.get(f"/api/v1/lists?place={town.community.code}").json()
    assert [item["code"] for item in found] == [row.code] and found[0]["items"][0]["matter"]
    charter = client.get(f"/api/v1/committees/{town.community.code}").json()
    assert [item["title"] for item in charter["helps"]] == ["路灯照明"]
    is_problem(client.get(f"/api/v1/committees/{town.county.code}"), 404)
    is_problem(client.get("/api/v1/lists?place=009999"), 404)
    below = client.get(f"/api/v1/places?under={town.county.code}&limit=2").json()
    assert below["items"][0]["code"] == town.county.code and below["next"] == below["items"][1]["code"]
    rest = client.get(f"/api/v1/places?under={town.county.code}&after={below['next']}").json()
    assert rest["next"] == "" and below["next"] not in [item["code"] for item in rest["items"]]
    assert any(item["name"] == "路灯照明" for item in client.get("/api/v1/matters").json())
    is_problem(client.get("/api/v1/refusals"), 401)
    is_problem(client.get(f"/api/v1/refusals?place={town.county.code}", headers=token(town.outsider)), 404)


BAD_BODIES: list[tuple[bytes, int]] = [
    (b"", 422),
    (b"{", 400),
    (b'{"text": "\xff"}', 400),
    (b'{"place": NaN}', 400),
    (b'{"place": 1e999}', 400),
    (b"[" * 100_000 + b"]" * 100_000, 400),
    (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, 400),
    (b'{"text": ' + b"9" * 5000 + b"}", 400),
    (b" " * 300_000, 400),
    (b"[]", 422),
    (b"null", 422),
    (b'{"\\ud800": 1, "place": "42", "text": "x"}', 422),
    (b'{"place": "429999", "text": "\\u0000\\ud800 \\u202e"}', 422),
    (b'{"place": "009999", "text": "x"}', 422),
    (b'{"place": "\\u00b2\\u00b2", "text": "x"}', 422),
    (b'{"place": {"a": 1}, "text": ["x"]}', 422),
]


@pytest.mark.parametrize(("raw", "status"), BAD_BODIES)
def test_a_bad_body_is_refused_in_words(client: Client, hubei: Town, raw: bytes, status: int) -> None:
    is_problem(post(client, URL, raw, token(hubei.hotline)), status)
    assert Appeal.objects.count() == 0


def test_the_wrong_field_is_named(client: Client, hubei: Town) -> None:
    found = is_problem(post(client, URL, new(hubei, texd="x", rating=1) | {"text": " "}, token(hubei.hotline)), 422)
    assert {item["field"] for item in found["errors"]} == {"text", "texd", "rating"}
    form = client.post(URL, {"text": "x"}, headers=token(hubei.hotline))
    is_problem(form, 415, "content_type")
    is_problem(post(client, URL, new(hubei, kind="闲聊"), token(hubei.hotline)), 422)
    big = {"amount": 10**30, "reason": "x"}
    is_problem(post(client, f"{URL}/{hubei.handling().number}/extension", big, token(hubei.department)), 422)


def test_an_unknown_address_below_the_door_is_a_problem_document(client: Client, db: None) -> None:
    is_problem(client.get("/api/v1/nothing"), 404)
    is_problem(client.get("/api/v1/appeals?place=%00"), 422)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = ("place", "text", "title", "kind", "matter", "to", "reason", "ground", "funds", "amount", "how", "reached")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=5), JSON, max_size=6),
    path=st.sampled_from(("", "/classify", "/dispatch", "/rule", "/extension", "/callback", "/order")),
    start=st.booleans(),
)
def test_no_body_breaks_the_door(client: Client, hubei: Town, body: dict[str, Any], path: str, start: bool) -> None:
    number = getattr(hubei, "_number", None) or hubei.handling().number
    hubei.__dict__["_number"] = number
    headers = hubei.__dict__.setdefault("_headers", token(hubei.hotline))
    if start:
        body = {"place": hubei.community.code, "text": "路灯坏了"} | body
    answer = post(client, URL + (f"/{number}{path}" if path else ""), body, headers)
    assert answer.status_code < 500, answer.content
    if answer.status_code >= 400:
        is_problem(answer, answer.status_code)

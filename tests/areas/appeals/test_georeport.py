"""Open311 GeoReport v2: what a client of the standard asks for, in JSON and in XML, and what nobody is told."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from xml.etree import ElementTree

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from linli.areas.appeals import actions as appeals
from linli.areas.appeals import rules
from linli.areas.appeals.api.georeport.show import STATUS
from linli.areas.appeals.flow import State
from linli.areas.appeals.models import Appeal
from linli.areas.mandates.models import Matter
from linli.commons.actor import Actor
from linli.commons.models import ApiToken, Body, Place
from linli.kit import trail
from linli.kit.files import Attachment
from tests.cast import Town, fresh

V2 = "/open311/v2"
HERE = {"42": (30.543210, 114.312345), "43": (28.223456, 112.934567)}
"""A position in each province, finer than what everybody is shown."""


def key(actor: Actor) -> str:
    assert actor.post is not None
    return ApiToken.issue("试验", actor.post)[1]


def ask(client: Client, path: str, town: Town | None = None, **query: Any) -> Any:
    return client.get(f"{V2}/{path}", {**({"jurisdiction_id": town.county.code} if town else {}), **query})


def new(town: Town, **more: Any) -> dict[str, Any]:
    lat, long = HERE[town.county.code[:2]]
    return {
        "jurisdiction_id": town.county.code,
        "service_code": town.matter("路灯照明").code,
        "lat": str(lat),
        "long": str(long),
        "description": "3 栋楼下路灯坏了，晚上很黑。",
        **more,
    }


def send(client: Client, data: dict[str, Any], form: str = "json", **headers: str) -> Any:
    raw = urlencode(data, doseq=True)
    kind = "application/x-www-form-urlencoded; charset=utf-8"
    return client.post(f"{V2}/requests.{form}", raw, content_type=kind, headers=headers)


def faults(answer: Any, status: int) -> list[str]:
    """The descriptions of an error array, after its shape was looked at."""
    assert answer.status_code == status, answer.content.decode()
    if answer["Content-Type"].startswith("text/xml"):
        root = ElementTree.fromstring(answer.content)
        assert root.tag == "errors"
        found: list[dict[str, Any]] = [
            {"code": int(row.findtext("code", "0")), "description": row.findtext("description")} for row in root
        ]
    else:
        assert answer["Content-Type"] == "application/json; charset=utf-8"
        found = answer.json()
    assert found and all(row["code"] == status for row in found)
    assert all(re.search("[\u4e00-\u9fff]", row["description"]) for row in found)
    return [row["description"] for row in found]


def filed(town: Town, *, matter: str = "路灯照明", **more: Any) -> Appeal:
    """An appeal that everybody may know of, unless its kind or class says otherwise."""
    more = {"kind": "求助", "position": HERE[town.county.code[:2]], **more}
    return town.file(matter=town.matter(matter), **more).appeal


# ---------------------------------------------------------------- what is offered


def test_the_discovery_leads_to_the_endpoint(client: Client, hubei: Town) -> None:
    Body.objects.filter(pk=hubei.bodies["hotline"].pk).update(phone="000-12345")
    for path in ("/open311/discovery.json", f"{V2}/discovery.json"):
        found = client.get(path).json()
        assert found["contact"] == "12345 热线中心 000-12345" and found["key_service"] and found["changeset"]
        (end,) = found["endpoints"]
        assert end["url"] == f"http://testserver{V2}" and end["specification"].endswith("GeoReport_v2")
        assert end["formats"] == ["text/xml", "application/json"] and end["type"] == "production"
    answer = client.get("/open311/discovery.xml")
    assert answer["Content-Type"] == "text/xml; charset=utf-8"
    assert answer.content.startswith(b'<?xml version="1.0" encoding="utf-8"?>\n<discovery>')
    root = ElementTree.fromstring(answer.content)
    assert [row.text for row in root.findall("endpoints/endpoint/formats/format")] == ["text/xml", "application/json"]


def test_matters_are_the_services(client: Client, hubei: Town) -> None:
    lamp = hubei.matter("路灯照明")
    Matter.objects.exclude(class_code="01").update(active=False)
    found = {row["service_code"]: row for row in ask(client, "services.json", hubei).json()}
    assert found.keys() == set(Matter.objects.filter(class_code="01").values_list("code", flat=True))
    row = found[lamp.code]
    assert row["service_name"] == "路灯照明" and row["group"] == "城乡建设" and row["metadata"] is True
    assert row["type"] == "realtime" and "路灯" in row["keywords"] and "城市管理部门" in row["description"]
    root = ElementTree.fromstring(ask(client, "services.xml", hubei).content)
    assert root.tag == "services" and len(root.findall("service")) == len(found)
    assert {row.findtext("metadata") for row in root} == {"true"}


def test_a_service_says_what_it_asks(client: Client, hubei: Town) -> None:
    lamp = hubei.matter("路灯照明")
    found = ask(client, f"services/{lamp.code}.json", hubei).json()
    assert found["service_code"] == lamp.code
    by_code = {row["code"]: row for row in found["attributes"]}
    assert [row["order"] for row in found["attributes"]] == [1, 2, 3] and list(by_code) == ["place", "spot", "kind"]
    assert by_code["place"]["values"] == [
        {"key": hubei.community.code, "name": "滨江社区"},
        {"key": hubei.sibling.code, "name": "柳岸社区"},
    ]
    assert not any(row["required"] for row in found["attributes"])
    hazard = Matter.objects.filter(safety=True).first()
    assert hazard is not None
    last = ask(client, f"services/{hazard.code}.json", hubei).json()["attributes"][-1]
    assert (last["code"], last["datatype"], last["required"]) == ("danger", "singlevaluelist", True)
    root = ElementTree.fromstring(ask(client, f"services/{hazard.code}.xml", hubei).content)
    assert root.tag == "service_definition" and root.findtext("service_code") == hazard.code
    assert [row.text for row in root.findall("attributes/attribute/values/value/key")][-2:] == ["yes", "no"]
    for code in ("none", "9" * 40, "\u00b2"):
        faults(ask(client, f"services/{code}.json", hubei), 404)
    Matter.objects.filter(pk=lamp.pk).update(active=False)
    faults(ask(client, f"services/{lamp.code}.xml", hubei), 404)


# ---------------------------------------------------------------- jurisdictions, forms, methods


PATHS = ("services", "services/0101", "requests", "requests/1", "tokens/1")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("form", ["json", "xml"])
def test_the_county_must_be_named_where_there_are_several(client: Client, hubei: Town, path: str, form: str) -> None:
    assert "jurisdiction_id" in faults(ask(client, f"{path}.{form}"), 400)[0]
    for wrong in ("000000", hubei.street.code, "42", "x" * 50, "４２９９９９"):
        assert "jurisdiction_id" in faults(ask(client, f"{path}.{form}", jurisdiction_id=wrong), 404)[0]
    assert ask(client, f"{path}.{form}", hubei).status_code in (200, 404)


def test_a_single_county_need_not_be_named(client: Client, hubei: Town) -> None:
    Body.objects.filter(place__code="429998").update(place=hubei.county)
    Place.objects.filter(code="429998").delete()
    assert ask(client, "services.json").status_code == 200
    appeal = filed(hubei)
    assert [row["service_request_id"] for row in ask(client, "requests.json").json()] == [appeal.number]
    faults(ask(client, "requests.json", jurisdiction_id="429998"), 404)


def test_another_form_or_method_is_refused_in_the_standards_words(client: Client, hubei: Town) -> None:
    faults(client.get(f"{V2}/services.html", headers={"Accept": "application/json"}), 404)
    assert client.get(f"{V2}/services.html")["Content-Type"].startswith("text/xml")
    for path in (
        f"{V2}/",
        f"{V2}/services",
        f"{V2}/nothing.json",
        "/open311/v1/services.json",
        f"{V2}/services.json?%00",
    ):
        assert faults(client.get(path), 400 if "%00" in path else 404)
    wrong = client.delete(f"{V2}/requests.json")
    assert faults(wrong, 405) and wrong["Allow"] == "GET, HEAD, POST"
    assert faults(client.post(f"{V2}/services.xml"), 405)


def test_a_client_that_asks_for_english_is_told_in_english(client: Client, hubei: Town) -> None:
    head = {"Accept-Language": "en"}
    wrong = client.get(f"{V2}/services.json", headers=head).json()[0]["description"]
    assert wrong == "jurisdiction_id is missing: give the 6-digit code of a county."
    assert "Keep phone within 30 characters." in str(
        send(client, new(hubei, api_key=key(hubei.hotline), phone="0" * 31), **head).json()
    )
    (got,) = send(client, new(hubei, api_key=key(hubei.hotline), media_url="https://example.org/a.jpg"), **head).json()
    assert got["service_notice"].startswith("Query code")
    assert Appeal.objects.get().text.endswith("图片：https://example.org/a.jpg")  # what is kept stays Chinese


# ---------------------------------------------------------------- filing


def test_a_request_becomes_an_appeal_like_any_other(client: Client, town: Town) -> None:
    person = {"last_name": "李", "first_name": "梅", "phone": "000-7311", "email": "mei@example.org", "device_id": "d1"}
    answer = send(client, new(town, api_key=key(town.hotline), address_string="柳岸社区 2 号楼东侧", **person))
    assert answer.status_code == 201, answer.content.decode()
    (got,) = answer.json()
    row = Appeal.objects.get(number=got["service_request_id"])
    assert (row.channel, row.state, row.filed_by) == ("open311", State.RECEIVED, town.hotline.code)
    assert row.text == "3 栋楼下路灯坏了，晚上很黑。" and row.matter == town.matter("路灯照明")
    assert (row.place, row.place_text) == (town.sibling, "柳岸社区 2 号楼东侧")
    assert (row.latitude, row.longitude) == HERE[town.county.code[:2]]
    assert (row.reporter_name, row.reporter_contact) == ("李梅", "000-7311；mei@example.org；设备 d1")
    code = re.search(r"[2-9A-Z]{10}", got["service_notice"])
    assert code is not None and row.opens_with(code[0]) and f"/f/{row.number}/{code[0]}/" in got["service_notice"]
    assert [line.verb for line in trail.history(row)] == ["appeals.filed"]
    assert trail.history(row)[0].facts["channel"] == "open311"
    assert client.get(f"/work/appeals/{row.number}/").status_code == 302
    client.force_login(town.hotline.user)  # type: ignore[arg-type]
    page = client.get(f"/work/appeals/{row.number}/").content.decode()
    assert "Open311" in page and f"纬度 {row.latitude}，经度 {row.longitude}" in page


def test_the_answer_comes_as_xml_too(client: Client, hubei: Town) -> None:
    answer = send(client, new(hubei, api_key=key(hubei.hotline), account_id="<a&b>"), "xml")
    assert answer.status_code == 201
    root = ElementTree.fromstring(answer.content)
    assert root.tag == "service_requests" and root.findtext("request/account_id") == "<a&b>"
    number = root.findtext("request/service_request_id")
    assert Appeal.objects.filter(number=number).exists()
    seen = ElementTree.fromstring(ask(client, f"tokens/{number}.xml", hubei, api_key=key(hubei.hotline)).content)
    assert seen.findtext("request/service_request_id") == seen.findtext("request/token") == number


def test_without_a_good_key_nothing_is_filed(client: Client, hubei: Town) -> None:
    good = key(hubei.hotline)
    assert "api_key" in faults(send(client, new(hubei)), 403)[0]
    assert "api_key" in faults(send(client, new(hubei, api_key="ll_x"), "xml"), 403)[0]
    assert send(client, new(hubei), Authorization=f"Bearer {good}").status_code == 201
    faults(send(client, new(hubei, api_key=key(hubei.auditor))), 403)
    faults(send(client, new(hubei, api_key=key(hubei.outsider))), 403)
    assert trail.Entry.objects.filter(verb="appeals.refused", facts__code="no_power").count() == 2
    ApiToken.objects.update(revoked_at=timezone.now())
    faults(send(client, new(hubei, api_key=good)), 403)
    client.force_login(hubei.hotline.user)  # type: ignore[arg-type]
    faults(send(client, new(hubei)), 403)  # a session opens the pages, not this door
    assert Appeal.objects.count() == 1


def test_guessing_keys_is_stopped_and_good_keys_still_open(client: Client, hubei: Town) -> None:
    good = key(hubei.hotline)
    for n in range(20):
        faults(send(client, new(hubei, api_key=f"ll_{n}")), 403)
    stopped = send(client, new(hubei, api_key="ll_20"))
    assert faults(stopped, 429) and stopped["Retry-After"]
    assert send(client, new(hubei, api_key=good)).status_code == 201


def test_one_key_files_no_flood(client: Client, hubei: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("linli.areas.appeals.api.georeport.file.MOST", 2)
    good = key(hubei.hotline)
    for n in range(2):
        assert send(client, new(hubei, api_key=good, description=f"第 {n} 盏路灯不亮")).status_code == 201
    assert faults(send(client, new(hubei, api_key=good, description="第三盏路灯不亮")), 429)
    assert send(client, new(hubei, api_key=key(hubei.street_desk), address_id=hubei.street.code)).status_code == 201


def test_a_repeat_has_one_effect(client: Client, hubei: Town) -> None:
    good = key(hubei.hotline)
    first, again = (send(client, new(hubei, api_key=good)) for _ in range(2))
    assert first.json() == again.json() and Appeal.objects.count() == 1
    picture = [SimpleUploadedFile("a.png", png(), "image/png") for _ in range(2)]
    for one in picture:  # each multipart body has a boundary of its own
        assert client.post(f"{V2}/requests.json", new(hubei, api_key=good, media=one)).status_code == 201
    assert Appeal.objects.count() == 2 and Attachment.objects.count() == 1
    other = send(client, new(hubei, api_key=key(hubei.street_desk), address_id=hubei.community.code))
    assert other.status_code == 201 and Appeal.objects.count() == 3
    one, two = (send(client, new(hubei, api_key=good), **{"Idempotency-Key": "k-1"}) for _ in range(2))
    assert one.json() == two.json() and Appeal.objects.count() == 4
    faults(send(client, new(hubei, api_key=good, description="另一盏"), **{"Idempotency-Key": "k-1"}), 409)
    faults(send(client, new(hubei, api_key=good), **{"Idempotency-Key": "键".encode().decode("latin-1")}), 400)
    faults(send(client, new(hubei, api_key=good), **{"Idempotency-Key": "x" * 101}), 400)
    assert Appeal.objects.count() == 4


def png() -> bytes:
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "PNG")
    return out.getvalue()


def test_a_picture_is_kept_and_a_wrong_file_refused(client: Client, hubei: Town) -> None:
    good = key(hubei.hotline)
    data = new(
        hubei, api_key=good, media_url="https://example.org/a.jpg", description="灯杆倒了 <b>危险</b> & \u0001急"
    )
    answer = client.post(f"{V2}/requests.xml", {**data, "media": SimpleUploadedFile("灯.png", png(), "image/png")})
    assert answer.status_code == 201, answer.content.decode()
    row = Appeal.objects.get()
    assert row.text == "灯杆倒了 <b>危险</b> & 急\n图片：https://example.org/a.jpg"
    assert Attachment.objects.get(subject=row.trail_key).kind == "image/png"
    seen = ElementTree.fromstring(ask(client, f"requests/{row.number}.xml", hubei, api_key=good).content)
    assert seen.findtext("request/description") == row.text
    five = [SimpleUploadedFile(f"{n}.png", png(), "image/png") for n in range(5)]
    assert "4 张" in faults(client.post(f"{V2}/requests.json", {**data, "media": five}), 400)[0]
    bad = SimpleUploadedFile("a.png", b"<svg/>", "image/png")
    assert "a.png" in faults(client.post(f"{V2}/requests.json", {**data, "media": bad}), 400)[0]
    assert Appeal.objects.count() == 1


def test_json_is_taken_too(client: Client, hubei: Town) -> None:
    data = {**new(hubei, api_key=key(hubei.hotline)), "lat": 30.5, "long": 114.3, "address_id": None}
    data["attribute"] = {"place": hubei.community.code, "kind": "投诉", "spot": "3 栋东侧"}
    answer = client.post(f"{V2}/requests.json", data, content_type="application/json")
    assert answer.status_code == 201, answer.content.decode()
    row = Appeal.objects.get()
    assert (row.kind, row.place, row.place_text, row.latitude) == ("投诉", hubei.community, "3 栋东侧", 30.5)


def test_answers_must_fit_the_questions(client: Client, hubei: Town) -> None:
    good = key(hubei.hotline)
    hazard = Matter.objects.filter(safety=True).first()
    assert hazard is not None
    cases: list[tuple[dict[str, Any], str]] = [
        ({"service_code": hazard.code}, "attribute[danger] 必填"),
        ({"service_code": hazard.code, "attribute[danger]": "maybe"}, "attribute[danger]"),
        ({"service_code": hazard.code, "attribute[danger]": ["yes", "no"]}, "只能填一个值"),
        ({"attribute[danger]": "yes"}, "没有补充字段 attribute[danger]"),
        ({"attribute[nothing]": "x"}, "没有补充字段 attribute[nothing]"),
        ({"attribute": "x"}, "attribute[代码]=值"),
        ({"attribute[kind]": "闲聊"}, "attribute[kind]"),
        ({"attribute[place]": "009999"}, "attribute[place]"),
        ({"attribute[place]": "429998"}, "attribute[place]"),
        ({"attribute[spot]": "x" * 121}, "attribute[spot]"),
        ({"lat": "30.5", "long": ""}, "一起填"),
        ({"lat": "30.5N"}, "lat 要填数字"),
        ({"lat": "NaN"}, "lat 要填数字"),
        ({"lat": "1e1"}, "lat 要填数字"),
        ({"lat": "²"}, "lat 要填数字"),
        ({"lat": "114.3", "long": "30.5"}, "填反"),
        ({"lat": "95"}, "-90 到 90"),
        ({"lat": "39.9", "long": "116.4"}, "湖北省"),
        ({"lat": "", "long": ""}, "缺少地点"),
        ({"address_id": "009999"}, "address_id"),
        ({"address_id": "429998"}, "address_id"),
        ({"media_url": "javascript:alert(1)"}, "media_url"),
        ({"phone": "0" * 31}, "phone"),
        ({"description": "字" * 5001}, "5000"),
    ]
    for more, words in cases:
        found = faults(send(client, new(hubei, api_key=good, **more)), 400)
        assert words in "；".join(found), (more, found)
    two = faults(send(client, new(hubei, api_key=good, **{"attribute[x]": "1", "media_url": "x"}), "xml"), 400)
    assert len(two) == 2
    assert "service_code" in faults(send(client, new(hubei, api_key=good, service_code="")), 400)[0]
    assert "service_code" in faults(send(client, new(hubei, api_key=good, service_code="zz")), 404)[0]
    assert "jurisdiction_id" in faults(send(client, new(hubei, api_key=good, jurisdiction_id="")), 400)[0]
    assert Appeal.objects.count() == 0
    fine = send(client, new(hubei, api_key=good, service_code=hazard.code, **{"attribute[danger]": "yes"}))
    assert fine.status_code == 201 and Appeal.objects.get().danger


def test_the_place_is_found_from_what_is_given(client: Client, hubei: Town) -> None:
    far = f"{hubei.sibling.code}-X1"
    Place.objects.create(code=far, name="柳岸花园", level="estate")
    long = "柳岸花园往东走" + "很远" * 60
    cases: list[tuple[Actor, dict[str, Any], str, str]] = [
        (hubei.hotline, {}, hubei.county.code, ""),
        (hubei.street_desk, {}, hubei.street.code, ""),  # its own place is nearer than the county
        (hubei.hotline, {"address_string": "滨江社区 5 栋"}, hubei.community.code, "滨江社区 5 栋"),
        (hubei.hotline, {"address_string": "某条路上"}, hubei.county.code, "某条路上"),
        (hubei.hotline, {"address_string": long}, far, ""),
        (hubei.hotline, {"address_id": far, "address_string": "滨江社区"}, far, "滨江社区"),
        (
            hubei.hotline,
            {"attribute[place]": hubei.sibling.code, "address_string": "滨江社区"},
            hubei.sibling.code,
            "滨江社区",
        ),
    ]
    for by, more, place, spot in cases:
        (got,) = send(client, new(hubei, api_key=key(by), **more)).json()
        row = Appeal.objects.get(number=got["service_request_id"])
        assert (row.place_id, row.place_text) == (place, spot), more
    assert Appeal.objects.get(place_id=far, place_text="").text.endswith(long)  # nothing of it is lost
    bare = {
        "jurisdiction_id": hubei.county.code,
        "service_code": hubei.matter("路灯照明").code,
        "address_string": "柳岸社区",
    }
    (got,) = send(client, {**bare, "api_key": key(hubei.hotline)}).json()
    row = Appeal.objects.get(number=got["service_request_id"])
    assert row.text == "路灯照明" and row.latitude is None  # the standard does not ask for words


# ---------------------------------------------------------------- reading


def test_everybody_reads_little_and_no_words(client: Client, town: Town) -> None:
    appeal = filed(town, name="李梅", contact="000-7311", place_text="3 栋 502 室")
    (row,) = ask(client, "requests.json", town).json()
    lat, long = HERE[town.county.code[:2]]
    assert row == {
        "service_request_id": appeal.number,
        "status": "open",
        "status_notes": "待受理：已收到，受理单位将确认类型和地点。",
        "service_name": "路灯照明",
        "service_code": town.matter("路灯照明").code,
        "description": None,
        "agency_responsible": None,
        "service_notice": None,
        "requested_datetime": timezone.localtime(appeal.filed_at).isoformat(timespec="seconds"),
        "updated_datetime": row["updated_datetime"],
        "expected_datetime": None,
        "address": "滨江社区",
        "address_id": town.community.code,
        "zipcode": None,
        "lat": round(lat, 2),
        "long": round(long, 2),
        "media_url": None,
    }
    assert ask(client, f"requests/{appeal.number}.json", town).json()[0]["address"] == "滨江社区"
    assert ask(client, f"tokens/{appeal.number}.json", town).json() == [
        {"service_request_id": appeal.number, "token": appeal.number}
    ]
    root = ElementTree.fromstring(ask(client, "requests.xml", town).content)
    assert root.findtext("request/lat") == str(round(lat, 2)) and root.findtext("request/description") == ""


def test_a_grid_shows_as_its_community(client: Client, hubei: Town) -> None:
    town = hubei
    appeals.file_appeal(by=town.resident, place=town.grid, text="路灯坏了", kind="求助", matter=town.matter("路灯照明"))
    (row,) = ask(client, "requests.json", town).json()
    assert (row["address"], row["address_id"], row["lat"]) == ("滨江社区", town.community.code, None)
    (row,) = ask(client, "requests.json", town, api_key=key(town.hotline)).json()
    assert (row["address"], row["address_id"]) == ("滨江社区第一网格", town.grid.code)


def test_what_must_not_be_public_is_not(client: Client, hubei: Town) -> None:
    hidden = [filed(hubei, kind="举报")]
    closed = Matter.objects.exclude(class_code__in=rules.PUBLIC_CLASSES)
    assert {row.class_code for row in closed} == {"02", "05", "07", "08", "09", "12", "13", "14", "15"}
    hidden += [filed(hubei, matter=row.name) for row in closed.order_by("code")[::10]]
    hidden.append(hubei.file(kind="求助").appeal)  # nobody has said yet what it is about
    running = filed(hubei)
    Appeal.everything.filter(pk=running.pk).update(shown=False)
    assert ask(client, "requests.json", hubei).json() == []
    numbers = [row.number for row in [*hidden, running]]
    assert ask(client, "requests.json", hubei, service_request_id=",".join(numbers)).json() == []
    for number in numbers:
        faults(ask(client, f"requests/{number}.json", hubei), 404)
        faults(ask(client, f"tokens/{number}.xml", hubei), 404)
    seen = ask(client, "requests.json", hubei, api_key=key(hubei.hotline)).json()
    assert {row["service_request_id"] for row in seen} == {row.number for row in hidden}


def test_a_post_reads_what_it_may_see(client: Client, town: Town) -> None:
    appeal = town.handling(
        name="李梅", contact="000-7311", place_text="3 栋 502 室", position=HERE[town.county.code[:2]]
    )
    path = f"requests/{appeal.number}.json"
    (row,) = ask(client, path, town, api_key=key(town.department)).json()
    assert row["description"] == appeal.text and row["agency_responsible"] == "城市管理局"
    assert row["address"] == "滨江社区 3 栋 502 室" and row["lat"] == appeal.latitude
    assert "李梅" not in str(row) and "7311" not in str(row)
    head = client.get(
        f"{V2}/{path}?jurisdiction_id={town.county.code}", headers={"Authorization": f"Bearer {key(town.hotline)}"}
    )
    assert head.json() == [row]
    for stranger in (town.housing, town.neighbour, town.outsider):
        faults(ask(client, path, town, api_key=key(stranger)), 404)
    faults(ask(client, path, town, api_key=key(town.auditor)), 403)
    faults(ask(client, path, town, api_key="ll_wrong"), 403)


def test_a_firm_reads_the_rewritten_task_only(client: Client, hubei: Town) -> None:
    appeal = hubei.accepted("物业服务", position=HERE["42"])
    Appeal.objects.filter(pk=appeal.pk).update(brief="请检查公共照明。", place_text="3 栋 502 室")
    appeals.dispatch_appeal(by=hubei.hotline, appeal=fresh(appeal), to=hubei.bodies["property"], reason="物业职责")
    (row,) = ask(client, f"requests/{appeal.number}.json", hubei, api_key=key(hubei.firm)).json()
    assert row["description"] == "请检查公共照明。" and row["address"] == "滨江社区"
    assert (row["lat"], row["long"]) == (30.54, 114.31)


def test_a_promise_shows_on_the_single_request(client: Client, hubei: Town) -> None:
    from linli.commons.settings import set_setting

    set_setting(by=hubei.lead, place=hubei.county, key="appeals.case", value={"amount": 5, "unit": "working_days"})
    appeal = filed(hubei)
    due = ask(client, f"requests/{appeal.number}.json", hubei).json()[0]["expected_datetime"]
    assert datetime.fromisoformat(due) > timezone.now()


def test_every_state_is_open_or_closed_and_the_document_says_which(client: Client, hubei: Town) -> None:
    assert set(STATUS) == set(State)
    written = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")
    for state, (status, notes) in STATUS.items():
        assert f"| {State(state).label} | `{status}` | {notes} |" in written
    assert len(re.findall(r"^\| .* \| `(?:open|closed)` \| ", written, re.MULTILINE)) == len(STATUS)
    for name, classes in (("PUBLIC_KINDS", rules.PUBLIC_KINDS), ("PUBLIC_CLASSES", rules.PUBLIC_CLASSES)):
        assert "、".join(classes) in written, name
    appeal = filed(hubei)
    for state, (status, notes) in STATUS.items():
        Appeal.objects.filter(pk=appeal.pk).update(state=state)
        (row,) = ask(client, "requests.json", hubei, status=status).json()
        assert (row["status"], row["status_notes"]) == (status, notes)
        assert ask(client, "requests.json", hubei, status="open" if status == "closed" else "closed").json() == []
        assert len(ask(client, "requests.json", hubei, status="open,closed").json()) == 1


def days_ago(days: float) -> datetime:
    return timezone.now() - timedelta(days=days)


def numbers(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content.decode()
    return [row["service_request_id"] for row in answer.json()]


def test_the_list_is_filtered_by_time_service_and_number(client: Client, hubei: Town) -> None:
    rows = [filed(hubei) for _ in range(3)]
    for row, age in zip(rows, (1, 50, 200), strict=True):
        Appeal.objects.filter(pk=row.pk).update(filed_at=days_ago(age), updated_at=days_ago(age / 2))
    new, old, ancient = (row.number for row in rows)
    stamp = lambda days: days_ago(days).isoformat()  # noqa: E731
    get = lambda **query: numbers(ask(client, "requests.json", hubei, **query))  # noqa: E731
    assert get() == [new, old]
    assert get(start_date=stamp(60), end_date=stamp(2)) == [old]
    assert get(start_date=stamp(240)) == [ancient]  # 90 days from there
    assert get(end_date=stamp(20)) == [old]
    assert get(start_date=stamp(60).replace("+00:00", "Z").replace(".", ".")) == [new, old]
    assert get(service_request_id=f"{ancient},{new},none", start_date="never") == [new, ancient]  # numbers override
    assert get(updated_after=stamp(30)) == [new, old]
    assert get(updated_after=stamp(30), updated_before=stamp(10)) == [old]
    assert get(updated_after=stamp(120), updated_before=stamp(90)) == [ancient]
    lamp = hubei.matter("路灯照明").code
    assert get(service_code=f"{lamp},0000") == [new, old] and get(service_code="0000") == []
    local = timezone.localtime(days_ago(60)).strftime("%Y-%m-%dT%H:%M:%S")
    assert get(start_date=local) == get(start_date=f"{local}+08:00") == [new, old]
    answer = client.get(f"{V2}/requests.json?jurisdiction_id={hubei.county.code}&start_date={local}+08:00")
    assert numbers(answer) == [new, old]  # a plus sign that was not quoted
    for query in (
        {"start_date": "yesterday"},
        {"start_date": "2026-02-30T00:00:00Z"},
        {"end_date": "99999-01-01"},
        {"end_date": "0001-01-01T00:00:00+23:59"},
        {"start_date": stamp(1), "end_date": stamp(2)},
        {"start_date": stamp(200), "end_date": stamp(2)},
        {"updated_after": "²026-01-01"},
        {"status": "pending"},
        {"page_size": "0"},
        {"page_size": "x"},
        {"before": "1"},
        {"service_request_id": ",".join(map(str, range(1001)))},
    ):
        faults(ask(client, "requests.json", hubei, **query), 400)


def test_pages_follow_one_another_without_gap(client: Client, hubei: Town) -> None:
    all_of_them = [filed(hubei).number for _ in range(5)]
    Appeal.objects.update(filed_at=days_ago(1))  # all in one moment: the key must still tell them apart
    seen, query = [], {"page_size": "2", "jurisdiction_id": hubei.county.code, "api_key": key(hubei.hotline)}
    while True:
        answer = client.get(f"{V2}/requests.json", query)
        seen += numbers(answer)
        link = re.fullmatch(r'<(.+)>; rel="next"', answer.get("Link", ""))
        if link is None:
            break
        following = {name: values[0] for name, values in parse_qs(urlsplit(link[1]).query).items()}
        assert "api_key" not in following  # keys stay out of addresses that get passed on
        query = {**following, "api_key": query["api_key"]}
    assert seen == all_of_them[::-1]
    assert (
        client.get(f"{V2}/requests.json?before=9999999999999999-1&jurisdiction_id={hubei.county.code}").status_code
        == 200
    )


# ---------------------------------------------------------------- where


def test_nearby_is_a_circle(client: Client, hubei: Town) -> None:
    lat, long = 30.5, 114.3
    spots = {0: (lat, long), 900: (lat + 900 / 111_195, long), 1100: (lat, long + 1100 / 111_195 / 0.86163)}
    for metres, spot in spots.items():
        filed(hubei, position=spot, text=f"{metres} 米处的路灯坏了")
    filed(hubei, position=None)
    inside = key(hubei.hotline)

    def get(**query: Any) -> list[str]:
        rows = ask(client, "requests.json", hubei, api_key=inside, **query).json()
        return sorted(row["description"] for row in rows)

    assert get(lat=lat, long=long, radius=1000) == ["0 米处的路灯坏了", "900 米处的路灯坏了"] == get(lat=lat, long=long)
    assert len(get(lat=lat, long=long, radius=1110)) == 3 and len(get(lat=lat, long=long, radius=1)) == 1
    assert get(lat=lat, long=long, radius=1110, status="closed") == []
    assert len(get(lat=lat, lon=long, radius=5000, service_code=hubei.matter("路灯照明").code, status="open")) == 3
    for query in ({"lat": 1}, {"lat": 91, "long": 0}, {"lat": "x", "long": 1}, {"lat": 1, "long": 1, "radius": 50001}):
        faults(ask(client, "requests.json", hubei, **query), 400)
    for radius in ("0", "-1", "NaN", "1e9", "inf"):
        faults(ask(client, "requests.json", hubei, lat=lat, long=long, radius=radius), 400)


def test_small_circles_tell_nobody_more_than_the_rounding(client: Client, hubei: Town) -> None:
    filed(hubei, position=(30.544, 114.306))  # shown at 30.54, 114.31
    found = lambda lat, long, radius: len(ask(client, "requests.json", hubei, lat=lat, long=long, radius=radius).json())  # noqa: E731
    assert found(30.544, 114.306, 100) == 0  # at the place itself nothing shows
    assert found(30.54, 114.31, 10) == 1  # at the rounded one it does
    exact = ask(client, "requests.json", hubei, lat=30.544, long=114.306, radius=10, api_key=key(hubei.hotline))
    assert len(exact.json()) == 1


def test_a_search_nearby_walks_the_index_of_positions(client: Client, hubei: Town) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL plans by its statistics, of which an almost empty table has none")
    filed(hubei)
    more = {"lat": 30.5, "long": 114.3, "radius": 2000, "status": "open", "service_code": hubei.matter("路灯照明").code}
    for query in ({}, {"api_key": key(hubei.hotline)}):
        with CaptureQueriesContext(connection) as caught:
            ask(client, "requests.json", hubei, **more, **query)
        (asked,) = [
            row["sql"] for row in caught.captured_queries if "FLOOR" in row["sql"] or 'latitude" >=' in row["sql"]
        ]
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {asked}")
            plan = " ".join(str(line) for line in cursor.fetchall())
        assert "appeal_position" in plan, plan


def test_a_list_asks_the_database_the_same_few_times(client: Client, hubei: Town) -> None:
    for _ in range(12):
        filed(hubei)
    for query, most in (({}, 1), ({"api_key": key(hubei.hotline)}, 2)):
        ask(client, "requests.json", hubei, **query)  # whose key it is, is looked up once
        with CaptureQueriesContext(connection) as caught:
            assert len(ask(client, "requests.json", hubei, **query).json()) == 12
        assert len(caught) <= most, [row["sql"] for row in caught.captured_queries]


def test_a_position_is_whole_and_on_earth(hubei: Town) -> None:
    appeal = hubei.file().appeal
    for latitude, longitude in ((30.0, None), (None, 114.0), (91.0, 114.0), (30.0, 181.0)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Appeal.objects.filter(pk=appeal.pk).update(latitude=latitude, longitude=longitude)
    assert rules.position_fault(28.2, 112.9, "439999") == ""
    assert "湖南省" in rules.position_fault(30.54, 114.31, "439999")
    assert rules.position_fault(39.9, 116.4, "119999") == "" and "中国" in rules.position_fault(10.0, 20.0, "119999")
    assert "填反" in rules.position_fault(112.9, 28.2, "439999")
    assert rules.position_fault(float("nan"), 112.9, "439999") == rules.ON_EARTH


def test_every_change_of_an_appeal_is_dated(hubei: Town) -> None:
    appeal = hubei.file().appeal
    past = datetime(2026, 1, 1, tzinfo=UTC)
    for change in (
        lambda: appeals.classify_appeal(
            by=hubei.hotline, appeal=fresh(appeal), matter=hubei.matter("路灯照明"), kind="求助", place=hubei.community
        ),
        lambda: appeals.accept_appeal(by=hubei.hotline, appeal=fresh(appeal)),
        lambda: fresh(appeal).save(),
    ):
        Appeal.objects.filter(pk=appeal.pk).update(updated_at=past)
        change()
        assert fresh(appeal).updated_at > past

"""Open311 GeoReport v2: what a client of the standard asks for, in JSON and in XML, and what nobody is told."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from linli.areas.appeals.flow import State
from linli.areas.appeals.models import Appeal
from linli.areas.mandates.models import Matter
from linli.commons.actor import Actor
from linli.commons.models import ApiToken, Body, Place
from linli.kit import trail
from linli.kit.files import Attachment
from tests.cast import Town

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

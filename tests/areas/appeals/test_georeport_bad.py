"""Whatever is sent to GeoReport, the answer is an answer or an error array: never a broken server, never half an appeal."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.areas.appeals.models import Appeal
from linli.kit.files import Attachment
from tests.areas.appeals.test_georeport import V2, faults, key, new
from tests.cast import Town

FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=x"


def part(name: str, value: bytes, more: str = "") -> bytes:
    return f'--x\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + value + b"\r\n"


FILE = '; filename="a.png"\r\nContent-Type: image/png'
BODIES: list[tuple[str, bytes, int]] = [
    (FORM, b"", 403),
    (FORM, b"description=\xff\xfe", 400),
    (FORM, "description=路灯".encode("gbk"), 400),
    (FORM, b"description=%C2%B7%B5%C6", 400),  # GBK, quoted
    (FORM, b"description=%ED%A0%80", 400),  # a lone surrogate
    (FORM, b"&".join(b"a%d=1" % n for n in range(600)), 400),
    (FORM, b"description=" + b"x" * 300_000, 413),
    (FORM, b"description=" + b"x" * (10 << 20), 413),
    (FORM, b"description=" + b"x" * (13 << 20), 413),
    (PARTS, b"", 403),
    (PARTS, b"nonsense", 403),
    (PARTS, b"--x\r\nContent-Disp", 403),
    (PARTS, part("description", b"\xff\xfe") + b"--x--\r\n", 400),
    (PARTS, part("description", b"x" * (13 << 20)) + b"--x--\r\n", 413),
    (PARTS, part("a", b"!", "\r\nContent-Transfer-Encoding: base64") + b"--x--\r\n", 403),
    (PARTS, b"".join(part(f"a{n}", b"1") for n in range(2100)) + b"--x--\r\n", 400),
    (PARTS, b"".join(part(f"a{n}", b"1", FILE) for n in range(200)) + b"--x--\r\n", 400),
    ("multipart/form-data", b"--x--", 400),
    ("multipart/form-data; boundary=" + "x" * 300, b"--x--", 400),
    ("multipart/form-data; boundary=x; charset=gbk", part("a", b"1") + b"--x--\r\n", 400),
    ("application/json", b"{", 400),
    ("application/json", b"[]", 400),
    ("application/json", b"null", 400),
    ("application/json", b'{"description": "\xff"}', 400),
    ("application/json", b'{"description": {"a": [1]}}', 400),
    ("application/json", b"[" * 100_000 + b"]" * 100_000, 400),
    ("application/json", b'{"lat": ' + b"9" * 5000 + b"}", 400),
    ("application/json", b" " * 300_000, 413),
    ("application/xml", b"<a/>", 415),
    ("text/plain", b"a=1", 415),
]


@pytest.mark.parametrize("form", ["json", "xml"])
@pytest.mark.parametrize(("kind", "raw", "status"), BODIES, ids=range(len(BODIES)))
def test_a_body_that_cannot_be_read_is_refused_in_words(
    client: Client, hubei: Town, kind: str, raw: bytes, status: int, form: str
) -> None:
    faults(client.post(f"{V2}/requests.{form}", raw, content_type=kind), status)
    assert Appeal.objects.count() == 0


BLANK: list[tuple[str, Any]] = [
    ("description", "\x00\u202e\ud800"),
    ("description", "𠮷 𬭚 \u200b<![CDATA[ ]]> & 'x'"),
    ("address_string", "\x00"),
    ("first_name", "\ud800"),
    ("account_id", "]]>\x0b"),
]


@pytest.mark.parametrize(("name", "value"), BLANK)
def test_signs_that_nothing_can_hold_are_left_out(client: Client, hubei: Town, name: str, value: str) -> None:
    data = {**new(hubei, api_key=key(hubei.hotline)), name: value}
    answer = client.post(f"{V2}/requests.xml", json.dumps(data), content_type="application/json")
    assert answer.status_code == 201, answer.content.decode()
    root = ElementTree.fromstring(answer.content)
    number = root.findtext("request/service_request_id")
    query = {"jurisdiction_id": hubei.county.code, "api_key": key(hubei.hotline)}
    for form in ("json", "xml"):
        seen = client.get(f"{V2}/requests/{number}.{form}", query)
        assert seen.status_code == 200 and "\x00" not in seen.content.decode()
        if form == "xml":
            text = ElementTree.fromstring(seen.content).findtext("request/description")
            assert text == Appeal.objects.get().text


def test_what_rests_in_the_database_cannot_break_the_xml(client: Client, hubei: Town) -> None:
    appeal = hubei.file(text="路灯坏了", matter=hubei.matter("路灯照明"), kind="求助").appeal
    Appeal.objects.filter(pk=appeal.pk).update(text="旧数据\x0b\x1f\ufffe<&>")  # as an old import might have left it
    query = {"jurisdiction_id": hubei.county.code, "api_key": key(hubei.hotline)}
    root = ElementTree.fromstring(client.get(f"{V2}/requests.xml", query).content)
    assert root.findtext("request/description") == "旧数据<&>"


def test_a_refused_request_leaves_nothing_behind(client: Client, hubei: Town) -> None:
    raw = b"".join(part(name, str(value).encode()) for name, value in new(hubei, api_key=key(hubei.hotline)).items())
    raw += part("media", b"GIF89a", FILE) + b"--x--\r\n"
    faults(client.post(f"{V2}/requests.xml", raw, content_type=PARTS), 400)
    assert Appeal.objects.count() == Attachment.objects.count() == 0


WILD = st.text(st.characters(codec=None), max_size=30) | st.sampled_from(
    (
        "\x00 \ud800 ² 𠮷 -1 NaN 1e999 91 181 30.5 114.3 0101 0126 yes 429999 429999001001 429998 2026-02-30 open 1,2"
        " 2026-11-01T00:00:00Z <x/> １２ " + "1" * 400
    ).split(" ")
)
NAMES = [
    "jurisdiction_id",
    "service_code",
    "lat",
    "long",
    "lon",
    "radius",
    "address_string",
    "address_id",
    "email",
    "device_id",
    "account_id",
    "first_name",
    "last_name",
    "phone",
    "description",
    "media_url",
    "attribute[place]",
    "attribute[kind]",
    "attribute[spot]",
    "attribute[danger]",
    "attribute[x][]",
    "attribute[",
    "service_request_id",
    "start_date",
    "end_date",
    "status",
    "updated_after",
    "updated_before",
    "page_size",
    "before",
    "api_key",
]
TAILS = (
    "requests",
    "services",
    "services/0126",
    "requests/26010100000001",
    "tokens/x",
    "../v2/discovery",
    "services/²",
)


def typed(pairs: dict[str, str]) -> str:
    return "&".join(f"{quote(k)}={quote(v.encode('utf-8', 'surrogatepass'))}" for k, v in pairs.items())


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sent=st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=8), WILD, max_size=8),
    tail=st.sampled_from(TAILS),
    form=st.sampled_from(("json", "xml")),
    how=st.sampled_from(("get", "form", "json", "parts")),
    sound=st.booleans(),
    held=st.booleans(),
)
def test_nothing_breaks_this_door(
    client: Client, hubei: Town, sent: dict[str, str], tail: str, form: str, how: str, sound: bool, held: bool
) -> None:
    good = hubei.__dict__.setdefault("_key", key(hubei.hotline))
    if sound:
        sent = {**new(hubei), **sent}
    if held:
        sent = {**sent, "api_key": good}
    path = f"{V2}/{'requests' if how != 'get' else tail}.{form}"
    if how == "get":
        answer = client.get(f"{path}?{typed(sent)}")
    elif how == "form":
        answer = client.post(path, typed(sent), content_type=FORM)
    elif how == "json":
        answer = client.post(path, json.dumps(sent), content_type="application/json")
    else:
        raw = b"".join(part(quote(name), value.encode("utf-8", "surrogatepass")) for name, value in sent.items())
        answer = client.post(path, raw + b"--x--\r\n", content_type=PARTS)
    assert answer.status_code < 500, answer.content
    if answer["Content-Type"].startswith("text/xml"):
        ElementTree.fromstring(answer.content)
    else:
        answer.json()
    if answer.status_code >= 400:
        faults(answer, answer.status_code)


def test_a_query_in_another_encoding_is_answered(client: Client, hubei: Town) -> None:
    for raw in (
        "jurisdiction_id=%B7%B5",
        "jurisdiction_id=429999&service_code=%FF",
        "%ED%A0%80=1",
        urlencode({"lat": "北"}),
    ):
        answer = client.get(f"{V2}/requests.json?{raw}")
        assert answer.status_code in (200, 400, 404) and isinstance(answer.json(), list)

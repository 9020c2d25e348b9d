"""Clients of the standard, unmodified, against a running server; and the commands of the document, as they stand there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from georeport import GeoReport
from pytest_django.live_server_helper import LiveServer

from linli.areas.appeals.models import Appeal
from linli.kit.files import Attachment
from tests.areas.appeals.test_georeport import filed, key, png
from tests.cast import Town, make_town


@pytest.fixture
def served(live_server: LiveServer) -> Town:
    """A county behind a real server."""
    return make_town("42")


@pytest.mark.parametrize("form", ["json", "xml"])
def test_the_client_georeport_reads_all_that_it_can(live_server: LiveServer, served: Town, form: str) -> None:
    one, two = filed(served), filed(served)
    lamp = served.matter("路灯照明").code
    client = GeoReport(f"{live_server.url}/open311/v2/", jurisdiction=served.county.code, output_format=form)
    offered = {row["service_code"]: row for row in client.get_service_list()}
    assert offered[lamp]["service_name"] == "路灯照明" and str(offered[lamp]["metadata"]).lower() == "true"
    asked = client.get_service_definition(lamp)
    attributes: Any = asked["attributes"] if form == "json" else asked["attributes"]["attribute"]
    assert [row["code"] for row in attributes] == ["place", "spot", "kind"]
    listed = client.get_service_requests(service_code=lamp, status="open")
    assert [row["service_request_id"] for row in listed] == [two.number, one.number]
    assert {row["address"] for row in listed} == {"滨江社区"}
    assert client.get_service_request(one.number)["status"] == "open"
    with pytest.raises(requests.HTTPError, match="404"):
        client.get_service_request("26010100000000")


class Three:
    """What the client `three` 0.8.0 puts on the wire, call for call; the package itself does not import on Python 3."""

    def __init__(self, endpoint: str, *, jurisdiction: str, api_key: str, form: str = "json") -> None:
        self.endpoint, self.form = endpoint.rstrip("/") + "/", form
        self.jurisdiction, self.api_key = jurisdiction, api_key

    def get(self, *parts: str, **query: str) -> Any:
        url = f"{self.endpoint}{'/'.join(filter(None, parts))}.{self.form}"
        return requests.get(url, params={"jurisdiction_id": self.jurisdiction, **query}, timeout=20).json()

    def post(self, service_code: str, *, address: str, name: str, media: Any = None, **more: str) -> Any:
        first, last = name.split(" ")
        data = {"service_code": service_code, "jurisdiction_id": self.jurisdiction, "address_string": address}
        data |= {"first_name": first, "last_name": last, "api_key": self.api_key, **more}
        url = f"{self.endpoint}requests.{self.form}"
        return requests.post(url, data=data, files={"media": media} if media else None, timeout=20).json()


def test_the_client_three_files_and_follows(live_server: LiveServer, served: Town, tmp_path: Path) -> None:
    client = Three(f"{live_server.url}/open311/v2", jurisdiction=served.county.code, api_key=key(served.hotline))
    assert client.get("discovery")["endpoints"][0]["url"] == f"{live_server.url}/open311/v2"
    lamp = served.matter("路灯照明").code
    assert client.get("services", lamp)["service_code"] == lamp
    assert lamp in {row["service_code"] for row in client.get("services")}
    (plain,) = client.post(lamp, address="柳岸社区 2 栋", name="Mei Li", phone="000-7311", description="路灯不亮")
    (tmp_path / "lamp.png").write_bytes(png())
    with (tmp_path / "lamp.png").open("rb") as picture:
        (pictured,) = client.post(lamp, address="滨江社区", name="梅 李", description="灯杆歪了", media=picture)
    first, second = (Appeal.objects.get(number=row["service_request_id"]) for row in (plain, pictured))
    assert (first.reporter_name, second.reporter_name) == ("Mei Li", "李梅") and first.place == served.sibling
    assert Attachment.objects.get().subject == second.trail_key
    Appeal.objects.update(kind="求助")
    assert {row["service_request_id"] for row in client.get("requests", page_size="10", service_code=lamp)} == {
        first.number,
        second.number,
    }
    assert client.get("requests", first.number)[0]["status"] == "open"
    assert client.get("tokens", first.number)[0]["service_request_id"] == first.number
    (wrong,) = client.post("nothing", address="滨江社区", name="Mei Li")
    assert wrong["code"] == 404
    client.api_key = ""
    (wrong,) = client.post(lamp, address="滨江社区", name="Mei Li")
    assert wrong["code"] == 403


DOCUMENT = Path(__file__).parents[3] / "docs" / "api.md"


def commands() -> list[str]:
    """The curl commands of the chapter, each on one line."""
    chapter = re.split(r"^## ", DOCUMENT.read_text(encoding="utf-8"), flags=re.MULTILINE)
    (text,) = (part for part in chapter if part.startswith("GeoReport"))
    return [line for line in text.replace("\\\n", " ").splitlines() if line.startswith("curl ")]


def test_the_commands_of_the_document_do_what_it_says(client: Client, hubei: Town) -> None:
    known = {"$KEY": key(hubei.hotline), "$ID": filed(hubei).number}
    done = []
    for command in commands():
        for name, value in known.items():
            command = command.replace(name, value)
        words = iter(shlex.split(command)[1:])
        method, url, fields, head, parts = "GET", "", {}, {}, False
        for word in words:
            if word == "-X":
                method = next(words)
            elif word in ("-d", "--data-urlencode", "-F"):
                name, _, value = next(words).partition("=")
                parts = parts or word == "-F"
                fields[name] = SimpleUploadedFile(value[1:], png(), "image/png") if value.startswith("@") else value
            elif word == "-H":
                name, _, value = next(words).partition(": ")
                head[name] = value
            else:
                url = word.removeprefix("http://127.0.0.1:8000")
        if method == "GET":
            answer = client.get(url, headers=head)
        elif parts:
            answer = client.post(url, fields, headers=head)
        else:
            answer = client.post(url, urlencode(fields), content_type="application/x-www-form-urlencoded", headers=head)
        assert answer.status_code == (201 if method == "POST" else 200), (command, answer.content.decode())
        done.append(method)
    assert done.count("POST") == 2 and done.count("GET") == 7 and Appeal.objects.count() == 3

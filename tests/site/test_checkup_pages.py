"""The check-up in the browser (体检页): upload, look, run, read, take away; nothing is entered anywhere."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

import linli
from linli.commons.models import Fact
from linli.kit.trail import Entry
from tests.cast import Town

EXAMPLES = Path(linli.__file__).resolve().parent.parent / "docs" / "examples"


@pytest.fixture
def desk(town: Town, client: Client, settings: Any, tmp_path: Path) -> Callable[..., Any]:
    """The county's lead body at the page, with a data folder of its own."""
    settings.LINLI_DATA = tmp_path
    assert town.lead.user is not None
    client.force_login(town.lead.user)

    def upload(name: str, raw: bytes, **more: str) -> Any:
        file = io.BytesIO(raw)
        file.name = name
        return client.post("/work/checkup/", {"pack": "hubei", "as_of": "2026-06-30", "file": file, **more})

    return upload


def test_a_table_is_uploaded_looked_at_judged_and_taken_away(desk: Callable[..., Any], client: Client) -> None:
    before = (Entry.objects.count(), Fact.objects.count())
    assert "下载模板" in client.get("/work/checkup/").content.decode()
    sent = desk("faults.xlsx", (EXAMPLES / "checkup-faults.xlsx").read_bytes())
    assert sent["Location"] == "/work/checkup/look/"
    look = client.get("/work/checkup/look/").content.decode()
    assert "读到 8 个社区（村）" in look and "书记属相" in look and "第 7 行 · 社区专职工作者" in look
    assert '<option value="workers" selected>社区工作者</option>' in look
    assert client.post("/work/checkup/look/", {"run": "1"})["Location"] == "/work/checkup/result/"
    result = client.get("/work/checkup/result/").content.decode()
    assert "先补什么" in result and "草案模拟" in result and result.count('<svg class="checkup-bars"') == 2
    for ending, begin in (("xlsx", b"PK"), ("docx", b"PK"), ("html", b"<!doctype"), ("json", b"{")):
        taken = client.get(f"/work/checkup/report.{ending}")
        assert taken.content.startswith(begin) and "attachment" in taken["Content-Disposition"]
    expected = json.loads((EXAMPLES / "checkup-faults.expected.json").read_text(encoding="utf-8"))
    found = json.loads(client.get("/work/checkup/report.json").content)["findings"]
    keys = expected["findings"][0].keys()
    assert [{key: one[key] for key in keys} for one in found] == expected["findings"]
    assert (Entry.objects.count(), Fact.objects.count()) == before, "a check-up enters nothing"


def test_a_column_is_corrected_by_hand_and_read_anew(desk: Callable[..., Any], client: Client) -> None:
    desk("t.csv", "社区名称,类别,党群中心大小,常住人口\n甲,城市,900,1000\n".encode())
    assert '<option value="-" selected>' in client.get("/work/checkup/look/").content.decode()
    chosen = {"column:社区名称": "name", "column:类别": "kind", "column:党群中心大小": "area", "column:常住人口": "-"}
    look = client.post("/work/checkup/look/", {**chosen, "again": "1"}).content.decode()
    assert '<option value="area" selected>' in look and look.count('<option value="-" selected>') == 1
    found = json.loads(client.get("/work/checkup/report.json").content)["findings"]
    one = next(one for one in found if one["duty"] == "area_floor_urban")
    assert (one["verdict"], one["gap"]) == ("unmet", 100)


def test_codes_that_no_place_of_the_county_has_are_told(desk: Callable[..., Any], client: Client, town: Town) -> None:
    own = town.community.code
    desk(
        "t.csv",
        f"社区代码,社区名称,类别,常住人口\n{own},甲,城市,900\n{own[:9]}998,乙,城市,900\n".encode(),
        pack=town.pack,
    )
    look = client.get("/work/checkup/look/").content.decode()
    assert f"区划里没有代码 {own[:9]}998" in look and f"区划里没有代码 {own}" not in look


@pytest.mark.parametrize(
    ("name", "raw", "said"),
    [
        ("a.xlsx", b"PK\x03\x04broken", "已损坏"),
        ("a.xls", b"\xd0\xcf\x11\xe0" + bytes(100), "旧版 Excel"),
        ("a.csv", "姓名,职务\n某,干事\n".encode(), "没有找到社区表的表头"),
        ("a.csv", b"", "空"),
    ],
)
def test_a_file_that_cannot_be_read_is_answered_on_the_form(
    name: str, raw: bytes, said: str, desk: Callable[..., Any], client: Client
) -> None:
    answer = desk(name, raw)
    assert answer.status_code == 422 and said in answer.content.decode()
    assert client.get("/work/checkup/look/")["Location"] == "/work/checkup/", "nothing was kept of it"


def test_without_an_upload_there_is_nothing_to_see(desk: Callable[..., Any], client: Client) -> None:
    assert client.get("/work/checkup/result/")["Location"] == "/work/checkup/"
    assert client.get("/work/checkup/report.xlsx").status_code == 404
    assert client.get("/work/checkup/report.exe").status_code == 404
    assert client.get("/work/checkup/template.xlsx").content.startswith(b"PK")

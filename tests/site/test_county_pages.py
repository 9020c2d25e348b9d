"""The pages on which an administrator starts a county or adds to it (开通页), and the checklist (开通检查)."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from linli.commons.actor import INSTALLER
from linli.commons.models import Body, Place, Post
from linli.kit.trail import Entry
from linli.site.county import templates
from linli.site.county.check import checks_of
from tests.cast import Town, elevated
from tests.county import BODY_HEAD, POST_HEAD, book, places_csv


def files(**given: bytes) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, raw in given.items():
        file = io.BytesIO(raw)
        file.name = f"{key}.xlsx" if raw.startswith(b"PK") else f"{key}.csv"
        out[key] = file
    return out


@pytest.fixture
def desk(town: Town, client: Client, settings: Any, tmp_path: Path) -> Callable[..., Any]:
    """The administrator of the town at the page, with a data folder of their own."""
    settings.LINLI_DATA = tmp_path
    assert town.admin.user is not None
    client.force_login(town.admin.user)
    elevated(client)

    def upload(**given: bytes) -> Any:
        return client.post("/work/opening/", {"name": "", **files(**given)})

    return upload


def test_an_administrator_uploads_looks_confirms_and_prints(
    desk: Callable[..., Any], town: Town, client: Client
) -> None:
    code = town.county.code
    places = places_csv(
        [[f"{code}002000", "梅岭镇", "", ""], [f"{code}002001", "梅岭村委会", "", "220"]],
        ("code", "name", "level", "ur_code"),
    )
    bodies = book(
        机构=[
            BODY_HEAD,
            ["梅岭镇人民政府", "乡镇", "", f"{code}002", ""],
            ["梅岭村村民委员会", "村委会", "", f"{code}002001", ""],
        ],
        职务账号=[POST_HEAD, ["梅一", "meiyi", "梅岭镇人民政府", "", "街道（乡镇）工作人员", "是", ""]],
    )
    assert client.get("/work/opening/").status_code == 200
    assert desk(places=places, bodies=bodies)["Location"] == "/work/opening/review/"
    page = client.get("/work/opening/review/").content.decode()
    assert "5 行可以登记" in page and "确认登记" in page and "1 个，登记后给出启用码" in page
    assert not Place.objects.filter(code=f"{code}002").exists(), "looking writes nothing"
    assert client.post("/work/opening/review/")["Location"] == "/work/opening/codes/"
    assert Place.objects.get(code=f"{code}002001").kind == "rural" and Post.objects.get(user__username="meiyi").head
    assert town.admin.code == Entry.objects.get(verb="commons.county_entered").actor
    shown = client.get("/work/opening/codes/").content.decode()
    assert "1 个新账号" in shown and "meiyi" in shown
    slip = client.get("/work/opening/codes/print/").content.decode()
    made = client.get("/work/opening/codes/accounts.xlsx")
    given = CalamineWorkbook.from_filelike(io.BytesIO(made.content)).get_sheet_by_index(0).to_python()[1][2]
    assert str(given) in slip and str(given) not in shown
    assert client.get("/work/opening/review/")["Location"] == "/work/opening/"
    assert client.post("/work/opening/codes/")["Location"] == "/work/opening/standing/"
    assert client.get("/work/opening/codes/").status_code == 404
    desk(places=places, bodies=bodies)
    assert "都已登记过" in client.get("/work/opening/review/").content.decode()


def test_faults_stand_on_the_page_and_in_a_file_and_nothing_can_be_confirmed(
    desk: Callable[..., Any], town: Town, client: Client
) -> None:
    raw = book(机构=[BODY_HEAD, ["水利局", "魔法部门", "", town.county.code, ""]], 职务账号=[POST_HEAD])
    desk(bodies=raw)
    page = client.get("/work/opening/review/").content.decode()
    assert "有 1 处要改" in page and "不认识“魔法部门”" in page and "第 2 行" in page and "确认登记" not in page
    report = client.get("/work/opening/faults.xlsx")
    assert report.status_code == 200 and report.content.startswith(b"PK")
    refused = client.post("/work/opening/review/")
    assert refused.status_code == 422 and "什么都没有登记" in refused.content.decode()
    assert not Body.objects.filter(name="水利局").exists()


def test_what_is_no_table_is_refused_at_the_form(desk: Callable[..., Any], client: Client) -> None:
    for given, words in (
        ({}, "至少选择一个文件"),
        ({"places": b"%PDF-1.7"}, "不是表格文件"),
        ({"bodies": b"PK\x03\x04broken"}, "已损坏"),
    ):
        answer = desk(**given)
        assert answer.status_code == 422 and words in answer.content.decode(), words
    assert client.get("/work/opening/faults.xlsx").status_code == 404


def test_templates_hold_what_the_county_lacks(desk: Callable[..., Any], town: Town, client: Client) -> None:
    assert client.get("/work/opening/template/places.xlsx").status_code == 200
    raw = client.get("/work/opening/template/bodies.xlsx").content
    rows = CalamineWorkbook.from_filelike(io.BytesIO(raw)).get_sheet_by_name("机构").to_python()
    names = [str(row[0]) for row in rows[1:]]
    assert f"{town.county.name}公安局" in names and f"{town.county.name}城市管理局" not in names
    assert not any("居民委员会" in name for name in names), "both communities have their committee"


def test_the_checklist_says_what_stands_and_what_is_missing(town: Town, client: Client) -> None:
    assert town.lead.user is not None
    client.force_login(town.lead.user)
    page = client.get("/work/opening/standing/").content.decode()
    assert "齐备" in page and "供水企业：" in page and "时限和开关" in page
    assert "/work/settings/" in page and 'href="/work/opening/"' not in page, "links only where the post may go"
    checks = {check.label: check for check in checks_of(INSTALLER, town.county)}
    assert checks["居（村）民委员会"].state == "done" and checks["清单"].state == "missing"
    owners = checks["各事项的承办单位"]
    assert owners.state == "part" and not any(line.startswith("城市管理部门") for line in owners.missing)
    town.publish("self", "自治事项清单", None)
    assert checks_of(INSTALLER, town.county)[-3].figure == "7 种中 1 种已公布"
    assert client.get("/work/opening/standing/?county=999999").status_code == 404


def test_every_duty_of_the_catalogue_has_a_usual_body(hubei: Town) -> None:
    from linli.areas.mandates.models import Matter

    rows = templates.usual_bodies([], "429997")
    owners = set(Matter.objects.values_list("owner", flat=True)) - {"committee", "street"}
    assert owners <= {row.duty for row in rows}


def test_a_body_has_one_head_and_the_page_says_who(town: Town, client: Client) -> None:
    assert town.admin.user is not None
    client.force_login(town.admin.user)
    elevated(client)
    body = town.bodies["urban_mgmt"]
    address = f"/work/bodies/{body.code}/"
    given = {"username": "head.one", "name": "甲", "role": "department", "head": "on"}
    assert client.post(address, given).status_code == 200
    assert Post.objects.get(user__username="head.one").head and "负责人" in client.get(address).content.decode()
    second = client.post(address, {**given, "username": "head.two", "name": "乙"})
    assert second.status_code == 422 and "已有负责人：甲" in second.content.decode()
    assert Post.objects.filter(body=body, head=True).count() == 1


def test_people_are_entered_by_an_elevated_administrator_only(
    desk: Callable[..., Any], town: Town, client: Client
) -> None:
    row = ["新人", "new.one", "城市管理局", town.county.code, "部门经办人", "", ""]
    desk(bodies=book(机构=[BODY_HEAD], 职务账号=[POST_HEAD, row]))
    session = client.session
    del session["elevated"]
    session.save()
    page = client.get("/work/opening/review/").content.decode()
    assert "要先提权" in page and "确认登记" not in page
    assert client.post("/work/opening/review/").status_code == 403
    assert not Post.objects.filter(user__username="new.one").exists()

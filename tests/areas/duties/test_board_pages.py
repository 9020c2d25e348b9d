"""The duty board in the browser (履职台账页面): at the desk and for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from linli.areas.duties.models import Attestation
from linli.areas.mandates import actions as mandates
from linli.commons.models import Body, Place
from linli.kit.errors import RuleBroken
from tests.areas.duties.test_board import PDF, pdf, sign_in, tell, text_of, today
from tests.cast import Town

# ---- pages


@contextmanager
def counted() -> Iterator[CaptureQueriesContext]:
    with CaptureQueriesContext(connection) as found:
        yield found


@pytest.mark.parametrize("place", ["42", "43"])
def test_pages_ask_the_database_little_however_many_bodies_there_are(place: str, db: None, client: Client) -> None:
    from tests.cast import make_town

    town = make_town(place)
    tell(town, "residents", 12_050)
    tell(town, "workers", 21)
    town.publish("assisted", "协助事项清单", "路灯照明")
    with pytest.raises(RuleBroken):
        mandates.assign_task(
            by=town.department, to=town.bodies["grid"], title="清点", text="请清点", matter=town.matter("路灯照明"),
            guidance="电话", conditions="无",
        )  # fmt: skip
    sign_in(client, town.lead)
    duty = "staffing"
    pages = [
        "/work/duties/",
        f"/work/duties/{town.bodies['lead'].code}/",
        f"/work/duties/{town.bodies['lead'].code}/{duty}/",
        f"/work/duties/articles/{town.pack}/{'art_14' if place == '42' else 'art_17'}/",
    ]
    first = {}
    for page in pages:
        client.get(page)
        with counted() as found:
            assert client.get(page).status_code == 200
        first[page] = len(found)
    assert max(first.values()) <= 13, first
    for number in range(3, 12):
        code = f"{town.street.code}{number:03d}"
        where = Place.objects.create(code=code, name=f"第{number}社区", level="community", kind="urban")
        Body.objects.create(code=f"{code}-c", name=f"第{number}居委会", kind="committee", place=where)
    for page in pages:
        client.get(page)  # what is kept in memory is loaded anew after a change of places
        with counted() as found:
            client.get(page)
        assert len(found) <= first[page], page


def test_a_committee_finds_its_board_and_what_others_owe_its_community(hubei: Town, client: Client) -> None:
    tell(hubei, "residents", 12_050)
    tell(hubei, "workers", 21)
    sign_in(client, hubei.committee)
    said = text_of(client.get("/work/duties/"))
    assert "滨江社区居民委员会有" in said and "草案模拟" in said
    assert "需 21.69，有 21，缺 1 人 · 第十四条 · 名册" in said and "县级人民政府" in said
    assert "平台建议，本县还没有设定" in said
    unmet = text_of(client.get(f"/work/duties/{hubei.bodies['committee'].code}/?state=none&article=art_6&q=监督"))
    assert "居（村）委会依法组织居民监督" in unmet and "别的单位对本社区" not in unmet
    nothing = text_of(client.get(f"/work/duties/{hubei.bodies['committee'].code}/?state=met&article=art_99"))
    assert "没有符合条件的职责" in nothing


@pytest.mark.parametrize("tail", ["?as=csv", "?as=xlsx", "?as=print", "?in=429999001&as=csv", "?as=xlsx&what=lines"])
def test_boards_are_taken_away_and_printed(hubei: Town, client: Client, tail: str) -> None:
    tell(hubei, "workers", 21)
    sign_in(client, hubei.lead)
    for url in ("/work/duties/", f"/work/duties/{hubei.bodies['committee'].code}/"):
        answer: Any = client.get(url + tail)
        assert answer.status_code == 200
        if "csv" in tail:
            text = b"".join(answer.streaming_content).decode()
            assert "居民委员会" in text and ("未达标" in text or "状态" in text)


def test_how_a_rule_is_read_stands_wherever_its_result_is_printed(hubei: Town, client: Client) -> None:
    tell(hubei, "residents", 12_050)
    tell(hubei, "workers", 21)
    reading, county = "我们怎么读：十八人读作下限", hubei.bodies["lead"].code
    for address in (hubei.community.code, hubei.county.code):
        assert reading in text_of(client.get(f"/standards/{address}/")).replace("： ", "：")
    sign_in(client, hubei.committee)
    assert reading in text_of(client.get("/work/duties/")), "among what others owe to its community"
    sign_in(client, hubei.lead)
    for url in (f"{county}/", f"{county}/?as=print", f"{county}/staffing/", "articles/hubei/art_14/"):
        said = text_of(client.get(f"/work/duties/{url}"))
        assert reading in said or "我们怎么读 十八人读作下限" in said, url
    table: Any = client.get(f"/work/duties/{county}/?as=csv")
    assert "十八人读作下限" in b"".join(table.streaming_content).decode()


def test_the_rollup_leads_down_to_each_body_and_up_to_counties(hubei: Town, client: Client) -> None:
    sign_in(client, hubei.lead)
    page = client.get("/work/duties/").content.decode()
    for short in ("committee", "street", "urban_mgmt", "lead", "hotline"):
        assert f"/work/duties/{hubei.bodies[short].code}/" in page
    assert "媒体" in page, "bearers without a board are named"
    assert "柳岸社区" not in client.get("/work/duties/?in=429999001001").content.decode()
    assert client.get("/work/duties/?in=439999").status_code == 404
    sign_in(client, hubei.province)
    assert "江岭县" in text_of(client.get("/work/duties/"))
    assert "个单位" in text_of(client.get("/work/duties/?in=429999"))


def test_a_duty_is_attested_in_the_browser_and_its_document_opens(hubei: Town, client: Client) -> None:
    sign_in(client, hubei.committee)
    url = f"/work/duties/{hubei.bodies['committee'].code}/emergency_team/"
    form = {"person": "周敏", "title": "名册", "valid_until": today().isoformat(), "document": pdf()}
    answer = client.post(f"{url}attest/", form)
    assert answer.status_code == 422 and "晚于今天" in text_of(answer) and "名册" in answer.content.decode()
    until = today() + timedelta(days=90)
    answer = client.post(f"{url}attest/", form | {"valid_until": until.isoformat(), "document": pdf()}, follow=True)
    assert f"有效期至 {until}" in text_of(answer)
    row = Attestation.objects.get()
    opened: Any = client.get(f"/work/duties/attestations/{row.code}/document/")
    assert b"".join(opened.streaming_content) == PDF
    answer = client.post(f"/work/duties/attestations/{row.code}/withdraw/", {"why": "换新"}, follow=True)
    assert "已撤回：换新" in text_of(answer)
    row.refresh_from_db()
    assert row.withdrawn_by == hubei.committee.code


def test_evidence_is_listed_line_by_line(hubei: Town, client: Client) -> None:
    hubei.publish("assisted", "协助事项清单", "路灯照明")
    sign_in(client, hubei.lead)
    said = text_of(client.get(f"/work/duties/{hubei.bodies['lead'].code}/assisted_list/"))
    assert "公布清单" in said and hubei.lead.label in said and "期内 1 次" in said
    other = text_of(client.get(f"/work/duties/{hubei.bodies['lead'].code}/power_list/?page=9&x=1"))
    assert "还没有办过" in other and "清单" in other


def test_an_article_leads_to_everything_done_under_it_and_to_who_has_not(hubei: Town, client: Client) -> None:
    hubei.publish("assisted", "协助事项清单", "路灯照明")
    url = "/law/hubei/art_37/"
    assert "谁还没有" not in text_of(client.get(url)) and client.get(f"{url}done/").status_code == 302
    sign_in(client, hubei.lead)
    page = client.get(url).content.decode()
    assert "/work/duties/articles/hubei/art_37/" in page and f"{url}done/" in page
    said = text_of(client.get(f"{url}done/"))
    assert "依据湖北草案第三十七条办过 2 次" in said and "公布清单" in said
    answer: Any = client.get(f"{url}done/?as=csv")
    text = b"".join(answer.streaming_content).decode()
    assert text.count("\r\n") == 3 and "湖北草案第三十七条第一款" in text
    owed = text_of(client.get("/work/duties/articles/hubei/art_37/"))
    assert "民政局" in owed and "未达标" in owed and "达标" in owed
    sign_in(client, hubei.outsider)
    assert "办过 0 次" in text_of(client.get(f"{url}done/"))
    assert client.get("/law/hubei/art_99/done/").status_code == 404
    sign_in(client, hubei.lead)
    assert "不管这里" in text_of(client.get("/work/duties/articles/hunan/art_7/"))
    assert client.get("/work/duties/articles/atlantis/art_7/").status_code == 404


# ---- what everybody sees


def test_residents_see_what_is_met_of_the_rules_whose_facts_are_public(hubei: Town, client: Client) -> None:
    tell(hubei, "residents", 12_050)
    tell(hubei, "workers", 21)
    tell(hubei, "certified_workers", 3)
    tell(hubei, "lowest_allowance_paid", 300)
    assert "江岭县" in text_of(client.get("/standards/"))
    said = text_of(client.get(f"/standards/{hubei.community.code}/"))
    assert "需 21.69，有 21，缺 1 人 · 第十四条 · 名册" in said and "不是法律上的认定" in said
    assert "津贴" not in said, "what somebody is paid is not public"
    assert "周敏" not in said
    county = text_of(client.get(f"/standards/{hubei.county.code}/"))
    assert "未达标 1，无数据 1" in county and "1 条没有做到" in county
    assert "柳岸社区" in text_of(client.get(f"/standards/{hubei.street.code}/"))
    assert client.get("/standards/429999001001-W01/").status_code == 404
    assert client.get("/standards/%3Cscript%3E/").status_code == 404


def test_in_hunan_residents_read_that_the_draft_gives_no_number(hunan: Town, client: Client) -> None:
    tell(hunan, "workers", 14)
    said = text_of(client.get(f"/standards/{hunan.community.code}/"))
    assert "草案未给标准" in said and "草案没有写明" in said and "有 14" in said


def test_public_pages_ask_the_database_little(hubei: Town, client: Client, django_assert_max_num_queries: Any) -> None:
    tell(hubei, "workers", 21)
    for place in (hubei.community, hubei.street, hubei.county):
        with django_assert_max_num_queries(8):
            client.get(f"/standards/{place.code}/")

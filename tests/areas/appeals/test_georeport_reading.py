"""GeoReport v2, reading: who sees what, the states, filters and pages, and what lies near."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
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
from tests.areas.appeals.test_georeport import HERE, V2, ask, faults, filed, key
from tests.cast import Town, fresh

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

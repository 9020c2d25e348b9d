"""Pages and interface of the indices (指标页面): who counts what, what is listed, what the public reads."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from linli.areas.appeals import actions as appeals
from linli.areas.appeals.queries import indices as q
from linli.areas.mandates.models import Assignment
from linli.commons.actor import SYSTEM, Actor
from linli.commons.models import ApiToken
from linli.kit.errors import BadInput, NotAllowed, NotVisible, RuleBroken, WrongState
from tests.cast import Town, fresh
from tests.figures import Time, answer, call, limits


def client_of(actor: Actor) -> Client:
    client = Client()
    assert actor.user is not None
    client.force_login(actor.user)
    return client


# ---------------------------------------------------------------- scope and pages


def test_each_post_counts_its_own_place_or_its_own_work(town: Town) -> None:
    assert q.scope_of(town.lead) == q.Scope(town.county.code)
    assert q.scope_of(town.street_desk) == q.Scope(town.street.code)
    assert q.scope_of(town.committee) == q.Scope(town.community.code)
    assert q.scope_of(town.department) == q.Scope(town.county.code, town.bodies["urban_mgmt"].code)
    assert q.scope_of(town.firm).body == town.bodies["property"].code
    assert q.scope_of(town.lead, town.community.code) == q.Scope(town.community.code)
    assert q.scope_of(town.province, town.county.code) == q.Scope(town.county.code)
    for who, place in (
        (town.street_desk, town.county.code),
        (town.committee, town.sibling.code),
        (town.outsider, town.county.code),
        (town.lead, "420000"),
        (town.lead, "nonsense"),
        (town.auditor, ""),
        (town.resident, ""),
    ):
        with pytest.raises(NotVisible):
            q.scope_of(who, place)


PAGES = ("", "cases/", "print/", "export/csv/", "export/xlsx/", "published/")


@pytest.mark.parametrize("page", PAGES)
def test_a_place_out_of_reach_is_not_found(hubei: Town, page: str) -> None:
    call(hubei, hubei.answered())
    path = f"/work/indices/{page}"
    assert client_of(hubei.outsider).get(path, {"place": hubei.county.code}).status_code == 404
    assert client_of(hubei.committee).get(path, {"place": hubei.sibling.code}).status_code == 404
    assert client_of(hubei.auditor).get(path).status_code == 404
    assert Client().get(path).status_code == 302
    assert client_of(hubei.lead).get(path, {"place": hubei.community.code}).status_code == 200


def test_the_page_shows_figures_exclusions_and_definitions(town: Town) -> None:
    limits(town, handle=3, contact=1)
    call(town, town.answered(), solved=False, rating=2)
    with pytest.raises(RuleBroken):
        appeals.dispatch_appeal(by=town.hotline, appeal=town.accepted(), to=town.bodies["committee"])
    page = client_of(town.lead).get("/work/indices/").content.decode()
    assert "1 件中 0 件" in page and "100.0" in page
    assert "不计：时限还没有到" in page
    for index in q.INDICES:
        assert str(index.name) in page and str(index.top) in page
    assert "<svg" in page and "城市管理局" in page and "style=" not in page


def test_the_cases_behind_a_figure_are_listed_as_far_as_they_may_be_seen(town: Town) -> None:
    appeal = town.handling()
    appeals.object_appeal(by=town.department, appeal=appeal, reason="不属于本单位职责")
    appeals.rule_objection(
        by=town.supervisor, appeal=fresh(appeal), uphold=True, ruling="属住建局职责", to=town.bodies["housing"]
    )
    asked = {"index": "upheld", "part": "base"}
    lead = client_of(town.lead).get("/work/indices/cases/", asked).content.decode()
    assert appeal.number in lead and "只计数" not in lead.replace("只计数，没有分母", "")
    own = client_of(town.department).get("/work/indices/cases/", asked).content.decode()
    assert appeal.number not in own and "其中 1 件只计数，不列出" in own and "1 件" in own
    assert client_of(town.lead).get("/work/indices/cases/", {**asked, "part": "nothing"}).status_code == 404


def test_parts_and_groups_of_the_cases(town: Town) -> None:
    good, bad = town.answered(), town.answered()
    call(town, good)
    call(town, bad, solved=False)
    client = client_of(town.lead)

    def numbers(**asked: str) -> tuple[bool, bool]:
        page = client.get("/work/indices/cases/", {"index": "solved", **asked}).content.decode()
        return good.number in page, bad.number in page

    assert numbers(part="base") == (True, True)
    assert numbers(part="top") == (True, False)
    assert numbers(part="unreached") == (False, False)
    assert numbers(part="base", group=town.bodies["urban_mgmt"].code) == (True, True)
    assert numbers(part="base", group=town.bodies["housing"].code) == (False, False)
    assert numbers(part="base", page="9" * 30) == (True, True)


@pytest.mark.parametrize(
    "asked",
    [
        {"since": "2026-13-01"},
        {"since": "2026-10-02", "until": "2026-10-01"},
        {"since": "1000-01-01"},
        {"until": "9999-12-31"},
        {"as_of": "2999-01-01"},
        {"since": "2000-01-01", "until": "2020-01-01"},
        {"by": "person"},
    ],
    ids=str,
)
def test_a_question_that_makes_no_sense_is_answered_with_what_to_mend(hubei: Town, asked: dict[str, str]) -> None:
    answered = client_of(hubei.lead).get("/work/indices/", asked)
    assert answered.status_code == 422 and "error-summary" in answered.content.decode()


def test_files_hold_the_same_figures(hubei: Town) -> None:
    call(hubei, hubei.answered())
    raw = b"".join(client_of(hubei.lead).get("/work/indices/export/csv/"))
    lines = raw.decode("utf-8-sig").splitlines()
    assert "合计,解决率,1,1,100.0," in lines and "城市管理局,解决率,1,1,100.0," in lines
    assert client_of(hubei.lead).get("/work/indices/export/xlsx/").content[:2] == b"PK"


@pytest.mark.parametrize("path", ["/work/indices/", "/work/indices/cases/?index=solved", "/work/indices/published/"])
def test_pages_of_figures_ask_the_database_little(hubei: Town, django_assert_max_num_queries: Any, path: str) -> None:
    for _ in range(5):
        call(hubei, hubei.answered())
    client = client_of(hubei.lead)
    with django_assert_max_num_queries(18):
        assert client.get(path).status_code == 200


def test_the_county_publishes_by_hand_and_everybody_reads_it(town: Town, time: Time) -> None:
    for _ in range(11):
        call(town, town.answered())
    call(town, town.answered(), solved=False, rating=1)
    time.to(10, 1, 9)
    lead = client_of(town.lead)
    assert client_of(town.hotline).post("/work/indices/published/", {"month": "2026-09"}).status_code == 403
    assert lead.post("/work/indices/published/", {"month": "2026-10"}).status_code == 422
    assert lead.post("/work/indices/published/", {"month": "2026-09"}).status_code == 302
    assert "复算相同" in lead.get("/work/indices/published/2026-09/").content.decode()
    assert lead.get("/work/indices/published/2026-08/").status_code == 404
    assert lead.get("/work/indices/published/nonsense/").status_code == 404
    here = f"/indices/{town.county.code}/"
    page = Client().get(here).content.decode()
    assert "2026 年 9 月" in page and "91.7" in page and "12 件中 11 件" in page
    assert str(town.county) in Client().get("/indices/").content.decode()
    assert "<svg" in page and "style=" not in page
    assert Client().get(f"{here}2026-08/").status_code == 404 and Client().get("/indices/999999/").status_code == 404
    month = f"{here}2026-09/"
    raw = b"".join(Client().get(f"{month}figures.csv"))
    assert "合计,,解决率,11,12,91.7," in raw.decode("utf-8-sig").splitlines()
    assert Client().get(f"{month}figures.xlsx").content[:2] == b"PK"
    assert "城市管理局" in Client().get(f"{month}print/").content.decode()


def test_the_public_never_reads_a_small_rate(town: Town, time: Time) -> None:
    limits(town, handle=3)
    for _ in range(9):
        call(town, town.answered())
    time.to(10, 1, 9)
    row = appeals.publish_indices(by=SYSTEM, place=town.county, month=date(2026, 9, 1))
    assert row.figures["total"]["solved"] is None and row.figures["outs"]["solved"] == {}
    for query in ("", "?index=solved", "?index=solved&by=class", "?index=nonsense&by=community"):
        page = Client().get(f"/indices/{town.county.code}/{query}").content.decode()
        assert "少于 10 件，不列比率" in page and "100.0%" not in page and "9/9" not in page
    raw = b"".join(Client().get(f"/indices/{town.county.code}/2026-09/figures.csv"))
    assert "合计,,解决率,,,少于 10 件，不列比率" in raw.decode("utf-8-sig")


def test_a_county_that_has_published_nothing_says_so(hubei: Town) -> None:
    assert "还没有公布" in Client().get(f"/indices/{hubei.county.code}/").content.decode()
    assert Client().get(f"/indices/{hubei.community.code}/").status_code == 404


# ---------------------------------------------------------------- the programs' door


def api(actor: Actor, **asked: str) -> Any:
    assert actor.post is not None
    head = {"Authorization": "Bearer " + ApiToken.issue("test", actor.post)[1]}
    return Client().get("/api/v1/indices", asked, headers=head)


def test_programs_get_the_same_figures(town: Town, time: Time) -> None:
    limits(town, handle=3)
    call(town, town.answered(), solved=False, rating=2)
    time.to(9, 20)
    found = api(town.lead, since="2026-09-01", until="2026-09-30", by="body").json()
    assert found["place"] == town.county.code and found["seq"] > 0 and len(found["hash"]) == 64
    total = {one["index"]: one for one in found["total"]}
    assert (total["solved"]["numerator"], total["solved"]["denominator"], total["solved"]["percent"]) == (0, 1, 0.0)
    assert total["on_time"]["percent"] == 50.0  # answered in time, sent back, and then left lying
    assert total["contacted"]["excluded"] == {"unset": 1}
    assert total["upheld"]["percent"] is None
    assert [group["code"] for group in found["groups"]] == [town.bodies["urban_mgmt"].code]
    assert {one["index"] for one in found["definitions"]} == set(q.BY_KEY)


def test_programs_are_told_what_is_wrong(hubei: Town) -> None:
    assert api(hubei.outsider, place=hubei.county.code).status_code == 404
    assert api(hubei.lead, since="2026-10-02", until="2026-10-01").status_code == 422
    assert api(hubei.lead, as_of="2999-01-01").status_code == 422
    assert api(hubei.lead, by="person").status_code == 422
    assert api(hubei.auditor).status_code == 404
    assert Client().get("/api/v1/indices").status_code == 401


def test_the_resident_reads_that_the_body_says_it_called(town: Town) -> None:
    receipt = town.file()
    appeal = appeals.classify_appeal(
        by=town.hotline, appeal=receipt.appeal, matter=town.matter("路灯照明"), kind="求助", place=town.community
    )
    appeals.accept_appeal(by=town.hotline, appeal=appeal)
    appeals.dispatch_appeal(by=town.hotline, appeal=fresh(appeal), to=town.bodies["urban_mgmt"])
    with pytest.raises(NotAllowed):
        appeals.contact_resident(by=town.housing, appeal=fresh(appeal), how="phone")
    with pytest.raises(BadInput):
        appeals.contact_resident(by=town.department, appeal=fresh(appeal), how="web")
    appeals.contact_resident(by=town.department, appeal=fresh(appeal), how="phone")
    client = Client()
    client.post("/follow/", {"number": appeal.number, "code": receipt.code})
    assert "城市管理局 记下：已联系您" in client.get(f"/follow/{appeal.number}/").content.decode()
    answer(town, appeal)
    with pytest.raises((WrongState, NotAllowed)):
        appeals.contact_resident(by=town.department, appeal=fresh(appeal), how="phone")
    assert Assignment.objects.filter(subject=appeal.trail_key).count() == 1

"""The staff's list: the same rows by whichever way they are found, what is open counted, names as they are now, all escaped."""

from __future__ import annotations

from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from linli.areas.appeals import actions as appeals
from linli.areas.appeals import queries
from linli.areas.appeals.flow import OPEN, State
from linli.areas.appeals.models import Appeal
from linli.areas.appeals.queries import listing
from linli.areas.mandates.models import Matter
from linli.commons.models import Body, Place
from linli.kit import notices, reference
from linli.kit.notices.models import Notice
from linli.site import nav
from tests.areas.appeals.test_desk import page
from tests.cast import Town


@pytest.fixture
def mixed(hubei: Town) -> list[Appeal]:
    """Ten appeals of a community, two that its committee holds elsewhere, two that are none of its business; oldest first."""
    made = []
    for n in range(14):
        place = hubei.sibling if n % 4 == 3 else hubei.community
        made.append(appeals.file_appeal(by=hubei.resident, place=place, text=f"第{n}件：路灯坏了").appeal)
    for appeal in (made[3], made[11]):
        appeal.concerned.add(hubei.bodies["committee"])
    return [appeal for n, appeal in enumerate(made) if n != 7]


@pytest.mark.parametrize("rare", [False, True])
def test_pages_are_the_same_whichever_way_the_rows_are_found(hubei: Town, mixed: list[Appeal], rare: bool) -> None:
    every = queries.visible_appeals(hubei.committee)
    wanted = [appeal.number for appeal in reversed(mixed)]
    assert len(wanted) == 13
    read: list[str] = []
    older = ""
    while True:
        rows, newer, more = listing.page_of(every, 4, older=older, newer="", rare=rare)
        assert newer is bool(older)
        read += [row.number for row in rows]
        if not more:
            break
        older = rows[-1].number
    assert read == wanted
    rows, newer, more = listing.page_of(every, 4, older="", newer=wanted[9], rare=rare)
    assert ([row.number for row in rows], newer, more) == (wanted[5:9], True, True)


def test_a_rare_row_is_found_without_reading_the_others(hubei: Town, mixed: list[Appeal]) -> None:
    with CaptureQueriesContext(connection) as sent:
        listing.page_of(queries.visible_appeals(hubei.committee), 4, older="", newer="", rare=True)
    sql = sent.captured_queries[0]["sql"]
    inner = sql[sql.index("IN (SELECT") :]
    assert "LIMIT" in inner and "title" not in inner and "JOIN" not in inner.split("ORDER BY")[-1]
    assert 'JOIN "appeals_appeal"' not in inner  # who holds what is read from the links


def test_only_what_is_open_is_counted(hubei: Town, mixed: list[Appeal]) -> None:
    Appeal.objects.filter(pk=mixed[0].pk).update(state=State.CLOSED)
    Appeal.objects.filter(pk=mixed[1].pk).update(state=State.HANDLING)
    counts = listing.open_by_state(queries.visible_appeals(hubei.committee))
    assert counts == {State.RECEIVED: 11, State.HANDLING: 1}
    assert set(counts) <= set(OPEN)
    assert "未办结：12 件" in page(hubei.committee, "/work/appeals/?state=open")
    assert "全部诉求" in page(hubei.committee, "/work/appeals/")


def test_names_are_those_of_now_and_never_markup(hubei: Town) -> None:
    row = hubei.handling()
    Appeal.objects.filter(pk=row.pk).update(title="<b>甲</b>")
    assert hubei.community.name in page(hubei.hotline, "/work/appeals/")
    Place.objects.filter(pk=hubei.community.pk).update(name="<i>新名</i>")
    Matter.objects.filter(code=row.matter_id).update(name="<u>事项</u>")
    Body.objects.filter(code=row.handler_id).update(name="<s>单位</s>")
    shown = page(hubei.hotline, "/work/appeals/")
    for word in ("<b>甲</b>", "<i>新名</i>", "<u>事项</u>", "<s>单位</s>"):
        assert word not in shown
        assert word.replace("<", "&lt;").replace(">", "&gt;") in shown


def test_a_holder_of_elsewhere_has_its_name_too(hubei: Town) -> None:
    province = Place.objects.create(code="51", name="外省", level="province")
    body = Body.objects.create(code="51-x", name="外省某局", kind="department", place=province)
    row = hubei.file().appeal
    Appeal.objects.filter(pk=row.pk).update(handler=body)
    assert "外省某局" in page(hubei.hotline, "/work/appeals/")


def test_the_workbench_says_how_many_notices_wait(hubei: Town) -> None:
    before = notices.unread(hubei.committee.body_code)
    for sent in (False, True):
        notices.notify(body=hubei.committee.body_code, subject="x", place=hubei.community.code, text="话")
        if sent:
            notices.deliver()
    assert notices.unread(hubei.committee.body_code) == before + 2
    assert f'<span class="count">{before + 2}</span></a>' in page(hubei.committee, "/work/appeals/")
    template = Notice.objects.filter(body=hubei.committee.body_code).exclude(sent_at=None)[0]
    Notice.objects.bulk_create(
        Notice(channel="desk", body=template.body, place="", subject="y", text="话", sent_at=template.sent_at)
        for _ in range(150)
    )
    assert notices.unread(hubei.committee.body_code) == notices.MANY
    assert '<span class="count">99+</span></a>' in page(hubei.committee, "/work/appeals/")
    Notice.objects.filter(body=hubei.committee.body_code).update(read_at="2026-01-01T00:00Z")
    assert notices.unread(hubei.committee.body_code) == 0


def test_the_navigation_kept_is_each_posts_own(hubei: Town) -> None:
    drawn = [str(nav.side(who, "/work/appeals/1/", 0)) for who in (hubei.hotline, hubei.committee, hubei.department)]
    assert all(a != b for a, b in pairwise(drawn))
    assert all(text.count('aria-current="page"') == 1 for text in drawn)
    assert '<a href="/work/appeals/" aria-current="page">' in drawn[0]
    assert '<span class="count">3</span>' in nav.side(hubei.hotline, "/work/", 3)


def test_a_page_reads_the_stamp_once(hubei: Town) -> None:
    page(hubei.hotline, "/work/appeals/")
    with CaptureQueriesContext(connection) as sent:
        page(hubei.hotline, "/work/appeals/")
    assert sum("kit_reference" in query["sql"] for query in sent) <= 2  # signing in anew reads it too
    assert reference._held.get() is None

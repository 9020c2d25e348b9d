"""What is kept in memory is what the database holds, whoever changed it and by whatever way."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, transaction
from django.db.models import Model
from django.http import HttpRequest
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from linli.areas.appeals import queries
from linli.areas.mandates.models import Matter
from linli.commons.actor import actor_for, actor_of_token
from linli.commons.models import ApiToken, Body, CalendarDay, Place, Post, Setting, User
from linli.commons.settings import limit_of
from linli.commons.workdays import calendar_of
from linli.kit import reference
from linli.kit.reference import Reference
from tests.cast import Town

WATCHED = (
    "commons_apitoken",
    "commons_body",
    "commons_calendarday",
    "commons_place",
    "commons_post",
    "commons_setting",
    "mandates_matter",
)


def stamp() -> str:
    return Reference.objects.get().stamp


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def a_row(table: str, town: Town) -> Model:
    """A new row of a watched table that nothing refers to."""
    place = town.county.code
    if table == "commons_apitoken":
        return ApiToken.issue("x", Post.objects.all()[0])[0]
    if table == "commons_body":
        return Body.objects.create(code="x", name="x", kind="department", place_id=place)
    if table == "commons_calendarday":
        return CalendarDay.objects.create(place="", day="2031-01-01", working=False)
    if table == "commons_place":
        return Place.objects.create(code="99", name="x", level="province")
    if table == "commons_post":
        return Post.objects.create(user=User.objects.all()[0], body=Body.objects.all()[0], role="x")
    if table == "commons_setting":
        return Setting.objects.create(place_id=place, key="appeals.max_hops", value=2, source="x", set_by="x")
    return Matter.objects.create(code="x", name="x", class_code="x", class_name="x", owner="x")


@pytest.mark.parametrize("table", WATCHED)
def test_no_write_to_a_watched_table_goes_unseen(hubei: Town, table: str) -> None:
    seen = [stamp()]
    row = a_row(table, hubei)
    seen.append(stamp())
    run(f"UPDATE {table} SET id = id WHERE id = {row.pk}")
    seen.append(stamp())
    run(f"DELETE FROM {table} WHERE id = {row.pk}")
    seen.append(stamp())
    assert len(set(seen)) == 4


def test_of_a_person_all_but_the_last_signing_in_is_watched(hubei: Town) -> None:
    before = stamp()
    run("UPDATE commons_user SET last_login = last_login")
    assert stamp() == before
    seen = {before}
    for column in ("is_active", "name", "password", "username"):
        run(f"UPDATE commons_user SET {column} = {column}")
        seen.add(stamp())
    User.objects.create_user("x", "x")
    assert len(seen | {stamp()}) == 6


def test_what_is_kept_is_loaded_once_and_anew_after_a_change(hubei: Town) -> None:
    loads: list[int] = []

    def load() -> int:
        loads.append(1)
        return len(loads)

    assert [reference.kept("test", load) for _ in range(3)] == [1, 1, 1]
    run("UPDATE commons_place SET name = name")
    assert [reference.kept("test", load) for _ in range(3)] == [2, 2, 2]
    Reference.objects.all().delete()
    assert [reference.kept("test", load) for _ in range(2)] == [3, 4]  # without a stamp nothing is kept
    run("UPDATE commons_place SET name = name")
    assert [reference.kept("test", load) for _ in range(2)] == [5, 5]


def test_a_change_that_is_rolled_back_leaves_nothing_in_memory(hubei: Town) -> None:
    def name() -> str:
        return reference.kept("test", lambda: Place.objects.get(code=hubei.county.code).name)

    old = name()
    with transaction.atomic():
        Place.objects.filter(code=hubei.county.code).update(name="改了又退")
        assert name() == "改了又退"
        transaction.set_rollback(True)
    assert name() == old
    Place.objects.filter(code=hubei.county.code).update(name="真改了")
    assert name() == "真改了"


def test_a_block_reads_the_stamp_once(hubei: Town) -> None:
    with CaptureQueriesContext(connection) as sent, reference.held(), reference.held():
        assert [reference.kept("test", lambda: 1) for _ in range(3)] == [1, 1, 1]
    assert len(sent) == 1
    with CaptureQueriesContext(connection) as sent:
        request = HttpRequest()
        with reference.held_for(request):
            pass
        assert not sent.captured_queries  # a block that looks nothing up asks for nothing
        for _ in range(2):
            with reference.held_for(request):
                assert reference.kept("test", lambda: 1) == 1
    assert len(sent) == 1


def test_memory_is_bounded(hubei: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "MOST", 10)
    run("UPDATE commons_place SET name = name")
    for n in range(100):
        assert reference.kept(("test", n), partial(int, n)) == n
        assert len(reference._kept.things) <= 10


def test_what_a_county_sets_and_who_it_is_count_at_once(hubei: Town) -> None:
    county = hubei.county.code
    assert limit_of("appeals.reopen", hubei.community.code).amount is None
    Setting.objects.create(
        place_id=county, key="appeals.reopen", value={"amount": 9, "unit": "days"}, source="x", set_by="x"
    )
    assert limit_of("appeals.reopen", hubei.community.code).amount == 9
    day = timezone.localdate() + timedelta(days=1)
    for working in (True, False):
        CalendarDay.objects.update_or_create(place=county, day=day, defaults={"working": working})
        assert calendar_of(county).calendar.is_working(day) is working
    Place.objects.filter(pk=hubei.community.pk).update(name="新名字社区")
    assert queries.suggest("新名字社区的路灯坏了", county=county)["place"] == hubei.community.code
    desk = queries.desk_for(hubei.community)
    assert desk is not None
    Body.objects.filter(pk=desk.pk).update(ended_on=timezone.localdate())
    assert queries.desk_for(hubei.community) != desk


def test_a_token_ends_with_itself_its_post_its_person_and_its_body(hubei: Town) -> None:
    post = hubei.hotline.post
    assert post is not None
    row, token = ApiToken.issue("x", post)
    day = timezone.localdate() - timedelta(days=1)
    ends = (
        (ApiToken.objects.filter(pk=row.pk), {"revoked_at": timezone.now()}, {"revoked_at": None}),
        (Post.objects.filter(pk=post.pk), {"until_on": day}, {"until_on": None}),
        (Post.objects.filter(pk=post.pk), {"waiting": True}, {"waiting": False}),
        (User.objects.filter(pk=post.user_id), {"is_active": False}, {"is_active": True}),
        (Body.objects.filter(pk=post.body.pk), {"ended_on": day}, {"ended_on": None}),
    )
    for rows, end, back in ends:
        assert actor_of_token(token) is not None
        rows.update(**end)
        assert actor_of_token(token) is None, end
        rows.update(**back)
    found = actor_of_token(token)
    assert found is not None and found.body_code == hubei.hotline.body_code


def test_what_a_request_changes_of_its_actor_is_not_seen_by_others(hubei: Town) -> None:
    post = hubei.hotline.post
    assert post is not None
    _, token = ApiToken.issue("x", post)
    for found in (lambda: actor_of_token(token), lambda: actor_for(User.objects.get(pk=post.user_id))):
        first = found()
        assert first is not None and first.user is not None and first.body is not None and first.post is not None
        first.user.name = first.body.name = "改了没有存"
        first.post.role = "lead"
        again = found()
        assert again is not None and again.user is not None and again.body is not None and again.post is not None
        assert "改了没有存" not in (again.user.name, again.body.name, again.label)
        assert again.post.role == post.role and again.post.user.name == again.user.name

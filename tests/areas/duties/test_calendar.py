"""The calendar of coming duties: on a page, as a file, and under a secret address."""

from __future__ import annotations

import re
from datetime import date, timedelta

from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from linli.areas.duties.actions import attest_duty
from linli.areas.duties.models import CalendarKey
from linli.commons.models import User
from tests.areas.duties.test_board import pdf
from tests.cast import Town


def desk(town: Town, who: str) -> Client:
    user = town.cast[who].user
    assert isinstance(user, User)
    client = Client()
    client.force_login(user)
    return client


def attested(town: Town) -> date:
    until = timezone.localdate() + timedelta(days=40)
    attest_duty(
        by=town.committee, body=town.bodies["committee"], duty="emergency_team", person="周敏", title="队伍名单",
        valid_until=until, document=pdf(),
    )  # fmt: skip
    return until


def days(data: bytes) -> list[date]:
    return [event.start for event in Calendar.from_ical(data).events]


def test_a_committee_sees_and_takes_away_what_falls_due(hubei: Town) -> None:
    client = desk(hubei, "committee")
    assert "没有到期的职责" in client.get("/work/duties/calendar/").content.decode()
    until = attested(hubei)
    page = client.get("/work/duties/calendar/").content.decode()
    assert "一年之内有 1 项职责到期" in page
    assert days(client.get("/work/duties/calendar/?as=ics").content) == [until]
    csv = b"".join(client.get("/work/duties/calendar/?as=csv"))
    assert until.isoformat() in csv.decode()


def test_a_street_sees_those_of_all_below_it_and_others_do_not(hubei: Town) -> None:
    until = attested(hubei)
    assert days(desk(hubei, "street_desk").get("/work/duties/calendar/?as=ics").content) == [until]
    assert days(desk(hubei, "neighbour").get("/work/duties/calendar/?as=ics").content) == []


def test_a_calendar_program_fetches_it_by_a_secret_address_until_that_is_stopped(hubei: Town) -> None:
    until = attested(hubei)
    client, program = desk(hubei, "committee"), Client()
    found = re.search(r"/calendar/[\w-]+\.ics", client.post("/work/duties/calendar/", {"do": "share"}).content.decode())
    assert found is not None
    fetched = program.get(found[0])
    assert fetched["Content-Type"].startswith("text/calendar") and days(fetched.content) == [until]
    assert found[0].split("/")[-1][:-4] not in str(list(CalendarKey.objects.values_list("digest", flat=True)))
    again = re.search(r"/calendar/[\w-]+\.ics", client.post("/work/duties/calendar/", {"do": "share"}).content.decode())
    assert again is not None
    assert program.get(found[0]).status_code == 404, "the earlier address ends"
    assert client.post("/work/duties/calendar/", {"do": "stop"}).status_code == 302
    assert program.get(again[0]).status_code == 404
    assert client.post("/work/duties/calendar/", {"do": "stop"}).status_code == 422


def test_the_address_ends_with_the_post(hubei: Town) -> None:
    client = desk(hubei, "committee")
    found = re.search(r"/calendar/[\w-]+\.ics", client.post("/work/duties/calendar/", {"do": "share"}).content.decode())
    assert found is not None and Client().get(found[0]).status_code == 200
    post = hubei.committee.post
    assert post is not None
    post.until_on = timezone.localdate() - timedelta(days=1)
    post.save()
    assert Client().get(found[0]).status_code == 404

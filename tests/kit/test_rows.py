"""Rows stored by a kept statement are what Django itself would have stored."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.forms.models import model_to_dict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from linli.areas.appeals.models import Appeal
from linli.kit import rows
from linli.kit.clock import Clock
from linli.kit.notices.models import Notice
from linli.kit.once import Done
from tests.cast import Town


def an_appeal(town: Town, number: str) -> Appeal:
    return Appeal(
        number=number,
        code_hash="x",
        county=town.county,
        place=town.community,
        place_text="引号'与%s",
        latitude=30.123456,
        longitude=114.5,
        channel=Appeal.Channel.API,
        suggestion={"kind": "求助", "spans": [[1, 2, "灯"]], "none": None},
        title="路灯",
        text="第一行\n第二行 50% “坏”",
        reporter_name="李梅",
        reporter_contact="10000000001",
        filed_by="resident",
        filed_at=timezone.now(),
    )


def stored(row: Appeal) -> dict[str, Any]:
    found = Appeal.everything.get(pk=row.pk)
    return model_to_dict(found) | {"filed_at": found.filed_at}


def test_a_row_is_stored_as_django_would_store_it(hubei: Town) -> None:
    ours, theirs = an_appeal(hubei, "1"), an_appeal(hubei, "2")
    theirs.filed_at = ours.filed_at
    before = timezone.now()
    rows.insert([ours])
    theirs.save(force_insert=True)
    assert stored(ours) == stored(theirs) | {"id": ours.pk, "number": "1"}
    found = Appeal.everything.get(number="1")
    assert before <= found.updated_at <= timezone.now()  # a time that the field itself sets
    assert (found.reporter_name, found.channel, found.suggestion["kind"]) == ("李梅", "api", "求助")
    with connection.cursor() as cursor:
        cursor.execute("SELECT reporter_name, channel FROM appeals_appeal WHERE number = '1'")
        name, channel = cursor.fetchone()
    assert name.startswith("a1:") and "李梅" not in name
    assert channel == "api"


def test_a_stored_row_knows_its_key_and_can_be_changed(hubei: Town) -> None:
    appeal = an_appeal(hubei, "1")
    rows.insert([appeal])
    assert appeal.pk and not appeal._state.adding
    appeal.title = "改过"
    appeal.save(update_fields=["title"])
    appeal.refresh_from_db()
    assert appeal.title == "改过"


@pytest.mark.parametrize("count", [0, 1, 2, rows.FEW, rows.FEW + 1])
def test_several_rows_go_in_by_one_statement_in_their_order(town: Town, count: int) -> None:
    notices = [Notice(channel="desk", body="x", place="42", subject=f"n:{n}", text="话") for n in range(count)]
    with CaptureQueriesContext(connection) as sent:
        rows.insert(notices)
    assert sum(query["sql"].startswith("INSERT") for query in sent) == min(count, 1)
    found = list(Notice.objects.order_by("id").values_list("id", "subject"))
    assert found == [(notice.pk, f"n:{n}") for n, notice in enumerate(notices)]


def test_what_the_database_refuses_is_not_there(town: Town) -> None:
    twice = [Done(caller="c", key="k", request="r", answer="甲") for _ in range(2)]
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.insert(twice)
    assert not Done.objects.exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.insert([Clock(subject="s", name="case", place="42", started_at=timezone.now()) for _ in range(2)])
    assert not Clock.objects.exists()

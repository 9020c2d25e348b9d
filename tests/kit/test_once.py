"""The same request sent again has one effect and the same answer."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from linli.areas.appeals import actions as appeals
from linli.areas.appeals.models import Appeal
from linli.commons.actor import RESIDENT
from linli.kit import trail
from linli.kit.errors import BadInput, RuleBroken, WrongState
from linli.kit.once import Done, once, once_within
from tests.cast import Town, fresh


def test_fifty_times_is_once(town: Town) -> None:
    def run() -> str:
        return appeals.file_appeal(by=RESIDENT, place=town.community, text="路灯坏了").appeal.number

    answers = {once("bridge", "k-1", b"{}", run) for _ in range(50)}
    number = Appeal.objects.get().number
    assert answers == {(number, True), (number, False)}
    assert once("other", "k-1", b"{}", run)[1]  # another caller's key is another key
    assert Appeal.objects.count() == 2


def test_a_key_stands_for_one_request(db: None) -> None:
    once("bridge", "k", b"a", lambda: "1")
    with pytest.raises(WrongState) as refused:
        once("bridge", "k", b"b", lambda: "2")
    assert refused.value.code == "idempotency_mismatch"
    with pytest.raises(BadInput):
        once("bridge", "k" * 101, b"a", lambda: "3")


def test_an_empty_answer_counts_too(db: None) -> None:
    assert once("bridge", "k", b"a", lambda: "") == ("", True)
    assert once("bridge", "k", b"a", lambda: "again") == ("", False)


def test_the_answer_rests_encrypted(db: None) -> None:
    once("bridge", "k", b"a", lambda: "查询码 ABCDE")
    with connection.cursor() as cursor:
        cursor.execute("SELECT answer FROM kit_done")
        assert cursor.fetchone()[0].startswith("a1:")


def test_a_failed_run_may_be_tried_again(db: None) -> None:
    with pytest.raises(ZeroDivisionError):
        once("bridge", "k", b"a", lambda: str(1 // 0))
    assert once("bridge", "k", b"a", lambda: "ok") == ("ok", True)


def test_two_answers_under_one_key_cannot_stand(db: None) -> None:
    digest = hashlib.sha256(b"a").hexdigest()

    def run() -> str:
        Done.objects.create(caller="bridge", key="k", request=digest, answer="twin")
        return "mine"

    with pytest.raises(IntegrityError):  # here the twin is rolled back with us, so nobody has an answer
        once("bridge", "k", b"a", run)
    assert not Done.objects.exists()


def test_a_refusal_is_not_kept_but_its_evidence_is(town: Town) -> None:
    appeal = town.accepted()

    def run() -> str:
        return appeals.dispatch_appeal(by=town.hotline, appeal=appeal, to=town.bodies["committee"]).code

    for _ in range(2):
        with pytest.raises(RuleBroken):
            once("bridge", "k", b"a", run)
    assert trail.Entry.objects.filter(verb="mandates.refused").count() == 2
    assert not Done.objects.exists()
    assert fresh(appeal).state == "accepted"
    with transaction.atomic():
        assert list(trail.verify()) == []


def test_without_a_key_the_same_words_within_minutes_are_one_request(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [datetime(2026, 1, 5, 8, 9, 50, tzinfo=UTC)]  # ten seconds before a turn of ten minutes
    monkeypatch.setattr(timezone, "now", lambda: clock[0])
    ran: list[int] = []

    def run() -> str:
        ran.append(1)
        return str(len(ran))

    assert once_within("bridge", b"a", run, minutes=10) == ("1", True)
    clock[0] += timedelta(seconds=20)
    assert once_within("bridge", b"a", run, minutes=10) == ("1", False)
    assert once_within("bridge", b"b", run, minutes=10) == ("2", True)
    assert once_within("other", b"a", run, minutes=10) == ("3", True)
    clock[0] += timedelta(minutes=9, seconds=30)
    assert once_within("bridge", b"a", run, minutes=10) == ("1", False)
    clock[0] += timedelta(seconds=11)
    assert once_within("bridge", b"a", run, minutes=10) == ("4", True)

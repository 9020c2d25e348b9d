"""Notices: part of the transaction that causes them, sent after it, tried again, none held up by another."""

from __future__ import annotations

import pytest
from django.db import transaction

from linli.kit.errors import RuleBroken
from linli.kit.notices import MAX_ATTEMPTS, deliver, desk, notify
from linli.kit.notices.models import Notice
from tests.cast import Town


def test_a_notice_is_sent_once(db: None) -> None:
    notify(body="b", subject="appeal:1", place="429999", text="新分派")
    assert deliver() == 1 and deliver() == 0
    assert Notice.objects.get().sent_at is not None


def test_what_is_rolled_back_is_never_sent(town: Town) -> None:
    before = Notice.objects.count()
    with pytest.raises(RuleBroken):
        from linli.areas.appeals import actions as appeals

        appeals.dispatch_appeal(by=town.hotline, appeal=town.accepted(), to=town.bodies["committee"])
    assert not Notice.objects.filter(body=town.bodies["committee"].code).exists()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        notify(body="b", subject="appeal:1", place="429999", text="没有发生的事")
        raise ZeroDivisionError
    assert not Notice.objects.filter(text="没有发生的事").exists()
    assert Notice.objects.count() == before + 1  # the hotline heard of the appeal itself


def test_a_failing_notice_is_tried_again_and_holds_up_nobody(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = notify(body="bad", subject="appeal:1", place="429999", text="甲")
    notify(body="good", subject="appeal:2", place="429999", text="乙")
    lost = notify(body="lost", subject="appeal:3", place="429999", text="丙", channel="pigeon")

    def send(notice: Notice) -> None:
        if notice.body == "bad":
            raise OSError("短信网关不通")

    with monkeypatch.context() as patched:
        patched.setattr(desk, "send", send)
        assert deliver() == 1
        bad.refresh_from_db()
        assert (bad.attempts, bad.error, bad.sent_at) == (1, "短信网关不通", None)
    assert deliver() == 1  # the gateway is back
    for _ in range(MAX_ATTEMPTS + 3):
        deliver()
    lost.refresh_from_db()
    assert lost.attempts == MAX_ATTEMPTS and "pigeon" in lost.error and lost.sent_at is None


def test_notices_carry_no_word_of_the_resident(town: Town) -> None:
    town.answered(name="李梅梅", contact="10000000001", text="李梅梅家门口积水", title="积水")
    for notice in Notice.objects.all():
        assert "李梅梅" not in notice.text and "积水" not in notice.text and "10000000001" not in notice.text

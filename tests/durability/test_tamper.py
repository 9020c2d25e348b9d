"""Nine kinds of tampering with the trail, as `linli audit verify` reports them to an auditor."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.db.models import F

from linli.commons.actor import SYSTEM
from linli.kit import anchor, trail
from linli.kit.trail import ChainHead, Draft, Entry
from linli.site import cli

UNIT = "429999"


@pytest.fixture
def anchored(db: None) -> None:
    """Nine lines of one county, anchored outside the database."""
    for number in range(1, 10):
        trail.write([Draft(SYSTEM, "appeals.closed", f"appeal:{number}", UNIT, facts={"n": number})])
    anchor.write_anchors()


def lines() -> list[Entry]:
    return list(Entry.objects.filter(unit=UNIT).order_by("seq"))


def recompute(*, head: bool = True) -> None:
    """What a forger with the whole database does in the end: new hashes for the chain and its head."""
    prev = trail.GENESIS
    for entry in lines():
        entry.prev_hash = prev
        prev = entry.hash = entry.digest()
        entry.save()
    last = lines()[-1]
    if head:
        ChainHead.objects.filter(unit=UNIT).update(seq=last.seq, hash=last.hash)


def edit() -> None:
    Entry.objects.filter(unit=UNIT, seq=5).update(facts={"n": 55})


def delete() -> None:
    Entry.objects.filter(unit=UNIT, seq=5).delete()


def cut_the_tail() -> None:
    Entry.objects.filter(unit=UNIT, seq__gt=6).delete()
    ChainHead.objects.filter(unit=UNIT).update(seq=6, hash=lines()[-1].hash)


def insert() -> None:
    for seq in range(9, 5, -1):
        Entry.objects.filter(unit=UNIT, seq=seq).update(seq=seq + 1)
    copy = lines()[4]
    copy.pk, copy.seq, copy.prev_hash, copy.subject = None, 6, copy.hash, "appeal:forged"
    copy.hash = copy.digest()
    copy.save()


def reorder() -> None:
    for old, new in ((4, 100), (5, 4), (100, 5)):
        Entry.objects.filter(unit=UNIT, seq=old).update(seq=new)


def duplicate() -> None:
    for seq in range(9, 3, -1):
        Entry.objects.filter(unit=UNIT, seq=seq).update(seq=seq + 1)
    copy = lines()[2]
    copy.pk, copy.seq = None, 4
    copy.save()


def swap_the_actor() -> None:
    Entry.objects.filter(unit=UNIT, seq=3).update(actor="user:9", actor_label="替身")


def back_date() -> None:
    last = lines()[-1]
    Entry.objects.filter(pk=last.pk).update(at=F("at") - (last.at - lines()[0].at) * 1000)
    last.refresh_from_db()
    Entry.objects.filter(pk=last.pk).update(hash=last.digest())


def recompute_all() -> None:
    edit()
    recompute()


KINDS = [edit, delete, cut_the_tail, insert, reorder, duplicate, swap_the_actor, back_date, recompute_all]


@pytest.mark.parametrize("tamper", KINDS, ids=lambda tamper: tamper.__name__)
def test_the_auditor_is_told(anchored: None, tamper: Callable[[], None], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["audit", "verify"]) == 0
    capsys.readouterr()
    tamper()
    assert cli.main(["audit", "verify", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert not found["ok"] and {fault["unit"] for fault in found["faults"]} == {UNIT}
    assert cli.main(["audit", "verify"]) == 1
    assert "✗ 单元 429999" in capsys.readouterr().out


@pytest.mark.parametrize("tamper", KINDS, ids=lambda tamper: tamper.__name__)
def test_computing_the_chain_anew_afterwards_does_not_help(anchored: None, tamper: Callable[[], None]) -> None:
    tamper()
    rows = lines()
    for seq, entry in enumerate(rows, 1):  # close every gap, then forge every hash
        Entry.objects.filter(pk=entry.pk).update(seq=1000 + seq)
    Entry.objects.filter(unit=UNIT).update(seq=F("seq") - 1000)
    recompute()
    assert list(trail.verify()) == [], "within the database the forgery is perfect"
    assert cli.main(["audit", "verify"]) == 1, "the anchor outside of it is not"

"""Guessing is limited, per key and window."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from linli.areas.appeals.queries import opened_by_code
from linli.kit.errors import NotVisible, TooMany
from linli.kit.limiter import Attempt, check, failed
from tests.cast import Town

pytestmark = pytest.mark.django_db


def test_the_window_opens_anew_when_it_has_run_out() -> None:
    for _ in range(3):
        check("k", most=3, minutes=15)
        failed("k", minutes=15)
    with pytest.raises(TooMany, match="15 分钟"):
        check("k", most=3, minutes=15)
    check("other", most=3, minutes=15)
    Attempt.objects.update(since=timezone.now() - timedelta(minutes=16))
    check("k", most=3, minutes=15)
    failed("k", minutes=15)
    assert Attempt.objects.get().count == 1


def test_codes_cannot_be_guessed_by_trying(town: Town) -> None:
    receipt = town.file()
    number = receipt.appeal.number
    assert opened_by_code(number, receipt.code.lower(), caller="1").pk == receipt.appeal.pk
    for caller in range(10):
        with pytest.raises(NotVisible):
            opened_by_code(number, "2222222222", caller=f"c{caller}")
    with pytest.raises(TooMany):  # not even with the right code, by nobody
        opened_by_code(number, receipt.code, caller="fresh")


def test_a_caller_cannot_try_many_numbers(town: Town) -> None:
    receipt = town.file()
    for n in range(20):
        with pytest.raises(NotVisible) as refused:
            opened_by_code(f"{n:014d}", "2222222222", caller="c")
        assert refused.value.code == "bad_code"
    with pytest.raises(TooMany):
        opened_by_code(receipt.appeal.number, receipt.code, caller="c")


@pytest.mark.parametrize("code", ["", "²²²", "\x00", "𠮷" * 500, "\ud800", "ABCDE-FGHJK"])
@pytest.mark.parametrize("number", ["", "²", "1" * 500, "abc", "１２３"])
def test_odd_input_is_not_found(town: Town, number: str, code: str) -> None:
    town.file()
    with pytest.raises(NotVisible):
        opened_by_code(number, code, caller="x" * 300)


def test_spaces_and_dashes_in_a_code_do_not_matter(town: Town) -> None:
    receipt = town.file()
    spoken = f" {receipt.code[:5]} - {receipt.code[5:].lower()} "
    assert opened_by_code(f"{receipt.appeal.number[:6]} {receipt.appeal.number[6:]}", spoken, caller="c").pk

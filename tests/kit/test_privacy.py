"""Labels, encryption at rest, masks."""

from __future__ import annotations

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from linli.areas.appeals.models import Appeal
from linli.kit.privacy import decrypt, encrypt, label, mask_contact, mask_name, mask_numbers
from tests.cast import Town


def test_a_label_with_a_slip_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown level"):
        label(L9="a")
    with pytest.raises(ValueError, match="twice"):
        label(L1="a", L2="a")


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_what_is_encrypted_comes_back(text: str) -> None:
    sealed = encrypt(text)
    assert decrypt(sealed) == text
    assert len(text) < 4 or text not in sealed
    assert encrypt(text) != sealed  # the same name twice does not look the same


@pytest.mark.parametrize("bad", ["李梅", "a1:", "a1:AAAA", "a1:!!!!"])
def test_what_was_not_encrypted_here_is_refused(bad: str) -> None:
    with pytest.raises(ValueError):
        decrypt(bad)


def test_a_damaged_or_foreign_field_is_refused(settings) -> None:
    sealed = encrypt("李梅")
    flipped = sealed[:-6] + ("A" if sealed[-6] != "A" else "B") + sealed[-5:]
    with pytest.raises(ValueError, match="LINLI_FIELD_KEY"):
        decrypt(flipped)
    settings.LINLI_FIELD_KEY = b"x" * 32
    with pytest.raises(ValueError, match="LINLI_FIELD_KEY"):
        decrypt(sealed)


def test_no_clear_text_rests_in_the_database(town: Town) -> None:
    appeal = town.file(name="李梅梅", contact="10000000001").appeal
    with connection.cursor() as cursor:
        cursor.execute("SELECT reporter_name, reporter_contact FROM appeals_appeal WHERE id = %s", [appeal.pk])
        kept = cursor.fetchone()
    assert all(value.startswith("a1:") for value in kept)
    assert (Appeal.objects.get().reporter_name, Appeal.objects.get().reporter_contact) == ("李梅梅", "10000000001")


def test_an_encrypted_field_cannot_be_searched(town: Town) -> None:
    with pytest.raises(TypeError):
        Appeal.objects.filter(**{"reporter_name__contains": "李"}).count()
    with pytest.raises(TypeError):
        Appeal.objects.filter(**{"reporter_contact__in": ["1"]}).count()


def test_an_anonymous_reporter_leaves_no_name(town: Town) -> None:
    assert town.file(name="李梅梅", anonymous=True).appeal.reporter_name == ""


@pytest.mark.parametrize(
    ("name", "masked"), [("", ""), ("李", "李"), ("李梅", "李*"), ("欧阳小明", "欧***"), ("𠮷田", "𠮷*")]
)
def test_names_are_masked(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@pytest.mark.parametrize(("contact", "masked"), [("10000000001", "100******01"), ("12345", "*****"), ("", "")])
def test_contacts_are_masked(contact: str, masked: str) -> None:
    assert mask_contact(contact) == masked


@pytest.mark.parametrize(
    "number",
    [
        "10000000001",
        "100 0000 0001",
        "100-0000-0001",
        "+8610000000001",
        "86 10000000001",
        "0710-1000001",
        "07101000001",
        "429999199001011234",
        "42999919900101123X",
        "42999919900101123x",
        "6222000000000000000",
    ],
)
@pytest.mark.parametrize("around", ["我的电话是{}，谢谢", "tel{}", "{}", "（{}）", "微信{}也行"])
def test_numbers_are_masked_in_running_text(number: str, around: str) -> None:
    text = around.format(number)
    masked = mask_numbers(text)
    assert number not in masked and "*" in masked
    assert masked[: text.index(number)] == text[: text.index(number)]


@pytest.mark.parametrize(
    "text", ["3 栋 1502 室", "2026-11-22 10:30", "编号 26112212345678", "30 平方米", "第 12345 号"]
)
def test_other_numbers_stay(text: str) -> None:
    assert mask_numbers(text) == text

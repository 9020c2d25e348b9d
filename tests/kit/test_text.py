"""Text from outside is made storable, never silently cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.areas.appeals.models import Appeal
from linli.kit.errors import BadInput
from linli.kit.forms import TextField
from linli.kit.text import clean_text, fitting
from tests.cast import Town


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("  路灯坏了\r\n很黑\r", "路灯坏了\n很黑"),
        ("a\x00b", "ab"),
        ("\u202e倒\u200b写\ufeff", "倒写"),
        ("\ud800单", "单"),
        ("𠮷田 𬭚", "𠮷田 𬭚"),
        ("e\u0301", "é"),
        ("\u3000全角空格\u3000", "全角空格"),
        ("\t一\t二", "一\t二"),
    ],
)
def test_what_no_database_stores_is_dropped(raw: str, clean: str) -> None:
    assert clean_text(raw) == clean
    assert TextField(required=False).to_python(raw) == clean


@pytest.mark.parametrize("value", [None, 3, ["a"], {"a": 1}])
def test_other_shapes_are_handed_back(value: object) -> None:
    assert clean_text(value) is value


@given(st.text())
def test_cleaning_twice_is_cleaning_once_and_always_encodes(text: str) -> None:
    once = clean_text(text)
    assert clean_text(once) == once
    assert isinstance(once, str) and "\x00" not in once.encode().decode()


def test_a_long_text_is_refused_by_its_length() -> None:
    assert fitting("  甲乙 ", 2, "理由") == "甲乙"
    with pytest.raises(BadInput, match="理由请在 2 字以内，现在有 3 字"):
        fitting("甲乙丙", 2, "理由")


def test_rare_signs_come_back_from_the_database(town: Town) -> None:
    appeal = town.file(text="𠮷家 𬭚 巷口的井盖坏了 😀", name="𠮷").appeal
    kept = Appeal.objects.get(pk=appeal.pk)
    assert (kept.text, kept.reporter_name) == ("𠮷家 𬭚 巷口的井盖坏了 😀", "𠮷")

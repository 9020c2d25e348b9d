"""A select drawn by hand says the same as Django's."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms
from django.test.html import parse_html

from linli.kit.forms import Select

CHOICES: tuple[tuple[Any, Any], ...] = (
    ("", "全部"),
    ("a", "甲"),
    (None, "无"),
    ("b<&>'\"", "乙<&>'\""),
    ("街道", [("c", "丙"), ("d", "丁")]),
)


@pytest.mark.parametrize("value", ["", "a", None, "b<&>'\"", "d", "nothing"])
def test_a_select_is_drawn_as_django_draws_it(value: str | None) -> None:
    attrs = {"id": "id_x", "required": True, "aria-describedby": 'x"y'}
    ours = Select(attrs={"class": "wide"}, choices=CHOICES).render("x", value, attrs)
    theirs = forms.Select(attrs={"class": "wide"}, choices=CHOICES).render("x", value, attrs)
    assert parse_html(ours) == parse_html(theirs)

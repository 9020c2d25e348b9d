"""Papers and forms (打印件与表单): a paper's title, which becomes the name of its file, says which one it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django import forms
from django.template.loader import render_to_string

ROOT = Path(__file__).resolve().parents[2]
PAPERS = [
    path
    for path in sorted((ROOT / "linli").rglob("templates/**/*.html"))
    if '{% extends "print.html" %}' in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("path", PAPERS, ids=lambda path: path.name)
def test_the_title_of_a_paper_names_the_thing(path: Path) -> None:
    title = re.search(r"{% block title %}(.*?){% endblock %}", path.read_text(encoding="utf-8"))
    assert title is not None and "{{" in title[1], "Say which one: a number, a place, a body or a day."


class Asked(forms.Form):
    """One of each."""

    name = forms.CharField(label="姓名", required=False)
    words = forms.CharField(label="内容")
    anonymous = forms.BooleanField(label="匿名", required=False)
    agreed = forms.BooleanField(label="同意")


def test_a_box_that_may_stay_empty_is_not_marked() -> None:
    marks = {
        field.name: re.findall("必填|选填", render_to_string("parts/field.html", {"field": field})) for field in Asked()
    }
    assert marks == {"name": ["选填"], "words": ["必填"], "anonymous": [], "agreed": ["必填"]}

"""Forms (表单): text cleaned as it comes in, and refusals of actions shown where a form's own errors are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django import forms
from django.forms.utils import flatatt
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

from linli.kit.errors import Refusal
from linli.kit.text import clean_text

R = TypeVar("R")


class TextField(forms.CharField):
    """A line or a paragraph of text, freed of what cannot be stored."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(clean_text(value)))


class Select(forms.Select):
    """A select drawn by hand (下拉框): Django's own renders two templates for each of the hundred places of a county."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        """As Django's, with the same tags and attributes; `renderer` is not used."""
        chosen = self.format_value(value)
        attributes = flatatt({"name": name, **self.build_attrs(self.attrs, attrs)})
        return format_html("<select{}>{}</select>", attributes, _options(self.choices, chosen))


def _options(choices: Iterable[Any], chosen: list[str]) -> SafeString:
    parts: list[str] = []
    for value, label in choices:
        if isinstance(label, list | tuple):
            parts.append(format_html('<optgroup label="{}">{}</optgroup>', value, _options(label, chosen)))
        else:
            key = "" if value is None else str(value)
            mark = ""
            if key in chosen:
                mark = " selected"
                chosen.clear()  # one only, as Django does
            parts.append(f'<option value="{escape(key)}"{mark}>{escape(label)}</option>')
    return SafeString("".join(parts))


class Form(forms.Form):
    """A form whose action may refuse; what was typed stays."""

    refusal: Refusal | None = None

    def attempt(self, run: Callable[[dict[str, Any]], R]) -> R | None:
        """Run an action with the cleaned values; None when the form or the action refuses.

        A refusal that points elsewhere (out of scope, too many attempts) is not caught: it is no matter of this form.
        """
        if not self.is_valid():
            return None
        try:
            return run(self.cleaned_data)
        except Refusal as refusal:
            if refusal.status not in (403, 409, 422):
                raise
            self.refusal = refusal
            self.add_error(None, refusal.shown)
            return None

    @property
    def status(self) -> int:
        """HTTP status of the page that shows this form again."""
        if self.refusal is not None:
            return self.refusal.status
        return 422 if self.is_bound and self.errors else 200

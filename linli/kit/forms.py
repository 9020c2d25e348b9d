"""Forms (表单): text cleaned as it comes in, and refusals of actions shown where a form's own errors are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django import forms

from linli.kit.errors import Refusal
from linli.kit.text import clean_text

R = TypeVar("R")


class TextField(forms.CharField):
    """A line or a paragraph of text, freed of what cannot be stored."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(clean_text(value)))


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
            self.add_error(None, refusal.message)
            return None

    @property
    def status(self) -> int:
        """HTTP status of the page that shows this form again."""
        if self.refusal is not None:
            return self.refusal.status
        return 422 if self.is_bound and self.errors else 200

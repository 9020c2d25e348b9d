"""Text as it comes in from outside: made storable, never silently cut."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated

from pydantic import BeforeValidator

from linli.kit.errors import BadInput

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def clean_text(value: object) -> object:
    """Drop what no database stores and no eye sees: NUL, controls, zero-width and bidi marks, lone surrogates.

    Anything but a string is handed back as it is, so that the caller's own shape check can speak.
    """
    if not isinstance(value, str):
        return value
    text = _CONTROL.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
    return unicodedata.normalize("NFC", text).strip()


CleanStr = Annotated[str, BeforeValidator(clean_text)]
"""A string of an API body, cleaned before it is checked."""


def fitting(text: str, most: int, what: str) -> str:
    """A text without the blanks around it, refused rather than cut when it is too long.

    Args:
        most: signs allowed. what: its name for people.

    Raises:
        BadInput: too long; the message says by how much.
    """
    text = text.strip()
    if len(text) > most:
        raise BadInput(f"{what}请在 {most} 字以内，现在有 {len(text)} 字。", code="text_long")
    return text

"""Data levels of fields, encryption of sensitive ones, masks (个人信息分级、加密与脱敏).

L1 public · L2 internal · L3 personal · L4 sensitive (encrypted) · L5 sealed (its own module). Every model of Linli
declares a `LABELS` made by `label()`; a test fails on a field without one and on an L4 field kept in clear.
"""

from __future__ import annotations

import base64
import os
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models

if TYPE_CHECKING:
    _Text = models.TextField[str, str]
else:
    _Text = models.TextField


def label(**levels: str) -> dict[str, str]:
    """Map field names to levels: `label(L1="code name", L4="phone")` → `{"code": "L1", …}`.

    Raises:
        ValueError: an unknown level, or a field named twice.
    """
    out: dict[str, str] = {}
    for level, names in levels.items():
        if level not in {"L1", "L2", "L3", "L4"}:
            raise ValueError(f"unknown level {level}")
        for name in names.split():
            if name in out:
                raise ValueError(f"{name} is labelled twice")
            out[name] = level
    return out


@lru_cache(maxsize=4)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


def encrypt(text: str) -> str:
    """AES-256-GCM with a fresh 96-bit nonce; the result is URL-safe text headed by the scheme's name."""
    nonce = os.urandom(12)
    sealed = _cipher(settings.LINLI_FIELD_KEY).encrypt(nonce, text.encode(), b"linli.field")
    return "a1:" + base64.urlsafe_b64encode(nonce + sealed).decode()


def decrypt(stored: str) -> str:
    """Inverse of `encrypt`.

    Raises:
        ValueError: not made by `encrypt`, damaged, or made with another key.
    """
    if not stored.startswith("a1:"):
        raise ValueError("字段不是以本系统的方式加密的。")
    raw = base64.urlsafe_b64decode(stored[3:])
    try:
        return _cipher(settings.LINLI_FIELD_KEY).decrypt(raw[:12], raw[12:], b"linli.field").decode()
    except InvalidTag as error:
        raise ValueError("字段密钥不符或内容已损坏，请核对 LINLI_FIELD_KEY。") from error


class EncryptedTextField(_Text):
    """Text that rests encrypted (L4). The empty string stays empty, so that "nothing given" needs no key."""

    def get_prep_value(self, value: Any) -> Any:
        return encrypt(value) if value else value

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return decrypt(value) if value else value

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name not in {"exact", "isnull"}:
            raise TypeError("an encrypted field cannot be searched")
        return super().get_lookup(lookup_name)


def mask_name(name: str) -> str:
    """李梅 → 李*; 欧阳小明 → 欧***."""
    return name[:1] + "*" * max(len(name) - 1, 0)


def mask_contact(contact: str) -> str:
    """Keep the first three and last two characters of anything long enough; hide the rest."""
    return contact[:3] + "*" * (len(contact) - 5) + contact[-2:] if len(contact) > 7 else "*" * len(contact)


_NUMBERS = re.compile(
    r"(?<![0-9])(?:\+?86[- ]?)?(?:1[0-9]{2}[- ]?[0-9]{4}[- ]?[0-9]{4}|0[0-9]{2,3}[- ]?[0-9]{7,8}|[0-9]{15,19}[Xx]?)(?![0-9])"
)


def mask_numbers(text: str) -> str:
    """Hide telephone, identity and card numbers inside running text."""
    return _NUMBERS.sub(lambda found: mask_contact(found.group()), text)

"""The second factor (动态码): six digits of an authenticator app, RFC 6238, or one of ten recovery codes.

The arithmetic is django-otp's; the secret rests in a table of our own, encrypted (docs/adr/0007-the-staff-door.md).
"""

from __future__ import annotations

import base64
import binascii
import secrets
import unicodedata
from urllib.parse import quote

from django.utils import timezone
from django_otp.oath import TOTP

from linli.commons.doors.models import code_digest, new_code
from linli.commons.models import RecoveryCode, SecondFactor, User

STEP = 30
DRIFT = 1
"""Steps that a telephone's clock may be off, either way."""
CODES = 10


def new_secret() -> str:
    """A fresh secret of 160 bits in the writing of authenticator apps (base32)."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def otpauth(username: str, secret: str) -> str:
    """The address that an authenticator app reads from the QR code."""
    issuer = quote("邻里")
    return f"otpauth://totp/{issuer}:{quote(username)}?secret={secret}&issuer={issuer}"


def _totp(secret: str) -> TOTP:
    totp = TOTP(base64.b32decode(secret), step=STEP)
    totp.time = timezone.now().timestamp()
    return totp


def present_code(secret: str, later: int = 0) -> str:
    """The code of this moment, or of some steps later, as an app would show it."""
    totp = _totp(secret)
    totp.drift = later
    return f"{totp.token():06d}"


def tidy(code: str) -> str:
    """A code as typed, freed of blanks and full-width forms."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", code).upper() if sign.isascii() and sign.isalnum())


def matching_step(secret: str, code: str, after: int = 0) -> int | None:
    """The time step whose code this is, at most one step off and later than `after`; None when there is none."""
    code = tidy(code)
    if len(code) != 6 or not code.isdigit():
        return None
    try:
        totp = _totp(secret)
    except (binascii.Error, ValueError):
        return None
    return totp.t() if totp.verify(int(code), tolerance=DRIFT, min_t=after + 1) else None


def use_code(user: User, code: str) -> str:
    """Use a code up: each step's code and each recovery code opens once, whatever comes at the same time.

    Returns: "totp", "recovery", or "" when the code is wrong, used, or the person has no factor.
    """
    factor = SecondFactor.objects.filter(user=user).first()
    if factor is None:
        return ""
    step = matching_step(factor.secret, code, factor.last_step)
    if step is not None:
        return "totp" if SecondFactor.objects.filter(pk=factor.pk, last_step__lt=step).update(last_step=step) else ""
    digest = code_digest("recovery", user.pk, tidy(code))
    used = RecoveryCode.objects.filter(user=user, digest=digest, used_at=None).update(used_at=timezone.now())
    return "recovery" if used else ""


def fresh_recovery_codes(user: User) -> list[str]:
    """Ten new codes, shown once; the old ones end."""
    codes = [new_code() for _ in range(CODES)]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user=user, digest=code_digest("recovery", user.pk, code)) for code in codes
    )
    return codes

"""Rules for passwords (密码规则), after OWASP ASVS 5.0 V6.2: length, no common ones, not one's own name; nothing else.

No forced change, no demand for digits or signs: both make people choose worse passwords.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from linli.commons.models import User
from linli.kit.errors import BadInput

MOST = 200


class NotOnesNameValidator:
    """Refuse a password that holds the account name or the person's name."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises: ValidationError."""
        folded = password.casefold()
        for own in (getattr(user, "username", ""), getattr(user, "name", "")):
            if len(own) > 1 and own.casefold() in folded:
                raise ValidationError(_("密码里不要有账号或姓名。"), code="password_has_name")

    def get_help_text(self) -> str:
        """For people."""
        return _("密码里不要有账号或姓名。")


def check_password_rules(password: str, user: User) -> None:
    """Raises: BadInput with every rule that the password breaks."""
    if len(password) > MOST or "\x00" in password:
        raise BadInput(_("密码请在 200 个字以内，不含特殊控制符。"), code="password")
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise BadInput(" ".join(error.messages), code="password") from error

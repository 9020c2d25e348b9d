"""Channel `null` (不发送): for rehearsals and imports of history."""

from __future__ import annotations

from linli.kit.notices.models import Notice


def send(notice: Notice) -> None:
    """Send nothing, on purpose."""

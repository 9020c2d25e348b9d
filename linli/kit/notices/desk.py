"""Channel `desk` (站内): the row itself is the notice; it shows on the body's desk once it counts as sent."""

from __future__ import annotations

from linli.kit.notices.models import Notice


def send(notice: Notice) -> None:
    """Nothing more to do: the desk reads the table."""

"""What a visitor's browser remembers (本机记住的): a receipt for an hour, what was opened with a code for two; sealed, forgotten on request."""

from __future__ import annotations

import json
import time

from django.http import HttpRequest

from linli.kit.privacy import decrypt, encrypt

RECEIPT_SECONDS, OPENED_SECONDS = 3600, 7200


class Browser:
    """The memory of one kind of thing that is opened by number and code, in the visitor's session.

    Args: kind, sets its entries apart from those of other kinds.
    """

    def __init__(self, kind: str) -> None:
        self._receipt, self._opened = f"{kind}_receipt", f"{kind}_opened"

    def hand_receipt(self, request: HttpRequest, number: str, code: str) -> None:
        """Keep number and secret code for the page that shows them."""
        request.session[self._receipt] = encrypt(json.dumps([number, code, time.time() + RECEIPT_SECONDS]))

    def receipt(self, request: HttpRequest) -> tuple[str, str] | None:
        """Number and code of what was just sent, or None."""
        sealed = request.session.get(self._receipt)
        try:
            number, code, until = json.loads(decrypt(sealed)) if isinstance(sealed, str) else ("", "", 0)
        except ValueError:  # sealed with a field key that is no longer in use
            return None
        return (number, code) if until > time.time() else None

    def open_for(self, request: HttpRequest, number: str) -> None:
        """Let this browser see one of them for two hours."""
        request.session[self._opened] = {**self._open(request), number: time.time() + OPENED_SECONDS}

    def is_open(self, request: HttpRequest, number: str) -> bool:
        """Whether this browser opened it with its code."""
        return number in self._open(request)

    def _open(self, request: HttpRequest) -> dict[str, float]:
        known = request.session.get(self._opened)
        return {key: until for key, until in known.items() if until > time.time()} if isinstance(known, dict) else {}

    def forget(self, request: HttpRequest) -> None:
        """Forget everything of this kind in this browser (用完即走)."""
        for key in (self._receipt, self._opened):
            request.session.pop(key, None)

"""What a reporter's browser remembers (本机记住的): the receipt for an hour, opened reports for two; sealed, and forgotten on request."""

from __future__ import annotations

import json
import time

from django.http import HttpRequest

from linli.kit.privacy import decrypt, encrypt

RECEIPT, OPENED = "report_receipt", "report_opened"
RECEIPT_SECONDS, OPENED_SECONDS = 3600, 7200


def hand_receipt(request: HttpRequest, number: str, code: str) -> None:
    """Keep number and secret code for the page that shows them."""
    request.session[RECEIPT] = encrypt(json.dumps([number, code, time.time() + RECEIPT_SECONDS]))


def receipt(request: HttpRequest) -> tuple[str, str] | None:
    """Number and code of the report just sent, or None."""
    sealed = request.session.get(RECEIPT)
    try:
        number, code, until = json.loads(decrypt(sealed)) if isinstance(sealed, str) else ("", "", 0)
    except ValueError:  # sealed with a field key that is no longer in use
        return None
    return (number, code) if until > time.time() else None


def open_for(request: HttpRequest, number: str) -> None:
    """Let this browser see one report for two hours."""
    request.session[OPENED] = {**_opened(request), number: time.time() + OPENED_SECONDS}


def is_open(request: HttpRequest, number: str) -> bool:
    """Whether this browser opened the report with its code."""
    return number in _opened(request)


def _opened(request: HttpRequest) -> dict[str, float]:
    known = request.session.get(OPENED)
    return {key: until for key, until in known.items() if until > time.time()} if isinstance(known, dict) else {}


def forget(request: HttpRequest) -> None:
    """Forget everything of reports in this browser (用完即走)."""
    for key in (RECEIPT, OPENED):
        request.session.pop(key, None)

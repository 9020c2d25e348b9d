"""QR codes on receipts (二维码)."""

from __future__ import annotations

import segno
from django.utils.safestring import SafeString, mark_safe


def qr_code(text: str, *, sized: bool = False) -> SafeString:
    """A QR code as inline SVG; it fills its box, or brings its own size for paper."""
    code = segno.make(text, error="m", micro=False)
    drawn = code.svg_inline(scale=4, border=2, omitsize=not sized, svgclass=None, lineclass=None)
    return mark_safe(drawn)  # drawn by segno from an address of our own

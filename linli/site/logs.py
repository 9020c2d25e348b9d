"""Logs without personal data (日志): what happened and where in the program, never what somebody typed.

A path can hold a number with its secret code, an exception can quote a row of the database. So a request is named by its
route, a traceback by files and lines, and long numbers are masked wherever they stand.
"""

from __future__ import annotations

import logging
import sys
import traceback
from types import TracebackType
from typing import Any

from linli.kit.privacy import mask_numbers

Caught = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class PlainFormatter(logging.Formatter):
    """One line per event, then the places that led to it."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:
        request: Any = getattr(record, "request", None)
        if request is not None:
            match = getattr(request, "resolver_match", None)
            status = getattr(record, "status_code", "")
            record.message = f"{status} {getattr(request, 'method', '')} /{match.route if match else '…'}".strip()
        record.message = mask_numbers(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:
        """Types of the exceptions and where they came from, without their texts."""
        lines, seen = [], set()
        error: BaseException | None = ei[1] if ei else sys.exc_info()[1]
        while error is not None and id(error) not in seen:
            seen.add(id(error))
            lines.append(f"{type(error).__module__}.{type(error).__qualname__}")
            frames = traceback.extract_tb(error.__traceback__)
            lines += [f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\n".join(lines)

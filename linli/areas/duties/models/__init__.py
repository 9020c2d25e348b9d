"""Tables of the duty board and of what its rules found, of reports and their correction, and of tolerance."""

from linli.areas.duties.models.board import Attestation, CalendarKey, Judging, Standing
from linli.areas.duties.models.report import Order, Report, ReportErasure, Stage, Supplement
from linli.areas.duties.models.tolerance import Situation, Tolerance

__all__ = [
    "Attestation",
    "CalendarKey",
    "Judging",
    "Order",
    "Report",
    "ReportErasure",
    "Situation",
    "Stage",
    "Standing",
    "Supplement",
    "Tolerance",
]

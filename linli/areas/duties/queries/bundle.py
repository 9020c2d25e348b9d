"""The evidence bundle (证据材料): what the trail and the duty board know of a body reported on, put together by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from linli.areas.duties.flow import MISSING
from linli.areas.duties.models import Report
from linli.areas.duties.queries.board import Line, board_of
from linli.areas.duties.queries.ladder import row_of
from linli.areas.duties.queries.snapshot import Snapshot, snapshot_of
from linli.kit.trail import Entry
from linli.law.types import Duty

BACK = timedelta(days=365)
MOST = 200
GATE = ("mandates.refused", "mandates.proof_refused")
"""What the gate refused the body as a sender."""
HANDED = ("appeals.dispatched", "appeals.answered", "appeals.objected", "mandates.assigned", "mandates.task_returned")
"""What the body was handed, sent back and answered."""


@dataclass(frozen=True)
class Part:
    """One kind of entries: the newest ones, and how many there are in all."""

    entries: list[Entry]
    count: int


@dataclass(frozen=True)
class Bundle:
    """Evidence on one report as of a day.

    Args: refused, at the gate. handed, dispatch and answers. matter, of the appeal that the report is about. lines, of the board.
    """

    since: date
    on: date
    refused: Part
    handed: Part
    matter: Part
    snap: Snapshot
    lines: list[Line]


def bundle_of(report: Report, on: date | None = None) -> Bundle:
    """Everything on record about the body reported on, in the year up to the day of the report (or to another day).

    The board line is that of the duty named at acceptance, else of every duty that the article sanctions and that is not done.
    """
    on = on or timezone.localdate(report.filed_at)
    since = on - BACK
    rows = Entry.objects.filter(at__date__gte=since, at__date__lte=on)
    code = report.respondent_id
    snap = snapshot_of(report.respondent.place, on)
    board = board_of(snap, report.respondent)
    return Bundle(
        since,
        on,
        _part(rows.filter(verb__in=GATE, body=code)),
        _part(rows.filter(verb__in=HANDED, body=code) | rows.filter(verb__in=HANDED, facts__to=code)),
        _part(rows.filter(subject=report.matter_key) if report.matter_key else rows.none()),
        snap,
        [line for line in board.lines if _concerns(report, line.duty, line)],
    )


def _concerns(report: Report, duty: Duty, line: Line) -> bool:
    if report.duty:
        return duty.id == report.duty
    row = row_of(report)
    if row is None:
        return line.state in MISSING
    article = row.at.partition("__")[0]
    if duty.at.partition("__")[0] == article:  # the prohibition itself, whatever the board says of it
        return bool(duty.rule)
    return duty.sanction.partition("__")[0] == article and line.state in MISSING


def _part(rows: QuerySet[Entry]) -> Part:
    return Part(list(rows.order_by("-id")[:MOST]), rows.count())

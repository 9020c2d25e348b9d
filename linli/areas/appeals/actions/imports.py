"""Importing a hotline's file (导入热线数据): checked first, written in small transactions, shown all at once.

A row's key is its source and number, or the fingerprint of the whole row; what is there already is never written
again. So an import that was cut off is simply run again: it goes on where it stopped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError
from django.db.models import F
from django.utils import timezone

from linli.areas.appeals import queries
from linli.areas.appeals.actions.import_rows import Checked, Ready, check_rows
from linli.areas.appeals.actions.intake import headline
from linli.areas.appeals.flow import State
from linli.areas.appeals.models import Appeal, ImportRecord, code_digest, new_code, new_number
from linli.areas.mandates.models import Matter
from linli.commons.actor import Actor
from linli.commons.models import Place, code_for
from linli.commons.settings import limits_of
from linli.commons.workdays import calendar_of
from linli.kit import trail
from linli.kit.action import action
from linli.kit.clock import Clock
from linli.kit.errors import BadInput, WrongState
from linli.kit.notices import notify
from linli.kit.tables import Table

BATCH = 200
"""Rows per transaction: other writers never wait long."""
KINDS = {"open": "待受理的诉求", "history": "历史记录"}
MAX_TITLE = 80


@dataclass(frozen=True)
class Outcome:
    """What an import did (导入结果): every row read is created, there already, or rejected.

    `created` counts the rows that this run brought into view, those written by a run that was cut off included.
    """

    read: int
    created: int
    same: int
    rejected: int
    record: ImportRecord | None = None

    def as_json(self) -> dict[str, int]:
        """The four counts."""
        return {"read": self.read, "created": self.created, "same": self.same, "rejected": self.rejected}


def check_table(table: Table, *, given: Mapping[str, str] | None = None, source: str = "") -> Checked:
    """Look through a table against the matters in use. Raises: BadInput, see `import_rows.columns_of`."""
    matters: dict[str, str] = {}
    for code, name in Matter.objects.filter(active=True).values_list("code", "name"):
        matters[name] = matters[code] = code
    return check_rows(table, given=given or {}, source=source, matters=matters)


def import_appeals(
    *, by: Actor, county: Place, checked: Checked, kind: str, filename: str, raw: bytes, source: str = ""
) -> Outcome:
    """Take a checked file in, batch by batch (导入), HN 12: the existing 12345 platform's appeals in one register.

    Args:
        checked: by `check_table`; its faults are left out and counted. kind: `open` or `history`.
        raw: the file's bytes, whose fingerprint finds an import of the same file that was cut off.

    Raises:
        BadInput: unknown kind, or a place that is no county. NotAllowed: no power to import there.
        WrongState: another process completed the same import meanwhile.
    """
    if kind not in KINDS:
        raise BadInput("导入方式只能是 open（待受理）或 history（历史）。", code="bad_kind")
    if county.level != Place.Level.COUNTY:
        raise BadInput("请选择县（市、区）。", code="county_missing")
    sha256 = hashlib.sha256(raw).hexdigest()
    record = ImportRecord.objects.filter(
        county=county, sha256=sha256, kind=kind, source=source[:60], completed_at=None
    ).first()
    left = list(_left(county, checked.ready, record))
    created = 0
    if left or record is not None:
        if record is None:
            record = open_import(
                by=by, county=county, source=source, filename=filename, sha256=sha256, kind=kind, total=len(left)
            )
        for start in range(0, len(left), BATCH):
            _batch(by, record, left[start : start + BATCH])
        created = finish_import(by=by, record=record)
    rejected = len(checked.faults)
    return Outcome(checked.read, created, checked.read - created - rejected, rejected, record)


def _left(county: Place, rows: Sequence[Ready], record: ImportRecord | None) -> Iterator[Ready]:
    """Rows that still have to be written: not there, or hidden in another import that was cut off."""
    own = record.pk if record else None
    for start in range(0, len(rows), BATCH):
        part = rows[start : start + BATCH]
        known = _known(county.code, part)
        for row in part:
            there = known.get((row.source, row.key))
            if there is None or not (there["shown"] or there["import_record"] == own):
                yield row


def _known(county: str, rows: Sequence[Ready]) -> dict[tuple[str, str], dict[str, Any]]:
    sources = {row.source for row in rows}
    keys = [row.key for row in rows]
    found = Appeal.everything.filter(county__code=county, source__in=sources, source_key__in=keys)
    there = found.values("pk", "source", "source_key", "shown", "import_record", "state", "number")
    return {(item["source"], item["source_key"]): dict(item) for item in there}


def _batch(by: Actor, record: ImportRecord, rows: Sequence[Ready]) -> None:
    try:
        import_batch(by=by, record=record, rows=rows)
    except IntegrityError:  # the same appeal came in by another way at this moment: look again, once
        left = list(_left(record.county, rows, record))
        if left:
            import_batch(by=by, record=record, rows=left)


@action("appeals.import", at="county")
def open_import(
    *, by: Actor, county: Place, source: str, filename: str, sha256: str, kind: str, total: int
) -> ImportRecord:
    """Begin an import (开始导入)."""
    record = ImportRecord.objects.create(
        code=code_for("D"),
        county=county,
        source=source[:60],
        filename=filename[-120:],
        sha256=sha256,
        kind=kind,
        total=total,
        started_by=by.code,
    )
    trail.record("appeals.import_started", record, by=by, facts={"sha256": sha256, "kind": kind, "rows": total})
    return record


@action("appeals.import", at="record")
def import_batch(*, by: Actor, record: ImportRecord, rows: Sequence[Ready]) -> int:
    """Write one batch, hidden until the whole file is in (写入一批); return how many.

    Raises:
        WrongState: the import was completed meanwhile.
    """
    county = Place.objects.select_for_update(no_key=True).get(code=record.county_id)  # one import per county at a time
    if not ImportRecord.objects.filter(pk=record.pk, completed_at=None).exists():
        raise WrongState("同一文件的导入已由另一个进程完成。请再运行一次核对。", code="import_completed")
    state = State.HISTORY if record.kind == "history" else State.RECEIVED
    known = _known(county.code, rows)
    fresh = [row for row in rows if (row.source, row.key) not in known]
    names = queries.locator_of(county.code)
    numbers = free_numbers(len(fresh))
    made = [_appeal(row, number, by, record, county, state, names) for row, number in zip(fresh, numbers, strict=True)]
    Appeal.everything.bulk_create(made)
    taken = [item for item in known.values() if not item["shown"] and item["import_record"] != record.pk]
    Appeal.everything.filter(pk__in=[item["pk"] for item in taken]).update(import_record=record, state=state)
    if state == State.RECEIVED:
        for appeal in made:
            trail.record("appeals.filed", appeal, by=by, facts={"channel": appeal.channel, "import": record.code})
    if state == State.HISTORY or taken or not made:
        facts = {"rows": len(made), "taken_over": [item["number"] for item in taken]}
        trail.record("appeals.imported", record, by=by, facts=facts)
    ImportRecord.objects.filter(pk=record.pk).update(created=F("created") + len(made) + len(taken))
    return len(made) + len(taken)


def _appeal(
    row: Ready, number: str, by: Actor, record: ImportRecord, county: Place, state: State, names: Any
) -> Appeal:
    title, text = row.title or headline(row.text), row.text
    if len(title) > MAX_TITLE:  # a long heading is kept whole at the head of the text
        title, text = title[: MAX_TITLE - 1] + "…", f"{title}\n{text}"
    suggestion = queries.suggest(text, title=title, county=county.code, names=names)
    if row.given_kind and not row.kind:
        suggestion["given_kind"] = row.given_kind[:40]
    return Appeal(
        number=number,
        code_hash=code_digest(new_code()),
        county=county,
        place=county,
        place_text=row.place_text,
        channel=Appeal.Channel.IMPORT,
        kind=row.kind or suggestion.get("kind", ""),
        matter_id=row.matter or None,
        suggestion=suggestion,
        title=title,
        text=text,
        danger=bool(suggestion.get("danger")),
        reporter_name=row.name,
        reporter_contact=row.contact,
        filed_by=by.code,
        filed_for=by.is_staff,
        filed_at=row.at or timezone.now(),
        state=state,
        source=row.source,
        source_key=row.key,
        import_record=record,
        shown=False,
    )


def free_numbers(count: int) -> list[str]:
    """As many numbers, none taken and none twice."""
    found: set[str] = set()
    while len(found) < count:
        fresh = {new_number() for _ in range(count - len(found))}
        found |= fresh.difference(Appeal.everything.filter(number__in=fresh).values_list("number", flat=True))
    return sorted(found)


@action("appeals.import", at="record")
def finish_import(*, by: Actor, record: ImportRecord) -> int:
    """Show all rows of an import at once, start their clocks and tell the desk once (完成导入); return how many.

    Raises:
        WrongState: it is completed already.
    """
    now = timezone.now()
    if not ImportRecord.objects.filter(pk=record.pk, completed_at=None).update(completed_at=now):
        raise WrongState("同一文件的导入已由另一个进程完成。请再运行一次核对。", code="import_completed")
    hidden = Appeal.everything.filter(import_record=record, shown=False)
    rows = list(hidden.values_list("number", "danger"))
    if record.kind == "open":
        _start_clocks(record.county_id, [f"appeal:{number}" for number, _ in rows])
        _tell_desk(record, len(rows), sum(danger for _, danger in rows))
    hidden.update(shown=True)
    ImportRecord.objects.filter(pk=record.pk).update(created=len(rows))
    record.completed_at, record.created = now, len(rows)
    trail.record("appeals.import_completed", record, by=by, facts={"rows": len(rows), "kind": record.kind})
    return len(rows)


def _start_clocks(county: str, subjects: list[str]) -> None:
    """The clocks that `file_appeal` starts, for many appeals with one look at calendar and limits."""
    at = timezone.now()
    calendar = calendar_of(county)
    clocks = []
    for name in ("case", "accept"):
        limit = limits_of((f"appeals.{name}",), county)[f"appeals.{name}"]
        due = None if limit.amount is None else calendar.add(at, limit.amount, limit.unit)
        for subject in subjects:
            clocks.append(
                Clock(
                    subject=subject,
                    name=name,
                    place=county,
                    started_at=at,
                    amount=limit.amount,
                    unit=limit.unit,
                    due_at=due,
                )
            )
    Clock.objects.bulk_create(clocks, batch_size=1000)


def _tell_desk(record: ImportRecord, count: int, danger: int) -> None:
    desk = queries.desk_for(record.county)
    if desk is not None and count:
        urgent = f"，其中 {danger} 件疑似危及安全，请先处理" if danger else ""
        notify(
            body=desk.code,
            subject=record.trail_key,
            place=record.place_code,
            text=f"导入了 {count} 件新诉求，待受理{urgent}。",
            url="/work/appeals/?state=received",
        )

"""What the pages of the duty board share: lines in words, chips of states, tables to take away."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.areas.duties.flow import State
from linli.areas.duties.queries import Line, Snapshot
from linli.commons.basis import chip
from linli.commons.models import Body
from linli.kit.export import csv_response, xlsx_response
from linli.law import words

CHIPS = {
    State.UNMET: "chip-late",
    State.LATE: "chip-late",
    State.NONE: "chip-late",
    State.NO_DATA: "chip-soon",
    State.SOON: "chip-soon",
    State.MET: "chip-left",
    State.DONE: "chip-left",
    State.ATTESTED: "chip-left",
}
"""Colour of a state beside its word; the others stay neutral."""

PERIODS = {"months": "个月", "years": "年", "days": "天", "working_days": "天"}
HEAD = (
    "单位",
    "职责",
    "必须或鼓励",
    "状态",
    "说明",
    "有效至或到期",
    "留痕次数",
    "最近留痕",
    "依据",
    "义务主体",
    "我们怎么读",
)


def period(span: tuple[int, str]) -> str:
    """12 个月."""
    return f"{span[0]} {PERIODS[span[1]]}"


def said(snap: Snapshot, line: Line) -> str:
    """Why a line is in its state, in one or two sentences (说明)."""
    parts = []
    if len(line.places) > 1:
        parts.append("，".join(f"{word} {count} 个" for word, count in line.counts.items()))
    elif line.places and line.state not in (State.DONE, State.ATTESTED):
        parts.append(line.sentence)
        if (since := snap.held_since(line.places[0], line.duty)) is not None:
            parts.append(_("%(day)s 起") % {"day": since})
    if line.seen.last is not None:
        day = timezone.localdate(line.seen.last)
        parts.append(_("最近留痕 %(day)s") % {"day": day})
    elif line.verbs and not line.places and line.state != State.EXEMPT:
        parts.append(_("还没有留痕"))
    if line.attestation is not None:
        told = {"title": line.attestation.title, "day": line.attestation.valid_until}
        late = line.attestation.valid_until < snap.on
        parts.append((_("证明已于 %(day)s 到期（%(title)s）") if late else _("已证明至 %(day)s（%(title)s）")) % told)
    elif not line.verbs and not line.places and line.state != State.EXEMPT:
        parts.append(_("本平台没有这件事的留痕，要靠材料证明"))
    if not parts and line.state == State.EXEMPT:
        parts.append(words.WHO[line.duty.who] if line.duty.who != "both" else _("这里没有适用的地方"))
    return "；".join(parts)


def row(snap: Snapshot, body: Body, line: Line) -> dict[str, Any]:
    """A line for the templates."""
    return {
        "line": line,
        "gist": line.duty.gist,
        "reading": line.duty.reading if line.places else "",
        "state": line.state.label,
        "chip": CHIPS.get(line.state, ""),
        "said": said(snap, line),
        "basis": chip(f"{snap.pack.id}.{line.duty.at}"),
        "url": reverse("duties_desk:duty", args=[body.code, line.duty.id]),
        "body": body,
    }


def cells(snap: Snapshot, body: Body, lines: Iterable[Line]) -> list[list[object]]:
    """Lines as rows of a table to take away."""
    return [
        [
            body.name,
            line.duty.gist,
            words.FORCE[line.duty.force],
            line.state.label,
            said(snap, line),
            line.until.isoformat() if line.until else "",
            line.seen.count,
            timezone.localdate(line.seen.last).isoformat() if line.seen.last else "",
            f"{snap.pack.short}{chip(f'{snap.pack.id}.{line.duty.at}')['label'].removeprefix(snap.pack.short)}",
            "、".join(map(words.bearer, line.duty.bearer)),
            line.duty.reading,
        ]
        for line in lines
    ]


def take_away(kind: str, name: str, head: Iterable[str], lines: Iterable[list[object]]) -> HttpResponseBase:
    """A table as CSV or XLSX."""
    titles = list(head)
    answer: HttpResponse | HttpResponseBase = (csv_response if kind == "csv" else xlsx_response)(name, titles, lines)
    return answer

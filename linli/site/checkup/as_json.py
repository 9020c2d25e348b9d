"""The report for programs (JSON): every finding of every place, written piece by piece so that a province needs no room in memory."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import msgspec
import numpy as np

from linli.law.checkup.mends import COST_WORDS, mends_of
from linli.law.checkup.report import EXEMPT, UNKNOWN, UNMET, VERDICTS, Judged, Report, number
from linli.law.checkup.table import Level

encode = msgspec.json.Encoder().encode
NOWHERE = encode("")
SIGN = " · ".encode()
PIECE = 5_000
"""Findings written at once."""
SHOWN_PLACES = 1000
"""Places named below each thing to mend; their number and sum always cover all."""


def pieces(report: Report) -> Iterator[bytes]:
    """The report as JSON (体检结果 JSON), in pieces that follow each other."""
    head = encode(_head(report))
    yield head[:-1] + b',\n"findings": [\n'
    first = True
    for lines in findings(report):
        yield (b"" if first else b",\n") + b",\n".join(lines)
        first = False
    yield b'\n],\n"rollups": ' + encode(rollups(report)) + b',\n"mends": ' + encode(mends(report)) + b"}\n"


def as_dict(report: Report) -> dict[str, Any]:
    """The same as one object."""
    found: dict[str, Any] = msgspec.json.decode(b"".join(pieces(report)))
    return found


def _head(report: Report) -> dict[str, Any]:
    pack = report.pack
    levels = report.levels
    return {
        "title": report.title,
        "simulated": report.draft,
        "pack": {"id": pack.id, "title": pack.title, "status": pack.status, "sha256": pack.sha256},
        "as_of": report.as_of.isoformat(),
        "start": report.start.isoformat() if report.start else None,
        "source": {"file": report.file, "sha256": report.sha256, "label": report.label or None},
        "places": {level: len(levels[level]) for level in ("county", "street", "community")},
        "counts": report.counts(),
        "columns": [
            {
                "sheet": one.grid.name,
                "level": level,
                "title": one.titles[position],
                "measure": ask.key,
                "label": ask.label,
            }
            for level, one in report.matched.items()
            for position, ask in sorted(one.columns.items())
        ],
        "ignored": [
            {"sheet": one.grid.name, "title": title} for one in report.matched.values() for title in one.ignored
        ],
        "skipped_rows": report.reading.skipped,
        "problems": [one.as_dict() for one in report.problems],
        "duties": [
            {
                "duty": one.duty.id,
                "article": report.article(one.duty),
                "level": one.level,
                "gist": one.duty.gist,
                "bearer": list(one.duty.bearer),
                "force": one.duty.force,
                "reading": one.duty.reading,
            }
            for _, one in report.every()
            if not one.total
        ],
        "attestable": [
            {"duty": duty.id, "article": report.article(duty), "gist": duty.gist}
            for duty in pack.duties
            if duty.rule is None
        ],
    }


def findings(report: Report) -> Iterator[list[bytes]]:
    """Every finding as its JSON, some thousand at once, counties first; those of a county that are sums carry `total`.

    A province has a million, of which most are alike but for place and source: what is said is made once for all of these.
    """
    for name, every in groupby(report.every(), key=lambda pair: pair[0].level):
        level = report.levels[name]
        places = [encode({"place": id, "name": own})[:-1] for id, own in zip(level.ids, level.names, strict=True)]
        sources = [encode(report.evidence(level, row)) for row in range(len(level))]
        for _, one in every:
            made: dict[int, tuple[bytes, bytes, bytes]] = {}
            sourced = [one.sourced(row) for row in range(len(level))] if one.total or one.unsure is not None else None
            lines = []
            for row, alike in enumerate(one.like):
                if alike not in made:
                    made[alike] = _said(report, level, one, alike)
                told, sentence, rest = made[alike]
                source = sources[row]
                if source != NOWHERE and (sourced is None or sourced[row]):
                    lines.append(b"".join((places[row], told, source, sentence, SIGN, source[1:], rest)))
                else:
                    lines.append(b"".join((places[row], told, source, sentence, b'"', rest)))
                if len(lines) >= PIECE:
                    yield lines
                    lines = []
            if lines:
                yield lines


def _said(report: Report, level: Level, one: Judged, row: int) -> tuple[bytes, bytes, bytes]:
    """What is said of a place and all that are alike: between place and source, the sentence without its source, and the rest."""
    said, sentence = one.told(row, report.pack)
    told: dict[str, Any] = {
        "level": level.level,
        "duty": one.duty.id,
        "article": report.article(one.duty),
        "verdict": VERDICTS[one.verdict[row]].value,
        "have": number(one.have[row]),
        "need": number(one.need[row]),
        "gap": number(one.gap[row]),
    }
    rest: dict[str, Any] = {}
    if one.verdict[row] == UNKNOWN:
        rest = {"why": said.why, "missing": list(said.missing)}
    if one.verdict[row] == UNMET and not one.total and said.lacking:
        rest["lacking"] = list(said.lacking)
    if one.total:
        rest["total"] = True
    more = b"," + encode(rest)[1:] if rest else b"}"
    return b"," + encode(told)[1:-1] + b',"evidence":', b',"sentence":' + encode(sentence)[:-1], more


def rollups(report: Report) -> dict[str, Any]:
    """Counts and sums: each duty over all communities, each county and each street; and each place by its communities."""
    duties = []
    for name in ("all", "county", "street"):
        level = report.levels.get(name)
        for one in report.sums[name]:
            for row in range(len(one.counts)):
                counts = {verdict.value: int(many) for verdict, many in zip(VERDICTS, one.counts[row], strict=True)}
                duties.append(
                    {
                        "level": name,
                        "place": level.ids[row] if level is not None else "",
                        "duty": one.duty.id,
                        "article": report.article(one.duty),
                        "verdict": one.verdict(row).value,
                        "places": int(one.counts[row].sum()),
                        "applies": int(one.counts[row].sum() - one.counts[row, EXEMPT]),
                        **counts,
                        "need": number(np.round(one.need[row], 6)),
                        "have": number(np.round(one.have[row], 6)),
                        "gap": number(np.round(one.gap[row], 6)),
                    }
                )
    return {"duties": duties, "places": place_sums(report)}


def place_sums(report: Report) -> list[dict[str, Any]]:
    """Each street and county by its communities: how many have something amiss, and how many findings of each verdict."""
    unmet, unknown = report.unmet_per_community() > 0, report.unknown_per_community() > 0
    community, street = report.levels["community"], report.levels["street"]
    out = []
    for name in ("county", "street"):
        level = report.levels[name]
        group = community.upper if name == "street" else street.upper[community.upper]
        many = np.bincount(group, minlength=len(level))
        bad = np.bincount(group[unmet], minlength=len(level))
        open_ = np.bincount(group[unknown & ~unmet], minlength=len(level))
        counts = sum((one.counts for one in report.sums[name]), np.zeros((len(level), len(VERDICTS)), dtype=np.int64))
        for row in range(len(level)):
            out.append(
                {
                    "level": name,
                    "place": level.ids[row],
                    "name": level.names[row],
                    "communities": int(many[row]),
                    "with_unmet": int(bad[row]),
                    "only_unknown": int(open_[row]),
                    "clear": int(many[row] - bad[row] - open_[row]),
                    **{verdict.value: int(count) for verdict, count in zip(VERDICTS, counts[row], strict=True)},
                }
            )
    return out


def mends(report: Report) -> list[dict[str, Any]]:
    """What would mend most at least cost, the cheapest places first, with what it adds up to."""
    out = []
    for one in mends_of(report):
        level = report.levels[one.level]
        amounts, done = np.cumsum(one.amounts), np.cumsum(one.fixed)
        out.append(
            {
                "what": one.what,
                "level": one.level,
                "measure": one.key,
                "unit": one.unit or None,
                "cost": one.cost,
                "cost_words": COST_WORDS[one.cost],
                "articles": [report.article(duty) for duty in one.duties],
                "duties": [duty.id for duty in one.duties],
                "amount": number(round(one.total, 6)),
                "places": len(one.rows),
                "findings": one.findings,
                "cleared": one.cleared,
                "steps": [
                    {
                        "place": level.ids[row],
                        "name": level.names[row],
                        "amount": number(one.amounts[step]),
                        "findings": int(one.fixed[step]),
                        "sum_amount": number(round(float(amounts[step]), 6)),
                        "sum_findings": int(done[step]),
                    }
                    for step, row in enumerate(one.rows[:SHOWN_PLACES])
                ],
            }
        )
    return out

"""What the public reads of the indices (公布的指标): small groups hidden, and the proof that the figures still hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from linli.areas.appeals.models import Publication
from linli.areas.appeals.queries.indices import BY_KEY, GROUPS, INDICES, Period, Row, Scope, count, names_of, within
from linli.areas.appeals.queries.record import Mark
from linli.kit.trail import Entry

LEAST = 10
"""A rate over fewer things than this is not published (少于 10 件，不列比率)."""

FAMILIES = (("contacted",), ("solved", "satisfied", "sent_back"), ("on_time",), ("upheld",))
"""Indices that can be reckoned from one another: after a call-back. Where one is hidden, so are its relatives."""

PUBLIC_GROUPS = ("body", "street", "class")
"""No communities: with the street's figures one could subtract."""


def small(total: Row) -> set[str]:
    """Indices whose sum is under the least, with their relatives: their whole column is hidden."""
    families = (family for family in FAMILIES if any(0 < total[key].base < LEAST for key in family))
    return {key for family in families for key in family}


def hide(total: Row, groups: dict[str, Row]) -> set[tuple[str, str]]:
    """Which cells of one table must not be shown (小数隐去), as (group, index).

    A cell under the least is hidden. So that nobody subtracts it from the sum, at least two groups are hidden with it,
    with at least ten things between them: the smallest of the others follow, until that holds.
    """
    columns = small(total)
    hidden = {(group, key) for group in groups for key in columns}
    for family in FAMILIES:
        if family[0] not in columns:
            hidden |= {(group, key) for group in _gone(groups, family) for key in family if groups[group][key].base}
    return hidden


def _gone(groups: dict[str, Row], family: tuple[str, ...]) -> set[str]:
    gone = {group for group, row in groups.items() if any(0 < row[key].base < LEAST for key in family)}
    while True:
        need = None
        for key in family:
            bases = [groups[group][key].base for group in gone if groups[group][key].base]
            if bases and (len(bases) < 2 or sum(bases) < LEAST):
                need = key
                rest = sorted(
                    (row[key].base, group) for group, row in groups.items() if group not in gone and row[key].base
                )
                if rest:
                    gone.add(rest[0][1])
                    break
                need = None
        if need is None:
            return gone


def figures_of(mark: Mark, month: date) -> dict[str, Any]:
    """A county's figures of a month as they may be published: `[numerator, denominator]`, or None where hidden."""
    items = within(mark, Scope(mark.unit), Period.month(month))
    total = count(items, mark.as_of).total
    columns = small(total)
    found: dict[str, Any] = {
        "total": {key: None if key in columns else [one.top, one.base] for key, one in total.items()},
        "outs": {key: {} if key in columns else dict(sorted(one.outs.items())) for key, one in total.items()},
        "by": {},
        "names": {},
    }
    for by in PUBLIC_GROUPS:
        groups = count(items, mark.as_of, by).groups
        hidden = hide(total, groups)
        found["by"][by] = {
            group: {key: None if (group, key) in hidden else [one.top, one.base] for key, one in row.items()}
            for group, row in sorted(groups.items())
        }
        found["names"][by] = names_of(by, groups)
    return found


@dataclass(frozen=True)
class Comparison:
    """A publication beside what the trail gives today (复算): `differences` are sentences, none when equal."""

    publication: Publication
    whole: bool
    differences: tuple[tuple[str, str, str, str], ...]

    @property
    def equal(self) -> bool:
        """Whether nothing differs and the trail is the one that was read then."""
        return self.whole and not self.differences


def compare(row: Publication) -> Comparison:
    """Compute a publication again from the trail up to the entry it names, and compare cell by cell."""
    held = Entry.objects.filter(unit=row.county_id, seq=row.seq).values_list("hash", flat=True).first()
    fresh = figures_of(Mark(row.county_id, row.seq, held or "", row.as_of), row.month)
    found = []
    for by in ("", *PUBLIC_GROUPS):
        then = {"": row.figures["total"]} if not by else row.figures["by"][by]
        now = {"": fresh["total"]} if not by else fresh["by"][by]
        names = {} if not by else {**fresh["names"][by], **row.figures["names"][by]}
        for group in sorted({*then, *now}):
            for index in INDICES:
                old, new = then.get(group, {}).get(index.key), now.get(group, {}).get(index.key)
                if old != new:
                    label = f"{GROUPS[by][0]}：{names[group]}" if by else ""
                    found.append((label, str(BY_KEY[index.key].name), _said(old), _said(new)))
    if row.figures["outs"] != fresh["outs"]:
        found.append(("", "", str(row.figures["outs"]), str(fresh["outs"])))
    return Comparison(row, held == row.hash or (row.seq == 0 and held is None), tuple(found))


def _said(cell: list[int] | None) -> str:
    return "—" if cell is None else f"{cell[0]} / {cell[1]}"


def months_open(county: str, today: date) -> list[date]:
    """Whole months since a county's first entry that are not published yet, oldest first; at most twelve (待公布月份)."""
    first = Entry.objects.filter(unit=county, verb__startswith="appeals.").order_by("seq").values_list("at", flat=True)
    begun = first.first()
    if begun is None:
        return []
    done = set(Publication.objects.filter(county__code=county).values_list("month", flat=True))
    months = [Period.months(today.year, today.month - back, 1).since for back in range(12, 0, -1)]
    since = timezone.localdate(begun).replace(day=1)
    return [month for month in months if month >= since and month not in done]

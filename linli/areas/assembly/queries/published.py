"""The digest as it is read by others (采纳情况): for everybody with small groups hidden, for the desk with every comment and no name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from linli.areas.assembly.flow import COUNTED_STATES
from linli.areas.assembly.models import Answer, Comment, Draft, Kind, Stance
from linli.areas.assembly.queries.digest import ORPHANS, Digest, Row, digest, progress, row_key
from linli.areas.assembly.queries.texts import place_of
from linli.areas.assembly.rules import FEW, Count, Hidden, Shown, hide_small, hide_small_parts


@dataclass(frozen=True)
class Answered:
    """An opinion with its answer (意见和答复). `gist` is the summary of a group, empty for an answer outside any group."""

    gist: str
    people: Count
    outcome: str
    label: str
    reason: str
    where: str


@dataclass(frozen=True)
class Line:
    """One comment as the desk's paper lists it (意见原文): no name, no contact."""

    number: str
    stance: str
    kind: str
    channel: str
    people: int
    words: str
    wording: str
    answer: str


@dataclass(frozen=True)
class Section:
    """What was said of one article, of the whole draft or of what has no place any more (一条的采纳情况).

    Args:
        key: eId of the article, "" for the whole draft, ORPHANS. people: how many spoke. kinds, stances: labels of the rows and columns of
            `table`, only those that occur. table: people by kind and stance; None where nobody spoke or too few for any part to be shown.
        answered: groups first, then answers outside groups; those with the same words once. lines: on the desk's paper only.
    """

    key: str
    title: str
    heading: str
    text: str
    people: Count
    kinds: tuple[str, ...]
    stances: tuple[str, ...]
    table: Shown | None
    answered: tuple[Answered, ...]
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Published:
    """The digest of a draft (采纳情况) as plain data, ready for a page, a table, a paper or a program.

    `outcomes` counts answers, not people: one answer may serve a hundred. `comments` and `channels` count comments. When `exact` is False a
    small section could be worked out from the whole: `people` is then the sum of the sections that are shown, and means so many or more;
    `comments` and `channels` are left out. `internal`: nothing is hidden.
    """

    code: str
    title: str
    congress: str
    place: str
    version: int
    opens_on: date | None
    until: date
    published_on: date | None
    people: Count
    exact: bool
    comments: Count
    channels: tuple[tuple[str, Count], ...]
    outcomes: tuple[tuple[str, str, int], ...]
    sections: tuple[Section, ...]
    internal: bool = False


def published(draft: Draft, *, internal: bool = False) -> Published:
    """The digest for everybody (采纳情况), small groups hidden; `internal` for the desk: all counts, and every comment without names.

    Complexity: a constant number of queries; hiding as in `rules.hide_small` for each article.
    """
    found = digest(draft)
    raw = [row.heads for row in found.rows]
    heads = Heads(tuple(raw), found.heads, True) if internal else heads_of(raw)
    lines = _lines(draft, found) if internal else {}
    channels = progress(draft).channels if heads.exact else {}
    names = [name for name in Comment.Channel.values if channels.get(name)]
    by_channel = [channels[name] for name in names]
    comments: Count = found.comments if internal else hide_small([[found.comments]]).total
    return Published(
        code=draft.code,
        title=draft.title,
        congress=draft.congress.name,
        place=draft.place.name,
        version=found.text.number,
        opens_on=draft.opens_on,
        until=draft.until,
        published_on=timezone.localdate(draft.published_at) if draft.published_at else None,
        people=heads.whole,
        exact=heads.exact,
        comments=comments if heads.exact else Hidden.WITHHELD,
        channels=tuple(
            (str(Comment.Channel(name).label), count)
            for name, count in zip(names, by_channel if internal else hide_small_parts(by_channel), strict=True)
        ),
        outcomes=_outcomes(found.rows),
        sections=tuple(
            _section(row, count, tuple(lines.get(row.key, ())), internal)
            for row, count in zip(found.rows, heads.parts, strict=True)
        ),
        internal=internal,
    )


@dataclass(frozen=True)
class Heads:
    """How many people spoke of each part and of the whole (人数), as everybody may read it; `exact` as in `Published`."""

    parts: tuple[Count, ...]
    whole: Count
    exact: bool

    def of_all(self) -> str:
        """The whole in words: 37, 36 以上, 少于 5."""
        if self.whole is Hidden.FEW:
            return _("少于 5")
        return str(self.whole) if self.exact else _("%(n)s 以上") % {"n": self.whole}


def heads_of(counts: Sequence[int]) -> Heads:
    """Hide the small ones of some parts of a whole (隐去人少的). That a part is empty is no secret: its answers would be listed."""
    total = sum(counts)
    parts: tuple[Count, ...] = tuple(Hidden.FEW if 0 < count < FEW else count for count in counts)
    if 0 < total < FEW:
        return Heads(parts, Hidden.FEW, True)
    exact = Hidden.WITHHELD not in hide_small_parts([count for count in counts if count])
    return Heads(parts, total if exact else sum(count for count in counts if count >= FEW), exact)


def people_by_article(draft: Draft) -> tuple[dict[str, Count], Heads]:
    """How many people spoke of each article so far, small numbers hidden (各条意见人数), by the keys of a digest's rows; and of all."""
    rows = digest(draft).rows
    heads = heads_of([row.heads for row in rows])
    return {row.key: count for row, count in zip(rows, heads.parts, strict=True)}, heads


def _outcomes(rows: Iterable[Row]) -> tuple[tuple[str, str, int], ...]:
    answers: dict[int, str] = {}
    for row in rows:
        for answer in (*(one.answer for one in row.groups), *(one.answer for one in row.told)):
            if answer is not None:
                answers[answer.pk] = answer.outcome
    given = list(answers.values())
    return tuple((one.value, str(one.label), given.count(one.value)) for one in Answer.Outcome if one.value in given)


def _section(row: Row, people: Count, lines: tuple[Line, ...], internal: bool) -> Section:
    kinds = [kind for kind in Kind if any(count for (_s, k), count in row.counts.items() if k == kind.value)]
    stances = [one for one in Stance if any(count for (s, _k), count in row.counts.items() if s == one.value)]
    counts = [[row.counts[stance.value, kind.value] for stance in stances] for kind in kinds]
    table: Shown | None = None
    if counts and internal:
        columns = tuple(map(sum, zip(*counts, strict=True)))
        table = Shown(tuple(map(tuple, counts)), tuple(map(sum, counts)), columns, sum(columns))
    elif counts and not isinstance(people, Hidden):
        table = hide_small(counts)
    article = row.article
    return Section(
        key=row.key,
        title=_title(row),
        heading=article.heading if article is not None else "",
        text=article.body if article is not None else "",
        people=people,
        kinds=tuple(str(kind.label) for kind in kinds) if table is not None else (),
        stances=tuple(str(one.label) for one in stances) if table is not None else (),
        table=table,
        answered=tuple(_answered(row, people, internal)),
        lines=lines,
    )


def _title(row: Row) -> str:
    if row.key == ORPHANS:
        return _("找不到对应条文的意见")
    return place_of(row.key) if row.key else _("对全文的意见")


def _answered(row: Row, people: Count, internal: bool) -> list[Answered]:
    """Groups and single answers; how many people each had is hidden as the parts of the article's whole are."""
    items = [(one.group.summary, one.heads, one.answer) for one in row.groups]
    alone: dict[tuple[str, str, str], tuple[str, int, Answer | None]] = {}
    for one in row.told:
        words = (one.answer.outcome, one.answer.reason, one.answer.where)
        alone[words] = ("", one.heads + (alone[words][1] if words in alone else 0), one.answer)
    items += alone.values()
    heads = [count for _gist, count, _answer in items]
    shown: Sequence[Count]
    if internal:
        shown = heads
    elif isinstance(people, Hidden):
        shown = [Hidden.WITHHELD] * len(items)
    else:  # the rest is who waits for an answer, before publication
        shown = hide_small_parts([*heads, row.heads - sum(heads)])[: len(items)]
    return [
        Answered(
            gist=gist,
            people=count,
            outcome=answer.outcome if answer is not None else "",
            label=str(answer.get_outcome_display()) if answer is not None else _("还没有答复"),
            reason=answer.reason if answer is not None else "",
            where=place_of(answer.where) if answer is not None and answer.where else "",
        )
        for (gist, _heads, answer), count in zip(items, shown, strict=True)
    ]


def _lines(draft: Draft, found: Digest) -> dict[str, list[Line]]:
    known = {row.key for row in found.rows}
    lines: defaultdict[str, list[Line]] = defaultdict(list)
    rows = Comment.objects.filter(draft=draft, state__in=COUNTED_STATES).select_related("answer").order_by("id")
    for row in rows:
        kind = str(row.get_kind_display())
        lines[row_key(row.now_eid, row.now_how, known)].append(
            Line(
                number=row.number,
                stance=str(row.get_stance_display()),
                kind=f"{kind}（{'受邀' if row.is_verified else '自报'}）",
                channel=str(row.get_channel_display()),
                people=row.heads,
                words=row.words,
                wording=row.wording,
                answer=str(row.answer.get_outcome_display()) if row.answer is not None else "待答复",
            )
        )
    return dict(lines)

"""What came of a draft: the digest per article with raw counts, and how far the work has come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Count, QuerySet, Sum
from django.utils import timezone

from linli.areas.assembly.flow import COUNTED_STATES, CommentState, DraftState
from linli.areas.assembly.models import Answer, Comment, Draft, DraftText, Group, How, Provision
from linli.areas.assembly.queries.texts import newest, provisions_of

ORPHANS = "orphans"
"""Key under which comments stand for which the newest text has no place."""


@dataclass
class Held:
    """A group in a digest (同类意见): its gist, how many people, what it was answered."""

    group: Group
    heads: int = 0
    comments: int = 0
    answer: Answer | None = None


@dataclass
class Told:
    """An answer to comments outside any group (单独答复), and to how many people it went."""

    answer: Answer
    heads: int = 0


@dataclass
class Row:
    """One article of a digest (一条的意见). `article` is None for the whole draft and for what has no place any more.

    `counts` are people by (stance, kind of contributor), raw: for the public they go through `rules` first.
    """

    key: str
    article: Provision | None = None
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    groups: list[Held] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    comments: int = 0
    open: int = 0

    @property
    def heads(self) -> int:
        """People who spoke."""
        return self.counts.total()

    def by_stance(self) -> dict[str, int]:
        """People by stance."""
        found: Counter[str] = Counter()
        for (stance, _kind), count in self.counts.items():
            found[stance] += count
        return dict(found)


@dataclass
class Digest:
    """All that was said to a draft (意见汇总): the whole draft first, then article by article, orphans at the end."""

    draft: Draft
    text: DraftText
    rows: list[Row]
    hidden: int

    @property
    def heads(self) -> int:
        """People who spoke, over all rows."""
        return sum(row.heads for row in self.rows)

    @property
    def comments(self) -> int:
        """Comments that count."""
        return sum(row.comments for row in self.rows)

    def outcomes(self) -> dict[str, int]:
        """Comments by the outcome of their answer."""
        found: Counter[str] = Counter()
        for row in self.rows:
            found.update(row.outcomes)
        return dict(found)


def digest(draft: Draft) -> Digest:
    """The digest of a draft with raw counts (意见汇总), in five queries whatever the number of comments.

    A comment on a paragraph counts for its article. Withdrawn comments are left out, hidden ones only counted.
    """
    text = newest(draft)
    articles = [one for one in provisions_of(text) if one.level == Provision.Level.ARTICLE]
    rows = {"": Row(""), **{one.eid: Row(one.eid, one) for one in articles}, ORPHANS: Row(ORPHANS)}
    comments = Comment.objects.filter(draft=draft, state__in=COUNTED_STATES)
    _count(rows, comments)
    _answers(rows, comments)
    hidden = Comment.objects.filter(draft=draft, state=CommentState.HIDDEN).count()
    kept = [row for key, row in rows.items() if row.article is not None or row.comments]
    return Digest(draft, text, kept, hidden)


def row_key(eid: str, how: str, known: Iterable[str]) -> str:
    """Which row of a digest a place belongs to."""
    if how == How.ORPHAN:
        return ORPHANS
    article = eid.split("__")[0]
    return article if article in known else ORPHANS


def _count(rows: Mapping[str, Row], comments: QuerySet[Comment]) -> None:
    found = comments.values("now_eid", "now_how", "stance", "kind", "state").order_by()
    for one in found.annotate(people=Sum("heads"), lines=Count("id")):
        row = rows[row_key(one["now_eid"], one["now_how"], rows)]
        row.counts[one["stance"], one["kind"]] += one["people"]
        row.comments += one["lines"]
        if one["state"] == CommentState.OPEN:
            row.open += one["lines"]


def _answers(rows: Mapping[str, Row], comments: QuerySet[Comment]) -> None:
    found = comments.values("now_eid", "now_how", "group", "answer").order_by()
    lines = list(found.annotate(people=Sum("heads"), lines=Count("id")))
    groups = Group.objects.in_bulk({one["group"] for one in lines} - {None})
    answers = Answer.objects.in_bulk({one["answer"] for one in lines} - {None})
    held: dict[int, Held] = {}
    told: dict[tuple[str, int], Told] = {}
    for one in lines:
        row = rows[row_key(one["now_eid"], one["now_how"], rows)]
        answer = answers.get(one["answer"])
        if answer is not None:
            row.outcomes[answer.outcome] += one["lines"]
        group = groups.get(one["group"])
        if group is not None:
            if group.pk not in held:  # it stands where its first member does; members of a group share their article
                held[group.pk] = Held(group)
                row.groups.append(held[group.pk])
            held[group.pk].heads += one["people"]
            held[group.pk].comments += one["lines"]
            held[group.pk].answer = answer or held[group.pk].answer
        elif answer is not None:
            if (row.key, answer.pk) not in told:
                told[row.key, answer.pk] = Told(answer)
                row.told.append(told[row.key, answer.pk])
            told[row.key, answer.pk].heads += one["people"]


@dataclass(frozen=True)
class Progress:
    """How far a draft has come (进度). Counts are comments; `left` is how many days it stays open, today included."""

    comments: int
    heads: int
    open: int
    answered: int
    hidden: int
    orphans: int
    channels: Mapping[str, int]
    points: Mapping[int | None, int]
    left: int | None


def progress(draft: Draft) -> Progress:
    """How far a draft has come (进度), in one query. `points` counts by primary key of the contact point, None for the rest."""
    states: Counter[str] = Counter()
    channels: Counter[str] = Counter()
    points: Counter[int | None] = Counter()
    heads = orphans = 0
    found = Comment.objects.filter(draft=draft).values("state", "channel", "point", "now_how").order_by()
    for one in found.annotate(people=Sum("heads"), lines=Count("id")):
        states[one["state"]] += one["lines"]
        if one["state"] not in COUNTED_STATES:
            continue
        heads += one["people"]
        channels[one["channel"]] += one["lines"]
        points[one["point"]] += one["lines"]
        orphans += one["lines"] if one["now_how"] == How.ORPHAN else 0
    return Progress(
        comments=sum(states[state] for state in COUNTED_STATES),
        heads=heads,
        open=states[CommentState.OPEN],
        answered=states[CommentState.ANSWERED],
        hidden=states[CommentState.HIDDEN],
        orphans=orphans,
        channels=dict(channels),
        points=dict(points),
        left=days_left(draft),
    )


def days_left(draft: Draft) -> int | None:
    """Days that a draft stays open, today included; None when it is not open."""
    if draft.state != DraftState.OPEN:
        return None
    return max((draft.until - timezone.localdate()).days + 1, 0)


def unanswered(draft: Draft) -> list[tuple[str, int]]:
    """Where comments still wait for an answer (还没有答复的): article's eId, ORPHANS or "", and how many."""
    return [(row.key, row.open) for row in digest(draft).rows if row.open]

"""Indices of appeals (诉求办理指标), HN 12, HB 42: numerator and denominator of each, by body, place and class of matter.

What is counted comes from `record`; here it is put into periods, scopes and groups. Who asks, decides what is counted;
what has been counted is listed only as far as the one who asks may see it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from linli.areas.appeals.queries.record import Item, Mark, items_at
from linli.areas.mandates.models import Matter
from linli.commons.actor import Actor
from linli.commons.models import Body, Place
from linli.kit.errors import BadInput, NotVisible
from linli.kit.scope import covers, under

Text = str | Promise


@dataclass(frozen=True)
class Index:
    """One index as people read it (指标定义).

    Args:
        top, base: numerator and denominator in words. outs: reasons for which things stay outside. source: whose practice.
    """

    key: str
    name: Text
    top: Text
    base: Text
    outs: tuple[str, ...]
    source: Text

    @property
    def is_rate(self) -> bool:
        """Whether it has a denominator; 清单外拦截数 is a count."""
        return self.key != "refused"


INDICES: tuple[Index, ...] = (
    Index(
        "contacted",
        lazy("响应率"),
        lazy("响应时限内首次联系居民（记录联系、请居民补充或答复）的分派"),
        lazy("统计期内分派给主办单位的次数：分派、改派、上报街道、异议成立后改派"),
        ("within", "moved", "unset", "unrecorded", "history"),
        lazy("北京市接诉即办三率"),
    ),
    Index(
        "solved",
        lazy("解决率"),
        lazy("居民说已解决的回访"),
        lazy("统计期内联系上居民的回访，居民自己在网上评价也算"),
        ("unreached", "given_up", "history"),
        lazy("北京市接诉即办三率"),
    ),
    Index(
        "satisfied",
        lazy("满意率"),
        lazy("居民打 4 分（满意）或 5 分（很满意）的回访"),
        lazy("统计期内联系上居民、居民打了分的回访"),
        ("unreached", "unrated", "given_up", "history"),
        lazy("北京市接诉即办三率"),
    ),
    Index(
        "on_time",
        lazy("按时办结率"),
        lazy("主办单位在办理时限（含批准的延期，暂停不计）内答复的"),
        lazy("办理时限在统计期内到期的办理"),
        ("within", "paused", "moved", "unset", "unrecorded", "history"),
        lazy("湖南省衡东县热线通报"),
    ),
    Index(
        "sent_back",
        lazy("发回重办率"),
        lazy("居民在回访时说没有解决，发回重新办理的"),
        lazy("统计期内答复后有了结果的办理：办结、办结（未获回访）、发回重办"),
        ("reopened", "history"),
        lazy("湖南省衡东县热线通报"),
    ),
    Index(
        "upheld",
        lazy("异议成立率"),
        lazy("裁定成立的异议"),
        lazy("统计期内提出、已经裁定的异议"),
        ("undecided", "withdrawn"),
        lazy("湖南草案第十二条“异议协调”，算法由本平台定"),
    ),
    Index(
        "refused",
        lazy("清单外拦截数"),
        lazy("系统拦下的没有依据的派单，按想派单的单位计"),
        lazy("只计次数，没有分母"),
        (),
        lazy("湖北草案第四十一条、湖南草案第十二条、第十三条，算法由本平台定"),
    ),
)
"""The definitions, shown on every page of figures and in docs/indices.md."""
BY_KEY = {index.key: index for index in INDICES}

OUTS: dict[str, Text] = {
    "within": lazy("时限还没有到"),
    "paused": lazy("暂停计时（等居民补充或等裁定）"),
    "moved": lazy("到期前已改派、上报、退回或撤回"),
    "unset": lazy("本县当时未设时限"),
    "unrecorded": lazy("较早的留痕没有记下时限"),
    "unreached": lazy("没有联系上的回访"),
    "unrated": lazy("联系上但没有打分"),
    "given_up": lazy("办结（未获回访）"),
    "reopened": lazy("办结后居民要求重新办理，不是回访发回"),
    "undecided": lazy("还没有裁定"),
    "withdrawn": lazy("裁定前居民撤回"),
    "history": lazy("导入的历史记录，没有在本平台办理"),
}
"""Why something is outside the denominator (剔除), in words."""


@dataclass
class Figure:
    """One index of one group in one period."""

    top: int = 0
    base: int = 0
    outs: Counter[str] = field(default_factory=Counter)

    @property
    def percent(self) -> str:
        """The rate to one decimal, half up, in integers only; "" without a denominator."""
        return percent(self.top, self.base)

    def add(self, item: Item, as_of: datetime) -> None:
        """Count one thing."""
        out = why_out(item, as_of)
        if out:
            self.outs[out] += item.size
        else:
            self.base += item.size
            self.top += item.size if item.hit else 0

    def join(self, other: Figure) -> None:
        """Count what another figure counted."""
        self.top += other.top
        self.base += other.base
        self.outs += other.outs


def percent(top: int, base: int) -> str:
    """A rate as pages show it: 87.5; exact where a float would not be."""
    if not base:
        return ""
    tenths = (2000 * top + base) // (2 * base)
    return f"{tenths // 10}.{tenths % 10}"


def why_out(item: Item, as_of: datetime) -> str:
    """Why a thing is outside the denominator as of a moment; "" when it is in."""
    if item.out:
        return item.out
    return "within" if item.until is not None and item.until > as_of else ""


@dataclass(frozen=True)
class Period:
    """Days from `since` to `until`, both included (统计期)."""

    since: date
    until: date

    @property
    def start(self) -> datetime:
        """The first moment."""
        return midnight(self.since)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return midnight(self.until + timedelta(days=1))

    def holds(self, at: datetime) -> bool:
        """Whether a moment lies in it."""
        return self.start <= at < self.end

    @classmethod
    def month(cls, day: date) -> Period:
        """The month of a day."""
        return cls.months(day.year, day.month, 1)

    @classmethod
    def months(cls, year: int, month: int, count: int) -> Period:
        """So many whole months from one on; months before January and after December are those of other years."""
        first, last = divmod(month - 1, 12), divmod(month - 1 + count, 12)
        return cls(date(year + first[0], first[1] + 1, 1), date(year + last[0], last[1] + 1, 1) - timedelta(days=1))


def midnight(day: date) -> datetime:
    """The first moment of a day where the server's people live; in UTC like the trail, for then moments compare fast."""
    return timezone.make_aware(datetime.combine(day, time())).astimezone(UTC)


def read_period(since: date | None, until: date | None, today: date) -> Period:
    """The period asked for; without dates the month of today, with a beginning only the month of that day.

    Raises:
        BadInput: the end before the beginning, longer than ten years, or of another age.
    """
    if any(day is not None and not 1990 <= day.year <= 2100 for day in (since, until)):
        raise BadInput(_("日期要在 1990 年到 2100 年之间。"), code="bad_period")
    whole = Period.month(since or today)
    period = Period(since or (until.replace(day=1) if until else whole.since), until or whole.until)
    if period.until < period.since:
        raise BadInput(_("结束日期早于开始日期，请对调。"), code="bad_period")
    if period.until.year - period.since.year > 10:
        raise BadInput(_("统计期最长十年，请缩短。"), code="bad_period")
    return period


def end_of(day: date | None) -> datetime | None:
    """The last moment of a day, up to which the trail is read; None (now) without a day or for today.

    Raises:
        BadInput: a day that has not come yet, or of another age.
    """
    today = timezone.localdate()
    if day is None or day == today:
        return None
    if not date(1990, 1, 1) <= day < today:
        raise BadInput(_("截至日期请选今天或以前的日期。"), code="bad_as_of")
    return midnight(day + timedelta(days=1)) - timedelta(microseconds=1)


@dataclass(frozen=True)
class Scope:
    """What is counted (范围): a place with everything below it, and of one body only where the post sees no more."""

    place: str
    body: str = ""

    @property
    def unit(self) -> str:
        """The county whose chain is read."""
        return self.place[:6]

    def holds(self, item: Item) -> bool:
        """Whether a thing belongs to it."""
        return covers(self.place, item.place) and (not self.body or self.body == item.body)


def scope_of(actor: Actor, place: str = "") -> Scope:
    """What a post may have counted: its own place, or a smaller one; a department, grid or firm its own work.

    Args:
        place: the place asked for; "" for the post's own. A post above the counties gets the first one.

    Raises:
        NotVisible: the place is not within reach, or there is none of that code.
    """
    if "appeals.see" in actor.powers:
        top, body = actor.place, ""
    elif "appeals.see_held" in actor.powers:
        top, body = actor.place[:6], actor.body_code
    else:
        raise NotVisible
    if not place and len(top) < 6:
        first = counties_of(actor).first()
        place = first.code if first else ""
    place = place or top
    if len(place) < 6 or not covers(top, place) or not Place.objects.filter(code=place).exists():
        raise NotVisible
    return Scope(place, body)


def counties_of(actor: Actor) -> QuerySet[Place]:
    """The counties within an actor's place, by code."""
    return Place.objects.filter(under("code", actor.place), level=Place.Level.COUNTY).order_by("code")


Key = Callable[[Item], str]
GROUPS: dict[str, tuple[Text, Key]] = {
    "body": (lazy("单位"), lambda item: item.body),
    "street": (lazy("街道（乡镇）"), lambda item: item.place[:9] if len(item.place) >= 9 else ""),
    "community": (lazy("社区（村）"), lambda item: item.place[:12] if len(item.place) >= 12 else ""),
    "class": (lazy("事项大类"), lambda item: item.matter[:2]),
}
"""What figures can be broken down by: never by person (no ranking of people, whoever asks)."""

Row = dict[str, Figure]


def new_row() -> Row:
    """A figure for each index, nothing counted yet."""
    return {index.key: Figure() for index in INDICES}


@dataclass(frozen=True)
class Sheet:
    """Figures of one scope and period: in total, and for each group by name."""

    total: Row
    groups: dict[str, Row]


def within(mark: Mark, scope: Scope, period: Period) -> list[Item]:
    """The things that belong to a scope and a period."""
    start, end = period.start, period.end
    items = (item for item in items_at(mark) if start <= item.at < end)
    if scope == Scope(mark.unit):
        return list(items)
    reach: dict[str, bool] = {}
    found = []
    for item in items:
        inside = reach.get(item.place)
        if inside is None:
            inside = reach[item.place] = covers(scope.place, item.place)
        if inside and (not scope.body or scope.body == item.body):
            found.append(item)
    return found


def count(items: Iterable[Item], as_of: datetime, by: str = "") -> Sheet:
    """Figures of the things given, in total and by group."""
    groups: dict[str, Row] = {}
    key: Key = GROUPS[by][1] if by else lambda item: ""
    for item in items:
        group = key(item)
        row = groups.get(group)
        if row is None:
            row = groups[group] = new_row()
        row[item.key].add(item, as_of)
    total = new_row()
    for row in groups.values():
        for name, one in row.items():
            total[name].join(one)
    return Sheet(total, groups if by else {})


def trend(mark: Mark, scope: Scope, key: str, last: date, months: int = 12) -> list[tuple[date, Figure]]:
    """One index month by month, the oldest first, ending with the month of `last`."""
    whole = Period.months(last.year, last.month - months + 1, months)
    found: dict[date, Figure] = {}
    for step in range(months):
        found[Period.months(whole.since.year, whole.since.month + step, 1).since] = Figure()
    for item in within(mark, scope, whole):
        if item.key == key:
            found[timezone.localdate(item.at).replace(day=1)].add(item, mark.as_of)
    return list(found.items())


def names_of(by: str, keys: Iterable[str]) -> dict[str, str]:
    """Names of groups; what belongs to none says so."""
    wanted = {key for key in keys if key}
    if by == "body":
        found = dict(Body.objects.filter(code__in=wanted).values_list("code", "name"))
    elif by == "class":
        found = dict(Matter.objects.filter(class_code__in=wanted).values_list("class_code", "class_name").distinct())
    else:
        found = dict(Place.objects.filter(code__in=wanted).values_list("code", "name"))
    none = {
        "body": _("居民、系统或尚未定到单位"),
        "street": _("未定到街道（乡镇）"),
        "community": _("未定到社区（村）"),
        "class": _("未定事项"),
    }
    return {**{key: found.get(key, key) for key in wanted}, "": none[by]}

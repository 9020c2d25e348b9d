"""What stands in a county and what is missing (开通检查): one checklist for the command line and for the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from linli.areas.mandates import queries as mandates
from linli.areas.mandates.flow import ListState
from linli.areas.mandates.models import Matter, TaskList
from linli.commons import people
from linli.commons.actor import Actor
from linli.commons.models import Body, Place, Post, Setting, User
from linli.commons.roles import Role
from linli.commons.settings import keys_at
from linli.kit.scope import prefixes, under
from linli.law.load import pack_for_place
from linli.methods.classify import OWNERS
from linli.site.commands.prepare import calendar_warning
from linli.site.county.limits import is_open

DONE, PART, MISSING = "done", "part", "missing"
MARKS = {DONE: "✓", PART: "!", MISSING: "✗"}
WORDS = {DONE: "齐备", PART: "还差一些", MISSING: "还没有"}
_MOST_NAMED = 12


@dataclass(frozen=True)
class Check:
    """One line: what is looked at, how it stands, figures, what is missing, and where it is mended."""

    label: str
    state: str
    figure: str
    missing: tuple[str, ...] = ()
    url: str = ""
    power: str = ""

    @property
    def word(self) -> str:
        """The state in words."""
        return WORDS[self.state]


def checks_of(actor: Actor, county: Place) -> list[Check]:
    """Every check of a county, in the order in which a county is started."""
    bodies = list(Body.objects.filter(under("place_id", county.code), ended_on=None))
    return [
        _places(county),
        *_bodies(county, bodies),
        _owners(actor, county),
        *_posts(county, bodies),
        _lists(county),
        _settings(county),
        _calendar(),
    ]


def _named(names: Iterable[str]) -> tuple[str, ...]:
    found = list(names)
    return (*found[:_MOST_NAMED], *([f"……共 {len(found)} 个"] if len(found) > _MOST_NAMED else []))


def _state(wanted: int, have: int) -> str:
    return DONE if have >= wanted and wanted else PART if have else MISSING


def _places(county: Place) -> Check:
    rows = list(Place.objects.filter(under("code", county.code)).values_list("code", "name", "level", "kind"))
    levels = Counter(level for _, _, level, _ in rows)
    kinds = Counter(kind for _, _, level, kind in rows if level == Place.Level.COMMUNITY)
    full = {code[:9] for code, *_ in rows if len(code) == 12}
    bare = [name for code, name, level, _ in rows if level == Place.Level.STREET and code not in full]
    figure = "、".join(f"{level.label} {levels[level]}" for level in Place.Level if levels[level])
    figure += f"；社区（村）中城市 {kinds['urban']}、农村 {kinds['rural']}、未注明 {kinds['']}"
    state = MISSING if not levels[Place.Level.COMMUNITY] else PART if bare else DONE
    missing = _named(f"{name}下面没有社区（村）" for name in bare)
    return Check("区划", state, figure, missing, "/work/opening/", "commons.open_county")


def _bodies(county: Place, bodies: list[Body]) -> list[Check]:
    kinds = Counter(body.kind for body in bodies if body.place_id == county.code)
    figure = "、".join(f"{kind.label} {kinds[kind]}" for kind in Body.Kind if kinds[kind]) or "一个也没有"
    missing = [str(kind.label) for kind in (Body.Kind.LEAD, Body.Kind.HOTLINE) if not kinds[kind]]
    checks = [
        Check("县级机构", _state(2, 2 - len(missing)), figure, tuple(missing), "/work/opening/", "commons.open_county")
    ]
    for label, level, kind in (
        ("街道（乡镇）机构", Place.Level.STREET, Body.Kind.STREET),
        ("居（村）民委员会", Place.Level.COMMUNITY, Body.Kind.COMMITTEE),
    ):
        places = dict(Place.objects.filter(under("code", county.code), level=level).values_list("code", "name"))
        served = {body.place_id for body in bodies if body.kind == kind}
        bare = [name for code, name in places.items() if code not in served]
        have = len(places) - len(bare)
        checks.append(
            Check(
                label,
                _state(len(places), have),
                f"{len(places)} 个地方中 {have} 个有",
                _named(bare),
                "/work/opening/",
                "commons.open_county",
            )
        )
    return checks


def _owners(actor: Actor, county: Place) -> Check:
    bare = mandates.matters_without_owner(actor, county.code)
    whole = Matter.objects.filter(active=True).count()
    without = sum(len(matters) for matters in bare.values())
    missing = tuple(
        f"{OWNERS.get(duty, duty)}：{'、'.join(matter.name for matter in matters)}"
        for duty, matters in sorted(bare.items())
    )
    figure = f"{whole} 项事项中 {whole - without} 项有承办单位；没有的由街道（乡镇）协调"
    return Check(
        "各事项的承办单位", _state(whole, whole - without), figure, missing, "/work/opening/", "commons.open_county"
    )


def _posts(county: Place, bodies: list[Body]) -> list[Check]:
    posts = list(Post.objects.filter(Post.current(), body__in=bodies).select_related("user"))
    staffed = {post.body_id for post in posts}
    bare = [body.name for body in bodies if body.code not in staffed]
    persons = {post.user_id for post in posts}
    new = User.objects.filter(pk__in=persons, last_login=None).count()
    figure = (
        f"{len(bodies)} 个机构中 {len(bodies) - len(bare)} 个有人任职；{len(persons)} 人，其中 {new} 人还没有登录过"
    )
    if waiting := Post.objects.filter(people.lasting(), waiting=True, body__in=bodies).count():
        figure += f"；另有 {waiting} 个任职待安全管理员核准"
    roles = {post.role for post in posts}
    wanted = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.COUNTY, Role.HOTLINE, Role.SUPERVISOR, Role.AUDITOR)
    gone = [str(role.label) for role in wanted if role not in roles]
    held = len(wanted) - len(gone)
    return [
        Check(
            "任职和账号",
            _state(len(bodies), len(bodies) - len(bare)),
            figure,
            _named(bare),
            "/work/bodies/",
            "commons.manage_accounts",
        ),
        Check(
            "要有人担任的岗位",
            _state(len(wanted), held),
            f"{len(wanted)} 种中 {held} 种有人",
            tuple(gone),
            "/work/opening/",
            "commons.open_county",
        ),
    ]


def _lists(county: Place) -> Check:
    rows = TaskList.objects.filter(place__code__in=prefixes(county.code)).exclude(state=ListState.ENDED)
    states: dict[str, set[str]] = {}
    for kind, state in rows.values_list("kind", "state"):
        states.setdefault(kind, set()).add(state)
    out = [kind for kind in TaskList.Kind if ListState.PUBLISHED in states.get(kind, ())]
    missing = tuple(
        f"{kind.label}（{'起草中，未公布' if kind in states else '没有'}）" for kind in TaskList.Kind if kind not in out
    )
    return Check(
        "清单", _state(7, len(out)), f"7 种中 {len(out)} 种已公布", missing, "/work/lists/", "mandates.write_list"
    )


def _settings(county: Place) -> Check:
    keys = {key: what.label for key, what in keys_at(county.code).items() if is_open(key)}
    held = {
        row.key: row.value
        for row in Setting.objects.filter(key__in=keys, place__code__in=prefixes(county.code)).order_by("set_at", "id")
    }
    bare = [label for key, label in keys.items() if held.get(key) is None]
    figure = f"{len(keys)} 项中 {len(keys) - len(bare)} 项已设；没有设的显示为“未设时限”"
    return Check(
        "时限和开关",
        _state(len(keys), len(keys) - len(bare)),
        figure,
        tuple(bare),
        "/work/settings/",
        "commons.set_limit",
    )


def _calendar() -> Check:
    warning = calendar_warning(timezone.localdate())
    missing = (warning,) if warning else ()
    figure = "当前时限所及的年份还有缺" if warning else "已覆盖当前时限所及的年份"
    return Check("工作日历", PART if warning else DONE, figure, missing, "/work/calendar/", "commons.edit_calendar")


def pack_line(county: Place) -> str:
    """Which pack holds in a county, and whether its text is a draft."""
    pack = pack_for_place(county.code)
    return f"适用{pack.title}" + ("（草案模拟）" if pack.status == "draft" else "")

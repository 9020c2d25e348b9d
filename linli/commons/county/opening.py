"""What is to be entered for a county (开通方案), and the actions that enter it: all of it, or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from django.utils import timezone

from linli.commons import people
from linli.commons.actor import Actor
from linli.commons.county.bodies import BodyRow, Ground, PostRow, read_bodies, read_posts
from linli.commons.county.places import PlaceRow, check_places, pack_fault
from linli.commons.county.sheets import Fault, Source, must_mend
from linli.commons.models import Body, Place, User
from linli.commons.roles import Role
from linli.kit import trail
from linli.kit.action import action
from linli.kit.errors import BadInput

_MOST_NAMED = 8


@dataclass
class Plan:
    """Everything that the tables add to a county, what stood already, and every fault (开通方案)."""

    county: str
    name: str = ""
    places: list[PlaceRow] = field(default_factory=list)
    bodies: list[BodyRow] = field(default_factory=list)
    posts: list[PostRow] = field(default_factory=list)
    kept: dict[str, int] = field(default_factory=lambda: {"places": 0, "bodies": 0, "posts": 0})
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether nothing must be mended first."""
        return not must_mend(self.faults)

    @property
    def size(self) -> int:
        """How many rows would be entered."""
        return len(self.places) + len(self.bodies) + len(self.posts)

    @property
    def accounts(self) -> int:
        """How many accounts would be made."""
        return len({row.username.casefold() for row in self.posts if row.new})


@dataclass(frozen=True)
class StartCode:
    """What a new person needs for the first sign-in (启用码), shown once and handed over on paper."""

    name: str
    username: str
    body: str
    role: str
    code: str
    until: str


def is_county(code: str) -> bool:
    """Whether a text is the six-digit code of a county."""
    return len(code) == 6 and code.isascii() and code.isdigit() and not code.endswith("00")


def plan_county(county: str, *, places: Source | None = None, bodies: Source | None = None, name: str = "") -> Plan:
    """Read and check the tables of a county; nothing is written.

    Raises:
        BadInput: no county's code, or a province without a pack.
    """
    if not is_county(county):
        raise BadInput(f"“{county[:20]}”不是县级区划代码。请写六位代码，如 429998。", code="county_code")
    if why := pack_fault(county):
        raise BadInput(f"{why}。", code="no_pack")
    plan = Plan(county)
    rows: list[PlaceRow] = []
    if places is not None:
        rows, faults = check_places(places, county, name)
        plan.faults += faults
        _sort_places(plan, rows, places)
    elif not Place.objects.filter(code=county).exists():
        plan.faults.append(Fault("", "", 0, "", f"还没有 {county} 的区划", "请先交区划表"))
    ground = Ground.of(county, rows)
    plan.name = ground.places.get(county, name)
    if bodies is not None:
        plan.bodies, plan.kept["bodies"], faults = read_bodies(bodies, ground)
        plan.faults += faults
        plan.posts, plan.kept["posts"], faults = read_posts(bodies, ground)
        plan.faults += faults
        _warn(plan, ground, bodies)
    for source in (places, bodies):
        if source is not None and (note := source.encoding_note()):
            plan.notes.append(note)
    return plan


def _sort_places(plan: Plan, rows: list[PlaceRow], source: Source) -> None:
    held = dict(Place.objects.filter(code__in=[row.code for row in rows]).values_list("code", "name"))
    for row in rows:
        if row.code not in held:
            plan.places.append(row)
            continue
        plan.kept["places"] += 1
        if held[row.code] != row.name:
            why = f"{row.code} 已登记为“{held[row.code]}”，表中写作“{row.name}”"
            plan.faults.append(Fault(source.name, "", row.line, "名称", why, "已登记的不会改动", warning=True))


def _warn(plan: Plan, ground: Ground, source: Source) -> None:
    """What does not stop the start, but will be missed on the first day."""

    def warn(why: str, mend: str) -> None:
        plan.faults.append(Fault(source.name, "", 0, "", why, mend, warning=True))

    def named(codes: Iterable[str]) -> str:
        known = sorted(codes)
        more = f"等 {len(known)} 个" if len(known) > _MOST_NAMED else ""
        return "、".join(ground.places[code] for code in known[:_MOST_NAMED]) + more

    kinds = {kind: {body.place_id for body in ground.bodies.values() if body.kind == kind} for kind in Body.Kind.values}
    if bare := {code for code in ground.places if len(code) == 12} - kinds[Body.Kind.COMMITTEE]:
        warn(
            f"这些社区（村）没有居（村）民委员会：{named(bare)}", "请在“机构”表中补上，否则没有单位为它的居民代录、自治"
        )
    if bare := {code for code in ground.places if len(code) == 9} - kinds[Body.Kind.STREET]:
        warn(f"这些街道（乡镇）没有办事处（政府）：{named(bare)}", "请在“机构”表中补上，否则无人兜底承办")
    for kind, what in (
        (Body.Kind.HOTLINE, "热线管理部门，诉求将由街道受理"),
        (Body.Kind.LEAD, "牵头部门，没有单位公布清单、定时限"),
    ):
        if not kinds[kind]:
            warn(f"没有{what}", "请在“机构”表中补上")
    roles = {post.role for post in plan.posts}
    roles |= set(Body.objects.filter(code__in=ground.bodies).values_list("posts__role", flat=True))
    for role in (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.COUNTY):
        if role not in roles:
            warn(f"没有人任“{role.label}”", "请在“职务账号”表中补上")


@action("commons.open_county", at="code")
def add_place(
    *,
    by: Actor,
    code: str,
    name: str,
    level: str,
    kind: str = "",
    aliases: str = "",
    phone: str = "",
    address: str = "",
) -> Place:
    """Enter a place (登记区划). Raises: BadInput when the code is taken."""
    if Place.objects.filter(code=code).exists():
        raise BadInput(f"区划代码 {code} 已经登记过。", code="place_code")
    place = Place.objects.create(
        code=code, name=name, level=level, kind=kind, aliases=aliases, phone=phone, address=address
    )
    trail.record("commons.place_added", place, by=by, facts={"level": level, "kind": kind}, note=name)
    return place


@action("commons.open_county", at="county")
def enter_plan(*, by: Actor, county: str, plan: Plan) -> list[StartCode]:
    """Enter everything that a plan adds (开通), in one transaction; what stands already is left alone.

    Within this act the administrator also enters bodies, which otherwise is the county's own matter.

    Returns: the start codes of the new accounts, known to nobody else and kept nowhere.
    Raises: BadInput when the plan has faults, or the database has changed since it was made.
    """
    if not plan.sound:
        wrong = must_mend(plan.faults)
        raise BadInput(f"有 {len(wrong)} 处要改，什么都没有登记。第一处：{wrong[0]}", code="bad_rows")
    opener = by.lent("commons.set_limit")
    for row in plan.places:
        given = {"kind": row.kind, "aliases": row.aliases, "phone": row.phone, "address": row.address}
        # What stands above the county carries no work of its own; the administrator of a county may name it.
        placer = by if row.code.startswith(county) else by.lent(place="")
        add_place(by=placer, code=row.code, name=row.name, level=row.level, **given)
    places = Place.objects.in_bulk([row.place for row in plan.bodies], field_name="code")
    for entry in plan.bodies:
        people.add_body(
            by=opener,
            place=places[entry.place],
            code=entry.code,
            name=entry.name,
            kind=entry.kind,
            duty=entry.duty,
            phone=entry.phone,
        )
    codes = [code for code in _enter_posts(by, plan) if code.code]
    subject = Place.objects.get(code=county)
    counts = {"places": len(plan.places), "bodies": len(plan.bodies), "posts": len(plan.posts), "accounts": len(codes)}
    trail.record("commons.county_entered", subject, by=by, facts={"added": counts, "kept": plan.kept})
    return codes


def _enter_posts(by: Actor, plan: Plan) -> list[StartCode]:
    bodies = Body.objects.select_related("place").in_bulk([row.body for row in plan.posts], field_name="code")
    users: dict[str, User] = {}
    codes = []
    until = timezone.localdate(timezone.now() + timedelta(hours=people.START_HOURS))
    for row in plan.posts:
        body, key = bodies[row.body], row.username.casefold()
        user = users.get(key)
        if user is None and row.new:
            post, code = people.add_person(
                by=by,
                body=body,
                username=row.username,
                name=row.name,
                role=row.role,
                from_on=row.from_on,
                head=row.head,
            )
            users[key] = post.user
            label = str(post.get_role_display())
            codes.append(StartCode(row.name, row.username, body.name, label, code, until.isoformat()))
            continue
        user = user or User.objects.get(username__iexact=row.username)
        people.appoint(by=by, body=body, user=user, role=row.role, from_on=row.from_on, head=row.head)
    return codes


def counts_by_kind(plan: Plan) -> list[tuple[str, int]]:
    """What a plan would enter, by kind in words, for a preview."""
    levels = Counter(row.level for row in plan.places)
    kinds = Counter(row.kind for row in plan.bodies)
    roles = Counter(row.role for row in plan.posts)
    found = [(f"区划 · {level.label}", levels[level]) for level in Place.Level]
    found += [(f"机构 · {kind.label}", kinds[kind]) for kind in Body.Kind]
    found += [(f"任职 · {role.label}", roles[role]) for role in Role]
    return [(label, count) for label, count in found if count]

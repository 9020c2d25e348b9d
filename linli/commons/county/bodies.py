"""Bodies and posts of a county from a workbook (机构与职务账号导入): sheets 机构 and 职务账号, one row each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.utils import timezone

from linli.commons import people
from linli.commons.county.places import PlaceRow, level_of
from linli.commons.county.sheets import Fault, Line, Lines, Source, sheet_of
from linli.commons.models import Body, Place, Post, User
from linli.commons.roles import Role
from linli.kit.scope import under
from linli.kit.tables import BadCell, as_time
from linli.methods.classify import OWNERS

BODY_COLUMNS: dict[str, tuple[str, ...]] = {
    "name": ("机构名称", "名称"),
    "kind": ("类别",),
    "duty": ("职责类别", "职责"),
    "place": ("管辖范围代码", "区划代码"),
    "phone": ("电话",),
}
POST_COLUMNS: dict[str, tuple[str, ...]] = {
    "name": ("姓名",),
    "username": ("账号",),
    "body": ("机构名称", "机构"),
    "place": ("管辖范围代码", "区划代码"),
    "role": ("岗位",),
    "head": ("负责人", "是否负责人"),
    "from_on": ("任职日期",),
}
BODY_SHEET = ("机构",)
POST_SHEET = ("职务账号", "岗位账号")

KIND_WORDS = {
    **{str(label): value for value, label in Body.Kind.choices},
    **{value: value for value in Body.Kind.values},
    **{"街道办事处": "street", "乡镇人民政府": "street", "乡镇": "street", "街道": "street", "政府": "government"},
    **{"居民委员会": "committee", "村民委员会": "committee", "居委会": "committee", "村委会": "committee"},
    **{"部门": "department", "热线": "hotline", "物业": "property"},
}
DUTY_WORDS = {**{label: value for value, label in OWNERS.items()}, **{value: value for value in OWNERS}}
ROLE_WORDS = {**{str(label): value for value, label in Role.choices}, **{value: value for value in Role.values}}
YES = {"是": "yes", "否": "no", "√": "yes", "Y": "yes", "N": "no", "yes": "yes", "no": "no"}


@dataclass(frozen=True)
class BodyRow:
    """A body as the table gives it, and the code it will have."""

    name: str
    kind: str
    duty: str
    place: str
    phone: str
    code: str
    line: int = 0


@dataclass(frozen=True)
class PostRow:
    """A post as the table gives it; `new` when the person has no account yet."""

    name: str
    username: str
    body: str
    role: str
    head: bool
    from_on: date | None
    new: bool
    line: int = 0


@dataclass
class Ground:
    """What stands in a county and what the tables add (底数): places and bodies, those in the database included."""

    county: str
    places: dict[str, str]  # code → name
    bodies: dict[str, Body] = field(default_factory=dict)  # by code, rows of the table as unsaved objects
    added: set[str] = field(default_factory=set)

    @staticmethod
    def of(county: str, rows: Iterable[PlaceRow] = ()) -> Ground:
        """The county as it stands, with the places that a table adds."""
        ground = Ground(county, dict(Place.objects.filter(under("code", county)).values_list("code", "name")))
        ground.places |= {row.code: row.name for row in rows if row.code.startswith(county)}
        for body in Body.objects.filter(under("place_id", county), ended_on=None).select_related("place"):
            ground.bodies[body.code] = body
        return ground

    def named(self, name: str, place: str = "") -> list[Body]:
        """Bodies of a name, at a place if one is given."""
        return [body for body in self.bodies.values() if body.name == name and place in ("", body.place_id)]

    def free_code(self, place: str, kind: str, duty: str) -> str:
        """A code for a new body that is not taken."""
        base = f"{place}-{(duty or kind).replace('_', '-')}"
        code, number = base, 1
        while code in self.bodies or Body.objects.filter(code=code).exists():
            number += 1
            code = f"{base}-{number}"
        return code


def read_bodies(source: Source, ground: Ground) -> tuple[list[BodyRow], int, list[Fault]]:
    """New bodies of the sheet 机构, how many stood already, and faults; `ground` takes the new ones in."""
    faults: list[Fault] = []
    sheet = sheet_of(source, BODY_SHEET, faults)
    if sheet is None:
        return [], 0, faults
    lines = Lines(source, sheet, BODY_COLUMNS, frozenset({"name", "kind", "place"}))
    rows: list[BodyRow] = []
    kept = 0
    seen: dict[tuple[str, str], int] = {}
    for line in lines:
        name = line.text("name", most=60, needed="请填机构全称")
        kind = line.choice("kind", KIND_WORDS, needed="请填类别，如“政府部门”")
        duty = line.choice("duty", DUTY_WORDS)
        place = line.code("place", needed="每个机构都要有管辖范围：县级部门填县代码，街道填 9 位，社区填 12 位")
        phone = line.text("phone", most=30)
        _check_body(line, ground, kind, place)
        if line.faulty:
            continue
        if (before := seen.setdefault((place, name), line.row.line)) != line.row.line:
            line.fault("name", f"与第 {before} 行重复（同一地方同名）", "请只留一行，或改成各自的全称")
        elif ground.named(name, place):
            kept += 1
        else:
            row = BodyRow(name, kind, duty, place, phone, ground.free_code(place, kind, duty), line.row.line)
            rows.append(row)
            ground.bodies[row.code] = _unsaved(row, ground)
            ground.added.add(row.code)
    faults += lines.faults
    return rows, kept, faults


def _check_body(line: Line, ground: Ground, kind: str, place: str) -> None:
    if place and not place.startswith(ground.county):
        line.fault("place", f"{place} 不在本县（{ground.county}）", "请核对代码")
    elif place and place not in ground.places:
        line.fault("place", f"没有代码为 {place} 的地方", "请先在区划表中加上它，或核对代码")
    elif place and kind and level_of(place) not in people.LEVELS.get(kind, (level_of(place),)):
        label = Body.Kind(kind).label
        wanted = "、".join(str(Place.Level(one).label) for one in people.LEVELS[kind])
        line.fault(
            "place", f"“{label}”不能设在{Place.Level(level_of(place)).label}（{place}）", f"这类机构要设在：{wanted}"
        )


def _unsaved(row: BodyRow, ground: Ground) -> Body:
    place = Place(code=row.place, name=ground.places[row.place], level=level_of(row.place))
    return Body(code=row.code, name=row.name, kind=row.kind, duty=row.duty, place=place, phone=row.phone)


def read_posts(source: Source, ground: Ground) -> tuple[list[PostRow], int, list[Fault]]:
    """New posts of the sheet 职务账号, how many stood already, and faults."""
    faults: list[Fault] = []
    sheet = sheet_of(source, POST_SHEET, faults)
    if sheet is None:
        return [], 0, faults
    lines = Lines(source, sheet, POST_COLUMNS, frozenset({"name", "username", "body", "role"}))
    checked = _Posts(ground)
    for line in lines:
        checked.take(line)
    faults += lines.faults
    return checked.rows, checked.kept, faults


class _Posts:
    """Posts taken row by row, each seen beside those before it and those in the database."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.rows: list[PostRow] = []
        self.kept = 0
        self.names: dict[str, tuple[str, str, int]] = {}  # folded account → account, person, line
        self.posts: dict[tuple[str, str, str], int] = {}
        self.heads: dict[str, int] = {}
        self.roles: dict[str, set[str]] = {}
        users = User.objects.all()
        self.users = {user.username.casefold(): user for user in users}
        held = Post.objects.filter(people.lasting()).select_related("user")
        self.held: dict[str, list[Post]] = {}
        for post in held:
            self.held.setdefault(post.user.username.casefold(), []).append(post)
        here = held.filter(head=True, body__code__in=ground.bodies)
        self.old_heads = {post.body_id: post for post in here}

    def take(self, line: Line) -> None:
        name, username = self._person(line)
        body = self._body(line)
        role = line.choice("role", ROLE_WORDS, needed="请填岗位")
        head = line.choice("head", YES) == "yes"
        from_on = _day(line)
        if body is not None and role and role not in people.roles_for(body):
            fitting = "、".join(str(one.label) for one in people.roles_for(body))
            line.fault(
                "role", f"“{body.name}”（{body.get_kind_display()}）不能设“{Role(role).label}”", f"可设：{fitting}"
            )
        if line.faulty or body is None:
            return
        key = (username.casefold(), body.code, role)
        if (before := self.posts.setdefault(key, line.row.line)) != line.row.line:
            line.fault("username", f"与第 {before} 行完全相同", "请只留一行")
            return
        if any((post.body_id, post.role) == (body.code, role) for post in self.held.get(key[0], ())):
            self.kept += 1
            return
        self._head(line, body, head)
        self._apart(line, key[0], role)
        if not line.faulty:
            new = key[0] not in self.users
            self.rows.append(PostRow(name, username, body.code, role, head, from_on, new, line.row.line))

    def _person(self, line: Line) -> tuple[str, str]:
        name, username = line.text("name", most=40), line.text("username", most=40)
        if not name and not username:
            line.fault("name", "这个岗位没有写由谁担任", "请填姓名和账号；暂时没有人选的，请删去这一行")
            return name, username
        if not name:
            line.fault("name", "没有填", "请填姓名")
        if not username:
            line.fault(
                "username", f"{name}没有账号", "请给账号起名，如姓名拼音；3 到 40 个字母、数字、点、短横线或下划线"
            )
        elif not people.USERNAME.fullmatch(username):
            line.fault("username", f"账号“{username[:30]}”的写法不对", "请用 3 到 40 个字母、数字、点、短横线或下划线")
        else:
            self._same_person(line, name, username)
        return name, username

    def _same_person(self, line: Line, name: str, username: str) -> None:
        first = self.names.setdefault(username.casefold(), (username, name, line.row.line))
        known = self.users.get(username.casefold())
        how = "一人一个账号：请给其中一人换账号；同一人兼任的，两行的姓名和账号要写得一样"
        if name and first[:2] != (username, name):
            line.fault("username", f"账号“{username}”与第 {first[2]} 行（{first[1]}）重复", how)
        elif name and known is not None and (known.username, known.name) != (username, name):
            line.fault("username", f"账号“{username}”已有另一个人在用", how)

    def _body(self, line: Line) -> Body | None:
        name = line.text("body", most=60, needed="请填机构名称，与“机构”表一致")
        place = line.code("place")
        if not name:
            return None
        found = self.ground.named(name, place)
        if len(found) == 1:
            return found[0]
        if not found:
            line.fault(
                "body",
                f"没有名为“{name}”的机构{'（' + place + '）' if place else ''}",
                "请先在“机构”表中加上，或核对名称",
            )
        else:
            codes = "、".join(body.place_id for body in found[:5])
            line.fault("body", f"有 {len(found)} 个机构都叫“{name}”", f"请在“管辖范围代码”一列写明是哪一个：{codes}")
        return None

    def _head(self, line: Line, body: Body, head: bool) -> None:
        if not head:
            return
        if (before := self.heads.setdefault(body.code, line.row.line)) != line.row.line:
            line.fault("head", f"“{body.name}”的负责人已写在第 {before} 行", "一个机构只有一位负责人，请改其中一行")
        elif (old := self.old_heads.get(body.code)) is not None:
            line.fault("head", f"“{body.name}”已有负责人（{old.user.name}）", "请先登记其离任，或不写负责人")

    def _apart(self, line: Line, username: str, role: str) -> None:
        held = self.roles.setdefault(username, {post.role for post in self.held.get(username, ())})
        held.add(role)
        if people.clash(held):
            line.fault("role", "系统管理员、安全管理员和审计员不能由同一个人兼任，也不能兼任其他岗位", "请另选人员")


def _day(line: Line) -> date | None:
    cell = line.cell("from_on")
    try:
        moment = as_time(cell) if cell is not None else None
    except BadCell as error:
        line.fault("from_on", str(error), "请写成 2026-01-31 这样的形式")
        return None
    return timezone.localdate(moment) if moment else None

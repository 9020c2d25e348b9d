"""The named cast (人物): the same people in each province, and what they do most often.

Resident 李梅, grid worker 王强, committee 周敏, street 陈涛, department 何静, county 刘洋, province 孙岚, congress 许文, outsider 赵远.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from linli.areas.appeals import actions as appeals
from linli.areas.appeals.actions.intake import Receipt
from linli.areas.appeals.models import Appeal
from linli.areas.mandates import actions as mandates
from linli.areas.mandates.actions.catalogue import sync_matters
from linli.areas.mandates.models import Matter, TaskList
from linli.commons.actor import RESIDENT, Actor, actor_of
from linli.commons.models import Body, Place, Post, User
from linli.commons.roles import Role
from linli.commons.workdays import seed_years


@dataclass
class Town:
    """One invented county: places, bodies and actors by short name."""

    pack: str
    county: Place
    street: Place
    community: Place
    sibling: Place
    grid: Place
    bodies: dict[str, Body] = field(default_factory=dict)
    cast: dict[str, Actor] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Actor:
        cast = self.__dict__.get("cast", {})
        if name in cast:
            found: Actor = cast[name]
            return found
        raise AttributeError(name)

    def matter(self, name: str) -> Matter:
        """A matter by name."""
        return Matter.objects.get(name=name)

    def file(self, text: str = "滨江社区 3 栋楼下路灯坏了，晚上很黑。", by: Actor = RESIDENT, **more: Any) -> Receipt:
        """A resident files an appeal."""
        return appeals.file_appeal(by=by, place=self.community, text=text, **more)

    def accepted(self, matter: str = "路灯照明", **more: Any) -> Appeal:
        """An appeal that the hotline has classified and accepted."""
        appeal = self.file(**more).appeal
        appeal = appeals.classify_appeal(
            by=self.hotline, appeal=appeal, matter=self.matter(matter), kind="求助", place=self.community
        )
        return appeals.accept_appeal(by=self.hotline, appeal=appeal)

    def handling(self, to: str = "urban_mgmt", **more: Any) -> Appeal:
        """An appeal in handling by one of the bodies."""
        appeal = self.accepted(**more)
        appeals.dispatch_appeal(by=self.hotline, appeal=appeal, to=self.bodies[to], reason="职责单位")
        return fresh(appeal)

    def answered(self, **more: Any) -> Appeal:
        """An appeal that urban management has answered."""
        appeal = self.handling(**more)
        appeals.answer_appeal(by=self.department, appeal=appeal, text="已派人更换灯泡，今晚恢复照明。")
        return fresh(appeal)

    def publish(
        self, kind: str, title: str, matter: str | None, role: str = "contact", place: Place | None = None
    ) -> TaskList:
        """A list with one item, published and in force from today."""
        row = mandates.draft_list(
            by=self.lead,
            place=place or self.county,
            kind=kind,
            title=title,
            basis="县人民政府文件",
            effective_from=timezone.localdate(),
        )
        mandates.add_item(
            by=self.lead,
            task_list=row,
            title=matter or "其他",
            matter=self.matter(matter) if matter else None,
            basis="有关条例",
            role=role,
        )
        return mandates.publish_list(by=self.lead, task_list=row)


def fresh(appeal: Appeal) -> Appeal:
    """The appeal as the database has it now."""
    return Appeal.everything.get(pk=appeal.pk)


def person(username: str, name: str, body: Body, role: str) -> Actor:
    """Make a person with an account and a post."""
    user = User.objects.filter(username=username).first() or User.objects.create_user(
        username, name, "correct horse 42"
    )
    post = Post.objects.create(user=user, body=body, role=role, from_on=timezone.localdate() - timedelta(days=30))
    return actor_of(post)


def elevated(client: Client) -> Client:
    """Give a signed-in administrator the powers of a session opened for them (提权)."""
    session = client.session
    post = Post.objects.get(user_id=session["_auth_user_id"])
    session["post"] = post.pk
    session["elevated"] = {"until": (timezone.now() + timedelta(minutes=15)).timestamp(), "post": post.pk}
    session.save()
    return client


def make_town(province: str) -> Town:
    """Build one county with its cast; codes ending in 99 belong to no real place."""
    sync_matters()
    year = timezone.localdate().year
    seed_years(range(year - 1, year + 2))
    c = f"{province}9999"
    place = lambda code, name, level, kind="": Place.objects.create(code=code, name=name, level=level, kind=kind)  # noqa: E731
    Place.objects.get_or_create(code=province, defaults={"name": "某省", "level": "province"})
    place(province + "99", "某市", "city")
    county = place(c, "江岭县", "county")
    street = place(c + "001", "滨江街道", "street")
    community = place(c + "001001", "滨江社区", "community", "urban")
    sibling = place(c + "001002", "柳岸社区", "community", "urban")
    grid = place(c + "001001-W01", "滨江社区第一网格", "grid")
    other = place(province + "9998", "外县", "county")
    town = Town({"42": "hubei", "43": "hunan"}[province], county, street, community, sibling, grid)
    bodies = (
        ("lead", "民政局", "lead", county, ""),
        ("hotline", "12345 热线中心", "hotline", county, ""),
        ("urban_mgmt", "城市管理局", "department", county, "urban_mgmt"),
        ("housing", "住房和城乡建设局", "department", county, "housing"),
        ("street", "滨江街道办事处", "street", street, ""),
        ("committee", "滨江社区居民委员会", "committee", community, ""),
        ("sibling", "柳岸社区居民委员会", "committee", sibling, ""),
        ("grid", "滨江社区第一网格", "grid", grid, ""),
        ("property", "安居物业公司", "property", community, ""),
        ("other", "外县城管局", "department", other, "urban_mgmt"),
        ("provincial", "省民政厅", "lead", Place.objects.get(code=province), ""),
        ("congress", "某市人大常委会", "congress", Place.objects.get(code=province + "99"), ""),
    )
    for short, name, kind, where, duty in bodies:
        town.bodies[short] = Body.objects.create(
            code=f"{where.code}-{short}", name=name, kind=kind, place=where, duty=duty
        )
    people = (
        ("grid_worker", "王强", "grid", Role.GRID_WORKER),
        ("committee", "周敏", "committee", Role.COMMITTEE),
        ("neighbour", "吴芳", "sibling", Role.COMMITTEE),
        ("street_desk", "陈涛", "street", Role.STREET),
        ("department", "何静", "urban_mgmt", Role.DEPARTMENT),
        ("housing", "郑凯", "housing", Role.DEPARTMENT),
        ("firm", "孙管家", "property", Role.FIRM),
        ("hotline", "黄莉", "hotline", Role.HOTLINE),
        ("supervisor", "马骏", "lead", Role.SUPERVISOR),
        ("lead", "刘洋", "lead", Role.COUNTY),
        ("province", "孙岚", "provincial", Role.PROVINCE),
        ("congress", "许文", "congress", Role.CONGRESS),
        ("outsider", "赵远", "other", Role.DEPARTMENT),
        ("admin", "高远", "lead", Role.SYSTEM_ADMIN),
        ("security", "秦勇", "lead", Role.SECURITY_ADMIN),
        ("auditor", "林静", "lead", Role.AUDITOR),
    )
    for short, name, body, role in people:
        town.cast[short] = person(f"{short}{province}", name, town.bodies[body], role)
    for short in ("admin", "security"):  # actions are tried by an elevated administrator; whoever signs in is not one
        post = town.cast[short].post
        assert post is not None
        town.cast[short] = actor_of(post, timezone.now() + timedelta(minutes=15))
    town.cast["resident"] = RESIDENT
    return town

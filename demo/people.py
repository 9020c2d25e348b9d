"""People with accounts (人员与账号): every role in each county. All are invented and share one password."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from demo.places import Ground
    from linli.commons.actor import Actor

PASSWORD = "linli-demo-2026"

MAIN = (
    ("hotline", "hotline", "hotline", "热线平台坐席", "确认分类、受理、分派；试着把路灯分给居委会，看系统如何拦下"),
    ("urban", "urban_mgmt", "department", "部门经办人", "办理、答复，或提出异议、申请延期"),
    ("committee", "{committee}", "committee", "居委会工作人员", "看本社区能拒绝什么；把难以承担的事项报街道"),
    ("grid", "{committee}-W1", "grid_worker", "网格员", "看交给网格的事项和依据"),
    ("street", "{street}", "street", "街道工作人员", "协调上报的事项，给社区交办任务"),
    ("supervisor", "government", "supervisor", "督查岗", "看黄牌红牌，督办，裁定异议"),
    ("lead", "lead", "county", "县级牵头部门", "起草公布清单，审批准入，设定时限"),
    ("firm", "{committee}-firm", "firm", "物业企业经办人", "只看得到改写后的转办摘要"),
    ("province", "provincial", "province", "省级牵头部门", "看全省清单，不能改县里的事"),
    ("admin", "lead", "system_admin", "系统管理员", "提权后管账号和任职，看不到诉求"),
    ("auditor", "government", "auditor", "审计员", "查留痕"),
    ("security", "government", "security_admin", "安全管理员", "核准任职，看登录记录；登录要动态码"),
    ("congress", "congress", "congress", "人大常委会工作人员", "看法规草案的意见，归并、答复，公布采纳情况"),
)
"""Short user name, body, role, label, what to try. Users are called hb_… and hn_…"""

FACTORS = {
    "hb_security": "LINLIDEMOHUBEISECURITYADMINAAAAA",
    "hn_security": "LINLIDEMOHUNANSECURITYADMINAAAAA",
}
"""Accounts that have bound an authenticator app, with the secret that anybody may type into theirs."""

SPECIAL = {"hb": {"committee": "tingchao", "street": "linjiang"}, "hn": {"committee": "liuting", "street": "wenzhi"}}
COUNTY_NAMES = {"hb": "江岭县（湖北草案）", "hn": "澧川县（湖南草案）"}

ACCOUNTS: list[tuple[str, str, str, str, str]] = []
"""(user name, person's name, role, county, what to try) of the accounts that the pages offer."""

SURNAMES = "陈林何罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖"
GIVEN = ("晓岚", "志远", "秋萍", "建国", "雅琴", "子涵", "海涛", "春梅", "文博", "玉珍", "立新", "思源", "桂兰")


def _name(number: int) -> str:
    return SURNAMES[number % len(SURNAMES)] + GIVEN[number * 5 % len(GIVEN)]


for _offset, _prefix in ((0, "hb"), (17, "hn")):
    for _index, (_short, _body, _role, _label, _try) in enumerate(MAIN):
        ACCOUNTS.append((f"{_prefix}_{_short}", _name(_offset + _index), _label, COUNTY_NAMES[_prefix], _try))


@dataclass
class Town:
    """One county with its people: actors by body key, and the special posts by short user name."""

    ground: Ground
    posts: dict[str, Actor]
    main: dict[str, Actor]

    def at(self, body_code: str) -> Actor:
        """Who works for a body (by its code)."""
        return self.posts[body_code]


def settle(ground: Ground) -> Town:
    """Make the accounts and posts of one county: one worker for every body, and the main accounts."""
    from django.contrib.auth.hashers import make_password
    from django.utils import timezone

    from linli.commons.actor import actor_of
    from linli.commons.models import Post, SecondFactor, User

    prefix = ground.county.prefix
    secret = make_password(PASSWORD)  # one hash for all: a slow hash for each of a hundred accounts helps nobody here
    since = timezone.localdate() - timedelta(days=30)
    town = Town(ground, {}, {})
    names = {account[0]: account[1] for account in ACCOUNTS}

    def post(username: str, name: str, key: str, role: str) -> Actor:
        user = User(username=username, name=name, password=secret)
        user.save()
        if username in FACTORS:
            SecondFactor.objects.create(user=user, secret=FACTORS[username])
        actor = actor_of(Post.objects.create(user=user, body=ground.bodies[key], role=role, from_on=since))
        town.posts.setdefault(actor.body_code, actor)
        return actor

    for short, body, role, _, _ in MAIN:
        username = f"{prefix}_{short}"
        key = body.format(**SPECIAL[prefix])
        town.main[short] = post(username, names[username], key, role)
    roles = {"committee": "committee", "grid": "grid_worker", "street": "street", "hotline": "hotline"}
    roles |= {"property": "firm", "utility": "firm"}
    for number, (key, made) in enumerate(ground.bodies.items(), 40):
        if made.code not in town.posts:
            role = roles.get(made.kind, "department")
            post(f"{prefix}_{key.replace('-', '_').lower()}", _name(number), key, role)
    # The lead body answers appeals too where it owns civil affairs; whoever decides on lists does not answer them.
    worker = post(f"{prefix}_civil", _name(90), "lead", "department") if made_civil(ground) else None
    if worker is not None:
        town.posts[worker.body_code] = worker
    town.main["hotline2"] = post(f"{prefix}_hotline2", _name(91), "hotline", "hotline")
    return town


def made_civil(ground: Ground) -> bool:
    """Whether the lead body is the one for civil affairs."""
    return ground.bodies["lead"].duty == "civil_affairs"

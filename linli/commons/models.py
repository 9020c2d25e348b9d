"""People, bodies, places, posts, settings, the working calendar and loaded statute texts."""

from __future__ import annotations

import hashlib
import secrets
from datetime import date
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils import timezone

from linli.commons.roles import Role
from linli.kit.privacy import label
from linli.kit.scope import Visible


class Place(models.Model):
    """A place in one tree by code (区划/社区/网格): 2, 4, 6, 9 or 12 digits, then `-suffix` for estates and grids."""

    class Level(models.TextChoices):
        PROVINCE = "province", "省"
        CITY = "city", "市（州）"
        COUNTY = "county", "县（市、区）"
        STREET = "street", "街道（乡镇）"
        COMMUNITY = "community", "社区（村）"
        ESTATE = "estate", "小区"
        GRID = "grid", "网格"

    class Kind(models.TextChoices):
        URBAN = "urban", "城市"
        RURAL = "rural", "农村"

    code = models.CharField("区划代码", max_length=40, unique=True)
    name = models.CharField("名称", max_length=60)
    aliases = models.CharField("别名", max_length=200, blank=True, help_text="用顿号分开")
    level = models.CharField("层级", max_length=12, choices=Level.choices)
    kind = models.CharField("城乡", max_length=8, choices=Kind.choices, blank=True)
    phone = models.CharField("服务电话", max_length=30, blank=True)
    address = models.CharField("服务地址", max_length=120, blank=True)

    LABELS = label(L1="id code name aliases level kind phone address")
    VISIBLE = Visible(public=(("code__gt", ""),))

    class Meta:
        verbose_name = "地方"
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name

    @property
    def place_code(self) -> str:
        return self.code

    @property
    def trail_key(self) -> str:
        return f"place:{self.code}"

    @property
    def county_code(self) -> str:
        """Code of the county the place lies in (its own for what stands above)."""
        return self.code[:6]


class Body(models.Model):
    """A body that can be responsible for something (机构), HB 4–7, HN 2."""

    class Kind(models.TextChoices):
        GOVERNMENT = "government", "人民政府"
        LEAD = "lead", "牵头部门"
        HOTLINE = "hotline", "热线管理部门"
        DEPARTMENT = "department", "政府部门"
        STREET = "street", "街道办事处（乡镇人民政府）"
        COMMITTEE = "committee", "居（村）民委员会"
        GRID = "grid", "网格"
        UTILITY = "utility", "公共服务单位"
        PROPERTY = "property", "物业服务企业"
        CONGRESS = "congress", "人大常委会"

    code = models.CharField("机构代码", max_length=40, unique=True)
    name = models.CharField("名称", max_length=60)
    kind = models.CharField("类别", max_length=12, choices=Kind.choices)
    duty = models.CharField(
        "职责类别", max_length=24, blank=True, help_text="如 housing、urban_mgmt；按事项找承办单位时用"
    )
    place = models.ForeignKey(Place, on_delete=models.PROTECT, to_field="code", verbose_name="管辖范围")
    phone = models.CharField("电话", max_length=30, blank=True)
    ended_on = models.DateField("撤销日期", null=True, blank=True)

    LABELS = label(L1="id code name kind duty place phone ended_on")
    VISIBLE = Visible(public=(("code__gt", ""),))

    class Meta:
        verbose_name = "机构"
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name

    @property
    def place_code(self) -> str:
        return self.place_id

    @property
    def trail_key(self) -> str:
        return f"body:{self.code}"

    @property
    def bearer(self) -> str:
        """Class of bearer for the task gate: committee, grid, or agency for every other body (HB 41, HN 12–13)."""
        return self.kind if self.kind in {self.Kind.COMMITTEE, self.Kind.GRID} else "agency"


class UserManager(BaseUserManager["User"]):
    """Accounts are made with a hashed password, or with none that works."""

    def create_user(self, username: str, name: str, password: str | None = None) -> User:
        """Make an account. Raises: ValueError without a user name."""
        if not username:
            raise ValueError("账号不能为空")
        user = self.model(username=username, name=name)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person with an account (用户)."""

    username = models.CharField("账号", max_length=40, unique=True)
    name = models.CharField("姓名", max_length=40)
    is_active = models.BooleanField("在用", default=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    LABELS = label(L2="id username is_active last_login", L3="name", L4="")
    SECRETS = frozenset({"password"})
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        verbose_name = "用户"

    def __str__(self) -> str:
        return self.name


class Post(models.Model):
    """A person holds a post in a body, with dates (职务)."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="posts", verbose_name="人员")
    body = models.ForeignKey(Body, on_delete=models.PROTECT, to_field="code", related_name="posts", verbose_name="机构")
    role = models.CharField("岗位", max_length=20, choices=Role.choices)
    from_on = models.DateField("任职日期", default=date.today)
    until_on = models.DateField("离任日期", null=True, blank=True)
    head = models.BooleanField("负责人", default=False)
    given_by = models.CharField("任职登记人", max_length=64, blank=True)
    waiting = models.BooleanField("待核准", default=False)
    approved_by = models.CharField("核准人", max_length=64, blank=True)

    LABELS = label(L2="id user body role from_on until_on head given_by waiting approved_by")

    class Meta:
        verbose_name = "职务"
        constraints = (
            models.UniqueConstraint(fields=["user", "body", "role"], name="one_post_per_role"),
            models.UniqueConstraint(fields=["body"], condition=Q(head=True, until_on=None), name="one_head_per_body"),
        )

    def __str__(self) -> str:
        return f"{self.body} · {self.get_role_display()}"

    @staticmethod
    def current(on: date | None = None) -> Q:
        """Posts in force on a day: begun, not ended, and approved (核准)."""
        on = on or timezone.localdate()
        return Q(waiting=False, from_on__lte=on) & (Q(until_on=None) | Q(until_on__gte=on))

    def is_current(self, on: date) -> bool:
        """Whether this post is in force on a day."""
        return not self.waiting and self.from_on <= on and (self.until_on is None or self.until_on >= on)


class ApiToken(models.Model):
    """A key for another system, acting in a post (接口令牌). Only its hash is kept."""

    name = models.CharField("用途", max_length=60)
    digest = models.CharField("令牌指纹", max_length=64, unique=True)
    post = models.ForeignKey(Post, on_delete=models.PROTECT, verbose_name="以何职务")
    created_at = models.DateTimeField("发放时间", auto_now_add=True)
    revoked_at = models.DateTimeField("收回时间", null=True, blank=True)

    LABELS = label(L2="id name digest post created_at revoked_at")

    class Meta:
        verbose_name = "接口令牌"

    @staticmethod
    def hash(token: str) -> str:
        """Fingerprint under which a token is kept."""
        return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()

    @classmethod
    def issue(cls, name: str, post: Post) -> tuple[ApiToken, str]:
        """Make a token; the clear text is handed out once and never again."""
        token = "ll_" + secrets.token_urlsafe(32)
        return cls.objects.create(name=name, digest=cls.hash(token), post=post), token


class Setting(models.Model):
    """What a county set where the drafts leave it open (县级设定). Rows are added, never changed."""

    place = models.ForeignKey(Place, on_delete=models.PROTECT, to_field="code", verbose_name="适用地方")
    key = models.CharField("设定项", max_length=60)
    value = models.JSONField("值")
    source = models.CharField("出处", max_length=120)
    set_at = models.DateTimeField("设定时间", default=timezone.now)
    set_by = models.CharField("设定人", max_length=64)

    LABELS = label(L1="id place key value source set_at", L2="set_by")
    VISIBLE = Visible(public=(("key__gt", ""),))

    class Meta:
        verbose_name = "县级设定"
        indexes = (models.Index(fields=["key", "place"], name="setting_key_place"),)

    @property
    def place_code(self) -> str:
        return self.place_id

    @property
    def trail_key(self) -> str:
        return f"setting:{self.place_id}:{self.key}"


class CalendarDay(models.Model):
    """A day that differs from the plain week (节假日与调休): a holiday, or a make-up working day."""

    place = models.CharField("适用地方", max_length=40, blank=True, help_text="空为全国")
    day = models.DateField("日期")
    working = models.BooleanField("上班")
    name = models.CharField("名称", max_length=30, blank=True)

    LABELS = label(L1="id place day working name")
    VISIBLE = Visible(public=(("day__isnull", False),))

    class Meta:
        verbose_name = "日历"
        ordering = ("day",)
        constraints = (models.UniqueConstraint(fields=["place", "day"], name="one_row_per_day"),)

    def __str__(self) -> str:
        return f"{self.day} {'上班' if self.working else '放假'} {self.name}".strip()

    @property
    def place_code(self) -> str:
        return self.place

    @property
    def trail_key(self) -> str:
        return f"day:{self.place}:{self.day}"


class StatuteText(models.Model):
    """An official text that this installation loaded (法规文本)."""

    pack = models.CharField("法规包", max_length=20)
    title = models.CharField("名称", max_length=120)
    sha256 = models.CharField("指纹", max_length=64)
    loaded_at = models.DateTimeField("载入时间", auto_now_add=True)
    current = models.BooleanField("现用", default=True)

    LABELS = label(L1="id pack title sha256 loaded_at current")
    VISIBLE = Visible(public=(("pack__gt", ""),))

    class Meta:
        verbose_name = "法规文本"
        constraints = (models.UniqueConstraint(fields=["pack"], condition=Q(current=True), name="one_current_text"),)

    place_code = ""

    @property
    def trail_key(self) -> str:
        return f"text:{self.pack}:{self.sha256[:12]}"


class StatuteArticle(models.Model):
    """One article of a loaded text (条文)."""

    text = models.ForeignKey(StatuteText, on_delete=models.CASCADE, related_name="articles")
    eid = models.CharField("条号", max_length=40)
    body = models.TextField("条文")
    stale = models.BooleanField("与法规包不一致", default=False)

    LABELS = label(L1="id text eid body stale")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["text", "eid"], name="one_article_per_text"),)


class Fact(models.Model):
    """What is told of a place under a measure, as of a day (事实). Rows are added, never changed.

    `number` holds counts, amounts and answers (1 and 0), `items` texts or days. A row with neither says that nothing is known
    (无数据), which is not 0 and not an empty list.
    """

    place = models.ForeignKey(Place, on_delete=models.PROTECT, to_field="code", verbose_name="地方")
    measure = models.CharField("指标", max_length=40)
    number = models.DecimalField("数值", max_digits=15, decimal_places=4, null=True, blank=True)
    items = models.JSONField("各项", null=True, blank=True)
    as_of = models.DateField("截至日期")
    source = models.CharField("来源", max_length=120)
    entered_by = models.CharField("录入人", max_length=64)
    entered_label = models.CharField("录入单位和人", max_length=80)
    entered_at = models.DateTimeField("录入时间", default=timezone.now)

    LABELS = label(L1="id place measure number items as_of source entered_at", L2="entered_by entered_label")
    VISIBLE = Visible(place="place_id", power="commons.see_facts")

    class Meta:
        verbose_name = "事实"
        indexes = (models.Index(fields=["place", "measure", "as_of"], name="fact_place_measure"),)
        constraints = (
            models.CheckConstraint(condition=Q(number=None) | Q(items=None), name="fact_one_value"),
            models.CheckConstraint(condition=Q(number=None) | Q(number__gte=0), name="fact_not_negative"),
        )

    @property
    def place_code(self) -> str:
        return self.place_id

    @property
    def trail_key(self) -> str:
        return f"fact:{self.place_id}:{self.measure}"


def code_for(prefix: str, digits: int = 10) -> str:
    """A code that tells nothing about order or number: prefix, then random decimal digits."""
    return f"{prefix}{secrets.randbelow(10**digits):0{digits}d}"


def plain(value: Any) -> Any:
    """A value as the trail stores it."""
    return value.isoformat() if hasattr(value, "isoformat") else value


from linli.commons.doors.models import (  # noqa: E402  # at the end: they refer to User
    DoorEvent,
    PasswordReset,
    RecoveryCode,
    SecondFactor,
    Session,
)

__all__ = [
    "ApiToken",
    "Body",
    "CalendarDay",
    "DoorEvent",
    "PasswordReset",
    "Place",
    "Post",
    "RecoveryCode",
    "SecondFactor",
    "Session",
    "Setting",
    "StatuteArticle",
    "StatuteText",
    "User",
    "UserManager",
    "code_for",
    "plain",
]

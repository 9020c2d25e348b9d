"""The appeal itself, its secret code, and the files it may come from."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from linli.areas.appeals.flow import State
from linli.areas.mandates.models import Assignment, Matter
from linli.commons.models import Body, Place
from linli.kit.privacy import EncryptedTextField, label
from linli.kit.scope import Visible

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # 31 signs that are not mistaken for one another on paper
CODE_LENGTH = 10  # 31^10 ≈ 2^49.5


def new_code() -> str:
    """A secret code of 49 bits, read aloud without doubt."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def code_digest(code: str) -> str:
    """What is kept of a secret code: a keyed hash, so that neither a dump nor a glance gives codes away."""
    tidy = "".join(sign for sign in code.upper() if sign.isalnum())
    return hmac.new(
        settings.LINLI_FIELD_KEY, b"appeal-code:" + tidy.encode("utf-8", "replace"), hashlib.sha256
    ).hexdigest()


def new_number() -> str:
    """A number that tells the day and nothing else: six digits of date, eight of chance."""
    return f"{timezone.localdate():%y%m%d}{secrets.randbelow(10**8):08d}"


class ImportRecord(models.Model):
    """One imported file (导入记录); its rows show only when all of them are in."""

    code = models.CharField("导入编号", max_length=24, unique=True)
    county = models.ForeignKey(Place, on_delete=models.PROTECT, to_field="code", verbose_name="县")
    source = models.CharField("来源", max_length=60)
    filename = models.CharField("文件名", max_length=120)
    sha256 = models.CharField("文件指纹", max_length=64)
    kind = models.CharField("导入为", max_length=10)
    total = models.PositiveIntegerField("应导入", default=0)
    created = models.PositiveIntegerField("已导入", default=0)
    started_at = models.DateTimeField("开始", default=timezone.now)
    started_by = models.CharField("导入人", max_length=64)
    completed_at = models.DateTimeField("完成", null=True, blank=True)

    LABELS = label(L2="id code county source filename sha256 kind total created started_at started_by completed_at")
    VISIBLE = Visible(place="county_id", power="appeals.import")

    class Meta:
        verbose_name = "导入记录"
        ordering = ("-started_at",)

    @property
    def place_code(self) -> str:
        return self.county_id

    @property
    def trail_key(self) -> str:
        return f"import:{self.code}"


class AppealRows(models.QuerySet["Appeal"]):
    """Appeals; whatever changes rows of them also says when."""

    def update(self, **changes: Any) -> int:
        return super().update(**{"updated_at": timezone.now(), **changes})


class EveryManager(models.Manager["Appeal"]):
    """All appeals, those not yet shown too."""

    def get_queryset(self) -> models.QuerySet[Appeal]:
        return AppealRows(self.model, using=self._db)


class ShownManager(EveryManager):
    """Appeals that anybody may know of: rows of an import that is still running are not."""

    def get_queryset(self) -> models.QuerySet[Appeal]:
        return super().get_queryset().filter(shown=True)


class Appeal(models.Model):
    """Resident appeal (居民诉求), HN art. 12."""

    class Channel(models.TextChoices):
        WEB = "web", "网页"
        COUNTER = "counter", "窗口"
        PHONE = "phone", "电话"
        API = "api", "接口"
        IMPORT = "import", "导入"
        QR = "qr", "楼栋码"
        OPEN311 = "open311", "Open311"

    class Kind(models.TextChoices):
        CONSULT = "咨询", "咨询"
        HELP = "求助", "求助"
        COMPLAIN = "投诉", "投诉"
        REPORT = "举报", "举报"
        SUGGEST = "建议", "建议"
        PRAISE = "表扬", "表扬"

    number = models.CharField("编号", max_length=20, unique=True, default=new_number)
    code_hash = models.CharField("查询码指纹", max_length=64)
    # Every index below that begins with the county serves for the county alone.
    county = models.ForeignKey(
        Place, on_delete=models.PROTECT, to_field="code", related_name="+", db_index=False, verbose_name="县"
    )
    place = models.ForeignKey(Place, on_delete=models.PROTECT, to_field="code", related_name="+", verbose_name="发生地")
    place_text = models.CharField("具体位置", max_length=120, blank=True)
    latitude = models.FloatField("纬度", null=True, blank=True, help_text="WGS-84")
    longitude = models.FloatField("经度", null=True, blank=True, help_text="WGS-84")
    channel = models.CharField("渠道", max_length=10, choices=Channel.choices)
    kind = models.CharField("类型", max_length=4, choices=Kind.choices, blank=True)
    matter = models.ForeignKey(
        Matter, on_delete=models.PROTECT, to_field="code", null=True, blank=True, verbose_name="事项"
    )
    confirmed = models.BooleanField("分类已由人确认", default=False)
    suggestion = models.JSONField("系统建议", default=dict, blank=True)
    title = models.CharField("标题", max_length=80)
    text = models.TextField("内容")
    brief = models.TextField("转办摘要", blank=True, help_text="给企业看的改写，不含反映人信息和原文")
    danger = models.BooleanField("危及安全", default=False)
    anonymous = models.BooleanField("匿名", default=False)
    reporter_name = EncryptedTextField("反映人称呼", blank=True)
    reporter_contact = EncryptedTextField("联系方式", blank=True)
    filed_by = models.CharField("录入人", max_length=64)
    filed_for = models.BooleanField("代为反映", default=False)
    filed_at = models.DateTimeField("收到时间", default=timezone.now)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.RECEIVED)
    handler = models.ForeignKey(
        Body,
        on_delete=models.PROTECT,
        to_field="code",
        related_name="+",
        null=True,
        blank=True,
        verbose_name="主办单位",
    )
    concerned = models.ManyToManyField(Body, related_name="+", blank=True, verbose_name="有关单位")
    hops = models.PositiveSmallIntegerField("分派次数", default=0)
    waiting = models.BooleanField("等待居民补充", default=False)
    solved = models.BooleanField("居民认为已解决", null=True, blank=True)
    rating = models.PositiveSmallIntegerField("满意度", null=True, blank=True)
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)
    updated_at = models.DateTimeField("更新时间", auto_now=True)
    source = models.CharField("来源系统", max_length=60, blank=True)
    source_key = models.CharField("来源键", max_length=80, blank=True)
    import_record = models.ForeignKey(
        ImportRecord, on_delete=models.PROTECT, null=True, blank=True, verbose_name="导入记录"
    )
    shown = models.BooleanField("可见", default=True)
    erased = models.BooleanField("个人信息已删除", default=False)

    LABELS = label(
        L2="id number code_hash county place channel kind matter confirmed suggestion brief danger anonymous filed_by filed_for"
        " filed_at state handler concerned hops waiting solved rating ended_at updated_at source source_key import_record shown"
        " erased",
        L3="place_text latitude longitude title text",
        L4="reporter_name reporter_contact",
    )
    VISIBLE = Visible(place="place_id", power="appeals.see", body="concerned__code", body_power="appeals.see_held")

    everything: ClassVar[models.Manager[Appeal]] = EveryManager()
    objects: ClassVar[models.Manager[Appeal]] = ShownManager()

    class Meta:
        verbose_name = "诉求"
        ordering = ("-filed_at", "-id")
        base_manager_name = "everything"
        default_manager_name = "everything"
        indexes = (
            models.Index(fields=["state", "handler"], name="appeal_desk"),
            models.Index(fields=["county", "state", "filed_at"], name="appeal_county_state"),
            # Which rows a page of the list shows, and counts by state, are read from these two alone.
            models.Index(fields=["county", "filed_at", "id", "place", "shown"], name="appeal_county_filed"),
            models.Index(fields=["county", "state", "place", "shown", "id"], name="appeal_counts"),
            models.Index(fields=["county", "updated_at"], name="appeal_county_updated"),
            models.Index(fields=["latitude", "longitude"], condition=Q(latitude__isnull=False), name="appeal_position"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["county", "source", "source_key"], condition=~Q(source_key=""), name="one_appeal_per_source_key"
            ),
            models.CheckConstraint(
                condition=Q(rating=None) | (Q(rating__gte=1) & Q(rating__lte=5)), name="rating_from_one_to_five"
            ),
            models.CheckConstraint(
                condition=Q(latitude=None, longitude=None)
                | Q(
                    latitude__isnull=False,
                    longitude__isnull=False,
                    latitude__gte=-90,
                    latitude__lte=90,
                    longitude__gte=-180,
                    longitude__lte=180,
                ),
                name="position_whole_and_on_earth",
            ),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def place_code(self) -> str:
        return self.place_id

    @property
    def trail_key(self) -> str:
        return f"appeal:{self.number}"

    @property
    def held_by(self) -> tuple[str, ...]:
        """The body that holds it now may work on it, wherever its own place lies."""
        return (self.handler_id,) if self.handler_id else ()

    def opens_with(self, code: str) -> bool:
        """Whether a secret code opens this appeal; compared in constant time."""
        return hmac.compare_digest(self.code_hash, code_digest(code))

    def lead(self) -> Assignment | None:
        """The open lead assignment, if any."""
        return (
            Assignment.objects.filter(subject=self.trail_key, state="open", lead=True)
            .select_related("body", "ground")
            .first()
        )

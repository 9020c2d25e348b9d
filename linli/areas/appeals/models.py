"""Tables of the appeals."""

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
    county = models.ForeignKey(Place, on_delete=models.PROTECT, to_field="code", related_name="+", verbose_name="县")
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
            models.Index(fields=["county", "filed_at"], name="appeal_county_filed"),
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


class Objection(models.Model):
    """A holder says: not ours (异议), HN 12."""

    class State(models.TextChoices):
        OPEN = "open", "待裁定"
        UPHELD = "upheld", "成立"
        OVERRULED = "overruled", "不成立"

    appeal = models.ForeignKey(Appeal, on_delete=models.PROTECT, related_name="objections")
    assignment = models.OneToOneField(Assignment, on_delete=models.PROTECT, related_name="objection")
    body = models.ForeignKey(Body, on_delete=models.PROTECT, to_field="code", verbose_name="提出单位")
    reason = models.TextField("理由", max_length=1000)
    names = models.ForeignKey(
        Body,
        on_delete=models.PROTECT,
        to_field="code",
        null=True,
        blank=True,
        related_name="+",
        verbose_name="认为应由",
    )
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.OPEN)
    raised_at = models.DateTimeField("提出时间", default=timezone.now)
    ruling = models.TextField("裁定理由", blank=True)
    ruled_by = models.CharField("裁定人", max_length=80, blank=True)
    ruled_at = models.DateTimeField("裁定时间", null=True, blank=True)

    LABELS = label(L2="id appeal assignment body reason names state raised_at ruling ruled_by ruled_at")
    VISIBLE = Visible(place="appeal__place_id", power="appeals.see", body="body_id", body_power="appeals.see_held")


class Precedent(models.Model):
    """A ruling corrects the dispatch catalogue (先例): in this county, this matter belongs to that body."""

    county = models.ForeignKey(Place, on_delete=models.PROTECT, to_field="code")
    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, to_field="code")
    body = models.ForeignKey(Body, on_delete=models.PROTECT, to_field="code")
    objection = models.ForeignKey(Objection, on_delete=models.PROTECT)
    set_at = models.DateTimeField("形成时间", default=timezone.now)

    LABELS = label(L2="id county matter body objection set_at")
    VISIBLE = Visible(place="county_id", power="appeals.see")

    class Meta:
        ordering = ("-set_at",)


class Extension(models.Model):
    """More time, asked for before expiry and approved by somebody else (延期)."""

    class State(models.TextChoices):
        ASKED = "asked", "待审批"
        GRANTED = "granted", "已批准"
        REFUSED = "refused", "未批准"

    appeal = models.ForeignKey(Appeal, on_delete=models.PROTECT, related_name="extensions")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="extensions")
    amount = models.PositiveSmallIntegerField("延长")
    reason = models.TextField("理由", max_length=1000)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.ASKED)
    asked_at = models.DateTimeField("申请时间", default=timezone.now)
    decision = models.TextField("审批意见", blank=True)
    decided_by = models.CharField("审批人", max_length=80, blank=True)
    decided_at = models.DateTimeField("审批时间", null=True, blank=True)

    LABELS = label(L2="id appeal assignment amount reason state asked_at decision decided_by decided_at")
    VISIBLE = Visible(place="appeal__place_id", power="appeals.see")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["assignment"], condition=Q(state="asked"), name="one_extension_asked_at_a_time"
            ),
        )


class Answer(models.Model):
    """What the holder answers the resident (答复)."""

    appeal = models.ForeignKey(Appeal, on_delete=models.PROTECT, related_name="answers")
    body = models.ForeignKey(Body, on_delete=models.PROTECT, to_field="code", verbose_name="答复单位")
    by = models.CharField("经办人", max_length=64)
    text = models.TextField("答复内容", max_length=4000)
    at = models.DateTimeField("答复时间", default=timezone.now)

    LABELS = label(L2="id appeal body by at", L3="text")
    VISIBLE = Visible(place="appeal__place_id", power="appeals.see")

    class Meta:
        ordering = ("id",)


class Word(models.Model):
    """A question to the resident, or what the resident adds (补充说明)."""

    appeal = models.ForeignKey(Appeal, on_delete=models.PROTECT, related_name="words")
    from_resident = models.BooleanField("居民说")
    text = models.TextField("内容", max_length=2000)
    by = models.CharField("记录人", max_length=80)
    at = models.DateTimeField("时间", default=timezone.now)

    LABELS = label(L2="id appeal from_resident by at", L3="text")
    VISIBLE = Visible(place="appeal__place_id", power="appeals.see")

    class Meta:
        ordering = ("id",)


class CallBack(models.Model):
    """One call-back attempt, by someone else than the handler (回访), HN 12."""

    class How(models.TextChoices):
        PHONE = "phone", "电话"
        VISIT = "visit", "上门"
        WEB = "web", "居民在网上评价"

    appeal = models.ForeignKey(Appeal, on_delete=models.PROTECT, related_name="callbacks")
    answer = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="callbacks")
    how = models.CharField("方式", max_length=8, choices=How.choices)
    reached = models.BooleanField("联系上")
    solved = models.BooleanField("已解决", null=True, blank=True)
    rating = models.PositiveSmallIntegerField("满意度", null=True, blank=True)
    note = models.TextField("居民原话", max_length=1000, blank=True)
    by = models.CharField("回访人", max_length=80)
    at = models.DateTimeField("时间", default=timezone.now)

    LABELS = label(L2="id appeal answer how reached solved rating by at", L3="note")
    VISIBLE = Visible(place="appeal__place_id", power="appeals.see")

    class Meta:
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(reached=False, solved=None) | Q(reached=True, solved__isnull=False),
                name="reached_says_solved",
            ),
        )


class Card(models.Model):
    """A yellow or red card by the clock (黄牌、红牌), once per clock and level."""

    class Level(models.TextChoices):
        YELLOW = "yellow", "黄牌"
        RED = "red", "红牌"

    appeal = models.ForeignKey(Appeal, on_delete=models.PROTECT, related_name="cards")
    clock = models.BigIntegerField("计时")
    name = models.CharField("时限名", max_length=40)
    level = models.CharField("级别", max_length=8, choices=Level.choices)
    holder = models.CharField("责任单位", max_length=40, blank=True)
    due_at = models.DateTimeField("应办结")
    at = models.DateTimeField("发出时间", default=timezone.now)

    LABELS = label(L2="id appeal clock name level holder due_at at")
    VISIBLE = Visible(place="appeal__place_id", power="appeals.see", body="holder", body_power="appeals.see_held")

    class Meta:
        ordering = ("-at",)
        constraints = (
            models.UniqueConstraint(fields=["clock", "level", "due_at"], name="one_card_per_clock_and_level"),
        )


class Order(models.Model):
    """A supervision order (督办), HN 12, HB 42."""

    appeal = models.ForeignKey(Appeal, on_delete=models.PROTECT, related_name="orders")
    text = models.TextField("督办要求", max_length=1000)
    by = models.CharField("督办人", max_length=80)
    at = models.DateTimeField("时间", default=timezone.now)
    reply = models.TextField("反馈", blank=True, max_length=1000)
    replied_at = models.DateTimeField("反馈时间", null=True, blank=True)

    LABELS = label(L2="id appeal text by at reply replied_at")
    VISIBLE = Visible(place="appeal__place_id", power="appeals.see")

    class Meta:
        ordering = ("id",)


class Erasure(models.Model):
    """The reporter asks that personal data be erased (删除个人信息申请), Personal Information Protection Law art. 47."""

    class State(models.TextChoices):
        ASKED = "asked", "待处理"
        ERASED = "erased", "已删除"
        REFUSED = "refused", "不予删除"

    class Shown(models.TextChoices):
        CODE = "code", "凭编号和查询码"
        PAPER = "paper", "当面核对证件"
        PHONE = "phone", "回拨登记的电话"

    appeal = models.ForeignKey(Appeal, on_delete=models.PROTECT, related_name="erasures")
    shown = models.CharField("本人身份怎样核对", max_length=8, choices=Shown.choices)
    state = models.CharField("状态", max_length=8, choices=State.choices, default=State.ASKED)
    asked_by = models.CharField("申请录入", max_length=64)
    asked_at = models.DateTimeField("申请时间", default=timezone.now)
    decision = models.TextField("不予删除的理由", blank=True, max_length=1000)
    decided_by = models.CharField("处理人", max_length=80, blank=True)
    decided_at = models.DateTimeField("处理时间", null=True, blank=True)

    LABELS = label(L2="id appeal shown state asked_by asked_at decision decided_by decided_at")
    VISIBLE = Visible(place="appeal__place_id", power="appeals.erase")

    class Meta:
        verbose_name = "删除个人信息申请"
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=["appeal"], condition=Q(state="asked"), name="one_erasure_asked_at_a_time"),
        )

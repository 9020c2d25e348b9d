"""Tables of reports (检举): the report with its sealed parts, the ladder walked, the orders to correct."""

from __future__ import annotations

import hmac

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.areas.appeals.models import ErasureAsked, code_digest
from linli.areas.duties.flow import CLOSED_STATES, ReportState
from linli.commons.models import Body, Place
from linli.kit.privacy import EncryptedTextField, label
from linli.kit.scope import Visible
from linli.law import words


class Report(models.Model):
    """A confidential report that a body does not do its duty (检举、投诉、控告), HB 42.

    Who reports and in which words rests encrypted and is opened at one desk only. `place` is the county, so that the
    trail of a report lies in no street or community.
    """

    class Channel(models.TextChoices):
        WEB = "web", "网页"
        COUNTER = "counter", "窗口"

    class Outcome(models.TextChoices):
        UNFOUNDED = "unfounded", _("查无此事实")
        CORRECTED = "corrected", _("已改正")
        CRITICISED = "criticised", _("已改正并通报批评")
        UNCORRECTED = "uncorrected", _("未改正")
        EXEMPT = "exempt", _("容错免责")
        HANDED = "handed", _("已移送")

    class Effect(models.TextChoices):
        EXEMPT = "exempt", "免责"
        LIGHTER = "lighter", "从轻、减轻"
        NONE = "none", "不适用"

    number = models.CharField("编号", max_length=20, unique=True)
    code_hash = models.CharField("查询码指纹", max_length=64)
    place = models.ForeignKey(Place, on_delete=models.PROTECT, to_field="code", related_name="+", verbose_name="县")
    respondent = models.ForeignKey(
        Body, on_delete=models.PROTECT, to_field="code", related_name="+", verbose_name="被反映单位"
    )
    breach = models.CharField("反映什么", max_length=20)
    duty = models.CharField("哪项职责", max_length=60, blank=True)
    matter_key = models.CharField("有关的诉求或任务", max_length=80, blank=True)
    pack = models.CharField("法规包", max_length=20)
    liability = models.CharField("责任条款", max_length=60, blank=True)
    channel = models.CharField("渠道", max_length=10, choices=Channel.choices)
    words = EncryptedTextField("反映内容")
    anonymous = models.BooleanField("匿名", default=False)
    name = EncryptedTextField("反映人姓名", blank=True)
    contact = EncryptedTextField("联系方式", blank=True)
    reply = EncryptedTextField("给反映人的答复", blank=True)
    filed_by = models.CharField("录入人", max_length=64)
    filed_at = models.DateTimeField("收到时间", default=timezone.now)
    state = models.CharField("状态", max_length=12, choices=ReportState.choices, default=ReportState.FILED)
    desk = models.ForeignKey(
        Body, on_delete=models.PROTECT, to_field="code", related_name="+", verbose_name="受理处理单位"
    )
    corrector = models.CharField("纠正主体", max_length=20, blank=True)
    rung = models.PositiveSmallIntegerField("第几级", default=0)
    outcome = models.CharField("结果", max_length=12, choices=Outcome.choices, blank=True)
    effect = models.CharField("容错认定", max_length=8, choices=Effect.choices, blank=True)
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)
    published_at = models.DateTimeField("公布时间", null=True, blank=True)
    erased = models.BooleanField("个人信息已删除", default=False)

    LABELS = label(
        L2="id number code_hash place respondent breach duty matter_key pack liability channel anonymous filed_by filed_at state"
        " desk corrector rung outcome effect ended_at published_at erased",
        L4="words name contact reply",
    )
    VISIBLE = Visible(body="desk_id", body_power="duties.correct")

    class Meta:
        verbose_name = "检举"
        ordering = ("-filed_at", "-id")
        indexes = (models.Index(fields=["desk", "state"], name="report_desk_state"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(published_at=None) | Q(ended_at__isnull=False), name="report_published_when_ended"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=CLOSED_STATES, outcome=""), name="report_closed_with_outcome"
            ),
        )

    def __str__(self) -> str:
        return self.number

    @property
    def place_code(self) -> str:
        return self.place_id

    @property
    def trail_key(self) -> str:
        return f"report:{self.number}"

    @property
    def held_by(self) -> tuple[str, ...]:
        """The desk may work on it, wherever its own place lies."""
        return (self.desk_id,)

    @property
    def breach_label(self) -> str:
        """What is reported, in words."""
        return words.BREACHES.get(self.breach, self.breach)

    @property
    def about_worker(self) -> bool:
        """Whether a worker of the body is reported on, who must not be told from the public page."""
        return self.breach == "worker"

    def opens_with(self, code: str) -> bool:
        """Whether a secret code opens this report; compared in constant time."""
        return hmac.compare_digest(self.code_hash, code_digest(code))


class Stage(models.Model):
    """One rung of the ladder that a report stood on (经手)."""

    class How(models.TextChoices):
        NOW = "now", "正在办"
        SILENT = "silent", "逾期没有动静，转上一级"
        PASSED = "passed", "报上一级"
        SENT = "sent", "转有权的单位"
        ENDED = "ended", "办结"

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="stages", verbose_name="检举")
    desk = models.ForeignKey(Body, on_delete=models.PROTECT, to_field="code", related_name="+", verbose_name="单位")
    corrector = models.CharField("纠正主体", max_length=20, blank=True)
    began_at = models.DateTimeField("开始", default=timezone.now)
    ended_at = models.DateTimeField("结束", null=True, blank=True)
    how = models.CharField("怎样结束", max_length=8, choices=How.choices, default=How.NOW)

    LABELS = label(L2="id report desk corrector began_at ended_at how")
    VISIBLE = Visible(body="report__desk_id", body_power="duties.correct")

    class Meta:
        verbose_name = "经手"
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=["report"], condition=Q(how="now"), name="report_stands_on_one_rung"),
        )


class Supplement(models.Model):
    """What the reporter added later (补充反映)."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="supplements", verbose_name="检举")
    text = EncryptedTextField("补充内容")
    at = models.DateTimeField("时间", default=timezone.now)

    LABELS = label(L2="id report at", L4="text")
    VISIBLE = Visible(body="report__desk_id", body_power="duties.correct")

    class Meta:
        verbose_name = "补充反映"
        ordering = ("id",)


class ReportErasure(ErasureAsked):
    """The reporter asks that the report be erased (删除检举里的个人信息); the desk that has it decides."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="erasures", verbose_name="检举")

    LABELS = label(L2="id report shown state asked_by asked_at decision decided_by decided_at")
    VISIBLE = Visible(body="report__desk_id", body_power="duties.correct")

    class Meta:
        verbose_name = "删除检举申请"
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["report"], condition=Q(state="asked"), name="one_report_erasure_asked_at_a_time"
            ),
        )


class Order(models.Model):
    """An order to correct (整改通知), HB 41–44; it says nothing of who reported, nor in which words."""

    class Result(models.TextChoices):
        OPEN = "open", "整改中"
        CORRECTED = "corrected", "已改正"
        UNCORRECTED = "uncorrected", "未改正"
        SUPERSEDED = "superseded", "已由上一级或有权机关接手"

    code = models.CharField("文号", max_length=24, unique=True)
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="orders", verbose_name="检举")
    body = models.ForeignKey(Body, on_delete=models.PROTECT, to_field="code", related_name="+", verbose_name="整改单位")
    desk = models.ForeignKey(Body, on_delete=models.PROTECT, to_field="code", related_name="+", verbose_name="发出单位")
    corrector = models.CharField("纠正主体", max_length=20, blank=True)
    resolution = models.CharField("决议或决定", max_length=120, blank=True)
    text = models.TextField("整改要求")
    criticise = models.BooleanField("通报批评", default=False)
    due_on = models.DateField("整改期限")
    issued_at = models.DateTimeField("发出时间", default=timezone.now)
    issued_by = models.CharField("经办人", max_length=80)
    answer = models.TextField("整改情况", blank=True)
    answered_at = models.DateTimeField("反馈时间", null=True, blank=True)
    answered_by = models.CharField("反馈人", max_length=80, blank=True)
    state = models.CharField("整改结果", max_length=12, choices=Result.choices, default=Result.OPEN)
    judged_at = models.DateTimeField("认定时间", null=True, blank=True)
    judged_why = models.CharField("认定理由", max_length=500, blank=True)

    LABELS = label(
        L2="id code report body desk corrector resolution text criticise due_on issued_at issued_by answer answered_at"
        " answered_by state judged_at judged_why"
    )
    VISIBLE = Visible(body="body_id", body_power="duties.answer_order")

    class Meta:
        verbose_name = "整改通知"
        ordering = ("-issued_at", "-id")
        constraints = (
            models.UniqueConstraint(fields=["report"], condition=Q(state="open"), name="one_open_order_per_report"),
        )

    def __str__(self) -> str:
        return self.code

    @property
    def place_code(self) -> str:
        return self.report.place_id

    @property
    def trail_key(self) -> str:
        return f"order:{self.code}"

    @property
    def held_by(self) -> tuple[str, ...]:
        """The body ordered answers it, wherever its own place lies."""
        return (self.body_id,)

"""What happens to an appeal, a row each: objections, extensions, answers, call-backs, cards, orders, erasures."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from linli.areas.appeals.models.appeal import Appeal
from linli.areas.mandates.models import Assignment, Matter
from linli.commons.models import Body, Place
from linli.kit.privacy import label
from linli.kit.scope import Visible


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


class ErasureAsked(models.Model):
    """Somebody asks that personal data be erased (删除个人信息申请), Personal Information Protection Law art. 47."""

    class State(models.TextChoices):
        ASKED = "asked", "待处理"
        ERASED = "erased", "已删除"
        REFUSED = "refused", "不予删除"

    class Shown(models.TextChoices):
        CODE = "code", "凭编号和查询码"
        PAPER = "paper", "当面核对证件"
        PHONE = "phone", "回拨登记的电话"

    shown = models.CharField("本人身份怎样核对", max_length=8, choices=Shown.choices)
    state = models.CharField("状态", max_length=8, choices=State.choices, default=State.ASKED)
    asked_by = models.CharField("申请录入", max_length=64)
    asked_at = models.DateTimeField("申请时间", default=timezone.now)
    decision = models.TextField("不予删除的理由", blank=True, max_length=1000)
    decided_by = models.CharField("处理人", max_length=80, blank=True)
    decided_at = models.DateTimeField("处理时间", null=True, blank=True)

    class Meta:
        abstract = True

    def decide(self, state: str, by: str, decision: str = "") -> None:
        """Set what was decided, by whom (its label) and why."""
        self.state, self.decision, self.decided_by, self.decided_at = state, decision, by, timezone.now()
        self.save(update_fields=["state", "decision", "decided_by", "decided_at"])


class Erasure(ErasureAsked):
    """The reporter of an appeal asks that it be erased (删除诉求里的个人信息)."""

    appeal = models.ForeignKey(Appeal, on_delete=models.PROTECT, related_name="erasures")

    LABELS = label(L2="id appeal shown state asked_by asked_at decision decided_by decided_at")
    VISIBLE = Visible(place="appeal__place_id", power="appeals.erase")

    class Meta:
        verbose_name = "删除个人信息申请"
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=["appeal"], condition=Q(state="asked"), name="one_erasure_asked_at_a_time"),
        )

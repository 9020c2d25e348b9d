"""Tables of what is asked about: contact points, drafts, their texts and provisions."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from linli.areas.assembly.flow import PUBLIC_STATES, DraftState
from linli.commons.models import Body, Place
from linli.kit.privacy import label
from linli.kit.scope import Visible


class ContactPoint(models.Model):
    """A contact point for legislation in a community (基层立法联系点), HB 27(2), set up by a decision of the standing committee."""

    code = models.CharField("编号", max_length=24, unique=True)
    congress = models.ForeignKey(
        Body, on_delete=models.PROTECT, to_field="code", related_name="+", verbose_name="设立机关"
    )
    place = models.ForeignKey(Place, on_delete=models.PROTECT, to_field="code", related_name="+", verbose_name="所在地")
    host = models.ForeignKey(Body, on_delete=models.PROTECT, to_field="code", related_name="+", verbose_name="承办单位")
    name = models.CharField("名称", max_length=60)
    address = models.CharField("地址", max_length=120)
    phone = models.CharField("电话", max_length=30)
    decision = models.CharField("设立的决定（文号或名称）", max_length=120)
    set_up_on = models.DateField("设立日期")
    ended_on = models.DateField("撤销日期", null=True, blank=True)

    LABELS = label(L1="id code congress place host name address phone decision set_up_on ended_on")
    VISIBLE = Visible(public=(("code__gt", ""),))

    class Meta:
        verbose_name = "联系点"
        ordering = ("place", "name", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["congress", "name"], condition=Q(ended_on=None), name="one_point_of_that_name"
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("set_up_on")), name="point_ends_after_start"
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def place_code(self) -> str:
        return self.place_id

    @property
    def trail_key(self) -> str:
        return f"point:{self.code}"


class Draft(models.Model):
    """A draft on which people are asked (征求意见稿); `place` is the area whose people are asked."""

    code = models.CharField("编号", max_length=24, unique=True)
    congress = models.ForeignKey(
        Body, on_delete=models.PROTECT, to_field="code", related_name="+", verbose_name="征求机关"
    )
    place = models.ForeignKey(
        Place, on_delete=models.PROTECT, to_field="code", related_name="+", verbose_name="征求范围"
    )
    title = models.CharField("名称", max_length=120)
    note = models.TextField("起草说明", blank=True)
    state = models.CharField("状态", max_length=12, choices=DraftState.choices, default=DraftState.PREPARING)
    opens_on = models.DateField("开始日期", null=True, blank=True)
    until = models.DateField("截止日期（含当日）")
    points = models.ManyToManyField(ContactPoint, blank=True, related_name="drafts", verbose_name="请哪些联系点征集")
    prepared_at = models.DateTimeField("建立时间", default=timezone.now)
    closed_at = models.DateTimeField("截止时间", null=True, blank=True)
    published_at = models.DateTimeField("公布采纳情况的时间", null=True, blank=True)

    LABELS = label(
        L1="id code congress place title note state opens_on until points prepared_at closed_at published_at"
    )
    VISIBLE = Visible(
        body="congress_id", body_power="assembly.weigh", public=(("state__in", [str(one) for one in PUBLIC_STATES]),)
    )

    class Meta:
        verbose_name = "征求意见稿"
        ordering = ("-prepared_at", "-id")
        indexes = (models.Index(fields=["state", "until"], name="draft_state_until"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(state="preparing", opens_on=None) | (~Q(state="preparing") & Q(opens_on__isnull=False)),
                name="draft_opened_has_its_day",
            ),
            models.CheckConstraint(
                condition=Q(opens_on=None) | Q(until__gte=F("opens_on")), name="draft_ends_after_opening"
            ),
            models.CheckConstraint(
                condition=Q(state="answered", published_at__isnull=False)
                | (~Q(state="answered") & Q(published_at=None)),
                name="draft_answered_is_published",
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def place_code(self) -> str:
        return self.place_id

    @property
    def trail_key(self) -> str:
        return f"draft:{self.code}"


class DraftText(models.Model):
    """One version of a draft's text (稿次), as it was loaded. Versions are added, never changed."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="texts", verbose_name="征求意见稿")
    number = models.PositiveSmallIntegerField("第几稿")
    body = models.TextField("正文")
    sha256 = models.CharField("指纹", max_length=64)
    note = models.TextField("修改说明", blank=True)
    loaded_at = models.DateTimeField("载入时间", default=timezone.now)
    loaded_by = models.CharField("载入人", max_length=80)

    LABELS = label(L1="id draft number body sha256 note loaded_at", L2="loaded_by")
    VISIBLE = Visible(
        body="draft__congress_id",
        body_power="assembly.weigh",
        public=(("draft__state__in", [str(one) for one in PUBLIC_STATES]),),
    )

    class Meta:
        verbose_name = "稿次"
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=["draft", "number"], name="one_text_per_number"),)

    def __str__(self) -> str:
        return f"第 {self.number} 稿"


class Provision(models.Model):
    """One provision of a version (条款). The body of an article is its whole text; 款 and 项 stand as rows of their own too."""

    class Level(models.TextChoices):
        DIVISION = "division", "编章节"
        ARTICLE = "article", "条"
        PARAGRAPH = "paragraph", "款"
        POINT = "point", "项"

    text = models.ForeignKey(DraftText, on_delete=models.CASCADE, related_name="provisions", verbose_name="稿次")
    eid = models.CharField("条款编号", max_length=60)
    level = models.CharField("层级", max_length=10, choices=Level.choices)
    num = models.CharField("序号", max_length=30, blank=True)
    heading = models.CharField("条标", max_length=120, blank=True)
    body = models.TextField("条文", blank=True)
    order = models.PositiveIntegerField("次序")

    LABELS = label(L1="id text eid level num heading body order")
    VISIBLE = Visible(
        body="text__draft__congress_id",
        body_power="assembly.weigh",
        public=(("text__draft__state__in", [str(one) for one in PUBLIC_STATES]),),
    )

    class Meta:
        verbose_name = "条款"
        ordering = ("order",)
        constraints = (models.UniqueConstraint(fields=["text", "eid"], name="one_provision_per_eid"),)

    def __str__(self) -> str:
        return self.num or self.eid

    @property
    def article(self) -> str:
        """eId of the article that it belongs to."""
        return self.eid.split("__")[0]

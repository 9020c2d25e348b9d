"""Tables of tolerance (容错纠错): the situations a county names beforehand, and who asked to be judged by them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from linli.areas.duties.flow import ToleranceState
from linli.areas.duties.models.report import Order, Report
from linli.commons.models import Body, Place
from linli.kit.privacy import label
from linli.kit.scope import Visible


class Situation(models.Model):
    """A situation in which a mistake may be tolerated (容错情形), named beforehand by the county, HN 18(3)."""

    code = models.CharField("编号", max_length=24, unique=True)
    place = models.ForeignKey(Place, on_delete=models.PROTECT, to_field="code", verbose_name="县")
    text = models.CharField("情形", max_length=300)
    basis = models.CharField("依据", max_length=200)
    from_on = models.DateField("起")
    ended_on = models.DateField("止", null=True, blank=True)
    kept_by = models.CharField("登记人", max_length=64)

    LABELS = label(L1="id code place text basis from_on ended_on", L2="kept_by")
    VISIBLE = Visible(public=(("code__gt", ""),))

    class Meta:
        verbose_name = "容错情形"
        ordering = ("place", "from_on", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=models.F("from_on")), name="situation_ends_after_it_begins"
            ),
        )

    def __str__(self) -> str:
        return self.text

    @property
    def place_code(self) -> str:
        return self.place_id

    @property
    def trail_key(self) -> str:
        return f"situation:{self.code}"


class Tolerance(models.Model):
    """A body, or one of its people, asks that a mistake be tolerated (容错申请), HN 18(3)."""

    code = models.CharField("编号", max_length=24, unique=True)
    place = models.ForeignKey(Place, on_delete=models.PROTECT, to_field="code", verbose_name="县")
    applicant = models.ForeignKey(
        Body, on_delete=models.PROTECT, to_field="code", related_name="+", verbose_name="申请单位"
    )
    personal = models.BooleanField("以个人名义", default=False)
    applied_by = models.CharField("申请人", max_length=64)
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, null=True, blank=True, related_name="tolerances", verbose_name="整改通知"
    )
    situation = models.ForeignKey(Situation, on_delete=models.PROTECT, verbose_name="容错情形")
    reason = models.TextField("经过和理由")
    applied_at = models.DateTimeField("申请时间", default=timezone.now)
    state = models.CharField("状态", max_length=12, choices=ToleranceState.choices, default=ToleranceState.APPLIED)
    examiner = models.ForeignKey(
        Body,
        on_delete=models.PROTECT,
        to_field="code",
        null=True,
        blank=True,
        related_name="+",
        verbose_name="核查单位",
    )
    examined_by = models.CharField("核查人", max_length=64, blank=True)
    opinion = models.TextField("核查意见", blank=True)
    decider = models.ForeignKey(
        Body,
        on_delete=models.PROTECT,
        to_field="code",
        null=True,
        blank=True,
        related_name="+",
        verbose_name="认定单位",
    )
    decided_by = models.CharField("认定人", max_length=64, blank=True)
    decision = models.TextField("认定理由", blank=True)
    effect = models.CharField("认定结果", max_length=8, choices=Report.Effect.choices, blank=True)
    decided_at = models.DateTimeField("认定时间", null=True, blank=True)

    LABELS = label(
        L2="id code place applicant personal applied_by order situation applied_at state examiner examined_by opinion decider"
        " decided_by decision effect decided_at",
        L3="reason",
    )
    VISIBLE = Visible(
        place="place_id", power="duties.examine_tolerance", body="applicant_id", body_power="duties.apply_tolerance"
    )

    class Meta:
        verbose_name = "容错申请"
        ordering = ("-applied_at", "-id")
        constraints = (
            models.CheckConstraint(condition=~Q(state="decided") | ~Q(effect=""), name="tolerance_decided_with_effect"),
            models.CheckConstraint(
                condition=Q(examiner=None) | ~Q(examiner=models.F("applicant")), name="tolerance_examined_by_another"
            ),
        )

    def __str__(self) -> str:
        return self.code

    @property
    def place_code(self) -> str:
        return self.place_id

    @property
    def trail_key(self) -> str:
        return f"tolerance:{self.code}"

    @property
    def held_by(self) -> tuple[str, ...]:
        """The applicant may take it back, wherever its own place lies."""
        return (self.applicant_id,)

"""Table of the duty board: what a named person attests, with a document, until a day."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils import timezone

from linli.commons.models import Body
from linli.kit.privacy import label
from linli.kit.scope import Visible


class Attestation(models.Model):
    """A named person of a body attests that a duty is done, with a document, until a day (履职证明)."""

    code = models.CharField("编号", max_length=24, unique=True)
    pack = models.CharField("法规包", max_length=20)
    duty = models.CharField("职责", max_length=60)
    body = models.ForeignKey(Body, on_delete=models.PROTECT, to_field="code", verbose_name="义务主体")
    person = models.CharField("证明人", max_length=40)
    title = models.CharField("材料名称", max_length=120)
    document = models.CharField("材料编号", max_length=32)
    valid_until = models.DateField("有效期至")
    attested_at = models.DateTimeField("证明时间", default=timezone.now)
    attested_by = models.CharField("提交人", max_length=64)
    withdrawn_at = models.DateTimeField("撤回时间", null=True, blank=True)
    withdrawn_by = models.CharField("撤回人", max_length=64, blank=True)
    withdrawn_why = models.CharField("撤回原因", max_length=200, blank=True)

    LABELS = label(
        L1="id code pack duty body valid_until attested_at withdrawn_at",
        L2="title document attested_by withdrawn_by withdrawn_why",
        L3="person",
    )
    VISIBLE = Visible(place="body__place_id", power="duties.oversee", body="body_id", body_power="duties.see")

    class Meta:
        verbose_name = "履职证明"
        ordering = ("-attested_at",)
        indexes = (models.Index(fields=["body", "duty"], name="attestation_body_duty"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | ~Q(withdrawn_why=""), name="attestation_withdrawn_for_a_reason"
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def place_code(self) -> str:
        return self.body.place_id

    @property
    def trail_key(self) -> str:
        return f"attestation:{self.code}"

    def holds(self, on: date) -> bool:
        """Whether it speaks for the duty on a day: given by then, not withdrawn, not expired."""
        given = timezone.localdate(self.attested_at) <= on
        return given and self.withdrawn_at is None and on <= self.valid_until

"""Published figures."""

from __future__ import annotations

from django.db import models

from linli.commons.models import Place
from linli.kit.privacy import label
from linli.kit.scope import Visible


class Publication(models.Model):
    """A county's indices of one month as they were published (指标公布); never changed, for the trail can prove them.

    `seq` and `hash` name the last entry of the county's chain that was read: with them anybody computes the same again.
    """

    county = models.ForeignKey(Place, on_delete=models.PROTECT, to_field="code", verbose_name="县")
    month = models.DateField("月份", help_text="当月第一天")
    as_of = models.DateTimeField("截至")
    seq = models.BigIntegerField("留痕序号")
    hash = models.CharField("留痕哈希", max_length=64)
    figures = models.JSONField("公布的数字")
    published_by = models.CharField("公布人", max_length=80)

    LABELS = label(L1="id county month as_of seq hash figures", L2="published_by")
    VISIBLE = Visible(public=(("seq__gte", 0),))

    class Meta:
        verbose_name = "指标公布"
        ordering = ("-month",)
        constraints = (models.UniqueConstraint(fields=["county", "month"], name="one_publication_per_month"),)

    @property
    def place_code(self) -> str:
        return self.county_id

    @property
    def trail_key(self) -> str:
        return f"indices:{self.county_id}:{self.month:%Y-%m}"

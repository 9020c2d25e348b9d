"""Tables of the duty board: what a named person attests until a day; verdicts of rules, from a day until another."""

from __future__ import annotations

import hashlib
import secrets
from datetime import date

from django.db import models
from django.db.models import Q
from django.utils import timezone

from linli.commons.models import Body, Place, Post
from linli.kit.privacy import label
from linli.kit.scope import Visible
from linli.law.judge import Verdict
from linli.law.say import VERDICTS


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


class Judging(models.Model):
    """One judging of a county's rules on a day (评判记录): what it was made from, and what changed by it.

    The same pack, facts and day give the same findings: fingerprints name the pack, the facts and what was found.
    """

    place = models.ForeignKey(Place, on_delete=models.PROTECT, to_field="code", verbose_name="地方")
    pack = models.CharField("法规包", max_length=20)
    as_of = models.DateField("评判日期")
    pack_sha256 = models.CharField("法规包指纹", max_length=64)
    facts_sha256 = models.CharField("事实指纹", max_length=64)
    found_sha256 = models.CharField("结果指纹", max_length=64)
    judged = models.PositiveIntegerField("评判项数")
    changed = models.PositiveIntegerField("变化项数")
    counts = models.JSONField("结果", default=dict)
    made_at = models.DateTimeField("评判时间", default=timezone.now)

    LABELS = label(L1="id place pack as_of pack_sha256 facts_sha256 found_sha256 judged changed counts made_at")
    VISIBLE = Visible(place="place_id", power="duties.see")

    class Meta:
        verbose_name = "评判记录"
        ordering = ("-id",)
        indexes = (models.Index(fields=["place", "-id"], name="judging_place"),)

    def __str__(self) -> str:
        return f"{self.place_id} {self.as_of}"

    @property
    def place_code(self) -> str:
        return self.place_id

    @property
    def trail_key(self) -> str:
        return f"judging:{self.place_id}"


class Standing(models.Model):
    """What a rule found at a place, from a day until another (评判结果); only changes make rows.

    No row: nothing is known. `until` is the first day on which it no longer held; none while it holds. `items` are what a
    set lacks, what lies outside a list, or which numbers are missing.
    """

    place = models.ForeignKey(Place, on_delete=models.PROTECT, to_field="code", verbose_name="地方")
    pack = models.CharField("法规包", max_length=20)
    duty = models.CharField("职责", max_length=60)
    verdict = models.CharField("结果", max_length=8, choices=[(one.value, word) for one, word in VERDICTS.items()])
    why = models.CharField("原因", max_length=12, blank=True)
    need = models.FloatField("需要", null=True)
    have = models.FloatField("现有", null=True)
    gap = models.FloatField("缺口", null=True)
    items = models.JSONField("所缺项目", default=list)
    due = models.DateField("到期", null=True)
    since = models.DateField("自")
    until = models.DateField("至", null=True)

    LABELS = label(L1="id place pack duty verdict why need have gap items due since until")
    VISIBLE = Visible(place="place_id", power="duties.see")

    class Meta:
        verbose_name = "评判结果"
        constraints = (
            models.UniqueConstraint(fields=["place", "duty", "since"], name="one_standing_a_day"),
            models.UniqueConstraint(fields=["place", "duty"], condition=Q(until=None), name="one_standing_holds"),
            models.CheckConstraint(condition=Q(until=None) | Q(until__gt=models.F("since")), name="standing_has_days"),
            models.CheckConstraint(condition=Q(verdict__in=list(Verdict)), name="standing_verdict"),
        )

    def __str__(self) -> str:
        return f"{self.place_id} {self.duty} {self.since}"

    @property
    def place_code(self) -> str:
        return self.place_id

    @property
    def trail_key(self) -> str:
        return f"judging:{self.place_id[:6]}"


class CalendarKey(models.Model):
    """A secret address under which a calendar program fetches the coming duties of a post (日历订阅). Only its hash is kept."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, verbose_name="职务")
    digest = models.CharField("地址指纹", max_length=64, unique=True)
    made_at = models.DateTimeField("开通时间", default=timezone.now)
    stopped_at = models.DateTimeField("停用时间", null=True, blank=True)

    LABELS = label(L1="id made_at stopped_at", L2="post digest")
    VISIBLE = Visible(body="post__body_id", body_power="duties.see")

    class Meta:
        verbose_name = "日历订阅"
        constraints = (
            models.UniqueConstraint(fields=["post"], condition=Q(stopped_at=None), name="one_calendar_key_a_post"),
        )

    def __str__(self) -> str:
        return f"{self.post_id}"

    @property
    def place_code(self) -> str:
        return self.post.body.place_id

    @property
    def trail_key(self) -> str:
        return f"calendar:{self.pk}"

    @staticmethod
    def fresh() -> str:
        """A new secret."""
        return secrets.token_urlsafe(24)

    @staticmethod
    def hash(secret: str) -> str:
        """Fingerprint under which a secret is kept."""
        return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()

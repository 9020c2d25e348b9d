"""The outbox table."""

from __future__ import annotations

from django.db import models

from linli.kit.privacy import label
from linli.kit.scope import Visible


class Notice(models.Model):
    """A notice to a body (通知)."""

    channel = models.CharField("渠道", max_length=20)
    body = models.CharField("单位", max_length=40, db_index=True)
    place = models.CharField("区划", max_length=40)
    subject = models.CharField("对象", max_length=80)
    text = models.TextField("内容")
    url = models.CharField("链接", max_length=200, blank=True)
    created_at = models.DateTimeField("产生时间", auto_now_add=True)
    sent_at = models.DateTimeField("送达时间", null=True)
    read_at = models.DateTimeField("阅读时间", null=True)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    error = models.CharField("失败原因", max_length=300, blank=True)

    LABELS = label(L2="id channel body place subject text url created_at sent_at read_at attempts error")
    VISIBLE = Visible(body="body", body_power="commons.read_notices")

    class Meta:
        indexes = (models.Index(fields=["body"], condition=models.Q(read_at=None), name="notice_unread"),)
        app_label = "kit"

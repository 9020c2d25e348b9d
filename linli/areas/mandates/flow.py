"""Flows of lists and admissions (清单与准入的流程)."""

from __future__ import annotations

from django.db import models

from linli.kit.flow import Flow, Move


class ListState(models.TextChoices):
    """States of a list (清单状态)."""

    DRAFT = "draft", "起草中"
    PUBLISHED = "published", "已公布"
    ENDED = "ended", "已停用"


LIST = Flow(
    ListState,
    [
        Move("publish", "公布", (ListState.DRAFT,), ListState.PUBLISHED, "mandates.publish"),
        Move("end", "停用", (ListState.PUBLISHED,), ListState.ENDED, "mandates.publish"),
    ],
)


class AdmissionState(models.TextChoices):
    """States of an admission (准入状态), HB 37(1), HN 13(2)."""

    APPLIED = "applied", "待审查"
    REVIEWED = "reviewed", "待决定"
    APPROVED = "approved", "待公布"
    PUBLISHED = "published", "准入中"
    REFUSED = "refused", "不予准入"
    EXPIRED = "expired", "已到期"
    WITHDRAWN = "withdrawn", "已退出"


ADMISSION = Flow(
    AdmissionState,
    [
        Move("review", "审查", (AdmissionState.APPLIED,), AdmissionState.REVIEWED, "mandates.review"),
        Move("approve", "批准", (AdmissionState.REVIEWED,), AdmissionState.APPROVED, "mandates.approve"),
        Move("refuse", "不予准入", (AdmissionState.REVIEWED,), AdmissionState.REFUSED, "mandates.approve"),
        Move("publish", "公布", (AdmissionState.APPROVED,), AdmissionState.PUBLISHED, "mandates.publish"),
        Move("expire", "到期", (AdmissionState.PUBLISHED,), AdmissionState.EXPIRED, "mandates.expire"),
        Move(
            "withdraw",
            "退出",
            (AdmissionState.APPLIED, AdmissionState.REVIEWED, AdmissionState.APPROVED, AdmissionState.PUBLISHED),
            AdmissionState.WITHDRAWN,
            "mandates.approve",
        ),
    ],
)


class TaskState(models.TextChoices):
    """States of an assignment (交办状态)."""

    OPEN = "open", "办理中"
    DONE = "done", "已完成"
    RETURNED = "returned", "已退回"
    MOVED = "moved", "已改派"
    STOPPED = "stopped", "已停止"


ASSIGNMENT = Flow(
    TaskState,
    [
        Move("finish", "完成", (TaskState.OPEN,), TaskState.DONE, "mandates.work"),
        Move("return", "退回", (TaskState.OPEN,), TaskState.RETURNED, "mandates.work"),
        Move("move", "改派", (TaskState.OPEN,), TaskState.MOVED, "mandates.work"),
        Move("stop", "停止", (TaskState.OPEN,), TaskState.STOPPED, "mandates.work"),
    ],
)

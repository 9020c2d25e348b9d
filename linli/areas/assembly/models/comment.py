"""Tables of what people say and what they are answered: comments, where they stand, groups, answers, invitations, meetings."""

from __future__ import annotations

import hmac

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.areas.appeals.models import code_digest
from linli.areas.assembly.flow import CommentState
from linli.areas.assembly.models.draft import ContactPoint, Draft, DraftText
from linli.commons.models import Body
from linli.kit.privacy import EncryptedTextField, label
from linli.kit.scope import Visible


class Kind(models.TextChoices):
    """Kinds of contributors (身份)."""

    RESIDENT = "resident", _("居民")
    WORKER = "worker", _("社区工作者")
    DEPUTY = "deputy", _("人大代表")
    LAWYER = "lawyer", _("律师或法律顾问")
    EXPERT = "expert", _("专家学者")
    ENTERPRISE = "enterprise", _("企业和个体户")
    ORGANISATION = "organisation", _("社会组织")
    OTHER = "other", _("其他")


class Stance(models.TextChoices):
    """What a comment wants (态度)."""

    SUPPORT = "support", _("赞成")
    OPPOSE = "oppose", _("反对")
    AMEND = "amend", _("修改")
    QUESTION = "question", _("疑问")


class How(models.TextChoices):
    """How a comment came to stand where it stands (位置由来)."""

    MADE = "made", "原处"
    SAME = "same", "未变"
    CHANGED = "changed", "文字有改动"
    MOVED = "moved", "移到别处"
    ORPHAN = "orphan", "找不到对应条文"
    BY_HAND = "by_hand", "人工指定"


class Meeting(models.Model):
    """A meeting at which people were heard (座谈会)."""

    code = models.CharField("编号", max_length=24, unique=True)
    draft = models.ForeignKey(Draft, on_delete=models.PROTECT, related_name="meetings", verbose_name="征求意见稿")
    point = models.ForeignKey(
        ContactPoint, on_delete=models.PROTECT, null=True, blank=True, related_name="meetings", verbose_name="联系点"
    )
    held_on = models.DateField("召开日期")
    venue = models.CharField("地点", max_length=120)
    attendance = models.PositiveIntegerField("到会人数")
    minutes = models.TextField("会议记录", blank=True)
    recorded_for = models.ForeignKey(
        Body, on_delete=models.PROTECT, to_field="code", related_name="+", verbose_name="录入单位"
    )
    recorded_by = models.CharField("录入人", max_length=80)
    recorded_at = models.DateTimeField("录入时间", default=timezone.now)

    LABELS = label(L2="id code draft point held_on venue attendance recorded_for recorded_by recorded_at", L3="minutes")
    VISIBLE = Visible(body="draft__congress_id", body_power="assembly.weigh")

    class Meta:
        verbose_name = "座谈会"
        ordering = ("-held_on", "-id")
        constraints = (models.CheckConstraint(condition=Q(attendance__gte=1), name="meeting_had_people"),)

    def __str__(self) -> str:
        return f"{self.held_on} {self.venue}"

    @property
    def place_code(self) -> str:
        return self.draft.place_id

    @property
    def trail_key(self) -> str:
        return f"meeting:{self.code}"


class Invitation(models.Model):
    """An invitation to comment (邀请): what comes in by its link has its kind of contributor from us, not from the contributor."""

    code_hash = models.CharField("邀请码指纹", max_length=64, unique=True)
    draft = models.ForeignKey(Draft, on_delete=models.PROTECT, related_name="invitations", verbose_name="征求意见稿")
    kind = models.CharField("身份", max_length=12, choices=Kind.choices)
    whom = models.CharField("邀请谁", max_length=60)
    made_at = models.DateTimeField("发出时间", default=timezone.now)
    made_by = models.CharField("经办人", max_length=80)
    used = models.PositiveIntegerField("收到几条", default=0)

    LABELS = label(L2="id code_hash draft kind whom made_at made_by used")
    VISIBLE = Visible(body="draft__congress_id", body_power="assembly.weigh")

    class Meta:
        verbose_name = "邀请"
        ordering = ("-made_at", "-id")

    def __str__(self) -> str:
        return self.whom


class Group(models.Model):
    """Comments that say the same (同类意见), with their gist in the staff's own words; `ended_at` is set when it was taken apart."""

    code = models.CharField("编号", max_length=24, unique=True)
    draft = models.ForeignKey(Draft, on_delete=models.PROTECT, related_name="groups", verbose_name="征求意见稿")
    eid = models.CharField("条款", max_length=60, blank=True)
    how = models.CharField("位置由来", max_length=8, choices=How.choices, default=How.MADE)
    summary = models.TextField("归纳")
    made_at = models.DateTimeField("归并时间", default=timezone.now)
    made_by = models.CharField("归并人", max_length=80)
    ended_at = models.DateTimeField("拆开时间", null=True, blank=True)

    LABELS = label(L1="id code draft eid how summary made_at ended_at", L2="made_by")
    VISIBLE = Visible(body="draft__congress_id", body_power="assembly.weigh")

    class Meta:
        verbose_name = "同类意见"
        ordering = ("id",)

    def __str__(self) -> str:
        return self.summary


class Answer(models.Model):
    """What became of one comment or of a group (答复). A corrected answer is a new row; `comments` are all that it was ever given to."""

    class Outcome(models.TextChoices):
        ADOPTED = "adopted", _("采纳")
        PARTLY = "partly", _("部分采纳")
        NOT = "not", _("不予采纳")
        NOTED = "noted", _("解答")

    code = models.CharField("编号", max_length=24, unique=True)
    draft = models.ForeignKey(Draft, on_delete=models.PROTECT, related_name="answers", verbose_name="征求意见稿")
    group = models.ForeignKey(
        Group, on_delete=models.PROTECT, null=True, blank=True, related_name="answers", verbose_name="同类意见"
    )
    comments: models.ManyToManyField[Comment, models.Model] = models.ManyToManyField(
        "Comment", related_name="answers", verbose_name="答复过的意见"
    )
    outcome = models.CharField("结果", max_length=8, choices=Outcome.choices)
    reason = models.TextField("理由")
    text = models.ForeignKey(DraftText, on_delete=models.PROTECT, related_name="+", verbose_name="答复时的稿次")
    where = models.CharField("体现在", max_length=60, blank=True)
    at = models.DateTimeField("答复时间", default=timezone.now)
    by = models.CharField("经办人", max_length=80)

    LABELS = label(L1="id code draft group outcome reason text where at", L2="by comments")
    VISIBLE = Visible(body="draft__congress_id", body_power="assembly.weigh")

    class Meta:
        verbose_name = "答复"
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(where="") | Q(outcome__in=("adopted", "partly")), name="answer_stands_where_adopted"
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_outcome_display()}：{self.reason}"


class Comment(models.Model):
    """A comment on a draft or on one provision of it (意见). Its words are never public; what is answered is.

    `eid` says where it was made, in the text `made_on`; `now_eid` and `now_how` repeat the newest of its anchors, so that lists need
    no join. `entered_for` is the body that entered it; without one it came in by the public page.
    """

    class Channel(models.TextChoices):
        WEB = "web", _("网页")
        PAPER = "paper", _("纸质")
        MEETING = "meeting", _("座谈会")

    number = models.CharField("编号", max_length=20, unique=True)
    code_hash = models.CharField("查询码指纹", max_length=64, blank=True)
    draft = models.ForeignKey(Draft, on_delete=models.PROTECT, related_name="comments", verbose_name="征求意见稿")
    made_on = models.ForeignKey(DraftText, on_delete=models.PROTECT, related_name="+", verbose_name="针对的稿次")
    eid = models.CharField("条款", max_length=60, blank=True)
    now_eid = models.CharField("现在对应的条款", max_length=60, blank=True)
    now_how = models.CharField("位置由来", max_length=8, choices=How.choices, default=How.MADE)
    stance = models.CharField("态度", max_length=8, choices=Stance.choices)
    words = models.TextField("意见", blank=True)
    wording = models.TextField("建议改为", blank=True)
    kind = models.CharField("身份", max_length=12, choices=Kind.choices)
    channel = models.CharField("渠道", max_length=8, choices=Channel.choices)
    heads = models.PositiveIntegerField("人数", default=1)
    point = models.ForeignKey(
        ContactPoint, on_delete=models.PROTECT, null=True, blank=True, related_name="comments", verbose_name="联系点"
    )
    meeting = models.ForeignKey(
        Meeting, on_delete=models.PROTECT, null=True, blank=True, related_name="comments", verbose_name="座谈会"
    )
    invitation = models.ForeignKey(
        Invitation, on_delete=models.PROTECT, null=True, blank=True, related_name="comments", verbose_name="邀请"
    )
    name = EncryptedTextField("姓名", blank=True)
    contact = EncryptedTextField("联系方式", blank=True)
    state = models.CharField("状态", max_length=10, choices=CommentState.choices, default=CommentState.OPEN)
    hidden_why = models.CharField("不予公开的理由", max_length=200, blank=True)
    group = models.ForeignKey(
        Group, on_delete=models.PROTECT, null=True, blank=True, related_name="members", verbose_name="同类意见"
    )
    answer = models.ForeignKey(
        Answer, on_delete=models.PROTECT, null=True, blank=True, related_name="current_of", verbose_name="答复"
    )
    received_on = models.DateField("收到日期", default=timezone.localdate)
    entered_for = models.ForeignKey(
        Body,
        on_delete=models.PROTECT,
        to_field="code",
        null=True,
        blank=True,
        related_name="+",
        verbose_name="录入单位",
    )
    entered_by = models.CharField("录入人", max_length=64)
    made_at = models.DateTimeField("录入时间", default=timezone.now)

    LABELS = label(
        L2="id number code_hash draft made_on eid now_eid now_how stance kind channel heads point meeting invitation state"
        " hidden_why group answer received_on entered_for entered_by made_at",
        L3="words wording",
        L4="name contact",
    )
    VISIBLE = Visible(body="draft__congress_id", body_power="assembly.weigh")

    class Meta:
        verbose_name = "意见"
        ordering = ("made_at", "id")
        indexes = (
            models.Index(fields=["draft", "state"], name="comment_draft_state"),
            models.Index(fields=["draft", "now_eid"], name="comment_draft_eid"),
        )
        constraints = (
            models.CheckConstraint(condition=Q(heads__gte=1), name="comment_has_a_head"),
            models.CheckConstraint(condition=Q(heads=1) | Q(channel="meeting"), name="comment_heads_in_meetings"),
            models.CheckConstraint(
                condition=Q(channel="meeting", meeting__isnull=False, code_hash="")
                | (~Q(channel="meeting") & Q(meeting=None) & ~Q(code_hash="")),
                name="comment_meeting_or_code",
            ),
            models.CheckConstraint(
                condition=Q(state="answered", answer__isnull=False) | (~Q(state="answered") & Q(answer=None)),
                name="comment_answered_has_answer",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("hidden", "withdrawn")) | Q(group=None), name="comment_out_is_in_no_group"
            ),
        )

    def __str__(self) -> str:
        return self.number

    @property
    def place_code(self) -> str:
        return self.draft.place_id

    @property
    def trail_key(self) -> str:
        return f"comment:{self.number}"

    @property
    def is_orphan(self) -> bool:
        """Whether the newest text has nothing that it could stand at."""
        return self.now_how == How.ORPHAN

    @property
    def is_verified(self) -> bool:
        """Whether the kind of contributor is known to us (受邀), not only told by the contributor (自报)."""
        return self.invitation_id is not None

    def opens_with(self, code: str) -> bool:
        """Whether a secret code opens this comment; compared in constant time. What was said in a meeting has no code."""
        return hmac.compare_digest(self.code_hash, code_digest(code))


class Anchor(models.Model):
    """Where a comment stands in one version (位置). Rows are added, never changed; the newest is where it stands now."""

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="anchors", verbose_name="意见")
    text = models.ForeignKey(DraftText, on_delete=models.PROTECT, related_name="+", verbose_name="稿次")
    eid = models.CharField("条款", max_length=60, blank=True)
    how = models.CharField("由来", max_length=8, choices=How.choices)
    at = models.DateTimeField("时间", default=timezone.now)
    by = models.CharField("经办人", max_length=64)

    LABELS = label(L2="id comment text eid how at by")
    VISIBLE = Visible(body="comment__draft__congress_id", body_power="assembly.weigh")

    class Meta:
        verbose_name = "位置"
        ordering = ("id",)

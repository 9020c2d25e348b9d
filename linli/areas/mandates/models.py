"""Tables of the lists, admissions, grounds and assignments."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from linli.areas.mandates.flow import AdmissionState, ListState, TaskState
from linli.commons.models import Body, Place
from linli.kit.privacy import EncryptedTextField, label
from linli.kit.scope import Visible


class Bearer(models.TextChoices):
    """Who may be burdened (承担者类别)."""

    COMMITTEE = "committee", "居（村）民委员会"
    GRID = "grid", "网格"
    AGENCY = "agency", "其他单位"


class Role(models.TextChoices):
    """The six roles in which a committee assists (协助方式), HN 7(2)."""

    CONTACT = "contact", "联系居民"
    VISIT = "visit", "引导入户"
    ORGANISE = "organise", "组织动员"
    PUBLICISE = "publicise", "宣传教育"
    REFLECT = "reflect", "反映诉求和问题"
    ASSIST = "assist", "协助办理政务服务"


class Matter(models.Model):
    """A matter of the catalogue (事项): second level below one of the fifteen classes."""

    code = models.CharField("事项代码", max_length=8, unique=True)
    name = models.CharField("事项", max_length=40)
    class_code = models.CharField("大类代码", max_length=4)
    class_name = models.CharField("大类", max_length=20)
    owner = models.CharField("通常承办", max_length=24, help_text="机构的职责类别")
    safety = models.BooleanField("安全隐患", default=False)
    active = models.BooleanField("在用", default=True)

    LABELS = label(L1="id code name class_code class_name owner safety active")
    VISIBLE = Visible(public=(("code__gt", ""),))

    class Meta:
        verbose_name = "事项"
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


class TaskList(models.Model):
    """A published list (清单), HB 25(1), 37(1); HN 7(1), 8(1), 11(1), 13(2)."""

    class Kind(models.TextChoices):
        POWER = "power", "居（村）民委员会权力清单"
        SELF = "self", "自治事项清单"
        ASSISTED = "assisted", "协助政府工作事项清单（指导目录）"
        GRID = "grid", "网格化服务管理事项清单"
        SERVICE = "service", "社区公共服务目录"
        ESTATE = "estate", "部门进入小区执法和服务权责清单"
        PROOF = "proof", "有法定依据的证明事项清单"

    code = models.CharField("清单编号", max_length=40, unique=True)
    kind = models.CharField("种类", max_length=12, choices=Kind.choices)
    place = models.ForeignKey(Place, on_delete=models.PROTECT, to_field="code", verbose_name="适用地方")
    title = models.CharField("名称", max_length=80)
    version = models.PositiveIntegerField("版本", default=1)
    basis = models.CharField("制定依据", max_length=200)
    state = models.CharField("状态", max_length=12, choices=ListState.choices, default=ListState.DRAFT)
    published_on = models.DateField("公布日期", null=True, blank=True)
    effective_from = models.DateField("施行日期")
    effective_to = models.DateField("停用日期", null=True, blank=True)
    drafted_by = models.CharField("起草人", max_length=64)

    LABELS = label(
        L1="id code kind place title version basis state published_on effective_from effective_to", L2="drafted_by"
    )
    VISIBLE = Visible(
        place="place_id",
        power="mandates.see",
        upward=True,
        public=(("state__in", (ListState.PUBLISHED, ListState.ENDED)),),
    )

    class Meta:
        verbose_name = "清单"
        ordering = ("-effective_from", "code")
        constraints = (
            models.UniqueConstraint(fields=["kind", "place", "version"], name="one_list_per_version"),
            models.CheckConstraint(
                condition=Q(state=ListState.DRAFT) | Q(published_on__lte=F("effective_from")),
                name="list_published_before_effect",
            ),
            models.CheckConstraint(
                condition=Q(effective_to=None) | Q(effective_to__gte=F("effective_from")), name="list_ends_after_start"
            ),
        )

    def __str__(self) -> str:
        return f"{self.title}（第 {self.version} 版）"

    @property
    def place_code(self) -> str:
        return self.place_id

    @property
    def trail_key(self) -> str:
        return f"list:{self.code}"

    @property
    def bearer(self) -> str:
        """Whom its items let be burdened; "" where the list lets nobody be."""
        return {
            self.Kind.SELF: Bearer.COMMITTEE,
            self.Kind.POWER: Bearer.COMMITTEE,
            self.Kind.ASSISTED: Bearer.COMMITTEE,
            self.Kind.GRID: Bearer.GRID,
        }.get(self.Kind(self.kind), "")


class ListItem(models.Model):
    """One item of a list (清单事项)."""

    task_list = models.ForeignKey(TaskList, on_delete=models.CASCADE, related_name="items", verbose_name="清单")
    number = models.PositiveIntegerField("序号")
    title = models.CharField("事项", max_length=80)
    matter = models.ForeignKey(
        Matter, on_delete=models.PROTECT, to_field="code", null=True, blank=True, verbose_name="对应诉求事项"
    )
    basis = models.CharField("法定依据", max_length=200, blank=True)
    owner = models.CharField("责任单位", max_length=60, blank=True)
    role = models.CharField("协助方式", max_length=12, choices=Role.choices, blank=True)
    conditions = models.CharField("业务指导与工作保障", max_length=200, blank=True)
    admission = models.ForeignKey(
        "Admission",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="items",
        verbose_name="由准入列入",
        help_text="网格事项经准入列入清单，期满或退出即失效（HN 13(2)）",
    )

    LABELS = label(L1="id task_list number title matter basis owner role conditions admission")
    VISIBLE = Visible(
        place="task_list__place_id",
        power="mandates.see",
        upward=True,
        public=(("task_list__state__in", (ListState.PUBLISHED, ListState.ENDED)),),
    )

    class Meta:
        verbose_name = "清单事项"
        ordering = ("task_list", "number")
        constraints = (models.UniqueConstraint(fields=["task_list", "number"], name="one_item_per_number"),)

    def __str__(self) -> str:
        return self.title


class Admission(models.Model):
    """A task's way into the communities (准入), HB 37(1), HN 13(2)."""

    code = models.CharField("申请编号", max_length=24, unique=True)
    applicant = models.ForeignKey(Body, on_delete=models.PROTECT, to_field="code", verbose_name="申请单位")
    place = models.ForeignKey(Place, on_delete=models.PROTECT, to_field="code", verbose_name="拟进入的地方")
    bearer = models.CharField("承担者", max_length=12, choices=[c for c in Bearer.choices if c[0] != Bearer.AGENCY])
    title = models.CharField("事项", max_length=80)
    matter = models.ForeignKey(
        Matter, on_delete=models.PROTECT, to_field="code", null=True, blank=True, verbose_name="对应诉求事项"
    )
    basis = models.CharField("法律、法规或政策依据", max_length=200)
    reason = models.TextField("为什么需要社区承担", max_length=1000)
    role = models.CharField("协助方式", max_length=12, choices=Role.choices)
    frequency = models.CharField("频次", max_length=40)
    hours = models.DecimalField("每社区每月工时", max_digits=6, decimal_places=1)
    money = models.DecimalField("每社区每年经费（元）", max_digits=12, decimal_places=2)
    guidance = models.CharField("业务指导", max_length=200)
    conditions = models.CharField("工作条件和保障", max_length=200)
    wanted_from = models.DateField("拟开始")
    wanted_to = models.DateField("拟结束")
    state = models.CharField("状态", max_length=12, choices=AdmissionState.choices, default=AdmissionState.APPLIED)
    applied_at = models.DateTimeField("申请时间", default=timezone.now)
    review = models.TextField("审查意见", blank=True)
    decision = models.TextField("决定理由", blank=True)
    term_from = models.DateField("准入起", null=True, blank=True)
    term_to = models.DateField("准入止", null=True, blank=True)
    published_on = models.DateField("公布日期", null=True, blank=True)

    LABELS = label(
        L1="id code applicant place bearer title matter basis role frequency hours money guidance conditions"
        " wanted_from wanted_to state applied_at term_from term_to published_on decision",
        L2="reason review",
    )
    VISIBLE = Visible(
        place="place_id",
        power="mandates.see",
        upward=True,
        body="applicant_id",
        body_power="mandates.apply",
        public=(("state__in", (AdmissionState.PUBLISHED, AdmissionState.EXPIRED)),),
    )

    class Meta:
        verbose_name = "准入申请"
        ordering = ("-applied_at",)
        constraints = (
            models.CheckConstraint(condition=Q(hours__gte=0) & Q(money__gte=0), name="admission_not_negative"),
            models.CheckConstraint(
                condition=~Q(state__in=(AdmissionState.APPROVED, AdmissionState.PUBLISHED))
                | (Q(term_from__isnull=False) & Q(term_to__gte=F("term_from"))),
                name="admission_for_a_term",
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def place_code(self) -> str:
        return self.place_id

    @property
    def trail_key(self) -> str:
        return f"admission:{self.code}"


class Ground(models.Model):
    """Why a body may be burdened (派单依据). No ground, no assignment: the database itself refuses."""

    class Kind(models.TextChoices):
        LIST = "list", "清单事项"
        ADMISSION = "admission", "已准入事项"
        EMERGENCY_ORDER = "emergency_order", "应急命令"
        OWN_DECISION = "own_decision", "居（村）民委员会自行决定"
        SAFETY_RULE = "safety_rule", "安全工作规定"
        EXCEPTION = "exception", "经批准的例外"
        OWN_DUTY = "own_duty", "本单位职责"

    LAWFUL = {
        Bearer.COMMITTEE: (Kind.LIST, Kind.ADMISSION, Kind.EMERGENCY_ORDER, Kind.OWN_DECISION, Kind.SAFETY_RULE),
        Bearer.GRID: (Kind.LIST, Kind.EXCEPTION),
        Bearer.AGENCY: (Kind.OWN_DUTY,),
    }

    code = models.CharField("编号", max_length=24, unique=True)
    kind = models.CharField("依据种类", max_length=16, choices=Kind.choices)
    bearer = models.CharField("承担者", max_length=12, choices=Bearer.choices)
    place = models.ForeignKey(Place, on_delete=models.PROTECT, to_field="code", verbose_name="适用地方")
    matter = models.ForeignKey(
        Matter, on_delete=models.PROTECT, to_field="code", null=True, blank=True, verbose_name="事项"
    )
    item = models.ForeignKey(ListItem, on_delete=models.PROTECT, null=True, blank=True, verbose_name="清单事项")
    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, null=True, blank=True, verbose_name="准入")
    ref = models.CharField("文号或名称", max_length=120)
    valid_from = models.DateTimeField("有效起")
    valid_to = models.DateTimeField("有效止", null=True, blank=True)
    closed_at = models.DateTimeField("关闭时间", null=True, blank=True)
    closed_why = models.CharField("关闭原因", max_length=200, blank=True)
    opened_by = models.CharField("设立人", max_length=64)

    LABELS = label(
        L1="id code kind bearer place matter item admission ref valid_from valid_to closed_at closed_why",
        L2="opened_by",
    )
    VISIBLE = Visible(place="place_id", power="mandates.see", upward=True)

    class Meta:
        verbose_name = "派单依据"
        indexes = (models.Index(fields=["bearer", "matter", "place"], name="ground_lookup"),)
        constraints = (
            models.CheckConstraint(
                condition=(
                    (Q(kind="list") & Q(item__isnull=False))
                    | (Q(kind="admission") & Q(admission__isnull=False))
                    | (Q(kind="exception") & Q(valid_to__isnull=False))
                    | Q(kind__in=("emergency_order", "own_decision", "safety_rule", "own_duty"))
                )
                & ~Q(ref=""),
                name="ground_names_its_source",
            ),
            models.CheckConstraint(
                condition=(
                    Q(
                        bearer="committee",
                        kind__in=("list", "admission", "emergency_order", "own_decision", "safety_rule"),
                    )
                    | Q(bearer="grid", kind__in=("list", "exception"))
                    | Q(bearer="agency", kind="own_duty")
                ),
                name="ground_lawful_for_bearer",
            ),
            models.UniqueConstraint(
                fields=["place", "ref"], condition=Q(kind="own_duty"), name="one_own_duty_per_body"
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}：{self.ref}"

    @property
    def place_code(self) -> str:
        return self.place_id

    @property
    def trail_key(self) -> str:
        return f"ground:{self.code}"

    @staticmethod
    def active(at: datetime | None = None) -> Q:
        """Grounds in force at a moment."""
        at = at or timezone.now()
        return Q(closed_at=None) & Q(valid_from__lte=at) & (Q(valid_to=None) | Q(valid_to__gt=at))


class Assignment(models.Model):
    """A body is asked to do something (交办、分派). The ground is NOT NULL, and a trigger checks that it fits the body."""

    code = models.CharField("交办编号", max_length=24, unique=True)
    subject = models.CharField("对象", max_length=80, db_index=True)
    title = models.CharField("事项名称", max_length=120)
    place = models.ForeignKey(Place, on_delete=models.PROTECT, to_field="code", related_name="+", verbose_name="发生地")
    matter = models.ForeignKey(
        Matter, on_delete=models.PROTECT, to_field="code", null=True, blank=True, verbose_name="事项"
    )
    sender = models.ForeignKey(
        Body, on_delete=models.PROTECT, to_field="code", related_name="+", verbose_name="交办单位"
    )
    body = models.ForeignKey(
        Body, on_delete=models.PROTECT, to_field="code", related_name="assignments", verbose_name="承办单位"
    )
    ground = models.ForeignKey(Ground, on_delete=models.PROTECT, related_name="assignments", verbose_name="依据")
    lead = models.BooleanField("主办", default=True)
    role = models.CharField("协助方式", max_length=12, choices=Role.choices, blank=True)
    guidance = models.CharField("业务指导", max_length=200, blank=True)
    conditions = models.CharField("工作条件和保障", max_length=200, blank=True)
    funds = models.DecimalField("经费（元）", max_digits=12, decimal_places=2, null=True, blank=True)
    why = models.TextField("分派理由", blank=True)
    hop = models.PositiveSmallIntegerField("第几次分派", default=1)
    state = models.CharField("状态", max_length=10, choices=TaskState.choices, default=TaskState.OPEN)
    at = models.DateTimeField("交办时间", default=timezone.now)
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)
    note = models.TextField("结果说明", blank=True)

    LABELS = label(
        L2="id code subject title place matter sender body ground lead role guidance conditions funds why hop state at"
        " ended_at note"
    )
    VISIBLE = Visible(place="place_id", power="appeals.see", body="body_id", body_power="appeals.see_held")

    class Meta:
        verbose_name = "交办"
        ordering = ("-at",)
        indexes = (models.Index(fields=["body", "state"], name="assignment_desk"),)
        constraints = (
            models.UniqueConstraint(
                fields=["subject"], condition=Q(state="open", lead=True), name="one_open_lead_per_subject"
            ),
            models.CheckConstraint(condition=Q(funds=None) | Q(funds__gte=0), name="funds_not_negative"),
        )

    @property
    def place_code(self) -> str:
        return self.place_id

    @property
    def trail_key(self) -> str:
        return f"assignment:{self.code}"

    @property
    def held_by(self) -> tuple[str, ...]:
        """The body asked may work on it, wherever its own place lies."""
        return (self.body_id,)


class PurchaseRequest(models.Model):
    """A request to buy a service instead of burdening the committee (购买服务申请), HB 25(2), HN 16."""

    class State(models.TextChoices):
        ASKED = "asked", "待答复"
        AGREED = "agreed", "同意购买"
        DECLINED = "declined", "不同意"

    code = models.CharField("编号", max_length=24, unique=True)
    subject = models.CharField("对象", max_length=80, blank=True)
    place = models.ForeignKey(Place, on_delete=models.PROTECT, to_field="code", verbose_name="地方")
    asker = models.ForeignKey(
        Body, on_delete=models.PROTECT, to_field="code", related_name="+", verbose_name="申请单位"
    )
    title = models.CharField("需要购买的服务", max_length=80)
    need = models.TextField("理由", max_length=1000)
    amount = models.DecimalField("估算金额（元）", max_digits=12, decimal_places=2)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.ASKED)
    answer = models.TextField("答复", blank=True)
    at = models.DateTimeField("申请时间", default=timezone.now)
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)

    LABELS = label(L2="id code subject place asker title need amount state answer at answered_at")
    VISIBLE = Visible(place="place_id", power="mandates.see", body="asker_id", body_power="mandates.request_purchase")

    class Meta:
        verbose_name = "购买服务申请"
        ordering = ("-at",)

    @property
    def place_code(self) -> str:
        return self.place_id

    @property
    def trail_key(self) -> str:
        return f"purchase:{self.code}"


class Proof(models.Model):
    """A proof issued by a committee, always on a listed basis (证明), HN 7(4)."""

    code = models.CharField("证明编号", max_length=24, unique=True)
    item = models.ForeignKey(ListItem, on_delete=models.PROTECT, verbose_name="证明事项")
    body = models.ForeignKey(Body, on_delete=models.PROTECT, to_field="code", verbose_name="出具单位")
    requester = models.CharField("要求出具的单位", max_length=60)
    person = EncryptedTextField("当事人姓名")
    content = EncryptedTextField("证明内容")
    issued_at = models.DateTimeField("出具时间", default=timezone.now)
    issued_by = models.CharField("经办人", max_length=64)

    LABELS = label(L2="id code item body requester issued_at issued_by", L4="person content")
    VISIBLE = Visible(place="body__place_id", power="mandates.issue_proof")

    class Meta:
        verbose_name = "证明"
        ordering = ("-issued_at",)

    @property
    def place_code(self) -> str:
        return self.body.place_id

    @property
    def trail_key(self) -> str:
        return f"proof:{self.code}"

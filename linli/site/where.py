"""Where in Linli a verb of the trail happens (在哪里办): one explicit table, so that an article leads to its pages.

A verb that the packs rest on an article must stand here; `tests/commons/test_law_pages.py` fails otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from linli.areas.mandates.pages.show import VERBS
from linli.commons.actor import Actor
from linli.commons.settings import every_key


@dataclass(frozen=True)
class Page:
    """A page where something is done; `public` ones open without an account."""

    label: str
    url: str
    public: bool = False


@dataclass(frozen=True)
class Deed:
    """A verb in words, and the pages where it is done."""

    label: str | Promise
    pages: tuple[Page, ...] = ()


REPORT = Page("我要反映", "/report/", public=True)
FOLLOW = Page("查进度", "/follow/", public=True)
COUNTER = Page("代录诉求", "/work/appeals/new/")
APPEALS = Page("全部诉求", "/work/appeals/")
TODAY = Page("今日待办", "/work/")
INDICES = Page("诉求办理指标", "/work/indices/")
SUPERVISION = Page("督办与红黄牌", "/work/supervision/")
IMPORTS = Page("导入记录", "/work/imports/")
LISTS = Page("清单", "/work/lists/")
ADMISSIONS = Page("准入", "/work/admissions/")
GROUNDS = Page("派单依据", "/work/grounds/")
ERASURES = Page("删除申请", "/work/erasures/")
REFUSALS = Page("清单外拦截", "/work/refusals/")
PROOFS = Page("证明", "/work/proofs/")
PURCHASES = Page("购买服务", "/work/purchases/")
TASKS = Page("交办任务", "/work/tasks/")
SETTINGS = Page("本县设定", "/work/settings/")
NOTICES = Page("通知", "/work/notices/")
CALENDAR = Page("工作日历", "/work/calendar/")
BODIES = Page("机构", "/work/bodies/")
FACTS = Page("事实登记", "/work/facts/")
DUTIES = Page("履职台账", "/work/duties/")
COMING = Page("职责日历", "/work/duties/calendar/")
FINDINGS = Page("评判结果", "/work/duties/findings/")
REPORT_DUTY = Page("反映单位不履职", "/corrections/report/", public=True)
FOLLOW_REPORT = Page("查检举的进展", "/corrections/follow/", public=True)
OUTCOMES = Page("检举处理结果", "/corrections/", public=True)
CORRECTIONS = Page("检举与纠正", "/work/corrections/")
ORDERS = Page("整改通知", "/work/correction-orders/")
TOLERANCE = Page("容错纠错", "/work/tolerance/")
DRAFTS = Page("征求意见", "/work/drafts/")
ASKED = Page("立法征求意见", "/drafts/", public=True)
POINTS = Page("基层立法联系点", "/drafts/points/", public=True)
FOLLOW_COMMENT = Page("查我的意见", "/drafts/follow/", public=True)
OPENING = Page("开通", "/work/opening/")
ACCOUNTS = Page("账号与核准", "/work/accounts/")
ME = Page("我的登录", "/work/me/")
ELEVATE = Page("提权", "/work/me/elevate/")
TEXTS = Page("载入法规正文", "/work/settings/texts/")

_MANDATES = {
    "mandates.assigned": TASKS,
    "mandates.task_finished": TASKS,
    "mandates.task_returned": TASKS,
    "mandates.task_stopped": TASKS,
    "mandates.ground_renewed": TASKS,
    "mandates.refused": REFUSALS,
    "mandates.ground_opened": GROUNDS,
    "mandates.ground_closed": GROUNDS,
    "mandates.order_issued": GROUNDS,
    "mandates.exception_approved": GROUNDS,
    "mandates.list_drafted": LISTS,
    "mandates.list_edited": LISTS,
    "mandates.item_added": LISTS,
    "mandates.items_imported": LISTS,
    "mandates.item_dropped": LISTS,
    "mandates.list_published": LISTS,
    "mandates.list_ended": LISTS,
    "mandates.admission_applied": ADMISSIONS,
    "mandates.admission_reviewed": ADMISSIONS,
    "mandates.admission_decided": ADMISSIONS,
    "mandates.admission_published": ADMISSIONS,
    "mandates.admission_ended": ADMISSIONS,
    "mandates.proof_asked": PROOFS,
    "mandates.proof_issued": PROOFS,
    "mandates.proof_refused": PROOFS,
    "mandates.purchase_requested": PURCHASES,
    "mandates.purchase_answered": PURCHASES,
}
"""Where each verb of the lists is done; its words stand in the area itself."""

WHERE: dict[str, Deed] = {
    "appeals.filed": Deed("提出诉求", (REPORT, COUNTER)),
    "appeals.classified": Deed("分类定位", (APPEALS,)),
    "appeals.accepted": Deed("受理诉求", (APPEALS,)),
    "appeals.brief_written": Deed("写转办摘要", (APPEALS,)),
    "appeals.declined": Deed("不予受理", (APPEALS,)),
    "appeals.dispatched": Deed("分派诉求", (APPEALS,)),
    "appeals.escalated": Deed("上报街道（乡镇）", (APPEALS,)),
    "appeals.recalled": Deed("依据失效，退回分派", (APPEALS,)),
    "appeals.objected": Deed("提出异议", (APPEALS,)),
    "appeals.objection_ruled": Deed("裁定异议", (APPEALS,)),
    "appeals.helper_added": Deed("增加协办单位", (APPEALS,)),
    "appeals.extension_asked": Deed("申请延期", (APPEALS,)),
    "appeals.extension_decided": Deed("决定是否延期", (APPEALS,)),
    "appeals.contacted": Deed("联系居民", (APPEALS,)),
    "appeals.resident_asked": Deed("请居民补充情况", (APPEALS,)),
    "appeals.information_added": Deed("补充情况", (FOLLOW, APPEALS)),
    "appeals.identity_viewed": Deed("查看反映人身份", (APPEALS,)),
    "appeals.answered": Deed("答复居民", (TODAY, APPEALS)),
    "appeals.called_back": Deed("回访", (TODAY, APPEALS)),
    "appeals.redone": Deed("回访后重新办理", (APPEALS,)),
    "appeals.closed": Deed("办结", (APPEALS,)),
    "appeals.reopened": Deed("居民要求重新办理", (FOLLOW,)),
    "appeals.withdrawn": Deed("撤回诉求", (FOLLOW,)),
    "appeals.rated": Deed("居民评价", (FOLLOW,)),
    "appeals.carded": Deed("亮红黄牌", (SUPERVISION,)),
    "appeals.ordered": Deed("督办", (SUPERVISION,)),
    "appeals.order_replied": Deed("回复督办", (SUPERVISION,)),
    "appeals.import_started": Deed("开始导入", (IMPORTS,)),
    "appeals.imported": Deed("导入诉求", (IMPORTS,)),
    "appeals.import_completed": Deed("导入完成", (IMPORTS,)),
    "appeals.erasure_asked": Deed("申请删除个人信息", (FOLLOW, APPEALS)),
    "appeals.erased": Deed("删除个人信息", (ERASURES,)),
    "appeals.erasure_refused": Deed("不予删除个人信息", (ERASURES,)),
    "appeals.indices_published": Deed("公布办理指标", (INDICES,)),
    "appeals.refused": Deed("拦下不合规的操作", (APPEALS,)),
    **{verb: Deed(VERBS[verb], (page,)) for verb, page in _MANDATES.items()},
    "assembly.point_set_up": Deed("设立基层立法联系点", (POINTS, DRAFTS)),
    "assembly.point_changed": Deed("修改联系点信息", (DRAFTS,)),
    "assembly.point_ended": Deed("撤销联系点", (DRAFTS,)),
    "assembly.draft_prepared": Deed("建立征求意见稿", (DRAFTS,)),
    "assembly.draft_edited": Deed("修改征求意见稿", (DRAFTS,)),
    "assembly.draft_opened": Deed("公布草案征求意见", (ASKED, DRAFTS)),
    "assembly.draft_extended": Deed("延长征求意见的期限", (DRAFTS,)),
    "assembly.draft_revised": Deed("换新稿", (DRAFTS,)),
    "assembly.draft_closed": Deed("征求意见截止", (DRAFTS,)),
    "assembly.draft_reopened": Deed("再次征求意见", (DRAFTS,)),
    "assembly.people_invited": Deed("邀请提意见", (DRAFTS,)),
    "assembly.comment_made": Deed("对草案提意见", (ASKED, DRAFTS)),
    "assembly.comment_withdrawn": Deed("撤回意见", (FOLLOW_COMMENT,)),
    "assembly.contact_erased": Deed("删除提意见人的联系方式", (FOLLOW_COMMENT,)),
    "assembly.meeting_recorded": Deed("记录立法座谈会", (DRAFTS,)),
    "assembly.comments_grouped": Deed("归并同类意见", (DRAFTS,)),
    "assembly.comments_ungrouped": Deed("拆开同类意见", (DRAFTS,)),
    "assembly.comment_hidden": Deed("意见不予公开", (DRAFTS,)),
    "assembly.comment_shown": Deed("恢复意见", (DRAFTS,)),
    "assembly.contributor_viewed": Deed("查看提意见人", (DRAFTS,)),
    "assembly.anchor_moved": Deed("人工指定意见的位置", (DRAFTS,)),
    "assembly.comments_answered": Deed("答复意见", (DRAFTS,)),
    "assembly.digest_published": Deed("公布意见采纳情况", (ASKED, DRAFTS)),
    "assembly.refused": Deed("拦下不合规的操作", (DRAFTS,)),
    "duties.calendar_shared": Deed("开通职责日历订阅", (COMING,)),
    "duties.calendar_stopped": Deed("停用职责日历订阅", (COMING,)),
    "duties.judged": Deed("按规则评判", (FINDINGS,)),
    "duties.attested": Deed("证明已履行职责", (DUTIES,)),
    "duties.attestation_withdrawn": Deed("撤回履职证明", (DUTIES,)),
    "duties.report_filed": Deed("检举、投诉、控告", (REPORT_DUTY, CORRECTIONS)),
    "duties.report_supplemented": Deed("补充反映", (FOLLOW_REPORT,)),
    "duties.report_withdrawn": Deed("撤回检举", (FOLLOW_REPORT,)),
    "duties.erasure_asked": Deed("反映人申请删除个人信息", (FOLLOW_REPORT,)),
    "duties.report_erased": Deed("删除检举里的个人信息", (CORRECTIONS,)),
    "duties.erasure_refused": Deed("不予删除检举里的个人信息", (CORRECTIONS,)),
    "duties.report_accepted": Deed("受理检举", (CORRECTIONS,)),
    "duties.report_declined": Deed("不予受理检举", (CORRECTIONS,)),
    "duties.report_transferred": Deed("检举转有权的单位", (CORRECTIONS,)),
    "duties.report_referred": Deed("检举转其他机关", (CORRECTIONS,)),
    "duties.report_escalated": Deed("检举转上一级", (CORRECTIONS,)),
    "duties.ladder_ended": Deed("检举超期，没有更上一级", (CORRECTIONS,)),
    "duties.reporter_viewed": Deed("查看检举人身份", (CORRECTIONS,)),
    "duties.correction_ordered": Deed("责令改正", (CORRECTIONS,)),
    "duties.correction_answered": Deed("反馈整改情况", (ORDERS,)),
    "duties.correction_lapsed": Deed("整改逾期", (CORRECTIONS,)),
    "duties.correction_confirmed": Deed("认定已改正", (CORRECTIONS,)),
    "duties.correction_failed": Deed("认定未改正", (CORRECTIONS,)),
    "duties.handover_recorded": Deed("移送追究", (CORRECTIONS,)),
    "duties.report_closed": Deed("检举办结并公布", (CORRECTIONS, OUTCOMES)),
    "duties.situation_added": Deed("登记容错情形", (TOLERANCE,)),
    "duties.situation_ended": Deed("停用容错情形", (TOLERANCE,)),
    "duties.tolerance_applied": Deed("申请容错", (TOLERANCE,)),
    "duties.tolerance_examined": Deed("核查容错申请", (TOLERANCE,)),
    "duties.tolerance_decided": Deed("认定容错", (TOLERANCE,)),
    "duties.tolerance_withdrawn": Deed("撤回容错申请", (TOLERANCE,)),
    "commons.fact_entered": Deed("登记事实", (FACTS,)),
    "commons.limit_set": Deed("本县设定", (SETTINGS,)),
    "commons.day_set": Deed("设定放假或上班", (CALENDAR,)),
    "commons.day_cleared": Deed("删除放假或上班日", (CALENDAR,)),
    "commons.notice_read": Deed("看过通知", (NOTICES,)),
    "commons.text_loaded": Deed("载入法规正文", (TEXTS,)),
    "commons.place_added": Deed("登记区划", (OPENING,)),
    "commons.county_entered": Deed("登记区划、机构和账号", (OPENING,)),
    "commons.county_opened": Deed("开通一个县"),
    "commons.body_added": Deed("设立机构", (BODIES,)),
    "commons.body_changed": Deed("修改机构信息", (BODIES,)),
    "commons.body_ended": Deed("撤销机构", (BODIES,)),
    "commons.person_added": Deed("新增人员账号", (BODIES,)),
    "commons.appointed": Deed("任职", (BODIES,)),
    "commons.post_ended": Deed("离任", (BODIES,)),
    "commons.token_issued": Deed("发放接口令牌"),
    "commons.restored": Deed("从备份恢复"),
    "commons.password_set": Deed("设密码"),
    "commons.post_approved": Deed("核准任职", (ACCOUNTS,)),
    "commons.post_declined": Deed("退回任职", (ACCOUNTS,)),
    "commons.password_reset": Deed("发放密码重设代码", (ACCOUNTS,)),
    "commons.password_changed": Deed("修改密码", (ME,)),
    "commons.factor_enrolled": Deed("绑定动态码", (ME,)),
    "commons.factor_reset": Deed("重置动态码", (ACCOUNTS,)),
    "commons.recovery_codes_renewed": Deed("更换恢复码", (ME,)),
    "commons.account_unlocked": Deed("解除登录暂停", (ACCOUNTS,)),
    "commons.account_closed": Deed("停用账号", (ACCOUNTS,)),
    "commons.account_opened": Deed("启用账号", (ACCOUNTS,)),
    "commons.sessions_ended": Deed("退出其他登录", (ME,)),
    "commons.elevated": Deed("提权", (ELEVATE,)),
    "commons.elevation_ended": Deed("结束提权", (ELEVATE,)),
    "commons.refused": Deed("拦下不合规的操作"),
}


def deed(verb: str) -> Deed:
    """The verb in words and its pages; a verb without an entry is shown as it is."""
    return WHERE.get(verb) or Deed(verb)


SUBJECTS: dict[str, tuple[str, str, frozenset[str]]] = {
    "appeal": ("诉求", "/work/appeals/{}/", frozenset({"appeals.see"})),
    "import": ("导入", "/work/imports/{}/", frozenset({"appeals.import"})),
    "list": ("清单", "/work/lists/{}/", frozenset({"mandates.see"})),
    "admission": ("准入申请", "/work/admissions/{}/", frozenset({"mandates.see"})),
    "ground": ("派单依据", "/work/grounds/{}/", frozenset({"mandates.see"})),
    "assignment": ("任务", "/work/tasks/{}/", frozenset({"mandates.see"})),
    "purchase": ("购买服务申请", "/work/purchases/{}/", frozenset({"mandates.answer_purchase"})),
    "proof": ("证明", "/work/proofs/{}/", frozenset({"mandates.issue_proof"})),
    "body": ("机构", "/work/bodies/{}/", frozenset({"commons.set_limit", "commons.manage_accounts"})),
    "place": ("地方", "", frozenset()),
    "setting": ("设定", "", frozenset()),
    "day": ("日历", "", frozenset()),
    "text": ("法规正文", "", frozenset()),
    "attestation": ("履职证明", "", frozenset()),
    "fact": ("事实", "", frozenset()),
    "point": ("联系点", "", frozenset()),
    "draft": ("征求意见稿", "/work/drafts/{}/", frozenset({"assembly.weigh", "assembly.collect"})),
    "comment": ("意见", "/work/drafts/comments/{}/", frozenset({"assembly.weigh"})),
    "meeting": ("座谈会", "/work/drafts/meetings/{}/", frozenset({"assembly.weigh"})),
    "report": ("检举", "/work/corrections/{}/", frozenset({"duties.correct"})),
    "order": ("整改通知", "/work/correction-orders/{}/", frozenset({"duties.answer_order"})),
    "situation": ("容错情形", "", frozenset()),
    "tolerance": ("容错申请", "/work/tolerance/{}/", frozenset({"duties.examine_tolerance"})),
}
"""Kinds of subjects in the trail: their word, their page, and the powers of which one opens it."""


@dataclass(frozen=True)
class Named:
    """A subject of the trail in words, with its page when the reader may open it."""

    label: str
    url: str = ""


def subject(key: str, actor: Actor) -> Named:
    """`appeal:26111957077573` → 诉求 26111957077573; what has no entry is shown as it is."""
    kind, _colon, code = key.partition(":")
    if kind not in SUBJECTS:
        return Named(key)
    word, url, powers = SUBJECTS[kind]
    if kind == "setting":  # place and key of the setting
        place, _colon, name = code.partition(":")
        known = every_key().get(name)
        code = f"{known.label}（{place}）" if known is not None else code
    elif kind == "day":
        code = code.partition(":")[2]
    opens = bool(actor.powers & powers)
    if kind == "report" and not opens:  # who does not handle reports learns that there was one, not which
        return Named(_(word))
    return Named(f"{_(word)} {code}", url.format(code) if url and opens else "")

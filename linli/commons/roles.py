"""Role → powers, one table (岗位与权限). Code asks for powers, never for roles.

A power holds at the post's place and everything below it. Rules about one matter (only the present holder may answer,
the handler may not call back) are rules of the areas, not powers. The powers of `ELEVATED_POWERS` are held only in a
short session of their own (提权), opened anew each time with password and code.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """Posts' roles (岗位角色)."""

    GRID_WORKER = "grid_worker", _("网格员")
    COMMITTEE = "committee", _("居（村）民委员会工作人员")
    STREET = "street", _("街道（乡镇）工作人员")
    DEPARTMENT = "department", _("部门经办人")
    FIRM = "firm", _("企业经办人")
    HOTLINE = "hotline", _("热线平台坐席")
    SUPERVISOR = "supervisor", _("督查岗")
    COUNTY = "county", _("县级牵头部门")
    PROVINCE = "province", _("省级牵头部门")
    CONGRESS = "congress", _("人大常委会工作人员")
    SYSTEM_ADMIN = "system_admin", _("系统管理员")
    SECURITY_ADMIN = "security_admin", _("安全管理员")
    AUDITOR = "auditor", _("审计员")


ADMIN_ROLES = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR})
"""The three administrators (系统、安全、审计): nobody holds two of them, nor one of them beside any other post."""


def clash(roles: Iterable[str]) -> bool:
    """Whether roles of one person must not meet: an administrator's role stands beside no other role at all (三员分立)."""
    held = {Role(role) for role in roles}
    return bool(held & ADMIN_ROLES) and len(held) > 1


_OWN = "commons.see_law commons.keep_own_doors"
_DESK = "commons.read_notices duties.report " + _OWN
_CORRECT = "duties.correct duties.reveal_reporter"
_ANSWER = "duties.answer_order duties.apply_tolerance"
_SEE_LISTS = "mandates.see"
_COLLECT = "assembly.collect"
_HANDLE_OUTSIDE = "appeals.see_held appeals.handle appeals.object appeals.ask_extension appeals.answer"
_HANDLE = _HANDLE_OUTSIDE + " appeals.reveal"

ROLE_POWERS: dict[str, frozenset[str]] = {
    role: frozenset(" ".join(powers).split())
    for role, powers in {
        Role.GRID_WORKER: (
            _DESK,
            _SEE_LISTS,
            "appeals.file appeals.see_held appeals.handle appeals.object appeals.answer appeals.escalate",
            "duties.apply_tolerance",
        ),
        Role.COMMITTEE: (
            _DESK,
            _SEE_LISTS,
            _HANDLE,
            "appeals.file appeals.see appeals.escalate appeals.callback appeals.ask_erasure mandates.decide_own",
            "mandates.issue_proof mandates.request_purchase commons.enter_fact commons.see_facts duties.see duties.attest",
            _ANSWER,
            _COLLECT,
        ),
        Role.STREET: (
            _DESK,
            _SEE_LISTS,
            _HANDLE,
            "appeals.file appeals.see appeals.accept appeals.dispatch appeals.callback appeals.order appeals.escalate",
            "appeals.rule_extension appeals.ask_erasure mandates.apply mandates.request_purchase mandates.answer_purchase",
            "commons.enter_fact commons.see_facts duties.see duties.oversee duties.attest",
            _CORRECT,
            _ANSWER,
            _COLLECT,
        ),
        Role.DEPARTMENT: (
            _DESK,
            _SEE_LISTS,
            _HANDLE,
            "mandates.apply mandates.ask_proof mandates.request_purchase commons.see_facts duties.see duties.attest",
            _ANSWER,
        ),
        Role.FIRM: (
            _DESK,
            _HANDLE_OUTSIDE,
            "duties.answer_order",
        ),  # outside the deciding unit: no identities, no internal lists
        Role.HOTLINE: (
            _DESK,
            _SEE_LISTS,
            "duties.see",
            _ANSWER,
            "appeals.file appeals.see appeals.accept appeals.dispatch appeals.callback appeals.rule_objection",
            "appeals.rule_extension appeals.order appeals.reveal appeals.import appeals.ask_erasure mandates.request_purchase",
        ),
        Role.SUPERVISOR: (
            _DESK,
            _SEE_LISTS,
            "appeals.see appeals.order appeals.rule_objection appeals.rule_extension commons.see_facts duties.see duties.oversee",
            "duties.examine_tolerance",
        ),
        Role.COUNTY: (
            _DESK,
            _SEE_LISTS,
            "appeals.see appeals.order appeals.rule_objection appeals.rule_extension mandates.write_list mandates.review",
            "mandates.publish mandates.approve mandates.open_ground mandates.approve_exception mandates.answer_purchase",
            "commons.set_limit commons.edit_calendar commons.load_text commons.enter_fact commons.see_facts",
            "appeals.publish_indices duties.see duties.oversee duties.attest duties.judge appeals.erase",
            _CORRECT,
            _ANSWER,
            "duties.keep_situations duties.examine_tolerance duties.decide_tolerance",
        ),
        Role.PROVINCE: (
            _DESK,
            _SEE_LISTS,
            "appeals.see mandates.write_list mandates.publish commons.load_text commons.edit_calendar",
            "commons.see_facts duties.see duties.oversee",
            _CORRECT,
            "duties.examine_tolerance duties.decide_tolerance",
        ),
        Role.CONGRESS: (
            _OWN,
            _COLLECT,
            "assembly.set_up_point assembly.open_draft assembly.weigh commons.read_notices duties.see duties.attest",
        ),
        Role.SYSTEM_ADMIN: (_OWN, "commons.see_accounts commons.elevate commons.open_county commons.load_text"),
        Role.SECURITY_ADMIN: (
            _OWN,
            "commons.see_accounts commons.elevate commons.see_sign_ins commons.unlock_account",
        ),
        Role.AUDITOR: (_OWN, "commons.read_trail commons.see_facts duties.see duties.oversee"),
    }.items()
}

ELEVATED_POWERS: dict[str, frozenset[str]] = {
    Role.SYSTEM_ADMIN: frozenset({"commons.manage_accounts"}),
    Role.SECURITY_ADMIN: frozenset({"commons.approve_posts", "commons.reset_factor"}),
}
"""Role → powers for a quarter of an hour. One makes accounts and posts, the other lets them come into force: neither alone
can give anybody a power, and neither can reset both password and second factor of a person."""

RESIDENT_POWERS = frozenset(
    [
        "appeals.file",
        "appeals.rate",
        "appeals.reopen",
        "appeals.withdraw",
        "appeals.add",
        "appeals.ask_erasure",
        "assembly.comment",
        "duties.report",
        "duties.follow_report",
        "commons.see_law",
    ]
)
SYSTEM_POWERS = frozenset(
    [
        "appeals.file",
        "appeals.tick",
        "assembly.open_draft",
        "duties.escalate",
        "appeals.import",
        "appeals.close",
        "appeals.publish_indices",
        "duties.judge",
        "mandates.expire",
        "mandates.open_ground",
        "mandates.write_list",
        "mandates.publish",
        "commons.set_limit",
        "commons.edit_calendar",
        "commons.load_text",
    ]
)
INSTALLER_POWERS = frozenset(
    [
        "commons.open_county",
        "commons.manage_accounts",
        "commons.approve_posts",
        "commons.reset_factor",
        "commons.set_limit",
        "mandates.write_list",
        "mandates.publish",
    ]
)
"""Of whoever holds the machine and starts a county from its command line (安装管理员)."""

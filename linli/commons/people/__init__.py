"""Bodies, people and posts (机构、人员、任职): who may act for whom, each change an action.

Bodies are the county's matter (`commons.set_limit`); accounts and posts the system administrator's
(`commons.manage_accounts`); that a post comes into force, and second factors, the security administrator's
(`commons.approve_posts`, `commons.reset_factor`). Nobody appoints, ends, approves or resets themselves. The command line
acts as `INSTALLER`, who may do all of it: whoever has the machine has the installation.
"""

from linli.commons.people.accounts import (
    RESET_HOURS,
    START_HOURS,
    USERNAME,
    add_person,
    end_codes,
    issue_password_reset,
    reset_factor,
    set_account_active,
    unlock_account,
)
from linli.commons.people.bodies import LEVELS, ROLES, add_body, change_body, end_body, roles_for
from linli.commons.people.posts import (
    appoint,
    approve_post,
    combined_accounts,
    decline_post,
    end_post,
    head_of,
    lasting,
)
from linli.commons.roles import clash

__all__ = [
    "LEVELS",
    "RESET_HOURS",
    "ROLES",
    "START_HOURS",
    "USERNAME",
    "add_body",
    "add_person",
    "appoint",
    "approve_post",
    "change_body",
    "clash",
    "combined_accounts",
    "decline_post",
    "end_body",
    "end_codes",
    "end_post",
    "head_of",
    "issue_password_reset",
    "lasting",
    "reset_factor",
    "roles_for",
    "set_account_active",
    "unlock_account",
]

"""`linli admin`: the first administrators, made by whoever holds the machine (系统管理员、安全管理员)."""

from __future__ import annotations

import argparse
import getpass
import sys
from typing import TYPE_CHECKING

from linli.site.commands import prepare
from linli.site.commands.prepare import Trouble

if TYPE_CHECKING:
    from linli.site.commands.prepare import Commands


def add(commands: Commands) -> None:
    """Add the command group `admin`."""
    group = commands.add_parser("admin", help="系统管理员账号").add_subparsers(
        title="命令", metavar="命令", dest="verb", required=True
    )
    create = group.add_parser("create", help="建立一个县的系统管理员；在终端里问两遍密码，或给出一次性启用码")
    create.add_argument("username", metavar="账号")
    create.add_argument("--person", required=True, metavar="姓名")
    create.add_argument("--county", required=True, metavar="代码", help="六位县级代码")
    create.add_argument("--county-name", default="", metavar="县名", help="这个县还没有登记时写明")
    create.add_argument(
        "--body", default="", metavar="机构名称", help="牵头部门的名称，还没有登记时写明，如“江岭县民政局”"
    )
    create.add_argument(
        "--security", action="store_true", help="建立安全管理员：核准任职，重置动态码；和系统管理员不能是同一个人"
    )
    reset = group.add_parser("reset", help="给系统管理员或安全管理员重设密码")
    reset.add_argument("username", metavar="账号")
    reset.add_argument("--factor", action="store_true", help="动态码也重置（手机和恢复码都没有了）")
    for one, run in ((create, run_create), (reset, run_reset)):
        one.add_argument("--code", action="store_true", help="不问密码，给出一次性启用码")
        prepare.demo_option(one)
        one.set_defaults(run=run)


def run_create(options: argparse.Namespace) -> int:
    """Make the account with its post; the county and its lead body too, where they are not there yet.

    Raises:
        Trouble: no such county, a name is missing, or the password is too weak.
    """
    prepare.open_database(demo=options.demo)
    password = "" if options.code else ask_password()
    from linli.commons.actor import INSTALLER
    from linli.commons.county.first import create_admin
    from linli.commons.roles import Role

    post, code = create_admin(
        by=INSTALLER,
        county=options.county,
        county_name=options.county_name.strip(),
        body_name=options.body.strip(),
        username=options.username,
        name=options.person.strip(),
        password=password,
        role=Role.SECURITY_ADMIN if options.security else Role.SYSTEM_ADMIN,
    )
    print(f"{post.user.name}（{post.user.username}）已任{post.body.name}{post.get_role_display()}。")
    _say_code(code)
    return 0


def run_reset(options: argparse.Namespace) -> int:
    """Give an administrator a new password.

    Raises:
        Trouble: no such administrator, or the password is too weak.
    """
    prepare.open_database(demo=options.demo)
    from linli.commons import people
    from linli.commons.actor import INSTALLER
    from linli.commons.county.first import set_password
    from linli.commons.doors.sign_in import has_factor
    from linli.commons.models import Post
    from linli.commons.roles import Role

    admins = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN)
    post = Post.objects.filter(people.lasting(), user__username=options.username, role__in=admins).first()
    if post is None:
        raise Trouble(f"没有名为“{options.username}”的系统管理员或安全管理员。其他人的密码请系统管理员在“机构”页重设。")
    password = "" if options.code else ask_password()
    code = people.issue_password_reset(by=INSTALLER, body=post.body, post=post)
    if password:
        set_password(by=INSTALLER, body=post.body, post=post, password=password)
        code = ""
    print(f"{post.user.name}（{post.user.username}）的密码已重设，原密码作废。")
    if options.factor and has_factor(post.user):
        people.reset_factor(by=INSTALLER, body=post.body, post=post, reason="命令行重置")
        print("动态码已重置，下次登录时重新绑定。")
    _say_code(code)
    return 0


def ask_password() -> str:
    """Ask for a password twice at the terminal.

    Raises:
        Trouble: no terminal, two different ones, or too weak.
    """
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    if not sys.stdin.isatty():
        raise Trouble("这里不能输入密码。请在终端里运行，或加 --code 领取一次性启用码。", 2)
    first = getpass.getpass("密码（不显示）：")
    try:
        validate_password(first)
    except ValidationError as error:
        raise Trouble("密码太弱：" + "".join(error.messages) + "没有改动。") from error
    if getpass.getpass("再输一遍：") != first:
        raise Trouble("两遍不一样，没有改动。请再运行一次。")
    return first


def _say_code(code: str) -> None:
    from django.conf import settings

    address = f"http://127.0.0.1:{settings.LINLI_PORT}{settings.LOGIN_PATH}"
    if code:
        print(f"一次性启用码（只显示这一次）：{code}")
        print("用它设密码：打开登录页，点“用一次性代码设密码”。")
    print(f"登录地址：{address}（先运行 linli run）")
